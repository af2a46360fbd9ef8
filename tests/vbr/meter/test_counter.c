/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Amounts from readings: what a device did between two of them.
 */
#include <string.h>

#include "tests/cu_main.h"
#include "vbr/meter/counter.h"

static struct meter_reading reading(uint64_t epoch, uint32_t ifindex, uint64_t v)
{
	return (struct meter_reading){ epoch, ifindex, { { v, v, v, v } } };
}

static void each_pair_of_readings_has_its_amount(void)
{
	static const struct {
		const char *what;
		struct meter_reading last;
		struct meter_reading now;
		uint64_t amount;
		uint32_t flags;
	} rows[] = {
		{ "first", { 0 }, { 1, 7, { { 5000 } } }, 0, METER_FLAG_BEGIN },
		{ "usual", { 1, 7, { { 5000 } } }, { 1, 7, { { 7000 } } }, 2000, 0 },
		{ "idle", { 1, 7, { { 5000 } } }, { 1, 7, { { 5000 } } }, 0, 0 },
		{ "new index", { 1, 7, { { 5000 } } }, { 1, 8, { { 6000 } } }, 6000,
			METER_FLAG_RECREATED },
		{ "new kernel", { 1, 7, { { 5000 } } }, { 2, 7, { { 9000 } } }, 9000,
			METER_FLAG_RECREATED },
		{ "32 bit end", { 1, 7, { { 0xfffffff0 } } }, { 1, 7, { { 0x10 } } }, 0x20,
			METER_FLAG_WRAPPED },
		{ "64 bit end", { 1, 7, { { UINT64_MAX - 1 } } }, { 1, 7, { { 3 } } }, 5,
			METER_FLAG_WRAPPED },
		{ "half of 32 bit, less one", { 1, 7, { { 0x80000001 } } }, { 1, 7, { { 0 } } },
			0x7fffffff, METER_FLAG_WRAPPED },
		{ "half of 32 bit", { 1, 7, { { 0x80000000 } } }, { 1, 7, { { 0 } } }, 0,
			METER_FLAG_RESET },
		{ "reset", { 1, 7, { { 1000000 } } }, { 1, 7, { { 300 } } }, 300,
			METER_FLAG_RESET },
		{ "reset of much", { 1, 7, { { UINT64_C(1) << 40 } } }, { 1, 7, { { 300 } } }, 300,
			METER_FLAG_RESET },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct meter_counts sum = { { 1 } };
		const uint32_t flags = meter_count(&rows[i].last, &rows[i].now, &sum);

		if (sum.v[METER_IN] != rows[i].amount + 1 || flags != rows[i].flags)
			CU_FAIL_FATAL(rows[i].what);
		CU_ASSERT_EQUAL(sum.v[METER_OUT], 0);
	}
}

static void a_reset_concerns_all_values_of_a_device(void)
{
	/* Octets alone could have passed their end; the packets say that it was a reset. */
	const struct meter_reading last = { 1, 7, { { 0xfffffff0, 10, 5000, 1 } } };
	const struct meter_reading now = { 1, 7, { { 0x10, 20, 7, 2 } } };
	struct meter_counts sum = { 0 };

	CU_ASSERT_EQUAL(meter_count(&last, &now, &sum), METER_FLAG_RESET);
	CU_ASSERT_EQUAL(memcmp(&sum, &now.c, sizeof(sum)), 0);
}

static void a_sum_stops_at_its_end(void)
{
	struct meter_counts sum = { { INT64_MAX - 3 } };
	const struct meter_counts more = { { 10 } };

	meter_counts_add(&sum, &more);
	CU_ASSERT_EQUAL(sum.v[METER_IN], INT64_MAX);
	meter_counts_add(&sum, &more);
	CU_ASSERT_EQUAL(sum.v[METER_IN], INT64_MAX);
}

/* A device of 32 bit counters lives, is made anew, moves to another kernel; nothing is missed. */
static void a_random_life_adds_up(void)
{
	for (int life = 0; life < 200; life++) {
		struct meter_reading last = { 0 };
		struct meter_counts sum = { 0 };
		uint64_t epoch = 1;
		uint32_t ifindex = 1;
		uint64_t truth = 0;
		uint64_t shown = cu_random();

		for (int step = 0; step < 50; step++) {
			const uint64_t more = cu_random_below(INT32_MAX);
			struct meter_reading now;

			if (step > 0 && cu_random_below(10) == 0) {
				epoch += cu_random_below(2);
				ifindex++;
				shown = 0;
			}
			shown = (uint32_t)(shown + more);
			truth += step > 0 ? more : 0;
			now = reading(epoch, ifindex, shown);
			(void)meter_count(&last, &now, &sum);
			last = now;
		}
		CU_ASSERT_EQUAL_FATAL(sum.v[METER_IN], truth);
		CU_ASSERT_EQUAL_FATAL(sum.v[METER_PACKETS_OUT], truth);
	}
}

static void flags_are_words(void)
{
	char text[METER_FLAGS_SIZE];

	CU_ASSERT_STRING_EQUAL(meter_flags_text(0, text), "");
	CU_ASSERT_STRING_EQUAL(meter_flags_text(METER_FLAG_BEGIN | METER_FLAG_LATE, text),
		"begin+late");
	CU_ASSERT_STRING_EQUAL(meter_flags_text((1u << METER_FLAG_COUNT) - 1, text),
		"begin+end+recreated+wrapped+reset+late+clock+cut");
}

static void what_others_have_is_taken_out_as_far_as_it_goes(void)
{
	struct meter_counts sum = { { 100, 20, 5, 0 } };
	struct meter_counts others = { { 30, 50, 5, 1 } };

	meter_counts_take(&sum, &others);
	CU_ASSERT_EQUAL(memcmp(&sum, &(struct meter_counts){ { 70, 0, 0, 0 } }, sizeof(sum)), 0);
	CU_ASSERT_EQUAL(memcmp(&others, &(struct meter_counts){ { 0, 30, 0, 1 } }, sizeof(sum)), 0);
}

static const struct cu_case cases[] = {
	CU_CASE(each_pair_of_readings_has_its_amount),
	CU_CASE(a_reset_concerns_all_values_of_a_device),
	CU_CASE(a_sum_stops_at_its_end),
	CU_CASE(a_random_life_adds_up),
	CU_CASE(flags_are_words),
	CU_CASE(what_others_have_is_taken_out_as_far_as_it_goes),
};

CU_SUITE(counter, cases);
