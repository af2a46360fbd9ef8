/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A drill as it is ordered, kept and shown; and the file that keeps them: an SQLite database, so
 * that a schedule and what was found outlive the daemon. Written on main: a drill has a handful of
 * states in its life.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/errbuf.h"
#include "vbr/drill/state.h"
#include "vbr/drill/verdict.h"
#include "vbr/model/model.h"

#define DRILL_DURATION_S     600
#define DRILL_DURATION_S_MIN 5
#define DRILL_DURATION_S_MAX (4320 * 60)
#define DRILL_WITHIN_MS      1000
#define DRILL_WITHIN_MS_MAX  600000
#define DRILL_AHEAD_S_MAX    (365 * 86400) /* of a schedule */
#define DRILL_HISTORY        32            /* ended ones that are kept, each group */
#define DRILL_RECORDS        4096          /* in all, each edge */

enum drill_target {
	DRILL_TARGET_VBR,
	DRILL_TARGET_LINE,
	DRILL_TARGET_PEER,
	DRILL_TARGET_COUNT,
};

enum drill_by {
	DRILL_BY_DRAIN,
	DRILL_BY_CUT,
	DRILL_BY_COUNT,
};

struct drill_order {
	char tenant[MODEL_NAME_SIZE];
	char group[MODEL_NAME_SIZE];
	char user[MODEL_NAME_SIZE];
	enum drill_target target;
	char name[MODEL_NAME_SIZE]; /* of the VBR or line; the address of a peer */
	enum drill_by by;
	int64_t at_s; /* wall clock; 0 = now */
	uint32_t duration_s;
	uint32_t within_ms; /* without an answer: more is a failure */
	bool force;
};

struct drill_record {
	int64_t id; /* counts up */
	struct drill_order order;
	char vbr[MODEL_NAME_SIZE]; /* the member that is taken down, or one of whose peers is */
	enum drill_state state;
	enum drill_outcome outcome;
	enum drill_verdict verdict;
	uint32_t reasons;
	/* Wall clock, 0 = not yet. */
	int64_t ordered_s;
	int64_t begun_s; /* probing */
	int64_t away_s;
	int64_t ended_s;
	struct drill_result result;
};

struct drill_store;

/** path NULL: nothing is kept. NULL with a sentence in err. */
struct drill_store *drill_store_open(const char *path, struct errbuf *err);
/** NULL-safe. */
void drill_store_close(struct drill_store *s);
/** In the order of their ids. 0, or -EIO with err. */
int drill_store_load(struct drill_store *s, void (*fn)(void *ctx, const struct drill_record *r),
	void *ctx, struct errbuf *err);
/** Write one; a new one (id 0) gets its id. On disk when 0 is returned, else -EIO with err. */
int drill_store_put(struct drill_store *s, struct drill_record *r, struct errbuf *err);
int drill_store_del(struct drill_store *s, int64_t id, struct errbuf *err);

const char *drill_target_name(enum drill_target t);
const char *drill_by_name(enum drill_by b);
