/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between the files of the plane.
 */
#pragma once

#include "fib/nft/classifier.h"
#include "fib/nft/doors.h"
#include "lib/io/loop.h"
#include "vbr/ids.h"
#include "vbr/plane/plane.h"
#include "vbr/worker/worker.h"

/* A tenant as it runs. */
struct rt_tenant {
	struct plane_tenant pub;  /* first */
	struct model_obj *obj;    /* counted: as applied */
	struct model_obj *policy; /* counted, may be NULL */
	struct model_obj *global; /* counted, may be NULL */
	struct policy_set *set;   /* counted: both of them compiled */
	bool has_new_policy;      /* in this pass */
	struct prefix *cidrs;     /* owned: as sent */
	uint32_t n_cidrs;
};

/* What a VBR asks of its port: equal octets, equal port. */
struct port_share {
	char physconn[MODEL_NAME_SIZE];
	bool is_tagged;
	bool has_device;
	bool is_cut;    /* by a drill */
	uint32_t mtu;   /* 0: the usual one will do */
	uint64_t alone; /* of an untagged one, whose device it is: what the port would be for it */
};

/* A circuit of a VBR as it runs, and what it was derived from. */
struct rt_circuit {
	struct plane_circuit pub; /* first */
	uint8_t slot;             /* 0 is the first one's; names the inlet */
	bool is_taken;            /* mark of circuits_apply */
	bool line_known;          /* line_up was told */
	bool line_up;
	bool was_on;               /* in service, when it was applied last */
	bool is_closing;           /* out of service; its device stays for a moment (service.c) */
	enum model_hold hold;      /* as told */
	struct model_obj *pc;      /* counted: physical connection */
	struct model_obj *consent; /* counted, may be NULL: somebody's, to this circuit */
	struct port_share share;   /* as ports_apply saw it last */
};

/* A VBR or VPC as it runs, and what it was derived from: equal pointers, equal result. */
struct rt_instance {
	struct plane_instance pub; /* first */
	bool sent;                 /* the worker has it */
	enum model_hold hold;      /* as told */
	bool dead;                 /* its health check says so */
	uint64_t sources;          /* what matters there, digested */
	enum plane_phase phase;
	struct plane_drilled drill;
	struct rt_circuit *circuits;     /* owned, of a VBR: pub.n_circuits */
	struct model_obj *obj;           /* counted */
	struct model_obj *sys;           /* counted */
	struct model_obj *qos;           /* counted, may be NULL: policy of a VBR */
	char (*devices)[LINK_NAME_SIZE]; /* owned: wanted by this instance; ports.c has ports */
	uint32_t n_devices;
};

/* An instance and one of its devices. */
struct device_user {
	char device[LINK_NAME_SIZE];
	struct rt_instance *by; /* borrowed */
};

struct rt_peering {
	struct plane_peering pub; /* first */
	bool realised;            /* devices wanted, edges sent as far as devices are there */
	bool dead[2];             /* by its own health check, of this end */
	enum channel_state life;  /* as told */
	bool is_standby;          /* as its edges are, when it has some */
	uint32_t team;            /* the same */
	struct model_obj *obj;    /* counted */
	uint32_t number;          /* persistent */
	uint32_t worker[2];       /* of the two ends */
};

struct plane {
	struct plane_params p;
	struct linkplane *links;       /* owned */
	struct classifier *classifier; /* owned */
	struct doors *doors;           /* owned */
	bool has_doors;                /* it was told what there is */
	bool doors_complained;
	struct model *model;           /* owned */
	struct model_obj *global;      /* counted: the global policy, */
	struct policy_set *global_set; /* counted: compiled once for all tenants */
	struct rt_tenant **tenants;    /* owned, sorted by name */
	struct rt_instance **insts;    /* owned, sorted by (tenant, kind, name) */
	struct rt_peering **peerings;  /* owned, sorted by (tenant, name) */
	uint32_t n_tenants;
	uint32_t n_insts;
	uint32_t n_peerings;
	struct device_user *users; /* owned, sorted by device; made when it is needed, */
	uint32_t n_users;
	bool users_stale;        /* since devices of instances have changed */
	struct link_want *ports; /* owned: of the physical connections, as declared */
	uint32_t n_ports;
	bool ports_stale;          /* ports_apply has something to do, */
	bool sources_stale;        /* sources_apply has */
	struct timer expiry;       /* of the next consent that ends */
	struct timer closing;      /* of the VBRs that are */
	bool stopped;              /* the workers are gone: news of links are of no use */
	struct bitmap *tenant_ids; /* owned */
	struct bitmap *inst_ids;   /* owned */
	struct bitmap *edge_ids;   /* owned */
};

