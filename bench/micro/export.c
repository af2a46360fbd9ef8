/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Export: a group of four neighbours is told a table, told that each route has other attributes,
 * and told that all are gone. One operation is one prefix for the group: turns of a loop until
 * there is nothing more to say. What the first neighbour was sent is read afterwards.
 */
#include "bgpd/export/export.h"

#include <stdlib.h>
#include <string.h>

#include "bench/micro/micro.h"
#include "bgpd/wire/message.h"
#include "bgpd/wire/update.h"
#include "lib/base/compiler.h"
#include "lib/base/xalloc.h"
#include "lib/ds/arena.h"
#include "lib/io/loop.h"

#define MEMBERS 4

struct member {
	struct export_member *m;
	struct export_run *runs; /* owned; each has a reference on its chunk */
	uint32_t n_runs;
	uint32_t room;
};

struct world {
	struct table_rib t;
	struct loop *loop;
	struct export *e;
	struct member members[MEMBERS];
};

static void on_send(void *ctx, const struct export_run *run)
{
	struct member *m = ctx;

	if (m->n_runs == m->room) {
		m->room = m->room ? 2 * m->room : 64;
		m->runs = xreallocarray(m->runs, m->room, sizeof(*m->runs));
	}
	m->runs[m->n_runs++] = *run;
}

static bool is_congested(void *ctx)
{
	(void)ctx;
	return false;
}

static const struct export_member_ops ops = { .send = on_send, .is_congested = is_congested };

static void forget_runs(struct world *w)
{
	for (uint32_t k = 0; k < MEMBERS; k++) {
		struct member *m = &w->members[k];

		for (uint32_t i = 0; i < m->n_runs; i++)
			export_chunk_unref(m->runs[i].chunk);
		m->n_runs = 0;
	}
}

static void settle(struct world *w)
{
	while (loop_turn(w->loop))
		;
}

static void join(struct world *w, uint32_t k)
{
	struct export_conf c;

	memset(&c, 0, sizeof(c));
	c.wire = table_session(65100 + k);
	c.family = BGP_FAMILY_IP4;
	c.bgp_to_all = true;
	c.next_hop = ip_from_v4(0x0a0000fe);
	w->members[k].m = export_join(w->e, &c, &ops, &w->members[k]);
}

static void *setup(uint32_t n)
{
	struct world *w = xcalloc(1, sizeof(*w));

	table_rib_init(&w->t, n);
	table_rib_offer(&w->t, w->t.source, n, 0);
	w->loop = loop_new("micro");
	w->e = export_new(w->loop, w->t.rib);
	return w;
}

/* All have heard of it, and now it has changed. */
static struct world *setup_told(uint32_t n)
{
	struct world *w = setup(n);

	for (uint32_t k = 0; k < MEMBERS; k++)
		join(w, k);
	settle(w);
	forget_runs(w);
	return w;
}

static void *setup_changed(uint32_t n)
{
	struct world *w = setup_told(n);

	table_rib_offer(&w->t, w->t.source, n, 1);
	return w;
}

static void *setup_gone(uint32_t n)
{
	struct world *w = setup_told(n);

	for (uint32_t i = 0; i < n; i++) {
		const struct prefix pfx = table_prefix(i);

		(void)rib_withdraw(w->t.rib, w->t.source, &pfx, 0);
	}
	return w;
}

static void teardown(void *ctx)
{
	struct world *w = ctx;

	forget_runs(w);
	for (uint32_t k = 0; k < MEMBERS; k++) {
		export_leave(w->members[k].m);
		free(w->members[k].runs);
	}
	export_free(w->e);
	table_rib_fini(&w->t);
	loop_free(w->loop);
	free(w);
}

static void tell_all(void *ctx, uint32_t n)
{
	struct world *w = ctx;

	(void)n;
	for (uint32_t k = 0; k < MEMBERS; k++)
		join(w, k);
	settle(w);
}

static void tell_changes(void *ctx, uint32_t n)
{
	(void)n;
	settle(ctx);
}

/* What a neighbour has read. */
struct heard {
	uint32_t announced;
	uint32_t withdrawn;
	uint32_t faults;
};

static uint32_t count(const struct wire_nlri *nlri)
{
	struct wire_nlri_iter it;
	struct prefix pfx;
	uint32_t id;
	uint32_t n = 0;

	wire_nlri_begin(&it, nlri);
	while (wire_nlri_next(&it, &pfx, &id))
		n++;
	return n;
}

static void hear(struct heard *h, struct arena *a, const uint8_t *msg, size_t len)
{
	struct wire_session s = table_session(65000);
	struct wire_update u;
	struct wire_err err;

	arena_reset(a);
	s.local_as = 65100;
	if (wire_update_split(msg, len, &s, &u, &err) < 0 ||
		wire_update_decode(&u, &s, a, &err) < 0 || err.action != WIRE_ACTION_NONE) {
		h->faults++;
		return;
	}
	h->announced += count(&u.reach[0]);
	h->withdrawn += count(&u.withdrawn[0]);
}

static struct heard hear_all(const struct member *m)
{
	struct arena *a = arena_new(4096);
	struct heard h = { 0 };

	for (uint32_t i = 0; i < m->n_runs; i++) {
		const struct export_run *run = &m->runs[i];
		struct wire_err err = { 0 };
		size_t at = 0;

		while (at < run->len) {
			const int n = wire_frame(run->p + at, run->len - at, BGP_MAX_LEN, &err);

			if (n <= 0) {
				h.faults++;
				break;
			}
			hear(&h, a, run->p + at, (size_t)n);
			at += (size_t)n;
		}
	}
	arena_free(a);
	return h;
}

/* The last neighbour heard the same octets as the first: they share a group. */
static bool is_heard(const struct world *w, uint32_t announced, uint32_t withdrawn)
{
	const struct heard h = hear_all(&w->members[0]);

	return !h.faults && h.announced == announced && h.withdrawn == withdrawn &&
		w->members[0].n_runs == w->members[MEMBERS - 1].n_runs && export_groups(w->e) == 1;
}

static bool is_told(void *ctx, uint32_t n)
{
	return is_heard(ctx, n, 0);
}

static bool is_gone(void *ctx, uint32_t n)
{
	return is_heard(ctx, 0, n);
}

static const struct micro rows[] = {
	{ "export.table", 500000, setup, tell_all, is_told, teardown },
	{ "export.change", 500000, setup_changed, tell_changes, is_told, teardown },
	{ "export.withdraw", 500000, setup_gone, tell_changes, is_gone, teardown },
};

struct micro_set micro_export(void)
{
	return (struct micro_set){ rows, ARRAY_SIZE(rows) };
}
