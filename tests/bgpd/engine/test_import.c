/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Verdicts on import and what a hand-made neighbour may do: loops, next hops, faults (RFC
 * 7606), graceful restart (RFC 4724), enhanced refresh (RFC 7313).
 */
#include <string.h>
#include <unistd.h>

#include "bgpd/wire/message.h"
#include "tests/bgpd/engine/lab.h"

struct stage {
	struct lab lab;
	struct lab_raw raw;
};

static void open_stage(struct stage *s, bool gr)
{
	struct bgp_peer_conf c;

	memset(s, 0, sizeof(*s));
	lab_init(&s->lab);
	c = lab_peer_conf(&s->lab.a);
	c.session.passive = true;
	c.session.gr = true;
	c.session.gr_time_s = 120;
	s->lab.a.p = bgp_peer_new(s->lab.a.i, &c);
	CU_ASSERT_TRUE_FATAL(lab_raw_up(&s->raw, &s->lab, gr));
}

static void close_stage(struct stage *s)
{
	raw_close(&s->raw.raw);
	lab_fini(&s->lab);
}

static void say(struct stage *s, const char *prefix, const struct wire_attrs *at)
{
	lab_raw_say(&s->raw, prefix, at);
	lab_settle(&s->lab);
}

/* The reason why the path is refused; NONE when it is accepted, COUNT when it is not there. */
static enum rib_reason verdict(struct stage *s, const char *prefix)
{
	const struct rib_path *p = lab_path(s->lab.a.i, prefix);

	if (!p)
		return RIB_REASON_COUNT;
	return p->flags & RIB_PATH_REJECTED ? (enum rib_reason)p->reason : RIB_REASON_NONE;
}

/* RFC 6598, 6890. */
static void the_safety_filter_says_why(void)
{
	static const struct {
		const char *prefix;
		enum rib_reason want;
	} table[] = {
		{ "20.0.0.0/24", RIB_REASON_NONE },
		{ "0.0.0.0/0", RIB_REASON_FILTER_DEFAULT },
		{ "::/0", RIB_REASON_FILTER_DEFAULT },
		{ "127.1.0.0/16", RIB_REASON_FILTER_MARTIAN },
		{ "100.64.7.0/24", RIB_REASON_FILTER_SHARED_ADDRESS },
		{ "172.16.3.0/24", RIB_REASON_FILTER_VPC_CIDR },
		{ "10.0.0.0/24", RIB_REASON_FILTER_LINK_SUBNET },
	};
	const struct prefix cidr = lab_prefix("172.16.0.0/16");
	struct stage s;

	open_stage(&s, false);
	bgp_engine_set_cidrs(s.lab.a.e, &cidr, 1);
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		const struct wire_attrs at = lab_raw_attrs(lab_prefix(table[i].prefix).family);

		say(&s, table[i].prefix, &at);
		CU_ASSERT_EQUAL(verdict(&s, table[i].prefix), table[i].want);
	}
	CU_ASSERT_EQUAL(lab_view(s.lab.a.p).rejected, ARRAY_SIZE(table) - 1);
	lab_check_fib(&s.lab.a, s.lab.a.i);
	bgp_engine_set_cidrs(s.lab.a.e, NULL, 0); /* what was refused for it comes back */
	lab_settle(&s.lab);
	CU_ASSERT_EQUAL(verdict(&s, "172.16.3.0/24"), RIB_REASON_NONE);
	lab_check_fib(&s.lab.a, s.lab.a.i);
	close_stage(&s);
}

#define AS(n) 0, 0, (n) >> 8, (n)&255

