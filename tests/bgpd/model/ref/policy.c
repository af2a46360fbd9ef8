/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bgpd/model/ref/policy.h"

#include <string.h>

const struct ref_map *ref_map(const struct ref_policy *c, uint8_t map)
{
	return map && c->map[map - 1].is ? &c->map[map - 1] : NULL;
}

static bool rule_matches(const struct ref_rule *r, const struct prefix *p)
{
	if (!prefix_covers(&r->pfx, p))
		return false;
	if (!r->ge && !r->le)
		return p->len == r->pfx.len;
	return p->len >= r->ge && p->len <= (r->le ? r->le : family_bits(p->family));
}

static bool list_permits(const struct ref_policy *c, uint8_t list, const struct prefix *p)
{
	const struct ref_list *l = &c->list[list - 1];

	for (unsigned k = 0; k < l->n; k++) {
		if (rule_matches(&l->rule[k], p))
			return l->rule[k].permit;
	}
	return false;
}

static bool is_within(const struct policy_range *r, uint32_t v)
{
	return !r->given || (v >= r->min && v <= r->max);
}

static bool next_hop_matches(const struct ref_term *t, const struct ref_question *q,
	const struct route *r)
{
	struct prefix host;

	if (!t->next_hop)
		return true;
	if (!ip_is_set(&r->next_hop))
		return false;
	host = prefix_host(&r->next_hop);
	return list_permits(q->policy, t->next_hop, &host);
}

uint32_t ref_community(uint8_t number)
{
	return 65000u << 16 | number;
}

static bool has_community(const struct ref_term *t, const struct route *r)
{
	for (unsigned i = 0; t->com && i < r->n_coms; i++) {
		if (r->coms[i] == ref_community(t->com - 1))
			return true;
	}
	return !t->com;
}

static bool term_matches(const struct ref_term *t, const struct ref_question *q,
	const struct route *r)
{
	return (!t->list || list_permits(q->policy, t->list, q->pfx)) &&
		next_hop_matches(t, q, r) && has_community(t, r) &&
		(!t->source_mask || t->source_mask & 1u << q->source) &&
		is_within(&t->med, r->has_med ? r->med : 0) &&
		is_within(&t->local_pref, r->has_local_pref ? r->local_pref : 100) &&
		is_within(&t->path_len, route_length(r)) &&
		(!t->has_origin || t->origin == r->origin);
}

static uint32_t computed(const struct policy_number *n, uint32_t v)
{
	switch (n->op) {
	case POLICY_OP_ADD:
		return v + n->value;
	case POLICY_OP_SUB:
		return v > n->value ? v - n->value : 0;
	default:
		return n->value;
	}
}

/* Ascending, each once: what a route-map has touched is in canonical order. */
static void put_community(struct route *r, uint32_t c)
{
	unsigned i = 0;

	while (i < r->n_coms && r->coms[i] < c)
		i++;
	if (i < r->n_coms && r->coms[i] == c)
		return;
	memmove(r->coms + i + 1, r->coms + i, (r->n_coms - i) * sizeof(r->coms[0]));
	r->coms[i] = c;
	r->n_coms++;
}

static void apply_communities(const struct ref_term *t, struct route *r)
{
	const struct route old = *r;
	const uint32_t c = ref_community(t->com_arg);

	if (t->com_op == REF_COM_NONE)
		return;
	r->n_coms = 0;
	memset(r->coms, 0, sizeof(r->coms));
	for (unsigned i = 0; i < old.n_coms; i++) {
		const bool goes = t->com_op == REF_COM_REPLACE ||
			(t->com_op == REF_COM_REMOVE && old.coms[i] == c);

		/* RFC 9494 4.3: the mark is never removed */
		if (!goes || old.coms[i] == COMMUNITY_LLGR_STALE)
			put_community(r, old.coms[i]);
	}
	if (t->com_op != REF_COM_REMOVE)
		put_community(r, c);
}

static void term_apply(const struct ref_term *t, struct route *r)
{
	const uint32_t first = route_first_as(r);

	if (t->set_local_pref.op) {
		r->local_pref = computed(&t->set_local_pref,
			r->has_local_pref ? r->local_pref : 100);
		r->has_local_pref = true;
	}
	if (t->set_med.op) {
		r->med = computed(&t->set_med, r->has_med ? r->med : 0);
		r->has_med = true;
	}
	if (t->sets_origin)
		r->origin = t->new_origin;
	if (first && t->prepend_last)
		route_prepend(r, ROUTE_SEQUENCE, first);
	if (t->prepend)
		route_prepend(r, ROUTE_SEQUENCE, t->prepend);
	if (t->weight)
		r->weight = t->weight;
	apply_communities(t, r);
}

bool ref_map_may_accept_own(const struct ref_map *map)
{
	bool may = false;

	for (unsigned i = 0; i < map->n; i++)
		may |= map->term[i].accepts_own;
	return may;
}

bool ref_map_eval(const struct ref_map *map, struct ref_question *q, struct route *r)
{
	bool permitted = false;

	for (unsigned i = 0; i < map->n; i++) {
		const struct ref_term *t = &map->term[i];

		if (!term_matches(t, q, r))
			continue;
		if (!t->permit)
			return false;
		term_apply(t, r);
		q->accepts_own |= t->accepts_own;
		permitted = true;
		if (!t->next)
			return true;
	}
	return permitted;
}
