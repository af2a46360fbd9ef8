/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bgpd/model/ref.h"

#include <string.h>
#include <sys/socket.h>

#include "lib/base/compiler.h"
#include "tests/bgpd/model/ref_policy.h"

#define ROUNDS_MAX 12 /* routes go over two connections at most, there and back */

#define COMMUNITY_NO_EXPORT           0xffffff01
#define COMMUNITY_NO_ADVERTISE        0xffffff02
#define COMMUNITY_NO_EXPORT_SUBCONFED 0xffffff03

/*
 * Import
 */

static bool has_u32(const uint32_t *v, unsigned n, uint32_t x)
{
	for (unsigned i = 0; i < n; i++) {
		if (v[i] == x)
			return true;
	}
	return false;
}

/* What is not for a neighbour of this kind to say is not heard (RFC 4271 5.1.5, RFC 7606 7). */
static struct route as_heard(const struct ref *m, const struct ref_peer *p, const struct route *r)
{
	struct route out = *r;

	if (ref_peer_is_internal(m, p))
		return out;
	out.has_local_pref = out.has_originator = false;
	out.local_pref = out.originator = 0;
	out.n_cluster = 0;
	memset(out.cluster, 0, sizeof(out.cluster));
	return out;
}

/* RFC 4271 5.1.3, 6.3. */
static enum rib_reason judge_next_hop(const struct ref *m, const struct ref_peer *p,
	const struct ip_addr *nh)
{
	const struct bgp_link *link = &m->inst[p->inst].link;
	const bool is4 = nh->family == AF_INET;
	const struct ip_addr *own = is4 ? &link->local4 : &link->local6;
	const struct prefix subnet = prefix_make(own, is4 ? link->len4 : link->len6);

	if (ip_is_equal(nh, own))
		return RIB_REASON_NEXT_HOP_SELF;
	if (ip_is_equal(nh, &p->addr) || prefix_covers_addr(&subnet, nh))
		return RIB_REASON_NONE;
	/* elsewhere: only for those who are not on the link themselves */
	if (ref_peer_is_internal(m, p) || p->multihop > 1)
		return RIB_REASON_NONE;
	return RIB_REASON_NEXT_HOP_UNREACHABLE;
}

static enum rib_reason judge_prefix(const struct ref *m, const struct ref_peer *p,
	const struct prefix *pfx)
{
	static const struct prefix shared = { .family = AF_INET, .len = 10, .b = { 100, 64 } };
	const struct bgp_link *link = &m->inst[p->inst].link;
	const struct prefix link4 = prefix_make(&link->local4, link->len4);
	const struct prefix link6 = prefix_make(&link->local6, link->len6);

	if (pfx->len == 0)
		return RIB_REASON_FILTER_DEFAULT;
	if (prefix_covers(&shared, pfx))
		return RIB_REASON_FILTER_SHARED_ADDRESS;
	if (prefix_is_martian(pfx))
		return RIB_REASON_FILTER_MARTIAN;
	for (unsigned i = 0; i < m->n_cidrs; i++) {
		if (prefix_covers(&m->cidr[i], pfx))
			return RIB_REASON_FILTER_VPC_CIDR;
	}
	if (prefix_covers(&link4, pfx) || prefix_covers(&link6, pfx))
		return RIB_REASON_FILTER_LINK_SUBNET;
	return RIB_REASON_NONE;
}

/* RFC 9234 5, ingress 1 and 2; the role is ours. */
static bool is_leak(const struct ref_peer *p, const struct route *r)
{
	if (!r->has_otc)
		return false;
	if (p->role == BGP_ROLE_PROVIDER || p->role == BGP_ROLE_RS)
		return true;
	return p->role == BGP_ROLE_PEER && r->otc != p->as;
}

/* Towards whom a route from here is for customers only. */
static bool is_above_or_beside(const struct ref_peer *p)
{
	return p->role == BGP_ROLE_CUSTOMER || p->role == BGP_ROLE_RS_CLIENT ||
		p->role == BGP_ROLE_PEER;
}

static bool is_below_or_beside(const struct ref_peer *p)
{
	return p->role == BGP_ROLE_PROVIDER || p->role == BGP_ROLE_RS || p->role == BGP_ROLE_PEER;
}

static bool has_own_as(const struct ref *m, const struct ref_peer *p, const struct route *r)
{
	unsigned own = 0;

	for (unsigned i = 0; i < r->n_path; i++)
		own += r->path[i] == m->inst[p->inst].as;
	return own > p->allow_own_as;
}

