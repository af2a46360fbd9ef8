/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Places: a table with a limit lets in that many prefixes that edges bring. A prefix holds its
 * place while it has a path of an edge that was let in; further paths of it, of the second
 * way to the same place, need none. What is beyond is kept and refused (ROUTE_LIMIT), as a
 * neighbour's routes are when a policy refuses them, so that it can be shown, and let in later
 * without asking anybody.
 *
 * Who is in stays in, whatever comes later, and whatever the limit becomes: nothing that
 * carries traffic ever makes room for something else. When a place is given back, those who wait
 * come in, in the order of the table.
 *
 * Places are taken at once and given back late: a reader of the table is told of each change and
 * finds the prefixes whose last path has left, however it left. Its first walk counts what was
 * there before the limit was; until it is over nobody comes in.
 *
 * One bit a net. Looking for those who wait is a walk over the table, in slices, from its
 * beginning to the first for whom there is no place; a list of them was rejected, since a
 * neighbour makes it as long as it likes.
 */
#include "bgpd/places.h"

#include <stdlib.h>

#include "bgpd/engine_int.h"
#include "lib/base/xalloc.h"

#define AT_ONCE 64 /* nets let in a slice */

struct places {
	struct bgp_table *t;
	uint32_t max; /* 0: everybody comes in, and then this ends */
	uint8_t warning;
	uint32_t n;
	struct bitmap in;          /* nets that hold a place */
	struct rib_reader *reader; /* owned */
	struct job job;
	bool counted;  /* what was there before us */
	bool somebody; /* may wait */
	bool is_warned;
	bool is_reached;
	bool is_walking;
	struct rib_range at;
	uint32_t found[AT_ONCE]; /* of one slice */
	uint32_t n_found;
};

static bool is_of_edge(const struct rib *r, const struct rib_path *p)
{
	return rib_source_at(r, p->source)->kind == RIB_SOURCE_PEERING;
}

bool places_is_waiting(const struct rib_path *p)
{
	return p->flags & RIB_PATH_REJECTED && p->reason == RIB_REASON_ROUTE_LIMIT;
}

static bool has_path_in(const struct rib *r, uint32_t net)
{
	for (uint32_t h = rib_net(r, net)->paths; h; h = rib_path_next(rib_path(r, h))) {
		const struct rib_path *p = rib_path(r, h);

		if (is_of_edge(r, p) && !(p->flags & RIB_PATH_REJECTED))
			return true;
	}
	return false;
}

/* 0 = none. One whose edge has gone is about to go itself. */
static uint32_t first_waiting(const struct rib *r, uint32_t net)
{
	for (uint32_t h = rib_net(r, net)->paths; h; h = rib_path_next(rib_path(r, h))) {
		const struct rib_path *p = rib_path(r, h);

		if (is_of_edge(r, p) && places_is_waiting(p) && rib_source_at(r, p->source)->owner)
			return h;
	}
	return 0;
}

static bool has_room(const struct places *p)
{
	return p->counted && (!p->max || p->n < p->max);
}

static void tell(const struct places *p, enum bgp_event_type type)
{
	const struct bgp_engine *e = p->t->inst->e;
	const struct bgp_event ev = {
		.type = type,
		.instance = p->t->inst,
		.count = p->n,
	};

	if (e->ops->event)
		e->ops->event(e->ctx, &ev);
}

static bool is_at_mark(const struct places *p)
{
	return p->max && p->warning && (uint64_t)p->n * 100 >= (uint64_t)p->max * p->warning;
}

/* Whether it had none before. */
static bool set(struct places *p, uint32_t net)
{
	if (!bitmap_set(&p->in, net))
		return false;
	p->n++;
	if (!p->is_warned && is_at_mark(p)) {
		p->is_warned = true;
		tell(p, BGP_EVENT_LIMIT_WARNING);
	}
	return true;
}

static void clear(struct places *p, uint32_t net)
{
	if (!bitmap_clear(&p->in, net))
		return;
	p->n--;
	p->is_warned = p->is_warned && is_at_mark(p);
}

static void on_net(void *ctx, uint32_t net)
{
	struct places *p = ctx;

	if (has_path_in(p->t->rib, net))
		(void)set(p, net);
	else
		clear(p, net);
}

static bool on_walk(void *ctx, uint32_t net)
{
	struct places *p = ctx;

	if (!first_waiting(p->t->rib, net))
		return true;
	p->found[p->n_found++] = net;
	return p->n_found < AT_ONCE;
}

