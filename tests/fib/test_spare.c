/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Spare members: which groups have one, and what it is when devices, neighbours and the kernel
 * change. That no packet goes to it is the kernel's part: test_kernel.c.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fib/backend/memory.h"
#include "fib/fib_priv.h"
#include "tests/cu_main.h"
#include "tests/fib/rig.h"

#define T    RIG_TABLE
#define SINK 60

static void open_rig(struct rig *r, struct fib_backend *b)
{
	for (uint32_t i = 1; i < 5; i++)
		fib_memory_link(b, i, true, true);
	fib_memory_sink(b, SINK);
	rig_start(r, b, 1000);
	rig_table(r, FIB_MSG_TABLE_ADD, T);
	r->on_line = true;
}

static struct nexthop via(uint32_t dev, uint16_t weight)
{
	static unsigned n;
	char gw[16];
	struct nexthop nh;

	(void)snprintf(gw, sizeof(gw), "10.0.%u.%u", dev, 2 + n++ % 200);
	nh = rig_via(dev, gw, dev);
	nh.weight = weight;
	return nh;
}

/* Kernel group of a route, in its order: "dev*weight dev*weight /buckets"; "" without a route. */
static const char *group_of(const struct rig *r, const char *pfx, char *buf, size_t size)
{
	const struct prefix p = rig_prefix(pfx);
	struct fib_dump_object g = { 0 };
	struct fib_dump_object o = { 0 };
	struct fib_dump_route route;
	size_t len = 0;

	buf[0] = '\0';
	if (fib_memory_route(r->backend, T, &p, &route) < 0 ||
		fib_memory_object(r->backend, route.id, &g) < 0)
		return buf;
	for (unsigned i = 0; i < g.n_members; i++) {
		CU_ASSERT_EQUAL(fib_memory_object(r->backend, g.members[i].id, &o), 0);
		len += (size_t)snprintf(buf + len, size - len, "%u*%u ", o.nexthop.ifindex,
			g.members[i].weight);
	}
	(void)snprintf(buf + len, size - len, "/%u", g.spread.buckets);
	return buf;
}

#define IS(r, pfx, want)                                                            \
	do {                                                                        \
		char buf_[256];                                                     \
		CU_ASSERT_STRING_EQUAL(group_of(r, pfx, buf_, sizeof(buf_)), want); \
	} while (0)

static void one_line_has_a_spare_member_and_nothing_else_has(void)
{
	struct nexthop nh[4];
	struct rig r;

	open_rig(&r, fib_backend_memory_new());
	nh[0] = via(1, 7);
	rig_group(&r, 1, nh, 1, NULL);
	nh[1] = via(1, 7);
	rig_group(&r, 2, nh, 2, NULL);
	nh[1].weight = 21;
	rig_group(&r, 3, nh, 2, NULL);
	nh[1].weight = 256; /* the other one would have no bucket beside it */
	nh[0].weight = 2;
	rig_group(&r, 4, nh, 2, NULL);
	nh[2] = via(2, 1);
	nh[0].weight = 1;
	nh[1] = nh[2];
	rig_group(&r, 5, nh, 2, NULL); /* two lines: the kernel leaves one of them */
	nh[1] = nexthop_blackhole();
	rig_group(&r, 6, &nh[1], 1, NULL);
	r.on_line = false;
	rig_group(&r, 7, nh, 1, NULL);
	r.on_line = true;
	r.spread = (struct nhspread){ .buckets = 64, .idle_s = 10 };
	rig_group(&r, 8, nh, 1, NULL);
	for (uint32_t i = 1; i < 9; i++) {
		char pfx[32];

		(void)snprintf(pfx, sizeof(pfx), "10.%u.0.0/16", i);
		rig_route(&r, T, pfx, i);
	}
	CU_ASSERT(rig_settle(&r));
	IS(&r, "10.1.0.0/16", "1*255 60*1 /32");
	IS(&r, "10.2.0.0/16", "1*255 1*255 60*1 /120");
	IS(&r, "10.3.0.0/16", "1*85 1*255 60*1 /120");
	IS(&r, "10.4.0.0/16", "1*2 1*255 /0");
	IS(&r, "10.5.0.0/16", "1*1 2*1 /0");
	IS(&r, "10.6.0.0/16", "0*1 /0");
	IS(&r, "10.7.0.0/16", "1*1 /0");
	IS(&r, "10.8.0.0/16", "1*1 /64");
	rig_stop(&r);
}

