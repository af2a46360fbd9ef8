/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two intern tables: one of blobs (the lists), one of sets. A set is compared by the octets of its
 * struct from `has` on: its lists are interned before it, so equal lists are equal pointers and a
 * comparison is one memcmp. What is derived from the rest (path length, neighbour AS, limits) is
 * computed once, when a set is new.
 *
 * An attribute set that is new is looked up for each of its lists and for itself, each somewhere
 * else in memory. All hashes are made first, that of the set from those of its lists, so that the
 * waits overlap.
 *
 * The cache of raw sections takes in what is seen for the second time: in a table that is learned
 * for the first time each section comes once, and to keep it would cost more than it gives. What
 * was seen once is remembered by a hash alone.
 *
 * The cache is two-way: a section may stand in two places of one bucket, the one used last in
 * front. It compares the octets themselves, never only a hash of them, since a peer
 * that found two sections with one hash would otherwise get a route with another's attributes. It
 * starts small and doubles while new sections keep coming, up to CACHE_MAX_BUCKETS, so that ten
 * routes do not pay for a million. Entries hold references: sets live a little
 * longer than their last path, which is what makes a flapping peer cheap.
 */
#include "bgpd/rib/attrs.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "bgpd/wire/aspath.h"
#include "lib/base/xalloc.h"

#define CACHE_MIN_BUCKETS 64
#define CACHE_MAX_BUCKETS 8192 /* of two: 16384 sections */
#define CACHE_MAX_LEN     512  /* longer sections are rare and not worth their copies */
#define SEEN_MIN          256
#define SEEN_MAX          32768
#define LOCAL_PREF_ABSENT 100

struct cache_entry {
	uint32_t hash;
	uint32_t kind;
	uint8_t *raw;      /* owned; NULL = free */
	struct attrs *set; /* counted */
	uint16_t len;
};

struct cache_bucket {
	struct cache_entry e[2]; /* [0] was used last */
};

struct cache {
	struct cache_bucket *buckets; /* owned; NULL until something is put */
	uint32_t n_buckets;           /* power of two */
	uint32_t n;                   /* entries in use */
	size_t raw_bytes;
	uint32_t *seen;  /* owned: hashes of sections that came once, by their low bits; 0 = free */
	uint32_t n_seen; /* power of two */
	uint32_t n_lost; /* overwritten since it grew */
};

struct attrs_table {
	uint32_t seed;        /* no tenant can choose what falls together for all of them */
	struct intern *blobs; /* owned */
	struct intern *sets;  /* owned */
	struct cache cache;
	size_t blob_bytes;
	uint64_t last_blob_id;
	uint32_t last_id;
};

static bool blob_equal(const struct intern_node *node, const void *key)
{
	const struct blob *b = (const void *)node;
	const struct octets *o = key;

	return b->len == o->len && memcmp(b->b, o->p, o->len) == 0;
}

static struct intern_node *blob_create(void *ctx, const void *key)
{
	struct attrs_table *t = ctx;
	const struct octets *o = key;
	struct blob *b = xmalloc(offsetof(struct blob, b) + o->len);

	b->id = ++t->last_blob_id;
	b->len = o->len;
	memcpy(b->b, o->p, o->len);
	t->blob_bytes += offsetof(struct blob, b) + o->len;
	return &b->node;
}

static void blob_destroy(void *ctx, struct intern_node *node)
{
	struct attrs_table *t = ctx;
	struct blob *b = container_of(node, struct blob, node);

	t->blob_bytes -= offsetof(struct blob, b) + b->len;
	free(b);
}

static const struct intern_ops blob_ops = {
	.equal = blob_equal,
	.create = blob_create,
	.destroy = blob_destroy,
};

static void blob_unref(struct attrs_table *t, struct blob *b)
{
	if (b)
		intern_unref(t->blobs, &b->node);
}

static_assert(WIRE_PARTIAL <= UINT16_MAX, "attrs.has is too short");
static_assert(sizeof(struct attrs) <= 152, "one more octet costs 16 in the heap");

