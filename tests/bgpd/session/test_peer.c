/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A session against a raw peer that breaks the rules, one at a time: which NOTIFICATION comes
 * back, in which state; and the collisions whose outcome must not be chance.
 */
#include <string.h>
#include <unistd.h>

#include "bgpd/session/negotiate.h"
#include "bgpd/session/slot.h"
#include "tests/bgpd/session/rig.h"
#include "tests/cu_main.h"

#define NOTE(code, subcode) ((code) << 8 | (subcode))
#define CEASE_COLLISION     NOTE(BGP_ERR_CEASE, BGP_ERR_CEASE_COLLISION)

/* End A waits for the raw peer. */
static void start_passive(struct rig *r)
{
	struct session_conf c;

	rig_init(r);
	c = rig_conf(r, &r->a);
	c.passive = true;
	rig_add(&r->a, &c);
	session_start(r->a.s);
}

/* --- OPEN --- */

static void version_3(struct wire_open *o)
{
	o->version = 3;
}

static void other_as(struct wire_open *o)
{
	o->as2 = 65009;
	o->as4 = 65009;
}

static void other_as_behind_as_trans(struct wire_open *o)
{
	o->as2 = BGP_AS_TRANS;
	o->as4 = 4200000009;
}

static void as_trans_without_capability(struct wire_open *o)
{
	o->as2 = BGP_AS_TRANS;
	o->as4 = 0;
}

static void as_zero(struct wire_open *o)
{
	o->as2 = 0;
}

static void hold_1(struct wire_open *o)
{
	o->hold_s = 1;
}

static void hold_2(struct wire_open *o)
{
	o->hold_s = 2;
}

static void id_zero(struct wire_open *o)
{
	o->router_id = 0;
}

static void no_family_of_ours(struct wire_open *o)
{
	o->families = BGP_FAMILY_BIT(BGP_FAMILY_IP6);
}

static void bad_id_and_bad_as(struct wire_open *o)
{
	o->as2 = 65009;
	o->as4 = 65009;
	o->router_id = 0;
	o->families = BGP_FAMILY_BIT(BGP_FAMILY_IP6);
}

struct open_case {
	void (*spoil)(struct wire_open *o);
	int note;
};

static const struct open_case open_cases[] = {
	{ version_3, NOTE(BGP_ERR_OPEN, BGP_ERR_OPEN_VERSION) },
	{ other_as, NOTE(BGP_ERR_OPEN, BGP_ERR_OPEN_PEER_AS) },
	{ other_as_behind_as_trans, NOTE(BGP_ERR_OPEN, BGP_ERR_OPEN_PEER_AS) },
	{ as_trans_without_capability, NOTE(BGP_ERR_OPEN, BGP_ERR_OPEN_PEER_AS) },
	{ as_zero, NOTE(BGP_ERR_OPEN, BGP_ERR_OPEN_PEER_AS) },
	{ hold_1, NOTE(BGP_ERR_OPEN, BGP_ERR_OPEN_HOLD_TIME) },
	{ hold_2, NOTE(BGP_ERR_OPEN, BGP_ERR_OPEN_HOLD_TIME) },
	{ id_zero, NOTE(BGP_ERR_OPEN, BGP_ERR_OPEN_ID) },
	{ no_family_of_ours, NOTE(BGP_ERR_OPEN, BGP_ERR_OPEN_CAPABILITY) },
};

static void start_ip4_only(struct rig *r)
{
	struct session_conf c;

	rig_init(r);
	c = rig_conf(r, &r->a);
	c.passive = true;
	c.families = BGP_FAMILY_BIT(BGP_FAMILY_IP4);
	rig_add(&r->a, &c);
	session_start(r->a.s);
}

/* RFC 4271 6.2, 7607 2. */
static void a_bad_open_is_answered_with_its_code(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(open_cases); i++) {
		struct rig r;
		struct raw raw;
		struct wire_open o = raw_open();

		start_ip4_only(&r);
		CU_ASSERT_TRUE_FATAL(raw_connect(&raw, &r, "127.0.0.2"));
		open_cases[i].spoil(&o);
		raw_send_open(&raw, &o);
		CU_ASSERT_EQUAL(raw_notification(&raw), open_cases[i].note);
		CU_ASSERT_EQUAL(r.a.down.reason, SESSION_DOWN_SENT);
		CU_ASSERT_EQUAL(NOTE(r.a.down.code, r.a.down.subcode), open_cases[i].note);
		CU_ASSERT_EQUAL(r.a.n_down_up, 0);
		CU_ASSERT_EQUAL(session_state(r.a.s), SESSION_STATE_ACTIVE);
		raw_close(&raw);
		rig_fini(&r);
	}
}

