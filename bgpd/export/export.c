/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The outer side: members come, go and ask again. What they share is in group.c.
 *
 * The key of a group is the configuration cut down to what changes the octets that leave: so the
 * AS of the peer, its own source and the refresh capabilities do not keep neighbours apart.
 */
#include "bgpd/export/export.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "bgpd/export/say.h"
#include "lib/base/xalloc.h"
#include "lib/ds/arena.h"

#define ARENA_CHUNK 512 /* grows with what is to be said: most of a thousand tenants say little */

struct export *export_new(struct loop *l, struct rib *r)
{
	struct export *e = xcalloc(1, sizeof(*e));

	e->loop = l;
	e->rib = r;
	e->eval = arena_new(ARENA_CHUNK);
	e->out = arena_new(ARENA_CHUNK);
	TAILQ_INIT(&e->groups);
	return e;
}

void export_free(struct export *e)
{
	if (!e)
		return;
	assert(TAILQ_EMPTY(&e->groups));
	arena_free(e->eval);
	arena_free(e->out);
	emit_rest(e);
	free(e->extra);
	free(e->picked);
	free(e);
}

/* Padding is part of the comparison: start from zero, copy field by field. */
static void make_key(struct export_conf *key, const struct export_conf *conf)
{
	memset(key, 0, sizeof(*key));
	key->wire.as4 = conf->wire.as4;
	key->wire.ibgp = conf->wire.ibgp;
	key->wire.confed = conf->wire.confed;
	key->wire.ext_message = conf->wire.ext_message;
	key->wire.ext_nexthop = conf->wire.ext_nexthop;
	key->wire.llgr = conf->wire.llgr;
	key->wire.addpath_tx = conf->wire.addpath_tx & BGP_FAMILY_BIT(conf->family);
	key->wire.local_as = conf->wire.local_as;
	key->policy = conf->policy;
	key->policy_set = conf->policy_set;
	key->advertise = conf->advertise;
	key->family = conf->family;
	key->mute = conf->mute;
	key->role = conf->role;
	key->gshut = conf->gshut;
	key->held_back = conf->held_back;
	key->summaries = conf->summaries;
	key->default_route = conf->default_route;
	if (select_is_multi(conf))
		key->add_path = conf->add_path;
	if (select_is_multi(conf) && conf->add_path == EXPORT_ADD_PATH_BEST)
		key->add_path_max = conf->add_path_max;
	key->bgp_to_all = conf->bgp_to_all;
	memcpy(&key->next_hop, &conf->next_hop, sizeof(key->next_hop));
	memcpy(&key->next_hop_ll, &conf->next_hop_ll, sizeof(key->next_hop_ll));
	memcpy(&key->egress, &conf->egress, sizeof(key->egress));
}

struct export_member *export_join(struct export *e, const struct export_conf *conf,
	const struct export_member_ops *ops, void *ctx)
{
	struct export_member *m = xcalloc(1, sizeof(*m));
	struct export_conf key;
	struct group *g;

	assert(wire_family_af(conf->family) == rib_af(e->rib));
	m->ops = ops;
	m->ctx = ctx;
	m->own = from_of(conf->source);
	m->enhanced_refresh = conf->wire.enhanced_refresh;
	make_key(&key, conf);
	g = group_find_fresh(e, &key);
	group_add(g ? g : group_new(e, &key), m);
	return m;
}

static void set_hold(struct export *e, bool *which, bool hold)
{
	struct group *g;

	if (*which == hold)
		return;
	*which = hold;
	TAILQ_FOREACH(g, &e->groups, entry)
		job_wake(&g->job);
}

void export_hold_end_of_rib(struct export *e, bool hold)
{
	set_hold(e, &e->hold_end, hold);
}

void export_hold_merges(struct export *e, bool hold)
{
	set_hold(e, &e->hold_merges, hold);
}

void export_leave(struct export_member *m)
{
	struct group *g;

	if (!m)
		return;
	g = m->group;
	if (g->busy) {
		m->left = true;
		return;
	}
	group_remove(m);
	free(m);
	if (g->n_members)
		job_wake(&g->job); /* it may have been the one that held up the others */
	else
		group_free(g);
}

void export_writable(struct export_member *m)
{
	job_wake(&m->group->job);
}

static bool wants_refresh(const struct export_member *m)
{
	return m->wants_refresh;
}

void export_refresh(struct export_member *m)
{
	struct group *g = m->group;

	m->wants_refresh = true;
	if (g->busy)
		return; /* at the end of the slice */
	if (g->n_members > 1)
		g = group_split(g, wants_refresh);
	m->wants_refresh = false;
	group_refresh(g, m->enhanced_refresh);
}

static bool is_same_map(const struct policy_map *a, const struct policy_map *b)
{
	return a == b || (a && b && policy_map_is_equal(a, b));
}

/* The same but for the place of an equal policy: the operator has changed something else. */
static bool is_same_meaning(const struct export_conf *a, const struct export_conf *b)
{
	struct export_conf c;

	if (!is_same_map(a->policy, b->policy) || !is_same_map(a->held_back, b->held_back))
		return false;
	memcpy(&c, a, sizeof(c));
	c.policy = b->policy;
	c.held_back = b->held_back;
	c.policy_set = b->policy_set;
	return memcmp(&c, b, sizeof(c)) == 0;
}

void export_reconf(struct export_member *m, const struct export_conf *conf)
{
	struct group *g = m->group;
	struct export_conf key;
	struct group *to;

	assert(!g->busy);
	make_key(&key, conf);
	if (memcmp(&key, &g->key, sizeof(key)) == 0)
		return;
	if (is_same_meaning(&key, &g->key)) {
		group_adopt(g, &key);
		return;
	}
	to = group_find_moved(g, &key);
	if (to) {
		group_remove(m);
		group_add(to, m);
	} else {
		/* Also if it is alone: what waits in the queue was meant by the old one. */
		m->wants_refresh = true;
		group_rekey(group_split(g, wants_refresh), g, &key);
		m->wants_refresh = false;
	}
	if (g->n_members)
		job_wake(&g->job);
	else
		group_free(g);
}

static uint32_t n_own(const struct export_member *m)
{
	const struct group *g = m->group;

	return m->own && m->own < g->n_froms ? g->froms[m->own].n_told : 0;
}

uint32_t export_count(const struct export_member *m)
{
	return m->group->told.n - n_own(m);
}

bool export_has(const struct export_member *m, uint32_t net)
{
	uint16_t from;

	if (m->group->is_multi)
		return multi_has(m->group, net, m->own);
	return told_get(m->group, net, &from) && (!m->own || from != m->own);
}

bool export_has_path(const struct export_member *m, uint32_t net, uint32_t path)
{
	return m->group->is_multi ? multi_has_path(m->group, net, path, m->own) :
				    export_has(m, net);
}

uint32_t export_groups(const struct export *e)
{
	return e->n_groups;
}

size_t export_bytes(const struct export *e)
{
	const struct group *g;
	size_t n = sizeof(*e);

	TAILQ_FOREACH(g, &e->groups, entry)
		n += sizeof(*g) + g->told.cap * (sizeof(*g->told.tag) + sizeof(*g->told.from)) +
			multi_bytes(&g->multi) + intern_bytes(g->queue.index) +
			slab_bytes(&g->queue.items) +
			(g->queue.queued.n_words + g->queue.dirty.n_words) * sizeof(uint64_t);
	return n;
}