/* RFC 4271 6.3, 4271 9.1.2, 9774. */
static void loops_and_strange_paths_are_refused(void)
{
	static const uint8_t own[] = { BGP_AS_SEQUENCE, 2, AS(RIG_AS_B), AS(RIG_AS_A) };
	static const uint8_t first[] = { BGP_AS_SEQUENCE, 1, AS(1000) };
	static const uint8_t set[] = { BGP_AS_SEQUENCE, 1, AS(RIG_AS_B), BGP_AS_SET, 1, AS(7) };
	struct wire_attrs at = lab_raw_attrs(AF_INET);
	struct bgp_peer_conf c;
	struct stage s;

	open_stage(&s, false);
	at.as_path = (struct octets){ own, sizeof(own) };
	say(&s, "20.0.1.0/24", &at);
	CU_ASSERT_EQUAL(verdict(&s, "20.0.1.0/24"), RIB_REASON_AS_LOOP);
	at.as_path = (struct octets){ first, sizeof(first) };
	say(&s, "20.0.2.0/24", &at);
	CU_ASSERT_EQUAL(verdict(&s, "20.0.2.0/24"), RIB_REASON_FIRST_AS);
	at.as_path = (struct octets){ set, sizeof(set) };
	say(&s, "20.0.3.0/24", &at);
	CU_ASSERT_NOT_EQUAL(verdict(&s, "20.0.3.0/24"), RIB_REASON_NONE);
	c = *lab_view(s.lab.a.p).conf;
	c.allow_own_as = 1;
	bgp_peer_reconf(s.lab.a.p, &c);
	lab_settle(&s.lab);
	CU_ASSERT_TRUE(lab_is_up(&s.lab.a));
	CU_ASSERT_EQUAL(verdict(&s, "20.0.1.0/24"), RIB_REASON_NONE);
	lab_check_fib(&s.lab.a, s.lab.a.i);
	close_stage(&s);
}

/* A map "m" of one term for all routes. */
static void set_import(struct stage *s, const struct policy_set_actions *set)
{
	struct policy_term term = { .seq = 10, .permit = true, .set = *set };
	char name[] = "m";
	struct policy_route_map map = { name, &term, 1 };
	const struct policy_conf conf = { .maps = &map, .n_maps = 1 };
	struct bgp_peer_conf c = *lab_view(s->lab.a.p).conf;
	struct errbuf err;

	errbuf_init(&err);
	bgp_engine_set_policy(s->lab.a.e, policy_compile(&conf, NULL, &err));
	errbuf_fini(&err);
	c.has_import = true;
	c.import_policy = "m";
	bgp_peer_reconf(s->lab.a.p, &c);
	lab_settle(&s->lab);
}

static void policy_may_take_a_route_that_has_been_here(void)
{
	static const uint8_t own[] = { BGP_AS_SEQUENCE, 2, AS(RIG_AS_B), AS(RIG_AS_A) };
	static const uint8_t wrong[] = { BGP_AS_SEQUENCE, 2, AS(1000), AS(RIG_AS_A) };
	struct wire_attrs at = lab_raw_attrs(AF_INET);
	struct stage s;

	open_stage(&s, false);
	at.as_path = (struct octets){ own, sizeof(own) };
	say(&s, "20.0.1.0/24", &at);
	at.as_path = (struct octets){ wrong, sizeof(wrong) };
	say(&s, "20.0.2.0/24", &at);
	set_import(&s, &(struct policy_set_actions){ .has_weight = true });
	CU_ASSERT_EQUAL(verdict(&s, "20.0.1.0/24"), RIB_REASON_AS_LOOP);
	set_import(&s, &(struct policy_set_actions){ .accept_own = true });
	CU_ASSERT_EQUAL(verdict(&s, "20.0.1.0/24"), RIB_REASON_NONE);
	CU_ASSERT_EQUAL(verdict(&s, "20.0.2.0/24"), RIB_REASON_FIRST_AS); /* nothing else */
	lab_check_fib(&s.lab.a, s.lab.a.i);
	set_import(&s, &(struct policy_set_actions){ .has_weight = true });
	CU_ASSERT_EQUAL(verdict(&s, "20.0.1.0/24"), RIB_REASON_AS_LOOP);
	lab_check_fib(&s.lab.a, s.lab.a.i);
	close_stage(&s);
}

