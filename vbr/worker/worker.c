/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Worker threads.
 *
 *   main --orders ring--> worker --feed ring--> fib
 *   main <--answers ring-- worker <--edge rings--> other workers
 *
 * Orders that find the ring full wait in a list on main's side: it is bounded by the size of
 * the configuration and the number of calls in flight, which their makers bound. A worker
 * applies orders in the order in which they were given, so "edge after its instances" holds by
 * construction.
 *
 * This file has threads, rings and orders; apply.c has what an order does.
 */
#include "vbr/worker/worker.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <time.h>

#include "bgpd/nhtable.h"
#include "fib/fib.h"
#include "lib/base/thread.h"
#include "lib/base/xalloc.h"
#include "lib/io/loop.h"
#include "lib/io/mailbox.h"
#include "vbr/worker/worker_int.h"

#define ORDER_RING   4096
#define ANSWER_RING  4096
#define EDGE_RING    4096
#define ORDER_BURST  64
#define ANSWER_BURST 64

/* An order that waits for room. */
struct waiting {
	STAILQ_ENTRY(waiting) entry;
	struct worker_order o;
};

struct slot { /* main's view of one worker */
	struct worker w;
	pthread_t thread;
	clockid_t cpu_clock;
	uint32_t n_tenants;
	struct mailbox *orders;
	struct mailbox *answers;
	STAILQ_HEAD(, waiting) waiting;
	uint32_t n_waiting;
};

struct workers {
	struct workers_params p;
	struct slot *slots;          /* owned */
	struct mailbox **edge_rings; /* owned, n x n: [from * n + to] */
	uint32_t *generations;       /* owned: of each edge id, 0 = not in use */
	uint32_t n_generations;
	uint32_t last_generation;
	bool stopping;
};

static void push_waiting(void *ctx)
{
	struct slot *s = ctx;
	struct waiting *x;

	while ((x = STAILQ_FIRST(&s->waiting)) != NULL) {
		if (mailbox_post(s->orders, &x->o) < 0)
			break;
		STAILQ_REMOVE_HEAD(&s->waiting, entry);
		s->n_waiting--;
		free(x);
	}
	mailbox_flush(s->orders);
}

static void order(struct workers *ws, uint32_t w, const struct worker_order *o)
{
	struct slot *s = &ws->slots[w];
	struct waiting *x;

	if (ws->stopping) {
		worker_order_free(o);
		return;
	}
	if (STAILQ_EMPTY(&s->waiting) && mailbox_post(s->orders, o) == 0) {
		mailbox_flush(s->orders);
		return;
	}
	x = xcalloc(1, sizeof(*x));
	x->o = *o;
	STAILQ_INSERT_TAIL(&s->waiting, x, entry);
	s->n_waiting++;
	push_waiting(s);
}

static void on_answer(void *ctx, const void *msg)
{
	struct workers *ws = ctx;
	const struct worker_answer *a = msg;

	if (a->done != NULL) {
		a->done(a->ptr);
		return;
	}
	ws->p.event(ws->p.event_ctx, a->ptr);
	free(a->ptr);
}

static void on_order(void *ctx, const void *msg)
{
	worker_apply(ctx, msg);
}

static void on_edge(void *ctx, const void *msg)
{
	worker_apply_edge_route(ctx, msg);
}

static void *worker_main(void *arg)
{
	struct slot *s = arg;
	struct worker *w = &s->w;

	/*
	 * A tenant who is quiet waits for whatever makes his worker wait: no other thread of ours,
	 * nor of others, should, as long as it leaves them something.
	 */
	(void)thread_prefer();
	worker_run_init(w);
	(void)loop_run(w->loop);
	worker_run_fini(w);
	return NULL;
}

/* Everything but the thread: made on main, so that a failure can be told. */
static int slot_init(struct workers *ws, uint32_t i)
{
	struct slot *s = &ws->slots[i];
	char name[24];

	STAILQ_INIT(&s->waiting);
	snprintf(name, sizeof(name), "worker-%u", i);
	s->w.index = i;
	s->w.n_workers = ws->p.n;
	s->w.loop = loop_new(name);
	s->w.feed = ws->p.fib_feed(ws->p.ctx, i);
	s->w.edge_rings = ws->edge_rings;
	if (ws->p.bfd != NULL) {
		s->w.bfd_orders = bfd_thread_orders(ws->p.bfd, i);
		s->w.bfd_reports = bfd_thread_reports(ws->p.bfd, i);
	}
	s->orders = mailbox_new(sizeof(struct worker_order), ORDER_RING);
	s->answers = mailbox_new(sizeof(struct worker_answer), ANSWER_RING);
	if (s->w.loop == NULL || s->orders == NULL || s->answers == NULL)
		return -errno;
	s->w.answers = s->answers;
	mailbox_attach_consumer(s->orders, s->w.loop, ORDER_BURST, on_order, &s->w);
	mailbox_attach_producer(s->orders, ws->p.main_loop, push_waiting, s);
	mailbox_attach_consumer(s->answers, ws->p.main_loop, ANSWER_BURST, on_answer, ws);
	worker_attach(&s->w);
	for (uint32_t from = 0; from < ws->p.n; from++)
		if (from != i)
			mailbox_attach_consumer(ws->edge_rings[from * ws->p.n + i], s->w.loop,
				ORDER_BURST, on_edge, &s->w);
	return 0;
}

