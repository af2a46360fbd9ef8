/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Resilient hashing: which routes keep their kernel group when their members come and go.
 */
#include <stdio.h>
#include <string.h>

#include "fib/backend/memory.h"
#include "fib/fib_priv.h"
#include "tests/cu_main.h"
#include "tests/fib/netns.h"
#include "tests/fib/rig.h"

#define T      RIG_TABLE
#define ROUTES 10

static const struct nhspread resilient = { .buckets = 128, .idle_s = 120 };

static void open_rig(struct rig *r)
{
	struct fib_backend *b = fib_backend_memory_new();

	for (uint32_t i = 1; i < 5; i++)
		fib_memory_link(b, i, true, true);
	rig_start(r, b, 1000);
	r->spread = resilient;
	rig_table(r, FIB_MSG_TABLE_ADD, T);
}

/* Gateways on devices first..last; each dies with the live key of its device. */
static void group(struct rig *r, uint32_t gid, uint32_t first, uint32_t last)
{
	struct nexthop nh[4];
	uint32_t n = 0;
	char gw[16];

	for (uint32_t dev = first; dev <= last; dev++) {
		(void)snprintf(gw, sizeof(gw), "10.0.%u.2", dev);
		nh[n++] = rig_via(dev, gw, dev);
	}
	rig_group(r, gid, nh, n, NULL);
}

static void route(struct rig *r, unsigned i, uint32_t gid)
{
	char pfx[32];

	(void)snprintf(pfx, sizeof(pfx), "10.%u.0.0/16", i + 1);
	rig_route(r, T, pfx, gid);
}

/* Kernel group of the i-th route. */
static struct fib_dump_object group_of(struct rig *r, unsigned i)
{
	struct fib_dump_route route = { 0 };
	struct fib_dump_object o;
	struct prefix p;
	char pfx[32];

	(void)snprintf(pfx, sizeof(pfx), "10.%u.0.0/16", i + 1);
	p = rig_prefix(pfx);
	memset(&o, 0, sizeof(o));
	CU_ASSERT_EQUAL(fib_memory_route(r->backend, T, &p, &route), 0);
	CU_ASSERT_EQUAL(fib_memory_object(r->backend, route.id, &o), 0);
	return o;
}

static uint64_t written(const struct rig *r)
{
	return counter_get(&fib_stats(r->fib)->written);
}

/* All routes on three members, as group 1. Returns the id of the kernel group. */
static uint32_t three(struct rig *r)
{
	open_rig(r);
	group(r, 1, 1, 3);
	for (unsigned i = 0; i < ROUTES; i++)
		route(r, i, 1);
	CU_ASSERT(rig_settle(r));
	CU_ASSERT_EQUAL(written(r), ROUTES);
	CU_ASSERT_EQUAL(group_of(r, 0).spread.buckets, resilient.buckets);
	return group_of(r, 0).id;
}

static void routes_that_follow_a_member_keep_their_group(void)
{
	struct rig r;
	const uint32_t id = three(&r);

	group(&r, 2, 1, 2); /* the third one withdraws, */
	for (unsigned i = 0; i < ROUTES; i++)
		route(&r, i, 2);
	rig_group_del(&r, 1);
	CU_ASSERT(rig_settle(&r));
	CU_ASSERT_EQUAL(group_of(&r, ROUTES - 1).id, id);
	CU_ASSERT_EQUAL(group_of(&r, ROUTES - 1).n_members, 2);
	group(&r, 3, 1, 3); /* and comes back */
	for (unsigned i = 0; i < ROUTES; i++)
		route(&r, i, 3);
	rig_group_del(&r, 2);
	CU_ASSERT(rig_settle(&r));
	CU_ASSERT_EQUAL(group_of(&r, 0).id, id);
	CU_ASSERT_EQUAL(group_of(&r, 0).n_members, 3);
	CU_ASSERT_EQUAL(written(&r), ROUTES); /* at the beginning */
	rig_stop(&r);
}

static void a_death_and_what_follows_it_keep_the_group(void)
{
	struct rig r;
	const uint32_t id = three(&r);

	rig_neighbor(&r, 3, false);
	CU_ASSERT_EQUAL(group_of(&r, 0).n_members, 2);
	group(&r, 2, 1, 2);
	for (unsigned i = 0; i < ROUTES; i++)
		route(&r, i, 2);
	CU_ASSERT(rig_settle(&r));
	CU_ASSERT_EQUAL(group_of(&r, 0).id, id);
	CU_ASSERT_EQUAL(group_of(&r, 0).n_members, 2);
	CU_ASSERT_EQUAL(written(&r), ROUTES);
	rig_stop(&r);
}

static void while_routes_move_only_what_both_want_is_used(void)
{
	struct rig r;
	const uint32_t id = three(&r);

	group(&r, 2, 2, 4);
	route(&r, 0, 2);
	CU_ASSERT(rig_settle(&r));
	CU_ASSERT_EQUAL(group_of(&r, 0).id, id);
	CU_ASSERT_EQUAL(group_of(&r, 1).id, id);
	CU_ASSERT_EQUAL(group_of(&r, 0).n_members, 2);
	rig_stop(&r);
}

