/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Best paths as they change: what is told of each step of the decision, of each way to disappear,
 * and whether a listener who only hears ends up with what the table has.
 */
#include <stdio.h>
#include <string.h>

#include "bgpd/engine_int.h"
#include "bgpd/monitor/monitor.h"
#include "bgpd/wire/bgp.h"
#include "tests/bgpd/engine/stage.h"

#define NETS  16
#define TURNS 3000

struct heard {
	struct prefix pfx;
	bool has_old;
	bool has_new;
	enum rib_reason why;
	uint8_t old_kind;
	char old_name[BGP_NAME_SIZE];
	char new_name[BGP_NAME_SIZE];
	enum rib_reason second; /* why the strongest other one lost */
};

struct ear {
	struct stage *s;
	struct bgp_monitor *m;
	unsigned n;
	unsigned n_ready;
	struct heard last;
	bool holds;
	const struct attrs *held[NETS]; /* what it takes for the best path of 20.0.k.0/24 */
};

static void on_changed(void *ctx, const struct bgp_change *c)
{
	const struct rib *r = bgp_instance_rib(c->instance, c->family);
	struct ear *e = ctx;
	struct heard *h = &e->last;

	e->n++;
	*h = (struct heard){ .pfx = c->pfx, .has_old = c->old, .has_new = c->best, .why = c->why };
	if (c->old) {
		h->old_kind = c->old->kind;
		memcpy(h->old_name, c->old->name, sizeof(h->old_name));
	}
	if (c->best)
		(void)bgp_source_name(rib_source_at(r, rib_path(r, c->best)->source), h->new_name);
	if (c->second)
		h->second = (enum rib_reason)rib_path(r, c->second)->reason;
	if (e->holds) {
		CU_ASSERT_PTR_EQUAL(e->held[c->pfx.b[2]], c->old ? c->old->attrs : NULL);
		e->held[c->pfx.b[2]] = c->best ? rib_path_attrs(r, rib_path(r, c->best)) : NULL;
	}
}

static void on_ready(void *ctx)
{
	((struct ear *)ctx)->n_ready++;
}

static const struct bgp_monitor_ops ops = { .changed = on_changed, .ready = on_ready };

static void listen_to(struct stage *s, struct ear *e)
{
	memset(e, 0, sizeof(*e));
	e->s = s;
	e->m = bgp_monitor_new(s->lab.a.e, &ops, e);
	lab_settle(&s->lab);
	CU_ASSERT_EQUAL(e->n_ready, 1);
	CU_ASSERT_EQUAL(e->n, 0);
}

static void close_both(struct stage *s, struct ear *e)
{
	CU_ASSERT_EQUAL(e->n_ready, 1);
	bgp_monitor_free(e->m);
	stage_close(s);
}

/* The next change, the only one since the last. */
static const struct heard *next(struct ear *e)
{
	e->n = 0;
	lab_settle(&e->s->lab);
	CU_ASSERT_EQUAL(e->n, 1);
	return &e->last;
}

static void only_what_follows_is_told(void)
{
	struct stage s;
	struct ear e;

	stage_open(&s);
	lab_announce(&s.lab.a, 0, 600); /* more than a slice */
	listen_to(&s, &e);
	lab_announce(&s.lab.a, 0, 601); /* of both families */
	lab_settle(&s.lab);
	CU_ASSERT_EQUAL(e.n, 2);
	CU_ASSERT_FALSE(e.last.has_old);
	CU_ASSERT_TRUE(e.last.has_new);
	lab_announce(&s.lab.a, 0, 0);
	e.n = 0;
	lab_settle(&s.lab);
	CU_ASSERT_EQUAL(e.n, 2 * 601);
	CU_ASSERT_EQUAL(e.last.why, RIB_REASON_WITHDRAWN);
	CU_ASSERT_EQUAL(e.last.old_kind, RIB_SOURCE_STATIC);
	CU_ASSERT_FALSE(e.last.has_new);
	close_both(&s, &e);
}

static void a_neighbour_says_changes_withdraws_and_goes(void)
{
	struct wire_attrs at = lab_raw_attrs(AF_INET);
	const struct heard *h;
	struct stage s;
	struct ear e;

	stage_open(&s);
	stage_raw_up_plainly(&s);
	listen_to(&s, &e);
	lab_raw_say(&s.raw, STAGE_PFX, &at);
	h = next(&e);
	CU_ASSERT_FALSE(h->has_old);
	CU_ASSERT_STRING_EQUAL(h->new_name, "127.0.0.2");
	at.has |= WIRE_HAS_MED;
	at.med = 7;
	lab_raw_say(&s.raw, STAGE_PFX, &at);
	h = next(&e);
	CU_ASSERT_EQUAL(h->why, RIB_REASON_REPLACED);
	CU_ASSERT_STRING_EQUAL(h->old_name, "127.0.0.2");
	CU_ASSERT_STRING_EQUAL(h->new_name, "127.0.0.2");
	lab_raw_say(&s.raw, STAGE_PFX, NULL);
	h = next(&e);
	CU_ASSERT_EQUAL(h->why, RIB_REASON_WITHDRAWN);
	CU_ASSERT_STRING_EQUAL(h->old_name, "127.0.0.2");
	CU_ASSERT_FALSE(h->has_new);
	lab_raw_say(&s.raw, STAGE_PFX, &at);
	(void)next(&e);
	bgp_peer_clear(s.lab.a.p, BGP_CLEAR_HARD);
	h = next(&e);
	CU_ASSERT_EQUAL(h->why, RIB_REASON_EXPORT_NO_SESSION);
	CU_ASSERT_STRING_EQUAL(h->old_name, "127.0.0.2");
	close_both(&s, &e);
}

