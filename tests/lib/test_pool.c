/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pool: objects of all sizes live apart and keep their octets; what one size left behind is used
 * by another. The model is the list of live objects, each filled from its own handle.
 */
#include <stdbool.h>
#include <string.h>

#include "lib/ds/pool.h"
#include "tests/cu_main.h"

#define LIVE_MAX 3000u

struct object {
	uint32_t h;
	uint32_t size;
};

static uint8_t octet_of(const struct object *o)
{
	return (uint8_t)(o->h * 7 + o->size);
}

static bool is_whole(const struct pool *p, const struct object *o)
{
	const uint8_t *b = pool_at(p, o->h);

	return b[0] == octet_of(o) && memcmp(b, b + 1, o->size - 1) == 0;
}

static struct object take(struct pool *p, uint32_t size)
{
	const struct object o = { pool_take(p, size), size };

	CU_ASSERT_NOT_EQUAL_FATAL(o.h, 0);
	CU_ASSERT_PTR_EQUAL_FATAL(pool_of(pool_at(p, o.h)), p);
	CU_ASSERT_EQUAL_FATAL(pool_handle(pool_at(p, o.h)), o.h);
	memset(pool_at(p, o.h), octet_of(&o), size);
	return o;
}

/* Mostly small, as lists are; now and then up to the largest. */
static uint32_t some_size(void)
{
	static const uint32_t below[] = { 64, 64, 64, 300, 300, 9000, 66000 };

	return 1 + cu_random_below(below[cu_random_below(ARRAY_SIZE(below))]);
}

static void objects_live_apart_and_keep_their_octets(void)
{
	static struct object live[LIVE_MAX];
	struct pool *p = pool_new();
	uint32_t n = 0;

	for (unsigned step = 0; step < 60000; step++) {
		const bool grows = cu_random_below(100) < (step / 10000 % 2 ? 30u : 70u);

		if (grows && n < LIVE_MAX) {
			live[n++] = take(p, some_size());
		} else if (n) {
			const uint32_t i = cu_random_below(n);

			CU_ASSERT_FATAL(is_whole(p, &live[i]));
			pool_release(p, live[i].h);
			live[i] = live[--n];
		}
		CU_ASSERT_EQUAL_FATAL(pool_count(p), n);
	}
	while (n) {
		CU_ASSERT_FATAL(is_whole(p, &live[n - 1]));
		pool_release(p, live[--n].h);
	}
	CU_ASSERT_EQUAL(pool_count(p), 0);
	pool_free(p);
	pool_free(NULL);
}

static void every_size_has_room_for_its_octets(void)
{
	static struct object live[2 * 8300];
	struct pool *p = pool_new();
	uint32_t n = 0;

	for (uint32_t size = 1; size <= 8300; size++) {
		live[n++] = take(p, size);
		live[n++] = take(p, size);
	}
	for (uint32_t i = 0; i < n; i++)
		CU_ASSERT_FATAL(is_whole(p, &live[i]));
	/* An eighth, the end of a page, and the page of a class that is not full. */
	CU_ASSERT(pool_bytes(p) < 8300u * 8300u * 3 / 2);
	for (uint32_t i = 0; i < n; i++)
		pool_release(p, live[i].h);
	pool_free(p);
}

/* All that lives is replaced again and again, by objects of another size. */
static void churn_does_not_make_it_grow(void)
{
	static struct object live[LIVE_MAX];
	struct pool *p = pool_new();
	size_t peak = 0;

	for (uint32_t i = 0; i < LIVE_MAX; i++)
		live[i] = take(p, 200);
	for (uint32_t round = 0; round < 200; round++) {
		const uint32_t size = 100 + 4 * (round % 25);

		for (uint32_t i = 0; i < LIVE_MAX; i++) {
			pool_release(p, live[i].h);
			live[i] = take(p, size);
		}
		peak = pool_bytes(p) > peak ? pool_bytes(p) : peak;
	}
	CU_ASSERT(peak < 2u * LIVE_MAX * 200);
	for (uint32_t i = 0; i < LIVE_MAX; i++) {
		CU_ASSERT_TRUE_FATAL(is_whole(p, &live[i]));
		pool_release(p, live[i].h);
	}
	pool_free(p);
}

static void what_a_long_object_left_is_used_by_short_ones(void)
{
	struct pool *p = pool_new();
	const struct object keeps = take(p, 40);
	const struct object lengthy = take(p, 60000);
	const size_t before = pool_bytes(p);
	static struct object live[300];

	pool_release(p, lengthy.h);
	for (uint32_t i = 0; i < ARRAY_SIZE(live); i++)
		live[i] = take(p, 200);
	CU_ASSERT_EQUAL(pool_bytes(p), before);
	for (uint32_t i = 0; i < ARRAY_SIZE(live); i++) {
		CU_ASSERT_TRUE_FATAL(is_whole(p, &live[i]));
		pool_release(p, live[i].h);
	}
	CU_ASSERT_TRUE(is_whole(p, &keeps));
	pool_release(p, keeps.h);
	pool_free(p);
}

static void empty_pool_begins_anew(void)
{
	static struct object live[20000];
	struct pool *p = pool_new();
	const size_t empty = pool_bytes(p);

	for (unsigned round = 0; round < 3; round++) {
		for (uint32_t i = 0; i < ARRAY_SIZE(live); i++)
			live[i] = take(p, 48 + round * 8);
		CU_ASSERT(pool_bytes(p) < ARRAY_SIZE(live) * 66);
		for (uint32_t i = 0; i < ARRAY_SIZE(live); i++) {
			CU_ASSERT_TRUE_FATAL(is_whole(p, &live[i]));
			pool_release(p, live[i].h);
		}
		CU_ASSERT_EQUAL(pool_bytes(p), empty);
	}
	pool_free(p);
}

static const struct cu_case cases[] = {
	CU_CASE(objects_live_apart_and_keep_their_octets),
	CU_CASE(every_size_has_room_for_its_octets),
	CU_CASE(churn_does_not_make_it_grow),
	CU_CASE(what_a_long_object_left_is_used_by_short_ones),
	CU_CASE(empty_pool_begins_anew),
};
CU_SUITE(pool, cases);
