/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A rib with sources of all kinds, an export, and peers that decode what they are sent and keep a
 * replica of it: what a neighbour would believe.
 */
#pragma once

#include "bgpd/export/export.h"
#include "lib/ds/arena.h"
#include "lib/io/loop.h"

#define RIG_PREFIXES 120
#define RIG_PEERS    7
#define RIG_SETS     16

/* Sources: the first ones belong to the peers of the same number. */
enum {
	RIG_IBGP = 3, /* of the BGP sources, this one is internal */
	RIG_PEERING = RIG_PEERS,
	RIG_STATIC,
	RIG_CONNECTED,
	RIG_SOURCES,
};

#define RIG_PATHS 40 /* of one prefix */

/* A path as a neighbour with ADD-PATH knows it. */
struct rig_path {
	uint32_t id;
	struct attrs *at; /* counted; NULL = free place */
};

struct rig_peer {
	struct rig *rig;
	struct export_conf conf;
	struct export_member *m;                        /* NULL = not there */
	struct wire_session rx;                         /* its end of the session */
	struct attrs *replica[RIG_PREFIXES];            /* counted; NULL = not told */
	struct rig_path paths[RIG_PREFIXES][RIG_PATHS]; /* in its place with ADD-PATH */
	bool congested;
	bool leave_on_send;
	uint32_t n_given_up;
	uint32_t n_eor;
	uint32_t n_synced;
	uint32_t n_begin;
	uint32_t n_end;
	bool is_open;         /* a begin wants its end; a second begin starts over (RFC 7313 4) */
	uint32_t n_announced; /* prefixes */
	uint32_t n_withdrawn;
	uint32_t n_messages;
	uint32_t n_repeated; /* announced with the attributes that were known */
};

struct rig {
	struct loop *loop;
	struct attrs_table *at;
	struct rib *rib;
	struct export *e;
	struct rib_source *src[RIG_SOURCES];
	struct attrs *sets[RIG_SETS];
	struct arena *arena;
	struct policy_set *policies;
	struct rig_peer peers[RIG_PEERS];
};

void rig_setup(struct rig *g);
void rig_teardown(struct rig *g);
/** Compiles what g.policies holds once more. */
struct policy_set *rig_policies(void);
struct prefix rig_prefix(uint32_t n);
/** flags as of rib_offer; set 0 means: refused on import. */
void rig_update(struct rig *g, uint32_t prefix, uint32_t source, uint32_t set, uint8_t flags);
void rig_withdraw(struct rig *g, uint32_t prefix, uint32_t source);
/** The same for one of several paths of the source. */
void rig_update_path(struct rig *g, uint32_t prefix, uint32_t source, uint32_t id, uint32_t set,
	uint8_t flags);
void rig_withdraw_path(struct rig *g, uint32_t prefix, uint32_t source, uint32_t id);
/**
 * Kinds of peers: 0 everything by eBGP, 1 the model's default, 2 everything by iBGP, 3 by policy,
 * 4 everything with two-octet AS numbers, 5 by a policy that only denies, 6 mute, 7 everything by
 * iBGP to a client. With ADD-PATH: 8 all paths, 9 the best two, 10 those of multipath, 11 all by
 * policy, 12 the best three by the policy that denies, 13 mute, 14 all by iBGP, 15 to a client. The
 * peer's own source is src[n] if own is set.
 */
#define RIG_KINDS 16
bool rig_is_multi(uint32_t kind);
void rig_join(struct rig *g, uint32_t n, uint32_t kind, bool own);
/** Another configuration of the same session: kinds 0, 1, 3, 5, 6; or 8 to 13. */
void rig_reconf(struct rig *g, uint32_t n, uint32_t kind);
void rig_leave(struct rig *g, uint32_t n);
/** Turns of the loop until nothing happens any more. */
void rig_settle(struct rig *g);
/** Paths of a prefix that a neighbour with ADD-PATH has been told, and the id of the only one. */
uint32_t rig_paths(const struct rig *g, uint32_t n, uint32_t prefix, uint32_t *id);
/** Each replica must be what export_attrs says of the table; counts and bits likewise. */
void rig_compare(struct rig *g);
