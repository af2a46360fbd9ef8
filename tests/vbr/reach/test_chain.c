/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ranges that meet by a chain of connections are refused, with the chain; against all pairs of
 * VPCs and all instances over random worlds.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tests/cu_main.h"
#include "tests/vbr/model/kit.h"
#include "vbr/model/reach.h"

/* prod - hz-a - hz-b - test: a transit connection between the VBRs; both VPCs have one range. */
static struct model *chain_of_four(void)
{
	struct model *m = kit_new();

	(void)kit_vbr(m, "acme", "hz-b", "pc-2", 100);
	(void)kit_vpc(m, "acme", "test", "172.16.5.0/24");
	kit_peering(m, "acme", "a-b", kit_end_vbr("acme", "hz-a"), kit_end_vbr("acme", "hz-b"))
		->transit = true;
	(void)kit_peering(m, "acme", "b-test", kit_end_vbr("acme", "hz-b"),
		kit_end_vpc("acme", "test"));
	return m;
}

static struct model_peering *peering(struct model *m, const char *tenant, const char *name)
{
	uint32_t i;
	uint32_t end;

	model_range(m, MODEL_PEERING, tenant, &i, &end);
	while (i < end && strcmp(m->of[MODEL_PEERING].v[i]->name, name) != 0)
		i++;
	CU_ASSERT_FATAL(i < end);
	return (struct model_peering *)m->of[MODEL_PEERING].v[i];
}

static void a_chain_is_refused_by_the_names_of_its_connections(void)
{
	struct model *m = chain_of_four();

	CU_ASSERT(kit_is_refused(m, "peering:acme/a-b",
		"cidr 172.16.0.0/16 of VPC prod overlaps cidr 172.16.5.0/24 of VPC test, and they "
		"meet in VBR hz-a, by the peerings hz-a-prod, a-b and b-test: it could not tell "
		"whose host is meant, change a range, or delete one of these, or its transit"));
	model_free(m);
}

static void whatever_breaks_the_chain_makes_it_right(void)
{
	static const char *const names[] = { "hz-a-prod", "a-b", "b-test" };
	struct model *m = chain_of_four();

	for (size_t i = 0; i < 3; i++) {
		peering(m, "acme", names[i])->enabled = false;
		CU_ASSERT(kit_is_right(m));
		peering(m, "acme", names[i])->enabled = true;
		CU_ASSERT_FALSE(kit_is_right(m));
	}
	(void)kit_vpc(m, "acme", "test", "172.17.0.0/16");
	CU_ASSERT(kit_is_right(m));
	model_free(m);
}

static void without_transit_nothing_meets_beyond_the_next_instance(void)
{
	struct model *m = chain_of_four();

	/* prod - hz-a - mid - hz-b - test */
	(void)kit_vpc(m, "acme", "mid", "172.20.0.0/16");
	model_del(m, MODEL_PEERING, "acme", "a-b", "");
	(void)kit_peering(m, "acme", "a-mid", kit_end_vbr("acme", "hz-a"),
		kit_end_vpc("acme", "mid"));
	(void)kit_peering(m, "acme", "b-mid", kit_end_vbr("acme", "hz-b"),
		kit_end_vpc("acme", "mid"));
	CU_ASSERT(kit_is_right(m));
	peering(m, "acme", "a-mid")->transit = true; /* prod comes to mid, test does not */
	CU_ASSERT(kit_is_right(m));
	peering(m, "acme", "b-mid")->transit = true;
	CU_ASSERT(kit_is_refused(m, "peering:acme/a-mid",
		"cidr 172.16.0.0/16 of VPC prod overlaps cidr 172.16.5.0/24 of VPC test, and they "
		"meet in VPC mid, by the peerings hz-a-prod, a-mid, b-mid and b-test: it could "
		"not tell whose host is meant, change a range, or delete one of these, or its "
		"transit"));
	model_free(m);
}

static void what_another_tenant_has_in_the_chain_is_named_with_the_tenant(void)
{
	struct model *m = kit_new();
	struct model_peering *p;

	/* acme prod - acme hz-a - globex hub - globex prod: both prods are 172.16.0.0/16. */
	(void)kit_vpc(m, "globex", "hub", "172.20.0.0/16");
	p = kit_peering(m, "acme", "to-hub", kit_end_vbr("acme", "hz-a"),
		kit_end_vpc("globex", "hub"));
	(void)kit_peering(m, "globex", "inside", kit_end_vpc("globex", "hub"),
		kit_end_vpc("globex", "prod"));
	(void)kit_accept(m, "globex", "acme", "to-hub", "hub");
	CU_ASSERT(kit_is_right(m));
	p->transit = true;
	CU_ASSERT(kit_is_refused(m, "peering:acme/to-hub",
		"cidr 172.16.0.0/16 of VPC prod overlaps cidr 172.16.0.0/16 of VPC prod, and they "
		"meet in VPC hub, by the peerings hz-a-prod, to-hub and globex's inside: it could "
		"not tell whose host is meant, change a range, or delete one of these, or its "
		"transit"));
	model_del(m, MODEL_ACCEPT, "globex", "to-hub", "acme");
	CU_ASSERT(kit_is_right(m));
	model_free(m);
}

