/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sorted arrays: 1,000 devices make some 5,000 rules, sorted in about a millisecond, and only
 * when a declaration or a rule changed, never because a link did. FROM sorts by address before
 * table, so that the tables that an address leads to are neighbours.
 */
#include "fib/link/rules.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/xalloc.h"

static const uint32_t preferences[] = {
	[RULE_KIND_L3MDEV] = 1000, /* where the kernel puts it */
	[RULE_KIND_IIF] = 2000,
	[RULE_KIND_OIF] = 2001,
	[RULE_KIND_FROM] = 2002,
	[RULE_KIND_MARK] = 2003,
};

uint32_t rules_preference(enum rule_kind kind)
{
	return preferences[kind];
}

void rules_fini(struct rules *r)
{
	free(r->v);
	memset(r, 0, sizeof(*r));
}

void rules_clear(struct rules *r)
{
	r->n = 0;
}

void rules_add(struct rules *r, const struct rule *rule)
{
	if (r->n == r->cap) {
		r->cap = r->cap ? r->cap * 2 : 64;
		r->v = xreallocarray(r->v, r->cap, sizeof(*r->v));
	}
	r->v[r->n++] = *rule;
}

static const uint8_t families[] = { AF_INET, AF_INET6 };

void rules_add_mark(struct rules *r, const struct link_mark *m)
{
	for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
		struct rule rule;

		memset(&rule, 0, sizeof(rule));
		rule.kind = RULE_KIND_MARK;
		rule.table = m->table;
		rule.family = families[i];
		rule.mark = m->mark;
		rules_add(r, &rule);
	}
}

void rules_add_want(struct rules *r, const struct link_want *w)
{
	if (!w->table || w->kind == LINK_KIND_VRF)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
		struct rule rule;

		memset(&rule, 0, sizeof(rule));
		rule.kind = RULE_KIND_IIF;
		rule.table = w->table;
		rule.family = families[i];
		memcpy(rule.dev, w->name, strnlen(w->name, sizeof(rule.dev) - 1));
		rules_add(r, &rule);
		rule.kind = RULE_KIND_OIF;
		rules_add(r, &rule);
	}
}

void rules_add_sources(struct rules *r, const struct link_want *w)
{
	if (!w->table || w->kind == LINK_KIND_VRF)
		return;
	for (uint32_t i = 0; i < w->n_addrs; i++) {
		const struct ip_addr *a = &w->addrs[i].addr;
		struct rule rule;

		/* fe80:: is on every device; whoever sends from it names the device anyway. */
		if (a->family == AF_INET6 && ip_is_link_local(a))
			continue;
		memset(&rule, 0, sizeof(rule));
		rule.kind = RULE_KIND_FROM;
		rule.table = w->table;
		rule.family = a->family;
		rule.from = *a;
		rules_add(r, &rule);
	}
}

static int compare(const void *pa, const void *pb)
{
	const struct rule *a = pa;
	const struct rule *b = pb;
	int d;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	d = ip_cmp(&a->from, &b->from);
	if (!d)
		d = strncmp(a->dev, b->dev, sizeof(a->dev));
	if (d)
		return d;
	if (a->mark != b->mark)
		return a->mark < b->mark ? -1 : 1;
	return a->table < b->table ? -1 : a->table > b->table;
}

static bool is_same_source(const struct rule *a, const struct rule *b)
{
	return a->kind == RULE_KIND_FROM && b->kind == RULE_KIND_FROM &&
		ip_is_equal(&a->from, &b->from);
}

void rules_sort(struct rules *r)
{
	if (r->n)
		qsort(r->v, r->n, sizeof(*r->v), compare);
}

void rules_end(struct rules *r)
{
	size_t kept = 0;

	rules_sort(r);
	for (size_t i = 0; i < r->n;) {
		size_t end = i + 1;
		bool one = true;

		while (end < r->n &&
			(compare(&r->v[i], &r->v[end]) == 0 ||
				is_same_source(&r->v[i], &r->v[end]))) {
			one = one && r->v[end].table == r->v[i].table;
			end++;
		}
		if (one)
			r->v[kept++] = r->v[i];
		i = end;
	}
	r->n = kept;
}

void rules_minus(const struct rules *a, const struct rules *b, struct rules *out)
{
	size_t j = 0;

	for (size_t i = 0; i < a->n; i++) {
		while (j < b->n && compare(&b->v[j], &a->v[i]) < 0)
			j++;
		if (j == b->n || compare(&b->v[j], &a->v[i]) != 0)
			rules_add(out, &a->v[i]);
	}
}