static void a_next_hop_of_policy_is_judged_like_a_neighbours(void)
{
	const struct wire_attrs at = lab_raw_attrs(AF_INET);
	struct policy_set_actions set = { .next_hop = POLICY_NEXT_HOP_ADDR };
	struct ip_addr nh;
	struct stage s;

	open_stage(&s, false);
	say(&s, "20.0.1.0/24", &at);
	set.next_hop_addr = ip_from_v4(0x0a000007); /* another station of the link */
	set_import(&s, &set);
	CU_ASSERT_EQUAL(verdict(&s, "20.0.1.0/24"), RIB_REASON_NONE);
	nh = attrs_next_hop(lab_attrs(&s.lab, lab_path(s.lab.a.i, "20.0.1.0/24")));
	CU_ASSERT_EQUAL(ip_to_v4(&nh), 0x0a000007);
	lab_check_fib(&s.lab.a, s.lab.a.i);
	set.next_hop_addr = ip_from_v4(0x0a000001); /* ourselves */
	set_import(&s, &set);
	CU_ASSERT_EQUAL(verdict(&s, "20.0.1.0/24"), RIB_REASON_NEXT_HOP_SELF);
	set.next_hop_addr = ip_from_v4(0xc0000201); /* elsewhere */
	set_import(&s, &set);
	CU_ASSERT_EQUAL(verdict(&s, "20.0.1.0/24"), RIB_REASON_NEXT_HOP_UNREACHABLE);
	lab_check_fib(&s.lab.a, s.lab.a.i);
	close_stage(&s);
}

static void weight_decides_against_a_static_route_only_when_it_is_larger(void)
{
	const struct prefix pfx = lab_prefix("20.0.1.0/24");
	const struct wire_attrs at = lab_raw_attrs(AF_INET);
	struct policy_set_actions set = { .has_weight = true, .weight = 32767 };
	struct bgp_local own = { .pfx = pfx, .kind = RIB_SOURCE_STATIC, .has_nh = true };
	const struct ip_addr gw = ip_from_v4(0x0a000009);
	struct stage s;
	struct rib *r;

	open_stage(&s, false);
	r = bgp_instance_rib(s.lab.a.i, BGP_FAMILY_IP4);
	own.nh = nexthop_gateway(LAB_IFINDEX, &gw, 0);
	bgp_instance_set_locals(s.lab.a.i, &own, 1);
	say(&s, "20.0.1.0/24", &at);
	set_import(&s, &set);
	CU_ASSERT_EQUAL(lab_path(s.lab.a.i, "20.0.1.0/24")->reason, RIB_REASON_STEP_WEIGHT);
	set.weight = 32769;
	set_import(&s, &set);
	CU_ASSERT_PTR_EQUAL(rib_net_best(r, rib_find(r, &pfx)), lab_path(s.lab.a.i, "20.0.1.0/24"));
	lab_check_fib(&s.lab.a, s.lab.a.i);
	close_stage(&s);
}

/* RFC 4456 8, and what only internal neighbours may say. */
static void an_internal_neighbour_is_asked_for_reflection_loops(void)
{
	static const uint8_t other[] = { BGP_AS_SEQUENCE, 1, AS(1000) };
	uint8_t cluster[8] = { 9, 9, 9, 9 };
	struct wire_attrs at = lab_raw_attrs(AF_INET);
	struct bgp_peer_conf c;
	struct stage s;
	uint32_t id;

	memset(&s, 0, sizeof(s));
	lab_init(&s.lab);
	c = lab_peer_conf(&s.lab.a);
	c.session.passive = true;
	c.session.local_as = RIG_AS_B;
	s.lab.a.p = bgp_peer_new(s.lab.a.i, &c);
	CU_ASSERT_TRUE_FATAL(lab_raw_up(&s.raw, &s.lab, false));
	s.raw.ws.ibgp = true;
	id = bgp_instance_conf(s.lab.a.i)->router_id;
	at.as_path = (struct octets){ other, sizeof(other) }; /* its own AS need not be first */
	at.has |= WIRE_HAS_LOCAL_PREF | WIRE_HAS_ORIGINATOR_ID;
	at.local_pref = 250;
	at.originator_id = id + 1;
	at.cluster_list = (struct octets){ cluster, sizeof(cluster) };
	say(&s, "20.0.1.0/24", &at);
	CU_ASSERT_EQUAL(verdict(&s, "20.0.1.0/24"), RIB_REASON_NONE);
	CU_ASSERT_EQUAL(lab_attrs(&s.lab, lab_path(s.lab.a.i, "20.0.1.0/24"))->local_pref, 250);
	at.originator_id = id;
	say(&s, "20.0.2.0/24", &at);
	CU_ASSERT_EQUAL(verdict(&s, "20.0.2.0/24"), RIB_REASON_ORIGINATOR_LOOP);
	at.originator_id = id + 1;
	for (int i = 0; i < 4; i++)
		cluster[4 + i] = (uint8_t)(id >> (24 - 8 * i));
	say(&s, "20.0.3.0/24", &at);
	CU_ASSERT_EQUAL(verdict(&s, "20.0.3.0/24"), RIB_REASON_CLUSTER_LOOP);
	CU_ASSERT_EQUAL(lab_view(s.lab.a.p).accepted, 1);
	lab_check_fib(&s.lab.a, s.lab.a.i);
	close_stage(&s);
}

