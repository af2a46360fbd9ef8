/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Groups with ADD-PATH: identifiers, modes, split horizon of each path, and that the others do not
 * notice. Random changes of all kinds are in test_model.c.
 */
#include <errno.h>

#include "tests/bgpd/export/rig.h"
#include "tests/cu_main.h"

enum {
	ALL = 8,
	BEST_TWO = 9,
	ECMP = 10
};

static void begin(struct rig *g, uint32_t kind, uint32_t n_peers, bool own)
{
	rig_setup(g);
	for (uint32_t i = 0; i < n_peers; i++)
		rig_join(g, i, kind, own);
	rig_settle(g);
}

static uint32_t count(const struct rig *g, uint32_t peer)
{
	uint32_t id;

	return rig_paths(g, peer, 1, &id);
}

static void a_path_keeps_its_id_while_it_lives(void)
{
	uint32_t id = 0;
	uint32_t again = 0;
	struct rig g;

	begin(&g, ALL, 1, false);
	rig_update_path(&g, 1, 1, 77, 1, 0);
	rig_settle(&g);
	CU_ASSERT_EQUAL(rig_paths(&g, 0, 1, &id), 1);
	CU_ASSERT_NOT_EQUAL(id, 77); /* the id that came in means nothing outside */
	for (uint32_t set = 2; set < 4; set++) {
		rig_update_path(&g, 1, 1, 77, set, 0);
		rig_settle(&g);
		CU_ASSERT_EQUAL(rig_paths(&g, 0, 1, &again), 1);
		CU_ASSERT_EQUAL(again, id);
	}
	CU_ASSERT_EQUAL(g.peers[0].n_withdrawn, 0);
	CU_ASSERT_EQUAL(g.peers[0].n_announced, 3);
	rig_compare(&g);
	rig_teardown(&g);
}

static void paths_of_one_neighbour_are_told_apart(void)
{
	struct rig g;

	begin(&g, ALL, 1, false);
	rig_update_path(&g, 1, 1, 5, 1, 0);
	rig_update_path(&g, 1, 1, 9, 1, 0);
	rig_settle(&g);
	CU_ASSERT_EQUAL(count(&g, 0), 2);
	CU_ASSERT_EQUAL(export_count(g.peers[0].m), 2);
	rig_withdraw_path(&g, 1, 1, 5);
	rig_settle(&g);
	CU_ASSERT_EQUAL(count(&g, 0), 1);
	CU_ASSERT_EQUAL(g.peers[0].n_withdrawn, 1);
	rig_compare(&g);
	rig_teardown(&g);
}

static void a_path_is_not_told_to_where_it_came_from(void)
{
	struct rig g;

	begin(&g, ALL, 3, true);
	CU_ASSERT_EQUAL(export_groups(g.e), 1);
	rig_update(&g, 1, 0, 1, 0);
	rig_update(&g, 1, 1, 2, 0);
	rig_settle(&g);
	CU_ASSERT_EQUAL(export_groups(g.e), 1);
	CU_ASSERT_EQUAL(count(&g, 0), 1);
	CU_ASSERT_EQUAL(count(&g, 1), 1);
	CU_ASSERT_EQUAL(count(&g, 2), 2);
	CU_ASSERT_EQUAL(export_count(g.peers[0].m), 1);
	CU_ASSERT_EQUAL(export_count(g.peers[2].m), 2);
	rig_compare(&g);
	rig_teardown(&g);
}

/* The place of a path that went is taken by one of another neighbour, with equal attributes. */
static void an_id_that_is_given_again_is_a_replacement(void)
{
	struct rig g;

	begin(&g, ALL, 3, true);
	rig_update(&g, 1, 0, 2, 0);
	rig_update(&g, 2, 2, 2, 0);
	rig_settle(&g);
	rig_withdraw(&g, 1, 0);
	rig_update(&g, 1, 1, 2, 0);
	rig_settle(&g);
	CU_ASSERT_EQUAL(count(&g, 0), 1); /* hears of it for the first time */
	CU_ASSERT_EQUAL(count(&g, 1), 0); /* its own now: forgets the other one */
	CU_ASSERT_EQUAL(count(&g, 2), 1);
	CU_ASSERT_EQUAL(g.peers[2].n_announced, 1); /* nothing new for it */
	CU_ASSERT_EQUAL(g.peers[2].n_withdrawn, 0);
	rig_compare(&g);
	rig_teardown(&g);
}

/* Sets by the ladder: 12 before 8, these before 1, 2, 3 (longer paths). */
static void the_best_two_follow_the_ladder(void)
{
	struct rig g;

	begin(&g, BEST_TWO, 1, false);
	rig_update(&g, 1, 1, 2, 0);
	rig_update(&g, 1, 2, 1, 0);
	rig_update(&g, 1, 4, 12, 0);
	rig_settle(&g);
	CU_ASSERT_EQUAL(count(&g, 0), 2);
	rig_compare(&g);
	rig_update(&g, 1, 5, 8, 0); /* second: the third one leaves */
	rig_settle(&g);
	CU_ASSERT_EQUAL(g.peers[0].n_withdrawn, 1);
	rig_compare(&g);
	rig_withdraw(&g, 1, 4);
	rig_withdraw(&g, 1, 5);
	rig_settle(&g);
	CU_ASSERT_EQUAL(count(&g, 0), 2);
	rig_compare(&g);
	rig_teardown(&g);
}