static enum rib_reason judge_route(const struct ref *m, const struct ref_peer *p,
	const struct route *r)
{
	const struct ref_instance *inst = &m->inst[p->inst];

	if (!ref_peer_is_internal(m, p) && (r->n_path == r->n_set || r->path[0] != p->as))
		return RIB_REASON_FIRST_AS;
	if (r->n_set)
		return RIB_REASON_AS_SET;
	if (is_leak(p, r))
		return RIB_REASON_OTC_LEAK;
	if (r->has_originator && r->originator == inst->router_id)
		return RIB_REASON_ORIGINATOR_LOOP;
	if (has_u32(r->cluster, r->n_cluster, inst->router_id))
		return RIB_REASON_CLUSTER_LOOP;
	return judge_next_hop(m, p, &r->next_hop);
}

static void import(const struct ref *m, const struct ref_peer *p, unsigned pfx,
	struct ref_path *path)
{
	const struct ref_map *map = ref_map(&m->policy, p->import);
	const bool own = has_own_as(m, p, &path->r);
	enum rib_reason why = RIB_REASON_AS_LOOP;
	struct ref_question q = { &m->policy, &m->pfx[pfx], RIB_SOURCE_BGP, false };
	struct route r = path->r;

	if (!own || (map && ref_map_may_accept_own(map)))
		why = judge_route(m, p, &r);
	if (!why && !r.has_otc && is_above_or_beside(p)) {
		r.has_otc = true; /* RFC 9234 5, ingress 3 */
		r.otc = p->as;
	}
	if (!why && p->import && !map)
		why = RIB_REASON_NO_POLICY;
	if (!why)
		why = judge_prefix(m, p, &m->pfx[pfx]);
	if (!why && map && !ref_map_eval(map, &q, &r))
		why = RIB_REASON_POLICY;
	if (!why && own && !q.accepts_own)
		why = RIB_REASON_AS_LOOP;
	if (!why)
		path->r = r;
	path->reason = (uint8_t)why;
	if (why)
		path->flags |= RIB_PATH_REJECTED;
}

/*
 * The decision, RFC 4271 9.1.2.2: at each step those stay that nobody beats.
 */

struct rank {
	int64_t v;
	enum rib_reason reason;
};

static uint32_t first_as(const struct route *r)
{
	return r->n_path > r->n_set ? r->path[0] : 0;
}

static int64_t weight(const struct ref_path *p)
{
	static const uint32_t by_kind[RIB_SOURCE_COUNT] = {
		[RIB_SOURCE_STATIC] = 32768,
		[RIB_SOURCE_CONNECTED] = 65536,
		[RIB_SOURCE_VPC] = 65537,
	};

	return p->flags & RIB_PATH_LOCAL ? -1 : (int64_t)by_kind[p->src.kind] + p->r.weight;
}

/* Smaller is better. */
static int64_t value(const struct ref *m, const struct ref_path *p, enum rib_reason step)
{
	const struct route *r = &p->r;
	const struct ref_peer *peer = p->src.kind == RIB_SOURCE_BGP ? &m->peer[p->src.n] : NULL;

	switch (step) {
	case RIB_REASON_STEP_WEIGHT:
		return -weight(p);
	case RIB_REASON_STEP_LOCAL_PREF:
		return r->has_local_pref ? -(int64_t)r->local_pref : -100;
	case RIB_REASON_STEP_AS_PATH_LENGTH:
		return r->n_path - r->n_set + (r->n_set > 0) + r->n_via;
	case RIB_REASON_STEP_ORIGIN:
		return r->origin;
	case RIB_REASON_STEP_EBGP:
		return peer && ref_peer_is_internal(m, peer);
	case RIB_REASON_STEP_ROUTER_ID:
		return r->has_originator ? r->originator : peer ? peer->router_id : 0;
	case RIB_REASON_STEP_CLUSTER_LENGTH:
		return r->n_cluster;
	default:
		return 0;
	}
}

static bool med_beats(const struct ref_path *a, const struct ref_path *b)
{
	const uint32_t med_a = a->r.has_med ? a->r.med : 0;
	const uint32_t med_b = b->r.has_med ? b->r.med : 0;

	return first_as(&a->r) == first_as(&b->r) && med_a < med_b;
}

