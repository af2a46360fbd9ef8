/* SPDX-License-Identifier: Apache-2.0 */
/* Everything that can be seen of the engine against everything that the model concludes. */
#include <stdio.h>
#include <string.h>

#include "tests/bgpd/model/world.h"

#define MARKS                                                                                      \
	(RIB_PATH_REJECTED | RIB_PATH_BEST | RIB_PATH_MULTIPATH | RIB_PATH_STALE | RIB_PATH_CIDR | \
		RIB_PATH_LOCAL | RIB_PATH_BLACKHOLE)

static char text[8 * ROUTE_TEXT];

static uint16_t index_of(const struct rib_source *s)
{
	return s ? s->index : 0;
}

/* The source of aggregates is known by what it offers: it has one kind of path only. */
static bool is_aggregate(const struct rib_path *p)
{
	const uint8_t marks = RIB_PATH_LOCAL | RIB_PATH_BLACKHOLE;

	return (p->flags & marks) == marks;
}

static uint16_t aggregate_index(const struct world *w, unsigned inst, unsigned family)
{
	const struct rib *r = w->inst[inst]->table[family].rib;

	for (unsigned i = 0; i < REF_PREFIXES; i++) {
		const struct prefix *pfx = &w->ref.pfx[i];
		const uint32_t net = ref_family(pfx) == family ? rib_find(r, pfx) : 0;

		for (uint32_t h = net ? rib_net(r, net)->paths : 0; h;
			h = rib_path_next(rib_path(r, h))) {
			if (is_aggregate(rib_path(r, h)))
				return rib_path(r, h)->source;
		}
	}
	return 0;
}

/* What no RFC says, and the model has to be told. */
static void ask_order(struct world *w)
{
	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++) {
		for (unsigned i = 0; i < REF_INSTANCES; i++) {
			struct ref_instance *inst = &w->ref.inst[i];

			for (unsigned k = 0; k < RIB_SOURCE_COUNT; k++)
				inst->local_index[f][k] = index_of(w->inst[i]->local_source[f][k]);
			inst->default_index[f] = index_of(w->inst[i]->table[f].default_source);
			inst->aggregate_index[f] = aggregate_index(w, i, f);
		}
		for (unsigned e = 0; e < REF_EDGES; e++)
			w->ref.edge[e].index[f] = w->in[e] ? index_of(w->in[e]->source[f]) : 0;
		for (unsigned k = 0; k < REF_PEERS; k++)
			w->ref.peer[k].index[f] = w->peer[k].p ?
				index_of(w->peer[k].p->family[f].source) :
				0;
	}
}

static bool has_place(const struct world *w, unsigned inst, unsigned pfx)
{
	const struct rib *r = w->inst[inst]->table[ref_family(&w->ref.pfx[pfx])].rib;
	const uint32_t net = rib_find(r, &w->ref.pfx[pfx]);

	for (uint32_t h = net ? rib_net(r, net)->paths : 0; h; h = rib_path_next(rib_path(r, h))) {
		const struct rib_path *p = rib_path(r, h);

		if (rib_source_at(r, p->source)->kind == RIB_SOURCE_PEERING &&
			!(p->flags & RIB_PATH_REJECTED))
			return true;
	}
	return false;
}

static void ask_places(struct world *w)
{
	for (unsigned i = 0; i < REF_INSTANCES; i++) {
		for (unsigned pfx = 0; pfx < REF_PREFIXES; pfx++)
			w->ref.inst[i].placed[pfx] = has_place(w, i, pfx);
	}
}

/* The engine may choose, but neither take more than there is nor leave any empty. */
static const char *compare_places(struct world *w, unsigned inst, unsigned f)
{
	const struct ref_instance *i = &w->ref.inst[inst];
	const uint32_t counted = bgp_instance_places(w->inst[inst], (enum bgp_family)f);
	uint32_t taken = 0;
	bool waiting = false;

	for (unsigned pfx = 0; pfx < REF_PREFIXES; pfx++) {
		const struct ref_net *n = &w->ref.net[inst][pfx];

		if (ref_family(&w->ref.pfx[pfx]) != f)
			continue;
		taken += i->placed[pfx];
		for (unsigned k = 0; k < n->n; k++)
			waiting |= n->path[k].reason == RIB_REASON_ROUTE_LIMIT;
	}
	if (i->places &&
		(taken != counted || taken > w->places_max[inst][f] ||
			(waiting && taken < i->places))) {
		(void)snprintf(text, sizeof(text),
			"instance %u: %u of %u places of family %u are taken, the engine counts "
			"%u, at most %u%s",
			inst, taken, i->places, f, counted, w->places_max[inst][f],
			waiting ? ", and somebody waits" : "");
		return text;
	}
	w->places_max[inst][f] = !i->places ? REF_PREFIXES : taken > i->places ? taken : i->places;
	return NULL;
}

