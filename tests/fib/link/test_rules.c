/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets of rules: what a declaration asks for, ambiguous sources, and the merge against a naive
 * search.
 */
#include <stdio.h>
#include <string.h>

#include "fib/link/rules.h"
#include "tests/cu_main.h"

static struct link_want make_want(const char *name, uint32_t table, const char *addr)
{
	struct link_want w;

	memset(&w, 0, sizeof(w));
	(void)snprintf(w.name, sizeof(w.name), "%s", name);
	w.table = table;
	if (addr) {
		w.n_addrs = 1;
		w.addrs[0].len = 30;
		CU_ASSERT_EQUAL(ip_parse(addr, &w.addrs[0].addr), 0);
	}
	return w;
}

static void put(struct rules *r, const char *name, uint32_t table, const char *addr)
{
	const struct link_want w = make_want(name, table, addr);

	rules_add_want(r, &w);
	rules_add_sources(r, &w);
}

static size_t count(const struct rules *r, enum rule_kind kind)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n; i++)
		n += r->v[i].kind == kind;
	return n;
}

static void device_with_a_table_has_rules_of_both_families(void)
{
	struct rules r = { 0 };

	put(&r, "eth1", 101, "192.0.2.1");
	rules_end(&r);
	CU_ASSERT_EQUAL(count(&r, RULE_KIND_IIF), 2);
	CU_ASSERT_EQUAL(count(&r, RULE_KIND_OIF), 2);
	CU_ASSERT_EQUAL(count(&r, RULE_KIND_FROM), 1);
	rules_fini(&r);
}

static void device_without_a_table_has_none(void)
{
	struct rules r = { 0 };

	put(&r, "eth1", 0, "192.0.2.1");
	rules_end(&r);
	CU_ASSERT_EQUAL(r.n, 0);
	rules_fini(&r);
}

static void address_in_two_tables_has_no_source_rule(void)
{
	struct rules r = { 0 };

	put(&r, "eth1", 101, "192.0.2.1");
	put(&r, "eth2", 102, "192.0.2.1");
	put(&r, "eth3", 103, "192.0.2.5");
	rules_end(&r);
	CU_ASSERT_EQUAL(count(&r, RULE_KIND_FROM), 1);
	CU_ASSERT_EQUAL(r.v[r.n - 1].table, 103);
	rules_fini(&r);
}

static void address_twice_in_one_table_has_one_source_rule(void)
{
	struct rules r = { 0 };

	put(&r, "eth1", 101, "192.0.2.1");
	put(&r, "eth2", 101, "192.0.2.1");
	rules_end(&r);
	CU_ASSERT_EQUAL(count(&r, RULE_KIND_FROM), 1);
	CU_ASSERT_EQUAL(count(&r, RULE_KIND_IIF), 4);
	rules_fini(&r);
}

static void link_local_source_has_no_rule(void)
{
	struct rules r = { 0 };

	put(&r, "eth1", 101, "fe80::1");
	put(&r, "eth2", 102, "169.254.0.1");
	rules_end(&r);
	CU_ASSERT_EQUAL(count(&r, RULE_KIND_FROM), 1);
	rules_fini(&r);
}

static void mark_leads_to_its_table_in_both_families(void)
{
	const struct link_mark two[] = { { 7, 101 }, { 8, 102 } };
	struct rules r = { 0 };

	rules_add_mark(&r, &two[1]);
	rules_add_mark(&r, &two[0]);
	rules_add_mark(&r, &two[1]);
	rules_end(&r);
	CU_ASSERT_EQUAL_FATAL(r.n, 4);
	CU_ASSERT_EQUAL(count(&r, RULE_KIND_MARK), 4);
	CU_ASSERT_EQUAL(r.v[0].mark, 7);
	CU_ASSERT_EQUAL(r.v[0].table, 101);
	CU_ASSERT_EQUAL(r.v[1].mark, 8);
	CU_ASSERT_NOT_EQUAL(r.v[0].family, r.v[2].family);
	rules_fini(&r);
}

static bool contains(const struct rules *r, const struct rule *x)
{
	for (size_t i = 0; i < r->n; i++) {
		if (memcmp(&r->v[i], x, sizeof(*x)) == 0)
			return true;
	}
	return false;
}

static void random_rules(struct rules *r)
{
	const uint32_t n = cu_random_below(40);

	for (uint32_t i = 0; i < n; i++) {
		char name[LINK_NAME_SIZE];
		char addr[IP_STRLEN];

		(void)snprintf(name, sizeof(name), "e%u", cu_random_below(6));
		(void)snprintf(addr, sizeof(addr), "192.0.2.%u", cu_random_below(6));
		put(r, name, 100 + cu_random_below(3), addr);
	}
}

static void difference_is_that_of_a_naive_search(void)
{
	for (int round = 0; round < 300; round++) {
		struct rules a = { 0 };
		struct rules b = { 0 };
		struct rules d = { 0 };
		bool good = true;

		random_rules(&a);
		random_rules(&b);
		rules_end(&a);
		rules_sort(&b);
		rules_minus(&a, &b, &d);
		for (size_t i = 0; i < a.n; i++)
			good = good && contains(&d, &a.v[i]) == !contains(&b, &a.v[i]);
		for (size_t i = 0; i < d.n; i++)
			good = good && contains(&a, &d.v[i]);
		CU_ASSERT_TRUE(good);
		rules_fini(&a);
		rules_fini(&b);
		rules_fini(&d);
	}
}

static const struct cu_case cases[] = {
	CU_CASE(device_with_a_table_has_rules_of_both_families),
	CU_CASE(device_without_a_table_has_none),
	CU_CASE(address_in_two_tables_has_no_source_rule),
	CU_CASE(address_twice_in_one_table_has_one_source_rule),
	CU_CASE(link_local_source_has_no_rule),
	CU_CASE(mark_leads_to_its_table_in_both_families),
	CU_CASE(difference_is_that_of_a_naive_search),
};

CU_SUITE(rules, cases);
