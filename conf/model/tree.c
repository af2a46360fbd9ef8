/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Order: libyang keeps siblings in schema order but list entries as they came (2.x) or in an
 * order of its own (3.x). Owners and printers want key order, so trees are sorted once when
 * they become running, and a single entry is moved to its place by re-inserting those behind
 * it: O(entries), no index to keep.
 */
#include "conf/model/tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conf/model/type.h"
#include "conf/model/walk.h"
#include "conf/model/yang_err.h"
#include "lib/base/xalloc.h"
#include "lib/net/prefix.h"

static int cmp_value(const struct lyd_node *a, const struct lyd_node *b)
{
	const char *va = lyd_get_value(a);
	const char *vb = lyd_get_value(b);
	struct prefix pa;
	struct prefix pb;
	struct ip_addr ia;
	struct ip_addr ib;

	switch (type_of(a->schema)->basetype) {
	case LY_TYPE_UINT8:
	case LY_TYPE_UINT16:
	case LY_TYPE_UINT32:
	case LY_TYPE_UINT64: {
		const unsigned long long na = strtoull(va, NULL, 10);
		const unsigned long long nb = strtoull(vb, NULL, 10);

		return na < nb ? -1 : na > nb;
	}
	case LY_TYPE_UNION:
		if (prefix_parse(va, &pa) == 0 && prefix_parse(vb, &pb) == 0)
			return prefix_cmp(&pa, &pb);
		if (ip_parse(va, &ia) == 0 && ip_parse(vb, &ib) == 0)
			return ip_cmp(&ia, &ib);
		return strcmp(va, vb);
	default:
		return strcmp(va, vb);
	}
}

int tree_cmp(const struct lyd_node *a, const struct lyd_node *b)
{
	const struct lyd_node *ka;
	const struct lyd_node *kb;

	if (a->schema->nodetype == LYS_LEAFLIST)
		return cmp_value(a, b);
	if (a->schema->nodetype != LYS_LIST)
		return 0;
	ka = lyd_child(a);
	kb = lyd_child(b);
	for (; ka != NULL && kb != NULL && lysc_is_key(ka->schema); ka = ka->next, kb = kb->next) {
		const int cmp = cmp_value(ka, kb);

		if (cmp != 0)
			return cmp;
	}
	return 0;
}

static int cmp_entry(const void *a, const void *b)
{
	return tree_cmp(*(struct lyd_node *const *)a, *(struct lyd_node *const *)b);
}

const struct lyd_node *tree_run_init(struct tree_run *run, const struct lyd_node *first)
{
	const struct lyd_node *n = first;
	uint32_t count = 0;
	bool is_sorted = true;

	for (; n != NULL && n->schema == first->schema; n = n->next)
		count++;
	*run = (struct tree_run){ .v = xreallocarray(NULL, count, sizeof(*run->v)) };
	for (n = first; n != NULL && n->schema == first->schema; n = n->next) {
		run->v[run->n++] = (struct lyd_node *)(uintptr_t)n;
		if (run->n > 1 && tree_cmp(run->v[run->n - 2], n) > 0)
			is_sorted = false;
	}
	if (!is_sorted)
		qsort(run->v, run->n, sizeof(*run->v), cmp_entry);
	return n;
}

void tree_run_fini(struct tree_run *run)
{
	free(run->v);
	*run = (struct tree_run){ 0 };
}

static bool is_key(const struct lyd_node *n)
{
	return n->schema != NULL && lysc_is_key(n->schema);
}

/*
 * Copies of a level and all below it, each list in key order, appended to parent (or to *tree
 * at the top). Copying, not moving: libyang 2.1 loses count in the table of a node's children
 * when they are taken out and put back often, and ends in a crash; a table that only grows is
 * safe.
 */
