/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Edges between instances: what crosses, what never does, transit, full rings, and a random
 * walk.
 */
#include <errno.h>
#include <string.h>

#include "bgpd/engine_int.h"
#include "tests/bgpd/engine/lab.h"

#define DEV_TO_VPC 21
#define DEV_TO_VBR 22
#define KIND(k)    (1u << RIB_SOURCE_##k)

/* VBR (table 1, with the peer), VPC (table 2), a pair of edges between them. */
struct pair {
	struct bgp_instance *vpc;
	struct bgp_edge_out *up; /* VBR to VPC */
	struct bgp_edge_out *down;
	struct bgp_edge_in *into_vpc;
	struct bgp_edge_in *into_vbr;
};

static struct bgp_edge_conf edge_conf(uint8_t kinds)
{
	return (struct bgp_edge_conf){ .name = "p1", .kinds = kinds };
}

static void open_pair(struct lab *lab, struct pair *p)
{
	const struct bgp_edge_conf up = edge_conf(KIND(BGP) | KIND(STATIC));
	const struct bgp_edge_conf down = edge_conf(KIND(VPC));
	const struct nexthop to_vbr = nexthop_device(DEV_TO_VBR);
	const struct nexthop to_vpc = nexthop_device(DEV_TO_VPC);

	p->vpc = lab_instance(&lab->a, 2);
	p->up = bgp_edge_out_new(lab->a.i, &up, NULL, NULL);
	p->into_vpc = bgp_edge_in_new(p->vpc, "p1", &to_vbr);
	bgp_edge_out_join(p->up, p->into_vpc);
	p->down = bgp_edge_out_new(p->vpc, &down, NULL, NULL);
	p->into_vbr = bgp_edge_in_new(lab->a.i, "p1", &to_vpc);
	bgp_edge_out_join(p->down, p->into_vbr);
}

static void add_cidr(struct pair *p, const char *cidr)
{
	const struct bgp_local l = {
		.pfx = lab_prefix(cidr),
		.kind = RIB_SOURCE_VPC,
		.flags = RIB_PATH_CIDR,
		.has_nh = true,
		.nh = nexthop_device(40),
	};

	bgp_instance_set_locals(p->vpc, &l, 1);
}

static void idc_routes_reach_the_vpc_and_cidrs_reach_the_idc(void)
{
	const struct prefix cidr = lab_prefix("172.16.0.0/16");
	const struct prefix p = lab_nth(AF_INET, 5);
	struct lab lab;
	struct pair pair;
	const struct nhgroup *g;

	lab_init(&lab);
	open_pair(&lab, &pair);
	add_cidr(&pair, "172.16.0.0/16");
	bgp_engine_set_cidrs(lab.a.e, &cidr, 1);
	lab_announce(&lab.b, 0, 1500);
	lab_connect(&lab);
	CU_ASSERT_EQUAL(lab_routes(&lab.a, 2, BGP_FAMILY_IP4), 1501);
	CU_ASSERT_EQUAL(lab_routes(&lab.a, 2, BGP_FAMILY_IP6), 1500);
	g = lab_route(&lab.a, 2, &p);
	CU_ASSERT_PTR_NOT_NULL_FATAL(g);
	CU_ASSERT_EQUAL(g->nh[0].ifindex, DEV_TO_VBR);
	CU_ASSERT_EQUAL(g->nh[0].live_key, lab_view(lab.a.p).live_key);
	g = lab_route(&lab.a, 1, &cidr);
	CU_ASSERT_PTR_NOT_NULL_FATAL(g);
	CU_ASSERT_EQUAL(g->nh[0].ifindex, DEV_TO_VPC);
	CU_ASSERT_PTR_NOT_NULL(lab_path(lab.b.i, "172.16.0.0/16")); /* told to the IDC by default */
	CU_ASSERT_TRUE(lab.a.fib.synced[2][0] && lab.a.fib.synced[2][1]);
	lab_announce(&lab.b, 700, 800);
	lab_settle(&lab);
	CU_ASSERT_EQUAL(lab_routes(&lab.a, 2, BGP_FAMILY_IP4), 801);
	bgp_instance_set_locals(pair.vpc, NULL, 0);
	lab_settle(&lab);
	CU_ASSERT_PTR_NULL(lab_path(lab.b.i, "172.16.0.0/16"));
	lab_check_fib(&lab.a, lab.a.i);
	lab_check_fib(&lab.a, pair.vpc);
	lab_fini(&lab);
}

static void nothing_comes_back_by_the_way_it_came(void)
{
	struct bgp_edge_conf transit = edge_conf(0xff);
	struct lab lab;
	struct pair pair;

	lab_init(&lab);
	open_pair(&lab, &pair);
	transit.transit = true;
	bgp_edge_out_reconf(pair.up, &transit);
	bgp_edge_out_reconf(pair.down, &transit);
	lab_announce(&lab.b, 0, 50);
	lab_connect(&lab);
	CU_ASSERT_EQUAL(lab_routes(&lab.a, 2, BGP_FAMILY_IP4), 50);
	CU_ASSERT_EQUAL(rib_count_paths(bgp_instance_rib(lab.a.i, BGP_FAMILY_IP4)), 50);
	lab_announce(&lab.b, 0, 0);
	lab_settle(&lab);
	CU_ASSERT_EQUAL(lab_routes(&lab.a, 1, BGP_FAMILY_IP4), 0);
	CU_ASSERT_EQUAL(lab_routes(&lab.a, 2, BGP_FAMILY_IP4), 0); /* no ghost */
	lab_fini(&lab);
}

