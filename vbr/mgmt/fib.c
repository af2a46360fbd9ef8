/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the fib thread knows: show route as a stream of slices, drift; and the end of the process.
 */
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fib/fib_thread.h"
#include "fib/note.h"
#include "lib/base/xalloc.h"
#include "lib/io/loop.h"
#include "vbr/mgmt/mgmt_int.h"

struct route_job {
	struct mgmt_job j; /* first */
	uint32_t table;
	bool families[2]; /* IPv4, IPv6 */
	bool has_prefix;
	struct prefix prefix;
	Vbrd__Match match;
	int family;
	struct prefix key;
	bool started;
	bool done;
	bool first;
	struct fib *fib; /* during a visit */
	Vbrd__FibRoute *rows[MGMT_CHUNK];
	size_t n;
	int64_t now_us;
};

static const uint8_t afs[2] = { AF_INET, AF_INET6 };

Vbrd__FibNextHop *mgmt_hop_row(struct arena *a, const struct fib_route_view *v, uint8_t i)
{
	const struct nexthop *nh = &v->group.nh[i];
	Vbrd__FibNextHop *r = arena_alloc(a, sizeof(*r));
	bool backup_used = v->group.n < 32 && v->dead == (1u << v->group.n) - 1;
	char name[IF_NAMESIZE];

	vbrd__fib_next_hop__init(r);
	r->via = nh->kind == NEXTHOP_KIND_GATEWAY ? mgmt_ip(a, &nh->gw) : NULL;
	if (nh->ifindex != 0 && if_indextoname(nh->ifindex, name) != NULL)
		r->interface = mgmt_str(a, name);
	r->has_weight = r->has_active = true;
	r->weight = nh->weight;
	r->active = i < v->group.n ? (v->dead >> i & 1) == 0 : backup_used;
	return r;
}

static void add_route(void *ctx, const struct fib_route_view *v)
{
	struct route_job *q = ctx;
	struct arena *a = q->j.arena;
	Vbrd__FibRoute *r = arena_alloc(a, sizeof(*r));
	uint8_t hops = v->group.n + v->group.n_backup;

	vbrd__fib_route__init(r);
	r->prefix = mgmt_prefix(a, &v->pfx);
	r->has_installed = r->has_age = true;
	r->installed = v->state == FIB_STATE_INSTALLED || v->state == FIB_STATE_STALE;
	r->error = mgmt_str(a, v->error);
	r->error_code = mgmt_errno(a, v->code);
	r->age = (uint64_t)((q->now_us - v->since_us) / 1000000);
	r->kind = mgmt_str(a,
		v->group.n > 0 && v->group.nh[0].kind == NEXTHOP_KIND_BLACKHOLE ? "blackhole" :
										  "unicast");
	r->has_resilient_buckets = v->group.spread.buckets > 0;
	r->resilient_buckets = v->group.spread.buckets;
	r->next_hops = arena_calloc(a, hops + 1u, sizeof(*r->next_hops));
	if (strcmp(r->kind, "unicast") == 0)
		for (uint8_t i = 0; i < hops; i++)
			r->next_hops[r->n_next_hops++] = mgmt_hop_row(a, v, i);
	if (q->n < MGMT_CHUNK)
		q->rows[q->n++] = r;
}

/* Only what lies inside the asked prefix; the walk starts at it and ends behind it. */
static void add_within(void *ctx, const struct fib_route_view *v)
{
	struct route_job *q = ctx;

	if (q->has_prefix && !prefix_covers(&q->prefix, &v->pfx))
		q->done = true;
	else
		add_route(ctx, v);
}

static void longest(struct route_job *q)
{
	struct prefix p = q->prefix;
	struct fib_route_view v;

	for (int len = p.len; len >= 0; len--) {
		struct ip_addr a = prefix_addr(&q->prefix);

		p = prefix_make(&a, (uint8_t)len);
		if (fib_get(q->fib, q->table, &p, &v) == 0) {
			add_route(q, &v);
			return;
		}
	}
}

static bool walk_family(struct route_job *q)
{
	const struct fib_walk walk = {
		.table = q->table,
		.max = MGMT_CHUNK,
		.inclusive = !q->started,
		.fn = add_within,
		.ctx = q,
	};
	uint32_t seen;

	if (!q->started)
		q->key = q->has_prefix ? q->prefix : prefix_any(afs[q->family]);
	seen = fib_walk(q->fib, &walk, &q->key);
	q->started = true;
	return seen >= MGMT_CHUNK && !q->done;
}

static void visit(struct fib *f, void *arg)
{
	struct route_job *q = arg;
	struct fib_route_view v;

	q->fib = f;
	q->now_us = mono_now().us;
	while (!q->done) {
		if (!q->families[q->family]) {
			/* not asked for */
		} else if (q->has_prefix && q->match == VBRD__MATCH__LONGEST) {
			longest(q);
		} else if (q->has_prefix && q->match == VBRD__MATCH__EXACT) {
			if (fib_get(f, q->table, &q->prefix, &v) == 0)
				add_route(q, &v);
		} else if (walk_family(q)) {
			return;
		}
		q->started = false;
		if (++q->family == 2)
			q->done = true;
		else if (q->n > 0)
			return;
	}
}

static void ask(struct route_job *q);

