/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions, a bounded piece at a time: the caller keeps the place, so nothing is held open between
 * two pieces and samples are written meanwhile.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/xalloc.h"
#include "vbr/ledger/ledger_int.h"
#include "vbr/meter/percentile.h"

static bool next_chain(struct db *d, const char *tenant, enum ledger_series series,
	struct ledger_cursor *c)
{
	sqlite3_stmt *s;
	bool has = false;

	while (!has) {
		s = db_query(d, DB_CHAIN_AFTER, "sis", c->tenant, (int64_t)c->series, tenant);
		if (!db_row(d, s))
			return false;
		snprintf(c->tenant, sizeof(c->tenant), "%s", db_text(s, 1));
		c->series = (int)sqlite3_column_int64(s, 2);
		has = c->series == (int)series;
		db_done(s);
	}
	c->seq = 0;
	c->in_chain = true;
	return true;
}

int ledger_records(struct ledger *l, const struct ledger_filter *f, struct ledger_cursor *c,
	void (*fn)(void *ctx, const struct ledger_record *r), void *ctx, struct errbuf *err)
{
	struct db *d = &l->db;
	const int ret = ledger_open(l, err);
	struct chain chain;
	sqlite3_stmt *s;
	uint32_t n = 0;

	if (ret < 0)
		return ret;
	if (!c->in_chain && !next_chain(d, f->tenant, f->series, c))
		return ledger_end(l, err);
	if (chain_find(d, c->tenant, f->series, &chain)) {
		s = db_query(d, DB_RECORD_FROM, "iiiii", chain.id, (int64_t)c->seq, f->from_s,
			f->to_s, (int64_t)f->max);
		while (db_row(d, s)) {
			struct ledger_record r = { .tenant = c->tenant, .series = f->series };

			record_read(s, &r);
			chain_hash_before(d, &chain, r.seq, r.previous);
			fn(ctx, &r);
			c->seq = r.seq;
			n++;
		}
	}
	c->in_chain = n == f->max;
	return d->failed != SQLITE_OK ? ledger_end(l, err) : 1;
}

/* Usage */

struct sums {
	struct ledger_usage u;
	const struct ledger_filter *filter;
	int64_t counted_to_s; /* hours before this are counted */
	uint32_t detail;
	bool is_used;
	struct meter_rate *in; /* owned */
	struct meter_rate *out;
	uint32_t n;
	uint32_t cap;
};

static void keep_rates(struct sums *q, const struct meter_row *row)
{
	if (q->n == q->cap) {
		q->cap = q->cap > 0 ? q->cap * 2 : 512;
		q->in = xreallocarray(q->in, q->cap, sizeof(*q->in));
		q->out = xreallocarray(q->out, q->cap, sizeof(*q->out));
	}
	q->n += meter_row_rates(row, q->filter->interval_s, &q->in[q->n], &q->out[q->n]);
}

/* Rows come in the order of their ends, so hours do too. */
static void count_hours(struct sums *q, int64_t start_s, int64_t end_s)
{
	int64_t h = meter_hour_of(start_s);

	if (h < q->counted_to_s)
		h = q->counted_to_s;
	for (; h < end_s || (h == start_s && start_s == end_s); h += METER_HOUR_S) {
		q->u.hours++;
		q->counted_to_s = h + METER_HOUR_S;
	}
}

static void add_row(struct sums *q, const struct meter_row *row, uint32_t seconds)
{
	const struct ledger_filter *f = q->filter;
	const int64_t a = row->start_s > f->from_s ? row->start_s : f->from_s;
	const int64_t b = row->end_s < f->to_s ? row->end_s : f->to_s;
	const struct meter_counts c = meter_row_part(row, f->from_s, f->to_s);

	if (row->end_s <= f->from_s && row->start_s != row->end_s)
		return;
	q->is_used = true;
	q->u.flags |= row->flags;
	q->u.seconds += a < b && seconds > (uint32_t)(b - a) ? (uint32_t)(b - a) : seconds;
	meter_counts_add(&q->u.c, &c);
	count_hours(q, a, b > a ? b : a);
	q->detail = row->detail;
	if (q->u.has_percentile)
		keep_rates(q, row);
}

