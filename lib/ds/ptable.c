/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One node a byte of the address. The node at depth d holds the prefixes of length 8d+1..8d+8
 * (the root also length 0): a complete binary tree of 511 places, kept as a bit set over its
 * PREORDER numbers. Preorder is the order of the tables (address, then shorter first), so the
 * values lie in the order in which a walk wants them and "next" is "next set bit". A prefix
 * that ends in this node with address byte a (host bits zero) and l bits of it has the number
 *
 *	place(a, l) = 2a - popcount(a) + l
 *
 * because each step to the right skips a left subtree and itself, each step to the left only
 * itself. The child for byte c comes right after place(c, 8) and before every higher place.
 *
 * Values and children are arrays without holes, indexed by the rank of the bit: a directory of
 * counts before each word leaves one popcount a rank. Arrays grow by a quarter, rounded to the
 * sizes that malloc has anyway. Changing one means moving at most 2 KB; a node that becomes
 * empty goes, as do its arrays' spare halves. Most nodes have no children, so that all about them
 * lies apart, and what a lookup reads of a node is two cache lines. Per prefix this costs 4 bytes
 * and its share of a 128-byte node.
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

/* Children of a node that has some. */
struct kids {
	uint64_t set[KID_WORDS];
	uint16_t before[KID_WORDS]; /* set bits before each word */
	uint16_t n;
	uint16_t cap;
	struct node *at[]; /* owned; by rank in set */
};

struct node {
	uint64_t pfx[PFX_WORDS];
	uint16_t before[PFX_WORDS]; /* set bits before each word */
	uint32_t *values;           /* owned; by rank in pfx */
	struct kids *kids;          /* owned; NULL: none */
	uint16_t n;                 /* values */
	uint16_t cap;
};

#define NODE_BYTES (2 * CACHE_LINE)
static_assert(sizeof(struct node) <= NODE_BYTES, "a node takes more lines than it is given");

struct ptable {
	struct node *root; /* owned; never NULL */
	uint32_t count;
	uint32_t n_freed; /* nodes: a way down that was found before may be gone */
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

static inline void set_bit(uint64_t *w, uint16_t *before, unsigned n_words, unsigned i)
{
	w[i / 64] |= UINT64_C(1) << (i % 64);
	for (unsigned k = 0; k < n_words; k++)
		before[k] = (uint16_t)(before[k] + (k > i / 64));
}

static inline void clear_bit(uint64_t *w, uint16_t *before, unsigned n_words, unsigned i)
{
	w[i / 64] &= ~(UINT64_C(1) << (i % 64));
	for (unsigned k = 0; k < n_words; k++)
		before[k] = (uint16_t)(before[k] - (k > i / 64));
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
	t->bytes -= n->cap * sizeof(*n->values);
	n->values = xreallocarray(n->values, cap, sizeof(*n->values));
	n->cap = (uint16_t)cap;
}

static size_t kids_bytes(unsigned cap)
{
	return sizeof(struct kids) + cap * sizeof(struct node *);
}

static struct kids *resize_kids(struct ptable *t, struct node *n, unsigned cap)
{
	const bool is_new = !n->kids;
	const size_t old = is_new ? 0 : kids_bytes(n->kids->cap);

	t->bytes += kids_bytes(cap) - old;
	n->kids = xrealloc(n->kids, kids_bytes(cap));
	if (is_new)
		memset(n->kids, 0, sizeof(*n->kids));
	n->kids->cap = (uint16_t)cap;
	return n->kids;
}

static struct node *node_new(struct ptable *t)
{
	struct node *n = xaligned(CACHE_LINE, NODE_BYTES);

