/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An instance on two wires, with a neighbour on each: what leaves by which, who is let in, and what
 * the one notices of the other.
 */
#include <string.h>

#include "bgpd/engine_int.h"
#include "tests/bgpd/engine/lab.h"
#include "tests/cu_main.h"

#define SECOND_IFINDEX 8

static struct ip_addr ip(const char *s)
{
	struct ip_addr a;

	CU_ASSERT_EQUAL_FATAL(ip_parse(s, &a), 0);
	return a;
}

/* Node a's wires: the lab's, and one more; behind it node b has a second router. */
struct two {
	struct lab lab;
	struct bgp_link links[2];
	struct bgp_instance *router;
	struct bgp_peer *near; /* of a, on the second wire */
	struct bgp_peer_conf conf;
};

static void set(struct two *t)
{
	bgp_instance_set_links(t->lab.a.i, t->links, 2);
}

static void router_new(struct two *t)
{
	struct lab_node *b = &t->lab.b;
	struct bgp_instance_conf ic = lab_instance_conf(b, 3);
	struct bgp_link link = { .ifindex = 5, .up = true, .len4 = 24 };
	struct bgp_peer_conf far = lab_peer_conf(b);
	const struct bgp_local local = { .pfx = lab_nth(AF_INET, 0),
		.kind = RIB_SOURCE_STATIC,
		.flags = RIB_PATH_LOCAL };

	ic.router_id++;
	ic.port = (uint16_t)(ic.port == UINT16_MAX ? 20000 : ic.port + 1);
	link.local4 = ip("10.1.0.3");
	t->router = bgp_instance_new(b->e, &ic, &link, 1);
	bgp_instance_set_locals(t->router, &local, 1);
	far.session.local = ip("127.0.0.3");
	(void)bgp_peer_new(t->router, &far);
	t->conf = lab_peer_conf(&t->lab.a);
	t->conf.session.remote = ip("127.0.0.3");
	t->conf.session.port = ic.port;
	memcpy(t->conf.line, "pc-2", 5);
}

static void open_wires(struct two *t)
{
	memset(t, 0, sizeof(*t));
	lab_init(&t->lab);
	t->links[0] = lab_link(&t->lab.a);
	t->links[1] = (struct bgp_link){ .name = "pc-2",
		.ifindex = SECOND_IFINDEX,
		.up = true,
		.len4 = 24 };
	t->links[1].local4 = ip("10.1.0.1");
	t->links[1].gateway4 = ip("10.1.0.2");
	set(t);
}

static void open_two(struct two *t)
{
	open_wires(t);
	router_new(t);
	lab_announce(&t->lab.b, 0, 1);
	lab_connect(&t->lab);
	t->near = bgp_peer_new(t->lab.a.i, &t->conf);
}

static bool until(struct two *t, bool up)
{
	for (int k = 0; k < 500 && t->near->up != up; k++)
		lab_settle(&t->lab);
	lab_settle(&t->lab);
	return t->near->up == up;
}

static const struct nhgroup *group(const struct two *t)
{
	const struct prefix p = lab_nth(AF_INET, 0);

	return lab_route(&t->lab.a, 1, &p);
}

static void neighbours_on_two_wires_share(void)
{
	struct two t;
	uint32_t seen = 0;

	open_two(&t);
	CU_ASSERT_TRUE_FATAL(until(&t, true));
	CU_ASSERT_EQUAL_FATAL(group(&t)->n, 2);
	for (int k = 0; k < 2; k++) {
		const struct nexthop *nh = &group(&t)->nh[k];
		const bool second = nh->ifindex == SECOND_IFINDEX;
		const struct ip_addr gw = ip(second ? "10.1.0.3" : "10.0.0.2");

		seen |= 1u << second;
		CU_ASSERT_TRUE(ip_is_equal(&nh->gw, &gw));
		CU_ASSERT_EQUAL(nh->live_key, second ? t.near->live_key : t.lab.a.p->live_key);
	}
	CU_ASSERT_EQUAL(seen, 3);
	lab_fini(&t.lab);
}

static void a_wire_that_goes_takes_its_own_neighbour_only(void)
{
	struct two t;
	unsigned downs;

	open_two(&t);
	CU_ASSERT_TRUE_FATAL(until(&t, true));
	downs = t.lab.a.fib.events[BGP_EVENT_PEER_DOWN];
	t.links[1].up = false;
	set(&t);
	CU_ASSERT_TRUE(until(&t, false));
	CU_ASSERT_STRING_EQUAL(lab_view(t.near).last_code, "interface-down");
	CU_ASSERT_EQUAL(t.lab.a.fib.events[BGP_EVENT_PEER_DOWN], downs + 1);
	CU_ASSERT_TRUE(lab_is_up(&t.lab.a));
	CU_ASSERT_EQUAL_FATAL(group(&t)->n, 1);
	CU_ASSERT_NOT_EQUAL(group(&t)->nh[0].ifindex, SECOND_IFINDEX);
	t.links[1].up = true;
	t.links[1].ifindex++; /* it was away */
	set(&t);
	CU_ASSERT_TRUE(until(&t, true));
	CU_ASSERT_EQUAL(group(&t)->n, 2);
	CU_ASSERT_EQUAL(t.lab.a.fib.events[BGP_EVENT_PEER_DOWN], downs + 1);
	lab_fini(&t.lab);
}

