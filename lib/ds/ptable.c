/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One node a byte of the address. The node at depth d holds the prefixes of length 8d+1..8d+8
 * (the root also length 0): a complete binary tree of 511 places, known by their PREORDER
 * numbers. Preorder is the order of the tables (address, then shorter first), so the values lie
 * in the order in which a walk wants them and "next" is "next place that is taken". A prefix
 * that ends in this node with address byte a (host bits zero) and l bits of it has the number
 *
 *	place(a, l) = 2a - popcount(a) + l
 *
 * because each step to the right skips a left subtree and itself, each step to the left only
 * itself. The child for byte c comes right after place(c, 8) and before every higher place.
 *
 * Values and children are arrays without holes, by rank; see ptable_node.h for the two kinds of
 * nodes. Changing one means moving at most 2 KB; a node that becomes empty goes. Per prefix this
 * costs 4 octets for its value, 2 for its place, and its share of a header and a pointer: 8 in all
 * in a table of a million, 14 in one of 100,000.
 *
 * Rejected: path compression (chains of lone IPv6 nodes take 24 octets each, and every change may
 * then split or join nodes), one trie over both families (a branch in the hottest loop), and bit
 * sets in all nodes, which are 144 octets for four prefixes in a table of 100,000.
 */
#include "lib/ds/ptable.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/compiler.h"
#include "lib/base/xalloc.h"
#include "lib/ds/ptable_node.h"

#define MAX_DEPTH  16 /* bytes of an IPv6 address */
#define CACHE_LINE 64

/* Where a prefix lives: which node on its path, and which place there. */
struct spot {
	unsigned depth;
	unsigned place;
};

/* popcount of a byte: at hand also where the builtin is a call. */
#define P2(n) (n), (n) + 1, (n) + 1, (n) + 2
#define P4(n) P2(n), P2((n) + 1), P2((n) + 1), P2((n) + 2)
#define P6(n) P4(n), P4((n) + 1), P4((n) + 1), P4((n) + 2)
static const uint8_t popcount8[256] = { P6(0), P6(1), P6(1), P6(2) };

static inline unsigned place_of(uint8_t a, unsigned l)
{
	return 2u * a - popcount8[a] + l;
}

static inline struct spot spot_of(const struct prefix *p)
{
	const unsigned depth = p->len ? (p->len - 1u) / 8 : 0;

	return (struct spot){ depth, place_of(p->b[depth], p->len - 8 * depth) };
}

/* Inverse of place_of: walk down the binary tree. */
static unsigned bits_of_place(unsigned place, uint8_t *a)
{
	unsigned left = 255; /* places of a left subtree */
	unsigned l = 0;
	unsigned bit = 0x80;

	*a = 0;
	for (; place; l++, bit >>= 1, left >>= 1) {
		place--;
		if (place >= left) {
			place -= left;
			*a |= (uint8_t)bit;
		}
	}
	return l;
}

/* Depth is at most MAX_DEPTH: recursion is bounded. */
static void subtree_free(struct node *n, struct node_use *use)
{
	for (unsigned i = 0; i < n->n_kids; i++)
		subtree_free(node_kids(n)[i], use);
	node_free(n, use);
}

struct ptable *ptable_new(uint8_t family)
{
	struct ptable *t = xcalloc(1, sizeof(*t));

	t->family = family;
	t->use.bytes = sizeof(*t);
	t->root = node_new(&t->use);
	return t;
}

void ptable_free(struct ptable *t)
{
	if (!t)
		return;
	subtree_free(t->root, &t->use);
	free(t);
}

/* Where the child for a byte is named; NULL = there is none. */
static inline struct node **child_slot(const struct node *n, uint8_t c)
{
	const unsigned r = kid_rank(n, c);

	return has_kid(n, c, r) ? &node_kids(n)[r] : NULL;
}

static inline struct node *child(const struct node *n, uint8_t c)
{
	struct node **slot = child_slot(n, c);

	return slot ? *slot : NULL;
}

/* PTABLE_NONE = there is no value. */
static inline uint32_t value_at(const struct node *n, unsigned place)
{
	const unsigned r = value_rank(n, place);

	return has_value(n, place, r) ? node_values(n)[r] : PTABLE_NONE;
}

