/* SPDX-License-Identifier: Apache-2.0 */
#include "bgpd/session/retry.h"
#include "tests/cu_main.h"

#define S_US INT64_C(1000000)

/* Jitter cuts by a quarter at most. */
static void assert_about(int64_t us, int64_t full_us)
{
	CU_ASSERT(us <= full_us);
	CU_ASSERT(us >= full_us * 3 / 4);
}

static void the_first_retry_comes_after_a_second(void)
{
	struct retry r = { 0 };

	assert_about(retry_delay_us(&r, 120), S_US);
	retry_failed(&r);
	assert_about(retry_delay_us(&r, 120), S_US);
}

static void attempts_double_up_to_the_connect_retry_time(void)
{
	struct retry r = { 0 };

	for (int i = 0; i < 300; i++) {
		const int64_t full = i < 4 ? S_US << i : 10 * S_US;

		retry_failed(&r);
		assert_about(retry_delay_us(&r, 10), full);
		CU_ASSERT_FALSE(retry_is_damped(&r));
	}
}

static void attempts_double_128_times_at_most(void)
{
	struct retry r = { 0 };

	for (int i = 0; i < 300; i++)
		retry_failed(&r);
	assert_about(retry_delay_us(&r, 1000), 128 * S_US);
	assert_about(retry_delay_us(&r, 0), 120 * S_US);
}

/* RFC 4271 10. */
static void flaps_survive_reaching_established(void)
{
	struct retry r = { 0 };

	for (int i = 0; i < 10; i++) {
		retry_went_down(&r, 5, 30);
		assert_about(retry_delay_us(&r, 1), S_US << (i < 7 ? i : 7));
		CU_ASSERT_EQUAL(retry_is_damped(&r), i >= 4);
		retry_failed(&r);
	}
}

static void two_hold_times_up_wipe_the_slate(void)
{
	struct retry r = { 0 };

	for (int i = 0; i < 10; i++)
		retry_went_down(&r, 59, 30);
	CU_ASSERT_TRUE(retry_is_damped(&r));
	retry_went_down(&r, 60, 30);
	CU_ASSERT_FALSE(retry_is_damped(&r));
	assert_about(retry_delay_us(&r, 120), S_US);
}

static void hold_time_zero_still_has_to_last(void)
{
	struct retry r = { 0 };

	retry_went_down(&r, 0, 0);
	retry_went_down(&r, 0, 0);
	assert_about(retry_delay_us(&r, 120), 2 * S_US);
	retry_went_down(&r, 20, 0);
	assert_about(retry_delay_us(&r, 120), S_US);
}

/* RFC 4271 10. */
static void jitter_keeps_to_its_quarter(void)
{
	int64_t min = 100 * S_US;
	int64_t max = 0;

	for (int i = 0; i < 1000; i++) {
		const int64_t v = jitter_us(100 * S_US);

		assert_about(v, 100 * S_US);
		min = v < min ? v : min;
		max = v > max ? v : max;
	}
	CU_ASSERT(max - min > 15 * S_US); /* it is used */
	CU_ASSERT_EQUAL(jitter_us(0), 0);
}

static const struct cu_case cases[] = {
	CU_CASE(the_first_retry_comes_after_a_second),
	CU_CASE(attempts_double_up_to_the_connect_retry_time),
	CU_CASE(attempts_double_128_times_at_most),
	CU_CASE(flaps_survive_reaching_established),
	CU_CASE(two_hold_times_up_wipe_the_slate),
	CU_CASE(hold_time_zero_still_has_to_last),
	CU_CASE(jitter_keeps_to_its_quarter),
};

CU_SUITE(retry, cases);
