/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CLOCK_MONOTONIC, or a clock that only the test moves. The test clock is process-wide on
 * purpose: code under test must not know that it is being tested, so it cannot be handed a
 * clock. Atomics only keep the thread sanitizer content; tests set the clock before they start
 * threads.
 */
#include "lib/base/monotime.h"

#include <stdatomic.h>
#include <time.h>

#define US_PER_S  1000000
#define NS_PER_US 1000

static _Atomic bool test_is_on;
static _Atomic int64_t test_us;

static int64_t clock_us(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * US_PER_S + ts.tv_nsec / NS_PER_US;
}

static struct mono now(clockid_t id)
{
	if (atomic_load_explicit(&test_is_on, memory_order_relaxed))
		return (struct mono){ atomic_load_explicit(&test_us, memory_order_relaxed) };
	return (struct mono){ clock_us(id) };
}

struct mono mono_now(void)
{
	return now(CLOCK_MONOTONIC);
}

struct mono mono_coarse(void)
{
	return now(CLOCK_MONOTONIC_COARSE);
}

struct mono mono_add_us(struct mono t, int64_t us)
{
	return (struct mono){ t.us + us };
}

struct mono mono_add_s(struct mono t, int64_t s)
{
	return (struct mono){ t.us + s * US_PER_S };
}

int64_t mono_sub_us(struct mono a, struct mono b)
{
	return a.us - b.us;
}

bool mono_is_before(struct mono a, struct mono b)
{
	return a.us < b.us;
}

uint32_t mono_age_s(struct mono t)
{
	const int64_t s = mono_sub_us(mono_now(), t) / US_PER_S;

	if (s < 0)
		return 0;
	return s > UINT32_MAX ? UINT32_MAX : (uint32_t)s;
}

int64_t mono_to_wall_s(struct mono t)
{
	return (clock_us(CLOCK_REALTIME) - mono_sub_us(mono_now(), t)) / US_PER_S;
}

void mono_test_start(struct mono at)
{
	atomic_store_explicit(&test_us, at.us, memory_order_relaxed);
	atomic_store_explicit(&test_is_on, true, memory_order_relaxed);
}

void mono_test_advance_us(int64_t us)
{
	atomic_fetch_add_explicit(&test_us, us, memory_order_relaxed);
}

void mono_test_stop(void)
{
	atomic_store_explicit(&test_is_on, false, memory_order_relaxed);
}
