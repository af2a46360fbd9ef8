/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life cycle of a VBR, as a table: state and event to action and next state. Pure: who feeds it
 * events and does what it says is vbr/life.
 */
#pragma once

#include <stdbool.h>

enum life_state {
	LIFE_UNCONFIRMED, /* somebody has not consented yet, or not any more */
	LIFE_ACTIVE,
	LIFE_TERMINATING, /* drained: neighbours are told, traffic leaves */
	LIFE_TERMINATED,  /* out of service until it is recovered; the configuration stays */
	LIFE_RECOVERING,  /* back in service, its device is not up yet */
	LIFE_DELETING,    /* gone from the configuration, not from the workers yet */
	LIFE_GONE,
	LIFE_STATE_COUNT,
};

enum life_event {
	LIFE_CONFIRM,   /* all consents that it needs are there */
	LIFE_REVOKE,    /* one is not */
	LIFE_TERMINATE, /* by request */
	LIFE_DRAINED,   /* traffic has left, or its time is up */
	LIFE_HASTEN,    /* by request: not to wait for the traffic any longer */
	LIFE_RECOVER,   /* by request */
	LIFE_UP,        /* its device is up */
	LIFE_DELETE,    /* from the configuration */
	LIFE_REMOVED,   /* from the workers */
	LIFE_EVENT_COUNT,
};

enum life_action {
	LIFE_STAY,   /* nothing to do */
	LIFE_SERVE,  /* as the configuration says */
	LIFE_DRAIN,  /* tell the neighbours to go elsewhere (RFC 8326), watch the counters */
	LIFE_SHUT,   /* end the sessions with words, then the device */
	LIFE_FORGET, /* nothing is left of it */
	LIFE_ACTION_COUNT,
};

struct life_step {
	enum life_state next;
	enum life_action action;
	bool changes; /* false: the event means nothing in this state */
};

struct life_step life_next(enum life_state s, enum life_event e);
/** "active", ...: part of the outside view. */
const char *life_state_name(enum life_state s);
const char *life_event_name(enum life_event e);
const char *life_action_name(enum life_action a);