static void the_backup_is_the_spare_one_if_it_can_help(void)
{
	struct nexthop nh = via(1, 1);
	struct nexthop elsewhere = via(2, 1);
	struct nexthop same_line = via(1, 1);
	struct rig r;

	open_rig(&r, fib_backend_memory_new());
	rig_group(&r, 1, &nh, 1, &elsewhere);
	rig_group(&r, 2, &nh, 1, &same_line);
	rig_route(&r, T, "10.1.0.0/16", 1);
	rig_route(&r, T, "10.2.0.0/16", 2);
	CU_ASSERT(rig_settle(&r));
	IS(&r, "10.1.0.0/16", "1*255 2*1 /32");
	IS(&r, "10.2.0.0/16", "1*255 60*1 /32");
	rig_neighbor(&r, 2, false);
	IS(&r, "10.1.0.0/16", "1*255 60*1 /32");
	rig_neighbor(&r, 2, true);
	IS(&r, "10.1.0.0/16", "1*255 2*1 /32");
	rig_neighbor(&r, 1, false); /* both on this line, one behind the other */
	IS(&r, "10.1.0.0/16", "2*255 60*1 /32");
	rig_neighbor(&r, 1, true);
	IS(&r, "10.1.0.0/16", "1*255 2*1 /32");
	CU_ASSERT_EQUAL(counter_get(&fib_stats(r.fib)->written), 2);
	rig_stop(&r);
}

/* The kernel does its part without a word; what is left to do is ours. */
static void routes_of_a_line_that_goes_are_taken_out_by_us_and_come_back(void)
{
	struct nexthop nh = via(1, 1);
	struct nexthop other = via(2, 1);
	struct rig r;

	open_rig(&r, fib_backend_memory_new());
	rig_group(&r, 1, &nh, 1, NULL);
	rig_group(&r, 2, &nh, 1, &other);
	rig_route(&r, T, "10.1.0.0/16", 1);
	rig_route(&r, T, "10.2.0.0/16", 2);
	CU_ASSERT(rig_settle(&r));
	fib_memory_link(r.backend, 1, false, false);
	IS(&r, "10.1.0.0/16", "60*1 /32");
	IS(&r, "10.2.0.0/16", "2*1 /32");
	rig_turn_ms(&r, 5);
	CU_ASSERT(rig_settle(&r));
	IS(&r, "10.1.0.0/16", "");
	IS(&r, "10.2.0.0/16", "2*255 60*1 /32");
	CU_ASSERT_EQUAL(rig_state(&r, T, "10.1.0.0/16", NULL), FIB_STATE_FAILED);
	CU_ASSERT_EQUAL(counter_get(&fib_stats(r.fib)->written), 2);
	CU_ASSERT_EQUAL(counter_get(&fib_stats(r.fib)->deleted), 1);
	fib_memory_link(r.backend, 1, true, false);
	rig_turn_ms(&r, 5);
	CU_ASSERT(rig_settle(&r));
	IS(&r, "10.1.0.0/16", "1*255 60*1 /32");
	IS(&r, "10.2.0.0/16", "1*255 2*1 /32");
	rig_stop(&r);
}