static void only_transit_carries_on_what_arrived_by_an_edge(void)
{
	struct bgp_edge_conf conf = { .name = "p2", .kinds = 0xff };
	const struct nexthop nh = nexthop_device(31);
	struct lab lab;
	struct pair pair;
	struct bgp_instance *third;
	struct bgp_edge_out *o;

	lab_init(&lab);
	open_pair(&lab, &pair);
	third = lab_instance(&lab.a, 3);
	o = bgp_edge_out_new(pair.vpc, &conf, NULL, NULL);
	bgp_edge_out_join(o, bgp_edge_in_new(third, "p2", &nh));
	add_cidr(&pair, "172.16.0.0/16");
	lab_announce(&lab.b, 0, 50);
	lab_connect(&lab);
	CU_ASSERT_EQUAL(lab_routes(&lab.a, 3, BGP_FAMILY_IP4), 1);
	conf.transit = true;
	bgp_edge_out_reconf(o, &conf);
	lab_settle(&lab);
	CU_ASSERT_EQUAL(lab_routes(&lab.a, 3, BGP_FAMILY_IP4), 51);
	conf.transit = false;
	bgp_edge_out_reconf(o, &conf);
	lab_settle(&lab);
	CU_ASSERT_EQUAL(lab_routes(&lab.a, 3, BGP_FAMILY_IP4), 1);
	bgp_edge_out_free(o);
	lab_settle(&lab);
	CU_ASSERT_EQUAL(lab_routes(&lab.a, 3, BGP_FAMILY_IP4), 0);
	lab_fini(&lab);
}

static void put_statics(struct bgp_instance *i, const char *const *prefixes, uint32_t n)
{
	struct bgp_local l[4] = { 0 };

	CU_ASSERT_TRUE_FATAL(n <= ARRAY_SIZE(l));
	for (uint32_t k = 0; k < n; k++) {
		l[k].pfx = lab_prefix(prefixes[k]);
		l[k].kind = RIB_SOURCE_STATIC;
		l[k].has_nh = true;
		l[k].nh = nexthop_device(41);
	}
	bgp_instance_set_locals(i, l, n);
}

/* How the first path of a prefix stands. */
static enum rib_reason standing(const struct bgp_instance *i, const char *prefix)
{
	const struct prefix p = lab_prefix(prefix);
	const struct rib *r = bgp_instance_rib(i,
		p.family == AF_INET6 ? BGP_FAMILY_IP6 : BGP_FAMILY_IP4);
	const uint32_t net = rib_find(r, &p);

	CU_ASSERT_TRUE_FATAL(net != 0 && rib_net(r, net)->paths != 0);
	return (enum rib_reason)rib_path(r, rib_net(r, net)->paths)->reason;
}

/* Somebody else's longer prefix would draw the traffic of a VPC out of it. */
static void a_part_of_a_cidr_is_kept_out_while_it_is_one(void)
{
	static const char *const statics[] = { "172.16.5.0/24", "172.0.0.0/8", "192.168.9.0/24",
		"fd00:16:5::/64" };
	const struct prefix cidrs[] = { lab_prefix("172.16.0.0/16"), lab_prefix("fd00:16::/32") };
	struct lab lab;
	struct pair pair;

	lab_init(&lab);
	open_pair(&lab, &pair);
	put_statics(lab.a.i, statics, 4);
	lab_settle(&lab);
	CU_ASSERT_EQUAL(bgp_edge_in_routes(pair.into_vpc), 4);
	bgp_engine_set_cidrs(lab.a.e, cidrs, 2);
	lab_settle(&lab);
	CU_ASSERT_EQUAL(bgp_edge_in_routes(pair.into_vpc), 2);
	for (int i = 0; i < 4; i++)
		CU_ASSERT_EQUAL(standing(pair.vpc, statics[i]),
			i == 1 || i == 2 ? RIB_REASON_NONE : RIB_REASON_FILTER_VPC_CIDR);
	lab_check_fib(&lab.a, pair.vpc);
	/* What comes while the rule holds is no better. */
	put_statics(lab.a.i, statics, 0);
	lab_settle(&lab);
	CU_ASSERT_EQUAL(rib_count_paths(bgp_instance_rib(pair.vpc, BGP_FAMILY_IP4)), 0);
	put_statics(lab.a.i, statics, 4);
	lab_settle(&lab);
	CU_ASSERT_EQUAL(bgp_edge_in_routes(pair.into_vpc), 2);
	bgp_engine_set_cidrs(lab.a.e, NULL, 0);
	lab_settle(&lab);
	CU_ASSERT_EQUAL(bgp_edge_in_routes(pair.into_vpc), 4);
	lab_check_fib(&lab.a, pair.vpc);
	/* A rule that changes again before all is judged: the last word counts. */
	bgp_engine_set_cidrs(lab.a.e, cidrs, 2);
	bgp_engine_set_cidrs(lab.a.e, cidrs, 1);
	bgp_edge_in_free(pair.into_vbr);
	lab_settle(&lab);
	CU_ASSERT_EQUAL(bgp_edge_in_routes(pair.into_vpc), 3);
	lab_fini(&lab);
}

