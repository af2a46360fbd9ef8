/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers in text, where there are millions of them: a tenth of what printf takes.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define DECIMAL_STRLEN 20 /* of any uint64_t; no NUL */

/** Write v at dst, without a NUL; returns what follows it. */
static inline char *decimal_put(char *dst, uint64_t v)
{
	char text[DECIMAL_STRLEN];
	size_t at = sizeof(text);

	do {
		text[--at] = (char)('0' + v % 10);
		v /= 10;
	} while (v);
	memcpy(dst, text + at, sizeof(text) - at);
	return dst + (sizeof(text) - at);
}
