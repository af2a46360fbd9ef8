/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scheduler below a shaper: which packet goes next.
 *
 *   root 5642: tbf, the rate, cuts glued segments
 *     └ 5643: htb, no rate of its own
 *         ├ 5643:7  control   prio 0
 *         ├ 5643:1  High      prio 1
 *         ├ 5643:10 Medium    prio 2, quantum in proportion to its share
 *         │  ...
 *         └ 5643:3  Default   prio 2, the rest of the quanta; prio 3 if no rest is left
 *
 * htb serves classes that are below their rate by priority, and those of one priority by turns of a
 * quantum each (deficit round robin). Rates here are out of reach, so that only this is left of
 * htb: strict priority, shares, idle shares lent at once. Rates of classes that borrow from a
 * parent, the usual way, would share by rate too, but give each class its own rate whatever the
 * line does. prio and drr would be the obvious disciplines; many kernels do not have them.
 *
 * A class is chosen by the priority of the packet (skb->priority = major and minor of the class),
 * which sockets of ours and classification (fib/nft) set; what has none is Default.
 */
#include <linux/gen_stats.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <stddef.h>
#include <string.h>

#include "fib/nl.h"
#include "fib/tc/tc.h"

#define OUT_OF_REACH    100000000000ULL /* bytes a second */
#define BUFFER_TICKS    15625           /* 1 ms of it, in the kernel's ticks of 64 ns */
#define RATE_TO_QUANTUM 10              /* htb wants one; quanta are given */
#define BASIC_SIZE      (offsetof(struct gnet_stats_basic, packets) + sizeof(uint32_t))

static struct tcmsg *put_header(struct nlmsghdr *h, uint32_t ifindex, uint32_t parent,
	uint32_t handle)
{
	struct tcmsg *tcm = mnl_nlmsg_put_extra_header(h, sizeof(*tcm));

	tcm->tcm_family = AF_UNSPEC;
	tcm->tcm_ifindex = (int)ifindex;
	tcm->tcm_parent = parent;
	tcm->tcm_handle = handle;
	return tcm;
}

void tc_put_sched(struct nlmsghdr *h, uint32_t ifindex)
{
	struct tc_htb_glob init;
	struct nlattr *options;

	(void)put_header(h, ifindex, TC_HANDLE | 1, TC_SCHED);
	memset(&init, 0, sizeof(init));
	init.version = 3;
	init.rate2quantum = RATE_TO_QUANTUM;
	init.defcls = TC_CLASS_DEFAULT;
	mnl_attr_put_strz(h, TCA_KIND, "htb");
	options = mnl_attr_nest_start(h, TCA_OPTIONS);
	mnl_attr_put(h, TCA_HTB_INIT, sizeof(init), &init);
	mnl_attr_nest_end(h, options);
}

void tc_put_class(struct nlmsghdr *h, uint32_t ifindex, const struct tc_class *c)
{
	struct tc_htb_opt opt;
	struct nlattr *options;

	(void)put_header(h, ifindex, TC_SCHED, TC_SCHED | c->minor);
	memset(&opt, 0, sizeof(opt));
	opt.rate.linklayer = 1; /* TC_LINKLAYER_ETHERNET: the kernel needs no rate table then */
	opt.ceil.linklayer = 1;
	opt.rate.rate = UINT32_MAX;
	opt.ceil.rate = UINT32_MAX;
	opt.buffer = BUFFER_TICKS;
	opt.cbuffer = BUFFER_TICKS;
	opt.quantum = c->quantum;
	opt.prio = c->prio;
	mnl_attr_put_strz(h, TCA_KIND, "htb");
	options = mnl_attr_nest_start(h, TCA_OPTIONS);
	mnl_attr_put(h, TCA_HTB_PARMS, sizeof(opt), &opt);
	mnl_attr_put_u64(h, TCA_HTB_RATE64, OUT_OF_REACH);
	mnl_attr_put_u64(h, TCA_HTB_CEIL64, OUT_OF_REACH);
	mnl_attr_nest_end(h, options);
}

void tc_put_class_key(struct nlmsghdr *h, uint32_t ifindex, uint16_t minor)
{
	(void)put_header(h, ifindex, minor ? TC_SCHED : 0, minor ? TC_SCHED | minor : 0);
}

void tc_put_leaf(struct nlmsghdr *h, uint32_t ifindex, const struct tc_class *c)
{
	const struct tc_fifo_qopt opt = { .limit = c->limit };

	(void)put_header(h, ifindex, TC_SCHED | c->minor, tc_leaf_handle(c->minor));
	mnl_attr_put_strz(h, TCA_KIND, "bfifo");
	mnl_attr_put(h, TCA_OPTIONS, sizeof(opt), &opt);
}

uint32_t tc_leaf_handle(uint16_t minor)
{
	return TC_SCHED + ((uint32_t)(minor + 1) << 16);
}

struct tc_counts tc_see_stats(const struct nlmsghdr *nlh)
{
	const struct nlattr *tb[TCA_STATS2 + 1];
	const struct nlattr *stats[TCA_STATS_PKT64 + 1];
	struct gnet_stats_basic basic = { 0 };
	struct gnet_stats_queue queue = { 0 };
	struct tc_counts st = { 0 };

	nl_attrs(nlh, sizeof(struct tcmsg), tb, TCA_STATS2);
	nl_nested(tb[TCA_STATS2], stats, TCA_STATS_PKT64);
	/* The kernel's struct has no gap at its end, C's may. */
	if (nl_attr_copy(&basic, BASIC_SIZE, stats[TCA_STATS_BASIC])) {
		st.bytes = basic.bytes;
		st.packets = basic.packets;
	}
	(void)nl_attr_copy(&st.packets, sizeof(st.packets), stats[TCA_STATS_PKT64]);
	if (nl_attr_copy(&queue, sizeof(queue), stats[TCA_STATS_QUEUE])) {
		st.dropped = queue.drops;
		st.backlog = queue.backlog;
	}
	return st;
}

bool tc_see_class(const struct nlmsghdr *nlh, struct tc_class_seen *s)
{
	const struct nlattr *tb[TCA_OPTIONS + 1];
	const struct nlattr *options[TCA_HTB_PARMS + 1];
	const struct tcmsg *tcm = mnl_nlmsg_get_payload(nlh);
	struct tc_htb_opt opt;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*tcm) || TC_H_MAJ(tcm->tcm_handle) != TC_SCHED)
		return false;
	memset(s, 0, sizeof(*s));
	s->ifindex = (uint32_t)tcm->tcm_ifindex;
	s->class.minor = TC_H_MIN(tcm->tcm_handle);
	nl_attrs(nlh, sizeof(*tcm), tb, TCA_OPTIONS);
	nl_nested(tb[TCA_OPTIONS], options, TCA_HTB_PARMS);
	if (nl_attr_copy(&opt, sizeof(opt), options[TCA_HTB_PARMS])) {
		s->class.quantum = opt.quantum;
		s->class.prio = (uint16_t)opt.prio;
	}
	s->stats = tc_see_stats(nlh);
	return true;
}
