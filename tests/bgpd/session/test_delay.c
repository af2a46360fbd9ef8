/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DelayOpen (RFC 4271 8.1.1, 8.2.2): a session that lets the neighbour speak first, against a raw
 * peer and against one of its own kind. What is asked of time is only that it was long enough.
 */
#include <errno.h>
#include <unistd.h>

#include "bgpd/session/slot.h"
#include "tests/bgpd/session/rig.h"
#include "tests/cu_main.h"

#define LONG_S 240 /* no test lasts that long: an OPEN of ours is an answer */

static void start_on(struct rig *r, bool passive, uint8_t delay_s)
{
	struct session_conf c;

	c = rig_conf(r, &r->a);
	c.passive = passive;
	c.delay_open_s = delay_s;
	rig_add(&r->a, &c);
	session_start(r->a.s);
}

static void start(struct rig *r, bool passive, uint8_t delay_s)
{
	rig_init(r);
	start_on(r, passive, delay_s);
}

static bool is_waiting(void *ctx)
{
	const struct rig *r = ctx;

	return slot_is_waiting(&r->a.s->slot[SLOT_IN]) || slot_is_waiting(&r->a.s->slot[SLOT_OUT]);
}

/* The raw peer is connected and has not spoken; neither have we. */
static void call(struct rig *r, struct raw *raw)
{
	CU_ASSERT_TRUE_FATAL(raw_connect(raw, r, "127.0.0.2"));
	CU_ASSERT_TRUE_FATAL(rig_until(r, is_waiting, r, 5000));
	CU_ASSERT_EQUAL(session_state(r->a.s), SESSION_STATE_ACTIVE);
	CU_ASSERT_EQUAL(session_stats(r->a.s)->msgs_out[BGP_MSG_OPEN], 0);
}

static void the_neighbour_speaks_first_and_is_answered_at_once(void)
{
	const struct wire_open o = raw_open();
	uint8_t msg[BGP_MAX_LEN];
	struct rig r;
	struct raw raw;

	start(&r, true, LONG_S);
	call(&r, &raw);
	raw_send_open(&raw, &o);
	CU_ASSERT(raw_expect(&raw, BGP_MSG_OPEN, msg, 5000) > 0);
	CU_ASSERT(raw_expect(&raw, BGP_MSG_KEEPALIVE, msg, 5000) > 0);
	CU_ASSERT_EQUAL(session_state(r.a.s), SESSION_STATE_OPEN_CONFIRM);
	CU_ASSERT_FALSE(is_waiting(&r));
	raw_send_keepalive(&raw);
	CU_ASSERT_TRUE(rig_until_state(&r.a, SESSION_STATE_ESTABLISHED, 5000));
	CU_ASSERT_EQUAL(session_hold_s(r.a.s), 30);
	raw_close(&raw);
	rig_fini(&r);
}

static void who_waits_for_the_same_is_spoken_to_in_the_end(void)
{
	const struct mono start_at = mono_now();
	uint8_t msg[BGP_MAX_LEN];
	struct rig r;
	struct raw raw;

	start(&r, true, 1);
	call(&r, &raw);
	CU_ASSERT(raw_expect(&raw, BGP_MSG_OPEN, msg, 20000) > 0);
	CU_ASSERT(mono_sub_us(mono_now(), start_at) >= 1000000);
	CU_ASSERT_EQUAL(session_state(r.a.s), SESSION_STATE_OPEN_SENT);
	raw_close(&raw);
	rig_fini(&r);
}

/* RFC 4271 8.1.1: SendNOTIFICATIONwithoutOPEN. */
static void a_bad_open_is_refused_without_one_of_ours(void)
{
	struct wire_open o = raw_open();
	struct rig r;
	struct raw raw;

	o.as2 = o.as4 = 65009;
	start(&r, true, LONG_S);
	call(&r, &raw);
	raw_send_open(&raw, &o);
	CU_ASSERT_EQUAL(raw_notification(&raw), BGP_ERR_OPEN << 8 | BGP_ERR_OPEN_PEER_AS);
	CU_ASSERT_EQUAL(session_stats(r.a.s)->msgs_out[BGP_MSG_OPEN], 0);
	CU_ASSERT_EQUAL(r.a.down.reason, SESSION_DOWN_SENT);
	raw_close(&raw);
	rig_fini(&r);
}

static void what_is_no_open_ends_it_without_a_word(void)
{
	struct rig r;
	struct raw raw;

	start(&r, true, LONG_S);
	call(&r, &raw);
	raw_send_keepalive(&raw);
	CU_ASSERT_EQUAL(raw_notification(&raw), -1);
	CU_ASSERT_EQUAL(r.a.n_down, 1);
	CU_ASSERT_EQUAL(r.a.down.err, EPROTO);
	CU_ASSERT_FALSE(is_waiting(&r));
	raw_close(&raw);
	rig_fini(&r);
}

