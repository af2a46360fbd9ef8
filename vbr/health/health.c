/* SPDX-License-Identifier: Apache-2.0 */
#include "vbr/health/health.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/xalloc.h"
#include "lib/io/loop.h"
#include "vbr/health/echo_socket.h"
#include "vbr/health/memory.h"
#include "vbr/model/delta.h"
#include "vbr/plane/plane.h"

#define BURST    16      /* answers a turn: more than are ever open */
#define KEEP_US  100000  /* deaths of one cause are one file */
#define AGAIN_US 5000000 /* that could not be written */

/* One health check. */
struct probe {
	struct health *h;
	struct model_obj *obj;         /* counted */
	const struct model_peering *m; /* the same, or NULL: a VBR's */
	const struct model_health *conf;
	struct echo echo;
	struct health_check check;
	struct timer timer;
	struct io_watch io;
	int fd;           /* -1: none */
	int link_fd;      /* of a VBR's: probes leave by it */
	uint32_t ifindex; /* that fd is bound to */
	int end;          /* that probes: 0 the initiator's */
	bool bgp_ended;   /* since the last probe */
	int error;
	bool seen; /* mark of a pass */
};

struct health {
	struct health_params p;
	struct plane *plane; /* borrowed */
	struct probe **v;    /* owned, sorted by (tenant, name) */
	uint32_t n;
	struct health_memory before; /* of the last run, until the first apply */
	char *path;                  /* owned; NULL: nothing is kept */
	struct timer keep;
	int kept; /* outcome of the last time */
};

/* What is kept for the next run */

static struct health_way way_of(const struct probe *b)
{
	struct health_way w = { .is_vbr = b->m == NULL, .target = b->conf->target };

	snprintf(w.tenant, sizeof(w.tenant), "%s", b->obj->tenant);
	snprintf(w.name, sizeof(w.name), "%s", b->obj->name);
	return w;
}

static void keep(struct health *h)
{
	struct health_memory m = { 0 };
	int ret;

	for (uint32_t i = 0; i < h->n; i++) {
		const struct health_way w = way_of(h->v[i]);

		if (h->v[i]->check.state == HEALTH_DEAD)
			health_memory_add(&m, &w);
	}
	ret = health_memory_save(&m, h->path);
	health_memory_fini(&m);
	if (ret != h->kept)
		h->p.kept(h->p.ctx, ret);
	h->kept = ret;
	if (ret < 0)
		timer_start(&h->keep, AGAIN_US);
}

static void on_keep(void *ctx)
{
	keep(ctx);
}

static void keep_soon(struct health *h)
{
	if (h->path != NULL && !timer_is_armed(&h->keep))
		timer_start(&h->keep, KEEP_US);
}

int health_remember(struct health *h, const char *state_dir, bool is_cold)
{
	int ret;

	h->path = xasprintf("%s/dead-ways", state_dir);
	ret = health_memory_load(&h->before, h->path);
	if (is_cold)
		health_memory_fini(&h->before);
	return ret;
}

struct health *health_new(const struct health_params *p)
{
	struct health *h = xcalloc(1, sizeof(*h));

	h->p = *p;
	timer_init(&h->keep, p->loop, on_keep, h);
	return h;
}

static void close_socket(struct probe *b)
{
	if (b->fd < 0)
		return;
	io_fini(&b->io);
	(void)close(b->fd);
	if (b->link_fd >= 0)
		(void)close(b->link_fd);
	b->fd = b->link_fd = -1;
	b->ifindex = 0;
}

static void probe_free(struct probe *b)
{
	timer_stop(&b->timer);
	close_socket(b);
	model_obj_unref(b->obj);
	free(b);
}

void health_stop(struct health *h)
{
	if (timer_is_armed(&h->keep))
		keep(h);
	timer_stop(&h->keep);
	for (uint32_t i = 0; i < h->n; i++)
		probe_free(h->v[i]);
	free(h->v);
	h->v = NULL;
	h->n = 0;
	h->plane = NULL;
}

