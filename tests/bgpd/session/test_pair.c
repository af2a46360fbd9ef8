/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two sessions that talk to each other: how they come up, what goes through, how they end.
 */
#include <stdlib.h>
#include <string.h>

#include "bgpd/session/slot.h"
#include "tests/bgpd/session/rig.h"
#include "tests/cu_main.h"

/* Both ends; B passive unless told otherwise. */
static void start_pair(struct rig *r, bool b_passive)
{
	struct session_conf a;
	struct session_conf b;

	rig_init(r);
	a = rig_conf(r, &r->a);
	b = rig_conf(r, &r->b);
	b.passive = b_passive;
	rig_add(&r->a, &a);
	rig_add(&r->b, &b);
	session_start(r->b.s);
	session_start(r->a.s);
}

static void a_pair_comes_up_and_agrees_on_everything(void)
{
	struct rig r;

	start_pair(&r, true);
	CU_ASSERT_TRUE_FATAL(rig_until_both_up(&r, 2000));
	CU_ASSERT_EQUAL(r.a.n_established, 1);
	CU_ASSERT_EQUAL(r.b.n_established, 1);
	CU_ASSERT_EQUAL(r.a.n_down + r.b.n_down, 0);
	CU_ASSERT_TRUE(r.a.ws.as4);
	CU_ASSERT_FALSE(r.a.ws.ibgp);
	CU_ASSERT_TRUE(r.a.ws.ext_message);
	CU_ASSERT_TRUE(r.a.ws.refresh);
	CU_ASSERT_TRUE(r.a.ws.enhanced_refresh);
	CU_ASSERT_EQUAL(r.a.ws.families, 3);
	CU_ASSERT_EQUAL(r.a.ws.ext_nexthop, 0);
	CU_ASSERT_EQUAL(r.a.ws.local_as, RIG_AS_A);
	CU_ASSERT_EQUAL(r.a.ws.peer_as, RIG_AS_B);
	CU_ASSERT_EQUAL(session_remote_id(r.a.s), RIG_ID_B);
	CU_ASSERT_EQUAL(session_hold_s(r.a.s), 30);
	CU_ASSERT_EQUAL(session_stats(r.a.s)->transitions, 1);
	CU_ASSERT_EQUAL(session_stats(r.a.s)->msgs_in[BGP_MSG_OPEN], 1);
	CU_ASSERT_PTR_NOT_NULL(session_wire(r.a.s));
	CU_ASSERT_EQUAL(session_last_down(r.a.s)->reason, SESSION_DOWN_COUNT);
	CU_ASSERT(ip_is_equal(&(struct ip_addr[]){ session_local_addr(r.a.s) }[0], &r.a.addr));
	rig_fini(&r);
}

static const struct cu_case cases[] = {
	CU_CASE(a_pair_comes_up_and_agrees_on_everything),
};

CU_SUITE(pair, cases);
