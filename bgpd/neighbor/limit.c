/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Route limits: how many paths one neighbour may have in adj-in, per family, and what happens
 * beyond. With ADD-PATH each path of a prefix counts. With `discard` the surplus is not kept, but
 * counted; as soon as there is room (more allowed, or less announced) the neighbour is asked to say
 * everything again (RFC 2918), at most every ASK_US when the room came by itself.
 */
#include "bgpd/neighbor/limit.h"

#include "bgpd/engine_int.h"
#include "bgpd/neighbor/dynamic.h"

#define ASK_US    INT64_C(10000000)
#define NEAR      90 /* percent: a second warning, if the first came earlier */
#define ROOM_PART 10 /* ask again when a tenth is free: not at each prefix around the limit */

static uint32_t count(const struct peer_family *pf)
{
	return pf->source ? pf->source->n_paths : 0;
}

/*
 * What the neighbour has said in this session: what is kept from before a restart is not held
 * against it. Only `discard` counts that too, since it never takes new paths for installed ones.
 */
static uint32_t count_said(const struct peer_family *pf)
{
	if (pf->peer->conf.limit_action == BGP_LIMIT_DISCARD || !pf->source)
		return count(pf);
	return pf->source->n_paths - pf->source->n_stale;
}

static void mark(struct peer_family *pf, enum limit_mark m, enum bgp_event_type type)
{
	if (pf->marks & m)
		return;
	pf->marks |= (uint8_t)m;
	peer_event(pf->peer, type, NULL, count(pf));
}

/* It takes no room that it does not have already. */
static bool is_known(const struct peer_family *pf, const struct prefix *pfx, uint32_t path_id)
{
	const struct rib *r = pf->table->rib;
	const uint32_t net = rib_find(r, pfx);
	const bool stale_too = pf->peer->conf.limit_action == BGP_LIMIT_DISCARD;

	for (uint32_t h = net ? rib_net(r, net)->paths : 0; h;) {
		const struct rib_path *p = rib_path(r, h);

		if (p->source == pf->source->index && rib_path_id(p) == path_id)
			return stale_too || !(p->flags & RIB_PATH_STALE);
		h = rib_path_next(p);
	}
	return false;
}

static void wait_restart(struct bgp_peer *p)
{
	if (p->conf.limit_action == BGP_LIMIT_RESTART)
		timer_start(&p->limit_timer, (int64_t)p->conf.limit_restart_s * 1000000);
	else
		timer_stop(&p->limit_timer);
}

static enum limit_verdict stop(struct peer_family *pf)
{
	struct bgp_peer *p = pf->peer;

	mark(pf, LIMIT_MARK_REACHED, BGP_EVENT_LIMIT_REACHED);
	p->limit_stopped = true;
	p->limit_hit = p->conf.limit_max;
	session_stop(p->session, BGP_ERR_CEASE_MAX_PREFIX, NULL);
	wait_restart(p);
	return LIMIT_STOP;
}

enum limit_verdict limit_check_max(struct peer_family *pf, const struct prefix *pfx,
	uint32_t path_id)
{
	const struct bgp_peer_conf *c = &pf->peer->conf;

	if (likely(count_said(pf) < c->limit_max) || is_known(pf, pfx, path_id))
		return LIMIT_KEEP;
	switch ((enum bgp_limit_action)c->limit_action) {
	case BGP_LIMIT_WARN:
		mark(pf, LIMIT_MARK_REACHED, BGP_EVENT_LIMIT_REACHED);
		return LIMIT_KEEP;
	case BGP_LIMIT_DISCARD:
		pf->discarded++;
		mark(pf, LIMIT_MARK_REACHED, BGP_EVENT_LIMIT_REACHED);
		return LIMIT_DISCARD;
	case BGP_LIMIT_TEARDOWN:
	case BGP_LIMIT_RESTART:
		return stop(pf);
	}
	return LIMIT_KEEP;
}

/* The table of the tenant may be full all the same. */
bool limit_has_own_room(const struct peer_family *pf)
{
	const uint32_t max = pf->peer->conf.limit_max;

	return !max || count(pf) + max / ROOM_PART < max;
}

static bool is_at(uint32_t n, uint32_t max, uint8_t percent)
{
	const uint32_t at = (uint32_t)((uint64_t)max * percent / 100);

	return at && n >= at;
}

