/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every refusal of the model's check: spoil one point of a right world, read the one sentence.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/xalloc.h"
#include "tests/cu_main.h"
#include "tests/vbr/model/kit.h"

struct refusal {
	const char *name;
	void (*spoil)(struct model *m);
	const char *path;
	const char *text;
};

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

static void vpc_address_in_shared_space(struct model *m)
{
	kit_iface(kit_prod(m), "vpc-2", "100.64.1.1", 24);
}

static void peer_without_as(struct model *m)
{
	kit_hz_a(m)->peers[0].peer_as = 0;
}

static struct model_range *range(struct model *m, const char *prefix)
{
	struct model_vbr *v = kit_hz_a(m);
	struct model_range *r;

	v->ranges = xreallocarray(v->ranges, v->n_ranges + 1, sizeof(*v->ranges));
	r = &v->ranges[v->n_ranges++];
	*r = (struct model_range){ .pfx = kit_prefix(prefix), .limit = 8 };
	r->peer.address = prefix_addr(&r->pfx);
	r->peer.peer_as = 65001;
	snprintf(r->peer.group, sizeof(r->peer.group), "idc");
	return r;
}

static void range_without_as(struct model *m)
{
	range(m, "10.0.0.0/30")->peer.peer_as = 0;
}

static void range_strict_without_role(struct model *m)
{
	range(m, "10.0.0.0/30")->peer.role_strict = true;
}

static void range_without_link(struct model *m)
{
	(void)range(m, "2001:db8::/64");
}

static void unnumbered_beside_a_range(struct model *m)
{
	struct model_link *l = &kit_hz_a(m)->circuits[0].ipv6;

	CU_ASSERT_EQUAL(ip_parse("fd00::1", &l->local), 0);
	CU_ASSERT_EQUAL(ip_parse("fd00::2", &l->peer), 0);
	l->len = 64;
	range(m, "fe80::/10")->discover = true;
	(void)range(m, "fe80::/64");
}

static void range_off_the_link(struct model *m)
{
	(void)range(m, "10.0.1.0/24");
}

static void range_guards_a_peer_without_password(struct model *m)
{
	snprintf(range(m, "10.0.0.0/24")->peer.password, 8, "s3cret");
}

static void range_guards_a_range_without_password(struct model *m)
{
	snprintf(kit_hz_a(m)->peers[0].password, 8, "x");
	range_guards_a_peer_without_password(m);
	(void)range(m, "10.0.0.0/30");
}

static void range_with_unknown_map(struct model *m)
{
	snprintf(range(m, "10.0.0.0/30")->peer.import_policy, MODEL_NAME_SIZE, "nope");
}

static struct model_ao_key *ao_key(struct model_peer *p, uint8_t id, uint8_t receive_id)
{
	struct model_ao_key *k = &p->ao[p->n_ao++];

	*k = (struct model_ao_key){ .id = id, .receive_id = receive_id, .secret = "s3cret" };
	return k;
}

static void ao_and_password(struct model *m)
{
	struct model_peer *p = &kit_hz_a(m)->peers[0];

	(void)ao_key(p, 1, 1);
	snprintf(p->password, sizeof(p->password), "x");
}

static void ao_receive_id_twice(struct model *m)
{
	(void)ao_key(&kit_hz_a(m)->peers[0], 1, 9);
	(void)ao_key(&kit_hz_a(m)->peers[0], 2, 9);
}

static void ao_two_preferred(struct model *m)
{
	ao_key(&kit_hz_a(m)->peers[0], 1, 1)->preferred = true;
	ao_key(&kit_hz_a(m)->peers[0], 2, 2)->preferred = true;
}

static void ao_range_around_a_peer(struct model *m)
{
	(void)ao_key(&kit_hz_a(m)->peers[0], 1, 1);
	(void)ao_key(&range(m, "10.0.0.0/24")->peer, 2, 1);
}

static void ao_range_around_md5(struct model *m)
{
	snprintf(kit_hz_a(m)->peers[0].password, 8, "x");
	(void)ao_key(&range(m, "10.0.0.0/24")->peer, 2, 1);
}

static void source_of_another(struct model *m)
{
	kit_hz_a(m)->peers[0].update_source = kit_addr("10.0.0.9");
}

static void source_of_the_other_family(struct model *m)
{
	kit_hz_a(m)->peers[0].update_source = kit_addr("2001:db8::1");
}

