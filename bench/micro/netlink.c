/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Routes as messages of rtnetlink, without a kernel. One operation is one message; they lie behind
 * each other as in a batch, and are read back.
 */
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "bench/micro/micro.h"
#include "fib/backend/encode.h"
#include "lib/base/compiler.h"
#include "lib/base/xalloc.h"

#define TABLE 10000

struct world {
	struct fib_op *ops; /* owned; FIB_BATCH of them, used again and again */
	size_t len;         /* of the last batch */
	alignas(struct nlmsghdr) uint8_t out[FIB_BATCH * ENCODE_MAX];
};

static void *setup(uint32_t n)
{
	struct world *w = xcalloc(1, sizeof(*w));

	(void)n;
	w->ops = xcalloc(FIB_BATCH, sizeof(*w->ops));
	for (uint32_t i = 0; i < FIB_BATCH; i++)
		w->ops[i] = (struct fib_op){ .kind = FIB_OP_ROUTE_ADD,
			.table = TABLE,
			.id = FIB_ID_BASE + i,
			.pfx = table_prefix(i) };
	return w;
}

static void teardown(void *ctx)
{
	struct world *w = ctx;

	free(w->ops);
	free(w);
}

static void encode(void *ctx, uint32_t n)
{
	struct world *w = ctx;

	for (uint32_t i = 0; i < n; i++) {
		if (i % FIB_BATCH == 0)
			w->len = 0;
		w->len += encode_op(w->out + w->len, &w->ops[i % FIB_BATCH])->nlmsg_len;
	}
}

static int take_attr(const struct nlattr *a, void *ctx)
{
	const struct nlattr **tb = ctx;

	if (mnl_attr_get_type(a) <= RTA_MAX)
		tb[mnl_attr_get_type(a)] = a;
	return MNL_CB_OK;
}

static bool is_route(const struct nlmsghdr *nlh, const struct fib_op *op)
{
	const struct rtmsg *rt = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *tb[RTA_MAX + 1] = { 0 };

	if (nlh->nlmsg_type != RTM_NEWROUTE || rt->rtm_dst_len != op->pfx.len ||
		mnl_attr_parse(nlh, sizeof(*rt), take_attr, tb) < 0)
		return false;
	return tb[RTA_TABLE] && mnl_attr_get_u32(tb[RTA_TABLE]) == op->table && tb[RTA_DST] &&
		!memcmp(mnl_attr_get_payload(tb[RTA_DST]), op->pfx.b, 4) && tb[RTA_NH_ID] &&
		mnl_attr_get_u32(tb[RTA_NH_ID]) == op->id;
}

static bool is_right(void *ctx, uint32_t n)
{
	const struct world *w = ctx;
	const struct nlmsghdr *nlh = (const void *)w->out;
	int left = (int)w->len;
	uint32_t i = 0;

	for (; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
		if (!is_route(nlh, &w->ops[i++]))
			return false;
	}
	return left == 0 && i == (n - 1) % FIB_BATCH + 1;
}

static const struct micro rows[] = {
	{ "netlink.encode", 1000000, setup, encode, is_right, teardown },
};

struct micro_set micro_netlink(void)
{
	return (struct micro_set){ rows, ARRAY_SIZE(rows) };
}
