/* SPDX-License-Identifier: Apache-2.0 */
/* What receivers have noted of a churn, as figures: of the whole time of each change, of the DUT's
 * part of it, and of what is left, in which the tool itself was late (see churn.c). With --samples
 * each one stands in the report, for who has several tools and wants the figures of all. */
#include <stdio.h>
#include <stdlib.h>

#include "bench/load/blast.h"

enum {
	LATENCY_RECEIVERS = 4 /* who measure */
};

int latency_start(struct blast *b, int sender, uint32_t n)
{
	int n_receivers = 0;

	for (int i = 0; i < b->n_sessions && n_receivers < LATENCY_RECEIVERS; i++) {
		struct receiver *r = b->session[i].receiver;

		if (!r || i == sender || b->session[i].deaf)
			continue;
		session_stamp(&b->session[i]);
		r->sample = xalloc(n * sizeof *r->sample);
		r->n_samples = r->n_unstamped = 0;
		r->seen = xalloc(b->table.n_prefixes * sizeof *r->seen);
		n_receivers++;
	}
	memset(b->churn.event, 0, b->table.n_prefixes * sizeof *b->churn.event);
	__atomic_store_n(&b->churn.on, true, __ATOMIC_RELEASE);
	return n_receivers;
}

/* All samples, by receiver; the receivers measure no longer. */
static struct sample *collect(struct blast *b, size_t room, uint32_t *n, uint32_t *n_unstamped)
{
	struct sample *all = xalloc(room * sizeof *all);

	*n = *n_unstamped = 0;
	for (int i = 0; i < b->n_sessions; i++) {
		struct receiver *r = b->session[i].receiver;

		if (!r || !r->sample)
			continue;
		memcpy(all + *n, r->sample, r->n_samples * sizeof *all);
		*n += r->n_samples;
		*n_unstamped += r->n_unstamped;
		free(r->sample);
		free(r->seen);
		r->sample = NULL;
		r->seen = NULL;
	}
	return all;
}

static uint32_t whole(const struct sample *s)
{
	return s->whole_us;
}

static uint32_t of_dut(const struct sample *s)
{
	return s->dut_us;
}

static uint32_t late(const struct sample *s)
{
	return s->whole_us > s->dut_us ? s->whole_us - s->dut_us : 0;
}

static const struct {
	const char *name;
	uint32_t (*of)(const struct sample *s);
} rows[] = {
	{ "lat_us", whole },
	{ "dut_us", of_dut },
	{ "late_us", late },
};

static void report_row(struct report *r, size_t row, const struct sample *s, uint32_t n)
{
	uint32_t *us = xalloc(n * sizeof *us), p50, p90, p99, p999;

	for (uint32_t i = 0; i < n; i++)
		us[i] = rows[row].of(&s[i]);
	qsort(us, n, sizeof *us, compare_u32);
	p50 = us[n / 2];
	p90 = us[(uint64_t)n * 90 / 100];
	p99 = us[(uint64_t)n * 99 / 100];
	p999 = us[(uint64_t)n * 999 / 1000];
	report_add(r,
		",\"%s\":{\"min\":%u,\"p50\":%u,\"p90\":%u,\"p99\":%u,\"p999\":%u,\"max\":%u}",
		rows[row].name, us[0], p50, p90, p99, p999, us[n - 1]);
	fprintf(stderr, "bgpblast: churn %s p50=%u p99=%u max=%u\n", rows[row].name, p50, p99,
		us[n - 1]);
	free(us);
}

static void report_samples(struct report *r, const struct sample *s, uint32_t n)
{
	report_add(r, ",\"samples_us\":[");
	for (uint32_t i = 0; i < n; i++)
		report_add(r, "%s[%u,%u]", report_comma(r), s[i].whole_us, s[i].dut_us);
	report_add(r, "]");
}

void latency_report(struct blast *b, size_t room)
{
	uint32_t n, n_unstamped;
	struct sample *s = collect(b, room, &n, &n_unstamped);

	report_add(&b->report, ",\"seen\":%u,\"unstamped\":%u", n, n_unstamped);
	for (size_t i = 0; n && i < sizeof rows / sizeof *rows; i++)
		report_row(&b->report, i, s, n);
	if (b->opt.samples)
		report_samples(&b->report, s, n);
	free(s);
}
