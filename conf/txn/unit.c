/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An entry of a top-level list may hold thousands of objects, so its unit is the entry without them
 * ("proper"): installing it moves its own children only and leaves the objects where they are.
 * Paths are kept as text because a unit outlives the trees that it is copied between.
 */
#include "conf/txn/unit.h"

#include <stdlib.h>
#include <string.h>

#include "conf/model/tree.h"
#include "conf/model/walk.h"
#include "lib/base/xalloc.h"
#include "lib/ds/search.h"

bool unit_is_split(const struct unit_rules *r, const struct lysc_node *node)
{
	for (uint32_t i = 0; i < r->n_split; i++) {
		if (r->split[i] == node)
			return true;
	}
	return false;
}

static int by_path(const void *path, const void *item)
{
	return strcmp(path, ((const struct unit *)item)->path);
}

bool units_has(const struct units *u, const char *path)
{
	const uint32_t at = search_lower(path, u->v, u->n, sizeof(*u->v), by_path);

	return at < u->n && strcmp(u->v[at].path, path) == 0;
}

bool units_add(struct units *u, const char *path, uint64_t base)
{
	const uint32_t at = search_lower(path, u->v, u->n, sizeof(*u->v), by_path);

	if (at < u->n && strcmp(u->v[at].path, path) == 0)
		return false;
	if ((u->n & (u->n - 1)) == 0)
		u->v = xreallocarray(u->v, u->n > 0 ? 2 * (size_t)u->n : 4, sizeof(*u->v));
	memmove(&u->v[at + 1], &u->v[at], (u->n - at) * sizeof(*u->v));
	u->v[at] = (struct unit){ .path = xstrdup(path), .base = base };
	u->n++;
	return true;
}

void units_fini(struct units *u)
{
	for (uint32_t i = 0; i < u->n; i++)
		free(u->v[i].path);
	free(u->v);
	*u = (struct units){ 0 };
}

void units_add_node(struct units *u, const struct unit_rules *r, const struct lyd_node *node)
{
	const struct lyd_node *c;
	char *path = tree_path(node);

	units_add(u, path, 0);
	free(path);
	if (node->schema->nodetype != LYS_LIST || lyd_parent(node) != NULL)
		return;
	for (c = lyd_child(node); c != NULL; c = c->next) {
		if (unit_is_split(r, c->schema))
			units_add_node(u, r, c);
	}
}

void units_add_tree(struct units *u, const struct unit_rules *r, const struct lyd_node *tree)
{
	for (; tree != NULL; tree = tree->next)
		units_add_node(u, r, tree);
}

static const struct lysc_node *segment_schema(const struct unit_rules *r,
	const struct lysc_node *parent, const char *seg)
{
	const char *colon;
	size_t len;

	seg++;
	len = strcspn(seg, "[/");
	colon = memchr(seg, ':', len);
	if (colon != NULL) {
		len -= (size_t)(colon + 1 - seg);
		seg = colon + 1;
	}
	return lys_find_child(parent, r->mod, seg, len, 0, 0);
}

char *unit_of_path(const struct unit_rules *r, const char *path)
{
	const char *end = path_segment_end(path);
	const struct lysc_node *top = segment_schema(r, NULL, path);
	const struct lysc_node *sub;
	const char *seg = path;
	char *unit;

	if (top != NULL && top->nodetype == LYS_LIST && *end == '/') {
		sub = segment_schema(r, top, end);
		if (sub != NULL && unit_is_split(r, sub)) {
			seg = end;
			end = path_segment_end(end);
			top = sub;
		}
	}
	if (top != NULL && top->nodetype == LYS_LIST &&
		memchr(seg, '[', (size_t)(end - seg)) == NULL)
		return NULL;
	unit = xasprintf("%.*s", (int)(end - path), path);
	/* One spelling: names of units hold no quotes. */
	if (strchr(unit, '\'') == NULL) {
		for (char *p = unit; (p = strchr(p, '"')) != NULL;)
			*p = '\'';
	}
	return unit;
}

char *unit_parent(const char *unit)
{
	const char *end = path_segment_end(unit);

	return *end == '\0' ? NULL : xasprintf("%.*s", (int)(end - unit), unit);
}

