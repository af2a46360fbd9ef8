/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table against a second reading of RFC 4271 8.2.2, written as the RFC is: rules that name
 * lists of events, and "any other event". Every cell must be matched by exactly what its state
 * says.
 */
#include "bgpd/session/fsm.h"
#include "tests/cu_main.h"

#define EV(e) (UINT32_C(1) << FSM_EV_##e)

#define STARTS  (EV(START) | EV(START_PASSIVE))
#define TCP_UP  (EV(TCP_ACKED) | EV(TCP_CONFIRMED))
#define FAILS   (EV(TCP_FAILS) | EV(WAIT_FAILS))
#define GOODBYE (EV(NOTIF) | EV(NOTIF_VERSION))
#define ANY     UINT32_MAX

struct rule {
	uint32_t events; /* the first rule of the state that lists an event holds */
	enum session_state next;
	enum fsm_action act;
};

static const struct rule idle[] = {
	{ EV(START) | EV(IDLE_HOLD), SESSION_STATE_CONNECT, FSM_ACT_CONNECT },
	{ EV(START_PASSIVE), SESSION_STATE_ACTIVE, FSM_ACT_LISTEN },
	{ ANY, SESSION_STATE_IDLE, FSM_ACT_IGNORE },
};

static const struct rule connecting[] = {
	{ STARTS, SESSION_STATE_CONNECT, FSM_ACT_IGNORE },
	{ EV(CONNECT_RETRY), SESSION_STATE_CONNECT, FSM_ACT_CONNECT },
	{ TCP_UP | EV(DELAY_OPEN), SESSION_STATE_OPEN_SENT, FSM_ACT_OPEN },
	{ EV(TCP_DELAYED), SESSION_STATE_CONNECT, FSM_ACT_DELAY },
	{ EV(WAIT_FAILS), SESSION_STATE_ACTIVE, FSM_ACT_LISTEN },
	{ EV(OPEN_AWAITED), SESSION_STATE_OPEN_CONFIRM, FSM_ACT_ANSWER },
	{ EV(HEADER_ERR) | EV(OPEN_ERR), SESSION_STATE_IDLE, FSM_ACT_NOTIFY },
	{ ANY, SESSION_STATE_IDLE, FSM_ACT_CLOSE },
};

static const struct rule active[] = {
	{ STARTS, SESSION_STATE_ACTIVE, FSM_ACT_IGNORE },
	{ EV(CONNECT_RETRY), SESSION_STATE_CONNECT, FSM_ACT_CONNECT },
	{ TCP_UP | EV(DELAY_OPEN), SESSION_STATE_OPEN_SENT, FSM_ACT_OPEN },
	{ EV(TCP_DELAYED), SESSION_STATE_ACTIVE, FSM_ACT_DELAY },
	{ EV(OPEN_AWAITED), SESSION_STATE_OPEN_CONFIRM, FSM_ACT_ANSWER },
	{ EV(HEADER_ERR) | EV(OPEN_ERR), SESSION_STATE_IDLE, FSM_ACT_NOTIFY },
	{ ANY, SESSION_STATE_IDLE, FSM_ACT_CLOSE },
};

static const struct rule open_sent[] = {
	{ STARTS | TCP_UP | EV(TCP_DELAYED), SESSION_STATE_OPEN_SENT, FSM_ACT_IGNORE },
	{ EV(STOP) | EV(HOLD) | EV(HEADER_ERR) | EV(OPEN_ERR) | EV(COLLISION), SESSION_STATE_IDLE,
		FSM_ACT_NOTIFY },
	{ FAILS, SESSION_STATE_ACTIVE, FSM_ACT_LISTEN },
	{ EV(OPEN), SESSION_STATE_OPEN_CONFIRM, FSM_ACT_CONFIRM },
	{ EV(NOTIF_VERSION) | EV(SEND_HOLD), SESSION_STATE_IDLE, FSM_ACT_CLOSE },
	{ ANY, SESSION_STATE_IDLE, FSM_ACT_FSM_ERROR },
};

static const struct rule open_confirm[] = {
	{ STARTS | TCP_UP | EV(TCP_DELAYED), SESSION_STATE_OPEN_CONFIRM, FSM_ACT_IGNORE },
	{ EV(STOP) | EV(HOLD) | EV(HEADER_ERR) | EV(OPEN_ERR) | EV(COLLISION), SESSION_STATE_IDLE,
		FSM_ACT_NOTIFY },
	{ EV(KEEPALIVE), SESSION_STATE_OPEN_CONFIRM, FSM_ACT_KEEPALIVE },
	{ EV(KEEPALIVE_MSG), SESSION_STATE_ESTABLISHED, FSM_ACT_ESTABLISH },
	{ FAILS | GOODBYE | EV(SEND_HOLD), SESSION_STATE_IDLE, FSM_ACT_CLOSE },
	{ ANY, SESSION_STATE_IDLE, FSM_ACT_FSM_ERROR },
};

