/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Evaluation of route-maps: a loop over terms, each a conjunction of matches and a list of sets.
 * The end of a map denies, unless a term that said "then next" has permitted before.
 */
#include <string.h>

#include "bgpd/policy/policy_private.h"
#include "bgpd/wire/aspath.h"

#define LOCAL_PREF_ABSENT 100

static uint32_t med_of(const struct wire_attrs *at)
{
	return at->has & WIRE_HAS_MED ? at->med : 0;
}

static uint32_t local_pref_of(const struct wire_attrs *at)
{
	return at->has & WIRE_HAS_LOCAL_PREF ? at->local_pref : LOCAL_PREF_ABSENT;
}

static bool is_between(uint32_t len, const struct policy_term *c)
{
	return len >= c->path_len_min && len <= c->path_len_max;
}

static bool term_matches(const struct map_term *t, const struct policy_query *q,
	const struct wire_attrs *at)
{
	const struct policy_term *c = &t->conf;

	if (c->source_mask && !(c->source_mask & 1u << q->source))
		return false;
	if (c->match_med && med_of(at) != c->med)
		return false;
	if (c->match_local_pref && local_pref_of(at) != c->local_pref)
		return false;
	if (c->match_origin && at->origin != c->origin)
		return false;
	if (c->match_path_len && !is_between(aspath_length(at->as_path), c))
		return false;
	return !t->list || prefix_list_permits(t->list, &q->pfx);
}

static uint32_t add_saturating(uint32_t a, uint32_t b)
{
	return a > UINT32_MAX - b ? UINT32_MAX : a + b;
}

static uint32_t new_med(const struct policy_term *c, uint32_t med)
{
	switch (c->set_med) {
	case POLICY_MED_ADD:
		return add_saturating(med, c->med_value);
	case POLICY_MED_SUB:
		return med > c->med_value ? med - c->med_value : 0;
	default:
		return c->med_value;
	}
}

static struct octets prepended(const struct policy_term *c, struct arena *a, struct octets path)
{
	const uint32_t first = aspath_first(path);

	if (c->prepend_last && first)
		path = aspath_prepend(a, path, first, c->prepend_last);
	for (uint8_t i = c->n_prepend; i > 0; i--)
		path = aspath_prepend(a, path, c->prepend[i - 1], 1);
	return path;
}

/* Returns whether the term sets anything. */
static bool term_apply(const struct policy_term *c, const struct policy_query *q,
	struct wire_attrs *at)
{
	if (c->set_local_pref) {
		at->local_pref = c->local_pref_value;
		at->has |= WIRE_HAS_LOCAL_PREF;
	}
	if (c->set_origin) {
		at->origin = c->origin_value;
		at->has |= WIRE_HAS_ORIGIN;
	}
	if (c->set_med != POLICY_MED_NONE) {
		at->med = new_med(c, med_of(at));
		at->has |= WIRE_HAS_MED;
	}
	if (c->n_prepend || c->prepend_last) {
		at->as_path = prepended(c, q->arena, at->as_path);
		at->has |= WIRE_HAS_AS_PATH;
	}
	return c->set_local_pref || c->set_origin || c->set_med != POLICY_MED_NONE ||
		c->n_prepend || c->prepend_last;
}

struct policy_verdict policy_eval(const struct policy_map *m, const struct policy_query *q,
	struct wire_attrs *at)
{
	struct policy_verdict v = { 0 };

	for (uint32_t i = 0; i < m->n_terms; i++) {
		const struct map_term *t = &m->terms[i];

		if (!term_matches(t, q, at))
			continue;
		v.permit = t->conf.permit;
		v.term = t->conf.seq;
		if (!v.permit)
			return v;
		v.modified |= term_apply(&t->conf, q, at);
		if (!t->conf.next)
			return v;
	}
	return v;
}

static bool has_equal_match(const struct policy_term *a, const struct policy_term *b)
{
	return a->source_mask == b->source_mask && a->match_med == b->match_med &&
		(!a->match_med || a->med == b->med) && a->match_local_pref == b->match_local_pref &&
		(!a->match_local_pref || a->local_pref == b->local_pref) &&
		a->match_path_len == b->match_path_len &&
		(!a->match_path_len ||
			(a->path_len_min == b->path_len_min &&
				a->path_len_max == b->path_len_max)) &&
		a->match_origin == b->match_origin && (!a->match_origin || a->origin == b->origin);
}

static bool has_equal_sets(const struct policy_term *a, const struct policy_term *b)
{
	return a->set_local_pref == b->set_local_pref &&
		(!a->set_local_pref || a->local_pref_value == b->local_pref_value) &&
		a->set_origin == b->set_origin &&
		(!a->set_origin || a->origin_value == b->origin_value) &&
		a->set_med == b->set_med &&
		(a->set_med == POLICY_MED_NONE || a->med_value == b->med_value) &&
		a->n_prepend == b->n_prepend && a->prepend_last == b->prepend_last &&
		memcmp(a->prepend, b->prepend, a->n_prepend * sizeof(a->prepend[0])) == 0;
}

static bool is_term_equal(const struct map_term *a, const struct map_term *b)
{
	return a->conf.seq == b->conf.seq && a->conf.permit == b->conf.permit &&
		a->conf.next == b->conf.next && has_equal_match(&a->conf, &b->conf) &&
		has_equal_sets(&a->conf, &b->conf) && !a->list == !b->list &&
		prefix_list_is_equal(a->list, b->list);
}

bool policy_map_is_equal(const struct policy_map *a, const struct policy_map *b)
{
	if (a == b)
		return true;
	if (!a || !b || a->n_terms != b->n_terms)
		return false;
	for (uint32_t i = 0; i < a->n_terms; i++) {
		if (!is_term_equal(&a->terms[i], &b->terms[i]))
			return false;
	}
	return true;
}
