/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ADD-PATH (RFC 7911) as a hand-made neighbour uses it: paths are told apart by their ids in all
 * that may happen to them.
 */
#include <stdio.h>
#include <string.h>

#include "bgpd/wire/message.h"
#include "tests/bgpd/engine/lab.h"

struct stage {
	struct lab lab;
	struct lab_raw raw;
};

static void open_stage(struct stage *s, uint32_t limit_max)
{
	struct bgp_peer_conf c;

	memset(s, 0, sizeof(*s));
	lab_init(&s->lab);
	c = lab_peer_conf(&s->lab.a);
	c.session.passive = true;
	c.session.addpath_rx = true;
	c.session.gr = true;
	c.session.gr_time_s = 120;
	c.limit_max = limit_max;
	c.limit_action = BGP_LIMIT_DISCARD;
	c.blackhole_len[0] = 32;
	s->lab.a.p = bgp_peer_new(s->lab.a.i, &c);
	s->raw.addpath = true;
	CU_ASSERT_TRUE_FATAL(lab_raw_up(&s->raw, &s->lab, true));
}

static void close_stage(struct stage *s)
{
	raw_close(&s->raw.raw);
	lab_fini(&s->lab);
}

/* med tells the paths apart; UINT32_MAX withdraws. */
static void say(struct stage *s, const char *prefix, uint32_t id, uint32_t med)
{
	struct wire_attrs at = lab_raw_attrs(lab_prefix(prefix).family);

	at.has |= WIRE_HAS_MED;
	at.med = med;
	s->raw.path_id = id;
	lab_raw_say(&s->raw, prefix, med == UINT32_MAX ? NULL : &at);
}

static void gone(struct stage *s, const char *prefix, uint32_t id)
{
	say(s, prefix, id, UINT32_MAX);
	lab_settle(&s->lab);
}

/* Paths of a prefix in adj-in as "id:med " in the order of their ids, '*' on the best one. */
static const char *paths(const struct stage *s, const char *prefix)
{
	static char text[256];
	const struct prefix p = lab_prefix(prefix);
	const struct rib *r = bgp_instance_rib(s->lab.a.i,
		p.family == AF_INET6 ? BGP_FAMILY_IP6 : BGP_FAMILY_IP4);
	const uint32_t net = rib_find(r, &p);
	size_t len = 0;

	text[0] = '\0';
	for (uint32_t id = 0; id < 10; id++) {
		for (uint32_t h = net ? rib_net(r, net)->paths : 0; h;
			h = rib_path_next(rib_path(r, h))) {
			const struct rib_path *q = rib_path(r, h);

			if (rib_path_id(q) == id)
				len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%u:%u%s",
					len ? " " : "", id, rib_path_in(r, q)->med,
					q->flags & RIB_PATH_BEST             ? "*" :
						q->flags & RIB_PATH_REJECTED ? "!" :
									       "");
		}
	}
	return text;
}

static void paths_of_a_prefix_are_told_apart_by_their_ids(void)
{
	static const char *const prefixes[] = { "20.0.1.0/24", "2a01::/32" };
	struct stage s;

	open_stage(&s, 0);
	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++) {
		say(&s, prefixes[i], 1, 30);
		say(&s, prefixes[i], 2, 20);
		say(&s, prefixes[i], 0, 40);
		lab_settle(&s.lab);
		CU_ASSERT_STRING_EQUAL(paths(&s, prefixes[i]), "0:40 1:30 2:20*");
		say(&s, prefixes[i], 1, 10); /* implicit withdrawal of this path alone */
		lab_settle(&s.lab);
		CU_ASSERT_STRING_EQUAL(paths(&s, prefixes[i]), "0:40 1:10* 2:20");
		gone(&s, prefixes[i], 1);
		CU_ASSERT_STRING_EQUAL(paths(&s, prefixes[i]), "0:40 2:20*");
		gone(&s, prefixes[i], 7); /* was never there */
		CU_ASSERT_STRING_EQUAL(paths(&s, prefixes[i]), "0:40 2:20*");
	}
	CU_ASSERT_EQUAL(lab_view(s.lab.a.p).received, 4);
	lab_check_fib(&s.lab.a, s.lab.a.i);
	close_stage(&s);
}

static void a_fault_withdraws_the_path_that_it_is_about(void)
{
	struct wire_attrs at = lab_raw_attrs(AF_INET);
	struct stage s;

	open_stage(&s, 0);
	say(&s, "20.0.1.0/24", 1, 30);
	say(&s, "20.0.1.0/24", 2, 20);
	at.origin = 9; /* RFC 7606 7.1 */
	s.raw.path_id = 2;
	lab_raw_say(&s.raw, "20.0.1.0/24", &at);
	lab_settle(&s.lab);
	CU_ASSERT_STRING_EQUAL(paths(&s, "20.0.1.0/24"), "1:30*");
	CU_ASSERT_EQUAL(lab_view(s.lab.a.p).updates_bad, 1);
	CU_ASSERT_TRUE(lab_is_up(&s.lab.a));
	close_stage(&s);
}

