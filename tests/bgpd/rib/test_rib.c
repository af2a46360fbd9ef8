/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Storage: what was offered is found, counted, walked and flushed; quotas; scans that survive.
 */
#include <errno.h>
#include <string.h>

#include "bgpd/rib/rib.h"
#include "lib/base/compiler.h"
#include "tests/bgpd/rib/kit.h"
#include "tests/cu_main.h"

#define PREFIXES 200
#define SOURCES  4

struct world {
	struct attrs_table *t;
	struct rib *r;
	struct attrs *at;
	struct rib_source *src[SOURCES];
	bool has[SOURCES][PREFIXES]; /* model */
	bool stale[SOURCES][PREFIXES];
};

static void setup(struct world *w, uint32_t quota)
{
	const struct rib_conf conf = { .af = AF_INET, .max_paths = 1, .quota = quota };
	const struct kit_attrs k = { .path_len = 1 };

	memset(w, 0, sizeof(*w));
	w->t = attrs_table_new();
	w->r = rib_new(&conf, w->t);
	w->at = kit_attrs(w->t, &k);
	for (uint32_t i = 0; i < SOURCES; i++) {
		const struct rib_source init = { .addr = ip_from_v4(i + 1) };

		w->src[i] = rib_source_new(w->r, &init);
	}
}

static void teardown(struct world *w)
{
	attrs_unref(w->t, w->at);
	rib_free(w->r);
	attrs_table_free(w->t);
}

static int update(struct world *w, uint32_t s, uint32_t p)
{
	const struct rib_offer o = { .pfx = kit_prefix(p), .in = w->at, .attrs = w->at };

	return rib_update(w->r, w->src[s], &o);
}

static int withdraw(struct world *w, uint32_t s, uint32_t p)
{
	const struct prefix pfx = kit_prefix(p);

	return rib_withdraw(w->r, w->src[s], &pfx, 0);
}

static bool count_net(void *ctx, uint32_t net UNUSED)
{
	uint32_t *n = ctx;

	++*n;
	return true;
}

static void check_counts(const struct world *w)
{
	struct rib_range all = { 0 };
	uint32_t nets = 0;
	uint32_t paths = 0;
	uint32_t walked = 0;

	for (uint32_t p = 0; p < PREFIXES; p++) {
		const struct prefix pfx = kit_prefix(p);
		bool any = false;

		for (uint32_t s = 0; s < SOURCES; s++) {
			any |= w->has[s][p];
			paths += w->has[s][p];
		}
		nets += any;
		CU_ASSERT_EQUAL_FATAL(rib_find(w->r, &pfx) != 0, any);
	}
	for (uint32_t s = 0; s < SOURCES; s++) {
		uint32_t own = 0;
		uint32_t stale = 0;

		for (uint32_t p = 0; p < PREFIXES; p++) {
			own += w->has[s][p];
			stale += w->stale[s][p];
		}
		CU_ASSERT_EQUAL_FATAL(w->src[s]->n_paths, own);
		CU_ASSERT_EQUAL_FATAL(w->src[s]->n_accepted, own);
		CU_ASSERT_EQUAL_FATAL(w->src[s]->n_stale, stale);
	}
	CU_ASSERT_EQUAL_FATAL(rib_count_nets(w->r), nets);
	CU_ASSERT_EQUAL_FATAL(rib_count_best(w->r), nets);
	CU_ASSERT_EQUAL_FATAL(rib_count_paths(w->r), paths);
	while (rib_walk(w->r, &all, 17, count_net, &walked) == 17)
		;
	CU_ASSERT_EQUAL_FATAL(walked, nets);
}

static void flush_source(struct world *w, uint32_t s, bool only_stale)
{
	uint32_t cursor = 0;

	while (rib_source_flush(w->r, w->src[s], 1 + cu_random_below(9), only_stale, &cursor))
		;
	for (uint32_t p = 0; p < PREFIXES; p++) {
		w->has[s][p] &= only_stale && !w->stale[s][p];
		w->stale[s][p] = false;
	}
}

