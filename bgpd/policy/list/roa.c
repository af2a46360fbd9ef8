/* SPDX-License-Identifier: Apache-2.0 */
/*
 * As prefix-lists: authorisations hang on their prefixes in a prefix table, and those that cover a
 * route are found by longest match, then by longest match of what is shorter. At most 33 or 129
 * steps, however many there are.
 */
#include "bgpd/policy/list/roa.h"

#include <stdlib.h>
#include <string.h>

#include "bgpd/wire/aspath.h"
#include "lib/base/compiler.h"
#include "lib/base/digest.h"
#include "lib/base/xalloc.h"
#include "lib/ds/ptable.h"

#define NO_ROA UINT32_MAX

struct roa {
	uint32_t as;
	uint32_t next; /* of the same prefix */
	uint8_t max_len;
};

struct roa_table {
	struct policy_list head; /* first */
	const struct roa_table *global;
	struct ptable *ip4; /* owned: prefix -> first */
	struct ptable *ip6; /* owned */
	struct roa *roas;   /* owned */
};

static struct ptable *table_of(const struct roa_table *t, uint8_t family)
{
	return family == AF_INET ? t->ip4 : t->ip6;
}

static uint64_t add_roa(uint64_t d, const struct policy_roa *r)
{
	d = digest_add(d, r->pfx.b, sizeof(r->pfx.b));
	return digest_add_u64(d,
		(uint64_t)r->as << 24 | (uint64_t)(r->pfx.family == AF_INET6) << 16 |
			(uint64_t)r->pfx.len << 8 | r->max_len);
}

struct policy_list *roa_table_new(const struct policy_roa *roas, uint32_t n,
	const struct policy_list *global)
{
	struct roa_table *t = xcalloc(1, sizeof(*t));

	t->global = (const void *)global;
	t->ip4 = ptable_new(AF_INET);
	t->ip6 = ptable_new(AF_INET6);
	t->roas = xcalloc(n + 1, sizeof(*t->roas));
	t->head.digest = global ? global->digest : 0;
	for (uint32_t i = 0; i < n; i++) {
		const uint32_t old = ptable_set(table_of(t, roas[i].pfx.family), &roas[i].pfx, i);

		t->roas[i] = (struct roa){
			.as = roas[i].as,
			.next = old == PTABLE_NONE ? NO_ROA : old,
			.max_len = roas[i].max_len,
		};
		t->head.digest = add_roa(t->head.digest, &roas[i]);
	}
	return &t->head;
}

void roa_table_free(struct policy_list *head)
{
	struct roa_table *t;

	if (!head)
		return;
	t = container_of(head, struct roa_table, head);
	ptable_free(t->ip4);
	ptable_free(t->ip6);
	free(t->roas);
	free(t);
}

/* RFC 6811 2, "matched": covered, not longer than allowed, and by this AS. AS 0 matches nobody. */
static bool has_match(const struct roa_table *t, uint32_t i, uint8_t len, uint32_t origin)
{
	for (; i != NO_ROA; i = t->roas[i].next) {
		if (t->roas[i].as == origin && origin && len <= t->roas[i].max_len)
			return true;
	}
	return false;
}

static enum policy_rpki ask(const struct roa_table *t, const struct prefix *pfx, uint32_t origin)
{
	const struct ptable *pt = table_of(t, pfx->family);
	const struct ip_addr addr = prefix_addr(pfx);
	enum policy_rpki state = POLICY_RPKI_NOT_FOUND;
	struct prefix key = *pfx;
	struct prefix found;

	for (;;) {
		const uint32_t i = ptable_match(pt, &key, &found);

		if (i == PTABLE_NONE)
			return state;
		if (has_match(t, i, pfx->len, origin))
			return POLICY_RPKI_VALID;
		state = POLICY_RPKI_INVALID;
		if (found.len == 0)
			return state;
		key = prefix_make(&addr, found.len - 1);
	}
}

enum policy_rpki roa_validate(const struct policy_list *l, const struct prefix *pfx,
	uint32_t origin)
{
	const struct roa_table *t = (const void *)l;
	enum policy_rpki state = POLICY_RPKI_NOT_FOUND;

	for (; t && state != POLICY_RPKI_VALID; t = t->global) {
		const enum policy_rpki said = ask(t, pfx, origin);

		if (said != POLICY_RPKI_NOT_FOUND)
			state = said;
	}
	return state;
}

/*
 * The rightmost AS of the last segment if that is a sequence, our own if there is none or it is one
 * of the confederation, NONE if it is anything else.
 */
uint32_t roa_origin(struct octets path, uint32_t own_as)
{
	struct aspath_iter it;
	uint32_t origin = own_as;

	aspath_iter_init(&it, path);
	while (aspath_iter_next(&it)) {
		switch (it.type) {
		case BGP_AS_SEQUENCE:
			origin = it.count ? aspath_iter_as(&it, it.count - 1) : 0;
			break;
		case BGP_AS_CONFED_SEQUENCE:
		case BGP_AS_CONFED_SET:
			origin = own_as;
			break;
		default:
			origin = 0;
		}
	}
	return origin;
}