/* By address; those without one come first, in the engine's own order. */
static bool address_beats(const struct ref *m, const struct ref_path *a, const struct ref_path *b)
{
	static const struct ip_addr none;
	const struct ip_addr *x = a->src.kind == RIB_SOURCE_BGP ? &m->peer[a->src.n].addr : &none;
	const struct ip_addr *y = b->src.kind == RIB_SOURCE_BGP ? &m->peer[b->src.n].addr : &none;
	const int c = ip_cmp(x, y);

	return c ? c < 0 : a->src.index < b->src.index;
}

static bool beats(const struct ref *m, const struct ref_path *a, const struct ref_path *b,
	enum rib_reason step)
{
	if (step == RIB_REASON_STEP_MED)
		return med_beats(a, b);
	if (step == RIB_REASON_STEP_ADDRESS)
		return address_beats(m, a, b);
	return value(m, a, step) < value(m, b, step);
}

static void eliminate(const struct ref *m, struct ref_net *n, bool *in, enum rib_reason step)
{
	bool out[REF_PATHS] = { false };

	for (unsigned i = 0; i < n->n; i++) {
		for (unsigned j = 0; j < n->n && in[i]; j++)
			out[i] |= in[j] && beats(m, &n->path[j], &n->path[i], step);
	}
	for (unsigned i = 0; i < n->n; i++) {
		if (!out[i])
			continue;
		in[i] = false;
		n->path[i].reason = (uint8_t)step;
	}
}

static const enum rib_reason first_steps[] = {
	RIB_REASON_STEP_WEIGHT,
	RIB_REASON_STEP_LOCAL_PREF,
	RIB_REASON_STEP_AS_PATH_LENGTH,
	RIB_REASON_STEP_ORIGIN,
	RIB_REASON_STEP_MED,
	RIB_REASON_STEP_EBGP,
};
static const enum rib_reason last_steps[] = {
	RIB_REASON_STEP_ROUTER_ID,
	RIB_REASON_STEP_CLUSTER_LENGTH,
	RIB_REASON_STEP_ADDRESS,
};

static int only(const struct ref_net *n, const bool *in)
{
	for (unsigned i = 0; i < n->n; i++) {
		if (in[i])
			return (int)i;
	}
	return -1;
}

/* One neighbour AS, or inside of our own one AS path. */
static bool may_share(const struct ref *m, const struct ref_path *a, const struct ref_path *b)
{
	const bool internal = a->src.kind == RIB_SOURCE_BGP &&
		ref_peer_is_internal(m, &m->peer[a->src.n]);

	if (!internal)
		return first_as(&a->r) == first_as(&b->r);
	return a->r.n_path == b->r.n_path && a->r.n_set == b->r.n_set &&
		memcmp(a->r.path, b->r.path, a->r.n_path * sizeof(a->r.path[0])) == 0;
}

/* The best of those that are equal up to here, then the next best, and so on. */
static void choose(const struct ref *m, struct ref_net *n, const bool *equal, unsigned max_paths)
{
	bool left[REF_PATHS];
	uint8_t reason[REF_PATHS];
	unsigned sharing = 1;

	memcpy(left, equal, sizeof(left));
	for (unsigned rank = 0; only(n, left) >= 0; rank++) {
		bool in[REF_PATHS];
		int winner;

		memcpy(in, left, sizeof(in));
		for (unsigned s = 0; s < ARRAY_SIZE(last_steps); s++)
			eliminate(m, n, in, last_steps[s]);
		winner = only(n, in);
		left[winner] = false;
		if (rank == 0) {
			n->best = (int8_t)winner;
			for (unsigned i = 0; i < n->n; i++)
				reason[i] = n->path[i].reason;
			n->path[winner].flags |= RIB_PATH_BEST;
		} else if (max_paths < 2 || !may_share(m, &n->path[n->best], &n->path[winner])) {
			continue;
		} else if (sharing++ < max_paths) {
			n->path[winner].flags |= RIB_PATH_MULTIPATH;
		} else {
			reason[winner] = RIB_REASON_STEP_MULTIPATH_LIMIT;
		}
	}
	for (unsigned i = 0; n->best >= 0 && i < n->n; i++)
		n->path[i].reason = reason[i];
}

