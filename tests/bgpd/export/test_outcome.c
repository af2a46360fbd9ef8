/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What leaves, with which attributes, and the reason if it does not.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bgpd/wire/aspath.h"
#include "tests/bgpd/export/rig.h"
#include "tests/cu_main.h"

struct rule {
	const char *name;
	uint32_t kind; /* of the peer: see rig_join */
	uint32_t source;
	uint32_t set; /* 4: no-export, 9: no-advertise, 2: plain */
	uint8_t flags;
	enum rib_reason why;
};

static const struct rule rules[] = {
	{ "bgp to all", 0, 5, 2, 0, RIB_REASON_NONE },
	{ "peering to all", 0, RIG_PEERING, 2, 0, RIB_REASON_NONE },
	{ "static is no route of ours to tell", 0, RIG_STATIC, 2, 0,
		RIB_REASON_EXPORT_NOT_ADVERTISED },
	{ "network statement to all", 0, RIG_STATIC, 2, RIB_PATH_LOCAL, RIB_REASON_NONE },
	{ "connected to nobody", 0, RIG_CONNECTED, 2, 0, RIB_REASON_EXPORT_NOT_ADVERTISED },
	{ "default: no learned route", 1, 5, 2, 0, RIB_REASON_EXPORT_NOT_ADVERTISED },
	{ "default: network statement", 1, RIG_STATIC, 2, RIB_PATH_LOCAL, RIB_REASON_NONE },
	{ "default: CIDR of a peered VPC", 1, RIG_PEERING, 2, RIB_PATH_CIDR, RIB_REASON_NONE },
	{ "default: other peering route", 1, RIG_PEERING, 2, 0, RIB_REASON_EXPORT_NOT_ADVERTISED },
	{ "eBGP route to iBGP", 2, 5, 2, 0, RIB_REASON_NONE },
	{ "iBGP route to iBGP", 2, RIG_IBGP, 2, 0, RIB_REASON_EXPORT_IBGP },
	{ "iBGP route to eBGP", 0, RIG_IBGP, 2, 0, RIB_REASON_NONE },
	{ "no-export to eBGP", 0, 5, 4, 0, RIB_REASON_EXPORT_NO_EXPORT },
	{ "no-export to iBGP", 2, 5, 4, 0, RIB_REASON_NONE },
	{ "no-advertise to iBGP", 2, 5, 9, 0, RIB_REASON_EXPORT_NO_ADVERTISE },
	{ "policy denies the first prefix", 3, 5, 2, 0, RIB_REASON_POLICY },
	{ "refused on import", 0, 5, 0, 0, RIB_REASON_EXPORT_NO_PATH },
};

/* RFC 1997. */
static void rules_of_what_leaves(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		const struct rule *r = &rules[i];
		enum rib_reason why = RIB_REASON_COUNT;
		const struct prefix pfx = rig_prefix(0);
		struct wire_attrs out;
		struct rig g;
		int ret;

		rig_setup(&g);
		rig_join(&g, 0, r->kind, true);
		rig_update(&g, 0, r->source, r->set, r->flags);
		ret = export_attrs(g.e, &g.peers[0].conf, rib_find(g.rib, &pfx), g.arena, &out,
			&why);
		CU_ASSERT_EQUAL(why, r->why);
		CU_ASSERT_EQUAL(ret, r->why ? -ENOENT : 0);
		if (why != r->why)
			printf("# rule: %s\n", r->name);
		rig_settle(&g);
		rig_compare(&g);
		rig_teardown(&g);
	}
}

static void ask(struct rig *g, uint32_t peer, struct wire_attrs *out)
{
	const struct prefix pfx = rig_prefix(1);

	CU_ASSERT_EQUAL_FATAL(export_attrs(g->e, &g->peers[peer].conf, rib_find(g->rib, &pfx),
				      g->arena, out, NULL),
		0);
}

/* RFC 4271 5.1.2, 4360 6. */
static void external_neighbour_gets_our_as_in_front_and_no_internals(void)
{
	struct wire_attrs out;
	struct rig g;

	rig_setup(&g);
	rig_join(&g, 0, 0, false);
	rig_update(&g, 1, 5, 7, 0); /* with MED and an unknown attribute */
	ask(&g, 0, &out);
	CU_ASSERT_EQUAL(aspath_first(out.as_path), 65000);
	CU_ASSERT_EQUAL(aspath_length(out.as_path), g.sets[7]->path_len + 1u);
	CU_ASSERT_FALSE(out.has & (WIRE_HAS_MED | WIRE_HAS_LOCAL_PREF));
	CU_ASSERT_TRUE(ip_is_equal(&out.next_hop, &g.peers[0].conf.next_hop));
	CU_ASSERT_EQUAL(out.unknown.len, 6);
	/* RFC 4360 6: the non-transitive one stays behind */
	CU_ASSERT_EQUAL_FATAL(out.ext_communities.len, 8);
	CU_ASSERT_EQUAL(out.ext_communities.p[0], 0);
	CU_ASSERT_EQUAL(out.ext_communities.p[7], 7);
	rig_teardown(&g);
}

