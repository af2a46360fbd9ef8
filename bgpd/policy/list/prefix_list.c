/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules hang on their prefixes in a prefix table, those of one prefix in a chain by seq. A prefix
 * can only be matched by rules whose prefix covers it, and these are found by longest match, then
 * by longest match of what is shorter, and so on: as many steps as there are covering prefixes in
 * the list, 33 or 129 at most, whether the list has ten rules or 100,000.
 *
 * ge and le become a range of lengths: none given, exactly the rule's; ge only, up to all bits; le
 * only, from the rule's own length.
 */
#include "bgpd/policy/list/prefix_list.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/compiler.h"
#include "lib/base/digest.h"
#include "lib/base/xalloc.h"
#include "lib/ds/ptable.h"

#define NO_RULE UINT32_MAX

struct rule {
	struct prefix pfx;
	uint32_t seq;
	uint32_t next; /* of the same prefix, higher seq */
	uint8_t min_len;
	uint8_t max_len;
	bool permit;
};

struct prefix_list {
	struct policy_list head; /* first */
	struct rule *rules;      /* owned; ascending seq */
	uint32_t n_rules;
	struct ptable *ip4; /* owned: prefix -> first rule */
	struct ptable *ip6; /* owned */
};

static struct rule compile(const struct policy_prefix_rule *c)
{
	const uint8_t bits = family_bits(c->pfx.family);
	struct rule r = { .pfx = c->pfx, .seq = c->seq, .permit = c->permit };

	r.min_len = c->ge ? c->ge : c->pfx.len;
	r.max_len = c->le ? c->le : c->ge ? bits : c->pfx.len;
	r.next = NO_RULE;
	return r;
}

static int by_seq(const void *a, const void *b)
{
	const struct rule *x = a;
	const struct rule *y = b;

	return (x->seq > y->seq) - (x->seq < y->seq);
}

static struct ptable *table_of(const struct prefix_list *l, uint8_t family)
{
	return family == AF_INET ? l->ip4 : l->ip6;
}

/* Its place in the order counts, its number does not. */
static uint64_t add_rule(uint64_t d, const struct rule *r)
{
	uint8_t b[sizeof(r->pfx.b) + 5];

	memcpy(b, r->pfx.b, sizeof(r->pfx.b));
	memcpy(b + sizeof(r->pfx.b),
		(uint8_t[]){ r->pfx.family, r->pfx.len, r->min_len, r->max_len, r->permit }, 5);
	return digest_add(d, b, sizeof(b));
}

struct policy_list *prefix_list_new(const struct policy_prefix_list *conf)
{
	struct prefix_list *l = xcalloc(1, sizeof(*l));

	l->head.name = xstrdup(conf->name);
	l->ip4 = ptable_new(AF_INET);
	l->ip6 = ptable_new(AF_INET6);
	l->n_rules = conf->n_rules;
	l->rules = xcalloc(conf->n_rules ? conf->n_rules : 1, sizeof(*l->rules));
	for (uint32_t i = 0; i < conf->n_rules; i++)
		l->rules[i] = compile(&conf->rules[i]);
	qsort(l->rules, l->n_rules, sizeof(*l->rules), by_seq);
	for (uint32_t i = 0; i < l->n_rules; i++)
		l->head.digest = add_rule(l->head.digest, &l->rules[i]);
	/* From the last to the first: each goes in front of its chain. */
	for (uint32_t i = l->n_rules; i-- > 0;) {
		struct rule *r = &l->rules[i];
		const uint32_t old = ptable_set(table_of(l, r->pfx.family), &r->pfx, i);

		r->next = old == PTABLE_NONE ? NO_RULE : old;
	}
	return &l->head;
}

void prefix_list_free(struct policy_list *head)
{
	struct prefix_list *l = container_of(head, struct prefix_list, head);

	ptable_free(l->ip4);
	ptable_free(l->ip6);
	free(l->rules);
	free(l->head.name);
	free(l);
}

/* First rule of a chain that takes this length, if it comes before best. Index is order of seq. */
static uint32_t first_in_chain(const struct prefix_list *l, uint32_t i, uint8_t len, uint32_t best)
{
	for (; i != NO_RULE && i < best; i = l->rules[i].next) {
		if (len >= l->rules[i].min_len && len <= l->rules[i].max_len)
			return i;
	}
	return best;
}

bool prefix_list_permits(const struct policy_list *head, const struct prefix *pfx)
{
	const struct prefix_list *l = (const void *)head;
	const struct ptable *t = table_of(l, pfx->family);
	const struct ip_addr addr = prefix_addr(pfx);
	struct prefix key = *pfx;
	struct prefix found;
	uint32_t best = NO_RULE;

	for (;;) {
		const uint32_t i = ptable_match(t, &key, &found);

		if (i == PTABLE_NONE)
			break;
		best = first_in_chain(l, i, pfx->len, best);
		if (found.len == 0)
			break;
		key = prefix_make(&addr, found.len - 1);
	}
	return best != NO_RULE && l->rules[best].permit;
}
