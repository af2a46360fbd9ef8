/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policies that take their time: work goes on in slices by the clock, so nobody else waits.
 */
#include <string.h>

#include "bgpd/policy/policy.h"
#include "bgpd/wire/aspath.h"
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

static const struct cu_case cases[] = {
	CU_CASE(a_slow_expression_holds_nobody_up),
};
CU_SUITE(slices, cases);
