/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between the files of the model's check; nobody else's business (model_check is the entrance).
 * A function that judges a neighbour is given who, the words that a sentence calls it by.
 */
#pragma once

#include "lib/base/errbuf.h"
#include "vbr/model/model.h"

struct check {
	const struct model *m;
	const struct model_delta *delta; /* to m; NULL: everything is judged */
	struct errbuf *err;
};

/* Objects: the rows of the table in check.c */

void check_policy(const struct check *c, const struct model_obj *policy);
/** Pairs and shares of a line. */
void check_line(const struct check *c, const struct model_obj *physconn);
/** Quotas of a tenant. */
void check_counts(const struct check *c, const struct model_obj *tenant);
void check_vpc(const struct check *c, const struct model_obj *vpc);
void check_vbr(const struct check *c, const struct model_obj *vbr);
/** Queues and rules of a policy. */
void check_qos(const struct check *c, const struct model_obj *qos);
void check_peering(const struct check *c, const struct model_obj *peering);
/** Consent to a connection of another tenant, or its refusal: MODEL_ACCEPT and its like. */
void check_other(const struct check *c, const struct model_obj *consent);
void check_reject(const struct check *c, const struct model_obj *reject);
void check_group(const struct check *c, const struct model_obj *failover);

/* address.c */

/** An address of a host, in no reserved range; else a sentence about the leaf. */
bool check_address(const struct check *c, const struct model_obj *o, const char *leaf,
	const struct ip_addr *a);
/** A range that can be routed, and none of the cloud's own; else a sentence about the leaf. */
bool check_prefix(const struct check *c, const struct model_obj *o, const char *leaf,
	const struct prefix *p);
/** Destinations that no static route may have. */
void check_static_refusals(const struct check *c, const struct model_obj *o,
	const struct prefix *pfx);

/* policy.c */

enum map_use_kind {
	MAP_USE_IMPORT,
	MAP_USE_EXPORT,
	MAP_USE_PEERING_IMPORT,
	MAP_USE_PEERING_EXPORT,
	MAP_USE_DEFAULT,
	MAP_USE_ADVERTISE,
	MAP_USE_EXIST,
	MAP_USE_NON_EXIST,
	MAP_USE_AGGREGATE,
};

/** The route-map that an object names ("" for none): is there one, and does what it sets matter? */
void check_map(const struct check *c, const struct model_obj *o, enum map_use_kind kind,
	const char *name);

/* Parts of a VBR: lines, neighbours, next hops, counts */

void check_circuits(const struct check *c, const struct model_vbr *v);
/** The line that a peer names. */
void check_peer_line(const struct check *c, const struct model_vbr *v, const struct model_peer *p,
	const char *who);
void check_peer(const struct check *c, const struct model_vbr *v, const struct model_peer *p);
void check_range(const struct check *c, const struct model_vbr *v, const struct model_range *r);
/** What is said of a neighbour, whether it has an address or comes by a range. */
void check_neighbor(const struct check *c, const struct model_vbr *v, const struct model_peer *p,
	const char *who);
/** AS numbers of a VBR, and of a peer or range: which options have a meaning for whom. */
void check_confederation(const struct check *c, const struct model_vbr *v);
void check_as(const struct check *c, const struct model_vbr *v, const struct model_peer *p,
	const char *who);
/** Options of ADD-PATH that would do nothing, of all peers and groups of a VBR. */
void check_add_path(const struct check *c, const struct model_vbr *v);
/** Next hops that are watched by BFD. */
void check_vbr_gateways(const struct check *c, const struct model_vbr *v);
void check_vbr_counts(const struct check *c, const struct model_vbr *v);
void check_vbr_qos(const struct check *c, const struct model_vbr *v);
void check_vbr_health(const struct check *c, const struct model_vbr *v);

/* Parts of a VPC */

void check_vpc_gateways(const struct check *c, const struct model_vpc *v);
void check_vpc_counts(const struct check *c, const struct model_vpc *v);

/* Parts of a peering connection */

/** Its health check. */
void check_health(const struct check *c, const struct model_peering *p);
/** Ranges of VPCs that meet at its two ends. */
void check_overlap(const struct check *c, const struct model_peering *p);
/** The weight of a connection of members of a failover group. */
void check_weights(const struct check *c, const struct model_peering *p);

/* Over all objects at once */

/** Ranges of VPCs that meet at an instance. */
void check_meetings(const struct check *c);
/** The same beyond the next instance, for a model that is right otherwise. */
void check_chains(const struct check *c);
/** What must be unique over all tenants: VLANs, devices, pairs of ends. */
void check_unique(const struct check *c);
