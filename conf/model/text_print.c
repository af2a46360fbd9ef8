/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A tree as text. A line is: indentation of the block, the words of the plain containers on the
 * way, the name, keys or value. Plain containers have no line of their own, so what is in them
 * stands at the depth of the block around them; an empty one leaves no trace, as in JSON.
 */
#include <stdlib.h>
#include <string.h>

#include "conf/model/text.h"
#include "conf/model/tree.h"
#include "conf/model/type.h"
#include "conf/model/walk.h"
#include "conf/words.h"
#include "lib/base/xalloc.h"

struct printer {
	FILE *f;
	bool with_defaults;
};

static void print_word(FILE *f, const char *value)
{
	char *quoted = words_quote(value);

	fprintf(f, " %s", quoted);
	free(quoted);
}

static void print_start(FILE *f, uint32_t depth, const char *prefix, const char *name)
{
	fprintf(f, "%*s%s%s", (int)depth, "", prefix, name);
}

static void print_siblings(const struct printer *p, const struct lyd_node *first, uint32_t depth,
	const char *prefix);

static void print_keys(FILE *f, const struct lyd_node *entry)
{
	const struct lyd_node *c = lyd_child(entry);

	for (; c != NULL && lysc_is_key(c->schema); c = c->next)
		print_word(f, lyd_get_value(c));
}

void text_print_head(FILE *f, const struct lyd_node *block, uint32_t depth, const char *prefix)
{
	print_start(f, depth, prefix, block->schema->name);
	if (block->schema->nodetype == LYS_LIST)
		print_keys(f, block);
	fputc('\n', f);
}

static void print_block(const struct printer *p, const struct lyd_node *n, uint32_t depth,
	const char *prefix)
{
	text_print_head(p->f, n, depth, prefix);
	print_siblings(p, lyd_child(n), depth + 1, "");
	if (depth == 0)
		fputs("!\n", p->f);
}

static void print_node(const struct printer *p, const struct lyd_node *n, uint32_t depth,
	const char *prefix)
{
	char *words;

	if (walk_is_block(n->schema)) {
		print_block(p, n, depth, prefix);
	} else if (n->schema->nodetype == LYS_CONTAINER) {
		words = xasprintf("%s%s ", prefix, n->schema->name);
		print_siblings(p, lyd_child(n), depth, words);
		free(words);
	} else {
		if ((n->flags & LYD_DEFAULT) != 0 && !p->with_defaults)
			return;
		print_start(p->f, depth, prefix, n->schema->name);
		if (type_of(n->schema)->basetype != LY_TYPE_EMPTY)
			print_word(p->f, lyd_get_value(n));
		fputc('\n', p->f);
	}
}

static void print_siblings(const struct printer *p, const struct lyd_node *first, uint32_t depth,
	const char *prefix)
{
	while (first != NULL) {
		struct tree_run run;

		first = tree_run_init(&run, first);
		if (!lysc_is_key(run.v[0]->schema)) {
			for (uint32_t i = 0; i < run.n; i++)
				print_node(p, run.v[i], depth, prefix);
		}
		tree_run_fini(&run);
	}
}

void text_print(FILE *f, const struct lyd_node *first, bool with_defaults)
{
	const struct printer p = { .f = f, .with_defaults = with_defaults };

	print_siblings(&p, first, 0, "");
}

void text_print_node(FILE *f, const struct lyd_node *node, uint32_t depth, const char *prefix)
{
	const struct printer p = { .f = f };

	print_node(&p, node, depth, prefix);
}
