/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random route-maps on random routes against an evaluator that was written from doc/policy.md and
 * knows nothing of how the other one works: it scans rules, walks octets, and keeps communities as
 * a set.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bgpd/policy/policy.h"
#include "bgpd/wire/aspath.h"
#include "lib/ds/arena.h"
#include "tests/bgpd/policy/paths.h"
#include "tests/cu_main.h"

#define TERMS 4
#define RULES 4
#define VALS  4

/* A policy in the form of both. */
struct world {
	struct policy_prefix_rule prefix_rules[RULES];
	struct policy_aspath_rule aspath_rules[RULES];
	uint32_t aspath_as[RULES]; /* the expression is _AS_ */
	struct policy_community_rule comm_rules[RULES];
	struct community_pattern comm[RULES];
	struct policy_roa roas[RULES];
	struct community_pattern add[TERMS][2];
	struct community_pattern remove[TERMS][2];
	struct policy_term terms[TERMS];
	struct policy_prefix_list prefix_list;
	struct policy_aspath_list aspath_list;
	struct policy_community_list community_list;
	struct policy_route_map map;
	struct policy_conf conf;
};

static char list_name[] = "l";
static char map_name[] = "m";

static bool chance(uint32_t one_in)
{
	return cu_random_below(one_in) == 0;
}

static struct prefix random_prefix(uint8_t least)
{
	const struct ip_addr a = ip_from_v4(
		0x0a000000 | cu_random_below(4) << 16 | cu_random_below(4) << 8);

	return prefix_make(&a, (uint8_t)(least + cu_random_below(25u - least)));
}

static struct community_pattern random_community(bool wild)
{
	struct community_pattern p;
	const char *why;
	char text[32];

	if (wild && chance(3))
		snprintf(text, sizeof(text), "*:%u", cu_random_below(VALS));
	else if (wild && chance(3))
		snprintf(text, sizeof(text), "%u:*", cu_random_below(VALS));
	else
		snprintf(text, sizeof(text), "%u:%u", cu_random_below(VALS), cu_random_below(VALS));
	CU_ASSERT_EQUAL_FATAL(community_parse(text, strlen(text), &p, &why), 0);
	return p;
}

static void make_lists(struct world *w)
{
	struct errbuf err;

	errbuf_init(&err);
	for (uint32_t i = 0; i < RULES; i++) {
		char text[16];

		w->prefix_rules[i] = (struct policy_prefix_rule){ .seq = i + 1,
			.permit = !chance(3),
			.pfx = random_prefix(8),
			.le = chance(2) ? 24 : 0 };
		w->aspath_as[i] = 1 + cu_random_below(5);
		snprintf(text, sizeof(text), "_%u_", w->aspath_as[i]);
		w->aspath_rules[i] = (struct policy_aspath_rule){ i + 1, !chance(3),
			aspath_regex_new(text, NULL, &err) };
		w->comm[i] = random_community(true);
		w->comm_rules[i] = (struct policy_community_rule){ i + 1, !chance(3), 1,
			&w->comm[i] };
		w->roas[i] = (struct policy_roa){ .pfx = random_prefix(8),
			.as = cu_random_below(6),
			.max_len = 24 };
	}
	errbuf_fini(&err);
}

static struct policy_number random_number(void)
{
	return (struct policy_number){ (enum policy_op)cu_random_below(4), cu_random_below(150) };
}

static void make_term(struct world *w, uint32_t i)
{
	struct policy_term *t = &w->terms[i];

	memset(t, 0, sizeof(*t));
	t->seq = 10 * (i + 1);
	t->permit = !chance(4);
	t->next = chance(2);
	for (unsigned r = 0; r < POLICY_REF_COUNT; r++)
		t->match.ref[r] = chance(4) ? list_name : NULL;
	if (chance(4))
		t->match.med = (struct policy_range){ true, cu_random_below(60), 60 };
	if (chance(4))
		t->match.rpki = (enum policy_rpki)(1 + cu_random_below(3));
	if (chance(3))
		t->set.med = random_number();
	if (chance(3))
		t->set.local_pref = random_number();
	if (chance(4))
		t->set.prepend[t->set.n_prepend++] = 1 + cu_random_below(5);
	t->set.has_weight = chance(4);
	t->set.weight = (uint16_t)cu_random_below(9);
	w->add[i][0] = random_community(false);
	w->remove[i][0] = random_community(true);
	t->set.communities[COMMUNITY_KIND_STANDARD] = (struct policy_communities){
		.replace = chance(6),
		.add = w->add[i],
		.n_add = cu_random_below(2),
		.remove = w->remove[i],
		.n_remove = cu_random_below(2),
		.remove_list = chance(6) ? list_name : NULL,
	};
}