void health_free(struct health *h)
{
	if (h == NULL)
		return;
	health_stop(h);
	health_memory_fini(&h->before);
	free(h->path);
	free(h);
}

static struct health_view view(const struct probe *b)
{
	return (struct health_view){ .obj = b->obj,
		.conf = b->conf,
		.check = b->check,
		.error = b->error };
}

static void tell_plane(const struct probe *b, bool dead)
{
	if (b->m != NULL)
		plane_peering_dead(b->h->plane, b->obj->tenant, b->obj->name, b->end, dead);
	else
		plane_vbr_dead(b->h->plane, b->obj->tenant, b->obj->name, dead);
}

static bool is_left(const struct probe *b)
{
	return !b->conf->observe && !health_is_usable(&b->check);
}

/* The plane follows the verdict; who listens hears of it. */
static void act(struct probe *b, enum health_state before)
{
	struct health *h = b->h;
	const struct health_view v = view(b);

	if (b->check.state == before)
		return;
	if (before == HEALTH_DEAD || b->check.state == HEALTH_DEAD)
		keep_soon(h);
	tell_plane(b, is_left(b));
	h->p.changed(h->p.ctx, &v);
}

static void take_answers(struct probe *b)
{
	uint16_t sequence;

	for (int i = 0; i < BURST && b->fd >= 0; i++) {
		if (!echo_socket_read(b->fd, &b->echo, &sequence, NULL))
			return;
		(void)health_answer(&b->check, mono_now(), sequence);
	}
}

static void on_answer(void *ctx)
{
	struct probe *b = ctx;
	const enum health_state before = b->check.state;

	take_answers(b);
	act(b, before);
}

static int open_socket(struct probe *b, const struct plane_way *w)
{
	const int fd = echo_socket_open(&b->echo, w->ifindex);

	if (fd < 0)
		return fd;
	if (b->m == NULL)
		b->link_fd = echo_socket_open_link(&b->echo, w->device);
	if (b->m == NULL && b->link_fd < 0) {
		const int err = b->link_fd;

		(void)close(fd);
		b->link_fd = -1;
		return err;
	}
	b->fd = fd;
	b->ifindex = w->ifindex;
	io_init(&b->io, b->h->p.loop, b->fd, on_answer, NULL, b);
	io_want_read(&b->io, true);
	return 0;
}

/* The connection is not there: nothing can be said, and the plane needs no advice. */
static void no_way(struct probe *b)
{
	const enum health_state before = b->check.state;

	close_socket(b);
	if (b->check.sent != 0)
		health_begin(&b->check, &b->check.conf, mono_now());
	b->error = 0;
	act(b, before);
}

static int send_probe(const struct probe *b, const struct plane_way *w)
{
	const struct echo_way way = { w->ifindex, w->lladdr };

	return b->m == NULL ? echo_socket_send_link(b->link_fd, &b->echo, b->check.sequence) :
			      echo_socket_send(b->fd, &b->echo, b->check.sequence, &way);
}

static int find_way(const struct probe *b, struct plane_way *w)
{
	const struct model_obj *o = b->obj;

	return b->m == NULL ? plane_vbr_way(b->h->plane, o->tenant, o->name, &b->conf->target, w) :
			      plane_peering_way(b->h->plane, o->tenant, o->name, b->end, w);
}

/* Answers are read first: they may have waited for as long as this thread was busy. */
static int64_t probe(struct probe *b, const struct plane_way *w)
{
	const enum health_state before = b->check.state;
	struct link_counters c = { 0 };
	struct health_evidence e = { .bgp_ended = b->bgp_ended };
	int64_t next;
	int ret = 0;

	if (b->ifindex != w->ifindex)
		close_socket(b);
	if (b->fd < 0)
		ret = open_socket(b, w);
	take_answers(b);
	(void)linkplane_counters(plane_links(b->h->plane), w->device, &c);
	e.rx_packets = c.rx_packets;
	next = health_probe(&b->check, mono_now(), &e);
	b->bgp_ended = false;
	if (ret == 0)
		ret = send_probe(b, w);
	b->error = -ret;
	act(b, before);
	return next;
}

