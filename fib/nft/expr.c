/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts that rules share. Most use register 1 alone: what is loaded is compared at once.
 */
#include "fib/nft/expr.h"

#include <arpa/inet.h>
#include <linux/netfilter/nf_tables.h>

void expr_put_be32(struct nlmsghdr *h, uint16_t type, uint32_t v)
{
	mnl_attr_put_u32(h, type, htonl(v));
}

struct expr expr_begin(struct nlmsghdr *h, const char *name)
{
	struct expr e;

	e.elem = mnl_attr_nest_start(h, NFTA_LIST_ELEM);
	mnl_attr_put_strz(h, NFTA_EXPR_NAME, name);
	e.data = mnl_attr_nest_start(h, NFTA_EXPR_DATA);
	return e;
}

void expr_end(struct nlmsghdr *h, struct expr e)
{
	mnl_attr_nest_end(h, e.data);
	mnl_attr_nest_end(h, e.elem);
}

void expr_put_value(struct nlmsghdr *h, uint16_t type, const void *v, size_t len)
{
	struct nlattr *a = mnl_attr_nest_start(h, type);

	mnl_attr_put(h, NFTA_DATA_VALUE, len, v);
	mnl_attr_nest_end(h, a);
}

void expr_test(struct nlmsghdr *h, uint32_t reg, uint32_t op, const void *v, size_t len)
{
	const struct expr e = expr_begin(h, "cmp");

	expr_put_be32(h, NFTA_CMP_SREG, reg);
	expr_put_be32(h, NFTA_CMP_OP, op);
	expr_put_value(h, NFTA_CMP_DATA, v, len);
	expr_end(h, e);
}

void expr_compare(struct nlmsghdr *h, const void *v, size_t len)
{
	expr_test(h, NFT_REG_1, NFT_CMP_EQ, v, len);
}

void expr_get_meta(struct nlmsghdr *h, uint32_t key, uint32_t into)
{
	const struct expr e = expr_begin(h, "meta");

	expr_put_be32(h, NFTA_META_DREG, into);
	expr_put_be32(h, NFTA_META_KEY, key);
	expr_end(h, e);
}

void expr_set_meta(struct nlmsghdr *h, uint32_t key, uint32_t from)
{
	const struct expr e = expr_begin(h, "meta");

	expr_put_be32(h, NFTA_META_SREG, from);
	expr_put_be32(h, NFTA_META_KEY, key);
	expr_end(h, e);
}

void expr_load_meta(struct nlmsghdr *h, uint32_t key)
{
	expr_get_meta(h, key, NFT_REG_1);
}

void expr_match_meta(struct nlmsghdr *h, uint32_t key, const void *v, size_t len)
{
	expr_load_meta(h, key);
	expr_compare(h, v, len);
}

void expr_verdict(struct nlmsghdr *h, uint32_t code)
{
	const struct expr e = expr_begin(h, "immediate");
	struct nlattr *data;
	struct nlattr *verdict;

	expr_put_be32(h, NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
	data = mnl_attr_nest_start(h, NFTA_IMMEDIATE_DATA);
	verdict = mnl_attr_nest_start(h, NFTA_DATA_VERDICT);
	expr_put_be32(h, NFTA_VERDICT_CODE, code);
	mnl_attr_nest_end(h, verdict);
	mnl_attr_nest_end(h, data);
	expr_end(h, e);
}

void expr_lookup(struct nlmsghdr *h, const struct expr_lookup *l)
{
	const struct expr e = expr_begin(h, "lookup");

	mnl_attr_put_strz(h, NFTA_LOOKUP_SET, l->set);
	expr_put_be32(h, NFTA_LOOKUP_SET_ID, l->id);
	expr_put_be32(h, NFTA_LOOKUP_SREG, l->key);
	if (l->into)
		expr_put_be32(h, NFTA_LOOKUP_DREG, l->into);
	if (l->is_not)
		expr_put_be32(h, NFTA_LOOKUP_FLAGS, NFT_LOOKUP_F_INV);
	expr_end(h, e);
}

void expr_get_payload(struct nlmsghdr *h, uint32_t base, uint32_t offset, uint32_t len,
	uint32_t into)
{
	const struct expr e = expr_begin(h, "payload");

	expr_put_be32(h, NFTA_PAYLOAD_DREG, into);
	expr_put_be32(h, NFTA_PAYLOAD_BASE, base);
	expr_put_be32(h, NFTA_PAYLOAD_OFFSET, offset);
	expr_put_be32(h, NFTA_PAYLOAD_LEN, len);
	expr_end(h, e);
}

void expr_get_header(struct nlmsghdr *h, uint32_t offset, uint32_t len, uint32_t into)
{
	expr_get_payload(h, NFT_PAYLOAD_NETWORK_HEADER, offset, len, into);
}

void expr_get_fib(struct nlmsghdr *h, uint32_t what, uint32_t flags, uint32_t into)
{
	const struct expr e = expr_begin(h, "fib");

	expr_put_be32(h, NFTA_FIB_DREG, into);
	expr_put_be32(h, NFTA_FIB_RESULT, what);
	expr_put_be32(h, NFTA_FIB_FLAGS, flags);
	expr_end(h, e);
}
