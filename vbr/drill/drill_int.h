/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between the files of the drills: the jobs (drill.c), one that runs (run.c), and what it does to
 * the plane and asks of it (hands.c).
 */
#pragma once

#include "lib/io/loop.h"
#include "vbr/drill/drill.h"
#include "vbr/drill/lane.h"
#include "vbr/drill/plan.h"

struct nl;

/* A drill that is neither waiting nor ended. */
struct run {
	struct drill_plan plan;
	struct model_obj **refs; /* owned, counted: all that the plan points to */
	uint32_t n_refs;
	char (*taken)[MODEL_NAME_SIZE]; /* owned: VBRs that are taken down */
	uint32_t n_taken;
	struct drill_lane *lane[DRILL_LANES]; /* owned */
	enum measure_way way[DRILL_LANES];    /* before anything was done */
	struct mono since;                    /* of the state */
	struct mono over;                     /* its duration is, of AWAY */
	struct mono back;                     /* since when it is as it was; 0 = it is not */
	bool other_was_up;
	uint32_t sessions; /* of the target, before */
	/* DRAINING */
	struct mono looked;
	uint64_t octets[2];
	uint32_t n_looks;
	uint32_t n_quiet;
};

struct drill {
	struct drills *all; /* borrowed */
	struct drill_record r;
	struct timer timer;
	struct run *run; /* owned; NULL: it is not running */
};

struct drills {
	struct daemon *d;          /* borrowed */
	struct drill_store *store; /* owned */
	struct nl *nl;             /* owned; NULL until one runs */
	struct drill **v;          /* owned, by id */
	uint32_t n;
	bool is_loaded; /* what an earlier run left was looked at */
	bool stopped;
};

/* drill.c */

/** Something happened; reasons are added to its record. */
void drill_feed(struct drill *j, enum drill_event e, uint32_t reasons);

/* run.c */

struct run *run_new(struct drill *j, const struct drill_plan *plan);
/** NULL-safe. */
void run_free(struct run *r);
/** The state is another one: the measures begin another part. */
void run_enter(struct drill *j);
/** Look, and feed what follows. Returns when to look again, in microseconds. */
int64_t run_tick(struct drill *j);
/** What was measured so far, into the record. */
void run_collect(struct drill *j);

/* hands.c */

/** Do to the plane what an action says. */
void hands_act(struct drill *j, enum drill_action a);
/** How the two are now. */
void hands_health(const struct daemon *d, const struct drill_plan *p, struct drill_health *h);
/** Has another order, or the configuration, changed the service of one of them? */
bool hands_is_changed(const struct drill *j);
/** Is there hardly any traffic on the target? Asked once a second. */
bool hands_is_quiet(struct drill *j);
