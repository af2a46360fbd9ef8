/* SPDX-License-Identifier: Apache-2.0 */
#include "vbr/health/health.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/xalloc.h"
#include "lib/io/loop.h"
#include "vbr/health/echo_socket.h"
#include "vbr/plane/plane.h"

#define BURST 16 /* answers a turn: more than are ever open */

/* One health check. */
struct probe {
	struct health *h;
	struct model_obj *obj;         /* counted */
	const struct model_peering *m; /* the same */
	struct echo echo;
	struct health_check check;
	struct timer timer;
	struct io_watch io;
	int fd;           /* -1: none */
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
};

struct health *health_new(const struct health_params *p)
{
	struct health *h = xcalloc(1, sizeof(*h));

	h->p = *p;
	return h;
}

static void close_socket(struct probe *b)
{
	if (b->fd < 0)
		return;
	io_fini(&b->io);
	(void)close(b->fd);
	b->fd = -1;
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
	free(h);
}

static struct health_view view(const struct probe *b)
{
	return (struct health_view){ .peering = b->m,
		.source = b->echo.source,
		.check = b->check,
		.has_way = b->ifindex != 0,
		.error = b->error };
}

/* The plane follows the verdict; who listens hears of it. */
static void act(struct probe *b, enum health_state before)
{
	const struct health *h = b->h;
	const struct health_view v = view(b);

	if (b->check.state == before)
		return;
	plane_peering_dead(h->plane, b->m->obj.tenant, b->m->obj.name, b->end,
		!b->m->health.observe && !health_is_usable(&b->check));
	h->p.changed(h->p.ctx, &v);
}

static void take_answers(struct probe *b)
{
	uint16_t sequence;

	for (int i = 0; i < BURST && b->fd >= 0; i++) {
		if (!echo_socket_read(b->fd, &b->echo, &sequence))
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

static int open_socket(struct probe *b, uint32_t ifindex)
{
	const int fd = echo_socket_open(&b->echo, ifindex);

	if (fd < 0)
		return fd;
	b->fd = fd;
	b->ifindex = ifindex;
	io_init(&b->io, b->h->p.loop, b->fd, on_answer, NULL, b);
	io_want_read(&b->io, true);
	return 0;
}

/* The connection is not there: nothing can be said, and the plane needs no advice. */
static void no_way(struct probe *b)
{
	const enum health_state before = b->check.state;

	close_socket(b);
	health_begin(&b->check, &b->check.conf, mono_now());
	b->error = 0;
	act(b, before);
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
		ret = open_socket(b, w->ifindex);
	take_answers(b);
	(void)linkplane_counters(plane_links(b->h->plane), w->device, &c);
	e.rx_packets = c.rx_packets;
	next = health_probe(&b->check, mono_now(), &e);
	b->bgp_ended = false;
	if (ret == 0)
		ret = echo_socket_send(b->fd, &b->echo, b->check.sequence,
			&(struct echo_way){ w->ifindex, w->lladdr });
	b->error = -ret;
	act(b, before);
	return next;
}

static void on_timer(void *ctx)
{
	struct probe *b = ctx;
	int64_t next = (int64_t)b->check.conf.interval_ms * 1000;
	struct plane_way w;

	if (plane_peering_way(b->h->plane, b->m->obj.tenant, b->m->obj.name, b->end, &w) == 0)
		next = probe(b, &w);
	else
		no_way(b);
	timer_start(&b->timer, next);
}

/* Configuration */

static int by_name(const struct model_obj *a, const struct model_obj *b)
{
	const int d = strcmp(a->tenant, b->tenant);

	return d != 0 ? d : strcmp(a->name, b->name);
}

/* Place of the peering's check, or where it belongs. */
static uint32_t place(const struct health *h, const struct model_obj *o)
{
	uint32_t low = 0;
	uint32_t high = h->n;

	while (low < high) {
		const uint32_t mid = (low + high) / 2;

		if (by_name(&h->v[mid]->m->obj, o) < 0)
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
	const struct health_conf conf = conf_of(&b->m->health);
	uint32_t phase;

	close_socket(b);
	b->end = model_health_end(b->m) == &b->m->initiator ? 0 : 1;
	b->echo.source = b->m->health.source;
	b->echo.target = b->m->health.target;
	random_bytes(&b->echo.id, sizeof(b->echo.id));
	random_bytes(&b->echo.cookie, sizeof(b->echo.cookie));
	random_bytes(&phase, sizeof(phase));
	health_begin(&b->check, &conf, mono_now());
	timer_start(&b->timer, (int64_t)(phase % conf.interval_ms) * 1000);
}

static bool is_same_way(const struct probe *b, const struct model_peering *m)
{
	return ip_is_equal(&b->echo.source, &m->health.source) &&
		ip_is_equal(&b->echo.target, &m->health.target) &&
		memcmp(&b->m->initiator, &m->initiator, sizeof(m->initiator)) == 0 &&
		memcmp(&b->m->acceptor, &m->acceptor, sizeof(m->acceptor)) == 0;
}

static void set_object(struct probe *b, struct model_obj *o)
{
	model_obj_unref(b->obj);
	b->obj = model_obj_ref(o);
	b->m = (const struct model_peering *)b->obj;
}

/* Another rhythm for the same way: what is known stays. */
static void reconf(struct probe *b, struct model_obj *o)
{
	const enum health_state before = b->check.state;
	const bool is_same = is_same_way(b, (const struct model_peering *)o);

	if (!is_same)
		plane_peering_dead(b->h->plane, o->tenant, o->name, b->end, false);
	set_object(b, o);
	if (!is_same) {
		begin(b);
		act(b, before);
		return;
	}
	b->check.conf = conf_of(&b->m->health);
	plane_peering_dead(b->h->plane, o->tenant, o->name, b->end,
		!b->m->health.observe && !health_is_usable(&b->check));
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
	b->fd = -1;
	b->seen = true;
	set_object(b, o);
	timer_init(&b->timer, h->p.loop, on_timer, b);
	h->v = xreallocarray(h->v, h->n + 1, sizeof(struct probe *));
	memmove(&h->v[at + 1], &h->v[at], (h->n - at) * sizeof(struct probe *));
	h->v[at] = b;
	h->n++;
	begin(b);
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
		plane_peering_dead(h->plane, b->m->obj.tenant, b->m->obj.name, b->end, false);
		probe_free(b);
	}
	h->n = kept;
}

void health_apply(struct health *h, struct plane *p)
{
	const struct model *m = plane_model(p);

	h->plane = p;
	for (uint32_t i = 0; i < h->n; i++)
		h->v[i]->seen = false;
	for (uint32_t i = 0; i < m->of[MODEL_PEERING].n; i++) {
		struct model_obj *o = m->of[MODEL_PEERING].v[i];

		if (ip_is_set(&((const struct model_peering *)o)->health.target))
			add(h, o);
	}
	sweep(h);
}

void health_bgp_ended(struct health *h, const char *tenant, const char *vbr)
{
	for (uint32_t i = 0; i < h->n; i++) {
		struct probe *b = h->v[i];
		const struct model_end *far = b->end == 0 ? &b->m->acceptor : &b->m->initiator;

		if (far->is_vbr && strcmp(far->tenant, tenant) == 0 && strcmp(far->name, vbr) == 0)
			b->bgp_ended = true;
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
