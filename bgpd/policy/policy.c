/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets: what one scope defines, by name, with all names resolved at compile time. A set keeps the
 * global one that it refers to alive, and is immutable: workers may evaluate it at the same time.
 *
 * Lists and maps have a digest of their meaning. So "did this commit change the map?" costs the
 * same for a prefix-list of 100,000 rules as for one of three, and is asked on a worker's loop for
 * every neighbour that names the map.
 */
#include "bgpd/policy/policy.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "bgpd/policy/list/aspath_list.h"
#include "bgpd/policy/list/community_list.h"
#include "bgpd/policy/list/prefix_list.h"
#include "bgpd/policy/list/roa.h"
#include "bgpd/policy/policy_private.h"
#include "lib/base/compiler.h"
#include "lib/base/digest.h"
#include "lib/base/xalloc.h"

/* Lists of one kind, sorted by name. */
struct shelf {
	struct policy_list **lists; /* owned */
	uint32_t n;
};

enum shelf_kind {
	SHELF_PREFIX,
	SHELF_ASPATH,
	SHELF_COMMUNITY,
	SHELF_COUNT,
};

struct policy_set {
	_Atomic uint32_t refs;
	struct policy_set *global; /* counted; may be NULL */
	struct shelf shelf[SHELF_COUNT];
	struct policy_list *roas; /* owned */
	struct policy_map *maps;  /* owned; by name */
	uint32_t n_maps;
};

/* What a term refers to, and where it is looked up. */
static const struct {
	const char *word;
	enum shelf_kind shelf;
} refs[] = {
	[POLICY_REF_PREFIX] = { "prefix-list", SHELF_PREFIX },
	[POLICY_REF_NEXT_HOP] = { "prefix-list", SHELF_PREFIX },
	[POLICY_REF_AS_PATH] = { "as-path-list", SHELF_ASPATH },
	[POLICY_REF_COMMUNITY] = { "community-list", SHELF_COMMUNITY },
};
static_assert(ARRAY_SIZE(refs) == POLICY_REF_COUNT, "a reference without a kind of list");

static void (*const list_free[])(struct policy_list *l) = {
	[SHELF_PREFIX] = prefix_list_free,
	[SHELF_ASPATH] = aspath_list_free,
	[SHELF_COMMUNITY] = community_list_free,
};
static_assert(ARRAY_SIZE(list_free) == SHELF_COUNT, "a list without an end");

