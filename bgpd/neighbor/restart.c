/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Routes of a neighbour that restarts: how long they stay, and as what.
 *
 *   up -> stale (for the restart time) -> long-lived stale (for its own) -> gone
 *
 * A family that the neighbour's graceful restart capability did not list has no restart time, one
 * that its long-lived capability did not list has no second phase (RFC 9494 4.2). In the second
 * phase routes get LLGR_STALE, those with NO_LLGR go; the decision and the export do the rest (RFC
 * 9494 4.3). Back again, the neighbour says by its F bits whether what is kept stays; then its
 * End-of-RIB ends it all, or the time that is still running.
 *
 * The fib is told of a dead neighbour when nothing of it is kept any more.
 */
#include "bgpd/neighbor/restart.h"

#include <string.h>

#include "bgpd/neighbor/dynamic.h"

#define STALE_MAX_US INT64_C(360000000) /* RFC 4724 4.2: bound for an End-of-RIB that never comes */
#define COMMUNITY    4

static uint32_t lesser(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

void restart_learn(struct bgp_peer *p, const struct wire_open *remote)
{
	const struct session_conf *c = &p->conf.session;

	p->gr = c->gr && remote->gr;
	p->gr_restarted = remote->gr_restarted;
	p->gr_families = remote->gr_families;
	p->gr_time_s = remote->gr_time_s;
	/* the neighbour's wish, and ours is the most that it gets */
	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++)
		p->family[f].llst_s = p->gr && remote->llgr_families & BGP_FAMILY_BIT(f) ?
			lesser(remote->llgr_time_s[f], c->llgr_time_s) :
			0;
}

static void forget_restart(struct peer_family *pf)
{
	timer_stop(&pf->llgr_timer);
	pf->kept = false;
	pf->llgr = false;
}

void restart_drop(struct peer_family *pf)
{
	family_work_fini(pf);
	table_bury(pf->table, pf->source);
	pf->source = NULL;
	forget_restart(pf);
}

/* RFC 4724 4.2, RFC 9494 4.2: not in the capability, or forwarding was lost. */
static bool is_still_forwarding(const struct peer_family *pf, const struct wire_open *remote)
{
	const uint8_t bit = BGP_FAMILY_BIT(pf->f);

	if (!pf->up || !remote->gr)
		return false;
	return pf->llgr ? pf->llst_s > 0 && remote->llgr_forwarding & bit :
			  remote->gr_forwarding & bit;
}

void restart_back(struct peer_family *pf, const struct wire_open *remote)
{
	if (!pf->kept)
		return;
	pf->work &= (uint8_t)~FAMILY_WORK_LLGR;
	if (is_still_forwarding(pf, remote))
		family_work_begin_mark(pf);
	else
		restart_drop(pf);
}

static bool has_kept(const struct bgp_peer *p)
{
	bool kept = false;

	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++)
		kept |= p->family[f].kept;
	return kept;
}

void restart_watch_end_of_rib(struct bgp_peer *p)
{
	timer_stop(&p->gr_timer);
	if (has_kept(p))
		timer_start(&p->gr_timer, STALE_MAX_US);
}

void restart_end_of_rib(struct peer_family *pf)
{
	struct bgp_peer *p = pf->peer;

	if (pf->kept)
		family_work_add(pf, FAMILY_WORK_STALE);
	forget_restart(pf);
	if (!has_kept(p))
		timer_stop(&p->gr_timer);
}

bool restart_may_keep(const struct peer_family *pf, const struct session_down *why)
{
	const struct bgp_peer *p = pf->peer;

	/* RFC 4724 4.2: all families that the capability listed; the F bit is the next OPEN's */
	return pf->up && pf->source && p->gr && why->graceful &&
		(p->gr_families & BGP_FAMILY_BIT(pf->f) || pf->llst_s > 0);
}

static void begin_long_lived(struct peer_family *pf)
{
	pf->llgr = true;
	/* RFC 9494 4.2: once started it runs until End-of-RIB, whatever happens between */
	if (!timer_is_armed(&pf->llgr_timer))
		timer_start(&pf->llgr_timer, pf->llst_s * INT64_C(1000000));
	family_work_add(pf, FAMILY_WORK_LLGR);
}

void restart_keep(struct peer_family *pf)
{
	/*
	 * RFC 4724 4.2: what was stale already goes, in the case of consecutive restarts; RFC 9494
	 * 4.2: unless it is long-lived.
	 */
	if (pf->kept && !pf->llgr)
		family_work_begin_purge(pf);
	pf->kept = true;
	family_work_add(pf, FAMILY_WORK_MARK);
	if (!(pf->peer->gr_families & BGP_FAMILY_BIT(pf->f)))
		begin_long_lived(pf);
}

