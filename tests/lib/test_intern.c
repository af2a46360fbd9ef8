/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Interning against an array of reference counts by key. Hashes are cut to few values, so that
 * long probe runs, wraps and shifts happen; hash 0 is among them.
 */
#include <stdlib.h>

#include "lib/base/xalloc.h"
#include "lib/ds/intern.h"
#include "tests/cu_main.h"

#define KEYS 2000

struct word {
	struct intern_node node; /* first */
	uint32_t key;
};

static bool word_equal(const struct intern_node *node, const void *key)
{
	return ((const struct word *)(const void *)node)->key == *(const uint32_t *)key;
}

static struct intern_node *word_create(void *ctx, const void *key)
{
	struct word *w = xcalloc(1, sizeof(*w));

	++*(uint32_t *)ctx;
	w->key = *(const uint32_t *)key;
	return &w->node;
}

static void word_destroy(void *ctx, struct intern_node *node)
{
	--*(uint32_t *)ctx;
	free(node);
}

static const struct intern_ops word_ops = { word_equal, word_create, word_destroy };

static uint32_t cut_hash(uint32_t key, uint32_t n_hashes)
{
	return intern_hash(&key, sizeof(key), 1) % n_hashes;
}

struct model {
	uint32_t refs[KEYS];
	struct intern_node *node[KEYS];
	uint32_t n;
};

static void get_and_compare(struct intern *t, struct model *m, uint32_t key, uint32_t hash)
{
	struct intern_node *node = intern_get(t, hash, &key);

	CU_ASSERT_EQUAL_FATAL(((struct word *)node)->key, key);
	CU_ASSERT_FATAL(!m->refs[key] || node == m->node[key]);
	m->n += !m->refs[key];
	m->node[key] = node;
	m->refs[key]++;
	CU_ASSERT_EQUAL_FATAL(node->refs, m->refs[key]);
}

static void run_model(uint32_t n_hashes)
{
	static struct model m;
	uint32_t n_objects = 0;
	struct intern *t = intern_new(&word_ops, &n_objects);

	for (unsigned step = 0; step < 30000; step++) {
		const uint32_t key = cu_random_below(KEYS);
		const uint32_t hash = cut_hash(key, n_hashes);

		if (cu_random_below(100) < (step / 5000 % 2 ? 30u : 60u)) {
			get_and_compare(t, &m, key, hash);
		} else if (m.refs[key]) {
			intern_unref(t, m.node[key]);
			m.n -= !--m.refs[key];
		}
		CU_ASSERT_EQUAL_FATAL(intern_find(t, hash, &key), m.refs[key] ? m.node[key] : NULL);
		CU_ASSERT_EQUAL_FATAL(intern_count(t), m.n);
		CU_ASSERT_EQUAL_FATAL(n_objects, m.n);
	}
	for (uint32_t key = 0; key < KEYS; key++) {
		for (; m.refs[key]; m.refs[key]--)
			intern_unref(t, m.node[key]);
	}
	CU_ASSERT_EQUAL(n_objects, 0);
	m.n = 0;
	intern_free(t);
}

static void table_agrees_with_counts_by_key(void)
{
	run_model(UINT32_MAX);
}

static void colliding_hashes_change_nothing_but_speed(void)
{
	run_model(50);
}

static void empty_table_gives_its_memory_back(void)
{
	uint32_t n_objects = 0;
	struct intern *t = intern_new(&word_ops, &n_objects);
	const size_t empty = intern_bytes(t);
	static struct intern_node *nodes[50000];

	for (uint32_t i = 0; i < ARRAY_SIZE(nodes); i++)
		nodes[i] = intern_get(t, intern_hash(&i, sizeof(i), 0), &i);
	CU_ASSERT(intern_bytes(t) > 50000 * 12);
	for (uint32_t i = 0; i < ARRAY_SIZE(nodes); i++)
		intern_unref(t, nodes[i]);
	CU_ASSERT_EQUAL(intern_bytes(t), empty);
	intern_free(t);
	intern_free(NULL);
}

static const struct cu_case cases[] = {
	CU_CASE(table_agrees_with_counts_by_key),
	CU_CASE(colliding_hashes_change_nothing_but_speed),
	CU_CASE(empty_table_gives_its_memory_back),
};
CU_SUITE(intern, cases);
