/* SPDX-License-Identifier: Apache-2.0 */
/*
 * On each worker stays a guest with a monitor (bgpd/monitor) of each engine. It writes events into
 * a batch; the batch goes to main when none is under way, so a quiet edge is told at once and a
 * busy one in large portions. While a batch is away and the next one is full, the monitors pause:
 * changes wait in the journal, where several of a prefix are one. A listener who does not take a
 * batch for STALL_US misses what changes, counted, until he does. So a slow one holds two batches a
 * worker, and no worker ever waits for him.
 *
 *   worker: changed -> batch --post--> main: arrived -> events -> listener
 *                        ^--------------- room: the next one may come
 *
 * A listener who has no room keeps the batch (held) until he has.
 */
#include "vbr/mgmt/bgp/watch.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <time.h>

#include "bgpd/look/explain.h"
#include "bgpd/monitor/monitor.h"
#include "lib/base/xalloc.h"
#include "lib/io/loop.h"
#include "vbr/mgmt/mgmt_int.h"

#define STALL_US    2000000
#define MAX_WATCHES 8 /* each remembers 16 octets for every prefix of every table */

struct half;

struct batch {
	struct half *half;
	struct arena *arena; /* owned: the events */
	Vbrd__Event *events[MGMT_CHUNK + BGP_MONITOR_SLICE];
	uint32_t n;
	uint64_t missed; /* after these */
	bool is_ready;   /* before these: what was there at the beginning is known */
};

/* An engine that is watched. */
struct watched {
	LIST_ENTRY(watched) entry;
	struct half *half;
	struct bgp_engine *engine;
	struct bgp_monitor *monitor; /* owned */
	uint32_t tenant;
	bool is_ready;
};

/* What stays on one worker. */
struct half {
	struct worker_guest guest; /* first */
	struct route_watch *watch;
	uint32_t worker;
	/* on the worker's thread */
	const char *tenant; /* borrowed, never changes */
	LIST_HEAD(, watched) engines;
	struct batch *batch; /* owned: being filled */
	bool is_away;        /* one is on its way, or held */
	bool is_stalled;     /* for so long that changes are counted only */
	bool has_joined;
	bool is_ready;
	/* on main */
	struct batch *held; /* owned */
	struct timer stall_timer;
	bool is_over;
};

struct route_watch {
	struct daemon *d;
	struct workers *ws; /* borrowed; the daemon may get others while nothing is configured */
	const struct route_watch_ops *ops;
	void *ctx; /* NULL when nobody listens any more */
	char *tenant;
	struct half *halves; /* owned */
	uint32_t n;
	uint32_t n_over;
	uint32_t n_ready;
};

/* On the worker's thread */

static void on_arrived(void *arg);

static struct batch *batch_new(struct half *h)
{
	struct batch *b = xcalloc(1, sizeof(*b));

	b->half = h;
	b->arena = arena_new(4096);
	return b;
}

static void batch_free(struct batch *b)
{
	if (b == NULL)
		return;
	arena_free(b->arena);
	free(b);
}

static bool batch_is_full(const struct batch *b)
{
	return b->n >= MGMT_CHUNK || arena_used(b->arena) >= MGMT_SLICE;
}

static bool batch_is_empty(const struct batch *b)
{
	return b->n == 0 && b->missed == 0 && !b->is_ready;
}

static void pause_all(const struct half *h, bool on)
{
	const struct watched *e;

	LIST_FOREACH(e, &h->engines, entry)
		bgp_monitor_pause(e->monitor, on);
}

static void send_batch(struct half *h)
{
	if (h->is_away || batch_is_empty(h->batch))
		return;
	h->is_away = true;
	worker_guest_post(&h->guest, on_arrived, h->batch);
	h->batch = batch_new(h);
}

static Vbrd__BgpPath *old_row(struct arena *a, const struct bgp_change *c)
{
	Vbrd__BgpPath *r = arena_alloc(a, sizeof(*r));
	struct explain_path x;
	struct wire_attrs w;

	vbrd__bgp_path__init(r);
	attrs_to_wire(c->old->attrs, &w);
	mgmt_put_attrs(a, &w, r);
	r->source = mgmt_str(a, mgmt_source_word(c->old->kind));
	r->peer = mgmt_str(a, c->old->name);
	if (c->old->kind == RIB_SOURCE_PEERING)
		r->edge = mgmt_str(a, c->old->name);
	r->has_path_id = c->old->path_id != 0 && c->old->kind == RIB_SOURCE_BGP;
	r->path_id = c->old->path_id;
	r->reason = mgmt_str(a, rib_reason_name(c->why));
	if (c->old_path == 0 || c->old_path == c->best)
		return r;
	bgp_explain_path(c->instance, c->family, c->old_path, &x);
	mgmt_put_verdict(a, &x, r);
	return r;
}

