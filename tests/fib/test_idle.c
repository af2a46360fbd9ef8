/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entries that nobody needs stay in their table for a while: nobody may see them, they must not
 * become many, and one that is wanted again is as new. The same goes for groups.
 */
#include <errno.h>
#include <string.h>

#include "fib/backend/memory.h"
#include "fib/fib_priv.h"
#include "tests/cu_main.h"
#include "tests/fib/rig.h"

#define T      RIG_TABLE
#define ROUTES 3000
#define FEW    100
#define ROUNDS 40

static void open_rig(struct rig *r)
{
	struct fib_backend *b = fib_backend_memory_new();

	fib_memory_link(b, 1, true, true);
	rig_start(r, b, 1000);
	rig_table(r, FIB_MSG_TABLE_ADD, T);
	rig_table(r, FIB_MSG_TABLE_ADD, T + 1);
	rig_group_via(r, 1, 1, "10.0.0.2");
	rig_group_via(r, 2, 1, "10.0.0.3");
}

/* All over the table, some in nodes of their own. */
static struct prefix pfx_of(uint32_t i)
{
	const struct ip_addr a = ip_from_v4(0x01000000 + i * 7919 % ROUTES * 0x4000);

	return prefix_make(&a, (uint8_t)(20 + i % 5));
}

static void set_to(struct rig *r, uint32_t table, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		const struct prefix p = pfx_of(i);

		rig_route_pfx(r, table, &p, 1);
	}
	CU_ASSERT(rig_settle(r));
}

static void del(struct rig *r, uint32_t table, uint32_t i)
{
	const struct prefix p = pfx_of(i);

	rig_route_del(r, table, &p);
}

static uint32_t entries(const struct rig *r)
{
	return slab_count(&r->fib->entries);
}

static void count_route(void *ctx, const struct fib_route_view *v)
{
	uint32_t *n = ctx;

	(void)v;
	++*n;
}

static uint32_t shown(const struct rig *r, uint32_t table)
{
	struct prefix key = prefix_any(AF_INET);
	uint32_t n = 0;
	const struct fib_walk w = {
		.table = table,
		.max = UINT32_MAX,
		.inclusive = true,
		.fn = count_route,
		.ctx = &n,
	};

	(void)fib_walk(r->fib, &w, &key);
	return n;
}

static void an_entry_that_nobody_needs_is_not_seen(void)
{
	const struct prefix first = pfx_of(0);
	struct fib_route_view v;
	struct rig r;

	open_rig(&r);
	set_to(&r, T, FEW);
	for (uint32_t i = 0; i < FEW / 4; i++)
		del(&r, T, i);
	CU_ASSERT(rig_settle(&r));
	CU_ASSERT_EQUAL(entries(&r), FEW); /* or the rest of this proves nothing */
	CU_ASSERT_EQUAL(shown(&r, T), FEW - FEW / 4);
	CU_ASSERT_EQUAL(fib_get(r.fib, T, &first, &v), -ENOENT);
	CU_ASSERT_EQUAL(counter_get(&fib_stats(r.fib)->refused), 0);
	del(&r, T, 0);
	CU_ASSERT_EQUAL(counter_get(&fib_stats(r.fib)->refused), 1);
	/* Neither the comparison nor a walk of the writer makes anything of it. */
	scan_request_all(r.fib);
	rig_synced(&r, T);
	CU_ASSERT(rig_settle(&r));
	CU_ASSERT_EQUAL(counter_get(&fib_stats(r.fib)->drift_repaired), 0);
	CU_ASSERT_EQUAL(counter_get(&fib_stats(r.fib)->deleted), FEW / 4);
	CU_ASSERT_EQUAL(entries(&r), FEW);
	rig_stop(&r);
}

static void a_route_that_comes_back_is_as_new(void)
{
	const struct prefix p = pfx_of(7);
	struct fib_dump_route route;
	struct rig r;

	open_rig(&r);
	set_to(&r, T, FEW);
	scan_request_all(r.fib); /* marks it */
	CU_ASSERT(rig_settle(&r));
	del(&r, T, 7);
	CU_ASSERT(rig_settle(&r));
	rig_route_pfx(&r, T, &p, 2);
	CU_ASSERT_EQUAL(entry_get(r.fib, table_get(r.fib, T), &p)->mark, 0);
	CU_ASSERT(rig_settle(&r));
	CU_ASSERT_EQUAL(entries(&r), FEW);
	CU_ASSERT_EQUAL(shown(&r, T), FEW);
	CU_ASSERT_EQUAL(fib_memory_route(r.backend, T, &p, &route), 0);
	CU_ASSERT_EQUAL(counter_get(&fib_stats(r.fib)->routes_installed), FEW);
	CU_ASSERT_EQUAL(bitmap_count(&r.fib->idle), 0);
	/* What the kernel loses of it is missed. */
	CU_ASSERT(fib_memory_spoil(r.backend, T, &p, 0));
	scan_request_all(r.fib);
	CU_ASSERT(rig_settle(&r));
	CU_ASSERT_EQUAL(counter_get(&fib_stats(r.fib)->drift_repaired), 1);
	CU_ASSERT_EQUAL(fib_memory_route(r.backend, T, &p, &route), 0);
	rig_stop(&r);
}

