/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Failover groups in the model, and what they make of their members' peering connections.
 */
#pragma once

#include "vbr/model/failover/verdict.h"
#include "vbr/model/model.h"

/* Two VBRs of a tenant that lead to the same data centre. */
struct model_failover {
	struct model_obj obj;
	char member[2][MODEL_NAME_SIZE]; /* VBRs; FAILOVER_PRIMARY, FAILOVER_SECONDARY */
	enum failover_mode mode;
	uint16_t audit_s;
};

const struct model_failover *model_failover(const struct model *m, const char *tenant,
	const char *name);
/** The group that a VBR is in, NULL if it is in none. */
const struct model_failover *model_failover_of(const struct model *m, const char *tenant,
	const char *vbr);

/**
 * What finds out that neighbours of this VBR, or their lines, are dead: "bfd", or "hold-time" where
 * one of those in service has no BFD. NULL: it has no neighbours.
 */
const char *model_vbr_detection(const struct model_vbr *v);

/*
 * May a VBR be asked whether it is on its way out of service? Beyond graceful-shutdown, which the
 * model knows. NULL: nobody is.
 */
typedef bool failover_leaving(const void *ctx, const char *tenant, const char *vbr);
/**
 * Does what crosses this connection lose against everything else? Weight 0 says so; so does a group
 * of mode active-standby: of its secondary, and of its primary while that is leaving.
 */
bool model_peering_is_standby(const struct model *m, const struct model_peering *p,
	failover_leaving *leaving, const void *ctx);
/** The group of mode load-share that an end of this connection is a member of, or NULL. */
const struct model_failover *model_peering_shares(const struct model *m,
	const struct model_peering *p);
