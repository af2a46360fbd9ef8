/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The neighbour without a configured address: the first router that is heard on the link becomes
 * a dynamic neighbour at its link-local address, to which we connect as to a configured one. It
 * keeps the place while it is heard or its session lives, so that a second router on the link, be
 * it a mistake or an attack, changes nothing. It is a range of the instance like others, with
 * room for one, that nobody gets into by connecting.
 */
#include "bgpd/neighbor/unnumbered.h"

#include <stdlib.h>

#include "bgpd/neighbor/dynamic.h"
#include "bgpd/session/socket/nd.h"
#include "lib/base/xalloc.h"

#define LOST_S   (3 * ND_INTERVAL_S)
#define RETRY_US INT64_C(1000000)
#define CHECK_US (ND_INTERVAL_S * INT64_C(1000000))

static const struct bgp_range_conf *range_of(const struct bgp_instance *i)
{
	for (uint32_t n = 0; n < i->n_ranges; n++) {
		if (i->ranges[n].discover)
			return &i->ranges[n];
	}
	return NULL;
}

static struct bgp_peer *neighbor_of(const struct bgp_instance *i)
{
	struct bgp_peer *p;

	TAILQ_FOREACH(p, &i->peers, entry) {
		if (p->discovered)
			return p;
	}
	return NULL;
}

/* Told once, whoever it is: two that take turns would fill the log. */
static void ignore(struct unnumbered *u, struct bgp_peer *p, const struct ip_addr *from)
{
	const struct bgp_engine *e = p->inst->e;
	const struct bgp_event ev = {
		.type = BGP_EVENT_SECOND_ROUTER,
		.instance = p->inst,
		.peer = p,
		.other = from,
	};

	u->n_others++;
	if (u->n_others == 1 && e->ops->event)
		e->ops->event(e->ctx, &ev);
}

void unnumbered_heard(struct bgp_instance *i, const struct ip_addr *from)
{
	const struct bgp_range_conf *r = range_of(i);
	struct unnumbered *u = i->unnumbered;
	struct bgp_peer *p = neighbor_of(i);
	const struct circuit *wire = circuit_find(i, r ? r->peer.line : "");

	if (!u || !r || !r->peer.session.enabled || !wire->inst)
		return;
	if (p && !ip_is_equal(&p->conf.session.remote, from)) {
		ignore(u, p, from);
		return;
	}
	u->heard = mono_now();
	if (p)
		return;
	u->n_others = 0;
	(void)dynamic_add(wire, r, from);
	if (u->nd)
		nd_advertise(u->nd); /* it may have come later than our last one */
}

static void heard(void *ctx, const struct ip_addr *from)
{
	unnumbered_heard(ctx, from);
}

static bool is_gone(const struct unnumbered *u, const struct bgp_peer *p)
{
	if (p->up || p->limit_stopped || session_state(p->session) > SESSION_STATE_ACTIVE)
		return false;
	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++) {
		if (p->family[f].kept)
			return false;
	}
	return mono_age_s(u->heard) > LOST_S;
}

void unnumbered_check(struct bgp_instance *i)
{
	struct bgp_peer *p = neighbor_of(i);

	if (p && is_gone(i->unnumbered, p))
		bgp_peer_free(p);
}

static void on_timer(void *ctx)
{
	struct bgp_instance *i = ctx;

	unnumbered_check(i);
	unnumbered_follow(i);
}

void unnumbered_follow(struct bgp_instance *i)
{
	const struct bgp_range_conf *r = range_of(i);
	const struct circuit *wire = circuit_find(i, r ? r->peer.line : "");
	struct unnumbered *u = i->unnumbered;
	const bool on = r && r->peer.session.enabled && circuit_is_ready(wire);

	if (!r) {
		unnumbered_fini(i);
		return;
	}
	if (!u) {
		u = i->unnumbered = xcalloc(1, sizeof(*u));
		timer_init(&u->timer, i->e->loop, on_timer, i);
	}
	if (!on || u->ifindex != wire->link.ifindex)
		unnumbered_close(i);
	if (on && !u->nd)
		u->nd = nd_new(i->e->loop, wire->link.device, heard, i);
	u->ifindex = wire->link.ifindex;
	timer_start(&u->timer, on && !u->nd ? RETRY_US : CHECK_US);
}

void unnumbered_close(struct bgp_instance *i)
{
	if (!i->unnumbered)
		return;
	nd_free(i->unnumbered->nd);
	i->unnumbered->nd = NULL;
}

void unnumbered_fini(struct bgp_instance *i)
{
	if (!i->unnumbered)
		return;
	unnumbered_close(i);
	timer_stop(&i->unnumbered->timer);
	free(i->unnumbered);
	i->unnumbered = NULL;
}
