/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vSwitches and the refusal rules of static routes.
 */
#include <stdio.h>
#include <string.h>

#include "lib/base/xalloc.h"
#include "tests/cu_main.h"
#include "tests/vbr/model/kit.h"

static void vswitch(struct model *m, const char *name, const char *cidr)
{
	struct model_vpc *v = kit_prod(m);
	struct model_vswitch *s;

	v->vswitches = xreallocarray(v->vswitches, v->n_vswitches + 1, sizeof(*v->vswitches));
	s = &v->vswitches[v->n_vswitches++];
	memset(s, 0, sizeof(*s));
	snprintf(s->name, sizeof(s->name), "%s", name);
	s->cidr = kit_prefix(cidr);
}

static void vswitches_divide_the_ranges_of_the_vpc(void)
{
	struct model *m = kit_new();

	vswitch(m, "a", "172.16.0.0/24");
	vswitch(m, "b", "172.16.1.0/24");
	CU_ASSERT(kit_is_right(m));
	vswitch(m, "c", "172.16.1.128/25");
	CU_ASSERT(kit_is_refused(m, "vpc:acme/prod",
		"vswitch b, cidr 172.16.1.0/24, and vswitch c, cidr 172.16.1.128/25, overlap: "
		"change one of them"));
	model_free(m);
	m = kit_new();
	vswitch(m, "a", "10.9.0.0/24");
	CU_ASSERT(kit_is_refused(m, "vpc:acme/prod",
		"vswitch a: cidr 10.9.0.0/24 is inside no cidr of the VPC: "
		"take a part of one, or add a cidr"));
	model_free(m);
}

static void addresses_of_an_interface_are_its_vswitchs(void)
{
	struct model *m = kit_new();

	vswitch(m, "a", "172.16.0.0/24");
	vswitch(m, "b", "172.16.1.0/24");
	snprintf(kit_prod(m)->ifaces[0].vswitch, MODEL_NAME_SIZE, "a");
	CU_ASSERT(kit_is_right(m));
	snprintf(kit_prod(m)->ifaces[0].vswitch, MODEL_NAME_SIZE, "b");
	CU_ASSERT(kit_is_refused(m, "vpc:acme/prod",
		"interface vpc-prod: address 172.16.0.1 is outside vswitch b, cidr 172.16.1.0/24: "
		"take an address inside, or another vswitch"));
	model_free(m);
}

