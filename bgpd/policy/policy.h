/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policy: lists and route-maps of one scope, compiled once per commit into a form that is
 * evaluated without allocation; and the built-in safety filter. Pure functions of prefix and
 * attributes: what a match remembers (policy_scratch) changes no answer.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "bgpd/policy/policy_conf.h"
#include "bgpd/policy/scratch.h"
#include "bgpd/rib/reason.h"
#include "bgpd/rib/rib.h"
#include "bgpd/wire/attr.h"
#include "lib/base/errbuf.h"
#include "lib/net/prefix.h"

struct policy_set; /* lists and route-maps by name; counted, immutable after compile */
struct policy_map; /* one route-map of a set; lives as long as its set */

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
/** Does a verdict depend on the prefix, and not on the attributes alone? */
bool policy_map_asks_prefix(const struct policy_map *m);
/** May some term take a route in whose path our own AS stands? */
bool policy_map_accepts_own(const struct policy_map *m);

struct policy_query {
	struct prefix pfx;
	enum rib_source_kind source;
	uint32_t local_as;              /* origin of what begins with us (RFC 6811) */
	struct arena *arena;            /* for what a set action builds */
	struct policy_scratch *scratch; /* of this thread; may be NULL for maps without regexes */
	uint64_t path_id; /* of the attributes' AS path (attrs_path_id); 0 = it has none */
};

/* What a map has set. */
enum policy_change {
	POLICY_CHANGE_LOCAL_PREF,
	POLICY_CHANGE_MED,
	POLICY_CHANGE_ORIGIN,
	POLICY_CHANGE_AS_PATH,
	POLICY_CHANGE_COMMUNITIES, /* in the order of enum community_kind */
	POLICY_CHANGE_EXT_COMMUNITIES,
	POLICY_CHANGE_LARGE_COMMUNITIES,
	POLICY_CHANGE_NEXT_HOP,
	POLICY_CHANGE_WEIGHT,
	POLICY_CHANGE_ACCEPT_OWN,
	POLICY_CHANGE_COUNT,
};

struct policy_verdict {
	const char *map; /* its name; as long as its set */
	bool permit;
	bool modified;    /* *at was changed */
	bool accept_own;  /* it may be used although our own AS stands in its path */
	uint8_t next_hop; /* enum policy_next_hop; an address stands in *at */
	uint16_t changed; /* 1 << enum policy_change */
	uint32_t term;    /* seq that decided; 0 = end of the map (deny) */
	/* seq of the term that set it last, where changed has the bit; else undefined */
	uint32_t changed_by[POLICY_CHANGE_COUNT];
};
/** "local-preference", "med", ...; static. */
const char *policy_change_name(enum policy_change c);

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
/* Read for each prefix: is there any rule, of IPv4 or IPv6, under a first octet? First of it. */
struct safety_octets {
	bool has_rules[2][256];
};
struct safety_filter *safety_filter_new(void);
void safety_filter_free(struct safety_filter *f);
/**
 * CIDR of a VPC of the tenant; link subnet of the instance. Owner re-evaluates adj-in afterwards.
 */
void safety_filter_add_cidr(struct safety_filter *f, const struct prefix *p);
void safety_filter_add_link(struct safety_filter *f, const struct prefix *p);
/** NONE when the prefix may pass. Inside a CIDR or link subnet means: it or a part of it. */
enum rib_reason safety_filter_check_rules(const struct safety_filter *f, const struct prefix *p);
static inline enum rib_reason safety_filter_check(const struct safety_filter *f,
	const struct prefix *p)
{
	const struct safety_octets *octets = (const void *)f;

	if (likely(p->len >= 8 && !octets->has_rules[p->family == AF_INET6][p->b[0]]))
		return RIB_REASON_NONE;
	return safety_filter_check_rules(f, p);
}
/** Is it a CIDR of the tenant's VPCs, or a part of one? The one rule that holds for edges, too. */
bool safety_filter_is_cidr(const struct safety_filter *f, const struct prefix *p);
