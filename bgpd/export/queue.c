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

#include "bgpd/export/say.h"
#include "lib/base/xalloc.h"
#include "lib/ds/arena.h"

static bool bucket_equal(const struct intern_node *node, const void *key)
{
	const struct bucket *b = (const void *)node;

	return statement_is_equal(&b->say, key);
}

static struct intern_node *bucket_create(void *ctx, const void *key)
{
	const struct statement *s = key;
	struct queue *q = ctx;
	struct bucket *b = xcalloc(1, sizeof(*b));

	b->say = *s;
	if (s->set)
		(void)attrs_ref(s->set);
	TAILQ_INSERT_TAIL(&q->list, b, entry);
	return &b->node;
}

static void bucket_destroy(void *ctx, struct intern_node *node)
{
	struct bucket *b = container_of(node, struct bucket, node);
	struct queue *q = ctx;

	if (q->last == b)
		q->last = NULL;
	TAILQ_REMOVE(&q->list, b, entry);
	free(b);
}

static const struct intern_ops bucket_ops = {
	.equal = bucket_equal,
	.create = bucket_create,
	.destroy = bucket_destroy,
};

void queue_init(struct group *g)
{
	struct queue *q = &g->queue;

	q->index = intern_new(&bucket_ops, q);
	TAILQ_INIT(&q->list);
	slab_init(&q->items, g->is_multi ? sizeof(struct path_item) : sizeof(struct item));
	bitmap_init(&q->queued);
	bitmap_init(&q->dirty);
}

/* Mostly it is said of many nets one after the other, as when a neighbour withdraws them. */
static struct bucket *bucket_for(struct queue *q, const struct statement *s)
{
	uint32_t hash;
	struct intern_node *n;

	if (q->last && bucket_equal(&q->last->node, s))
		return q->last;
	hash = intern_hash(s, sizeof(*s), 0);
	n = intern_find(q->index, hash, s);
	q->last = (void *)(n ? n : intern_get(q->index, hash, s));
	return q->last;
}

static uint32_t bucket_add(struct group *g, struct bucket *b, const struct item *it, uint32_t said)
{
	struct queue *q = &g->queue;
	const uint32_t h = slab_take(&q->items);

	*(struct item *)slab_at(&q->items, h) = *it;
	if (g->is_multi)
		((struct path_item *)slab_at(&q->items, h))->said = said;
	if (b->tail)
		((struct item *)slab_at(&q->items, b->tail))->next = h;
	else
		b->head = h;
	b->tail = h;
	q->n++;
	if (bitmap_set(&q->queued, it->net))
		rib_net_pin(g->e->rib, it->net);
	return h;
}

uint32_t queue_add(struct group *g, const struct item *it, uint32_t said, const struct statement *s)
{
	return bucket_add(g, bucket_for(&g->queue, s), it, said);
}

static void add_net(struct group *g, uint32_t net, uint32_t tag, struct bucket *b)
{
	(void)bucket_add(g, b, &(struct item){ .net = net, .tag = tag }, 0);
}

void queue_statement(struct statement *s, struct attrs *set, uint16_t from)
{
	memset(s, 0, sizeof(*s));
	s->set = set;
	s->from = from;
}

/* With others of the slice, if it is said to all. */
static void say(struct group *g, uint32_t net, uint32_t tag, const struct statement *s)
{
	if (g->queue.is_pulling && !s->only)
		run_say(g, net, tag, s);
	else
		add_net(g, net, tag, bucket_for(&g->queue, s));
}

void queue_add_run(struct group *g, const struct run *run, uint32_t first)
{
	struct bucket *b = first < run->n ? bucket_for(&g->queue, &run->say) : NULL;

	for (uint32_t i = first; i < run->n; i++)
		add_net(g, run->nets[i], run->tag, b);
}

void queue_withdraw(struct group *g, uint32_t net)
{
	struct statement s;
	uint16_t was;

	if (!told_get(g, net, &was))
		return;
	queue_statement(&s, NULL, was);
	say(g, net, 0, &s);
}

/* An ORIGINATOR_ID of ours names the source. */
bool queue_is_as_told(const struct group *g, const struct outcome *o, uint32_t tag, uint16_t from)
{
	if (tag != told_tag(o))
		return false;
	if (from != from_of(o->source) && outcome_way(o, &g->key).originator)
		return false;
	if (!g->refreshing)
		return true;
	return g->before && outcome_is_as_before(o, g->e->rib, &g->key, g->before, g->e->eval);
}

static void queue_announce(struct group *g, uint32_t net, const struct outcome *o)
{
	const uint32_t tag = told_tag(o);
	const uint16_t from = from_of(o->source);
	struct attrs_table *at = rib_attrs(g->e->rib);
	struct statement s;
	struct attrs *set;
	uint16_t was;
	const uint32_t was_tag = told_get(g, net, &was);
	const bool is_same = queue_is_as_told(g, o, was_tag, was);

	if (is_same && was == from)
		return;
	if (is_same && !group_member(g, was) && !group_member(g, from)) {
		told_set(g, net, tag, from);
		return;
	}
	set = outcome_set(o, at);
	queue_statement(&s, set, from);
	s.only = is_same ? was : 0;
	s.way = outcome_way(o, &g->key);
	say(g, net, tag, &s);
	attrs_unref(at, set);
	if (!is_same)
		run_remember(g, o, true);
}

