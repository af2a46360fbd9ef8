/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bump allocator for the life of one message (or one slice of work): allocate freely, reset at
 * once. Memory of the largest message so far is kept. Not for anything that outlives the reset.
 */
#pragma once

#include <stddef.h>

#include "lib/base/compiler.h"

struct arena;

struct arena *arena_new(size_t first_chunk);
void arena_free(struct arena *a);
/** 16-byte aligned, uninitialised; never NULL. */
void *arena_alloc(struct arena *a, size_t size) MUST_USE;
void *arena_calloc(struct arena *a, size_t n, size_t size) MUST_USE;
void *arena_memdup(struct arena *a, const void *p, size_t size) MUST_USE;
char *arena_strdup(struct arena *a, const char *s) MUST_USE;
char *arena_printf(struct arena *a, const char *fmt, ...) PRINTF_LIKE(2, 3) MUST_USE;
/** All allocations end here; the largest chunk is kept. */
void arena_reset(struct arena *a);
size_t arena_used(const struct arena *a);
