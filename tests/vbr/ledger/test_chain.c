/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whatever somebody does to the records shows.
 */
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/cu_main.h"
#include "tests/vbr/dir.h"
#include "tests/vbr/ledger/kit.h"

/* A ledger of four hours, closed. */
static const char *make(void)
{
	const char *dir = dir_new();
	struct ledger *l = ledger_new(dir_file(dir, "ledger.db"));
	struct kit k;

	kit_init(&k);
	kit_sample(&k, l);
	for (int i = 0; i < 48; i++) {
		kit_pass(&k, 300);
		kit_move(&k, cu_random_below(KIT_METERS), cu_random(), cu_random());
		kit_sample(&k, l);
	}
	CU_ASSERT_TRUE(kit_is_sound(&k, l));
	ledger_free(l);
	return dir;
}

static enum ledger_fault examine(const char *dir, uint64_t *seq)
{
	struct ledger *l = ledger_new(dir_file(dir, "ledger.db"));
	const enum ledger_fault f = kit_fault(l, seq);

	ledger_free(l);
	return f;
}

static void run(const char *dir, const char *sql)
{
	sqlite3 *db = NULL;
	int ret = sqlite3_open(dir_file(dir, "ledger.db"), &db);

	if (ret == SQLITE_OK)
		ret = sqlite3_exec(db, sql, NULL, NULL, NULL);
	if (ret != SQLITE_OK)
		CU_FAIL_FATAL(sqlite3_errmsg(db));
	sqlite3_close(db);
}

