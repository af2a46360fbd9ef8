/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One copy of equal things: an open-addressing table of counted objects. The object embeds a
 * struct intern_node as its FIRST member. The table never copies: a miss calls ops->create on
 * the key, which may be another shape than the object (bytes on the wire, a struct on the
 * stack).
 *
 * The count is not atomic: a table and its objects belong to one thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/compiler.h"

struct intern_node {
	uint32_t hash; /* low bits of XXH3 over the key */
	uint32_t refs;
};

struct intern_ops {
	/* Is this object the one that the key describes? Hashes are equal already. */
	bool (*equal)(const struct intern_node *node, const void *key);
	/* A new object for the key; its node is filled by the table. */
	struct intern_node *(*create)(void *ctx, const void *key);
	/* The last reference went; free it. */
	void (*destroy)(void *ctx, struct intern_node *node);
};

struct intern;

/** ctx is handed to create and destroy. */
struct intern *intern_new(const struct intern_ops *ops, void *ctx);
/** The table must be empty. NULL-safe. */
void intern_free(struct intern *t);
/** The one object for key, with one reference more for the caller. */
struct intern_node *intern_get(struct intern *t, uint32_t hash, const void *key) MUST_USE;
/** A key with this hash is looked for next: have its place in the cache. */
void intern_expect(const struct intern *t, uint32_t hash);
/** As intern_get, but NULL when there is none. Borrowed. */
struct intern_node *intern_find(const struct intern *t, uint32_t hash, const void *key);
static inline void intern_ref(struct intern_node *n)
{
	n->refs++;
}
/** Drop one reference; the last one removes and destroys the object. */
void intern_unref(struct intern *t, struct intern_node *n);
uint32_t intern_count(const struct intern *t);
size_t intern_bytes(const struct intern *t);
/** 32-bit XXH3 over bytes, seed to tell kinds apart. */
uint32_t intern_hash(const void *p, size_t len, uint32_t seed);
