/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Routes between two engines over real sessions: both families, withdrawals, flaps, full rings,
 * removal.
 */
#include <string.h>

#include "bgpd/engine_int.h"
#include "tests/bgpd/engine/lab.h"

#define MANY 3000

static void check_full_exchange(struct lab *lab, uint32_t n)
{
	const struct bgp_peer_view a = lab_view(lab->a.p);
	const struct bgp_peer_view b = lab_view(lab->b.p);

	CU_ASSERT_EQUAL(a.received, 2 * n);
	CU_ASSERT_EQUAL(a.accepted, 2 * n);
	CU_ASSERT_EQUAL(a.advertised, 2 * n);
	CU_ASSERT_EQUAL(b.received, 2 * n);
	CU_ASSERT_EQUAL(lab_routes(&lab->a, 1, BGP_FAMILY_IP4), n);
	CU_ASSERT_EQUAL(lab_routes(&lab->a, 1, BGP_FAMILY_IP6), n);
	lab_check_fib(&lab->a, lab->a.i);
	lab_check_fib(&lab->b, lab->b.i);
}

static void thousands_of_routes_travel_both_ways(void)
{
	struct lab lab;
	const struct prefix p6 = lab_nth(AF_INET6, 17);
	const struct nhgroup *g;

	lab_init(&lab);
	lab_announce(&lab.a, 0x20000, MANY);
	lab_announce(&lab.b, 0, MANY);
	lab_connect(&lab);
	check_full_exchange(&lab, MANY);
	g = lab_route(&lab.a, 1, &p6);
	CU_ASSERT_PTR_NOT_NULL_FATAL(g);
	CU_ASSERT_EQUAL(g->n, 1);
	CU_ASSERT_EQUAL(g->nh[0].ifindex, LAB_IFINDEX);
	CU_ASSERT_EQUAL(g->nh[0].live_key, lab_view(lab.a.p).live_key);
	CU_ASSERT_EQUAL(g->nh[0].gw.b[15], 2);
	CU_ASSERT_EQUAL(lab.a.fib.events[BGP_EVENT_PEER_UP], 1);
	CU_ASSERT_TRUE(lab.a.fib.synced[1][0] && lab.a.fib.synced[1][1]);
	CU_ASSERT_EQUAL(nhtable_count(lab.a.nh), 2); /* one way out a family */
	lab_fini(&lab);
}

/* The lab's two engines have one table, as the tenants of a worker. */
static void equal_attributes_of_two_tenants_are_one_set(void)
{
	struct lab lab;

	lab_init(&lab);
	lab_announce(&lab.a, 0x20000, MANY);
	lab_announce(&lab.b, 0, MANY);
	CU_ASSERT_EQUAL(attrs_count(lab.attrs), 1); /* of what is their own */
	lab_connect(&lab);
	check_full_exchange(&lab, MANY);
	CU_ASSERT_EQUAL(attrs_count(lab.attrs), 1 + 4); /* heard: by neighbour and family */
	lab_fini(&lab);
}

static void changes_travel_while_the_session_lives(void)
{
	struct lab lab;

	lab_init(&lab);
	lab_connect(&lab);
	lab_announce(&lab.b, 0, 100);
	lab_announce(&lab.a, 0x20000, 70);
	lab_settle(&lab);
	lab_announce(&lab.b, 30, 70); /* 0..29 go */
	lab_settle(&lab);
	check_full_exchange(&lab, 70);
	lab_announce(&lab.b, 0, 0);
	lab_announce(&lab.a, 0, 0);
	lab_settle(&lab);
	check_full_exchange(&lab, 0);
	CU_ASSERT_EQUAL(nhtable_count(lab.a.nh), 0);
	lab_fini(&lab);
}

static void a_full_ring_loses_nothing(void)
{
	struct lab lab;

	lab_init(&lab);
	lab.a.fib.full_percent = 30;
	lab.b.fib.full_percent = 3;
	lab_announce(&lab.a, 0x20000, 400);
	lab_announce(&lab.b, 0, 400);
	lab_connect(&lab);
	check_full_exchange(&lab, 400);
	lab_announce(&lab.a, 0x20000, 10);
	lab_announce(&lab.b, 0, 10);
	lab_settle(&lab);
	check_full_exchange(&lab, 10);
	CU_ASSERT_TRUE(lab.a.fib.n_refused > 100);
	CU_ASSERT_TRUE(lab.a.fib.synced[1][0] && lab.a.fib.synced[1][1]);
	lab_fini(&lab);
}

