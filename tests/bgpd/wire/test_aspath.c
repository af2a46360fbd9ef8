/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AS paths: counting, looking, prepending, printing; random paths against a naive model.
 */
#include <stdlib.h>
#include <string.h>

#include "bgpd/wire/aspath.h"
#include "tests/cu_main.h"

extern const struct cu_suite suite_aspath;

#define PATH(...) \
	path_of((const uint32_t[]){ __VA_ARGS__ }, sizeof((const uint32_t[]){ __VA_ARGS__ }) / 4)

static uint8_t store[65536];

/* From words: type, count, numbers, and again. */
static struct octets path_of(const uint32_t *w, size_t n)
{
	struct cursor_w c = cursor_w_make(store, sizeof(store));

	for (size_t i = 0; i + 1 < n;) {
		uint32_t count = w[i + 1];

		cursor_w_u8(&c, (uint8_t)w[i]);
		cursor_w_u8(&c, (uint8_t)count);
		for (i += 2; count--; i++)
			cursor_w_u32(&c, w[i]);
	}
	CU_ASSERT_FATAL(!c.fault);
	return (struct octets){ store, (uint16_t)cursor_w_len(&c) };
}

/* RFC 4271 9.1.2.2 a, 5065 5.3. */
static void a_path_is_measured_as_the_decision_process_wants(void)
{
	CU_ASSERT(aspath_length((struct octets){ 0 }) == 0);
	CU_ASSERT(aspath_length(PATH(2, 3, 1, 2, 3)) == 3);
	CU_ASSERT(aspath_length(PATH(2, 1, 1, 1, 3, 7, 8, 9)) == 2);
	CU_ASSERT(aspath_length(PATH(3, 2, 1, 2, 4, 2, 5, 6, 2, 1, 9)) == 1);
}

/* RFC 4271 9.1.2.2 c. */
static void first_and_origin_are_unknown_behind_a_set(void)
{
	CU_ASSERT(aspath_first((struct octets){ 0 }) == 0);
	CU_ASSERT(aspath_origin((struct octets){ 0 }) == 0);
	CU_ASSERT(aspath_first(PATH(2, 2, 65001, 65002)) == 65001);
	CU_ASSERT(aspath_origin(PATH(2, 2, 65001, 65002)) == 65002);
	CU_ASSERT(aspath_first(PATH(1, 1, 7, 2, 1, 8)) == 0);
	CU_ASSERT(aspath_origin(PATH(2, 1, 8, 1, 1, 7)) == 0);
	CU_ASSERT(aspath_first(PATH(3, 1, 7, 2, 1, 8)) == 8);
	CU_ASSERT(aspath_has_set(PATH(2, 1, 8, 1, 1, 7)));
	CU_ASSERT(!aspath_has_set(PATH(2, 1, 8)));
}

static void loops_are_counted_in_every_segment_of_their_kind(void)
{
	CU_ASSERT(aspath_count(PATH(2, 3, 5, 6, 5, 1, 1, 5, 3, 1, 5), 5) == 3);
	CU_ASSERT(aspath_count(PATH(2, 3, 5, 6, 5), 7) == 0);
	CU_ASSERT(aspath_count_confed(PATH(3, 2, 5, 6, 2, 1, 5, 4, 2, 7, 5), 5) == 2);
	CU_ASSERT(aspath_count_confed(PATH(2, 1, 5), 5) == 0);
}

static void the_neighbouring_member_stands_in_front(void)
{
	CU_ASSERT(aspath_first_member(PATH(3, 2, 65002, 65003, 2, 1, 7)) == 65002);
	CU_ASSERT(aspath_first_member(PATH(2, 1, 7, 3, 1, 65002)) == 0);
	CU_ASSERT(aspath_first_member(PATH(4, 1, 65002)) == 0);
	CU_ASSERT(aspath_first_member((struct octets){ 0 }) == 0);
}

/* One path through each way of changing it; "but" 64600, "by" 100. */
struct change_row {
	uint32_t words[24]; /* as PATH */
	size_t n;
	const char *replaced; /* 64600 by 100 */
	const char *whole;    /* "private": nothing but private numbers */
	const char *stripped;
	const char *substituted;
};

