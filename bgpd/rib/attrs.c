/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A set is found by a hash of its numbers and of the hashes of its lists, and compared with the
 * decoded message itself: with its numbers as octets, then list by list (attrs_parts.c). Only for
 * a set that is new are its lists looked for, so a set that is known costs one search. All hashes
 * are made first, and what the searches will read is asked for at once: a new set waits once, not
 * for each of its parts. What is derived from the rest (path length, neighbour AS, limits) is
 * computed when a set is new.
 */
#include "bgpd/rib/attrs.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "bgpd/rib/attrs_private.h"
#include "bgpd/wire/aspath.h"
#include "lib/base/xalloc.h"
#include "lib/ds/intern.h"

#define LOCAL_PREF_ABSENT 100

static_assert(WIRE_PARTIAL < ATTRS_NEXT_HOP4, "attrs.has is too short");
static_assert(sizeof(struct attrs) == 48, "a million routes have a hundred thousand of them");

/* From here on a set is its key, as octets: the numbers, then the parts. */
#define KEY_OFFSET  offsetof(struct attrs, origin)
#define KEY_LEN     (sizeof(struct attrs) - KEY_OFFSET)
#define NUMBERS_LEN (offsetof(struct attrs, as_path) - KEY_OFFSET)

static struct attrs *set_at(const struct attrs_table *t, uint32_t h)
{
	return pool_at(t->pool, h);
}

static const void *key_of(const struct attrs *a)
{
	return (const uint8_t *)a + KEY_OFFSET;
}

static bool set_equal(const void *ctx, uint32_t h, const void *key)
{
	const struct attrs *a = set_at(ctx, h);
	const struct attrs_key *k = key;

	return a->hash == k->a.hash && memcmp(key_of(a), key_of(&k->a), NUMBERS_LEN) == 0 &&
		attrs_parts_are(a, k);
}

static uint32_t set_hash(const void *ctx, uint32_t h)
{
	return set_at(ctx, h)->hash;
}

static const struct hset_ops set_ops = { .equal = set_equal, .hash = set_hash };

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

static uint8_t limits_of(struct octets o)
{
	uint8_t limits = 0;

	for (size_t i = 0; i + 4 <= o.len; i += 4) {
		if (o.p[i] == 0xff && o.p[i + 1] == 0xff) /* all of them are 65535:n */
			limits |= limit_of(be32_get(o.p + i));
	}
	return limits;
}

struct attrs_table *attrs_table_new(void)
{
	struct attrs_table *t = xcalloc(1, sizeof(*t));

	(void)!getrandom(&t->seed, sizeof(t->seed), 0);
	t->pool = pool_new();
	hset_init(&t->sets, &set_ops, t, t->pool);
	attrs_parts_init(t);
	return t;
}

