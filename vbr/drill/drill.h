/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Failover drills: a VBR, a line or a peer of a failover group is taken out of service for a while,
 * to see whether the other VBR carries, and to measure it. What was found is kept. Main thread
 * only.
 *
 * What a drill has taken down is marked in the plane, and only there: see state.h.
 */
#pragma once

#include "vbr/drill/record.h"

struct daemon;
struct drills;

#define DRILL_RUNNING 8 /* at a time, each edge */

/** Reads state_dir/drills.db (NULL: nothing is kept). NULL with err. */
struct drills *drills_new(struct daemon *d, const char *state_dir, struct errbuf *err);
/** While the plane is there: what was taken down comes back. */
void drills_stop(struct drills *ds);
/** NULL-safe. */
void drills_free(struct drills *ds);
/** A model was applied; the first time, what an earlier run left is taken up or closed. */
void drills_sync(struct drills *ds, const struct model *m);

/**
 * Somebody's order, durable when 0 is returned. -ENOENT, -EINVAL, -EBUSY, -EIO with sentences.
 */
int drills_order(struct drills *ds, const struct drill_order *o, struct errbuf *err);
/** End the open one of a group. -ENOENT, -EALREADY with err. */
int drills_abort(struct drills *ds, const char *tenant, const char *group, struct errbuf *err);

uint32_t drills_count(const struct drills *ds);
/** In the order of their ids; until the next call that changes something. */
const struct drill_record *drills_at(const struct drills *ds, uint32_t i);
