/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two versions of a unit to the list of typed changes that owners understand.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <libyang/libyang.h>

#include "conf/conf.h"

struct change_rules {
	const struct conf_object *objects;
	const struct lysc_node *const *nodes; /* schema node of objects[i] */
	uint32_t n;
	const struct lysc_node *const *split; /* children that are units of their own */
	uint32_t n_split;
};

struct changes {
	struct conf_change *v; /* owned; paths too */
	int8_t *prio;          /* owned; of v[i] */
	uint32_t n;
	uint32_t size;
};

/**
 * Add the changes from before to after (either may be NULL); nodes of one unit. Returns whether
 * anything differs at all, values made explicit included.
 */
bool changes_add(struct changes *c, const struct change_rules *r, const struct lyd_node *before,
	const struct lyd_node *after);
/** Deletes by falling prio, then creates and modifies by rising prio; stable. */
void changes_sort(struct changes *c);
void changes_fini(struct changes *c);
