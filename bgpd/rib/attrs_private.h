/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the attribute sets know of each other: attrs.c (the sets), attrs_parts.c (the
 * lists and the rest, which sets share), attrs_cache.c (raw sections).
 */
#pragma once

#include "bgpd/rib/attrs.h"
#include "lib/ds/hset.h"

struct attrs_cache_bucket;

struct attrs_cache {
	struct attrs_cache_bucket *buckets; /* owned; NULL until something is put */
	uint32_t n_buckets;                 /* power of two */
	uint32_t n;                         /* entries in use */
	size_t raw_bytes;
	uint32_t *seen;  /* owned: hashes of sections that came once, by their low bits; 0 = free */
	uint32_t n_seen; /* power of two */
	uint32_t n_lost; /* overwritten since it grew */
};

struct attrs_table {
	struct pool *pool;  /* owned: sets, lists and rests */
	uint32_t seed;      /* no tenant can choose what falls together for all of them */
	uint32_t last_id;   /* of a set */
	uint64_t last_blob; /* 48 bits are enough for nine years of a million a second */
	struct hset sets;
	struct hset blobs;
	struct hset rests;
	struct attrs_cache cache;
};

/** Prepare t->blobs and t->rests, and the end of it. */
void attrs_parts_init(struct attrs_table *t);
void attrs_parts_fini(struct attrs_table *t);
/** Make the hashes of the parts in k->a, and what belongs to the rest; ask for their places. */
void attrs_parts_expect(const struct attrs_table *t, struct attrs_key *k);
/** Are the lists and the rest of a those of the key? */
bool attrs_parts_are(const struct attrs *a, const struct attrs_key *k);
/** Give a those of the key, one reference each. */
void attrs_parts_intern(struct attrs_table *t, struct attrs *a, const struct attrs_key *k);
void attrs_parts_release(struct attrs_table *t, const struct attrs *a);
size_t attrs_cache_bytes(const struct attrs_cache *c);
