/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Saying it: buckets become messages in one buffer, in one order for everybody, as runs
 * ("segments") of messages with one audience: all, all but one, or one. At the end of a slice, or
 * when the buffer is full, it becomes a chunk that the members share; each is given the runs
 * meant for it, neighbouring ones as one. So no member ever sees two statements about a net in
 * the wrong order, and 500 neighbours who each must not hear their own routes still share every
 * octet.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bgpd/export/say.h"
#include "bgpd/wire/message.h"
#include "bgpd/wire/update.h"
#include "lib/base/xalloc.h"
#include "lib/ds/arena.h"

#define MESSAGE_COST 4            /* in units of nets */
#define EXPECT       8            /* nets whose turn comes are fetched so long before */
#define BUF_SIZE     (128u << 10) /* holds the longest message at any fill below one half */

struct export_chunk {
	uint32_t refs;
	uint8_t data[];
};

void export_chunk_unref(struct export_chunk *c)
{
	if (c && --c->refs == 0)
		free(c);
}

static struct export_chunk *chunk_new(const void *p, size_t len)
{
	struct export_chunk *c = xmalloc(sizeof(*c) + len);

	c->refs = 1;
	memcpy(c->data, p, len);
	return c;
}

static bool hears(const struct export_member *m, const struct segment *s)
{
	return s->only ? m->own == s->who : !s->who || m->own != s->who;
}

static void send_run(const struct export_member *m, struct export_chunk *c, const struct segment *s)
{
	const struct export_run run = {
		.chunk = c,
		.p = c->data + s->off,
		.len = s->len,
		.n_updates = s->n_updates,
		.n_refreshes = s->n_refreshes,
	};

	if (!run.len)
		return;
	c->refs++;
	m->ops->send(m->ctx, &run);
}

static void send_to(const struct export_member *m, struct export_chunk *c)
{
	const struct export *e = m->group->e;
	struct segment run = { 0 };

	for (uint32_t i = 0; i < e->n_segs && !m->left; i++) {
		const struct segment *s = &e->segs[i];

		if (!hears(m, s)) {
			send_run(m, c, &run);
			run.len = 0;
		} else if (!run.len) {
			run = *s;
		} else {
			run.len += s->len;
			run.n_updates += s->n_updates;
			run.n_refreshes += s->n_refreshes;
		}
	}
	if (!m->left)
		send_run(m, c, &run);
}

void emit_flush(struct group *g)
{
	struct export *e = g->e;
	const struct export_member *m;
	struct export_chunk *c;

	if (!e->len)
		return;
	c = chunk_new(e->buf, e->len);
	/* Who leaves in the meantime stays in the list until the slice ends. */
	TAILQ_FOREACH(m, &g->members, entry)
		send_to(m, c);
	export_chunk_unref(c);
	e->len = 0;
	e->n_segs = 0;
}

void emit_rest(struct export *e)
{
	free(e->buf);
	free(e->segs);
	free(e->run);
	e->buf = NULL;
	e->segs = NULL;
	e->run = NULL;
}

/* Where the next message goes. */
static uint8_t *make_room(struct group *g)
{
	struct export *e = g->e;

	if (!e->buf) {
		e->buf = xmalloc(BUF_SIZE);
		e->segs = xreallocarray(NULL, EXPORT_MAX_SEGMENTS, sizeof(*e->segs));
	}
	if (e->len + outcome_max_message(&g->key) > BUF_SIZE || e->n_segs == EXPORT_MAX_SEGMENTS)
		emit_flush(g);
	return e->buf + e->len;
}

/* The message of len octets that was written where make_room said. */
static struct segment *commit(struct group *g, size_t len, uint16_t who, bool only)
{
	struct export *e = g->e;
	struct segment *last = e->n_segs ? &e->segs[e->n_segs - 1] : NULL;

	if (!only && !group_member(g, who))
		who = 0;
	if (!last || last->who != who || last->only != only) {
		last = &e->segs[e->n_segs++];
		*last = (struct segment){ .off = (uint32_t)e->len, .who = who, .only = only };
	}
	last->len += (uint32_t)len;
	e->len += len;
	return last;
}

static void note_extra(struct export *e, const struct prefix *pfx, uint32_t id)
{
	if (e->n_extra == e->cap_extra) {
		e->cap_extra = e->cap_extra ? 2 * e->cap_extra : 64;
		e->extra = xreallocarray(e->extra, e->cap_extra, sizeof(*e->extra));
	}
	e->extra[e->n_extra++] = (struct extra){ .pfx = *pfx, .id = id };
}

/* One member forgets what it had been told, since the path is its own now. */
static void emit_extra(struct group *g, uint16_t who)
{
	struct export *e = g->e;
	uint32_t i = 0;

	while (i < e->n_extra) {
		struct wire_builder b;

		wire_builder_withdraw(&b, &g->key.wire, g->key.family, make_room(g),
			outcome_max_message(&g->key));
		while (i < e->n_extra &&
			wire_builder_add(&b, &e->extra[i].pfx, e->extra[i].id) == 0)
			i++;
		commit(g, wire_builder_end(&b), who, true)->n_updates++;
	}
	e->n_extra = 0;
}