/* A session that takes its path away leaves it to the next best one. */
static void the_next_best_one_is_told_with_the_step(void)
{
	static const struct made m[] = {
		{ .local_pref = 300, .addr = "10.0.0.7" },
		{ .local_pref = 200, .addr = "10.0.0.8" },
		{ .local_pref = 100, .addr = "10.0.0.9" },
	};
	const struct prefix pfx = lab_prefix(STAGE_PFX);
	const struct heard *h;
	struct stage s;
	struct ear e;

	stage_open(&s);
	for (unsigned i = 0; i < ARRAY_SIZE(m); i++)
		stage_make(&s, i, &m[i], 0);
	listen_to(&s, &e);
	CU_ASSERT_EQUAL(rib_withdraw(bgp_instance_rib(s.lab.a.i, BGP_FAMILY_IP4), s.made[0], &pfx,
				0),
		0);
	h = next(&e);
	CU_ASSERT_STRING_EQUAL(h->old_name, "10.0.0.7");
	CU_ASSERT_STRING_EQUAL(h->new_name, "10.0.0.8");
	CU_ASSERT_EQUAL(h->second, RIB_REASON_STEP_LOCAL_PREF);
	close_both(&s, &e);
}

static void a_policy_that_refuses_says_so(void)
{
	const struct wire_attrs at = lab_raw_attrs(AF_INET);
	struct bgp_peer_conf c;
	const struct heard *h;
	struct stage s;
	struct ear e;

	stage_open(&s);
	stage_raw_up_plainly(&s);
	listen_to(&s, &e);
	lab_raw_say(&s.raw, "30.0.99.0/24", &at);
	(void)next(&e);
	bgp_engine_set_policy(s.lab.a.e, stage_policy());
	c = *lab_view(s.lab.a.p).conf;
	c.has_import = true;
	c.import_policy = "m";
	bgp_peer_reconf(s.lab.a.p, &c);
	h = next(&e);
	CU_ASSERT_EQUAL(h->why, RIB_REASON_POLICY);
	CU_ASSERT_FALSE(h->has_new);
	close_both(&s, &e);
}

/* The loser is there, then the winner comes: a row a step. */
#define PEER(n) .router_id = 1, .addr = "10.0.0." #n

static void every_step_at_which_the_old_one_loses(void)
{
	static const struct {
		struct made winner;
		struct made loser;
		enum rib_reason why;
	} rows[] = {
		{ { PEER(7), .kind = RIB_SOURCE_STATIC }, { PEER(8) }, RIB_REASON_STEP_WEIGHT },
		{ { PEER(7) }, { PEER(8), .is_llgr_stale = true }, RIB_REASON_STEP_LLGR_STALE },
		{ { PEER(7) }, { PEER(8), .is_last_resort = true }, RIB_REASON_STEP_LAST_RESORT },
		{ { PEER(7), .local_pref = 300 }, { PEER(8) }, RIB_REASON_STEP_LOCAL_PREF },
		{ { PEER(7) }, { PEER(8), .path_len = 3 }, RIB_REASON_STEP_AS_PATH_LENGTH },
		{ { PEER(7) }, { PEER(8), .origin = BGP_ORIGIN_EGP }, RIB_REASON_STEP_ORIGIN },
		{ { PEER(7), .path_len = 1 }, { PEER(8), .path_len = 1, .med = 9 },
			RIB_REASON_STEP_MED },
		{ { PEER(7) }, { PEER(8), .ibgp = true }, RIB_REASON_STEP_EBGP },
		{ { PEER(7), .originator = 1 }, { PEER(8), .originator = 5 },
			RIB_REASON_STEP_ROUTER_ID },
		{ { PEER(7) }, { PEER(8), .clusters = 3 }, RIB_REASON_STEP_CLUSTER_LENGTH },
		{ { PEER(7) }, { PEER(8) }, RIB_REASON_STEP_ADDRESS },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct heard *h;
		struct stage s;
		struct ear e;

		stage_open(&s);
		listen_to(&s, &e);
		stage_make(&s, 0, &rows[i].loser, 0);
		(void)next(&e);
		stage_make(&s, 1, &rows[i].winner, 0);
		h = next(&e);
		CU_ASSERT_EQUAL(h->why, rows[i].why);
		CU_ASSERT_EQUAL(h->second, rows[i].why);
		CU_ASSERT_TRUE(h->has_old && h->has_new);
		close_both(&s, &e);
	}
}

