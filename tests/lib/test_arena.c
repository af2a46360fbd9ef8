/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arena: alignment, no overlap, contents that stay until the reset.
 */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "lib/ds/arena.h"
#include "tests/cu_main.h"

#define BLOCKS 300

static bool is_all(const uint8_t *p, size_t len, uint8_t v)
{
	for (size_t i = 0; i < len; i++) {
		if (p[i] != v)
			return false;
	}
	return true;
}

static void fill_and_check(struct arena *a)
{
	uint8_t *block[BLOCKS];
	size_t size[BLOCKS];
	size_t total = 0;

	for (unsigned i = 0; i < BLOCKS; i++) {
		size[i] = cu_random_below(i % 50 == 0 ? 5000 : 60);
		block[i] = arena_alloc(a, size[i]);
		CU_ASSERT_EQUAL_FATAL((uintptr_t)block[i] % 16, 0);
		memset(block[i], (uint8_t)i, size[i]);
		total += size[i];
	}
	for (unsigned i = 0; i < BLOCKS; i++)
		CU_ASSERT_FATAL(is_all(block[i], size[i], (uint8_t)i));
	CU_ASSERT(arena_used(a) >= total);
}

static void blocks_are_aligned_and_keep_their_bytes(void)
{
	struct arena *a = arena_new(100);

	for (unsigned round = 0; round < 20; round++) {
		fill_and_check(a);
		arena_reset(a);
		CU_ASSERT_EQUAL(arena_used(a), 0);
	}
	arena_free(a);
	arena_free(NULL);
}

static void strings_and_copies_are_copies(void)
{
	struct arena *a = arena_new(0);
	char text[] = "route";
	char *dup = arena_strdup(a, text);
	char *mem = arena_memdup(a, text, 3);
	uint8_t *zero = arena_calloc(a, 10, 10);

	text[0] = 'X';
	CU_ASSERT_STRING_EQUAL(dup, "route");
	CU_ASSERT_EQUAL(memcmp(mem, "rou", 3), 0);
	CU_ASSERT(is_all(zero, 100, 0));
	CU_ASSERT_STRING_EQUAL(arena_printf(a, "%s-%d", dup, 65001), "route-65001");
	arena_free(a);
}

static const struct cu_case cases[] = {
	CU_CASE(blocks_are_aligned_and_keep_their_bytes),
	CU_CASE(strings_and_copies_are_copies),
};
CU_SUITE(arena, cases);
