/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random changes of the table, neighbours of all kinds that come, go, block and ask again: at
 * rest each of them believes what export_attrs says.
 */
#include <unistd.h>

#include "tests/bgpd/export/rig.h"
#include "tests/cu_main.h"

static const uint32_t reconf_kinds[] = { 0, 0, 0, 1, 3, 5, 6 };
static const uint32_t reconf_multi[] = { 8, 8, 9, 10, 11, 12, 13 };

static uint8_t random_flags(uint32_t source)
{
	if (source == RIG_STATIC)
		return cu_random_below(3) ? RIB_PATH_LOCAL : 0;
	return source == RIG_PEERING && cu_random_below(3) ? RIB_PATH_CIDR : 0;
}

/* Few sources of most changes: they often offer the same set, and best paths flip between them. */
static uint32_t random_source(void)
{
	return cu_random_below(4) ? cu_random_below(3) : cu_random_below(RIG_SOURCES);
}

static void random_change(struct rig *g)
{
	const uint32_t p = cu_random_below(RIG_PREFIXES);
	const uint32_t s = random_source();
	const uint32_t id = cu_random_below(3);

	if (cu_random_below(2))
		rig_update_path(g, p, s, id, cu_random_below(RIG_SETS), random_flags(s));
	else
		rig_withdraw_path(g, p, s, id);
}

static uint32_t random_reconf(const struct rig_peer *p)
{
	if (p->conf.wire.addpath_tx)
		return reconf_multi[cu_random_below(ARRAY_SIZE(reconf_multi))];
	return reconf_kinds[cu_random_below(ARRAY_SIZE(reconf_kinds))];
}

/* Two kinds more often than the others, so that groups have members. */
static uint32_t random_kind(void)
{
	return cu_random_below(2) ? 8 * cu_random_below(2) : cu_random_below(RIG_KINDS);
}

static void uncongest(struct rig_peer *p)
{
	if (!p->congested)
		return;
	p->congested = false;
	if (p->m)
		export_writable(p->m);
}

static void random_step(struct rig *g)
{
	const uint32_t n = cu_random_below(RIG_PEERS);
	struct rig_peer *p = &g->peers[n];
	const uint32_t dice = cu_random_below(1000);

	if (dice < 700)
		random_change(g);
	else if (dice < 900)
		loop_turn(g->loop);
	else if (dice < 930)
		uncongest(p);
	else if (dice < 950 && !p->m)
		rig_join(g, n, random_kind(), cu_random_below(2));
	else if (dice < 953 && p->m)
		rig_leave(g, n);
	else if (dice < 956 && p->m)
		p->leave_on_send = true;
	else if (dice < 970 && p->m)
		p->congested = true;
	else if (dice < 975 && p->m)
		export_refresh(p->m);
	else if (dice < 980 && p->m && !p->conf.wire.ibgp && p->conf.wire.as4)
		rig_reconf(g, n, random_reconf(p));
}

static void settle_all(struct rig *g)
{
	for (uint32_t i = 0; i < RIG_PEERS; i++) {
		g->peers[i].leave_on_send = false;
		uncongest(&g->peers[i]);
	}
	rig_settle(g);
}

static void run(struct rig *g)
{
	for (uint32_t round = 0; round < 150; round++) {
		const uint32_t steps = cu_random_below(600);

		for (uint32_t i = 0; i < steps; i++)
			random_step(g);
		/* Now and then long enough for the patience with blocked members to end. */
		if (round % 30 == 7) {
			usleep(110000);
			for (uint32_t i = 0; i < 100; i++)
				random_step(g);
		}
		settle_all(g);
		rig_compare(g);
		CU_ASSERT(export_groups(g->e) <= RIG_KINDS);
	}
}

static void every_neighbour_believes_what_the_table_says(void)
{
	struct rig g;

	rig_setup(&g);
	run(&g);
	rig_teardown(&g);
}

/* Equal sets of two clients are not equal when reflected: they name their originators. */
static void so_does_every_client_of_a_reflector(void)
{
	struct rig g;

	rig_setup(&g);
	for (uint32_t i = 1; i <= RIG_IBGP; i++) {
		g.src[i]->ibgp = true;
		g.src[i]->client = i != RIG_IBGP;
	}
	run(&g);
	rig_teardown(&g);
}

