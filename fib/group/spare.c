/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A device that loses its carrier: the kernel removes the nexthops on it, the groups that are empty
 * then, and the routes of these, under its lock of all configuration. For half a million routes
 * that took 100 ms and more (measured), in which no group of anybody can be rewritten: so each VPC
 * whose packets went that way lost them for so long.
 *
 * A group with another member stays, and its routes with it. But every member of a usual group gets
 * its share of the packets. A resilient group (Linux 5.15) has buckets of flows instead, and gives
 * each member as many as its weight deserves, rounded: who deserves less than half a bucket gets
 * none, until the others are gone; then it gets all of them, at once and without us. Hence groups
 * that lead out by a line are resilient ones with a spare member of weight 1, the others' weights
 * scaled up:
 *
 *	the backup, if it is on another device: then the kernel itself switches to it
 *	else the sink, which drops packets (fib/backend/sink.h): routes stay, and go later in slices
 *
 * Buckets are handed out along the members by rounding a running sum; so the spare one is written
 * last, where its share alone is rounded. With weights of 255 at least beside it that is below
 * half a bucket for up to 127 buckets. Idle timer 0: each rewriting moves buckets at once; what a
 * member held that is not there any more moves in any case. A balanced group has no timer running.
 *
 * Without: groups of members on several devices, of which the kernel leaves the others; groups with
 * resilient hashing that the user asked for, whose buckets wait until they are idle before they
 * leave a spare member; groups whose members differ so much in weight that one would have no
 * bucket; and those that do not lead out by a line, but by a veth pair of our own, so that their
 * packets need no hash.
 *
 * Cost: a hash and a bucket for each packet, by lines; more buckets than one so that processors do
 * not write to the same one. A kilobyte of the kernel's memory a group.
 *
 * Rejected: the loopback device as sink (a forwarded packet comes back from it until its TTL is
 * over), a blackhole nexthop (the kernel has none in groups of several).
 */
#include "fib/group/spare.h"

#include <errno.h>
#include <string.h>

#include "fib/group/group_int.h"

#define SPARE_WEIGHT  1
#define BUCKETS_ONE   32  /* for a group with one member */
#define BUCKETS_SHARE 120 /* even shares for 2, 3, 4, 5, 6, 8, 10, 12 and 15 members */

/* Shared by all groups. */

static void set_error(struct groups *gs, int error)
{
	struct counter *c = &gs->objects->stats->keep_errno;

	counter_add(c, (uint64_t)-error - counter_get(c));
}

static int write_one(struct groups *gs, const struct fib_op *op)
{
	struct objects *o = gs->objects;

	o->ops[0] = *op;
	objects_write(o, o->ops, 1);
	return o->ops[0].error;
}

/* The nexthop of the sink. */
static int make_sink(struct groups *gs)
{
	struct objects *o = gs->objects;
	const int64_t ifindex = o->backend->ops->sink(o->backend, true);
	struct fib_op op = { .kind = FIB_OP_NEXTHOP_SET };
	struct knh *old = gs->sink;
	int ret = 0;

	if (ifindex < 0)
		return (int)ifindex;
	op.nexthop.kind = NEXTHOP_KIND_GATEWAY;
	op.nexthop.family = AF_INET6;
	op.nexthop.ifindex = (uint32_t)ifindex;
	op.nexthop.gw = (struct ip_addr){ .family = AF_INET6, .b = { 0xfe, 0x80, [15] = 1 } };
	gs->sink = knh_get(o, &op.nexthop);
	if (old)
		knh_put(o, old);
	if (!gs->sink)
		return -ENOSPC;
	gs->sink->is_sink = true;
	op.id = gs->sink->id;
	if (!gs->sink->up)
		ret = write_one(gs, &op);
	gs->sink->up = !ret;
	return ret;
}

/* Does the kernel have resilient groups? The one that is made goes with what nobody uses. */
static int try_group(struct groups *gs)
{
	const struct nhspread spread = { .buckets = BUCKETS_ONE };
	struct kgroup *g = kgroup_new(gs->objects, &spread);
	struct fib_op op = { .kind = FIB_OP_GROUP_SET, .n_members = 1, .spread = spread };
	const struct kmember m = { .nh = gs->sink, .weight = SPARE_WEIGHT };
	int ret;

	if (!g)
		return -ENOSPC;
	op.id = g->id;
	op.members[0] = (struct fib_member){ .id = gs->sink->id, .weight = SPARE_WEIGHT };
	ret = write_one(gs, &op);
	g->up = !ret;
	if (!ret)
		kgroup_set_members(gs->objects, g, &m, 1);
	kgroup_put(gs->objects, g);
	return ret;
}

