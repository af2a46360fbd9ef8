/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The prefix table against the simplest thing that can be right: a sorted array. Prefixes are
 * drawn from few bytes so that nodes share paths, fill up, and empty again.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/ds/bitmap.h"
#include "lib/ds/ptable.h"
#include "tests/cu_main.h"

#define MODEL_MAX  3000
#define OPERATIONS 20000

struct entry {
	struct prefix pfx;
	uint32_t value;
};

struct model {
	struct entry e[MODEL_MAX];
	uint32_t n;
};

/* First index whose prefix is >= pfx. */
static uint32_t model_lower(const struct model *m, const struct prefix *pfx)
{
	uint32_t lo = 0;
	uint32_t hi = m->n;

	while (lo < hi) {
		const uint32_t mid = (lo + hi) / 2;

		if (prefix_cmp(&m->e[mid].pfx, pfx) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static struct entry *model_get(struct model *m, const struct prefix *pfx)
{
	const uint32_t i = model_lower(m, pfx);

	return i < m->n && prefix_is_equal(&m->e[i].pfx, pfx) ? &m->e[i] : NULL;
}

static uint32_t model_set(struct model *m, const struct prefix *pfx, uint32_t value)
{
	struct entry *e = model_get(m, pfx);
	const uint32_t i = model_lower(m, pfx);
	uint32_t old;

	if (e) {
		old = e->value;
		e->value = value;
		return old;
	}
	memmove(&m->e[i + 1], &m->e[i], (m->n - i) * sizeof(m->e[0]));
	m->e[i] = (struct entry){ *pfx, value };
	m->n++;
	return PTABLE_NONE;
}

static uint32_t model_del(struct model *m, const struct prefix *pfx)
{
	struct entry *e = model_get(m, pfx);
	uint32_t old;

	if (!e)
		return PTABLE_NONE;
	old = e->value;
	m->n--;
	memmove(e, e + 1, (size_t)(&m->e[m->n] - e) * sizeof(*e));
	return old;
}

static uint32_t model_match(const struct model *m, const struct prefix *pfx, struct prefix *found)
{
	uint32_t value = PTABLE_NONE;
	int best = -1;

	for (uint32_t i = 0; i < m->n; i++) {
		if (m->e[i].pfx.len > best && prefix_covers(&m->e[i].pfx, pfx)) {
			best = m->e[i].pfx.len;
			value = m->e[i].value;
			*found = m->e[i].pfx;
		}
	}
	return value;
}

static uint32_t model_next(const struct model *m, struct prefix *key, bool inclusive)
{
	for (uint32_t i = model_lower(m, key); i < m->n; i++) {
		if (!inclusive && prefix_is_equal(&m->e[i].pfx, key))
			continue;
		*key = m->e[i].pfx;
		return m->e[i].value;
	}
	return PTABLE_NONE;
}

/* Bytes from a small alphabet, one of any value, any length. */
static struct prefix random_prefix(uint8_t family)
{
	static const uint8_t alphabet[] = { 0, 1, 0x7f, 0x80, 0xff };
	const unsigned bytes = family_bytes(family);
	struct ip_addr a = { .family = family };

	for (unsigned i = 0; i < bytes; i++)
		a.b[i] = alphabet[cu_random_below(i < bytes - 2 ? 2 : ARRAY_SIZE(alphabet))];
	a.b[cu_random_below(bytes)] = (uint8_t)cu_random();
	return prefix_make(&a, (uint8_t)cu_random_below(family_bits(family) + 1u));
}

static void change_both(struct ptable *t, struct model *m, uint8_t family, unsigned del_percent)
{
	struct prefix pfx = random_prefix(family);
	const uint32_t value = cu_random() >> 1;

	if (cu_random_below(100) < del_percent) {
		if (m->n && cu_random_below(2))
			pfx = m->e[cu_random_below(m->n)].pfx;
		CU_ASSERT_EQUAL_FATAL(ptable_del(t, &pfx), model_del(m, &pfx));
	} else if (m->n < MODEL_MAX) {
		CU_ASSERT_EQUAL_FATAL(ptable_set(t, &pfx, value), model_set(m, &pfx, value));
	}
	CU_ASSERT_EQUAL_FATAL(ptable_count(t), m->n);
}

static void compare_lookups(const struct ptable *t, struct model *m, uint8_t family)
{
	const struct prefix pfx = random_prefix(family);
	const struct entry *e = model_get(m, &pfx);
	struct prefix found = { 0 };
	struct prefix expected = { 0 };

	CU_ASSERT_EQUAL_FATAL(ptable_get(t, &pfx), e ? e->value : PTABLE_NONE);
	CU_ASSERT_EQUAL_FATAL(ptable_match(t, &pfx, &found), model_match(m, &pfx, &expected));
	CU_ASSERT_FATAL(prefix_is_equal(&found, &expected));
}

/* Half of them are there, some more than once. */
static void compare_many(const struct ptable *t, struct model *m, uint8_t family)
{
	const uint32_t n = cu_random_below(PTABLE_MANY + 1);
	struct prefix pfx[PTABLE_MANY];
	struct ptable_spot spots[PTABLE_MANY];

	for (uint32_t i = 0; i < n; i++)
		pfx[i] = m->n && cu_random_below(2) ? m->e[cu_random_below(m->n)].pfx :
						      random_prefix(family);
	ptable_find_many(t, pfx, n, spots);
	for (uint32_t i = 0; i < n; i++) {
		const struct entry *e = model_get(m, &pfx[i]);

		CU_ASSERT_EQUAL_FATAL(spots[i].value, e ? e->value : PTABLE_NONE);
	}
}

static void compare_steps(const struct ptable *t, const struct model *m, uint8_t family)
{
	const bool inclusive = cu_random_below(2);
	struct prefix key = random_prefix(family);
	struct prefix key2 = key;

	CU_ASSERT_EQUAL_FATAL(ptable_next(t, &key, inclusive), model_next(m, &key2, inclusive));
	CU_ASSERT_FATAL(prefix_is_equal(&key, &key2));
}

struct walk_check {
	const struct model *m;
	uint32_t i;       /* next expected */
	uint32_t stop_at; /* UINT32_MAX: never */
};

static bool expect_next(void *ctx, const struct prefix *pfx, uint32_t value)
{
	struct walk_check *c = ctx;

	CU_ASSERT_FATAL(c->i < c->m->n);
	CU_ASSERT_FATAL(prefix_is_equal(pfx, &c->m->e[c->i].pfx));
	CU_ASSERT_EQUAL_FATAL(value, c->m->e[c->i].value);
	return c->i++ != c->stop_at;
}

static void walk_in_batches(const struct ptable *t, const struct model *m, uint8_t family)
{
	struct walk_check c = { .m = m, .stop_at = m->n / 2 };
	struct prefix key = prefix_any(family);
	bool inclusive = true;
	uint32_t seen;

	do {
		const uint32_t max = 1 + cu_random_below(50);
		const uint32_t before = c.i;

		seen = ptable_walk(t, &key, inclusive, max, expect_next, &c);
		CU_ASSERT_EQUAL_FATAL(seen, c.i - before);
		CU_ASSERT_FATAL(seen <= max);
		inclusive = false;
	} while (seen);
	CU_ASSERT_EQUAL(c.i, m->n);
}

static void run_model(uint8_t family)
{
	struct ptable *t = ptable_new(family);
	struct model *m = calloc(1, sizeof(*m));
	const size_t empty_bytes = ptable_bytes(t);

	for (unsigned i = 0; i < OPERATIONS; i++) {
		/* Waves: the table grows for a while, then shrinks. */
		change_both(t, m, family, i / 3000 % 2 ? 70 : 25);
		compare_lookups(t, m, family);
		compare_steps(t, m, family);
		if (i % 16 == 0)
			compare_many(t, m, family);
		if (i % 500 == 0)
			walk_in_batches(t, m, family);
	}
	while (m->n) {
		const struct prefix pfx = m->e[cu_random_below(m->n)].pfx;

		CU_ASSERT_EQUAL_FATAL(ptable_del(t, &pfx), model_del(m, &pfx));
	}
	CU_ASSERT_EQUAL(ptable_count(t), 0);
	/* The root's arrays may stay. */
	CU_ASSERT(ptable_bytes(t) <= empty_bytes + 256);
	free(m);
	ptable_free(t);
}

static void ipv4_table_agrees_with_sorted_array(void)
{
	run_model(AF_INET);
}

static void ipv6_table_agrees_with_sorted_array(void)
{
	run_model(AF_INET6);
}

static void every_place_of_a_node_comes_in_order(void)
{
	struct ptable *t = ptable_new(AF_INET);
	struct model *m = calloc(1, sizeof(*m));

	/* All 511 prefixes of the root, and one below each of its leaves. */
	for (unsigned len = 0; len <= 9; len++) {
		for (unsigned a = 0; a < 256; a++) {
			const struct ip_addr addr = ip_from_v4(a << 24);
			const struct prefix pfx = prefix_make(&addr, (uint8_t)len);

			CU_ASSERT_EQUAL_FATAL(ptable_set(t, &pfx, a), model_set(m, &pfx, a));
		}
	}
	CU_ASSERT_EQUAL(m->n, 511 + 256);
	walk_in_batches(t, m, AF_INET);
	free(m);
	ptable_free(t);
}

static void walk_continues_after_its_key_was_deleted(void)
{
	struct ptable *t = ptable_new(AF_INET6);
	struct model *m = calloc(1, sizeof(*m));
	struct prefix key = prefix_any(AF_INET6);
	struct prefix last = key;
	bool inclusive = true;

	for (unsigned i = 0; i < 1000; i++)
		change_both(t, m, AF_INET6, 0);
	for (;;) {
		struct prefix expected = key;
		const uint32_t value = model_next(m, &expected, inclusive);

		CU_ASSERT_EQUAL_FATAL(ptable_next(t, &key, inclusive), value);
		if (value == PTABLE_NONE)
			break;
		CU_ASSERT_FATAL(prefix_is_equal(&key, &expected));
		CU_ASSERT_FATAL(inclusive || prefix_cmp(&last, &key) < 0);
		last = key;
		inclusive = false;
		CU_ASSERT_EQUAL_FATAL(ptable_del(t, &key), model_del(m, &key));
		change_both(t, m, AF_INET6, 60);
	}
	free(m);
	ptable_free(t);
}

static void slot_of_a_new_prefix_is_none_and_can_be_set(void)
{
	struct ptable *t = ptable_new(AF_INET);
	const struct ip_addr a = ip_from_v4(0x0a000000);
	const struct prefix pfx = prefix_make(&a, 24);
	uint32_t *slot = ptable_slot(t, &pfx);

	CU_ASSERT_EQUAL_FATAL(*slot, PTABLE_NONE);
	*slot = 7;
	CU_ASSERT_EQUAL(ptable_get(t, &pfx), 7);
	CU_ASSERT_EQUAL(*ptable_slot(t, &pfx), 7);
	CU_ASSERT_EQUAL(ptable_count(t), 1);
	ptable_free(t);
}

/* Places are found, the table changes, nodes come and go: then the places are used. */
static void places_found_before_hold_over_changes(void)
{
	struct model *m = calloc(1, sizeof(*m));
	struct ptable *t = ptable_new(AF_INET);

	for (unsigned round = 0; round < 3000; round++) {
		const struct prefix pfx[2] = { random_prefix(AF_INET), random_prefix(AF_INET) };
		struct ptable_spot spots[2];

		ptable_find_many(t, pfx, 2, spots);
		for (uint32_t n = cu_random_below(4); n; n--)
			change_both(t, m, AF_INET, cu_random_below(2) ? 20 : 80);
		for (uint32_t i = 0; i < 2 && m->n < MODEL_MAX; i++) {
			uint32_t *slot = ptable_slot_at(t, &pfx[i], &spots[i]);

			CU_ASSERT_EQUAL_FATAL(*slot, model_set(m, &pfx[i], round));
			*slot = round;
		}
		CU_ASSERT_EQUAL_FATAL(ptable_count(t), m->n);
		compare_lookups(t, m, AF_INET);
	}
	CU_ASSERT_TRUE(m->n > 0);
	free(m);
	ptable_free(t);
}

/* Who may go: marked by the test, and not a multiple of three. */
struct swept {
	struct model *m;
	struct bitmap marked;
	struct bitmap due; /* marked when the pass began, and there ever since */
};

static bool on_marked(void *ctx, uint32_t value)
{
	struct swept *s = ctx;

	CU_ASSERT_FATAL(bitmap_clear(&s->marked, value));
	bitmap_clear(&s->due, value);
	if (value % 3 == 0)
		return false;
	for (uint32_t i = 0; i < s->m->n; i++) {
		if (s->m->e[i].value == value)
			return model_del(s->m, &s->m->e[i].pfx) == value;
	}
	CU_FAIL("a value that is not there");
	return true;
}

static void change_while_swept(struct ptable *t, struct swept *s, uint8_t family, uint32_t value)
{
	const struct prefix fresh = random_prefix(family);
	const struct prefix any = s->m->n ? s->m->e[cu_random_below(s->m->n)].pfx : fresh;
	const uint32_t old = ptable_get(t, &any);

	if (s->m->n < 400 && model_get(s->m, &fresh) == NULL)
		CU_ASSERT_EQUAL_FATAL(ptable_set(t, &fresh, value), model_set(s->m, &fresh, value));
	if (old == PTABLE_NONE)
		return;
	if (cu_random_below(3)) {
		bitmap_set(&s->marked, old);
	} else if (cu_random_below(4) == 0) {
		bitmap_clear(&s->marked, old);
		bitmap_clear(&s->due, old);
		CU_ASSERT_EQUAL_FATAL(ptable_del(t, &any), model_del(s->m, &any));
	}
}

static void sweep_over_changes(uint8_t family)
{
	struct swept s = { .m = calloc(1, sizeof(*s.m)) };
	const struct ptable_purge purge = { .marked = &s.marked, .goes = on_marked, .ctx = &s };
	struct ptable *t = ptable_new(family);
	struct ptable_place at = { 0 };
	uint32_t n_passes = 0;

	bitmap_init(&s.marked);
	bitmap_init(&s.due);
	for (uint32_t i = 0; i < 20000; i++) {
		change_while_swept(t, &s, family, i);
		if (cu_random_below(4))
			continue;
		if (!ptable_sweep(t, &at, cu_random_below(40), &purge)) {
			CU_ASSERT_EQUAL_FATAL(bitmap_count(&s.due), 0);
			bitmap_copy(&s.due, &s.marked);
			n_passes++;
		}
		CU_ASSERT_EQUAL_FATAL(ptable_count(t), s.m->n);
		compare_lookups(t, s.m, family);
	}
	CU_ASSERT(n_passes > 10);
	while (ptable_sweep(t, &at, UINT32_MAX, &purge))
		;
	CU_ASSERT_EQUAL(ptable_count(t), s.m->n);
	bitmap_fini(&s.marked);
	bitmap_fini(&s.due);
	free(s.m);
	ptable_free(t);
}

static void a_sweep_takes_what_is_marked_whatever_changes(void)
{
	sweep_over_changes(AF_INET);
	sweep_over_changes(AF_INET6);
}

/* All values of nodes of either size, in one pass: what the table took is given back. */
static void a_sweep_of_all_leaves_nothing(void)
{
	struct ptable *t = ptable_new(AF_INET);
	const size_t bytes = ptable_bytes(t);
	struct swept s = { .m = calloc(1, sizeof(*s.m)) };
	const struct ptable_purge purge = { .marked = &s.marked, .goes = on_marked, .ctx = &s };
	struct ptable_place at = { 0 };

	bitmap_init(&s.marked);
	bitmap_init(&s.due);
	for (uint32_t i = 0; i < 900; i++) {
		const struct ip_addr a = ip_from_v4(0x0a000000 + (i << (i < 300 ? 8 : 13)));
		const struct prefix pfx = prefix_make(&a, i < 300 ? 24 : 20);

		if (ptable_get(t, &pfx) != PTABLE_NONE)
			continue;
		CU_ASSERT_EQUAL(ptable_set(t, &pfx, 3 * i + 1), PTABLE_NONE);
		(void)model_set(s.m, &pfx, 3 * i + 1);
		bitmap_set(&s.marked, 3 * i + 1);
	}
	CU_ASSERT(ptable_count(t) > 500);
	CU_ASSERT_FALSE(ptable_sweep(t, &at, UINT32_MAX, &purge));
	CU_ASSERT_EQUAL(ptable_count(t), 0);
	CU_ASSERT_EQUAL(ptable_bytes(t), bytes);
	bitmap_fini(&s.marked);
	bitmap_fini(&s.due);
	free(s.m);
	ptable_free(t);
}

static const struct cu_case cases[] = {
	CU_CASE(ipv4_table_agrees_with_sorted_array),
	CU_CASE(ipv6_table_agrees_with_sorted_array),
	CU_CASE(every_place_of_a_node_comes_in_order),
	CU_CASE(walk_continues_after_its_key_was_deleted),
	CU_CASE(slot_of_a_new_prefix_is_none_and_can_be_set),
	CU_CASE(places_found_before_hold_over_changes),
	CU_CASE(a_sweep_takes_what_is_marked_whatever_changes),
	CU_CASE(a_sweep_of_all_leaves_nothing),
};
CU_SUITE(ptable, cases);