/* RFC 4271 5.1.3, 4271 6.3. */
static void next_hops_must_be_on_the_link(void)
{
	struct wire_attrs at = lab_raw_attrs(AF_INET);
	struct bgp_peer_conf c;
	struct stage s;

	open_stage(&s, false);
	CU_ASSERT_EQUAL(ip_parse("10.0.0.1", &at.next_hop), 0);
	say(&s, "20.0.1.0/24", &at);
	CU_ASSERT_EQUAL(verdict(&s, "20.0.1.0/24"), RIB_REASON_NEXT_HOP_SELF);
	CU_ASSERT_EQUAL(ip_parse("10.9.9.9", &at.next_hop), 0);
	say(&s, "20.0.2.0/24", &at);
	CU_ASSERT_EQUAL(verdict(&s, "20.0.2.0/24"), RIB_REASON_NEXT_HOP_UNREACHABLE);
	CU_ASSERT_EQUAL(ip_parse("10.0.0.77", &at.next_hop), 0); /* third party */
	say(&s, "20.0.3.0/24", &at);
	CU_ASSERT_EQUAL(verdict(&s, "20.0.3.0/24"), RIB_REASON_NONE);
	c = *lab_view(s.lab.a.p).conf;
	c.session.multihop = 4; /* resets: other TTL */
	bgp_peer_reconf(s.lab.a.p, &c);
	lab_settle(&s.lab);
	raw_close(&s.raw.raw);
	CU_ASSERT_TRUE_FATAL(lab_raw_up(&s.raw, &s.lab, false));
	CU_ASSERT_EQUAL(ip_parse("10.9.9.9", &at.next_hop), 0);
	say(&s, "20.0.2.0/24", &at);
	CU_ASSERT_EQUAL(verdict(&s, "20.0.2.0/24"), RIB_REASON_NONE);
	CU_ASSERT_EQUAL(lab_route(&s.lab.a, 1, &(struct prefix){ AF_INET, 24, { 20, 0, 2 } })
				->nh[0]
				.gw.b[3],
		2); /* by the gateway of the link */
	close_stage(&s);
}

/* RFC 2545 3: packets go to the link-local one, so one global address may be two gateways. */
static void link_local_next_hops_are_told_apart(void)
{
	struct wire_attrs at = lab_raw_attrs(AF_INET6);
	static const char *const prefixes[] = { "2001:db9:1::/48", "2001:db9:2::/48" };
	struct stage s;

	open_stage(&s, false);
	for (uint32_t i = 0; i < 2; i++) {
		CU_ASSERT_EQUAL(ip_parse(i ? "fe80::a" : "fe80::9", &at.next_hop_ll), 0);
		lab_raw_say(&s.raw, prefixes[i], &at);
	}
	lab_settle(&s.lab);
	for (uint32_t i = 0; i < 2; i++) {
		const struct prefix pfx = lab_prefix(prefixes[i]);
		const struct nhgroup *g = lab_route(&s.lab.a, 1, &pfx);

		CU_ASSERT_PTR_NOT_NULL_FATAL(g);
		CU_ASSERT_EQUAL(g->nh[0].gw.b[15], 9 + i);
	}
	lab_check_fib(&s.lab.a, s.lab.a.i);
	close_stage(&s);
}

