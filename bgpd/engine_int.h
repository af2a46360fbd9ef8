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

#include "bgpd/engine.h"
#include "bgpd/nhtable.h"
#include "lib/ds/arena.h"
#include "lib/ds/bitmap.h"
#include "lib/io/loop.h"

#define SLICE_US    1000 /* where policy is asked, whose cost we do not know */
#define SLICE_PATHS 512  /* paths or nets a slice of background work: well below a millisecond */

struct bgp_table;
struct bgp_monitor;
struct monitor_table;
struct watch;
struct guard;
struct listener;

/* Nets to be looked at (again), each at most once; pinned while they wait. */
struct net_queue {
	struct bitmap in;
	uint32_t *nets; /* owned: ring */
	uint32_t head;
	uint32_t n;
	uint32_t cap;
};

void net_queue_init(struct net_queue *q);
/** Unpins what is left. */
void net_queue_fini(struct net_queue *q, struct rib *r);
void net_queue_add(struct net_queue *q, struct rib *r, uint32_t net);
/** First net, still queued and pinned; 0 = empty. */
uint32_t net_queue_first(const struct net_queue *q);
/** Remove the first: unpin it. */
void net_queue_drop(struct net_queue *q, struct rib *r);

/* What one table has in the kernel. */
struct fib_feed {
	struct bgp_table *table;
	struct rib_reader *reader; /* owned; NULL = the instance has no kernel table */
	struct job job;
	struct net_queue again; /* refused by the ring, or touched beside the journal */
	bool stalled;           /* the ring is full */
	uint32_t memo_gid;      /* group of the last net: counted during a slice */
	bool has_rx;
	struct mono rx; /* oldest UPDATE that is not handed over yet */
};

struct dying {
	TAILQ_ENTRY(dying) entry;
	struct rib_source *source;
	uint32_t cursor;
};

/* One instance, one family. */
struct bgp_table {
	struct bgp_instance *inst;
	enum bgp_family f;
	uint8_t af;
	struct rib *rib;       /* owned */
	struct export *export; /* owned */
	struct fib_feed feed;
	TAILQ_HEAD(, watch) watches;
	LIST_HEAD(, monitor_table) monitors;
	struct aggregates *aggregates;     /* owned */
	struct rib_source *default_source; /* NULL: nobody wants a default route */
	TAILQ_HEAD(, dying) dying;
	struct job dying_job;
	struct job redecide_job;
	struct prefix redecide_key;
	bool redecide_started;
	bool relearned; /* our End-of-RIB may go out */
	bool synced;    /* the kernel's stale routes were given up */
};

void table_init(struct bgp_table *t, struct bgp_instance *i, enum bgp_family f);
void table_fini(struct bgp_table *t);
/** A new source of this table; NULL beyond 65535. */
struct rib_source *table_source(struct bgp_table *t, const struct rib_source *init);
/** Remove the paths of a source in the background, then the source. NULL-safe. */
void table_bury(struct bgp_table *t, struct rib_source *s);
bool table_is_burying(const struct bgp_table *t);
void table_redecide(struct bgp_table *t);
/** rib_update that makes room from what is dying, and looks at backups. */
int table_update(struct bgp_table *t, struct rib_source *s, const struct rib_offer *o);
int table_withdraw(struct bgp_table *t, struct rib_source *s, const struct prefix *pfx,
	uint32_t path_id);
/** Other attributes for a path as it stands (rib_set_attrs). */
void table_set_attrs(struct bgp_table *t, const struct rib_source *s, uint32_t path,
	struct attrs *attrs);
/**
 * Remove up to max paths of a source, only the stale ones if so asked; whether more is left.
 * *cursor starts at 0.
 */
bool table_flush_slice(struct bgp_table *t, struct rib_source *s, bool only_stale,
	uint32_t *cursor);

/* FIB feed */
void fib_feed_init(struct fib_feed *fd, struct bgp_table *t);
void fib_feed_fini(struct fib_feed *fd);
/** Kernel table appears or goes (number 0 means none). */
void fib_feed_restart(struct fib_feed *fd);
void fib_feed_touch(struct fib_feed *fd, uint32_t net);
void fib_feed_heard(struct fib_feed *fd, struct mono at);
void fib_feed_space(struct fib_feed *fd);
bool fib_feed_is_drained(const struct fib_feed *fd);
/** Gateway of a next hop address on the link; false if there is no way to it. */
bool link_resolve(const struct bgp_link *link, const struct attrs *a, struct ip_addr *gw);

struct local {
	struct bgp_local l;
	bool used;
	bool kept; /* scratch of bgp_instance_set_locals */
};

