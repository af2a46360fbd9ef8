/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Expressions over AS paths: translation, matches, faults, limits; lists and what is remembered of
 * them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bgpd/policy/list/aspath_list.h"
#include "bgpd/policy/scratch.h"
#include "bgpd/wire/aspath.h"
#include "lib/base/monotime.h"
#include "lib/base/xalloc.h"
#include "lib/ds/arena.h"
#include "tests/bgpd/policy/paths.h"
#include "tests/cu_main.h"

#define B "(?:^|$|[][\\x20,{}()])" /* a boundary */
#define C "\\]\\[\\x20,{}()"       /* in a class */

static const struct {
	const char *in;
	const char *out;
} translations[] = {
	{ "", "" },
	{ "^65001$", "^65001$" },
	{ "_65001_", B "65001" B },
	{ "a\\_b", "a\\_b" },
	{ "[_0-9]_", "[" C "0-9]" B },
	{ "[^_]+", "[^" C "]+" },
	{ "[]_]_", "[]" C "]" B },
	{ "[^]_]_", "[^]" C "]" B },
	{ "[[:digit:]_]_", "[[:digit:]" C "]" B },
	{ "[\\]_]_", "[\\]" C "]" B },
	{ "[\\_]", "[\\_]" },
	{ "\\Q_[\\E_", "\\Q_[\\E" B },
	{ "\\Q_", "\\Q_" },
	{ "(?#a_b)_", "(?#a_b)" B },
	{ "(?:_1)", "(?:" B "1)" },
	{ "(_1|2_)", "(" B "1|2" B ")" },
	{ "(?<a_b>1)_", "(?<a_b>1)" B },
	{ "(?P<a_b>1)_", "(?P<a_b>1)" B },
	{ "(?P<a_b>1)(?P>a_b)_", "(?P<a_b>1)(?P>a_b)" B },
	{ "(?'a_b'1)_", "(?'a_b'1)" B },
	{ "(?!_)1", "(?!" B ")1" },
	{ "(?<a_b>1)(?&a_b)_", "(?<a_b>1)(?&a_b)" B },
	{ "(*MARK:a_b)_", "(*MARK:a_b)" B },
	{ "(?<a_b>1)\\k{a_b}_", "(?<a_b>1)\\k{a_b}" B },
	{ "(?<a_b>1)\\g<a_b>_", "(?<a_b>1)\\g<a_b>" B },
	{ "_{2}", B "{2}" },
};

static struct aspath_regex *regex(const char *text)
{
	struct errbuf err;
	struct aspath_regex *re;

	errbuf_init(&err);
	re = aspath_regex_new(text, NULL, &err);
	if (!re)
		printf("# %s\n", errbuf_first(&err));
	errbuf_fini(&err);
	return re;
}

static void underscores_are_translated_where_they_mean_a_boundary(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(translations); i++) {
		struct errbuf err;
		struct aspath_regex *re;

		errbuf_init(&err);
		re = aspath_regex_new(translations[i].in, NULL, &err);
		if (!re || strcmp(aspath_regex_translated(re), translations[i].out) != 0)
			printf("# %s: %s\n", translations[i].in,
				re ? aspath_regex_translated(re) : errbuf_first(&err));
		CU_ASSERT_PTR_NOT_NULL_FATAL(re);
		CU_ASSERT_STRING_EQUAL(aspath_regex_translated(re), translations[i].out);
		aspath_regex_unref(re);
		errbuf_fini(&err);
	}
}

static const struct {
	const char *regex;
	const char *path;
	bool matches;
} matches[] = {
	{ "^$", "", true },
	{ "^$", "65001", false },
	{ "_65001_", "65001", true },
	{ "_65001_", "1 65001 2", true },
	{ "_65001_", "165001 650011", false },
	{ "_65001_", "1 {65001,2}", true },
	{ "_65001_", "1 {2,65001}", true },
	{ "_65001_", "(65001 7) 1", true },
	{ "_65001_", "[7,65001] 1", true },
	{ "^65001_", "65001 2", true },
	{ "^65001_", "650012", false },
	{ "_65002$", "65001 65002", true },
	{ "_65002$", "65001 165002", false },
	{ "^65001_65002$", "65001 65002", true },
	{ "^65001_65002$", "65001 1 65002", false },
	{ "^[0-9]+_[0-9]+$", "65001 65002", true },
	{ "^[^_]+_[^_]+$", "65001 65002", true },
	{ "^[^_]+_[^_]+$", "65001 65002 65003", false },
	{ "^(65001_)+$", "65001 65001 65001", true },
	{ "^(65001_)+$", "65001 65002 65001", false },
	{ "\\{1,2\\}", "7 {1,2}", true },
	{ "^65001( [0-9]+){0,2}$", "65001 4200000000 9", true },
	{ ".", "", false },
	{ "", "", true },
	{ "_(174|3356|1299)_", "65001 3356 65002", true },
	{ "_(174|3356|1299)_", "65001 33560 65002", false },
	{ "^(?!65001_)", "65001 2", false },
	{ "^(?!65001_)", "65002 2", true },
};

