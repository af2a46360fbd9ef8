/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Groups: what is said once, to whom, and in how many messages.
 */
#include <errno.h>
#include <string.h>

#include "lib/ds/ptable.h"
#include "tests/bgpd/export/rig.h"
#include "tests/cu_main.h"

static void clear_counts(struct rig *g)
{
	for (uint32_t i = 0; i < RIG_PEERS; i++) {
		g->peers[i].n_announced = 0;
		g->peers[i].n_withdrawn = 0;
		g->peers[i].n_messages = 0;
		g->peers[i].n_repeated = 0;
	}
}

static void fill(struct rig *g, uint32_t source, uint32_t set)
{
	for (uint32_t i = 0; i < RIG_PREFIXES; i++)
		rig_update(g, i, source, set, 0);
}

static void groups_become_one_when_they_may(void)
{
	struct rig g;

	rig_setup(&g);
	fill(&g, 5, 2);
	rig_join(&g, 0, 0, true);
	rig_settle(&g);
	export_hold_merges(g.e, true);
	rig_join(&g, 1, 0, false);
	rig_settle(&g);
	rig_compare(&g);
	CU_ASSERT_EQUAL(export_groups(g.e), 2);
	export_hold_merges(g.e, false);
	rig_settle(&g);
	rig_compare(&g);
	CU_ASSERT_EQUAL(export_groups(g.e), 1);
	rig_teardown(&g);
}

static void neighbours_of_one_key_share_a_group(void)
{
	struct rig g;

	rig_setup(&g);
	fill(&g, 5, 2);
	for (uint32_t i = 0; i < 4; i++)
		rig_join(&g, i, 0, true);
	CU_ASSERT_EQUAL(export_groups(g.e), 1);
	rig_join(&g, 4, 4, false);
	CU_ASSERT_EQUAL(export_groups(g.e), 2);
	rig_settle(&g);
	rig_compare(&g);
	rig_join(&g, 5, 0, false);
	CU_ASSERT_EQUAL(export_groups(g.e), 3); /* it has to catch up first */
	rig_settle(&g);
	CU_ASSERT_EQUAL(export_groups(g.e), 2);
	rig_compare(&g);
	rig_teardown(&g);
}

/* A slice ends by the clock, so on a busy machine there is one message for each few nets. */
static void one_set_fills_messages(void)
{
	const uint32_t most = RIG_PREFIXES / 8;
	struct rig g;

	rig_setup(&g);
	fill(&g, 5, 2);
	rig_join(&g, 0, 0, false);
	rig_settle(&g);
	CU_ASSERT_EQUAL(g.peers[0].n_announced, RIG_PREFIXES);
	CU_ASSERT(g.peers[0].n_messages >= 2); /* with End-of-RIB */
	CU_ASSERT(g.peers[0].n_messages <= most + 1);
	clear_counts(&g);
	for (uint32_t i = 0; i < RIG_PREFIXES; i++)
		rig_withdraw(&g, i, 5);
	rig_settle(&g);
	CU_ASSERT_EQUAL(g.peers[0].n_withdrawn, RIG_PREFIXES);
	CU_ASSERT(g.peers[0].n_messages >= 1);
	CU_ASSERT(g.peers[0].n_messages <= most);
	rig_compare(&g);
	rig_teardown(&g);
}

static void nothing_is_said_twice(void)
{
	struct rig g;

	rig_setup(&g);
	rig_join(&g, 0, 0, false);
	rig_settle(&g);
	fill(&g, 5, 2);
	rig_settle(&g);
	clear_counts(&g);
	fill(&g, 6, 2); /* shares the traffic: the journal speaks, neighbours need not hear */
	rig_settle(&g);
	fill(&g, 5, 3);
	fill(&g, 5, 2); /* as it was before anybody looked */
	rig_settle(&g);
	CU_ASSERT_EQUAL(g.peers[0].n_messages, 0);
	for (uint32_t i = 0; i < RIG_PREFIXES; i++)
		rig_withdraw(&g, i, 5); /* the other path has the same attributes */
	rig_settle(&g);
	CU_ASSERT_EQUAL(g.peers[0].n_messages, 0);
	rig_compare(&g);
	rig_teardown(&g);
}

