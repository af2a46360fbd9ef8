/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Life of a tenant's engine, and what all its instances share: attribute table, policy set,
 * CIDRs.
 *
 * A change of something shared is applied by comparison: what it does not touch does not run
 * again.
 */
#include <stdlib.h>
#include <string.h>

#include "bgpd/engine_int.h"
#include "bgpd/neighbor/limit.h"
#include "bgpd/origin/origin.h"
#include "lib/base/xalloc.h"

#define ARENA_FIRST 2048 /* grows to the largest UPDATE; each tenant has an engine */

#define TRIM_US      (10 * INT64_C(1000000)) /* a table that comes and goes keeps its memory */
#define TRIM_MORE_US 10000

/* Tables that have been empty for a while give their memory back, a little at a time. */
static void on_trim(void *ctx)
{
	struct bgp_engine *e = ctx;
	struct bgp_instance *i;
	bool more = false;

	TAILQ_FOREACH(i, &e->instances, entry) {
		for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++)
			more |= rib_trim(i->table[f].rib);
	}
	timer_start(&e->trim, more ? TRIM_MORE_US : TRIM_US);
}

struct bgp_engine *bgp_engine_new(const struct bgp_engine_home *home,
	const struct bgp_engine_conf *conf, const struct bgp_engine_ops *ops, void *ctx)
{
	static const struct wire_attrs own = {
		.has = WIRE_HAS_ORIGIN | WIRE_HAS_AS_PATH,
		.origin = BGP_ORIGIN_IGP,
	};
	struct bgp_engine *e = xcalloc(1, sizeof(*e));

	e->loop = home->loop;
	e->conf = *conf;
	e->nh = home->nh;
	e->ops = ops;
	e->ctx = ctx;
	e->attrs = home->attrs;
	e->local_attrs = attrs_get(e->attrs, &own);
	e->arena = arena_new(ARENA_FIRST);
	e->scratch = policy_scratch_new();
	TAILQ_INIT(&e->instances);
	TAILQ_INIT(&e->leaving);
	LIST_INIT(&e->monitors);
	timer_init(&e->trim, e->loop, on_trim, e);
	timer_start(&e->trim, TRIM_US);
	return e;
}

void bgp_engine_free(struct bgp_engine *e)
{
	struct bgp_instance *i;

	if (!e)
		return;
	e->quiet = true;
	timer_stop(&e->trim);
	while ((i = TAILQ_FIRST(&e->instances)))
		bgp_instance_free(i);
	while ((i = TAILQ_FIRST(&e->leaving)))
		instance_free_now(i);
	policy_set_unref(e->policy);
	free(e->cidrs);
	policy_scratch_free(e->scratch);
	arena_free(e->arena);
	attrs_unref(e->attrs, e->local_attrs);
	attrs_cache_flush(e->attrs); /* nobody can tell which entries were its own */
	free(e);
}

void bgp_engine_restarting(struct bgp_engine *e)
{
	e->restarting = true;
}

/* Who was refused may come again. */
static void tell_room(struct bgp_instance *i)
{
	struct bgp_edge_in *n;
	struct bgp_peer *p;

	TAILQ_FOREACH(p, &i->peers, entry)
		limit_room(p);
	TAILQ_FOREACH(n, &i->edges_in, entry)
		edge_in_room(n);
	instance_own_room(i);
}

void bgp_engine_reconf(struct bgp_engine *e, const struct bgp_engine_conf *conf)
{
	const uint32_t old = e->conf.route_quota;
	const bool is_raised = old && (!conf->route_quota || conf->route_quota > old);
	struct bgp_instance *i;

	e->conf = *conf;
	TAILQ_FOREACH(i, &e->instances, entry) {
		for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++)
			rib_set_quota(i->table[f].rib, conf->route_quota);
		if (is_raised)
			tell_room(i);
	}
}

void bgp_engine_set_policy(struct bgp_engine *e, struct policy_set *take_set)
{
	struct policy_set *old = e->policy;
	struct bgp_instance *i;

	e->policy = take_set;
	TAILQ_FOREACH(i, &e->instances, entry) {
		struct bgp_peer *p;
		struct bgp_edge_out *o;

		for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++) {
			watches_relink(&i->table[f]);
			aggregates_relink(i->table[f].aggregates);
		}
		TAILQ_FOREACH(p, &i->peers, entry)
			peer_relink(p);
		TAILQ_FOREACH(o, &i->edges_out, entry)
			edge_out_relink(o);
	}
	policy_set_unref(old); /* the maps compared above were its own */
}

void bgp_engine_set_cidrs(struct bgp_engine *e, const struct prefix *cidrs, uint32_t n)
{
	struct bgp_instance *i;

	if (n == e->n_cidrs && (!n || memcmp(cidrs, e->cidrs, n * sizeof(*cidrs)) == 0))
		return;
	free(e->cidrs);
	e->cidrs = NULL;
	e->n_cidrs = n;
	if (n) {
		e->cidrs = xreallocarray(NULL, n, sizeof(*cidrs));
		memcpy(e->cidrs, cidrs, n * sizeof(*cidrs));
	}
	TAILQ_FOREACH(i, &e->instances, entry) {
		instance_build_safety(i);
		instance_rerun(i);
	}
}

void bgp_engine_fib_space(struct bgp_engine *e)
{
	struct bgp_instance *i;

	TAILQ_FOREACH(i, &e->instances, entry) {
		for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++)
			fib_feed_space(&i->table[f].feed);
		sync_check(i);
	}
	TAILQ_FOREACH(i, &e->leaving, entry) {
		for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++)
			fib_feed_space(&i->table[f].feed);
	}
}

const char *bgp_engine_name(const struct bgp_engine *e)
{
	return e->conf.name;
}

size_t bgp_engine_bytes(const struct bgp_engine *e)
{
	const struct bgp_instance *i;
	size_t bytes = 0;

	TAILQ_FOREACH(i, &e->instances, entry) {
		for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++)
			bytes += rib_bytes(i->table[f].rib) + export_bytes(i->table[f].export);
	}
	return bytes;
}