/* A route that came by an edge of its own, from somebody in an AS, with a MED. */
static void bring(struct lab *lab, uint32_t dev, uint8_t as, uint32_t med)
{
	const uint8_t path[] = { BGP_AS_SEQUENCE, 1, 0, 0, 0, as };
	const struct nexthop nh = nexthop_device(dev);
	struct wire_attrs w = lab_raw_attrs(AF_INET);
	struct bgp_edge_route r = { .pfx = lab_prefix("20.0.1.0/24"),
		.from = dev,
		.live_key = dev };

	w.as_path = (struct octets){ path, sizeof(path) };
	w.has |= WIRE_HAS_MED;
	w.med = med;
	r.attrs = attrs_get(lab->a.e->attrs, &w);
	bgp_edge_in_route(bgp_edge_in_new(lab->a.i, "p", &nh), &r, true);
	attrs_unref(lab->a.e->attrs, r.attrs);
}

static void another_order_of_those_that_lose_moves_the_backup(void)
{
	const struct prefix p = lab_prefix("20.0.1.0/24");
	struct bgp_instance_conf ic;
	struct lab lab;

	lab_init(&lab);
	ic = *bgp_instance_conf(lab.a.i);
	ic.max_paths = 1;
	bgp_instance_reconf(lab.a.i, &ic);
	bring(&lab, 51, 100, 0);
	bring(&lab, 52, 100, 20); /* loses by MED */
	bring(&lab, 53, 200, 10); /* loses later: MED is for one AS */
	lab_settle(&lab);
	CU_ASSERT_EQUAL(lab_route(&lab.a, 1, &p)->nh[0].ifindex, 51);
	CU_ASSERT_EQUAL_FATAL(lab_route(&lab.a, 1, &p)->n_backup, 1);
	CU_ASSERT_EQUAL(lab_route(&lab.a, 1, &p)->nh[1].ifindex, 53);
	ic.decision.med_always = true; /* now both do, and the best path is the same */
	bgp_instance_reconf(lab.a.i, &ic);
	lab_settle(&lab);
	CU_ASSERT_EQUAL(lab_route(&lab.a, 1, &p)->nh[0].ifindex, 51);
	CU_ASSERT_EQUAL(lab_route(&lab.a, 1, &p)->nh[1].ifindex, 52);
	lab_check_fib(&lab.a, lab.a.i);
	lab_fini(&lab);
}

static struct bgp_edge_out *lead(struct bgp_instance *from, struct bgp_instance *to,
	const char *name, uint32_t dev)
{
	const struct nexthop nh = nexthop_device(dev);
	struct bgp_edge_conf conf = { .kinds = 0xff, .transit = true };
	struct bgp_edge_out *o;

	strcpy(conf.name, name);
	o = bgp_edge_out_new(from, &conf, NULL, NULL);
	bgp_edge_out_join(o, bgp_edge_in_new(to, name, &nh));
	return o;
}

static uint32_t n_paths(const struct bgp_instance *i)
{
	return rib_count_paths(bgp_instance_rib(i, BGP_FAMILY_IP4));
}

/* Table 1 has the peer; 1 to 2 to 3 to 1. RFC 4271 9. */
static void a_route_that_goes_in_a_circle_ends_where_it_began(void)
{
	struct bgp_instance *second;
	struct bgp_instance *third;
	struct lab lab;

	lab_init(&lab);
	second = lab_instance(&lab.a, 2);
	third = lab_instance(&lab.a, 3);
	(void)lead(lab.a.i, second, "p1", 31);
	(void)lead(second, third, "p2", 32);
	(void)lead(third, lab.a.i, "p3", 33);
	for (int i = 0; i < 2; i++) {
		lab_announce(&lab.b, 0, 50);
		if (i == 0)
			lab_connect(&lab);
		lab_settle(&lab);
		CU_ASSERT_EQUAL(n_paths(lab.a.i), 50);
		CU_ASSERT_EQUAL(n_paths(second), 50);
		CU_ASSERT_EQUAL(n_paths(third), 50);
		lab_announce(&lab.b, 0, 0);
		lab_settle(&lab);
		CU_ASSERT_EQUAL(n_paths(lab.a.i) + n_paths(second) + n_paths(third), 0);
	}
	lab_check_fib(&lab.a, third);
	lab_fini(&lab);
}

