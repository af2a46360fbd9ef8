/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Worker threads with engines and without a kernel: what they write to the fib is read from the
 * rings here.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fib/fib.h"
#include "lib/base/xalloc.h"
#include "lib/io/loop.h"
#include "lib/io/mailbox.h"
#include "tests/cu_main.h"
#include "vbr/worker/worker.h"

#define WORKERS   3
#define FEED_RING 256
#define WAIT_US   20000000

struct rig {
	struct loop *loop;
	struct mailbox *feeds[WORKERS];
	struct workers *ws;
	struct timer limit;
	bool is_late;
	bool is_watched; /* the watch ends the loop, for a call of it may be away */
	/* what the feeds said: tables 1 and 2 */
	uint32_t n_routes[3];
	/* Routes of table 1 to wait for too: its feed and its edge have paces of their own. */
	uint32_t own;
	uint32_t n_tables;
};

static struct mailbox *feed_of(void *ctx, uint32_t i)
{
	return ((struct rig *)ctx)->feeds[i];
}

static void on_event(void *ctx, const struct worker_event *ev)
{
	(void)ctx;
	(void)ev;
}

static void on_feed(void *ctx, const void *msg)
{
	struct rig *r = ctx;
	const struct fib_msg *m = msg;

	CU_ASSERT(m->table <= 2);
	if (m->type == FIB_MSG_ROUTE_SET && m->table <= 2)
		r->n_routes[m->table]++;
	if (m->type == FIB_MSG_ROUTE_DEL && m->table <= 2)
		r->n_routes[m->table]--;
	r->n_tables += m->type == FIB_MSG_TABLE_ADD;
	r->n_tables -= m->type == FIB_MSG_TABLE_DEL;
	free(m->take_group);
}

static void on_limit(void *ctx)
{
	struct rig *r = ctx;

	r->is_late = true;
	if (!r->is_watched)
		loop_stop(r->loop);
}

static void rig_init(struct rig *r)
{
	struct workers_params p = {
		.n = WORKERS,
		.fib_feed = feed_of,
		.event = on_event,
		.ctx = r,
	};

	memset(r, 0, sizeof(*r));
	r->loop = loop_new("test");
	p.main_loop = r->loop;
	for (uint32_t i = 0; i < WORKERS; i++) {
		r->feeds[i] = mailbox_new(sizeof(struct fib_msg), FEED_RING);
		mailbox_attach_consumer(r->feeds[i], r->loop, 64, on_feed, r);
	}
	timer_init(&r->limit, r->loop, on_limit, r);
	r->ws = workers_start(&p);
	CU_ASSERT_PTR_NOT_NULL_FATAL(r->ws);
}

static void rig_fini(struct rig *r)
{
	timer_stop(&r->limit);
	workers_stop(r->ws, false);
	for (uint32_t i = 0; i < WORKERS; i++) {
		mailbox_detach_consumer(r->feeds[i]);
		(void)mailbox_drain(r->feeds[i], FEED_RING, on_feed, r);
		mailbox_free(r->feeds[i]);
	}
	loop_free(r->loop);
}

/* Until somebody stops the loop. */
static void rig_run(struct rig *r)
{
	timer_start(&r->limit, WAIT_US);
	(void)loop_run(r->loop);
	timer_stop(&r->limit);
	CU_ASSERT(!r->is_late);
}

/* Calls */

struct counted {
	struct rig *r;
	uint32_t worker;
	uint32_t seq;
	uint32_t *next_there; /* used on the worker's thread */
	uint32_t *next_here;
	uint32_t *left;
};

static void count_there(const struct worker *v, void *arg)
{
	const struct counted *c = arg;

	/* CUnit is for the thread of the tests only: a fault shows in next_here. */
	if (worker_view_index(v) == c->worker && *c->next_there == c->seq)
		(*c->next_there)++;
}

static void count_here(void *arg)
{
	struct counted *c = arg;

	CU_ASSERT_EQUAL(*c->next_here, c->seq);
	(*c->next_here)++;
	if (--*c->left == 0)
		loop_stop(c->r->loop);
	free(c);
}

