/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Interning of attribute sets, and the cache of raw sections.
 */
#include <string.h>

#include "bgpd/rib/attrs.h"
#include "tests/bgpd/rib/kit.h"
#include "tests/cu_main.h"

static void equal_sets_are_one_object(void)
{
	struct attrs_table *t = attrs_table_new();
	const struct kit_attrs k = { .path_len = 3, .med = 7, .clusters = 2 };
	struct attrs *a = kit_attrs(t, &k);
	struct attrs *b = kit_attrs(t, &k);

	CU_ASSERT_PTR_EQUAL(a, b);
	CU_ASSERT_EQUAL(attrs_count(t), 1);
	CU_ASSERT_EQUAL(a->path_len, 3);
	CU_ASSERT_EQUAL(a->first_as, 65001);
	CU_ASSERT_EQUAL(a->local_pref, 100);
	attrs_unref(t, a);
	CU_ASSERT_EQUAL(attrs_count(t), 1);
	attrs_unref(t, b);
	CU_ASSERT_EQUAL(attrs_count(t), 0);
	attrs_table_free(t);
}

static void absent_value_does_not_tell_sets_apart(void)
{
	struct attrs_table *t = attrs_table_new();
	const struct wire_attrs w = { .has = WIRE_HAS_ORIGIN };
	const struct wire_attrs dirty = { .has = WIRE_HAS_ORIGIN, .med = 5, .local_pref = 9 };
	const struct wire_attrs zero_med = { .has = WIRE_HAS_ORIGIN | WIRE_HAS_MED };
	struct attrs *a = attrs_get(t, &w);
	struct attrs *b = attrs_get(t, &dirty);
	struct attrs *c = attrs_get(t, &zero_med);

	CU_ASSERT_PTR_EQUAL(a, b);
	CU_ASSERT_PTR_NOT_EQUAL(a, c);
	CU_ASSERT_NOT_EQUAL(a->id, c->id);
	attrs_unref(t, a);
	attrs_unref(t, b);
	attrs_unref(t, c);
	attrs_table_free(t);
}

static void set_gives_back_what_was_put_in(void)
{
	static const uint8_t comm[] = { 0xff, 0xff, 0xff, 0x01, 0, 1, 0, 2 };
	static const uint8_t unknown[] = { 0xe0, 99, 1, 42 };
	struct attrs_table *t = attrs_table_new();
	const struct wire_attrs w = {
		.has = WIRE_HAS_ORIGIN | WIRE_HAS_NEXT_HOP | WIRE_HAS_OTC,
		.origin = BGP_ORIGIN_EGP,
		.next_hop = ip_from_v4(0x01020304),
		.otc = 65009,
		.communities = { comm, sizeof(comm) },
		.unknown = { unknown, sizeof(unknown) },
	};
	struct attrs *a = attrs_get(t, &w);
	struct wire_attrs out;

	attrs_to_wire(a, &out);
	CU_ASSERT_EQUAL(out.has, w.has);
	CU_ASSERT_EQUAL(out.origin, w.origin);
	CU_ASSERT_EQUAL(out.otc, w.otc);
	CU_ASSERT_TRUE(ip_is_equal(&out.next_hop, &w.next_hop));
	CU_ASSERT_EQUAL_FATAL(out.communities.len, sizeof(comm));
	CU_ASSERT_EQUAL(memcmp(out.communities.p, comm, sizeof(comm)), 0);
	CU_ASSERT_EQUAL_FATAL(out.unknown.len, sizeof(unknown));
	CU_ASSERT_EQUAL(memcmp(out.unknown.p, unknown, sizeof(unknown)), 0);
	CU_ASSERT_EQUAL(out.as_path.len, 0);
	CU_ASSERT_EQUAL(a->limits, ATTRS_LIMIT_NO_EXPORT);
	attrs_unref(t, a);
	attrs_table_free(t);
}

