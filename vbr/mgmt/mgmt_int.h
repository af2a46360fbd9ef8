/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between the files of the management handlers.
 *
 * A job is a request that visits other threads: it goes to one thread at a time and comes back,
 * so that nothing of it is ever shared. When its call is cancelled it finishes its present
 * visit and frees itself.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/ds/arena.h"
#include "lib/net/prefix.h"
#include "proto/server.h"
#include "vbr/daemon.h"
#include "vbr/meter/detail.h"
#include "vbr/plane/plane.h"
#include "vbr/worker/worker.h"

#define MGMT_CHUNK 256          /* rows a message */
#define MGMT_SLICE (256u << 10) /* octets of an arena after which a slice ends early */

struct wire_open;

struct mgmt_job {
	struct daemon *d;      /* NULL once the call is gone: only freeing is left */
	struct rpc_call *call; /* NULL when cancelled */
	struct arena *arena;   /* owned: what the present visit builds */
	uint32_t worker;       /* being visited */
	bool away;             /* on another thread now */
	/* on the worker's thread */
	void (*visit)(struct mgmt_job *j, const struct worker *w);
	/* on main, after each visit of a stream, or after the last worker: replies */
	void (*finish)(struct mgmt_job *j);
	void (*free_extra)(struct mgmt_job *j); /* may be NULL */
};

/** size: of the struct that embeds the job first; zeroed. */
void *mgmt_job_new(struct rpc_call *call, struct daemon *d, size_t size);
/** Visit every worker in turn, then finish. */
void mgmt_job_all(struct mgmt_job *j);
/**
 * Visit one worker, then finish (which may visit again, or end). False: the daemon stops, and the
 * job has ended.
 */
bool mgmt_job_one(struct mgmt_job *j, uint32_t worker);
/** Reply the status and free the job. */
void mgmt_job_end(struct mgmt_job *j, Vbrd__StatusCode code, const struct errbuf *err);
void mgmt_job_fail(struct mgmt_job *j, Vbrd__StatusCode code, const char *text);
/** The daemon behind a handler's context. */
struct daemon *mgmt_daemon(void *ctx);
/**
 * Visit another thread than a worker: a call to it, of which ret says whether it was taken, with
 * mgmt_job_back as its end. Finishes after it, or fails at once: "too many questions to THREAD".
 */
void mgmt_job_sent(struct mgmt_job *j, int ret, const char *thread);
void mgmt_job_back(void *job);

/** Strings and repeated fields in an arena. */
char *mgmt_str(struct arena *a, const char *s);
/** Name of -errno, "EEXIST"; NULL for 0. */
char *mgmt_errno(struct arena *a, int error);
char *mgmt_ip(struct arena *a, const struct ip_addr *ip);
char *mgmt_prefix(struct arena *a, const struct prefix *p);
/** Words for what an OPEN offers; *n of them. */
char **mgmt_capabilities(struct arena *a, const struct wire_open *o, size_t *n);
char *mgmt_id(struct arena *a, uint32_t router_id);
char *mgmt_time(struct arena *a, int64_t wall_s);

/**
 * Is a tenant, and one of its VBRs, VPCs, peering connections or failover groups, configured?
 * Names may be absent: then nothing was asked. NULL, or a sentence that says which is not.
 */
char *mgmt_unknown(struct arena *a, const struct daemon *d, const char *tenant,
	enum model_kind kind, const char *name);
/** The same; false after an error reply. */
bool mgmt_is_known(struct rpc_call *call, const struct daemon *d, const char *tenant,
	enum model_kind kind, const char *name);

/** The instance that a request names; NULL after an error reply. */
const struct plane_instance *mgmt_instance(struct rpc_call *call, const struct daemon *d,
	const Vbrd__Instance *in);
/* Parts of rows that several commands show; memory from the arena. */
struct explain_path;
struct fib_route_view;
const char *mgmt_source_word(uint8_t kind);
void mgmt_put_attrs(struct arena *a, const struct wire_attrs *w, Vbrd__BgpPath *r);
/** received: attributes as they came, else as used if there are any. */
Vbrd__BgpPath *mgmt_path_row(struct arena *a, const struct rib *rib, const struct rib_path *p,
	bool received);
