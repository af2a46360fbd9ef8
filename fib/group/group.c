/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names and faces, and what the death of a neighbour is for them. Which members a kernel group has
 * is in content.c, its writing in write.c, the inheritance of resilient ones in heir.c.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fib/group/group_int.h"
#include "fib/group/spare.h"
#include "lib/base/xalloc.h"

#define GROUP_HASH_SEED 0x6772 /* "gr" */

struct group_name {
	uint32_t feed;
	uint32_t gid;
};

static bool group_equal(const struct intern_node *node, const void *key)
{
	const struct group *g = (const void *)node; /* first member */
	const struct group_name *name = key;

	return g->feed == name->feed && g->gid == name->gid;
}

static struct intern_node *group_create(void *ctx, const void *key)
{
	struct group *g = xcalloc(1, sizeof(*g));
	const struct group_name *name = key;
	struct groups *gs = ctx;

	g->feed = name->feed;
	g->gid = name->gid;
	TAILQ_INSERT_TAIL(&gs->all_groups, g, entry);
	return &g->node;
}

static void group_destroy(void *ctx, struct intern_node *node)
{
	struct group *g = container_of(node, struct group, node);
	struct groups *gs = ctx;

	if (gs->last == g)
		gs->last = NULL;
	TAILQ_REMOVE(&gs->all_groups, g, entry);
	free(g->want);
	free(g);
}

static const struct intern_ops group_ops = {
	.equal = group_equal,
	.create = group_create,
	.destroy = group_destroy,
};

void groups_init(struct groups *gs, struct objects *objects)
{
	memset(gs, 0, sizeof(*gs));
	gs->objects = objects;
	gs->by_name = intern_new(&group_ops, gs);
	slab_init(&gs->faces, sizeof(struct face));
	TAILQ_INIT(&gs->all_groups);
	TAILQ_INIT(&gs->all);
	TAILQ_INIT(&gs->dirty);
	lives_init(&gs->lives);
}

static uint32_t name_hash(const struct group_name *name)
{
	return intern_hash(name, sizeof(*name), GROUP_HASH_SEED);
}

static struct group *group_find(const struct groups *gs, uint32_t feed, uint32_t gid)
{
	const struct group_name name = { .feed = feed, .gid = gid };
	struct intern_node *node = intern_find(gs->by_name, name_hash(&name), &name);

	return node ? container_of(node, struct group, node) : NULL;
}

/* Gauges that follow a face as a whole. */

static void gauge_add(struct counter *c, int64_t n)
{
	counter_add(c, (uint64_t)n);
}

void face_set_broken(struct groups *gs, struct face *f, bool broken)
{
	if (f->broken == broken)
		return;
	f->broken = broken;
	gauge_add(&gs->objects->stats->routes_failed,
		broken ? (int64_t)f->n_routes : -(int64_t)f->n_routes);
}

void face_set_error(struct groups *gs, struct face *f, const struct fib_op *op)
{
	char text[FIB_ERROR_SIZE];
	uint16_t error = 0;

	if (op)
		error = errtab_intern(gs->objects->errors, op->error,
			errtab_sentence(op->error, op->text, text, sizeof(text)));
	errtab_release(gs->objects->errors, f->error);
	f->error = error;
}

void face_set_dirty(struct groups *gs, struct face *f, bool dirty)
{
	if (f->dirty == dirty)
		return;
	f->dirty = dirty;
	if (dirty)
		TAILQ_INSERT_TAIL(&gs->dirty, f, dirty_entry);
	else
		TAILQ_REMOVE(&gs->dirty, f, dirty_entry);
}

/* Faces. */

static struct fib_nexthop nexthop_key(const struct nexthop *nh, uint8_t family)
{
	struct fib_nexthop key;

	memset(&key, 0, sizeof(key));
	key.kind = nh->kind;
	key.family = nh->kind == NEXTHOP_KIND_GATEWAY ? nh->gw.family : family;
	if (nh->kind != NEXTHOP_KIND_BLACKHOLE)
		key.ifindex = nh->ifindex;
	if (nh->kind == NEXTHOP_KIND_GATEWAY)
		key.gw = nh->gw;
	return key;
}

/* New nexthops first, then the old ones go: what stays in use is not written again. */
static void take_nexthops(struct groups *gs, struct face *f)
{
	const struct nhgroup *want = f->group->want;
	struct knh *old[NHGROUP_MAX + 1];
	const uint8_t n_old = f->n_nh;

	memcpy(old, f->nh, sizeof(old));
	f->n_nh = (uint8_t)(want->n + want->n_backup);
	for (unsigned i = 0; i < f->n_nh; i++) {
		const struct fib_nexthop key = nexthop_key(&want->nh[i], f->family);

		f->nh[i] = knh_get(gs->objects, &key);
	}
	for (unsigned i = 0; i < n_old; i++) {
		if (old[i])
			knh_put(gs->objects, old[i]);
	}
	face_set_dirty(gs, f, true);
}

static struct face *face_new(struct groups *gs, struct group *g, uint8_t family)
{
	const uint32_t h = slab_alloc(&gs->faces);
	struct face *f = face_at(gs, h);