/* The key of a set is a set on the stack, its padding zero, its lists interned already. */
#define KEY_OFFSET offsetof(struct attrs, origin)
#define KEY_LEN    (sizeof(struct attrs) - KEY_OFFSET)

static const void *key_of(const struct attrs *a)
{
	return (const uint8_t *)a + KEY_OFFSET;
}

static bool set_equal(const struct intern_node *node, const void *key)
{
	return memcmp(key_of((const void *)node), key_of(key), KEY_LEN) == 0;
}

static uint8_t limit_of(uint32_t community)
{
	switch (community) {
	case BGP_COMM_NO_ADVERTISE:
		return ATTRS_LIMIT_NO_ADVERTISE;
	case BGP_COMM_NO_EXPORT:
		return ATTRS_LIMIT_NO_EXPORT;
	case BGP_COMM_NO_EXPORT_SUBCONFED:
		return ATTRS_LIMIT_NO_EXPORT_SUBCONFED;
	case BGP_COMM_GRACEFUL_SHUTDOWN:
		return ATTRS_GRACEFUL_SHUTDOWN;
	case BGP_COMM_BLACKHOLE:
		return ATTRS_BLACKHOLE;
	case BGP_COMM_LLGR_STALE:
		return ATTRS_LIMIT_LLGR_STALE;
	case BGP_COMM_NO_LLGR:
		return ATTRS_LIMIT_NO_LLGR;
	default:
		return 0;
	}
}

static uint8_t limits_of(const struct blob *communities)
{
	const struct octets o = blob_octets(communities);
	uint8_t limits = 0;

	for (size_t i = 0; i + 4 <= o.len; i += 4) {
		if (o.p[i] == 0xff && o.p[i + 1] == 0xff) /* all of them are 65535:n */
			limits |= limit_of(be32_get(o.p + i));
	}
	return limits;
}

/* Takes the references on lists that the key holds. */
static struct intern_node *set_create(void *ctx, const void *key)
{
	struct attrs_table *t = ctx;
	struct attrs *a = xmalloc(sizeof(*a));
	uint32_t len;

	memcpy(a, key, sizeof(*a));
	/* A table on the way counts as an AS on the way: two tables never lean on each other. */
	len = aspath_length(blob_octets(a->as_path)) + (a->via ? a->via->len / 4u : 0);
	a->path_len = len < UINT16_MAX ? (uint16_t)len : UINT16_MAX;
	a->first_as = aspath_first(blob_octets(a->as_path));
	a->limits = limits_of(a->communities);
	if (++t->last_id == 0)
		t->last_id = 1;
	a->id = t->last_id;
	return &a->node;
}

static void set_release_lists(struct attrs_table *t, const struct attrs *a)
{
	blob_unref(t, a->as_path);
	blob_unref(t, a->communities);
	blob_unref(t, a->ext_communities);
	blob_unref(t, a->large_communities);
	blob_unref(t, a->cluster_list);
	blob_unref(t, a->unknown);
	blob_unref(t, a->via);
}

static void set_destroy(void *ctx, struct intern_node *node)
{
	struct attrs *a = container_of(node, struct attrs, node);

	set_release_lists(ctx, a);
	free(a);
}

static const struct intern_ops set_ops = {
	.equal = set_equal,
	.create = set_create,
	.destroy = set_destroy,
};

struct attrs_table *attrs_table_new(void)
{
	struct attrs_table *t = xcalloc(1, sizeof(*t));

	(void)!getrandom(&t->seed, sizeof(t->seed), 0);
	t->blobs = intern_new(&blob_ops, t);
	t->sets = intern_new(&set_ops, t);
	return t;
}

void attrs_table_free(struct attrs_table *t)
{
	if (!t)
		return;
	attrs_cache_flush(t);
	intern_free(t->sets);
	intern_free(t->blobs);
	free(t);
}