static void if_only_some_routes_move_the_fewer_get_another_group(void)
{
	struct rig r;
	const uint32_t id = three(&r);

	group(&r, 2, 1, 2);
	route(&r, 0, 2);
	CU_ASSERT(groups_part(&r.fib->groups)); /* they may still be moving */
	CU_ASSERT_FALSE(groups_part(&r.fib->groups));
	writer_wake(r.fib);
	CU_ASSERT(rig_settle(&r));
	CU_ASSERT_EQUAL(group_of(&r, 1).id, id);
	CU_ASSERT_EQUAL(group_of(&r, 1).n_members, 3);
	CU_ASSERT_NOT_EQUAL(group_of(&r, 0).id, id);
	CU_ASSERT_EQUAL(group_of(&r, 0).n_members, 2);
	CU_ASSERT_EQUAL(written(&r), ROUTES + 1);
	CU_ASSERT_EQUAL(counter_get(&fib_stats(r.fib)->routes_installed), ROUTES);
	rig_stop(&r);
}

static void nothing_in_common_is_another_group_at_once(void)
{
	struct rig r;
	const uint32_t id = three(&r);

	group(&r, 2, 4, 4);
	route(&r, 0, 2);
	CU_ASSERT(rig_settle(&r));
	CU_ASSERT_NOT_EQUAL(group_of(&r, 0).id, id);
	group(&r, 3, 3, 4); /* and what was in common may die */
	route(&r, 1, 3);
	rig_neighbor(&r, 3, false);
	CU_ASSERT(rig_settle(&r));
	CU_ASSERT_NOT_EQUAL(group_of(&r, 1).id, id);
	CU_ASSERT_EQUAL(group_of(&r, 1).n_members, 1);
	CU_ASSERT_EQUAL(group_of(&r, 2).id, id);
	CU_ASSERT_EQUAL(group_of(&r, 2).n_members, 2);
	rig_stop(&r);
}

static void other_buckets_are_another_group(void)
{
	struct rig r;
	const uint32_t id = three(&r);

	r.spread.buckets = 256;
	group(&r, 2, 1, 3);
	for (unsigned i = 0; i < ROUTES; i++)
		route(&r, i, 2);
	CU_ASSERT(rig_settle(&r));
	CU_ASSERT_NOT_EQUAL(group_of(&r, 0).id, id);
	CU_ASSERT_EQUAL(group_of(&r, 0).spread.buckets, 256);
	rig_stop(&r);
}

struct seen {
	uint32_t n;
	struct fib_dump_object last;
};

static void see(void *ctx, const struct fib_dump_object *o)
{
	struct seen *s = ctx;

	if (!o->n_members)
		return;
	s->n++;
	s->last = *o;
}

/* The real one: it takes the parameters, shows them again, and a restart writes nothing. */
static void the_kernel_has_it_and_a_restart_adopts_it(void)
{
	struct fib_backend *eyes;
	struct nexthop nh[2];
	struct seen s = { 0 };
	uint32_t dev[2];
	struct rig r;

	if (!netns_enter()) {
		cu_skip("no privilege to make a network namespace");
		return;
	}
	dev[0] = netns_veth("ka");
	dev[1] = netns_veth("kb");
	eyes = fib_backend_netlink_new();
	CU_ASSERT_PTR_NOT_NULL_FATAL(eyes);
	nh[0] = rig_via(dev[0], "10.0.0.2", 5);
	nh[1] = rig_via(dev[1], "10.0.0.6", 6);
	for (unsigned run = 0; run < 2; run++) {
		rig_start(&r, fib_backend_netlink_new(), 1000);
		r.spread = resilient;
		rig_table(&r, FIB_MSG_TABLE_ADD, T);
		rig_group(&r, run + 1, nh, 2, NULL);
		rig_route(&r, T, "10.1.0.0/16", run + 1);
		CU_ASSERT(rig_settle(&r));
		CU_ASSERT_EQUAL(written(&r), 1 - run);
		if (!run)
			rig_stop(&r);
	}
	CU_ASSERT_EQUAL(eyes->ops->dump_objects(eyes, see, &s), 0);
	CU_ASSERT_EQUAL(s.n, 1);
	CU_ASSERT_EQUAL(s.last.n_members, 2);
	CU_ASSERT_EQUAL(s.last.spread.buckets, resilient.buckets);
	CU_ASSERT_EQUAL(s.last.spread.idle_s, resilient.idle_s);
	fib_withdraw_all(r.fib);
	rig_stop(&r);
	eyes->ops->free(eyes);
	netns_del(dev[0]);
	netns_del(dev[1]);
}

static const struct cu_case cases[] = {
	CU_CASE(routes_that_follow_a_member_keep_their_group),
	CU_CASE(a_death_and_what_follows_it_keep_the_group),
	CU_CASE(while_routes_move_only_what_both_want_is_used),
	CU_CASE(if_only_some_routes_move_the_fewer_get_another_group),
	CU_CASE(nothing_in_common_is_another_group_at_once),
	CU_CASE(other_buckets_are_another_group),
	CU_CASE(the_kernel_has_it_and_a_restart_adopts_it),
};
CU_SUITE(spread, cases);