/* One warning a crossing, however many marks it passes at once. */
static void warn(struct peer_family *pf)
{
	const struct bgp_peer_conf *c = &pf->peer->conf;
	const uint8_t both = LIMIT_MARK_WARNED | LIMIT_MARK_NEAR;
	const uint8_t was = pf->marks & both;
	const uint32_t n = count(pf);
	uint8_t now = 0;

	if (is_at(n, c->limit_max, c->limit_warning))
		now |= LIMIT_MARK_WARNED;
	if (c->limit_warning && c->limit_warning < NEAR && is_at(n, c->limit_max, NEAR))
		now |= LIMIT_MARK_NEAR;
	pf->marks = (uint8_t)((pf->marks & ~both) | now);
	if (now & ~was)
		peer_event(pf->peer, BGP_EVENT_LIMIT_WARNING, NULL, n);
}

void limit_account(struct peer_family *pf)
{
	struct bgp_peer *p = pf->peer;
	const uint32_t max = p->conf.limit_max;
	const uint32_t n = count(pf);

	if (!max && likely(!pf->discarded))
		return;
	warn(pf);
	if (n < max)
		pf->marks &= (uint8_t)~LIMIT_MARK_REACHED;
	if (pf->discarded && limit_has_own_room(pf) && !timer_is_armed(&p->limit_timer))
		timer_start(&p->limit_timer, ASK_US);
}

static void ask_again(struct peer_family *pf)
{
	struct bgp_peer *p = pf->peer;

	if (!pf->up || !pf->discarded)
		return;
	pf->discarded = 0;
	if (p->ws.refresh)
		session_send_refresh(p->session, pf->f, 0);
	else
		session_reset(p->session, BGP_ERR_CEASE_CONFIG_CHANGE, NULL);
}

void limit_clear(struct bgp_peer *p)
{
	timer_stop(&p->limit_timer);
	if (!p->limit_stopped)
		return;
	p->limit_stopped = false;
	dynamic_wait(p);
}

static void on_timer(void *ctx)
{
	struct bgp_peer *p = ctx;

	if (p->limit_stopped) {
		limit_clear(p);
		peer_run_or_stop(p);
		return;
	}
	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++) {
		struct peer_family *pf = &p->family[f];

		if (!pf->up || !pf->discarded || !limit_has_own_room(pf))
			continue;
		/* Asked while the table is full it would say the same, for nothing, for ever. */
		if (table_has_room(pf->table))
			ask_again(pf);
		else
			timer_start(&p->limit_timer, ASK_US);
	}
}

void limit_room(struct bgp_peer *p)
{
	for (unsigned f = 0; f < BGP_FAMILY_COUNT && !p->limit_stopped; f++) {
		if (limit_has_own_room(&p->family[f]))
			ask_again(&p->family[f]);
	}
}

void limit_init(struct bgp_peer *p)
{
	timer_init(&p->limit_timer, p->inst->e->loop, on_timer, p);
}

void limit_fini(struct bgp_peer *p)
{
	timer_stop(&p->limit_timer);
}

void limit_reset(struct peer_family *pf)
{
	pf->discarded = 0;
	pf->surplus = 0;
	pf->marks = 0;
}

/* Would it have been stopped, as things are now? More allowed, or nobody is stopped any more. */
static bool is_lifted(const struct bgp_peer *p)
{
	const struct bgp_peer_conf *c = &p->conf;

	return !c->limit_max || c->limit_max > p->limit_hit || c->limit_action == BGP_LIMIT_WARN ||
		c->limit_action == BGP_LIMIT_DISCARD;
}

void limit_recheck(struct bgp_peer *p)
{
	const uint32_t max = p->conf.limit_max;

	if (p->limit_stopped && !is_lifted(p)) {
		wait_restart(p);
		return;
	}
	limit_clear(p); /* the next crossing is judged by what holds now */
	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++) {
		struct peer_family *pf = &p->family[f];
		const uint8_t action = p->conf.limit_action;

		if (!max || action == BGP_LIMIT_WARN || count(pf) < max)
			ask_again(pf);
		else if (pf->up && count_said(pf) > max &&
			(action == BGP_LIMIT_TEARDOWN || action == BGP_LIMIT_RESTART))
			(void)stop(pf);
		if (pf->source)
			limit_account(pf);
	}
}