static void expressions_match_as_the_table_says(void)
{
	struct policy_scratch *s = policy_scratch_new();
	struct arena *a = arena_new(4096);

	for (size_t i = 0; i < ARRAY_SIZE(matches); i++) {
		struct aspath_regex *re = regex(matches[i].regex);
		const char *text;
		size_t len;
		enum aspath_verdict v;

		CU_ASSERT_PTR_NOT_NULL_FATAL(re);
		text = scratch_path_text(s, 0, path_of(a, matches[i].path), &len);
		CU_ASSERT_STRING_EQUAL(text, matches[i].path);
		CU_ASSERT_EQUAL(len, strlen(text));
		v = aspath_regex_match(re, text, len, s);
		CU_ASSERT_EQUAL(v, matches[i].matches ? ASPATH_VERDICT_YES : ASPATH_VERDICT_NO);
		if ((v == ASPATH_VERDICT_YES) != matches[i].matches)
			printf("# %s on %s\n", matches[i].regex, matches[i].path);
		aspath_regex_unref(re);
	}
	arena_free(a);
	policy_scratch_free(s);
}

static const struct {
	const char *text;
	const char *why;
} faults[] = {
	{ "_(65001",
		"\"_(65001\" is wrong at character 8: missing closing parenthesis: correct it" },
	{ "_1_)_", "at character 4: unmatched closing parenthesis" },
	{ "__*_+_[0-9", "at character 11: missing terminating ]" },
	{ "+1", "at character 1: quantifier does not follow a repeatable item" },
	{ "(?<=_)1", "at character 1: lookbehind assertion is not fixed length" },
	{ "(1)_\\1", "at character 6: reference to non-existent subpattern" },
	{ "(*UTF)1", "(*UTF)" },
};

static void a_fault_is_shown_in_the_text_that_was_typed(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(faults); i++) {
		struct errbuf err;

		errbuf_init(&err);
		CU_ASSERT_PTR_NULL(aspath_regex_new(faults[i].text, "/p", &err));
		if (!strstr(errbuf_first(&err), faults[i].why))
			printf("# %s\n", errbuf_first(&err));
		CU_ASSERT_PTR_NOT_NULL(strstr(errbuf_first(&err), faults[i].why));
		errbuf_fini(&err);
	}
}

/* "65001 65001 ... 7 9", with n numbers before the last two. */
static struct octets long_path(struct arena *a, unsigned n)
{
	return aspath_prepend(a, path_of(a, "7 9"), 65001, n);
}

static struct policy_list *list_of(const char *const *texts, const bool *permit, uint32_t n)
{
	struct policy_aspath_rule rules[8];
	char name[] = "l";
	const struct policy_aspath_list conf = { name, rules, n };
	struct policy_list *l;

	for (uint32_t i = 0; i < n; i++)
		rules[i] = (struct policy_aspath_rule){ 10 * (n - i), permit[i], regex(texts[i]) };
	l = aspath_list_new(&conf);
	for (uint32_t i = 0; i < n; i++)
		aspath_regex_unref(rules[i].regex);
	return l;
}

static void too_much_work_is_given_up_and_denied(void)
{
	/* The last rule of the table comes first: by seq. */
	static const char *const texts[] = { "", "^((65001|6500|1)+_?)+7$" };
	static const bool permit[] = { true, true };
	struct policy_list *l = list_of(texts, permit, 2);
	struct policy_scratch *s = policy_scratch_new();
	struct arena *a = arena_new(4096);
	struct policy_scratch_stats st;
	const struct octets path = long_path(a, 2000);
	struct mono start = mono_now();

	CU_ASSERT_FALSE(aspath_list_permits(l, path, 1, s));
	policy_scratch_stats(s, &st);
	CU_ASSERT_EQUAL(st.gave_up, 1);
	/* A sanitizer and a loaded machine included; without a limit it takes years. */
	CU_ASSERT(mono_sub_us(mono_now(), start) < 500000);
	CU_ASSERT_FALSE(aspath_list_permits(l, path, 1, s));
	policy_scratch_stats(s, &st);
	CU_ASSERT_EQUAL(st.gave_up, 1); /* remembered */
	CU_ASSERT_TRUE(aspath_list_permits(l, path_of(a, "1 2"), 2, s));
	aspath_list_free(l);
	arena_free(a);
	policy_scratch_free(s);
}

