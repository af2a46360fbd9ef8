/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The journal: a list of nets through links inside them, in the order of their last change, and one
 * cursor a reader. A net stays in the list until the slowest reader has passed it.
 *
 * Invariants: the head has a cursor on it (else it is cut off); NET_FLAG_CURSOR is set exactly on
 * the nets under a cursor; cursor 0 means "has read all". So a change costs O(1) unless a cursor
 * stands on the net that moves or a reader has to be woken, and then O(readers); a pull costs
 * O(nets + readers).
 *
 * A change that concerns neither the best path nor multipath ("minor") is for readers of all paths:
 * the others step over such a net and are not woken by it. A net that stands there for all of them
 * already stays so when it moves, since nobody knows who has read it.
 *
 * A reader that walks keeps its cursor where it was when the walk began: what changes behind the
 * walk is told again by the journal, and nets that vanished are told at all.
 */
#include <assert.h>
#include <stdlib.h>

#include "bgpd/rib/rib_private.h"
#include "lib/base/xalloc.h"

void journal_init(struct rib *r)
{
	TAILQ_INIT(&r->journal.readers);
}

static void unlink_net(struct rib *r, struct rib_net *n)
{
	struct journal *j = &r->journal;

	if (n->j_prev)
		rib_net(r, n->j_prev)->j_next = n->j_next;
	else
		j->head = n->j_next;
	if (n->j_next)
		rib_net(r, n->j_next)->j_prev = n->j_prev;
	else
		j->tail = n->j_prev;
	n->j_next = 0;
	n->j_prev = 0;
	n->flags &= (uint8_t) ~(NET_FLAG_JOURNALED | NET_FLAG_MINOR);
}

static inline void append_net(struct rib *r, struct rib_net *n, uint32_t h)
{
	struct journal *j = &r->journal;

	n->j_prev = j->tail;
	if (j->tail)
		rib_net(r, j->tail)->j_next = h;
	else
		j->head = h;
	j->tail = h;
	n->flags |= NET_FLAG_JOURNALED;
}

/* Cut off what all readers have passed. */
static void trim(struct rib *r)
{
	struct journal *j = &r->journal;
	uint32_t gone[PTABLE_MANY];
	uint32_t n_gone = 0;
	uint32_t h = j->head;
	uint32_t next;

	for (; h; h = next) {
		struct rib_net *n = rib_net(r, h);

		if (n->flags & NET_FLAG_CURSOR)
			break;
		next = n->j_next;
		n->j_next = 0;
		n->j_prev = 0;
		n->flags &= (uint8_t) ~(NET_FLAG_JOURNALED | NET_FLAG_MINOR);
		if (n->paths)
			continue;
		gone[n_gone++] = h;
		if (n_gone == PTABLE_MANY) {
			nets_release(r, gone, n_gone);
			n_gone = 0;
		}
	}
	j->head = h;
	if (h)
		rib_net(r, h)->j_prev = 0;
	else
		j->tail = 0;
	nets_release(r, gone, n_gone);
}

/* A cursor left this net: was it the last one? */
static void cursor_left_net(struct rib *r, uint32_t h)
{
	const struct rib_reader *rd;

	TAILQ_FOREACH(rd, &r->journal.readers, entry) {
		if (rd->cursor == h)
			return;
	}
	rib_net(r, h)->flags &= (uint8_t)~NET_FLAG_CURSOR;
}

static void set_cursor(struct rib_reader *rd, uint32_t h)
{
	struct rib *r = rd->rib;
	const uint32_t old = rd->cursor;

	if (old == h)
		return;
	rd->cursor = h;
	if (h)
		rib_net(r, h)->flags |= NET_FLAG_CURSOR;
	else
		r->journal.n_at_end++;
	if (old)
		cursor_left_net(r, old);
	else
		r->journal.n_at_end--;
}

/* The net is about to leave its place: readers that stood before it stand before the next one. */
static void step_over(struct rib *r, uint32_t h)
{
	const uint32_t next = rib_net(r, h)->j_next;
	struct rib_reader *rd;

	TAILQ_FOREACH(rd, &r->journal.readers, entry) {
		if (rd->cursor == h)
			set_cursor(rd, next);
	}
}

