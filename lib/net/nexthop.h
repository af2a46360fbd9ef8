/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Next hops and groups of them as values: what the engine that chooses routes and the one that
 * programs them say to each other. Plain data, compared with memcmp.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/net/prefix.h"

#define NHGROUP_MAX 16 /* members of a group; a configured maximum-paths is at most this */

enum nexthop_kind {
	NEXTHOP_KIND_GATEWAY, /* via an address on a device */
	NEXTHOP_KIND_DEVICE,  /* directly on a device: connected */
	NEXTHOP_KIND_BLACKHOLE,
};

/*
 * Of a member of a group. On the wire it is less one; kernels before 6.12 have one octet for that
 * and refuse the 255 in it as well, later ones have two.
 */
#define NEXTHOP_WEIGHT_MAX 255

/* All bytes count: build it from nexthop_gateway() and friends, never field by field. */
struct nexthop {
	uint32_t ifindex;  /* 0 for blackhole */
	uint32_t live_key; /* neighbour whose death kills it, unique in the process; 0 = none */
	uint16_t weight;   /* 1..NEXTHOP_WEIGHT_MAX */
	uint8_t kind;      /* enum nexthop_kind */
	uint8_t pad;
	struct ip_addr gw; /* family 0 unless GATEWAY; may be IPv6 for an IPv4 route (RFC 8950) */
	uint8_t pad2[3];
};

/*
 * How flows are spread over a group. Resilient: a flow stays with its member as long as that one is
 * there, whoever else comes and goes; what it needs is that many buckets, and a time after which a
 * bucket without packets may be given to a member that came.
 */
struct nhspread {
	uint16_t buckets; /* 0: by the hash alone, and all flows may move when a member does */
	uint16_t idle_s;
};

struct nhgroup {
	uint8_t n;        /* active members, 1..NHGROUP_MAX, in canonical order */
	uint8_t n_backup; /* 0 or 1: member used when all active ones are dead; at nh[n] */
	bool on_line; /* its first member leads out by a line: a device that may lose its carrier */
	uint8_t pad;
	struct nhspread spread;
	struct nexthop nh[NHGROUP_MAX + 1];
};

struct nexthop nexthop_gateway(uint32_t ifindex, const struct ip_addr *gw, uint32_t live_key);
struct nexthop nexthop_device(uint32_t ifindex);
struct nexthop nexthop_blackhole(void);
void nhgroup_init(struct nhgroup *g);
/** Adds a member in canonical order; equal ones (but for weight) merge. -ENOSPC when full. */
int nhgroup_add(struct nhgroup *g, const struct nexthop *nh);
/** After all nhgroup_add: remember one backup; ignored if it is a member. */
void nhgroup_set_backup(struct nhgroup *g, const struct nexthop *nh);
static inline bool nhspread_is_equal(const struct nhspread *a, const struct nhspread *b)
{
	return a->buckets == b->buckets && a->idle_s == b->idle_s;
}
bool nhgroup_is_equal(const struct nhgroup *a, const struct nhgroup *b);
uint32_t nhgroup_hash(const struct nhgroup *g);
