/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What sets share. AS paths and communities are interned each by itself. All that few routes have
 * (next hops that are not one IPv4 address, other lists, AGGREGATOR, ORIGINATOR_ID, OTC) is one
 * object, the rest: a set has one handle for it, and a table of IPv6 routes of one neighbour one
 * rest. So the set itself is 48 octets.
 *
 * Objects are compared with the key where it stands, in the decoded message; nothing is copied
 * until it is known to be new. A hash is made of each list once; a blob does not keep it, since it
 * is needed again only when the blob goes or the table grows.
 */
#include <assert.h>
#include <string.h>

#include "bgpd/rib/attrs_private.h"
#include "lib/ds/intern.h"

static const struct blob *blob_at(const struct attrs_table *t, uint32_t h)
{
	return pool_at(t->pool, h);
}

static const struct attrs_rest *rest_at(const struct attrs_table *t, uint32_t h)
{
	return pool_at(t->pool, h);
}

static bool is_same_list(const struct blob *b, const struct octets *o)
{
	return b->len == o->len && memcmp(b->b, o->p, o->len) == 0;
}

static bool blob_equal(const void *ctx, uint32_t h, const void *key)
{
	return is_same_list(blob_at(ctx, h), key);
}

static uint32_t blob_hash(const void *ctx, uint32_t h)
{
	const struct attrs_table *t = ctx;
	const struct blob *b = blob_at(t, h);

	return intern_hash(b->b, b->len, t->seed);
}

static const struct hset_ops blob_ops = { .equal = blob_equal, .hash = blob_hash };

static uint32_t blob_new(struct attrs_table *t, const struct octets *o)
{
	const uint32_t h = pool_take(t->pool, offsetof(struct blob, b) + o->len);
	const uint64_t id = ++t->last_blob;
	struct blob *b = pool_at(t->pool, h);

	*b = (struct blob){
		.refs = 1,
		.id = { (uint16_t)id, (uint16_t)(id >> 16), (uint16_t)(id >> 32) },
		.len = o->len,
	};
	memcpy(b->b, o->p, o->len);
	return h;
}

static uint32_t blob_get(struct attrs_table *t, uint32_t hash, const struct octets *o)
{
	uint32_t h;

	if (!o->len)
		return 0;
	h = hset_find(&t->blobs, hash, o);
	if (h) {
		((struct blob *)pool_at(t->pool, h))->refs++;
		return h;
	}
	h = blob_new(t, o);
	hset_add(&t->blobs, hash, h);
	return h;
}

static void blob_unref(struct attrs_table *t, uint32_t h)
{
	struct blob *b = pool_at(t->pool, h);

	if (!h || --b->refs)
		return;
	hset_del(&t->blobs, blob_hash(t, h), h);
	pool_release(t->pool, h);
}

static bool is_same_rest(const struct attrs_rest *r, const struct attrs_key *k)
{
	const uint8_t *at = r->b;

	if (r->hash != k->a.rest || memcmp(&r->n, &k->n, sizeof(r->n)) != 0)
		return false;
	for (size_t i = 0; i < N_ATTRS_RARE; i++) {
		if (r->n.len[i] && memcmp(at, k->rare[i].p, r->n.len[i]) != 0)
			return false;
		at += r->n.len[i];
	}
	return true;
}

static bool rest_equal(const void *ctx, uint32_t h, const void *key)
{
	return is_same_rest(rest_at(ctx, h), key);
}

static uint32_t rest_hash(const void *ctx, uint32_t h)
{
	return rest_at(ctx, h)->hash;
}

static const struct hset_ops rest_ops = { .equal = rest_equal, .hash = rest_hash };

static uint32_t rest_new(struct attrs_table *t, const struct attrs_key *k)
{
	size_t size = offsetof(struct attrs_rest, b);
	struct attrs_rest *r;
	uint8_t *at;
	uint32_t h;

	for (size_t i = 0; i < N_ATTRS_RARE; i++)
		size += k->rare[i].len;
	h = pool_take(t->pool, size);
	r = pool_at(t->pool, h);
	*r = (struct attrs_rest){ .refs = 1, .hash = k->a.rest, .n = k->n };
	at = r->b;
	for (size_t i = 0; i < N_ATTRS_RARE; i++) {
		if (!k->rare[i].len)
			continue;
		memcpy(at, k->rare[i].p, k->rare[i].len);
		at += k->rare[i].len;
	}
	return h;
}

static uint32_t rest_get(struct attrs_table *t, const struct attrs_key *k)
{
	uint32_t h;

	if (!k->has_rest)
		return 0;
	h = hset_find(&t->rests, k->a.rest, k);
	if (h) {
		((struct attrs_rest *)pool_at(t->pool, h))->refs++;
		return h;
	}
	h = rest_new(t, k);
	hset_add(&t->rests, k->a.rest, h);
	return h;
}

static void rest_unref(struct attrs_table *t, uint32_t h)
{
	struct attrs_rest *r = pool_at(t->pool, h);

	if (!h || --r->refs)
		return;
	hset_del(&t->rests, r->hash, h);
	pool_release(t->pool, h);
}

void attrs_parts_init(struct attrs_table *t)
{
	hset_init(&t->blobs, &blob_ops, t, t->pool);
	hset_init(&t->rests, &rest_ops, t, t->pool);
}