	memset(n, 0, sizeof(*n));
	t->bytes += NODE_BYTES;
	return n;
}

static void node_free(struct ptable *t, struct node *n)
{
	t->bytes -= NODE_BYTES + n->cap * sizeof(*n->values) +
		(n->kids ? kids_bytes(n->kids->cap) : 0);
	t->n_freed++;
	free(n->values);
	free(n->kids);
	free(n);
}

/* Depth is at most MAX_DEPTH: recursion is bounded. */
static void subtree_free(struct ptable *t, struct node *n)
{
	for (unsigned i = 0; n->kids && i < n->kids->n; i++)
		subtree_free(t, n->kids->at[i]);
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
	struct kids *k = n->kids;

	return k && has_bit(k->set, c) ? &k->at[rank(k->set, k->before, c)] : NULL;
}

static inline struct node *child(const struct node *n, uint8_t c)
{
	struct node **slot = child_slot(n, c);

	return slot ? *slot : NULL;
}

static struct node *child_add(struct ptable *t, struct node *n, uint8_t c)
{
	struct kids *k = n->kids;
	unsigned r;

	if (!k || k->n == k->cap)
		k = resize_kids(t, n, kids_cap(k ? k->n : 0));
	r = rank(k->set, k->before, c);
	memmove(&k->at[r + 1], &k->at[r], (k->n - r) * sizeof(struct node *));
	k->at[r] = node_new(t);
	k->n++;
	set_bit(k->set, k->before, KID_WORDS, c);
	return k->at[r];
}

static void child_del(struct ptable *t, struct node *n, uint8_t c)
{
	struct kids *k = n->kids;
	const unsigned r = rank(k->set, k->before, c);

	node_free(t, k->at[r]);
	k->n--;
	memmove(&k->at[r], &k->at[r + 1], (k->n - r) * sizeof(struct node *));
	clear_bit(k->set, k->before, KID_WORDS, c);
	if (k->n == 0) {
		t->bytes -= kids_bytes(k->cap);
		free(k);
		n->kids = NULL;
	} else if (kids_cap(k->n) < k->cap / 2u) {
		(void)resize_kids(t, n, kids_cap(k->n));
	}
}

ALWAYS_INLINE uint32_t *value_add(struct ptable *t, struct node *n, unsigned place)
{
	const unsigned r = rank(n->pfx, n->before, place);

	if (n->n == n->cap)
		resize_values(t, n, values_cap(n->n));
	memmove(&n->values[r + 1], &n->values[r], (n->n - r) * sizeof(*n->values));
	n->values[r] = PTABLE_NONE;
	n->n++;
	set_bit(n->pfx, n->before, PFX_WORDS, place);
	t->count++;
	return &n->values[r];
}

static uint32_t value_del(struct ptable *t, struct node *n, unsigned place)
{
	const unsigned r = rank(n->pfx, n->before, place);
	const uint32_t old = n->values[r];

	n->n--;
	memmove(&n->values[r], &n->values[r + 1], (n->n - r) * sizeof(*n->values));
	clear_bit(n->pfx, n->before, PFX_WORDS, place);
	if (values_cap(n->n) < n->cap / 2u)
		resize_values(t, n, values_cap(n->n));
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
	return n->values[rank(n->pfx, n->before, s.place)];
}

#define NEAR_DEPTH 2 /* nodes above it are few, and in the cache whatever the table */

static inline void prefetch_node(const struct node *n)
{
	prefetch(n);
	prefetch((const char *)n + CACHE_LINE);
}

/* As far down as nobody waits, for most of IPv4 to the end. */
static inline void begin_way(const struct ptable *t, const struct prefix *pfx,
	struct ptable_spot *way)
{
	const struct spot s = spot_of(pfx);
	struct node *n = t->root;
	unsigned d = 0;

