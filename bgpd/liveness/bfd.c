/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Watching begins when a session is established (RFC 5882 4.1: then both ends have said that they
 * are there) and goes on when the session has ended, since routes may be kept while the neighbour
 * restarts. A BFD session that was never up says nothing: the neighbour may not have it.
 *
 * When BFD leaves up, the fib has been told before us, and has switched all routes that have
 * another way (fib/live/live.c). That we say so, too, makes us the one who may take it back. What
 * becomes of the session and of its routes is the rule of RFC 5882 4.3:
 *
 *   graceful restart   C bit   BGP session         routes of the neighbour
 *   ----------------   -----   -----------------   -----------------------------------------------
 *   not agreed         any     Cease/10, hard      go
 *   agreed             set     Cease/10, hard      go: its forwarding is dead, whatever BGP says
 *   agreed             clear   Cease/10            stay as stale ones for the restart time: BFD
 *                                                  went down with the control plane, as it does
 *                                                  when that restarts. They carry traffic that
 *                                                  has no other way; what has one was switched
 *   it is restarting   set     (is down already)   go: the restart is over
 *   it is restarting   clear   (is down already)   stay
 *
 * AdminDown of the neighbour is its operator's business and no failure (RFC 5882 4.2).
 */
#include "bgpd/liveness/bfd.h"

#include "bgpd/liveness/gateway.h"
#include "bgpd/neighbor/restart.h"

static void ask(const struct bgp_peer *p, bool on)
{
	const struct bgp_instance *i = p->inst;
	const struct session_conf *s = &p->conf.session;
	struct bgp_bfd_want w = {
		.key = p->live_key,
		.generation = p->bfd.generation,
		.on = on,
		.instance = i,
		.device = p->circuit->link.device,
		.ifindex = p->circuit->link.ifindex,
		.local = p->bfd.local,
		.remote = s->remote,
		/* RFC 5881 1: one hop is what shares a subnet with us */
		.multihop = !ip_is_link_local(&s->remote) &&
			!link_covers(&p->circuit->link, &s->remote),
		.min_ttl = s->ttl_security ? (uint8_t)(256 - s->ttl_security) : 0,
		.conf = &p->conf.bfd,
	};

	i->e->ops->bfd(i->e->ctx, &w);
}

void bfd_begin(struct bgp_peer *p)
{
	if (!p->conf.bfd.on || !p->inst->e->ops->bfd)
		return;
	p->bfd.local = session_local_addr(p->session);
	p->bfd.generation += !p->bfd.asked;
	p->bfd.asked = true;
	ask(p, true);
}

void bfd_end(struct bgp_peer *p)
{
	if (p->bfd.asked)
		ask(p, false);
	p->bfd.asked = p->bfd.up = false;
	p->bfd.downs = p->bfd.deaths = 0;
}

void bfd_follow(struct bgp_peer *p)
{
	const bool may = p->conf.bfd.on && p->conf.session.enabled && circuit_is_ready(p->circuit);

	if (!may)
		bfd_end(p);
	else if (p->up && !p->bfd.asked)
		bfd_begin(p);
	else if (p->bfd.asked)
		ask(p, true);
}

static void tell(const struct bgp_peer *p, enum bgp_event_type type, const char *text)
{
	const struct bgp_engine *e = p->inst->e;
	const struct bgp_event ev = {
		.type = type,
		.instance = p->inst,
		.peer = p,
		.text = text,
	};

	if (e->ops->event)
		e->ops->event(e->ctx, &ev);
}

static void fail(struct bgp_peer *p, const struct bgp_bfd_report *r)
{
	peer_tell_alive(p, false);
	if (p->up)
		session_bfd_down(p->session, !r->independent, r->why);
	else if (r->independent)
		restart_forget(p);
}

static struct bgp_peer *find(const struct bgp_instance *i, uint32_t key)
{
	struct bgp_peer *p;

	TAILQ_FOREACH(p, &i->peers, entry) {
		if (p->live_key == key)
			return p;
	}
	return NULL;
}

void bgp_instance_bfd(struct bgp_instance *i, const struct bgp_bfd_report *r)
{
	struct bgp_peer *p = find(i, r->key);
	bool fell, rose, died;

	if (!p)
		gateway_report(i, r);
	if (!p || !p->bfd.asked || r->generation != p->bfd.generation)
		return;
	fell = r->downs != p->bfd.downs;
	rose = r->up && (fell || !p->bfd.up);
	died = r->deaths != p->bfd.deaths;
	p->bfd.downs = r->downs;
	p->bfd.deaths = r->deaths;
	p->bfd.up = r->up;
	if (fell)
		tell(p, BGP_EVENT_BFD_DOWN, r->why);
	if (rose)
		tell(p, BGP_EVENT_BFD_UP, NULL);
	if (died)
		fail(p, r);
}