/* RFC 6286 2.2, 6286 2.3. */
static void our_own_identifier_is_refused_inside_the_as_only(void)
{
	for (int ibgp = 0; ibgp < 2; ibgp++) {
		struct rig r;
		struct raw raw;
		struct wire_open o = raw_open();
		struct session_conf c;
		uint8_t msg[BGP_MAX_LEN];

		rig_init(&r);
		c = rig_conf(&r, &r.a);
		c.passive = true;
		if (ibgp)
			c.local_as = c.peer_as;
		rig_add(&r.a, &c);
		session_start(r.a.s);
		CU_ASSERT_TRUE_FATAL(raw_connect(&raw, &r, "127.0.0.2"));
		o.router_id = RIG_ID_A;
		raw_send_open(&raw, &o);
		if (ibgp) {
			CU_ASSERT_EQUAL(raw_notification(&raw),
				NOTE(BGP_ERR_OPEN, BGP_ERR_OPEN_ID));
		} else {
			CU_ASSERT_TRUE(raw_expect(&raw, BGP_MSG_KEEPALIVE, msg, 2000) > 0);
		}
		raw_close(&raw);
		rig_fini(&r);
	}
}

/* RFC 9234 4.2. */
static void roles_must_fit(void)
{
	static const struct {
		uint8_t ours;  /* enum bgp_role */
		int8_t theirs; /* as on the wire, -1 = none */
		bool good;
		bool strict;
	} rows[] = {
		{ BGP_ROLE_NONE, 0, true },
		{ BGP_ROLE_PROVIDER, -1, true },
		{ BGP_ROLE_PROVIDER, -1, false, true },
		{ BGP_ROLE_PROVIDER, 3, true, true },
		{ BGP_ROLE_NONE, -1, true, true },
		{ BGP_ROLE_PROVIDER, 3, true },
		{ BGP_ROLE_PROVIDER, 0, false },
		{ BGP_ROLE_CUSTOMER, 0, true },
		{ BGP_ROLE_CUSTOMER, 3, false },
		{ BGP_ROLE_RS, 2, true },
		{ BGP_ROLE_RS_CLIENT, 1, true },
		{ BGP_ROLE_PEER, 4, true },
		{ BGP_ROLE_PEER, 5, false },
	};
	struct rig r;

	rig_init(&r);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct session_conf c = rig_conf(&r, &r.a);
		struct wire_open o = raw_open();
		struct wire_err err = { 0 };
		uint8_t buf[512];
		struct cursor_w w = cursor_w_make(buf, sizeof(buf));

		c.role = rows[i].ours;
		c.role_strict = rows[i].strict;
		o.role = rows[i].theirs;
		wire_open_encode(&w, &o);
		CU_ASSERT_EQUAL(negotiate_open(&c, buf, cursor_w_len(&w), &o, &err) == 0,
			rows[i].good);
		if (!rows[i].good)
			CU_ASSERT_EQUAL(err.subcode, BGP_ERR_OPEN_ROLE);
		negotiate_offer(&c, &o);
		CU_ASSERT_EQUAL(o.role, rows[i].ours - 1);
	}
	rig_fini(&r);
}

/* RFC 7911 4: both sides must fit, in each family and direction by itself. */
static void paths_flow_where_one_sends_and_the_other_receives(void)
{
	static const struct {
		bool rx, tx; /* ours */
		uint8_t their_rx, their_tx;
		uint8_t want_rx, want_tx;
	} rows[] = {
		{ false, false, 3, 3, 0, 0 },
		{ true, false, 3, 3, 3, 0 },
		{ false, true, 3, 3, 0, 3 },
		{ true, true, 1, 2, 2, 1 },
		{ true, false, 3, 0, 0, 0 },
		{ false, true, 0, 3, 0, 0 },
		{ true, true, 0, 0, 0, 0 },
	};
	struct rig r;

	rig_init(&r);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct session_conf c = rig_conf(&r, &r.a);
		struct wire_open o = raw_open();
		struct wire_session ws;

		c.families = 3;
		c.addpath_rx = rows[i].rx;
		c.addpath_tx = rows[i].tx;
		o.addpath_rx = rows[i].their_rx;
		o.addpath_tx = rows[i].their_tx;
		negotiate_result(&c, &o, &ws);
		CU_ASSERT_EQUAL(ws.addpath_rx, rows[i].want_rx);
		CU_ASSERT_EQUAL(ws.addpath_tx, rows[i].want_tx);
		c.families = 1;
		negotiate_result(&c, &o, &ws);
		CU_ASSERT_EQUAL(ws.addpath_rx, rows[i].want_rx & 1);
		CU_ASSERT_EQUAL(ws.addpath_tx, rows[i].want_tx & 1);
		negotiate_offer(&c, &o);
		CU_ASSERT_EQUAL(o.addpath_rx, rows[i].rx ? 1 : 0);
		CU_ASSERT_EQUAL(o.addpath_tx, rows[i].tx ? 1 : 0);
	}
	rig_fini(&r);
}

