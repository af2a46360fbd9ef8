/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attribute sets, interned: equal sets are one object, and so are their parts (AS paths, community
 * lists), which many different sets share. One table per worker: a set says nothing of whose it
 * is, and a thousand tenants that hear the same routes have them once. What a tenant may refer to
 * follows from its quota of paths, each of which refers to two sets at most; the cache in front is
 * bounded by itself. The counts are not atomic.
 *
 * In front of it stands a cache from raw octets of a path attribute section to the set they
 * meant, so that a section seen before is not decoded again.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bgpd/wire/attr.h"
#include "lib/ds/pool.h"

struct attrs_table;

/* A list as it stands in the attribute, interned. */
struct blob {
	uint32_t refs;
	uint16_t id[3]; /* a number never given to another one; low part first */
	uint16_t len;
	uint8_t b[];
};

/* What a set has beside its lists that stand in a blob of their own. */
enum attrs_rare {
	ATTRS_RARE_NEXT_HOPS, /* two struct ip_addr, unless there is but one and it is IPv4 */
	ATTRS_RARE_EXT_COMMUNITIES,
	ATTRS_RARE_LARGE_COMMUNITIES,
	ATTRS_RARE_CLUSTER_LIST,
	ATTRS_RARE_UNKNOWN,
	ATTRS_RARE_VIA,
	N_ATTRS_RARE,
};

struct attrs_rest_numbers {
	uint32_t aggregator_as;
	uint32_t aggregator_id;
	uint32_t originator_id;
	uint32_t otc;
	uint16_t len[N_ATTRS_RARE];
};

/* What few sets have and many of those share, interned as one object. */
struct attrs_rest {
	uint32_t refs;
	uint32_t hash;
	struct attrs_rest_numbers n;
	uint8_t b[]; /* the lists, one after the other */
};

/* Well-known communities of a set: how far it may go (RFC 1997), and what is asked of us. */
enum attrs_limit {
	ATTRS_LIMIT_NO_ADVERTISE = 1 << 0,
	ATTRS_LIMIT_NO_EXPORT = 1 << 1,
	ATTRS_LIMIT_NO_EXPORT_SUBCONFED = 1 << 2,
	ATTRS_LIMIT_SCOPE = 7,            /* any of the three */
	ATTRS_GRACEFUL_SHUTDOWN = 1 << 3, /* RFC 8326 */
	ATTRS_BLACKHOLE = 1 << 4,         /* RFC 7999 */
	ATTRS_LIMIT_LLGR_STALE = 1 << 5,  /* RFC 9494 4.3: the last resort */
	ATTRS_LIMIT_NO_LLGR = 1 << 6,     /* and not even that */
};

/*
 * Read-only once interned. Lists are handles of the table's pool, 0 when empty, counted by the set.
 * Fields from as_path on and next_hop4 are private: use the accessors.
 */
struct attrs {
	uint32_t refs;
	uint32_t hash;
	/* derived from what follows */
	uint32_t first_as; /* neighbour AS of the path (RFC 4271 9.1.2.2 c) */
	uint32_t id;       /* never 0, and not given to another set later (until it wraps) */
	uint16_t path_len; /* aspath_length, and one for each table of via */
	uint8_t limits;    /* enum attrs_limit, from the well-known communities */
	/* the set itself: compared as octets from here on */
	uint8_t origin;
	uint16_t has;    /* enum wire_has, and ATTRS_NEXT_HOP4 */
	uint16_t weight; /* of import policy; never leaves this table */
	uint32_t med;
	uint32_t local_pref; /* 100 when absent: compare without a branch */
	uint32_t next_hop4;  /* if has says so; else the next hop is in the rest */
	uint32_t as_path;
	uint32_t communities;
	uint32_t rest; /* struct attrs_rest */
};

#define ATTRS_NEXT_HOP4 (1u << 15) /* in has: the only next hop is IPv4 */

