/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The running edge: for each object of the model what stands for it in the kernel (link plane),
 * on a worker (engine) and in the fib. Level-triggered: plane_apply makes all of it equal to a
 * model, link news make it equal again; nobody remembers what happened before.
 *
 * Main thread only.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "fib/link/link.h"
#include "lib/base/errbuf.h"
#include "vbr/model/model.h"

struct loop;
struct plane;
struct model_delta;
struct workers;
struct fib_thread;
struct ids;

struct plane_circuit;
struct plane_instance;

/* How far a VBR is on its way out of service by request (vbr/life). */
enum plane_phase {
	PLANE_PHASE_SERVE,
	PLANE_PHASE_DRAIN, /* marked by graceful shutdown, still forwarding */
	PLANE_PHASE_SHUT,  /* sessions shut, then the device */
};

/* What a failover drill has done to a VBR, whatever its phase is (vbr/drill). In memory only. */
enum plane_drill {
	PLANE_DRILL_NONE,
	PLANE_DRILL_DRAIN, /* as PLANE_PHASE_DRAIN */
	PLANE_DRILL_SHUT,  /* as PLANE_PHASE_SHUT */
	PLANE_DRILL_CUT,   /* the device, and nobody is told: as if the line broke */
};

struct plane_drilled {
	enum plane_drill how;
	char line[MODEL_NAME_SIZE]; /* its circuit there only, and the port goes down; "" = all */
	struct ip_addr peer;        /* one of its peers only; family 0: all of it */
};

struct plane_params {
	struct loop *loop;
	struct workers *workers; /* borrowed */
	struct fib_thread *fib;  /* borrowed */
	struct ids *ids;         /* borrowed */
	enum link_mode mode;
	uint32_t table_base;
	bool cold; /* the kernel has booted since: nothing was forwarded meanwhile */
	/* The line of a circuit came up or went down. May be NULL. */
	void (*line)(void *ctx, const struct plane_instance *i, const struct plane_circuit *c,
		bool up);
	/* A VBR was put in or out of service, or the reason is another one. May be NULL. */
	void (*service)(void *ctx, const struct plane_instance *i, enum model_hold hold);
	/* The same of one circuit of a VBR that has several. May be NULL. */
	void (*circuit)(void *ctx, const struct plane_instance *i, const struct plane_circuit *c,
		enum model_hold hold);
	/* A peering connection changed its state. May be NULL. */
	void (*peering)(void *ctx, const struct model_peering *m, enum channel_state from,
		enum channel_state to);
	/* Of a VBR that is new to the plane. May be NULL. */
	enum plane_phase (*phase)(void *ctx, const char *tenant, const char *vbr);
	/*
	 * Consent or a subscription has ended, or one has begun: before what follows from it is
	 * done, and when it is. May be NULL.
	 */
	void (*expired)(void *ctx, const struct model_delta *d, bool gone);
	void *ctx;
};

/** Empty plane. NULL with errno set. */
struct plane *plane_new(const struct plane_params *p);
/** Kernel objects and routes stay. */
void plane_free(struct plane *p);
/**
 * Numbers for what is new, written to disk. 0 or -errno with err; then nothing is reserved.
 */
int plane_prepare(struct plane *p, const struct model_delta *d, struct errbuf *err);
/** The prepared model will not be applied: its numbers are given back. */
void plane_abort(struct plane *p);
/**
 * Become the next model; takes it. Cannot fail: what the kernel refuses becomes state and is tried
 * again.
 *
 * @d  from the present model to it
 *
 * Returns the model before: the caller frees it, when nobody needs the delta any more.
 */
struct model *plane_apply(struct plane *p, struct model *take, const struct model_delta *d);
/** After the first plane_apply: remove what an earlier run left and nobody wants. */
void plane_sweep(struct plane *p);
/** Before the workers are stopped while the loop runs on. No plane_apply after this. */
void plane_stop(struct plane *p);
/** shutdown withdraw: devices, addresses and rules go (routes are the fib's). */
void plane_withdraw(struct plane *p);

const struct model *plane_model(const struct plane *p);
struct linkplane *plane_links(const struct plane *p);
enum link_mode plane_mode(const struct plane *p);
uint32_t plane_table_base(const struct plane *p);
/** Is nothing configured that stands in the kernel? */
bool plane_is_empty(const struct plane *p);

