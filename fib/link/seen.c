/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Containers of the observed state. A device has a handful of addresses and neighbours, so arrays
 * with linear search are both the smallest and the fastest form; order does not matter.
 */
#include "fib/link/seen.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/xalloc.h"

void seen_fini(struct seen *s)
{
	free(s->addrs);
	free(s->neighs);
	memset(s, 0, sizeof(*s));
}

void seen_clear(struct seen *s)
{
	seen_fini(s);
}

bool seen_is_ours(const struct seen *s)
{
	return s->link.ifindex && strncmp(s->link.alias, SEEN_ALIAS, sizeof(SEEN_ALIAS) - 1) == 0;
}

int seen_find_addr(const struct seen *s, const struct ip_addr *a, uint8_t len)
{
	for (int i = 0; i < s->n_addrs; i++) {
		if (s->addrs[i].len == len && ip_is_equal(&s->addrs[i].addr, a))
			return i;
	}
	return -1;
}

void seen_put_addr(struct seen *s, const struct seen_addr *a)
{
	const int i = seen_find_addr(s, &a->addr, a->len);

	if (i >= 0) {
		s->addrs[i] = *a;
		return;
	}
	if (s->n_addrs == UINT16_MAX)
		return;
	s->addrs = xreallocarray(s->addrs, s->n_addrs + 1U, sizeof(*s->addrs));
	s->addrs[s->n_addrs++] = *a;
}

void seen_drop_addr(struct seen *s, const struct ip_addr *a, uint8_t len)
{
	const int i = seen_find_addr(s, a, len);

	if (i >= 0)
		s->addrs[i] = s->addrs[--s->n_addrs];
}

const struct link_neigh *seen_find_neigh(const struct seen *s, const struct ip_addr *a)
{
	for (int i = 0; i < s->n_neighs; i++) {
		if (ip_is_equal(&s->neighs[i].addr, a))
			return &s->neighs[i];
	}
	return NULL;
}

void seen_put_neigh(struct seen *s, const struct link_neigh *n)
{
	if (s->n_neighs == UINT16_MAX)
		return;
	s->neighs = xreallocarray(s->neighs, s->n_neighs + 1U, sizeof(*s->neighs));
	s->neighs[s->n_neighs++] = *n;
}

struct tc_class *seen_class(struct seen *s, uint16_t minor)
{
	struct tc_class *c = s->classes;

	while (c < s->classes + s->n_classes && c->minor != minor)
		c++;
	if (c == s->classes + TC_MAX_CLASSES)
		return NULL;
	if (c == s->classes + s->n_classes) {
		s->n_classes++;
		memset(c, 0, sizeof(*c));
		c->minor = minor;
	}
	return c;
}

void seen_clear_classes(struct seen *s)
{
	s->n_classes = 0;
	s->has_sched = false;
	s->classes_known = true;
	s->control = 0;
	s->control_known = true;
}
