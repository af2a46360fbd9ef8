/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Three interned tables: names own the devices, the two others map a number to one. A number has
 * one device at a time; when the kernel reuses an ifindex, or a table moves to another VRF
 * device, the new owner replaces the old one, and the old one's later goodbye does nothing.
 */
#include "fib/link/devtab.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/xalloc.h"

struct number {
	struct intern_node node;
	uint32_t value;
	struct dev *dev; /* borrowed */
};

struct devtab {
	struct intern *names;
	struct intern *indexes;
	struct intern *tables;
	struct dev_list all;
};

static bool dev_equal(const struct intern_node *node, const void *key)
{
	return strcmp(((const struct dev *)(const void *)node)->name, key) == 0;
}

static struct intern_node *dev_create(void *ctx, const void *key)
{
	struct devtab *t = ctx;
	struct dev *d = xcalloc(1, sizeof(*d));

	memcpy(d->name, key, strnlen(key, sizeof(d->name) - 1));
	memset(&d->saved, 0xff, sizeof(d->saved));
	TAILQ_INSERT_TAIL(&t->all, d, all);
	return &d->node;
}

static void dev_destroy(void *ctx, struct intern_node *node)
{
	struct devtab *t = ctx;
	struct dev *d = container_of(node, struct dev, node);

	assert(!d->is_dirty && !d->has_news);
	TAILQ_REMOVE(&t->all, d, all);
	seen_fini(&d->seen);
	free(d->want);
	free(d);
}

static bool number_equal(const struct intern_node *node, const void *key)
{
	return ((const struct number *)(const void *)node)->value == *(const uint32_t *)key;
}

static struct intern_node *number_create(void *ctx, const void *key)
{
	struct number *n = xcalloc(1, sizeof(*n));

	(void)ctx;
	n->value = *(const uint32_t *)key;
	return &n->node;
}

static void number_destroy(void *ctx, struct intern_node *node)
{
	(void)ctx;
	free(container_of(node, struct number, node));
}

static const struct intern_ops dev_ops = {
	.equal = dev_equal,
	.create = dev_create,
	.destroy = dev_destroy,
};

static const struct intern_ops number_ops = {
	.equal = number_equal,
	.create = number_create,
	.destroy = number_destroy,
};

static struct number *number_find(const struct intern *t, uint32_t value)
{
	struct intern_node *n = intern_find(t, intern_hash(&value, sizeof(value), 0), &value);

	return n ? container_of(n, struct number, node) : NULL;
}

static void number_set(struct intern *t, uint32_t value, struct dev *d)
{
	struct number *n = number_find(t, value);

	if (!n)
		n = container_of(intern_get(t, intern_hash(&value, sizeof(value), 0), &value),
			struct number, node);
	n->dev = d;
}

static void number_unset(struct intern *t, uint32_t value, const struct dev *d)
{
	struct number *n = number_find(t, value);

	if (n && n->dev == d)
		intern_unref(t, &n->node);
}

static struct dev *number_dev(const struct intern *t, uint32_t value)
{
	const struct number *n = number_find(t, value);

	return n ? n->dev : NULL;
}

struct devtab *devtab_new(void)
{
	struct devtab *t = xcalloc(1, sizeof(*t));

	TAILQ_INIT(&t->all);
	t->names = intern_new(&dev_ops, t);
	t->indexes = intern_new(&number_ops, NULL);
	t->tables = intern_new(&number_ops, NULL);
	return t;
}

/* The caller has emptied its queues. */
void devtab_free(struct devtab *t)
{
	struct dev *d;
	struct dev *next;

	if (!t)
		return;
	for (d = TAILQ_FIRST(&t->all); d; d = next) {
		static const struct seen_link none;

		next = TAILQ_NEXT(d, all);
		intern_ref(&d->node);
		devtab_set_want(t, d, NULL);
		devtab_set_link(t, d, &none);
		devtab_drop(t, d);
	}
	intern_free(t->tables);
	intern_free(t->indexes);
	intern_free(t->names);
	free(t);
}

struct dev_list *devtab_all(struct devtab *t)
{
	return &t->all;
}

struct dev *devtab_find(const struct devtab *t, const char *name)
{
	struct intern_node *n = intern_find(t->names, intern_hash(name, strlen(name), 0), name);

	return n ? container_of(n, struct dev, node) : NULL;
}

struct dev *devtab_by_index(const struct devtab *t, uint32_t ifindex)
{
	return number_dev(t->indexes, ifindex);
}

struct dev *devtab_by_table(const struct devtab *t, uint32_t table)
{
	return number_dev(t->tables, table);
}

struct dev *devtab_hold(struct devtab *t, const char *name)
{
	return container_of(intern_get(t->names, intern_hash(name, strlen(name), 0), name),
		struct dev, node);
}

void devtab_drop(struct devtab *t, struct dev *d)
{
	intern_unref(t->names, &d->node);
}

void devtab_set_want(struct devtab *t, struct dev *d, const struct link_want *w)
{
	struct link_want *old = d->want;

	if (old && old->kind == LINK_KIND_VRF)
		number_unset(t->tables, old->table, d);
	d->want = NULL;
	if (w) {
		d->want = xmalloc(sizeof(*w));
		*d->want = *w;
		if (w->kind == LINK_KIND_VRF)
			number_set(t->tables, w->table, d);
		if (!old)
			intern_ref(&d->node);
	}
	free(old);
	if (old && !w)
		devtab_drop(t, d);
}

void devtab_set_link(struct devtab *t, struct dev *d, const struct seen_link *l)
{
	const uint32_t old = d->seen.link.ifindex;

	if (old != l->ifindex) {
		if (old)
			number_unset(t->indexes, old, d);
		seen_clear(&d->seen);
		memset(&d->saved, 0xff, sizeof(d->saved));
		if (l->ifindex)
			number_set(t->indexes, l->ifindex, d);
	}
	d->seen.link = *l;
	if (l->ifindex && !d->is_seen) {
		d->is_seen = true;
		intern_ref(&d->node);
	} else if (!l->ifindex && d->is_seen) {
		d->is_seen = false;
		devtab_drop(t, d);
	}
}
