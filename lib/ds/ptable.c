/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One node a byte of the address. The node at depth d holds the prefixes of length 8d+1..8d+8
 * (the root also length 0): a complete binary tree of 511 places, kept as a bit set over its
 * PREORDER numbers. Preorder is the order of the tables (address, then shorter first), so the
 * values lie in the order in which a walk wants them and "next" is "next set bit". A prefix
 * that ends in this node with address byte a (host bits zero) and l bits of it has the number
 *
 *
 *
 * because each step to the right skips a left subtree and itself, each step to the left only
 * itself. The child for byte c comes right after place(c, 8) and before every higher place.
 *
 * Values and children are arrays without holes, indexed by the rank of the bit: a directory of
 * counts before each word leaves one popcount a rank. Arrays grow by a quarter, rounded to the
 * sizes that malloc has anyway. Changing one means moving at most 2 KB; a node that becomes
 * empty goes, as do its arrays' spare halves. Per prefix this costs 4 bytes and its share of a
 * 144-byte node.
 *
 * Rejected: path compression (lone IPv6 nodes would shrink, but every change may then split or
 * join nodes), and one trie over both families (a branch in the hottest loop).
 */
#include "lib/ds/ptable.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/compiler.h"
#include "lib/base/xalloc.h"

#define PFX_WORDS  8  /* 511 places */
#define KID_WORDS  4  /* 256 bytes */
#define MAX_DEPTH  16 /* bytes of an IPv6 address */
#define CACHE_LINE 64
#define NO_PLACE   512 /* beyond the last place, also for children */

struct node {
	uint64_t pfx[PFX_WORDS];
	uint16_t pfx_before[PFX_WORDS]; /* set bits before each word */
	uint16_t kid_before[KID_WORDS];
	uint64_t kid[KID_WORDS];
	uint32_t *values;   /* owned; by rank in pfx */
	struct node **kids; /* owned; by rank in kid */
	uint16_t n_values;
	uint16_t cap_values;
	uint16_t n_kids;
	uint16_t cap_kids;
};

struct ptable {
	struct node *root; /* owned; never NULL */
	uint32_t count;
	uint8_t family;
	size_t bytes; /* nodes and arrays */
};

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

static inline bool has_bit(const uint64_t *w, unsigned i)
{
	return w[i / 64] >> (i % 64) & 1;
}

static inline unsigned rank(const uint64_t *w, const uint16_t *before, unsigned i)
{
	const uint64_t below = w[i / 64] & ((UINT64_C(1) << (i % 64)) - 1);

	return before[i / 64] + (unsigned)__builtin_popcountll(below);
}

/* First set bit >= i, or NO_PLACE. */
static inline unsigned next_bit(const uint64_t *w, unsigned n_words, unsigned i)
{
	unsigned k = i / 64;
	uint64_t v;

	if (k >= n_words)
		return NO_PLACE;
	v = w[k] & UINT64_MAX << (i % 64);
	while (!v) {
		if (++k == n_words)
			return NO_PLACE;
		v = w[k];
	}
	return 64 * k + (unsigned)__builtin_ctzll(v);
}

static void set_bit(uint64_t *w, uint16_t *before, unsigned n_words, unsigned i)
{
	w[i / 64] |= UINT64_C(1) << (i % 64);
	for (unsigned k = i / 64 + 1; k < n_words; k++)
		before[k]++;
}

static void clear_bit(uint64_t *w, uint16_t *before, unsigned n_words, unsigned i)
{
	w[i / 64] &= ~(UINT64_C(1) << (i % 64));
	for (unsigned k = i / 64 + 1; k < n_words; k++)
		before[k]--;
}

/* Room for n and a quarter more, such that malloc's 16k + 8 bytes are used up. */
static unsigned values_cap(unsigned n)
{
	return ((n + n / 4 + 1) / 4) * 4 + 6;
}

static unsigned kids_cap(unsigned n)
{
	return (n + n / 4 + 2) | 1;
}

static void resize_values(struct ptable *t, struct node *n, unsigned cap)
{
	t->bytes += cap * sizeof(*n->values);
	t->bytes -= n->cap_values * sizeof(*n->values);
	n->values = xreallocarray(n->values, cap, sizeof(*n->values));
	n->cap_values = (uint16_t)cap;
}

static void resize_kids(struct ptable *t, struct node *n, unsigned cap)
{
	t->bytes += cap * sizeof(struct node *);
	t->bytes -= n->cap_kids * sizeof(struct node *);
	n->kids = xreallocarray(n->kids, cap, sizeof(struct node *));
	n->cap_kids = (uint16_t)cap;
}

static struct node *node_new(struct ptable *t)
{
	t->bytes += sizeof(struct node);
	return xcalloc(1, sizeof(struct node));
}

