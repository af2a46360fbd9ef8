/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A record as text, and its hash. The text is a line of CSV; the hash is the SHA-256 of the line up
 * to its last comma, and the line before that comma ends in the hash of the record before. So
 * whoever has the lines can check them with nothing but sha256sum.
 */
#pragma once

#include <stdint.h>

#include "vbr/meter/detail.h"
#include "vbr/meter/span.h"

#define LEDGER_HASH_LEN  32
#define LEDGER_HEX_SIZE  65
#define LEDGER_LINE_SIZE 1024

enum ledger_series {
	LEDGER_SAMPLES,
	LEDGER_HOURS,
	LEDGER_SERIES,
};

enum ledger_type {
	LEDGER_USAGE,
	LEDGER_CHECKPOINT, /* older records were removed; detail says through=SEQ hash=HASH */
	LEDGER_TYPES,
};

struct ledger_record {
	const char *tenant; /* strings are borrowed */
	enum ledger_series series;
	uint64_t seq; /* from 1, without a gap */
	enum ledger_type type;
	enum meter_kind kind; /* of USAGE */
	const char *name;     /* of USAGE, else "" */
	int64_t start_s;
	int64_t end_s;
	uint32_t seconds; /* covered between start and end */
	struct meter_counts c;
	const char *detail;
	uint32_t flags;
	uint8_t previous[LEDGER_HASH_LEN]; /* zeros before the first */
	uint8_t hash[LEDGER_HASH_LEN];
};

/** "samples", "hours". */
const char *ledger_series_name(enum ledger_series s);
/** "usage", "checkpoint". */
const char *ledger_type_name(enum ledger_type t);
char *ledger_hex(const uint8_t *hash, char *dst);
/** The title of the columns, hash included. */
const char *ledger_title(void);
/** The line without its last column; dst of LEDGER_LINE_SIZE. Returns its length. */
size_t ledger_line(const struct ledger_record *r, char *dst);
/** What its hash should be. */
void ledger_hash(const struct ledger_record *r, uint8_t *dst);
