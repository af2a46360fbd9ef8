/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between the files of the model's check; nobody else's business (model_check is the entrance).
 */
#pragma once

#include "lib/base/errbuf.h"
#include "vbr/model/model.h"

struct check {
	const struct model *m;
	const struct model_delta *delta; /* to m; NULL: everything is judged */
	struct errbuf *err;
};

/** AS numbers of a VBR, and of a peer or range: which options have a meaning for whom. */
void check_confederation(const struct check *c, const struct model_vbr *v);
void check_as(const struct check *c, const struct model_vbr *v, const struct model_peer *p,
	const char *who);
/** Options of ADD-PATH that would do nothing, of all peers and groups of a VBR. */
void check_add_path(const struct check *c, const struct model_vbr *v);
/** An address of a host, in no reserved range; else a sentence about the leaf. */
bool check_address(const struct check *c, const struct model_obj *o, const char *leaf,
	const struct ip_addr *a);
/** Pairs and shares of a line. */
void check_line(const struct check *c, const struct model_obj *physconn);
/** The line that a peer names; lines and addresses of a VBR. */
void check_peer_line(const struct check *c, const struct model_vbr *v, const struct model_peer *p,
	const char *who);
void check_circuits(const struct check *c, const struct model_vbr *v);
/** The health check of a peering connection. */
void check_health(const struct check *c, const struct model_peering *p);
void check_vbr_health(const struct check *c, const struct model_vbr *v);
void check_vswitches(const struct check *c, const struct model_vpc *v);
/** Next hops that are watched by BFD. */
void check_vbr_gateways(const struct check *c, const struct model_vbr *v);
void check_vpc_gateways(const struct check *c, const struct model_vpc *v);
/** Destinations that no static route may have. */
void check_static_refusals(const struct check *c, const struct model_obj *o,
	const struct prefix *pfx);
/** Quotas: of a tenant, of what stands in a VBR, and in a VPC. */
void check_counts(const struct check *c, const struct model_obj *tenant);
void check_vbr_counts(const struct check *c, const struct model_vbr *v);
void check_vpc_counts(const struct check *c, const struct model_vpc *v);
/** Ranges of VPCs that meet: at the two ends of a connection; at an instance, over all of them. */
void check_overlap(const struct check *c, const struct model_peering *p);
void check_meetings(const struct check *c);
/** Queues and rules of a policy; the policy of a VBR. */
void check_qos(const struct check *c, const struct model_obj *qos);
void check_vbr_qos(const struct check *c, const struct model_vbr *v);
/** A failover group, and the weight of a connection of its members. */
void check_group(const struct check *c, const struct model_obj *failover);
void check_weights(const struct check *c, const struct model_peering *p);
/** What must be unique over all tenants: VLANs, devices, pairs of ends. */
void check_unique(const struct check *c);
