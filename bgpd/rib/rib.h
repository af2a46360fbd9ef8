/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of one instance and one family: all paths of all sources (adj-in kept), the decision,
 * and the journal of prefixes whose outcome changed.
 *
 *   rib_update/rib_withdraw -> decision -> journal -> readers (export groups, FIB feed, edges)
 *
 * The journal is an ordered list of nets in which a net stands at most once; a second change
 * moves it to the tail. Each reader has its own cursor. A reader begins with a walk of the table
 * and then follows the journal; it is told nets, looks at their present state and makes its own
 * output equal to it. So bursts coalesce, slow readers cost nobody anything, and memory is
 * bounded by the table. A reader may be told a net whose outcome is as before: it must be
 * idempotent.
 *
 * A net without paths stays until every reader has passed it and nobody pins it. Nets and paths are
 * named by 32-bit handles; pointers from rib_net()/rib_path() are valid until the next update.
 */
#pragma once

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "bgpd/rib/attrs.h"
#include "bgpd/rib/paths.h"
#include "bgpd/rib/reader.h"
#include "bgpd/rib/reason.h"
#include "lib/ds/ptable.h"
#include "lib/ds/slab.h"
#include "lib/net/prefix.h"

struct rib;

enum rib_source_kind {
	RIB_SOURCE_BGP,
	RIB_SOURCE_STATIC,    /* static routes and network statements */
	RIB_SOURCE_VPC,       /* CIDRs of the VPC itself */
	RIB_SOURCE_PEERING,   /* came over a peering edge */
	RIB_SOURCE_CONNECTED, /* link subnets, attached subnets */
	RIB_SOURCE_COUNT,
};

/* One that offers paths. Owned by the rib; fields set by the caller at rib_source_new. */
struct rib_source {
	uint16_t index; /* in the rib */
	uint8_t kind;   /* enum rib_source_kind */
	bool ibgp;
	bool confed;         /* a member AS of our confederation other than our own (RFC 5065) */
	bool client;         /* RFC 4456: of our cluster */
	uint32_t router_id;  /* BGP: of the peer */
	struct ip_addr addr; /* BGP: of the peer; tie-break and show */
	uint16_t weight;     /* multipath weight 1..256 */
	bool standby;        /* loses at the first step, whatever its policy says */
	uint32_t team;       /* sources of one team share the traffic (rib_source_set_team) */
	void *owner;         /* peer, edge, ... of the layer above */
	/* kept by the rib */
	uint32_t serial;     /* of its rib; not given to another source later (until it wraps) */
	uint32_t n_paths;    /* adj-in */
	uint32_t n_accepted; /* eligible */
	uint32_t n_stale;
	uint32_t blocks; /* private, see paths.c: where its paths lie */
	uint32_t last_block;
	uint32_t room;  /* blocks with room */
	uint32_t ahead; /* private: net that it may speak of next, 0 = no idea */
	bool marking;   /* private: a marking has begun */
	uint8_t turn;   /* private: RIB_PATH_TURN of paths that are newer than it, or marked */
};

/*
 * Paths of one source for one prefix: what is beyond is not kept. A neighbour chooses its path ids,
 * and each update of a net costs as much as the net has paths.
 */
#define RIB_SOURCE_PATHS_MAX 256

struct rib_net {
	uint32_t j_next; /* journal links, private */
	uint32_t j_prev;
	uint32_t paths;   /* handle of the first path: the best one if any is eligible */
	uint32_t fib_gid; /* free for the FIB feed: group that it asked for, 0 = none */
	uint16_t pins;    /* private */
	uint8_t flags;    /* private */
	uint8_t len;
	uint8_t b[]; /* 4 or 16 octets of address */
};

/* Where they lie: first in struct rib. Private, and here only for the accessors that follow. */
struct rib_store {
	struct slab nets;
	struct rib_paths paths;
	const struct pool *sets;     /* borrowed: where attributes lie */
	struct rib_source **sources; /* owned, also what they point to; by index */
	uint32_t n_sources;          /* entries of the array */
	uint32_t last_serial;        /* of a source */
	uint32_t n_nets;             /* with paths */
	uint32_t most_nets;          /* n_nets was never larger */
	uint32_t n_local;
};

