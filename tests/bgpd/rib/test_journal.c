/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The journal: readers of any pace, joining and leaving at any time, end with what the table holds.
 */
#include <errno.h>
#include <string.h>

#include "bgpd/rib/rib.h"
#include "lib/base/compiler.h"
#include "tests/bgpd/rib/kit.h"
#include "tests/cu_main.h"

#define PREFIXES 300
#define SOURCES  3
#define SETS     12
#define READERS  6

/* What a reader makes of the nets it is told, by handle: as the bitmaps of bgpd/export do. */
struct reader {
	struct world *w;
	struct rib_reader *rd; /* NULL = not there */
	uint32_t seen[PREFIXES + 1];
	uint32_t told; /* nets handed out */
	bool all;      /* wants changes of all paths */
	bool awake;    /* pull said more, or wake was called */
};

struct world {
	struct attrs_table *t;
	struct rib *r;
	struct rib_source *src[SOURCES];
	struct attrs *at[SETS];
	struct reader readers[READERS];
	uint32_t pinned;  /* net, 0 = none */
	uint32_t path_id; /* of the next change */
};

static void setup(struct world *w)
{
	const struct rib_conf conf = { .af = AF_INET, .max_paths = 2 };

	memset(w, 0, sizeof(*w));
	w->t = attrs_table_new();
	w->r = rib_new(&conf, w->t);
	for (uint32_t i = 0; i < SOURCES; i++) {
		const struct rib_source init = { .router_id = i + 1, .addr = ip_from_v4(i + 1) };

		w->src[i] = rib_source_new(w->r, &init);
	}
	for (uint32_t i = 0; i < SETS; i++) {
		const struct kit_attrs k = { .path_len = 2, .med = i / 2, .first_as = 1 + i % 2 };

		w->at[i] = kit_attrs(w->t, &k);
	}
	for (uint32_t i = 0; i < READERS; i++)
		w->readers[i].w = w;
}

static void teardown(struct world *w)
{
	for (uint32_t i = 0; i < READERS; i++)
		rib_reader_free(w->readers[i].rd);
	if (w->pinned)
		rib_net_unpin(w->r, w->pinned);
	for (uint32_t i = 0; i < SETS; i++)
		attrs_unref(w->t, w->at[i]);
	rib_free(w->r);
	attrs_table_free(w->t);
}

/* All eligible paths of a net as a number, in whatever order they stand. */
static uint32_t all_paths(const struct rib *r, uint32_t net)
{
	uint32_t v = 0;

	for (uint32_t h = rib_net(r, net)->paths; h; h = rib_path_next(rib_path(r, h))) {
		const struct rib_path *p = rib_path(r, h);
		const struct attrs *at = rib_path_attrs(r, p);

		if (at)
			v += at->id * (8u * p->source + rib_path_id(p) + 1);
	}
	return v;
}

/* The outcome of a net as a number: 0 without a best path. */
static uint32_t outcome(const struct rib *r, uint32_t net, bool all)
{
	const struct rib_path *p = rib_net_best(r, net);
	uint32_t v = p ? 1 : 0;

	if (all)
		return all_paths(r, net);

	for (; p; p = rib_path_next(p) ? rib_path(r, rib_path_next(p)) : NULL) {
		const struct attrs *at = rib_path_attrs(r, p);
		const uint32_t what = (at ? at->id : 0) << 8 | p->source << 4;

		if (p->flags & RIB_PATH_BEST)
			v += 0x1000000 * (p->source + 1u) + what;
		else if (p->flags & RIB_PATH_MULTIPATH)
			v += 7 * what;
	}
	return v;
}

static void on_wake(void *ctx)
{
	struct reader *rd = ctx;

	CU_ASSERT_FALSE(rd->awake);
	rd->awake = true;
}

static void on_net(void *ctx, uint32_t net)
{
	struct reader *rd = ctx;

	CU_ASSERT_TRUE_FATAL(net <= PREFIXES);
	rd->seen[net] = outcome(rd->w->r, net, rd->all);
	rd->told++;
}

static void join(struct world *w, struct reader *rd)
{
	memset(rd->seen, 0, sizeof(rd->seen));
	rd->rd = rib_reader_new(w->r, on_wake, rd);
	rd->all = false;
	rd->awake = true;
}

static void join_as_clone(struct reader *rd, const struct reader *of)
{
	memcpy(rd->seen, of->seen, sizeof(rd->seen));
	rd->rd = rib_reader_clone(of->rd, on_wake, rd);
	rd->awake = of->awake;
	rd->all = of->all;
}

/* What it knows is of another kind then: it begins again. */
static void want_all(struct reader *rd, bool all)
{
	memset(rd->seen, 0, sizeof(rd->seen));
	rd->all = all;
	rib_reader_set_all(rd->rd, all);
	rib_reader_restart(rd->rd);
	rd->awake = true;
}

