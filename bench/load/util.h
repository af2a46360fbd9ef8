/* SPDX-License-Identifier: Apache-2.0 */
/* What every part of the load tool needs: an end with a message, memory, the clock, random numbers
 * that are the same everywhere for the same seed, a hash, and numbers in network order. Own code
 * and not lib/, because bench/run also builds the tool away from the tree. */
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/** Says so on stderr and ends the program: a load generator has nothing to save. */
_Noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** Zeroed memory; both end the program when there is none. */
void *xalloc(size_t n);
void *xrealloc(void *p, size_t n);

/** CLOCK_MONOTONIC. */
uint64_t clock_ns(void);
/** A moment of CLOCK_REALTIME by clock_ns(), if it was not long ago. */
uint64_t clock_from_realtime(uint64_t real_ns);
/** Seconds from t0 to t, both of clock_ns(); 0 when t is not later. */
double clock_seconds(uint64_t t, uint64_t t0);

/* Splitmix64: the order of the draws is part of what a seed means. */
struct rng {
	uint64_t state;
};

uint64_t rng_next(struct rng *r);
/** 0 .. n-1 */
uint32_t rng_below(struct rng *r, uint32_t n);
/** 0 <= x < 1 */
double rng_unit(struct rng *r);
void rng_shuffle(struct rng *r, uint32_t *v, uint32_t n);

/** For qsort(). */
int compare_u32(const void *a, const void *b);

static inline uint64_t hash_mix(uint64_t h, uint64_t v)
{
	h ^= v + 0x9e3779b97f4a7c15ull + (h << 6) + (h >> 2);
	h *= 0xff51afd7ed558ccdull;
	return h ^ (h >> 32);
}

static inline uint64_t hash_bytes(uint64_t h, const uint8_t *p, size_t n)
{
	uint64_t v;

	for (; n >= 8; p += 8, n -= 8) {
		memcpy(&v, p, 8);
		h = hash_mix(h, v);
	}
	if (!n)
		return h;
	v = 0;
	memcpy(&v, p, n);
	return hash_mix(h, v ^ ((uint64_t)n << 56));
}

static inline uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
}

static inline void put16(uint8_t *p, uint32_t v)
{
	p[0] = v >> 8;
	p[1] = v;
}

static inline void put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v);
}
