/* SPDX-License-Identifier: Apache-2.0 */
/* The table of routes and its index. A receiver looks up every prefix that it gets, so a lookup
 * must cost less than the router's work on it: a prefix of IPv4 up to /24 is one bit of 2^25 (4 MB,
 * with its rank 6 MB: caches well), and prefixes are numbered in the order of these bits, so that
 * its id is the count of bits before it. The few others are in a hash table. Prefixes are sent in
 * groups of one attribute set, the groups shuffled: neighbouring ids are not neighbours in time,
 * which would flatter a router that keeps a tree. */
#include "bench/load/table/table.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

enum {
	BITS = 1u << (TABLE_SHORT_LEN + 1),
	WORDS = BITS / 64,
	HUGE_PAGE = 1 << 21
};

static size_t put_arena(struct table *t, const void *p, size_t n)
{
	if (t->arena_len + n > t->arena_cap) {
		t->arena_cap = (t->arena_cap + n) * 2;
		t->arena = xrealloc(t->arena, t->arena_cap);
	}
	if (n)
		memcpy(t->arena + t->arena_len, p, n);
	t->arena_len += n;
	return t->arena_len - n;
}

static uint16_t count_hops(const struct attrs_value *v)
{
	uint16_t hops = 0;

	for (int i = 0; i + 2 <= v->path_len; i += 2 + 4 * v->path[i + 1])
		hops += v->path[i] == AS_SEQUENCE ? v->path[i + 1] : 1;
	return hops;
}

static uint32_t hash_others(const struct attrs_value *v)
{
	uint64_t sum = attr_hash(ATTR_ORIGIN, &v->origin, 1);

	for (int i = 0; i + 3 <= v->other_len;) {
		const uint8_t *a = v->other + i;
		int head = a[0] & ATTR_EXTENDED ? 4 : 3;
		int n = head == 4 ? get16(a + 2) : a[2];

		if (attr_is_checked(a[1]))
			sum += attr_hash(a[1], a + head, n);
		i += head + n;
	}
	return attr_hash_fold(sum);
}

uint32_t table_add_attrs(struct table *t, const struct attrs_value *v)
{
	struct attrs *a;

	if (t->n_attrs == t->cap_attrs) {
		t->cap_attrs = t->cap_attrs ? t->cap_attrs * 2 : 1024;
		t->attrs = xrealloc(t->attrs, t->cap_attrs * sizeof *t->attrs);
	}
	a = &t->attrs[t->n_attrs];
	a->off = put_arena(t, v->path, v->path_len);
	put_arena(t, v->other, v->other_len);
	a->path_len = v->path_len;
	a->other_len = v->other_len;
	a->origin = v->origin;
	a->hops = count_hops(v);
	a->path_hash = attr_path_hash(v->path, v->path_len, 0);
	a->other_hash = hash_others(v);
	return t->n_attrs++;
}

void table_add_prefix(struct table *t, int af, const uint8_t *addr, int len, uint32_t attrs)
{
	struct prefix *p;

	if (t->n_prefixes == t->cap_prefixes) {
		t->cap_prefixes = t->cap_prefixes ? t->cap_prefixes * 2 : 4096;
		t->prefix = xrealloc(t->prefix, t->cap_prefixes * sizeof *t->prefix);
	}
	p = &t->prefix[t->n_prefixes++];
	memset(p, 0, sizeof *p);
	memcpy(p->addr, addr, (len + 7) / 8);
	if (len & 7)
		p->addr[len / 8] &= 0xff << (8 - (len & 7));
	p->af = af;
	p->len = len;
	p->attrs = attrs;
}

static bool is_short(const struct prefix *p)
{
	return p->af == 4 && p->len <= TABLE_SHORT_LEN;
}

static int compare_prefixes(const void *x, const void *y)
{
	const struct prefix *a = x, *b = y;

	if (is_short(a) != is_short(b))
		return is_short(a) ? -1 : 1;
	if (is_short(a)) {
		uint32_t i = table_short_bit(a->addr, a->len), j = table_short_bit(b->addr, b->len);

		return i < j ? -1 : i > j;
	}
	if (a->af != b->af)
		return a->af - b->af;
	if (a->len != b->len)
		return a->len - b->len;
	return memcmp(a->addr, b->addr, 16);
}

