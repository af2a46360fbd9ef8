/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why a path is not the best one, with the two values that were compared. The step is what the
 * decision has left in the path; here its rival is found again and both are read by the decision's
 * own functions, so that what is said cannot differ from what was done. Nothing is stored for it.
 *
 * The rival is the best path, but for MED: there it is whoever has the lowest MED among those that
 * the path was compared with (RFC 4271 9.1.2.2 c), who may have lost himself at a later step.
 */
#include "bgpd/rib/rib_private.h"

static uint32_t find_med_rival(const struct rib *r, const struct candidate *c)
{
	uint32_t rival = 0;
	uint32_t lowest = c->med;

	for (uint32_t h = rib_net(r, rib_path_net(r, c->path))->paths; h;
		h = rib_path_next(rib_path(r, h))) {
		const struct candidate other = candidate_make(r, h);

		if (other.path->flags & RIB_PATH_REJECTED || !candidate_leads(&other) ||
			other.med_as != c->med_as)
			continue;
		if (other.med < lowest) {
			lowest = other.med;
			rival = h;
		}
	}
	return rival;
}

static bool is_equal_to_best(const struct rib_path *p)
{
	return p->flags & (RIB_PATH_BEST | RIB_PATH_MULTIPATH) ||
		p->reason == RIB_REASON_STEP_MULTIPATH_LIMIT;
}

static void compare_counts(const struct rib *r, uint32_t net, struct rib_compare *out)
{
	out->mine.kind = RIB_VALUE_NUMBER;
	out->theirs = (struct rib_value){ .kind = RIB_VALUE_NUMBER, .number = r->max_paths };
	for (uint32_t h = rib_net(r, net)->paths; h; h = rib_path_next(rib_path(r, h)))
		out->mine.number += !(rib_path(r, h)->flags & RIB_PATH_REJECTED) &&
			is_equal_to_best(rib_path(r, h));
}

bool rib_compare(const struct rib *r, uint32_t path, struct rib_compare *out)
{
	const struct candidate c = candidate_make(r, path);
	const uint32_t net = rib_path_net(r, c.path);
	const uint32_t best = rib_net(r, net)->paths;
	struct candidate rival;

	*out = (struct rib_compare){ .step = (enum rib_reason)c.path->reason, .rival = best };
	if (c.path->flags & (RIB_PATH_REJECTED | RIB_PATH_BEST) || out->step == RIB_REASON_NONE)
		return false;
	if (out->step == RIB_REASON_STEP_MULTIPATH_LIMIT) {
		compare_counts(r, net, out);
		return true;
	}
	if (out->step == RIB_REASON_STEP_MED) {
		out->rival = find_med_rival(r, &c);
		if (!out->rival)
			out->rival = best;
	}
	rival = candidate_make(r, out->rival);
	out->mine = candidate_value(&c, out->step);
	out->theirs = candidate_value(&rival, out->step);
	return true;
}

uint32_t rib_cover(const struct rib *r, const struct prefix *pfx)
{
	const struct ip_addr a = prefix_addr(pfx);

	for (int len = pfx->len - 1; len >= 0; len--) {
		const struct prefix p = prefix_make(&a, (uint8_t)len);
		const uint32_t net = rib_find(r, &p);

		if (net && rib_net_best(r, net))
			return net;
	}
	return 0;
}

void rib_swap(struct rib *r, struct rib_pretence *p)
{
	struct rib_net *n = rib_net(r, p->net);
	const uint32_t first = n->paths;

	for (uint32_t i = 0; i < p->n; i++) {
		struct rib_path *real = rib_path(r, p->handles[i]);
		const struct rib_path path = *real;

		*real = p->paths[i];
		p->paths[i] = path;
	}
	n->paths = p->first;
	p->first = first;
}
