/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compiled route-maps: made by policy.c, evaluated by route_map.c, changed routes by map_set.c.
 */
#pragma once

#include "bgpd/policy/list/list.h"
#include "bgpd/policy/policy.h"

struct map_term {
	struct policy_term conf; /* without the names of what it refers to */
	/* borrowed: of the set or its global one; NULL = any; by enum policy_ref */
	const struct policy_list *ref[POLICY_REF_COUNT];
};

struct policy_map {
	char *name;             /* owned */
	struct map_term *terms; /* owned */
	uint32_t n_terms;
	uint64_t digest; /* of all that its verdicts depend on, the lists that it uses included */
};

/* One evaluation under way. */
struct map_eval {
	const struct policy_query *q;
	struct wire_attrs *at;
	uint64_t path_id; /* of at's AS path; 0 once it was changed */
	struct policy_verdict v;
};
/** Do what a term says; notes it in the verdict. */
void map_set_apply(struct map_eval *e, const struct map_term *t);
/** Absent values as in the decision. */
uint32_t map_local_pref(const struct wire_attrs *at);
uint32_t map_med(const struct wire_attrs *at);
