/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which ends of a session leave the routes where they are (RFC 4724, 8538), and what is said then:
 * with the N bit of both sides a NOTIFICATION keeps routes unless it is a hard reset.
 */
#include <string.h>
#include <unistd.h>

#include "bgpd/wire/message.h"
#include "tests/bgpd/session/rig.h"
#include "tests/cu_main.h"

struct stage {
	struct rig r;
	struct raw raw;
};

static bool up(struct stage *s, bool n_bit)
{
	struct wire_open o = raw_open();
	uint8_t msg[BGP_MAX_LEN];

	o.gr = true;
	o.gr_families = o.families;
	o.gr_notification = n_bit;
	if (!raw_connect(&s->raw, &s->r, "127.0.0.2") ||
		raw_expect(&s->raw, BGP_MSG_OPEN, msg, 2000) == 0)
		return false;
	raw_send_open(&s->raw, &o);
	if (raw_expect(&s->raw, BGP_MSG_KEEPALIVE, msg, 2000) == 0)
		return false;
	raw_send_keepalive(&s->raw);
	return rig_until_state(&s->r.a, SESSION_STATE_ESTABLISHED, 2000);
}

static void start(struct stage *s, bool n_bit)
{
	struct session_conf c;

	memset(s, 0, sizeof(*s));
	rig_init(&s->r);
	c = rig_conf(&s->r, &s->r.a);
	c.passive = true;
	c.gr = true;
	c.gr_time_s = 60;
	rig_add(&s->r.a, &c);
	session_start(s->r.a.s);
	CU_ASSERT_TRUE_FATAL(up(s, n_bit));
}

static void end(struct stage *s)
{
	raw_close(&s->raw);
	rig_fini(&s->r);
}

static void by_shutdown(struct session *s)
{
	session_stop(s, BGP_ERR_CEASE_SHUTDOWN, "bye");
}

static void by_deconfiguration(struct session *s)
{
	session_stop(s, BGP_ERR_CEASE_DECONFIGURED, NULL);
}

static void by_clear(struct session *s)
{
	session_reset(s, BGP_ERR_CEASE_RESET, NULL);
}

static void by_limit(struct session *s)
{
	session_stop(s, BGP_ERR_CEASE_MAX_PREFIX, NULL);
}

static void by_lack_of_room(struct session *s)
{
	session_reset(s, BGP_ERR_CEASE_RESOURCES, NULL);
}

static void by_hold_time(struct session *s)
{
	struct session_conf c = *session_conf(s);

	c.hold_s = 90;
	(void)session_reconf(s, &c);
}

static void by_role(struct session *s)
{
	struct session_conf c = *session_conf(s);

	c.role = BGP_ROLE_PEER;
	(void)session_reconf(s, &c);
}

static void by_error(struct session *s)
{
	struct wire_err err = { 0 };

	wire_err_set(&err, WIRE_ACTION_RESET, BGP_ERR_UPDATE, BGP_ERR_UPDATE_ATTR_LIST, "x");
	session_fail(s, &err);
}

#define HARD BGP_ERR_CEASE, BGP_ERR_CEASE_HARD_RESET

