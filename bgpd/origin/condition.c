/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a neighbour is told only while something is in the table: the default route that we
 * originate for it, and prefixes under conditional-advertisement. Each family of a peer holds the
 * watches that it needs and the state that follows from them; when that changes, its export member
 * gets another configuration and says the difference.
 *
 * The default route is a path of the table that is never eligible, so it takes the way of all
 * routes (walk, journal, groups, counters) without ever carrying traffic here. It stands in the
 * table while some peer of the family wants it.
 */
#include <string.h>

#include "bgpd/engine_int.h"
#include "bgpd/origin/origin.h"

static struct watch *rewatch(struct watch *old, struct bgp_table *t, const char *name)
{
	struct watch *w;

	const bool some = name && name[0];

	if (old && some && strcmp(watch_name(old), name) == 0)
		return old;
	w = some ? watch_get(t, name) : NULL;
	watch_put(old);
	return w;
}

/* NULL: nothing is asked. was: what held so far. */
static bool holds(const struct watch *w, bool was)
{
	if (!w)
		return true;
	return watch_is_known(w) ? watch_is_met(w) : was;
}

static bool is_open(const struct peer_family *pf)
{
	switch ((enum bgp_condition)pf->peer->conf.condition) {
	case BGP_CONDITION_EXIST:
		return holds(pf->condition, pf->open);
	case BGP_CONDITION_NON_EXIST:
		return !holds(pf->condition, !pf->open);
	default:
		return true;
	}
}

/* Returns whether something is to be said otherwise. */
static bool follow(struct peer_family *pf)
{
	const bool open = is_open(pf);
	const bool has_default = holds(pf->default_watch, pf->has_default);
	const bool changed = open != pf->open || has_default != pf->has_default;

	pf->open = open;
	pf->has_default = has_default;
	return changed;
}

void peer_conditions_changed(struct bgp_peer *p)
{
	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++) {
		if (follow(&p->family[f]))
			family_export_again(&p->family[f]);
	}
}

void peer_conditions_set(struct bgp_peer *p)
{
	const struct bgp_peer_conf *c = &p->conf;
	const bool has_condition = c->condition != BGP_CONDITION_NONE;

	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++) {
		struct peer_family *pf = &p->family[f];

		/* A condition that is new to a live session closes nothing before it is known. */
		pf->open |= !has_condition;
		pf->condition = rewatch(pf->condition, pf->table,
			has_condition ? c->condition_policy : NULL);
		pf->default_watch = rewatch(pf->default_watch, pf->table,
			c->default_originate ? c->default_policy : NULL);
		(void)follow(pf);
	}
	defaults_follow(p->inst, p);
}

void peer_conditions_clear(struct bgp_peer *p)
{
	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++) {
		watch_put(p->family[f].condition);
		watch_put(p->family[f].default_watch);
		p->family[f].condition = NULL;
		p->family[f].default_watch = NULL;
	}
}

static bool is_wanted(const struct bgp_instance *i)
{
	const struct bgp_peer *p;

	TAILQ_FOREACH(p, &i->peers, entry) {
		if (p->conf.default_originate)
			return true;
	}
	return false;
}

static void offer_default(struct bgp_table *t)
{
	const struct rib_source init = { .kind = RIB_SOURCE_STATIC, .weight = 1 };
	const struct rib_offer o = {
		.pfx = prefix_any(t->af),
		.in = t->inst->e->local_attrs,
		.reject = RIB_REASON_DEFAULT_ORIGINATE,
		.flags = RIB_PATH_LOCAL,
	};

	if (!t->default_source)
		t->default_source = table_source(t, &init);
	if (t->default_source)
		instance_offer_own(t, t->default_source, &o);
}

void default_offer_again(struct bgp_table *t)
{
	if (t->default_source)
		offer_default(t);
}

static bool stands(const struct bgp_instance *i)
{
	bool some = false;

	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++)
		some |= i->table[f].default_source != NULL;
	return some;
}

void defaults_follow(struct bgp_instance *i, const struct bgp_peer *changed)
{
	bool wanted;

	if (!changed->conf.default_originate && !stands(i))
		return; /* as it was, without asking them all */
	wanted = is_wanted(i);
	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++) {
		struct bgp_table *t = &i->table[f];

		if (wanted == (t->default_source != NULL))
			continue;
		if (wanted) {
			offer_default(t);
		} else {
			table_bury(t, t->default_source);
			t->default_source = NULL;
		}
	}
}
