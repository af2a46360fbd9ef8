/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The language as people write it: text of a policy in, what it makes of a route out, by the real
 * schema, the reader, the compiler and the evaluation.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "bgpd/policy/policy.h"
#include "bgpd/wire/aspath.h"
#include "lib/ds/arena.h"
#include "tests/bgpd/policy/paths.h"
#include "tests/cu_main.h"
#include "tests/vbr/reader.h"

#define TEXT 512

/* The route: 10.1.0.0/16 of a BGP peer, next hop 10.0.0.2, MED 50, unless a row says otherwise. */
struct row {
	const char *policy; /* route-map m, and lists */
	const char *path;   /* NULL: "65001 65002" */
	const char *comms;  /* NULL: "65000:1 65000:2 65000:1:2 rt:65000:1" */
	const char *says;
};

#define LIST(name, rules) "policy " name "\n" rules
#define RULE(seq, action, what) \
	" rule " seq "\n"       \
	"  action " action "\n" \
	"  " what "\n"
#define TERM(seq, action, what) \
	" term " seq "\n"       \
	"  action " action "\n" what
#define ROA(keys, what) "policy roa " keys "\n" what
#define MAP(terms)      "policy route-map m\n" terms "!\n"

static const struct row rows[] = {
	{ MAP(TERM("10", "permit", "")), NULL, NULL, "permit 10" },
	{ MAP(TERM("10", "permit", "  match origin egp\n")), NULL, NULL, "deny 0" },
	/* numbers */
	{ MAP(TERM("10", "permit", "  match med 50\n")), NULL, NULL, "permit 10" },
	{ MAP(TERM("10", "permit", "  match med 40..49\n")), NULL, NULL, "deny 0" },
	{ MAP(TERM("10", "permit", "  match med 40..\n")), NULL, NULL, "permit 10" },
	{ MAP(TERM("10", "permit", "  match local-preference 100\n")), NULL, NULL, "permit 10" },
	{ MAP(TERM("10", "permit", "  set local-preference 7\n")), NULL, NULL,
		"permit 10 local-preference=7@10" },
	{ MAP(TERM("10", "permit", "  set local-preference +7\n")), NULL, NULL,
		"permit 10 local-preference=107@10" },
	{ MAP(TERM("10", "permit", "  set local-preference -200\n")), NULL, NULL,
		"permit 10 local-preference=0@10" },
	{ MAP(TERM("10", "permit", "  set med +4294967295\n")), NULL, NULL,
		"permit 10 med=4294967295@10" },
	{ MAP(TERM("10", "permit", "  set med -8\n  then next\n")
			  TERM("20", "permit", "  match med 42\n  set local-preference 1\n")),
		NULL, NULL, "permit 20 local-preference=1@20 med=42@10" },
	/* lists */
	{ LIST("as-path-list a", RULE("1", "permit", "regex \"^65001_\""))
			MAP(TERM("10", "permit", "  match as-path-list a\n")),
		NULL, NULL, "permit 10" },
	{ LIST("as-path-list a", RULE("1", "permit", "regex \"^65001_\""))
			MAP(TERM("10", "permit", "  match as-path-list a\n")),
		"65002 65001", NULL, "deny 0" },
	/* a path that was lengthened is matched as it is then, and not from memory */
	{ LIST("as-path-list a", RULE("1", "permit", "regex \"^65001_65002$\"")) MAP(TERM("5",
		  "permit", "  match as-path-list a\n  set as-path-prepend 7\n  then next\n")
			  TERM("10", "deny", "  match as-path-list a\n")),
		NULL, NULL, "permit 5 as-path-prepend=7 65001 65002@5" },
	{ LIST("prefix-list n", RULE("1", "permit", "prefix 10.0.0.2/32"))
			MAP(TERM("10", "permit", "  match next-hop-list n\n")),
		NULL, NULL, "permit 10" },
	{ LIST("prefix-list n", RULE("1", "permit", "prefix 10.1.0.0/16"))
			MAP(TERM("10", "permit", "  match next-hop-list n\n")),
		NULL, NULL, "deny 0" },
	{ LIST("community-list c",
		  RULE("1", "deny", "community 65000:2") RULE("2", "permit", "community 65000:*"))
			MAP(TERM("10", "permit", "  match community-list c\n")),
		NULL, NULL, "deny 0" },
	{ LIST("community-list c",
		  RULE("1", "deny", "community 65000:2") RULE("2", "permit", "community 65000:*"))
			MAP(TERM("10", "permit", "  match community-list c\n")),
		NULL, "65000:9", "permit 10" },
	{ LIST("community-list c",
		  RULE("1", "permit", "community \"65000:1 65000:1:2 rt:65000:*\""))
			MAP(TERM("10", "permit", "  match community-list c\n")),
		NULL, NULL, "permit 10" },
	{ LIST("community-list c", RULE("1", "permit", "community \"65000:1 no-export\""))
			MAP(TERM("10", "permit", "  match community-list c\n")),
		NULL, NULL, "deny 0" },
	{ LIST("community-list c", RULE("1", "permit", "community \"65000:1 no-export\""))
			MAP(TERM("10", "permit", "  match community-list c\n")),
		NULL, "no-export 65000:1", "permit 10" },
	/* communities */
	{ MAP(TERM("10", "permit", "  set community set no-export\n")), NULL, NULL,
		"permit 10 community=65535:65281@10" },
	{ MAP(TERM("10", "permit", "  set community add 65000:1\n  set community add 1:1\n")), NULL,
		NULL, "permit 10 community=1:1,65000:1,65000:2@10" },
	{ MAP(TERM("10", "permit", "  set community remove 65000:*\n")), NULL,
		"1:2 65000:1 65001:1 65000:7", "permit 10 community=1:2,65001:1@10" },
	{ MAP(TERM("10", "permit", "  set community remove *:*\n  set community add 65000:1\n")),
		NULL, NULL, "permit 10 community=65000:1@10" },
	{ LIST("community-list c",
		  RULE("1", "deny", "community 65000:1") RULE("2", "permit", "community *:*"))
			MAP(TERM("10", "permit", "  set community remove-list c\n")),
		NULL, "1:1 65000:1 65000:2", "permit 10 community=65000:1@10" },
	{ MAP(TERM("10", "permit", "  set community add 3:3\n")), NULL, "9:9 1:1 9:9 5:5",
		"permit 10 community=1:1,3:3,5:5,9:9@10" },
	{ MAP(TERM("10", "permit",
		  "  set large-community remove *:1:*\n  set large-community add 7:7:7\n")),
		NULL, "1:1:1 1:2:1 65000:1", "permit 10 large-community=1:2:1,7:7:7@10" },
	{ MAP(TERM("10", "permit",
		  "  set extended-community add rt:65001:2\n"
		  "  set extended-community add soo:4200000000:3\n"
		  "  set extended-community remove rt:65000:1\n")),
		NULL, NULL, "permit 10 extended-community=0002fde900000002,0203fa56ea000003@10" },
	{ MAP(TERM("10", "permit", "  set extended-community set rt:192.0.2.1:5\n")), NULL, NULL,
		"permit 10 extended-community=0102c00002010005@10" },
	/* next hop, and what stays inside */
	{ MAP(TERM("10", "permit", "  set next-hop 10.0.0.7\n")), NULL, NULL,
		"permit 10 next-hop=10.0.0.7@10" },
	{ MAP(TERM("10", "permit", "  set next-hop fd00::7\n")), NULL, NULL,
		"permit 10 next-hop=fd00::7@10" },
	{ MAP(TERM("10", "permit", "  set next-hop self\n")), NULL, NULL,
		"permit 10 next-hop=10.0.0.2@10" },
	{ MAP(TERM("10", "permit", "  set weight 65535\n  set accept-own true\n")), NULL, NULL,
		"permit 10 weight=65535@10 accept-own=@10" },
	{ MAP(TERM("10", "permit", "  set accept-own false\n  set weight 1\n")), NULL, NULL,
		"permit 10 weight=1@10" },
	/* origins: 10.1.0.0/16 by AS 65002 */
	{ MAP(TERM("10", "permit", "  match rpki not-found\n")), NULL, NULL, "permit 10" },
	{ ROA("10.0.0.0/8 65002", "  max-length 16\n")
			MAP(TERM("10", "permit", "  match rpki valid\n")),
		NULL, NULL, "permit 10" },
	{ ROA("10.0.0.0/8 65002", "") MAP(TERM("10", "permit", "  match rpki invalid\n")), NULL,
		NULL, "permit 10" },
	{ ROA("10.0.0.0/8 65001", "  max-length 24\n")
			MAP(TERM("10", "permit", "  match rpki invalid\n")),
		NULL, NULL, "permit 10" },
	{ ROA("10.0.0.0/8 0", "  max-length 32\n") ROA("10.1.0.0/16 65002", "")
			MAP(TERM("10", "permit", "  match rpki valid\n")),
		NULL, NULL, "permit 10" },
	{ ROA("10.0.0.0/8 0", "  max-length 32\n")
			MAP(TERM("10", "permit", "  match rpki invalid\n")),
		"", NULL, "permit 10" },
	{ ROA("10.1.0.0/16 65002", "") MAP(TERM("10", "permit", "  match rpki invalid\n")),
		"65001 {65002}", NULL, "permit 10" },
	{ ROA("10.1.0.0/16 64999", "") MAP(TERM("10", "permit", "  match rpki valid\n")), "", NULL,
		"permit 10" },
	{ ROA("10.1.0.0/16 64999", "") MAP(TERM("10", "permit", "  match rpki valid\n")),
		"(65001 65002)", NULL, "permit 10" },
	{ ROA("10.1.0.0/17 65002", "") MAP(TERM("10", "permit", "  match rpki not-found\n")), NULL,
		NULL, "permit 10" },
	{ MAP(TERM("10", "permit", "  set community add 1:1\n  then next\n")
			  TERM("20", "deny", "  match as-path-length 2\n")),
		NULL, NULL, "deny 20" },
};