static inline const struct rib_store *rib_store(const struct rib *r)
{
	return (const void *)r;
}

static inline struct rib_net *rib_net(const struct rib *r, uint32_t net)
{
	return slab_at(&rib_store(r)->nets, net);
}

static inline struct rib_path *rib_path(const struct rib *r, uint32_t path)
{
	return paths_at(&rib_store(r)->paths, path);
}

/** After import policy, borrowed; NULL when it was rejected. */
static inline struct attrs *rib_path_attrs(const struct rib *r, const struct rib_path *p)
{
	return attrs_at(rib_store(r)->sets, p->set);
}

/** As received, borrowed; NULL when it was rejected before it could tell. Of no copy. */
static inline struct attrs *rib_path_in(const struct rib *r, const struct rib_path *p)
{
	const struct rib_block *b = rib_path_block(p);
	const uint32_t in = b->in ? b->in[p - b->paths] : 0;

	return attrs_at(rib_store(r)->sets, in ? in : p->set);
}

/** Net of a path that lies in the table: the last one of a net knows it. */
static inline uint32_t rib_path_net(const struct rib *r, const struct rib_path *p)
{
	while (!(p->link & RIB_PATH_LAST))
		p = rib_path(r, p->link);
	return p->link & ~RIB_PATH_LAST;
}

/** Best path or NULL. */
static inline struct rib_path *rib_net_best(const struct rib *r, uint32_t net)
{
	const uint32_t h = rib_net(r, net)->paths;
	struct rib_path *p = h ? rib_path(r, h) : NULL;

	return p && p->flags & RIB_PATH_BEST ? p : NULL;
}

static inline struct prefix rib_net_prefix(const struct rib *r, uint32_t net)
{
	const struct rib_net *n = rib_net(r, net);
	const bool is4 = rib_store(r)->nets.size == sizeof(*n) + 4;
	struct prefix p = { .family = is4 ? AF_INET : AF_INET6, .len = n->len };

	memcpy(p.b, n->b, is4 ? 4 : 16);
	return p;
}

/** NULL if there is none of that index. */
static inline struct rib_source *rib_source_at(const struct rib *r, uint16_t index)
{
	return index < rib_store(r)->n_sources ? rib_store(r)->sources[index] : NULL;
}

static inline uint32_t rib_count_paths(const struct rib *r)
{
	return rib_store(r)->paths.n;
}

/** Nets with at least one path. */
static inline uint32_t rib_count_nets(const struct rib *r)
{
	return rib_store(r)->n_nets;
}

/** Paths with RIB_PATH_LOCAL. */
static inline uint32_t rib_count_local(const struct rib *r)
{
	return rib_store(r)->n_local;
}

/* How paths are compared; all false is RFC 4271. MEDs are deterministic in any case. */
struct rib_options {
	bool med_always;  /* between neighbour ASes too */
	bool med_missing; /* an absent MED is the worst, not 0 */
	bool relax;       /* multipath over paths of different neighbour ASes */
};

struct rib_conf {
	uint8_t af;        /* AF_INET or AF_INET6 */
	uint8_t max_paths; /* multipath members, 1..NHGROUP_MAX */
	uint32_t quota;    /* paths, all sources together; 0 = none */
	struct rib_options options;
};

struct rib *rib_new(const struct rib_conf *conf, struct attrs_table *at);
/** Readers must be gone. Releases all paths. NULL-safe. */
void rib_free(struct rib *r);
/** Counts for the next decision of each net: run rib_redecide_slice over the table. */
void rib_set_max_paths(struct rib *r, uint8_t max_paths);
void rib_set_options(struct rib *r, const struct rib_options *o);
/** Counts for paths to come. */
void rib_set_quota(struct rib *r, uint32_t quota);
/**
 * After a change of decision parameters: decide up to max nets again from *key; false when done.
 */
bool rib_redecide_slice(struct rib *r, struct prefix *key, bool *started, uint32_t max);