/* All three lead to each other: the direct way is taken, the long one stands by. */
static void of_two_ways_the_one_over_fewer_tables_is_taken(void)
{
	const struct prefix p = lab_nth(AF_INET, 5);
	struct bgp_instance *second;
	struct bgp_instance *third;
	struct bgp_edge_out *direct;
	struct lab lab;

	lab_init(&lab);
	second = lab_instance(&lab.a, 2);
	third = lab_instance(&lab.a, 3);
	direct = lead(lab.a.i, second, "p1", 31);
	(void)lead(second, lab.a.i, "p1", 41);
	(void)lead(second, third, "p2", 32);
	(void)lead(third, second, "p2", 42);
	(void)lead(third, lab.a.i, "p3", 33);
	(void)lead(lab.a.i, third, "p3", 43);
	lab_announce(&lab.b, 0, 50);
	lab_connect(&lab);
	CU_ASSERT_EQUAL(n_paths(lab.a.i), 50);
	CU_ASSERT_EQUAL(n_paths(second), 100);
	CU_ASSERT_EQUAL(lab_route(&lab.a, 2, &p)->n, 1);
	CU_ASSERT_EQUAL(lab_route(&lab.a, 2, &p)->nh[0].ifindex, 31);
	bgp_edge_out_free(direct);
	lab_settle(&lab);
	CU_ASSERT_EQUAL(n_paths(second), 50);
	CU_ASSERT_EQUAL_FATAL(lab_routes(&lab.a, 2, BGP_FAMILY_IP4), 50);
	CU_ASSERT_EQUAL(lab_route(&lab.a, 2, &p)->nh[0].ifindex, 42);
	lab_announce(&lab.b, 0, 0);
	lab_settle(&lab);
	CU_ASSERT_EQUAL(n_paths(lab.a.i) + n_paths(second) + n_paths(third), 0);
	lab_fini(&lab);
}

static void an_edge_whose_device_changes_moves_its_routes(void)
{
	const struct nexthop nh = nexthop_device(99);
	const struct prefix p = lab_nth(AF_INET, 5);
	struct lab lab;
	struct pair pair;

	lab_init(&lab);
	open_pair(&lab, &pair);
	lab_announce(&lab.b, 0, 50);
	lab_connect(&lab);
	bgp_edge_in_set_nexthop(pair.into_vpc, &nh);
	lab_settle(&lab);
	CU_ASSERT_EQUAL(lab_route(&lab.a, 2, &p)->nh[0].ifindex, 99);
	bgp_edge_in_free(pair.into_vpc);
	lab_announce(&lab.b, 0, 60); /* goes nowhere */
	lab_settle(&lab);
	CU_ASSERT_EQUAL(lab_routes(&lab.a, 2, BGP_FAMILY_IP4), 0);
	bgp_edge_out_join(pair.up, bgp_edge_in_new(pair.vpc, "p1", &nh));
	lab_settle(&lab);
	CU_ASSERT_EQUAL(lab_routes(&lab.a, 2, BGP_FAMILY_IP4), 60);
	lab_check_fib(&lab.a, lab.a.i);
	lab_fini(&lab);
}

/* An edge whose other half lives elsewhere: a queue that is full now and then. */
struct far {
	struct bgp_edge_in *in;
	struct bgp_edge_out *out;
	bool full;
	unsigned n_refused;
};

static int far_route(void *ctx, const struct bgp_edge_route *r)
{
	struct far *f = ctx;

	if (cu_random_below(10) == 0) {
		f->full = true;
		f->n_refused++;
		return -EAGAIN;
	}
	bgp_edge_in_route(f->in, r, false);
	return 0;
}

static int far_route_at_once(void *ctx, const struct bgp_edge_route *r)
{
	bgp_edge_in_route(((struct far *)ctx)->in, r, false);
	return 0;
}

static int far_heard_at_once(void *ctx, enum bgp_family f, enum bgp_edge_heard h)
{
	bgp_edge_in_heard(((struct far *)ctx)->in, f, h);
	return 0;
}

static void an_edge_to_another_engine_survives_a_full_queue(void)
{
	static const struct bgp_edge_out_ops ops = { .route = far_route };
	const struct bgp_edge_conf conf = edge_conf(KIND(BGP));
	const struct nexthop nh = nexthop_device(50);
	struct lab lab;
	struct far far = { 0 };
	struct bgp_instance *other;
	struct bgp_edge_out *o;

	lab_init(&lab);
	other = lab_instance(&lab.b, 4);
	far.in = bgp_edge_in_new(other, "p1", &nh);
	o = bgp_edge_out_new(lab.a.i, &conf, &ops, &far);
	lab_announce(&lab.b, 0, 300);
	lab_connect(&lab);
	for (int i = 0; i < 3; i++) {
		while (far.full) {
			far.full = false;
			bgp_edge_out_space(o);
			lab_settle(&lab);
		}
		CU_ASSERT_EQUAL(lab_routes(&lab.b, 4, BGP_FAMILY_IP4), i == 1 ? 10 : 300);
		lab_announce(&lab.b, 0, i == 0 ? 10 : 300);
		lab_settle(&lab);
	}
	CU_ASSERT_TRUE(far.n_refused > 0);
	lab_fini(&lab);
}

static int far_heard(void *ctx, enum bgp_family f, enum bgp_edge_heard h)
{
	struct far *far = ctx;

	if (!far->full && h == BGP_EDGE_SYNCED) { /* the first time there is no room */
		far->full = true;
		return -EAGAIN;
	}
	bgp_edge_in_heard(far->in, f, h);
	return 0;
}

