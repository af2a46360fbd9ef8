/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One neighbour: its session, and what it has in each family. Part of engine_int.h, which
 * everybody includes.
 */
#pragma once

#include <sys/queue.h>

#include "bgpd/engine.h"
#include "lib/io/loop.h"

struct bgp_peer;
struct bgp_table;
struct watch;

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

/* How far a long UPDATE has been taken in. */
struct update_mark {
	uint16_t field;  /* withdrawn[0], withdrawn[1], reach[0], reach[1] */
	uint16_t octets; /* of that field */
};

struct bgp_peer {
	TAILQ_ENTRY(bgp_peer) entry;
	struct bgp_instance *inst;
	struct bgp_peer_conf conf;
	const struct circuit *circuit; /* never NULL: peer_find_circuit */
	struct session *session;       /* owned */
	struct wire_session ws;        /* of the last session */
	uint32_t router_id;            /* of the neighbour */
	uint32_t live_key;
	struct update_mark mark; /* in the UPDATE that comes again; zero: in none */
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
		uint32_t downs; /* as told last */
		uint32_t deaths;
		struct ip_addr local; /* of the session that it began with */
	} bfd;
};

/* peer.c */
/** Index in by_addr of the first one with this address, or of where it would be. */
uint32_t peer_first_at(const struct bgp_instance *i, const struct ip_addr *a);
/** Options of the session: what the owner left open comes from the instance. */
struct session_conf peer_session_conf(const struct bgp_peer *p);
/** The wire that it names, or one without a device. */
void peer_find_circuit(struct bgp_peer *p);
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