/* RFC 7606 2. */
static void a_broken_attribute_withdraws_and_the_session_lives(void)
{
	struct wire_attrs at = lab_raw_attrs(AF_INET);
	struct stage s;

	open_stage(&s, false);
	say(&s, "20.0.1.0/24", &at);
	CU_ASSERT_EQUAL(verdict(&s, "20.0.1.0/24"), RIB_REASON_NONE);
	at.origin = 9; /* RFC 7606 7.1 */
	say(&s, "20.0.1.0/24", &at);
	CU_ASSERT_EQUAL(verdict(&s, "20.0.1.0/24"), RIB_REASON_COUNT);
	CU_ASSERT_EQUAL(lab_view(s.lab.a.p).updates_bad, 1);
	CU_ASSERT_TRUE(lab_is_up(&s.lab.a));
	CU_ASSERT_EQUAL(lab_routes(&s.lab.a, 1, BGP_FAMILY_IP4), 0);
	at = lab_raw_attrs(AF_INET6);
	at.origin = 9;
	say(&s, "2a01::/32", &at);
	CU_ASSERT_EQUAL(verdict(&s, "2a01::/32"), RIB_REASON_COUNT);
	CU_ASSERT_EQUAL(lab_view(s.lab.a.p).updates_bad, 2);
	close_stage(&s);
}

/* RFC 4724 4.2. */
static void a_restarting_neighbour_keeps_its_routes(void)
{
	const struct wire_attrs at = lab_raw_attrs(AF_INET);
	struct stage s;

	open_stage(&s, true);
	say(&s, "20.0.1.0/24", &at);
	say(&s, "20.0.2.0/24", &at);
	lab_raw_end_of_rib(&s.raw, BGP_FAMILY_IP4);
	raw_close(&s.raw.raw);
	CU_ASSERT_TRUE(lab_until_up(&s.lab, false));
	lab_settle(&s.lab);
	CU_ASSERT_EQUAL(s.lab.a.fib.n_dead, 0);
	CU_ASSERT_EQUAL(lab_view(s.lab.a.p).stale, 2);
	CU_ASSERT_EQUAL(lab_routes(&s.lab.a, 1, BGP_FAMILY_IP4), 2);

	CU_ASSERT_TRUE_FATAL(lab_raw_up(&s.raw, &s.lab, true));
	say(&s, "20.0.2.0/24", &at);
	CU_ASSERT_EQUAL(lab_view(s.lab.a.p).stale, 1);
	lab_raw_end_of_rib(&s.raw, BGP_FAMILY_IP4);
	lab_settle(&s.lab);
	CU_ASSERT_EQUAL(lab_routes(&s.lab.a, 1, BGP_FAMILY_IP4), 1);
	CU_ASSERT_EQUAL(verdict(&s, "20.0.1.0/24"), RIB_REASON_COUNT);
	lab_check_fib(&s.lab.a, s.lab.a.i);
	close_stage(&s);
}

/* RFC 4724 4.2. */
static void one_that_does_not_come_back_in_time_loses_them(void)
{
	const struct wire_attrs at = lab_raw_attrs(AF_INET);
	const struct mono start = mono_now();
	struct stage s;

	open_stage(&s, true);
	say(&s, "20.0.1.0/24", &at);
	raw_close(&s.raw.raw);
	CU_ASSERT_TRUE(lab_until_up(&s.lab, false));
	while (!s.lab.a.fib.n_dead && mono_age_s(start) < 5)
		lab_settle(&s.lab);
	lab_settle(&s.lab);
	CU_ASSERT_EQUAL(s.lab.a.fib.n_dead, 1);
	CU_ASSERT_EQUAL(lab_routes(&s.lab.a, 1, BGP_FAMILY_IP4), 0);
	CU_ASSERT_EQUAL(lab_view(s.lab.a.p).received, 0);
	lab_fini(&s.lab);
}

/* RFC 4724 4. */
static void one_that_says_goodbye_loses_them_at_once(void)
{
	const struct wire_attrs at = lab_raw_attrs(AF_INET);
	uint8_t buf[64];
	struct cursor_w w = cursor_w_make(buf, sizeof(buf));
	struct stage s;

	open_stage(&s, true);
	say(&s, "20.0.1.0/24", &at);
	wire_notification_encode(&w, BGP_ERR_CEASE, BGP_ERR_CEASE_SHUTDOWN, NULL, 0);
	raw_send(&s.raw.raw, buf, cursor_w_len(&w));
	lab_settle(&s.lab);
	CU_ASSERT_EQUAL(s.lab.a.fib.n_dead, 1);
	CU_ASSERT_EQUAL(lab_routes(&s.lab.a, 1, BGP_FAMILY_IP4), 0);
	close_stage(&s);
}

