/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policy container: lists of rules and terms, in the order of their numbers.
 */
#include "vbr/read_policy.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bgpd/policy/policy.h"
#include "conf/conf_node.h"
#include "lib/base/xalloc.h"

static bool is_word(const struct conf_node *n, const char *name, const char *word)
{
	const char *v = conf_str(n, name);

	return v != NULL && strcmp(v, word) == 0;
}

static uint8_t read_origin(const struct conf_node *n, const char *name)
{
	if (is_word(n, name, "egp"))
		return BGP_ORIGIN_EGP;
	return is_word(n, name, "incomplete") ? BGP_ORIGIN_INCOMPLETE : BGP_ORIGIN_IGP;
}

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

static void read_list(const struct conf_node *n, struct policy_prefix_list *l)
{
	uint32_t i = 0;

	l->name = xstrdup(conf_str(n, "name"));
	l->n_rules = conf_count(n, "rule");
	if (l->n_rules == 0)
		return;
	l->rules = xcalloc(l->n_rules, sizeof(*l->rules));
	for (const struct conf_node *e = conf_next(n, "rule", NULL); e != NULL;
		e = conf_next(n, "rule", e)) {
		struct policy_prefix_rule *r = &l->rules[i++];

		r->seq = conf_u32(e, "seq", 0);
		r->permit = is_word(e, "action", "permit");
		(void)conf_prefix(e, "prefix", &r->pfx);
		r->ge = (uint8_t)conf_u32(e, "ge", 0);
		r->le = (uint8_t)conf_u32(e, "le", 0);
	}
	qsort(l->rules, l->n_rules, sizeof(*l->rules), by_rule_seq);
}

static uint8_t read_sources(const struct conf_node *n)
{
	static const struct {
		const char *word;
		enum rib_source_kind kind;
	} words[] = {
		{ "bgp", RIB_SOURCE_BGP },
		{ "static", RIB_SOURCE_STATIC },
		{ "vpc", RIB_SOURCE_VPC },
		{ "peering", RIB_SOURCE_PEERING },
	};
	uint8_t mask = 0;

	for (const struct conf_node *e = conf_next(n, "match/source", NULL); e != NULL;
		e = conf_next(n, "match/source", e))
		for (size_t i = 0; i < ARRAY_SIZE(words); i++)
			if (strcmp(conf_value(e), words[i].word) == 0)
				mask |= (uint8_t)(1u << words[i].kind);
	return mask;
}

/* "65001 65001" or "last N". */
static void read_prepend(const char *text, struct policy_term *t)
{
	char *end;

	if (text == NULL)
		return;
	if (strncmp(text, "last ", 5) == 0) {
		t->prepend_last = (uint8_t)strtoul(text + 5, NULL, 10);
		return;
	}
	while (*text != '\0' && t->n_prepend < ARRAY_SIZE(t->prepend)) {
		t->prepend[t->n_prepend++] = (uint32_t)strtoul(text, &end, 10);
		text = *end == ' ' ? end + 1 : end;
	}
}

/* "N", "N..M" or "N..". */
static void read_path_length(const char *text, struct policy_term *t)
{
	char *end;

	if (text == NULL)
		return;
	t->match_path_len = true;
	t->path_len_min = (uint32_t)strtoul(text, &end, 10);
	t->path_len_max = t->path_len_min;
	if (strncmp(end, "..", 2) == 0)
		t->path_len_max = end[2] != '\0' ? (uint32_t)strtoul(end + 2, NULL, 10) :
						   UINT32_MAX;
}

static void read_term(const struct conf_node *n, struct policy_term *t)
{
	t->seq = conf_u32(n, "seq", 0);
	t->permit = is_word(n, "action", "permit");
	t->next = is_word(n, "then", "next");
	if (conf_has(n, "match/prefix-list"))
		t->prefix_list = xstrdup(conf_str(n, "match/prefix-list"));
	t->source_mask = read_sources(n);
	t->match_med = conf_has(n, "match/med");
	t->med = conf_u32(n, "match/med", 0);
	t->match_local_pref = conf_has(n, "match/local-preference");
	t->local_pref = conf_u32(n, "match/local-preference", 0);
	read_path_length(conf_str(n, "match/as-path-length"), t);
	t->match_origin = conf_has(n, "match/origin");
	t->origin = read_origin(n, "match/origin");
	t->set_local_pref = conf_has(n, "set/local-preference");
	t->local_pref_value = conf_u32(n, "set/local-preference", 0);
	t->set_med = conf_has(n, "set/med") ? POLICY_MED_SET : POLICY_MED_NONE;
	t->med_value = conf_u32(n, "set/med", 0);
	t->set_origin = conf_has(n, "set/origin");
	t->origin_value = read_origin(n, "set/origin");
	read_prepend(conf_str(n, "set/as-path-prepend"), t);
}

static void read_map(const struct conf_node *n, struct policy_route_map *m)
{
	uint32_t i = 0;

	m->name = xstrdup(conf_str(n, "name"));
	m->n_terms = conf_count(n, "term");
	if (m->n_terms == 0)
		return;
	m->terms = xcalloc(m->n_terms, sizeof(*m->terms));
	for (const struct conf_node *e = conf_next(n, "term", NULL); e != NULL;
		e = conf_next(n, "term", e))
		read_term(e, &m->terms[i++]);
	qsort(m->terms, m->n_terms, sizeof(*m->terms), by_term_seq);
}

static void rules_free(void *rules)
{
	policy_conf_free(rules);
}

/* The names alone, for the model's checks. */
static void read_names(const struct policy_conf *c, struct model_policy *p)
{
	uint32_t used = 0;

	for (uint32_t i = 0; i < c->n_maps; i++)
		used += c->maps[i].n_terms;
	p->maps = xcalloc(c->n_maps + 1, sizeof(*p->maps));
	p->lists = xcalloc(c->n_lists + 1, sizeof(*p->lists));
	p->used_lists = xcalloc(used + 1, sizeof(*p->used_lists));
	for (uint32_t i = 0; i < c->n_lists; i++)
		snprintf(p->lists[p->n_lists++], MODEL_NAME_SIZE, "%s", c->lists[i].name);
	for (uint32_t i = 0; i < c->n_maps; i++) {
		snprintf(p->maps[p->n_maps++], MODEL_NAME_SIZE, "%s", c->maps[i].name);
		for (uint32_t k = 0; k < c->maps[i].n_terms; k++)
			if (c->maps[i].terms[k].prefix_list != NULL)
				snprintf(p->used_lists[p->n_used++], MODEL_NAME_SIZE, "%s",
					c->maps[i].terms[k].prefix_list);
	}
}

int read_policy(const struct conf_node *n, struct model_policy *p, struct errbuf *err)
{
	struct policy_conf *c = xcalloc(1, sizeof(*c));
	uint32_t i = 0;

	(void)err;
	c->n_lists = conf_count(n, "prefix-list");
	c->n_maps = conf_count(n, "route-map");
	c->lists = xcalloc(c->n_lists + 1, sizeof(*c->lists));
	c->maps = xcalloc(c->n_maps + 1, sizeof(*c->maps));
	for (const struct conf_node *e = conf_next(n, "prefix-list", NULL); e != NULL;
		e = conf_next(n, "prefix-list", e))
		read_list(e, &c->lists[i++]);
	i = 0;
	for (const struct conf_node *e = conf_next(n, "route-map", NULL); e != NULL;
		e = conf_next(n, "route-map", e))
		read_map(e, &c->maps[i++]);
	read_names(c, p);
	p->rules = c;
	p->rules_free = rules_free;
	return 0;
}