/* With nobody else in the table: what drops packets is not the neighbour that may die. */
static void a_blackhole_of_the_same_neighbour_stands_in(void)
{
	static const uint8_t blackhole[] = { 0xff, 0xff, 0x02, 0x9a }; /* RFC 7999 5 */
	const struct prefix pfx = lab_prefix("20.0.1.1/32");
	struct wire_attrs at = lab_raw_attrs(AF_INET);
	const struct nhgroup *g;
	struct stage s;

	open_stage(&s, 0);
	at.has |= WIRE_HAS_MED;
	at.med = 20;
	at.communities = (struct octets){ blackhole, sizeof(blackhole) };
	say(&s, "20.0.1.1/32", 1, 10);
	lab_settle(&s.lab);
	s.raw.path_id = 2;
	lab_raw_say(&s.raw, "20.0.1.1/32", &at);
	lab_settle(&s.lab);
	CU_ASSERT_STRING_EQUAL(paths(&s, "20.0.1.1/32"), "1:10* 2:20");
	g = lab_route(&s.lab.a, 1, &pfx);
	CU_ASSERT_PTR_NOT_NULL_FATAL(g);
	CU_ASSERT_EQUAL_FATAL(g->n_backup, 1);
	CU_ASSERT_EQUAL(g->nh[1].kind, NEXTHOP_KIND_BLACKHOLE);
	gone(&s, "20.0.1.1/32", 2);
	g = lab_route(&s.lab.a, 1, &pfx);
	CU_ASSERT_PTR_NOT_NULL_FATAL(g);
	CU_ASSERT_EQUAL(g->n_backup, 0);
	lab_check_fib(&s.lab.a, s.lab.a.i);
	close_stage(&s);
}

static void a_restart_sweeps_the_ids_that_did_not_come_back(void)
{
	struct stage s;

	open_stage(&s, 0);
	say(&s, "20.0.1.0/24", 1, 30);
	say(&s, "20.0.1.0/24", 2, 20);
	lab_raw_end_of_rib(&s.raw, BGP_FAMILY_IP4);
	raw_close(&s.raw.raw);
	CU_ASSERT_TRUE(lab_until_up(&s.lab, false));
	lab_settle(&s.lab);
	CU_ASSERT_EQUAL(lab_view(s.lab.a.p).stale, 2);
	CU_ASSERT_TRUE_FATAL(lab_raw_up(&s.raw, &s.lab, true));
	say(&s, "20.0.1.0/24", 2, 20);
	say(&s, "20.0.1.0/24", 3, 25);
	lab_settle(&s.lab);
	CU_ASSERT_STRING_EQUAL(paths(&s, "20.0.1.0/24"), "1:30 2:20* 3:25");
	CU_ASSERT_EQUAL(lab_view(s.lab.a.p).stale, 1);
	lab_raw_end_of_rib(&s.raw, BGP_FAMILY_IP4);
	lab_settle(&s.lab);
	CU_ASSERT_STRING_EQUAL(paths(&s, "20.0.1.0/24"), "2:20* 3:25");

	/* And without ids at all: what is left of them goes likewise. */
	raw_close(&s.raw.raw);
	CU_ASSERT_TRUE(lab_until_up(&s.lab, false));
	s.raw.addpath = false;
	CU_ASSERT_TRUE_FATAL(lab_raw_up(&s.raw, &s.lab, true));
	say(&s, "20.0.1.0/24", 0, 50);
	lab_raw_end_of_rib(&s.raw, BGP_FAMILY_IP4);
	lab_settle(&s.lab);
	CU_ASSERT_STRING_EQUAL(paths(&s, "20.0.1.0/24"), "0:50*");
	lab_check_fib(&s.lab.a, s.lab.a.i);
	close_stage(&s);
}

static void send_refresh(struct stage *s, uint8_t subtype)
{
	uint8_t buf[64];
	struct cursor_w w = cursor_w_make(buf, sizeof(buf));

	wire_refresh_encode(&w, BGP_FAMILY_IP4, subtype);
	raw_send(&s->raw.raw, buf, cursor_w_len(&w));
	lab_settle(&s->lab);
}

static void a_refresh_sweeps_the_ids_that_it_does_not_repeat(void)
{
	struct stage s;

	open_stage(&s, 0);
	say(&s, "20.0.1.0/24", 1, 30);
	say(&s, "20.0.1.0/24", 2, 20);
	send_refresh(&s, 1);
	say(&s, "20.0.1.0/24", 1, 30);
	send_refresh(&s, 2);
	CU_ASSERT_STRING_EQUAL(paths(&s, "20.0.1.0/24"), "1:30*");
	close_stage(&s);
}

