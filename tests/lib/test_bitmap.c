/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bitmap against an array of bool.
 */
#include "lib/ds/bitmap.h"
#include "tests/cu_main.h"

#define BITS 700

static uint32_t naive_next(const bool *m, uint32_t i)
{
	while (i < BITS && !m[i])
		i++;
	return i < BITS ? i : UINT32_MAX;
}

static void bitmap_agrees_with_array_of_bool(void)
{
	bool m[BITS] = { false };
	struct bitmap b;
	uint32_t n = 0;

	bitmap_init(&b);
	for (unsigned step = 0; step < 20000; step++) {
		const uint32_t i = cu_random_below(BITS);

		if (cu_random_below(20) < (step / 1000 % 2 ? 5u : 15u)) {
			CU_ASSERT_EQUAL_FATAL(bitmap_set(&b, i), !m[i]);
			n += !m[i];
			m[i] = true;
		} else {
			CU_ASSERT_EQUAL_FATAL(bitmap_clear(&b, i), m[i]);
			n -= m[i];
			m[i] = false;
		}
		CU_ASSERT_EQUAL_FATAL(bitmap_count(&b), n);
		CU_ASSERT_EQUAL_FATAL(bitmap_next(&b, i), naive_next(m, i));
		CU_ASSERT_EQUAL_FATAL(bitmap_has(&b, i), m[i]);
	}
	bitmap_fini(&b);
}

static void beyond_the_end_all_is_clear(void)
{
	struct bitmap b;

	bitmap_init(&b);
	CU_ASSERT_FALSE(bitmap_has(&b, UINT32_MAX));
	CU_ASSERT_FALSE(bitmap_clear(&b, 1000));
	CU_ASSERT_EQUAL(bitmap_next(&b, 0), UINT32_MAX);
	CU_ASSERT(bitmap_set(&b, 63));
	CU_ASSERT_EQUAL(bitmap_next(&b, 64), UINT32_MAX);
	CU_ASSERT_EQUAL(bitmap_next(&b, UINT32_MAX), UINT32_MAX);
	bitmap_fini(&b);
}

static void equality_ignores_the_size_of_the_arrays(void)
{
	struct bitmap a;
	struct bitmap b;

	bitmap_init(&a);
	bitmap_init(&b);
	CU_ASSERT(bitmap_is_equal(&a, &b));
	bitmap_set(&a, 5);
	bitmap_set(&b, 5);
	bitmap_set(&b, 5000);
	CU_ASSERT_FALSE(bitmap_is_equal(&a, &b));
	bitmap_clear(&b, 5000);
	CU_ASSERT(bitmap_is_equal(&a, &b));
	CU_ASSERT(bitmap_is_equal(&b, &a));
	bitmap_set(&b, 4000);
	bitmap_copy(&b, &a);
	CU_ASSERT(bitmap_is_equal(&a, &b));
	CU_ASSERT_FALSE(bitmap_has(&b, 4000));
	bitmap_set(&b, 6);
	bitmap_clear(&b, 5);
	CU_ASSERT_FALSE(bitmap_is_equal(&a, &b));
	bitmap_fini(&a);
	bitmap_fini(&b);
}

static const struct cu_case cases[] = {
	CU_CASE(bitmap_agrees_with_array_of_bool),
	CU_CASE(beyond_the_end_all_is_clear),
	CU_CASE(equality_ignores_the_size_of_the_arrays),
};
CU_SUITE(bitmap, cases);
