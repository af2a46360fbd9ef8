/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing of rtnetlink requests. Each kind of operation is a row: how it is said and who encodes
 * it.
 */
#include "fib/link/apply.h"

#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <stdio.h>
#include <string.h>

#include "fib/nl.h"
#include "fib/tc/tc.h"

typedef int (*encode_fn)(struct nl *nl, const struct apply_target *t, const struct diff_op *op,
	char *text, size_t size);

static struct ifinfomsg *link_header(struct nlmsghdr *h, uint32_t ifindex)
{
	struct ifinfomsg *ifi = mnl_nlmsg_put_extra_header(h, sizeof(*ifi));

	ifi->ifi_family = AF_UNSPEC;
	ifi->ifi_index = (int)ifindex;
	return ifi;
}

static void put_lladdr(struct nlmsghdr *h, uint16_t type, const uint8_t lladdr[6])
{
	static const uint8_t zero[6];

	if (memcmp(lladdr, zero, sizeof(zero)) != 0)
		mnl_attr_put(h, type, 6, lladdr);
}

static int set_alias(struct nl *nl, const struct link_want *w, char *text, size_t size)
{
	char buf[NL_REQUEST_SIZE];
	struct nlmsghdr *h = nl_request(buf, RTM_NEWLINK, 0);

	(void)link_header(h, 0);
	mnl_attr_put_strz(h, IFLA_IFNAME, w->name);
	mnl_attr_put_str(h, IFLA_IFALIAS, w->alias);
	return nl_talk(nl, h, text, size);
}

static void put_veth(struct nlmsghdr *h, const struct link_want *peer)
{
	struct nlattr *data = mnl_attr_nest_start(h, IFLA_INFO_DATA);
	struct nlattr *info = mnl_attr_nest_start(h, VETH_INFO_PEER);

	(void)link_header(h, 0);
	mnl_attr_put_strz(h, IFLA_IFNAME, peer->name);
	mnl_attr_put_u32(h, IFLA_GROUP, SEEN_GROUP);
	put_lladdr(h, IFLA_ADDRESS, peer->lladdr);
	mnl_attr_nest_end(h, info);
	mnl_attr_nest_end(h, data);
}

static void put_vlan(struct nlmsghdr *h, uint16_t id)
{
	struct nlattr *data = mnl_attr_nest_start(h, IFLA_INFO_DATA);

	mnl_attr_put_u16(h, IFLA_VLAN_ID, id);
	mnl_attr_nest_end(h, data);
}

static void put_vrf(struct nlmsghdr *h, uint32_t table)
{
	struct nlattr *data = mnl_attr_nest_start(h, IFLA_INFO_DATA);

	mnl_attr_put_u32(h, IFLA_VRF_TABLE, table);
	mnl_attr_nest_end(h, data);
}

