/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where paths lie: in blocks of 64, each of one source, so that a path needs no links to the others
 * of its source; these are found by walking its blocks. What a session announces lies side by side,
 * and a session that goes touches nobody else's memory.
 *
 * A block stays with its source until the last path of that goes. So the place of a scan is the
 * path it saw last, even if that is gone by now. Blocks are cut from runs, each about an eighth of
 * what there is: little is taken that is not used. A table beyond HUGE_FROM takes its runs as huge
 * pages, for fewer faults while it is loaded and fewer misses of the TLB when it is read in random
 * order.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "bgpd/rib/rib_private.h"
#include "lib/base/xalloc.h"

#define BLOCK_BYTES (RIB_BLOCK * sizeof(struct rib_path))
#define REGION      ((size_t)2 << 20)
#define REGION_FITS ((uint32_t)(REGION / BLOCK_BYTES))
#define HUGE_FROM   (4 * REGION_FITS) /* blocks: a region is a fifth of what there is, or less */
#define NO_OWNER    UINT16_MAX
#define ALL_USED    UINT64_MAX

static void block_init(struct rib_paths *s, uint32_t b, struct rib_path *at, bool starts_run)
{
	s->at[b] = at;
	s->blocks[b] = (struct rib_block){ .next = s->free,
		.owner = NO_OWNER,
		.starts_run = starts_run };
	s->free = b;
}

/* More blocks, the lowest of them first to be taken. */
static void run_new(struct rib_paths *s)
{
	const bool is_huge = s->n_blocks >= HUGE_FROM;
	const uint32_t n = is_huge ? REGION_FITS : s->n_blocks / 8 + 1;
	struct rib_path *p = is_huge ? xaligned(REGION, REGION) : xmalloc(n * BLOCK_BYTES);
	const uint32_t first = s->n_blocks ? s->n_blocks : 1; /* number 0 is "none" */

	if (is_huge)
		(void)madvise(p, REGION, MADV_HUGEPAGE); /* small pages will do */
	if (first + n > s->cap) {
		s->cap = first + n + s->n_blocks / 8;
		s->at = xreallocarray(s->at, s->cap, sizeof(struct rib_path *));
		s->blocks = xreallocarray(s->blocks, s->cap, sizeof(*s->blocks));
	}
	s->n_blocks = first + n;
	for (uint32_t k = n; k-- > 0;)
		block_init(s, first + k, p + (size_t)k * RIB_BLOCK, k == 0);
}

void paths_fini(struct rib_paths *s)
{
	for (uint32_t b = 1; b < s->n_blocks; b++) {
		if (s->blocks[b].starts_run)
			free(s->at[b]);
	}
	free(s->at);
	free(s->blocks);
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
	b = &s->blocks[n];
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
	for (uint32_t b = src->blocks; b; b = s->blocks[b].next)
		s->blocks[b].owner = NO_OWNER;
	s->blocks[src->last_block].next = s->free;
	s->free = src->blocks;
	src->blocks = 0;
	src->room = 0;
}

uint32_t paths_take(struct rib_paths *s, struct rib_source *src)
{
	struct rib_block *b;
	unsigned i;
	uint32_t n;

	if (!src->room)
		block_take(s, src);
	n = src->room;
	b = &s->blocks[n];
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
	struct rib_block *b = &s->blocks[n];

	assert(b->owner == src->index && b->used >> (h & (RIB_BLOCK - 1)) & 1);
	if (b->used == ALL_USED) {
		b->next_room = src->room;
		src->room = n;
	}
	b->used &= ~(UINT64_C(1) << (h & (RIB_BLOCK - 1)));
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
	if (cursor && n < s->n_blocks && s->blocks[n].owner == src->index)
		below = (UINT64_C(1) << (cursor & (RIB_BLOCK - 1))) - 1;
	else
		n = src->blocks;
	for (; n; n = s->blocks[n].next, below = ALL_USED) {
		const uint64_t left = s->blocks[n].used & below;

		if (left)
			return n << RIB_BLOCK_SHIFT | (63u - (unsigned)__builtin_clzll(left));
	}
	return 0;
}

size_t paths_bytes(const struct rib_paths *s)
{
	return s->n_blocks * BLOCK_BYTES +
		s->cap * (sizeof(*s->blocks) + sizeof(struct rib_path *));
}
