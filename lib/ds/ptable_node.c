/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nodes of a prefix table, as they change. A small node is
 *
 *	header 8 | places 2 each | bytes 1 each | values 4 each | children 8 each
 *
 * with room for some more of each, such that malloc's 16k + 8 octets are used up. Beyond
 * SMALL_VALUES or SMALL_KIDS it becomes a large one, which is then no larger than what it was, and
 * much below these it is made small again. At 100,000 prefixes of a public table a node has four
 * values, at a million eighteen.
 */
#include "lib/ds/ptable_node.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/xalloc.h"
#include "lib/ds/bitmap.h"

#define SMALL_VALUES 64
#define SMALL_KIDS   16
#define HEAP_HEAD    8  /* octets that malloc adds, to a multiple of 16 */
#define HEAP_MIN     24 /* and the least that it gives */

static struct large *large_in(struct node *n)
{
	return (void *)n;
}

/* Room for more, of a large node. */
static unsigned large_cap(unsigned n)
{
	return (n + n / 4 + 2) | 1;
}

static size_t small_size(unsigned cap_values, unsigned cap_kids)
{
	return small_kids_at(cap_values, cap_kids) + cap_kids * sizeof(struct node *);
}

/* What malloc makes of a size anyway. */
static size_t heap_size(size_t size)
{
	return size < HEAP_MIN ? HEAP_MIN : ((size + HEAP_HEAD + 15) & ~(size_t)15) - HEAP_HEAD;
}

/* For n values and as many as fit beside them without another octet. */
static unsigned small_cap(unsigned n, unsigned cap_kids)
{
	unsigned cap = n + n / 4;
	const size_t room = heap_size(small_size(cap, cap_kids));

	while (small_size(cap + 1, cap_kids) <= room)
		cap++;
	return cap;
}

static size_t octets_of(const struct node *n)
{
	if (!n->is_large)
		return heap_size(small_size(n->cap_values, n->cap_kids));
	return sizeof(struct large) + n->cap_values * sizeof(uint32_t) +
		large_of(n)->cap_kids * sizeof(struct node *);
}

static_assert(sizeof(struct node) + sizeof(lanes) <= HEAP_MIN, "places are read by lanes");

static struct node *small_new(unsigned cap_values, unsigned cap_kids)
{
	struct node *n = xmalloc(heap_size(small_size(cap_values, cap_kids)));

	*n = (struct node){ .cap_values = (uint16_t)cap_values, .cap_kids = (uint8_t)cap_kids };
	return n;
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

struct node *node_new(struct node_use *use)
{
	struct node *n = small_new(small_cap(0, 0), 0);

	use->bytes += octets_of(n);
	return n;
}

void node_free(struct node *n, struct node_use *use)
{
	use->bytes -= octets_of(n);
	if (n->is_large) {
		free(large_of(n)->values);
		free(large_of(n)->kids);
	}
	free(n);
}

/* Values and children into another one that has room for them. */
static void copy_content(struct node *to, const struct node *from)
{
	to->n_values = from->n_values;
	to->n_kids = from->n_kids;
	memcpy(node_values(to), node_values(from), from->n_values * sizeof(uint32_t));
	if (from->n_kids) /* else there may be no array */
		memcpy(node_kids(to), node_kids(from), from->n_kids * sizeof(struct node *));
}

/* The small node with other room. */
static void small_resize(struct node **slot, unsigned cap_values, unsigned cap_kids,
	struct node_use *use)
{
	const struct node *old = *slot;
	struct node *n = small_new(cap_values, cap_kids);

