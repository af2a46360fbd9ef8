/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine and the model side by side: two VBRs with six neighbours each, two VPCs, three
 * peering connections between them in a tree.
 *
 *   peers 0-5  -- instance 0 (VBR) --+
 *                                    +-- instance 2 (VPC) -- instance 3 (VPC)
 *   peers 6-11 -- instance 1 (VBR) --+
 *
 * Each operation is done to both. At rest (world_settle) both must say the same (world_compare).
 * Each world has a mix of features of its own (`mix`), so that they meet each other.
 *
 * Of a tree, since around a circle of tables BGP itself may have several answers, or none. And in a
 * world with transit, nothing on the way may change what the tables prefer (`tame`): two tables
 * that each prefer the other's route have two answers as well (RFC 4264).
 */
#pragma once

#include "bgpd/engine_int.h"
#include "tests/bgpd/model/fake_session.h"
#include "tests/bgpd/model/ref/ref.h"

#define WORLD_LOG  60
#define WORLD_TOLD REF_PATHS

enum world_mix {
	WORLD_DECISION = 1 << 0,  /* options of MED and multipath */
	WORLD_EGRESS = 1 << 1,    /* AS paths, next hops, communities on the way out */
	WORLD_MARKS = 1 << 2,     /* GRACEFUL_SHUTDOWN, BLACKHOLE */
	WORLD_REFLECT = 1 << 3,   /* RFC 4456 */
	WORLD_CONFED = 1 << 4,    /* RFC 5065 */
	WORLD_ADD_PATH = 1 << 5,  /* RFC 7911 */
	WORLD_AGGREGATE = 1 << 6, /* with summary-only or without */
	WORLD_CONDITION = 1 << 7, /* conditional-advertisement, default-originate */
	WORLD_LLGR = 1 << 8,      /* RFC 9494 */
	WORLD_LIMIT = 1 << 9,     /* route-limit, of neighbours and of tables */
	WORLD_LINK = 1 << 10,     /* links go down, and change addresses */
	WORLD_MIX_ALL = (1 << 11) - 1,
};

/* One route that a neighbour was told. */
struct world_told {
	uint32_t id;
	bool old; /* said before a refresh began */
	struct route r;
};

struct world_peer {
	struct world *w;
	struct bgp_peer *p; /* owned by the engine */
	unsigned n;
	uint32_t gr_time_s; /* of its last OPEN */
	uint32_t local_as;  /* that it was configured with last; 0 = the instance's */
	bool congested;
	bool asked[BGP_FAMILY_COUNT]; /* to say everything again (RFC 2918) */
	/* what it says now, be it taken in or not */
	bool says[REF_PREFIXES][REF_IDS];
	struct route said[REF_PREFIXES][REF_IDS];
	/* what it was told */
	struct world_told told[REF_PREFIXES][WORLD_TOLD];
	uint8_t n_told[REF_PREFIXES];
	const char *bad; /* what was wrong with what it was told */
};

struct world {
	uint64_t random;
	uint32_t mix; /* enum world_mix */
	bool tame;
	struct loop *l;
	struct nhtable *nh;
	struct attrs_table *attrs;
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
	/* most places that may be taken at the next rest: who is in stays */
	uint32_t places_max[REF_INSTANCES][BGP_FAMILY_COUNT];
	/* what was done last */
	char log[WORLD_LOG][ROUTE_TEXT];
	uint64_t n_steps;
	uint64_t n_needless; /* withdrawals of what was not told */
};

void world_init(struct world *w, uint64_t seed, uint32_t mix);
void world_fini(struct world *w);
uint32_t world_below(struct world *w, uint32_t n);
/** Of the mix, and then once in n. */
bool world_chance(struct world *w, enum world_mix of, uint32_t n);
/** printf into the log of operations. */
void world_note(struct world *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** One random operation. */
void world_step(struct world *w);
/** Until nothing is to be done any more. */
void world_settle(struct world *w);
/** NULL, or what differs. Static. */
const char *world_compare(struct world *w);

/* world_conf.c: what is configured, but for neighbours */
void world_conf_init(struct world *w);
void world_conf_step(struct world *w);

/* world_peers.c: how they are configured, come and go */
void world_peers_init(struct world *w);
void world_peer_step(struct world *w);
struct ref_peer *world_ref(struct world_peer *wp);
/** What is kept of a neighbour that is away goes. */
void world_forget_kept(struct world_peer *wp);
void world_forget(struct world_peer *wp, unsigned family, bool only_stale);
/** Those for whom it is time, or whose marks have come to forbid it, go (RFC 9494 4.2). */
void world_purge_long_lived(struct world *w);
bool world_has_long_lived(const struct world *w);
/** Are stale routes about? */
bool world_has_stale(const struct world *w);

/* world_options.c */
struct bgp_peer_conf world_peer_conf(struct world_peer *wp);
void world_random_options(struct world_peer *wp);
/** One that was made just now. */
void world_first_options(struct world_peer *wp);

/* world_say.c: what they say */
void world_say_update(struct world_peer *wp);
void world_say_end(struct world_peer *wp);
void world_say_refresh(struct world_peer *wp);
/** Everything again, if it was asked to; whether it was. */
bool world_answer(struct world_peer *wp);
/** Has it said more than its limit? */
bool world_is_above(struct world_peer *wp);
/** Has it said something for which there is room, and was not asked for it? */
bool world_owes(struct world_peer *wp, unsigned family);
unsigned world_random_family(struct world_peer *wp);

/* world_heard.c: what they are told */
void world_heard(void *peer, const uint8_t *p, size_t len);
void world_heard_nothing(struct world_peer *wp);

/* world_policy.c */
/** Another one, or the present one with a change. */
void world_change_policy(struct world *w);
/** For policy_compile; the caller frees it. */
struct policy_conf *world_policy_conf(const struct ref_policy *p);
/** Name of a map by its number, "" for 0; static. */
const char *world_map_name(uint8_t map);
