/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What must hold in the whole model and YANG cannot say cheaply: XPath over all VBRs is
 * quadratic, these are sorted arrays. Each rule judges one object, by what it says and by what it
 * stands on, so a commit judges those only that it touches (delta.h): the others were right
 * before, and nothing that they stand on is another thing now. What must be unique is judged over
 * all at once, by keys (unique.c).
 *
 * Each fault is one sentence with the path of the object and what to change.
 */
#include "vbr/model/check/check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/compiler.h"
#include "lib/base/xalloc.h"
#include "vbr/model/delta.h"
#include "vbr/model/model.h"

static const struct prefix shared_space = { .family = AF_INET, .len = 10, .b = { 100, 64 } };

/* 100.64.0.0/10 is the cloud's own (contract section 2); martians route nowhere (RFC 6890). */
bool check_address(const struct check *c, const struct model_obj *o, const char *leaf,
	const struct ip_addr *a)
{
	char s[IP_STRLEN];

	if (prefix_covers_addr(&shared_space, a)) {
		errbuf_add(c->err, o->path, 0,
			"%s %s is inside 100.64.0.0/10, which the cloud uses itself: "
			"take an address outside",
			leaf, ip_format(a, s));
		return false;
	}
	if (ip_is_martian(a)) {
		errbuf_add(c->err, o->path, 0,
			"%s %s cannot be the address of a host: take a unicast address", leaf,
			ip_format(a, s));
		return false;
	}
	return true;
}

static bool prefix_is_usable(const struct check *c, const struct model_obj *o, const char *leaf,
	const struct prefix *p)
{
	char s[PREFIX_STRLEN];

	if (prefix_overlaps(&shared_space, p) && p->len > 0) {
		errbuf_add(c->err, o->path, 0,
			"%s %s overlaps 100.64.0.0/10, which the cloud uses itself: "
			"take a range outside",
			leaf, prefix_format(p, s));
		return false;
	}
	if (p->len == 0 || prefix_is_martian(p)) {
		errbuf_add(c->err, o->path, 0,
			"%s %s is no range that can be routed: take a unicast range", leaf,
			prefix_format(p, s));
		return false;
	}
	return true;
}

static bool has_name(const struct model_policy *p, enum model_policy_kind kind, const char *name)
{
	const uint32_t n = p == NULL ? 0 : p->has[kind].n;

	for (uint32_t i = 0; i < n; i++)
		if (strcmp(p->has[kind].v[i], name) == 0)
			return true;
	return false;
}

static const struct model_policy *scope(const struct check *c, const char *tenant)
{
	return (const struct model_policy *)model_get(c->m, MODEL_POLICY, tenant, "", "");
}

#define PEERING_CANNOT \
	(MODEL_MAP_WEIGHT | MODEL_MAP_ACCEPT_OWN | MODEL_MAP_NEXT_HOP_SELF | MODEL_MAP_NEXT_HOP)

/* Where a route-map is named, and what it cannot set there. */
static const struct map_use {
	const char *leaf;
	uint8_t cannot; /* enum model_map_sets */
	bool is_peering;
} map_uses[] = {
	{ "import-policy", MODEL_MAP_NEXT_HOP_SELF },
	{ "export-policy", MODEL_MAP_WEIGHT | MODEL_MAP_ACCEPT_OWN },
	/* Towards another table of ours: its next hop is the peering connection. */
	{ "import-policy", PEERING_CANNOT, true },
	{ "export-policy", PEERING_CANNOT, true },
	/* They only ask. */
	{ "default-originate-policy", UINT8_MAX },
	{ "conditional-advertisement advertise-policy", UINT8_MAX },
	{ "conditional-advertisement exist-policy", UINT8_MAX },
	{ "conditional-advertisement non-exist-policy", UINT8_MAX },
	{ "aggregate policy", UINT8_MAX },
};

enum map_use_kind {
	MAP_USE_IMPORT,
	MAP_USE_EXPORT,
	MAP_USE_PEERING_IMPORT,
	MAP_USE_PEERING_EXPORT,
	MAP_USE_DEFAULT,
	MAP_USE_ADVERTISE,
	MAP_USE_EXIST,
	MAP_USE_NON_EXIST,
	MAP_USE_AGGREGATE,
};

