/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cache of raw sections takes in what is seen for the second time: in a table that is learned
 * for the first time each section comes once, and to keep it would cost more than it gives. What
 * was seen once is remembered by a hash alone.
 *
 * It is two-way: a section may stand in two places of one bucket, the one used last in
 * front. It compares the octets themselves, never only a hash of them, since a peer
 * that found two sections with one hash would otherwise get a route with another's attributes. It
 * starts small and doubles while new sections keep coming, up to CACHE_MAX_BUCKETS, so that ten
 * routes do not pay for a million. Entries hold references: sets live a little
 * longer than their last path, which is what makes a flapping peer cheap.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "bgpd/rib/attrs_private.h"
#include "lib/base/xalloc.h"
#include "lib/ds/intern.h"

#define CACHE_MIN_BUCKETS 64
#define CACHE_MAX_BUCKETS 8192 /* of two: 16384 sections */
#define CACHE_MAX_LEN     512  /* longer sections are rare and not worth their copies */
#define SEEN_MIN          256
#define SEEN_MAX          32768

struct cache_entry {
	uint32_t hash;
	uint32_t kind;
	uint8_t *raw;      /* owned; NULL = free */
	struct attrs *set; /* counted */
	uint16_t len;
};

struct attrs_cache_bucket {
	struct cache_entry e[2]; /* [0] was used last */
};

uint32_t attrs_cache_kind(const struct wire_session *s)
{
	/* as4 changes how AS_PATH is read, the other two which attributes and paths are right. */
	return (s->as4 ? 1u : 0) | (s->ibgp ? 2u : 0) | (s->confed ? 4u : 0);
}

struct attrs_section attrs_section_make(uint32_t kind, struct octets raw)
{
	return (struct attrs_section){
		.raw = raw,
		.kind = kind,
		.hash = raw.len && raw.len <= CACHE_MAX_LEN ? intern_hash(raw.p, raw.len, kind) : 0,
	};
}

static bool entry_is(const struct cache_entry *e, const struct attrs_section *s)
{
	return e->raw && e->hash == s->hash && e->kind == s->kind && e->len == s->raw.len &&
		memcmp(e->raw, s->raw.p, s->raw.len) == 0;
}

static struct attrs_cache_bucket *bucket_of(const struct attrs_cache *c, uint32_t hash)
{
	return &c->buckets[hash & (c->n_buckets - 1)];
}

static void swap_ways(struct attrs_cache_bucket *b)
{
	const struct cache_entry e = b->e[0];

	b->e[0] = b->e[1];
	b->e[1] = e;
}

struct attrs *attrs_cache_find(struct attrs_table *t, const struct attrs_section *s)
{
	struct attrs_cache *c = &t->cache;
	struct attrs_cache_bucket *b;

	if (c->n_seen) /* what is not found will be put */
		prefetch(&c->seen[s->hash & (c->n_seen - 1)]);
	if (!c->buckets || s->raw.len > CACHE_MAX_LEN)
		return NULL;
	b = bucket_of(c, s->hash);
	if (entry_is(&b->e[0], s))
		return b->e[0].set;
	if (!entry_is(&b->e[1], s))
		return NULL;
	swap_ways(b);
	return b->e[0].set;
}

static void entry_drop(struct attrs_table *t, struct cache_entry *e)
{
	if (!e->raw)
		return;
	t->cache.n--;
	t->cache.raw_bytes -= e->len;
	free(e->raw);
	attrs_unref(t, e->set);
	*e = (struct cache_entry){ 0 };
}

static void entry_move(struct attrs_table *t, struct cache_entry *e)
{
	struct attrs_cache_bucket *b = bucket_of(&t->cache, e->hash);

	entry_drop(t, &b->e[1]);
	swap_ways(b);
	b->e[0] = *e;
	*e = (struct cache_entry){ 0 };
}

static void cache_grow(struct attrs_table *t)
{
	struct attrs_cache *c = &t->cache;
	struct attrs_cache_bucket *old = c->buckets;
	const uint32_t n_old = c->n_buckets;

	c->n_buckets = n_old ? 2 * n_old : CACHE_MIN_BUCKETS;
	c->buckets = xcalloc(c->n_buckets, sizeof(*c->buckets));
	for (uint32_t i = 0; i < n_old; i++) {
		for (int way = 1; way >= 0; way--) {
			if (old[i].e[way].raw)
				entry_move(t, &old[i].e[way]);
		}
	}
	free(old);
}

static void seen_grow(struct attrs_cache *c)
{
	free(c->seen);
	c->n_seen = c->n_seen ? 2 * c->n_seen : SEEN_MIN;
	c->seen = xcalloc(c->n_seen, sizeof(*c->seen));
	c->n_lost = 0;
}

/* Has it come before? If so that is not forgotten: it may have to come in again. */
static bool was_seen(struct attrs_cache *c, uint32_t hash)
{
	if (c->n_seen && c->seen[hash & (c->n_seen - 1)] == hash)
		return true;
	if (c->n_lost >= c->n_seen / 4 && c->n_seen < SEEN_MAX)
		seen_grow(c);
	c->n_lost += c->seen[hash & (c->n_seen - 1)] != 0;
	c->seen[hash & (c->n_seen - 1)] = hash;
	return false;
}

void attrs_cache_put(struct attrs_table *t, const struct attrs_section *s, struct attrs *a)
{
	struct attrs_cache *c = &t->cache;
	struct cache_entry e;

	if (s->raw.len == 0 || s->raw.len > CACHE_MAX_LEN || !was_seen(c, s->hash) ||
		attrs_cache_find(t, s))
		return;
	if (c->n >= c->n_buckets && c->n_buckets < CACHE_MAX_BUCKETS)
		cache_grow(t);
	e = (struct cache_entry){
		.hash = s->hash,
		.kind = s->kind,
		.raw = xmalloc(s->raw.len),
		.set = attrs_ref(a),
		.len = s->raw.len,
	};
	memcpy(e.raw, s->raw.p, s->raw.len);
	c->n++;
	c->raw_bytes += s->raw.len;
	entry_move(t, &e);
}

void attrs_cache_flush(struct attrs_table *t)
{
	struct attrs_cache *c = &t->cache;

	for (uint32_t i = 0; i < c->n_buckets; i++) {
		entry_drop(t, &c->buckets[i].e[0]);
		entry_drop(t, &c->buckets[i].e[1]);
	}
	assert(c->n == 0 && c->raw_bytes == 0);
	free(c->buckets);
	free(c->seen);
	*c = (struct attrs_cache){ 0 };
}

size_t attrs_cache_bytes(const struct attrs_cache *c)
{
	return c->n_buckets * sizeof(struct attrs_cache_bucket) + c->raw_bytes +
		c->n_seen * sizeof(*c->seen);
}
