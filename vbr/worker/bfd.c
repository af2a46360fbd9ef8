/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words of the engine into words of BFD, and back. Orders never fail: what the ring cannot take
 * waits behind it, in order.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/xalloc.h"
#include "lib/io/mailbox.h"
#include "vbr/worker/worker_int.h"

static void order(struct worker *w, const struct bfd_order *o)
{
	if (w->n_bfd_late > 0 || mailbox_post(w->bfd_orders, o) < 0) {
		w->bfd_late = xreallocarray(w->bfd_late, w->n_bfd_late + 1, sizeof(*w->bfd_late));
		w->bfd_late[w->n_bfd_late++] = *o;
	}
	mailbox_flush(w->bfd_orders);
}

static void on_space(void *ctx)
{
	struct worker *w = ctx;
	uint32_t done = 0;

	while (done < w->n_bfd_late && mailbox_post(w->bfd_orders, &w->bfd_late[done]) == 0)
		done++;
	w->n_bfd_late -= done;
	memmove(w->bfd_late, w->bfd_late + done, w->n_bfd_late * sizeof(*w->bfd_late));
	mailbox_flush(w->bfd_orders);
}

static void put_conf(struct bfd_session_conf *s, const struct bgp_bfd_conf *c)
{
	s->min_tx_us = c->min_tx_ms * UINT32_C(1000);
	s->min_rx_us = c->min_rx_ms * UINT32_C(1000);
	s->multiplier = c->multiplier;
	s->key.type = c->auth_type;
	s->key.id = c->auth_id;
	s->key.len = c->secret_len;
	static_assert(BGP_BFD_SECRET == BFD_KEY_MAX, "secrets are copied as they are");
	memcpy(s->key.secret, c->secret, sizeof(s->key.secret));
}

static void put_names(struct bfd_want *b, const struct worker *w, const struct bgp_instance *i)
{
	const struct worker_inst *x = &w->insts[b->owner];

	snprintf(b->tenant, sizeof(b->tenant), "%s", bgp_engine_name(w->tenants[x->tenant].engine));
	snprintf(b->name, sizeof(b->name), "%s", bgp_instance_conf(i)->name);
	b->is_vpc = bgp_instance_conf(i)->local_as == 0;
}

void worker_bfd_want(void *ctx, const struct bgp_bfd_want *want)
{
	struct worker *w = ctx;
	struct bfd_order o = { .type = BFD_ORDER_DEL, .key = want->key };
	struct bfd_want *b;

	if (w->bfd_orders == NULL)
		return;
	if (want->on) {
		b = xcalloc(1, sizeof(*b));
		b->key = want->key;
		b->generation = want->generation;
		b->owner = worker_instance_id(w, want->instance);
		snprintf(b->device, sizeof(b->device), "%s", want->device);
		b->ifindex = want->ifindex;
		b->local = want->local;
		b->remote = want->remote;
		b->multihop = want->multihop;
		b->min_hops = want->min_ttl;
		put_conf(&b->session, want->conf);
		if (b->owner < w->n_insts)
			put_names(b, w, want->instance);
		o.type = BFD_ORDER_SET;
		o.take_want = b;
	}
	order(w, &o);
}

/* The fib may strike out what was said of it: behind all that we have said of this neighbour. */
static void watch_ended(struct worker *w, const struct bfd_report *r)
{
	worker_feed_urgent(w,
		&(struct fib_msg){
			.type = FIB_MSG_NEIGHBOR_UNWATCHED,
			.gid = r->key,
			.watch.epoch.watch = r->generation,
		});
}

static void on_report(void *ctx, const void *msg)
{
	struct worker *w = ctx;
	const struct bfd_report *r = msg;
	const struct bgp_bfd_report b = {
		.key = r->key,
		.generation = r->generation,
		.up = r->state == BFD_STATE_UP,
		.independent = r->independent,
		.downs = r->downs,
		.deaths = r->deaths,
		.why = bfd_diag_name(r->diag),
	};

	if (r->ended)
		watch_ended(w, r);
	else if (r->owner < w->n_insts && w->insts[r->owner].inst != NULL)
		bgp_instance_bfd(w->insts[r->owner].inst, &b);
}

int worker_bfd_died(struct mailbox *box, const struct bfd_death *d)
{
	return mailbox_post(box,
		&(struct fib_msg){
			.type = FIB_MSG_NEIGHBOR_DIED,
			.gid = d->key,
			.watch.epoch = { d->generation, d->deaths },
		});
}

void worker_bfd_attach(struct worker *w)
{
	if (w->bfd_orders == NULL)
		return;
	mailbox_attach_producer(w->bfd_orders, w->loop, on_space, w);
	mailbox_attach_consumer(w->bfd_reports, w->loop, 64, on_report, w);
}

void worker_bfd_fini(struct worker *w)
{
	if (w->bfd_orders == NULL)
		return;
	mailbox_detach_producer(w->bfd_orders);
	mailbox_detach_consumer(w->bfd_reports);
	for (uint32_t i = 0; i < w->n_bfd_late; i++)
		bfd_order_drop(NULL, &w->bfd_late[i]);
	free(w->bfd_late);
}
