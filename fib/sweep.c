/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Removal by what the kernel shows, not by what we remember: for the shutdown that leaves nothing,
 * and for tables of tenants that were deleted while we were away. Synchronous: dump and delete in
 * turns. A dump that we disturb ourselves may pass something over, so it is repeated until it shows
 * nothing.
 */
#include <errno.h>

#include "fib/fib_priv.h"

#define ROUNDS 5 /* more would mean that somebody adds what we remove */

struct sweep {
	struct fib *f;
	bool all;
	struct fifo found; /* routes */
	struct fifo guards;
	uint32_t n_removed;
};

static void found_route(void *ctx, const struct fib_dump_route *r)
{
	struct sweep *s = ctx;

	if (r->table - s->f->conf.table_base >= s->f->conf.table_count)
		return;
	if (!s->all && table_get(s->f, r->table))
		return;
	if (r->owner == FIB_OWNER_US)
		fifo_put(&s->found, r->table, &r->pfx);
	else if (r->owner == FIB_OWNER_GUARD)
		fifo_put(&s->guards, r->table, &r->pfx);
}

static int remove_all(struct sweep *s, struct fifo *q, enum fib_op_kind kind)
{
	struct fib *f = s->f;
	struct fifo_item item;
	int ret = 0;

	while (q->n) {
		uint32_t n = 0;

		while (n < FIB_BATCH && fifo_take(q, &item)) {
			f->ops[n].kind = (uint8_t)kind;
			f->ops[n].table = item.table;
			f->ops[n++].pfx = item.pfx;
		}
		ret = f->backend->ops->write(f->backend, f->ops, n);
		if (ret && ret != -ENOBUFS)
			return ret;
		s->n_removed += n;
		counter_add(&f->stats.swept, kind == FIB_OP_ROUTE_DEL ? n : 0);
	}
	return 0;
}

static int sweep_family(struct sweep *s, uint8_t family)
{
	struct fib_backend *b = s->f->backend;
	int ret = b->ops->dump_start(b, 0, family);

	if (ret)
		return ret;
	while ((ret = b->ops->dump_step(b, found_route, s)) == 1) {
		const int err = remove_all(s, &s->found, FIB_OP_ROUTE_DEL);

		if (err)
			return err;
	}
	/* Guards last: no table is open while it still has routes. */
	if (!ret || ret == -EINTR)
		ret = remove_all(s, &s->found, FIB_OP_ROUTE_DEL);
	if (!ret)
		ret = remove_all(s, &s->guards, FIB_OP_GUARD_DEL);
	return ret;
}

int sweep_tables(struct fib *f, bool all)
{
	struct sweep s = { .f = f, .all = all };
	int ret = 0;

	for (unsigned i = 0; i < ROUNDS && !ret; i++) {
		s.n_removed = 0;
		ret = sweep_family(&s, AF_INET);
		if (!ret)
			ret = sweep_family(&s, AF_INET6);
		if (!s.n_removed)
			break;
	}
	fifo_fini(&s.found);
	fifo_fini(&s.guards);
	return ret;
}

/* Objects: the prefix of the item is not used, its table carries the id. */

struct found_objects {
	struct fifo groups;
	struct fifo nexthops;
};

static void found_object(void *ctx, const struct fib_dump_object *o)
{
	static const struct prefix none;
	struct found_objects *found = ctx;

	fifo_put(o->n_members ? &found->groups : &found->nexthops, o->id, &none);
}

static int remove_objects(struct fib *f, struct fifo *q)
{
	struct fifo_item item;
	int ret = 0;

	while (q->n && (!ret || ret == -ENOBUFS)) {
		uint32_t n = 0;

		while (n < FIB_BATCH && fifo_take(q, &item)) {
			f->ops[n].kind = FIB_OP_OBJECT_DEL;
			f->ops[n++].id = item.table;
		}
		ret = f->backend->ops->write(f->backend, f->ops, n);
	}
	return ret == -ENOBUFS ? 0 : ret;
}

int sweep_objects(struct fib *f)
{
	struct found_objects found = { 0 };
	int ret = f->backend->ops->dump_objects(f->backend, found_object, &found);

	if (!ret || ret == -EINTR)
		ret = remove_objects(f, &found.groups);
	if (!ret)
		ret = remove_objects(f, &found.nexthops);
	fifo_fini(&found.groups);
	fifo_fini(&found.nexthops);
	return ret;
}
