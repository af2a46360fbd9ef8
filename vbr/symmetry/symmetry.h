/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Traffic that leaves by one VBR and returns by another: found by samples of what crosses the VBRs
 * of tenants that ask for it, judged window by window, told when it begins and ends, kept for show.
 * Main thread only, but for the widening of sampled blocks to the routes that forward them, which
 * is asked of the tenant's worker.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/monotime.h"
#include "lib/net/prefix.h"
#include "vbr/model/model.h"

struct daemon;
struct symmetries;

struct asymmetry_view {
	const char *tenant; /* borrowed, as all names, until the loop turns */
	const char *vpc;    /* "prod"; "globex/shared" if it is another tenant's */
	struct prefix pfx;  /* of the data centre */
	const char *out;    /* VBR by which it leaves */
	const char *in;     /* VBR by which it returns */
	uint8_t percent;    /* of the bytes */
	struct mono since;
};

/* Why the VBR by which traffic returns is not used however good its routes are; "": it is not. */
struct asymmetry_standby {
	const char *group;   /* failover-group that it is the secondary of */
	const char *peering; /* of weight 0 */
};

/* A VBR whose packets are not sampled. */
struct asymmetry_blind {
	const char *vbr; /* borrowed, as above */
	const char *why;
};

struct symmetries *symmetries_new(struct daemon *d);
/** While the workers are there: no sample any more. */
void symmetries_stop(struct symmetries *s);
/** After the workers are gone. NULL-safe. */
void symmetries_free(struct symmetries *s);
/** A model was applied. */
void symmetries_sync(struct symmetries *s, const struct model *m);

/** Is the tenant looked at? *missed: samples of the last window that had no room. */
bool symmetries_watches(const struct symmetries *s, const char *tenant, uint64_t *missed);
/** The i-th of a tenant; false: there are no more. */
bool symmetries_at(const struct symmetries *s, const char *tenant, uint32_t i,
	struct asymmetry_view *v);
/** The i-th VBR of a tenant that should be sampled and is not; false: there are no more. */
bool symmetries_blind_at(const struct symmetries *s, const char *tenant, uint32_t i,
	struct asymmetry_blind *b);
