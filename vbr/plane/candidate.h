/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A model that might become the running one, as questions to the workers: for each VBR that runs
 * and that the model touches, what it would be told (bgpd/look/whatif.h). Derived by the same
 * functions as a commit's orders; nothing of the plane changes.
 */
#pragma once

#include "bgpd/look/whatif.h"
#include "vbr/plane/plane.h"

/* How what crosses a peering connection stands in the table at its other end. */
enum candidate_role {
	CANDIDATE_ROLE_ACTIVE,  /* as any other route */
	CANDIDATE_ROLE_STANDBY, /* it loses against all others */
	CANDIDATE_ROLE_SHARES,  /* with the other member of a failover group */
};

/* The other end of an edge of a VBR. */
struct candidate_end {
	char peering[BGP_NAME_SIZE]; /* as the owner calls it */
	char tenant[MODEL_NAME_SIZE];
	char name[MODEL_NAME_SIZE];
	bool is_vbr;
	bool has_new_role;
	enum candidate_role role;
	uint32_t limit;  /* route-limit of the VPC, 0 = none */
	bool is_foreign; /* another tenant's: what it holds is not asked */
};

struct candidate_vbr {
	char tenant[MODEL_NAME_SIZE];
	char name[MODEL_NAME_SIZE];
	uint32_t instance; /* of the worker's orders */
	uint32_t worker;
	uint32_t table;
	bool goes;                  /* it is not in the model */
	struct whatif w;            /* what it points to is owned here */
	struct candidate_end *ends; /* owned; of w.edges */
};

struct candidate {
	struct candidate_vbr *vbrs; /* owned */
	uint32_t n;
};

struct candidate *candidate_new(struct plane *p, const struct model *m);
/** NULL-safe. */
void candidate_free(struct candidate *c);
