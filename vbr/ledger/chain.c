/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Links. A record holds its own hash, and the hash of the record before is part of what is hashed:
 * what was changed, removed or put elsewhere shows at the next link, and the head shows a cut end.
 * The head is in the same file: who rewrites all of it is found out only by whoever kept a hash.
 *
 * Old records go at the front. The checkpoint that then is appended names the last one that went,
 * so the front that is left is as well attested as the rest.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/compiler.h"
#include "vbr/ledger/ledger_int.h"

#define PRUNE_MAX   5000  /* records of a chain in one transaction */
#define PRUNE_TOTAL 20000 /* of all; more would keep samples waiting */
#define DAY_S       86400

static const uint8_t zeros[LEDGER_HASH_LEN];

bool chain_find(struct db *d, const char *tenant, enum ledger_series series, struct chain *c)
{
	sqlite3_stmt *s = db_query(d, DB_CHAIN_FIND, "si", tenant, (int64_t)series);

	if (!db_row(d, s))
		return false;
	c->id = sqlite3_column_int64(s, 0);
	c->seq = (uint64_t)sqlite3_column_int64(s, 1);
	db_hash(s, 2, c->hash);
	c->base_seq = (uint64_t)sqlite3_column_int64(s, 3);
	db_hash(s, 4, c->base_hash);
	db_done(s);
	return true;
}

int64_t detail_id(struct db *d, const char *text)
{
	sqlite3_stmt *s;
	int64_t id = 0;

	db_run(d, DB_DETAIL_NEW, "s", text);
	s = db_query(d, DB_DETAIL_FIND, "s", text);
	if (db_row(d, s))
		id = sqlite3_column_int64(s, 0);
	db_done(s);
	return id;
}

void chain_append(struct db *d, struct ledger_record *r, int64_t meter)
{
	struct chain c;

	if (!chain_find(d, r->tenant, r->series, &c)) {
		db_run(d, DB_CHAIN_NEW, "sib", r->tenant, (int64_t)r->series, zeros);
		if (!chain_find(d, r->tenant, r->series, &c))
			return;
	}
	r->seq = c.seq + 1;
	memcpy(r->previous, c.hash, LEDGER_HASH_LEN);
	ledger_hash(r, r->hash);
	db_run(d, DB_RECORD_NEW, "iiiiiiiiiiiiib", c.id, (int64_t)r->seq, (int64_t)r->type, meter,
		r->start_s, r->end_s, (int64_t)r->seconds, (int64_t)r->c.v[METER_IN],
		(int64_t)r->c.v[METER_OUT], (int64_t)r->c.v[METER_PACKETS_IN],
		(int64_t)r->c.v[METER_PACKETS_OUT], detail_id(d, r->detail), (int64_t)r->flags,
		r->hash);
	db_run(d, DB_CHAIN_MOVE, "iib", c.id, (int64_t)r->seq, r->hash);
}

void record_read(sqlite3_stmt *s, struct ledger_record *r)
{
	r->seq = (uint64_t)sqlite3_column_int64(s, 0);
	r->type = (enum ledger_type)sqlite3_column_int64(s, 1);
	r->kind = (enum meter_kind)sqlite3_column_int64(s, 2);
	r->name = db_text(s, 3);
	r->start_s = sqlite3_column_int64(s, 4);
	r->end_s = sqlite3_column_int64(s, 5);
	r->seconds = (uint32_t)sqlite3_column_int64(s, 6);
	for (int i = 0; i < METER_VALUES; i++)
		r->c.v[i] = (uint64_t)sqlite3_column_int64(s, 7 + i);
	r->detail = db_text(s, 11);
	r->flags = (uint32_t)sqlite3_column_int64(s, 12);
	db_hash(s, 13, r->hash);
}