/* RFC 5492 3, 5492 4. */
static void a_missing_family_is_named_in_the_data(void)
{
	static const uint8_t missed[] = { BGP_CAP_MP, 4, 0, 1, 0, 1 };
	struct rig r;
	struct raw raw;
	struct wire_open o = raw_open();
	uint8_t msg[BGP_MAX_LEN];

	start_ip4_only(&r);
	CU_ASSERT_TRUE_FATAL(raw_connect(&raw, &r, "127.0.0.2"));
	o.families = BGP_FAMILY_BIT(BGP_FAMILY_IP6);
	raw_send_open(&raw, &o);
	CU_ASSERT_EQUAL(raw_expect(&raw, BGP_MSG_NOTIFICATION, msg, 2000), 21 + sizeof(missed));
	CU_ASSERT_EQUAL(memcmp(msg + 21, missed, sizeof(missed)), 0);
	raw_close(&raw);
	rig_fini(&r);
}

/* The capabilities of a stranger are not even read. */
static void identity_comes_before_options(void)
{
	struct rig r;
	struct raw raw;
	struct wire_open o = raw_open();
	uint8_t buf[512];
	struct cursor_w w = cursor_w_make(buf, sizeof(buf));

	start_passive(&r);
	CU_ASSERT_TRUE_FATAL(raw_connect(&raw, &r, "127.0.0.2"));
	bad_id_and_bad_as(&o);
	wire_open_encode(&w, &o);
	memset(buf + 29, 0xee, cursor_w_len(&w) - 29);
	raw_send(&raw, buf, cursor_w_len(&w));
	CU_ASSERT_EQUAL(raw_notification(&raw) >> 8, BGP_ERR_OPEN);
	CU_ASSERT_NOT_EQUAL(r.a.down.subcode, 0);
	CU_ASSERT_NOT_EQUAL(r.a.down.subcode, BGP_ERR_OPEN_PARAMETER);
	raw_close(&raw);
	rig_fini(&r);
}

/* RFC 4760 8, 5492 3. */
static void an_old_peer_without_capabilities_speaks_ipv4(void)
{
	struct rig r;
	struct raw raw;
	const struct wire_open o = {
		.version = BGP_VERSION,
		.as2 = RIG_AS_B,
		.hold_s = 90,
		.router_id = RIG_ID_B,
		.families = BGP_FAMILY_BIT(BGP_FAMILY_IP4),
		.role = -1,
	};

	start_passive(&r);
	CU_ASSERT_TRUE_FATAL(raw_connect(&raw, &r, "127.0.0.2"));
	raw_send_open(&raw, &o);
	raw_send_keepalive(&raw);
	CU_ASSERT_TRUE(rig_until_state(&r.a, SESSION_STATE_ESTABLISHED, 2000));
	CU_ASSERT_EQUAL(r.a.ws.families, BGP_FAMILY_BIT(BGP_FAMILY_IP4));
	CU_ASSERT_FALSE(r.a.ws.as4);
	CU_ASSERT_FALSE(r.a.ws.ext_message);
	CU_ASSERT_FALSE(r.a.ws.refresh);
	raw_close(&raw);
	rig_fini(&r);
}

/* --- the right message at the wrong time, the wrong one at any time --- */

/* Brings end A to a state; false if it does not get there. */
static bool bring_to(struct rig *r, struct raw *raw, enum session_state st)
{
	const struct wire_open o = raw_open();
	uint8_t msg[BGP_MAX_LEN];

	if (st == SESSION_STATE_ESTABLISHED)
		return raw_establish(raw, r);
	if (!raw_connect(raw, r, "127.0.0.2") || raw_expect(raw, BGP_MSG_OPEN, msg, 2000) == 0)
		return false;
	if (st == SESSION_STATE_OPEN_CONFIRM)
		raw_send_open(raw, &o);
	return rig_until_state(&r->a, st, 2000);
}

struct message_case {
	const char *what;
	uint8_t type;
	uint8_t len; /* of the body */
	uint8_t body[16];
	int note[3]; /* in OpenSent, OpenConfirm, Established; 0: the session goes on */
};

#define FSM(sub) NOTE(BGP_ERR_FSM, BGP_ERR_FSM_##sub)
#define HDR(sub) NOTE(BGP_ERR_HEADER, BGP_ERR_HEADER_##sub)

