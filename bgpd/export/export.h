/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Adj-RIB-Out without a table: neighbours with equal export behaviour share a group, which reads
 * the journal once, remembers six octets per net (what was advertised, from whom), packs what
 * changed by attribute set, encodes each UPDATE once, and hands the same octets to all members.
 *
 * A member that joins while others are ahead gets a group of its own until it has caught up, then
 * the two merge; a member that cannot keep up is split off. Policy is a pure function, so what a
 * neighbour was told is computed, not stored (export_attrs).
 *
 * A neighbour with ADD-PATH (RFC 7911) is told several paths of a net, as the mode says; its groups
 * are of another kind (multi.c), and cost the others nothing.
 *
 * A route is not told to the neighbour that it came from: the group advertises it, and this member
 * is left out (or told to forget what it had).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "bgpd/policy/policy.h"
#include "bgpd/rib/rib.h"
#include "bgpd/wire/wire.h"

struct loop;
struct ptable;
struct export;
struct export_member;

/* Which routes go out by default (contract section 2, advertise). */
enum export_advertise {
	EXPORT_ADVERTISE_PEERED, /* CIDRs of peered VPCs plus network statements */
	EXPORT_ADVERTISE_NETWORKS,
	EXPORT_ADVERTISE_NONE,
};

/* remove-private-as */
enum export_private_as {
	EXPORT_PRIVATE_AS_KEEP,
	EXPORT_PRIVATE_AS_REMOVE_WHOLE, /* only a path that has no others */
	EXPORT_PRIVATE_AS_REMOVE,
	EXPORT_PRIVATE_AS_REPLACE,
};

/* The default route that we originate for the neighbour. */
enum export_default {
	EXPORT_DEFAULT_NONE,
	EXPORT_DEFAULT_SENT,
	EXPORT_DEFAULT_WAITS, /* for its condition */
};

/* Lists of communities that stay behind. */
enum export_withhold {
	EXPORT_WITHHOLD_STANDARD = 1 << 0,
	EXPORT_WITHHOLD_EXTENDED = 1 << 1,
	EXPORT_WITHHOLD_LARGE = 1 << 2,
};

enum export_next_hop {
	EXPORT_NEXT_HOP_USUAL, /* self; inside the AS a learned one is passed on */
	EXPORT_NEXT_HOP_SELF,
	EXPORT_NEXT_HOP_UNCHANGED, /* a learned one is passed on if the neighbour may use it */
};

/* What happens to attributes on their way out, besides what follows from the session. */
struct export_egress {
	/*
	 * Our AS when the session presents another one (fake-as): both are put in front. 0: the
	 * session's AS alone.
	 */
	uint32_t real_as;
	uint32_t peer_as;    /* where the next two need it, else 0: groups are kept large */
	bool as_override;    /* the neighbour's AS in a path becomes ours */
	uint8_t private_as;  /* enum export_private_as; but for the neighbour's AS */
	uint8_t withhold;    /* enum export_withhold */
	uint8_t next_hop;    /* enum export_next_hop */
	bool client;         /* RFC 4456: the neighbour is one of ours */
	bool clients_meshed; /* clients tell each other by themselves: nothing between them */
	bool multihop;       /* the neighbour may use next hops beyond the link */
	uint32_t cluster_id; /* host order */
	/* Subnets that we share with the neighbour, and its own address: for UNCHANGED. */
	struct prefix shared4;
	struct prefix shared6;
	struct ip_addr peer;
};

/* Which paths of a net go out if the session sends several; each is then judged by itself. */
enum export_add_path {
	EXPORT_ADD_PATH_ALL,
	EXPORT_ADD_PATH_BEST, /* the best add_path_max, as they would follow each other */
	EXPORT_ADD_PATH_ECMP, /* the best and those that share the traffic with it */
};

/* Everything that makes the output of two neighbours differ: zero the struct before filling it. */
struct export_conf {
	/* of the session; what does not change the octets of an UPDATE is no part of the key */
	struct wire_session wire;
	const struct policy_map *policy; /* export-policy, or NULL: the model's default */
	struct policy_set *policy_set;   /* keeps policy alive: a reference is taken */
	/* Prefixes that it permits wait for a condition; NULL: nothing waits. As policy. */
	const struct policy_map *held_back;
	struct policy_scratch *scratch; /* to evaluate it: the thread's, the same for all */
	uint8_t advertise;              /* enum export_advertise */
	uint8_t family;                 /* enum bgp_family */
	uint8_t mute; /* enum rib_reason: nothing goes out, and why; 0 = it does */
	uint8_t role; /* enum bgp_role: ours towards the neighbour */
	const struct ptable *summaries; /* prefixes whose more specific ones stay; NULL = none */
	uint8_t default_route;          /* enum export_default */
	bool gshut;              /* RFC 8326: mark all that goes out; external neighbours only */
	uint8_t add_path;        /* enum export_add_path: counts if wire says so for the family */
	uint8_t add_path_max;    /* of EXPORT_ADD_PATH_BEST */
	bool bgp_to_all;         /* learned routes are candidates too; implied by a policy */
	struct ip_addr next_hop; /* self: of the session, or of the link in the other family */
	struct ip_addr next_hop_ll;
	struct export_egress egress;
	/*
	 * The neighbour's own source in the rib, or NULL. No part of the key. Outlives the
	 * member.
	 */
	const struct rib_source *source;
};

