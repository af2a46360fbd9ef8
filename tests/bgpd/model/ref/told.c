/* SPDX-License-Identifier: Apache-2.0 */
/* What neighbours are told. */
#include <string.h>
#include <sys/socket.h>

#include "tests/bgpd/model/ref/ref_private.h"

/*
 * Which paths
 */

static const struct ref_path *network_statement(const struct ref_net *n)
{
	const struct ref_path *first = NULL;

	for (unsigned i = 0; i < n->n; i++) {
		const struct ref_path *c = &n->path[i];

		if (!(c->flags & RIB_PATH_LOCAL) || c->flags & RIB_PATH_REJECTED)
			continue;
		if (!first || c->src.index < first->src.index)
			first = c;
	}
	return first;
}

static unsigned all_with(const struct ref_net *n, uint8_t flags, const struct ref_path **out)
{
	unsigned count = 0;

	for (unsigned i = 0; i < n->n; i++) {
		if (n->path[i].flags & RIB_PATH_REJECTED)
			continue;
		if (!flags || n->path[i].flags & flags)
			out[count++] = &n->path[i];
	}
	return count;
}

/* The first, then who would be the best if those before were not there. */
static unsigned best_few(const struct ref *m, const struct ref_peer *p, const struct ref_net *n,
	const struct ref_path **out)
{
	struct ref_net left = *n;
	unsigned count = 1;

	while (count < p->add_path_best) {
		left.path[out[count - 1] - n->path].flags |= RIB_PATH_REJECTED;
		ref_decide(m, &left, &m->inst[p->inst]);
		if (left.best < 0)
			break;
		out[count++] = &n->path[left.best];
	}
	return count;
}

static unsigned candidates(const struct ref *m, const struct ref_peer *p, unsigned pfx,
	const struct ref_path **out)
{
	const struct ref_net *n = &m->net[p->inst][pfx];

	out[0] = network_statement(n);
	if (!out[0] && n->best >= 0)
		out[0] = &n->path[n->best];
	if (!out[0])
		return 0;
	if (!p->s.ids_out[ref_family(&m->pfx[pfx])])
		return 1;
	switch (p->add_path) {
	case EXPORT_ADD_PATH_ALL:
		return all_with(n, 0, out);
	case EXPORT_ADD_PATH_BEST:
		return best_few(m, p, n, out);
	case EXPORT_ADD_PATH_ECMP:
		break;
	}
	return out[0]->flags & RIB_PATH_BEST ?
		all_with(n, RIB_PATH_BEST | RIB_PATH_MULTIPATH, out) :
		1;
}

/*
 * May it be told?
 */

static bool is_for(const struct ref *m, const struct ref_peer *p, const struct ref_path *c)
{
	const uint8_t advertise = m->inst[p->inst].advertise;
	const bool is_network = c->flags & RIB_PATH_LOCAL;

	if (c->src.kind == RIB_SOURCE_CONNECTED)
		return false;
	if (p->export)
		return c->src.kind != RIB_SOURCE_STATIC || is_network;
	if (is_network)
		return advertise != EXPORT_ADVERTISE_NONE;
	return advertise == EXPORT_ADVERTISE_PEERED && c->src.kind == RIB_SOURCE_PEERING &&
		c->flags & RIB_PATH_CIDR;
}

static const struct ref_peer *teller(const struct ref *m, const struct ref_path *c)
{
	return c->src.kind == RIB_SOURCE_BGP ? &m->peer[c->src.n] : NULL;
}

/* RFC 1997; RFC 5065 4.2 for who is outside of what; RFC 9494 4.3. */
static bool is_within_scope(const struct ref_peer *p, const struct route *r)
{
	const bool outside = p->s.side == REF_EXTERNAL;

	if (route_has_community(r, COMMUNITY_NO_ADVERTISE))
		return false;
	if (outside && route_has_community(r, COMMUNITY_NO_EXPORT))
		return false;
	if (p->s.side != REF_INTERNAL && route_has_community(r, COMMUNITY_NO_EXPORT_SUBCONFED))
		return false;
	return !outside || p->s.llgr || !route_has_community(r, COMMUNITY_LLGR_STALE);
}

