/* SPDX-License-Identifier: Apache-2.0 */
/* The decision, RFC 4271 9.1.2.2: at each step those stay that nobody beats. */
#include <string.h>

#include "lib/base/compiler.h"
#include "tests/bgpd/model/ref/ref_private.h"

static int64_t weight(const struct ref_path *p)
{
	static const uint32_t by_kind[RIB_SOURCE_COUNT] = {
		[RIB_SOURCE_STATIC] = 32768,
		[RIB_SOURCE_CONNECTED] = 65536,
		[RIB_SOURCE_VPC] = 65537,
	};

	return p->flags & RIB_PATH_LOCAL ? -1 : (int64_t)by_kind[p->src.kind] + p->r.weight;
}

int64_t ref_step_value(const struct ref *m, const struct ref_path *p, enum rib_reason step)
{
	const struct route *r = &p->r;
	const struct ref_peer *peer = p->src.kind == RIB_SOURCE_BGP ? &m->peer[p->src.n] : NULL;

	switch (step) {
	case RIB_REASON_STEP_WEIGHT:
		return -weight(p);
	case RIB_REASON_STEP_LLGR_STALE: /* RFC 9494 4.3 */
		return route_has_community(r, COMMUNITY_LLGR_STALE);
	case RIB_REASON_STEP_LAST_RESORT: /* RFC 8326 4.2 */
		return r->has_local_pref && r->local_pref == 0;
	case RIB_REASON_STEP_LOCAL_PREF:
		return r->has_local_pref ? -(int64_t)r->local_pref : -100;
	case RIB_REASON_STEP_AS_PATH_LENGTH:
		return route_length(r) + r->n_via;
	case RIB_REASON_STEP_ORIGIN:
		return r->origin;
	case RIB_REASON_STEP_EBGP:
		return peer && peer->s.side != REF_EXTERNAL; /* RFC 5065 5.3 */
	case RIB_REASON_STEP_ROUTER_ID:
		return r->has_originator ? r->originator : peer ? peer->router_id : 0;
	case RIB_REASON_STEP_CLUSTER_LENGTH:
		return r->n_cluster;
	case RIB_REASON_STEP_PATH_ID:
		return p->src.id;
	default:
		return 0;
	}
}

static bool med_beats(const struct ref_path *a, const struct ref_path *b,
	const struct rib_options *o)
{
	const uint32_t absent = o->med_missing ? UINT32_MAX : 0;
	const uint32_t med_a = a->r.has_med ? a->r.med : absent;
	const uint32_t med_b = b->r.has_med ? b->r.med : absent;

	if (!o->med_always && route_first_as(&a->r) != route_first_as(&b->r))
		return false;
	return med_a < med_b;
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

/* A ladder is walked by one instance. */
struct ladder {
	const struct ref *m;
	const struct ref_instance *i;
	struct ref_net *n;
};

static bool beats(const struct ladder *l, const struct ref_path *a, const struct ref_path *b,
	enum rib_reason step)
{
	if (step == RIB_REASON_STEP_MED)
		return med_beats(a, b, &l->i->decision);
	if (step == RIB_REASON_STEP_ADDRESS)
		return address_beats(l->m, a, b);
	return ref_step_value(l->m, a, step) < ref_step_value(l->m, b, step);
}

static void eliminate(const struct ladder *l, bool *in, enum rib_reason step)
{
	struct ref_net *n = l->n;
	bool out[REF_PATHS] = { false };

	for (unsigned i = 0; i < n->n; i++) {
		for (unsigned j = 0; j < n->n && in[i]; j++)
			out[i] |= in[j] && beats(l, &n->path[j], &n->path[i], step);
	}
	for (unsigned i = 0; i < n->n; i++) {
		if (!out[i])
			continue;
		in[i] = false;
		n->path[i].reason = (uint8_t)step;
	}
}

/* A network statement has no next hop: anything else is better. */
static void drop_announced(struct ref_net *n, bool *in)
{
	bool others = false;

	for (unsigned i = 0; i < n->n; i++)
		others |= in[i] && !(n->path[i].flags & RIB_PATH_LOCAL);
	for (unsigned i = 0; others && i < n->n; i++) {
		if (!in[i] || !(n->path[i].flags & RIB_PATH_LOCAL))
			continue;
		in[i] = false;
		n->path[i].reason = RIB_REASON_STEP_WEIGHT;
	}
}

static const enum rib_reason first_steps[] = {
	RIB_REASON_STEP_LLGR_STALE,
	RIB_REASON_STEP_LAST_RESORT,
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
	RIB_REASON_STEP_PATH_ID,
};

static int only(const struct ref_net *n, const bool *in)
{
	for (unsigned i = 0; i < n->n; i++) {
		if (in[i])
			return (int)i;
	}
	return -1;
}

/* One neighbour AS, or inside of our own one AS path; drop packets all of them or none. */
static bool may_share(const struct ladder *l, const struct ref_path *a, const struct ref_path *b)
{
	const bool internal = a->src.kind == RIB_SOURCE_BGP &&
		l->m->peer[a->src.n].s.side == REF_INTERNAL;

	if ((a->flags & RIB_PATH_BLACKHOLE) != (b->flags & RIB_PATH_BLACKHOLE))
		return false;
	if (l->i->decision.relax)
		return true;
	if (!internal)
		return route_first_as(&a->r) == route_first_as(&b->r);
	return a->r.n_path == b->r.n_path &&
		memcmp(a->r.path, b->r.path, a->r.n_path * sizeof(a->r.path[0])) == 0 &&
		memcmp(a->r.segment, b->r.segment, a->r.n_path) == 0;
}

/* The best of those that are equal up to here, then the next best, and so on. */
static void choose(const struct ladder *l, const bool *equal)
{
	const unsigned max_paths = l->i->max_paths;
	struct ref_net *n = l->n;
	bool left[REF_PATHS];
	uint8_t reason[REF_PATHS];
	unsigned sharing = 1;

	memcpy(left, equal, sizeof(left));
	for (unsigned rank = 0; only(n, left) >= 0; rank++) {
		bool in[REF_PATHS];
		int winner;

		memcpy(in, left, sizeof(in));
		for (unsigned s = 0; s < ARRAY_SIZE(last_steps); s++)
			eliminate(l, in, last_steps[s]);
		winner = only(n, in);
		left[winner] = false;
		if (rank == 0) {
			n->best = (int8_t)winner;
			for (unsigned i = 0; i < n->n; i++)
				reason[i] = n->path[i].reason;
			n->path[winner].flags |= RIB_PATH_BEST;
			if (max_paths < 2)
				break;
		} else if (!may_share(l, &n->path[n->best], &n->path[winner])) {
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

void ref_decide(const struct ref *m, struct ref_net *n, const struct ref_instance *inst)
{
	const struct ladder l = { m, inst, n };
	bool in[REF_PATHS] = { false };

	n->best = -1;
	for (unsigned i = 0; i < n->n; i++) {
		n->path[i].flags &= (uint8_t) ~(RIB_PATH_BEST | RIB_PATH_MULTIPATH);
		in[i] = !(n->path[i].flags & RIB_PATH_REJECTED);
		if (in[i])
			n->path[i].reason = RIB_REASON_NONE;
	}
	drop_announced(n, in);
	for (unsigned s = 0; s < ARRAY_SIZE(first_steps); s++)
		eliminate(&l, in, first_steps[s]);
	choose(&l, in);
}