/* Between two slices only the outcome counts. */
static void what_comes_and_goes_at_once_is_not_told(void)
{
	static const struct made m = { PEER(7) };
	const struct prefix pfx = lab_prefix(STAGE_PFX);
	struct stage s;
	struct ear e;

	stage_open(&s);
	listen_to(&s, &e);
	stage_make(&s, 0, &m, 0);
	CU_ASSERT_EQUAL(rib_withdraw(bgp_instance_rib(s.lab.a.i, BGP_FAMILY_IP4), s.made[0], &pfx,
				0),
		0);
	lab_settle(&s.lab);
	CU_ASSERT_EQUAL(e.n, 0);
	close_both(&s, &e);
}

static void a_pause_puts_changes_of_a_net_together(void)
{
	static const struct made m[] = { { PEER(7) }, { PEER(8), .local_pref = 200 } };
	struct stage s;
	struct ear e;

	stage_open(&s);
	listen_to(&s, &e);
	bgp_monitor_pause(e.m, true);
	for (unsigned i = 0; i < ARRAY_SIZE(m); i++) {
		stage_make(&s, i, &m[i], 0);
		lab_settle(&s.lab);
	}
	CU_ASSERT_EQUAL(e.n, 0);
	bgp_monitor_pause(e.m, false);
	CU_ASSERT_STRING_EQUAL(next(&e)->new_name, "10.0.0.8");
	CU_ASSERT_FALSE(e.last.has_old);
	close_both(&s, &e);
}

static void instances_that_come_are_told_and_those_that_go_are_not(void)
{
	static const struct made m = { PEER(7) };
	struct stage s;
	struct ear e;

	stage_open(&s);
	listen_to(&s, &e);
	stage_make(&s, 0, &m, 0);
	(void)next(&e);
	stage_edge(&s, KIND(BGP), false);
	CU_ASSERT_STRING_EQUAL(next(&e)->new_name, "p1");
	e.n = 0;
	bgp_instance_free(s.vpc);
	lab_settle(&s.lab);
	CU_ASSERT_EQUAL(e.n, 0);
	close_both(&s, &e);
}

/* Sources come and go, and so do their numbers; the listener knows all the same. */
static void who_only_listens_knows_the_table(void)
{
	struct bgp_table *t;
	struct stage s;
	struct ear e;

	stage_open(&s);
	t = &s.lab.a.i->table[BGP_FAMILY_IP4];
	listen_to(&s, &e);
	e.holds = true;
	for (unsigned k = 0; k < TURNS; k++) {
		const unsigned n = cu_random_below(3);
		const struct made m = { .local_pref = 100 + cu_random_below(3) };
		struct attrs *at = stage_attrs(&s, &m);
		struct rib_offer o = { .in = at, .attrs = at };

		if (!s.made[n])
			s.made[n] = rib_source_new(t->rib,
				&(struct rib_source){ .addr = ip_from_v4(cu_random_below(4)) });
		o.pfx = lab_nth(AF_INET, cu_random_below(NETS));
		if (cu_random_below(3) == 0)
			(void)rib_withdraw(t->rib, s.made[n], &o.pfx, 0);
		else
			CU_ASSERT_EQUAL(rib_update(t->rib, s.made[n], &o), 0);
		attrs_unref(s.lab.a.e->attrs, at);
		if (cu_random_below(50) == 0) {
			table_bury(t, s.made[n]);
			s.made[n] = NULL;
		}
		if (cu_random_below(4) == 0)
			(void)loop_turn(s.lab.l);
	}
	lab_settle(&s.lab);
	for (unsigned k = 0; k < NETS; k++) {
		const struct prefix pfx = lab_nth(AF_INET, k);
		const uint32_t net = rib_find(t->rib, &pfx);
		const struct rib_path *best = net ? rib_net_best(t->rib, net) : NULL;

		CU_ASSERT_PTR_EQUAL(e.held[k], best ? rib_path_attrs(t->rib, best) : NULL);
	}
	close_both(&s, &e);
}

static const struct cu_case cases[] = {
	CU_CASE(only_what_follows_is_told),
	CU_CASE(a_neighbour_says_changes_withdraws_and_goes),
	CU_CASE(the_next_best_one_is_told_with_the_step),
	CU_CASE(a_policy_that_refuses_says_so),
	CU_CASE(every_step_at_which_the_old_one_loses),
	CU_CASE(what_comes_and_goes_at_once_is_not_told),
	CU_CASE(a_pause_puts_changes_of_a_net_together),
	CU_CASE(instances_that_come_are_told_and_those_that_go_are_not),
	CU_CASE(who_only_listens_knows_the_table),
};
CU_SUITE(monitor, cases);