static void it_may_come_back_and_go_within_one_burst(void)
{
	const struct prefix p = pfx_of(7);
	struct fib_msg set = { .type = FIB_MSG_ROUTE_SET, .table = T, .gid = 2, .pfx = p };
	struct fib_msg gone = { .type = FIB_MSG_ROUTE_DEL, .table = T, .pfx = p };
	const struct fib_msg *const burst[] = { &gone, &set, &gone, &set, &gone };
	struct rig r;

	open_rig(&r);
	set_to(&r, T, FEW);
	del(&r, T, 7);
	CU_ASSERT(rig_settle(&r));
	fib_handle_many(r.fib, 0, burst, ARRAY_SIZE(burst));
	CU_ASSERT(rig_settle(&r));
	CU_ASSERT_EQUAL(counter_get(&fib_stats(r.fib)->refused), 1); /* the first of them */
	CU_ASSERT_EQUAL(shown(&r, T), FEW - 1);
	CU_ASSERT_EQUAL(fib_memory_count(r.backend, T, FIB_OWNER_US), FEW - 1);
	CU_ASSERT_EQUAL(counter_get(&fib_stats(r.fib)->routes_wanted), FEW - 1);
	rig_stop(&r);
}

static void most_of_a_table_is_never_idle(void)
{
	struct rig r;

	open_rig(&r);
	set_to(&r, T, ROUTES);
	for (uint32_t i = 0; i < ROUTES; i++) {
		del(&r, T, i);
		CU_ASSERT(rig_settle(&r));
		if (i % 64 == 0)
			CU_ASSERT_EQUAL_FATAL(shown(&r, T), ROUTES - 1 - i);
		/* Nine of sixteen, and those of less than one step. */
		CU_ASSERT_FATAL(bitmap_count(&r.fib->idle) <= entries(&r) * 9 / 16 + 32);
		CU_ASSERT_EQUAL_FATAL(entries(&r) - bitmap_count(&r.fib->idle), ROUTES - 1 - i);
	}
	CU_ASSERT_EQUAL(entries(&r), 0);
	CU_ASSERT_EQUAL(ptable_count(table_get(r.fib, T)->routes[0]), 0);
	rig_stop(&r);
}

static void a_table_takes_its_idle_entries_along(void)
{
	struct rig r;

	open_rig(&r);
	set_to(&r, T, FEW);
	set_to(&r, T + 1, FEW);
	for (uint32_t i = 0; i < FEW / 4; i++) {
		del(&r, T, i);
		del(&r, T + 1, i);
	}
	CU_ASSERT(rig_settle(&r));
	CU_ASSERT_EQUAL(entries(&r), 2 * FEW);
	table_free(r.fib, table_get(r.fib, T)); /* as at the end of the process */
	CU_ASSERT_EQUAL(entries(&r), FEW);
	CU_ASSERT_EQUAL(bitmap_count(&r.fib->idle), FEW / 4);
	CU_ASSERT_EQUAL(shown(&r, T + 1), FEW - FEW / 4);
	rig_table(&r, FIB_MSG_TABLE_DEL, T + 1);
	CU_ASSERT(rig_settle(&r));
	CU_ASSERT_PTR_NULL(table_get(r.fib, T + 1));
	CU_ASSERT_EQUAL(entries(&r), 0);
	rig_stop(&r);
}

