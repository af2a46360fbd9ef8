/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which members the kernel group of a face has. A ladder:
 *
 *	1. members whose neighbour is alive and whose nexthop is up
 *	2. else the backup, under the same conditions
 *	3. else, if a member is up and the kernel has a group of such members: leave it. The feed
 *	   hears of the death as we do and withdraws or re-points the routes; to remove them here
 *	   would only make two orders out of one, and packets have nowhere else to go in either case
 *	4. else any member that is up
 *	5. else the face is broken: its routes leave the kernel until a device comes up
 *
 * A blackhole beside others is left out: the kernel has none in groups of several, and a way out is
 * better than none. Members that share a nexthop (two neighbours, one gateway) count once, with the
 * larger weight.
 */
#include <string.h>

#include "fib/group/group_int.h"
#include "fib/group/spare.h"

bool content_is_usable(const struct groups *gs, const struct face *f, unsigned i, bool even_dead)
{
	return f->nh[i] && f->nh[i]->up &&
		(even_dead || !live_is_dead(&gs->lives, f->group->want->nh[i].live_key));
}

uint8_t content_add(struct kmember *m, uint8_t n, struct knh *nh, uint16_t weight)
{
	unsigned i = 0;

	while (i < n && m[i].nh->id < nh->id)
		i++;
	if (i < n && m[i].nh == nh) {
		if (m[i].weight < weight)
			m[i].weight = weight;
		return n;
	}
	memmove(&m[i + 1], &m[i], (n - i) * sizeof(m[0]));
	m[i] = (struct kmember){ .nh = nh, .weight = weight };
	return (uint8_t)(n + 1);
}

static uint16_t weight_of(const struct nexthop *nh)
{
	return nh->weight < 1                   ? 1 :
		nh->weight > NEXTHOP_WEIGHT_MAX ? NEXTHOP_WEIGHT_MAX :
						  nh->weight;
}

uint8_t content_members(const struct groups *gs, const struct face *f, struct kmember *m,
	bool even_dead)
{
	const struct nhgroup *want = f->group->want;
	const struct knh *hole = NULL;
	uint8_t n = 0;

	for (unsigned i = 0; i < want->n; i++) {
		if (!content_is_usable(gs, f, i, even_dead))
			continue;
		if (want->nh[i].kind == NEXTHOP_KIND_BLACKHOLE)
			hole = f->nh[i];
		else
			n = content_add(m, n, f->nh[i], weight_of(&want->nh[i]));
	}
	if (!n && hole) {
		for (unsigned i = 0; i < want->n; i++) {
			if (f->nh[i] == hole)
				return content_add(m, 0, f->nh[i], 1);
		}
	}
	return n;
}

/* Is the kernel group made of members (or the backup) of the wanted one? */
static bool holds_only_ours(const struct groups *gs, const struct face *f)
{
	const struct kgroup *g = f->kg ? kgroup_at(gs->objects, f->kg) : NULL;
	unsigned n = 0;

	for (unsigned i = 0; g && i < g->n; i++) {
		unsigned j = 0;

		while (j < f->n_nh && f->nh[j] != g->m[i].nh)
			j++;
		if (j == f->n_nh && g->m[i].nh != gs->sink)
			return false;
		n += j < f->n_nh;
	}
	return n;
}

uint8_t content_common(const struct groups *gs, const struct face *f, struct kmember *m, uint8_t n)
{
	struct kmember theirs[NHGROUP_MAX + 1];
	const uint8_t n_theirs = content_members(gs, face_at(gs, f->heir), theirs, false);
	uint8_t kept = 0;

	for (unsigned i = 0; i < n; i++) {
		unsigned j = 0;

		while (j < n_theirs && theirs[j].nh != m[i].nh)
			j++;
		if (j < n_theirs)
			m[kept++] = m[i];
	}
	return kept;
}

static uint8_t wanted_members(const struct groups *gs, const struct face *f, struct kmember *m,
	bool *keep)
{
	const struct nhgroup *want = f->group->want;
	uint8_t n = content_members(gs, f, m, false);

	*keep = false;
	if (n)
		return f->heir ? content_common(gs, f, m, n) : n;
	if (want->n_backup && content_is_usable(gs, f, want->n, false))
		return content_add(m, 0, f->nh[want->n], 1);
	n = content_members(gs, f, m, true);
	*keep = n && holds_only_ours(gs, f);
	return n;
}

uint8_t content_of(const struct groups *gs, const struct face *f, struct kmember *m, bool *keep)
{
	const uint8_t n = wanted_members(gs, f, m, keep);

	return *keep ? n : spare_add(gs, f, m, n);
}

bool content_is_complete(const struct face *f)
{
	for (unsigned i = 0; i < f->n_nh; i++) {
		if (!f->nh[i] || !f->nh[i]->up)
			return false;
	}
	return true;
}

bool content_is_of_kind(const struct groups *gs, const struct face *f, const struct kgroup *g)
{
	const struct nhspread spread = spare_spread(gs, f->group->want);

	return nhspread_is_equal(&g->spread, &spread);
}
