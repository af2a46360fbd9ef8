/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/shared.h"

#include "lib/ds/arena.h"
#include "proto/server.h"

bool shared_next(struct shared_iter *it, struct shared_path *p)
{
	const Vbrd__BgpRoute *r = it->route;
	const uint32_t like = it->i < r->n_like ? r->like[it->i] : SHARED_LIKE_NONE;
	const bool is_full = like < SHARED_LIKE_FIRST;

	if ((r->n_like && it->i == r->n_like) || (is_full && it->n_full == r->n_paths) ||
		(!is_full && it->n_like == r->n_age))
		return false;
	it->i++;
	*p = (struct shared_path){ .remember = like == SHARED_LIKE_REMEMBERED };
	if (is_full) {
		p->full = r->paths[it->n_full++];
	} else {
		p->back = like - SHARED_LIKE_FIRST + 1;
		p->age = r->age[it->n_like++];
	}
	return true;
}

/* What is to be remembered, in order. */
struct memory {
	Vbrd__BgpPath **paths;
	size_t n;
};

static void expand(struct arena *a, Vbrd__BgpRoute *r, struct memory *m)
{
	struct shared_iter it = shared_paths(r);
	Vbrd__BgpPath **paths = arena_calloc(a, r->n_like + r->n_paths + 1, sizeof(*paths));
	struct shared_path p;
	size_t n = 0;

	while (shared_next(&it, &p)) {
		if (p.remember) {
			m->paths[m->n++] = p.full;
		} else if (!p.full && p.back <= m->n) {
			p.full = arena_memdup(a, m->paths[m->n - p.back], sizeof(*p.full));
			p.full->age = p.age; /* unless it has none */
		} else if (!p.full) {
			break;
		}
		paths[n++] = p.full;
	}
	r->paths = paths;
	r->n_paths = n;
	r->n_like = 0;
	r->n_age = 0;
}

void shared_expand(struct arena *a, Vbrd__BgpRoute **routes, size_t n)
{
	struct memory m = { 0 };
	size_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += routes[i]->n_paths;
	m.paths = arena_calloc(a, sum + 1, sizeof(Vbrd__BgpPath *));
	for (size_t i = 0; i < n; i++)
		expand(a, routes[i], &m);
}

/* Two halves of a route's paths, the first of which has more. False if it has one path. */
static bool halve(const Vbrd__BgpRoute *r, Vbrd__BgpRoute half[2])
{
	const size_t n = r->n_like ? r->n_like : r->n_paths;
	struct shared_iter it = shared_paths(r);
	struct shared_path p;

	if (n < 2)
		return false;
	while (it.i < n / 2 && shared_next(&it, &p))
		;
	half[0] = half[1] = *r;
	half[0].more = half[0].has_more = 1;
	half[0].n_paths = it.n_full;
	half[1].paths += it.n_full;
	half[1].n_paths -= it.n_full;
	if (!r->n_like)
		return true;
	half[0].n_like = it.i;
	half[1].like += it.i;
	half[1].n_like -= it.i;
	half[0].n_age = it.n_like;
	half[1].age += it.n_like;
	half[1].n_age -= it.n_like;
	return true;
}

void shared_reply(struct rpc_call *call, Vbrd__BgpRoute **routes, size_t n)
{
	Vbrd__BgpRoutes m = VBRD__BGP_ROUTES__INIT;
	Vbrd__BgpRoute half[2];

	m.routes = routes;
	m.n_routes = n;
	if (rpc_reply_chunk(call, &m.base) == 0)
		return;
	if (n > 1) {
		shared_reply(call, routes, n / 2);
		shared_reply(call, routes + n / 2, n - n / 2);
	} else if (halve(routes[0], half)) {
		shared_reply(call, (Vbrd__BgpRoute *[]){ &half[0] }, 1);
		shared_reply(call, (Vbrd__BgpRoute *[]){ &half[1] }, 1);
	}
}