static void on_timer(void *ctx)
{
	struct probe *b = ctx;
	int64_t next = (int64_t)b->check.conf.interval_ms * 1000;
	struct plane_way w;

	if (find_way(b, &w) == 0)
		next = probe(b, &w);
	else
		no_way(b);
	timer_start(&b->timer, next);
}

/* Configuration */

static int by_name(const struct model_obj *a, const struct model_obj *b)
{
	int d = strcmp(a->tenant, b->tenant);

	if (d == 0)
		d = (int)a->kind - (int)b->kind;
	return d != 0 ? d : strcmp(a->name, b->name);
}

/* Place of the object's check, or where it belongs. */
static uint32_t place(const struct health *h, const struct model_obj *o)
{
	uint32_t low = 0;
	uint32_t high = h->n;

	while (low < high) {
		const uint32_t mid = (low + high) / 2;

		if (by_name(h->v[mid]->obj, o) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static struct health_conf conf_of(const struct model_health *m)
{
	return (struct health_conf){ .interval_ms = m->interval_ms,
		.threshold = m->threshold,
		.probes_only = m->probes_only };
}

static void random_bytes(void *dst, size_t n)
{
	if (getrandom(dst, n, 0) != (ssize_t)n)
		memset(dst, 0x5a, n); /* cannot be: n is small */
}

/* Checks begin at any moment of an interval: they do not march in step. */
static void begin(struct probe *b)
{
	const struct health_conf conf = conf_of(b->conf);
	uint32_t phase;

	close_socket(b);
	b->end = b->m == NULL || model_health_end(b->m) == &b->m->initiator ? 0 : 1;
	b->echo.source = b->conf->source;
	b->echo.target = b->conf->target;
	random_bytes(&b->echo.id, sizeof(b->echo.id));
	random_bytes(&b->echo.cookie, sizeof(b->echo.cookie));
	random_bytes(&phase, sizeof(phase));
	health_begin(&b->check, &conf, mono_now());
	timer_start(&b->timer, (int64_t)(phase % conf.interval_ms) * 1000);
}

static const struct model_health *health_of(const struct model_obj *o)
{
	return o->kind == MODEL_VBR ? &((const struct model_vbr *)o)->health :
				      &((const struct model_peering *)o)->health;
}

/* A VBR's device may change with it: the socket follows its index. */
static bool is_same_way(const struct probe *b, const struct model_obj *o)
{
	const struct model_peering *m = (const struct model_peering *)o;
	const struct model_health *c = health_of(o);

	if (!ip_is_equal(&b->echo.source, &c->source) || !ip_is_equal(&b->echo.target, &c->target))
		return false;
	return b->m == NULL ||
		(memcmp(&b->m->initiator, &m->initiator, sizeof(m->initiator)) == 0 &&
			memcmp(&b->m->acceptor, &m->acceptor, sizeof(m->acceptor)) == 0);
}

static void set_object(struct probe *b, struct model_obj *o)
{
	model_obj_unref(b->obj);
	b->obj = model_obj_ref(o);
	b->m = o->kind == MODEL_VBR ? NULL : (const struct model_peering *)o;
	b->conf = health_of(o);
}

/* A shorter interval counts from now on, not from the probe after next. */
static void hurry(struct probe *b)
{
	const int64_t next = (int64_t)b->check.conf.interval_ms * 1000 * b->check.slower;

	if (timer_left_us(&b->timer) > next)
		timer_start(&b->timer, next);
}

/* Another rhythm for the same way: what is known stays. */
static void reconf(struct probe *b, struct model_obj *o)
{
	const enum health_state before = b->check.state;
	const bool is_same = is_same_way(b, o);

	if (!is_same)
		tell_plane(b, false);
	set_object(b, o);
	if (!is_same) {
		begin(b);
		act(b, before);
		return;
	}
	b->check.conf = conf_of(b->conf);
	hurry(b);
	tell_plane(b, is_left(b));
}

/* What left this way before vbrd was started again must not be sent back into it. */
static void recall(struct probe *b)
{
	const struct health_way w = way_of(b);

	if (!health_memory_has(&b->h->before, &w))
		return;
	health_recall(&b->check);
	act(b, HEALTH_UNKNOWN);
}

static void add(struct health *h, struct model_obj *o)
{
	const uint32_t at = place(h, o);
	struct probe *b;

	if (at < h->n && by_name(h->v[at]->obj, o) == 0) {
		h->v[at]->seen = true;
		if (h->v[at]->obj != o)
			reconf(h->v[at], o);
		return;
	}
	b = xcalloc(1, sizeof(*b));
	b->h = h;
	b->fd = b->link_fd = -1;
	b->seen = true;
	set_object(b, o);
	timer_init(&b->timer, h->p.loop, on_timer, b);
	h->v = xreallocarray(h->v, h->n + 1, sizeof(struct probe *));
	memmove(&h->v[at + 1], &h->v[at], (h->n - at) * sizeof(struct probe *));
	h->v[at] = b;
	h->n++;
	begin(b);
	recall(b);
}

static void sweep(struct health *h)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < h->n; i++) {
		struct probe *b = h->v[i];

		if (b->seen) {
			h->v[kept++] = b;
			continue;
		}
		tell_plane(b, false);
		if (b->check.state == HEALTH_DEAD)
			keep_soon(h);
		probe_free(b);
	}
	h->n = kept;
}

static void add_kind(struct health *h, const struct model *m, enum model_kind kind)
{
	for (uint32_t i = 0; i < m->of[kind].n; i++)
		if (ip_is_set(&health_of(m->of[kind].v[i])->target))
			add(h, m->of[kind].v[i]);
}

/* Does the change have to do with probes? */
static bool concerns(const struct model_delta *d)
{
	for (uint32_t i = 0; i < d->n; i++) {
		const struct model_obj *both[2] = { d->changes[i].was, d->changes[i].now };

		for (int k = 0; k < 2; k++)
			if (both[k] != NULL &&
				(both[k]->kind == MODEL_VBR || both[k]->kind == MODEL_PEERING) &&
				ip_is_set(&health_of(both[k])->target))
				return true;
	}
	return false;
}

void health_apply(struct health *h, struct plane *p, const struct model_delta *d)
{
	const struct model *m = plane_model(p);

	if (h->plane == p && !concerns(d))
		return;
	h->plane = p;
	for (uint32_t i = 0; i < h->n; i++)
		h->v[i]->seen = false;
	add_kind(h, m, MODEL_VBR);
	add_kind(h, m, MODEL_PEERING);
	sweep(h);
	health_memory_fini(&h->before);
}

/* Does a session of that VBR tell something about the way? */
static bool is_about(const struct probe *b, const char *tenant, const char *vbr)
{
	const struct model_end *far;

	if (b->m == NULL)
		return strcmp(b->obj->tenant, tenant) == 0 && strcmp(b->obj->name, vbr) == 0;
	far = b->end == 0 ? &b->m->acceptor : &b->m->initiator;
	return far->is_vbr && strcmp(far->tenant, tenant) == 0 && strcmp(far->name, vbr) == 0;
}

void health_bgp_ended(struct health *h, const char *tenant, const char *vbr)
{
	for (uint32_t i = 0; i < h->n; i++) {
		struct probe *b = h->v[i];

		b->bgp_ended |= is_about(b, tenant, vbr);
	}
}

uint32_t health_count(const struct health *h)
{
	return h->n;
}

struct health_view health_at(const struct health *h, uint32_t i)
{
	return view(h->v[i]);
}
