/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading of rtnetlink messages. Attributes are optional by nature: a missing one leaves zero.
 * Strings and addresses are bounded by the attribute's length, never by trust.
 */
#include "fib/link/observe.h"

#include <linux/fib_rules.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "fib/nl.h"

static void copy_string(char *dst, size_t size, const struct nlattr *a)
{
	size_t len;

	dst[0] = '\0';
	if (!a)
		return;
	len = strnlen(mnl_attr_get_payload(a), mnl_attr_get_payload_len(a));
	if (len >= size)
		len = size - 1;
	memcpy(dst, mnl_attr_get_payload(a), len);
	dst[len] = '\0';
}

static bool copy_addr(struct ip_addr *dst, uint8_t family, const struct nlattr *a)
{
	uint8_t b[16];

	if (!nl_attr_copy(b, family_bytes(family), a))
		return false;
	*dst = ip_from_bytes(family, b);
	return true;
}

static void read_link_info(const struct nlattr *a, struct seen_link *l)
{
	const struct nlattr *info[IFLA_INFO_DATA + 1];
	const struct nlattr *data[IFLA_VLAN_PROTOCOL + 1];
	uint16_t id = 0;

	nl_nested(a, info, IFLA_INFO_DATA);
	copy_string(l->kind, sizeof(l->kind), info[IFLA_INFO_KIND]);
	nl_nested(info[IFLA_INFO_DATA], data, IFLA_VLAN_PROTOCOL);
	if (strcmp(l->kind, "vlan") == 0 && nl_attr_copy(&id, sizeof(id), data[IFLA_VLAN_ID]))
		l->vlan_id = id;
	if (strcmp(l->kind, "vrf") == 0)
		l->vrf_table = nl_attr_u32_or(data[IFLA_VRF_TABLE], 0);
}

bool observe_link(const struct nlmsghdr *nlh, struct seen_link *l)
{
	const struct nlattr *tb[IFLA_GROUP + 1];
	const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*ifi) || ifi->ifi_family != AF_UNSPEC)
		return false;
	nl_attrs(nlh, sizeof(*ifi), tb, IFLA_GROUP);
	/* Wireless events come as links with little more than a name. */
	if (!tb[IFLA_IFNAME] || !tb[IFLA_MTU])
		return false;
	memset(l, 0, sizeof(*l));
	copy_string(l->name, sizeof(l->name), tb[IFLA_IFNAME]);
	copy_string(l->alias, sizeof(l->alias), tb[IFLA_IFALIAS]);
	(void)nl_attr_copy(l->lladdr, sizeof(l->lladdr), tb[IFLA_ADDRESS]);
	l->ifindex = (uint32_t)ifi->ifi_index;
	l->admin_up = ifi->ifi_flags & IFF_UP;
	l->carrier = ifi->ifi_flags & IFF_LOWER_UP;
	l->mtu = nl_attr_u32_or(tb[IFLA_MTU], 0);
	l->master = nl_attr_u32_or(tb[IFLA_MASTER], 0);
	l->lower = nl_attr_u32_or(tb[IFLA_LINK], 0);
	l->group = nl_attr_u32_or(tb[IFLA_GROUP], 0);
	read_link_info(tb[IFLA_LINKINFO], l);
	return true;
}

bool observe_counters(const struct nlmsghdr *nlh, struct link_counters *c)
{
	const struct nlattr *tb[IFLA_STATS64 + 1];
	struct rtnl_link_stats64 s;

	memset(&s, 0, sizeof(s));
	nl_attrs(nlh, sizeof(struct ifinfomsg), tb, IFLA_STATS64);
	/* Kernels differ in the tail of the struct, not in its head. */
	if (!tb[IFLA_STATS64] ||
		!nl_attr_copy(&s, offsetof(struct rtnl_link_stats64, rx_errors), tb[IFLA_STATS64]))
		return false;
	c->ifindex = (uint32_t)((const struct ifinfomsg *)mnl_nlmsg_get_payload(nlh))->ifi_index;
	c->rx_bytes = s.rx_bytes;
	c->tx_bytes = s.tx_bytes;
	c->rx_packets = s.rx_packets;
	c->tx_packets = s.tx_packets;
	return true;
}

