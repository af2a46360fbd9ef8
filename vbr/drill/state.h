/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The states of a failover drill, as a table: state and event to action and next state. Pure: who
 * feeds it events and does what it says is drill.c.
 *
 * That a connection is down for a drill is nowhere but in memory: no state on disk, no record and
 * no order has to be undone for it to come back. So whatever happens to the daemon, it comes back.
 */
#pragma once

#include <stdbool.h>

enum drill_state {
	DRILL_SCHEDULED, /* waits for its time */
	DRILL_PROBING,   /* how is it before anything is done? */
	DRILL_DRAINING,  /* traffic is told to leave, the target still forwards */
	DRILL_DOWN,      /* the target is out of service */
	DRILL_RETURNING, /* it is in service again: is everything as it was? */
	DRILL_ENDED,
	DRILL_STATE_COUNT,
};

enum drill_event {
	DRILL_ON_DUE,     /* its time has come, and nothing speaks against it */
	DRILL_ON_REFUSE,  /* something does, or nothing can be measured */
	DRILL_ON_DRAIN,   /* measured: begin, by drain */
	DRILL_ON_CUT,     /* measured: begin, by cut */
	DRILL_ON_DRAINED, /* traffic has left, or had its time */
	DRILL_ON_OVER,    /* its duration is over */
	DRILL_ON_ABORT,   /* by request */
	DRILL_ON_HARM,    /* the other one fails, or the ground changed under it */
	DRILL_ON_BACK,    /* the target carries what it carried */
	DRILL_ON_LATE,    /* it has had its time for that */
	DRILL_ON_GONE,    /* group or target is gone from the configuration */
	DRILL_ON_RESTART, /* of the daemon, or its orderly end */
	DRILL_EVENT_COUNT,
};

enum drill_action {
	DRILL_DO_NOTHING,
	DRILL_DO_PROBE,   /* send probes, count */
	DRILL_DO_DRAIN,   /* mark by graceful shutdown (RFC 8326) */
	DRILL_DO_SHUT,    /* end sessions with words, then the device */
	DRILL_DO_CUT,     /* the device, as if the line broke; nobody is told */
	DRILL_DO_RESTORE, /* all as the configuration says */
	DRILL_DO_JUDGE,   /* and write the verdict */
	DRILL_DO_CLOSE,   /* restore and judge at once */
	DRILL_ACTION_COUNT,
};

/* How it ended: by the first event that led to the end. */
enum drill_outcome {
	DRILL_OPEN, /* did not end */
	DRILL_COMPLETED,
	DRILL_ABORTED,
	DRILL_REFUSED,
	DRILL_STOPPED, /* by harm */
	DRILL_INTERRUPTED,
	DRILL_OUTCOME_COUNT,
};

struct drill_step {
	enum drill_state next;
	enum drill_action action;
	bool changes; /* false: the event means nothing in this state */
};

struct drill_step drill_next(enum drill_state s, enum drill_event e);
/** What an event makes of the outcome so far. */
enum drill_outcome drill_outcome(enum drill_outcome was, enum drill_event e);
/** May the target be out of service for it? */
bool drill_state_is_away(enum drill_state s);

/** Words of the outside view. */
const char *drill_state_name(enum drill_state s);
const char *drill_event_name(enum drill_event e);
const char *drill_action_name(enum drill_action a);
const char *drill_outcome_name(enum drill_outcome o);
