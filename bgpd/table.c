/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One family of one instance, and what happens to its RIB in the background: sources that die,
 * and decisions taken again.
 *
 * Updates of the engine go through table_update, which may have to make room first.
 */
#include <errno.h>
#include <stdlib.h>

#include "bgpd/engine_int.h"
#include "bgpd/origin/origin.h"
#include "lib/base/xalloc.h"

#define QUEUE_MIN 64
#define ROOM_PART 10 /* of the quota */

void net_queue_init(struct net_queue *q)
{
	*q = (struct net_queue){ 0 };
	bitmap_init(&q->in);
}

void net_queue_fini(struct net_queue *q, struct rib *r)
{
	while (q->n)
		net_queue_drop(q, r);
	free(q->nets);
	bitmap_fini(&q->in);
}

static void queue_grow(struct net_queue *q)
{
	const uint32_t cap = q->cap ? 2 * q->cap : QUEUE_MIN;
	uint32_t *nets = xreallocarray(NULL, cap, sizeof(*nets));

	for (uint32_t i = 0; i < q->n; i++)
		nets[i] = q->nets[(q->head + i) & (q->cap - 1)];
	free(q->nets);
	q->nets = nets;
	q->head = 0;
	q->cap = cap;
}

void net_queue_add(struct net_queue *q, struct rib *r, uint32_t net)
{
	if (!bitmap_set(&q->in, net))
		return;
	if (q->n == q->cap)
		queue_grow(q);
	q->nets[(q->head + q->n++) & (q->cap - 1)] = net;
	rib_net_pin(r, net);
}

uint32_t net_queue_first(const struct net_queue *q)
{
	return q->n ? q->nets[q->head] : 0;
}

void net_queue_drop(struct net_queue *q, struct rib *r)
{
	const uint32_t net = q->nets[q->head];

	q->head = (q->head + 1) & (q->cap - 1);
	q->n--;
	bitmap_clear(&q->in, net);
	rib_net_unpin(r, net);
}

/* One slice of the first source that dies; whether more is left. */
static bool bury_slice(struct bgp_table *t)
{
	struct dying *d = TAILQ_FIRST(&t->dying);

	if (!d)
		return false;
	if (rib_source_flush(t->rib, d->source, SLICE_PATHS, false, &d->cursor))
		return true;
	TAILQ_REMOVE(&t->dying, d, entry);
	rib_source_free(t->rib, d->source);
	free(d);
	return !TAILQ_EMPTY(&t->dying);
}

static bool dying_slice(void *ctx)
{
	struct bgp_table *t = ctx;
	const bool more = bury_slice(t);

	if (!more)
		instance_check_left(t->inst);
	return more;
}

static bool redecide_slice(void *ctx)
{
	struct bgp_table *t = ctx;

	if (rib_redecide_slice(t->rib, &t->redecide_key, &t->redecide_started, SLICE_PATHS))
		return true;
	/* Where no best path moved, the order of the others may be another, and so the backup. */
	fib_feed_restart(&t->feed);
	return false;
}

void table_redecide(struct bgp_table *t)
{
	t->redecide_key = prefix_any(t->af);
	t->redecide_started = false;
	job_wake(&t->redecide_job);
}

void table_init(struct bgp_table *t, struct bgp_instance *i, enum bgp_family f)
{
	struct bgp_engine *e = i->e;
	const struct rib_conf conf = {
		.af = wire_family_af(f),
		.max_paths = i->conf.max_paths,
		.options = i->conf.decision,
		.quota = e->conf.route_quota,
	};

	t->inst = i;
	t->f = f;
	t->af = conf.af;
	t->rib = rib_new(&conf, e->attrs);
	t->export = export_new(e->loop, t->rib);
	export_hold_end_of_rib(t->export, true); /* until relearned: sync.c */
	TAILQ_INIT(&t->watches);
	LIST_INIT(&t->monitors);
	t->aggregates = aggregates_new(t);
	TAILQ_INIT(&t->dying);
	job_init(&t->dying_job, e->loop, dying_slice, t);
	job_init(&t->redecide_job, e->loop, redecide_slice, t);
	fib_feed_init(&t->feed, t);
}

void table_fini(struct bgp_table *t)
{
	struct dying *d;

	job_cancel(&t->dying_job);
	job_cancel(&t->redecide_job);
	while ((d = TAILQ_FIRST(&t->dying))) {
		TAILQ_REMOVE(&t->dying, d, entry);
		free(d);
	}
	fib_feed_fini(&t->feed);
	export_free(t->export);
	rib_free(t->rib);
}

struct rib_source *table_source(struct bgp_table *t, const struct rib_source *init)
{
	return rib_source_new(t->rib, init);
}

void table_bury(struct bgp_table *t, struct rib_source *s)
{
	struct dying *d;

	if (!s)
		return;
	if (s->n_paths == 0) {
		rib_source_free(t->rib, s);
		return;
	}
	s->owner = NULL;
	d = xcalloc(1, sizeof(*d));
	d->source = s;
	TAILQ_INSERT_TAIL(&t->dying, d, entry);
	job_wake(&t->dying_job);
}

bool table_is_burying(const struct bgp_table *t)
{
	return !TAILQ_EMPTY(&t->dying);
}

bool table_has_room(const struct bgp_table *t)
{
	const uint32_t quota = t->inst->e->conf.route_quota;

	return !quota || rib_count_paths(t->rib) + quota / ROOM_PART < quota;
}

int table_update(struct bgp_table *t, struct rib_source *s, const struct rib_offer *o)
{
	int ret = rib_update(t->rib, s, o);

	/* What a session left behind must not keep its next one from coming back. */
	while (ret == -EDQUOT && table_is_burying(t)) {
		(void)bury_slice(t);
		ret = rib_update(t->rib, s, o);
	}
	return ret;
}
