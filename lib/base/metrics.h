/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counters, gauges and histograms with static descriptors. A value is written by one thread and
 * may be read by any (relaxed atomics): nobody waits for anybody. Rendering to Prometheus text
 * is here; who collects which values is not.
 */
#pragma once

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

enum metric_type {
	METRIC_TYPE_COUNTER,
	METRIC_TYPE_GAUGE,
	METRIC_TYPE_HISTOGRAM,
};

/* Static and const: one per metric name. */
struct metric_desc {
	const char *name; /* vbrd_fib_errors_total */
	const char *help;
	enum metric_type type;
};

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
	_Atomic uint64_t sum_us;
};

void histogram_add_us(struct histogram *h, uint64_t us);
/** Smallest bucket bound that covers the given share (0..1) of samples, in us; 0 when empty. */
uint64_t histogram_quantile_us(const struct histogram *h, double q);

/* Prometheus text, built in memory that grows. */
struct metrics_text {
	char *buf; /* owned, NUL-terminated */
	size_t len;
	size_t cap;
};

void metrics_text_init(struct metrics_text *t);
void metrics_text_fini(struct metrics_text *t);
/** HELP and TYPE lines; once per metric name. */
void metrics_text_head(struct metrics_text *t, const struct metric_desc *d);
/** One sample; labels is "a=\"b\",c=\"d\"" (values escaped by metrics_label_escape) or NULL. */
void metrics_text_u64(struct metrics_text *t, const struct metric_desc *d, const char *labels,
	uint64_t v);
void metrics_text_histogram(struct metrics_text *t, const struct metric_desc *d, const char *labels,
	const struct histogram *h);
/** Label value with \\, \" and newline escaped, truncated to size; returns dst. */
char *metrics_label_escape(char *dst, size_t size, const char *src);
