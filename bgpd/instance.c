/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An instance: two tables, the wires below them, peers and edges around them.
 *
 * An instance that is freed leaves its list at once, but goes on in the background until its
 * routes are out of the kernel: the ring to the fib may be full, and a table may be large. Only
 * then is its memory given back (leave_job). When the whole engine ends, nothing is taken out
 * of the kernel.
 */
#include <stdlib.h>
#include <string.h>

#include "bgpd/engine_int.h"
#include "bgpd/liveness/bfd.h"
#include "bgpd/liveness/gateway.h"
#include "bgpd/liveness/sets.h"
#include "bgpd/monitor/monitor_int.h"
#include "bgpd/neighbor/dynamic.h"
#include "bgpd/origin/origin.h"
#include "lib/base/xalloc.h"

static void leave(struct bgp_instance *i)
{
	TAILQ_REMOVE(&i->e->leaving, i, entry);
	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++)
		table_fini(&i->table[f]);
	job_cancel(&i->leave_job);
	for (uint8_t k = 0; k < i->n_circuits; k++)
		free(i->circuits[k]);
	free(i->locals);
	free(i->by_addr);
	free(i);
}

static bool leave_slice(void *ctx)
{
	leave(ctx);
	return false;
}

void instance_check_left(struct bgp_instance *i)
{
	if (!i->leaving)
		return;
	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++) {
		if (table_is_burying(&i->table[f]) || !fib_feed_is_drained(&i->table[f].feed))
			return;
	}
	job_wake(&i->leave_job);
}

static void add_link(struct safety_filter *sf, const struct ip_addr *a, uint8_t len)
{
	if (ip_is_set(a)) {
		const struct prefix p = prefix_make(a, len);

		safety_filter_add_link(sf, &p);
	}
}

void instance_build_safety(struct bgp_instance *i)
{
	safety_filter_free(i->safety);
	i->safety = safety_filter_new();
	for (uint32_t n = 0; n < i->e->n_cidrs; n++)
		safety_filter_add_cidr(i->safety, &i->e->cidrs[n]);
	for (uint8_t k = 0; k < i->n_circuits; k++) {
		const struct bgp_link *l = &i->circuits[k]->link;

		add_link(i->safety, &l->local4, l->len4);
		add_link(i->safety, &l->local6, l->len6);
	}
}

void instance_rerun(struct bgp_instance *i)
{
	struct bgp_edge_in *n;
	struct bgp_peer *p;

	TAILQ_FOREACH(p, &i->peers, entry)
		peer_rerun(p);
	TAILQ_FOREACH(n, &i->edges_in, entry)
		edge_in_rerun(n);
}

static void set_places(struct bgp_instance *i)
{
	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++)
		places_set(&i->table[f], i->conf.places, i->conf.places_warning);
}

struct bgp_instance *bgp_instance_new(struct bgp_engine *e, const struct bgp_instance_conf *conf,
	const struct bgp_link *links, uint8_t n_links)
{
	struct bgp_instance *i = xcalloc(1, sizeof(*i));
	struct circuit *none[BGP_MAX_LINKS + 1];

	i->e = e;
	i->conf = *conf;
	(void)circuits_set(i, links, n_links, none);
	TAILQ_INIT(&i->peers);
	TAILQ_INIT(&i->gateways);
	TAILQ_INIT(&i->edges_in);
	TAILQ_INIT(&i->edges_out);
	TAILQ_INSERT_TAIL(&e->instances, i, entry);
	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++)
		table_init(&i->table[f], i, (enum bgp_family)f);
	set_places(i);
	job_init(&i->leave_job, e->loop, leave_slice, i);
	instance_own_init(i);
	instance_build_safety(i);
	instance_listen(i);
	sync_init(i);
	monitor_add_instance(i);
	return i;
}

/* All that offers paths, and all that reads them but the FIB feed. */
static void strip(struct bgp_instance *i)
{
	struct bgp_peer *p;
	struct bgp_edge_in *in;
	struct bgp_edge_out *out;

	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++)
		monitor_drop_table(&i->table[f]);
	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++)
		places_fini(&i->table[f]);
	sync_fini(i);
	while ((p = TAILQ_FIRST(&i->peers)))
		peer_kill(p);
	instance_unlisten(i);
	while ((out = TAILQ_FIRST(&i->edges_out)))
		bgp_edge_out_free(out);
	while ((in = TAILQ_FIRST(&i->edges_in)))
		bgp_edge_in_free(in);
	instance_locals_clear(i);
	gateways_clear(i);
	dynamic_clear(i);
	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++) {
		aggregates_free(i->table[f].aggregates);
		i->table[f].aggregates = NULL;
	}
	live_sets_free(i->live_sets);
	i->live_sets = NULL;
	safety_filter_free(i->safety);
	i->safety = NULL;
}