/* So that what is left of an earlier life goes at once, and not when the time is over. */
static void a_table_fed_by_another_engine_is_relearned_when_that_is(void)
{
	static const struct bgp_edge_out_ops ops = { .route = far_route, .heard = far_heard };
	const struct bgp_edge_conf conf = edge_conf(KIND(BGP));
	const struct nexthop nh = nexthop_device(50);
	struct lab lab;
	struct far far = { 0 };
	struct bgp_instance *other;
	struct bgp_instance_conf c;
	struct bgp_edge_out *o;

	lab_init(&lab);
	c = lab_instance_conf(&lab.b, 4);
	c.edges_in = 1;
	c.sync_s = 60000;
	other = bgp_instance_new(lab.b.e, &c, NULL, 0);
	lab_settle(&lab);
	CU_ASSERT_FALSE(lab.b.fib.synced[4][0]);
	far.in = bgp_edge_in_new(other, "p1", &nh);
	o = bgp_edge_out_new(lab.a.i, &conf, &ops, &far);
	lab_connect(&lab);
	CU_ASSERT_TRUE(lab.a.fib.synced[1][0] && lab.a.fib.synced[1][1]);
	CU_ASSERT_TRUE(far.full);
	CU_ASSERT_FALSE(lab.b.fib.synced[4][0] && lab.b.fib.synced[4][1]);
	bgp_edge_out_space(o);
	lab_settle(&lab);
	CU_ASSERT_TRUE(lab.b.fib.synced[4][0] && lab.b.fib.synced[4][1]);
	lab_fini(&lab);
}

/* A VPC, as it is after a restart: it knows how many connections will lead to it. */
static struct bgp_instance *restarted_vpc(struct lab_node *n, uint32_t table, uint16_t edges_in)
{
	struct bgp_instance_conf c = lab_instance_conf(n, table);

	c.edges_in = edges_in;
	c.sync_s = 60000;
	return bgp_instance_new(n->e, &c, NULL, 0);
}

static bool is_synced(const struct lab_node *n, uint32_t table)
{
	return n->fib.synced[table][0] && n->fib.synced[table][1];
}

/* Both ways, of one connection; the second VPC may be in the other engine. */
static void connect_vpcs(struct bgp_instance *a, struct bgp_instance *b, const char *name,
	bool transit, struct far far[2])
{
	static const struct bgp_edge_out_ops ops = {
		.route = far_route_at_once,
		.heard = far_heard_at_once,
	};
	struct bgp_instance *const v[2] = { a, b };
	struct bgp_edge_conf conf = { .kinds = 0xff, .transit = transit };
	const struct nexthop nh = nexthop_device(60);

	strcpy(conf.name, name);
	for (unsigned k = 0; k < 2; k++)
		far[k].in = bgp_edge_in_new(v[1 - k], name, &nh);
	for (unsigned k = 0; k < 2; k++) {
		const bool is_far = a->e != b->e;

		far[k].out = bgp_edge_out_new(v[k], &conf, is_far ? &ops : NULL, &far[k]);
		if (!is_far)
			bgp_edge_out_join(far[k].out, far[k].in);
	}
}

/* Neither has a neighbour whose End-of-RIB would tell it anything. */
static void two_vpcs_do_not_wait_for_each_other(void)
{
	for (int is_far = 0; is_far < 2; is_far++) {
		for (int transit = 0; transit < 2; transit++) {
			struct far far[2] = { 0 };
			struct lab lab;
			struct bgp_instance *a;
			struct bgp_instance *b;

			lab_init(&lab);
			a = restarted_vpc(&lab.a, 2, 1);
			b = restarted_vpc(is_far ? &lab.b : &lab.a, 3, 1);
			lab_settle(&lab);
			CU_ASSERT_FALSE(is_synced(&lab.a, 2));
			connect_vpcs(a, b, "p1", transit, far);
			lab_settle(&lab);
			CU_ASSERT_TRUE(is_synced(&lab.a, 2));
			CU_ASSERT_TRUE(is_synced(is_far ? &lab.b : &lab.a, 3));
			lab_fini(&lab);
		}
	}
}

/* What comes from a neighbour of the third table crosses the second one by transit only. */
static void with_transit_a_vpc_waits_for_what_is_behind_the_other(void)
{
	for (int transit = 0; transit < 2; transit++) {
		struct far far[2] = { 0 };
		struct bgp_edge_out *from_vbr;
		struct bgp_edge_conf conf = { .name = "p2", .kinds = 0xff };
		const struct nexthop nh = nexthop_device(61);
		struct bgp_peer_conf c;
		struct lab lab;
		struct bgp_instance *a;
		struct bgp_instance *b;

		lab_init(&lab);
		a = restarted_vpc(&lab.a, 2, 1);
		b = restarted_vpc(&lab.a, 3, 2);
		c = lab_peer_conf(&lab.a);
		lab.a.p = bgp_peer_new(lab.a.i, &c); /* of whom nothing is heard yet */
		from_vbr = bgp_edge_out_new(lab.a.i, &conf, NULL, NULL);
		bgp_edge_out_join(from_vbr, bgp_edge_in_new(b, "p2", &nh));
		connect_vpcs(a, b, "p1", transit, far);
		lab_settle(&lab);
		CU_ASSERT_EQUAL(is_synced(&lab.a, 2), !transit);
		CU_ASSERT_FALSE(is_synced(&lab.a, 3));
		bgp_peer_free(lab.a.p);
		lab_settle(&lab);
		CU_ASSERT_TRUE(is_synced(&lab.a, 2) && is_synced(&lab.a, 3));
		lab_fini(&lab);
	}
}

