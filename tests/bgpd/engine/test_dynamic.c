/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dynamic neighbours: who comes by a listen range, who does not, and when one goes.
 */
#include <string.h>

#include "bgpd/neighbor/dynamic.h"
#include "bgpd/neighbor/unnumbered.h"
#include "tests/bgpd/engine/lab.h"

static struct bgp_range_conf range(const struct lab *lab, const char *pfx, uint16_t limit)
{
	struct bgp_range_conf r = {
		.pfx = lab_prefix(pfx),
		.limit = limit,
		.peer = lab_peer_conf(&lab->a),
	};

	r.peer.session.remote = (struct ip_addr){ 0 };
	r.peer.session.multihop = 8; /* the loopback is not the lab's link */
	return r;
}

static void open_lab(struct lab *lab, const char *pfx, uint16_t limit)
{
	struct bgp_range_conf r;

	lab_init(lab);
	r = range(lab, pfx, limit);
	bgp_instance_set_ranges(lab->a.i, &r, 1);
}

static struct bgp_peer *peer_at(const struct lab *lab, const char *addr)
{
	struct ip_addr a;

	CU_ASSERT_EQUAL_FATAL(ip_parse(addr, &a), 0);
	return bgp_instance_find_peer(lab->a.i, &a);
}

static unsigned count(const struct lab *lab)
{
	unsigned n = 0;

	for (struct bgp_peer *p = bgp_instance_next_peer(lab->a.i, NULL); p;
		p = bgp_instance_next_peer(lab->a.i, p))
		n++;
	return n;
}

static bool until_count(struct lab *lab, unsigned n)
{
	const struct mono end = mono_add_s(mono_now(), 10);

	while (count(lab) != n && mono_is_before(mono_now(), end))
		(void)loop_turn(lab->l);
	return count(lab) == n;
}

static bool is_up(const struct bgp_peer *p)
{
	return p && session_state(lab_view(p).session) == SESSION_STATE_ESTABLISHED;
}

/* A raw neighbour from an address; true if it got as far as Established. */
static bool come(struct lab_raw *r, struct lab *lab, const char *src)
{
	const struct wire_open o = raw_open();
	const struct mono end = mono_add_s(mono_now(), 5);
	uint8_t msg[BGP_MAX_LEN];

	memset(r, 0, sizeof(*r));
	r->rig.l = lab->l;
	r->rig.port = lab->a.port;
	r->ws = (struct wire_session){ .as4 = true,
		.families = o.families,
		.local_as = RIG_AS_B,
		.peer_as = RIG_AS_A };
	if (!raw_connect(&r->raw, &r->rig, src))
		return false;
	if (raw_expect(&r->raw, BGP_MSG_OPEN, msg, 1000) == 0)
		return false;
	raw_send_open(&r->raw, &o);
	raw_send_keepalive(&r->raw);
	while (!is_up(peer_at(lab, src)) && mono_is_before(mono_now(), end))
		(void)loop_turn(lab->l);
	return is_up(peer_at(lab, src));
}

/* Closed, and not an octet was said. */
static bool was_turned_away(const struct lab_raw *r)
{
	return (r->raw.eof || r->raw.reset) && r->raw.len == 0;
}

static void a_connection_from_the_range_makes_a_neighbour(void)
{
	const struct prefix range_pfx = lab_prefix("127.0.0.0/24");
	struct lab lab;
	struct bgp_peer_conf c;
	struct bgp_peer_view v;

	open_lab(&lab, "127.0.0.0/24", 8);
	lab_announce(&lab.b, 0, 50);
	c = lab_peer_conf(&lab.b);
	lab.b.p = bgp_peer_new(lab.b.i, &c);
	CU_ASSERT_TRUE_FATAL(until_count(&lab, 1));
	lab.a.p = peer_at(&lab, "127.0.0.2");
	CU_ASSERT_TRUE_FATAL(lab_until_up(&lab, true));
	lab_settle(&lab);
	v = lab_view(lab.a.p);
	CU_ASSERT_TRUE(v.dynamic);
	CU_ASSERT_TRUE(prefix_is_equal(&v.range, &range_pfx));
	CU_ASSERT_EQUAL(v.accepted, 100);
	CU_ASSERT_EQUAL(lab_routes(&lab.a, 1, BGP_FAMILY_IP4), 50);
	bgp_peer_free(lab.b.p);
	lab.b.p = NULL;
	CU_ASSERT_TRUE(until_count(&lab, 0));
	lab_settle(&lab);
	CU_ASSERT_EQUAL(lab_routes(&lab.a, 1, BGP_FAMILY_IP4), 0);
	CU_ASSERT_EQUAL(lab.a.fib.events[BGP_EVENT_PEER_DOWN], 1);
	lab_check_fib(&lab.a, lab.a.i);
	lab_fini(&lab);
}

