/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a configuration tree without libyang: what owners of objects use to fill their structs.
 * Names are relative schema paths below the node ("bgp/local-as"), or start at the root of its
 * tree ("/system/region"; in nodes of a change only /system is there in full). Values are
 * canonical text; defaults of the model are seen as values.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/net/prefix.h"

struct conf_node;

/** Value of a leaf, or NULL if neither set nor defaulted. Borrowed. */
const char *conf_str(const struct conf_node *n, const char *name);
/** The same as numbers; fallback if absent. */
uint64_t conf_u64(const struct conf_node *n, const char *name, uint64_t fallback);
uint32_t conf_u32(const struct conf_node *n, const char *name, uint32_t fallback);
bool conf_bool(const struct conf_node *n, const char *name, bool fallback);
/** 0, -ENOENT if absent. The model has checked the syntax. */
int conf_addr(const struct conf_node *n, const char *name, struct ip_addr *a);
int conf_prefix(const struct conf_node *n, const char *name, struct prefix *p);
/** Does the leaf, container or list entry exist (set, not defaulted)? */
bool conf_has(const struct conf_node *n, const char *name);
/** Child container, or NULL. */
const struct conf_node *conf_child(const struct conf_node *n, const char *name);
/** Entries of a list or leaf-list in key order: start with NULL; NULL at the end. */
const struct conf_node *conf_next(const struct conf_node *n, const char *name,
	const struct conf_node *prev);
/** How many there are. */
uint32_t conf_count(const struct conf_node *n, const char *name);
/** Value of a leaf-list entry. */
const char *conf_value(const struct conf_node *n);
/**
 * Key of the nearest list entry at or above n of that list: conf_key(peer, "tenant") gives its
 * tenant.
 */
const char *conf_key(const struct conf_node *n, const char *list);
