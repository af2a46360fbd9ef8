/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entries as others see them. The state is derived, never stored.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fib/fib_priv.h"

static enum fib_state state_of(const struct fib *f, const struct entry *e)
{
	const struct face *face = e->want ? face_at(&f->groups, e->want) : NULL;

	if (!face)
		return e->flags & ENTRY_STALE ? FIB_STATE_STALE : FIB_STATE_PENDING;
	if (e->flags & ENTRY_FAILED || face->broken)
		return FIB_STATE_FAILED;
	return entry_is_installed(f, e) ? FIB_STATE_INSTALLED : FIB_STATE_PENDING;
}

static uint32_t dead_members(const struct fib *f, const struct face *face)
{
	const struct nhgroup *want = face->group->want;
	uint32_t dead = 0;

	for (unsigned i = 0; i < want->n; i++) {
		if (!face->nh[i] || !face->nh[i]->up ||
			live_is_dead(&f->groups.lives, want->nh[i].live_key))
			dead |= 1u << i;
	}
	return dead;
}

/* What an earlier run left, as far as its objects are known. */
static void group_of_kernel(const struct kgroup *kg, struct nhgroup *g)
{
	nhgroup_init(g);
	g->spread = kg->spread;
	for (unsigned i = 0; i < kg->n; i++) {
		const struct fib_nexthop *key = &kg->m[i].nh->key;
		struct nexthop nh = nexthop_blackhole();

		if (key->kind == NEXTHOP_KIND_GATEWAY)
			nh = nexthop_gateway(key->ifindex, &key->gw, 0);
		else if (key->kind == NEXTHOP_KIND_DEVICE)
			nh = nexthop_device(key->ifindex);
		nh.weight = kg->m[i].weight;
		(void)nhgroup_add(g, &nh);
	}
}

static void fill(const struct fib *f, const struct prefix *pfx, const struct entry *e,
	struct fib_route_view *r)
{
	const struct face *face = e->want ? face_at(&f->groups, e->want) : NULL;
	uint16_t error = e->error;

	memset(r, 0, sizeof(*r));
	r->pfx = *pfx;
	r->state = state_of(f, e);
	r->since_us = (int64_t)e->since_ds * 100000;
	if (face) {
		r->group = *face->group->want;
		r->dead = dead_members(f, face);
		if (!error)
			error = face->error;
	} else if (e->have) {
		group_of_kernel(kgroup_at(&f->objects, e->have), &r->group);
	}
	r->code = errtab_error(&f->errors, error);
	(void)snprintf(r->error, sizeof(r->error), "%s", errtab_text(&f->errors, error));
}

int fib_get(const struct fib *f, uint32_t table, const struct prefix *pfx, struct fib_route_view *r)
{
	const struct table *t = table_get(f, table);
	const struct entry *e = t ? entry_get(f, t, pfx) : NULL;

	if (!e)
		return -ENOENT;
	fill(f, pfx, e, r);
	return 0;
}

struct viewer {
	const struct fib *f;
	const struct fib_walk *walk;
};

static bool visit(void *ctx, const struct prefix *pfx, uint32_t h)
{
	const struct viewer *v = ctx;
	struct fib_route_view r;

	if (entry_is_idle(v->f, h))
		return true;
	fill(v->f, pfx, entry_at(v->f, h), &r);
	v->walk->fn(v->walk->ctx, &r);
	return true;
}

uint32_t fib_walk(const struct fib *f, const struct fib_walk *w, struct prefix *key)
{
	const struct table *t = table_get(f, w->table);
	struct viewer v = { .f = f, .walk = w };

	if (!t)
		return 0;
	return ptable_walk(t->routes[family_index(key->family)], key, w->inclusive, w->max, visit,
		&v);
}
