/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading BgpRoute.like: the paths of a route, of which some are only said to be as an earlier one
 * of the same message. A reference that leads nowhere ends its route.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/compiler.h"
#include "proto/vbrd.pb-c.h"

struct arena;

struct shared_path {
	Vbrd__BgpPath *full; /* borrowed; NULL: it is as the path of that number, but for its age */
	uint32_t like;       /* from 1 */
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
/** Have all paths of the routes of one message stand in full. Memory of the arena. */
void shared_expand(struct arena *a, Vbrd__BgpRoute **routes, size_t n);