static void multipath_is_what_shares_the_traffic(void)
{
	struct rig g;

	begin(&g, ECMP, 1, false);
	rig_update(&g, 1, 0, 1, 0);
	rig_update(&g, 1, 1, 1, 0);
	rig_update(&g, 1, 2, 2, 0); /* longer */
	rig_settle(&g);
	CU_ASSERT_EQUAL(count(&g, 0), 2);
	rig_withdraw(&g, 1, 0);
	rig_settle(&g);
	CU_ASSERT_EQUAL(count(&g, 0), 1);
	rig_compare(&g);
	rig_teardown(&g);
}

static void those_without_hear_of_the_best_path_only(void)
{
	uint32_t n_messages;
	struct rig g;

	begin(&g, ALL, 1, false);
	rig_join(&g, 1, 0, false);
	rig_settle(&g);
	rig_update(&g, 1, 2, 1, 0);
	rig_settle(&g);
	n_messages = g.peers[1].n_messages;
	for (uint32_t i = 0; i < 5; i++) {
		rig_update(&g, 1, 4, 2 + i % 2, 0);
		rig_settle(&g);
	}
	CU_ASSERT_EQUAL(count(&g, 0), 2);
	CU_ASSERT_EQUAL(g.peers[0].n_announced, 6);
	CU_ASSERT_EQUAL(g.peers[1].n_messages, n_messages);
	rig_compare(&g);
	rig_teardown(&g);
}

static void another_mode_on_a_live_session_says_the_difference(void)
{
	struct rig g;

	begin(&g, ALL, 1, false);
	for (uint32_t s = 0; s < 6; s++)
		rig_update(&g, 1, s, 1 + s % 3, 0);
	rig_settle(&g);
	CU_ASSERT_EQUAL(g.peers[0].n_announced, 6);
	rig_reconf(&g, 0, BEST_TWO);
	rig_settle(&g);
	CU_ASSERT_EQUAL(count(&g, 0), 2);
	CU_ASSERT_EQUAL(g.peers[0].n_announced, 6); /* what stays is not repeated */
	CU_ASSERT_EQUAL(g.peers[0].n_withdrawn, 4);
	rig_compare(&g);
	rig_update(&g, 1, 5, 12, 0); /* it hears of what changes from now on */
	rig_settle(&g);
	rig_compare(&g);
	rig_reconf(&g, 0, ALL);
	rig_settle(&g);
	CU_ASSERT_EQUAL(count(&g, 0), 6);
	rig_update(&g, 1, 3, 3, 0); /* not the best one */
	rig_settle(&g);
	rig_compare(&g);
	rig_teardown(&g);
}

static void a_path_that_is_too_long_takes_no_other_along(void)
{
	static const uint8_t comms[5000];
	struct wire_attrs w = { .has = WIRE_HAS_ORIGIN, .communities = { comms, sizeof(comms) } };
	struct rib_offer o = { .pfx = rig_prefix(1) };
	struct rig g;

	begin(&g, ALL, 1, false);
	rig_update(&g, 1, 1, 1, 0);
	rig_update(&g, 1, 2, 2, 0);
	rig_settle(&g);
	o.in = attrs_get(g.at, &w);
	o.attrs = o.in;
	CU_ASSERT_EQUAL(rib_update(g.rib, g.src[2], &o), 0); /* it was told */
	CU_ASSERT_EQUAL(rib_update(g.rib, g.src[4], &o), 0); /* it was not */
	rig_settle(&g);
	CU_ASSERT_EQUAL(count(&g, 0), 1);
	CU_ASSERT_EQUAL(g.peers[0].n_withdrawn, 1);
	rig_compare(&g);
	rig_update(&g, 1, 2, 2, 0);
	rig_settle(&g);
	CU_ASSERT_EQUAL(count(&g, 0), 2);
	rig_compare(&g);
	attrs_unref(g.at, o.in);
	rig_teardown(&g);
}

static const struct cu_case cases[] = {
	CU_CASE(a_path_keeps_its_id_while_it_lives),
	CU_CASE(paths_of_one_neighbour_are_told_apart),
	CU_CASE(a_path_is_not_told_to_where_it_came_from),
	CU_CASE(an_id_that_is_given_again_is_a_replacement),
	CU_CASE(the_best_two_follow_the_ladder),
	CU_CASE(multipath_is_what_shares_the_traffic),
	CU_CASE(those_without_hear_of_the_best_path_only),
	CU_CASE(another_mode_on_a_live_session_says_the_difference),
	CU_CASE(a_path_that_is_too_long_takes_no_other_along),
};
CU_SUITE(multi, cases);
