/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nexthops are interned by what they are; groups are not: two wanted groups with the same members
 * keep two kernel groups, because each of them may change in place without the other. (Sharing them
 * would need copy-on-write and re-pointed routes, for a case that feeds avoid by interning on their
 * side.)
 *
 * Order in the kernel: a nexthop is removed only when no group holds it, a group only when no route
 * refers to it, since the kernel would silently take the group, or the routes, along. User counts
 * give that order: a group is a user of its members for as long as the kernel has it that way.
 */
#include "fib/group/object.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/xalloc.h"

#define KNH_HASH_SEED 0x6b6e /* "kn" */
#define WRITE_TRIES   3      /* after answers were dropped */

_Static_assert(sizeof(struct fib_nexthop) == 24, "compared with memcmp: no hidden padding");

static bool knh_equal(const struct intern_node *node, const void *key)
{
	const struct knh *nh = (const void *)node; /* first member */

	return memcmp(&nh->key, key, sizeof(nh->key)) == 0;
}

static struct intern_node *knh_create(void *ctx, const void *key)
{
	struct knh *nh = xcalloc(1, sizeof(*nh));

	(void)ctx;
	memcpy(&nh->key, key, sizeof(nh->key));
	return &nh->node;
}

static void knh_destroy(void *ctx, struct intern_node *node)
{
	(void)ctx;
	free(container_of(node, struct knh, node));
}

static const struct intern_ops knh_ops = {
	.equal = knh_equal,
	.create = knh_create,
	.destroy = knh_destroy,
};

void objects_init(struct objects *o, struct fib_backend *backend, struct fib_stats *stats,
	struct errtab *errors)
{
	memset(o, 0, sizeof(*o));
	o->backend = backend;
	o->stats = stats;
	o->errors = errors;
	o->nexthops = intern_new(&knh_ops, NULL);
	slab_init(&o->groups, sizeof(struct kgroup));
	TAILQ_INIT(&o->all_nexthops);
	TAILQ_INIT(&o->all_groups);
	TAILQ_INIT(&o->idle_nexthops);
	TAILQ_INIT(&o->idle_groups);
	bitmap_init(&o->ids);
	o->adopting = true;
}

/* Ids. */

static uint32_t id_take(struct objects *o)
{
	for (uint32_t i = 0; i < FIB_ID_COUNT; i++) {
		const uint32_t bit = (o->next_id + i) % FIB_ID_COUNT;

		if (bitmap_set(&o->ids, bit)) {
			o->next_id = bit + 1;
			return FIB_ID_BASE + bit;
		}
	}
	return 0;
}

static void id_release(struct objects *o, uint32_t id)
{
	const uint32_t i = id - FIB_ID_BASE;

	(void)bitmap_clear(&o->ids, i);
	if (i < o->n_owners)
		o->owners[i] = (struct id_owner){ 0 };
}

static struct id_owner *id_owner(struct objects *o, uint32_t id)
{
	const uint32_t i = id - FIB_ID_BASE;
	uint32_t n = o->n_owners ? o->n_owners : 64;

	while (n <= i)
		n *= 2;
	if (n > o->n_owners) {
		o->owners = xreallocarray(o->owners, n, sizeof(o->owners[0]));
		memset(&o->owners[o->n_owners], 0, (n - o->n_owners) * sizeof(o->owners[0]));
		o->n_owners = n;
	}
	return &o->owners[i];
}

static struct knh *nexthop_by_id(const struct objects *o, uint32_t id)
{
	const uint32_t i = id - FIB_ID_BASE;

	return i < o->n_owners ? o->owners[i].nh : NULL;
}

struct kgroup *kgroup_by_id(const struct objects *o, uint32_t id)
{
	const uint32_t i = id - FIB_ID_BASE;

	return i < o->n_owners ? o->owners[i].group : NULL;
}

/* Nexthops. */

