/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BgpRoute.like: the paths of a route, of which some are only said to be as an earlier one of the
 * same answer. A reference that leads nowhere ends its route.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/compiler.h"
#include "proto/vbrd.pb-c.h"

struct arena;
struct rpc_call;

/* That a client may say it remembers; the daemon remembers no more. */
#define SHARED_MEMORY 8192u

/* What an entry of like is. */
enum shared_like {
	SHARED_LIKE_NONE,       /* in full */
	SHARED_LIKE_REMEMBERED, /* in full, and others will refer to it */
	SHARED_LIKE_FIRST,      /* from here on: as one that was remembered, the last one first */
};

struct shared_path {
	Vbrd__BgpPath *full; /* borrowed; NULL: it is as another one, but for its age */
	bool remember;       /* if it is in full */
	uint32_t back;       /* else: as the last but so many (1: the last) that were remembered */
	uint64_t age;        /* of one that is not in full */
};

struct shared_iter {
	const Vbrd__BgpRoute *route;
	size_t i;
	size_t n_full;
	size_t n_like;
};

static inline struct shared_iter shared_paths(const Vbrd__BgpRoute *r)
{
	return (struct shared_iter){ .route = r };
}

/** The next path of the route; false after the last. */
bool shared_next(struct shared_iter *it, struct shared_path *p) MUST_USE;
/**
 * Have all paths of the routes of an answer's first message stand in full. Memory of the arena.
 */
void shared_expand(struct arena *a, Vbrd__BgpRoute **routes, size_t n);
/**
 * Reply routes, by as many messages as it takes until each fits a frame, at last between the paths
 * of a route. One path must fit.
 */
void shared_reply(struct rpc_call *call, Vbrd__BgpRoute **routes, size_t n);
