/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From wanted to kernel groups. Ladder for the members of the kernel group of a face:
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
 *
 * Resilient hashing: the kernel remembers which bucket of flows goes to which member in the group
 * object, so the flows of a route stay only if the object does. But when a member comes or goes,
 * the feed gives each route another group, one after the other. So the first route that moves takes
 * the kernel group along: the new face is the old one's heir and uses the same object, which has
 * the members that both want. When the last route has left the elder, the heir has it alone, with
 * all of its members; no route was written. If the elder keeps some, the one with fewer routes gets
 * a new object after a while, and its flows are spread anew.
 *
 * Writing goes in two rounds, nexthops first. What is refused keeps its text and is tried again;
 * the groups are written with what is there.
 */
#include "fib/group.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/xalloc.h"

#define GROUP_HASH_SEED 0x6772 /* "gr" */
#define FLUSH_FACES     FIB_BATCH

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

static void set_broken(struct groups *gs, struct face *f, bool broken)
{
	if (f->broken == broken)
		return;
	f->broken = broken;
	gauge_add(&gs->objects->stats->routes_failed,
		broken ? (int64_t)f->n_routes : -(int64_t)f->n_routes);
}

static void set_error(struct groups *gs, struct face *f, const struct fib_op *op)
{
	char text[FIB_ERROR_SIZE];
	uint16_t error = 0;

	if (op)
		error = errtab_intern(gs->objects->errors, op->error,
			errtab_sentence(op->error, op->text, text, sizeof(text)));
	errtab_release(gs->objects->errors, f->error);
	f->error = error;
}

static void set_dirty(struct groups *gs, struct face *f, bool dirty)
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
	set_dirty(gs, f, true);
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

/*
 * The kernel group is not ours any more, for whatever reason; its routes do not count as
 * installed.
 */
static void drop_kgroup(struct groups *gs, struct face *f)
{
	if (!f->kg)
		return;
	gauge_add(&gs->objects->stats->routes_installed, -(int64_t)f->n_installed);
	f->n_installed = 0;
	kgroup_put(gs->objects, kgroup_at(gs->objects, f->kg));
	f->kg = 0;
	f->stranded = true;
}

/* No heir and no elder any more; the other one has the kernel group for itself. */
static void leave_pair(struct groups *gs, struct face *f)
{
	struct face *other;

	if (!f->elder && !f->heir)
		return;
	other = face_at(gs, f->elder ? f->elder : f->heir);
	f->elder = f->heir = 0;
	other->elder = other->heir = 0;
	set_dirty(gs, other, true);
}

static void face_free(struct groups *gs, struct face *f)
{
	leave_pair(gs, f);
	drop_kgroup(gs, f);
	for (unsigned i = 0; i < f->n_nh; i++) {
		if (f->nh[i])
			knh_put(gs->objects, f->nh[i]);
	}
	set_broken(gs, f, false);
	set_error(gs, f, NULL);
	set_dirty(gs, f, false);
	TAILQ_REMOVE(&gs->all, f, entry);
	f->group->face[family_index(f->family)] = 0;
	intern_unref(gs->by_name, &f->group->node);
	slab_release(&gs->faces, f->h);
}

uint32_t face_get(struct groups *gs, uint32_t feed, uint32_t gid, uint8_t family)
{
	struct group *g = group_find(gs, feed, gid);
	struct face *f;
	uint32_t h;

	if (!g || !g->named)
		return 0;
	h = g->face[family_index(family)];
	f = h ? face_at(gs, h) : face_new(gs, g, family);
	f->n_routes++;
	if (f->broken)
		gauge_add(&gs->objects->stats->routes_failed, 1);
	return f->h;
}

void face_put(struct groups *gs, uint32_t h)
{
	struct face *f = face_at(gs, h);

	assert(f->n_routes);
	f->n_routes--;
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
			set_dirty(gs, f, false);
			f->dirty = true;
			TAILQ_INSERT_HEAD(&gs->dirty, f, dirty_entry);
		}
		live_settle(&gs->lives);
		while (groups_flush(gs, FLUSH_FACES))
			;
	}
	if (live_has_gone(&gs->lives))
		forget_gone(gs);
}

/* Content of the kernel group. */

static bool is_usable(const struct groups *gs, const struct face *f, unsigned i, bool even_dead)
{
	return f->nh[i] && f->nh[i]->up &&
		(even_dead || !live_is_dead(&gs->lives, f->group->want->nh[i].live_key));
}

