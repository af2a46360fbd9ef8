/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sweep: values that are marked go, node by node in the order of the table. A value that goes by
 * itself is searched, and what stands behind it moves; of a node that is swept the values that stay
 * move once, however many go, and nothing is searched.
 */
#include <string.h>

#include "lib/ds/ptable.h"
#include "lib/ds/ptable_node.h"

#define CACHE_LINE 64

struct sweep {
	struct ptable *t;
	const struct ptable_purge *purge;
	struct ptable_place from; /* the first node that is to be visited, or would be */
	struct ptable_place *at;
	uint32_t left; /* values and nodes */
};

static bool visit(struct sweep *s, struct node **slot, unsigned depth, bool on_way);

/* Children from that byte on; those that are empty afterwards go. True: that was enough. */
static bool visit_kids(struct sweep *s, struct node **slot, unsigned depth, bool on_way)
{
	unsigned next = on_way ? s->from.b[depth] : 0;
	unsigned r = next ? kid_rank(*slot, next) : 0;
	bool enough = false;

	while (r < (*slot)->n_kids && !enough) {
		const struct node *n = *slot;
		struct node **kids = node_kids(n);
		const unsigned c = n->is_large ? next_bit(large_of(n)->kid, KID_WORDS, next) :
						 small_bytes(n)[r];

		if (r + 1 < n->n_kids) {
			prefetch(kids[r + 1]);
			prefetch((const char *)kids[r + 1] + CACHE_LINE);
		}
		s->at->b[depth] = (uint8_t)c;
		enough = visit(s, &kids[r], depth + 1, on_way && c == s->from.b[depth]);
		next = c + 1;
		if (kids[r]->n_values || kids[r]->n_kids)
			r++;
		else
			kid_del(slot, c, &s->t->use);
	}
	return enough;
}

/* on_way: a sweep that was here before goes on below, or with this node. */
static bool visit(struct sweep *s, struct node **slot, unsigned depth, bool on_way)
{
	const bool is_above = on_way && depth < s->from.depth;

	if (!is_above) {
		const uint32_t cost = 1u + (*slot)->n_values;

		if (!s->left) {
			s->at->depth = (uint8_t)depth;
			return true;
		}
		s->left -= cost < s->left ? cost : s->left;
		s->t->count -= values_purge(slot, s->purge, &s->t->use);
	}
	return visit_kids(s, slot, depth, is_above);
}

bool ptable_sweep(struct ptable *t, struct ptable_place *at, uint32_t max,
	const struct ptable_purge *p)
{
	struct sweep s = { .t = t, .purge = p, .from = *at, .at = at, .left = max };

	if (visit(&s, &t->root, 0, true))
		return true;
	*at = (struct ptable_place){ 0 };
	return false;
}
