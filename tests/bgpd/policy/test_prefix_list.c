/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compiled prefix-lists against a scan of the rules in order.
 */
#include <stdlib.h>
#include <string.h>

#include "bgpd/policy/list/prefix_list.h"
#include "lib/base/monotime.h"
#include "lib/base/xalloc.h"
#include "tests/cu_main.h"

static struct prefix random_prefix(uint8_t family)
{
	const uint8_t bits = family_bits(family);
	struct ip_addr a = { .family = family };

	/* Few values, so that prefixes cover each other often. */
	for (uint8_t i = 0; i < bits / 8; i++)
		a.b[i] = (uint8_t)(cu_random_below(2) * 0x80 + cu_random_below(2));
	return prefix_make(&a, (uint8_t)cu_random_below(bits + 1u));
}

static struct policy_prefix_rule random_rule(uint32_t seq)
{
	const struct prefix pfx = random_prefix(cu_random_below(2) ? AF_INET : AF_INET6);
	const uint8_t spare = family_bits(pfx.family) - pfx.len;
	struct policy_prefix_rule r = {
		.seq = seq,
		.permit = cu_random_below(2),
		.pfx = pfx,
	};

	if (cu_random_below(3) == 0)
		r.ge = (uint8_t)(pfx.len + cu_random_below(spare + 1u));
	if (cu_random_below(3) == 0)
		r.le = (uint8_t)((r.ge ? r.ge : pfx.len) +
			cu_random_below(family_bits(pfx.family) - (r.ge ? r.ge : pfx.len) + 1u));
	return r;
}

static bool naive(const struct policy_prefix_list *c, const struct prefix *pfx)
{
	const struct policy_prefix_rule *first = NULL;

	for (uint32_t i = 0; i < c->n_rules; i++) {
		const struct policy_prefix_rule *r = &c->rules[i];
		const bool exact = !r->ge && !r->le;

		if (!prefix_covers(&r->pfx, pfx) || (exact && r->pfx.len != pfx->len))
			continue;
		if ((r->ge && pfx->len < r->ge) || (r->le && pfx->len > r->le))
			continue;
		if (!first || r->seq < first->seq)
			first = r;
	}
	return first && first->permit;
}

static void list_agrees_with_a_scan(void)
{
	char name[] = "l";

	for (uint32_t round = 0; round < 300; round++) {
		struct policy_prefix_rule rules[40];
		const struct policy_prefix_list c = {
			.name = name,
			.rules = rules,
			.n_rules = cu_random_below(ARRAY_SIZE(rules) + 1),
		};
		struct policy_list *l;

		/* Descending and odd: the order of the array must not matter. */
		for (uint32_t i = 0; i < c.n_rules; i++)
			rules[i] = random_rule((i * 17) % 41 + 1);
		l = prefix_list_new(&c);
		for (uint32_t i = 0; i < 200; i++) {
			struct prefix pfx = random_prefix(i % 2 ? AF_INET : AF_INET6);

			if (c.n_rules && cu_random_below(3) == 0)
				pfx = rules[cu_random_below(c.n_rules)].pfx;
			CU_ASSERT_EQUAL_FATAL(prefix_list_permits(l, &pfx), naive(&c, &pfx));
		}
		prefix_list_free(l);
	}
}

/* A last rule that catches all must not be reached through 100,000 others. */
static void cost_does_not_grow_with_the_number_of_rules(void)
{
	enum {
		RULES = 100000,
		LOOKUPS = 20000
	};
	char name[] = "l";
	struct policy_prefix_list c = { .name = name, .n_rules = RULES };
	struct policy_list *l;
	struct mono start;
	uint32_t permitted = 0;

	c.rules = xcalloc(RULES, sizeof(*c.rules));
	for (uint32_t i = 0; i < RULES - 1; i++) {
		const struct ip_addr a = ip_from_v4(0x0a000000 + (i << 6));

		c.rules[i] = (struct policy_prefix_rule){
			.seq = i + 1,
			.permit = i % 2,
			.pfx = prefix_make(&a, 26),
		};
	}
	c.rules[RULES - 1] = (struct policy_prefix_rule){
		.seq = RULES,
		.permit = true,
		.pfx = prefix_any(AF_INET),
		.le = 32,
	};
	l = prefix_list_new(&c);
	start = mono_now();
	for (uint32_t i = 0; i < LOOKUPS; i++) {
		const struct ip_addr a = ip_from_v4(0x0a000000 + (i << 6));
		const struct prefix pfx = prefix_make(&a, i % 4 == 3 ? 27 : 26);

		permitted += prefix_list_permits(l, &pfx);
	}
	CU_ASSERT_EQUAL(permitted, LOOKUPS / 2);
	/* A scan takes 2e9 comparisons; a second is far from both. */
	CU_ASSERT(mono_sub_us(mono_now(), start) < 1000000);
	prefix_list_free(l);
	free(c.rules);
}

static void lists_are_equal_by_their_rules(void)
{
	char name_a[] = "a";
	char name_b[] = "b";
	struct policy_prefix_rule rules[2];
	const struct policy_prefix_list a = { name_a, rules, 2 };
	const struct policy_prefix_list b = { name_b, rules, 2 };
	struct policy_list *x;
	struct policy_list *y;

	rules[0] = random_rule(5);
	rules[1] = random_rule(9);
	x = prefix_list_new(&a);
	y = prefix_list_new(&b);
	CU_ASSERT_TRUE(x->digest == y->digest);
	prefix_list_free(y);
	rules[1].permit = !rules[1].permit;
	y = prefix_list_new(&b);
	CU_ASSERT_FALSE(x->digest == y->digest);
	prefix_list_free(x);
	prefix_list_free(y);
}

static const struct cu_case cases[] = {
	CU_CASE(list_agrees_with_a_scan),
	CU_CASE(cost_does_not_grow_with_the_number_of_rules),
	CU_CASE(lists_are_equal_by_their_rules),
};
CU_SUITE(prefix_list, cases);
