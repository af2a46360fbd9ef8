/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Slots that keep their place, so that a dump can be continued by index while routes come and go,
 * and shows what a real one would: the past for what it has passed, the present for the rest.
 */
#include "fib/backend/memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "lib/base/xalloc.h"

#define DUMP_STEP 16
#define DEVICES   64

struct route_slot {
	struct fib_dump_route r;
	bool used;
};

struct object_slot {
	struct fib_dump_object o;
	bool used;
};

struct memory {
	struct fib_backend base;
	struct fib_memory_hooks hooks;
	struct fib_memory_stats stats;
	struct route_slot *routes; /* owned */
	uint32_t n_routes;
	struct object_slot *objects; /* owned */
	uint32_t n_objects;
	uint32_t dump_at;
	uint32_t dump_table;
	uint8_t dump_family;
	bool dumping;
	bool link_up[DEVICES];
	uint32_t sink;
	bool kept;
	struct fib_events pending;
	int event_fd;
};

static struct memory *self(struct fib_backend *b)
{
	return container_of(b, struct memory, base);
}

static const struct memory *self_const(const struct fib_backend *b)
{
	return (const void *)b; /* first member */
}

/* Slots. */

static struct route_slot *route_find(const struct memory *m, uint32_t table,
	const struct prefix *pfx, bool guard)
{
	for (uint32_t i = 0; i < m->n_routes; i++) {
		struct route_slot *s = &m->routes[i];

		if (s->used && s->r.table == table && prefix_is_equal(&s->r.pfx, pfx) &&
			(s->r.owner == FIB_OWNER_GUARD) == guard)
			return s;
	}
	return NULL;
}

static void route_put(struct memory *m, const struct fib_dump_route *r)
{
	uint32_t i = 0;

	while (i < m->n_routes && m->routes[i].used)
		i++;
	if (i == m->n_routes) {
		m->routes = xreallocarray(m->routes, m->n_routes + 1, sizeof(m->routes[0]));
		m->n_routes++;
	}
	m->routes[i] = (struct route_slot){ .r = *r, .used = true };
}

static struct object_slot *object_find(const struct memory *m, uint32_t id)
{
	for (uint32_t i = 0; i < m->n_objects; i++) {
		if (m->objects[i].used && m->objects[i].o.id == id)
			return &m->objects[i];
	}
	return NULL;
}

static void object_put(struct memory *m, const struct fib_dump_object *o)
{
	struct object_slot *s = object_find(m, o->id);
	uint32_t i = 0;

	if (s) {
		s->o = *o;
		return;
	}
	while (i < m->n_objects && m->objects[i].used)
		i++;
	if (i == m->n_objects) {
		m->objects = xreallocarray(m->objects, m->n_objects + 1, sizeof(m->objects[0]));
		m->n_objects++;
	}
	m->objects[i] = (struct object_slot){ .o = *o, .used = true };
}

/* What goes takes along. */

static void remove_group(struct memory *m, struct object_slot *g)
{
	g->used = false;
	for (uint32_t i = 0; i < m->n_routes; i++) {
		struct route_slot *s = &m->routes[i];

		if (s->used && s->r.owner == FIB_OWNER_US && s->r.id == g->o.id)
			s->used = false;
	}
}

static void remove_member(struct memory *m, struct object_slot *g, uint32_t id)
{
	unsigned n = 0;

	for (unsigned i = 0; i < g->o.n_members; i++) {
		if (g->o.members[i].id != id)
			g->o.members[n++] = g->o.members[i];
	}
	g->o.n_members = n ? (uint8_t)n : g->o.n_members;
	if (!n)
		remove_group(m, g);
}

static void remove_object(struct memory *m, struct object_slot *s)
{
	const uint32_t id = s->o.id;

	if (s->o.n_members) {
		remove_group(m, s);
		return;
	}
	s->used = false;
	for (uint32_t i = 0; i < m->n_objects; i++) {
		if (m->objects[i].used && m->objects[i].o.n_members)
			remove_member(m, &m->objects[i], id);
	}
}

