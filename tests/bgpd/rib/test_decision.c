/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ladder: each step by a pair that differs there and speaks against the order at all later
 * steps; and the outcome as a function of the paths alone, whatever the order in which they came.
 */
#include <stdio.h>
#include <string.h>

#include "bgpd/rib/rib.h"
#include "lib/base/compiler.h"
#include "tests/bgpd/rib/kit.h"
#include "tests/cu_main.h"

/* A source and its path. */
struct entrant {
	enum rib_source_kind kind;
	bool ibgp;
	bool confed;
	bool standby;
	uint32_t team;
	uint32_t router_id;
	uint32_t addr;
	uint32_t path_id;
	uint8_t flags;
	struct kit_attrs at;
};

#define MAX_ENTRANTS 8

struct arena_of_paths {
	struct attrs_table *t;
	struct rib *r;
	struct prefix pfx;
	uint32_t n;
	struct rib_source *src[MAX_ENTRANTS];
	struct attrs *at[MAX_ENTRANTS];
	struct entrant e[MAX_ENTRANTS];
};

static void setup(struct arena_of_paths *a, const struct entrant *e, uint32_t n, uint8_t max_paths)
{
	const struct rib_conf conf = { .af = AF_INET, .max_paths = max_paths };

	a->t = attrs_table_new();
	a->r = rib_new(&conf, a->t);
	a->pfx = kit_prefix(1);
	a->n = n;
	for (uint32_t i = 0; i < n; i++) {
		const struct rib_source init = {
			.kind = (uint8_t)e[i].kind,
			.ibgp = e[i].ibgp,
			.confed = e[i].confed,
			.standby = e[i].standby,
			.team = e[i].team,
			.router_id = e[i].router_id,
			.addr = ip_from_v4(e[i].addr),
		};

		a->e[i] = e[i];
		a->src[i] = rib_source_new(a->r, &init);
		a->at[i] = kit_attrs(a->t, &e[i].at);
	}
}

static void offer(struct arena_of_paths *a, uint32_t i)
{
	const struct rib_offer o = {
		.pfx = a->pfx,
		.path_id = a->e[i].path_id,
		.flags = a->e[i].flags,
		.in = a->at[i],
		.attrs = a->at[i],
	};

	CU_ASSERT_EQUAL_FATAL(rib_update(a->r, a->src[i], &o), 0);
}

static void withdraw(struct arena_of_paths *a, uint32_t i)
{
	CU_ASSERT_EQUAL_FATAL(rib_withdraw(a->r, a->src[i], &a->pfx, a->e[i].path_id), 0);
}

static const struct rib_path *path_of(const struct arena_of_paths *a, uint32_t i)
{
	const uint32_t net = rib_find(a->r, &a->pfx);
	const struct rib_path *p;

	for (uint32_t h = net ? rib_net(a->r, net)->paths : 0; h; h = rib_path_next(p)) {
		p = rib_path(a->r, h);
		if (p->source == a->src[i]->index)
			return p;
	}
	return NULL;
}

static void teardown(struct arena_of_paths *a)
{
	for (uint32_t i = 0; i < a->n; i++)
		attrs_unref(a->t, a->at[i]);
	rib_free(a->r);
	attrs_table_free(a->t);
}

/* A pair: the first wins, the second loses at the step. */
struct duel {
	const char *name;
	enum rib_reason step;
	struct entrant winner;
	struct entrant loser;
};

#define BEST_LATER  .router_id = 1, .addr = 1, .path_id = 1
#define WORST_LATER .router_id = 9, .addr = 9, .path_id = 9