static void check_sets(const struct check *c, const struct model_obj *o, const struct map_use *use,
	const struct model_policy *p, const char *name)
{
	static const char *const words[] = {
		"weight",
		"accept-own",
		"next-hop self",
		"next-hop",
	};
	uint8_t sets = 0;

	for (uint32_t i = 0; p->map_sets != NULL && i < p->has[MODEL_POLICY_MAP].n; i++)
		if (strcmp(p->has[MODEL_POLICY_MAP].v[i], name) == 0)
			sets = p->map_sets[i];
	if (use->is_peering && sets & MODEL_MAP_WEIGHT) {
		/* Each of two tables may then prefer what the other one has. */
		errbuf_add(c->err, o->path, 0,
			"%s names route-map \"%s\", which sets weight: over a peering connection "
			"two tables could change their minds for ever: "
			"set local-preference instead",
			use->leaf, name);
		sets &= (uint8_t)~MODEL_MAP_WEIGHT;
	}
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (sets & use->cannot & 1u << i)
			errbuf_add(c->err, o->path, 0,
				"%s names route-map \"%s\", which sets %s: "
				"that has no effect here, name a map without it",
				use->leaf, name, words[i]);
}

/* A route-map of the tenant, else a global one; never another tenant's. */
static void check_map(const struct check *c, const struct model_obj *o, enum map_use_kind kind,
	const char *name)
{
	const struct map_use *use = &map_uses[kind];

	if (name[0] == '\0')
		return;
	if (has_name(scope(c, o->tenant), MODEL_POLICY_MAP, name))
		check_sets(c, o, use, scope(c, o->tenant), name);
	else if (has_name(scope(c, ""), MODEL_POLICY_MAP, name))
		check_sets(c, o, use, scope(c, ""), name);
	else
		errbuf_add(c->err, o->path, 0,
			"%s names route-map \"%s\", which neither tenant %s nor the global policy "
			"has: create it, or correct the name",
			use->leaf, name, o->tenant);
}

static void check_uses(const struct check *c, const struct model_policy *p,
	enum model_policy_kind kind)
{
	static const char *const words[] = {
		[MODEL_POLICY_PREFIX_LIST] = "prefix-list",
		[MODEL_POLICY_ASPATH_LIST] = "as-path-list",
		[MODEL_POLICY_COMMUNITY_LIST] = "community-list",
	};
	const struct model_names *uses = &p->uses[kind];

	for (uint32_t i = 0; i < uses->n; i++) {
		if (has_name(p, kind, uses->v[i]) || has_name(scope(c, ""), kind, uses->v[i]))
			continue;
		errbuf_add(c->err, p->obj.path, 0,
			"a route-map names %s \"%s\", "
			"which does not exist here or globally: create it, or correct the name",
			words[kind], uses->v[i]);
	}
}

static void check_policy(const struct check *c, const struct model_obj *o)
{
	const struct model_policy *p = (const struct model_policy *)o;

	for (unsigned k = MODEL_POLICY_MAP + 1; k < MODEL_POLICY_KIND_COUNT; k++)
		check_uses(c, p, (enum model_policy_kind)k);
}

/* RFC 9234 4: roles are for external neighbours. RFC 9494 3: not without graceful restart. */
static void check_options(const struct check *c, const struct model_vbr *v,
	const struct model_peer *p, const char *who)
{
	if (p->role != 0 && p->peer_as == model_vbr_local_as(c->m, v))
		errbuf_add(c->err, v->obj.path, 0,
			"%s has a role, but is in our own AS: delete role here or in its group",
			who);
	if (p->role == 0 && p->role_strict)
		errbuf_add(c->err, v->obj.path, 0,
			"%s has role-strict, but no role: set role, or delete role-strict", who);
	if (p->llgr_time_s > 0 && !p->gr)
		errbuf_add(c->err, v->obj.path, 0,
			"%s has long-lived-stale-time, but graceful-restart is not enabled: "
			"enable it, or set long-lived-stale-time to 0",
			who);
}