/* Insert by id; the same nexthop once. */
static uint8_t add_member(struct kmember *m, uint8_t n, struct knh *nh, uint16_t weight)
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

/* The kernel's weights are 1..256. */
static uint16_t weight_of(const struct nexthop *nh)
{
	return nh->weight < 1 ? 1 : nh->weight > 256 ? 256 : nh->weight;
}

static uint8_t add_members(const struct groups *gs, const struct face *f, struct kmember *m,
	bool even_dead)
{
	const struct nhgroup *want = f->group->want;
	const struct knh *hole = NULL;
	uint8_t n = 0;

	for (unsigned i = 0; i < want->n; i++) {
		if (!is_usable(gs, f, i, even_dead))
			continue;
		if (want->nh[i].kind == NEXTHOP_KIND_BLACKHOLE)
			hole = f->nh[i];
		else
			n = add_member(m, n, f->nh[i], weight_of(&want->nh[i]));
	}
	if (!n && hole) {
		for (unsigned i = 0; i < want->n; i++) {
			if (f->nh[i] == hole)
				return add_member(m, 0, f->nh[i], 1);
		}
	}
	return n;
}

/* Is the kernel group made of members (or the backup) of the wanted one? */
static bool holds_only_ours(const struct groups *gs, const struct face *f)
{
	const struct kgroup *g = f->kg ? kgroup_at(gs->objects, f->kg) : NULL;

	for (unsigned i = 0; g && i < g->n; i++) {
		unsigned j = 0;

		while (j < f->n_nh && f->nh[j] != g->m[i].nh)
			j++;
		if (j == f->n_nh)
			return false;
	}
	return g && g->n;
}

