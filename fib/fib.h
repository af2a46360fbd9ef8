/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Desired forwarding state, and the writer that keeps the kernel equal to it. Programs whatever it
 * is told; who wants a route, and why, is unknown here.
 *
 *   feeds (rings) -> desired routes per table -> nexthop groups -> batches -> backend
 *
 * struct fib is single-threaded: fib_thread.h runs one on its own thread and talks by mailboxes;
 * unit tests drive it directly with the memory backend.
 *
 * Groups are named by the feed that made them: (feed, gid). A route names a group; a group may
 * change its members in place, which moves all its routes at once.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "fib/live/live.h"
#include "lib/base/metrics.h"
#include "lib/net/nexthop.h"
#include "lib/net/prefix.h"

struct loop;
struct fib;
struct fib_backend;

#define FIB_PROTOCOL   186 /* RTPROT_BGP: every route and nexthop of ours carries it */
#define FIB_ERROR_SIZE 96

enum fib_msg_type {
	FIB_MSG_TABLE_ADD, /* table: what the kernel has becomes stale; end it by unreachable */
	FIB_MSG_TABLE_DEL, /* table: remove all that is ours in it */
	FIB_MSG_GROUP_SET, /* gid, group: new, or new members */
	FIB_MSG_GROUP_DEL, /* gid: no route uses it any more (enforced: later, if one does) */
	FIB_MSG_ROUTE_SET, /* table, pfx, gid */
	FIB_MSG_ROUTE_DEL, /* table, pfx */
	FIB_MSG_SYNCED,    /* table, family: all is relearned, sweep what is still stale */
	/* Of a neighbour, its live_key in gid; who says which of them: fib/live/live.c. */
	FIB_MSG_NEIGHBOR_DOWN,      /* take it out of all groups, at once */
	FIB_MSG_NEIGHBOR_UP,        /* watch: what is known of it */
	FIB_MSG_NEIGHBOR_GONE,      /* DOWN, and it will not come back under this key */
	FIB_MSG_NEIGHBOR_DIED,      /* BFD: DOWN; watch.epoch */
	FIB_MSG_NEIGHBOR_UNWATCHED, /* watch.epoch.watch: BFD is done with it */
	FIB_MSG_NEIGHBOR_SET,       /* set: dead while all of these are */
	FIB_MSG_COUNT,
};

struct fib_watch {
	struct live_epoch epoch;
	uint32_t ifindex; /* the neighbour dies with this device; 0 = with none */
};

/* Copied through rings: keep it small. */
struct fib_msg {
	uint8_t type;   /* enum fib_msg_type */
	uint8_t family; /* AF_INET or AF_INET6, of SYNCED */
	union {
		struct prefix pfx;      /* ROUTE_* */
		struct fib_watch watch; /* NEIGHBOR_* */
	};
	uint32_t table;
	uint32_t gid;                       /* group of this feed, never 0; or live_key */
	union {                             /* heap, owned by the receiver; NULL for all others */
		struct nhgroup *take_group; /* GROUP_SET */
		struct live_set *take_set;  /* NEIGHBOR_SET */
	};
};

struct fib_conf {
	uint32_t table_base; /* first of our tables; others are untouchable */
	uint32_t table_count;
	uint32_t stale_s;  /* sweep stale routes at the latest after this time */
	uint32_t retry_ms; /* first pause before a refused write is repeated, doubling; 0 = 1000 */
	uint32_t check_s;  /* pause between two background comparisons with the kernel; 0 = 60 */
};

/** backend is owned from here on. netns is the caller's. */
struct fib *fib_new(struct loop *l, const struct fib_conf *conf, struct fib_backend *take_backend);
/** Routes stay in the kernel. */
void fib_free(struct fib *f);
/** Remove every route and nexthop of ours from the kernel, synchronously (shutdown withdraw). */
void fib_withdraw_all(struct fib *f);
/**
 * One order from a feed. Takes the group. Wrong orders (unknown gid, foreign table) are
 * counted, not fatal.
 */
void fib_handle(struct fib *f, uint32_t feed, const struct fib_msg *m);
/**
 * Several of them, at most FIB_MANY, in their order: the waits for the memory of their routes
 * overlap.
 */
#define FIB_MANY 32
void fib_handle_many(struct fib *f, uint32_t feed, const struct fib_msg *const *m, uint32_t n);
static inline bool fib_msg_is_route(const struct fib_msg *m)
{
	return m->type == FIB_MSG_ROUTE_SET || m->type == FIB_MSG_ROUTE_DEL;
}
/**
 * More routes wait to be written than are good to have: what comes now is handled, but whoever can
 * wait does. After a true fn of fib_on_space is called once, when most of them are written.
 */
bool fib_is_full(struct fib *f);
void fib_on_space(struct fib *f, void (*fn)(void *ctx), void *ctx);
/**
 * A device came up, went down, or vanished: what stands on it is checked again. From the
 * link plane.
 */
void fib_link_changed(struct fib *f, uint32_t ifindex);

/* Inspection: one route, as wanted and as the kernel has it. */
enum fib_state {
	FIB_STATE_PENDING, /* queued or on the way */
	FIB_STATE_INSTALLED,
	FIB_STATE_FAILED, /* error tells; tried again */
	FIB_STATE_STALE,  /* read back at start, not relearned yet */
	FIB_STATE_COUNT,
};

struct fib_route_view {
	struct prefix pfx;
	enum fib_state state;
	struct nhgroup group;       /* wanted; n = 0 for stale routes whose group is not ours */
	uint32_t dead;              /* bit i: member i is dead now and taken out */
	int code;                   /* -errno of the last refusal, 0 if none */
	char error[FIB_ERROR_SIZE]; /* extended ack text, "" if none */
	int64_t since_us;           /* mono time of the last change */
};

/* One slice of a walk through a table. */
struct fib_walk {
	uint32_t table;
	uint32_t max;   /* routes at most */
	bool inclusive; /* the key itself, too */
	void (*fn)(void *ctx, const struct fib_route_view *r);
	void *ctx;
};

/** Walk in order from *key (see ptable_walk); returns routes seen. */
uint32_t fib_walk(const struct fib *f, const struct fib_walk *w, struct prefix *key);
/** 0, or -ENOENT. */
int fib_get(const struct fib *f, uint32_t table, const struct prefix *pfx,
	struct fib_route_view *r);

/* Written by the fib's thread only, read by any. */
struct fib_stats {
	struct counter routes_wanted; /* gauges of now */
	struct counter routes_installed;
	struct counter routes_stale;
	struct counter routes_failed;
	struct counter groups;
	struct counter nexthops;
	struct counter written; /* counters since start */
	struct counter deleted;
	struct counter errors;
	struct counter drift_repaired;
	struct counter swept;
	struct counter adopted;
	struct counter overruns;   /* ENOBUFS: dumped and compared */
	struct counter refused;    /* wrong orders */
	struct counter keep_errno; /* why routes by a line go with its carrier; 0: they stay */
	struct counter foreign;    /* routes of others seen in our tables, left alone */
	struct histogram write_us; /* batch sent to batch acknowledged */
};
struct fib_stats *fib_stats(struct fib *f);
/** Nothing queued, nothing in flight. */
bool fib_is_idle(const struct fib *f);
