/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What orders do on the worker's thread: engines and instances made, changed and removed; the
 * engine's upward calls turned into orders for the fib. Everything here is one thread's. Edges are
 * in half.c.
 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bgpd/nhtable.h"
#include "fib/fib.h"
#include "lib/base/xalloc.h"
#include "lib/io/loop.h"
#include "lib/io/mailbox.h"
#include "vbr/worker/worker_int.h"

/* Upward calls of the engine */

/* An order that may be refused: behind the urgent ones, for a table comes before its routes. */
static int feed_post(struct worker *w, const struct fib_msg *m)
{
	int ret = w->n_urgent > 0 ? -EAGAIN : mailbox_post(w->feed, m);

	if (ret == 0)
		job_wake(&w->feed_job);
	return ret;
}

/* One wake-up of the fib for all that the jobs of this turn posted. */
static bool feed_flush(void *ctx)
{
	struct worker *w = ctx;

	mailbox_flush(w->feed);
	return false;
}

void worker_feed_urgent(struct worker *w, const struct fib_msg *m)
{
	if (feed_post(w, m) < 0) {
		w->urgent = xreallocarray(w->urgent, w->n_urgent + 1, sizeof(*w->urgent));
		w->urgent[w->n_urgent++] = *m;
	}
	mailbox_ring(w->feed);
}

static int op_group(void *ctx, uint32_t gid, const struct nhgroup *g)
{
	struct fib_msg m = { .type = g != NULL ? FIB_MSG_GROUP_SET : FIB_MSG_GROUP_DEL,
		.gid = gid };
	int ret;

	if (g != NULL) {
		m.take_group = xmalloc(sizeof(*g));
		*m.take_group = *g;
	}
	ret = feed_post(ctx, &m);
	if (ret < 0)
		free(m.take_group);
	return ret;
}

static int op_route(void *ctx, uint32_t table, const struct prefix *pfx, uint32_t gid)
{
	struct fib_msg m = {
		.type = gid != 0 ? FIB_MSG_ROUTE_SET : FIB_MSG_ROUTE_DEL,
		.family = pfx->family,
		.pfx = *pfx,
		.table = table,
		.gid = gid,
	};

	return feed_post(ctx, &m);
}

static int op_synced(void *ctx, uint32_t table, uint8_t af)
{
	struct fib_msg m = { .type = FIB_MSG_SYNCED, .family = af, .table = table };
	int ret = feed_post(ctx, &m);

	mailbox_flush(((struct worker *)ctx)->feed);
	return ret;
}

static void op_neighbor(void *ctx, const struct bgp_neighbor *n)
{
	struct fib_msg m = {
		.type = FIB_MSG_NEIGHBOR_DOWN,
		.gid = n->live_key,
		.watch = { .epoch = { n->generation, n->deaths }, .ifindex = n->ifindex },
	};

	if (n->members != NULL) {
		m.type = FIB_MSG_NEIGHBOR_SET;
		m.take_set = live_set_new(n->members, n->n_members);
	} else if (n->up) {
		m.type = FIB_MSG_NEIGHBOR_UP;
	} else if (n->gone) {
		m.type = FIB_MSG_NEIGHBOR_GONE;
	}
	worker_feed_urgent(ctx, &m);
}

static uint32_t op_live_key(void *ctx)
{
	struct worker *w = ctx;

	/* Unique in the process: the worker in the top octet, 0 is never given out. */
	return (w->index << 24) | (++w->next_live_key & 0xffffff);
}

uint32_t worker_instance_id(const struct worker *w, const struct bgp_instance *i)
{
	for (uint32_t k = 0; k < w->n_insts; k++)
		if (w->insts[k].inst == i)
			return k;
	return UINT32_MAX;
}

static void answer(struct worker *w, const struct worker_answer *a)
{
	if (w->n_late == 0 && mailbox_post(w->answers, a) == 0) {
		mailbox_flush(w->answers);
		return;
	}
	w->late = xreallocarray(w->late, w->n_late + 1, sizeof(*w->late));
	w->late[w->n_late++] = *a;
}

/* Guests */

static void guests_came(struct worker *w, uint32_t tenant)
{
	struct worker_guest *g;

	LIST_FOREACH(g, &w->guests, entry)
		g->came(g, tenant, w->tenants[tenant].engine);
}

