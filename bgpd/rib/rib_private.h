/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside of a rib, shared by rib.c (storage), decision.c (the choice) and journal.c (who is told).
 * Not for other folders.
 */
#pragma once

#include <sys/queue.h>

#include "bgpd/rib/rib.h"
#include "lib/ds/bitmap.h"

enum net_flag {
	NET_FLAG_JOURNALED = 1 << 0, /* in the list of the journal */
	NET_FLAG_CURSOR = 1 << 1,    /* at least one reader's cursor is on it */
	NET_FLAG_MINOR = 1 << 2,     /* in the list for readers of all paths only */
	NET_FLAG_ONE_MED = 1 << 3,   /* its eligible paths have the same MED, or none */
};

struct rib_reader {
	TAILQ_ENTRY(rib_reader) entry;
	struct rib *rib;         /* borrowed: readers go before the rib */
	void (*wake)(void *ctx); /* may be NULL */
	void *ctx;
	uint32_t cursor;   /* next net of the journal to be read, 0 = at its end */
	struct prefix key; /* of the walk: last entry seen */
	bool walking;
	bool started; /* key holds an entry that was seen */
	bool idle;    /* pull said that nothing is left: wake it */
	bool all;     /* wants changes that are neither of the best path nor of multipath, too */
};

struct journal {
	uint32_t head; /* net handles, 0 = empty; the head always has a cursor on it */
	uint32_t tail;
	uint32_t n_readers;
	uint32_t n_at_end; /* readers with cursor 0 */
	uint32_t n_all;    /* readers with all */
	TAILQ_HEAD(, rib_reader) readers;
};

/* A path in the course of a decision. */
struct candidate {
	struct rib_path *path;
	const struct rib_path *place; /* where it lies, if path is a copy */
	const struct rib_source *source;
	const struct attrs *attrs;
	uint32_t handle;
	uint32_t med;    /* as it is compared */
	uint32_t med_as; /* only with those of the same number */
	uint8_t old_flags;
	uint8_t reason; /* enum rib_reason: where it lost */
};

struct rib {
	struct rib_store store; /* first */
	uint8_t af;
	uint8_t max_paths;
	struct rib_options options;
	uint32_t quota;
	struct attrs_table *at;  /* borrowed: outlives us */
	struct ptable *table;    /* owned: prefix -> net handle */
	struct candidate *cands; /* owned: scratch of decide */
	uint32_t cap_cands;
	uint32_t n_best;
	uint32_t n_gone; /* nets freed so far: a handle may be another net's by now */
	/* Nets that nobody needs any more, see nets.c. */
	struct bitmap idle;
	struct ptable_place swept;
	bool is_sweeping;
	struct journal journal;
};

/** Choose anew; returns whether best path or multipath set are other paths than before. */
bool decide(struct rib *r, uint32_t net);
enum decision {
	DECISION_OPEN,    /* nothing was done: decide() has to */
	DECISION_SAME,    /* best path and multipath set are the same */
	DECISION_CHANGED, /* they are not */
};
/** A path has been added behind the first one of a net that was decided. */
enum decision decide_newcomer(const struct rib *r, uint32_t net, uint32_t path) MUST_USE;

struct candidate candidate_make(const struct rib *r, uint32_t path);
/** What a step of the ladder reads in a path; RIB_VALUE_NONE if reason is no step. */
struct rib_value candidate_value(const struct candidate *c, enum rib_reason reason);
/** Did the path get as far as the comparison of MEDs? */
bool candidate_leads(const struct candidate *c);

void journal_init(struct rib *r);
/** The outcome of a net changed: to the tail with it, and wake who sleeps. */
void journal_add(struct rib *r, uint32_t net);
/** The same of a net that is at hand, and mostly new. */
void journal_add_first(struct rib *r, struct rib_net *n, uint32_t net);
/** The outcome is the same, another path changed: only for readers of all paths. */
void journal_add_minor(struct rib *r, uint32_t net);

/* nets.c */
void nets_init(struct rib *r);
void nets_fini(struct rib *r);
/** Those that nobody needs any more are free to go: no paths, no reader, no pin. */
void nets_release(struct rib *r, const uint32_t *nets, uint32_t n);
/** It is needed again, if it was not. */
static inline void nets_take(struct rib *r, uint32_t net)
{
	if (unlikely(r->idle.n_set))
		(void)bitmap_clear(&r->idle, net);
}
