/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every NOTIFICATION that a peer's message can earn, to the last octet: RFC 4271 6.1 to 6.5, 5492,
 * 6608, 7313, 9234. UPDATEs are read as the engine reads them. What upper layers say (Cease) is in
 * test_graceful.c; the hold timers (4, 8) and what is no message are in test_peer.c.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bgpd/wire/message.h"
#include "bgpd/wire/update.h"
#include "lib/ds/arena.h"
#include "tests/bgpd/session/rig.h"
#include "tests/cu_main.h"

#define MARKER                                                                                    \
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, \
		0xff
#define OPEN_HEAD(len) MARKER, 0, len, 1, 4, RIG_AS_B >> 8, RIG_AS_B & 255, 0, 30, 10, 0, 0, 2
#define ORIGIN_PATH    0x40, 1, 1, 0, 0x40, 2, 6, 2, 1, 0, 0, RIG_AS_B >> 8, RIG_AS_B & 255

struct row {
	const char *name;
	enum session_state st;
	uint8_t msg_len;
	uint8_t msg[96];
	uint8_t body_len;
	uint8_t body[64];
};

#define SENT  SESSION_STATE_OPEN_SENT
#define CONF  SESSION_STATE_OPEN_CONFIRM
#define ESTAB SESSION_STATE_ESTABLISHED

static const struct row rows[] = {
	/* RFC 4271 6.1 */
	{ "no marker", ESTAB, 19, { 0xff, 0, [17] = 19, [18] = 4 }, 2, { 1, 1 } },
	{ "too short", ESTAB, 19, { MARKER, 0, 18, 4 }, 4, { 1, 2, 0, 18 } },
	{ "KEEPALIVE with a body", ESTAB, 20, { MARKER, 0, 20, 4, 0 }, 4, { 1, 2, 0, 20 } },
	{ "too long", SENT, 19, { MARKER, 0x10, 1, 1 }, 4, { 1, 2, 0x10, 1 } },
	{ "unknown type", ESTAB, 19, { MARKER, 0, 19, 9 }, 3, { 1, 3, 9 } },
	/* RFC 4271 6.2: the version that we speak; other data are not asked for */
	{ "version 3", SENT, 29, { MARKER, 0, 29, 1, 3, 0, 1, 0, 30, 1, 1, 1, 1, 0 }, 4,
		{ 2, 1, 0, 4 } },
	{ "another AS", SENT, 29, { MARKER, 0, 29, 1, 4, 0, 9, 0, 30, 1, 1, 1, 1, 0 }, 2,
		{ 2, 2 } },
	{ "identifier 0", SENT, 29,
		{ MARKER, 0, 29, 1, 4, RIG_AS_B >> 8, RIG_AS_B & 255, 0, 30, 0, 0, 0, 0, 0 }, 2,
		{ 2, 3 } },
	{ "unknown optional parameter", SENT, 33, { OPEN_HEAD(33), 4, 1, 2, 0, 0 }, 2, { 2, 4 } },
	{ "hold time 2", SENT, 29,
		{ MARKER, 0, 29, 1, 4, RIG_AS_B >> 8, RIG_AS_B & 255, 0, 2, 1, 1, 1, 1, 0 }, 2,
		{ 2, 6 } },
	{ "parameter overruns", SENT, 31, { OPEN_HEAD(31), 2, 2, 9 }, 2, { 2, 0 } },
	{ "capability overruns", SENT, 33, { OPEN_HEAD(33), 4, 2, 2, 65, 9 }, 2, { 2, 0 } },
	/* RFC 5492 4: the capabilities that are missed, as we would send them */
	{ "no family of ours", SENT, 37, { OPEN_HEAD(37), 8, 2, 6, 1, 4, 0, 25, 0, 65 }, 14,
		{ 2, 7, 1, 4, 0, 1, 0, 1, 1, 4, 0, 2, 0, 1 } },
	/* RFC 9234 4.2 */
	{ "two roles", SENT, 37, { OPEN_HEAD(37), 8, 2, 6, 9, 1, 0, 9, 1, 3 }, 2, { 2, 11 } },
	/* RFC 4271 6.3, with what RFC 7606 left of it: the attribute is the data */
	{ "withdrawn routes overrun", ESTAB, 23, { MARKER, 0, 23, 2, 0, 9, 0, 0 }, 2, { 3, 1 } },
	{ "attributes overrun", ESTAB, 23, { MARKER, 0, 23, 2, 0, 0, 0, 9 }, 2, { 3, 1 } },
	{ "prefix of 33 bits", ESTAB, 24, { MARKER, 0, 24, 2, 0, 1, 33, 0, 0 }, 2, { 3, 10 } },
	{ "MP_REACH_NLRI without a next hop", ESTAB, 43,
		{ MARKER, 0, 43, 2, 0, 0, 0, 20, ORIGIN_PATH, 0x80, 14, 4, 0, 2, 1, 3 }, 9,
		{ 3, 9, 0x80, 14, 4, 0, 2, 1, 3 } },
	{ "MP_UNREACH_NLRI of 129 bits", ESTAB, 30,
		{ MARKER, 0, 30, 2, 0, 0, 0, 7, 0x80, 15, 4, 0, 2, 1, 129 }, 9,
		{ 3, 9, 0x80, 15, 4, 0, 2, 1, 129 } },
	{ "MP_REACH_NLRI twice", ESTAB, 39,
		{ MARKER, 0, 39, 2, 0, 0, 0, 16, 0x80, 14, 5, 0, 25, 65, 0, 0, 0x80, 14, 5, 0, 25,
			65, 0, 0 },
		10, { 3, 1, 0x80, 14, 5, 0, 25, 65, 0, 0 } },
	/* RFC 6608: the state, and the type of the message */
	{ "KEEPALIVE before OPEN", SENT, 19, { MARKER, 0, 19, 4 }, 3, { 5, 1, 4 } },
	{ "UPDATE before OPEN", SENT, 23, { MARKER, 0, 23, 2, 0, 0, 0, 0 }, 3, { 5, 1, 2 } },
	{ "UPDATE before KEEPALIVE", CONF, 23, { MARKER, 0, 23, 2, 0, 0, 0, 0 }, 3, { 5, 2, 2 } },
	{ "OPEN twice", ESTAB, 29, { OPEN_HEAD(29), 0 }, 3, { 5, 3, 1 } },
	/* RFC 7313 5: the whole message */
	{ "BoRR that is too long", ESTAB, 24, { MARKER, 0, 24, 5, 0, 1, 1, 1, 0 }, 26,
		{ 7, 1, MARKER, 0, 24, 5, 0, 1, 1, 1, 0 } },
};

