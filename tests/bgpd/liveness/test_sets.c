/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What leans on several neighbours: the key that crosses an edge, the backup of the other table's
 * group, and how many sets are kept.
 */
#include <string.h>

#include "bgpd/engine_int.h"
#include "bgpd/liveness/sets.h"
#include "tests/bgpd/engine/lab.h"

#define PFX       "20.0.1.0/24"
#define TO_VBR    21
#define TO_OTHER  22
#define STANDS_BY 90

/* Table 1 with as many ways as a case brings, table 2 behind it with another, longer way. */
struct stage {
	struct lab lab;
	struct bgp_instance *vpc;
	struct bgp_edge_in *way[4];
};

static void say(struct stage *s, struct bgp_edge_in *in, uint32_t key, unsigned path_len)
{
	/* AS 100, as often as needed: what comes over two connections is one longer for it */
	const uint8_t path[2 + 4 * 4] = { BGP_AS_SEQUENCE, (uint8_t)path_len, 0, 0, 0, 100, 0, 0, 0,
		100, 0, 0, 0, 100, 0, 0, 0, 100 };
	struct wire_attrs w = lab_raw_attrs(AF_INET);
	struct bgp_edge_route r = { .pfx = lab_prefix(PFX), .from = 1000 + key, .live_key = key };

	w.as_path = (struct octets){ path, (uint16_t)(2 + 4 * path_len) };
	r.attrs = attrs_get(s->lab.a.e->attrs, &w);
	bgp_edge_in_route(in, &r, true);
	attrs_unref(s->lab.a.e->attrs, r.attrs);
	lab_settle(&s->lab);
}

static void way(struct stage *s, unsigned i, uint32_t key)
{
	const struct nexthop nh = nexthop_device(50 + i);
	char name[] = "w0";

	name[1] = (char)('0' + i);
	if (!s->way[i])
		s->way[i] = bgp_edge_in_new(s->lab.a.i, name, &nh);
	say(s, s->way[i], key, 1);
}

static void no_way(struct stage *s, unsigned i)
{
	const struct bgp_edge_route r = { .pfx = lab_prefix(PFX), .withdraw = true };

	bgp_edge_in_route(s->way[i], &r, true);
	lab_settle(&s->lab);
}

static void open_stage(struct stage *s)
{
	const struct nexthop to_vbr = nexthop_device(TO_VBR);
	const struct nexthop to_other = nexthop_device(TO_OTHER);
	const struct bgp_edge_conf conf = { .name = "p1", .kinds = 0xff, .transit = true };
	struct bgp_edge_out *o;

	memset(s, 0, sizeof(*s));
	lab_init(&s->lab);
	s->vpc = lab_instance(&s->lab.a, 2);
	o = bgp_edge_out_new(s->lab.a.i, &conf, NULL, NULL);
	bgp_edge_out_join(o, bgp_edge_in_new(s->vpc, "p1", &to_vbr));
	say(s, bgp_edge_in_new(s->vpc, "p2", &to_other), STANDS_BY, 4);
}

static const struct nhgroup *group(const struct stage *s)
{
	const struct prefix p = lab_prefix(PFX);
	const struct nhgroup *g = lab_route(&s->lab.a, 2, &p);

	CU_ASSERT_PTR_NOT_NULL_FATAL(g);
	return g;
}

