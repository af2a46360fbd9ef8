/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An array of words that grows to the highest bit ever set, by half as much again, and a count
 * that is kept with each change so that "is it empty" costs nothing. Words beyond the end read
 * as zero, hence two bitmaps of different size may be equal.
 */
#include "lib/ds/bitmap.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/xalloc.h"

void bitmap_init(struct bitmap *b)
{
	*b = (struct bitmap){ 0 };
}

void bitmap_fini(struct bitmap *b)
{
	free(b->w);
	bitmap_init(b);
}

static void grow(struct bitmap *b, uint32_t n_words)
{
	const uint32_t step = b->n_words + b->n_words / 2;
	const uint32_t n = n_words > step ? n_words : step;

	b->w = xreallocarray(b->w, n, sizeof(*b->w));
	memset(b->w + b->n_words, 0, (n - b->n_words) * sizeof(*b->w));
	b->n_words = n;
}

bool bitmap_set(struct bitmap *b, uint32_t i)
{
	const uint64_t bit = UINT64_C(1) << (i % 64);

	if (i / 64 >= b->n_words)
		grow(b, i / 64 + 1);
	if (b->w[i / 64] & bit)
		return false;
	b->w[i / 64] |= bit;
	b->n_set++;
	return true;
}

bool bitmap_clear(struct bitmap *b, uint32_t i)
{
	if (!bitmap_has(b, i))
		return false;
	b->w[i / 64] &= ~(UINT64_C(1) << (i % 64));
	b->n_set--;
	return true;
}

uint32_t bitmap_count(const struct bitmap *b)
{
	return b->n_set;
}

uint32_t bitmap_next(const struct bitmap *b, uint32_t i)
{
	uint64_t w;
	uint32_t k = i / 64;

	if (k >= b->n_words)
		return UINT32_MAX;
	w = b->w[k] & UINT64_MAX << (i % 64);
	while (!w) {
		if (++k == b->n_words)
			return UINT32_MAX;
		w = b->w[k];
	}
	return 64 * k + (uint32_t)__builtin_ctzll(w);
}

void bitmap_copy(struct bitmap *dst, const struct bitmap *src)
{
	if (dst == src)
		return;
	if (dst->n_words < src->n_words)
		grow(dst, src->n_words);
	if (src->n_words)
		memcpy(dst->w, src->w, src->n_words * sizeof(*src->w));
	if (dst->n_words > src->n_words)
		memset(dst->w + src->n_words, 0, (dst->n_words - src->n_words) * sizeof(*dst->w));
	dst->n_set = src->n_set;
}

bool bitmap_is_equal(const struct bitmap *a, const struct bitmap *b)
{
	const struct bitmap *shorter = a->n_words < b->n_words ? a : b;

	/* With equal counts the tail of the longer one cannot hide a bit. */
	return a->n_set == b->n_set &&
		(!shorter->n_words || memcmp(a->w, b->w, shorter->n_words * sizeof(*a->w)) == 0);
}
