/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The grammar as a walk over the compiled model, one state per kind of word that may follow.
 * Choices and cases are transparent, keys are positional. Abbreviation is decided among the
 * children of one node only, so adding a leaf elsewhere changes no typed command.
 */
#include "conf/model/walk.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/model/type.h"
#include "conf/words.h"
#include "lib/base/xalloc.h"

void schema_blocks_push(struct schema_blocks *b, const struct lysc_node *node, const char *path,
	const char *label)
{
	b->v = xreallocarray(b->v, b->n + 1, sizeof(*b->v));
	b->v[b->n++] = (struct schema_block){
		.node = node,
		.path = xstrdup(path),
		.label = xstrdup(label),
	};
}

void schema_blocks_cut(struct schema_blocks *b, uint32_t n)
{
	while (b->n > n) {
		b->n--;
		free(b->v[b->n].path);
		free(b->v[b->n].label);
	}
	if (b->n == 0) {
		free(b->v);
		b->v = NULL;
	}
}

bool walk_is_block(const struct lysc_node *node)
{
	if (node->nodetype == LYS_LIST)
		return true;
	return node->nodetype == LYS_CONTAINER && (node->flags & LYS_PRESENCE) != 0;
}

const struct lysc_node *walk_child_next(const struct schema *s, const struct lysc_node *node,
	const struct lysc_node *prev)
{
	do {
		prev = lys_getnext(prev, node, s->mod->compiled, 0);
	} while (prev != NULL && (lysc_is_key(prev) || (prev->flags & LYS_CONFIG_R) != 0));
	return prev;
}

const struct lysc_node *walk_key_next(const struct lysc_node *list, const struct lysc_node *prev)
{
	const struct lysc_node *next = prev == NULL ? lysc_node_child(list) : prev->next;

	return next != NULL && lysc_is_key(next) ? next : NULL;
}

char *walk_child_names(const struct schema *s, const struct lysc_node *node)
{
	const struct lysc_node *c = NULL;
	char *names = xstrdup("");

	while ((c = walk_child_next(s, node, c)) != NULL) {
		char *more = xasprintf("%s%s%s", names, *names == '\0' ? "" : ", ", c->name);

		free(names);
		names = more;
	}
	return names;
}

const char *path_segment_end(const char *p)
{
	char quote = '\0';

	for (p++; *p != '\0'; p++) {
		if (quote != '\0') {
			if (*p == quote)
				quote = '\0';
		} else if (*p == '\'' || *p == '"') {
			quote = *p;
		} else if (*p == '/') {
			break;
		}
	}
	return p;
}

void path_cut(char *path)
{
	const char *last = path;

	for (const char *p = path; *p != '\0'; p = path_segment_end(p))
		last = p;
	path[last - path] = '\0';
}

char *path_strip_keys(const char *path)
{
	char *plain = xmalloc(strlen(path) + 1);
	char *o = plain;
	char quote = '\0';
	bool in_key = false;

	for (; *path != '\0'; path++) {
		if (quote != '\0')
			quote = *path == quote ? '\0' : quote;
		else if (in_key && (*path == '\'' || *path == '"'))
			quote = *path;
		else if (*path == '[')
			in_key = true;
		else if (*path == ']')
			in_key = false;
		else if (!in_key)
			*o++ = *path;
	}
	*o = '\0';
	return plain;
}

char *path_add_key(char *path, const char *key, const char *value)
{
	const char *quote = strchr(value, '\'') == NULL ? "'" : "\"";
	char *out = NULL;

	if (strstr(value, quote) == NULL)
		out = xasprintf("%s[%s=%s%s%s]", path, key, quote, value, quote);
	free(path);
	return out;
}

char *path_of_target(const struct lysc_node *leaf, const char *path)
{
	const struct lysc_type *type = ((const struct lysc_node_leaf *)leaf)->type;
	const char *expr;
	char *base;
	char *out;

	if (type->basetype != LY_TYPE_LEAFREF)
		return NULL;
	/* Leafrefs of our model are relative: up by "..", then down by names. */
	expr = lyxp_get_expr(((const struct lysc_type_leafref *)type)->path);
	base = xstrdup(path);
	while (strncmp(expr, "../", 3) == 0) {
		path_cut(base);
		expr += 3;
	}
	out = xasprintf("%s/%s%s", base, *base == '\0' ? "vbrd:" : "", expr);
	free(base);
	return out;
}

static char *place_name(const struct lysc_node *node)
{
	if (node == NULL)
		return xstrdup("at the top");
	return xasprintf("in %s", node->name);
}

/* Child that a word names; ambiguity and absence are told apart, since the cures differ. */
static const struct lysc_node *match_child(const struct walk *w, const char *word,
	struct errbuf *err)
{
	const struct schema *s = w->q->pos->schema;
	const bool may_abbreviate = (w->q->flags & SCHEMA_ABBREVIATE) != 0;
	const struct lysc_node *c = NULL;
	const struct lysc_node *found = NULL;
	const struct lysc_node *rival = NULL;
	const size_t len = strlen(word);
	char *place;
	char *names;

