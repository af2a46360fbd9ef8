/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policy container: lists of rules and terms, in the order of their numbers. Expressions over
 * AS paths are compiled here, once a commit: what is wrong with one is said before anything
 * happens, and the sets that are made of the policy later share them.
 */
#include "vbr/policy/read_policy.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bgpd/policy/policy_conf.h"
#include "conf/conf_node.h"
#include "lib/base/compiler.h"
#include "lib/base/xalloc.h"
#include "vbr/policy/read_term.h"

#define MAX_PATTERNS 32 /* communities of a rule */

static int by_rule_seq(const void *a, const void *b)
{
	const struct policy_prefix_rule *x = a;
	const struct policy_prefix_rule *y = b;

	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

static int by_term_seq(const void *a, const void *b)
{
	const struct policy_term *x = a;
	const struct policy_term *y = b;

	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

static void read_prefix_list(const struct conf_node *n, struct policy_prefix_list *l)
{
	uint32_t i = 0;

	l->name = xstrdup(conf_str(n, "name"));
	l->n_rules = conf_count(n, "rule");
	l->rules = xcalloc(l->n_rules + 1, sizeof(*l->rules));
	for (const struct conf_node *e = conf_next(n, "rule", NULL); e != NULL;
		e = conf_next(n, "rule", e)) {
		struct policy_prefix_rule *r = &l->rules[i++];

		r->seq = conf_u32(e, "seq", 0);
		r->permit = read_permits(e);
		(void)conf_prefix(e, "prefix", &r->pfx);
		r->ge = (uint8_t)conf_u32(e, "ge", 0);
		r->le = (uint8_t)conf_u32(e, "le", 0);
	}
	qsort(l->rules, l->n_rules, sizeof(*l->rules), by_rule_seq);
}

static int read_aspath_list(const struct conf_node *n, const char *path,
	struct policy_aspath_list *l, struct errbuf *err)
{
	int ret = 0;

	l->name = xstrdup(conf_str(n, "name"));
	l->rules = xcalloc(conf_count(n, "rule") + 1, sizeof(*l->rules));
	for (const struct conf_node *e = conf_next(n, "rule", NULL); e != NULL;
		e = conf_next(n, "rule", e)) {
		struct policy_aspath_rule *r = &l->rules[l->n_rules++];
		const uint32_t first = err->n;

		r->seq = conf_u32(e, "seq", 0);
		r->permit = read_permits(e);
		r->regex = aspath_regex_new(conf_str(e, "regex"), path, err);
		if (r->regex != NULL)
			continue;
		errbuf_prefix(err, first, "as-path-list %s, rule %u: ", l->name, r->seq);
		ret = -EINVAL;
	}
	return ret;
}

/* "65000:1 no-export": all of them must be there. */
static int read_communities(const char *text, const char *path, struct policy_community_rule *r,
	struct errbuf *err)
{
	size_t n = 1;

	for (const char *p = text; *p != '\0'; p++)
		n += *p == ' ';
	r->patterns = xcalloc(n, sizeof(*r->patterns));
	while (*text != '\0') {
		const size_t len = strcspn(text, " ");
		const char *why;

		if (n > MAX_PATTERNS) {
			errbuf_add(err, path, 0, "more than %d communities: use several rules",
				MAX_PATTERNS);
			return -EINVAL;
		}
		if (community_parse(text, len, &r->patterns[r->n_patterns++], &why) < 0) {
			errbuf_add(err, path, 0, "community %.*s: %s", (int)len, text, why);
			return -EINVAL;
		}
		text += text[len] == ' ' ? len + 1 : len;
	}
	return 0;
}

static int read_community_list(const struct conf_node *n, const char *path,
	struct policy_community_list *l, struct errbuf *err)
{
	int ret = 0;

	l->name = xstrdup(conf_str(n, "name"));
	l->rules = xcalloc(conf_count(n, "rule") + 1, sizeof(*l->rules));
	for (const struct conf_node *e = conf_next(n, "rule", NULL); e != NULL;
		e = conf_next(n, "rule", e)) {
		struct policy_community_rule *r = &l->rules[l->n_rules++];
		const uint32_t first = err->n;

		r->seq = conf_u32(e, "seq", 0);
		r->permit = read_permits(e);
		if (read_communities(conf_str(e, "community"), path, r, err) == 0)
			continue;
		errbuf_prefix(err, first, "community-list %s, rule %u: ", l->name, r->seq);
		ret = -EINVAL;
	}
	return ret;
}

static int read_roas(const struct conf_node *n, const char *path, struct policy_conf *c,
	struct errbuf *err)
{
	int ret = 0;

	c->roas = xcalloc(conf_count(n, "roa") + 1, sizeof(*c->roas));
	for (const struct conf_node *e = conf_next(n, "roa", NULL); e != NULL;
		e = conf_next(n, "roa", e)) {
		struct policy_roa *r = &c->roas[c->n_roas++];
		uint32_t max;

		(void)conf_prefix(e, "prefix", &r->pfx);
		r->as = conf_u32(e, "as", 0);
		max = conf_u32(e, "max-length", r->pfx.len);
		r->max_len = (uint8_t)max;
		if (max <= family_bits(r->pfx.family))
			continue;
		errbuf_add(err, path, 0,
			"roa %s %u: max-length %u is longer than an address: give at most %u",
			conf_str(e, "prefix"), r->as, max, family_bits(r->pfx.family));
		ret = -EINVAL;
	}
	return ret;
}

static int read_map(const struct conf_node *n, const char *path, struct policy_route_map *m,
	struct errbuf *err)
{
	struct read_where w = { .path = path, .err = err };
	int ret = 0;

	w.map = m->name = xstrdup(conf_str(n, "name"));
	m->terms = xcalloc(conf_count(n, "term") + 1, sizeof(*m->terms));
	for (const struct conf_node *e = conf_next(n, "term", NULL); e != NULL;
		e = conf_next(n, "term", e))
		ret |= read_term(e, &w, &m->terms[m->n_terms++]);
	qsort(m->terms, m->n_terms, sizeof(*m->terms), by_term_seq);
	return ret < 0 ? -EINVAL : 0;
}

static void rules_free(void *rules)
{
	policy_conf_free(rules);
}

static void add_name(struct model_names *names, const char *name)
{
	if ((names->n & (names->n - 1)) == 0) /* full at powers of two */
		names->v = xreallocarray(names->v, names->n ? 2 * names->n : 1, sizeof(*names->v));
	snprintf(names->v[names->n++], MODEL_NAME_SIZE, "%s", name);
}

static void read_uses(const struct policy_term *t, struct model_policy *p)
{
	static const enum model_policy_kind kinds[] = {
		[POLICY_REF_PREFIX] = MODEL_POLICY_PREFIX_LIST,
		[POLICY_REF_NEXT_HOP] = MODEL_POLICY_PREFIX_LIST,
		[POLICY_REF_AS_PATH] = MODEL_POLICY_ASPATH_LIST,
		[POLICY_REF_COMMUNITY] = MODEL_POLICY_COMMUNITY_LIST,
	};

	for (unsigned r = 0; r < POLICY_REF_COUNT; r++)
		if (t->match.ref[r] != NULL)
			add_name(&p->uses[kinds[r]], t->match.ref[r]);
	for (unsigned k = 0; k < COMMUNITY_KIND_COUNT; k++)
		if (t->set.communities[k].remove_list != NULL)
			add_name(&p->uses[MODEL_POLICY_COMMUNITY_LIST],
				t->set.communities[k].remove_list);
}

/* What makes sense in one direction only. */
static uint8_t sets_of(const struct policy_route_map *m)
{
	uint8_t sets = 0;

	for (uint32_t i = 0; i < m->n_terms; i++) {
		const struct policy_set_actions *s = &m->terms[i].set;

		sets |= s->has_weight ? MODEL_MAP_WEIGHT : 0;
		sets |= s->accept_own ? MODEL_MAP_ACCEPT_OWN : 0;
		sets |= s->next_hop == POLICY_NEXT_HOP_SELF ? MODEL_MAP_NEXT_HOP_SELF : 0;
		sets |= s->next_hop == POLICY_NEXT_HOP_ADDR ? MODEL_MAP_NEXT_HOP : 0;
	}
	return sets;
}

/* The names alone, for the model's checks. */
static void read_names(const struct policy_conf *c, struct model_policy *p)
{
	for (uint32_t i = 0; i < c->n_prefix_lists; i++)
		add_name(&p->has[MODEL_POLICY_PREFIX_LIST], c->prefix_lists[i].name);
	for (uint32_t i = 0; i < c->n_aspath_lists; i++)
		add_name(&p->has[MODEL_POLICY_ASPATH_LIST], c->aspath_lists[i].name);
	for (uint32_t i = 0; i < c->n_community_lists; i++)
		add_name(&p->has[MODEL_POLICY_COMMUNITY_LIST], c->community_lists[i].name);
	p->map_sets = xcalloc(c->n_maps + 1, sizeof(*p->map_sets));
	for (uint32_t i = 0; i < c->n_maps; i++) {
		p->map_sets[i] = sets_of(&c->maps[i]);
		add_name(&p->has[MODEL_POLICY_MAP], c->maps[i].name);
		for (uint32_t k = 0; k < c->maps[i].n_terms; k++)
			read_uses(&c->maps[i].terms[k], p);
	}
}

static int read_lists(const struct conf_node *n, const char *path, struct policy_conf *c,
	struct errbuf *err)
{
	int ret = 0;

	c->prefix_lists = xcalloc(conf_count(n, "prefix-list") + 1, sizeof(*c->prefix_lists));
	c->aspath_lists = xcalloc(conf_count(n, "as-path-list") + 1, sizeof(*c->aspath_lists));
	c->community_lists = xcalloc(conf_count(n, "community-list") + 1,
		sizeof(*c->community_lists));
	for (const struct conf_node *e = conf_next(n, "prefix-list", NULL); e != NULL;
		e = conf_next(n, "prefix-list", e))
		read_prefix_list(e, &c->prefix_lists[c->n_prefix_lists++]);
	for (const struct conf_node *e = conf_next(n, "as-path-list", NULL); e != NULL;
		e = conf_next(n, "as-path-list", e))
		ret |= read_aspath_list(e, path, &c->aspath_lists[c->n_aspath_lists++], err);
	for (const struct conf_node *e = conf_next(n, "community-list", NULL); e != NULL;
		e = conf_next(n, "community-list", e))
		ret |= read_community_list(e, path, &c->community_lists[c->n_community_lists++],
			err);
	return ret;
}

int read_policy(const struct conf_node *n, struct model_policy *p, struct errbuf *err)
{
	struct policy_conf *c = xcalloc(1, sizeof(*c));
	const char *path = p->obj.path;
	int ret;

	p->rules = c;
	p->rules_free = rules_free;
	ret = read_lists(n, path, c, err);
	ret |= read_roas(n, path, c, err);
	c->maps = xcalloc(conf_count(n, "route-map") + 1, sizeof(*c->maps));
	for (const struct conf_node *e = conf_next(n, "route-map", NULL); e != NULL;
		e = conf_next(n, "route-map", e))
		ret |= read_map(e, path, &c->maps[c->n_maps++], err);
	read_names(c, p);
	return ret < 0 ? -EINVAL : 0;
}