#define ROW(...) { __VA_ARGS__ }, sizeof((const uint32_t[]){ __VA_ARGS__ }) / 4

static const struct change_row changes[] = {
	{ ROW(2, 3, 64512, 7, 65534), "64512 7 65534", "", "7", "100 7 100" },
	{ ROW(2, 2, 64511, 65535), "64511 65535", "", "64511 65535", "64511 65535" },
	{ ROW(2, 3, 4199999999u, 4200000000u, 4294967294u), "4199999999 4200000000 4294967294", "",
		"4199999999", "4199999999 100 100" },
	{ ROW(2, 1, 4294967295u), "4294967295", "", "4294967295", "4294967295" },
	{ ROW(2, 2, 64513, 4200000001u), "64513 4200000001", "private", "", "100 100" },
	/* every occurrence, wherever it stands; the neighbour's own number is never "private" */
	{ ROW(2, 3, 64600, 7, 64600), "100 7 100", "", "64600 7 64600", "64600 7 64600" },
	{ ROW(2, 2, 64600, 64513), "100 64513", "private", "64600", "64600 100" },
	/* sets lose members, and go when none is left */
	{ ROW(2, 1, 7, 1, 2, 64513, 9), "7 {64513,9}", "", "7 {9}", "7 {100,9}" },
	{ ROW(2, 1, 64513, 1, 2, 64514, 64515, 2, 1, 64516), "64513 {64514,64515} 64516", "private",
		"", "100 {100,100} 100" },
	{ ROW(1, 2, 64600, 8), "{100,8}", "", "{64600,8}", "{64600,8}" },
	/* the confederation's numbers are not of this world */
	{ ROW(3, 2, 64513, 64600, 2, 1, 64514, 4, 1, 64515), "(64513 64600) 64514 [64515]",
		"private", "(64513 64600) [64515]", "(64513 64600) 100 [64515]" },
	{ ROW(3, 1, 64513), "(64513)", "", "(64513)", "(64513)" },
};

static bool reads(struct octets path, const char *want)
{
	char text[128];

	return strcmp(aspath_format(path, text, sizeof(text)), want) == 0;
}

/* RFC 6996 5, 7300. */
static void numbers_change_where_they_stand(void)
{
	struct arena *a = arena_new(256);

	for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
		const struct change_row *r = &changes[i];
		const struct octets path = path_of(r->words, r->n);

		CU_ASSERT_TRUE(reads(aspath_replace(a, path, 64600, 100), r->replaced));
		CU_ASSERT_EQUAL(aspath_is_private(path), r->whole[0] != '\0');
		CU_ASSERT_TRUE(reads(aspath_strip_private(a, path, 64600), r->stripped));
		CU_ASSERT_TRUE(reads(aspath_replace_private(a, path, 64600, 100), r->substituted));
	}
	CU_ASSERT_FALSE(aspath_is_private((struct octets){ 0 }));
	arena_free(a);
}

static void what_needs_no_change_is_not_copied(void)
{
	struct arena *a = arena_new(256);
	const struct octets path = PATH(2, 2, 7, 64600, 3, 1, 64513);
	const struct octets plain = { path.p, 10 };

	CU_ASSERT_PTR_EQUAL(aspath_replace(a, path, 64513, 1).p, path.p);
	CU_ASSERT_PTR_EQUAL(aspath_strip_private(a, path, 64600).p, path.p);
	CU_ASSERT_PTR_EQUAL(aspath_replace_private(a, path, 64600, 1).p, path.p);
	CU_ASSERT_PTR_EQUAL(aspath_strip_confed(a, plain).p, plain.p);
	arena_free(a);
}

