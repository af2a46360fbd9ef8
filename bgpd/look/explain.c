/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Explaining is deciding again, beside the table. Each part asks the function that has decided
 * (import_judge, rib_compare, export_judge, edge_judge) and puts its answer beside what the table
 * holds; where the two differ, the rules have just changed and a job is on its way (is_old).
 */
#include "bgpd/look/explain.h"

#include <stdlib.h>
#include <string.h>

#include "bgpd/engine_int.h"
#include "bgpd/neighbor/import.h"
#include "bgpd/neighbor/limit.h"

static struct peer_family *family_of(const struct rib_source *s, enum bgp_family f)
{
	struct bgp_peer *p = s->kind == RIB_SOURCE_BGP ? s->owner : NULL;

	return p ? &p->family[f] : NULL;
}

static const char *name_or_null(bool has, const char *name)
{
	return has ? name : NULL;
}

/* Ask import again: which policy, which term, and is the answer the one that the table has? */
static void judge_again(struct peer_family *pf, struct explain_path *x)
{
	struct bgp_engine *e = pf->peer->inst->e;
	const struct rib *r = pf->table->rib;
	const struct prefix pfx = rib_net_prefix(r, rib_path_net(r, x->path));
	const bool refused = x->path->flags & RIB_PATH_REJECTED;
	struct import_verdict v;
	struct import im;

	arena_reset(e->arena);
	import_begin(&im, pf, rib_path_in(r, x->path));
	import_judge(&im, &pfx, &v);
	import_end(&im);
	x->judged = true;
	x->policy.name = name_or_null(pf->peer->conf.has_import, pf->peer->conf.import_policy);
	x->policy.asked = v.asked;
	if (v.asked) {
		x->policy.term = v.said.term;
		x->policy.changed = v.said.changed;
		memcpy(x->policy.changed_by, v.said.changed_by, sizeof(x->policy.changed_by));
	}
	x->is_old = refused ? v.reason != x->path->reason : v.attrs != x->attrs;
	attrs_unref(e->attrs, v.attrs);
}

void bgp_explain_path(const struct bgp_instance *i, enum bgp_family f, uint32_t path,
	struct explain_path *x)
{
	const struct rib *r = i->table[f].rib;
	const struct rib_path *p = rib_path(r, path);
	struct peer_family *pf;

	*x = (struct explain_path){
		.handle = path,
		.path = p,
		.in = rib_path_in(r, p),
		.attrs = rib_path_attrs(r, p),
		.source = rib_source_at(r, p->source),
		.verdict = p->flags & RIB_PATH_REJECTED ? EXPLAIN_VERDICT_REFUSED :
			p->flags & RIB_PATH_BEST        ? EXPLAIN_VERDICT_BEST :
			p->flags & RIB_PATH_MULTIPATH   ? EXPLAIN_VERDICT_MULTIPATH :
							  EXPLAIN_VERDICT_LOST,
	};
	pf = family_of(x->source, f);
	if (pf && x->in && !(p->flags & RIB_PATH_STALE))
		judge_again(pf, x);
	if (rib_compare(r, path, &x->compare))
		x->rival = rib_source_at(r, rib_path(r, x->compare.rival)->source);
}

static void put_paths(const struct bgp_instance *i, const struct bgp_peer *only, struct arena *a,
	struct explain *x)
{
	uint32_t n = 0;

	for (uint32_t h = rib_net(x->rib, x->net)->paths; h; h = rib_path_next(rib_path(x->rib, h)))
		n++;
	x->paths = arena_calloc(a, n < EXPLAIN_MAX_PATHS ? n + 1 : EXPLAIN_MAX_PATHS,
		sizeof(*x->paths));
	for (uint32_t h = rib_net(x->rib, x->net)->paths; h;
		h = rib_path_next(rib_path(x->rib, h))) {
		if (only && !bgp_peer_owns(only, x->rib, rib_path(x->rib, h)))
			continue;
		if (x->n_paths == EXPLAIN_MAX_PATHS)
			x->n_more++;
		else
			bgp_explain_path(i, x->family, h, &x->paths[x->n_paths++]);
	}
}

