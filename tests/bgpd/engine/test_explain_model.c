/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explain where nothing went wrong, where nothing is, and on random tables: there the verdicts are
 * those of the table, and the values that it shows are in the order that the step demands.
 */
#include "bgpd/engine_int.h"
#include "tests/bgpd/engine/stage.h"

/* The other half: what is used, sent and crossed, and where it went. */
static void what_went_well_is_explained_too(void)
{
	const struct wire_attrs at = lab_raw_attrs(AF_INET);
	const struct prefix p = lab_prefix(STAGE_PFX);
	struct stage s;

	stage_open(&s);
	stage_raw_up_with(&s, "m");
	stage_edge(&s, KIND(BGP), false);
	lab_raw_say(&s.raw, STAGE_PFX, &at);
	stage_ask(&s, STAGE_PFX);
	CU_ASSERT_EQUAL_FATAL(s.x.n_paths, 1);
	CU_ASSERT_EQUAL(s.x.paths[0].verdict, EXPLAIN_VERDICT_BEST);
	CU_ASSERT_EQUAL(s.x.paths[0].policy.term, 10);
	CU_ASSERT_EQUAL(s.x.paths[0].policy.changed, 1u << POLICY_CHANGE_LOCAL_PREF);
	CU_ASSERT_EQUAL(s.x.paths[0].policy.changed_by[POLICY_CHANGE_LOCAL_PREF], 10);
	CU_ASSERT_EQUAL(s.x.paths[0].attrs->local_pref, 200);
	CU_ASSERT_PTR_NOT_EQUAL(s.x.paths[0].attrs, s.x.paths[0].in);
	CU_ASSERT_EQUAL_FATAL(s.x.n_edges, 1);
	CU_ASSERT_TRUE(s.x.edges[0].crossed);
	CU_ASSERT_PTR_NOT_NULL_FATAL(s.x.edges[0].arrived);
	CU_ASSERT_TRUE(s.x.edges[0].arrived->flags & RIB_PATH_BEST);
	CU_ASSERT_TRUE_FATAL(s.x.has_group);
	CU_ASSERT_EQUAL(s.x.group.nh[0].ifindex, LAB_IFINDEX);
	bgp_explain(s.vpc, &p, NULL, s.arena, &s.x); /* from the other end */
	CU_ASSERT_EQUAL_FATAL(s.x.n_edges, 1);
	CU_ASSERT_FALSE(s.x.edges[0].outward);
	CU_ASSERT_TRUE(s.x.edges[0].crossed);
	CU_ASSERT_EQUAL(s.x.edges[0].why, RIB_REASON_NONE);
	stage_close(&s);
}

static void what_is_not_there_is_explained_by_what_is_around_it(void)
{
	const struct wire_attrs at = lab_raw_attrs(AF_INET);
	struct stage s;

	stage_open(&s);
	stage_raw_up_plainly(&s);
	lab_raw_say(&s.raw, "20.0.0.0/16", &at);
	lab_raw_say(&s.raw, "20.0.1.128/25", &at);
	stage_ask(&s, STAGE_PFX);
	CU_ASSERT_EQUAL(s.x.net, 0);
	CU_ASSERT_TRUE_FATAL(s.x.has_cover);
	CU_ASSERT_EQUAL(s.x.cover.len, 16);
	CU_ASSERT_EQUAL_FATAL(s.x.n_longer, 1);
	CU_ASSERT_EQUAL(s.x.longer[0].len, 25);
	CU_ASSERT_EQUAL(s.x.filter, RIB_REASON_NONE);
	stage_ask(&s, "172.31.0.0/16");
	CU_ASSERT_FALSE(s.x.has_cover);
	stage_close(&s);
}

static void a_random_path(struct stage *s, struct rib_source *src)
{
	const struct made m = {
		.local_pref = cu_random_below(4) ? 0 : 200,
		.med = cu_random_below(3) * 10,
		.origin = (uint8_t)cu_random_below(2),
		.path_len = (uint8_t)(1 + cu_random_below(2)),
		.originator = cu_random_below(3) ? 0 : 1 + cu_random_below(3),
		.clusters = (uint8_t)cu_random_below(2),
	};
	struct attrs *at = stage_attrs(s, &m);
	const struct prefix p = lab_nth(AF_INET, cu_random_below(8));
	const struct rib_offer o = { .pfx = p, .in = at, .attrs = at };
	struct rib *r = s->lab.a.i->table[BGP_FAMILY_IP4].rib;

	if (cu_random_below(4) == 0)
		(void)rib_withdraw(r, src, &p, 0);
	else if (rib_update(r, src, &o) != 0)
		CU_FAIL("a path was not taken");
	attrs_unref(s->lab.a.e->attrs, at);
}

/* Of two values of a step, is the first the worse one? */
static bool is_worse(const struct rib_compare *c)
{
	if (c->mine.kind == RIB_VALUE_ADDRESS)
		return ip_cmp(&c->mine.address, &c->theirs.address) > 0;
	if (c->mine.kind == RIB_VALUE_SIGNED)
		return (int32_t)c->mine.number < (int32_t)c->theirs.number;
	if (c->step == RIB_REASON_STEP_LOCAL_PREF)
		return c->mine.number < c->theirs.number;
	return c->mine.number > c->theirs.number;
}

static void check_net(struct stage *s, uint32_t k)
{
	const struct prefix p = lab_nth(AF_INET, k);
	unsigned n_best = 0;

	arena_reset(s->arena);
	bgp_explain(s->lab.a.i, &p, NULL, s->arena, &s->x);
	for (uint32_t i = 0; i < s->x.n_paths; i++) {
		const struct explain_path *e = &s->x.paths[i];

		if (e->verdict == EXPLAIN_VERDICT_BEST) {
			n_best++;
			CU_ASSERT_PTR_EQUAL(e->path, rib_net_best(s->x.rib, s->x.net));
			continue;
		}
		CU_ASSERT_EQUAL(e->compare.step, e->path->reason);
		CU_ASSERT_PTR_NOT_NULL(e->rival);
		CU_ASSERT_TRUE(is_worse(&e->compare));
	}
	CU_ASSERT_EQUAL(n_best, s->x.net != 0);
}

static void on_random_tables_explained_values_agree_with_the_decision(void)
{
	struct stage s;
	struct rib *r;

	stage_open(&s);
	r = s.lab.a.i->table[BGP_FAMILY_IP4].rib;
	rib_set_max_paths(r, 2);
	for (unsigned n = 0; n < STAGE_PATHS; n++) {
		const struct rib_source init = {
			.kind = (uint8_t)(n == 3 ? RIB_SOURCE_STATIC : RIB_SOURCE_BGP),
			.ibgp = n == 2,
			.router_id = 1 + n % 2,
			.addr = ip_from_v4(0x0a000001 + n),
		};

		s.made[n] = rib_source_new(r, &init);
	}
	for (unsigned step = 0; step < 3000; step++) {
		a_random_path(&s, s.made[cu_random_below(STAGE_PATHS)]);
		check_net(&s, cu_random_below(8));
	}
	stage_close(&s);
}

static const struct cu_case cases[] = {
	CU_CASE(what_went_well_is_explained_too),
	CU_CASE(what_is_not_there_is_explained_by_what_is_around_it),
	CU_CASE(on_random_tables_explained_values_agree_with_the_decision),
};

CU_SUITE(explain_model, cases);
