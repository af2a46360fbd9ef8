/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long a batch is: a kernel that takes its time is given less at once, for while it works many
 * give the processor to nobody else.
 */
#include <stdio.h>

#include "fib/backend/memory.h"
#include "fib/fib_priv.h"
#include "tests/cu_main.h"
#include "tests/fib/rig.h"

#define T      RIG_TABLE
#define ROUTES 1000

/* A kernel that needs so many microseconds for a route, and the batches that it was given. */
struct slow {
	struct fib_backend_ops ops;
	const struct fib_backend_ops *real;
	int64_t us;
	uint32_t longest;
	uint32_t shortest;
};
static struct slow slow;

static int write_slowly(struct fib_backend *b, struct fib_op *ops, uint32_t n)
{
	if (n > slow.longest)
		slow.longest = n;
	if (n < slow.shortest)
		slow.shortest = n;
	mono_test_advance_us(slow.us * n);
	return slow.real->write(b, ops, n);
}

static void write_routes(struct rig *r, unsigned first, int64_t us)
{
	char s[24];

	slow.us = us;
	slow.longest = 0;
	slow.shortest = UINT32_MAX;
	for (unsigned i = 0; i < ROUTES; i++) {
		(void)snprintf(s, sizeof(s), "%u.%u.%u.0/24", first, i / 200, i % 200);
		rig_route(r, T, s, 1);
	}
	CU_ASSERT(rig_settle(r));
	CU_ASSERT_EQUAL(rig_state(r, T, s, NULL), FIB_STATE_INSTALLED);
}

static void a_batch_is_as_long_as_there_is_time_for(void)
{
	struct fib_backend *b = fib_backend_memory_new();
	struct rig r;

	fib_memory_link(b, 1, true, true);
	rig_start(&r, b, 1000);
	rig_table(&r, FIB_MSG_TABLE_ADD, T);
	rig_group_via(&r, 1, 1, "10.0.0.2");
	CU_ASSERT(rig_settle(&r));
	slow = (struct slow){ .ops = *b->ops, .real = b->ops };
	slow.ops.write = write_slowly;
	b->ops = &slow.ops;
	mono_test_start((struct mono){ 1000000 });
	write_routes(&r, 11, 1);
	CU_ASSERT_EQUAL(slow.longest, FIB_BATCH);
	write_routes(&r, 12, 30); /* 250 us are eight of them */
	CU_ASSERT_EQUAL(slow.shortest, 8);
	write_routes(&r, 13, 1);
	CU_ASSERT_EQUAL(slow.longest, FIB_BATCH);
	mono_test_stop();
	b->ops = slow.real;
	rig_stop(&r);
}

static const struct cu_case cases[] = {
	CU_CASE(a_batch_is_as_long_as_there_is_time_for),
};
CU_SUITE(batch, cases);
