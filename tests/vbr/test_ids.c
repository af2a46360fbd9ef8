/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers against a naive table, over restarts, and from damaged files.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/cu_main.h"
#include "tests/vbr/dir.h"
#include "vbr/ids.h"

#define NAMES 40

static struct ids *reopen(struct ids *i, const char *dir)
{
	struct errbuf err;

	errbuf_init(&err);
	if (i != NULL)
		CU_ASSERT_EQUAL(ids_save(i, &err), 0);
	ids_close(i);
	i = ids_open(dir, &err);
	CU_ASSERT_PTR_NOT_NULL_FATAL(i);
	CU_ASSERT(errbuf_is_empty(&err));
	errbuf_fini(&err);
	return i;
}

static void a_name_keeps_its_number_over_restarts(void)
{
	const char *dir = dir_new();
	struct ids *i = reopen(NULL, dir);
	uint32_t want[NAMES] = { 0 };

	for (int step = 0; step < 2000; step++) {
		uint32_t k = cu_random_below(NAMES);
		char name[32];

		snprintf(name, sizeof(name), "t/vbr/n-%u", k);
		CU_ASSERT_EQUAL(ids_find(i, name), want[k]);
		if (cu_random_below(3) == 0) {
			ids_release(i, name);
			want[k] = 0;
		} else {
			uint32_t v = ids_get(i, name);

			CU_ASSERT(want[k] == 0 || want[k] == v);
			for (uint32_t o = 0; o < NAMES; o++)
				CU_ASSERT(o == k || want[o] != v);
			want[k] = v;
		}
		if (cu_random_below(50) == 0)
			i = reopen(i, dir);
	}
	ids_close(i);
	dir_remove(dir);
}

static void a_released_number_is_the_last_to_be_given_again(void)
{
	struct ids *i = ids_open(NULL, NULL);
	uint32_t a = ids_get(i, "a");

	ids_release(i, "a");
	CU_ASSERT(ids_get(i, "b") != a);
	CU_ASSERT(ids_get(i, "a") != a);
	ids_close(i);
}

static void numbers_go_round_at_their_end(void)
{
	const char *dir = dir_new();
	struct ids *i;

	dir_write(dir, "table-ids", "999999 last\n1 first\n", 20);
	i = reopen(NULL, dir);
	CU_ASSERT_EQUAL(ids_get(i, "next"), 2);
	CU_ASSERT_EQUAL(ids_find(i, "last"), 999999);
	ids_close(i);
	dir_remove(dir);
}

static bool is_kept(void *ctx, const char *name)
{
	return strcmp(name, ctx) == 0;
}

static void retaining_releases_the_others(void)
{
	struct ids *i = ids_open(NULL, NULL);
	char keep[] = "b";
	uint32_t b;

	(void)ids_get(i, "a");
	b = ids_get(i, "b");
	(void)ids_get(i, "c");
	ids_retain(i, is_kept, keep);
	CU_ASSERT_EQUAL(ids_find(i, "a"), 0);
	CU_ASSERT_EQUAL(ids_find(i, "b"), b);
	CU_ASSERT_EQUAL(ids_find(i, "c"), 0);
	ids_close(i);
}

static void a_damaged_file_is_refused_with_its_path(void)
{
	static const char *const texts[] = {
		"rubbish\n",
		"1 a\n1 b\n",
		"1 a\n2 a\n",
		"0 a\n",
		"1000000 a\n",
		"4294967297 a\n",
		"1 a b\n",
		"1\n",
	};

	for (size_t k = 0; k < ARRAY_SIZE(texts); k++) {
		const char *dir = dir_new();
		struct errbuf err;

		dir_write(dir, "table-ids", texts[k], strlen(texts[k]));
		errbuf_init(&err);
		CU_ASSERT_PTR_NULL(ids_open(dir, &err));
		CU_ASSERT_PTR_NOT_NULL_FATAL(errbuf_first(&err));
		CU_ASSERT_PTR_NOT_NULL(strstr(errbuf_first(&err), "/table-ids: "));
		CU_ASSERT_PTR_NOT_NULL(strstr(errbuf_first(&err), "restore it, or delete it"));
		errbuf_fini(&err);
		dir_remove(dir);
	}
}

static void a_directory_that_is_gone_fails_the_save_and_keeps_the_numbers(void)
{
	const char *dir = dir_new();
	struct ids *i = reopen(NULL, dir);
	struct errbuf err;
	uint32_t v = ids_get(i, "a");

	dir_remove(dir);
	errbuf_init(&err);
	CU_ASSERT(ids_save(i, &err) < 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(errbuf_first(&err), "cannot write"));
	CU_ASSERT_EQUAL(ids_find(i, "a"), v);
	errbuf_fini(&err);
	ids_close(i);
}

static const struct cu_case cases[] = {
	CU_CASE(a_name_keeps_its_number_over_restarts),
	CU_CASE(a_released_number_is_the_last_to_be_given_again),
	CU_CASE(numbers_go_round_at_their_end),
	CU_CASE(retaining_releases_the_others),
	CU_CASE(a_damaged_file_is_refused_with_its_path),
	CU_CASE(a_directory_that_is_gone_fails_the_save_and_keeps_the_numbers),
};
CU_SUITE(ids, cases);
