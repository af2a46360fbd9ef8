/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Most rules of a long list name values, few have a "*". A rule that names a value stands in an
 * index under the first value that it names (under each encoding of it): a sorted array. So a route
 * asks the index once for each of its communities, and only the candidates found there, and the
 * rules without any value, are looked at. Cost: O(c log n + w c) for c communities, n rules, w of
 * them without a value; a scan would be O(c n).
 */
#include "bgpd/policy/list/community_list.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/compiler.h"
#include "lib/base/digest.h"
#include "lib/base/xalloc.h"

#define NO_RULE UINT32_MAX

struct rule {
	uint32_t seq;
	bool permit;
	uint8_t n_patterns;
	struct community_pattern *patterns; /* owned */
};

struct key {
	uint8_t kind;
	uint8_t value[COMMUNITY_MAX_SIZE];
	uint32_t rule;
};

struct community_list {
	struct policy_list head; /* first */
	struct rule *rules;      /* owned; ascending seq */
	uint32_t n_rules;
	struct key *keys; /* owned; sorted */
	uint32_t n_keys;
	uint32_t *others; /* owned: rules that are in no key, ascending */
	uint32_t n_others;
};

static int by_seq(const void *a, const void *b)
{
	const struct rule *x = a;
	const struct rule *y = b;

	return (x->seq > y->seq) - (x->seq < y->seq);
}

static int value_cmp(const struct key *k, uint8_t kind, const uint8_t *c)
{
	if (k->kind != kind)
		return k->kind < kind ? -1 : 1;
	return memcmp(k->value, c, community_size((enum community_kind)kind));
}

static int by_key(const void *a, const void *b)
{
	const struct key *x = a;
	const struct key *y = b;
	const int c = value_cmp(x, y->kind, y->value);

	return c ? c : (x->rule > y->rule) - (x->rule < y->rule);
}

static const struct community_pattern *first_value(const struct rule *r)
{
	for (uint8_t i = 0; i < r->n_patterns; i++) {
		if (r->patterns[i].exact)
			return &r->patterns[i];
	}
	return NULL;
}

static void build_index(struct community_list *l)
{
	l->keys = xcalloc(l->n_rules * COMMUNITY_MAX_ALTS + 1, sizeof(*l->keys));
	l->others = xcalloc(l->n_rules + 1, sizeof(*l->others));
	for (uint32_t i = 0; i < l->n_rules; i++) {
		const struct community_pattern *p = first_value(&l->rules[i]);

		if (!p)
			l->others[l->n_others++] = i;
		for (uint8_t k = 0; p && k < p->n_alts; k++) {
			struct key *key = &l->keys[l->n_keys++];

			key->kind = p->kind;
			key->rule = i;
			memcpy(key->value, p->alt[k].value, sizeof(key->value));
		}
	}
	qsort(l->keys, l->n_keys, sizeof(*l->keys), by_key);
}

static uint64_t add_rule(uint64_t d, const struct rule *r)
{
	d = digest_add_u64(d, (uint64_t)r->permit << 8 | r->n_patterns);
	for (uint8_t i = 0; i < r->n_patterns; i++) {
		const struct community_pattern *p = &r->patterns[i];

		d = digest_add_u64(d, (uint64_t)p->kind << 8 | p->n_alts);
		d = digest_add(d, p->alt, p->n_alts * sizeof(p->alt[0]));
	}
	return d;
}

struct policy_list *community_list_new(const struct policy_community_list *conf)
{
	struct community_list *l = xcalloc(1, sizeof(*l));

	l->head.name = xstrdup(conf->name);
	l->n_rules = conf->n_rules;
	l->rules = xcalloc(conf->n_rules + 1, sizeof(*l->rules));
	for (uint32_t i = 0; i < conf->n_rules; i++) {
		const struct policy_community_rule *c = &conf->rules[i];
		struct rule *r = &l->rules[i];

		*r = (struct rule){ c->seq, c->permit, c->n_patterns, NULL };
		r->patterns = xcalloc(c->n_patterns + 1u, sizeof(*r->patterns));
		for (uint8_t k = 0; k < c->n_patterns; k++)
			r->patterns[k] = c->patterns[k];
	}
	qsort(l->rules, l->n_rules, sizeof(*l->rules), by_seq);
	build_index(l);
	for (uint32_t i = 0; i < l->n_rules; i++)
		l->head.digest = add_rule(l->head.digest, &l->rules[i]);
	return &l->head;
}

void community_list_free(struct policy_list *head)
{
	struct community_list *l = container_of(head, struct community_list, head);

	for (uint32_t i = 0; i < l->n_rules; i++)
		free(l->rules[i].patterns);
	free(l->rules);
	free(l->keys);
	free(l->others);
	free(l->head.name);
	free(l);
}

/* By kind. */
struct lists {
	struct octets of[COMMUNITY_KIND_COUNT];
};

static bool has_pattern(const struct community_pattern *p, const struct lists *in)
{
	const struct octets o = in->of[p->kind];
	const uint8_t size = community_size((enum community_kind)p->kind);

	for (uint32_t off = 0; off + size <= o.len; off += size) {
		if (community_matches(p, o.p + off))
			return true;
	}
	return false;
}

static bool rule_holds(const struct rule *r, const struct lists *in)
{
	for (uint8_t i = 0; i < r->n_patterns; i++) {
		if (!has_pattern(&r->patterns[i], in))
			return false;
	}
	return true;
}

/* First key that is not less than the community. */
static uint32_t lower_bound(const struct community_list *l, uint8_t kind, const uint8_t *c)
{
	uint32_t lo = 0;
	uint32_t hi = l->n_keys;

	while (lo < hi) {
		const uint32_t mid = lo + (hi - lo) / 2;

		if (value_cmp(&l->keys[mid], kind, c) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* The first rule before best that stands under this community and holds; else best. */
static uint32_t ask_index(const struct community_list *l, const struct lists *in, uint8_t kind,
	const uint8_t *c, uint32_t best)
{
	for (uint32_t i = lower_bound(l, kind, c); i < l->n_keys; i++) {
		const struct key *k = &l->keys[i];

		if (k->rule >= best || value_cmp(k, kind, c) != 0)
			break;
		if (l->rules[k->rule].n_patterns == 1 || rule_holds(&l->rules[k->rule], in))
			return k->rule;
	}
	return best;
}

static bool find(const struct community_list *l, const struct lists *in)
{
	uint32_t best = NO_RULE;

	for (uint8_t k = 0; l->n_keys && k < COMMUNITY_KIND_COUNT; k++) {
		const uint8_t size = community_size((enum community_kind)k);

		for (uint32_t off = 0; off + size <= in->of[k].len; off += size)
			best = ask_index(l, in, k, in->of[k].p + off, best);
	}
	for (uint32_t i = 0; i < l->n_others && l->others[i] < best; i++) {
		if (rule_holds(&l->rules[l->others[i]], in))
			best = l->others[i];
	}
	return best != NO_RULE && l->rules[best].permit;
}

bool community_list_permits(const struct policy_list *l, const struct wire_attrs *at)
{
	const struct lists in = { {
		[COMMUNITY_KIND_STANDARD] = at->communities,
		[COMMUNITY_KIND_EXTENDED] = at->ext_communities,
		[COMMUNITY_KIND_LARGE] = at->large_communities,
	} };

	return find((const void *)l, &in);
}

bool community_list_permits_one(const struct policy_list *l, enum community_kind kind,
	const uint8_t *c)
{
	struct lists in = { 0 };

	in.of[kind] = (struct octets){ c, community_size(kind) };
	return find((const void *)l, &in);
}