static Vbrd__BgpPath *new_row(struct arena *a, const struct bgp_change *c)
{
	const struct rib *rib = bgp_instance_rib(c->instance, c->family);
	Vbrd__BgpPath *r = mgmt_path_row(a, rib, rib_path(rib, c->best), false);

	if (c->second != 0)
		mgmt_put_won(a, rib, c->second, r);
	return r;
}

static void on_changed(void *ctx, const struct bgp_change *c)
{
	const struct watched *e = ctx;
	struct batch *b = e->half->batch;
	struct arena *a = b->arena;
	Vbrd__Event *ev;

	if (e->half->is_stalled || b->n == ARRAY_SIZE(b->events)) {
		b->missed++;
		return;
	}
	ev = arena_alloc(a, sizeof(*ev));
	vbrd__event__init(ev);
	ev->time = mgmt_time(a, (int64_t)time(NULL));
	ev->event = mgmt_str(a,
		c->old == NULL       ? "route-new" :
			c->best != 0 ? "route-changed" :
				       "route-gone");
	ev->tenant = mgmt_str(a, bgp_engine_name(e->engine));
	ev->instance = mgmt_str(a, bgp_instance_conf(c->instance)->name);
	ev->prefix = mgmt_prefix(a, &c->pfx);
	ev->has_kernel_table = true;
	ev->kernel_table = bgp_instance_conf(c->instance)->table;
	ev->code = c->old != NULL ? mgmt_str(a, rib_reason_name(c->why)) : NULL;
	ev->old = c->old != NULL ? old_row(a, c) : NULL;
	ev->new_ = c->best != 0 ? new_row(a, c) : NULL;
	b->events[b->n++] = ev;
	send_batch(e->half);
	if (batch_is_full(e->half->batch))
		pause_all(e->half, true);
}

static void check_ready(struct half *h)
{
	const struct watched *e;

	LIST_FOREACH(e, &h->engines, entry)
		if (!e->is_ready)
			return;
	if (h->is_ready || !h->has_joined)
		return;
	h->is_ready = true;
	h->batch->is_ready = true;
	send_batch(h);
}

static void on_ready(void *ctx)
{
	struct watched *e = ctx;

	e->is_ready = true;
	check_ready(e->half);
}

static const struct bgp_monitor_ops monitor_ops = { .changed = on_changed, .ready = on_ready };

static void on_came(struct worker_guest *g, uint32_t tenant, struct bgp_engine *engine)
{
	struct half *h = (struct half *)g;
	struct watched *e;

	if (h->tenant != NULL && strcmp(h->tenant, bgp_engine_name(engine)) != 0)
		return;
	e = xcalloc(1, sizeof(*e));
	e->half = h;
	e->engine = engine;
	e->tenant = tenant;
	e->monitor = bgp_monitor_new(engine, &monitor_ops, e);
	LIST_INSERT_HEAD(&h->engines, e, entry);
}

static void on_gone(struct worker_guest *g, uint32_t tenant)
{
	struct half *h = (struct half *)g;
	struct watched *e;

	LIST_FOREACH(e, &h->engines, entry)
		if (e->tenant == tenant)
			break;
	if (e == NULL)
		return;
	bgp_monitor_free(e->monitor);
	LIST_REMOVE(e, entry);
	free(e);
	check_ready(h);
}

static void on_joined(struct worker_guest *g)
{
	struct half *h = (struct half *)g;

	h->has_joined = true;
	check_ready(h);
}

static void next_batch(const struct worker *v, void *arg)
{
	struct half *h = arg;

	(void)v;
	h->is_away = false;
	h->is_stalled = false;
	send_batch(h);
	pause_all(h, false);
}

static void stall(const struct worker *v, void *arg)
{
	struct half *h = arg;

	(void)v;
	h->is_stalled = h->is_away;
	pause_all(h, false);
}

/* On main */

static void no_more(void *arg)
{
	(void)arg;
}

/* "vbr hz-a": a worker knows a name only. */
static void name_instance(const struct route_watch *w, struct batch *b, Vbrd__Event *ev)
{
	static const char *const kinds[] = { "vbr", "vpc" };

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		const struct plane_instance *pi = plane_instance_find(daemon_plane(w->d),
			ev->tenant, i == 0, ev->instance);

		if (pi == NULL || pi->table != ev->kernel_table)
			continue;
		ev->instance = arena_printf(b->arena, "%s %s", kinds[i], ev->instance);
		return;
	}
}