static void strangers_and_the_surplus_are_closed_before_a_word(void)
{
	struct lab lab;
	struct lab_raw one;
	struct lab_raw two;

	open_lab(&lab, "127.0.0.2/31", 1);
	CU_ASSERT_FALSE(come(&two, &lab, "127.0.0.4"));
	CU_ASSERT_TRUE(was_turned_away(&two));
	raw_close(&two.raw);
	CU_ASSERT_TRUE(come(&one, &lab, "127.0.0.2"));
	CU_ASSERT_FALSE(come(&two, &lab, "127.0.0.3"));
	CU_ASSERT_TRUE(was_turned_away(&two));
	raw_close(&two.raw);
	CU_ASSERT_EQUAL(count(&lab), 1);
	raw_close(&one.raw);
	CU_ASSERT_TRUE(until_count(&lab, 0)); /* and there is room again */
	CU_ASSERT_TRUE(come(&two, &lab, "127.0.0.3"));
	raw_close(&two.raw);
	lab_fini(&lab);
}

static void one_hop_means_an_address_of_the_link(void)
{
	struct bgp_range_conf r;
	struct lab lab;
	struct lab_raw raw;

	lab_init(&lab);
	r = range(&lab, "127.0.0.0/24", 8);
	r.peer.session.multihop = 0;
	bgp_instance_set_ranges(lab.a.i, &r, 1);
	CU_ASSERT_FALSE(come(&raw, &lab, "127.0.0.2"));
	CU_ASSERT_TRUE(was_turned_away(&raw));
	raw_close(&raw.raw);
	lab_fini(&lab);
}

static void the_longest_range_counts_and_a_configured_neighbour_before_all(void)
{
	struct bgp_range_conf r[2];
	struct bgp_peer_conf c;
	struct lab lab;
	struct lab_raw raw;

	lab_init(&lab);
	r[0] = range(&lab, "127.0.0.2/31", 8);
	r[1] = range(&lab, "127.0.0.0/8", 8);
	r[1].peer.session.peer_as = 65099;
	bgp_instance_set_ranges(lab.a.i, r, 2);
	CU_ASSERT_TRUE(come(&raw, &lab, "127.0.0.2"));
	CU_ASSERT_EQUAL(lab_view(peer_at(&lab, "127.0.0.2")).range.len, 31);
	raw_close(&raw.raw);
	CU_ASSERT_FALSE(come(&raw, &lab, "127.0.0.9")); /* its OPEN has the wrong AS there */
	CU_ASSERT_EQUAL(raw_notification(&raw.raw), BGP_ERR_OPEN * 256 + BGP_ERR_OPEN_PEER_AS);
	raw_close(&raw.raw);
	CU_ASSERT_TRUE(until_count(&lab, 0));
	c = lab_peer_conf(&lab.a);
	c.session.passive = true;
	(void)bgp_peer_new(lab.a.i, &c);
	CU_ASSERT_TRUE(come(&raw, &lab, "127.0.0.2"));
	CU_ASSERT_FALSE(lab_view(peer_at(&lab, "127.0.0.2")).dynamic);
	CU_ASSERT_EQUAL(count(&lab), 1);
	raw_close(&raw.raw);
	lab_settle(&lab);
	CU_ASSERT_EQUAL(count(&lab), 1); /* that one stays */
	lab_fini(&lab);
}

