/* SPDX-License-Identifier: Apache-2.0 */
/* Routes made up: lengths of prefixes, sizes of groups with one set of attributes, lengths of AS
 * paths and attributes have the shares that public tables show (doc/performance.md), because they
 * decide how well a router packs and shares. The same seed gives the same table on every machine;
 * hence the order of the draws must never change. */
#include <math.h>
#include <stdlib.h>

#include "bench/load/table/table.h"

enum {
	TRANSITS = 60,
	ORIGINS = 80000
};

struct synth {
	struct table *table;
	struct rng *rng;
	uint32_t transit[TRANSITS], origin[ORIGINS];
};

/* Shares of lengths, of a million IPv4 and 220,000 IPv6 routes. */
static const uint32_t lengths4[25] = { [8] = 16,
	[9] = 14,
	[10] = 40,
	[11] = 105,
	[12] = 300,
	[13] = 595,
	[14] = 1200,
	[15] = 2100,
	[16] = 13700,
	[17] = 8500,
	[18] = 14000,
	[19] = 25500,
	[20] = 46000,
	[21] = 54000,
	[22] = 112000,
	[23] = 101000,
	[24] = 620930 };
static const uint32_t lengths6[49] = { [19] = 2,
	[20] = 20,
	[21] = 5,
	[22] = 8,
	[23] = 6,
	[24] = 40,
	[25] = 8,
	[26] = 16,
	[27] = 22,
	[28] = 140,
	[29] = 5600,
	[30] = 700,
	[31] = 350,
	[32] = 25500,
	[33] = 3600,
	[34] = 2900,
	[35] = 1500,
	[36] = 9800,
	[37] = 1000,
	[38] = 2400,
	[39] = 2700,
	[40] = 19500,
	[41] = 1100,
	[42] = 4600,
	[43] = 1500,
	[44] = 20500,
	[45] = 1900,
	[46] = 8800,
	[47] = 6800,
	[48] = 99000 };

/* Hops of the AS path without the sender's own. */
static const uint32_t path_hops[] = { 0, 50, 220, 320, 220, 110, 40, 20, 8, 5, 3, 2, 1, 1 };

/* Where IPv6 routes are, and how many. */
static const uint32_t tops6[] = { 0x20010200, 0x24000000, 0x26000000, 0x28000000, 0x2a000000,
	0x2c000000 };
static const uint32_t tops6_share[] = { 4, 25, 28, 14, 26, 3 };

#define COUNT(a) (sizeof(a) / sizeof *(a))

/* An index, drawn by its share. */
static int pick(struct synth *s, const uint32_t *share, int n)
{
	uint64_t total = 0, x;

	for (int i = 0; i < n; i++)
		total += share[i];
	x = (uint64_t)(rng_unit(s->rng) * total);
	for (int i = 0; i < n; i++) {
		if (x < share[i])
			return i;
		x -= share[i];
	}
	return n - 1;
}

static bool chance(struct synth *s, uint32_t percent)
{
	return rng_below(s->rng, 100) < percent;
}

static bool is_bogon4(uint32_t addr, int len)
{
	static const struct {
		uint32_t addr;
		int len;
	} bogons[] = { { 0x00000000, 8 }, { 0x0a000000, 8 }, { 0x7f000000, 8 }, { 0xa9fe0000, 16 },
		{ 0xac100000, 12 }, { 0xc0000000, 24 }, { 0xc0000200, 24 }, { 0xc0a80000, 16 },
		{ 0x64400000, 10 }, { 0xc6120000, 15 }, { 0xc6336400, 24 }, { 0xcb007100, 24 },
		{ 0xe0000000, 3 } };

	for (size_t i = 0; i < COUNT(bogons); i++) {
		int l = len < bogons[i].len ? len : bogons[i].len;

		if (!((addr ^ bogons[i].addr) >> (32 - l)))
			return true;
	}
	return false;
}

/* Neither AS_TRANS nor what is for documentation and private use. */
static uint32_t pick_asn(struct synth *s)
{
	for (;;) {
		uint32_t x = rng_below(s->rng, 10) < 6 ? 1 + rng_below(s->rng, 64000) :
							 131072 + rng_below(s->rng, 270000);

		if ((x != 23456 && x < 64496) || x >= 131072)
			return x;
	}
}

static uint32_t pick_origin(struct synth *s)
{
	return s->origin[rng_below(s->rng, ORIGINS)];
}

