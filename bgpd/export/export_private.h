/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside of an export, shared by select.c (which paths count), outcome.c (what is said of a net),
 * egress.c (with which attributes), told.c (what was said), multi.c (both for groups with
 * ADD-PATH), run.c and queue.c (what is to be said: say.h), emit.c (saying it), group.c (who
 * listens). Not for other folders.
 */
#pragma once

#include <sys/queue.h>

#include "bgpd/export/export.h"
#include "lib/ds/bitmap.h"
#include "lib/ds/intern.h"
#include "lib/ds/slab.h"
#include "lib/io/loop.h"

struct run;

/* A source as groups know it ("from"): its index plus one, so that 0 means nobody. */
static inline uint16_t from_of(const struct rib_source *s)
{
	return s ? (uint16_t)(s->index + 1) : 0;
}

struct export_member {
	TAILQ_ENTRY(export_member) entry;
	struct group *group;
	const struct export_member_ops *ops; /* borrowed: outlive us */
	void *ctx;
	uint16_t own; /* its own source */
	bool enhanced_refresh;
	bool left;          /* during a slice: freed at its end */
	bool wants_refresh; /* asked for during a slice */
};
TAILQ_HEAD(member_list, export_member);

/* What export policy makes of a net. */
struct outcome {
	uint32_t net;
	const struct rib_path *path; /* NULL: not sent, why tells */
	const struct rib_source *source;
	struct attrs *set; /* borrowed: of the candidate, before policy */
	enum rib_reason why;
	const struct rib_path *candidate; /* also when it is not sent */
	bool asked;                       /* the policy was: term is its answer */
	uint32_t term;
	uint8_t next_hop;    /* enum policy_next_hop */
	bool modified;       /* by policy: w holds the attributes, in the arena */
	struct wire_attrs w; /* valid if modified */
};

/* What egress must know of a route besides its attributes: part of what a bucket says. */
enum outcome_how {
	OUTCOME_KEEP_MED = 1 << 0, /* MED goes out as it stands in the set */
	OUTCOME_LEARNED = 1 << 1,  /* its next hop is a neighbour's, and may be passed on */
	OUTCOME_INSIDE = 1 << 2,   /* it came from inside our AS or confederation and stays there */
	OUTCOME_REFLECT = 1 << 3,  /* RFC 4456 */
	OUTCOME_NEXT_HOP_SELF = 1 << 4, /* by policy: ours */
	OUTCOME_NEXT_HOP_SET = 1 << 5,  /* by policy: as it stands in the set */
};
struct outcome_way {
	uint32_t how;        /* enum outcome_how */
	uint32_t originator; /* ORIGINATOR_ID that it is given; 0 = none, or it has one */
};

/* Told: one entry a net; tag 0 = the group has not advertised it. */
struct told {
	uint32_t *tag;  /* owned: of which set and kind of source, see told_tag */
	uint16_t *from; /* owned: source of the path that was advertised */
	uint32_t cap;
	uint32_t n; /* nets advertised */
};

/* What a group knows of a source. */
struct from_info {
	uint32_t n_told;              /* nets advertised with its path */
	struct export_member *member; /* the neighbour behind it, if in this group */
};

/* A net that waits in a bucket. */
struct item {
	uint32_t next;
	uint32_t net; /* 0: void, see multi.c */
	uint32_t tag;
};

/* One of its paths, in a group with ADD-PATH. */
struct path_item {
	struct item item; /* first */
	uint32_t said;
};

/* What is said of nets. Zeroed before it is filled: hashed as octets. */
struct statement {
	struct attrs *set; /* NULL = withdraw */
	uint16_t from;     /* whose path it is, or (withdraw) was: that member is left out */
	uint16_t only;     /* not 0: only this member is told */
	struct outcome_way way;
};

static inline bool statement_is_equal(const struct statement *a, const struct statement *b)
{
	return a->set == b->set && a->from == b->from && a->only == b->only &&
		a->way.how == b->way.how && a->way.originator == b->way.originator;
}

/* A path of a net that was told, or waits to be: in the list of its net, by id. */
struct said {
	uint32_t next;
	uint32_t id;   /* path identifier: the handle of the path */
	uint32_t tag;  /* as in struct told; 0 = not told yet */
	uint32_t item; /* in the queue, 0 = nothing waits */
	uint16_t from;
};

/* Told, in a group with ADD-PATH; the count of paths is kept in struct told. */
struct multi {
	struct multi_net {
		uint32_t head;   /* struct said */
		uint32_t n_wait; /* items that are not void */
	} * nets;                /* owned, by net */
	uint32_t cap;
	struct slab said;
};

/* Nets to be announced with one set, or withdrawn. */
struct bucket {
	struct intern_node node; /* first */
	TAILQ_ENTRY(bucket) entry;
	struct statement say; /* its set counted */
	uint32_t head;        /* items */
	uint32_t tail;
};
TAILQ_HEAD(bucket_list, bucket);

