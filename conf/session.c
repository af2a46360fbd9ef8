/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sessions: a private candidate is copies of the units that were touched, nothing else, so a
 * thousand idle sessions cost nothing and what others commit elsewhere is seen at once. A unit
 * that was touched and is not in the tree is deleted. Loading a whole configuration makes the tree
 * the candidate itself. Candidates of units are proved by a scope (txn/scope.c), whole ones by
 * themselves.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf_int.h"
#include "conf/model/tree.h"
#include "conf/model/type.h"
#include "conf/model/yang_err.h"
#include "conf/txn/scope.h"
#include "conf/txn/txn.h"
#include "lib/base/xalloc.h"

struct conf_session *conf_session_new(struct conf *c, const char *user)
{
	struct conf_session *s = xcalloc(1, sizeof(*s));

	s->conf = c;
	s->user = xstrdup(user);
	LIST_INSERT_HEAD(&c->sessions, s, entry);
	return s;
}

void conf_session_free(struct conf_session *s)
{
	if (s == NULL)
		return;
	if (s->conf->exclusive == s)
		s->conf->exclusive = NULL;
	session_clear(s);
	LIST_REMOVE(s, entry);
	free(s->user);
	free(s);
}

int conf_session_exclusive(struct conf_session *s, bool on, struct errbuf *err)
{
	struct conf *c = s->conf;

	if (c->exclusive != NULL && c->exclusive != s) {
		errbuf_add(err, NULL, 0,
			"%s holds the exclusive lock: wait until that session has left "
			"configuration mode",
			c->exclusive->user);
		return -EBUSY;
	}
	c->exclusive = on ? s : NULL;
	return 0;
}

void session_clear(struct conf_session *s)
{
	lyd_free_all(s->tree);
	s->tree = NULL;
	units_fini(&s->units);
	s->whole = false;
	free(s->file_hash);
	s->file_hash = NULL;
}

void session_touch(struct conf_session *s, const char *unit)
{
	struct conf *c = s->conf;
	char *parent;

	if (s->whole || !units_add(&s->units, unit, c->revision))
		return;
	unit_copy(&c->rules, &s->tree, c->running, unit);
	/* A unit in an entry that running lacks makes that entry, too. */
	parent = unit_parent(unit);
	if (parent != NULL && tree_find(c->running, parent) == NULL)
		session_touch(s, parent);
	free(parent);
}

struct lyd_node *session_full_tree(const struct conf_session *s)
{
	const struct lyd_node *base = s->whole ? s->tree : s->conf->running;
	struct lyd_node *full = NULL;
	struct lyd_node *units = NULL;

	if (base != NULL &&
		lyd_dup_siblings(base, NULL, LYD_DUP_RECURSIVE | LYD_DUP_WITH_FLAGS, &full) !=
			LY_SUCCESS)
		abort();
	if (s->whole)
		return full;
	if (s->tree != NULL &&
		lyd_dup_siblings(s->tree, NULL, LYD_DUP_RECURSIVE | LYD_DUP_WITH_FLAGS, &units) !=
			LY_SUCCESS)
		abort();
	for (uint32_t i = 0; i < s->units.n; i++)
		unit_install(&s->conf->rules, &full, &units, s->units.v[i].path);
	lyd_free_all(units);
	return full;
}

int session_run(struct conf_session *s, const struct conf_commit *how, struct errbuf *err)
{
	struct conf *c = s->conf;
	struct txn t = {
		.conf = c,
		.base = c->running,
		.user = s->user,
		.comment = how->comment,
		.file_hash = s->file_hash,
		.check = how->check,
	};
	int rc;

	if (s->whole || c->running == NULL) {
		t.tree = session_full_tree(s);
	} else {
		t.tree = scope_build(&c->rules, c->running, s->tree, &s->units);
		t.units = &s->units;
	}
	rc = txn_run(&t, err);
	lyd_free_all(t.tree);
	return rc;
}

/* Schema node of a data path, whose predicates it skips; NULL if the model has none. */
static const struct lysc_node *schema_of(const struct conf *c, const char *path)
{
	char *plain = path_strip_keys(path);
	const struct lysc_node *node;

	node = *plain == '/' ? lys_find_path(c->schema->ctx, NULL, plain, 0) : NULL;
	yang_err_drop(c->schema->ctx);
	free(plain);
	return node != NULL && node->module == c->schema->mod ? node : NULL;
}

/* Unit of an edit, touched; NULL with a sentence. */
static char *touch_path(struct conf_session *s, const char *path, const struct lysc_node **node,
	struct errbuf *err)
{
	char *unit = NULL;

