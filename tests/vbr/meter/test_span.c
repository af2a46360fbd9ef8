/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Spans under clocks that are set, and their hours.
 */
#include <string.h>

#include "tests/cu_main.h"
#include "vbr/meter/percentile.h"
#include "vbr/meter/span.h"

#define T0 INT64_C(1795860000) /* an hour begins */

static void spans_are_as_long_as_time_was(void)
{
	static const struct {
		const char *what;
		struct meter_clock last;
		struct meter_clock now;
		int64_t start_s;
		uint32_t flags;
	} rows[] = {
		/* epoch, microseconds since boot, wall clock */
		{ "first", { 0 }, { 1, 900000000, T0 }, T0, 0 },
		{ "usual", { 1, 600000000, T0 - 300 }, { 1, 900000000, T0 }, T0 - 300, 0 },
		{ "steered", { 1, 600000000, T0 - 301 }, { 1, 900000000, T0 }, T0 - 301, 0 },
		{ "same moment", { 1, 900000000, T0 }, { 1, 900100000, T0 }, T0, 0 },
		{ "away", { 1, 0, T0 - 900 }, { 1, 900000000, T0 }, T0 - 900, METER_FLAG_LATE },
		{ "set an hour back", { 1, 600000000, T0 + 3300 }, { 1, 900000000, T0 }, T0 - 300,
			METER_FLAG_CLOCK },
		{ "set a day forth", { 1, 600000000, T0 - 86700 }, { 1, 900000000, T0 }, T0 - 300,
			METER_FLAG_CLOCK },
		{ "set back by less than it took", { 1, 600000000, T0 - 60 }, { 1, 900000000, T0 },
			T0 - 300, METER_FLAG_CLOCK },
		{ "booted", { 1, 99000000, T0 - 3600 }, { 2, 120000000, T0 }, T0 - 120, 0 },
		{ "another name space", { 1, 600000000, T0 - 300 }, { 2, 900000000, T0 }, T0 - 300,
			0 },
		{ "booted, clock back", { 1, 99000000, T0 + 50 }, { 2, 120000000, T0 }, T0 - 120,
			METER_FLAG_CLOCK },
		{ "a month away", { 1, 0, T0 - 2592000 }, { 1, 2592000000000, T0 },
			T0 - METER_SPAN_MAX_S, METER_FLAG_LATE | METER_FLAG_CUT },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct meter_row r = { 0 };

		meter_span(&rows[i].last, &rows[i].now, 300, &r);
		if (r.start_s != rows[i].start_s || r.end_s != T0 || r.flags != rows[i].flags)
			CU_FAIL_FATAL(rows[i].what);
	}
}

static void parts_of_a_row_add_up(void)
{
	for (int n = 0; n < 2000; n++) {
		struct meter_row r = { .start_s = T0, .end_s = T0 + cu_random_below(10000) };
		struct meter_counts sum = { 0 };
		int64_t t = T0 - 5000;

		for (int i = 0; i < METER_VALUES; i++)
			r.c.v[i] = ((uint64_t)cu_random() << 31) + cu_random();
		while (t < T0 + 12000) {
			const int64_t next = t + 1 + cu_random_below(3000);
			const struct meter_counts c = meter_row_part(&r, t, next);

			meter_counts_add(&sum, &c);
			t = next;
		}
		CU_ASSERT_EQUAL_FATAL(memcmp(&sum, &r.c, sizeof(sum)), 0);
	}
}

struct hours {
	struct meter_hour v[64];
	uint32_t n;
};

static void keep(void *ctx, const struct meter_hour *h)
{
	struct hours *all = ctx;

	if (all->n < ARRAY_SIZE(all->v))
		all->v[all->n++] = *h;
}

static struct meter_row row(int64_t start, int64_t end, uint64_t octets, uint64_t rate)
{
	return (struct meter_row){ .start_s = T0 + start,
		.end_s = T0 + end,
		.c.v = { octets, octets },
		.rate_bps = rate,
		.detail = (uint32_t)rate };
}

