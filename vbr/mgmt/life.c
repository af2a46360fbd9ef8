/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Orders about the lives of VBRs: request tenant T vbr V (terminate|recover).
 */
#include <errno.h>

#include "vbr/life/lives.h"
#include "vbr/mgmt/mgmt_int.h"

static Vbrd__StatusCode code_of(int ret)
{
	if (ret == 0)
		return VBRD__STATUS_CODE__OK;
	return ret == -ENOENT ? VBRD__STATUS_CODE__NOT_FOUND : VBRD__STATUS_CODE__FAILED;
}

void mgmt_request_vbr(struct rpc_call *call, const Vbrd__Request *req, void *ctx)
{
	const Vbrd__RequestVbr *in = req->request_vbr;
	struct lives *l = daemon_lives(mgmt_daemon(ctx));
	struct errbuf err;
	int ret;

	if (rpc_call_user(call)->role != RPC_ROLE_ADMIN) {
		rpc_reply_error(call, VBRD__STATUS_CODE__DENIED,
			"the role admin is needed to terminate or recover");
		return;
	}
	if (in->tenant == NULL || in->vbr == NULL) {
		rpc_reply_error(call, VBRD__STATUS_CODE__USAGE, "name a tenant and a VBR");
		return;
	}
	if (in->has_drain_s && in->drain_s > LIVES_DRAIN_S_MAX) {
		rpc_reply_error(call, VBRD__STATUS_CODE__USAGE, "drain takes 0..%u seconds",
			LIVES_DRAIN_S_MAX);
		return;
	}
	errbuf_init(&err);
	if (in->op == VBRD__REQUEST_VBR__OP__RECOVER)
		ret = lives_recover(l, in->tenant, in->vbr, &err);
	else
		ret = lives_terminate(l, in->tenant, in->vbr,
			in->has_drain_s ? in->drain_s : LIVES_DRAIN_UNSAID, &err);
	rpc_reply_end(call, code_of(ret), &err);
	errbuf_fini(&err);
}

void mgmt_put_life(struct arena *a, const struct life_view *v, Vbrd__Vbr *r)
{
	r->life = mgmt_str(a, life_state_name(v->state));
	r->since = mgmt_time(a, mono_to_wall_s(v->since));
	r->has_drain_left = v->state == LIFE_TERMINATING;
	r->drain_left = v->drain_left_s;
}

Vbrd__Vbr *mgmt_deleting_row(struct arena *a, const struct life_view *v)
{
	Vbrd__Vbr *r = arena_alloc(a, sizeof(*r));

	vbrd__vbr__init(r);
	r->tenant = mgmt_str(a, v->tenant);
	r->name = mgmt_str(a, v->vbr);
	r->state = mgmt_str(a, "disabled");
	mgmt_put_life(a, v, r);
	return r;
}
