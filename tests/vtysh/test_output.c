/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "tests/cu_main.h"
#include "vtysh/text/output.h"

/* What the pipes make of a text that comes in pieces of random length. The caller frees. */
static char *filtered(const char *pipes, const char *text)
{
	char *result = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&result, &size);
	struct errbuf err;
	struct output *o;

	errbuf_init(&err);
	o = output_new(f, pipes, NULL, &err);
	CU_ASSERT_PTR_NOT_NULL_FATAL(o);
	for (size_t len = strlen(text); len > 0;) {
		const size_t n = 1 + cu_random_below((uint32_t)len);

		output_write(o, text, n);
		text += n;
		len -= n;
	}
	output_free(o);
	(void)fclose(f);
	errbuf_fini(&err);
	return result;
}

static void pipes_filter_lines(void)
{
	static const struct {
		const char *pipes;
		const char *expect;
	} tries[] = {
		{ NULL, "one\ntwo\n\nthree\nfour" },
		{ "include o", "one\ntwo\nfour\n" },
		{ "inc ^o", "one\n" },
		{ "exclude o", "\nthree\n" },
		{ "begin th", "three\nfour\n" },
		{ "count", "5\n" },
		{ "include o | count", "3\n" },
		{ "exclude ^$ | begin two | include e", "three\n" },
		{ "include \"t.o$\"", "two\n" },
		{ "no-more", "one\ntwo\n\nthree\nfour\n" },
		{ "count | count", "1\n" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(tries); i++) {
		char *got = filtered(tries[i].pipes, "one\ntwo\n\nthree\nfour");

		CU_ASSERT_STRING_EQUAL(got, tries[i].expect);
		free(got);
	}
}

static void bad_pipes_are_refused_with_a_sentence(void)
{
	static const char *const bad[] = { "", "grep x", "include", "include (", "count | foo",
		"count | count | count | count | count | count | count | count | count" };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		char *text = NULL;
		size_t size = 0;
		FILE *f = open_memstream(&text, &size);
		struct errbuf err;

		errbuf_init(&err);
		CU_ASSERT_PTR_NULL(output_new(f, bad[i], NULL, &err));
		CU_ASSERT_FALSE(errbuf_is_empty(&err));
		errbuf_fini(&err);
		(void)fclose(f);
		CU_ASSERT_EQUAL(size, 0);
		free(text);
	}
}

static void pipe_sign_counts_only_as_a_word_outside_quotes(void)
{
	char plain[] = "show version | include a|b";
	char quoted[] = "description \"a | b\"";
	char inner[] = "description a|b";

	CU_ASSERT_STRING_EQUAL(output_cut_pipes(plain), " include a|b");
	CU_ASSERT_STRING_EQUAL(plain, "show version ");
	CU_ASSERT_PTR_NULL(output_cut_pipes(quoted));
	CU_ASSERT_PTR_NULL(output_cut_pipes(inner));
}

static const struct cu_case cases[] = {
	CU_CASE(pipes_filter_lines),
	CU_CASE(bad_pipes_are_refused_with_a_sentence),
	CU_CASE(pipe_sign_counts_only_as_a_word_outside_quotes),
};

CU_SUITE(output, cases);
