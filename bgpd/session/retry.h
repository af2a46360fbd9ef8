/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long to wait before the next attempt. Two counters: attempts that came to nothing, and
 * sessions that came up but did not last. The second survives reaching Established: a peer that
 * flaps waits longer and longer, and is in the end not listened to while it waits.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct retry {
	uint8_t tries; /* in a row without reaching Established */
	uint8_t flaps; /* in a row that left Established too early */
};

/** An attempt ended before Established. */
void retry_failed(struct retry *r);
/** Left Established after up_s seconds with this hold time. */
void retry_went_down(struct retry *r, uint32_t up_s, uint16_t hold_s);
void retry_clear(struct retry *r);
/** Next delay with jitter; connect_retry_s caps the part that counts attempts. */
int64_t retry_delay_us(const struct retry *r, uint16_t connect_retry_s);
/** Connections of the peer are to be refused until the delay is over. */
bool retry_is_damped(const struct retry *r);

/** RFC 4271 10: times are cut by a random part of up to a quarter. */
int64_t jitter_us(int64_t us);
