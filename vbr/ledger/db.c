/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables:
 *
 *   chain    one a tenant and series: its head, and what was before its first record (base)
 *   record   the chains' links; never changed, removed at the front only
 *   meter    one an object: last reading, sum of all amounts, the hour being filled
 *   device   raw counters of the last reading
 *   detail   texts of records, each once
 *
 * synchronous=FULL: a commit is on disk, so what a customer was shown stays true after a power
 * failure. It costs one fsync a sample, on the ledger's own thread.
 */
#include "vbr/ledger/db.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/compiler.h"

#define VERSION_NUMBER 1
#define BUSY_MS        2000
#define HASH_LEN       32

static const char schema[] =
	"CREATE TABLE chain (id INTEGER PRIMARY KEY, tenant TEXT NOT NULL,"
	" series INTEGER NOT NULL, seq INTEGER NOT NULL, hash BLOB NOT NULL,"
	" base_seq INTEGER NOT NULL, base_hash BLOB NOT NULL, UNIQUE (tenant, series)) STRICT;"
	"CREATE TABLE detail (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;"
	"CREATE TABLE meter (id INTEGER PRIMARY KEY, tenant TEXT NOT NULL,"
	" kind INTEGER NOT NULL, name TEXT NOT NULL,"
	" epoch INTEGER NOT NULL, mono_us INTEGER NOT NULL, wall_s INTEGER NOT NULL,"
	" total0 INTEGER NOT NULL, total1 INTEGER NOT NULL, total2 INTEGER NOT NULL,"
	" total3 INTEGER NOT NULL, hour_s INTEGER, hour0 INTEGER NOT NULL,"
	" hour1 INTEGER NOT NULL, hour2 INTEGER NOT NULL, hour3 INTEGER NOT NULL,"
	" hour_seconds INTEGER NOT NULL, hour_flags INTEGER NOT NULL,"
	" hour_detail INTEGER NOT NULL, hour_rate INTEGER NOT NULL,"
	" UNIQUE (tenant, kind, name)) STRICT;"
	"CREATE TABLE device (meter INTEGER NOT NULL, name TEXT NOT NULL, epoch INTEGER NOT NULL,"
	" ifindex INTEGER NOT NULL, raw0 INTEGER NOT NULL, raw1 INTEGER NOT NULL,"
	" raw2 INTEGER NOT NULL, raw3 INTEGER NOT NULL, seen INTEGER NOT NULL,"
	" PRIMARY KEY (meter, name)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE record (chain INTEGER NOT NULL, seq INTEGER NOT NULL, type INTEGER NOT NULL,"
	" meter INTEGER NOT NULL, start_s INTEGER NOT NULL, end_s INTEGER NOT NULL,"
	" seconds INTEGER NOT NULL, c0 INTEGER NOT NULL, c1 INTEGER NOT NULL,"
	" c2 INTEGER NOT NULL, c3 INTEGER NOT NULL, detail INTEGER NOT NULL,"
	" flags INTEGER NOT NULL, hash BLOB NOT NULL,"
	" PRIMARY KEY (chain, seq)) STRICT, WITHOUT ROWID;"
	"CREATE INDEX record_meter ON record (meter, chain, end_s);"
	"PRAGMA user_version = 1;";

#define RECORD                                                                                   \
	"SELECT r.seq, r.type, m.kind, m.name, r.start_s, r.end_s, r.seconds, r.c0, r.c1, r.c2," \
	" r.c3, d.text, r.flags, r.hash FROM record r LEFT JOIN meter m ON m.id = r.meter"       \
	" LEFT JOIN detail d ON d.id = r.detail "
#define METER                                                                                 \
	"SELECT id, tenant, kind, name, epoch, mono_us, wall_s, total0, total1, total2,"      \
	" total3, hour_s, hour0, hour1, hour2, hour3, hour_seconds, hour_flags, hour_detail," \
	" hour_rate FROM meter "

