/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Histograms with bounds of powers of two microseconds: one instruction finds the bucket, and
 * the bounds never need configuring.
 */
#include "lib/base/metrics.h"

/* Smallest i with us <= 2^i, HISTOGRAM_BUCKETS when there is none. */
static unsigned bucket_of(uint64_t us)
{
	unsigned i;

	if (us <= 1)
		return 0;
	i = 64 - (unsigned)__builtin_clzll(us - 1);
	return i < HISTOGRAM_BUCKETS ? i : HISTOGRAM_BUCKETS;
}

void histogram_add_us(struct histogram *h, uint64_t us)
{
	atomic_fetch_add_explicit(&h->bucket[bucket_of(us)], 1, memory_order_relaxed);
}

uint64_t histogram_quantile_us(const struct histogram *h, double q)
{
	uint64_t n[HISTOGRAM_BUCKETS + 1];
	uint64_t total = 0;
	uint64_t seen = 0;

	for (unsigned i = 0; i <= HISTOGRAM_BUCKETS; i++) {
		n[i] = atomic_load_explicit(&h->bucket[i], memory_order_relaxed);
		total += n[i];
	}
	if (!total)
		return 0;
	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
		seen += n[i];
		if (seen && (double)seen >= q * (double)total)
			return UINT64_C(1) << i;
	}
	return UINT64_MAX;
}
