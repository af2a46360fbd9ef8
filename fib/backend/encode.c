/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See encode.h. A row an operation: type and flags of its message, and who fills it.
 *
 * Routes are nearly all of what is written, and look alike but for five numbers: they are copied
 * from a form. It has the layout that the functions for all other messages make, and the id of the
 * nexthop at its end, so that a deletion does without.
 */
#include "fib/backend/encode.h"

#include <libmnl/libmnl.h>
#include <linux/netlink.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "lib/net/prefix.h"

static void put_addr(struct nlmsghdr *nlh, uint16_t attr, const struct ip_addr *a)
{
	mnl_attr_put(nlh, attr, family_bytes(a->family), a->b);
}

static void put_route(struct nlmsghdr *nlh, const struct fib_op *op, uint32_t metric, uint8_t type)
{
	struct rtmsg *rt = mnl_nlmsg_put_extra_header(nlh, sizeof(*rt));

	rt->rtm_family = op->pfx.family;
	rt->rtm_dst_len = op->pfx.len;
	rt->rtm_table = op->table < 256 ? (uint8_t)op->table : RT_TABLE_UNSPEC;
	rt->rtm_protocol = FIB_PROTOCOL;
	rt->rtm_type = type;
	rt->rtm_scope = RT_SCOPE_UNIVERSE;
	if (op->pfx.len)
		mnl_attr_put(nlh, RTA_DST, family_bytes(op->pfx.family), op->pfx.b);
	mnl_attr_put_u32(nlh, RTA_TABLE, op->table);
	mnl_attr_put_u32(nlh, RTA_PRIORITY, metric);
}

struct attr32 {
	struct nlattr a;
	uint32_t v;
};

struct form {
	struct nlmsghdr h;
	struct rtmsg rt;
};

struct form_tail {
	struct attr32 table;
	struct attr32 metric;
	struct attr32 id;
};

struct form4 {
	struct form head;
	struct nlattr dst_attr;
	uint8_t dst[4];
	struct form_tail tail;
};

struct form6 {
	struct form head;
	struct nlattr dst_attr;
	uint8_t dst[16];
	struct form_tail tail;
};

#define ATTR_OF(t, size)                                                   \
	{                                                                  \
		.nla_len = sizeof(struct nlattr) + (size), .nla_type = (t) \
	}
#define HEAD_OF(f)                                                       \
	{                                                                \
		.rt = {.rtm_family = (f), .rtm_protocol = FIB_PROTOCOL } \
	}
#define TAIL                                                                  \
	{                                                                     \
		.table = { .a = ATTR_OF(RTA_TABLE, 4) },                      \
		.metric = { .a = ATTR_OF(RTA_PRIORITY, 4), .v = FIB_METRIC }, \
		.id = { .a = ATTR_OF(RTA_NH_ID, 4) },                         \
	}

static const struct form4 form4 = {
	.head = HEAD_OF(AF_INET),
	.dst_attr = ATTR_OF(RTA_DST, 4),
	.tail = TAIL,
};

static const struct form6 form6 = {
	.head = HEAD_OF(AF_INET6),
	.dst_attr = ATTR_OF(RTA_DST, 16),
	.tail = TAIL,
};

_Static_assert(sizeof(form4) == 60 && sizeof(form6) == 72, "attributes without a gap");

/* The default route has no RTA_DST. */
static bool has_form(const struct fib_op *op)
{
	return op->kind <= FIB_OP_ROUTE_DEL && op->pfx.len;
}

static void fill_form(struct form *m, uint32_t len, struct form_tail *tail, const struct fib_op *op)
{
	const bool goes = op->kind == FIB_OP_ROUTE_DEL;

	m->h.nlmsg_len = len - (goes ? (uint32_t)sizeof(tail->id) : 0);
	m->rt.rtm_dst_len = op->pfx.len;
	m->rt.rtm_table = op->table < 256 ? (uint8_t)op->table : RT_TABLE_UNSPEC;
	m->rt.rtm_type = goes ? RTN_UNSPEC : RTN_UNICAST;
	m->rt.rtm_scope = goes ? RT_SCOPE_NOWHERE : RT_SCOPE_UNIVERSE; /* nowhere: any */
	tail->table.v = op->table;
	tail->id.v = op->id;
}

static struct nlmsghdr *put_form(void *buf, const struct fib_op *op)
{
	struct form4 *m4 = buf;
	struct form6 *m6 = buf;

	if (op->pfx.family == AF_INET) {
		*m4 = form4;
		memcpy(m4->dst, op->pfx.b, sizeof(m4->dst));
		fill_form(&m4->head, sizeof(*m4), &m4->tail, op);
		return &m4->head.h;
	}
	*m6 = form6;
	memcpy(m6->dst, op->pfx.b, sizeof(m6->dst));
	fill_form(&m6->head, sizeof(*m6), &m6->tail, op);
	return &m6->head.h;
}

static void put_route_set(struct nlmsghdr *nlh, const struct fib_op *op)
{
	put_route(nlh, op, FIB_METRIC, RTN_UNICAST);
	mnl_attr_put_u32(nlh, RTA_NH_ID, op->id);
}

