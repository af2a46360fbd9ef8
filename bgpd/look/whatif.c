/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The trick is shadows: copies of the instance, its peers and its edges that carry the other rules.
 * They are handed to the functions that judge the real ones, so whatever import, decision and edges
 * look at, now or later, is looked at here as well. Shadows live for one slice; only the
 * pure functions may see them.
 *
 * A net costs its paths, and for each edge and listener one judgement before and one after. What
 * import would make of a path goes into a copy of it; the copies are put through the decision
 * (rib_pretend) and for a moment take the place of the net (rib_swap), so that edges and export see
 * them. Attributes are interned, so "changed" is a comparison of pointers.
 */
#include "bgpd/look/whatif.h"

#include <stdlib.h>
#include <string.h>

#include "bgpd/engine_int.h"
#include "bgpd/neighbor/import.h"

#define NETS 32 /* looked at between two looks at the clock */

struct shadow_peer {
	const struct bgp_peer *real;
	struct whatif_peer *asked; /* NULL: came since the question was put */
	struct bgp_peer peer;
	struct export_conf now[BGP_FAMILY_COUNT]; /* where it is told something */
	struct export_conf then[BGP_FAMILY_COUNT];
};

struct shadow_edge {
	struct whatif_edge *asked;
	const struct bgp_edge_out *real; /* NULL: is to come */
	struct bgp_edge_out edge;
	const struct bgp_instance *to; /* NULL: is to come, or of another tenant */
};

struct run {
	struct whatif *w;
	struct bgp_instance *i;
	struct bgp_table *t;
	struct bgp_instance *shadow;
	struct shadow_peer *peers;
	uint32_t n_peers;
	struct shadow_edge *edges;
	uint32_t n_edges;
};

void bgp_whatif_init(struct whatif *w)
{
	w->arena = arena_new(16384);
}

void bgp_whatif_fini(struct whatif *w)
{
	safety_filter_free(w->safety);
	arena_free(w->arena);
}

static void count(struct whatif_count *c, enum whatif_change what, const struct prefix *pfx)
{
	if (c->n[what] < WHATIF_EXAMPLES)
		c->example[what][c->n[what]] = *pfx;
	c->n[what]++;
}

static void count_pair(struct whatif_count *c, const struct attrs *before,
	const struct attrs *after, const struct prefix *pfx)
{
	if (before == after)
		return;
	count(c, !before ? WHATIF_GAINED : !after ? WHATIF_LOST : WHATIF_CHANGED, pfx);
}

/* Shadows */

/* By its address; who has come by a range, by the longest one that will be there. */
static struct whatif_peer *find_asked(const struct whatif *w, const struct bgp_peer *p)
{
	const struct ip_addr *a = &p->conf.session.remote;
	struct whatif_peer *found = NULL;

	for (uint32_t k = 0; k < w->n_peers; k++) {
		struct whatif_peer *q = &w->peers[k];

		if (!p->dynamic && !q->is_range && ip_is_equal(&q->address, a))
			return q;
		if (!p->dynamic || !q->is_range || !prefix_covers_addr(&q->range, a))
			continue;
		if (!found || q->stays > found->stays ||
			(q->stays == found->stays && q->range.len > found->range.len))
			found = q;
	}
	return found;
}

static const struct policy_map *find_map(const struct policy_set *set, bool has, const char *name)
{
	return has && name && set ? policy_find(set, name) : NULL;
}

static bool is_same_map(const struct policy_map *a, const struct policy_map *b)
{
	return a == b || (a && b && policy_map_is_equal(a, b));
}

/* What is said, apart from the maps, which are compared by their meaning. */
static bool is_same_speech(const struct export_conf *a, const struct export_conf *b)
{
	struct export_conf x = *a;
	struct export_conf y = *b;

	x.policy = y.policy = NULL;
	x.policy_set = y.policy_set = NULL;
	return memcmp(&x, &y, sizeof(x)) == 0 && is_same_map(a->policy, b->policy);
}

