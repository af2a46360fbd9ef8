/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How nets go. One that nobody needs any more, without paths, readers behind it and pins, is idle:
 * it stays where it is until a sweep of the prefix table finds it. To find its place by its address
 * once more would be a third of what a withdrawal costs, and whoever announces it again finds it
 * there.
 *
 * A sweep begins when half of all nets are idle, and goes on by SWEEP_BY places for each net that
 * becomes idle. So at most nine of sixteen are idle, nobody waits for a sweep, and each net that
 * goes has cost a look at two.
 *
 * Idle nets are marked in a bitmap: a sweep asks it, and not the nets, which are all over the
 * memory. rib_find does not see them.
 */
#include <assert.h>

#include "bgpd/rib/rib_private.h"

#define IDLE_SHARE 2
#define IDLE_MIN   32
#define SWEEP_BY   16

static bool is_needed(const struct rib_net *n)
{
	return n->paths || n->pins || n->flags & NET_FLAG_JOURNALED;
}

void nets_init(struct rib *r)
{
	slab_init(&r->store.nets, (uint32_t)offsetof(struct rib_net, b) + family_bytes(r->af));
	slab_keep(&r->store.nets);
	bitmap_init(&r->idle);
}

void nets_fini(struct rib *r)
{
	slab_fini(&r->store.nets);
	bitmap_fini(&r->idle);
}

bool rib_trim(struct rib *r)
{
	return slab_trim(&r->store.nets);
}

/* A marked net that a sweep has come to. */
static bool on_swept(void *ctx, uint32_t net)
{
	struct rib *r = ctx;
	const bool goes = !is_needed(rib_net(r, net));

	bitmap_clear(&r->idle, net);
	if (goes) {
		slab_release(&r->store.nets, net);
		r->n_gone++;
	}
	return goes;
}

static void sweep(struct rib *r, uint32_t max)
{
	const struct ptable_purge purge = { .marked = &r->idle, .goes = on_swept, .ctx = r };

	r->is_sweeping = ptable_sweep(r->table, &r->swept, max, &purge);
	if (slab_count(&r->store.nets) == 0)
		bitmap_fini(&r->idle);
}

/* Some nets have become idle. */
static void keep_pace(struct rib *r, uint32_t n)
{
	const uint32_t n_idle = bitmap_count(&r->idle);
	const uint32_t n_all = slab_count(&r->store.nets);

	if (n_idle == n_all && n_idle) {
		/* The last one went: what a sweep has not come to is little by now. */
		while (bitmap_count(&r->idle))
			sweep(r, SWEEP_BY * PTABLE_MANY);
		return;
	}
	if (n_idle > IDLE_MIN && n_idle > n_all / IDLE_SHARE)
		r->is_sweeping = true;
	if (r->is_sweeping)
		sweep(r, SWEEP_BY * n);
}

void nets_release(struct rib *r, const uint32_t *nets, uint32_t n)
{
	uint32_t k = 0;

	for (uint32_t i = 0; i < n; i++) {
		if (is_needed(rib_net(r, nets[i])))
			continue;
		bitmap_set(&r->idle, nets[i]);
		k++;
	}
	if (k)
		keep_pace(r, k);
}

void rib_net_unpin(struct rib *r, uint32_t net)
{
	rib_nets_unpin(r, &net, 1);
}

void rib_nets_unpin(struct rib *r, const uint32_t *nets, uint32_t n)
{
	uint32_t k = 0;

	for (uint32_t i = 0; i < n; i++) {
		struct rib_net *net = rib_net(r, nets[i]);

		assert(net->pins > 0);
		if (--net->pins || is_needed(net))
			continue;
		bitmap_set(&r->idle, nets[i]);
		k++;
	}
	if (k)
		keep_pace(r, k);
}

uint32_t rib_net_limit(const struct rib *r)
{
	return slab_limit(&r->store.nets);
}
