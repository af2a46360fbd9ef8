/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The standing audit of failover groups. A standby that lost its routes is found on the day when it
 * is needed, unless somebody looks: so each group is looked at now and then, and soon after
 * something happened to its tenant. What is found is kept for show, and told when it is another
 * verdict. Main thread only.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "bgpd/pair.h"
#include "vbr/model/failover/group.h"

struct daemon;
struct failovers;

struct failover_side {
	const char *state;    /* word, part of the outside view */
	bool is_up;           /* it could carry */
	bool carries;         /* and does */
	uint32_t peers;       /* BGP */
	uint32_t established; /* of them */
};

struct failover_view {
	const struct model_failover *group; /* borrowed, as all below, until the next commit */
	enum failover_verdict verdict;
	struct mono since;
	bool is_known;      /* it was looked at: */
	struct mono looked; /* at this time */
	struct failover_side side[2];
	const struct bgp_pair *pair;
};

struct failovers *failovers_new(struct daemon *d);
/** While the workers are there: what is under way is the last. */
void failovers_stop(struct failovers *f);
/** After the workers are gone. NULL-safe. */
void failovers_free(struct failovers *f);
/** A model was applied. */
void failovers_sync(struct failovers *f, const struct model *m);
/** Something happened to a tenant: its groups are looked at soon. */
void failovers_poke(struct failovers *f, const char *tenant);

uint32_t failovers_count(const struct failovers *f);
/** In the order of their tenants and names. */
struct failover_view failovers_at(const struct failovers *f, uint32_t i);