static void node_free(struct ptable *t, struct node *n)
{
	t->bytes -= sizeof(*n) + n->cap_values * sizeof(*n->values) +
		n->cap_kids * sizeof(struct node *);
	free(n->values);
	free(n->kids);
	free(n);
}

/* Depth is at most MAX_DEPTH: recursion is bounded. */
static void subtree_free(struct ptable *t, struct node *n)
{
	for (unsigned i = 0; i < n->n_kids; i++)
		subtree_free(t, n->kids[i]);
	node_free(t, n);
}

struct ptable *ptable_new(uint8_t family)
{
	struct ptable *t = xcalloc(1, sizeof(*t));

	t->family = family;
	t->bytes = sizeof(*t);
	t->root = node_new(t);
	return t;
}

void ptable_free(struct ptable *t)
{
	if (!t)
		return;
	subtree_free(t, t->root);
	free(t);
}

/* Where the child for a byte is named; NULL = there is none. */
static inline struct node **child_slot(const struct node *n, uint8_t c)
{
	return has_bit(n->kid, c) ? &n->kids[rank(n->kid, n->kid_before, c)] : NULL;
}

static inline struct node *child(const struct node *n, uint8_t c)
{
	struct node **slot = child_slot(n, c);

	return slot ? *slot : NULL;
}

static struct node *child_add(struct ptable *t, struct node *n, uint8_t c)
{
	const unsigned r = rank(n->kid, n->kid_before, c);

	if (n->n_kids == n->cap_kids)
		resize_kids(t, n, kids_cap(n->n_kids));
	memmove(&n->kids[r + 1], &n->kids[r], (n->n_kids - r) * sizeof(struct node *));
	n->kids[r] = node_new(t);
	n->n_kids++;
	set_bit(n->kid, n->kid_before, KID_WORDS, c);
	return n->kids[r];
}

static void child_del(struct ptable *t, struct node *n, uint8_t c)
{
	const unsigned r = rank(n->kid, n->kid_before, c);

	node_free(t, n->kids[r]);
	n->n_kids--;
	memmove(&n->kids[r], &n->kids[r + 1], (n->n_kids - r) * sizeof(struct node *));
	clear_bit(n->kid, n->kid_before, KID_WORDS, c);
	if (kids_cap(n->n_kids) < n->cap_kids / 2u)
		resize_kids(t, n, kids_cap(n->n_kids));
}

static uint32_t *value_add(struct ptable *t, struct node *n, unsigned place)
{
	const unsigned r = rank(n->pfx, n->pfx_before, place);

	if (n->n_values == n->cap_values)
		resize_values(t, n, values_cap(n->n_values));
	memmove(&n->values[r + 1], &n->values[r], (n->n_values - r) * sizeof(*n->values));
	n->values[r] = PTABLE_NONE;
	n->n_values++;
	set_bit(n->pfx, n->pfx_before, PFX_WORDS, place);
	t->count++;
	return &n->values[r];
}

static uint32_t value_del(struct ptable *t, struct node *n, unsigned place)
{
	const unsigned r = rank(n->pfx, n->pfx_before, place);
	const uint32_t old = n->values[r];

	n->n_values--;
	memmove(&n->values[r], &n->values[r + 1], (n->n_values - r) * sizeof(*n->values));
	clear_bit(n->pfx, n->pfx_before, PFX_WORDS, place);
	if (values_cap(n->n_values) < n->cap_values / 2u)
		resize_values(t, n, values_cap(n->n_values));
	t->count--;
	return old;
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
	if (!has_bit(n->pfx, s.place))
		return PTABLE_NONE;
	return n->values[rank(n->pfx, n->pfx_before, s.place)];
}

/* A way down that is gone together with others. */
struct descent {
	const struct node *node; /* NULL: it ends above the prefix */
	struct node **slot;      /* names the next one */
	struct spot spot;
};

/* One byte further with all that have so far to go. */
static inline void descend(struct descent *way, const struct prefix *pfx, uint32_t n, unsigned d)
{
	for (uint32_t i = 0; i < n; i++) {
		if (!way[i].node || d >= way[i].spot.depth)
			continue;
		way[i].slot = child_slot(way[i].node, pfx[i].b[d]);
		prefetch(way[i].slot);
	}
	for (uint32_t i = 0; i < n; i++) {
		if (!way[i].node || d >= way[i].spot.depth)
			continue;
		way[i].node = way[i].slot ? *way[i].slot : NULL;
		for (size_t at = 0; way[i].node && at < sizeof(struct node); at += CACHE_LINE)
			prefetch((const char *)way[i].node + at);
	}
}

