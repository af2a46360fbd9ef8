/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The shaper of a device: a tbf at the root. Its bucket holds 10 ms of its rate, or one jumbo
 * frame if that is more; the queue before it holds 50 ms: enough for TCP to fill the rate, too
 * little to hide congestion from it. It also cuts segments that the sender's offloading glued
 * together and that are longer than the bucket, so that at a low rate nobody waits for 64 KB of
 * somebody else. Replacing a tbf of the same handle changes it in place: the queue is kept.
 */
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "fib/nl.h"
#include "fib/tc/tc.h"

#define MIN_BURST 9600 /* the largest frame, of 9,216 bytes and headers: a longer one is lost */

static struct tcmsg *put_header(struct nlmsghdr *h, uint32_t ifindex)
{
	struct tcmsg *tcm = mnl_nlmsg_put_extra_header(h, sizeof(*tcm));

	tcm->tcm_family = AF_UNSPEC;
	tcm->tcm_ifindex = (int)ifindex;
	tcm->tcm_parent = TC_H_ROOT;
	tcm->tcm_handle = TC_HANDLE;
	return tcm;
}

static uint32_t at_most(uint64_t v, uint32_t max)
{
	return v > max ? max : (uint32_t)v;
}

uint64_t tc_burst(uint64_t rate_bps)
{
	const uint64_t tenth = rate_bps / 8 / 100;

	return tenth > MIN_BURST ? tenth : MIN_BURST;
}

void tc_put_shaper(struct nlmsghdr *h, uint32_t ifindex, uint64_t rate_bps)
{
	const uint64_t rate = rate_bps / 8;
	const uint64_t burst = tc_burst(rate_bps);
	struct tc_tbf_qopt opt;
	struct nlattr *options;

	(void)put_header(h, ifindex);
	memset(&opt, 0, sizeof(opt));
	opt.rate.linklayer = 1; /* TC_LINKLAYER_ETHERNET: the kernel needs no rate table then */
	opt.rate.rate = at_most(rate, UINT32_MAX);
	opt.limit = at_most(burst + rate / 20, INT32_MAX);
	mnl_attr_put_strz(h, TCA_KIND, "tbf");
	options = mnl_attr_nest_start(h, TCA_OPTIONS);
	mnl_attr_put(h, TCA_TBF_PARMS, sizeof(opt), &opt);
	mnl_attr_put_u32(h, TCA_TBF_BURST, at_most(burst, INT32_MAX));
	if (rate > UINT32_MAX)
		mnl_attr_put_u64(h, TCA_TBF_RATE64, rate);
	mnl_attr_nest_end(h, options);
}

void tc_put_shaper_key(struct nlmsghdr *h, uint32_t ifindex)
{
	(void)put_header(h, ifindex);
}

static uint64_t tbf_rate(const struct nlattr *options)
{
	const struct nlattr *tb[TCA_TBF_RATE64 + 1];
	struct tc_tbf_qopt opt;
	uint64_t rate64 = 0;

	nl_nested(options, tb, TCA_TBF_RATE64);
	if (nl_attr_copy(&rate64, sizeof(rate64), tb[TCA_TBF_RATE64]))
		return rate64 * 8;
	return nl_attr_copy(&opt, sizeof(opt), tb[TCA_TBF_PARMS]) ? (uint64_t)opt.rate.rate * 8 : 0;
}

static bool place_of(const struct tcmsg *tcm, struct tc_qdisc *q)
{
	if (tcm->tcm_parent == TC_H_ROOT)
		q->place = TC_PLACE_ROOT;
	else if (tcm->tcm_parent == TC_H_INGRESS)
		q->place = TC_PLACE_INGRESS;
	else if (tcm->tcm_parent == (TC_HANDLE | 1))
		q->place = TC_PLACE_SCHED;
	else if (TC_H_MAJ(tcm->tcm_parent) == TC_SCHED)
		q->place = TC_PLACE_LEAF;
	else
		return false;
	return true;
}

bool tc_see_qdisc(const struct nlmsghdr *nlh, struct tc_qdisc *q)
{
	const struct nlattr *tb[TCA_OPTIONS + 1];
	const struct tcmsg *tcm = mnl_nlmsg_get_payload(nlh);

	memset(q, 0, sizeof(*q));
	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*tcm) || !place_of(tcm, q))
		return false;
	q->ifindex = (uint32_t)tcm->tcm_ifindex;
	q->handle = tcm->tcm_handle;
	nl_attrs(nlh, sizeof(*tcm), tb, TCA_OPTIONS);
	if (q->handle == TC_HANDLE)
		q->rate_bps = tbf_rate(tb[TCA_OPTIONS]);
	if (q->place != TC_PLACE_LEAF)
		return true;
	q->minor = TC_H_MIN(tcm->tcm_parent);
	if (q->handle == tc_leaf_handle(q->minor))
		q->limit = nl_attr_u32_or(tb[TCA_OPTIONS], 0);
	return true;
}