/* A neighbour to whom routes of the family are told. */
struct listener {
	const struct peer_family *pf;
	struct export_conf conf;
	struct arena *arena;
	const uint32_t *candidates; /* ADD-PATH: sorted handles */
	uint32_t n_candidates;
	uint32_t n_rows;
};

static void grow_to(struct arena *a, struct explain *x)
{
	struct explain_to *to = arena_calloc(a, 2 * (size_t)x->cap_to, sizeof(*to));

	memcpy(to, x->to, x->n_to * sizeof(*to));
	x->to = to;
	x->cap_to *= 2;
}

static struct explain_to *add_to(const struct listener *l, enum rib_reason why, struct explain *x)
{
	const struct bgp_peer *p = l->pf->peer;
	struct explain_to *to;

	if (x->n_to == x->cap_to)
		grow_to(l->arena, x);
	to = &x->to[x->n_to++];
	to->peer = p;
	to->policy.name = name_or_null(p->conf.has_export, p->conf.export_policy);
	to->why = why;
	return to;
}

static void put_verdict(struct explain_to *to, const struct export_verdict *v)
{
	to->why = v->why;
	to->path = v->path;
	to->policy.asked = v->asked;
	to->policy.term = v->term;
}

static int cmp_handle(const void *a, const void *b)
{
	const uint32_t x = *(const uint32_t *)a;
	const uint32_t y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static bool is_candidate(const struct listener *l, uint32_t path)
{
	return l->n_candidates &&
		bsearch(&path, l->candidates, l->n_candidates, sizeof(path), cmp_handle) != NULL;
}

static void put_path_to(struct listener *l, uint32_t path, struct explain *x)
{
	const struct export *e = l->pf->table->export;
	const bool is_chosen = is_candidate(l, path);
	struct export_verdict v;
	struct explain_to *to;

	if (!is_chosen && rib_path(x->rib, path)->flags & RIB_PATH_REJECTED)
		return; /* import has said why */
	if (l->n_rows && x->n_to_extra == EXPLAIN_MAX_TO) {
		x->n_to_more++;
		return;
	}
	x->n_to_extra += l->n_rows++ > 0;
	to = add_to(l, RIB_REASON_EXPORT_NOT_SELECTED, x);
	to->path = rib_path(x->rib, path);
	to->path_id = path;
	if (!is_chosen)
		return;
	(void)export_judge_path(e, &l->conf, path, l->arena, &to->attrs, &v);
	put_verdict(to, &v);
	to->sent = export_has_path(l->pf->member, x->net, path);
}

/* RFC 7911: each path that add-path-send selects is judged by itself. */
static void put_paths_to(struct listener *l, struct explain *x)
{
	const uint32_t *picked;

	l->n_candidates = export_candidates(l->pf->table->export, &l->conf, x->net, &picked);
	l->candidates = arena_memdup(l->arena, picked, l->n_candidates * sizeof(*picked));
	for (uint32_t h = rib_net(x->rib, x->net)->paths; h; h = rib_path_next(rib_path(x->rib, h)))
		put_path_to(l, h, x);
	if (!l->n_rows)
		(void)add_to(l, RIB_REASON_EXPORT_NO_PATH, x);
}

/* What one neighbour is told of it. */
static void put_to(const struct bgp_peer *p, struct arena *a, struct explain *x)
{
	struct listener l = { .pf = &p->family[x->family], .arena = a };
	struct export_verdict v;
	struct explain_to *to;

	if (!l.pf->member || !x->net) {
		(void)add_to(&l,
			l.pf->member ? RIB_REASON_EXPORT_NO_PATH : RIB_REASON_EXPORT_NO_SESSION, x);
		return;
	}
	peer_export_conf(l.pf, &l.conf);
	if (export_is_multi(&l.conf)) {
		put_paths_to(&l, x);
		return;
	}
	to = add_to(&l, RIB_REASON_NONE, x);
	(void)export_judge(l.pf->table->export, &l.conf, x->net, a, &to->attrs, &v);
	put_verdict(to, &v);
	to->sent = export_has(l.pf->member, x->net);
}

static void find_arrived(struct explain_edge *e, const struct rib *r, const struct prefix *pfx,
	const struct rib_source *s)
{
	const uint32_t net = rib_find(r, pfx);
	const struct rib_path *p;

	e->arrived = NULL;
	for (uint32_t h = net && s ? rib_net(r, net)->paths : 0; h; h = rib_path_next(p)) {
		p = rib_path(r, h);
		if (p->source != s->index)
			continue;
		e->arrived = p;
		e->arrived_as = rib_path_attrs(r, p);
		if (!e->arrived_as)
			e->arrived_as = rib_path_in(r, p);
		return;
	}
}

static bool is_refused(const struct rib_path *p)
{
	return p && p->flags & RIB_PATH_REJECTED;
}

/* The sending half decides, the receiving one may still see a loop. */
static void judge_edge(const struct bgp_edge_out *o, struct explain_edge *e,
	const struct explain *x)
{
	const struct rib *r = o->reader[x->family].table->rib;
	const uint32_t net = rib_find(r, &x->pfx);
	struct edge_verdict v = { .why = RIB_REASON_EXPORT_NO_PATH };

	arena_reset(o->from->e->arena);
	if (net)
		edge_judge(o, x->family, net, &v);
	e->is_known = true;
	e->why = v.why;
	e->path = v.path;
	e->source = v.path ? rib_source_at(r, v.path->source) : NULL;
	e->policy.name = name_or_null(o->conf.has_policy, o->conf.policy);
	e->policy.asked = v.asked;
	e->policy.term = v.term;
	e->crossed = net && bitmap_has(&o->reader[x->family].sent, net);
	if (o->joined)
		find_arrived(e, o->joined->to->table[x->family].rib, &x->pfx,
			o->joined->source[x->family]);
	if (e->why == RIB_REASON_NONE && !o->joined && !o->ops)
		e->why = RIB_REASON_EDGE_CLOSED;
	else if (v.attrs && o->joined && edge_has_been_in(v.attrs, o->joined->to->conf.table))
		e->why = RIB_REASON_EDGE_LOOP;
	else if (e->why == RIB_REASON_NONE && is_refused(e->arrived))
		e->why = (enum rib_reason)e->arrived->reason;
	else if (e->why == RIB_REASON_NONE && !e->crossed)
		e->why = RIB_REASON_EDGE_WAITING;
	if (e->why != RIB_REASON_NONE)
		e->crossed = false;
	attrs_unref(o->from->e->attrs, v.attrs);
}

static void put_edges(const struct bgp_instance *i, struct arena *a, struct explain *x)
{
	const struct bgp_edge_out *o;
	const struct bgp_edge_in *in;
	uint32_t n = 0;

	TAILQ_FOREACH(o, &i->edges_out, entry)
		n++;
	TAILQ_FOREACH(in, &i->edges_in, entry)
		n++;
	x->edges = arena_calloc(a, n + 1, sizeof(*x->edges));
	TAILQ_FOREACH(o, &i->edges_out, entry) {
		struct explain_edge *e = &x->edges[x->n_edges++];

		e->name = o->conf.name;
		e->outward = true;
		e->other = o->joined ? o->joined->to->conf.name : NULL;
		judge_edge(o, e, x);
	}
	TAILQ_FOREACH(in, &i->edges_in, entry) {
		struct explain_edge *e = &x->edges[x->n_edges++];

		e->name = in->name;
		e->other = in->joined ? in->joined->from->conf.name : NULL;
		if (in->joined)
			judge_edge(in->joined, e, x);
		find_arrived(e, x->rib, &x->pfx, in->source[x->family]);
		e->crossed = e->arrived && !is_refused(e->arrived);
		if (e->why == RIB_REASON_NONE && is_refused(e->arrived))
			e->why = (enum rib_reason)e->arrived->reason;
	}
}

static void put_no_room(const struct bgp_instance *i, const struct bgp_peer *p, uint64_t n,
	struct explain *x)
{
	x->gone[x->n_gone++] = (struct explain_gone){
		.peer = p,
		.reason = RIB_REASON_QUOTA,
		.count = n,
		.max = i->e->conf.route_quota,
		.kept = rib_count_paths(x->rib),
	};
}

/* A table that is full tells nobody's routes apart. */
static void put_lost(const struct bgp_instance *i, struct explain *x)
{
	bool is_lost = i->table[x->family].own_lost;
	const struct bgp_edge_in *in;

	TAILQ_FOREACH(in, &i->edges_in, entry)
		is_lost |= in->lost[x->family];
	if (is_lost && x->n_paths == 0)
		put_no_room(i, NULL, 0, x);
}

/* The neighbour may have announced it, and it was not kept. */
static void put_gone(const struct bgp_peer *p, struct explain *x)
{
	const struct peer_family *pf = &p->family[x->family];

	for (uint32_t i = 0; i < x->n_paths; i++) {
		if (bgp_peer_owns(p, x->rib, x->paths[i].path))
			return;
	}
	if (pf->discarded && !limit_has_own_room(pf))
		x->gone[x->n_gone++] = (struct explain_gone){
			.peer = p,
			.reason = RIB_REASON_ROUTE_LIMIT,
			.count = pf->discarded,
			.max = p->conf.limit_max,
			.kept = pf->source ? pf->source->n_paths : 0,
		};
	else if (pf->discarded)
		put_no_room(p->inst, p, pf->discarded, x);
	if (p->updates_bad)
		x->gone[x->n_gone++] = (struct explain_gone){
			.peer = p,
			.reason = RIB_REASON_TREAT_AS_WITHDRAW,
			.count = p->updates_bad,
		};
}

static void put_neighbors(const struct bgp_instance *i, const struct bgp_peer *only,
	struct arena *a, struct explain *x)
{
	const struct bgp_peer *p;
	uint32_t n = 0;

	TAILQ_FOREACH(p, &i->peers, entry)
		n++;
	x->cap_to = n + 1;
	x->to = arena_calloc(a, x->cap_to, sizeof(*x->to));
	x->gone = arena_calloc(a, 2 * (size_t)n + 2, sizeof(*x->gone));
	if (!only)
		put_lost(i, x);
	TAILQ_FOREACH(p, &i->peers, entry) {
		if (only && only != p)
			continue;
		put_to(p, a, x);
		put_gone(p, x);
	}
}

static bool put_longer(void *ctx, uint32_t net)
{
	struct explain *x = ctx;

	x->longer[x->n_longer++] = rib_net_prefix(x->rib, net);
	return x->n_longer < EXPLAIN_MAX_LONGER;
}

/* Nobody announced it: what is around it. */
static void put_neighborhood(struct explain *x)
{
	struct rib_range at = { .within = &x->pfx };

	(void)rib_walk(x->rib, &at, EXPLAIN_MAX_LONGER, put_longer, x);
}

static void put_kernel(const struct bgp_instance *i, struct explain *x)
{
	const uint32_t gid = rib_net(x->rib, x->net)->fib_gid;

	if (!gid)
		return;
	x->has_group = true;
	x->group = *nhtable_group(i->e->nh, gid);
}

void bgp_explain(const struct bgp_instance *i, const struct prefix *pfx,
	const struct bgp_peer *only, struct arena *a, struct explain *x)
{
	const enum bgp_family f = pfx->family == AF_INET6 ? BGP_FAMILY_IP6 : BGP_FAMILY_IP4;
	uint32_t cover;

	*x = (struct explain){ .pfx = *pfx, .family = f, .rib = i->table[f].rib };
	x->net = rib_find(x->rib, pfx);
	if (x->net && !rib_net(x->rib, x->net)->paths)
		x->net = 0; /* a reader has still to pass it */
	x->filter = safety_filter_check(i->safety, pfx);
	if (x->net) {
		put_paths(i, only, a, x);
		put_kernel(i, x);
	} else {
		put_neighborhood(x);
	}
	if (!x->net || !rib_net_best(x->rib, x->net)) {
		cover = rib_cover(x->rib, pfx);
		x->has_cover = cover != 0;
		if (cover)
			x->cover = rib_net_prefix(x->rib, cover);
	}
	put_neighbors(i, only, a, x);
	put_edges(i, a, x);
}
