/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Buckets of one cache line: twelve handles, and an octet of each one's hash beside them, so that
 * a search waits for one line, and for an object only if it is the right one (or one of 256 of the
 * others). 5.3 octets a place; at most 7/8 of the places are taken, 7/12 when it has grown, and at
 * least 1/8. The number of buckets is any: the bucket of a hash is its share of them, by its high
 * bits. To grow, the set asks for all hashes again, and fetches the objects some buckets ahead.
 *
 * What finds its bucket full goes to the next one with room, and each bucket that it passes counts
 * it (`passed`): a search goes on only where the count is not 0, and nothing has to move when one
 * is deleted. A count that was once at its end stays there, since it is not known any more.
 */
#include "lib/ds/hset.h"

#include <assert.h>
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/xalloc.h"
#include "lib/ds/pool.h"

#define PLACES      12
#define MIN_BUCKETS 8
#define AHEAD       4 /* buckets */
#define LINE        64

struct hset_bucket {
	uint32_t handle[PLACES]; /* the first n */
	uint8_t tag[PLACES];
	uint16_t n;
	uint16_t passed;
};

static_assert(sizeof(struct hset_bucket) == LINE, "a bucket is a cache line");

static uint8_t tag_of(uint32_t hash)
{
	return (uint8_t)hash; /* the bucket is chosen by the high bits */
}

static uint32_t home_of(const struct hset *s, uint32_t hash)
{
	return (uint32_t)((uint64_t)hash * s->n_buckets >> 32);
}

static uint32_t next_of(const struct hset *s, uint32_t i)
{
	return i + 1 < s->n_buckets ? i + 1 : 0;
}

static void make_buckets(struct hset *s, uint32_t n)
{
	s->buckets = xaligned(LINE, (size_t)n * LINE);
	memset(s->buckets, 0, (size_t)n * LINE);
	s->n_buckets = n;
}

void hset_init(struct hset *s, const struct hset_ops *ops, const void *ctx, const struct pool *pool)
{
	*s = (struct hset){ .ops = ops, .ctx = ctx, .pool = pool };
	make_buckets(s, MIN_BUCKETS);
}

void hset_fini(struct hset *s)
{
	free(s->buckets);
	*s = (struct hset){ 0 };
}

void hset_expect(const struct hset *s, uint32_t hash)
{
	prefetch(&s->buckets[home_of(s, hash)]);
}

/* The high bit of each octet that is the tag's (and perhaps of the one after such an octet). */
static uint64_t same_octets(uint64_t octets, uint8_t tag)
{
	const uint64_t ones = 0x0101010101010101;
	const uint64_t x = octets ^ ones * tag;

	return (x - ones) & ~x & ones << 7;
}

static uint32_t find_among(const struct hset *s, const struct hset_bucket *b, uint32_t first,
	uint64_t same, const void *key)
{
	for (; same; same &= same - 1) {
		const uint32_t i = first + (uint32_t)__builtin_ctzll(same) / 8;

		if (i < b->n && s->ops->equal(s->ctx, b->handle[i], key))
			return b->handle[i];
	}
	return 0;
}

static uint32_t find_in(const struct hset *s, const struct hset_bucket *b, uint8_t tag,
	const void *key)
{
	uint64_t head;
	uint32_t tail;
	uint32_t h;

	memcpy(&head, b->tag, sizeof(head));
	memcpy(&tail, b->tag + sizeof(head), sizeof(tail));
	h = find_among(s, b, 0, same_octets(le64toh(head), tag), key);
	return h || b->n <= sizeof(head) ?
		h :
		find_among(s, b, sizeof(head), same_octets(le32toh(tail), tag), key);
}

uint32_t hset_find(const struct hset *s, uint32_t hash, const void *key)
{
	/* Once round at most: with luck of the devil all buckets were passed by somebody. */
	for (uint32_t i = home_of(s, hash), k = 0; k < s->n_buckets; i = next_of(s, i), k++) {
		const struct hset_bucket *b = &s->buckets[i];
		const uint32_t h = find_in(s, b, tag_of(hash), key);

		if (h || !b->passed)
			return h;
	}
	return 0;
}

static void place(struct hset *s, uint32_t hash, uint32_t handle)
{
	uint32_t i = home_of(s, hash);
	struct hset_bucket *b = &s->buckets[i];

	while (b->n == PLACES) {
		b->passed += b->passed < UINT16_MAX;
		i = next_of(s, i);
		b = &s->buckets[i];
	}
	b->tag[b->n] = tag_of(hash);
	b->handle[b->n++] = handle;
}

static void fetch_objects(const struct hset *s, const struct hset_bucket *b)
{
	for (uint16_t k = 0; k < b->n; k++)
		prefetch(pool_at(s->pool, b->handle[k]));
}

static void resize(struct hset *s, uint32_t n_buckets)
{
	const struct hset old = *s;

	make_buckets(s, n_buckets);
	for (uint32_t i = 0; i < old.n_buckets; i++) {
		const struct hset_bucket *b = &old.buckets[i];

		if (i + AHEAD < old.n_buckets)
			fetch_objects(s, b + AHEAD);
		for (uint16_t k = 0; k < b->n; k++)
			place(s, s->ops->hash(s->ctx, b->handle[k]), b->handle[k]);
	}
	free(old.buckets);
}

void hset_add(struct hset *s, uint32_t hash, uint32_t handle)
{
	if (unlikely(s->n >= (uint64_t)s->n_buckets * PLACES * 7 / 8))
		resize(s, s->n_buckets + s->n_buckets / 2);
	place(s, hash, handle);
	s->n++;
}

static int place_in(const struct hset_bucket *b, uint32_t handle)
{
	for (int i = 0; i < b->n; i++) {
		if (b->handle[i] == handle)
			return i;
	}
	return -1;
}

void hset_del(struct hset *s, uint32_t hash, uint32_t handle)
{
	uint32_t i = home_of(s, hash);
	struct hset_bucket *b = &s->buckets[i];
	int k;

	while ((k = place_in(b, handle)) < 0) {
		assert(b->passed); /* else it is not in this set */
		b->passed -= b->passed < UINT16_MAX;
		i = next_of(s, i);
		b = &s->buckets[i];
	}
	b->n--;
	b->handle[k] = b->handle[b->n];
	b->tag[k] = b->tag[b->n];
	s->n--;
	if (s->n_buckets > MIN_BUCKETS && s->n < (uint64_t)s->n_buckets * PLACES / 8)
		resize(s, s->n_buckets / 2 > MIN_BUCKETS ? s->n_buckets / 2 : MIN_BUCKETS);
}

uint32_t hset_count(const struct hset *s)
{
	return s->n;
}

size_t hset_bytes(const struct hset *s)
{
	return (size_t)s->n_buckets * LINE;
}
