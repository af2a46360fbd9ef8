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
#include "lib/ds/intern.h"

struct attrs_table;

/* A list as it stands in the attribute, interned. */
struct blob {
	struct intern_node node; /* first */
	uint64_t id;             /* never 0, and never given to another one */
	uint16_t len;
	uint8_t b[];
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

/* Read-only once interned. Lists are NULL when empty, counted by the set. */
struct attrs {
	struct intern_node node; /* first */
	/* derived from what follows */
	uint32_t first_as; /* neighbour AS of the path (RFC 4271 9.1.2.2 c) */
	uint32_t id;       /* never 0, and not given to another set later (until it wraps) */
	uint16_t path_len; /* aspath_length, and one for each table of via */
	uint8_t limits;    /* enum attrs_limit, from the well-known communities */
	/* the set itself: compared as octets from here on */
	uint8_t origin;
	uint16_t has; /* enum wire_has */
	struct ip_addr next_hop;
	struct ip_addr next_hop_ll;
	uint32_t med;
	uint32_t local_pref; /* 100 when absent: compare without a branch */
	uint32_t aggregator_as;
	uint32_t aggregator_id;
	uint32_t originator_id;
	uint32_t otc;
	struct blob *as_path;
	struct blob *communities;
	struct blob *ext_communities;
	struct blob *large_communities;
	struct blob *cluster_list;
	struct blob *unknown;
	struct blob *via;
	uint16_t weight; /* of import policy; never leaves this table */
};

/* What callers read beside the plain numbers above: how a set keeps it is its own business. */
static inline struct octets blob_octets(const struct blob *b)
{
	return b ? (struct octets){ b->b, b->len } : (struct octets){ NULL, 0 };
}
static inline struct octets attrs_as_path(const struct attrs *a)
{
	return blob_octets(a->as_path);
}
static inline struct octets attrs_communities(const struct attrs *a)
{
	return blob_octets(a->communities);
}
static inline struct octets attrs_ext_communities(const struct attrs *a)
{
	return blob_octets(a->ext_communities);
}
static inline struct octets attrs_cluster_list(const struct attrs *a)
{
	return blob_octets(a->cluster_list);
}
static inline struct octets attrs_via(const struct attrs *a)
{
	return blob_octets(a->via);
}
static inline struct ip_addr attrs_next_hop(const struct attrs *a)
{
	return a->next_hop;
}
static inline struct ip_addr attrs_next_hop_ll(const struct attrs *a)
{
	return a->next_hop_ll;
}
static inline uint32_t attrs_originator_id(const struct attrs *a)
{
	return a->originator_id;
}
static inline uint32_t attrs_otc(const struct attrs *a)
{
	return a->otc;
}
/** Have both sets one AS path? */
static inline bool attrs_has_path_of(const struct attrs *a, const struct attrs *b)
{
	return a->as_path == b->as_path;
}
/** Have both sets the same next hops? */
static inline bool attrs_has_next_hop_of(const struct attrs *a, const struct attrs *b)
{
	return ip_is_equal(&a->next_hop, &b->next_hop) &&
		ip_is_equal(&a->next_hop_ll, &b->next_hop_ll);
}
static inline uint32_t attrs_refs(const struct attrs *a)
{
	return a->node.refs;
}

struct attrs_table *attrs_table_new(void);
/** All sets must have been released. NULL-safe. */
void attrs_table_free(struct attrs_table *t);
/** The one set with these values; a reference for the caller. */
struct attrs *attrs_get(struct attrs_table *t, const struct wire_attrs *w) MUST_USE;
/* A set that is about to be looked for. Private. */
#define ATTRS_LISTS 7
struct attrs_key {
	struct attrs a;
	uint32_t parts[ATTRS_LISTS +
		1]; /* hashes of the lists, 0 for an empty one, and of the rest */
	uint32_t hash;
};
/** attrs_get in two steps: what the second one reads is on its way after the first. */
void attrs_expect(const struct attrs_table *t, const struct wire_attrs *w, struct attrs_key *k);
struct attrs *attrs_get_expected(struct attrs_table *t, const struct wire_attrs *w,
	struct attrs_key *k) MUST_USE;
static inline struct attrs *attrs_ref(struct attrs *a)
{
	intern_ref(&a->node);
	return a;
}
/** NULL-safe. */
void attrs_unref(struct attrs_table *t, struct attrs *a);
/** The set as wire_attrs that borrows from it. */
void attrs_to_wire(const struct attrs *a, struct wire_attrs *w);
/** Its lists are read next. */
static inline void attrs_prefetch_lists(const struct attrs *a)
{
	prefetch(a->as_path);
	prefetch(a->communities);
	prefetch(a->large_communities);
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
	return a->as_path ? a->as_path->id : 0;
}

uint32_t attrs_count(const struct attrs_table *t);
size_t attrs_bytes(const struct attrs_table *t);