static void what_leans_on_several_dies_with_the_last_and_has_a_backup(void)
{
	const struct lab_fib *fib;
	struct stage s;
	uint32_t two;

	open_stage(&s);
	fib = &s.lab.a.fib;
	way(&s, 0, 52);
	CU_ASSERT_EQUAL(group(&s)->nh[0].live_key, 52);
	CU_ASSERT_EQUAL(fib->n_sets, 0);
	way(&s, 1, 51);
	CU_ASSERT_EQUAL(fib->n_sets, 1);
	CU_ASSERT_EQUAL_FATAL(fib->set.n, 2);
	CU_ASSERT_EQUAL(fib->set.key[0], 51);
	CU_ASSERT_EQUAL(fib->set.key[1], 52);
	two = fib->set_key;
	CU_ASSERT_EQUAL(group(&s)->n, 1);
	CU_ASSERT_EQUAL(group(&s)->nh[0].ifindex, TO_VBR);
	CU_ASSERT_EQUAL(group(&s)->nh[0].live_key, two);
	CU_ASSERT_EQUAL_FATAL(group(&s)->n_backup, 1);
	CU_ASSERT_EQUAL(group(&s)->nh[1].ifindex, TO_OTHER);
	CU_ASSERT_EQUAL(group(&s)->nh[1].live_key, STANDS_BY);
	/* one goes, and another one comes instead: the same two again are the same set */
	no_way(&s, 0);
	CU_ASSERT_EQUAL(group(&s)->nh[0].live_key, 51);
	way(&s, 2, 52);
	CU_ASSERT_EQUAL(group(&s)->nh[0].live_key, two);
	CU_ASSERT_EQUAL(fib->n_sets, 1);
	/* two ways by one neighbour count once */
	way(&s, 3, 52);
	CU_ASSERT_EQUAL(group(&s)->nh[0].live_key, two);
	way(&s, 0, 53);
	CU_ASSERT_EQUAL(fib->n_sets, 2);
	CU_ASSERT_EQUAL(fib->set.n, 3);
	CU_ASSERT_EQUAL(group(&s)->nh[0].live_key, fib->set_key);
	lab_fini(&s.lab);
}

static void what_leans_on_one_who_never_dies_never_does(void)
{
	struct stage s;

	open_stage(&s);
	way(&s, 0, 51);
	way(&s, 1, 0);
	CU_ASSERT_EQUAL(group(&s)->nh[0].live_key, 0);
	CU_ASSERT_EQUAL(group(&s)->n_backup, 0);
	CU_ASSERT_EQUAL(s.lab.a.fib.n_sets, 0);
	lab_fini(&s.lab);
}

static uint32_t pair_with(struct live_sets *sets, uint32_t key)
{
	struct live_members m = { 0 };

	CU_ASSERT_TRUE(live_members_add(&m, key));
	CU_ASSERT_TRUE(live_members_add(&m, 1));
	return live_sets_get(sets, &m);
}

static void the_set_that_was_not_asked_for_longest_makes_room(void)
{
	struct live_sets *sets;
	const struct lab_fib *fib;
	uint32_t first, second;
	unsigned n_gone;
	struct lab lab;

	lab_init(&lab);
	fib = &lab.a.fib;
	n_gone = fib->n_gone;
	sets = live_sets_new(lab.a.e);
	first = pair_with(sets, 1000);
	second = pair_with(sets, 1001);
	for (uint32_t i = 2; i < LIVE_SETS_MAX; i++)
		(void)pair_with(sets, 1000 + i);
	CU_ASSERT_EQUAL(fib->n_sets, LIVE_SETS_MAX);
	CU_ASSERT_EQUAL(pair_with(sets, 1000), first);
	CU_ASSERT_EQUAL(fib->n_gone, n_gone);
	(void)pair_with(sets, 2000);
	CU_ASSERT_EQUAL(fib->n_gone, n_gone + 1);
	CU_ASSERT_EQUAL(fib->neighbor.live_key, second);
	CU_ASSERT_EQUAL(pair_with(sets, 1000), first);
	CU_ASSERT_NOT_EQUAL(pair_with(sets, 1001), second);
	live_sets_free(sets);
	CU_ASSERT_EQUAL(fib->n_gone, n_gone + fib->n_sets);
	lab_fini(&lab);
}

static void a_set_has_as_many_members_as_a_group(void)
{
	struct live_members m = { 0 };

	for (uint32_t i = 0; i < NHGROUP_MAX; i++)
		CU_ASSERT_TRUE(live_members_add(&m, 100 - i));
	CU_ASSERT_TRUE(live_members_add(&m, 90));
	CU_ASSERT_FALSE(live_members_add(&m, 1));
	CU_ASSERT_EQUAL(m.n, NHGROUP_MAX);
	for (uint32_t i = 1; i < m.n; i++)
		CU_ASSERT_TRUE(m.key[i - 1] < m.key[i]);
}

static const struct cu_case cases[] = {
	CU_CASE(what_leans_on_several_dies_with_the_last_and_has_a_backup),
	CU_CASE(what_leans_on_one_who_never_dies_never_does),
	CU_CASE(the_set_that_was_not_asked_for_longest_makes_room),
	CU_CASE(a_set_has_as_many_members_as_a_group),
};
CU_SUITE(sets, cases);
