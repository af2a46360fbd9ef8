/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What may be there once: over all tenants, or as often as a quota says.
 */
#include "tests/cu_main.h"
#include "tests/vbr/model/kit.h"

static void vlan_twice(struct model *m)
{
	kit_hz_a(m)->circuits[0].vlan_id = 200;
}

static void port_of_a_vpc(struct model *m)
{
	kit_iface(kit_prod(m), "eth2", "", 0);
}

static void interface_of_two_vpcs(struct model *m)
{
	kit_iface(kit_prod(m), "vpc-glob", "", 0);
}

static void two_ports_on_one_interface(struct model *m)
{
	kit_physconn(m, "pc-3", "eth2");
}

static void same_pair_twice(struct model *m)
{
	kit_peering(m, "acme", "again", kit_end_vpc("acme", "prod"), kit_end_vbr("acme", "hz-a"));
}

static void too_many_vbrs(struct model *m)
{
	kit_acme(m)->quota[MODEL_QUOTA_VBR] = 1;
	kit_vbr(m, "acme", "hz-b", "pc-1", 101);
	kit_vbr(m, "acme", "hz-c", "pc-2", 101);
}

static void too_many_vpcs(struct model *m)
{
	kit_acme(m)->quota[MODEL_QUOTA_VPC] = 0;
}

static void too_many_peerings(struct model *m)
{
	kit_acme(m)->quota[MODEL_QUOTA_PEERING] = 0;
}

static const struct kit_refusal refusals[] = {
	/* clang-format off */
	{ "a VLAN twice on a connection", vlan_twice, "vbr:globex/hz-g",
	  "vlan-id 200 of physical-connection pc-1 is in use by VBR hz-a of tenant acme: "
	  "take another VLAN" },
	{ "a port as interface of a VPC", port_of_a_vpc, "vpc:acme/prod",
	  "interface eth2 is in use by physical-connection:/pc-2: "
	  "an interface belongs to one instance, take another" },
	{ "an interface of two VPCs", interface_of_two_vpcs, "vpc:globex/prod",
	  "interface vpc-glob is in use by vpc:acme/prod: "
	  "an interface belongs to one instance, take another" },
	{ "two connections on one interface", two_ports_on_one_interface,
	  "physical-connection:/pc-3",
	  "interface eth2 is in use by physical-connection:/pc-2: "
	  "an interface belongs to one instance, take another" },
	{ "the same two instances twice", same_pair_twice, "peering:acme/hz-a-prod",
	  "peering again connects the same two instances already: change its bandwidth instead" },
	{ "more VBRs on a connection than the quota", too_many_vbrs, "vbr:acme/hz-b",
	  "tenant acme has more than 1 VBRs on physical-connection pc-1, its quota: "
	  "raise quota vbr of the tenant, or use another connection" },
	{ "more VPCs than the quota", too_many_vpcs, "tenant:acme/",
	  "tenant acme has 1 VPCs, its quota is 0: raise quota vpc of the tenant, "
	  "or delete some" },
	{ "more peerings than the quota", too_many_peerings, "tenant:acme/",
	  "tenant acme has 1 peering connections, its quota is 0: "
	  "raise quota peering of the tenant, or delete some" },
	/* clang-format on */
};

static void each_fault_is_one_sentence_with_path_and_remedy(void)
{
	kit_refuse_all(refusals, ARRAY_SIZE(refusals));
}

static const struct cu_case cases[] = {
	CU_CASE(each_fault_is_one_sentence_with_path_and_remedy),
};

CU_SUITE(check_unique, cases);
