/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When the snapshot of running is written, and that commits which come while it is being written
 * are not lost by it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf_int.h"
#include "lib/base/xalloc.h"
#include "tests/conf/fixture.h"

#define FILE_A "system region a\ntenant acme\n vpc prod\n!\n"

#define RECORDS_OF_SMALL 64u /* commits between two snapshots of what is short */

static uint64_t snapshot_revision(struct fixture *f)
{
	unsigned long long revision = 0;
	char line[128];
	FILE *in = fopen(fixture_file(f, "running.json"), "r");

	CU_ASSERT_PTR_NOT_NULL_FATAL(in);
	while (fgets(line, sizeof(line), in) &&
		sscanf(line, " \"revision\": \"%llu", &revision) != 1)
		;
	(void)fclose(in);
	return revision;
}

/* A configuration that is large beside its changes is written whole as late as can be. */
static void a_large_configuration_is_snapshotted_before_its_records_go(void)
{
	struct fixture f;
	char *text = NULL;
	size_t size = 0;
	FILE *large = open_memstream(&text, &size);
	char *before;
	char *after;

	for (uint32_t i = 0; i < 400; i++)
		(void)fprintf(large, "tenant t%u\n description of-a-tenant-among-many\n!\n", i);
	(void)fclose(large);
	fixture_init(&f, true);
	CU_ASSERT_EQUAL(fixture_start(&f, text, false, NULL), 0);
	for (uint32_t i = 0; i < STORE_KEEP + 5; i++) {
		char line[64];

		if (i == RECORDS_OF_SMALL)
			CU_ASSERT_EQUAL(snapshot_revision(&f), 1);
		snprintf(line, sizeof(line), "tenant t%u description d%u\n", i, i);
		CU_ASSERT_EQUAL_FATAL(fixture_commit(&f, "ann", line), 0);
	}
	CU_ASSERT(snapshot_revision(&f) > 1);
	CU_ASSERT(snapshot_revision(&f) < STORE_KEEP + 1);
	before = fixture_text(&f);
	fixture_crash(&f);
	CU_ASSERT_EQUAL(fixture_start(&f, text, false, NULL), 0);
	after = fixture_text(&f);
	CU_ASSERT_STRING_EQUAL(before, after);
	CU_ASSERT_EQUAL(conf_revision(f.conf), STORE_KEEP + 6);
	free(before);
	free(after);
	free(text);
	fixture_fini(&f);
}

static void a_small_configuration_is_snapshotted_early(void)
{
	struct fixture f;

	fixture_init(&f, true);
	CU_ASSERT_EQUAL(fixture_start(&f, FILE_A, false, NULL), 0);
	for (uint32_t i = 0; i < RECORDS_OF_SMALL; i++) {
		char line[64];

		CU_ASSERT_EQUAL(snapshot_revision(&f), 1);
		snprintf(line, sizeof(line), "system region r%u\n", i);
		CU_ASSERT_EQUAL_FATAL(fixture_commit(&f, "ann", line), 0);
	}
	CU_ASSERT_EQUAL(snapshot_revision(&f), RECORDS_OF_SMALL + 1);
	fixture_fini(&f);
}

#define TENANTS 12
#define VPCS    9

/* What there is: [t][VPCS] is the tenant itself. */
struct world {
	struct fixture f;
	bool has[TENANTS][VPCS + 1];
	uint32_t n_commits;
};

static void commit(struct world *w, const char *text)
{
	CU_ASSERT_EQUAL_FATAL(fixture_commit(&w->f, "ann", text), 0);
	w->n_commits++;
}

/* Change, make or remove a tenant or one of its VPCs. */
static void commit_something(struct world *w)
{
	const uint32_t t = cu_random_below(TENANTS);
	const uint32_t v = cu_random_below(VPCS + 1);
	const bool is_there = w->has[t][VPCS] && w->has[t][v];
	char what[64];
	char line[160];

	snprintf(what, sizeof(what), v == VPCS ? "tenant t%u" : "tenant t%u vpc v%u", t, v);
	if (is_there && cu_random_below(2) == 0) {
		snprintf(line, sizeof(line), "no %s\n", what);
		if (v == VPCS)
			memset(w->has[t], 0, sizeof(w->has[t]));
		w->has[t][v] = false;
	} else {
		snprintf(line, sizeof(line), "%s description d%u\n", what, w->n_commits);
		w->has[t][VPCS] = true;
		w->has[t][v] = true;
	}
	commit(w, line);
}

static void fill(struct world *w)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	for (uint32_t t = 0; t < TENANTS; t++) {
		(void)fprintf(out, "tenant t%u\n", t);
		for (uint32_t v = 0; v < VPCS; v++)
			(void)fprintf(out, " vpc v%u\n", v);
		(void)fprintf(out, "!\n");
	}
	(void)fclose(out);
	*w = (struct world){ 0 };
	memset(w->has, true, sizeof(w->has));
	fixture_init_loop(&w->f);
	CU_ASSERT_EQUAL_FATAL(fixture_start(&w->f, text, false, NULL), 0);
	free(text);
}

/* After a crash now, a start has all that was committed. */
static void check_crash(struct world *w)
{
	char *before = fixture_text(&w->f);
	const uint64_t revision = conf_revision(w->f.conf);
	char *after;

	fixture_crash(&w->f);
	CU_ASSERT_EQUAL_FATAL(fixture_start(&w->f, NULL, false, NULL), 0);
	after = fixture_text(&w->f);
	CU_ASSERT_STRING_EQUAL(before, after);
	CU_ASSERT_EQUAL(conf_revision(w->f.conf), revision);
	free(before);
	free(after);
}