static void a_wire_that_is_shut_is_left_in_good_order(void)
{
	struct two t;

	open_two(&t);
	CU_ASSERT_TRUE_FATAL(until(&t, true));
	t.links[1].shut = true;
	set(&t);
	CU_ASSERT_TRUE(until(&t, false));
	CU_ASSERT_STRING_NOT_EQUAL(lab_view(t.near).last_code, "interface-down");
	CU_ASSERT_TRUE(lab_is_up(&t.lab.a));
	lab_fini(&t.lab);
}

static void a_wire_may_be_taken_away_and_the_neighbour_waits_for_it(void)
{
	struct two t;

	open_two(&t);
	CU_ASSERT_TRUE_FATAL(until(&t, true));
	bgp_instance_set_links(t.lab.a.i, t.links, 1);
	CU_ASSERT_TRUE(until(&t, false));
	CU_ASSERT_TRUE(lab_is_up(&t.lab.a));
	CU_ASSERT_EQUAL(group(&t)->n, 1);
	set(&t);
	CU_ASSERT_TRUE(until(&t, true));
	CU_ASSERT_EQUAL(group(&t)->n, 2);
	lab_fini(&t.lab);
}

/* The lab has no devices, so the listener of the first wire hears everybody. */
static void who_comes_by_another_wire_is_refused(void)
{
	struct two t;

	open_two(&t);
	CU_ASSERT_TRUE_FATAL(until(&t, true));
	t.conf.session.passive = true; /* now only the other end connects */
	bgp_peer_reconf(t.near, &t.conf);
	bgp_peer_reset(t.near, NULL);
	CU_ASSERT_TRUE(until(&t, false));
	for (int k = 0; k < 20; k++)
		lab_settle(&t.lab);
	CU_ASSERT_FALSE(t.near->up);
	t.conf.line[0] = '\0'; /* it has moved to the first */
	bgp_peer_reconf(t.near, &t.conf);
	for (int k = 0; k < 40 && !t.near->up; k++)
		(void)until(&t, true);
	CU_ASSERT_TRUE(t.near->up);
	lab_fini(&t.lab);
}

static void a_far_neighbour_may_name_a_next_hop_on_another_wire(void)
{
	const struct prefix p = lab_prefix("20.0.9.0/24");

	for (uint8_t hops = 1; hops <= 2; hops++) {
		struct lab_raw r = { .src = NULL };
		struct wire_attrs at = lab_raw_attrs(AF_INET);
		struct bgp_peer_conf c;
		const struct nhgroup *g;
		struct two t;

		open_wires(&t);
		c = lab_peer_conf(&t.lab.a);
		c.session.passive = true;
		c.session.multihop = hops;
		t.lab.a.p = bgp_peer_new(t.lab.a.i, &c);
		CU_ASSERT_TRUE_FATAL(lab_raw_up(&r, &t.lab, false));
		at.next_hop = ip("10.1.0.77");
		lab_raw_say(&r, "20.0.9.0/24", &at);
		for (int k = 0; k < 500 && !lab_view(t.lab.a.p).received; k++)
			lab_settle(&t.lab);
		lab_settle(&t.lab);
		g = lab_route(&t.lab.a, 1, &p);
		CU_ASSERT_EQUAL_FATAL(g != NULL,
			hops == 2); /* RFC 4271 5.1.3: a near one may not */
		if (g) {
			CU_ASSERT_EQUAL(g->nh[0].ifindex, SECOND_IFINDEX);
			CU_ASSERT_EQUAL(g->nh[0].gw.b[3], 77);
		}
		lab_fini(&t.lab);
		raw_close(&r.raw);
	}
}

static void our_address_on_any_wire_is_no_next_hop(void)
{
	struct two t;
	const struct ip_addr own = ip("10.1.0.1");
	const struct ip_addr other = ip("10.1.0.3");

	open_wires(&t);
	CU_ASSERT_TRUE(instance_has_address(t.lab.a.i, &own));
	CU_ASSERT_FALSE(instance_has_address(t.lab.a.i, &other));
	lab_fini(&t.lab);
}

static const struct cu_case cases[] = {
	CU_CASE(neighbours_on_two_wires_share),
	CU_CASE(a_wire_that_goes_takes_its_own_neighbour_only),
	CU_CASE(a_wire_that_is_shut_is_left_in_good_order),
	CU_CASE(a_wire_may_be_taken_away_and_the_neighbour_waits_for_it),
	CU_CASE(who_comes_by_another_wire_is_refused),
	CU_CASE(a_far_neighbour_may_name_a_next_hop_on_another_wire),
	CU_CASE(our_address_on_any_wire_is_no_next_hop),
};
CU_SUITE(circuits, cases);
