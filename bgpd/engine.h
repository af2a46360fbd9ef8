/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The BGP engine of one tenant: instances (a routing table each, with one RIB per family),
 * their neighbours, and the edges between instances. Has never heard of VBRs, VPCs or YANG:
 * whoever composes it says what an instance is.
 *
 *   session -> wire -> policy -> rib -> (journal) -> export groups, FIB feed, edges
 *
 * All calls on the thread of the loop. Everything is owned by the engine and freed with it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "bgpd/export/export.h"
#include "bgpd/link.h"
#include "bgpd/liveness/watch.h"
#include "bgpd/policy/policy.h"
#include "bgpd/rib/rib.h"
#include "bgpd/session/session.h"
#include "lib/net/nexthop.h"
#include "lib/net/prefix.h"

struct loop;
struct nhtable;
struct bgp_engine;
struct bgp_peer;
struct bgp_edge;

#define BGP_NAME_SIZE 130 /* "tenant/name", 63 characters each */

enum bgp_event_type {
	BGP_EVENT_PEER_UP,
	BGP_EVENT_PEER_DOWN,     /* why is filled */
	BGP_EVENT_LIMIT_WARNING, /* route-limit warning mark passed */
	BGP_EVENT_LIMIT_REACHED,
	BGP_EVENT_POLICY_APPLIED, /* import has run again over all routes of a family */
	BGP_EVENT_SECOND_ROUTER,  /* another one advertises itself on an unnumbered link */
	BGP_EVENT_BFD_UP,
	BGP_EVENT_BFD_DOWN, /* text says why */
	BGP_EVENT_COUNT,
};

struct bgp_event {
	enum bgp_event_type type;
	const struct bgp_instance *instance;
	const struct bgp_peer *peer;    /* NULL: LIMIT_* of the table itself (places) */
	const struct session_down *why; /* PEER_DOWN */
	const char *code;               /* of it: session_down_code, or "interface-down" */
	uint32_t count;                 /* LIMIT_*: routes */
	const struct ip_addr *other;    /* SECOND_ROUTER; BFD_*, without a peer: a next hop */
	const char *text;               /* BFD_DOWN */
};

struct bgp_engine_ops {
	/* Kernel route; gid 0 removes it. 0, or -EAGAIN: full, bgp_engine_fib_space follows. */
	int (*route)(void *ctx, uint32_t table, const struct prefix *pfx, uint32_t gid);
	/* All neighbours were heard (End-of-RIB or time): sweep what is stale. -EAGAIN as above. */
	int (*synced)(void *ctx, uint32_t table, uint8_t af);
	/* A neighbour died or came back: before its routes move. The ring keeps room for it. */
	void (*neighbor)(void *ctx, const struct bgp_neighbor *n);
	void (*event)(void *ctx, const struct bgp_event *ev);
	/* Process-wide unique number for a neighbour. */
	uint32_t (*live_key)(void *ctx);
	/* Watch a neighbour from now on, otherwise, or no more. May be NULL: nobody can. */
	void (*bfd)(void *ctx, const struct bgp_bfd_want *w);
};

struct bgp_engine_conf {
	char name[BGP_NAME_SIZE]; /* for logs */
	uint32_t route_quota;     /* paths per RIB; 0 = none */
};

/* What the engines of one worker share; borrowed, outlives them. */
struct bgp_engine_home {
	struct loop *loop;
	struct nhtable *nh;
	struct attrs_table *attrs;
};
struct bgp_engine *bgp_engine_new(const struct bgp_engine_home *home,
	const struct bgp_engine_conf *conf, const struct bgp_engine_ops *ops, void *ctx);
/** Sends Cease to all peers, frees all. Kernel routes stay: no withdrawals are sent to the fib. */
void bgp_engine_free(struct bgp_engine *e);
/**
 * The process ends to come back: bgp_engine_free closes sessions with graceful restart without
 * a NOTIFICATION, so that neighbours keep forwarding to us (RFC 4724 4.2); the others get their
 * Cease.
 */