/* A key of kind 0, and what it looks at: all prefixes have one set, and not one fate. */
static void tell_alike(struct rig *g, uint32_t n_told)
{
	export_reconf(g->peers[0].m, &g->peers[0].conf);
	rig_settle(g);
	clear_counts(g);
	fill(g, 5, 2);
	rig_settle(g);
	CU_ASSERT_EQUAL(g->peers[0].n_announced, n_told);
	rig_compare(g);
	fill(g, 5, 3);
	rig_settle(g);
	CU_ASSERT_EQUAL(export_count(g->peers[0].m), n_told);
	rig_compare(g);
}

static void what_waits_for_a_condition_is_known_by_its_prefix(void)
{
	struct rig g;

	rig_setup(&g);
	rig_join(&g, 0, 0, false);
	g.peers[0].conf.policy_set = g.policies;
	g.peers[0].conf.held_back = policy_find(g.policies, "deny"); /* permits two of three */
	tell_alike(&g, RIG_PREFIXES / 3);
	rig_teardown(&g);
}

static void what_a_summary_speaks_for_is_known_by_its_prefix(void)
{
	const struct ip_addr a = ip_from_v4(0x0a000000);
	const struct prefix first = prefix_make(&a, 22); /* four of them */
	struct ptable *summaries = ptable_new(AF_INET);
	struct rig g;

	ptable_set(summaries, &first, 1);
	rig_setup(&g);
	rig_join(&g, 0, 0, false);
	g.peers[0].conf.summaries = summaries;
	tell_alike(&g, RIG_PREFIXES - 4);
	rig_teardown(&g);
	ptable_free(summaries);
}

static void route_is_not_told_to_where_it_came_from(void)
{
	struct rig g;

	rig_setup(&g);
	for (uint32_t i = 0; i < 3; i++)
		rig_join(&g, i, 0, true);
	rig_settle(&g);
	clear_counts(&g);
	rig_update(&g, 0, 0, 2, 0);
	rig_settle(&g);
	CU_ASSERT_EQUAL(g.peers[0].n_announced, 0);
	CU_ASSERT_EQUAL(g.peers[1].n_announced, 1);
	CU_ASSERT_EQUAL(export_count(g.peers[0].m), 0);
	CU_ASSERT_EQUAL(export_count(g.peers[1].m), 1);
	/* The best path moves to the one of peer 1: it forgets, peer 0 learns, peer 2 hears. */
	rig_update(&g, 0, 0, 3, 0); /* a longer path */
	rig_update(&g, 0, 1, 1, 0);
	rig_settle(&g);
	CU_ASSERT_EQUAL(g.peers[0].n_announced, 1);
	CU_ASSERT_EQUAL(g.peers[1].n_withdrawn, 1);
	rig_compare(&g);
	clear_counts(&g);
	/* And between equal sets: only the two whose own path is concerned hear of it. */
	rig_update(&g, 0, 0, 1, 0);
	rig_settle(&g);
	CU_ASSERT_EQUAL(g.peers[0].n_withdrawn, 1);
	CU_ASSERT_EQUAL(g.peers[1].n_announced, 1);
	CU_ASSERT_EQUAL(g.peers[2].n_messages, 0);
	rig_compare(&g);
	rig_teardown(&g);
}