/* RFC 4271 5: it is part of the set while the attribute is there. */
static void the_partial_flag_is_part_of_a_set(void)
{
	static const uint8_t comm[] = { 0, 1, 0, 2 };
	struct attrs_table *t = attrs_table_new();
	struct wire_attrs w = { .has = WIRE_HAS_ORIGIN, .communities = { comm, sizeof(comm) } };
	struct attrs *plain = attrs_get(t, &w);
	struct attrs *partial;
	struct attrs *bare;
	struct attrs *none;

	w.has |= WIRE_PARTIAL_COMMUNITIES;
	partial = attrs_get(t, &w);
	CU_ASSERT_PTR_NOT_EQUAL(partial, plain);
	CU_ASSERT_TRUE(partial->has & WIRE_PARTIAL_COMMUNITIES);
	w.communities.len = 0;
	none = attrs_get(t, &w);
	w.has = WIRE_HAS_ORIGIN | WIRE_PARTIAL;
	bare = attrs_get(t, &w);
	CU_ASSERT_PTR_EQUAL(none, bare);
	CU_ASSERT_EQUAL(bare->has, WIRE_HAS_ORIGIN);
	attrs_unref(t, plain);
	attrs_unref(t, partial);
	attrs_unref(t, bare);
	attrs_unref(t, none);
	attrs_table_free(t);
}

/* The cache may forget, but what it finds must be what was put for these octets and this kind. */
static void cache_never_answers_with_another_set(void)
{
	enum {
		SETS = 3000
	};
	struct attrs_table *t = attrs_table_new();
	struct attrs *set[SETS];
	uint32_t hits = 0;

	for (uint32_t i = 0; i < SETS; i++) {
		const struct kit_attrs k = { .med = i + 1 };

		set[i] = kit_attrs(t, &k);
	}
	for (uint32_t n = 0; n < 40000; n++) {
		const uint32_t i = cu_random_below(SETS);
		const uint32_t raw[2] = { i / 2, 77 };
		const uint32_t kind = i % 2;
		const struct octets o = { (const void *)raw, sizeof(raw) };
		const struct attrs_section s = attrs_section_make(kind, o);
		const struct attrs *found = attrs_cache_find(t, &s);

		CU_ASSERT_TRUE_FATAL(!found || found == set[i]);
		hits += found != NULL;
		if (!found)
			attrs_cache_put(t, &s, set[i]);
		if (n % 20000 == 19999)
			attrs_cache_flush(t);
	}
	CU_ASSERT(hits > 15000);
	for (uint32_t i = 0; i < SETS; i++)
		attrs_unref(t, set[i]);
	attrs_table_free(t);
}

static struct attrs *find(struct attrs_table *t, struct octets raw)
{
	const struct attrs_section s = attrs_section_make(0, raw);

	return attrs_cache_find(t, &s);
}

static void put_twice(struct attrs_table *t, struct octets raw, struct attrs *a)
{
	const struct attrs_section s = attrs_section_make(0, raw);

	attrs_cache_put(t, &s, a);
	attrs_cache_put(t, &s, a);
}

/* A table that is learned once costs the cache four octets a section, and no set lives longer. */
static void cache_keeps_what_comes_again_only(void)
{
	struct attrs_table *t = attrs_table_new();
	const struct kit_attrs k = { .med = 1 };
	struct attrs *a = kit_attrs(t, &k);
	uint8_t raw[100] = { 0 };
	const struct octets o = { raw, sizeof(raw) };
	const uint32_t refs = attrs_refs(a);

	for (uint32_t i = 0; i < 100000; i++) {
		struct attrs_section s;

		memcpy(raw, &i, sizeof(i));
		s = attrs_section_make(0, o);
		attrs_cache_put(t, &s, a);
	}
	CU_ASSERT_EQUAL(attrs_refs(a), refs);
	CU_ASSERT(attrs_bytes(t) < 200u << 10);
	CU_ASSERT_PTR_NULL(find(t, o));
	put_twice(t, o, a);
	CU_ASSERT_PTR_EQUAL(find(t, o), a);
	CU_ASSERT_EQUAL(attrs_refs(a), refs + 1);
	attrs_unref(t, a);
	attrs_table_free(t);
}

