/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trees for people and for completion. Running is printed as it stands; candidates and past
 * revisions are put together first, which costs a copy and is done by people only.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "conf/conf_int.h"
#include "conf/model/text.h"
#include "conf/model/tree.h"
#include "conf/model/yang_err.h"
#include "lib/base/xalloc.h"

struct lyd_node *print_source(struct conf *c, struct conf_session *s, enum conf_source source,
	uint32_t n, struct errbuf *err)
{
	struct lyd_node *tree = NULL;

	if (source == CONF_SOURCE_CANDIDATE && s != NULL) {
		tree = session_full_tree(s);
	} else {
		if (c->running != NULL &&
			lyd_dup_siblings(c->running, NULL, LYD_DUP_RECURSIVE | LYD_DUP_WITH_FLAGS,
				&tree) != LY_SUCCESS)
			abort();
		if (source == CONF_SOURCE_HISTORY &&
			history_revert(c, n, &tree, NULL, NULL, err) < 0) {
			lyd_free_all(tree);
			return NULL;
		}
	}
	(void)lyd_new_implicit_module(&tree, c->schema->mod, LYD_IMPLICIT_NO_STATE, NULL);
	yang_err_drop(c->schema->ctx);
	tree_sort(&tree);
	return tree;
}

static LYD_FORMAT lyd_format(enum conf_format format)
{
	return format == CONF_FORMAT_XML ? LYD_XML : LYD_JSON;
}

static char *format_tree(const struct lyd_node *tree, const struct conf_print *how)
{
	char *text = NULL;
	size_t len;
	FILE *f;

	if (how->format == CONF_FORMAT_JSON || how->format == CONF_FORMAT_XML) {
		/* Running is kept in the order in which its entries came. */
		struct lyd_node *sorted = tree_sorted_copy(tree);

		text = tree_format(sorted, lyd_format(how->format),
			how->with_defaults ? LYD_PRINT_WD_ALL : LYD_PRINT_WD_EXPLICIT);
		lyd_free_all(sorted);
		return text;
	}
	f = open_memstream(&text, &len);
	if (f == NULL)
		abort();
	text_print(f, tree, how->with_defaults);
	fclose(f);
	return text;
}

/* The named subtrees, each with the keys of the entries above it, as a tree of its own. */
static struct lyd_node *select_path(const struct conf *c, const struct lyd_node *tree,
	const char *path, struct errbuf *err)
{
	struct lyd_node *selected = NULL;
	struct ly_set *set = NULL;

	if (tree == NULL || lyd_find_xpath(tree, path, &set) != LY_SUCCESS) {
		yang_err_drop(c->schema->ctx);
		errbuf_add(err, path, 0, "unknown path: check the names in it");
		return NULL;
	}
	if (set->count == 0)
		errbuf_add(err, path, 0, "it is not configured");
	for (uint32_t i = 0; i < set->count; i++) {
		struct lyd_node *dup = NULL;

		if (lyd_dup_single(set->dnodes[i], NULL,
			    LYD_DUP_RECURSIVE | LYD_DUP_WITH_PARENTS | LYD_DUP_WITH_FLAGS,
			    &dup) != LY_SUCCESS)
			abort();
		while (lyd_parent(dup) != NULL)
			dup = lyd_parent(dup);
		if (lyd_merge_siblings(&selected, dup,
			    LYD_MERGE_DESTRUCT | LYD_MERGE_DEFAULTS | LYD_MERGE_WITH_FLAGS) !=
			LY_SUCCESS)
			abort();
	}
	ly_set_free(set, NULL);
	return selected;
}

char *conf_print(struct conf *c, struct conf_session *s, const struct conf_print *how,
	struct errbuf *err)
{
	const uint32_t first = err->n;
	const bool is_running = how->source == CONF_SOURCE_RUNNING ||
		(how->source == CONF_SOURCE_CANDIDATE && (s == NULL || !conf_session_is_dirty(s)));
	struct lyd_node *own = NULL;
	struct lyd_node *part = NULL;
	const struct lyd_node *tree = c->running;
	char *text = NULL;

	if (!is_running) {
		own = print_source(c, s, how->source, how->n, err);
		tree = own;
	}
	if (err->n == first && how->path != NULL && *how->path != '\0') {
		part = select_path(c, tree, how->path, err);
		tree = part;
	}
	if (err->n == first)
		text = format_tree(tree, how);
	lyd_free_all(part);
	lyd_free_all(own);
	return text;
}

static int cmp_node(const void *a, const void *b)
{
	return tree_cmp(*(struct lyd_node *const *)a, *(struct lyd_node *const *)b);
}

static void tell_values(const struct lyd_node *tree, const char *path,
	void (*fn)(void *ctx, const char *value), void *ctx)
{
	struct ly_set *set = NULL;

	if (tree == NULL)
		return;
	if (lyd_find_xpath(tree, path, &set) != LY_SUCCESS) {
		yang_err_drop(LYD_CTX(tree));
		return;
	}
	if (set->count > 1)
		qsort(set->dnodes, set->count, sizeof(*set->dnodes), cmp_node);
	for (uint32_t i = 0; i < set->count; i++) {
		const struct lyd_node *n = set->dnodes[i];

		if (n->schema->nodetype == LYS_LIST)
			n = lyd_child(n);
		if (n != NULL && (n->schema->nodetype & (LYS_LEAF | LYS_LEAFLIST)) != 0)
			fn(ctx, lyd_get_value(n));
	}
	ly_set_free(set, NULL);
}

void conf_values(struct conf *c, struct conf_session *s, const char *path,
	void (*fn)(void *ctx, const char *value), void *ctx)
{
	struct lyd_node *own;

	if (s == NULL || !conf_session_is_dirty(s)) {
		tell_values(c->running, path, fn, ctx);
		return;
	}
	own = session_full_tree(s);
	tell_values(own, path, fn, ctx);
	lyd_free_all(own);
}