static const struct rule established[] = {
	{ STARTS | TCP_UP | EV(TCP_DELAYED), SESSION_STATE_ESTABLISHED, FSM_ACT_IGNORE },
	{ EV(STOP) | EV(HOLD) | EV(HEADER_ERR) | EV(UPDATE_ERR) | EV(COLLISION), SESSION_STATE_IDLE,
		FSM_ACT_NOTIFY },
	{ EV(KEEPALIVE), SESSION_STATE_ESTABLISHED, FSM_ACT_KEEPALIVE },
	{ EV(KEEPALIVE_MSG), SESSION_STATE_ESTABLISHED, FSM_ACT_ALIVE },
	{ EV(UPDATE), SESSION_STATE_ESTABLISHED, FSM_ACT_UPDATE },
	{ EV(REFRESH), SESSION_STATE_ESTABLISHED, FSM_ACT_REFRESH },
	{ FAILS | GOODBYE | EV(SEND_HOLD), SESSION_STATE_IDLE, FSM_ACT_CLOSE },
	{ ANY, SESSION_STATE_IDLE, FSM_ACT_FSM_ERROR },
};

static const struct rule *const rules[SESSION_STATE_COUNT] = {
	[SESSION_STATE_IDLE] = idle,
	[SESSION_STATE_CONNECT] = connecting,
	[SESSION_STATE_ACTIVE] = active,
	[SESSION_STATE_OPEN_SENT] = open_sent,
	[SESSION_STATE_OPEN_CONFIRM] = open_confirm,
	[SESSION_STATE_ESTABLISHED] = established,
};

/* RFC 4271 8, 4271 8.1. */
static void every_cell_says_what_the_rfc_says(void)
{
	for (unsigned st = 0; st < SESSION_STATE_COUNT; st++) {
		for (unsigned ev = 0; ev < FSM_EV_COUNT; ev++) {
			const struct fsm_cell cell = fsm_cell((enum session_state)st,
				(enum fsm_event)ev);
			const struct rule *r = rules[st];

			while (!(r->events & UINT32_C(1) << ev))
				r++;
			CU_ASSERT_EQUAL(cell.next, r->next);
			CU_ASSERT_EQUAL(cell.act, r->act);
		}
	}
}

/* The table must not have grown a row that nobody filled: zero means Idle and ignore. */
static void no_state_but_idle_ends_in_idle_silently(void)
{
	for (unsigned st = SESSION_STATE_CONNECT; st < SESSION_STATE_COUNT; st++) {
		for (unsigned ev = 0; ev < FSM_EV_COUNT; ev++) {
			const struct fsm_cell cell = fsm_cell((enum session_state)st,
				(enum fsm_event)ev);

			CU_ASSERT_FALSE(
				cell.next == SESSION_STATE_IDLE && cell.act == FSM_ACT_IGNORE);
		}
	}
}

static void stop_ends_in_idle_from_everywhere(void)
{
	for (unsigned st = 0; st < SESSION_STATE_COUNT; st++)
		CU_ASSERT_EQUAL(fsm_cell((enum session_state)st, FSM_EV_STOP).next,
			SESSION_STATE_IDLE);
}

static void states_and_events_have_names(void)
{
	for (unsigned ev = 0; ev < FSM_EV_COUNT; ev++)
		CU_ASSERT_PTR_NOT_NULL(fsm_event_name((enum fsm_event)ev));
	CU_ASSERT_STRING_EQUAL(session_state_name(SESSION_STATE_IDLE), "idle");
	CU_ASSERT_STRING_EQUAL(session_state_name(SESSION_STATE_OPEN_SENT), "open-sent");
	CU_ASSERT_STRING_EQUAL(session_state_name(SESSION_STATE_OPEN_CONFIRM), "open-confirm");
	CU_ASSERT_STRING_EQUAL(session_state_name(SESSION_STATE_ESTABLISHED), "established");
}

static const struct cu_case cases[] = {
	CU_CASE(every_cell_says_what_the_rfc_says),
	CU_CASE(no_state_but_idle_ends_in_idle_silently),
	CU_CASE(stop_ends_in_idle_from_everywhere),
	CU_CASE(states_and_events_have_names),
};

CU_SUITE(fsm, cases);
