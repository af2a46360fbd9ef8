/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Invariant: items before lo are before the key, items from hi on are not. The comparison of what
 * is found is left to the caller, who knows what equality means there.
 */
#include "lib/ds/search.h"

uint32_t search_lower(const void *key, const void *base, uint32_t n, size_t size,
	int (*cmp)(const void *key, const void *item))
{
	const char *items = base;
	uint32_t lo = 0;
	uint32_t hi = n;

	while (lo < hi) {
		const uint32_t mid = lo + (hi - lo) / 2;

		if (cmp(key, items + mid * size) > 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}
