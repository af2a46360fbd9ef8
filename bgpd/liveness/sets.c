/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Routes hold keys without counting them, in tables of several workers, so nobody can say when a
 * set is not used any more. But few are at a time: which neighbours share the best routes changes
 * when one of them comes or goes. So an instance keeps those that were asked for last, up to a
 * quota, and lets the one go that was not asked for longest. The fib forgets it when no group names
 * it (fib/live/live.c); a route that should still have it, and comes into a group after that, is
 * merely not switched before the worker does it, and has the right key when its net changes next.
 */
#include "bgpd/liveness/sets.h"

#include <stdlib.h>
#include <string.h>

#include "bgpd/engine_int.h"
#include "lib/base/xalloc.h"
#include "lib/ds/intern.h"

#define SET_HASH_SEED 0x7365 /* "se" */

struct live_set {
	struct intern_node node; /* first; one reference, the list's */
	TAILQ_ENTRY(live_set) entry;
	uint32_t key;
	struct live_members members;
};

struct live_sets {
	struct bgp_engine *e;                            /* borrowed */
	struct intern *by_members;                       /* owned */
	TAILQ_HEAD(live_set_list, live_set) by_last_use; /* the latest at the end */
};

static size_t used_bytes(const struct live_members *m)
{
	return offsetof(struct live_members, key) + m->n * sizeof(m->key[0]);
}

static bool set_equal(const struct intern_node *node, const void *key)
{
	const struct live_set *s = (const void *)node; /* first member */
	const struct live_members *m = key;

	return s->members.n == m->n && memcmp(&s->members, m, used_bytes(m)) == 0;
}

static void tell(const struct live_sets *all, const struct live_set *s, bool gone)
{
	const struct bgp_engine *e = all->e;
	const struct bgp_neighbor n = {
		.live_key = s->key,
		.gone = gone,
		.members = gone ? NULL : s->members.key,
		.n_members = gone ? 0 : (uint8_t)s->members.n,
	};

	if (!e->quiet)
		e->ops->neighbor(e->ctx, &n);
}

static struct intern_node *set_create(void *ctx, const void *key)
{
	struct live_set *s = xcalloc(1, sizeof(*s));
	struct live_sets *all = ctx;

	memcpy(&s->members, key, used_bytes(key));
	s->key = all->e->ops->live_key(all->e->ctx);
	TAILQ_INSERT_TAIL(&all->by_last_use, s, entry);
	tell(all, s, false);
	return &s->node;
}

static void set_destroy(void *ctx, struct intern_node *node)
{
	struct live_set *s = container_of(node, struct live_set, node);
	struct live_sets *all = ctx;

	TAILQ_REMOVE(&all->by_last_use, s, entry);
	tell(all, s, true);
	free(s);
}

static const struct intern_ops set_ops = {
	.equal = set_equal,
	.create = set_create,
	.destroy = set_destroy,
};

struct live_sets *live_sets_new(struct bgp_engine *e)
{
	struct live_sets *all = xcalloc(1, sizeof(*all));

	all->e = e;
	all->by_members = intern_new(&set_ops, all);
	TAILQ_INIT(&all->by_last_use);
	return all;
}

static void drop_first(struct live_sets *all)
{
	intern_unref(all->by_members, &TAILQ_FIRST(&all->by_last_use)->node);
}

void live_sets_free(struct live_sets *all)
{
	if (!all)
		return;
	while (!TAILQ_EMPTY(&all->by_last_use))
		drop_first(all);
	intern_free(all->by_members);
	free(all);
}

bool live_members_add(struct live_members *m, uint32_t key)
{
	uint32_t i = m->n;

	while (i && m->key[i - 1] > key)
		i--;
	if (i && m->key[i - 1] == key)
		return true;
	if (m->n == ARRAY_SIZE(m->key))
		return false;
	memmove(&m->key[i + 1], &m->key[i], (m->n - i) * sizeof(m->key[0]));
	m->key[i] = key;
	m->n++;
	return true;
}

uint32_t live_sets_get(struct live_sets *all, const struct live_members *m)
{
	const uint32_t hash = intern_hash(m, used_bytes(m), SET_HASH_SEED);
	struct intern_node *node;
	struct live_set *s;

	if (m->n < 2)
		return m->n ? m->key[0] : 0;
	node = intern_find(all->by_members, hash, m);
	if (!node) {
		if (intern_count(all->by_members) == LIVE_SETS_MAX)
			drop_first(all);
		node = intern_get(all->by_members, hash, m);
	}
	s = container_of(node, struct live_set, node);
	if (s != TAILQ_LAST(&all->by_last_use, live_set_list)) {
		TAILQ_REMOVE(&all->by_last_use, s, entry);
		TAILQ_INSERT_TAIL(&all->by_last_use, s, entry);
	}
	return s->key;
}
