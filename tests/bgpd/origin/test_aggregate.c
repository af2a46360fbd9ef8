/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Aggregates: when they exist, with which attributes, and what they suppress.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/xalloc.h"
#include "tests/bgpd/engine/lab.h"

static void aggregate(struct lab *lab, const char *prefix, bool summary_only)
{
	struct bgp_aggregate a = { .summary_only = summary_only };

	if (prefix)
		a.pfx = lab_prefix(prefix);
	bgp_instance_set_aggregates(lab->a.i, &a, prefix ? 1 : 0);
	lab_settle(lab);
}

static const struct rib_path *heard(const struct lab *lab, const char *prefix)
{
	return lab_path(lab->b.i, prefix);
}

/* Kind of the next hop that a prefix has in the kernel of node a, -1 = no route. */
static int kernel(const struct lab *lab, const char *prefix)
{
	const struct prefix p = lab_prefix(prefix);
	const struct nhgroup *g = lab_route(&lab->a, 1, &p);

	return g ? (int)g->nh[0].kind : -1;
}

static enum rib_reason why(const struct lab *lab, const char *prefix)
{
	const struct prefix p = lab_prefix(prefix);
	const enum bgp_family f = p.family == AF_INET6 ? BGP_FAMILY_IP6 : BGP_FAMILY_IP4;
	const uint32_t net = rib_find(bgp_instance_rib(lab->a.i, f), &p);
	struct arena *a = arena_new(1024);
	enum rib_reason reason = RIB_REASON_COUNT;
	struct wire_attrs w;

	if (net)
		(void)bgp_peer_advertised(lab->a.p, f, net, a, &w, &reason);
	arena_free(a);
	return reason;
}

static void it_exists_while_a_more_specific_route_does(void)
{
	const struct rib_path *p;
	struct wire_attrs at;
	struct lab lab;

	lab_init(&lab);
	lab_connect(&lab);
	aggregate(&lab, "20.0.0.0/16", false);
	CU_ASSERT_PTR_NULL(heard(&lab, "20.0.0.0/16"));
	CU_ASSERT_EQUAL(kernel(&lab, "20.0.0.0/16"), -1);
	lab_announce(&lab.a, 0, 3);
	lab_settle(&lab);
	p = heard(&lab, "20.0.0.0/16");
	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	CU_ASSERT_TRUE(lab_in(&lab, p)->has & WIRE_HAS_ATOMIC_AGGREGATE);
	CU_ASSERT_TRUE(lab_in(&lab, p)->has & WIRE_HAS_AGGREGATOR);
	attrs_to_wire(lab_in(&lab, p), &at);
	CU_ASSERT_EQUAL(at.aggregator_as, RIG_AS_A);
	CU_ASSERT_EQUAL(at.aggregator_id, RIG_ID_A);
	CU_ASSERT_EQUAL(lab_in(&lab, p)->path_len, 1); /* ours alone */
	CU_ASSERT_EQUAL(lab_in(&lab, p)->origin, BGP_ORIGIN_IGP);
	CU_ASSERT_EQUAL(kernel(&lab, "20.0.0.0/16"), NEXTHOP_KIND_BLACKHOLE);
	CU_ASSERT_PTR_NOT_NULL(heard(&lab, "20.0.1.0/24"));
	CU_ASSERT_PTR_NULL(heard(&lab, "2a01::/16"));
	lab_announce(&lab.a, 2, 1); /* the last one that is left */
	lab_settle(&lab);
	CU_ASSERT_PTR_NOT_NULL(heard(&lab, "20.0.0.0/16"));
	lab_announce(&lab.a, 256, 3); /* 20.1.x: no part of it */
	lab_settle(&lab);
	CU_ASSERT_PTR_NULL(heard(&lab, "20.0.0.0/16"));
	CU_ASSERT_EQUAL(kernel(&lab, "20.0.0.0/16"), -1);
	lab_fini(&lab);
}