static void source_that_is_no_host(struct model *m)
{
	kit_hz_a(m)->peers[0].multihop = 2;
	kit_hz_a(m)->peers[0].update_source = kit_addr("224.0.0.1");
}

static void text_too_long(struct model *m)
{
	char *text = kit_hz_a(m)->peers[0].shutdown_text;

	for (unsigned i = 0; i < 128; i++)
		memcpy(text + 2 * i, "\xc3\xbc", 2);
}

static void peer_without_link(struct model *m)
{
	kit_peer(kit_hz_a(m), "2001:db8::2", 65001);
}

static void peer_is_ourselves(struct model *m)
{
	kit_hz_a(m)->peers[0].address = kit_addr("10.0.0.1");
}

static void peer_off_the_link(struct model *m)
{
	kit_hz_a(m)->peers[0].address = kit_addr("192.0.2.1");
}

static void keepalive_too_long(struct model *m)
{
	kit_hz_a(m)->peers[0].hold_s = 9;
	kit_hz_a(m)->peers[0].keepalive_s = 4;
}

static void role_of_an_internal_peer(struct model *m)
{
	kit_hz_a(m)->peers[0].peer_as = model_vbr_local_as(m, kit_hz_a(m));
	kit_hz_a(m)->peers[0].role = 4;
}

static void long_lived_without_restart(struct model *m)
{
	kit_hz_a(m)->peers[0].gr = false;
	kit_hz_a(m)->peers[0].llgr_time_s = 3600;
}

static struct model_peer *first_peer(struct model *m)
{
	return &kit_hz_a(m)->peers[0];
}

static void make_internal(struct model *m)
{
	first_peer(m)->peer_as = model_vbr_local_as(m, kit_hz_a(m));
}

static void confederate(struct model *m)
{
	struct model_vbr *v = kit_hz_a(m);

	v->confed_id = 100;
	v->confed_member[0] = first_peer(m)->peer_as;
	v->n_confed_members = 1;
}

static void fake_for_an_internal_peer(struct model *m)
{
	make_internal(m);
	first_peer(m)->fake_as = 64999;
}

static void fake_for_a_member(struct model *m)
{
	confederate(m);
	first_peer(m)->fake_as = 64999;
}

static void fake_is_the_peer(struct model *m)
{
	first_peer(m)->fake_as = first_peer(m)->peer_as;
}

static void fake_is_true(struct model *m)
{
	first_peer(m)->fake_as = model_vbr_local_as(m, kit_hz_a(m));
}

static void no_prepend_without_fake(struct model *m)
{
	first_peer(m)->fake_no_prepend = true;
}

static void replace_without_fake(struct model *m)
{
	first_peer(m)->fake_replace_as = true;
}

static void override_inside(struct model *m)
{
	make_internal(m);
	first_peer(m)->as_override = true;
}

static void private_inside(struct model *m)
{
	confederate(m);
	first_peer(m)->private_as = 2;
}

static void client_outside(struct model *m)
{
	first_peer(m)->rr_client = true;
}

static void client_of_another_member(struct model *m)
{
	confederate(m);
	first_peer(m)->rr_client = true;
}

static void role_of_a_member(struct model *m)
{
	confederate(m);
	first_peer(m)->role = 4;
}

static void both_next_hops(struct model *m)
{
	first_peer(m)->next_hop_self = true;
	first_peer(m)->next_hop_unchanged = true;
}

static void peer_is_the_confederation(struct model *m)
{
	kit_hz_a(m)->confed_id = first_peer(m)->peer_as;
}

static void confederation_is_its_member(struct model *m)
{
	kit_hz_a(m)->confed_id = model_vbr_local_as(m, kit_hz_a(m));
}

static void member_is_the_confederation(struct model *m)
{
	kit_hz_a(m)->confed_id = 100;
	kit_hz_a(m)->confed_member[0] = 100;
	kit_hz_a(m)->n_confed_members = 1;
}

static void strict_without_role(struct model *m)
{
	kit_hz_a(m)->peers[0].role_strict = true;
}

static void aggregate_of_a_host(struct model *m)
{
	struct model_vbr *v = kit_hz_a(m);

	v->aggregates = xcalloc(1, sizeof(*v->aggregates));
	v->aggregates[0].pfx = kit_prefix("9.9.9.9/32");
	v->n_aggregates = 1;
}

static void condition_without_default(struct model *m)
{
	(void)kit_policy(m, "acme", "x", "");
	strcpy(kit_hz_a(m)->peers[0].default_policy, "x");
}

