/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Neighbours that come by a range of addresses, or from a link-local one that nobody knows: their
 * place, and how they are guarded beside what lies in the range.
 */
#include <stdio.h>

#include "vbr/model/check/check.h"

/* Words for how a session is guarded; equal pointers are equal ways. */
static const char *guard_of(const struct model_peer *p)
{
	return p->n_ao > 0 ? "tcp-ao keys" : p->password[0] != '\0' ? "a password" : "no password";
}

/* Ids of keys that cover the same address must differ: the kernel refuses the second one. */
static bool has_ao_id(const struct model_peer *a, const struct model_peer *b)
{
	for (uint8_t i = 0; i < a->n_ao; i++)
		for (uint8_t k = 0; k < b->n_ao; k++)
			if (a->ao[i].id == b->ao[k].id ||
				a->ao[i].receive_id == b->ao[k].receive_id)
				return true;
	return false;
}

/*
 * A range and what lies in it. The kernel takes the key of the longest match, and nothing can be
 * exempt from a shorter one.
 */
static void check_inner(const struct check *c, const struct model_vbr *v,
	const struct model_range *outer, const struct model_peer *inner, const char *who)
{
	const char *mine = guard_of(inner);
	const char *its = guard_of(&outer->peer);
	char p[PREFIX_STRLEN];

	prefix_format(&outer->pfx, p);
	if (mine != its && (outer->peer.n_ao > 0 || outer->peer.password[0] != '\0'))
		errbuf_add(c->err, v->obj.path, 0,
			"%s has %s and lies in listen-range %s, which has %s: "
			"guard both the same way, or make the range smaller",
			who, mine, p, its);
	else if (has_ao_id(inner, &outer->peer))
		errbuf_add(c->err, v->obj.path, 0,
			"%s has a tcp-ao key with the id of one of listen-range %s, "
			"in which it lies: take other ids",
			who, p);
}

static void check_range_key(const struct check *c, const struct model_vbr *v,
	const struct model_range *r)
{
	char who[PREFIX_STRLEN + 16];
	char s[PREFIX_STRLEN];

	if (r->discover)
		return; /* shares its addresses with nobody */
	for (uint8_t i = 0; i < v->n_peers; i++) {
		snprintf(who, sizeof(who), "peer %s", ip_format(&v->peers[i].address, s));
		if (prefix_covers_addr(&r->pfx, &v->peers[i].address))
			check_inner(c, v, r, &v->peers[i], who);
	}
	for (uint32_t i = 0; i < v->n_ranges; i++) {
		snprintf(who, sizeof(who), "listen-range %s", prefix_format(&v->ranges[i].pfx, s));
		if (!v->ranges[i].discover && &v->ranges[i] != r &&
			prefix_covers(&r->pfx, &v->ranges[i].pfx))
			check_inner(c, v, r, &v->ranges[i].peer, who);
	}
}

/* Could an external neighbour on the link ever have an address of the range? */
static bool range_is_on_link(const struct model_vbr *v, const struct prefix *range)
{
	static const struct prefix link_local = { .family = AF_INET6,
		.len = 10,
		.b = { 0xfe, 0x80 } };

	if (prefix_overlaps(&link_local, range))
		return true;
	for (uint8_t k = 0; k < v->n_circuits; k++) {
		const struct model_link *l = model_circuit_link(&v->circuits[k], range->family);
		const struct prefix subnet = prefix_make(&l->local, l->len);

		if (ip_is_set(&l->local) && prefix_overlaps(&subnet, range))
			return true;
	}
	return false;
}

/* Who comes from a link-local address must have one way to come. */
static void check_unnumbered(const struct check *c, const struct model_vbr *v,
	const struct model_range *r)
{
	char s[PREFIX_STRLEN];

	if (r->peer.multihop > 1)
		errbuf_add(c->err, v->obj.path, 0,
			"unnumbered: group \"%s\" has multihop, but the neighbour stands on the "
			"link: name a group without it",
			r->peer.group);
	check_peer_line(c, v, &r->peer, "unnumbered");
	for (uint32_t i = 0; i < v->n_ranges; i++) {
		if (&v->ranges[i] != r && prefix_overlaps(&v->ranges[i].pfx, &r->pfx))
			errbuf_add(c->err, v->obj.path, 0,
				"listen-range %s has the addresses of the unnumbered neighbour: "
				"delete one of them",
				prefix_format(&v->ranges[i].pfx, s));
	}
}

static void check_range_place(const struct check *c, const struct model_vbr *v,
	const struct model_range *r)
{
	const struct model_peer *p = &r->peer;
	char s[PREFIX_STRLEN];

	prefix_format(&r->pfx, s);
	if (!model_vbr_has_family(v, r->pfx.family))
		errbuf_add(c->err, v->obj.path, 0,
			"listen-range %s: the VBR has no %s link: "
			"set %s local-gateway, peer-gateway and prefix-length",
			s, family_name(r->pfx.family), family_name(r->pfx.family));
	else if (p->multihop <= 1 && p->peer_as != model_vbr_local_as(c->m, v) &&
		!range_is_on_link(v, &r->pfx))
		errbuf_add(c->err, v->obj.path, 0,
			"listen-range %s has no address of the link's subnet: "
			"take a range on the link, or set multihop in group \"%s\"",
			s, p->group);
}

void check_range(const struct check *c, const struct model_vbr *v, const struct model_range *r)
{
	const struct model_peer *p = &r->peer;
	char who[PREFIX_STRLEN + 16];
	char s[PREFIX_STRLEN];

	snprintf(who, sizeof(who), "listen-range %s", prefix_format(&r->pfx, s));
	if (r->discover)
		snprintf(who, sizeof(who), "unnumbered");
	if (p->peer_as == 0)
		errbuf_add(c->err, v->obj.path, 0,
			"%s: group \"%s\" has no peer-as: set it in the group", who, p->group);
	if (r->discover)
		check_unnumbered(c, v, r);
	else
		check_range_place(c, v, r);
	check_range_key(c, v, r);
	check_neighbor(c, v, p, who);
}
