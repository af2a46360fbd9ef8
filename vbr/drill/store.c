/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One table. The numbers of a record are a table of offsets, so that reading and writing cannot
 * differ; a new one goes to the end of it and of the schema.
 */
#include <assert.h>
#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/compiler.h"
#include "lib/base/xalloc.h"
#include "vbr/drill/record.h"

#define VERSION_NUMBER 1
#define BUSY_MS        2000

enum type {
	TYPE_U32,
	TYPE_I64,
	TYPE_BOOL,
};

#define U32(field)                                             \
	{                                                      \
		offsetof(struct drill_record, field), TYPE_U32 \
	}
#define I64(field)                                             \
	{                                                      \
		offsetof(struct drill_record, field), TYPE_I64 \
	}
#define TEXT(field)                                                                             \
	{                                                                                       \
		offsetof(struct drill_record, field), sizeof(((struct drill_record *)0)->field) \
	}

static const struct {
	size_t at;
	size_t size;
} texts[] = {
	/* clang-format off */
	TEXT(order.tenant), TEXT(order.group), TEXT(order.user), TEXT(order.name), TEXT(vbr),
	/* clang-format on */
};

static const struct {
	size_t at;
	enum type type;
} numbers[] = {
	/* clang-format off */
	U32(order.target), U32(order.by), I64(order.at_s), U32(order.duration_s),
	U32(order.within_ms), { offsetof(struct drill_record, order.force), TYPE_BOOL },
	U32(state), U32(outcome), U32(verdict), U32(reasons),
	I64(ordered_s), I64(begun_s), I64(away_s), I64(ended_s),
	U32(result.vpcs), U32(result.not_covered), U32(result.not_probed), U32(result.missing),
	U32(result.sent), U32(result.lost), U32(result.lost_back), U32(result.crossed),
	U32(result.answered_away), U32(result.not_moved), I64(result.switch_us),
	I64(result.traffic_us), I64(result.outage_us), I64(result.outage_back_us),
	I64(result.in), I64(result.in_strange),
	/* clang-format on */
};
static_assert(sizeof(enum drill_state) == sizeof(uint32_t), "enums are kept as numbers");

#define N_COLUMNS (1 + ARRAY_SIZE(texts) + ARRAY_SIZE(numbers))

static const char schema
	[] = "CREATE TABLE drill (id INTEGER PRIMARY KEY AUTOINCREMENT, tenant TEXT NOT NULL,"
	     " grp TEXT NOT NULL, user TEXT NOT NULL, name TEXT NOT NULL, vbr TEXT NOT NULL,"
	     " target INTEGER, by INTEGER, at_s INTEGER, duration_s INTEGER, within_ms INTEGER,"
	     " force INTEGER, state INTEGER, outcome INTEGER, verdict INTEGER, reasons INTEGER,"
	     " ordered_s INTEGER, begun_s INTEGER, away_s INTEGER, ended_s INTEGER, vpcs INTEGER,"
	     " not_covered INTEGER, not_probed INTEGER, missing INTEGER, sent INTEGER,"
	     " lost INTEGER,"
	     " lost_back INTEGER, crossed INTEGER, answered_away INTEGER, not_moved INTEGER,"
	     " switch_us INTEGER, traffic_us INTEGER, outage_us INTEGER, outage_back_us INTEGER,"
	     " octets_in INTEGER, octets_strange INTEGER) STRICT;"
	     "PRAGMA user_version = 1;";

struct drill_store {
	sqlite3 *sql; /* owned; NULL: nothing is kept */
	char *path;   /* owned */
	int64_t last; /* id, of a store that keeps nothing */
	sqlite3_stmt *put;
	sqlite3_stmt *del;
};

static int fail(const struct drill_store *s, struct errbuf *err)
{
	const int code = s->sql != NULL ? sqlite3_errcode(s->sql) & 0xff : SQLITE_NOMEM;

	errbuf_add(err, NULL, 0, "%s: %s: %s", s->path,
		s->sql != NULL ? sqlite3_errmsg(s->sql) : sqlite3_errstr(code),
		code == SQLITE_CORRUPT || code == SQLITE_NOTADB ?
			"put back a copy, or move it away and vbrd begins a new one" :
			"make room, or give vbrd the right to write there");
	return -EIO;
}

static int64_t version(struct drill_store *s)
{
	sqlite3_stmt *q = NULL;
	int64_t v = -1;

	if (sqlite3_prepare_v2(s->sql, "PRAGMA user_version", -1, &q, NULL) == SQLITE_OK &&
		sqlite3_step(q) == SQLITE_ROW)
		v = sqlite3_column_int64(q, 0);
	(void)sqlite3_finalize(q);
	return v;
}

static int prepare_put(struct drill_store *s)
{
	char text[64 + 2 * N_COLUMNS];
	size_t n = (size_t)snprintf(text, sizeof(text), "INSERT OR REPLACE INTO drill VALUES (?");

	for (size_t i = 1; i < N_COLUMNS; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, ",?");
	(void)snprintf(text + n, sizeof(text) - n, ")");
	return sqlite3_prepare_v2(s->sql, text, -1, &s->put, NULL);
}

static int open_file(struct drill_store *s, struct errbuf *err)
{
	const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
	int64_t v;

	if (sqlite3_open_v2(s->path, &s->sql, flags, NULL) != SQLITE_OK)
		return fail(s, err);
	(void)sqlite3_busy_timeout(s->sql, BUSY_MS);
	if (sqlite3_exec(s->sql,
		    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
		    "PRAGMA cell_size_check = ON; PRAGMA trusted_schema = OFF;",
		    NULL, NULL, NULL) != SQLITE_OK)
		return fail(s, err);
	v = version(s);
	if (v > VERSION_NUMBER) {
		errbuf_add(err, NULL, 0,
			"%s: a newer vbrd has written it: use that one, "
			"or move it away and a new one begins",
			s->path);
		return -ENOTSUP;
	}
	if (v == 0 && sqlite3_exec(s->sql, schema, NULL, NULL, NULL) != SQLITE_OK)
		return fail(s, err);
	if (v < 0 || prepare_put(s) != SQLITE_OK ||
		sqlite3_prepare_v2(s->sql, "DELETE FROM drill WHERE id = ?", -1, &s->del, NULL) !=
			SQLITE_OK)
		return fail(s, err);
	return 0;
}