static int edge_rings_init(struct workers *ws)
{
	uint32_t n = ws->p.n;

	ws->edge_rings = xcalloc((size_t)n * n, sizeof(struct mailbox *));
	for (uint32_t i = 0; i < n * n; i++) {
		if (i / n == i % n)
			continue;
		ws->edge_rings[i] = mailbox_new(sizeof(struct worker_edge_msg), EDGE_RING);
		if (ws->edge_rings[i] == NULL)
			return -errno;
	}
	return 0;
}

static int slot_start(struct slot *s)
{
	const int ret = thread_start(&s->thread, loop_name(s->w.loop), worker_main, s);

	if (ret == 0) {
		s->w.started = true;
		(void)pthread_getcpuclockid(s->thread, &s->cpu_clock);
	}
	return ret;
}

struct workers *workers_start(const struct workers_params *p)
{
	struct workers *ws = xcalloc(1, sizeof(*ws));
	int ret;

	assert(p->n >= 1);
	ws->p = *p;
	ws->slots = xcalloc(p->n, sizeof(*ws->slots));
	ret = edge_rings_init(ws);
	for (uint32_t i = 0; ret == 0 && i < p->n; i++)
		ret = slot_init(ws, i);
	for (uint32_t i = 0; ret == 0 && i < p->n; i++)
		ret = slot_start(&ws->slots[i]);
	if (ret == 0)
		return ws;
	workers_stop(ws, false);
	errno = -ret;
	return NULL;
}

static void slot_fini(struct slot *s)
{
	struct worker_guest *g;
	struct waiting *x;

	while ((x = STAILQ_FIRST(&s->waiting)) != NULL) {
		STAILQ_REMOVE_HEAD(&s->waiting, entry);
		worker_order_free(&x->o);
		free(x);
	}
	if (s->orders != NULL)
		(void)mailbox_drain(s->orders, ORDER_RING, worker_order_drop, NULL);
	if (s->answers != NULL) {
		mailbox_detach_consumer(s->answers);
		(void)mailbox_drain(s->answers, ANSWER_RING, worker_answer_drop, NULL);
	}
	/* After the answers, for those may be theirs. */
	while ((g = LIST_FIRST(&s->w.guests)) != NULL) {
		LIST_REMOVE(g, entry);
		g->done(g);
	}
	if (s->orders != NULL)
		mailbox_detach_producer(s->orders);
	mailbox_free(s->orders);
	mailbox_free(s->answers);
	if (s->w.loop != NULL)
		loop_free(s->w.loop);
}

void workers_stop(struct workers *ws, bool restarting)
{
	if (ws == NULL)
		return;
	ws->stopping = true;
	for (uint32_t i = 0; i < ws->p.n; i++)
		ws->slots[i].w.restarting = restarting;
	for (uint32_t i = 0; i < ws->p.n; i++)
		if (ws->slots[i].w.started)
			loop_stop(ws->slots[i].w.loop);
	for (uint32_t i = 0; i < ws->p.n; i++)
		if (ws->slots[i].w.started)
			pthread_join(ws->slots[i].thread, NULL);
	for (uint32_t i = 0; i < ws->p.n * ws->p.n; i++)
		if (ws->edge_rings[i] != NULL)
			(void)mailbox_drain(ws->edge_rings[i], EDGE_RING, worker_edge_drop, NULL);
	for (uint32_t i = 0; i < ws->p.n; i++)
		slot_fini(&ws->slots[i]);
	for (uint32_t i = 0; i < ws->p.n * ws->p.n; i++)
		mailbox_free(ws->edge_rings[i]);
	free(ws->edge_rings);
	free(ws->generations);
	free(ws->slots);
	free(ws);
}

uint32_t workers_count(const struct workers *ws)
{
	return ws->p.n;
}

uint32_t workers_pick(struct workers *ws)
{
	uint32_t best = 0;

	for (uint32_t i = 1; i < ws->p.n; i++)
		if (ws->slots[i].n_tenants < ws->slots[best].n_tenants)
			best = i;
	ws->slots[best].n_tenants++;
	return best;
}

static void *dup_of(const void *p, size_t size)
{
	return memcpy(xmalloc(size), p, size);
}

/* Each copy of an edge has a reference of its own on the maps. */
static struct worker_edge *dup_of_edge(const struct worker_edge *e)
{
	if (e->conf.set != NULL)
		(void)policy_set_ref(e->conf.set);
	return dup_of(e, sizeof(*e));
}

void worker_tenant_set(struct workers *ws, uint32_t w, uint32_t tenant,
	const struct bgp_engine_conf *conf)
{
	order(ws, w,
		&(struct worker_order){ .op = WORKER_TENANT_SET,
			.tenant = tenant,
			.ptr = dup_of(conf, sizeof(*conf)) });
}

