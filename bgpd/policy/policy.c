/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets: what one scope defines, by name, with all names resolved at compile time. A set keeps the
 * global one that it refers to alive, and is immutable: workers may evaluate it at the same time.
 */
#include "bgpd/policy/policy.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "bgpd/policy/policy_private.h"
#include "lib/base/xalloc.h"

struct policy_set {
	_Atomic uint32_t refs;
	struct policy_set *global;  /* counted; may be NULL */
	struct prefix_list **lists; /* owned; by name */
	uint32_t n_lists;
	struct policy_map *maps; /* owned; by name */
	uint32_t n_maps;
};

static int list_by_name(const void *a, const void *b)
{
	const struct prefix_list *const *x = a;
	const struct prefix_list *const *y = b;

	return strcmp(prefix_list_name(*x), prefix_list_name(*y));
}

static int name_to_list(const void *key, const void *b)
{
	const struct prefix_list *const *l = b;

	return strcmp(key, prefix_list_name(*l));
}

static int map_by_name(const void *a, const void *b)
{
	const struct policy_map *x = a;
	const struct policy_map *y = b;

	return strcmp(x->name, y->name);
}

static int name_to_map(const void *key, const void *b)
{
	const struct policy_map *m = b;

	return strcmp(key, m->name);
}

static const struct prefix_list *find_list(const struct policy_set *s, const char *name)
{
	for (; s; s = s->global) {
		struct prefix_list *const *l = s->n_lists ?
			bsearch(name, s->lists, s->n_lists, sizeof(struct prefix_list *),
				name_to_list) :
			NULL;

		if (l)
			return *l;
	}
	return NULL;
}

const struct policy_map *policy_find(const struct policy_set *s, const char *name)
{
	for (; s; s = s->global) {
		const struct policy_map *m = s->n_maps ?
			bsearch(name, s->maps, s->n_maps, sizeof(*s->maps), name_to_map) :
			NULL;

		if (m)
			return m;
	}
	return NULL;
}

static bool compile_term(struct map_term *t, const struct policy_set *s, const char *map,
	struct errbuf *err)
{
	if (!t->conf.prefix_list)
		return true;
	t->list = find_list(s, t->conf.prefix_list);
	if (!t->list)
		errbuf_add(err, NULL, 0,
			"route-map %s, term %u: there is no prefix-list \"%s\": define it under "
			"policy or name another one",
			map, t->conf.seq, t->conf.prefix_list);
	/* The name was borrowed from the configuration. */
	t->conf.prefix_list = NULL;
	return t->list != NULL;
}

static bool compile_map(struct policy_map *m, const struct policy_route_map *c,
	const struct policy_set *s, struct errbuf *err)
{
	bool ok = true;

	m->name = xstrdup(c->name);
	m->n_terms = c->n_terms;
	m->terms = xcalloc(c->n_terms ? c->n_terms : 1, sizeof(*m->terms));
	for (uint32_t i = 0; i < c->n_terms; i++) {
		m->terms[i].conf = c->terms[i];
		ok &= compile_term(&m->terms[i], s, c->name, err);
	}
	return ok;
}

struct policy_set *policy_compile(const struct policy_conf *c, struct policy_set *global,
	struct errbuf *err)
{
	struct policy_set *s = xcalloc(1, sizeof(*s));
	bool ok = true;

	atomic_init(&s->refs, 1);
	s->global = global ? policy_set_ref(global) : NULL;
	s->lists = xcalloc(c->n_lists ? c->n_lists : 1, sizeof(struct prefix_list *));
	for (; s->n_lists < c->n_lists; s->n_lists++)
		s->lists[s->n_lists] = prefix_list_new(&c->lists[s->n_lists]);
	qsort(s->lists, s->n_lists, sizeof(struct prefix_list *), list_by_name);
	s->maps = xcalloc(c->n_maps ? c->n_maps : 1, sizeof(*s->maps));
	for (; s->n_maps < c->n_maps; s->n_maps++)
		ok &= compile_map(&s->maps[s->n_maps], &c->maps[s->n_maps], s, err);
	qsort(s->maps, s->n_maps, sizeof(*s->maps), map_by_name);
	if (ok)
		return s;
	policy_set_unref(s);
	return NULL;
}

struct policy_set *policy_set_ref(struct policy_set *s)
{
	atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
	return s;
}

void policy_set_unref(struct policy_set *s)
{
	if (!s || atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) != 1)
		return;
	for (uint32_t i = 0; i < s->n_lists; i++)
		prefix_list_free(s->lists[i]);
	for (uint32_t i = 0; i < s->n_maps; i++) {
		free(s->maps[i].terms);
		free(s->maps[i].name);
	}
	free(s->lists);
	free(s->maps);
	policy_set_unref(s->global);
	free(s);
}

void policy_conf_free(struct policy_conf *c)
{
	if (!c)
		return;
	for (uint32_t i = 0; i < c->n_lists; i++) {
		free(c->lists[i].name);
		free(c->lists[i].rules);
	}
	for (uint32_t i = 0; i < c->n_maps; i++) {
		for (uint32_t k = 0; k < c->maps[i].n_terms; k++)
			free(c->maps[i].terms[k].prefix_list);
		free(c->maps[i].name);
		free(c->maps[i].terms);
	}
	free(c->lists);
	free(c->maps);
	free(c);
}
