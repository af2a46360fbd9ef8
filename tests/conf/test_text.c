/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Printing and reading again changes nothing: for trees made at random from the schema, in both
 * forms.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf_int.h"
#include "conf/model/text.h"
#include "conf/model/tree.h"
#include "conf/model/type.h"
#include "conf/words.h"
#include "lib/base/xalloc.h"
#include "tests/conf/fixture.h"

/*
 * Values for types that numbers and enumerations do not make; the first that fits a leaf is taken.
 */
static const char *const samples[] = {
	"a\"b \\ c",
	"two words",
	"",
	"!",
	"#x",
	"name-1",
	"x.y_z",
	"\xc3\xa4 \\n",
	"eth0.100",
	"10.1.2.3",
	"10.1.2.0/24",
	"192.0.2.77/31",
	"2001:db8::1",
	"2001:db8:1::/48",
	"2001:db8::1/64",
	"3..5",
	"last 3",
	"65001 65002",
	"0.0.0.0/0",
	"fe80::1",
	"+40",
	"-7",
	"150",
	"65000:1",
	"rt:65000:*",
	"self",
	"2026-12-31T23:59:59Z",
	"^65001_[^_]+(_{2,3})?\\\\.$",
	"EUR",
	"Large.1",
	"2026-11-01",
	"0.05",
};

static char *random_number(const struct lysc_type *type)
{
	const struct lysc_range *range = ((const struct lysc_type_num *)type)->range;
	uint64_t min = 0;
	uint64_t max = 200;

	if (range != NULL) {
		const LY_ARRAY_COUNT_TYPE n = LY_ARRAY_COUNT(range->parts);
		const uint32_t i = cu_random_below((uint32_t)n);

		min = range->parts[i].min_u64;
		max = range->parts[i].max_u64;
	}
	return xasprintf("%" PRIu64, min + cu_random_below((uint32_t)(max - min)));
}

static char *random_value(const struct lysc_node *leaf)
{
	const struct lysc_type *type = type_of(leaf);
	const struct lysc_type_enum *e = (const struct lysc_type_enum *)type;
	const uint32_t first = cu_random_below(ARRAY_SIZE(samples));
	struct errbuf ignored;
	char *canonical = NULL;

	switch (type->basetype) {
	case LY_TYPE_EMPTY:
		return NULL;
	case LY_TYPE_BOOL:
		return xstrdup(cu_random_below(2) == 0 ? "true" : "false");
	case LY_TYPE_ENUM:
		return xstrdup(e->enums[cu_random_below((uint32_t)LY_ARRAY_COUNT(e->enums))].name);
	case LY_TYPE_UINT8:
	case LY_TYPE_UINT16:
	case LY_TYPE_UINT32:
	case LY_TYPE_UINT64: {
		char *number = random_number(type);

		errbuf_init(&ignored);
		if (type_check(leaf, number, &canonical, &ignored) < 0)
			canonical = xstrdup("100");
		free(number);
		errbuf_fini(&ignored);
		return canonical;
	}
	default:
		break;
	}
	errbuf_init(&ignored);
	/* Any one, else the next that fits: of some types there is one sample alone. */
	for (uint32_t i = 0; i < ARRAY_SIZE(samples) && canonical == NULL; i++)
		(void)type_check(leaf, samples[(first + i) % ARRAY_SIZE(samples)], &canonical,
			&ignored);
	errbuf_fini(&ignored);
	return canonical;
}

struct maker {
	const struct schema *s;
	struct lyd_node *tree;
	uint32_t budget;
};

static void make_children(struct maker *m, const struct lysc_node *node, const char *path);

static void set(struct maker *m, const char *path, const char *value)
{
	struct errbuf err;

	errbuf_init(&err);
	CU_ASSERT_EQUAL(tree_set(&m->tree, m->s, path, value, &err), 0);
	errbuf_fini(&err);
}

static void make_entries(struct maker *m, const struct lysc_node *list, const char *path)
{
	const uint32_t n = 1 + cu_random_below(3);

	for (uint32_t i = 0; i < n; i++) {
		const struct lysc_node *key = NULL;
		char *entry = xstrdup(path);

		while ((key = walk_key_next(list, key)) != NULL) {
			char *value = random_value(key);

			CU_ASSERT_FATAL(value != NULL);
			entry = path_add_key(entry, key->name, value);
			free(value);
		}
		set(m, entry, NULL);
		make_children(m, list, entry);
		free(entry);
	}
}