static void the_fib_hears_of_a_dead_neighbour_before_its_routes_move(void)
{
	struct lab lab;
	unsigned ops;

	lab_init(&lab);
	lab_announce(&lab.b, 0, MANY);
	lab_connect(&lab);
	ops = lab.a.fib.n_ops;
	CU_ASSERT_EQUAL(lab.a.fib.n_alive, 1);
	bgp_peer_free(lab.b.p);
	lab.b.p = NULL;
	CU_ASSERT_TRUE(lab_until_up(&lab, false));
	CU_ASSERT_EQUAL(lab.a.fib.n_dead, 1);
	CU_ASSERT_EQUAL(lab.a.fib.ops_at_death, ops);
	lab_settle(&lab);
	CU_ASSERT_EQUAL(lab_routes(&lab.a, 1, BGP_FAMILY_IP4), 0);
	CU_ASSERT_EQUAL(lab.a.fib.events[BGP_EVENT_PEER_DOWN], 1);
	CU_ASSERT_STRING_NOT_EQUAL(lab_view(lab.a.p).last_error, "");
	CU_ASSERT_STRING_EQUAL(lab_view(lab.a.p).last_code, "notification-received");
	lab_fini(&lab);
}

static void a_neighbour_may_come_back_while_its_old_routes_still_go(void)
{
	struct lab lab;

	lab_init(&lab);
	lab_announce(&lab.a, 0x20000, MANY);
	lab_announce(&lab.b, 0, MANY);
	lab_connect(&lab);
	for (int i = 0; i < 3; i++) {
		bgp_peer_clear(lab.a.p, BGP_CLEAR_HARD);
		CU_ASSERT_TRUE(lab_until_up(&lab, true));
	}
	lab_settle(&lab);
	CU_ASSERT_TRUE(lab.a.fib.n_dead >= 3);
	check_full_exchange(&lab, MANY);
	lab_fini(&lab);
}

static void a_removed_peer_leaves_nothing_behind(void)
{
	struct lab lab;

	lab_init(&lab);
	lab_announce(&lab.b, 0, 500);
	lab_connect(&lab);
	bgp_peer_free(lab.a.p);
	lab.a.p = NULL;
	lab_settle(&lab);
	CU_ASSERT_EQUAL(lab_routes(&lab.a, 1, BGP_FAMILY_IP4), 0);
	CU_ASSERT_EQUAL(rib_count_paths(bgp_instance_rib(lab.a.i, BGP_FAMILY_IP4)), 0);
	CU_ASSERT_EQUAL(nhtable_count(lab.a.nh), 0);
	CU_ASSERT_PTR_NULL(bgp_instance_next_peer(lab.a.i, NULL));
	lab_fini(&lab);
}

/* Two commits in a row: what was before the first is over, for both ends. */
static void a_peer_that_is_made_again_at_once_is_another_one(void)
{
	struct bgp_peer_conf c;
	uint32_t key;
	struct lab lab;

	lab_init(&lab);
	lab_announce(&lab.b, 0, 500);
	lab_connect(&lab);
	lab_settle(&lab);
	c = *lab_view(lab.a.p).conf;
	key = lab_view(lab.a.p).live_key;
	bgp_peer_free(lab.a.p);
	lab.a.p = bgp_peer_new(lab.a.i, &c);
	CU_ASSERT_NOT_EQUAL(lab_view(lab.a.p).live_key, key);
	CU_ASSERT_EQUAL(lab_view(lab.a.p).received, 0);
	CU_ASSERT_EQUAL(lab.a.fib.n_dead, 1);
	CU_ASSERT_TRUE(lab_until_up(&lab, false));
	CU_ASSERT_EQUAL(session_last_down(lab_view(lab.b.p).session)->subcode,
		BGP_ERR_CEASE_DECONFIGURED);
	CU_ASSERT_TRUE(lab_until_up(&lab, true));
	lab_settle(&lab);
	CU_ASSERT_EQUAL(session_stats(lab_view(lab.b.p).session)->transitions, 2);
	CU_ASSERT_EQUAL(session_stats(lab_view(lab.a.p).session)->transitions, 1);
	CU_ASSERT_EQUAL(lab_routes(&lab.a, 1, BGP_FAMILY_IP4), 500);
	lab_check_fib(&lab.a, lab.a.i);
	lab_fini(&lab);
}

