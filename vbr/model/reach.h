/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How far a VPC reaches: the instances that may know its CIDRs, by connections that run and pass on
 * what other connections brought if they are transit ones; whatever policies say of that. Pure.
 */
#pragma once

#include "vbr/model/model.h"

struct model_reach;

/** Of a model, which must stay as it is meanwhile. */
struct model_reach *model_reach_new(const struct model *m);
/** NULL-safe. */
void model_reach_free(struct model_reach *r);
/** Can there be anything beyond the next instance? */
bool model_reach_is_far(const struct model_reach *r);
/** Each of them once, in some order, itself first: a VBR or VPC of any tenant. */
void model_reach_walk(struct model_reach *r, const struct model_vpc *vpc,
	void (*fn)(void *ctx, const struct model_obj *instance), void *ctx);
/**
 * How the last walk came to an instance that it has found: the connections, from there back to the
 * VPC, the first max of them; returns how many there are.
 */
uint32_t model_reach_way(const struct model_reach *r, const struct model_obj *instance,
	const struct model_peering **way, uint32_t max);