static void world_init(struct world *w)
{
	memset(w, 0, sizeof(*w));
	make_lists(w);
	for (uint32_t i = 0; i < TERMS; i++)
		make_term(w, i);
	w->prefix_list = (struct policy_prefix_list){ list_name, w->prefix_rules, RULES };
	w->aspath_list = (struct policy_aspath_list){ list_name, w->aspath_rules, RULES };
	w->community_list = (struct policy_community_list){ list_name, w->comm_rules, RULES };
	w->map = (struct policy_route_map){ map_name, w->terms, TERMS };
	w->conf = (struct policy_conf){
		.prefix_lists = &w->prefix_list,
		.n_prefix_lists = 1,
		.aspath_lists = &w->aspath_list,
		.n_aspath_lists = 1,
		.community_lists = &w->community_list,
		.n_community_lists = 1,
		.roas = w->roas,
		.n_roas = RULES,
		.maps = &w->map,
		.n_maps = 1,
	};
}

static void world_fini(struct world *w)
{
	for (uint32_t i = 0; i < RULES; i++)
		aspath_regex_unref(w->aspath_rules[i].regex);
}

/* The route as the naive evaluator sees it: communities A:B are a square of marks. */
struct simple {
	struct prefix pfx;
	uint32_t next_hop;
	uint32_t path[16];
	uint32_t n_path;
	uint32_t med;
	uint32_t local_pref;
	uint16_t weight;
	bool comm[VALS][VALS];
};

static bool holds(const struct policy_prefix_rule *r, const struct prefix *p)
{
	return prefix_covers(&r->pfx, p) && (r->le ? p->len <= r->le : p->len == r->pfx.len);
}

static bool prefixes_permit(const struct world *w, const struct prefix *p)
{
	for (uint32_t i = 0; i < RULES; i++) {
		if (holds(&w->prefix_rules[i], p))
			return w->prefix_rules[i].permit;
	}
	return false;
}

static bool path_permits(const struct world *w, const struct simple *s)
{
	for (uint32_t i = 0; i < RULES; i++) {
		for (uint32_t k = 0; k < s->n_path; k++) {
			if (s->path[k] == w->aspath_as[i])
				return w->aspath_rules[i].permit;
		}
	}
	return false;
}

static bool is_hit(const struct community_pattern *p, unsigned a, unsigned b)
{
	const uint8_t *v = p->alt[0].value;
	const uint8_t *m = p->alt[0].mask;

	return (!m[1] || v[1] == a) && (!m[3] || v[3] == b);
}

/* Is the community (or with a == VALS any of s) permitted? */
static bool communities_permit(const struct world *w, const struct simple *s, unsigned a,
	unsigned b)
{
	for (uint32_t i = 0; i < RULES; i++) {
		for (unsigned x = 0; x < VALS; x++) {
			for (unsigned y = 0; y < VALS; y++) {
				const bool there = a == VALS ? s->comm[x][y] : x == a && y == b;

				if (there && is_hit(&w->comm[i], x, y))
					return w->comm_rules[i].permit;
			}
		}
	}
	return false;
}

static enum policy_rpki origin_state(const struct world *w, const struct simple *s)
{
	const uint32_t origin = s->n_path ? s->path[s->n_path - 1] : 5;
	enum policy_rpki state = POLICY_RPKI_NOT_FOUND;