/* Table 1 to table 4 of the other engine, back to table 2 of the first one, and to table 1. */
static void a_circle_over_two_engines_ends_where_it_began(void)
{
	static const struct bgp_edge_out_ops ops = { .route = far_route };
	const struct bgp_edge_conf there = { .name = "p1", .kinds = 0xff, .transit = true };
	const struct bgp_edge_conf back = { .name = "p2", .kinds = 0xff, .transit = true };
	const struct nexthop nh = nexthop_device(50);
	struct bgp_edge_out *o[2];
	struct bgp_instance *second;
	struct bgp_instance *fourth;
	struct lab lab;
	struct far far[2] = { 0 };

	lab_init(&lab);
	second = lab_instance(&lab.a, 2);
	fourth = lab_instance(&lab.b, 4);
	far[0].in = bgp_edge_in_new(fourth, "p1", &nh);
	far[1].in = bgp_edge_in_new(second, "p2", &nh);
	o[0] = bgp_edge_out_new(lab.a.i, &there, &ops, &far[0]);
	o[1] = bgp_edge_out_new(fourth, &back, &ops, &far[1]);
	(void)lead(second, lab.a.i, "p3", 51);
	lab_announce(&lab.b, 0, 60);
	lab_connect(&lab);
	for (int i = 0; i < 2; i++) {
		while (far[0].full || far[1].full) {
			far[0].full = far[1].full = false;
			bgp_edge_out_space(o[0]);
			bgp_edge_out_space(o[1]);
			lab_settle(&lab);
		}
		CU_ASSERT_EQUAL(n_paths(lab.a.i), i ? 0 : 60);
		CU_ASSERT_EQUAL(n_paths(fourth), i ? 0 : 60);
		CU_ASSERT_EQUAL(n_paths(second), i ? 0 : 60);
		lab_announce(&lab.b, 0, 0);
		lab_settle(&lab);
	}
	lab_fini(&lab);
}

static void step(struct lab *lab, struct pair *p)
{
	static const char *const cidrs[] = { "172.16.0.0/16", "172.17.0.0/16", "20.0.0.0/24" };
	struct bgp_edge_conf c = edge_conf((uint8_t)cu_random_below(256));
	struct bgp_instance_conf ic = *bgp_instance_conf(lab->a.i);
	const struct bgp_peer_view v = lab_view(lab->a.p);
	const struct nexthop nh = nexthop_device(1 + cu_random_below(3));

	switch (cu_random_below(9)) {
	case 0:
	case 1:
	case 2:
		lab_announce(&lab->b, cu_random_below(200), cu_random_below(200));
		break;
	case 3:
		add_cidr(p, cidrs[cu_random_below(ARRAY_SIZE(cidrs))]);
		break;
	case 4:
		c.transit = cu_random_below(2);
		bgp_edge_out_reconf(cu_random_below(2) ? p->up : p->down, &c);
		break;
	case 5:
		bgp_edge_in_set_nexthop(cu_random_below(2) ? p->into_vpc : p->into_vbr, &nh);
		break;
	case 6:
		if (session_state(v.session) == SESSION_STATE_ESTABLISHED)
			bgp_peer_clear(lab->a.p, BGP_CLEAR_HARD);
		break;
	case 7:
		ic.max_paths = (uint8_t)(1 + cu_random_below(8));
		bgp_instance_reconf(lab->a.i, &ic);
		break;
	case 8:
		lab_announce(&lab->a, cu_random_below(200), cu_random_below(100));
		break;
	}
}

/* Is everything that should have crossed there, and nothing else? */
struct crossing {
	const struct rib *from;
	const struct rib *to;
	uint32_t n;
};

static bool must_be_over_there(void *ctx, uint32_t net)
{
	struct crossing *c = ctx;
	const struct rib_path *best = rib_net_best(c->from, net);
	const struct prefix pfx = rib_net_prefix(c->from, net);

	if (best && !(best->flags & RIB_PATH_LOCAL) &&
		rib_source_at(c->from, best->source)->kind != RIB_SOURCE_PEERING) {
		c->n++;
		CU_ASSERT_NOT_EQUAL(rib_find(c->to, &pfx), 0);
	}
	return true;
}

static void any_sequence_of_changes_ends_in_step(void)
{
	const struct bgp_edge_conf all = edge_conf(KIND(BGP) | KIND(STATIC) | KIND(VPC));
	struct lab lab;
	struct pair pair;

	lab_init(&lab);
	open_pair(&lab, &pair);
	lab_connect(&lab);
	lab.a.fib.full_percent = 5;
	for (int i = 0; i < 60; i++) {
		step(&lab, &pair);
		for (uint32_t k = cu_random_below(40); k; k--)
			(void)loop_turn(lab.l);
		if (lab.a.fib.is_full) {
			lab.a.fib.is_full = false;
			nhtable_retry(lab.a.nh);
			bgp_engine_fib_space(lab.a.e);
		}
	}
	bgp_edge_out_reconf(pair.up, &all);
	bgp_edge_out_reconf(pair.down, &all);
	CU_ASSERT_TRUE(lab_until_up(&lab, true));
	lab_settle(&lab);
	lab_check_fib(&lab.a, lab.a.i);
	lab_check_fib(&lab.a, pair.vpc);
	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++) {
		struct crossing c = {
			.from = bgp_instance_rib(lab.a.i, (enum bgp_family)f),
			.to = bgp_instance_rib(pair.vpc, (enum bgp_family)f),
		};
		struct rib_range range = { 0 };

		(void)rib_walk(c.from, &range, UINT32_MAX, must_be_over_there, &c);
		CU_ASSERT_TRUE(rib_count_paths(c.to) - c.n <= 1); /* and its own CIDR */
	}
	lab_fini(&lab);
}

