/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Terms, leaf by leaf. The schema has checked the shape of each value; what it cannot say, as that
 * a range has its ends in order, is refused here with the map and the term.
 */
#include "vbr/policy/read_term.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bgpd/rib/rib.h"
#include "conf/conf_node.h"
#include "lib/base/xalloc.h"

static bool is_word(const struct conf_node *n, const char *name, const char *word)
{
	const char *v = conf_str(n, name);

	return v != NULL && strcmp(v, word) == 0;
}

bool read_permits(const struct conf_node *n)
{
	return is_word(n, "action", "permit");
}

static uint8_t read_origin(const struct conf_node *n, const char *name)
{
	if (is_word(n, name, "egp"))
		return BGP_ORIGIN_EGP;
	return is_word(n, name, "incomplete") ? BGP_ORIGIN_INCOMPLETE : BGP_ORIGIN_IGP;
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
static void read_prepend(const char *text, struct policy_set_actions *set)
{
	char *end;

	if (text == NULL)
		return;
	if (strncmp(text, "last ", 5) == 0) {
		set->prepend_last = (uint8_t)strtoul(text + 5, NULL, 10);
		return;
	}
	while (*text != '\0' && set->n_prepend < ARRAY_SIZE(set->prepend)) {
		set->prepend[set->n_prepend++] = (uint32_t)strtoul(text, &end, 10);
		text = *end == ' ' ? end + 1 : end;
	}
}

/* A leaf that is wrong, and what would be right. */
static int refuse(const struct read_where *w, const char *leaf, const char *text, const char *why)
{
	errbuf_add(w->err, w->path, 0, "route-map %s, term %u: %s %s: %s", w->map, w->seq, leaf,
		text, why);
	return -EINVAL;
}

/* "N", "N..M" or "N..". */
static int read_range(const struct conf_node *n, const char *leaf, const struct read_where *w,
	struct policy_range *r)
{
	const char *text = conf_str(n, leaf);
	uint64_t min;
	uint64_t max;
	char *end;

	if (text == NULL)
		return 0;
	min = max = strtoull(text, &end, 10);
	if (strncmp(end, "..", 2) == 0)
		max = end[2] != '\0' ? strtoull(end + 2, NULL, 10) : UINT32_MAX;
	if (min > UINT32_MAX || max > UINT32_MAX)
		return refuse(w, leaf, text, "a number is at most 4294967295");
	if (min > max)
		return refuse(w, leaf, text,
			"no number is in this range: give the lower one first");
	*r = (struct policy_range){ true, (uint32_t)min, (uint32_t)max };
	return 0;
}

/* "N", "+N" or "-N". */
static int read_number(const struct conf_node *n, const char *leaf, const struct read_where *w,
	struct policy_number *out)
{
	const char *text = conf_str(n, leaf);
	uint64_t v;

	if (text == NULL)
		return 0;
	out->op = text[0] == '+' ? POLICY_OP_ADD : text[0] == '-' ? POLICY_OP_SUB : POLICY_OP_SET;
	v = strtoull(out->op == POLICY_OP_SET ? text : text + 1, NULL, 10);
	if (v > UINT32_MAX)
		return refuse(w, leaf, text, "a number is at most 4294967295");
	out->value = (uint32_t)v;
	return 0;
}

static enum policy_rpki read_rpki(const struct conf_node *n)
{
	static const char *const words[] = {
		[POLICY_RPKI_VALID] = "valid",
		[POLICY_RPKI_INVALID] = "invalid",
		[POLICY_RPKI_NOT_FOUND] = "not-found",
	};

	for (unsigned i = POLICY_RPKI_VALID; i < ARRAY_SIZE(words); i++)
		if (is_word(n, "match/rpki", words[i]))
			return (enum policy_rpki)i;
	return POLICY_RPKI_ANY;
}

static void read_next_hop(const struct conf_node *n, struct policy_set_actions *set)
{
	if (!conf_has(n, "set/next-hop"))
		return;
	set->next_hop = is_word(n, "set/next-hop", "self") ? POLICY_NEXT_HOP_SELF :
							     POLICY_NEXT_HOP_ADDR;
	if (set->next_hop == POLICY_NEXT_HOP_ADDR)
		(void)conf_addr(n, "set/next-hop", &set->next_hop_addr);
}

static int read_match(const struct conf_node *n, const struct read_where *w, struct policy_match *m)
{
	static const char *const refs[POLICY_REF_COUNT] = {
		[POLICY_REF_PREFIX] = "match/prefix-list",
		[POLICY_REF_NEXT_HOP] = "match/next-hop-list",
		[POLICY_REF_AS_PATH] = "match/as-path-list",
		[POLICY_REF_COMMUNITY] = "match/community-list",
	};
	int ret = 0;

	for (unsigned i = 0; i < POLICY_REF_COUNT; i++)
		if (conf_has(n, refs[i]))
			m->ref[i] = xstrdup(conf_str(n, refs[i]));
	m->source_mask = read_sources(n);
	ret |= read_range(n, "match/med", w, &m->med);
	ret |= read_range(n, "match/local-preference", w, &m->local_pref);
	ret |= read_range(n, "match/as-path-length", w, &m->path_len);
	m->rpki = read_rpki(n);
	m->has_origin = conf_has(n, "match/origin");
	m->origin = read_origin(n, "match/origin");
	return ret < 0 ? -EINVAL : 0;
}

/* A value stands under the container of its kind. */
static const char *const other_kind[] = {
	[COMMUNITY_KIND_STANDARD] = "this is a standard community: it goes under set community",
	[COMMUNITY_KIND_EXTENDED] =
		"this is an extended community: it goes under set extended-community",
	[COMMUNITY_KIND_LARGE] = "this is a large community: it goes under set large-community",
};

/* The values of a leaf-list, all of one kind. */
static int read_values(const struct conf_node *n, const char *leaf, enum community_kind kind,
	const struct read_where *w, struct community_pattern **out, uint32_t *n_out)
{
	const bool is_pattern = strstr(leaf, "/remove") != NULL;
	int ret = 0;

	*n_out = 0;
	*out = conf_count(n, leaf) > 0 ? xcalloc(conf_count(n, leaf), sizeof(**out)) : NULL;
	for (const struct conf_node *e = conf_next(n, leaf, NULL); e != NULL;
		e = conf_next(n, leaf, e)) {
		struct community_pattern *p = &(*out)[(*n_out)++];
		const char *why = NULL;

		if (community_parse(conf_value(e), strlen(conf_value(e)), p, &why) == 0) {
			why = NULL;
			if (p->kind != kind)
				why = other_kind[p->kind];
			else if (!p->exact && !is_pattern)
				why = "a value to set has no *: give all numbers";
		}
		if (why != NULL)
			ret = refuse(w, leaf, conf_value(e), why);
	}
	return ret;
}

static int read_communities(const struct conf_node *n, enum community_kind kind,
	const struct read_where *w, struct policy_communities *c)
{
	char leaf[64];
	int ret = 0;

	snprintf(leaf, sizeof(leaf), "set/%s/set", community_kind_name(kind));
	c->replace = conf_count(n, leaf) > 0;
	if (!c->replace)
		snprintf(leaf, sizeof(leaf), "set/%s/add", community_kind_name(kind));
	ret |= read_values(n, leaf, kind, w, &c->add, &c->n_add);
	snprintf(leaf, sizeof(leaf), "set/%s/remove", community_kind_name(kind));
	ret |= read_values(n, leaf, kind, w, &c->remove, &c->n_remove);
	snprintf(leaf, sizeof(leaf), "set/%s/remove-list", community_kind_name(kind));
	if (conf_has(n, leaf))
		c->remove_list = xstrdup(conf_str(n, leaf));
	return ret;
}

static int read_set(const struct conf_node *n, const struct read_where *w,
	struct policy_set_actions *set)
{
	int ret = 0;

	ret |= read_number(n, "set/local-preference", w, &set->local_pref);
	ret |= read_number(n, "set/med", w, &set->med);
	set->has_origin = conf_has(n, "set/origin");
	set->origin = read_origin(n, "set/origin");
	read_prepend(conf_str(n, "set/as-path-prepend"), set);
	read_next_hop(n, set);
	set->has_weight = conf_has(n, "set/weight");
	set->weight = (uint16_t)conf_u32(n, "set/weight", 0);
	set->accept_own = conf_bool(n, "set/accept-own", false);
	for (unsigned k = 0; k < COMMUNITY_KIND_COUNT; k++)
		ret |= read_communities(n, (enum community_kind)k, w, &set->communities[k]);
	return ret < 0 ? -EINVAL : 0;
}

int read_term(const struct conf_node *n, struct read_where *w, struct policy_term *t)
{
	int ret = 0;

	w->seq = t->seq = conf_u32(n, "seq", 0);
	t->permit = read_permits(n);
	t->next = is_word(n, "then", "next");
	ret |= read_match(n, w, &t->match);
	ret |= read_set(n, w, &t->set);
	return ret < 0 ? -EINVAL : 0;
}
