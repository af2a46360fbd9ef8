/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Monotonic time in a type of its own, so that the compiler refuses seconds where microseconds
 * belong. Tests may replace the clock of the whole process by one that they advance themselves.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct mono {
	int64_t us; /* microseconds of CLOCK_MONOTONIC (or of the test clock) */
};

/** Now. Costs a vDSO call; a loop turn caches it (loop_now). */
struct mono mono_now(void);
/** The same to a few milliseconds, never later, at a quarter of the price: for ages. */
struct mono mono_coarse(void);
struct mono mono_add_us(struct mono t, int64_t us);
struct mono mono_add_s(struct mono t, int64_t s);
/** a - b in microseconds. */
int64_t mono_sub_us(struct mono a, struct mono b);
bool mono_is_before(struct mono a, struct mono b);
/** Whole seconds since t, never negative. */
uint32_t mono_age_s(struct mono t);

/** Wall clock for people: seconds since the epoch as they would have read at t. */
int64_t mono_to_wall_s(struct mono t);

/** Test clock: from now on mono_now() returns what mono_test_advance_us() makes of it. */
void mono_test_start(struct mono at);
void mono_test_advance_us(int64_t us);
void mono_test_stop(void);