static void set_idle_nexthop(struct objects *o, struct knh *nh, bool idle)
{
	if (nh->idle == idle)
		return;
	nh->idle = idle;
	if (idle)
		TAILQ_INSERT_TAIL(&o->idle_nexthops, nh, idle_entry);
	else
		TAILQ_REMOVE(&o->idle_nexthops, nh, idle_entry);
}

/* The known nexthop of this key, or a new one (id 0) without users. */
static struct knh *knh_known(struct objects *o, const struct fib_nexthop *key)
{
	const uint32_t hash = intern_hash(key, sizeof(*key), KNH_HASH_SEED);
	struct intern_node *node = intern_find(o->nexthops, hash, key);
	struct knh *nh;

	if (node)
		return container_of(node, struct knh, node);
	nh = container_of(intern_get(o->nexthops, hash, key), struct knh, node);
	TAILQ_INSERT_TAIL(&o->all_nexthops, nh, entry);
	counter_add(&o->stats->nexthops, 1);
	return nh;
}

static void knh_forget(struct objects *o, struct knh *nh)
{
	set_idle_nexthop(o, nh, false);
	errtab_release(o->errors, nh->error);
	if (nh->id)
		id_release(o, nh->id);
	TAILQ_REMOVE(&o->all_nexthops, nh, entry);
	counter_add(&o->stats->nexthops, (uint64_t)-1);
	intern_unref(o->nexthops, &nh->node);
}

struct knh *knh_get(struct objects *o, const struct fib_nexthop *key)
{
	struct knh *nh = knh_known(o, key);

	if (!nh->id) {
		nh->id = id_take(o);
		if (!nh->id) {
			knh_forget(o, nh);
			return NULL;
		}
		id_owner(o, nh->id)->nh = nh;
	}
	set_idle_nexthop(o, nh, false);
	nh->users++;
	return nh;
}

void knh_put(struct objects *o, struct knh *nh)
{
	assert(nh->users);
	if (--nh->users == 0)
		set_idle_nexthop(o, nh, true);
}

/* Groups. */

static void set_idle_group(struct objects *o, struct kgroup *g, bool idle)
{
	if (g->idle == idle)
		return;
	g->idle = idle;
	if (idle)
		TAILQ_INSERT_TAIL(&o->idle_groups, g, idle_entry);
	else
		TAILQ_REMOVE(&o->idle_groups, g, idle_entry);
}

static struct kgroup *kgroup_add(struct objects *o, uint32_t id)
{
	const uint32_t h = slab_alloc(&o->groups);
	struct kgroup *g = kgroup_at(o, h);

	g->h = h;
	g->id = id;
	id_owner(o, id)->group = g;
	TAILQ_INSERT_TAIL(&o->all_groups, g, entry);
	counter_add(&o->stats->groups, 1);
	return g;
}

struct kgroup *kgroup_new(struct objects *o, const struct nhspread *spread)
{
	const uint32_t id = id_take(o);
	struct kgroup *g;

	if (!id)
		return NULL;
	g = kgroup_add(o, id);
	g->users = 1;
	g->owned = true;
	g->spread = *spread;
	return g;
}

static void kgroup_forget(struct objects *o, struct kgroup *g)
{
	kgroup_set_members(o, g, NULL, 0);
	set_idle_group(o, g, false);
	id_release(o, g->id);
	TAILQ_REMOVE(&o->all_groups, g, entry);
	counter_add(&o->stats->groups, (uint64_t)-1);
	slab_release(&o->groups, g->h);
}

void kgroup_unused(struct objects *o, struct kgroup *g)
{
	if (!(g->adopted && o->adopting))
		set_idle_group(o, g, true);
}

void kgroup_used(struct objects *o, struct kgroup *g)
{
	set_idle_group(o, g, false);
}

void kgroup_set_members(struct objects *o, struct kgroup *g, const struct kmember *m, uint8_t n)
{
	struct kmember old[NHGROUP_MAX];
	const uint8_t n_old = g->n;

	memcpy(old, g->m, sizeof(old));
	for (unsigned i = 0; i < n; i++) {
		g->m[i] = m[i];
		set_idle_nexthop(o, m[i].nh, false);
		m[i].nh->users++;
	}
	g->n = n;
	for (unsigned i = 0; i < n_old; i++)
		knh_put(o, old[i].nh);
}