void bgp_engine_restarting(struct bgp_engine *e);
void bgp_engine_reconf(struct bgp_engine *e, const struct bgp_engine_conf *conf);
/**
 * New policy: takes the reference. Maps are found again by name; peers and edges whose maps
 * changed re-run on kept adj-in in slices.
 */
void bgp_engine_set_policy(struct bgp_engine *e, struct policy_set *take_set);
/** CIDRs of all VPCs of the tenant, for the safety filter; re-runs imports if they changed. */
void bgp_engine_set_cidrs(struct bgp_engine *e, const struct prefix *cidrs, uint32_t n);
/** The ring to the fib has room again. */
void bgp_engine_fib_space(struct bgp_engine *e);

#define BGP_CONFED_MEMBERS 32

struct bgp_instance_conf {
	char name[BGP_NAME_SIZE];
	uint32_t table; /* kernel table; 0 = no FIB */
	uint32_t local_as;
	uint32_t router_id; /* host order */
	uint8_t max_paths;
	struct rib_options decision;
	bool link_bandwidth; /* multipath weights from RFC 10005 */
	struct nhspread spread;
	uint8_t advertise; /* enum export_advertise */
	uint16_t port;     /* to listen on and connect to; 0 = 179 (tests) */
	uint16_t sync_s;   /* at the latest after this time the table counts as relearned */
	bool cold; /* this start found nothing of ours in the kernel: no F bit (RFC 4724 3) */
	uint16_t edges_in;   /* edges that will lead to it: not relearned before they are there */
	uint32_t cluster_id; /* RFC 4456, host order; 0 = router_id */
	bool clients_meshed; /* clients are told nothing that another client has said */
	uint32_t places;     /* prefixes that edges may bring, each family; 0 = no limit */
	uint8_t places_warning; /* percent; 0 = none */
	/*
	 * RFC 5065: the AS that the outside sees, 0 = no confederation. Then local_as is our member
	 * AS, and these are the others; what is not used is 0.
	 */
	uint32_t confed_id;
	uint32_t confed_member[BGP_CONFED_MEMBERS];
};

/** links: none, if it has no neighbours. */
struct bgp_instance *bgp_instance_new(struct bgp_engine *e, const struct bgp_instance_conf *conf,
	const struct bgp_link *links, uint8_t n_links);
/**
 * Its peers and its halves of edges go with it. Its routes are taken out of the fib in the
 * background: the number of its table must not be used again before (bgp_engine_is_leaving).
 */
void bgp_instance_free(struct bgp_instance *i);
/** Are routes of a freed instance with this kernel table still being taken out? */
bool bgp_engine_is_leaving(const struct bgp_engine *e, uint32_t table);
/** How many prefixes hold one of its places; 0 without a limit. */
uint32_t bgp_instance_places(const struct bgp_instance *i, enum bgp_family f);
/** Everything but the kernel table can change. */
void bgp_instance_reconf(struct bgp_instance *i, const struct bgp_instance_conf *conf);
/**
 * Devices came, went, changed address: sessions and next hops follow, those of a wire that is as
 * it was do not. The whole set, by name.
 */
void bgp_instance_set_links(struct bgp_instance *i, const struct bgp_link *links, uint8_t n);

/* A route of our own. */
struct bgp_local {
	struct prefix pfx;
	enum rib_source_kind kind; /* STATIC, VPC, CONNECTED */
	uint8_t flags;             /* RIB_PATH_CIDR, RIB_PATH_LOCAL */
	bool has_nh;               /* false: announced only, not in the FIB (network statement) */
	bool watched;              /* in the table while nh.gw is up: struct bgp_gateway */
	struct nexthop nh;
};
/** The whole set; what changed is worked out. Several of one prefix and kind are multipath. */
void bgp_instance_set_locals(struct bgp_instance *i, const struct bgp_local *locals, uint32_t n);

/* RFC 4271 9.2.2.2: a route that exists while a more specific one does. */
struct bgp_aggregate {
	struct prefix pfx;
	bool summary_only;          /* more specific routes are not announced meanwhile */
	char policy[BGP_NAME_SIZE]; /* whom it permits contributes; "" = everybody */
};
/** The whole set, of both families; what did not change goes on undisturbed. */
void bgp_instance_set_aggregates(struct bgp_instance *i, const struct bgp_aggregate *v, uint32_t n);