/* What the last net had to say, and for which path: of a slice. */
struct memo {
	const struct attrs *set; /* NULL: nothing is remembered */
	uint32_t tag;
	uint16_t source;
	uint8_t flags;
	bool says;      /* what the run says; else it is not to be told */
	bool is_on;     /* nothing asks for the prefix */
	bool has_local; /* the table has routes of ours */
};

/* Nets of which something is to be said. */
struct queue {
	struct intern *index; /* owned: buckets by what they say */
	struct bucket_list list;
	struct slab items;
	struct bitmap queued; /* nets in a bucket: pinned, each in one place only */
	struct bitmap dirty;  /* queued, and changed since: look again before saying it */
	uint32_t n;
	struct bucket *last; /* the one asked for last, or NULL */
	bool is_pulling;     /* between run_begin and run_end */
	/* Said, and pinned until queue_let_go: many nets are freed faster than one by one. */
	uint32_t n_said;
	uint32_t said[PTABLE_MANY];
};

/* Nets taken over from the group that this one was split from, pinned, to be looked at. */
struct todo {
	uint32_t *nets; /* owned */
	uint32_t n;
};

enum group_phase {
	GROUP_PHASE_WALK,   /* the table, for the first time or again */
	GROUP_PHASE_WALKED, /* say what the walk has found, then mark its end */
	GROUP_PHASE_FOLLOW, /* the journal */
};

struct group {
	TAILQ_ENTRY(group) entry;
	struct export *e;
	struct export_conf key;    /* normalised: compared by memcmp */
	struct rib_reader *reader; /* owned */
	struct job job;
	struct timer patience; /* with members that hold the others up */
	struct timer lag;      /* with members that hold the journal up, perhaps */
	struct member_list members;
	uint32_t n_members;
	enum group_phase phase;
	bool started;    /* has pulled */
	bool synced;     /* the first walk is over */
	bool owes_end;   /* and its End-of-RIB is held back */
	bool refreshing; /* says again what was said already */
	bool begin_mark; /* RFC 7313 BoRR is to be sent */
	bool end_mark;   /* EoRR at the end of the walk */
	bool busy;       /* in its slice */
	/*
	 * What its members were told, they were told by this configuration (owned, its policy set
	 * counted); NULL = by key, or not to be relied on.
	 */
	struct export_conf *before;
	uint32_t id;         /* never given again */
	uint32_t moved_from; /* id of the group that it left for another key */
	uint64_t moved_at;   /* export's clock then */
	uint64_t served_at;  /* export's clock at the last slice; 0 = none since it has its key */
	struct told told;
	struct from_info *froms; /* owned; by from */
	uint32_t n_froms;
	bool is_multi; /* with ADD-PATH: multi instead of the arrays in told */
	struct multi multi;
	struct queue queue;
	struct memo memo;
	struct todo todo;
};
TAILQ_HEAD(group_list, group);

/* A run of whole messages in the buffer that has one audience. */
struct segment {
	uint32_t off;
	uint32_t len;
	uint32_t n_updates;
	uint32_t n_refreshes;
	uint16_t who;
	bool only; /* only who, else all but who */
};

#define EXPORT_MAX_SEGMENTS 512

struct export
{
	struct loop *loop;
	struct rib *rib;
	struct group_list groups;
	uint32_t n_groups;
	uint32_t last_id;   /* of a group */
	uint64_t clock;     /* slices so far */
	bool hold_end;      /* no End-of-RIB goes out */
	bool hold_merges;   /* no two groups become one */
	struct arena *eval; /* owned: for one evaluation of policy */
	struct arena *out;  /* owned: for attributes as they go out */
	/* What the running slice has encoded; empty between slices. */
	uint8_t *buf; /* owned; NULL while a group rests */
	size_t len;
	struct segment *segs; /* owned */
	uint32_t n_segs;
	struct run *run; /* owned; NULL while a group rests */
	/* Prefixes to be withdrawn from one member besides the message being built. */
	struct extra {
		struct prefix pfx;
		uint32_t id;
	} * extra; /* owned */
	uint32_t n_extra;
	uint32_t cap_extra;
	uint32_t *picked; /* owned: scratch of select_paths */
	uint32_t cap_picked;
};

/* select.c */
/** Does the session carry path identifiers? */
bool select_is_multi(const struct export_conf *conf);
/** Does it depend on more than the best path and multipath which paths are sent? */
bool select_wants_all(const struct export_conf *conf);
/** Handles into e->picked, the lowest first; how many. */
uint32_t select_paths(struct export *e, const struct export_conf *conf, uint32_t net);

/* outcome.c */
/** The default route that we originate, in the place of all others of its net; or NULL. */
const struct rib_path *outcome_default(const struct rib *r, const struct export_conf *conf,
	uint32_t net);
