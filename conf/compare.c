/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two trees side by side in the text form. Both are in schema and key order, so they are merged
 * like two sorted lists; a block line is printed as context only when something inside it differs.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf_int.h"
#include "conf/model/text.h"
#include "conf/model/tree.h"
#include "lib/base/xalloc.h"

struct place {
	uint32_t depth;
	const char *prefix; /* words of the plain containers since the last block */
};

static void compare_siblings(FILE *f, const struct lyd_node *a, const struct lyd_node *b,
	struct place at);

/* All lines of a node behind a sign. */
static void print_signed(FILE *f, const char *sign, const struct lyd_node *n, struct place at)
{
	char *text = NULL;
	size_t len;
	FILE *m = open_memstream(&text, &len);
	char *rest;
	char *line;

	if (m == NULL)
		abort();
	text_print_node(m, n, at.depth, at.prefix);
	fclose(m);
	for (line = strtok_r(text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
		if (strcmp(line, "!") != 0)
			fprintf(f, "%s%s\n", sign, line);
	}
	free(text);
}

static bool is_same_leaf(const struct lyd_node *a, const struct lyd_node *b)
{
	return strcmp(lyd_get_value(a), lyd_get_value(b)) == 0 &&
		(a->flags & LYD_DEFAULT) == (b->flags & LYD_DEFAULT);
}

static void compare_block(FILE *f, const struct lyd_node *a, const struct lyd_node *b,
	struct place at)
{
	char *inner = NULL;
	size_t len;
	FILE *m = open_memstream(&inner, &len);

	if (m == NULL)
		abort();
	compare_siblings(m, lyd_child(a), lyd_child(b), (struct place){ at.depth + 1, "" });
	fclose(m);
	if (len > 0) {
		fputs("  ", f);
		text_print_head(f, b, at.depth, at.prefix);
		fputs(inner, f);
	}
	free(inner);
}

static void compare_pair(FILE *f, const struct lyd_node *a, const struct lyd_node *b,
	struct place at)
{
	char *prefix;

	if (walk_is_block(a->schema)) {
		compare_block(f, a, b, at);
	} else if (a->schema->nodetype == LYS_CONTAINER) {
		prefix = xasprintf("%s%s ", at.prefix, a->schema->name);
		compare_siblings(f, lyd_child(a), lyd_child(b), (struct place){ at.depth, prefix });
		free(prefix);
	} else if (!is_same_leaf(a, b)) {
		print_signed(f, "- ", a, at);
		print_signed(f, "+ ", b, at);
	}
}

/* Entries of one schema node on both sides. */
static void compare_runs(FILE *f, const struct tree_run *a, const struct tree_run *b,
	struct place at)
{
	uint32_t i = 0;
	uint32_t k = 0;

	while (i < a->n || k < b->n) {
		int cmp;

		if (i == a->n)
			cmp = 1;
		else if (k == b->n)
			cmp = -1;
		else
			cmp = tree_cmp(a->v[i], b->v[k]);
		if (cmp < 0)
			print_signed(f, "- ", a->v[i++], at);
		else if (cmp > 0)
			print_signed(f, "+ ", b->v[k++], at);
		else
			compare_pair(f, a->v[i++], b->v[k++], at);
	}
}

static bool has_schema(const struct lyd_node *first, const struct lysc_node *schema)
{
	for (; first != NULL; first = first->next) {
		if (first->schema == schema)
			return true;
	}
	return false;
}

static void compare_siblings(FILE *f, const struct lyd_node *a, const struct lyd_node *b,
	struct place at)
{
	while (a != NULL || b != NULL) {
		struct tree_run ra = { 0 };
		struct tree_run rb = { 0 };

		/*
		 * Both sides are in schema order: the side whose node the other lacks goes first.
		 */
		if (a != NULL &&
			(b == NULL || a->schema == b->schema || !has_schema(b, a->schema))) {
			const struct lysc_node *schema = a->schema;

			a = tree_run_init(&ra, a);
			if (b != NULL && b->schema == schema)
				b = tree_run_init(&rb, b);
		} else {
			b = tree_run_init(&rb, b);
		}
		if (!lysc_is_key((ra.n > 0 ? ra.v[0] : rb.v[0])->schema))
			compare_runs(f, &ra, &rb, at);
		tree_run_fini(&ra);
		tree_run_fini(&rb);
	}
}

char *conf_compare(struct conf_session *s, uint32_t n, struct errbuf *err)
{
	const uint32_t first = err->n;
	struct conf *c = s->conf;
	struct lyd_node *old = print_source(c, s, CONF_SOURCE_HISTORY, n, err);
	struct lyd_node *new = print_source(c, s, CONF_SOURCE_CANDIDATE, 0, err);
	char *text = NULL;
	size_t len;

	if (err->n == first) {
		FILE *f = open_memstream(&text, &len);

		if (f == NULL)
			abort();
		compare_siblings(f, old, new, (struct place){ 0, "" });
		fclose(f);
	}
	lyd_free_all(old);
	lyd_free_all(new);
	return text;
}
