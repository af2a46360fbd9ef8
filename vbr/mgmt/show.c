/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What main knows by itself: version; and peering connections, whose
 * routes the workers count.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include <event2/event.h>

#include "lib/base/xalloc.h"
#include "vbr/mgmt/mgmt_int.h"
#include "vbr/model/traffic/cap.h"

void mgmt_show_version(struct rpc_call *call, const Vbrd__Request *req, void *ctx)
{
	Vbrd__Version v = VBRD__VERSION__INIT;
	char version[] = VERSION;
	char built[] = __DATE__;
	struct arena *a = arena_new(1024);
	struct utsname u;

	(void)req;
	(void)ctx;
	v.version = version;
	v.built = built;
	v.libevent = mgmt_str(a, event_get_version());
	if (uname(&u) == 0)
		v.kernel = mgmt_str(a, u.release);
	(void)rpc_reply_chunk(call, &v.base);
	rpc_reply_end(call, VBRD__STATUS_CODE__OK, NULL);
	arena_free(a);
}

char *mgmt_end_text(struct arena *a, const char *own, const struct model_end *e)
{
	const char *kind = e->is_vbr ? "vbr" : "vpc";

	if (strcmp(own, e->tenant) == 0)
		return arena_printf(a, "%s %s", kind, e->name);
	return arena_printf(a, "%s/%s %s", e->tenant, kind, e->name);
}

struct peering_job {
	struct mgmt_job j; /* first */
	/* Routes of each edge, by its id: as main numbered them when the question came. */
	uint64_t *routes; /* owned */
	uint32_t n_edges;
};

static uint64_t edge_routes(const struct peering_job *q, uint32_t edge)
{
	return edge < q->n_edges ? q->routes[edge] : 0;
}

const char *mgmt_peering_state(enum plane_peering_state state)
{
	static const char *const states[] = {
		[PLANE_PEERING_PENDING] = "pending-acceptance",
		[PLANE_PEERING_ACTIVE] = "active",
		[PLANE_PEERING_INACTIVE] = "inactive",
		[PLANE_PEERING_ERROR] = "error",
	};

	return states[state];
}

static Vbrd__Peering *peering_row(const struct peering_job *q, const struct model_peering *m)
{
	const struct plane *p = daemon_plane(q->j.d);
	const struct plane_peering *pub = plane_peering_find(p, m->obj.tenant, m->obj.name);
	struct arena *a = q->j.arena;
	Vbrd__Peering *r = arena_alloc(a, sizeof(*r));
	const struct model_accept *accept;
	char error[LINK_ERROR_SIZE];
	struct link_counters c = { 0 };
	struct tc_counts shaper[2] = { 0 };
	char limiter[2 * MODEL_NAME_SIZE];
	struct model_cap cap;

	vbrd__peering__init(r);
	r->tenant = mgmt_str(a, m->obj.tenant);
	r->name = mgmt_str(a, m->obj.name);
	r->initiator = mgmt_end_text(a, m->obj.tenant, &m->initiator);
	r->acceptor = mgmt_end_text(a, m->obj.tenant, &m->acceptor);
	r->state = mgmt_str(a, mgmt_peering_state(plane_peering_state(p, m, error)));
	r->life = mgmt_str(a, channel_state_name(plane_peering_life(p, m)));
	accept = (const struct model_accept *)model_get(daemon_model(q->j.d), MODEL_ACCEPT,
		m->acceptor.tenant, m->obj.name, m->obj.tenant);
	if (accept != NULL && accept->until_s != 0)
		r->accepted_until = mgmt_time(a, accept->until_s);
	r->has_standby = r->standby = plane_peering_is_standby(p, m);
	r->error = mgmt_str(a, error);
	r->has_bandwidth = m->bandwidth_bps != 0;
	r->bandwidth = m->bandwidth_bps / 1000000;
	r->spec = mgmt_str(a, m->spec);
	r->has_weight = true;
	r->weight = m->weight;
	r->has_transit = true;
	r->transit = m->transit;
	cap = model_peering_cap(daemon_model(q->j.d), m);
	r->has_effective_bandwidth = cap.bps != 0;
	r->effective_bandwidth = cap.bps / 1000000;
	r->limited_by = mgmt_str(a, model_cap_text(&cap, limiter, sizeof(limiter)));
	/* What leaves by the initiator's end goes forward. */
	if (pub != NULL && pub->device[0][0] != '\0') {
		r->interface = mgmt_str(a, pub->device[0]);
		(void)linkplane_counters(plane_links(p), pub->device[0], &c);
		(void)linkplane_shaper(plane_links(p), pub->device[0], &shaper[0]);
		(void)linkplane_shaper(plane_links(p), pub->device[1], &shaper[1]);
	}
	r->has_bytes_forward = r->has_bytes_reverse = true;
	r->has_packets_forward = r->has_packets_reverse = true;
	r->bytes_forward = c.tx_bytes;
	r->bytes_reverse = c.rx_bytes;
	r->packets_forward = c.tx_packets;
	r->packets_reverse = c.rx_packets;
	r->has_dropped_forward = r->has_dropped_reverse = true;
	r->dropped_forward = shaper[0].dropped;
	r->dropped_reverse = shaper[1].dropped;
	r->has_routes_forward = r->has_routes_reverse = true;
	r->routes_forward = pub != NULL ? edge_routes(q, pub->edge[0]) : 0;
	r->routes_reverse = pub != NULL ? edge_routes(q, pub->edge[1]) : 0;
	return r;
}

