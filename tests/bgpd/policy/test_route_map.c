/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Route-maps: a table of maps of up to three terms with what they make of one route; scopes and
 * names.
 */
#include <stdio.h>
#include <string.h>

#include "bgpd/policy/policy.h"
#include "bgpd/wire/aspath.h"
#include "lib/ds/arena.h"
#include "tests/cu_main.h"

#define MAX_TERMS 3
#define THREE_AND_MORE              \
	{                           \
		true, 3, UINT32_MAX \
	}

/* The route: 10.1.0.0/16 from BGP, path "65001 65002", MED 50, no local preference. */
struct example {
	const char *name;
	struct policy_term terms[MAX_TERMS];
	uint32_t n_terms;
	bool permit;
	uint32_t term;
	bool modified;
	uint32_t med;
	uint32_t local_pref; /* 0 = absent */
	const char *path;
};

#define SAME .med = 50, .path = "65001 65002"

static char inside[] = "inside";
static char outside[] = "outside";

static const struct example examples[] = {
	{ .name = "empty map denies", .n_terms = 0, SAME },
	{
		.name = "end of the map denies",
		.terms = { { .seq = 1, .permit = true, .match.ref[POLICY_REF_PREFIX] = outside } },
		.n_terms = 1,
		SAME,
	},
	{
		.name = "first match wins",
		.terms = { { .seq = 1, .permit = true, .match.ref[POLICY_REF_PREFIX] = inside },
			{ .seq = 2 } },
		.n_terms = 2,
		.permit = true,
		.term = 1,
		SAME,
	},
	{
		.name = "deny term",
		.terms = { { .seq = 3, .match.ref[POLICY_REF_PREFIX] = inside },
			{ .seq = 4, .permit = true } },
		.n_terms = 2,
		.term = 3,
		SAME,
	},
	{
		.name = "source is matched",
		.terms = { { .seq = 1, .match.source_mask = 1 << RIB_SOURCE_PEERING },
			{ .seq = 2, .permit = true, .match.source_mask = 1 << RIB_SOURCE_BGP } },
		.n_terms = 2,
		.permit = true,
		.term = 2,
		SAME,
	},
	{
		.name = "all matches must hold",
		.terms = { { .seq = 1,
				   .match.med = { true, 50, 50 },
				   .match.local_pref = { true, 101, 101 } },
			{ .seq = 2,
				.permit = true,
				.match.med = { true, 50, 50 },
				.match.local_pref = { true, 100, 100 },
				.match.has_origin = true,
				.match.path_len = { true, 2, 2 } } },
		.n_terms = 2,
		.permit = true,
		.term = 2,
		SAME,
	},
	{
		.name = "path length out of range",
		.terms = { { .seq = 1, .permit = true, .match.path_len = THREE_AND_MORE } },
		.n_terms = 1,
		SAME,
	},
	{
		.name = "sets",
		.terms = { { .seq = 1,
			.permit = true,
			.set.local_pref = { POLICY_OP_SET, 200 },
			.set.med = { POLICY_OP_SET, 7 },
			.set.prepend = { 65000, 65009 },
			.set.n_prepend = 2 } },
		.n_terms = 1,
		.permit = true,
		.term = 1,
		.modified = true,
		.med = 7,
		.local_pref = 200,
		.path = "65000 65009 65001 65002",
	},
	{
		.name = "prepend last",
		.terms = { { .seq = 1, .permit = true, .set.prepend_last = 2 } },
		.n_terms = 1,
		.permit = true,
		.term = 1,
		.modified = true,
		.med = 50,
		.path = "65001 65001 65001 65002",
	},
	{
		.name = "next goes on, and later terms see what was set",
		.terms = { { .seq = 1,
				   .permit = true,
				   .next = true,
				   .set.med = { POLICY_OP_ADD, 10 } },
			{ .seq = 2,
				.permit = true,
				.match.med = { true, 60, 60 },
				.set.local_pref = { POLICY_OP_SET, 5 } },
			{ .seq = 3 } },
		.n_terms = 3,
		.permit = true,
		.term = 2,
		.modified = true,
		.med = 60,
		.local_pref = 5,
		.path = "65001 65002",
	},
	{
		.name = "next at the end permits",
		.terms = { { .seq = 1,
				   .permit = true,
				   .next = true,
				   .set.med = { POLICY_OP_SUB, 60 } },
			{ .seq = 2, .match.ref[POLICY_REF_PREFIX] = outside } },
		.n_terms = 2,
		.permit = true,
		.term = 1,
		.modified = true,
		.med = 0,
		.path = "65001 65002",
	},
	{
		.name = "a deny after next denies",
		.terms = { { .seq = 1, .permit = true, .next = true }, { .seq = 2 } },
		.n_terms = 2,
		.term = 2,
		SAME,
	},
	{
		.name = "MED does not wrap",
		.terms = { { .seq = 1, .permit = true, .set.med = { POLICY_OP_ADD, UINT32_MAX } } },
		.n_terms = 1,
		.permit = true,
		.term = 1,
		.modified = true,
		.med = UINT32_MAX,
		.path = "65001 65002",
	},
};