/* As the engine does. */
static int read_update(struct rig_end *e, const uint8_t *msg, size_t len, struct wire_err *err)
{
	struct arena *a = arena_new(4096);
	struct wire_update u;
	int ret = wire_update_split(msg, len, &e->ws, &u, err);

	if (ret == 0)
		ret = wire_update_decode(&u, &e->ws, a, err);
	arena_free(a);
	return ret;
}

static bool bring_to(struct rig *r, struct raw *raw, enum session_state st)
{
	const struct wire_open o = raw_open();
	uint8_t msg[BGP_MAX_LEN];

	if (!raw_connect(raw, r, "127.0.0.2") || raw_expect(raw, BGP_MSG_OPEN, msg, 2000) == 0)
		return false;
	if (st == SENT)
		return true;
	raw_send_open(raw, &o);
	if (raw_expect(raw, BGP_MSG_KEEPALIVE, msg, 2000) == 0)
		return false;
	if (st == CONF)
		return true;
	raw_send_keepalive(raw);
	return rig_until_state(&r->a, ESTAB, 2000);
}

static void each_fault_is_told_with_its_data(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct row *w = &rows[i];
		uint8_t msg[BGP_MAX_LEN];
		struct session_conf c;
		struct raw raw;
		struct rig r;
		size_t len;
		bool good;

		rig_init(&r);
		c = rig_conf(&r, &r.a);
		c.passive = true;
		rig_add(&r.a, &c);
		r.a.on_update = read_update;
		session_start(r.a.s);
		CU_ASSERT_TRUE_FATAL(bring_to(&r, &raw, w->st));
		raw_send(&raw, w->msg, w->msg_len);
		len = raw_expect(&raw, BGP_MSG_NOTIFICATION, msg, 2000);
		good = len == BGP_HEADER_LEN + (size_t)w->body_len &&
			memcmp(msg + BGP_HEADER_LEN, w->body, w->body_len) == 0;
		if (!good) {
			printf("# %s: %zu octets:", w->name, len);
			for (size_t k = BGP_HEADER_LEN; k < len; k++)
				printf(" %u", msg[k]);
			printf("\n");
		}
		CU_ASSERT_TRUE(good);
		CU_ASSERT_EQUAL(r.a.down.reason, SESSION_DOWN_SENT);
		CU_ASSERT_EQUAL(r.a.down.code, w->body[0]);
		CU_ASSERT_EQUAL(r.a.down.subcode, w->body[1]);
		raw_close(&raw);
		rig_fini(&r);
	}
}

