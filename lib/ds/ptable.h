/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prefix table of one family: prefix -> 32-bit value. A multibit trie with one byte a level; in
 * each node a 512-bit set of the prefixes of length 8d+1..8d+8, a 256-bit set of children, and
 * arrays compressed by popcount with a rank directory.
 *
 * Exact lookup and longest match: one node a byte, at most two cache lines a node. An IPv4 /24
 * is three nodes deep. Iteration is by key (address, then length: shorter first) and therefore
 * survives any change between two steps: a cursor is the last key seen, never a pointer.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/net/prefix.h"

#define PTABLE_NONE UINT32_MAX /* no value; never stored */

struct bitmap;
struct ptable;

/** family: AF_INET or AF_INET6. */
struct ptable *ptable_new(uint8_t family);
void ptable_free(struct ptable *t);

/** Value of exactly this prefix, or PTABLE_NONE. The family must be the table's. */
uint32_t ptable_get(const struct ptable *t, const struct prefix *pfx);
/* Where a prefix stands, or would stand. All but the value is private. */
struct ptable_spot {
	uint32_t value; /* or PTABLE_NONE */
	uint32_t n_moved;
	const struct node *parent; /* the deepest node on its way that has children, or NULL */
	uint16_t place;
	uint8_t depth; /* of parent */
	uint8_t last;  /* depth of the node that the prefix stands in, or would */
};
/**
 * The same of up to PTABLE_MANY prefixes: their ways down are gone side by side, so that the waits
 * for memory overlap. What a change of one of them touches afterwards is in the cache, too.
 */
#define PTABLE_MANY 32
void ptable_find_many(const struct ptable *t, const struct prefix *pfx, uint32_t n,
	struct ptable_spot *spots);
/** Put a value (not PTABLE_NONE); returns the one that stood there, or PTABLE_NONE. */
uint32_t ptable_set(struct ptable *t, const struct prefix *pfx, uint32_t value);
/**
 * Slot of a prefix for get-or-add in one descent: *slot is PTABLE_NONE when the prefix is new,
 * and then MUST be set to a value before the next call. The pointer is valid until the next
 * change.
 */
uint32_t *ptable_slot(struct ptable *t, const struct prefix *pfx);
/** The same where ptable_find_many has been before; what changed since does no harm. */
uint32_t *ptable_slot_at(struct ptable *t, const struct prefix *pfx, const struct ptable_spot *s);
/** Remove; returns the old value or PTABLE_NONE. Empty nodes are freed. */
uint32_t ptable_del(struct ptable *t, const struct prefix *pfx);
/* Where a sweep is: zero = at the beginning. Private. */
struct ptable_place {
	uint8_t b[16];
	uint8_t depth;
};
/* Which values go: those that are marked, if goes says so, too, which may not look at the table. */
struct ptable_purge {
	const struct bitmap *marked;
	bool (*goes)(void *ctx, uint32_t value);
	void *ctx;
};
/**
 * Remove all that goes among some max values from *at on; false when the end is reached. The table
 * may change between two calls.
 */
bool ptable_sweep(struct ptable *t, struct ptable_place *at, uint32_t max,
	const struct ptable_purge *p);

/** Longest prefix that covers pfx (itself included): value, *found filled; or PTABLE_NONE. */
uint32_t ptable_match(const struct ptable *t, const struct prefix *pfx, struct prefix *found);

/**
 * Smallest key greater than *key (or >= with inclusive) in table order. *key is overwritten
 * with the one found. Returns its value, or PTABLE_NONE at the end (key untouched). Start with
 * prefix_any(family) and inclusive = true.
 */
uint32_t ptable_next(const struct ptable *t, struct prefix *key, bool inclusive);

/**
 * Walk in order from *key on: calls fn for up to max entries, fn returns false to stop (the
 * entry counts as seen). *key is left at the last entry seen. One descent for the whole batch,
 * so this is the way to walk a large table in slices. fn must not change the table. Returns
 * entries seen.
 */
uint32_t ptable_walk(const struct ptable *t, struct prefix *key, bool inclusive, uint32_t max,
	bool (*fn)(void *ctx, const struct prefix *pfx, uint32_t value), void *ctx);

uint32_t ptable_count(const struct ptable *t);
size_t ptable_bytes(const struct ptable *t);
