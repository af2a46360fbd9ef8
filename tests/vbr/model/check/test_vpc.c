/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A VPC: its ranges, interfaces and static routes.
 */
#include "tests/cu_main.h"
#include "tests/vbr/model/kit.h"

static void cidr_in_shared_space(struct model *m)
{
	kit_cidr(kit_prod(m), "100.96.0.0/16");
}

static void cidr_around_shared_space(struct model *m)
{
	kit_cidr(kit_prod(m), "100.0.0.0/8");
}

static void cidr_is_multicast(struct model *m)
{
	kit_cidr(kit_prod(m), "239.0.0.0/8");
}

static void cidr_is_everything(struct model *m)
{
	kit_prod(m)->cidrs[0] = kit_prefix("0.0.0.0/0");
}

static void cidrs_of_one_vpc_overlap(struct model *m)
{
	kit_cidr(kit_prod(m), "172.16.9.0/24");
}

static void vpc_address_in_shared_space(struct model *m)
{
	kit_iface(kit_prod(m), "vpc-2", "100.64.1.1", 24);
}

static void vpc_static_to_nowhere(struct model *m)
{
	kit_vpc_static(kit_prod(m), "192.168.0.0/16");
}

static void vpc_static_off_the_subnet(struct model *m)
{
	struct model_static *s = kit_vpc_static(kit_prod(m), "192.168.0.0/16");

	s->next_hop[s->n_next_hops++] = kit_addr("172.16.1.9");
}

static const struct kit_refusal refusals[] = {
	/* clang-format off */
	{ "a CIDR inside 100.64/10", cidr_in_shared_space, "vpc:acme/prod",
	  "cidr 100.96.0.0/16 overlaps 100.64.0.0/10, which the cloud uses itself: "
	  "take a range outside" },
	{ "a CIDR around 100.64/10", cidr_around_shared_space, "vpc:acme/prod",
	  "cidr 100.0.0.0/8 overlaps 100.64.0.0/10, which the cloud uses itself: "
	  "take a range outside" },
	{ "a multicast CIDR", cidr_is_multicast, "vpc:acme/prod",
	  "cidr 239.0.0.0/8 is no range that can be routed: take a unicast range" },
	{ "the whole space as CIDR", cidr_is_everything, "vpc:acme/prod",
	  "cidr 0.0.0.0/0 is no range that can be routed: take a unicast range" },
	{ "overlapping CIDRs of one VPC", cidrs_of_one_vpc_overlap, "vpc:acme/prod",
	  "cidr 172.16.0.0/16 and cidr 172.16.9.0/24 overlap: change or delete one of them" },
	{ "a VPC's address in 100.64/10", vpc_address_in_shared_space, "vpc:acme/prod",
	  "interface address 100.64.1.1 is inside 100.64.0.0/10, which the cloud uses itself: "
	  "take an address outside" },
	{ "a VPC's static route to nowhere", vpc_static_to_nowhere, "vpc:acme/prod",
	  "static-route 192.168.0.0/16 has neither next-hop, interface nor blackhole: give one" },
	{ "a VPC's static route off its subnets", vpc_static_off_the_subnet, "vpc:acme/prod",
	  "static-route 192.168.0.0/16: next-hop 172.16.1.9 is on no interface of the VPC: "
	  "take an address of an attached subnet" },
	/* clang-format on */
};

static void each_fault_is_one_sentence_with_path_and_remedy(void)
{
	kit_refuse_all(refusals, ARRAY_SIZE(refusals));
}

static const struct cu_case cases[] = {
	CU_CASE(each_fault_is_one_sentence_with_path_and_remedy),
};

CU_SUITE(check_vpc, cases);