/* The outcome of one is remembered for the next: that is no reason to say it. */
static void what_was_told_is_not_repeated_beside_its_like(void)
{
	struct rig g;

	rig_setup(&g);
	for (uint32_t i = 0; i < 3; i++)
		rig_join(&g, i, 0, true);
	rig_update(&g, 0, 5, 2, 0);
	rig_update(&g, 1, 0, 1, 0);
	rig_update(&g, 1, 1, 1, 0);
	rig_settle(&g);
	clear_counts(&g);
	rig_update(&g, 2, 5, 2, 0);
	rig_update(&g, 0, 5, 3, 0);
	rig_update(&g, 0, 5, 2, 0); /* as it was before anybody looked */
	rig_settle(&g);
	CU_ASSERT_EQUAL(g.peers[0].n_announced, 1);
	CU_ASSERT_EQUAL(g.peers[0].n_repeated, 0);
	clear_counts(&g);
	/* From another source: the two whose own path is concerned hear of it. */
	rig_update(&g, 3, 1, 1, 0);
	rig_withdraw(&g, 1, 0);
	rig_settle(&g);
	CU_ASSERT_EQUAL(g.peers[0].n_announced, 2);
	CU_ASSERT_EQUAL(g.peers[1].n_withdrawn, 1);
	CU_ASSERT_EQUAL(g.peers[2].n_announced, 1);
	CU_ASSERT_EQUAL(g.peers[2].n_repeated, 0);
	rig_compare(&g);
	rig_teardown(&g);
}

/* RFC 2918 4, 7313 4. */
static void refresh_says_all_again_to_one_member(void)
{
	struct rig g;

	rig_setup(&g);
	fill(&g, 5, 2);
	rig_join(&g, 0, 0, false);
	rig_join(&g, 1, 0, false); /* with enhanced refresh */
	rig_settle(&g);
	clear_counts(&g);
	export_refresh(g.peers[1].m);
	export_refresh(g.peers[1].m); /* again before it began: once is enough */
	rig_settle(&g);
	CU_ASSERT_EQUAL(g.peers[0].n_messages, 0);
	CU_ASSERT_EQUAL(g.peers[1].n_repeated, RIG_PREFIXES);
	CU_ASSERT_EQUAL(g.peers[1].n_begin, 1);
	CU_ASSERT_EQUAL(g.peers[1].n_end, 1);
	CU_ASSERT_EQUAL(export_groups(g.e), 1);
	export_refresh(g.peers[0].m);
	rig_settle(&g);
	CU_ASSERT_EQUAL(g.peers[0].n_repeated, RIG_PREFIXES);
	CU_ASSERT_EQUAL(g.peers[0].n_begin, 0);
	rig_compare(&g);
	rig_teardown(&g);
}

static void new_configuration_withdraws_what_it_denies(void)
{
	struct rig g;

	rig_setup(&g);
	rig_join(&g, 0, 0, false);
	rig_join(&g, 1, 0, false);
	rig_settle(&g);
	fill(&g, 5, 2);
	rig_reconf(&g, 0, 0); /* no change */
	CU_ASSERT_EQUAL(export_groups(g.e), 1);
	rig_settle(&g);
	clear_counts(&g);
	fill(&g, 5, 3);
	CU_ASSERT_TRUE(loop_turn(g.loop)); /* it is queued, or said in part */
	rig_reconf(&g, 0, 3);
	rig_settle(&g);
	rig_compare(&g);
	CU_ASSERT_EQUAL(g.peers[0].n_withdrawn, RIG_PREFIXES / 3);
	CU_ASSERT_EQUAL(g.peers[1].n_withdrawn, 0);
	CU_ASSERT_EQUAL(g.peers[0].n_begin, 0);
	rig_reconf(&g, 0, 1);
	rig_settle(&g);
	CU_ASSERT_EQUAL(export_count(g.peers[0].m), 0);
	rig_reconf(&g, 0, 0);
	rig_settle(&g);
	CU_ASSERT_EQUAL(export_groups(g.e), 1);
	rig_compare(&g);
	rig_teardown(&g);
}

