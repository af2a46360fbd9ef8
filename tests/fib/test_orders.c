/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Orders against the kernel in memory: one habit each.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fib/backend/memory.h"
#include "fib/fib_priv.h"
#include "tests/cu_main.h"
#include "tests/fib/rig.h"

#define T RIG_TABLE

static uint64_t value(const struct counter *c)
{
	return counter_get(c);
}

static void open_rig(struct rig *r)
{
	struct fib_backend *b = fib_backend_memory_new();

	for (uint32_t i = 1; i < 5; i++)
		fib_memory_link(b, i, true, true);
	rig_start(r, b, 1000);
	rig_table(r, FIB_MSG_TABLE_ADD, T);
}

/* Kernel group of a route; fails the test when there is no route of ours. */
static struct fib_dump_object group_of(struct rig *r, const char *pfx)
{
	const struct prefix p = rig_prefix(pfx);
	struct fib_dump_route route = { 0 };
	struct fib_dump_object o;

	memset(&o, 0, sizeof(o));
	CU_ASSERT_EQUAL(fib_memory_route(r->backend, T, &p, &route), 0);
	CU_ASSERT_EQUAL(fib_memory_object(r->backend, route.id, &o), 0);
	return o;
}

/* Device of the i-th member. */
static uint32_t device_of(struct rig *r, const struct fib_dump_object *g, unsigned i)
{
	struct fib_dump_object o;

	memset(&o, 0, sizeof(o));
	CU_ASSERT(i < g->n_members);
	CU_ASSERT_EQUAL(fib_memory_object(r->backend, g->members[i].id, &o), 0);
	return o.nexthop.ifindex;
}

static void a_table_ends_by_unreachable_and_loses_it_last(void)
{
	struct rig r;

	open_rig(&r);
	rig_group_via(&r, 1, 1, "10.0.0.2");
	rig_route(&r, T, "10.1.0.0/16", 1);
	CU_ASSERT(rig_settle(&r));
	CU_ASSERT(fib_memory_has_guard(r.backend, T, AF_INET));
	CU_ASSERT(fib_memory_has_guard(r.backend, T, AF_INET6));
	CU_ASSERT_EQUAL(rig_state(&r, T, "10.1.0.0/16", NULL), FIB_STATE_INSTALLED);
	rig_table(&r, FIB_MSG_TABLE_DEL, T);
	CU_ASSERT(rig_settle(&r));
	CU_ASSERT_FALSE(fib_memory_has_guard(r.backend, T, AF_INET));
	CU_ASSERT_EQUAL(fib_memory_count(r.backend, 0, FIB_OWNER_US), 0);
	CU_ASSERT_EQUAL(fib_memory_objects(r.backend), 0);
	CU_ASSERT_PTR_NULL(table_get(r.fib, T));
	CU_ASSERT_EQUAL(value(&fib_stats(r.fib)->routes_wanted), 0);
	rig_stop(&r);
}

static void a_deleted_table_may_come_back_at_once(void)
{
	struct rig r;

	open_rig(&r);
	rig_group_via(&r, 1, 1, "10.0.0.2");
	rig_route(&r, T, "10.1.0.0/16", 1);
	rig_route(&r, T, "10.2.0.0/16", 1);
	CU_ASSERT(rig_settle(&r));
	rig_table(&r, FIB_MSG_TABLE_DEL, T);
	rig_table(&r, FIB_MSG_TABLE_ADD, T);
	rig_route(&r, T, "10.2.0.0/16", 1);
	CU_ASSERT(rig_settle(&r));
	CU_ASSERT_EQUAL(fib_memory_count(r.backend, T, FIB_OWNER_US), 1);
	CU_ASSERT_EQUAL(rig_state(&r, T, "10.2.0.0/16", NULL), FIB_STATE_INSTALLED);
	CU_ASSERT(fib_memory_has_guard(r.backend, T, AF_INET));
	rig_stop(&r);
}

static void orders_for_one_prefix_coalesce(void)
{
	struct rig r;

	open_rig(&r);
	CU_ASSERT(rig_settle(&r));
	rig_group_via(&r, 1, 1, "10.0.0.2");
	rig_group_via(&r, 2, 2, "10.0.0.6");
	for (unsigned i = 0; i < 100; i++)
		rig_route(&r, T, "10.1.0.0/16", 1 + i % 2);
	CU_ASSERT(rig_settle(&r));
	CU_ASSERT_EQUAL(fib_memory_stats(r.backend)->routes, 1);
	const struct fib_dump_object g = group_of(&r, "10.1.0.0/16");
	CU_ASSERT_EQUAL(device_of(&r, &g, 0), 2);
	rig_stop(&r);
}

static void new_members_move_routes_without_writing_them(void)
{
	struct rig r;
	struct fib_dump_object g;

	open_rig(&r);
	rig_group_via(&r, 1, 1, "10.0.0.2");
	rig_route(&r, T, "10.1.0.0/16", 1);
	CU_ASSERT(rig_settle(&r));
	rig_group_via(&r, 1, 3, "10.0.0.10");
	CU_ASSERT(rig_settle(&r));
	CU_ASSERT_EQUAL(fib_memory_stats(r.backend)->routes, 1);
	g = group_of(&r, "10.1.0.0/16");
	CU_ASSERT_EQUAL(device_of(&r, &g, 0), 3);
	CU_ASSERT_EQUAL(fib_memory_objects(r.backend), 2);
	rig_stop(&r);
}