static void number_prefixes(struct table *t)
{
	uint32_t n = 0;

	if (t->n_prefixes)
		qsort(t->prefix, t->n_prefixes, sizeof *t->prefix, compare_prefixes);
	for (uint32_t i = 0; i < t->n_prefixes; i++)
		if (!n || compare_prefixes(&t->prefix[n - 1], &t->prefix[i]))
			t->prefix[n++] = t->prefix[i];
	t->n_prefixes = n;
}

static void *huge_alloc(size_t n)
{
	void *p = aligned_alloc(HUGE_PAGE, n);

	if (!p)
		die("out of memory (%zu)", n);
	madvise(p, n, MADV_HUGEPAGE);
	memset(p, 0, n);
	return p;
}

static void index_short(struct table *t)
{
	uint32_t before = 0;

	t->bits = huge_alloc(WORDS * sizeof *t->bits);
	t->rank = huge_alloc(WORDS * sizeof *t->rank);
	for (uint32_t i = 0; i < t->n_prefixes; i++) {
		const struct prefix *p = &t->prefix[i];

		if (is_short(p)) {
			uint32_t bit = table_short_bit(p->addr, p->len);

			t->bits[bit >> 6] |= 1ull << (bit & 63);
		}
	}
	for (uint32_t w = 0; w < WORDS; w++) {
		t->rank[w] = before;
		before += __builtin_popcountll(t->bits[w]);
	}
}

static uint32_t hash_prefix(int af, const uint8_t *addr, int len)
{
	return (uint32_t)hash_bytes(af * 256 + len, addr, af == 4 ? 4 : 16);
}

static void index_long(struct table *t)
{
	uint32_t n = 0, size = 1024;

	for (uint32_t i = 0; i < t->n_prefixes; i++)
		n += !is_short(&t->prefix[i]);
	if (!n)
		return;
	while (size < n * 2)
		size *= 2;
	t->slot = xalloc(size * sizeof *t->slot);
	t->slot_mask = size - 1;
	for (uint32_t i = 0; i < t->n_prefixes; i++) {
		const struct prefix *p = &t->prefix[i];
		uint32_t k = hash_prefix(p->af, p->addr, p->len) & t->slot_mask;

		if (is_short(p))
			continue;
		while (t->slot[k])
			k = (k + 1) & t->slot_mask;
		t->slot[k] = i + 1;
	}
}

uint32_t table_find_long(const struct table *t, int af, const uint8_t *addr, int len)
{
	if (!t->slot)
		return TABLE_NONE;
	for (uint32_t i = hash_prefix(af, addr, len) & t->slot_mask;; i = (i + 1) & t->slot_mask) {
		uint32_t v = t->slot[i];
		const struct prefix *p;

		if (!v)
			return TABLE_NONE;
		p = &t->prefix[v - 1];
		if (p->af == af && p->len == len && !memcmp(p->addr, addr, af == 4 ? 4 : 16))
			return v - 1;
	}
}

/* Counting sort by the shuffled number of the attribute set. */
static void make_order(struct table *t, struct rng *rng)
{
	uint32_t *turn = xalloc((size_t)t->n_attrs * 4), *next = xalloc((size_t)t->n_attrs * 4 + 4);

	for (uint32_t i = 0; i < t->n_attrs; i++)
		turn[i] = i;
	rng_shuffle(rng, turn, t->n_attrs);
	for (uint32_t i = 0; i < t->n_prefixes; i++)
		next[turn[t->prefix[i].attrs] + 1]++;
	for (uint32_t i = 0; i < t->n_attrs; i++)
		next[i + 1] += next[i];
	t->order = xalloc((size_t)t->n_prefixes * 4);
	t->position = xalloc((size_t)t->n_prefixes * 4);
	for (uint32_t i = 0; i < t->n_prefixes; i++) {
		t->position[i] = next[turn[t->prefix[i].attrs]]++;
		t->order[t->position[i]] = i;
	}
	free(turn);
	free(next);
}

void table_index(struct table *t, struct rng *rng)
{
	number_prefixes(t);
	index_short(t);
	index_long(t);
	make_order(t, rng);
}

void table_dump(const struct table *t, const char *file)
{
	FILE *f = fopen(file, "w");
	char text[INET6_ADDRSTRLEN];

	if (!f)
		die("%s: %s", file, strerror(errno));
	for (uint32_t i = 0; i < t->n_prefixes; i++) {
		const struct prefix *p = &t->prefix[t->order[i]];

		inet_ntop(p->af == 4 ? AF_INET : AF_INET6, p->addr, text, sizeof text);
		fprintf(f, "%s/%d\n", text, p->len);
	}
	if (fclose(f))
		die("%s: %s", file, strerror(errno));
}
