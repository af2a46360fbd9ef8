/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dynamic neighbours: who connects from an address of a listen range.
 *
 * A connection costs a lookup before it costs anything else: range, room, and what the guard
 * remembers of the address (bgpd/session/guard.h). What passes becomes a passive neighbour like
 * any other, with two differences. It is removed when its session is over: at once, or when the
 * time of its graceful restart is (RFC 4724). And it has SETUP_US (and delay-open) to reach
 * Established, so that nobody holds a place by connecting and saying nothing.
 *
 * A neighbour is never freed from inside a call of its session: a timer does it.
 *
 * One that was discovered (unnumbered.c) has the same parameters and place, but a life of its own.
 */
#include "bgpd/neighbor/dynamic.h"

#include <stdlib.h>
#include <string.h>

#include "bgpd/engine_int.h"
#include "bgpd/neighbor/unnumbered.h"
#include "bgpd/session/guard.h"
#include "bgpd/session/socket/listener.h"
#include "lib/base/xalloc.h"

#define SETUP_US INT64_C(30000000)

static const struct bgp_range_conf *range_of(const struct bgp_instance *i, const struct ip_addr *a)
{
	const struct bgp_range_conf *best = NULL;

	for (uint32_t n = 0; n < i->n_ranges; n++) {
		const struct bgp_range_conf *r = &i->ranges[n];

		if (prefix_covers_addr(&r->pfx, a) && (!best || r->pfx.len > best->pfx.len))
			best = r;
	}
	return best;
}

static uint32_t count(const struct bgp_instance *i, const struct prefix *range)
{
	const struct bgp_peer *p;
	uint32_t n = 0;

	TAILQ_FOREACH(p, &i->peers, entry)
		n += p->dynamic && prefix_is_equal(&p->range, range);
	return n;
}

/* An external neighbour stands on the link, unless it is told that it may be further away. */
static bool is_near(const struct circuit *on, const struct bgp_range_conf *r,
	const struct ip_addr *a)
{
	const struct session_conf *c = &r->peer.session;
	const uint32_t own_as = c->local_as ? c->local_as : on->inst->conf.local_as;

	return c->multihop > 1 || c->peer_as == own_as || ip_is_link_local(a) ||
		link_covers(&on->link, a);
}

static struct bgp_peer_conf conf_of(const struct bgp_range_conf *r, const struct circuit *on,
	const struct ip_addr *a)
{
	struct bgp_peer_conf c = r->peer;

	memcpy(c.line, on->link.name, sizeof(c.line));
	c.gshut |= on->link.gshut;
	c.session.remote = *a;
	c.session.passive |= !r->discover;
	c.session.ao_net = r->pfx;
	return c;
}

/* Its time is over, or its session: unless there is a reason to stay. */
static void reap(void *ctx)
{
	struct bgp_peer *p = ctx;

	if (p->up || p->limit_stopped)
		return;
	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++) {
		if (p->family[f].kept)
			return;
	}
	if (!p->pardoned)
		guard_left(p->inst->guard, &p->conf.session.remote, p->up_s, p->hold_s);
	bgp_peer_free(p);
}

struct bgp_peer *dynamic_add(const struct circuit *on, const struct bgp_range_conf *r,
	const struct ip_addr *remote)
{
	const struct bgp_peer_conf c = conf_of(r, on, remote);
	struct bgp_instance *i = on->inst;
	struct bgp_peer *p = peer_make(i, &c);

	p->dynamic = true;
	p->discovered = r->discover;
	p->range = r->pfx;
	timer_init(&p->reap_timer, i->e->loop, reap, p);
	peer_run_or_stop(p);
	dynamic_wait(p);
	return p;
}

struct session *dynamic_accept(const struct circuit *on, const struct ip_addr *remote)
{
	const struct bgp_instance *i = on->inst;
	const struct bgp_range_conf *r = range_of(i, remote);

	if (!r || r->discover || !r->peer.session.enabled || !is_near(on, r, remote) ||
		count(i, &r->pfx) >= r->limit || !guard_admit(i->guard, remote, mono_now()))
		return NULL;
	return dynamic_add(on, r, remote)->session;
}

void dynamic_wait(struct bgp_peer *p)
{
	if (p->dynamic && !p->discovered && !p->up)
		timer_start(&p->reap_timer,
			SETUP_US + p->conf.session.delay_open_s * INT64_C(1000000));
}

void dynamic_up(struct bgp_peer *p)
{
	if (!p->dynamic)
		return;
	timer_stop(&p->reap_timer);
	p->pardoned = false;
	p->up_at = mono_now();
	p->up_s = 0;
	p->hold_s = session_hold_s(p->session);
}

void dynamic_down(struct bgp_peer *p)
{
	if (!p->dynamic || p->up)
		return;
	if (p->up_at.us)
		p->up_s = mono_age_s(p->up_at);
	p->up_at = (struct mono){ 0 };
	if (!p->discovered)
		timer_start(&p->reap_timer, 0);
}

void dynamic_forgive(struct bgp_peer *p)
{
	if (!p->dynamic)
		return;
	guard_forgive(p->inst->guard, &p->conf.session.remote);
	p->pardoned = true;
	dynamic_wait(p);
}

