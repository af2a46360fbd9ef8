/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs: what comes together and has the same to say leaves at once, in messages as full as they can
 * be; what comes piece by piece waits for its like.
 */
#include <string.h>

#include "bgpd/wire/update.h"
#include "tests/bgpd/export/rig.h"
#include "tests/cu_main.h"

#define MANY 5000 /* more than a run takes in */

/* A neighbour that only counts: the replicas of the rig are small. */
struct hearer {
	struct export_member *m;
	struct wire_session rx;
	uint32_t n_messages;
	uint32_t n_announced;
	uint32_t n_withdrawn;
};

static uint32_t count_nlri(const struct wire_nlri *n)
{
	struct wire_nlri_iter it;
	struct prefix pfx;
	uint32_t count = 0;
	uint32_t id;

	wire_nlri_begin(&it, n);
	while (wire_nlri_next(&it, &pfx, &id))
		count++;
	return count;
}

static void on_send(void *ctx, const struct export_run *run)
{
	struct hearer *c = ctx;
	const uint8_t *p = run->p;

	while (p < run->p + run->len) {
		const size_t len = (size_t)p[16] << 8 | p[17];
		struct wire_update u;
		struct wire_err err;

		CU_ASSERT_EQUAL_FATAL(wire_update_split(p, len, &c->rx, &u, &err), 0);
		c->n_announced += count_nlri(&u.reach[0]);
		c->n_withdrawn += count_nlri(&u.withdrawn[0]);
		c->n_messages += u.end_of_rib < 0;
		p += len;
	}
	export_chunk_unref(run->chunk);
}

static bool on_congested(void *ctx UNUSED)
{
	return false;
}

static const struct export_member_ops hearer_ops = {
	.send = on_send,
	.is_congested = on_congested,
};

/* Of the kind that is told everything by eBGP; it has seen the table's end. */
static void begin(struct rig *g, struct hearer *c)
{
	rig_setup(g);
	rig_join(g, 0, 0, false);
	memset(c, 0, sizeof(*c));
	c->rx = g->peers[0].rx;
	c->m = export_join(g->e, &g->peers[0].conf, &hearer_ops, c);
	rig_leave(g, 0);
	rig_settle(g);
}

static void end(struct rig *g, struct hearer *c)
{
	export_leave(c->m);
	rig_teardown(g);
}

static void a_long_run_fills_messages_both_ways(void)
{
	const uint32_t full_announce = MANY / ((4096 - 19 - 4 - 60) / 4) + 1;
	const uint32_t full_withdraw = MANY / ((4096 - 19 - 4) / 4) + 1;
	struct hearer c;
	struct rig g;

	begin(&g, &c);
	for (uint32_t i = 0; i < MANY; i++)
		rig_update(&g, i, 5, 2, 0);
	rig_settle(&g);
	CU_ASSERT_EQUAL(c.n_announced, MANY);
	CU_ASSERT_EQUAL(export_count(c.m), MANY);
	/* A slice ends by the clock, and its last message with it. */
	CU_ASSERT_TRUE(c.n_messages >= full_announce && c.n_messages < MANY / 16);
	c.n_messages = 0;
	for (uint32_t i = 0; i < MANY; i++)
		rig_withdraw(&g, i, 5);
	rig_settle(&g);
	CU_ASSERT_EQUAL(c.n_withdrawn, MANY);
	CU_ASSERT_EQUAL(export_count(c.m), 0);
	CU_ASSERT_TRUE(c.n_messages >= full_withdraw && c.n_messages < MANY / 16);
	end(&g, &c);
}

static void what_comes_piece_by_piece_is_packed(void)
{
	static const uint32_t sets[] = { 2, 3, 5 };
	struct hearer c;
	struct rig g;

	begin(&g, &c);
	for (uint32_t i = 0; i < RIG_PREFIXES; i++)
		rig_update(&g, i, 5, sets[i % ARRAY_SIZE(sets)], 0);
	rig_settle(&g);
	CU_ASSERT_EQUAL(c.n_announced, RIG_PREFIXES);
	CU_ASSERT_EQUAL(c.n_messages, 3);
	c.n_messages = 0;
	for (uint32_t i = 0; i < RIG_PREFIXES; i += 2)
		rig_withdraw(&g, i, 5);
	rig_settle(&g);
	CU_ASSERT_EQUAL(c.n_withdrawn, RIG_PREFIXES / 2);
	CU_ASSERT_EQUAL(c.n_messages, 1);
	end(&g, &c);
}

