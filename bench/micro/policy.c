/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policy: a long prefix-list is compiled (one operation is one rule), compared, and asked; lists of
 * expressions are asked of paths that are new, of paths that are known, and with an expression that
 * gives up.
 */
#include "bgpd/policy/policy.h"

#include <stdlib.h>

#include "bench/micro/micro.h"
#include "bgpd/policy/list/aspath_list.h"
#include "bgpd/wire/aspath.h"
#include "lib/base/compiler.h"
#include "lib/base/xalloc.h"
#include "lib/ds/arena.h"

#define FIRST   0x0b000000u
#define KNOWN   100 /* paths that are asked again and again */
#define ROUTE_S 23  /* length of a rule's prefix */

/* Prefix-lists */

struct lists {
	struct policy_prefix_list l; /* its rules are owned */
	struct policy_term term;
	struct policy_route_map map;
	struct policy_conf conf;
	struct policy_set *set[2];
	char list_name[2];
	char map_name[2];
	uint32_t n_yes;
	uint32_t n_rules;
};

static bool permits(uint32_t rule)
{
	return rule % 3 != 0;
}

static struct prefix rule_prefix(uint32_t i, uint8_t len)
{
	const struct ip_addr a = ip_from_v4(FIRST + (i << 9));

	return prefix_make(&a, len);
}

static struct policy_set *compile(const struct policy_conf *c)
{
	struct errbuf err;
	struct policy_set *s;

	errbuf_init(&err);
	s = policy_compile(c, NULL, &err);
	errbuf_fini(&err);
	return s;
}

/* Prefixes of a table with holes, some with le, and the map that asks them. */
static void *setup_rules(uint32_t n)
{
	struct lists *w = xcalloc(1, sizeof(*w));

	w->list_name[0] = 'l';
	w->map_name[0] = 'm';
	w->n_rules = n;
	w->l = (struct policy_prefix_list){ w->list_name, xcalloc(n, sizeof(*w->l.rules)), n };
	for (uint32_t i = 0; i < n; i++)
		w->l.rules[i] = (struct policy_prefix_rule){ i + 1, permits(i),
			rule_prefix(i, ROUTE_S), 0, i % 5 ? 24 : 0 };
	w->term = (struct policy_term){ .seq = 10,
		.permit = true,
		.match.ref[POLICY_REF_PREFIX] = w->list_name };
	w->map = (struct policy_route_map){ w->map_name, &w->term, 1 };
	w->conf = (struct policy_conf){ .prefix_lists = &w->l,
		.n_prefix_lists = 1,
		.maps = &w->map,
		.n_maps = 1 };
	return w;
}

static void *setup_compiled(uint32_t n)
{
	struct lists *w = setup_rules(n);

	w->set[0] = compile(&w->conf);
	w->l.rules[n / 2].permit = !w->l.rules[n / 2].permit;
	w->set[1] = compile(&w->conf);
	w->l.rules[n / 2].permit = !w->l.rules[n / 2].permit;
	return w;
}

static void teardown_rules(void *ctx)
{
	struct lists *w = ctx;

	for (int i = 0; i < 2; i++) {
		if (w->set[i])
			policy_set_unref(w->set[i]);
	}
	free(w->l.rules);
	free(w);
}

static void run_compile(void *ctx, uint32_t n)
{
	struct lists *w = ctx;

	(void)n;
	w->set[0] = compile(&w->conf);
}

static bool ask(const struct lists *w, uint32_t rule, uint8_t len)
{
	const struct policy_query q = { .source = RIB_SOURCE_BGP, .pfx = rule_prefix(rule, len) };
	struct wire_attrs at = { 0 };

	return policy_eval(policy_find(w->set[0], "m"), &q, &at).permit;
}

/* A rule answers for its own prefix, and for longer ones if it has le. */
static bool answers(void *ctx, uint32_t n)
{
	const struct lists *w = ctx;

	if (!w->set[0])
		return false;
	for (uint32_t i = 0; i < n; i++) {
		if (ask(w, i, ROUTE_S) != permits(i) ||
			ask(w, i, ROUTE_S + 1) != (permits(i) && i % 5 != 0))
			return false;
	}
	return !ask(w, n, ROUTE_S);
}

static void run_ask(void *ctx, uint32_t n)
{
	struct lists *w = ctx;

	for (uint32_t i = 0; i < n; i++)
		w->n_yes += ask(w, (uint32_t)((uint64_t)i * 7919 % w->n_rules), ROUTE_S);
}