static void rows_fill_hours(void)
{
	struct meter_hour h = { 0 };
	struct hours done = { 0 };

	for (int i = 0; i < 12; i++) {
		const struct meter_row r = row(i * 300, i * 300 + 300, 1000, i == 5 ? 20 : 10);

		meter_hour_add(&h, &r, keep, &done);
		CU_ASSERT_EQUAL(done.n, 0);
	}
	meter_hour_close(&h, T0 + 3599, keep, &done);
	CU_ASSERT_EQUAL(done.n, 0);
	meter_hour_close(&h, T0 + 3600, keep, &done);
	CU_ASSERT_EQUAL_FATAL(done.n, 1);
	CU_ASSERT_EQUAL(done.v[0].hour_s, T0);
	CU_ASSERT_EQUAL(done.v[0].c.v[METER_IN], 12000);
	CU_ASSERT_EQUAL(done.v[0].seconds, 3600);
	CU_ASSERT_EQUAL(done.v[0].detail, 20); /* the largest bandwidth of the hour */
	CU_ASSERT_FALSE(h.open);
}

static void a_long_row_is_spread_over_its_hours(void)
{
	const struct meter_row r = row(1800, 3 * 3600 + 1800, 6000, 1);
	struct meter_hour h = { 0 };
	struct hours done = { 0 };

	meter_hour_add(&h, &r, keep, &done);
	meter_hour_close(&h, T0 + 5 * 3600, keep, &done);
	CU_ASSERT_EQUAL_FATAL(done.n, 4);
	CU_ASSERT_EQUAL(done.v[0].c.v[METER_IN], 1000);
	CU_ASSERT_EQUAL(done.v[1].c.v[METER_IN], 2000);
	CU_ASSERT_EQUAL(done.v[3].c.v[METER_IN], 1000);
	CU_ASSERT_EQUAL(done.v[3].seconds, 1800);
	CU_ASSERT_EQUAL(done.v[3].hour_s, T0 + 3 * 3600);
}

static void a_moment_belongs_to_its_hour(void)
{
	const struct meter_row a = row(0, 0, 5, 1);
	const struct meter_row b = row(3600, 3600, 7, 1);
	struct meter_hour h = { 0 };
	struct hours done = { 0 };

	meter_hour_add(&h, &a, keep, &done);
	meter_hour_add(&h, &b, keep, &done);
	CU_ASSERT_EQUAL_FATAL(done.n, 1);
	CU_ASSERT_EQUAL(done.v[0].c.v[METER_IN], 5);
	CU_ASSERT_EQUAL(h.hour_s, T0 + 3600);
	CU_ASSERT_EQUAL(h.c.v[METER_IN], 7);
}

static void an_hour_may_come_twice_its_octets_do_not(void)
{
	const struct meter_row a = row(3600, 3900, 5, 1);
	const struct meter_row b = row(0, 300, 7, 1); /* the clock was set back */
	struct meter_hour h = { 0 };
	struct hours done = { 0 };

	meter_hour_add(&h, &a, keep, &done);
	meter_hour_add(&h, &b, keep, &done);
	meter_hour_add(&h, &a, keep, &done);
	meter_hour_close(&h, T0 + 9000, keep, &done);
	CU_ASSERT_EQUAL_FATAL(done.n, 3);
	CU_ASSERT_EQUAL(done.v[0].hour_s, done.v[2].hour_s);
	CU_ASSERT_EQUAL(done.v[0].c.v[METER_IN] + done.v[1].c.v[METER_IN] + done.v[2].c.v[METER_IN],
		17);
}

static const struct cu_case cases[] = {
	CU_CASE(spans_are_as_long_as_time_was),
	CU_CASE(parts_of_a_row_add_up),
	CU_CASE(rows_fill_hours),
	CU_CASE(a_long_row_is_spread_over_its_hours),
	CU_CASE(a_moment_belongs_to_its_hour),
	CU_CASE(an_hour_may_come_twice_its_octets_do_not),
};

CU_SUITE(span, cases);
