/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Route limits: each action, the warning, the way back, and restarts of the neighbour.
 */
#include <string.h>

#include "bgpd/engine_int.h"
#include "tests/bgpd/engine/lab.h"

static void set_limit(struct lab *lab, uint32_t max, enum bgp_limit_action action)
{
	struct bgp_peer_conf c = *lab_view(lab->a.p).conf;

	c.limit_max = max;
	c.limit_action = (uint8_t)action;
	c.limit_restart_s = 1;
	bgp_peer_reconf(lab->a.p, &c);
}

static void open_lab(struct lab *lab, uint32_t max, enum bgp_limit_action action)
{
	lab_init(lab);
	lab_connect(lab);
	set_limit(lab, max, action);
	lab_settle(lab);
	CU_ASSERT_TRUE(lab_is_up(&lab->a));
}

/* RFC 2918. */
static void surplus_comes_when_the_limit_only_warns(void)
{
	struct lab lab;

	open_lab(&lab, 100, BGP_LIMIT_DISCARD);
	lab_announce(&lab.b, 0, 130);
	lab_settle(&lab);
	CU_ASSERT_EQUAL(lab_view(lab.a.p).discarded, 60);
	set_limit(&lab, 100, BGP_LIMIT_WARN);
	lab_settle(&lab);
	CU_ASSERT_EQUAL(lab_view(lab.a.p).received, 260);
	CU_ASSERT_EQUAL(lab_view(lab.a.p).discarded, 0);
	lab_fini(&lab);
}

static void surplus_is_discarded_and_comes_when_the_limit_is_raised(void)
{
	struct lab lab;

	open_lab(&lab, 100, BGP_LIMIT_DISCARD);
	lab_announce(&lab.b, 0, 130);
	lab_settle(&lab);
	CU_ASSERT_TRUE(lab_is_up(&lab.a));
	CU_ASSERT_EQUAL(lab_view(lab.a.p).received, 200);
	CU_ASSERT_EQUAL(lab_view(lab.a.p).discarded, 60);
	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++) {
		struct bgp_peer_family_view v;

		bgp_peer_family_view(lab.a.p, (enum bgp_family)f, &v);
		CU_ASSERT_EQUAL(v.received, 100);
		CU_ASSERT_EQUAL(v.discarded, 30);
	}
	CU_ASSERT_EQUAL(lab_routes(&lab.a, 1, BGP_FAMILY_IP4), 100);
	CU_ASSERT_EQUAL(lab.a.fib.events[BGP_EVENT_LIMIT_REACHED], 2); /* once a family */
	set_limit(&lab, 200, BGP_LIMIT_DISCARD);
	lab_settle(&lab);
	CU_ASSERT_EQUAL(lab_view(lab.a.p).received, 260);
	CU_ASSERT_EQUAL(lab_view(lab.a.p).discarded, 0);
	CU_ASSERT_EQUAL(lab.a.fib.n_dead, 0);
	lab_check_fib(&lab.a, lab.a.i);
	lab_announce(&lab.b, 0, 230);
	lab_settle(&lab);
	CU_ASSERT_EQUAL(lab_view(lab.a.p).discarded, 60);
	bgp_peer_free(lab.b.p); /* of a session that is over nothing is missing */
	lab.b.p = NULL;
	CU_ASSERT_TRUE(lab_until_up(&lab, false));
	CU_ASSERT_EQUAL(lab_view(lab.a.p).discarded, 0);
	lab_fini(&lab);
}

static void a_known_prefix_may_change_at_the_limit(void)
{
	struct lab lab;

	open_lab(&lab, 100, BGP_LIMIT_DISCARD);
	lab_announce(&lab.b, 0, 100);
	lab_settle(&lab);
	bgp_peer_clear(lab.b.p, BGP_CLEAR_SOFT_OUT);
	lab_settle(&lab);
	/* begin and end of it, both families (RFC 7313) */
	CU_ASSERT_EQUAL(session_stats(lab_view(lab.b.p).session)->msgs_out[BGP_MSG_REFRESH], 4);
	CU_ASSERT_EQUAL(session_stats(lab_view(lab.a.p).session)->msgs_in[BGP_MSG_REFRESH], 4);
	CU_ASSERT_EQUAL(lab_view(lab.a.p).received, 200);
	CU_ASSERT_EQUAL(lab_view(lab.a.p).discarded, 0);
	lab_fini(&lab);
}

