/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Slab: live objects never overlap, keep their bytes, and come zeroed; the model is the list of
 * live handles, each object filled with its own handle.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/xalloc.h"
#include "lib/ds/slab.h"
#include "tests/cu_main.h"

#define LIVE_MAX    5000
#define OBJECT_SIZE 20

static void fill(struct slab *s, uint32_t h)
{
	uint32_t *words = slab_at(s, h);

	for (unsigned i = 0; i < OBJECT_SIZE / 4; i++)
		words[i] = h;
}

static bool is_filled_with(const struct slab *s, uint32_t h, uint32_t value)
{
	const uint32_t *words = slab_at(s, h);

	for (unsigned i = 0; i < OBJECT_SIZE / 4; i++) {
		if (words[i] != value)
			return false;
	}
	return true;
}

static void objects_live_apart_and_keep_their_bytes(void)
{
	static uint32_t live[LIVE_MAX];
	struct slab s;
	uint32_t n = 0;

	slab_init(&s, OBJECT_SIZE);
	for (unsigned step = 0; step < 60000; step++) {
		const bool grow = cu_random_below(100) < (step / 10000 % 2 ? 30u : 70u);

		if (grow && n < LIVE_MAX) {
			const uint32_t h = slab_alloc(&s);

			CU_ASSERT_FATAL(h != 0 && h <= slab_limit(&s));
			CU_ASSERT_FATAL(is_filled_with(&s, h, 0));
			fill(&s, h);
			live[n++] = h;
		} else if (n) {
			const uint32_t i = cu_random_below(n);

			CU_ASSERT_FATAL(is_filled_with(&s, live[i], live[i]));
			slab_release(&s, live[i]);
			live[i] = live[--n];
		}
		CU_ASSERT_EQUAL_FATAL(slab_count(&s), n);
	}
	while (n) {
		CU_ASSERT_FATAL(is_filled_with(&s, live[n - 1], live[n - 1]));
		slab_release(&s, live[--n]);
	}
	CU_ASSERT_EQUAL(slab_count(&s), 0);
	slab_fini(&s);
}

static void released_handles_are_used_again(void)
{
	struct slab s;
	uint32_t a;
	uint32_t b;

	slab_init(&s, 8);
	a = slab_alloc(&s);
	b = slab_alloc(&s);
	slab_release(&s, a);
	CU_ASSERT_EQUAL(slab_alloc(&s), a);
	CU_ASSERT_EQUAL(slab_limit(&s), b);
	slab_fini(&s);
}

static void chunks_go_back_with_the_last_object(void)
{
	enum {
		N = 40 * SLAB_CHUNK
	};
	struct slab s;

	slab_init(&s, 16);
	for (uint32_t i = 0; i < N; i++)
		CU_ASSERT_FATAL(slab_alloc(&s) == i + 1);
	CU_ASSERT(slab_bytes(&s) >= N * 16u);
	for (uint32_t i = 0; i < N; i++)
		slab_release(&s, i + 1);
	CU_ASSERT(slab_bytes(&s) < 2 * SLAB_CHUNK * 16u);
	for (uint32_t i = 0; i < N; i++)
		CU_ASSERT_FATAL(slab_alloc(&s) == i + 1);
	slab_fini(&s);
}

static void fill_and_empty(struct slab *s, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		CU_ASSERT_FATAL(slab_alloc(s) == i + 1);
	for (uint32_t i = 0; i < n; i++)
		slab_release(s, i + 1);
}