	for (uint32_t i = 0; i < RULES; i++) {
		if (!prefix_covers(&w->roas[i].pfx, &s->pfx))
			continue;
		if (w->roas[i].as && w->roas[i].as == origin && s->pfx.len <= w->roas[i].max_len)
			return POLICY_RPKI_VALID;
		state = POLICY_RPKI_INVALID;
	}
	return state;
}

static bool matches(const struct world *w, const struct policy_match *m, const struct simple *s)
{
	const struct ip_addr nh = ip_from_v4(s->next_hop);
	const struct prefix host = prefix_host(&nh);

	return (!m->ref[POLICY_REF_PREFIX] || prefixes_permit(w, &s->pfx)) &&
		(!m->ref[POLICY_REF_NEXT_HOP] || prefixes_permit(w, &host)) &&
		(!m->ref[POLICY_REF_AS_PATH] || path_permits(w, s)) &&
		(!m->ref[POLICY_REF_COMMUNITY] || communities_permit(w, s, VALS, 0)) &&
		(!m->med.given || (s->med >= m->med.min && s->med <= m->med.max)) &&
		(!m->rpki || m->rpki == origin_state(w, s));
}

static uint32_t changed(const struct policy_number *n, uint32_t v)
{
	switch (n->op) {
	case POLICY_OP_SET:
		return n->value;
	case POLICY_OP_ADD:
		return v + n->value;
	case POLICY_OP_SUB:
		return n->value > v ? 0 : v - n->value;
	default:
		return v;
	}
}

static void apply(const struct world *w, const struct policy_set_actions *set, struct simple *s)
{
	const struct policy_communities *c = &set->communities[COMMUNITY_KIND_STANDARD];

	s->med = changed(&set->med, s->med);
	s->local_pref = changed(&set->local_pref, s->local_pref);
	if (set->has_weight)
		s->weight = set->weight;
	if (set->n_prepend) {
		memmove(s->path + 1, s->path, s->n_path * sizeof(s->path[0]));
		s->path[0] = set->prepend[0];
		s->n_path++;
	}
	for (unsigned x = 0; x < VALS; x++) {
		for (unsigned y = 0; y < VALS; y++) {
			if (c->replace || (c->n_remove && is_hit(&c->remove[0], x, y)) ||
				(c->remove_list && communities_permit(w, s, x, y)))
				s->comm[x][y] = false;
		}
	}
	if (c->n_add)
		s->comm[c->add[0].alt[0].value[1]][c->add[0].alt[0].value[3]] = true;
}

/* The verdict: seq that decided, permit. */
static bool naive(const struct world *w, struct simple *s, uint32_t *term)
{
	bool permit = false;

	*term = 0;
	for (uint32_t i = 0; i < TERMS; i++) {
		const struct policy_term *t = &w->terms[i];

		if (!matches(w, &t->match, s))
			continue;
		*term = t->seq;
		permit = t->permit;
		if (!permit)
			return false;
		apply(w, &t->set, s);
		if (!t->next)
			return true;
	}
	return permit;
}

/* Both forms of a random route. */
static void make_route(struct simple *s, struct wire_attrs *at, struct arena *a)
{
	uint8_t *comms = arena_alloc(a, VALS * VALS * 4);
	char text[64] = "";
	uint16_t n = 0;

	memset(s, 0, sizeof(*s));
	s->pfx = random_prefix(16);
	s->next_hop = 0x0a000000 | cu_random_below(4) << 16;
	s->n_path = cu_random_below(4);
	s->med = cu_random_below(80);
	s->local_pref = 100;
	for (uint32_t i = 0; i < s->n_path; i++) {
		s->path[i] = 1 + cu_random_below(6);
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%u ", s->path[i]);
	}
	for (unsigned x = 0; x < VALS; x++) {
		for (unsigned y = 0; y < VALS; y++) {
			s->comm[x][y] = chance(5);
			if (!s->comm[x][y])
				continue;
			memcpy(comms + n, (uint8_t[]){ 0, (uint8_t)x, 0, (uint8_t)y }, 4);
			n += 4;
		}
	}
	*at = (struct wire_attrs){
		.has = WIRE_HAS_ORIGIN | WIRE_HAS_AS_PATH | WIRE_HAS_NEXT_HOP | WIRE_HAS_MED,
		.med = s->med,
		.next_hop = ip_from_v4(s->next_hop),
		.as_path = path_of(a, text),
		.communities = { comms, n },
	};
}

