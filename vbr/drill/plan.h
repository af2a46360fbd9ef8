/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an order means in a model, and what speaks against it. Pure. Some objections are final;
 * others are a matter of judgement, and "force" overrules them.
 */
#pragma once

#include "vbr/drill/record.h"
#include "vbr/model/failover/group.h"

#define DRILL_LANES 16 /* VPCs that are measured, each drill */

/* A VPC that the target leads to. Borrowed from the model, as all here. */
struct drill_lane_plan {
	const struct model_peering *by[2]; /* to the target, to the other one; that may be NULL */
	const struct model_end *vpc;
	const struct model_peering *probe; /* whose health check is used; NULL: none has one */
	struct ip_addr source;             /* of its probes, in this VPC */
	bool is_borrowed;                  /* the health check is another VPC's */
};

struct drill_plan {
	const struct model_failover *group;
	const struct model_vbr *vbr[2];    /* MEASURE_TARGET, MEASURE_OTHER */
	int member[2];                     /* FAILOVER_PRIMARY, FAILOVER_SECONDARY */
	struct ip_addr peer;               /* family 0: not of a peer */
	const struct model_physconn *line; /* NULL: not of a line */
	bool is_part;                      /* the VBR goes on by another peer, or another line */
	struct drill_lane_plan lane[DRILL_LANES];
	uint32_t n_lanes;
	uint32_t vpcs; /* more, perhaps, than lanes */
};

/* What is the case. */
struct drill_health {
	enum model_hold hold[2]; /* of the target, of the other one: locks, and requests */
	bool is_up[2];
	bool is_leaving[2];
	bool is_audited;
	struct mono audited;
	uint32_t missing;  /* routes that the other one lacks */
	uint32_t sessions; /* of the target that are up */
	bool has_line;     /* its device on the line, if the drill is of one, is up */
};

/** The group, or NULL with a sentence. */
const struct model_failover *drill_plan_group(const struct model *m, const char *tenant,
	const char *group, struct errbuf *err);
/** What it is about: 0, or -ENOENT, -EINVAL, -EBUSY with sentences that say what to change. */
int drill_plan_target(const struct model *m, const struct drill_order *o, struct drill_plan *p,
	struct errbuf *err);
/** The same, and the lanes. */
int drill_plan_make(const struct model *m, const struct drill_order *o, struct drill_plan *p,
	struct errbuf *err);
/** 0, or -EINVAL with sentences. */
int drill_plan_check(const struct drill_plan *p, const struct drill_order *o,
	const struct drill_health *h, struct errbuf *err);
/** Is a VBR taken down by it, whole? */
bool drill_plan_takes(const struct drill_plan *p, const struct model_vbr *v);
/** Would one of them take down what the other stands on? */
bool drill_plan_collides(const struct drill_plan *a, const struct drill_plan *b);
/** The same again: nothing that it stands on is another object. */
bool drill_plan_is_equal(const struct drill_plan *a, const struct drill_plan *b);
