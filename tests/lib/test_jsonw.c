/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON text: nesting, commas, escapes, and hostile strings.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/decimal.h"
#include "lib/io/jsonw.h"
#include "tests/cu_main.h"

struct text {
	char buf[4096];
	size_t len;
};

static void append(void *ctx, const char *p, size_t len)
{
	struct text *t = ctx;

	CU_ASSERT_FATAL(t->len + len < sizeof(t->buf));
	memcpy(t->buf + t->len, p, len);
	t->len += len;
	t->buf[t->len] = '\0';
}

static void write_sample(struct jsonw *j)
{
	jsonw_object(j);
	jsonw_key(j, "routes");
	jsonw_array(j);
	jsonw_object(j);
	jsonw_key(j, "prefix");
	jsonw_string(j, "10.0.0.0/8");
	jsonw_key(j, "as-path");
	jsonw_array(j);
	jsonw_u64(j, 65001);
	jsonw_u64(j, 4200000000);
	jsonw_array_end(j);
	jsonw_object_end(j);
	jsonw_array(j);
	jsonw_array_end(j);
	jsonw_array_end(j);
	jsonw_key(j, "best");
	jsonw_bool(j, true);
	jsonw_key(j, "med");
	jsonw_null(j);
	CU_ASSERT_FALSE(jsonw_is_done(j));
	jsonw_object_end(j);
	CU_ASSERT(jsonw_is_done(j));
}

static void nesting_and_commas_are_right(void)
{
	struct text t = { .len = 0 };
	struct jsonw j;

	jsonw_init(&j, false, append, &t);
	CU_ASSERT_FALSE(jsonw_is_done(&j));
	write_sample(&j);
	CU_ASSERT_STRING_EQUAL(t.buf,
		"{\"routes\":[{\"prefix\":\"10.0.0.0/8\",\"as-path\":[65001,4200000000]},[]],"
		"\"best\":true,\"med\":null}");
}

static void pretty_form_is_indented_by_two(void)
{
	struct text t = { .len = 0 };
	struct jsonw j;

	jsonw_init(&j, true, append, &t);
	write_sample(&j);
	CU_ASSERT_STRING_EQUAL(t.buf,
		"{\n  \"routes\": [\n    {\n      \"prefix\": \"10.0.0.0/8\",\n"
		"      \"as-path\": [\n        65001,\n        4200000000\n"
		"      ]\n    },\n    []\n  ],\n  \"best\": true,\n"
		"  \"med\": null\n}");
}

static void strings_are_escaped_and_always_utf8(void)
{
	static const struct {
		const char *in;
		const char *out;
	} rows[] = {
		{ "", "\"\"" },
		{ "a\"b\\c/", "\"a\\\"b\\\\c/\"" },
		{ "\b\t\n\v\f\r\x01\x1f\x7f", "\"\\b\\t\\n\\u000b\\f\\r\\u0001\\u001f\\u007f\"" },
		{ "\xc3\xbc \xe2\x82\xac \xf0\x9f\x98\x80",
			"\"\xc3\xbc \xe2\x82\xac \xf0\x9f\x98\x80\"" },
		{ "x\xffy", "\"x\xef\xbf\xbdy\"" },
		{ "\xc0\xaf", "\"\xef\xbf\xbd\xef\xbf\xbd\"" },                 /* overlong */
		{ "\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" }, /* surrogate */
		{ "\xe2\x82", "\"\xef\xbf\xbd\xef\xbf\xbd\"" },                 /* cut off */
		{ "\xf4\x90\x80\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct text t = { .len = 0 };
		struct jsonw j;

		jsonw_init(&j, false, append, &t);
		jsonw_string(&j, rows[i].in);
		CU_ASSERT_STRING_EQUAL(t.buf, rows[i].out);
		CU_ASSERT(jsonw_is_done(&j));
	}
}

static void numbers_keep_their_value(void)
{
	struct text t = { .len = 0 };
	struct jsonw j;

	jsonw_init(&j, false, append, &t);
	jsonw_array(&j);
	jsonw_u64(&j, UINT64_MAX);
	jsonw_double(&j, 0.1);
	jsonw_double(&j, 1.0 / 3.0);
	jsonw_double(&j, -2.0);
	jsonw_double(&j, (double)INFINITY);
	jsonw_double(&j, (double)NAN);
	jsonw_array_end(&j);
	CU_ASSERT_STRING_EQUAL(t.buf,
		"[18446744073709551615,0.1,"
		"0.33333333333333331,-2,null,null]");
}

static void nesting_goes_as_deep_as_promised(void)
{
	struct text t = { .len = 0 };
	struct jsonw j;

	jsonw_init(&j, true, append, &t);
	for (unsigned i = 0; i < JSONW_DEPTH - 1; i++)
		jsonw_array(&j);
	jsonw_null(&j);
	for (unsigned i = 0; i < JSONW_DEPTH - 1; i++)
		jsonw_array_end(&j);
	CU_ASSERT(jsonw_is_done(&j));
}

static void write_path(struct jsonw *j)
{
	jsonw_object(j);
	jsonw_key(j, "as-path");
	jsonw_array(j);
	jsonw_u64(j, 65001);
	jsonw_array_end(j);
	jsonw_object_end(j);
}

/* Written beside and handed in, or written where it stands. */
static void a_value_made_before_looks_as_if_written_in_place(void)
{
	for (int pretty = 0; pretty < 2; pretty++) {
		struct text direct = { .len = 0 };
		struct text piece = { .len = 0 };
		struct text t = { .len = 0 };
		struct jsonw j;
		struct jsonw k;

		jsonw_init(&j, pretty, append, &direct);
		jsonw_array(&j);
		write_path(&j);
		write_path(&j);
		jsonw_u64(&j, 12);
		jsonw_array_end(&j);
		jsonw_init(&j, pretty, append, &t);
		jsonw_array(&j);
		jsonw_init_within(&k, &j, append, &piece);
		write_path(&k);
		jsonw_flush(&k);
		jsonw_raw(&j, piece.buf, piece.len);
		jsonw_raw(&j, piece.buf, 4);
		jsonw_raw_more(&j, piece.buf + 4, piece.len - 4);
		jsonw_raw(&j, "1", 1);
		jsonw_raw_u64(&j, 2);
		jsonw_array_end(&j);
		CU_ASSERT_STRING_EQUAL(t.buf, direct.buf);
	}
}

/* Beside each power of ten, where the length changes, and the largest. */
static void a_number_is_what_printf_writes(void)
{
	uint64_t power = 1;

	for (unsigned i = 0; i < DECIMAL_STRLEN; i++, power *= 10) {
		const uint64_t values[] = { power - 1, power, power + 1, UINT64_MAX };

		for (unsigned k = 0; k < sizeof(values) / sizeof(values[0]); k++) {
			char text[DECIMAL_STRLEN + 1];
			char expect[DECIMAL_STRLEN + 1];

			*decimal_put(text, values[k]) = '\0';
			(void)snprintf(expect, sizeof(expect), "%" PRIu64, values[k]);
			CU_ASSERT_STRING_EQUAL(text, expect);
		}
	}
}

static const struct cu_case cases[] = {
	CU_CASE(a_number_is_what_printf_writes),
	CU_CASE(nesting_and_commas_are_right),
	CU_CASE(pretty_form_is_indented_by_two),
	CU_CASE(strings_are_escaped_and_always_utf8),
	CU_CASE(numbers_keep_their_value),
	CU_CASE(nesting_goes_as_deep_as_promised),
	CU_CASE(a_value_made_before_looks_as_if_written_in_place),
};
CU_SUITE(jsonw, cases);
