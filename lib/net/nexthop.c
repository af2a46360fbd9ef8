/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Groups in canonical form, so that two routes with the same next hops in another order share
 * one kernel object and compare with memcmp. The order is by everything but the weight; of two
 * members that differ in weight alone the larger weight stays: two paths by one gateway are
 * still one way out, and adding their weights would pull traffic to it only because it was
 * announced twice.
 */
#include "lib/net/nexthop.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "lib/ds/intern.h"

#define NHGROUP_HASH_SEED 0x6e68 /* "nh" */

_Static_assert(sizeof(struct nexthop) == 32, "no hidden padding in struct nexthop");
_Static_assert(sizeof(struct nhgroup) == 8 + 32 * (NHGROUP_MAX + 1), "nor in struct nhgroup");

struct nexthop nexthop_gateway(uint32_t ifindex, const struct ip_addr *gw, uint32_t live_key)
{
	return (struct nexthop){
		.ifindex = ifindex,
		.live_key = live_key,
		.weight = 1,
		.kind = NEXTHOP_KIND_GATEWAY,
		.gw = *gw,
	};
}

struct nexthop nexthop_device(uint32_t ifindex)
{
	return (struct nexthop){ .ifindex = ifindex, .weight = 1, .kind = NEXTHOP_KIND_DEVICE };
}

struct nexthop nexthop_blackhole(void)
{
	return (struct nexthop){ .weight = 1, .kind = NEXTHOP_KIND_BLACKHOLE };
}

void nhgroup_init(struct nhgroup *g)
{
	memset(g, 0, sizeof(*g));
}

/* Canonical order: kind, gateway, device, key; weight does not count. */
static int compare(const struct nexthop *a, const struct nexthop *b)
{
	int d = (int)a->kind - (int)b->kind;

	if (!d)
		d = ip_cmp(&a->gw, &b->gw);
	if (!d)
		d = (a->ifindex > b->ifindex) - (a->ifindex < b->ifindex);
	if (!d)
		d = (a->live_key > b->live_key) - (a->live_key < b->live_key);
	return d;
}

int nhgroup_add(struct nhgroup *g, const struct nexthop *nh)
{
	unsigned i = 0;
	int d = 1;

	assert(!g->n_backup);
	while (i < g->n && (d = compare(nh, &g->nh[i])) > 0)
		i++;
	if (i < g->n && d == 0) {
		if (g->nh[i].weight < nh->weight)
			g->nh[i].weight = nh->weight;
		return 0;
	}
	if (g->n == NHGROUP_MAX)
		return -ENOSPC;
	memmove(&g->nh[i + 1], &g->nh[i], (g->n - i) * sizeof(g->nh[0]));
	g->nh[i] = *nh;
	g->n++;
	return 0;
}

void nhgroup_set_backup(struct nhgroup *g, const struct nexthop *nh)
{
	for (unsigned i = 0; i < g->n; i++) {
		if (compare(nh, &g->nh[i]) == 0)
			return;
	}
	g->nh[g->n] = *nh;
	g->n_backup = 1;
}

static size_t used_bytes(const struct nhgroup *g)
{
	return offsetof(struct nhgroup, nh) + (size_t)(g->n + g->n_backup) * sizeof(g->nh[0]);
}

bool nhgroup_is_equal(const struct nhgroup *a, const struct nhgroup *b)
{
	return a->n == b->n && a->n_backup == b->n_backup && memcmp(a, b, used_bytes(a)) == 0;
}

uint32_t nhgroup_hash(const struct nhgroup *g)
{
	return intern_hash(g, used_bytes(g), NHGROUP_HASH_SEED);
}