void instance_free_now(struct bgp_instance *i)
{
	leave(i);
}

void bgp_instance_free(struct bgp_instance *i)
{
	struct bgp_engine *e;

	if (!i)
		return;
	e = i->e;
	i->leaving = true;
	strip(i);
	TAILQ_REMOVE(&e->instances, i, entry);
	TAILQ_INSERT_TAIL(&e->leaving, i, entry);
	if (e->quiet || !i->conf.table)
		leave(i);
	else
		instance_check_left(i);
}

/* What peers say to the outside, and which paths have been here, depends on it. */
static bool is_same_speaker(const struct bgp_instance_conf *a, const struct bgp_instance_conf *b)
{
	return a->local_as == b->local_as && a->router_id == b->router_id && a->port == b->port &&
		a->cluster_id == b->cluster_id && a->confed_id == b->confed_id &&
		memcmp(a->confed_member, b->confed_member, sizeof(a->confed_member)) == 0;
}

static bool is_same_decision(const struct bgp_instance_conf *a, const struct bgp_instance_conf *b)
{
	return a->max_paths == b->max_paths && a->decision.med_always == b->decision.med_always &&
		a->decision.med_missing == b->decision.med_missing &&
		a->decision.relax == b->decision.relax;
}

void bgp_instance_set_aggregates(struct bgp_instance *i, const struct bgp_aggregate *v, uint32_t n)
{
	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++)
		aggregates_set(i->table[f].aggregates, v, n);
}

void bgp_instance_reconf(struct bgp_instance *i, const struct bgp_instance_conf *conf)
{
	const struct bgp_instance_conf old = i->conf;
	struct bgp_peer *p;

	i->conf = *conf;
	i->conf.table = old.table; /* a table has one number all its life */
	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++) {
		struct bgp_table *t = &i->table[f];

		rib_set_max_paths(t->rib, conf->max_paths);
		rib_set_options(t->rib, &conf->decision);
		if (!is_same_decision(&old, conf))
			table_redecide(t);
		if (old.link_bandwidth != conf->link_bandwidth ||
			!nhspread_is_equal(&old.spread, &conf->spread))
			fib_feed_restart(&t->feed);
		if (!is_same_speaker(&old, conf))
			aggregates_speaker_changed(t->aggregates);
	}
	set_places(i);
	if (old.port != conf->port) {
		instance_unlisten(i);
		instance_listen(i);
	}
	TAILQ_FOREACH(p, &i->peers, entry) {
		if (!is_same_speaker(&old, conf)) {
			(void)peer_resession(p);
			peer_rerun(p);
		}
		peer_export_again(p);
	}
}

static void follow_link(struct bgp_peer *p, const struct circuit *was, bool readdressed)
{
	bool was_reset;

	peer_find_circuit(p);
	if (p->circuit == was && !was->is_touched) {
		if (readdressed)
			peer_rerun(p); /* a next hop may be on another wire than it was */
		return;
	}
	was_reset = peer_resession(p);
	peer_run_or_stop(p);
	bfd_follow(p);
	if (p->circuit == was && !was->is_readdressed)
		return;
	peer_rerun(p);
	if (!was_reset)
		peer_export_again(p); /* next hops of the other family */
}

void bgp_instance_set_links(struct bgp_instance *i, const struct bgp_link *links, uint8_t n)
{
	struct circuit *gone[BGP_MAX_LINKS + 1];
	struct bgp_peer *p;
	bool readdressed;

	if (!circuits_set(i, links, n, gone))
		return;
	instance_listen(i);
	readdressed = gone[0] != NULL;
	for (uint8_t k = 0; k < i->n_circuits; k++)
		readdressed |= i->circuits[k]->is_readdressed;
	if (readdressed)
		instance_build_safety(i);
	TAILQ_FOREACH(p, &i->peers, entry)
		follow_link(p, p->circuit, readdressed);
	instance_listen(i); /* some may be on another wire now */
	circuits_free(gone);
	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++)
		fib_feed_restart(&i->table[f].feed);
}