/** init is copied; NULL with errno ENOSPC beyond 65535 sources. */
struct rib_source *rib_source_new(struct rib *r, const struct rib_source *init);
/** Its paths must be gone (rib_source_flush). */
void rib_source_free(struct rib *r, struct rib_source *s);
/**
 * 0 = none. Paths of one team share the traffic also where the AS path, origin or MED would choose
 * among them; local preference, as all that policy says before, still does. Counts for the next
 * decision of each net: run rib_redecide_slice over the table.
 */
void rib_source_set_team(struct rib_source *s, uint32_t team);
/**
 * Remove paths of a source, or with only_stale look at its paths and remove those marked stale,
 * up to max a call. Returns true when more are left: call again in the next slice. *cursor starts
 * at 0. One such activity (flush or mark) a source at a time; a whole flush ends a marking.
 */
bool rib_source_flush(struct rib *r, struct rib_source *s, uint32_t max, bool only_stale,
	uint32_t *cursor);
/**
 * Mark all paths of a source stale (graceful restart): O(paths), in slices as rib_source_flush. The
 * first call (*cursor 0) draws the line: what is offered from then on is not marked, although other
 * paths still wait for it.
 */
bool rib_source_mark_stale(struct rib *r, struct rib_source *s, uint32_t max, uint32_t *cursor);

/* What one source says about one prefix. */
struct rib_offer {
	struct prefix pfx;
	uint32_t path_id;
	uint32_t live_key;
	struct attrs *in;               /* borrowed: the rib takes its own references */
	struct attrs *attrs;            /* after policy; may equal in; NULL = rejected */
	enum rib_reason reject;         /* NONE, or why attrs is NULL */
	uint8_t flags;                  /* RIB_PATH_CIDR, RIB_PATH_LOCAL, RIB_PATH_BLACKHOLE */
	bool again;                     /* not the source speaks, only policy has changed */
	uint32_t now_s;                 /* mono seconds, if known: else the clock is asked */
	const struct ptable_spot *spot; /* borrowed: of rib_expect, or NULL */
};
/**
 * Add or replace a path (same source, prefix and path id); a stale one is fresh again. A change of
 * policy is done by an update with the same `in` and `again`: what is stale stays so.
 *
 * Returns 0, -EDQUOT at the quota, or -E2BIG when the source has RIB_SOURCE_PATHS_MAX other paths
 * for the prefix (nothing changed). O(address octets + paths of the prefix).
 */
int rib_update(struct rib *r, struct rib_source *s, const struct rib_offer *o);
/**
 * Updates or withdrawals of these prefixes by the source come next: have what they touch in the
 * cache, and find their places (rib_offer.spot) together. Changes no route; 1 to PTABLE_MANY.
 */
void rib_expect(const struct rib *r, struct rib_source *s, const struct prefix *pfx, uint32_t n,
	struct ptable_spot *spots);
/**
 * Other attributes for an eligible path as it stands: what was received, its marks and its age
 * stay.
 */
void rib_set_attrs(struct rib *r, uint32_t path, struct attrs *attrs);
/** A stale path is kept for long: until it is fresh again or goes. Its attributes stay. */
void rib_set_long_lived(struct rib *r, uint32_t path);
/** Readers look at the net again: something else that they derive it from has changed. */
void rib_touch(struct rib *r, uint32_t net);
/** 0, or -ENOENT. */
int rib_withdraw(struct rib *r, struct rib_source *s, const struct prefix *pfx, uint32_t path_id);
/** Up to PTABLE_MANY at once, which are searched side by side; how many were there. */
uint32_t rib_withdraw_many(struct rib *r, struct rib_source *s, const struct prefix *pfx,
	const uint32_t *path_ids, uint32_t n);

/* Looking */
uint32_t rib_find(const struct rib *r, const struct prefix *pfx); /* net handle, 0 = none */
/** Longest match with a best path; 0 = none. */
uint32_t rib_match(const struct rib *r, const struct ip_addr *a);
/** Longest net with a best path that covers pfx and is not pfx itself; 0 = none. */
uint32_t rib_cover(const struct rib *r, const struct prefix *pfx);

