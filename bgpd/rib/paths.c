/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where paths lie: in blocks of a kilobyte, each of one source, so that a path needs no links to
 * the others of its source; these are found by walking its blocks. What a session announces lies
 * side by side, and a session that goes touches nobody else's memory.
 *
 * A block stays with its source until the last path of that goes. So the place of a scan is the
 * path it saw last, even if that is gone by now. Blocks are cut from runs, each about an eighth of
 * what there is, RUN_MAX at most: little is taken that is not used, and nobody waits for long.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "bgpd/rib/rib_private.h"
#include "lib/base/xalloc.h"

#define RUN_MAX    128u /* blocks */
#define NO_OWNER   UINT16_MAX
#define ALL_USED   ((UINT64_C(1) << RIB_BLOCK) - 1)
#define PLACE_MASK ((1u << RIB_BLOCK_SHIFT) - 1)

static_assert(RIB_BLOCK < 1u << RIB_BLOCK_SHIFT, "a block has more places than handles and bits");

static struct rib_block *block_at(struct rib_block *run, uint32_t k)
{
	return (struct rib_block *)((uint8_t *)run + k * RIB_BLOCK_SIZE);
}

/* More blocks, the lowest of them first to be taken. */
static void run_new(struct rib_paths *s)
{
	const uint32_t n = s->n_blocks / 8 < RUN_MAX ? s->n_blocks / 8 + 1 : RUN_MAX;
	struct rib_block *run = xaligned(RIB_BLOCK_SIZE, n * RIB_BLOCK_SIZE);
	const uint32_t first = s->n_blocks ? s->n_blocks : 1; /* number 0 is "none" */

	if (n == RUN_MAX)
		xpopulate(run, n * RIB_BLOCK_SIZE); /* each block's head is written now */
	if (first + n > s->cap) {
		s->cap = first + n + s->n_blocks / 8;
		s->at = xreallocarray(s->at, s->cap, sizeof(*s->at));
	}
	s->n_blocks = first + n;
	for (uint32_t k = n; k-- > 0;) {
		s->at[first + k] = block_at(run, k);
		*s->at[first + k] = (struct rib_block){ .next = s->free,
			.owner = NO_OWNER,
			.starts_run = k == 0 };
		s->free = first + k;
	}
}

void paths_fini(struct rib_paths *s)
{
	/* Backwards: a run is of no use any more when its first block is reached. */
	for (uint32_t b = s->n_blocks; b-- > 1;) {
		if (s->at[b]->starts_run)
			free(s->at[b]);
	}
	free(s->at);
	*s = (struct rib_paths){ 0 };
}

/* A block with room becomes the source's. */
static void block_take(struct rib_paths *s, struct rib_source *src)
{
	struct rib_block *b;
	uint32_t n;

	if (!s->free)
		run_new(s);
	n = s->free;
	b = s->at[n];
	s->free = b->next;
	b->used = 0;
	b->owner = src->index;
	b->next = src->blocks;
	b->next_room = 0;
	if (!src->blocks)
		src->last_block = n;
	src->blocks = n;
	src->room = n;
}

/* All of them at once: nothing is in them. */
static void blocks_return(struct rib_paths *s, struct rib_source *src)
{
	for (uint32_t b = src->blocks; b; b = s->at[b]->next)
		s->at[b]->owner = NO_OWNER;
	s->at[src->last_block]->next = s->free;
	s->free = src->blocks;
	src->blocks = 0;
	src->room = 0;
}

/* Nothing is in it any more: no path has an id, or received what it does not have. */
static void block_clear(struct rib_paths *s, struct rib_block *b)
{
	s->n_in -= b->in != NULL;
	s->n_tags -= b->tags != NULL;
	free(b->in);
	free(b->tags);
	b->in = NULL;
	b->tags = NULL;
}

uint32_t paths_set_in(struct rib_paths *s, struct rib_path *p, uint32_t in)
{
	struct rib_block *b = rib_path_block(p);
	uint32_t old;

	if (!b->in) {
		if (!in)
			return 0;
		b->in = xcalloc(RIB_BLOCK, sizeof(*b->in));
		s->n_in++;
	}
	old = b->in[p - b->paths];
	b->in[p - b->paths] = in;
	return old;
}

/* Most sources have one key and no ids. */
void paths_set_tag(struct rib_paths *s, struct rib_path *p, const struct rib_path_tag *t)
{
	struct rib_block *b = rib_path_block(p);

	if (!b->tags && t->path_id == 0) {
		if ((b->used & (b->used - 1)) == 0) /* it is the only one */
			b->live_key = t->live_key;
		if (b->live_key == t->live_key)
			return;
	}
	if (!b->tags) {
		b->tags = xmalloc(RIB_BLOCK * sizeof(*b->tags));
		for (uint32_t i = 0; i < RIB_BLOCK; i++)
			b->tags[i] = (struct rib_path_tag){ .live_key = b->live_key };
		s->n_tags++;
	}
	b->tags[p - b->paths] = *t;
}

uint32_t paths_take(struct rib_paths *s, struct rib_source *src)
{
	struct rib_block *b;
	unsigned i;
	uint32_t n;

	if (!src->room)
		block_take(s, src);
	n = src->room;
	b = s->at[n];
	i = (unsigned)__builtin_ctzll(~b->used);
	b->used |= UINT64_C(1) << i;
	if (b->used == ALL_USED)
		src->room = b->next_room;
	s->n++;
	src->n_paths++;
	return n << RIB_BLOCK_SHIFT | i;
}

void paths_release(struct rib_paths *s, struct rib_source *src, uint32_t h)
{
	const uint32_t n = h >> RIB_BLOCK_SHIFT;
	struct rib_block *b = s->at[n];

	assert(b->owner == src->index && b->used >> (h & PLACE_MASK) & 1);
	if (b->used == ALL_USED) {
		b->next_room = src->room;
		src->room = n;
	}
	b->used &= ~(UINT64_C(1) << (h & PLACE_MASK));
	if (!b->used)
		block_clear(s, b);
	s->n--;
	if (--src->n_paths == 0)
		blocks_return(s, src);
	if (s->n == 0)
		paths_fini(s);
}

uint32_t rib_source_next(const struct rib *r, const struct rib_source *src, uint32_t cursor)
{
	const struct rib_paths *s = &r->store.paths;
	uint64_t below = ALL_USED;
	uint32_t n = cursor >> RIB_BLOCK_SHIFT;

	/* A cursor into what is not its any more begins again: late, but never astray. */
	if (n && n < s->n_blocks && s->at[n]->owner == src->index)
		below = (UINT64_C(1) << (cursor & PLACE_MASK)) - 1;
	else
		n = src->blocks;
	for (; n; n = s->at[n]->next, below = ALL_USED) {
		const uint64_t left = s->at[n]->used & below;

		if (left)
			return n << RIB_BLOCK_SHIFT | (63u - (unsigned)__builtin_clzll(left));
	}
	return 0;
}

size_t paths_bytes(const struct rib_paths *s)
{
	return s->n_blocks * RIB_BLOCK_SIZE + s->cap * sizeof(*s->at) +
		RIB_BLOCK * (s->n_in * sizeof(uint32_t) + s->n_tags * sizeof(struct rib_path_tag));
}
