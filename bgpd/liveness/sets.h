/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Live keys of sets of neighbours: what leans on several at once (multipath) and is carried into
 * another table dies when the last of them does. The fib knows a set by a key of its own, and hears
 * of it before anything names it.
 */
#pragma once

#include <stdint.h>

#include "lib/net/nexthop.h"

struct bgp_engine;
struct live_sets;

#define LIVE_SETS_MAX 256 /* of an instance at a time */

/* Distinct, in order. */
struct live_members {
	uint32_t n;
	uint32_t key[NHGROUP_MAX];
};

/** One more; false: there is no place for it. */
bool live_members_add(struct live_members *m, uint32_t key);

struct live_sets *live_sets_new(struct bgp_engine *e);
/** The fib hears that they are gone. NULL-safe. */
void live_sets_free(struct live_sets *s);
/** Key of the set; of one neighbour it is the neighbour's own. 0 for none. */
uint32_t live_sets_get(struct live_sets *s, const struct live_members *m);
