/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compiled route-maps: made by policy.c, evaluated by route_map.c; map_set.c and
 * map_communities.c do what terms set.
 */
#pragma once

#include "bgpd/policy/list/list.h"
#include "bgpd/policy/policy.h"

struct map_communities {
	uint8_t *add; /* owned; canonical order */
	uint32_t n_add;
	uint32_t n_remove;
	struct community_pattern *remove;      /* owned */
	const struct policy_list *remove_list; /* borrowed, as ref below; NULL = none */
	bool replace;
};

struct map_term {
	struct policy_term conf; /* values alone: what it points to is compiled below */
	struct map_communities communities[COMMUNITY_KIND_COUNT];
	/* borrowed: of the set or its global one; NULL = any; by enum policy_ref */
	const struct policy_list *ref[POLICY_REF_COUNT];
	const struct policy_list *roas; /* borrowed: of the set; NULL unless rpki is matched */
};

struct policy_map {
	char *name;             /* owned */
	struct map_term *terms; /* owned */
	uint32_t n_terms;
	bool accepts_own; /* some term does */
	bool asks_prefix; /* some term does */
	uint64_t digest;  /* of all that its verdicts depend on, the lists that it uses included */
};

/* One evaluation under way. */
struct map_eval {
	const struct policy_query *q;
	struct wire_attrs *at;
	uint64_t path_id; /* of at's AS path; 0 once it was changed */
	struct policy_verdict v;
};
/** All but remove_list. */
void map_communities_init(struct map_communities *m, enum community_kind kind,
	const struct policy_communities *c);
void map_communities_fini(struct map_communities *m);
bool map_communities_is_empty(const struct map_communities *m);
uint64_t map_communities_digest(const struct map_communities *m, enum community_kind kind,
	uint64_t d);
/** In the arena. */
struct octets map_communities_apply(const struct map_communities *m, enum community_kind kind,
	struct octets in, struct arena *a);
/** Do what a term says; notes it in the verdict. */
void map_set_apply(struct map_eval *e, const struct map_term *t);
/** Absent values as in the decision. */
uint32_t map_local_pref(const struct wire_attrs *at);
uint32_t map_med(const struct wire_attrs *at);