/* Children that move with the unit of their parent. */
static bool is_proper(const struct unit_rules *r, const struct lyd_node *c)
{
	return !lysc_is_key(c->schema) && !unit_is_split(r, c->schema);
}

/* The entry of path in *tree, made with its keys if absent. */
static struct lyd_node *ensure_entry(struct lyd_node **tree, const struct ly_ctx *ctx,
	const char *path)
{
	struct lyd_node *entry = tree_find(*tree, path);
	struct lyd_node *top = NULL;

	if (entry != NULL)
		return entry;
	if (lyd_new_path(*tree, ctx, path, NULL, 0, &top) != LY_SUCCESS)
		abort();
	tree_first(tree, top);
	return tree_find(*tree, path);
}

static void copy_children(const struct unit_rules *r, struct lyd_node *dst,
	const struct lyd_node *src)
{
	for (const struct lyd_node *c = lyd_child(src); c != NULL; c = c->next) {
		if (!is_proper(r, c))
			continue;
		if (lyd_dup_single(c, (struct lyd_node_inner *)(void *)dst,
			    LYD_DUP_RECURSIVE | LYD_DUP_WITH_FLAGS, NULL) != LY_SUCCESS)
			abort();
	}
}

void unit_copy(const struct unit_rules *r, struct lyd_node **dst, const struct lyd_node *src,
	const char *unit)
{
	const struct lyd_node *from = tree_find(src, unit);
	struct lyd_node *to;

	if (from == NULL)
		return;
	to = ensure_entry(dst, r->mod->ctx, unit);
	copy_children(r, to, from);
	to->flags = from->flags;
}

static void free_proper(const struct unit_rules *r, struct lyd_node *entry)
{
	struct lyd_node *c = lyd_child(entry);

	while (c != NULL) {
		struct lyd_node *next = c->next;

		if (is_proper(r, c))
			lyd_free_tree(c);
		c = next;
	}
}

static void move_proper(const struct unit_rules *r, struct lyd_node *dst, struct lyd_node *src)
{
	struct lyd_node *c = lyd_child(src);

	while (c != NULL) {
		struct lyd_node *next = c->next;

		if (is_proper(r, c)) {
			lyd_unlink_tree(c);
			if (lyd_insert_child(dst, c) != LY_SUCCESS)
				abort();
		}
		c = next;
	}
	dst->flags = src->flags;
}

void unit_install(const struct unit_rules *r, struct lyd_node **dst, struct lyd_node **src,
	const char *unit)
{
	struct lyd_node *from = tree_find(*src, unit);
	struct lyd_node *to = tree_find(*dst, unit);
	const bool is_new = to == NULL;

	if (from == NULL) {
		if (to != NULL)
			tree_remove(dst, to);
		return;
	}
	if (is_new)
		to = ensure_entry(dst, r->mod->ctx, unit);
	else
		free_proper(r, to);
	move_proper(r, to, from);
}

/* The first one of them that is a unit of its own. */
static struct lyd_node *first_split(const struct unit_rules *r, struct lyd_node *sibling)
{
	while (sibling != NULL && !unit_is_split(r, sibling->schema))
		sibling = sibling->next;
	return sibling;
}

struct lyd_node *unit_after(const struct unit_rules *r, const struct lyd_node *node)
{
	struct lyd_node *next;

	if (lyd_parent(node) == NULL)
		return node->next;
	next = first_split(r, node->next);
	return next != NULL ? next : lyd_parent(node)->next;
}

struct lyd_node *unit_next(const struct unit_rules *r, const struct lyd_node *node)
{
	struct lyd_node *in = NULL;

	if (lyd_parent(node) == NULL && node->schema->nodetype == LYS_LIST)
		in = first_split(r, lyd_child(node));
	return in != NULL ? in : unit_after(r, node);
}

char *unit_format(const struct unit_rules *r, const struct lyd_node *tree, const char *unit)
{
	struct lyd_node *copy = NULL;
	char *text;

	if (tree_find(tree, unit) == NULL)
		return NULL;
	unit_copy(r, &copy, tree, unit);
	text = tree_format(copy, LYD_JSON, LYD_PRINT_WD_EXPLICIT | LYD_PRINT_SHRINK);
	lyd_free_all(copy);
	return text;
}
