/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel's weights are 1..255 (lib/net/nexthop.h), a bandwidth is a float of any size. Links
 * are mostly multiples of each other, so their greatest common divisor gives small numbers that
 * people recognise, and the same group for the same ratio. Where that does not fit, the fastest has
 * 255 and the others their part of it; what would vanish has 1.
 */
#include "bgpd/weight.h"

#include "lib/net/nexthop.h"

#define EXACT_MAX 9e15 /* below 2^53 a double holds any whole number */

static uint64_t gcd(uint64_t a, uint64_t b)
{
	while (b) {
		const uint64_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

/* 0: there is none that makes the weights small enough. */
static uint64_t divisor(const float *bandwidth, unsigned n, double max)
{
	uint64_t d = 0;

	if (max >= EXACT_MAX)
		return 0;
	for (unsigned i = 0; i < n; i++)
		d = gcd(d, (uint64_t)bandwidth[i]);
	return d && max / (double)d <= NEXTHOP_WEIGHT_MAX ? d : 0;
}

static uint16_t scale(double part)
{
	const double w = part * NEXTHOP_WEIGHT_MAX + 0.5;

	return w < 1 ? 1 : (uint16_t)w;
}

bool weights_of(const float *bandwidth, unsigned n, uint16_t *weight)
{
	double max = 0;
	uint64_t d;

	for (unsigned i = 0; i < n; i++) {
		if (!(bandwidth[i] > 0))
			return false;
		if ((double)bandwidth[i] > max)
			max = (double)bandwidth[i];
	}
	d = divisor(bandwidth, n, max);
	for (unsigned i = 0; i < n; i++) {
		const double bw = (double)bandwidth[i];

		weight[i] = d && bw >= 1 ? (uint16_t)((uint64_t)bw / d) : scale(bw / max);
	}
	return true;
}
