/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Best paths of all workers, as events, for one listener on main: what monitor events routes hands
 * on. Nobody waits for a listener: what he has no room for is counted, not kept.
 */
#pragma once

#include <stdbool.h>

#include "proto/vbrd.pb-c.h"

struct daemon;
struct route_watch;

struct route_watch_ops {
	/* The event is valid during the call. */
	void (*event)(void *ctx, Vbrd__Event *ev);
	/* Is there no room? Then route_watch_room follows. */
	bool (*is_full)(void *ctx);
	/* The workers have ended: nothing more comes. It is freed. */
	void (*over)(void *ctx);
};

/** tenant NULL: all. NULL: there are too many already. */
struct route_watch *route_watch_new(struct daemon *d, const char *tenant,
	const struct route_watch_ops *ops, void *ctx);
void route_watch_room(struct route_watch *w);
/** No call of ops follows. NULL-safe. */
void route_watch_free(struct route_watch *w);