void restart_wait(struct bgp_peer *p)
{
	timer_start(&p->gr_timer, (int64_t)p->gr_time_s * 1000000);
}

/* One message to the fib for all routes, before they are removed one by one. */
static void tell_if_dead(struct bgp_peer *p)
{
	bool lives = p->up;

	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++)
		lives |= p->family[f].kept && p->family[f].llgr;
	if (!lives)
		peer_tell_alive(p, false);
}

/* The restart time is over, or the neighbour is back and never sent End-of-RIB. */
static void gr_over(void *ctx)
{
	struct bgp_peer *p = ctx;

	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++) {
		struct peer_family *pf = &p->family[f];

		if (pf->kept && !p->up && pf->llst_s > 0)
			begin_long_lived(pf);
	}
	tell_if_dead(p);
	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++) {
		struct peer_family *pf = &p->family[f];

		if (pf->kept && p->up)
			restart_end_of_rib(pf);
		else if (pf->kept && !pf->llgr)
			restart_drop(pf);
	}
	dynamic_down(p);
}

static void llgr_over(void *ctx)
{
	struct peer_family *pf = ctx;

	if (pf->peer->up) {
		restart_end_of_rib(pf);
		return;
	}
	pf->llgr = false;
	tell_if_dead(pf->peer);
	restart_drop(pf);
	dynamic_down(pf->peer);
}

void restart_forget(struct bgp_peer *p)
{
	if (p->up)
		return;
	timer_stop(&p->gr_timer);
	peer_tell_alive(p, false);
	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++) {
		if (p->family[f].kept)
			restart_drop(&p->family[f]);
	}
	dynamic_down(p);
}

static bool has_community(const struct attrs *at, enum attrs_limit what)
{
	return at && at->limits & what;
}

bool restart_may_live_long(const struct attrs *in, const struct attrs *at)
{
	return !has_community(in, ATTRS_LIMIT_NO_LLGR) && !has_community(at, ATTRS_LIMIT_NO_LLGR);
}

struct attrs *restart_mark_long_lived(struct bgp_engine *e, struct attrs *take_at)
{
	static const uint8_t stale[COMMUNITY] = { 0xff, 0xff, 0x00, 0x06 };
	struct attrs *marked;
	struct wire_attrs w;
	uint8_t *list;

	attrs_to_wire(take_at, &w);
	if (has_community(take_at, ATTRS_LIMIT_LLGR_STALE) ||
		w.communities.len > UINT16_MAX - COMMUNITY)
		return take_at;
	list = arena_alloc(e->arena, w.communities.len + (size_t)COMMUNITY);
	if (w.communities.len > 0)
		memcpy(list, w.communities.p, w.communities.len);
	memcpy(list + w.communities.len, stale, COMMUNITY);
	w.communities = (struct octets){ list, (uint16_t)(w.communities.len + COMMUNITY) };
	marked = attrs_get(e->attrs, &w);
	attrs_unref(e->attrs, take_at);
	return marked;
}

/* RFC 9494 4.2. */
static void make_long_lived(struct peer_family *pf, uint32_t h)
{
	struct bgp_engine *e = pf->peer->inst->e;
	struct rib *r = pf->table->rib;
	const struct rib_path *path = rib_path(r, h);
	const struct prefix pfx = rib_net_prefix(r, rib_path_net(r, path));
	struct attrs *was = rib_path_attrs(r, path);
	struct attrs *at;

	if (!(path->flags & RIB_PATH_STALE))
		return;
	if (!restart_may_live_long(rib_path_in(r, path), was)) {
		(void)rib_withdraw(r, pf->source, &pfx, rib_path_id(path));
		return;
	}
	rib_set_long_lived(r, h);
	if (!was)
		return;
	at = restart_mark_long_lived(e, attrs_ref(was));
	if (at != was)
		rib_set_attrs(r, h, at);
	attrs_unref(e->attrs, at);
}

bool restart_llgr_slice(struct peer_family *pf)
{
	arena_reset(pf->peer->inst->e->arena);
	for (unsigned n = 0; n < SLICE_PATHS; n++) {
		pf->cursor = rib_source_next(pf->table->rib, pf->source, pf->cursor);
		if (!pf->cursor)
			return false;
		make_long_lived(pf, pf->cursor);
	}
	return true;
}

void restart_init(struct bgp_peer *p)
{
	struct loop *l = p->inst->e->loop;

	timer_init(&p->gr_timer, l, gr_over, p);
	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++)
		timer_init(&p->family[f].llgr_timer, l, llgr_over, &p->family[f]);
}

void restart_fini(struct bgp_peer *p)
{
	timer_stop(&p->gr_timer);
	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++)
		timer_stop(&p->family[f].llgr_timer);
}