/* The leaves may come from peer and group, so it is what results that is judged. */
static void check_origination(const struct check *c, const struct model_vbr *v,
	const struct model_peer *p, const char *who)
{
	const bool exist = p->exist_policy[0] != '\0';
	const bool non_exist = p->non_exist_policy[0] != '\0';
	const bool advertise = p->advertise_policy[0] != '\0';

	if (p->default_policy[0] != '\0' && !p->default_originate)
		errbuf_add(c->err, v->obj.path, 0,
			"%s: default-originate-policy has nothing to decide about: "
			"set default-originate true, or delete it",
			who);
	if (exist && non_exist)
		errbuf_add(c->err, v->obj.path, 0,
			"%s: conditional-advertisement has exist-policy and "
			"non-exist-policy: delete one of them",
			who);
	if ((exist || non_exist) != advertise)
		errbuf_add(c->err, v->obj.path, 0,
			"%s: conditional-advertisement needs advertise-policy (what is sent) "
			"and exist-policy or non-exist-policy (when): give both",
			who);
	check_map(c, &v->obj, MAP_USE_DEFAULT, p->default_policy);
	check_map(c, &v->obj, MAP_USE_ADVERTISE, p->advertise_policy);
	check_map(c, &v->obj, MAP_USE_EXIST, p->exist_policy);
	check_map(c, &v->obj, MAP_USE_NON_EXIST, p->non_exist_policy);
}

/*
 * What the VBR's device has are the gateway addresses. A neighbour that is further away may be
 * spoken to from another address of the instance, which others have put there: the kernel tells
 * whether it is there.
 */
static void check_source(const struct check *c, const struct model_vbr *v,
	const struct model_peer *p, const char *who)
{
	const struct ip_addr *src = &p->update_source;
	const bool far = p->multihop > 1 || p->peer_as == model_vbr_local_as(c->m, v);
	char s[IP_STRLEN];

	if (!ip_is_set(src))
		return;
	ip_format(src, s);
	if (src->family != p->address.family)
		errbuf_add(c->err, v->obj.path, 0,
			"%s: update-source %s is of the other family: take an %s address", who, s,
			family_name(p->address.family));
	else if (ip_is_equal(src,
			 &model_circuit_link(model_peer_circuit(v, p), src->family)->local))
		return;
	else if (!far)
		errbuf_add(c->err, v->obj.path, 0,
			"%s: update-source %s is not the VBR's %s local-gateway: "
			"take that one, or set multihop",
			who, s, family_name(src->family));
	else if (ip_is_martian(src) || ip_is_link_local(src))
		errbuf_add(c->err, v->obj.path, 0,
			"%s: update-source %s cannot be the address of a host: "
			"take a unicast address",
			who, s);
}

static void check_ao(const struct check *c, const struct model_vbr *v, const struct model_peer *p,
	const char *who)
{
	unsigned n_preferred = 0;

	if (p->n_ao > 0 && p->password[0] != '\0')
		errbuf_add(c->err, v->obj.path, 0,
			"%s has both a password and tcp-ao keys (its group counts): delete one",
			who);
	for (uint8_t i = 0; i < p->n_ao; i++) {
		n_preferred += p->ao[i].preferred;
		for (uint8_t k = 0; k < i; k++)
			if (p->ao[i].receive_id == p->ao[k].receive_id)
				errbuf_add(c->err, v->obj.path, 0,
					"%s: tcp-ao keys %u and %u have the same receive-id %u: "
					"change one",
					who, p->ao[k].id, p->ao[i].id, p->ao[i].receive_id);
	}
	if (n_preferred > 1)
		errbuf_add(c->err, v->obj.path, 0,
			"%s: more than one tcp-ao key is preferred: leave one", who);
}

/* What is said of a neighbour, whether it has a name or comes by a range. */
static void check_session(const struct check *c, const struct model_vbr *v,
	const struct model_peer *p, const char *who)
{
	check_source(c, v, p, who);
	check_ao(c, v, p, who);
	if (strlen(p->shutdown_text) > 255)
		errbuf_add(c->err, v->obj.path, 0,
			"%s: shutdown-text has %zu octets, the neighbour takes 255: shorten it",
			who, strlen(p->shutdown_text));
	check_map(c, &v->obj, MAP_USE_IMPORT, p->import_policy);
	check_map(c, &v->obj, MAP_USE_EXPORT, p->export_policy);
}