/* Orders of any kind about few prefixes, so that most of them meet others of the same run. */
static struct fib_msg any_order(void)
{
	static const char *const prefixes[] = { "10.1.0.0/16", "10.1.2.0/24", "10.9.0.0/16",
		"fd00:1::/32", "fd00:9::/32" };
	struct fib_msg m = { .type = FIB_MSG_ROUTE_SET,
		.pfx = rig_prefix(prefixes[cu_random_below(ARRAY_SIZE(prefixes))]),
		.table = T + cu_random_below(3), /* the third is nobody's */
		.gid = 1 + cu_random_below(3) };

	if (cu_random_below(2))
		m.type = FIB_MSG_ROUTE_DEL;
	if (cu_random_below(10) == 0)
		m.type = FIB_MSG_GROUP_DEL;
	if (cu_random_below(40) == 0)
		m.type = cu_random_below(2) ? FIB_MSG_TABLE_DEL : FIB_MSG_TABLE_ADD;
	return m;
}

static bool is_alike(const struct counter *a, const struct counter *b)
{
	return counter_get(a) == counter_get(b);
}

static void open_pair(struct rig *r)
{
	for (unsigned i = 0; i < 2; i++) {
		open_rig(&r[i]);
		rig_table(&r[i], FIB_MSG_TABLE_ADD, T + 1);
	}
}

static void groups_of_pair(struct rig *r)
{
	for (unsigned i = 0; i < 2; i++) {
		rig_group_via(&r[i], 1, 1, "10.0.0.2");
		rig_group_via(&r[i], 2, 2, "10.0.0.6");
	}
}

static void orders_at_once_do_what_they_do_one_by_one(void)
{
	struct fib_msg m[FIB_MANY];
	const struct fib_msg *list[FIB_MANY];
	struct rig r[2];

	open_pair(r);
	for (unsigned round = 0; round < 300; round++) {
		const uint32_t n = cu_random_below(FIB_MANY + 1);
		const struct fib_stats *a = fib_stats(r[0].fib);
		const struct fib_stats *b = fib_stats(r[1].fib);

		groups_of_pair(r);
		for (uint32_t i = 0; i < n; i++) {
			m[i] = any_order();
			list[i] = &m[i];
			fib_handle(r[1].fib, r[1].feed, &m[i]);
		}
		fib_handle_many(r[0].fib, r[0].feed, list, n);
		CU_ASSERT(is_alike(&a->refused, &b->refused));
		CU_ASSERT(is_alike(&a->routes_wanted, &b->routes_wanted));
		if (cu_random_below(2))
			continue; /* the next ones meet what is still queued */
		CU_ASSERT(rig_settle(&r[0]) && rig_settle(&r[1]));
		CU_ASSERT(is_alike(&a->routes_installed, &b->routes_installed));
		CU_ASSERT_EQUAL(fib_memory_stats(r[0].backend)->routes,
			fib_memory_stats(r[1].backend)->routes);
	}
	CU_ASSERT(counter_get(&fib_stats(r[0].fib)->refused) > 0);
	CU_ASSERT(counter_get(&fib_stats(r[0].fib)->written) > 0);
	rig_stop(&r[0]);
	rig_stop(&r[1]);
}

static void count_space(void *ctx)
{
	++*(unsigned *)ctx;
}

static struct prefix nth_prefix(uint32_t i)
{
	const struct ip_addr a = ip_from_v4(0x0b000000 + (i << 8));

	return prefix_make(&a, 24);
}

static void who_brings_too_much_is_told_when_there_is_room(void)
{
	unsigned n_told = 0;
	struct prefix pfx;
	uint32_t n = 0;
	struct rig r;

	open_rig(&r);
	rig_group_via(&r, 1, 1, "10.0.0.2");
	CU_ASSERT(rig_settle(&r));
	fib_on_space(r.fib, count_space, &n_told);
	CU_ASSERT_FALSE(fib_is_full(r.fib));
	for (; n < 100000 && !fib_is_full(r.fib); n++) {
		pfx = nth_prefix(n);
		rig_route_pfx(&r, T, &pfx, 1);
	}
	CU_ASSERT(n < 100000);
	(void)loop_turn(r.loop);
	CU_ASSERT(fib_is_full(r.fib)); /* some are written, not most */
	CU_ASSERT_EQUAL(n_told, 0);
	CU_ASSERT(rig_settle(&r));
	CU_ASSERT_EQUAL(n_told, 1);
	CU_ASSERT_FALSE(fib_is_full(r.fib));
	CU_ASSERT_EQUAL(fib_memory_stats(r.backend)->routes, n);
	/* Whoever waits when all is given up does not wait for ever. */
	for (uint32_t i = 0; !fib_is_full(r.fib); i++) {
		pfx = nth_prefix(i);
		rig_route_del(&r, T, &pfx);
	}
	fib_withdraw_all(r.fib);
	CU_ASSERT_EQUAL(n_told, 2);
	CU_ASSERT_FALSE(fib_is_full(r.fib));
	rig_stop(&r);
}

static void a_dead_neighbor_leaves_before_queued_routes_are_written(void)
{
	struct rig r;
	struct nexthop nh[2];
	struct nexthop backup;
	struct fib_dump_object g;

	open_rig(&r);
	nh[0] = rig_via(1, "10.0.0.2", 11);
	nh[1] = rig_via(2, "10.0.0.6", 12);
	backup = rig_via(3, "10.0.0.10", 13);
	rig_group(&r, 1, nh, 2, &backup);
	rig_route(&r, T, "10.1.0.0/16", 1);
	CU_ASSERT(rig_settle(&r));
	rig_route(&r, T, "10.2.0.0/16", 1);
	rig_neighbor(&r, 11, false); /* no turn of the loop: written at once */
	g = group_of(&r, "10.1.0.0/16");
	CU_ASSERT_EQUAL(g.n_members, 1);
	CU_ASSERT_EQUAL(device_of(&r, &g, 0), 2);
	CU_ASSERT_EQUAL(fib_memory_stats(r.backend)->routes, 1);
	rig_neighbor(&r, 12, false);
	g = group_of(&r, "10.1.0.0/16");
	CU_ASSERT_EQUAL(device_of(&r, &g, 0), 3);
	rig_neighbor(&r, 13, false); /* nobody left: stays as it is */
	g = group_of(&r, "10.1.0.0/16");
	CU_ASSERT_EQUAL(device_of(&r, &g, 0), 3);
	rig_neighbor(&r, 11, true);
	rig_neighbor(&r, 12, true);
	g = group_of(&r, "10.1.0.0/16");
	CU_ASSERT_EQUAL(g.n_members, 2);
	CU_ASSERT(rig_settle(&r));
	rig_stop(&r);
}