static void finish(struct mgmt_job *j)
{
	struct route_job *q = (struct route_job *)j;
	Vbrd__FibRoutes m = VBRD__FIB_ROUTES__INIT;

	if (q->n > 0 || q->done) {
		m.has_kernel_table = q->first;
		m.kernel_table = q->table;
		m.routes = q->rows;
		m.n_routes = q->n;
		(void)rpc_reply_chunk(j->call, &m.base);
		q->first = false;
		q->n = 0;
		arena_reset(j->arena);
	}
	if (q->done)
		mgmt_job_end(j, VBRD__STATUS_CODE__OK, NULL);
	else if (!rpc_call_is_congested(j->call))
		ask(q);
}

static void ask(struct route_job *q)
{
	mgmt_job_sent(&q->j, fib_thread_call(daemon_fib(q->j.d), visit, mgmt_job_back, q),
		"the fib");
}

static bool parse(struct rpc_call *call, const Vbrd__ShowRoute *in, struct route_job *q)
{
	q->families[0] = in->family != VBRD__FAMILY__IPV6;
	q->families[1] = in->family != VBRD__FAMILY__IPV4;
	q->match = in->match;
	if (in->prefix == NULL || in->prefix[0] == '\0')
		return true;
	q->has_prefix = true;
	if (!mgmt_prefix_asked(call, in->prefix, &q->prefix, &q->match))
		return false;
	q->families[0] &= q->prefix.family == AF_INET;
	q->families[1] &= q->prefix.family == AF_INET6;
	return true;
}

void mgmt_show_route(struct rpc_call *call, const Vbrd__Request *req, void *ctx)
{
	struct daemon *d = mgmt_daemon(ctx);
	const struct plane_instance *pi = mgmt_instance(call, d, req->show_route->instance);
	struct route_job question = { 0 };
	struct route_job *q;
	struct mgmt_job head;

	if (pi == NULL || !parse(call, req->show_route, &question))
		return;
	q = mgmt_job_new(call, d, sizeof(*q));
	head = q->j;
	*q = question;
	q->j = head;
	q->table = pi->table;
	q->first = true;
	q->j.finish = finish;
	ask(q);
}

/* Drift */

struct drift_job {
	struct mgmt_job j; /* first */
	struct fib_news news;
	bool repaired[FIB_NOTES];
	uint64_t n_wanted;
};

/* Was it put right? What went since is no drift any more. */
static bool is_repaired(const struct fib *f, const struct fib_note *note)
{
	struct fib_route_view v;

	return fib_get(f, note->table, &note->pfx, &v) < 0 || v.state == FIB_STATE_INSTALLED;
}

static void visit_drift(struct fib *f, void *arg)
{
	struct drift_job *q = arg;

	fib_read_news(f, &q->news);
	q->n_wanted = counter_get(&fib_stats(f)->routes_wanted);
	for (uint32_t i = 0; i < fib_notes_count(&q->news.drift); i++)
		q->repaired[i] = is_repaired(f, fib_notes_at(&q->news.drift, i));
}

static Vbrd__DriftItem *drift_row(const struct drift_job *q, uint32_t i)
{
	const struct fib_note *note = fib_notes_at(&q->news.drift, i);
	const struct plane_instance *pi = plane_instance_by_table(daemon_plane(q->j.d),
		note->table);
	struct arena *a = q->j.arena;
	Vbrd__DriftItem *r = arena_alloc(a, sizeof(*r));
	char instance[MODEL_NAME_SIZE + 4];

	vbrd__drift_item__init(r);
	if (pi != NULL) {
		snprintf(instance, sizeof(instance), "%s %s", pi->is_vbr ? "vbr" : "vpc", pi->name);
		r->tenant = mgmt_str(a, pi->tenant);
		r->instance = mgmt_str(a, instance);
	}
	r->time = mgmt_time(a, mono_to_wall_s(note->at));
	r->has_kernel_table = r->has_repaired = true;
	r->kernel_table = note->table;
	r->object = mgmt_prefix(a, &note->pfx);
	r->problem = mgmt_str(a, fib_problem_name((enum fib_problem)note->problem));
	r->repaired = q->repaired[i];
	return r;
}

static void finish_drift(struct mgmt_job *j)
{
	const struct drift_job *q = (struct drift_job *)j;
	Vbrd__DriftItem *rows[FIB_NOTES];
	Vbrd__Drift m = VBRD__DRIFT__INIT;

	m.has_routes_checked = m.has_repaired_total = true;
	m.routes_checked = q->n_wanted;
	m.repaired_total = q->news.repaired;
	m.n_items = fib_notes_count(&q->news.drift);
	m.items = rows;
	for (uint32_t i = 0; i < m.n_items; i++)
		rows[i] = drift_row(q, i);
	(void)rpc_reply_chunk(j->call, &m.base);
	mgmt_job_end(j, VBRD__STATUS_CODE__OK, NULL);
}

void mgmt_show_drift(struct rpc_call *call, const Vbrd__Request *req, void *ctx)
{
	struct daemon *d = mgmt_daemon(ctx);
	struct drift_job *q = mgmt_job_new(call, d, sizeof(*q));

	(void)req;
	q->j.finish = finish_drift;
	mgmt_job_sent(&q->j, fib_thread_call(daemon_fib(d), visit_drift, mgmt_job_back, q),
		"the fib");
}

void mgmt_shutdown(struct rpc_call *call, const Vbrd__Request *req, void *ctx)
{
	if (rpc_call_user(call)->role != RPC_ROLE_ADMIN) {
		rpc_reply_error(call, VBRD__STATUS_CODE__DENIED, "the role admin is needed");
		return;
	}
	daemon_shutdown_soon(mgmt_daemon(ctx), req->shutdown->withdraw);
	rpc_reply_end(call, VBRD__STATUS_CODE__OK, NULL);
}