void attrs_parts_fini(struct attrs_table *t)
{
	assert(hset_count(&t->blobs) == 0 && hset_count(&t->rests) == 0);
	hset_fini(&t->blobs);
	hset_fini(&t->rests);
}

static uint32_t list_expect(const struct attrs_table *t, const struct octets *o)
{
	uint32_t hash;

	if (!o->len)
		return 0;
	hash = intern_hash(o->p, o->len, t->seed);
	hset_expect(&t->blobs, hash);
	return hash;
}

#define NEXT_HOPS_LEN (2 * sizeof(struct ip_addr))
static_assert(offsetof(struct wire_attrs, next_hop_ll) ==
		offsetof(struct wire_attrs, next_hop) + sizeof(struct ip_addr),
	"the next hops are not octets side by side");

static bool has_rare_next_hop(const struct wire_attrs *w)
{
	return w->next_hop.family == AF_INET6 || w->next_hop_ll.family;
}

static bool has_rest(const struct wire_attrs *w)
{
	return w->has & (WIRE_HAS_AGGREGATOR | WIRE_HAS_ORIGINATOR_ID | WIRE_HAS_OTC) ||
		w->ext_communities.len || w->large_communities.len || w->cluster_list.len ||
		w->unknown.len || w->via.len || has_rare_next_hop(w);
}

/* An absent value is not part of the key, whatever its field holds. */
static void rest_fill(struct attrs_key *k, const struct wire_attrs *w)
{
	const bool aggregates = w->has & WIRE_HAS_AGGREGATOR;

	k->rare[ATTRS_RARE_NEXT_HOPS] = has_rare_next_hop(w) ?
		(struct octets){ (const uint8_t *)&w->next_hop, NEXT_HOPS_LEN } :
		(struct octets){ NULL, 0 };
	k->rare[ATTRS_RARE_EXT_COMMUNITIES] = w->ext_communities;
	k->rare[ATTRS_RARE_LARGE_COMMUNITIES] = w->large_communities;
	k->rare[ATTRS_RARE_CLUSTER_LIST] = w->cluster_list;
	k->rare[ATTRS_RARE_UNKNOWN] = w->unknown;
	k->rare[ATTRS_RARE_VIA] = w->via;
	memset(&k->n, 0, sizeof(k->n));
	k->n.aggregator_as = aggregates ? w->aggregator_as : 0;
	k->n.aggregator_id = aggregates ? w->aggregator_id : 0;
	k->n.originator_id = w->has & WIRE_HAS_ORIGINATOR_ID ? w->originator_id : 0;
	k->n.otc = w->has & WIRE_HAS_OTC ? w->otc : 0;
	for (size_t i = 0; i < N_ATTRS_RARE; i++)
		k->n.len[i] = k->rare[i].len;
}

static uint32_t rest_expect(const struct attrs_table *t, struct attrs_key *k)
{
	uint32_t part[N_ATTRS_RARE + 1] = { 0 };
	uint32_t hash;

	rest_fill(k, k->w);
	part[N_ATTRS_RARE] = intern_hash(&k->n, sizeof(k->n), t->seed);
	for (size_t i = 0; i < N_ATTRS_RARE; i++) {
		if (k->rare[i].len)
			part[i] = intern_hash(k->rare[i].p, k->rare[i].len, t->seed);
	}
	hash = intern_hash(part, sizeof(part), t->seed);
	hset_expect(&t->rests, hash);
	return hash;
}

void attrs_parts_expect(const struct attrs_table *t, struct attrs_key *k)
{
	k->a.as_path = list_expect(t, &k->w->as_path);
	k->a.communities = list_expect(t, &k->w->communities);
	k->has_rest = has_rest(k->w);
	k->a.rest = k->has_rest ? rest_expect(t, k) : 0;
}

static bool list_is(const struct attrs *a, uint32_t h, const struct octets *o)
{
	return h ? is_same_list(attrs_blob(a, h), o) : !o->len;
}

bool attrs_parts_are(const struct attrs *a, const struct attrs_key *k)
{
	return list_is(a, a->as_path, &k->w->as_path) &&
		list_is(a, a->communities, &k->w->communities) && !a->rest == !k->has_rest &&
		(!a->rest || is_same_rest(attrs_rest(a), k));
}

void attrs_parts_intern(struct attrs_table *t, struct attrs *a, const struct attrs_key *k)
{
	a->as_path = blob_get(t, k->a.as_path, &k->w->as_path);
	a->communities = blob_get(t, k->a.communities, &k->w->communities);
	a->rest = rest_get(t, k);
}

void attrs_parts_release(struct attrs_table *t, const struct attrs *a)
{
	blob_unref(t, a->as_path);
	blob_unref(t, a->communities);
	rest_unref(t, a->rest);
}

struct octets attrs_rare(const struct attrs *a, enum attrs_rare what)
{
	const struct attrs_rest *r = attrs_rest(a);
	const uint8_t *at;

	if (!r || !r->n.len[what])
		return (struct octets){ NULL, 0 };
	at = r->b;
	for (unsigned i = 0; i < what; i++)
		at += r->n.len[i];
	return (struct octets){ at, r->n.len[what] };
}