static void new_policy_repeats_nothing_that_stays(void)
{
	struct rig g;

	rig_setup(&g);
	for (uint32_t i = 0; i < 3; i++)
		rig_join(&g, i, 0, true);
	fill(&g, 5, 7); /* with a MED that must not leave */
	rig_settle(&g);
	clear_counts(&g);
	for (uint32_t i = 0; i < 3; i++)
		rig_reconf(&g, i, 5);
	CU_ASSERT_EQUAL(export_groups(g.e), 1); /* they move together */
	rig_settle(&g);
	CU_ASSERT_EQUAL(g.peers[1].n_announced, 0);
	CU_ASSERT_EQUAL(g.peers[1].n_withdrawn, RIG_PREFIXES / 3);
	CU_ASSERT_EQUAL(g.peers[1].n_messages, 1);
	rig_compare(&g);
	clear_counts(&g);
	rig_reconf(&g, 1, 0);
	rig_reconf(&g, 1, 5); /* before anything was said: back to what it was */
	rig_settle(&g);
	CU_ASSERT_EQUAL(g.peers[1].n_messages, 0);
	rig_reconf(&g, 0, 0);
	rig_settle(&g);
	CU_ASSERT_EQUAL(g.peers[0].n_announced, RIG_PREFIXES / 3);
	CU_ASSERT_EQUAL(g.peers[0].n_repeated, 0);
	CU_ASSERT_EQUAL(g.peers[1].n_messages, 0);
	rig_compare(&g);
	rig_teardown(&g);
}

static void an_equal_policy_from_a_later_commit_changes_nothing(void)
{
	struct policy_set *first;
	struct rig g;

	rig_setup(&g);
	first = g.policies;
	for (uint32_t i = 0; i < 3; i++)
		rig_join(&g, i, 3, true);
	fill(&g, 5, 2);
	rig_settle(&g);
	clear_counts(&g);
	g.policies = rig_policies();
	for (uint32_t i = 0; i < 3; i++)
		rig_reconf(&g, i, 3);
	policy_set_unref(first); /* nobody holds it any more */
	rig_join(&g, 4, 3, true);
	rig_settle(&g);
	CU_ASSERT_EQUAL(export_groups(g.e), 1);
	CU_ASSERT_EQUAL(g.peers[1].n_messages, 0);
	fill(&g, 5, 3);
	rig_settle(&g);
	rig_compare(&g);
	rig_teardown(&g);
}

static void new_next_hop_says_all_again(void)
{
	struct rig g;

	rig_setup(&g);
	rig_join(&g, 0, 0, false);
	fill(&g, 5, 2);
	rig_settle(&g);
	clear_counts(&g);
	g.peers[0].conf.next_hop = ip_from_v4(0x0a0000fd);
	export_reconf(g.peers[0].m, &g.peers[0].conf);
	rig_settle(&g);
	CU_ASSERT_EQUAL(g.peers[0].n_announced, RIG_PREFIXES);
	CU_ASSERT_EQUAL(g.peers[0].n_withdrawn, 0);
	rig_compare(&g);
	rig_teardown(&g);
}

static void a_mute_member_takes_back_what_it_said(void)
{
	const struct prefix pfx = rig_prefix(3);
	enum rib_reason why;
	struct wire_attrs out;
	struct rig g;

	rig_setup(&g);
	rig_join(&g, 0, 0, false);
	rig_join(&g, 1, 6, false);
	fill(&g, 5, 2);
	rig_settle(&g);
	CU_ASSERT_EQUAL(g.peers[1].n_eor, 1);
	CU_ASSERT_EQUAL(g.peers[1].n_announced, 0);
	rig_reconf(&g, 0, 6);
	rig_settle(&g);
	CU_ASSERT_EQUAL(g.peers[0].n_withdrawn, RIG_PREFIXES);
	CU_ASSERT_EQUAL(export_attrs(g.e, &g.peers[0].conf, rib_find(g.rib, &pfx), g.arena, &out,
				&why),
		-ENOENT);
	CU_ASSERT_EQUAL(why, RIB_REASON_NO_POLICY);
	rig_compare(&g);
	rig_teardown(&g);
}