static void random_step(struct world *w)
{
	const uint32_t s = cu_random_below(SOURCES);
	const uint32_t p = cu_random_below(PREFIXES);
	const uint32_t dice = cu_random_below(1000);
	uint32_t cursor = 0;

	if (dice < 600) {
		CU_ASSERT_EQUAL_FATAL(update(w, s, p), 0);
		w->has[s][p] = true;
		w->stale[s][p] = false;
	} else if (dice < 985) {
		CU_ASSERT_EQUAL_FATAL(withdraw(w, s, p), w->has[s][p] ? 0 : -ENOENT);
		w->has[s][p] = false;
		w->stale[s][p] = false;
	} else if (dice < 990) {
		while (rib_source_mark_stale(w->r, w->src[s], 13, &cursor))
			;
		memcpy(w->stale[s], w->has[s], sizeof(w->stale[s]));
	} else {
		flush_source(w, s, dice < 995);
	}
}

static void table_agrees_with_a_matrix(void)
{
	struct world w;

	setup(&w, 0);
	for (uint32_t round = 0; round < 60; round++) {
		for (uint32_t i = 0; i < 500; i++)
			random_step(&w);
		check_counts(&w);
	}
	teardown(&w);
}

static void quota_refuses_new_paths_only(void)
{
	const struct prefix other = kit_prefix(3);
	struct world w;

	setup(&w, 3);
	for (uint32_t p = 0; p < 3; p++)
		CU_ASSERT_EQUAL(update(&w, 0, p), 0);
	CU_ASSERT_EQUAL(update(&w, 0, 3), -EDQUOT);
	CU_ASSERT_EQUAL(update(&w, 1, 0), -EDQUOT);
	CU_ASSERT_EQUAL(rib_find(w.r, &other), 0);
	CU_ASSERT_EQUAL(update(&w, 0, 2), 0);
	CU_ASSERT_EQUAL(rib_count_paths(w.r), 3);
	CU_ASSERT_EQUAL(withdraw(&w, 0, 2), 0);
	CU_ASSERT_EQUAL(update(&w, 0, 3), 0);
	teardown(&w);
}

/* A scan in slices: those present throughout are visited once, whatever happens in between. */
static void scan_survives_removal_of_the_path_it_stands_on(void)
{
	bool visited[PREFIXES] = { false };
	bool kept[PREFIXES];
	uint32_t cursor = 0;
	struct world w;

	setup(&w, 0);
	for (uint32_t p = 0; p < PREFIXES; p++) {
		CU_ASSERT_EQUAL(update(&w, 0, p), 0);
		kept[p] = true;
	}
	while ((cursor = rib_source_next(w.r, w.src[0], cursor))) {
		const struct prefix at = rib_net_prefix(w.r,
			rib_path_net(w.r, rib_path(w.r, cursor)));
		uint32_t p = 0;

		for (struct prefix pfx = kit_prefix(0); !prefix_is_equal(&pfx, &at);)
			pfx = kit_prefix(++p);
		CU_ASSERT_FALSE(visited[p] && kept[p]);
		visited[p] = true;
		/* Itself, its neighbours in the list, or any other one; some come back. */
		for (uint32_t i = cu_random_below(3); i < 3; i++) {
			const uint32_t q = i ? (p + PREFIXES - i) % PREFIXES :
					       cu_random_below(PREFIXES);

			if (withdraw(&w, 0, q) == 0 && cu_random_below(2))
				CU_ASSERT_EQUAL(update(&w, 0, q), 0);
			kept[q] = false;
		}
		if (cu_random_below(2) && kept[p]) {
			CU_ASSERT_EQUAL(withdraw(&w, 0, p), 0);
			kept[p] = false;
		}
	}
	for (uint32_t p = 0; p < PREFIXES; p++)
		CU_ASSERT_TRUE(visited[p] || !kept[p]);
	teardown(&w);
}

