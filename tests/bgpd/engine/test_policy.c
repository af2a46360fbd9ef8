/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policies that change while sessions live, and routes of our own.
 */
#include <stdlib.h>
#include <string.h>

#include "bgpd/policy/policy.h"
#include "lib/base/xalloc.h"
#include "tests/bgpd/engine/lab.h"

static void set_import(struct lab_node *n, const char *name)
{
	struct bgp_peer_conf c = *lab_view(n->p).conf;

	c.has_import = name != NULL;
	c.import_policy = name ? name : "";
	bgp_peer_reconf(n->p, &c);
}

static void set_export(struct lab_node *n, const char *name)
{
	struct bgp_peer_conf c = *lab_view(n->p).conf;

	c.has_export = name != NULL;
	c.export_policy = name ? name : "";
	bgp_peer_reconf(n->p, &c);
}

static void an_import_policy_changes_without_a_flap(void)
{
	struct lab lab;

	lab_init(&lab);
	lab_announce(&lab.b, 0, 600);
	lab_connect(&lab);
	bgp_engine_set_policy(lab.a.e, lab_policy_only("20.0.0.0/16", 32, 0)); /* 256 of them */
	set_import(&lab.a, "m");
	lab_settle(&lab);
	CU_ASSERT_EQUAL(lab_routes(&lab.a, 1, BGP_FAMILY_IP4), 256);
	CU_ASSERT_EQUAL(lab_view(lab.a.p).received, 1200);
	CU_ASSERT_EQUAL(lab_path(lab.a.i, "20.1.0.0/24")->reason, RIB_REASON_POLICY);
	bgp_engine_set_policy(lab.a.e, lab_policy_only("20.1.0.0/16", 32, 250));
	lab_settle(&lab);
	CU_ASSERT_EQUAL(lab_path(lab.a.i, "20.0.1.0/24")->reason, RIB_REASON_POLICY);
	CU_ASSERT_EQUAL(lab_attrs(&lab, lab_path(lab.a.i, "20.1.1.0/24"))->local_pref, 250);
	set_import(&lab.a, "no-such-map");
	lab_settle(&lab);
	CU_ASSERT_EQUAL(lab_routes(&lab.a, 1, BGP_FAMILY_IP4), 0);
	CU_ASSERT_EQUAL(lab_path(lab.a.i, "20.1.1.0/24")->reason, RIB_REASON_NO_POLICY);
	set_import(&lab.a, NULL);
	lab_settle(&lab);
	CU_ASSERT_EQUAL(lab_routes(&lab.a, 1, BGP_FAMILY_IP4), 600);
	CU_ASSERT_EQUAL(lab.a.fib.n_dead, 0);
	lab_check_fib(&lab.a, lab.a.i);
	lab_fini(&lab);
}

static void an_export_policy_changes_without_a_flap(void)
{
	struct lab lab;

	lab_init(&lab);
	lab_announce(&lab.b, 0, 600);
	lab_connect(&lab);
	bgp_engine_set_policy(lab.b.e, lab_policy_only("20.0.0.0/16", 32, 0));
	set_export(&lab.b, "m");
	lab_settle(&lab);
	CU_ASSERT_EQUAL(lab_view(lab.a.p).received, 256);
	CU_ASSERT_EQUAL(lab_view(lab.b.p).advertised, 256);
	bgp_engine_set_policy(lab.b.e, lab_policy_only("20.1.0.0/16", 32, 0));
	lab_announce(&lab.b, 1, 599); /* one of the old ones vanishes meanwhile */
	lab_settle(&lab);
	CU_ASSERT_EQUAL(lab_view(lab.a.p).received, 256);
	CU_ASSERT_PTR_NULL(lab_path(lab.a.i, "20.0.1.0/24"));
	CU_ASSERT_PTR_NOT_NULL(lab_path(lab.a.i, "20.1.1.0/24"));
	set_export(&lab.b, "no-such-map");
	lab_settle(&lab);
	CU_ASSERT_EQUAL(lab_view(lab.a.p).received, 0);
	set_export(&lab.b, NULL);
	lab_settle(&lab);
	CU_ASSERT_EQUAL(lab_view(lab.a.p).received, 2 * 599);
	CU_ASSERT_EQUAL(lab.a.fib.n_dead, 0);
	lab_check_fib(&lab.a, lab.a.i);
	lab_fini(&lab);
}

static uint64_t updates_from(const struct lab_node *n)
{
	return session_stats(lab_view(n->p).session)->msgs_out[BGP_MSG_UPDATE];
}