/* RFC 4271 5.1.5. */
static void internal_neighbour_gets_local_preference_and_med(void)
{
	struct wire_attrs out;
	struct rig g;

	rig_setup(&g);
	rig_join(&g, 0, 2, false);
	rig_update(&g, 1, 5, 7, 0);
	ask(&g, 0, &out);
	CU_ASSERT_EQUAL(aspath_length(out.as_path), g.sets[7]->path_len);
	CU_ASSERT_TRUE(out.has & WIRE_HAS_LOCAL_PREF);
	CU_ASSERT_EQUAL(out.local_pref, 100);
	CU_ASSERT_TRUE(out.has & WIRE_HAS_MED);
	CU_ASSERT_EQUAL(out.med, 7);
	CU_ASSERT_EQUAL(out.ext_communities.len, 16);
	rig_teardown(&g);
}

/* RFC 4271 5.1.4. */
static void med_that_policy_sets_leaves_and_starts_from_nothing(void)
{
	struct wire_attrs out;
	struct rig g;

	rig_setup(&g);
	rig_join(&g, 0, 3, false);
	rig_update(&g, 1, RIG_PEERING, 7, 0);
	ask(&g, 0, &out);
	CU_ASSERT_TRUE(out.has & WIRE_HAS_MED);
	CU_ASSERT_EQUAL(out.med, 40);
	rig_update(&g, 1, 5, 7, 0);
	rig_withdraw(&g, 1, RIG_PEERING);
	ask(&g, 0, &out);
	CU_ASSERT_FALSE(out.has & WIRE_HAS_MED);
	CU_ASSERT_EQUAL(aspath_length(out.as_path), g.sets[7]->path_len + 2u);
	rig_teardown(&g);
}

/* RFC 9234 5: never up or sideways again; the mark is ours only where there is none. */
static void only_to_customers_goes_only_to_customers(void)
{
	static const struct {
		enum bgp_role role;
		bool has; /* the route has it, of AS 7 */
		enum rib_reason why;
		uint32_t otc;
	} rows[] = {
		{ BGP_ROLE_NONE, false, RIB_REASON_NONE, 0 },
		{ BGP_ROLE_NONE, true, RIB_REASON_NONE, 7 },
		{ BGP_ROLE_PROVIDER, false, RIB_REASON_NONE, 65000 },
		{ BGP_ROLE_PROVIDER, true, RIB_REASON_NONE, 7 },
		{ BGP_ROLE_RS, false, RIB_REASON_NONE, 65000 },
		{ BGP_ROLE_RS, true, RIB_REASON_NONE, 7 },
		{ BGP_ROLE_RS_CLIENT, false, RIB_REASON_NONE, 0 },
		{ BGP_ROLE_RS_CLIENT, true, RIB_REASON_EXPORT_OTC, 0 },
		{ BGP_ROLE_CUSTOMER, false, RIB_REASON_NONE, 0 },
		{ BGP_ROLE_CUSTOMER, true, RIB_REASON_EXPORT_OTC, 0 },
		{ BGP_ROLE_PEER, false, RIB_REASON_NONE, 65000 },
		{ BGP_ROLE_PEER, true, RIB_REASON_EXPORT_OTC, 0 },
	};
	const struct prefix pfx = rig_prefix(1);
	struct wire_attrs w;
	struct rig g;

	rig_setup(&g);
	attrs_to_wire(g.sets[2], &w);
	w.has |= WIRE_HAS_OTC;
	w.otc = 7;
	attrs_unref(g.at, g.sets[3]);
	g.sets[3] = attrs_get(g.at, &w);
	rig_join(&g, 0, 0, false);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct export_conf conf = g.peers[0].conf;
		enum rib_reason why = RIB_REASON_COUNT;
		struct wire_attrs out = { 0 };

		rig_update(&g, 1, 5, rows[i].has ? 3 : 2, 0);
		conf.role = (uint8_t)rows[i].role;
		(void)export_attrs(g.e, &conf, rib_find(g.rib, &pfx), g.arena, &out, &why);
		CU_ASSERT_EQUAL(why, rows[i].why);
		if (why == RIB_REASON_NONE)
			CU_ASSERT_EQUAL(out.has & WIRE_HAS_OTC ? out.otc : 0, rows[i].otc);
	}
	rig_teardown(&g);
}

