/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two clocks. The monotonic one says how long a span was, the wall clock what it is called. When
 * they disagree about the length, somebody set the wall clock: the span ends now and is as long as
 * it was. So nobody pays for hours that were leapt over, and hours that come twice are not longer
 * than they are.
 *
 * Over a reboot nothing is comparable but the time since boot: devices cannot be older.
 */
#include "vbr/meter/span.h"

#define STEERING_S 2

static int64_t elapsed_s(const struct meter_clock *last, const struct meter_clock *now)
{
	const int64_t us = last->epoch == now->epoch ? now->mono_us - last->mono_us : now->mono_us;

	return us > 0 ? (us + 500000) / 1000000 : 0;
}

static bool is_steered(int64_t wall_s, int64_t mono_s)
{
	const int64_t d = wall_s - mono_s;

	return wall_s >= 0 && d <= STEERING_S && d >= -STEERING_S;
}

void meter_span(const struct meter_clock *last, const struct meter_clock *now, uint32_t interval_s,
	struct meter_row *row)
{
	const int64_t wall_s = now->wall_s - last->wall_s;
	int64_t s;

	row->end_s = now->wall_s;
	row->start_s = now->wall_s;
	if (last->epoch == 0)
		return;
	s = elapsed_s(last, now);
	if (last->epoch == now->epoch ? is_steered(wall_s, s) : wall_s >= 0 && wall_s <= s)
		s = wall_s;
	else if (last->epoch == now->epoch || wall_s < 0)
		row->flags |= METER_FLAG_CLOCK;
	if (s > METER_SPAN_MAX_S) {
		s = METER_SPAN_MAX_S;
		row->flags |= METER_FLAG_CUT;
	}
	if (s > (int64_t)interval_s + interval_s / 2)
		row->flags |= METER_FLAG_LATE;
	row->start_s = now->wall_s - s;
}

static int64_t clip(int64_t v, int64_t low, int64_t high)
{
	return v < low ? low : v > high ? high : v;
}

/* What has come by t. */
static uint64_t until(const struct meter_row *r, int value, int64_t t)
{
	const unsigned __int128 whole = r->c.v[value];

	return (uint64_t)(whole * (uint64_t)(t - r->start_s) / (uint64_t)(r->end_s - r->start_s));
}

struct meter_counts meter_row_part(const struct meter_row *r, int64_t from_s, int64_t to_s)
{
	const int64_t a = clip(from_s, r->start_s, r->end_s);
	const int64_t b = clip(to_s, r->start_s, r->end_s);
	struct meter_counts c = { 0 };

	if (r->start_s == r->end_s)
		return r->start_s >= from_s && r->start_s < to_s ? r->c : c;
	for (int i = 0; i < METER_VALUES; i++)
		c.v[i] = a < b ? until(r, i, b) - until(r, i, a) : 0;
	return c;
}

uint32_t meter_row_seconds(const struct meter_row *r, int64_t from_s, int64_t to_s)
{
	const int64_t a = clip(from_s, r->start_s, r->end_s);
	const int64_t b = clip(to_s, r->start_s, r->end_s);

	return a < b ? (uint32_t)(b - a) : 0;
}

int64_t meter_hour_of(int64_t wall_s)
{
	return wall_s - wall_s % METER_HOUR_S;
}

static void finish(struct meter_hour *h, meter_hour_fn *done, void *ctx)
{
	if (h->open)
		done(ctx, h);
	*h = (struct meter_hour){ 0 };
}

static void add_part(struct meter_hour *h, const struct meter_row *r, int64_t hour_s)
{
	const struct meter_counts c = meter_row_part(r, hour_s, hour_s + METER_HOUR_S);

	h->hour_s = hour_s;
	meter_counts_add(&h->c, &c);
	h->seconds += meter_row_seconds(r, hour_s, hour_s + METER_HOUR_S);
	if (h->seconds > METER_HOUR_S)
		h->seconds = METER_HOUR_S;
	h->flags |= r->flags;
	if (!h->open || r->rate_bps >= h->rate_bps) {
		h->detail = r->detail;
		h->rate_bps = r->rate_bps;
	}
	h->open = true;
}

void meter_hour_add(struct meter_hour *h, const struct meter_row *r, meter_hour_fn *done, void *ctx)
{
	int64_t hour_s = meter_hour_of(r->start_s);

	do {
		if (h->open && h->hour_s != hour_s)
			finish(h, done, ctx);
		add_part(h, r, hour_s);
		hour_s += METER_HOUR_S;
	} while (hour_s < r->end_s);
}

void meter_hour_close(struct meter_hour *h, int64_t now_s, meter_hour_fn *done, void *ctx)
{
	if (h->open && h->hour_s != meter_hour_of(now_s))
		finish(h, done, ctx);
}