static void check_same(const struct simple *s, const struct wire_attrs *at)
{
	char text[128];
	char want[128] = "";
	unsigned n = 0;

	CU_ASSERT_EQUAL(at->med, s->med);
	CU_ASSERT_EQUAL(at->has & WIRE_HAS_LOCAL_PREF ? at->local_pref : 100, s->local_pref);
	CU_ASSERT_EQUAL(at->weight, s->weight);
	for (uint32_t i = 0; i < s->n_path; i++)
		snprintf(want + strlen(want), sizeof(want) - strlen(want), i ? " %u" : "%u",
			s->path[i]);
	CU_ASSERT_STRING_EQUAL(aspath_format(at->as_path, text, sizeof(text)), want);
	for (unsigned x = 0; x < VALS; x++) {
		for (unsigned y = 0; y < VALS; y++)
			n += s->comm[x][y];
	}
	CU_ASSERT_EQUAL(at->communities.len, 4 * n);
	for (unsigned off = 0; off < at->communities.len; off += 4)
		CU_ASSERT_TRUE(s->comm[at->communities.p[off + 1]][at->communities.p[off + 3]]);
}

/* A map that does not ask for the prefix says the same of any other: who asks once relies on it. */
static unsigned check_other_prefix(const struct policy_map *m, const struct policy_query *q,
	const struct wire_attrs *in, const struct policy_verdict *v)
{
	struct policy_query other = *q;
	struct wire_attrs at = *in;
	struct policy_verdict said;

	if (policy_map_asks_prefix(m))
		return 0;
	other.pfx = random_prefix(16);
	said = policy_eval(m, &other, &at);
	CU_ASSERT_EQUAL(said.permit, v->permit);
	CU_ASSERT_EQUAL(said.term, v->term);
	CU_ASSERT_EQUAL(said.changed, v->changed);
	return 1;
}

static void maps_agree_with_a_naive_reading(void)
{
	struct policy_scratch *scratch = policy_scratch_new();
	struct arena *a = arena_new(4096);
	uint64_t path_id = 0;
	unsigned permitted = 0;
	unsigned unasked = 0;

	for (unsigned round = 0; round < 1500; round++) {
		struct world w;
		const struct policy_map *m;
		struct policy_set *set;
		struct errbuf err;

		world_init(&w);
		errbuf_init(&err);
		set = policy_compile(&w.conf, NULL, &err);
		CU_ASSERT_PTR_NOT_NULL_FATAL(set);
		m = policy_find(set, "m");
		for (unsigned i = 0; i < 20; i++) {
			struct policy_query q = { .source = RIB_SOURCE_BGP,
				.local_as = 5,
				.arena = a,
				.scratch = scratch,
				.path_id = ++path_id };
			struct policy_verdict v;
			struct wire_attrs in;
			struct wire_attrs at;
			struct simple s;
			uint32_t term;
			bool permit;

			make_route(&s, &in, a);
			at = in;
			q.pfx = s.pfx;
			v = policy_eval(m, &q, &at);
			unasked += check_other_prefix(m, &q, &in, &v);
			permit = naive(&w, &s, &term);
			CU_ASSERT_EQUAL_FATAL(v.permit, permit);
			CU_ASSERT_EQUAL_FATAL(v.term, term);
			if (permit)
				check_same(&s, &at);
			permitted += permit;
			arena_reset(a);
		}
		policy_set_unref(set);
		errbuf_fini(&err);
		world_fini(&w);
	}
	CU_ASSERT_TRUE(permitted > 1500); /* it was worth it */
	CU_ASSERT_TRUE(unasked > 1500);
	arena_free(a);
	policy_scratch_free(scratch);
}

static const struct cu_case cases[] = {
	CU_CASE(maps_agree_with_a_naive_reading),
};
CU_SUITE(model, cases);