/* More than a ring holds, so that orders wait in line; answers do as well. */
static void calls_run_and_come_back_in_their_order(void)
{
	enum {
		CALLS = 10000
	};
	uint32_t there[WORKERS] = { 0 };
	uint32_t here[WORKERS] = { 0 };
	uint32_t left = WORKERS * CALLS;
	struct rig r;

	rig_init(&r);
	for (uint32_t i = 0; i < CALLS; i++)
		for (uint32_t w = 0; w < WORKERS; w++) {
			struct counted *c = xcalloc(1, sizeof(*c));

			*c = (struct counted){ &r, w, i, &there[w], &here[w], &left };
			worker_call(r.ws, w,
				&(struct worker_call){ .fn = count_there,
					.done = count_here,
					.arg = c });
		}
	rig_run(&r);
	for (uint32_t w = 0; w < WORKERS; w++)
		CU_ASSERT_EQUAL(there[w], CALLS);
	rig_fini(&r);
}

static void count_end(void *arg)
{
	struct counted *c = arg;

	--*c->left;
	free(c);
}

static void calls_that_nobody_runs_any_more_are_told(void)
{
	enum {
		CALLS = 6000
	};
	uint32_t there[WORKERS] = { 0 };
	uint32_t left = CALLS;
	struct rig r;

	rig_init(&r);
	for (uint32_t i = 0; i < CALLS; i++) {
		struct counted *c = xcalloc(1, sizeof(*c));

		*c = (struct counted){ &r, i % WORKERS, i, &there[0], NULL, &left };
		c->next_there = &there[i % WORKERS];
		worker_call(r.ws, i % WORKERS,
			&(struct worker_call){ .fn = count_there, .done = count_end, .arg = c });
	}
	rig_fini(&r);
	CU_ASSERT_EQUAL(left, 0);
}

/* Instances and edges: VPC 1 of tenant 0 has CIDRs, VPC 2 of tenant 1 is to hear of them. */

static void set_instance(struct rig *r, uint32_t tenant, uint32_t n_cidrs)
{
	struct worker_instance *wi = xcalloc(1, sizeof(*wi));

	snprintf(wi->conf.name, sizeof(wi->conf.name), "vpc-%u", tenant);
	wi->conf.table = tenant + 1;
	wi->conf.max_paths = 1;
	wi->locals = xcalloc(n_cidrs + 1u, sizeof(*wi->locals));
	wi->n_locals = n_cidrs;
	for (uint32_t i = 0; i < n_cidrs; i++) {
		const uint8_t b[4] = { 10, (uint8_t)(i >> 8), (uint8_t)i, 0 };
		const struct ip_addr a = ip_from_bytes(AF_INET, b);

		wi->locals[i] = (struct bgp_local){ .pfx = prefix_make(&a, 24),
			.kind = RIB_SOURCE_VPC,
			.flags = RIB_PATH_CIDR,
			.has_nh = true,
			.nh = nexthop_blackhole() };
	}
	worker_instance_set(r->ws, tenant, tenant, tenant, wi);
}

static void set_tenant_quota(struct rig *r, uint32_t tenant, uint32_t quota)
{
	struct bgp_engine_conf c = { .route_quota = quota };

	snprintf(c.name, sizeof(c.name), "tenant-%u", tenant);
	worker_tenant_set(r->ws, tenant, tenant, &c);
}

static void set_tenant(struct rig *r, uint32_t tenant)
{
	set_tenant_quota(r, tenant, 0);
}

static void set_edge(struct rig *r, uint32_t from, uint32_t to, uint32_t edge)
{
	struct worker_edge e = { .from_tenant = from,
		.to_tenant = to,
		.from_instance = from,
		.to_instance = to,
		.weight = 1 };

	snprintf(e.conf.name, sizeof(e.conf.name), "edge-%u-%u", from, to);
	e.conf.kinds = 1u << RIB_SOURCE_VPC;
	e.nh = nexthop_device(7);
	worker_edge_set(r->ws, from, to, edge, &e);
}

struct watch {
	struct rig *r;
	struct timer timer;
	uint32_t want; /* routes in table 2 */
	uint32_t edge;
	uint32_t edge_routes;
};

static void look(const struct worker *v, void *arg)
{
	struct watch *w = arg;

	w->edge_routes = worker_view_edge_routes(v, w->edge);
}

static void looked(void *arg)
{
	struct watch *w = arg;

	if (w->r->is_late)
		loop_stop(w->r->loop);
	else if (w->edge_routes == w->want && w->r->n_routes[2] == w->want &&
		w->r->n_routes[1] >= w->r->own)
		loop_stop(w->r->loop);
	else
		timer_start(&w->timer, 1000);
}

static void on_some(void *ctx)
{
	struct watch *w = ctx;

	if (w->r->n_routes[2] > 0)
		loop_stop(w->r->loop);
	else
		timer_start(&w->timer, 100);
}

