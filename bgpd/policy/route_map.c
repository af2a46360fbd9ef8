/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Evaluation of route-maps: a loop over terms, each a conjunction of matches and a list of sets.
 * The end of a map denies, unless a term that said "then next" has permitted before.
 *
 * Matches stand in the order of their cost: what compares a number comes before what walks a list.
 */
#include "bgpd/policy/list/aspath_list.h"
#include "bgpd/policy/list/community_list.h"
#include "bgpd/policy/list/prefix_list.h"
#include "bgpd/policy/list/roa.h"
#include "bgpd/policy/policy_private.h"
#include "bgpd/wire/aspath.h"

#define LOCAL_PREF_ABSENT 100

uint32_t map_med(const struct wire_attrs *at)
{
	return at->has & WIRE_HAS_MED ? at->med : 0;
}

uint32_t map_local_pref(const struct wire_attrs *at)
{
	return at->has & WIRE_HAS_LOCAL_PREF ? at->local_pref : LOCAL_PREF_ABSENT;
}

static bool is_in(const struct policy_range *r, uint32_t v)
{
	return !r->given || (v >= r->min && v <= r->max);
}

static bool values_match(const struct policy_match *m, const struct map_eval *e)
{
	const struct wire_attrs *at = e->at;

	if (m->source_mask && !(m->source_mask & 1u << e->q->source))
		return false;
	if (m->has_origin && at->origin != m->origin)
		return false;
	if (!is_in(&m->med, map_med(at)) || !is_in(&m->local_pref, map_local_pref(at)))
		return false;
	return !m->path_len.given || is_in(&m->path_len, aspath_length(at->as_path));
}

static bool next_hop_matches(const struct policy_list *l, const struct wire_attrs *at)
{
	const struct ip_addr *nh = ip_is_set(&at->next_hop) ? &at->next_hop : &at->next_hop_ll;
	struct prefix host;

	if (!ip_is_set(nh))
		return false; /* a route of our own */
	host = prefix_host(nh);
	return prefix_list_permits(l, &host);
}

static bool origin_matches(const struct map_term *t, const struct map_eval *e)
{
	const uint32_t origin = roa_origin(e->at->as_path, e->q->local_as);

	return roa_validate(t->roas, &e->q->pfx, origin) == t->conf.match.rpki;
}

static bool term_matches(const struct map_term *t, const struct map_eval *e)
{
	const struct policy_list *l;

	if (!values_match(&t->conf.match, e))
		return false;
	l = t->ref[POLICY_REF_PREFIX];
	if (l && !prefix_list_permits(l, &e->q->pfx))
		return false;
	l = t->ref[POLICY_REF_NEXT_HOP];
	if (l && !next_hop_matches(l, e->at))
		return false;
	if (t->roas && !origin_matches(t, e))
		return false;
	l = t->ref[POLICY_REF_COMMUNITY];
	if (l && !community_list_permits(l, e->at))
		return false;
	l = t->ref[POLICY_REF_AS_PATH];
	return !l || aspath_list_permits(l, e->at->as_path, e->path_id, e->q->scratch);
}

struct policy_verdict policy_eval(const struct policy_map *m, const struct policy_query *q,
	struct wire_attrs *at)
{
	struct map_eval e = { .q = q, .at = at, .path_id = q->path_id };
	unsigned beside = 1u << POLICY_CHANGE_ACCEPT_OWN;

	e.v.map = m->name;
	for (uint32_t i = 0; i < m->n_terms; i++) {
		const struct map_term *t = &m->terms[i];

		if (!term_matches(t, &e))
			continue;
		e.v.permit = t->conf.permit;
		e.v.term = t->conf.seq;
		if (!e.v.permit)
			break;
		map_set_apply(&e, t);
		if (!t->conf.next)
			break;
	}
	/* What is said to whoever asked, not written into the attributes. */
	if (e.v.next_hop == POLICY_NEXT_HOP_SELF)
		beside |= 1u << POLICY_CHANGE_NEXT_HOP;
	e.v.modified = e.v.changed & ~beside;
	return e.v;
}

bool policy_map_asks_prefix(const struct policy_map *m)
{
	return m->asks_prefix;
}

bool policy_map_accepts_own(const struct policy_map *m)
{
	return m->accepts_own;
}

bool policy_map_is_equal(const struct policy_map *a, const struct policy_map *b)
{
	return a == b || (a && b && a->digest == b->digest);
}
