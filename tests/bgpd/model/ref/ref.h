/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A naive BGP: arrays, and everything from scratch each time. It knows what each neighbour said
 * last, the configuration, and the RFCs; it has no journal, no slices, no interning, no groups,
 * and no memory of what it concluded before. That is the point: whatever the engine remembers,
 * forgets or postpones, at rest it must come to the same conclusions.
 *
 * Three things it is told by the engine, since no RFC says them: the order of sources that have no
 * address (the last tie-break), the numbers of neighbours (live_key), and which prefixes found a
 * place where edges may bring so many only; whether there are too many or too few is for compare.c.
 */
#pragma once

#include "bgpd/engine.h"
#include "tests/bgpd/model/ref/policy.h"
#include "tests/bgpd/model/ref/route.h"

#define REF_INSTANCES  4 /* two VBRs, two VPCs */
#define REF_VBRS       2
#define REF_PEERS      12 /* six for each VBR */
#define REF_PREFIXES   18
#define REF_IDS        3 /* path identifiers of a neighbour (RFC 7911) */
#define REF_EDGES      6 /* halves joined: three peering connections, both ways */
#define REF_LOCALS     3 /* kinds that a test originates: STATIC, VPC, CONNECTED */
#define REF_AGGREGATES 4 /* of an instance */
#define REF_PATHS      40

struct ref_in {
	bool is;
	bool stale;
	bool long_lived; /* RFC 9494 */
	struct route r;
};

/* Where a neighbour is. */
enum ref_side {
	REF_INTERNAL,
	REF_MEMBER, /* another AS of our confederation (RFC 5065) */
	REF_EXTERNAL,
};

/* What two OPENs agreed on; kept with the routes of a neighbour that restarts. */
struct ref_session {
	enum ref_side side;
	uint32_t local_as; /* that we showed */
	bool confed;       /* inside of our confederation */
	bool llgr;         /* the neighbour knows RFC 9494 */
	bool ids_in[BGP_FAMILY_COUNT];
	bool ids_out[BGP_FAMILY_COUNT];
};

struct ref_peer {
	bool is;
	uint8_t inst;
	uint32_t as;
	struct ip_addr addr;
	uint32_t router_id;
	/* options, as bgp_peer_conf has them; maps by number, 0 = none */
	uint8_t allow_own_as;
	uint8_t multihop;
	enum bgp_role role;
	uint8_t import;
	uint8_t export;
	bool client;
	uint32_t fake_as;
	bool fake_no_prepend;
	bool fake_replace_as;
	bool as_override;
	enum export_private_as private_as;
	uint8_t withhold;
	enum export_next_hop next_hop;
	bool gshut;
	bool ignore_gshut;
	uint8_t blackhole_len[BGP_FAMILY_COUNT];
	bool add_path_in;
	bool add_path_out;
	enum export_add_path add_path;
	uint8_t add_path_best;
	bool default_originate;
	uint8_t default_map;
	enum bgp_condition condition;
	uint8_t condition_map;
	uint8_t advertise_map;
	uint32_t limit;
	enum bgp_limit_action limit_action;
	bool llgr; /* we keep routes for long */
	/* of the session */
	bool up;
	struct ref_session s;
	bool gr;
	uint8_t gr_families; /* by bit, as the next */
	uint8_t forwarding;
	uint8_t llgr_families; /* for which both want it */
	uint8_t llgr_forwarding;
	bool family_up[BGP_FAMILY_COUNT];
	bool kept[BGP_FAMILY_COUNT];
	bool long_lived[BGP_FAMILY_COUNT]; /* what is kept */
	struct ref_in in[REF_PREFIXES][REF_IDS];
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

struct ref_aggregate {
	uint8_t pfx;
	bool summary_only;
	uint8_t policy;
};

struct ref_instance {
	uint32_t as;
	uint32_t router_id;
	uint32_t table;
	uint8_t max_paths;
	uint8_t advertise;
	struct rib_options decision;
	bool link_bandwidth;
	uint32_t cluster_id; /* 0 = router_id */
	bool clients_meshed;
	uint32_t confed_id; /* 0 = no confederation */
	uint32_t member;    /* the other one of it */
	uint32_t places;    /* that edges may fill, each family; 0 = no limit */
	struct bgp_link link;
	struct ref_local local[RIB_SOURCE_COUNT][REF_PREFIXES];
	struct ref_aggregate aggregate[REF_AGGREGATES];
	unsigned n_aggregates;
	/* told by the engine */
	uint16_t local_index[BGP_FAMILY_COUNT][RIB_SOURCE_COUNT];
	uint16_t aggregate_index[BGP_FAMILY_COUNT];
	uint16_t default_index[BGP_FAMILY_COUNT];
	bool placed[REF_PREFIXES];
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

/* What makes a static route one. */
enum ref_static {
	REF_STATIC_LOCAL,
	REF_STATIC_AGGREGATE,
	REF_STATIC_DEFAULT, /* for neighbours that want it */
};

/* Who offers a path. */
struct ref_source {
	uint8_t kind;   /* enum rib_source_kind */
	uint8_t n;      /* number of the peer or the edge; enum ref_static */
	uint8_t id;     /* path identifier */
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

struct ref_set {
	uint32_t key;
	unsigned n;
	uint32_t member[NHGROUP_MAX];
};

struct ref {
	struct prefix pfx[REF_PREFIXES];
	struct ref_peer peer[REF_PEERS];
	struct ref_instance inst[REF_INSTANCES];
	struct ref_edge edge[REF_EDGES];
	struct ref_policy policy;
	struct prefix cidr[REF_INSTANCES];
	uint32_t n_cidrs;
	struct ref_set *set; /* owned by the world; as the engine has told, in order */
	uint32_t n_sets;
	/* conclusions */
	struct ref_net net[REF_INSTANCES][REF_PREFIXES];
};

/** All tables from scratch. False if they do not come to rest. */
bool ref_compute(struct ref *m);
/** What a neighbour must have been told of a prefix: how many routes; out of REF_PATHS. */
unsigned ref_told(const struct ref *m, const struct ref_peer *p, unsigned pfx, struct route *out);
/** What the kernel must have; n = 0: no route. */
void ref_fib(const struct ref *m, unsigned inst, unsigned pfx, struct nhgroup *g);

/** The engine has told of a set of neighbours. */
void ref_put_set(struct ref *m, uint32_t key, const uint32_t *members, unsigned n);
/** The key that stands here for this one of the engine. */
uint32_t ref_key(const struct ref *m, uint32_t key);

/** By configuration. */
enum ref_side ref_peer_side(const struct ref *m, const struct ref_peer *p);
/** What a session that begins now shows and means. */
struct ref_session ref_peer_session(const struct ref *m, const struct ref_peer *p);
/** Of those that would be long-lived, may this one stay (RFC 9494 4.2)? */
bool ref_may_live_long(const struct ref *m, const struct ref_peer *p, unsigned pfx, unsigned id);

static inline unsigned ref_family(const struct prefix *p)
{
	return p->family == AF_INET6 ? BGP_FAMILY_IP6 : BGP_FAMILY_IP4;
}