static void set_quota(struct lab *lab, uint32_t quota)
{
	const struct bgp_engine_conf c = { .name = "a", .route_quota = quota };

	bgp_engine_reconf(lab->a.e, &c);
	lab_settle(lab);
}

static void what_the_quota_kept_out_comes_when_it_is_raised(void)
{
	const struct bgp_local own = {
		.pfx = lab_prefix("172.16.0.0/16"),
		.kind = RIB_SOURCE_STATIC,
		.has_nh = true,
		.nh = nexthop_device(40),
	};
	struct lab lab;
	struct pair pair;

	lab_init(&lab);
	open_pair(&lab, &pair);
	bgp_instance_set_locals(pair.vpc, &own, 1);
	set_quota(&lab, 100);
	lab_announce(&lab.b, 0, 130);
	lab_connect(&lab);
	lab_settle(&lab);
	CU_ASSERT_EQUAL(lab_routes(&lab.a, 1, BGP_FAMILY_IP4), 100);
	CU_ASSERT_EQUAL(lab_view(lab.a.p).discarded, 60);
	CU_ASSERT_EQUAL(lab_routes(&lab.a, 2, BGP_FAMILY_IP4), 100);
	CU_ASSERT_EQUAL(bgp_edge_in_routes(pair.into_vpc), 199); /* one has its own's place */
	set_quota(&lab, 110);
	CU_ASSERT_EQUAL(lab_view(lab.a.p).received, 220);
	CU_ASSERT_EQUAL(bgp_edge_in_routes(pair.into_vpc), 219);
	set_quota(&lab, 0);
	CU_ASSERT_EQUAL(lab_view(lab.a.p).received, 260);
	CU_ASSERT_EQUAL(lab_view(lab.a.p).discarded, 0);
	CU_ASSERT_EQUAL(bgp_edge_in_routes(pair.into_vpc), 260);
	CU_ASSERT_EQUAL(lab.a.fib.n_dead, 0);
	lab_check_fib(&lab.a, lab.a.i);
	lab_check_fib(&lab.a, pair.vpc);
	lab_fini(&lab);
}

/* A look at whether there is room, without the wait for it. */
static void look_now(struct lab *lab, struct timer *room)
{
	CU_ASSERT_TRUE(timer_is_armed(room));
	timer_start(room, 0);
	lab_settle(lab);
}

static int far_say_again(void *ctx, enum bgp_family f)
{
	struct far *far = ctx;

	if (far->full)
		return -EAGAIN;
	bgp_edge_out_again(far->out, f);
	return 0;
}

static void what_the_quota_kept_out_comes_from_another_engine_too(void)
{
	static const struct bgp_edge_out_ops ops = { .route = far_route_at_once };
	const struct bgp_edge_conf conf = edge_conf(KIND(BGP));
	const struct nexthop nh = nexthop_device(50);
	struct bgp_instance *fed;
	struct bgp_local own[20] = { 0 };
	struct far far = { .full = true };
	struct lab lab;

	lab_init(&lab);
	fed = lab_instance(&lab.a, 4);
	for (uint32_t k = 0; k < ARRAY_SIZE(own); k++) {
		own[k].pfx = lab_nth(AF_INET, 1000 + k);
		own[k].kind = RIB_SOURCE_STATIC;
	}
	bgp_instance_set_locals(fed, own, ARRAY_SIZE(own));
	set_quota(&lab, 100);
	far.in = bgp_edge_in_new(fed, "p1", &nh);
	bgp_edge_in_on_lost(far.in, far_say_again, &far);
	far.out = bgp_edge_out_new(lab.b.i, &conf, &ops, &far);
	lab_announce(&lab.a, 0, 90);
	lab_connect(&lab);
	lab_settle(&lab);
	CU_ASSERT_EQUAL(bgp_edge_in_routes(far.in), 80 + 90);
	bgp_instance_set_locals(fed, NULL, 0);
	look_now(&lab, &far.in->room); /* the ring is full: another look follows */
	CU_ASSERT_EQUAL(bgp_edge_in_routes(far.in), 80 + 90);
	far.full = false;
	look_now(&lab, &far.in->room);
	CU_ASSERT_EQUAL(bgp_edge_in_routes(far.in), 90 + 90);
	CU_ASSERT_FALSE(timer_is_armed(&far.in->room));
	set_quota(&lab, 50);
	lab_announce(&lab.a, 0, 120);
	lab_settle(&lab);
	CU_ASSERT_EQUAL(bgp_edge_in_routes(far.in), 90 + 90);
	set_quota(&lab, 0);
	CU_ASSERT_EQUAL(bgp_edge_in_routes(far.in), 120 + 120);
	lab_fini(&lab);
}

static int count_say_again(void *ctx, enum bgp_family f)
{
	CU_ASSERT_EQUAL(f, BGP_FAMILY_IP4);
	(*(unsigned *)ctx)++;
	return 0;
}