WITH_POPCOUNT
uint32_t ptable_get(const struct ptable *t, const struct prefix *pfx)
{
	const struct spot s = spot_of(pfx);
	const struct node *n = t->root;

	assert(pfx->family == t->family);
	for (unsigned d = 0; d < s.depth; d++) {
		n = child(n, pfx->b[d]);
		if (!n)
			return PTABLE_NONE;
	}
	return value_at(n, s.place);
}

/* The way down to a prefix, gone together with others. */
struct way {
	const struct node *node; /* the deepest one so far; NULL = the way has ended above */
	struct node **slot;      /* names the next one; NULL = there is none, or no need */
	uint8_t depth;           /* of node */
};

/* Where does the next node stand? */
static inline void look_down(struct way *w, const struct prefix *pfx, struct ptable_spot *spot)
{
	w->slot = NULL;
	if (w->depth == spot->last)
		return;
	if (w->node->n_kids) {
		spot->parent = w->node;
		spot->depth = w->depth;
		w->slot = child_slot(w->node, pfx->b[w->depth]);
	}
	if (!w->slot)
		w->node = NULL;
}

static inline void step_down(struct way *w)
{
	w->node = *w->slot;
	w->depth++;
}

/* To the next node, all that have one to go to; whether any is to go further. */
static inline bool descend(struct way *way, const struct prefix *pfx, struct ptable_spot *spots,
	uint32_t n)
{
	bool more = false;

	for (uint32_t i = 0; i < n; i++) {
		if (!way[i].slot)
			continue;
		step_down(&way[i]);
		prefetch(way[i].node);
		prefetch((const char *)way[i].node + CACHE_LINE);
		if (likely(way[i].depth == spots[i].last))
			way[i].slot = NULL;
		else
			more = true;
	}
	if (likely(!more))
		return false;
	for (uint32_t i = 0; i < n; i++) {
		if (!way[i].slot)
			continue;
		look_down(&way[i], &pfx[i], &spots[i]);
		prefetch(way[i].slot);
	}
	return true;
}

/* The root, and what it names, are in the cache whatever the table: two nodes are one step. */
static inline void set_out(struct way *w, const struct ptable *t, const struct prefix *pfx,
	struct ptable_spot *spot)
{
	const struct spot s = spot_of(pfx);

	assert(pfx->family == t->family);
	*spot = (struct ptable_spot){
		.n_moved = t->use.n_moved,
		.place = (uint16_t)s.place,
		.last = (uint8_t)s.depth,
	};
	*w = (struct way){ .node = t->root };
	look_down(w, pfx, spot);
	if (!w->slot)
		return;
	step_down(w);
	look_down(w, pfx, spot);
	prefetch(w->slot);
}

WITH_POPCOUNT
void ptable_find_many(const struct ptable *t, const struct prefix *pfx, uint32_t n,
	struct ptable_spot *spots)
{
	struct way way[PTABLE_MANY];
	const uint32_t *at[PTABLE_MANY];

	assert(n <= PTABLE_MANY);
	for (uint32_t i = 0; i < n; i++)
		set_out(&way[i], t, &pfx[i], &spots[i]);
	while (descend(way, pfx, spots, n))
		;
	for (uint32_t i = 0; i < n; i++) {
		const struct node *node = way[i].node;
		const uint32_t *value;
		unsigned r;

		at[i] = NULL;
		if (!node)
			continue;
		r = value_rank(node, spots[i].place);
		value = node_values(node) + r;
		prefetch(value); /* one that is not there would stand here */
		if (has_value(node, spots[i].place, r))
			at[i] = value;
	}
	for (uint32_t i = 0; i < n; i++)
		spots[i].value = at[i] ? *at[i] : PTABLE_NONE;
}

/* In the last node of a way. */
ALWAYS_INLINE uint32_t *slot_in(struct ptable *t, struct node **last, unsigned place)
{
	struct node *n = *last;
	const unsigned r = value_rank(n, place);
	uint32_t *value;

	if (has_value(n, place, r))
		return &node_values(n)[r];
	t->count++;
	if (likely(!n->is_large && n->n_values < n->cap_values))
		value = small_put(n, place, r);
	else
		value = value_add(last, place, r, &t->use);
	*value = PTABLE_NONE;
	return value;
}