static const struct duel duels[] = {
	{
		"static before learned",
		RIB_REASON_STEP_WEIGHT,
		{ .kind = RIB_SOURCE_STATIC, WORST_LATER, .at = { .path_len = 9 } },
		{ .kind = RIB_SOURCE_BGP, BEST_LATER, .at = { .local_pref = 900 } },
	},
	{
		"connected before static",
		RIB_REASON_STEP_WEIGHT,
		{ .kind = RIB_SOURCE_CONNECTED, WORST_LATER },
		{ .kind = RIB_SOURCE_STATIC, BEST_LATER },
	},
	{
		"learned before a network statement, which has no next hop",
		RIB_REASON_STEP_WEIGHT,
		{ .kind = RIB_SOURCE_PEERING, WORST_LATER, .at = { .path_len = 5 } },
		{ .kind = RIB_SOURCE_STATIC, BEST_LATER, .flags = RIB_PATH_LOCAL },
	},
	{
		"anything before a standby",
		RIB_REASON_STEP_WEIGHT,
		{ .kind = RIB_SOURCE_PEERING, WORST_LATER, .at = { .path_len = 9 } },
		{ .kind = RIB_SOURCE_PEERING,
			BEST_LATER,
			.standby = true,
			.at = { .local_pref = 900 } },
	},
	{
		"a standby before a network statement, which has no next hop",
		RIB_REASON_STEP_WEIGHT,
		{ .kind = RIB_SOURCE_PEERING, WORST_LATER, .standby = true },
		{ .kind = RIB_SOURCE_STATIC, BEST_LATER, .flags = RIB_PATH_LOCAL },
	},
	{
		"long-lived stale is the last resort, and no part of a multipath",
		RIB_REASON_STEP_LLGR_STALE,
		{ WORST_LATER, .at = { .local_pref = 1, .path_len = 9, .origin = 2 } },
		{ BEST_LATER, .at = { .local_pref = 900, .path_len = 1, .llgr_stale = true } },
	},
	{
		"long-lived stale and else equal",
		RIB_REASON_STEP_LLGR_STALE,
		{ BEST_LATER, .at = { .path_len = 1 } },
		{ BEST_LATER, .at = { .path_len = 1, .llgr_stale = true } },
	},
	{
		"a standby before one that leaves, whatever its weight",
		RIB_REASON_STEP_LAST_RESORT,
		{ .kind = RIB_SOURCE_PEERING, WORST_LATER, .standby = true },
		{ .kind = RIB_SOURCE_PEERING, BEST_LATER, .at = { .leaves = true } },
	},
	{
		"one that leaves before a network statement, which has no next hop",
		RIB_REASON_STEP_WEIGHT,
		{ .kind = RIB_SOURCE_PEERING,
			WORST_LATER,
			.standby = true,
			.at = { .leaves = true } },
		{ .kind = RIB_SOURCE_STATIC, BEST_LATER, .flags = RIB_PATH_LOCAL },
	},
	{
		"one that leaves before one that has left",
		RIB_REASON_STEP_LLGR_STALE,
		{ .kind = RIB_SOURCE_PEERING,
			WORST_LATER,
			.standby = true,
			.at = { .leaves = true } },
		{ .kind = RIB_SOURCE_PEERING, BEST_LATER, .at = { .llgr_stale = true } },
	},
	{
		"higher local preference",
		RIB_REASON_STEP_LOCAL_PREF,
		{ WORST_LATER, .at = { .local_pref = 101, .path_len = 9, .origin = 2 } },
		{ BEST_LATER, .at = { .path_len = 1 } },
	},
	{
		"absent local preference is 100",
		RIB_REASON_STEP_LOCAL_PREF,
		{ WORST_LATER, .at = { .path_len = 9 } },
		{ BEST_LATER, .at = { .local_pref = 99, .path_len = 1 } },
	},
	{
		"shorter path",
		RIB_REASON_STEP_AS_PATH_LENGTH,
		{ WORST_LATER, .at = { .path_len = 2, .origin = 2, .med = 9 } },
		{ BEST_LATER, .at = { .path_len = 3 } },
	},
	{
		"lower origin",
		RIB_REASON_STEP_ORIGIN,
		{ WORST_LATER, .at = { .path_len = 2, .origin = BGP_ORIGIN_EGP, .med = 9 } },
		{ BEST_LATER, .at = { .path_len = 2, .origin = BGP_ORIGIN_INCOMPLETE } },
	},
	{
		"lower med of one neighbour AS",
		RIB_REASON_STEP_MED,
		{ WORST_LATER, .ibgp = true, .at = { .path_len = 2, .med = 4 } },
		{ BEST_LATER, .at = { .path_len = 2, .med = 5 } },
	},
	{
		"absent med is 0",
		RIB_REASON_STEP_MED,
		{ WORST_LATER, .at = { .path_len = 2 } },
		{ BEST_LATER, .at = { .path_len = 2, .med = 1 } },
	},
	{
		"med of two neighbour ASes is not compared",
		RIB_REASON_STEP_ROUTER_ID,
		{ BEST_LATER, .at = { .path_len = 2, .med = 9, .first_as = 65002 } },
		{ WORST_LATER, .at = { .path_len = 2, .med = 1, .first_as = 65003 } },
	},
	{
		"external before internal",
		RIB_REASON_STEP_EBGP,
		{ WORST_LATER, .at = { .path_len = 2 } },
		{ BEST_LATER, .ibgp = true, .at = { .path_len = 2 } },
	},
	{
		"a member of our confederation is internal",
		RIB_REASON_STEP_EBGP,
		{ WORST_LATER, .at = { .path_len = 2 } },
		{ BEST_LATER, .confed = true, .at = { .path_len = 2 } },
	},
	{
		"and no worse than our own member AS",
		RIB_REASON_STEP_ROUTER_ID,
		{ BEST_LATER, .confed = true, .at = { .path_len = 2 } },
		{ WORST_LATER, .ibgp = true, .at = { .path_len = 2 } },
	},
	{
		"peering counts as external",
		RIB_REASON_STEP_EBGP,
		{ .kind = RIB_SOURCE_PEERING, WORST_LATER, .at = { .path_len = 2 } },
		{ BEST_LATER, .ibgp = true, .at = { .path_len = 2 } },
	},
	{
		"lower router id",
		RIB_REASON_STEP_ROUTER_ID,
		{ .router_id = 3, .addr = 9, .at = { .clusters = 4 } },
		{ .router_id = 4, .addr = 1 },
	},
	{
		"originator id in the place of the router id",
		RIB_REASON_STEP_ROUTER_ID,
		{ .router_id = 9, .addr = 9, .at = { .originator_id = 2 } },
		{ .router_id = 3, .addr = 1 },
	},
	{
		"shorter cluster list",
		RIB_REASON_STEP_CLUSTER_LENGTH,
		{ .router_id = 3, .addr = 9, .at = { .clusters = 1 } },
		{ .router_id = 3, .addr = 1, .at = { .clusters = 2 } },
	},
	{
		"lower address",
		RIB_REASON_STEP_ADDRESS,
		{ .addr = 0x0a000009, .path_id = 7 },
		{ .addr = 0x0a00000a, .path_id = 6 },
	},
};

