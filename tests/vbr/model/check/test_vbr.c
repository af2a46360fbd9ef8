/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A VBR: its link, its static routes, and what its BGP says beside its neighbours.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/xalloc.h"
#include "tests/cu_main.h"
#include "tests/vbr/model/kit.h"

static void link_in_shared_space(struct model *m)
{
	kit_hz_a(m)->circuits[0].ipv4 = (struct model_link){ kit_addr("100.64.0.1"),
		kit_addr("10.0.0.2"), 30 };
	kit_hz_a(m)->circuits[0].ipv4.peer = kit_addr("100.64.0.2");
	kit_hz_a(m)->peers[0].address = kit_addr("100.64.0.2");
}

static void peer_gateway_outside(struct model *m)
{
	kit_hz_a(m)->circuits[0].ipv4.peer = kit_addr("10.0.0.6");
}

static void peer_gateway_outside_v6(struct model *m)
{
	kit_hz_a(m)->circuits[0].ipv6 = (struct model_link){ kit_addr("2001:db8::1"),
		kit_addr("2001:db8::5"), 126 };
}

static void gateway_is_broadcast(struct model *m)
{
	kit_hz_a(m)->circuits[0].ipv4.local = kit_addr("10.0.0.3");
}

static void gateway_is_multicast(struct model *m)
{
	kit_hz_a(m)->circuits[0].ipv4.local = kit_addr("224.0.0.1");
	kit_hz_a(m)->circuits[0].ipv4.peer = kit_addr("10.0.0.2");
	kit_hz_a(m)->circuits[0].ipv4.len = 30;
}

static void no_such_connection(struct model *m)
{
	snprintf(kit_hz_a(m)->circuits[0].physconn, MODEL_NAME_SIZE, "pc-9");
}

static void aggregate_of_a_host(struct model *m)
{
	struct model_vbr *v = kit_hz_a(m);

	v->aggregates = xcalloc(1, sizeof(*v->aggregates));
	v->aggregates[0].pfx = kit_prefix("9.9.9.9/32");
	v->n_aggregates = 1;
}

static void no_router_id(struct model *m)
{
	struct model_vbr *v = kit_hz_a(m);

	memset(&v->circuits[0].ipv4, 0, sizeof(v->circuits[0].ipv4));
	v->circuits[0].ipv6 = (struct model_link){ kit_addr("2001:db8::1"), kit_addr("2001:db8::2"),
		64 };
	v->peers[0].address = kit_addr("2001:db8::2");
}

static void network_in_shared_space(struct model *m)
{
	struct model_vbr *v = kit_hz_a(m);

	v->networks = xcalloc(1, sizeof(*v->networks));
	v->networks[0] = kit_prefix("100.64.1.0/24");
	v->n_networks = 1;
}

static void static_to_nowhere(struct model *m)
{
	kit_vbr_static(kit_hz_a(m), "192.168.0.0/16");
}

static void static_off_the_link(struct model *m)
{
	struct model_static *s = kit_vbr_static(kit_hz_a(m), "192.168.0.0/16");

	s->next_hop[s->n_next_hops++] = kit_addr("10.0.0.9");
}

static const struct kit_refusal refusals[] = {
	/* clang-format off */
	{ "a gateway outside the subnet", peer_gateway_outside, "vbr:acme/hz-a",
	  "ipv4 peer-gateway 10.0.0.6 is outside the link's subnet 10.0.0.0/30: "
	  "change peer-gateway or prefix-length" },
	{ "an IPv6 gateway outside the subnet", peer_gateway_outside_v6, "vbr:acme/hz-a",
	  "ipv6 peer-gateway 2001:db8::5 is outside the link's subnet 2001:db8::/126: "
	  "change peer-gateway or prefix-length" },
	{ "a gateway that is a broadcast address", gateway_is_broadcast, "vbr:acme/hz-a",
	  "ipv4 gateways: the first and the last address of 10.0.0.0/30 are no hosts: "
	  "take others" },
	{ "a connection that does not exist", no_such_connection, "vbr:acme/hz-a",
	  "physical-connection \"pc-9\" does not exist: create it, or correct the name" },
	{ "a host as aggregate", aggregate_of_a_host, "vbr:acme/hz-a",
	  "aggregate 9.9.9.9/32 is a host, so nothing can be part of it: "
	  "take a shorter prefix, or a network statement" },
	{ "no router id", no_router_id, "vbr:acme/hz-a",
	  "bgp has no router-id: set bgp router-id, system router-id, or an ipv4 local-gateway" },
	{ "a network in 100.64/10", network_in_shared_space, "vbr:acme/hz-a",
	  "network 100.64.1.0/24 overlaps 100.64.0.0/10, which the cloud uses itself: "
	  "take a range outside" },
	{ "a static route to nowhere", static_to_nowhere, "vbr:acme/hz-a",
	  "static-route 192.168.0.0/16 has neither next-hop nor blackhole: give one" },
	{ "a static route off the link", static_off_the_link, "vbr:acme/hz-a",
	  "static-route 192.168.0.0/16: next-hop 10.0.0.9 is not on the VBR's link: "
	  "take an address of the link" },
	/* clang-format on */
};

static void each_fault_is_one_sentence_with_path_and_remedy(void)
{
	kit_refuse_all(refusals, ARRAY_SIZE(refusals));
}

static void addresses_of_a_link_may_not_be_the_clouds_own(void)
{
	static void (*const spoils[])(
		struct model *) = { link_in_shared_space, gateway_is_multicast };
	static const char *const texts[] = {
		"ipv4 local-gateway 100.64.0.1 is inside 100.64.0.0/10, "
		"which the cloud uses itself: take an address outside",
		"ipv4 local-gateway 224.0.0.1 cannot be the address of a host: "
		"take a unicast address",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct model *m = kit_new();
		struct errbuf err;

		errbuf_init(&err);
		spoils[i](m);
		CU_ASSERT_EQUAL(model_check(m, &err), -EINVAL);
		CU_ASSERT_STRING_EQUAL(errbuf_first(&err), texts[i]);
		errbuf_fini(&err);
		model_free(m);
	}
}

static void equal_addresses_in_two_tenants_are_right(void)
{
	struct model *m = kit_new();

	CU_ASSERT_EQUAL(model_vbr(m, "globex", "hz-g")->circuits[0].ipv4.local.b[0],
		model_vbr(m, "acme", "hz-a")->circuits[0].ipv4.local.b[0]);
	CU_ASSERT(kit_is_right(m));
	model_free(m);
}

static const struct cu_case cases[] = {
	CU_CASE(each_fault_is_one_sentence_with_path_and_remedy),
	CU_CASE(addresses_of_a_link_may_not_be_the_clouds_own),
	CU_CASE(equal_addresses_in_two_tenants_are_right),
};

CU_SUITE(check_vbr, cases);