/* What is not there is not partial: policy may have taken it away. */
static uint16_t has_of(const struct wire_attrs *w)
{
	uint32_t has = w->has;

	if (likely(!(has & WIRE_PARTIAL)))
		return (uint16_t)has;
	if (!(has & WIRE_HAS_AGGREGATOR))
		has &= ~(uint32_t)WIRE_PARTIAL_AGGREGATOR;
	if (!(has & WIRE_HAS_OTC))
		has &= ~(uint32_t)WIRE_PARTIAL_OTC;
	if (!w->communities.len)
		has &= ~(uint32_t)WIRE_PARTIAL_COMMUNITIES;
	if (!w->ext_communities.len)
		has &= ~(uint32_t)WIRE_PARTIAL_EXT_COMMUNITIES;
	if (!w->large_communities.len)
		has &= ~(uint32_t)WIRE_PARTIAL_LARGE_COMMUNITIES;
	return (uint16_t)has;
}

/* The lists of a set, here and there. */
static const struct {
	size_t blob;
	size_t octets;
} lists[] = {
	{ offsetof(struct attrs, as_path), offsetof(struct wire_attrs, as_path) },
	{ offsetof(struct attrs, communities), offsetof(struct wire_attrs, communities) },
	{ offsetof(struct attrs, ext_communities), offsetof(struct wire_attrs, ext_communities) },
	{ offsetof(struct attrs, large_communities),
		offsetof(struct wire_attrs, large_communities) },
	{ offsetof(struct attrs, cluster_list), offsetof(struct wire_attrs, cluster_list) },
	{ offsetof(struct attrs, unknown), offsetof(struct wire_attrs, unknown) },
	{ offsetof(struct attrs, via), offsetof(struct wire_attrs, via) },
};

static_assert(ARRAY_SIZE(lists) == ATTRS_LISTS, "a list has no hash");

static const struct octets *list_octets(const struct wire_attrs *w, size_t i)
{
	return (const void *)((const uint8_t *)w + lists[i].octets);
}

static struct blob **list_blob(struct attrs *a, size_t i)
{
	return (void *)((uint8_t *)a + lists[i].blob);
}

static void key_fill(struct attrs *key, const struct wire_attrs *w)
{
	memset(key, 0, sizeof(*key));
	key->has = has_of(w);
	key->origin = w->origin;
	/* An absent value is not part of the key, whatever its field holds. */
	key->med = w->has & WIRE_HAS_MED ? w->med : 0;
	key->local_pref = w->has & WIRE_HAS_LOCAL_PREF ? w->local_pref : LOCAL_PREF_ABSENT;
	key->aggregator_as = w->has & WIRE_HAS_AGGREGATOR ? w->aggregator_as : 0;
	key->aggregator_id = w->has & WIRE_HAS_AGGREGATOR ? w->aggregator_id : 0;
	key->originator_id = w->has & WIRE_HAS_ORIGINATOR_ID ? w->originator_id : 0;
	key->otc = w->has & WIRE_HAS_OTC ? w->otc : 0;
	key->next_hop = w->next_hop;
	key->next_hop_ll = w->next_hop_ll;
	key->weight = w->weight;
}

void attrs_expect(const struct attrs_table *t, const struct wire_attrs *w, struct attrs_key *k)
{
	key_fill(&k->a, w);
	for (size_t i = 0; i < ATTRS_LISTS; i++) {
		const struct octets *o = list_octets(w, i);

		k->parts[i] = 0;
		if (!o->len)
			continue;
		k->parts[i] = intern_hash(o->p, o->len, t->seed);
		intern_expect(t->blobs, k->parts[i]);
	}
	k->parts[ATTRS_LISTS] = intern_hash(key_of(&k->a), KEY_LEN, t->seed);
	k->hash = intern_hash(k->parts, sizeof(k->parts), t->seed);
	intern_expect(t->sets, k->hash);
}

struct attrs *attrs_get_expected(struct attrs_table *t, const struct wire_attrs *w,
	struct attrs_key *k)
{
	struct intern_node *n;