static bool is_being_written(const struct world *w)
{
	return w->f.conf->snapshot != NULL;
}

static void commit_until_one_begins(struct world *w)
{
	while (!is_being_written(w))
		commit_something(w);
}

static void a_snapshot_is_written_in_slices_of_the_loop(void)
{
	struct world w;
	uint32_t slices = 0;
	uint64_t revision;

	fill(&w);
	commit_until_one_begins(&w);
	revision = conf_revision(w.f.conf);
	for (; is_being_written(&w); slices++) {
		CU_ASSERT_EQUAL(snapshot_revision(&w.f), 1);
		CU_ASSERT_FATAL(loop_turn(w.f.loop));
	}
	CU_ASSERT(slices > 2);
	CU_ASSERT_EQUAL(snapshot_revision(&w.f), revision);
	check_crash(&w);
	fixture_fini(&w.f);
}

/* The commits that come before its end are in some parts of it and not in others. */
static void commits_while_it_is_written_are_not_lost(void)
{
	for (uint32_t round = 0; round < 6; round++) {
		struct world w;
		uint64_t begun;

		fill(&w);
		commit_until_one_begins(&w);
		begun = conf_revision(w.f.conf);
		while (is_being_written(&w)) {
			for (uint32_t k = cu_random_below(4); k-- > 0;)
				commit_something(&w);
			(void)loop_turn(w.f.loop);
		}
		CU_ASSERT_EQUAL(snapshot_revision(&w.f), begun);
		check_crash(&w);
		fixture_fini(&w.f);
	}
}

static void a_crash_while_it_is_written_leaves_the_older_one(void)
{
	struct world w;

	fill(&w);
	commit_until_one_begins(&w);
	(void)loop_turn(w.f.loop);
	commit_something(&w);
	(void)loop_turn(w.f.loop);
	CU_ASSERT(is_being_written(&w));
	CU_ASSERT_EQUAL(snapshot_revision(&w.f), 1);
	check_crash(&w);
	fixture_fini(&w.f);
}

/* The walk stands on one unit after the other while all of them go. */
static void what_is_removed_under_the_walk_is_left(void)
{
	struct world w;
	char line[32];

	fill(&w);
	commit_until_one_begins(&w);
	(void)loop_turn(w.f.loop);
	for (uint32_t t = 0; t < TENANTS; t++) {
		if (!w.has[t][VPCS])
			continue;
		snprintf(line, sizeof(line), "no tenant t%u\n", t);
		commit(&w, line);
		(void)loop_turn(w.f.loop);
	}
	while (is_being_written(&w))
		(void)loop_turn(w.f.loop);
	check_crash(&w);
	fixture_fini(&w.f);
}

/* How often the snapshot has a tenant. */
static uint32_t count_in_snapshot(struct world *w, uint32_t tenant)
{
	FILE *in = fopen(fixture_file(&w->f, "running.json"), "r");
	char line[4096];
	char name[32];
	uint32_t n = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(in);
	snprintf(name, sizeof(name), "\"name\": \"t%u\"", tenant);
	while (fgets(line, sizeof(line), in))
		n += strstr(line, name) != NULL;
	(void)fclose(in);
	return n;
}

/* libyang puts what comes back at the end, so the walk meets it a second time. */
static void what_goes_and_comes_back_is_in_it_once(void)
{
	struct world w;
	char line[64];

	fill(&w);
	commit_until_one_begins(&w);
	for (uint32_t k = 0; k < 3; k++)
		(void)loop_turn(w.f.loop);
	for (uint32_t t = 0; t < TENANTS; t++) {
		snprintf(line, sizeof(line), "no tenant t%u\n", t);
		if (w.has[t][VPCS])
			commit(&w, line);
		snprintf(line, sizeof(line), "tenant t%u vpc again\n", t);
		commit(&w, line);
	}
	CU_ASSERT(is_being_written(&w));
	while (is_being_written(&w))
		(void)loop_turn(w.f.loop);
	for (uint32_t t = 0; t < TENANTS; t++)
		CU_ASSERT(count_in_snapshot(&w, t) <= 1);
	check_crash(&w);
	fixture_fini(&w.f);
}

static void a_stop_while_it_is_written_writes_the_newest(void)
{
	struct world w;
	char *before;
	char *after;

	fill(&w);
	commit_until_one_begins(&w);
	(void)loop_turn(w.f.loop);
	commit_something(&w);
	before = fixture_text(&w.f);
	fixture_restart(&w.f);
	CU_ASSERT_EQUAL(snapshot_revision(&w.f), w.n_commits + 1);
	CU_ASSERT_EQUAL_FATAL(fixture_start(&w.f, NULL, false, NULL), 0);
	after = fixture_text(&w.f);
	CU_ASSERT_STRING_EQUAL(before, after);
	free(before);
	free(after);
	fixture_fini(&w.f);
}

static const struct cu_case cases[] = {
	CU_CASE(a_large_configuration_is_snapshotted_before_its_records_go),
	CU_CASE(a_small_configuration_is_snapshotted_early),
	CU_CASE(a_snapshot_is_written_in_slices_of_the_loop),
	CU_CASE(commits_while_it_is_written_are_not_lost),
	CU_CASE(a_crash_while_it_is_written_leaves_the_older_one),
	CU_CASE(what_is_removed_under_the_walk_is_left),
	CU_CASE(what_goes_and_comes_back_is_in_it_once),
	CU_CASE(a_stop_while_it_is_written_writes_the_newest),
};

CU_SUITE(snapshot, cases);
