/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One row a state; what has no entry changes nothing.
 *
 * A drill that ends early still returns in good order and is judged by what it measured; only a
 * target that is gone, or a daemon that ends, has nothing to return to.
 */
#include "vbr/drill/state.h"

#include <assert.h>

#include "lib/base/compiler.h"

#define TO(next_, action_)                                            \
	{                                                             \
		.next = (next_), .action = (action_), .changes = true \
	}

/* clang-format off */
static const struct drill_step table[DRILL_STATE_COUNT][DRILL_EVENT_COUNT] = {
	[DRILL_SCHEDULED] = {
		[DRILL_ON_DUE]     = TO(DRILL_PROBING,   DRILL_DO_PROBE),
		[DRILL_ON_REFUSE]  = TO(DRILL_ENDED,     DRILL_DO_JUDGE),
		[DRILL_ON_ABORT]   = TO(DRILL_ENDED,     DRILL_DO_JUDGE),
		[DRILL_ON_GONE]    = TO(DRILL_ENDED,     DRILL_DO_JUDGE),
	},
	[DRILL_PROBING] = {
		[DRILL_ON_REFUSE]  = TO(DRILL_ENDED,     DRILL_DO_JUDGE),
		[DRILL_ON_DRAIN]   = TO(DRILL_DRAINING,  DRILL_DO_DRAIN),
		[DRILL_ON_CUT]     = TO(DRILL_DOWN,      DRILL_DO_CUT),
		[DRILL_ON_ABORT]   = TO(DRILL_ENDED,     DRILL_DO_JUDGE),
		[DRILL_ON_HARM]    = TO(DRILL_ENDED,     DRILL_DO_JUDGE),
		[DRILL_ON_GONE]    = TO(DRILL_ENDED,     DRILL_DO_JUDGE),
		[DRILL_ON_RESTART] = TO(DRILL_ENDED,     DRILL_DO_JUDGE),
	},
	[DRILL_DRAINING] = {
		[DRILL_ON_DRAINED] = TO(DRILL_DOWN,      DRILL_DO_SHUT),
		[DRILL_ON_OVER]    = TO(DRILL_RETURNING, DRILL_DO_RESTORE),
		[DRILL_ON_ABORT]   = TO(DRILL_RETURNING, DRILL_DO_RESTORE),
		[DRILL_ON_HARM]    = TO(DRILL_RETURNING, DRILL_DO_RESTORE),
		[DRILL_ON_GONE]    = TO(DRILL_ENDED,     DRILL_DO_CLOSE),
		[DRILL_ON_RESTART] = TO(DRILL_ENDED,     DRILL_DO_CLOSE),
	},
	[DRILL_DOWN] = {
		[DRILL_ON_OVER]    = TO(DRILL_RETURNING, DRILL_DO_RESTORE),
		[DRILL_ON_ABORT]   = TO(DRILL_RETURNING, DRILL_DO_RESTORE),
		[DRILL_ON_HARM]    = TO(DRILL_RETURNING, DRILL_DO_RESTORE),
		[DRILL_ON_GONE]    = TO(DRILL_ENDED,     DRILL_DO_CLOSE),
		[DRILL_ON_RESTART] = TO(DRILL_ENDED,     DRILL_DO_CLOSE),
	},
	[DRILL_RETURNING] = {
		[DRILL_ON_HARM]    = TO(DRILL_ENDED,     DRILL_DO_JUDGE),
		[DRILL_ON_BACK]    = TO(DRILL_ENDED,     DRILL_DO_JUDGE),
		[DRILL_ON_LATE]    = TO(DRILL_ENDED,     DRILL_DO_JUDGE),
		[DRILL_ON_GONE]    = TO(DRILL_ENDED,     DRILL_DO_JUDGE),
		[DRILL_ON_RESTART] = TO(DRILL_ENDED,     DRILL_DO_JUDGE),
	},
};
/* clang-format on */

struct drill_step drill_next(enum drill_state s, enum drill_event e)
{
	struct drill_step step = table[s][e];

	if (!step.changes)
		step.next = s;
	return step;
}

/* Of an event that ends a drill, DRILL_OPEN of others. */
static enum drill_outcome outcome_of(enum drill_event e)
{
	switch (e) {
	case DRILL_ON_OVER:
		return DRILL_COMPLETED;
	case DRILL_ON_ABORT:
		return DRILL_ABORTED;
	case DRILL_ON_REFUSE:
		return DRILL_REFUSED;
	case DRILL_ON_HARM:
	case DRILL_ON_GONE:
		return DRILL_STOPPED;
	case DRILL_ON_RESTART:
		return DRILL_INTERRUPTED;
	default:
		return DRILL_OPEN;
	}
}

/* The first counts, but a drill whose return was cut short is not complete. */
enum drill_outcome drill_outcome(enum drill_outcome was, enum drill_event e)
{
	const enum drill_outcome now = outcome_of(e);

	return was == DRILL_OPEN || (was == DRILL_COMPLETED && now != DRILL_OPEN) ? now : was;
}

bool drill_state_is_away(enum drill_state s)
{
	return s == DRILL_DRAINING || s == DRILL_DOWN;
}

const char *drill_state_name(enum drill_state s)
{
	static const char *const names[] = { "scheduled", "probing", "draining", "down",
		"returning", "ended" };

	static_assert(ARRAY_SIZE(names) == DRILL_STATE_COUNT, "one name a state");
	return names[s];
}

const char *drill_event_name(enum drill_event e)
{
	static const char *const names[] = { "due", "refuse", "drain", "cut", "drained", "over",
		"abort", "harm", "back", "late", "gone", "restart" };

	static_assert(ARRAY_SIZE(names) == DRILL_EVENT_COUNT, "one name an event");
	return names[e];
}

const char *drill_action_name(enum drill_action a)
{
	static const char *const names[] = { "", "probe", "drain", "shut", "cut", "restore",
		"judge", "restore, judge" };

	static_assert(ARRAY_SIZE(names) == DRILL_ACTION_COUNT, "one name an action");
	return names[a];
}

const char *drill_outcome_name(enum drill_outcome o)
{
	static const char *const names[] = { "", "completed", "aborted", "refused", "stopped",
		"interrupted" };

	static_assert(ARRAY_SIZE(names) == DRILL_OUTCOME_COUNT, "one name an outcome");
	return names[o];
}
