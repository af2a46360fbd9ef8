/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tenant workers: threads that own whole tenants, each with one BGP engine. Main talks to them
 * by orders through a ring; they answer by events and finished calls through another one.
 *
 * Ids of tenants, instances and edges are main's, dense from 0, unique over all workers; worker
 * i is told only what concerns it. Orders carry heap pointers whose ownership passes.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "bgpd/engine.h"
#include "lib/net/prefix.h"

struct bfd_death;
struct bfd_thread;
struct loop;
struct mailbox;
struct worker;
struct workers;

/* What an instance is: everything at once, by value. */
struct worker_instance {
	struct bgp_instance_conf conf;
	struct bgp_link *links;           /* owned; a VBR has one or more */
	struct bgp_local *locals;         /* owned */
	struct bgp_peer_conf *peers;      /* owned */
	struct bgp_range_conf *ranges;    /* owned */
	struct bgp_aggregate *aggregates; /* owned */
	uint8_t n_links;
	struct bgp_gateway *gateways; /* owned */
	uint32_t n_gateways;
	uint32_t n_locals;
	uint32_t n_peers;
	uint32_t n_ranges;
	uint32_t n_aggregates;
};

/** Wipes its secrets. NULL-safe. */
void worker_instance_free(struct worker_instance *wi);

/* One direction of a peering connection. */
struct worker_edge {
	struct bgp_edge_conf conf;
	uint32_t from_tenant;
	uint32_t from_instance;
	uint32_t to_tenant;
	uint32_t to_instance;
	struct nexthop nh; /* in the receiving instance, towards the sending one */
	uint16_t weight;   /* 1..256, in nh too */
};

enum worker_event_type {
	WORKER_EVENT_PEER_UP,
	WORKER_EVENT_PEER_DOWN,
	WORKER_EVENT_LIMIT_WARNING,
	WORKER_EVENT_LIMIT_REACHED,
	WORKER_EVENT_POLICY_APPLIED,
	WORKER_EVENT_SECOND_ROUTER,
	WORKER_EVENT_BFD_UP,
	WORKER_EVENT_BFD_DOWN,
};

struct worker_event {
	enum worker_event_type type;
	/* Names, not ids: by the time main hears of it an id may be somebody else's. */
	char tenant[BGP_NAME_SIZE];
	char instance[BGP_NAME_SIZE];
	bool is_vpc; /* the instance: LIMIT_* of its table, BFD_* of a next hop */
	bool is_next_hop;
	struct ip_addr peer; /* or the next hop of static routes */
	uint32_t count;
	const char *code;        /* PEER_DOWN: word for text; static */
	uint8_t notification[2]; /* code and subcode, 0 = none was said */
	char text[320];          /* reason of PEER_DOWN, BFD_DOWN; address of SECOND_ROUTER */
};

struct workers_params {
	struct loop *main_loop;
	uint32_t n; /* threads, 1..64 */
	/* ring to the fib for worker i; borrowed */
	struct mailbox *(*fib_feed)(void *ctx, uint32_t i);
	/* NULL: neighbours are not watched by BFD */
	struct bfd_thread *bfd; /* borrowed; worker i has feed i */
	void *ctx;
	void (*event)(void *event_ctx, const struct worker_event *ev); /* on main */
	void *event_ctx;
};

/** Starts the threads. NULL with errno set. */
struct workers *workers_start(const struct workers_params *p);
/**
 * Sessions closed, threads joined, all freed. Kernel routes stay. restarting: neighbours that
 * know graceful restart are left without a NOTIFICATION, so that they keep forwarding; else all
 * get a Cease. NULL-safe.
 */
void workers_stop(struct workers *ws, bool restarting);
uint32_t workers_count(const struct workers *ws);
/** The worker for a new tenant: the one with fewest. */
uint32_t workers_pick(struct workers *ws);

/* Orders, from main. They never fail: what the ring cannot take waits in line behind it. */
void worker_tenant_set(struct workers *ws, uint32_t w, uint32_t tenant,
	const struct bgp_engine_conf *conf);
