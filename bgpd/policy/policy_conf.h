/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Source form of a policy: what the configuration of one scope says, before it is compiled
 * (policy_compile). Plain values; whoever fills it has checked ranges and syntax.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "bgpd/policy/list/aspath_regex.h"
#include "bgpd/policy/list/community.h"
#include "lib/net/prefix.h"

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

struct policy_aspath_rule {
	uint32_t seq;
	bool permit;
	struct aspath_regex *regex; /* counted */
};

struct policy_aspath_list {
	char *name;                       /* owned */
	struct policy_aspath_rule *rules; /* owned */
	uint32_t n_rules;
};

struct policy_community_rule {
	uint32_t seq;
	bool permit;
	uint8_t n_patterns;
	struct community_pattern *patterns; /* owned; all must be there */
};

struct policy_community_list {
	char *name;                          /* owned */
	struct policy_community_rule *rules; /* owned */
	uint32_t n_rules;
};

struct policy_roa {
	struct prefix pfx;
	uint32_t as;
	uint8_t max_len;
};

/* Which kinds of lists a term can name. */
enum policy_ref {
	POLICY_REF_PREFIX,    /* prefix-list: the route's prefix */
	POLICY_REF_NEXT_HOP,  /* prefix-list: its next hop, as a host prefix */
	POLICY_REF_AS_PATH,   /* as-path-list */
	POLICY_REF_COMMUNITY, /* community-list */
	POLICY_REF_COUNT,
};

struct policy_range {
	bool given;
	uint32_t min;
	uint32_t max; /* UINT32_MAX: and more */
};

enum policy_op {
	POLICY_OP_NONE,
	POLICY_OP_SET,
	POLICY_OP_ADD, /* stops at the greatest value, */
	POLICY_OP_SUB, /* at 0 */
};

struct policy_number {
	enum policy_op op;
	uint32_t value;
};

enum policy_next_hop {
	POLICY_NEXT_HOP_KEEP,
	POLICY_NEXT_HOP_SELF, /* our own address on the session; export only */
	POLICY_NEXT_HOP_ADDR,
};

/* RFC 6811 2. */
enum policy_rpki {
	POLICY_RPKI_ANY,
	POLICY_RPKI_VALID,
	POLICY_RPKI_INVALID,
	POLICY_RPKI_NOT_FOUND,
};

struct policy_match {
	char *ref[POLICY_REF_COUNT]; /* owned; NULL = any */
	uint8_t source_mask;         /* 1 << enum rib_source_kind; 0 = any */
	bool has_origin;
	uint8_t origin;
	enum policy_rpki rpki;
	struct policy_range med;
	struct policy_range local_pref;
	struct policy_range path_len;
};

/* What becomes of the communities of one kind: what is removed goes first, then add comes. */
struct policy_communities {
	bool replace;                     /* all go, only add is left */
	struct community_pattern *add;    /* owned; exact */
	struct community_pattern *remove; /* owned */
	uint32_t n_add;
	uint32_t n_remove;
	char *remove_list; /* owned: a community-list; what it permits, alone, goes */
};

struct policy_set_actions {
	struct policy_number local_pref;
	struct policy_number med;
	bool has_origin;
	uint8_t origin;
	bool accept_own; /* import: take it although our own AS stands in the path */
	bool has_weight;
	uint16_t weight;
	enum policy_next_hop next_hop;
	struct ip_addr next_hop_addr;
	struct policy_communities communities[COMMUNITY_KIND_COUNT];
	uint32_t prepend[16]; /* AS numbers, leftmost first */
	uint8_t n_prepend;
	uint8_t prepend_last; /* repeat the first AS of the path so often ("last N") */
};

struct policy_term {
	uint32_t seq;
	bool permit;
	bool next;                     /* then next: go on with the following term after a match */
	struct policy_match match;     /* all given must hold */
	struct policy_set_actions set; /* of a term that permits */
};

struct policy_route_map {
	char *name;                /* owned */
	struct policy_term *terms; /* owned, ascending seq */
	uint32_t n_terms;
};

struct policy_conf {
	struct policy_prefix_list *prefix_lists; /* owned, as all that follow */
	uint32_t n_prefix_lists;
	struct policy_aspath_list *aspath_lists;
	uint32_t n_aspath_lists;
	struct policy_community_list *community_lists;
	uint32_t n_community_lists;
	struct policy_roa *roas;
	uint32_t n_roas;
	struct policy_route_map *maps;
	uint32_t n_maps;
};
/** Contents and c itself; NULL-safe. */
void policy_conf_free(struct policy_conf *c);