static struct policy_prefix_rule rule_of(const char *text)
{
	struct policy_prefix_rule r = { .seq = 1, .permit = true, .le = 24 };

	CU_ASSERT_EQUAL_FATAL(prefix_parse(text, &r.pfx), 0);
	return r;
}

static struct policy_set *compile(struct policy_route_map *maps, uint32_t n_maps,
	struct policy_set *global, struct errbuf *err)
{
	struct policy_prefix_rule in = rule_of("10.0.0.0/8");
	struct policy_prefix_rule out = rule_of("11.0.0.0/8");
	struct policy_prefix_list lists[] = { { outside, &out, 1 }, { inside, &in, 1 } };
	const struct policy_conf c = {
		.prefix_lists = global ? NULL : lists,
		.n_prefix_lists = global ? 0 : 2,
		.maps = maps,
		.n_maps = n_maps,
	};

	return policy_compile(&c, global, err);
}

static void check_example(const struct example *x, const struct policy_map *m, struct arena *a)
{
	static const uint8_t path[] = { BGP_AS_SEQUENCE, 2, 0, 0, 0xfd, 0xe9, 0, 0, 0xfd, 0xea };
	struct wire_attrs at = {
		.has = WIRE_HAS_ORIGIN | WIRE_HAS_AS_PATH | WIRE_HAS_MED,
		.med = 50,
		.as_path = { path, sizeof(path) },
	};
	struct policy_query q = { .source = RIB_SOURCE_BGP, .arena = a };
	struct policy_verdict v;
	char text[64];

	CU_ASSERT_EQUAL_FATAL(prefix_parse("10.1.0.0/16", &q.pfx), 0);
	v = policy_eval(m, &q, &at);
	CU_ASSERT_EQUAL(v.permit, x->permit);
	CU_ASSERT_EQUAL(v.term, x->term);
	CU_ASSERT_EQUAL(v.modified, x->modified);
	CU_ASSERT_EQUAL(at.med, x->med);
	CU_ASSERT_EQUAL(at.has & WIRE_HAS_LOCAL_PREF ? at.local_pref : 0, x->local_pref);
	CU_ASSERT_STRING_EQUAL(aspath_format(at.as_path, text, sizeof(text)), x->path);
	if (v.permit != x->permit || v.term != x->term)
		printf("# example: %s\n", x->name);
}

static void maps_do_what_the_table_says(void)
{
	struct arena *a = arena_new(4096);

	for (size_t i = 0; i < ARRAY_SIZE(examples); i++) {
		const struct example *x = &examples[i];
		struct policy_term terms[MAX_TERMS];
		char name[] = "m";
		struct policy_route_map map = { name, terms, x->n_terms };
		struct policy_set *s;
		struct errbuf err;

		memcpy(terms, x->terms, sizeof(terms));
		errbuf_init(&err);
		s = compile(&map, 1, NULL, &err);
		CU_ASSERT_PTR_NOT_NULL_FATAL(s);
		check_example(x, policy_find(s, "m"), a);
		policy_set_unref(s);
		errbuf_fini(&err);
		arena_reset(a);
	}
	arena_free(a);
}

static void names_are_looked_up_in_the_global_scope(void)
{
	struct policy_term term = { .seq = 1,
		.permit = true,
		.match.ref[POLICY_REF_PREFIX] = inside };
	char name_g[] = "everywhere";
	char name_t[] = "here";
	struct policy_route_map in_global = { name_g, &term, 1 };
	struct policy_route_map in_tenant = { name_t, &term, 1 };
	struct policy_set *global;
	struct policy_set *s;
	struct errbuf err;

	errbuf_init(&err);
	global = compile(&in_global, 1, NULL, &err);
	CU_ASSERT_PTR_NOT_NULL_FATAL(global);
	s = compile(&in_tenant, 1, global, &err);
	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	policy_set_unref(global); /* the tenant's set keeps it */
	CU_ASSERT_PTR_NOT_NULL(policy_find(s, "here"));
	CU_ASSERT_PTR_NOT_NULL(policy_find(s, "everywhere"));
	CU_ASSERT_PTR_NULL(policy_find(s, "nowhere"));
	CU_ASSERT_TRUE(policy_map_is_equal(policy_find(s, "here"), policy_find(s, "everywhere")));
	policy_set_unref(s);
	errbuf_fini(&err);
}