static void say(struct rig *r, enum fib_msg_type type, uint32_t deaths, uint32_t ifindex)
{
	const struct fib_msg m = { .type = (uint8_t)type,
		.gid = 11,
		.watch = { .epoch = { 1, deaths }, .ifindex = ifindex } };

	fib_handle(r->fib, 1, &m);
}

/* The device of the only member, now. */
static uint32_t way(struct rig *r)
{
	const struct fib_dump_object g = group_of(r, "10.1.0.0/16");

	CU_ASSERT_EQUAL(g.n_members, 1);
	return device_of(r, &g, 0);
}

static void bfd_switches_a_group_whose_worker_is_busy(void)
{
	const struct nexthop primary = rig_via(1, "fe80::1", 11);
	const struct nexthop backup = rig_via(2, "fe80::1", 12);
	const struct nexthop third = rig_via(3, "fe80::1", 13);
	struct rig r;

	open_rig(&r);
	rig_group(&r, 1, &primary, 1, &backup);
	rig_route(&r, T, "10.1.0.0/16", 1);
	CU_ASSERT(rig_settle(&r));
	say(&r, FIB_MSG_NEIGHBOR_DIED, 1, 0); /* no turn of the loop: written at once */
	CU_ASSERT_EQUAL(way(&r), 2);
	CU_ASSERT_EQUAL(fib_memory_stats(r.backend)->routes, 1);
	/* the worker still thinks that it lives: more routes of it, other members, an old "up" */
	rig_route(&r, T, "10.2.0.0/16", 1);
	say(&r, FIB_MSG_NEIGHBOR_UP, 0, 0);
	CU_ASSERT(rig_settle(&r));
	CU_ASSERT_EQUAL(way(&r), 2);
	rig_group(&r, 1, &primary, 1, &third);
	CU_ASSERT(rig_settle(&r));
	CU_ASSERT_EQUAL(way(&r), 3);
	/* it reads of it, and of the session after it */
	say(&r, FIB_MSG_NEIGHBOR_DOWN, 0, 0);
	CU_ASSERT_EQUAL(way(&r), 3);
	say(&r, FIB_MSG_NEIGHBOR_UP, 1, 0);
	CU_ASSERT_EQUAL(way(&r), 1);
	CU_ASSERT(rig_settle(&r));
	rig_stop(&r);
}

/* As a VPC has it that is behind a VBR with two peers, and another VBR. */
static void what_leans_on_a_set_is_switched_with_its_last_member(void)
{
	static const uint32_t members[] = { 11, 12 };
	const struct nexthop primary = rig_via(1, "fe80::1", 21);
	const struct nexthop backup = rig_via(2, "fe80::1", 13);
	const struct fib_msg set = { .type = FIB_MSG_NEIGHBOR_SET,
		.gid = 21,
		.take_set = live_set_new(members, 2) };
	struct rig r;

	open_rig(&r);
	fib_handle(r.fib, 1, &set);
	rig_group(&r, 1, &primary, 1, &backup);
	rig_route(&r, T, "10.1.0.0/16", 1);
	CU_ASSERT(rig_settle(&r));
	say(&r, FIB_MSG_NEIGHBOR_DIED, 1, 0); /* 11 */
	CU_ASSERT_EQUAL(way(&r), 1);
	rig_neighbor(&r, 12, false); /* no turn of the loop: written at once */
	CU_ASSERT_EQUAL(way(&r), 2);
	rig_neighbor(&r, 12, true);
	CU_ASSERT_EQUAL(way(&r), 1);
	CU_ASSERT(rig_settle(&r));
	rig_stop(&r);
}

static void a_line_that_goes_takes_neighbours_out_of_groups_on_other_devices(void)
{
	const struct nexthop primary = rig_via(1, "fe80::1", 11);
	const struct nexthop backup = rig_via(2, "fe80::1", 12);
	struct rig r;

	open_rig(&r);
	say(&r, FIB_MSG_NEIGHBOR_UP, 0, 4);
	rig_group(&r, 1, &primary, 1, &backup);
	rig_route(&r, T, "10.1.0.0/16", 1);
	CU_ASSERT(rig_settle(&r));
	CU_ASSERT_EQUAL(way(&r), 1);
	fib_memory_link(r.backend, 4, false, false);
	CU_ASSERT(rig_settle(&r));
	CU_ASSERT_EQUAL(way(&r), 2);
	fib_memory_link(r.backend, 4, true, false);
	CU_ASSERT(rig_settle(&r));
	CU_ASSERT_EQUAL(way(&r), 1);
	/* more devices at once than fit into an event */
	for (uint32_t i = 0; i < FIB_EVENT_LINKS; i++)
		fib_memory_link(r.backend, 5, i % 2, false);
	fib_memory_link(r.backend, 4, false, false);
	CU_ASSERT(rig_settle(&r));
	CU_ASSERT_EQUAL(way(&r), 2);
	/* an "up" that was on its way when the line went */
	say(&r, FIB_MSG_NEIGHBOR_DOWN, 0, 0);
	say(&r, FIB_MSG_NEIGHBOR_UP, 0, 4);
	CU_ASSERT_EQUAL(way(&r), 2);
	CU_ASSERT_EQUAL(fib_memory_stats(r.backend)->routes, 1);
	rig_stop(&r);
}