void worker_tenant_del(struct workers *ws, uint32_t w, uint32_t tenant);
void worker_policy_set(struct workers *ws, uint32_t w, uint32_t tenant,
	struct policy_set *take_set);
void worker_cidrs_set(struct workers *ws, uint32_t w, uint32_t tenant, const struct prefix *cidrs,
	uint32_t n);
void worker_instance_set(struct workers *ws, uint32_t w, uint32_t tenant, uint32_t instance,
	struct worker_instance *take);
void worker_instance_del(struct workers *ws, uint32_t w, uint32_t tenant, uint32_t instance);
/**
 * To the workers of both ends; the sending half starts when the receiving one is known to be there.
 * The id may be used again after worker_edge_del: routes on their way between two threads carry the
 * generation of the edge and are dropped when it is over.
 */
void worker_edge_set(struct workers *ws, uint32_t w_from, uint32_t w_to, uint32_t edge,
	const struct worker_edge *e);
void worker_edge_del(struct workers *ws, uint32_t w_from, uint32_t w_to, uint32_t edge);

/* Calls: a function run on the worker's thread with sight of its engines, then done on main. */
struct worker_call {
	void (*fn)(const struct worker *v, void *arg);
	void (*done)(void *arg);
	void *arg;
};
void worker_call(struct workers *ws, uint32_t w, const struct worker_call *c);

/*
 * One who stays on a worker's thread between calls, and is told of its engines: those that are
 * there when it joins, then as they come and go. Embedded in its owner, who keeps it until done.
 */
struct worker_guest {
	LIST_ENTRY(worker_guest) entry; /* private, as the next */
	struct worker *w;
	/* on the worker's thread */
	void (*came)(struct worker_guest *g, uint32_t tenant, struct bgp_engine *e);
	void (*gone)(struct worker_guest *g, uint32_t tenant); /* about to be freed, or leaving */
	void (*joined)(struct worker_guest *g); /* after the engines that were there */
	/* on main, last of all: it has left, or the worker has ended */
	void (*done)(struct worker_guest *g);
};
void worker_guest_join(struct workers *ws, uint32_t w, struct worker_guest *g);
void worker_guest_leave(struct workers *ws, uint32_t w, struct worker_guest *g);
/**
 * From its own thread: fn(arg) runs on main, in order and before done. The guest bounds how many
 * are under way.
 */
void worker_guest_post(struct worker_guest *g, void (*fn)(void *arg), void *arg);

/* What a call may look at; valid during fn. */
uint32_t worker_view_index(const struct worker *v);
/** Ids that exist on this worker: iterate from 0 while < limit; NULL for gaps and others' ids. */
uint32_t worker_view_tenant_limit(const struct worker *v);
struct bgp_engine *worker_view_engine(const struct worker *v, uint32_t tenant);
/** Attributes of all its tenants. */
const struct attrs_table *worker_view_attrs(const struct worker *v);
uint32_t worker_view_instance_limit(const struct worker *v);
struct bgp_instance *worker_view_instance(const struct worker *v, uint32_t instance);
/** Tenant of an instance of this worker. */
uint32_t worker_view_tenant_of(const struct worker *v, uint32_t instance);
/** Routes that an edge has brought to an instance of this worker; 0 if it leads elsewhere. */
uint32_t worker_view_edge_routes(const struct worker *v, uint32_t edge);
/** Messages waiting in the worker's rings; samples of its loop; from any thread. */
uint64_t worker_queued(const struct workers *ws, uint32_t w);
struct histogram *worker_latency(const struct workers *ws, uint32_t w);
/** CPU time of the thread in ms. */
uint64_t worker_cpu_ms(const struct workers *ws, uint32_t w);
/** On the BFD thread: a death, for the ring of fib_thread_deaths. 0 or -EAGAIN. */
int worker_bfd_died(struct mailbox *box, const struct bfd_death *d);