enum bgp_limit_action {
	BGP_LIMIT_DISCARD,
	BGP_LIMIT_WARN,
	BGP_LIMIT_TEARDOWN,
	BGP_LIMIT_RESTART,
};

enum bgp_condition {
	BGP_CONDITION_NONE,
	BGP_CONDITION_EXIST,
	BGP_CONDITION_NON_EXIST,
};

/* What it points to is borrowed, but for that of a copy; names may be NULL or "". */
struct bgp_peer_conf {
	char line[BGP_LINE_SIZE]; /* name of the link that it is on; of a range: "", any */
	/*
	 * device and confed come from link and instance; local, local_as, router_id, port too where
	 * they are 0. Another local_as than the instance's towards an external neighbour is a fake.
	 */
	struct session_conf session;
	uint32_t limit_max;    /* 0 = none */
	uint8_t limit_warning; /* percent */
	uint8_t limit_action;  /* enum bgp_limit_action */
	uint32_t limit_restart_s;
	uint8_t add_path_send; /* enum export_add_path: if the session sends several paths */
	uint8_t add_path_best; /* of EXPORT_ADD_PATH_BEST */
	uint8_t allow_own_as;  /* times our own AS may stand in a path */
	bool gshut;            /* RFC 8326: we are about to leave; for an external neighbour */
	bool ignore_gshut;     /* its own GRACEFUL_SHUTDOWN changes nothing */
	/* RFC 7999: shortest prefix that it may have dropped, by family; 0 = none */
	uint8_t blackhole_len[BGP_FAMILY_COUNT];
	bool default_originate;     /* a default route, whatever the table has */
	const char *default_policy; /* while it permits some route; NULL = always */
	/* What advertise_policy permits is sent only while condition_policy permits some route. */
	uint8_t condition; /* enum bgp_condition; NON_EXIST: while it permits none */
	const char *advertise_policy;
	const char *condition_policy;
	bool fake_no_prepend; /* the fake AS is not put in front of what this neighbour says */
	bool fake_replace_as; /* what it is told shows the fake AS alone */
	bool as_override;
	bool rr_client;     /* RFC 4456; iBGP only */
	uint8_t private_as; /* enum export_private_as */
	uint8_t withhold;   /* enum export_withhold */
	uint8_t next_hop;   /* enum export_next_hop */
	bool has_import;    /* a policy is named */
	bool has_export;
	const char *import_policy;
	const char *export_policy;
	struct bgp_bfd_conf bfd;
};
/** As session_conf_copy and session_conf_release. */
void bgp_peer_conf_copy(struct bgp_peer_conf *dst, const struct bgp_peer_conf *src);
void bgp_peer_conf_release(struct bgp_peer_conf *c);

struct bgp_peer *bgp_peer_new(struct bgp_instance *i, const struct bgp_peer_conf *conf);
/** Cease/Peer De-configured; its routes go. */
void bgp_peer_free(struct bgp_peer *p);
/** Applies what can be applied live; resets only if it must. */
void bgp_peer_reconf(struct bgp_peer *p, const struct bgp_peer_conf *conf);

/*
 * Neighbours that nobody configured by name: a connection from an address of the range makes a
 * passive neighbour, which goes when its session has ended. Of several ranges the longest match
 * counts; a configured neighbour wins over all.
 */
struct bgp_range_conf {
	struct prefix pfx;
	uint16_t limit;            /* neighbours at a time */
	bool discover;             /* fe80::/10, limit 1: the first router heard; nobody comes in */
	struct bgp_peer_conf peer; /* of each; session.remote is filled in */
};
/** The whole set. Neighbours that have come this way get the options of now, or go. */
void bgp_instance_set_ranges(struct bgp_instance *i, const struct bgp_range_conf *v, uint32_t n);