struct route {
	struct wire_attrs at;
	uint8_t comms[COMMUNITY_KIND_COUNT][128];
};

static void add_communities(struct route *r, const char *text)
{
	while (*text) {
		const size_t len = strcspn(text, " ");
		struct community_pattern p;
		struct octets *o;
		const char *why;
		uint8_t size;

		CU_ASSERT_EQUAL_FATAL(community_parse(text, len, &p, &why), 0);
		size = community_size((enum community_kind)p.kind);
		o = community_attr(&r->at, (enum community_kind)p.kind);
		memcpy(r->comms[p.kind] + o->len, p.alt[0].value, size);
		*o = (struct octets){ r->comms[p.kind], (uint16_t)(o->len + size) };
		text += text[len] ? len + 1 : len;
	}
}

static void __attribute__((format(printf, 2, 3))) put(char *dst, const char *fmt, ...)
{
	const size_t n = strlen(dst);
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(dst + n, TEXT - n, fmt, ap);
	va_end(ap);
}

static void put_communities(char *dst, struct octets o, enum community_kind k)
{
	const uint8_t size = community_size(k);

	for (uint32_t off = 0; off < o.len; off += size) {
		const uint8_t *p = o.p + off;

		put(dst, off ? "," : "");
		if (k == COMMUNITY_KIND_STANDARD)
			put(dst, "%u:%u", p[0] << 8 | p[1], p[2] << 8 | p[3]);
		else if (k == COMMUNITY_KIND_LARGE)
			put(dst, "%u:%u:%u", be32_get(p), be32_get(p + 4), be32_get(p + 8));
		else
			put(dst, "%08x%08x", be32_get(p), be32_get(p + 4));
	}
}

