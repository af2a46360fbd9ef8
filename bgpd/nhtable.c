/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An intern table of groups whose objects live in a slab: the handle is the id. The id of a
 * group that was let go stays taken until the ring has accepted the withdrawal, so that no
 * number ever means two groups on the way to the fib; the same group wanted again meanwhile
 * simply gets another id.
 */
#include "bgpd/nhtable.h"

#include <stdlib.h>

#include "lib/base/xalloc.h"
#include "lib/ds/intern.h"
#include "lib/ds/slab.h"

struct group {
	struct intern_node node; /* first */
	uint32_t gid;
	bool is_live;
	struct nhgroup g;
};

struct nhtable {
	const struct nhtable_ops *ops;
	void *ctx;
	struct intern *groups; /* owned */
	struct slab slab;
	uint32_t *dead; /* owned: ids whose withdrawal waits for the ring */
	uint32_t n_dead;
	uint32_t cap_dead;
	bool is_closing;
};

struct key {
	const struct nhgroup *g;
	uint32_t gid; /* for create */
};

static struct group *group_at(const struct nhtable *t, uint32_t gid)
{
	return slab_at(&t->slab, gid);
}

static bool group_equal(const struct intern_node *node, const void *key)
{
	const struct group *gr = (const void *)node;
	const struct key *k = key;

	return nhgroup_is_equal(&gr->g, k->g);
}

static struct intern_node *group_create(void *ctx, const void *key)
{
	struct nhtable *t = ctx;
	const struct key *k = key;
	struct group *gr = group_at(t, k->gid);

	gr->gid = k->gid;
	gr->g = *k->g;
	gr->is_live = true;
	return &gr->node;
}

static void bury(struct nhtable *t, uint32_t gid)
{
	if (t->n_dead == t->cap_dead) {
		t->cap_dead = t->cap_dead ? 2 * t->cap_dead : 16;
		t->dead = xreallocarray(t->dead, t->cap_dead, sizeof(*t->dead));
	}
	t->dead[t->n_dead++] = gid;
}

static void group_destroy(void *ctx, struct intern_node *node)
{
	struct nhtable *t = ctx;
	struct group *gr = container_of(node, struct group, node);

	gr->is_live = false;
	if (t->is_closing)
		return;
	if (t->n_dead == 0 && t->ops->group(t->ctx, gr->gid, NULL) == 0)
		slab_release(&t->slab, gr->gid);
	else
		bury(t, gr->gid);
}

static const struct intern_ops group_ops = {
	.equal = group_equal,
	.create = group_create,
	.destroy = group_destroy,
};

struct nhtable *nhtable_new(const struct nhtable_ops *ops, void *ctx)
{
	struct nhtable *t = xcalloc(1, sizeof(*t));

	t->ops = ops;
	t->ctx = ctx;
	t->groups = intern_new(&group_ops, t);
	slab_init(&t->slab, sizeof(struct group));
	return t;
}

void nhtable_free(struct nhtable *t)
{
	if (!t)
		return;
	/* Kernel routes stay when the process ends: what still stands is let go without a word. */
	t->is_closing = true;
	for (uint32_t gid = 1; gid <= slab_limit(&t->slab); gid++) {
		struct group *gr = group_at(t, gid);

		while (gr->is_live)
			intern_unref(t->groups, &gr->node);
	}
	intern_free(t->groups);
	slab_fini(&t->slab);
	free(t->dead);
	free(t);
}

uint32_t nhtable_get(struct nhtable *t, const struct nhgroup *g)
{
	struct key k = { .g = g };
	const uint32_t hash = nhgroup_hash(g);
	struct intern_node *n = intern_find(t->groups, hash, &k);
	struct group *gr;

	if (n) {
		intern_ref(n);
		return container_of(n, struct group, node)->gid;
	}
	k.gid = slab_alloc(&t->slab);
	gr = group_at(t, k.gid);
	gr->is_live = false;
	if (t->ops->group(t->ctx, k.gid, g) < 0) {
		slab_release(&t->slab, k.gid);
		return 0;
	}
	n = intern_get(t->groups, hash, &k);
	return container_of(n, struct group, node)->gid;
}

void nhtable_ref(struct nhtable *t, uint32_t gid)
{
	intern_ref(&group_at(t, gid)->node);
}

void nhtable_release(struct nhtable *t, uint32_t gid)
{
	intern_unref(t->groups, &group_at(t, gid)->node);
}

const struct nhgroup *nhtable_group(const struct nhtable *t, uint32_t gid)
{
	return &group_at(t, gid)->g;
}

void nhtable_retry(struct nhtable *t)
{
	uint32_t n = 0;

	while (n < t->n_dead && t->ops->group(t->ctx, t->dead[n], NULL) == 0)
		slab_release(&t->slab, t->dead[n++]);
	t->n_dead -= n;
	for (uint32_t i = 0; n && i < t->n_dead; i++)
		t->dead[i] = t->dead[i + n];
}

uint32_t nhtable_count(const struct nhtable *t)
{
	return intern_count(t->groups);
}
