/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Neighbours that come by a range: its place, and how it is guarded.
 */
#include <stdio.h>

#include "lib/base/xalloc.h"
#include "tests/cu_main.h"
#include "tests/vbr/model/kit.h"

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

static void range_with_rare_keepalives(struct model *m)
{
	struct model_peer *p = &range(m, "10.0.0.0/30")->peer;

	p->hold_s = 9;
	p->keepalive_s = 4;
}

static void ao_range_around_a_peer(struct model *m)
{
	(void)kit_ao_key(&kit_hz_a(m)->peers[0], 1, 1);
	(void)kit_ao_key(&range(m, "10.0.0.0/24")->peer, 2, 1);
}

static void ao_range_around_md5(struct model *m)
{
	snprintf(kit_hz_a(m)->peers[0].password, 8, "x");
	(void)kit_ao_key(&range(m, "10.0.0.0/24")->peer, 2, 1);
}

static const struct kit_refusal refusals[] = {
	/* clang-format off */
	{ "a range whose group has no AS", range_without_as, "vbr:acme/hz-a",
	  "listen-range 10.0.0.0/30: group \"idc\" has no peer-as: set it in the group" },
	{ "a range whose group is strict without a role", range_strict_without_role,
	  "vbr:acme/hz-a",
	  "listen-range 10.0.0.0/30 has role-strict, but no role: "
	  "set role, or delete role-strict" },
	{ "a keepalive longer than a third of the hold time", range_with_rare_keepalives,
	  "vbr:acme/hz-a",
	  "listen-range 10.0.0.0/30: keepalive 4 s is more than a third of hold-time 9 s: "
	  "lower it, or raise hold-time" },
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
	{ "an id of the range around", ao_range_around_a_peer, "vbr:acme/hz-a",
	  "peer 10.0.0.2 has a tcp-ao key with the id of one of listen-range 10.0.0.0/24, "
	  "in which it lies: take other ids" },
	{ "another kind of key in the range around", ao_range_around_md5, "vbr:acme/hz-a",
	  "peer 10.0.0.2 has a password and lies in listen-range 10.0.0.0/24, which has "
	  "tcp-ao keys: guard both the same way, or make the range smaller" },
	/* clang-format on */
};

static void each_fault_is_one_sentence_with_path_and_remedy(void)
{
	kit_refuse_all(refusals, ARRAY_SIZE(refusals));
}

static const struct cu_case cases[] = {
	CU_CASE(each_fault_is_one_sentence_with_path_and_remedy),
};

CU_SUITE(check_range, cases);
