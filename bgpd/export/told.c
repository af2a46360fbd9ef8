/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a group has advertised: per net a tag and the source of the path. The tag stands for all
 * that the outgoing attributes depend on besides the group's key and the prefix: the set of the
 * path (by its id) and the kind of its source, neighbours inside of our AS being kinds of their
 * own. Hence:
 *
 *   same tag, same source     nothing is to be said, whatever made the journal speak
 *   same tag, other source    only the two neighbours behind these sources hear of it
 *   other tag                 an announcement to all but the neighbour that the path came from
 *
 * A member has been told a net unless the path came from itself; so per-member state is not needed,
 * and groups at rest with one key agree entry by entry: merging them is dropping one.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "bgpd/export/say.h"
#include "lib/base/xalloc.h"

#define KIND_BITS   3
#define KIND_IBGP   RIB_SOURCE_COUNT
#define KIND_CONFED (RIB_SOURCE_COUNT + 1)
static_assert(KIND_CONFED < 1 << KIND_BITS, "kinds need another bit");

static uint32_t kind_of(const struct rib_source *s)
{
	return s->ibgp ? KIND_IBGP : s->confed ? KIND_CONFED : s->kind;
}

uint32_t told_tag(const struct outcome *o)
{
	const uint32_t tag = o->set->id << KIND_BITS | kind_of(o->source);

	return tag ? tag : UINT32_MAX;
}

struct from_info *group_from(struct group *g, uint16_t from)
{
	if (from >= g->n_froms) {
		const uint32_t n = from + 8u;

		g->froms = xreallocarray(g->froms, n, sizeof(*g->froms));
		memset(g->froms + g->n_froms, 0, (n - g->n_froms) * sizeof(*g->froms));
		g->n_froms = n;
	}
	return &g->froms[from];
}

static void grow(struct told *t, uint32_t n)
{
	if (n < t->cap + t->cap / 2)
		n = t->cap + t->cap / 2;
	t->tag = xreallocarray(t->tag, n, sizeof(*t->tag));
	t->from = xreallocarray(t->from, n, sizeof(*t->from));
	memset(t->tag + t->cap, 0, (n - t->cap) * sizeof(*t->tag));
	memset(t->from + t->cap, 0, (n - t->cap) * sizeof(*t->from));
	t->cap = n;
}

static void count(struct group *g, uint16_t from, uint32_t n)
{
	g->told.n += n;
	group_from(g, from)->n_told += n;
}

void told_count(struct group *g, uint16_t from, int sign)
{
	count(g, from, (uint32_t)sign);
}

void told_set(struct group *g, uint32_t net, uint32_t tag, uint16_t from)
{
	struct told *t = &g->told;

	if (net >= t->cap) {
		if (!tag)
			return;
		/* All at once: a table that is walked or loaded would make it grow many times. */
		grow(t, rib_net_limit(g->e->rib) + 64);
	}
	if (t->tag[net])
		told_count(g, t->from[net], -1);
	t->tag[net] = tag;
	t->from[net] = tag ? from : 0;
	if (tag)
		told_count(g, from, 1);
}

/* All had been told by the same source. */
static void forget_many(struct group *g, const struct run *run, uint32_t first, uint32_t n)
{
	struct told *t = &g->told;

	for (uint32_t i = first; i < first + n; i++) {
		t->tag[run->nets[i]] = 0;
		t->from[run->nets[i]] = 0;
	}
	count(g, run->say.from, -n);
}

void told_set_many(struct group *g, const struct run *run, uint32_t first, uint32_t n)
{
	const uint16_t from = run->say.from;
	struct told *t = &g->told;
	uint32_t more = n; /* of from */

	if (!run->tag) {
		forget_many(g, run, first, n);
		return;
	}
	if (rib_net_limit(g->e->rib) >= t->cap)
		grow(t, rib_net_limit(g->e->rib) + 64);
	for (uint32_t i = first; i < first + n; i++) {
		const uint32_t net = run->nets[i];

		if (t->tag[net] && t->from[net] == from)
			more--;
		else if (t->tag[net])
			told_count(g, t->from[net], -1);
		t->tag[net] = run->tag;
		t->from[net] = from;
	}
	count(g, from, more);
}

/* Members are not copied: they say themselves which group they are in. */
void told_copy(struct group *dst, const struct group *src)
{
	const struct told *s = &src->told;

	if (s->cap) {
		grow(&dst->told, s->cap);
		memcpy(dst->told.tag, s->tag, s->cap * sizeof(*s->tag));
		memcpy(dst->told.from, s->from, s->cap * sizeof(*s->from));
	}
	if (src->is_multi)
		multi_copy(dst, src);
	dst->told.n = s->n;
	for (uint32_t i = src->n_froms; i-- > 0;)
		group_from(dst, (uint16_t)i)->n_told = src->froms[i].n_told;
}

void told_fini(struct group *g)
{
	multi_fini(&g->multi);
	free(g->told.tag);
	free(g->told.from);
	free(g->froms);
}