static void cache_is_bounded(void)
{
	struct attrs_table *t = attrs_table_new();
	const struct kit_attrs k = { .med = 1 };
	struct attrs *a = kit_attrs(t, &k);
	uint8_t raw[513] = { 0 };

	put_twice(t, (struct octets){ raw, sizeof(raw) }, a);
	CU_ASSERT_PTR_NULL(find(t, (struct octets){ raw, sizeof(raw) }));
	for (uint32_t i = 0; i < 100000; i++) {
		memcpy(raw, &i, sizeof(i));
		put_twice(t, (struct octets){ raw, 100 }, a);
		CU_ASSERT_PTR_EQUAL_FATAL(find(t, (struct octets){ raw, 100 }), a);
	}
	CU_ASSERT(attrs_bytes(t) < 4u << 20);
	attrs_unref(t, a);
	attrs_table_free(t);
}

#define MODEL_SETS  400u
#define MODEL_LISTS 7u
#define MODEL_LEN   48u

/* One decoded section, with the octets that it borrows. */
struct said {
	struct wire_attrs w;
	uint8_t b[MODEL_LISTS][MODEL_LEN];
};

static struct octets *list_of(struct wire_attrs *w, unsigned i)
{
	struct octets *const lists[MODEL_LISTS] = { &w->as_path, &w->communities,
		&w->ext_communities, &w->large_communities, &w->cluster_list, &w->unknown,
		&w->via };

	return lists[i];
}

static struct ip_addr some_next_hop(void)
{
	static const struct ip_addr six = { .family = AF_INET6, .b = { 0x20, 1 } };
	static const struct ip_addr other = { .family = AF_INET6, .b = { 0x20, 2 } };

	switch (cu_random_below(4)) {
	case 0:
		return (struct ip_addr){ 0 };
	case 1:
		return cu_random_below(2) ? six : other;
	default:
		return ip_from_v4(cu_random_below(3)); /* 0.0.0.0 is not the same as none */
	}
}

/* Few values of each, so that many are equal and many differ in one thing. */
static void say_something(struct said *s)
{
	static const uint8_t path[] = { 2, 3, 0, 0, 0xfd, 0xe9, 0, 0, 0, 7, 0, 0, 0, 8 };
	const bool is_plain = cu_random_below(2);
	struct wire_attrs *w = &s->w;

	memset(s, 0, sizeof(*s));
	w->has = WIRE_HAS_ORIGIN | (cu_random_below(2) ? WIRE_HAS_MED : 0) |
		(is_plain ? 0 :
			    cu_random_below(2 * WIRE_HAS_OTC) &
					(WIRE_HAS_AGGREGATOR | WIRE_HAS_ORIGINATOR_ID |
						WIRE_HAS_OTC | WIRE_HAS_LOCAL_PREF));
	w->origin = (uint8_t)cu_random_below(2);
	w->med = cu_random_below(2); /* also when it is absent: then it must not count */
	w->local_pref = cu_random_below(2);
	w->aggregator_as = cu_random_below(2);
	w->aggregator_id = 3;
	w->originator_id = cu_random_below(2);
	w->otc = cu_random_below(2);
	w->weight = (uint16_t)(is_plain ? 0 : cu_random_below(2));
	w->next_hop = some_next_hop();
	if (!is_plain && cu_random_below(3) == 0)
		w->next_hop_ll = (struct ip_addr){ .family = AF_INET6, .b = { 0xfe, 0x80 } };
	memcpy(s->b[0], path, sizeof(path));
	for (unsigned i = 0; i < MODEL_LISTS; i++) {
		const bool is_there = i < 2 ? cu_random_below(3) : !cu_random_below(6);

		s->b[i][MODEL_LEN / 2 - 1] = s->b[i][13] = (uint8_t)cu_random_below(2);
		if (is_there && (i < 2 || !is_plain))
			*list_of(w, i) = (struct octets){ s->b[i], i ? 24 : sizeof(path) };
	}
}

static bool is_list_equal(struct octets a, struct octets b)
{
	return a.len == b.len && (!a.len || memcmp(a.p, b.p, a.len) == 0);
}