/* Near the top of the list more often. */
static uint32_t pick_transit(struct synth *s)
{
	double x = TRANSITS * rng_unit(s->rng);

	return s->transit[(uint32_t)(x * rng_unit(s->rng))];
}

/* Returns the origin AS. */
static uint32_t make_path(struct synth *s, struct attrs_value *v)
{
	uint32_t as[COUNT(path_hops)];
	int n = pick(s, path_hops, COUNT(path_hops));
	uint32_t origin = pick_origin(s);

	for (int i = 0; i < n - 1; i++)
		as[i] = i < 2 ? pick_transit(s) : pick_origin(s);
	as[n - 1] = origin;
	if (n > 2 && chance(s, 12)) /* the origin prepends */
		as[n - 2] = origin;
	if (n > 4 && chance(s, 30))
		as[n - 3] = as[n - 2] = origin;
	v->path[0] = AS_SEQUENCE;
	v->path[1] = n;
	for (int i = 0; i < n; i++)
		put32(v->path + 2 + 4 * i, as[i]);
	v->path_len = 2 + 4 * n;
	return origin;
}

static void put_other(struct attrs_value *v, uint8_t flags, uint8_t type, const uint8_t *value,
	int n)
{
	v->other_len += attr_put(v->other + v->other_len, flags, type, value, n);
}

static void make_communities(struct synth *s, struct attrs_value *v)
{
	uint32_t c[40];
	uint8_t octets[4 * COUNT(c)];
	int n = 1, kept = 0;

	while (n < 40 && chance(s, 84))
		n++;
	for (int i = 0; i < n; i++) {
		c[i] = (s->transit[rng_below(s->rng, TRANSITS)] & 0xffff) << 16;
		c[i] |= rng_below(s->rng, rng_below(s->rng, 4) ? 300 : 65000);
	}
	qsort(c, n, sizeof *c, compare_u32);
	for (int i = 0; i < n; i++)
		if ((c[i] >> 16) && (c[i] >> 16) != 65535 && (!kept || c[i] != c[kept - 1]))
			c[kept++] = c[i];
	for (int i = 0; i < kept; i++)
		put32(octets + 4 * i, c[i]);
	if (kept)
		put_other(v, ATTR_OPTIONAL | ATTR_TRANSITIVE, ATTR_COMMUNITIES, octets, 4 * kept);
}

static void make_large_communities(struct synth *s, struct attrs_value *v)
{
	uint8_t octets[12 * 4];
	int n = 1 + rng_below(s->rng, 4);
	uint32_t asn = pick_asn(s);

	for (int i = 0; i < n; i++) {
		put32(octets + 12 * i, asn);
		put32(octets + 12 * i + 4, i + 1);
		put32(octets + 12 * i + 8, rng_below(s->rng, 100000));
	}
	put_other(v, ATTR_OPTIONAL | ATTR_TRANSITIVE, ATTR_LARGE_COMMUNITIES, octets, 12 * n);
}

static uint32_t make_attrs(struct synth *s)
{
	struct attrs_value v;
	uint8_t octets[8];
	uint32_t origin;

	v.other_len = 0;
	origin = make_path(s, &v);
	v.origin = chance(s, 92) ? 0 : 2;
	if (chance(s, 15)) {
		put32(octets, rng_below(s->rng, 1000));
		put_other(&v, ATTR_OPTIONAL, ATTR_MED, octets, 4);
	}
	if (chance(s, 5))
		put_other(&v, ATTR_TRANSITIVE, ATTR_ATOMIC_AGGREGATE, octets, 0);
	if (chance(s, 6)) {
		put32(octets, origin);
		put32(octets + 4, 0x0b000000 + rng_below(s->rng, 1 << 24));
		put_other(&v, ATTR_OPTIONAL | ATTR_TRANSITIVE, ATTR_AGGREGATOR, octets, 8);
	}
	if (chance(s, 60))
		make_communities(s, &v);
	if (chance(s, 12))
		make_large_communities(s, &v);
	return table_add_attrs(s->table, &v);
}

/* Prefixes of one attribute set: a heavy tail, about 10 in the mean. */
static uint32_t group_size(struct synth *s)
{
	double x = pow(1.0 - rng_unit(s->rng), -1.0 / 1.02);

	return x > 4000 ? 4000 : (uint32_t)x;
}

static uint32_t pick_address4(struct synth *s)
{
	uint32_t addr;

	do
		addr = rng_next(s->rng) >> 32;
	while (is_bogon4(addr, 24));
	return addr;
}

