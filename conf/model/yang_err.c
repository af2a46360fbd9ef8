/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libyang 2 gives a message and one string of locations:
 *
 *	Schema location "/vbrd:tenant/vbr", data location "/vbrd:tenant[name='a']", line number 3.
 *
 * Each row of the table knows one message by its beginning. The quoted words of the message are the
 * arguments of our sentence. A message that no row knows (error-message of the model, above all)
 * passes as it is behind the name of its leaf. Values of secrets are in no sentence.
 */
#include "conf/model/yang_err.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/model/tree.h"
#include "conf/model/type.h"
#include "conf/model/walk.h"
#include "lib/base/xalloc.h"

#define LEADS_NOWHERE "%s \"%s\" does not exist: create it, or name one that exists"

struct location {
	char *schema; /* owned, may be NULL */
	char *data;   /* owned, may be NULL */
	uint32_t line;
};

/* Text between "key" and the quote that ends it. */
static char *take_quoted(const char *s, const char *key)
{
	const char *p = strcasestr(s, key);
	const char *end;

	if (p == NULL)
		return NULL;
	p += strlen(key);
	/*
	 * Keys of the data path may hold quotes: the end is a quote before a comma or a full stop.
	 */
	for (end = p; *end != '\0'; end++) {
		if (*end == '"' && (end[1] == ',' || end[1] == '.' || end[1] == '\0'))
			break;
	}
	return xasprintf("%.*s", (int)(end - p), p);
}

static struct location parse_location(const char *path)
{
	struct location l = { 0 };
	const char *line;

	if (path == NULL)
		return l;
	if (*path == '/') {
		l.data = xstrdup(path);
		return l;
	}
	l.schema = take_quoted(path, "schema location \"");
	l.data = take_quoted(path, "data location \"");
	line = strcasestr(path, "line number ");
	if (line != NULL)
		l.line = (uint32_t)strtoul(line + strlen("line number "), NULL, 10);
	return l;
}

/* Word i (0, 1) in quotes of a message, or "". The caller frees. */
static char *message_word(const char *msg, int i)
{
	const char *p = strchr(msg, '"');

	for (; p != NULL; i--) {
		const char *end = strchr(p + 1, '"');

		if (end == NULL)
			break;
		if (i == 0)
			return xasprintf("%.*s", (int)(end - p - 1), p + 1);
		p = strchr(end + 1, '"');
	}
	return xstrdup("");
}

#define NO_END "%s names neither a vbr nor a vpc: set one of them"

enum kind {
	KIND_UNKNOWN_NODE,
	KIND_MANDATORY,
	KIND_MANDATORY_CHOICE,
	KIND_LEAFREF,
	KIND_DUPLICATE,
	KIND_DUPLICATE_CASE,
	KIND_TOO_MANY,
	KIND_MISSING_KEY,
	KIND_VALUE,
	KIND_OTHER,
};

static const struct {
	const char *start;
	enum kind kind;
} kinds[] = {
	{ "Node \"", KIND_UNKNOWN_NODE },
	{ "No module named", KIND_UNKNOWN_NODE },
	{ "No module connected", KIND_UNKNOWN_NODE },
	{ "Top-level JSON object member", KIND_UNKNOWN_NODE },
	{ "Unknown (or not implemented)", KIND_UNKNOWN_NODE },
	{ "Mandatory node", KIND_MANDATORY },
	{ "Mandatory choice", KIND_MANDATORY_CHOICE },
	{ "Invalid leafref value", KIND_LEAFREF },
	{ "Duplicate instance", KIND_DUPLICATE },
	{ "Data for both cases", KIND_DUPLICATE_CASE },
	{ "Too many", KIND_TOO_MANY },
	{ "List instance is missing its key", KIND_MISSING_KEY },
	{ "Unsatisfied ", KIND_VALUE },
	{ "Invalid ", KIND_VALUE },
	{ "Value \"", KIND_VALUE },
};

static enum kind kind_of(const char *msg)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strncmp(msg, kinds[i].start, strlen(kinds[i].start)) == 0)
			return kinds[i].kind;
	}
	return KIND_OTHER;
}

static bool is_leaf(const struct lysc_node *node)
{
	return node != NULL && (node->nodetype & (LYS_LEAF | LYS_LEAFLIST)) != 0;
}

