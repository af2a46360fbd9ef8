/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Chunks of 1024 objects that never move, a list of free objects through their own first bytes,
 * and a mark up to which handles were ever given out, so that a new chunk need not be threaded.
 * When the last object goes, all chunks but the first are given back: a tenant that left costs
 * next to nothing.
 */
#include "lib/ds/slab.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/xalloc.h"

#define SLAB_FIRST_HANDLE 1

void slab_init(struct slab *s, uint32_t object_size)
{
	assert(object_size >= 8 && object_size % 4 == 0);
	*s = (struct slab){ .size = object_size, .next = SLAB_FIRST_HANDLE };
}

static void free_chunks_from(struct slab *s, uint32_t first)
{
	for (uint32_t i = first; i < s->n_chunks; i++)
		free(s->chunks[i]);
	if (s->n_chunks > first)
		s->n_chunks = first;
}

void slab_fini(struct slab *s)
{
	free_chunks_from(s, 0);
	free(s->chunks);
	*s = (struct slab){ .size = s->size, .next = SLAB_FIRST_HANDLE };
}

static uint32_t take_fresh(struct slab *s)
{
	const uint32_t h = s->next;

	assert(h != UINT32_MAX);
	if (h >> SLAB_CHUNK_SHIFT == s->n_chunks) {
		/* Room for the array of chunks comes in steps of 16 pointers. */
		if (s->n_chunks % 16 == 0)
			s->chunks = xreallocarray(s->chunks, s->n_chunks + 16, sizeof(*s->chunks));
		s->chunks[s->n_chunks++] = xmalloc((size_t)SLAB_CHUNK * s->size);
	}
	s->next++;
	return h;
}

uint32_t slab_take(struct slab *s)
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