static bool is_of(const struct world *w, const struct rib *r, const struct rib_path *p,
	const struct ref_source *src)
{
	const struct rib_source *s = rib_source_at(r, p->source);

	if (s->kind != src->kind)
		return false;
	if (s->kind == RIB_SOURCE_BGP)
		return s->owner == w->peer[src->n].p && rib_path_id(p) == src->id;
	if (s->kind == RIB_SOURCE_PEERING)
		return s->owner == w->in[src->n];
	if (s->kind != RIB_SOURCE_STATIC)
		return true;
	if (p->reason == RIB_REASON_DEFAULT_ORIGINATE)
		return src->n == REF_STATIC_DEFAULT;
	return src->n == (is_aggregate(p) ? REF_STATIC_AGGREGATE : REF_STATIC_LOCAL);
}

static const struct rib_path *find_path(const struct world *w, const struct rib *r, uint32_t net,
	const struct ref_source *src)
{
	for (uint32_t h = rib_net(r, net)->paths; h; h = rib_path_next(rib_path(r, h))) {
		if (is_of(w, r, rib_path(r, h), src))
			return rib_path(r, h);
	}
	return NULL;
}

static unsigned count_paths(const struct rib *r, uint32_t net)
{
	unsigned n = 0;

	for (uint32_t h = net ? rib_net(r, net)->paths : 0; h; h = rib_path_next(rib_path(r, h)))
		n++;
	return n;
}

static bool has_same_attrs(const struct attrs *a, const struct route *r)
{
	const uint32_t len = route_length(r) + r->n_via;

	return a->origin == r->origin && a->path_len == len &&
		a->local_pref == (r->has_local_pref ? r->local_pref : 100) &&
		!(a->has & WIRE_HAS_MED) == !r->has_med && (!r->has_med || a->med == r->med);
}

static bool is_same_path(const struct ref *m, const struct rib *r, const struct rib_path *p,
	const struct ref_path *want)
{
	const struct attrs *at = rib_path_attrs(r, p);

	return (p->flags & MARKS) == want->flags && p->reason == want->reason &&
		ref_key(m, rib_path_live_key(p)) == want->live_key &&
		(want->flags & RIB_PATH_REJECTED ? !at : has_same_attrs(at, &want->r));
}

static const char *path_differs(const struct world *w, unsigned inst, unsigned pfx,
	const struct ref_path *want, const struct rib_path *got)
{
	const struct rib *r = w->inst[inst]->table[ref_family(&w->ref.pfx[pfx])].rib;
	const struct attrs *at = got ? rib_path_attrs(r, got) : NULL;
	char name[64];
	char route[ROUTE_TEXT];

	(void)snprintf(text, sizeof(text),
		"instance %u %s kind %u source %u id %u: want flags %x reason '%s' key %u (%s); "
		"the engine has %s flags %x reason '%s' key %u len %u lp %u",
		inst, prefix_format(&w->ref.pfx[pfx], name), want->src.kind, want->src.n,
		want->src.id, want->flags, rib_reason_name((enum rib_reason)want->reason),
		want->live_key, route_format(&want->r, route), got ? "it," : "no such path",
		got ? got->flags : 0, got ? rib_reason_name((enum rib_reason)got->reason) : "",
		got ? rib_path_live_key(got) : 0, at ? at->path_len : 0, at ? at->local_pref : 0);
	return text;
}

/* The first path that the model does not have. */
static const char *too_many(const struct world *w, unsigned inst, unsigned pfx, uint32_t net)
{
	const struct rib *r = w->inst[inst]->table[ref_family(&w->ref.pfx[pfx])].rib;
	const struct ref_net *want = &w->ref.net[inst][pfx];
	char name[64];

	for (uint32_t h = rib_net(r, net)->paths; h; h = rib_path_next(rib_path(r, h))) {
		const struct rib_path *p = rib_path(r, h);
		const struct rib_source *s = rib_source_at(r, p->source);
		unsigned i = 0;

		while (i < want->n && !is_of(w, r, p, &want->path[i].src))
			i++;
		if (i < want->n)
			continue;
		(void)snprintf(text, sizeof(text),
			"instance %u %s: want %u paths; the engine has another one of kind %u, "
			"neighbour %u, id %u, flags %x reason '%s'",
			inst, prefix_format(&w->ref.pfx[pfx], name), want->n, s->kind,
			rib_path_live_key(p), rib_path_id(p), p->flags,
			rib_reason_name((enum rib_reason)p->reason));
		return text;
	}
	return "paths that come twice";
}

static const char *compare_net(const struct world *w, unsigned inst, unsigned pfx)
{
	const struct rib *r = w->inst[inst]->table[ref_family(&w->ref.pfx[pfx])].rib;
	const uint32_t net = rib_find(r, &w->ref.pfx[pfx]);
	const struct ref_net *want = &w->ref.net[inst][pfx];

	/* first what explains why others differ */
	if (count_paths(r, net) > want->n)
		return too_many(w, inst, pfx, net);
	for (unsigned i = 0; i < want->n; i++) {
		const struct rib_path *p = net ? find_path(w, r, net, &want->path[i].src) : NULL;

		if (!p || !is_same_path(&w->ref, r, p, &want->path[i]))
			return path_differs(w, inst, pfx, &want->path[i], p);
	}
	return NULL;
}

