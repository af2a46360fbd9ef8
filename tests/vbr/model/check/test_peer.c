/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is said of a neighbour.
 */
#include <stdio.h>
#include <string.h>

#include "tests/cu_main.h"
#include "tests/vbr/model/kit.h"

static void peer_without_as(struct model *m)
{
	kit_hz_a(m)->peers[0].peer_as = 0;
}

static void ao_and_password(struct model *m)
{
	struct model_peer *p = &kit_hz_a(m)->peers[0];

	(void)kit_ao_key(p, 1, 1);
	snprintf(p->password, sizeof(p->password), "x");
}

static void ao_receive_id_twice(struct model *m)
{
	(void)kit_ao_key(&kit_hz_a(m)->peers[0], 1, 9);
	(void)kit_ao_key(&kit_hz_a(m)->peers[0], 2, 9);
}

static void ao_two_preferred(struct model *m)
{
	kit_ao_key(&kit_hz_a(m)->peers[0], 1, 1)->preferred = true;
	kit_ao_key(&kit_hz_a(m)->peers[0], 2, 2)->preferred = true;
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

static void strict_without_role(struct model *m)
{
	kit_hz_a(m)->peers[0].role_strict = true;
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

static const struct kit_refusal refusals[] = {
	/* clang-format off */
	{ "a peer without AS", peer_without_as, "vbr:acme/hz-a",
	  "peer 10.0.0.2 has no peer-as: set it here or in its group" },
	{ "a peer of a family without link", peer_without_link, "vbr:acme/hz-a",
	  "peer 2001:db8::2: the VBR has no ipv6 link: "
	  "set ipv6 local-gateway, peer-gateway and prefix-length" },
	{ "keys of both kinds", ao_and_password, "vbr:acme/hz-a",
	  "peer 10.0.0.2 has both a password and tcp-ao keys (its group counts): delete one" },
	{ "two keys with one receive-id", ao_receive_id_twice, "vbr:acme/hz-a",
	  "peer 10.0.0.2: tcp-ao keys 1 and 2 have the same receive-id 9: change one" },
	{ "two preferred keys", ao_two_preferred, "vbr:acme/hz-a",
	  "peer 10.0.0.2: more than one tcp-ao key is preferred: leave one" },
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
	/* clang-format on */
};

static void each_fault_is_one_sentence_with_path_and_remedy(void)
{
	kit_refuse_all(refusals, ARRAY_SIZE(refusals));
}

static void neighbours_may_be_internal_or_far_when_said_so(void)
{
	struct model *m = kit_new();
	struct model_peer *p = kit_peer(kit_hz_a(m), "192.0.2.1", 65001);

	p->multihop = 3;
	CU_ASSERT(kit_is_right(m));
	p->update_source = kit_addr("203.0.113.7"); /* somebody has put it into the instance */
	CU_ASSERT(kit_is_right(m));
	p->update_source = (struct ip_addr){ 0 };
	p->multihop = 0;
	p->peer_as = 45104;
	CU_ASSERT(kit_is_right(m));
	model_free(m);
}

static const struct cu_case cases[] = {
	CU_CASE(each_fault_is_one_sentence_with_path_and_remedy),
	CU_CASE(neighbours_may_be_internal_or_far_when_said_so),
};

CU_SUITE(check_peer, cases);