static void the_confederation_is_stripped_wherever_it_stands(void)
{
	struct arena *a = arena_new(256);

	CU_ASSERT_TRUE(reads(aspath_strip_confed(a, PATH(3, 2, 1, 2, 4, 1, 3, 2, 2, 7, 8)), "7 8"));
	CU_ASSERT_TRUE(reads(aspath_strip_confed(a, PATH(2, 1, 7, 3, 1, 2, 2, 1, 8)), "7 8"));
	CU_ASSERT_TRUE(reads(aspath_strip_confed(a, PATH(3, 1, 1)), ""));
	CU_ASSERT_TRUE(reads(aspath_prepend_member(a, PATH(3, 1, 2, 2, 1, 7), 1), "(1 2) 7"));
	CU_ASSERT_TRUE(reads(aspath_prepend_member(a, PATH(2, 1, 7), 1), "(1) 7"));
	CU_ASSERT_TRUE(reads(aspath_prepend_member(a, (struct octets){ 0 }, 1), "(1)"));
	CU_ASSERT_TRUE(reads(aspath_prepend(a, PATH(3, 1, 2, 2, 1, 7), 1, 1), "1 (2) 7"));
	arena_free(a);
}

static void full_segments_change_as_others_do(void)
{
	struct arena *a = arena_new(4096);
	struct octets path = { 0 };

	path = aspath_prepend(a, path, 64513, 255);
	path = aspath_prepend(a, path, 7, 256);
	path = aspath_prepend(a, path, 64600, 255); /* 254 of them fill up the segment of one 7 */
	CU_ASSERT_EQUAL(path.len, 4 * 2 + (255 + 256 + 255) * 4);
	CU_ASSERT_EQUAL(aspath_count(aspath_replace(a, path, 64600, 9), 9), 255);
	CU_ASSERT_EQUAL(aspath_replace(a, path, 64600, 9).len, path.len);
	CU_ASSERT_EQUAL(aspath_length(aspath_strip_private(a, path, 0)), 256);
	CU_ASSERT_EQUAL(aspath_length(aspath_strip_private(a, path, 64600)), 511);
	CU_ASSERT_EQUAL(aspath_count(aspath_replace_private(a, path, 64600, 5), 5), 255);
	for (uint32_t i = 0; i < 300; i++)
		path = aspath_prepend_member(a, path, 64513 + i % 2);
	CU_ASSERT_EQUAL(aspath_count_confed(path, 64513), 150);
	CU_ASSERT_EQUAL(aspath_first_member(path), 64514);
	CU_ASSERT_EQUAL(aspath_length(aspath_strip_confed(a, path)), 766);
	arena_free(a);
}

static void a_path_is_printed_with_marks_for_each_segment_type(void)
{
	char text[64];

	CU_ASSERT_STRING_EQUAL(aspath_format(PATH(2, 2, 65001, 65002, 1, 2, 1, 2, 3, 2, 3, 4, 4, 2,
						     5, 6),
				       text, sizeof(text)),
		"65001 65002 {1,2} (3 4) [5,6]");
	CU_ASSERT_STRING_EQUAL(aspath_format((struct octets){ 0 }, text, sizeof(text)), "");
	CU_ASSERT_STRING_EQUAL(aspath_format(PATH(2, 1, 4294967295u), text, sizeof(text)),
		"4294967295");
}

static void printing_stops_at_the_end_of_the_buffer(void)
{
	const struct octets path = PATH(2, 3, 65001, 65002, 65003);

	for (size_t size = 1; size < 20; size++) {
		char *text = malloc(size);

		aspath_format(path, text, size);
		CU_ASSERT(strncmp(text, "65001 65002 65003", strlen(text)) == 0);
		CU_ASSERT(strlen(text) == (size - 1 < 17 ? size - 1 : 17));
		free(text);
	}
}

/* RFC 4271 5.1.2. */
static void prepending_joins_the_first_sequence(void)
{
	struct arena *a = arena_new(256);
	char text[64];

	CU_ASSERT_STRING_EQUAL(aspath_format(aspath_prepend(a, PATH(2, 1, 2), 1, 2), text,
				       sizeof(text)),
		"1 1 2");
	CU_ASSERT_STRING_EQUAL(aspath_format(aspath_prepend(a, PATH(1, 1, 2), 1, 1), text,
				       sizeof(text)),
		"1 {2}");
	CU_ASSERT_STRING_EQUAL(aspath_format(aspath_prepend(a, (struct octets){ 0 }, 1, 1), text,
				       sizeof(text)),
		"1");
	CU_ASSERT(aspath_prepend(a, PATH(2, 1, 2), 1, 0).len == 6);
	CU_ASSERT(aspath_prepend(a, PATH(2, 1, 2), 1, 1).p[1] == 2);
	arena_free(a);
}