	memcpy(small_places(n), small_places(old), old->n_values * sizeof(uint16_t));
	memcpy(small_bytes(n), small_bytes(old), old->n_kids);
	copy_content(n, old);
	use->bytes += octets_of(n);
	*slot = n;
	use->n_moved += old->n_kids != 0;
	node_free((struct node *)(uintptr_t)old, use);
}

static void make_large(struct node **slot, struct node_use *use)
{
	struct node *old = *slot;
	struct large *l = xcalloc(1, sizeof(*l));

	l->node.is_large = true;
	l->node.cap_values = (uint16_t)large_cap(old->n_values);
	l->cap_kids = (uint16_t)large_cap(old->n_kids);
	l->values = xreallocarray(NULL, l->node.cap_values, sizeof(*l->values));
	l->kids = xreallocarray(NULL, l->cap_kids, sizeof(struct node *));
	copy_content(&l->node, old);
	for (unsigned i = 0; i < old->n_values; i++)
		set_bit(l->pfx, l->pfx_before, PFX_WORDS, small_places(old)[i]);
	for (unsigned i = 0; i < old->n_kids; i++)
		set_bit(l->kid, l->kid_before, KID_WORDS, small_bytes(old)[i]);
	use->bytes += octets_of(&l->node);
	*slot = &l->node;
	use->n_moved += old->n_kids != 0;
	node_free(old, use);
}

static void make_small(struct node **slot, struct node_use *use)
{
	struct node *old = *slot;
	const struct large *l = large_of(old);
	struct node *n = small_new(small_cap(old->n_values, old->n_kids), old->n_kids);
	unsigned k = 0;

	copy_content(n, old);
	for (unsigned i = 0; i < NO_PLACE; i++) {
		if (has_bit(l->pfx, i))
			small_places(n)[k++] = (uint16_t)i;
	}
	k = 0;
	for (unsigned i = 0; i < 64 * KID_WORDS; i++) {
		if (has_bit(l->kid, i))
			small_bytes(n)[k++] = (uint8_t)i;
	}
	use->bytes += octets_of(n);
	*slot = n;
	use->n_moved += old->n_kids != 0;
	node_free(old, use);
}

static void large_resize_values(struct large *l, unsigned cap, struct node_use *use)
{
	use->bytes += cap * sizeof(*l->values);
	use->bytes -= l->node.cap_values * sizeof(*l->values);
	l->values = xreallocarray(l->values, cap, sizeof(*l->values));
	l->node.cap_values = (uint16_t)cap;
}

static void large_resize_kids(struct large *l, unsigned cap, struct node_use *use)
{
	use->bytes += cap * sizeof(struct node *);
	use->bytes -= l->cap_kids * sizeof(struct node *);
	l->kids = xreallocarray(l->kids, cap, sizeof(struct node *));
	l->cap_kids = (uint16_t)cap;
}

/* Room for one more value. */
static void reserve_value(struct node **slot, struct node_use *use)
{
	const struct node *n = *slot;

	if (n->n_values < n->cap_values)
		return;
	if (n->is_large)
		large_resize_values((void *)*slot, large_cap(n->n_values), use);
	else if (n->n_values < SMALL_VALUES)
		small_resize(slot, small_cap(n->n_values + 1u, n->cap_kids), n->cap_kids, use);
	else
		make_large(slot, use);
}

uint32_t *value_add(struct node **slot, unsigned place, unsigned r, struct node_use *use)
{
	struct node *n;
	uint32_t *v;

	reserve_value(slot, use);
	n = *slot;
	if (!n->is_large)
		return small_put(n, place, r);
	v = node_values(n);
	memmove(&v[r + 1], &v[r], (n->n_values - r) * sizeof(*v));
	set_bit(large_in(n)->pfx, large_in(n)->pfx_before, PFX_WORDS, place);
	n->n_values++;
	return &v[r];
}

/* After something went: a large node may be small again, spare room goes. */
static void shrink(struct node **slot, struct node_use *use)
{
	struct node *n = *slot;

	if (!n->is_large) {
		if (small_cap(n->n_values, n->cap_kids) < n->cap_values / 2u)
			small_resize(slot, small_cap(n->n_values, n->cap_kids), n->cap_kids, use);
	} else if (n->n_values <= SMALL_VALUES / 2 && n->n_kids <= SMALL_KIDS / 2) {
		make_small(slot, use);
	} else if (large_cap(n->n_values) < n->cap_values / 2u) {
		large_resize_values((void *)n, large_cap(n->n_values), use);
	} else if (large_cap(n->n_kids) < large_of(n)->cap_kids / 2u) {
		large_resize_kids((void *)n, large_cap(n->n_kids), use);
	}
}

uint32_t value_del(struct node **slot, unsigned place, unsigned r, struct node_use *use)
{
	struct node *n = *slot;
	uint32_t *v = node_values(n);
	const uint32_t old = v[r];

	n->n_values--;
	memmove(&v[r], &v[r + 1], (n->n_values - r) * sizeof(*v));
	if (n->is_large) {
		struct large *l = (void *)n;

		clear_bit(l->pfx, l->pfx_before, PFX_WORDS, place);
	} else {
		uint16_t *p = small_places(n);

		memmove(&p[r], &p[r + 1], (n->n_values - r) * sizeof(*p));
	}
	shrink(slot, use);
	return old;
}

static inline bool goes(const struct ptable_purge *p, uint32_t value)
{
	return bitmap_has(p->marked, value) && p->goes(p->ctx, value);
}

/* How many stay. */
static unsigned small_purge(struct node *n, const struct ptable_purge *p)
{
	uint16_t *places = small_places(n);
	uint32_t *v = node_values(n);
	unsigned kept = 0;

	for (unsigned i = 0; i < n->n_values; i++) {
		if (goes(p, v[i]))
			continue;
		places[kept] = places[i];
		v[kept++] = v[i];
	}
	return kept;
}

static unsigned large_purge(struct large *l, const struct ptable_purge *p)
{
	unsigned kept = 0;
	unsigned i = 0;

	for (unsigned w = 0; w < PFX_WORDS; w++) {
		l->pfx_before[w] = (uint16_t)kept;
		for (uint64_t left = l->pfx[w]; left; left &= left - 1) {
			const uint32_t value = l->values[i++];

			if (goes(p, value))
				l->pfx[w] &= ~(left & -left);
			else
				l->values[kept++] = value;
		}
	}
	return kept;
}

unsigned values_purge(struct node **slot, const struct ptable_purge *p, struct node_use *use)
{
	struct node *n = *slot;
	const unsigned kept = n->is_large ? large_purge((void *)n, p) : small_purge(n, p);
	const unsigned gone = n->n_values - kept;

	n->n_values = (uint16_t)kept;
	if (gone && (kept || n->n_kids)) /* else all of it goes, or it is the root */
		shrink(slot, use);
	return gone;
}

static void reserve_kid(struct node **slot, struct node_use *use)
{
	const struct node *n = *slot;

	if (!n->is_large && n->n_kids == SMALL_KIDS)
		make_large(slot, use);
	else if (!n->is_large && n->n_kids == n->cap_kids)
		small_resize(slot, small_cap(n->n_values, n->n_kids + n->n_kids / 2u + 1),
			n->n_kids + n->n_kids / 2u + 1, use);
	else if (n->is_large && n->n_kids == large_of(n)->cap_kids)
		large_resize_kids((void *)*slot, large_cap(n->n_kids), use);
}

struct node **kid_add(struct node **slot, unsigned byte, struct node_use *use)
{
	const unsigned r = kid_rank(*slot, byte);
	struct node *n;
	struct node **kids;

	reserve_kid(slot, use);
	n = *slot;
	kids = node_kids(n);
	memmove(&kids[r + 1], &kids[r], (n->n_kids - r) * sizeof(struct node *));
	kids[r] = node_new(use);
	if (n->is_large) {
		struct large *l = (void *)n;

		set_bit(l->kid, l->kid_before, KID_WORDS, byte);
	} else {
		memmove(small_bytes(n) + r + 1, small_bytes(n) + r, n->n_kids - r);
		small_bytes(n)[r] = (uint8_t)byte;
	}
	n->n_kids++;
	return &kids[r];
}

void kid_del(struct node **slot, unsigned byte, struct node_use *use)
{
	struct node *n = *slot;
	const unsigned r = kid_rank(n, byte);
	struct node **kids = node_kids(n);

	node_free(kids[r], use);
	use->n_moved++;
	n->n_kids--;
	memmove(&kids[r], &kids[r + 1], (n->n_kids - r) * sizeof(struct node *));
	if (n->is_large) {
		struct large *l = (void *)n;

		clear_bit(l->kid, l->kid_before, KID_WORDS, byte);
	} else {
		memmove(small_bytes(n) + r, small_bytes(n) + r + 1, n->n_kids - r);
	}
	shrink(slot, use);
}