static void anothers_route_is_left_alone_and_ours_waits(void)
{
	const struct prefix p = rig_prefix("10.1.0.0/16");
	char error[FIB_ERROR_SIZE];
	struct rig r;

	open_rig(&r);
	fib_memory_add_foreign(r.backend, T, &p);
	rig_group_via(&r, 1, 1, "10.0.0.2");
	rig_route_pfx(&r, T, &p, 1);
	CU_ASSERT(rig_settle(&r));
	CU_ASSERT_EQUAL(rig_state(&r, T, "10.1.0.0/16", error), FIB_STATE_FAILED);
	CU_ASSERT_PTR_NOT_NULL(strstr(error, "another"));
	rig_turn_ms(&r, 10);
	CU_ASSERT_EQUAL(fib_memory_stats(r.backend)->clobbered, 0);
	CU_ASSERT_EQUAL(value(&fib_stats(r.fib)->foreign), 1);
	fib_memory_del_foreign(r.backend, T, &p);
	rig_turn_ms(&r, 100);
	CU_ASSERT_EQUAL(rig_state(&r, T, "10.1.0.0/16", NULL), FIB_STATE_INSTALLED);
	CU_ASSERT_EQUAL(value(&fib_stats(r.fib)->routes_failed), 0);
	rig_stop(&r);
}

static void a_link_flap_brings_all_routes_back(void)
{
	char error[FIB_ERROR_SIZE];
	struct rig r;
	char s[24];

	open_rig(&r);
	rig_group_via(&r, 1, 1, "10.0.0.2");
	for (unsigned i = 0; i < 200; i++) {
		(void)snprintf(s, sizeof(s), "10.1.%u.0/24", i);
		rig_route(&r, T, s, 1);
	}
	CU_ASSERT(rig_settle(&r));
	CU_ASSERT_EQUAL(fib_memory_count(r.backend, T, FIB_OWNER_US), 200);
	fib_memory_link(r.backend, 1, false, false);
	CU_ASSERT(rig_settle(&r));
	CU_ASSERT_EQUAL(rig_state(&r, T, "10.1.7.0/24", error), FIB_STATE_FAILED);
	CU_ASSERT_STRING_EQUAL(error, "Device for nexthop is not up");
	CU_ASSERT_EQUAL(value(&fib_stats(r.fib)->routes_installed), 0);
	CU_ASSERT_EQUAL(value(&fib_stats(r.fib)->routes_failed), 200);
	fib_memory_link(r.backend, 1, true, false);
	rig_turn_ms(&r, 1);
	CU_ASSERT(rig_settle(&r));
	CU_ASSERT_EQUAL(fib_memory_count(r.backend, T, FIB_OWNER_US), 200);
	CU_ASSERT_EQUAL(value(&fib_stats(r.fib)->routes_installed), 200);
	CU_ASSERT_EQUAL(value(&fib_stats(r.fib)->routes_failed), 0);
	rig_stop(&r);
}

static void drift_is_found_repaired_and_counted(void)
{
	const struct prefix gone = rig_prefix("10.1.0.0/16");
	const struct prefix bent = rig_prefix("10.2.0.0/16");
	struct rig r;

	open_rig(&r);
	rig_group_via(&r, 1, 1, "10.0.0.2");
	rig_group_via(&r, 2, 2, "10.0.0.6");
	rig_route_pfx(&r, T, &gone, 1);
	rig_route_pfx(&r, T, &bent, 1);
	rig_route(&r, T, "10.3.0.0/16", 2);
	CU_ASSERT(rig_settle(&r));
	const uint32_t other = group_of(&r, "10.3.0.0/16").id;

	CU_ASSERT(fib_memory_spoil(r.backend, T, &gone, 0));
	CU_ASSERT(fib_memory_spoil(r.backend, T, &bent, other));
	scan_request_all(r.fib);
	CU_ASSERT(rig_settle(&r));
	CU_ASSERT_EQUAL(value(&fib_stats(r.fib)->drift_repaired), 2);
	CU_ASSERT_NOT_EQUAL(group_of(&r, "10.2.0.0/16").id, other);
	CU_ASSERT_EQUAL(fib_memory_count(r.backend, T, FIB_OWNER_US), 3);
	scan_request_all(r.fib);
	CU_ASSERT(rig_settle(&r));
	CU_ASSERT_EQUAL(value(&fib_stats(r.fib)->drift_repaired), 2);
	rig_stop(&r);
}

static uint64_t drift_of(const struct rig *r)
{
	return value(&fib_stats(r->fib)->drift_repaired);
}

/* A route by line 1 alone, and one by lines 1 and 2. */
static void open_two_lines(struct rig *r)
{
	const struct nexthop nh[2] = { rig_via(1, "10.0.0.2", 0), rig_via(2, "10.0.0.6", 0) };

	open_rig(r);
	rig_group_via(r, 1, 1, "10.0.0.2");
	rig_group(r, 2, nh, 2, NULL);
	rig_route(r, T, "10.1.0.0/16", 1);
	rig_route(r, T, "10.2.0.0/16", 2);
	CU_ASSERT(rig_settle(r));
}