/*
 * Back-off outlives Established: a peer that comes and goes waits longer each time, however
 * often it gets that far, and its connections are refused meanwhile.
 */
static void a_peer_that_flaps_is_made_to_wait(void)
{
	struct session_conf c;
	struct raw raw;
	struct rig r;
	unsigned n = 0;

	rig_init(&r);
	c = rig_conf(&r, &r.a);
	c.passive = true;
	rig_add(&r.a, &c);
	session_start(r.a.s);
	while (n < 20 && session_state(r.a.s) != SESSION_STATE_IDLE) {
		CU_ASSERT_TRUE_FATAL(bring_to(&r, &raw, ESTAB));
		n++;
		raw_close(&raw);
		rig_run(&r, 20);
	}
	CU_ASSERT_EQUAL(n, 5);
	CU_ASSERT_EQUAL(session_state(r.a.s), SESSION_STATE_IDLE);
	CU_ASSERT_FALSE(bring_to(&r, &raw, SENT));
	raw_close(&raw);
	session_reset(r.a.s, BGP_ERR_CEASE_RESET, NULL); /* the operator forgives */
	CU_ASSERT_TRUE(bring_to(&r, &raw, ESTAB));
	raw_close(&raw);
	rig_fini(&r);
}

/* RFC 4271 4.2: the lesser of both, and 0 is the least; ours is 0 only where it is configured. */
static void the_lesser_hold_time_counts_and_0_means_none(void)
{
	static const struct {
		uint16_t ours;
		uint16_t theirs;
		uint16_t want;
	} times[] = { { 30, 9, 9 }, { 9, 30, 9 }, { 30, 0, 0 }, { 0, 30, 0 }, { 0, 0, 0 } };

	for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
		struct wire_open o = raw_open();
		uint8_t msg[BGP_MAX_LEN];
		struct session_conf c;
		struct raw raw;
		struct rig r;

		rig_init(&r);
		c = rig_conf(&r, &r.a);
		c.passive = true;
		c.hold_s = times[i].ours;
		rig_add(&r.a, &c);
		session_start(r.a.s);
		CU_ASSERT_TRUE_FATAL(raw_connect(&raw, &r, "127.0.0.2"));
		CU_ASSERT_TRUE_FATAL(raw_expect(&raw, BGP_MSG_OPEN, msg, 2000) > 0);
		o.hold_s = times[i].theirs;
		raw_send_open(&raw, &o);
		raw_send_keepalive(&raw);
		CU_ASSERT_TRUE(rig_until_state(&r.a, ESTAB, 2000));
		CU_ASSERT_EQUAL(session_hold_s(r.a.s), times[i].want);
		raw_close(&raw);
		rig_fini(&r);
	}
}

static const struct cu_case cases[] = {
	CU_CASE(each_fault_is_told_with_its_data),
	CU_CASE(a_peer_that_flaps_is_made_to_wait),
	CU_CASE(the_lesser_hold_time_counts_and_0_means_none),
};
CU_SUITE(notify, cases);