static void a_warning_is_given_once_a_crossing(void)
{
	struct lab lab;

	open_lab(&lab, 100, BGP_LIMIT_WARN);
	lab_announce(&lab.b, 0, 80);
	lab_settle(&lab);
	lab_announce(&lab.b, 0, 85);
	lab_settle(&lab);
	CU_ASSERT_EQUAL(lab.a.fib.events[BGP_EVENT_LIMIT_WARNING], 2);
	lab_announce(&lab.b, 0, 10);
	lab_settle(&lab);
	lab_announce(&lab.b, 0, 120);
	lab_settle(&lab);
	CU_ASSERT_EQUAL(lab.a.fib.events[BGP_EVENT_LIMIT_WARNING], 4);
	CU_ASSERT_EQUAL(lab.a.fib.events[BGP_EVENT_LIMIT_REACHED], 2);
	CU_ASSERT_EQUAL(lab_view(lab.a.p).received, 240); /* warn keeps all */
	lab_fini(&lab);
}

static void a_second_warning_comes_close_to_the_limit(void)
{
	struct lab lab;

	open_lab(&lab, 100, BGP_LIMIT_DISCARD);
	lab_announce(&lab.b, 0, 80);
	lab_settle(&lab);
	CU_ASSERT_EQUAL(lab.a.fib.events[BGP_EVENT_LIMIT_WARNING], 2); /* once a family */
	lab_announce(&lab.b, 0, 89);
	lab_settle(&lab);
	CU_ASSERT_EQUAL(lab.a.fib.events[BGP_EVENT_LIMIT_WARNING], 2);
	lab_announce(&lab.b, 0, 95);
	lab_settle(&lab);
	CU_ASSERT_EQUAL(lab.a.fib.events[BGP_EVENT_LIMIT_WARNING], 4);
	CU_ASSERT_EQUAL(lab.a.fib.events[BGP_EVENT_LIMIT_REACHED], 0);
	lab_fini(&lab);
}

static void what_is_installed_stays_when_the_surplus_is_discarded(void)
{
	struct lab lab;

	open_lab(&lab, 50, BGP_LIMIT_DISCARD);
	lab_announce(&lab.b, 0, 50);
	lab_settle(&lab);
	lab_announce(&lab.b, 0, 90);
	lab_settle(&lab);
	for (uint32_t k = 0; k < 50; k++) {
		const struct prefix p = lab_nth(AF_INET, k);

		CU_ASSERT_PTR_NOT_NULL(lab_route(&lab.a, 1, &p));
	}
	CU_ASSERT_EQUAL(lab_view(lab.a.p).discarded, 80);
	bgp_peer_clear(lab.b.p, BGP_CLEAR_SOFT_OUT); /* said again: counted, not swapped */
	lab_settle(&lab);
	for (uint32_t k = 0; k < 50; k++) {
		const struct prefix p = lab_nth(AF_INET, k);

		CU_ASSERT_PTR_NOT_NULL(lab_route(&lab.a, 1, &p));
	}
	CU_ASSERT_EQUAL(lab_view(lab.a.p).received, 100);
	lab_fini(&lab);
}

static void teardown_stays_down_until_it_is_cleared(void)
{
	struct lab lab;

	open_lab(&lab, 100, BGP_LIMIT_TEARDOWN);
	lab_announce(&lab.b, 0, 101);
	CU_ASSERT_TRUE(lab_until_up(&lab, false));
	lab_settle(&lab);
	CU_ASSERT_EQUAL(lab.a.fib.n_dead, 1);
	CU_ASSERT_EQUAL(lab_routes(&lab.a, 1, BGP_FAMILY_IP4), 0);
	CU_ASSERT_EQUAL(session_last_down(lab_view(lab.b.p).session)->subcode,
		BGP_ERR_CEASE_MAX_PREFIX);
	lab_announce(&lab.b, 0, 99);
	rig_run(&(struct rig){ .l = lab.l }, 1500); /* the other end tries again */
	CU_ASSERT_FALSE(lab_is_up(&lab.a));
	bgp_peer_clear(lab.a.p, BGP_CLEAR_HARD);
	CU_ASSERT_TRUE(lab_until_up(&lab, true));
	lab_settle(&lab);
	CU_ASSERT_EQUAL(lab_view(lab.a.p).received, 198);
	lab_fini(&lab);
}