static void leave(struct reader *rd)
{
	rib_reader_free(rd->rd);
	rd->rd = NULL;
}

static void pull(struct reader *rd, uint32_t max)
{
	if (!rd->awake) {
		CU_ASSERT_TRUE(rib_reader_is_drained(rd->rd));
		return;
	}
	rd->awake = rib_reader_pull(rd->rd, max, on_net, rd, NULL);
	CU_ASSERT_EQUAL(rd->awake, !rib_reader_is_drained(rd->rd));
}

static void update(struct world *w, uint32_t prefix, uint32_t source, uint32_t set)
{
	struct rib_offer o = {
		.pfx = kit_prefix(prefix),
		.path_id = w->path_id,
		.in = w->at[set],
		.attrs = w->at[set],
		.live_key = set,
	};

	if (set == 0) {
		o.attrs = NULL;
		o.reject = RIB_REASON_AS_LOOP;
	}
	CU_ASSERT_EQUAL_FATAL(rib_update(w->r, w->src[source], &o), 0);
}

static void drain_and_compare(struct world *w)
{
	for (uint32_t i = 0; i < READERS; i++) {
		struct reader *rd = &w->readers[i];
		uint32_t expect[PREFIXES + 1] = { 0 };

		if (!rd->rd)
			continue;
		while (rd->awake)
			pull(rd, 50);
		for (uint32_t k = 0; k < PREFIXES; k++) {
			const struct prefix pfx = kit_prefix(k);
			const uint32_t net = rib_find(w->r, &pfx);

			if (net)
				expect[net] = outcome(w->r, net, rd->all);
		}
		CU_ASSERT_EQUAL_FATAL(memcmp(expect, rd->seen, sizeof(expect)), 0);
	}
}

static void random_step(struct world *w)
{
	struct reader *rd = &w->readers[cu_random_below(READERS)];
	const struct reader *other = &w->readers[cu_random_below(READERS)];
	const uint32_t p = cu_random_below(PREFIXES);
	const struct prefix pfx = kit_prefix(p);
	const uint32_t s = cu_random_below(SOURCES);
	const uint32_t dice = cu_random_below(1000);

	w->path_id = cu_random_below(2);
	if (dice < 350)
		update(w, p, s, cu_random_below(SETS));
	else if (dice < 700)
		(void)rib_withdraw(w->r, w->src[s], &pfx, w->path_id);
	else if (dice < 980 && rd->rd)
		pull(rd, 1 + cu_random_below(20));
	else if (dice < 985 && rd->rd)
		leave(rd);
	else if (dice < 990 && !rd->rd)
		join(w, rd);
	else if (dice < 993 && !rd->rd && other->rd)
		join_as_clone(rd, other);
	else if (dice < 994 && rd->rd)
		rib_reader_restart(rd->rd);
	else if (dice < 995 && rd->rd)
		want_all(rd, cu_random_below(2));
	else if (dice < 997 && w->pinned) {
		rib_net_unpin(w->r, w->pinned);
		w->pinned = 0;
	} else if (dice < 999 && !w->pinned && rib_find(w->r, &pfx)) {
		w->pinned = rib_find(w->r, &pfx);
		rib_net_pin(w->r, w->pinned);
	}
}

static void readers_of_any_pace_end_with_the_table(void)
{
	struct world w;

	setup(&w);
	for (uint32_t round = 0; round < 100; round++) {
		for (uint32_t i = 0; i < 2000; i++)
			random_step(&w);
		drain_and_compare(&w);
	}
	teardown(&w);
}

static void on_any(void *ctx UNUSED, uint32_t net UNUSED)
{
}

/* Everything was withdrawn and read: nothing may be left behind. */
static void empty_nets_go_when_all_have_read_them(void)
{
	uint32_t cursor = 0;
	struct world w;

	setup(&w);
	join(&w, &w.readers[0]);
	join(&w, &w.readers[1]);
	pull(&w.readers[0], 10);
	pull(&w.readers[1], 10);
	for (uint32_t i = 0; i < PREFIXES; i++)
		update(&w, i, 0, 1);
	while (rib_source_flush(w.r, w.src[0], 7, false, &cursor))
		;
	CU_ASSERT_EQUAL(rib_count_nets(w.r), 0);
	CU_ASSERT_EQUAL(rib_net_limit(w.r), PREFIXES);
	while (w.readers[0].awake)
		pull(&w.readers[0], 7);
	CU_ASSERT_EQUAL(rib_net_limit(w.r), PREFIXES);
	leave(&w.readers[1]);
	CU_ASSERT_EQUAL(rib_net_limit(w.r), 0);
	CU_ASSERT_EQUAL(w.readers[0].told, PREFIXES);
	teardown(&w);
}

