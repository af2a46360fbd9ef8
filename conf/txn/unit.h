/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Units: the parts of a tree that transactions copy, compare, store and install as a whole.
 *
 *	/vbrd:system                          a top-level container
 *	/vbrd:tenant[name='a']                a top-level entry, without the split lists in it
 *	/vbrd:tenant[name='a']/vbr[name='b']  an entry of a split list
 *
 * Split lists are those directly in a top-level list that the owner has registered as objects.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <libyang/libyang.h>

#include "lib/base/errbuf.h"

struct unit_rules {
	const struct lys_module *mod;
	const struct lysc_node **split; /* owned array */
	uint32_t n_split;
};

bool unit_is_split(const struct unit_rules *r, const struct lysc_node *node);

struct unit {
	char *path;    /* owned */
	uint64_t base; /* revision of the copy */
};

/* A set of units, kept in path order: parents stand before what is in them. */
struct units {
	struct unit *v; /* owned */
	uint32_t n;
};

/** False if it is there already. */
bool units_add(struct units *u, const char *path, uint64_t base);
bool units_has(const struct units *u, const char *path);
void units_fini(struct units *u);
/** Add all units of a tree. */
void units_add_tree(struct units *u, const struct unit_rules *r, const struct lyd_node *tree);
/** Add the unit of a node and all units inside. */
void units_add_node(struct units *u, const struct unit_rules *r, const struct lyd_node *node);

/** Unit of a data path, to be freed. NULL: a list without keys. */
char *unit_of_path(const struct unit_rules *r, const char *path);
/** Unit of the entry around a unit of a split list, to be freed; NULL for top-level units. */
char *unit_parent(const char *unit);

/** Copy a unit of src into *dst, where it is not yet; ancestors come with their keys only. */
void unit_copy(const struct unit_rules *r, struct lyd_node **dst, const struct lyd_node *src,
	const char *unit);
/**
 * Move a unit from *src to *dst, replacing the one there; absent in src = remove. Keeps key order.
 */
void unit_install(const struct unit_rules *r, struct lyd_node **dst, struct lyd_node **src,
	const char *unit);
/**
 * Walk of all units of a tree: an entry comes before the units in it, in the order of libyang.
 * NULL: there is none behind it. unit_after passes over what is in the unit.
 */
struct lyd_node *unit_next(const struct unit_rules *r, const struct lyd_node *node);
struct lyd_node *unit_after(const struct unit_rules *r, const struct lyd_node *node);
/** JSON of a unit with its ancestors, to be freed; NULL if it is not in tree. */
char *unit_format(const struct unit_rules *r, const struct lyd_node *tree, const char *unit);
