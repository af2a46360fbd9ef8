/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Route limits: each action, the warning, and the way back.
 */
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
static void surplus_is_discarded_and_comes_when_the_limit_is_raised(void)
{
	struct lab lab;

	open_lab(&lab, 100, BGP_LIMIT_DISCARD);
	lab_announce(&lab.b, 0, 130);
	lab_settle(&lab);
	CU_ASSERT_TRUE(lab_is_up(&lab.a));
	CU_ASSERT_EQUAL(lab_view(lab.a.p).received, 200);
	CU_ASSERT_EQUAL(lab_view(lab.a.p).discarded, 60);
	CU_ASSERT_EQUAL(lab_routes(&lab.a, 1, BGP_FAMILY_IP4), 100);
	CU_ASSERT_EQUAL(lab.a.fib.events[BGP_EVENT_LIMIT_REACHED], 2); /* once a family */
	set_limit(&lab, 200, BGP_LIMIT_DISCARD);
	lab_settle(&lab);
	CU_ASSERT_EQUAL(lab_view(lab.a.p).received, 260);
	CU_ASSERT_EQUAL(lab_view(lab.a.p).discarded, 0);
	CU_ASSERT_EQUAL(lab.a.fib.n_dead, 0);
	lab_check_fib(&lab.a, lab.a.i);
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

static const struct cu_case cases[] = {
	CU_CASE(surplus_is_discarded_and_comes_when_the_limit_is_raised),
	CU_CASE(a_known_prefix_may_change_at_the_limit),
	CU_CASE(a_warning_is_given_once_a_crossing),
	CU_CASE(a_second_warning_comes_close_to_the_limit),
	CU_CASE(what_is_installed_stays_when_the_surplus_is_discarded),
	CU_CASE(teardown_stays_down_until_it_is_cleared),
	CU_CASE(restart_comes_back_by_itself),
};
CU_SUITE(limit, cases);