static int compare_members(const void *a, const void *b)
{
	const struct kmember *ma = a;
	const struct kmember *mb = b;

	return (ma->nh->id > mb->nh->id) - (ma->nh->id < mb->nh->id);
}

void kgroup_sort(struct kmember *m, uint8_t n)
{
	qsort(m, n, sizeof(m[0]), compare_members);
}

bool kgroup_is_equal(const struct kgroup *g, const struct kmember *m, uint8_t n)
{
	if (g->n != n)
		return false;
	for (unsigned i = 0; i < n; i++) {
		if (g->m[i].nh != m[i].nh || g->m[i].weight != m[i].weight)
			return false;
	}
	return true;
}

struct kgroup *kgroup_find_free(const struct objects *o, const struct kmember *m, uint8_t n,
	const struct nhspread *spread)
{
	struct kgroup *g;

	if (!o->adopting)
		return NULL;
	TAILQ_FOREACH(g, &o->all_groups, entry) {
		if (!g->owned && g->up && kgroup_is_equal(g, m, n) &&
			nhspread_is_equal(&g->spread, spread))
			return g;
	}
	return NULL;
}

/* Writing. */

/* Refused because its line is down, which is told as such: no fault of the kernel's or ours. */
static bool is_of_a_dead_line(const struct fib_op *op)
{
	return op->kind == FIB_OP_NEXTHOP_SET && op->error == -ENETDOWN;
}

void objects_write(struct objects *o, struct fib_op *ops, uint32_t n)
{
	int ret = 0;

	if (!n)
		return;
	for (unsigned i = 0; i < WRITE_TRIES; i++) {
		ret = o->backend->ops->write(o->backend, ops, n);
		if (ret != -ENOBUFS)
			break;
		counter_add(&o->stats->overruns, 1);
		o->check_due = true;
	}
	for (uint32_t i = 0; i < n; i++) {
		if (ret) {
			ops[i].error = ret;
			ops[i].text[0] = '\0';
		}
		if (ops[i].error && ops[i].kind != FIB_OP_OBJECT_DEL && !is_of_a_dead_line(&ops[i]))
			counter_add(&o->stats->errors, 1);
	}
}

/* Adoption. */

static void adopt_nexthop(void *ctx, const struct fib_dump_object *d)
{
	struct objects *o = ctx;
	struct knh *nh;

	(void)bitmap_set(&o->ids, d->id - FIB_ID_BASE);
	if (d->n_members)
		return;
	nh = knh_known(o, &d->nexthop);
	if (nh->id)
		return; /* a second one of the same kind: a stray, removed later */
	nh->id = d->id;
	nh->up = true;
	id_owner(o, nh->id)->nh = nh;
}

/* The members that a dump shows, as nexthops that we know. False when there is one we do not. */
static bool resolve(const struct objects *o, const struct fib_dump_object *d, struct kmember *m)
{
	if (d->n_members > NHGROUP_MAX)
		return false;
	for (unsigned i = 0; i < d->n_members; i++) {
		m[i] = (struct kmember){ .nh = nexthop_by_id(o, d->members[i].id),
			.weight = d->members[i].weight };
		if (!m[i].nh)
			return false;
	}
	kgroup_sort(m, d->n_members);
	return true;
}

static void adopt_group(void *ctx, const struct fib_dump_object *d)
{
	struct kmember m[NHGROUP_MAX];
	struct objects *o = ctx;
	struct kgroup *g;

	if (!d->n_members || kgroup_by_id(o, d->id))
		return;
	g = kgroup_add(o, d->id);
	g->up = true;
	g->adopted = true;
	g->spread = d->spread;
	if (resolve(o, d, m))
		kgroup_set_members(o, g, m, d->n_members);
}

int objects_adopt(struct objects *o)
{
	/* Twice, because a group may be shown before its members. */
	int ret = o->backend->ops->dump_objects(o->backend, adopt_nexthop, o);

	return ret ? ret : o->backend->ops->dump_objects(o->backend, adopt_group, o);
}