/* One cursor through both kinds of scans, and a cursor that nobody knows: never a dead path. */
static void cursor_may_change_between_flush_and_scan(void)
{
	uint32_t cursor = 0;
	struct world w;

	setup(&w, 0);
	for (uint32_t p = 0; p < PREFIXES; p++)
		CU_ASSERT_EQUAL(update(&w, 0, p), 0);
	while (rib_source_mark_stale(w.r, w.src[0], 50, &cursor))
		;
	cursor = 0;
	while (w.src[0]->n_stale) {
		(void)rib_source_flush(w.r, w.src[0], 3, true, &cursor);
		cursor = rib_source_next(w.r, w.src[0], cursor);
		if (cursor)
			CU_ASSERT_EQUAL_FATAL(rib_path(w.r, cursor)->source, w.src[0]->index);
		if (cu_random_below(10) == 0)
			cursor = 1 + cu_random_below(PREFIXES);
	}
	CU_ASSERT_EQUAL(rib_count_paths(w.r), 0);
	teardown(&w);
}

static bool is_stale(const struct world *w, uint32_t prefix)
{
	const struct prefix pfx = kit_prefix(prefix);
	const struct rib_net *n = rib_net(w->r, rib_find(w->r, &pfx));

	return rib_path(w->r, n->paths)->flags & RIB_PATH_STALE;
}

/* Random paths come while a marking goes on, is begun again, ends: only older ones are marked. */
static void what_comes_during_a_marking_is_not_marked(void)
{
	bool is_fresh[PREFIXES] = { false };
	uint32_t n_fresh = 0;
	uint32_t cursor = 0;
	struct world w;

	setup(&w, 0);
	for (uint32_t p = 0; p < PREFIXES; p += 2)
		CU_ASSERT_EQUAL(update(&w, 0, p), 0);
	while (rib_source_mark_stale(w.r, w.src[0], 1, &cursor)) {
		const uint32_t p = cu_random_below(PREFIXES);

		if (cu_random_below(3) == 0) {
			CU_ASSERT_EQUAL(update(&w, 0, p), 0);
			is_fresh[p] = true;
		}
		if (cu_random_below(PREFIXES) == 0) {
			memset(is_fresh, 0, sizeof(is_fresh));
			cursor = 0;
		}
	}
	for (uint32_t p = 0; p < PREFIXES; p++) {
		const struct prefix pfx = kit_prefix(p);

		if (rib_find(w.r, &pfx))
			CU_ASSERT_EQUAL(is_stale(&w, p), !is_fresh[p]);
		n_fresh += is_fresh[p];
	}
	CU_ASSERT_EQUAL(w.src[0]->n_stale, w.src[0]->n_paths - n_fresh);
	cursor = 0;
	while (rib_source_flush(w.r, w.src[0], 7, true, &cursor))
		;
	CU_ASSERT_EQUAL(rib_count_paths(w.r), n_fresh);
	teardown(&w);
}

static void match_finds_the_longest_prefix_with_a_best_path(void)
{
	struct ip_addr a = ip_from_v4(0x0a000081);
	struct rib_offer o;
	struct world w;

	setup(&w, 0);
	CU_ASSERT_EQUAL(rib_match(w.r, &a), 0);
	o = (struct rib_offer){ .pfx = prefix_any(AF_INET), .in = w.at, .attrs = w.at };
	CU_ASSERT_EQUAL(rib_update(w.r, w.src[0], &o), 0);
	CU_ASSERT_EQUAL(rib_match(w.r, &a), rib_find(w.r, &o.pfx));
	o.pfx = prefix_make(&a, 24);
	CU_ASSERT_EQUAL(rib_update(w.r, w.src[0], &o), 0);
	CU_ASSERT_EQUAL(rib_match(w.r, &a), rib_find(w.r, &o.pfx));
	o.pfx = prefix_make(&a, 25);
	o.attrs = NULL;
	o.reject = RIB_REASON_POLICY;
	CU_ASSERT_EQUAL(rib_update(w.r, w.src[0], &o), 0);
	o.pfx = prefix_make(&a, 24);
	CU_ASSERT_EQUAL(rib_match(w.r, &a), rib_find(w.r, &o.pfx));
	teardown(&w);
}

static void walk_within_sees_more_specifics_only(void)
{
	struct prefix within;
	struct rib_range at = { .within = &within };
	uint32_t n = 0;
	struct world w;

	setup(&w, 0);
	for (uint32_t p = 0; p < PREFIXES; p++)
		CU_ASSERT_EQUAL(update(&w, 0, p), 0);
	CU_ASSERT_EQUAL(prefix_parse("10.0.4.0/22", &within), 0);
	CU_ASSERT_EQUAL(rib_walk(w.r, &at, 5, count_net, &n), 5);
	CU_ASSERT_EQUAL(rib_walk(w.r, &at, 5, count_net, &n), 3);
	CU_ASSERT_EQUAL(n, 8);
	teardown(&w);
}