static void add_rows(struct db *d, struct sums *q, int64_t meter, int64_t chain)
{
	const struct ledger_filter *f = q->filter;
	sqlite3_stmt *s = db_query(d, DB_RECORD_METER, "iiii", meter, chain, f->from_s, f->to_s);

	while (db_row(d, s)) {
		struct meter_row row = { .start_s = sqlite3_column_int64(s, 0),
			.end_s = sqlite3_column_int64(s, 1),
			.flags = (uint32_t)sqlite3_column_int64(s, 7),
			.detail = (uint32_t)sqlite3_column_int64(s, 8) };

		for (int i = 0; i < METER_VALUES; i++)
			row.c.v[i] = (uint64_t)sqlite3_column_int64(s, 3 + i);
		add_row(q, &row, (uint32_t)sqlite3_column_int64(s, 2));
	}
}

/* Do the samples that are kept reach back to that time? */
static bool has_samples(struct db *d, const struct chain *c, int64_t from_s)
{
	sqlite3_stmt *s;
	bool has;

	if (c->base_seq == 0)
		return true;
	s = db_query(d, DB_RECORD_FIRST, "i", c->id);
	has = db_row(d, s) && sqlite3_column_int64(s, 2) <= from_s;
	db_done(s);
	return has;
}

/* The hour that has no record yet. */
static void add_open_hour(struct sums *q, sqlite3_stmt *meter)
{
	struct meter_row row = { .start_s = sqlite3_column_int64(meter, 11),
		.end_s = sqlite3_column_int64(meter, 11) + METER_HOUR_S,
		.flags = (uint32_t)sqlite3_column_int64(meter, 17),
		.detail = (uint32_t)sqlite3_column_int64(meter, 18) };

	for (int i = 0; i < METER_VALUES; i++)
		row.c.v[i] = (uint64_t)sqlite3_column_int64(meter, 12 + i);
	if (row.start_s < q->filter->to_s && row.end_s > q->filter->from_s)
		add_row(q, &row, (uint32_t)sqlite3_column_int64(meter, 16));
}

static void sum_up(struct db *d, struct sums *q, sqlite3_stmt *meter)
{
	const int64_t id = sqlite3_column_int64(meter, 0);
	struct chain c;

	if (chain_find(d, q->u.tenant, LEDGER_SAMPLES, &c) &&
		has_samples(d, &c, q->filter->from_s)) {
		q->u.has_percentile = true;
		add_rows(d, q, id, c.id);
		return;
	}
	if (chain_find(d, q->u.tenant, LEDGER_HOURS, &c))
		add_rows(d, q, id, c.id);
	if (sqlite3_column_type(meter, 11) != SQLITE_NULL)
		add_open_hour(q, meter);
}

static void tell(struct db *d, struct sums *q, void (*fn)(void *ctx, const struct ledger_usage *u),
	void *ctx)
{
	sqlite3_stmt *s = db_query(d, DB_DETAIL_TEXT, "i", (int64_t)q->detail);

	q->u.detail = db_row(d, s) ? db_text(s, 0) : "";
	q->u.p95_in_bps = meter_percentile(q->in, q->n, 95);
	q->u.p95_out_bps = meter_percentile(q->out, q->n, 95);
	if (d->failed == SQLITE_OK)
		fn(ctx, &q->u);
	db_done(s);
}

int ledger_usage(struct ledger *l, const struct ledger_filter *f, struct ledger_place *p,
	void (*fn)(void *ctx, const struct ledger_usage *u), void *ctx, struct errbuf *err)
{
	struct db *d = &l->db;
	const int ret = ledger_open(l, err);
	bool told = false;
	bool has = true;

	if (ret < 0)
		return ret;
	while (has && !told) {
		struct sums q = { .filter = f };
		sqlite3_stmt *s = db_query(d, DB_METER_AFTER, "siss", p->tenant, (int64_t)p->kind,
			p->name, f->tenant);

		has = db_row(d, s);
		if (!has)
			break;
		snprintf(p->tenant, sizeof(p->tenant), "%s", db_text(s, 1));
		p->kind = (int)sqlite3_column_int64(s, 2);
		snprintf(p->name, sizeof(p->name), "%s", db_text(s, 3));
		q.u.tenant = p->tenant;
		q.u.kind = (enum meter_kind)p->kind;
		q.u.name = p->name;
		for (int i = 0; i < METER_VALUES; i++)
			q.u.total.v[i] = (uint64_t)sqlite3_column_int64(s, 7 + i);
		sum_up(d, &q, s);
		db_done(s);
		told = q.is_used;
		if (told)
			tell(d, &q, fn, ctx);
		free(q.in);
		free(q.out);
	}
	return d->failed != SQLITE_OK ? ledger_end(l, err) : told;
}