/* Operations. */

static int say(struct fib_op *op, int error, const char *text)
{
	(void)snprintf(op->text, sizeof(op->text), "%s", text);
	return error;
}

static int set_nexthop(struct memory *m, struct fib_op *op)
{
	struct fib_dump_object o = { .id = op->id, .nexthop = op->nexthop };
	const uint32_t dev = op->nexthop.ifindex;

	if (op->nexthop.kind != NEXTHOP_KIND_BLACKHOLE && (dev >= DEVICES || !m->link_up[dev]))
		return say(op, -ENETDOWN, "Device for nexthop is not up");
	object_put(m, &o);
	return 0;
}

static int set_group(struct memory *m, struct fib_op *op)
{
	const struct object_slot *was = object_find(m, op->id);
	struct fib_dump_object o = { .id = op->id,
		.n_members = op->n_members,
		.spread = op->spread };

	if (was && was->o.n_members && was->o.spread.buckets != op->spread.buckets)
		return say(op, -EINVAL, "Can not change number of buckets");
	for (unsigned i = 0; i < op->n_members; i++) {
		const struct object_slot *s = object_find(m, op->members[i].id);

		if (!s || s->o.n_members)
			return say(op, -EINVAL, "Invalid nexthop id");
		if (s->o.nexthop.kind == NEXTHOP_KIND_BLACKHOLE && op->n_members > 1)
			return say(op, -EINVAL, "Blackhole nexthop can not be used in a group");
		if (op->members[i].weight > NEXTHOP_WEIGHT_MAX)
			return say(op, -EINVAL, "Invalid value for weight");
		for (unsigned j = 0; j < i; j++) {
			if (op->members[j].id == op->members[i].id)
				return say(op, -EINVAL, "Nexthop id can not be used twice");
		}
		o.members[i] = op->members[i];
	}
	if (!op->n_members)
		return -EINVAL;
	object_put(m, &o);
	return 0;
}

static int del_object(struct memory *m, struct fib_op *op)
{
	struct object_slot *s = object_find(m, op->id);

	if (!s)
		return -ENOENT;
	remove_object(m, s);
	return 0;
}

static bool fits(const struct memory *m, const struct object_slot *g, uint8_t family)
{
	for (unsigned i = 0; i < g->o.n_members; i++) {
		const struct object_slot *s = object_find(m, g->o.members[i].id);

		if (family == AF_INET6 && s && s->o.nexthop.family == AF_INET)
			return false;
	}
	return true;
}

static int set_route(struct memory *m, struct fib_op *op)
{
	struct route_slot *s = route_find(m, op->table, &op->pfx, false);
	const struct object_slot *g = object_find(m, op->id);
	const struct fib_dump_route r = { .pfx = op->pfx, .table = op->table, .id = op->id };

	if (!g)
		return say(op, -EINVAL, "Nexthop id does not exist");
	if (!fits(m, g, op->pfx.family))
		return say(op, -EINVAL, "IPv6 routes can not use an IPv4 nexthop");
	if (s && op->kind == FIB_OP_ROUTE_ADD)
		return -EEXIST;
	m->stats.routes++;
	if (!s) {
		route_put(m, &r);
		return 0;
	}
	m->stats.clobbered += s->r.owner != FIB_OWNER_US;
	s->r = r;
	return 0;
}

static int del_route(struct memory *m, struct fib_op *op)
{
	struct route_slot *s = route_find(m, op->table, &op->pfx, false);

	if (!s || s->r.owner != FIB_OWNER_US)
		return -ESRCH;
	s->used = false;
	return 0;
}

static int add_guard(struct memory *m, struct fib_op *op)
{
	const struct fib_dump_route r = { .pfx = op->pfx,
		.table = op->table,
		.owner = FIB_OWNER_GUARD };

	if (route_find(m, op->table, &op->pfx, true))
		return -EEXIST;
	route_put(m, &r);
	return 0;
}