void attrs_table_free(struct attrs_table *t)
{
	if (!t)
		return;
	attrs_cache_flush(t);
	assert(hset_count(&t->sets) == 0);
	attrs_parts_fini(t);
	hset_fini(&t->sets);
	pool_free(t->pool);
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

static void numbers_fill(struct attrs *a, const struct wire_attrs *w)
{
	memset(a, 0, sizeof(*a));
	a->has = has_of(w);
	a->origin = w->origin;
	/* An absent value is not part of the key, whatever its field holds. */
	a->med = w->has & WIRE_HAS_MED ? w->med : 0;
	a->local_pref = w->has & WIRE_HAS_LOCAL_PREF ? w->local_pref : LOCAL_PREF_ABSENT;
	a->weight = w->weight;
	if (w->next_hop.family == AF_INET && !w->next_hop_ll.family) {
		a->has |= ATTRS_NEXT_HOP4;
		a->next_hop4 = ip_to_v4(&w->next_hop);
	}
}

void attrs_expect(const struct attrs_table *t, const struct wire_attrs *w, struct attrs_key *k)
{
	k->w = w;
	numbers_fill(&k->a, w);
	attrs_parts_expect(t, k);
	k->a.hash = intern_hash(key_of(&k->a), KEY_LEN, t->seed);
	hset_expect(&t->sets, k->a.hash);
}

static struct attrs *set_new(struct attrs_table *t, const struct attrs_key *k)
{
	const uint32_t h = pool_take(t->pool, sizeof(struct attrs));
	struct attrs *a = set_at(t, h);
	uint32_t len;

	*a = k->a;
	a->refs = 1;
	attrs_parts_intern(t, a, k);
	/* A table on the way counts as an AS on the way: two tables never lean on each other. */
	len = aspath_length(k->w->as_path) + k->w->via.len / 4u;
	a->path_len = len < UINT16_MAX ? (uint16_t)len : UINT16_MAX;
	a->first_as = aspath_first(k->w->as_path);
	a->limits = limits_of(k->w->communities);
	if (++t->last_id == 0)
		t->last_id = 1;
	a->id = t->last_id;
	hset_add(&t->sets, a->hash, h);
	return a;
}

struct attrs *attrs_get_expected(struct attrs_table *t, const struct attrs_key *k)
{
	const uint32_t h = hset_find(&t->sets, k->a.hash, k);

	return h ? attrs_ref(set_at(t, h)) : set_new(t, k);
}

struct attrs *attrs_get(struct attrs_table *t, const struct wire_attrs *w)
{
	struct attrs_key k;

	attrs_expect(t, w, &k);
	return attrs_get_expected(t, &k);
}

void attrs_destroy(struct attrs_table *t, struct attrs *a)
{
	const uint32_t h = pool_handle(a);

	hset_del(&t->sets, a->hash, h);
	attrs_parts_release(t, a);
	pool_release(t->pool, h);
}

const struct pool *attrs_pool(const struct attrs_table *t)
{
	return t->pool;
}

static struct ip_addr rare_next_hop(const struct attrs *a, size_t which)
{
	const struct octets o = attrs_rare(a, ATTRS_RARE_NEXT_HOPS);
	struct ip_addr nh = { 0 };

	if (o.len)
		memcpy(&nh, o.p + which * sizeof(nh), sizeof(nh));
	return nh;
}

struct ip_addr attrs_next_hop(const struct attrs *a)
{
	return a->has & ATTRS_NEXT_HOP4 ? ip_from_v4(a->next_hop4) : rare_next_hop(a, 0);
}

struct ip_addr attrs_next_hop_ll(const struct attrs *a)
{
	return a->has & ATTRS_NEXT_HOP4 ? (struct ip_addr){ 0 } : rare_next_hop(a, 1);
}

bool attrs_has_next_hop_of(const struct attrs *a, const struct attrs *b)
{
	const struct octets x = attrs_rare(a, ATTRS_RARE_NEXT_HOPS);
	const struct octets y = attrs_rare(b, ATTRS_RARE_NEXT_HOPS);

	if ((a->has ^ b->has) & ATTRS_NEXT_HOP4 || a->next_hop4 != b->next_hop4)
		return false;
	return x.len == y.len && (!x.len || memcmp(x.p, y.p, x.len) == 0);
}

static void rest_to_wire(const struct attrs *a, struct wire_attrs *w)
{
	const struct attrs_rest *r = attrs_rest(a);

	w->next_hop = rare_next_hop(a, 0);
	w->next_hop_ll = rare_next_hop(a, 1);
	w->aggregator_as = r->n.aggregator_as;
	w->aggregator_id = r->n.aggregator_id;
	w->originator_id = r->n.originator_id;
	w->otc = r->n.otc;
	w->ext_communities = attrs_rare(a, ATTRS_RARE_EXT_COMMUNITIES);
	w->large_communities = attrs_rare(a, ATTRS_RARE_LARGE_COMMUNITIES);
	w->cluster_list = attrs_rare(a, ATTRS_RARE_CLUSTER_LIST);
	w->unknown = attrs_rare(a, ATTRS_RARE_UNKNOWN);
	w->via = attrs_rare(a, ATTRS_RARE_VIA);
}

void attrs_to_wire(const struct attrs *a, struct wire_attrs *w)
{
	*w = (struct wire_attrs){
		.has = a->has & ~ATTRS_NEXT_HOP4,
		.origin = a->origin,
		.med = a->med,
		.local_pref = a->local_pref,
		.as_path = attrs_as_path(a),
		.communities = attrs_communities(a),
		.weight = a->weight,
	};
	if (a->rest)
		rest_to_wire(a, w);
	if (a->has & ATTRS_NEXT_HOP4)
		w->next_hop = ip_from_v4(a->next_hop4);
}

uint32_t attrs_count(const struct attrs_table *t)
{
	return hset_count(&t->sets);
}

size_t attrs_bytes(const struct attrs_table *t)
{
	return sizeof(*t) + pool_bytes(t->pool) + hset_bytes(&t->sets) + hset_bytes(&t->blobs) +
		hset_bytes(&t->rests) + attrs_cache_bytes(&t->cache);
}
