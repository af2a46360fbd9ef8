/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What takes its time goes on in slices, so that nobody else waits: policies, and UPDATEs of many
 * prefixes.
 */
#include <errno.h>
#include <string.h>

#include "bgpd/engine_int.h"
#include "bgpd/policy/policy.h"
#include "bgpd/wire/aspath.h"
#include "bgpd/wire/update.h"
#include "lib/ds/arena.h"
#include "tests/bgpd/engine/lab.h"

#define ROUTES 700
#define NASTY  "^((65002|6500|2)+_?)+7$" /* against 65002 65002 ... 7 N */

/* One map "m" that permits what the expression does not match. */
static struct policy_set *set_of(const char *regex)
{
	struct errbuf err;
	char name[] = "l";
	char map_name[] = "m";
	struct policy_aspath_rule rule = { .seq = 1, .permit = true };
	struct policy_aspath_list list = { name, &rule, 1 };
	struct policy_term terms[] = {
		{ .seq = 10, .match.ref[POLICY_REF_AS_PATH] = name },
		{ .seq = 20, .permit = true },
	};
	struct policy_route_map map = { map_name, terms, 2 };
	const struct policy_conf c = { .aspath_lists = &list,
		.n_aspath_lists = 1,
		.maps = &map,
		.n_maps = 1 };
	struct policy_set *s;

	errbuf_init(&err);
	rule.regex = aspath_regex_new(regex, NULL, &err);
	s = policy_compile(&c, NULL, &err);
	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	aspath_regex_unref(rule.regex);
	errbuf_fini(&err);
	return s;
}

/* Each with a path of its own that the expression gives up on. */
static void announce(struct lab_raw *raw, struct lab *lab)
{
	struct arena *a = arena_new(4096);

	for (uint32_t i = 0; i < ROUTES; i++) {
		struct wire_attrs at = lab_raw_attrs(AF_INET);
		struct prefix pfx = lab_nth(AF_INET, i);
		char text[PREFIX_STRLEN];

		at.as_path = aspath_prepend(a, (struct octets){ NULL, 0 }, 100000 + i, 1);
		at.as_path = aspath_prepend(a, at.as_path, 7, 1);
		at.as_path = aspath_prepend(a, at.as_path, 65002, 40);
		lab_raw_say(raw, prefix_format(&pfx, text), &at);
		if (i % 64 == 63)
			lab_settle(lab);
		arena_reset(a);
	}
	lab_settle(lab);
	arena_free(a);
}

static void a_slow_expression_holds_nobody_up(void)
{
	struct bgp_peer_conf c;
	struct lab_raw raw;
	struct lab lab;
	unsigned turns = 0;

	memset(&raw, 0, sizeof(raw));
	lab_init(&lab);
	c = lab_peer_conf(&lab.a);
	c.session.passive = true;
	lab.a.p = bgp_peer_new(lab.a.i, &c);
	CU_ASSERT_TRUE_FATAL(lab_raw_up(&raw, &lab, false));
	announce(&raw, &lab);
	CU_ASSERT_EQUAL(lab_view(lab.a.p).received, ROUTES);
	bgp_engine_set_policy(lab.a.e, set_of(NASTY));
	c = *lab_view(lab.a.p).conf;
	c.has_import = true;
	c.import_policy = "m";
	bgp_peer_reconf(lab.a.p, &c);
	while (loop_turn(lab.l))
		turns++;
	CU_ASSERT_TRUE(turns > ROUTES / 512 + 2); /* more than the count alone would end */
	/* What gave up is not in the list, so the second term took it. */
	CU_ASSERT_EQUAL(lab_view(lab.a.p).accepted, ROUTES);
	CU_ASSERT_TRUE(lab_is_up(&lab.a));
	raw_close(&raw.raw);
	lab_fini(&lab);
}

/* --- messages --- */

#define MANY     1000
#define MSG_SIZE 32768 /* RFC 8654 */

static void open_slices(struct lab *lab, struct lab_raw *raw)
{
	struct bgp_peer_conf c;

	memset(raw, 0, sizeof(*raw));
	lab_init(lab);
	c = lab_peer_conf(&lab->a);
	c.session.passive = true;
	lab->a.p = bgp_peer_new(lab->a.i, &c);
	CU_ASSERT_TRUE_FATAL(lab_raw_up(raw, lab, false));
}

/* MANY prefixes from number first on, announced with at or withdrawn. Returns the length. */
static size_t make_update(const struct lab_raw *raw, uint8_t *buf, uint8_t af, uint32_t first,
	const struct wire_attrs *at)
{
	const enum bgp_family f = af == AF_INET6 ? BGP_FAMILY_IP6 : BGP_FAMILY_IP4;
	const struct wire_announce an = { f, at, buf, MSG_SIZE };
	struct wire_builder b;

	if (at) {
		CU_ASSERT_EQUAL_FATAL(wire_builder_announce(&b, &raw->ws, &an), 0);
	} else {
		wire_builder_withdraw(&b, &raw->ws, f, buf, MSG_SIZE);
	}
	for (uint32_t i = 0; i < MANY; i++) {
		const struct prefix pfx = lab_nth(af, first + i);

		CU_ASSERT_EQUAL_FATAL(wire_builder_add(&b, &pfx, 0), 0);
	}
	return wire_builder_end(&b);
}

