/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lives of VBRs as the daemon knows them: what the table says is done to the plane, changes
 * become events and lines of the log.
 */
#pragma once

#include "vbr/life/lives.h"
#include "vbr/plane/plane.h"

struct daemon;

/** For lives_new; their ctx is the daemon. */
const struct lives_ops *life_ops(void);
/** Phase of a VBR that the plane makes; for plane_params, ctx is the daemon. */
enum plane_phase life_phase(void *ctx, const char *tenant, const char *vbr);
/** After a model was applied: ask the workers whether they have removed what is deleting. */
void life_settle(struct daemon *d);