/* clang-format off */
static const struct message_case message_cases[] = {
	{ "KEEPALIVE", BGP_MSG_KEEPALIVE, 0, { 0 }, { FSM(OPEN_SENT), 0, 0 } },
	{ "UPDATE", BGP_MSG_UPDATE, 4, { 0 }, { FSM(OPEN_SENT), FSM(OPEN_CONFIRM), 0 } },
	{ "ROUTE-REFRESH", BGP_MSG_REFRESH, 4, { 0, 1, 0, 1 },
		{ FSM(OPEN_SENT), FSM(OPEN_CONFIRM), 0 } },
	{ "ROUTE-REFRESH of an unknown family", BGP_MSG_REFRESH, 4, { 0, 25, 0, 70 },
		{ FSM(OPEN_SENT), FSM(OPEN_CONFIRM), 0 } },
	{ "OPEN", BGP_MSG_OPEN, 10, { 4, 0xfd, 0xea, 0, 90, 10, 0, 0, 2, 0 },
		{ 0, FSM(OPEN_CONFIRM), FSM(ESTABLISHED) } },
	{ "short OPEN", BGP_MSG_OPEN, 9, { 4 }, { HDR(LENGTH), HDR(LENGTH), HDR(LENGTH) } },
	{ "long KEEPALIVE", BGP_MSG_KEEPALIVE, 1, { 0 },
		{ HDR(LENGTH), HDR(LENGTH), HDR(LENGTH) } },
	{ "short UPDATE", BGP_MSG_UPDATE, 3, { 0 }, { HDR(LENGTH), HDR(LENGTH), HDR(LENGTH) } },
	{ "type 0", 0, 0, { 0 }, { HDR(TYPE), HDR(TYPE), HDR(TYPE) } },
	{ "type 6", 6, 4, { 0 }, { HDR(TYPE), HDR(TYPE), HDR(TYPE) } },
	{ "type 255", 255, 4, { 0 }, { HDR(TYPE), HDR(TYPE), HDR(TYPE) } },
};
/* clang-format on */

static void expect_note(struct rig *r, struct raw *raw, int note, bool was_up)
{
	if (note == 0) {
		rig_run(r, 5);
		CU_ASSERT_EQUAL(r->a.n_down, 0);
		CU_ASSERT(session_state(r->a.s) >= SESSION_STATE_OPEN_CONFIRM);
		return;
	}
	CU_ASSERT_EQUAL(raw_notification(raw), note);
	CU_ASSERT_EQUAL(r->a.n_down, 1);
	CU_ASSERT_EQUAL(r->a.n_down_up, was_up);
	CU_ASSERT_EQUAL(NOTE(r->a.down.code, r->a.down.subcode), note);
}

/* RFC 6608. */
static void each_message_in_each_state_has_its_answer(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(message_cases) * 3; i++) {
		const struct message_case *c = &message_cases[i / 3];
		const enum session_state st = (enum session_state)(SESSION_STATE_OPEN_SENT + i % 3);
		uint8_t msg[64];
		struct rig r;
		struct raw raw;

		start_passive(&r);
		CU_ASSERT_TRUE_FATAL(bring_to(&r, &raw, st));
		raw_send(&raw, msg, rig_msg(msg, c->type, c->body, c->len));
		expect_note(&r, &raw, c->note[i % 3], st == SESSION_STATE_ESTABLISHED);
		raw_close(&raw);
		rig_fini(&r);
	}
}

/* RFC 6608. */
static void an_fsm_error_names_the_message(void)
{
	struct rig r;
	struct raw raw;
	uint8_t msg[BGP_MAX_LEN];

	start_passive(&r);
	CU_ASSERT_TRUE_FATAL(bring_to(&r, &raw, SESSION_STATE_OPEN_SENT));
	raw_send_keepalive(&raw);
	CU_ASSERT_EQUAL(raw_expect(&raw, BGP_MSG_NOTIFICATION, msg, 2000), 22);
	CU_ASSERT_EQUAL(msg[21], BGP_MSG_KEEPALIVE);
	raw_close(&raw);
	rig_fini(&r);
}

/* Header with the length given, marker spoilt or not. */
static void send_header(struct raw *raw, uint8_t type, uint16_t len, bool good_marker)
{
	uint8_t msg[BGP_HEADER_LEN];

	(void)rig_msg(msg, type, NULL, 0);
	msg[16] = (uint8_t)(len >> 8);
	msg[17] = (uint8_t)len;
	msg[7] = good_marker ? 0xff : 0xfe;
	raw_send(raw, msg, sizeof(msg));
}