static void the_route_limit_counts_paths(void)
{
	struct stage s;

	open_stage(&s, 3);
	say(&s, "20.0.1.0/24", 1, 10);
	say(&s, "20.0.1.0/24", 2, 20);
	say(&s, "20.0.2.0/24", 1, 10);
	say(&s, "20.0.2.0/24", 2, 20);
	say(&s, "20.0.1.0/24", 2, 5); /* known: may change */
	lab_settle(&s.lab);
	CU_ASSERT_STRING_EQUAL(paths(&s, "20.0.1.0/24"), "1:10 2:5*");
	CU_ASSERT_STRING_EQUAL(paths(&s, "20.0.2.0/24"), "1:10*");
	CU_ASSERT_EQUAL(lab_view(s.lab.a.p).discarded, 1);
	gone(&s, "20.0.2.0/24", 2); /* what was not kept need not come back */
	CU_ASSERT_EQUAL(lab_view(s.lab.a.p).discarded, 0);
	close_stage(&s);
}

static void another_policy_judges_each_path_under_its_id(void)
{
	const struct prefix cidr = lab_prefix("20.0.0.0/16");
	struct stage s;

	open_stage(&s, 0);
	say(&s, "20.0.1.0/24", 1, 30);
	say(&s, "20.0.1.0/24", 2, 20);
	lab_settle(&s.lab);
	bgp_engine_set_cidrs(s.lab.a.e, &cidr, 1);
	lab_settle(&s.lab);
	CU_ASSERT_STRING_EQUAL(paths(&s, "20.0.1.0/24"), "1:30! 2:20!");
	bgp_engine_set_cidrs(s.lab.a.e, NULL, 0);
	lab_settle(&s.lab);
	CU_ASSERT_STRING_EQUAL(paths(&s, "20.0.1.0/24"), "1:30 2:20*");
	close_stage(&s);
}

static void a_neighbour_cannot_make_the_list_of_a_prefix_endless(void)
{
	struct bgp_peer_family_view v;
	struct stage s;

	open_stage(&s, 0);
	for (uint32_t id = 1; id <= RIB_SOURCE_PATHS_MAX + 44; id++)
		say(&s, "20.0.1.0/24", id, 1000 + id);
	say(&s, "20.0.1.0/24", 5, 1); /* known: may change */
	say(&s, "20.0.2.0/24", 1, 1);
	lab_settle(&s.lab);
	bgp_peer_family_view(s.lab.a.p, BGP_FAMILY_IP4, &v);
	CU_ASSERT_EQUAL(v.received, RIB_SOURCE_PATHS_MAX + 1);
	CU_ASSERT_EQUAL(v.surplus, 44);
	CU_ASSERT_STRING_EQUAL(paths(&s, "20.0.1.0/24"),
		"1:1001 2:1002 3:1003 4:1004 5:1* 6:1006 7:1007 8:1008 9:1009");
	gone(&s, "20.0.1.0/24", 1);
	say(&s, "20.0.1.0/24", 1000, 7);
	lab_settle(&s.lab);
	bgp_peer_family_view(s.lab.a.p, BGP_FAMILY_IP4, &v);
	CU_ASSERT_EQUAL(v.received, RIB_SOURCE_PATHS_MAX + 1);
	CU_ASSERT_EQUAL(v.surplus, 44);
	CU_ASSERT_TRUE(lab_is_up(&s.lab.a));

	/* What an earlier session left does not count: a restarted neighbour may choose new ids. */
	raw_close(&s.raw.raw);
	CU_ASSERT_TRUE(lab_until_up(&s.lab, false));
	CU_ASSERT_TRUE_FATAL(lab_raw_up(&s.raw, &s.lab, true));
	for (uint32_t id = 1; id <= RIB_SOURCE_PATHS_MAX; id++)
		say(&s, "20.0.1.0/24", 5000 + id, 1);
	lab_raw_end_of_rib(&s.raw, BGP_FAMILY_IP4);
	lab_settle(&s.lab);
	bgp_peer_family_view(s.lab.a.p, BGP_FAMILY_IP4, &v);
	CU_ASSERT_EQUAL(v.received, RIB_SOURCE_PATHS_MAX);
	CU_ASSERT_EQUAL(v.surplus, 0);
	close_stage(&s);
}

static const struct cu_case cases[] = {
	CU_CASE(paths_of_a_prefix_are_told_apart_by_their_ids),
	CU_CASE(a_fault_withdraws_the_path_that_it_is_about),
	CU_CASE(a_blackhole_of_the_same_neighbour_stands_in),
	CU_CASE(a_restart_sweeps_the_ids_that_did_not_come_back),
	CU_CASE(a_refresh_sweeps_the_ids_that_it_does_not_repeat),
	CU_CASE(the_route_limit_counts_paths),
	CU_CASE(another_policy_judges_each_path_under_its_id),
	CU_CASE(a_neighbour_cannot_make_the_list_of_a_prefix_endless),
};
CU_SUITE(addpath, cases);
