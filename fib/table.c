/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables, entries, and the one place where an entry changes: gauges are kept here, by what an entry
 * was of them before a change and what it is after.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "fib/fib_priv.h"
#include "lib/base/xalloc.h"

_Static_assert(sizeof(struct entry) == 16, "a million of these");

static void gauge_add(struct counter *c, int n)
{
	if (n)
		counter_add(c, (uint64_t)(int64_t)n);
}

/* Tables. */

struct table *table_get(const struct fib *f, uint32_t id)
{
	const uint32_t i = id - f->conf.table_base;

	return i < f->conf.table_count ? f->tables[i] : NULL;
}

struct table *table_new(struct fib *f, uint32_t id)
{
	struct table *t = xcalloc(1, sizeof(*t));

	assert(id - f->conf.table_base < f->conf.table_count && !table_get(f, id));
	t->id = id;
	t->life = ++f->lives;
	t->routes[0] = ptable_new(AF_INET);
	t->routes[1] = ptable_new(AF_INET6);
	f->tables[id - f->conf.table_base] = t;
	TAILQ_INSERT_TAIL(&f->table_list, t, entry);
	return t;
}

/* Does the kernel have it the way it is wanted? */
ALWAYS_INLINE bool is_as_wanted(const struct fib *f, const struct entry *e)
{
	return e->want && e->have && e->flags & ENTRY_PRESENT &&
		face_at(&f->groups, e->want)->kg == e->have;
}

bool entry_is_installed(const struct fib *f, const struct entry *e)
{
	return e->flags & ENTRY_COUNTED && is_as_wanted(f, e);
}

/* What of the gauges an entry is. */
struct share {
	bool is_wanted;
	uint8_t flags;          /* STALE, FAILED */
	struct face *installed; /* in whose number it is, or NULL */
};

ALWAYS_INLINE struct share share_of(const struct fib *f, const struct entry *e)
{
	return (struct share){ .is_wanted = e->want != 0,
		.flags = e->flags & (ENTRY_STALE | ENTRY_FAILED),
		.installed = entry_is_installed(f, e) ? face_at(&f->groups, e->want) : NULL };
}

static void flags_counted(struct fib *f, uint8_t was, uint8_t is)
{
	gauge_add(&f->stats.routes_stale, !!(is & ENTRY_STALE) - !!(was & ENTRY_STALE));
	gauge_add(&f->stats.routes_failed, !!(is & ENTRY_FAILED) - !!(was & ENTRY_FAILED));
}

/* The entry has changed; was: its share before. */
ALWAYS_INLINE void count(struct fib *f, struct entry *e, const struct share *was)
{
	struct share is;

	/*
	 * A face may take an adopted group that entries have already; those are not in its number.
	 * It never takes one twice, so the flag with an equal group means: counted.
	 */
	e->flags = (uint8_t)(is_as_wanted(f, e) ? e->flags | ENTRY_COUNTED :
						  e->flags & ~ENTRY_COUNTED);
	is = share_of(f, e);
	if (is.is_wanted != was->is_wanted)
		gauge_add(&f->stats.routes_wanted, is.is_wanted ? 1 : -1);
	if (unlikely(is.flags != was->flags))
		flags_counted(f, was->flags, is.flags);
	if (is.installed == was->installed)
		return;
	if (was->installed)
		was->installed->n_installed--;
	if (is.installed)
		is.installed->n_installed++;
	gauge_add(&f->stats.routes_installed, !!is.installed - !!was->installed);
}

/* Without the gauges. */
ALWAYS_INLINE void put_have(struct fib *f, struct entry *e, bool present, struct kgroup *kg)
{
	struct kgroup *old = e->have ? kgroup_at(&f->objects, e->have) : NULL;

	if (kg)
		kgroup_hold(&f->objects, kg);
	e->have = kg ? kg->h : 0;
	e->flags = (uint8_t)(present ? e->flags | ENTRY_PRESENT : e->flags & ~ENTRY_PRESENT);
	if (old)
		kgroup_put(&f->objects, old);
}