static void a_removed_instance_takes_its_routes_out_of_a_full_ring(void)
{
	struct lab lab;

	lab_init(&lab);
	lab_announce(&lab.b, 0, MANY);
	lab_connect(&lab);
	lab.a.fib.full_percent = 20;
	bgp_instance_free(lab.a.i);
	lab.a.p = NULL;
	CU_ASSERT_TRUE(bgp_engine_is_leaving(lab.a.e, 1));
	lab_settle(&lab);
	CU_ASSERT_FALSE(bgp_engine_is_leaving(lab.a.e, 1));
	CU_ASSERT_EQUAL(lab_routes(&lab.a, 1, BGP_FAMILY_IP4), 0);
	CU_ASSERT_EQUAL(lab_routes(&lab.a, 1, BGP_FAMILY_IP6), 0);
	CU_ASSERT_EQUAL(nhtable_count(lab.a.nh), 0);
	lab_fini(&lab);
}

static void an_engine_may_end_while_an_instance_still_leaves(void)
{
	struct lab lab;

	lab_init(&lab);
	lab_announce(&lab.b, 0, 100);
	lab_connect(&lab);
	lab.a.fib.full_percent = 100;
	bgp_instance_free(lab.a.i);
	lab.a.p = NULL;
	for (int i = 0; i < 20; i++)
		(void)loop_turn(lab.l);
	CU_ASSERT_TRUE(bgp_engine_is_leaving(lab.a.e, 1));
	CU_ASSERT_EQUAL(lab_routes(&lab.a, 1, BGP_FAMILY_IP4), 100);
	lab_fini(&lab);
}

static void an_engine_that_ends_leaves_the_kernel_alone(void)
{
	struct lab lab;
	unsigned ops;

	lab_init(&lab);
	lab_announce(&lab.b, 0, 100);
	lab_connect(&lab);
	ops = lab.a.fib.n_ops;
	bgp_engine_free(lab.a.e);
	lab.a.e = NULL;
	lab.a.p = NULL;
	CU_ASSERT_EQUAL(lab.a.fib.n_ops, ops);
	CU_ASSERT_EQUAL(lab.a.fib.n_dead, 0);
	CU_ASSERT_EQUAL(lab_routes(&lab.a, 1, BGP_FAMILY_IP4), 100);
	lab_fini(&lab);
}

static void a_link_that_goes_stops_the_session_and_starts_it_again(void)
{
	struct lab lab;
	const struct prefix p = lab_nth(AF_INET, 0);
	struct bgp_link link;

	lab_init(&lab);
	lab_announce(&lab.b, 0, 50);
	lab_connect(&lab);
	link = lab_link(&lab.a);
	link.up = false;
	bgp_instance_set_links(lab.a.i, &link, 1);
	CU_ASSERT_EQUAL(lab.a.fib.n_dead, 1);
	lab_settle(&lab);
	CU_ASSERT_FALSE(lab_is_up(&lab.a));
	CU_ASSERT_STRING_EQUAL(lab_view(lab.a.p).last_code, "interface-down");
	CU_ASSERT_STRING_EQUAL(lab_view(lab.b.p).last_code, "notification-received");
	CU_ASSERT_EQUAL(lab_routes(&lab.a, 1, BGP_FAMILY_IP4), 0);
	link.up = true;
	link.ifindex = 9;
	bgp_instance_set_links(lab.a.i, &link, 1);
	CU_ASSERT_TRUE(lab_until_up(&lab, true));
	lab_settle(&lab);
	CU_ASSERT_EQUAL(lab_routes(&lab.a, 1, BGP_FAMILY_IP4), 50);
	CU_ASSERT_EQUAL(lab_route(&lab.a, 1, &p)->nh[0].ifindex, 9);
	lab_fini(&lab);
}

/* Node b has a second router, 127.0.0.3 and 10.0.0.3: another neighbour of node a. */
struct second {
	struct bgp_instance *i;
	struct bgp_peer *far;
	struct bgp_peer *near;
};

