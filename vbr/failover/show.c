/* SPDX-License-Identifier: Apache-2.0 */
/*
 * show failover: what the last audit of each group has found; main has all of it.
 */
#include "vbr/failover/failover.h"
#include "vbr/mgmt/mgmt_int.h"

static void put_routes(struct arena *a, const struct bgp_pair *q, int i, Vbrd__FailoverMember *r)
{
	uint32_t n = bgp_pair_missing(q, i);

	n = n < BGP_PAIR_EXAMPLES ? n : BGP_PAIR_EXAMPLES;
	r->has_routes_ipv4 = r->has_routes_ipv6 = true;
	r->routes_ipv4 = q->routes[i][BGP_FAMILY_IP4];
	r->routes_ipv6 = q->routes[i][BGP_FAMILY_IP6];
	r->has_missing_ipv4 = r->has_missing_ipv6 = true;
	r->missing_ipv4 = q->missing[i][BGP_FAMILY_IP4];
	r->missing_ipv6 = q->missing[i][BGP_FAMILY_IP6];
	r->missing_examples = arena_calloc(a, n + 1u, sizeof(char *));
	for (; r->n_missing_examples < n; r->n_missing_examples++)
		r->missing_examples[r->n_missing_examples] = mgmt_prefix(a,
			&q->example[i][r->n_missing_examples]);
}

static Vbrd__FailoverMember *member_row(struct arena *a, const struct model *m,
	const struct failover_view *v, int i)
{
	const struct model_vbr *vbr = model_vbr(m, v->group->obj.tenant, v->group->member[i]);
	Vbrd__FailoverMember *r = arena_alloc(a, sizeof(*r));

	vbrd__failover_member__init(r);
	r->vbr = mgmt_str(a, v->group->member[i]);
	r->role = mgmt_str(a, i == FAILOVER_PRIMARY ? "primary" : "secondary");
	r->state = mgmt_str(a, v->side[i].state);
	r->detection = mgmt_str(a, vbr ? model_vbr_detection(vbr) : NULL);
	if (!v->is_known)
		return r;
	r->has_carries = r->has_bgp_peers = r->has_bgp_peers_established = true;
	r->carries = v->side[i].carries;
	r->bgp_peers = v->side[i].peers;
	r->bgp_peers_established = v->side[i].established;
	put_routes(a, v->pair, i, r);
	return r;
}

static Vbrd__FailoverGroup *row(struct arena *a, const struct model *m,
	const struct failover_view *v)
{
	Vbrd__FailoverGroup *r = arena_alloc(a, sizeof(*r));

	vbrd__failover_group__init(r);
	r->tenant = mgmt_str(a, v->group->obj.tenant);
	r->name = mgmt_str(a, v->group->obj.name);
	r->mode = mgmt_str(a, failover_mode_name(v->group->mode));
	r->verdict = mgmt_str(a, failover_verdict_name(v->verdict));
	r->since = mgmt_time(a, mono_to_wall_s(v->since));
	if (v->is_known)
		r->audited = mgmt_time(a, mono_to_wall_s(v->looked));
	r->members = arena_calloc(a, 2, sizeof(*r->members));
	for (int i = 0; i < 2; i++)
		r->members[r->n_members++] = member_row(a, m, v, i);
	return r;
}

void mgmt_show_failover(struct rpc_call *call, const Vbrd__Request *req, void *ctx)
{
	const Vbrd__ShowFailover *in = req->show_failover;
	const struct failovers *f = daemon_failovers(mgmt_daemon(ctx));
	Vbrd__FailoverGroups msg = VBRD__FAILOVER_GROUPS__INIT;
	Vbrd__FailoverGroup *rows[MGMT_CHUNK];
	struct arena *a;

	if (!mgmt_is_known(call, mgmt_daemon(ctx), in->tenant, MODEL_FAILOVER, NULL))
		return;
	a = arena_new(4096);
	msg.failover_groups = rows;
	for (uint32_t i = 0; i < failovers_count(f); i++) {
		const struct failover_view v = failovers_at(f, i);

		if (!mgmt_matches(in->tenant, v.group->obj.tenant))
			continue;
		rows[msg.n_failover_groups++] = row(a, daemon_model(mgmt_daemon(ctx)), &v);
		if (msg.n_failover_groups < MGMT_CHUNK)
			continue;
		(void)rpc_reply_chunk(call, &msg.base);
		msg.n_failover_groups = 0;
		arena_reset(a);
	}
	(void)rpc_reply_chunk(call, &msg.base);
	rpc_reply_end(call, VBRD__STATUS_CODE__OK, NULL);
	arena_free(a);
}
