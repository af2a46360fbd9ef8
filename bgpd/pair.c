/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A walk of one side, then of the other. It costs a lookup a prefix, and no memory.
 */
#include "bgpd/pair.h"

#define NETS 64 /* looked at between two looks at the clock */

struct walk {
	struct bgp_pair *q;
	const struct rib *mine;
	const struct rib *theirs;
};

/* An accepted path that crosses to a VPC: not what is only announced, nor the link. */
static bool has_route(const struct rib *r, uint32_t net)
{
	for (uint32_t h = net ? rib_net(r, net)->paths : 0; h; h = rib_path_next(rib_path(r, h))) {
		const struct rib_path *p = rib_path(r, h);
		const uint8_t kind = rib_source_at(r, p->source)->kind;

		if (!(p->flags & (RIB_PATH_REJECTED | RIB_PATH_LOCAL)) &&
			(kind == RIB_SOURCE_BGP || kind == RIB_SOURCE_STATIC))
			return true;
	}
	return false;
}

static uint32_t sum(const uint32_t *v)
{
	uint32_t n = 0;

	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++)
		n += v[f];
	return n;
}

uint32_t bgp_pair_routes(const struct bgp_pair *q, int side)
{
	return sum(q->routes[side]);
}

uint32_t bgp_pair_missing(const struct bgp_pair *q, int side)
{
	return sum(q->missing[side]);
}

static bool look(void *ctx, uint32_t net)
{
	const struct walk *w = ctx;
	struct bgp_pair *q = w->q;
	const unsigned other = 1u - q->side;
	const struct prefix pfx = rib_net_prefix(w->mine, net);
	uint32_t n;

	if (!has_route(w->mine, net))
		return true;
	q->routes[q->side][q->family]++;
	if (has_route(w->theirs, rib_find(w->theirs, &pfx)))
		return true;
	n = sum(q->missing[other]);
	if (n < BGP_PAIR_EXAMPLES)
		q->example[other][n] = pfx;
	q->missing[other][q->family]++;
	return true;
}

bool bgp_pair_slice(struct bgp_instance *const i[2], struct bgp_pair *q, struct mono until)
{
	while (q->side < 2) {
		struct walk w = {
			.q = q,
			.mine = bgp_instance_rib(i[q->side], (enum bgp_family)q->family),
			.theirs = bgp_instance_rib(i[1 - q->side], (enum bgp_family)q->family),
		};

		if (rib_walk(w.mine, &q->at, NETS, look, &w) < NETS) {
			q->at = (struct rib_range){ .within = NULL };
			q->family = (uint8_t)((q->family + 1) % BGP_FAMILY_COUNT);
			q->side += q->family == 0;
		}
		if (!mono_is_before(mono_now(), until))
			break;
	}
	return q->side < 2;
}
