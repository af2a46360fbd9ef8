/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Route-maps as plain values, read term by term as the manual describes them. How they become a
 * policy_conf of the engine says world_policy.c.
 */
#pragma once

#include "bgpd/policy/policy_conf.h"
#include "tests/bgpd/model/route.h"

#define REF_MAPS  5
#define REF_LISTS 3
#define REF_TERMS 4
#define REF_RULES 4

struct ref_rule {
	struct prefix pfx;
	uint8_t ge; /* 0 = absent */
	uint8_t le;
	bool permit;
};

struct ref_list {
	struct ref_rule rule[REF_RULES];
	uint8_t n;
};

struct ref_term {
	bool permit;
	bool next;
	/* match */
	uint8_t list;        /* number of a prefix-list; 0 = any */
	uint8_t next_hop;    /* the same, of the next hop */
	uint8_t source_mask; /* 0 = any */
	struct policy_range med;
	struct policy_range local_pref;
	struct policy_range path_len;
	bool has_origin;
	uint8_t origin;
	/* set */
	struct policy_number set_local_pref;
	struct policy_number set_med;
	bool sets_origin;
	uint8_t new_origin;
	uint32_t prepend; /* 0 = nothing */
	bool prepend_last;
};

struct ref_map {
	bool is;
	struct ref_term term[REF_TERMS];
	uint8_t n;
};

/* Maps and lists are numbered from 1 on: M1, L1. */
struct ref_policy {
	struct ref_list list[REF_LISTS];
	struct ref_map map[REF_MAPS];
};

struct ref_question {
	const struct ref_policy *policy;
	const struct prefix *pfx;
	uint8_t source; /* enum rib_source_kind */
};

/** By number; NULL if there is none of this name, or for 0. */
const struct ref_map *ref_map(const struct ref_policy *c, uint8_t map);
/** Permitted? r is changed by it. */
bool ref_map_eval(const struct ref_map *map, const struct ref_question *q, struct route *r);
void ref_prepend(struct route *r, uint32_t as);