static void put_refresh(struct cursor_w *w, uint8_t subtype)
{
	wire_refresh_encode(w, BGP_FAMILY_IP4, subtype);
}

static void send_refresh(struct stage *s, uint8_t subtype)
{
	uint8_t buf[64];
	struct cursor_w w = cursor_w_make(buf, sizeof(buf));

	put_refresh(&w, subtype);
	raw_send(&s->raw.raw, buf, cursor_w_len(&w));
	lab_settle(&s->lab);
}

/* RFC 7313 4. */
static void what_a_refresh_does_not_repeat_goes(void)
{
	const struct wire_attrs at = lab_raw_attrs(AF_INET);
	struct stage s;

	open_stage(&s, false);
	say(&s, "20.0.1.0/24", &at);
	say(&s, "20.0.2.0/24", &at);
	send_refresh(&s, 1);
	CU_ASSERT_EQUAL(lab_view(s.lab.a.p).stale, 2);
	say(&s, "20.0.1.0/24", &at);
	send_refresh(&s, 2);
	CU_ASSERT_EQUAL(verdict(&s, "20.0.1.0/24"), RIB_REASON_NONE);
	CU_ASSERT_EQUAL(verdict(&s, "20.0.2.0/24"), RIB_REASON_COUNT);
	lab_check_fib(&s.lab.a, s.lab.a.i);
	close_stage(&s);
}

/* RFC 7313 4: the end of one and the beginning of the next arrive together. */
static void a_refresh_behind_another_takes_nothing_away(void)
{
	const struct wire_attrs at = lab_raw_attrs(AF_INET);
	uint8_t buf[64];
	struct cursor_w w = cursor_w_make(buf, sizeof(buf));
	struct stage s;

	open_stage(&s, false);
	say(&s, "20.0.1.0/24", &at);
	say(&s, "20.0.2.0/24", &at);
	send_refresh(&s, 1);
	say(&s, "20.0.1.0/24", &at);
	put_refresh(&w, 2);
	put_refresh(&w, 1);
	raw_send(&s.raw.raw, buf, cursor_w_len(&w));
	lab_settle(&s.lab);
	CU_ASSERT_EQUAL(verdict(&s, "20.0.1.0/24"), RIB_REASON_NONE);
	say(&s, "20.0.1.0/24", &at);
	send_refresh(&s, 2);
	CU_ASSERT_EQUAL(verdict(&s, "20.0.1.0/24"), RIB_REASON_NONE);
	CU_ASSERT_EQUAL(verdict(&s, "20.0.2.0/24"), RIB_REASON_COUNT);
	lab_check_fib(&s.lab.a, s.lab.a.i);
	close_stage(&s);
}

static const struct cu_case cases[] = {
	CU_CASE(the_safety_filter_says_why),
	CU_CASE(loops_and_strange_paths_are_refused),
	CU_CASE(policy_may_take_a_route_that_has_been_here),
	CU_CASE(a_next_hop_of_policy_is_judged_like_a_neighbours),
	CU_CASE(weight_decides_against_a_static_route_only_when_it_is_larger),
	CU_CASE(an_internal_neighbour_is_asked_for_reflection_loops),
	CU_CASE(next_hops_must_be_on_the_link),
	CU_CASE(link_local_next_hops_are_told_apart),
	CU_CASE(a_broken_attribute_withdraws_and_the_session_lives),
	CU_CASE(a_restarting_neighbour_keeps_its_routes),
	CU_CASE(one_that_does_not_come_back_in_time_loses_them),
	CU_CASE(one_that_says_goodbye_loses_them_at_once),
	CU_CASE(what_a_refresh_does_not_repeat_goes),
	CU_CASE(a_refresh_behind_another_takes_nothing_away),
};
CU_SUITE(import, cases);