void queue_look(struct group *g, uint32_t net)
{
	struct outcome o;

	if (g->is_multi) {
		multi_look(g, net);
		return;
	}
	if (!rib_net(g->e->rib, net)->paths) {
		queue_withdraw(g, net);
		return;
	}
	arena_reset(g->e->eval);
	outcome_find(&o, g->e->rib, &g->key, net, g->e->eval);
	if (o.path) {
		queue_announce(g, net, &o);
		return;
	}
	queue_withdraw(g, net);
	run_remember(g, &o, false);
}

void queue_net(struct group *g, uint32_t net)
{
	if (bitmap_has(&g->queue.queued, net))
		bitmap_set(&g->queue.dirty, net);
	else
		queue_look(g, net);
}

/*
 * Take the first item out of a bucket that is not empty. Returns whether nothing else of its net
 * waits: then the net's pin is the caller's.
 */
static bool pop(struct group *g, struct bucket *b, struct path_item *out)
{
	struct queue *q = &g->queue;
	const uint32_t h = b->head;
	const struct item *it = slab_at(&q->items, h);

	out->item = *it;
	out->said = g->is_multi ? ((const struct path_item *)it)->said : 0;
	b->head = it->next;
	if (!b->head)
		b->tail = 0;
	slab_release(&q->items, h);
	q->n--;
	if (!out->item.net || (g->is_multi && !multi_popped(g, out->item.net, out->said)))
		return false;
	bitmap_clear(&q->queued, out->item.net);
	return true;
}

/* What else of the net waits becomes void with the first item, so its pin is ours in any case. */
static void look_again(struct group *g, struct bucket *b)
{
	struct path_item it;

	(void)pop(g, b, &it);
	if (!it.item.net)
		return;
	bitmap_clear(&g->queue.queued, it.item.net);
	bitmap_clear(&g->queue.dirty, it.item.net);
	if (g->is_multi)
		multi_look_again(g, it.item.net);
	else
		queue_look(g, it.item.net);
	rib_net_unpin(g->e->rib, it.item.net);
}

uint32_t queue_expect(const struct group *g, uint32_t item, uint32_t n)
{
	for (; item && n; n--) {
		const struct item *it = slab_at(&g->queue.items, item);

		prefetch(rib_net(g->e->rib, it->net));
		item = it->next;
	}
	return item;
}

bool queue_due(struct group *g, struct bucket *b, uint32_t *net, uint32_t *id)
{
	const struct item *it = slab_at(&g->queue.items, b->head);

	if (!it->net || bitmap_has(&g->queue.dirty, it->net)) {
		look_again(g, b);
		return false;
	}
	*net = it->net;
	*id = g->is_multi ? multi_id(g, ((const struct path_item *)it)->said) : 0;
	return true;
}

void queue_let_go(struct group *g)
{
	struct queue *q = &g->queue;

	rib_nets_unpin(g->e->rib, q->said, q->n_said);
	q->n_said = 0;
}

static void let_go_later(struct group *g, uint32_t net)
{
	struct queue *q = &g->queue;

	q->said[q->n_said++] = net;
	if (q->n_said == PTABLE_MANY)
		queue_let_go(g);
}

static bool net_said(struct group *g, const struct bucket *b, const struct item *it)
{
	uint16_t was;
	const bool forget = it->tag && told_get(g, it->net, &was) && was != b->say.from &&
		group_member(g, b->say.from);

	told_set(g, it->net, it->tag, b->say.from);
	return forget;
}

bool queue_said(struct group *g, struct bucket *b)
{
	struct path_item it;
	const bool is_last = pop(g, b, &it);
	const bool forget = g->is_multi ?
		multi_said(g, it.said, it.item.net, it.item.tag, b->say.from) :
		net_said(g, b, &it.item);

	if (is_last)
		let_go_later(g, it.item.net);
	return forget;
}

void queue_drop_empty(struct group *g, struct bucket *b)
{
	if (b->head)
		return;
	attrs_unref(rib_attrs(g->e->rib), b->say.set);
	intern_unref(g->queue.index, &b->node);
}

void queue_refuse(struct group *g, struct bucket *b)
{
	while (b->head) {
		struct path_item it;
		const bool is_last = pop(g, b, &it);
		const uint32_t net = it.item.net;

		if (!net)
			continue;
		if (g->is_multi)
			multi_refused(g, it.said, net);
		else
			queue_withdraw(g, net);
		/* A change of it in the meantime is looked at when the withdrawal has its turn. */
		if (!bitmap_has(&g->queue.queued, net) && bitmap_clear(&g->queue.dirty, net))
			queue_net(g, net);
		if (is_last)
			rib_net_unpin(g->e->rib, net);
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
		while (b->head) {
			struct path_item it;

			if (pop(g, b, &it))
				rib_net_unpin(g->e->rib, it.item.net);
		}
		queue_drop_empty(g, b);
	}
	intern_free(q->index);
	slab_fini(&q->items);
	bitmap_fini(&q->queued);
	bitmap_fini(&q->dirty);
}