static uint32_t count_up(const struct bgp_instance *i, const struct prefix *range)
{
	const struct bgp_peer *p;
	uint32_t n = 0;

	TAILQ_FOREACH(p, &i->peers, entry)
		n += p->dynamic && p->up && prefix_is_equal(&p->range, range);
	return n;
}

/*
 * Only somebody of an earlier life matters: whose routes the kernel still has, who still has ours.
 * After a cold start there are neither, since our OPENs say so (RFC 4724 3, F bit).
 */
bool dynamic_is_awaited(const struct bgp_instance *i, enum bgp_family f)
{
	if (i->conf.cold)
		return false;
	for (uint32_t n = 0; n < i->n_ranges; n++) {
		const struct bgp_range_conf *r = &i->ranges[n];
		const struct session_conf *c = &r->peer.session;

		if (c->enabled && (c->families & BGP_FAMILY_BIT(f)) &&
			count_up(i, &r->pfx) < r->limit)
			return true;
	}
	return false;
}

bool dynamic_is_wanted(const struct bgp_instance *i, uint8_t af)
{
	for (uint32_t n = 0; n < i->n_ranges; n++) {
		if (i->ranges[n].pfx.family == af && i->ranges[n].peer.session.enabled)
			return true;
	}
	return false;
}

bool dynamic_set_keys(const struct bgp_instance *i, struct listener *ln, uint8_t af)
{
	bool ok = true;

	for (uint32_t n = 0; n < i->n_ranges; n++) {
		const struct bgp_range_conf *r = &i->ranges[n];

		if (r->pfx.family == af)
			ok &= link_set_keys(ln, &r->pfx, &r->peer.session);
	}
	return ok;
}

static bool has_range(const struct bgp_instance *i, const struct prefix *pfx)
{
	for (uint32_t n = 0; n < i->n_ranges; n++) {
		if (prefix_is_equal(&i->ranges[n].pfx, pfx))
			return true;
	}
	return false;
}

/*
 * The ranges that were, while i->ranges has those of now. A key that stays is never taken away in
 * between: an unsigned SYN would find the door open.
 */
static void free_ranges(const struct bgp_instance *i, struct bgp_range_conf *v, uint32_t n)
{
	for (uint32_t k = 0; k < n; k++) {
		const bool is6 = v[k].pfx.family == AF_INET6;
		const bool forget = v[k].peer.session.password && !has_range(i, &v[k].pfx);

		for (uint8_t n_c = 0; forget && n_c < i->n_circuits; n_c++) {
			struct listener *ln = i->circuits[n_c]->listener[is6];

			if (ln)
				(void)listener_set_md5(ln, &v[k].pfx, "");
		}
		bgp_peer_conf_release(&v[k].peer);
	}
	free(v);
}

/* From discovered to come by itself, or back: who ends it is another. */
static void follow_way(struct bgp_peer *p)
{
	if (p->discovered)
		timer_stop(&p->reap_timer);
	else if (!timer_is_armed(&p->reap_timer))
		dynamic_wait(p);
}

/* Those who are here get the options of now; who has no range any more, or no room in it, goes. */
static void follow(struct bgp_instance *i)
{
	struct bgp_peer *p = TAILQ_FIRST(&i->peers);
	struct bgp_peer *next;

	for (; p; p = next) {
		const struct ip_addr *a = &p->conf.session.remote;
		const struct bgp_range_conf *r = range_of(i, a);
		struct bgp_peer_conf c;

		next = TAILQ_NEXT(p, entry);
		if (!p->dynamic)
			continue;
		p->range = (struct prefix){ 0 }; /* not counted while it is looked at */
		if (!r || !p->circuit->inst || !r->peer.session.enabled ||
			!is_near(p->circuit, r, a) || count(i, &r->pfx) >= r->limit) {
			bgp_peer_free(p);
			continue;
		}
		p->range = r->pfx;
		p->discovered = r->discover;
		c = conf_of(r, p->circuit, a);
		bgp_peer_reconf(p, &c);
		follow_way(p);
	}
}

/* All lose their place before the first gets one: the eldest come first. */
static void follow_all(struct bgp_instance *i)
{
	struct bgp_peer *p;

	TAILQ_FOREACH(p, &i->peers, entry)
		p->range = (struct prefix){ 0 };
	follow(i);
}

void bgp_instance_set_ranges(struct bgp_instance *i, const struct bgp_range_conf *v, uint32_t n)
{
	struct bgp_range_conf *old = i->ranges;
	const uint32_t n_old = i->n_ranges;

	if (!n && !n_old)
		return;
	i->ranges = n ? xreallocarray(NULL, n, sizeof(*v)) : NULL;
	for (uint32_t k = 0; k < n; k++) {
		i->ranges[k] = v[k];
		bgp_peer_conf_copy(&i->ranges[k].peer, &v[k].peer);
	}
	i->n_ranges = n;
	if (!i->guard)
		i->guard = guard_new();
	free_ranges(i, old, n_old);
	instance_listen(i);
	follow_all(i);
	sync_check(i);
}

void dynamic_clear(struct bgp_instance *i)
{
	struct bgp_range_conf *old = i->ranges;
	const uint32_t n_old = i->n_ranges;

	i->ranges = NULL;
	i->n_ranges = 0;
	free_ranges(i, old, n_old);
	unnumbered_fini(i);
	guard_free(i->guard);
	i->guard = NULL;
}