/* What callers read beside the plain numbers above: how a set keeps it is its own business. */
static inline const struct blob *attrs_blob(const struct attrs *a, uint32_t h)
{
	return h ? pool_at(pool_of(a), h) : NULL;
}
static inline const struct attrs_rest *attrs_rest(const struct attrs *a)
{
	return a->rest ? pool_at(pool_of(a), a->rest) : NULL;
}
static inline struct octets attrs_as_path(const struct attrs *a)
{
	const struct blob *b = attrs_blob(a, a->as_path);

	return b ? (struct octets){ b->b, b->len } : (struct octets){ NULL, 0 };
}
static inline struct octets attrs_communities(const struct attrs *a)
{
	const struct blob *b = attrs_blob(a, a->communities);

	return b ? (struct octets){ b->b, b->len } : (struct octets){ NULL, 0 };
}
/** One of what few sets have; none is { NULL, 0 }. */
struct octets attrs_rare(const struct attrs *a, enum attrs_rare what);
static inline struct octets attrs_ext_communities(const struct attrs *a)
{
	return attrs_rare(a, ATTRS_RARE_EXT_COMMUNITIES);
}
static inline struct octets attrs_cluster_list(const struct attrs *a)
{
	return attrs_rare(a, ATTRS_RARE_CLUSTER_LIST);
}
static inline struct octets attrs_via(const struct attrs *a)
{
	return attrs_rare(a, ATTRS_RARE_VIA);
}
/** Family 0 when there is none. */
struct ip_addr attrs_next_hop(const struct attrs *a);
struct ip_addr attrs_next_hop_ll(const struct attrs *a);
static inline uint32_t attrs_originator_id(const struct attrs *a)
{
	return a->rest ? attrs_rest(a)->n.originator_id : 0;
}
static inline uint32_t attrs_otc(const struct attrs *a)
{
	return a->rest ? attrs_rest(a)->n.otc : 0;
}
/** Have both sets one AS path? */
static inline bool attrs_has_path_of(const struct attrs *a, const struct attrs *b)
{
	return a->as_path == b->as_path;
}
/** Have both sets the same next hops? */
bool attrs_has_next_hop_of(const struct attrs *a, const struct attrs *b);
static inline uint32_t attrs_refs(const struct attrs *a)
{
	return a->refs;
}

struct attrs_table *attrs_table_new(void);
/** All sets must have been released. NULL-safe. */
void attrs_table_free(struct attrs_table *t);
/** The one set with these values; a reference for the caller. */
struct attrs *attrs_get(struct attrs_table *t, const struct wire_attrs *w) MUST_USE;
/* A set that is about to be looked for. Private. */
struct attrs_key {
	const struct wire_attrs *w; /* borrowed */
	struct attrs a;             /* hashes of the lists in place of their handles */
	struct attrs_rest_numbers n;
	struct octets rare[N_ATTRS_RARE];
	bool has_rest; /* else the two before are undefined */
};
/**
 * attrs_get in two steps: what the second one reads is on its way after the first. w is to live
 * until then.
 */
void attrs_expect(const struct attrs_table *t, const struct wire_attrs *w, struct attrs_key *k);
struct attrs *attrs_get_expected(struct attrs_table *t, const struct attrs_key *k) MUST_USE;
static inline struct attrs *attrs_ref(struct attrs *a)
{
	a->refs++;
	return a;
}
/** Private: the last reference went. */
void attrs_destroy(struct attrs_table *t, struct attrs *a);
/** NULL-safe. */
static inline void attrs_unref(struct attrs_table *t, struct attrs *a)
{
	if (a && --a->refs == 0)
		attrs_destroy(t, a);
}
/*
 * A set by number, in half the room of a pointer: 0 is NULL. The pool is the table's for as long as
 * it lives; a handle holds no reference.
 */
const struct pool *attrs_pool(const struct attrs_table *t);
static inline uint32_t attrs_handle(const struct attrs *a)
{
	return a ? pool_handle(a) : 0;
}
static inline struct attrs *attrs_at(const struct pool *p, uint32_t h)
{
	return h ? pool_at(p, h) : NULL;
}
/** The set as wire_attrs that borrows from it. */
void attrs_to_wire(const struct attrs *a, struct wire_attrs *w);
/** Its lists are read next. */
static inline void attrs_prefetch_lists(const struct attrs *a)
{
	prefetch(pool_at(pool_of(a), a->as_path)); /* of nothing: the pool's head */
	prefetch(pool_at(pool_of(a), a->communities));
	prefetch(pool_at(pool_of(a), a->rest));
}

/* A raw section of path attributes, as the cache looks for it. */
struct attrs_section {
	struct octets raw;
	uint32_t kind;
	uint32_t hash;
};
/**
 * Cache of raw sections. kind tells apart sessions that read the same octets differently (as4,
 * ibgp, ...): see attrs_cache_kind. find returns a borrowed set or NULL. put remembers a section
 * that comes for the second time, with a reference of its own; long ones are not remembered.
 * Bounded: old entries make room.
 */
uint32_t attrs_cache_kind(const struct wire_session *s);
struct attrs_section attrs_section_make(uint32_t kind, struct octets raw);
struct attrs *attrs_cache_find(struct attrs_table *t, const struct attrs_section *s);
void attrs_cache_put(struct attrs_table *t, const struct attrs_section *s, struct attrs *a);
/** Let go of all that the cache holds (before attrs_table_free it does so itself). */
void attrs_cache_flush(struct attrs_table *t);

/** Number of the AS path, for whoever remembers something of paths; 0 = it is empty. */
static inline uint64_t attrs_path_id(const struct attrs *a)
{
	const struct blob *b = attrs_blob(a, a->as_path);

	return b ? b->id[0] | (uint64_t)b->id[1] << 16 | (uint64_t)b->id[2] << 32 : 0;
}

uint32_t attrs_count(const struct attrs_table *t);
size_t attrs_bytes(const struct attrs_table *t);
