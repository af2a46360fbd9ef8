/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A naive BGP: arrays, and everything from scratch each time. It knows what each neighbour said
 * last, the configuration, and the RFCs; it has no journal, no slices, no interning, no groups,
 * and no memory of what it concluded before. That is the point: whatever the engine remembers,
 * forgets or postpones, at rest it must come to the same conclusions.
 *
 * Two things it is told by the engine, since no RFC says them: the order of sources that have no
 * address (the last tie-break) and the numbers of neighbours (live_key).
 */
#pragma once

#include "bgpd/engine.h"
#include "tests/bgpd/model/ref_policy.h"
#include "tests/bgpd/model/route.h"

#define REF_INSTANCES 4 /* two VBRs, two VPCs */
#define REF_VBRS      2
#define REF_PEERS     8 /* four for each VBR */
#define REF_PREFIXES  18
#define REF_EDGES     6 /* halves joined: three peering connections, both ways */
#define REF_LOCALS    3 /* kinds that a test originates: STATIC, VPC, CONNECTED */
#define REF_PATHS     24

struct ref_in {
	bool is;
	bool stale;
	struct route r;
};

struct ref_peer {
	/* configured */
	bool is;
	uint8_t inst;
	uint32_t as;
	struct ip_addr addr;
	uint32_t router_id;
	uint8_t allow_own_as;
	uint8_t multihop;
	enum bgp_role role;
	uint8_t import; /* 0 = none, else number of the map */
	uint8_t export;
	/* of the session */
	bool up;
	bool gr;
	uint8_t forwarding; /* families, by bit */
	bool family_up[BGP_FAMILY_COUNT];
	bool kept[BGP_FAMILY_COUNT];
	struct ref_in in[REF_PREFIXES];
	/* told by the engine */
	uint32_t live_key;
	uint16_t index[BGP_FAMILY_COUNT];
};

struct ref_local {
	bool is;
	uint8_t flags;
	bool has_nh;
	struct nexthop nh;
};

struct ref_instance {
	uint32_t as;
	uint32_t router_id;
	uint32_t table;
	uint8_t max_paths;
	uint8_t advertise;
	struct bgp_link link;
	struct ref_local local[RIB_SOURCE_COUNT][REF_PREFIXES];
	/* told by the engine */
	uint16_t local_index[BGP_FAMILY_COUNT][RIB_SOURCE_COUNT];
};

struct ref_edge {
	bool is;
	uint8_t from;
	uint8_t to;
	uint8_t back; /* the other direction of the same connection */
	uint8_t kinds;
	bool transit;
	uint8_t policy;
	struct nexthop nh;
	/* told by the engine */
	uint16_t index[BGP_FAMILY_COUNT];
};

/* Who offers a path. */
struct ref_source {
	uint8_t kind;   /* enum rib_source_kind */
	uint8_t n;      /* number of the peer or the edge */
	uint16_t index; /* told by the engine: order of those without an address */
};

struct ref_path {
	struct ref_source src;
	struct route r; /* after policy; as received while refused */
	uint8_t flags;  /* enum rib_path_flag */
	uint8_t reason;
	uint32_t live_key;
};

struct ref_net {
	struct ref_path path[REF_PATHS];
	uint8_t n;
	int8_t best; /* -1 = none */
};

struct ref {
	struct prefix pfx[REF_PREFIXES];
	struct ref_peer peer[REF_PEERS];
	struct ref_instance inst[REF_INSTANCES];
	struct ref_edge edge[REF_EDGES];
	struct ref_policy policy;
	struct prefix cidr[REF_INSTANCES];
	uint32_t n_cidrs;
	/* conclusions */
	struct ref_net net[REF_INSTANCES][REF_PREFIXES];
};

/** All tables from scratch. False if they do not come to rest. */
bool ref_compute(struct ref *m);
/** What a neighbour must have been told of a prefix; false: nothing. */
bool ref_told(const struct ref *m, const struct ref_peer *p, unsigned pfx, struct route *out);
/** What the kernel must have; n = 0: no route. */
void ref_fib(const struct ref *m, unsigned inst, unsigned pfx, struct nhgroup *g);

static inline bool ref_peer_is_internal(const struct ref *m, const struct ref_peer *p)
{
	return p->as == m->inst[p->inst].as;
}

static inline unsigned ref_family(const struct prefix *p)
{
	return p->family == AF_INET6 ? BGP_FAMILY_IP6 : BGP_FAMILY_IP4;
}