static void check_peer(const struct check *c, const struct model_vbr *v, const struct model_peer *p)
{
	const struct model_link *l = model_circuit_link(model_peer_circuit(v, p),
		p->address.family);
	uint32_t local_as = model_vbr_local_as(c->m, v);
	char who[IP_STRLEN + 8];
	char s[IP_STRLEN];

	ip_format(&p->address, s);
	snprintf(who, sizeof(who), "peer %s", s);
	if (p->peer_as == 0)
		errbuf_add(c->err, v->obj.path, 0,
			"peer %s has no peer-as: set it here or in its group", s);
	if (!ip_is_set(&l->local)) {
		errbuf_add(c->err, v->obj.path, 0,
			"peer %s: the VBR has no %s link: "
			"set %s local-gateway, peer-gateway and prefix-length",
			s, family_name(p->address.family), family_name(p->address.family));
		return;
	}
	if (ip_is_equal(&l->local, &p->address))
		errbuf_add(c->err, v->obj.path, 0,
			"peer %s is the VBR's own local-gateway: "
			"give the address of the data centre's router",
			s);
	else if (p->multihop == 0 && p->peer_as != local_as &&
		model_vbr_circuit_to(v, &p->address) == NULL)
		errbuf_add(c->err, v->obj.path, 0,
			"peer %s is outside the link's subnet: "
			"take an address on the link, or set multihop",
			s);
	if (p->keepalive_s * 3 > p->hold_s + 2 && p->hold_s != 0)
		errbuf_add(c->err, v->obj.path, 0,
			"peer %s: keepalive %u s is more than a third of hold-time %u s: "
			"lower it, or raise hold-time",
			s, p->keepalive_s, p->hold_s);
	check_peer_line(c, v, p, who);
	check_options(c, v, p, who);
	check_as(c, v, p, who);
	check_origination(c, v, p, who);
	check_session(c, v, p, who);
}

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

static void check_range(const struct check *c, const struct model_vbr *v,
	const struct model_range *r)
{
	const struct model_peer *p = &r->peer;
	char who[PREFIX_STRLEN + 16];
	char s[PREFIX_STRLEN];

	snprintf(who, sizeof(who), "listen-range %s", prefix_format(&r->pfx, s));
	if (r->discover)
		snprintf(who, sizeof(who), "unnumbered");
	check_as(c, v, p, who);
	check_options(c, v, p, who);
	if (p->peer_as == 0)
		errbuf_add(c->err, v->obj.path, 0,
			"%s: group \"%s\" has no peer-as: set it in the group", who, p->group);
	if (r->discover)
		check_unnumbered(c, v, r);
	else
		check_range_place(c, v, r);
	check_range_key(c, v, r);
	check_origination(c, v, p, who);
	check_session(c, v, p, who);
}

static void check_vbr_statics(const struct check *c, const struct model_vbr *v)
{
	char s[IP_STRLEN];
	char p[PREFIX_STRLEN];

	for (uint32_t i = 0; i < v->n_statics; i++) {
		const struct model_static *st = &v->statics[i];

		check_static_refusals(c, &v->obj, &st->pfx);
		prefix_format(&st->pfx, p);
		if (!st->blackhole && st->n_next_hops == 0)
			errbuf_add(c->err, v->obj.path, 0,
				"static-route %s has neither next-hop nor blackhole: give one", p);
		for (uint8_t k = 0; k < st->n_next_hops; k++)
			if (model_vbr_circuit_to(v, &st->next_hop[k]) == NULL)
				errbuf_add(c->err, v->obj.path, 0,
					"static-route %s: next-hop %s is not on the VBR's link: "
					"take an address of the link",
					p, ip_format(&st->next_hop[k], s));
	}
}

static void check_aggregate(const struct check *c, const struct model_vbr *v,
	const struct model_aggregate *a)
{
	char s[PREFIX_STRLEN];

	check_map(c, &v->obj, MAP_USE_AGGREGATE, a->policy);
	if (prefix_is_usable(c, &v->obj, "aggregate", &a->pfx) &&
		a->pfx.len == family_bits(a->pfx.family))
		errbuf_add(c->err, v->obj.path, 0,
			"aggregate %s is a host, so nothing can be part of it: take a shorter "
			"prefix, or a network statement",
			prefix_format(&a->pfx, s));
}

static void check_bgp(const struct check *c, const struct model_vbr *v)
{
	if (v->n_peers + v->n_ranges > 0 && model_vbr_router_id(c->m, v) == 0)
		errbuf_add(c->err, v->obj.path, 0,
			"bgp has no router-id: set bgp router-id, system router-id, "
			"or an ipv4 local-gateway");
	check_confederation(c, v);
	check_add_path(c, v);
	for (uint8_t i = 0; i < v->n_peers; i++)
		check_peer(c, v, &v->peers[i]);
	for (uint32_t i = 0; i < v->n_ranges; i++)
		check_range(c, v, &v->ranges[i]);
	for (uint32_t i = 0; i < v->n_networks; i++)
		(void)prefix_is_usable(c, &v->obj, "network", &v->networks[i]);
	for (uint32_t i = 0; i < v->n_aggregates; i++)
		check_aggregate(c, v, &v->aggregates[i]);
}

