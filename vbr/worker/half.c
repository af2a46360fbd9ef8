/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Edges on the worker's thread. An edge has two halves: out, where its routes come from, and in,
 * where they go. If one worker has both, a half calls the other one, and within one engine they are
 * joined; else routes travel as messages over the ring between two workers, each with its
 * attributes as one block of octets, since attribute sets never leave their worker.
 *
 * Orders from main and routes from the other worker come by two rings and are not ordered among
 * each other. So a route carries the generation of its edge: one that is meant for an edge that
 * ended, or that ended and had its number given to another one, is dropped.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bgpd/wire/attr.h"
#include "lib/base/xalloc.h"
#include "lib/io/loop.h"
#include "lib/io/mailbox.h"
#include "vbr/worker/worker_int.h"

/* A set of attributes as one heap block: the struct, then the octets that it points to. */
static struct wire_attrs *flatten(const struct attrs *a)
{
	struct wire_attrs in;
	struct wire_attrs *out;
	struct octets *list[7];
	size_t size = sizeof(*out);
	uint8_t *p;

	attrs_to_wire(a, &in);
	size += in.as_path.len + in.communities.len + in.ext_communities.len +
		in.large_communities.len + in.cluster_list.len + in.unknown.len + in.via.len;
	out = xmalloc(size);
	*out = in;
	p = (uint8_t *)(out + 1);
	list[0] = &out->as_path;
	list[1] = &out->communities;
	list[2] = &out->ext_communities;
	list[3] = &out->large_communities;
	list[4] = &out->cluster_list;
	list[5] = &out->unknown;
	list[6] = &out->via;
	for (size_t i = 0; i < ARRAY_SIZE(list); i++) {
		if (list[i]->len > 0)
			memcpy(p, list[i]->p, list[i]->len);
		list[i]->p = p;
		p += list[i]->len;
	}
	return out;
}

struct worker_half *worker_half_find(const struct worker *w, uint32_t id)
{
	return id < w->n_halves ? w->halves[id] : NULL;
}

/* To the worker that has the other half; -EAGAIN: its ring is full. */
static int post_to_peer(const struct worker_half *h, const struct worker_edge_msg *m)
{
	const struct worker *w = h->w;
	struct mailbox *ring = w->edge_rings[w->index * w->n_workers + h->peer_worker];

	if (mailbox_post(ring, m) < 0)
		return -EAGAIN;
	mailbox_flush(ring);
	return 0;
}

/* The out half has a route for the in half. */
static int op_edge_route(void *ctx, const struct bgp_edge_route *r)
{
	struct worker_half *h = ctx;
	struct worker_edge_msg m = {
		.edge = h->id,
		.generation = h->generation,
		.live_key = r->live_key,
		.from = r->from,
		.pfx = r->pfx,
		.withdraw = r->withdraw,
		.flags = r->flags,
	};

	if (h->peer_worker == h->w->index) {
		if (h->in != NULL)
			bgp_edge_in_route(h->in, r, false);
		return 0;
	}
	m.take_attrs = r->withdraw ? NULL : flatten(r->attrs);
	if (post_to_peer(h, &m) == 0)
		return 0;
	free(m.take_attrs);
	return -EAGAIN;
}

/* On the same ring, behind its routes. */
static int op_edge_heard(void *ctx, enum bgp_family f, enum bgp_edge_heard heard)
{
	const struct worker_half *h = ctx;
	const struct worker_edge_msg m = {
		.edge = h->id,
		.generation = h->generation,
		.heard = (uint8_t)heard,
		.family = (uint8_t)f,
	};

	if (h->peer_worker == h->w->index) {
		if (h->in != NULL)
			bgp_edge_in_heard(h->in, f, heard);
		return 0;
	}
	return post_to_peer(h, &m);
}

/* The in half lost routes of the out half. */
static int on_edge_lost(void *ctx, enum bgp_family f)
{
	const struct worker_half *h = ctx;
	const struct worker_edge_msg m = {
		.edge = h->id,
		.generation = h->generation,
		.family = (uint8_t)f,
		.say_again = true,
	};

	if (h->peer_worker == h->w->index) {
		if (h->out != NULL)
			bgp_edge_out_again(h->out, f);
		return 0;
	}
	return post_to_peer(h, &m);
}

static const struct bgp_edge_out_ops edge_ops = {
	.route = op_edge_route,
	.heard = op_edge_heard,
};

