/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of route-maps and lists, and what a map may set where it is named.
 */
#include <stdio.h>

#include "lib/base/xalloc.h"
#include "tests/cu_main.h"
#include "tests/vbr/model/kit.h"

static void map_of_nobody(struct model *m)
{
	snprintf(kit_hz_a(m)->peers[0].import_policy, MODEL_NAME_SIZE, "from-idc");
}

static void map_of_another_tenant(struct model *m)
{
	kit_policy(m, "globex", "to-idc", "");
	snprintf(kit_hz_a(m)->peers[0].export_policy, MODEL_NAME_SIZE, "to-idc");
}

static void map_of_another_tenant_on_a_peering(struct model *m)
{
	kit_policy(m, "globex", "filter", "");
	snprintf(kit_hz_a_prod(m)->import_policy, MODEL_NAME_SIZE, "filter");
}

static void list_of_another_tenant(struct model *m)
{
	struct model_policy *p = kit_policy(m, "acme", "from-idc", "");

	kit_policy(m, "globex", "", "hosts");
	kit_name(&p->uses[MODEL_POLICY_PREFIX_LIST], "hosts");
}

static void map_with(struct model *m, uint8_t sets, char *where)
{
	struct model_policy *p = kit_policy(m, "acme", "special", "");

	p->map_sets = xcalloc(1, 1);
	p->map_sets[0] = sets;
	snprintf(where, MODEL_NAME_SIZE, "special");
}

static void self_on_import(struct model *m)
{
	map_with(m, MODEL_MAP_NEXT_HOP_SELF, kit_hz_a(m)->peers[0].import_policy);
}

static void weight_on_export(struct model *m)
{
	map_with(m, MODEL_MAP_WEIGHT, kit_hz_a(m)->peers[0].export_policy);
}

static void next_hop_on_a_peering(struct model *m)
{
	map_with(m, MODEL_MAP_NEXT_HOP, kit_hz_a_prod(m)->export_policy);
}

static void weight_on_a_peering(struct model *m)
{
	map_with(m, MODEL_MAP_WEIGHT, kit_hz_a_prod(m)->import_policy);
}

static const struct kit_refusal refusals[] = {
	/* clang-format off */
	{ "a route-map of nobody", map_of_nobody, "vbr:acme/hz-a",
	  "import-policy names route-map \"from-idc\", "
	  "which neither tenant acme nor the global policy has: create it, or correct the name" },
	{ "another tenant's route-map on a peer", map_of_another_tenant, "vbr:acme/hz-a",
	  "export-policy names route-map \"to-idc\", "
	  "which neither tenant acme nor the global policy has: create it, or correct the name" },
	{ "another tenant's route-map on a peering", map_of_another_tenant_on_a_peering,
	  "peering:acme/hz-a-prod",
	  "import-policy names route-map \"filter\", "
	  "which neither tenant acme nor the global policy has: create it, or correct the name" },
	{ "another tenant's prefix-list", list_of_another_tenant, "policy:acme/",
	  "a route-map names prefix-list \"hosts\", which does not exist here or globally: "
	  "create it, or correct the name" },
	{ "next hop self on import", self_on_import, "vbr:acme/hz-a",
	  "import-policy names route-map \"special\", which sets next-hop self: "
	  "that has no effect here, name a map without it" },
	{ "weight on export", weight_on_export, "vbr:acme/hz-a",
	  "export-policy names route-map \"special\", which sets weight: "
	  "that has no effect here, name a map without it" },
	{ "a next hop on a peering", next_hop_on_a_peering, "peering:acme/hz-a-prod",
	  "export-policy names route-map \"special\", which sets next-hop: "
	  "that has no effect here, name a map without it" },
	{ "weight on a peering", weight_on_a_peering, "peering:acme/hz-a-prod",
	  "import-policy names route-map \"special\", which sets weight: over a peering connection "
	  "two tables could change their minds for ever: set local-preference instead" },
	/* clang-format on */
};

static void each_fault_is_one_sentence_with_path_and_remedy(void)
{
	kit_refuse_all(refusals, ARRAY_SIZE(refusals));
}

static void a_global_policy_serves_every_tenant(void)
{
	struct model *m = kit_new();

	kit_policy(m, "", "from-idc", "hosts");
	snprintf(kit_hz_a(m)->peers[0].import_policy, MODEL_NAME_SIZE, "from-idc");
	CU_ASSERT(kit_is_right(m));
	model_free(m);
}

static const struct cu_case cases[] = {
	CU_CASE(each_fault_is_one_sentence_with_path_and_remedy),
	CU_CASE(a_global_policy_serves_every_tenant),
};

CU_SUITE(check_policy, cases);
