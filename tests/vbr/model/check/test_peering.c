/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A peering connection: its ends, and ranges that meet there.
 */
#include "tests/cu_main.h"
#include "tests/vbr/model/kit.h"

static void cidrs_of_peered_vpcs_overlap(struct model *m)
{
	kit_vpc(m, "acme", "test", "172.16.128.0/17");
	kit_peering(m, "acme", "prod-test", kit_end_vpc("acme", "prod"),
		kit_end_vpc("acme", "test"));
}

static void cidrs_overlap_across_tenants(struct model *m)
{
	kit_peering(m, "acme", "to-globex", kit_end_vpc("acme", "prod"),
		kit_end_vpc("globex", "prod"));
	kit_accept(m, "globex", "acme", "to-globex", "prod");
}

static void initiator_of_nobody(struct model *m)
{
	kit_hz_a_prod(m)->initiator = kit_end_vbr("acme", "hz-x");
}

static void acceptor_of_nobody(struct model *m)
{
	kit_hz_a_prod(m)->acceptor = kit_end_vpc("acme", "prd");
}

static void vbr_of_another_tenant(struct model *m)
{
	kit_hz_a_prod(m)->acceptor = kit_end_vbr("globex", "hz-g");
	kit_hz_a_prod(m)->transit = true;
}

static void both_ends_the_same(struct model *m)
{
	kit_hz_a_prod(m)->initiator = kit_end_vpc("acme", "prod");
	kit_prod(m)->n_cidrs = 0;
}

static void two_vbrs_without_transit(struct model *m)
{
	kit_vbr(m, "acme", "hz-b", "pc-2", 0);
	kit_hz_a_prod(m)->acceptor = kit_end_vbr("acme", "hz-b");
}

static const struct kit_refusal refusals[] = {
	/* clang-format off */
	{ "overlapping CIDRs of peered VPCs", cidrs_of_peered_vpcs_overlap,
	  "peering:acme/prod-test",
	  "cidr 172.16.0.0/16 of VPC prod overlaps cidr 172.16.128.0/17 of VPC test: "
	  "peered VPCs need distinct ranges, change one of them" },
	{ "overlapping CIDRs across tenants", cidrs_overlap_across_tenants,
	  "peering:acme/to-globex",
	  "cidr 172.16.0.0/16 of VPC prod overlaps cidr 172.16.0.0/16 of VPC prod: "
	  "peered VPCs need distinct ranges, change one of them" },
	{ "an initiator that does not exist", initiator_of_nobody, "peering:acme/hz-a-prod",
	  "initiator vbr \"hz-x\" does not exist in tenant acme: create it, or correct the name" },
	{ "an acceptor that does not exist", acceptor_of_nobody, "peering:acme/hz-a-prod",
	  "acceptor vpc \"prd\" does not exist in tenant acme: create it, or correct the name" },
	{ "a VBR of another tenant", vbr_of_another_tenant, "peering:acme/hz-a-prod",
	  "acceptor: a VBR of another tenant cannot be reached: name a VPC of tenant globex" },
	{ "twice the same end", both_ends_the_same, "peering:acme/hz-a-prod",
	  "initiator and acceptor are the same instance: name two different ones" },
	{ "two VBRs without transit", two_vbrs_without_transit, "peering:acme/hz-a-prod",
	  "two VBRs exchange nothing unless transit is true: set transit true, or name a VPC" },
	/* clang-format on */
};

static void each_fault_is_one_sentence_with_path_and_remedy(void)
{
	kit_refuse_all(refusals, ARRAY_SIZE(refusals));
}

static void overlap_matters_only_once_the_other_side_consents(void)
{
	struct model *m = kit_new();

	kit_peering(m, "acme", "to-globex", kit_end_vpc("acme", "prod"),
		kit_end_vpc("globex", "prod"));
	CU_ASSERT(kit_is_right(m));
	kit_accept(m, "globex", "acme", "to-globex", "prod");
	CU_ASSERT(kit_is_refused(m, "peering:acme/to-globex",
		"cidr 172.16.0.0/16 of VPC prod overlaps cidr 172.16.0.0/16 of VPC prod: "
		"peered VPCs need distinct ranges, change one of them"));
	model_free(m);
}

static void a_missing_vpc_of_another_tenant_is_not_told(void)
{
	struct model *m = kit_new();

	kit_peering(m, "acme", "to-globex", kit_end_vbr("acme", "hz-a"),
		kit_end_vpc("globex", "secret"));
	CU_ASSERT(kit_is_right(m));
	model_free(m);
}

static const struct cu_case cases[] = {
	CU_CASE(each_fault_is_one_sentence_with_path_and_remedy),
	CU_CASE(overlap_matters_only_once_the_other_side_consents),
	CU_CASE(a_missing_vpc_of_another_tenant_is_not_told),
};

CU_SUITE(check_peering, cases);
