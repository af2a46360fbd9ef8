/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which paths of a net are candidates: one without ADD-PATH; with it a set that the mode chooses
 * from what is in the table, before anything is judged. So the set is the same for all members of
 * a group, and a policy that denies one of the best N does not let another one in for it.
 *
 * The path identifier of a path (RFC 7911 3) is its handle in the rib: unique in the table, kept
 * over changes of its attributes, and free of charge. The handle of a path that is gone may be
 * given to another path of the same net; to a neighbour this is a replacement like any other.
 */
#include <stdlib.h>

#include "bgpd/export/export_private.h"
#include "lib/base/xalloc.h"

bool select_is_multi(const struct export_conf *conf)
{
	return conf->wire.addpath_tx & BGP_FAMILY_BIT(conf->family);
}

bool select_wants_all(const struct export_conf *conf)
{
	return select_is_multi(conf) && conf->add_path != EXPORT_ADD_PATH_ECMP;
}

static void reserve(struct export *e, uint32_t n)
{
	if (n <= e->cap_picked)
		return;
	e->cap_picked = n < e->cap_picked * 2 ? e->cap_picked * 2 : n;
	e->picked = xreallocarray(e->picked, e->cap_picked, sizeof(*e->picked));
}

static uint32_t handle_of(const struct rib *r, uint32_t net, const struct rib_path *path)
{
	uint32_t h = rib_net(r, net)->paths;

	while (rib_path(r, h) != path)
		h = rib_path_next(rib_path(r, h));
	return h;
}

/* The eligible paths of a net, or those of them that have one of the flags. */
static uint32_t add_flagged(struct export *e, uint32_t net, uint8_t flags)
{
	uint32_t n = 0;

	for (uint32_t h = rib_net(e->rib, net)->paths; h; h = rib_path_next(rib_path(e->rib, h))) {
		const uint8_t have = rib_path(e->rib, h)->flags;

		if (have & RIB_PATH_REJECTED || (flags && !(have & flags)))
			continue;
		reserve(e, n + 1);
		e->picked[n++] = h;
	}
	return n;
}

/* A network statement, which the ladder has at its end, stands for the best path here. */
static uint32_t add_best(struct export *e, uint32_t net, uint32_t first, uint32_t max)
{
	uint32_t n;

	reserve(e, max + 1);
	e->picked[0] = first;
	n = 1 + rib_rank(e->rib, net, e->picked + 1, max);
	for (uint32_t i = 1; i < n; i++) {
		if (e->picked[i] == first)
			e->picked[i] = e->picked[--n];
	}
	return n < max ? n : max;
}

static int cmp_handle(const void *a, const void *b)
{
	const uint32_t x = *(const uint32_t *)a;
	const uint32_t y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static uint32_t select_several(struct export *e, const struct export_conf *conf, uint32_t net,
	const struct rib_path *first)
{
	switch ((enum export_add_path)conf->add_path) {
	case EXPORT_ADD_PATH_ALL:
		return add_flagged(e, net, 0);
	case EXPORT_ADD_PATH_BEST:
		return add_best(e, net, handle_of(e->rib, net, first), conf->add_path_max);
	case EXPORT_ADD_PATH_ECMP:
		if (first->flags & RIB_PATH_BEST)
			return add_flagged(e, net, RIB_PATH_BEST | RIB_PATH_MULTIPATH);
		break;
	}
	reserve(e, 1);
	e->picked[0] = handle_of(e->rib, net, first);
	return 1;
}

uint32_t select_paths(struct export *e, const struct export_conf *conf, uint32_t net)
{
	const struct rib_path *first = outcome_candidate(e->rib, conf, net);
	uint32_t n;

	if (!first)
		return 0;
	if (!select_is_multi(conf) || first == outcome_default(e->rib, conf, net)) {
		reserve(e, 1);
		e->picked[0] = handle_of(e->rib, net, first);
		return 1;
	}
	n = select_several(e, conf, net, first);
	if (n > 1)
		qsort(e->picked, n, sizeof(*e->picked), cmp_handle);
	return n;
}