static int del_guard(struct memory *m, struct fib_op *op)
{
	struct route_slot *s = route_find(m, op->table, &op->pfx, true);

	if (!s)
		return -ESRCH;
	s->used = false;
	return 0;
}

static int (*const op_table[])(struct memory *m, struct fib_op *op) = {
	[FIB_OP_ROUTE_ADD] = set_route,
	[FIB_OP_ROUTE_REPLACE] = set_route,
	[FIB_OP_ROUTE_DEL] = del_route,
	[FIB_OP_GUARD_ADD] = add_guard,
	[FIB_OP_GUARD_DEL] = del_guard,
	[FIB_OP_NEXTHOP_SET] = set_nexthop,
	[FIB_OP_GROUP_SET] = set_group,
	[FIB_OP_OBJECT_DEL] = del_object,
};
_Static_assert(ARRAY_SIZE(op_table) == FIB_OP_COUNT, "each operation has its function");

static int memory_write(struct fib_backend *b, struct fib_op *ops, uint32_t n)
{
	struct memory *m = self(b);
	const struct fib_memory_hooks *h = &m->hooks;

	m->stats.writes++;
	for (uint32_t i = 0; i < n; i++) {
		if (h->overrun && h->overrun(h->ctx, i))
			return -ENOBUFS;
		ops[i].text[0] = '\0';
		ops[i].error = h->refuse ? h->refuse(h->ctx, &ops[i]) : 0;
		if (!ops[i].error)
			ops[i].error = op_table[ops[i].kind](m, &ops[i]);
	}
	return 0;
}

static int memory_dump_objects(struct fib_backend *b, fib_object_fn fn, void *ctx)
{
	const struct memory *m = self(b);

	for (uint32_t i = 0; i < m->n_objects; i++) {
		if (m->objects[i].used)
			fn(ctx, &m->objects[i].o);
	}
	return 0;
}

static int memory_dump_start(struct fib_backend *b, uint32_t table, uint8_t family)
{
	struct memory *m = self(b);

	m->dump_at = 0;
	m->dump_table = table;
	m->dump_family = family;
	m->dumping = true;
	return 0;
}

static int memory_dump_step(struct fib_backend *b, fib_route_fn fn, void *ctx)
{
	struct memory *m = self(b);

	if (!m->dumping)
		return -EBADF;
	for (unsigned n = 0; n < DUMP_STEP && m->dump_at < m->n_routes; n++) {
		const struct route_slot *s = &m->routes[m->dump_at++];

		if (!s->used || s->r.pfx.family != m->dump_family)
			continue;
		if (m->dump_table ? s->r.table == m->dump_table : s->r.owner != FIB_OWNER_OTHER)
			fn(ctx, &s->r);
	}
	m->dumping = m->dump_at < m->n_routes;
	return m->dumping;
}

static int memory_event_fd(const struct fib_backend *b)
{
	return self_const(b)->event_fd;
}

static bool memory_is_link_up(const struct fib_backend *b, uint32_t ifindex)
{
	return ifindex < DEVICES && self_const(b)->link_up[ifindex];
}

static int64_t memory_sink(struct fib_backend *b, bool wanted)
{
	struct memory *m = self(b);

	if (!wanted || !m->sink)
		return wanted ? -EOPNOTSUPP : 0;
	m->link_up[m->sink] = true;
	return m->sink;
}

static void memory_events(struct fib_backend *b, struct fib_events *ev)
{
	struct memory *m = self(b);
	uint64_t n;

	(void)!read(m->event_fd, &n, sizeof(n));
	*ev = m->pending;
	m->pending = (struct fib_events){ 0 };
}

void fib_memory_free(struct fib_backend *b)
{
	struct memory *m = self(b);

	close(m->event_fd);
	free(m->routes);
	free(m->objects);
	free(m);
}

static void memory_free(struct fib_backend *b)
{
	if (!self(b)->kept)
		fib_memory_free(b);
}

static const struct fib_backend_ops memory_ops = {
	.write = memory_write,
	.dump_objects = memory_dump_objects,
	.dump_start = memory_dump_start,
	.dump_step = memory_dump_step,
	.event_fd = memory_event_fd,
	.is_link_up = memory_is_link_up,
	.sink = memory_sink,
	.events = memory_events,
	.free = memory_free,
};