WITH_POPCOUNT
void ptable_get_many(const struct ptable *t, const struct prefix *pfx, uint32_t n, uint32_t *values)
{
	struct descent way[PTABLE_MANY];
	unsigned deepest = 0;

	assert(n <= PTABLE_MANY);
	for (uint32_t i = 0; i < n; i++) {
		assert(pfx[i].family == t->family);
		way[i] = (struct descent){ .node = t->root, .spot = spot_of(&pfx[i]) };
		if (way[i].spot.depth > deepest)
			deepest = way[i].spot.depth;
	}
	for (unsigned d = 0; d < deepest; d++)
		descend(way, pfx, n, d);
	for (uint32_t i = 0; i < n; i++) {
		const struct node *at = way[i].node;

		if (at && at->n_values) /* a value that is not there would stand here */
			prefetch(&at->values[rank(at->pfx, at->pfx_before, way[i].spot.place)]);
	}
	for (uint32_t i = 0; i < n; i++) {
		const struct node *at = way[i].node;
		const unsigned place = way[i].spot.place;

		values[i] = at && has_bit(at->pfx, place) ?
			at->values[rank(at->pfx, at->pfx_before, place)] :
			PTABLE_NONE;
	}
}

WITH_POPCOUNT
uint32_t *ptable_slot(struct ptable *t, const struct prefix *pfx)
{
	const struct spot s = spot_of(pfx);
	struct node *n = t->root;

	assert(pfx->family == t->family);
	for (unsigned d = 0; d < s.depth; d++) {
		struct node *next = child(n, pfx->b[d]);

		n = next ? next : child_add(t, n, pfx->b[d]);
	}
	if (has_bit(n->pfx, s.place))
		return &n->values[rank(n->pfx, n->pfx_before, s.place)];
	return value_add(t, n, s.place);
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
	struct node *path[MAX_DEPTH];
	uint32_t old;

	assert(pfx->family == t->family);
	path[0] = t->root;
	for (unsigned d = 0; d < s.depth; d++) {
		path[d + 1] = child(path[d], pfx->b[d]);
		if (!path[d + 1])
			return PTABLE_NONE;
	}
	if (!has_bit(path[s.depth]->pfx, s.place))
		return PTABLE_NONE;
	old = value_del(t, path[s.depth], s.place);
	for (unsigned d = s.depth; d > 0 && !path[d]->n_values && !path[d]->n_kids; d--)
		child_del(t, path[d - 1], pfx->b[d - 1]);
	return old;
}

/* Longest l <= max_l for which the node at depth d has the first l bits of byte b; -1 if none. */
static int longest_in(const struct node *n, uint8_t b, unsigned max_l, unsigned *place)
{
	if (!n->n_values)
		return -1;
	for (int l = (int)max_l; l >= 0; l--) {
		*place = place_of((uint8_t)(b & (0xff00 >> l)), (unsigned)l);
		if (has_bit(n->pfx, *place))
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
			return path[d]->values[rank(path[d]->pfx, path[d]->pfx_before, place)];
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
	f->value_rank = (uint16_t)(place < 512 ? rank(n->pfx, n->pfx_before, place) : n->n_values);
	f->kid_rank = (uint16_t)(kid < 256 ? rank(n->kid, n->kid_before, kid) : n->n_kids);
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
		const unsigned p = next_bit(n->pfx, PFX_WORDS, f->place);
		const unsigned c = next_bit(n->kid, KID_WORDS, f->kid);
		uint8_t byte;

		if (c != NO_PLACE && place_of((uint8_t)c, 8) < p) {
			f->kid = (uint16_t)(c + 1);
			f->place = (uint16_t)p;
			w->at.b[w->depth] = (uint8_t)c;
			w->depth++;
			w->frames[w->depth] = (struct frame){ .node = n->kids[f->kid_rank++] };
			continue;
		}
		if (p != NO_PLACE) {
			w->at.len = (uint8_t)(8 * w->depth + bits_of_place(p, &byte));
			w->at.b[w->depth] = byte;
			f->place = (uint16_t)(p + 1);
			return n->values[f->value_rank++];
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

uint32_t ptable_next_within(const struct ptable *t, const struct prefix *within, struct prefix *key,
	bool inclusive)
{
	/* What a prefix covers is one run of the order, and the prefix comes first in it. */
	const bool before = prefix_cmp(key, within) < 0;
	struct prefix at = before ? *within : *key;
	const uint32_t value = ptable_next(t, &at, inclusive || before);

	if (value == PTABLE_NONE || !prefix_covers(within, &at))
		return PTABLE_NONE;
	*key = at;
	return value;
}

uint32_t ptable_count(const struct ptable *t)
{
	return t->count;
}

size_t ptable_bytes(const struct ptable *t)
{
	return t->bytes;
}