/* Octets of whole messages that several members share: counted. */
struct export_chunk;
void export_chunk_unref(struct export_chunk *c);

/* What of a chunk is for one member. */
struct export_run {
	struct export_chunk *chunk;
	const uint8_t *p;
	size_t len;
	uint32_t n_updates;
	uint32_t n_refreshes; /* BoRR and EoRR (RFC 7313) */
};

/*
 * Called from the export's job; only export_leave and export_refresh may be called back from
 * them.
 */
struct export_member_ops {
	/*
	 * Whole messages. One reference on the chunk is the member's with each call; it drops it
	 * when the octets are sent.
	 */
	void (*send)(void *ctx, const struct export_run *run);
	bool (*is_congested)(void *ctx);
	/*
	 * It has been congested while so many prefixes came and went that the table cannot keep
	 * them for it: end the session. May be NULL.
	 */
	void (*give_up)(void *ctx);
	/* The initial table has been sent (End-of-RIB is in the stream). May be NULL. */
	void (*synced)(void *ctx);
};

/** Manager of all groups that read one rib. */
struct export *export_new(struct loop *l, struct rib *r);
/** All members must have left. NULL-safe. */
void export_free(struct export *e);
/**
 * RFC 4724 4.1: while a table is being relearned after a restart of ours, routes go out but no
 * End-of-RIB, for a neighbour forgets at it what it was not told again. Let go, groups say it when
 * they have said all there is.
 */
void export_hold_end_of_rib(struct export *e, bool hold);
/**
 * What a key points to (summaries) has changed, and readers are still being told of the nets that
 * it concerns: one group may have looked at a net since then and another one not, so equal keys at
 * rest do not mean that the same was told. Groups merge when it is let go.
 */
void export_hold_merges(struct export *e, bool hold);
/** conf is copied. The member gets the whole table, then End-of-RIB, then changes. */
struct export_member *export_join(struct export *e, const struct export_conf *conf,
	const struct export_member_ops *ops, void *ctx);
/** Nothing is sent to it any more. Another session means: leave and join again. */
void export_leave(struct export_member *m);
/** The member's queue has drained. */
void export_writable(struct export_member *m);
/**
 * Send everything again (ROUTE-REFRESH, clear soft out); with begin and end markers (RFC 7313) if
 * the session has enhanced refresh.
 */
void export_refresh(struct export_member *m);
/**
 * Another policy, advertise or next hop for the same session: what is now said otherwise is told
 * again, what it was told and may not hear any more is withdrawn, and of the rest it hears nothing.
 * (If it was being told everything again just then, it is told all that it may hear.) wire and
 * source as at export_join. Not from inside a callback.
 */
void export_reconf(struct export_member *m, const struct export_conf *conf);
/** Prefixes (with ADD-PATH: paths) that it has been told and not been told to forget. */
uint32_t export_count(const struct export_member *m);
bool export_has(const struct export_member *m, uint32_t net);
/** With ADD-PATH: one path, by handle. */
bool export_has_path(const struct export_member *m, uint32_t net, uint32_t path);
/** Does conf have ADD-PATH, so that a net has several candidates? */
bool export_is_multi(const struct export_conf *conf);
/**
 * What conf says of a net now: attributes as they go out, in the arena. The sending path takes the
 * same steps. 0, or -ENOENT if the net is not sent: *why (may be NULL) tells.
 */
int export_attrs(const struct export *e, const struct export_conf *conf, uint32_t net,
	struct arena *a, struct wire_attrs *out, enum rib_reason *why);
/* How that came about. */
struct export_verdict {
	const struct rib_path *path; /* the candidate, sent or not; NULL: there is none */
	enum rib_reason why;         /* NONE: it is sent */
	bool asked;                  /* the policy was asked: term is its answer */
	uint32_t term;               /* 0 = end of the map */
};
/** export_attrs with its reasons. */
int export_judge(const struct export *e, const struct export_conf *conf, uint32_t net,
	struct arena *a, struct wire_attrs *out, struct export_verdict *v);
/** Of one of its paths by handle: with ADD-PATH each is judged by itself. */
int export_judge_path(const struct export *e, const struct export_conf *conf, uint32_t path,
	struct arena *a, struct wire_attrs *out, struct export_verdict *v);
/**
 * The paths of a net that are candidates, by handle, the lowest first: one at most without
 * ADD-PATH. Returns how many; *paths is valid until the next call of anything here.
 */
uint32_t export_candidates(struct export *e, const struct export_conf *conf, uint32_t net,
	const uint32_t **paths);
/* A path as it leaves. */
struct export_path {
	uint32_t path; /* handle */
	uint32_t id;   /* path identifier on the wire, 0 without ADD-PATH */
	struct wire_attrs attrs;
};
/** All that conf says of a net now, in the arena; the sending path takes the same steps. */
uint32_t export_paths(struct export *e, const struct export_conf *conf, uint32_t net,
	struct arena *a, struct export_path **out);
uint32_t export_groups(const struct export *e);
/** Memory of all groups. */
size_t export_bytes(const struct export *e);