static void open_second(struct lab *lab, struct second *s, uint32_t n)
{
	struct bgp_instance_conf ic = lab_instance_conf(&lab->b, 3);
	struct bgp_link link = lab_link(&lab->b);
	struct bgp_peer_conf far = lab_peer_conf(&lab->b);
	struct bgp_peer_conf near = lab_peer_conf(&lab->a);
	struct bgp_local v[50] = { 0 };

	ic.router_id++;
	ic.port = (uint16_t)(ic.port == UINT16_MAX ? 20000 : ic.port + 1);
	link.local4.b[3] = 3;
	link.local6.b[15] = 3;
	s->i = bgp_instance_new(lab->b.e, &ic, &link, 1);
	for (uint32_t k = 0; k < n; k++) {
		v[k].pfx = lab_nth(AF_INET, k);
		v[k].kind = RIB_SOURCE_STATIC;
		v[k].flags = RIB_PATH_LOCAL;
	}
	bgp_instance_set_locals(s->i, v, n);
	far.session.local.b[3] = 3;
	near.session.remote.b[3] = 3;
	near.session.port = ic.port;
	s->far = bgp_peer_new(s->i, &far);
	s->near = bgp_peer_new(lab->a.i, &near);
	for (int t = 0; t < 500 && !lab_view(s->near).received; t++)
		lab_settle(lab);
	lab_settle(lab);
}

static void a_second_neighbour_shares_or_stands_by(void)
{
	const struct prefix p = lab_nth(AF_INET, 7);
	struct bgp_instance_conf ic;
	struct lab lab;
	struct second s;
	uint32_t first, other;

	lab_init(&lab);
	lab_announce(&lab.b, 0, 50);
	lab_connect(&lab);
	open_second(&lab, &s, 30);
	first = lab_view(lab.a.p).live_key;
	other = lab_view(s.near).live_key;
	CU_ASSERT_EQUAL(lab_route(&lab.a, 1, &p)->n, 2);
	lab_check_fib(&lab.a, lab.a.i);

	ic = *bgp_instance_conf(lab.a.i);
	ic.max_paths = 1;
	bgp_instance_reconf(lab.a.i, &ic);
	lab_settle(&lab);
	lab_check_fib(&lab.a, lab.a.i);
	CU_ASSERT_EQUAL(lab_route(&lab.a, 1, &p)->n, 1);
	CU_ASSERT_EQUAL(lab_route(&lab.a, 1, &p)->nh[0].live_key, first);
	CU_ASSERT_EQUAL(lab_route(&lab.a, 1, &p)->n_backup, 1);
	CU_ASSERT_EQUAL(lab_route(&lab.a, 1, &p)->nh[1].live_key, other);

	bgp_instance_set_locals(s.i, NULL, 0); /* no best path moves: only backups go */
	lab_settle(&lab);
	CU_ASSERT_EQUAL(lab_route(&lab.a, 1, &p)->n_backup, 0);
	lab_check_fib(&lab.a, lab.a.i);
	lab_fini(&lab);
}

static void offer(struct lab *lab, struct rib_source *s, const char *pfx, uint8_t path_len)
{
	const uint8_t path[2 + 4 * 3] = { BGP_AS_SEQUENCE, path_len, 0, 0, 0, 9, 0, 0, 0, 9, 0, 0,
		0, 9 };
	struct wire_attrs w = lab_raw_attrs(AF_INET);
	struct rib_offer o = { .pfx = lab_prefix(pfx), .live_key = s->router_id };

	w.as_path = (struct octets){ path, (uint16_t)(2 + 4 * path_len) };
	o.in = o.attrs = attrs_get(lab->a.e->attrs, &w);
	CU_ASSERT_EQUAL(rib_update(lab->a.i->table[BGP_FAMILY_IP4].rib, s, &o), 0);
	attrs_unref(lab->a.e->attrs, o.in);
}

