/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state machine of RFC 4271 section 8 as data: for each state and event one cell that names
 * the next state and what is done on the way. What the actions do is the business of slot.c.
 */
#pragma once

#include <stdint.h>

#include "bgpd/session/session.h"

/*
 * Events of RFC 4271 8.1 with their numbers; events of options that we do not have are absent.
 * Where the RFC looks at an attribute of the session (DelayOpen) or at a timer (DelayOpenTimer) it
 * is an event of its own here.
 */
enum fsm_event {
	FSM_EV_START,         /* 1, 3: manual or automatic start */
	FSM_EV_START_PASSIVE, /* 4, 5: wait for the peer, or for the connect-retry timer */
	FSM_EV_STOP,          /* 2, 8 */
	FSM_EV_CONNECT_RETRY, /* 9 */
	FSM_EV_HOLD,          /* 10 */
	FSM_EV_KEEPALIVE,     /* 11: the timer */
	FSM_EV_DELAY_OPEN,    /* 12: we have waited long enough for the peer's OPEN */
	FSM_EV_IDLE_HOLD,     /* 13: the punishment of a flapping peer is over */
	FSM_EV_SEND_HOLD,     /* 29 (RFC 9687) */
	FSM_EV_TCP_ACKED,     /* 16: our connection is up */
	FSM_EV_TCP_CONFIRMED, /* 17: the peer's connection is up */
	FSM_EV_TCP_DELAYED,   /* 16, 17 with DelayOpen */
	FSM_EV_TCP_FAILS,     /* 18 */
	FSM_EV_WAIT_FAILS,    /* 18 while the DelayOpenTimer runs */
	FSM_EV_OPEN,          /* 19: a good one */
	FSM_EV_OPEN_AWAITED,  /* 20: a good one while the DelayOpenTimer runs */
	FSM_EV_HEADER_ERR,    /* 21 */
	FSM_EV_OPEN_ERR,      /* 22 */
	FSM_EV_COLLISION,     /* 23: OpenCollisionDump */
	FSM_EV_NOTIF_VERSION, /* 24 */
	FSM_EV_NOTIF,         /* 25 */
	FSM_EV_KEEPALIVE_MSG, /* 26 */
	FSM_EV_UPDATE,        /* 27 */
	FSM_EV_UPDATE_ERR,    /* 28, and a fault of a ROUTE-REFRESH (RFC 7313 5) */
	FSM_EV_REFRESH,       /* RFC 2918 */
	FSM_EV_COUNT,
};

enum fsm_action {
	FSM_ACT_IGNORE,
	FSM_ACT_CONNECT,   /* begin a TCP connection, dropping one that is half made */
	FSM_ACT_LISTEN,    /* drop the connection if any; arm the connect-retry timer */
	FSM_ACT_DELAY,     /* start the DelayOpenTimer, say nothing yet */
	FSM_ACT_OPEN,      /* send OPEN, large hold time */
	FSM_ACT_CONFIRM,   /* take over what the OPEN says, send KEEPALIVE, start the timers */
	FSM_ACT_ANSWER,    /* send the OPEN that was held back, and go on as CONFIRM does */
	FSM_ACT_ESTABLISH, /* tell the upper layers */
	FSM_ACT_KEEPALIVE, /* send one */
	FSM_ACT_ALIVE,     /* nothing but the hold timer, which every message restarts */
	FSM_ACT_UPDATE,    /* hand up */
	FSM_ACT_REFRESH,   /* hand up */
	FSM_ACT_CLOSE,     /* drop the connection without a word */
	FSM_ACT_NOTIFY,    /* send the NOTIFICATION that the event brings, then drop */
	FSM_ACT_FSM_ERROR, /* send Finite State Machine Error with the subcode of the state, drop */
	FSM_ACT_COUNT,
};

struct fsm_cell {
	uint8_t next; /* enum session_state */
	uint8_t act;  /* enum fsm_action */
};

struct fsm_cell fsm_cell(enum session_state st, enum fsm_event ev);
/** "UPDATE", "hold timer", ...: for debug lines. */
const char *fsm_event_name(enum fsm_event ev);
