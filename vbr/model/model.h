/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The domain: physical connections, tenants, VBRs, VPCs, peering connections, as plain values,
 * and what must hold between them. Pure: no socket, no kernel, no YANG.
 *
 * Objects are immutable once they are in a model, and counted. A model is sorted arrays of
 * pointers to objects; a commit builds the next model out of the present one and the changed
 * objects (model_copy, model_put, model_del), checks it, and replaces the present one. So
 * validation sees exactly what would be true afterwards, a refused commit costs nothing, and
 * "did this object change?" is a comparison of pointers (delta.h).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/errbuf.h"
#include "lib/net/nexthop.h"
#include "lib/net/prefix.h"
#include "vbr/model/circuit.h"
#include "vbr/model/peer.h"
#include "vbr/model/quota.h"
#include "vbr/model/state/channel.h"
#include "vbr/model/subnet.h"
#include "vbr/model/traffic/qos.h"

#define MODEL_LOG_INFO    3  /* enum log_level: the default of the model */
#define MODEL_MAX_PEERS   64 /* per VBR; the quota of a tenant is lower */
#define MODEL_MAX_MEMBERS 32 /* of a confederation */

enum model_kind {
	MODEL_SYSTEM, /* one, always there */
	MODEL_POLICY, /* global and per tenant: names only */
	MODEL_PHYSCONN,
	MODEL_TENANT,
	MODEL_VPC,
	MODEL_VBR,
	MODEL_PEERING,
	MODEL_ACCEPT,
	MODEL_REJECT,        /* nothing but its key, that of an ACCEPT */
	MODEL_ACCEPT_HOSTED, /* nothing but its key */
	MODEL_ACCEPT_VBR,    /* of the owner of a line; nothing but its key */
	MODEL_METERING,      /* at most one */
	MODEL_QOS,
	MODEL_FAILOVER,
	MODEL_KIND_COUNT,
};

/* Head of every object. */
struct model_obj {
	enum model_kind kind;
	uint32_t refs;
	char tenant[MODEL_NAME_SIZE]; /* "": the edge's. ACCEPT*: the accepting tenant */
	char name[MODEL_NAME_SIZE];   /* ACCEPT: the peering; _HOSTED: the line; _VBR: the VBR */
	char name2[MODEL_NAME_SIZE];  /* ACCEPT, _VBR: the other tenant; _HOSTED: the share */
	char *path;                   /* owned: data path, for errors */
};

struct model_system {
	struct model_obj obj;
	char hostname[MODEL_NAME_SIZE];
	char region[MODEL_NAME_SIZE];
	uint32_t router_id; /* host order, 0 = none */
	uint32_t default_local_as;
	uint8_t data_plane; /* 0 auto, 1 vrf, 2 rules */
	uint32_t table_base;
	uint8_t log_level;
	bool gshut; /* graceful-shutdown of all VBRs */
};

enum model_policy_kind {
	MODEL_POLICY_MAP,
	MODEL_POLICY_PREFIX_LIST,
	MODEL_POLICY_ASPATH_LIST,
	MODEL_POLICY_COMMUNITY_LIST,
	MODEL_POLICY_KIND_COUNT,
};

struct model_names {
	char (*v)[MODEL_NAME_SIZE]; /* owned */
	uint32_t n;
};

/* What a route-map sets that has a meaning in some places only. */
enum model_map_sets {
	MODEL_MAP_WEIGHT = 1 << 0,
	MODEL_MAP_ACCEPT_OWN = 1 << 1,
	MODEL_MAP_NEXT_HOP_SELF = 1 << 2,
	MODEL_MAP_NEXT_HOP = 1 << 3, /* an address */
};

/* Names that a scope defines; what they mean is bgpd/policy's business. */
struct model_policy {
	struct model_obj obj; /* tenant "" = global */
	struct model_names has[MODEL_POLICY_KIND_COUNT];
	struct model_names uses[MODEL_POLICY_KIND_COUNT]; /* named by terms of the maps */
	uint8_t *map_sets; /* owned: enum model_map_sets of each map; NULL = none */
	void *rules;       /* owned by the reader of the configuration: compiled form */
	void (*rules_free)(void *rules);
};

struct model_physconn {
	struct model_obj obj;
	char interface[MODEL_DEVICE_SIZE];
	uint64_t bandwidth_bps; /* 0 = not given */
	bool enabled;
	char access_point[256];
	char circuit_code[256];
	struct model_line line;
};