static void it_stays_as_long_as_graceful_restart_keeps_its_routes(void)
{
	const struct wire_attrs at = lab_raw_attrs(AF_INET);
	const struct mono end = mono_add_us(mono_now(), 400000);
	struct bgp_range_conf r;
	struct lab_raw raw = { 0 };
	struct lab lab;

	lab_init(&lab);
	r = range(&lab, "127.0.0.0/24", 8);
	r.peer.session.gr = true;
	r.peer.session.gr_time_s = 60;
	bgp_instance_set_ranges(lab.a.i, &r, 1);
	lab.a.p = NULL;
	{
		struct wire_open o = raw_open();
		uint8_t msg[BGP_MAX_LEN];

		o.gr = true;
		o.gr_time_s = 1;
		o.gr_families = o.families;
		o.gr_forwarding = o.families;
		raw.rig.l = lab.l;
		raw.rig.port = lab.a.port;
		raw.ws = (struct wire_session){ .as4 = true,
			.families = o.families,
			.local_as = RIG_AS_B,
			.peer_as = RIG_AS_A };
		CU_ASSERT_TRUE(raw_connect(&raw.raw, &raw.rig, "127.0.0.2"));
		CU_ASSERT_TRUE(raw_expect(&raw.raw, BGP_MSG_OPEN, msg, 1000) > 0);
		raw_send_open(&raw.raw, &o);
		raw_send_keepalive(&raw.raw);
	}
	lab_settle(&lab);
	lab_raw_say(&raw, "20.0.1.0/24", &at);
	lab_settle(&lab);
	CU_ASSERT_EQUAL(lab_routes(&lab.a, 1, BGP_FAMILY_IP4), 1);
	raw_close(&raw.raw);
	while (mono_is_before(mono_now(), end))
		(void)loop_turn(lab.l);
	CU_ASSERT_EQUAL(count(&lab), 1);
	CU_ASSERT_EQUAL(lab_routes(&lab.a, 1, BGP_FAMILY_IP4), 1);
	CU_ASSERT_TRUE(until_count(&lab, 0));
	lab_settle(&lab);
	CU_ASSERT_EQUAL(lab_routes(&lab.a, 1, BGP_FAMILY_IP4), 0);
	lab_fini(&lab);
}

static void a_change_of_the_ranges_reaches_those_who_are_here(void)
{
	struct bgp_range_conf r;
	struct lab_raw one;
	struct lab_raw two;
	struct lab lab;

	open_lab(&lab, "127.0.0.2/31", 2);
	CU_ASSERT_TRUE(come(&one, &lab, "127.0.0.3"));
	CU_ASSERT_TRUE(come(&two, &lab, "127.0.0.2"));
	r = range(&lab, "127.0.0.2/31", 2);
	r.peer.limit_max = 17;
	bgp_instance_set_ranges(lab.a.i, &r, 1); /* nothing that needs a reset */
	CU_ASSERT_TRUE(is_up(peer_at(&lab, "127.0.0.3")) && is_up(peer_at(&lab, "127.0.0.2")));
	CU_ASSERT_EQUAL(lab_view(peer_at(&lab, "127.0.0.3")).conf->limit_max, 17);
	r.limit = 1; /* the younger one goes */
	bgp_instance_set_ranges(lab.a.i, &r, 1);
	CU_ASSERT_TRUE(is_up(peer_at(&lab, "127.0.0.3")));
	CU_ASSERT_EQUAL(raw_notification(&two.raw),
		BGP_ERR_CEASE * 256 + BGP_ERR_CEASE_DECONFIGURED);
	r.peer.session.hold_s = 31;
	bgp_instance_set_ranges(lab.a.i, &r, 1);
	CU_ASSERT_EQUAL(raw_notification(&one.raw),
		BGP_ERR_CEASE * 256 + BGP_ERR_CEASE_CONFIG_CHANGE);
	CU_ASSERT_TRUE(until_count(&lab, 0));
	raw_close(&one.raw);
	raw_close(&two.raw);
	CU_ASSERT_TRUE(come(&one, &lab, "127.0.0.3"));
	bgp_instance_set_ranges(lab.a.i, NULL, 0);
	CU_ASSERT_EQUAL(count(&lab), 0);
	CU_ASSERT_EQUAL(raw_notification(&one.raw),
		BGP_ERR_CEASE * 256 + BGP_ERR_CEASE_DECONFIGURED);
	raw_close(&one.raw);
	lab_fini(&lab);
}

static void one_that_flaps_is_not_let_in_for_a_while(void)
{
	struct lab_raw raw;
	struct lab lab;

	open_lab(&lab, "127.0.0.0/24", 8);
	for (unsigned i = 0; i < 5; i++) {
		CU_ASSERT_TRUE(come(&raw, &lab, "127.0.0.2"));
		raw_close(&raw.raw);
		CU_ASSERT_TRUE(until_count(&lab, 0));
	}
	CU_ASSERT_FALSE(come(&raw, &lab, "127.0.0.2"));
	CU_ASSERT_TRUE(was_turned_away(&raw));
	raw_close(&raw.raw);
	CU_ASSERT_TRUE(come(&raw, &lab, "127.0.0.3")); /* nobody else has to suffer */
	raw_close(&raw.raw);
	lab_fini(&lab);
}