/* All paths of a net come in together. */
static void let_in(struct places *p, uint32_t net)
{
	struct rib *r = p->t->rib;
	uint32_t h;

	for (uint32_t last = 0; (h = first_waiting(r, net)) && h != last; last = h)
		edge_in_enter_again(rib_source_at(r, rib_path(r, h)->source)->owner, p->t, h);
}

/* One slice of the walk; whether more is to be done. */
static bool walk(struct places *p)
{
	uint32_t seen;

	if (!p->is_walking) {
		p->is_walking = true;
		p->somebody = false; /* unless the walk finds one, or one is refused meanwhile */
		p->at = (struct rib_range){ 0 };
	}
	p->n_found = 0;
	seen = rib_walk(p->t->rib, &p->at, SLICE_PATHS, on_walk, p);
	for (uint32_t i = 0; i < p->n_found; i++) {
		if (has_room(p))
			let_in(p, p->found[i]);
		else
			p->somebody = true;
	}
	p->is_walking = has_room(p) && (seen == SLICE_PATHS || p->n_found == AT_ONCE);
	if (!has_room(p))
		p->somebody = true; /* the walk has not been everywhere */
	return p->is_walking || (p->somebody && has_room(p));
}

static void end(struct places *p)
{
	struct bgp_table *t = p->t;

	t->places = NULL;
	job_cancel(&p->job);
	rib_reader_free(p->reader);
	bitmap_fini(&p->in);
	free(p);
}

static bool slice(void *ctx)
{
	struct places *p = ctx;

	if (rib_reader_pull(p->reader, SLICE_PATHS, on_net, p, NULL))
		return true;
	p->counted = true;
	if ((p->somebody || p->is_walking) && has_room(p))
		return walk(p);
	if (p->somebody && !p->is_reached)
		tell(p, BGP_EVENT_LIMIT_REACHED);
	p->is_reached = p->somebody;
	if (!p->max && !p->somebody)
		end(p);
	return false;
}

static void wake(void *ctx)
{
	struct places *p = ctx;

	job_wake(&p->job);
}

static struct places *begin(struct bgp_table *t)
{
	struct places *p = xcalloc(1, sizeof(*p));

	p->t = t;
	p->counted = rib_count_paths(t->rib) == 0;
	bitmap_init(&p->in);
	job_init(&p->job, t->inst->e->loop, slice, p);
	p->reader = rib_reader_new(t->rib, wake, p);
	rib_reader_set_all(p->reader, true);
	job_wake(&p->job);
	return p;
}

void places_set(struct bgp_table *t, uint32_t max, uint8_t warning)
{
	if (!t->places && !max)
		return;
	if (!t->places)
		t->places = begin(t);
	t->places->max = max;
	t->places->warning = warning;
	t->places->is_warned = t->places->is_warned && is_at_mark(t->places);
	job_wake(&t->places->job);
}

void places_fini(struct bgp_table *t)
{
	if (t->places)
		end(t->places);
}

bool places_have(struct bgp_table *t, const struct prefix *pfx)
{
	struct places *p = t->places;
	uint32_t net;

	if (!p || has_room(p))
		return true;
	net = rib_find(t->rib, pfx);
	if (net && (bitmap_has(&p->in, net) || has_path_in(t->rib, net)))
		return true;
	p->somebody = true;
	job_wake(&p->job);
	return false;
}

void places_take(struct bgp_table *t, const struct prefix *pfx)
{
	struct places *p = t->places;
	const uint32_t net = p ? rib_find(t->rib, pfx) : 0;

	/* By another way than that which was refused first: now both come in. */
	if (p && set(p, net))
		let_in(p, net);
}

uint32_t places_held(const struct bgp_table *t)
{
	const struct bgp_edge_in *n;
	uint32_t held = 0;

	if (t->places && t->places->counted)
		return t->places->n;
	TAILQ_FOREACH(n, &t->inst->edges_in, entry)
		held += n->source[t->f] ? n->source[t->f]->n_accepted : 0;
	return held;
}

uint32_t places_ways(const struct bgp_table *t, const struct prefix *pfx)
{
	const struct rib *r = t->rib;
	const uint32_t net = rib_find(r, pfx);
	uint32_t n = 0;

	for (uint32_t h = net ? rib_net(r, net)->paths : 0; h; h = rib_path_next(rib_path(r, h)))
		n += is_of_edge(r, rib_path(r, h)) && !(rib_path(r, h)->flags & RIB_PATH_REJECTED);
	return n;
}

uint32_t bgp_instance_places(const struct bgp_instance *i, enum bgp_family f)
{
	const struct places *p = i->table[f].places;

	return p ? p->n : 0;
}