/* derive.c, derive_peer.c, qos.c, sources.c: what workers, links and doors are told */

/** Devices that an instance wants; declared to the link plane. */
void derive_links(struct plane *p, struct rt_instance *i);
/** Is the device among those that derive_links found last? */
bool derive_wants(const struct rt_instance *i, const char *device);
/** Add an address to a device, if it is set and there is room. */
void derive_addr(struct link_want *w, const struct ip_addr *a, uint8_t len);
/** The classes of what leaves by the device of a circuit that has a bandwidth. */
void qos_classes(const struct model *m, const struct model_vbr *v, const struct model_circuit *on,
	struct link_want *w);
/** The classes of what arrives by it. */
void qos_inlet(const struct model *m, const struct model_vbr *v, const struct model_circuit *on,
	struct link_want *w);
/** Number of the class of a queue; index -1 is the default one. */
uint16_t qos_minor(const struct model_qos_body *b, int index);
/** The kernel's rules of a policy, on the heap. Returns how many. */
uint32_t qos_rules(const struct model_qos_body *b, struct nft_rule **rules);
/** Declare what may come in by devices, from whom and for whom. */
void sources_apply(struct plane *p);
/** Is what matters of an instance to it another than the last time that it was asked? */
bool sources_differ(struct rt_instance *i);
/** After a line of it went out of service, or came back, without a commit. */
void sources_follow(struct plane *p, struct rt_instance *i);
/** Declare the rules of a VBR. */
void qos_classify(struct plane *p, const struct rt_instance *i);
/** What a shaper is set to for a bandwidth that was bought. */
uint64_t derive_rate(uint64_t bps);
/** What the worker is told of an instance now; heap, for worker_instance_set. */
struct worker_instance *derive_instance(const struct plane *p, const struct rt_instance *i);
/** Its neighbours and ranges. gshut: all of them are told that it is about to go. */
void derive_peers(const struct plane *p, const struct rt_instance *i, bool gshut,
	struct worker_instance *wi);
/** The settings of a BFD session; on: is there to be one at all? */
void derive_bfd(const struct model_bfd *m, bool on, struct bgp_bfd_conf *c);
/** gateways.c: next hops with bfd; of a VBR behind its links. */
void derive_vbr_gateways(const struct model_vbr *v, struct worker_instance *wi);
void derive_vpc_gateways(const struct plane *p, const struct model_vpc *v,
	struct worker_instance *wi);
/** Is the k-th circuit about to go? */
bool derive_is_draining(const struct rt_instance *i, uint8_t k);
/** Status of a device; zeroed when it is not wanted. */
struct link_status derive_status(const struct plane *p, const char *device);

/* circuits.c */

/** Become those of a VBR; false: it is what it was, and so is what each was derived from. */
bool circuits_apply(struct plane *p, struct rt_instance *i, const struct model_vbr *v);
void circuits_fini(struct rt_instance *i);
/** As they would be under another model: what devices are derived from; the caller frees. */
struct rt_circuit *circuits_then(const struct model *m, const struct model_vbr *v);
/** Would circuits_apply find anything else than there is? */
bool circuits_differ(const struct rt_instance *i, const struct model *m, const struct model_vbr *v);

/* service.c */