static void restart_comes_back_by_itself(void)
{
	struct lab lab;

	open_lab(&lab, 100, BGP_LIMIT_RESTART);
	lab_announce(&lab.b, 0, 101);
	CU_ASSERT_TRUE(lab_until_up(&lab, false));
	lab_announce(&lab.b, 0, 100);
	CU_ASSERT_TRUE(lab_until_up(&lab, true));
	lab_settle(&lab);
	CU_ASSERT_EQUAL(lab_view(lab.a.p).received, 200);
	lab_check_fib(&lab.a, lab.a.i);
	lab_fini(&lab);
}

/* Also what the way through a group ends in: bgp_peer_reconf with another maximum. */
static void who_was_torn_down_is_back_when_the_limit_is_raised(void)
{
	static const enum bgp_limit_action actions[] = { BGP_LIMIT_TEARDOWN, BGP_LIMIT_RESTART };

	for (size_t i = 0; i < ARRAY_SIZE(actions); i++) {
		struct bgp_peer_conf c;
		struct lab lab;

		open_lab(&lab, 100, actions[i]);
		c = *lab_view(lab.a.p).conf;
		c.limit_restart_s = 3600;
		bgp_peer_reconf(lab.a.p, &c);
		lab_announce(&lab.b, 0, 120);
		CU_ASSERT_TRUE(lab_until_up(&lab, false));
		c.limit_max = 200;
		bgp_peer_reconf(lab.a.p, &c);
		CU_ASSERT_TRUE(lab_until_up(&lab, true));
		lab_settle(&lab);
		CU_ASSERT_EQUAL(lab_view(lab.a.p).received, 240);
		CU_ASSERT_FALSE(timer_is_armed(&lab.a.p->limit_timer));
		lab_check_fib(&lab.a, lab.a.i);
		lab_fini(&lab);
	}
}

struct change {
	uint32_t max;
	uint8_t warning;
	uint8_t action; /* enum bgp_limit_action */
	uint32_t restart_s;
	bool disabled;
};

/* Torn down beyond 100. */
static void open_stopped(struct lab *lab)
{
	open_lab(lab, 100, BGP_LIMIT_TEARDOWN);
	lab_announce(&lab->b, 0, 120);
	CU_ASSERT_TRUE_FATAL(lab_until_up(lab, false));
	CU_ASSERT_TRUE(lab->a.p->limit_stopped);
}

static void make_change(struct lab *lab, const struct change *ch)
{
	struct bgp_peer_conf c = *lab_view(lab->a.p).conf;

	c.session.enabled = !ch->disabled;
	c.limit_max = ch->max;
	c.limit_warning = ch->warning;
	c.limit_action = ch->action;
	c.limit_restart_s = ch->restart_s;
	bgp_peer_reconf(lab->a.p, &c);
}

/* The warning, the time, another way of being down, even less: one after the other. */
static void a_change_that_lets_nothing_in_keeps_it_down(void)
{
	static const struct change rows[] = {
		{ 100, 50, BGP_LIMIT_TEARDOWN, 60 }, { 100, 50, BGP_LIMIT_TEARDOWN, 3600 },
		{ 100, 0, BGP_LIMIT_RESTART, 3600 }, { 40, 0, BGP_LIMIT_TEARDOWN, 3600 },
		{ 90, 0, BGP_LIMIT_TEARDOWN, 3600 }, /* more than 40, but it had 100 */
	};
	struct lab lab;

	open_stopped(&lab);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		make_change(&lab, &rows[i]);
		CU_ASSERT_TRUE(lab.a.p->limit_stopped);
		CU_ASSERT_EQUAL(timer_is_armed(&lab.a.p->limit_timer),
			rows[i].action == BGP_LIMIT_RESTART);
	}
	lab_fini(&lab);
}

