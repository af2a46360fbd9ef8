/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is encoded is decoded again: the kernel shows a shaper or a filter in the very form in
 * which it was told. Cut messages are refused, or read as far as they go.
 */
#include <linux/rtnetlink.h>
#include <stdalign.h>
#include <string.h>

#include "fib/nl.h"
#include "fib/tc/tc.h"
#include "tests/cu_main.h"

static void rate_comes_back(void)
{
	static const uint64_t rates[] = { 8, 2000000, 34359738360, 34359738368, 412000000000 };

	for (size_t i = 0; i < ARRAY_SIZE(rates); i++) {
		alignas(struct nlmsghdr) char buf[NL_REQUEST_SIZE];
		struct nlmsghdr *h = nl_request(buf, RTM_NEWQDISC, 0);
		struct tc_qdisc q;

		tc_put_shaper(h, 7, rates[i]);
		CU_ASSERT_TRUE(tc_see_qdisc(h, &q));
		CU_ASSERT_EQUAL(q.ifindex, 7);
		CU_ASSERT_EQUAL(q.handle, TC_HANDLE);
		CU_ASSERT_EQUAL(q.place, TC_PLACE_ROOT);
		CU_ASSERT_EQUAL(q.rate_bps, rates[i]);
	}
}

static void target_of_a_detour_comes_back(void)
{
	alignas(struct nlmsghdr) char buf[NL_REQUEST_SIZE];
	struct nlmsghdr *h = nl_request(buf, RTM_NEWTFILTER, 0);
	struct tc_detour d;
	struct tc_qdisc q;

	tc_put_detour(h, 7, 9);
	CU_ASSERT_TRUE(tc_see_detour(h, &d));
	CU_ASSERT_EQUAL(d.ifindex, 7);
	CU_ASSERT_EQUAL(d.target, 9);
	h->nlmsg_type = RTM_DELTFILTER;
	CU_ASSERT_TRUE(tc_see_detour(h, &d));
	CU_ASSERT_EQUAL(d.target, 0);
	h = nl_request(buf, RTM_NEWQDISC, 0);
	tc_put_clsact(h, 7);
	CU_ASSERT_TRUE(tc_see_qdisc(h, &q) && q.place == TC_PLACE_INGRESS && q.ifindex == 7);
}

static void class_and_its_queue_come_back(void)
{
	const struct tc_class c = { .minor = 17, .prio = 2, .quantum = 3028, .limit = 31250 };
	alignas(struct nlmsghdr) char buf[NL_REQUEST_SIZE];
	struct nlmsghdr *h = nl_request(buf, RTM_NEWTCLASS, 0);
	struct tc_class_seen s;
	struct tc_qdisc q;

	tc_put_class(h, 7, &c);
	CU_ASSERT_TRUE(tc_see_class(h, &s));
	CU_ASSERT_EQUAL(s.ifindex, 7);
	CU_ASSERT_EQUAL(s.class.minor, 17);
	CU_ASSERT_EQUAL(s.class.prio, 2);
	CU_ASSERT_EQUAL(s.class.quantum, 3028);
	h = nl_request(buf, RTM_NEWQDISC, 0);
	tc_put_leaf(h, 7, &c);
	CU_ASSERT_TRUE(tc_see_qdisc(h, &q));
	CU_ASSERT_EQUAL(q.place, TC_PLACE_LEAF);
	CU_ASSERT_EQUAL(q.minor, 17);
	CU_ASSERT_EQUAL(q.limit, 31250);
	h = nl_request(buf, RTM_NEWQDISC, 0);
	tc_put_sched(h, 7);
	CU_ASSERT_TRUE(tc_see_qdisc(h, &q));
	CU_ASSERT_EQUAL(q.place, TC_PLACE_SCHED);
	CU_ASSERT_EQUAL(q.handle, TC_SCHED);
}

static struct tc_control two_addresses(void)
{
	struct tc_control c = { .n_own = 2 };

	CU_ASSERT_EQUAL(ip_parse("10.0.0.1", &c.own[0]), 0);
	CU_ASSERT_EQUAL(ip_parse("fd00:f::1", &c.own[1]), 0);
	return c;
}

static uint64_t digest_of_requests(const struct tc_control *c, uint32_t n)
{
	uint64_t sum = 0;

	while (n-- > 0) {
		alignas(struct nlmsghdr) char buf[NL_REQUEST_SIZE];
		struct nlmsghdr *h = nl_request(buf, RTM_NEWTFILTER, 0);
		uint32_t ifindex;

		tc_put_filter(h, 7, c, n);
		CU_ASSERT_TRUE(tc_is_filter(h, &ifindex) && ifindex == 7);
		CU_ASSERT_TRUE(tc_see_filter(h, &sum));
	}
	return sum;
}