/** The path that speaks for a net: that one, a network statement, the best one; or NULL. */
const struct rib_path *outcome_candidate(const struct rib *r, const struct export_conf *conf,
	uint32_t net);
/** Decide about a net; source of the neighbour does not count here. Memory from the arena. */
void outcome_find(struct outcome *o, const struct rib *r, const struct export_conf *conf,
	uint32_t net, struct arena *a);
/** The same for one path of o->net, which is set already. */
void outcome_of_path(struct outcome *o, const struct rib *r, const struct export_conf *conf,
	const struct rib_path *path, struct arena *a);
/** Does what is said of a path depend on its prefix? The default route has rules of its own. */
bool outcome_asks_prefix(const struct export_conf *conf);
/** Longest message of the session. */
size_t outcome_max_message(const struct export_conf *conf);
/** The set that goes out, before egress: a reference. */
struct attrs *outcome_set(const struct outcome *o, struct attrs_table *at) MUST_USE;
/** Would was have said the same of the path as o, which now says? Memory from the arena. */
bool outcome_is_as_before(const struct outcome *o, const struct rib *r,
	const struct export_conf *now, const struct export_conf *was, struct arena *a);
/** How it leaves. */
struct outcome_way outcome_way(const struct outcome *o, const struct export_conf *conf);

/* egress.c */
/** Make attributes fit to leave by this session. */
void egress_apply(struct wire_attrs *w, const struct export_conf *conf,
	const struct outcome_way *way, struct arena *a);
/** Would the two give equal attributes to every route? */
bool egress_is_same(const struct export_conf *a, const struct export_conf *b);

/* told.c */
uint32_t told_tag(const struct outcome *o);
void told_set(struct group *g, uint32_t net, uint32_t tag, uint16_t from);
/** The same of many. */
void told_set_many(struct group *g, const struct run *run, uint32_t first, uint32_t n);
static inline uint32_t told_get(const struct group *g, uint32_t net, uint16_t *from)
{
	const struct told *t = &g->told;

	*from = net < t->cap ? t->from[net] : 0;
	return net < t->cap ? t->tag[net] : 0;
}
void told_copy(struct group *dst, const struct group *src);
void told_fini(struct group *g);
/** Entry of a source; grows the array. Valid until the next call. */
struct from_info *group_from(struct group *g, uint16_t from);
/** Member behind a source, or NULL. */
static inline struct export_member *group_member(const struct group *g, uint16_t from)
{
	return from && from < g->n_froms ? g->froms[from].member : NULL;
}

/** Count a statement about a path of from in or out. */
void told_count(struct group *g, uint16_t from, int sign);

/* multi.c */
void multi_init(struct multi *m);
/** Queue the differences between what is and what was told of a net; nothing of it waits. */
void multi_look(struct group *g, uint32_t net);
/** The same when some of it waits: that is void. */
void multi_look_again(struct group *g, uint32_t net);
/** A path was taken out of the queue: does nothing of its net wait any more? */
bool multi_popped(struct group *g, uint32_t net, uint32_t said);
/** It is said now; returns whether the member behind the new path must forget the old one. */
bool multi_said(struct group *g, uint32_t said, uint32_t net, uint32_t tag, uint16_t from);
/** It cannot be said: members forget what they had been told. */
void multi_refused(struct group *g, uint32_t said, uint32_t net);
uint32_t multi_id(const struct group *g, uint32_t said);
/** Has the member been told any path of the net? */
bool multi_has(const struct group *g, uint32_t net, uint16_t own);
/** The same of one path. */
bool multi_has_path(const struct group *g, uint32_t net, uint32_t path, uint16_t own);
void multi_copy(struct group *dst, const struct group *src);
void multi_fini(struct multi *m);
size_t multi_bytes(const struct multi *m);

/* group.c */
struct group *group_find_fresh(struct export *e, const struct export_conf *key);
struct group *group_new(struct export *e, const struct export_conf *key);
void group_add(struct group *g, struct export_member *m);
void group_remove(struct export_member *m);
/** Members for which pick says so get a group of their own at the same place. Returns it. */
struct group *group_split(struct group *g, bool (*pick)(const struct export_member *m));
/** Say everything again to the only member, with the marks of RFC 7313 if enhanced. */
void group_refresh(struct group *g, bool enhanced);
/** The group that members of g have moved to for this key, if neither has done anything since. */
struct group *group_find_moved(const struct group *g, const struct export_conf *key);
/** A key that means the same as the one it has: for all members, and nothing is said. */
void group_adopt(struct group *g, const struct export_conf *key);
/** Another key for a group just split from old: it looks at everything again. */
void group_rekey(struct group *g, const struct group *old, const struct export_conf *key);
void group_free(struct group *g);