static void paths_of_one_source_are_told_apart_by_id(void)
{
	const struct prefix pfx = kit_prefix(0);
	struct rib_offer o;
	struct world w;

	setup(&w, 0);
	o = (struct rib_offer){ .pfx = pfx, .path_id = 2, .in = w.at, .attrs = w.at };
	CU_ASSERT_EQUAL(rib_update(w.r, w.src[0], &o), 0);
	o.path_id = 1;
	CU_ASSERT_EQUAL(rib_update(w.r, w.src[0], &o), 0);
	CU_ASSERT_EQUAL(rib_count_paths(w.r), 2);
	CU_ASSERT_EQUAL(rib_path_id(rib_net_best(w.r, rib_find(w.r, &pfx))), 1);
	CU_ASSERT_EQUAL(rib_withdraw(w.r, w.src[0], &pfx, 1), 0);
	CU_ASSERT_EQUAL(rib_path_id(rib_net_best(w.r, rib_find(w.r, &pfx))), 2);
	teardown(&w);
}

/* Path i of three a prefix that source 1 offers: with ids, keys, other attributes or none. */
static struct rib_offer odd_offer(struct attrs *const *in, uint32_t i)
{
	return (struct rib_offer){
		.pfx = kit_prefix(i / 3),
		.path_id = i % 3 ? i : 0,
		.live_key = i % 7,
		.in = in[i % 2],
		.attrs = i % 5 ? in[0] : NULL,
		.reject = i % 5 ? RIB_REASON_NONE : RIB_REASON_POLICY,
	};
}

static void check_odd(const struct world *w, struct attrs *const *in)
{
	uint32_t n = 0;

	for (uint32_t h = 0; (h = rib_source_next(w->r, w->src[1], h)) != 0; n++) {
		const struct rib_path *p = rib_path(w->r, h);
		const struct prefix pfx = rib_net_prefix(w->r, rib_path_net(w->r, p));
		const uint32_t id = rib_path_id(p);
		struct rib_offer o = odd_offer(in, id);

		/* Without an id it is the first of the three. */
		for (uint32_t i = 0; !id && !prefix_is_equal(&pfx, &o.pfx); i += 3)
			o = odd_offer(in, i);
		CU_ASSERT_TRUE_FATAL(prefix_is_equal(&pfx, &o.pfx));
		CU_ASSERT_EQUAL(rib_path_live_key(p), o.live_key);
		CU_ASSERT_PTR_EQUAL(rib_path_in(w->r, p), o.in);
		CU_ASSERT_PTR_EQUAL(rib_path_attrs(w->r, p), o.attrs);
	}
	CU_ASSERT_EQUAL(n, 3 * PREFIXES);
}

static void check_plain(const struct world *w, uint32_t s)
{
	for (uint32_t h = 0; (h = rib_source_next(w->r, w->src[s], h)) != 0;) {
		CU_ASSERT_EQUAL(rib_path_id(rib_path(w->r, h)), 0);
		CU_ASSERT_EQUAL(rib_path_live_key(rib_path(w->r, h)), 9);
		CU_ASSERT_PTR_EQUAL(rib_path_in(w->r, rib_path(w->r, h)), w->at);
	}
}

static void offer_plain(struct world *w, uint32_t s)
{
	for (uint32_t p = 0; p < PREFIXES; p++) {
		const struct rib_offer o = { .pfx = kit_prefix(p),
			.in = w->at,
			.attrs = w->at,
			.live_key = 9 };

		CU_ASSERT_EQUAL(rib_update(w->r, w->src[s], &o), 0);
	}
	check_plain(w, s);
}