/* Long stretches of growing and of shrinking in two tables, against what is wanted. */
static void what_is_wanted_is_there_whatever_came_and_went(void)
{
	static bool want[2][ROUTES];
	uint32_t n_want[2] = { 0, 0 };
	struct rig r;

	memset(want, 0, sizeof(want));
	open_rig(&r);
	for (uint32_t round = 0; round < ROUNDS; round++) {
		for (uint32_t k = 0; k < ROUTES / 2; k++) {
			const uint32_t t = cu_random_below(2);
			const uint32_t i = cu_random_below(ROUTES);
			const struct prefix p = pfx_of(i);
			const bool is = cu_random_below(10) < (round % 8 < 4 ? 9 : 1);

			if (is)
				rig_route_pfx(&r, T + t, &p, 1 + cu_random_below(2));
			else if (want[t][i])
				rig_route_del(&r, T + t, &p);
			n_want[t] += (uint32_t)is - (uint32_t)want[t][i];
			want[t][i] = is;
		}
		if (round % 3 == 0)
			scan_request_all(r.fib);
		CU_ASSERT(rig_settle(&r));
		for (uint32_t t = 0; t < 2; t++) {
			CU_ASSERT_EQUAL_FATAL(shown(&r, T + t), n_want[t]);
			CU_ASSERT_EQUAL_FATAL(fib_memory_count(r.backend, T + t, FIB_OWNER_US),
				n_want[t]);
		}
		CU_ASSERT_EQUAL_FATAL(entries(&r) - bitmap_count(&r.fib->idle),
			n_want[0] + n_want[1]);
	}
	CU_ASSERT_EQUAL(counter_get(&fib_stats(r.fib)->drift_repaired), 0);
	CU_ASSERT_EQUAL(counter_get(&fib_stats(r.fib)->refused), 0);
	rig_stop(&r);
}

/* Refuses some kinds of operations, bits of 1 << FIB_OP_... */
static int refuse_kinds(void *ctx, const struct fib_op *op)
{
	const unsigned *kinds = ctx;

	return *kinds >> op->kind & 1 ? -EPERM : 0;
}

/*
 * Somebody gives one of our routes a group that is only waiting to be deleted. As long as the route
 * cannot be repaired it uses the group, with which it would go.
 */
static void unused_group_that_a_route_was_given_stays_until_that_is_repaired(void)
{
	unsigned kinds = 1u << FIB_OP_OBJECT_DEL | 1u << FIB_OP_ROUTE_REPLACE;
	const struct fib_memory_hooks hooks = { .refuse = refuse_kinds, .ctx = &kinds };
	const struct prefix bent = rig_prefix("10.1.0.0/16");
	const struct prefix other = rig_prefix("10.2.0.0/16");
	struct fib_dump_object o;
	struct fib_dump_route route;
	struct rig r;

	open_rig(&r);
	rig_route_pfx(&r, T, &bent, 1);
	rig_route_pfx(&r, T, &other, 2);
	CU_ASSERT(rig_settle(&r));
	CU_ASSERT_EQUAL(fib_memory_route(r.backend, T, &bent, &route), 0);
	const uint32_t mine = route.id;
	CU_ASSERT_EQUAL(fib_memory_route(r.backend, T, &other, &route), 0);
	const uint32_t idle = route.id;

	fib_memory_set_hooks(r.backend, &hooks);
	rig_route_del(&r, T, &other);
	rig_group_del(&r, 2);
	CU_ASSERT(rig_settle(&r));
	CU_ASSERT_EQUAL(fib_memory_object(r.backend, idle, &o), 0);

	CU_ASSERT(fib_memory_spoil(r.backend, T, &bent, idle));
	scan_request_all(r.fib);
	CU_ASSERT(rig_settle(&r));
	kinds = 1u << FIB_OP_ROUTE_REPLACE;
	rig_turn_ms(&r, 100);
	CU_ASSERT_EQUAL(fib_memory_object(r.backend, idle, &o), 0);
	CU_ASSERT_EQUAL(fib_memory_route(r.backend, T, &bent, &route), 0);
	CU_ASSERT_EQUAL(route.id, idle);

	kinds = 0;
	scan_request_all(r.fib);
	CU_ASSERT(rig_settle(&r));
	rig_turn_ms(&r, 100);
	CU_ASSERT_EQUAL(fib_memory_route(r.backend, T, &bent, &route), 0);
	CU_ASSERT_EQUAL(route.id, mine);
	CU_ASSERT_EQUAL(fib_memory_object(r.backend, idle, &o), -ENOENT);
	rig_stop(&r);
}

static const struct cu_case cases[] = {
	CU_CASE(an_entry_that_nobody_needs_is_not_seen),
	CU_CASE(a_route_that_comes_back_is_as_new),
	CU_CASE(it_may_come_back_and_go_within_one_burst),
	CU_CASE(most_of_a_table_is_never_idle),
	CU_CASE(a_table_takes_its_idle_entries_along),
	CU_CASE(what_is_wanted_is_there_whatever_came_and_went),
	CU_CASE(unused_group_that_a_route_was_given_stays_until_that_is_repaired),
};
CU_SUITE(idle, cases);
