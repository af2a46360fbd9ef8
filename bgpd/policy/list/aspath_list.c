/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules in order over the text of the path. Most routes of a table share their paths with others,
 * so a verdict is remembered for the pair of list and path (scratch.h): an expression runs once a
 * path, not once a prefix.
 *
 * A match that gives up denies, whatever its rule says: a list never takes what it could not read.
 */
#include "bgpd/policy/list/aspath_list.h"

#include <stdlib.h>
#include <string.h>

#include "bgpd/policy/list/aspath_regex.h"
#include "bgpd/policy/scratch.h"
#include "lib/base/compiler.h"
#include "lib/base/digest.h"
#include "lib/base/xalloc.h"

struct rule {
	uint32_t seq;
	bool permit;
	struct aspath_regex *regex; /* counted */
};

struct aspath_list {
	struct policy_list head; /* first */
	struct rule *rules;      /* owned; ascending seq */
	uint32_t n_rules;
};

static int by_seq(const void *a, const void *b)
{
	const struct rule *x = a;
	const struct rule *y = b;

	return (x->seq > y->seq) - (x->seq < y->seq);
}

struct policy_list *aspath_list_new(const struct policy_aspath_list *conf)
{
	struct aspath_list *l = xcalloc(1, sizeof(*l));

	l->head.name = xstrdup(conf->name);
	l->n_rules = conf->n_rules;
	l->rules = xcalloc(conf->n_rules ? conf->n_rules : 1, sizeof(*l->rules));
	for (uint32_t i = 0; i < conf->n_rules; i++) {
		const struct policy_aspath_rule *c = &conf->rules[i];

		l->rules[i] = (struct rule){ c->seq, c->permit, aspath_regex_ref(c->regex) };
	}
	qsort(l->rules, l->n_rules, sizeof(*l->rules), by_seq);
	for (uint32_t i = 0; i < l->n_rules; i++) {
		l->head.digest = digest_add_u64(l->head.digest, l->rules[i].permit);
		l->head.digest = digest_add_str(l->head.digest,
			aspath_regex_text(l->rules[i].regex));
	}
	return &l->head;
}

void aspath_list_free(struct policy_list *head)
{
	struct aspath_list *l = container_of(head, struct aspath_list, head);

	for (uint32_t i = 0; i < l->n_rules; i++)
		aspath_regex_unref(l->rules[i].regex);
	free(l->rules);
	free(l->head.name);
	free(l);
}

static bool find(const struct aspath_list *l, const char *text, size_t len,
	struct policy_scratch *s)
{
	for (uint32_t i = 0; i < l->n_rules; i++) {
		switch (aspath_regex_match(l->rules[i].regex, text, len, s)) {
		case ASPATH_VERDICT_YES:
			return l->rules[i].permit;
		case ASPATH_VERDICT_GAVE_UP:
			scratch_gave_up(s);
			return false;
		case ASPATH_VERDICT_NO:
			break;
		}
	}
	return false;
}

bool aspath_list_permits(const struct policy_list *l, struct octets path, uint64_t id,
	struct policy_scratch *s)
{
	const int known = scratch_recall(s, l->digest, id);
	const char *text;
	size_t len;
	bool verdict;

	if (known >= 0)
		return known;
	text = scratch_path_text(s, id, path, &len);
	verdict = find((const void *)l, text, len, s);
	scratch_remember(s, l->digest, id, verdict);
	return verdict;
}
