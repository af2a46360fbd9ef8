/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What terms set. Numbers stop at their ends instead of wrapping: a MED of 10 less 60 is 0, not
 * four milliards.
 */
#include <assert.h>

#include "bgpd/policy/policy_private.h"
#include "bgpd/wire/aspath.h"
#include "lib/base/compiler.h"

static const char *const names[] = {
	[POLICY_CHANGE_LOCAL_PREF] = "local-preference",
	[POLICY_CHANGE_MED] = "med",
	[POLICY_CHANGE_ORIGIN] = "origin",
	[POLICY_CHANGE_AS_PATH] = "as-path-prepend",
	[POLICY_CHANGE_COMMUNITIES] = "community",
	[POLICY_CHANGE_EXT_COMMUNITIES] = "extended-community",
	[POLICY_CHANGE_LARGE_COMMUNITIES] = "large-community",
	[POLICY_CHANGE_NEXT_HOP] = "next-hop",
	[POLICY_CHANGE_WEIGHT] = "weight",
	[POLICY_CHANGE_ACCEPT_OWN] = "accept-own",
};
static_assert(ARRAY_SIZE(names) == POLICY_CHANGE_COUNT, "a change without a name");

const char *policy_change_name(enum policy_change c)
{
	return c < POLICY_CHANGE_COUNT ? names[c] : "";
}

static void note(struct map_eval *e, const struct map_term *t, enum policy_change c)
{
	e->v.changed |= (uint16_t)(1u << c);
	e->v.changed_by[c] = t->conf.seq;
}

static uint32_t changed_number(const struct policy_number *n, uint32_t v)
{
	switch (n->op) {
	case POLICY_OP_ADD:
		return v > UINT32_MAX - n->value ? UINT32_MAX : v + n->value;
	case POLICY_OP_SUB:
		return v > n->value ? v - n->value : 0;
	default:
		return n->value;
	}
}

static void set_numbers(struct map_eval *e, const struct map_term *t)
{
	const struct policy_set_actions *set = &t->conf.set;
	struct wire_attrs *at = e->at;

	if (set->local_pref.op != POLICY_OP_NONE) {
		at->local_pref = changed_number(&set->local_pref, map_local_pref(at));
		at->has |= WIRE_HAS_LOCAL_PREF;
		note(e, t, POLICY_CHANGE_LOCAL_PREF);
	}
	if (set->med.op != POLICY_OP_NONE) {
		at->med = changed_number(&set->med, map_med(at));
		at->has |= WIRE_HAS_MED;
		note(e, t, POLICY_CHANGE_MED);
	}
	if (set->has_origin) {
		at->origin = set->origin;
		at->has |= WIRE_HAS_ORIGIN;
		note(e, t, POLICY_CHANGE_ORIGIN);
	}
}

static void set_path(struct map_eval *e, const struct map_term *t)
{
	const struct policy_set_actions *set = &t->conf.set;
	struct octets path = e->at->as_path;
	const uint32_t first = aspath_first(path);

	if (!set->n_prepend && !set->prepend_last)
		return;
	if (set->prepend_last && first)
		path = aspath_prepend(e->q->arena, path, first, set->prepend_last);
	for (uint8_t i = set->n_prepend; i > 0; i--)
		path = aspath_prepend(e->q->arena, path, set->prepend[i - 1], 1);
	e->at->as_path = path;
	e->at->has |= WIRE_HAS_AS_PATH;
	e->path_id = 0;
	note(e, t, POLICY_CHANGE_AS_PATH);
}

static void set_communities(struct map_eval *e, const struct map_term *t)
{
	for (unsigned k = 0; k < COMMUNITY_KIND_COUNT; k++) {
		const enum community_kind kind = (enum community_kind)k;
		struct octets *o = community_attr(e->at, kind);

		if (map_communities_is_empty(&t->communities[k]))
			continue;
		*o = map_communities_apply(&t->communities[k], kind, *o, e->q->arena);
		note(e, t, (enum policy_change)(POLICY_CHANGE_COMMUNITIES + k));
	}
}

static void set_next_hop(struct map_eval *e, const struct map_term *t)
{
	const struct policy_set_actions *set = &t->conf.set;

	if (set->next_hop == POLICY_NEXT_HOP_KEEP)
		return;
	if (set->next_hop == POLICY_NEXT_HOP_ADDR) {
		e->at->next_hop = set->next_hop_addr;
		e->at->next_hop_ll = (struct ip_addr){ 0 };
		e->at->has |= WIRE_HAS_NEXT_HOP;
	}
	e->v.next_hop = (uint8_t)set->next_hop;
	note(e, t, POLICY_CHANGE_NEXT_HOP);
}

/* What stays inside of this process. */
static void set_local(struct map_eval *e, const struct map_term *t)
{
	if (t->conf.set.has_weight) {
		e->at->weight = t->conf.set.weight;
		note(e, t, POLICY_CHANGE_WEIGHT);
	}
	if (t->conf.set.accept_own) {
		e->v.accept_own = true;
		note(e, t, POLICY_CHANGE_ACCEPT_OWN);
	}
}

void map_set_apply(struct map_eval *e, const struct map_term *t)
{
	set_numbers(e, t);
	set_path(e, t);
	set_communities(e, t);
	set_next_hop(e, t);
	set_local(e, t);
}
