/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Best paths as they change, for one listener: what was the best path, what became of it, and what
 * is the best one now. A reader of the journal like export groups and the FIB feed: in slices, and
 * several changes of one net between two slices are one.
 *
 * What is there when the monitor comes is not told; instances that are made later tell all.
 */
#pragma once

#include "bgpd/engine.h"

struct bgp_monitor;

#define BGP_MONITOR_SLICE 64 /* changes told in one slice: some microseconds each */

/* A path by its source, which may be gone by now. */
struct bgp_past_path {
	uint8_t kind;             /* enum rib_source_kind */
	char name[BGP_NAME_SIZE]; /* as bgp_source_name */
	uint32_t path_id;
	const struct attrs *attrs;
};

struct bgp_change {
	const struct bgp_instance *instance;
	enum bgp_family family;
	struct prefix pfx;
	const struct bgp_past_path *old; /* NULL: there was no best path */
	/*
	 * What became of old: WITHDRAWN, REPLACED (same source, other attributes), NO_SESSION, or
	 * why it is refused, or the step at which it lost.
	 */
	enum rib_reason why;
	uint32_t old_path; /* handle, if it is still there */
	uint32_t best;     /* handle; 0: there is none */
	uint32_t second;   /* handle of the strongest other one; 0: there is none */
};

struct bgp_monitor_ops {
	/* From a slice of the loop; nothing may be changed. */
	void (*changed)(void *ctx, const struct bgp_change *c);
	/* What was there at the beginning is known: from here on all is told. Once. */
	void (*ready)(void *ctx);
};

/** ops.ready comes later, also if there is nothing to read. */
struct bgp_monitor *bgp_monitor_new(struct bgp_engine *e, const struct bgp_monitor_ops *ops,
	void *ctx);
/**
 * Read nothing for a while, or go on: what changes meanwhile is told then, once a net. Not for
 * long: the journal keeps nets that are gone until it is read. Up to BGP_MONITOR_SLICE changes may
 * still come.
 */
void bgp_monitor_pause(struct bgp_monitor *m, bool on);
/** Before its engine. NULL-safe. Not from inside an ops call. */
void bgp_monitor_free(struct bgp_monitor *m);
