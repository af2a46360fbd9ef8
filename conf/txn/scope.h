/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The small tree that proves a candidate: its units, whatever they refer to, and whatever refers
 * to what they delete. Valid here means valid in the whole configuration, because all other
 * conditions of the model stay inside one list entry (a rule of yang/vbrd.yang).
 */
#pragma once

#include <libyang/libyang.h>

#include "conf/txn/unit.h"

/**
 * @tree   the candidate's units
 * @units  their paths; a unit that is not in tree is deleted
 *
 * Returns a tree of its own, not validated yet; NULL when empty.
 */
struct lyd_node *scope_build(const struct unit_rules *r, const struct lyd_node *running,
	const struct lyd_node *tree, const struct units *units);