static void a_summary_speaks_for_its_parts(void)
{
	struct lab lab;

	lab_init(&lab);
	lab_announce(&lab.a, 0, 300); /* 20.0.x and 20.1.x */
	lab_connect(&lab);
	aggregate(&lab, "20.0.0.0/16", true);
	CU_ASSERT_PTR_NOT_NULL(heard(&lab, "20.0.0.0/16"));
	CU_ASSERT_PTR_NULL(heard(&lab, "20.0.7.0/24"));
	CU_ASSERT_PTR_NOT_NULL(heard(&lab, "20.1.7.0/24"));
	CU_ASSERT_EQUAL(why(&lab, "20.0.7.0/24"), RIB_REASON_EXPORT_SUPPRESSED);
	CU_ASSERT_EQUAL(why(&lab, "20.0.0.0/16"), RIB_REASON_NONE);
	CU_ASSERT_EQUAL(lab_view(lab.a.p).advertised, 300 + 44 + 1);
	aggregate(&lab, "20.0.0.0/16", false); /* live, without a flap of itself */
	CU_ASSERT_PTR_NOT_NULL(heard(&lab, "20.0.7.0/24"));
	CU_ASSERT_EQUAL(lab_view(lab.a.p).advertised, 600 + 1);
	aggregate(&lab, "20.0.0.0/16", true);
	CU_ASSERT_PTR_NULL(heard(&lab, "20.0.7.0/24"));
	aggregate(&lab, NULL, false);
	CU_ASSERT_PTR_NULL(heard(&lab, "20.0.0.0/16"));
	CU_ASSERT_PTR_NOT_NULL(heard(&lab, "20.0.7.0/24"));
	CU_ASSERT_EQUAL(lab_view(lab.a.p).advertised, 600);
	CU_ASSERT_EQUAL(lab.b.fib.n_dead, 0);
	lab_check_fib(&lab.a, lab.a.i);
	lab_fini(&lab);
}

static void a_real_route_carries_the_traffic(void)
{
	struct bgp_local v[2] = {
		{ .pfx = lab_prefix("20.0.1.0/24"),
			.kind = RIB_SOURCE_STATIC,
			.flags = RIB_PATH_LOCAL },
		{ .pfx = lab_prefix("20.0.0.0/16"), .kind = RIB_SOURCE_STATIC, .has_nh = true },
	};
	struct lab lab;

	lab_init(&lab);
	lab_connect(&lab);
	v[1].nh = nexthop_device(LAB_IFINDEX);
	bgp_instance_set_locals(lab.a.i, v, 2);
	aggregate(&lab, "20.0.0.0/16", false);
	CU_ASSERT_EQUAL(kernel(&lab, "20.0.0.0/16"), NEXTHOP_KIND_DEVICE);
	CU_ASSERT_PTR_NOT_NULL(heard(&lab, "20.0.0.0/16")); /* announced all the same */
	bgp_instance_set_locals(lab.a.i, v, 1);
	lab_settle(&lab);
	CU_ASSERT_EQUAL(kernel(&lab, "20.0.0.0/16"), NEXTHOP_KIND_BLACKHOLE);
	lab_fini(&lab);
}

static void the_worst_origin_counts_and_aggregates_do_not_lean_on_each_other(void)
{
	struct bgp_aggregate v[2] = {
		{ .pfx = lab_prefix("20.0.0.0/8") },
		{ .pfx = lab_prefix("20.0.0.0/16") },
	};
	struct wire_attrs at = lab_raw_attrs(AF_INET);
	const struct rib_path *p;
	struct bgp_peer_conf c;
	struct lab_raw raw;
	struct lab lab;
	struct prefix pfx;
	uint32_t net;

	memset(&raw, 0, sizeof(raw));
	lab_init(&lab);
	bgp_instance_set_aggregates(lab.a.i, v, 2);
	c = lab_peer_conf(&lab.a);
	c.session.passive = true;
	lab.a.p = bgp_peer_new(lab.a.i, &c);
	CU_ASSERT_TRUE_FATAL(lab_raw_up(&raw, &lab, false));
	lab_raw_say(&raw, "20.0.1.0/24", &at);
	at.origin = BGP_ORIGIN_INCOMPLETE;
	lab_raw_say(&raw, "20.0.2.0/24", &at);
	lab_settle(&lab);
	pfx = lab_prefix("20.0.0.0/8");
	net = rib_find(bgp_instance_rib(lab.a.i, BGP_FAMILY_IP4), &pfx);
	p = net ? rib_net_best(bgp_instance_rib(lab.a.i, BGP_FAMILY_IP4), net) : NULL;
	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	CU_ASSERT_EQUAL(lab_attrs(&lab, p)->origin, BGP_ORIGIN_INCOMPLETE);
	lab_raw_say(&raw, "20.0.2.0/24", NULL);
	lab_settle(&lab);
	p = rib_net_best(bgp_instance_rib(lab.a.i, BGP_FAMILY_IP4), net);
	CU_ASSERT_EQUAL(lab_attrs(&lab, p)->origin, BGP_ORIGIN_IGP);
	lab_raw_say(&raw, "20.0.1.0/24", NULL);
	lab_settle(&lab);
	CU_ASSERT_EQUAL(kernel(&lab, "20.0.0.0/8"), -1);
	CU_ASSERT_EQUAL(kernel(&lab, "20.0.0.0/16"), -1);
	raw_close(&raw.raw);
	lab_fini(&lab);
}