	for (size_t i = 0; i < ATTRS_LISTS; i++) {
		const struct octets *o = list_octets(w, i);

		if (o->len)
			*list_blob(&k->a, i) = (void *)intern_get(t->blobs, k->parts[i], o);
	}
	n = intern_get(t->sets, k->hash, &k->a);
	if (n->refs > 1) /* not new: it has its own references on the lists */
		set_release_lists(t, &k->a);
	return (void *)n;
}

struct attrs *attrs_get(struct attrs_table *t, const struct wire_attrs *w)
{
	struct attrs_key k;

	attrs_expect(t, w, &k);
	return attrs_get_expected(t, w, &k);
}

void attrs_unref(struct attrs_table *t, struct attrs *a)
{
	if (a)
		intern_unref(t->sets, &a->node);
}

void attrs_to_wire(const struct attrs *a, struct wire_attrs *w)
{
	*w = (struct wire_attrs){
		.has = a->has,
		.origin = a->origin,
		.next_hop = a->next_hop,
		.next_hop_ll = a->next_hop_ll,
		.med = a->med,
		.local_pref = a->local_pref,
		.aggregator_as = a->aggregator_as,
		.aggregator_id = a->aggregator_id,
		.originator_id = a->originator_id,
		.otc = a->otc,
		.as_path = blob_octets(a->as_path),
		.communities = blob_octets(a->communities),
		.ext_communities = blob_octets(a->ext_communities),
		.large_communities = blob_octets(a->large_communities),
		.cluster_list = blob_octets(a->cluster_list),
		.unknown = blob_octets(a->unknown),
		.via = blob_octets(a->via),
		.weight = a->weight,
	};
}

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

static struct cache_bucket *bucket_of(const struct cache *c, uint32_t hash)
{
	return &c->buckets[hash & (c->n_buckets - 1)];
}

static void swap_ways(struct cache_bucket *b)
{
	const struct cache_entry e = b->e[0];

	b->e[0] = b->e[1];
	b->e[1] = e;
}

struct attrs *attrs_cache_find(struct attrs_table *t, const struct attrs_section *s)
{
	struct cache *c = &t->cache;
	struct cache_bucket *b;

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
	struct cache_bucket *b = bucket_of(&t->cache, e->hash);

	entry_drop(t, &b->e[1]);
	swap_ways(b);
	b->e[0] = *e;
	*e = (struct cache_entry){ 0 };
}

static void cache_grow(struct attrs_table *t)
{
	struct cache *c = &t->cache;
	struct cache_bucket *old = c->buckets;
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

static void seen_grow(struct cache *c)
{
	free(c->seen);
	c->n_seen = c->n_seen ? 2 * c->n_seen : SEEN_MIN;
	c->seen = xcalloc(c->n_seen, sizeof(*c->seen));
	c->n_lost = 0;
}

/* Has it come before? If so that is not forgotten: it may have to come in again. */
static bool was_seen(struct cache *c, uint32_t hash)
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
	struct cache *c = &t->cache;
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
	struct cache *c = &t->cache;

	for (uint32_t i = 0; i < c->n_buckets; i++) {
		entry_drop(t, &c->buckets[i].e[0]);
		entry_drop(t, &c->buckets[i].e[1]);
	}
	assert(c->n == 0 && c->raw_bytes == 0);
	free(c->buckets);
	free(c->seen);
	*c = (struct cache){ 0 };
}

uint32_t attrs_count(const struct attrs_table *t)
{
	return intern_count(t->sets);
}

size_t attrs_bytes(const struct attrs_table *t)
{
	return sizeof(*t) + intern_bytes(t->blobs) + intern_bytes(t->sets) + t->blob_bytes +
		intern_count(t->sets) * sizeof(struct attrs) +
		t->cache.n_buckets * sizeof(struct cache_bucket) + t->cache.raw_bytes +
		t->cache.n_seen * sizeof(*t->cache.seen);
}
