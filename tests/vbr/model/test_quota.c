/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every quota at its limit and one beyond it; the sentence names the limit and the leaf.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/xalloc.h"
#include "tests/cu_main.h"
#include "tests/vbr/model/kit.h"

static void a_vbr(struct model *m, unsigned i)
{
	char name[16];

	snprintf(name, sizeof(name), "more-%u", i);
	kit_vbr(m, "acme", name, "pc-2", (uint16_t)(500 + i));
}

/* Of the provider, of acme elsewhere, of acme somewhere, and of acme in the one hall. */
static void a_line(struct model *m, unsigned i)
{
	static const struct {
		const char *owner;
		const char *place;
	} all[] = { { "", "hall 3" }, { "acme", "hall 4" }, { "acme", "" }, { "acme", "hall 3" } };

	for (size_t k = 0; k < ARRAY_SIZE(all); k++) {
		struct model_physconn *pc;
		char name[16];

		snprintf(name, sizeof(name), "l%u-%zu", i, k);
		pc = kit_physconn(m, name, name);
		snprintf(pc->line.owner, sizeof(pc->line.owner), "%s", all[k].owner);
		snprintf(pc->access_point, sizeof(pc->access_point), "%s",
			k == 1 && i > 3 ? "hall 5" : all[k].place);
	}
}

static void a_vpc(struct model *m, unsigned i)
{
	char name[16];
	char cidr[32];

	snprintf(name, sizeof(name), "more-%u", i);
	snprintf(cidr, sizeof(cidr), "10.%u.0.0/16", 100 + i);
	kit_vpc(m, "acme", name, cidr);
}

static void a_peering_of_the_vbr(struct model *m, unsigned i)
{
	char name[16];

	a_vpc(m, i);
	snprintf(name, sizeof(name), "more-%u", i);
	kit_peering(m, "acme", name, kit_end_vbr("acme", "hz-a"), kit_end_vpc("acme", name));
}

static void a_peering_of_the_vpc(struct model *m, unsigned i)
{
	char name[16];

	a_vpc(m, i);
	snprintf(name, sizeof(name), "more-%u", i);
	kit_peering(m, "acme", name, kit_end_vpc("acme", name), kit_end_vpc("acme", "prod"));
}

static void a_peer(struct model *m, unsigned i)
{
	char address[32];

	snprintf(address, sizeof(address), "198.51.100.%u", 10 + i);
	kit_peer(kit_hz_a(m), address, 65001)->multihop = 5;
}

static void a_static(struct model *m, unsigned i)
{
	char prefix[32];

	snprintf(prefix, sizeof(prefix), "198.18.%u.0/24", i);
	kit_vbr_static(kit_hz_a(m), prefix)->blackhole = true;
}

static void a_vpc_static(struct model *m, unsigned i)
{
	char prefix[32];

	snprintf(prefix, sizeof(prefix), "198.18.%u.0/24", i);
	kit_vpc_static(kit_prod(m), prefix)->blackhole = true;
}

/* There is one already of some of them. */
static const struct {
	enum model_quota quota;
	void (*add)(struct model *m, unsigned i);
	unsigned has;
	bool looser; /* the tenant's peerings are no limit here */
	const char *path;
	const char *what;
} rows[] = {
	{ MODEL_QUOTA_LINE, a_line, 0, false, "tenant:acme/",
		"physical connections at one access point" },
	{ MODEL_QUOTA_IDLE_VBR, a_vbr, 0, false, "tenant:acme/", "VBRs without a peering" },
	{ MODEL_QUOTA_VPC, a_vpc, 1, false, "tenant:acme/", "VPCs" },
	{ MODEL_QUOTA_PEERING, a_peering_of_the_vbr, 1, false, "tenant:acme/",
		"peering connections" },
	{ MODEL_QUOTA_VBR_PEERING, a_peering_of_the_vbr, 1, true, "vbr:acme/hz-a",
		"peering connections of one VBR" },
	{ MODEL_QUOTA_VPC_PEERING, a_peering_of_the_vpc, 1, true, "vpc:acme/prod",
		"peering connections of one VPC" },
	{ MODEL_QUOTA_PEER, a_peer, 1, false, "vbr:acme/hz-a", "BGP peers of one VBR" },
	{ MODEL_QUOTA_VBR_STATIC, a_static, 0, false, "vbr:acme/hz-a", "static routes of one VBR" },
	{ MODEL_QUOTA_VPC_STATIC, a_vpc_static, 0, false, "vpc:acme/prod",
		"static routes of one VPC" },
};

static void each_quota_holds_at_its_limit(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct model *m = kit_new();
		char text[256];

		kit_acme(m)->quota[rows[i].quota] = 4;
		if (rows[i].looser)
			kit_acme(m)->quota[MODEL_QUOTA_PEERING] = MODEL_QUOTA_NONE;
		for (unsigned k = rows[i].has; k < 4; k++)
			rows[i].add(m, k);
		CU_ASSERT(kit_is_right(m));
		rows[i].add(m, 4);
		snprintf(text, sizeof(text),
			"tenant acme has 5 %s, its quota is 4: raise quota %s of the tenant, "
			"or delete some",
			rows[i].what, model_quota_row(rows[i].quota)->leaf);
		CU_ASSERT(kit_is_refused(m, rows[i].path, text));
		kit_acme(m)->quota[rows[i].quota] = 5;
		CU_ASSERT(kit_is_right(m));
		model_free(m);
	}
}

static void what_another_tenant_asks_for_costs_nothing_until_it_is_accepted(void)
{
	struct model *m = kit_new();

	((struct model_tenant *)(uintptr_t)model_tenant(m, "globex"))
		->quota[MODEL_QUOTA_VPC_PEERING] = 0;
	kit_vpc(m, "globex", "shop", "10.88.0.0/16");
	kit_peering(m, "acme", "to-globex", kit_end_vbr("acme", "hz-a"),
		kit_end_vpc("globex", "shop"));
	CU_ASSERT(kit_is_right(m));
	kit_accept(m, "globex", "acme", "to-globex", "shop");
	CU_ASSERT(kit_is_refused(m, "vpc:globex/shop",
		"tenant globex has 1 peering connections of one VPC, its quota is 0: "
		"raise quota vpc-peering of the tenant, or delete some"));
	model_free(m);
}

static const struct cu_case cases[] = {
	CU_CASE(each_quota_holds_at_its_limit),
	CU_CASE(what_another_tenant_asks_for_costs_nothing_until_it_is_accepted),
};

CU_SUITE(quota, cases);