static void opposite_conditions(struct model *m)
{
	struct model_peer *p = &kit_hz_a(m)->peers[0];

	(void)kit_policy(m, "acme", "x", "");
	strcpy(p->advertise_policy, "x");
	strcpy(p->exist_policy, "x");
	strcpy(p->non_exist_policy, "x");
}

static void condition_for_nothing(struct model *m)
{
	(void)kit_policy(m, "acme", "x", "");
	strcpy(kit_hz_a(m)->peers[0].exist_policy, "x");
}

static void condition_of_nobody(struct model *m)
{
	struct model_peer *p = &kit_hz_a(m)->peers[0];

	(void)kit_policy(m, "acme", "y", "");
	strcpy(p->advertise_policy, "y");
	strcpy(p->non_exist_policy, "x");
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

static void static_to_nowhere(struct model *m)
{
	kit_vbr_static(kit_hz_a(m), "192.168.0.0/16");
}

static void static_off_the_link(struct model *m)
{
	struct model_static *s = kit_vbr_static(kit_hz_a(m), "192.168.0.0/16");

	s->next_hop[s->n_next_hops++] = kit_addr("10.0.0.9");
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

static const struct refusal refusals[] = {
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
	{ "overlapping CIDRs of peered VPCs", cidrs_of_peered_vpcs_overlap,
	  "peering:acme/prod-test",
	  "cidr 172.16.0.0/16 of VPC prod overlaps cidr 172.16.128.0/17 of VPC test: "
	  "peered VPCs need distinct ranges, change one of them" },
	{ "overlapping CIDRs across tenants", cidrs_overlap_across_tenants,
	  "peering:acme/to-globex",
	  "cidr 172.16.0.0/16 of VPC prod overlaps cidr 172.16.0.0/16 of VPC prod: "
	  "peered VPCs need distinct ranges, change one of them" },
	{ "a VPC's address in 100.64/10", vpc_address_in_shared_space, "vpc:acme/prod",
	  "interface address 100.64.1.1 is inside 100.64.0.0/10, which the cloud uses itself: "
	  "take an address outside" },
	{ "a peer without AS", peer_without_as, "vbr:acme/hz-a",
	  "peer 10.0.0.2 has no peer-as: set it here or in its group" },
	{ "a peer of a family without link", peer_without_link, "vbr:acme/hz-a",
	  "peer 2001:db8::2: the VBR has no ipv6 link: "
	  "set ipv6 local-gateway, peer-gateway and prefix-length" },
	{ "a range whose group has no AS", range_without_as, "vbr:acme/hz-a",
	  "listen-range 10.0.0.0/30: group \"idc\" has no peer-as: set it in the group" },
	{ "a range whose group is strict without a role", range_strict_without_role,
	  "vbr:acme/hz-a",
	  "listen-range 10.0.0.0/30 has role-strict, but no role: "
	  "set role, or delete role-strict" },
	{ "a range of a family without link", range_without_link, "vbr:acme/hz-a",
	  "listen-range 2001:db8::/64: the VBR has no ipv6 link: "
	  "set ipv6 local-gateway, peer-gateway and prefix-length" },
	{ "unnumbered beside a range of the same addresses", unnumbered_beside_a_range,
	  "vbr:acme/hz-a",
	  "listen-range fe80::/64 has the addresses of the unnumbered neighbour: "
	  "delete one of them" },
	{ "a range that is not on the link", range_off_the_link, "vbr:acme/hz-a",
	  "listen-range 10.0.1.0/24 has no address of the link's subnet: "
	  "take a range on the link, or set multihop in group \"idc\"" },
	{ "a range with a password around a peer without", range_guards_a_peer_without_password,
	  "vbr:acme/hz-a",
	  "peer 10.0.0.2 has no password and lies in listen-range 10.0.0.0/24, which has "
	  "a password: guard both the same way, or make the range smaller" },
	{ "a range with a password around one without", range_guards_a_range_without_password,
	  "vbr:acme/hz-a",
	  "listen-range 10.0.0.0/30 has no password and lies in listen-range 10.0.0.0/24, "
	  "which has a password: guard both the same way, or make the range smaller" },
	{ "a range with an unknown map", range_with_unknown_map, "vbr:acme/hz-a",
	  "import-policy names route-map \"nope\", which neither tenant acme nor the global "
	  "policy has: create it, or correct the name" },
	{ "keys of both kinds", ao_and_password, "vbr:acme/hz-a",
	  "peer 10.0.0.2 has both a password and tcp-ao keys (its group counts): delete one" },
	{ "two keys with one receive-id", ao_receive_id_twice, "vbr:acme/hz-a",
	  "peer 10.0.0.2: tcp-ao keys 1 and 2 have the same receive-id 9: change one" },
	{ "two preferred keys", ao_two_preferred, "vbr:acme/hz-a",
	  "peer 10.0.0.2: more than one tcp-ao key is preferred: leave one" },
	{ "an id of the range around", ao_range_around_a_peer, "vbr:acme/hz-a",
	  "peer 10.0.0.2 has a tcp-ao key with the id of one of listen-range 10.0.0.0/24, "
	  "in which it lies: take other ids" },
	{ "another kind of key in the range around", ao_range_around_md5, "vbr:acme/hz-a",
	  "peer 10.0.0.2 has a password and lies in listen-range 10.0.0.0/24, which has "
	  "tcp-ao keys: guard both the same way, or make the range smaller" },
	{ "a source that is not the gateway", source_of_another, "vbr:acme/hz-a",
	  "peer 10.0.0.2: update-source 10.0.0.9 is not the VBR's ipv4 local-gateway: "
	  "take that one, or set multihop" },
	{ "a source of the other family", source_of_the_other_family, "vbr:acme/hz-a",
	  "peer 10.0.0.2: update-source 2001:db8::1 is of the other family: "
	  "take an ipv4 address" },
	{ "a source that is no host", source_that_is_no_host, "vbr:acme/hz-a",
	  "peer 10.0.0.2: update-source 224.0.0.1 cannot be the address of a host: "
	  "take a unicast address" },
	{ "a shutdown text of too many octets", text_too_long, "vbr:acme/hz-a",
	  "peer 10.0.0.2: shutdown-text has 256 octets, the neighbour takes 255: shorten it" },
	{ "ourselves as peer", peer_is_ourselves, "vbr:acme/hz-a",
	  "peer 10.0.0.1 is the VBR's own local-gateway: "
	  "give the address of the data centre's router" },
	{ "a peer off the link without multihop", peer_off_the_link, "vbr:acme/hz-a",
	  "peer 192.0.2.1 is outside the link's subnet: "
	  "take an address on the link, or set multihop" },
	{ "a keepalive longer than a third of the hold time", keepalive_too_long, "vbr:acme/hz-a",
	  "peer 10.0.0.2: keepalive 4 s is more than a third of hold-time 9 s: "
	  "lower it, or raise hold-time" },
	{ "a role inside of an AS", role_of_an_internal_peer, "vbr:acme/hz-a",
	  "peer 10.0.0.2 has a role, but is in our own AS: delete role here or in its group" },
	{ "long-lived without graceful restart", long_lived_without_restart, "vbr:acme/hz-a",
	  "peer 10.0.0.2 has long-lived-stale-time, but graceful-restart is not enabled: "
	  "enable it, or set long-lived-stale-time to 0" },
	{ "strict without a role", strict_without_role, "vbr:acme/hz-a",
	  "peer 10.0.0.2 has role-strict, but no role: set role, or delete role-strict" },
	{ "a host as aggregate", aggregate_of_a_host, "vbr:acme/hz-a",
	  "aggregate 9.9.9.9/32 is a host, so nothing can be part of it: "
	  "take a shorter prefix, or a network statement" },
	{ "a condition about no default route", condition_without_default, "vbr:acme/hz-a",
	  "peer 10.0.0.2: default-originate-policy has nothing to decide about: "
	  "set default-originate true, or delete it" },
	{ "two opposite conditions", opposite_conditions, "vbr:acme/hz-a",
	  "peer 10.0.0.2: conditional-advertisement has exist-policy and non-exist-policy: "
	  "delete one of them" },
	{ "a condition for nothing", condition_for_nothing, "vbr:acme/hz-a",
	  "peer 10.0.0.2: conditional-advertisement needs advertise-policy (what is sent) and "
	  "exist-policy or non-exist-policy (when): give both" },
	{ "a condition by a route-map of nobody", condition_of_nobody, "vbr:acme/hz-a",
	  "conditional-advertisement non-exist-policy names route-map \"x\", "
	  "which neither tenant acme nor the global policy has: create it, or correct the name" },
	{ "a fake AS inside of an AS", fake_for_an_internal_peer, "vbr:acme/hz-a",
	  "peer 10.0.0.2 has a fake-as, but is in our own AS: "
	  "delete fake-as here or in its group" },
	{ "a fake AS inside of a confederation", fake_for_a_member, "vbr:acme/hz-a",
	  "peer 10.0.0.2 has a fake-as, but is in our confederation: "
	  "delete fake-as here or in its group" },
	{ "a fake AS that is the neighbour's", fake_is_the_peer, "vbr:acme/hz-a",
	  "peer 10.0.0.2 has the fake-as 65001, which is its own AS: take another one" },
	{ "a fake AS that is the truth", fake_is_true, "vbr:acme/hz-a",
	  "peer 10.0.0.2 has the fake-as 45104, which is our AS anyway: "
	  "delete fake-as, or take another one" },
	{ "no-prepend without a fake AS", no_prepend_without_fake, "vbr:acme/hz-a",
	  "peer 10.0.0.2 has fake-as-no-prepend, but no fake-as: set fake-as, or delete it" },
	{ "replace-as without a fake AS", replace_without_fake, "vbr:acme/hz-a",
	  "peer 10.0.0.2 has fake-as-replace-as, but no fake-as: set fake-as, or delete it" },
	{ "as-override inside", override_inside, "vbr:acme/hz-a",
	  "peer 10.0.0.2 has as-override, which is for external peers: "
	  "delete it here or in its group" },
	{ "remove-private-as inside", private_inside, "vbr:acme/hz-a",
	  "peer 10.0.0.2 has remove-private-as, which is for external peers: "
	  "delete it here or in its group" },
	{ "a client outside", client_outside, "vbr:acme/hz-a",
	  "peer 10.0.0.2 is a route-reflector-client, but not in our own AS: "
	  "delete route-reflector-client here or in its group" },
	{ "a client in another member AS", client_of_another_member, "vbr:acme/hz-a",
	  "peer 10.0.0.2 is a route-reflector-client, but not in our own AS: "
	  "delete route-reflector-client here or in its group" },
	{ "a role inside of a confederation", role_of_a_member, "vbr:acme/hz-a",
	  "peer 10.0.0.2 has a role, but is in our confederation: "
	  "delete role here or in its group" },
	{ "two next hops", both_next_hops, "vbr:acme/hz-a",
	  "peer 10.0.0.2 has next-hop-self and next-hop-unchanged, one of them from its group: "
	  "set one of them to false" },
	{ "our own confederation as peer", peer_is_the_confederation, "vbr:acme/hz-a",
	  "peer 10.0.0.2 has peer-as 65001, which is our own confederation: "
	  "take its member AS" },
	{ "a confederation that is its member", confederation_is_its_member, "vbr:acme/hz-a",
	  "confederation identifier 45104 is also local-as: "
	  "give the VBR a member AS of its own as local-as" },
	{ "a member that is its confederation", member_is_the_confederation, "vbr:acme/hz-a",
	  "confederation member-as 100 is also its identifier: "
	  "delete it, or take another identifier" },
	{ "no router id", no_router_id, "vbr:acme/hz-a",
	  "bgp has no router-id: set bgp router-id, system router-id, or an ipv4 local-gateway" },
	{ "a network in 100.64/10", network_in_shared_space, "vbr:acme/hz-a",
	  "network 100.64.1.0/24 overlaps 100.64.0.0/10, which the cloud uses itself: "
	  "take a range outside" },
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
	{ "a static route to nowhere", static_to_nowhere, "vbr:acme/hz-a",
	  "static-route 192.168.0.0/16 has neither next-hop nor blackhole: give one" },
	{ "a static route off the link", static_off_the_link, "vbr:acme/hz-a",
	  "static-route 192.168.0.0/16: next-hop 10.0.0.9 is not on the VBR's link: "
	  "take an address of the link" },
	{ "a VPC's static route to nowhere", vpc_static_to_nowhere, "vpc:acme/prod",
	  "static-route 192.168.0.0/16 has neither next-hop, interface nor blackhole: give one" },
	{ "a VPC's static route off its subnets", vpc_static_off_the_subnet, "vpc:acme/prod",
	  "static-route 192.168.0.0/16: next-hop 172.16.1.9 is on no interface of the VPC: "
	  "take an address of an attached subnet" },
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

static bool is_expected(const struct errbuf *err, const struct refusal *r)
{
	return err->n == 1 && strcmp(err->items[0].path, r->path) == 0 &&
		strcmp(err->items[0].text, r->text) == 0;
}

static void each_fault_is_one_sentence_with_path_and_remedy(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
		const struct refusal *r = &refusals[i];
		struct model *m = kit_new();
		struct errbuf err;
		char *text;

		errbuf_init(&err);
		r->spoil(m);
		CU_ASSERT_EQUAL(model_check(m, &err), -EINVAL);
		text = errbuf_format(&err);
		if (!is_expected(&err, r))
			printf("# %s: %s\n", r->name, text);
		CU_ASSERT_TRUE(is_expected(&err, r));
		free(text);
		errbuf_fini(&err);
		model_free(m);
	}
}

static void a_right_model_has_no_fault(void)
{
	struct model *m = kit_new();
	struct errbuf err;

	errbuf_init(&err);
	CU_ASSERT_EQUAL(model_check(m, &err), 0);
	CU_ASSERT_TRUE(errbuf_is_empty(&err));
	errbuf_fini(&err);
	model_free(m);
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

static int check_quietly(struct model *m)
{
	struct errbuf err;
	int ret;

	errbuf_init(&err);
	ret = model_check(m, &err);
	errbuf_fini(&err);
	return ret;
}

static void equal_addresses_in_two_tenants_are_right(void)
{
	struct model *m = kit_new();

	CU_ASSERT_EQUAL(model_vbr(m, "globex", "hz-g")->circuits[0].ipv4.local.b[0],
		model_vbr(m, "acme", "hz-a")->circuits[0].ipv4.local.b[0]);
	CU_ASSERT_EQUAL(check_quietly(m), 0);
	model_free(m);
}

static void overlap_matters_only_once_the_other_side_consents(void)
{
	struct model *m = kit_new();

	kit_peering(m, "acme", "to-globex", kit_end_vpc("acme", "prod"),
		kit_end_vpc("globex", "prod"));
	CU_ASSERT_EQUAL(check_quietly(m), 0);
	kit_accept(m, "globex", "acme", "to-globex", "prod");
	CU_ASSERT_EQUAL(check_quietly(m), -EINVAL);
	model_free(m);
}

static void a_missing_vpc_of_another_tenant_is_not_told(void)
{
	struct model *m = kit_new();

	kit_peering(m, "acme", "to-globex", kit_end_vbr("acme", "hz-a"),
		kit_end_vpc("globex", "secret"));
	CU_ASSERT_EQUAL(check_quietly(m), 0);
	model_free(m);
}

static void a_global_policy_serves_every_tenant(void)
{
	struct model *m = kit_new();

	kit_policy(m, "", "from-idc", "hosts");
	snprintf(kit_hz_a(m)->peers[0].import_policy, MODEL_NAME_SIZE, "from-idc");
	CU_ASSERT_EQUAL(check_quietly(m), 0);
	model_free(m);
}

static void neighbours_may_be_internal_or_far_when_said_so(void)
{
	struct model *m = kit_new();
	struct model_peer *p = kit_peer(kit_hz_a(m), "192.0.2.1", 65001);

	p->multihop = 3;
	CU_ASSERT_EQUAL(check_quietly(m), 0);
	p->update_source = kit_addr("203.0.113.7"); /* somebody has put it into the instance */
	CU_ASSERT_EQUAL(check_quietly(m), 0);
	p->update_source = (struct ip_addr){ 0 };
	p->multihop = 0;
	p->peer_as = 45104;
	CU_ASSERT_EQUAL(check_quietly(m), 0);
	model_free(m);
}

static void faults_are_all_told_not_just_the_first(void)
{
	struct model *m = kit_new();
	struct errbuf err;

	errbuf_init(&err);
	no_such_connection(m);
	peer_without_as(m);
	cidrs_of_one_vpc_overlap(m);
	CU_ASSERT_EQUAL(model_check(m, &err), -EINVAL);
	CU_ASSERT_EQUAL(err.n, 3);
	errbuf_fini(&err);
	model_free(m);
}

static const struct cu_case cases[] = {
	CU_CASE(a_right_model_has_no_fault),
	CU_CASE(each_fault_is_one_sentence_with_path_and_remedy),
	CU_CASE(addresses_of_a_link_may_not_be_the_clouds_own),
	CU_CASE(equal_addresses_in_two_tenants_are_right),
	CU_CASE(overlap_matters_only_once_the_other_side_consents),
	CU_CASE(a_missing_vpc_of_another_tenant_is_not_told),
	CU_CASE(a_global_policy_serves_every_tenant),
	CU_CASE(neighbours_may_be_internal_or_far_when_said_so),
	CU_CASE(faults_are_all_told_not_just_the_first),
};

CU_SUITE(check, cases);
