/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much a tenant may have of what. One row a quota: its leaf, its default, what is counted.
 */
#pragma once

#include <stdint.h>

enum model_quota {
	MODEL_QUOTA_LINE, /* that it leases, at one access point */
	MODEL_QUOTA_VBR,  /* on one physical connection */
	MODEL_QUOTA_IDLE_VBR,
	MODEL_QUOTA_VPC,
	MODEL_QUOTA_PEERING,
	MODEL_QUOTA_VBR_PEERING,
	MODEL_QUOTA_VPC_PEERING,
	MODEL_QUOTA_PEER,
	MODEL_QUOTA_VBR_STATIC,
	MODEL_QUOTA_VPC_STATIC,
	MODEL_QUOTA_COUNT,
};

#define MODEL_QUOTA_NONE UINT32_MAX /* no limit */

struct model_quota_row {
	const char *leaf; /* under quota */
	uint32_t fallback;
	const char *what; /* "VBRs on one physical connection" */
};

const struct model_quota_row *model_quota_row(enum model_quota q);