struct bgp_instance {
	TAILQ_ENTRY(bgp_instance) entry;
	struct bgp_engine *e;
	struct bgp_instance_conf conf;
	struct bgp_link link;
	struct bgp_table table[BGP_FAMILY_COUNT];
	TAILQ_HEAD(, bgp_peer) peers;
	TAILQ_HEAD(, bgp_edge_in) edges_in;
	TAILQ_HEAD(, bgp_edge_out) edges_out;
	struct local *locals; /* owned; index + 1 is the path id */
	uint32_t n_locals;
	struct rib_source *local_source[BGP_FAMILY_COUNT][RIB_SOURCE_COUNT];
	struct safety_filter *safety; /* owned */
	struct listener *listener[BGP_FAMILY_COUNT];
	struct bgp_range_conf *ranges; /* owned */
	uint32_t n_ranges;
	struct guard *guard;           /* owned; NULL before there are ranges */
	struct unnumbered *unnumbered; /* owned; NULL without a range that discovers */
	struct timer listen_timer;
	struct timer sync_timer;
	bool sync_late; /* sync_s is over */
	bool leaving;   /* freed by its owner, drains what it has in the kernel */
	struct job leave_job;
};

const struct nexthop *instance_local_nexthop(const struct bgp_instance *i, uint32_t path_id);
void instance_free_now(struct bgp_instance *i);
void instance_rerun(struct bgp_instance *i);
void instance_build_safety(struct bgp_instance *i);
/** Something that leaving waits for has happened. */
void instance_check_left(struct bgp_instance *i);
bool instance_is_ready(const struct bgp_instance *i);
/** Sockets and keys follow link and peers. */
void instance_listen(struct bgp_instance *i);
void instance_unlisten(struct bgp_instance *i);
/** Keys of either kind for the addresses of a prefix. */
void link_set_keys(struct listener *ln, const struct prefix *net, const struct session_conf *c);
/** The key of a peer that goes. */
void instance_forget_key(struct bgp_instance *i, const struct bgp_peer *p);
void instance_locals_clear(struct bgp_instance *i);

/* sync.c */
void sync_init(struct bgp_instance *i);
void sync_fini(struct bgp_instance *i);
void sync_check(struct bgp_instance *i);
/** Also the instances that are fed from this one. */
void sync_check_fed(struct bgp_instance *i);
bool sync_is_done(const struct bgp_instance *i);

enum family_work {
	FAMILY_WORK_PURGE = 1 << 0, /* remove what has been stale since an earlier restart */
	FAMILY_WORK_MARK = 1 << 1,  /* mark all stale */
	FAMILY_WORK_RERUN = 1 << 2, /* import again */
	FAMILY_WORK_STALE = 1 << 3, /* remove what is marked stale */
	FAMILY_WORK_LLGR = 1 << 4,  /* what is marked stale is to stay for long (RFC 9494) */
};

enum limit_mark {
	LIMIT_MARK_WARNED = 1 << 0,
	LIMIT_MARK_REACHED = 1 << 1,
	LIMIT_MARK_NEAR = 1 << 2, /* warned once more, close to the limit */
};

struct peer_family {
	struct bgp_peer *peer;
	struct bgp_table *table;
	enum bgp_family f;
	struct rib_source *source;    /* of the rib; NULL before the first session */
	struct export_member *member; /* owned; NULL = not up */
	struct watch *condition;      /* counted; NULL = none, as the next */
	struct watch *default_watch;
	bool open;        /* conditional-advertisement lets through what it is about */
	bool has_default; /* default-originate-policy is satisfied */
	bool up;          /* negotiated in this session */
	bool eor;         /* End-of-RIB was heard in this session */
	bool kept;        /* routes wait for a restarting neighbour (RFC 4724) */
	bool llgr;        /* they do so for long (RFC 9494) */
	uint32_t llst_s;  /* for how long they would; 0 = not */
	struct timer llgr_timer;
	uint8_t marks;   /* enum limit_mark */
	uint8_t work;    /* enum family_work waiting */
	uint8_t doing;   /* the one that has begun; 0 = none */
	uint32_t cursor; /* of it */
	uint32_t discarded;
	uint32_t surplus; /* paths beyond RIB_SOURCE_PATHS_MAX in this session, not kept */
	struct job job;
};

struct bgp_peer {
	TAILQ_ENTRY(bgp_peer) entry;
	struct bgp_instance *inst;
	struct bgp_peer_conf conf;
	struct session *session; /* owned */
	struct wire_session ws;  /* of the last session */
	uint32_t router_id;      /* of the neighbour */
	uint32_t live_key;
	bool up;
	bool alive;          /* what ops.neighbor was told last */
	bool lost_link;      /* it went down since there was no wire to it any more */
	bool limit_stopped;  /* down by route-limit: */
	uint32_t limit_hit;  /* it had this many, and more were coming */
	bool gr;             /* the neighbour restarts gracefully */
	bool gr_restarted;   /* it has just done so: R bit of its OPEN */
	uint8_t gr_families; /* listed in its capability */
	uint16_t gr_time_s;
	const struct policy_map *import_map; /* of the engine's set; NULL = none or not found */
	const struct policy_map *export_map;
	const struct policy_map *advertise_map; /* of conditional-advertisement */
	struct peer_family family[BGP_FAMILY_COUNT];
	struct timer gr_timer;
	struct timer limit_timer;
	bool told_unsupported;   /* of options that the kernel does not have */
	bool dynamic;            /* came by a listen range: */
	struct prefix range;     /* this one */
	bool discovered;         /* by its router advertisements */
	struct timer reap_timer; /* it goes, unless it comes up before */
	struct mono up_at;
	uint32_t up_s; /* how long its last session lasted */
	uint16_t hold_s;
	bool pardoned; /* its end is the operator's doing */
	uint64_t updates_bad;
	uint64_t attrs_bad;
	struct {
		bool asked; /* somebody watches: */
		bool up;
		uint32_t generation;
		uint32_t downs;       /* as told last */
		struct ip_addr local; /* of the session that it began with */
	} bfd;
};