static void put_change(char *dst, const struct wire_attrs *at, enum policy_change c)
{
	char path[256];

	switch (c) {
	case POLICY_CHANGE_LOCAL_PREF:
		put(dst, "%u", at->local_pref);
		break;
	case POLICY_CHANGE_MED:
		put(dst, "%u", at->med);
		break;
	case POLICY_CHANGE_ORIGIN:
		put(dst, "%u", at->origin);
		break;
	case POLICY_CHANGE_AS_PATH:
		put(dst, "%s", aspath_format(at->as_path, path, sizeof(path)));
		break;
	case POLICY_CHANGE_COMMUNITIES:
		put_communities(dst, at->communities, COMMUNITY_KIND_STANDARD);
		break;
	case POLICY_CHANGE_EXT_COMMUNITIES:
		put_communities(dst, at->ext_communities, COMMUNITY_KIND_EXTENDED);
		break;
	case POLICY_CHANGE_LARGE_COMMUNITIES:
		put_communities(dst, at->large_communities, COMMUNITY_KIND_LARGE);
		break;
	case POLICY_CHANGE_NEXT_HOP:
		put(dst, "%s", ip_format(&at->next_hop, path));
		break;
	case POLICY_CHANGE_WEIGHT:
		put(dst, "%u", at->weight);
		break;
	case POLICY_CHANGE_ACCEPT_OWN:
	case POLICY_CHANGE_COUNT:
		break;
	}
}

