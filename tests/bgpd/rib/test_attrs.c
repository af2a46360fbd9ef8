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

static const struct cu_case cases[] = {
	CU_CASE(equal_sets_are_one_object),
	CU_CASE(absent_value_does_not_tell_sets_apart),
	CU_CASE(set_gives_back_what_was_put_in),
	CU_CASE(the_partial_flag_is_part_of_a_set),
	CU_CASE(cache_never_answers_with_another_set),
	CU_CASE(cache_keeps_what_comes_again_only),
	CU_CASE(cache_is_bounded),
};
CU_SUITE(attrs, cases);