/* What few paths have lies beside them: no other one gets it, nor who stands there next. */
static void what_lies_beside_paths_goes_with_them(void)
{
	const struct kit_attrs other = { .path_len = 2 };
	struct attrs *in[2];
	size_t before;
	struct world w;

	setup(&w, 0);
	in[0] = w.at;
	in[1] = kit_attrs(w.t, &other);
	offer_plain(&w, 0);
	before = rib_bytes(w.r);
	for (uint32_t i = 0; i < 3 * PREFIXES; i++) {
		const struct rib_offer o = odd_offer(in, i);

		CU_ASSERT_EQUAL_FATAL(rib_update(w.r, w.src[1], &o), 0);
	}
	check_odd(&w, in);
	check_plain(&w, 0);
	CU_ASSERT_TRUE(rib_bytes(w.r) >
		before + 3 * PREFIXES * (sizeof(struct rib_path) + sizeof(struct rib_path_tag)));
	flush_source(&w, 1, false);
	CU_ASSERT_EQUAL(attrs_refs(in[1]), 1); /* ours */
	before = rib_bytes(w.r);
	offer_plain(&w, 1);
	CU_ASSERT_EQUAL(rib_bytes(w.r), before);
	attrs_unref(w.t, in[1]);
	teardown(&w);
}

/* One of three is named twice with as many pins, one has a pin more, and the first has a path. */
static void nets_that_are_let_go_together_go_with_their_last_pin(void)
{
	uint32_t let_go[2 * PREFIXES];
	uint32_t nets[PREFIXES];
	struct world w;
	uint32_t n = 0;

	setup(&w, 0);
	for (uint32_t p = 0; p < PREFIXES; p++) {
		const struct prefix pfx = kit_prefix(p);

		CU_ASSERT_EQUAL(update(&w, 0, p), 0);
		nets[p] = rib_find(w.r, &pfx);
		for (uint32_t i = 0; i < (p % 3 == 2 ? 1 : 2); i++)
			rib_net_pin(w.r, nets[p]);
		for (uint32_t i = 0; i < (p % 3 == 0 ? 2 : 1); i++)
			let_go[n++] = nets[p];
		CU_ASSERT_EQUAL(p ? withdraw(&w, 0, p) : 0, 0);
	}
	rib_nets_unpin(w.r, let_go, n);
	for (uint32_t p = 0; p < PREFIXES; p++) {
		const struct prefix pfx = kit_prefix(p);

		CU_ASSERT_EQUAL(rib_find(w.r, &pfx), p % 3 == 1 || !p ? nets[p] : 0);
		if (p % 3 == 1)
			rib_net_unpin(w.r, nets[p]);
	}
	CU_ASSERT_EQUAL(withdraw(&w, 0, 0), 0);
	CU_ASSERT_EQUAL(slab_count(&rib_store(w.r)->nets), 0); /* with the last one all go */
	teardown(&w);
}

/* Nobody reads this table, so a net is free with its last path, and its handle another one's. */
static void prefixes_that_are_withdrawn_together_may_be_named_twice(void)
{
	const uint32_t ids[] = { 0, 0, 0, 0, 0 };
	struct prefix pfx[ARRAY_SIZE(ids)];
	struct world w;

	setup(&w, 0);
	for (uint32_t p = 0; p < 4; p++)
		CU_ASSERT_EQUAL(update(&w, 0, p), 0);
	CU_ASSERT_EQUAL(update(&w, 1, 1), 0);
	pfx[0] = pfx[2] = kit_prefix(0);
	pfx[1] = pfx[3] = kit_prefix(1);
	pfx[4] = kit_prefix(2);
	CU_ASSERT_EQUAL(rib_withdraw_many(w.r, w.src[0], pfx, ids, ARRAY_SIZE(ids)), 3);
	CU_ASSERT_EQUAL(rib_find(w.r, &pfx[0]), 0);
	CU_ASSERT_EQUAL(rib_find(w.r, &pfx[4]), 0);
	CU_ASSERT_EQUAL(rib_count_paths(w.r), 2);
	CU_ASSERT_EQUAL(rib_net_best(w.r, rib_find(w.r, &pfx[1]))->source, w.src[1]->index);
	CU_ASSERT_EQUAL(rib_withdraw_many(w.r, w.src[0], pfx, ids, ARRAY_SIZE(ids)), 0);
	teardown(&w);
}