/* Three neighbours of two prefixes, looked at in one slice; the best is the same for both. */
static void who_stands_by_is_found_for_each_prefix(void)
{
	const struct prefix a = lab_prefix("20.0.0.0/24");
	const struct prefix b = lab_prefix("20.0.1.0/24");
	struct rib_source *src[3];
	struct lab lab;
	struct rib *r;

	lab_init(&lab);
	r = lab.a.i->table[BGP_FAMILY_IP4].rib;
	for (uint32_t k = 0; k < ARRAY_SIZE(src); k++) {
		const struct rib_source init = { .kind = RIB_SOURCE_BGP, .router_id = k + 1 };

		src[k] = rib_source_new(r, &init);
		offer(&lab, src[k], "20.0.0.0/24", k == 0 ? 1 : k == 1 ? 2 : 3);
	}
	for (uint32_t k = 0; k < ARRAY_SIZE(src); k++)
		offer(&lab, src[k], "20.0.1.0/24", k == 0 ? 1 : k == 1 ? 3 : 2);
	lab_settle(&lab);
	CU_ASSERT_EQUAL(lab_route(&lab.a, 1, &a)->nh[0].live_key, 1);
	CU_ASSERT_EQUAL(lab_route(&lab.a, 1, &a)->n_backup, 1);
	CU_ASSERT_EQUAL(lab_route(&lab.a, 1, &a)->nh[1].live_key, 2);
	CU_ASSERT_EQUAL(lab_route(&lab.a, 1, &b)->nh[0].live_key, 1);
	CU_ASSERT_EQUAL(lab_route(&lab.a, 1, &b)->nh[1].live_key, 3);
	for (uint32_t k = 0; k < ARRAY_SIZE(src); k++) {
		uint32_t cursor = 0;

		while (rib_source_flush(r, src[k], 1, false, &cursor))
			;
		rib_source_free(r, src[k]);
	}
	lab_settle(&lab);
	CU_ASSERT_PTR_NULL(lab_route(&lab.a, 1, &a));
	lab_fini(&lab);
}

static void the_one_that_stands_by_takes_over(void)
{
	const struct prefix p = lab_nth(AF_INET, 7);
	struct bgp_instance_conf ic;
	struct lab lab;
	struct second s;

	lab_init(&lab);
	ic = *bgp_instance_conf(lab.a.i);
	ic.max_paths = 1;
	bgp_instance_reconf(lab.a.i, &ic);
	lab_announce(&lab.b, 0, 50);
	lab_connect(&lab);
	open_second(&lab, &s, 30); /* comes later, worse: still becomes the backup */
	CU_ASSERT_EQUAL(lab_route(&lab.a, 1, &p)->n_backup, 1);
	bgp_peer_free(lab.a.p);
	lab.a.p = NULL;
	lab_settle(&lab);
	CU_ASSERT_EQUAL(lab_routes(&lab.a, 1, BGP_FAMILY_IP4), 30);
	CU_ASSERT_EQUAL(lab_route(&lab.a, 1, &p)->nh[0].live_key, lab_view(s.near).live_key);
	lab_check_fib(&lab.a, lab.a.i);
	bgp_peer_free(s.far);
	lab_settle(&lab);
	CU_ASSERT_EQUAL(lab_routes(&lab.a, 1, BGP_FAMILY_IP4), 0);
	CU_ASSERT_EQUAL(nhtable_count(lab.a.nh), 0);
	lab_fini(&lab);
}

static void an_address_that_changes_is_judged_again(void)
{
	struct lab lab;
	struct bgp_link link;

	lab_init(&lab);
	lab_announce(&lab.b, 0, 20);
	lab_connect(&lab);
	link = lab_link(&lab.a);
	link.local4.b[3] = 2; /* now the neighbour's next hop is our own address */
	bgp_instance_set_links(lab.a.i, &link, 1);
	lab_settle(&lab);
	CU_ASSERT_TRUE(lab_until_up(&lab, true));
	lab_settle(&lab);
	CU_ASSERT_EQUAL(lab_routes(&lab.a, 1, BGP_FAMILY_IP4), 0);
	CU_ASSERT_EQUAL(lab_path(lab.a.i, "20.0.0.0/24")->reason, RIB_REASON_NEXT_HOP_SELF);
	CU_ASSERT_EQUAL(lab_routes(&lab.a, 1, BGP_FAMILY_IP6), 20);
	link.local4.b[3] = 7;
	bgp_instance_set_links(lab.a.i, &link, 1);
	lab_settle(&lab);
	CU_ASSERT_EQUAL(lab_routes(&lab.a, 1, BGP_FAMILY_IP4), 20);
	lab_check_fib(&lab.a, lab.a.i);
	lab_fini(&lab);
}

