/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Health checks of peering connections and VBRs as they run: a packet socket each, bound to the
 * device of the probing end, or of the VBR. Probes leave by it and only what arrives by it is an
 * answer, so an answer that comes back by another line counts as lost (the same way there and
 * back), and routes may lead elsewhere while a dead way is watched for its return.
 *
 * When a way dies, the routes that came by it leave the probing end's table; the other direction
 * stays, or no answer could ever come. When the line of a VBR dies, what it has learned leaves the
 * tables of all that it is connected to. Main thread only.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "vbr/health/check.h"
#include "vbr/model/model.h"

struct health;
struct loop;
struct plane;

/* What a check looks like. */
struct health_view {
	const struct model_obj *obj; /* a peering connection or a VBR */
	const struct model_health *conf;
	struct health_check check;
	int error; /* errno of sending or of the socket, 0 = none */
};

struct health_params {
	struct loop *loop;
	/* The verdict of a check changed. */
	void (*changed)(void *ctx, const struct health_view *v);
	/* Dead ways cannot be kept for the next run (-errno), or can again (0). */
	void (*kept)(void *ctx, int ret);
	void *ctx;
};

struct health *health_new(const struct health_params *p);
/**
 * Keep dead ways in state_dir/dead-ways. Those of the run before are dead again from the first
 * apply on, unless the kernel is another one since (is_cold) and forwards by nothing. 0, or what
 * is wrong with the file: nothing is known then.
 */
int health_remember(struct health *h, const char *state_dir, bool is_cold);
/** No probe any more: before the plane goes, which is not called. */
void health_stop(struct health *h);
/** NULL-safe. */
void health_free(struct health *h);
/** After the plane became a new model. Keeps what is known of targets that stay. */
void health_apply(struct health *h, struct plane *p, const struct model_delta *d);
/** A BGP session of that VBR ended. */
void health_bgp_ended(struct health *h, const char *tenant, const char *vbr);

uint32_t health_count(const struct health *h);
/** By tenant, VBRs before peering connections, and name; borrowed parts until the next apply. */
struct health_view health_at(const struct health *h, uint32_t i);