static int do_create(struct nl *nl, const struct apply_target *t, const struct diff_op *op,
	char *text, size_t size)
{
	const struct link_want *w = t->want;
	char buf[NL_REQUEST_SIZE];
	struct nlmsghdr *h = nl_request(buf, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
	struct nlattr *info;
	int ret;

	(void)op;
	(void)link_header(h, 0);
	mnl_attr_put_strz(h, IFLA_IFNAME, w->name);
	mnl_attr_put_u32(h, IFLA_GROUP, SEEN_GROUP);
	put_lladdr(h, IFLA_ADDRESS, w->lladdr);
	if (w->kind == LINK_KIND_VLAN)
		mnl_attr_put_u32(h, IFLA_LINK, t->parent);
	info = mnl_attr_nest_start(h, IFLA_LINKINFO);
	if (w->kind == LINK_KIND_VLAN) {
		mnl_attr_put_strz(h, IFLA_INFO_KIND, "vlan");
		put_vlan(h, w->vlan_id);
	} else if (w->kind == LINK_KIND_VETH) {
		mnl_attr_put_strz(h, IFLA_INFO_KIND, "veth");
		put_veth(h, t->peer);
	} else if (w->kind == LINK_KIND_IFB) {
		mnl_attr_put_strz(h, IFLA_INFO_KIND, "ifb");
	} else {
		mnl_attr_put_strz(h, IFLA_INFO_KIND, "vrf");
		put_vrf(h, w->table);
	}
	mnl_attr_nest_end(h, info);
	ret = nl_talk(nl, h, text, size);
	if (!ret)
		ret = set_alias(nl, w, text, size);
	if (!ret && w->kind == LINK_KIND_VETH)
		ret = set_alias(nl, t->peer, text, size);
	return ret;
}

static int do_delete(struct nl *nl, const struct apply_target *t, const struct diff_op *op,
	char *text, size_t size)
{
	char buf[NL_REQUEST_SIZE];
	struct nlmsghdr *h = nl_request(buf, RTM_DELLINK, 0);

	(void)op;
	(void)link_header(h, t->ifindex);
	return nl_talk(nl, h, text, size);
}

static int do_alias(struct nl *nl, const struct apply_target *t, const struct diff_op *op,
	char *text, size_t size)
{
	(void)op;
	return set_alias(nl, t->want, text, size);
}

/* One number or address of a device; up and down are flags of the header. */
static int do_link(struct nl *nl, const struct apply_target *t, const struct diff_op *op,
	char *text, size_t size)
{
	char buf[NL_REQUEST_SIZE];
	struct nlmsghdr *h = nl_request(buf, RTM_NEWLINK, 0);
	struct ifinfomsg *ifi = link_header(h, t->ifindex);

	if (op->kind == DIFF_OP_LLADDR)
		mnl_attr_put(h, IFLA_ADDRESS, 6, t->want->lladdr);
	else if (op->kind == DIFF_OP_MASTER)
		mnl_attr_put_u32(h, IFLA_MASTER, (uint32_t)op->number);
	else if (op->kind == DIFF_OP_MTU)
		mnl_attr_put_u32(h, IFLA_MTU, (uint32_t)op->number);
	else
		ifi->ifi_change = IFF_UP;
	ifi->ifi_flags = op->kind == DIFF_OP_UP ? IFF_UP : 0;
	return nl_talk(nl, h, text, size);
}

static int do_addr(struct nl *nl, const struct apply_target *t, const struct diff_op *op,
	char *text, size_t size)
{
	const bool add = op->kind == DIFF_OP_ADDR_ADD;
	const struct ip_addr *a = &op->addr.addr;
	char buf[NL_REQUEST_SIZE];
	struct nlmsghdr *h = nl_request(buf, add ? RTM_NEWADDR : RTM_DELADDR,
		add ? NLM_F_CREATE | NLM_F_EXCL : 0);
	struct ifaddrmsg *ifa = mnl_nlmsg_put_extra_header(h, sizeof(*ifa));
	int ret;

	ifa->ifa_family = a->family;
	ifa->ifa_prefixlen = op->addr.len;
	ifa->ifa_index = t->ifindex;
	mnl_attr_put(h, IFA_LOCAL, family_bytes(a->family), a->b);
	mnl_attr_put(h, IFA_ADDRESS, family_bytes(a->family), a->b);
	if (add) {
		uint32_t flags = IFA_F_NOPREFIXROUTE | IFA_F_PERMANENT;

		if (a->family == AF_INET6)
			flags |= IFA_F_NODAD;
		mnl_attr_put_u32(h, IFA_FLAGS, flags);
		mnl_attr_put_u8(h, IFA_PROTO, SEEN_PROTOCOL);
	}
	ret = nl_talk(nl, h, text, size);
	return ret == -EEXIST || (!add && ret == -EADDRNOTAVAIL) ? 0 : ret;
}

static int do_neigh(struct nl *nl, const struct apply_target *t, const struct diff_op *op,
	char *text, size_t size)
{
	const bool set = op->kind == DIFF_OP_NEIGH_SET;
	const struct ip_addr *a = &op->neigh.addr;
	char buf[NL_REQUEST_SIZE];
	struct nlmsghdr *h = nl_request(buf, set ? RTM_NEWNEIGH : RTM_DELNEIGH,
		set ? NLM_F_CREATE | NLM_F_REPLACE : 0);
	struct ndmsg *ndm = mnl_nlmsg_put_extra_header(h, sizeof(*ndm));
	int ret;

	ndm->ndm_family = a->family;
	ndm->ndm_ifindex = (int)t->ifindex;
	ndm->ndm_state = NUD_PERMANENT;
	mnl_attr_put(h, NDA_DST, family_bytes(a->family), a->b);
	if (set)
		mnl_attr_put(h, NDA_LLADDR, 6, op->neigh.lladdr);
	ret = nl_talk(nl, h, text, size);
	return !set && ret == -ENOENT ? 0 : ret;
}

static int do_shaper_set(struct nl *nl, const struct apply_target *t, const struct diff_op *op,
	char *text, size_t size)
{
	char buf[NL_REQUEST_SIZE];
	struct nlmsghdr *h = nl_request(buf, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE);

	tc_put_shaper(h, t->ifindex, op->number);
	return nl_talk(nl, h, text, size);
}

static int do_shaper_del(struct nl *nl, const struct apply_target *t, const struct diff_op *op,
	char *text, size_t size)
{
	char buf[NL_REQUEST_SIZE];
	struct nlmsghdr *h = nl_request(buf, RTM_DELQDISC, 0);
	int ret;

	(void)op;
	tc_put_shaper_key(h, t->ifindex);
	ret = nl_talk(nl, h, text, size);
	return ret == -ENOENT ? 0 : ret;
}

static int do_sched_set(struct nl *nl, const struct apply_target *t, const struct diff_op *op,
	char *text, size_t size)
{
	char buf[NL_REQUEST_SIZE];
	struct nlmsghdr *h = nl_request(buf, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE);

	(void)op;
	tc_put_sched(h, t->ifindex);
	return nl_talk(nl, h, text, size);
}

static int do_class_set(struct nl *nl, const struct apply_target *t, const struct diff_op *op,
	char *text, size_t size)
{
	char buf[NL_REQUEST_SIZE];
	struct nlmsghdr *h = nl_request(buf, RTM_NEWTCLASS, NLM_F_CREATE | NLM_F_REPLACE);

	tc_put_class(h, t->ifindex, &op->class);
	return nl_talk(nl, h, text, size);
}

static int do_class_del(struct nl *nl, const struct apply_target *t, const struct diff_op *op,
	char *text, size_t size)
{
	char buf[NL_REQUEST_SIZE];
	struct nlmsghdr *h = nl_request(buf, RTM_DELTCLASS, 0);
	int ret;

	tc_put_class_key(h, t->ifindex, op->class.minor);
	ret = nl_talk(nl, h, text, size);
	return ret == -ENOENT ? 0 : ret;
}

static int do_leaf_set(struct nl *nl, const struct apply_target *t, const struct diff_op *op,
	char *text, size_t size)
{
	char buf[NL_REQUEST_SIZE];
	struct nlmsghdr *h = nl_request(buf, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE);

	tc_put_leaf(h, t->ifindex, &op->class);
	return nl_talk(nl, h, text, size);
}

/* All anew; what passes meanwhile waits with the rest. */
static int do_control_set(struct nl *nl, const struct apply_target *t, const struct diff_op *op,
	char *text, size_t size)
{
	const struct tc_control *c = &t->want->control;
	const uint32_t n = tc_control_count(c);
	char buf[NL_REQUEST_SIZE];
	struct nlmsghdr *h = nl_request(buf, RTM_DELTFILTER, 0);
	int ret;

	(void)op;
	tc_put_filters_key(h, t->ifindex);
	ret = nl_talk(nl, h, text, size);
	if (ret == -ENOENT)
		ret = 0;
	for (uint32_t i = 0; !ret && i < n; i++) {
		h = nl_request(buf, RTM_NEWTFILTER, NLM_F_CREATE | NLM_F_EXCL);
		tc_put_filter(h, t->ifindex, c, i);
		ret = nl_talk(nl, h, text, size);
	}
	return ret;
}

static int delete_detour(struct nl *nl, uint32_t ifindex, char *text, size_t size)
{
	char buf[NL_REQUEST_SIZE];
	struct nlmsghdr *h = nl_request(buf, RTM_DELTFILTER, 0);
	int ret;

	tc_put_detour_key(h, ifindex);
	ret = nl_talk(nl, h, text, size);
	/* Without clsact, or without a filter of that preference. */
	return ret == -ENOENT || ret == -EINVAL ? 0 : ret;
}

/* u32 numbers its filters by itself, so the old one cannot be named to be replaced. */
static int do_detour_set(struct nl *nl, const struct apply_target *t, const struct diff_op *op,
	char *text, size_t size)
{
	char buf[NL_REQUEST_SIZE];
	struct nlmsghdr *h = nl_request(buf, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL);
	int ret;

	tc_put_clsact(h, t->ifindex);
	ret = nl_talk(nl, h, text, size);
	if (ret && ret != -EEXIST)
		return ret;
	ret = delete_detour(nl, t->ifindex, text, size);
	if (ret)
		return ret;
	h = nl_request(buf, RTM_NEWTFILTER, NLM_F_CREATE | NLM_F_EXCL);
	tc_put_detour(h, t->ifindex, (uint32_t)op->number);
	return nl_talk(nl, h, text, size);
}

static int do_detour_del(struct nl *nl, const struct apply_target *t, const struct diff_op *op,
	char *text, size_t size)
{
	char buf[NL_REQUEST_SIZE];
	int ret = delete_detour(nl, t->ifindex, text, size);
	struct nlmsghdr *h;

	if (ret || op->number)
		return ret;
	h = nl_request(buf, RTM_DELQDISC, 0);
	tc_put_clsact(h, t->ifindex);
	ret = nl_talk(nl, h, text, size);
	return ret == -ENOENT || ret == -EINVAL ? 0 : ret;
}

static const encode_fn encoders[] = {
	[DIFF_OP_CREATE] = do_create,
	[DIFF_OP_DELETE] = do_delete,
	[DIFF_OP_ALIAS] = do_alias,
	[DIFF_OP_LLADDR] = do_link,
	[DIFF_OP_MASTER] = do_link,
	[DIFF_OP_MTU] = do_link,
	[DIFF_OP_SETTINGS] = NULL,
	[DIFF_OP_SETTINGS_BACK] = NULL,
	[DIFF_OP_UP] = do_link,
	[DIFF_OP_DOWN] = do_link,
	[DIFF_OP_ADDR_ADD] = do_addr,
	[DIFF_OP_ADDR_DEL] = do_addr,
	[DIFF_OP_NEIGH_SET] = do_neigh,
	[DIFF_OP_NEIGH_DEL] = do_neigh,
	[DIFF_OP_SHAPER_SET] = do_shaper_set,
	[DIFF_OP_SHAPER_DEL] = do_shaper_del,
	[DIFF_OP_SCHED_SET] = do_sched_set,
	[DIFF_OP_CLASS_SET] = do_class_set,
	[DIFF_OP_CLASS_DEL] = do_class_del,
	[DIFF_OP_LEAF_SET] = do_leaf_set,
	[DIFF_OP_CONTROL_SET] = do_control_set,
	[DIFF_OP_DETOUR_SET] = do_detour_set,
	[DIFF_OP_DETOUR_DEL] = do_detour_del,
};

_Static_assert(ARRAY_SIZE(encoders) == DIFF_OP_COUNT, "every operation has an encoder");

static void describe_create(const struct link_want *w, char *s, size_t size)
{
	if (w->kind == LINK_KIND_VLAN)
		(void)snprintf(s, size, "create VLAN %u on %s", w->vlan_id, w->parent);
	else if (w->kind == LINK_KIND_VETH)
		(void)snprintf(s, size, "create the pair %s and %s", w->name, w->peer);
	else if (w->kind == LINK_KIND_IFB)
		(void)snprintf(s, size, "create IFB %s, to shape what arrives on %s", w->name,
			w->peer);
	else
		(void)snprintf(s, size, "create VRF %s of table %u", w->name, w->table);
}

static void describe(const struct apply_target *t, const struct diff_op *op, char *s, size_t size)
{
	static const char *const words[] = {
		[DIFF_OP_DELETE] = "delete %s",
		[DIFF_OP_ALIAS] = "set the alias of %s",
		[DIFF_OP_LLADDR] = "set the link-layer address of %s",
		[DIFF_OP_MASTER] = "move %s to its VRF",
		[DIFF_OP_MTU] = "set the MTU of %s",
		[DIFF_OP_UP] = "set %s up",
		[DIFF_OP_DOWN] = "set %s down",
		[DIFF_OP_SHAPER_SET] = "shape %s",
		[DIFF_OP_SHAPER_DEL] = "remove the shaper of %s",
		[DIFF_OP_SCHED_SET] = "schedule what leaves %s",
		[DIFF_OP_CLASS_SET] = "set a traffic class of %s",
		[DIFF_OP_CLASS_DEL] = "remove a traffic class of %s",
		[DIFF_OP_LEAF_SET] = "set the queue of a traffic class of %s",
		[DIFF_OP_CONTROL_SET] = "let BGP, BFD and address resolution go first by %s",
		[DIFF_OP_DETOUR_SET] = "shape what arrives on %s",
		[DIFF_OP_DETOUR_DEL] = "stop shaping what arrives on %s",
	};
	char addr[IP_STRLEN];

	switch (op->kind) {
	case DIFF_OP_CREATE:
		describe_create(t->want, s, size);
		break;
	case DIFF_OP_ADDR_ADD:
	case DIFF_OP_ADDR_DEL:
		(void)snprintf(s, size, "%s address %s/%u %s %s",
			op->kind == DIFF_OP_ADDR_ADD ? "add" : "remove",
			ip_format(&op->addr.addr, addr), op->addr.len,
			op->kind == DIFF_OP_ADDR_ADD ? "to" : "from", t->name);
		break;
	case DIFF_OP_NEIGH_SET:
	case DIFF_OP_NEIGH_DEL:
		(void)snprintf(s, size, "%s neighbor %s on %s",
			op->kind == DIFF_OP_NEIGH_SET ? "set" : "remove",
			ip_format(&op->neigh.addr, addr), t->name);
		break;
	default: {
		/* "%s" of the table, without a format that the compiler cannot check. */
		const char *w = words[op->kind];
		const char *gap = strstr(w, "%s");

		(void)snprintf(s, size, "%.*s%s%s", (int)(gap - w), w, t->name, gap + 2);
		break;
	}
	}
}

static void put_error(char error[LINK_ERROR_SIZE], const char *what, int ret, const char *text)
{
	(void)snprintf(error, LINK_ERROR_SIZE, "cannot %.80s: %s%s%.60s", what, strerror(-ret),
		text[0] ? ": " : "", text);
}

int apply_op(struct nl *nl, const struct apply_target *t, const struct diff_op *op,
	char error[LINK_ERROR_SIZE])
{
	char text[LINK_ERROR_SIZE] = "";
	char what[LINK_ERROR_SIZE];
	const int ret = encoders[op->kind](nl, t, op, text, sizeof(text));

	if (ret) {
		describe(t, op, what, sizeof(what));
		put_error(error, what, ret, text);
	}
	return ret;
}

int apply_rule(struct nl *nl, const struct rule *r, bool add, char error[LINK_ERROR_SIZE])
{
	char buf[NL_REQUEST_SIZE];
	struct nlmsghdr *h = nl_request(buf, add ? RTM_NEWRULE : RTM_DELRULE,
		add ? NLM_F_CREATE | NLM_F_EXCL : 0);
	struct fib_rule_hdr *rule = mnl_nlmsg_put_extra_header(h, sizeof(*rule));
	char text[LINK_ERROR_SIZE] = "";
	int ret;

	rule->family = r->family;
	rule->action = FR_ACT_TO_TBL;
	mnl_attr_put_u32(h, FRA_PRIORITY, rules_preference(r->kind));
	mnl_attr_put_u8(h, FRA_PROTOCOL, SEEN_PROTOCOL);
	if (r->kind == RULE_KIND_L3MDEV) {
		mnl_attr_put_u8(h, FRA_L3MDEV, 1);
	} else {
		rule->table = r->table < 256 ? (uint8_t)r->table : RT_TABLE_COMPAT;
		mnl_attr_put_u32(h, FRA_TABLE, r->table);
	}
	if (r->kind == RULE_KIND_IIF)
		mnl_attr_put_strz(h, FRA_IIFNAME, r->dev);
	if (r->kind == RULE_KIND_OIF)
		mnl_attr_put_strz(h, FRA_OIFNAME, r->dev);
	if (r->kind == RULE_KIND_MARK)
		mnl_attr_put_u32(h, FRA_FWMARK, r->mark);
	if (r->kind == RULE_KIND_FROM) {
		rule->src_len = family_bits(r->family);
		mnl_attr_put(h, FRA_SRC, family_bytes(r->family), r->from.b);
	}
	ret = nl_talk(nl, h, text, sizeof(text));
	if ((add && ret == -EEXIST) || (!add && ret == -ENOENT))
		ret = 0;
	if (ret)
		put_error(error, add ? "add a routing rule" : "remove a routing rule", ret, text);
	return ret;
}

bool apply_probe_vrf(struct nl *nl)
{
	static const struct link_want probe = {
		.name = "vbrd-probe",
		.kind = LINK_KIND_VRF,
		.alias = SEEN_ALIAS "probe",
		.table = 0xfffffff0U, /* nobody counts that far */
	};
	const struct apply_target t = { .name = probe.name, .want = &probe };
	const struct diff_op op = { .kind = DIFF_OP_CREATE };
	char buf[NL_REQUEST_SIZE];
	struct nlmsghdr *h;
	const int ret = do_create(nl, &t, &op, NULL, 0);

	/* Left by a probe that was killed, or another's right now: not ours to remove here. */
	if (ret)
		return ret == -EEXIST;
	h = nl_request(buf, RTM_DELLINK, 0);
	(void)link_header(h, 0);
	mnl_attr_put_strz(h, IFLA_IFNAME, probe.name);
	(void)nl_talk(nl, h, NULL, 0);
	return true;
}
