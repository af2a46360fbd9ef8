/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Routes as messages: read back with libmnl, for both families, with a destination and without.
 */
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <stdalign.h>
#include <string.h>

#include "fib/backend/encode.h"
#include "fib/nl.h"
#include "tests/cu_main.h"

#define ID (FIB_ID_BASE + 77)

/* clang-format off */
static const struct {
	uint8_t kind;
	uint16_t type;
	uint16_t flags;
	uint8_t rtm_type;
	uint8_t scope;
	bool has_id;
} kinds[] = {
	{ FIB_OP_ROUTE_ADD,     RTM_NEWROUTE, NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL,
		RTN_UNICAST, RT_SCOPE_UNIVERSE, true },
	{ FIB_OP_ROUTE_REPLACE, RTM_NEWROUTE, NLM_F_REQUEST | NLM_F_CREATE | NLM_F_REPLACE,
		RTN_UNICAST, RT_SCOPE_UNIVERSE, true },
	{ FIB_OP_ROUTE_DEL,     RTM_DELROUTE, NLM_F_REQUEST,
		RTN_UNSPEC,  RT_SCOPE_NOWHERE,  false },
};
/* clang-format on */

static const char *const prefixes[] = { "0.0.0.0/0", "10.0.0.0/8", "192.0.2.129/32", "::/0",
	"2001:db8::/32", "2001:db8::1/128" };

static const uint32_t tables[] = { 254, 255, 256, 10001 };

static bool has_u32(const struct nlattr *a, uint32_t v)
{
	return a && mnl_attr_get_payload_len(a) == 4 && mnl_attr_get_u32(a) == v;
}

static bool has_dst(const struct nlattr *a, const struct prefix *pfx)
{
	const uint16_t size = family_bytes(pfx->family);

	if (!pfx->len)
		return !a;
	return a && mnl_attr_get_payload_len(a) == size &&
		!memcmp(mnl_attr_get_payload(a), pfx->b, size);
}

static void look(const struct nlmsghdr *nlh, const struct fib_op *op, unsigned kind)
{
	const struct rtmsg *rt = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *tb[RTA_MAX + 1];
	size_t len = MNL_ALIGN(sizeof(*nlh)) + MNL_ALIGN(sizeof(*rt));

	nl_attrs(nlh, sizeof(*rt), tb, RTA_MAX);
	CU_ASSERT_EQUAL(nlh->nlmsg_type, kinds[kind].type);
	CU_ASSERT_EQUAL(nlh->nlmsg_flags, kinds[kind].flags);
	CU_ASSERT_EQUAL(rt->rtm_family, op->pfx.family);
	CU_ASSERT_EQUAL(rt->rtm_dst_len, op->pfx.len);
	CU_ASSERT_EQUAL(rt->rtm_src_len + rt->rtm_tos + (int)rt->rtm_flags, 0);
	CU_ASSERT_EQUAL(rt->rtm_table, op->table < 256 ? op->table : RT_TABLE_UNSPEC);
	CU_ASSERT_EQUAL(rt->rtm_protocol, FIB_PROTOCOL);
	CU_ASSERT_EQUAL(rt->rtm_type, kinds[kind].rtm_type);
	CU_ASSERT_EQUAL(rt->rtm_scope, kinds[kind].scope);
	CU_ASSERT(has_dst(tb[RTA_DST], &op->pfx));
	CU_ASSERT(has_u32(tb[RTA_TABLE], op->table));
	CU_ASSERT(has_u32(tb[RTA_PRIORITY], FIB_METRIC));
	CU_ASSERT(kinds[kind].has_id ? has_u32(tb[RTA_NH_ID], ID) : !tb[RTA_NH_ID]);
	for (unsigned i = 0; i <= RTA_MAX; i++)
		len += tb[i] ? MNL_ALIGN(tb[i]->nla_len) : 0;
	CU_ASSERT_EQUAL(nlh->nlmsg_len, len); /* and nothing else */
}

static void a_route_is_what_it_says_and_nothing_else(void)
{
	alignas(struct nlmsghdr) uint8_t buf[ENCODE_MAX];

	for (unsigned k = 0; k < ARRAY_SIZE(kinds); k++) {
		for (unsigned i = 0; i < ARRAY_SIZE(prefixes) * ARRAY_SIZE(tables); i++) {
			struct fib_op op = { .kind = kinds[k].kind,
				.table = tables[i % ARRAY_SIZE(tables)],
				.id = ID };

			CU_ASSERT_EQUAL_FATAL(prefix_parse(prefixes[i / ARRAY_SIZE(tables)],
						      &op.pfx),
				0);
			memset(buf, 0xaa, sizeof(buf));
			look(encode_op(buf, &op), &op, k);
		}
	}
}

static void series_of_numbers_do_not_overlap_and_miss_the_zero(void)
{
	struct nl *nl = nl_new();
	uint32_t first;

	CU_ASSERT_PTR_NOT_NULL_FATAL(nl);
	/* to ten before the end, then over it */
	first = nl_next_seq(nl);
	first = nl_seqs(nl, UINT32_MAX - 10 - first);
	CU_ASSERT_EQUAL(nl_next_seq(nl), UINT32_MAX - 9);
	CU_ASSERT_EQUAL(nl_seqs(nl, 9), UINT32_MAX - 8); /* the last one of all */
	CU_ASSERT_EQUAL(nl_seqs(nl, 1), 1);
	first = nl_seqs(nl, UINT32_MAX - 4);
	CU_ASSERT_EQUAL(first, 2);
	CU_ASSERT_EQUAL(nl_seqs(nl, 128), 1);
	CU_ASSERT_EQUAL(nl_next_seq(nl), 129);
	nl_free(nl);
}

static const struct cu_case cases[] = {
	CU_CASE(a_route_is_what_it_says_and_nothing_else),
	CU_CASE(series_of_numbers_do_not_overlap_and_miss_the_zero),
};
CU_SUITE(encode, cases);