/* Of n members of an elder, those that its heir has too: moved to the front. */
static uint8_t common_members(const struct groups *gs, const struct face *f, struct kmember *m,
	uint8_t n)
{
	struct kmember theirs[NHGROUP_MAX + 1];
	const uint8_t n_theirs = add_members(gs, face_at(gs, f->heir), theirs, false);
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

/* The ladder of the file head. m has room for NHGROUP_MAX; 0 when broken. *keep: step 3. */
static uint8_t wanted_members(const struct groups *gs, const struct face *f, struct kmember *m,
	bool *keep)
{
	const struct nhgroup *want = f->group->want;
	uint8_t n = add_members(gs, f, m, false);

	*keep = false;
	if (n)
		return f->heir ? common_members(gs, f, m, n) : n;
	if (want->n_backup && is_usable(gs, f, want->n, false))
		return add_member(m, 0, f->nh[want->n], 1);
	n = add_members(gs, f, m, true);
	*keep = n && holds_only_ours(gs, f);
	return n;
}

static bool is_complete(const struct face *f)
{
	for (unsigned i = 0; i < f->n_nh; i++) {
		if (!f->nh[i] || !f->nh[i]->up)
			return false;
	}
	return true;
}

/* Writing: first round. */

static void nexthops_written(struct groups *gs, uint32_t n)
{
	struct objects *o = gs->objects;
	char text[FIB_ERROR_SIZE];

	objects_write(o, o->ops, n);
	for (uint32_t i = 0; i < n; i++) {
		const struct fib_op *op = &o->ops[i];
		struct knh *nh = op->owner;

		nh->writing = false;
		nh->up = !op->error;
		errtab_release(o->errors, nh->error);
		nh->error = op->error ?
			errtab_intern(o->errors, op->error,
				errtab_sentence(op->error, op->text, text, sizeof(text))) :
			0;
	}
}

static void write_nexthops(struct groups *gs, struct face *const *faces, uint32_t n_faces)
{
	struct objects *o = gs->objects;
	uint32_t n = 0;

	for (uint32_t i = 0; i < n_faces; i++) {
		for (unsigned j = 0; j < faces[i]->n_nh; j++) {
			struct knh *nh = faces[i]->nh[j];

			if (!nh || nh->up || nh->writing)
				continue;
			nh->writing = true;
			o->ops[n] = (struct fib_op){ .kind = FIB_OP_NEXTHOP_SET,
				.id = nh->id,
				.nexthop = nh->key,
				.owner = nh };
			if (++n == FIB_BATCH) {
				nexthops_written(gs, n);
				n = 0;
			}
		}
	}
	nexthops_written(gs, n);
}

/* Writing: second round. */

/* Its routes wait; those that the kernel has with an older group must leave it. */
static void face_is_broken(struct groups *gs, struct face *f)
{
	gs->retry_due = true;
	gs->walk_due |= !f->broken;
	f->stranded = true;
	set_broken(gs, f, true);
}

/* No group can be: say why with the words of the first nexthop. */
static void face_breaks(struct groups *gs, struct face *f)
{
	struct fib_op none = { .error = -ENOSPC, .text = "no kernel nexthop ids are left" };

	leave_pair(gs, f);
	drop_kgroup(gs, f);
	for (unsigned i = 0; i < f->n_nh; i++) {
		if (f->nh[i] && f->nh[i]->error) {
			none.error = errtab_error(gs->objects->errors, f->nh[i]->error);
			(void)errtab_sentence(none.error,
				errtab_text(gs->objects->errors, f->nh[i]->error), none.text,
				sizeof(none.text));
			break;
		}
	}
	set_error(gs, f, &none);
	face_is_broken(gs, f);
}

/* The kernel group is as wanted. */
static void face_settles(struct groups *gs, struct face *f)
{
	set_error(gs, f, NULL);
	set_broken(gs, f, false);
	if (f->stranded)
		gs->walk_due = true;
	f->stranded = false;
	if (!is_complete(f))
		gs->retry_due = true;
}

/* The one with fewer routes goes its own way. */
static void part(struct groups *gs, struct face *elder)
{
	struct face *heir = face_at(gs, elder->heir);
	struct face *f = heir->n_routes < elder->n_routes ? heir : elder;

	leave_pair(gs, f);
	drop_kgroup(gs, f);
	set_dirty(gs, f, true);
}

/* Has it nothing in common with its heir, now that something has changed? */
static bool must_part(const struct groups *gs, const struct face *f)
{
	struct kmember m[NHGROUP_MAX + 1];

	return f->heir && !common_members(gs, f, m, add_members(gs, f, m, false));
}

/* Is there a kernel group that the face could go on with? */
static bool is_of_kind(const struct face *f, const struct kgroup *g)
{
	return g->spread.buckets == f->group->want->spread.buckets &&
		g->spread.idle_s == f->group->want->spread.idle_s;
}

/*
 * Put the group's message in *op if it must be written. A new kernel group is made here and belongs
 * to the face when the kernel took it.
 */
static bool prepare_group(struct groups *gs, struct face *f, struct fib_op *op)
{
	const struct nhspread *spread = &f->group->want->spread;
	struct objects *o = gs->objects;
	struct kmember m[NHGROUP_MAX + 1];
	struct kgroup *g;
	bool keep;
	uint8_t n;

	if (must_part(gs, f))
		part(gs, f);
	if (f->kg && !is_of_kind(f, kgroup_at(o, f->kg))) {
		leave_pair(gs, f);
		drop_kgroup(gs, f);
	}
	n = wanted_members(gs, f, m, &keep);
	if (!n) {
		face_breaks(gs, f);
		return false;
	}
	if (f->elder) {
		set_dirty(gs, face_at(gs, f->elder), true);
		face_settles(gs, f);
		return false;
	}
	g = f->kg ? kgroup_at(o, f->kg) : NULL;
	if (!g && (g = kgroup_find_free(o, m, n, spread)))
		face_claim(gs, f, g);
	if (keep || (g && kgroup_is_equal(g, m, n))) {
		face_settles(gs, f);
		return false;
	}
	if (!g)
		g = kgroup_new(o, spread);
	if (!g) {
		face_breaks(gs, f);
		return false;
	}
	memset(op, 0, sizeof(*op));
	op->kind = FIB_OP_GROUP_SET;
	op->id = g->id;
	op->owner = f;
	op->table = g->h; /* free in this kind: carries the group to group_written */
	op->n_members = n;
	op->spread = *spread;
	for (unsigned i = 0; i < n; i++)
		op->members[i] = (struct fib_member){ .id = m[i].nh->id, .weight = m[i].weight };
	return true;
}

static void group_written(struct groups *gs, const struct fib_op *op)
{
	struct objects *o = gs->objects;
	struct kgroup *g = kgroup_at(o, op->table);
	struct kmember m[NHGROUP_MAX];
	struct face *f = op->owner;

	if (op->error) {
		/* Mostly a nexthop that went meanwhile: look what there is. */
		o->check_due = true;
		gs->retry_due = true;
		if (!f->kg) {
			kgroup_put(o, g);
			face_is_broken(gs, f);
		}
		set_error(gs, f, op);
		return;
	}
	for (unsigned i = 0; i < op->n_members; i++) {
		const struct id_owner *owner = &o->owners[op->members[i].id - FIB_ID_BASE];

		m[i] = (struct kmember){ .nh = owner->nh, .weight = op->members[i].weight };
	}
	kgroup_set_members(o, g, m, op->n_members);
	g->up = true;
	f->kg = g->h;
	face_settles(gs, f);
}

static void write_groups(struct groups *gs, struct face *const *faces, uint32_t n_faces)
{
	struct objects *o = gs->objects;
	uint32_t n = 0;

	assert(n_faces <= FIB_BATCH);
	for (uint32_t i = 0; i < n_faces; i++)
		n += prepare_group(gs, faces[i], &o->ops[n]);
	objects_write(o, o->ops, n);
	for (uint32_t i = 0; i < n; i++)
		group_written(gs, &o->ops[i]);
}

bool groups_flush(struct groups *gs, uint32_t max)
{
	struct face *faces[FLUSH_FACES];
	uint32_t n = 0;

	while (n < max && n < FLUSH_FACES && !TAILQ_EMPTY(&gs->dirty)) {
		faces[n] = TAILQ_FIRST(&gs->dirty);
		set_dirty(gs, faces[n], false);
		n++;
	}
	write_nexthops(gs, faces, n);
	write_groups(gs, faces, n);
	return !TAILQ_EMPTY(&gs->dirty);
}

void face_claim(struct groups *gs, struct face *f, struct kgroup *g)
{
	struct kmember m[NHGROUP_MAX + 1];
	bool keep;
	uint8_t n;

	if (f->kg || g->owned || !g->up || !is_of_kind(f, g))
		return;
	n = wanted_members(gs, f, m, &keep);
	if (!n || !kgroup_is_equal(g, m, n))
		return;
	g->owned = true;
	kgroup_hold(g);
	f->kg = g->h;
}

/*
 * A nexthop may have come up for another face: completeness alone does not say that the
 * group has it.
 */
static bool is_as_wanted(const struct groups *gs, const struct face *f)
{
	struct kmember m[NHGROUP_MAX + 1];
	bool keep;
	uint8_t n;

	if (!f->kg || f->error || !is_complete(f))
		return false;
	if (f->elder)
		return true; /* as the elder is */
	n = wanted_members(gs, f, m, &keep);
	return keep || kgroup_is_equal(kgroup_at(gs->objects, f->kg), m, n);
}

void groups_recheck(struct groups *gs)
{
	struct face *f;

	gs->retry_due = false;
	TAILQ_FOREACH(f, &gs->all, entry) {
		if (f->kg && !kgroup_at(gs->objects, f->kg)->up) {
			leave_pair(gs, f);
			drop_kgroup(gs, f);
		}
		if (!is_as_wanted(gs, f))
			set_dirty(gs, f, true);
	}
}

bool face_inherit(struct groups *gs, struct face *f, uint32_t from)
{
	struct face *elder = from ? face_at(gs, from) : NULL;
	struct kmember m[NHGROUP_MAX + 1];
	const struct kgroup *g;

	if (!elder || !elder->kg || elder->elder || elder->heir || f->kg || f->elder || f->heir)
		return false;
	g = kgroup_at(gs->objects, elder->kg);
	if (!g->spread.buckets || !g->up || elder->family != f->family || !is_of_kind(f, g))
		return false;
	elder->heir = f->h;
	if (!common_members(gs, elder, m, add_members(gs, elder, m, false))) {
		elder->heir = 0;
		return false;
	}
	f->elder = elder->h;
	f->kg = elder->kg;
	kgroup_hold(kgroup_at(gs->objects, f->kg));
	elder->n_routes_then = 0;
	set_dirty(gs, elder, true);
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
			part(gs, f);
		} else {
			f->n_routes_then = f->n_routes;
			wait = true;
		}
	}
	return wait;
}

void groups_fini(struct groups *gs)
{
	struct group *g;
	struct face *f;

	while ((f = TAILQ_FIRST(&gs->all)))
		face_free(gs, f);
	while ((g = TAILQ_FIRST(&gs->all_groups)))
		intern_unref(gs->by_name, &g->node);
	intern_free(gs->by_name);
	slab_fini(&gs->faces);
	lives_fini(&gs->lives);
}
