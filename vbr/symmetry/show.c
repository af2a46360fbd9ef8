/* SPDX-License-Identifier: Apache-2.0 */
/*
 * show tenant T asymmetry: what is known on main, with the words of what to do about it.
 */
#include <stdio.h>
#include <string.h>

#include "vbr/logmsg.h"
#include "vbr/mgmt/mgmt_int.h"
#include "vbr/model/failover/group.h"
#include "vbr/symmetry/symmetry.h"

#define FIX_SIZE   1024
#define PLACE_SIZE (2 * MODEL_NAME_SIZE + 1)

/* Is the VPC that an asymmetry names, "prod" or "globex/shared", at this end? */
static bool is_vpc(const struct model_end *e, const struct asymmetry_view *v)
{
	char place[PLACE_SIZE];

	if (e->is_vbr)
		return false;
	if (strcmp(e->tenant, v->tenant) == 0)
		return strcmp(e->name, v->vpc) == 0;
	snprintf(place, sizeof(place), "%s/%s", e->tenant, e->name);
	return strcmp(place, v->vpc) == 0;
}

static bool is_in(const struct model_end *e, const struct asymmetry_view *v)
{
	return e->is_vbr && strcmp(e->tenant, v->tenant) == 0 && strcmp(e->name, v->in) == 0;
}

static struct asymmetry_standby standby(const struct model *m, const struct asymmetry_view *v)
{
	const struct model_failover *g = model_failover_of(m, v->tenant, v->in);
	struct asymmetry_standby s = { .group = "", .peering = "" };
	uint32_t first;
	uint32_t end;

	if (g != NULL && g->mode == FAILOVER_ACTIVE_STANDBY &&
		strcmp(g->member[FAILOVER_SECONDARY], v->in) == 0)
		s.group = g->obj.name;
	model_range(m, MODEL_PEERING, v->tenant, &first, &end);
	for (uint32_t i = first; i < end; i++) {
		const struct model_peering *p = (const struct model_peering *)m->of[MODEL_PEERING]
							.v[i];

		if (p->weight == 0 &&
			((is_in(&p->initiator, v) && is_vpc(&p->acceptor, v)) ||
				(is_in(&p->acceptor, v) && is_vpc(&p->initiator, v))))
			s.peering = p->obj.name;
	}
	return s;
}

static Vbrd__Asymmetry *row(struct arena *a, const struct model *m, const struct asymmetry_view *v)
{
	const struct asymmetry_standby s = standby(m, v);
	Vbrd__Asymmetry *r = arena_alloc(a, sizeof(*r));
	char fix[FIX_SIZE];

	vbrd__asymmetry__init(r);
	logmsg_asymmetry_fix(v, &s, fix, sizeof(fix));
	r->tenant = mgmt_str(a, v->tenant);
	r->prefix = mgmt_prefix(a, &v->pfx);
	r->vpc = mgmt_str(a, v->vpc);
	r->out_vbr = mgmt_str(a, v->out);
	r->in_vbr = mgmt_str(a, v->in);
	r->has_share = true;
	r->share = v->percent;
	r->since = mgmt_time(a, mono_to_wall_s(v->since));
	r->fix = mgmt_str(a, fix);
	return r;
}

static size_t not_sampled(struct arena *a, const struct symmetries *s, const char *tenant,
	Vbrd__NotSampled **rows)
{
	struct asymmetry_blind b;
	size_t n = 0;

	while (n < MGMT_CHUNK && symmetries_blind_at(s, tenant, (uint32_t)n, &b)) {
		Vbrd__NotSampled *r = arena_alloc(a, sizeof(*r));

		vbrd__not_sampled__init(r);
		r->vbr = mgmt_str(a, b.vbr);
		r->reason = mgmt_str(a, b.why);
		rows[n++] = r;
	}
	return n;
}

void mgmt_show_asymmetry(struct rpc_call *call, const Vbrd__Request *req, void *ctx)
{
	const char *tenant = req->show_asymmetry->tenant;
	const struct symmetries *s = daemon_symmetries(mgmt_daemon(ctx));
	Vbrd__Asymmetries msg = VBRD__ASYMMETRIES__INIT;
	Vbrd__Asymmetry *rows[MGMT_CHUNK];
	Vbrd__NotSampled *blind[MGMT_CHUNK];
	struct asymmetry_view v;
	struct arena *a;
	uint64_t missed = 0;

	if (!mgmt_is_known(call, mgmt_daemon(ctx), tenant, MODEL_TENANT, NULL))
		return;
	if (tenant == NULL || !symmetries_watches(s, tenant, &missed)) {
		rpc_reply_error(call, VBRD__STATUS_CODE__NOT_FOUND,
			"tenant %s is not sampled: configure \"tenant %s asymmetry-detection\"",
			tenant != NULL ? tenant : "", tenant != NULL ? tenant : "NAME");
		return;
	}
	a = arena_new(4096);
	msg.asymmetries = rows;
	msg.has_samples_missed = true;
	msg.samples_missed = missed;
	msg.not_sampled = blind;
	msg.n_not_sampled = not_sampled(a, s, tenant, blind);
	for (uint32_t i = 0; symmetries_at(s, tenant, i, &v); i++) {
		rows[msg.n_asymmetries++] = row(a, daemon_model(mgmt_daemon(ctx)), &v);
		if (msg.n_asymmetries < MGMT_CHUNK)
			continue;
		(void)rpc_reply_chunk(call, &msg.base);
		msg.n_asymmetries = msg.n_not_sampled = 0;
		arena_reset(a);
	}
	(void)rpc_reply_chunk(call, &msg.base);
	rpc_reply_end(call, VBRD__STATUS_CODE__OK, NULL);
	arena_free(a);
}