void worker_tenant_del(struct workers *ws, uint32_t w, uint32_t tenant)
{
	ws->slots[w].n_tenants--;
	order(ws, w, &(struct worker_order){ .op = WORKER_TENANT_DEL, .tenant = tenant });
}

void worker_policy_set(struct workers *ws, uint32_t w, uint32_t tenant, struct policy_set *take_set)
{
	order(ws, w,
		&(struct worker_order){ .op = WORKER_POLICY_SET,
			.tenant = tenant,
			.ptr = take_set });
}

void worker_cidrs_set(struct workers *ws, uint32_t w, uint32_t tenant, const struct prefix *cidrs,
	uint32_t n)
{
	order(ws, w,
		&(struct worker_order){ .op = WORKER_CIDRS_SET,
			.tenant = tenant,
			.id = n,
			.ptr = n > 0 ? dup_of(cidrs, n * sizeof(*cidrs)) : NULL });
}

void worker_instance_set(struct workers *ws, uint32_t w, uint32_t tenant, uint32_t instance,
	struct worker_instance *take)
{
	order(ws, w,
		&(struct worker_order){ .op = WORKER_INSTANCE_SET,
			.tenant = tenant,
			.id = instance,
			.ptr = take });
}

void worker_instance_del(struct workers *ws, uint32_t w, uint32_t tenant, uint32_t instance)
{
	order(ws, w,
		&(struct worker_order){ .op = WORKER_INSTANCE_DEL,
			.tenant = tenant,
			.id = instance });
}

static uint32_t *generation_of(struct workers *ws, uint32_t edge)
{
	uint32_t n = ws->n_generations;

	if (edge >= n) {
		ws->n_generations = 2 * edge + 16;
		ws->generations = xreallocarray(ws->generations, ws->n_generations,
			sizeof(*ws->generations));
		memset(ws->generations + n, 0, (ws->n_generations - n) * sizeof(*ws->generations));
	}
	return &ws->generations[edge];
}

/* The order for the sending half, while the receiving one is being set up. */
struct sender_order {
	struct workers *ws;
	uint32_t w_from;
	struct worker_order o;
};

static void no_visit(const struct worker *v, void *arg)
{
	(void)v;
	(void)arg;
}

static void receiver_is_ready(void *arg)
{
	struct sender_order *s = arg;

	if (!s->ws->stopping && *generation_of(s->ws, s->o.id) == s->o.generation)
		order(s->ws, s->w_from, &s->o);
	else
		worker_order_free(&s->o);
	free(s);
}

/*
 * Rings of orders and rings of routes are not ordered among each other, so "the receiving half
 * first" needs a word from its thread: a route that came before its edge would be lost.
 */
void worker_edge_set(struct workers *ws, uint32_t w_from, uint32_t w_to, uint32_t edge,
	const struct worker_edge *e)
{
	struct worker_order o = { .op = WORKER_EDGE_SET, .id = edge, .peer_worker = w_from };
	struct sender_order *s;

	if (*generation_of(ws, edge) == 0)
		*generation_of(ws, edge) = ++ws->last_generation;
	o.generation = *generation_of(ws, edge);
	o.ptr = dup_of_edge(e);
	order(ws, w_to, &o);
	if (w_from == w_to)
		return;
	s = xcalloc(1, sizeof(*s));
	s->ws = ws;
	s->w_from = w_from;
	s->o = o;
	s->o.peer_worker = w_to;
	s->o.ptr = dup_of_edge(e);
	worker_call(ws, w_to,
		&(struct worker_call){ .fn = no_visit, .done = receiver_is_ready, .arg = s });
}

void worker_edge_del(struct workers *ws, uint32_t w_from, uint32_t w_to, uint32_t edge)
{
	struct worker_order o = { .op = WORKER_EDGE_DEL, .id = edge };

	*generation_of(ws, edge) = 0;
	order(ws, w_from, &o);
	if (w_from != w_to)
		order(ws, w_to, &o);
}

void worker_call(struct workers *ws, uint32_t w, const struct worker_call *c)
{
	order(ws, w,
		&(struct worker_order){ .op = WORKER_CALL,
			.ptr = c->arg,
			.fn = c->fn,
			.done = c->done });
}

void worker_guest_join(struct workers *ws, uint32_t w, struct worker_guest *g)
{
	order(ws, w, &(struct worker_order){ .op = WORKER_GUEST_JOIN, .ptr = g });
}

void worker_guest_leave(struct workers *ws, uint32_t w, struct worker_guest *g)
{
	order(ws, w, &(struct worker_order){ .op = WORKER_GUEST_LEAVE, .ptr = g });
}

uint64_t worker_queued(const struct workers *ws, uint32_t w)
{
	const struct slot *s = &ws->slots[w];

	return mailbox_count(s->orders) + mailbox_count(s->answers) + mailbox_count(s->w.feed) +
		s->n_waiting;
}

struct histogram *worker_latency(const struct workers *ws, uint32_t w)
{
	return loop_latency(ws->slots[w].w.loop);
}

uint64_t worker_cpu_ms(const struct workers *ws, uint32_t w)
{
	struct timespec ts;

	if (clock_gettime(ws->slots[w].cpu_clock, &ts) != 0)
		return 0;
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}