/* A value that the model refuses: what would be accepted. */
static void add_value(const struct lysc_node *leaf, const char *msg, const struct location *l,
	struct errbuf *err)
{
	char *value;
	char *expect;

	if (!is_leaf(leaf)) {
		errbuf_add(err, l->data, l->line, "%s", msg);
		return;
	}
	value = message_word(msg, 0);
	expect = type_expect(leaf);
	if (type_secret_max(leaf) != 0)
		errbuf_add(err, l->data, l->line, "%s: a secret has 1 to %u characters", leaf->name,
			type_secret_max(leaf));
	else
		errbuf_add(err, l->data, l->line, "%s: \"%s\" is not %s", leaf->name, value,
			expect);
	free(value);
	free(expect);
}

static uint32_t most_entries(const struct lysc_node *node)
{
	if (node != NULL && node->nodetype == LYS_LIST)
		return ((const struct lysc_node_list *)node)->max;
	if (node != NULL && node->nodetype == LYS_LEAFLIST)
		return ((const struct lysc_node_leaflist *)node)->max;
	return 0;
}

/* Some messages come with the data path only. */
static const struct lysc_node *find_schema(const struct ly_ctx *ctx, const struct location *l)
{
	const struct lysc_node *node = NULL;
	char *plain;

	if (l->schema != NULL && l->schema[0] == '/' && l->schema[1] != '\0')
		node = lys_find_path(ctx, NULL, l->schema, 0);
	if (node == NULL && l->data != NULL && l->data[0] == '/' && l->data[1] != '\0') {
		plain = path_strip_keys(l->data);
		node = lys_find_path(ctx, NULL, plain, 0);
		free(plain);
	}
	return node;
}

/* One error for each entry of the tree that lacks the mandatory node. Returns how many. */
static uint32_t add_lacking(const struct lyd_node *tree, const char *schema, const char *name,
	struct errbuf *err)
{
	const char *slash = schema != NULL ? strrchr(schema, '/') : NULL;
	struct ly_set *set = NULL;
	uint32_t n = 0;
	char *xpath;

	if (tree == NULL || slash == NULL || slash == schema)
		return 0;
	xpath = xasprintf("%.*s[not(%s)]", (int)(slash - schema), schema, slash + 1);
	if (lyd_find_xpath(tree, xpath, &set) == LY_SUCCESS) {
		for (n = 0; n < set->count; n++) {
			char *path = lyd_path(set->dnodes[n], LYD_PATH_STD, NULL, 0);

			errbuf_add(err, path, 0, "%s is missing: it has to be set", name);
			free(path);
		}
	}
	ly_set_free(set, NULL);
	free(xpath);
	return n;
}

static bool is_dangling(const struct lyd_node *leaf, const struct lyd_node *tree)
{
	char *entry = tree_leafref_entry(leaf);
	const bool dangling = entry == NULL || tree_find(tree, entry) == NULL;

	free(entry);
	return dangling;
}

/*
 * One error for each reference that leads nowhere: libyang stops at the first, and who deletes
 * what ten objects name wants to hear of ten. Returns how many.
 */
static uint32_t add_dangling(const struct lyd_node *node, const struct lyd_node *tree,
	struct errbuf *err)
{
	uint32_t n = 0;

	for (; node != NULL; node = node->next) {
		char *path;

		if (!tree_is_leafref(node->schema)) {
			n += add_dangling(lyd_child(node), tree, err);
			continue;
		}
		if (!is_dangling(node, tree))
			continue;
		path = tree_path(node);
		errbuf_add(err, path, 0, LEADS_NOWHERE, node->schema->name, lyd_get_value(node));
		free(path);
		n++;
	}
	return n;
}

/*
 * One error for each end of a peering connection that names no instance: each choice of the model
 * is one of these, in a container. Returns how many.
 */
static uint32_t add_lacking_choice(const struct lyd_node *tree, const char *schema,
	struct errbuf *err)
{
	char *container = schema != NULL ? xstrdup(schema) : NULL;
	char *slash = container != NULL ? strrchr(container, '/') : NULL;
	struct ly_set *set = NULL;
	uint32_t n = 0;
	char *xpath;

