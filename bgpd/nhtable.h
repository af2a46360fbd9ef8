/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Next-hop groups of one worker, interned and counted: routes name a group by a 32-bit id that
 * is unique in the worker's feed to the fib. A group is announced before its first route and
 * withdrawn after its last one, on the same ring, so the fib never sees a route without its
 * group.
 */
#pragma once

#include <stdint.h>

#include "lib/net/nexthop.h"

struct nhtable;

struct nhtable_ops {
	/* Tell the fib about a group; g is NULL when it is gone. 0, or -EAGAIN: full. */
	int (*group)(void *ctx, uint32_t gid, const struct nhgroup *g);
};

struct nhtable *nhtable_new(const struct nhtable_ops *ops, void *ctx);
void nhtable_free(struct nhtable *t);
/** Id of this group, counted once more for the caller; 0 when the ring is full: try again later. */
uint32_t nhtable_get(struct nhtable *t, const struct nhgroup *g);
void nhtable_ref(struct nhtable *t, uint32_t gid);
/** The last release withdraws the group: at once, or when the ring has room (nhtable_retry). */
void nhtable_release(struct nhtable *t, uint32_t gid);
const struct nhgroup *nhtable_group(const struct nhtable *t, uint32_t gid);
/** The ring has room again. */
void nhtable_retry(struct nhtable *t);
uint32_t nhtable_count(const struct nhtable *t);
