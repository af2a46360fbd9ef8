/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records of drills on disk.
 */
#include <stdio.h>
#include <string.h>

#include "tests/cu_main.h"
#include "tests/vbr/dir.h"
#include "vbr/drill/record.h"

struct read {
	struct drill_record v[8];
	uint32_t n;
};

static void on_record(void *ctx, const struct drill_record *r)
{
	struct read *l = ctx;

	if (l->n < ARRAY_SIZE(l->v))
		l->v[l->n] = *r;
	l->n++;
}

/* Every field has a value of its own, so that two that are mixed up show. */
static struct drill_record sample(void)
{
	struct drill_record r = {
		.order = { .target = DRILL_TARGET_PEER,
			.by = DRILL_BY_CUT,
			.at_s = INT64_C(1) << 40,
			.duration_s = 101,
			.within_ms = 102,
			.force = true },
		.state = DRILL_RETURNING,
		.outcome = DRILL_STOPPED,
		.verdict = DRILL_FAIL,
		.reasons = 0x8001,
		.ordered_s = 103,
		.begun_s = 104,
		.away_s = 105,
		.ended_s = 106,
		.result = { .vpcs = 107,
			.not_covered = 108,
			.not_probed = 109,
			.missing = 110,
			.sent = 111,
			.lost = 112,
			.lost_back = 113,
			.crossed = 114,
			.answered_away = 115,
			.not_moved = 116,
			.switch_us = MEASURE_NEVER,
			.traffic_us = 118,
			.outage_us = 119,
			.outage_back_us = 120,
			.in = UINT64_C(1) << 50,
			.in_strange = 122 },
	};

	snprintf(r.order.tenant, MODEL_NAME_SIZE, "acme");
	snprintf(r.order.group, MODEL_NAME_SIZE, "hz");
	snprintf(r.order.user, MODEL_NAME_SIZE, "root");
	snprintf(r.order.name, MODEL_NAME_SIZE, "10.0.0.2");
	snprintf(r.vbr, MODEL_NAME_SIZE, "hz-a");
	return r;
}

static void load(const char *path, struct read *l)
{
	struct errbuf err;
	struct drill_store *s;

	errbuf_init(&err);
	memset(l, 0, sizeof(*l));
	s = drill_store_open(path, &err);
	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	CU_ASSERT_EQUAL(drill_store_load(s, on_record, l, &err), 0);
	drill_store_close(s);
	errbuf_fini(&err);
}

static bool is_equal(const struct drill_record *a, const struct drill_record *b)
{
	return a->id == b->id && strcmp(a->vbr, b->vbr) == 0 && a->state == b->state &&
		a->outcome == b->outcome && a->verdict == b->verdict && a->reasons == b->reasons &&
		a->ordered_s == b->ordered_s && a->begun_s == b->begun_s &&
		a->away_s == b->away_s && a->ended_s == b->ended_s &&
		memcmp(&a->result, &b->result, sizeof(a->result)) == 0 &&
		strcmp(a->order.tenant, b->order.tenant) == 0 &&
		strcmp(a->order.group, b->order.group) == 0 &&
		strcmp(a->order.user, b->order.user) == 0 &&
		strcmp(a->order.name, b->order.name) == 0 && a->order.target == b->order.target &&
		a->order.by == b->order.by && a->order.at_s == b->order.at_s &&
		a->order.duration_s == b->order.duration_s &&
		a->order.within_ms == b->order.within_ms && a->order.force == b->order.force;
}

static void what_was_put_is_there_after_a_restart(void)
{
	const char *dir = dir_new();
	char path[512];
	struct drill_record r = sample();
	struct errbuf err;
	struct drill_store *s;
	struct read l;

	snprintf(path, sizeof(path), "%s", dir_file(dir, "drills.db"));
	errbuf_init(&err);
	s = drill_store_open(path, &err);
	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	CU_ASSERT_EQUAL(drill_store_put(s, &r, &err), 0);
	CU_ASSERT(r.id > 0);
	/* Not closed: as after kill -9. */
	load(path, &l);
	CU_ASSERT_EQUAL(l.n, 1);
	CU_ASSERT(is_equal(&l.v[0], &r));
	r.state = DRILL_ENDED;
	CU_ASSERT_EQUAL(drill_store_put(s, &r, &err), 0);
	drill_store_close(s);
	load(path, &l);
	CU_ASSERT_EQUAL(l.n, 1);
	CU_ASSERT(is_equal(&l.v[0], &r));
	errbuf_fini(&err);
	dir_remove(dir);
}

static void a_number_is_never_given_out_again(void)
{
	const char *dir = dir_new();
	struct drill_record a = sample();
	struct drill_record b = sample();
	struct errbuf err;
	struct drill_store *s;

	errbuf_init(&err);
	s = drill_store_open(dir_file(dir, "drills.db"), &err);
	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	CU_ASSERT_EQUAL(drill_store_put(s, &a, &err), 0);
	CU_ASSERT_EQUAL(drill_store_del(s, a.id, &err), 0);
	CU_ASSERT_EQUAL(drill_store_put(s, &b, &err), 0);
	CU_ASSERT(b.id > a.id);
	drill_store_close(s);
	errbuf_fini(&err);
	dir_remove(dir);
}

static void a_file_that_is_none_of_ours_is_not_touched(void)
{
	const char *dir = dir_new();
	struct errbuf err;

	dir_write(dir, "drills.db", "this is no database, but long enough to be looked at", 52);
	errbuf_init(&err);
	CU_ASSERT_PTR_NULL(drill_store_open(dir_file(dir, "drills.db"), &err));
	CU_ASSERT(strstr(errbuf_first(&err),
			  "put back a copy, or move it away and vbrd begins a new one") != NULL);
	errbuf_fini(&err);
	dir_remove(dir);
}

static void without_a_file_there_are_numbers_all_the_same(void)
{
	struct drill_record r = sample();
	struct errbuf err;
	struct drill_store *s;

	errbuf_init(&err);
	s = drill_store_open(NULL, &err);
	CU_ASSERT_EQUAL(drill_store_put(s, &r, &err), 0);
	CU_ASSERT_EQUAL(r.id, 1);
	CU_ASSERT_EQUAL(drill_store_put(s, &r, &err), 0);
	CU_ASSERT_EQUAL(r.id, 1);
	drill_store_close(s);
	errbuf_fini(&err);
}

static const struct cu_case cases[] = {
	CU_CASE(what_was_put_is_there_after_a_restart),
	CU_CASE(a_number_is_never_given_out_again),
	CU_CASE(a_file_that_is_none_of_ours_is_not_touched),
	CU_CASE(without_a_file_there_are_numbers_all_the_same),
};

CU_SUITE(drill_store, cases);
