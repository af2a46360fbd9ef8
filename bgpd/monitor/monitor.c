/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The journal tells which net changed, not what it was before. So a monitor remembers for each net
 * whose path was the best and its attributes (a counted reference): 16 octets a net, by handle. A
 * source is remembered by name, since its number may be another's by the time it is spoken of; the
 * names are few and counted.
 *
 * Why the old path is not the best one any more is asked of the table at the moment of telling
 * (rib_compare), as explain does it: the codes cannot differ.
 *
 * A reader that does not pull holds withdrawn nets in the journal, so its listener may make it
 * pause for a moment only. If he still cannot take what he is told then, he drops it: what is
 * remembered stays right.
 */
#include "bgpd/monitor/monitor.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "bgpd/engine_int.h"
#include "bgpd/monitor/monitor_int.h"
#include "lib/base/xalloc.h"

/* A source by name. */
struct identity {
	uint32_t nets; /* whose best path is one of it; 0: free */
	uint8_t kind;
	struct ip_addr addr;
	char name[BGP_NAME_SIZE];
};

struct memory {
	struct attrs *attrs; /* counted; NULL: there was no best path */
	uint32_t path_id;
	uint32_t identity;
};

struct monitor_table {
	LIST_ENTRY(monitor_table) of_monitor;
	LIST_ENTRY(monitor_table) of_table;
	struct bgp_monitor *m;
	struct bgp_table *t;
	struct rib_reader *reader; /* owned */
	struct job job;
	bool is_learning;      /* the first walk, of what was there before */
	struct memory *memory; /* owned, by net */
	uint32_t n_memory;
	struct identity *identities; /* owned */
	uint32_t n_identities;
	uint32_t *by_source; /* owned: identity of a source of the rib as seen last, + 1 */
	uint32_t n_by_source;
};

struct bgp_monitor {
	LIST_ENTRY(bgp_monitor) entry;
	struct bgp_engine *e;
	const struct bgp_monitor_ops *ops;
	void *ctx;
	LIST_HEAD(, monitor_table) tables;
	struct job ready_job;
	bool is_ready;
	bool is_paused;
};

/* Sources by name */

static bool is_identity(const struct identity *x, const struct identity *y)
{
	return x->kind == y->kind && ip_is_equal(&x->addr, &y->addr) &&
		strcmp(x->name, y->name) == 0;
}

static uint32_t identity_find(struct monitor_table *mt, const struct identity *want)
{
	uint32_t free_one = mt->n_identities;

	for (uint32_t i = 0; i < mt->n_identities; i++) {
		if (mt->identities[i].nets && is_identity(&mt->identities[i], want))
			return i;
		if (!mt->identities[i].nets && free_one == mt->n_identities)
			free_one = i;
	}
	if (free_one == mt->n_identities) {
		mt->n_identities = 2 * free_one + 4;
		mt->identities = xreallocarray(mt->identities, mt->n_identities,
			sizeof(*mt->identities));
		memset(mt->identities + free_one, 0,
			(mt->n_identities - free_one) * sizeof(*mt->identities));
	}
	mt->identities[free_one] = *want;
	mt->identities[free_one].nets = 0;
	return free_one;
}

/* Counted by whoever remembers it; valid until the next call otherwise. */
static uint32_t identity_of(struct monitor_table *mt, const struct rib_source *s)
{
	struct identity want = { .kind = s->kind };
	uint32_t *seen;

	if (s->index >= mt->n_by_source) {
		const uint32_t n = mt->n_by_source;

		mt->n_by_source = 2u * s->index + 8;
		mt->by_source = xreallocarray(mt->by_source, mt->n_by_source,
			sizeof(*mt->by_source));
		memset(mt->by_source + n, 0, (mt->n_by_source - n) * sizeof(*mt->by_source));
	}
	if (s->kind == RIB_SOURCE_BGP)
		want.addr = s->addr;
	(void)bgp_source_name(s, want.name);
	seen = &mt->by_source[s->index];
	if (*seen && mt->identities[*seen - 1].nets) {
		const struct identity *x = &mt->identities[*seen - 1];

		/* An edge that is gone leaves its paths for a moment, without a name. */
		if (is_identity(x, &want) ||
			(s->kind == RIB_SOURCE_PEERING && !s->owner && x->kind == s->kind))
			return *seen - 1;
	}
	*seen = identity_find(mt, &want) + 1;
	return *seen - 1;
}

