/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Places in sorted arrays, against a walk from the front.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/ds/search.h"
#include "tests/cu_main.h"

static int cmp_int(const void *key, const void *item)
{
	const int a = *(const int *)key;
	const int b = *(const int *)item;

	return (a > b) - (a < b);
}

static void an_empty_array_has_one_place(void)
{
	const int key = 7;

	CU_ASSERT_EQUAL(search_lower(&key, NULL, 0, sizeof(int), cmp_int), 0);
}

static void the_first_of_equal_items_is_found(void)
{
	static const int v[] = { 1, 3, 3, 3, 9 };
	const int keys[] = { 0, 1, 2, 3, 4, 9, 10 };
	const uint32_t at[] = { 0, 0, 1, 1, 4, 4, 5 };

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		CU_ASSERT_EQUAL(search_lower(&keys[i], v, ARRAY_SIZE(v), sizeof(v[0]), cmp_int),
			at[i]);
}

static void random_inserts_keep_the_array_sorted(void)
{
	int v[200];
	uint32_t n = 0;

	while (n < ARRAY_SIZE(v)) {
		const int key = (int)cu_random_below(100);
		const uint32_t at = search_lower(&key, v, n, sizeof(v[0]), cmp_int);
		uint32_t naive = 0;

		while (naive < n && v[naive] < key)
			naive++;
		CU_ASSERT_EQUAL_FATAL(at, naive);
		memmove(&v[at + 1], &v[at], (n - at) * sizeof(v[0]));
		v[at] = key;
		n++;
	}
}

static const struct cu_case search_cases[] = {
	CU_CASE(an_empty_array_has_one_place),
	CU_CASE(the_first_of_equal_items_is_found),
	CU_CASE(random_inserts_keep_the_array_sorted),
};
CU_SUITE(search, search_cases);
