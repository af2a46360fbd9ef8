/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a batch of readings to records. All state is rows of the file, none is in memory: what a
 * rollback takes back needs no undoing, and a restart is nothing special.
 */
#include "vbr/ledger/ledger.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/xalloc.h"
#include "vbr/ledger/ledger_int.h"

/* The row of table meter. */
struct meter {
	int64_t id;
	char tenant[METER_NAME_SIZE];
	char name[METER_OBJECT_SIZE];
	enum meter_kind kind;
	struct meter_clock last;
	struct meter_counts total;
	struct meter_hour hour;
};

/* Who gets the hours that are done. */
struct sink {
	struct db *db;
	const struct meter *meter;
};

struct ledger *ledger_new(const char *path)
{
	struct ledger *l = xcalloc(1, sizeof(*l));

	l->path = xstrdup(path);
	return l;
}

void ledger_free(struct ledger *l)
{
	if (l == NULL)
		return;
	db_close(&l->db);
	free(l->path);
	free(l);
}

int ledger_open(struct ledger *l, struct errbuf *err)
{
	return l->db.sql != NULL ? 0 : db_open(&l->db, l->path, err);
}

int ledger_end(struct ledger *l, struct errbuf *err)
{
	int ret;

	if (l->db.failed == SQLITE_OK)
		return 0;
	ret = db_error(&l->db, l->path, err);
	db_close(&l->db); /* rolls back */
	return ret;
}

static void meter_read(sqlite3_stmt *s, struct meter *m)
{
	memset(m, 0, sizeof(*m));
	m->id = sqlite3_column_int64(s, 0);
	snprintf(m->tenant, sizeof(m->tenant), "%s", db_text(s, 1));
	m->kind = (enum meter_kind)sqlite3_column_int64(s, 2);
	snprintf(m->name, sizeof(m->name), "%s", db_text(s, 3));
	m->last.epoch = (uint64_t)sqlite3_column_int64(s, 4);
	m->last.mono_us = sqlite3_column_int64(s, 5);
	m->last.wall_s = sqlite3_column_int64(s, 6);
	m->hour.open = sqlite3_column_type(s, 11) != SQLITE_NULL;
	m->hour.hour_s = sqlite3_column_int64(s, 11);
	for (int i = 0; i < METER_VALUES; i++) {
		m->total.v[i] = (uint64_t)sqlite3_column_int64(s, 7 + i);
		m->hour.c.v[i] = (uint64_t)sqlite3_column_int64(s, 12 + i);
	}
	m->hour.seconds = (uint32_t)sqlite3_column_int64(s, 16);
	m->hour.flags = (uint32_t)sqlite3_column_int64(s, 17);
	m->hour.detail = (uint32_t)sqlite3_column_int64(s, 18);
	m->hour.rate_bps = (uint64_t)sqlite3_column_int64(s, 19);
}

static bool meter_take(struct db *d, sqlite3_stmt *s, struct meter *m)
{
	const bool has = db_row(d, s);

	if (has)
		meter_read(s, m);
	db_done(s);
	return has;
}

static bool meter_find(struct db *d, const struct ledger_entry *e, struct meter *m)
{
	db_run(d, DB_METER_NEW, "sis", e->tenant, (int64_t)e->kind, e->name);
	return meter_take(d,
		db_query(d, DB_METER_FIND, "sis", e->tenant, (int64_t)e->kind, e->name), m);
}

static void meter_store(struct db *d, const struct meter *m)
{
	const struct meter_hour *h = &m->hour;

	db_run(d, DB_METER_STORE, h->open ? "iiiiiiiiiiiiiiiii" : "iiiiiiiiniiiiiiii", m->id,
		(int64_t)m->last.epoch, m->last.mono_us, m->last.wall_s, (int64_t)m->total.v[0],
		(int64_t)m->total.v[1], (int64_t)m->total.v[2], (int64_t)m->total.v[3], h->hour_s,
		(int64_t)h->c.v[0], (int64_t)h->c.v[1], (int64_t)h->c.v[2], (int64_t)h->c.v[3],
		(int64_t)h->seconds, (int64_t)h->flags, (int64_t)h->detail, (int64_t)h->rate_bps);
}

