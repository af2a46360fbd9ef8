/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Chunks of 1024 objects that never move, a list of free objects through their own first bytes,
 * and a mark up to which handles were ever given out, so that a new chunk need not be threaded.
 * When the last object goes, all chunks but the first are given back, at once or by slab_trim: a
 * tenant that left costs next to nothing. Memory that the kernel has to clear costs a microsecond a
 * page and more, so who comes and goes all the time had better keep it for a while.
 *
 * Chunks are allocated one by one until they are SMALL_REGIONS regions together. A slab that grows
 * beyond takes regions from the kernel, so that they go back to it whatever else lies on the heap
 * (malloc keeps the second one that it is given back); their pages are made chunk by chunk.
 *
 * Rejected: huge pages. They save misses of the TLB, a tenth of the time of one to memory, but the
 * first touch takes 0.3 to 8 ms, for which the thread stands still; in a virtual machine whose host
 * takes free memory back it is the latter, eight times what as many small pages take.
 */
#include "lib/ds/slab.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "lib/base/xalloc.h"

#define SLAB_FIRST_HANDLE 1
#define SMALL_REGIONS     4
#define REGION            ((size_t)2 << 20)
#define REGION_CHUNKS_MIN 8 /* larger objects stay with chunks: a region would hold few of them */

void slab_init(struct slab *s, uint32_t object_size)
{
	assert(object_size >= 8 && object_size % 4 == 0);
	*s = (struct slab){ .size = object_size, .next = SLAB_FIRST_HANDLE };
}

static size_t chunk_bytes(const struct slab *s)
{
	return (size_t)SLAB_CHUNK * s->size;
}

/* Chunks that a region holds; 0 = this slab has none. */
static uint32_t region_chunks(const struct slab *s)
{
	const size_t n = REGION / chunk_bytes(s);

	return n >= REGION_CHUNKS_MIN ? (uint32_t)n : 0;
}

/* Is the chunk in a region? */
static bool is_of_region(const struct slab *s, uint32_t i)
{
	const uint32_t per = region_chunks(s);

	return per && i >= SMALL_REGIONS * per;
}

/* Is the chunk allocated by itself, or the first of a region? Else it lies in the one before. */
static bool is_own(const struct slab *s, uint32_t i)
{
	return !is_of_region(s, i) || i % region_chunks(s) == 0;
}

static uint8_t *region_new(void)
{
	void *p = mmap(NULL, REGION, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		xalloc_failed();
	return p;
}

static uint8_t *chunk_new(const struct slab *s, uint32_t i)
{
	uint8_t *p;

	if (!is_of_region(s, i))
		return xmalloc(chunk_bytes(s));
	p = is_own(s, i) ? region_new() : s->chunks[i - 1] + chunk_bytes(s);
	xpopulate(p, chunk_bytes(s));
	return p;
}

static void free_chunks_from(struct slab *s, uint32_t first)
{
	for (uint32_t i = first; i < s->n_chunks; i++) {
		if (!is_of_region(s, i))
			free(s->chunks[i]);
		else if (is_own(s, i))
			(void)munmap(s->chunks[i], REGION);
	}
	if (s->n_chunks > first)
		s->n_chunks = first;
}

void slab_fini(struct slab *s)
{
	free_chunks_from(s, 0);
	free(s->chunks);
	*s = (struct slab){ .size = s->size, .next = SLAB_FIRST_HANDLE };
}

void slab_keep(struct slab *s)
{
	s->keeps = true;
}

bool slab_trim(struct slab *s)
{
	uint32_t i = s->n_chunks;

	if (i <= 1 || s->next != SLAB_FIRST_HANDLE)
		return false;
	if (s->n_seen != s->n_empty) {
		s->n_seen = s->n_empty;
		return false;
	}
	do
		i--;
	while (i > 1 && !is_own(s, i));
	free_chunks_from(s, i);
	return s->n_chunks > 1;
}

static uint32_t take_fresh(struct slab *s)
{
	const uint32_t h = s->next;

	if (h >> SLAB_CHUNK_SHIFT == s->n_chunks) {
		assert(s->n_chunks < UINT32_MAX >> SLAB_CHUNK_SHIFT);
		/* Room for the array of chunks comes in steps of 16 pointers. */
		if (s->n_chunks % 16 == 0)
			s->chunks = xreallocarray(s->chunks, s->n_chunks + 16, sizeof(*s->chunks));
		s->chunks[s->n_chunks] = chunk_new(s, s->n_chunks);
		s->n_chunks++;
	}
	s->next++;
	return h;
}

uint32_t slab_take_other(struct slab *s)
{
	uint32_t h = s->free_head;

	if (h)
		memcpy(&s->free_head, slab_at(s, h), sizeof(s->free_head));
	else
		h = take_fresh(s);
	s->n_used++;
	return h;
}

uint32_t slab_alloc(struct slab *s)
{
	const uint32_t h = slab_take(s);

	memset(slab_at(s, h), 0, s->size);
	return h;
}

void slab_release(struct slab *s, uint32_t h)
{
	assert(h && h < s->next && s->n_used);
	if (--s->n_used == 0) {
		s->n_empty++;
		if (!s->keeps)
			free_chunks_from(s, 1);
		s->free_head = 0;
		s->next = SLAB_FIRST_HANDLE;
		return;
	}
	memcpy(slab_at(s, h), &s->free_head, sizeof(s->free_head));
	s->free_head = h;
}

uint32_t slab_limit(const struct slab *s)
{
	return s->next - 1;
}

size_t slab_bytes(const struct slab *s)
{
	return (size_t)s->n_chunks * (SLAB_CHUNK * (size_t)s->size + sizeof(*s->chunks));
}
