/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events are read before the owner looks, so that one look answers all of them. Its own changes are
 * among them; who made one can be seen by its port (nl_portid of requests).
 */
#include "fib/nft/client.h"

#include <linux/netfilter/nfnetlink.h>

#include "fib/nl.h"

#define TICK_US 30000000
#define DRAIN   64 /* datagrams a turn */

static int on_event(void *ctx, const struct nlmsghdr *nlh)
{
	const struct nft_client *c = ctx;

	c->ops->event(c->ctx, nlh);
	return 0;
}

static bool on_slice(void *ctx)
{
	struct nft_client *c = ctx;
	const int ret = c->events ? nl_receive(c->events, DRAIN, on_event, c) : 0;
	const bool is_due = c->is_due;

	if (ret < 0)
		c->ops->event(c->ctx, NULL);
	c->is_due = false;
	c->ops->look(c->ctx, is_due);
	return ret == 1;
}

static void on_readable(void *ctx)
{
	nft_client_wake(ctx);
}

static void on_tick(void *ctx)
{
	struct nft_client *c = ctx;

	c->is_due = true;
	nft_client_wake(c);
	timer_start(&c->timer, TICK_US);
}

void nft_client_init(struct nft_client *c, struct loop *l, const struct nft_client_ops *ops,
	void *ctx)
{
	*c = (struct nft_client){ .ops = ops, .ctx = ctx };
	job_init(&c->job, l, on_slice, c);
	timer_init(&c->timer, l, on_tick, c);
	timer_start(&c->timer, TICK_US);
	c->requests = nl_new_netfilter();
	c->events = c->requests ? nl_new_netfilter() : NULL;
	if (c->events && nl_join(c->events, NFNLGRP_NFTABLES) == 0) {
		io_init(&c->watch, l, nl_fd(c->events), on_readable, NULL, c);
		io_want_read(&c->watch, true);
	} else {
		nl_free(c->events);
		c->events = NULL;
	}
}

void nft_client_fini(struct nft_client *c)
{
	timer_stop(&c->timer);
	job_cancel(&c->job);
	if (c->events)
		io_fini(&c->watch);
	nl_free(c->events);
	nl_free(c->requests);
}

void nft_client_wake(struct nft_client *c)
{
	job_wake(&c->job);
}
