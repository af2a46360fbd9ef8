/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The end of a source form.
 */
#include "bgpd/policy/policy_conf.h"

#include <stdlib.h>

static void prefix_lists_free(struct policy_conf *c)
{
	for (uint32_t i = 0; i < c->n_prefix_lists; i++) {
		free(c->prefix_lists[i].name);
		free(c->prefix_lists[i].rules);
	}
	free(c->prefix_lists);
}

static void aspath_lists_free(struct policy_conf *c)
{
	for (uint32_t i = 0; i < c->n_aspath_lists; i++) {
		for (uint32_t k = 0; k < c->aspath_lists[i].n_rules; k++)
			aspath_regex_unref(c->aspath_lists[i].rules[k].regex);
		free(c->aspath_lists[i].name);
		free(c->aspath_lists[i].rules);
	}
	free(c->aspath_lists);
}

static void community_lists_free(struct policy_conf *c)
{
	for (uint32_t i = 0; i < c->n_community_lists; i++) {
		for (uint32_t k = 0; k < c->community_lists[i].n_rules; k++)
			free(c->community_lists[i].rules[k].patterns);
		free(c->community_lists[i].name);
		free(c->community_lists[i].rules);
	}
	free(c->community_lists);
}

static void term_fini(struct policy_term *t)
{
	for (unsigned r = 0; r < POLICY_REF_COUNT; r++)
		free(t->match.ref[r]);
	for (unsigned k = 0; k < COMMUNITY_KIND_COUNT; k++) {
		free(t->set.communities[k].add);
		free(t->set.communities[k].remove);
		free(t->set.communities[k].remove_list);
	}
}

static void maps_free(struct policy_conf *c)
{
	for (uint32_t i = 0; i < c->n_maps; i++) {
		for (uint32_t k = 0; k < c->maps[i].n_terms; k++)
			term_fini(&c->maps[i].terms[k]);
		free(c->maps[i].name);
		free(c->maps[i].terms);
	}
	free(c->maps);
}

void policy_conf_free(struct policy_conf *c)
{
	if (!c)
		return;
	prefix_lists_free(c);
	aspath_lists_free(c);
	community_lists_free(c);
	maps_free(c);
	free(c->roas);
	free(c);
}
