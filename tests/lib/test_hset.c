/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A set of handles against an array of who is in it. A handle is its object's key too; the objects
 * themselves, which a set that grows fetches, are not read. Few hashes make all of them collide.
 */
#include "lib/ds/hset.h"
#include "lib/ds/intern.h"
#include "lib/ds/pool.h"
#include "tests/cu_main.h"

#define KEYS 4000u

struct world {
	struct pool *pool;
	uint32_t n_hashes;
	uint32_t *n_asked; /* hashes that the set asked for; may be NULL */
	bool in[KEYS + 1];
	uint32_t n;
};

static uint32_t hash_of(const void *ctx, uint32_t handle)
{
	const struct world *w = ctx;
	const uint32_t hash = intern_hash(&handle, sizeof(handle), 5);

	return w->n_hashes ? hash % w->n_hashes : hash;
}

static uint32_t asked_hash(const void *ctx, uint32_t handle)
{
	const struct world *w = ctx;

	if (w->n_asked)
		++*w->n_asked;
	return hash_of(ctx, handle);
}

static bool is_key(const void *ctx UNUSED, uint32_t handle, const void *key)
{
	return handle == *(const uint32_t *)key;
}

static const struct hset_ops ops = { .equal = is_key, .hash = asked_hash };

static void check_all(const struct hset *s, const struct world *w)
{
	for (uint32_t h = 1; h <= KEYS; h++)
		CU_ASSERT_EQUAL_FATAL(hset_find(s, hash_of(w, h), &h), w->in[h] ? h : 0);
}

static void step(struct hset *s, struct world *w, bool grows)
{
	const uint32_t h = 1 + cu_random_below(KEYS);

	if (grows && !w->in[h])
		hset_add(s, hash_of(w, h), h);
	else if (!grows && w->in[h])
		hset_del(s, hash_of(w, h), h);
	w->n += grows && !w->in[h];
	w->n -= !grows && w->in[h];
	w->in[h] = grows;
	CU_ASSERT_EQUAL_FATAL(hset_find(s, hash_of(w, h), &h), grows ? h : 0);
	CU_ASSERT_EQUAL_FATAL(hset_count(s), w->n);
}

static void run_model(uint32_t n_hashes)
{
	struct world w = { .pool = pool_new(), .n_hashes = n_hashes };
	struct hset s;

	hset_init(&s, &ops, &w, w.pool);
	for (unsigned i = 0; i < 40000; i++) {
		step(&s, &w, cu_random_below(100) < (i / 8000 % 2 ? 20u : 80u));
		if (i % 8000 == 4000 || i % 8000 == 7999)
			check_all(&s, &w);
	}
	for (uint32_t h = 1; h <= KEYS; h++) {
		if (w.in[h])
			hset_del(&s, hash_of(&w, h), h);
		w.in[h] = false;
	}
	CU_ASSERT_EQUAL(hset_count(&s), 0);
	check_all(&s, &w);
	hset_fini(&s);
	pool_free(w.pool);
}

static void set_agrees_with_an_array(void)
{
	run_model(0);
}

static void colliding_hashes_change_nothing_but_speed(void)
{
	run_model(30);
	run_model(1);
}

/* What came and went by way of each bucket must not lead a search round for ever. */
static void a_small_set_that_churns_at_its_limit_answers(void)
{
	struct world w = { .pool = pool_new() };
	struct hset s;
	uint32_t live[80];

	hset_init(&s, &ops, &w, w.pool);
	for (uint32_t i = 0; i < ARRAY_SIZE(live); i++) {
		live[i] = i + 1;
		hset_add(&s, hash_of(&w, live[i]), live[i]);
	}
	for (uint32_t h = ARRAY_SIZE(live) + 1; h < 20000; h++) {
		const uint32_t i = cu_random_below(ARRAY_SIZE(live));

		hset_del(&s, hash_of(&w, live[i]), live[i]);
		CU_ASSERT_EQUAL_FATAL(hset_find(&s, hash_of(&w, live[i]), &live[i]), 0);
		live[i] = h;
		hset_add(&s, hash_of(&w, h), h);
	}
	CU_ASSERT_EQUAL(hset_bytes(&s), 8 * 64);
	for (uint32_t i = 0; i < ARRAY_SIZE(live); i++)
		CU_ASSERT_EQUAL(hset_find(&s, hash_of(&w, live[i]), &live[i]), live[i]);
	hset_fini(&s);
	pool_free(w.pool);
}

static void empty_set_gives_its_memory_back(void)
{
	struct world w = { .pool = pool_new() };
	struct hset s;
	size_t empty;

	hset_init(&s, &ops, &w, w.pool);
	empty = hset_bytes(&s);
	for (uint32_t h = 1; h <= 50000; h++)
		hset_add(&s, hash_of(&w, h), h);
	CU_ASSERT(hset_bytes(&s) <= 50000 * 10);
	for (uint32_t h = 1; h <= 50000; h++)
		hset_del(&s, hash_of(&w, h), h);
	CU_ASSERT_EQUAL(hset_bytes(&s), empty);
	hset_fini(&s);
	pool_free(w.pool);
}

static void no_call_takes_long_however_large_the_set(void)
{
	uint32_t n_asked = 0;
	uint32_t most = 0;
	uint32_t all = 0;
	struct world w = { .pool = pool_new(), .n_asked = &n_asked };
	struct hset s;

	hset_init(&s, &ops, &w, w.pool);
	for (uint32_t h = 1; h <= 100000; h++) {
		const uint32_t before = n_asked;

		if (h <= 50000)
			hset_add(&s, hash_of(&w, h), h);
		else
			hset_del(&s, hash_of(&w, h - 50000), h - 50000);
		most = n_asked - before > most ? n_asked - before : most;
	}
	all = n_asked;
	CU_ASSERT(most > 0);
	CU_ASSERT(most <= 2 * 12);
	CU_ASSERT(all >= 50000); /* it did grow */
	hset_fini(&s);
	pool_free(w.pool);
}

static const struct cu_case cases[] = {
	CU_CASE(set_agrees_with_an_array),
	CU_CASE(colliding_hashes_change_nothing_but_speed),
	CU_CASE(a_small_set_that_churns_at_its_limit_answers),
	CU_CASE(no_call_takes_long_however_large_the_set),
	CU_CASE(empty_set_gives_its_memory_back),
};
CU_SUITE(hset, cases);
