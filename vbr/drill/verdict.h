/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is to be said of a drill: a set of reasons over what was measured, some of which mean that
 * it has failed. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "vbr/drill/measure.h"
#include "vbr/drill/state.h"

/* Bits of a set, kept on disk: new ones at the end. */
enum drill_reason {
	DRILL_NO_BASELINE,    /* probes were not answered before anything was done */
	DRILL_REFUSED_DUE,    /* something spoke against it when its time came */
	DRILL_MISSED,         /* its time passed while the daemon did not run */
	DRILL_STANDBY_FAILED, /* while it had to carry */
	DRILL_CHANGED,        /* the configuration, or the life of the target */
	DRILL_ROUTES_MISSING, /* on the one that stays, by the audit */
	DRILL_NOT_COVERED,    /* a VPC that only the target leads to */
	DRILL_NO_SWITCH,      /* the kernel did not forward another way */
	DRILL_NO_ANSWER,      /* nothing was answered any more */
	DRILL_SLOW_SWITCH,    /* longer without an answer than was allowed */
	DRILL_SLOW_RETURN,    /* the same on the way back */
	DRILL_NOT_BACK,       /* the target did not carry again in time */
	DRILL_PROBES_LOST,    /* some */
	DRILL_ASYMMETRIC,     /* what came back came by the other way */
	DRILL_NOT_PROBED,     /* a VPC without a health check: only its octets were counted */
	DRILL_FORCED,         /* it was not healthy at the begin, and somebody insisted */
	DRILL_REASON_COUNT,
};
#define DRILL_BIT(reason) (1u << (reason))

#define DRILL_STRANGE_PERCENT 5 /* of the octets that arrive: fewer may be of a switch */

enum drill_verdict {
	DRILL_NO_VERDICT, /* the target was never taken down, or it was not measured to the end */
	DRILL_PASS,
	DRILL_FAIL,
	DRILL_VERDICT_COUNT,
};

/* Of all VPCs: the worst of each. */
struct drill_result {
	uint32_t vpcs;        /* that the target leads to */
	uint32_t not_covered; /* of them, the other one does not */
	uint32_t not_probed;  /* of the others */
	uint32_t missing;     /* routes, by the audit before */
	uint32_t sent;
	uint32_t lost;      /* while away */
	uint32_t lost_back; /* while returning */
	uint32_t crossed;   /* all the time */
	uint32_t answered_away;
	uint32_t not_moved; /* VPCs whose way was still the target's at the end of AWAY */
	int64_t switch_us;  /* MEASURE_NEVER: it did not move */
	int64_t traffic_us;
	int64_t outage_us;
	int64_t outage_back_us;
	uint64_t in;
	uint64_t in_strange;
};

struct drill_facts {
	enum drill_outcome outcome;
	bool was_away;
	bool must_move; /* a VBR or a line went, not one of several peers */
	int64_t within_us;
	uint32_t told; /* reasons that were found on the way */
	const struct drill_result *result;
};

/** Add a VPC's measures. */
void drill_result_add(struct drill_result *r, const struct measure *m);
/** Percent of what arrived that came by the way that did not carry. */
uint32_t drill_result_strange(const struct drill_result *r);
/** All reasons. */
uint32_t drill_reasons(const struct drill_facts *f);
enum drill_verdict drill_judge(const struct drill_facts *f);
bool drill_reason_fails(enum drill_reason r);

/** Words of the outside view; "" for no verdict. */
const char *drill_reason_name(enum drill_reason r);
const char *drill_verdict_name(enum drill_verdict v);