static void copy_sorted(const struct lyd_node *first, struct lyd_node *parent,
	struct lyd_node **tree)
{
	while (first != NULL) {
		struct tree_run run;
		const struct lyd_node *next = tree_run_init(&run, first);

		for (uint32_t i = 0; i < run.n; i++) {
			struct lyd_node *copy = NULL;

			/* A list entry comes with its keys. */
			if (parent != NULL && is_key(run.v[i]))
				continue;
			if (lyd_dup_single(run.v[i], NULL, LYD_DUP_WITH_FLAGS, &copy) != LY_SUCCESS)
				abort();
			if (parent != NULL)
				(void)lyd_insert_child(parent, copy);
			else
				(void)lyd_insert_sibling(*tree, copy, tree);
			if ((copy->schema->nodetype & (LYS_LIST | LYS_CONTAINER)) != 0)
				copy_sorted(lyd_child(run.v[i]), copy, NULL);
		}
		tree_run_fini(&run);
		first = next;
	}
}

static bool is_sorted(const struct lyd_node *first)
{
	for (const struct lyd_node *n = first; n != NULL; n = n->next) {
		if (n->next != NULL && n->next->schema == n->schema && tree_cmp(n, n->next) > 0)
			return false;
		if ((n->schema->nodetype & (LYS_LIST | LYS_CONTAINER)) != 0 &&
			!is_sorted(lyd_child(n)))
			return false;
	}
	return true;
}

struct lyd_node *tree_sorted_copy(const struct lyd_node *tree)
{
	struct lyd_node *sorted = NULL;

	if (tree == NULL)
		return NULL;
	copy_sorted(lyd_first_sibling(tree), NULL, &sorted);
	return lyd_first_sibling(sorted);
}

void tree_sort(struct lyd_node **tree)
{
	struct lyd_node *sorted;

	if (*tree == NULL)
		return;
	*tree = lyd_first_sibling(*tree);
	if (is_sorted(*tree))
		return;
	sorted = tree_sorted_copy(*tree);
	lyd_free_all(*tree);
	*tree = sorted;
}

struct lyd_node *tree_find(const struct lyd_node *tree, const char *path)
{
	struct lyd_node *node = NULL;
	const struct ly_ctx *ctx;

	if (tree == NULL)
		return NULL;
	ctx = LYD_CTX(tree);
	if (lyd_find_path(tree, path, 0, &node) != LY_SUCCESS) {
		yang_err_drop(ctx);
		return NULL;
	}
	return node;
}

/* Choice that a node stands in, with its case; NULL when in none. */
static const struct lysc_node *choice_of(const struct lysc_node *node,
	const struct lysc_node **case_node)
{
	if (node->parent == NULL || node->parent->nodetype != LYS_CASE)
		return NULL;
	*case_node = node->parent;
	return node->parent->parent;
}

static void remove_other_cases(struct lyd_node **tree, struct lyd_node *node)
{
	const struct lysc_node *mine;
	const struct lysc_node *other;
	const struct lysc_node *choice;
	struct lyd_node *n;
	struct lyd_node *next;

	for (; node != NULL; node = lyd_parent(node)) {
		choice = choice_of(node->schema, &mine);
		if (choice == NULL)
			continue;
		for (n = lyd_first_sibling(node); n != NULL; n = next) {
			next = n->next;
			if (choice_of(n->schema, &other) == choice && other != mine)
				tree_remove(tree, n);
		}
	}
}

void tree_first(struct lyd_node **tree, struct lyd_node *node)
{
	if (*tree == NULL) {
		for (; lyd_parent(node) != NULL;)
			node = lyd_parent(node);
		*tree = node;
	}
	*tree = lyd_first_sibling(*tree);
}

/*
 * The last entry at the top, if the path leads into it; *rest is what stands behind it. A file is
 * read from its first line to its last, and libyang finds an entry at the top by looking at one
 * after the other.
 */
static struct lyd_node *last_on_way(const struct lyd_node *tree, const char *path,
	const char **rest)
{
	char text[512];
	struct lyd_node *last;
	size_t len;

	if (tree == NULL)
		return NULL;
	last = lyd_first_sibling(tree)->prev;
	if (last->schema == NULL || last->schema->nodetype != LYS_LIST ||
		lyd_path(last, LYD_PATH_STD, text, sizeof(text)) == NULL)
		return NULL;
	len = strlen(text);
	if (strncmp(path, text, len) != 0 || path[len] != '/')
		return NULL;
	*rest = path + len + 1;
	return last;
}