/* The first free prefix from x on, or from somewhere else when it is crowded there. */
static void add_free4(struct synth *s, uint64_t *seen, uint32_t x, int len, uint32_t attrs)
{
	uint8_t octets[4];

	for (uint32_t tries = 0;; tries++) {
		uint32_t bit;

		x &= (1u << len) - 1;
		bit = 1u << len | x;
		if (!(seen[bit >> 6] >> (bit & 63) & 1) && !is_bogon4(x << (32 - len), len)) {
			seen[bit >> 6] |= 1ull << (bit & 63);
			put32(octets, x << (32 - len));
			table_add_prefix(s->table, 4, octets, len, attrs);
			return;
		}
		x = tries > 64 ? (uint32_t)(rng_next(s->rng) >> 32) : x + 1;
		if (tries > 4096) { /* no prefix of this length is left */
			len = 24;
			tries = 65;
		}
	}
}

static void make_routes4(struct synth *s, uint32_t n)
{
	uint64_t *seen = xalloc((1u << (TABLE_SHORT_LEN + 1)) / 8);

	for (uint32_t got = 0; got < n;) {
		uint32_t attrs = make_attrs(s), group = group_size(s), anchor = pick_address4(s);

		for (uint32_t j = 0; j < group && got < n; j++, got++) {
			int len = pick(s, lengths4, COUNT(lengths4));
			uint32_t x = anchor >> (32 - len);

			if (j && rng_below(s->rng, 10) == 0)
				x = rng_next(s->rng) >> (64 - len);
			add_free4(s, seen, x, len, attrs);
		}
	}
	free(seen);
}

/* Upper halves of IPv6 prefixes that are there: open addressing. */
struct set6 {
	uint64_t *key;
	uint32_t mask;
};

static bool set6_add(struct set6 *set, int len, uint64_t x)
{
	uint64_t key = hash_mix(len, x) | 1;
	uint32_t i = key & set->mask;

	while (set->key[i] && set->key[i] != key)
		i = (i + 1) & set->mask;
	if (set->key[i] || x >> 61 != 1) /* 2000::/3 only */
		return false;
	set->key[i] = key;
	return true;
}

static uint32_t pick_top6(struct synth *s, uint32_t below)
{
	uint32_t top = tops6[pick(s, tops6_share, COUNT(tops6))];

	return top + rng_below(s->rng, below);
}

static void add_free6(struct synth *s, struct set6 *set, uint64_t x, int len, uint32_t attrs)
{
	uint8_t octets[16] = { 0 };

	while (!set6_add(set, len, x = x >> (64 - len) << (64 - len))) {
		x = (uint64_t)pick_top6(s, 1u << 24) << 32;
		x |= rng_next(s->rng) & 0xffff0000u;
	}
	put32(octets, x >> 32);
	put32(octets + 4, x);
	table_add_prefix(s->table, 6, octets, len, attrs);
}

static void make_routes6(struct synth *s, uint32_t n)
{
	struct set6 set = { .mask = 1023 };

	if (!n)
		return;
	while (set.mask + 1 < n * 2)
		set.mask = set.mask * 2 + 1;
	set.key = xalloc((set.mask + 1ull) * sizeof *set.key);
	for (uint32_t got = 0; got < n;) {
		uint32_t attrs = make_attrs(s), group = group_size(s);
		uint64_t high = (uint64_t)pick_top6(s, 1u << 20) << 32;
		uint32_t run = rng_below(s->rng, 65536);

		for (uint32_t j = 0; j < group && got < n; j++, got++) {
			int len = pick(s, lengths6, COUNT(lengths6));
			uint64_t x = high | (uint64_t)(uint16_t)(run + j) << 16;

			if (len <= 32)
				x += (uint64_t)j << (64 - len);
			else
				x = high + ((uint64_t)(run + j) << (64 - len));
			add_free6(s, &set, x, len, attrs);
		}
	}
	free(set.key);
}

void table_synthesize(struct table *t, struct rng *rng, uint32_t n4, uint32_t n6)
{
	struct synth *s = xalloc(sizeof *s);

	s->table = t;
	s->rng = rng;
	for (int i = 0; i < TRANSITS; i++)
		s->transit[i] = 100 + rng_below(rng, 20000);
	for (int i = 0; i < ORIGINS; i++)
		s->origin[i] = pick_asn(s);
	make_routes4(s, n4);
	make_routes6(s, n6);
	free(s);
}
