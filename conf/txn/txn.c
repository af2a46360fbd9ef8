/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Order of a commit, and why: the model first (cheap, best sentences), then the owner's
 * validation, then prepare (may fail, undone by abort), then the record on disk (may fail for want
 * of space: still undone by abort), then apply, which cannot fail. So a crash at any point leaves
 * the old configuration or the new one: a record that is on disk is done again at start.
 */
#include "conf/txn/txn.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf_int.h"
#include "conf/model/tree.h"
#include "conf/model/yang_err.h"
#include "conf/txn/change.h"
#include "conf/txn/snapshot.h"
#include "lib/base/xalloc.h"

void txn_all_units(const struct conf *c, const struct lyd_node *a, const struct lyd_node *b,
	struct units *out)
{
	units_add_tree(out, &c->rules, a);
	units_add_tree(out, &c->rules, b);
}

static int validate_model(struct txn *t, struct errbuf *err)
{
	struct schema *s = t->conf->schema;

	if (lyd_validate_module(&t->tree, s->mod, LYD_VALIDATE_NO_STATE, NULL) != LY_SUCCESS) {
		yang_err_take_of(s->ctx, t->tree, err);
		return -EINVAL;
	}
	tree_sort(&t->tree);
	return 0;
}

/* Changes of all units; those that differ at all go to out. */
static void collect(const struct txn *t, struct changes *changes, struct units *differing)
{
	const struct conf *c = t->conf;
	const struct change_rules rules = {
		.objects = c->p.objects,
		.nodes = c->object_nodes,
		.n = c->p.n_objects,
		.split = c->rules.split,
		.n_split = c->rules.n_split,
	};

	for (uint32_t i = 0; i < t->units->n; i++) {
		const char *path = t->units->v[i].path;

		if (changes_add(changes, &rules, tree_find(c->running, path),
			    tree_find(t->tree, path)))
			units_add(differing, path, 0);
	}
	changes_sort(changes);
}

static int phases(struct conf *c, struct changes *ch, bool check, struct errbuf *err)
{
	const struct conf_ops *ops = c->p.ops;
	int rc = 0;

	if (ops->validate != NULL)
		rc = ops->validate(c->p.ctx, ch->v, ch->n, err);
	if (rc < 0)
		return rc;
	if (!check && ops->prepare != NULL)
		rc = ops->prepare(c->p.ctx, ch->v, ch->n, err);
	if ((check || rc < 0) && ops->abort != NULL)
		ops->abort(c->p.ctx, ch->v, ch->n);
	return rc;
}

static char *dup_or_null(const char *s)
{
	return s != NULL ? xstrdup(s) : NULL;
}

static bool is_same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static void fill_unit(const struct txn *t, const char *path, struct store_record *rec)
{
	const struct unit_rules *r = &t->conf->rules;
	char *before = unit_format(r, t->base, path);
	char *after = unit_format(r, t->tree, path);

	if (is_same(before, after)) {
		free(before);
		free(after);
		return;
	}
	rec->units[rec->n++] = (struct store_unit){ .path = xstrdup(path),
		.before = before,
		.after = after };
}

/* What the record compares with may be another tree than running: at start, the stored one. */
static void fill_record(const struct txn *t, const struct units *differing,
	struct store_record *rec)
{
	struct units all = { 0 };

	for (uint32_t i = 0; i < differing->n; i++)
		units_add(&all, differing->v[i].path, 0);
	if (t->base != t->conf->running)
		txn_all_units(t->conf, t->base, NULL, &all);
	*rec = (struct store_record){
		.revision = t->conf->revision + 1,
		.when = time(NULL),
		.user = xstrdup(t->user),
		.comment = dup_or_null(t->comment),
		.file_hash = dup_or_null(t->file_hash),
		.units = xcalloc(all.n > 0 ? all.n : 1, sizeof(*rec->units)),
	};
	for (uint32_t i = 0; i < all.n; i++)
		fill_unit(t, all.v[i].path, rec);
	units_fini(&all);
}

static void install(struct txn *t, const struct units *differing)
{
	struct conf *c = t->conf;

	if (c->running == NULL) {
		c->running = t->tree;
		t->tree = NULL;
		return;
	}
	for (uint32_t i = 0; i < differing->n; i++) {
		const char *path = differing->v[i].path;

		snapshot_follow(c, t->tree, path);
		unit_install(&c->rules, &c->running, &t->tree, path);
	}
	c->running = lyd_first_sibling(c->running);
}

static int finish(struct txn *t, struct changes *ch, const struct units *differing,
	struct errbuf *err)
{
	struct conf *c = t->conf;
	struct store_record rec = { 0 };
	int rc = 0;

	if (!t->restore) {
		fill_record(t, differing, &rec);
		rc = store_put_record(c->store, &rec, err);
	}
	if (rc < 0) {
		if (c->p.ops->abort != NULL)
			c->p.ops->abort(c->p.ctx, ch->v, ch->n);
		store_record_fini(&rec);
		return rc;
	}
	if (c->p.ops->apply != NULL)
		c->p.ops->apply(c->p.ctx, ch->v, ch->n);
	install(t, differing);
	if (!t->restore) {
		c->revision = rec.revision;
		history_add(c, &rec);
		if (t->file_hash != NULL) {
			free(c->file_hash);
			c->file_hash = xstrdup(t->file_hash);
			c->file_revision = c->revision;
		}
		snapshot_now_and_then(c);
	}
	store_record_fini(&rec);
	return 0;
}

int txn_run(struct txn *t, struct errbuf *err)
{
	struct conf *c = t->conf;
	struct changes changes = { 0 };
	struct units differing = { 0 };
	struct units all = { 0 };
	int rc = validate_model(t, err);

	if (rc < 0)
		return rc;
	if (c->running == NULL || t->units == NULL) {
		txn_all_units(c, c->running, t->tree, &all);
		t->units = &all;
	}
	collect(t, &changes, &differing);
	/* The first commit counts even when it says nothing: the defaults begin to be in force. */
	if (differing.n > 0 || t->file_hash != NULL || c->running == NULL)
		rc = phases(c, &changes, t->check, err);
	else
		t->check = true;
	if (rc == 0 && !t->check)
		rc = finish(t, &changes, &differing, err);
	changes_fini(&changes);
	units_fini(&differing);
	units_fini(&all);
	return rc;
}