static const char *const queries[] = {
	[DB_BEGIN] = "BEGIN IMMEDIATE",
	[DB_COMMIT] = "COMMIT",
	[DB_ROLLBACK] = "ROLLBACK",
	[DB_CHAIN_FIND] = "SELECT id, seq, hash, base_seq, base_hash FROM chain"
			  " WHERE tenant = ? AND series = ?",
	[DB_CHAIN_NEW] = "INSERT INTO chain (tenant, series, seq, hash, base_seq, base_hash)"
			 " VALUES (?1, ?2, 0, ?3, 0, ?3)",
	[DB_CHAIN_MOVE] = "UPDATE chain SET seq = ?2, hash = ?3 WHERE id = ?1",
	[DB_CHAIN_BASE] = "UPDATE chain SET base_seq = ?2, base_hash = ?3 WHERE id = ?1",
	[DB_CHAIN_AFTER] = "SELECT id, tenant, series, seq, hash, base_seq, base_hash FROM chain"
			   " WHERE (tenant, series) > (?1, ?2) AND (?3 IS NULL OR tenant = ?3)"
			   " ORDER BY tenant, series LIMIT 1",
	[DB_CHAIN_ORPHAN] = "SELECT min(chain) FROM record WHERE chain > ?",
	[DB_CHAIN_BY_ID] = "SELECT id FROM chain WHERE id = ?",
	[DB_RECORD_NEW] = "INSERT INTO record VALUES"
			  " (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
	[DB_RECORD_HASH] = "SELECT hash FROM record WHERE chain = ? AND seq = ?",
	[DB_RECORD_FROM] = RECORD "WHERE r.chain = ?1 AND r.seq > ?2"
				  " AND (r.end_s > ?3 OR r.start_s >= ?3)"
				  " AND r.start_s < ?4 ORDER BY r.seq LIMIT ?5",
	[DB_RECORD_FIRST] = "SELECT seq, end_s, start_s FROM record WHERE chain = ?"
			    " ORDER BY seq LIMIT 1",
	[DB_RECORD_OLD] = "SELECT seq, end_s, hash, type, detail FROM record WHERE chain = ?"
			  " ORDER BY seq LIMIT ?",
	[DB_RECORD_PRUNE] = "DELETE FROM record WHERE chain = ? AND seq <= ?",
	[DB_RECORD_METER] = "SELECT start_s, end_s, seconds, c0, c1, c2, c3, flags, detail"
			    " FROM record WHERE meter = ?1 AND chain = ?2 AND end_s >= ?3"
			    " AND start_s < ?4 AND type = 0 ORDER BY end_s",
	[DB_DETAIL_NEW] = "INSERT OR IGNORE INTO detail (text) VALUES (?)",
	[DB_DETAIL_FIND] = "SELECT id FROM detail WHERE text = ?",
	[DB_DETAIL_TEXT] = "SELECT text FROM detail WHERE id = ?",
	[DB_DETAIL_PRUNE] = "DELETE FROM detail WHERE id = ?",
	[DB_METER_NEW] = "INSERT OR IGNORE INTO meter VALUES"
			 " (NULL, ?1, ?2, ?3, 0, 0, 0, 0, 0, 0, 0, NULL, 0, 0, 0, 0, 0, 0, 0, 0)",
	[DB_METER_FIND] = METER "WHERE tenant = ? AND kind = ? AND name = ?",
	[DB_METER_STORE] = "UPDATE meter SET epoch = ?2, mono_us = ?3, wall_s = ?4, total0 = ?5,"
			   " total1 = ?6, total2 = ?7, total3 = ?8, hour_s = ?9, hour0 = ?10,"
			   " hour1 = ?11, hour2 = ?12, hour3 = ?13, hour_seconds = ?14,"
			   " hour_flags = ?15, hour_detail = ?16, hour_rate = ?17 WHERE id = ?1",
	[DB_METER_OPEN_HOUR] = METER "WHERE id > ? AND hour_s IS NOT NULL AND hour_s <> ?"
				     " ORDER BY id LIMIT 1",
	[DB_METER_AFTER] = METER
	"WHERE (tenant, kind, name) > (?1, ?2, ?3)"
	" AND (?4 IS NULL OR tenant = ?4) ORDER BY tenant, kind, name LIMIT 1",
	[DB_DEVICE_FIND] = "SELECT epoch, ifindex, raw0, raw1, raw2, raw3 FROM device"
			   " WHERE meter = ? AND name = ?",
	[DB_DEVICE_STORE] = "INSERT OR REPLACE INTO device VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[DB_DEVICE_PRUNE] = "DELETE FROM device WHERE meter = ? AND seen <> ?",
};
static_assert(ARRAY_SIZE(queries) == DB_QUERIES, "one text a query");