/* peer.c */
/** Options of the session: what the owner left open comes from the instance. */
struct session_conf peer_session_conf(const struct bgp_peer *p);
/** Instance, link or policy changed: session follows; returns whether it was reset. */
bool peer_resession(struct bgp_peer *p);
void peer_run_or_stop(struct bgp_peer *p);
/** Find the maps by name again; tells which changed their meaning. old keeps the old maps alive. */
void peer_relink(struct bgp_peer *p);
/** The neighbour is to be counted on, or not: tells the fib, once. */
void peer_tell_alive(struct bgp_peer *p, bool alive);
/** session_down_code, but for what the session does not know. */
const char *peer_down_code(const struct bgp_peer *p, const struct session_down *why);
void peer_event(struct bgp_peer *p, enum bgp_event_type type, const struct session_down *why,
	uint32_t count);
void peer_kill(struct bgp_peer *p);
uint8_t peer_role(const struct bgp_peer *p); /* enum bgp_role; none inside of an AS */
/* What bgp_peer_new does, but for the sockets: they are as they should be. */
struct bgp_peer *peer_make(struct bgp_instance *i, const struct bgp_peer_conf *conf);

/* peer_session.c */
void peer_session_init(struct bgp_peer *p);
void peer_session_fini(struct bgp_peer *p);
/* peer_export.c */
void peer_export_join(struct peer_family *pf);
void peer_export_leave(struct peer_family *pf);
void peer_export_conf(const struct peer_family *pf, struct export_conf *c);
/** Next hops or policy of what is sent changed: live sessions are told the difference. */
void peer_export_again(struct bgp_peer *p);
void family_export_again(struct peer_family *pf);

/* peer_update.c */
int peer_update(void *ctx, const uint8_t *msg, size_t len, struct wire_err *err);

/* rerun.c */
void family_work_init(struct peer_family *pf);
void family_work_fini(struct peer_family *pf);
void family_work_add(struct peer_family *pf, enum family_work w);
void peer_rerun(struct bgp_peer *p);
void family_work_begin_purge(struct peer_family *pf);
/** If marking waits: begin it now, for paths to come must not be taken for old ones. */
void family_work_begin_mark(struct peer_family *pf);

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
	bool standby;
	/* The tenant's CIDRs have changed: what is here is judged again, family by family. */
	struct job job;
	enum bgp_family family;
	uint32_t cursor; /* path */
};
/** The rule for what comes in has changed. */
void edge_in_rerun(struct bgp_edge_in *n);

/* What an edge makes of a net: a pure function of its best path and the edge's rules. */
struct edge_verdict {
	const struct rib_path *path; /* the best one; NULL: there is none */
	enum rib_reason why;         /* NONE: it crosses */
	bool asked;                  /* the policy was asked: term is its answer */
	uint32_t term;               /* 0 = end of the map */
	struct attrs *attrs;         /* as they cross, a reference; NULL when it does not */
};
void edge_judge_path(const struct bgp_edge_out *o, const struct prefix *pfx,
	const struct rib_path *best, const struct rib_source *source, struct edge_verdict *v);
void edge_judge(const struct bgp_edge_out *o, enum bgp_family f, uint32_t net,
	struct edge_verdict *v);
/** Has a route with these attributes come through the table? */
bool edge_has_been_in(const struct attrs *a, uint32_t table);
bool edge_out_is_drained(const struct bgp_edge_out *o, enum bgp_family f);
void edge_out_relink(struct bgp_edge_out *o);
void edge_out_restart(struct bgp_edge_out *o);

struct bgp_engine {
	struct loop *loop;
	struct bgp_engine_conf conf;
	struct nhtable *nh;
	const struct bgp_engine_ops *ops;
	void *ctx;
	struct attrs_table *attrs;      /* owned */
	struct attrs *local_attrs;      /* counted: of what we originate */
	struct arena *arena;            /* owned: one message */
	struct policy_set *policy;      /* counted, may be NULL */
	struct policy_scratch *scratch; /* owned */
	struct prefix *cidrs;           /* owned */
	uint32_t n_cidrs;
	TAILQ_HEAD(, bgp_instance) instances;
	TAILQ_HEAD(, bgp_instance) leaving;
	LIST_HEAD(, bgp_monitor) monitors;
	struct histogram convergence;
	bool quiet;      /* the process ends: not a word to the fib */
	bool restarting; /* we shall be back: bgp_engine_restarting */
};