static void control_comes_back_in_any_order(void)
{
	const struct tc_control leaves = { .n_own = 0 };
	struct tc_control arrives = two_addresses();
	const uint32_t n = tc_control_count(&arrives);
	const uint64_t d = tc_control_digest(&arrives);

	CU_ASSERT_EQUAL(tc_control_count(&leaves), 5);
	CU_ASSERT_EQUAL(digest_of_requests(&leaves, 5), tc_control_digest(&leaves));
	CU_ASSERT_EQUAL(n, 13);
	CU_ASSERT_EQUAL(digest_of_requests(&arrives, n), d);
	CU_ASSERT_NOT_EQUAL(digest_of_requests(&arrives, n - 1), d);
	arrives.own[1].b[15]++;
	CU_ASSERT_NOT_EQUAL(tc_control_digest(&arrives), d);
}

static void control_that_was_changed_is_another(void)
{
	const struct tc_control c = two_addresses();
	alignas(struct nlmsghdr) char buf[NL_REQUEST_SIZE];
	struct nlmsghdr *h = nl_request(buf, RTM_NEWTFILTER, 0);
	const struct nlattr *tb[TCA_OPTIONS + 1];
	struct tc_detour d;
	uint64_t before = 0;
	uint64_t after = 0;
	uint64_t none = 0;

	tc_put_filter(h, 7, &c, 5);
	CU_ASSERT_FALSE(tc_see_detour(h, &d));
	CU_ASSERT_TRUE(tc_see_filter(h, &before));
	/* The class is the first of the options. */
	nl_attrs(h, sizeof(struct tcmsg), tb, TCA_OPTIONS);
	*(uint32_t *)mnl_attr_get_payload(mnl_attr_get_payload(tb[TCA_OPTIONS])) = TC_SCHED |
		TC_CLASS_HIGH;
	CU_ASSERT_TRUE(tc_see_filter(h, &after));
	CU_ASSERT_NOT_EQUAL(before, after);
	/* Cut short it is not read beyond its end. */
	for (; h->nlmsg_len > NLMSG_HDRLEN; h->nlmsg_len--)
		(void)tc_see_filter(h, &none);
}

static void filters_of_others_are_none_of_ours(void)
{
	alignas(struct nlmsghdr) char buf[NL_REQUEST_SIZE];
	struct nlmsghdr *h = nl_request(buf, RTM_NEWTFILTER, 0);
	struct tcmsg *tcm;
	struct tc_detour d;

	tc_put_detour(h, 7, 9);
	tcm = mnl_nlmsg_get_payload(h);
	tcm->tcm_info = 7U << 16;
	CU_ASSERT_FALSE(tc_see_detour(h, &d));
	/* The hash table of the filter: our preference, no action. */
	h = nl_request(buf, RTM_NEWTFILTER, 0);
	tc_put_detour_key(h, 7);
	CU_ASSERT_FALSE(tc_see_detour(h, &d));
}

static void cut_messages_are_harmless(void)
{
	alignas(struct nlmsghdr) char buf[NL_REQUEST_SIZE];
	struct nlmsghdr *h = nl_request(buf, RTM_NEWTFILTER, 0);
	struct tc_detour d;
	struct tc_qdisc q;
	uint32_t full;

	tc_put_detour(h, 7, 9);
	full = h->nlmsg_len;
	for (h->nlmsg_len = NLMSG_HDRLEN; h->nlmsg_len < full; h->nlmsg_len++)
		(void)tc_see_detour(h, &d);
	h = nl_request(buf, RTM_NEWQDISC, 0);
	tc_put_shaper(h, 7, 1000000);
	full = h->nlmsg_len;
	h->nlmsg_len = NLMSG_HDRLEN;
	CU_ASSERT_FALSE(tc_see_qdisc(h, &q));
	for (; h->nlmsg_len < full; h->nlmsg_len++)
		(void)tc_see_qdisc(h, &q);
}

static const struct cu_case cases[] = {
	CU_CASE(rate_comes_back),
	CU_CASE(target_of_a_detour_comes_back),
	CU_CASE(class_and_its_queue_come_back),
	CU_CASE(control_comes_back_in_any_order),
	CU_CASE(control_that_was_changed_is_another),
	CU_CASE(filters_of_others_are_none_of_ours),
	CU_CASE(cut_messages_are_harmless),
};

CU_SUITE(tc, cases);
