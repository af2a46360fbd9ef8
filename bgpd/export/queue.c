/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nets of which something is to be said, in buckets of one statement each: packing is a consequence
 * of the structure. Buckets are served first come, first served; a bucket that keeps growing is
 * served whole, so the more is waiting, the fuller the messages.
 *
 * A net stands in one bucket at most. If it changes while it waits it is only marked, and looked at
 * again when its turn comes: so its last state is what is said last. While it waits it is pinned.
 */
#include <stdlib.h>
#include <string.h>

#include "bgpd/export/export_private.h"
#include "lib/base/xalloc.h"
#include "lib/ds/arena.h"

/* What a bucket says. Zeroed before it is filled: hashed as octets. */
struct statement {
	struct attrs *set;
	uint16_t from;
	uint16_t only;
	struct outcome_way way;
};

static bool bucket_equal(const struct intern_node *node, const void *key)
{
	const struct bucket *b = (const void *)node;
	const struct statement *s = key;

	return b->set == s->set && b->from == s->from && b->only == s->only &&
		b->way.how == s->way.how && b->way.originator == s->way.originator;
}

static struct intern_node *bucket_create(void *ctx, const void *key)
{
	const struct statement *s = key;
	struct queue *q = ctx;
	struct bucket *b = xcalloc(1, sizeof(*b));

	b->set = s->set ? attrs_ref(s->set) : NULL;
	b->from = s->from;
	b->only = s->only;
	b->way = s->way;
	TAILQ_INSERT_TAIL(&q->list, b, entry);
	return &b->node;
}

static void bucket_destroy(void *ctx, struct intern_node *node)
{
	struct bucket *b = container_of(node, struct bucket, node);
	struct queue *q = ctx;

	TAILQ_REMOVE(&q->list, b, entry);
	free(b);
}

static const struct intern_ops bucket_ops = {
	.equal = bucket_equal,
	.create = bucket_create,
	.destroy = bucket_destroy,
};

void queue_init(struct queue *q)
{
	q->index = intern_new(&bucket_ops, q);
	TAILQ_INIT(&q->list);
	slab_init(&q->items, sizeof(struct item));
	bitmap_init(&q->queued);
	bitmap_init(&q->dirty);
}

static struct bucket *bucket_for(struct queue *q, const struct statement *s)
{
	const uint32_t hash = intern_hash(s, sizeof(*s), 0);
	struct intern_node *n = intern_find(q->index, hash, s);

	return (void *)(n ? n : intern_get(q->index, hash, s));
}

/* The net has its pin and its bit already. */
static void enqueue(struct group *g, uint32_t net, uint32_t tag, const struct statement *s)
{
	struct queue *q = &g->queue;
	struct bucket *b = bucket_for(q, s);
	const uint32_t h = slab_alloc(&q->items);

	*(struct item *)slab_at(&q->items, h) = (struct item){ .net = net, .tag = tag };
	if (b->tail)
		((struct item *)slab_at(&q->items, b->tail))->next = h;
	else
		b->head = h;
	b->tail = h;
	q->n++;
}

static void enqueue_new(struct group *g, uint32_t net, uint32_t tag, const struct statement *s)
{
	rib_net_pin(g->e->rib, net);
	bitmap_set(&g->queue.queued, net);
	enqueue(g, net, tag, s);
}

static void make_statement(struct statement *s, struct attrs *set, uint16_t from)
{
	memset(s, 0, sizeof(*s));
	s->set = set;
	s->from = from;
}

static void queue_withdraw(struct group *g, uint32_t net)
{
	struct statement s;
	uint16_t was;

	if (!told_get(g, net, &was))
		return;
	make_statement(&s, NULL, was);
	enqueue_new(g, net, 0, &s);
}

/* Was it told, and would it be told the same now? An ORIGINATOR_ID of ours names the source. */
static bool is_as_told(const struct group *g, uint32_t net, const struct outcome *o,
	const struct outcome_way *way)
{
	uint16_t from;

	if (told_get(g, net, &from) != told_tag(o))
		return false;
	if (way->originator && from != from_of(o->source))
		return false;
	if (!g->refreshing)
		return true;
	return g->before && outcome_is_as_before(o, g->e->rib, &g->key, g->before, net, g->e->eval);
}

static void queue_announce(struct group *g, uint32_t net, const struct outcome *o)
{
	const uint32_t tag = told_tag(o);
	const uint16_t from = from_of(o->source);
	struct attrs_table *at = rib_attrs(g->e->rib);
	const struct outcome_way way = outcome_way(o, &g->key);
	const bool is_same = is_as_told(g, net, o, &way);
	struct statement s;
	struct attrs *set;
	uint16_t was;

	(void)told_get(g, net, &was);
	if (is_same && was == from)
		return;
	if (is_same && !group_member(g, was) && !group_member(g, from)) {
		told_set(g, net, tag, from);
		return;
	}
	set = outcome_set(o, at);
	make_statement(&s, set, from);
	s.only = is_same ? was : 0;
	s.way = way;
	enqueue_new(g, net, tag, &s);
	attrs_unref(at, set);
}

void queue_net(struct group *g, uint32_t net)
{
	struct outcome o;

	if (bitmap_has(&g->queue.queued, net)) {
		bitmap_set(&g->queue.dirty, net);
		return;
	}
	arena_reset(g->e->eval);
	outcome_find(&o, g->e->rib, &g->key, net, g->e->eval);
	if (o.path)
		queue_announce(g, net, &o);
	else
		queue_withdraw(g, net);
}

struct item queue_pop(struct group *g, struct bucket *b)
{
	struct queue *q = &g->queue;
	const uint32_t h = b->head;
	const struct item it = *(struct item *)slab_at(&q->items, h);

	b->head = it.next;
	if (!b->head)
		b->tail = 0;
	slab_release(&q->items, h);
	bitmap_clear(&q->queued, it.net);
	q->n--;
	return it;
}

void queue_again(struct group *g, struct bucket *b)
{
	const struct item it = queue_pop(g, b);

	bitmap_clear(&g->queue.dirty, it.net);
	queue_net(g, it.net);
	rib_net_unpin(g->e->rib, it.net);
}

void queue_drop_empty(struct group *g, struct bucket *b)
{
	if (b->head)
		return;
	attrs_unref(rib_attrs(g->e->rib), b->set);
	intern_unref(g->queue.index, &b->node);
}

void queue_refuse(struct group *g, struct bucket *b)
{
	while (b->head) {
		const struct item it = queue_pop(g, b);

		/* A change of it in the meantime is looked at when the withdrawal has its turn. */
		queue_withdraw(g, it.net);
		if (!bitmap_has(&g->queue.queued, it.net) && bitmap_clear(&g->queue.dirty, it.net))
			queue_net(g, it.net);
		rib_net_unpin(g->e->rib, it.net);
	}
}

void queue_list(const struct queue *q, uint32_t *dst)
{
	uint32_t n = 0;

	for (uint32_t i = bitmap_next(&q->queued, 0); i != UINT32_MAX;
		i = bitmap_next(&q->queued, i + 1))
		dst[n++] = i;
}

void queue_fini(struct group *g)
{
	struct queue *q = &g->queue;
	struct bucket *b;

	while ((b = TAILQ_FIRST(&q->list))) {
		while (b->head)
			rib_net_unpin(g->e->rib, queue_pop(g, b).net);
		queue_drop_empty(g, b);
	}
	intern_free(q->index);
	slab_fini(&q->items);
	bitmap_fini(&q->queued);
	bitmap_fini(&q->dirty);
}