static void a_password_reaches_listener_and_caller(void)
{
	struct bgp_peer_conf ca;
	struct bgp_peer_conf cb;
	struct lab lab;

	lab_init(&lab);
	ca = lab_peer_conf(&lab.a);
	cb = lab_peer_conf(&lab.b);
	ca.session.password = "s3cret";
	cb.session.password = "s3cret";
	ca.session.passive = true;
	lab.a.p = bgp_peer_new(lab.a.i, &ca);
	lab.b.p = bgp_peer_new(lab.b.i, &cb);
	CU_ASSERT_TRUE(lab_until_up(&lab, true));
	for (const char *const *pw = (const char *const[]){ "other", "", "s3cret", NULL }; *pw;
		pw++) {
		ca.session.password = *pw;
		cb.session.password = *pw;
		bgp_peer_reconf(lab.a.p, &ca);
		bgp_peer_reconf(lab.b.p, &cb);
		CU_ASSERT_TRUE(lab_until_up(&lab, true));
	}
	cb.session.password = "wrong";
	bgp_peer_reconf(lab.b.p, &cb);
	lab_settle(&lab);
	CU_ASSERT_FALSE(lab_is_up(&lab.a) || lab_is_up(&lab.b));
	lab_fini(&lab);
}

/* Passive, at 127.9.0.k, where nobody is. */
static struct bgp_peer_conf absent(const struct lab *lab, uint8_t k)
{
	struct bgp_peer_conf c = lab_peer_conf(&lab->a);

	c.session.remote = ip_from_v4(0x7f090000u | k);
	c.session.passive = true;
	return c;
}

static void neighbours_are_found_by_address_whatever_becomes_of_them(void)
{
	struct bgp_peer *p[64];
	struct lab lab;

	lab_init(&lab);
	for (uint8_t k = 0; k < 64; k++) {
		const struct bgp_peer_conf c = absent(&lab, (uint8_t)(k * 37 % 64));

		p[k * 37 % 64] = bgp_peer_new(lab.a.i, &c);
	}
	for (uint8_t k = 0; k < 64; k++) {
		const struct bgp_peer_conf c = absent(&lab, (uint8_t)(k + 100));

		if (k % 4 == 0)
			bgp_peer_reconf(p[k], &c);
		else if (k % 4 == 1)
			bgp_peer_free(p[k]);
	}
	for (uint8_t k = 0; k < 64; k++) {
		const struct ip_addr was = ip_from_v4(0x7f090000u | k);
		const struct ip_addr is = ip_from_v4(0x7f090000u | (k + 100u));

		CU_ASSERT_PTR_EQUAL(bgp_instance_find_peer(lab.a.i, &was), k % 4 < 2 ? NULL : p[k]);
		CU_ASSERT_PTR_EQUAL(bgp_instance_find_peer(lab.a.i, &is), k % 4 ? NULL : p[k]);
	}
	lab_fini(&lab);
}

static void a_configuration_is_copied_with_all_that_it_points_to(void)
{
	struct session_ao ao = { .n = 1, .key = { { 1, 2, 0, false, "secret" } } };
	char text[] = "a text";
	struct bgp_peer_conf c;
	const struct session_conf *sc;
	struct lab lab;

	lab_init(&lab);
	c = absent(&lab, 1);
	c.session.password = c.session.shutdown_text = text;
	c.default_policy = c.advertise_policy = c.condition_policy = text;
	c.import_policy = c.export_policy = text;
	lab.a.p = bgp_peer_new(lab.a.i, &c);
	for (int again = 0; again < 2; again++) {
		const struct bgp_peer_conf *pc = lab_view(lab.a.p).conf;

		memset(text, 'x', sizeof(text) - 1);
		memset(&ao, 0, sizeof(ao));
		sc = session_conf(lab.a.p->session);
		CU_ASSERT_STRING_EQUAL(sc->shutdown_text, "a text");
		CU_ASSERT_STRING_EQUAL(pc->session.shutdown_text, "a text");
		CU_ASSERT_STRING_EQUAL(pc->default_policy, "a text");
		CU_ASSERT_STRING_EQUAL(pc->advertise_policy, "a text");
		CU_ASSERT_STRING_EQUAL(pc->condition_policy, "a text");
		CU_ASSERT_STRING_EQUAL(pc->import_policy, "a text");
		CU_ASSERT_STRING_EQUAL(pc->export_policy, "a text");
		if (again)
			break;
		CU_ASSERT_STRING_EQUAL(sc->password, "a text");
		strcpy(text, "a text");
		ao = (struct session_ao){ .n = 1, .key = { { 1, 2, 0, false, "secret" } } };
		c.session.password = "";
		c.session.ao = &ao;
		bgp_peer_reconf(lab.a.p, &c);
	}
	CU_ASSERT_PTR_NULL(sc->password); /* "" is none */
	CU_ASSERT_EQUAL_FATAL(session_conf_keys(sc), 1);
	CU_ASSERT_STRING_EQUAL(sc->ao->key[0].secret, "secret");
	lab_fini(&lab);
}

