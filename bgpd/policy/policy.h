/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policy: prefix-lists and route-maps of one scope, compiled once per commit into a form that is
 * evaluated without allocation; and the built-in safety filter. Pure functions of prefix and
 * attributes.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "bgpd/rib/reason.h"
#include "bgpd/rib/rib.h"
#include "bgpd/wire/attr.h"
#include "lib/base/errbuf.h"
#include "lib/net/prefix.h"

struct policy_set; /* prefix-lists and route-maps by name; counted, immutable after compile */
struct policy_map; /* one route-map of a set; lives as long as its set */

struct policy_prefix_rule {
	uint32_t seq;
	bool permit;
	struct prefix pfx;
	uint8_t ge; /* 0 = absent */
	uint8_t le; /* 0 = absent */
};

struct policy_prefix_list {
	char *name;                       /* owned */
	struct policy_prefix_rule *rules; /* owned */
	uint32_t n_rules;
};

enum policy_med_op {
	POLICY_MED_NONE,
	POLICY_MED_SET,
	POLICY_MED_ADD,
	POLICY_MED_SUB,
};

struct policy_term {
	uint32_t seq;
	bool permit;
	bool next; /* then next: go on with the following term after a match */
	/* match: all given must hold */
	char *prefix_list;   /* owned; NULL = any */
	uint8_t source_mask; /* 1 << enum rib_source_kind; 0 = any */
	bool match_med;
	bool match_local_pref;
	bool match_path_len;
	bool match_origin;
	uint32_t med;
	uint32_t local_pref;
	uint32_t path_len_min;
	uint32_t path_len_max; /* UINT32_MAX: and more */
	uint8_t origin;
	/* set */
	bool set_local_pref;
	bool set_origin;
	enum policy_med_op set_med;
	uint32_t local_pref_value;
	uint32_t med_value;
	uint8_t origin_value;
	uint32_t prepend[16]; /* AS numbers, leftmost first */
	uint8_t n_prepend;
	uint8_t prepend_last; /* repeat the first AS of the path so often ("last N") */
};

struct policy_route_map {
	char *name;                /* owned */
	struct policy_term *terms; /* owned, ascending seq */
	uint32_t n_terms;
};

/* Source form: what the configuration says. */
struct policy_conf {
	struct policy_prefix_list *lists; /* owned */
	uint32_t n_lists;
	struct policy_route_map *maps; /* owned */
	uint32_t n_maps;
};
void policy_conf_free(struct policy_conf *c); /* contents and c itself; NULL-safe */

/**
 * Compile. Names that c lacks are looked up in global (the scope visible to all tenants; may be
 * NULL, a reference is kept). NULL with sentences in err for a name that is nowhere. One
 * reference for the caller; c stays the caller's.
 */
struct policy_set *policy_compile(const struct policy_conf *c, struct policy_set *global,
	struct errbuf *err);
/** The count is atomic: workers share sets. */
struct policy_set *policy_set_ref(struct policy_set *s);
/** NULL-safe. */
void policy_set_unref(struct policy_set *s);
/** Route-map by name, also from the global scope; NULL if none. */
const struct policy_map *policy_find(const struct policy_set *s, const char *name);
/** Same meaning? Tells whether a commit changed this map, the lists that it uses included. */
bool policy_map_is_equal(const struct policy_map *a, const struct policy_map *b);

struct policy_query {
	struct prefix pfx;
	enum rib_source_kind source;
	struct arena *arena; /* for what a set action builds */
};

struct policy_verdict {
	bool permit;
	bool modified; /* *at was changed */
	uint32_t term; /* seq that decided; 0 = end of the map (deny) */
};

/**
 * Terms in order; the first that matches decides, unless it is a permit that says "then next": its
 * sets are applied and the following terms see them; it decides if none of them does. Absent values
 * match as in the decision: local-preference 100, MED 0. at: in and out; on deny its content is
 * undefined. No allocation but what sets build in the arena.
 */
struct policy_verdict policy_eval(const struct policy_map *m, const struct policy_query *q,
	struct wire_attrs *at);

/* The built-in safety filter of one instance (contract section 2). */
struct safety_filter;
struct safety_filter *safety_filter_new(void);
void safety_filter_free(struct safety_filter *f);
/**
 * CIDR of a VPC of the tenant; link subnet of the instance. Owner re-evaluates adj-in afterwards.
 */
void safety_filter_add_cidr(struct safety_filter *f, const struct prefix *p);
void safety_filter_add_link(struct safety_filter *f, const struct prefix *p);
/** NONE when the prefix may pass. Inside a CIDR or link subnet means: it or a part of it. */
enum rib_reason safety_filter_check(const struct safety_filter *f, const struct prefix *p);