static void a_newer_connection_replaces_the_one_that_waits(void)
{
	const struct wire_open o = raw_open();
	uint8_t msg[BGP_MAX_LEN];
	struct rig r;
	struct raw old;
	struct raw raw;

	start(&r, true, LONG_S);
	call(&r, &old);
	CU_ASSERT_TRUE_FATAL(raw_connect(&raw, &r, "127.0.0.2"));
	raw_send_open(&raw, &o);
	CU_ASSERT(raw_expect(&raw, BGP_MSG_KEEPALIVE, msg, 5000) > 0);
	CU_ASSERT_EQUAL(raw_notification(&old), -1);
	CU_ASSERT_EQUAL(r.a.n_down, 0);
	raw_close(&old);
	raw_close(&raw);
	rig_fini(&r);
}

/* RFC 4271 8.2.2, Connect, event 18: back to listening, and it is tried again. */
static void our_own_connection_that_ends_meanwhile_is_made_again(void)
{
	struct rig r;
	struct raw raw;
	int fd;

	rig_init(&r);
	fd = raw_listen(&r);
	start_on(&r, false, LONG_S);
	CU_ASSERT_TRUE_FATAL(raw_accept(&raw, &r, fd));
	CU_ASSERT_TRUE_FATAL(rig_until(&r, is_waiting, &r, 5000));
	CU_ASSERT_EQUAL(session_state(r.a.s), SESSION_STATE_CONNECT);
	raw_close(&raw);
	CU_ASSERT_TRUE(rig_until_state(&r.a, SESSION_STATE_ACTIVE, 5000));
	CU_ASSERT_FALSE(is_waiting(&r));
	CU_ASSERT_TRUE_FATAL(raw_accept(&raw, &r, fd));
	raw_close(&raw);
	close(fd);
	rig_fini(&r);
}

/* Both connect, one or both of them wait: there is one session in the end. */
static void two_that_may_both_wait_come_up(void)
{
	static const uint8_t delays[][2] = { { LONG_S, 0 }, { 0, LONG_S }, { LONG_S, 1 },
		{ 1, 1 } };

	for (size_t i = 0; i < ARRAY_SIZE(delays); i++) {
		struct session_conf a;
		struct session_conf b;
		struct rig r;

		rig_init(&r);
		a = rig_conf(&r, &r.a);
		b = rig_conf(&r, &r.b);
		a.delay_open_s = delays[i][0];
		b.delay_open_s = delays[i][1];
		rig_add(&r.a, &a);
		rig_add(&r.b, &b);
		session_start(r.b.s);
		session_start(r.a.s);
		CU_ASSERT_TRUE_FATAL(rig_until_both_up(&r, 20000));
		rig_run(&r, 20);
		CU_ASSERT_EQUAL(session_state(r.a.s), SESSION_STATE_ESTABLISHED);
		CU_ASSERT_EQUAL(session_state(r.b.s), SESSION_STATE_ESTABLISHED);
		CU_ASSERT_FALSE(is_waiting(&r));
		rig_fini(&r);
	}
}

static void it_ends_in_every_way_while_it_waits(void)
{
	for (int how = 0; how < 4; how++) {
		struct session_conf c;
		struct rig r;
		struct raw raw;

		start(&r, true, LONG_S);
		call(&r, &raw);
		c = *session_conf(r.a.s);
		c.enabled = false;
		if (how == 1)
			session_stop(r.a.s, BGP_ERR_CEASE_SHUTDOWN, NULL);
		else if (how == 2)
			session_reset(r.a.s, BGP_ERR_CEASE_RESET, NULL);
		else if (how == 3)
			CU_ASSERT_TRUE(session_reconf(r.a.s, &c));
		if (how > 0) {
			CU_ASSERT_EQUAL(raw_notification(&raw), -1);
			CU_ASSERT_FALSE(is_waiting(&r));
		}
		rig_fini(&r);
		raw_close(&raw);
	}
}

static const struct cu_case cases[] = {
	CU_CASE(the_neighbour_speaks_first_and_is_answered_at_once),
	CU_CASE(who_waits_for_the_same_is_spoken_to_in_the_end),
	CU_CASE(a_bad_open_is_refused_without_one_of_ours),
	CU_CASE(what_is_no_open_ends_it_without_a_word),
	CU_CASE(a_newer_connection_replaces_the_one_that_waits),
	CU_CASE(our_own_connection_that_ends_meanwhile_is_made_again),
	CU_CASE(two_that_may_both_wait_come_up),
	CU_CASE(it_ends_in_every_way_while_it_waits),
};
CU_SUITE(delay, cases);