static bool is_synced(const struct lab *lab)
{
	CU_ASSERT_EQUAL(lab->a.fib.synced[1][0], lab->a.fib.synced[1][1]);
	return lab->a.fib.synced[1][0];
}

static void a_table_waits_for_each_of_many_neighbours(void)
{
	struct bgp_peer *p[8];
	struct lab lab;

	lab_init(&lab);
	for (uint8_t k = 0; k < 8; k++) {
		const struct bgp_peer_conf c = absent(&lab, k);

		p[k] = bgp_peer_new(lab.a.i, &c);
	}
	lab_connect(&lab);
	for (uint8_t k = 0; k < 8; k++) {
		struct bgp_peer *q = p[k * 5 % 8];
		struct bgp_peer_conf c = q->conf;

		lab_settle(&lab);
		CU_ASSERT_FALSE(is_synced(&lab));
		c.session.enabled = false;
		if (k % 2)
			bgp_peer_reconf(q, &c);
		else
			bgp_peer_free(q);
	}
	lab_settle(&lab);
	CU_ASSERT_TRUE(is_synced(&lab));
	lab_fini(&lab);
}

static void a_default_route_stands_while_a_neighbour_wants_it(void)
{
	const struct prefix any = prefix_any(AF_INET);
	struct bgp_peer_conf c;
	struct bgp_peer *p[3];
	struct lab lab;

	lab_init(&lab);
	for (uint8_t k = 0; k < 3; k++) {
		c = absent(&lab, k);
		c.default_originate = k != 1;
		p[k] = bgp_peer_new(lab.a.i, &c);
	}
	lab_settle(&lab);
	CU_ASSERT_NOT_EQUAL(rib_find(bgp_instance_rib(lab.a.i, BGP_FAMILY_IP4), &any), 0);
	bgp_peer_free(p[0]);
	lab_settle(&lab);
	CU_ASSERT_NOT_EQUAL(rib_find(bgp_instance_rib(lab.a.i, BGP_FAMILY_IP4), &any), 0);
	c.default_originate = false;
	bgp_peer_reconf(p[2], &c);
	lab_settle(&lab);
	CU_ASSERT_EQUAL(rib_find(bgp_instance_rib(lab.a.i, BGP_FAMILY_IP4), &any), 0);
	lab_fini(&lab);
}

/* RFC 8950: both ends at ::1, node b has no IPv4 address at all. RFC 8950 3. */
static void ipv4_travels_with_an_ipv6_next_hop(void)
{
	const struct prefix p = lab_nth(AF_INET, 3);
	const struct prefix q = lab_nth(AF_INET, 33);
	struct bgp_peer_conf ca;
	struct bgp_peer_conf cb;
	struct bgp_link link;
	struct lab lab;

	lab_init(&lab);
	link = lab_link(&lab.b);
	link.local4 = (struct ip_addr){ 0 };
	bgp_instance_set_links(lab.b.i, &link, 1);
	link = lab_link(&lab.a);
	link.local4 = (struct ip_addr){ 0 };
	bgp_instance_set_links(lab.a.i, &link, 1);
	ca = lab_peer_conf(&lab.a);
	cb = lab_peer_conf(&lab.b);
	CU_ASSERT_EQUAL(ip_parse("::1", &ca.session.remote), 0);
	ca.session.local = ca.session.remote;
	ca.session.ext_nexthop = true;
	cb.session.remote = ca.session.remote;
	cb.session.local = ca.session.remote;
	cb.session.ext_nexthop = true;
	lab_announce(&lab.b, 0, 20);
	lab_announce(&lab.a, 30, 10);
	lab.a.p = bgp_peer_new(lab.a.i, &ca);
	lab.b.p = bgp_peer_new(lab.b.i, &cb);
	CU_ASSERT_TRUE_FATAL(lab_until_up(&lab, true));
	lab_settle(&lab);
	CU_ASSERT_EQUAL(lab_routes(&lab.a, 1, BGP_FAMILY_IP6), 20);
	CU_ASSERT_EQUAL_FATAL(lab_routes(&lab.a, 1, BGP_FAMILY_IP4), 20);
	CU_ASSERT_EQUAL(lab_route(&lab.a, 1, &p)->nh[0].gw.family, AF_INET6);
	CU_ASSERT_EQUAL(lab_route(&lab.a, 1, &p)->nh[0].gw.b[15], 2);
	CU_ASSERT_EQUAL_FATAL(lab_routes(&lab.b, 1, BGP_FAMILY_IP4), 10);
	CU_ASSERT_EQUAL(lab_route(&lab.b, 1, &q)->nh[0].gw.family, AF_INET6);
	CU_ASSERT_EQUAL(lab_route(&lab.b, 1, &q)->nh[0].gw.b[15], 1);
	lab_announce(&lab.b, 0, 0);
	lab_settle(&lab);
	CU_ASSERT_EQUAL(lab_routes(&lab.a, 1, BGP_FAMILY_IP4), 0);
	lab_fini(&lab);
}