/* RFC 9494 4.3 and 4.6: who does not know such routes gets none, but inside, as the last resort. */
static void long_lived_stale_goes_to_those_that_know_it(void)
{
	static const uint8_t list[] = { 0xff, 0xff, 0, 6 };
	static const uint8_t with_no_export[] = { 0xff, 0xff, 0, 6, 0xff, 0xff, 0xff, 1 };
	static const struct {
		bool ibgp;
		bool knows;
		enum rib_reason why;
		uint32_t local_pref;
		uint16_t len; /* of communities */
	} rows[] = {
		{ false, true, RIB_REASON_NONE, 0, 4 },
		{ false, false, RIB_REASON_EXPORT_LLGR_STALE, 0, 0 },
		{ true, true, RIB_REASON_NONE, 100, 4 },
		{ true, false, RIB_REASON_NONE, 0, 8 },
	};
	const struct prefix pfx = rig_prefix(1);
	struct wire_attrs w;
	struct rig g;

	rig_setup(&g);
	attrs_to_wire(g.sets[2], &w);
	w.communities = (struct octets){ list, sizeof(list) };
	attrs_unref(g.at, g.sets[3]);
	g.sets[3] = attrs_get(g.at, &w);
	rig_join(&g, 0, 0, false);
	rig_update(&g, 1, 5, 3, 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct export_conf conf = g.peers[0].conf;
		enum rib_reason why = RIB_REASON_COUNT;
		struct wire_attrs out = { 0 };

		conf.wire.ibgp = rows[i].ibgp;
		conf.wire.llgr = rows[i].knows;
		(void)export_attrs(g.e, &conf, rib_find(g.rib, &pfx), g.arena, &out, &why);
		CU_ASSERT_EQUAL(why, rows[i].why);
		CU_ASSERT_EQUAL(out.communities.len, rows[i].len);
		if (why != RIB_REASON_NONE)
			continue;
		CU_ASSERT_EQUAL(memcmp(out.communities.p, with_no_export, rows[i].len), 0);
		CU_ASSERT_EQUAL(out.has & WIRE_HAS_LOCAL_PREF ? out.local_pref : 0,
			rows[i].local_pref);
	}
	rig_teardown(&g);
}

/* Two neighbours that differ in their roles alone hear different octets: no common group. */
static void a_role_is_part_of_the_key_of_a_group(void)
{
	struct rig g;

	rig_setup(&g);
	rig_join(&g, 0, 0, false);
	rig_join(&g, 1, 0, false);
	rig_settle(&g);
	CU_ASSERT_EQUAL(export_groups(g.e), 1);
	g.peers[1].conf.role = BGP_ROLE_PROVIDER;
	export_reconf(g.peers[1].m, &g.peers[1].conf);
	rig_settle(&g);
	CU_ASSERT_EQUAL(export_groups(g.e), 2);
	rig_teardown(&g);
}

static void network_statement_goes_before_a_better_path(void)
{
	struct wire_attrs out;
	struct rig g;

	rig_setup(&g);
	rig_join(&g, 0, 1, true);
	rig_update(&g, 1, 0, 2, 0); /* the neighbour's own route is the best path */
	rig_update(&g, 1, RIG_STATIC, 3, RIB_PATH_LOCAL);
	ask(&g, 0, &out);
	CU_ASSERT_EQUAL(aspath_length(out.as_path), g.sets[3]->path_len + 1u);
	rig_settle(&g);
	rig_compare(&g);
	rig_teardown(&g);
}

static const struct cu_case cases[] = {
	CU_CASE(rules_of_what_leaves),
	CU_CASE(external_neighbour_gets_our_as_in_front_and_no_internals),
	CU_CASE(internal_neighbour_gets_local_preference_and_med),
	CU_CASE(med_that_policy_sets_leaves_and_starts_from_nothing),
	CU_CASE(only_to_customers_goes_only_to_customers),
	CU_CASE(long_lived_stale_goes_to_those_that_know_it),
	CU_CASE(a_role_is_part_of_the_key_of_a_group),
	CU_CASE(network_statement_goes_before_a_better_path),
};
CU_SUITE(outcome, cases);
