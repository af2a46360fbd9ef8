/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Old records go, what is left is attested.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/cu_main.h"
#include "tests/vbr/dir.h"
#include "tests/vbr/ledger/kit.h"

#define DAY 86400

static void prune(struct kit *k, struct ledger *l)
{
	const struct ledger_batch b = { .now = k->now,
		.sample_keep_s = k->sample_keep_s,
		.hour_keep_s = k->hour_keep_s };
	struct errbuf err;
	bool more = true;

	errbuf_init(&err);
	while (more)
		CU_ASSERT_EQUAL_FATAL(ledger_prune(l, &b, &more, &err), 0);
	errbuf_fini(&err);
}

static void count_use(void *ctx, const struct ledger_usage *u)
{
	struct ledger_usage *sum = ctx;

	meter_counts_add(&sum->c, &u->c);
	sum->has_percentile |= u->has_percentile;
}

static struct ledger_usage all_use(struct ledger *l, int64_t from_s)
{
	const struct ledger_filter f = { .from_s = from_s, .to_s = INT64_MAX, .interval_s = 300 };
	struct ledger_usage sum = { 0 };
	struct ledger_place p = { 0 };
	struct errbuf err;

	errbuf_init(&err);
	while (ledger_usage(l, &f, &p, count_use, &sum, &err) > 0)
		;
	CU_ASSERT_TRUE(errbuf_is_empty(&err));
	errbuf_fini(&err);
	return sum;
}

/* The sixth record of samples that are left cannot be made the first. */
static void the_rest_is_sound_and_hours_remember(void)
{
	const char *dir = dir_new();
	struct ledger *l = ledger_new(dir_file(dir, "ledger.db"));
	struct ledger_usage u;
	struct kit k;
	uint64_t truth = 0;

	kit_init(&k);
	k.sample_keep_s = 2 * DAY;
	k.hour_keep_s = 400 * DAY;
	kit_sample(&k, l);
	for (int i = 0; i < 10 * 24; i++) {
		kit_pass(&k, 3600);
		for (uint32_t m = 0; m < KIT_METERS; m++)
			kit_move(&k, m, 10, 1);
		truth += 10 * KIT_METERS;
		kit_sample(&k, l);
		prune(&k, l);
		if (i % 24 == 0)
			CU_ASSERT_EQUAL_FATAL(kit_fault(l, NULL), LEDGER_SOUND);
	}
	CU_ASSERT_EQUAL(kit_fault(l, NULL), LEDGER_SOUND);
	CU_ASSERT_TRUE(kit_counted(l, &k.m[0]).v[METER_IN] <= 3 * 24 * 10);
	CU_ASSERT_TRUE(kit_counted(l, &k.m[0]).v[METER_IN] >= 2 * 24 * 10);
	u = all_use(l, KIT_T0);
	CU_ASSERT_EQUAL(u.c.v[METER_IN], truth);
	CU_ASSERT_FALSE(u.has_percentile);
	CU_ASSERT_TRUE(all_use(l, k.now.wall_s - DAY).has_percentile);
	ledger_free(l);
	dir_remove(dir);
}

static void the_last_record_stays(void)
{
	const char *dir = dir_new();
	struct ledger *l = ledger_new(dir_file(dir, "ledger.db"));
	struct kit k;
	char *once;
	char *twice;

	kit_init(&k);
	k.sample_keep_s = k.hour_keep_s = DAY;
	for (int i = 0; i < 30; i++) {
		kit_sample(&k, l);
		kit_pass(&k, 300);
	}
	kit_pass(&k, 1000 * DAY);
	prune(&k, l);
	CU_ASSERT_EQUAL(kit_fault(l, NULL), LEDGER_SOUND);
	kit_pass(&k, 10 * DAY);
	prune(&k, l);
	once = kit_export(l);
	kit_pass(&k, 10 * DAY);
	prune(&k, l);
	twice = kit_export(l);
	CU_ASSERT_EQUAL(kit_fault(l, NULL), LEDGER_SOUND);
	/* Nothing is left to remove: checkpoints do not follow upon checkpoints for ever. */
	CU_ASSERT_STRING_EQUAL(once, twice);
	free(once);
	free(twice);
	ledger_free(l);
	dir_remove(dir);
}

static const struct cu_case cases[] = {
	CU_CASE(the_rest_is_sound_and_hours_remember),
	CU_CASE(the_last_record_stays),
};

CU_SUITE(ledger_prune, cases);