enum bgp_clear {
	BGP_CLEAR_HARD,
	BGP_CLEAR_SOFT_IN, /* re-run import on kept adj-in */
	BGP_CLEAR_SOFT_OUT,
};
void bgp_peer_clear(struct bgp_peer *p, enum bgp_clear how);
/** News of a neighbour that is watched; unknown keys are ignored. */
void bgp_instance_bfd(struct bgp_instance *i, const struct bgp_bfd_report *r);
/** As BGP_CLEAR_HARD, with words for the neighbour (RFC 9003); NULL = none. */
void bgp_peer_reset(struct bgp_peer *p, const char *text);

/*
 * An edge carries best paths of one instance into another: derived, never copied. The two
 * halves are apart so that they may live in engines on different threads: out reads a RIB, in
 * offers to one.
 */
struct bgp_edge_conf {
	char name[BGP_NAME_SIZE];
	uint8_t kinds; /* 1 << enum rib_source_kind that may cross; VPC means its CIDRs */
	bool standby;  /* read by who makes the in half: bgp_edge_in_standby */
	uint32_t team; /* the same: bgp_edge_in_set_team */
	bool transit;  /* also what arrived over another edge (PEERING) */
	bool has_policy;
	char policy[BGP_NAME_SIZE]; /* evaluated on the out side */
	/* Whose maps: NULL = the engine's own; else a set that the edge takes a reference of. */
	struct policy_set *set;
};
struct bgp_edge_route {
	struct prefix pfx;
	bool withdraw;
	uint8_t flags; /* RIB_PATH_CIDR */
	uint32_t live_key;
	uint32_t from;       /* table of the out side's instance */
	struct attrs *attrs; /* of the out side's table; borrowed; NULL when withdraw */
};
/* How far the sending half has come with a family after a start (sync.c). */
enum bgp_edge_heard {
	BGP_EDGE_NOT_HEARD,
	BGP_EDGE_DRAINED, /* all that it had to say was said */
	BGP_EDGE_SYNCED,  /* and all that may cross was relearned before */
};
struct bgp_edge_out_ops {
	/* 0, or -EAGAIN: no room; bgp_edge_out_space follows. */
	int (*route)(void *ctx, const struct bgp_edge_route *r);
	/* For bgp_edge_in_heard, behind the routes; as above. May be NULL: it is never heard. */
	int (*heard)(void *ctx, enum bgp_family f, enum bgp_edge_heard h);
};
struct bgp_edge_out;
struct bgp_edge_in;
/** The policy is looked up in the set of from's engine. ops may be NULL if it will be joined. */
struct bgp_edge_out *bgp_edge_out_new(struct bgp_instance *from, const struct bgp_edge_conf *conf,
	const struct bgp_edge_out_ops *ops, void *ctx);
void bgp_edge_out_free(struct bgp_edge_out *o);
void bgp_edge_out_reconf(struct bgp_edge_out *o, const struct bgp_edge_conf *conf);
void bgp_edge_out_space(struct bgp_edge_out *o);
/** The other half lost some of it. */
void bgp_edge_out_again(struct bgp_edge_out *o, enum bgp_family f);
/** nh: device towards the other instance (its live_key is the route's), weight its share. */
struct bgp_edge_in *bgp_edge_in_new(struct bgp_instance *to, const char *name,
	const struct nexthop *nh);
/** Its routes lose against all others but those of another standby. Before the first one. */
void bgp_edge_in_standby(struct bgp_edge_in *n);
/** Not joined: some found no room, the other half is to say all again; -EAGAIN: asked later. */
void bgp_edge_in_on_lost(struct bgp_edge_in *n, int (*say_again)(void *ctx, enum bgp_family f),
	void *ctx);
/** As rib_source_set_team; at any time. */
void bgp_edge_in_set_team(struct bgp_edge_in *n, uint32_t team);
void bgp_edge_in_free(struct bgp_edge_in *n);
/** New device or weight: all its routes are offered again, in slices. */
void bgp_edge_in_set_nexthop(struct bgp_edge_in *n, const struct nexthop *nh);
/** Routes that it offers now, of all families. */
uint32_t bgp_edge_in_routes(const struct bgp_edge_in *n);
/**
 * Offer or withdraw; a route that has been in this table is refused, as RFC 4271 9 has it for AS
 * numbers. attrs of a foreign table are interned anew when same_table is false.
 */
