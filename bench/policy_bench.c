/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What policies cost: to compile long lists, to ask them, to compare two of them, and to match
 * expressions over AS paths, also those that give up. One JSON line a measure.
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bgpd/policy/list/aspath_list.h"
#include "bgpd/policy/policy.h"
#include "bgpd/wire/aspath.h"
#include "lib/base/monotime.h"
#include "lib/base/xalloc.h"
#include "lib/ds/arena.h"

#define RULES   100000
#define LOOKUPS 1000000
#define PATHS   100000

static void report(const char *what, uint64_t n, struct mono start)
{
	const int64_t us = mono_sub_us(mono_now(), start);

	printf("{\"measure\":\"%s\",\"n\":%llu,\"total_ms\":%.1f,\"each_ns\":%.1f}\n", what,
		(unsigned long long)n, (double)us / 1000, (double)us * 1000 / (double)n);
}

static size_t memory(void)
{
	const struct mallinfo2 m = mallinfo2();

	return m.uordblks + m.hblkhd;
}

static struct policy_set *compile(const struct policy_conf *c)
{
	struct errbuf err;
	struct policy_set *s;

	errbuf_init(&err);
	s = policy_compile(c, NULL, &err);
	if (!s)
		fprintf(stderr, "%s\n", errbuf_first(&err));
	errbuf_fini(&err);
	return s;
}

/* Prefixes of a table with holes, some with le, and the map that asks them. */
static void prefix_list(void)
{
	char name[] = "l";
	char map_name[] = "m";
	struct policy_prefix_list l = { name, xcalloc(RULES, sizeof(*l.rules)), RULES };
	struct policy_term term = { .seq = 10, .permit = true, .match.ref = { name } };
	struct policy_route_map map = { map_name, &term, 1 };
	const struct policy_conf c = { .prefix_lists = &l,
		.n_prefix_lists = 1,
		.maps = &map,
		.n_maps = 1 };
	struct policy_query q = { .source = RIB_SOURCE_BGP };
	struct wire_attrs at = { 0 };
	struct policy_set *s[2];
	struct mono start;
	size_t before;
	uint32_t permitted = 0;

	for (uint32_t i = 0; i < RULES; i++) {
		const struct ip_addr a = ip_from_v4(0x0b000000 + (i << 9));

		l.rules[i] = (struct policy_prefix_rule){ i + 1, i % 3 != 0, prefix_make(&a, 23), 0,
			i % 5 ? 24 : 0 };
	}
	before = memory();
	start = mono_now();
	s[0] = compile(&c);
	report("prefix-list compile, a rule", RULES, start);
	printf("{\"measure\":\"prefix-list memory\",\"n\":%u,\"bytes\":%zu}\n", RULES,
		memory() - before);
	l.rules[RULES / 2].permit = !l.rules[RULES / 2].permit;
	s[1] = compile(&c);
	start = mono_now();
	for (unsigned i = 0; i < 1000; i++)
		permitted += policy_map_is_equal(policy_find(s[0], "m"), policy_find(s[1], "m"));
	report("two maps compared", 1000, start);
	start = mono_now();
	for (uint32_t i = 0; i < LOOKUPS; i++) {
		const struct ip_addr a = ip_from_v4(0x0b000000 + (i * 7919u % RULES << 9));

		q.pfx = prefix_make(&a, 24);
		permitted += policy_eval(policy_find(s[0], "m"), &q, &at).permit;
	}
	report("route asked of the list", LOOKUPS, start);
	fprintf(stderr, "permitted %u\n", permitted);
	start = mono_now();
	policy_set_unref(s[0]);
	report("set freed", 1, start);
	policy_set_unref(s[1]);
	free(l.rules);
}

static struct policy_list *list_of(const char *text)
{
	struct errbuf err;
	char name[] = "l";
	struct policy_aspath_rule rule = { .seq = 1, .permit = true };
	const struct policy_aspath_list conf = { name, &rule, 1 };
	struct policy_list *l;

	errbuf_init(&err);
	rule.regex = aspath_regex_new(text, NULL, &err);
	l = aspath_list_new(&conf);
	aspath_regex_unref(rule.regex);
	errbuf_fini(&err);
	return l;
}

static void expressions(void)
{
	static const char *const texts[] = { "_65007_", "^65001_[0-9]+_65003$",
		"_(174|3356|1299|2914|6453)_.*_(65001|65002)$", "^((65001|6500|1)+_?)+7$",
		"(.*_){8}x?9_.*_8$" };
	struct arena *a = arena_new(1 << 20);
	struct octets *path = xcalloc(PATHS, sizeof(*path));
	struct mono start = mono_now();

	for (unsigned i = 0; i < 1000; i++)
		aspath_list_free(list_of(texts[i % 3]));
	report("expression compiled", 1000, start);
	for (uint32_t i = 0; i < PATHS; i++) {
		path[i] = aspath_prepend(a, (struct octets){ NULL, 0 }, 65000 + i % 9, 1);
		path[i] = aspath_prepend(a, path[i], 100 + i % 5000, 3);
		path[i] = aspath_prepend(a, path[i], 65001, 1 + i % 30);
	}
	for (size_t k = 0; k < sizeof(texts) / sizeof(texts[0]); k++) {
		struct policy_scratch *s = policy_scratch_new();
		struct policy_list *l = list_of(texts[k]);
		const unsigned n = k < 3 ? PATHS : 1000;
		struct policy_scratch_stats st;
		uint32_t yes = 0;

		start = mono_now();
		for (uint32_t i = 0; i < n; i++)
			yes += aspath_list_permits(l, path[i], i + 1, s);
		report(texts[k], n, start);
		start = mono_now();
		for (uint32_t i = 0; i < PATHS; i++)
			yes += aspath_list_permits(l, path[i % 100], i % 100 + 1, s);
		policy_scratch_stats(s, &st);
		fprintf(stderr, "yes %u, gave up %llu\n", yes, (unsigned long long)st.gave_up);
		if (k == 0)
			report("remembered", PATHS, start);
		aspath_list_free(l);
		policy_scratch_free(s);
	}
	free(path);
	arena_free(a);
}

int main(void)
{
	prefix_list();
	expressions();
	return 0;
}
