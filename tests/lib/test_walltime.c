/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Times as text, there and back.
 */
#include <errno.h>

#include "lib/base/walltime.h"
#include "tests/cu_main.h"

static void times_of_rfc_3339_are_read(void)
{
	static const struct {
		const char *text;
		int64_t wall_s; /* -1: refused */
	} rows[] = {
		{ "1970-01-01T00:00:00Z", 0 },
		{ "2026-11-28", 1795824000 },
		{ "2026-11-28T10:05:00Z", 1795860300 },
		{ "2026-11-28t10:05:00.999z", 1795860300 },
		{ "2026-11-28T10:05:00+08:00", 1795831500 },
		{ "2026-11-28T10:05:00-00:30", 1795862100 },
		{ "2024-02-29", 1709164800 },
		{ "2016-12-31T23:59:60Z", 1483228799 },
		{ "2026-02-29", -1 },
		{ "2026-11-31", -1 },
		{ "2026-13-01", -1 },
		{ "2026-11-28T10:05:00", -1 },
		{ "2026-11-28T24:00:00Z", -1 },
		{ "2026-11-28T10:05Z", -1 },
		{ "2026-11-28T10:05:00.Z", -1 },
		{ "2026-11-28 10:05:00Z", -1 },
		{ "2026-11-28T10:05:00Zx", -1 },
		{ "26-11-28", -1 },
		{ "now", -1 },
		{ "", -1 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int64_t t = -1;
		const int ret = walltime_parse(rows[i].text, &t);

		if (ret != (rows[i].wall_s < 0 ? -EINVAL : 0) || t != rows[i].wall_s)
			CU_FAIL_FATAL(rows[i].text);
	}
}

static void what_is_written_is_read_again(void)
{
	char s[WALLTIME_SIZE];
	int64_t back;

	for (int i = 0; i < 1000; i++) {
		const int64_t t = (int64_t)cu_random() * 50;

		CU_ASSERT_EQUAL_FATAL(walltime_parse(walltime_format(t, s), &back), 0);
		CU_ASSERT_EQUAL_FATAL(back, t);
	}
	CU_ASSERT_STRING_EQUAL(walltime_format(INT64_MAX, s), "9999-12-31T23:59:59Z");
	CU_ASSERT_STRING_EQUAL(walltime_format(-5, s), "1970-01-01T00:00:00Z");
}

static void months_have_a_first_day(void)
{
	int64_t t;

	CU_ASSERT_EQUAL(walltime_parse("2026-11-28T10:05:00Z", &t), 0);
	CU_ASSERT_EQUAL(walltime_month(t), 1793491200);
	CU_ASSERT_EQUAL(walltime_month_number(t), 2026 * 12 + 10);
	CU_ASSERT_EQUAL(walltime_month_number(t + 86400 * 3), 2026 * 12 + 11);
}

static const struct cu_case cases[] = {
	CU_CASE(times_of_rfc_3339_are_read),
	CU_CASE(what_is_written_is_read_again),
	CU_CASE(months_have_a_first_day),
};

CU_SUITE(walltime, cases);