void chain_hash_before(struct db *d, const struct chain *c, uint64_t seq, uint8_t *dst)
{
	sqlite3_stmt *s;

	memset(dst, 0, LEDGER_HASH_LEN);
	if (seq == c->base_seq + 1) {
		memcpy(dst, c->base_hash, LEDGER_HASH_LEN);
		return;
	}
	s = db_query(d, DB_RECORD_HASH, "ii", c->id, (int64_t)(seq - 1));
	if (db_row(d, s))
		db_hash(s, 0, dst);
	db_done(s);
}

/* Examination */

const char *ledger_fault_name(enum ledger_fault f)
{
	static const char *const names[] = { "sound", "missing", "changed", "end-differs",
		"no-checkpoint" };

	return names[f];
}

static void fault(struct ledger_check *c, enum ledger_fault f, uint64_t seq)
{
	if (c->fault != LEDGER_SOUND)
		return;
	c->fault = f;
	c->fault_seq = seq;
}

static void checkpoint(struct ledger_check *c, const struct ledger_record *r)
{
	char through[METER_WORD_SIZE];
	char want[LEDGER_HEX_SIZE];
	char hash[LEDGER_HEX_SIZE];

	meter_detail_get(r->detail, "through", through, sizeof(through));
	meter_detail_get(r->detail, "hash", hash, sizeof(hash));
	if (strtoull(through, NULL, 10) == c->base_seq &&
		strcmp(hash, ledger_hex(c->base_hash, want)) == 0)
		c->is_base_proven = true;
}

/*
 * The walk goes from leaf to leaf of the database's tree. Does a search from its root find the
 * record before this one, too? Shows and exports search.
 */
static bool is_before_found(struct db *d, const struct ledger_check *c, uint64_t seq)
{
	struct chain chain = { .id = c->chain, .base_seq = c->base_seq };
	uint8_t hash[LEDGER_HASH_LEN];

	memcpy(chain.base_hash, c->base_hash, LEDGER_HASH_LEN);
	chain_hash_before(d, &chain, seq, hash);
	return memcmp(hash, c->hash, LEDGER_HASH_LEN) == 0;
}

static void look(struct db *d, struct ledger_check *c, struct ledger_record *r)
{
	const uint64_t expected = c->at.seq + 1;
	uint8_t hash[LEDGER_HASH_LEN];

	if (c->records++ == 0)
		c->first_seq = r->seq;
	if (r->seq != expected)
		fault(c, LEDGER_MISSING, expected);
	else if (!is_before_found(d, c, r->seq))
		fault(c, LEDGER_MISSING, r->seq - 1);
	r->tenant = c->at.tenant;
	r->series = (enum ledger_series)c->at.series;
	memcpy(r->previous, c->hash, LEDGER_HASH_LEN);
	ledger_hash(r, hash);
	if (memcmp(hash, r->hash, LEDGER_HASH_LEN) != 0)
		fault(c, LEDGER_CHANGED, r->seq);
	else if (r->type == LEDGER_CHECKPOINT)
		checkpoint(c, r);
	memcpy(c->hash, r->hash, LEDGER_HASH_LEN);
	c->at.seq = r->seq;
}

static void finish(struct ledger_check *c)
{
	const uint64_t seq = c->records > 0 ? c->at.seq : c->base_seq;

	if (seq != c->head_seq || memcmp(c->hash, c->head_hash, LEDGER_HASH_LEN) != 0)
		fault(c, LEDGER_END_DIFFERS, seq + 1);
	if (c->base_seq > 0 && !c->is_base_proven)
		fault(c, LEDGER_NO_CHECKPOINT, c->base_seq + 1);
	c->at.in_chain = false;
	c->is_done = true;
}

