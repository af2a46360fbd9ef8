/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Buckets of one cache line: twelve handles, and an octet of each one's hash beside them, so that
 * a search waits for one line, and for an object only if it is the right one (or one of 256 of the
 * others). 5.3 octets a place; at most 7/8 of the places are taken, 7/12 when it has grown, and at
 * least 1/8. The number of buckets is any: the bucket of a hash is its share of them, by its high
 * bits.
 *
 * What finds its bucket full goes to the next one with room, and each bucket that it passes counts
 * it (`passed`): a search goes on only where the count is not 0, and nothing has to move when one
 * is deleted. A count that was once at its end stays there, since it is not known any more.
 *
 * A set that grows or shrinks asks for all hashes again, which takes milliseconds for 100,000
 * objects: too long for who shares the thread. So the table before stays beside the new one, and
 * each object that comes or goes moves STEP buckets, whose objects were fetched some steps ahead.
 * What has left a bucket of the old table is still counted by those before it: no search ends
 * early. By the next change of size all have moved: one that grows takes as many new objects first
 * as there were buckets five times over, one that shrinks loses three quarters as many as there
 * were.
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
#define STEP        2 /* buckets that move at a time, and ... */
#define AHEAD       4 /* ... how far ahead of that their objects are fetched */
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

static uint32_t home_of(const struct hset_table *t, uint32_t hash)
{
	return (uint32_t)((uint64_t)hash * t->n_buckets >> 32);
}

static uint32_t next_of(const struct hset_table *t, uint32_t i)
{
	return i + 1 < t->n_buckets ? i + 1 : 0;
}

static struct hset_table make_table(uint32_t n)
{
	void *memory = xcalloc(n + 1, LINE);
	const uintptr_t at = ((uintptr_t)memory + LINE - 1) / LINE * LINE;

	return (struct hset_table){ (struct hset_bucket *)at, memory, n };
}

void hset_init(struct hset *s, const struct hset_ops *ops, const void *ctx, const struct pool *pool)
{
	*s = (struct hset){ .ops = ops, .ctx = ctx, .pool = pool };
	s->now = make_table(MIN_BUCKETS);
}

void hset_fini(struct hset *s)
{
	free(s->now.memory);
	free(s->old.memory);
	*s = (struct hset){ 0 };
}

void hset_expect(const struct hset *s, uint32_t hash)
{
	prefetch(&s->now.buckets[home_of(&s->now, hash)]);
	if (s->old.buckets)
		prefetch(&s->old.buckets[home_of(&s->old, hash)]);
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

static uint32_t find_in_table(const struct hset *s, const struct hset_table *t, uint32_t hash,
	const void *key)
{
	/* Once round at most: with luck of the devil all buckets were passed by somebody. */
	for (uint32_t i = home_of(t, hash), k = 0; k < t->n_buckets; i = next_of(t, i), k++) {
		const struct hset_bucket *b = &t->buckets[i];
		const uint32_t h = find_in(s, b, tag_of(hash), key);

		if (h || !b->passed)
			return h;
	}
	return 0;
}

uint32_t hset_find(const struct hset *s, uint32_t hash, const void *key)
{
	const uint32_t h = find_in_table(s, &s->now, hash, key);

	return h || likely(!s->old.buckets) ? h : find_in_table(s, &s->old, hash, key);
}

static void place(struct hset_table *t, uint32_t hash, uint32_t handle)
{
	uint32_t i = home_of(t, hash);
	struct hset_bucket *b = &t->buckets[i];

	while (b->n == PLACES) {
		b->passed += b->passed < UINT16_MAX;
		i = next_of(t, i);
		b = &t->buckets[i];
	}
	b->tag[b->n] = tag_of(hash);
	b->handle[b->n++] = handle;
}

static void fetch_objects(const struct hset *s, uint32_t old_bucket)
{
	const struct hset_bucket *b = &s->old.buckets[old_bucket];

	for (uint16_t k = 0; k < b->n; k++)
		prefetch(pool_at(s->pool, b->handle[k]));
}

static void move_bucket(struct hset *s)
{
	struct hset_bucket *b = &s->old.buckets[s->n_moved];

	if (s->n_moved + AHEAD < s->old.n_buckets)
		fetch_objects(s, s->n_moved + AHEAD);
	for (uint16_t k = 0; k < b->n; k++)
		place(&s->now, s->ops->hash(s->ctx, b->handle[k]), b->handle[k]);
	b->n = 0;
	s->n_moved++;
}

static void move_some(struct hset *s, uint32_t n)
{
	for (; n > 0 && s->n_moved < s->old.n_buckets; n--)
		move_bucket(s);
	if (s->n_moved == s->old.n_buckets) {
		free(s->old.memory);
		s->old = (struct hset_table){ 0 };
	}
}

static void resize(struct hset *s, uint32_t n_buckets)
{
	if (s->old.buckets)
		move_some(s, s->old.n_buckets);
	s->old = s->now;
	s->n_moved = 0;
	s->now = make_table(n_buckets);
}

void hset_add(struct hset *s, uint32_t hash, uint32_t handle)
{
	if (unlikely(s->n >= (uint64_t)s->now.n_buckets * PLACES * 7 / 8))
		resize(s, s->now.n_buckets + s->now.n_buckets / 2);
	if (unlikely(s->old.buckets))
		move_some(s, STEP);
	place(&s->now, hash, handle);
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

/* Is it there? Then at is its bucket, and k its place. */
static bool locate(const struct hset_table *t, uint32_t hash, uint32_t handle, uint32_t *at, int *k)
{
	uint32_t i = home_of(t, hash);

	for (uint32_t n = 0; n < t->n_buckets; n++, i = next_of(t, i)) {
		*k = place_in(&t->buckets[i], handle);
		*at = i;
		if (*k >= 0 || !t->buckets[i].passed)
			break;
	}
	return *k >= 0;
}

static bool take_out(struct hset_table *t, uint32_t hash, uint32_t handle)
{
	struct hset_bucket *b;
	uint32_t at;
	int k = -1;

	if (!locate(t, hash, handle, &at, &k))
		return false;
	for (uint32_t i = home_of(t, hash); i != at; i = next_of(t, i))
		t->buckets[i].passed -= t->buckets[i].passed < UINT16_MAX;
	b = &t->buckets[at];
	b->n--;
	b->handle[k] = b->handle[b->n];
	b->tag[k] = b->tag[b->n];
	return true;
}

void hset_del(struct hset *s, uint32_t hash, uint32_t handle)
{
	const uint32_t half = s->now.n_buckets / 2;
	bool is_out = take_out(&s->now, hash, handle);

	if (!is_out && s->old.buckets)
		is_out = take_out(&s->old, hash, handle);
	assert(is_out); /* else it is not in this set */
	s->n--;
	if (s->old.buckets)
		move_some(s, STEP);
	if (s->now.n_buckets > MIN_BUCKETS && s->n < (uint64_t)s->now.n_buckets * PLACES / 8)
		resize(s, half > MIN_BUCKETS ? half : MIN_BUCKETS);
}

uint32_t hset_count(const struct hset *s)
{
	return s->n;
}

size_t hset_bytes(const struct hset *s)
{
	return ((size_t)s->now.n_buckets + s->old.n_buckets) * LINE;
}
