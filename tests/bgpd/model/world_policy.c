/* SPDX-License-Identifier: Apache-2.0 */
/* Random policies, and the words in which the engine is told them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/xalloc.h"
#include "tests/bgpd/model/world.h"
#include "tests/cu_main.h"

static struct ref_rule random_rule(struct world *w)
{
	struct ref_rule r = {
		.permit = world_below(w, 4) != 0,
		.pfx = w->ref.pfx[world_below(w, REF_PREFIXES)],
	};
	const uint8_t bits = family_bits(r.pfx.family);

	if (world_below(w, 2) == 0 && r.pfx.len < bits)
		r.le = (uint8_t)(r.pfx.len + 1 + world_below(w, bits - r.pfx.len));
	if (world_below(w, 4) == 0 && r.pfx.len + 8 < bits) {
		r.ge = (uint8_t)(r.pfx.len + 1);
		r.le = r.le && r.le < r.ge ? 0 : r.le;
	}
	if (world_below(w, 8) == 0) { /* next hops: all of a link's neighbours, or some */
		r.pfx = prefix_make(&w->ref.peer[world_below(w, REF_PEERS)].addr, 24);
		r.ge = 0;
		r.le = family_bits(r.pfx.family);
	}
	return r;
}

static struct policy_range random_range(struct world *w, uint32_t base, uint32_t grain)
{
	struct policy_range r = { .given = true, .min = base + grain * world_below(w, 3) };

	r.max = world_below(w, 3) ? r.min + grain * world_below(w, 2) : UINT32_MAX;
	return r;
}

static void random_matches(struct world *w, struct ref_term *t)
{
	const uint32_t dice = world_below(w, 64);

	if (dice & 1)
		t->list = (uint8_t)(1 + world_below(w, REF_LISTS));
	if (dice < 8)
		t->source_mask = (uint8_t)(1 + world_below(w, (1 << RIB_SOURCE_COUNT) - 1));
	else if (dice < 14)
		t->med = random_range(w, 0, 10);
	else if (dice < 20)
		t->local_pref = random_range(w, 50, 50);
	else if (dice < 30)
		t->path_len = random_range(w, 0, 1);
	else if (dice < 36)
		t->has_origin = true;
	else if (dice < 40)
		t->next_hop = (uint8_t)(1 + world_below(w, REF_LISTS));
	else if (dice < 44)
		t->com = (uint8_t)(1 + world_below(w, REF_COMS));
	if (t->has_origin)
		t->origin = (uint8_t)world_below(w, 3);
}

static struct policy_number random_number(struct world *w, uint32_t grain)
{
	return (struct policy_number){
		.op = (enum policy_op)(1 + world_below(w, 3)),
		.value = grain * world_below(w, 4),
	};
}

/* In a tame world nothing may change what a table on the way prefers. */
static void random_sets(struct world *w, struct ref_term *t)
{
	const uint32_t dice = world_below(w, 64);
	const uint32_t rare = world_below(w, 24);

	if (!t->permit)
		return;
	t->com_op = rare < 3 ? (enum ref_com_op)(1 + rare) : REF_COM_NONE;
	t->com_arg = (uint8_t)world_below(w, REF_COMS);
	t->accepts_own = rare == 3;
	if (w->tame)
		return;
	/*
	 * Never above a static route: an edge into a table whose own route it outweighs, and that
	 * sends it back by the way it came, has no outcome.
	 */
	t->weight = rare == 4 ? 10 : rare == 5 ? 20000 : 0;
	if (dice & 1)
		t->set_local_pref = random_number(w, 50);
	if (dice & 8)
		t->set_med = random_number(w, 10);
	t->sets_origin = (dice & 6) == 6;
	t->new_origin = t->sets_origin ? (uint8_t)world_below(w, 3) : 0;
	if ((dice & 48) == 16)
		t->prepend = 64700 + world_below(w, 2);
	t->prepend_last = (dice & 48) == 32;
}

static struct ref_term random_term(struct world *w)
{
	struct ref_term t = { .permit = world_below(w, 4) != 0 };

	t.next = t.permit && world_below(w, 4) == 0;
	random_matches(w, &t);
	random_sets(w, &t);
	return t;
}

static void random_map(struct world *w, struct ref_map *m)
{
	m->is = world_below(w, 5); /* now and then one is not there */
	m->n = (uint8_t)(1 + world_below(w, REF_TERMS));
	for (unsigned i = 0; i < m->n; i++)
		m->term[i] = random_term(w);
	/* most maps end with what lets the rest through */
	if (world_below(w, 3))
		m->term[m->n - 1] = (struct ref_term){ .permit = true };
}

static void random_list(struct world *w, struct ref_list *l)
{
	l->n = (uint8_t)(1 + world_below(w, REF_RULES));
	for (unsigned i = 0; i < l->n; i++)
		l->rule[i] = random_rule(w);
}

/* One thing is otherwise: what a commit usually does. */
static void change_something(struct world *w, struct ref_policy *p)
{
	struct ref_map *m = &p->map[world_below(w, REF_MAPS)];
	struct ref_term *t = m->n ? &m->term[world_below(w, m->n)] : NULL;

	switch (world_below(w, 6)) {
	case 0:
		m->is = !m->is;
		break;
	case 1:
		random_list(w, &p->list[world_below(w, REF_LISTS)]);
		break;
	case 2:
		if (t)
			*t = random_term(w);
		break;
	case 3:
		if (t && t->set_med.op)
			t->set_med.value += 10;
		break;
	case 4:
		if (t)
			t->permit = !t->permit;
		break;
	default:
		if (t)
			random_sets(w, t);
		break;
	}
}