static bool is_asked(void *ctx, uint32_t n)
{
	const struct lists *w = ctx;
	uint32_t expected = 0;

	for (uint32_t i = 0; i < n; i++)
		expected += permits((uint32_t)((uint64_t)i * 7919 % w->n_rules));
	return w->n_yes == expected;
}

static void run_compare(void *ctx, uint32_t n)
{
	struct lists *w = ctx;

	for (uint32_t i = 0; i < n; i++)
		w->n_yes += policy_map_is_equal(policy_find(w->set[0], "m"),
			policy_find(w->set[i % 2], "m"));
}

/* Equal to itself, not to the one that differs in one of its rules. */
static bool is_compared(void *ctx, uint32_t n)
{
	return ((const struct lists *)ctx)->n_yes == (n + 1) / 2;
}

/* Expressions */

struct paths {
	struct arena *arena;
	struct octets *path; /* owned */
	struct policy_scratch *scratch;
	struct policy_list *list;
	uint32_t n_yes;
};

static struct policy_list *list_of(const char *text)
{
	char name[] = "l";
	struct policy_aspath_rule rule = { .seq = 1, .permit = true };
	const struct policy_aspath_list conf = { name, &rule, 1 };
	struct policy_list *l = NULL;
	struct errbuf err;

	errbuf_init(&err);
	rule.regex = aspath_regex_new(text, NULL, &err);
	if (rule.regex) {
		l = aspath_list_new(&conf);
		aspath_regex_unref(rule.regex);
	}
	errbuf_fini(&err);
	return l;
}

/* Paths of 5 to 34 AS numbers; one in nine begins with 65007. */
static struct paths *setup_paths(uint32_t n, const char *text)
{
	struct paths *w = xcalloc(1, sizeof(*w));

	w->arena = arena_new(1 << 20);
	w->path = xcalloc(n, sizeof(*w->path));
	w->scratch = policy_scratch_new();
	w->list = list_of(text);
	for (uint32_t i = 0; i < n; i++) {
		struct octets p = aspath_prepend(w->arena, (struct octets){ NULL, 0 }, 65001,
			1 + i % 30);

		p = aspath_prepend(w->arena, p, 100 + i % 5000, 3);
		w->path[i] = aspath_prepend(w->arena, p, 65000 + i % 9, 1);
	}
	return w;
}

static void *setup_expression(uint32_t n)
{
	return setup_paths(n, "_65007_");
}

static void *setup_endless(uint32_t n)
{
	return setup_paths(n, "(.*_){8}x?9_.*_8$");
}

static void teardown_paths(void *ctx)
{
	struct paths *w = ctx;

	aspath_list_free(w->list);
	policy_scratch_free(w->scratch);
	arena_free(w->arena);
	free(w->path);
	free(w);
}

static void run_expression(void *ctx, uint32_t n)
{
	struct paths *w = ctx;

	for (uint32_t i = 0; i < n; i++)
		w->n_yes += aspath_list_permits(w->list, w->path[i], i + 1, w->scratch);
}

static bool is_matched(void *ctx, uint32_t n)
{
	return ((const struct paths *)ctx)->n_yes == (n + 1) / 9;
}

static void run_known(void *ctx, uint32_t n)
{
	struct paths *w = ctx;

	for (uint32_t i = 0; i < n; i++)
		w->n_yes += aspath_list_permits(w->list, w->path[i % KNOWN], i % KNOWN + 1,
			w->scratch);
}

static bool is_known(void *ctx, uint32_t n)
{
	const struct paths *w = ctx;
	struct policy_scratch_stats st;

	policy_scratch_stats(w->scratch, &st);
	return st.misses == KNOWN && st.hits == n - KNOWN && w->n_yes > 0;
}

static bool gave_up(void *ctx, uint32_t n)
{
	const struct paths *w = ctx;
	struct policy_scratch_stats st;

	(void)n;
	policy_scratch_stats(w->scratch, &st);
	return w->n_yes == 0 && st.gave_up > 0;
}

static const struct micro rows[] = {
	{ "policy.compile", 100000, setup_rules, run_compile, answers, teardown_rules },
	{ "policy.compare", 100000, setup_compiled, run_compare, is_compared, teardown_rules },
	{ "policy.prefix-list", 100000, setup_compiled, run_ask, is_asked, teardown_rules },
	{ "policy.expression", 100000, setup_expression, run_expression, is_matched,
		teardown_paths },
	{ "policy.expression-known", 100000, setup_expression, run_known, is_known,
		teardown_paths },
	{ "policy.expression-endless", 1000, setup_endless, run_expression, gave_up,
		teardown_paths },
};

struct micro_set micro_policy(void)
{
	return (struct micro_set){ rows, ARRAY_SIZE(rows) };
}
