/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text and JSON into candidates. A load is whole or not at all: replacing builds a tree of its
 * own, merging keeps a copy of the candidate (which is small: the touched units) until the last
 * line is in.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf_int.h"
#include "conf/model/text.h"
#include "conf/model/tree.h"
#include "conf/model/yang_err.h"
#include "lib/base/xalloc.h"

static bool is_json(const char *text, enum conf_format fmt)
{
	if (fmt == CONF_FORMAT_AUTO)
		return text[strspn(text, " \t\r\n")] == '{';
	return fmt == CONF_FORMAT_JSON;
}

static int edit_line(void *ctx, const struct schema_edit *e, uint32_t line, struct errbuf *err)
{
	struct conf_session *s = ctx;
	const uint32_t first = err->n;
	const int rc = e->op == SCHEMA_OP_SET ? conf_set(s, e->path, e->value, err) :
						conf_delete(s, e->path, e->value, err);

	for (uint32_t i = first; i < err->n; i++)
		err->items[i].line = line;
	return rc;
}

static int read_text(struct conf_session *s, const char *text, struct errbuf *err)
{
	const struct text_sink sink = { .edit = edit_line, .ctx = s };

	return text_parse(s->conf->schema, text, &sink, err);
}

static int read_json(struct conf *c, const char *text, const struct lyd_node *old,
	struct lyd_node **tree, struct errbuf *err)
{
	const struct lyd_node *const olds[2] = { old, c->running };
	int rc = tree_parse(c->schema, text, tree, err);

	if (rc == 0)
		rc = secret_seal_tree(c, *tree, olds, err);
	if (rc < 0) {
		lyd_free_all(*tree);
		*tree = NULL;
	}
	return rc;
}

int load_tree(struct conf *c, const char *text, enum conf_format fmt, struct lyd_node **tree,
	struct errbuf *err)
{
	struct conf_session whole = { .conf = c, .whole = true };
	int rc;

	*tree = NULL;
	if (fmt == CONF_FORMAT_XML) {
		errbuf_add(err, NULL, 0, "XML can be printed, not read: give text or JSON");
		return -EINVAL;
	}
	if (is_json(text, fmt))
		return read_json(c, text, NULL, tree, err);
	rc = read_text(&whole, text, err);
	if (rc < 0)
		session_clear(&whole);
	*tree = whole.tree;
	return rc;
}

static int merge_json(struct conf_session *s, const char *text, struct errbuf *err)
{
	struct conf *c = s->conf;
	struct lyd_node *tree;
	struct units units = { 0 };
	int rc = read_json(c, text, s->tree, &tree, err);

	if (rc < 0)
		return rc;
	units_add_tree(&units, &c->rules, tree);
	for (uint32_t i = 0; i < units.n; i++)
		session_touch(s, units.v[i].path);
	units_fini(&units);
	if (tree != NULL && lyd_merge_siblings(&s->tree, tree, LYD_MERGE_DESTRUCT) != LY_SUCCESS) {
		yang_err_take(c->schema->ctx, err);
		return -EINVAL;
	}
	return 0;
}

/* The candidate as it was, to return to. */
static struct conf_session save(const struct conf_session *s)
{
	struct conf_session saved = { .whole = s->whole, .whole_rev = s->whole_rev };

	if (s->tree != NULL &&
		lyd_dup_siblings(s->tree, NULL, LYD_DUP_RECURSIVE | LYD_DUP_WITH_FLAGS,
			&saved.tree) != LY_SUCCESS)
		abort();
	for (uint32_t i = 0; i < s->units.n; i++)
		units_add(&saved.units, s->units.v[i].path, s->units.v[i].base);
	saved.file_hash = s->file_hash != NULL ? xstrdup(s->file_hash) : NULL;
	return saved;
}

static void restore(struct conf_session *s, struct conf_session *saved)
{
	session_clear(s);
	s->tree = saved->tree;
	s->units = saved->units;
	s->whole = saved->whole;
	s->whole_rev = saved->whole_rev;
	s->file_hash = saved->file_hash;
}

static int merge(struct conf_session *s, const char *text, enum conf_format fmt, struct errbuf *err)
{
	struct conf_session saved = save(s);
	int rc;

	if (is_json(text, fmt))
		rc = merge_json(s, text, err);
	else
		rc = read_text(s, text, err);
	if (rc < 0)
		restore(s, &saved);
	else
		session_clear(&saved);
	return rc;
}

int conf_load(struct conf_session *s, const char *text, enum conf_format fmt, enum conf_load how,
	struct errbuf *err)
{
	struct lyd_node *tree;
	int rc;

	if (how == CONF_LOAD_MERGE && fmt != CONF_FORMAT_XML)
		return merge(s, text, fmt, err);
	rc = load_tree(s->conf, text, fmt, &tree, err);
	if (rc < 0)
		return rc;
	session_clear(s);
	s->tree = tree;
	s->whole = true;
	s->whole_rev = s->conf->revision;
	return 0;
}