/* RFC 4271 9.2: what an internal neighbour said is not for another one, but RFC 4456 6. */
static bool is_reflected(const struct ref *m, const struct ref_peer *p, const struct ref_peer *from)
{
	if (from->client && p->client)
		return !m->inst[p->inst].clients_meshed;
	return from->client || p->client;
}

static bool may_hear(const struct ref *m, const struct ref_peer *p, const struct ref_path *c)
{
	const struct ref_peer *from = teller(m, c);

	if (from == p || !is_within_scope(p, &c->r))
		return false;
	if (c->r.has_otc && ref_is_above_or_beside(ref_role_of(p))) /* RFC 9234 5, egress 2 */
		return false;
	if (!from || from->s.side != REF_INTERNAL || p->s.side != REF_INTERNAL)
		return true;
	return is_reflected(m, p, from);
}

static bool is_held_back(const struct ref *m, const struct ref_peer *p, unsigned pfx,
	const struct ref_path *c)
{
	bool met;

	if (p->condition == BGP_CONDITION_NONE)
		return false;
	met = ref_is_met(m, p->inst, ref_family(&m->pfx[pfx]), p->condition_map);
	if (met == (p->condition == BGP_CONDITION_EXIST))
		return false;
	return ref_map_permits(m, p->advertise_map, pfx, c);
}

/*
 * As it leaves
 */

static bool is_on_link(const struct bgp_link *link, const struct ip_addr *a)
{
	const bool is4 = a->family == AF_INET;
	const struct ip_addr *own = is4 ? &link->local4 : &link->local6;
	const struct prefix subnet = prefix_make(own, is4 ? link->len4 : link->len6);

	return ip_is_set(own) && prefix_covers_addr(&subnet, a);
}

/* The tables of doc/paths.md. */
static bool passes_next_hop(const struct ref *m, const struct ref_peer *p, const struct ref_path *c)
{
	const struct ref_peer *from = teller(m, c);
	const struct bgp_link *link = &m->inst[p->inst].link;
	const struct ip_addr *nh = &c->r.next_hop;

	if (!from || p->next_hop == EXPORT_NEXT_HOP_SELF)
		return false;
	if (p->next_hop == EXPORT_NEXT_HOP_USUAL)
		return p->s.side != REF_EXTERNAL && from->s.side != REF_EXTERNAL;
	if (ip_is_equal(nh, &p->addr))
		return false;
	if (p->s.side != REF_EXTERNAL || p->multihop > 1)
		return true;
	return is_on_link(link, &p->addr) && is_on_link(link, nh);
}

/* RFC 6996 5. */
static bool is_private(uint32_t as)
{
	return (as >= 64512 && as <= 65534) || (as >= 4200000000 && as <= 4294967294);
}

static bool is_all_private(const struct route *r)
{
	bool all = r->n_path > 0;

	for (unsigned i = 0; i < r->n_path; i++)
		all &= is_private(r->path[i]);
	return all;
}

/* What becomes of a number on its way out; 0: it goes. */
static uint32_t number_outside(const struct ref_peer *p, uint32_t as, uint32_t own, bool removes)
{
	if (as == p->as)
		return p->as_override ? own : as;
	if (!is_private(as))
		return as;
	if (p->private_as == EXPORT_PRIVATE_AS_REPLACE)
		return own;
	return removes ? 0 : as;
}