static void a_change_that_lets_it_in_brings_it_back(void)
{
	static const struct change rows[] = {
		{ 121, 0, BGP_LIMIT_TEARDOWN, 3600 },
		{ 0, 0, BGP_LIMIT_TEARDOWN, 3600 },
		{ 100, 0, BGP_LIMIT_DISCARD, 3600 },
		{ 100, 0, BGP_LIMIT_WARN, 3600 },
		{ 100, 0, BGP_LIMIT_TEARDOWN, 3600, .disabled = true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct lab lab;

		open_stopped(&lab);
		make_change(&lab, &rows[i]);
		CU_ASSERT_FALSE(lab.a.p->limit_stopped);
		if (i == 0) /* they all end in the same call */
			CU_ASSERT_TRUE(lab_until_up(&lab, true));
		lab_fini(&lab);
	}
}

/*
 * Graceful restart of the neighbour (RFC 4724).
 */

#define MAX 4

struct stage {
	struct lab lab;
	struct lab_raw raw;
};

static void say(struct stage *s, unsigned first, unsigned n)
{
	for (unsigned k = first; k < first + n; k++) {
		const struct wire_attrs at = lab_raw_attrs(AF_INET);
		char text[32];

		snprintf(text, sizeof(text), "20.0.%u.0/24", k);
		lab_raw_say(&s->raw, text, &at);
	}
	lab_settle(&s->lab);
}

static bool has(const struct stage *s, unsigned k)
{
	char text[32];

	snprintf(text, sizeof(text), "20.0.%u.0/24", k);
	return lab_path(s->lab.a.i, text) != NULL;
}

/* Up with as many routes as it may have. */
static void open_stage(struct stage *s, enum bgp_limit_action action)
{
	struct bgp_peer_conf c;

	memset(s, 0, sizeof(*s));
	lab_init(&s->lab);
	c = lab_peer_conf(&s->lab.a);
	c.session.passive = true;
	c.session.gr = true;
	c.session.gr_time_s = 120;
	c.limit_max = MAX;
	c.limit_action = (uint8_t)action;
	c.limit_restart_s = 3600;
	s->lab.a.p = bgp_peer_new(s->lab.a.i, &c);
	CU_ASSERT_TRUE_FATAL(lab_raw_up(&s->raw, &s->lab, true));
	say(s, 0, MAX);
	CU_ASSERT_EQUAL(lab_view(s->lab.a.p).received, MAX);
}

static void restart(struct stage *s)
{
	raw_close(&s->raw.raw);
	CU_ASSERT_TRUE(lab_until_up(&s->lab, false));
	lab_settle(&s->lab);
	CU_ASSERT_EQUAL(lab_view(s->lab.a.p).stale, MAX);
	CU_ASSERT_TRUE_FATAL(lab_raw_up(&s->raw, &s->lab, true));
	lab_settle(&s->lab);
}

static void close_stage(struct stage *s)
{
	raw_close(&s->raw.raw);
	lab_fini(&s->lab);
}

static void what_is_said_again_after_a_restart_is_no_surplus(void)
{
	static const enum bgp_limit_action actions[] = { BGP_LIMIT_WARN, BGP_LIMIT_DISCARD,
		BGP_LIMIT_TEARDOWN, BGP_LIMIT_RESTART };

	for (size_t i = 0; i < ARRAY_SIZE(actions); i++) {
		struct stage s;

		open_stage(&s, actions[i]);
		restart(&s);
		say(&s, 0, MAX);
		lab_raw_end_of_rib(&s.raw, BGP_FAMILY_IP4);
		lab_settle(&s.lab);
		CU_ASSERT_TRUE(lab_is_up(&s.lab.a));
		CU_ASSERT_EQUAL(lab_view(s.lab.a.p).received, MAX);
		CU_ASSERT_EQUAL(lab_view(s.lab.a.p).stale, 0);
		CU_ASSERT_EQUAL(lab_view(s.lab.a.p).discarded, 0);
		CU_ASSERT_EQUAL(s.lab.a.fib.events[BGP_EVENT_LIMIT_REACHED], 0);
		CU_ASSERT_EQUAL(s.lab.a.fib.n_dead, 0);
		lab_check_fib(&s.lab.a, s.lab.a.i);
		close_stage(&s);
	}
}

/* Each set is within the limit, though for a moment both are here. */
static void stale_paths_are_not_held_against_who_says_others(void)
{
	static const enum bgp_limit_action actions[] = { BGP_LIMIT_WARN, BGP_LIMIT_TEARDOWN,
		BGP_LIMIT_RESTART };

	for (size_t i = 0; i < ARRAY_SIZE(actions); i++) {
		struct stage s;

		open_stage(&s, actions[i]);
		restart(&s);
		say(&s, MAX, MAX);
		CU_ASSERT_TRUE(lab_is_up(&s.lab.a));
		CU_ASSERT_EQUAL(s.lab.a.fib.events[BGP_EVENT_LIMIT_REACHED], 0);
		lab_raw_end_of_rib(&s.raw, BGP_FAMILY_IP4);
		lab_settle(&s.lab);
		CU_ASSERT_EQUAL(lab_view(s.lab.a.p).received, MAX);
		CU_ASSERT_FALSE(has(&s, 0));
		CU_ASSERT_TRUE(has(&s, MAX));
		close_stage(&s);
	}
}

static void discard_keeps_stale_paths_until_their_end_and_then_asks(void)
{
	struct stage s;

	open_stage(&s, BGP_LIMIT_DISCARD);
	restart(&s);
	say(&s, MAX, MAX);
	CU_ASSERT_EQUAL(lab_view(s.lab.a.p).received, MAX);
	CU_ASSERT_EQUAL(lab_view(s.lab.a.p).discarded, MAX);
	CU_ASSERT_TRUE(has(&s, 0));
	CU_ASSERT_FALSE(timer_is_armed(&s.lab.a.p->limit_timer));
	lab_raw_end_of_rib(&s.raw, BGP_FAMILY_IP4);
	lab_settle(&s.lab);
	CU_ASSERT_FALSE(has(&s, 0));
	CU_ASSERT_TRUE(timer_is_armed(&s.lab.a.p->limit_timer)); /* to ask again */
	close_stage(&s);
}

/* One stale path said again is one too many, if as many others were said before. */
static void more_than_the_limit_tears_down_and_leaves_nothing_stale(void)
{
	for (unsigned back = 0; back < 2; back++) {
		struct stage s;

		open_stage(&s, BGP_LIMIT_TEARDOWN);
		if (back) {
			restart(&s);
			say(&s, MAX, MAX);
			CU_ASSERT_TRUE(lab_is_up(&s.lab.a));
		}
		say(&s, back ? 0 : MAX, 1);
		CU_ASSERT_TRUE(lab_until_up(&s.lab, false));
		lab_settle(&s.lab);
		CU_ASSERT_EQUAL(lab_view(s.lab.a.p).stale, 0);
		CU_ASSERT_EQUAL(lab_view(s.lab.a.p).received, 0);
		CU_ASSERT_EQUAL(lab_routes(&s.lab.a, 1, BGP_FAMILY_IP4), 0);
		CU_ASSERT_EQUAL(s.lab.a.fib.n_dead, 1);
		close_stage(&s);
	}
}

static const struct cu_case cases[] = {
	CU_CASE(surplus_comes_when_the_limit_only_warns),
	CU_CASE(surplus_is_discarded_and_comes_when_the_limit_is_raised),
	CU_CASE(a_known_prefix_may_change_at_the_limit),
	CU_CASE(a_warning_is_given_once_a_crossing),
	CU_CASE(a_second_warning_comes_close_to_the_limit),
	CU_CASE(what_is_installed_stays_when_the_surplus_is_discarded),
	CU_CASE(teardown_stays_down_until_it_is_cleared),
	CU_CASE(restart_comes_back_by_itself),
	CU_CASE(who_was_torn_down_is_back_when_the_limit_is_raised),
	CU_CASE(a_change_that_lets_nothing_in_keeps_it_down),
	CU_CASE(a_change_that_lets_it_in_brings_it_back),
	CU_CASE(what_is_said_again_after_a_restart_is_no_surplus),
	CU_CASE(stale_paths_are_not_held_against_who_says_others),
	CU_CASE(discard_keeps_stale_paths_until_their_end_and_then_asks),
	CU_CASE(more_than_the_limit_tears_down_and_leaves_nothing_stale),
};
CU_SUITE(limit, cases);