struct fib_backend *fib_backend_memory_new(void)
{
	const int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	struct memory *m;

	if (fd < 0)
		return NULL;
	m = xcalloc(1, sizeof(*m));
	m->base.ops = &memory_ops;
	m->event_fd = fd;
	return &m->base;
}

/* For tests. */

void fib_memory_set_hooks(struct fib_backend *b, const struct fib_memory_hooks *hooks)
{
	self(b)->hooks = *hooks;
}

void fib_memory_keep(struct fib_backend *b)
{
	self(b)->kept = true;
}

void fib_memory_sink(struct fib_backend *b, uint32_t ifindex)
{
	self(b)->sink = ifindex;
}

void fib_memory_link(struct fib_backend *b, uint32_t ifindex, bool up, bool silent)
{
	struct memory *m = self(b);
	const uint64_t one = 1;

	m->link_up[ifindex] = up;
	for (uint32_t i = 0; i < m->n_objects && !up; i++) {
		struct object_slot *s = &m->objects[i];

		if (s->used && !s->o.n_members && s->o.nexthop.ifindex == ifindex &&
			s->o.nexthop.kind != NEXTHOP_KIND_BLACKHOLE)
			remove_object(m, s);
	}
	if (silent)
		return;
	fib_events_add_link(&m->pending, ifindex);
	(void)!write(m->event_fd, &one, sizeof(one));
}

void fib_memory_add_foreign(struct fib_backend *b, uint32_t table, const struct prefix *pfx)
{
	const struct fib_dump_route r = { .pfx = *pfx, .table = table, .owner = FIB_OWNER_OTHER };

	if (!route_find(self(b), table, pfx, false))
		route_put(self(b), &r);
}

void fib_memory_del_foreign(struct fib_backend *b, uint32_t table, const struct prefix *pfx)
{
	struct route_slot *s = route_find(self(b), table, pfx, false);

	if (s && s->r.owner == FIB_OWNER_OTHER)
		s->used = false;
}

bool fib_memory_spoil(struct fib_backend *b, uint32_t table, const struct prefix *pfx, uint32_t id)
{
	struct route_slot *s = route_find(self(b), table, pfx, false);

	if (!s || s->r.owner != FIB_OWNER_US)
		return false;
	if (id)
		s->r.id = id;
	else
		s->used = false;
	return true;
}

int fib_memory_route(const struct fib_backend *b, uint32_t table, const struct prefix *pfx,
	struct fib_dump_route *r)
{
	const struct route_slot *s = route_find(self_const(b), table, pfx, false);

	if (!s)
		return -ENOENT;
	*r = s->r;
	return 0;
}

bool fib_memory_has_guard(const struct fib_backend *b, uint32_t table, uint8_t family)
{
	const struct prefix any = prefix_any(family);

	return route_find(self_const(b), table, &any, true);
}

uint32_t fib_memory_count(const struct fib_backend *b, uint32_t table, enum fib_owner owner)
{
	const struct memory *m = self_const(b);
	uint32_t n = 0;

	for (uint32_t i = 0; i < m->n_routes; i++) {
		const struct route_slot *s = &m->routes[i];

		n += s->used && s->r.owner == owner && (!table || s->r.table == table);
	}
	return n;
}

int fib_memory_object(const struct fib_backend *b, uint32_t id, struct fib_dump_object *o)
{
	const struct object_slot *s = object_find(self_const(b), id);

	if (!s)
		return -ENOENT;
	*o = s->o;
	return 0;
}

uint32_t fib_memory_objects(const struct fib_backend *b)
{
	const struct memory *m = self_const(b);
	uint32_t n = 0;

	for (uint32_t i = 0; i < m->n_objects; i++)
		n += m->objects[i].used;
	return n;
}

const struct fib_memory_stats *fib_memory_stats(const struct fib_backend *b)
{
	return &self_const(b)->stats;
}