static void a_clear_ends_it_and_is_not_held_against_it(void)
{
	struct lab_raw raw;
	struct lab lab;

	open_lab(&lab, "127.0.0.0/24", 8);
	for (unsigned i = 0; i < 7; i++) {
		CU_ASSERT_TRUE(come(&raw, &lab, "127.0.0.2"));
		bgp_peer_clear(peer_at(&lab, "127.0.0.2"), BGP_CLEAR_HARD);
		CU_ASSERT_EQUAL(raw_notification(&raw.raw),
			BGP_ERR_CEASE * 256 + BGP_ERR_CEASE_RESET);
		raw_close(&raw.raw);
		CU_ASSERT_TRUE(until_count(&lab, 0));
	}
	lab_fini(&lab);
}

/* By the operator, or by a limit that lets it in: then it has its time to come, like anybody. */
static void a_stopped_one_keeps_its_place_until_it_is_cleared(void)
{
	const struct wire_attrs at = lab_raw_attrs(AF_INET);
	struct bgp_range_conf r;
	struct lab_raw raw;
	struct lab lab;

	lab_init(&lab);
	r = range(&lab, "127.0.0.0/24", 8);
	r.peer.limit_max = 1;
	r.peer.limit_action = BGP_LIMIT_TEARDOWN;
	bgp_instance_set_ranges(lab.a.i, &r, 1);
	CU_ASSERT_TRUE(come(&raw, &lab, "127.0.0.2"));
	lab_raw_say(&raw, "20.0.1.0/24", &at);
	lab_raw_say(&raw, "20.0.2.0/24", &at);
	CU_ASSERT_EQUAL(raw_notification(&raw.raw), BGP_ERR_CEASE * 256 + BGP_ERR_CEASE_MAX_PREFIX);
	raw_close(&raw.raw);
	lab_settle(&lab);
	CU_ASSERT_EQUAL(count(&lab), 1);
	CU_ASSERT_FALSE(timer_is_armed(&peer_at(&lab, "127.0.0.2")->reap_timer));
	r.peer.limit_warning = 50; /* nothing that lets it in */
	bgp_instance_set_ranges(lab.a.i, &r, 1);
	CU_ASSERT_FALSE(come(&raw, &lab, "127.0.0.2"));
	CU_ASSERT_TRUE(was_turned_away(&raw));
	raw_close(&raw.raw);
	bgp_peer_clear(peer_at(&lab, "127.0.0.2"), BGP_CLEAR_HARD);
	CU_ASSERT_TRUE(come(&raw, &lab, "127.0.0.2"));
	lab_raw_say(&raw, "20.0.1.0/24", &at);
	lab_raw_say(&raw, "20.0.2.0/24", &at);
	CU_ASSERT_EQUAL(raw_notification(&raw.raw), BGP_ERR_CEASE * 256 + BGP_ERR_CEASE_MAX_PREFIX);
	raw_close(&raw.raw);
	lab_settle(&lab);
	CU_ASSERT_FALSE(timer_is_armed(&peer_at(&lab, "127.0.0.2")->reap_timer));
	r.peer.limit_max = 2;
	bgp_instance_set_ranges(lab.a.i, &r, 1);
	CU_ASSERT_TRUE(timer_is_armed(&peer_at(&lab, "127.0.0.2")->reap_timer));
	CU_ASSERT_TRUE(come(&raw, &lab, "127.0.0.2"));
	raw_close(&raw.raw);
	lab_fini(&lab);
}

struct start {
	bool cold;
	bool disabled;
	uint8_t families;
	uint16_t limit;
	bool synced[BGP_FAMILY_COUNT]; /* before anybody comes */
	bool both;                     /* and when one has, and has sent End-of-RIB */
};