static void fail(struct db *d, int code)
{
	if (d->failed != SQLITE_OK)
		return;
	d->failed = code;
	snprintf(d->why, sizeof(d->why), "%s",
		d->sql != NULL ? sqlite3_errmsg(d->sql) : sqlite3_errstr(code));
}

static const struct {
	int code; /* of SQLite, its primary part */
	int error;
	const char *what;
} reasons[] = {
	{ SQLITE_FULL, ENOSPC, "the disk is full: make room, vbrd tries again with each sample" },
	{ SQLITE_READONLY, EROFS,
		"it cannot be written: give vbrd the right to write the file and its folder" },
	{ SQLITE_CANTOPEN, EACCES,
		"it cannot be opened: give vbrd the right to write the file and its folder" },
	{ SQLITE_PERM, EACCES, "it cannot be opened: give vbrd the right to write it" },
	{ SQLITE_CORRUPT, EUCLEAN,
		"it is damaged: put back a copy, or move it away and vbrd begins a new one" },
	{ SQLITE_NOTADB, EUCLEAN,
		"it is no ledger: put back a copy, or move it away and vbrd begins a new one" },
	{ SQLITE_BUSY, EBUSY, "another program has locked it: end that program" },
	{ SQLITE_LOCKED, EBUSY, "another program has locked it: end that program" },
	{ SQLITE_IOERR, EIO, "the disk fails: look at the kernel's log" },
};

int db_error(const struct db *d, const char *path, struct errbuf *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++) {
		if ((d->failed & 0xff) != reasons[i].code)
			continue;
		errbuf_add(err, NULL, 0, "%s: %s (%s)", path, reasons[i].what, d->why);
		return -reasons[i].error;
	}
	errbuf_add(err, NULL, 0, "%s: %s", path, d->why);
	return -EIO;
}

static void exec(struct db *d, const char *text)
{
	int ret;

	if (d->failed != SQLITE_OK)
		return;
	ret = sqlite3_exec(d->sql, text, NULL, NULL, NULL);
	if (ret != SQLITE_OK)
		fail(d, ret);
}

static int64_t version(struct db *d)
{
	sqlite3_stmt *s = NULL;
	int64_t v = 0;
	const int ret = sqlite3_prepare_v2(d->sql, "PRAGMA user_version", -1, &s, NULL);

	if (ret != SQLITE_OK)
		fail(d, ret);
	else if (sqlite3_step(s) == SQLITE_ROW)
		v = sqlite3_column_int64(s, 0);
	else
		fail(d, sqlite3_errcode(d->sql));
	sqlite3_finalize(s);
	return v;
}

static void prepare(struct db *d)
{
	for (int i = 0; i < DB_QUERIES && d->failed == SQLITE_OK; i++) {
		const int ret = sqlite3_prepare_v3(d->sql, queries[i], -1,
			SQLITE_PREPARE_PERSISTENT, &d->stmts[i], NULL);

		if (ret != SQLITE_OK)
			fail(d, ret);
	}
}

