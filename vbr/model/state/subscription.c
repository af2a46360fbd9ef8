/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Four times in a row, the state is how many of them have passed. A month ends on the day of its
 * number, as people count; where there is none, on the last one: a month from 31 January is over on
 * 28 February.
 */
#include "vbr/model/state/subscription.h"

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "lib/base/compiler.h"

#define DAY_S 86400

static const enum subscription_state after[] = {
	SUBSCRIPTION_PENDING, /* none of the times below */
	SUBSCRIPTION_RUNNING,
	SUBSCRIPTION_ENDING,
	SUBSCRIPTION_ENDED,
};

#define N_TIMES (ARRAY_SIZE(after) - 1)

static int64_t time_at(const struct subscription *s, size_t i)
{
	const int64_t times[N_TIMES] = { s->from_s, s->warn_s, s->until_s };

	return times[i];
}

static int days_of(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	const bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month] + (month == 1 && is_leap);
}

static int64_t months_later(int64_t t, uint32_t months)
{
	const time_t from = (time_t)t;
	struct tm tm;
	int last;

	(void)gmtime_r(&from, &tm);
	tm.tm_year += (tm.tm_mon + (int)months) / 12;
	tm.tm_mon = (tm.tm_mon + (int)months) % 12;
	last = days_of(tm.tm_year + 1900, tm.tm_mon);
	if (tm.tm_mday > last)
		tm.tm_mday = last;
	return (int64_t)timegm(&tm);
}

struct subscription subscription_make(int64_t from_s, uint32_t months, uint32_t warning_days)
{
	struct subscription s = { .from_s = from_s, .until_s = months_later(from_s, months) };

	/* Of a month that is warned of 90 days ahead, all is near the end. */
	s.warn_s = s.until_s - (int64_t)warning_days * DAY_S;
	if (s.warn_s < s.from_s)
		s.warn_s = s.from_s;
	return s;
}

enum subscription_state subscription_state(const struct subscription *s, int64_t now_s)
{
	size_t passed = 0;

	if (s->until_s == 0)
		return SUBSCRIPTION_NONE;
	while (passed < N_TIMES && time_at(s, passed) <= now_s)
		passed++;
	return after[passed];
}

int64_t subscription_next(const struct subscription *s, int64_t now_s)
{
	for (size_t i = 0; i < N_TIMES && s->until_s != 0; i++)
		if (time_at(s, i) > now_s)
			return time_at(s, i);
	return 0;
}

const char *subscription_state_name(enum subscription_state s)
{
	static const char *const names[] = { "none", "pending", "running", "ending", "ended" };

	static_assert(ARRAY_SIZE(names) == SUBSCRIPTION_STATE_COUNT, "one name a state");
	return names[s];
}
