/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How far VPCs reach, over chains of connections of all kinds, against a search of simple paths.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/cu_main.h"
#include "tests/vbr/model/kit.h"
#include "vbr/model/reach.h"

#define ROOM 512

static void append(void *ctx, const struct model_obj *o)
{
	char *text = ctx;
	const size_t n = strlen(text);

	snprintf(text + n, ROOM - n, "%s%s/%s", n > 0 ? " " : "", o->tenant, o->name);
}

/* Names that a VPC reaches, in the order of the walk. */
static const char *reach(const struct model *m, const char *tenant, const char *vpc, char *text)
{
	struct model_reach *r = model_reach_new(m);
	const struct model_obj *o = model_get(m, MODEL_VPC, tenant, vpc, "");

	text[0] = '\0';
	CU_ASSERT_PTR_NOT_NULL_FATAL(o);
	model_reach_walk(r, (const struct model_vpc *)o, append, text);
	model_reach_free(r);
	return text;
}

static void vpc_reaches_its_neighbours_and_no_further(void)
{
	struct model *m = kit_new();
	char text[ROOM];

	(void)kit_vpc(m, "acme", "test", "172.17.0.0/16");
	(void)kit_peering(m, "acme", "hz-a-test", kit_end_vbr("acme", "hz-a"),
		kit_end_vpc("acme", "test"));
	CU_ASSERT_STRING_EQUAL(reach(m, "acme", "prod", text), "acme/prod acme/hz-a");
	CU_ASSERT_STRING_EQUAL(reach(m, "acme", "test", text), "acme/test acme/hz-a");
	CU_ASSERT_STRING_EQUAL(reach(m, "globex", "prod", text), "globex/prod");
	model_free(m);
}

static void transit_passes_on_what_came(void)
{
	struct model *m = kit_new();
	struct model_peering *far;
	char text[ROOM];

	(void)kit_vbr(m, "acme", "hz-b", "pc-2", 100);
	(void)kit_vpc(m, "acme", "test", "172.17.0.0/16");
	kit_peering(m, "acme", "hz-a-hz-b", kit_end_vbr("acme", "hz-a"),
		kit_end_vbr("acme", "hz-b"))
		->transit = true;
	far = kit_peering(m, "acme", "hz-b-test", kit_end_vbr("acme", "hz-b"),
		kit_end_vpc("acme", "test"));
	CU_ASSERT_STRING_EQUAL(reach(m, "acme", "prod", text), "acme/prod acme/hz-a acme/hz-b");
	CU_ASSERT_STRING_EQUAL(reach(m, "acme", "test", text), "acme/test acme/hz-b acme/hz-a");
	far->transit = true;
	CU_ASSERT_STRING_EQUAL(reach(m, "acme", "prod", text),
		"acme/prod acme/hz-a acme/hz-b acme/test");
	CU_ASSERT_STRING_EQUAL(reach(m, "acme", "test", text), "acme/test acme/hz-b acme/hz-a");
	model_free(m);
}

static void connection_that_does_not_run_leads_nowhere(void)
{
	struct model *m = kit_new();
	char text[ROOM];

	kit_hz_a_prod(m)->enabled = false;
	CU_ASSERT_STRING_EQUAL(reach(m, "acme", "prod", text), "acme/prod");
	kit_hz_a_prod(m)->enabled = true;
	(void)kit_peering(m, "acme", "across", kit_end_vbr("acme", "hz-a"),
		kit_end_vpc("globex", "prod"));
	CU_ASSERT_STRING_EQUAL(reach(m, "globex", "prod", text), "globex/prod");
	(void)kit_accept(m, "globex", "acme", "across", "prod");
	CU_ASSERT_STRING_EQUAL(reach(m, "globex", "prod", text), "globex/prod acme/hz-a");
	CU_ASSERT_STRING_EQUAL(reach(m, "acme", "prod", text), "acme/prod acme/hz-a");
	model_free(m);
}

/* Random worlds of one tenant. */

#define NODES 7

static void seen_once(void *ctx, const struct model_obj *o)
{
	uint8_t *seen = ctx;

	seen[o->name[1] - '0']++;
}

/* By definition: there is a way whose steps, but for the first, are all transit. */
static void spread(uint8_t has[NODES][NODES], uint8_t *seen, int here, bool is_first)
{
	seen[here] = 1;
	for (int k = 0; k < NODES; k++)
		if (has[here][k] && !seen[k] && (is_first || has[here][k] == 2))
			spread(has, seen, k, false);
}

static void join(struct model *m, uint8_t has[NODES][NODES], int a, int b)
{
	char name[32];
	char ends[2][16];
	struct model_peering *p;

	snprintf(name, sizeof(name), "%d-%d", a, b);
	snprintf(ends[0], sizeof(ends[0]), "v%d", a);
	snprintf(ends[1], sizeof(ends[1]), "v%d", b);
	p = kit_peering(m, "acme", name, kit_end_vpc("acme", ends[0]),
		kit_end_vpc("acme", ends[1]));
	p->transit = rand() % 2;
	has[a][b] = has[b][a] = p->transit ? 2 : 1;
}

static void random_worlds_are_walked_as_defined(void)
{
	srand(7);
	for (int round = 0; round < 200; round++) {
		struct model *m = kit_new();
		uint8_t has[NODES][NODES] = { 0 };
		struct model_reach *r;

		for (int i = 0; i < NODES; i++) {
			char name[16];
			char cidr[32];

			snprintf(name, sizeof(name), "v%d", i);
			snprintf(cidr, sizeof(cidr), "10.%d.0.0/16", i);
			(void)kit_vpc(m, "acme", name, cidr);
		}
		for (int a = 0; a < NODES; a++)
			for (int b = 0; b < a; b++)
				if (rand() % 3 == 0)
					join(m, has, a, b);
		r = model_reach_new(m);
		for (int i = 0; i < NODES; i++) {
			uint8_t want[NODES] = { 0 };
			uint8_t got[NODES] = { 0 };
			char name[16];

			snprintf(name, sizeof(name), "v%d", i);
			spread(has, want, i, true);
			model_reach_walk(r,
				(const struct model_vpc *)model_get(m, MODEL_VPC, "acme", name, ""),
				seen_once, got);
			CU_ASSERT_EQUAL(memcmp(want, got, sizeof(want)), 0);
		}
		model_reach_free(r);
		model_free(m);
	}
}

static const struct cu_case cases[] = {
	CU_CASE(vpc_reaches_its_neighbours_and_no_further),
	CU_CASE(transit_passes_on_what_came),
	CU_CASE(connection_that_does_not_run_leads_nowhere),
	CU_CASE(random_worlds_are_walked_as_defined),
};

CU_SUITE(reach, cases);
