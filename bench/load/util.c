/* SPDX-License-Identifier: Apache-2.0 */
/* The helpers of util.h that are not worth inlining. */
#include "bench/load/util.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

void die(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	fprintf(stderr, "bgpblast: ");
	vfprintf(stderr, format, ap);
	fprintf(stderr, "\n");
	va_end(ap);
	exit(1);
}

void *xalloc(size_t n)
{
	void *p = calloc(1, n ? n : 1);

	if (!p)
		die("out of memory (%zu)", n);
	return p;
}

void *xrealloc(void *p, size_t n)
{
	p = realloc(p, n);
	if (!p)
		die("out of memory (%zu)", n);
	return p;
}

enum {
	CLOCK_TRIES = 10,
	CLOCK_NEAR_NS = 1000
};

static uint64_t read_clock(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000000ull + t.tv_nsec;
}

uint64_t clock_ns(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

/* The two clocks are read at the same time, as far as nothing comes between; else again. */
uint64_t clock_from_realtime(uint64_t real_ns)
{
	uint64_t nearest = UINT64_MAX, ahead = 0;

	for (int i = 0; i < CLOCK_TRIES && nearest > CLOCK_NEAR_NS; i++) {
		uint64_t before = clock_ns(), real = read_clock(CLOCK_REALTIME), after = clock_ns();

		if (after - before >= nearest)
			continue;
		nearest = after - before;
		ahead = real - before;
	}
	return real_ns - ahead;
}

double clock_seconds(uint64_t t, uint64_t t0)
{
	return t > t0 ? (t - t0) / 1e9 : 0;
}

uint64_t rng_next(struct rng *r)
{
	uint64_t z = (r->state += 0x9e3779b97f4a7c15ull);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

uint32_t rng_below(struct rng *r, uint32_t n)
{
	return (uint32_t)(((rng_next(r) >> 32) * n) >> 32);
}

double rng_unit(struct rng *r)
{
	return (rng_next(r) >> 11) * (1.0 / 9007199254740992.0);
}

void rng_shuffle(struct rng *r, uint32_t *v, uint32_t n)
{
	for (uint32_t i = n; i > 1; i--) {
		uint32_t j = rng_below(r, i), t = v[i - 1];

		v[i - 1] = v[j];
		v[j] = t;
	}
}

int compare_u32(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}
