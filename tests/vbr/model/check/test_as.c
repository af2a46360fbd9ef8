/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AS numbers: options that are for those inside, or for those outside.
 */
#include "tests/cu_main.h"
#include "tests/vbr/model/kit.h"

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

static const struct kit_refusal refusals[] = {
	/* clang-format off */
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
	/* clang-format on */
};

static void each_fault_is_one_sentence_with_path_and_remedy(void)
{
	kit_refuse_all(refusals, ARRAY_SIZE(refusals));
}

static const struct cu_case cases[] = {
	CU_CASE(each_fault_is_one_sentence_with_path_and_remedy),
};

CU_SUITE(check_as, cases);