bool observe_addr(const struct nlmsghdr *nlh, struct observe_addr *a)
{
	const struct nlattr *tb[IFA_PROTO + 1];
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(nlh);

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*ifa) ||
		(ifa->ifa_family != AF_INET && ifa->ifa_family != AF_INET6))
		return false;
	nl_attrs(nlh, sizeof(*ifa), tb, IFA_PROTO);
	memset(a, 0, sizeof(*a));
	a->ifindex = ifa->ifa_index;
	a->addr.len = ifa->ifa_prefixlen;
	(void)nl_attr_copy(&a->addr.protocol, 1, tb[IFA_PROTO]);
	/* LOCAL is our end; ADDRESS is the far end where both are given. */
	return copy_addr(&a->addr.addr, ifa->ifa_family,
		tb[IFA_LOCAL] ? tb[IFA_LOCAL] : tb[IFA_ADDRESS]);
}

bool observe_neigh(const struct nlmsghdr *nlh, struct observe_neigh *n)
{
	const struct nlattr *tb[NDA_LLADDR + 1];
	const struct ndmsg *ndm = mnl_nlmsg_get_payload(nlh);

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*ndm) || !(ndm->ndm_state & NUD_PERMANENT) ||
		(ndm->ndm_flags & NTF_PROXY) ||
		(ndm->ndm_family != AF_INET && ndm->ndm_family != AF_INET6))
		return false;
	nl_attrs(nlh, sizeof(*ndm), tb, NDA_LLADDR);
	memset(n, 0, sizeof(*n));
	n->ifindex = (uint32_t)ndm->ndm_ifindex;
	return copy_addr(&n->neigh.addr, ndm->ndm_family, tb[NDA_DST]) &&
		nl_attr_copy(n->neigh.lladdr, sizeof(n->neigh.lladdr), tb[NDA_LLADDR]);
}

static bool is_whole_mark(const struct nlattr **tb)
{
	return tb[FRA_FWMARK] && nl_attr_u32_or(tb[FRA_FWMASK], UINT32_MAX) == UINT32_MAX;
}

/* One of ours has our protocol, a preference of ours, and the one selector that it implies. */
static bool read_own_rule(const struct fib_rule_hdr *h, const struct nlattr **tb, struct rule *r)
{
	const uint32_t preference = nl_attr_u32_or(tb[FRA_PRIORITY], 0);
	uint8_t protocol = 0;

	(void)nl_attr_copy(&protocol, 1, tb[FRA_PROTOCOL]);
	if (protocol != SEEN_PROTOCOL || h->action != FR_ACT_TO_TBL)
		return false;
	r->table = nl_attr_u32_or(tb[FRA_TABLE], h->table);
	if (preference == rules_preference(RULE_KIND_IIF) && tb[FRA_IIFNAME]) {
		r->kind = RULE_KIND_IIF;
		copy_string(r->dev, sizeof(r->dev), tb[FRA_IIFNAME]);
		return true;
	}
	if (preference == rules_preference(RULE_KIND_OIF) && tb[FRA_OIFNAME]) {
		r->kind = RULE_KIND_OIF;
		copy_string(r->dev, sizeof(r->dev), tb[FRA_OIFNAME]);
		return true;
	}
	if (preference == rules_preference(RULE_KIND_MARK) && is_whole_mark(tb)) {
		r->kind = RULE_KIND_MARK;
		r->mark = nl_attr_u32_or(tb[FRA_FWMARK], 0);
		return true;
	}
	r->kind = RULE_KIND_FROM;
	return preference == rules_preference(RULE_KIND_FROM) &&
		h->src_len == family_bits(h->family) && copy_addr(&r->from, h->family, tb[FRA_SRC]);
}

bool observe_rule(const struct nlmsghdr *nlh, struct rule *r)
{
	const struct nlattr *tb[FRA_PROTOCOL + 1];
	const struct fib_rule_hdr *h = mnl_nlmsg_get_payload(nlh);
	uint8_t l3mdev = 0;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*h) ||
		(h->family != AF_INET && h->family != AF_INET6))
		return false;
	nl_attrs(nlh, sizeof(*h), tb, FRA_PROTOCOL);
	memset(r, 0, sizeof(*r));
	r->family = h->family;
	if (nl_attr_copy(&l3mdev, 1, tb[FRA_L3MDEV]) && l3mdev) {
		r->kind = RULE_KIND_L3MDEV;
		return true;
	}
	return read_own_rule(h, tb, r);
}
