/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a group with ADD-PATH (RFC 7911) has told: per net a list of paths, by path identifier, each
 * with the tag and the source that struct told has of a net. The rules of told.c hold for each path
 * by itself; one that the mode does not select any more, or that may not go out, is withdrawn.
 *
 * A path that waits in the queue knows its item. A net that changes while some of it waits is only
 * marked, as in queue.c; when the first of its items has its turn, the others become void (net 0)
 * and all of the net is looked at again. So at any moment at most one statement about a path waits
 * that is not void, and the last one is true. A net is pinned once, however many of its paths
 * wait.
 *
 * Cost of a look: the selected paths, sorted, against the list, which is sorted too; each is
 * judged. 20 octets a path and 8 a net; the other kind of group has none of this.
 */
#include <stdlib.h>
#include <string.h>

#include "bgpd/export/say.h"
#include "lib/base/xalloc.h"
#include "lib/ds/arena.h"

void multi_init(struct multi *m)
{
	slab_init(&m->said, sizeof(struct said));
}

void multi_fini(struct multi *m)
{
	free(m->nets);
	slab_fini(&m->said);
}

size_t multi_bytes(const struct multi *m)
{
	return m->cap * sizeof(*m->nets) + slab_bytes(&m->said);
}

static struct said *said_at(const struct group *g, uint32_t h)
{
	return slab_at(&g->multi.said, h);
}

static void grow(struct multi *m, uint32_t n)
{
	if (n < m->cap + m->cap / 2)
		n = m->cap + m->cap / 2;
	m->nets = xreallocarray(m->nets, n, sizeof(*m->nets));
	memset(m->nets + m->cap, 0, (n - m->cap) * sizeof(*m->nets));
	m->cap = n;
}

static struct multi_net *net_of(struct group *g, uint32_t net)
{
	/* All at once: a table that is walked or loaded would make it grow many times. */
	if (net >= g->multi.cap)
		grow(&g->multi, rib_net_limit(g->e->rib) + 64);
	return &g->multi.nets[net];
}

uint32_t multi_id(const struct group *g, uint32_t said)
{
	return said_at(g, said)->id;
}

bool multi_has(const struct group *g, uint32_t net, uint16_t own)
{
	uint32_t h = net < g->multi.cap ? g->multi.nets[net].head : 0;

	for (; h; h = said_at(g, h)->next) {
		if (said_at(g, h)->tag && (!own || said_at(g, h)->from != own))
			return true;
	}
	return false;
}

bool multi_has_path(const struct group *g, uint32_t net, uint32_t path, uint16_t own)
{
	uint32_t h = net < g->multi.cap ? g->multi.nets[net].head : 0;

	while (h && said_at(g, h)->id < path)
		h = said_at(g, h)->next;
	return h && said_at(g, h)->id == path && said_at(g, h)->tag &&
		(!own || said_at(g, h)->from != own);
}

/* Remember what was said last; tag 0: withdrawn. */
static void set(struct group *g, struct said *s, uint32_t tag, uint16_t from)
{
	if (s->tag)
		told_count(g, s->from, -1);
	s->tag = tag;
	s->from = tag ? from : 0;
	if (tag)
		told_count(g, from, 1);
}

/* Take the entry at the link out of the list. */
static void drop(struct group *g, uint32_t *link)
{
	const uint32_t h = *link;

	*link = said_at(g, h)->next;
	slab_release(&g->multi.said, h);
}

static void unlink_said(struct group *g, uint32_t net, uint32_t h)
{
	uint32_t *link = &g->multi.nets[net].head;

	while (*link != h)
		link = &said_at(g, *link)->next;
	drop(g, link);
}

static void wait(struct group *g, uint32_t net, uint32_t h, uint32_t tag,
	const struct statement *st)
{
	const struct item it = { .net = net, .tag = tag };

	said_at(g, h)->item = queue_add(g, &it, h, st);
	g->multi.nets[net].n_wait++;
}

static void withdraw(struct group *g, uint32_t net, uint32_t h)
{
	struct statement st;

	queue_statement(&st, NULL, said_at(g, h)->from);
	wait(g, net, h, 0, &st);
}

