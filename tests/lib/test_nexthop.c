/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Groups of next hops: canonical whatever the order of building.
 */
#include <errno.h>

#include "lib/net/nexthop.h"
#include "tests/cu_main.h"

static struct nexthop gateway(uint32_t n)
{
	const struct ip_addr gw = ip_from_v4(0x0a000000 + n);

	return nexthop_gateway(1 + n % 3, &gw, n);
}

static void order_of_adding_does_not_matter(void)
{
	for (unsigned round = 0; round < 200; round++) {
		struct nexthop nh[NHGROUP_MAX];
		struct nhgroup a;
		struct nhgroup b;

		nhgroup_init(&a);
		nhgroup_init(&b);
		for (unsigned i = 0; i < NHGROUP_MAX; i++) {
			nh[i] = gateway(cu_random_below(10));
			CU_ASSERT_EQUAL_FATAL(nhgroup_add(&a, &nh[i]), 0);
		}
		for (unsigned i = NHGROUP_MAX; i > 0; i--) {
			const unsigned k = cu_random_below(i);

			CU_ASSERT_EQUAL_FATAL(nhgroup_add(&b, &nh[k]), 0);
			nh[k] = nh[i - 1];
		}
		CU_ASSERT_FATAL(nhgroup_is_equal(&a, &b));
		CU_ASSERT_EQUAL_FATAL(nhgroup_hash(&a), nhgroup_hash(&b));
		CU_ASSERT_FATAL(a.n <= 10);
	}
}

static void full_group_refuses_new_members_but_merges_known_ones(void)
{
	struct nhgroup g;
	struct nexthop nh;

	nhgroup_init(&g);
	for (uint32_t i = 0; i < NHGROUP_MAX; i++) {
		nh = gateway(i);
		CU_ASSERT_EQUAL_FATAL(nhgroup_add(&g, &nh), 0);
	}
	nh = gateway(NHGROUP_MAX);
	CU_ASSERT_EQUAL(nhgroup_add(&g, &nh), -ENOSPC);
	nh = gateway(3);
	nh.weight = 20;
	CU_ASSERT_EQUAL(nhgroup_add(&g, &nh), 0);
	CU_ASSERT_EQUAL(g.n, NHGROUP_MAX);
	CU_ASSERT_EQUAL(g.nh[3].weight, 20);
}

static void backup_is_ignored_if_it_is_a_member(void)
{
	const struct nexthop member = gateway(1);
	const struct nexthop other = nexthop_device(9);
	struct nhgroup a;
	struct nhgroup b;

	nhgroup_init(&a);
	CU_ASSERT_EQUAL(nhgroup_add(&a, &member), 0);
	b = a;
	nhgroup_set_backup(&a, &member);
	CU_ASSERT_EQUAL(a.n_backup, 0);
	nhgroup_set_backup(&a, &other);
	CU_ASSERT_EQUAL(a.n_backup, 1);
	CU_ASSERT_EQUAL(a.nh[1].kind, NEXTHOP_KIND_DEVICE);
	CU_ASSERT_FALSE(nhgroup_is_equal(&a, &b));
}

static const struct cu_case cases[] = {
	CU_CASE(order_of_adding_does_not_matter),
	CU_CASE(full_group_refuses_new_members_but_merges_known_ones),
	CU_CASE(backup_is_ignored_if_it_is_a_member),
};
CU_SUITE(nexthop, cases);
