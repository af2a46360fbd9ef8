/* SPDX-License-Identifier: Apache-2.0 */
/*
 * References forward: each leafref of a unit in scope names one entry; its unit comes in, and what
 * that refers to, until nothing is added. References backward: for each deleted entry, the
 * leafrefs of the model that may name it are looked up in running; units that hold one come in, so
 * that validation itself refuses the deletion with the usual sentence. Backward costs a walk of
 * one list, and only on deletions.
 */
#include "conf/txn/scope.h"

#include <stdlib.h>
#include <string.h>

#include "conf/model/tree.h"
#include "conf/model/walk.h"
#include "conf/model/yang_err.h"
#include "lib/base/xalloc.h"

struct scope {
	const struct unit_rules *r;
	const struct lyd_node *running;
	struct lyd_node *tree;
	struct units have; /* touched or brought in */
};

static void add_references(struct scope *s, const struct lyd_node *node);

/* Bring a unit of running in, with what it refers to. */
static void bring_in(struct scope *s, const char *path)
{
	char *unit = unit_of_path(s->r, path);

	if (unit != NULL && units_add(&s->have, unit, 0) && tree_find(s->running, unit) != NULL) {
		unit_copy(s->r, &s->tree, s->running, unit);
		add_references(s, tree_find(s->tree, unit));
	}
	free(unit);
}

static void add_references(struct scope *s, const struct lyd_node *node)
{
	const struct lyd_node *c;
	char *target;

	if (tree_is_leafref(node->schema)) {
		target = tree_leafref_entry(node);
		if (target != NULL)
			bring_in(s, target);
		free(target);
		return;
	}
	for (c = lyd_child(node); c != NULL; c = c->next)
		add_references(s, c);
}

/* Where leaves of one leafref would name the deleted unit: an XPath, or NULL. */
static char *referrers_of(const struct lysc_node *leafref, const char *unit,
	const struct lysc_node *list, const char *key_value)
{
	char *schema_path = lysc_path(leafref, LYSC_PATH_DATA, NULL, 0);
	char *target = path_of_target(leafref, schema_path);
	char *list_path = lysc_path(list, LYSC_PATH_DATA, NULL, 0);
	const char *quote = strchr(key_value, '\'') == NULL ? "'" : "\"";
	char *parent = unit_parent(unit);
	const char *rest = schema_path;
	char *xpath = NULL;

	path_cut(target);
	if (strcmp(target, list_path) == 0) {
		/* A list in a tenant is named from within the same tenant only. */
		if (parent != NULL)
			rest = strchr(schema_path + 1, '/');
		xpath = xasprintf("%s%s[.=%s%s%s]", parent != NULL ? parent : "", rest, quote,
			key_value, quote);
	}
	free(parent);
	free(list_path);
	free(target);
	free(schema_path);
	return xpath;
}

static void bring_in_matches(struct scope *s, const char *xpath)
{
	struct ly_set *set = NULL;

	if (lyd_find_xpath(s->running, xpath, &set) != LY_SUCCESS) {
		yang_err_drop(s->r->mod->ctx);
		return;
	}
	for (uint32_t i = 0; i < set->count; i++) {
		char *path = tree_path(set->dnodes[i]);

		bring_in(s, path);
		free(path);
	}
	ly_set_free(set, NULL);
}

struct referrer_walk {
	struct scope *scope;
	const char *unit;
	const struct lyd_node *entry;
};

static LY_ERR visit_schema(struct lysc_node *node, void *data, ly_bool *dfs_continue)
{
	const struct referrer_walk *w = data;
	char *xpath;

	(void)dfs_continue;
	if (!tree_is_leafref(node))
		return LY_SUCCESS;
	xpath = referrers_of(node, w->unit, w->entry->schema, lyd_get_value(lyd_child(w->entry)));
	if (xpath != NULL)
		bring_in_matches(w->scope, xpath);
	free(xpath);
	return LY_SUCCESS;
}

static void add_referrers(struct scope *s, const char *unit)
{
	struct referrer_walk w = { .scope = s, .unit = unit, .entry = tree_find(s->running, unit) };

	if (w.entry == NULL || w.entry->schema->nodetype != LYS_LIST)
		return;
	(void)lysc_module_dfs_full(s->r->mod, visit_schema, &w);
}

struct lyd_node *scope_build(const struct unit_rules *r, const struct lyd_node *running,
	const struct lyd_node *tree, const struct units *units)
{
	struct scope s = { .r = r, .running = running };

	if (tree != NULL &&
		lyd_dup_siblings(tree, NULL, LYD_DUP_RECURSIVE | LYD_DUP_WITH_FLAGS, &s.tree) !=
			LY_SUCCESS)
		abort();
	for (uint32_t i = 0; i < units->n; i++)
		units_add(&s.have, units->v[i].path, 0);
	/* Owners look up "/system/..." from any object. */
	bring_in(&s, "/vbrd:system");
	for (uint32_t i = 0; i < units->n; i++) {
		const struct lyd_node *node = tree_find(s.tree, units->v[i].path);

		if (node != NULL)
			add_references(&s, node);
		else
			add_referrers(&s, units->v[i].path);
	}
	units_fini(&s.have);
	return s.tree == NULL ? NULL : lyd_first_sibling(s.tree);
}
