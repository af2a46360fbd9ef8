/* SPDX-License-Identifier: Apache-2.0 */
/* The routes that are played: prefixes, numbered in the order of their addresses, and the sets of
 * attributes that they share. Filled by synth.c or mrt.c, then indexed, then never changed: the
 * threads read it without a lock. It knows nothing of peers: a sender's own AS and the next hop are
 * put in when its stream is encoded. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/load/util.h"

enum {
	ATTR_ORIGIN = 1,
	ATTR_AS_PATH = 2,
	ATTR_NEXT_HOP = 3,
	ATTR_MED = 4,
	ATTR_ATOMIC_AGGREGATE = 6,
	ATTR_AGGREGATOR = 7,
	ATTR_COMMUNITIES = 8,
	ATTR_MP_REACH = 14,
	ATTR_MP_UNREACH = 15,
	ATTR_EXT_COMMUNITIES = 16,
	ATTR_LARGE_COMMUNITIES = 32
};

enum {
	ATTR_OPTIONAL = 0x80,
	ATTR_TRANSITIVE = 0x40,
	ATTR_EXTENDED = 0x10, /* length of two octets */
	AS_SEQUENCE = 2
};

#define TABLE_NONE 0xffffffffu

/* IPv4 prefixes up to this length are found by rank in a bitmap, all others by hash. */
#define TABLE_SHORT_LEN 24

struct prefix {
	uint8_t addr[16];
	uint32_t attrs; /* number of its set */
	uint8_t len;
	uint8_t af; /* 4, 6 */
};

/* A set of attributes without the sender's AS and the next hop. */
struct attrs {
	uint32_t off;                 /* in the arena: AS path, then the other attributes */
	uint16_t path_len, other_len; /* octets there */
	uint8_t origin;
	uint16_t hops;                  /* length of the path as best-path selection counts it */
	uint32_t path_hash, other_hash; /* 24 bits each */
};

/* What table_add_attrs() stores. */
struct attrs_value {
	uint8_t path[4096], other[8192];
	int path_len, other_len;
	uint8_t origin;
};

struct table {
	struct prefix *prefix;
	uint32_t n_prefixes, cap_prefixes;
	struct attrs *attrs;
	uint32_t n_attrs, cap_attrs;
	uint8_t *arena;
	size_t arena_len, arena_cap;
	uint32_t *order;    /* of sending: prefix ids, grouped by attribute set */
	uint32_t *position; /* of an id in it */
	uint64_t *bits;     /* 2^25: a short prefix is there */
	uint32_t *rank;     /* of each word: how many are there before it */
	uint32_t *slot;     /* all others: open addressing, id + 1 */
	uint32_t slot_mask;
};

/** Returns the number of the new set. */
uint32_t table_add_attrs(struct table *t, const struct attrs_value *v);
/** Bits after the length are cleared. */
void table_add_prefix(struct table *t, int af, const uint8_t *addr, int len, uint32_t attrs);
/** Numbers the prefixes, drops doubles, builds what lookups and sending need. */
void table_index(struct table *t, struct rng *rng);

/** Routes made up, for the same seed the same: n4 and n6 prefixes. */
void table_synthesize(struct table *t, struct rng *rng, uint32_t n4, uint32_t n6);

/** Routes of one peer of a TABLE_DUMP_V2 file, at most max4 and max6; peer -1: the fullest. */
void mrt_read(struct table *t, const char *file, int peer, const uint32_t max[2]);
/** All routes as a TABLE_DUMP_V2 file of one peer. */
void mrt_write(const struct table *t, const char *file);
/** All prefixes in the order of sending, as text. */
void table_dump(const struct table *t, const char *file);

/** One attribute with its header; returns its length. */
int attr_put(uint8_t *out, uint8_t flags, uint8_t type, const uint8_t *value, int n);
/** The AS path of set a with asn in front, copies times; returns its length. */
int attr_prepend(const struct table *t, const struct attrs *a, uint32_t asn, int copies,
	uint8_t *out);
/** 24 bits over an AS path, leaving out the first ASNs. */
uint32_t attr_path_hash(const uint8_t *path, int n, int skip);
/** Attributes that must arrive as they were sent; their hashes are added, so order is free. */
bool attr_is_checked(int type);
uint64_t attr_hash(int type, const uint8_t *value, int n);
uint32_t attr_hash_fold(uint64_t sum);

/** id of an IPv6 prefix or a long IPv4 one; TABLE_NONE when it is not in the table. */
uint32_t table_find_long(const struct table *t, int af, const uint8_t *addr, int len);

/** Place of a short prefix in the bitmap. Never 0. */
static inline uint32_t table_short_bit(const uint8_t *addr, int len)
{
	return (1u << len) | (len ? get32(addr) >> (32 - len) : 0);
}

static inline void table_short_prefetch(const struct table *t, uint32_t bit)
{
	__builtin_prefetch(&t->bits[bit >> 6]);
	__builtin_prefetch(&t->rank[bit >> 6]);
}

/** id of the short prefix of this bit, or TABLE_NONE. */
static inline uint32_t table_find_short(const struct table *t, uint32_t bit)
{
	uint64_t w = t->bits[bit >> 6], b = 1ull << (bit & 63);

	return w & b ? t->rank[bit >> 6] + __builtin_popcountll(w & (b - 1)) : TABLE_NONE;
}
