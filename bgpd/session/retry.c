/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Back-off. The first retry comes after about a second, so that a peer that restarts is back at
 * once; each further one doubles the wait. Attempts are capped by the configured connect-retry
 * time, flaps by 128 seconds, so that neither a wrong password nor a peer in a crash loop costs
 * its neighbours anything. A session that stayed up for two hold times has shown that it works:
 * the slate is clean.
 */
#include "bgpd/session/retry.h"

#include <stdlib.h>

#define BASE_US          INT64_C(1000000)
#define DOUBLINGS_MAX    7   /* 128 x */
#define CONNECT_RETRY_S  120 /* RFC 4271 10, when nothing is configured */
#define DAMP_AFTER_FLAPS 5   /* from here on also incoming connections wait: 16 s and more */
#define HEALTHY_AFTER_S  20  /* floor for two hold times: hold time 0 and very short ones */

static void count_up(uint8_t *n)
{
	if (*n < UINT8_MAX)
		(*n)++;
}

void retry_failed(struct retry *r)
{
	count_up(&r->tries);
}

void retry_went_down(struct retry *r, uint32_t up_s, uint16_t hold_s)
{
	const uint32_t healthy_s = hold_s > HEALTHY_AFTER_S / 2 ? 2u * hold_s : HEALTHY_AFTER_S;

	r->tries = 0;
	if (up_s >= healthy_s)
		r->flaps = 0;
	else
		count_up(&r->flaps);
}

void retry_clear(struct retry *r)
{
	*r = (struct retry){ 0 };
}

static int64_t doubled(uint8_t n)
{
	const unsigned shift = n == 0 ? 0 : n - 1u;

	return BASE_US << (shift < DOUBLINGS_MAX ? shift : DOUBLINGS_MAX);
}

int64_t retry_delay_us(const struct retry *r, uint16_t connect_retry_s)
{
	const int64_t cap = (connect_retry_s ? connect_retry_s : CONNECT_RETRY_S) * BASE_US;
	const int64_t tries = doubled(r->tries) < cap ? doubled(r->tries) : cap;
	const int64_t flaps = doubled(r->flaps);

	return jitter_us(tries > flaps ? tries : flaps);
}

bool retry_is_damped(const struct retry *r)
{
	return r->flaps >= DAMP_AFTER_FLAPS;
}

int64_t jitter_us(int64_t us)
{
	const int64_t quarter = us / 4;

	if (quarter == 0)
		return us;
	return us - arc4random_uniform(quarter < INT32_MAX ? (uint32_t)quarter : INT32_MAX);
}
