/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the datastores do with a libyang tree, each said once: edit by path, find, order, read and
 * write JSON. A tree is the pointer to its first top-level sibling, NULL when empty.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <libyang/libyang.h>

#include "conf/schema.h"
#include "lib/base/errbuf.h"

/* Entries of one list (or leaf-list, or a single node) in key order. */
struct tree_run {
	struct lyd_node **v; /* owned array of borrowed nodes */
	uint32_t n;
};
/**
 * Collect first and its following siblings of the same schema node; returns the sibling after
 * them.
 */
const struct lyd_node *tree_run_init(struct tree_run *run, const struct lyd_node *first);
void tree_run_fini(struct tree_run *run);
/** Order of two entries of one list: numbers and addresses by value, names by bytes. */
int tree_cmp(const struct lyd_node *a, const struct lyd_node *b);
/** A copy of the tree with all lists in key order; NULL for an empty one. */
struct lyd_node *tree_sorted_copy(const struct lyd_node *tree);
/** Bring all lists of the tree into key order; nodes that were held before are gone. */
void tree_sort(struct lyd_node **tree);

/** Node at a data path, or NULL. Borrowed. */
struct lyd_node *tree_find(const struct lyd_node *tree, const char *path);
/** Create or change; the other cases of a choice go. 0 or -EINVAL with sentences. */
int tree_set(struct lyd_node **tree, const struct schema *s, const char *path, const char *value,
	struct errbuf *err);
/**
 * After node, or something above it, was added to the tree: have *tree be the first at the top
 * again. It goes back from what was the first before: of a thousand that were added at the end none
 * is looked at.
 */
void tree_first(struct lyd_node **tree, struct lyd_node *node);
/** Unlink and free a node; empties that it leaves behind stay, they have no meaning. */
void tree_remove(struct lyd_node **tree, struct lyd_node *node);
/** Data path; the caller frees. */
char *tree_path(const struct lyd_node *node);
bool tree_is_leafref(const struct lysc_node *node);
/** Path of the list entry that a leafref names, or NULL. The caller frees. */
char *tree_leafref_entry(const struct lyd_node *leaf);

/** JSON of our module only, strict. parent NULL = top level. 0 or -EINVAL with sentences. */
int tree_parse(const struct schema *s, const char *json, struct lyd_node **tree,
	struct errbuf *err);
/** JSON or XML text; the caller frees; NULL only if libyang fails. */
char *tree_format(const struct lyd_node *tree, LYD_FORMAT format, uint32_t options);