/* RFC 4271 5.1.2. */
static void prepending_opens_segments_when_the_first_is_full(void)
{
	struct arena *a = arena_new(256);
	struct octets path = { 0 };

	for (uint32_t total = 0, n; total < 3000; total += n) {
		struct aspath_iter it;
		uint32_t seen = 0;

		n = 1 + cu_random_below(600);
		path = aspath_prepend(a, path, total + 1, n);
		CU_ASSERT(aspath_length(path) == total + n);
		CU_ASSERT(aspath_first(path) == total + 1);
		CU_ASSERT(aspath_count(path, total + 1) == n);
		aspath_iter_init(&it, path);
		while (aspath_iter_next(&it)) {
			CU_ASSERT(it.type == BGP_AS_SEQUENCE && it.count > 0);
			seen += it.count;
		}
		CU_ASSERT(it.off == path.len && seen == total + n);
	}
	arena_free(a);
}

static void prepending_ends_where_an_attribute_must_end(void)
{
	struct arena *a = arena_new(256);
	struct octets path = aspath_prepend(a, (struct octets){ 0 }, 7, UINT32_MAX);

	CU_ASSERT(path.len > UINT16_MAX - 8);
	CU_ASSERT(aspath_count(path, 7) == aspath_length(path));
	CU_ASSERT(aspath_length(aspath_prepend(a, path, 8, 5)) - aspath_length(path) <= 1);
	arena_free(a);
}

static void any_octets_can_be_walked(void)
{
	struct arena *a = arena_new(256);

	for (int round = 0; round < 2000; round++) {
		uint16_t len = (uint16_t)cu_random_below(64);
		uint8_t *p = malloc(len + 1u);
		struct octets path = { p, len };
		char text[32];

		for (unsigned int i = 0; i < len; i++)
			p[i] = (uint8_t)cu_random_below(i % 3 ? 256 : 6);
		(void)aspath_length(path);
		(void)aspath_first(path);
		(void)aspath_origin(path);
		(void)aspath_count(path, 1);
		(void)aspath_count_confed(path, 1);
		(void)aspath_first_member(path);
		(void)aspath_is_private(path);
		CU_ASSERT(aspath_replace(a, path, 1, 2).len <= len);
		CU_ASSERT(aspath_strip_private(a, path, 0).len <= len);
		CU_ASSERT(aspath_strip_confed(a, path).len <= len);
		arena_reset(a);
		CU_ASSERT(strlen(aspath_format(path, text, sizeof(text))) < sizeof(text));
		free(p);
	}
	arena_free(a);
}

static const struct cu_case cases[] = {
	CU_CASE(a_path_is_measured_as_the_decision_process_wants),
	CU_CASE(first_and_origin_are_unknown_behind_a_set),
	CU_CASE(loops_are_counted_in_every_segment_of_their_kind),
	CU_CASE(the_neighbouring_member_stands_in_front),
	CU_CASE(numbers_change_where_they_stand),
	CU_CASE(what_needs_no_change_is_not_copied),
	CU_CASE(the_confederation_is_stripped_wherever_it_stands),
	CU_CASE(full_segments_change_as_others_do),
	CU_CASE(a_path_is_printed_with_marks_for_each_segment_type),
	CU_CASE(printing_stops_at_the_end_of_the_buffer),
	CU_CASE(prepending_joins_the_first_sequence),
	CU_CASE(prepending_opens_segments_when_the_first_is_full),
	CU_CASE(prepending_ends_where_an_attribute_must_end),
	CU_CASE(any_octets_can_be_walked),
};

CU_SUITE(aspath, cases);
