/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compiled route-maps: made by policy.c, evaluated by route_map.c.
 */
#pragma once

#include "bgpd/policy/policy.h"
#include "bgpd/policy/prefix_list.h"

struct map_term {
	struct policy_term conf;        /* prefix_list is NULL: see list */
	const struct prefix_list *list; /* borrowed: of the set or its global one; NULL = any */
};

struct policy_map {
	char *name;             /* owned */
	struct map_term *terms; /* owned */
	uint32_t n_terms;
};