/* Something stands behind those who had read all. */
static void wake_readers(struct rib *r, uint32_t h, bool only_all)
{
	struct rib_reader *rd;

	TAILQ_FOREACH(rd, &r->journal.readers, entry) {
		if (rd->cursor || (only_all && !rd->all))
			continue;
		set_cursor(rd, h);
		if (rd->idle) {
			rd->idle = false;
			if (rd->wake)
				rd->wake(rd->ctx);
		}
	}
}

static void move_to_tail(struct rib *r, uint32_t h)
{
	struct rib_net *n = rib_net(r, h);

	if (r->journal.tail == h)
		return;
	if (n->flags & NET_FLAG_CURSOR)
		step_over(r, h);
	if (n->flags & NET_FLAG_JOURNALED)
		unlink_net(r, n);
	append_net(r, n, h);
}

void journal_add(struct rib *r, uint32_t h)
{
	const struct journal *j = &r->journal;
	struct rib_net *n = rib_net(r, h);

	if (j->n_readers == 0)
		return;
	if (likely(!(n->flags & (NET_FLAG_JOURNALED | NET_FLAG_CURSOR))))
		append_net(r, n, h);
	else
		move_to_tail(r, h);
	n->flags &= (uint8_t)~NET_FLAG_MINOR;
	if (unlikely(j->n_at_end))
		wake_readers(r, h, false);
}

void journal_add_first(struct rib *r, struct rib_net *n, uint32_t h)
{
	if (unlikely(n->flags & (NET_FLAG_JOURNALED | NET_FLAG_CURSOR) || r->journal.n_at_end))
		journal_add(r, h);
	else if (r->journal.n_readers)
		append_net(r, n, h);
}

void journal_add_minor(struct rib *r, uint32_t h)
{
	struct rib_net *n = rib_net(r, h);
	const bool is_for_all = n->flags & NET_FLAG_JOURNALED && !(n->flags & NET_FLAG_MINOR);

	move_to_tail(r, h);
	if (!is_for_all)
		n->flags |= NET_FLAG_MINOR;
	if (r->journal.n_at_end)
		wake_readers(r, h, true);
}

static struct rib_reader *reader_add(struct rib *r, const struct rib_reader *init)
{
	struct rib_reader *rd = xmalloc(sizeof(*rd));

	*rd = *init;
	TAILQ_INSERT_TAIL(&r->journal.readers, rd, entry);
	r->journal.n_readers++;
	r->journal.n_all += rd->all;
	if (!rd->cursor)
		r->journal.n_at_end++;
	return rd;
}

struct rib_reader *rib_reader_new(struct rib *r, void (*wake)(void *ctx), void *ctx)
{
	const struct rib_reader init = {
		.rib = r,
		.wake = wake,
		.ctx = ctx,
		.key = prefix_any(r->af),
		.walking = true,
	};

	return reader_add(r, &init);
}

struct rib_reader *rib_reader_clone(const struct rib_reader *rd, void (*wake)(void *ctx), void *ctx)
{
	struct rib_reader init = *rd;

	init.wake = wake;
	init.ctx = ctx;
	return reader_add(rd->rib, &init);
}

void rib_reader_set_all(struct rib_reader *rd, bool all)
{
	rd->rib->journal.n_all += (uint32_t)all - (uint32_t)rd->all;
	rd->all = all;
}

void rib_reader_free(struct rib_reader *rd)
{
	struct rib *r;

	if (!rd)
		return;
	r = rd->rib;
	rib_reader_set_all(rd, false);
	set_cursor(rd, 0);
	TAILQ_REMOVE(&r->journal.readers, rd, entry);
	r->journal.n_readers--;
	r->journal.n_at_end--;
	free(rd);
	trim(r);
}

#define BATCH 64

/* Nets on their way to a reader, and the first paths of those that have any. */
struct pull {
	struct rib *rib;
	void (*fn)(void *ctx, const uint32_t *nets, uint32_t n);
	void *ctx;
	uint32_t n;
	uint32_t n_paths;
	uint32_t nets[BATCH];
	const struct rib_path *paths[BATCH];
};

/*
 * Hand out a batch. The reader will look at the net, its best path and the attributes of that, each
 * somewhere else in memory: in a table of a million routes three waits a net, unless they are asked
 * for in advance, all of one kind together. Nets and paths were, on the way here.
 */