static void what_goes_with_its_line_is_no_drift(void)
{
	struct rig r;

	open_two_lines(&r);
	fib_memory_link(r.backend, 1, false, false);
	CU_ASSERT(rig_settle(&r));
	CU_ASSERT_EQUAL(fib_memory_count(r.backend, T, FIB_OWNER_US), 1);
	CU_ASSERT_EQUAL(group_of(&r, "10.2.0.0/16").n_members, 1);
	scan_request_all(r.fib);
	CU_ASSERT(rig_settle(&r));
	CU_ASSERT_EQUAL(drift_of(&r), 0);
	fib_memory_link(r.backend, 1, true, false);
	CU_ASSERT(rig_settle(&r));
	CU_ASSERT_EQUAL(group_of(&r, "10.2.0.0/16").n_members, 2);
	CU_ASSERT_EQUAL(value(&fib_stats(r.fib)->errors), 0);

	/* Down and up again before anybody looked; nothing shows it but the event. */
	fib_memory_link(r.backend, 1, false, false);
	fib_memory_link(r.backend, 1, true, false);
	CU_ASSERT(rig_settle(&r));
	CU_ASSERT_EQUAL(fib_memory_count(r.backend, T, FIB_OWNER_US), 2);
	CU_ASSERT_EQUAL(group_of(&r, "10.2.0.0/16").n_members, 2);
	CU_ASSERT_EQUAL(drift_of(&r), 0);

	/* The events were lost, but the line is still down: the cause is known, too. */
	fib_memory_link(r.backend, 1, false, true);
	scan_request_all(r.fib);
	CU_ASSERT(rig_settle(&r));
	CU_ASSERT_EQUAL(drift_of(&r), 0);
	rig_stop(&r);
}

static void what_goes_from_a_line_that_stays_is_drift(void)
{
	struct rig r;

	open_two_lines(&r);

	/* Down and up in silence is what an administrator does who removes the nexthops. */
	fib_memory_link(r.backend, 1, false, true);
	fib_memory_link(r.backend, 1, true, true);
	scan_request_all(r.fib);
	CU_ASSERT(rig_settle(&r));
	CU_ASSERT_EQUAL(drift_of(&r), 1);
	CU_ASSERT_EQUAL(fib_memory_count(r.backend, T, FIB_OWNER_US), 2);

	/* Another line's trouble is no excuse for it, and an old one of the same line neither. */
	fib_memory_link(r.backend, 2, false, false);
	CU_ASSERT(rig_settle(&r));
	CU_ASSERT_EQUAL(drift_of(&r), 1);
	fib_memory_link(r.backend, 1, false, true);
	fib_memory_link(r.backend, 1, true, true);
	fib_memory_link(r.backend, 2, true, false);
	CU_ASSERT(rig_settle(&r));
	CU_ASSERT_EQUAL(drift_of(&r), 2);
	fib_memory_link(r.backend, 2, false, true);
	fib_memory_link(r.backend, 2, true, true);
	scan_request_all(r.fib);
	CU_ASSERT(rig_settle(&r));
	CU_ASSERT_EQUAL(drift_of(&r), 3);
	rig_stop(&r);
}

static bool every_write(void *ctx, uint32_t i)
{
	uint32_t *left = ctx;

	if (i != 40 || !*left)
		return false;
	--*left;
	return true;
}

static void dropped_answers_are_settled_by_a_scan(void)
{
	uint32_t left = 3;
	const struct fib_memory_hooks hooks = { .overrun = every_write, .ctx = &left };
	struct rig r;
	char s[24];

	open_rig(&r);
	rig_group_via(&r, 1, 1, "10.0.0.2");
	CU_ASSERT(rig_settle(&r));
	fib_memory_set_hooks(r.backend, &hooks);
	for (unsigned i = 0; i < 250; i++) {
		(void)snprintf(s, sizeof(s), "10.1.%u.0/24", i);
		rig_route(&r, T, s, 1);
	}
	CU_ASSERT(rig_settle(&r));
	CU_ASSERT_EQUAL(left, 0);
	CU_ASSERT_EQUAL(value(&fib_stats(r.fib)->overruns), 3);
	CU_ASSERT_EQUAL(fib_memory_count(r.backend, T, FIB_OWNER_US), 250);
	CU_ASSERT_EQUAL(value(&fib_stats(r.fib)->routes_installed), 250);
	CU_ASSERT_EQUAL(value(&fib_stats(r.fib)->drift_repaired), 0);
	rig_stop(&r);
}

static bool next_write(void *ctx, uint32_t i)
{
	uint32_t *left = ctx;

	(void)i;
	return *left && (*left)--;
}

/* Marks of the scans before must not speak for a route that is younger than they are. */
static void a_new_route_whose_answer_was_dropped_is_settled_by_the_very_next_scan(void)
{
	uint32_t left = 0;
	const struct fib_memory_hooks hooks = { .overrun = next_write, .ctx = &left };
	struct rig r;
	char s[24];

	open_rig(&r);
	rig_group_via(&r, 1, 1, "10.0.0.2");
	CU_ASSERT(rig_settle(&r));
	fib_memory_set_hooks(r.backend, &hooks);
	for (unsigned i = 0; i < 600; i++) { /* more than there are marks */
		left = 1;
		(void)snprintf(s, sizeof(s), "10.%u.%u.0/24", i / 200, i % 200);
		rig_route(&r, T, s, 1);
		CU_ASSERT(rig_settle(&r));
		CU_ASSERT_EQUAL(rig_state(&r, T, s, NULL), FIB_STATE_INSTALLED);
		CU_ASSERT_EQUAL(fib_memory_count(r.backend, T, FIB_OWNER_US), i + 1);
	}
	CU_ASSERT_EQUAL(value(&fib_stats(r.fib)->overruns), 600);
	rig_stop(&r);
}

