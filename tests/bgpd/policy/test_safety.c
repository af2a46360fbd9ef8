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

static const struct cu_case cases[] = {
	CU_CASE(table_of_prefixes),
};
CU_SUITE(safety, cases);
