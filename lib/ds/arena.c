/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A list of chunks, newest first; allocation bumps in the newest and a chunk that is too small
 * gets one twice as large in front of it. A reset keeps the largest chunk only, so after a few
 * messages there is one chunk that fits them all and malloc is not called any more.
 */
#include "lib/ds/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/xalloc.h"

#define ARENA_ALIGN     16
#define ARENA_MIN_CHUNK 256

struct chunk {
	struct chunk *older; /* owned */
	size_t cap;
	size_t used;
	alignas(ARENA_ALIGN) uint8_t data[];
};

struct arena {
	struct chunk *newest; /* owned; never NULL */
	size_t older_used;    /* sum over the chunks behind the newest */
};

static size_t round_up(size_t size)
{
	return (size + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
}

static struct chunk *chunk_new(size_t cap, struct chunk *older)
{
	struct chunk *c = xmalloc(sizeof(*c) + cap);

	c->older = older;
	c->cap = cap;
	c->used = 0;
	return c;
}

static void free_chunks(struct chunk *c)
{
	while (c) {
		struct chunk *older = c->older;

		free(c);
		c = older;
	}
}

struct arena *arena_new(size_t first_chunk)
{
	struct arena *a = xcalloc(1, sizeof(*a));

	if (first_chunk < ARENA_MIN_CHUNK)
		first_chunk = ARENA_MIN_CHUNK;
	a->newest = chunk_new(round_up(first_chunk), NULL);
	return a;
}

void arena_free(struct arena *a)
{
	if (!a)
		return;
	free_chunks(a->newest);
	free(a);
}

void *arena_alloc(struct arena *a, size_t size)
{
	struct chunk *c = a->newest;
	void *p;

	if (unlikely(c->cap - c->used < size)) {
		const size_t twice = 2 * c->cap;

		a->older_used += c->used;
		c = chunk_new(size > twice ? round_up(size) : twice, c);
		a->newest = c;
	}
	p = c->data + c->used;
	c->used += round_up(size); /* fits: capacities are multiples of the alignment */
	return p;
}

void *arena_calloc(struct arena *a, size_t n, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(n, size, &total))
		total = SIZE_MAX - ARENA_ALIGN -
			sizeof(struct chunk); /* xmalloc ends the process */
	return memset(arena_alloc(a, total), 0, total);
}

void *arena_memdup(struct arena *a, const void *p, size_t size)
{
	void *q = arena_alloc(a, size);

	return size ? memcpy(q, p, size) : q;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return arena_memdup(a, s, strlen(s) + 1);
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *s;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (len < 0)
		return arena_strdup(a, "");
	s = arena_alloc(a, (size_t)len + 1);
	va_start(ap, fmt);
	vsnprintf(s, (size_t)len + 1, fmt, ap);
	va_end(ap);
	return s;
}

void arena_reset(struct arena *a)
{
	/* Each chunk is at least twice its elder: the newest is the largest. */
	free_chunks(a->newest->older);
	a->newest->older = NULL;
	a->newest->used = 0;
	a->older_used = 0;
}

size_t arena_used(const struct arena *a)
{
	return a->older_used + a->newest->used;
}