static void decide(const struct ref *m, struct ref_net *n, unsigned max_paths)
{
	bool in[REF_PATHS];

	n->best = -1;
	for (unsigned i = 0; i < n->n; i++) {
		n->path[i].flags &= (uint8_t) ~(RIB_PATH_BEST | RIB_PATH_MULTIPATH);
		in[i] = !(n->path[i].flags & RIB_PATH_REJECTED);
		if (in[i])
			n->path[i].reason = RIB_REASON_NONE;
	}
	for (unsigned s = 0; s < ARRAY_SIZE(first_steps); s++)
		eliminate(m, n, in, first_steps[s]);
	choose(m, n, in, max_paths);
}

/*
 * Tables
 */

static struct ref_path *add_path(struct ref_net *n)
{
	struct ref_path *p = &n->path[n->n++];

	memset(p, 0, sizeof(*p));
	return p;
}

static void gather_peers(struct ref *m, unsigned inst, unsigned pfx)
{
	for (unsigned k = 0; k < REF_PEERS; k++) {
		const struct ref_peer *p = &m->peer[k];
		struct ref_path *path;

		if (!p->is || p->inst != inst || !p->in[pfx].is)
			continue;
		path = add_path(&m->net[inst][pfx]);
		path->src = (struct ref_source){
			.kind = RIB_SOURCE_BGP,
			.n = (uint8_t)k,
			.index = p->index[ref_family(&m->pfx[pfx])],
		};
		path->r = as_heard(m, p, &p->in[pfx].r);
		path->flags = p->in[pfx].stale ? RIB_PATH_STALE : 0;
		path->live_key = p->live_key;
		import(m, p, pfx, path);
	}
}

static void gather_locals(struct ref *m, unsigned inst, unsigned pfx)
{
	const struct ref_instance *i = &m->inst[inst];

	for (uint8_t kind = 0; kind < RIB_SOURCE_COUNT; kind++) {
		const struct ref_local *l = &i->local[kind][pfx];
		struct ref_path *path;

		if (!l->is)
			continue;
		path = add_path(&m->net[inst][pfx]);
		path->src = (struct ref_source){
			.kind = kind,
			.index = i->local_index[ref_family(&m->pfx[pfx])][kind],
		};
		path->flags = l->flags;
		path->live_key = l->has_nh ? l->nh.live_key : 0;
	}
}

/* What crosses an edge now; false: nothing. */
static bool crosses(const struct ref *m, unsigned edge, unsigned pfx, struct ref_path *out)
{
	const struct ref_edge *e = &m->edge[edge];
	const struct ref_net *n = &m->net[e->from][pfx];
	const struct ref_path *best = n->best >= 0 ? &n->path[n->best] : NULL;
	const struct ref_map *map = ref_map(&m->policy, e->policy);
	struct ref_question q = { &m->policy, &m->pfx[pfx], 0, false };

	if (!best || best->flags & RIB_PATH_LOCAL)
		return false;
	q.source = best->src.kind;
	*out = *best;
	out->r.weight = 0;
	if (best->src.kind == RIB_SOURCE_PEERING) {
		if (!e->transit || best->src.n == e->back)
			return false;
		out->r.via[out->r.n_via++] = m->inst[m->edge[best->src.n].from].table;
	} else if (!(e->kinds & 1u << best->src.kind) ||
		(best->src.kind == RIB_SOURCE_VPC && !(best->flags & RIB_PATH_CIDR))) {
		return false;
	}
	if (has_u32(out->r.via, out->r.n_via, m->inst[e->to].table))
		return false;
	if (e->policy && (!map || !ref_map_eval(map, &q, &out->r)))
		return false;
	for (unsigned i = 0; i < n->n; i++) {
		if (n->path[i].flags & RIB_PATH_MULTIPATH && n->path[i].live_key != best->live_key)
			out->live_key = 0;
	}
	out->src = (struct ref_source){
		.kind = RIB_SOURCE_PEERING,
		.n = (uint8_t)edge,
		.index = e->index[ref_family(&m->pfx[pfx])],
	};
	out->flags = best->flags & RIB_PATH_CIDR;
	return true;
}

static void replace_edges(struct ref *m, unsigned inst, unsigned pfx, const struct ref_path *offer,
	const bool *has)
{
	struct ref_net *n = &m->net[inst][pfx];
	unsigned kept = 0;

	for (unsigned i = 0; i < n->n; i++) {
		if (n->path[i].src.kind != RIB_SOURCE_PEERING)
			n->path[kept++] = n->path[i];
	}
	n->n = (uint8_t)kept;
	for (unsigned e = 0; e < REF_EDGES; e++) {
		if (has[e] && m->edge[e].to == inst)
			n->path[n->n++] = offer[e];
	}
	decide(m, n, m->inst[inst].max_paths);
}