/* RFC 5065 4: nothing of the confederation for those who are not in it. */
static void strip_confed(struct route *r)
{
	const struct route seen = *r;

	r->n_path = 0;
	memset(r->path, 0, sizeof(r->path));
	memset(r->segment, 0, sizeof(r->segment));
	for (unsigned i = 0; i < seen.n_path; i++) {
		if (seen.segment[i] != ROUTE_CONFED_SEQUENCE)
			route_append(r, seen.segment[i], seen.path[i]);
	}
}

static void path_outside(const struct ref *m, const struct ref_peer *p, struct route *r)
{
	const uint32_t own = p->fake_replace_as && ref_fake_as(m, p) ?
		p->s.local_as :
		ref_public_as(&m->inst[p->inst]);
	struct route seen;
	bool removes;

	strip_confed(r);
	seen = *r;
	removes = p->private_as == EXPORT_PRIVATE_AS_REMOVE ||
		(p->private_as == EXPORT_PRIVATE_AS_REMOVE_WHOLE && is_all_private(r));
	r->n_path = 0;
	memset(r->path, 0, sizeof(r->path));
	memset(r->segment, 0, sizeof(r->segment));
	for (unsigned i = 0; i < seen.n_path; i++) {
		const uint32_t as = number_outside(p, seen.path[i], own, removes);

		if (as)
			route_append(r, seen.segment[i], as);
	}
	route_prepend(r, ROUTE_SEQUENCE, own);
	if (own != p->s.local_as)
		route_prepend(r, ROUTE_SEQUENCE, p->s.local_as);
}

static void drop_communities(struct route *r)
{
	memset(r->coms, 0, sizeof(r->coms));
	r->n_coms = 0;
}

static void withhold(const struct ref_peer *p, struct route *r)
{
	if (p->withhold & EXPORT_WITHHOLD_STANDARD)
		drop_communities(r);
	if (p->withhold & EXPORT_WITHHOLD_LARGE) {
		memset(r->large, 0, sizeof(r->large));
		r->has_large = false;
	}
	if (p->withhold & EXPORT_WITHHOLD_EXTENDED) {
		memset(r->exts, 0, sizeof(r->exts));
		r->n_exts = 0;
	}
}

static void set_local_pref(struct route *r, uint32_t v)
{
	r->has_local_pref = true;
	r->local_pref = v;
}

static void egress_external(const struct ref *m, const struct ref_peer *p, struct route *r)
{
	unsigned kept = 0;

	path_outside(m, p, r);
	r->has_local_pref = false;
	r->local_pref = 0;
	for (unsigned k = 0; k < r->n_exts; k++) {
		if (!(r->exts[k][0] & 0x40)) /* RFC 4360 6 */
			memmove(r->exts[kept++], r->exts[k], 8);
	}
	memset(r->exts[kept], 0, 8u * (ROUTE_EXTS - kept));
	r->n_exts = (uint8_t)kept;
	if (!r->has_otc && ref_is_below_or_beside(ref_role_of(p))) { /* RFC 9234 5, egress 1 */
		r->has_otc = true;
		r->otc = p->s.local_as;
	}
	if (p->gshut) /* RFC 8326 4.2 */
		route_add_community(r, COMMUNITY_GRACEFUL_SHUTDOWN);
}

static void egress_internal(const struct ref *m, const struct ref_peer *p, struct route *r)
{
	if (!p->s.confed)
		strip_confed(r);
	if (p->s.side == REF_MEMBER)
		route_prepend(r, ROUTE_CONFED_SEQUENCE, m->inst[p->inst].as);
	if (!r->has_local_pref)
		set_local_pref(r, 100);
}

/* RFC 4456 8; outside of its AS neither attribute means anything. */
static void reflect(const struct ref *m, const struct ref_peer *p, const struct ref_path *c,
	struct route *r)
{
	const struct ref_peer *from = teller(m, c);

