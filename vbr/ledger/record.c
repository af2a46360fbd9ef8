/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names, words and numbers of a record contain neither comma nor quote (the schema sees to it), so
 * the line needs no quoting, and what is hashed is what is exported.
 */
#include "vbr/ledger/record.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <openssl/sha.h>

#include "lib/base/compiler.h"
#include "lib/base/walltime.h"

static_assert(SHA256_DIGEST_LENGTH == LEDGER_HASH_LEN, "a hash is a SHA-256");

const char *ledger_series_name(enum ledger_series s)
{
	static const char *const names[] = { "samples", "hours" };

	static_assert(ARRAY_SIZE(names) == LEDGER_SERIES, "one name a series");
	return s < LEDGER_SERIES ? names[s] : "";
}

const char *ledger_type_name(enum ledger_type t)
{
	static const char *const names[] = { "usage", "checkpoint" };

	static_assert(ARRAY_SIZE(names) == LEDGER_TYPES, "one name a type");
	return t < LEDGER_TYPES ? names[t] : "";
}

char *ledger_hex(const uint8_t *hash, char *dst)
{
	for (int i = 0; i < LEDGER_HASH_LEN; i++)
		snprintf(dst + 2 * i, 3, "%02x", hash[i]);
	return dst;
}

const char *ledger_title(void)
{
	return "tenant,series,seq,record,kind,name,start,end,seconds,bytes-in,bytes-out,packets-in,"
	       "packets-out,detail,flags,previous,hash";
}

size_t ledger_line(const struct ledger_record *r, char *dst)
{
	char start[WALLTIME_SIZE];
	char end[WALLTIME_SIZE];
	char flags[METER_FLAGS_SIZE];
	char previous[LEDGER_HEX_SIZE];
	const int n = snprintf(dst, LEDGER_LINE_SIZE,
		"%s,%s,%" PRIu64 ",%s,%s,%s,%s,%s,%" PRIu32 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64
		",%" PRIu64 ",%s,%s,%s",
		r->tenant, ledger_series_name(r->series), r->seq, ledger_type_name(r->type),
		r->type == LEDGER_USAGE ? meter_kind_name(r->kind) : "", r->name,
		walltime_format(r->start_s, start), walltime_format(r->end_s, end), r->seconds,
		r->c.v[METER_IN], r->c.v[METER_OUT], r->c.v[METER_PACKETS_IN],
		r->c.v[METER_PACKETS_OUT], r->detail, meter_flags_text(r->flags, flags),
		ledger_hex(r->previous, previous));

	return n < LEDGER_LINE_SIZE ? (size_t)n : LEDGER_LINE_SIZE - 1;
}

void ledger_hash(const struct ledger_record *r, uint8_t *dst)
{
	char line[LEDGER_LINE_SIZE];
	const size_t n = ledger_line(r, line);

	(void)SHA256((const unsigned char *)line, n, dst);
}