/* One round over all edges; whether anything is otherwise than before it. */
static bool carry(struct ref *m, unsigned pfx)
{
	struct ref_path offer[REF_EDGES];
	bool has[REF_EDGES] = { false };
	bool changed = false;

	memset(offer, 0, sizeof(offer));
	for (unsigned e = 0; e < REF_EDGES; e++)
		has[e] = m->edge[e].is && crosses(m, e, pfx, &offer[e]);
	for (unsigned inst = 0; inst < REF_INSTANCES; inst++) {
		const struct ref_net old = m->net[inst][pfx];

		replace_edges(m, inst, pfx, offer, has);
		changed |= old.n != m->net[inst][pfx].n || old.best != m->net[inst][pfx].best ||
			memcmp(old.path, m->net[inst][pfx].path, old.n * sizeof(old.path[0])) != 0;
	}
	return changed;
}

bool ref_compute(struct ref *m)
{
	for (unsigned pfx = 0; pfx < REF_PREFIXES; pfx++) {
		unsigned round = 0;

		for (unsigned inst = 0; inst < REF_INSTANCES; inst++) {
			struct ref_net *n = &m->net[inst][pfx];

			n->n = 0;
			gather_peers(m, inst, pfx);
			gather_locals(m, inst, pfx);
			decide(m, n, m->inst[inst].max_paths);
		}
		while (carry(m, pfx)) {
			if (++round == ROUNDS_MAX)
				return false;
		}
	}
	return true;
}

/*
 * What neighbours are told
 */

static const struct ref_path *candidate(const struct ref_net *n)
{
	for (unsigned i = 0; i < n->n; i++) {
		if (n->path[i].flags & RIB_PATH_LOCAL)
			return &n->path[i];
	}
	return n->best >= 0 ? &n->path[n->best] : NULL;
}

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

/* RFC 1997; RFC 4271 9.2: what an internal neighbour said is not for another one. */
static bool may_hear(const struct ref *m, const struct ref_peer *p, const struct ref_path *c)
{
	const bool internal = ref_peer_is_internal(m, p);
	const struct route *r = &c->r;

	if (has_u32(r->coms, r->n_coms, COMMUNITY_NO_ADVERTISE))
		return false;
	if (!internal &&
		(has_u32(r->coms, r->n_coms, COMMUNITY_NO_EXPORT) ||
			has_u32(r->coms, r->n_coms, COMMUNITY_NO_EXPORT_SUBCONFED)))
		return false;
	if (r->has_otc && is_above_or_beside(p)) /* RFC 9234 5, egress 2 */
		return false;
	return !internal || c->src.kind != RIB_SOURCE_BGP ||
		!ref_peer_is_internal(m, &m->peer[c->src.n]);
}

static void egress_external(const struct ref_instance *i, struct route *r)
{
	unsigned kept = 0;

	ref_prepend(r, i->as);
	r->has_local_pref = false;
	r->local_pref = 0;
	for (unsigned k = 0; k < r->n_exts; k++) {
		if (!(r->exts[k][0] & 0x40)) /* RFC 4360 6 */
			memmove(r->exts[kept++], r->exts[k], 8);
	}
	memset(r->exts[kept], 0, 8u * (ROUTE_EXTS - kept));
	r->n_exts = (uint8_t)kept;
}

