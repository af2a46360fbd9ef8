/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A node of a prefix table: which of its 511 places hold a value, and which of its 256 bytes have a
 * child. Private to ptable.c, which descends and walks, ptable_sweep.c, and ptable_node.c, which
 * changes nodes.
 *
 * Small nodes, nearly all of them, are one allocation: this header, sorted places, sorted bytes,
 * values, children. Large ones have bit sets with a directory of counts before each word, so that a
 * rank is one popcount, and arrays of their own. Both keep values and children by rank.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "lib/ds/ptable.h"

#define PFX_WORDS 8   /* 511 places */
#define KID_WORDS 4   /* 256 bytes */
#define NO_PLACE  512 /* beyond the last place, also for children */

struct node {
	uint16_t n_values;
	uint16_t n_kids;
	uint16_t cap_values;
	uint8_t cap_kids; /* of a small node */
	bool is_large;
	/* of a small node the rest follows, see ptable_node.c */
};

struct large {
	struct node node; /* first */
	uint64_t pfx[PFX_WORDS];
	uint64_t kid[KID_WORDS];
	uint16_t pfx_before[PFX_WORDS]; /* set bits before each word */
	uint16_t kid_before[KID_WORDS];
	uint32_t *values;   /* owned; by rank in pfx */
	struct node **kids; /* owned; by rank in kid */
	uint16_t cap_kids;
};

static inline const struct large *large_of(const struct node *n)
{
	return (const void *)n;
}

static inline uint16_t *small_places(const struct node *n)
{
	return (uint16_t *)(uintptr_t)(n + 1);
}

static inline uint8_t *small_bytes(const struct node *n)
{
	return (uint8_t *)(small_places(n) + n->cap_values);
}

/* Octets before the values of a small node, and before its children. */
static inline size_t small_values_at(unsigned cap_values, unsigned cap_kids)
{
	return (sizeof(struct node) + 2 * cap_values + cap_kids + 3) & ~(size_t)3;
}

static inline size_t small_kids_at(unsigned cap_values, unsigned cap_kids)
{
	return (small_values_at(cap_values, cap_kids) + 4 * cap_values + 7) & ~(size_t)7;
}

/* By rank. */
static inline uint32_t *node_values(const struct node *n)
{
	if (n->is_large)
		return large_of(n)->values;
	return (uint32_t *)((uintptr_t)n + small_values_at(n->cap_values, n->cap_kids));
}

static inline struct node **node_kids(const struct node *n)
{
	if (n->is_large)
		return large_of(n)->kids;
	return (struct node **)((uintptr_t)n + small_kids_at(n->cap_values, n->cap_kids));
}

static inline bool has_bit(const uint64_t *w, unsigned i)
{
	return w[i / 64] >> (i % 64) & 1;
}

/* First set bit >= i, or NO_PLACE. */
static inline unsigned next_bit(const uint64_t *w, unsigned n_words, unsigned i)
{
	unsigned k = i / 64;
	uint64_t v;

	if (k >= n_words)
		return NO_PLACE;
	v = w[k] & UINT64_MAX << (i % 64);
	while (!v) {
		if (++k == n_words)
			return NO_PLACE;
		v = w[k];
	}
	return 64 * k + (unsigned)__builtin_ctzll(v);
}

static inline unsigned rank(const uint64_t *w, const uint16_t *before, unsigned i)
{
	const uint64_t below = w[i / 64] & ((UINT64_C(1) << (i % 64)) - 1);

	return before[i / 64] + (unsigned)__builtin_popcountll(below);
}

#define LANES 8
typedef int16_t lanes __attribute__((vector_size(LANES * sizeof(int16_t))));

/*
 * How many of the sorted places are below one: all are counted, since a search would wait for its
 * comparisons. What is read beyond the last one lies in the node, too, and does not count.
 */
static inline unsigned places_below(const uint16_t *places, unsigned n, unsigned place)
{
	const lanes index = { 0, 1, 2, 3, 4, 5, 6, 7 };
	lanes below = { 0 };
	uint64_t half[2];

	for (unsigned i = 0; i < n; i += LANES) {
		lanes v;

		memcpy(&v, places + i, sizeof(v));
		below -= (v < (int16_t)place) & (index < (int16_t)(n - i));
	}
	memcpy(half, &below, sizeof(half));
	return (unsigned)((half[0] + half[1]) * UINT64_C(0x0001000100010001) >> 48);
}

static inline unsigned bytes_below(const uint8_t *bytes, unsigned n, unsigned byte)
{
	unsigned below = 0;

	while (below < n && bytes[below] < byte)
		below++;
	return below;
}

/* Values at lower places. place < NO_PLACE. */
static inline unsigned value_rank(const struct node *n, unsigned place)
{
	if (n->is_large)
		return rank(large_of(n)->pfx, large_of(n)->pfx_before, place);
	return places_below(small_places(n), n->n_values, place);
}

/* Children of lower bytes. byte < 256. */
static inline unsigned kid_rank(const struct node *n, unsigned byte)
{
	if (n->is_large)
		return rank(large_of(n)->kid, large_of(n)->kid_before, byte);
	return bytes_below(small_bytes(n), n->n_kids, byte);
}

/* Is there a value at the place, whose rank is r? */
static inline bool has_value(const struct node *n, unsigned place, unsigned r)
{
	if (n->is_large)
		return has_bit(large_of(n)->pfx, place);
	return r < n->n_values && small_places(n)[r] == place;
}

static inline bool has_kid(const struct node *n, unsigned byte, unsigned r)
{
	if (n->is_large)
		return has_bit(large_of(n)->kid, byte);
	return r < n->n_kids && small_bytes(n)[r] == byte;
}

/* Place for a value that is not there, in a small node that has room. */
static inline uint32_t *small_put(struct node *n, unsigned place, unsigned r)
{
	uint16_t *p = small_places(n) + r;
	uint32_t *v = node_values(n) + r;
	const size_t behind = n->n_values - r;

	n->n_values++;
	memmove(v + 1, v, behind * sizeof(*v));
	memmove(p + 1, p, behind * sizeof(*p));
	*p = (uint16_t)place;
	return v;
}

/* Of all nodes of a table. */
struct node_use {
	size_t bytes;
	uint32_t n_moved; /* nodes that have, or had, children and are elsewhere now, or nowhere */
};

struct ptable {
	struct node *root; /* owned; never NULL */
	uint32_t count;
	uint8_t family;
	struct node_use use;
};

/* What follows may move the node, unless it is large and grows: *slot names it. */

/** An empty node. */
struct node *node_new(struct node_use *use);
/** The node and its arrays, not its children. */
void node_free(struct node *n, struct node_use *use);
/** Make place for a value that is not there; r is its rank. The value is undefined. */
uint32_t *value_add(struct node **slot, unsigned place, unsigned r, struct node_use *use);
/** Remove a value; returns it. */
uint32_t value_del(struct node **slot, unsigned place, unsigned r, struct node_use *use);
/** Remove all values that go; how many. The node may be empty then. */
unsigned values_purge(struct node **slot, const struct ptable_purge *p, struct node_use *use);
/** A new child for a byte that has none; where the child is named. */
struct node **kid_add(struct node **slot, unsigned byte, struct node_use *use);
/** Remove a child, which must be empty. */
void kid_del(struct node **slot, unsigned byte, struct node_use *use);