static void a_slab_that_keeps_its_chunks_is_trimmed_after_a_while(void)
{
	const uint32_t n = 300 * SLAB_CHUNK + 5; /* small chunks and a region */
	struct slab s;
	size_t full;
	size_t before;

	slab_init(&s, 48);
	slab_keep(&s);
	fill_and_empty(&s, n);
	full = slab_bytes(&s);
	CU_ASSERT(full >= n * (size_t)48);
	CU_ASSERT(!slab_trim(&s)); /* it may come again */
	fill_and_empty(&s, n);
	CU_ASSERT(!slab_trim(&s)); /* and so it did */
	CU_ASSERT_EQUAL(slab_bytes(&s), full);
	CU_ASSERT(slab_trim(&s));
	before = slab_bytes(&s);
	CU_ASSERT(before < full && before > full / 2);
	CU_ASSERT_EQUAL(slab_alloc(&s), 1);
	CU_ASSERT(!slab_trim(&s)); /* it is used */
	CU_ASSERT_EQUAL(slab_bytes(&s), before);
	slab_release(&s, 1);
	fill_and_empty(&s, n);
	CU_ASSERT(!slab_trim(&s));
	while (slab_trim(&s))
		;
	CU_ASSERT(slab_bytes(&s) < 2 * (SLAB_CHUNK * (size_t)48 + sizeof(void *)));
	fill_and_empty(&s, n);
	CU_ASSERT_EQUAL(slab_bytes(&s), full);
	slab_fini(&s);
}

/* Beyond so many a slab takes chunks in regions; objects stay apart, and all goes back. */
static void objects_of_regions_live_apart_too(void)
{
	static const uint32_t sizes[] = { 8, 20, 48, 752 };

	for (size_t k = 0; k < ARRAY_SIZE(sizes); k++) {
		const uint32_t n = (sizes[k] > 100 ? 70 : 300) * SLAB_CHUNK + 5;
		struct slab s;

		slab_init(&s, sizes[k]);
		for (uint32_t i = 1; i <= n; i++) {
			uint8_t *p;

			CU_ASSERT_FATAL(slab_alloc(&s) == i);
			p = slab_at(&s, i);
			CU_ASSERT_FATAL(p[0] == 0 && p[sizes[k] - 1] == 0);
			memcpy(p, &i, sizeof(i));
			p[sizes[k] - 1] = (uint8_t)i;
		}
		for (uint32_t i = 1; i <= n; i++) {
			const uint8_t *p = slab_at_sized(&s, i, sizes[k]);
			uint32_t was;

			memcpy(&was, p, sizeof(was));
			CU_ASSERT_FATAL(p[sizes[k] - 1] == (uint8_t)i);
			CU_ASSERT_FATAL(was == i);
		}
		for (uint32_t i = 1; i <= n; i++)
			slab_release(&s, i);
		CU_ASSERT(slab_bytes(&s) < 2 * (SLAB_CHUNK * (size_t)sizes[k] + sizeof(void *)));
		slab_fini(&s);
	}
}

static size_t resident(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	unsigned long total = 0;
	unsigned long pages = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	CU_ASSERT_EQUAL(fscanf(f, "%lu %lu", &total, &pages), 2);
	fclose(f);
	return pages * (size_t)sysconf(_SC_PAGESIZE);
}

/* Also what malloc would keep: the second time, and with something behind it on the heap. */
static void regions_go_back_to_the_kernel_each_time(void)
{
	const uint32_t n = 2000 * SLAB_CHUNK; /* 49 MB */
	void *behind[3];
	struct slab s;

	slab_init(&s, 24);
	for (unsigned round = 0; round < ARRAY_SIZE(behind); round++) {
		size_t full;

		for (uint32_t i = 0; i < n; i++)
			CU_ASSERT_FATAL(slab_alloc(&s) == i + 1);
		behind[round] = xmalloc(100000); /* too much for most gaps */
		full = resident();
		for (uint32_t i = 0; i < n; i++)
			slab_release(&s, i + 1);
		CU_ASSERT(resident() + (30 << 20) < full);
	}
	for (unsigned round = 0; round < ARRAY_SIZE(behind); round++)
		free(behind[round]);
	slab_fini(&s);
}

static const struct cu_case cases[] = {
	CU_CASE(regions_go_back_to_the_kernel_each_time),
	CU_CASE(objects_of_regions_live_apart_too),
	CU_CASE(objects_live_apart_and_keep_their_bytes),
	CU_CASE(released_handles_are_used_again),
	CU_CASE(chunks_go_back_with_the_last_object),
	CU_CASE(a_slab_that_keeps_its_chunks_is_trimmed_after_a_while),
};
CU_SUITE(slab, cases);