/* Both sides in the AS of b. */
static void internal_neighbours_keep_the_path_and_the_preference(void)
{
	const struct prefix p = lab_nth(AF_INET, 3);
	struct bgp_peer_conf ca;
	struct bgp_peer_conf cb;
	const struct rib_path *path;
	struct lab lab;

	lab_init(&lab);
	ca = lab_peer_conf(&lab.a);
	cb = lab_peer_conf(&lab.b);
	ca.session.local_as = RIG_AS_B;
	cb.session.peer_as = RIG_AS_B;
	lab_announce(&lab.b, 0, 20);
	lab.a.p = bgp_peer_new(lab.a.i, &ca);
	lab.b.p = bgp_peer_new(lab.b.i, &cb);
	CU_ASSERT_TRUE_FATAL(lab_until_up(&lab, true));
	lab_settle(&lab);
	CU_ASSERT_EQUAL(lab_routes(&lab.a, 1, BGP_FAMILY_IP4), 20);
	path = lab_path(lab.a.i, "20.0.3.0/24");
	CU_ASSERT_PTR_NOT_NULL_FATAL(path);
	CU_ASSERT_EQUAL(lab_attrs(&lab, path)->path_len, 0);
	CU_ASSERT_TRUE(lab_attrs(&lab, path)->has & WIRE_HAS_LOCAL_PREF); /* RFC 4271 5.1.5 */
	CU_ASSERT_EQUAL(lab_attrs(&lab, path)->local_pref, 100);
	CU_ASSERT_EQUAL(lab_route(&lab.a, 1, &p)->nh[0].gw.b[3], 2);
	lab_fini(&lab);
}

static const struct cu_case cases[] = {
	CU_CASE(thousands_of_routes_travel_both_ways),
	CU_CASE(equal_attributes_of_two_tenants_are_one_set),
	CU_CASE(changes_travel_while_the_session_lives),
	CU_CASE(a_full_ring_loses_nothing),
	CU_CASE(the_fib_hears_of_a_dead_neighbour_before_its_routes_move),
	CU_CASE(a_neighbour_may_come_back_while_its_old_routes_still_go),
	CU_CASE(a_removed_peer_leaves_nothing_behind),
	CU_CASE(a_peer_that_is_made_again_at_once_is_another_one),
	CU_CASE(a_removed_instance_takes_its_routes_out_of_a_full_ring),
	CU_CASE(an_engine_may_end_while_an_instance_still_leaves),
	CU_CASE(an_engine_that_ends_leaves_the_kernel_alone),
	CU_CASE(a_second_neighbour_shares_or_stands_by),
	CU_CASE(who_stands_by_is_found_for_each_prefix),
	CU_CASE(the_one_that_stands_by_takes_over),
	CU_CASE(an_address_that_changes_is_judged_again),
	CU_CASE(a_password_reaches_listener_and_caller),
	CU_CASE(neighbours_are_found_by_address_whatever_becomes_of_them),
	CU_CASE(a_configuration_is_copied_with_all_that_it_points_to),
	CU_CASE(a_table_waits_for_each_of_many_neighbours),
	CU_CASE(a_default_route_stands_while_a_neighbour_wants_it),
	CU_CASE(ipv4_travels_with_an_ipv6_next_hop),
	CU_CASE(internal_neighbours_keep_the_path_and_the_preference),
	CU_CASE(a_link_that_goes_stops_the_session_and_starts_it_again),
};
CU_SUITE(peer, cases);
