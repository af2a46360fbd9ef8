/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine and the model side by side: two VBRs with four neighbours each, two VPCs, three
 * peering connections between them in a tree.
 *
 *   peers 0-3 -- instance 0 (VBR) --+
 *                                   +-- instance 2 (VPC) -- instance 3 (VPC)
 *   peers 4-7 -- instance 1 (VBR) --+
 *
 * Each operation is done to both. At rest (world_settle) both must say the same (world_compare).
 *
 * Of a tree, since around a circle of tables BGP itself may have several answers, or none. And in a
 * world with transit, nothing on the way may change what the tables prefer (`tame`): two tables
 * that each prefer the other's route have two answers as well (RFC 4264).
 */
#pragma once

#include "bgpd/engine_int.h"
#include "tests/bgpd/model/fake_session.h"
#include "tests/bgpd/model/ref.h"

#define WORLD_LOG 60

struct world_peer {
	struct world *w;
	struct bgp_peer *p; /* owned by the engine */
	unsigned n;
	uint32_t gr_time_s; /* of its last OPEN */
	bool congested;
	/* what it was told */
	bool has[REF_PREFIXES];
	bool old[REF_PREFIXES]; /* said before a refresh began */
	struct route told[REF_PREFIXES];
	const char *bad; /* what was wrong with what it was told */
};

struct world {
	uint64_t random;
	bool tame;
	struct loop *l;
	struct nhtable *nh;
	struct bgp_engine *e;
	struct bgp_instance *inst[REF_INSTANCES];
	struct bgp_edge_out *out[REF_EDGES];
	struct bgp_edge_in *in[REF_EDGES];
	struct world_peer peer[REF_PEERS];
	uint32_t next_key;
	/* the kernel */
	uint32_t gid[REF_INSTANCES][REF_PREFIXES];
	struct nhgroup *group; /* owned, by id */
	uint32_t n_groups;
	bool ring_busy; /* refuses now and then */
	bool ring_full;
	struct ref ref;
	/* what was done last */
	char log[WORLD_LOG][ROUTE_TEXT];
	uint64_t n_steps;
	uint64_t n_needless; /* withdrawals of what was not told */
};

void world_init(struct world *w, uint64_t seed);
void world_fini(struct world *w);
uint32_t world_below(struct world *w, uint32_t n);
/** printf into the log of operations. */
void world_note(struct world *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** One random operation. */
void world_step(struct world *w);
/** Until nothing is to be done any more. */
void world_settle(struct world *w);
/** NULL, or what differs. Static. */
const char *world_compare(struct world *w);

/* world_peers.c */
void world_peers_init(struct world *w);
void world_peer_add(struct world *w, unsigned n);
void world_peer_step(struct world *w);
/** Are stale routes about? They keep the verdict that they had until their neighbour is back. */
bool world_has_stale(const struct world *w);

/* world_policy.c */
/** Another one, or the present one with a change. */
void world_change_policy(struct world *w);
/** For policy_compile; the caller frees it. */
struct policy_conf *world_policy_conf(const struct ref_policy *p);
/** Name of a map by its number, "" for 0; static. */
const char *world_map_name(uint8_t map);
