/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A struct conf_node is a libyang node under another name: owners read values, never the library.
 * Names are followed child by child; trees are in key order (model/tree.c), so the next entry is
 * the next sibling.
 */
#include "conf/conf_node.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <libyang/libyang.h>

#include "conf/conf_int.h"

/* Nodes are aligned; the lowest bit marks the root, which libyang has no node for. */
#define ROOT_BIT ((uintptr_t)1)

static const struct lyd_node *to_lyd(const struct conf_node *n)
{
	return (const struct lyd_node *)((uintptr_t)n & ~ROOT_BIT);
}

static bool is_root(const struct conf_node *n)
{
	return ((uintptr_t)n & ROOT_BIT) != 0;
}

const struct conf_node *conf_node_root(const void *first)
{
	return first == NULL ? NULL : (const struct conf_node *)((uintptr_t)first | ROOT_BIT);
}

static const struct conf_node *to_conf(const struct lyd_node *n)
{
	return (const struct conf_node *)(const void *)n;
}

/* First node of that name among siblings; the hash of libyang is not worth its path parser here. */
static const struct lyd_node *find_name(const struct lyd_node *first, const char *name, size_t len)
{
	for (; first != NULL; first = first->next) {
		if (strncmp(first->schema->name, name, len) == 0 &&
			first->schema->name[len] == '\0')
			return first;
	}
	return NULL;
}

static const struct lyd_node *walk_from(const struct lyd_node *first, const char *name)
{
	for (;;) {
		const size_t len = strcspn(name, "/");
		const struct lyd_node *n = find_name(first, name, len);

		if (n == NULL || name[len] == '\0')
			return n;
		first = lyd_child(n);
		name += len + 1;
	}
}

/* "/tenant" starts at the root of n's tree, "bgp/local-as" below n. */
static const struct lyd_node *find(const struct conf_node *node, const char *name)
{
	const struct lyd_node *n = to_lyd(node);

	if (n == NULL)
		return NULL;
	if (*name != '/' && !is_root(node))
		return walk_from(lyd_child(n), name);
	while (lyd_parent(n) != NULL)
		n = lyd_parent(n);
	return walk_from(lyd_first_sibling(n), name + (*name == '/' ? 1 : 0));
}

const char *conf_str(const struct conf_node *n, const char *name)
{
	const struct lyd_node *leaf = find(n, name);

	if (leaf == NULL || (leaf->schema->nodetype & (LYS_LEAF | LYS_LEAFLIST)) == 0)
		return NULL;
	return lyd_get_value(leaf);
}

uint64_t conf_u64(const struct conf_node *n, const char *name, uint64_t fallback)
{
	const char *s = conf_str(n, name);

	return s != NULL ? strtoull(s, NULL, 10) : fallback;
}

uint32_t conf_u32(const struct conf_node *n, const char *name, uint32_t fallback)
{
	return (uint32_t)conf_u64(n, name, fallback);
}

bool conf_bool(const struct conf_node *n, const char *name, bool fallback)
{
	const struct lyd_node *leaf = find(n, name);
	const struct lysc_node_leaf *schema;

	if (leaf == NULL || leaf->schema->nodetype != LYS_LEAF)
		return fallback;
	schema = (const struct lysc_node_leaf *)leaf->schema;
	if (schema->type->basetype == LY_TYPE_EMPTY)
		return true;
	return strcmp(lyd_get_value(leaf), "true") == 0;
}

int conf_addr(const struct conf_node *n, const char *name, struct ip_addr *a)
{
	const char *s = conf_str(n, name);

	return s == NULL ? -ENOENT : ip_parse(s, a);
}

int conf_prefix(const struct conf_node *n, const char *name, struct prefix *p)
{
	const char *s = conf_str(n, name);

	return s == NULL ? -ENOENT : prefix_parse(s, p);
}

bool conf_has(const struct conf_node *n, const char *name)
{
	const struct lyd_node *found = find(n, name);

	return found != NULL && (found->flags & LYD_DEFAULT) == 0;
}

const struct conf_node *conf_child(const struct conf_node *n, const char *name)
{
	const struct lyd_node *c = find(n, name);

	return c != NULL && c->schema->nodetype == LYS_CONTAINER ? to_conf(c) : NULL;
}

const struct conf_node *conf_next(const struct conf_node *n, const char *name,
	const struct conf_node *prev)
{
	const struct lyd_node *p = to_lyd(prev);

	if (p == NULL)
		return to_conf(find(n, name));
	return p->next != NULL && p->next->schema == p->schema ? to_conf(p->next) : NULL;
}

uint32_t conf_count(const struct conf_node *n, const char *name)
{
	const struct conf_node *e = NULL;
	uint32_t count = 0;

	while ((e = conf_next(n, name, e)) != NULL)
		count++;
	return count;
}

const char *conf_value(const struct conf_node *n)
{
	const struct lyd_node *leaf = to_lyd(n);

	if (leaf == NULL || (leaf->schema->nodetype & (LYS_LEAF | LYS_LEAFLIST)) == 0)
		return NULL;
	return lyd_get_value(leaf);
}

const char *conf_key(const struct conf_node *n, const char *list)
{
	const struct lyd_node *p;

	for (p = to_lyd(n); p != NULL; p = lyd_parent(p)) {
		if (p->schema->nodetype == LYS_LIST && strcmp(p->schema->name, list) == 0)
			return lyd_get_value(lyd_child(p));
	}
	return NULL;
}
