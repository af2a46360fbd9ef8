/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Up, down and what lies between: the session's calls, except for UPDATE.
 *
 * Down, without graceful restart: the fib is told at once (one message, whatever the size of
 * the table), then the sources are buried. With it paths stay for a while: restart.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bgpd/engine_int.h"
#include "bgpd/liveness/bfd.h"
#include "bgpd/neighbor/dynamic.h"
#include "bgpd/neighbor/limit.h"
#include "bgpd/neighbor/restart.h"

static bool ensure_source(struct peer_family *pf)
{
	const struct bgp_peer *p = pf->peer;
	const struct rib_source init = {
		.kind = RIB_SOURCE_BGP,
		.ibgp = p->ws.ibgp,
		.confed = p->ws.confed && !p->ws.ibgp,
		.client = p->ws.ibgp && p->conf.rr_client,
		.router_id = p->router_id,
		.addr = p->conf.session.remote,
		.weight = 1,
		.owner = pf->peer,
	};

	if (!pf->source)
		pf->source = table_source(pf->table, &init);
	else if (pf->source->router_id != p->router_id) {
		/* what is kept of it was ranked by the old one (RFC 4271 9.1.2.2 f) */
		pf->source->router_id = p->router_id;
		table_redecide(pf->table);
	}
	return pf->source != NULL;
}

static void family_up(struct peer_family *pf, const struct wire_open *remote)
{
	const struct bgp_peer *p = pf->peer;
	const uint8_t bit = BGP_FAMILY_BIT(pf->f);

	pf->up = p->ws.families & bit;
	pf->eor = false;
	limit_reset(pf);
	restart_back(pf, remote);
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

	p->ws = *ws;
	p->mark = (struct update_mark){ 0 };
	p->router_id = remote->router_id;
	p->up = true;
	restart_learn(p, remote);
	peer_tell_alive(p, true);
	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++)
		family_up(&p->family[f], remote);
	restart_watch_end_of_rib(p);
	dynamic_up(p);
	bfd_begin(p);
	peer_event(p, BGP_EVENT_PEER_UP, NULL, 0);
	sync_check(p->inst); /* it may be one that nobody waits for */
}

/* No attempt will ever get further, so the log has it, once. */
static void tell_unsupported(struct bgp_peer *p, const struct session_down *why)
{
	if (why->reason != SESSION_DOWN_TCP || why->err != ENOPROTOOPT || p->told_unsupported)
		return;
	p->told_unsupported = true;
	peer_event(p, BGP_EVENT_PEER_DOWN, why, 0);
}

static void down(void *ctx, const struct session_down *why, bool was_up)
{
	struct bgp_peer *p = ctx;
	bool keep[BGP_FAMILY_COUNT];
	bool keep_any = false;

	p->lost_link = why->reason == SESSION_DOWN_ADMIN &&
		why->subcode == BGP_ERR_CEASE_SHUTDOWN && p->conf.session.enabled &&
		!p->inst->leaving && !circuit_is_up(p->circuit);
	if (!was_up) {
		tell_unsupported(p, why);
		/* what waits for it waits no more when it is told to stay away */
		if (why->reason == SESSION_DOWN_ADMIN)
			restart_forget(p);
		dynamic_down(p);
		return;
	}
	p->up = false;
	timer_stop(&p->gr_timer);
	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++) {
		keep[f] = restart_may_keep(&p->family[f], why);
		keep_any |= keep[f];
	}
	if (!keep_any)
		peer_tell_alive(p, false);
	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++) {
		struct peer_family *pf = &p->family[f];

		peer_export_leave(pf);
		if (keep[f])
			restart_keep(pf);
		else
			restart_drop(pf);
		pf->up = false;
	}
	if (keep_any)
		restart_wait(p);
	dynamic_down(p);
	peer_event(p, BGP_EVENT_PEER_DOWN, why, 0);
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

	restart_init(p);
	p->session = session_new(p->inst->e->loop, &c, &session_ops, p);
}

void peer_session_fini(struct bgp_peer *p)
{
	restart_fini(p);
	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++) {
		peer_export_leave(&p->family[f]);
		restart_drop(&p->family[f]);
	}
	session_free(p->session);
}
