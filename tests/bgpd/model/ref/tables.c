/* SPDX-License-Identifier: Apache-2.0 */
/* The tables: what is in them, and what crosses between them. */
#include <string.h>

#include "tests/bgpd/model/ref/ref_private.h"

#define ROUNDS_MAX 12 /* routes go over two connections at most, there and back */

struct ref_path *ref_add_path(struct ref_net *n)
{
	struct ref_path *p = &n->path[n->n++];

	memset(p, 0, sizeof(*p));
	return p;
}

static void gather_locals(struct ref *m, unsigned inst, unsigned pfx)
{
	const struct ref_instance *i = &m->inst[inst];

	for (uint8_t kind = 0; kind < RIB_SOURCE_COUNT; kind++) {
		const struct ref_local *l = &i->local[kind][pfx];
		struct ref_path *path;

		if (!l->is)
			continue;
		path = ref_add_path(&m->net[inst][pfx]);
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
	if (ref_has_u32(out->r.via, out->r.n_via, m->inst[e->to].table))
		return false;
	if (e->policy && (!map || !ref_map_eval(map, &q, &out->r)))
		return false;
	if (best->r.has_local_pref && best->r.local_pref == 0) {
		out->r.has_local_pref = true; /* RFC 8326: no map makes it better */
		out->r.local_pref = 0;
	}
	out->live_key = ref_net_key(m, n);
	out->src = (struct ref_source){
		.kind = RIB_SOURCE_PEERING,
		.n = (uint8_t)edge,
		.index = e->index[ref_family(&m->pfx[pfx])],
	};
	out->flags = best->flags & RIB_PATH_CIDR;
	/* A part of a VPC comes in by nobody (doc/tenancy.md). */
	for (unsigned i = 0; i < m->n_cidrs && !(out->flags & RIB_PATH_CIDR); i++) {
		if (prefix_covers(&m->cidr[i], &m->pfx[pfx])) {
			out->flags |= RIB_PATH_REJECTED;
			out->reason = RIB_REASON_FILTER_VPC_CIDR;
			break;
		}
	}
	if (!(out->flags & RIB_PATH_REJECTED) && m->inst[e->to].places &&
		!m->inst[e->to].placed[pfx]) {
		out->flags |= RIB_PATH_REJECTED;
		out->reason = RIB_REASON_ROUTE_LIMIT;
	}
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
	ref_decide(m, n, &m->inst[inst]);
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
			ref_gather_peers(m, inst, pfx);
			gather_locals(m, inst, pfx);
			ref_gather_default(m, inst, pfx);
			ref_decide(m, n, &m->inst[inst]);
		}
		while (carry(m, pfx)) {
			if (++round == ROUNDS_MAX)
				return false;
		}
	}
	ref_compute_aggregates(m);
	return true;
}
