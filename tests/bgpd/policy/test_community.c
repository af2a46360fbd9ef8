/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Communities: their text, lists of them against a scan of the rules, their canonical order.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bgpd/policy/list/community_list.h"
#include "lib/base/monotime.h"
#include "lib/base/xalloc.h"
#include "tests/cu_main.h"

/* What a text means: one hex string of value/mask each encoding; NULL = refused. */
static const struct {
	const char *text;
	const char *alts[COMMUNITY_MAX_ALTS];
} texts[] = {
	{ "65000:1", { "fde80001/ffffffff" } },
	{ "0:0", { "00000000/ffffffff" } },
	{ "65535:65535", { "ffffffff/ffffffff" } },
	{ "65000:*", { "fde80000/ffff0000" } },
	{ "*:7", { "00000007/0000ffff" } },
	{ "*:*", { "00000000/00000000" } },
	{ "no-export", { "ffffff01/ffffffff" } },
	{ "no-advertise", { "ffffff02/ffffffff" } },
	{ "local-as", { "ffffff03/ffffffff" } },
	{ "no-peer", { "ffffff04/ffffffff" } },
	{ "blackhole", { "ffff029a/ffffffff" } },
	{ "graceful-shutdown", { "ffff0000/ffffffff" } },
	{ "accept-own", { "ffff0001/ffffffff" } },
	{ "llgr-stale", { "ffff0006/ffffffff" } },
	{ "no-llgr", { "ffff0007/ffffffff" } },
	{ "65000:1:4294967295", { "0000fde800000001ffffffff/ffffffffffffffffffffffff" } },
	{ "4200000000:*:3", { "fa56ea000000000000000003/ffffffff00000000ffffffff" } },
	{ "*:1:*", { "000000000000000100000000/00000000ffffffff00000000" } },
	{ "rt:65000:1",
		{ "0002fde800000001/ffffffffffffffff", "02020000fde80001/ffffffffffffffff" } },
	{ "soo:65000:65536", { "0003fde800010000/ffffffffffffffff" } },
	{ "rt:4200000000:7", { "0202fa56ea000007/ffffffffffffffff" } },
	{ "rt:192.0.2.1:7", { "0102c00002010007/ffffffffffffffff" } },
	{ "rt:65000:*",
		{ "0002fde800000000/ffffffff00000000", "02020000fde80000/ffffffffffff0000" } },
	{ "rt:*:9",
		{ "0002000000000009/ffff0000ffffffff", "0202000000000009/ffff00000000ffff",
			"0102000000000009/ffff00000000ffff" } },
	{ "lb:65000:125000000", /* one gigabit a second */
		{ "0004fde84cee6b28/ffffffffffffffff", "4004fde84cee6b28/ffffffffffffffff" } },
	{ "lb:65000:0",
		{ "0004fde800000000/ffffffffffffffff", "4004fde800000000/ffffffffffffffff" } },
	{ "lb:65000:*",
		{ "0004fde800000000/ffffffff00000000", "4004fde800000000/ffffffff00000000" } },
	{ "lb:*:50000000000",
		{ "00040000513a43b7/ffff0000ffffffff", "40040000513a43b7/ffff0000ffffffff" } },
	{ "lb:65536:1", { NULL } },
	{ "lb:192.0.2.1:1", { NULL } },
	{ "lb:1", { NULL } },
	{ "lb:1:", { NULL } },
	{ "lb:1:-1", { NULL } },
	{ "lb:1:1.5", { NULL } },
	{ "lb:1:1000000000000000001", { NULL } },
	{ "0x4004fde80000abcd", { "4004fde80000abcd/ffffffffffffffff" } },
	{ "0x4004*", { "4004000000000000/ffff000000000000" } },
	{ "0x400*", { "4000000000000000/fff0000000000000" } },
	{ "65536:1", { NULL } },
	{ "1:65536", { NULL } },
	{ "1", { NULL } },
	{ "", { NULL } },
	{ "*", { NULL } },
	{ "1:", { NULL } },
	{ ":1", { NULL } },
	{ "1:2:", { NULL } },
	{ "1:2:3:4", { NULL } },
	{ "1:4294967296:3", { NULL } },
	{ "99999999999999999999:1", { NULL } },
	{ "-1:1", { NULL } },
	{ "+1:1", { NULL } },
	{ "192.0.2.1:1", { NULL } },
	{ "rt:65536:65536", { NULL } },
	{ "rt:192.0.2.1:65536", { NULL } },
	{ "rt:192.0.2:1", { NULL } },
	{ "rt:1", { NULL } },
	{ "rt:1:2:3", { NULL } },
	{ "rt:1:1.2.3.4", { NULL } },
	{ "0x4004", { NULL } },
	{ "0x4004fde80000abcde", { NULL } },
	{ "0x4004fde80000abcd*", { NULL } },
	{ "no-such-name", { NULL } },
};