	assert(pfx->family == t->family);
	while (d < s.depth && d < NEAR_DEPTH) {
		struct node *next = child(n, pfx->b[d]);

		if (!next)
			break;
		n = next;
		d++;
	}
	prefetch_node(n);
	way->n_freed = t->n_freed;
	way->node = n;
	way->place = (uint16_t)s.place;
	way->depth = (uint8_t)d;
	way->left = (uint8_t)(s.depth - d);
}

/* One byte further with all that have so far to go; whether any has. */
static inline bool descend(struct ptable_spot *way, const struct prefix *pfx, uint32_t n,
	unsigned d)
{
	bool some = false;

	for (uint32_t i = 0; i < n; i++) {
		struct node *next;

		if (way[i].depth != d || !way[i].left)
			continue;
		next = child(way[i].node, pfx[i].b[d]);
		if (!next)
			continue;
		prefetch_node(next);
		way[i].node = next;
		way[i].depth++;
		way[i].left--;
		some = true;
	}
	return some;
}

WITH_POPCOUNT
void ptable_find_many(const struct ptable *t, const struct prefix *pfx, uint32_t n,
	struct ptable_spot *way)
{
	const uint32_t *at[PTABLE_MANY];

	assert(n <= PTABLE_MANY);
	for (uint32_t i = 0; i < n; i++)
		begin_way(t, &pfx[i], &way[i]);
	for (unsigned d = NEAR_DEPTH; descend(way, pfx, n, d); d++)
		;
	for (uint32_t i = 0; i < n; i++) {
		const struct node *node = way[i].node;
		const unsigned place = way[i].place;
		const uint32_t *value = node->n ?
			node->values + rank(node->pfx, node->before, place) :
			NULL;

		prefetch(value); /* one that is not there would stand here */
		at[i] = !way[i].left && has_bit(node->pfx, place) ? value : NULL;
	}
	for (uint32_t i = 0; i < n; i++)
		way[i].value = at[i] ? *at[i] : PTABLE_NONE;
}

/* The slot, from a node on the way to it: left levels further down. */
ALWAYS_INLINE uint32_t *slot_from(struct ptable *t, const struct prefix *pfx,
	const struct ptable_spot *s)
{
	struct node *n = s->node;

	for (unsigned d = s->depth; d < s->depth + (unsigned)s->left; d++) {
		struct node *next = child(n, pfx->b[d]);

		n = next ? next : child_add(t, n, pfx->b[d]);
	}
	if (has_bit(n->pfx, s->place))
		return &n->values[rank(n->pfx, n->before, s->place)];
	return value_add(t, n, s->place);
}

WITH_POPCOUNT
uint32_t *ptable_slot(struct ptable *t, const struct prefix *pfx)
{
	const struct spot s = spot_of(pfx);
	const struct ptable_spot way = {
		.node = t->root,
		.place = (uint16_t)s.place,
		.left = (uint8_t)s.depth,
	};

	assert(pfx->family == t->family);
	return slot_from(t, pfx, &way);
}

WITH_POPCOUNT
uint32_t *ptable_slot_at(struct ptable *t, const struct prefix *pfx, const struct ptable_spot *s)
{
	if (unlikely(s->n_freed != t->n_freed))
		return ptable_slot(t, pfx);
	return slot_from(t, pfx, s);
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
	for (unsigned d = s.depth; d > 0 && !path[d]->n && !path[d]->kids; d--)
		child_del(t, path[d - 1], pfx->b[d - 1]);
	return old;
}

/* Longest l <= max_l for which the node at depth d has the first l bits of byte b; -1 if none. */
static int longest_in(const struct node *n, uint8_t b, unsigned max_l, unsigned *place)
{
	if (!n->n)
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
			return path[d]->values[rank(path[d]->pfx, path[d]->before, place)];
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
	f->value_rank = (uint16_t)(place < 512 ? rank(n->pfx, n->before, place) : n->n);
	f->kid_rank = (uint16_t)(n->kids && kid < 256 ? rank(n->kids->set, n->kids->before, kid) :
							0);
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
		const unsigned c = n->kids ? next_bit(n->kids->set, KID_WORDS, f->kid) : NO_PLACE;
		uint8_t byte;

		if (c != NO_PLACE && place_of((uint8_t)c, 8) < p) {
			f->kid = (uint16_t)(c + 1);
			f->place = (uint16_t)p;
			w->at.b[w->depth] = (uint8_t)c;
			w->depth++;
			w->frames[w->depth] = (struct frame){ .node = n->kids->at[f->kid_rank++] };
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
