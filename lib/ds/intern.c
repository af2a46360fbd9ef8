/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Linear probing over two parallel arrays, hashes and nodes: a probe compares 4-byte hashes
 * that lie side by side (16 a cache line) and touches an object only when the whole hash
 * agrees. Deletion shifts the run back instead of leaving tombstones, so a table that churns
 * for months stays as fast as a new one. At most 3/4 full; halves when below 1/8.
 *
 * Hash 0 marks an empty slot; a key that hashes to 0 is kept under 1 (see slot_hash).
 */
#include "lib/ds/intern.h"

#include <assert.h>
#include <stdlib.h>
#include <xxhash.h>

#include "lib/base/xalloc.h"

#define INTERN_MIN_CAP 64 /* power of two */

struct intern {
	const struct intern_ops *ops;
	void *ctx;
	uint32_t *hashes;           /* owned; 0 = empty */
	struct intern_node **nodes; /* owned array; the objects belong to their references */
	uint32_t cap;
	uint32_t n;
};

static uint32_t slot_hash(uint32_t hash)
{
	return hash ? hash : 1;
}

static void set_arrays(struct intern *t, uint32_t cap)
{
	t->cap = cap;
	t->hashes = xcalloc(cap, sizeof(*t->hashes));
	t->nodes = xcalloc(cap, sizeof(struct intern_node *));
}

struct intern *intern_new(const struct intern_ops *ops, void *ctx)
{
	struct intern *t = xcalloc(1, sizeof(*t));

	t->ops = ops;
	t->ctx = ctx;
	set_arrays(t, INTERN_MIN_CAP);
	return t;
}

void intern_free(struct intern *t)
{
	if (!t)
		return;
	assert(t->n == 0);
	free(t->hashes);
	free(t->nodes);
	free(t);
}

/* By the hash in hand: a table that grows need not touch its objects. */
static void place(struct intern *t, uint32_t slot_hash_of_node, struct intern_node *node)
{
	const uint32_t mask = t->cap - 1;
	uint32_t i = slot_hash_of_node & mask;

	while (t->hashes[i])
		i = (i + 1) & mask;
	t->hashes[i] = slot_hash_of_node;
	t->nodes[i] = node;
}

static void resize(struct intern *t, uint32_t cap)
{
	const uint32_t old_cap = t->cap;
	uint32_t *old_hashes = t->hashes;
	struct intern_node **old_nodes = t->nodes;

	set_arrays(t, cap);
	for (uint32_t i = 0; i < old_cap; i++) {
		if (old_hashes[i])
			place(t, old_hashes[i], old_nodes[i]);
	}
	free(old_hashes);
	free(old_nodes);
}

void intern_expect(const struct intern *t, uint32_t hash)
{
	const uint32_t i = slot_hash(hash) & (t->cap - 1);

	prefetch(&t->hashes[i]);
	prefetch(&t->nodes[i]);
}

struct intern_node *intern_find(const struct intern *t, uint32_t hash, const void *key)
{
	const uint32_t mask = t->cap - 1;
	const uint32_t h = slot_hash(hash);

	for (uint32_t i = h & mask; t->hashes[i]; i = (i + 1) & mask) {
		if (t->hashes[i] == h && t->ops->equal(t->nodes[i], key))
			return t->nodes[i];
	}
	return NULL;
}

struct intern_node *intern_get(struct intern *t, uint32_t hash, const void *key)
{
	struct intern_node *node = intern_find(t, hash, key);

	if (node) {
		node->refs++;
		return node;
	}
	/* create may intern parts of itself, even here: look for a slot only afterwards. */
	node = t->ops->create(t->ctx, key);
	node->hash = hash;
	node->refs = 1;
	if (t->n + 1 > t->cap / 4 * 3)
		resize(t, 2 * t->cap);
	place(t, slot_hash(hash), node);
	t->n++;
	return node;
}

static uint32_t slot_of(const struct intern *t, const struct intern_node *node)
{
	const uint32_t mask = t->cap - 1;
	uint32_t i = slot_hash(node->hash) & mask;

	while (t->nodes[i] != node) {
		assert(t->hashes[i]); /* not in this table */
		i = (i + 1) & mask;
	}
	return i;
}

/* Close the hole at i: move back every later slot of the run that may stand there. */
static void shift_back(struct intern *t, uint32_t hole)
{
	const uint32_t mask = t->cap - 1;

	for (uint32_t i = (hole + 1) & mask; t->hashes[i]; i = (i + 1) & mask) {
		const uint32_t home = t->hashes[i] & mask;

		/* It may move unless its home lies behind the hole, cyclically in (hole, i]. */
		if (((i - home) & mask) < ((i - hole) & mask))
			continue;
		t->hashes[hole] = t->hashes[i];
		t->nodes[hole] = t->nodes[i];
		hole = i;
	}
	t->hashes[hole] = 0;
	t->nodes[hole] = NULL;
}

void intern_unref(struct intern *t, struct intern_node *node)
{
	assert(node->refs > 0);
	if (--node->refs)
		return;
	shift_back(t, slot_of(t, node));
	t->n--;
	if (t->cap > INTERN_MIN_CAP && t->n < t->cap / 8)
		resize(t, t->cap / 2);
	/* destroy may drop references into this table: the table is whole again by now. */
	t->ops->destroy(t->ctx, node);
}

uint32_t intern_count(const struct intern *t)
{
	return t->n;
}

size_t intern_bytes(const struct intern *t)
{
	return sizeof(*t) + (size_t)t->cap * (sizeof(*t->hashes) + sizeof(struct intern_node *));
}

uint32_t intern_hash(const void *p, size_t len, uint32_t seed)
{
	return (uint32_t)XXH3_64bits_withSeed(p, len, seed);
}