/*
 * A net as it might be: all its paths, by handle. What was received, ids and keys are those of the
 * real paths: copies have none.
 */
struct rib_pretence {
	uint32_t net;
	uint32_t n;
	const uint32_t *handles;
	struct rib_path *paths; /* copies */
	uint32_t first;         /* private */
};
/** Another verdict of import policy: the copy's own, uncounted. NULL = rejected. */
void rib_pretend_attrs(struct rib_path *copy, struct attrs *attrs);
/** A decision among the copies: they are marked and linked as it would leave them. */
void rib_pretend(struct rib *r, struct rib_pretence *p);
/**
 * Put the pretence in the place of the net, and the net into the pretence; twice is as before. In
 * between only who looks may be called, and the caller must not return to the loop.
 */
void rib_swap(struct rib *r, struct rib_pretence *p);

/* What a step of the decision reads in a path. */
enum rib_value_kind {
	RIB_VALUE_NONE,
	RIB_VALUE_NUMBER,
	RIB_VALUE_SIGNED,    /* number is an int32_t */
	RIB_VALUE_ORIGIN,    /* enum bgp_origin */
	RIB_VALUE_IBGP,      /* 1 = learned by iBGP */
	RIB_VALUE_ROUTER_ID, /* host order */
	RIB_VALUE_ADDRESS,
};
struct rib_value {
	uint8_t kind; /* enum rib_value_kind */
	uint32_t number;
	struct ip_addr address;
};
/* How a path lost. */
struct rib_compare {
	enum rib_reason step;
	uint32_t rival; /* handle of the path that it lost to */
	struct rib_value mine;
	struct rib_value theirs;
};
/**
 * At which step a path that is not the best one lost, against which other, and the two values. At
 * maximum-paths these are the number of equal paths and the number that may be used. A path that
 * shares the traffic has its step too. false: it is the best, or it was refused. O(paths of the
 * prefix).
 */
bool rib_compare(const struct rib *r, uint32_t path, struct rib_compare *out);
/**
 * The best max paths of a net, in the order in which they would follow each other as the best;
 * returns how many there are. O(max * paths * log paths).
 */
uint32_t rib_rank(struct rib *r, uint32_t net, uint32_t *paths, uint32_t max);
/* What to walk, and how far it is: start with zero in all but within. */
struct rib_range {
	const struct prefix *within; /* it and its more-specifics; NULL = everything */
	struct prefix key;           /* last entry seen */
	bool started;
};
/**
 * Walk in table order, up to max entries a call: fn gets nets that have paths, may not update the
 * rib, and returns false to stop (the net counts as seen). Returns entries seen; fewer than max
 * means that the end was reached or fn said stop.
 */
uint32_t rib_walk(const struct rib *r, struct rib_range *at, uint32_t max,
	bool (*fn)(void *ctx, uint32_t net), void *ctx);
/**
 * The paths of one source: cursor 0 to start, returns the next handle or 0. Paths may come and go
 * between two calls, also the one at the cursor; those that stay are visited once, new ones
 * perhaps.
 */
uint32_t rib_source_next(const struct rib *r, const struct rib_source *s, uint32_t cursor);

uint32_t rib_count_best(const struct rib *r); /* with a best path */
size_t rib_bytes(const struct rib *r);
/**
 * To be called now and then: a table that has been empty since the call before gives some of its
 * memory back. Is there more of it?
 */
bool rib_trim(struct rib *r);
uint8_t rib_af(const struct rib *r); /* AF_INET or AF_INET6 */
struct attrs_table *rib_attrs(const struct rib *r);
/** Highest net handle so far: size of bitmaps. */
uint32_t rib_net_limit(const struct rib *r);
/** Keep a net's handle from being reused although it has no paths; pairs. */
static inline void rib_net_pin(struct rib *r, uint32_t net)
{
	assert(rib_net(r, net)->pins < UINT16_MAX);
	rib_net(r, net)->pins++;
}
void rib_net_unpin(struct rib *r, uint32_t net);
/** The same of many. */
void rib_nets_unpin(struct rib *r, const uint32_t *nets, uint32_t n);
