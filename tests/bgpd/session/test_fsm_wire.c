/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of fsm.c at work: every event in every state, on a connection to a raw peer, and what
 * that peer is told: which message, or which NOTIFICATION to its code and subcode, or nothing; and
 * whether the connection is still there. Whether the table is right is test_fsm.c's business.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bgpd/session/slot.h"
#include "bgpd/wire/message.h"
#include "tests/bgpd/session/rig.h"
#include "tests/cu_main.h"

#define NOTE(code, subcode) ((code) << 8 | (subcode))

/* What the NOTIFICATION says that an event brings along. */
static const int notes[FSM_EV_COUNT] = {
	[FSM_EV_STOP] = NOTE(BGP_ERR_CEASE, BGP_ERR_CEASE_SHUTDOWN),
	[FSM_EV_HOLD] = NOTE(BGP_ERR_HOLD_TIMER, 0),
	[FSM_EV_HEADER_ERR] = NOTE(BGP_ERR_HEADER, BGP_ERR_HEADER_SYNC),
	[FSM_EV_OPEN_ERR] = NOTE(BGP_ERR_OPEN, BGP_ERR_OPEN_PEER_AS),
	[FSM_EV_COLLISION] = NOTE(BGP_ERR_CEASE, BGP_ERR_CEASE_COLLISION),
	[FSM_EV_UPDATE_ERR] = NOTE(BGP_ERR_UPDATE, BGP_ERR_UPDATE_FLAGS),
};

/* RFC 6608 3. */
static const int fsm_errors[SESSION_STATE_COUNT] = {
	[SESSION_STATE_OPEN_SENT] = NOTE(BGP_ERR_FSM, BGP_ERR_FSM_OPEN_SENT),
	[SESSION_STATE_OPEN_CONFIRM] = NOTE(BGP_ERR_FSM, BGP_ERR_FSM_OPEN_CONFIRM),
	[SESSION_STATE_ESTABLISHED] = NOTE(BGP_ERR_FSM, BGP_ERR_FSM_ESTABLISHED),
};

enum end {
	STAYS,
	CLOSED,
	NOTED,
	FSM_NOTED
};

static const struct {
	uint8_t msgs[3]; /* in this order, 0 = no more */
	enum end end;
} says[FSM_ACT_COUNT] = {
	[FSM_ACT_IGNORE] = { { 0 }, STAYS },
	[FSM_ACT_CONNECT] = { { 0 }, CLOSED },
	[FSM_ACT_LISTEN] = { { 0 }, CLOSED },
	[FSM_ACT_DELAY] = { { 0 }, STAYS },
	[FSM_ACT_OPEN] = { { BGP_MSG_OPEN }, STAYS },
	[FSM_ACT_CONFIRM] = { { BGP_MSG_KEEPALIVE }, STAYS },
	[FSM_ACT_ANSWER] = { { BGP_MSG_OPEN, BGP_MSG_KEEPALIVE }, STAYS },
	[FSM_ACT_ESTABLISH] = { { 0 }, STAYS },
	[FSM_ACT_KEEPALIVE] = { { BGP_MSG_KEEPALIVE }, STAYS },
	[FSM_ACT_ALIVE] = { { 0 }, STAYS },
	[FSM_ACT_UPDATE] = { { 0 }, STAYS },
	[FSM_ACT_REFRESH] = { { 0 }, STAYS },
	[FSM_ACT_CLOSE] = { { 0 }, CLOSED },
	[FSM_ACT_NOTIFY] = { { 0 }, NOTED },
	[FSM_ACT_FSM_ERROR] = { { 0 }, FSM_NOTED },
};

struct bench {
	struct rig r;
	struct raw raw;
	struct slot *sl;
	int fd; /* the raw peer listens */
};

static bool is_waiting(void *ctx)
{
	const struct bench *b = ctx;

	return slot_is_waiting(b->sl);
}

/* Until Connect: a connection that waits with its OPEN. Then as far as st. */
static void advance(struct bench *b, enum session_state st)
{
	const struct wire_open o = raw_open();
	uint8_t msg[BGP_MAX_LEN];

	CU_ASSERT_TRUE_FATAL(rig_until(&b->r, is_waiting, b, 5000));
	if (st < SESSION_STATE_OPEN_SENT)
		return;
	slot_event(b->sl, FSM_EV_DELAY_OPEN, &(struct slot_input){ 0 });
	CU_ASSERT_FATAL(raw_expect(&b->raw, BGP_MSG_OPEN, msg, 5000) > 0);
	if (st == SESSION_STATE_OPEN_SENT)
		return;
	raw_send_open(&b->raw, &o);
	CU_ASSERT_FATAL(raw_expect(&b->raw, BGP_MSG_KEEPALIVE, msg, 5000) > 0);
	if (st == SESSION_STATE_OPEN_CONFIRM)
		return;
	raw_send_keepalive(&b->raw);
	CU_ASSERT_TRUE_FATAL(rig_until_state(&b->r.a, st, 5000));
}

