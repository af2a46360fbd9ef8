/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of explain share: a lab whose node a may get a neighbour made of octets, paths put
 * into its table by hand, a map, and an edge to a second instance.
 */
#pragma once

#include "bgpd/look/explain.h"
#include "tests/bgpd/engine/lab.h"

#define STAGE_PFX   "20.0.1.0/24"
#define STAGE_PATHS 4
#define AS(n)       0, 0, (n) >> 8, (n)&255
#define KIND(k)     (1u << RIB_SOURCE_##k)
#define DEV_OF_VPC  21

struct stage {
	struct lab lab;
	struct lab_raw raw;
	bool has_raw;
	struct arena *arena;
	struct bgp_instance *vpc; /* table 2, behind the edge */
	struct bgp_edge_out *up;
	struct bgp_edge_in *into_vpc;
	struct rib_source *made[STAGE_PATHS];
	struct explain x;
};

/* A path put into the table by hand. */
struct made {
	uint8_t kind; /* enum rib_source_kind */
	bool ibgp;
	uint32_t router_id;
	const char *addr;
	uint32_t local_pref; /* 0 = absent */
	uint32_t med;
	uint8_t origin;
	uint8_t path_len;
	uint32_t originator;
	uint8_t clusters;
	uint32_t path_id;
	bool is_llgr_stale;
	bool is_last_resort; /* local preference 0 */
};

void stage_open(struct stage *s);
void stage_close(struct stage *s);
/** Settle, then explain in the instance of node a. */
void stage_ask(struct stage *s, const char *prefix);
/** The neighbour made of octets. */
void stage_raw_up(struct stage *s, const struct bgp_peer_conf *c);
void stage_raw_up_plainly(struct stage *s);
/** The same, of our own AS. */
void stage_raw_up_internally(struct stage *s);
/** The same, with an import policy by name: see stage_policy. */
void stage_raw_up_with(struct stage *s, const char *import);
/** A map "m": term 10 permits 20.0.0.0/16 and below, local-preference 200; term 20 denies. */
struct policy_set *stage_policy(void);
/** A reference. */
struct attrs *stage_attrs(struct stage *s, const struct made *m);
/** One path of a source of its own, or (of: number of an earlier one, from 1) of that one's. */
void stage_make(struct stage *s, unsigned n, const struct made *m, unsigned of);
/** An edge from the instance of node a to a second one, table 2. */
void stage_edge(struct stage *s, uint8_t kinds, bool transit);
