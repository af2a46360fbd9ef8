/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Failover groups: what is refused, whose connections are standby, the table of verdicts, who
 * carries.
 */
#include <stdio.h>
#include <string.h>

#include "lib/base/xalloc.h"
#include "tests/cu_main.h"
#include "tests/vbr/model/drawing.h"
#include "tests/vbr/model/kit.h"
#include "vbr/model/failover/group.h"

static struct model_failover *add(struct model *m, const char *name, const char *primary,
	const char *secondary)
{
	struct model_failover *f = (struct model_failover *)model_obj_new(MODEL_FAILOVER, "acme",
		name, "");

	f->obj.path = xasprintf("failover-group:acme/%s", name);
	snprintf(f->member[0], MODEL_NAME_SIZE, "%s", primary);
	snprintf(f->member[1], MODEL_NAME_SIZE, "%s", secondary);
	model_put(m, &f->obj);
	return f;
}

/* The kit with a second VBR, hz-b, its connection to prod, and a group hz of both. */
static struct model *world(struct model_failover **group, struct model_peering **second)
{
	struct model *m = kit_new();

	kit_peer(kit_vbr(m, "acme", "hz-b", "pc-2", 100), "10.0.0.2", 65001);
	*second = kit_peering(m, "acme", "hz-b-prod", kit_end_vbr("acme", "hz-b"),
		kit_end_vpc("acme", "prod"));
	*group = add(m, "hz", "hz-a", "hz-b");
	return m;
}

static bool standby(const struct model *m, const struct model_peering *p)
{
	return model_peering_is_standby(m, p, NULL, NULL);
}

static void a_group_is_two_vbrs_of_its_tenant(void)
{
	struct model_failover *g;
	struct model_peering *second;
	struct model *m = world(&g, &second);

	CU_ASSERT(kit_is_right(m));
	CU_ASSERT_PTR_EQUAL(model_failover_of(m, "acme", "hz-b"), g);
	CU_ASSERT_PTR_NULL(model_failover_of(m, "globex", "hz-b"));
	snprintf(g->member[1], MODEL_NAME_SIZE, "hz-a");
	CU_ASSERT(kit_is_refused(m, "failover-group:acme/hz",
		"primary and secondary are both VBR hz-a: name two VBRs"));
	snprintf(g->member[1], MODEL_NAME_SIZE, "hz-g"); /* globex has it */
	CU_ASSERT(kit_is_refused(m, "failover-group:acme/hz",
		"secondary: tenant acme has no vbr \"hz-g\": create it, or correct the name"));
	model_free(m);
}

static void a_neighbour_without_bfd_is_found_dead_by_its_hold_time(void)
{
	struct model *m = kit_new();
	struct model_vbr *v = kit_vbr(m, "acme", "hz-b", "pc-2", 100);
	struct model_peer *p;

	CU_ASSERT_PTR_NULL(model_vbr_detection(v));
	kit_peer(v, "10.0.0.2", 65001)->bfd = true;
	CU_ASSERT_STRING_EQUAL(model_vbr_detection(v), "bfd");
	p = kit_peer(v, "10.0.0.3", 65001);
	CU_ASSERT_STRING_EQUAL(model_vbr_detection(v), "hold-time");
	p->enabled = false;
	CU_ASSERT_STRING_EQUAL(model_vbr_detection(v), "bfd");
	model_free(m);
}

static void a_vbr_is_in_one_group(void)
{
	struct model_failover *g;
	struct model_peering *second;
	struct model *m = world(&g, &second);

	kit_vbr(m, "acme", "hz-c", "pc-2", 101);
	add(m, "second", "hz-c", "hz-b");
	CU_ASSERT(kit_is_refused(m, "failover-group:acme/second",
		"secondary: VBR hz-b is in failover-group hz already: "
		"a VBR is in one group, take another VBR"));
	model_free(m);
}

static void a_weight_does_not_contradict_the_group(void)
{
	struct model_failover *g;
	struct model_peering *second;
	struct model *m = world(&g, &second);

	second->weight = 0;
	CU_ASSERT(kit_is_refused(m, "peering:acme/hz-b-prod",
		"weight 0: VBR hz-b is in failover-group hz, whose mode says who is standby: "
		"set a weight of 1..1000"));
	model_free(m);
}