/** Verdict, step with its values, policy and term. */
void mgmt_put_verdict(struct arena *a, const struct explain_path *x, Vbrd__BgpPath *r);
/** Of the best path: the step at which the strongest other one lost to it, and both values. */
void mgmt_put_won(struct arena *a, const struct rib *rib, uint32_t second, Vbrd__BgpPath *r);
Vbrd__FibNextHop *mgmt_hop_row(struct arena *a, const struct fib_route_view *v, uint8_t i);
/** "vbr hz-a"; "other/vpc prod" if it is not of tenant own. */
char *mgmt_end_text(struct arena *a, const char *own, const struct model_end *e);
const char *mgmt_peering_state(enum plane_peering_state state);

/** Does a filter (absent = all) let this name through? */
bool mgmt_matches(const char *filter, const char *name);

/**
 * The prefix that a request names. An address asks for the route that forwards it, so *match
 * becomes LONGEST unless LONGER was wanted. False after an error reply.
 */
bool mgmt_prefix_asked(struct rpc_call *call, const char *text, struct prefix *p,
	Vbrd__Match *match);

typedef void mgmt_handler(struct rpc_call *call, const Vbrd__Request *req, void *ctx);

/* vbr/drill/show.c */
mgmt_handler mgmt_request_drill, mgmt_show_drills;

struct life_view;
/** Life cycle of a VBR in its row. */
void mgmt_put_life(struct arena *a, const struct life_view *v, Vbrd__Vbr *r);
/** Row of one that the configuration has no more. */
Vbrd__Vbr *mgmt_deleting_row(struct arena *a, const struct life_view *v);

/* life.c */
mgmt_handler mgmt_request_vbr;
/* conf.c */
mgmt_handler mgmt_config_edit, mgmt_config_load, mgmt_config_get, mgmt_config_compare,
	mgmt_config_discard, mgmt_config_commit, mgmt_config_confirm, mgmt_config_cancel,
	mgmt_config_rollback, mgmt_config_history, mgmt_config_values, mgmt_config_exclusive;
/* show.c, lines.c */
/** Lines, state, addresses and counters of a VBR, circuit by circuit. */
void mgmt_put_circuits(struct arena *a, const struct daemon *d, const struct plane_instance *pi,
	Vbrd__Vbr *r);
void mgmt_put_tags(struct arena *a, const struct model_vbr *v, Vbrd__Vbr *r);
mgmt_handler mgmt_show_version, mgmt_show_physical_connection, mgmt_show_peering;
mgmt_handler mgmt_show_health, mgmt_show_failover, mgmt_show_asymmetry;
/* stats.c: what needs numbers of the workers */
mgmt_handler mgmt_show_system, mgmt_show_memory, mgmt_show_threads, mgmt_show_tenant, mgmt_show_vbr,
	mgmt_show_vpc;
/* qos.c */
mgmt_handler mgmt_show_qos;
/* bfd.c */
mgmt_handler mgmt_show_bfd;
/* fib.c */
mgmt_handler mgmt_show_route, mgmt_show_drift, mgmt_shutdown;
/* bgp/ */
mgmt_handler mgmt_show_bgp_summary, mgmt_show_bgp_peer, mgmt_clear_bgp, mgmt_show_bgp_routes,
	mgmt_explain, mgmt_monitor;
/** Answers a commit check; takes the model. */
void mgmt_whatif(struct rpc_call *call, struct daemon *d, struct model *take);

/* vbr/metering: show.c, bill_show.c */
struct ledger;
mgmt_handler mgmt_show_metering, mgmt_show_metering_records, mgmt_show_metering_bill,
	mgmt_show_metering_verify;
/**
 * The times that a request names, else the present month until now. False after an error reply.
 */
bool mgmt_metering_times(struct rpc_call *call, const char *from, const char *to, int64_t *from_s,
	int64_t *to_s);
/* Who is asked for by name must be known: to the configuration, or to the ledger. */
struct meter_asked {
	char tenant[METER_NAME_SIZE]; /* "" = all */
	bool is_configured;
	bool is_unknown; /* to both: the result of mgmt_metering_ask */
};
void mgmt_metering_asked(const struct daemon *d, const char *tenant, struct meter_asked *q);
/** On the ledger's thread, before the first visit. 0 or -errno. */
int mgmt_metering_ask(struct ledger *l, struct meter_asked *q, struct errbuf *err);
/** The end of the job, with an error. */
void mgmt_metering_unknown(struct mgmt_job *j, const struct meter_asked *q);
/** Visit the ledger with fn, then finish the job on main. */
void mgmt_job_ledger(struct mgmt_job *j, void (*fn)(struct ledger *l, void *arg));
