/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Orders of feeds, events of the kernel, and the life of it all. An order changes what is wanted
 * and queues; it never waits for the kernel, with two exceptions: the death of a neighbour is
 * written at once, before anything that is queued, and a new table is read back before its first
 * route is set, so that a route that is already right is not written again.
 */
#include "fib/fib.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "fib/fib_priv.h"
#include "fib/group/spare.h"
#include "lib/base/xalloc.h"

/* Orders. */

static void finish_delete(struct fib *f, struct table *t)
{
	struct entry *e;

	for (unsigned i = 0; i < 2; i++) {
		struct prefix key = prefix_any(i ? AF_INET6 : AF_INET);
		bool inclusive = true;
		uint32_t h;

		while ((h = ptable_next(t->routes[i], &key, inclusive)) != PTABLE_NONE) {
			inclusive = false;
			if (entry_is_idle(f, h))
				continue;
			e = entry_at(f, h);
			entry_set_want(f, e, 0);
			entry_set_state(f, e, 0, 0);
			writer_queue(f, t, &key, h);
		}
	}
	t->deleting = false;
	f->n_deleting--;
}

static int table_add(struct fib *f, uint32_t feed, const struct fib_msg *m)
{
	struct table *t = table_get(f, m->table);

	(void)feed;
	if (m->table - f->conf.table_base >= f->conf.table_count)
		return -ERANGE;
	if (t && t->deleting)
		finish_delete(f, t);
	if (!t) {
		t = table_new(f, m->table);
		scan_adopt(f, t);
	}
	f->guard_due = true;
	writer_wake(f);
	return 0;
}

static int table_del(struct fib *f, uint32_t feed, const struct fib_msg *m)
{
	struct table *t = table_get(f, m->table);

	(void)feed;
	if (!t || t->deleting)
		return -ENOENT;
	t->deleting = true;
	f->n_deleting++;
	writer_walk(f, t);
	return 0;
}

static int group_set(struct fib *f, uint32_t feed, const struct fib_msg *m)
{
	const int ret = groups_set(&f->groups, feed, m->gid, m->take_group);

	writer_wake(f);
	return ret;
}

static int group_del(struct fib *f, uint32_t feed, const struct fib_msg *m)
{
	return groups_del(&f->groups, feed, m->gid);
}

static int one_route(struct fib *f, uint32_t feed, const struct fib_msg *m)
{
	(void)routes_handle(f, feed, &m, 1); /* which counts what it refuses */
	return 0;
}

static int synced(struct fib *f, uint32_t feed, const struct fib_msg *m)
{
	struct table *t = table_get(f, m->table);

	(void)feed;
	if (!t || (m->family != AF_INET && m->family != AF_INET6))
		return -ENOENT;
	t->synced[family_index(m->family)] = true;
	writer_walk(f, t);
	return 0;
}

/* Neighbours: what is said of them; then what follows is done at once. */

static int neighbors_follow(struct fib *f)
{
	groups_follow(&f->groups);
	writer_wake(f);
	return 0;
}

static int neighbor_down(struct fib *f, uint32_t feed, const struct fib_msg *m)
{
	(void)feed;
	live_down(&f->groups.lives, m->gid);
	return neighbors_follow(f);
}

static bool is_line_up(void *ctx, uint32_t ifindex)
{
	const struct fib *f = ctx;

	return f->backend->ops->is_link_up(f->backend, ifindex);
}

static void look_at_lines(struct fib *f, const uint32_t *ifindex, uint32_t n)
{
	const struct live_lines c = {
		.ifindex = ifindex,
		.n = n,
		.is_up = is_line_up,
		.ctx = f,
	};

	live_lines(&f->groups.lives, &c);
}

static int neighbor_up(struct fib *f, uint32_t feed, const struct fib_msg *m)
{
	(void)feed;
	live_up(&f->groups.lives, m->gid, &m->watch.epoch, m->watch.ifindex);
	/* The device may have gone while the worker was about to say so. */
	if (m->watch.ifindex)
		look_at_lines(f, &m->watch.ifindex, 1);
	return neighbors_follow(f);
}

