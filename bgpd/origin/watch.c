/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conditions: is there a route in the table that a route-map permits? A watch is a reader of the
 * journal that keeps one bit a net; how many are set is the answer, and it is known the moment that
 * the route comes or goes. Nothing is scanned on a timer. Peers of one table that name one map
 * share the watch.
 *
 * While the first walk is under way a condition may be found true, but not yet be called false:
 * until it is known, whoever asks keeps what it had.
 */
#include <stdlib.h>
#include <string.h>

#include "bgpd/engine_int.h"
#include "bgpd/origin/origin.h"
#include "lib/base/xalloc.h"

struct watch {
	TAILQ_ENTRY(watch) entry;
	struct bgp_table *table;
	char name[BGP_NAME_SIZE];     /* of the map */
	const struct policy_map *map; /* of the engine's set; NULL: nothing matches */
	uint32_t refs;
	struct rib_reader *reader; /* owned */
	struct job job;
	struct bitmap matched; /* nets */
	bool walked;           /* the table has been seen whole */
	bool told_known;       /* what peers were told last */
	bool told_met;
};

static bool matches(const struct watch *w, uint32_t net)
{
	struct bgp_engine *e = w->table->inst->e;
	const struct rib *r = w->table->rib;
	const struct rib_path *best = rib_net_best(r, net);
	struct policy_query q;
	struct wire_attrs at;

	if (!best || !w->map)
		return false;
	q = (struct policy_query){
		.pfx = rib_net_prefix(r, net),
		.source = (enum rib_source_kind)rib_source_at(r, best->source)->kind,
		.arena = e->arena,
		.local_as = w->table->inst->conf.local_as,
		.scratch = e->scratch,
		.path_id = attrs_path_id(rib_path_attrs(r, best)),
	};
	attrs_to_wire(rib_path_attrs(r, best), &at);
	return policy_eval(w->map, &q, &at).permit;
}

static void pulled(void *ctx, uint32_t net)
{
	struct watch *w = ctx;

	if (matches(w, net))
		(void)bitmap_set(&w->matched, net);
	else
		(void)bitmap_clear(&w->matched, net);
}

bool watch_is_met(const struct watch *w)
{
	return bitmap_count(&w->matched) != 0;
}

bool watch_is_known(const struct watch *w)
{
	return w->walked || watch_is_met(w);
}

static void tell(struct watch *w)
{
	const bool known = watch_is_known(w);
	const bool met = watch_is_met(w);
	struct bgp_peer *p;

	if (known == w->told_known && met == w->told_met)
		return;
	w->told_known = known;
	w->told_met = met;
	TAILQ_FOREACH(p, &w->table->inst->peers, entry)
		peer_conditions_changed(p);
}

static bool slice(void *ctx)
{
	struct watch *w = ctx;
	bool walking;
	bool more;

	arena_reset(w->table->inst->e->arena);
	more = rib_reader_pull(w->reader, SLICE_PATHS, pulled, w, &walking);
	w->walked |= !walking;
	tell(w);
	return more;
}

static void wake(void *ctx)
{
	struct watch *w = ctx;

	job_wake(&w->job);
}

static const struct policy_map *find_map(const struct watch *w)
{
	const struct policy_set *set = w->table->inst->e->policy;

	return set ? policy_find(set, w->name) : NULL;
}

static struct watch *watch_new(struct bgp_table *t, const char *name)
{
	struct watch *w = xcalloc(1, sizeof(*w));

	w->table = t;
	strncpy(w->name, name, sizeof(w->name) - 1);
	w->map = find_map(w);
	bitmap_init(&w->matched);
	job_init(&w->job, t->inst->e->loop, slice, w);
	w->reader = rib_reader_new(t->rib, wake, w);
	TAILQ_INSERT_TAIL(&t->watches, w, entry);
	job_wake(&w->job);
	return w;
}

struct watch *watch_get(struct bgp_table *t, const char *name)
{
	struct watch *w;

	TAILQ_FOREACH(w, &t->watches, entry) {
		if (strcmp(w->name, name) == 0)
			break;
	}
	if (!w)
		w = watch_new(t, name);
	w->refs++;
	return w;
}

void watch_put(struct watch *w)
{
	if (!w || --w->refs)
		return;
	TAILQ_REMOVE(&w->table->watches, w, entry);
	job_cancel(&w->job);
	rib_reader_free(w->reader);
	bitmap_fini(&w->matched);
	free(w);
}

const char *watch_name(const struct watch *w)
{
	return w->name;
}

static void relink(struct watch *w)
{
	const struct policy_map *old = w->map;

	w->map = find_map(w);
	if (old == w->map || (old && w->map && policy_map_is_equal(old, w->map)))
		return;
	bitmap_fini(&w->matched);
	bitmap_init(&w->matched);
	w->walked = false;
	w->told_known = false;
	rib_reader_restart(w->reader);
	job_wake(&w->job);
}

void watches_relink(struct bgp_table *t)
{
	struct watch *w;

	TAILQ_FOREACH(w, &t->watches, entry)
		relink(w);
}