static void a_sink_that_is_removed_is_made_anew(void)
{
	struct nexthop nh = via(1, 1);
	struct rig r;

	open_rig(&r, fib_backend_memory_new());
	rig_group(&r, 1, &nh, 1, NULL);
	rig_route(&r, T, "10.1.0.0/16", 1);
	CU_ASSERT(rig_settle(&r));
	fib_memory_sink(r.backend, 0); /* nor can it be, at first */
	fib_memory_link(r.backend, SINK, false, false);
	rig_turn_ms(&r, 5);
	CU_ASSERT(rig_settle(&r));
	IS(&r, "10.1.0.0/16", "1*255 /32");
	CU_ASSERT_EQUAL(counter_get(&fib_stats(r.fib)->keep_errno), EOPNOTSUPP);
	fib_memory_sink(r.backend, SINK + 1);
	for (unsigned i = 0; i < 1000 && counter_get(&fib_stats(r.fib)->keep_errno); i++)
		rig_turn_ms(&r, 5);
	CU_ASSERT(rig_settle(&r));
	IS(&r, "10.1.0.0/16", "1*255 61*1 /32");
	CU_ASSERT_EQUAL(counter_get(&fib_stats(r.fib)->routes_installed), 1);
	CU_ASSERT_EQUAL(counter_get(&fib_stats(r.fib)->written), 1);
	rig_stop(&r);
}

static int refuse_resilient(void *ctx, const struct fib_op *op)
{
	(void)ctx;
	return op->kind == FIB_OP_GROUP_SET && op->spread.buckets ? -EINVAL : 0;
}

static void a_kernel_without_resilient_groups_has_usual_ones(void)
{
	const struct fib_memory_hooks hooks = { .refuse = refuse_resilient };
	struct fib_backend *b = fib_backend_memory_new();
	struct nexthop nh = via(1, 1);
	struct rig r;

	fib_memory_set_hooks(b, &hooks);
	open_rig(&r, b);
	rig_group(&r, 1, &nh, 1, NULL);
	rig_route(&r, T, "10.1.0.0/16", 1);
	CU_ASSERT(rig_settle(&r));
	IS(&r, "10.1.0.0/16", "1*1 /0");
	CU_ASSERT_EQUAL(counter_get(&fib_stats(r.fib)->keep_errno), EINVAL);
	rig_stop(&r);
}

/* At a restart the backup is often not there yet when the route is. */
static void a_restart_takes_a_group_whatever_its_spare_one_is(void)
{
	struct fib_backend *b = fib_backend_memory_new();
	struct nexthop nh = via(1, 1);
	struct nexthop other = via(2, 1);
	uint64_t before;
	struct rig r;

	fib_memory_keep(b);
	open_rig(&r, b);
	rig_group(&r, 1, &nh, 1, &other);
	rig_route(&r, T, "10.1.0.0/16", 1);
	CU_ASSERT(rig_settle(&r));
	IS(&r, "10.1.0.0/16", "1*255 2*1 /32");
	rig_stop(&r);

	before = fib_memory_stats(b)->routes;
	open_rig(&r, b);
	rig_group(&r, 1, &nh, 1, NULL);
	rig_route(&r, T, "10.1.0.0/16", 1);
	CU_ASSERT(rig_settle(&r));
	IS(&r, "10.1.0.0/16", "1*255 60*1 /32");
	CU_ASSERT_EQUAL(counter_get(&fib_stats(r.fib)->adopted), 1);
	CU_ASSERT_EQUAL(fib_memory_stats(b)->routes, before);
	rig_stop(&r);
	fib_memory_free(b);
}

static const struct cu_case cases[] = {
	CU_CASE(one_line_has_a_spare_member_and_nothing_else_has),
	CU_CASE(the_backup_is_the_spare_one_if_it_can_help),
	CU_CASE(routes_of_a_line_that_goes_are_taken_out_by_us_and_come_back),
	CU_CASE(a_sink_that_is_removed_is_made_anew),
	CU_CASE(a_kernel_without_resilient_groups_has_usual_ones),
	CU_CASE(a_restart_takes_a_group_whatever_its_spare_one_is),
};
CU_SUITE(spare, cases);