static int neighbor_gone(struct fib *f, uint32_t feed, const struct fib_msg *m)
{
	(void)feed;
	live_gone(&f->groups.lives, m->gid, mono_now());
	return neighbors_follow(f);
}

static int neighbor_died(struct fib *f, uint32_t feed, const struct fib_msg *m)
{
	(void)feed;
	live_died(&f->groups.lives, m->gid, &m->watch.epoch);
	return neighbors_follow(f);
}

static int neighbor_unwatched(struct fib *f, uint32_t feed, const struct fib_msg *m)
{
	(void)feed;
	live_unwatched(&f->groups.lives, m->gid, m->watch.epoch.watch);
	return neighbors_follow(f);
}

static int neighbor_set(struct fib *f, uint32_t feed, const struct fib_msg *m)
{
	(void)feed;
	live_put_set(&f->groups.lives, m->gid, m->take_set);
	return neighbors_follow(f);
}

/* clang-format off */
static int (*const orders[])(struct fib *f, uint32_t feed, const struct fib_msg *m) = {
	[FIB_MSG_TABLE_ADD]     = table_add,
	[FIB_MSG_TABLE_DEL]     = table_del,
	[FIB_MSG_GROUP_SET]     = group_set,
	[FIB_MSG_GROUP_DEL]     = group_del,
	[FIB_MSG_ROUTE_SET]     = one_route,
	[FIB_MSG_ROUTE_DEL]     = one_route,
	[FIB_MSG_SYNCED]        = synced,
	[FIB_MSG_NEIGHBOR_DOWN] = neighbor_down,
	[FIB_MSG_NEIGHBOR_UP]   = neighbor_up,
	[FIB_MSG_NEIGHBOR_GONE] = neighbor_gone,
	[FIB_MSG_NEIGHBOR_DIED] = neighbor_died,
	[FIB_MSG_NEIGHBOR_UNWATCHED] = neighbor_unwatched,
	[FIB_MSG_NEIGHBOR_SET]  = neighbor_set,
};
/* clang-format on */
_Static_assert(ARRAY_SIZE(orders) == FIB_MSG_COUNT, "each order has its function");

void fib_handle(struct fib *f, uint32_t feed, const struct fib_msg *m)
{
	assert(m->type < FIB_MSG_COUNT);
	if (f->withdrawn) {
		free(m->take_group);
		return;
	}
	if (orders[m->type](f, feed, m))
		counter_add(&f->stats.refused, 1);
}

void fib_handle_many(struct fib *f, uint32_t feed, const struct fib_msg *const *m, uint32_t n)
{
	assert(n <= FIB_MANY);
	for (uint32_t i = 0; i < n;) {
		if (fib_msg_is_route(m[i]) && !f->withdrawn)
			i += routes_handle(f, feed, m + i, n - i);
		else
			fib_handle(f, feed, m[i++]);
	}
}

bool fib_is_full(struct fib *f)
{
	return writer_is_full(f);
}

void fib_on_space(struct fib *f, void (*fn)(void *ctx), void *ctx)
{
	f->on_space = fn;
	f->space_ctx = ctx;
}

/* Events. */

void fib_link_changed(struct fib *f, uint32_t ifindex)
{
	(void)ifindex; /* one look shows all devices */
	f->objects.check_due = true;
	writer_retry_now(f);
}