/* "permit 10 local-preference=200@10": what was set, and the term that did. */
static void ask(const struct policy_set *s, const struct row *row, char *dst)
{
	struct policy_scratch *scratch = policy_scratch_new();
	struct arena *a = arena_new(4096);
	struct route r = { .at = { .has = WIRE_HAS_ORIGIN | WIRE_HAS_AS_PATH | WIRE_HAS_NEXT_HOP |
					   WIRE_HAS_MED,
				   .med = 50,
				   .next_hop = ip_from_v4(0x0a000002) } };
	struct policy_query q = { .source = RIB_SOURCE_BGP,
		.arena = a,
		.local_as = 64999,
		.scratch = scratch,
		.path_id = 1 };
	struct policy_verdict v;

	CU_ASSERT_EQUAL_FATAL(prefix_parse("10.1.0.0/16", &q.pfx), 0);
	r.at.as_path = path_of(a, row->path ? row->path : "65001 65002");
	add_communities(&r, row->comms ? row->comms : "65000:1 65000:2 65000:1:2 rt:65000:1");
	v = policy_eval(policy_find(s, "m"), &q, &r.at);
	CU_ASSERT_STRING_EQUAL(v.map, "m");
	dst[0] = '\0';
	put(dst, "%s %u", v.permit ? "permit" : "deny", v.term);
	for (unsigned c = 0; v.permit && c < POLICY_CHANGE_COUNT; c++) {
		if (!(v.changed & 1u << c))
			continue;
		put(dst, " %s=", policy_change_name((enum policy_change)c));
		put_change(dst, &r.at, (enum policy_change)c);
		put(dst, "@%u", v.changed_by[c]);
	}
	arena_free(a);
	policy_scratch_free(scratch);
}

static struct policy_set *set_of(struct reader *r, const char *text)
{
	const struct model_policy *p;
	struct policy_set *s;

	reader_must_load(r, text);
	p = (const struct model_policy *)model_get(r->model, MODEL_POLICY, "", "", "");
	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	s = policy_compile(p->rules, NULL, &r->err);
	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	return s;
}

static void policies_do_what_the_table_says(void)
{
	struct reader r;
	char says[TEXT];

	reader_init(&r);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct policy_set *s = set_of(&r, rows[i].policy);

		ask(s, &rows[i], says);
		if (strcmp(says, rows[i].says) != 0)
			printf("# %s# %s\n", rows[i].policy, says);
		CU_ASSERT_STRING_EQUAL(says, rows[i].says);
		policy_set_unref(s);
	}
	reader_fini(&r);
}