/* Until the first route has come; most are on their way. */
static void await_some(struct rig *r)
{
	struct watch w = { .r = r };

	timer_init(&w.timer, r->loop, on_some, &w);
	timer_start(&w.timer, 100);
	rig_run(r);
	timer_stop(&w.timer);
}

static void nap(const struct worker *v, void *arg)
{
	(void)v;
	if (arg != NULL)
		(void)usleep(20000);
}

static void awake(void *arg)
{
	(void)arg;
}

/* Keep a worker busy, and its ring of orders a whole burst ahead of what comes now. */
static void keep_busy(struct rig *r, uint32_t worker)
{
	struct worker_call c = { .fn = nap, .done = awake, .arg = r };

	for (uint32_t i = 0; i < 64; i++) {
		worker_call(r->ws, worker, &c);
		c.arg = NULL;
	}
}

static void on_watch(void *ctx)
{
	struct watch *w = ctx;

	worker_call(w->r->ws, 1, &(struct worker_call){ .fn = look, .done = looked, .arg = w });
}

static void await_routes(struct rig *r, uint32_t edge, uint32_t want)
{
	struct watch w = { .r = r, .want = want, .edge = edge };

	timer_init(&w.timer, r->loop, on_watch, &w);
	timer_start(&w.timer, 1000);
	r->is_watched = true;
	rig_run(r);
	r->is_watched = false;
	CU_ASSERT_EQUAL(r->n_routes[2], want);
	timer_stop(&w.timer);
}

/* The first routes must not come before the edge, whichever ring is read first. */
static void every_route_crosses_a_new_edge_between_threads(void)
{
	enum {
		CIDRS = 3000
	};
	struct rig r;

	rig_init(&r);
	set_tenant(&r, 0);
	set_tenant(&r, 1);
	set_instance(&r, 0, CIDRS);
	set_instance(&r, 1, 0);
	await_routes(&r, 0, 0);
	keep_busy(&r, 1);
	set_edge(&r, 0, 1, 0);
	r.own = CIDRS;
	await_routes(&r, 0, CIDRS);
	CU_ASSERT_EQUAL(r.n_routes[1], CIDRS);
	CU_ASSERT_EQUAL(r.n_tables, 2);
	worker_edge_del(r.ws, 0, 1, 0);
	await_routes(&r, 0, 0);
	rig_fini(&r);
}

static void what_a_quota_kept_out_is_asked_for_on_the_other_thread(void)
{
	enum {
		CIDRS = 3000,
		QUOTA = 1000
	};
	struct rig r;

	rig_init(&r);
	set_tenant(&r, 0);
	set_tenant_quota(&r, 1, QUOTA);
	set_instance(&r, 0, CIDRS);
	set_instance(&r, 1, 0);
	set_edge(&r, 0, 1, 0);
	r.own = CIDRS;
	await_routes(&r, 0, QUOTA);
	set_tenant_quota(&r, 1, 2 * QUOTA);
	await_routes(&r, 0, 2 * QUOTA);
	set_tenant(&r, 1);
	await_routes(&r, 0, CIDRS);
	rig_fini(&r);
}

/*
 * An id goes to another edge while routes of the first one are on their way: the table of
 * tenant 1 must hold what tenant 2 has for it, and nothing of tenant 0.
 */
static void late_routes_do_not_reach_the_next_edge_of_the_number(void)
{
	enum {
		CIDRS = 3000,
		TURNS = 20
	};
	struct rig r;

	rig_init(&r);
	for (uint32_t t = 0; t < 3; t++)
		set_tenant(&r, t);
	set_instance(&r, 0, CIDRS);
	set_instance(&r, 1, 0);
	for (int turn = 0; turn < TURNS; turn++) {
		set_edge(&r, 0, 1, 0);
		await_some(&r);
		worker_edge_del(r.ws, 0, 1, 0);
		/* From an instance that has nothing. */
		set_edge(&r, 1, 1, 0);
		await_routes(&r, 0, 0);
		worker_edge_del(r.ws, 1, 1, 0);
	}
	rig_fini(&r);
}

static const struct cu_case cases[] = {
	CU_CASE(calls_run_and_come_back_in_their_order),
	CU_CASE(calls_that_nobody_runs_any_more_are_told),
	CU_CASE(every_route_crosses_a_new_edge_between_threads),
	CU_CASE(what_a_quota_kept_out_is_asked_for_on_the_other_thread),
	CU_CASE(late_routes_do_not_reach_the_next_edge_of_the_number),
};
CU_SUITE(workers, cases);