/* One that nobody needs stays for a while: nobody sees it, and it comes back as it was. */
static void an_idle_net_is_taken_again(void)
{
	const struct prefix pfx = kit_prefix(3);
	const struct ip_addr a = prefix_addr(&pfx);
	struct world w;
	uint32_t net;

	setup(&w);
	join(&w, &w.readers[0]);
	pull(&w.readers[0], 10);
	update(&w, 0, 0, 1);
	update(&w, 3, 0, 1);
	pull(&w.readers[0], 10);
	net = rib_find(w.r, &pfx);
	CU_ASSERT_EQUAL(rib_withdraw(w.r, w.src[0], &pfx, 0), 0);
	pull(&w.readers[0], 10);
	CU_ASSERT_EQUAL(rib_count_nets(w.r), 1);
	CU_ASSERT_EQUAL(rib_match(w.r, &a), 0);
	CU_ASSERT_EQUAL(rib_withdraw(w.r, w.src[0], &pfx, 0), -ENOENT);
	CU_ASSERT_EQUAL(rib_find(w.r, &pfx), 0);
	update(&w, 3, 0, 2);
	CU_ASSERT_EQUAL(rib_find(w.r, &pfx), net);
	CU_ASSERT_EQUAL(rib_match(w.r, &a), net);
	pull(&w.readers[0], 10);
	drain_and_compare(&w);
	teardown(&w);
}

/* Ever new prefixes: what nobody needs any more makes room for them. */
static void idle_nets_make_room(void)
{
	const uint32_t live = 1000;
	const uint32_t turns = 20000;
	struct attrs *at;
	struct world w;

	setup(&w);
	join(&w, &w.readers[0]);
	pull(&w.readers[0], 10);
	at = w.at[1];
	for (uint32_t i = 0; i < turns; i++) {
		const struct rib_offer o = { .pfx = kit_prefix(i), .in = at, .attrs = at };

		CU_ASSERT_EQUAL_FATAL(rib_update(w.r, w.src[0], &o), 0);
		if (i >= live) {
			const struct prefix old = kit_prefix(i - live);

			CU_ASSERT_EQUAL_FATAL(rib_withdraw(w.r, w.src[0], &old, 0), 0);
		}
		if (i % 8 == 0)
			w.readers[0].awake = rib_reader_pull(w.readers[0].rd, 100, on_any, NULL,
				NULL);
	}
	CU_ASSERT_EQUAL(rib_count_nets(w.r), live);
	CU_ASSERT_TRUE(rib_net_limit(w.r) < 3 * live);
	teardown(&w);
}

static void bursts_coalesce_to_one_entry_a_net(void)
{
	struct world w;

	setup(&w);
	join(&w, &w.readers[0]);
	pull(&w.readers[0], 10);
	for (uint32_t i = 0; i < 1000; i++)
		update(&w, i % 10, 0, 1 + i % 11);
	while (w.readers[0].awake)
		pull(&w.readers[0], 3);
	CU_ASSERT_EQUAL(w.readers[0].told, 10);
	teardown(&w);
}

static uint32_t told_by(struct world *w)
{
	struct reader *rd = &w->readers[0];

	rd->told = 0;
	while (rd->awake)
		pull(rd, 10);
	return rd->told;
}

static void only_visible_changes_are_told(void)
{
	const struct prefix pfx = kit_prefix(0);
	struct world w;

	setup(&w);
	join(&w, &w.readers[0]);
	CU_ASSERT_EQUAL(told_by(&w), 0);
	update(&w, 0, 0, 2);
	CU_ASSERT_EQUAL(told_by(&w), 1);
	update(&w, 0, 0, 2); /* the same again */
	CU_ASSERT_EQUAL(told_by(&w), 0);
	update(&w, 0, 1, 10); /* loses by MED */
	CU_ASSERT_EQUAL(told_by(&w), 0);
	update(&w, 0, 1, 0); /* refused on import */
	CU_ASSERT_EQUAL(told_by(&w), 0);
	update(&w, 0, 1, 2); /* shares the traffic */
	CU_ASSERT_EQUAL(told_by(&w), 1);
	CU_ASSERT_EQUAL(rib_withdraw(w.r, w.src[1], &pfx, 0), 0);
	CU_ASSERT_EQUAL(told_by(&w), 1);
	CU_ASSERT_EQUAL(rib_withdraw(w.r, w.src[1], &pfx, 0), -ENOENT);
	update(&w, 0, 0, 3); /* another content of the best path */
	CU_ASSERT_EQUAL(told_by(&w), 1);
	CU_ASSERT_EQUAL(rib_withdraw(w.r, w.src[0], &pfx, 0), 0);
	CU_ASSERT_EQUAL(told_by(&w), 1);
	teardown(&w);
}