ALWAYS_INLINE void put_state(struct fib *f, struct entry *e, uint8_t flags, uint16_t error)
{
	e->flags = (uint8_t)((e->flags & ~(ENTRY_STALE | ENTRY_FAILED)) | flags);
	if (e->error)
		errtab_release(&f->errors, e->error);
	e->error = error;
}

static void entry_clear(struct fib *f, struct entry *e)
{
	const struct share was = share_of(f, e);
	const uint32_t old = e->want;

	put_have(f, e, false, NULL);
	put_state(f, e, 0, 0);
	e->want = 0;
	count(f, e, &was);
	if (old)
		face_put(&f->groups, old);
}

static bool clear_visit(void *ctx, const struct prefix *pfx, uint32_t h)
{
	struct fib *f = ctx;

	(void)pfx;
	entry_clear(f, entry_at(f, h));
	(void)bitmap_clear(&f->idle, h);
	slab_release(&f->entries, h);
	return true;
}

void table_free(struct fib *f, struct table *t)
{
	for (unsigned i = 0; i < 2; i++) {
		struct prefix key = prefix_any(i ? AF_INET6 : AF_INET);

		(void)ptable_walk(t->routes[i], &key, true, UINT32_MAX, clear_visit, f);
		ptable_free(t->routes[i]);
		gauge_add(&f->stats.foreign, -(int)t->foreign[i]);
	}
	f->tables[t->id - f->conf.table_base] = NULL;
	TAILQ_REMOVE(&f->table_list, t, entry);
	free(t);
}

/* Entries. */

uint32_t entry_find(const struct fib *f, const struct table *t, const struct prefix *pfx)
{
	const uint32_t h = ptable_get(t->routes[family_index(pfx->family)], pfx);

	return h == PTABLE_NONE || entry_is_idle(f, h) ? 0 : h;
}

struct entry *entry_get(const struct fib *f, const struct table *t, const struct prefix *pfx)
{
	const uint32_t h = entry_find(f, t, pfx);

	return h ? entry_at(f, h) : NULL;
}

struct entry *entry_queued(const struct fib *f, const struct fifo_item *item, struct table **t)
{
	*t = table_get(f, item->table);
	/* The table may have gone and come back meanwhile. */
	if (!*t || (*t)->life != item->life)
		return NULL;
	return entry_at(f, item->entry);
}

uint32_t entry_find_or_add(struct fib *f, struct table *t, const struct prefix *pfx)
{
	uint32_t *slot = ptable_slot(t->routes[family_index(pfx->family)], pfx);

	if (*slot == PTABLE_NONE)
		*slot = slab_alloc(&f->entries);
	else
		idle_take(f, t, pfx->family, *slot);
	return *slot;
}

uint32_t entry_add_at(struct fib *f, struct table *t, const struct prefix *pfx,
	const struct ptable_spot *spot)
{
	uint32_t *slot;

	if (spot->value != PTABLE_NONE) {
		idle_take(f, t, pfx->family, spot->value);
		return spot->value;
	}
	slot = ptable_slot_at(t->routes[family_index(pfx->family)], pfx, spot);
	if (*slot == PTABLE_NONE) /* or it came with an order before this one */
		*slot = slab_alloc(&f->entries);
	return *slot;
}

void entry_remove(struct fib *f, struct table *t, uint8_t family, uint32_t h)
{
	struct entry *e = entry_at(f, h);

	assert(!(e->flags & ENTRY_QUEUED)); /* or the queue would name another one */
	entry_clear(f, e);
	*e = (struct entry){ 0 }; /* as a new one is */
	idle_put(f, t, family, h);
}

void entry_set_want(struct fib *f, struct entry *e, uint32_t take_face)
{
	const struct share was = share_of(f, e);
	const uint32_t old = e->want;

	e->want = take_face;
	count(f, e, &was);
	if (old)
		face_put(&f->groups, old);
}

void entry_set_have(struct fib *f, struct entry *e, bool present, struct kgroup *kg)
{
	const struct share was = share_of(f, e);

	put_have(f, e, present, kg);
	count(f, e, &was);
}

void entry_set_state(struct fib *f, struct entry *e, uint8_t flags, uint16_t error)
{
	const struct share was = share_of(f, e);

	put_state(f, e, flags, error);
	count(f, e, &was);
}

