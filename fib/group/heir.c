/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Resilient hashing: the kernel remembers which bucket of flows goes to which member in the group
 * object, so the flows of a route stay only if the object does. But when a member comes or goes,
 * the feed gives each route another group, one after the other. So the first route that moves takes
 * the kernel group along: the new face is the old one's heir and uses the same object, which has
 * the members that both want. When the last route has left the elder, the heir has it alone, with
 * all of its members; no route was written. If the elder keeps some, the one with fewer routes gets
 * a new object after a while, and its flows are spread anew.
 */
#include "fib/group/group_int.h"

void heir_part(struct groups *gs, struct face *elder)
{
	struct face *heir = face_at(gs, elder->heir);
	struct face *f = heir->n_routes < elder->n_routes ? heir : elder;

	face_leave_pair(gs, f);
	face_drop_kgroup(gs, f);
	face_set_dirty(gs, f, true);
}

bool heir_must_part(const struct groups *gs, const struct face *f)
{
	struct kmember m[NHGROUP_MAX + 1];

	return f->heir && !content_common(gs, f, m, content_members(gs, f, m, false));
}

bool face_inherit(struct groups *gs, struct face *f, uint32_t from)
{
	struct face *elder = from ? face_at(gs, from) : NULL;
	struct kmember m[NHGROUP_MAX + 1];
	const struct kgroup *g;

	if (!elder || !elder->kg || elder->elder || elder->heir || f->kg || f->elder || f->heir)
		return false;
	g = kgroup_at(gs->objects, elder->kg);
	if (!elder->group->want->spread.buckets || !g->up || elder->family != f->family ||
		!content_is_of_kind(gs, f, g))
		return false;
	elder->heir = f->h;
	if (!content_common(gs, elder, m, content_members(gs, elder, m, false))) {
		elder->heir = 0;
		return false;
	}
	f->elder = elder->h;
	f->kg = elder->kg;
	kgroup_hold(gs->objects, kgroup_at(gs->objects, f->kg));
	elder->n_routes_then = 0;
	face_set_dirty(gs, elder, true);
	return true;
}

bool groups_part(struct groups *gs)
{
	bool wait = false;
	struct face *f;

	TAILQ_FOREACH(f, &gs->all, entry) {
		if (!f->heir)
			continue;
		/* As long as routes leave it, all of them may. */
		if (f->n_routes == f->n_routes_then) {
			heir_part(gs, f);
		} else {
			f->n_routes_then = f->n_routes;
			wait = true;
		}
	}
	return wait;
}