static struct meter_reading device_last(struct db *d, const struct meter *m, const char *name)
{
	sqlite3_stmt *s = db_query(d, DB_DEVICE_FIND, "is", m->id, name);
	struct meter_reading last = { 0 };

	if (db_row(d, s)) {
		last.epoch = (uint64_t)sqlite3_column_int64(s, 0);
		last.ifindex = (uint32_t)sqlite3_column_int64(s, 1);
		for (int i = 0; i < METER_VALUES; i++)
			last.c.v[i] = (uint64_t)sqlite3_column_int64(s, 2 + i);
	}
	db_done(s);
	return last;
}

static void device_store(struct db *d, const struct meter *m, const char *name, int64_t seen,
	const struct meter_reading *r)
{
	db_run(d, DB_DEVICE_STORE, "isiiiiiii", m->id, name, (int64_t)r->epoch, (int64_t)r->ifindex,
		(int64_t)r->c.v[0], (int64_t)r->c.v[1], (int64_t)r->c.v[2], (int64_t)r->c.v[3],
		seen);
}

/* The amount of one device, and its counters for the next time. */
static uint32_t count_device(struct db *d, const struct meter *m, const struct ledger_device *dev,
	int64_t seen, struct meter_counts *sum)
{
	const struct meter_reading last = device_last(d, m, dev->name);
	const struct meter_reading *now = &dev->reading;
	uint32_t flags = 0;

	if (now->epoch == 0) /* still a device of it, but not there now */
		now = &last;
	else
		flags = meter_count(&last, now, sum);
	if (now->epoch != 0)
		device_store(d, m, dev->name, seen, now);
	return flags;
}

/*
 * What is others' is kept until there is something to take it out of: a VLAN may show a frame that
 * its port did not yet when it was read. It stands among the devices, under the name that none has.
 */
static void count_devices(struct db *d, const struct meter *m, const struct ledger_batch *b,
	const struct ledger_entry *e, struct meter_row *row)
{
	struct meter_reading others = { 0 };
	bool has_others = false;

	for (uint32_t i = 0; i < e->n_devices; i++) {
		const struct ledger_device *dev = &b->devices[e->first_device + i];

		if (!dev->is_others) {
			row->flags |= count_device(d, m, dev, b->now.mono_us, &row->c);
			continue;
		}
		if (!has_others)
			others = device_last(d, m, "");
		has_others = true;
		(void)count_device(d, m, dev, b->now.mono_us, &others.c);
	}
	if (!has_others)
		return;
	meter_counts_take(&row->c, &others.c);
	others.epoch = b->now.epoch;
	device_store(d, m, "", b->now.mono_us, &others);
}

static void append_sample(struct db *d, const struct meter *m, const struct meter_row *row,
	const char *detail)
{
	struct ledger_record r = { .tenant = m->tenant,
		.series = LEDGER_SAMPLES,
		.type = LEDGER_USAGE,
		.kind = m->kind,
		.name = m->name,
		.start_s = row->start_s,
		.end_s = row->end_s,
		.seconds = (uint32_t)(row->end_s - row->start_s),
		.c = row->c,
		.detail = detail,
		.flags = row->flags };

	chain_append(d, &r, m->id);
}

/* dst of METER_DETAIL_SIZE; "" if there is none. */
static char *detail_text(struct db *d, uint32_t id, char *dst)
{
	sqlite3_stmt *s = db_query(d, DB_DETAIL_TEXT, "i", (int64_t)id);

	snprintf(dst, METER_DETAIL_SIZE, "%s", db_row(d, s) ? db_text(s, 0) : "");
	db_done(s);
	return dst;
}

