/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nearest rank and not an interpolation between two ranks: the answer is a sample that was
 * recorded, so whoever has the records can point at it.
 */
#include "vbr/meter/percentile.h"

#include <stdlib.h>

static uint64_t rate(uint64_t octets, uint32_t seconds)
{
	const unsigned __int128 bits = (unsigned __int128)octets * 8;

	return (uint64_t)(bits / seconds);
}

bool meter_row_rates(const struct meter_row *r, uint32_t interval_s, struct meter_rate *in,
	struct meter_rate *out)
{
	const uint32_t s = meter_row_seconds(r, r->start_s, r->end_s);
	const uint32_t weight = (s + interval_s / 2) / interval_s;

	if (s == 0 || weight == 0)
		return false;
	*in = (struct meter_rate){ rate(r->c.v[METER_IN], s), weight };
	*out = (struct meter_rate){ rate(r->c.v[METER_OUT], s), weight };
	return true;
}

static int by_rate(const void *a, const void *b)
{
	const struct meter_rate *x = a;
	const struct meter_rate *y = b;

	return x->bps < y->bps ? -1 : x->bps > y->bps;
}

uint64_t meter_percentile(struct meter_rate *v, uint32_t n, uint32_t percent)
{
	uint64_t all = 0;
	uint64_t rank;

	for (uint32_t i = 0; i < n; i++)
		all += v[i].weight;
	if (all == 0)
		return 0;
	qsort(v, n, sizeof(*v), by_rate);
	rank = (all * percent + 99) / 100;
	for (uint32_t i = 0; i < n; i++) {
		if (rank <= v[i].weight)
			return v[i].bps;
		rank -= v[i].weight;
	}
	return v[n - 1].bps;
}
