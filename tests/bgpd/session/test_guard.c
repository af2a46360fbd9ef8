/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whom a listen range lets in: the rate, the memory, and its bounds.
 */
#include "bgpd/session/guard.h"
#include "tests/cu_main.h"

#define S_US INT64_C(1000000)

static struct ip_addr nth(uint32_t k)
{
	return ip_from_v4(0x0a000000 + k);
}

static void a_burst_is_admitted_and_then_a_rate(void)
{
	struct guard *g = guard_new();
	struct mono now = mono_now();
	unsigned n = 0;

	for (uint32_t k = 0; k < 1000; k++) {
		const struct ip_addr a = nth(k);

		n += guard_admit(g, &a, now);
	}
	CU_ASSERT_EQUAL(n, GUARD_BURST);
	n = 0;
	for (uint32_t k = 0; k < 1000; k++) { /* ten seconds */
		const struct ip_addr a = nth(k);

		now = mono_add_us(now, S_US / 100);
		n += guard_admit(g, &a, now);
	}
	CU_ASSERT_TRUE(n >= 10 * GUARD_RATE - 1 && n <= 10 * GUARD_RATE + 1);
	guard_free(g);
}

static void who_comes_to_nothing_five_times_has_to_wait(void)
{
	const struct ip_addr bad = nth(1);
	const struct ip_addr good = nth(2);
	struct guard *g = guard_new();

	for (unsigned i = 0; i < 5; i++) {
		CU_ASSERT_TRUE(guard_admit(g, &bad, mono_now()));
		guard_left(g, &bad, i % 2 ? 3 : 0, 30);
	}
	CU_ASSERT_FALSE(guard_admit(g, &bad, mono_now()));
	CU_ASSERT_TRUE(guard_admit(g, &good, mono_now()));
	CU_ASSERT_FALSE(guard_admit(g, &bad, mono_add_s(mono_now(), 11)));
	CU_ASSERT_TRUE(guard_admit(g, &bad, mono_add_s(mono_now(), 17)));
	guard_left(g, &bad, 0, 30);
	CU_ASSERT_FALSE(guard_admit(g, &bad, mono_add_s(mono_now(), 20)));
	guard_free(g);
}

static void a_session_that_lasts_wipes_the_slate_and_so_does_the_operator(void)
{
	const struct ip_addr a = nth(1);
	struct guard *g = guard_new();

	for (unsigned i = 0; i < 5; i++)
		guard_left(g, &a, 0, 30);
	CU_ASSERT_FALSE(guard_admit(g, &a, mono_now()));
	guard_forgive(g, &a);
	CU_ASSERT_TRUE(guard_admit(g, &a, mono_now()));
	for (unsigned i = 0; i < 5; i++)
		guard_left(g, &a, 0, 30);
	guard_left(g, &a, 60, 30);
	CU_ASSERT_TRUE(guard_admit(g, &a, mono_now()));
	guard_free(g);
}

static void the_memory_is_bounded_and_forgets_the_oldest(void)
{
	struct mono t = mono_now();
	struct guard *g;

	mono_test_start(t);
	g = guard_new();
	for (uint32_t k = 0; k < GUARD_SLOTS + 3; k++) {
		const struct ip_addr a = nth(k);

		for (unsigned i = 0; i < 9; i++)
			guard_left(g, &a, 0, 30);
		mono_test_advance_us(1000);
	}
	t = mono_now();
	for (uint32_t k = 0; k < GUARD_SLOTS + 3; k++) {
		const struct ip_addr a = nth(k);

		t = mono_add_us(t, S_US / GUARD_RATE);
		CU_ASSERT_EQUAL(guard_admit(g, &a, t), k < 3);
	}
	guard_free(g);
	mono_test_stop();
}

static const struct cu_case cases[] = {
	CU_CASE(a_burst_is_admitted_and_then_a_rate),
	CU_CASE(who_comes_to_nothing_five_times_has_to_wait),
	CU_CASE(a_session_that_lasts_wipes_the_slate_and_so_does_the_operator),
	CU_CASE(the_memory_is_bounded_and_forgets_the_oldest),
};

CU_SUITE(guard, cases);
