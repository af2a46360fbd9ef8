/* SPDX-License-Identifier: Apache-2.0 */
/*
 * request tenant T failover-group G drill, and show failover-group drills: main has all of it.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/walltime.h"
#include "vbr/drill/drill.h"
#include "vbr/mgmt/mgmt_int.h"

static Vbrd__StatusCode code_of(int ret)
{
	if (ret == 0)
		return VBRD__STATUS_CODE__OK;
	return ret == -ENOENT ? VBRD__STATUS_CODE__NOT_FOUND : VBRD__STATUS_CODE__FAILED;
}

static void set_name(char *dst, const char *name)
{
	(void)snprintf(dst, MODEL_NAME_SIZE, "%s", name);
}

static bool is_too_long(const char *name)
{
	return name != NULL && strlen(name) >= MODEL_NAME_SIZE;
}

/* NULL, or what is wrong with it. */
static const char *read_order(const Vbrd__RequestDrill *in, struct drill_order *o)
{
	const char *const name = in->vbr != NULL ? in->vbr : in->line != NULL ? in->line : in->peer;

	*o = (struct drill_order){
		.target = in->vbr != NULL ? DRILL_TARGET_VBR :
			in->line != NULL  ? DRILL_TARGET_LINE :
			in->peer != NULL  ? DRILL_TARGET_PEER :
					    DRILL_TARGET_VBR,
		.by = in->has_by && in->by == VBRD__REQUEST_DRILL__BY__CUT ? DRILL_BY_CUT :
									     DRILL_BY_DRAIN,
		.duration_s = in->has_duration_s ? in->duration_s : DRILL_DURATION_S,
		.within_ms = in->has_within_ms ? in->within_ms : DRILL_WITHIN_MS,
		.force = in->has_force && in->force,
	};
	if (in->tenant == NULL || in->group == NULL)
		return "name a tenant and a failover-group";
	if (is_too_long(in->tenant) || is_too_long(in->group) || is_too_long(name))
		return "that name is too long";
	if ((in->vbr != NULL) + (in->line != NULL) + (in->peer != NULL) > 1)
		return "name one target: a VBR, a line or a peer";
	if (in->at != NULL && walltime_parse(in->at, &o->at_s) < 0)
		return "at takes a time like 2026-11-28T10:00:00Z";
	if (in->at != NULL && o->at_s == 0)
		o->at_s = 1; /* 0 is now, and that second has passed */
	set_name(o->tenant, in->tenant);
	set_name(o->group, in->group);
	if (name != NULL)
		set_name(o->name, name);
	return NULL;
}

void mgmt_request_drill(struct rpc_call *call, const Vbrd__Request *req, void *ctx)
{
	const Vbrd__RequestDrill *in = req->request_drill;
	struct drills *ds = daemon_drills(mgmt_daemon(ctx));
	struct drill_order o;
	struct errbuf err;
	const char *wrong;
	int ret;

	if (rpc_call_user(call)->role != RPC_ROLE_ADMIN) {
		rpc_reply_error(call, VBRD__STATUS_CODE__DENIED,
			"the role admin is needed for a failover drill");
		return;
	}
	wrong = read_order(in, &o);
	if (wrong != NULL) {
		rpc_reply_error(call, VBRD__STATUS_CODE__USAGE, "%s", wrong);
		return;
	}
	set_name(o.user, rpc_call_user(call)->name);
	errbuf_init(&err);
	if (in->op == VBRD__REQUEST_DRILL__OP__ABORT)
		ret = drills_abort(ds, o.tenant, o.group, &err);
	else
		ret = drills_order(ds, &o, &err);
	rpc_reply_end(call, code_of(ret), &err);
	errbuf_fini(&err);
}

/* Rows */

static char *time_or_none(struct arena *a, int64_t wall_s)
{
	return wall_s != 0 ? mgmt_time(a, wall_s) : NULL;
}

static void put_times(struct arena *a, const struct drill_record *d, Vbrd__Drill *r)
{
	r->ordered = time_or_none(a, d->ordered_s);
	r->at = time_or_none(a, d->order.at_s);
	r->begun = time_or_none(a, d->begun_s);
	r->away = time_or_none(a, d->away_s);
	r->ended = time_or_none(a, d->ended_s);
	if (drill_state_is_away(d->state))
		r->ends = mgmt_time(a, d->away_s + d->order.duration_s);
	r->has_duration = r->has_within = true;
	r->duration = d->order.duration_s;
	r->within = d->order.within_ms;
}

