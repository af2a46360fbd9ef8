/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A path, and where the paths of a table lie: blocks of one source each, see paths.c. What few
 * paths have is not in them but beside them, in arrays that a block has when it needs one: what was
 * received, where import policy made something else of it or refused it; path ids; keys of several
 * neighbours.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bgpd/rib/attrs.h"
#include "lib/base/compiler.h"

struct rib_source;

enum rib_path_flag {
	RIB_PATH_REJECTED = 1 << 0, /* not eligible: reason says why */
	RIB_PATH_BEST = 1 << 1,
	RIB_PATH_MULTIPATH = 1 << 2, /* used beside the best */
	RIB_PATH_STALE = 1 << 3,     /* kept over a restart of its source (RFC 4724) */
	RIB_PATH_CIDR = 1 << 4,      /* a VPC's own CIDR */
	RIB_PATH_LOCAL = 1 << 5, /* originated here (network statement): no next hop of its own */
	RIB_PATH_TURN = 1 << 6,  /* private */
	RIB_PATH_BLACKHOLE = 1 << 7, /* packets are to be dropped: no next hop is asked */
};

struct rib_path {
	uint32_t set;      /* private, counted: rib_path_attrs */
	uint32_t link;     /* private: the next path of the net; of the last one, the net */
	uint32_t since_s;  /* mono seconds */
	uint16_t source;   /* rib_source_at */
	uint8_t flags;     /* enum rib_path_flag */
	uint8_t reason:7;  /* enum rib_reason */
	uint8_t is_long:1; /* stale, and kept for long (RFC 9494): rib_set_long_lived */
};

#define RIB_PATH_LAST (1u << 31) /* in link */

/** Next path of the same net, 0 = none. */
static inline uint32_t rib_path_next(const struct rib_path *p)
{
	return p->link & RIB_PATH_LAST ? 0 : p->link;
}

/* Of a path with an id, or with another key than the first of its block had. */
struct rib_path_tag {
	uint32_t path_id;
	uint32_t live_key;
};

/* Places for paths of one source. It stands at a multiple of its size. Private. */
struct rib_block {
	uint64_t used;
	uint32_t *in;              /* owned; sets, counted, 0 = as it is; NULL = all as they are */
	struct rib_path_tag *tags; /* owned; NULL = no ids, and all have live_key */
	uint32_t next;             /* of the same source, or free */
	uint32_t next_room;        /* of the same source, among those with room */
	uint32_t live_key;
	uint16_t owner;  /* source */
	bool starts_run; /* of memory */
	struct rib_path paths[];
};

#define RIB_BLOCK_SIZE  ((size_t)1024) /* octets */
#define RIB_BLOCK_SHIFT 6              /* a handle is a block and a place in it */
#define RIB_BLOCK \
	((RIB_BLOCK_SIZE - offsetof(struct rib_block, paths)) / sizeof(struct rib_path)) /* paths */

/* All paths of a table, see paths.c. */
struct rib_paths {
	struct rib_block **at; /* owned: by number */
	uint32_t n_blocks;     /* with number 0, which there is not */
	uint32_t cap;
	uint32_t free;   /* blocks that are nobody's */
	uint32_t n;      /* paths */
	uint32_t n_in;   /* blocks with an array of what was received */
	uint32_t n_tags; /* and of ids and keys */
};

static inline struct rib_path *paths_at(const struct rib_paths *s, uint32_t h)
{
	return &s->at[h >> RIB_BLOCK_SHIFT]->paths[h & ((1u << RIB_BLOCK_SHIFT) - 1)];
}

static inline struct rib_block *rib_path_block(const struct rib_path *p)
{
	return (struct rib_block *)((uintptr_t)p & ~(uintptr_t)(RIB_BLOCK_SIZE - 1));
}

/* These take a path where it lies, no copy of it. */
/** RFC 7911, 0 without; local routes: the owner's tag. */
static inline uint32_t rib_path_id(const struct rib_path *p)
{
	const struct rib_block *b = rib_path_block(p);

	return b->tags ? b->tags[p - b->paths].path_id : 0;
}

/** Neighbour whose death kills it (see lib/net/nexthop.h), 0 = none. */
static inline uint32_t rib_path_live_key(const struct rib_path *p)
{
	const struct rib_block *b = rib_path_block(p);

	return b->tags ? b->tags[p - b->paths].live_key : b->live_key;
}

/** Place for a new path of a source: its handle. Content undefined; counted by the source. */
uint32_t paths_take(struct rib_paths *s, struct rib_source *src) MUST_USE;
/** It refers to no attributes any more. */
void paths_release(struct rib_paths *s, struct rib_source *src, uint32_t h);
/** What was received, if it is not what the path has: takes a counted set, returns the old one. */
uint32_t paths_set_in(struct rib_paths *s, struct rib_path *p, uint32_t in) MUST_USE;
void paths_set_tag(struct rib_paths *s, struct rib_path *p, const struct rib_path_tag *t);
void paths_fini(struct rib_paths *s);
size_t paths_bytes(const struct rib_paths *s);
