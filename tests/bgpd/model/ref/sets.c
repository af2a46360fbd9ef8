/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets of neighbours that a route leans on (multipath). Their keys are the engine's choice, and one
 * set may have had several; here the first one counts.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/base/xalloc.h"
#include "tests/bgpd/model/ref/ref_private.h"

#define UNKNOWN 0xffffffff /* the engine has not told of it: compares as wrong */

static bool add(struct ref_set *s, uint32_t key)
{
	if (ref_has_u32(s->member, s->n, key))
		return true;
	if (s->n == NHGROUP_MAX)
		return false;
	s->member[s->n++] = key;
	return true;
}

static bool has_same(const struct ref_set *a, const struct ref_set *b)
{
	unsigned n = 0;

	for (unsigned i = 0; i < a->n; i++)
		n += ref_has_u32(b->member, b->n, a->member[i]);
	return n == a->n && a->n == b->n;
}

static uint32_t first_key(const struct ref *m, const struct ref_set *s)
{
	for (uint32_t i = 0; i < m->n_sets; i++) {
		if (has_same(&m->set[i], s))
			return m->set[i].key;
	}
	return UNKNOWN;
}

uint32_t ref_key(const struct ref *m, uint32_t key)
{
	for (uint32_t i = 0; i < m->n_sets; i++) {
		if (m->set[i].key == key)
			return first_key(m, &m->set[i]);
	}
	return key;
}

void ref_put_set(struct ref *m, uint32_t key, const uint32_t *members, unsigned n)
{
	struct ref_set s = { .key = key };

	for (unsigned i = 0; i < n; i++)
		(void)add(&s, ref_key(m, members[i]));
	m->set = xreallocarray(m->set, m->n_sets + 1, sizeof(m->set[0]));
	m->set[m->n_sets++] = s;
}

uint32_t ref_net_key(const struct ref *m, const struct ref_net *n)
{
	struct ref_set s = { .n = 1, .member = { n->path[n->best].live_key } };

	for (unsigned i = 0; i < n->n; i++) {
		const struct ref_path *p = &n->path[i];

		if (p->flags & RIB_PATH_MULTIPATH && !add(&s, p->live_key))
			return 0;
	}
	if (ref_has_u32(s.member, s.n, 0))
		return 0;
	return s.n == 1 ? s.member[0] : first_key(m, &s);
}