static void tell(const struct route_watch *w, struct batch *b, const char *event, uint64_t count)
{
	Vbrd__Event ev = VBRD__EVENT__INIT;

	ev.time = mgmt_time(b->arena, (int64_t)time(NULL));
	ev.event = mgmt_str(b->arena, event);
	ev.tenant = mgmt_str(b->arena, w->tenant);
	ev.has_count = count > 0;
	ev.count = count;
	w->ops->event(w->ctx, &ev);
}

static void deliver(struct half *h, struct batch *b)
{
	struct route_watch *w = h->watch;

	timer_stop(&h->stall_timer);
	if (b->is_ready && ++w->n_ready == w->n)
		tell(w, b, "routes-watched", 0);
	for (uint32_t i = 0; i < b->n; i++) {
		name_instance(w, b, b->events[i]);
		w->ops->event(w->ctx, b->events[i]);
	}
	if (b->missed > 0)
		tell(w, b, "routes-missed", b->missed);
	batch_free(b);
	worker_call(w->ws, h->worker,
		&(struct worker_call){ .fn = next_batch, .done = no_more, .arg = h });
}

static void on_stall(void *ctx)
{
	struct half *h = ctx;

	if (daemon_workers(h->watch->d) == h->watch->ws)
		worker_call(h->watch->ws, h->worker,
			&(struct worker_call){ .fn = stall, .done = no_more, .arg = h });
}

static void on_arrived(void *arg)
{
	struct batch *b = arg;
	struct half *h = b->half;
	struct route_watch *w = h->watch;

	/* The workers are being stopped, or nobody listens: it was the last one. */
	if (w->ctx == NULL || daemon_workers(w->d) != w->ws)
		batch_free(b);
	else if (!w->ops->is_full(w->ctx))
		deliver(h, b);
	else {
		h->held = b;
		timer_start(&h->stall_timer, STALL_US);
	}
}

static void on_done(struct worker_guest *g)
{
	struct half *h = (struct half *)g;
	struct route_watch *w = h->watch;

	timer_stop(&h->stall_timer);
	batch_free(h->batch);
	batch_free(h->held);
	h->held = NULL;
	h->is_over = true;
	if (++w->n_over < w->n)
		return;
	(*daemon_route_watches(w->d))--;
	if (w->ctx != NULL)
		w->ops->over(w->ctx);
	free(w->halves);
	free(w->tenant);
	free(w);
}

void route_watch_room(struct route_watch *w)
{
	for (uint32_t i = 0; i < w->n && !w->ops->is_full(w->ctx); i++) {
		struct half *h = &w->halves[i];
		struct batch *b = h->held;

		h->held = NULL;
		if (b != NULL && !h->is_over)
			deliver(h, b);
	}
}

struct route_watch *route_watch_new(struct daemon *d, const char *tenant,
	const struct route_watch_ops *ops, void *ctx)
{
	struct workers *ws = daemon_workers(d);
	struct route_watch *w;

	if (*daemon_route_watches(d) >= MAX_WATCHES || ws == NULL)
		return NULL;
	(*daemon_route_watches(d))++;
	w = xcalloc(1, sizeof(*w));
	w->d = d;
	w->ws = ws;
	w->ops = ops;
	w->ctx = ctx;
	w->tenant = tenant != NULL ? xstrdup(tenant) : NULL;
	w->n = workers_count(ws);
	w->halves = xcalloc(w->n, sizeof(*w->halves));
	for (uint32_t i = 0; i < w->n; i++) {
		struct half *h = &w->halves[i];

		h->guest = (struct worker_guest){ .came = on_came,
			.gone = on_gone,
			.joined = on_joined,
			.done = on_done };
		h->watch = w;
		h->worker = i;
		h->tenant = w->tenant;
		h->batch = batch_new(h);
		timer_init(&h->stall_timer, daemon_loop(d), on_stall, h);
		LIST_INIT(&h->engines);
		worker_guest_join(ws, i, &h->guest);
	}
	return w;
}

void route_watch_free(struct route_watch *w)
{
	if (w == NULL)
		return;
	w->ctx = NULL;
	for (uint32_t i = 0; i < w->n; i++)
		timer_stop(&w->halves[i].stall_timer);
	for (uint32_t i = 0; i < w->n && daemon_workers(w->d) == w->ws; i++)
		if (!w->halves[i].is_over)
			worker_guest_leave(w->ws, i, &w->halves[i].guest);
}