static void deliver(struct pull *p)
{
	for (uint32_t i = 0; i < p->n_paths; i++)
		prefetch(rib_path_attrs(p->rib, p->paths[i]));
	if (p->n)
		p->fn(p->ctx, p->nets, p->n);
	p->n = 0;
	p->n_paths = 0;
}

static inline void expect_path(struct pull *p, const struct rib_net *n)
{
	const struct rib_path *path = rib_path(p->rib, n->paths);

	prefetch(path);
	p->paths[p->n_paths++] = path;
}

static inline void pull_net(struct pull *p, const struct rib_net *n, uint32_t net)
{
	if (n->paths)
		expect_path(p, n);
	p->nets[p->n++] = net;
	if (p->n == BATCH)
		deliver(p);
}

/* Nets without paths are told by the journal, to those who have to know. */
static void pull_with_paths(struct pull *p)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < p->n; i++)
		__builtin_prefetch(rib_net(p->rib, p->nets[i]));
	for (uint32_t i = 0; i < p->n; i++) {
		const struct rib_net *n = rib_net(p->rib, p->nets[i]);

		if (!n->paths)
			continue;
		expect_path(p, n);
		p->nets[kept++] = p->nets[i];
	}
	p->n = kept;
	deliver(p);
}

static bool pull_walked(void *ctx, const struct prefix *pfx UNUSED, uint32_t net)
{
	struct pull *p = ctx;

	p->nets[p->n++] = net;
	if (p->n == BATCH)
		pull_with_paths(p);
	return true;
}

static void pull_walk(struct rib_reader *rd, uint32_t max, struct pull *p)
{
	const uint32_t seen = ptable_walk(rd->rib->table, &rd->key, !rd->started, max, pull_walked,
		p);

	pull_with_paths(p);
	rd->started |= seen > 0;
	rd->walking = seen == max;
}

static void pull_journal(struct rib_reader *rd, uint32_t max, struct pull *p)
{
	uint32_t h = rd->cursor;

	for (uint32_t n = 0; n < max && h; n++) {
		const struct rib_net *net = rib_net(rd->rib, h);

		if (rd->all || !(net->flags & NET_FLAG_MINOR))
			pull_net(p, net, h);
		h = net->j_next;
	}
	deliver(p);
	set_cursor(rd, h);
	trim(rd->rib);
}

bool rib_reader_pull_many(struct rib_reader *rd, uint32_t max,
	void (*fn)(void *ctx, const uint32_t *nets, uint32_t n), void *ctx, bool *walking)
{
	struct pull p;

	p.rib = rd->rib; /* the arrays need no zeros */
	p.fn = fn;
	p.ctx = ctx;
	p.n = 0;
	p.n_paths = 0;
	if (rd->walking)
		pull_walk(rd, max, &p);
	else
		pull_journal(rd, max, &p);
	if (walking)
		*walking = rd->walking;
	rd->idle = rib_reader_is_drained(rd);
	return !rd->idle;
}

/* Who takes them one by one. */
struct single {
	void (*fn)(void *ctx, uint32_t net);
	void *ctx;
};

static void one_by_one(void *ctx, const uint32_t *nets, uint32_t n)
{
	const struct single *s = ctx;

	for (uint32_t i = 0; i < n; i++)
		s->fn(s->ctx, nets[i]);
}

bool rib_reader_pull(struct rib_reader *rd, uint32_t max, void (*fn)(void *ctx, uint32_t net),
	void *ctx, bool *walking)
{
	struct single s = { .fn = fn, .ctx = ctx };

	return rib_reader_pull_many(rd, max, one_by_one, &s, walking);
}

void rib_reader_restart(struct rib_reader *rd)
{
	rd->key = prefix_any(rd->rib->af);
	rd->started = false;
	rd->walking = true;
	if (rd->idle) {
		rd->idle = false;
		if (rd->wake)
			rd->wake(rd->ctx);
	}
}

bool rib_reader_is_drained(const struct rib_reader *rd)
{
	return !rd->walking && !rd->cursor;
}

bool rib_reader_is_crowding(const struct rib_reader *rd)
{
	const struct rib_store *s = &rd->rib->store;
	const uint32_t most = s->most_nets > RIB_EMPTY_MIN ? s->most_nets : RIB_EMPTY_MIN;
	const bool is_last = rd->cursor && rd->cursor == rd->rib->journal.head;

	return is_last && slab_count(&s->nets) - s->n_nets - rd->rib->idle.n_set > most;
}