static void guests_gone(struct worker *w, uint32_t tenant)
{
	struct worker_guest *g;

	LIST_FOREACH(g, &w->guests, entry)
		g->gone(g, tenant);
}

static void guest_join(struct worker *w, struct worker_guest *g)
{
	g->w = w;
	LIST_INSERT_HEAD(&w->guests, g, entry);
	for (uint32_t i = 0; i < w->n_tenants; i++)
		if (w->tenants[i].engine != NULL)
			g->came(g, i, w->tenants[i].engine);
	g->joined(g);
}

static void guest_done(void *arg)
{
	struct worker_guest *g = arg;

	g->done(g);
}

static void guest_leave(struct worker *w, struct worker_guest *g)
{
	for (uint32_t i = 0; i < w->n_tenants; i++)
		if (w->tenants[i].engine != NULL)
			g->gone(g, i);
	LIST_REMOVE(g, entry);
	answer(w, &(struct worker_answer){ .done = guest_done, .ptr = g });
}

void worker_guest_post(struct worker_guest *g, void (*fn)(void *arg), void *arg)
{
	answer(g->w, &(struct worker_answer){ .done = fn, .ptr = arg });
}

static void op_event(void *ctx, const struct bgp_event *ev)
{
	static const enum worker_event_type types[] = {
		[BGP_EVENT_PEER_UP] = WORKER_EVENT_PEER_UP,
		[BGP_EVENT_PEER_DOWN] = WORKER_EVENT_PEER_DOWN,
		[BGP_EVENT_LIMIT_WARNING] = WORKER_EVENT_LIMIT_WARNING,
		[BGP_EVENT_LIMIT_REACHED] = WORKER_EVENT_LIMIT_REACHED,
		[BGP_EVENT_POLICY_APPLIED] = WORKER_EVENT_POLICY_APPLIED,
		[BGP_EVENT_SECOND_ROUTER] = WORKER_EVENT_SECOND_ROUTER,
		[BGP_EVENT_BFD_UP] = WORKER_EVENT_BFD_UP,
		[BGP_EVENT_BFD_DOWN] = WORKER_EVENT_BFD_DOWN,
	};
	struct worker *w = ctx;
	struct worker_event *we = xcalloc(1, sizeof(*we));
	struct worker_answer a = { .ptr = we };
	struct bgp_peer_view v;
	uint32_t id;

	static_assert(ARRAY_SIZE(types) == BGP_EVENT_COUNT, "one row per event");
	we->type = types[ev->type];
	id = worker_instance_id(w, ev->instance);
	snprintf(we->instance, sizeof(we->instance), "%s", bgp_instance_conf(ev->instance)->name);
	if (id < w->n_insts)
		snprintf(we->tenant, sizeof(we->tenant), "%s",
			bgp_engine_name(w->tenants[w->insts[id].tenant].engine));
	we->count = ev->count;
	/* a VPC has no AS */
	we->is_vpc = ev->peer == NULL && bgp_instance_conf(ev->instance)->local_as == 0;
	we->is_next_hop = ev->peer == NULL && ev->other != NULL;
	if (we->is_next_hop)
		we->peer = *ev->other;
	if (ev->peer != NULL) {
		bgp_peer_view(ev->peer, &v);
		we->peer = v.address;
	}
	if (ev->why != NULL) {
		(void)session_down_format(ev->why, we->text, sizeof(we->text));
		we->code = ev->code;
		we->notification[0] = session_down_is_notified(ev->why) ? ev->why->code : 0;
		we->notification[1] = ev->why->subcode;
	}
	if (ev->text != NULL)
		snprintf(we->text, sizeof(we->text), "%s", ev->text);
	if (ev->other != NULL && !we->is_next_hop)
		(void)ip_format(ev->other, we->text);
	answer(w, &a);
}

static const struct bgp_engine_ops engine_ops = {
	.route = op_route,
	.synced = op_synced,
	.neighbor = op_neighbor,
	.event = op_event,
	.live_key = op_live_key,
	.bfd = worker_bfd_want,
};

static const struct nhtable_ops nh_ops = { .group = op_group };

/* Rings have room again */

