/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The built-in filter: prefix and verdict.
 */
#include <stdio.h>

#include "bgpd/policy/policy.h"
#include "lib/base/compiler.h"
#include "tests/cu_main.h"

static const struct {
	const char *prefix;
	enum rib_reason why;
} table[] = {
	{ "0.0.0.0/0", RIB_REASON_FILTER_DEFAULT },
	{ "::/0", RIB_REASON_FILTER_DEFAULT },
	{ "127.0.0.0/8", RIB_REASON_FILTER_MARTIAN },
	{ "169.254.7.0/24", RIB_REASON_FILTER_MARTIAN },
	{ "224.0.0.0/24", RIB_REASON_FILTER_MARTIAN },
	{ "fe80::/64", RIB_REASON_FILTER_MARTIAN },
	{ "100.64.0.0/10", RIB_REASON_FILTER_SHARED_ADDRESS },
	{ "100.127.255.0/24", RIB_REASON_FILTER_SHARED_ADDRESS },
	{ "100.128.0.0/16", RIB_REASON_NONE },
	{ "172.16.0.0/16", RIB_REASON_FILTER_VPC_CIDR },
	{ "172.16.9.0/24", RIB_REASON_FILTER_VPC_CIDR },
	{ "172.16.0.0/12", RIB_REASON_NONE }, /* covers it: traffic inside stays inside */
	{ "172.17.0.0/16", RIB_REASON_NONE },
	{ "fd00:1::/64", RIB_REASON_FILTER_VPC_CIDR },
	{ "fd00:2::/64", RIB_REASON_NONE },
	{ "10.0.0.0/30", RIB_REASON_FILTER_LINK_SUBNET },
	{ "10.0.0.2/32", RIB_REASON_FILTER_LINK_SUBNET },
	{ "10.0.0.0/29", RIB_REASON_NONE },
	{ "192.168.0.0/16", RIB_REASON_NONE },
};

static void table_of_prefixes(void)
{
	struct safety_filter *f = safety_filter_new();
	struct prefix p;

	CU_ASSERT_EQUAL(prefix_parse("172.16.0.0/16", &p), 0);
	safety_filter_add_cidr(f, &p);
	CU_ASSERT_EQUAL(prefix_parse("fd00:1::/48", &p), 0);
	safety_filter_add_cidr(f, &p);
	CU_ASSERT_EQUAL(prefix_parse("10.0.0.0/30", &p), 0);
	safety_filter_add_link(f, &p);
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		CU_ASSERT_EQUAL_FATAL(prefix_parse(table[i].prefix, &p), 0);
		CU_ASSERT_EQUAL(safety_filter_check(f, &p), table[i].why);
		if (safety_filter_check(f, &p) != table[i].why)
			printf("# prefix %s\n", table[i].prefix);
	}
	safety_filter_free(f);
}

/* The rules one by one, without the shortcut over first octets. */
static bool is_refused(const struct prefix *p, const struct prefix *cidr)
{
	static const struct prefix shared = { .family = AF_INET, .len = 10, .b = { 100, 64 } };

	return prefix_is_martian(p) || prefix_covers(&shared, p) || prefix_covers(cidr, p);
}

static void no_octet_is_skipped_that_has_a_rule(void)
{
	static const char *const cidrs[] = { "36.0.0.0/6", "201.7.0.0/16", "2000::/3",
		"2a01::/24" };

	for (size_t i = 0; i < ARRAY_SIZE(cidrs); i++) {
		struct safety_filter *f = safety_filter_new();
		struct prefix cidr;

		CU_ASSERT_EQUAL_FATAL(prefix_parse(cidrs[i], &cidr), 0);
		safety_filter_add_cidr(f, &cidr);
		for (uint32_t n = 0; n < 1u << 16; n++) {
			const uint8_t family = n & 1 ? AF_INET : AF_INET6;
			const struct prefix p = { .family = family,
				.len = 24,
				.b = { n >> 8, n & 0xff } };
			const bool is_passed = safety_filter_check(f, &p) == RIB_REASON_NONE;

			if (is_passed == is_refused(&p, &cidr))
				CU_FAIL("the shortcut and the rules differ");
		}
		safety_filter_free(f);
	}
}

static const struct cu_case cases[] = {
	CU_CASE(table_of_prefixes),
	CU_CASE(no_octet_is_skipped_that_has_a_rule),
};
CU_SUITE(safety, cases);
