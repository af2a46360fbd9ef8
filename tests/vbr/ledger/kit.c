/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two tenants, four objects.
 */
#include "tests/vbr/ledger/kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "lib/base/xalloc.h"
#include "tests/cu_main.h"

void kit_init(struct kit *k)
{
	static const struct kit_meter meters[KIT_METERS] = {
		{ METER_KIND_VBR, "acme", "hz-a", "line=dedicated on=pc-1 mbps=500", 500 },
		{ METER_KIND_PEERING, "acme", "hz-a-prod",
			"spec=Large.1 mbps=1000 from=vbr/hz-a to=vpc/prod", 1000 },
		{ METER_KIND_VPC, "acme", "prod", "", 0 },
		{ METER_KIND_VBR, "globex", "hz-a", "line=hosted on=pc-2", 0 },
	};

	memset(k, 0, sizeof(*k));
	k->now = (struct meter_clock){ 1, 1000000, KIT_T0 };
	for (uint32_t i = 0; i < KIT_METERS; i++) {
		k->m[i] = meters[i];
		k->m[i].is_there = true;
		k->m[i].ifindex = i + 1;
		k->m[i].shown.v[METER_IN] = KIT_BEFORE;
	}
}

struct kit *kit_shared(void)
{
	struct kit *k = mmap(NULL, sizeof(*k), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		-1, 0);

	CU_ASSERT_FATAL(k != MAP_FAILED);
	kit_init(k);
	return k;
}

void kit_unshare(struct kit *k)
{
	(void)munmap(k, sizeof(*k));
}

void kit_pass(struct kit *k, int64_t s)
{
	k->now.mono_us += s * 1000000;
	k->now.wall_s += s;
}

void kit_move(struct kit *k, uint32_t i, uint64_t in, uint64_t out)
{
	struct meter_counts c = { { in, out, 1, 1 } };

	meter_counts_add(&k->m[i].shown, &c);
	meter_counts_add(&k->m[i].truth, &c);
}

int kit_write(struct kit *k, struct ledger *l, int is_last, struct errbuf *err)
{
	struct ledger_entry entries[KIT_METERS] = { 0 };
	struct ledger_device devices[KIT_METERS] = { 0 };
	struct ledger_batch b = { .now = k->now,
		.interval_s = 300,
		.sample_keep_s = k->sample_keep_s,
		.hour_keep_s = k->hour_keep_s,
		.entries = entries,
		.devices = devices };

	for (int i = 0; i < KIT_METERS; i++) {
		const struct kit_meter *m = &k->m[i];
		struct ledger_entry *e = &entries[b.n_entries];
		struct ledger_device *d = &devices[b.n_devices];

		if (!m->is_there)
			continue;
		e->kind = m->kind;
		e->is_last = i == is_last;
		e->rate_bps = m->rate_bps;
		e->first_device = b.n_devices;
		e->n_devices = 1;
		snprintf(e->tenant, sizeof(e->tenant), "%s", m->tenant);
		snprintf(e->name, sizeof(e->name), "%s", m->name);
		snprintf(e->detail, sizeof(e->detail), "%s", m->detail);
		snprintf(d->name, sizeof(d->name), "dev%d", i);
		d->reading = (struct meter_reading){ 1, m->ifindex, m->shown };
		b.n_entries++;
		b.n_devices++;
	}
	return ledger_write(l, &b, err);
}

void kit_sample(struct kit *k, struct ledger *l)
{
	struct errbuf err;

	errbuf_init(&err);
	if (kit_write(k, l, -1, &err) != 0)
		CU_FAIL_FATAL(errbuf_first(&err));
	k->writes++;
	errbuf_fini(&err);
}

struct count {
	const struct kit_meter *m;
	struct meter_counts c;
	struct meter_counts total;
};