/* What show commands look at; borrowed until the next apply. */
struct plane_tenant {
	char name[MODEL_NAME_SIZE];
	uint32_t id;
	uint32_t worker;
};
struct plane_instance {
	char tenant[MODEL_NAME_SIZE];
	char name[MODEL_NAME_SIZE];
	bool is_vbr;
	uint32_t id; /* of the worker's orders */
	uint32_t worker;
	uint32_t table;              /* kernel table */
	char vrf[MODEL_DEVICE_SIZE]; /* "" in rules mode */
	uint8_t n_circuits;          /* VBR: at least one, plane_circuit_at */
};
/* As in the model: the first is the primary. */
struct plane_circuit {
	char line[MODEL_NAME_SIZE]; /* physical connection */
	char device[MODEL_DEVICE_SIZE];
	char inlet[MODEL_DEVICE_SIZE]; /* with a bandwidth: IFB for what arrives */
};
enum plane_peering_state {
	PLANE_PEERING_PENDING, /* pending-acceptance */
	PLANE_PEERING_ACTIVE,
	PLANE_PEERING_INACTIVE, /* disabled, or a device is not up yet */
	PLANE_PEERING_ERROR,
};
struct plane_peering {
	char tenant[MODEL_NAME_SIZE];
	char name[MODEL_NAME_SIZE];
	/* initiator's and acceptor's end; "" while not realised */
	char device[2][MODEL_DEVICE_SIZE];
	uint32_t edge[2]; /* initiator to acceptor, and back; UINT32_MAX = none */
	uint32_t instance[2];
	/* The way from this end is, or the VBR at the other: what comes from there is not used. */
	bool dead[2];
};

/* Where a probe enters a peering connection, and answers come out. */
struct plane_way {
	char device[MODEL_DEVICE_SIZE];
	uint32_t ifindex;
	uint8_t lladdr[6]; /* of the other end */
};

/** Way from one end (0: the initiator) to the other. 0, or -ENETDOWN while it is not realised. */
int plane_peering_way(const struct plane *p, const char *tenant, const char *name, int end,
	struct plane_way *w);
/** The way from that end is dead, or is not: routes by it leave the end's table, or come back. */
void plane_peering_dead(struct plane *p, const char *tenant, const char *name, int end, bool dead);
/** Device of a VBR on the line of an address there; lladdr is not filled. 0, or -ENETDOWN. */
int plane_vbr_way(const struct plane *p, const char *tenant, const char *name,
	const struct ip_addr *to, struct plane_way *w);
/** The line of a VBR is dead, or is not: what it has learned leaves the others' tables. */
void plane_vbr_dead(struct plane *p, const char *tenant, const char *name, bool dead);
bool plane_vbr_is_dead(const struct plane *p, const char *tenant, const char *name);
/** Why it is out of service; MODEL_HOLD_NONE if it is in. A VBR. */
enum model_hold plane_vbr_hold(const struct plane *p, const struct plane_instance *pub);
/** Nothing, if there is no such VBR. */
void plane_vbr_phase(struct plane *p, const char *tenant, const char *name, enum plane_phase phase);

/** Nothing, if there is no such VBR. */
void plane_vbr_drill(struct plane *p, const char *tenant, const char *name,
	const struct plane_drilled *d);

/** By request (vbr/life), or for a drill that does not cut. */
bool plane_vbr_is_leaving(const struct plane *p, const char *tenant, const char *vbr);
/** Does it lose against everything else, by its weight or its failover group? */
bool plane_peering_is_standby(const struct plane *p, const struct model_peering *m);

/** k-th circuit of a VBR. */
const struct plane_circuit *plane_circuit_at(const struct plane_instance *i, uint8_t k);
/** Why it is out of service. */
enum model_hold plane_circuit_hold(const struct plane *p, const struct plane_instance *i,
	const struct plane_circuit *c);
/** Is the device of one circuit up? */
bool plane_vbr_is_up(const struct plane *p, const struct plane_instance *i);
/** Of all circuits. 0, or -ENODEV: none has a device. */
int plane_vbr_counters(const struct plane *p, const struct plane_instance *i,
	struct link_counters *sum);

/** Packets that a line or an attached interface brought with a source that is somebody else's. */
uint64_t plane_spoofed(const struct plane *p, const char *device);
/** Those that an instance sent to an address of the edge that is not its to know. */
uint64_t plane_strayed(const struct plane *p, const struct plane_instance *i);

uint32_t plane_tenant_count(const struct plane *p);
const struct plane_tenant *plane_tenant_at(const struct plane *p, uint32_t i);
const struct plane_tenant *plane_tenant_find(const struct plane *p, const char *name);
uint32_t plane_instance_count(const struct plane *p);
const struct plane_instance *plane_instance_at(const struct plane *p, uint32_t i);
const struct plane_instance *plane_instance_find(const struct plane *p, const char *tenant,
	bool is_vbr, const char *name);
const struct plane_instance *plane_instance_by_id(const struct plane *p, uint32_t id);
const struct plane_instance *plane_instance_by_table(const struct plane *p, uint32_t table);
const struct plane_peering *plane_peering_find(const struct plane *p, const char *tenant,
	const char *name);
/** Edge ids are below this. */
uint32_t plane_edge_limit(const struct plane *p);
/** State of its life cycle. */
enum channel_state plane_peering_life(const struct plane *p, const struct model_peering *m);
/** Number of the class of a policy's queue, as linkplane_classes has it. */
uint16_t plane_queue_minor(const struct model_qos_body *b, int index);
/** Why the rules of a VBR's policy are not in the kernel; "" if they are. Borrowed. */
const char *plane_qos_error(const struct plane *p, const struct plane_circuit *c);
/** State with the reason in error (of LINK_ERROR_SIZE, "" if none). */
enum plane_peering_state plane_peering_state(const struct plane *p, const struct model_peering *m,
	char *error);
