/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A comparison of our own instead of libyang's diff: it yields both versions of an object at once,
 * which is what owners compare, and needs no third tree. Children are paired by libyang's hash, so
 * the cost is that of the nodes compared. A changed leaf marks the nearest object above it, once.
 */
#include "conf/txn/change.h"

#include <stdlib.h>
#include <string.h>

#include "conf/conf_int.h"
#include "conf/model/tree.h"
#include "conf/model/yang_err.h"
#include "lib/base/xalloc.h"

struct differ {
	struct changes *c;
	const struct change_rules *r;
	bool differs;
};

static int object_of(const struct change_rules *r, const struct lysc_node *node)
{
	for (uint32_t i = 0; i < r->n; i++) {
		if (r->nodes[i] == node)
			return (int)i;
	}
	return -1;
}

static bool is_split(const struct change_rules *r, const struct lysc_node *node)
{
	for (uint32_t i = 0; i < r->n_split; i++) {
		if (r->split[i] == node)
			return true;
	}
	return false;
}

static struct lyd_node *find_twin(const struct lyd_node *first, const struct lyd_node *node)
{
	struct lyd_node *twin = NULL;

	if (first == NULL || lyd_find_sibling_first(first, node, &twin) != LY_SUCCESS)
		return NULL;
	return twin;
}

static const struct conf_node *to_conf(const struct lyd_node *n)
{
	return (const struct conf_node *)(const void *)n;
}

static void emit(struct differ *d, int object, const struct lyd_node *before,
	const struct lyd_node *after)
{
	struct changes *c = d->c;

	if (c->n == c->size) {
		c->size = c->size == 0 ? 16 : 2 * c->size;
		c->v = xreallocarray(c->v, c->size, sizeof(*c->v));
		c->prio = xreallocarray(c->prio, c->size, sizeof(*c->prio));
	}
	c->prio[c->n] = d->r->objects[object].prio;
	c->v[c->n++] = (struct conf_change){
		.op = before == NULL  ? CONF_OP_CREATE :
			after == NULL ? CONF_OP_DELETE :
					CONF_OP_MODIFY,
		.kind = d->r->objects[object].kind,
		.path = tree_path(after != NULL ? after : before),
		.before = to_conf(before),
		.after = to_conf(after),
	};
}

static void diff_node(struct differ *d, const struct lyd_node *before, const struct lyd_node *after,
	bool *changed);

static void diff_children(struct differ *d, const struct lyd_node *before,
	const struct lyd_node *after, bool *changed)
{
	const struct lyd_node *b = before != NULL ? lyd_child(before) : NULL;
	const struct lyd_node *a = after != NULL ? lyd_child(after) : NULL;
	const bool is_top = lyd_parent(before != NULL ? before : after) == NULL;
	const struct lyd_node *c;

	for (c = a; c != NULL; c = c->next) {
		if (!is_top || !is_split(d->r, c->schema))
			diff_node(d, find_twin(b, c), c, changed);
	}
	for (c = b; c != NULL; c = c->next) {
		if ((!is_top || !is_split(d->r, c->schema)) && find_twin(a, c) == NULL)
			diff_node(d, c, NULL, changed);
	}
}

static void diff_leaf(struct differ *d, const struct lyd_node *before, const struct lyd_node *after,
	bool *changed)
{
	if (before == NULL || after == NULL ||
		strcmp(lyd_get_value(before), lyd_get_value(after)) != 0) {
		*changed = true;
		d->differs = true;
	} else if ((before->flags & LYD_DEFAULT) != (after->flags & LYD_DEFAULT)) {
		d->differs = true;
	}
}

static void diff_node(struct differ *d, const struct lyd_node *before, const struct lyd_node *after,
	bool *changed)
{
	const struct lysc_node *schema = (before != NULL ? before : after)->schema;
	const int object = object_of(d->r, schema);
	bool own_change = false;

	if ((schema->nodetype & (LYS_LEAF | LYS_LEAFLIST)) != 0) {
		diff_leaf(d, before, after, changed);
		return;
	}
	/* An entry or presence container that comes or goes is a change even when it is empty. */
	if ((before == NULL || after == NULL) && walk_is_block(schema))
		own_change = true;
	d->differs |= own_change;
	diff_children(d, before, after, &own_change);
	if (object >= 0 && (own_change || before == NULL || after == NULL))
		emit(d, object, before, after);
	else if (own_change && object < 0)
		*changed = true;
}

bool changes_add(struct changes *c, const struct change_rules *r, const struct lyd_node *before,
	const struct lyd_node *after)
{
	struct differ d = { .c = c, .r = r };
	bool changed = false;

	if (before != NULL || after != NULL)
		diff_node(&d, before, after, &changed);
	return d.differs;
}

struct sort_item {
	struct conf_change change;
	int8_t prio;
	uint32_t index;
};

static int cmp_item(const void *va, const void *vb)
{
	const struct sort_item *a = va;
	const struct sort_item *b = vb;
	const bool del_a = a->change.op == CONF_OP_DELETE;
	const bool del_b = b->change.op == CONF_OP_DELETE;

	if (del_a != del_b)
		return del_a ? -1 : 1;
	if (a->prio != b->prio)
		return (a->prio < b->prio) != del_a ? -1 : 1;
	return a->index < b->index ? -1 : 1;
}

void changes_sort(struct changes *c)
{
	struct sort_item *items = xcalloc(c->n > 0 ? c->n : 1, sizeof(*items));

	for (uint32_t i = 0; i < c->n; i++)
		items[i] = (struct sort_item){ c->v[i], c->prio[i], i };
	qsort(items, c->n, sizeof(*items), cmp_item);
	for (uint32_t i = 0; i < c->n; i++) {
		c->v[i] = items[i].change;
		c->prio[i] = items[i].prio;
	}
	free(items);
}

void changes_fini(struct changes *c)
{
	for (uint32_t i = 0; i < c->n; i++)
		free((char *)(uintptr_t)c->v[i].path);
	free(c->v);
	free(c->prio);
	*c = (struct changes){ 0 };
}
