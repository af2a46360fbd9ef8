/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ledger's file: an SQLite database in WAL mode, its tables and statements, and one rule for
 * errors: the first one stays (db->failed), and all that follows does nothing. So a transaction is
 * written as if nothing could fail, and looked at once, at its end.
 */
#pragma once

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/base/errbuf.h"

enum db_query {
	DB_BEGIN,
	DB_COMMIT,
	DB_ROLLBACK,
	DB_CHAIN_FIND,
	DB_CHAIN_NEW,
	DB_CHAIN_MOVE,
	DB_CHAIN_BASE,
	DB_CHAIN_AFTER,
	DB_CHAIN_ORPHAN,
	DB_CHAIN_BY_ID,
	DB_RECORD_NEW,
	DB_RECORD_HASH,
	DB_RECORD_FROM,
	DB_RECORD_FIRST,
	DB_RECORD_OLD,
	DB_RECORD_PRUNE,
	DB_RECORD_METER,
	DB_DETAIL_NEW,
	DB_DETAIL_FIND,
	DB_DETAIL_TEXT,
	DB_DETAIL_PRUNE,
	DB_METER_NEW,
	DB_METER_FIND,
	DB_METER_STORE,
	DB_METER_OPEN_HOUR,
	DB_METER_AFTER,
	DB_DEVICE_FIND,
	DB_DEVICE_STORE,
	DB_DEVICE_PRUNE,
	DB_QUERIES,
};

struct db {
	sqlite3 *sql; /* owned; NULL = not open */
	sqlite3_stmt *stmts[DB_QUERIES];
	int failed; /* SQLite's code of the first error, 0 = none */
	char why[160];
};

/** Opens, or creates. 0, or -errno with a sentence in err; then it is closed. */
int db_open(struct db *d, const char *path, struct errbuf *err);
/** What was not committed is gone. NULL-safe for zeroed ones. */
void db_close(struct db *d);
/**
 * A statement with its values: i int64_t; s const char *, which may be NULL; b 32 octets; n an
 * int64_t that is passed over for a NULL. Returns NULL after an error. Rows are taken by db_row.
 */
sqlite3_stmt *db_query(struct db *d, enum db_query q, const char *types, ...);
/** Next row; false at the end (and after an error), the statement is reset then. */
bool db_row(struct db *d, sqlite3_stmt *s);
/** Not interested in more rows. NULL-safe. */
void db_done(sqlite3_stmt *s);
/** A statement without rows. */
void db_run(struct db *d, enum db_query q, const char *types, ...);
/** The text of a column, "" for NULL; until the next row. */
const char *db_text(sqlite3_stmt *s, int column);
/** 32 octets of a column; zeros if it is something else. */
void db_hash(sqlite3_stmt *s, int column, uint8_t *dst);
/** A sentence about the first error, with what to do. Returns -errno. */
int db_error(const struct db *d, const char *path, struct errbuf *err);