static bool offers(const struct world *w, uint32_t s, uint32_t p)
{
	const struct prefix pfx = kit_prefix(p);
	const uint32_t net = rib_find(w->r, &pfx);
	const struct rib_path *path;

	for (uint32_t h = net ? rib_net(w->r, net)->paths : 0; h; h = rib_path_next(path)) {
		path = rib_path(w->r, h);
		if (path->source == w->src[s]->index)
			return true;
	}
	return false;
}

/* Of prefixes in one message; others change before they are taken. */
static void update_many(struct world *w, uint32_t s, const struct prefix *pfx, uint32_t n)
{
	struct ptable_spot spots[PTABLE_MANY];

	rib_expect(w->r, w->src[s], pfx, n, spots);
	for (uint32_t i = 0; i < n; i++) {
		const struct rib_offer o = { .pfx = pfx[i],
			.in = w->at,
			.attrs = w->at,
			.spot = &spots[i] };
		const uint32_t other = cu_random_below(SOURCES);
		const uint32_t p = cu_random_below(PREFIXES);

		CU_ASSERT_EQUAL_FATAL(rib_update(w->r, w->src[s], &o), 0);
		if (other == s || cu_random_below(4))
			continue;
		CU_ASSERT_EQUAL_FATAL(withdraw(w, other, p), w->has[other][p] ? 0 : -ENOENT);
		w->has[other][p] = false;
	}
}

/* Nets are found by their order of arrival, and by the prefix table where that does not hold. */
static void what_comes_in_runs_is_found_whatever_the_order(void)
{
	const uint32_t ids[PTABLE_MANY] = { 0 };
	struct world w;

	setup(&w, 0);
	for (uint32_t p = 0; p < PREFIXES; p++) {
		CU_ASSERT_EQUAL(update(&w, 0, p), 0);
		w.has[0][p] = true;
	}
	for (uint32_t round = 0; round < 1000; round++) {
		const uint32_t n = 1 + cu_random_below(PTABLE_MANY);
		const uint32_t step = cu_random_below(4) ? 1 : 1 + cu_random_below(PREFIXES - 1);
		const uint32_t s = cu_random_below(SOURCES);
		uint32_t at = cu_random_below(4) && w.src[s]->ahead ? w.src[s]->ahead - 1 :
								      cu_random_below(PREFIXES);
		const bool withdraws = cu_random_below(16) < (round / 200 % 2 ? 9 : 3);
		struct prefix pfx[PTABLE_MANY];
		uint32_t n_had = 0;

		for (uint32_t i = 0; i < n; i++, at += step) {
			pfx[i] = kit_prefix(at % PREFIXES);
			n_had += w.has[s][at % PREFIXES];
			w.has[s][at % PREFIXES] = !withdraws;
		}
		if (withdraws) {
			CU_ASSERT_EQUAL(rib_withdraw_many(w.r, w.src[s], pfx, ids, n), n_had);
		} else {
			update_many(&w, s, pfx, n);
		}
		for (uint32_t i = 0; i < SOURCES * PREFIXES; i++)
			CU_ASSERT_EQUAL_FATAL(offers(&w, i % SOURCES, i / SOURCES),
				w.has[i % SOURCES][i / SOURCES]);
	}
	teardown(&w);
}

static const struct cu_case cases[] = {
	CU_CASE(table_agrees_with_a_matrix),
	CU_CASE(quota_refuses_new_paths_only),
	CU_CASE(scan_survives_removal_of_the_path_it_stands_on),
	CU_CASE(cursor_may_change_between_flush_and_scan),
	CU_CASE(what_comes_during_a_marking_is_not_marked),
	CU_CASE(match_finds_the_longest_prefix_with_a_best_path),
	CU_CASE(walk_within_sees_more_specifics_only),
	CU_CASE(paths_of_one_source_are_told_apart_by_id),
	CU_CASE(what_lies_beside_paths_goes_with_them),
	CU_CASE(nets_that_are_let_go_together_go_with_their_last_pin),
	CU_CASE(prefixes_that_are_withdrawn_together_may_be_named_twice),
	CU_CASE(what_comes_in_runs_is_found_whatever_the_order),
};
CU_SUITE(rib, cases);