/* The next chain, into a check that keeps nothing but its place. */
static bool begin(struct db *d, const char *tenant, struct ledger_check *c)
{
	struct ledger_check next = { .at.in_chain = true };
	sqlite3_stmt *s = db_query(d, DB_CHAIN_AFTER, "sis", c->at.tenant, (int64_t)c->at.series,
		tenant);

	if (!db_row(d, s))
		return false;
	next.chain = sqlite3_column_int64(s, 0);
	snprintf(next.at.tenant, sizeof(next.at.tenant), "%s", db_text(s, 1));
	next.at.series = (int)sqlite3_column_int64(s, 2);
	next.head_seq = (uint64_t)sqlite3_column_int64(s, 3);
	db_hash(s, 4, next.head_hash);
	next.base_seq = (uint64_t)sqlite3_column_int64(s, 5);
	db_hash(s, 6, next.base_hash);
	memcpy(next.hash, next.base_hash, LEDGER_HASH_LEN);
	next.at.seq = next.base_seq;
	db_done(s);
	*c = next;
	return true;
}

/* Records whose chain is gone: one fault without a tenant, at the end. */
static bool orphans(struct db *d, struct ledger_check *c)
{
	int64_t chain = INT64_MIN;

	while (d->failed == SQLITE_OK) {
		sqlite3_stmt *s = db_query(d, DB_CHAIN_ORPHAN, "i", chain);
		bool has = db_row(d, s) && sqlite3_column_type(s, 0) == SQLITE_INTEGER;

		if (has)
			chain = sqlite3_column_int64(s, 0);
		db_done(s);
		if (!has)
			return false;
		s = db_query(d, DB_CHAIN_BY_ID, "i", chain);
		has = db_row(d, s);
		db_done(s);
		if (has)
			continue;
		*c = (struct ledger_check){ .is_done = true, .fault = LEDGER_CHANGED };
		c->at.series = LEDGER_SERIES;
		return true;
	}
	return false;
}

static bool next_chain(struct db *d, const char *tenant, struct ledger_check *c)
{
	if (c->at.series == LEDGER_SERIES) /* the orphans were the last */
		return false;
	if (c->chain == 0 && !c->is_done)
		c->at.series = -1;
	return begin(d, tenant, c) || (tenant == NULL && orphans(d, c));
}

int ledger_check(struct ledger *l, const char *tenant, struct ledger_check *c, uint32_t max,
	struct errbuf *err)
{
	struct db *d = &l->db;
	const int ret = ledger_open(l, err);
	uint32_t n = 0;
	sqlite3_stmt *s;

	if (ret < 0)
		return ret;
	if (!c->at.in_chain) {
		if (!next_chain(d, tenant, c))
			return ledger_end(l, err);
		if (c->is_done)
			return 1;
	}
	s = db_query(d, DB_RECORD_FROM, "iiiii", c->chain,
		(int64_t)(c->records > 0 ? c->at.seq : 0), INT64_MIN, INT64_MAX, (int64_t)max);
	while (db_row(d, s)) {
		struct ledger_record r;

		record_read(s, &r);
		look(d, c, &r);
		n++;
	}
	if (d->failed == SQLITE_OK && n < max)
		finish(c);
	return d->failed != SQLITE_OK ? ledger_end(l, err) : 1;
}

/* Removal of what is old */

struct front {
	uint64_t seq; /* 0: nothing to remove */
	uint8_t hash[LEDGER_HASH_LEN];
	uint32_t n;
};

/*
 * How far the records of the front are older than limit. The head always stays, and checkpoints
 * alone are no reason for another one.
 */
static void find_front(struct db *d, const struct chain *c, int64_t limit_s, struct front *f)
{
	sqlite3_stmt *s = db_query(d, DB_RECORD_OLD, "ii", c->id, (int64_t)PRUNE_MAX);
	bool has_use = false;

	while (db_row(d, s)) {
		const uint64_t seq = (uint64_t)sqlite3_column_int64(s, 0);

		if (sqlite3_column_int64(s, 1) >= limit_s || seq >= c->seq)
			break;
		f->seq = seq;
		f->n++;
		db_hash(s, 2, f->hash);
		has_use |= sqlite3_column_int64(s, 3) == LEDGER_USAGE;
	}
	db_done(s);
	if (!has_use)
		*f = (struct front){ 0 };
}

