/* SPDX-License-Identifier: Apache-2.0 */
/* A table that lets in so many prefixes of edges and no more, whoever comes and goes. */
#include <string.h>

#include "bgpd/engine_int.h"
#include "tests/bgpd/engine/lab.h"

#define LIMIT    10
#define N_MAX    1500
#define DEV_A    21
#define DEV_B    22
#define WALK_SET 400

/* Tables 1 and 3 lead to 2, which has the limit. */
struct hall {
	struct lab lab;
	struct bgp_instance *a;
	struct bgp_instance *b;
	struct bgp_instance *to;
	struct bgp_edge_in *in_a;
	struct bgp_edge_in *in_b;
};

static struct bgp_edge_in *lead(struct bgp_instance *from, struct bgp_instance *to,
	const char *name, uint32_t dev)
{
	const struct nexthop nh = nexthop_device(dev);
	struct bgp_edge_conf c = { .kinds = 0xff };
	struct bgp_edge_in *in = bgp_edge_in_new(to, name, &nh);

	strcpy(c.name, name);
	bgp_edge_out_join(bgp_edge_out_new(from, &c, NULL, NULL), in);
	return in;
}

static void limit(struct hall *h, uint32_t places)
{
	struct bgp_instance_conf c = *bgp_instance_conf(h->to);

	c.places = places;
	c.places_warning = 75;
	bgp_instance_reconf(h->to, &c);
	lab_settle(&h->lab);
}

static void hall_init(struct hall *h, uint32_t places)
{
	lab_init(&h->lab);
	h->a = h->lab.a.i;
	h->to = lab_instance(&h->lab.a, 2);
	h->b = lab_instance(&h->lab.a, 3);
	limit(h, places);
	h->in_a = lead(h->a, h->to, "pa", DEV_A);
	h->in_b = lead(h->b, h->to, "pb", DEV_B);
}

static void hall_fini(struct hall *h)
{
	lab_check_fib(&h->lab.a, h->to);
	lab_fini(&h->lab);
}

/* The table has static routes to the prefixes with these numbers; it settles. */
static void offer(struct hall *h, struct bgp_instance *i, uint32_t first, uint32_t n)
{
	static struct bgp_local l[N_MAX];

	memset(l, 0, sizeof(l));
	for (uint32_t k = 0; k < n; k++) {
		l[k].pfx = lab_nth(AF_INET, first + k);
		l[k].kind = RIB_SOURCE_STATIC;
		l[k].has_nh = true;
		l[k].nh = nexthop_device(41);
	}
	bgp_instance_set_locals(i, l, n);
	lab_settle(&h->lab);
}

static uint32_t places(const struct hall *h)
{
	return bgp_instance_places(h->to, BGP_FAMILY_IP4);
}

static bool is_in(const struct hall *h, uint32_t k)
{
	const struct prefix p = lab_nth(AF_INET, k);

	return lab_route(&h->lab.a, 2, &p) != NULL;
}

static uint32_t n_in(const struct hall *h, uint32_t first, uint32_t n)
{
	uint32_t in = 0;

	for (uint32_t k = first; k < first + n; k++)
		in += is_in(h, k);
	return in;
}

static void what_is_beyond_is_refused_and_says_so(void)
{
	const struct prefix beyond = lab_nth(AF_INET, 12);
	struct hall h;
	const struct rib *r;
	const struct rib_path *p;

	hall_init(&h, LIMIT);
	offer(&h, h.a, 0, 15);
	CU_ASSERT_EQUAL(places(&h), LIMIT);
	CU_ASSERT_EQUAL(n_in(&h, 0, LIMIT), LIMIT);
	CU_ASSERT_EQUAL(lab_routes(&h.lab.a, 2, BGP_FAMILY_IP4), LIMIT);
	r = bgp_instance_rib(h.to, BGP_FAMILY_IP4);
	CU_ASSERT_EQUAL(rib_count_paths(r), 15);
	CU_ASSERT_TRUE_FATAL(rib_find(r, &beyond) != 0);
	p = rib_path(r, rib_net(r, rib_find(r, &beyond))->paths);
	CU_ASSERT_TRUE(places_is_waiting(p));
	CU_ASSERT_EQUAL(h.lab.a.fib.events[BGP_EVENT_LIMIT_WARNING], 1);
	CU_ASSERT_EQUAL(h.lab.a.fib.events[BGP_EVENT_LIMIT_REACHED], 1);
	hall_fini(&h);
}

