/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Only what leaves a device can be queued. So what arrives by the device of a VBR is sent to an
 * IFB device, queued by its shaper, and comes back as if it had just arrived: a customer's TCP
 * sees a slower line, not losses as from a policer.
 *
 * The filter is u32 with a key that everything matches: the one classifier that all kernels in
 * question have (matchall is a module that is often left out).
 */
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/tc_act/tc_mirred.h>
#include <string.h>

#include "fib/nl.h"
#include "fib/tc/tc.h"

#define IN_BLOCK TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS)

static struct tcmsg *put_header(struct nlmsghdr *h, uint32_t ifindex)
{
	struct tcmsg *tcm = mnl_nlmsg_put_extra_header(h, sizeof(*tcm));

	tcm->tcm_family = AF_UNSPEC;
	tcm->tcm_ifindex = (int)ifindex;
	return tcm;
}

void tc_put_clsact(struct nlmsghdr *h, uint32_t ifindex)
{
	struct tcmsg *tcm = put_header(h, ifindex);

	tcm->tcm_parent = TC_H_CLSACT;
	tcm->tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0);
	mnl_attr_put_strz(h, TCA_KIND, "clsact");
}

void tc_put_detour_key(struct nlmsghdr *h, uint32_t ifindex)
{
	struct tcmsg *tcm = put_header(h, ifindex);

	tcm->tcm_parent = IN_BLOCK;
	if ((h->nlmsg_type) != RTM_GETTFILTER)
		tcm->tcm_info = TC_H_MAKE(TC_PREF << 16, htons(ETH_P_ALL));
}

static void put_mirred(struct nlmsghdr *h, uint32_t target)
{
	struct nlattr *actions = mnl_attr_nest_start(h, TCA_U32_ACT);
	struct nlattr *first = mnl_attr_nest_start(h, 1);
	struct nlattr *options;
	struct tc_mirred m;

	memset(&m, 0, sizeof(m));
	m.action = TC_ACT_STOLEN;
	m.eaction = TCA_EGRESS_REDIR;
	m.ifindex = target;
	mnl_attr_put_strz(h, TCA_ACT_KIND, "mirred");
	options = mnl_attr_nest_start(h, TCA_ACT_OPTIONS);
	mnl_attr_put(h, TCA_MIRRED_PARMS, sizeof(m), &m);
	mnl_attr_nest_end(h, options);
	mnl_attr_nest_end(h, first);
	mnl_attr_nest_end(h, actions);
}

void tc_put_detour(struct nlmsghdr *h, uint32_t ifindex, uint32_t target)
{
	/* A selector and the one key behind it, which is all zero: matches all. */
	const struct tc_u32_sel sel = { .flags = TC_U32_TERMINAL, .nkeys = 1 };
	uint8_t everything[sizeof(sel) + sizeof(struct tc_u32_key)] = { 0 };
	struct nlattr *options;

	tc_put_detour_key(h, ifindex);
	memcpy(everything, &sel, sizeof(sel));
	mnl_attr_put_strz(h, TCA_KIND, "u32");
	options = mnl_attr_nest_start(h, TCA_OPTIONS);
	mnl_attr_put(h, TCA_U32_SEL, sizeof(everything), everything);
	put_mirred(h, target);
	mnl_attr_nest_end(h, options);
}

/* The device that the first action sends to; 0 if there is none. */
static uint32_t mirred_target(const struct nlattr *actions)
{
	const struct nlattr *list[2];
	const struct nlattr *act[TCA_ACT_OPTIONS + 1];
	const struct nlattr *mirred[TCA_MIRRED_PARMS + 1];
	struct tc_mirred m;

	nl_nested(actions, list, 1);
	nl_nested(list[1], act, TCA_ACT_OPTIONS);
	nl_nested(act[TCA_ACT_OPTIONS], mirred, TCA_MIRRED_PARMS);
	if (!nl_attr_copy(&m, sizeof(m), mirred[TCA_MIRRED_PARMS]) || m.eaction != TCA_EGRESS_REDIR)
		return 0;
	return m.ifindex;
}

bool tc_see_detour(const struct nlmsghdr *nlh, struct tc_detour *d)
{
	const struct nlattr *tb[TCA_OPTIONS + 1];
	const struct nlattr *u32[TCA_U32_ACT + 1];
	const struct tcmsg *tcm = mnl_nlmsg_get_payload(nlh);

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*tcm) || tcm->tcm_info >> 16 != TC_PREF)
		return false;
	if (tcm->tcm_parent == TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS))
		return false;
	d->ifindex = (uint32_t)tcm->tcm_ifindex;
	d->target = 0;
	if (nlh->nlmsg_type == RTM_DELTFILTER)
		return true;
	nl_attrs(nlh, sizeof(*tcm), tb, TCA_OPTIONS);
	nl_nested(tb[TCA_OPTIONS], u32, TCA_U32_ACT);
	/* u32 tells of the table that its filters hang in as of one more filter, without action. */
	if (!u32[TCA_U32_ACT])
		return false;
	d->target = mirred_target(u32[TCA_U32_ACT]);
	return true;
}