static void members_that_share_the_load_know_their_group(void)
{
	struct model_failover *g;
	struct model_peering *second;
	struct model *m = world(&g, &second);

	CU_ASSERT_PTR_NULL(model_peering_shares(m, second));
	g->mode = FAILOVER_LOAD_SHARE;
	CU_ASSERT_PTR_EQUAL(model_peering_shares(m, second), g);
	CU_ASSERT_PTR_EQUAL(model_peering_shares(m, kit_hz_a_prod(m)), g);
	snprintf(g->member[1], MODEL_NAME_SIZE, "hz-c");
	CU_ASSERT_PTR_NULL(model_peering_shares(m, second));
	model_free(m);
}

static void the_mode_says_who_is_standby(void)
{
	struct model_failover *g;
	struct model_peering *second;
	struct model *m = world(&g, &second);

	CU_ASSERT_FALSE(standby(m, kit_hz_a_prod(m)));
	CU_ASSERT(standby(m, second));
	snprintf(g->member[0], MODEL_NAME_SIZE, "hz-b");
	snprintf(g->member[1], MODEL_NAME_SIZE, "hz-a");
	CU_ASSERT(standby(m, kit_hz_a_prod(m)));
	CU_ASSERT_FALSE(standby(m, second));
	g->mode = FAILOVER_LOAD_SHARE;
	CU_ASSERT_FALSE(standby(m, kit_hz_a_prod(m)));
	CU_ASSERT_FALSE(standby(m, second));
	model_del(m, MODEL_FAILOVER, "acme", "hz", "");
	second->weight = 0;
	CU_ASSERT_FALSE(standby(m, kit_hz_a_prod(m)));
	CU_ASSERT(standby(m, second));
	model_free(m);
}

static bool is_named(const void *ctx, const char *tenant, const char *vbr)
{
	return strcmp(tenant, "acme") == 0 && strcmp(vbr, ctx) == 0;
}

/* Beside a standby, or what leaves would win against it whatever its local preference. */
static void a_primary_that_leaves_is_standby_too(void)
{
	struct model_failover *g;
	struct model_peering *second;
	struct model *m = world(&g, &second);

	CU_ASSERT(model_peering_is_standby(m, kit_hz_a_prod(m), is_named, "hz-a"));
	CU_ASSERT(model_peering_is_standby(m, second, is_named, "hz-a"));
	CU_ASSERT_FALSE(model_peering_is_standby(m, kit_hz_a_prod(m), is_named, "hz-b"));
	kit_hz_a(m)->gshut = true;
	CU_ASSERT(standby(m, kit_hz_a_prod(m)));
	g->mode = FAILOVER_LOAD_SHARE;
	CU_ASSERT_FALSE(standby(m, kit_hz_a_prod(m)));
	CU_ASSERT_FALSE(model_peering_is_standby(m, kit_hz_a_prod(m), is_named, "hz-a"));
	model_free(m);
}

/* Verdicts */

static bool fits(const struct failover_row *r, unsigned i)
{
	const int facts[] = { i & 1, (i >> 1) & 1, (i >> 2) & 1, (i >> 3) & 1 };
	const int8_t want[] = { r->is_known, r->is_up[0], r->is_up[1], r->differs };

	for (size_t k = 0; k < ARRAY_SIZE(want); k++)
		if (want[k] >= 0 && want[k] != facts[k])
			return false;
	return true;
}

static void the_rows_cover_all_facts_and_each_is_needed(void)
{
	bool hit[16] = { false };
	unsigned n = 0;

	while (failover_row(n) != NULL)
		n++;
	CU_ASSERT_FATAL(n <= ARRAY_SIZE(hit));
	for (unsigned i = 0; i < 16; i++) {
		const struct failover_facts f = { i & 1, { (i >> 1) & 1, (i >> 2) & 1 },
			(i >> 3) & 1 };
		unsigned r = 0;

		while (r < n && !fits(failover_row(r), i))
			r++;
		CU_ASSERT_FATAL(r < n);
		hit[r] = true;
		CU_ASSERT_EQUAL(failover_verdict(&f), failover_row(r)->verdict);
	}
	for (unsigned r = 0; r < n; r++)
		CU_ASSERT(hit[r]);
}