void objects_adopt_end(struct objects *o)
{
	struct kgroup *g;
	struct knh *nh;

	if (!o->adopting)
		return;
	o->adopting = false;
	o->check_due = true; /* to find the strays */
	TAILQ_FOREACH(g, &o->all_groups, entry) {
		if (!g->users)
			set_idle_group(o, g, true);
	}
	TAILQ_FOREACH(nh, &o->all_nexthops, entry) {
		if (!nh->users)
			set_idle_nexthop(o, nh, true);
	}
}

/* Check. */

static void stray_found(struct objects *o, uint32_t id)
{
	if (o->n_strays == o->cap_strays) {
		o->cap_strays = o->cap_strays ? o->cap_strays * 2 : 64;
		o->strays = xreallocarray(o->strays, o->cap_strays, sizeof(o->strays[0]));
	}
	o->strays[o->n_strays++] = id;
}

/* Nothing but members of the group, as they are there? Both by id. */
static bool is_part(const struct kgroup *g, const struct kmember *m, uint8_t n)
{
	unsigned at = 0;

	for (unsigned i = 0; i < n; i++, at++) {
		while (at < g->n && g->m[at].nh != m[i].nh)
			at++;
		if (at == g->n || g->m[at].weight != m[i].weight)
			return false;
	}
	return true;
}

static void check_group(struct objects *o, const struct fib_dump_object *d)
{
	struct kgroup *g = kgroup_by_id(o, d->id);
	struct kmember m[NHGROUP_MAX];

	if (!g) {
		stray_found(o, d->id);
		return;
	}
	g->seen = true;
	if (!g->up || !g->n)
		return;
	if (resolve(o, d, m) && is_part(g, m, d->n_members) &&
		nhspread_is_equal(&g->spread, &d->spread)) {
		g->n_seen = d->n_members;
		return;
	}
	kgroup_set_members(o, g, NULL, 0);
	o->marked = true;
}

static void check_object(void *ctx, const struct fib_dump_object *d)
{
	struct objects *o = ctx;
	struct knh *nh;

	if (d->n_members) {
		check_group(o, d);
		return;
	}
	nh = nexthop_by_id(o, d->id);
	if (!nh)
		stray_found(o, d->id);
	else
		nh->seen = memcmp(&nh->key, &d->nexthop, sizeof(nh->key)) == 0;
}

/* The kernel removes the nexthops of a device that goes down or loses its carrier. */
static bool went_with_its_line(const struct objects *o, const struct knh *nh)
{
	return nh->key.ifindex && !nh->is_sink &&
		(nh->shaken || !o->backend->ops->is_link_up(o->backend, nh->key.ifindex));
}

/*
 * What the dump did not show is gone. It is drift unless we know why: a nexthop goes with its line,
 * and a group loses the members that went, and goes itself with the last one.
 */
static void mark_missing(struct objects *o)
{
	struct kgroup *g;
	struct knh *nh;

	TAILQ_FOREACH(nh, &o->all_nexthops, entry) {
		if (nh->up && !nh->seen) {
			o->marked |= !went_with_its_line(o, nh);
			nh->up = false;
		}
		nh->shaken = false;
	}
	TAILQ_FOREACH(g, &o->all_groups, entry) {
		unsigned left = 0;

		if (!g->up)
			continue;
		for (unsigned i = 0; i < g->n; i++)
			left += g->m[i].nh->seen;
		g->up = g->seen;
		if (g->n == g->n_seen)
			continue;
		o->marked |= left != g->n_seen;
		kgroup_set_members(o, g, NULL, 0);
	}
}

static void remove_strays(struct objects *o)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < o->n_strays; i++) {
		o->ops[n].kind = FIB_OP_OBJECT_DEL;
		o->ops[n++].id = o->strays[i];
		if (n == FIB_BATCH || i + 1 == o->n_strays) {
			objects_write(o, o->ops, n);
			n = 0;
		}
	}
	for (uint32_t i = 0; i < o->n_strays; i++)
		id_release(o, o->strays[i]);
}