static void append_hour(void *ctx, const struct meter_hour *h)
{
	const struct sink *to = ctx;
	char detail[METER_DETAIL_SIZE];
	struct ledger_record r = { .tenant = to->meter->tenant,
		.series = LEDGER_HOURS,
		.type = LEDGER_USAGE,
		.kind = to->meter->kind,
		.name = to->meter->name,
		.start_s = h->hour_s,
		.end_s = h->hour_s + METER_HOUR_S,
		.seconds = h->seconds,
		.c = h->c,
		.detail = detail_text(to->db, h->detail, detail),
		.flags = h->flags };

	chain_append(to->db, &r, to->meter->id);
}

/* Counters that did not move within a second are nothing to write down. */
static bool says_something(const struct meter_row *row)
{
	static const struct meter_counts none;

	return row->flags != 0 || row->start_s != row->end_s ||
		memcmp(&row->c, &none, sizeof(none)) != 0;
}

static bool says_the_same(const char *a, const char *b, const char *key)
{
	char x[METER_WORD_SIZE];
	char y[METER_WORD_SIZE];

	return strcmp(meter_detail_get(a, key, x, sizeof(x)),
		       meter_detail_get(b, key, y, sizeof(y))) == 0;
}

/* Octets of one record have one price and one payer; what comes under others is in a second one. */
static void split_hour(struct db *d, struct meter *m, const char *detail, struct sink *sink)
{
	char open[METER_DETAIL_SIZE];

	if (!m->hour.open)
		return;
	(void)detail_text(d, m->hour.detail, open);
	if (!says_the_same(open, detail, "line") || !says_the_same(open, detail, "payer"))
		meter_hour_close(&m->hour, m->hour.hour_s + METER_HOUR_S, append_hour, sink);
}

static void write_entry(struct db *d, const struct ledger_batch *b, const struct ledger_entry *e)
{
	struct meter m;
	struct meter_row row = { .rate_bps = e->rate_bps };
	struct sink sink = { .db = d, .meter = &m };

	if (!meter_find(d, e, &m))
		return;
	row.detail = (uint32_t)detail_id(d, e->detail);
	meter_span(&m.last, &b->now, b->interval_s, &row);
	count_devices(d, &m, b, e, &row);
	/* What is not a device of it any more; of the last reading, all. */
	db_run(d, DB_DEVICE_PRUNE, "ii", m.id, e->is_last ? INT64_MIN : b->now.mono_us);
	row.flags |= e->is_last ? METER_FLAG_END : 0;
	if (says_something(&row)) {
		append_sample(d, &m, &row, e->detail);
		meter_counts_add(&m.total, &row.c);
		split_hour(d, &m, e->detail, &sink);
		meter_hour_add(&m.hour, &row, append_hour, &sink);
	}
	m.last = e->is_last ? (struct meter_clock){ 0 } : b->now;
	meter_store(d, &m);
}

/* Also of objects that are not there any more. */
static void close_hours(struct db *d, int64_t now_s)
{
	struct meter m = { 0 };
	struct sink sink = { .db = d, .meter = &m };

	while (meter_take(d, db_query(d, DB_METER_OPEN_HOUR, "ii", m.id, meter_hour_of(now_s)),
		&m)) {
		meter_hour_close(&m.hour, now_s, append_hour, &sink);
		meter_store(d, &m);
	}
}

int ledger_write(struct ledger *l, const struct ledger_batch *b, struct errbuf *err)
{
	struct db *d = &l->db;
	const int ret = ledger_open(l, err);

	if (ret < 0)
		return ret;
	db_run(d, DB_BEGIN, "");
	for (uint32_t i = 0; i < b->n_entries; i++)
		write_entry(d, b, &b->entries[i]);
	close_hours(d, b->now.wall_s);
	db_run(d, DB_COMMIT, "");
	return ledger_end(l, err);
}
