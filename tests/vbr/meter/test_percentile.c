/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nearest rank, against the definition taken literally.
 */
#include "tests/cu_main.h"
#include "vbr/meter/percentile.h"

static void the_examples_of_the_document_hold(void)
{
	struct meter_rate v[20];

	for (uint32_t i = 0; i < 20; i++)
		v[i] = (struct meter_rate){ 20 - i, 1 };
	CU_ASSERT_EQUAL(meter_percentile(v, 20, 95), 19);
	CU_ASSERT_EQUAL(meter_percentile(v, 19, 95), 19); /* ceil(18.05) = 19th of 1..19 */
	CU_ASSERT_EQUAL(meter_percentile(v, 20, 100), 20);
	CU_ASSERT_EQUAL(meter_percentile(v, 1, 95), 1);
	CU_ASSERT_EQUAL(meter_percentile(v, 0, 95), 0);
}

/* The smallest sample that so many are no greater than. */
static uint64_t naive(const struct meter_rate *v, uint32_t n, uint32_t percent)
{
	uint64_t best = UINT64_MAX;
	uint64_t all = 0;

	for (uint32_t i = 0; i < n; i++)
		all += v[i].weight;
	for (uint32_t i = 0; i < n; i++) {
		uint64_t below = 0;

		for (uint32_t k = 0; k < n; k++)
			below += v[k].bps <= v[i].bps ? v[k].weight : 0;
		if (below * 100 >= all * percent && v[i].bps < best)
			best = v[i].bps;
	}
	return best;
}

static void random_samples_agree_with_the_definition(void)
{
	for (int n = 0; n < 500; n++) {
		struct meter_rate v[40];
		const uint32_t count = 1 + cu_random_below(ARRAY_SIZE(v));
		const uint32_t percent = 1 + cu_random_below(100);
		uint64_t want;

		for (uint32_t i = 0; i < count; i++)
			v[i] = (struct meter_rate){ cu_random_below(30), 1 + cu_random_below(4) };
		want = naive(v, count, percent);
		CU_ASSERT_EQUAL_FATAL(meter_percentile(v, count, percent), want);
	}
}

static void a_row_has_the_rate_of_its_octets(void)
{
	struct meter_row r = { .start_s = 1000, .end_s = 1300, .c.v = { 3000, 37500000 } };
	struct meter_rate in;
	struct meter_rate out;

	CU_ASSERT_TRUE(meter_row_rates(&r, 300, &in, &out));
	CU_ASSERT_EQUAL(in.bps, 80);
	CU_ASSERT_EQUAL(out.bps, 1000000);
	CU_ASSERT_EQUAL(out.weight, 1);
	r.end_s = 1000 + 1200;
	CU_ASSERT_TRUE(meter_row_rates(&r, 300, &in, &out));
	CU_ASSERT_EQUAL(out.bps, 250000);
	CU_ASSERT_EQUAL(out.weight, 4);
	r.end_s = 1149; /* less than half an interval */
	CU_ASSERT_FALSE(meter_row_rates(&r, 300, &in, &out));
	r.end_s = 1000;
	CU_ASSERT_FALSE(meter_row_rates(&r, 1, &in, &out));
}

static const struct cu_case cases[] = {
	CU_CASE(the_examples_of_the_document_hold),
	CU_CASE(random_samples_agree_with_the_definition),
	CU_CASE(a_row_has_the_rate_of_its_octets),
};

CU_SUITE(percentile, cases);
