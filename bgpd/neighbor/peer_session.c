/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Up, down and what lies between: the session's calls, except for UPDATE.
 *
 * Down, without graceful restart: the fib is told at once (one message, whatever the size of
 * the table), then the sources are buried. With it (RFC 4724 4.2: the connection broke without
 * a NOTIFICATION; RFC 8538: or with one that is no hard reset): paths stay, marked stale, until
 * the neighbour is back and has sent End-of-RIB, or its time is over.
 */
#include <stdlib.h>
#include <string.h>

#include "bgpd/engine_int.h"
#include "bgpd/neighbor/dynamic.h"
#include "bgpd/neighbor/limit.h"

#define STALE_MAX_US INT64_C(360000000) /* RFC 4724 4.2: bound for an End-of-RIB that never comes */

static bool ensure_source(struct peer_family *pf)
{
	const struct bgp_peer *p = pf->peer;
	const struct rib_source init = {
		.kind = RIB_SOURCE_BGP,
		.ibgp = p->ws.ibgp,
		.router_id = p->router_id,
		.addr = p->conf.session.remote,
		.weight = 1,
		.owner = pf->peer,
	};

	if (!pf->source)
		pf->source = table_source(pf->table, &init);
	else
		pf->source->router_id = p->router_id;
	return pf->source != NULL;
}

/* Its paths go; the next session begins anew. */
static void drop_paths(struct peer_family *pf)
{
	family_work_fini(pf);
	table_bury(pf->table, pf->source);
	pf->source = NULL;
	pf->kept = false;
}

static void family_up(struct peer_family *pf, const struct wire_open *remote)
{
	const struct bgp_peer *p = pf->peer;
	const uint8_t bit = BGP_FAMILY_BIT(pf->f);

	pf->up = p->ws.families & bit;
	pf->eor = false;
	limit_reset(pf);
	if (pf->kept) {
		/* RFC 4724 4.2: not in the capability, or forwarding was lost: delete at once. */
		if (pf->up && remote->gr && remote->gr_forwarding & bit)
			family_work_begin_mark(pf);
		else
			drop_paths(pf);
	}
	if (!pf->up)
		return;
	if (!ensure_source(pf)) {
		pf->up = false;
		return;
	}
	peer_export_join(pf);
}

static void established(void *ctx, const struct wire_session *ws, const struct wire_open *remote)
{
	struct bgp_peer *p = ctx;
	bool kept = false;

	p->ws = *ws;
	p->router_id = remote->router_id;
	p->up = true;
	p->gr = p->conf.session.gr && remote->gr;
	p->gr_restarted = remote->gr_restarted;
	p->gr_families = remote->gr_families;
	p->gr_time_s = remote->gr_time_s;
	timer_stop(&p->gr_timer);
	peer_tell_alive(p, true);
	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++) {
		family_up(&p->family[f], remote);
		kept |= p->family[f].kept;
	}
	if (kept)
		timer_start(&p->gr_timer, STALE_MAX_US);
	dynamic_up(p);
	peer_event(p, BGP_EVENT_PEER_UP, NULL, 0);
	sync_check(p->inst); /* it may be one that nobody waits for */
}

static bool may_keep(const struct peer_family *pf, const struct session_down *why)
{
	const struct bgp_peer *p = pf->peer;

	/* RFC 4724 4.2: all families that the capability listed; the F bit is the next OPEN's */
	return pf->up && pf->source && p->gr && why->graceful &&
		p->gr_families & BGP_FAMILY_BIT(pf->f);
}

static void keep_paths(struct peer_family *pf)
{
	/* RFC 4724 4.2: what was stale already goes, in the case of consecutive restarts */
	if (pf->kept)
		family_work_begin_purge(pf);
	pf->kept = true;
	family_work_add(pf, FAMILY_WORK_MARK);
}

static void down(void *ctx, const struct session_down *why, bool was_up)
{
	struct bgp_peer *p = ctx;
	bool keep[BGP_FAMILY_COUNT];
	bool keep_any = false;

	if (!was_up) {
		dynamic_down(p);
		return;
	}
	p->up = false;
	timer_stop(&p->gr_timer);
	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++) {
		keep[f] = may_keep(&p->family[f], why);
		keep_any |= keep[f];
	}
	if (!keep_any)
		peer_tell_alive(p, false);
	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++) {
		struct peer_family *pf = &p->family[f];

		peer_export_leave(pf);
		if (keep[f])
			keep_paths(pf);
		else
			drop_paths(pf);
		pf->up = false;
	}
	if (keep_any)
		timer_start(&p->gr_timer, (int64_t)p->gr_time_s * 1000000);
	dynamic_down(p);
	peer_event(p, BGP_EVENT_PEER_DOWN, why, 0);
}

/* Its time is over: either it did not come back, or it never sent End-of-RIB. */
static void gr_over(void *ctx)
{
	struct bgp_peer *p = ctx;

	if (!p->up)
		peer_tell_alive(p, false);
	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++) {
		struct peer_family *pf = &p->family[f];

		if (!pf->kept)
			continue;
		if (p->up)
			family_work_add(pf, FAMILY_WORK_STALE);
		else
			drop_paths(pf);
		pf->kept = false;
	}
	dynamic_down(p);
}

static void refresh(void *ctx, enum bgp_family f, uint8_t subtype)
{
	struct bgp_peer *p = ctx;
	struct peer_family *pf = &p->family[f];

	if (!pf->up)
		return;
	switch (subtype) {
	case 0:
		if (pf->member)
			export_refresh(pf->member);
		break;
	case 1: /* BoRR, RFC 7313 4 */
		family_work_add(pf, FAMILY_WORK_MARK);
		family_work_begin_mark(pf);
		break;
	case 2: /* EoRR */
		family_work_add(pf, FAMILY_WORK_STALE);
		break;
	}
}

static void writable(void *ctx)
{
	struct bgp_peer *p = ctx;

	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++) {
		if (p->family[f].member)
			export_writable(p->family[f].member);
	}
}

static const struct session_ops session_ops = {
	.established = established,
	.update = peer_update,
	.refresh = refresh,
	.down = down,
	.writable = writable,
};

void peer_session_init(struct bgp_peer *p)
{
	const struct session_conf c = peer_session_conf(p);

	timer_init(&p->gr_timer, p->inst->e->loop, gr_over, p);
	p->session = session_new(p->inst->e->loop, &c, &session_ops, p);
}

void peer_session_fini(struct bgp_peer *p)
{
	timer_stop(&p->gr_timer);
	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++) {
		peer_export_leave(&p->family[f]);
		drop_paths(&p->family[f]);
	}
	session_free(p->session);
}
