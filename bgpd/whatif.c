/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The trick is shadows: copies of the instance, its peers and its edges that carry the other rules.
 * They are handed to the functions that judge the real ones, so whatever import, decision and edges
 * look at, now or later, is looked at here as well. Shadows live for one slice; only the
 * pure functions may see them.
 *
 * A net costs its paths, and for each edge one judgement before and one after. What import would
 * make of a path goes into a copy of it; the copies are put through the decision (rib_choose); the
 * edges see the winner. Attributes are interned, so "changed" is a comparison of pointers.
 */
#include "bgpd/whatif.h"

#include <stdlib.h>
#include <string.h>

#include "bgpd/engine_int.h"

#define NETS 32 /* looked at between two looks at the clock */

struct shadow_peer {
	const struct bgp_peer *real;
	struct whatif_peer *asked; /* NULL: came since the question was put */
	struct bgp_peer peer;
};

struct shadow_edge {
	struct whatif_edge *asked;
	const struct bgp_edge_out *real; /* NULL: is to come */
	struct bgp_edge_out edge;
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

static struct whatif_peer *find_asked(const struct whatif *w, const struct ip_addr *a)
{
	for (uint32_t k = 0; k < w->n_peers; k++) {
		if (ip_is_equal(&w->peers[k].address, a))
			return &w->peers[k];
	}
	return NULL;
}

static const struct policy_map *find_map(const struct policy_set *set, bool has, const char *name)
{
	return has && set ? policy_find(set, name) : NULL;
}

static void shadow_peer(struct run *r, const struct bgp_peer *p)
{
	struct shadow_peer *s = &r->peers[r->n_peers++];
	struct session_conf now;
	struct session_conf then;

	s->real = p;
	s->asked = find_asked(r->w, &p->conf.session.remote);
	s->peer = *p;
	s->peer.inst = r->shadow;
	if (!s->asked || !s->asked->stays)
		return;
	s->peer.conf = s->asked->conf;
	s->peer.import_map = find_map(r->w->policy, s->peer.conf.has_import,
		s->peer.conf.import_policy);
	now = peer_session_conf(p);
	then = peer_session_conf(&s->peer);
	s->asked->resets = session_conf_needs_reset(&now, &then);
	explicit_bzero(now.password, sizeof(now.password));
	explicit_bzero(then.password, sizeof(then.password));
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
	s->edge.from = r->shadow;
	s->edge.conf = asked->conf;
	s->edge.map = find_map(set, asked->conf.has_policy, asked->conf.policy);
}

static bool is_same_map(const struct policy_map *a, const struct policy_map *b)
{
	return a == b || (a && b && policy_map_is_equal(a, b));
}

static bool has_other_rules(const struct shadow_edge *s)
{
	const struct bgp_edge_conf *a = s->real ? &s->real->conf : NULL;
	const struct bgp_edge_conf *b = &s->asked->conf;

	return !a || !s->asked->stays || a->kinds != b->kinds || a->transit != b->transit ||
		a->has_policy != b->has_policy || !is_same_map(s->real->map, s->edge.map);
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

static void build_shadows(struct run *r)
{
	struct whatif *w = r->w;
	const struct bgp_peer *p;
	uint32_t n = 0;

	r->shadow = arena_memdup(w->arena, r->i, sizeof(*r->i));
	r->shadow->conf = w->conf;
	r->shadow->conf.table = r->i->conf.table;
	r->shadow->link = w->link;
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
	for (uint32_t k = 0; k < r->n_edges && !w->begun; k++)
		w->all_nets |= has_other_rules(&r->edges[k]);
	w->begun = true;
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
	import_begin(&im, &pf, p->in);
	import_judge(&im, pfx, &v);
	import_end(&im);
	return v.attrs;
}

/* The copy becomes what it would be; whether that is something else. */
static bool turn(const struct run *r, const struct prefix *pfx, struct rib_path *copy)
{
	const struct rib_source *src = rib_source_at(r->t->rib, copy->source);
	const struct bgp_peer *p = src->kind == RIB_SOURCE_BGP ? src->owner : NULL;
	struct shadow_peer *s = p ? find_shadow(r, p) : NULL;
	struct attrs *before = copy->flags & RIB_PATH_REJECTED ? NULL : copy->attrs;

	if (!s || !s->asked || !copy->in || copy->flags & RIB_PATH_STALE) {
		copy->attrs = before ? attrs_ref(before) : NULL;
		return false;
	}
	copy->attrs = s->asked->stays ? judge_path(s, r, copy, pfx) : NULL;
	copy->flags &= (uint8_t)~RIB_PATH_REJECTED;
	if (!copy->attrs)
		copy->flags |= RIB_PATH_REJECTED;
	count_pair(&s->asked->routes, before, copy->attrs, pfx);
	return before != copy->attrs;
}

/* What the other end gets of a path: a reference, or NULL. */
static struct attrs *cross(const struct bgp_edge_out *o, const struct prefix *pfx,
	const struct rib_path *best, const struct rib_source *src)
{
	struct edge_verdict v = { .attrs = NULL };

	if (best)
		edge_judge_path(o, pfx, best, src, &v);
	if (v.attrs && o->joined && edge_has_been_in(v.attrs, o->joined->to->conf.table)) {
		attrs_unref(o->from->e->attrs, v.attrs);
		return NULL;
	}
	return v.attrs;
}

static void look_at_edges(const struct run *r, uint32_t net, const struct rib_path *then)
{
	const struct rib *rib = r->t->rib;
	const struct prefix pfx = rib_net_prefix(rib, net);
	const struct rib_path *now = rib_net_best(rib, net);

	for (uint32_t k = 0; k < r->n_edges; k++) {
		struct shadow_edge *s = &r->edges[k];
		struct attrs *before = s->real && now ?
			cross(s->real, &pfx, now, rib_source_at(rib, now->source)) :
			NULL;
		struct attrs *after = s->asked->stays && then ?
			cross(&s->edge, &pfx, then, rib_source_at(rib, then->source)) :
			NULL;

		count_pair(&s->asked->routes, before, after, &pfx);
		attrs_unref(r->i->e->attrs, before);
		attrs_unref(r->i->e->attrs, after);
	}
}

static bool look(void *ctx, uint32_t net)
{
	struct run *r = ctx;
	struct rib *rib = r->t->rib;
	struct bgp_engine *e = r->i->e;
	const struct prefix pfx = rib_net_prefix(rib, net);
	struct rib_path *copies;
	bool differs = r->w->all_nets;
	uint32_t n = 0;
	uint32_t best;

	arena_reset(e->arena);
	for (uint32_t h = rib_net(rib, net)->paths; h; h = rib_path(rib, h)->next)
		n++;
	copies = arena_alloc(e->arena, n * sizeof(*copies));
	n = 0;
	for (uint32_t h = rib_net(rib, net)->paths; h; h = rib_path(rib, h)->next) {
		copies[n] = *rib_path(rib, h);
		differs |= turn(r, &pfx, &copies[n++]);
	}
	if (differs && r->n_edges) {
		best = rib_choose(rib, copies, n);
		look_at_edges(r, net, best < n ? &copies[best] : NULL);
	}
	for (uint32_t k = 0; k < n; k++)
		attrs_unref(e->attrs, copies[k].attrs);
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
