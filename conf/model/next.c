/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What may follow: the question of Tab and '?'. Words of the model come with their descriptions,
 * values as a placeholder plus, where existing objects are meant, the data path that lists them.
 * References by name that are no leafrefs (a tenant's policy may shadow a global one) are known by
 * the leaf's name.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conf/model/type.h"
#include "conf/model/walk.h"
#include "lib/base/xalloc.h"

struct emit {
	void (*fn)(void *ctx, const struct schema_next *next);
	void *ctx;
};

static void emit_word(const struct emit *e, const char *word, const char *help)
{
	e->fn(e->ctx,
		&(struct schema_next){ .kind = SCHEMA_NEXT_WORD, .word = word, .help = help });
}

static void emit_children(const struct emit *e, const struct schema *s,
	const struct lysc_node *node)
{
	const struct lysc_node *c = NULL;

	while ((c = walk_child_next(s, node, c)) != NULL)
		e->fn(e->ctx,
			&(struct schema_next){
				.kind = SCHEMA_NEXT_WORD,
				.word = c->name,
				.help = c->dsc,
				.is_block = walk_is_block(c),
			});
}

/* Names of policies are looked up in the tenant, then globally. */
static const struct {
	const char *leaf;
	const char *list;
} policy_refs[] = {
	{ "import-policy", "route-map" },
	{ "export-policy", "route-map" },
	{ "prefix-list", "prefix-list" },
	{ "next-hop-list", "prefix-list" },
	{ "as-path-list", "as-path-list" },
	{ "community-list", "community-list" },
	{ "remove-list", "community-list" },
};

static void add_policy_names(const struct walk *w, char *values[2])
{
	const char *end;

	for (size_t i = 0; i < sizeof(policy_refs) / sizeof(policy_refs[0]); i++) {
		if (strcmp(policy_refs[i].leaf, w->node->name) != 0)
			continue;
		values[0] = xasprintf("/vbrd:policy/%s/name", policy_refs[i].list);
		end = strncmp(w->path, "/vbrd:tenant[", 13) == 0 ? strchr(w->path, ']') : NULL;
		if (end != NULL)
			values[1] = xasprintf("%.*s/policy/%s/name", (int)(end + 1 - w->path),
				w->path, policy_refs[i].list);
	}
}

static void emit_value(const struct emit *e, const struct walk *w, const struct lysc_node *leaf,
	char *values[2])
{
	const struct lysc_type *type = type_of(leaf);
	const struct lysc_type_enum *enums = (const struct lysc_type_enum *)type;
	LY_ARRAY_COUNT_TYPE i;
	char *placeholder;

	if (type->basetype == LY_TYPE_BOOL) {
		emit_word(e, "true", leaf->dsc);
		emit_word(e, "false", NULL);
		return;
	}
	if (type->basetype == LY_TYPE_ENUM) {
		LY_ARRAY_FOR(enums->enums, i)
		emit_word(e, enums->enums[i].name, enums->enums[i].dsc);
		return;
	}
	placeholder = type_placeholder(leaf);
	e->fn(e->ctx,
		&(struct schema_next){
			.kind = SCHEMA_NEXT_VALUE,
			.word = placeholder,
			.help = leaf->dsc,
			.units = ((const struct lysc_node_leaf *)leaf)->units,
			.values = { values[0], values[1] },
			.is_block = w->state == WALK_KEY,
			.is_secret = type_secret_max(leaf) != 0,
		});
	free(placeholder);
}

static void emit_state(const struct emit *e, const struct walk *w)
{
	const bool is_path = (w->q->flags & SCHEMA_PATH_ONLY) != 0;
	const bool moved = strcmp(w->path, schema_pos_path(w->q->pos)) != 0;
	char *values[2] = { NULL, NULL };

	switch (w->state) {
	case WALK_CHILD:
		emit_children(e, w->q->pos->schema, w->node);
		if (moved && (w->del || is_path || walk_is_block(w->node)))
			e->fn(e->ctx, &(struct schema_next){ .kind = SCHEMA_NEXT_END });
		break;
	case WALK_KEY:
		values[0] = xasprintf("%s/%s", w->path, w->key->name);
		emit_value(e, w, w->key, values);
		break;
	case WALK_VALUE:
		/*
		 * A deletion wants the values that are there; a list of prefixes knows no others.
		 */
		if (w->del && w->node->nodetype == LYS_LEAFLIST)
			values[0] = xstrdup(w->path);
		else
			values[0] = path_of_target(w->node, w->path);
		if (values[0] == NULL)
			add_policy_names(w, values);
		if (!is_path && (!w->del || w->node->nodetype == LYS_LEAFLIST))
			emit_value(e, w, w->node, values);
		if (w->del || is_path)
			e->fn(e->ctx, &(struct schema_next){ .kind = SCHEMA_NEXT_END });
		break;
	case WALK_DONE:
		e->fn(e->ctx, &(struct schema_next){ .kind = SCHEMA_NEXT_END });
		break;
	}
	free(values[0]);
	free(values[1]);
}

int schema_next(const struct schema_query *q, void (*fn)(void *ctx, const struct schema_next *next),
	void *ctx, struct errbuf *err)
{
	const struct emit e = { .fn = fn, .ctx = ctx };
	struct walk w;
	const int rc = walk_run(&w, q, err);

	if (rc == 0)
		emit_state(&e, &w);
	walk_fini(&w);
	return rc;
}
