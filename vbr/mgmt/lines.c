/* SPDX-License-Identifier: Apache-2.0 */
/*
 * show physical-connection: lines, their states and what is hosted on them.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/base/xalloc.h"
#include "vbr/mgmt/mgmt_int.h"

static uint32_t vbrs_on(const struct model *m, const char *pc)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < m->of[MODEL_VBR].n; i++)
		n += model_vbr_circuit_on((const struct model_vbr *)m->of[MODEL_VBR].v[i], pc) !=
			NULL;
	return n;
}

static const char *line_state(enum model_hold hold, const struct link_status *st)
{
	if (hold == MODEL_HOLD_LINE_FINANCIAL || hold == MODEL_HOLD_LINE_SECURITY)
		return "locked";
	if (hold != MODEL_HOLD_NONE)
		return "disabled";
	return !st->present ? "absent" : st->up ? "up" : "down";
}

static void put_subscription(struct arena *a, const struct subscription *s, int64_t now_s,
	Vbrd__PhysicalConnection *r)
{
	const enum subscription_state state = subscription_state(s, now_s);

	r->subscription = mgmt_str(a, subscription_state_name(state));
	if (state == SUBSCRIPTION_NONE)
		return;
	r->subscription_from = mgmt_time(a, s->from_s);
	r->subscription_until = mgmt_time(a, s->until_s);
}

static void put_words(struct arena *a, const struct model_line *l, int64_t now_s,
	Vbrd__PhysicalConnection *r)
{
	r->status = mgmt_str(a, model_line_status_name(model_line_status(l, now_s)));
	r->business_status = mgmt_str(a, model_business_name(model_line_business(l, now_s)));
	r->loa_status = mgmt_str(a, model_loa_name(l->loa));
	r->line_operator = mgmt_str(a, l->line_operator);
	r->port_type = mgmt_str(a, l->port_type);
	r->peer_location = mgmt_str(a, l->peer_location);
	r->redundant_with = mgmt_str(a, l->redundant_with);
	r->owner = mgmt_str(a, l->owner);
}

/* Name of the VBR on a share, NULL if there is none. */
static const char *vbr_on(const struct model *m, const char *pc, const struct model_hosted *h)
{
	uint32_t first;
	uint32_t end;

	model_range(m, MODEL_VBR, h->tenant, &first, &end);
	for (uint32_t i = first; i < end; i++) {
		const struct model_vbr *v = (const struct model_vbr *)m->of[MODEL_VBR].v[i];
		const struct model_circuit *c = model_vbr_circuit_on(v, pc);

		if (c != NULL && strcmp(c->hosted, h->name) == 0)
			return v->obj.name;
	}
	return NULL;
}

static void put_hosted(struct arena *a, const struct model *m, const struct model_physconn *p,
	Vbrd__PhysicalConnection *r)
{
	r->hosted = arena_calloc(a, p->line.n_hosted + 1u, sizeof(*r->hosted));
	for (uint32_t i = 0; i < p->line.n_hosted; i++) {
		const struct model_hosted *h = &p->line.hosted[i];
		Vbrd__HostedConnection *row = arena_alloc(a, sizeof(*row));
		const bool accepted = model_get(m, MODEL_ACCEPT_HOSTED, h->tenant, p->obj.name,
					      h->name) != NULL;

		vbrd__hosted_connection__init(row);
		row->name = mgmt_str(a, h->name);
		row->tenant = mgmt_str(a, h->tenant);
		row->state = mgmt_str(a, accepted ? "confirmed" : "unconfirmed");
		row->has_bandwidth = row->has_vlan_id = true;
		row->bandwidth = h->bandwidth_bps / 1000000;
		row->vlan_id = h->vlan_id;
		row->payer = mgmt_str(a, h->owner_pays ? "owner" : "tenant");
		row->vbr = mgmt_str(a, vbr_on(m, p->obj.name, h));
		r->hosted[r->n_hosted++] = row;
		r->has_bandwidth_hosted = true;
		r->bandwidth_hosted += row->bandwidth;
	}
}

static Vbrd__PhysicalConnection *physconn_row(struct arena *a, const struct daemon *d,
	const struct model_physconn *p)
{
	Vbrd__PhysicalConnection *r = arena_alloc(a, sizeof(*r));
	struct linkplane *links = plane_links(daemon_plane(d));
	const enum model_hold hold = model_line_hold(daemon_model(d), p);
	struct link_counters c;
	struct link_status st;

	vbrd__physical_connection__init(r);
	if (linkplane_status(links, p->interface, &st) < 0)
		memset(&st, 0, sizeof(st));
	r->name = mgmt_str(a, p->obj.name);
	r->state = mgmt_str(a, line_state(hold, &st));
	r->reason = mgmt_str(a, model_hold_name(hold));
	r->interface = mgmt_str(a, p->interface);
	r->has_bandwidth = p->bandwidth_bps != 0;
	r->bandwidth = p->bandwidth_bps / 1000000;
	r->has_vbrs = true;
	r->vbrs = vbrs_on(daemon_model(d), p->obj.name);
	r->error = mgmt_str(a, st.error);
	r->access_point = mgmt_str(a, p->access_point);
	r->circuit_code = mgmt_str(a, p->circuit_code);
	r->warning = mgmt_str(a, model_line_warning(daemon_model(d), p));
	put_words(a, &p->line, daemon_model(d)->now_s, r);
	put_subscription(a, &p->line.subscription, daemon_model(d)->now_s, r);
	put_hosted(a, daemon_model(d), p, r);
	if (linkplane_counters(links, p->interface, &c) < 0)
		return r;
	r->has_bytes_in = r->has_bytes_out = r->has_packets_in = r->has_packets_out = true;
	r->bytes_in = c.rx_bytes;
	r->bytes_out = c.tx_bytes;
	r->packets_in = c.rx_packets;
	r->packets_out = c.tx_packets;
	return r;
}

void mgmt_show_physical_connection(struct rpc_call *call, const Vbrd__Request *req, void *ctx)
{
	const struct daemon *d = mgmt_daemon(ctx);
	const struct model *m = daemon_model(d);
	const char *filter = req->show_physical_connection->name;
	Vbrd__PhysicalConnections msg = VBRD__PHYSICAL_CONNECTIONS__INIT;
	struct arena *a = arena_new(4096);
	Vbrd__PhysicalConnection *rows[MGMT_CHUNK];
	uint32_t shown = 0;

	msg.physical_connections = rows;
	for (uint32_t i = 0; i < m->of[MODEL_PHYSCONN].n; i++) {
		const struct model_physconn
			*p = (const struct model_physconn *)m->of[MODEL_PHYSCONN].v[i];

		if (!mgmt_matches(filter, p->obj.name))
			continue;
		rows[msg.n_physical_connections++] = physconn_row(a, d, p);
		shown++;
		if (msg.n_physical_connections < MGMT_CHUNK)
			continue;
		(void)rpc_reply_chunk(call, &msg.base);
		msg.n_physical_connections = 0;
		arena_reset(a);
	}
	(void)rpc_reply_chunk(call, &msg.base);
	if (shown == 0 && filter != NULL && filter[0] != '\0')
		rpc_reply_error(call, VBRD__STATUS_CODE__NOT_FOUND,
			"there is no physical-connection \"%s\": see show physical-connection",
			filter);
	else
		rpc_reply_end(call, VBRD__STATUS_CODE__OK, NULL);
	arena_free(a);
}