static void shadow_exports(struct run *r, struct shadow_peer *s)
{
	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++) {
		struct peer_family pf = s->real->family[f];

		if (!pf.member || !s->asked)
			continue;
		peer_export_conf(&pf, &s->now[f]);
		pf.peer = &s->peer;
		peer_export_conf(&pf, &s->then[f]);
		r->w->all_nets |= !s->asked->stays || !is_same_speech(&s->now[f], &s->then[f]);
	}
}

static void shadow_peer(struct run *r, const struct bgp_peer *p)
{
	struct shadow_peer *s = &r->peers[r->n_peers++];
	struct session_conf now;
	struct session_conf then;

	s->real = p;
	s->asked = find_asked(r->w, p);
	s->peer = *p;
	s->peer.inst = r->shadow;
	peer_find_circuit(&s->peer);
	if (!s->asked || !s->asked->stays) {
		shadow_exports(r, s);
		return;
	}
	s->peer.conf = s->asked->conf;
	s->peer.conf.session.remote = p->conf.session.remote;
	if (s->asked->is_range)
		memcpy(s->peer.conf.line, p->conf.line, sizeof(s->peer.conf.line));
	peer_find_circuit(&s->peer);
	s->peer.import_map = find_map(r->w->policy, s->peer.conf.has_import,
		s->peer.conf.import_policy);
	s->peer.export_map = find_map(r->w->policy, s->peer.conf.has_export,
		s->peer.conf.export_policy);
	shadow_exports(r, s);
	now = peer_session_conf(p);
	then = peer_session_conf(&s->peer);
	s->asked->resets |= session_conf_needs_reset(&now, &then);
}

static void find_other_end(const struct run *r, struct shadow_edge *s)
{
	const struct bgp_instance *i;

	TAILQ_FOREACH(i, &r->i->e->instances, entry) {
		if (s->asked->to && i->conf.table == s->asked->to)
			s->to = i;
	}
	for (unsigned f = 0; s->to && f < BGP_FAMILY_COUNT; f++)
		s->asked->places[f].held = places_held(&s->to->table[f]);
}

static void shadow_edge(struct run *r, struct whatif_edge *asked)
{
	struct shadow_edge *s = &r->edges[r->n_edges++];
	const struct policy_set *set = asked->conf.set ? asked->conf.set : r->w->policy;
	const struct bgp_edge_out *o;

	s->asked = asked;
	TAILQ_FOREACH(o, &r->i->edges_out, entry) {
		if (strcmp(o->conf.name, asked->name) == 0)
			s->real = o;
	}
	if (s->real)
		s->edge = *s->real;
	find_other_end(r, s);
	s->edge.from = r->shadow;
	s->edge.conf = asked->conf;
	s->edge.map = find_map(set, asked->conf.has_policy, asked->conf.policy);
}

static bool is_same_ranges(const struct whatif_cidrs *a, const struct whatif_cidrs *b)
{
	return a->n == b->n && (a->n == 0 || memcmp(a->v, b->v, a->n * sizeof(*a->v)) == 0);
}

static bool has_other_rules(const struct shadow_edge *s)
{
	const struct bgp_edge_conf *a = s->real ? &s->real->conf : NULL;
	const struct bgp_edge_conf *b = &s->asked->conf;

	return !a || !s->asked->stays || a->kinds != b->kinds || a->transit != b->transit ||
		a->has_policy != b->has_policy || !is_same_map(s->real->map, s->edge.map) ||
		!is_same_ranges(&s->asked->now, &s->asked->then);
}

static void build_safety(struct whatif *w, const struct bgp_instance *shadow)
{
	struct bgp_engine e = { .cidrs = NULL };
	struct bgp_instance copy = *shadow;

	e.cidrs = (struct prefix *)(uintptr_t)w->cidrs; /* read only */
	e.n_cidrs = w->n_cidrs;
	copy.e = &e;
	copy.safety = NULL;
	instance_build_safety(&copy);
	w->safety = copy.safety;
}

