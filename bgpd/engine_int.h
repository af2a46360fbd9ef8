/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside of the engine, shared by the files of this folder and of neighbor/, and nobody else.
 *
 *   engine -- instance +- table (one a family: RIB, export groups, FIB feed, sources that die)
 *                      +- peer -- peer_family (its source in the table, its export member)
 *                      +- locals
 *                      +- edge halves
 *
 * Who owns whom follows the picture. A source whose owner went away, or whose session went
 * down, is not emptied in place: it is handed to its table (table_bury), which removes its
 * paths in slices, while the owner begins with a new source. So a neighbour may come back at
 * any moment.
 */
#pragma once

#include <sys/queue.h>

#include "bgpd/circuit.h"
#include "bgpd/engine.h"
#include "bgpd/neighbor/peer.h"
#include "bgpd/nhtable.h"
#include "bgpd/places.h"
#include "bgpd/table.h"
#include "lib/ds/arena.h"
#include "lib/ds/bitmap.h"
#include "lib/io/loop.h"

#define SLICE_US    250 /* where policy is asked, whose cost we do not know */
#define SLICE_PATHS 512 /* paths or nets a slice of background work: well below a millisecond */

struct bgp_monitor;
struct guard;

struct local {
	struct bgp_local l;
	bool used;
	bool kept; /* scratch of bgp_instance_set_locals */
};

struct bgp_instance {
	TAILQ_ENTRY(bgp_instance) entry;
	struct bgp_engine *e;
	struct bgp_instance_conf conf;
	struct circuit *circuits[BGP_MAX_LINKS]; /* owned */
	uint8_t n_circuits;
	struct bgp_table table[BGP_FAMILY_COUNT];
	TAILQ_HEAD(, bgp_peer) peers;
	struct bgp_peer **by_addr; /* owned: the same, those of one address as they came */
	uint32_t n_by_addr;
	TAILQ_HEAD(, gateway) gateways;
	TAILQ_HEAD(, bgp_edge_in) edges_in;
	TAILQ_HEAD(, bgp_edge_out) edges_out;
	struct local *locals; /* owned; index + 1 is the path id */
	uint32_t n_locals;
	struct rib_source *local_source[BGP_FAMILY_COUNT][RIB_SOURCE_COUNT];
	struct timer own_room;         /* looks whether there is room for what own_lost says */
	struct safety_filter *safety;  /* owned */
	struct bgp_range_conf *ranges; /* owned */
	uint32_t n_ranges;
	struct guard *guard;           /* owned; NULL before there are ranges */
	struct unnumbered *unnumbered; /* owned; NULL without a range that discovers */
	struct live_sets *live_sets;   /* owned; NULL before an edge asked for one */
	struct timer listen_timer;
	struct timer sync_timer;
	bool sync_late; /* sync_s is over */
	bool leaving;   /* freed by its owner, drains what it has in the kernel */
	bool owes_keys; /* the kernel took some key of a listening socket for now not */
	struct job leave_job;
};

const struct nexthop *instance_local_nexthop(const struct bgp_instance *i, uint32_t path_id);
void instance_free_now(struct bgp_instance *i);
void instance_rerun(struct bgp_instance *i);
void instance_build_safety(struct bgp_instance *i);
/** Something that leaving waits for has happened. */
void instance_check_left(struct bgp_instance *i);
/** Sockets and keys follow link and peers. */
void instance_listen(struct bgp_instance *i);
void instance_unlisten(struct bgp_instance *i);
/** The same for one peer that is new, or has other keys. */
void peer_listen(const struct bgp_peer *p);
/** Keys of either kind for the addresses of a prefix. False: some have to be set again. */
bool link_set_keys(struct listener *ln, const struct prefix *net, const struct session_conf *c);
/** The key of a peer that goes. */
void peer_forget_key(const struct bgp_peer *p);
void instance_locals_clear(struct bgp_instance *i);
/** Routes by this next hop may have to come or go. */
void instance_follow_gateway(struct bgp_instance *i, const struct ip_addr *gw);
/** A route of our own, of whatever kind. What finds no room is offered again when there is some. */
void instance_offer_own(struct bgp_table *t, struct rib_source *s, const struct rib_offer *o);
void instance_own_init(struct bgp_instance *i);
/** The quota was raised. */
void instance_own_room(struct bgp_instance *i);

/* sync.c */
void sync_init(struct bgp_instance *i);
void sync_fini(struct bgp_instance *i);
void sync_check(struct bgp_instance *i);
/** Also the instances that are fed from this one. */
void sync_check_fed(struct bgp_instance *i);
bool sync_is_done(const struct bgp_instance *i);
/** It goes: nobody waits for it. */
void sync_forget(const struct bgp_peer *p);
/** Has all been heard that may cross the edge? */
bool sync_is_said(const struct bgp_edge_out *o, enum bgp_family f);

