/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Amounts of money: written, read, multiplied.
 */
#include <errno.h>

#include "tests/cu_main.h"
#include "vbr/meter/money.h"

static void prices_are_read_exactly(void)
{
	static const struct {
		const char *text;
		int64_t micro; /* -1: refused */
	} rows[] = {
		{ "0", 0 },
		{ "12", 12000000 },
		{ "0.05", 50000 },
		{ "0.000001", 1 },
		{ "1000000000000", 1000000000000000000 },
		{ "0.0000001", -1 },
		{ "1000000000001", -1 },
		{ "", -1 },
		{ "-1", -1 },
		{ ".5", -1 },
		{ "5.", -1 },
		{ "1e3", -1 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int64_t micro = -1;
		const int ret = money_parse(rows[i].text, &micro);

		if (ret != (rows[i].micro < 0 ? -EINVAL : 0) || micro != rows[i].micro)
			CU_FAIL_FATAL(rows[i].text);
	}
}

static void amounts_are_written_with_two_decimals_or_more(void)
{
	char s[MONEY_SIZE];

	CU_ASSERT_STRING_EQUAL(money_format(0, s), "0.00");
	CU_ASSERT_STRING_EQUAL(money_format(12500000, s), "12.50");
	CU_ASSERT_STRING_EQUAL(money_format(1, s), "0.000001");
	CU_ASSERT_STRING_EQUAL(money_format(1230000, s), "1.23");
	CU_ASSERT_STRING_EQUAL(money_format(1234000, s), "1.234");
	CU_ASSERT_STRING_EQUAL(money_format(INT64_MAX, s), "9223372036854.775807");
}

static void products_are_rounded_half_up_once(void)
{
	CU_ASSERT_EQUAL(money_of(1500000000, 1000000000, 50000), 75000);
	CU_ASSERT_EQUAL(money_of(1, 2, 1), 1);
	CU_ASSERT_EQUAL(money_of(49, 100, 1), 0);
	CU_ASSERT_EQUAL(money_of(INT64_MAX, 1000000000, 1000000), 9223372036854776);
	CU_ASSERT_EQUAL(money_of(INT64_MAX, 1, INT64_MAX), INT64_MAX);
}

static const struct cu_case cases[] = {
	CU_CASE(prices_are_read_exactly),
	CU_CASE(amounts_are_written_with_two_decimals_or_more),
	CU_CASE(products_are_rounded_half_up_once),
};

CU_SUITE(money, cases);
