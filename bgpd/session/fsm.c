/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RFC 4271 8.2.2 written as a table, one row a state, one cell an event, none left out. It
 * speaks of ONE connection: as the RFC says, each connection has a machine of its own until a
 * collision is resolved (8, 6.8).
 *
 * Where the RFC leaves a choice, or contradicts itself:
 * - SendNOTIFICATIONwithoutOPEN (RFC 4271 8.1.1) is on: while our OPEN waits (DelayOpen) a bad
 *   header or OPEN is answered, for the neighbour's operator to read.
 * - A header error in Established is reported as what it is: 6.1 says that it MUST be, 8.2.2 has it
 *   among "any other event", which is an FSM error.
 * - SendHoldTimer (RFC 9687) closes without a NOTIFICATION: it would stand behind the octets
 *   that the peer does not take.
 * A NOTIFICATION in OpenSent is answered with an FSM error, as any other event there (8.2.2); what
 * is told upwards is the NOTIFICATION that came.
 */
#include "bgpd/session/fsm.h"

#include <assert.h>

#include "lib/base/compiler.h"

#define CELL(state, action)                                            \
	{                                                              \
		.next = SESSION_STATE_##state, .act = FSM_ACT_##action \
	}

/* clang-format off */
static const struct fsm_cell table[SESSION_STATE_COUNT][FSM_EV_COUNT] = {
	[SESSION_STATE_IDLE] = {
		[FSM_EV_START]         = CELL(CONNECT, CONNECT),
		[FSM_EV_START_PASSIVE] = CELL(ACTIVE, LISTEN),
		[FSM_EV_STOP]          = CELL(IDLE, IGNORE),
		[FSM_EV_CONNECT_RETRY] = CELL(IDLE, IGNORE),
		[FSM_EV_HOLD]          = CELL(IDLE, IGNORE),
		[FSM_EV_KEEPALIVE]     = CELL(IDLE, IGNORE),
		[FSM_EV_DELAY_OPEN]    = CELL(IDLE, IGNORE),
		[FSM_EV_IDLE_HOLD]     = CELL(CONNECT, CONNECT),
		[FSM_EV_SEND_HOLD]     = CELL(IDLE, IGNORE),
		[FSM_EV_TCP_ACKED]     = CELL(IDLE, IGNORE),
		[FSM_EV_TCP_CONFIRMED] = CELL(IDLE, IGNORE),
		[FSM_EV_TCP_DELAYED]   = CELL(IDLE, IGNORE),
		[FSM_EV_TCP_FAILS]     = CELL(IDLE, IGNORE),
		[FSM_EV_WAIT_FAILS]    = CELL(IDLE, IGNORE),
		[FSM_EV_OPEN]          = CELL(IDLE, IGNORE),
		[FSM_EV_OPEN_AWAITED]  = CELL(IDLE, IGNORE),
		[FSM_EV_HEADER_ERR]    = CELL(IDLE, IGNORE),
		[FSM_EV_OPEN_ERR]      = CELL(IDLE, IGNORE),
		[FSM_EV_COLLISION]     = CELL(IDLE, IGNORE),
		[FSM_EV_NOTIF_VERSION] = CELL(IDLE, IGNORE),
		[FSM_EV_NOTIF]         = CELL(IDLE, IGNORE),
		[FSM_EV_KEEPALIVE_MSG] = CELL(IDLE, IGNORE),
		[FSM_EV_UPDATE]        = CELL(IDLE, IGNORE),
		[FSM_EV_UPDATE_ERR]    = CELL(IDLE, IGNORE),
		[FSM_EV_REFRESH]       = CELL(IDLE, IGNORE),
	},
	[SESSION_STATE_CONNECT] = {
		[FSM_EV_START]         = CELL(CONNECT, IGNORE),
		[FSM_EV_START_PASSIVE] = CELL(CONNECT, IGNORE),
		[FSM_EV_STOP]          = CELL(IDLE, CLOSE),
		[FSM_EV_CONNECT_RETRY] = CELL(CONNECT, CONNECT),
		[FSM_EV_HOLD]          = CELL(IDLE, CLOSE),
		[FSM_EV_KEEPALIVE]     = CELL(IDLE, CLOSE),
		[FSM_EV_DELAY_OPEN]    = CELL(OPEN_SENT, OPEN),
		[FSM_EV_IDLE_HOLD]     = CELL(IDLE, CLOSE),
		[FSM_EV_SEND_HOLD]     = CELL(IDLE, CLOSE),
		[FSM_EV_TCP_ACKED]     = CELL(OPEN_SENT, OPEN),
		[FSM_EV_TCP_CONFIRMED] = CELL(OPEN_SENT, OPEN),
		[FSM_EV_TCP_DELAYED]   = CELL(CONNECT, DELAY),
		[FSM_EV_TCP_FAILS]     = CELL(IDLE, CLOSE),
		[FSM_EV_WAIT_FAILS]    = CELL(ACTIVE, LISTEN),
		[FSM_EV_OPEN]          = CELL(IDLE, CLOSE),
		[FSM_EV_OPEN_AWAITED]  = CELL(OPEN_CONFIRM, ANSWER),
		[FSM_EV_HEADER_ERR]    = CELL(IDLE, NOTIFY),
		[FSM_EV_OPEN_ERR]      = CELL(IDLE, NOTIFY),
		[FSM_EV_COLLISION]     = CELL(IDLE, CLOSE),
		[FSM_EV_NOTIF_VERSION] = CELL(IDLE, CLOSE),
		[FSM_EV_NOTIF]         = CELL(IDLE, CLOSE),
		[FSM_EV_KEEPALIVE_MSG] = CELL(IDLE, CLOSE),
		[FSM_EV_UPDATE]        = CELL(IDLE, CLOSE),
		[FSM_EV_UPDATE_ERR]    = CELL(IDLE, CLOSE),
		[FSM_EV_REFRESH]       = CELL(IDLE, CLOSE),
	},
	[SESSION_STATE_ACTIVE] = {
		[FSM_EV_START]         = CELL(ACTIVE, IGNORE),
		[FSM_EV_START_PASSIVE] = CELL(ACTIVE, IGNORE),
		[FSM_EV_STOP]          = CELL(IDLE, CLOSE),
		[FSM_EV_CONNECT_RETRY] = CELL(CONNECT, CONNECT),
		[FSM_EV_HOLD]          = CELL(IDLE, CLOSE),
		[FSM_EV_KEEPALIVE]     = CELL(IDLE, CLOSE),
		[FSM_EV_DELAY_OPEN]    = CELL(OPEN_SENT, OPEN),
		[FSM_EV_IDLE_HOLD]     = CELL(IDLE, CLOSE),
		[FSM_EV_SEND_HOLD]     = CELL(IDLE, CLOSE),
		[FSM_EV_TCP_ACKED]     = CELL(OPEN_SENT, OPEN),
		[FSM_EV_TCP_CONFIRMED] = CELL(OPEN_SENT, OPEN),
		[FSM_EV_TCP_DELAYED]   = CELL(ACTIVE, DELAY),
		[FSM_EV_TCP_FAILS]     = CELL(IDLE, CLOSE),
		[FSM_EV_WAIT_FAILS]    = CELL(IDLE, CLOSE),
		[FSM_EV_OPEN]          = CELL(IDLE, CLOSE),
		[FSM_EV_OPEN_AWAITED]  = CELL(OPEN_CONFIRM, ANSWER),
		[FSM_EV_HEADER_ERR]    = CELL(IDLE, NOTIFY),
		[FSM_EV_OPEN_ERR]      = CELL(IDLE, NOTIFY),
		[FSM_EV_COLLISION]     = CELL(IDLE, CLOSE),
		[FSM_EV_NOTIF_VERSION] = CELL(IDLE, CLOSE),
		[FSM_EV_NOTIF]         = CELL(IDLE, CLOSE),
		[FSM_EV_KEEPALIVE_MSG] = CELL(IDLE, CLOSE),
		[FSM_EV_UPDATE]        = CELL(IDLE, CLOSE),
		[FSM_EV_UPDATE_ERR]    = CELL(IDLE, CLOSE),
		[FSM_EV_REFRESH]       = CELL(IDLE, CLOSE),
	},
	[SESSION_STATE_OPEN_SENT] = {
		[FSM_EV_START]         = CELL(OPEN_SENT, IGNORE),
		[FSM_EV_START_PASSIVE] = CELL(OPEN_SENT, IGNORE),
		[FSM_EV_STOP]          = CELL(IDLE, NOTIFY),
		[FSM_EV_CONNECT_RETRY] = CELL(IDLE, FSM_ERROR),
		[FSM_EV_HOLD]          = CELL(IDLE, NOTIFY),
		[FSM_EV_KEEPALIVE]     = CELL(IDLE, FSM_ERROR),
		[FSM_EV_DELAY_OPEN]    = CELL(IDLE, FSM_ERROR),
		[FSM_EV_IDLE_HOLD]     = CELL(IDLE, FSM_ERROR),
		[FSM_EV_SEND_HOLD]     = CELL(IDLE, CLOSE),
		[FSM_EV_TCP_ACKED]     = CELL(OPEN_SENT, IGNORE),
		[FSM_EV_TCP_CONFIRMED] = CELL(OPEN_SENT, IGNORE),
		[FSM_EV_TCP_DELAYED]   = CELL(OPEN_SENT, IGNORE),
		[FSM_EV_TCP_FAILS]     = CELL(ACTIVE, LISTEN),
		[FSM_EV_WAIT_FAILS]    = CELL(ACTIVE, LISTEN),
		[FSM_EV_OPEN]          = CELL(OPEN_CONFIRM, CONFIRM),
		[FSM_EV_OPEN_AWAITED]  = CELL(IDLE, FSM_ERROR),
		[FSM_EV_HEADER_ERR]    = CELL(IDLE, NOTIFY),
		[FSM_EV_OPEN_ERR]      = CELL(IDLE, NOTIFY),
		[FSM_EV_COLLISION]     = CELL(IDLE, NOTIFY),
		[FSM_EV_NOTIF_VERSION] = CELL(IDLE, CLOSE),
		[FSM_EV_NOTIF]         = CELL(IDLE, FSM_ERROR),
		[FSM_EV_KEEPALIVE_MSG] = CELL(IDLE, FSM_ERROR),
		[FSM_EV_UPDATE]        = CELL(IDLE, FSM_ERROR),
		[FSM_EV_UPDATE_ERR]    = CELL(IDLE, FSM_ERROR),
		[FSM_EV_REFRESH]       = CELL(IDLE, FSM_ERROR),
	},
	[SESSION_STATE_OPEN_CONFIRM] = {
		[FSM_EV_START]         = CELL(OPEN_CONFIRM, IGNORE),
		[FSM_EV_START_PASSIVE] = CELL(OPEN_CONFIRM, IGNORE),
		[FSM_EV_STOP]          = CELL(IDLE, NOTIFY),
		[FSM_EV_CONNECT_RETRY] = CELL(IDLE, FSM_ERROR),
		[FSM_EV_HOLD]          = CELL(IDLE, NOTIFY),
		[FSM_EV_KEEPALIVE]     = CELL(OPEN_CONFIRM, KEEPALIVE),
		[FSM_EV_DELAY_OPEN]    = CELL(IDLE, FSM_ERROR),
		[FSM_EV_IDLE_HOLD]     = CELL(IDLE, FSM_ERROR),
		[FSM_EV_SEND_HOLD]     = CELL(IDLE, CLOSE),
		[FSM_EV_TCP_ACKED]     = CELL(OPEN_CONFIRM, IGNORE),
		[FSM_EV_TCP_CONFIRMED] = CELL(OPEN_CONFIRM, IGNORE),
		[FSM_EV_TCP_DELAYED]   = CELL(OPEN_CONFIRM, IGNORE),
		[FSM_EV_TCP_FAILS]     = CELL(IDLE, CLOSE),
		[FSM_EV_WAIT_FAILS]    = CELL(IDLE, CLOSE),
		[FSM_EV_OPEN]          = CELL(IDLE, FSM_ERROR),
		[FSM_EV_OPEN_AWAITED]  = CELL(IDLE, FSM_ERROR),
		[FSM_EV_HEADER_ERR]    = CELL(IDLE, NOTIFY),
		[FSM_EV_OPEN_ERR]      = CELL(IDLE, NOTIFY),
		[FSM_EV_COLLISION]     = CELL(IDLE, NOTIFY),
		[FSM_EV_NOTIF_VERSION] = CELL(IDLE, CLOSE),
		[FSM_EV_NOTIF]         = CELL(IDLE, CLOSE),
		[FSM_EV_KEEPALIVE_MSG] = CELL(ESTABLISHED, ESTABLISH),
		[FSM_EV_UPDATE]        = CELL(IDLE, FSM_ERROR),
		[FSM_EV_UPDATE_ERR]    = CELL(IDLE, FSM_ERROR),
		[FSM_EV_REFRESH]       = CELL(IDLE, FSM_ERROR),
	},
	[SESSION_STATE_ESTABLISHED] = {
		[FSM_EV_START]         = CELL(ESTABLISHED, IGNORE),
		[FSM_EV_START_PASSIVE] = CELL(ESTABLISHED, IGNORE),
		[FSM_EV_STOP]          = CELL(IDLE, NOTIFY),
		[FSM_EV_CONNECT_RETRY] = CELL(IDLE, FSM_ERROR),
		[FSM_EV_HOLD]          = CELL(IDLE, NOTIFY),
		[FSM_EV_KEEPALIVE]     = CELL(ESTABLISHED, KEEPALIVE),
		[FSM_EV_DELAY_OPEN]    = CELL(IDLE, FSM_ERROR),
		[FSM_EV_IDLE_HOLD]     = CELL(IDLE, FSM_ERROR),
		[FSM_EV_SEND_HOLD]     = CELL(IDLE, CLOSE),
		[FSM_EV_TCP_ACKED]     = CELL(ESTABLISHED, IGNORE),
		[FSM_EV_TCP_CONFIRMED] = CELL(ESTABLISHED, IGNORE),
		[FSM_EV_TCP_DELAYED]   = CELL(ESTABLISHED, IGNORE),
		[FSM_EV_TCP_FAILS]     = CELL(IDLE, CLOSE),
		[FSM_EV_WAIT_FAILS]    = CELL(IDLE, CLOSE),
		[FSM_EV_OPEN]          = CELL(IDLE, FSM_ERROR),
		[FSM_EV_OPEN_AWAITED]  = CELL(IDLE, FSM_ERROR),
		[FSM_EV_HEADER_ERR]    = CELL(IDLE, NOTIFY),
		[FSM_EV_OPEN_ERR]      = CELL(IDLE, FSM_ERROR),
		[FSM_EV_COLLISION]     = CELL(IDLE, NOTIFY),
		[FSM_EV_NOTIF_VERSION] = CELL(IDLE, CLOSE),
		[FSM_EV_NOTIF]         = CELL(IDLE, CLOSE),
		[FSM_EV_KEEPALIVE_MSG] = CELL(ESTABLISHED, ALIVE),
		[FSM_EV_UPDATE]        = CELL(ESTABLISHED, UPDATE),
		[FSM_EV_UPDATE_ERR]    = CELL(IDLE, NOTIFY),
		[FSM_EV_REFRESH]       = CELL(ESTABLISHED, REFRESH),
	},
};

