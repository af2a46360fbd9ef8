/* SPDX-License-Identifier: Apache-2.0 */
/*
 * show qos: the traffic queues of VBRs with what the kernel has counted in them. A row a queue, by
 * the number of its class; VBRs without a shaper have none.
 */
#include <stdio.h>
#include <string.h>

#include "vbr/mgmt/mgmt_int.h"

static void put_queue(struct arena *a, const struct model_qos *q, uint16_t minor, Vbrd__QosQueue *r)
{
	r->queue = mgmt_str(a, minor == TC_CLASS_CONTROL ? "control" : MODEL_QOS_DEFAULT);
	r->type = r->queue;
	for (int i = 0; q != NULL && i < q->body.n_queues; i++) {
		const struct model_queue *u = &q->body.queues[i];

		if (plane_queue_minor(&q->body, i) != minor)
			continue;
		r->queue = mgmt_str(a, u->name);
		r->type = mgmt_str(a, u->is_high ? "high" : "medium");
		r->has_bandwidth_percent = u->percent != 0;
		r->bandwidth_percent = u->percent;
	}
}

static Vbrd__QosQueue *queue_row(struct arena *a, const struct daemon *d,
	const struct plane_instance *i, const struct plane_circuit *c,
	const struct tc_class_seen *s)
{
	const struct model *m = daemon_model(d);
	const struct model_vbr *v = model_vbr(m, i->tenant, i->name);
	const struct model_qos *q = v != NULL ? model_qos(m, v) : NULL;
	Vbrd__QosQueue *r = arena_alloc(a, sizeof(*r));

	vbrd__qos_queue__init(r);
	r->tenant = mgmt_str(a, i->tenant);
	r->vbr = mgmt_str(a, i->name);
	r->policy = mgmt_str(a, q != NULL ? q->obj.name : "");
	put_queue(a, q, s->class.minor, r);
	r->has_bytes = r->has_packets = r->has_dropped = r->has_backlog = true;
	r->bytes = s->stats.bytes;
	r->packets = s->stats.packets;
	r->dropped = s->stats.dropped;
	r->backlog = s->stats.backlog;
	r->physical_connection = mgmt_str(a, c->line);
	r->error = mgmt_str(a, plane_qos_error(daemon_plane(d), c));
	return r;
}

static void say_circuit(struct rpc_call *call, struct arena *a, const struct daemon *d,
	const struct plane_instance *i, const struct plane_circuit *c)
{
	struct tc_class_seen seen[TC_MAX_CLASSES];
	Vbrd__QosQueue *rows[TC_MAX_CLASSES];
	Vbrd__QosQueues msg = VBRD__QOS_QUEUES__INIT;
	const int n = linkplane_classes(plane_links(daemon_plane(d)), c->device, seen);

	msg.queues = rows;
	for (int k = 0; k < n; k++)
		rows[msg.n_queues++] = queue_row(a, d, i, c, &seen[k]);
	if (n > 0)
		(void)rpc_reply_chunk(call, &msg.base);
	arena_reset(a);
}

void mgmt_show_qos(struct rpc_call *call, const Vbrd__Request *req, void *ctx)
{
	const struct daemon *d = mgmt_daemon(ctx);
	const struct plane *p = daemon_plane(d);
	const Vbrd__ShowQos *in = req->show_qos;
	struct arena *a;

	if (!mgmt_is_known(call, d, in->tenant, MODEL_VBR, in->vbr))
		return;
	a = arena_new(4096);
	for (uint32_t k = 0; k < plane_instance_count(p); k++) {
		const struct plane_instance *i = plane_instance_at(p, k);

		if (!i->is_vbr || !mgmt_matches(in->tenant, i->tenant) ||
			!mgmt_matches(in->vbr, i->name))
			continue;
		for (uint8_t c = 0; c < i->n_circuits; c++)
			say_circuit(call, a, d, i, plane_circuit_at(i, c));
	}
	arena_free(a);
	rpc_reply_end(call, VBRD__STATUS_CODE__OK, NULL);
}