/* How many turns the message takes; received follows from one to the next. */
static unsigned take_in(struct lab *lab, const uint8_t *msg, size_t len)
{
	unsigned turns = 0;
	uint64_t had;
	int ret;

	do {
		struct wire_err err = { 0 };

		had = lab_view(lab->a.p).received;
		ret = peer_update(lab->a.p, msg, len, &err);
		turns++;
		CU_ASSERT_TRUE(lab_view(lab->a.p).received <= had + 256);
		CU_ASSERT_TRUE(lab_view(lab->a.p).received + 256 >= had);
	} while (ret == -EAGAIN);
	CU_ASSERT_EQUAL(ret, 0);
	return turns;
}

static void a_message_of_many_prefixes_is_taken_in_by_turns(void)
{
	static const uint8_t afs[] = { AF_INET, AF_INET6 };
	uint8_t msg[MSG_SIZE];
	struct lab_raw raw;
	struct lab lab;

	open_slices(&lab, &raw);
	for (unsigned i = 0; i < ARRAY_SIZE(afs); i++) {
		const struct wire_attrs at = lab_raw_attrs(afs[i]);
		size_t len = make_update(&raw, msg, afs[i], 0, &at);

		CU_ASSERT_EQUAL(take_in(&lab, msg, len), 4);
		CU_ASSERT_EQUAL(lab_view(lab.a.p).received, MANY);
		CU_ASSERT_EQUAL(take_in(&lab, msg, len), 4); /* its attributes are known */
		CU_ASSERT_EQUAL(lab_view(lab.a.p).received, MANY);
		len = make_update(&raw, msg, afs[i], MANY / 2, &at);
		CU_ASSERT_EQUAL(take_in(&lab, msg, len), 4);
		CU_ASSERT_EQUAL(lab_view(lab.a.p).received, MANY + MANY / 2);
		for (uint32_t k = 0; k < MANY + MANY / 2; k++) {
			const struct prefix pfx = lab_nth(afs[i], k);
			char text[PREFIX_STRLEN];

			CU_ASSERT_PTR_NOT_NULL(lab_path(lab.a.i, prefix_format(&pfx, text)));
		}
		len = make_update(&raw, msg, afs[i], 0, NULL);
		CU_ASSERT_EQUAL(take_in(&lab, msg, len), 4);
		CU_ASSERT_EQUAL(lab_view(lab.a.p).received, MANY / 2);
		len = make_update(&raw, msg, afs[i], MANY / 2, NULL);
		CU_ASSERT_EQUAL(take_in(&lab, msg, len), 4);
		CU_ASSERT_EQUAL(lab_view(lab.a.p).received, 0);
	}
	raw_close(&raw.raw);
	lab_fini(&lab);
}

/* RFC 7606 2. */
static void a_bad_message_of_many_prefixes_is_withdrawn_by_turns_and_counted_once(void)
{
	struct wire_attrs at = lab_raw_attrs(AF_INET);
	uint8_t msg[MSG_SIZE];
	struct lab_raw raw;
	struct lab lab;
	size_t len;

	open_slices(&lab, &raw);
	len = make_update(&raw, msg, AF_INET, 0, &at);
	CU_ASSERT_EQUAL(take_in(&lab, msg, len), 4);
	at.origin = 7;
	len = make_update(&raw, msg, AF_INET, 0, &at);
	CU_ASSERT_EQUAL(take_in(&lab, msg, len), 4);
	CU_ASSERT_EQUAL(lab_view(lab.a.p).received, 0);
	CU_ASSERT_EQUAL(lab.a.p->updates_bad, 1);
	raw_close(&raw.raw);
	lab_fini(&lab);
}

static void a_session_that_ends_within_a_message_leaves_nothing_to_the_next(void)
{
	const struct wire_attrs at = lab_raw_attrs(AF_INET);
	struct wire_err err = { 0 };
	uint8_t msg[MSG_SIZE];
	struct lab_raw raw;
	struct lab lab;
	size_t len;

	open_slices(&lab, &raw);
	len = make_update(&raw, msg, AF_INET, 0, &at);
	CU_ASSERT_EQUAL(peer_update(lab.a.p, msg, len, &err), -EAGAIN);
	CU_ASSERT_EQUAL(lab_view(lab.a.p).received, 256);
	raw_close(&raw.raw);
	CU_ASSERT_TRUE_FATAL(lab_until_up(&lab, false));
	CU_ASSERT_TRUE_FATAL(lab_raw_up(&raw, &lab, false));
	CU_ASSERT_EQUAL(lab_view(lab.a.p).received, 0);
	CU_ASSERT_EQUAL(take_in(&lab, msg, len), 4);
	CU_ASSERT_EQUAL(lab_view(lab.a.p).received, MANY);
	raw_close(&raw.raw);
	lab_fini(&lab);
}

static const struct cu_case cases[] = {
	CU_CASE(a_message_of_many_prefixes_is_taken_in_by_turns),
	CU_CASE(a_bad_message_of_many_prefixes_is_withdrawn_by_turns_and_counted_once),
	CU_CASE(a_session_that_ends_within_a_message_leaves_nothing_to_the_next),
	CU_CASE(a_slow_expression_holds_nobody_up),
};
CU_SUITE(slices, cases);