int tree_set(struct lyd_node **tree, const struct schema *s, const char *path, const char *value,
	struct errbuf *err)
{
	struct lyd_node *node = NULL;

	const char *rest = path;
	struct lyd_node *from = last_on_way(*tree, path, &rest);

	if (lyd_new_path(from != NULL ? from : *tree, s->ctx, rest, value, LYD_NEW_PATH_UPDATE,
		    &node) != LY_SUCCESS) {
		yang_err_take(s->ctx, err);
		return -EINVAL;
	}
	if (node != NULL) {
		tree_first(tree, node);
		remove_other_cases(tree, node);
	} else {
		node = tree_find(*tree, path);
		/* Same value as before: it is explicit from now on, and so is all above it. */
		for (; node != NULL; node = lyd_parent(node))
			node->flags &= ~(uint32_t)LYD_DEFAULT;
	}
	return 0;
}

void tree_remove(struct lyd_node **tree, struct lyd_node *node)
{
	if (*tree == node)
		*tree = node->next;
	lyd_free_tree(node);
}

char *tree_path(const struct lyd_node *node)
{
	char *path = lyd_path(node, LYD_PATH_STD, NULL, 0);

	if (path == NULL)
		abort();
	return path;
}

bool tree_is_leafref(const struct lysc_node *node)
{
	return node->nodetype == LYS_LEAF &&
		((const struct lysc_node_leaf *)node)->type->basetype == LY_TYPE_LEAFREF;
}

char *tree_leafref_entry(const struct lyd_node *leaf)
{
	char *own = tree_path(leaf);
	char *target = path_of_target(leaf->schema, own);
	char *key = xstrdup(strrchr(target, '/') + 1);

	path_cut(target);
	target = path_add_key(target, key, lyd_get_value(leaf));
	free(key);
	free(own);
	return target;
}

/* The parser takes the same entry or leaf twice, and a merge would hide it. */
static int check_twice(const struct lyd_node *first, struct errbuf *err)
{
	int rc = 0;

	while (first != NULL && rc == 0) {
		struct tree_run run;

		first = tree_run_init(&run, first);
		for (uint32_t i = 0; i < run.n && rc == 0; i++) {
			if (i > 0 && tree_cmp(run.v[i - 1], run.v[i]) == 0) {
				char *path = tree_path(run.v[i]);

				errbuf_add(err, path, 0, "%s is given twice: remove one",
					run.v[i]->schema->name);
				free(path);
				rc = -EINVAL;
			} else {
				rc = check_twice(lyd_child(run.v[i]), err);
			}
		}
		tree_run_fini(&run);
	}
	return rc;
}

static int check_parsed(const struct schema *s, const struct lyd_node *tree, struct errbuf *err)
{
	const struct lyd_node *n;

	for (n = tree; n != NULL; n = n->next) {
		if (n->schema != NULL && n->schema->module == s->mod)
			continue;
		errbuf_add(err, NULL, 0,
			"unknown node \"%s\" at the top: it belongs to another model",
			n->schema != NULL ? n->schema->name : "?");
		return -EINVAL;
	}
	return check_twice(tree, err);
}

int tree_parse(const struct schema *s, const char *json, struct lyd_node **tree, struct errbuf *err)
{
	int rc;

	*tree = NULL;
	if (lyd_parse_data_mem(s->ctx, json, LYD_JSON, LYD_PARSE_ONLY | LYD_PARSE_STRICT, 0,
		    tree) == LY_SUCCESS) {
		rc = check_parsed(s, *tree, err);
	} else {
		yang_err_take(s->ctx, err);
		rc = -EINVAL;
	}
	if (rc < 0) {
		lyd_free_all(*tree);
		*tree = NULL;
	}
	return rc;
}

char *tree_format(const struct lyd_node *tree, LYD_FORMAT format, uint32_t options)
{
	char *text = NULL;

	if (tree == NULL)
		return xstrdup(format == LYD_JSON ? "{}\n" : "");
	if (lyd_print_mem(&text, tree, format, options | LYD_PRINT_WITHSIBLINGS) != LY_SUCCESS) {
		yang_err_drop(LYD_CTX(tree));
		return NULL;
	}
	return text;
}
