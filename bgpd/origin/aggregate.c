/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Aggregates: a route of our own that exists while some more specific one does.
 *
 * A reader of the journal finds the aggregates that cover a net by longest match, then by what is
 * shorter, so in as many steps as there are of them, and keeps for each one bit a net, apart by
 * origin. The counts of bits say whether an aggregate exists and which origin it has; no timer, and
 * no walk but the first. An aggregate is no contributor, so they never lean on each other.
 *
 * RFC 4271 9.2.2.2, RFC 9774: the AS path is empty, there is no AS_SET; ATOMIC_AGGREGATE says so,
 * AGGREGATOR who did it; the origin is the worst of the contributors'. The path is like a network
 * statement (RIB_PATH_LOCAL: announced by `advertise`, the last choice in the decision), but drops
 * packets: what has no more specific route must not follow a default route back to where it came
 * from.
 *
 * Whoever asks which nets a summary suppresses looks into a prefix table of those that are active.
 * When that changes, readers are told of all more specific nets, in slices.
 */
#include <stdlib.h>
#include <string.h>

#include "bgpd/engine_int.h"
#include "bgpd/origin/origin.h"
#include "lib/base/xalloc.h"
#include "lib/ds/ptable.h"

#define N_ORIGINS 3

struct aggregate {
	struct bgp_aggregate conf;
	const struct policy_map *map;     /* of the engine's set; NULL: none, or not found */
	struct bitmap contrib[N_ORIGINS]; /* nets, by origin: each in one at most */
	bool counted;                     /* all nets have been looked at */
	bool dirty;                       /* counts have changed */
	struct attrs *offered;            /* counted: it exists; NULL = not */
};

/* More specific nets that readers are to be told of. */
struct touch {
	TAILQ_ENTRY(touch) entry;
	struct prefix within;
	struct rib_range at;
};

struct aggregates {
	struct bgp_table *table;
	struct aggregate *v; /* owned */
	uint32_t n;
	struct ptable *index; /* owned: prefix -> place in v */
	struct ptable *summaries;
	struct rib_source *source;
	struct rib_reader *reader; /* NULL: there are no aggregates */
	struct job job;
	TAILQ_HEAD(, touch) touches;
	struct job touch_job;
};

/* Counting */

static bool permits(const struct aggregates *ag, const struct aggregate *a,
	const struct prefix *pfx, const struct rib_path *p)
{
	const struct attrs *set = rib_path_attrs(ag->table->rib, p);
	struct bgp_engine *e = ag->table->inst->e;
	const struct policy_query q = {
		.pfx = *pfx,
		.source = (enum rib_source_kind)rib_source_at(ag->table->rib, p->source)->kind,
		.arena = e->arena,
		.local_as = ag->table->inst->conf.local_as,
		.scratch = e->scratch,
		.path_id = attrs_path_id(set),
	};
	struct wire_attrs at;

	if (!a->conf.policy[0])
		return true;
	if (!a->map)
		return false;
	attrs_to_wire(set, &at);
	return policy_eval(a->map, &q, &at).permit;
}

/* The path by which a net may contribute, or NULL. */
static const struct rib_path *contributor(const struct aggregates *ag, uint32_t net)
{
	const struct rib_path *p = rib_net_best(ag->table->rib, net);
	const struct rib_source *s = p ? rib_source_at(ag->table->rib, p->source) : NULL;

	if (!p || s == ag->source || s->kind == RIB_SOURCE_CONNECTED ||
		p->flags & RIB_PATH_BLACKHOLE)
		return NULL;
	return p;
}

/* origin N_ORIGINS: it does not contribute. */
static void count(struct aggregate *a, uint32_t net, unsigned origin)
{
	for (unsigned i = 0; i < N_ORIGINS; i++) {
		if (i == origin)
			a->dirty |= bitmap_set(&a->contrib[i], net);
		else
			a->dirty |= bitmap_clear(&a->contrib[i], net);
	}
}

static void pulled(void *ctx, uint32_t net)
{
	struct aggregates *ag = ctx;
	const struct rib *r = ag->table->rib;
	const struct rib_path *p = contributor(ag, net);
	const uint8_t origin = p ? rib_path_attrs(r, p)->origin : N_ORIGINS;
	const struct prefix pfx = rib_net_prefix(r, net);
	const struct ip_addr addr = prefix_addr(&pfx);
	struct prefix found = pfx;

	while (found.len > 0) {
		const struct prefix key = prefix_make(&addr, found.len - 1);
		const uint32_t i = ptable_match(ag->index, &key, &found);
		struct aggregate *a;

		if (i == PTABLE_NONE)
			return;
		a = &ag->v[i];
		count(a, net, p && permits(ag, a, &pfx, p) ? origin : N_ORIGINS);
	}
}

/* What follows from the counts */

static bool exists(const struct aggregate *a)
{
	for (unsigned i = 0; i < N_ORIGINS; i++) {
		if (bitmap_count(&a->contrib[i]))
			return true;
	}
	return false;
}