static void shadow_circuits(struct run *r)
{
	struct circuit *v = arena_calloc(r->w->arena, r->w->n_links + 1u, sizeof(*v));

	r->shadow->n_circuits = r->w->n_links;
	for (uint8_t k = 0; k < r->w->n_links; k++) {
		v[k].inst = r->shadow;
		v[k].link = r->w->links[k];
		r->shadow->circuits[k] = &v[k];
	}
}

static void build_shadows(struct run *r)
{
	struct whatif *w = r->w;
	const struct bgp_peer *p;
	uint32_t n = 0;

	r->shadow = arena_memdup(w->arena, r->i, sizeof(*r->i));
	r->shadow->conf = w->conf;
	r->shadow->conf.table = r->i->conf.table;
	shadow_circuits(r);
	if (!w->safety)
		build_safety(w, r->shadow);
	r->shadow->safety = w->safety;
	TAILQ_FOREACH(p, &r->i->peers, entry)
		n++;
	r->peers = arena_calloc(w->arena, n + 1, sizeof(*r->peers));
	TAILQ_FOREACH(p, &r->i->peers, entry)
		shadow_peer(r, p);
	r->edges = arena_calloc(w->arena, w->n_edges + 1, sizeof(*r->edges));
	for (uint32_t k = 0; k < w->n_edges; k++)
		shadow_edge(r, &w->edges[k]);
	for (uint32_t k = 0; k < r->n_edges; k++)
		w->all_nets |= has_other_rules(&r->edges[k]);
}

/* The secrets of the copies go with the slice. */
static void wipe_shadows(struct run *r)
{
	for (uint32_t k = 0; k < r->n_peers; k++)
		explicit_bzero(&r->peers[k].peer.conf.session,
			sizeof(r->peers[k].peer.conf.session));
	arena_reset(r->w->arena);
}

static struct shadow_peer *find_shadow(const struct run *r, const struct bgp_peer *p)
{
	for (uint32_t k = 0; k < r->n_peers; k++) {
		if (r->peers[k].real == p)
			return &r->peers[k];
	}
	return NULL;
}

/* One net */

/* Attributes that the path would have, a reference; NULL = refused. */
static struct attrs *judge_path(struct shadow_peer *s, const struct run *r,
	const struct rib_path *p, const struct prefix *pfx)
{
	struct peer_family pf = s->real->family[r->t->f];
	struct import_verdict v;
	struct import im;

	pf.peer = &s->peer;
	import_begin(&im, &pf, rib_path_in(r->t->rib, p));
	import_judge(&im, pfx, &v);
	import_end(&im);
	return v.attrs;
}

/* The copy becomes what it would be; whether that is something else. */
static bool turn(const struct run *r, const struct prefix *pfx, const struct rib_path *real,
	struct rib_path *copy)
{
	const struct rib *rib = r->t->rib;
	const struct rib_source *src = rib_source_at(rib, copy->source);
	const struct bgp_peer *p = src->kind == RIB_SOURCE_BGP ? src->owner : NULL;
	struct shadow_peer *s = p ? find_shadow(r, p) : NULL;
	struct attrs *before = rib_path_attrs(rib, real);
	struct attrs *then = NULL;

	if (!s || !s->asked || !rib_path_in(rib, real) || copy->flags & RIB_PATH_STALE) {
		if (before)
			(void)attrs_ref(before);
		return false;
	}
	if (s->asked->stays)
		then = judge_path(s, r, real, pfx);
	rib_pretend_attrs(copy, then);
	count_pair(&s->asked->routes, before, then, pfx);
	return before != then;
}

/* As may_enter (edge.c) has it, wherever the other end lives. */
static bool is_kept_out(const struct whatif_cidrs *c, const struct rib_path *p,
	const struct prefix *pfx)
{
	for (uint32_t k = 0; k < c->n && !(p->flags & RIB_PATH_CIDR); k++)
		if (prefix_covers(&c->v[k], pfx))
			return true;
	return false;
}

