/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AS numbers of a VBR and of its neighbours: who is inside, who is outside, and which options have
 * a meaning for whom. An option that would do nothing is refused, not ignored.
 */
#include <stdio.h>

#include "vbr/model/check/check.h"

enum side {
	SIDE_INTERNAL, /* our own (member) AS */
	SIDE_MEMBER,   /* another one of our confederation */
	SIDE_EXTERNAL,
};

static enum side side_of(const struct check *c, const struct model_vbr *v, uint32_t as)
{
	if (as == model_vbr_local_as(c->m, v))
		return SIDE_INTERNAL;
	for (uint8_t i = 0; i < v->n_confed_members; i++)
		if (v->confed_member[i] == as)
			return SIDE_MEMBER;
	return SIDE_EXTERNAL;
}

struct peer_ctx {
	const struct check *c;
	const struct model_vbr *v;
	const struct model_peer *p;
	const char *who;
};

static void refuse(const struct peer_ctx *x, const char *text)
{
	errbuf_add(x->c->err, x->v->obj.path, 0, "%s %s", x->who, text);
}

/* The same with a number in it. */
static void refuse_as(const struct peer_ctx *x, const char *before, uint32_t as, const char *after)
{
	char text[256];

	snprintf(text, sizeof(text), "%s %u, %s", before, as, after);
	refuse(x, text);
}

static void check_fake(const struct peer_ctx *x, enum side side)
{
	const struct model_peer *p = x->p;
	const uint32_t fake = p->fake_as;

	if (fake == 0 && p->fake_no_prepend)
		refuse(x, "has fake-as-no-prepend, but no fake-as: set fake-as, or delete it");
	if (fake == 0 && p->fake_replace_as)
		refuse(x, "has fake-as-replace-as, but no fake-as: set fake-as, or delete it");
	if (fake == 0)
		return;
	if (side != SIDE_EXTERNAL)
		refuse(x,
			side == SIDE_INTERNAL ? "has a fake-as, but is in our own AS: "
						"delete fake-as here or in its group" :
						"has a fake-as, but is in our confederation: "
						"delete fake-as here or in its group");
	else if (fake == p->peer_as)
		refuse_as(x, "has the fake-as", fake, "which is its own AS: take another one");
	else if (fake == model_vbr_local_as(x->c->m, x->v) || fake == x->v->confed_id)
		refuse_as(x, "has the fake-as", fake,
			"which is our AS anyway: delete fake-as, or take another one");
}

static void check_side(const struct peer_ctx *x, enum side side)
{
	const struct model_peer *p = x->p;

	if (p->rr_client && side != SIDE_INTERNAL)
		refuse(x,
			"is a route-reflector-client, but not in our own AS: "
			"delete route-reflector-client here or in its group");
	if (side == SIDE_EXTERNAL)
		return;
	if (p->as_override)
		refuse(x,
			"has as-override, which is for external peers: "
			"delete it here or in its group");
	if (p->private_as != 0)
		refuse(x,
			"has remove-private-as, which is for external peers: "
			"delete it here or in its group");
	if (p->role != 0 && side == SIDE_MEMBER)
		refuse(x,
			"has a role, but is in our confederation: "
			"delete role here or in its group");
}

void check_as(const struct check *c, const struct model_vbr *v, const struct model_peer *p,
	const char *who)
{
	const struct peer_ctx x = { c, v, p, who };
	const enum side side = side_of(c, v, p->peer_as);

	check_fake(&x, side);
	check_side(&x, side);
	if (p->next_hop_self && p->next_hop_unchanged)
		refuse(&x,
			"has next-hop-self and next-hop-unchanged, one of them from its group: "
			"set one of them to false");
	if (v->confed_id != 0 && p->peer_as == v->confed_id && side == SIDE_EXTERNAL)
		refuse_as(&x, "has peer-as", p->peer_as,
			"which is our own confederation: take its member AS");
}

void check_confederation(const struct check *c, const struct model_vbr *v)
{
	if (v->confed_id == 0)
		return;
	if (v->confed_id == model_vbr_local_as(c->m, v))
		errbuf_add(c->err, v->obj.path, 0,
			"confederation identifier %u is also local-as: "
			"give the VBR a member AS of its own as local-as",
			v->confed_id);
	for (uint8_t i = 0; i < v->n_confed_members; i++)
		if (v->confed_member[i] == v->confed_id)
			errbuf_add(c->err, v->obj.path, 0,
				"confederation member-as %u is also its identifier: "
				"delete it, or take another identifier",
				v->confed_id);
}