static void on_events(void *ctx)
{
	struct fib_events ev = { 0 };
	struct fib *f = ctx;

	f->backend->ops->events(f->backend, &ev);
	if (ev.lost) {
		counter_add(&f->stats.overruns, 1);
		scan_request_all(f);
	}
	for (uint32_t i = 0; i < ev.n_links; i++)
		objects_line_event(&f->objects, ev.links[i]);
	if (ev.all_links)
		objects_line_event(&f->objects, 0);
	/* First who died with a device, then what stood on it. */
	if (ev.n_links || ev.lost) {
		look_at_lines(f, ev.links, ev.lost || ev.all_links ? 0 : ev.n_links);
		(void)neighbors_follow(f);
	}
	if (ev.n_links || ev.objects || ev.lost)
		fib_link_changed(f, 0);
}

/*
 * The time for relearning is over: what is still stale goes, and what an earlier run left
 * elsewhere.
 */
static void on_stale(void *ctx)
{
	struct fib *f = ctx;
	struct table *t;

	TAILQ_FOREACH(t, &f->table_list, entry) {
		t->synced[0] = true;
		t->synced[1] = true;
		writer_walk(f, t);
	}
	/* A running scan uses the same dump: begin it again. */
	if (f->scan_walk.table) {
		t = f->scan_walk.table;
		scan_forget(f, t);
		scan_request(f, t);
	}
	(void)sweep_tables(f, false);
	objects_adopt_end(&f->objects);
	writer_wake(f);
}

static void on_part(void *ctx)
{
	struct fib *f = ctx;

	(void)routes_part(f);
	writer_wake(f);
}

/* Life. */

struct fib *fib_new(struct loop *l, const struct fib_conf *conf, struct fib_backend *take_backend)
{
	struct fib *f = xcalloc(1, sizeof(*f));
	const int fd = take_backend->ops->event_fd(take_backend);

	f->loop = l;
	f->conf = *conf;
	f->backend = take_backend;
	errtab_init(&f->errors);
	objects_init(&f->objects, take_backend, &f->stats, &f->errors);
	groups_init(&f->groups, &f->objects);
	slab_init(&f->entries, sizeof(struct entry));
	bitmap_init(&f->idle);
	f->tables = xcalloc(conf->table_count, sizeof(struct table *));
	TAILQ_INIT(&f->table_list);
	writer_init(f);
	scan_init(f);
	timer_init(&f->stale_timer, l, on_stale, f);
	timer_init(&f->part_timer, l, on_part, f);
	timer_start(&f->stale_timer, (int64_t)conf->stale_s * 1000000);
	if (fd >= 0) {
		io_init(&f->events, l, fd, on_events, NULL, f);
		io_want_read(&f->events, true);
	}
	if (objects_adopt(&f->objects) < 0)
		f->objects.check_due = true;
	spare_start(&f->groups);
	return f;
}

void fib_free(struct fib *f)
{
	struct table *t;

	if (!f)
		return;
	while ((t = TAILQ_FIRST(&f->table_list)))
		table_free(f, t);
	io_fini(&f->events);
	timer_stop(&f->stale_timer);
	timer_stop(&f->part_timer);
	writer_fini(f);
	scan_fini(f);
	groups_fini(&f->groups);
	objects_fini(&f->objects);
	errtab_fini(&f->errors);
	slab_fini(&f->entries);
	bitmap_fini(&f->idle);
	f->backend->ops->free(f->backend);
	free(f->tables);
	free(f);
}

void fib_withdraw_all(struct fib *f)
{
	f->withdrawn = true;
	f->scan = SCAN_IDLE;
	f->scan_walk.table = NULL;
	timer_stop(&f->retry_timer);
	timer_stop(&f->check_timer);
	timer_stop(&f->part_timer);
	timer_stop(&f->stale_timer);
	io_want_read(&f->events, false);
	writer_tell_space(f);
	if (sweep_tables(f, true) || sweep_objects(f) ||
		f->backend->ops->sink(f->backend, false) < 0)
		counter_add(&f->stats.errors, 1);
}

bool fib_is_idle(const struct fib *f)
{
	return writer_is_idle(f) && scan_is_idle(f);
}

struct fib_stats *fib_stats(struct fib *f)
{
	return &f->stats;
}
