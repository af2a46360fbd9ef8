/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between the files of the ledger.
 */
#pragma once

#include "vbr/ledger/db.h"
#include "vbr/ledger/ledger.h"

struct ledger {
	struct db db;
	char *path; /* owned */
};

/* The row of table chain. */
struct chain {
	int64_t id;
	uint64_t seq;
	uint64_t base_seq;
	uint8_t hash[LEDGER_HASH_LEN];
	uint8_t base_hash[LEDGER_HASH_LEN];
};

/** Open if it is not. 0, or -errno with a sentence. */
int ledger_open(struct ledger *l, struct errbuf *err);
/** After an error: rolls back, closes, says why. 0 if there was none. */
int ledger_end(struct ledger *l, struct errbuf *err);

/** False if there is none. */
bool chain_find(struct db *d, const char *tenant, enum ledger_series series, struct chain *c);
/** Number, hash and write a record; meter is the object's number. Its chain is made if need be. */
void chain_append(struct db *d, struct ledger_record *r, int64_t meter);
/** Number of a text. */
int64_t detail_id(struct db *d, const char *text);
/** From a row of the queries that are made of RECORD. Strings live until the next row. */
void record_read(sqlite3_stmt *s, struct ledger_record *r);
/** Hash of the record before seq; zeros before the first, and if it is not there. */
void chain_hash_before(struct db *d, const struct chain *c, uint64_t seq, uint8_t *dst);