/* "10.0.1.20 x4 (7)": address, weight, neighbour; after | what stands in. */
static void add_group(const char *words, const struct nhgroup *g)
{
	size_t len = strlen(text);

	len += (size_t)snprintf(text + len, sizeof(text) - len, "%s", words);
	for (unsigned i = 0; i < g->n + g->n_backup && len < sizeof(text); i++) {
		const struct nexthop *nh = &g->nh[i];
		char gw[IP_STRLEN];

		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s %s%%%u x%u (%u)",
			i == g->n ? " |" : "",
			nh->kind == NEXTHOP_KIND_GATEWAY ? ip_format(&nh->gw, gw) : "", nh->ifindex,
			nh->weight, nh->live_key);
	}
}

static const char *compare_fib(const struct world *w, unsigned inst, unsigned pfx)
{
	const uint32_t gid = w->gid[inst][pfx];
	struct nhgroup want;
	struct nhgroup got;
	char name[64];

	ref_fib(&w->ref, inst, pfx, &want);
	nhgroup_init(&got);
	if (gid)
		got = w->group[gid];
	for (unsigned i = 0; i < got.n + got.n_backup; i++)
		got.nh[i].live_key = ref_key(&w->ref, got.nh[i].live_key);
	if (nhgroup_is_equal(&want, &got))
		return NULL;
	(void)snprintf(text, sizeof(text), "instance %u %s: ", inst,
		prefix_format(&w->ref.pfx[pfx], name));
	add_group("want", &want);
	add_group("; the kernel has", &got);
	return text;
}

/* Each of the one among the other; identifiers are the engine's own. */
static bool is_same_speech(const struct world_peer *wp, unsigned pfx, const struct route *want,
	unsigned n)
{
	bool used[WORLD_TOLD] = { false };

	if (n != wp->n_told[pfx])
		return false;
	for (unsigned i = 0; i < n; i++) {
		unsigned k = 0;

		while (k < n &&
			(used[k] || memcmp(&want[i], &wp->told[pfx][k].r, sizeof(want[i])) != 0))
			k++;
		if (k == n)
			return false;
		used[k] = true;
	}
	return true;
}

static void add_routes(const char *words, const struct route *r, size_t step, unsigned n)
{
	size_t len = strlen(text);
	char route[ROUTE_TEXT];

	len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s", words, n ? "" : " nothing");
	for (unsigned i = 0; i < n && len < sizeof(text); i++) {
		len += (size_t)snprintf(text + len, sizeof(text) - len, " [%s]",
			route_format(r, route));
		r = (const struct route *)(const void *)((const char *)r + step);
	}
}

static const char *compare_told(struct world *w, unsigned k, unsigned pfx)
{
	static struct route want[REF_PATHS];
	const struct world_peer *wp = &w->peer[k];
	char name[64];
	unsigned n;

	memset(want, 0, sizeof(want[0]));
	n = ref_told(&w->ref, &w->ref.peer[k], pfx, want);
	if (is_same_speech(wp, pfx, want, n))
		return NULL;
	(void)snprintf(text, sizeof(text), "peer %u %s: ", k,
		prefix_format(&w->ref.pfx[pfx], name));
	add_routes("want", want, sizeof(want[0]), n);
	add_routes("; it was told", &wp->told[pfx][0].r, sizeof(wp->told[0][0]), wp->n_told[pfx]);
	return text;
}

const char *world_compare(struct world *w)
{
	const char *diff = NULL;

	ask_order(w);
	ask_places(w);
	if (!ref_compute(&w->ref))
		return "the model itself does not come to rest";
	for (unsigned pfx = 0; pfx < REF_PREFIXES && !diff; pfx++) {
		for (unsigned i = 0; i < REF_INSTANCES && !diff; i++) {
			diff = compare_net(w, i, pfx);
			if (!diff)
				diff = compare_fib(w, i, pfx);
		}
		for (unsigned k = 0; k < REF_PEERS && !diff; k++)
			diff = compare_told(w, k, pfx);
	}
	for (unsigned k = 0; k < REF_INSTANCES * BGP_FAMILY_COUNT && !diff; k++)
		diff = compare_places(w, k / BGP_FAMILY_COUNT, k % BGP_FAMILY_COUNT);
	for (unsigned k = 0; k < REF_PEERS && !diff; k++) {
		if (!w->peer[k].bad)
			continue;
		(void)snprintf(text, sizeof(text), "peer %u was told %s", k, w->peer[k].bad);
		diff = text;
	}
	return diff;
}
