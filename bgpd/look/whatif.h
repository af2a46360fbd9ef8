/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What would other rules make of the routes that an instance has now? The kept adj-in is judged
 * again, by the same functions, as if the rules were in force, and nothing is changed: neither the
 * table nor what anybody is told. In slices of a walk, so that sessions do not wait.
 *
 * The owner fills the question and keeps it between two slices; the instance may change meanwhile.
 * A peer that would be reset is judged as if it said the same again.
 */
#pragma once

#include "bgpd/engine.h"

#define WHATIF_EXAMPLES 3

struct arena;

enum whatif_change {
	WHATIF_GAINED,
	WHATIF_LOST,
	WHATIF_CHANGED, /* other attributes */
	WHATIF_CHANGE_COUNT,
};

struct whatif_count {
	uint32_t n[WHATIF_CHANGE_COUNT];
	struct prefix example[WHATIF_CHANGE_COUNT][WHATIF_EXAMPLES]; /* the first of them */
};

/* A neighbour, or all that have come by a listen range. */
struct whatif_peer {
	bool is_range;
	struct prefix range;
	struct ip_addr address; /* question */
	bool stays;             /* it will be there and enabled: conf is filled */
	struct bgp_peer_conf conf;
	bool resets;                /* answer: the session would be reset */
	struct whatif_count routes; /* that it offers */
	struct whatif_count told;   /* that it is told */
};

/* What a limit of the other end would meet, of each family (places.h). */
struct whatif_places {
	uint32_t held;  /* prefixes that edges have brought in by now */
	uint32_t takes; /* that this edge would bring, and that are not in */
	uint32_t frees; /* that would go with what it loses */
};

/* Ranges of VPCs of a tenant. */
struct whatif_cidrs {
	const struct prefix *v; /* borrowed */
	uint32_t n;
};

/* An edge that leads away from the instance. */
struct whatif_edge {
	char name[BGP_NAME_SIZE]; /* question */
	bool stays;
	uint32_t to;               /* table of the other end, if this tenant has it; else 0 */
	struct bgp_edge_conf conf; /* borrows its set */
	struct whatif_cidrs now; /* of the tenant at the other end, which refuses what is inside */
	struct whatif_cidrs then;
	struct whatif_count routes; /* answer: what the other end would see come, go, change */
	struct whatif_places places[BGP_FAMILY_COUNT];
};

struct whatif {
	/* question */
	struct bgp_instance_conf conf;
	const struct bgp_link *links; /* borrowed */
	uint8_t n_links;
	struct policy_set *policy;  /* borrowed */
	const struct prefix *cidrs; /* borrowed */
	uint32_t n_cidrs;
	struct whatif_peer *peers; /* borrowed: those of now and those to come */
	uint32_t n_peers;
	struct whatif_edge *edges; /* borrowed: the same */
	uint32_t n_edges;
	/* private */
	struct safety_filter *safety; /* owned */
	struct arena *arena;          /* owned */
	bool all_nets; /* an edge or a listener has other rules: nets whose paths stay count too */
	uint8_t family;
	bool started;
	struct prefix key;
};

/** The question is filled; the rest is zero. */
void bgp_whatif_init(struct whatif *w);
void bgp_whatif_fini(struct whatif *w);
/** Look at some nets, until the time is over; whether more is left. On the instance's thread. */
bool bgp_whatif_slice(struct bgp_instance *i, struct whatif *w, struct mono until);