/* A path that goes out, with what was told of it (NULL: nothing); link is its place in the list. */
static void announce(struct group *g, const struct outcome *o, uint32_t id, uint32_t *link,
	struct said *s)
{
	struct attrs_table *at = rib_attrs(g->e->rib);
	const uint16_t from = from_of(o->source);
	const uint32_t net = o->net;
	const bool is_same = s && queue_is_as_told(g, o, s->tag, s->from);
	struct statement st;
	struct attrs *out;

	if (is_same && s->from == from)
		return;
	if (is_same && !group_member(g, s->from) && !group_member(g, from)) {
		set(g, s, s->tag, from);
		return;
	}
	if (!s) {
		const uint32_t h = slab_alloc(&g->multi.said);

		s = said_at(g, h);
		s->next = *link;
		s->id = id;
		*link = h;
	}
	out = outcome_set(o, at);
	queue_statement(&st, out, from);
	st.only = is_same ? s->from : 0;
	st.way = outcome_way(o, &g->key);
	wait(g, net, *link, told_tag(o), &st);
	attrs_unref(at, out);
}

/* One selected path; *link is its entry or where it belongs. Returns the link behind it. */
static uint32_t *look_at(struct group *g, uint32_t net, uint32_t id, uint32_t *link)
{
	struct export *e = g->e;
	const struct rib_path *path = rib_path(e->rib, id);
	struct said *s = *link && said_at(g, *link)->id == id ? said_at(g, *link) : NULL;
	struct outcome o;

	arena_reset(e->eval);
	o.net = net;
	outcome_of_path(&o, e->rib, &g->key, path, e->eval);
	if (o.path)
		announce(g, &o, id, link, s);
	else if (s)
		withdraw(g, net, *link);
	return *link && said_at(g, *link)->id == id ? &said_at(g, *link)->next : link;
}

void multi_look(struct group *g, uint32_t net)
{
	const uint32_t n = select_paths(g->e, &g->key, net);
	uint32_t *link = &net_of(g, net)->head;

	for (uint32_t i = 0; i < n; i++) {
		const uint32_t id = g->e->picked[i];

		for (; *link && said_at(g, *link)->id < id; link = &said_at(g, *link)->next)
			withdraw(g, net, *link);
		link = look_at(g, net, id, link);
	}
	for (; *link; link = &said_at(g, *link)->next)
		withdraw(g, net, *link);
}

void multi_look_again(struct group *g, uint32_t net)
{
	struct multi_net *m = net_of(g, net);
	uint32_t *link = &m->head;

	while (*link) {
		struct said *s = said_at(g, *link);

		if (s->item)
			((struct item *)slab_at(&g->queue.items, s->item))->net = 0;
		s->item = 0;
		if (s->tag)
			link = &s->next;
		else
			drop(g, link);
	}
	m->n_wait = 0;
	multi_look(g, net);
}

bool multi_popped(struct group *g, uint32_t net, uint32_t said)
{
	said_at(g, said)->item = 0;
	return --g->multi.nets[net].n_wait == 0;
}

bool multi_said(struct group *g, uint32_t said, uint32_t net, uint32_t tag, uint16_t from)
{
	struct said *s = said_at(g, said);
	const bool forget = s->tag && tag && s->from != from && group_member(g, from);

	set(g, s, tag, from);
	if (!tag)
		unlink_said(g, net, said);
	return forget;
}

void multi_refused(struct group *g, uint32_t said, uint32_t net)
{
	if (said_at(g, said)->tag)
		withdraw(g, net, said);
	else
		unlink_said(g, net, said);
}

/* What waits is dst's to look at again; what it knows is what was said. */
void multi_copy(struct group *dst, const struct group *src)
{
	if (src->multi.cap)
		grow(&dst->multi, src->multi.cap);
	for (uint32_t net = 0; net < src->multi.cap; net++) {
		uint32_t *link = &dst->multi.nets[net].head;

		for (uint32_t h = src->multi.nets[net].head; h; h = said_at(src, h)->next) {
			const struct said *s = said_at(src, h);

			if (!s->tag)
				continue;
			*link = slab_alloc(&dst->multi.said);
			*said_at(dst, *link) = (struct said){ .id = s->id,
				.tag = s->tag,
				.from = s->from };
			link = &said_at(dst, *link)->next;
		}
	}
}
