/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A next hop of static routes stands for a router that nobody else speaks with, so what BFD says of
 * it is all that is known: its routes come into the table when BFD is up for the first time, and
 * leave with its death. AdminDown is the other operator's wish not to be watched, and no failure
 * (RFC 5882 4.2): they stay.
 *
 *   BFD       route     why
 *   -------   -------   -----------------------------------------------------------
 *   not yet   out       nobody has answered; after a restart the kernel keeps the
 *             (waits)   old route meanwhile, for the table is not relearned (sync.c)
 *   up        in
 *   died      out       the fib was told before us (live.c): its groups are switched
 *   AdminDown as it was
 *
 * A next hop has a live key as a peer has, so groups, backups and what crosses an edge work as with
 * these. One whose place has changed (device, addresses) is another one.
 */
#include "bgpd/liveness/gateway.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/xalloc.h"

struct gateway {
	TAILQ_ENTRY(gateway) entry;
	struct bgp_instance *inst;
	struct bgp_gateway conf;
	uint32_t key;
	uint32_t downs;
	uint32_t deaths;
	bool up;
	bool in;    /* its routes are */
	bool heard; /* has been up */
	bool kept;  /* scratch of bgp_instance_set_gateways */
};

#define GENERATION 1 /* a key is watched once */

static void tell_fib(const struct gateway *g, bool gone)
{
	const struct bgp_engine *e = g->inst->e;
	const struct bgp_neighbor n = {
		.live_key = g->key,
		.up = g->in && !gone,
		.gone = gone,
		.generation = GENERATION,
		.deaths = g->deaths,
		.ifindex = g->conf.ifindex,
	};

	if (!e->quiet)
		e->ops->neighbor(e->ctx, &n);
}

static void ask(const struct gateway *g, bool on)
{
	const struct bgp_engine *e = g->inst->e;
	const struct bgp_bfd_want w = {
		.key = g->key,
		.generation = GENERATION,
		.on = on,
		.instance = g->inst,
		.device = g->conf.device,
		.ifindex = g->conf.ifindex,
		.local = g->conf.local,
		.remote = g->conf.remote,
		.conf = &g->conf.bfd,
	};

	if (e->ops->bfd)
		e->ops->bfd(e->ctx, &w);
}

static void tell(const struct gateway *g, enum bgp_event_type type, const char *text)
{
	const struct bgp_engine *e = g->inst->e;
	const struct bgp_event ev = {
		.type = type,
		.instance = g->inst,
		.other = &g->conf.remote,
		.text = text,
	};

	if (e->ops->event)
		e->ops->event(e->ctx, &ev);
}

static struct gateway *find(const struct bgp_instance *i, const struct ip_addr *remote)
{
	struct gateway *g;

	TAILQ_FOREACH(g, &i->gateways, entry) {
		if (ip_is_equal(&g->conf.remote, remote))
			return g;
	}
	return NULL;
}

bool gateway_permits(const struct bgp_instance *i, const struct bgp_local *l, uint32_t *key)
{
	const struct gateway *g;

	*key = l->has_nh ? l->nh.live_key : 0;
	if (!l->watched)
		return true;
	g = find(i, &l->nh.gw);
	*key = g ? g->key : 0;
	return g && g->in;
}

static void set_in(struct gateway *g, bool in)
{
	if (g->in == in)
		return;
	g->in = in;
	tell_fib(g, false);
	instance_follow_gateway(g->inst, &g->conf.remote);
}

void gateway_report(struct bgp_instance *i, const struct bgp_bfd_report *r)
{
	struct gateway *g;
	bool fell, rose;

	TAILQ_FOREACH(g, &i->gateways, entry) {
		if (g->key == r->key)
			break;
	}
	if (!g)
		return;
	fell = r->downs != g->downs;
	rose = r->up && (fell || !g->up);
	/* One that is over by now was a death, too: the fib must hear that it is over. */
	if (r->deaths != g->deaths) {
		g->deaths = r->deaths;
		set_in(g, false);
	}
	g->downs = r->downs;
	g->up = r->up;
	if (fell)
		tell(g, BGP_EVENT_BFD_DOWN, r->why);
	if (rose)
		tell(g, BGP_EVENT_BFD_UP, NULL);
	g->heard |= r->up;
	if (r->up)
		set_in(g, true);
	sync_check(i);
}

bool gateways_are_heard(const struct bgp_instance *i)
{
	const struct gateway *g;

	TAILQ_FOREACH(g, &i->gateways, entry) {
		if (!g->heard)
			return false;
	}
	return true;
}

static bool is_same_place(const struct bgp_gateway *a, const struct bgp_gateway *b)
{
	return a->ifindex == b->ifindex && ip_is_equal(&a->local, &b->local) &&
		strcmp(a->device, b->device) == 0;
}

static void wipe(struct gateway *g)
{
	explicit_bzero(&g->conf.bfd, sizeof(g->conf.bfd));
}

static void gateway_add(struct bgp_instance *i, const struct bgp_gateway *conf)
{
	struct gateway *g = xcalloc(1, sizeof(*g));

	g->inst = i;
	g->conf = *conf;
	g->key = i->e->ops->live_key(i->e->ctx);
	g->kept = true;
	TAILQ_INSERT_TAIL(&i->gateways, g, entry);
	ask(g, true);
}

static void gateway_del(struct gateway *g)
{
	const struct ip_addr remote = g->conf.remote;
	struct bgp_instance *i = g->inst;

	ask(g, false);
	TAILQ_REMOVE(&i->gateways, g, entry);
	instance_follow_gateway(i, &remote);
	tell_fib(g, true);
	wipe(g);
	free(g);
}

static void drop_unkept(struct bgp_instance *i)
{
	struct gateway *next;

	for (struct gateway *g = TAILQ_FIRST(&i->gateways); g; g = next) {
		next = TAILQ_NEXT(g, entry);
		if (!g->kept)
			gateway_del(g);
	}
}

void bgp_instance_set_gateways(struct bgp_instance *i, const struct bgp_gateway *v, uint32_t n)
{
	struct gateway *g;

	TAILQ_FOREACH(g, &i->gateways, entry)
		g->kept = false;
	for (uint32_t k = 0; k < n; k++) {
		g = find(i, &v[k].remote);
		if (!g || !is_same_place(&g->conf, &v[k]))
			continue;
		g->kept = true;
		if (memcmp(&g->conf.bfd, &v[k].bfd, sizeof(g->conf.bfd)) == 0)
			continue;
		g->conf.bfd = v[k].bfd;
		ask(g, true);
	}
	drop_unkept(i);
	for (uint32_t k = 0; k < n; k++) {
		if (!find(i, &v[k].remote))
			gateway_add(i, &v[k]);
	}
}

void gateways_clear(struct bgp_instance *i)
{
	bgp_instance_set_gateways(i, NULL, 0);
}