/* What was */

static struct memory *memory_of(struct monitor_table *mt, uint32_t net)
{
	const uint32_t n = mt->n_memory;

	if (net >= n) {
		mt->n_memory = net + net / 2 + 64;
		mt->memory = xreallocarray(mt->memory, mt->n_memory, sizeof(*mt->memory));
		memset(mt->memory + n, 0, (mt->n_memory - n) * sizeof(*mt->memory));
	}
	return &mt->memory[net];
}

static void forget(struct monitor_table *mt, struct memory *x)
{
	if (!x->attrs)
		return;
	mt->identities[x->identity].nets--;
	attrs_unref(mt->t->inst->e->attrs, x->attrs);
	x->attrs = NULL;
}

static void remember(struct monitor_table *mt, struct memory *x, const struct rib_path *best)
{
	struct attrs *at;
	uint32_t id;

	if (!best) {
		forget(mt, x);
		return;
	}
	at = rib_path_attrs(mt->t->rib, best);
	id = identity_of(mt, rib_source_at(mt->t->rib, best->source));
	mt->identities[id].nets++;
	(void)attrs_ref(at);
	forget(mt, x);
	*x = (struct memory){ .attrs = at, .path_id = rib_path_id(best), .identity = id };
}

/* What is */

static bool is_same_path(struct monitor_table *mt, const struct memory *x, const struct rib_path *p)
{
	return rib_path_id(p) == x->path_id &&
		identity_of(mt, rib_source_at(mt->t->rib, p->source)) == x->identity;
}

static bool is_unchanged(struct monitor_table *mt, const struct memory *x,
	const struct rib_path *best)
{
	if (!x->attrs || !best)
		return !x->attrs && !best;
	return x->attrs == rib_path_attrs(mt->t->rib, best) && is_same_path(mt, x, best);
}

/* A path of a neighbour is gone: has he said so, or is he gone himself? */
static enum rib_reason reason_of_absence(const struct monitor_table *mt, const struct identity *id)
{
	const struct bgp_peer *p;

	if (id->kind != RIB_SOURCE_BGP)
		return RIB_REASON_WITHDRAWN;
	p = bgp_instance_find_peer(mt->t->inst, &id->addr);
	return p && p->up ? RIB_REASON_WITHDRAWN : RIB_REASON_EXPORT_NO_SESSION;
}

static void look_for_old(struct monitor_table *mt, const struct memory *x, uint32_t net,
	struct bgp_change *c)
{
	const struct rib *r = mt->t->rib;
	const struct rib_path *p;

	for (uint32_t h = rib_net(r, net)->paths; h && !c->old_path;
		h = rib_path_next(rib_path(r, h))) {
		if (is_same_path(mt, x, rib_path(r, h)))
			c->old_path = h;
	}
	p = c->old_path ? rib_path(r, c->old_path) : NULL;
	if (!p)
		c->why = reason_of_absence(mt, &mt->identities[x->identity]);
	else if (c->old_path == c->best)
		c->why = RIB_REASON_REPLACED;
	else
		c->why = (enum rib_reason)p->reason;
}

static void tell(struct monitor_table *mt, const struct memory *x, uint32_t net, bool has_best)
{
	struct rib *r = mt->t->rib;
	struct bgp_past_path old;
	struct bgp_change c = {
		.instance = mt->t->inst,
		.family = mt->t->f,
		.pfx = rib_net_prefix(r, net),
	};
	uint32_t ranked[2];

	if (has_best) {
		c.best = rib_net(r, net)->paths;
		if (rib_rank(r, net, ranked, 2) == 2)
			c.second = ranked[0] == c.best ? ranked[1] : ranked[0];
	}
	if (x->attrs) {
		const struct identity *id = &mt->identities[x->identity];

		old = (struct bgp_past_path){ .kind = id->kind,
			.path_id = x->path_id,
			.attrs = x->attrs };
		memcpy(old.name, id->name, sizeof(old.name));
		c.old = &old;
		look_for_old(mt, x, net, &c);
	}
	mt->m->ops->changed(mt->m->ctx, &c);
}