static void make_node(struct maker *m, const struct lysc_node *node, const char *path)
{
	char *value;

	if (node->nodetype == LYS_LIST) {
		make_entries(m, node, path);
	} else if (node->nodetype == LYS_CONTAINER) {
		if (walk_is_block(node))
			set(m, path, NULL);
		make_children(m, node, path);
	} else {
		value = random_value(node);
		CU_ASSERT(value != NULL || type_of(node)->basetype == LY_TYPE_EMPTY);
		set(m, path, value);
		free(value);
	}
}

static void make_children(struct maker *m, const struct lysc_node *node, const char *path)
{
	const struct lysc_node *c = NULL;

	while ((c = walk_child_next(m->s, node, c)) != NULL && m->budget > 0) {
		char *child;

		if (cu_random_below(3) == 0)
			continue;
		m->budget--;
		child = xasprintf("%s/%s%s", path, node == NULL ? "vbrd:" : "", c->name);
		make_node(m, c, child);
		free(child);
	}
}

static char *text_of(const struct lyd_node *tree)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	text_print(f, tree, false);
	fclose(f);
	return text;
}

static void check_fixpoint(struct fixture *f, const struct lyd_node *tree)
{
	char *text = text_of(tree);
	char *json = tree_format(tree, LYD_JSON, LYD_PRINT_WD_EXPLICIT);
	struct lyd_node *from_text;
	struct lyd_node *from_json;
	char *again;

	CU_ASSERT_EQUAL(load_tree(f->conf, text, CONF_FORMAT_AUTO, &from_text, &f->err), 0);
	CU_ASSERT_EQUAL(load_tree(f->conf, json, CONF_FORMAT_JSON, &from_json, &f->err), 0);
	if (!errbuf_is_empty(&f->err)) {
		again = errbuf_format(&f->err);
		fprintf(stderr, "%s\n%s\n", text, again);
		free(again);
	}
	again = text_of(from_text);
	CU_ASSERT_STRING_EQUAL(text, again);
	free(again);
	again = text_of(from_json);
	CU_ASSERT_STRING_EQUAL(text, again);
	free(again);
	tree_sort(&from_text);
	again = tree_format(from_text, LYD_JSON, LYD_PRINT_WD_EXPLICIT);
	CU_ASSERT_STRING_EQUAL(json, again);
	free(again);
	lyd_free_all(from_text);
	lyd_free_all(from_json);
	free(text);
	free(json);
}

static void printing_and_reading_again_changes_nothing(void)
{
	struct fixture f;
	const unsigned failures = CU_get_number_of_failures();

	fixture_init(&f, false);
	for (uint32_t i = 0; i < 60 && CU_get_number_of_failures() == failures; i++) {
		struct maker m = { .s = f.conf->schema, .budget = 1 + cu_random_below(150) };
		struct lyd_node *const *tree = &m.tree;
		const struct lyd_node *const none[2] = { NULL, NULL };

		make_children(&m, NULL, "");
		CU_ASSERT_EQUAL(secret_seal_tree(f.conf, m.tree, none, &f.err), 0);
		tree_sort(&m.tree);
		check_fixpoint(&f, *tree);
		lyd_free_all(m.tree);
	}
	fixture_fini(&f);
}

static void lists_print_in_the_order_of_values(void)
{
	struct fixture f;
	char *text;

	fixture_init(&f, false);
	CU_ASSERT_EQUAL(fixture_commit(&f, "ann",
				"policy route-map m\n term 100\n  action permit\n term 20\n  "
				"action "
				"deny\n!\n"
				"tenant t vpc v\n cidr 10.10.0.0/16\n cidr 10.9.0.0/16\n cidr "
				"10.9.0.0/24\n"),
		0);
	text = fixture_text(&f);
	CU_ASSERT_STRING_EQUAL(text,
		"policy route-map m\n term 20\n  action deny\n term 100\n  action permit\n!\n"
		"tenant t\n vpc v\n  cidr 10.9.0.0/16\n  cidr 10.9.0.0/24\n  cidr "
		"10.10.0.0/16\n!\n");
	free(text);
	fixture_fini(&f);
}