static void check_vbr(const struct check *c, const struct model_obj *o)
{
	const struct model_vbr *v = (const struct model_vbr *)o;

	check_circuits(c, v);
	check_vbr_statics(c, v);
	check_vbr_gateways(c, v);
	check_vbr_counts(c, v);
	check_vbr_qos(c, v);
	check_vbr_health(c, v);
	if (v->has_bgp)
		check_bgp(c, v);
}

static bool vpc_has_on_link(const struct model_vpc *v, const struct ip_addr *a)
{
	for (uint32_t i = 0; i < v->n_ifaces; i++) {
		const struct model_vswitch *s = model_iface_vswitch(v, &v->ifaces[i]);

		for (uint8_t k = 0; k < v->ifaces[i].n_addrs; k++) {
			struct prefix p = prefix_make(&v->ifaces[i].addr[k].addr,
				v->ifaces[i].addr[k].len);

			if (prefix_covers_addr(&p, a))
				return true;
		}
		if (v->ifaces[i].n_addrs == 0 && s != NULL && prefix_covers_addr(&s->cidr, a))
			return true;
		if (v->ifaces[i].n_addrs == 0 && s == NULL)
			for (uint32_t k = 0; k < v->n_cidrs; k++)
				if (prefix_covers_addr(&v->cidrs[k], a))
					return true;
	}
	return false;
}

static void check_vpc_statics(const struct check *c, const struct model_vpc *v)
{
	char s[IP_STRLEN];
	char p[PREFIX_STRLEN];

	for (uint32_t i = 0; i < v->n_statics; i++) {
		const struct model_static *st = &v->statics[i];

		prefix_format(&st->pfx, p);
		if (!st->blackhole && st->n_next_hops == 0 && st->interface[0] == '\0')
			errbuf_add(c->err, v->obj.path, 0,
				"static-route %s has neither next-hop, interface nor blackhole: "
				"give one",
				p);
		for (uint8_t k = 0; k < st->n_next_hops; k++)
			if (!vpc_has_on_link(v, &st->next_hop[k]))
				errbuf_add(c->err, v->obj.path, 0,
					"static-route %s: next-hop %s is on no interface of the "
					"VPC: take an address of an attached subnet",
					p, ip_format(&st->next_hop[k], s));
	}
}

static void check_vpc(const struct check *c, const struct model_obj *o)
{
	const struct model_vpc *v = (const struct model_vpc *)o;
	char a[PREFIX_STRLEN];
	char b[PREFIX_STRLEN];

	for (uint32_t i = 0; i < v->n_cidrs; i++) {
		(void)prefix_is_usable(c, &v->obj, "cidr", &v->cidrs[i]);
		for (uint32_t k = 0; k < i; k++)
			if (prefix_overlaps(&v->cidrs[i], &v->cidrs[k]))
				errbuf_add(c->err, v->obj.path, 0,
					"cidr %s and cidr %s overlap: change or delete one of them",
					prefix_format(&v->cidrs[k], a),
					prefix_format(&v->cidrs[i], b));
	}
	for (uint32_t i = 0; i < v->n_ifaces; i++)
		for (uint8_t k = 0; k < v->ifaces[i].n_addrs; k++)
			(void)check_address(c, &v->obj, "interface address",
				&v->ifaces[i].addr[k].addr);
	check_vpc_counts(c, v);
	check_vswitches(c, v);
	check_vpc_statics(c, v);
	check_vpc_gateways(c, v);
}

static bool end_is_equal(const struct model_end *a, const struct model_end *b)
{
	return a->is_vbr == b->is_vbr && strcmp(a->tenant, b->tenant) == 0 &&
		strcmp(a->name, b->name) == 0;
}