static void a_new_export_policy_says_only_what_is_new(void)
{
	struct lab lab;
	uint64_t n;

	lab_init(&lab);
	lab_announce(&lab.b, 0, 512);
	bgp_engine_set_policy(lab.b.e, lab_policy_only("20.0.0.0/15", 32, 0)); /* all */
	lab_connect(&lab);
	n = updates_from(&lab.b);
	set_export(&lab.b, "m"); /* IPv6 is denied, IPv4 stays: one message of withdrawals */
	lab_settle(&lab);
	CU_ASSERT_EQUAL(lab_view(lab.a.p).received, 512);
	CU_ASSERT_TRUE(updates_from(&lab.b) > n);
	n = updates_from(&lab.b);
	bgp_engine_set_policy(lab.b.e,
		lab_policy_only("20.0.0.0/14", 32, 0)); /* other words, same routes */
	lab_settle(&lab);
	CU_ASSERT_EQUAL(updates_from(&lab.b), n);
	bgp_engine_set_policy(lab.b.e, lab_policy_only("20.0.0.0/16", 32, 0));
	lab_settle(&lab);
	CU_ASSERT_EQUAL(updates_from(&lab.b), n + 1);
	CU_ASSERT_EQUAL(lab_view(lab.a.p).received, 256);
	CU_ASSERT_EQUAL(lab_view(lab.b.p).advertised, 256);
	lab_fini(&lab);
}

static void what_is_advertised_can_be_asked_for(void)
{
	struct lab lab;
	struct prefix p;
	struct wire_attrs at;
	enum rib_reason why;
	struct arena *ar = arena_new(4096);
	const struct rib *r;

	lab_init(&lab);
	lab_announce(&lab.b, 0, 3);
	lab_connect(&lab);
	r = bgp_instance_rib(lab.b.i, BGP_FAMILY_IP4);
	p = lab_nth(AF_INET, 1);
	CU_ASSERT_EQUAL(bgp_peer_advertised(lab.b.p, BGP_FAMILY_IP4, rib_find(r, &p), ar, &at,
				&why),
		0);
	CU_ASSERT_EQUAL(at.next_hop.b[3], 2);
	CU_ASSERT_EQUAL(at.as_path.len, 6);
	lab_fini(&lab);
	arena_free(ar);
}

static struct bgp_local local(const char *pfx, enum rib_source_kind kind, uint8_t gw)
{
	struct ip_addr a;

	CU_ASSERT_EQUAL(ip_parse("10.0.0.0", &a), 0);
	a.b[3] = gw;
	return (struct bgp_local){
		.pfx = lab_prefix(pfx),
		.kind = kind,
		.has_nh = true,
		.nh = nexthop_gateway(LAB_IFINDEX, &a, 0),
	};
}

static void routes_of_our_own_are_compared_as_a_set(void)
{
	const struct prefix p = lab_prefix("30.0.0.0/16");
	struct bgp_local v[4];
	struct lab lab;
	unsigned ops;

	lab_init(&lab);
	v[0] = local("30.0.0.0/16", RIB_SOURCE_STATIC, 9);
	v[1] = local("30.0.0.0/16", RIB_SOURCE_STATIC, 8);
	v[2] = local("30.1.0.0/16", RIB_SOURCE_CONNECTED, 7);
	v[3] = local("30.2.0.0/16", RIB_SOURCE_STATIC, 7);
	bgp_instance_set_locals(lab.a.i, v, 3);
	lab_settle(&lab);
	CU_ASSERT_EQUAL_FATAL(lab_routes(&lab.a, 1, BGP_FAMILY_IP4), 2);
	CU_ASSERT_EQUAL(lab_route(&lab.a, 1, &p)->n, 2);
	ops = lab.a.fib.n_ops;
	bgp_instance_set_locals(lab.a.i, v, 4);
	lab_settle(&lab);
	CU_ASSERT_EQUAL(lab.a.fib.n_ops, ops + 1); /* what stays is not touched */
	bgp_instance_set_locals(lab.a.i, v + 1, 1);
	lab_settle(&lab);
	CU_ASSERT_EQUAL(lab_routes(&lab.a, 1, BGP_FAMILY_IP4), 1);
	CU_ASSERT_EQUAL(lab_route(&lab.a, 1, &p)->n, 1);
	CU_ASSERT_EQUAL(lab_route(&lab.a, 1, &p)->nh[0].gw.b[3], 8);
	v[1].nh.ifindex = 0; /* its device is away */
	bgp_instance_set_locals(lab.a.i, v + 1, 1);
	lab_settle(&lab);
	CU_ASSERT_EQUAL(lab_routes(&lab.a, 1, BGP_FAMILY_IP4), 0);
	lab_fini(&lab);
}

static const struct cu_case cases[] = {
	CU_CASE(an_import_policy_changes_without_a_flap),
	CU_CASE(an_export_policy_changes_without_a_flap),
	CU_CASE(a_new_export_policy_says_only_what_is_new),
	CU_CASE(what_is_advertised_can_be_asked_for),
	CU_CASE(routes_of_our_own_are_compared_as_a_set),
};
CU_SUITE(policy, cases);
