/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Places and edits: the part of the grammar that changes something. The walk itself is in
 * model/walk.c; here its end is judged, because the same words may end an edit, a deletion or a
 * path of a show command, and each allows another end.
 */
#include "conf/schema.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conf/model/type.h"
#include "conf/model/walk.h"
#include "conf/model/yang_err.h"
#include "lib/base/xalloc.h"

struct schema *schema_new(const char *yang_dir, struct errbuf *err)
{
	struct schema *s = xcalloc(1, sizeof(*s));

	/* Errors are collected and put into words, never printed. */
	ly_log_options(LY_LOSTORE);
	ly_log_level(LY_LLERR);
	if (ly_ctx_new(yang_dir, LY_CTX_NO_YANGLIBRARY, &s->ctx) != LY_SUCCESS) {
		errbuf_add(err, NULL, 0, "the directory of the model, %s, cannot be read",
			yang_dir);
		goto err;
	}
	s->mod = ly_ctx_load_module(s->ctx, "vbrd", NULL, NULL);
	if (s->mod == NULL) {
		yang_err_take(s->ctx, err);
		errbuf_add(err, NULL, 0, "no usable model vbrd.yang in %s", yang_dir);
		goto err;
	}
	return s;
err:
	schema_free(s);
	return NULL;
}

void schema_free(struct schema *s)
{
	if (s == NULL)
		return;
	ly_ctx_destroy(s->ctx);
	free(s);
}

struct schema_pos *schema_pos_new(const struct schema *s)
{
	struct schema_pos *p = xcalloc(1, sizeof(*p));

	p->schema = s;
	return p;
}

struct schema_pos *schema_pos_dup(const struct schema_pos *p)
{
	struct schema_pos *dup = schema_pos_new(p->schema);

	for (uint32_t i = 0; i < p->blocks.n; i++) {
		const struct schema_block *b = &p->blocks.v[i];

		schema_blocks_push(&dup->blocks, b->node, b->path, b->label);
	}
	return dup;
}

void schema_pos_free(struct schema_pos *p)
{
	if (p == NULL)
		return;
	schema_blocks_cut(&p->blocks, 0);
	free(p);
}

const char *schema_pos_path(const struct schema_pos *p)
{
	return p->blocks.n > 0 ? p->blocks.v[p->blocks.n - 1].path : "";
}

uint32_t schema_pos_depth(const struct schema_pos *p)
{
	return p->blocks.n;
}

const char *schema_pos_label(const struct schema_pos *p, uint32_t i)
{
	return p->blocks.v[i].label;
}

bool schema_pos_leave(struct schema_pos *p)
{
	if (p->blocks.n == 0)
		return false;
	schema_blocks_cut(&p->blocks, p->blocks.n - 1);
	return true;
}

void schema_pos_leave_to(struct schema_pos *p, uint32_t depth)
{
	if (depth < p->blocks.n)
		schema_blocks_cut(&p->blocks, depth);
}

void schema_pos_enter(struct schema_pos *p, const struct schema_edit *e)
{
	const struct schema_blocks *b = e->blocks;

	if (!e->enters || b == NULL)
		return;
	for (uint32_t i = 0; i < b->n; i++)
		schema_blocks_push(&p->blocks, b->v[i].node, b->v[i].path, b->v[i].label);
}

static int want_more(const struct walk *w, struct errbuf *err)
{
	char *what;

	switch (w->state) {
	case WALK_KEY:
		what = type_expect(w->key);
		errbuf_add(err, NULL, 0, "%s: the %s is missing; give %s", w->node->name,
			w->key->name, what);
		break;
	case WALK_VALUE:
		what = type_expect(w->node);
		errbuf_add(err, NULL, 0, "%s: a value is missing; give %s", w->node->name, what);
		break;
	default:
		what = walk_child_names(w->q->pos->schema, w->node);
		if (w->node == NULL || w->path[0] == '\0')
			errbuf_add(err, NULL, 0, "the line is empty");
		else
			errbuf_add(err, NULL, 0, "%s: more is missing; go on with one of %s",
				w->node->name, what);
		break;
	}
	free(what);
	return -EINVAL;
}

/* May the line end where the walk has come to? */
static int check_end(const struct walk *w, struct errbuf *err)
{
	const bool moved = strcmp(w->path, schema_pos_path(w->q->pos)) != 0;
	const bool is_path = (w->q->flags & SCHEMA_PATH_ONLY) != 0;

	if (w->state == WALK_DONE)
		return 0;
	if (!moved)
		return is_path ? 0 : want_more(w, err);
	if (w->state == WALK_KEY) {
		/* Part of the keys names nothing; none of them names all entries. */
		return is_path && w->key == walk_key_next(w->node, NULL) ? 0 : want_more(w, err);
	}
	if (w->del || is_path)
		return 0;
	if (w->state == WALK_CHILD && walk_is_block(w->node))
		return 0;
	return want_more(w, err);
}

int schema_resolve(const struct schema_query *q, struct schema_edit *out, struct errbuf *err)
{
	struct walk w;
	int rc;

	*out = (struct schema_edit){ 0 };
	rc = walk_run(&w, q, err);
	if (rc == 0)
		rc = check_end(&w, err);
	if (rc < 0) {
		walk_fini(&w);
		return rc;
	}
	out->op = w.del ? SCHEMA_OP_DELETE : SCHEMA_OP_SET;
	out->path = w.path;
	out->value = w.value;
	out->enters = !w.del && w.state == WALK_CHILD && w.opened.n > 0 &&
		w.opened.v[w.opened.n - 1].node == w.node;
	out->secret = w.state == WALK_DONE && type_secret_max(w.node) != 0;
	if (out->enters) {
		struct schema_blocks *blocks = xmalloc(sizeof(*blocks));

		*blocks = w.opened;
		w.opened = (struct schema_blocks){ 0 };
		out->blocks = blocks;
	}
	w.path = NULL;
	w.value = NULL;
	walk_fini(&w);
	return 0;
}

void schema_edit_fini(struct schema_edit *e)
{
	struct schema_blocks *blocks = e->blocks;

	free(e->path);
	free(e->value);
	if (blocks != NULL)
		schema_blocks_cut(blocks, 0);
	free(blocks);
	*e = (struct schema_edit){ 0 };
}