void objects_line_event(struct objects *o, uint32_t ifindex)
{
	struct knh *nh;

	TAILQ_FOREACH(nh, &o->all_nexthops, entry)
		nh->shaken |= !ifindex || nh->key.ifindex == ifindex;
}

int objects_check(struct objects *o)
{
	struct kgroup *g;
	struct knh *nh;
	int ret;

	o->check_due = false;
	o->marked = false;
	o->n_strays = 0;
	TAILQ_FOREACH(nh, &o->all_nexthops, entry)
		nh->seen = false;
	TAILQ_FOREACH(g, &o->all_groups, entry) {
		g->seen = false;
		g->n_seen = 0;
	}
	ret = o->backend->ops->dump_objects(o->backend, check_object, o);
	if (ret < 0) {
		o->check_due = true;
		return ret;
	}
	mark_missing(o);
	/* In the time of adoption an unknown object may be somebody's for good reason: wait. */
	if (!o->adopting)
		remove_strays(o);
	return o->marked;
}

/* Collection. */

/* Gone from the kernel, by us or before us? */
static bool is_gone(const struct fib_op *op)
{
	return !op->error || op->error == -ENOENT;
}

static uint32_t collect_groups(struct objects *o)
{
	struct kgroup *g = TAILQ_FIRST(&o->idle_groups);
	uint32_t n = 0;
	bool refused = false;

	while (g && n < FIB_BATCH) {
		struct kgroup *next = TAILQ_NEXT(g, idle_entry);

		assert(!g->users);
		if (g->up) {
			o->ops[n] = (struct fib_op){ .kind = FIB_OP_OBJECT_DEL,
				.id = g->id,
				.owner = g };
			n++;
		} else {
			kgroup_forget(o, g);
		}
		g = next;
	}
	objects_write(o, o->ops, n);
	for (uint32_t i = 0; i < n; i++) {
		if (is_gone(&o->ops[i]))
			kgroup_forget(o, o->ops[i].owner);
		else
			refused = true;
	}
	return refused ? UINT32_MAX : n;
}

static uint32_t collect_nexthops(struct objects *o)
{
	struct knh *nh = TAILQ_FIRST(&o->idle_nexthops);
	uint32_t n = 0;
	bool refused = false;

	while (nh && n < FIB_BATCH) {
		struct knh *next = TAILQ_NEXT(nh, idle_entry);

		if (nh->up) {
			o->ops[n] = (struct fib_op){ .kind = FIB_OP_OBJECT_DEL,
				.id = nh->id,
				.owner = nh };
			n++;
		} else {
			knh_forget(o, nh);
		}
		nh = next;
	}
	objects_write(o, o->ops, n);
	for (uint32_t i = 0; i < n; i++) {
		if (is_gone(&o->ops[i]))
			knh_forget(o, o->ops[i].owner);
		else
			refused = true;
	}
	return refused ? UINT32_MAX : n;
}

bool objects_collect(struct objects *o)
{
	uint32_t n;

	if (!objects_has_idle(o))
		return false;
	n = collect_groups(o);
	if (n == 0)
		n = collect_nexthops(o);
	/* A refusal ends the round; the retry timer begins the next. */
	return n != UINT32_MAX && objects_has_idle(o);
}

bool objects_has_idle(const struct objects *o)
{
	return !TAILQ_EMPTY(&o->idle_groups) || !TAILQ_EMPTY(&o->idle_nexthops);
}

void objects_fini(struct objects *o)
{
	struct kgroup *g;
	struct knh *nh;

	while ((g = TAILQ_FIRST(&o->all_groups)))
		kgroup_forget(o, g);
	while ((nh = TAILQ_FIRST(&o->all_nexthops)))
		knh_forget(o, nh);
	intern_free(o->nexthops);
	slab_fini(&o->groups);
	bitmap_fini(&o->ids);
	free(o->owners);
	free(o->strays);
}