/* A peer that is blocked all the time loses nothing, and the others do not wait for it. */
static void blocked_member_holds_nobody_up_for_long(void)
{
	struct rig g;

	rig_setup(&g);
	for (uint32_t i = 0; i < 3; i++)
		rig_join(&g, i, 0, true);
	rig_settle(&g);
	CU_ASSERT_EQUAL(export_groups(g.e), 1);
	g.peers[1].congested = true;
	for (uint32_t i = 0; i < RIG_PREFIXES; i++)
		rig_update(&g, i, i % 2 ? 0 : 5, 3, 0);
	rig_settle(&g);
	CU_ASSERT_EQUAL(g.peers[0].n_announced, 0);
	usleep(110000);
	rig_settle(&g);
	CU_ASSERT_EQUAL(export_groups(g.e), 2);
	CU_ASSERT_EQUAL(g.peers[0].n_announced, RIG_PREFIXES / 2);
	CU_ASSERT_EQUAL(g.peers[2].n_announced, RIG_PREFIXES);
	CU_ASSERT_EQUAL(g.peers[1].n_announced, 0);
	uncongest(&g.peers[1]);
	rig_settle(&g);
	CU_ASSERT_EQUAL(g.peers[1].n_announced, RIG_PREFIXES);
	CU_ASSERT_EQUAL(export_groups(g.e), 1);
	rig_compare(&g);
	rig_teardown(&g);
}

/* Prefixes that no other test names. */
static struct prefix strange_prefix(uint32_t i)
{
	return (struct prefix){
		.family = AF_INET,
		.len = 32,
		.b = { 20, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i },
	};
}

static void announce(struct rig *g, uint32_t first, uint32_t n)
{
	for (uint32_t i = first; i < first + n; i++) {
		const struct rib_offer o = {
			.pfx = strange_prefix(i),
			.in = g->sets[1],
			.attrs = g->sets[1],
		};

		CU_ASSERT_EQUAL_FATAL(rib_update(g->rib, g->src[0], &o), 0);
	}
}

static void withdraw(struct rig *g, uint32_t first, uint32_t n)
{
	for (uint32_t i = first; i < first + n; i++) {
		const struct prefix pfx = strange_prefix(i);

		CU_ASSERT_EQUAL_FATAL(rib_withdraw(g->rib, g->src[0], &pfx, 0), 0);
	}
}

/* One after the other: the table is never larger than one. */
static void come_and_go(struct rig *g, uint32_t first, uint32_t n)
{
	for (uint32_t i = first; i < first + n; i++) {
		announce(g, i, 1);
		withdraw(g, i, 1);
	}
}

static void wait_for_lag(struct rig *g)
{
	usleep(1100000);
	rig_settle(g);
}

/* Joins, and reads nothing from the first octet on. */
static void join_blocked(struct rig *g, uint32_t n)
{
	rig_join(g, n, 0, true);
	g->peers[n].congested = true;
	rig_settle(g);
}

static void what_comes_and_goes_is_not_kept_without_end(void)
{
	struct rig g;

	rig_setup(&g);
	join_blocked(&g, 1);
	come_and_go(&g, 0, RIB_EMPTY_MIN);
	CU_ASSERT_EQUAL(slab_count(&rib_store(g.rib)->nets), RIB_EMPTY_MIN);
	wait_for_lag(&g);
	CU_ASSERT_EQUAL(g.peers[1].n_given_up, 0);
	come_and_go(&g, RIB_EMPTY_MIN, 1);
	wait_for_lag(&g);
	CU_ASSERT_EQUAL(g.peers[1].n_given_up, 1);
	CU_ASSERT_EQUAL(export_groups(g.e), 0);
	CU_ASSERT_EQUAL(slab_count(&rib_store(g.rib)->nets), 0);
	rig_teardown(&g);
}

static void a_table_that_goes_is_kept_for_who_is_slow(void)
{
	struct rig g;

	rig_setup(&g);
	announce(&g, 0, RIB_EMPTY_MIN + 1000);
	join_blocked(&g, 1);
	withdraw(&g, 0, RIB_EMPTY_MIN + 1000);
	CU_ASSERT_EQUAL(slab_count(&rib_store(g.rib)->nets), RIB_EMPTY_MIN + 1000);
	wait_for_lag(&g);
	CU_ASSERT_EQUAL(g.peers[1].n_given_up, 0);
	uncongest(&g.peers[1]);
	rig_settle(&g);
	CU_ASSERT_EQUAL(g.peers[1].n_withdrawn, 0); /* it was not told of them */
	CU_ASSERT_EQUAL(slab_count(&rib_store(g.rib)->nets), 0);
	rig_teardown(&g);
}

static const struct cu_case cases[] = {
	CU_CASE(every_neighbour_believes_what_the_table_says),
	CU_CASE(so_does_every_client_of_a_reflector),
	CU_CASE(blocked_member_holds_nobody_up_for_long),
	CU_CASE(what_comes_and_goes_is_not_kept_without_end),
	CU_CASE(a_table_that_goes_is_kept_for_who_is_slow),
};
CU_SUITE(model, cases);