static void add_record(void *ctx, const struct ledger_record *r)
{
	struct count *q = ctx;

	if (r->type == LEDGER_USAGE && r->kind == q->m->kind && strcmp(r->name, q->m->name) == 0 &&
		strcmp(r->tenant, q->m->tenant) == 0)
		meter_counts_add(&q->c, &r->c);
}

/* All samples, a few at a time. */
static const struct ledger_filter samples = { .to_s = INT64_MAX, .max = 7 };

struct meter_counts kit_counted(struct ledger *l, const struct kit_meter *m)
{
	struct ledger_cursor at = { 0 };
	struct count q = { .m = m };
	struct errbuf err;

	errbuf_init(&err);
	while (ledger_records(l, &samples, &at, add_record, &q, &err) > 0)
		;
	CU_ASSERT_TRUE_FATAL(errbuf_is_empty(&err));
	errbuf_fini(&err);
	return q.c;
}

static void take_usage(void *ctx, const struct ledger_usage *u)
{
	struct count *q = ctx;

	if (u->kind == q->m->kind && strcmp(u->name, q->m->name) == 0 &&
		strcmp(u->tenant, q->m->tenant) == 0) {
		q->total = u->total;
		q->c = u->c;
	}
}

static bool same_counts(const struct meter_counts *a, const struct meter_counts *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

/* Samples, total, and hours with the one that is being filled: three ways to one number. */
static bool agrees(struct ledger *l, const struct kit_meter *m)
{
	const struct ledger_filter f = { .tenant = m->tenant,
		.to_s = INT64_MAX,
		.interval_s = 300 };
	const struct meter_counts sum = kit_counted(l, m);
	struct ledger_place p = { 0 };
	struct count usage = { .m = m };
	struct count hours = { .m = m };
	struct errbuf err;
	bool ok;

	errbuf_init(&err);
	while (ledger_usage(l, &f, &p, take_usage, &usage, &err) > 0)
		;
	ok = ledger_hours(l, &f, add_record, &hours, &err) == 0;
	ok = ok && errbuf_is_empty(&err) && same_counts(&sum, &usage.total) &&
		same_counts(&sum, &usage.c) && same_counts(&sum, &hours.c);
	errbuf_fini(&err);
	return ok;
}

bool kit_is_sound(struct kit *k, struct ledger *l)
{
	for (uint32_t i = 0; i < KIT_METERS; i++)
		if (!agrees(l, &k->m[i]))
			return false;
	return kit_fault(l, NULL) == LEDGER_SOUND;
}

enum ledger_fault kit_fault(struct ledger *l, uint64_t *seq)
{
	struct ledger_check c = { 0 };
	enum ledger_fault first = LEDGER_SOUND;
	struct errbuf err;
	int ret;

	errbuf_init(&err);
	while ((ret = ledger_check(l, NULL, &c, 13, &err)) > 0) {
		if (!c.is_done || c.fault == LEDGER_SOUND || first != LEDGER_SOUND)
			continue;
		first = c.fault;
		if (seq != NULL)
			*seq = c.fault_seq;
	}
	errbuf_fini(&err);
	return ret < 0 ? LEDGER_FAULTS : first;
}

static void print(void *ctx, const struct ledger_record *r)
{
	char line[LEDGER_LINE_SIZE];
	char hash[LEDGER_HEX_SIZE];

	(void)ledger_line(r, line);
	fprintf(ctx, "%s,%s\n", line, ledger_hex(r->hash, hash));
}

char *kit_export(struct ledger *l)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	struct errbuf err;
	bool ok;

	errbuf_init(&err);
	for (int series = 0; series < LEDGER_SERIES; series++) {
		const struct ledger_filter all = { .to_s = INT64_MAX,
			.series = (enum ledger_series)series,
			.max = 50 };
		struct ledger_cursor at = { 0 };

		while (ledger_records(l, &all, &at, print, f, &err) > 0)
			;
	}
	fclose(f);
	ok = errbuf_is_empty(&err);
	errbuf_fini(&err);
	if (!ok) {
		free(text);
		text = NULL;
	}
	return text;
}