static void routes_of_its_own_need_no_place(void)
{
	struct hall h;

	hall_init(&h, LIMIT);
	offer(&h, h.a, 0, 15);
	offer(&h, h.to, 12, 50); /* three of them are refused from the edge, and are static here */
	CU_ASSERT_EQUAL(places(&h), LIMIT);
	CU_ASSERT_EQUAL(lab_routes(&h.lab.a, 2, BGP_FAMILY_IP4), LIMIT + 50);
	hall_fini(&h);
}

static void a_second_way_to_the_same_place_needs_none(void)
{
	struct hall h;

	hall_init(&h, LIMIT);
	offer(&h, h.a, 0, LIMIT);
	offer(&h, h.b, 5, 10); /* five have a place, five find none */
	CU_ASSERT_EQUAL(places(&h), LIMIT);
	CU_ASSERT_EQUAL(bgp_edge_in_routes(h.in_b), 5);
	offer(&h, h.a, 0, 0); /* five of them live on by the second way */
	CU_ASSERT_EQUAL(n_in(&h, 5, 10), 10);
	CU_ASSERT_EQUAL(places(&h), 10);
	hall_fini(&h);
}

static void who_is_in_stays_and_who_waits_comes_in_by_the_order_of_the_table(void)
{
	struct hall h;

	hall_init(&h, LIMIT);
	offer(&h, h.a, 20, LIMIT);
	offer(&h, h.b, 0, 40); /* those before and behind find no place */
	CU_ASSERT_EQUAL(n_in(&h, 20, LIMIT), LIMIT);
	CU_ASSERT_EQUAL(n_in(&h, 0, 40), LIMIT);
	offer(&h, h.b, 0, 20);
	offer(&h, h.a, 23, LIMIT - 3);
	CU_ASSERT_EQUAL(n_in(&h, 0, 3), 3);
	CU_ASSERT_EQUAL(n_in(&h, 3, 17), 0);
	offer(&h, h.a, 20, LIMIT); /* they are back, and too late */
	CU_ASSERT_EQUAL(n_in(&h, 20, 3), 0);
	CU_ASSERT_EQUAL(n_in(&h, 0, 3), 3);
	CU_ASSERT_EQUAL(places(&h), LIMIT);
	hall_fini(&h);
}

static void a_higher_limit_lets_in_and_a_lower_one_drops_nobody(void)
{
	struct hall h;

	hall_init(&h, LIMIT);
	offer(&h, h.a, 0, N_MAX);
	CU_ASSERT_EQUAL(places(&h), LIMIT);
	limit(&h, 1200); /* more than a slice looks at */
	CU_ASSERT_EQUAL(places(&h), 1200);
	CU_ASSERT_EQUAL(n_in(&h, 0, 1200), 1200);
	limit(&h, 5);
	CU_ASSERT_EQUAL(n_in(&h, 0, N_MAX), 1200);
	offer(&h, h.a, 0, 8); /* leaves; and there is no room yet */
	CU_ASSERT_EQUAL(places(&h), 8);
	offer(&h, h.a, 0, N_MAX);
	CU_ASSERT_EQUAL(places(&h), 8);
	limit(&h, 0);
	CU_ASSERT_EQUAL(n_in(&h, 0, N_MAX), N_MAX);
	CU_ASSERT_EQUAL(places(&h), 0);
	hall_fini(&h);
}