static void a_scan_that_was_cut_short_passes_nothing_over_when_it_begins_again(void)
{
	const struct prefix p = rig_prefix("10.1.0.0/24");
	uint32_t t = T;
	struct rig r;

	open_rig(&r);
	rig_group_via(&r, 1, 1, "10.0.0.2");
	rig_route(&r, T, "10.1.0.0/24", 1);
	CU_ASSERT(rig_settle(&r));
	for (uint32_t cuts = 1; cuts < 4; cuts++) {
		CU_ASSERT(fib_memory_spoil(r.backend, T, &p, 0));
		scan_request_all(r.fib);
		for (uint32_t i = 0; i < cuts; i++) {
			while (r.fib->scan != SCAN_DUMP && loop_turn(r.loop))
				;
			CU_ASSERT_EQUAL(r.fib->scan, SCAN_DUMP);
			rig_table(&r, FIB_MSG_TABLE_ADD, ++t); /* the dump is for that one now */
			CU_ASSERT_EQUAL(r.fib->scan, SCAN_IDLE);
		}
		CU_ASSERT(rig_settle(&r));
		CU_ASSERT_EQUAL(fib_memory_count(r.backend, T, FIB_OWNER_US), 1);
		CU_ASSERT_EQUAL(value(&fib_stats(r.fib)->drift_repaired), cuts);
	}
	rig_stop(&r);
}

/* A backend whose dumps of IPv4 are cut short as long as one wants. */
struct cutter {
	struct fib_backend_ops ops;
	const struct fib_backend_ops *real;
	bool on;
	uint8_t family;
	uint32_t table;
	unsigned n_dumps[2]; /* IPv4, of tables T and T + 1 */
};
static struct cutter cutter;

static int cut_start(struct fib_backend *b, uint32_t table, uint8_t family)
{
	cutter.family = family;
	cutter.table = table;
	if (family == AF_INET)
		cutter.n_dumps[table - T]++;
	return cutter.real->dump_start(b, table, family);
}

static int cut_step(struct fib_backend *b, fib_route_fn fn, void *ctx)
{
	if (cutter.on && cutter.family == AF_INET && cutter.table == T)
		return -EINTR;
	return cutter.real->dump_step(b, fn, ctx);
}

/* As a table that changes all the time does to it. */
static void a_dump_that_is_cut_short_again_and_again_is_tried_now_and_then(void)
{
	struct rig r;

	open_rig(&r);
	rig_table(&r, FIB_MSG_TABLE_ADD, T + 1);
	CU_ASSERT(rig_settle(&r));
	cutter = (struct cutter){ .ops = *r.backend->ops, .real = r.backend->ops, .on = true };
	cutter.ops.dump_start = cut_start;
	cutter.ops.dump_step = cut_step;
	r.backend->ops = &cutter.ops;
	r.fib->conf.retry_ms = r.fib->backoff_ms = 60000; /* when we say so */
	scan_request_all(r.fib);
	CU_ASSERT(rig_settle(&r));
	CU_ASSERT_EQUAL(cutter.n_dumps[0], 1);
	CU_ASSERT_EQUAL(cutter.n_dumps[1], 1); /* others do not wait for it */
	writer_retry_now(r.fib);
	CU_ASSERT(rig_settle(&r));
	CU_ASSERT_EQUAL(cutter.n_dumps[0], 2);
	cutter.on = false;
	writer_retry_now(r.fib);
	CU_ASSERT(rig_settle(&r));
	writer_retry_now(r.fib);
	CU_ASSERT(rig_settle(&r));
	CU_ASSERT_EQUAL(cutter.n_dumps[0], 3);
	CU_ASSERT_EQUAL(cutter.n_dumps[1], 1);
	r.backend->ops = cutter.real;
	rig_stop(&r);
}

static int refuse_all(void *ctx, const struct fib_op *op)
{
	const bool *on = ctx;

	(void)op;
	return *on ? -EPERM : 0;
}

static void without_permission_all_fails_in_words_until_it_is_there(void)
{
	bool on = true;
	const struct fib_memory_hooks hooks = { .refuse = refuse_all, .ctx = &on };
	char error[FIB_ERROR_SIZE];
	struct rig r;

	open_rig(&r);
	fib_memory_set_hooks(r.backend, &hooks);
	rig_group_via(&r, 1, 1, "10.0.0.2");
	rig_route(&r, T, "10.1.0.0/16", 1);
	CU_ASSERT(rig_settle(&r));
	CU_ASSERT_EQUAL(rig_state(&r, T, "10.1.0.0/16", error), FIB_STATE_FAILED);
	CU_ASSERT_PTR_NOT_NULL(strstr(error, "permission"));
	on = false;
	rig_turn_ms(&r, 100);
	CU_ASSERT_EQUAL(rig_state(&r, T, "10.1.0.0/16", NULL), FIB_STATE_INSTALLED);
	CU_ASSERT(fib_memory_has_guard(r.backend, T, AF_INET6));
	rig_stop(&r);
}