/* Announced and withdrawn by turns: a message of either kind, none of them of one prefix. */
static void withdrawals_do_not_break_up_what_is_announced(void)
{
	struct hearer c;
	struct rig g;

	begin(&g, &c);
	for (uint32_t i = 0; i < RIG_PREFIXES; i += 2)
		rig_update(&g, i, 5, 2, 0);
	rig_settle(&g);
	CU_ASSERT_EQUAL(c.n_messages, 1);
	c.n_messages = 0;
	for (uint32_t i = 0; i < RIG_PREFIXES; i += 2) {
		rig_withdraw(&g, i, 5);
		rig_update(&g, i + 1, 5, 3, 0);
	}
	rig_settle(&g);
	CU_ASSERT_EQUAL(c.n_withdrawn, RIG_PREFIXES / 2);
	CU_ASSERT_EQUAL(c.n_messages, 2);
	CU_ASSERT_EQUAL(export_count(c.m), RIG_PREFIXES / 2);
	end(&g, &c);
}

static void a_run_with_too_long_attributes_is_forgotten(void)
{
	static const uint8_t comms[5000];
	const struct wire_attrs w = { .has = WIRE_HAS_ORIGIN,
		.communities = { comms, sizeof(comms) } };
	struct rib_offer o = { 0 };
	struct rig g;

	rig_setup(&g);
	rig_join(&g, 0, 0, false);
	for (uint32_t i = 0; i < RIG_PREFIXES; i++)
		rig_update(&g, i, 5, 2, 0);
	rig_settle(&g);
	o.in = attrs_get(g.at, &w);
	o.attrs = o.in;
	for (uint32_t i = 10; i < 20; i++) {
		o.pfx = rig_prefix(i);
		CU_ASSERT_EQUAL(rib_update(g.rib, g.src[5], &o), 0);
	}
	rig_settle(&g);
	CU_ASSERT_EQUAL(export_count(g.peers[0].m), RIG_PREFIXES - 10);
	CU_ASSERT_PTR_NULL(g.peers[0].replica[10]);
	CU_ASSERT_PTR_NULL(g.peers[0].replica[19]);
	rig_compare(&g);
	attrs_unref(g.at, o.in);
	rig_teardown(&g);
}

/* All routes become a member's own: it forgets what it was told, the other one is told anew. */
static void who_takes_over_a_run_forgets_it(void)
{
	struct rig g;

	rig_setup(&g);
	rig_join(&g, 0, 0, true);
	rig_join(&g, 1, 0, true);
	rig_settle(&g);
	for (uint32_t i = 0; i < RIG_PREFIXES; i++)
		rig_update(&g, i, 5, 2, 0);
	rig_settle(&g);
	CU_ASSERT_EQUAL(export_count(g.peers[0].m), RIG_PREFIXES);
	for (uint32_t i = 0; i < RIG_PREFIXES; i++) {
		rig_update(&g, i, 0, 12, 0); /* a shorter path */
		rig_withdraw(&g, i, 5);
	}
	rig_settle(&g);
	CU_ASSERT_EQUAL(export_count(g.peers[0].m), 0);
	CU_ASSERT_EQUAL(g.peers[0].n_withdrawn, RIG_PREFIXES);
	CU_ASSERT_EQUAL(export_count(g.peers[1].m), RIG_PREFIXES);
	CU_ASSERT_EQUAL(g.peers[1].n_withdrawn, 0);
	rig_compare(&g);
	rig_teardown(&g);
}

static const struct cu_case cases[] = {
	CU_CASE(a_long_run_fills_messages_both_ways),
	CU_CASE(what_comes_piece_by_piece_is_packed),
	CU_CASE(withdrawals_do_not_break_up_what_is_announced),
	CU_CASE(a_run_with_too_long_attributes_is_forgotten),
	CU_CASE(who_takes_over_a_run_forgets_it),
};
CU_SUITE(run, cases);