struct edge_reader {
	struct bgp_edge_out *edge;
	struct bgp_table *table;
	struct rib_reader *reader; /* owned */
	struct net_queue again;
	struct bitmap sent; /* nets that the other side holds */
	struct job job;
};

struct bgp_edge_out {
	TAILQ_ENTRY(bgp_edge_out) entry;
	struct bgp_instance *from;
	struct bgp_edge_conf conf;
	const struct bgp_edge_out_ops *ops; /* NULL when joined */
	void *ctx;
	struct bgp_edge_in *joined;
	const struct policy_map *map;
	struct edge_reader reader[BGP_FAMILY_COUNT];
	uint8_t told[BGP_FAMILY_COUNT]; /* enum bgp_edge_heard: by ops->heard */
	bool stalled;
};

struct bgp_edge_in {
	TAILQ_ENTRY(bgp_edge_in) entry;
	struct bgp_instance *to;
	char name[BGP_NAME_SIZE];
	struct nexthop nh;
	uint32_t from; /* table at the other end, as the routes say; 0 = none has come yet */
	struct rib_source *source[BGP_FAMILY_COUNT];
	struct bgp_edge_out *joined;
	int (*say_again)(void *ctx, enum bgp_family f); /* of who is not joined; may be NULL */
	void *say_again_ctx;
	uint8_t heard[BGP_FAMILY_COUNT]; /* enum bgp_edge_heard, while it is not joined */
	bool standby;
	uint32_t team;
	bool lost[BGP_FAMILY_COUNT]; /* some found no room in the table: its quota */
	struct timer room;           /* looks whether there is some now */
	struct mono said_again;      /* the other end, for that */
	int64_t again_us;            /* and when it may again */
	/* The tenant's CIDRs have changed: what is here is judged again, family by family. */
	struct job job;
	enum bgp_family family;
	uint32_t cursor; /* path */
};
/** The quota of the table was raised: what found no room comes again. */
void edge_in_room(struct bgp_edge_in *n);
/** The rule for what comes in has changed. */
void edge_in_rerun(struct bgp_edge_in *n);
/** The same for one path that came in by it. */
void edge_in_enter_again(struct bgp_edge_in *n, struct bgp_table *t, uint32_t path);

/* What an edge makes of a net: a pure function of its best path and the edge's rules. */
struct edge_verdict {
	const struct rib_path *path; /* the best one; NULL: there is none */
	enum rib_reason why;         /* NONE: it crosses */
	bool asked;                  /* the policy was asked: term is its answer */
	uint32_t term;               /* 0 = end of the map */
	struct attrs *attrs;         /* as they cross, a reference; NULL when it does not */
};
void edge_judge_path(const struct bgp_edge_out *o, const struct prefix *pfx, const struct rib *r,
	const struct rib_path *best, struct edge_verdict *v);
void edge_judge(const struct bgp_edge_out *o, enum bgp_family f, uint32_t net,
	struct edge_verdict *v);
/** Has a route with these attributes come through the table? */
bool edge_has_been_in(const struct attrs *a, uint32_t table);
bool edge_out_is_drained(const struct bgp_edge_out *o, enum bgp_family f);
/** The other side hears how far we are, if it is elsewhere. */
void edge_out_tell(struct bgp_edge_out *o, enum bgp_family f);
enum bgp_edge_heard edge_in_heard(const struct bgp_edge_in *n, enum bgp_family f);
void edge_out_relink(struct bgp_edge_out *o);
void edge_out_restart(struct bgp_edge_out *o);

struct bgp_engine {
	struct loop *loop;
	struct bgp_engine_conf conf;
	struct nhtable *nh;
	const struct bgp_engine_ops *ops;
	void *ctx;
	struct attrs_table *attrs;      /* borrowed: the worker's, see struct bgp_engine_home */
	struct attrs *local_attrs;      /* counted: of what we originate */
	struct arena *arena;            /* owned: one message */
	struct policy_set *policy;      /* counted, may be NULL */
	struct policy_scratch *scratch; /* owned */
	struct prefix *cidrs;           /* owned */
	uint32_t n_cidrs;
	TAILQ_HEAD(, bgp_instance) instances;
	TAILQ_HEAD(, bgp_instance) leaving;
	LIST_HEAD(, bgp_monitor) monitors;
	struct timer trim;
	bool quiet;      /* the process ends: not a word to the fib */
	bool restarting; /* we shall be back: bgp_engine_restarting */
};