/* After our own start: whoever may still come is waited for, and nobody else (bgpd/sync.c). */
static void a_range_is_waited_for_while_somebody_may_come(void)
{
	static const struct start rows[] = {
		{ .families = 3, .limit = 8 },
		{ .families = 3, .limit = 1, .both = true },
		{ .families = 1, .limit = 8, .synced = { false, true } },
		{ .families = 3, .limit = 8, .cold = true, .synced = { true, true }, .both = true },
		{ .families = 3, .limit = 8, .disabled = true, .synced = { true, true } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct bgp_instance_conf ic;
		struct bgp_range_conf r;
		struct lab_raw raw;
		struct lab lab;

		lab_init(&lab);
		ic = lab_instance_conf(&lab.a, 1);
		ic.cold = rows[i].cold;
		bgp_instance_reconf(lab.a.i, &ic);
		r = range(&lab, "127.0.0.0/24", rows[i].limit);
		r.peer.session.enabled = !rows[i].disabled;
		r.peer.session.families = rows[i].families;
		bgp_instance_set_ranges(lab.a.i, &r, 1);
		lab_settle(&lab);
		for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++)
			CU_ASSERT_EQUAL(lab.a.fib.synced[1][f], rows[i].synced[f]);
		if (!rows[i].disabled) {
			CU_ASSERT_TRUE(come(&raw, &lab, "127.0.0.2"));
			lab_raw_end_of_rib(&raw, BGP_FAMILY_IP4);
			lab_raw_end_of_rib(&raw, BGP_FAMILY_IP6);
			lab_settle(&lab);
			CU_ASSERT_EQUAL(lab.a.fib.synced[1][0] && lab.a.fib.synced[1][1],
				rows[i].both);
			raw_close(&raw.raw);
		}
		lab_fini(&lab);
	}
}

static void the_first_router_heard_is_the_neighbour_until_it_is_silent(void)
{
	struct ip_addr one;
	struct ip_addr two;
	struct bgp_range_conf r;
	struct bgp_peer_view v;
	struct lab lab;

	CU_ASSERT_EQUAL_FATAL(ip_parse("fe80::1", &one), 0);
	CU_ASSERT_EQUAL_FATAL(ip_parse("fe80::2", &two), 0);
	lab_init(&lab);
	r = range(&lab, "fe80::/10", 1);
	r.discover = true;
	bgp_instance_set_ranges(lab.a.i, &r, 1);
	CU_ASSERT_EQUAL(count(&lab), 0);
	unnumbered_heard(lab.a.i, &one);
	unnumbered_heard(lab.a.i, &two);
	unnumbered_heard(lab.a.i, &two);
	CU_ASSERT_EQUAL_FATAL(count(&lab), 1);
	v = lab_view(peer_at(&lab, "fe80::1"));
	CU_ASSERT(v.dynamic && v.discovered && !session_conf(v.session)->passive);
	CU_ASSERT_EQUAL(v.others, 2);
	CU_ASSERT_EQUAL(lab.a.fib.events[BGP_EVENT_SECOND_ROUTER], 1);
	CU_ASSERT_PTR_NULL(dynamic_accept(lab.a.i->circuits[0], &two));
	unnumbered_check(lab.a.i);
	CU_ASSERT_EQUAL(count(&lab), 1);
	lab.a.i->unnumbered->heard = mono_add_s(mono_now(), -31);
	unnumbered_check(lab.a.i);
	CU_ASSERT_EQUAL(count(&lab), 0);
	unnumbered_heard(lab.a.i, &two);
	CU_ASSERT_PTR_NOT_NULL(peer_at(&lab, "fe80::2"));
	bgp_instance_set_ranges(lab.a.i, NULL, 0);
	CU_ASSERT_EQUAL(count(&lab), 0);
	unnumbered_heard(lab.a.i, &one);
	CU_ASSERT_EQUAL(count(&lab), 0);
	lab_fini(&lab);
}

static const struct cu_case cases[] = {
	CU_CASE(a_connection_from_the_range_makes_a_neighbour),
	CU_CASE(strangers_and_the_surplus_are_closed_before_a_word),
	CU_CASE(one_hop_means_an_address_of_the_link),
	CU_CASE(the_longest_range_counts_and_a_configured_neighbour_before_all),
	CU_CASE(it_stays_as_long_as_graceful_restart_keeps_its_routes),
	CU_CASE(a_change_of_the_ranges_reaches_those_who_are_here),
	CU_CASE(one_that_flaps_is_not_let_in_for_a_while),
	CU_CASE(a_clear_ends_it_and_is_not_held_against_it),
	CU_CASE(the_first_router_heard_is_the_neighbour_until_it_is_silent),
	CU_CASE(a_stopped_one_keeps_its_place_until_it_is_cleared),
	CU_CASE(a_range_is_waited_for_while_somebody_may_come),
};

CU_SUITE(dynamic, cases);