static void check_own_end(const struct check *c, const struct model_peering *p,
	const struct model_end *e, const char *which)
{
	bool found = e->is_vbr ? model_vbr(c->m, e->tenant, e->name) != NULL :
				 model_vpc(c->m, e->tenant, e->name) != NULL;

	/* What another tenant has is not told: such a peering stays pending. */
	if (found || strcmp(e->tenant, p->obj.tenant) != 0)
		return;
	errbuf_add(c->err, p->obj.path, 0,
		"%s %s \"%s\" does not exist in tenant %s: create it, or correct the name", which,
		e->is_vbr ? "vbr" : "vpc", e->name, e->tenant);
}

/* Consent to oneself would be taken and mean nothing. */
static void check_other(const struct check *c, const struct model_obj *o)
{
	const bool is_vbr = o->kind == MODEL_ACCEPT_VBR;

	if (strcmp(o->tenant, o->name2) == 0)
		errbuf_add(c->err, o->path, 0,
			"%s %s is of tenant %s itself and needs nobody's consent: delete this, "
			"or name another tenant",
			is_vbr ? "vbr" : "peering", o->name, o->tenant);
}

static void check_reject(const struct check *c, const struct model_obj *o)
{
	check_other(c, o);
	if (model_get(c->m, MODEL_ACCEPT, o->tenant, o->name, o->name2) != NULL)
		errbuf_add(c->err, o->path, 0,
			"peering %s of tenant %s is accepted and rejected: delete one", o->name,
			o->name2);
}

static void check_peering(const struct check *c, const struct model_obj *o)
{
	const struct model_peering *p = (const struct model_peering *)o;

	check_own_end(c, p, &p->initiator, "initiator");
	check_own_end(c, p, &p->acceptor, "acceptor");
	if (strcmp(p->acceptor.tenant, p->obj.tenant) != 0 && p->acceptor.is_vbr)
		errbuf_add(c->err, p->obj.path, 0,
			"acceptor: a VBR of another tenant cannot be reached: "
			"name a VPC of tenant %s",
			p->acceptor.tenant);
	if (end_is_equal(&p->initiator, &p->acceptor))
		errbuf_add(c->err, p->obj.path, 0,
			"initiator and acceptor are the same instance: name two different ones");
	if (p->initiator.is_vbr && p->acceptor.is_vbr && !p->transit)
		errbuf_add(c->err, p->obj.path, 0,
			"two VBRs exchange nothing unless transit is true: "
			"set transit true, or name a VPC");
	check_overlap(c, p);
	check_map(c, &p->obj, MAP_USE_PEERING_IMPORT, p->import_policy);
	check_map(c, &p->obj, MAP_USE_PEERING_EXPORT, p->export_policy);
	check_health(c, p);
	check_weights(c, p);
}

/* Who is judged, in which order, and by whom. */
static const struct rule {
	enum model_kind kind;
	void (*judge)(const struct check *c, const struct model_obj *o);
} rules[] = {
	{ MODEL_POLICY, check_policy },
	{ MODEL_PHYSCONN, check_line },
	{ MODEL_TENANT, check_counts },
	{ MODEL_VPC, check_vpc },
	{ MODEL_VBR, check_vbr },
	{ MODEL_QOS, check_qos },
	{ MODEL_PEERING, check_peering },
	{ MODEL_ACCEPT, check_other },
	{ MODEL_REJECT, check_reject },
	{ MODEL_ACCEPT_VBR, check_other },
	{ MODEL_FAILOVER, check_group },
};

static void judge_all(const struct check *c, const struct rule *r)
{
	for (uint32_t i = 0; i < c->m->of[r->kind].n; i++)
		r->judge(c, c->m->of[r->kind].v[i]);
}

static void judge_touched(const struct check *c, const struct rule *r)
{
	const struct model_obj *o;

	for (uint32_t i = 0; (o = model_delta_next(c->delta, r->kind, &i)) != NULL;)
		r->judge(c, o);
}

static int run(const struct check *c)
{
	const uint32_t before = c->err->n + c->err->dropped;

	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		if (c->delta != NULL)
			judge_touched(c, &rules[i]);
		else
			judge_all(c, &rules[i]);
	check_meetings(c);
	check_unique(c);
	return c->err->n + c->err->dropped > before ? -EINVAL : 0;
}

int model_check(const struct model *m, struct errbuf *err)
{
	return run(&(struct check){ .m = m, .err = err });
}

int model_check_delta(const struct model_delta *d, struct errbuf *err)
{
	return run(&(struct check){ .m = d->now, .delta = d, .err = err });
}
