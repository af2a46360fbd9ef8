/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Growable set of small numbers: one bit each. Unset beyond the end.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bitmap {
	uint64_t *w; /* owned */
	uint32_t n_words;
	uint32_t n_set;
};

void bitmap_init(struct bitmap *b);
void bitmap_fini(struct bitmap *b);
static inline bool bitmap_has(const struct bitmap *b, uint32_t i)
{
	return i / 64 < b->n_words && (b->w[i / 64] >> (i % 64) & 1);
}
/** Returns whether the bit was clear before. */
bool bitmap_set(struct bitmap *b, uint32_t i);
/** Returns whether the bit was set before. */
bool bitmap_clear(struct bitmap *b, uint32_t i);
uint32_t bitmap_count(const struct bitmap *b);
/** First set bit >= i, or UINT32_MAX. */
uint32_t bitmap_next(const struct bitmap *b, uint32_t i);
void bitmap_copy(struct bitmap *dst, const struct bitmap *src);
bool bitmap_is_equal(const struct bitmap *a, const struct bitmap *b);