bool ref_told(const struct ref *m, const struct ref_peer *p, unsigned pfx, struct route *out)
{
	const struct ref_instance *i = &m->inst[p->inst];
	const struct ref_path *c = candidate(&m->net[p->inst][pfx]);
	const struct ref_map *map = ref_map(&m->policy, p->export);
	const bool internal = ref_peer_is_internal(m, p);
	struct ref_question q = { &m->policy, &m->pfx[pfx], 0, false };
	bool learned;

	if (!p->up || !p->family_up[ref_family(&m->pfx[pfx])] || !c)
		return false;
	if (p->export && !map)
		return false;
	if (!is_for(m, p, c) || !may_hear(m, p, c))
		return false;
	if (c->src.kind == RIB_SOURCE_BGP && &m->peer[c->src.n] == p)
		return false;
	learned = c->src.kind == RIB_SOURCE_BGP || c->src.kind == RIB_SOURCE_PEERING;
	q.source = c->src.kind;
	*out = c->r;
	if (!internal && learned) { /* RFC 4271 5.1.4 */
		out->has_med = false;
		out->med = 0;
	}
	if (map && !ref_map_eval(map, &q, out))
		return false;
	if (internal && !out->has_local_pref) {
		out->has_local_pref = true;
		out->local_pref = 100;
	}
	out->has_originator = false; /* RFC 4456 8: they are of the AS that reflected it */
	out->originator = 0;
	out->n_cluster = 0;
	memset(out->cluster, 0, sizeof(out->cluster));
	if (!internal)
		egress_external(i, out);
	if (!out->has_otc && is_below_or_beside(p)) { /* RFC 9234 5, egress 1 */
		out->has_otc = true;
		out->otc = i->as;
	}
	out->weight = 0;
	out->next_hop = m->pfx[pfx].family == AF_INET ? i->link.local4 : i->link.local6;
	memset(out->via, 0, sizeof(out->via));
	out->n_via = 0;
	return true;
}

/*
 * The kernel
 */

static const struct ip_addr *gateway(const struct bgp_link *link, const struct ip_addr *nh)
{
	const bool is4 = nh->family == AF_INET;
	const struct ip_addr *own = is4 ? &link->local4 : &link->local6;
	const struct prefix subnet = prefix_make(own, is4 ? link->len4 : link->len6);

	if (prefix_covers_addr(&subnet, nh))
		return nh;
	return is4 ? &link->gateway4 : &link->gateway6;
}

static bool path_nexthop(const struct ref *m, unsigned inst, unsigned pfx, const struct ref_path *p,
	struct nexthop *nh)
{
	const struct bgp_link *link = &m->inst[inst].link;

	if (p->flags & (RIB_PATH_REJECTED | RIB_PATH_LOCAL))
		return false;
	switch (p->src.kind) {
	case RIB_SOURCE_BGP:
		*nh = nexthop_gateway(link->ifindex, gateway(link, &p->r.next_hop), p->live_key);
		return true;
	case RIB_SOURCE_PEERING:
		*nh = m->edge[p->src.n].nh;
		nh->live_key = p->live_key;
		return true;
	default:
		*nh = m->inst[inst].local[p->src.kind][pfx].nh;
		return m->inst[inst].local[p->src.kind][pfx].has_nh;
	}
}

static bool has_key(const struct nhgroup *g, uint32_t key)
{
	for (unsigned i = 0; i < g->n; i++) {
		if (g->nh[i].live_key == key)
			return true;
	}
	return false;
}

/* Who lost later in the ladder stands in. */
static bool is_nearer(const struct ref *m, const struct ref_path *a, const struct ref_path *b)
{
	static const enum rib_reason by[] = {
		RIB_REASON_STEP_LOCAL_PREF,
		RIB_REASON_STEP_AS_PATH_LENGTH,
	};

	if (a->reason != b->reason)
		return a->reason > b->reason;
	for (unsigned i = 0; i < ARRAY_SIZE(by); i++) {
		const int64_t x = value(m, a, by[i]);
		const int64_t y = value(m, b, by[i]);

		if (x != y)
			return x < y;
	}
	return a->src.index < b->src.index;
}

void ref_fib(const struct ref *m, unsigned inst, unsigned pfx, struct nhgroup *g)
{
	const struct ref_net *n = &m->net[inst][pfx];
	const struct ref_path *backup = NULL;
	struct nexthop nh;

	nhgroup_init(g);
	for (unsigned i = 0; i < n->n; i++) {
		if (n->path[i].flags & (RIB_PATH_BEST | RIB_PATH_MULTIPATH) &&
			path_nexthop(m, inst, pfx, &n->path[i], &nh))
			(void)nhgroup_add(g, &nh);
	}
	if (!g->n || has_key(g, 0))
		return;
	for (unsigned i = 0; i < n->n; i++) {
		const struct ref_path *p = &n->path[i];

		if (p->flags & (RIB_PATH_BEST | RIB_PATH_MULTIPATH) ||
			!path_nexthop(m, inst, pfx, p, &nh) || has_key(g, nh.live_key))
			continue;
		if (!backup || is_nearer(m, p, backup))
			backup = p;
	}
	if (backup && path_nexthop(m, inst, pfx, backup, &nh))
		nhgroup_set_backup(g, &nh);
}