void bgp_edge_in_route(struct bgp_edge_in *n, const struct bgp_edge_route *r, bool same_table);
/** What the sending half of an edge that is not joined has said of itself. */
void bgp_edge_in_heard(struct bgp_edge_in *n, enum bgp_family f, enum bgp_edge_heard h);
/**
 * Both halves in one engine: joined directly. Halves of one peering connection, in either
 * direction, have the same name: what came in by it never goes out by it.
 */
void bgp_edge_out_join(struct bgp_edge_out *o, struct bgp_edge_in *n);

/* Looking: all views are valid until the next call. */
struct bgp_peer_view {
	struct ip_addr address;
	bool dynamic;        /* came by a listen range: */
	struct prefix range; /* this one */
	bool discovered;     /* or rather by its router advertisements: */
	uint64_t others;     /* those of other routers, ignored meanwhile */
	const struct session *session;
	bool bfd_watched; /* a BFD session was asked for: */
	bool bfd_up;
	uint32_t received; /* in adj-in, all families */
	uint32_t accepted;
	uint32_t rejected;
	uint32_t advertised;
	uint32_t discarded; /* above route-limit or the tenant's quota, not kept; of this session */
	uint32_t stale;
	uint32_t live_key;
	uint64_t updates_bad; /* treat-as-withdraw */
	uint64_t attrs_bad;   /* attribute discard */
	char last_error[320];
	const char *last_code; /* word for last_error, "" if there is none */
	const struct session_down *last_down;
	const struct bgp_peer_conf *conf;
};
const char *bgp_engine_name(const struct bgp_engine *e);
const struct bgp_instance_conf *bgp_instance_conf(const struct bgp_instance *i);
struct rib *bgp_instance_rib(const struct bgp_instance *i, enum bgp_family f);
struct bgp_peer *bgp_instance_next_peer(const struct bgp_instance *i, struct bgp_peer *prev);
struct bgp_peer *bgp_instance_find_peer(const struct bgp_instance *i, const struct ip_addr *a);
/* One family of a peer. */
struct bgp_peer_family_view {
	uint32_t received;
	uint32_t accepted;
	uint32_t discarded;
	uint32_t advertised;
	uint32_t stale;
	uint32_t surplus; /* paths beyond RIB_SOURCE_PATHS_MAX of a prefix, not kept */
	bool eor_received;
};
void bgp_peer_family_view(const struct bgp_peer *p, enum bgp_family f,
	struct bgp_peer_family_view *v);
struct bgp_instance *bgp_peer_instance(const struct bgp_peer *p);
void bgp_peer_view(const struct bgp_peer *p, struct bgp_peer_view *v);
/** Is this path one of the peer's? */
bool bgp_peer_owns(const struct bgp_peer *p, const struct rib *r, const struct rib_path *path);
/* What the engine itself did to a path after policy: bits. */
enum bgp_builtin {
	BGP_BUILTIN_GRACEFUL_SHUTDOWN = 1 << 0, /* RFC 8326: local-preference 0 */
	BGP_BUILTIN_BLACKHOLE = 1 << 1,         /* RFC 7999: packets are dropped */
};
#define BGP_BUILTIN_COUNT 2
uint8_t bgp_path_builtins(const struct rib *r, const struct rib_path *path);
/** Of bit 1 << i: "graceful-shutdown", "blackhole". Static. */
const char *bgp_builtin_name(unsigned i);
/** What the peer is told of a net: as export_attrs. */
int bgp_peer_advertised(const struct bgp_peer *p, enum bgp_family f, uint32_t net, struct arena *a,
	struct wire_attrs *out, enum rib_reason *why);
/** All paths that the peer is told of a net: as export_paths. */
uint32_t bgp_peer_paths(const struct bgp_peer *p, enum bgp_family f, uint32_t net, struct arena *a,
	struct export_path **out);
/** Edge of a PEERING path, address of a BGP path, "" else; dst of BGP_NAME_SIZE. */
char *bgp_source_name(const struct rib_source *s, char *dst);
/** All tables, without the attributes, which it shares. */
size_t bgp_engine_bytes(const struct bgp_engine *e);