static void hex(char *dst, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		sprintf(dst + 2 * i, "%02x", p[i]);
}

/* RFC 1997, 4360 3.1, 4360 3.2, 5668 2, 8092, 7999, 8326, 9494, 3765, 7611. */
static void texts_mean_what_the_table_says(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct community_pattern p;
		const char *why = NULL;
		const int ret = community_parse(texts[i].text, strlen(texts[i].text), &p, &why);
		uint8_t n = 0;

		CU_ASSERT_EQUAL(ret == 0, texts[i].alts[0] != NULL);
		if ((ret == 0) != (texts[i].alts[0] != NULL))
			printf("# %s\n", texts[i].text);
		CU_ASSERT_PTR_NOT_NULL(ret == 0 ? "" : why);
		for (; ret == 0 && n < p.n_alts; n++) {
			const uint8_t size = community_size((enum community_kind)p.kind);
			char text[64] = "";

			hex(text, p.alt[n].value, size);
			strcat(text, "/");
			hex(text + strlen(text), p.alt[n].mask, size);
			CU_ASSERT_PTR_NOT_NULL_FATAL(texts[i].alts[n]);
			CU_ASSERT_STRING_EQUAL(text, texts[i].alts[n]);
			CU_ASSERT_TRUE(community_matches(&p, p.alt[n].value));
			CU_ASSERT_EQUAL(p.exact, !strchr(texts[i].text, '*'));
		}
		CU_ASSERT_TRUE(n == COMMUNITY_MAX_ALTS || !texts[i].alts[n]);
	}
}

/* What is shown of an extended community is matched by what is shown. */
static void what_is_shown_can_be_written(void)
{
	static const struct {
		uint8_t c[8];
		const char *text;
	} rows[] = {
		{ { 0, 2, 0xfd, 0xe8, 0, 0, 0, 1 }, "rt:65000:1" },
		{ { 2, 3, 0, 1, 0, 0, 0, 9 }, "soo:65536:9" },
		{ { 1, 2, 192, 0, 2, 1, 0, 7 }, "rt:192.0.2.1:7" },
		{ { 0x40, 2, 0xfd, 0xe8, 0, 0, 0, 1 }, "0x4002fde800000001" },
		{ { 0x40, 4, 0xfd, 0xe8, 0x4c, 0xee, 0x6b, 0x28 }, "lb:65000:125000000" },
		{ { 0, 4, 0xfd, 0xe8, 0x4c, 0xee, 0x6b, 0x28 }, "lb:65000:125000000" },
		/* a half, minus zero, infinite, no number, more than fits */
		{ { 0, 4, 0, 1, 0x3f, 0, 0, 0 }, "0x000400013f000000" },
		{ { 0, 4, 0, 1, 0x80, 0, 0, 0 }, "0x0004000180000000" },
		{ { 0, 4, 0, 1, 0x7f, 0x80, 0, 0 }, "0x000400017f800000" },
		{ { 0, 4, 0, 1, 0x7f, 0xc0, 0, 0 }, "0x000400017fc00000" },
		{ { 0, 4, 0, 1, 0x7f, 0x7f, 0xff, 0xff }, "0x000400017f7fffff" },
	};
	char text[COMMUNITY_EXT_STRLEN];
	struct community_pattern p;
	const char *why;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		CU_ASSERT_STRING_EQUAL(community_ext_format(rows[i].c, text), rows[i].text);
	for (unsigned n = 0; n < 20000; n++) {
		uint8_t c[8];

		for (unsigned i = 0; i < sizeof(c); i++)
			c[i] = (uint8_t)cu_random();
		c[0] &= 0x43;
		c[1] = (uint8_t)(1 + cu_random_below(4));
		(void)community_ext_format(c, text);
		CU_ASSERT_EQUAL_FATAL(community_parse(text, strlen(text), &p, &why), 0);
		CU_ASSERT_TRUE(p.exact);
		CU_ASSERT_TRUE(community_matches(&p, c));
	}
}

