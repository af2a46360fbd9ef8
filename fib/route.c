/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Orders about routes, by runs of one table and family, as they mostly come: the prefixes of a run
 * go down the table side by side, so that the waits for memory overlap, and what is found there is
 * not looked up again. An order changes what its entry wants and queues it.
 */
#include <errno.h>

#include "fib/fib_priv.h"

#define PART_US INT64_C(5000000) /* routes that follow a member come without such a pause */

bool routes_part(struct fib *f)
{
	const bool wait = groups_part(&f->groups);

	if (wait)
		timer_start(&f->part_timer, PART_US);
	return wait;
}

/* An heir of a kernel group has a time after which it parts. */
static void inherit(struct fib *f, struct face *face, uint32_t from)
{
	if (from && face_inherit(&f->groups, face, from) && !timer_is_armed(&f->part_timer))
		timer_start(&f->part_timer, PART_US);
}

static int route_set(struct fib *f, uint32_t feed, struct table *t, const struct fib_msg *m,
	const struct ptable_spot *spot)
{
	const uint32_t h_face = face_get(&f->groups, feed, m->gid, m->pfx.family);
	struct face *face;
	struct entry *e;
	uint32_t h;
	bool stale;

	if (!h_face)
		return -ENOENT;
	face = face_at(&f->groups, h_face);
	h = entry_add_at(f, t, &m->pfx, spot);
	e = entry_at(f, h);
	stale = e->flags & ENTRY_STALE;
	if (stale && e->have)
		face_claim(&f->groups, face, kgroup_at(&f->objects, e->have));
	inherit(f, face, e->want);
	entry_set_want(f, e, h_face);
	if (stale)
		entry_set_state(f, e, 0, 0);
	if (entry_plan(f, e) != ENTRY_PLAN_NONE || !face->kg)
		writer_queue(f, t, &m->pfx, h);
	else if (stale)
		counter_add(&f->stats.adopted, 1);
	return 0;
}

static int route_del(struct fib *f, struct table *t, const struct fib_msg *m, uint32_t h)
{
	struct entry *e;

	/* It may have come with this very run. */
	if (h == PTABLE_NONE || entry_is_idle(f, h))
		h = entry_find(f, t, &m->pfx);
	/* A stale one may be withdrawn too, before it was relearned. */
	if (!h)
		return -ENOENT;
	e = entry_at(f, h);
	entry_set_want(f, e, 0);
	if (e->flags & ENTRY_STALE)
		entry_set_state(f, e, e->flags & ENTRY_FAILED, 0);
	writer_queue(f, t, &m->pfx, h);
	return 0;
}

static uint32_t run_length(const struct fib_msg *const *m, uint32_t n)
{
	uint32_t k = 1;

	while (k < n && fib_msg_is_route(m[k]) && m[k]->table == m[0]->table &&
		m[k]->pfx.family == m[0]->pfx.family)
		k++;
	return k;
}

/* No entry goes while a run is handled, so what was found first is right to its end. */
static void find(const struct fib *f, const struct table *t, const struct fib_msg *const *m,
	uint32_t n, struct ptable_spot *spots)
{
	struct prefix pfx[FIB_MANY];

	_Static_assert(FIB_MANY <= PTABLE_MANY, "a run is found in one go");
	for (uint32_t i = 0; i < n; i++)
		pfx[i] = m[i]->pfx;
	ptable_find_many(t->routes[family_index(pfx[0].family)], pfx, n, spots);
	for (uint32_t i = 0; i < n; i++) {
		if (spots[i].value != PTABLE_NONE)
			prefetch(entry_at(f, spots[i].value));
	}
}

uint32_t routes_handle(struct fib *f, uint32_t feed, const struct fib_msg *const *m, uint32_t n)
{
	struct table *t = table_get(f, m[0]->table);
	struct ptable_spot spots[FIB_MANY];
	uint32_t n_refused = 0;

	n = run_length(m, n);
	if (!t) {
		counter_add(&f->stats.refused, n);
		return n;
	}
	find(f, t, m, n, spots);
	for (uint32_t i = 0; i < n; i++) {
		int ret = -ENOENT;

		if (m[i]->type == FIB_MSG_ROUTE_DEL)
			ret = route_del(f, t, m[i], spots[i].value);
		else if (!t->deleting)
			ret = route_set(f, feed, t, m[i], &spots[i]);
		n_refused += ret < 0;
	}
	if (n_refused)
		counter_add(&f->stats.refused, n_refused);
	return n;
}