static void peering_visit(struct mgmt_job *j, const struct worker *w)
{
	struct peering_job *q = (struct peering_job *)j;

	for (uint32_t e = 0; e < q->n_edges; e++)
		q->routes[e] += worker_view_edge_routes(w, e);
}

/* Of a tenant are also those that wait for its consent, or have it; their names are the others'. */
static bool is_asked_for(const Vbrd__ShowPeering *in, const struct model_peering *p)
{
	if (in->name != NULL)
		return mgmt_matches(in->tenant, p->obj.tenant) &&
			mgmt_matches(in->name, p->obj.name);
	return mgmt_matches(in->tenant, p->obj.tenant) ||
		mgmt_matches(in->tenant, p->acceptor.tenant);
}

static void peering_finish(struct mgmt_job *j)
{
	struct peering_job *q = (struct peering_job *)j;
	const Vbrd__ShowPeering *in = rpc_call_request(j->call)->show_peering;
	const struct model *m = daemon_model(j->d);
	Vbrd__Peerings msg = VBRD__PEERINGS__INIT;
	Vbrd__Peering *rows[MGMT_CHUNK];
	const char *unknown = NULL;
	uint32_t shown = 0;

	msg.peerings = rows;
	for (uint32_t i = 0; i < m->of[MODEL_PEERING].n; i++) {
		const struct model_peering *p = (const struct model_peering *)m->of[MODEL_PEERING]
							.v[i];

		if (!is_asked_for(in, p))
			continue;
		rows[msg.n_peerings++] = peering_row(q, p);
		shown++;
		if (msg.n_peerings < MGMT_CHUNK)
			continue;
		(void)rpc_reply_chunk(j->call, &msg.base);
		msg.n_peerings = 0;
	}
	(void)rpc_reply_chunk(j->call, &msg.base);
	if (shown == 0)
		unknown = mgmt_unknown(j->arena, j->d, in->tenant, MODEL_PEERING, in->name);
	if (unknown != NULL)
		mgmt_job_fail(j, VBRD__STATUS_CODE__NOT_FOUND, unknown);
	else
		mgmt_job_end(j, VBRD__STATUS_CODE__OK, NULL);
}

static void peering_free(struct mgmt_job *j)
{
	free(((struct peering_job *)j)->routes);
}

void mgmt_show_peering(struct rpc_call *call, const Vbrd__Request *req, void *ctx)
{
	struct daemon *d = mgmt_daemon(ctx);
	struct peering_job *q = mgmt_job_new(call, d, sizeof(*q));

	(void)req;
	q->n_edges = plane_edge_limit(daemon_plane(d));
	q->routes = xcalloc(q->n_edges + 1u, sizeof(*q->routes));
	q->j.visit = peering_visit;
	q->j.finish = peering_finish;
	q->j.free_extra = peering_free;
	mgmt_job_all(&q->j);
}