static int begin(struct group *g, const struct statement *s, const struct wire_attrs *out,
	struct wire_builder *w)
{
	const struct wire_announce an = {
		.family = g->key.family,
		.attrs = out,
		.buf = make_room(g),
		.size = outcome_max_message(&g->key),
	};

	if (s->set)
		return wire_builder_announce(w, &g->key.wire, &an);
	wire_builder_withdraw(w, &g->key.wire, an.family, an.buf, an.size);
	return 0;
}

/* One message from a bucket; returns nets taken out of it. */
static uint32_t emit_message(struct group *g, struct bucket *b, struct wire_builder *w,
	uint32_t max)
{
	const struct statement *s = &b->say;
	const bool is_heard = !s->only || group_member(g, s->only);
	uint32_t ahead = queue_expect(g, b->head, EXPECT);
	uint32_t n = 0;
	size_t len;

	for (; b->head && n < max; n++) {
		struct prefix pfx;
		uint32_t net;
		uint32_t id;

		ahead = queue_expect(g, ahead, 1);
		if (!queue_due(g, b, &net, &id))
			continue;
		pfx = rib_net_prefix(g->e->rib, net);
		if (is_heard && wire_builder_add(w, &pfx, id) == -ENOSPC)
			break;
		if (queue_said(g, b))
			note_extra(g->e, &pfx, id);
	}
	len = wire_builder_end(w);
	if (len)
		commit(g, len, s->only ? s->only : s->from, s->only != 0)->n_updates++;
	emit_extra(g, s->from);
	return n;
}

static void attributes(struct group *g, const struct statement *s, struct wire_attrs *out)
{
	if (!s->set)
		return;
	arena_reset(g->e->out);
	attrs_to_wire(s->set, out);
	egress_apply(out, &g->key, &s->way, g->e->out);
}

static uint32_t emit_bucket(struct group *g, struct bucket *b, uint32_t max)
{
	struct wire_attrs out = { 0 };
	struct wire_builder w;
	uint32_t n = 0;

	attributes(g, &b->say, &out);
	while (b->head && n < max) {
		if (begin(g, &b->say, &out, &w) != 0) {
			queue_refuse(g, b);
			return n + MESSAGE_COST;
		}
		n += MESSAGE_COST + emit_message(g, b, &w, max - n);
	}
	return n;
}

void emit_nets(struct group *g, uint32_t max)
{
	struct bucket *b;

	while (max && (b = TAILQ_FIRST(&g->queue.list))) {
		const struct bucket *next = TAILQ_NEXT(b, entry);
		uint32_t n;

		if (next) {
			(void)queue_expect(g, next->head, EXPECT);
			if (next->say.set)
				attrs_prefetch_lists(next->say.set);
		}
		n = emit_bucket(g, b, max);
		max -= n < max ? n : max;
		queue_drop_empty(g, b);
	}
	queue_let_go(g);
}

/* As net_said: those of which the member behind the path must forget another one. */
static void note_extras(struct group *g, const struct run *run, uint32_t first, uint32_t n)
{
	if (!run->tag || !group_member(g, run->say.from))
		return;
	for (uint32_t i = first; i < first + n; i++) {
		const struct prefix pfx = rib_net_prefix(g->e->rib, run->nets[i]);
		uint16_t was;

		if (told_get(g, run->nets[i], &was) && was != run->say.from)
			note_extra(g->e, &pfx, 0);
	}
}

/* Nets of a run from that one on that fit into the message; how many. */
static uint32_t fill(const struct group *g, struct wire_builder *w, const struct run *run,
	uint32_t first)
{
	struct wire_builder b = *w; /* no octet of the message may be part of it */
	uint32_t i = first;

	for (; i < run->n; i++) {
		const struct rib_net *net = rib_net(g->e->rib, run->nets[i]);

		if (wire_builder_put(&b, net->len, net->b, 0) == -ENOSPC)
			break;
	}
	*w = b;
	return i - first;
}

uint32_t emit_run(struct group *g, const struct run *run, bool more)
{
	const struct statement *s = &run->say;
	struct wire_attrs out = { 0 };
	struct wire_builder w;
	uint32_t done = 0;

	attributes(g, s, &out);
	while (done < run->n) {
		uint32_t n;

		if (begin(g, s, &out, &w) != 0)
			break;
		n = fill(g, &w, run, done);
		if (more && done && done + n == run->n)
			break;
		note_extras(g, run, done, n);
		commit(g, wire_builder_end(&w), s->from, false)->n_updates++;
		emit_extra(g, s->from);
		told_set_many(g, run, done, n);
		done += n;
	}
	if (!s->set)
		rib_nets_unpin(g->e->rib, run->nets, done);
	return done;
}

void emit_end_of_rib(struct group *g)
{
	struct cursor_w w = cursor_w_make(make_room(g), outcome_max_message(&g->key));

	wire_end_of_rib_encode(&w, g->key.family);
	commit(g, cursor_w_len(&w), 0, false)->n_updates++;
}

void emit_refresh_mark(struct group *g, uint8_t subtype)
{
	struct cursor_w w = cursor_w_make(make_room(g), outcome_max_message(&g->key));

	wire_refresh_encode(&w, g->key.family, subtype);
	commit(g, cursor_w_len(&w), 0, false)->n_refreshes++;
}