static void unknown_list_is_an_error_with_its_name(void)
{
	char nowhere[] = "nowhere";
	struct policy_term term = { .seq = 7, .match.ref[POLICY_REF_PREFIX] = nowhere };
	char name[] = "m";
	struct policy_route_map map = { name, &term, 1 };
	struct errbuf err;

	errbuf_init(&err);
	CU_ASSERT_PTR_NULL(compile(&map, 1, NULL, &err));
	CU_ASSERT_PTR_NOT_NULL(strstr(errbuf_first(&err), "\"nowhere\""));
	CU_ASSERT_PTR_NOT_NULL(strstr(errbuf_first(&err), "term 7"));
	errbuf_fini(&err);
}

static void every_map_of_the_table_equals_only_itself(void)
{
	struct policy_route_map maps[ARRAY_SIZE(examples)];
	struct policy_term terms[ARRAY_SIZE(examples)][MAX_TERMS];
	char names[ARRAY_SIZE(examples)][8];
	struct policy_set *s[2];
	struct errbuf err;

	errbuf_init(&err);
	for (size_t i = 0; i < ARRAY_SIZE(examples); i++) {
		snprintf(names[i], sizeof(names[i]), "m%zu", i);
		memcpy(terms[i], examples[i].terms, sizeof(terms[i]));
		maps[i] = (struct policy_route_map){ names[i], terms[i], examples[i].n_terms };
	}
	s[0] = compile(maps, ARRAY_SIZE(examples), NULL, &err);
	s[1] = compile(maps, ARRAY_SIZE(examples), NULL, &err);
	CU_ASSERT_TRUE_FATAL(s[0] && s[1]);
	for (size_t i = 0; i < ARRAY_SIZE(examples); i++) {
		for (size_t k = 0; k < ARRAY_SIZE(examples); k++)
			CU_ASSERT_EQUAL(policy_map_is_equal(policy_find(s[0], names[i]),
						policy_find(s[1], names[k])),
				i == k);
	}
	policy_set_unref(s[0]);
	policy_set_unref(s[1]);
	errbuf_fini(&err);
}

/* RFC 9494 4.3: the route is the last resort wherever it goes; what else there was is gone. */
static void no_map_takes_the_mark_of_a_stale_route_away(void)
{
	static const uint8_t marked[] = { 0xff, 0xff, 0, 5, 0xff, 0xff, 0, 6 };
	struct community_pattern all = { .n_alts = 0 };
	struct policy_community_rule rule = { .seq = 1, .permit = true, .n_patterns = 1 };
	char list_name[] = "any";
	char name[] = "m";
	struct policy_community_list list = { list_name, &rule, 1 };
	const struct policy_communities ways[] = { { .replace = true },
		{ .remove = &all, .n_remove = 1 }, { .remove_list = list_name } };
	struct arena *a = arena_new(4096);
	const char *why = NULL;

	rule.patterns = &all;
	CU_ASSERT_EQUAL_FATAL(community_parse("65535:*", 7, &all, &why), 0);
	for (size_t i = 0; i < 2 * ARRAY_SIZE(ways); i++) {
		struct policy_term term = { .seq = 1, .permit = true };
		struct policy_route_map map = { name, &term, 1 };
		const struct policy_conf c = { .community_lists = &list,
			.n_community_lists = 1,
			.maps = &map,
			.n_maps = 1 };
		const struct policy_query q = { .source = RIB_SOURCE_BGP, .arena = a };
		/* with the mark, and without it */
		struct wire_attrs at = { .communities = { marked, i % 2 ? 4 : 8 } };
		struct policy_set *s;
		struct errbuf err;

		errbuf_init(&err);
		term.set.communities[COMMUNITY_KIND_STANDARD] = ways[i / 2];
		s = policy_compile(&c, NULL, &err);
		CU_ASSERT_PTR_NOT_NULL_FATAL(s);
		CU_ASSERT_TRUE(policy_eval(policy_find(s, "m"), &q, &at).permit);
		CU_ASSERT_EQUAL_FATAL(at.communities.len, i % 2 ? 0 : 4);
		CU_ASSERT_EQUAL(memcmp(at.communities.p, marked + 4, at.communities.len), 0);
		policy_set_unref(s);
		errbuf_fini(&err);
	}
	arena_free(a);
}

static const struct cu_case cases[] = {
	CU_CASE(no_map_takes_the_mark_of_a_stale_route_away),
	CU_CASE(maps_do_what_the_table_says),
	CU_CASE(names_are_looked_up_in_the_global_scope),
	CU_CASE(unknown_list_is_an_error_with_its_name),
	CU_CASE(every_map_of_the_table_equals_only_itself),
};
CU_SUITE(route_map, cases);