static void defaults_are_printed_when_asked(void)
{
	struct fixture f;
	char *text;

	fixture_init(&f, false);
	CU_ASSERT_EQUAL(fixture_commit(&f, "ann", "tenant t\n quota vbr 5\n!\n"), 0);
	text = fixture_text(&f);
	CU_ASSERT_STRING_EQUAL(text, "tenant t\n quota vbr 5\n!\n");
	free(text);
	text = conf_print(f.conf, NULL,
		&(struct conf_print){ .format = CONF_FORMAT_TEXT, .with_defaults = true }, &f.err);
	CU_ASSERT(strstr(text, "system default-local-as 45104\n") != NULL);
	CU_ASSERT(strstr(text, " quota peering 20\n") != NULL);
	free(text);
	fixture_fini(&f);
}

static void part_of_the_tree_is_printed_in_its_blocks(void)
{
	struct fixture f;
	char *text;

	fixture_init(&f, false);
	CU_ASSERT_EQUAL(fixture_commit(&f, "ann",
				"tenant a\n vpc x\n vpc y\n  cidr 10.0.0.0/8\n!\ntenant b\n"),
		0);
	text = conf_print(f.conf, NULL,
		&(struct conf_print){ .format = CONF_FORMAT_TEXT,
			.path = "/vbrd:tenant[name='a']/vpc[name='y']" },
		&f.err);
	CU_ASSERT_STRING_EQUAL(text, "tenant a\n vpc y\n  cidr 10.0.0.0/8\n!\n");
	free(text);
	text = conf_print(f.conf, NULL,
		&(struct conf_print){ .format = CONF_FORMAT_JSON,
			.path = "/vbrd:tenant[name='b']" },
		&f.err);
	CU_ASSERT_STRING_EQUAL(text,
		"{\n  \"vbrd:tenant\": [\n    {\n      \"name\": \"b\"\n    }\n  ]\n}\n");
	free(text);
	CU_ASSERT(conf_print(f.conf, NULL, &(struct conf_print){ .path = "/vbrd:tenant[name='c']" },
			  &f.err) == NULL);
	CU_ASSERT(fixture_error_has(&f, "it is not configured"));
	fixture_fini(&f);
}

static void quoting_and_splitting_are_inverse(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		struct errbuf err;
		struct words w;
		char *quoted = words_quote(samples[i]);
		char *line = xasprintf("  x %s\ty ", quoted);

		errbuf_init(&err);
		CU_ASSERT_EQUAL(words_split(line, 1, &w, &err), 0);
		CU_ASSERT_EQUAL_FATAL(w.n, 3);
		CU_ASSERT_STRING_EQUAL(w.v[1], samples[i]);
		words_fini(&w);
		errbuf_fini(&err);
		free(line);
		free(quoted);
	}
}

static void blocks_follow_from_indentation(void)
{
	struct fixture f;
	char *text;

	fixture_init(&f, false);
	/* Deeper steps than one, comments, blank lines, no closing mark, CR at line ends. */
	CU_ASSERT_EQUAL(
		fixture_commit(&f, "ann",
			"! a comment\r\ntenant a\r\n    vpc x\r\n\r\n      # another\n      cidr "
			"10.0.0.0/8\n"
			"    vpc y\n  \ntenant b\n description \"q \\\" \\\\\"\n"),
		0);
	text = fixture_text(&f);
	CU_ASSERT_STRING_EQUAL(text,
		"tenant a\n vpc x\n  cidr 10.0.0.0/8\n vpc y\n!\ntenant b\n description \"q \\\" "
		"\\\\\"\n!\n");
	free(text);
	fixture_fini(&f);
}

static const struct cu_case cases[] = {
	CU_CASE(printing_and_reading_again_changes_nothing),
	CU_CASE(lists_print_in_the_order_of_values),
	CU_CASE(defaults_are_printed_when_asked),
	CU_CASE(part_of_the_tree_is_printed_in_its_blocks),
	CU_CASE(quoting_and_splitting_are_inverse),
	CU_CASE(blocks_follow_from_indentation),
};

CU_SUITE(text, cases);
