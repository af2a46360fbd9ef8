/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One row a state. What has no entry changes nothing: events come as they come, and a consent that
 * is withdrawn from a terminated VBR finds nothing to take down.
 *
 * Draining is for those who ask for it. Consent that is withdrawn ends a VBR at once: it is the
 * owner of a line who says that this traffic has no business there any more.
 */
#include "vbr/model/state/life.h"

#include <assert.h>

#include "lib/base/compiler.h"

#define TO(next_, action_)                                            \
	{                                                             \
		.next = (next_), .action = (action_), .changes = true \
	}

/* clang-format off */
static const struct life_step table[LIFE_STATE_COUNT][LIFE_EVENT_COUNT] = {
	[LIFE_UNCONFIRMED] = {
		[LIFE_CONFIRM]   = TO(LIFE_ACTIVE,      LIFE_SERVE),
		[LIFE_TERMINATE] = TO(LIFE_TERMINATED,  LIFE_SHUT),
		[LIFE_DELETE]    = TO(LIFE_DELETING,    LIFE_STAY),
	},
	[LIFE_ACTIVE] = {
		[LIFE_REVOKE]    = TO(LIFE_UNCONFIRMED, LIFE_STAY),
		[LIFE_TERMINATE] = TO(LIFE_TERMINATING, LIFE_DRAIN),
		[LIFE_DELETE]    = TO(LIFE_DELETING,    LIFE_STAY),
	},
	[LIFE_TERMINATING] = {
		[LIFE_REVOKE]    = TO(LIFE_TERMINATED,  LIFE_SHUT),
		[LIFE_DRAINED]   = TO(LIFE_TERMINATED,  LIFE_SHUT),
		[LIFE_HASTEN]    = TO(LIFE_TERMINATED,  LIFE_SHUT),
		[LIFE_RECOVER]   = TO(LIFE_ACTIVE,      LIFE_SERVE),
		[LIFE_DELETE]    = TO(LIFE_DELETING,    LIFE_STAY),
	},
	[LIFE_TERMINATED] = {
		[LIFE_RECOVER]   = TO(LIFE_RECOVERING,  LIFE_SERVE),
		[LIFE_DELETE]    = TO(LIFE_DELETING,    LIFE_STAY),
	},
	[LIFE_RECOVERING] = {
		[LIFE_REVOKE]    = TO(LIFE_UNCONFIRMED, LIFE_STAY),
		[LIFE_TERMINATE] = TO(LIFE_TERMINATING, LIFE_DRAIN),
		[LIFE_UP]        = TO(LIFE_ACTIVE,      LIFE_STAY),
		[LIFE_DELETE]    = TO(LIFE_DELETING,    LIFE_STAY),
	},
	[LIFE_DELETING] = {
		[LIFE_REMOVED]   = TO(LIFE_GONE,        LIFE_FORGET),
	},
};
/* clang-format on */

struct life_step life_next(enum life_state s, enum life_event e)
{
	struct life_step step = table[s][e];

	if (!step.changes)
		step.next = s;
	return step;
}

const char *life_state_name(enum life_state s)
{
	static const char *const names[] = { "unconfirmed", "active", "terminating", "terminated",
		"recovering", "deleting", "gone" };

	static_assert(ARRAY_SIZE(names) == LIFE_STATE_COUNT, "one name a state");
	return names[s];
}

const char *life_event_name(enum life_event e)
{
	static const char *const names[] = { "confirm", "revoke", "terminate", "drained", "hasten",
		"recover", "up", "delete", "removed" };

	static_assert(ARRAY_SIZE(names) == LIFE_EVENT_COUNT, "one name an event");
	return names[e];
}

const char *life_action_name(enum life_action a)
{
	static const char *const names[] = { "", "serve", "drain", "shut", "forget" };

	static_assert(ARRAY_SIZE(names) == LIFE_ACTION_COUNT, "one name an action");
	return names[a];
}
