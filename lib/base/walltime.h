/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Wall clock times as people write them: RFC 3339, or a date alone, which is its midnight in UTC.
 * Leap seconds are the second before, as the kernel's clock has it.
 */
#pragma once

#include <stdint.h>

#include "lib/base/compiler.h"

#define WALLTIME_SIZE 24 /* "2026-11-28T10:05:00Z" */

/** Seconds since the epoch: 0, or -EINVAL. Fractions of a second are cut off. */
int walltime_parse(const char *s, int64_t *wall_s) MUST_USE;
/** In UTC; dst of WALLTIME_SIZE. Years 0 to 9999; what is beyond is shown as the end. */
char *walltime_format(int64_t wall_s, char *dst);
/** Midnight of the first day of the month, UTC. */
int64_t walltime_month(int64_t wall_s);
/** Months since year 0: two times of one month have the same. */
int64_t walltime_month_number(int64_t wall_s);