/* RFC 4271 9.2.2.2: INCOMPLETE if any is, else EGP if any is. */
static uint8_t worst_origin(const struct aggregate *a)
{
	uint8_t worst = 0;

	for (uint8_t i = 0; i < N_ORIGINS; i++) {
		if (bitmap_count(&a->contrib[i]))
			worst = i;
	}
	return worst;
}

static struct attrs *attrs_of(const struct aggregates *ag, const struct aggregate *a)
{
	const struct bgp_instance_conf *c = &ag->table->inst->conf;
	const struct wire_attrs w = {
		.has = WIRE_HAS_ORIGIN | WIRE_HAS_AS_PATH | WIRE_HAS_ATOMIC_AGGREGATE |
			WIRE_HAS_AGGREGATOR,
		.origin = worst_origin(a),
		.aggregator_as = c->confed_id ? c->confed_id : c->local_as,
		.aggregator_id = c->router_id,
	};

	return attrs_get(ag->table->inst->e->attrs, &w);
}

static void offer(struct aggregates *ag, const struct aggregate *a)
{
	const struct rib_source init = { .kind = RIB_SOURCE_STATIC, .weight = 1 };
	const struct rib_offer o = {
		.pfx = a->conf.pfx,
		.in = a->offered,
		.attrs = a->offered,
		.flags = RIB_PATH_LOCAL | RIB_PATH_BLACKHOLE,
	};

	if (!ag->source)
		ag->source = table_source(ag->table, &init);
	if (ag->source)
		instance_offer_own(ag->table, ag->source, &o);
}

void aggregates_offer_again(struct aggregates *ag)
{
	for (uint32_t i = 0; i < ag->n; i++) {
		if (ag->v[i].offered)
			offer(ag, &ag->v[i]);
	}
}

static void touch_later(struct aggregates *ag, const struct prefix *within)
{
	struct touch *t = xcalloc(1, sizeof(*t));

	t->within = *within;
	t->at.within = &t->within;
	TAILQ_INSERT_TAIL(&ag->touches, t, entry);
	export_hold_merges(ag->table->export, true);
	job_wake(&ag->touch_job);
}

static void set_summary(struct aggregates *ag, const struct prefix *pfx, bool on)
{
	if (on == (ptable_get(ag->summaries, pfx) != PTABLE_NONE))
		return;
	if (on)
		(void)ptable_set(ag->summaries, pfx, 1);
	else
		(void)ptable_del(ag->summaries, pfx);
	touch_later(ag, pfx);
}

static void take_back(struct aggregates *ag, struct aggregate *a)
{
	if (!a->offered)
		return;
	if (ag->source)
		(void)rib_withdraw(ag->table->rib, ag->source, &a->conf.pfx, 0);
	attrs_unref(ag->table->inst->e->attrs, a->offered);
	a->offered = NULL;
	set_summary(ag, &a->conf.pfx, false);
}

/* While nets are still being counted it may appear, but not vanish. */
static void settle(struct aggregates *ag, struct aggregate *a)
{
	struct attrs_table *at = ag->table->inst->e->attrs;
	struct attrs *now = exists(a) ? attrs_of(ag, a) : NULL;

	a->dirty = false;
	if (!now) {
		if (a->counted)
			take_back(ag, a);
		return;
	}
	if (now != a->offered) {
		attrs_unref(at, a->offered);
		a->offered = attrs_ref(now);
		offer(ag, a);
	}
	set_summary(ag, &a->conf.pfx, a->conf.summary_only);
	attrs_unref(at, now);
}

static bool slice(void *ctx)
{
	struct aggregates *ag = ctx;
	bool walking;
	bool more;

	if (!ag->reader)
		return false;
	arena_reset(ag->table->inst->e->arena);
	more = rib_reader_pull(ag->reader, SLICE_PATHS, pulled, ag, &walking);
	for (uint32_t i = 0; i < ag->n; i++) {
		struct aggregate *a = &ag->v[i];

		a->dirty |= !walking && !a->counted;
		a->counted |= !walking;
		if (a->dirty)
			settle(ag, a);
	}
	return more;
}

static void wake(void *ctx)
{
	struct aggregates *ag = ctx;

	job_wake(&ag->job);
}

static bool touch_net(void *ctx, uint32_t net)
{
	rib_touch(ctx, net);
	return true;
}

static bool touch_slice(void *ctx)
{
	struct aggregates *ag = ctx;
	struct touch *t = TAILQ_FIRST(&ag->touches);

	if (!t)
		return false;
	if (rib_walk(ag->table->rib, &t->at, SLICE_PATHS, touch_net, ag->table->rib) == SLICE_PATHS)
		return true;
	TAILQ_REMOVE(&ag->touches, t, entry);
	free(t);
	export_hold_merges(ag->table->export, !TAILQ_EMPTY(&ag->touches));
	return !TAILQ_EMPTY(&ag->touches);
}

/* Configuration */

struct aggregates *aggregates_new(struct bgp_table *t)
{
	struct aggregates *ag = xcalloc(1, sizeof(*ag));

