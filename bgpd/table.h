/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One table of an instance: one family, its RIB, and everything that reads it (export groups,
 * kernel feed, aggregates, watches, monitors). Part of engine_int.h, which everybody includes.
 */
#pragma once

#include <sys/queue.h>

#include "bgpd/engine.h"
#include "lib/ds/bitmap.h"
#include "lib/io/loop.h"

struct bgp_table;
struct monitor_table;
struct places;
struct watch;

/* How long between two looks whether there is room in a table, for what its quota kept out. */
#define TABLE_ROOM_US INT64_C(10000000)

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
	struct net_queue again;      /* refused by the ring, or touched beside the journal */
	bool stalled;                /* the ring is full */
	uint32_t memo_gid;           /* group of the last net: counted during a slice */
	const struct rib_path *memo; /* its only path; NULL = it had none, or more */
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
	struct places *places;             /* owned; NULL: no limit on what edges bring */
	struct rib_source *default_source; /* NULL: nobody wants a default route */
	bool own_lost;                     /* some of our own routes found no room: its quota */
	TAILQ_HEAD(, dying) dying;
	struct job dying_job;
	struct job redecide_job;
	struct prefix redecide_key;
	bool redecide_started;
	const struct bgp_peer *awaited[2]; /* sync.c: by whether all count; NULL = not known */
	bool relearned;                    /* our End-of-RIB may go out */
	bool synced;                       /* the kernel's stale routes were given up */
};

void table_init(struct bgp_table *t, struct bgp_instance *i, enum bgp_family f);
void table_fini(struct bgp_table *t);
/** A new source of this table; NULL beyond 65535. */
struct rib_source *table_source(struct bgp_table *t, const struct rib_source *init);
/** Remove the paths of a source in the background, then the source. NULL-safe. */
void table_bury(struct bgp_table *t, struct rib_source *s);
bool table_is_burying(const struct bgp_table *t);
void table_redecide(struct bgp_table *t);
/**
 * Is a part of the tenant's route quota free? Not at each path around it: who was refused says
 * everything again.
 */
bool table_has_room(const struct bgp_table *t);
/** rib_update that makes room from what is dying. */
int table_update(struct bgp_table *t, struct rib_source *s, const struct rib_offer *o);

/* FIB feed */
void fib_feed_init(struct fib_feed *fd, struct bgp_table *t);
void fib_feed_fini(struct fib_feed *fd);
/** Kernel table appears or goes (number 0 means none). */
void fib_feed_restart(struct fib_feed *fd);
void fib_feed_space(struct fib_feed *fd);
bool fib_feed_is_drained(const struct fib_feed *fd);
