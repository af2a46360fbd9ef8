/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Route-maps as plain values, read term by term as the manual describes them. How they become a
 * policy_conf of the engine says world_policy.c.
 */
#pragma once

#include "bgpd/policy/policy_conf.h"
#include "tests/bgpd/model/ref/route.h"

#define REF_MAPS  5
#define REF_LISTS 3
#define REF_TERMS 4
#define REF_RULES 4
#define REF_COMS  4 /* communities that policies know: 65000:0 to :3 */

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

enum ref_com_op {
	REF_COM_NONE,
	REF_COM_ADD,
	REF_COM_REMOVE,
	REF_COM_REPLACE,
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
	uint8_t com; /* one more than the number of a community that must be there; 0 = any */
	/* set */
	struct policy_number set_local_pref;
	struct policy_number set_med;
	bool sets_origin;
	uint8_t new_origin;
	uint32_t prepend; /* 0 = nothing */
	bool prepend_last;
	uint32_t weight; /* 0 = as it is */
	bool accepts_own;
	enum ref_com_op com_op;
	uint8_t com_arg; /* number */
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
	uint8_t source;   /* enum rib_source_kind */
	bool accepts_own; /* out: a term said so */
};

/** By number; NULL if there is none of this name, or for 0. */
const struct ref_map *ref_map(const struct ref_policy *c, uint8_t map);
/** Permitted? r is changed by it. */
bool ref_map_eval(const struct ref_map *map, struct ref_question *q, struct route *r);
/** Does any term say so? */
bool ref_map_may_accept_own(const struct ref_map *map);
/** 65000:number */
uint32_t ref_community(uint8_t number);
