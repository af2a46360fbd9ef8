/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One VPC during a drill: asks the kernel which way it would forward a packet of the VPC, sends a
 * probe that way, hears answers on both, reads the counters of both. What follows is measure.h.
 */
#pragma once

#include "vbr/drill/measure.h"
#include "vbr/drill/plan.h"

struct drill_lane;
struct loop;
struct nl;
struct plane;

struct drill_lane_params {
	struct loop *loop; /* borrowed, all */
	struct plane *plane;
	struct nl *nl;
};

/** What the plan points to must outlive it. */
struct drill_lane *drill_lane_new(const struct drill_lane_params *p,
	const struct drill_lane_plan *plan);
/** NULL-safe. */
void drill_lane_free(struct drill_lane *l);
/** Ask, send, count. */
void drill_lane_tick(struct drill_lane *l);
/** Does it send probes? */
bool drill_lane_is_probed(const struct drill_lane *l);
/** No more of them: nobody answers, and nobody has said that somebody would. */
void drill_lane_give_up(struct drill_lane *l);
struct measure *drill_lane_measure(struct drill_lane *l);
/** Nothing can be measured any more: sockets are closed. */
void drill_lane_stop(struct drill_lane *l);