static void put_reasons(struct arena *a, const struct drill_record *d, Vbrd__Drill *r)
{
	r->reasons = arena_calloc(a, DRILL_REASON_COUNT, sizeof(char *));
	for (unsigned i = 0; i < DRILL_REASON_COUNT; i++)
		if (d->reasons & DRILL_BIT(i))
			r->reasons[r->n_reasons++] = mgmt_str(a,
				drill_reason_name((enum drill_reason)i));
}

static void put_time_us(int64_t us, protobuf_c_boolean *has, uint64_t *dst)
{
	*has = us != MEASURE_NEVER;
	*dst = (uint64_t)us;
}

static void put_result(const struct drill_record *d, Vbrd__Drill *r)
{
	const struct drill_result *m = &d->result;
	const bool was_away = d->away_s != 0;

	r->has_vpcs = r->has_vpcs_probed = r->has_probes_sent = d->begun_s != 0;
	r->vpcs = m->vpcs;
	r->vpcs_probed = m->vpcs - m->not_covered - m->not_probed;
	r->probes_sent = m->sent;
	if (!was_away)
		return;
	r->has_probes_lost = r->has_probes_lost_return = r->has_probes_crossed = true;
	r->probes_lost = m->lost;
	r->probes_lost_return = m->lost_back;
	r->probes_crossed = m->crossed;
	put_time_us(m->switch_us, &r->has_switch_time_us, &r->switch_time_us);
	put_time_us(m->traffic_us, &r->has_traffic_time_us, &r->traffic_time_us);
	r->has_outage_us = r->has_return_outage_us = r->vpcs_probed > 0;
	r->outage_us = (uint64_t)m->outage_us;
	r->return_outage_us = (uint64_t)m->outage_back_us;
	r->has_asymmetric_percent = r->has_routes_missing = true;
	r->asymmetric_percent = drill_result_strange(m);
	r->routes_missing = m->missing;
}

static Vbrd__Drill *drill_row(struct arena *a, const struct drill_record *d)
{
	Vbrd__Drill *r = arena_alloc(a, sizeof(*r));

	vbrd__drill__init(r);
	r->has_id = true;
	r->id = (uint64_t)d->id;
	r->tenant = mgmt_str(a, d->order.tenant);
	r->failover_group = mgmt_str(a, d->order.group);
	r->vbr = mgmt_str(a, d->vbr);
	r->target = mgmt_str(a, drill_target_name(d->order.target));
	r->name = mgmt_str(a, d->order.name[0] != '\0' ? d->order.name : d->vbr);
	r->by = mgmt_str(a, drill_by_name(d->order.by));
	r->user = mgmt_str(a, d->order.user);
	r->has_forced = true;
	r->forced = d->order.force;
	put_times(a, d, r);
	r->state = mgmt_str(a, drill_state_name(d->state));
	r->outcome = mgmt_str(a, drill_outcome_name(d->outcome));
	r->verdict = mgmt_str(a, drill_verdict_name(d->verdict));
	put_reasons(a, d, r);
	put_result(d, r);
	return r;
}

/* The newest first. */
void mgmt_show_drills(struct rpc_call *call, const Vbrd__Request *req, void *ctx)
{
	const Vbrd__ShowDrills *in = req->show_drills;
	const struct drills *ds = daemon_drills(mgmt_daemon(ctx));
	Vbrd__Drills msg = VBRD__DRILLS__INIT;
	Vbrd__Drill *rows[MGMT_CHUNK];
	struct arena *a = arena_new(4096);
	const char *unknown = NULL;
	uint32_t shown = 0;

	msg.drills = rows;
	for (uint32_t i = drills_count(ds); i-- > 0;) {
		const struct drill_record *d = drills_at(ds, i);

		if (!mgmt_matches(in->tenant, d->order.tenant) ||
			!mgmt_matches(in->group, d->order.group))
			continue;
		rows[msg.n_drills++] = drill_row(a, d);
		shown++;
		if (msg.n_drills < MGMT_CHUNK)
			continue;
		(void)rpc_reply_chunk(call, &msg.base);
		msg.n_drills = 0;
		arena_reset(a);
	}
	(void)rpc_reply_chunk(call, &msg.base);
	/* Those of a group that is gone are shown. */
	if (shown == 0)
		unknown = mgmt_unknown(a, mgmt_daemon(ctx), in->tenant, MODEL_FAILOVER, in->group);
	if (unknown != NULL)
		rpc_reply_error(call, VBRD__STATUS_CODE__NOT_FOUND, "%s", unknown);
	else
		rpc_reply_end(call, VBRD__STATUS_CODE__OK, NULL);
	arena_free(a);
}