	while ((c = walk_child_next(s, w->node, c)) != NULL) {
		if (strcmp(c->name, word) == 0)
			return c;
		if (!may_abbreviate || len == 0 || strncmp(c->name, word, len) != 0)
			continue;
		rival = found;
		found = c;
	}
	if (rival != NULL) {
		errbuf_add(err, NULL, 0,
			"\"%s\" is ambiguous: it may be %s or %s; type more of the word", word,
			rival->name, found->name);
		return NULL;
	}
	if (found == NULL) {
		place = place_name(w->node);
		names = walk_child_names(s, w->node);
		errbuf_add(err, NULL, 0, "unknown word \"%s\" %s: expected one of %s", word, place,
			names);
		free(place);
		free(names);
	}
	return found;
}

static void set_string(char **dst, char *take)
{
	free(*dst);
	*dst = take;
}

static void open_block(struct walk *w)
{
	schema_blocks_push(&w->opened, w->node, w->path, w->label);
	w->state = WALK_CHILD;
}

static int walk_child(struct walk *w, const char *word, struct errbuf *err)
{
	const struct lysc_node *c = match_child(w, word, err);

	if (c == NULL)
		return -EINVAL;
	set_string(&w->path,
		xasprintf("%s/%s%s", w->path, *w->path == '\0' ? "vbrd:" : "", c->name));
	w->node = c;
	if (walk_is_block(c))
		set_string(&w->label, xstrdup(c->name));
	if (c->nodetype == LYS_LIST) {
		w->key = walk_key_next(c, NULL);
		w->state = WALK_KEY;
	} else if (c->nodetype == LYS_CONTAINER) {
		if (walk_is_block(c))
			open_block(w);
	} else {
		w->state = type_of(c)->basetype == LY_TYPE_EMPTY ? WALK_DONE : WALK_VALUE;
	}
	return 0;
}

static int walk_key(struct walk *w, const char *word, struct errbuf *err)
{
	const uint32_t first = err->n;
	char *canonical;
	char *quoted;

	if (type_check(w->key, word, &canonical, err) < 0) {
		errbuf_prefix(err, first, "%s ", w->node->name);
		return -EINVAL;
	}
	w->path = path_add_key(w->path, w->key->name, canonical);
	quoted = words_quote(canonical);
	free(canonical);
	set_string(&w->label, xasprintf("%s %s", w->label, quoted));
	free(quoted);
	if (w->path == NULL) {
		errbuf_add(err, NULL, 0, "%s: a name cannot hold both kinds of quotes",
			w->key->name);
		return -EINVAL;
	}
	w->key = walk_key_next(w->node, w->key);
	if (w->key == NULL)
		open_block(w);
	return 0;
}

/* "true" may be typed "t", as any word of the model. */
static const char *expand_value(const struct walk *w, const char *word)
{
	const struct lysc_type *type = type_of(w->node);
	const struct lysc_type_enum *e = (const struct lysc_type_enum *)type;
	const size_t len = strlen(word);
	const char *found = NULL;
	LY_ARRAY_COUNT_TYPE i;

	if ((w->q->flags & SCHEMA_ABBREVIATE) == 0 || len == 0)
		return word;
	if (type->basetype == LY_TYPE_BOOL) {
		if (strncmp("true", word, len) == 0)
			return "true";
		return strncmp("false", word, len) == 0 ? "false" : word;
	}
	if (type->basetype != LY_TYPE_ENUM)
		return word;
	LY_ARRAY_FOR(e->enums, i)
	{
		if (strncmp(e->enums[i].name, word, len) != 0)
			continue;
		if (e->enums[i].name[len] == '\0')
			return word;
		if (found != NULL)
			return word;
		found = e->enums[i].name;
	}
	return found != NULL ? found : word;
}

static int walk_value(struct walk *w, const char *word, struct errbuf *err)
{
	if (type_check(w->node, expand_value(w, word), &w->value, err) < 0)
		return -EINVAL;
	w->state = WALK_DONE;
	return 0;
}

static int walk_word(struct walk *w, const char *word, struct errbuf *err)
{
	switch (w->state) {
	case WALK_CHILD:
		return walk_child(w, word, err);
	case WALK_KEY:
		return walk_key(w, word, err);
	case WALK_VALUE:
		return walk_value(w, word, err);
	case WALK_DONE:
		break;
	}
	if (type_secret_max(w->node) != 0)
		errbuf_add(err, NULL, 0, "%s: more than one word; quote a secret with blanks",
			w->node->name);
	else
		errbuf_add(err, NULL, 0,
			"%s: \"%s\" is one word too many; quote a value with blanks: \"...\"",
			w->node->name, word);
	return -EINVAL;
}

int walk_run(struct walk *w, const struct schema_query *q, struct errbuf *err)
{
	const struct schema_blocks *b = &q->pos->blocks;
	const struct schema_block *top = b->n > 0 ? &b->v[b->n - 1] : NULL;
	uint32_t i = 0;

	*w = (struct walk){
		.q = q,
		.node = top != NULL ? top->node : NULL,
		.path = xstrdup(top != NULL ? top->path : ""),
		.label = xstrdup(""),
	};
	if (q->n > 0 && strcmp(q->words[0], "no") == 0) {
		w->del = true;
		i++;
	}
	for (; i < q->n; i++) {
		const int rc = walk_word(w, q->words[i], err);

		if (rc < 0)
			return rc;
	}
	return 0;
}

void walk_fini(struct walk *w)
{
	free(w->path);
	free(w->label);
	free(w->value);
	schema_blocks_cut(&w->opened, 0);
}