/* In Active it is the peer who calls, else we do. */
static void bench_init(struct bench *b, enum session_state st)
{
	const bool passive = st == SESSION_STATE_ACTIVE;
	struct session_conf c;

	rig_init(&b->r);
	c = rig_conf(&b->r, &b->r.a);
	c.passive = passive;
	c.delay_open_s = 240;
	rig_add(&b->r.a, &c);
	b->sl = &b->r.a.s->slot[passive ? SLOT_IN : SLOT_OUT];
	b->fd = raw_listen(&b->r);
	b->raw.fd = -1;
	if (st == SESSION_STATE_IDLE)
		return;
	session_start(b->r.a.s);
	CU_ASSERT_TRUE_FATAL(passive ? raw_connect(&b->raw, &b->r, "127.0.0.2") :
				       raw_accept(&b->raw, &b->r, b->fd));
	advance(b, st);
	CU_ASSERT_EQUAL_FATAL(b->sl->state, st);
}

static void bench_fini(struct bench *b)
{
	b->r.a.s->quiesced = false;
	rig_fini(&b->r);
	if (b->raw.fd >= 0)
		raw_close(&b->raw);
	close(b->fd);
}

static void fire(struct bench *b, enum fsm_event ev)
{
	const struct wire_open o = raw_open();
	const struct wire_notification note = {
		.code = (uint8_t)(notes[ev] >> 8),
		.subcode = (uint8_t)notes[ev],
	};
	struct slot_input in = { .note = &note };
	uint8_t msg[64];

	if (ev == FSM_EV_UPDATE) {
		in.msg = msg;
		in.len = rig_msg(msg, BGP_MSG_UPDATE, (uint8_t[4]){ 0 }, 4);
	} else if (ev == FSM_EV_REFRESH) {
		in.msg = msg;
		in.len = rig_msg(msg, BGP_MSG_REFRESH, (uint8_t[4]){ 0, 1, 0, 1 }, 4);
	}
	if (b->sl->state < SESSION_STATE_OPEN_CONFIRM)
		b->sl->remote = o;
	b->r.a.s->quiesced = true; /* nothing is begun after it: what is seen is the cell's */
	slot_event(b->sl, ev, &in);
}

/* The next message, a NOTIFICATION by its codes; 0 when there is none. */
static int heard(struct bench *b, int ms)
{
	uint8_t msg[BGP_MAX_LEN];

	if (raw_next(&b->raw, msg, ms) == 0)
		return 0;
	if (msg[BGP_HEADER_LEN - 1] == BGP_MSG_NOTIFICATION)
		return NOTE(msg[BGP_HEADER_LEN], msg[BGP_HEADER_LEN + 1]);
	return msg[BGP_HEADER_LEN - 1];
}

static void check_words(struct bench *b, enum session_state st, enum fsm_event ev)
{
	const enum fsm_action act = (enum fsm_action)fsm_cell(st, ev).act;
	const bool ends = says[act].end != STAYS;

	for (unsigned i = 0; says[act].msgs[i]; i++)
		CU_ASSERT_EQUAL(heard(b, 5000), says[act].msgs[i]);
	if (says[act].end == NOTED)
		CU_ASSERT_EQUAL(heard(b, 5000), notes[ev]);
	if (says[act].end == FSM_NOTED)
		CU_ASSERT_EQUAL(heard(b, 5000), fsm_errors[st]);
	CU_ASSERT_EQUAL(heard(b, ends ? 5000 : 2), 0);
	CU_ASSERT_EQUAL(b->raw.eof, ends);
}

static void every_event_in_every_state_is_answered(void)
{
	for (unsigned i = 0; i < SESSION_STATE_COUNT * FSM_EV_COUNT; i++) {
		const enum session_state st = (enum session_state)(i / FSM_EV_COUNT);
		const enum fsm_event ev = (enum fsm_event)(i % FSM_EV_COUNT);
		const unsigned failed = CU_get_number_of_failures();
		struct bench b;

		bench_init(&b, st);
		fire(&b, ev);
		CU_ASSERT_EQUAL(b.sl->state, fsm_cell(st, ev).next);
		if (st != SESSION_STATE_IDLE)
			check_words(&b, st, ev);
		if (CU_get_number_of_failures() != failed)
			printf("# %s in %s\n", fsm_event_name(ev), session_state_name(st));
		bench_fini(&b);
	}
}

static const struct cu_case cases[] = {
	CU_CASE(every_event_in_every_state_is_answered),
};
CU_SUITE(fsm_wire, cases);
