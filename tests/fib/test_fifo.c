/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The queue of the fib: what is put comes out in order, whatever its length has been.
 */
#include "fib/fib_priv.h"
#include "tests/cu_main.h"

#define ROUNDS 400

static const struct prefix none;

static void items_come_out_in_order_at_any_length(void)
{
	struct fifo q = { 0 };
	struct fifo_item item;
	uint32_t put = 0;
	uint32_t taken = 0;

	for (unsigned round = 0; round < ROUNDS; round++) {
		/* Long stretches of growing and of draining, some down to nothing. */
		const uint32_t in = cu_random_below(round % 8 < 4 ? 900 : 50);
		const uint32_t out = cu_random_below(round % 8 < 4 ? 50 : 2000);

		for (uint32_t i = 0; i < in; i++)
			fifo_put(&q, put++, &none);
		for (uint32_t i = 0; i < out && fifo_take(&q, &item); i++)
			CU_ASSERT_EQUAL_FATAL(item.table, taken++);
		CU_ASSERT_EQUAL_FATAL(q.n, put - taken);
	}
	while (fifo_take(&q, &item))
		CU_ASSERT_EQUAL_FATAL(item.table, taken++);
	CU_ASSERT_EQUAL(taken, put);
	CU_ASSERT_FALSE(fifo_take(&q, &item));
	fifo_fini(&q);
	fifo_fini(&q);
	fifo_put(&q, 7, &none);
	CU_ASSERT_TRUE(fifo_take(&q, &item));
	CU_ASSERT_EQUAL(item.table, 7);
	fifo_fini(&q);
}

static const struct cu_case cases[] = {
	CU_CASE(items_come_out_in_order_at_any_length),
};
CU_SUITE(fifo, cases);
