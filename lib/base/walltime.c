/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The C library knows the calendar (timegm, gmtime_r); what is here is the order of the fields and
 * their ranges, which strptime would not check as RFC 3339 5.7 wants them.
 */
#include "lib/base/walltime.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define LAST_S 253402300799 /* 9999-12-31T23:59:59Z */

/* Exactly n digits in a range; moves on. */
static bool digits(const char **s, int n, int low, int high, int *v)
{
	*v = 0;
	for (int i = 0; i < n; i++) {
		if (!isdigit((unsigned char)**s))
			return false;
		*v = *v * 10 + (*(*s)++ - '0');
	}
	return *v >= low && *v <= high;
}

static bool letter(const char **s, const char *set)
{
	if (**s == '\0' || strchr(set, **s) == NULL)
		return false;
	(*s)++;
	return true;
}

static bool date(const char **s, struct tm *tm)
{
	const bool ok = digits(s, 4, 0, 9999, &tm->tm_year) && letter(s, "-") &&
		digits(s, 2, 1, 12, &tm->tm_mon) && letter(s, "-") &&
		digits(s, 2, 1, 31, &tm->tm_mday);

	tm->tm_year -= 1900;
	tm->tm_mon--;
	return ok;
}

/* "Z" or "+01:00" as seconds east of Greenwich. */
static bool zone(const char **s, int *east_s)
{
	const char sign = **s;
	int h;
	int m;

	*east_s = 0;
	if (letter(s, "Zz"))
		return true;
	if (!letter(s, "+-") || !digits(s, 2, 0, 23, &h) || !letter(s, ":") ||
		!digits(s, 2, 0, 59, &m))
		return false;
	*east_s = (h * 60 + m) * 60 * (sign == '-' ? -1 : 1);
	return true;
}

static bool time_of_day(const char **s, struct tm *tm, int *east_s)
{
	if (!letter(s, "Tt") || !digits(s, 2, 0, 23, &tm->tm_hour) || !letter(s, ":") ||
		!digits(s, 2, 0, 59, &tm->tm_min) || !letter(s, ":") ||
		!digits(s, 2, 0, 60, &tm->tm_sec))
		return false;
	if (tm->tm_sec == 60)
		tm->tm_sec = 59;
	if (letter(s, ".")) {
		if (!isdigit((unsigned char)**s))
			return false;
		*s += strspn(*s, "0123456789");
	}
	return zone(s, east_s);
}

int walltime_parse(const char *s, int64_t *wall_s)
{
	struct tm tm = { 0 };
	struct tm asked;
	int east_s = 0;
	time_t t;

	if (!date(&s, &tm) || (*s != '\0' && !time_of_day(&s, &tm, &east_s)) || *s != '\0')
		return -EINVAL;
	asked = tm;
	t = timegm(&tm);
	if (tm.tm_mday != asked.tm_mday) /* 31 February became March */
		return -EINVAL;
	*wall_s = (int64_t)t - east_s;
	return 0;
}

char *walltime_format(int64_t wall_s, char *dst)
{
	const time_t t = (time_t)(wall_s > LAST_S ? LAST_S : wall_s < 0 ? 0 : wall_s);
	struct tm tm;

	gmtime_r(&t, &tm);
	strftime(dst, WALLTIME_SIZE, "%Y-%m-%dT%H:%M:%SZ", &tm);
	return dst;
}

static struct tm broken_down(int64_t wall_s)
{
	const time_t t = (time_t)wall_s;
	struct tm tm;

	gmtime_r(&t, &tm);
	return tm;
}

int64_t walltime_month(int64_t wall_s)
{
	struct tm tm = broken_down(wall_s);
	struct tm first = { .tm_year = tm.tm_year, .tm_mon = tm.tm_mon, .tm_mday = 1 };

	return (int64_t)timegm(&first);
}

int64_t walltime_month_number(int64_t wall_s)
{
	const struct tm tm = broken_down(wall_s);

	return ((int64_t)tm.tm_year + 1900) * 12 + tm.tm_mon;
}