struct drill_store *drill_store_open(const char *path, struct errbuf *err)
{
	struct drill_store *s = xcalloc(1, sizeof(*s));

	if (path == NULL)
		return s;
	s->path = xstrdup(path);
	if (open_file(s, err) == 0)
		return s;
	drill_store_close(s);
	return NULL;
}

void drill_store_close(struct drill_store *s)
{
	if (s == NULL)
		return;
	(void)sqlite3_finalize(s->put);
	(void)sqlite3_finalize(s->del);
	(void)sqlite3_close(s->sql);
	free(s->path);
	free(s);
}

/* Rows */

static int64_t number_get(const struct drill_record *r, size_t i)
{
	const char *at = (const char *)r + numbers[i].at;
	uint32_t u;
	int64_t n;

	switch (numbers[i].type) {
	case TYPE_I64:
		memcpy(&n, at, sizeof(n));
		return n;
	case TYPE_BOOL:
		return *(const bool *)at;
	default:
		memcpy(&u, at, sizeof(u));
		return u;
	}
}

static void number_set(struct drill_record *r, size_t i, int64_t n)
{
	char *at = (char *)r + numbers[i].at;
	const uint32_t u = (uint32_t)n;

	switch (numbers[i].type) {
	case TYPE_I64:
		memcpy(at, &n, sizeof(n));
		break;
	case TYPE_BOOL:
		*(bool *)at = n != 0;
		break;
	default:
		memcpy(at, &u, sizeof(u));
		break;
	}
}

/* Of a file that somebody has written into, too. */
static bool is_sane(const struct drill_record *r)
{
	return (unsigned)r->state < DRILL_STATE_COUNT &&
		(unsigned)r->outcome < DRILL_OUTCOME_COUNT &&
		(unsigned)r->verdict < DRILL_VERDICT_COUNT &&
		(unsigned)r->order.target < DRILL_TARGET_COUNT &&
		(unsigned)r->order.by < DRILL_BY_COUNT;
}

static bool read_row(sqlite3_stmt *q, struct drill_record *r)
{
	int c = 0;

	memset(r, 0, sizeof(*r));
	r->id = sqlite3_column_int64(q, c++);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		const unsigned char *t = sqlite3_column_text(q, c++);

		(void)snprintf((char *)r + texts[i].at, texts[i].size, "%s",
			t != NULL ? (const char *)t : "");
	}
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		number_set(r, i, sqlite3_column_int64(q, c++));
	return is_sane(r);
}

int drill_store_load(struct drill_store *s, void (*fn)(void *ctx, const struct drill_record *r),
	void *ctx, struct errbuf *err)
{
	struct drill_record r;
	sqlite3_stmt *q = NULL;
	int ret;

	if (s->sql == NULL)
		return 0;
	ret = sqlite3_prepare_v2(s->sql, "SELECT * FROM drill ORDER BY id", -1, &q, NULL);
	while (ret == SQLITE_OK || ret == SQLITE_ROW) {
		ret = sqlite3_step(q);
		if (ret == SQLITE_ROW && read_row(q, &r))
			fn(ctx, &r);
	}
	if (ret != SQLITE_DONE)
		(void)fail(s, err);
	(void)sqlite3_finalize(q);
	return ret == SQLITE_DONE ? 0 : -EIO;
}

int drill_store_put(struct drill_store *s, struct drill_record *r, struct errbuf *err)
{
	int c = 1;
	int ret;

	if (s->sql == NULL) {
		r->id = r->id != 0 ? r->id : ++s->last;
		return 0;
	}
	(void)sqlite3_reset(s->put);
	if (r->id != 0)
		(void)sqlite3_bind_int64(s->put, c++, r->id);
	else
		(void)sqlite3_bind_null(s->put, c++);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		(void)sqlite3_bind_text(s->put, c++, (const char *)r + texts[i].at, -1,
			SQLITE_TRANSIENT);
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		(void)sqlite3_bind_int64(s->put, c++, number_get(r, i));
	ret = sqlite3_step(s->put);
	if (ret == SQLITE_DONE && r->id == 0)
		r->id = sqlite3_last_insert_rowid(s->sql);
	if (ret != SQLITE_DONE)
		(void)fail(s, err);
	(void)sqlite3_reset(s->put);
	return ret == SQLITE_DONE ? 0 : -EIO;
}

int drill_store_del(struct drill_store *s, int64_t id, struct errbuf *err)
{
	int ret;

	if (s->sql == NULL)
		return 0;
	(void)sqlite3_reset(s->del);
	(void)sqlite3_bind_int64(s->del, 1, id);
	ret = sqlite3_step(s->del);
	if (ret != SQLITE_DONE)
		(void)fail(s, err);
	(void)sqlite3_reset(s->del);
	return ret == SQLITE_DONE ? 0 : -EIO;
}

const char *drill_target_name(enum drill_target t)
{
	static const char *const names[] = { "vbr", "line", "peer" };

	static_assert(ARRAY_SIZE(names) == DRILL_TARGET_COUNT, "one name a target");
	return names[t];
}

const char *drill_by_name(enum drill_by b)
{
	return b == DRILL_BY_CUT ? "cut" : "drain";
}