/* Chain 1 is acme's samples. */
static void whatever_is_done_to_records_shows(void)
{
	static const struct {
		const char *sql;
		enum ledger_fault fault;
		uint64_t seq;
	} rows[] = {
		{ "UPDATE record SET c0 = c0 + 1 WHERE chain = 1 AND seq = 20", LEDGER_CHANGED,
			20 },
		{ "UPDATE record SET c1 = c1 - 1 WHERE chain = 1 AND seq = 1", LEDGER_CHANGED, 1 },
		{ "UPDATE record SET c2 = 5 WHERE chain = 1 AND seq = 147", LEDGER_CHANGED, 147 },
		{ "UPDATE record SET c3 = c3 + 1 WHERE chain = 1 AND seq = 20", LEDGER_CHANGED,
			20 },
		{ "UPDATE record SET start_s = start_s - 1 WHERE chain = 1 AND seq = 20",
			LEDGER_CHANGED, 20 },
		{ "UPDATE record SET end_s = end_s + 3600 WHERE chain = 1 AND seq = 20",
			LEDGER_CHANGED, 20 },
		{ "UPDATE record SET seconds = 1 WHERE chain = 1 AND seq = 20", LEDGER_CHANGED,
			20 },
		{ "UPDATE record SET flags = flags + 32 WHERE chain = 1 AND seq = 20",
			LEDGER_CHANGED, 20 },
		{ "UPDATE record SET type = 1 WHERE chain = 1 AND seq = 20", LEDGER_CHANGED, 20 },
		{ "UPDATE record SET meter = 1 + meter % 3 WHERE chain = 1 AND seq = 20",
			LEDGER_CHANGED, 20 },
		{ "UPDATE record SET detail = 1 + detail % 3 WHERE chain = 1 AND seq = 20",
			LEDGER_CHANGED, 20 },
		{ "UPDATE record SET hash = zeroblob(32) WHERE chain = 1 AND seq = 20",
			LEDGER_CHANGED, 20 },
		{ "DELETE FROM record WHERE chain = 1 AND seq = 20", LEDGER_MISSING, 20 },
		{ "DELETE FROM record WHERE chain = 1 AND seq = 1", LEDGER_MISSING, 1 },
		{ "DELETE FROM record WHERE chain = 1 AND seq = 147", LEDGER_END_DIFFERS, 147 },
		{ "DELETE FROM record WHERE chain = 1", LEDGER_END_DIFFERS, 1 },
		{ "UPDATE record SET seq = 1000 WHERE chain = 1 AND seq = 20;"
		  "UPDATE record SET seq = 20 WHERE chain = 1 AND seq = 21;"
		  "UPDATE record SET seq = 21 WHERE chain = 1 AND seq = 1000",
			LEDGER_CHANGED, 20 },
		{ "UPDATE record SET seq = 148 WHERE chain = 1 AND seq = 20", LEDGER_MISSING, 20 },
		{ "INSERT INTO record SELECT chain, 148, type, meter, start_s, end_s, seconds, c0,"
		  " c1, c2, c3, detail, flags, hash FROM record WHERE chain = 1 AND seq = 147",
			LEDGER_CHANGED, 148 },
		{ "UPDATE meter SET name = 'hz-b' WHERE tenant = 'acme' AND name = 'hz-a'",
			LEDGER_CHANGED, 1 },
		{ "UPDATE detail SET text = text || 'x'", LEDGER_CHANGED, 1 },
		{ "DELETE FROM detail", LEDGER_CHANGED, 1 },
		{ "UPDATE chain SET tenant = 'evil' WHERE id = 1", LEDGER_CHANGED, 1 },
		{ "UPDATE chain SET seq = seq - 1 WHERE id = 1", LEDGER_END_DIFFERS, 148 },
		{ "UPDATE chain SET hash = zeroblob(32) WHERE id = 1", LEDGER_END_DIFFERS, 148 },
		{ "DELETE FROM chain WHERE id = 1", LEDGER_CHANGED, 0 },
		/* the front is cut off, as if it had been old */
		{ "UPDATE chain SET base_seq = 10, base_hash = (SELECT hash FROM record"
		  " WHERE chain = 1 AND seq = 10) WHERE id = 1;"
		  "DELETE FROM record WHERE chain = 1 AND seq <= 10",
			LEDGER_NO_CHECKPOINT, 11 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *dir = make();
		uint64_t seq = 0;
		enum ledger_fault f;

		CU_ASSERT_EQUAL(examine(dir, &seq), LEDGER_SOUND);
		run(dir, rows[i].sql);
		f = examine(dir, &seq);
		if (f != rows[i].fault || seq != rows[i].seq) {
			printf("# %s at %llu\n", ledger_fault_name(f), (unsigned long long)seq);
			CU_FAIL(rows[i].sql);
		}
		dir_remove(dir);
	}
}

static char *export(const char *dir)
{
	struct ledger *l = ledger_new(dir_file(dir, "ledger.db"));
	char *text = kit_export(l);

	ledger_free(l);
	return text;
}

static void flip(const char *dir)
{
	const int fd = open(dir_file(dir, "ledger.db"), O_RDWR);
	struct stat st;
	uint8_t b;
	off_t at;

	CU_ASSERT_EQUAL_FATAL(fstat(fd, &st), 0);
	at = cu_random_below((uint32_t)st.st_size);
	CU_ASSERT_EQUAL(pread(fd, &b, 1, at), 1);
	b ^= (uint8_t)(1u << cu_random_below(8));
	CU_ASSERT_EQUAL(pwrite(fd, &b, 1, at), 1);
	close(fd);
}

/* A bit of the file that is not part of a record may flip unseen; no record can. */
static void a_bit_that_flips_is_seen_or_no_record_s(void)
{
	int seen = 0;

	for (int i = 0; seen < 5 && i < 1000; i++) {
		const char *dir = make();
		char *before = export(dir);
		char *after;
		enum ledger_fault f;

		CU_ASSERT_PTR_NOT_NULL_FATAL(before);
		flip(dir);
		f = examine(dir, NULL);
		after = export(dir);
		if (f == LEDGER_SOUND && (after == NULL || strcmp(before, after) != 0))
			CU_FAIL("a record changed and the chains are called sound");
		seen += f != LEDGER_SOUND;
		free(before);
		free(after);
		dir_remove(dir);
	}
	CU_ASSERT_EQUAL(seen, 5);
}

/* The check that customers make: each line's hash, and the next line names it. */
static void lines_check_themselves(void)
{
	const char *dir = make();
	char *text = export(dir);
	char last[LEDGER_HEX_SIZE] = "";
	uint32_t n = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
		char *hash = strrchr(line, ',');
		const char *previous;

		*hash++ = '\0';
		previous = strrchr(line, ',') + 1;
		CU_ASSERT_EQUAL(strlen(hash), 64);
		if (strspn(previous, "0") < 64)
			CU_ASSERT_STRING_EQUAL(previous, last);
		snprintf(last, sizeof(last), "%s", hash);
		n++;
	}
	CU_ASSERT_EQUAL(n, 49 * 4 + 4 * 4);
	free(text);
	dir_remove(dir);
}

static const struct cu_case cases[] = {
	CU_CASE(whatever_is_done_to_records_shows),
	CU_CASE(a_bit_that_flips_is_seen_or_no_record_s),
	CU_CASE(lines_check_themselves),
};

CU_SUITE(ledger_chain, cases);