/* Few values, so that much agrees. */
static void random_text(char *dst, bool wild)
{
	static const char *const words[] = { "1", "2", "3", "65001" };
	const char *f[3];

	for (int i = 0; i < 3; i++)
		f[i] = wild && cu_random_below(3) == 0 ? "*" : words[cu_random_below(4)];
	switch (cu_random_below(3)) {
	case 0:
		sprintf(dst, "%s:%s", f[0], f[1]);
		break;
	case 1:
		sprintf(dst, "%s:%s:%s", f[0], f[1], f[2]);
		break;
	default:
		sprintf(dst, "%s:%s:%s", cu_random_below(2) ? "rt" : "soo", f[0], f[1]);
	}
}

struct route {
	struct wire_attrs at;
	uint8_t b[COMMUNITY_KIND_COUNT][8 * COMMUNITY_MAX_SIZE];
};

static void random_route(struct route *r)
{
	memset(&r->at, 0, sizeof(r->at));
	for (uint32_t n = cu_random_below(6); n; n--) {
		struct community_pattern p;
		struct octets *o;
		const char *why;
		char text[32];
		uint8_t size;

		random_text(text, false);
		CU_ASSERT_EQUAL_FATAL(community_parse(text, strlen(text), &p, &why), 0);
		size = community_size((enum community_kind)p.kind);
		o = community_attr(&r->at, (enum community_kind)p.kind);
		o->p = r->b[p.kind];
		memcpy(r->b[p.kind] + o->len, p.alt[cu_random_below(p.n_alts)].value, size);
		o->len = (uint16_t)(o->len + size);
	}
}

static bool naive_has(const struct community_pattern *p, struct wire_attrs *at)
{
	const struct octets o = *community_attr(at, (enum community_kind)p->kind);
	const uint8_t size = community_size((enum community_kind)p->kind);

	for (unsigned off = 0; off < o.len; off += size) {
		for (unsigned k = 0; k < p->n_alts; k++) {
			unsigned same = 0;

			for (unsigned i = 0; i < size; i++)
				same += (o.p[off + i] & p->alt[k].mask[i]) == p->alt[k].value[i];
			if (same == size)
				return true;
		}
	}
	return false;
}

static bool naive(const struct policy_community_list *l, struct wire_attrs *at)
{
	const struct policy_community_rule *first = NULL;

	for (uint32_t i = 0; i < l->n_rules; i++) {
		const struct policy_community_rule *r = &l->rules[i];
		bool all = true;

		for (uint8_t k = 0; k < r->n_patterns; k++)
			all &= naive_has(&r->patterns[k], at);
		if (all && (!first || r->seq < first->seq))
			first = r;
	}
	return first && first->permit;
}

#define MAX_RULES 12