/** Why a VBR is out of service, MODEL_HOLD_NONE while one of its circuits is in. */
enum model_hold service_hold(const struct plane *p, const struct rt_instance *i);
/** Why the k-th circuit is. */
enum model_hold service_circuit_hold(const struct plane *p, const struct rt_instance *i, uint8_t k);
/** May there be sessions on it? A cut does not tell them: they find out. */
bool service_has_sessions(const struct plane *p, const struct rt_instance *i, uint8_t k);
/** Does a drill have the whole of the k-th circuit in its hands? */
bool service_is_drilled(const struct rt_instance *i, uint8_t k, enum plane_drill least);
/** In service, or on the way out of it. */
bool service_has_device(const struct plane *p, const struct rt_instance *i, uint8_t k);
/** Is it in service, or out of it, otherwise than at the last service_update? */
bool service_differs(const struct plane *p, const struct rt_instance *i);
/** After a change, before it is derived anew. */
void service_update(struct plane *p, struct rt_instance *i);
/** Timer: the devices of circuits that were closing go down. */
void service_closed(void *ctx);

/* ports.c */

/** Declare the ports of all physical connections as their VBRs need them. */
void ports_apply(struct plane *p);
/** Does a VBR ask something else of its port than at the last ports_apply? */
bool ports_differ(const struct plane *p, const struct rt_instance *i);
bool ports_have(const struct plane *p, const char *name);

/* peering.c */

void peering_apply(struct plane *p, struct rt_peering *r, const struct model_peering *m);
/** Tell whoever listens, if its state is another one. */
void peering_tell(struct plane *p, struct rt_peering *r);
enum channel_state peering_life(const struct plane *p, const struct model_peering *m,
	const struct plane_peering *pub);
void peering_drop(struct plane *p, struct rt_peering *r);
/** May it run now? */
bool peering_is_on(const struct plane *p, const struct model *m, const struct model_peering *mp);
/**
 * Rules of the edge that leads from one end (0: the initiator) to the other. owner_set: maps of the
 * tenant that owns the connection, borrowed.
 */
void peering_edge_conf(const struct model_peering *m, int from, struct policy_set *owner_set,
	struct bgp_edge_conf *c);
/** Does an edge of it carry maps that this pass has compiled anew? */
bool peering_has_new_policy(const struct plane *p, const struct rt_peering *r);
/** Is it standby, or of a team, and its edges are not yet, or the other way round? */
bool peering_has_new_role(const struct plane *p, const struct rt_peering *r,
	const struct model_peering *m);
/** The role of a failover group's member is another one. */
void peering_follow(struct plane *p);
/** A device changed: send edges whose ends are there. */
void peering_link_changed(struct plane *p, struct rt_peering *r);
struct rt_instance *plane_end(const struct plane *p, const struct model_end *e);

/* tenant.c */

/** Found or made, with a number and a worker. */
struct rt_tenant *plane_tenant_get(struct plane *p, const struct model_obj *o);
/** Tell its worker what differs from the last time. */
void plane_tenant_apply(struct plane *p, struct rt_tenant *t);
/** It is gone from the model, after its instances. */
void plane_tenant_drop(struct plane *p, const struct model_obj *o);
void plane_tenant_free(struct rt_tenant *t);
/** The maps of a scope (NULL: none) with those of the global one behind it. A reference. */
struct policy_set *plane_compile(const struct model_obj *scope, struct policy_set *global);
/** CIDRs of all VPCs of a tenant; the caller frees. */
struct prefix *plane_cidrs(const struct model *m, const char *tenant, uint32_t *n);

/* devices.c */

/** Called by the link plane; ctx is the plane. */
void plane_link_changed(void *ctx, const char *name, const struct link_status *st);
/** Somebody does not want a device any more: it goes, unless somebody else took it meanwhile. */
void plane_unwant(struct plane *p, const char *name);

/* plane.c */

/** Put an object into an array of pointers, or take one out: returns the array. */
void *plane_insert(void *array, uint32_t *n, uint32_t at, void *rt);
void plane_remove(void *array, uint32_t *n, uint32_t at);

/** Replace a counted pointer; returns whether it changed. */
bool plane_replace(struct model_obj **slot, const struct model_obj *o);
/** Lowest free number, taken. */
uint32_t plane_take(struct bitmap *ids);
void plane_send_instance(struct plane *p, struct rt_instance *i);