int db_open(struct db *d, const char *path, struct errbuf *err)
{
	const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
	int64_t v = 0;
	int ret;

	memset(d, 0, sizeof(*d));
	ret = sqlite3_open_v2(path, &d->sql, flags, NULL);
	if (ret != SQLITE_OK)
		fail(d, ret);
	else
		(void)sqlite3_busy_timeout(d->sql, BUSY_MS);
	exec(d,
		"PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
		"PRAGMA cell_size_check = ON; PRAGMA trusted_schema = OFF;");
	if (d->failed == SQLITE_OK)
		v = version(d);
	if (v > VERSION_NUMBER) {
		errbuf_add(err, NULL, 0,
			"%s: a newer vbrd has written it: use that one, "
			"or move it away and a new one begins",
			path);
		db_close(d);
		return -ENOTSUP;
	}
	if (v == 0) {
		exec(d, "BEGIN IMMEDIATE");
		exec(d, schema);
		exec(d, "COMMIT");
	}
	prepare(d);
	if (d->failed == SQLITE_OK)
		return 0;
	ret = db_error(d, path, err);
	db_close(d);
	return ret;
}

void db_close(struct db *d)
{
	for (int i = 0; i < DB_QUERIES; i++)
		(void)sqlite3_finalize(d->stmts[i]);
	(void)sqlite3_close(d->sql);
	memset(d, 0, sizeof(*d));
}

static int bind(sqlite3_stmt *s, const char *types, va_list ap)
{
	int ret = SQLITE_OK;

	for (int i = 0; types[i] != '\0' && ret == SQLITE_OK; i++) {
		switch (types[i]) {
		case 'i':
			ret = sqlite3_bind_int64(s, i + 1, va_arg(ap, int64_t));
			break;
		case 's':
			ret = sqlite3_bind_text(s, i + 1, va_arg(ap, const char *), -1,
				SQLITE_TRANSIENT);
			break;
		case 'b':
			ret = sqlite3_bind_blob(s, i + 1, va_arg(ap, const uint8_t *), HASH_LEN,
				SQLITE_TRANSIENT);
			break;
		default: /* n */
			(void)va_arg(ap, int64_t);
			ret = sqlite3_bind_null(s, i + 1);
			break;
		}
	}
	return ret;
}

static sqlite3_stmt *query(struct db *d, enum db_query q, const char *types, va_list ap)
{
	sqlite3_stmt *s = d->stmts[q];
	int ret;

	if (d->failed != SQLITE_OK)
		return NULL;
	(void)sqlite3_reset(s);
	ret = bind(s, types, ap);
	if (ret == SQLITE_OK)
		return s;
	fail(d, ret);
	return NULL;
}

sqlite3_stmt *db_query(struct db *d, enum db_query q, const char *types, ...)
{
	sqlite3_stmt *s;
	va_list ap;

	va_start(ap, types);
	s = query(d, q, types, ap);
	va_end(ap);
	return s;
}

bool db_row(struct db *d, sqlite3_stmt *s)
{
	int ret;

	if (d->failed != SQLITE_OK || s == NULL)
		return false;
	ret = sqlite3_step(s);
	if (ret == SQLITE_ROW)
		return true;
	if (ret != SQLITE_DONE)
		fail(d, ret);
	(void)sqlite3_reset(s);
	return false;
}

void db_done(sqlite3_stmt *s)
{
	if (s != NULL)
		(void)sqlite3_reset(s);
}

void db_run(struct db *d, enum db_query q, const char *types, ...)
{
	va_list ap;

	va_start(ap, types);
	(void)db_row(d, query(d, q, types, ap));
	va_end(ap);
}

const char *db_text(sqlite3_stmt *s, int column)
{
	const unsigned char *t = sqlite3_column_text(s, column);

	return t != NULL ? (const char *)t : "";
}

void db_hash(sqlite3_stmt *s, int column, uint8_t *dst)
{
	memset(dst, 0, HASH_LEN);
	if (sqlite3_column_bytes(s, column) == HASH_LEN)
		memcpy(dst, sqlite3_column_blob(s, column), HASH_LEN);
}
