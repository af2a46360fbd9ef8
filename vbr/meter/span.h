/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which time an amount belongs to, although wall clocks are set back and forth, and daemons and
 * machines stop; and its division into hours. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "vbr/meter/counter.h"

#define METER_HOUR_S 3600
/* A span that is longer (a daemon that was away) is attributed to its last days. */
#define METER_SPAN_MAX_S (7 * 24 * 3600)

/* When a reading was made. */
struct meter_clock {
	uint64_t epoch;  /* of struct meter_reading: mono_us is comparable within one; 0 = never */
	int64_t mono_us; /* since the kernel booted */
	int64_t wall_s;
};

/* An amount and its time: from start up to, and not with, end. */
struct meter_row {
	int64_t start_s;
	int64_t end_s; /* == start: a moment */
	struct meter_counts c;
	uint32_t flags;    /* enum meter_flag */
	uint32_t detail;   /* what the object was: a number of the owner's */
	uint64_t rate_bps; /* its bandwidth, 0 = none */
};

/**
 * Set start, end and flags of the row between two readings. The length is the time that really
 * passed (the monotonic clock), whatever was done to the wall clock; a difference of up to two
 * seconds is the steering of a clock and leaves rows without a hole. Without a last reading it is
 * the present moment.
 */
void meter_span(const struct meter_clock *last, const struct meter_clock *now, uint32_t interval_s,
	struct meter_row *row);

/**
 * What of the row's amount falls into a time, evenly spread, in whole numbers: parts that follow
 * one another add up to the whole.
 */
struct meter_counts meter_row_part(const struct meter_row *row, int64_t from_s, int64_t to_s);
/** Seconds of the row in that time. */
uint32_t meter_row_seconds(const struct meter_row *row, int64_t from_s, int64_t to_s);

/* An hour being filled. */
struct meter_hour {
	bool open;
	int64_t hour_s; /* its first second */
	struct meter_counts c;
	uint32_t seconds; /* that were covered, at most 3600 */
	uint32_t flags;
	uint32_t detail; /* of the largest bandwidth in the hour */
	uint64_t rate_bps;
};

typedef void meter_hour_fn(void *ctx, const struct meter_hour *h);

/**
 * Put a row into its hours. Each hour that is left, forwards or (when the clock was set back)
 * backwards, is given to done. So an hour may come twice; its amounts do not.
 */
void meter_hour_add(struct meter_hour *h, const struct meter_row *row, meter_hour_fn *done,
	void *ctx);
/** Give out the open hour if it is not the present one. */
void meter_hour_close(struct meter_hour *h, int64_t now_s, meter_hour_fn *done, void *ctx);
/** First second of the hour. */
int64_t meter_hour_of(int64_t wall_s);