WITH_POPCOUNT
uint32_t *ptable_slot(struct ptable *t, const struct prefix *pfx)
{
	const struct spot s = spot_of(pfx);
	struct node **slot = &t->root;

	assert(pfx->family == t->family);
	for (unsigned d = 0; d < s.depth; d++) {
		struct node **next = child_slot(*slot, pfx->b[d]);

		slot = next ? next : kid_add(slot, pfx->b[d], &t->use);
	}
	return slot_in(t, slot, s.place);
}

/* Nodes without children move as they grow, so their parents are remembered. */
WITH_POPCOUNT
uint32_t *ptable_slot_at(struct ptable *t, const struct prefix *pfx, const struct ptable_spot *s)
{
	struct node **slot = NULL;

	if (likely(s->parent && s->depth + 1 == s->last && s->n_moved == t->use.n_moved))
		slot = child_slot(s->parent, pfx->b[s->depth]);
	return slot ? slot_in(t, slot, s->place) : ptable_slot(t, pfx);
}

uint32_t ptable_set(struct ptable *t, const struct prefix *pfx, uint32_t value)
{
	uint32_t *slot = ptable_slot(t, pfx);
	const uint32_t old = *slot;

	assert(value != PTABLE_NONE);
	*slot = value;
	return old;
}

WITH_POPCOUNT
uint32_t ptable_del(struct ptable *t, const struct prefix *pfx)
{
	const struct spot s = spot_of(pfx);
	struct node **path[MAX_DEPTH];
	uint32_t old;
	unsigned r;

	assert(pfx->family == t->family);
	path[0] = &t->root;
	for (unsigned d = 0; d < s.depth; d++) {
		path[d + 1] = child_slot(*path[d], pfx->b[d]);
		if (!path[d + 1])
			return PTABLE_NONE;
	}
	r = value_rank(*path[s.depth], s.place);
	if (!has_value(*path[s.depth], s.place, r))
		return PTABLE_NONE;
	old = value_del(path[s.depth], s.place, r, &t->use);
	t->count--;
	/* A node that moves is named by the same slot as before, so those above stay right. */
	for (unsigned d = s.depth; d > 0 && !(*path[d])->n_values && !(*path[d])->n_kids; d--)
		kid_del(path[d - 1], pfx->b[d - 1], &t->use);
	return old;
}

/* Longest l <= max_l for which the node at depth d has the first l bits of byte b; -1 if none. */
static int longest_in(const struct node *n, uint8_t b, unsigned max_l, unsigned *place)
{
	if (!n->n_values)
		return -1;
	for (int l = (int)max_l; l >= 0; l--) {
		*place = place_of((uint8_t)(b & (0xff00 >> l)), (unsigned)l);
		if (has_value(n, *place, value_rank(n, *place)))
			return l;
	}
	return -1;
}

uint32_t ptable_match(const struct ptable *t, const struct prefix *pfx, struct prefix *found)
{
	const unsigned depth = spot_of(pfx).depth;
	const struct ip_addr addr = prefix_addr(pfx);
	const struct node *path[MAX_DEPTH];
	unsigned d = 0;

	assert(pfx->family == t->family);
	path[0] = t->root;
	while (d < depth && (path[d + 1] = child(path[d], pfx->b[d])))
		d++;
	for (;; d--) {
		const unsigned max_l = d == depth ? pfx->len - 8 * d : 8;
		unsigned place;
		const int l = longest_in(path[d], pfx->b[d], max_l, &place);

		if (l >= 0) {
			*found = prefix_make(&addr, (uint8_t)(8 * d + (unsigned)l));
			return value_at(path[d], place);
		}
		if (d == 0)
			return PTABLE_NONE;
	}
}

/* How far a walk has come in one node of its path. */
struct frame {
	const struct node *node;
	uint16_t place; /* next prefix: first set bit here or after */
	uint16_t kid;   /* next child: likewise */
	uint16_t value_rank;
	uint16_t kid_rank;
};

struct walk {
	struct frame frames[MAX_DEPTH];
	unsigned depth;
	struct prefix at;
};