/* What the other end uses of a path: a reference, or NULL. */
static struct attrs *cross(const struct bgp_edge_out *o, const struct prefix *pfx,
	const struct rib *r, const struct rib_path *best, const struct whatif_cidrs *cidrs)
{
	struct edge_verdict v = { .attrs = NULL };

	if (is_kept_out(cidrs, best, pfx))
		return NULL;
	edge_judge_path(o, pfx, r, best, &v);
	if (v.attrs && o->joined && edge_has_been_in(v.attrs, o->joined->to->conf.table)) {
		attrs_unref(o->from->e->attrs, v.attrs);
		return NULL;
	}
	return v.attrs;
}

/* A path as it is told. */
struct saying {
	uint32_t id; /* path identifier, 0 without ADD-PATH */
	struct attrs *attrs;
};

/* All that a neighbour is told of the net, by path identifier. */
struct sayings {
	uint32_t n;
	struct saying *v;
};

/* What crosses and what is told of the net as it stands in the table: references, or NULL. */
struct view {
	struct attrs **edges;
	struct sayings *peers;
};

/* With ADD-PATH (RFC 7911) each path that is a candidate counts by itself. */
static struct sayings tell(const struct run *r, const struct shadow_peer *s, bool then,
	uint32_t net)
{
	const struct export_conf *c = then ? &s->then[r->t->f] : &s->now[r->t->f];
	struct bgp_engine *e = r->i->e;
	struct sayings said = { 0 };
	struct export_path *paths;

	if (!s->asked || !s->real->family[r->t->f].member || (then && !s->asked->stays))
		return said;
	said.n = export_paths(r->t->export, c, net, e->arena, &paths);
	said.v = arena_alloc(e->arena, said.n * sizeof(*said.v));
	for (uint32_t k = 0; k < said.n; k++)
		said.v[k] = (struct saying){
			.id = paths[k].id,
			.attrs = attrs_get(e->attrs, &paths[k].attrs),
		};
	return said;
}

static void take_view(const struct run *r, uint32_t net, bool then, struct view *v)
{
	const struct rib *rib = r->t->rib;
	const struct prefix pfx = rib_net_prefix(rib, net);
	const struct rib_path *best = rib_net_best(rib, net);
	struct arena *a = r->i->e->arena;

	v->edges = arena_calloc(a, r->n_edges + 1, sizeof(*v->edges));
	v->peers = arena_calloc(a, r->n_peers + 1, sizeof(*v->peers));
	for (uint32_t k = 0; k < r->n_edges; k++) {
		const struct shadow_edge *s = &r->edges[k];
		const bool is_there = then ? s->asked->stays : s->real != NULL;

		if (best && is_there)
			v->edges[k] = cross(then ? &s->edge : s->real, &pfx, rib, best,
				then ? &s->asked->then : &s->asked->now);
	}
	for (uint32_t k = 0; k < r->n_peers; k++)
		v->peers[k] = tell(r, &r->peers[k], then, net);
}

/* Both are sorted: what stands on one side only has come or gone. */
static void count_sayings(struct whatif_count *c, const struct sayings *now,
	const struct sayings *then, const struct prefix *pfx)
{
	uint32_t i = 0;
	uint32_t k = 0;

	while (i < now->n || k < then->n) {
		const struct saying *a = i < now->n ? &now->v[i] : NULL;
		const struct saying *b = k < then->n ? &then->v[k] : NULL;
		const bool has_a = a && (!b || a->id <= b->id);
		const bool has_b = b && (!a || b->id <= a->id);

		count_pair(c, has_a ? a->attrs : NULL, has_b ? b->attrs : NULL, pfx);
		i += has_a;
		k += has_b;
	}
}