static int list_by_name(const void *a, const void *b)
{
	const struct policy_list *const *x = a;
	const struct policy_list *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

static int name_to_list(const void *key, const void *b)
{
	const struct policy_list *const *l = b;

	return strcmp(key, (*l)->name);
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

static const struct policy_list *find_list(const struct policy_set *s, enum shelf_kind kind,
	const char *name)
{
	for (; s; s = s->global) {
		const struct shelf *sh = &s->shelf[kind];
		struct policy_list *const *l = sh->n ?
			bsearch(name, sh->lists, sh->n, sizeof(*sh->lists), name_to_list) :
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

/* Where a name stands, for a sentence about it. */
struct place {
	const struct policy_set *set;
	const char *map;
	uint32_t term;
	struct errbuf *err;
};

/* *out = the list of that name; true if there is one, or none was asked for. */
static bool resolve(const struct place *at, enum policy_ref kind, const char *name,
	const struct policy_list **out)
{
	if (!name)
		return true;
	*out = find_list(at->set, refs[kind].shelf, name);
	if (!*out)
		errbuf_add(at->err, NULL, 0,
			"route-map %s, term %u: there is no %s \"%s\": define it under "
			"policy or name another one",
			at->map, at->term, refs[kind].word, name);
	return *out != NULL;
}

static bool compile_term(struct map_term *t, const struct policy_term *c, struct place *at)
{
	bool ok = true;

	at->term = c->seq;
	memcpy(&t->conf, c, sizeof(*c)); /* with its padding, for the digest */
	for (unsigned r = 0; r < POLICY_REF_COUNT; r++) {
		ok &= resolve(at, (enum policy_ref)r, c->match.ref[r], &t->ref[r]);
		t->conf.match.ref[r] = NULL;
	}
	for (unsigned k = 0; k < COMMUNITY_KIND_COUNT; k++) {
		const struct policy_communities *pc = &c->set.communities[k];
		struct map_communities *mc = &t->communities[k];

		map_communities_init(mc, (enum community_kind)k, pc);
		ok &= resolve(at, POLICY_REF_COMMUNITY, pc->remove_list, &mc->remove_list);
	}
	t->roas = c->match.rpki != POLICY_RPKI_ANY ? at->set->roas : NULL;
	memset(t->conf.set.communities, 0, sizeof(t->conf.set.communities));
	return ok;
}

/* By its octets: what a term says is a value, once what it points to is gone. */
static uint64_t add_term(uint64_t d, const struct map_term *t)
{
	d = digest_add(d, &t->conf, sizeof(t->conf));
	for (unsigned r = 0; r < POLICY_REF_COUNT; r++)
		d = digest_add_u64(d, t->ref[r] ? t->ref[r]->digest + 1 : 0);
	for (unsigned k = 0; k < COMMUNITY_KIND_COUNT; k++)
		d = map_communities_digest(&t->communities[k], (enum community_kind)k, d);
	return digest_add_u64(d, t->roas ? t->roas->digest + 1 : 0);
}

static bool compile_map(struct policy_map *m, const struct policy_route_map *c,
	const struct policy_set *s, struct errbuf *err)
{
	struct place at = { .set = s, .map = c->name, .err = err };
	bool ok = true;

	m->name = xstrdup(c->name);
	m->n_terms = c->n_terms;
	m->terms = xcalloc(c->n_terms ? c->n_terms : 1, sizeof(*m->terms));
	for (uint32_t i = 0; i < c->n_terms; i++) {
		ok &= compile_term(&m->terms[i], &c->terms[i], &at);
		m->accepts_own |= c->terms[i].set.accept_own;
		m->asks_prefix |= m->terms[i].ref[POLICY_REF_PREFIX] || m->terms[i].roas;
		m->digest = add_term(m->digest, &m->terms[i]);
	}
	return ok;
}

static void compile_lists(struct policy_set *s, const struct policy_conf *c)
{
	const uint32_t n[SHELF_COUNT] = {
		[SHELF_PREFIX] = c->n_prefix_lists,
		[SHELF_ASPATH] = c->n_aspath_lists,
		[SHELF_COMMUNITY] = c->n_community_lists,
	};

	for (unsigned k = 0; k < SHELF_COUNT; k++)
		s->shelf[k].lists = xcalloc(n[k] + 1, sizeof(*s->shelf[k].lists));
	for (uint32_t i = 0; i < c->n_prefix_lists; i++)
		s->shelf[SHELF_PREFIX].lists[i] = prefix_list_new(&c->prefix_lists[i]);
	for (uint32_t i = 0; i < c->n_aspath_lists; i++)
		s->shelf[SHELF_ASPATH].lists[i] = aspath_list_new(&c->aspath_lists[i]);
	for (uint32_t i = 0; i < c->n_community_lists; i++)
		s->shelf[SHELF_COMMUNITY].lists[i] = community_list_new(&c->community_lists[i]);
	s->roas = roa_table_new(c->roas, c->n_roas, s->global ? s->global->roas : NULL);
	for (unsigned k = 0; k < SHELF_COUNT; k++) {
		struct shelf *sh = &s->shelf[k];

		sh->n = n[k];
		qsort(sh->lists, sh->n, sizeof(*sh->lists), list_by_name);
	}
}

struct policy_set *policy_compile(const struct policy_conf *c, struct policy_set *global,
	struct errbuf *err)
{
	struct policy_set *s = xcalloc(1, sizeof(*s));
	bool ok = true;

	atomic_init(&s->refs, 1);
	s->global = global ? policy_set_ref(global) : NULL;
	compile_lists(s, c);
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

static void map_fini(struct policy_map *m)
{
	for (uint32_t i = 0; i < m->n_terms; i++) {
		for (unsigned k = 0; k < COMMUNITY_KIND_COUNT; k++)
			map_communities_fini(&m->terms[i].communities[k]);
	}
	free(m->terms);
	free(m->name);
}

void policy_set_unref(struct policy_set *s)
{
	if (!s || atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) != 1)
		return;
	for (unsigned k = 0; k < SHELF_COUNT; k++) {
		for (uint32_t i = 0; i < s->shelf[k].n; i++)
			list_free[k](s->shelf[k].lists[i]);
		free(s->shelf[k].lists);
	}
	for (uint32_t i = 0; i < s->n_maps; i++)
		map_fini(&s->maps[i]);
	free(s->maps);
	roa_table_free(s->roas);
	policy_set_unref(s->global);
	free(s);
}