#define VPCS 5

struct finder {
	bool knows[3 * VPCS][VPCS]; /* an instance, ranges of a VPC */
	uint32_t vpc;
};

static void note(void *ctx, const struct model_obj *o)
{
	struct finder *f = ctx;
	const uint32_t i = (uint32_t)(o->name[1] - '0') + (o->kind == MODEL_VBR ? VPCS : 0);

	f->knows[i][f->vpc] = true;
}

/* By every pair in every instance. */
static bool meets_anywhere(const struct model *m)
{
	struct model_reach *r = model_reach_new(m);
	struct finder f = { 0 };
	bool found = false;

	for (f.vpc = 0; f.vpc < VPCS; f.vpc++) {
		const char name[] = { 'p', (char)('0' + f.vpc), '\0' };

		model_reach_walk(r, model_vpc(m, "acme", name), note, &f);
	}
	for (uint32_t i = 0; i < 3 * VPCS; i++)
		for (uint32_t a = 0; a < VPCS; a++)
			for (uint32_t b = 0; b < a; b++) {
				const char na[] = { 'p', (char)('0' + a), '\0' };
				const char nb[] = { 'p', (char)('0' + b), '\0' };

				found |= f.knows[i][a] && f.knows[i][b] &&
					prefix_overlaps(&model_vpc(m, "acme", na)->cidrs[0],
						&model_vpc(m, "acme", nb)->cidrs[0]);
			}
	model_reach_free(r);
	return found;
}

static struct model *random_world(void)
{
	struct model *m = kit_new();

	model_del(m, MODEL_PEERING, "acme", "hz-a-prod", "");
	model_del(m, MODEL_VPC, "acme", "prod", "");
	model_del(m, MODEL_VBR, "acme", "hz-a", "");
	model_del(m, MODEL_VBR, "globex", "hz-g", "");
	kit_acme(m)->quota[MODEL_QUOTA_VBR] = 99;
	for (uint32_t i = 0; i < VPCS; i++) {
		const char p[] = { 'p', (char)('0' + i), '\0' };
		const char h[] = { 'h', (char)('0' + i), '\0' };
		char cidr[24];

		snprintf(cidr, sizeof(cidr), "172.%u.0.0/%u", 16 + cu_random_below(9),
			16 + cu_random_below(3));
		(void)kit_vpc(m, "acme", p, cidr);
		(void)kit_vbr(m, "acme", h, "pc-1", (uint16_t)(100 + i));
	}
	for (uint32_t n = 3 + cu_random_below(6); n > 0; n--) {
		const char a[] = { 'h', (char)('0' + cu_random_below(VPCS)), '\0' };
		const char b[] = { 'p', (char)('0' + cu_random_below(VPCS)), '\0' };
		const char name[] = { a[1], b[1], '\0' };

		kit_peering(m, "acme", name, kit_end_vbr("acme", a), kit_end_vpc("acme", b))
			->transit = cu_random_below(3) > 0;
	}
	return m;
}

static void random_worlds_are_refused_when_any_two_ranges_meet_anywhere(void)
{
	uint32_t met = 0;

	for (int i = 0; i < 2000; i++) {
		struct model *m = random_world();
		struct errbuf err;
		const bool meets = meets_anywhere(m);

		errbuf_init(&err);
		CU_ASSERT_EQUAL(model_check(m, &err), meets ? -EINVAL : 0);
		CU_ASSERT(!meets || strstr(errbuf_first(&err), "overlaps") != NULL);
		met += meets && strstr(errbuf_first(&err), "by the peerings") != NULL;
		errbuf_fini(&err);
		model_free(m);
	}
	CU_ASSERT(met > 10);
	CU_ASSERT(met < 1000);
}

static const struct cu_case cases[] = {
	CU_CASE(a_chain_is_refused_by_the_names_of_its_connections),
	CU_CASE(whatever_breaks_the_chain_makes_it_right),
	CU_CASE(without_transit_nothing_meets_beyond_the_next_instance),
	CU_CASE(what_another_tenant_has_in_the_chain_is_named_with_the_tenant),
	CU_CASE(random_worlds_are_refused_when_any_two_ranges_meet_anywhere),
};
CU_SUITE(chain, cases);