/* Of a million nets nearly all have one path: other rules of decision change nothing there. */
static void a_path_that_stands_alone_is_decided_without_a_word(void)
{
	struct prefix key = kit_prefix(0);
	bool started = false;
	struct world w;

	setup(&w);
	join(&w, &w.readers[0]);
	CU_ASSERT_EQUAL(told_by(&w), 0);
	for (uint32_t i = 0; i < 20; i++)
		update(&w, i, 0, i % 4 ? 2 : 0); /* some are refused on import */
	CU_ASSERT_EQUAL(told_by(&w), 15);
	rib_set_options(w.r, &(struct rib_options){ .med_always = true });
	while (rib_redecide_slice(w.r, &key, &started, 5))
		;
	CU_ASSERT_EQUAL(told_by(&w), 0);
	update(&w, 0, 0, 0);
	CU_ASSERT_EQUAL(told_by(&w), 0);
	update(&w, 1, 0, 0); /* the other way round it is a change, both times */
	update(&w, 0, 0, 2);
	CU_ASSERT_EQUAL(told_by(&w), 2);
	teardown(&w);
}

static void other_changes_are_told_to_those_who_ask(void)
{
	const struct prefix pfx = kit_prefix(0);
	struct reader *all;
	struct world w;

	setup(&w);
	all = &w.readers[1];
	join(&w, &w.readers[0]);
	join(&w, all);
	rib_reader_set_all(all->rd, true);
	CU_ASSERT_EQUAL(told_by(&w), 0);
	pull(all, 10);
	update(&w, 0, 0, 2);
	CU_ASSERT_EQUAL(told_by(&w), 1);
	while (all->awake)
		pull(all, 10);
	all->told = 0;
	update(&w, 0, 1, 10); /* loses by MED */
	CU_ASSERT_FALSE(w.readers[0].awake);
	CU_ASSERT_TRUE(all->awake);
	update(&w, 0, 1, 8);
	update(&w, 0, 2, 0); /* refused: no path at all to anybody */
	update(&w, 1, 2, 2); /* somebody's best: behind it for both */
	CU_ASSERT_EQUAL(told_by(&w), 1);
	while (all->awake)
		pull(all, 10);
	CU_ASSERT_EQUAL(all->told, 2);
	all->told = 0;
	update(&w, 0, 2, 0);
	CU_ASSERT_FALSE(all->awake);
	CU_ASSERT_EQUAL(rib_withdraw(w.r, w.src[1], &pfx, 0), 0);
	CU_ASSERT_EQUAL(told_by(&w), 0);
	while (all->awake)
		pull(all, 10);
	CU_ASSERT_EQUAL(all->told, 1);
	leave(all);
	update(&w, 0, 1, 10);
	CU_ASSERT_FALSE(w.readers[0].awake);
	drain_and_compare(&w);
	teardown(&w);
}

static void network_statement_is_told_in_any_place(void)
{
	const struct rib_source init = { .kind = RIB_SOURCE_STATIC };
	struct rib_source *s;
	struct rib_offer o;
	struct world w;

	setup(&w);
	join(&w, &w.readers[0]);
	CU_ASSERT_EQUAL(told_by(&w), 0);
	update(&w, 0, 0, 2);
	CU_ASSERT_EQUAL(told_by(&w), 1);
	s = rib_source_new(w.r, &init);
	o = (struct rib_offer){
		.pfx = kit_prefix(0),
		.in = w.at[2],
		.attrs = w.at[2],
		.flags = RIB_PATH_LOCAL,
	};
	CU_ASSERT_EQUAL(rib_update(w.r, s, &o), 0);
	CU_ASSERT_EQUAL(told_by(&w), 1);
	CU_ASSERT_EQUAL(rib_withdraw(w.r, s, &o.pfx, 0), 0);
	CU_ASSERT_EQUAL(told_by(&w), 1);
	teardown(&w);
}

static const struct cu_case cases[] = {
	CU_CASE(readers_of_any_pace_end_with_the_table),
	CU_CASE(empty_nets_go_when_all_have_read_them),
	CU_CASE(an_idle_net_is_taken_again),
	CU_CASE(idle_nets_make_room),
	CU_CASE(bursts_coalesce_to_one_entry_a_net),
	CU_CASE(a_path_that_stands_alone_is_decided_without_a_word),
	CU_CASE(only_visible_changes_are_told),
	CU_CASE(other_changes_are_told_to_those_who_ask),
	CU_CASE(network_statement_is_told_in_any_place),
};
CU_SUITE(journal, cases);