/* Attributes that do not fit into a message: the route is withdrawn, not left as it was. */
static void route_with_too_long_attributes_is_forgotten(void)
{
	static const uint8_t comms[5000];
	struct wire_attrs w = { .has = WIRE_HAS_ORIGIN, .communities = { comms, sizeof(comms) } };
	struct rib_offer o = { .pfx = rig_prefix(1) };
	enum rib_reason why = RIB_REASON_NONE;
	struct wire_attrs out;
	struct rig g;

	rig_setup(&g);
	rig_join(&g, 0, 0, false);
	fill(&g, 5, 2);
	rig_settle(&g);
	o.in = attrs_get(g.at, &w);
	o.attrs = o.in;
	CU_ASSERT_EQUAL(rib_update(g.rib, g.src[5], &o), 0);
	rig_settle(&g);
	CU_ASSERT_PTR_NULL(g.peers[0].replica[1]);
	CU_ASSERT_EQUAL(export_count(g.peers[0].m), RIG_PREFIXES - 1);
	CU_ASSERT_FALSE(export_has(g.peers[0].m, rib_find(g.rib, &o.pfx)));
	CU_ASSERT_EQUAL(export_attrs(g.e, &g.peers[0].conf, rib_find(g.rib, &o.pfx), g.arena, &out,
				&why),
		-ENOENT);
	CU_ASSERT_EQUAL(why, RIB_REASON_EXPORT_TOO_LONG);
	rig_compare(&g);
	rig_update(&g, 1, 5, 2, 0);
	rig_settle(&g);
	rig_compare(&g);
	attrs_unref(g.at, o.in);
	rig_teardown(&g);
}

/* RFC 4724 4.1: routes go out, the end does not. */
static void end_of_rib_can_be_held_back(void)
{
	struct rig g;

	rig_setup(&g);
	export_hold_end_of_rib(g.e, true);
	fill(&g, 5, 2);
	rig_join(&g, 0, 0, false);
	rig_settle(&g);
	CU_ASSERT_EQUAL(g.peers[0].n_announced, RIG_PREFIXES);
	CU_ASSERT_EQUAL(g.peers[0].n_eor, 0);
	rig_join(&g, 1, 0, false);
	rig_settle(&g);
	CU_ASSERT_EQUAL(export_groups(g.e), 1);
	rig_update(&g, 1, 5, 3, 0);
	export_hold_end_of_rib(g.e, false);
	rig_join(&g, 2, 0, false);
	rig_settle(&g);
	for (uint32_t i = 0; i < 3; i++) {
		CU_ASSERT_EQUAL(g.peers[i].n_eor, 1);
		CU_ASSERT_EQUAL(g.peers[i].n_synced, 1);
	}
	CU_ASSERT_EQUAL(export_groups(g.e), 1);
	rig_compare(&g);
	rig_teardown(&g);
}

static const struct cu_case cases[] = {
	CU_CASE(end_of_rib_can_be_held_back),
	CU_CASE(groups_become_one_when_they_may),
	CU_CASE(neighbours_of_one_key_share_a_group),
	CU_CASE(one_set_fills_messages),
	CU_CASE(nothing_is_said_twice),
	CU_CASE(what_was_told_is_not_repeated_beside_its_like),
	CU_CASE(what_waits_for_a_condition_is_known_by_its_prefix),
	CU_CASE(what_a_summary_speaks_for_is_known_by_its_prefix),
	CU_CASE(route_is_not_told_to_where_it_came_from),
	CU_CASE(refresh_says_all_again_to_one_member),
	CU_CASE(new_configuration_withdraws_what_it_denies),
	CU_CASE(new_policy_repeats_nothing_that_stays),
	CU_CASE(an_equal_policy_from_a_later_commit_changes_nothing),
	CU_CASE(new_next_hop_says_all_again),
	CU_CASE(a_mute_member_takes_back_what_it_said),
	CU_CASE(route_with_too_long_attributes_is_forgotten),
};
CU_SUITE(group, cases);