static void each_static_route_is_taken_or_refused(void)
{
	static const struct {
		const char *prefix;
		const char *text; /* NULL: it is right */
	} rows[] = {
		{ "172.16.0.0/24",
			"static-route 172.16.0.0/24 is equal to cidr 172.16.0.0/24 of "
			"vswitch a: its hosts are on the spot, take a wider or another "
			"destination" },
		{ "172.16.0.9/32",
			"static-route 172.16.0.9/32 is inside cidr 172.16.0.0/24 of "
			"vswitch a: its hosts are on the spot, take a wider or another "
			"destination" },
		{ "172.16.0.0/23", NULL }, /* wider */
		{ "172.16.7.0/24", NULL }, /* the VPC's, and no vSwitch's */
		{ "0.0.0.0/0", NULL },
		{ "100.64.0.0/10",
			"static-route 100.64.0.0/10 is inside 100.64.0.0/10, which the "
			"cloud uses itself: take another destination" },
		{ "100.100.0.0/16",
			"static-route 100.100.0.0/16 is inside 100.64.0.0/10, which the "
			"cloud uses itself: take another destination" },
		{ "100.0.0.0/8", NULL },
		{ "100.128.0.0/16", NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct model *m = kit_new();

		vswitch(m, "a", "172.16.0.0/24");
		kit_vpc_static(kit_prod(m), rows[i].prefix)->blackhole = true;
		if (rows[i].text == NULL)
			CU_ASSERT(kit_is_right(m));
		if (rows[i].text != NULL)
			CU_ASSERT(kit_is_refused(m, "vpc:acme/prod", rows[i].text));
		model_free(m);
	}
}

static void a_vbr_has_no_route_to_the_clouds_own_range(void)
{
	struct model *m = kit_new();

	kit_vbr_static(kit_hz_a(m), "100.64.1.0/24")->blackhole = true;
	CU_ASSERT(kit_is_refused(m, "vbr:acme/hz-a",
		"static-route 100.64.1.0/24 is inside 100.64.0.0/10, which the cloud uses itself: "
		"take another destination"));
	model_free(m);
}

static void a_vbr_is_connected_with_vpcs_of_distinct_ranges(void)
{
	struct model *m = kit_new();

	kit_vpc(m, "acme", "test", "172.16.9.0/24");
	kit_peering(m, "acme", "hz-a-test", kit_end_vbr("acme", "hz-a"),
		kit_end_vpc("acme", "test"));
	CU_ASSERT(kit_is_refused(m, "peering:acme/hz-a-test",
		"cidr 172.16.9.0/24 of VPC test overlaps cidr 172.16.0.0/16 of VPC prod, and VBR "
		"hz-a is connected with that one by peering hz-a-prod: it could not tell whose "
		"host is meant, change a range or delete one of the connections"));
	model_free(m);
}

static void a_vpc_is_connected_with_vpcs_of_distinct_ranges(void)
{
	struct model *m = kit_new();

	kit_vpc(m, "acme", "hub", "10.1.0.0/16");
	kit_vpc(m, "globex", "shop", "172.16.0.0/12");
	kit_peering(m, "acme", "hub-prod", kit_end_vpc("acme", "hub"), kit_end_vpc("acme", "prod"));
	kit_peering(m, "globex", "shop-hub", kit_end_vpc("globex", "shop"),
		kit_end_vpc("acme", "hub"));
	CU_ASSERT(kit_is_right(m));
	kit_accept(m, "acme", "globex", "shop-hub", "hub");
	CU_ASSERT(kit_is_refused(m, "peering:globex/shop-hub",
		"cidr 172.16.0.0/12 of VPC shop overlaps cidr 172.16.0.0/16 of VPC prod, and VPC "
		"hub is connected with that one by peering hub-prod: it could not tell whose host "
		"is meant, change a range or delete one of the connections"));
	model_free(m);
}

static void connections_that_do_not_run_overlap_with_none(void)
{
	struct model *m = kit_new();
	struct model_peering *p;

	kit_vpc(m, "acme", "test", "172.16.9.0/24");
	p = kit_peering(m, "acme", "hz-a-test", kit_end_vbr("acme", "hz-a"),
		kit_end_vpc("acme", "test"));
	p->enabled = false;
	CU_ASSERT(kit_is_right(m));
	p->enabled = true;
	CU_ASSERT_FALSE(kit_is_right(m));
	kit_hz_a_prod(m)->enabled = false;
	CU_ASSERT(kit_is_right(m));
	/* The other tenant's VPC has the range of prod: it may wait for consent. */
	kit_peering(m, "acme", "to-globex", kit_end_vbr("acme", "hz-a"),
		kit_end_vpc("globex", "prod"));
	CU_ASSERT(kit_is_right(m));
	kit_accept(m, "globex", "acme", "to-globex", "prod");
	CU_ASSERT_FALSE(kit_is_right(m));
	model_free(m);
}

static const struct cu_case cases[] = {
	CU_CASE(vswitches_divide_the_ranges_of_the_vpc),
	CU_CASE(addresses_of_an_interface_are_its_vswitchs),
	CU_CASE(each_static_route_is_taken_or_refused),
	CU_CASE(a_vbr_has_no_route_to_the_clouds_own_range),
	CU_CASE(a_vbr_is_connected_with_vpcs_of_distinct_ranges),
	CU_CASE(a_vpc_is_connected_with_vpcs_of_distinct_ranges),
	CU_CASE(connections_that_do_not_run_overlap_with_none),
};

CU_SUITE(vpc, cases);