/* RFC 4271 6.1. */
static void bad_headers_are_refused_before_their_body_comes(void)
{
	static const struct {
		uint16_t len;
		bool good_marker;
		int note[3];
	} rows[] = {
		{ 19, false, { HDR(SYNC), HDR(SYNC), HDR(SYNC) } },
		{ 18, true, { HDR(LENGTH), HDR(LENGTH), HDR(LENGTH) } },
		{ 0, true, { HDR(LENGTH), HDR(LENGTH), HDR(LENGTH) } },
		/* extended messages are ours to offer: good once both have said OPEN (RFC 8654) */
		{ 4097, true, { HDR(LENGTH), 0, 0 } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows) * 3; i++) {
		const enum session_state st = (enum session_state)(SESSION_STATE_OPEN_SENT + i % 3);
		struct rig r;
		struct raw raw;

		start_passive(&r);
		CU_ASSERT_TRUE_FATAL(bring_to(&r, &raw, st));
		send_header(&raw, BGP_MSG_UPDATE, rows[i / 3].len, rows[i / 3].good_marker);
		expect_note(&r, &raw, rows[i / 3].note[i % 3], st == SESSION_STATE_ESTABLISHED);
		raw_close(&raw);
		rig_fini(&r);
	}
}

/* A close with unread input would make our kernel send RST, and the peer lose the reason. */
static void a_notification_survives_what_the_peer_still_sends(void)
{
	static uint8_t junk[100000];
	struct rig r;
	struct raw raw;

	start_passive(&r);
	CU_ASSERT_TRUE_FATAL(raw_establish(&raw, &r));
	raw_send(&raw, junk, sizeof(junk));
	rig_run(&r, 50); /* everything but our reading has happened */
	raw_send(&raw, junk, sizeof(junk));
	rig_run(&r, 50);
	CU_ASSERT_EQUAL(raw_notification(&raw), HDR(SYNC));
	CU_ASSERT_FALSE(raw.reset);
	raw_close(&raw);
	rig_fini(&r);
}

/* RFC 4271 8.2.2: but in OpenSent, where nobody expects one. */
static void a_notification_is_answered_by_silence(void)
{
	for (int i = 0; i < 3; i++) {
		static const uint8_t body[] = { BGP_ERR_CEASE, BGP_ERR_CEASE_SHUTDOWN, 3, 'b', 'y',
			'e' };
		struct rig r;
		struct raw raw;
		uint8_t msg[64];

		start_passive(&r);
		CU_ASSERT_TRUE_FATAL(
			bring_to(&r, &raw, (enum session_state)(SESSION_STATE_OPEN_SENT + i)));
		raw_send(&raw, msg, rig_msg(msg, BGP_MSG_NOTIFICATION, body, sizeof(body)));
		CU_ASSERT_EQUAL(raw_notification(&raw), i == 0 ? FSM(OPEN_SENT) : -1);
		CU_ASSERT_EQUAL(r.a.n_down, 1);
		CU_ASSERT_EQUAL(r.a.down.reason, SESSION_DOWN_RECEIVED);
		CU_ASSERT_EQUAL(r.a.down.subcode, BGP_ERR_CEASE_SHUTDOWN);
		CU_ASSERT_STRING_EQUAL(r.a.down.text, "bye");
		raw_close(&raw);
		rig_fini(&r);
	}
}

static void a_closed_connection_is_no_news_but_the_end(void)
{
	for (int i = 0; i < 3; i++) {
		struct rig r;
		struct raw raw;
		char text[64];

		start_passive(&r);
		CU_ASSERT_TRUE_FATAL(
			bring_to(&r, &raw, (enum session_state)(SESSION_STATE_OPEN_SENT + i)));
		raw_close(&raw);
		CU_ASSERT_TRUE(rig_until_state(&r.a, SESSION_STATE_ACTIVE, 2000));
		CU_ASSERT_EQUAL(r.a.n_down, 1);
		CU_ASSERT_EQUAL(r.a.n_down_up, i == 2);
		CU_ASSERT_EQUAL(r.a.down.reason, SESSION_DOWN_TCP);
		(void)session_down_format(&r.a.down, text, sizeof(text));
		CU_ASSERT_EQUAL(strncmp(text, "connection ", 11), 0);
		rig_fini(&r);
	}
}

static void messages_may_come_octet_by_octet(void)
{
	struct rig r;
	struct raw raw;
	uint8_t msg[256];
	uint8_t body[200] = { 0 };
	const size_t len = rig_msg(msg, BGP_MSG_UPDATE, body, sizeof(body));

	start_passive(&r);
	CU_ASSERT_TRUE_FATAL(raw_establish(&raw, &r));
	for (size_t i = 0; i < len; i++) {
		raw_send(&raw, msg + i, 1);
		(void)loop_turn(r.l);
	}
	rig_run(&r, 10);
	CU_ASSERT_EQUAL(r.a.rx_bytes, len);
	CU_ASSERT_EQUAL(r.a.rx_hash, rig_hash(0, msg, len));
	raw_close(&raw);
	rig_fini(&r);
}