struct model_tenant {
	struct model_obj obj;
	uint32_t quota[MODEL_QUOTA_COUNT];
	uint32_t quota_route; /* 0 = none */
	uint16_t skew_sample; /* asymmetry-detection by one of so many packets; 0 = off */
	uint16_t skew_interval_s;
};

/* How peers and next hops with bfd are watched. */
struct model_bfd {
	uint16_t min_tx_ms;
	uint16_t min_rx_ms;
	uint8_t multiplier;
	uint8_t auth_type; /* as RFC 5880 4.1 has them, 0 = none */
	uint8_t auth_id;
	char secret[96]; /* plain; wiped when the object goes */
};

struct model_vpc {
	struct model_obj obj;
	char region[MODEL_NAME_SIZE];    /* "" = the edge's */
	struct prefix *cidrs;            /* owned */
	struct model_iface *ifaces;      /* owned */
	struct model_static *statics;    /* owned */
	struct model_vswitch *vswitches; /* owned */
	uint32_t n_vswitches;
	uint32_t n_cidrs;
	uint32_t n_ifaces;
	uint32_t n_statics;
	uint8_t max_paths;
	uint32_t limit_max;     /* destinations that peerings bring, each family; 0 = none */
	uint8_t limit_warning;  /* percent */
	struct nhspread spread; /* resilient-hashing */
	struct model_bfd bfd;
};

struct model_aggregate {
	struct prefix pfx;
	bool summary_only;
	char policy[MODEL_NAME_SIZE]; /* "" = none */
};

/* Probes; target family 0 = none. */
struct model_health {
	/* Of a peering: in the probing VPC, nobody's. Of a VBR: its gateway. */
	struct ip_addr source;
	struct ip_addr target; /* behind the other end; of a VBR: on its link */
	uint32_t interval_ms;
	uint8_t threshold;
	bool probes_only; /* traffic is no evidence */
	bool observe;     /* nothing follows from it */
};

#define MODEL_TAG_KEY   65
#define MODEL_TAG_VALUE (128 * 4 + 1) /* characters of UTF-8 */

/* Words of the tenant's own: shown, and no more. */
struct model_tag {
	char key[MODEL_TAG_KEY];
	char value[MODEL_TAG_VALUE];
};

struct model_vbr {
	struct model_obj obj;
	bool enabled;
	struct model_circuit *circuits; /* owned; at least one: the first is the primary */
	uint8_t n_circuits;
	uint8_t n_tags;
	struct model_tag *tags;    /* owned, by key */
	char qos[MODEL_NAME_SIZE]; /* policy of its traffic queues; "" = none */
	uint32_t mtu;
	struct model_bfd bfd;
	struct model_health health;
	uint8_t max_paths;
	struct nhspread spread;       /* resilient-hashing */
	struct model_static *statics; /* owned */
	uint32_t n_statics;
	bool has_bgp;
	uint32_t local_as;   /* 0 = the system's default */
	uint32_t router_id;  /* 0 = the system's, else local-gateway */
	uint8_t advertise;   /* 0 peered, 1 networks, 2 none */
	bool gshut;          /* graceful-shutdown of all peers */
	bool med_always;     /* med always-compare */
	bool med_missing;    /* med missing-as-worst */
	bool relax;          /* multipath as-path-relax */
	bool link_bandwidth; /* multipath link-bandwidth */
	uint32_t cluster_id; /* 0 = the router id */
	bool clients_meshed;
	uint32_t confed_id; /* 0 = no confederation */
	uint32_t confed_member[MODEL_MAX_MEMBERS];
	uint8_t n_confed_members;
	struct prefix *networks; /* owned */
	uint32_t n_networks;
	struct model_aggregate *aggregates; /* owned */
	uint32_t n_aggregates;
	struct model_peer *peers; /* owned */
	uint8_t n_peers;
	struct model_range *ranges; /* owned */
	uint32_t n_ranges;
};

struct model_qos {
	struct model_obj obj;
	struct model_qos_body body;
};

struct model_end {
	char tenant[MODEL_NAME_SIZE];
	bool is_vbr;
	char name[MODEL_NAME_SIZE];
};

struct model_peering {
	struct model_obj obj;
	bool enabled;
	struct model_end initiator;
	struct model_end acceptor;
	char spec[16];          /* "" when given as bandwidth */
	uint64_t bandwidth_bps; /* 0 = unlimited */
	uint16_t weight;
	bool transit;
	char import_policy[MODEL_NAME_SIZE];
	char export_policy[MODEL_NAME_SIZE];
	struct model_health health;
};

