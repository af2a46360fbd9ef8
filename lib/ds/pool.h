/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects of many sizes in one range of addresses, named by 32-bit handles: 4 octets where a
 * pointer takes 8, and no head of malloc's beside each. Handle 0 is never given out and means
 * "none". Objects do not move. They are aligned to POOL_UNIT octets only.
 *
 * The pool stands at the beginning of its range, which is aligned to its own length. So whoever has
 * an object has its pool too (pool_of), and objects can refer to each other by handles without
 * anybody being asked where the pool is.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "lib/base/compiler.h"

#define POOL_UNIT  4u                              /* octets that a handle counts */
#define POOL_RANGE (POOL_UNIT * ((size_t)1 << 32)) /* of addresses, not of memory */

struct pool;

struct pool *pool_new(void);
/** What is still in it goes with it. NULL-safe. */
void pool_free(struct pool *p);
/** A new object; its content is undefined. size: not 0, and at most some 64 kB (POOL_SIZE_MAX). */
uint32_t pool_take(struct pool *p, size_t size) MUST_USE;
void pool_release(struct pool *p, uint32_t h);
static inline void *pool_at(const struct pool *p, uint32_t h)
{
	return (void *)((uintptr_t)p + (size_t)h * POOL_UNIT);
}
static inline struct pool *pool_of(const void *object)
{
	return (void *)((uintptr_t)object & ~(uintptr_t)(POOL_RANGE - 1));
}
static inline uint32_t pool_handle(const void *object)
{
	return (uint32_t)(((uintptr_t)object & (POOL_RANGE - 1)) / POOL_UNIT);
}
uint32_t pool_count(const struct pool *p);
/** Of memory that it holds, in use or not. */
size_t pool_bytes(const struct pool *p);