static void put_route_del(struct nlmsghdr *nlh, const struct fib_op *op)
{
	struct rtmsg *rt = mnl_nlmsg_get_payload(nlh);

	put_route(nlh, op, FIB_METRIC, RTN_UNSPEC);
	rt->rtm_scope = RT_SCOPE_NOWHERE; /* any */
}

static void put_guard(struct nlmsghdr *nlh, const struct fib_op *op)
{
	put_route(nlh, op, FIB_GUARD_METRIC, RTN_UNREACHABLE);
}

static struct nhmsg *put_nhmsg(struct nlmsghdr *nlh, uint8_t family, uint32_t id)
{
	struct nhmsg *nh = mnl_nlmsg_put_extra_header(nlh, sizeof(*nh));

	nh->nh_family = family;
	nh->nh_protocol = FIB_PROTOCOL;
	mnl_attr_put_u32(nlh, NHA_ID, id);
	return nh;
}

static void put_nexthop(struct nlmsghdr *nlh, const struct fib_op *op)
{
	const struct fib_nexthop *n = &op->nexthop;
	struct nhmsg *nh = put_nhmsg(nlh, n->family, op->id);

	switch ((enum nexthop_kind)n->kind) {
	case NEXTHOP_KIND_BLACKHOLE:
		mnl_attr_put(nlh, NHA_BLACKHOLE, 0, NULL);
		return;
	case NEXTHOP_KIND_GATEWAY:
		/*
		 * Onlink: the neighbour is there because the session says so, connected
		 * route or not.
		 */
		nh->nh_flags = RTNH_F_ONLINK;
		put_addr(nlh, NHA_GATEWAY, &n->gw);
		break;
	case NEXTHOP_KIND_DEVICE:
		break;
	}
	mnl_attr_put_u32(nlh, NHA_OIF, n->ifindex);
}

static void put_spread(struct nlmsghdr *nlh, const struct nhspread *s)
{
	struct nlattr *nest;

	if (!s->buckets)
		return;
	mnl_attr_put_u16(nlh, NHA_GROUP_TYPE, NEXTHOP_GRP_TYPE_RES);
	nest = mnl_attr_nest_start(nlh, NHA_RES_GROUP);
	mnl_attr_put_u16(nlh, NHA_RES_GROUP_BUCKETS, s->buckets);
	mnl_attr_put_u32(nlh, NHA_RES_GROUP_IDLE_TIMER, encode_ticks(s->idle_s));
	mnl_attr_nest_end(nlh, nest);
}

static void put_group(struct nlmsghdr *nlh, const struct fib_op *op)
{
	struct nexthop_grp grp[NHGROUP_MAX];

	memset(grp, 0, sizeof(grp));
	for (unsigned i = 0; i < op->n_members; i++) {
		grp[i].id = op->members[i].id;
		grp[i].weight = (uint8_t)(op->members[i].weight - 1); /* on the wire: less one */
	}
	put_nhmsg(nlh, AF_UNSPEC, op->id);
	mnl_attr_put(nlh, NHA_GROUP, op->n_members * sizeof(grp[0]), grp);
	put_spread(nlh, &op->spread);
}

static void put_object_del(struct nlmsghdr *nlh, const struct fib_op *op)
{
	struct nhmsg *nh = put_nhmsg(nlh, AF_UNSPEC, op->id);

	nh->nh_protocol = 0; /* must be, for a delete */
}

/* clang-format off */
static const struct op_row {
	uint16_t type;
	uint16_t flags;
	void (*put)(struct nlmsghdr *nlh, const struct fib_op *op);
} op_table[] = {
	[FIB_OP_ROUTE_ADD]     = { RTM_NEWROUTE,   NLM_F_CREATE | NLM_F_EXCL,    put_route_set },
	[FIB_OP_ROUTE_REPLACE] = { RTM_NEWROUTE,   NLM_F_CREATE | NLM_F_REPLACE, put_route_set },
	[FIB_OP_ROUTE_DEL]     = { RTM_DELROUTE,   0,                            put_route_del },
	[FIB_OP_GUARD_ADD]     = { RTM_NEWROUTE,   NLM_F_CREATE | NLM_F_EXCL,    put_guard },
	[FIB_OP_GUARD_DEL]     = { RTM_DELROUTE,   0,                            put_guard },
	[FIB_OP_NEXTHOP_SET]   = { RTM_NEWNEXTHOP, NLM_F_CREATE | NLM_F_REPLACE, put_nexthop },
	[FIB_OP_GROUP_SET]     = { RTM_NEWNEXTHOP, NLM_F_CREATE | NLM_F_REPLACE, put_group },
	[FIB_OP_OBJECT_DEL]    = { RTM_DELNEXTHOP, 0,                            put_object_del },
};
/* clang-format on */
_Static_assert(ARRAY_SIZE(op_table) == FIB_OP_COUNT, "each operation has its row");

struct nlmsghdr *encode_op(void *buf, const struct fib_op *op)
{
	const struct op_row *row = &op_table[op->kind];
	struct nlmsghdr *nlh;

	if (has_form(op)) {
		nlh = put_form(buf, op);
	} else {
		nlh = mnl_nlmsg_put_header(buf);
		row->put(nlh, op);
	}
	nlh->nlmsg_type = row->type;
	nlh->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | row->flags);
	return nlh;
}