/* A policy is equal to itself read again, and to no other of the table. */
static void a_map_is_equal_when_it_means_the_same(void)
{
	struct policy_set *sets[2][ARRAY_SIZE(rows)];
	struct reader r;

	reader_init(&r);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		sets[0][i] = set_of(&r, rows[i].policy);
		sets[1][i] = set_of(&r, rows[i].policy);
	}
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		for (size_t k = 0; k < ARRAY_SIZE(rows); k++)
			CU_ASSERT_EQUAL(policy_map_is_equal(policy_find(sets[0][i], "m"),
						policy_find(sets[1][k], "m")),
				strcmp(rows[i].policy, rows[k].policy) == 0);
	}
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		policy_set_unref(sets[0][i]);
		policy_set_unref(sets[1][i]);
	}
	reader_fini(&r);
}

static const struct row refusals[] = {
	{ LIST("as-path-list a", RULE("5", "permit", "regex \"_(65001\"")), NULL, NULL,
		"as-path-list a, rule 5: regex \"_(65001\" is wrong at character 8: "
		"missing closing parenthesis: correct it" },
	{ LIST("community-list c", RULE("5", "permit", "community \"1:1 1:65536\"")), NULL, NULL,
		"community-list c, rule 5: community 1:65536: both numbers are 0..65535; "
		"three numbers make a large community" },
	{ LIST("community-list c", RULE("5", "permit", "community \"1:1  2:2\"")), NULL, NULL,
		"with one space between them" },
	{ MAP(TERM("10", "permit", "  match med 9..3\n")), NULL, NULL,
		"route-map m, term 10: match/med 9..3: no number is in this range: "
		"give the lower one first" },
	{ MAP(TERM("10", "permit", "  match local-preference 1..9999999999\n")), NULL, NULL,
		"a number is at most 4294967295" },
	{ MAP(TERM("10", "permit", "  set med +4294967296\n")), NULL, NULL,
		"set/med +4294967296: a number is at most 4294967295" },
	{ MAP(TERM("10", "permit", "  set community add 1:2:3\n")), NULL, NULL,
		"set/community/add 1:2:3: this is a large community: it goes under "
		"set large-community" },
	{ MAP(TERM("10", "permit", "  set large-community add 1:2:*\n")), NULL, NULL,
		"set/large-community/add 1:2:*: a value to set has no *" },
	{ MAP(TERM("10", "permit", "  set community add no-such\n")), NULL, NULL,
		"set/community/add no-such: write AS:VALUE" },
	{ ROA("10.1.0.0/16 65002", "  max-length 33\n"), NULL, NULL,
		"roa 10.1.0.0/16 65002: max-length 33 is longer than an address: give at most 32" },
	{ ROA("10.1.0.0/16 65002", "  max-length 15\n"), NULL, NULL,
		"max-length is less than the length of the prefix" },
	{ MAP(TERM("10", "permit", "  set weight 65536\n")), NULL, NULL, "" },
	{ MAP(TERM("10", "permit", "  set community set 1:1\n  set community add 2:2\n")), NULL,
		NULL, "set replaces all communities" },
};

static void what_cannot_be_is_refused_with_a_sentence(void)
{
	struct reader r;

	reader_init(&r);
	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
		CU_ASSERT_TRUE(reader_load(&r, refusals[i].policy) < 0);
		if (!strstr(errbuf_first(&r.err), refusals[i].says))
			printf("# %s# %s\n", refusals[i].policy, errbuf_first(&r.err));
		CU_ASSERT_PTR_NOT_NULL(strstr(errbuf_first(&r.err), refusals[i].says));
		errbuf_fini(&r.err);
		errbuf_init(&r.err);
	}
	reader_fini(&r);
}

static const struct cu_case cases[] = {
	CU_CASE(policies_do_what_the_table_says),
	CU_CASE(a_map_is_equal_when_it_means_the_same),
	CU_CASE(what_cannot_be_is_refused_with_a_sentence),
};
CU_SUITE(policy, cases);