/* RFC 4271 9.1.2, 4456 9, 5004. */
static void each_step_decides_before_the_later_ones(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(duels); i++) {
		for (uint32_t first = 0; first < 2; first++) {
			const struct entrant e[2] = { duels[i].winner, duels[i].loser };
			struct arena_of_paths a;

			setup(&a, e, 2, 1);
			offer(&a, first);
			offer(&a, 1 - first);
			CU_ASSERT_TRUE(path_of(&a, 0)->flags & RIB_PATH_BEST);
			CU_ASSERT_EQUAL(path_of(&a, 0)->reason, RIB_REASON_NONE);
			CU_ASSERT_FALSE(path_of(&a, 1)->flags & RIB_PATH_BEST);
			CU_ASSERT_EQUAL(path_of(&a, 1)->reason, duels[i].step);
			if (path_of(&a, 1)->reason != duels[i].step)
				printf("# duel: %s\n", duels[i].name);
			teardown(&a);
		}
	}
}

/* The cycle that makes pairwise comparison depend on the order: MED orders only the first two. */
/* RFC 4271 9.1.2.2 c. */
static void med_cycle_has_one_outcome(void)
{
	static const struct entrant e[3] = {
		{ .router_id = 1, .at = { .path_len = 2, .med = 20, .first_as = 1 } },
		{ .router_id = 3, .at = { .path_len = 2, .med = 10, .first_as = 1 } },
		{ .router_id = 2, .at = { .path_len = 2, .med = 30, .first_as = 2 } },
	};
	static const uint8_t orders[6][3] = {
		{ 0, 1, 2 },
		{ 0, 2, 1 },
		{ 1, 0, 2 },
		{ 1, 2, 0 },
		{ 2, 0, 1 },
		{ 2, 1, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(orders); i++) {
		struct arena_of_paths a;

		setup(&a, e, 3, 1);
		for (size_t k = 0; k < 3; k++)
			offer(&a, orders[i][k]);
		CU_ASSERT_EQUAL(path_of(&a, 0)->reason, RIB_REASON_STEP_MED);
		CU_ASSERT_EQUAL(path_of(&a, 1)->reason, RIB_REASON_STEP_ROUTER_ID);
		CU_ASSERT_TRUE(path_of(&a, 2)->flags & RIB_PATH_BEST);
		teardown(&a);
	}
}

static struct entrant random_entrant(uint32_t i)
{
	return (struct entrant){
		.kind = cu_random_below(8) ? RIB_SOURCE_BGP : cu_random_below(RIB_SOURCE_COUNT),
		.ibgp = cu_random_below(4) == 0,
		.router_id = 1 + cu_random_below(3),
		.addr = 0x0a000001 + i,
		.flags = cu_random_below(10) ? 0 : RIB_PATH_LOCAL,
		.at = {
			.local_pref = 100 + cu_random_below(8) / 7,
			.path_len = (uint8_t)(2 + cu_random_below(8) / 7),
			.med = cu_random_below(3),
			.first_as = 65001 + cu_random_below(3),
			.clusters = (uint8_t)cu_random_below(2),
		},
	};
}

static void shuffle(uint32_t *order, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		order[i] = i;
	for (uint32_t i = n; i > 1; i--) {
		const uint32_t k = cu_random_below(i);
		const uint32_t t = order[k];

		order[k] = order[i - 1];
		order[i - 1] = t;
	}
}

static void outcome_does_not_depend_on_the_order_of_arrival(void)
{
	for (uint32_t round = 0; round < 200; round++) {
		const uint32_t n = 2 + cu_random_below(MAX_ENTRANTS - 1);
		struct entrant e[MAX_ENTRANTS];
		uint8_t flags[MAX_ENTRANTS];
		uint8_t reason[MAX_ENTRANTS];
		struct arena_of_paths a;

		for (uint32_t i = 0; i < n; i++)
			e[i] = random_entrant(i);
		setup(&a, e, n, (uint8_t)(1 + cu_random_below(4)));
		rib_set_options(a.r,
			&(struct rib_options){ .med_always = cu_random_below(2),
				.med_missing = cu_random_below(2),
				.relax = cu_random_below(2) });
		for (uint32_t again = 0; again < 8; again++) {
			uint32_t order[MAX_ENTRANTS];

			shuffle(order, n);
			for (uint32_t i = 0; i < n; i++)
				offer(&a, order[i]);
			for (uint32_t i = 0; i < n; i++) {
				const struct rib_path *p = path_of(&a, i);

				CU_ASSERT_TRUE_FATAL(again == 0 || p->flags == flags[i]);
				CU_ASSERT_TRUE_FATAL(again == 0 || p->reason == reason[i]);
				flags[i] = p->flags;
				reason[i] = p->reason;
			}
			shuffle(order, n);
			for (uint32_t i = 0; i < n; i++)
				withdraw(&a, order[i]);
		}
		teardown(&a);
	}
}

static void multipath_takes_equals_up_to_the_limit(void)
{
	struct entrant e[5];
	struct arena_of_paths a;
	struct prefix key;
	bool started = false;

	for (uint32_t i = 0; i < 5; i++)
		e[i] = (struct entrant){ .router_id = 5 - i,
			.addr = i + 1,
			.at = { .path_len = 2, .first_as = 65001 + i } };
	e[4].at.path_len = 3;
	setup(&a, e, 5, 3);
	rib_set_options(a.r, &(struct rib_options){ .relax = true });
	for (uint32_t i = 0; i < 5; i++)
		offer(&a, i);
	CU_ASSERT_EQUAL(path_of(&a, 3)->flags, RIB_PATH_BEST);
	CU_ASSERT_EQUAL(path_of(&a, 2)->flags, RIB_PATH_MULTIPATH);
	CU_ASSERT_EQUAL(path_of(&a, 1)->flags, RIB_PATH_MULTIPATH);
	CU_ASSERT_EQUAL(path_of(&a, 0)->flags, 0);
	CU_ASSERT_EQUAL(path_of(&a, 0)->reason, RIB_REASON_STEP_MULTIPATH_LIMIT);
	CU_ASSERT_EQUAL(path_of(&a, 2)->reason, RIB_REASON_STEP_ROUTER_ID);
	CU_ASSERT_EQUAL(path_of(&a, 4)->reason, RIB_REASON_STEP_AS_PATH_LENGTH);

	rib_set_max_paths(a.r, 1);
	while (rib_redecide_slice(a.r, &key, &started, 1))
		;
	CU_ASSERT_EQUAL(path_of(&a, 3)->flags, RIB_PATH_BEST);
	CU_ASSERT_EQUAL(path_of(&a, 2)->flags, 0);
	CU_ASSERT_EQUAL(path_of(&a, 0)->reason, RIB_REASON_STEP_ROUTER_ID);
	teardown(&a);
}

static void redecide(struct arena_of_paths *a, struct rib_options o)
{
	struct prefix key;
	bool started = false;

	rib_set_options(a->r, &o);
	while (rib_redecide_slice(a->r, &key, &started, 1))
		;
}

static void a_team_carries_together_whatever_its_paths(void)
{
	static const struct entrant e[5] = {
		{ .kind = RIB_SOURCE_PEERING,
			.team = 1,
			.at = { .local_pref = 100, .path_len = 1 } },
		{ .kind = RIB_SOURCE_PEERING,
			.team = 1,
			.at = { .local_pref = 100, .path_len = 3 } },
		{ .kind = RIB_SOURCE_PEERING, .team = 1, .at = { .local_pref = 50 } },
		{ .kind = RIB_SOURCE_PEERING,
			.team = 2,
			.at = { .local_pref = 100, .path_len = 3 } },
		{ .kind = RIB_SOURCE_PEERING, .at = { .local_pref = 100, .path_len = 2 } },
	};
	struct arena_of_paths a;

	setup(&a, e, 5, 8);
	for (uint32_t i = 0; i < 5; i++)
		offer(&a, i);
	CU_ASSERT_EQUAL(path_of(&a, 0)->flags, RIB_PATH_BEST);
	CU_ASSERT_EQUAL(path_of(&a, 1)->flags, RIB_PATH_MULTIPATH);
	CU_ASSERT_EQUAL(path_of(&a, 1)->reason, RIB_REASON_STEP_AS_PATH_LENGTH);
	for (uint32_t i = 2; i < 5; i++)
		CU_ASSERT_EQUAL(path_of(&a, i)->flags, 0);
	rib_source_set_team(a.src[1], 0);
	redecide(&a, (struct rib_options){ .relax = false });
	CU_ASSERT_EQUAL(path_of(&a, 1)->flags, 0);
	rib_source_set_team(a.src[1], 1);
	rib_set_max_paths(a.r, 1);
	redecide(&a, (struct rib_options){ .relax = false });
	CU_ASSERT_EQUAL(path_of(&a, 1)->flags, 0);
	teardown(&a);
}

/* Which of four of a team carry with the best one when there is room for three, by their order. */
static uint32_t who_carries(const struct entrant *e, const uint32_t *order)
{
	struct arena_of_paths a;
	uint32_t who = 0;

	setup(&a, e, 4, 3);
	for (uint32_t i = 0; i < 4; i++)
		offer(&a, order[i]);
	for (uint32_t i = 0; i < 4; i++)
		who |= path_of(&a, i)->flags & (RIB_PATH_BEST | RIB_PATH_MULTIPATH) ? 1u << i : 0;
	teardown(&a);
	return who;
}

static void the_better_ones_of_a_team_carry_whatever_their_order(void)
{
	static const struct entrant e[4] = {
		{ .kind = RIB_SOURCE_PEERING, .team = 1, .addr = 1, .at = { .path_len = 3 } },
		{ .kind = RIB_SOURCE_PEERING, .team = 1, .addr = 2, .at = { .path_len = 2 } },
		{ .kind = RIB_SOURCE_PEERING, .team = 1, .addr = 3, .at = { .path_len = 1 } },
		{ .kind = RIB_SOURCE_PEERING, .team = 1, .addr = 4, .at = { .path_len = 3 } },
	};
	uint32_t order[4];

	for (uint32_t n = 0; n < 256; n++) {
		uint32_t seen = 0;

		for (uint32_t i = 0; i < 4; i++)
			seen |= 1u << (order[i] = n >> 2 * i & 3);
		if (seen == 15)
			CU_ASSERT_EQUAL(who_carries(e, order), 7);
	}
}

static void only_one_neighbour_as_shares_unless_relaxed(void)
{
	static const struct entrant e[3] = {
		{ .router_id = 1, .addr = 1, .at = { .path_len = 2, .first_as = 65001 } },
		{ .router_id = 2, .addr = 2, .at = { .path_len = 2, .first_as = 65002 } },
		{ .router_id = 3, .addr = 3, .at = { .path_len = 2, .first_as = 65001 } },
	};
	struct arena_of_paths a;

	setup(&a, e, 3, 8);
	for (uint32_t i = 0; i < 3; i++)
		offer(&a, i);
	CU_ASSERT_EQUAL(path_of(&a, 0)->flags, RIB_PATH_BEST);
	CU_ASSERT_EQUAL(path_of(&a, 1)->flags, 0);
	CU_ASSERT_EQUAL(path_of(&a, 1)->reason, RIB_REASON_STEP_ROUTER_ID);
	CU_ASSERT_EQUAL(path_of(&a, 2)->flags, RIB_PATH_MULTIPATH);
	redecide(&a, (struct rib_options){ .relax = true });
	CU_ASSERT_EQUAL(path_of(&a, 1)->flags, RIB_PATH_MULTIPATH);
	redecide(&a, (struct rib_options){ .relax = false });
	CU_ASSERT_EQUAL(path_of(&a, 1)->flags, 0);
	teardown(&a);
}

static void internal_paths_share_if_they_are_one_as_path(void)
{
	static const struct entrant e[3] = {
		{ .ibgp = true, .router_id = 1, .at = { .path_len = 2, .first_as = 65001 } },
		{ .ibgp = true, .router_id = 2, .at = { .path_len = 2, .first_as = 65001 } },
		{ .ibgp = true, .router_id = 3, .at = { .path_len = 2, .first_as = 65002 } },
	};
	struct arena_of_paths a;

	setup(&a, e, 3, 8);
	for (uint32_t i = 0; i < 3; i++)
		offer(&a, i);
	CU_ASSERT_EQUAL(path_of(&a, 1)->flags, RIB_PATH_MULTIPATH);
	CU_ASSERT_EQUAL(path_of(&a, 2)->flags, 0);
	teardown(&a);
}

static void what_drops_never_shares_with_what_forwards(void)
{
	static const struct entrant e[2] = {
		{ .router_id = 1, .flags = RIB_PATH_BLACKHOLE },
		{ .router_id = 2 },
	};
	struct arena_of_paths a;

	setup(&a, e, 2, 8);
	offer(&a, 0);
	offer(&a, 1);
	CU_ASSERT_EQUAL(path_of(&a, 0)->flags, RIB_PATH_BEST | RIB_PATH_BLACKHOLE);
	CU_ASSERT_EQUAL(path_of(&a, 1)->flags, 0);
	teardown(&a);
}

static void meds_are_compared_as_the_options_say(void)
{
	static const struct entrant e[2] = {
		{ .router_id = 1, .at = { .path_len = 1, .first_as = 65001, .med = 20 } },
		{ .router_id = 2, .at = { .path_len = 1, .first_as = 65002, .med = 10 } },
	};
	struct arena_of_paths a;
	struct rib_compare why;

	setup(&a, e, 2, 1);
	offer(&a, 0);
	offer(&a, 1);
	CU_ASSERT_TRUE(path_of(&a, 0)->flags & RIB_PATH_BEST);
	CU_ASSERT_EQUAL(path_of(&a, 1)->reason, RIB_REASON_STEP_ROUTER_ID);
	redecide(&a, (struct rib_options){ .med_always = true });
	CU_ASSERT_TRUE(path_of(&a, 1)->flags & RIB_PATH_BEST);
	CU_ASSERT_EQUAL(path_of(&a, 0)->reason, RIB_REASON_STEP_MED);
	CU_ASSERT_TRUE(rib_compare(a.r,
		rib_path_next(rib_path(a.r, rib_net(a.r, rib_find(a.r, &a.pfx))->paths)), &why));
	CU_ASSERT_EQUAL(why.mine.number, 20);
	CU_ASSERT_EQUAL(why.theirs.number, 10);
	teardown(&a);
}

static void an_absent_med_is_the_best_or_the_worst(void)
{
	static const struct entrant e[2] = {
		{ .router_id = 2, .at = { .path_len = 1 } },
		{ .router_id = 1, .at = { .path_len = 1, .med = 10 } },
	};
	struct arena_of_paths a;

	setup(&a, e, 2, 1);
	offer(&a, 0);
	offer(&a, 1);
	CU_ASSERT_TRUE(path_of(&a, 0)->flags & RIB_PATH_BEST);
	CU_ASSERT_EQUAL(path_of(&a, 1)->reason, RIB_REASON_STEP_MED);
	redecide(&a, (struct rib_options){ .med_missing = true });
	CU_ASSERT_TRUE(path_of(&a, 1)->flags & RIB_PATH_BEST);
	CU_ASSERT_EQUAL(path_of(&a, 0)->reason, RIB_REASON_STEP_MED);
	teardown(&a);
}

static void rejected_path_is_never_chosen(void)
{
	static const struct entrant e[2] = { { .router_id = 1 }, { .router_id = 2 } };
	struct arena_of_paths a;
	struct rib_offer o;

	setup(&a, e, 2, 1);
	o = (struct rib_offer){ .pfx = a.pfx, .in = a.at[0], .reject = RIB_REASON_POLICY };
	CU_ASSERT_EQUAL(rib_update(a.r, a.src[0], &o), 0);
	CU_ASSERT_PTR_NULL(rib_net_best(a.r, rib_find(a.r, &a.pfx)));
	CU_ASSERT_EQUAL(rib_count_best(a.r), 0);
	offer(&a, 1);
	CU_ASSERT_TRUE(path_of(&a, 1)->flags & RIB_PATH_BEST);
	CU_ASSERT_EQUAL(path_of(&a, 0)->reason, RIB_REASON_POLICY);
	CU_ASSERT_EQUAL(rib_count_best(a.r), 1);
	offer(&a, 0);
	CU_ASSERT_TRUE(path_of(&a, 0)->flags & RIB_PATH_BEST);
	CU_ASSERT_EQUAL(rib_update(a.r, a.src[0], &o), 0);
	CU_ASSERT_TRUE(path_of(&a, 1)->flags & RIB_PATH_BEST);
	CU_ASSERT_EQUAL(a.src[0]->n_paths, 1);
	CU_ASSERT_EQUAL(a.src[0]->n_accepted, 0);
	teardown(&a);
}

static void every_reason_has_a_word(void)
{
	CU_ASSERT_STRING_EQUAL(rib_reason_name(RIB_REASON_NONE), "");
	CU_ASSERT_STRING_EQUAL(rib_reason_name(RIB_REASON_COUNT), "");
	for (int i = 1; i < RIB_REASON_COUNT; i++) {
		CU_ASSERT(strlen(rib_reason_name((enum rib_reason)i)) > 0);
		for (int k = 1; k < i; k++)
			CU_ASSERT_STRING_NOT_EQUAL(rib_reason_name((enum rib_reason)i),
				rib_reason_name((enum rib_reason)k));
	}
}

/* Of random paths, with MEDs that make no order of them. */
static void the_rank_is_the_order_in_which_paths_succeed_each_other(void)
{
	struct entrant e[MAX_ENTRANTS];
	uint32_t ranked[MAX_ENTRANTS];
	struct arena_of_paths a;

	for (uint32_t round = 0; round < 300; round++) {
		const uint32_t max = 1 + cu_random_below(MAX_ENTRANTS);
		uint32_t n;

		memset(e, 0, sizeof(e));
		for (uint32_t i = 0; i < MAX_ENTRANTS; i++) {
			e[i].router_id = 1 + i;
			e[i].addr = 1 + i;
			e[i].ibgp = cu_random_below(2);
			e[i].at = (struct kit_attrs){
				.path_len = (uint16_t)(1 + cu_random_below(2)),
				.med = cu_random_below(3),
				.first_as = 1 + cu_random_below(2),
			};
		}
		setup(&a, e, MAX_ENTRANTS, 4);
		for (uint32_t i = 0; i < MAX_ENTRANTS; i++)
			offer(&a, i);
		n = rib_rank(a.r, rib_find(a.r, &a.pfx), ranked, max);
		CU_ASSERT_EQUAL_FATAL(n, max);
		for (uint32_t i = 0; i < n; i++) {
			const struct rib_path *best = rib_net_best(a.r, rib_find(a.r, &a.pfx));

			CU_ASSERT_PTR_EQUAL_FATAL(rib_path(a.r, ranked[i]), best);
			for (uint32_t k = 0; k < MAX_ENTRANTS; k++) {
				if (a.src[k]->index == best->source) {
					withdraw(&a, k);
					break;
				}
			}
		}
		teardown(&a);
	}
}

static struct entrant random_comer(uint32_t i)
{
	return (struct entrant){
		.kind = cu_random_below(8) ? RIB_SOURCE_BGP : RIB_SOURCE_STATIC,
		.ibgp = cu_random_below(3) == 0,
		.router_id = 1 + cu_random_below(3),
		.addr = 1 + i,
		.flags = cu_random_below(8) ? 0 : RIB_PATH_LOCAL,
		.at = {
			.path_len = (uint8_t)(1 + cu_random_below(4) / 3),
			.first_as = 65001 + cu_random_below(3),
			.med = cu_random_below(3) ? 0 : cu_random_below(3),
			.llgr_stale = cu_random_below(8) == 0,
		},
	};
}

static void reject(struct arena_of_paths *a, uint32_t i)
{
	const struct rib_offer o = { .pfx = a->pfx, .in = a->at[i], .reject = RIB_REASON_POLICY };

	CU_ASSERT_EQUAL_FATAL(rib_update(a->r, a->src[i], &o), 0);
}

/* Flags and reason of each path, 0 = it is not there. */
static void note_marks(const struct arena_of_paths *a, uint32_t marks[MAX_ENTRANTS])
{
	for (uint32_t i = 0; i < a->n; i++) {
		const struct rib_path *p = path_of(a, i);

		marks[i] = p ? 1u << 31 | (uint32_t)p->flags << 8 | p->reason : 0;
	}
}

/* A newcomer is compared with the best path alone where that is enough. */
static void what_comes_leaves_what_a_decision_of_all_would(void)
{
	for (uint32_t round = 0; round < 500; round++) {
		const struct rib_options options = {
			.med_always = cu_random_below(4) == 0,
			.med_missing = cu_random_below(4) == 0,
		};
		uint32_t before[MAX_ENTRANTS];
		uint32_t after[MAX_ENTRANTS];
		struct entrant e[MAX_ENTRANTS];
		struct arena_of_paths a;

		const uint8_t max_paths = (uint8_t)(1 + round % 3);

		for (uint32_t i = 0; i < MAX_ENTRANTS; i++) {
			e[i] = random_comer(i);
			e[i].team = cu_random_below(2);
		}
		setup(&a, e, MAX_ENTRANTS, max_paths);
		rib_set_options(a.r, &options);
		for (uint32_t i = 0; i < 4 * MAX_ENTRANTS; i++) {
			const uint32_t k = i < MAX_ENTRANTS ? i : cu_random_below(MAX_ENTRANTS);

			if (i >= MAX_ENTRANTS && path_of(&a, k) && cu_random_below(2))
				withdraw(&a, k);
			else if (cu_random_below(8))
				offer(&a, k);
			else
				reject(&a, k);
			note_marks(&a, before);
			redecide(&a, options);
			note_marks(&a, after);
			CU_ASSERT_EQUAL_FATAL(memcmp(before, after, sizeof(after)), 0);
		}
		teardown(&a);
	}
}

static const struct cu_case cases[] = {
	CU_CASE(each_step_decides_before_the_later_ones),
	CU_CASE(med_cycle_has_one_outcome),
	CU_CASE(outcome_does_not_depend_on_the_order_of_arrival),
	CU_CASE(multipath_takes_equals_up_to_the_limit),
	CU_CASE(a_team_carries_together_whatever_its_paths),
	CU_CASE(the_better_ones_of_a_team_carry_whatever_their_order),
	CU_CASE(only_one_neighbour_as_shares_unless_relaxed),
	CU_CASE(internal_paths_share_if_they_are_one_as_path),
	CU_CASE(what_drops_never_shares_with_what_forwards),
	CU_CASE(meds_are_compared_as_the_options_say),
	CU_CASE(an_absent_med_is_the_best_or_the_worst),
	CU_CASE(rejected_path_is_never_chosen),
	CU_CASE(every_reason_has_a_word),
	CU_CASE(the_rank_is_the_order_in_which_paths_succeed_each_other),
	CU_CASE(what_comes_leaves_what_a_decision_of_all_would),
};
CU_SUITE(decision, cases);