/* --- timers --- */

/* RFC 4271 4.4, 4271 6.5. */
static void silence_ends_with_the_hold_timer_and_we_are_not_silent(void)
{
	struct rig r;
	struct raw raw;
	struct session_conf c;
	uint8_t msg[BGP_MAX_LEN];
	struct mono start;
	int64_t us;

	rig_init(&r);
	c = rig_conf(&r, &r.a);
	c.passive = true;
	c.hold_s = 3;
	rig_add(&r.a, &c);
	session_start(r.a.s);
	CU_ASSERT_TRUE_FATAL(raw_establish(&raw, &r));
	start = mono_now();
	CU_ASSERT_TRUE(raw_expect(&raw, BGP_MSG_NOTIFICATION, msg, 4000) > 0);
	us = mono_sub_us(mono_now(), start);
	CU_ASSERT_EQUAL(NOTE(msg[19], msg[20]), NOTE(BGP_ERR_HOLD_TIMER, 0));
	CU_ASSERT(us > 2900000 && us < 3500000);
	CU_ASSERT_EQUAL(r.a.down.reason, SESSION_DOWN_HOLD);
	CU_ASSERT_EQUAL(r.a.n_down_up, 1);
	/* one that confirmed the OPEN, and every 0.75 to 1 s */
	CU_ASSERT(session_stats(r.a.s)->msgs_out[BGP_MSG_KEEPALIVE] >= 3);
	CU_ASSERT(session_stats(r.a.s)->msgs_out[BGP_MSG_KEEPALIVE] <= 5);
	raw_close(&raw);
	rig_fini(&r);
}

static void timers_of_each_state_are_armed(void)
{
	struct rig r;
	struct raw raw;
	struct slot *in;
	const struct wire_open o = raw_open();
	uint8_t msg[BGP_MAX_LEN];

	start_passive(&r);
	in = &r.a.s->slot[SLOT_IN];
	CU_ASSERT_TRUE_FATAL(bring_to(&r, &raw, SESSION_STATE_OPEN_SENT));
	CU_ASSERT(timer_left_us(&in->hold) > 230000000); /* RFC 4271: about four minutes */
	CU_ASSERT_FALSE(timer_is_armed(&in->keepalive));
	raw_send_open(&raw, &o);
	CU_ASSERT_TRUE(raw_expect(&raw, BGP_MSG_KEEPALIVE, msg, 2000) > 0);
	CU_ASSERT(timer_left_us(&in->hold) <= 30000000);
	CU_ASSERT(timer_left_us(&in->keepalive) <= 10000000);
	CU_ASSERT(timer_left_us(&in->keepalive) > 7000000);
	CU_ASSERT(timer_left_us(&in->send_hold) > 470000000); /* RFC 9687: eight minutes */
	raw_close(&raw);
	rig_fini(&r);
}

/* RFC 9687. The clock is ours for a moment, so the timer is fired by hand. */
static void a_peer_that_never_reads_is_given_up(void)
{
	static uint8_t big[BGP_MAX_LEN_EXT];
	static const uint8_t body[BGP_MAX_LEN_EXT - BGP_HEADER_LEN];
	const size_t len = rig_msg(big, BGP_MSG_UPDATE, body, sizeof(body));
	struct rig r;
	struct raw raw;
	struct timer *t;

	start_passive(&r);
	CU_ASSERT_TRUE_FATAL(raw_establish(&raw, &r));
	t = &r.a.s->slot[SLOT_IN].send_hold;
	for (int i = 0; i < 200; i++) { /* more than the kernel takes */
		session_send(r.a.s, big, len, 1);
		(void)loop_turn(r.l);
	}
	rig_run(&r, 20);
	CU_ASSERT_TRUE(session_is_congested(r.a.s));
	CU_ASSERT(conn_stuck_us(&r.a.s->slot[SLOT_IN].conn) > 0);
	mono_test_start(mono_now());
	mono_test_advance_us(470 * INT64_C(1000000));
	t->fn(t->ctx);
	CU_ASSERT_EQUAL(session_state(r.a.s), SESSION_STATE_ESTABLISHED);
	CU_ASSERT(timer_left_us(t) < 11 * INT64_C(1000000)); /* looks again when it may be due */
	mono_test_advance_us(11 * INT64_C(1000000));
	t->fn(t->ctx);
	mono_test_stop();
	CU_ASSERT_EQUAL(session_state(r.a.s), SESSION_STATE_ACTIVE);
	CU_ASSERT_EQUAL(r.a.down.reason, SESSION_DOWN_SEND_HOLD);
	CU_ASSERT_EQUAL(r.a.n_down_up, 1);
	raw_close(&raw);
	rig_fini(&r);
}