void world_change_policy(struct world *w)
{
	struct ref_policy *p = &w->ref.policy;

	if (world_below(w, 4)) {
		change_something(w, p);
		return;
	}
	memset(p, 0, sizeof(*p));
	for (unsigned i = 0; i < REF_LISTS; i++)
		random_list(w, &p->list[i]);
	for (unsigned i = 0; i < REF_MAPS; i++)
		random_map(w, &p->map[i]);
}

/*
 * The engine's words
 */

static char *list_name(uint8_t n)
{
	const char name[] = { 'L', (char)('0' + n), '\0' };

	return n ? xstrdup(name) : NULL;
}

static void put_list(struct policy_prefix_list *to, const struct ref_list *l, uint8_t n)
{
	to->name = list_name(n);
	to->n_rules = l->n;
	to->rules = xcalloc(l->n + 1u, sizeof(*to->rules));
	for (unsigned i = 0; i < l->n; i++)
		to->rules[i] = (struct policy_prefix_rule){
			.seq = 10 * (i + 1),
			.permit = l->rule[i].permit,
			.pfx = l->rule[i].pfx,
			.ge = l->rule[i].ge,
			.le = l->rule[i].le,
		};
}

static struct community_pattern *pattern(uint8_t number)
{
	struct community_pattern *p = xcalloc(1, sizeof(*p));
	char text[16];
	const char *why;

	(void)snprintf(text, sizeof(text), "65000:%u", number);
	CU_ASSERT_EQUAL_FATAL(community_parse(text, strlen(text), p, &why), 0);
	return p;
}

static char *community_list_name(uint8_t com)
{
	const char name[] = { 'K', (char)('0' + com), '\0' };

	return com ? xstrdup(name) : NULL;
}

static void put_community_list(struct policy_community_list *to, uint8_t com)
{
	to->name = community_list_name(com);
	to->n_rules = 1;
	to->rules = xcalloc(1, sizeof(*to->rules));
	to->rules[0] = (struct policy_community_rule){
		.seq = 1,
		.permit = true,
		.n_patterns = 1,
		.patterns = pattern(com - 1),
	};
}

static void put_communities(struct policy_communities *to, const struct ref_term *t)
{
	to->replace = t->com_op == REF_COM_REPLACE;
	if (t->com_op == REF_COM_ADD || t->com_op == REF_COM_REPLACE) {
		to->add = pattern(t->com_arg);
		to->n_add = 1;
	} else if (t->com_op == REF_COM_REMOVE) {
		to->remove = pattern(t->com_arg);
		to->n_remove = 1;
	}
}

static void put_term(struct policy_term *to, const struct ref_term *t)
{
	to->permit = t->permit;
	to->next = t->next && t->permit;
	to->match.ref[POLICY_REF_PREFIX] = list_name(t->list);
	to->match.ref[POLICY_REF_NEXT_HOP] = list_name(t->next_hop);
	to->match.ref[POLICY_REF_COMMUNITY] = community_list_name(t->com);
	to->match.source_mask = t->source_mask;
	to->match.med = t->med;
	to->match.local_pref = t->local_pref;
	to->match.path_len = t->path_len;
	to->match.has_origin = t->has_origin;
	to->match.origin = t->origin;
	to->set.local_pref = t->set_local_pref;
	to->set.med = t->set_med;
	to->set.has_origin = t->sets_origin;
	to->set.origin = t->new_origin;
	to->set.n_prepend = t->prepend != 0;
	to->set.prepend[0] = t->prepend;
	to->set.prepend_last = t->prepend_last;
	to->set.has_weight = t->weight != 0;
	to->set.weight = (uint16_t)t->weight;
	to->set.accept_own = t->accepts_own;
	put_communities(&to->set.communities[COMMUNITY_KIND_STANDARD], t);
}

static void put_map(struct policy_route_map *to, const struct ref_map *m, uint8_t n)
{
	to->name = xstrdup(world_map_name(n));
	to->n_terms = m->n;
	to->terms = xcalloc(m->n + 1u, sizeof(*to->terms));
	for (unsigned i = 0; i < m->n; i++) {
		to->terms[i].seq = 10 * (i + 1);
		put_term(&to->terms[i], &m->term[i]);
	}
}

struct policy_conf *world_policy_conf(const struct ref_policy *p)
{
	struct policy_conf *c = xcalloc(1, sizeof(*c));

	c->n_prefix_lists = REF_LISTS;
	c->prefix_lists = xcalloc(REF_LISTS, sizeof(*c->prefix_lists));
	for (uint8_t i = 0; i < REF_LISTS; i++)
		put_list(&c->prefix_lists[i], &p->list[i], i + 1);
	c->n_community_lists = REF_COMS;
	c->community_lists = xcalloc(REF_COMS, sizeof(*c->community_lists));
	for (uint8_t i = 0; i < REF_COMS; i++)
		put_community_list(&c->community_lists[i], i + 1);
	c->maps = xcalloc(REF_MAPS, sizeof(*c->maps));
	for (uint8_t i = 0; i < REF_MAPS; i++) {
		if (p->map[i].is)
			put_map(&c->maps[c->n_maps++], &p->map[i], i + 1);
	}
	return c;
}

const char *world_map_name(uint8_t map)
{
	static const char *const names[REF_MAPS + 1] = { "", "M1", "M2", "M3", "M4", "M5" };

	return names[map];
}