static bool is_value_equal(const struct said *x, const struct wire_attrs *y, uint32_t bit)
{
	const struct wire_attrs *w = &x->w;

	if ((w->has ^ y->has) & bit)
		return false;
	if (!(w->has & bit))
		return true;
	switch (bit) {
	case WIRE_HAS_MED:
		return w->med == y->med;
	case WIRE_HAS_LOCAL_PREF:
		return w->local_pref == y->local_pref;
	case WIRE_HAS_AGGREGATOR:
		return w->aggregator_as == y->aggregator_as && w->aggregator_id == y->aggregator_id;
	case WIRE_HAS_ORIGINATOR_ID:
		return w->originator_id == y->originator_id;
	case WIRE_HAS_OTC:
		return w->otc == y->otc;
	default:
		return true;
	}
}

static bool means(struct said *x, struct wire_attrs *y)
{
	for (uint32_t bit = 1; bit <= WIRE_HAS_OTC; bit <<= 1) {
		if (!is_value_equal(x, y, bit))
			return false;
	}
	for (unsigned i = 0; i < MODEL_LISTS; i++) {
		if (!is_list_equal(*list_of(&x->w, i), *list_of(y, i)))
			return false;
	}
	return x->w.origin == y->origin && x->w.weight == y->weight &&
		ip_is_equal(&x->w.next_hop, &y->next_hop) &&
		ip_is_equal(&x->w.next_hop_ll, &y->next_hop_ll);
}

static void check_accessors(const struct attrs *a, struct said *x)
{
	const struct ip_addr nh = attrs_next_hop(a);
	const struct ip_addr ll = attrs_next_hop_ll(a);
	const bool has_otc = x->w.has & WIRE_HAS_OTC;
	const bool has_originator = x->w.has & WIRE_HAS_ORIGINATOR_ID;

	CU_ASSERT_TRUE(ip_is_equal(&nh, &x->w.next_hop));
	CU_ASSERT_TRUE(ip_is_equal(&ll, &x->w.next_hop_ll));
	CU_ASSERT_TRUE(is_list_equal(attrs_as_path(a), x->w.as_path));
	CU_ASSERT_TRUE(is_list_equal(attrs_communities(a), x->w.communities));
	CU_ASSERT_TRUE(is_list_equal(attrs_ext_communities(a), x->w.ext_communities));
	CU_ASSERT_TRUE(is_list_equal(attrs_cluster_list(a), x->w.cluster_list));
	CU_ASSERT_TRUE(is_list_equal(attrs_via(a), x->w.via));
	CU_ASSERT_EQUAL(attrs_otc(a), has_otc ? x->w.otc : 0);
	CU_ASSERT_EQUAL(attrs_originator_id(a), has_originator ? x->w.originator_id : 0);
	CU_ASSERT_EQUAL(a->path_len, (x->w.as_path.len ? 3u : 0) + x->w.via.len / 4u);
}

static void check_pair(const struct attrs *a, const struct attrs *b, struct said *x, struct said *y)
{
	CU_ASSERT_EQUAL_FATAL(a == b, means(x, &y->w));
	CU_ASSERT_EQUAL_FATAL(attrs_has_next_hop_of(a, b),
		ip_is_equal(&x->w.next_hop, &y->w.next_hop) &&
			ip_is_equal(&x->w.next_hop_ll, &y->w.next_hop_ll));
	CU_ASSERT_EQUAL_FATAL(attrs_has_path_of(a, b), is_list_equal(x->w.as_path, y->w.as_path));
	CU_ASSERT_EQUAL_FATAL(attrs_path_id(a) == attrs_path_id(b), attrs_has_path_of(a, b));
}