static void a_long_path_is_matched_whole(void)
{
	static const char *const texts[] = { "^(65001_)*7 9$" };
	static const bool permit[] = { true };
	struct policy_list *l = list_of(texts, permit, 1);
	struct policy_scratch *s = policy_scratch_new();
	struct arena *a = arena_new(4096);

	CU_ASSERT_TRUE(aspath_list_permits(l, long_path(a, 200), 1, s));
	aspath_list_free(l);
	l = list_of((const char *const[]){ "_7_8$" }, permit, 1);
	CU_ASSERT_FALSE(aspath_list_permits(l, long_path(a, 10000), 2, s));
	CU_ASSERT_TRUE(aspath_list_permits(l,
		aspath_prepend(a, path_of(a, "7 8"), 4200000000, 10000), 3, s));
	aspath_list_free(l);
	arena_free(a);
	policy_scratch_free(s);
}

static void the_rule_of_lowest_number_that_matches_decides(void)
{
	static const char *const texts[] = { "_3_", "_2_", "_1_" }; /* seq 30, 20, 10 */
	static const bool permit[] = { true, false, true };
	struct policy_list *l = list_of(texts, permit, 3);
	struct policy_scratch *s = policy_scratch_new();
	struct arena *a = arena_new(4096);

	CU_ASSERT_TRUE(aspath_list_permits(l, path_of(a, "3 2 1"), 0, s));
	CU_ASSERT_FALSE(aspath_list_permits(l, path_of(a, "3 2"), 0, s));
	CU_ASSERT_TRUE(aspath_list_permits(l, path_of(a, "3"), 0, s));
	CU_ASSERT_FALSE(aspath_list_permits(l, path_of(a, "4"), 0, s));
	aspath_list_free(l);
	arena_free(a);
	policy_scratch_free(s);
}

#define PATHS 5000
#define LISTS 3

/* Does an AS number stand in it? */
static bool naive(uint32_t as, struct octets path)
{
	return aspath_count(path, as) > 0;
}

static void what_is_remembered_is_what_would_be_found(void)
{
	static const uint32_t wanted[LISTS] = { 1, 2, 33 };
	static const bool permit[] = { true };
	struct policy_list *l[LISTS];
	struct policy_scratch *s = policy_scratch_new();
	struct arena *a = arena_new(4096);
	struct octets path[PATHS];
	struct policy_scratch_stats st;

	for (unsigned i = 0; i < LISTS; i++) {
		char text[16];

		snprintf(text, sizeof(text), "_%u_", wanted[i]);
		l[i] = list_of((const char *const[]){ text }, permit, 1);
	}
	for (unsigned i = 0; i < PATHS; i++) {
		char text[64];

		snprintf(text, sizeof(text), "%u %u {%u,%u}", cu_random_below(4),
			cu_random_below(40), cu_random_below(4), cu_random_below(400));
		path[i] = path_of(a, text);
	}
	for (unsigned i = 0; i < 10 * PATHS; i++) {
		const unsigned p = i % 2 ? cu_random_below(PATHS) : cu_random_below(100);
		const unsigned k = cu_random_below(LISTS);

		CU_ASSERT_EQUAL_FATAL(aspath_list_permits(l[k], path[p], p + 1, s),
			naive(wanted[k], path[p]));
	}
	policy_scratch_stats(s, &st);
	CU_ASSERT_TRUE(st.hits > 5 * PATHS);
	CU_ASSERT_EQUAL(st.hits + st.misses, 10 * PATHS);
	for (unsigned i = 0; i < LISTS; i++)
		aspath_list_free(l[i]);
	arena_free(a);
	policy_scratch_free(s);
}

static void lists_of_the_same_rules_have_the_same_digest(void)
{
	static const bool permit[] = { true, false };
	struct policy_list *a = list_of((const char *const[]){ "1", "2" }, permit, 2);
	struct policy_list *b = list_of((const char *const[]){ "1", "2" }, permit, 2);
	struct policy_list *c = list_of((const char *const[]){ "12", "" }, permit, 2);

	CU_ASSERT_EQUAL(a->digest, b->digest);
	CU_ASSERT_NOT_EQUAL(a->digest, c->digest);
	aspath_list_free(a);
	aspath_list_free(b);
	aspath_list_free(c);
}

static const struct cu_case cases[] = {
	CU_CASE(underscores_are_translated_where_they_mean_a_boundary),
	CU_CASE(expressions_match_as_the_table_says),
	CU_CASE(a_fault_is_shown_in_the_text_that_was_typed),
	CU_CASE(too_much_work_is_given_up_and_denied),
	CU_CASE(a_long_path_is_matched_whole),
	CU_CASE(the_rule_of_lowest_number_that_matches_decides),
	CU_CASE(what_is_remembered_is_what_would_be_found),
	CU_CASE(lists_of_the_same_rules_have_the_same_digest),
};
CU_SUITE(aspath_list, cases);