static void the_page_draws_this_table(void)
{
	struct drawing d = { .n = 0 };

	drawing_line(&d, "| audited | primary up | secondary up | routes differ | verdict |");
	drawing_line(&d, "|---|---|---|---|---|");
	for (unsigned i = 0; failover_row(i) != NULL; i++) {
		const struct failover_row *r = failover_row(i);

		drawing_line(&d, "| %s | %s | %s | %s | %s |", drawing_word(r->is_known),
			drawing_word(r->is_up[0]), drawing_word(r->is_up[1]),
			drawing_word(r->differs), failover_verdict_name(r->verdict));
	}
	CU_ASSERT(drawing_is_in(&d, "doc/failover.md"));
}

static void a_difference_is_told_when_it_was_seen_twice(void)
{
	uint8_t looks = 0;

	CU_ASSERT_FALSE(failover_differs(&looks, true));
	CU_ASSERT_FALSE(failover_differs(&looks, false));
	CU_ASSERT_FALSE(failover_differs(&looks, true));
	for (int i = 0; i < 300; i++)
		CU_ASSERT(failover_differs(&looks, true));
	CU_ASSERT_FALSE(failover_differs(&looks, false));
}

static void who_carries_is_up_has_routes_and_stays(void)
{
	static const struct {
		enum failover_mode mode;
		struct failover_member m[2];
		unsigned carriers;
	} rows[] = {
		/* up, leaving, routes */
		{ FAILOVER_ACTIVE_STANDBY, { { 1, 0, 5 }, { 1, 0, 5 } }, 1 },
		{ FAILOVER_LOAD_SHARE, { { 1, 0, 5 }, { 1, 0, 5 } }, 3 },
		{ FAILOVER_ACTIVE_STANDBY, { { 0, 0, 5 }, { 1, 0, 5 } }, 2 },
		{ FAILOVER_ACTIVE_STANDBY, { { 1, 0, 0 }, { 1, 0, 5 } }, 2 },
		{ FAILOVER_ACTIVE_STANDBY, { { 1, 1, 5 }, { 1, 0, 5 } }, 2 },
		{ FAILOVER_LOAD_SHARE, { { 1, 1, 5 }, { 1, 0, 5 } }, 2 },
		{ FAILOVER_ACTIVE_STANDBY, { { 1, 1, 5 }, { 0, 0, 5 } }, 1 },
		{ FAILOVER_ACTIVE_STANDBY, { { 1, 1, 5 }, { 1, 1, 5 } }, 1 },
		{ FAILOVER_LOAD_SHARE, { { 1, 0, 5 }, { 1, 0, 0 } }, 1 },
		{ FAILOVER_LOAD_SHARE, { { 0, 0, 0 }, { 0, 0, 0 } }, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		CU_ASSERT_EQUAL(failover_carriers(rows[i].mode, rows[i].m), rows[i].carriers);
}

static const struct cu_case cases[] = {
	CU_CASE(a_group_is_two_vbrs_of_its_tenant),
	CU_CASE(a_neighbour_without_bfd_is_found_dead_by_its_hold_time),
	CU_CASE(a_vbr_is_in_one_group),
	CU_CASE(a_weight_does_not_contradict_the_group),
	CU_CASE(the_mode_says_who_is_standby),
	CU_CASE(members_that_share_the_load_know_their_group),
	CU_CASE(a_primary_that_leaves_is_standby_too),
	CU_CASE(the_rows_cover_all_facts_and_each_is_needed),
	CU_CASE(the_page_draws_this_table),
	CU_CASE(a_difference_is_told_when_it_was_seen_twice),
	CU_CASE(who_carries_is_up_has_routes_and_stays),
};

CU_SUITE(failover, cases);