/* --- two connections --- */

struct collision {
	struct rig r;
	struct raw ours; /* opened by end A */
	struct raw theirs;
	int listen_fd;
};

/* Both connections are up, both ends have sent nothing but A's OPENs. */
static void collide(struct collision *c)
{
	struct session_conf conf;
	uint8_t msg[BGP_MAX_LEN];

	rig_init(&c->r);
	conf = rig_conf(&c->r, &c->r.a);
	rig_add(&c->r.a, &conf);
	c->listen_fd = raw_listen(&c->r);
	session_start(c->r.a.s);
	CU_ASSERT_TRUE_FATAL(raw_accept(&c->ours, &c->r, c->listen_fd));
	CU_ASSERT_TRUE(raw_expect(&c->ours, BGP_MSG_OPEN, msg, 2000) > 0);
	CU_ASSERT_TRUE_FATAL(raw_connect(&c->theirs, &c->r, "127.0.0.2"));
	CU_ASSERT_TRUE(raw_expect(&c->theirs, BGP_MSG_OPEN, msg, 2000) > 0);
	CU_ASSERT_EQUAL(session_state(c->r.a.s), SESSION_STATE_OPEN_SENT);
}

static void collision_fini(struct collision *c)
{
	raw_close(&c->ours);
	raw_close(&c->theirs);
	close(c->listen_fd);
	rig_fini(&c->r);
}

/* RFC 4271 6.8: of two, the connection of the side with the higher identifier stays. */
static void the_higher_identifier_keeps_its_connection(void)
{
	static const uint32_t ids[] = { RIG_ID_A - 1, RIG_ID_A, RIG_ID_A + 1 };

	for (size_t i = 0; i < ARRAY_SIZE(ids) * 2; i++) {
		struct collision c;
		struct wire_open o = raw_open();
		struct raw *first = i % 2 ? &c.ours : &c.theirs;
		struct raw *stays;
		struct raw *goes;
		uint8_t msg[BGP_MAX_LEN];

		collide(&c);
		o.router_id = ids[i / 2];
		/* with equal identifiers the AS decides (RFC 6286): A has the lower one */
		stays = ids[i / 2] < RIG_ID_A ? &c.ours : &c.theirs;
		goes = stays == &c.ours ? &c.theirs : &c.ours;
		raw_send_open(first, &o);
		/* decided by the first OPEN: the loser is never confirmed */
		CU_ASSERT_EQUAL(raw_notification(goes), CEASE_COLLISION);
		if (stays != first)
			raw_send_open(stays, &o);
		CU_ASSERT_TRUE(raw_expect(stays, BGP_MSG_KEEPALIVE, msg, 2000) > 0);
		raw_send_keepalive(stays);
		CU_ASSERT_TRUE(rig_until_state(&c.r.a, SESSION_STATE_ESTABLISHED, 2000));
		CU_ASSERT_EQUAL(c.r.a.n_down, 0); /* nobody has heard of it */
		CU_ASSERT_EQUAL(c.r.a.n_established, 1);
		collision_fini(&c);
	}
}

static void the_first_to_be_established_ends_a_silent_one(void)
{
	struct collision c;
	const struct wire_open o = raw_open();

	/* theirs would win, but its OPEN is so late that it is no rival */
	collide(&c);
	mono_test_start(mono_now());
	mono_test_advance_us(3 * INT64_C(1000000));
	raw_send_open(&c.ours, &o);
	raw_send_keepalive(&c.ours);
	CU_ASSERT_EQUAL(raw_notification(&c.theirs), CEASE_COLLISION);
	CU_ASSERT_EQUAL(session_state(c.r.a.s), SESSION_STATE_ESTABLISHED);
	CU_ASSERT_EQUAL(c.r.a.n_down, 0);
	mono_test_stop();
	collision_fini(&c);
}

/* RFC 4271 8.2.1. */
static void the_end_of_one_leaves_the_other_alone(void)
{
	struct collision c;
	const struct wire_open o = raw_open();

	collide(&c);
	raw_close(&c.ours);
	rig_run(&c.r, 20);
	CU_ASSERT_EQUAL(session_state(c.r.a.s), SESSION_STATE_OPEN_SENT);
	CU_ASSERT_EQUAL(c.r.a.n_down, 0);
	raw_send_open(&c.theirs, &o);
	raw_send_keepalive(&c.theirs);
	CU_ASSERT_TRUE(rig_until_state(&c.r.a, SESSION_STATE_ESTABLISHED, 2000));
	c.ours.fd = dup(c.listen_fd); /* something for collision_fini to close */
	collision_fini(&c);
}

