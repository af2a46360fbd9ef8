/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A set of objects of a pool, by hash, as handles. It counts nothing, owns nothing and copies
 * nothing: the owner keeps the objects, and says whether one is what a key describes, and what its
 * hash is. Smaller than struct intern, whose objects are pointers and bring a node with them.
 * No call takes long: a set that has grown moves bucket by bucket, with what is added and deleted.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/compiler.h"

struct hset_ops {
	/* Is this object the one that the key describes? Their hashes are probably equal. */
	bool (*equal)(const void *ctx, uint32_t handle, const void *key);
	/* For a set that grows. */
	uint32_t (*hash)(const void *ctx, uint32_t handle);
};

struct hset_bucket;
struct pool;

/* Fields private. */
struct hset_table {
	struct hset_bucket *buckets; /* lie in memory; NULL: there is no table */
	void *memory;                /* owned */
	uint32_t n_buckets;
};

struct hset {
	const struct hset_ops *ops;
	const void *ctx;         /* borrowed, handed to ops */
	const struct pool *pool; /* borrowed: where the handles lead */
	struct hset_table now;
	struct hset_table old; /* the one before, while what it holds moves */
	uint32_t n_moved;      /* buckets of the old one */
	uint32_t n;
};

void hset_init(struct hset *s, const struct hset_ops *ops, const void *ctx,
	const struct pool *pool);
/** The handles are forgotten. */
void hset_fini(struct hset *s);
/** A key with this hash is looked for next: have its place in the cache. */
void hset_expect(const struct hset *s, uint32_t hash);
/** The handle of the object that key describes; 0 = there is none. */
uint32_t hset_find(const struct hset *s, uint32_t hash, const void *key);
/** The object is not in the set; handle is not 0. */
void hset_add(struct hset *s, uint32_t hash, uint32_t handle);
/** The object is in the set. */
void hset_del(struct hset *s, uint32_t hash, uint32_t handle);
uint32_t hset_count(const struct hset *s);
size_t hset_bytes(const struct hset *s);