static void on_feed_space(void *ctx)
{
	struct worker *w = ctx;
	uint32_t done = 0;

	while (done < w->n_urgent && mailbox_post(w->feed, &w->urgent[done]) == 0)
		done++;
	if (done > 0)
		mailbox_ring(w->feed);
	w->n_urgent -= done;
	if (w->n_urgent > 0) {
		memmove(w->urgent, w->urgent + done, w->n_urgent * sizeof(*w->urgent));
		return;
	}
	nhtable_retry(w->nh);
	for (uint32_t i = 0; i < w->n_tenants; i++)
		if (w->tenants[i].engine != NULL)
			bgp_engine_fib_space(w->tenants[i].engine);
	mailbox_flush(w->feed);
}

static void on_answer_space(void *ctx)
{
	struct worker *w = ctx;
	uint32_t done = 0;

	while (done < w->n_late && mailbox_post(w->answers, &w->late[done]) == 0)
		done++;
	w->n_late -= done;
	memmove(w->late, w->late + done, w->n_late * sizeof(*w->late));
	mailbox_flush(w->answers);
}

void worker_attach(struct worker *w)
{
	job_init(&w->feed_job, w->loop, feed_flush, w);
	mailbox_attach_producer(w->feed, w->loop, on_feed_space, w);
	mailbox_attach_producer(w->answers, w->loop, on_answer_space, w);
	worker_bfd_attach(w);
	worker_halves_attach(w);
}

void worker_run_init(struct worker *w)
{
	w->nh = nhtable_new(&nh_ops, w);
	w->attrs = attrs_table_new();
}

static void instance_drop(struct worker *w, uint32_t id);

void worker_run_fini(struct worker *w)
{
	for (uint32_t i = 0; i < w->n_halves; i++)
		worker_half_drop(w, i);
	for (uint32_t i = 0; w->restarting && i < w->n_tenants; i++)
		if (w->tenants[i].engine != NULL)
			bgp_engine_restarting(w->tenants[i].engine);
	for (uint32_t i = 0; i < w->n_tenants; i++) {
		if (w->tenants[i].engine != NULL)
			guests_gone(w, i);
		bgp_engine_free(w->tenants[i].engine);
	}
	for (uint32_t i = 0; i < w->n_insts; i++)
		worker_order_free(&(
			struct worker_order){ .op = WORKER_INSTANCE_SET, .ptr = w->insts[i].now });
	for (uint32_t i = 0; i < w->n_late; i++)
		worker_answer_drop(NULL, &w->late[i]);
	nhtable_free(w->nh);
	attrs_table_free(w->attrs);
	job_cancel(&w->feed_job);
	mailbox_flush(w->feed);
	mailbox_detach_producer(w->feed);
	mailbox_detach_producer(w->answers);
	worker_bfd_fini(w);
	free(w->tenants);
	free(w->insts);
	free(w->halves);
	for (uint32_t i = 0; i < w->n_urgent; i++)
		free(w->urgent[i].take_set);
	free(w->urgent);
	free(w->late);
}

/* Orders */

void *worker_grow(void *v, uint32_t *n, uint32_t i, size_t size)
{
	uint32_t want = *n;

	if (i < *n)
		return v;
	while (want <= i)
		want = want == 0 ? 16 : 2 * want;
	v = xreallocarray(v, want, size);
	memset((char *)v + *n * size, 0, (want - *n) * size);
	*n = want;
	return v;
}

static void tenant_set(struct worker *w, const struct worker_order *o)
{
	struct bgp_engine_conf *conf = o->ptr;
	struct worker_tenant *t;

	w->tenants = worker_grow(w->tenants, &w->n_tenants, o->tenant, sizeof(*w->tenants));
	t = &w->tenants[o->tenant];
	if (t->engine == NULL) {
		t->engine = bgp_engine_new(&(struct bgp_engine_home){ w->loop, w->nh, w->attrs },
			conf, &engine_ops, w);
		guests_came(w, o->tenant);
	} else {
		bgp_engine_reconf(t->engine, conf);
	}
	free(conf);
}

struct bgp_engine *worker_engine(const struct worker *w, uint32_t tenant)
{
	return tenant < w->n_tenants ? w->tenants[tenant].engine : NULL;
}

static void tenant_del(struct worker *w, const struct worker_order *o)
{
	if (worker_engine(w, o->tenant) == NULL)
		return;
	guests_gone(w, o->tenant);
	bgp_engine_free(w->tenants[o->tenant].engine);
	w->tenants[o->tenant].engine = NULL;
}