void entry_set_written(struct fib *f, struct entry *e, struct kgroup *kg)
{
	const struct share was = share_of(f, e);

	put_have(f, e, true, kg);
	put_state(f, e, 0, 0);
	count(f, e, &was);
}

void entry_settle(struct fib *f, struct entry *e)
{
	const struct share was = share_of(f, e);

	if (!(e->flags & ENTRY_COUNTED) && is_as_wanted(f, e))
		count(f, e, &was);
}

void entry_touch(struct fib *f, struct entry *e)
{
	e->since_ds = (uint32_t)(loop_now(f->loop).us / 100000);
}

bool entry_has_place(const struct fib *f, const struct entry *e)
{
	/* The kernel took the route along when the group went. */
	return e->flags & ENTRY_PRESENT && (!e->have || kgroup_at(&f->objects, e->have)->up);
}

enum entry_plan entry_plan(const struct fib *f, const struct entry *e)
{
	const bool place = entry_has_place(f, e);

	if (!e->want) {
		if (e->flags & ENTRY_STALE)
			return ENTRY_PLAN_NONE;
		return place ? ENTRY_PLAN_DEL : ENTRY_PLAN_REMOVE;
	}
	if (is_as_wanted(f, e))
		return ENTRY_PLAN_NONE;
	/* What cannot be as wanted is not there at all: an old way out may loop. */
	if (!face_at(&f->groups, e->want)->kg)
		return place ? ENTRY_PLAN_DEL : ENTRY_PLAN_NONE;
	return place ? ENTRY_PLAN_REPLACE : ENTRY_PLAN_ADD;
}

/* Queues. */

#define FIFO_ITEMS 511 /* of a block: 16 kB */

struct fifo_block {
	struct fifo_block *next; /* owned */
	struct fifo_item items[FIFO_ITEMS];
};

static void fifo_grow(struct fifo *q)
{
	struct fifo_block *b = xmalloc(sizeof(*b));

	b->next = NULL;
	if (q->last)
		q->last->next = b;
	else
		q->first = b;
	q->last = b;
	q->last_at = 0;
}

void fifo_put_item(struct fifo *q, const struct fifo_item *item)
{
	if (!q->last || q->last_at == FIFO_ITEMS)
		fifo_grow(q);
	q->last->items[q->last_at++] = *item;
	q->n++;
}

void fifo_put(struct fifo *q, uint32_t table, const struct prefix *pfx)
{
	fifo_put_item(q, &(struct fifo_item){ .table = table, .pfx = *pfx });
}

static void fifo_drop_first(struct fifo *q)
{
	struct fifo_block *b = q->first;

	q->first = b->next;
	q->first_at = 0;
	if (!q->first)
		q->last = NULL;
	free(b);
}

bool fifo_take(struct fifo *q, struct fifo_item *item)
{
	if (!q->n)
		return false;
	*item = q->first->items[q->first_at++];
	if (--q->n == 0) { /* the last block stays, for what comes next */
		q->first_at = 0;
		q->last_at = 0;
	} else if (q->first_at == FIFO_ITEMS) {
		fifo_drop_first(q);
	}
	return true;
}

void fifo_fini(struct fifo *q)
{
	while (q->first)
		fifo_drop_first(q);
	*q = (struct fifo){ 0 };
}

/* Walks. */

void walk_start(struct walk *w, struct table *t)
{
	*w = (struct walk){ .table = t,
		.family = AF_INET,
		.inclusive = true,
		.key = prefix_any(AF_INET) };
}

bool walk_step(struct walk *w, uint32_t max,
	bool (*fn)(void *ctx, const struct prefix *pfx, uint32_t h), void *ctx)
{
	const struct ptable *pt = w->table->routes[family_index(w->family)];

	if (ptable_walk(pt, &w->key, w->inclusive, max, fn, ctx) == max) {
		w->inclusive = false;
		return true;
	}
	if (w->family == AF_INET6)
		return false;
	w->family = AF_INET6;
	w->key = prefix_any(AF_INET6);
	w->inclusive = true;
	return true;
}