static const char *const event_names[FSM_EV_COUNT] = {
	[FSM_EV_START]         = "start",
	[FSM_EV_START_PASSIVE] = "passive start",
	[FSM_EV_STOP]          = "stop",
	[FSM_EV_CONNECT_RETRY] = "connect-retry timer",
	[FSM_EV_HOLD]          = "hold timer",
	[FSM_EV_KEEPALIVE]     = "keepalive timer",
	[FSM_EV_DELAY_OPEN]    = "delay-open timer",
	[FSM_EV_IDLE_HOLD]     = "idle-hold timer",
	[FSM_EV_SEND_HOLD]     = "send hold timer",
	[FSM_EV_TCP_ACKED]     = "connection made",
	[FSM_EV_TCP_CONFIRMED] = "connection accepted",
	[FSM_EV_TCP_DELAYED]   = "connection made, OPEN delayed",
	[FSM_EV_TCP_FAILS]     = "connection failed",
	[FSM_EV_WAIT_FAILS]    = "connection failed, OPEN delayed",
	[FSM_EV_OPEN]          = "OPEN",
	[FSM_EV_OPEN_AWAITED]  = "OPEN before ours",
	[FSM_EV_HEADER_ERR]    = "bad header",
	[FSM_EV_OPEN_ERR]      = "bad OPEN",
	[FSM_EV_COLLISION]     = "collision",
	[FSM_EV_NOTIF_VERSION] = "NOTIFICATION of version",
	[FSM_EV_NOTIF]         = "NOTIFICATION",
	[FSM_EV_KEEPALIVE_MSG] = "KEEPALIVE",
	[FSM_EV_UPDATE]        = "UPDATE",
	[FSM_EV_UPDATE_ERR]    = "bad UPDATE",
	[FSM_EV_REFRESH]       = "ROUTE-REFRESH",
};
/* clang-format on */

struct fsm_cell fsm_cell(enum session_state st, enum fsm_event ev)
{
	assert(st < SESSION_STATE_COUNT && ev < FSM_EV_COUNT);
	return table[st][ev];
}

const char *fsm_event_name(enum fsm_event ev)
{
	assert(ev < FSM_EV_COUNT);
	return event_names[ev];
}
