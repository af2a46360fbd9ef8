/* SPDX-License-Identifier: Apache-2.0 */
/* What is said by itself, and under which conditions: doc/origination.md. */
#include <string.h>

#include "tests/bgpd/model/ref/ref_private.h"

bool ref_map_permits(const struct ref *m, uint8_t number, unsigned pfx, const struct ref_path *p)
{
	const struct ref_map *map = ref_map(&m->policy, number);
	struct ref_question q = { &m->policy, &m->pfx[pfx], p->src.kind, false };
	struct route r = p->r;

	return map && ref_map_eval(map, &q, &r);
}

bool ref_is_met(const struct ref *m, unsigned inst, unsigned family, uint8_t map)
{
	for (unsigned pfx = 0; pfx < REF_PREFIXES; pfx++) {
		const struct ref_net *n = &m->net[inst][pfx];

		if (ref_family(&m->pfx[pfx]) == family && n->best >= 0 &&
			ref_map_permits(m, map, pfx, &n->path[n->best]))
			return true;
	}
	return false;
}

/* A path of the table that is of no use but for those who want it. */
void ref_gather_default(struct ref *m, unsigned inst, unsigned pfx)
{
	bool wanted = false;
	struct ref_path *path;

	for (unsigned k = 0; k < REF_PEERS; k++)
		wanted |= m->peer[k].is && m->peer[k].inst == inst && m->peer[k].default_originate;
	if (!wanted || m->pfx[pfx].len > 0)
		return;
	path = ref_add_path(&m->net[inst][pfx]);
	path->src = (struct ref_source){
		.kind = RIB_SOURCE_STATIC,
		.n = REF_STATIC_DEFAULT,
		.index = m->inst[inst].default_index[ref_family(&m->pfx[pfx])],
	};
	path->flags = RIB_PATH_LOCAL | RIB_PATH_REJECTED;
	path->reason = RIB_REASON_DEFAULT_ORIGINATE;
}

/*
 * Aggregates (RFC 4271 9.2.2.2, RFC 9774)
 */

static bool is_inside(const struct ref *m, unsigned inner, unsigned outer)
{
	return m->pfx[inner].len > m->pfx[outer].len &&
		prefix_covers(&m->pfx[outer], &m->pfx[inner]);
}

static bool contributes(const struct ref *m, const struct ref_aggregate *a, unsigned pfx,
	const struct ref_net *n)
{
	const struct ref_path *best = n->best >= 0 ? &n->path[n->best] : NULL;

	if (!best || !is_inside(m, pfx, a->pfx) || best->flags & RIB_PATH_BLACKHOLE ||
		best->src.kind == RIB_SOURCE_CONNECTED)
		return false;
	return !a->policy || ref_map_permits(m, a->policy, pfx, best);
}

static void add_aggregate(struct ref *m, unsigned inst, const struct ref_aggregate *a,
	uint8_t origin)
{
	const struct ref_instance *i = &m->inst[inst];
	struct ref_path *path = ref_add_path(&m->net[inst][a->pfx]);

	path->src = (struct ref_source){
		.kind = RIB_SOURCE_STATIC,
		.n = REF_STATIC_AGGREGATE,
		.index = i->aggregate_index[ref_family(&m->pfx[a->pfx])],
	};
	path->flags = RIB_PATH_LOCAL | RIB_PATH_BLACKHOLE;
	path->r.origin = origin;
	path->r.has_atomic = true;
	path->r.has_aggregator = true;
	path->r.aggregator_as = ref_public_as(i);
	path->r.aggregator_id = i->router_id;
}

static void aggregate(struct ref *m, unsigned inst, const struct ref_aggregate *a)
{
	bool exists = false;
	uint8_t origin = 0;

	for (unsigned pfx = 0; pfx < REF_PREFIXES; pfx++) {
		const struct ref_net *n = &m->net[inst][pfx];

		if (!contributes(m, a, pfx, n))
			continue;
		exists = true;
		if (n->path[n->best].r.origin > origin)
			origin = n->path[n->best].r.origin;
	}
	if (!exists)
		return;
	add_aggregate(m, inst, a, origin);
	ref_decide(m, &m->net[inst][a->pfx], &m->inst[inst]);
}

/*
 * From the longest to the shortest: one that exists is no part of another one, and hides what it
 * beats from it.
 */
static void aggregate_instance(struct ref *m, unsigned inst)
{
	const struct ref_instance *i = &m->inst[inst];

	for (int len = 128; len >= 0; len--) {
		for (unsigned k = 0; k < i->n_aggregates; k++) {
			if (m->pfx[i->aggregate[k].pfx].len == len)
				aggregate(m, inst, &i->aggregate[k]);
		}
	}
}

void ref_compute_aggregates(struct ref *m)
{
	for (unsigned inst = 0; inst < REF_INSTANCES; inst++)
		aggregate_instance(m, inst);
}

static bool exists(const struct ref_net *n)
{
	for (unsigned i = 0; i < n->n; i++) {
		if (n->path[i].src.kind == RIB_SOURCE_STATIC &&
			n->path[i].src.n == REF_STATIC_AGGREGATE)
			return true;
	}
	return false;
}

bool ref_is_suppressed(const struct ref *m, unsigned inst, unsigned pfx)
{
	const struct ref_instance *i = &m->inst[inst];

	for (unsigned k = 0; k < i->n_aggregates; k++) {
		const struct ref_aggregate *a = &i->aggregate[k];

		if (a->summary_only && is_inside(m, pfx, a->pfx) && exists(&m->net[inst][a->pfx]))
			return true;
	}
	return false;
}