static void policy_set(struct worker *w, const struct worker_order *o)
{
	struct bgp_engine *e = worker_engine(w, o->tenant);

	if (e != NULL)
		bgp_engine_set_policy(e, o->ptr);
	else
		policy_set_unref(o->ptr);
}

static void cidrs_set(struct worker *w, const struct worker_order *o)
{
	struct bgp_engine *e = worker_engine(w, o->tenant);

	if (e != NULL)
		bgp_engine_set_cidrs(e, o->ptr, o->id);
	free(o->ptr);
}

/* Peers: gone ones first, so that an address may move from one role to another in one commit. */
static void set_peers(struct bgp_instance *inst, const struct worker_instance *wi)
{
	struct bgp_peer *p = bgp_instance_next_peer(inst, NULL);

	while (p != NULL) {
		struct bgp_peer *next = bgp_instance_next_peer(inst, p);
		struct bgp_peer_view v;
		bool wanted = false;

		bgp_peer_view(p, &v);
		for (uint32_t i = 0; i < wi->n_peers; i++)
			wanted |= ip_is_equal(&wi->peers[i].session.remote, &v.address);
		/* One that came by a range makes way for the same one by name. */
		if (wanted == v.dynamic)
			bgp_peer_free(p);
		p = next;
	}
	for (uint32_t i = 0; i < wi->n_peers; i++) {
		p = bgp_instance_find_peer(inst, &wi->peers[i].session.remote);
		if (p != NULL)
			bgp_peer_reconf(p, &wi->peers[i]);
		else
			(void)bgp_peer_new(inst, &wi->peers[i]);
	}
}

/* So that a neighbour hears the operator's words, and not that a line went away. */
static void disable_peers(struct bgp_instance *inst, const struct worker_instance *wi)
{
	for (uint32_t i = 0; i < wi->n_peers; i++) {
		struct bgp_peer *p = bgp_instance_find_peer(inst, &wi->peers[i].session.remote);

		if (p != NULL && !wi->peers[i].session.enabled)
			bgp_peer_reconf(p, &wi->peers[i]);
	}
}

static void instance_set(struct worker *w, const struct worker_order *o)
{
	struct bgp_engine *e = worker_engine(w, o->tenant);
	struct worker_instance *wi = o->ptr;
	struct worker_inst *x;

	if (e == NULL) {
		worker_order_free(o);
		return;
	}
	w->insts = worker_grow(w->insts, &w->n_insts, o->id, sizeof(*w->insts));
	x = &w->insts[o->id];
	if (x->inst == NULL) {
		worker_feed_urgent(w,
			&(struct fib_msg){ .type = FIB_MSG_TABLE_ADD, .table = wi->conf.table });
		x->inst = bgp_instance_new(e, &wi->conf, wi->links, wi->n_links);
		x->tenant = o->tenant;
	} else {
		disable_peers(x->inst, wi);
		bgp_instance_reconf(x->inst, &wi->conf);
		bgp_instance_set_links(x->inst, wi->links, wi->n_links);
	}
	bgp_instance_set_gateways(x->inst, wi->gateways, wi->n_gateways);
	bgp_instance_set_locals(x->inst, wi->locals, wi->n_locals);
	bgp_instance_set_aggregates(x->inst, wi->aggregates, wi->n_aggregates);
	set_peers(x->inst, wi);
	bgp_instance_set_ranges(x->inst, wi->ranges, wi->n_ranges);
	worker_order_free(&(struct worker_order){ .op = WORKER_INSTANCE_SET, .ptr = x->now });
	x->now = wi;
	mailbox_flush(w->feed);
}

static void instance_drop(struct worker *w, uint32_t id)
{
	struct worker_inst *x;

	if (id >= w->n_insts || w->insts[id].inst == NULL)
		return;
	x = &w->insts[id];
	bgp_instance_free(x->inst);
	worker_feed_urgent(w,
		&(struct fib_msg){ .type = FIB_MSG_TABLE_DEL, .table = x->now->conf.table });
	worker_order_free(&(struct worker_order){ .op = WORKER_INSTANCE_SET, .ptr = x->now });
	memset(x, 0, sizeof(*x));
	mailbox_flush(w->feed);
}

static void call(struct worker *w, const struct worker_order *o)
{
	struct worker_answer a = { .done = o->done, .ptr = o->ptr };

	o->fn(w, o->ptr);
	answer(w, &a);
}

