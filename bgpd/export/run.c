/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs: nets that a group was told one after the other and that have the same to say. A neighbour
 * packs its messages, and the journal has nets in the order of arrival, so mostly a run is what
 * came in one message.
 *
 * The last outcome of a slice is remembered (struct memo), and who has the same path but for the
 * prefix is not judged again, unless something in the group's key looks at prefixes.
 *
 * A run that is worth a message leaves as it is, while its nets are still in the cache. The others
 * go to the buckets (queue.c), where they wait for what may come to be packed with them. In a walk
 * of the table, which goes by address, all do.
 *
 * Nets in a run are not marked as waiting: it ends with the slice, before anything can change.
 * Those that are withdrawn are pinned, since the journal lets go of nets without paths.
 */
#include <stdlib.h>
#include <string.h>

#include "bgpd/export/say.h"
#include "lib/base/xalloc.h"

#define WORTH_ANNOUNCE 4  /* nets: attributes take several times as much of a message */
#define WORTH_WITHDRAW 64 /* withdrawals have nothing else in a message: all can be packed */

void run_begin(struct group *g)
{
	struct export *e = g->e;

	if (!e->run) {
		e->run = xmalloc(sizeof(*e->run));
		e->run->n = 0;
		e->run->say.set = NULL;
	}
	g->queue.is_pulling = true;
	g->memo = (struct memo){
		.is_on = !g->is_multi && !outcome_asks_prefix(&g->key),
		.has_local = rib_count_local(e->rib) != 0,
	};
}

/* Has the table no other paths with the set of the run? Each has a reference on it. */
static bool is_whole(const struct group *g, const struct run *run)
{
	const struct attrs *set = run->say.set;

	return g->memo.says && set == g->memo.set && attrs_refs(set) <= run->n + 1;
}

static bool is_worth_message(const struct group *g, const struct run *run)
{
	if (g->phase != GROUP_PHASE_FOLLOW)
		return false;
	return run->n >= (run->say.set ? WORTH_ANNOUNCE : WORTH_WITHDRAW) || is_whole(g, run);
}

/* Say it, or let it wait. Part of it may stay for a fuller message if more is to come. */
static void let_go(struct group *g, bool more)
{
	struct run *run = g->e->run;
	uint32_t done = 0;

	if (is_worth_message(g, run))
		done = emit_run(g, run, more);
	if (!more || !done) {
		queue_add_run(g, run, done);
		if (!run->say.set)
			rib_nets_unpin(g->e->rib, run->nets + done, run->n - done);
		done = run->n;
	}
	run->n -= done;
	memmove(run->nets, run->nets + done, run->n * sizeof(*run->nets));
}

static void finish(struct group *g)
{
	struct run *run = g->e->run;

	if (run->n)
		let_go(g, false);
	attrs_unref(rib_attrs(g->e->rib), run->say.set);
	run->say.set = NULL;
}

void run_end(struct group *g)
{
	finish(g);
	g->queue.is_pulling = false;
	g->memo = (struct memo){ 0 };
}

static inline void append(struct group *g, uint32_t net)
{
	struct run *run = g->e->run;

	if (run->n == RUN_MAX)
		let_go(g, true);
	run->nets[run->n++] = net;
	if (!run->say.set)
		rib_net_pin(g->e->rib, net);
}

void run_say(struct group *g, uint32_t net, uint32_t tag, const struct statement *s)
{
	struct run *run = g->e->run;

	if (!run->n || run->tag != tag || !statement_is_equal(&run->say, s)) {
		finish(g);
		if (g->memo.says) { /* of the run that was */
			g->memo.says = false;
			g->memo.set = NULL;
		}
		run->say = *s;
		if (s->set)
			(void)attrs_ref(s->set);
		run->tag = tag;
	}
	append(g, net);
}

void run_remember(struct group *g, const struct outcome *o, bool says)
{
	const struct rib_path *p = o->candidate;

	if (!g->memo.is_on || !p)
		return;
	g->memo.set = rib_path_attrs(g->e->rib, p);
	g->memo.tag = told_tag(o);
	g->memo.source = p->source;
	g->memo.flags = p->flags;
	g->memo.says = says;
}

/* What was found of the last net holds for this one: said, but for "as it was told". */
static inline bool recall(struct group *g, uint32_t net, const struct rib_net *n)
{
	const struct memo *m = &g->memo;
	const struct rib *r = g->e->rib;
	const struct rib_path *p = rib_path(r, n->paths);
	uint16_t was;
	uint32_t tag;

	if (rib_path_attrs(r, p) != m->set || p->source != m->source || p->flags != m->flags ||
		!(p->flags & RIB_PATH_BEST))
		return false;
	/* Without what is local the path of a net is its best one, the default route's too. */
	if (unlikely(m->has_local) && (rib_path_next(p) || !n->len))
		return false;
	tag = told_get(g, net, &was);
	if (tag == m->tag && m->says)
		return false;
	if (m->says)
		append(g, net);
	else if (tag)
		queue_withdraw(g, net);
	return true;
}

/* One without paths. */
static inline void take_back(struct group *g, uint32_t net)
{
	const struct run *run = g->e->run;
	uint16_t was;

	if (!told_get(g, net, &was))
		return;
	if (run->n && !run->say.set && run->say.from == was)
		append(g, net);
	else
		queue_withdraw(g, net);
}

void run_nets(struct group *g, const uint32_t *nets, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		const struct rib_net *net = rib_net(g->e->rib, nets[i]);

		if (bitmap_has(&g->queue.queued, nets[i]))
			bitmap_set(&g->queue.dirty, nets[i]);
		else if (!net->paths && !g->is_multi)
			take_back(g, nets[i]);
		else if (!g->memo.set || !recall(g, nets[i], net))
			queue_look(g, nets[i]);
	}
}