/* RFC 8538 5.1: what lasts is a hard reset, and wraps the reason. */
static void what_lasts_is_a_hard_reset_and_wraps_its_reason(void)
{
	static const struct {
		void (*act)(struct session *s);
		bool n_bit;
		bool graceful;
		uint8_t len;
		uint8_t body[8];
	} rows[] = {
		{ by_shutdown, true, false, 8, { HARD, 6, 2, 3, 'b', 'y', 'e' } },
		{ by_shutdown, false, false, 6, { 6, 2, 3, 'b', 'y', 'e' } },
		{ by_deconfiguration, true, false, 4, { HARD, 6, 3 } },
		{ by_deconfiguration, false, false, 2, { 6, 3 } },
		{ by_clear, true, false, 4, { HARD, 6, 4 } },
		{ by_limit, true, false, 4, { HARD, 6, 1 } },
		{ by_lack_of_room, true, true, 2, { 6, 8 } },
		{ by_lack_of_room, false, false, 2, { 6, 8 } },
		{ by_hold_time, true, true, 2, { 6, 6 } },
		{ by_hold_time, false, false, 2, { 6, 6 } },
		{ by_role, true, false, 4, { HARD, 6, 6 } },
		{ by_error, true, true, 2, { 3, 1 } },
		{ by_error, false, false, 2, { 3, 1 } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint8_t msg[BGP_MAX_LEN];
		struct stage s;
		size_t len;

		start(&s, rows[i].n_bit);
		rows[i].act(s.r.a.s);
		CU_ASSERT_EQUAL(s.r.a.n_down_up, 1);
		CU_ASSERT_EQUAL(s.r.a.down.graceful, rows[i].graceful);
		CU_ASSERT_EQUAL(s.r.a.down.hard, rows[i].n_bit && !rows[i].graceful);
		len = raw_expect(&s.raw, BGP_MSG_NOTIFICATION, msg, 2000);
		CU_ASSERT_EQUAL_FATAL(len, BGP_HEADER_LEN + (size_t)rows[i].len);
		CU_ASSERT_EQUAL(memcmp(msg + BGP_HEADER_LEN, rows[i].body, rows[i].len), 0);
		end(&s);
	}
}

static void what_the_peer_says_keeps_routes_or_does_not(void)
{
	static const struct {
		bool n_bit;
		uint8_t len; /* 0: it closes without a word */
		uint8_t body[8];
		bool graceful;
		bool hard;
		const char *words;
	} rows[] = {
		{ true, 0, { 0 }, true, false, "connection closed by the peer" },
		{ false, 0, { 0 }, true, false, "connection closed by the peer" },
		{ true, 2, { 6, 4 }, true, false, "received Cease/Administrative Reset" },
		{ false, 2, { 6, 4 }, false, false, "received Cease/Administrative Reset" },
		{ true, 2, { 4, 0 }, true, false, "received Hold Timer Expired" },
		{ true, 8, { HARD, 6, 2, 3, 'b', 'y', 'e' }, false, true,
			"received hard reset, Cease/Administrative Shutdown: \"bye\"" },
		{ false, 4, { HARD, 6, 3 }, false, true,
			"received hard reset, Cease/Peer De-configured" },
		{ true, 2, { HARD }, false, true, "received Cease/Hard Reset" },
		{ true, 3, { HARD, 6 }, false, true, "received Cease/Hard Reset" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint8_t msg[64];
		char words[320];
		struct stage s;

		start(&s, rows[i].n_bit);
		if (rows[i].len > 0)
			raw_send(&s.raw, msg,
				rig_msg(msg, BGP_MSG_NOTIFICATION, rows[i].body, rows[i].len));
		else
			shutdown(s.raw.fd, SHUT_RDWR);
		CU_ASSERT_TRUE(rig_until_state(&s.r.a, SESSION_STATE_ACTIVE, 2000));
		CU_ASSERT_EQUAL(s.r.a.down.graceful, rows[i].graceful);
		CU_ASSERT_EQUAL(s.r.a.down.hard, rows[i].hard);
		session_down_format(&s.r.a.down, words, sizeof(words));
		CU_ASSERT_STRING_EQUAL(words, rows[i].words);
		end(&s);
	}
}

static void the_hold_timer_keeps_routes_if_both_have_the_n_bit(void)
{
	for (int n_bit = 0; n_bit < 2; n_bit++) {
		struct session_conf c;
		struct stage s;

		start(&s, n_bit);
		c = *session_conf(s.r.a.s);
		c.hold_s = 3;
		(void)session_reconf(s.r.a.s, &c);
		raw_close(&s.raw);
		CU_ASSERT_TRUE_FATAL(up(&s, n_bit));
		CU_ASSERT_EQUAL(raw_notification(&s.raw), -2); /* 2 seconds */
		CU_ASSERT_EQUAL(raw_notification(&s.raw), BGP_ERR_HOLD_TIMER << 8);
		CU_ASSERT_EQUAL(s.r.a.down.reason, SESSION_DOWN_HOLD);
		CU_ASSERT_EQUAL(s.r.a.down.graceful, n_bit);
		end(&s);
	}
}

/* RFC 4724 5: a peer that has restarted before we missed it is not told to go away. */
static void a_restarted_peer_takes_the_place_of_its_old_connection(void)
{
	struct stage s;
	struct raw old;

	start(&s, false);
	old = s.raw;
	rig_run(&s.r, 2100);
	CU_ASSERT_TRUE(up(&s, false));
	CU_ASSERT_EQUAL(s.r.a.n_down_up, 1);
	CU_ASSERT_EQUAL(s.r.a.n_established, 2);
	CU_ASSERT_EQUAL(s.r.a.down.reason, SESSION_DOWN_TCP);
	CU_ASSERT_TRUE(s.r.a.down.graceful);
	CU_ASSERT_EQUAL(raw_notification(&old), -1);
	raw_close(&old);
	end(&s);
}

static const struct cu_case cases[] = {
	CU_CASE(what_lasts_is_a_hard_reset_and_wraps_its_reason),
	CU_CASE(what_the_peer_says_keeps_routes_or_does_not),
	CU_CASE(the_hold_timer_keeps_routes_if_both_have_the_n_bit),
	CU_CASE(a_restarted_peer_takes_the_place_of_its_old_connection),
};
CU_SUITE(graceful, cases);
