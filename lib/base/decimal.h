/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers in text, where there are millions of them: a tenth of what printf takes.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define DECIMAL_STRLEN 20 /* of any uint64_t; no NUL */

/** Write v at dst, without a NUL; returns what follows it. */
static inline char *decimal_put(char *dst, uint64_t v)
{
	unsigned n = 1;

	/* The length first, so that digits are written where they stay: most numbers are short. */
	for (uint64_t above = 10; v >= above; above *= 10) {
		if (++n == DECIMAL_STRLEN)
			break; /* the next power of ten is no uint64_t */
	}
	for (char *p = dst + n; p > dst; v /= 10)
		*--p = (char)('0' + v % 10);
	return dst + n;
}