/* RFC 4271 6.8. */
static void an_established_session_refuses_another_connection(void)
{
	struct rig r;
	struct raw raw;
	struct raw second;

	start_passive(&r);
	CU_ASSERT_TRUE_FATAL(raw_establish(&raw, &r));
	for (int i = 0; i < 8; i++) { /* more than may linger */
		CU_ASSERT_TRUE_FATAL(raw_connect(&second, &r, "127.0.0.2"));
		CU_ASSERT_EQUAL(raw_notification(&second), CEASE_COLLISION);
		if (i % 2)
			raw_close(&second);
	}
	CU_ASSERT_EQUAL(session_state(r.a.s), SESSION_STATE_ESTABLISHED);
	CU_ASSERT_EQUAL(r.a.n_down, 0);
	raw_close(&raw);
	rig_fini(&r);
}

static void a_newer_connection_replaces_one_without_open(void)
{
	struct rig r;
	struct raw old;
	struct raw raw;

	start_passive(&r);
	CU_ASSERT_TRUE_FATAL(bring_to(&r, &old, SESSION_STATE_OPEN_SENT));
	CU_ASSERT_TRUE(raw_establish(&raw, &r));
	CU_ASSERT_EQUAL(raw_notification(&old), CEASE_COLLISION);
	CU_ASSERT_EQUAL(r.a.n_down, 0);
	raw_close(&old);
	raw_close(&raw);
	rig_fini(&r);
}

static void a_session_can_be_freed_in_every_state(void)
{
	for (int st = SESSION_STATE_OPEN_SENT; st <= SESSION_STATE_ESTABLISHED; st++) {
		for (int stop = 0; stop < 3; stop++) {
			struct rig r;
			struct raw raw;

			start_passive(&r);
			CU_ASSERT_TRUE_FATAL(bring_to(&r, &raw, (enum session_state)st));
			if (stop > 0)
				session_stop(r.a.s, BGP_ERR_CEASE_DECONFIGURED, NULL);
			if (stop > 1)
				(void)loop_turn(r.l);
			rig_fini(&r); /* the address sanitizer has the last word */
			raw_close(&raw);
		}
	}
}

static void a_stop_right_before_free_is_heard(void)
{
	struct rig r;
	struct raw raw;
	struct session *s;

	start_passive(&r);
	CU_ASSERT_TRUE_FATAL(raw_establish(&raw, &r));
	raw_send_keepalive(&raw); /* unread input at our side */
	s = r.a.s;
	session_stop(s, BGP_ERR_CEASE_DECONFIGURED, NULL);
	listener_free(r.a.ln);
	session_free(s);
	r.a.ln = NULL;
	r.a.s = NULL;
	CU_ASSERT_EQUAL(raw_notification(&raw), NOTE(BGP_ERR_CEASE, BGP_ERR_CEASE_DECONFIGURED));
	raw_close(&raw);
	rig_fini(&r);
}

static const struct cu_case cases[] = {
	CU_CASE(a_bad_open_is_answered_with_its_code),
	CU_CASE(our_own_identifier_is_refused_inside_the_as_only),
	CU_CASE(roles_must_fit),
	CU_CASE(paths_flow_where_one_sends_and_the_other_receives),
	CU_CASE(a_missing_family_is_named_in_the_data),
	CU_CASE(identity_comes_before_options),
	CU_CASE(an_old_peer_without_capabilities_speaks_ipv4),
	CU_CASE(each_message_in_each_state_has_its_answer),
	CU_CASE(an_fsm_error_names_the_message),
	CU_CASE(bad_headers_are_refused_before_their_body_comes),
	CU_CASE(a_notification_survives_what_the_peer_still_sends),
	CU_CASE(a_notification_is_answered_by_silence),
	CU_CASE(a_closed_connection_is_no_news_but_the_end),
	CU_CASE(messages_may_come_octet_by_octet),
	CU_CASE(silence_ends_with_the_hold_timer_and_we_are_not_silent),
	CU_CASE(timers_of_each_state_are_armed),
	CU_CASE(a_peer_that_never_reads_is_given_up),
	CU_CASE(the_higher_identifier_keeps_its_connection),
	CU_CASE(the_first_to_be_established_ends_a_silent_one),
	CU_CASE(the_end_of_one_leaves_the_other_alone),
	CU_CASE(an_established_session_refuses_another_connection),
	CU_CASE(a_newer_connection_replaces_one_without_open),
	CU_CASE(a_session_can_be_freed_in_every_state),
	CU_CASE(a_stop_right_before_free_is_heard),
};

CU_SUITE(peer, cases);