void spare_start(struct groups *gs)
{
	int ret = make_sink(gs);

	if (!ret)
		ret = try_group(gs);
	if (ret) {
		spare_stop(gs);
		(void)gs->objects->backend->ops->sink(gs->objects->backend, false);
	}
	set_error(gs, ret);
}

void spare_stop(struct groups *gs)
{
	if (gs->sink)
		knh_put(gs->objects, gs->sink);
	gs->sink = NULL;
}

void spare_mend(struct groups *gs)
{
	int ret;

	if (!gs->sink || gs->sink->up)
		return;
	ret = make_sink(gs);
	set_error(gs, ret);
	if (ret)
		gs->retry_due = true;
}

/* Of one group. */

static bool is_one_line(const struct nhgroup *want)
{
	for (unsigned i = 0; i < want->n; i++) {
		if (want->nh[i].kind == NEXTHOP_KIND_BLACKHOLE ||
			want->nh[i].ifindex != want->nh[0].ifindex)
			return false;
	}
	return true;
}

/* Is each member worth a bucket, with all of them there? */
static bool is_fair(const struct nhgroup *want)
{
	uint32_t sum = 0;

	for (unsigned i = 0; i < want->n; i++)
		sum += want->nh[i].weight;
	for (unsigned i = 0; i < want->n; i++) {
		if (want->nh[i].weight * BUCKETS_SHARE < sum)
			return false;
	}
	return true;
}

/* From what is wanted alone: it decides of which kind the kernel group is, for good. */
bool spare_has(const struct groups *gs, const struct nhgroup *want)
{
	return gs->sink && want->on_line && !want->spread.buckets && want->n < NHGROUP_MAX &&
		is_one_line(want) && is_fair(want);
}

struct nhspread spare_spread(const struct groups *gs, const struct nhgroup *want)
{
	if (!spare_has(gs, want))
		return want->spread;
	return (struct nhspread){ .buckets = want->n == 1 ? BUCKETS_ONE : BUCKETS_SHARE };
}

static struct knh *spare_of(const struct groups *gs, const struct face *f, const struct kmember *m)
{
	const struct nhgroup *want = f->group->want;
	const struct nexthop *backup = &want->nh[want->n];

	if (want->n_backup && backup->kind != NEXTHOP_KIND_BLACKHOLE &&
		backup->ifindex != m[0].nh->key.ifindex && content_is_usable(gs, f, want->n, false))
		return f->nh[want->n];
	return gs->sink->up ? gs->sink : NULL;
}

/* Up to NEXTHOP_WEIGHT_MAX for the heaviest, and more than SPARE_WEIGHT for each: see is_fair. */
static void scale(struct kmember *m, uint8_t n)
{
	uint32_t max = 1;

	for (unsigned i = 0; i < n; i++)
		max = m[i].weight > max ? m[i].weight : max;
	for (unsigned i = 0; i < n; i++)
		m[i].weight = (uint16_t)((m[i].weight * NEXTHOP_WEIGHT_MAX + max - 1) / max);
}

uint8_t spare_add(const struct groups *gs, const struct face *f, struct kmember *m, uint8_t n)
{
	struct knh *spare;

	if (!n || !spare_has(gs, f->group->want) || m[0].nh->key.kind == NEXTHOP_KIND_BLACKHOLE)
		return n;
	spare = spare_of(gs, f, m);
	scale(m, n);
	return spare ? content_add(m, n, spare, SPARE_WEIGHT) : n;
}

/* To the end with it; returns how many others there are. */
static uint8_t spare_last(struct kmember *m, uint8_t n)
{
	for (unsigned i = 0; i < n; i++) {
		const struct kmember x = m[i];

		if (x.weight != SPARE_WEIGHT)
			continue;
		memmove(&m[i], &m[i + 1], (n - 1 - i) * sizeof(m[0]));
		m[n - 1] = x;
		return (uint8_t)(n - 1);
	}
	return n;
}

void spare_order(struct kmember *m, uint8_t n)
{
	(void)spare_last(m, n);
}

bool spare_fits(const struct kgroup *g, const struct kmember *m, uint8_t n)
{
	struct kmember mine[NHGROUP_MAX + 1];
	struct kgroup has = *g;

	memcpy(mine, m, n * sizeof(m[0]));
	has.n = spare_last(has.m, has.n);
	n = spare_last(mine, n);
	return n && kgroup_is_equal(&has, mine, n);
}