	ag->table = t;
	ag->index = ptable_new(t->af);
	ag->summaries = ptable_new(t->af);
	TAILQ_INIT(&ag->touches);
	job_init(&ag->job, t->inst->e->loop, slice, ag);
	job_init(&ag->touch_job, t->inst->e->loop, touch_slice, ag);
	return ag;
}

static void aggregate_fini(struct aggregate *a)
{
	for (unsigned i = 0; i < N_ORIGINS; i++)
		bitmap_fini(&a->contrib[i]);
}

const struct ptable *aggregates_summaries(const struct aggregates *ag)
{
	return ag->summaries;
}

static const struct policy_map *find_map(const struct aggregates *ag, const struct aggregate *a)
{
	const struct policy_set *set = ag->table->inst->e->policy;

	return a->conf.policy[0] && set ? policy_find(set, a->conf.policy) : NULL;
}

static bool is_same(const struct aggregates *ag, const struct bgp_aggregate *v, uint32_t n)
{
	uint32_t k = 0;

	for (uint32_t i = 0; i < n; i++) {
		const struct bgp_aggregate *have = k < ag->n ? &ag->v[k].conf : NULL;

		if (v[i].pfx.family != ag->table->af)
			continue;
		if (!have || !prefix_is_equal(&have->pfx, &v[i].pfx) ||
			have->summary_only != v[i].summary_only ||
			strcmp(have->policy, v[i].policy) != 0)
			return false;
		k++;
	}
	return k == ag->n;
}

/* Count all nets again; what exists stays until it is known to have no more specific route. */
static void recount(struct aggregates *ag)
{
	for (uint32_t i = 0; i < ag->n; i++) {
		struct aggregate *a = &ag->v[i];

		aggregate_fini(a);
		for (unsigned o = 0; o < N_ORIGINS; o++)
			bitmap_init(&a->contrib[o]);
		a->counted = false;
	}
	if (ag->reader)
		rib_reader_restart(ag->reader);
	else if (ag->n)
		ag->reader = rib_reader_new(ag->table->rib, wake, ag);
	job_wake(&ag->job);
}

/* One that stands in the old set too goes on existing meanwhile. */
static void inherit(struct aggregate *a, struct aggregate *old, uint32_t n_old)
{
	for (uint32_t i = 0; i < n_old; i++) {
		if (!prefix_is_equal(&old[i].conf.pfx, &a->conf.pfx))
			continue;
		a->offered = old[i].offered;
		old[i].offered = NULL;
	}
}

void aggregates_set(struct aggregates *ag, const struct bgp_aggregate *v, uint32_t n)
{
	struct aggregate *old = ag->v;
	const uint32_t n_old = ag->n;

	if (is_same(ag, v, n))
		return;
	ag->v = n ? xcalloc(n, sizeof(*ag->v)) : NULL;
	ag->n = 0;
	for (uint32_t i = 0; i < n_old; i++)
		(void)ptable_del(ag->index, &old[i].conf.pfx);
	for (uint32_t i = 0; i < n; i++) {
		struct aggregate *a = &ag->v[ag->n];

		if (v[i].pfx.family != ag->table->af)
			continue;
		a->conf = v[i];
		a->map = find_map(ag, a);
		inherit(a, old, n_old);
		if (a->offered)
			set_summary(ag, &a->conf.pfx, a->conf.summary_only);
		(void)ptable_set(ag->index, &a->conf.pfx, ag->n++);
	}
	for (uint32_t i = 0; i < n_old; i++) {
		take_back(ag, &old[i]);
		aggregate_fini(&old[i]);
	}
	free(old);
	recount(ag);
	if (ag->n)
		return;
	free(ag->v); /* all of them are of the other family */
	ag->v = NULL;
	rib_reader_free(ag->reader);
	ag->reader = NULL;
	table_bury(ag->table, ag->source);
	ag->source = NULL;
}

void aggregates_relink(struct aggregates *ag)
{
	bool changed = false;

	for (uint32_t i = 0; i < ag->n; i++) {
		struct aggregate *a = &ag->v[i];
		const struct policy_map *old = a->map;

		a->map = find_map(ag, a);
		changed |= old != a->map && !(old && a->map && policy_map_is_equal(old, a->map));
	}
	if (changed)
		recount(ag);
}

void aggregates_speaker_changed(struct aggregates *ag)
{
	for (uint32_t i = 0; i < ag->n; i++)
		ag->v[i].dirty = true;
	job_wake(&ag->job);
}

void aggregates_free(struct aggregates *ag)
{
	struct touch *t;

	aggregates_set(ag, NULL, 0);
	while ((t = TAILQ_FIRST(&ag->touches))) {
		TAILQ_REMOVE(&ag->touches, t, entry);
		free(t);
	}
	job_cancel(&ag->job);
	job_cancel(&ag->touch_job);
	ptable_free(ag->index);
	ptable_free(ag->summaries);
	free(ag);
}