	if (p->s.side != REF_INTERNAL || !from || from->s.side != REF_INTERNAL) {
		r->has_originator = false;
		r->originator = 0;
		r->n_cluster = 0;
		memset(r->cluster, 0, sizeof(r->cluster));
		return;
	}
	if (!r->has_originator) {
		r->has_originator = true;
		r->originator = from->router_id;
	}
	memmove(r->cluster + 1, r->cluster, (ROUTE_IDS - 1) * sizeof(r->cluster[0]));
	r->cluster[0] = ref_cluster_id(&m->inst[p->inst]);
	r->n_cluster++;
}

static void egress(const struct ref *m, const struct ref_peer *p, const struct ref_path *c,
	struct route *r)
{
	const bool is_stale = route_has_community(r, COMMUNITY_LLGR_STALE);
	withhold(p, r);
	if (is_stale) /* RFC 9494 4.3: the mark stays */
		route_add_community(r, COMMUNITY_LLGR_STALE);
	if (is_stale && !p->s.llgr) { /* 4.6 */
		route_add_community(r, COMMUNITY_NO_EXPORT);
		set_local_pref(r, 0);
	}
	reflect(m, p, c, r);
	if (p->s.side == REF_EXTERNAL)
		egress_external(m, p, r);
	else
		egress_internal(m, p, r);
	r->weight = 0;
	memset(r->via, 0, sizeof(r->via));
	r->n_via = 0;
}

static struct ip_addr own_address(const struct ref *m, const struct ref_peer *p, unsigned pfx)
{
	const struct bgp_link *link = &m->inst[p->inst].link;

	return m->pfx[pfx].family == AF_INET ? link->local4 : link->local6;
}

static bool tell(const struct ref *m, const struct ref_peer *p, unsigned pfx,
	const struct ref_path *c, struct route *out)
{
	const struct ref_map *map = ref_map(&m->policy, p->export);
	const bool learned = c->src.kind == RIB_SOURCE_BGP || c->src.kind == RIB_SOURCE_PEERING;
	struct ref_question q = { &m->policy, &m->pfx[pfx], c->src.kind, false };
	struct ip_addr own = own_address(m, p, pfx);

	if (!is_for(m, p, c) || !may_hear(m, p, c) || ref_is_suppressed(m, p->inst, pfx) ||
		is_held_back(m, p, pfx, c))
		return false;
	*out = c->r;
	if (p->s.side == REF_EXTERNAL && learned) { /* RFC 4271 5.1.4 */
		out->has_med = false;
		out->med = 0;
	}
	if (map && !ref_map_eval(map, &q, out))
		return false;
	if (!passes_next_hop(m, p, c))
		out->next_hop = own;
	egress(m, p, c, out);
	return true;
}

/* doc/origination.md: whatever policy says, and no other default route beside it. */
static bool tells_default(const struct ref *m, const struct ref_peer *p, unsigned pfx,
	struct route *out)
{
	static const struct ref_path none = { .src.kind = RIB_SOURCE_STATIC };

	if (!p->default_originate || m->pfx[pfx].len > 0)
		return false;
	if (p->default_map && !ref_is_met(m, p->inst, ref_family(&m->pfx[pfx]), p->default_map))
		return false;
	memset(out, 0, sizeof(*out));
	out->next_hop = own_address(m, p, pfx);
	egress(m, p, &none, out);
	return true;
}

unsigned ref_told(const struct ref *m, const struct ref_peer *p, unsigned pfx, struct route *out)
{
	const struct ref_path *c[REF_PATHS];
	const struct ip_addr own = own_address(m, p, pfx);
	unsigned n;
	unsigned told = 0;

	if (!p->is || !p->up || !p->family_up[ref_family(&m->pfx[pfx])] || !ip_is_set(&own))
		return 0;
	if (p->export && !ref_map(&m->policy, p->export))
		return 0;
	if (tells_default(m, p, pfx, out))
		return 1;
	n = candidates(m, p, pfx, c);
	for (unsigned i = 0; i < n; i++)
		told += tell(m, p, pfx, c[i], &out[told]);
	return told;
}