static void a_restart_adopts_what_is_right_and_sweeps_the_rest(void)
{
	struct fib_backend *b = fib_backend_memory_new();
	struct rig r;
	uint64_t before;

	fib_memory_keep(b);
	for (uint32_t i = 1; i < 5; i++)
		fib_memory_link(b, i, true, true);
	rig_start(&r, b, 1000);
	rig_table(&r, FIB_MSG_TABLE_ADD, T);
	rig_group_via(&r, 1, 1, "10.0.0.2");
	rig_group_via(&r, 2, 2, "10.0.0.6");
	rig_route(&r, T, "10.1.0.0/16", 1);
	rig_route(&r, T, "10.2.0.0/16", 2);
	rig_route(&r, T, "10.3.0.0/16", 2);
	CU_ASSERT(rig_settle(&r));
	rig_stop(&r);

	before = fib_memory_stats(b)->routes;
	rig_start(&r, b, 1000);
	r.feed = 3;
	rig_table(&r, FIB_MSG_TABLE_ADD, T);
	CU_ASSERT_EQUAL(value(&fib_stats(r.fib)->routes_stale), 3);
	CU_ASSERT_EQUAL(rig_state(&r, T, "10.2.0.0/16", NULL), FIB_STATE_STALE);
	rig_group_via(&r, 71, 1, "10.0.0.2"); /* the same under another name */
	rig_group_via(&r, 72, 3, "10.0.0.10");
	rig_route(&r, T, "10.1.0.0/16", 71);
	rig_route(&r, T, "10.2.0.0/16", 72);
	CU_ASSERT(rig_settle(&r));
	CU_ASSERT_EQUAL(value(&fib_stats(r.fib)->adopted), 1);
	CU_ASSERT_EQUAL(fib_memory_stats(b)->routes, before + 1);
	CU_ASSERT_EQUAL(fib_memory_count(b, T, FIB_OWNER_US), 3);
	rig_synced(&r, T);
	CU_ASSERT(rig_settle(&r));
	CU_ASSERT_EQUAL(fib_memory_count(b, T, FIB_OWNER_US), 2);
	CU_ASSERT_EQUAL(value(&fib_stats(r.fib)->swept), 1);
	CU_ASSERT_EQUAL(value(&fib_stats(r.fib)->routes_stale), 0);
	fib_withdraw_all(r.fib);
	CU_ASSERT_EQUAL(fib_memory_count(b, 0, FIB_OWNER_US), 0);
	CU_ASSERT_EQUAL(fib_memory_objects(b), 0);
	rig_stop(&r);
	fib_memory_free(b);
}

static void at_the_stale_time_orphans_and_unused_objects_go(void)
{
	struct fib_backend *b = fib_backend_memory_new();
	struct rig r;

	fib_memory_keep(b);
	fib_memory_link(b, 1, true, true);
	rig_start(&r, b, 1000);
	rig_table(&r, FIB_MSG_TABLE_ADD, T);
	rig_table(&r, FIB_MSG_TABLE_ADD, T + 1);
	rig_group_via(&r, 1, 1, "10.0.0.2");
	rig_route(&r, T, "10.1.0.0/16", 1);
	rig_route(&r, T + 1, "10.1.0.0/16", 1);
	CU_ASSERT(rig_settle(&r));
	rig_stop(&r);

	rig_start(&r, b, 0);
	rig_table(&r, FIB_MSG_TABLE_ADD, T);
	rig_turn_ms(&r, 20);
	CU_ASSERT(rig_settle(&r));
	CU_ASSERT_EQUAL(fib_memory_count(b, 0, FIB_OWNER_US), 0);
	CU_ASSERT_FALSE(fib_memory_has_guard(b, T + 1, AF_INET));
	CU_ASSERT(fib_memory_has_guard(b, T, AF_INET));
	CU_ASSERT_EQUAL(fib_memory_objects(b), 0);
	rig_stop(&r);
	fib_memory_free(b);
}

static void wrong_orders_are_counted(void)
{
	struct rig r;

	open_rig(&r);
	rig_route(&r, T, "10.1.0.0/16", 9);
	rig_route(&r, T + 1, "10.1.0.0/16", 9);
	rig_table(&r, FIB_MSG_TABLE_ADD, T + RIG_TABLES);
	rig_table(&r, FIB_MSG_TABLE_DEL, 254);
	rig_group_del(&r, 4);
	CU_ASSERT_EQUAL(value(&fib_stats(r.fib)->refused), 5);
	CU_ASSERT(rig_settle(&r));
	rig_stop(&r);
}

/* The i-th note, as "missing 10.1.0.0/16". */
static void is_note(const struct fib_notes *n, uint32_t i, const char *want)
{
	const struct fib_note *note = fib_notes_at(n, i);
	char pfx[PREFIX_STRLEN];
	char s[PREFIX_STRLEN + 16];

	(void)snprintf(s, sizeof(s), "%s %s", fib_problem_name((enum fib_problem)note->problem),
		prefix_format(&note->pfx, pfx));
	CU_ASSERT_STRING_EQUAL(s, want);
	CU_ASSERT_EQUAL(note->table, T);
}

static void a_refused_route_is_noted_once_with_its_error(void)
{
	const struct prefix p = rig_prefix("10.1.0.0/16");
	struct fib_news news;
	struct rig r;

	open_rig(&r);
	fib_memory_add_foreign(r.backend, T, &p);
	rig_group_via(&r, 1, 1, "10.0.0.2");
	rig_route_pfx(&r, T, &p, 1);
	rig_route(&r, T, "10.2.0.0/16", 1);
	while (value(&fib_stats(r.fib)->errors) < 3)
		rig_turn_ms(&r, 2);
	fib_read_news(r.fib, &news);
	CU_ASSERT(news.errors >= 3);
	CU_ASSERT_EQUAL_FATAL(fib_notes_count(&news.refused), 1);
	CU_ASSERT_EQUAL(fib_notes_count(&news.drift), 0);
	is_note(&news.refused, 0, "refused 10.1.0.0/16");
	CU_ASSERT_EQUAL(fib_notes_at(&news.refused, 0)->error, -EEXIST);
	CU_ASSERT_EQUAL(fib_notes_at(&news.refused, 0)->nth, 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(fib_notes_at(&news.refused, 0)->text, "another"));
	rig_stop(&r);
}