static void on_net(void *ctx, uint32_t net)
{
	struct monitor_table *mt = ctx;
	const struct rib_path *best = rib_net_best(mt->t->rib, net);
	struct memory *x = memory_of(mt, net);

	if (is_unchanged(mt, x, best))
		return;
	if (!mt->is_learning)
		tell(mt, x, net, best != NULL);
	remember(mt, x, best);
}

/* Reading */

static void check_ready(struct bgp_monitor *m)
{
	const struct monitor_table *mt;

	LIST_FOREACH(mt, &m->tables, of_monitor) {
		if (mt->is_learning)
			return;
	}
	job_wake(&m->ready_job);
}

static bool on_ready(void *ctx)
{
	struct bgp_monitor *m = ctx;

	if (!m->is_ready) {
		m->is_ready = true;
		m->ops->ready(m->ctx);
	}
	return false;
}

static bool on_slice(void *ctx)
{
	struct monitor_table *mt = ctx;
	bool walking;
	bool more;

	if (mt->m->is_paused)
		return false;
	more = rib_reader_pull(mt->reader, mt->is_learning ? SLICE_PATHS : BGP_MONITOR_SLICE,
		on_net, mt, &walking);

	if (mt->is_learning && !walking) {
		mt->is_learning = false;
		check_ready(mt->m);
	}
	return more;
}

static void on_wake(void *ctx)
{
	job_wake(&((struct monitor_table *)ctx)->job);
}

static void table_add(struct bgp_monitor *m, struct bgp_table *t)
{
	struct monitor_table *mt = xcalloc(1, sizeof(*mt));

	mt->m = m;
	mt->t = t;
	mt->is_learning = !m->is_ready;
	LIST_INSERT_HEAD(&m->tables, mt, of_monitor);
	LIST_INSERT_HEAD(&t->monitors, mt, of_table);
	job_init(&mt->job, m->e->loop, on_slice, mt);
	mt->reader = rib_reader_new(t->rib, on_wake, mt);
	job_wake(&mt->job);
}

static void table_drop(struct monitor_table *mt)
{
	for (uint32_t i = 0; i < mt->n_memory; i++)
		forget(mt, &mt->memory[i]);
	job_cancel(&mt->job);
	rib_reader_free(mt->reader);
	LIST_REMOVE(mt, of_monitor);
	LIST_REMOVE(mt, of_table);
	free(mt->memory);
	free(mt->identities);
	free(mt->by_source);
	free(mt);
}

static void add_instance(struct bgp_monitor *m, struct bgp_instance *i)
{
	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++)
		table_add(m, &i->table[f]);
}

void monitor_add_instance(struct bgp_instance *i)
{
	struct bgp_monitor *m;

	LIST_FOREACH(m, &i->e->monitors, entry)
		add_instance(m, i);
}

void monitor_drop_table(struct bgp_table *t)
{
	struct monitor_table *mt;

	while ((mt = LIST_FIRST(&t->monitors))) {
		struct bgp_monitor *m = mt->m;

		table_drop(mt);
		check_ready(m);
	}
}

void bgp_monitor_pause(struct bgp_monitor *m, bool on)
{
	struct monitor_table *mt;

	m->is_paused = on;
	LIST_FOREACH(mt, &m->tables, of_monitor) {
		if (!on)
			job_wake(&mt->job);
	}
}

struct bgp_monitor *bgp_monitor_new(struct bgp_engine *e, const struct bgp_monitor_ops *ops,
	void *ctx)
{
	struct bgp_monitor *m = xcalloc(1, sizeof(*m));
	struct bgp_instance *i;

	m->e = e;
	m->ops = ops;
	m->ctx = ctx;
	LIST_INIT(&m->tables);
	LIST_INSERT_HEAD(&e->monitors, m, entry);
	job_init(&m->ready_job, e->loop, on_ready, m);
	TAILQ_FOREACH(i, &e->instances, entry)
		add_instance(m, i);
	check_ready(m);
	return m;
}

void bgp_monitor_free(struct bgp_monitor *m)
{
	struct monitor_table *mt;

	if (!m)
		return;
	while ((mt = LIST_FIRST(&m->tables)))
		table_drop(mt);
	job_cancel(&m->ready_job);
	LIST_REMOVE(m, entry);
	free(m);
}
