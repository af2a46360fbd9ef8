/* SPDX-License-Identifier: Apache-2.0 */
/*
 * show health: main has all of it.
 */
#include "vbr/health/health.h"

#include <string.h>

#include "vbr/mgmt/mgmt_int.h"

static void put_numbers(Vbrd__HealthCheck *r, const struct health_check *c)
{
	r->has_interval = r->has_threshold = r->has_deaths = true;
	r->interval = (uint64_t)c->conf.interval_ms * c->slower;
	r->threshold = c->conf.threshold;
	r->deaths = c->deaths;
	r->has_sent = r->has_answered = r->has_lost = r->has_lost_in_a_row = true;
	r->sent = c->sent;
	r->answered = c->answered;
	r->lost = c->lost;
	r->lost_in_a_row = c->lost_row;
	r->has_round_trip_us = r->has_round_trip_min_us = r->has_round_trip_max_us = c->answered >
		0;
	r->round_trip_us = c->rtt_us;
	r->round_trip_min_us = c->rtt_min_us;
	r->round_trip_max_us = c->rtt_max_us;
}

static Vbrd__HealthCheck *row(struct arena *a, const struct health_view *v)
{
	Vbrd__HealthCheck *r = arena_alloc(a, sizeof(*r));

	vbrd__health_check__init(r);
	r->tenant = mgmt_str(a, v->obj->tenant);
	if (v->obj->kind == MODEL_VBR)
		r->vbr = mgmt_str(a, v->obj->name);
	else
		r->peering = mgmt_str(a, v->obj->name);
	r->source = mgmt_ip(a, &v->conf->source);
	r->target = mgmt_ip(a, &v->conf->target);
	r->state = mgmt_str(a, health_state_name(v->check.state));
	r->reason = mgmt_str(a, health_cause_name(v->check.cause));
	r->since = mgmt_time(a, mono_to_wall_s(v->check.since));
	r->has_observe = true;
	r->observe = v->conf->observe;
	r->error = mgmt_str(a, v->error != 0 ? strerror(v->error) : "");
	put_numbers(r, &v->check);
	return r;
}

/* Of a peering connection, or of a VBR. */
static bool is_known(struct rpc_call *call, const struct daemon *d, const Vbrd__ShowHealth *in)
{
	if (in->tenant != NULL && in->name != NULL &&
		model_vbr(daemon_model(d), in->tenant, in->name) != NULL)
		return true;
	return mgmt_is_known(call, d, in->tenant, MODEL_PEERING, in->name);
}

void mgmt_show_health(struct rpc_call *call, const Vbrd__Request *req, void *ctx)
{
	const Vbrd__ShowHealth *in = req->show_health;
	const struct health *h = daemon_health(mgmt_daemon(ctx));
	Vbrd__HealthChecks msg = VBRD__HEALTH_CHECKS__INIT;
	Vbrd__HealthCheck *rows[MGMT_CHUNK];
	struct arena *a;

	if (!is_known(call, mgmt_daemon(ctx), in))
		return;
	a = arena_new(4096);
	msg.checks = rows;
	for (uint32_t i = 0; i < health_count(h); i++) {
		const struct health_view v = health_at(h, i);

		if (!mgmt_matches(in->tenant, v.obj->tenant) ||
			!mgmt_matches(in->name, v.obj->name))
			continue;
		rows[msg.n_checks++] = row(a, &v);
		if (msg.n_checks < MGMT_CHUNK)
			continue;
		(void)rpc_reply_chunk(call, &msg.base);
		msg.n_checks = 0;
	}
	(void)rpc_reply_chunk(call, &msg.base);
	rpc_reply_end(call, VBRD__STATUS_CODE__OK, NULL);
	arena_free(a);
}