static void lists_agree_with_a_scan(void)
{
	char name[] = "l";

	for (unsigned round = 0; round < 1000; round++) {
		struct community_pattern patterns[MAX_RULES][3];
		struct policy_community_rule rules[MAX_RULES];
		const struct policy_community_list conf = { name, rules,
			cu_random_below(MAX_RULES + 1) };
		struct policy_list *l;

		for (uint32_t i = 0; i < conf.n_rules; i++) {
			rules[i] = (struct policy_community_rule){ (i * 5) % 13 + 1,
				cu_random_below(2), (uint8_t)(1 + cu_random_below(3)),
				patterns[i] };
			for (uint8_t k = 0; k < rules[i].n_patterns; k++) {
				const char *why;
				char text[32];

				random_text(text, true);
				CU_ASSERT_EQUAL_FATAL(community_parse(text, strlen(text),
							      &patterns[i][k], &why),
					0);
			}
		}
		l = community_list_new(&conf);
		for (unsigned i = 0; i < 40; i++) {
			struct route r;

			random_route(&r);
			CU_ASSERT_EQUAL_FATAL(community_list_permits(l, &r.at),
				naive(&conf, &r.at));
		}
		community_list_free(l);
	}
}

/* The value that is asked for stands behind 100,000 others. */
static void cost_does_not_grow_with_the_number_of_values(void)
{
	enum {
		RULES = 100000,
		LOOKUPS = 20000
	};
	char name[] = "l";
	struct policy_community_list conf = { .name = name, .n_rules = RULES };
	struct community_pattern *p = xcalloc(RULES, sizeof(*p));
	struct policy_list *l;
	struct mono start;
	uint32_t permitted = 0;

	conf.rules = xcalloc(RULES, sizeof(*conf.rules));
	for (uint32_t i = 0; i < RULES; i++) {
		const char *why;
		char text[32];

		sprintf(text, "%u:%u", i / 1000, i % 1000);
		CU_ASSERT_EQUAL_FATAL(community_parse(text, strlen(text), &p[i], &why), 0);
		conf.rules[i] = (struct policy_community_rule){ i + 1, i % 2, 1, &p[i] };
	}
	l = community_list_new(&conf);
	start = mono_now();
	for (uint32_t i = 0; i < LOOKUPS; i++) {
		const struct wire_attrs at = { .communities = { p[RULES - 1 - i].alt[0].value,
						       4 } };

		permitted += community_list_permits(l, &at);
	}
	CU_ASSERT_EQUAL(permitted, LOOKUPS / 2);
	/* A scan takes 2e9 comparisons; a second is far from both. */
	CU_ASSERT(mono_sub_us(mono_now(), start) < 1000000);
	community_list_free(l);
	free(conf.rules);
	free(p);
}

static void the_canonical_order_has_each_value_once(void)
{
	for (unsigned round = 0; round < 300; round++) {
		uint8_t v[64 * 4];
		uint8_t before[64 * 4];
		const uint32_t n = cu_random_below(64);
		uint32_t m;

		for (uint32_t i = 0; i < 4 * n; i++)
			v[i] = (uint8_t)(cu_random_below(3) * 0x7f);
		memcpy(before, v, sizeof(v));
		m = community_sort(v, n, COMMUNITY_KIND_STANDARD);
		CU_ASSERT_TRUE_FATAL(m <= n);
		for (uint32_t i = 1; i < m; i++)
			CU_ASSERT_TRUE(memcmp(v + 4 * i - 4, v + 4 * i, 4) < 0);
		for (uint32_t i = 0; i < n; i++) {
			bool found = false;

			for (uint32_t k = 0; k < m; k++)
				found |= memcmp(v + 4 * k, before + 4 * i, 4) == 0;
			CU_ASSERT_TRUE(found);
		}
	}
}

static const struct cu_case cases[] = {
	CU_CASE(what_is_shown_can_be_written),
	CU_CASE(texts_mean_what_the_table_says),
	CU_CASE(lists_agree_with_a_scan),
	CU_CASE(cost_does_not_grow_with_the_number_of_values),
	CU_CASE(the_canonical_order_has_each_value_once),
};
CU_SUITE(community, cases);
