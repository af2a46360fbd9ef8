/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counters and histograms. A value is written by one thread and may be read by any (relaxed
 * atomics): nobody waits for anybody.
 */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

struct counter {
	_Atomic uint64_t v;
};

/** On the one thread that writes it: no locked instruction. */
static inline void counter_add(struct counter *c, uint64_t n)
{
	atomic_store_explicit(&c->v, atomic_load_explicit(&c->v, memory_order_relaxed) + n,
		memory_order_relaxed);
}

static inline uint64_t counter_get(const struct counter *c)
{
	return atomic_load_explicit(&c->v, memory_order_relaxed);
}

#define HISTOGRAM_BUCKETS 28 /* upper bounds 1 us * 2^i: 1 us .. 134 s */

struct histogram {
	_Atomic uint64_t bucket[HISTOGRAM_BUCKETS + 1]; /* last: above all bounds */
};

void histogram_add_us(struct histogram *h, uint64_t us);
/** Smallest bucket bound that covers the given share (0..1) of samples, in us; 0 when empty. */
uint64_t histogram_quantile_us(const struct histogram *h, double q);