static void each_kind_of_drift_is_noted(void)
{
	const struct prefix gone = rig_prefix("10.1.0.0/16");
	const struct prefix bent = rig_prefix("10.2.0.0/16");
	const struct prefix extra = rig_prefix("10.4.0.0/16");
	struct fib_news news;
	struct rig r;

	open_rig(&r);
	rig_group_via(&r, 1, 1, "10.0.0.2");
	rig_group_via(&r, 2, 2, "10.0.0.6");
	rig_route_pfx(&r, T, &gone, 1);
	rig_route_pfx(&r, T, &bent, 1);
	rig_route(&r, T, "10.3.0.0/16", 2);
	CU_ASSERT(rig_settle(&r));
	fib_read_news(r.fib, &news);
	CU_ASSERT_EQUAL(fib_notes_count(&news.drift), 0);
	const uint32_t other = group_of(&r, "10.3.0.0/16").id;

	CU_ASSERT(fib_memory_spoil(r.backend, T, &gone, 0));
	CU_ASSERT(fib_memory_spoil(r.backend, T, &bent, other));
	struct fib_op op = { .kind = FIB_OP_ROUTE_ADD, .table = T, .pfx = extra, .id = other };

	CU_ASSERT_EQUAL(r.backend->ops->write(r.backend, &op, 1), 0);
	scan_request_all(r.fib);
	CU_ASSERT(rig_settle(&r));
	fib_read_news(r.fib, &news);
	CU_ASSERT_EQUAL(news.repaired, 3);
	CU_ASSERT_EQUAL_FATAL(fib_notes_count(&news.drift), 3);
	CU_ASSERT_EQUAL(fib_notes_count(&news.refused), 0);
	is_note(&news.drift, 0, "different 10.2.0.0/16");
	is_note(&news.drift, 1, "unexpected 10.4.0.0/16");
	is_note(&news.drift, 2, "missing 10.1.0.0/16");
	CU_ASSERT_EQUAL(fib_notes_at(&news.drift, 2)->nth, 3);
	rig_stop(&r);
}

static void of_many_notes_the_last_stay_and_the_rest_are_counted(void)
{
	struct fib_news news;
	struct rig r;
	char s[32];

	open_rig(&r);
	rig_group_via(&r, 1, 1, "10.0.0.2");
	for (unsigned i = 0; i < FIB_NOTES + 8; i++) {
		(void)snprintf(s, sizeof(s), "10.1.%u.0/24", i);
		rig_route(&r, T, s, 1);
	}
	CU_ASSERT(rig_settle(&r));
	for (unsigned i = 0; i < FIB_NOTES + 8; i++) {
		(void)snprintf(s, sizeof(s), "10.1.%u.0/24", i);
		const struct prefix p = rig_prefix(s);

		CU_ASSERT(fib_memory_spoil(r.backend, T, &p, 0));
	}
	scan_request_all(r.fib);
	CU_ASSERT(rig_settle(&r));
	fib_read_news(r.fib, &news);
	CU_ASSERT_EQUAL(news.repaired, FIB_NOTES + 8);
	CU_ASSERT_EQUAL_FATAL(fib_notes_count(&news.drift), FIB_NOTES);
	for (uint32_t i = 0; i < FIB_NOTES; i++) {
		(void)snprintf(s, sizeof(s), "missing 10.1.%u.0/24", i + 8);
		is_note(&news.drift, i, s);
		CU_ASSERT_EQUAL(fib_notes_at(&news.drift, i)->nth, i + 9);
	}
	rig_stop(&r);
}

static const struct cu_case cases[] = {
	CU_CASE(a_refused_route_is_noted_once_with_its_error),
	CU_CASE(each_kind_of_drift_is_noted),
	CU_CASE(of_many_notes_the_last_stay_and_the_rest_are_counted),
	CU_CASE(a_table_ends_by_unreachable_and_loses_it_last),
	CU_CASE(a_deleted_table_may_come_back_at_once),
	CU_CASE(orders_for_one_prefix_coalesce),
	CU_CASE(new_members_move_routes_without_writing_them),
	CU_CASE(orders_at_once_do_what_they_do_one_by_one),
	CU_CASE(who_brings_too_much_is_told_when_there_is_room),
	CU_CASE(a_dead_neighbor_leaves_before_queued_routes_are_written),
	CU_CASE(bfd_switches_a_group_whose_worker_is_busy),
	CU_CASE(what_leans_on_a_set_is_switched_with_its_last_member),
	CU_CASE(a_line_that_goes_takes_neighbours_out_of_groups_on_other_devices),
	CU_CASE(anothers_route_is_left_alone_and_ours_waits),
	CU_CASE(a_link_flap_brings_all_routes_back),
	CU_CASE(drift_is_found_repaired_and_counted),
	CU_CASE(what_goes_with_its_line_is_no_drift),
	CU_CASE(what_goes_from_a_line_that_stays_is_drift),
	CU_CASE(dropped_answers_are_settled_by_a_scan),
	CU_CASE(a_new_route_whose_answer_was_dropped_is_settled_by_the_very_next_scan),
	CU_CASE(a_dump_that_is_cut_short_again_and_again_is_tried_now_and_then),
	CU_CASE(a_scan_that_was_cut_short_passes_nothing_over_when_it_begins_again),
	CU_CASE(without_permission_all_fails_in_words_until_it_is_there),
	CU_CASE(a_restart_adopts_what_is_right_and_sweeps_the_rest),
	CU_CASE(at_the_stale_time_orphans_and_unused_objects_go),
	CU_CASE(wrong_orders_are_counted),
};
CU_SUITE(orders, cases);