void worker_apply(struct worker *w, const struct worker_order *o)
{
	switch (o->op) {
	case WORKER_TENANT_SET:
		tenant_set(w, o);
		break;
	case WORKER_TENANT_DEL:
		tenant_del(w, o);
		break;
	case WORKER_POLICY_SET:
		policy_set(w, o);
		break;
	case WORKER_CIDRS_SET:
		cidrs_set(w, o);
		break;
	case WORKER_INSTANCE_SET:
		instance_set(w, o);
		break;
	case WORKER_INSTANCE_DEL:
		instance_drop(w, o->id);
		break;
	case WORKER_EDGE_SET:
		worker_half_set(w, o);
		break;
	case WORKER_EDGE_DEL:
		worker_half_drop(w, o->id);
		break;
	case WORKER_CALL:
		call(w, o);
		break;
	case WORKER_GUEST_JOIN:
		guest_join(w, o->ptr);
		break;
	case WORKER_GUEST_LEAVE:
		guest_leave(w, o->ptr);
		break;
	case WORKER_OP_COUNT:
		break;
	}
	mailbox_flush(w->feed);
}

/* Giving back */

void worker_instance_free(struct worker_instance *wi)
{
	if (wi == NULL)
		return;
	for (uint32_t i = 0; i < wi->n_peers; i++)
		bgp_peer_conf_release(&wi->peers[i]);
	for (uint32_t i = 0; i < wi->n_ranges; i++)
		bgp_peer_conf_release(&wi->ranges[i].peer);
	free(wi->links);
	for (uint32_t i = 0; i < wi->n_gateways; i++)
		explicit_bzero(&wi->gateways[i].bfd, sizeof(wi->gateways[i].bfd));
	free(wi->gateways);
	free(wi->ranges);
	free(wi->locals);
	free(wi->aggregates);
	free(wi->peers);
	free(wi);
}

void worker_order_free(const struct worker_order *o)
{
	switch (o->op) {
	case WORKER_POLICY_SET:
		policy_set_unref(o->ptr);
		return;
	case WORKER_INSTANCE_SET:
		worker_instance_free(o->ptr);
		return;
	case WORKER_EDGE_SET:
		policy_set_unref(((const struct worker_edge *)o->ptr)->conf.set);
		free(o->ptr);
		return;
	case WORKER_CALL:
		/* Nobody runs it any more; its maker frees the argument in done. */
		o->done(o->ptr);
		return;
	case WORKER_GUEST_JOIN:
		guest_done(o->ptr);
		return;
	case WORKER_GUEST_LEAVE: /* those who are there are told by slot_fini */
		return;
	default:
		free(o->ptr);
	}
}

void worker_order_drop(void *ctx, const void *msg)
{
	(void)ctx;
	worker_order_free(msg);
}

void worker_answer_drop(void *ctx, const void *msg)
{
	const struct worker_answer *a = msg;

	(void)ctx;
	if (a->done != NULL)
		a->done(a->ptr);
	else
		free(a->ptr);
}

void worker_edge_drop(void *ctx, const void *msg)
{
	const struct worker_edge_msg *m = msg;

	(void)ctx;
	free(m->take_attrs);
}

/* Views */

uint32_t worker_view_index(const struct worker *v)
{
	return v->index;
}

uint32_t worker_view_tenant_limit(const struct worker *v)
{
	return v->n_tenants;
}

struct bgp_engine *worker_view_engine(const struct worker *v, uint32_t tenant)
{
	return worker_engine(v, tenant);
}

const struct attrs_table *worker_view_attrs(const struct worker *v)
{
	return v->attrs;
}

uint32_t worker_view_instance_limit(const struct worker *v)
{
	return v->n_insts;
}

struct bgp_instance *worker_view_instance(const struct worker *v, uint32_t instance)
{
	return instance < v->n_insts ? v->insts[instance].inst : NULL;
}

uint32_t worker_view_tenant_of(const struct worker *v, uint32_t instance)
{
	return instance < v->n_insts ? v->insts[instance].tenant : UINT32_MAX;
}

uint32_t worker_view_edge_routes(const struct worker *v, uint32_t edge)
{
	const struct worker_half *h = worker_half_find(v, edge);

	return h != NULL && h->in != NULL ? bgp_edge_in_routes(h->in) : 0;
}