static void sets_are_one_object_if_and_only_if_they_mean_the_same(void)
{
	static struct said said[MODEL_SETS];
	static struct attrs *set[MODEL_SETS];
	struct attrs_table *t = attrs_table_new();
	struct wire_attrs out;

	for (uint32_t n = 0; n < 20 * MODEL_SETS; n++) {
		const uint32_t i = cu_random_below(MODEL_SETS);

		attrs_unref(t, set[i]);
		say_something(&said[i]);
		set[i] = attrs_get(t, &said[i].w);
	}
	for (uint32_t i = 0; i < MODEL_SETS; i++) {
		if (!set[i])
			continue;
		attrs_to_wire(set[i], &out);
		CU_ASSERT_TRUE_FATAL(means(&said[i], &out));
		check_accessors(set[i], &said[i]);
		CU_ASSERT_PTR_EQUAL(attrs_at(attrs_pool(t), attrs_handle(set[i])), set[i]);
		for (uint32_t k = 0; k < i; k++) {
			if (set[k])
				check_pair(set[i], set[k], &said[i], &said[k]);
		}
	}
	CU_ASSERT_PTR_NULL(attrs_at(attrs_pool(t), attrs_handle(NULL)));
	for (uint32_t i = 0; i < MODEL_SETS; i++)
		attrs_unref(t, set[i]);
	CU_ASSERT_EQUAL(attrs_count(t), 0);
	attrs_table_free(t); /* and asserts that no list is left */
}

/* The i-th of many: a path of four AS numbers of its own, a next hop and no more. */
static struct attrs *small_set(struct attrs_table *t, uint32_t i)
{
	uint8_t path[18] = { 2, 4 };
	const struct wire_attrs w = {
		.has = WIRE_HAS_ORIGIN | WIRE_HAS_NEXT_HOP,
		.next_hop = ip_from_v4(0x0a000001),
		.as_path = { path, sizeof(path) },
	};

	memcpy(path + 2, &i, sizeof(i));
	return attrs_get(t, &w);
}

static void common_sets_are_small_and_churn_does_not_make_them_more(void)
{
	enum {
		N = 20000
	};
	static struct attrs *set[N];
	struct attrs_table *t = attrs_table_new();
	size_t full;

	for (uint32_t i = 0; i < N; i++)
		set[i] = small_set(t, i);
	full = attrs_bytes(t);
	CU_ASSERT(full < N * 105u); /* 48 and 32, and at most 9 in each of two tables */
	for (uint32_t n = 0; n < 10 * N; n++) {
		const uint32_t i = cu_random_below(N);

		attrs_unref(t, set[i]);
		set[i] = small_set(t, N + n);
	}
	CU_ASSERT_EQUAL(attrs_count(t), N);
	CU_ASSERT(attrs_bytes(t) < full + full / 8);
	for (uint32_t i = 0; i < N; i++)
		attrs_unref(t, set[i]);
	CU_ASSERT(attrs_bytes(t) < full / 20);
	attrs_table_free(t);
}

/*
 * Among so many there are about seven pairs with one hash (n^2 / 2^33), whatever the seed: they are
 * told apart by their octets alone.
 */
static void sets_of_one_hash_stay_apart(void)
{
	enum {
		N = 250000
	};
	static struct attrs *set[N];
	struct attrs_table *t = attrs_table_new();

	for (uint32_t i = 0; i < N; i++)
		set[i] = small_set(t, i);
	CU_ASSERT_EQUAL(attrs_count(t), N);
	for (uint32_t i = 0; i < N; i++) {
		const struct wire_attrs w = { .has = WIRE_HAS_OTC, .otc = i };

		attrs_unref(t, set[i]);
		set[i] = attrs_get(t, &w);
	}
	CU_ASSERT_EQUAL(attrs_count(t), N);
	for (uint32_t i = 0; i < N; i++)
		attrs_unref(t, set[i]);
	attrs_table_free(t);
}

static const struct cu_case cases[] = {
	CU_CASE(equal_sets_are_one_object),
	CU_CASE(absent_value_does_not_tell_sets_apart),
	CU_CASE(set_gives_back_what_was_put_in),
	CU_CASE(the_partial_flag_is_part_of_a_set),
	CU_CASE(sets_are_one_object_if_and_only_if_they_mean_the_same),
	CU_CASE(common_sets_are_small_and_churn_does_not_make_them_more),
	CU_CASE(sets_of_one_hash_stay_apart),
	CU_CASE(cache_never_answers_with_another_set),
	CU_CASE(cache_keeps_what_comes_again_only),
	CU_CASE(cache_is_bounded),
};
CU_SUITE(attrs, cases);