/* Texts of checkpoints that go: each is the only user of its text. */
static void drop_texts(struct db *d, const struct chain *c, uint64_t through)
{
	int64_t ids[64];
	uint32_t n = 0;
	sqlite3_stmt *s = db_query(d, DB_RECORD_OLD, "ii", c->id, (int64_t)PRUNE_MAX);

	while (db_row(d, s) && (uint64_t)sqlite3_column_int64(s, 0) <= through &&
		n < ARRAY_SIZE(ids))
		if (sqlite3_column_int64(s, 3) == LEDGER_CHECKPOINT)
			ids[n++] = sqlite3_column_int64(s, 4);
	db_done(s);
	for (uint32_t i = 0; i < n; i++)
		db_run(d, DB_DETAIL_PRUNE, "i", ids[i]);
}

static bool is_due(struct db *d, const struct chain *c, int64_t limit_s)
{
	sqlite3_stmt *s = db_query(d, DB_RECORD_FIRST, "i", c->id);
	const bool due = db_row(d, s) && sqlite3_column_int64(s, 1) < limit_s - DAY_S &&
		(uint64_t)sqlite3_column_int64(s, 0) < c->seq;

	db_done(s);
	return due;
}

/* Returns how many went. */
static uint32_t prune_chain(struct db *d, const struct ledger_cursor *at, const struct chain *c,
	int64_t limit_s, int64_t now_s)
{
	char detail[METER_DETAIL_SIZE];
	char hex[LEDGER_HEX_SIZE];
	struct front f = { 0 };
	struct ledger_record r = { .tenant = at->tenant,
		.series = (enum ledger_series)at->series,
		.type = LEDGER_CHECKPOINT,
		.name = "",
		.detail = detail,
		.start_s = now_s,
		.end_s = now_s };

	find_front(d, c, limit_s, &f);
	if (f.seq == 0)
		return 0;
	drop_texts(d, c, f.seq);
	db_run(d, DB_RECORD_PRUNE, "ii", c->id, (int64_t)f.seq);
	db_run(d, DB_CHAIN_BASE, "iib", c->id, (int64_t)f.seq, f.hash);
	snprintf(detail, sizeof(detail), "through=%" PRIu64 " hash=%s", f.seq,
		ledger_hex(f.hash, hex));
	chain_append(d, &r, 0);
	return f.n;
}

static bool next_place(struct db *d, struct ledger_cursor *at)
{
	sqlite3_stmt *s = db_query(d, DB_CHAIN_AFTER, "sis", at->tenant, (int64_t)at->series, NULL);
	const bool has = db_row(d, s);

	if (has) {
		snprintf(at->tenant, sizeof(at->tenant), "%s", db_text(s, 1));
		at->series = (int)sqlite3_column_int64(s, 2);
	}
	db_done(s);
	return has;
}

int ledger_prune(struct ledger *l, const struct ledger_batch *b, bool *more, struct errbuf *err)
{
	struct ledger_cursor at = { .series = -1 };
	struct db *d = &l->db;
	const int ret = ledger_open(l, err);
	uint32_t n = 0;

	*more = false;
	if (ret < 0)
		return ret;
	db_run(d, DB_BEGIN, "");
	while (n < PRUNE_TOTAL && next_place(d, &at)) {
		const uint32_t keep = at.series == LEDGER_HOURS ? b->hour_keep_s : b->sample_keep_s;
		const int64_t limit = b->now.wall_s - keep;
		struct chain c;

		if (keep != 0 && chain_find(d, at.tenant, (enum ledger_series)at.series, &c) &&
			is_due(d, &c, limit))
			n += prune_chain(d, &at, &c, limit, b->now.wall_s);
	}
	db_run(d, DB_COMMIT, "");
	*more = n >= PRUNE_MAX; /* a chain may have been cut, or the walk */
	return ledger_end(l, err);
}