static void a_limit_that_comes_later_counts_what_is_there(void)
{
	struct hall h;

	hall_init(&h, 0);
	offer(&h, h.a, 0, WALK_SET);
	offer(&h, h.b, 0, WALK_SET);
	limit(&h, WALK_SET + 1);
	CU_ASSERT_EQUAL(places(&h), WALK_SET);
	offer(&h, h.b, 100, WALK_SET);
	CU_ASSERT_EQUAL(places(&h), WALK_SET + 1);
	CU_ASSERT_TRUE(is_in(&h, WALK_SET));
	hall_fini(&h);
}

static void an_edge_that_goes_gives_its_places_back(void)
{
	struct hall h;

	hall_init(&h, LIMIT);
	offer(&h, h.a, 0, 15);
	offer(&h, h.b, 100, 15);
	CU_ASSERT_EQUAL(n_in(&h, 100, 15), 0);
	bgp_edge_in_free(h.in_a);
	lab_settle(&h.lab);
	CU_ASSERT_EQUAL(n_in(&h, 0, 15), 0);
	CU_ASSERT_EQUAL(n_in(&h, 100, 15), LIMIT);
	CU_ASSERT_EQUAL(places(&h), LIMIT);
	hall_fini(&h);
}

static void an_event_a_crossing_and_not_a_route(void)
{
	struct hall h;

	hall_init(&h, LIMIT);
	offer(&h, h.a, 0, 20);
	for (uint32_t k = 1; k < 9; k++) /* a place is given back, and taken by who waits */
		offer(&h, h.a, k, 20);
	CU_ASSERT_EQUAL(h.lab.a.fib.events[BGP_EVENT_LIMIT_WARNING], 1);
	CU_ASSERT_EQUAL(h.lab.a.fib.events[BGP_EVENT_LIMIT_REACHED], 1);
	offer(&h, h.a, 0, 3);
	offer(&h, h.a, 0, 20);
	CU_ASSERT_EQUAL(h.lab.a.fib.events[BGP_EVENT_LIMIT_WARNING], 2);
	CU_ASSERT_EQUAL(h.lab.a.fib.events[BGP_EVENT_LIMIT_REACHED], 2);
	hall_fini(&h);
}

/* Whoever comes and goes: never more than the limit, and nobody waits while there is room. */
static void a_random_walk_keeps_the_hall_full_and_no_fuller(void)
{
	struct hall h;

	hall_init(&h, LIMIT);
	for (int k = 0; k < 300; k++) {
		uint32_t offered = 0;
		uint32_t seen[64] = { 0 };
		const uint32_t first[2] = { cu_random_below(40), cu_random_below(40) };
		const uint32_t n[2] = { cu_random_below(16), cu_random_below(16) };

		for (int s = 0; s < 2; s++) {
			for (uint32_t i = 0; i < n[s]; i++)
				offered += seen[first[s] + i]++ == 0;
		}
		offer(&h, h.a, first[0], n[0]);
		offer(&h, h.b, first[1], n[1]);
		CU_ASSERT_EQUAL(places(&h), offered < LIMIT ? offered : LIMIT);
		CU_ASSERT_EQUAL(lab_routes(&h.lab.a, 2, BGP_FAMILY_IP4), places(&h));
	}
	hall_fini(&h);
}

static const struct cu_case cases[] = {
	CU_CASE(what_is_beyond_is_refused_and_says_so),
	CU_CASE(routes_of_its_own_need_no_place),
	CU_CASE(a_second_way_to_the_same_place_needs_none),
	CU_CASE(who_is_in_stays_and_who_waits_comes_in_by_the_order_of_the_table),
	CU_CASE(a_higher_limit_lets_in_and_a_lower_one_drops_nobody),
	CU_CASE(a_limit_that_comes_later_counts_what_is_there),
	CU_CASE(an_edge_that_goes_gives_its_places_back),
	CU_CASE(an_event_a_crossing_and_not_a_route),
	CU_CASE(a_random_walk_keeps_the_hall_full_and_no_fuller),
};

CU_SUITE(places, cases);