static void drop_sayings(struct attrs_table *at, const struct sayings *s)
{
	for (uint32_t k = 0; k < s->n; k++)
		attrs_unref(at, s->v[k].attrs);
}

/* What is in by another way needs no place, and leaves none when it goes. */
static void count_places(const struct run *r, const struct shadow_edge *s, bool comes,
	const struct prefix *pfx)
{
	struct whatif_places *p = &s->asked->places[r->t->f];
	const uint32_t ways = s->to ? places_ways(&s->to->table[r->t->f], pfx) : 0;

	if (comes)
		p->takes += ways == 0;
	else
		p->frees += ways == 1;
}

static void compare_views(const struct run *r, uint32_t net, const struct view *now,
	const struct view *then)
{
	const struct prefix pfx = rib_net_prefix(r->t->rib, net);
	struct attrs_table *at = r->i->e->attrs;

	for (uint32_t k = 0; k < r->n_edges; k++) {
		count_pair(&r->edges[k].asked->routes, now->edges[k], then->edges[k], &pfx);
		if (!now->edges[k] != !then->edges[k])
			count_places(r, &r->edges[k], then->edges[k] != NULL, &pfx);
		attrs_unref(at, now->edges[k]);
		attrs_unref(at, then->edges[k]);
	}
	for (uint32_t k = 0; k < r->n_peers; k++) {
		if (r->peers[k].asked)
			count_sayings(&r->peers[k].asked->told, &now->peers[k], &then->peers[k],
				&pfx);
		drop_sayings(at, &now->peers[k]);
		drop_sayings(at, &then->peers[k]);
	}
}

static void look_at_others(const struct run *r, struct rib_pretence *p)
{
	struct rib *rib = r->t->rib;
	struct view now;
	struct view then;

	take_view(r, p->net, false, &now);
	rib_pretend(rib, p);
	rib_swap(rib, p);
	take_view(r, p->net, true, &then);
	rib_swap(rib, p);
	compare_views(r, p->net, &now, &then);
}

static bool look(void *ctx, uint32_t net)
{
	struct run *r = ctx;
	struct rib *rib = r->t->rib;
	struct bgp_engine *e = r->i->e;
	const struct prefix pfx = rib_net_prefix(rib, net);
	struct rib_pretence p = { .net = net };
	bool differs = r->w->all_nets;
	uint32_t *handles;

	arena_reset(e->arena);
	for (uint32_t h = rib_net(rib, net)->paths; h; h = rib_path_next(rib_path(rib, h)))
		p.n++;
	p.paths = arena_alloc(e->arena, p.n * sizeof(*p.paths));
	handles = arena_alloc(e->arena, p.n * sizeof(*handles));
	p.handles = handles;
	p.n = 0;
	for (uint32_t h = rib_net(rib, net)->paths; h; h = rib_path_next(rib_path(rib, h))) {
		handles[p.n] = h;
		p.paths[p.n] = *rib_path(rib, h);
		differs |= turn(r, &pfx, rib_path(rib, h), &p.paths[p.n++]);
	}
	if (differs)
		look_at_others(r, &p);
	for (uint32_t k = 0; k < p.n; k++)
		attrs_unref(e->attrs, rib_path_attrs(rib, &p.paths[k]));
	return true;
}

bool bgp_whatif_slice(struct bgp_instance *i, struct whatif *w, struct mono until)
{
	struct run r = { .w = w, .i = i };

	build_shadows(&r);
	while (w->family < BGP_FAMILY_COUNT) {
		struct rib_range at = { .key = w->key, .started = w->started };
		uint32_t seen;

		r.t = &i->table[w->family];
		seen = rib_walk(r.t->rib, &at, NETS, look, &r);
		w->key = at.key;
		w->started = at.started;
		if (seen < NETS) {
			w->started = false;
			w->family++;
		}
		if (!mono_is_before(mono_now(), until))
			break;
	}
	wipe_shadows(&r);
	return w->family < BGP_FAMILY_COUNT;
}
