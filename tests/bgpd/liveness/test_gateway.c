/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Static routes whose next hops are watched: when they are in the table, what the fib is told, and
 * what waits for them.
 */
#include <string.h>

#include "bgpd/engine_int.h"
#include "tests/bgpd/engine/lab.h"

#define ONE "198.51.100.0/24"
#define TWO "203.0.113.0/24"

struct stage {
	struct lab lab;
	struct bgp_local local[4];
	uint32_t n_locals;
	struct bgp_gateway gw[2];
	struct bgp_bfd_report said[2];
};

static struct ip_addr ip(const char *s)
{
	struct ip_addr a;

	CU_ASSERT_EQUAL_FATAL(ip_parse(s, &a), 0);
	return a;
}

static void set(struct stage *s, uint32_t n_gateways)
{
	bgp_instance_set_gateways(s->lab.a.i, s->gw, n_gateways);
	bgp_instance_set_locals(s->lab.a.i, s->local, s->n_locals);
	lab_settle(&s->lab);
}

static void put_route(struct stage *s, const char *prefix, unsigned gw, bool watched)
{
	s->local[s->n_locals++] = (struct bgp_local){
		.pfx = lab_prefix(prefix),
		.kind = RIB_SOURCE_STATIC,
		.has_nh = true,
		.watched = watched,
		.nh = nexthop_gateway(LAB_IFINDEX, &s->gw[gw].remote, 0),
	};
}

/* Routes ONE by both gateways, TWO by the first. */
static void open_stage(struct stage *s)
{
	static const char *const remote[] = { "10.0.0.8", "10.0.0.9" };

	memset(s, 0, sizeof(*s));
	lab_init(&s->lab);
	for (unsigned i = 0; i < 2; i++) {
		s->gw[i] = (struct bgp_gateway){ .device = "wan",
			.ifindex = LAB_IFINDEX,
			.local = ip("10.0.0.1"),
			.remote = ip(remote[i]),
			.bfd = { .on = true, .multiplier = 3, .min_tx_ms = 50, .min_rx_ms = 50 } };
		bgp_instance_set_gateways(s->lab.a.i, s->gw, i + 1);
		CU_ASSERT_TRUE(s->lab.a.bfd.on);
		CU_ASSERT_FALSE(s->lab.a.bfd.multihop);
		CU_ASSERT_TRUE(ip_is_equal(&s->lab.a.bfd.remote, &s->gw[i].remote));
		s->said[i].key = s->lab.a.bfd.key;
		s->said[i].generation = s->lab.a.bfd.generation;
		s->said[i].why = "control detection time expired";
	}
	CU_ASSERT_EQUAL(s->lab.a.n_bfd, 2);
	put_route(s, ONE, 0, true);
	put_route(s, ONE, 1, true);
	put_route(s, TWO, 0, true);
	set(s, 2);
}

static void report(struct stage *s, unsigned gw)
{
	bgp_instance_bfd(s->lab.a.i, &s->said[gw]);
	lab_settle(&s->lab);
}

static void rise(struct stage *s, unsigned gw)
{
	s->said[gw].up = true;
	report(s, gw);
}

static void die(struct stage *s, unsigned gw)
{
	s->said[gw].up = false;
	s->said[gw].downs++;
	s->said[gw].deaths++;
	report(s, gw);
}

/* Ways of a prefix in the kernel. */
static unsigned ways(const struct stage *s, const char *prefix)
{
	const struct prefix p = lab_prefix(prefix);
	const struct nhgroup *g = lab_route(&s->lab.a, 1, &p);

	return g ? g->n : 0;
}

static void a_route_comes_with_bfd_and_goes_with_a_death(void)
{
	const struct prefix p = lab_prefix(ONE);
	struct stage s;

	open_stage(&s);
	CU_ASSERT_EQUAL(ways(&s, ONE), 0);
	rise(&s, 0);
	CU_ASSERT_EQUAL(ways(&s, ONE), 1);
	CU_ASSERT_EQUAL(ways(&s, TWO), 1);
	CU_ASSERT_EQUAL(lab_route(&s.lab.a, 1, &p)->nh[0].live_key, s.said[0].key);
	CU_ASSERT_TRUE(s.lab.a.fib.neighbor.up);
	CU_ASSERT_EQUAL(s.lab.a.fib.neighbor.live_key, s.said[0].key);
	CU_ASSERT_EQUAL(s.lab.a.fib.neighbor.ifindex, LAB_IFINDEX);
	rise(&s, 1);
	CU_ASSERT_EQUAL(ways(&s, ONE), 2);
	CU_ASSERT_EQUAL(s.lab.a.fib.events[BGP_EVENT_BFD_UP], 2);
	die(&s, 0);
	CU_ASSERT_EQUAL(ways(&s, ONE), 1);
	CU_ASSERT_EQUAL(ways(&s, TWO), 0);
	CU_ASSERT_FALSE(s.lab.a.fib.neighbor.up);
	CU_ASSERT_EQUAL(s.lab.a.fib.events[BGP_EVENT_BFD_DOWN], 1);
	rise(&s, 0);
	CU_ASSERT_EQUAL(ways(&s, ONE), 2);
	CU_ASSERT_EQUAL(s.lab.a.fib.neighbor.deaths, 1);
	lab_check_fib(&s.lab.a, s.lab.a.i);
	lab_fini(&s.lab);
}