	*node = schema_of(s->conf, path);
	if (*node == NULL) {
		errbuf_add(err, path, 0,
			"unknown node: the model has no such path; check the names in it");
		return NULL;
	}
	unit = unit_of_path(&s->conf->rules, path);
	if (unit == NULL)
		errbuf_add(err, path, 0, "the key of the list is missing: name one entry");
	return unit;
}

static int check_value(struct conf_session *s, const struct lysc_node *node, const char *path,
	const char *value, char **stored, struct errbuf *err)
{
	const struct lyd_node *old;
	const uint32_t first = err->n;

	if ((node->nodetype & (LYS_LEAF | LYS_LEAFLIST)) == 0 ||
		type_of(node)->basetype == LY_TYPE_EMPTY) {
		*stored = NULL;
		return 0;
	}
	if (value == NULL) {
		errbuf_add(err, path, 0, "%s: a value is missing", node->name);
		return -EINVAL;
	}
	if (type_check(node, value, stored, err) == 0) {
		if (type_secret_max(node) == 0)
			return 0;
		old = tree_find(s->tree, path);
		if (old == NULL)
			old = tree_find(s->conf->running, path);
		free(*stored);
		*stored = secret_seal(s->conf, value, old != NULL ? lyd_get_value(old) : NULL, err);
		if (*stored != NULL)
			return 0;
	}
	for (uint32_t i = first; i < err->n; i++) {
		if (err->items[i].path == NULL)
			err->items[i].path = xstrdup(path);
	}
	return -EINVAL;
}

int conf_set(struct conf_session *s, const char *path, const char *value, struct errbuf *err)
{
	const struct lysc_node *node;
	char *unit = touch_path(s, path, &node, err);
	char *stored = NULL;
	int rc;

	if (unit == NULL)
		return -EINVAL;
	rc = check_value(s, node, path, value, &stored, err);
	if (rc == 0) {
		session_touch(s, unit);
		rc = tree_set(&s->tree, s->conf->schema, path, stored, err);
	}
	free(stored);
	free(unit);
	return rc;
}

/* Touch all units inside the entry that goes. */
static void touch_inside(struct conf_session *s, const char *unit)
{
	const struct lyd_node *entry = tree_find(s->conf->running, unit);
	struct units inside = { 0 };

	if (s->whole || entry == NULL)
		return;
	units_add_node(&inside, &s->conf->rules, entry);
	for (uint32_t i = 0; i < inside.n; i++)
		session_touch(s, inside.v[i].path);
	units_fini(&inside);
}

/* Remove what the path names: one node, or all entries of a leaf-list or nested list. */
static uint32_t remove_matches(struct conf_session *s, const char *path, const char *value)
{
	struct ly_set *set = NULL;
	uint32_t removed = 0;

	if (s->tree == NULL || lyd_find_xpath(s->tree, path, &set) != LY_SUCCESS) {
		yang_err_drop(s->conf->schema->ctx);
		return 0;
	}
	for (uint32_t i = 0; i < set->count; i++) {
		struct lyd_node *n = set->dnodes[i];

		if ((n->flags & LYD_DEFAULT) != 0)
			continue;
		if (value != NULL && n->schema->nodetype == LYS_LEAFLIST &&
			strcmp(lyd_get_value(n), value) != 0)
			continue;
		tree_remove(&s->tree, n);
		removed++;
	}
	ly_set_free(set, NULL);
	return removed;
}

int conf_delete(struct conf_session *s, const char *path, const char *value, struct errbuf *err)
{
	const struct lysc_node *node;
	char *unit = touch_path(s, path, &node, err);
	char *canonical = NULL;
	uint32_t removed = 0;

	if (unit == NULL)
		return -EINVAL;
	if (lysc_is_key(node)) {
		errbuf_add(err, path, 0, "%s is the key of its entry: delete the entry",
			node->name);
		free(unit);
		return -EINVAL;
	}
	if (node->nodetype == LYS_LEAFLIST && value != NULL &&
		type_check(node, value, &canonical, err) < 0) {
		free(unit);
		return -EINVAL;
	}
	session_touch(s, unit);
	if (strcmp(unit, path) == 0)
		touch_inside(s, unit);
	removed = remove_matches(s, path, canonical);
	free(canonical);
	free(unit);
	if (removed == 0) {
		errbuf_add(err, path, 0, "nothing to delete: it is not configured");
		return -ENOENT;
	}
	return 0;
}

void conf_discard(struct conf_session *s)
{
	session_clear(s);
}

bool conf_session_is_dirty(const struct conf_session *s)
{
	return s->whole || s->units.n > 0;
}
