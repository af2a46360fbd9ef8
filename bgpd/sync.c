/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When has a table been relearned after a start, so that what is left of an earlier life may be
 * swept from the kernel? A family counts as heard when
 *   1. every enabled peer is up and has sent End-of-RIB (RFC 4724 2), and
 *   2. every edge into the instance has nothing under way; where there are no peers, all that may
 *      cross it must have been heard at its other end (with peers one that is dead would keep the
 *      tables of others waiting), and all edges that its owner announced (edges_in) are there: at a
 *      start they come after it. An other end in another engine says so behind its routes
 *      (bgp_edge_in_heard), and
 *   3. every next hop that is watched by BFD (liveness/gateway.c) has been up, and
 *   4. all that followed from it has been handed to the fib.
 * After sync_s it counts as heard in any case: a dead neighbour must not keep dead routes
 * alive. This is also the Selection_Deferral_Timer of RFC 4724 4.1, which is about our own
 * End-of-RIB: it goes out under the first two conditions, and it does not wait for
 * neighbours that have just restarted themselves or do not know graceful restart. Routes go out as
 * they are learned; their neighbours keep what is not told again until the End-of-RIB.
 */
#include <string.h>

#include "bgpd/engine_int.h"
#include "bgpd/liveness/gateway.h"
#include "bgpd/neighbor/dynamic.h"

static bool peer_is_heard(const struct bgp_peer *p, enum bgp_family f)
{
	if (!p->conf.session.enabled || p->limit_stopped ||
		(p->dynamic && !p->discovered && !p->up) ||
		!(p->conf.session.families & BGP_FAMILY_BIT(f)))
		return true;
	return p->up && (!p->family[f].up || p->family[f].eor);
}

/* Two that restart together would wait for each other, and who does not know of it says none. */
static bool is_waited_for(const struct bgp_peer *p)
{
	return !p->up || (p->gr && !p->gr_restarted);
}

static bool is_awaited(const struct bgp_peer *p, enum bgp_family f, bool all)
{
	return !peer_is_heard(p, f) && (all || is_waited_for(p));
}

/* The first of those from here on to the end of the list; NULL = none. */
static const struct bgp_peer *next_awaited(const struct bgp_peer *p, enum bgp_family f, bool all)
{
	while (p && !is_awaited(p, f, all))
		p = TAILQ_NEXT(p, entry);
	return p;
}

/*
 * Asked again with each neighbour that has come up or has said all. Whoever was found waiting for
 * the last time most often still is, and then nobody else is looked at; otherwise the search goes
 * on from there. So a start with many neighbours asks each of them a few times.
 */
static bool are_peers_heard(struct bgp_instance *i, enum bgp_family f, bool all)
{
	const struct bgp_peer **awaited = &i->table[f].awaited[all];

	/* who will come by a listen range is not known: it has the whole time, unless it is full */
	if (!i->sync_late && dynamic_is_awaited(i, f))
		return false;
	*awaited = next_awaited(*awaited, f, all);
	if (!*awaited)
		*awaited = next_awaited(TAILQ_FIRST(&i->peers), f, all);
	return !*awaited;
}

void sync_forget(const struct bgp_peer *p)
{
	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++) {
		struct bgp_table *t = &p->inst->table[f];

		for (unsigned all = 0; all < 2; all++) {
			if (t->awaited[all] == p)
				t->awaited[all] = NULL;
		}
	}
}

/*
 * Edges come in pairs, so two tables without peers would wait for each other, were it not that what
 * came over an edge crosses another one with transit only, and never the way back.
 */
bool sync_is_said(const struct bgp_edge_out *o, enum bgp_family f)
{
	struct bgp_instance *i = o->from;
	const struct bgp_edge_in *in;

	if (i->table[f].synced)
		return true;
	if (!are_peers_heard(i, f, true))
		return false;
	if (!o->conf.transit)
		return true;
	TAILQ_FOREACH(in, &i->edges_in, entry) {
		if (strcmp(in->name, o->conf.name) != 0)
			return false;
	}
	return i->conf.edges_in <= 1;
}

static bool is_heard(struct bgp_instance *i, enum bgp_family f, bool all)
{
	const struct bgp_edge_in *in;
	const enum bgp_edge_heard wanted = TAILQ_EMPTY(&i->peers) ? BGP_EDGE_SYNCED :
								    BGP_EDGE_DRAINED;
	uint32_t edges = 0;

	if (!are_peers_heard(i, f, all))
		return false;
	TAILQ_FOREACH(in, &i->edges_in, entry) {
		edges++;
		if (edge_in_heard(in, f) < wanted)
			return false;
	}
	return edges >= i->conf.edges_in;
}

/* RFC 4724 4.1: End-of-RIB from all but those that restart as we do, or the time is over. */
static void release_end_of_rib(struct bgp_instance *i, enum bgp_family f)
{
	struct bgp_table *t = &i->table[f];

	if (t->relearned || !(i->sync_late || is_heard(i, f, false)))
		return;
	t->relearned = true;
	export_hold_end_of_rib(t->export, false);
}

static bool sync_family(struct bgp_instance *i, enum bgp_family f)
{
	struct bgp_table *t = &i->table[f];
	struct bgp_engine *e = i->e;

	release_end_of_rib(i, f);
	if (t->synced || t->feed.stalled)
		return false;
	if (!i->sync_late &&
		!(is_heard(i, f, true) && gateways_are_heard(i) && fib_feed_is_drained(&t->feed)))
		return false;
	if (i->conf.table && e->ops->synced(e->ctx, i->conf.table, t->af) < 0)
		return false; /* bgp_engine_fib_space comes back here */
	t->synced = true;
	return true;
}

bool sync_is_done(const struct bgp_instance *i)
{
	return i->table[BGP_FAMILY_IP4].synced && i->table[BGP_FAMILY_IP6].synced;
}

void sync_check_fed(struct bgp_instance *i)
{
	struct bgp_edge_out *o;

	TAILQ_FOREACH(o, &i->edges_out, entry) {
		if (o->joined)
			sync_check(o->joined->to);
		for (unsigned f = 0; !o->joined && f < BGP_FAMILY_COUNT; f++)
			edge_out_tell(o, (enum bgp_family)f);
	}
}

void sync_check(struct bgp_instance *i)
{
	struct bgp_peer *p;
	bool changed = false;

	if (i->leaving || sync_is_done(i))
		return;
	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++)
		changed |= sync_family(i, (enum bgp_family)f);
	if (!changed)
		return;
	sync_check_fed(i);
	if (!sync_is_done(i))
		return;
	timer_stop(&i->sync_timer);
	/* the next OPEN does not say that we have just restarted (RFC 4724 3, R bit) */
	TAILQ_FOREACH(p, &i->peers, entry)
		(void)peer_resession(p);
}

static void late(void *ctx)
{
	struct bgp_instance *i = ctx;

	i->sync_late = true;
	sync_check(i);
}

void sync_init(struct bgp_instance *i)
{
	timer_init(&i->sync_timer, i->e->loop, late, i);
	timer_start(&i->sync_timer, (int64_t)i->conf.sync_s * 1000000);
}

void sync_fini(struct bgp_instance *i)
{
	timer_stop(&i->sync_timer);
}