struct model_accept {
	struct model_obj obj;
	char vpc[MODEL_NAME_SIZE];
	int64_t until_s; /* wall clock; 0 = for ever */
};

/** New object of a kind, zeroed but for its head; one reference. */
struct model_obj *model_obj_new(enum model_kind kind, const char *tenant, const char *name,
	const char *name2);
struct model_obj *model_obj_ref(struct model_obj *o);
/** NULL-safe. The last one wipes secrets and frees. */
void model_obj_unref(struct model_obj *o);

struct model {
	/* Wall clock, as its owner last said: consents and subscriptions end by it. */
	int64_t now_s;
	struct {
		struct model_obj **v; /* owned array, sorted by (tenant, name, name2) */
		uint32_t n;
	} of[MODEL_KIND_COUNT];
};

struct model_delta;

struct model *model_new(void);
/** NULL-safe. */
void model_free(struct model *m);
/** The same objects again: what a commit starts from. */
struct model *model_copy(const struct model *m);
/** Add or replace; takes the reference. */
void model_put(struct model *m, struct model_obj *take);
void model_del(struct model *m, enum model_kind kind, const char *tenant, const char *name,
	const char *name2);
/** Borrowed or NULL. */
const struct model_obj *model_get(const struct model *m, enum model_kind kind, const char *tenant,
	const char *name, const char *name2);
/** Half-open range of a tenant's objects of a kind. */
void model_range(const struct model *m, enum model_kind kind, const char *tenant, uint32_t *first,
	uint32_t *end);

/** What has the key of an object of another model; borrowed, or NULL. */
const struct model_obj *model_counterpart(const struct model *m, const struct model_obj *o);
/** Index of an object that is there, or where one with its key would stand. */
uint32_t model_place(const struct model *m, const struct model_obj *o);

/* Typed access; NULL when absent. */
const struct model_system *model_system(const struct model *m);
const struct model_physconn *model_physconn(const struct model *m, const char *name);
const struct model_tenant *model_tenant(const struct model *m, const char *name);
const struct model_vpc *model_vpc(const struct model *m, const char *tenant, const char *name);
const struct model_vbr *model_vbr(const struct model *m, const char *tenant, const char *name);
/** Policy of a VBR's traffic queues. */
const struct model_qos *model_qos(const struct model *m, const struct model_vbr *v);
const struct model_peering *model_peering(const struct model *m, const char *tenant,
	const char *name);

/** Effective values (defaults of the system applied). */
uint32_t model_vbr_local_as(const struct model *m, const struct model_vbr *v);
uint32_t model_vbr_router_id(const struct model *m, const struct model_vbr *v);

/** What the accepting side says. Always GIVEN inside one tenant. */
enum channel_consent model_peering_consent(const struct model *m, const struct model_peering *p);
/** The next time at which a consent ends, or a subscription changes its state; 0 = never. */
int64_t model_next_expiry(const struct model *m);
/** Has the accepting side consented? */
bool model_peering_has_consent(const struct model *m, const struct model_peering *p);
/** Do both ends exist? */
bool model_peering_has_ends(const struct model *m, const struct model_peering *p);
/** End that probes: the VPC's, of two VPCs the initiator's. NULL if both are VBRs. */
const struct model_end *model_health_end(const struct model_peering *p);

/**
 * Everything that YANG cannot say cheaply: VLANs, ports and addresses, overlaps, reserved
 * ranges, references, quotas. 0, or -EINVAL with one sentence per fault in err.
 */
int model_check(const struct model *m, struct errbuf *err);
/** The same of a next model, if the one before is right: only what a change may have spoilt. */
int model_check_delta(const struct model_delta *d, struct errbuf *err);
/** What is fixed once it is there. */
int model_check_fixed(const struct model_delta *d, struct errbuf *err);

/** The vSwitch that an interface stands on; NULL if none. */
const struct model_vswitch *model_iface_vswitch(const struct model_vpc *v,
	const struct model_iface *f);
/** The interface whose subnet has the address, and its own there; NULL if none. */
const struct model_iface *model_vpc_iface_to(const struct model_vpc *v, const struct ip_addr *a,
	struct ip_addr *own);
/** Next hops with bfd, each once; dst: MODEL_MAX_GATEWAYS. How many they would be. */
uint32_t model_gateways(const struct model_static *v, uint32_t n, struct ip_addr *dst);
/** Bandwidth of a spec name in bit/s; 0 if unknown. */
uint64_t model_spec_bps(const char *spec);
