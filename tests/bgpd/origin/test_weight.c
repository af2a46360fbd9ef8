/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Weights of next hops by bandwidth.
 */
#include <string.h>

#include "bgpd/weight.h"
#include "tests/bgpd/engine/lab.h"

struct row {
	unsigned n;
	float bandwidth[4];
	uint16_t want[4]; /* first 0: nobody is weighted */
};

static void weights_follow_bandwidths(void)
{
	static const struct row rows[] = {
		{ 2, { 1.25e9f, 1.25e9f }, { 1, 1 } },
		{ 2, { 1.25e9f, 1.25e8f }, { 10, 1 } },
		{ 3, { 5e9f, 1.25e9f, 2.5e9f }, { 4, 1, 2 } },
		{ 2, { 1000003, 500001 }, { 255, 127 } }, /* no small divisor */
		{ 2, { 1e12f, 1 }, { 255, 1 } },
		{ 2, { 3e38f, 1.5e38f }, { 255, 128 } },
		{ 2, { 0.5f, 1e-30f }, { 255, 1 } },
		{ 2, { 1.25e9f, 0 }, { 0 } },
		{ 3, { 0, 0, 0 }, { 0 } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct row *r = &rows[i];
		uint16_t w[4] = { 0 };

		CU_ASSERT_EQUAL(weights_of(r->bandwidth, r->n, w), r->want[0] != 0);
		if (r->want[0])
			CU_ASSERT_EQUAL(memcmp(w, r->want, sizeof(w)), 0);
	}
}

static void every_weight_fits_the_kernel(void)
{
	for (unsigned round = 0; round < 10000; round++) {
		const unsigned n = 1 + cu_random_below(8);
		float bw[8];
		uint16_t w[8];

		for (unsigned i = 0; i < n; i++)
			bw[i] = (float)(1 + cu_random_below(cu_random_below(2) ? 300 : 2000000000));
		CU_ASSERT_TRUE_FATAL(weights_of(bw, n, w));
		for (unsigned i = 0; i < n; i++) {
			CU_ASSERT_TRUE_FATAL(w[i] >= 1 && w[i] <= NEXTHOP_WEIGHT_MAX);
			for (unsigned k = 0; k < n; k++) /* never the wrong way round */
				CU_ASSERT_TRUE_FATAL(bw[i] > bw[k] || w[i] <= w[k]);
		}
	}
}

static const struct cu_case cases[] = {
	CU_CASE(weights_follow_bandwidths),
	CU_CASE(every_weight_fits_the_kernel),
};
CU_SUITE(weight, cases);