void worker_apply_edge_route(struct worker *w, const struct worker_edge_msg *m)
{
	struct worker_half *h = worker_half_find(w, m->edge);
	struct bgp_engine *e;
	struct attrs_table *at;
	struct bgp_edge_route r = {
		.pfx = m->pfx,
		.withdraw = m->withdraw,
		.flags = m->flags,
		.live_key = m->live_key,
		.from = m->from,
	};

	/* A route of an edge that ended, or that ended and had its number given to another one. */
	if (h != NULL && h->generation != m->generation)
		h = NULL;
	if (m->say_again) {
		if (h != NULL && h->out != NULL)
			bgp_edge_out_again(h->out, (enum bgp_family)m->family);
		return;
	}
	e = h != NULL && h->in != NULL ? worker_engine(w, h->e.to_tenant) : NULL;
	if (e != NULL && m->heard != BGP_EDGE_NOT_HEARD) {
		bgp_edge_in_heard(h->in, (enum bgp_family)m->family, (enum bgp_edge_heard)m->heard);
	} else if (e != NULL && m->withdraw) {
		bgp_edge_in_route(h->in, &r, true);
	} else if (e != NULL) {
		struct attrs *a;

		at = rib_attrs(bgp_instance_rib(w->insts[h->e.to_instance].inst, BGP_FAMILY_IP4));
		a = attrs_get(at, m->take_attrs);
		r.attrs = a;
		bgp_edge_in_route(h->in, &r, true);
		attrs_unref(at, a);
	}
	free(m->take_attrs);
}

static void half_start(struct worker *w, struct worker_half *h)
{
	const struct worker_edge *e = &h->e;
	bool from_here = e->from_instance < w->n_insts && w->insts[e->from_instance].inst != NULL;
	bool to_here = e->to_instance < w->n_insts && w->insts[e->to_instance].inst != NULL;

	if (to_here && h->in == NULL) {
		h->in = bgp_edge_in_new(w->insts[e->to_instance].inst, e->conf.name, &e->nh);
		bgp_edge_in_on_lost(h->in, on_edge_lost, h);
		if (e->conf.standby)
			bgp_edge_in_standby(h->in);
	} else if (to_here) {
		bgp_edge_in_set_nexthop(h->in, &e->nh);
	}
	if (to_here)
		bgp_edge_in_set_team(h->in, e->conf.team);
	if (from_here && h->out == NULL) {
		h->out = bgp_edge_out_new(w->insts[e->from_instance].inst, &e->conf, &edge_ops, h);
		if (h->in != NULL && e->from_tenant == e->to_tenant)
			bgp_edge_out_join(h->out, h->in);
	} else if (from_here) {
		bgp_edge_out_reconf(h->out, &e->conf);
	}
}

void worker_half_set(struct worker *w, const struct worker_order *o)
{
	struct worker_half *h;

	w->halves = worker_grow(w->halves, &w->n_halves, o->id, sizeof(struct worker_half *));
	h = w->halves[o->id];
	if (h == NULL) {
		h = xcalloc(1, sizeof(*h));
		h->id = o->id;
		h->w = w;
		w->halves[o->id] = h;
	}
	policy_set_unref(h->e.conf.set);
	h->e = *(const struct worker_edge *)o->ptr;
	h->peer_worker = o->peer_worker;
	h->generation = o->generation;
	free(o->ptr);
	half_start(w, h);
}

void worker_half_drop(struct worker *w, uint32_t id)
{
	struct worker_half *h = worker_half_find(w, id);

	if (h == NULL)
		return;
	bgp_edge_out_free(h->out);
	bgp_edge_in_free(h->in);
	policy_set_unref(h->e.conf.set);
	free(h);
	w->halves[id] = NULL;
}

static void on_edge_space(void *ctx)
{
	struct worker *w = ctx;

	for (uint32_t i = 0; i < w->n_halves; i++)
		if (w->halves[i] != NULL && w->halves[i]->out != NULL &&
			w->halves[i]->peer_worker != w->index)
			bgp_edge_out_space(w->halves[i]->out);
}

void worker_halves_attach(struct worker *w)
{
	for (uint32_t to = 0; to < w->n_workers; to++)
		if (to != w->index)
			mailbox_attach_producer(w->edge_rings[w->index * w->n_workers + to],
				w->loop, on_edge_space, w);
}
