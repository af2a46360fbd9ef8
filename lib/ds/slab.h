/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects of one size in chunks, named by 32-bit handles: half the memory of pointers in
 * structures that a million routes repeat, and a dense index for bitmaps. Handle 0 is never
 * given out and means "none". Objects do not move. Chunks are given back when the last object
 * goes, or, of a slab that keeps them, by slab_trim some time later: who fills it again meanwhile
 * does not wait for memory.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/compiler.h"

#define SLAB_CHUNK_SHIFT 10
#define SLAB_CHUNK       (1u << SLAB_CHUNK_SHIFT) /* objects a chunk */

struct slab {
	uint8_t **chunks; /* owned */
	uint32_t n_chunks;
	uint32_t size;      /* bytes an object, multiple of 4, at least 8 */
	uint32_t next;      /* first handle never used */
	uint32_t free_head; /* handle; free objects link through their first 4 bytes */
	uint32_t n_used;
	bool keeps;       /* its chunks, until they are trimmed */
	uint32_t n_empty; /* how often its last object went, and ... */
	uint32_t n_seen;  /* ... had gone when slab_trim looked */
};

void slab_init(struct slab *s, uint32_t object_size);
void slab_fini(struct slab *s);
/** From now on its chunks stay: the owner calls slab_trim now and then. */
void slab_keep(struct slab *s);
/**
 * Gives back as much as takes little time (2 MB) of a slab that keeps its chunks and that has been
 * empty since the call before this one. Is there more to give back?
 */
bool slab_trim(struct slab *s);
/** New object, zeroed; its handle is not 0. */
uint32_t slab_alloc(struct slab *s) MUST_USE;
/** Private: slab_take when there is a free one, or a chunk is missing. */
uint32_t slab_take_other(struct slab *s) MUST_USE;
/** The same, but its content is undefined. */
MUST_USE static inline uint32_t slab_take(struct slab *s)
{
	if (unlikely(s->free_head || s->next >> SLAB_CHUNK_SHIFT == s->n_chunks))
		return slab_take_other(s);
	s->n_used++;
	return s->next++;
}
void slab_release(struct slab *s, uint32_t h);
/** Was it ever given out? Then there is memory at it, whatever has become of the object. */
static inline bool slab_has(const struct slab *s, uint32_t h)
{
	return h && h < s->next;
}
/** Object of a live handle; the caller knows that it lives. */
static inline void *slab_at(const struct slab *s, uint32_t h)
{
	return s->chunks[h >> SLAB_CHUNK_SHIFT] + (size_t)(h & (SLAB_CHUNK - 1)) * s->size;
}
/** The same, for an owner who knows the size when it is compiled. */
static inline void *slab_at_sized(const struct slab *s, uint32_t h, uint32_t size)
{
	return s->chunks[h >> SLAB_CHUNK_SHIFT] + (size_t)(h & (SLAB_CHUNK - 1)) * size;
}
static inline uint32_t slab_count(const struct slab *s)
{
	return s->n_used;
}
/** Highest handle given out so far, for iteration together with a liveness mark of the owner's. */
uint32_t slab_limit(const struct slab *s);
size_t slab_bytes(const struct slab *s);