/* Skip all that comes before (place, kid) in the node. */
static void enter(struct frame *f, const struct node *n, unsigned place, unsigned kid)
{
	f->node = n;
	f->place = (uint16_t)place;
	f->kid = (uint16_t)kid;
	f->value_rank = (uint16_t)(place < NO_PLACE ? value_rank(n, place) : n->n_values);
	f->kid_rank = (uint16_t)(kid < 256 ? kid_rank(n, kid) : n->n_kids);
}

/* First place not yet seen that has a value, or NO_PLACE. */
static unsigned next_place(const struct frame *f)
{
	const struct node *n = f->node;

	if (n->is_large)
		return next_bit(large_of(n)->pfx, PFX_WORDS, f->place);
	return f->value_rank < n->n_values ? small_places(n)[f->value_rank] : NO_PLACE;
}

/* First byte not yet seen that has a child, or NO_PLACE. */
static unsigned next_kid(const struct frame *f)
{
	const struct node *n = f->node;

	if (n->is_large)
		return next_bit(large_of(n)->kid, KID_WORDS, f->kid);
	return f->kid_rank < n->n_kids ? small_bytes(n)[f->kid_rank] : NO_PLACE;
}

/* Stand before the first entry that is greater than the key (or equal, with inclusive). */
static void seek(struct walk *w, const struct ptable *t, const struct prefix *key, bool inclusive)
{
	const struct spot s = spot_of(key);
	const struct node *n = t->root;

	w->at = prefix_any(t->family);
	for (w->depth = 0; w->depth < s.depth; w->depth++) {
		const uint8_t b = key->b[w->depth];
		const struct node *next = child(n, b);

		/* Ancestors and all left of them are less than the key; so is nothing else. */
		enter(&w->frames[w->depth], n, place_of(b, 8) + 1, b + 1u);
		if (!next)
			return;
		w->at.b[w->depth] = b;
		n = next;
	}
	enter(&w->frames[s.depth], n, s.place + !inclusive, key->b[s.depth]);
}

/* Next entry in order: fills at, returns its value; PTABLE_NONE at the end. */
static uint32_t advance(struct walk *w)
{
	for (;;) {
		struct frame *f = &w->frames[w->depth];
		const struct node *n = f->node;
		const unsigned p = next_place(f);
		const unsigned c = next_kid(f);
		uint8_t byte;

		if (c != NO_PLACE && place_of((uint8_t)c, 8) < p) {
			f->kid = (uint16_t)(c + 1);
			f->place = (uint16_t)p;
			w->at.b[w->depth] = (uint8_t)c;
			w->depth++;
			w->frames[w->depth] = (struct frame){ .node = node_kids(n)[f->kid_rank++] };
			continue;
		}
		if (p != NO_PLACE) {
			w->at.len = (uint8_t)(8 * w->depth + bits_of_place(p, &byte));
			w->at.b[w->depth] = byte;
			f->place = (uint16_t)(p + 1);
			return node_values(n)[f->value_rank++];
		}
		w->at.b[w->depth] = 0;
		if (w->depth == 0)
			return PTABLE_NONE;
		w->depth--;
	}
}

uint32_t ptable_walk(const struct ptable *t, struct prefix *key, bool inclusive, uint32_t max,
	bool (*fn)(void *ctx, const struct prefix *pfx, uint32_t value), void *ctx)
{
	struct walk w;
	uint32_t seen = 0;

	assert(key->family == t->family);
	seek(&w, t, key, inclusive);
	while (seen < max) {
		const uint32_t value = advance(&w);

		if (value == PTABLE_NONE)
			break;
		*key = w.at;
		seen++;
		if (!fn(ctx, &w.at, value))
			break;
	}
	return seen;
}

uint32_t ptable_next(const struct ptable *t, struct prefix *key, bool inclusive)
{
	struct walk w;
	uint32_t value;

	assert(key->family == t->family);
	seek(&w, t, key, inclusive);
	value = advance(&w);
	if (value != PTABLE_NONE)
		*key = w.at;
	return value;
}

uint32_t ptable_count(const struct ptable *t)
{
	return t->count;
}

size_t ptable_bytes(const struct ptable *t)
{
	return t->use.bytes;
}
