/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Histograms with bounds of powers of two microseconds (one instruction finds the bucket, and
 * the bounds never need configuring), and the text that Prometheus reads (exposition format
 * 0.0.4). Durations are kept in microseconds and shown in seconds, as the format's conventions
 * want.
 *
 * A reader may see a sample's bucket before its sum: rendering takes the total from the buckets
 * that it printed, so that "+Inf" and "_count" always agree.
 */
#include "lib/base/metrics.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/compiler.h"
#include "lib/base/xalloc.h"

#define TEXT_FIRST_CAP 4096

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
	atomic_fetch_add_explicit(&h->sum_us, us, memory_order_relaxed);
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

void metrics_text_init(struct metrics_text *t)
{
	*t = (struct metrics_text){ .buf = xmalloc(TEXT_FIRST_CAP), .cap = TEXT_FIRST_CAP };
	t->buf[0] = '\0';
}

void metrics_text_fini(struct metrics_text *t)
{
	free(t->buf);
	*t = (struct metrics_text){ 0 };
}

static void put(struct metrics_text *t, const char *fmt, ...) PRINTF_LIKE(2, 3);

static void put(struct metrics_text *t, const char *fmt, ...)
{
	va_list ap;
	size_t len;

	va_start(ap, fmt);
	len = (size_t)vsnprintf(t->buf + t->len, t->cap - t->len, fmt, ap);
	va_end(ap);
	if (len >= t->cap - t->len) {
		t->cap = 2 * t->cap + len;
		t->buf = xrealloc(t->buf, t->cap);
		va_start(ap, fmt);
		len = (size_t)vsnprintf(t->buf + t->len, t->cap - t->len, fmt, ap);
		va_end(ap);
	}
	t->len += len;
}

void metrics_text_head(struct metrics_text *t, const struct metric_desc *d)
{
	static const char *const types[] = {
		[METRIC_TYPE_COUNTER] = "counter",
		[METRIC_TYPE_GAUGE] = "gauge",
		[METRIC_TYPE_HISTOGRAM] = "histogram",
	};

	put(t, "# HELP %s %s\n# TYPE %s %s\n", d->name, d->help, d->name, types[d->type]);
}

void metrics_text_u64(struct metrics_text *t, const struct metric_desc *d, const char *labels,
	uint64_t v)
{
	if (labels && *labels)
		put(t, "%s{%s} %" PRIu64 "\n", d->name, labels, v);
	else
		put(t, "%s %" PRIu64 "\n", d->name, v);
}

void metrics_text_histogram(struct metrics_text *t, const struct metric_desc *d, const char *labels,
	const struct histogram *h)
{
	const bool has_labels = labels && *labels;
	const char *const open = has_labels ? "{" : "";
	const char *const close = has_labels ? "}" : "";
	const char *const words = has_labels ? labels : "";
	const char *const comma = has_labels ? "," : "";
	uint64_t total = 0;

	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
		total += atomic_load_explicit(&h->bucket[i], memory_order_relaxed);
		put(t, "%s_bucket{%s%sle=\"%g\"} %" PRIu64 "\n", d->name, words, comma,
			(double)(UINT64_C(1) << i) / 1e6, total);
	}
	total += atomic_load_explicit(&h->bucket[HISTOGRAM_BUCKETS], memory_order_relaxed);
	put(t, "%s_bucket{%s%sle=\"+Inf\"} %" PRIu64 "\n", d->name, words, comma, total);
	put(t, "%s_sum%s%s%s %.6f\n", d->name, open, words, close,
		(double)atomic_load_explicit(&h->sum_us, memory_order_relaxed) / 1e6);
	put(t, "%s_count%s%s%s %" PRIu64 "\n", d->name, open, words, close, total);
}

char *metrics_label_escape(char *dst, size_t size, const char *src)
{
	size_t n = 0;

	if (!size)
		return dst;
	for (; *src; src++) {
		const char escaped = *src == '\n' ? 'n' : *src;
		const bool needs = *src == '\\' || *src == '"' || *src == '\n';

		if (n + (needs ? 2 : 1) >= size)
			break;
		if (needs)
			dst[n++] = '\\';
		dst[n++] = escaped;
	}
	dst[n] = '\0';
	return dst;
}