	f->h = h;
	f->group = g;
	f->family = family;
	intern_ref(&g->node);
	g->face[family_index(family)] = h;
	TAILQ_INSERT_TAIL(&gs->all, f, entry);
	take_nexthops(gs, f);
	return f;
}

void face_drop_kgroup(struct groups *gs, struct face *f)
{
	if (!f->kg)
		return;
	gauge_add(&gs->objects->stats->routes_installed, -(int64_t)f->n_installed);
	f->n_installed = 0;
	kgroup_put(gs->objects, kgroup_at(gs->objects, f->kg));
	f->kg = 0;
	f->stranded = true;
}

void face_leave_pair(struct groups *gs, struct face *f)
{
	struct face *other;

	if (!f->elder && !f->heir)
		return;
	other = face_at(gs, f->elder ? f->elder : f->heir);
	f->elder = f->heir = 0;
	other->elder = other->heir = 0;
	face_set_dirty(gs, other, true);
}

static void face_free(struct groups *gs, struct face *f)
{
	face_leave_pair(gs, f);
	face_drop_kgroup(gs, f);
	for (unsigned i = 0; i < f->n_nh; i++) {
		if (f->nh[i])
			knh_put(gs->objects, f->nh[i]);
	}
	face_set_broken(gs, f, false);
	face_set_error(gs, f, NULL);
	face_set_dirty(gs, f, false);
	TAILQ_REMOVE(&gs->all, f, entry);
	f->group->face[family_index(f->family)] = 0;
	intern_unref(gs->by_name, &f->group->node);
	slab_release(&gs->faces, f->h);
}

uint32_t face_get(struct groups *gs, uint32_t feed, uint32_t gid, uint8_t family)
{
	struct group *g = gs->last;
	struct face *f;
	uint32_t h;

	if (!g || g->feed != feed || g->gid != gid)
		g = group_find(gs, feed, gid);
	if (!g || !g->named)
		return 0;
	gs->last = g;
	h = g->face[family_index(family)];
	f = h ? face_at(gs, h) : face_new(gs, g, family);
	f->n_routes++;
	if (f->broken)
		gauge_add(&gs->objects->stats->routes_failed, 1);
	return f->h;
}

void face_put_other(struct groups *gs, struct face *f)
{
	if (f->broken)
		gauge_add(&gs->objects->stats->routes_failed, -1);
	if (!f->n_routes)
		face_free(gs, f);
}

/* Names. */

int groups_set(struct groups *gs, uint32_t feed, uint32_t gid, struct nhgroup *take_want)
{
	const struct group_name name = { .feed = feed, .gid = gid };
	struct group *g = group_find(gs, feed, gid);

	if (!take_want || !gid || !take_want->n || take_want->n > NHGROUP_MAX) {
		free(take_want);
		return -EINVAL;
	}
	if (!g)
		g = container_of(intern_get(gs->by_name, name_hash(&name), &name), struct group,
			node);
	else if (!g->named)
		intern_ref(&g->node);
	g->named = true;
	free(g->want);
	g->want = take_want;
	for (unsigned i = 0; i < 2; i++) {
		if (g->face[i])
			take_nexthops(gs, face_at(gs, g->face[i]));
	}
	return 0;
}

int groups_del(struct groups *gs, uint32_t feed, uint32_t gid)
{
	struct group *g = group_find(gs, feed, gid);

	if (!g || !g->named)
		return -ENOENT;
	g->named = false;
	intern_unref(gs->by_name, &g->node);
	return 0;
}

/* Liveness. */

static bool has_changed(const struct groups *gs, const struct nhgroup *g)
{
	for (unsigned i = 0; i < g->n + g->n_backup; i++) {
		if (live_has_changed(&gs->lives, g->nh[i].live_key))
			return true;
	}
	return false;
}

static void forget_gone(struct groups *gs)
{
	const struct group *g;

	TAILQ_FOREACH(g, &gs->all_groups, entry) {
		for (unsigned i = 0; i < g->want->n + g->want->n_backup; i++)
			live_mark(&gs->lives, g->want->nh[i].live_key);
	}
	live_forget(&gs->lives, mono_now());
}

void groups_follow(struct groups *gs)
{
	struct face *f;

	if (gs->lives.n_changed) {
		/* All faces: thousands at most, and this is a search or two for each. */
		TAILQ_FOREACH(f, &gs->all, entry) {
			if (!has_changed(gs, f->group->want))
				continue;
			/* To the front: others that wait are not as urgent. */
			face_set_dirty(gs, f, false);
			f->dirty = true;
			TAILQ_INSERT_HEAD(&gs->dirty, f, dirty_entry);
		}
		live_settle(&gs->lives);
		while (groups_flush(gs, FIB_BATCH))
			;
	}
	if (live_has_gone(&gs->lives))
		forget_gone(gs);
}

void groups_fini(struct groups *gs)
{
	struct group *g;
	struct face *f;

	while ((f = TAILQ_FIRST(&gs->all)))
		face_free(gs, f);
	while ((g = TAILQ_FIRST(&gs->all_groups)))
		intern_unref(gs->by_name, &g->node);
	spare_stop(gs);
	intern_free(gs->by_name);
	slab_fini(&gs->faces);
	lives_fini(&gs->lives);
}