/* Bills */

static void open_hours(struct db *d, const struct ledger_filter *f,
	void (*fn)(void *ctx, const struct ledger_record *r), void *ctx)
{
	struct ledger_place p = { .kind = -1 };

	snprintf(p.tenant, sizeof(p.tenant), "%s", f->tenant);
	for (;;) {
		sqlite3_stmt *s = db_query(d, DB_METER_AFTER, "siss", p.tenant, (int64_t)p.kind,
			p.name, f->tenant);
		struct ledger_record r = { .tenant = f->tenant, .series = LEDGER_HOURS };
		sqlite3_stmt *text;

		if (!db_row(d, s))
			return;
		p.kind = (int)sqlite3_column_int64(s, 2);
		snprintf(p.name, sizeof(p.name), "%s", db_text(s, 3));
		r.kind = (enum meter_kind)p.kind;
		r.name = p.name;
		r.start_s = sqlite3_column_int64(s, 11);
		r.end_s = r.start_s + METER_HOUR_S;
		for (int i = 0; i < METER_VALUES; i++)
			r.c.v[i] = (uint64_t)sqlite3_column_int64(s, 12 + i);
		text = db_query(d, DB_DETAIL_TEXT, "i", sqlite3_column_int64(s, 18));
		r.detail = db_row(d, text) ? db_text(text, 0) : "";
		if (sqlite3_column_type(s, 11) != SQLITE_NULL && r.start_s < f->to_s &&
			r.end_s > f->from_s)
			fn(ctx, &r);
		db_done(text);
		db_done(s);
	}
}

int ledger_hours(struct ledger *l, const struct ledger_filter *f,
	void (*fn)(void *ctx, const struct ledger_record *r), void *ctx, struct errbuf *err)
{
	struct db *d = &l->db;
	const int ret = ledger_open(l, err);
	struct chain chain;

	if (ret < 0)
		return ret;
	if (chain_find(d, f->tenant, LEDGER_HOURS, &chain)) {
		sqlite3_stmt *s = db_query(d, DB_RECORD_FROM, "iiiii", chain.id, INT64_C(0),
			f->from_s, f->to_s, INT64_C(-1));

		while (db_row(d, s)) {
			struct ledger_record r = { .tenant = f->tenant, .series = LEDGER_HOURS };

			record_read(s, &r);
			if (r.type == LEDGER_USAGE)
				fn(ctx, &r);
		}
	}
	open_hours(d, f, fn, ctx);
	return ledger_end(l, err);
}

int ledger_has_tenant(struct ledger *l, const char *name, struct errbuf *err)
{
	struct db *d = &l->db;
	const int ret = ledger_open(l, err);
	sqlite3_stmt *s;
	bool has;

	if (ret < 0)
		return ret;
	s = db_query(d, DB_CHAIN_AFTER, "sis", "", (int64_t)0, name);
	has = db_row(d, s);
	db_done(s);
	return d->failed != SQLITE_OK ? ledger_end(l, err) : has;
}

int ledger_tenant_after(struct ledger *l, char *name, struct errbuf *err)
{
	struct db *d = &l->db;
	const int ret = ledger_open(l, err);
	sqlite3_stmt *s;
	bool has;

	if (ret < 0)
		return ret;
	s = db_query(d, DB_CHAIN_AFTER, "sis", name, (int64_t)LEDGER_SERIES, NULL);
	has = db_row(d, s);
	if (has)
		snprintf(name, METER_NAME_SIZE, "%s", db_text(s, 1));
	db_done(s);
	return d->failed != SQLITE_OK ? ledger_end(l, err) : has;
}
