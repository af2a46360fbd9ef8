/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a term does to communities of one kind: take away, then add. What is left is in canonical
 * order, each value once, so that two ways to the same communities make one set of attributes.
 *
 * Compiled, values to add are octets as they go into the attribute, sorted once.
 */
#include <stdlib.h>
#include <string.h>

#include "bgpd/policy/list/community_list.h"
#include "bgpd/policy/policy_private.h"
#include "lib/base/digest.h"
#include "lib/base/xalloc.h"
#include "lib/ds/arena.h"

void map_communities_init(struct map_communities *m, enum community_kind kind,
	const struct policy_communities *c)
{
	const uint8_t size = community_size(kind);

	*m = (struct map_communities){ .replace = c->replace };
	if (c->n_add) {
		m->add = xmalloc((size_t)c->n_add * size);
		for (uint32_t i = 0; i < c->n_add; i++)
			memcpy(m->add + i * size, c->add[i].alt[0].value, size);
		m->n_add = community_sort(m->add, c->n_add, kind);
	}
	if (c->n_remove) {
		m->remove = xcalloc(c->n_remove, sizeof(*m->remove));
		memcpy(m->remove, c->remove, c->n_remove * sizeof(*m->remove));
		m->n_remove = c->n_remove;
	}
}

void map_communities_fini(struct map_communities *m)
{
	free(m->add);
	free(m->remove);
}

bool map_communities_is_empty(const struct map_communities *m)
{
	return !m->replace && !m->n_add && !m->n_remove && !m->remove_list;
}

uint64_t map_communities_digest(const struct map_communities *m, enum community_kind kind,
	uint64_t d)
{
	d = digest_add_u64(d, m->replace);
	d = digest_add_u64(d, (uint64_t)m->n_add << 32 | m->n_remove);
	d = digest_add(d, m->add, (size_t)m->n_add * community_size(kind));
	for (uint32_t i = 0; i < m->n_remove; i++)
		d = digest_add(d, m->remove[i].alt,
			m->remove[i].n_alts * sizeof(m->remove[i].alt[0]));
	return digest_add_u64(d, m->remove_list ? m->remove_list->digest + 1 : 0);
}

/* RFC 9494 4.3: whoever gets the route is to know that it is the last resort. */
static bool is_for_good(enum community_kind kind, const uint8_t *c)
{
	static const uint8_t llgr_stale[] = { 0xff, 0xff, 0x00, 0x06 };

	return kind == COMMUNITY_KIND_STANDARD && memcmp(c, llgr_stale, sizeof(llgr_stale)) == 0;
}

static bool is_removed(const struct map_communities *m, enum community_kind kind, const uint8_t *c)
{
	if (is_for_good(kind, c))
		return false;
	if (m->replace)
		return true;
	for (uint32_t i = 0; i < m->n_remove; i++) {
		if (community_matches(&m->remove[i], c))
			return true;
	}
	return m->remove_list && community_list_permits_one(m->remove_list, kind, c);
}

struct octets map_communities_apply(const struct map_communities *m, enum community_kind kind,
	struct octets in, struct arena *a)
{
	const uint8_t size = community_size(kind);
	const uint32_t most = UINT16_MAX / size; /* the attribute cannot be longer */
	uint32_t n_add = m->n_add;
	uint32_t n = 0;
	uint8_t *p = arena_alloc(a, in.len + (size_t)n_add * size + 1);

	for (uint32_t off = 0; off + size <= in.len; off += size) {
		if (!is_removed(m, kind, in.p + off))
			memcpy(p + n++ * size, in.p + off, size);
	}
	if (n_add > most - n)
		n_add = most - n;
	if (n_add)
		memcpy(p + n * size, m->add, (size_t)n_add * size);
	n = community_sort(p, n + n_add, kind);
	return (struct octets){ p, (uint16_t)(n * size) };
}
