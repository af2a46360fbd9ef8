/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lives of all VBRs: who is in which state, what was asked of whom, what is on disk. Feeds the
 * table of vbr/model/state/life.h with what happens and does what it says. Main thread only.
 *
 * Terminate and recover are commands, not configuration. The configuration says what a VBR is, and
 * comes from its tenant, by hand or from a repository that is applied again and again; that it is
 * out of service now is an operator's act, which neither another load of the same file nor a
 * rollback may undo. So it has a place of its own: a file of names, written before anything is
 * done, read at start. It goes with the VBR.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/errbuf.h"
#include "lib/base/monotime.h"
#include "vbr/model/model.h"
#include "vbr/model/state/life.h"

struct lives;
struct loop;

#define LIVES_DRAIN_S      60 /* how long traffic may take to leave, unless it is said */
#define LIVES_DRAIN_S_MAX  3600
#define LIVES_DRAIN_UNSAID UINT32_MAX /* LIVES_DRAIN_S; and no word about a drain that runs */

struct lives_ops {
	/** What the table says to do: LIFE_SERVE, LIFE_DRAIN or LIFE_SHUT. */
	void (*act)(void *ctx, const char *tenant, const char *vbr, enum life_action a);
	/** Octets of its device since it is there: 0, or -errno if there is none. */
	int (*octets)(void *ctx, const char *tenant, const char *vbr, uint64_t *in, uint64_t *out);
	/** Is its device up, with all that it should have? */
	bool (*is_up)(void *ctx, const char *tenant, const char *vbr);
	/** It went from one state to another. */
	void (*changed)(void *ctx, const char *tenant, const char *vbr, enum life_state from,
		enum life_state to);
};

/** Reads state_dir/terminated (NULL: nothing is kept). NULL with err. */
struct lives *lives_new(struct loop *l, const char *state_dir, const struct lives_ops *ops,
	void *ctx, struct errbuf *err);
/** NULL-safe. */
void lives_free(struct lives *l);

/** A model that will be applied: births, deaths, consents. */
void lives_sync(struct lives *l, const struct model *m);
/** The same for the next model of a delta, by what it touches. */
void lives_apply(struct lives *l, const struct model_delta *d);
/** After it was applied: n workers are asked whether they have removed what is deleting. */
void lives_await(struct lives *l, uint32_t n);
/** One of them has. */
void lives_removed(struct lives *l);
/**
 * Somebody's order: durable when 0 is returned. Of a VBR that drains already, drain_s is what is
 * left from now on. -ENOENT, -EALREADY, -EINVAL, -EIO with err.
 */
int lives_terminate(struct lives *l, const char *tenant, const char *vbr, uint32_t drain_s,
	struct errbuf *err);
int lives_recover(struct lives *l, const char *tenant, const char *vbr, struct errbuf *err);

/** Look at those who wait for something; the loop does it once a second. */
void lives_look(struct lives *l);

struct life_view {
	const char *tenant; /* borrowed until the next call that changes something */
	const char *vbr;
	enum life_state state;
	struct mono since;
	uint32_t drain_left_s; /* TERMINATING */
};

/** False when there is no such VBR (DELETING ones are found by lives_deleting). */
bool lives_find(const struct lives *l, const char *tenant, const char *vbr, struct life_view *v);
/** The i-th that is DELETING; false behind the last one. */
bool lives_deleting(const struct lives *l, uint32_t i, struct life_view *v);