/* The worker was busy: the fib heard of the death at once, and must hear that it is over. */
static void a_death_that_is_over_when_it_is_heard_of_is_told_and_taken_back(void)
{
	struct stage s;
	unsigned n_dead;

	open_stage(&s);
	rise(&s, 0);
	n_dead = s.lab.a.fib.n_dead;
	s.said[0].downs += 2;
	s.said[0].deaths += 2;
	report(&s, 0);
	CU_ASSERT_EQUAL(s.lab.a.fib.n_dead, n_dead + 1);
	CU_ASSERT_TRUE(s.lab.a.fib.neighbor.up);
	CU_ASSERT_EQUAL(s.lab.a.fib.neighbor.deaths, 2);
	CU_ASSERT_EQUAL(ways(&s, TWO), 1);
	lab_fini(&s.lab);
}

static void who_says_admin_down_is_not_dead(void)
{
	struct stage s;

	open_stage(&s);
	rise(&s, 0);
	s.said[0].up = false;
	s.said[0].downs++;
	report(&s, 0);
	CU_ASSERT_EQUAL(ways(&s, TWO), 1);
	lab_fini(&s.lab);
}

static void what_is_watched_no_more_is_in_and_what_is_from_now_on_waits(void)
{
	struct stage s;
	uint32_t key;

	open_stage(&s);
	rise(&s, 0);
	for (unsigned i = 0; i < s.n_locals; i++)
		s.local[i].watched = false;
	set(&s, 0);
	CU_ASSERT_FALSE(s.lab.a.bfd.on);
	CU_ASSERT_EQUAL(s.lab.a.fib.n_gone, 2);
	CU_ASSERT_EQUAL(ways(&s, ONE), 2);
	CU_ASSERT_EQUAL(ways(&s, TWO), 1);
	key = s.said[0].key;
	s.local[2].watched = true;
	set(&s, 1);
	CU_ASSERT_EQUAL(ways(&s, ONE), 2);
	CU_ASSERT_EQUAL(ways(&s, TWO), 0);
	CU_ASSERT_NOT_EQUAL(s.lab.a.bfd.key, key); /* what is said of the old watch means nothing */
	report(&s, 0);
	CU_ASSERT_EQUAL(ways(&s, TWO), 0);
	lab_fini(&s.lab);
}

static void other_timers_are_asked_for_and_another_place_is_another_one(void)
{
	struct stage s;
	unsigned n_bfd;

	open_stage(&s);
	rise(&s, 0);
	n_bfd = s.lab.a.n_bfd;
	set(&s, 2);
	CU_ASSERT_EQUAL(s.lab.a.n_bfd, n_bfd);
	s.gw[0].bfd.min_tx_ms = 300;
	set(&s, 2);
	CU_ASSERT_EQUAL(s.lab.a.n_bfd, n_bfd + 1);
	CU_ASSERT_EQUAL(s.lab.a.bfd.key, s.said[0].key);
	CU_ASSERT_EQUAL(ways(&s, TWO), 1);
	s.gw[0].local = ip("10.0.0.3");
	set(&s, 2);
	CU_ASSERT_NOT_EQUAL(s.lab.a.bfd.key, s.said[0].key);
	CU_ASSERT_EQUAL(ways(&s, TWO), 0);
	lab_fini(&s.lab);
}

/* What an earlier life left in the kernel carries traffic until BFD has said a word. */
static void a_table_is_not_relearned_before_they_were_up(void)
{
	struct bgp_instance *i;
	struct stage s;

	open_stage(&s);
	i = lab_instance(&s.lab.a, 2);
	bgp_instance_set_gateways(i, s.gw, 1);
	s.said[0].key = s.lab.a.bfd.key;
	lab_settle(&s.lab);
	CU_ASSERT_FALSE(s.lab.a.fib.synced[2][0]);
	s.said[0].up = true;
	bgp_instance_bfd(i, &s.said[0]);
	lab_settle(&s.lab);
	CU_ASSERT_TRUE(s.lab.a.fib.synced[2][0] && s.lab.a.fib.synced[2][1]);
	lab_fini(&s.lab);
}

static const struct cu_case cases[] = {
	CU_CASE(a_route_comes_with_bfd_and_goes_with_a_death),
	CU_CASE(a_death_that_is_over_when_it_is_heard_of_is_told_and_taken_back),
	CU_CASE(who_says_admin_down_is_not_dead),
	CU_CASE(what_is_watched_no_more_is_in_and_what_is_from_now_on_waits),
	CU_CASE(other_timers_are_asked_for_and_another_place_is_another_one),
	CU_CASE(a_table_is_not_relearned_before_they_were_up),
};
CU_SUITE(gateway, cases);