	if (slash != NULL)
		*slash = '\0'; /* the choice itself stands in no tree */
	slash = slash != NULL ? strrchr(container, '/') : NULL;
	if (tree != NULL && slash != NULL && slash != container) {
		xpath = xasprintf("%.*s[not(%s/*)]", (int)(slash - container), container,
			slash + 1);
		if (lyd_find_xpath(tree, xpath, &set) == LY_SUCCESS)
			n = set->count;
		for (uint32_t i = 0; i < n; i++) {
			char *path = lyd_path(set->dnodes[i], LYD_PATH_STD, NULL, 0);

			errbuf_add(err, path, 0, NO_END, slash + 1);
			free(path);
		}
		ly_set_free(set, NULL);
		free(xpath);
	}
	free(container);
	return n;
}

static void add_item(const struct ly_ctx *ctx, const struct ly_err_item *e,
	const struct lyd_node *tree, struct errbuf *err)
{
	struct location l = parse_location(e->path);
	const enum kind kind = kind_of(e->msg);
	const struct lysc_node *node = find_schema(ctx, &l);
	char *a = message_word(e->msg, 0);

	switch (kind) {
	case KIND_UNKNOWN_NODE:
		errbuf_add(err, l.data, l.line,
			"unknown node \"%s\": the model has no such node here; remove it or mend "
			"its name",
			a);
		break;
	case KIND_MANDATORY:
		if (l.data != NULL || add_lacking(tree, l.schema, a, err) == 0)
			errbuf_add(err, l.data, l.line, "%s is missing: it has to be set", a);
		break;
	case KIND_MANDATORY_CHOICE:
		if (add_lacking_choice(tree, l.schema, err) == 0)
			errbuf_add(err, l.data, l.line, NO_END, "one end");
		break;
	case KIND_LEAFREF:
		if (add_dangling(tree, tree, err) == 0)
			errbuf_add(err, l.data, l.line, LEADS_NOWHERE,
				node != NULL ? node->name : "the object", a);
		break;
	case KIND_DUPLICATE:
		errbuf_add(err, l.data, l.line, "%s is given twice: remove one", a);
		break;
	case KIND_DUPLICATE_CASE:
		errbuf_add(err, l.data, l.line, "%s: two of a choice are set: remove one", a);
		break;
	case KIND_TOO_MANY:
		errbuf_add(err, l.data, l.line, "too many entries of %s: %u at most, remove some",
			a, most_entries(node));
		break;
	case KIND_MISSING_KEY:
		errbuf_add(err, l.data, l.line, "an entry lacks its key \"%s\": give it", a);
		break;
	case KIND_VALUE:
		add_value(node, e->msg, &l, err);
		break;
	case KIND_OTHER:
		if (is_leaf(node))
			errbuf_add(err, l.data, l.line, "%s: %s", node->name, e->msg);
		else
			errbuf_add(err, l.data, l.line, "%s", e->msg);
		break;
	}
	free(a);
	free(l.schema);
	free(l.data);
}

void yang_err_take(const struct ly_ctx *ctx, struct errbuf *err)
{
	yang_err_take_of(ctx, NULL, err);
}

/* What libyang said: whoever asks it for a node makes it forget. NULL ends; the caller frees. */
static struct ly_err_item *take_items(const struct ly_ctx *ctx)
{
	const struct ly_err_item *e;
	struct ly_err_item *v = xcalloc(1, sizeof(*v));
	uint32_t n = 0;

	for (e = ly_err_first(ctx); e != NULL; e = e->next) {
		if (e->level != LY_LLERR || e->msg == NULL)
			continue;
		v = xreallocarray(v, n + 2, sizeof(*v));
		v[n++] = (struct ly_err_item){ .msg = xstrdup(e->msg),
			.path = e->path != NULL ? xstrdup(e->path) : NULL };
		v[n] = (struct ly_err_item){ 0 };
	}
	return v;
}

void yang_err_take_of(const struct ly_ctx *ctx, const struct lyd_node *tree, struct errbuf *err)
{
	struct ly_err_item *items = take_items(ctx);

	for (uint32_t i = 0; items[i].msg != NULL; i++) {
		add_item(ctx, &items[i], tree, err);
		free(items[i].msg);
		free(items[i].path);
	}
	if (items[0].msg == NULL)
		errbuf_add(err, NULL, 0, "the model refuses the input");
	free(items);
	yang_err_drop(ctx);
}

void yang_err_drop(const struct ly_ctx *ctx)
{
	ly_err_clean((struct ly_ctx *)(uintptr_t)ctx, NULL);
}
