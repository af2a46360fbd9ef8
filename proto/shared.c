/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/shared.h"

#include "lib/ds/arena.h"

bool shared_next(struct shared_iter *it, struct shared_path *p)
{
	const Vbrd__BgpRoute *r = it->route;
	const uint32_t like = it->i < r->n_like ? r->like[it->i] : 0;

	if ((r->n_like && it->i == r->n_like) || (!like && it->n_full == r->n_paths) ||
		(like && it->n_like == r->n_age))
		return false;
	it->i++;
	*p = (struct shared_path){ .like = like };
	if (like)
		p->age = r->age[it->n_like++];
	else
		p->full = r->paths[it->n_full++];
	return true;
}

/* What stands in full in a message, in order. */
struct full {
	Vbrd__BgpPath **paths;
	size_t n;
};

static void expand(struct arena *a, Vbrd__BgpRoute *r, struct full *f)
{
	struct shared_iter it = shared_paths(r);
	Vbrd__BgpPath **paths = arena_calloc(a, r->n_like + r->n_paths + 1, sizeof(*paths));
	struct shared_path p;
	size_t n = 0;

	while (shared_next(&it, &p)) {
		if (p.full) {
			f->paths[f->n++] = p.full;
		} else if (p.like <= f->n) {
			p.full = arena_memdup(a, f->paths[p.like - 1], sizeof(*p.full));
			p.full->age = p.age; /* unless it has none */
		} else {
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
	struct full f = { 0 };
	size_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += routes[i]->n_paths;
	f.paths = arena_calloc(a, sum + 1, sizeof(*f.paths));
	for (size_t i = 0; i < n; i++)
		expand(a, routes[i], &f);
}