/* There is room at each look, and some route of the other end finds none soon after. */
static void hover(struct lab *lab, struct bgp_edge_in *in, unsigned seconds)
{
	for (unsigned s = 0; s < seconds; s += 10) {
		in->said_again = mono_add_s(in->said_again, -10);
		in->lost[BGP_FAMILY_IP4] = true;
		timer_start(&in->room, 0);
		lab_settle(lab);
		CU_ASSERT_EQUAL(timer_is_armed(&in->room), in->lost[BGP_FAMILY_IP4]);
	}
}

static void who_hovers_at_the_quota_asks_seldom(void)
{
	const struct nexthop nh = nexthop_device(50);
	struct bgp_edge_in *in;
	unsigned n = 0;
	struct lab lab;

	lab_init(&lab);
	set_quota(&lab, 100);
	in = bgp_edge_in_new(lab_instance(&lab.a, 4), "p1", &nh);
	bgp_edge_in_on_lost(in, count_say_again, &n);
	hover(&lab, in, 10);
	CU_ASSERT_EQUAL(n, 1); /* the first one need not wait */
	hover(&lab, in, 20);
	CU_ASSERT_EQUAL(n, 2);
	CU_ASSERT_TRUE(in->lost[BGP_FAMILY_IP4]); /* it waits, and is not forgotten */
	hover(&lab, in, 50);
	CU_ASSERT_EQUAL(n, 4); /* 10, 20 and 40 seconds after one another */
	hover(&lab, in, 86400 - 80);
	CU_ASSERT(n >= 86400 / 640 && n < 86400 / 640 + 10);
	/* An hour in which everything fits is an end of it. */
	in->said_again = mono_add_s(in->said_again, -3600);
	n = 0;
	hover(&lab, in, 20);
	CU_ASSERT_EQUAL(n, 2);
	lab_fini(&lab);
}

static bool has(const struct bgp_instance *i, const char *prefix)
{
	const struct prefix p = lab_prefix(prefix);

	return rib_find(bgp_instance_rib(i, BGP_FAMILY_IP4), &p) != 0;
}

/* Static routes, aggregates, and the default route for a neighbour. */
static void own_routes_that_found_no_room_come_when_there_is_some(void)
{
	static const char *const statics[] = { "30.0.1.0/24", "30.0.2.0/24" };
	const struct bgp_aggregate sum = { .pfx = lab_prefix("20.0.0.0/8") };
	struct bgp_peer_conf c;
	struct lab lab;

	lab_init(&lab);
	lab_announce(&lab.b, 0, 30);
	lab_connect(&lab);
	set_quota(&lab, 30);
	put_statics(lab.a.i, statics, 2);
	bgp_instance_set_aggregates(lab.a.i, &sum, 1);
	c = lab_peer_conf(&lab.a);
	c.default_originate = true;
	bgp_peer_reconf(lab.a.p, &c);
	lab_settle(&lab);
	CU_ASSERT_FALSE(has(lab.a.i, statics[0]) || has(lab.a.i, "20.0.0.0/8"));
	CU_ASSERT_FALSE(has(lab.a.i, "0.0.0.0/0"));
	look_now(&lab, &lab.a.i->own_room);
	CU_ASSERT_FALSE(has(lab.a.i, statics[0]));
	lab_announce(&lab.b, 0, 20);
	lab_settle(&lab);
	look_now(&lab, &lab.a.i->own_room);
	CU_ASSERT_TRUE(has(lab.a.i, statics[0]) && has(lab.a.i, statics[1]));
	CU_ASSERT_TRUE(has(lab.a.i, "20.0.0.0/8"));
	CU_ASSERT_TRUE(has(lab.a.i, "0.0.0.0/0"));
	CU_ASSERT_FALSE(timer_is_armed(&lab.a.i->own_room));
	CU_ASSERT_TRUE(has(lab.b.i, "0.0.0.0/0"));
	lab_fini(&lab);
}

static const struct cu_case cases[] = {
	CU_CASE(what_the_quota_kept_out_comes_from_another_engine_too),
	CU_CASE(who_hovers_at_the_quota_asks_seldom),
	CU_CASE(own_routes_that_found_no_room_come_when_there_is_some),
	CU_CASE(what_the_quota_kept_out_comes_when_it_is_raised),
	CU_CASE(idc_routes_reach_the_vpc_and_cidrs_reach_the_idc),
	CU_CASE(nothing_comes_back_by_the_way_it_came),
	CU_CASE(only_transit_carries_on_what_arrived_by_an_edge),
	CU_CASE(a_part_of_a_cidr_is_kept_out_while_it_is_one),
	CU_CASE(another_order_of_those_that_lose_moves_the_backup),
	CU_CASE(a_route_that_goes_in_a_circle_ends_where_it_began),
	CU_CASE(of_two_ways_the_one_over_fewer_tables_is_taken),
	CU_CASE(an_edge_whose_device_changes_moves_its_routes),
	CU_CASE(an_edge_to_another_engine_survives_a_full_queue),
	CU_CASE(a_table_fed_by_another_engine_is_relearned_when_that_is),
	CU_CASE(two_vpcs_do_not_wait_for_each_other),
	CU_CASE(with_transit_a_vpc_waits_for_what_is_behind_the_other),
	CU_CASE(a_circle_over_two_engines_ends_where_it_began),
	CU_CASE(any_sequence_of_changes_ends_in_step),
};
CU_SUITE(edge, cases);