static void a_policy_chooses_who_counts(void)
{
	struct bgp_aggregate a = { .pfx = lab_prefix("20.0.0.0/16"), .policy = "m" };
	struct lab lab;

	lab_init(&lab);
	lab_connect(&lab);
	bgp_engine_set_policy(lab.a.e, lab_policy_only("20.0.9.0/24", 0, 0));
	lab_announce(&lab.a, 0, 3);
	bgp_instance_set_aggregates(lab.a.i, &a, 1);
	lab_settle(&lab);
	CU_ASSERT_PTR_NULL(heard(&lab, "20.0.0.0/16"));
	lab_announce(&lab.a, 0, 10);
	lab_settle(&lab);
	CU_ASSERT_PTR_NOT_NULL(heard(&lab, "20.0.0.0/16"));
	bgp_engine_set_policy(lab.a.e, lab_policy_only("20.0.77.0/24", 0, 0));
	lab_settle(&lab);
	CU_ASSERT_PTR_NULL(heard(&lab, "20.0.0.0/16"));
	lab_fini(&lab);
}

/* Against the definition: some route strictly inside exists. */
static void random_changes_leave_no_doubt(void)
{
	struct bgp_aggregate v[3] = {
		{ .pfx = lab_prefix("20.0.0.0/16") },
		{ .pfx = lab_prefix("20.0.0.0/22"), .summary_only = true },
		{ .pfx = lab_prefix("20.1.0.0/24") },
	};
	struct lab lab;

	lab_init(&lab);
	lab_connect(&lab);
	bgp_instance_set_aggregates(lab.a.i, v, 3);
	for (unsigned round = 0; round < 40; round++) {
		const uint32_t first = cu_random_below(400);
		const uint32_t n = cu_random_below(8);

		lab_announce(&lab.a, first, n);
		if (cu_random_below(4) == 0)
			bgp_instance_set_aggregates(lab.a.i, v, 1 + cu_random_below(3));
		bgp_instance_set_aggregates(lab.a.i, v, 3);
		lab_settle(&lab);
		CU_ASSERT_EQUAL(heard(&lab, "20.0.0.0/16") != NULL, n > 0 && first < 256);
		CU_ASSERT_EQUAL(kernel(&lab, "20.0.0.0/22") >= 0, n > 0 && first < 4);
		CU_ASSERT_EQUAL(kernel(&lab, "20.1.0.0/24"), -1); /* an equal one is no part */
		if (n > 0 && first < 4)
			CU_ASSERT_EQUAL(why(&lab, "20.0.3.0/24") == RIB_REASON_NONE, false);
	}
	lab_fini(&lab);
}

static const struct cu_case cases[] = {
	CU_CASE(it_exists_while_a_more_specific_route_does),
	CU_CASE(a_summary_speaks_for_its_parts),
	CU_CASE(a_real_route_carries_the_traffic),
	CU_CASE(the_worst_origin_counts_and_aggregates_do_not_lean_on_each_other),
	CU_CASE(a_policy_chooses_who_counts),
	CU_CASE(random_changes_leave_no_doubt),
};
CU_SUITE(aggregate, cases);
