/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Routes that ask for something (GRACEFUL_SHUTDOWN, BLACKHOLE), and what is said by itself.
 */
#include <string.h>

#include "bgpd/wire/community.h"
#include "tests/bgpd/engine/lab.h"

static bool is_marked(const struct lab *lab, const struct rib_path *p, uint32_t community)
{
	return community_has(attrs_communities(lab_in(lab, p)), community);
}

static struct bgp_peer_conf conf_of(const struct lab_node *n)
{
	return *lab_view(n->p).conf;
}

static void reconf(struct lab *lab, struct lab_node *n, const struct bgp_peer_conf *c)
{
	bgp_peer_reconf(n->p, c);
	lab_settle(lab);
}

static void set_gshut(struct lab *lab, struct lab_node *n, bool on)
{
	struct bgp_peer_conf c = conf_of(n);

	c.gshut = on;
	reconf(lab, n, &c);
}

/* "20.0.0.0/24" */
static const struct rib_path *first_of(const struct lab_node *n)
{
	const struct rib_path *p = lab_path(n->i, "20.0.0.0/24");

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	return p;
}

static void one_who_leaves_is_the_last_resort_of_both(void)
{
	struct lab lab;

	lab_init(&lab);
	lab_connect(&lab);
	lab_announce(&lab.a, 0, 3);
	lab_announce(&lab.b, 0, 3);
	lab_settle(&lab);
	set_gshut(&lab, &lab.a, true);
	/* what it says is marked, and the other side honours it */
	CU_ASSERT_TRUE(is_marked(&lab, first_of(&lab.b), BGP_COMM_GRACEFUL_SHUTDOWN));
	CU_ASSERT_EQUAL(lab_attrs(&lab, first_of(&lab.b))->local_pref, 0);
	CU_ASSERT_EQUAL(bgp_path_builtins(bgp_instance_rib(lab.b.i, BGP_FAMILY_IP4),
				first_of(&lab.b)),
		BGP_BUILTIN_GRACEFUL_SHUTDOWN);
	/* what it hears is not marked, but it leaves it as far as it can itself */
	CU_ASSERT_FALSE(is_marked(&lab, first_of(&lab.a), BGP_COMM_GRACEFUL_SHUTDOWN));
	CU_ASSERT_EQUAL(lab_attrs(&lab, first_of(&lab.a))->local_pref, 0);
	CU_ASSERT_EQUAL(lab_view(lab.b.p).accepted, 6); /* both families, and nothing was lost */
	CU_ASSERT_EQUAL(lab.a.fib.n_dead + lab.b.fib.n_dead, 0);
	set_gshut(&lab, &lab.a, false);
	CU_ASSERT_FALSE(is_marked(&lab, first_of(&lab.b), BGP_COMM_GRACEFUL_SHUTDOWN));
	CU_ASSERT_EQUAL(lab_attrs(&lab, first_of(&lab.b))->local_pref, 100);
	CU_ASSERT_EQUAL(lab_attrs(&lab, first_of(&lab.a))->local_pref, 100);
	CU_ASSERT_EQUAL(session_stats(lab_view(lab.a.p).session)->transitions, 1);
	lab_fini(&lab);
}

static void a_mark_may_be_ignored(void)
{
	struct bgp_peer_conf c;
	struct lab lab;

	lab_init(&lab);
	lab_connect(&lab);
	lab_announce(&lab.a, 0, 1);
	set_gshut(&lab, &lab.a, true);
	c = conf_of(&lab.b);
	c.ignore_gshut = true;
	reconf(&lab, &lab.b, &c);
	CU_ASSERT_TRUE(is_marked(&lab, first_of(&lab.b), BGP_COMM_GRACEFUL_SHUTDOWN));
	CU_ASSERT_EQUAL(lab_attrs(&lab, first_of(&lab.b))->local_pref, 100);
	CU_ASSERT_EQUAL(bgp_path_builtins(bgp_instance_rib(lab.b.i, BGP_FAMILY_IP4),
				first_of(&lab.b)),
		0);
	c.ignore_gshut = false;
	reconf(&lab, &lab.b, &c);
	CU_ASSERT_EQUAL(lab_attrs(&lab, first_of(&lab.b))->local_pref, 0);
	lab_fini(&lab);
}

struct stage {
	struct lab lab;
	struct lab_raw raw;
};

static void open_stage(struct stage *s, uint8_t len4, uint8_t len6)
{
	struct bgp_peer_conf c;

	memset(s, 0, sizeof(*s));
	lab_init(&s->lab);
	c = lab_peer_conf(&s->lab.a);
	c.session.passive = true;
	c.blackhole_len[BGP_FAMILY_IP4] = len4;
	c.blackhole_len[BGP_FAMILY_IP6] = len6;
	s->lab.a.p = bgp_peer_new(s->lab.a.i, &c);
	CU_ASSERT_TRUE_FATAL(lab_raw_up(&s->raw, &s->lab, false));
}

static void close_stage(struct stage *s)
{
	raw_close(&s->raw.raw);
	lab_fini(&s->lab);
}

static void say_marked(struct stage *s, const char *prefix, uint32_t community)
{
	const uint8_t c[] = { (uint8_t)(community >> 24), (uint8_t)(community >> 16),
		(uint8_t)(community >> 8), (uint8_t)community };
	struct wire_attrs at = lab_raw_attrs(lab_prefix(prefix).family);

	at.communities = (struct octets){ c, sizeof(c) };
	lab_raw_say(&s->raw, prefix, &at);
	lab_settle(&s->lab);
}

static bool is_dropped(const struct stage *s, const char *prefix)
{
	const struct prefix pfx = lab_prefix(prefix);
	const struct nhgroup *g = lab_route(&s->lab.a, 1, &pfx);

	CU_ASSERT_PTR_NOT_NULL_FATAL(g);
	CU_ASSERT_EQUAL(g->n, 1);
	return g->nh[0].kind == NEXTHOP_KIND_BLACKHOLE;
}

static void a_blackhole_is_dropped_where_that_was_agreed(void)
{
	static const struct {
		const char *prefix;
		bool dropped;
	} table[] = {
		{ "20.0.0.1/32", true },
		{ "20.0.1.0/24", true },
		{ "20.0.0.0/16", false },
		{ "2a01::1/128", true },
		{ "2a01::/64", false },
	};
	struct bgp_peer_conf c;
	struct stage s;

	open_stage(&s, 24, 128);
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		const struct rib_path *p;

		say_marked(&s, table[i].prefix, BGP_COMM_BLACKHOLE);
		p = lab_path(s.lab.a.i, table[i].prefix);
		CU_ASSERT_EQUAL(is_dropped(&s, table[i].prefix), table[i].dropped);
		/* RFC 7999 3.2: told to no other AS */
		CU_ASSERT_EQUAL(lab_attrs(&s.lab, p)->limits & ATTRS_LIMIT_SCOPE,
			table[i].dropped ? ATTRS_LIMIT_NO_EXPORT : 0);
		CU_ASSERT_EQUAL(lab_in(&s.lab, p)->limits & ATTRS_LIMIT_SCOPE, 0);
	}
	/* without the agreement the mark means nothing */
	c = conf_of(&s.lab.a);
	memset(c.blackhole_len, 0, sizeof(c.blackhole_len));
	reconf(&s.lab, &s.lab.a, &c);
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		CU_ASSERT_FALSE(is_dropped(&s, table[i].prefix));
	close_stage(&s);
}

static void a_blackhole_never_reaches_into_a_vpc(void)
{
	const struct prefix cidr = lab_prefix("172.16.0.0/16");
	struct stage s;

	open_stage(&s, 32, 128);
	bgp_engine_set_cidrs(s.lab.a.e, &cidr, 1);
	say_marked(&s, "172.16.3.4/32", BGP_COMM_BLACKHOLE);
	CU_ASSERT_EQUAL(lab_path(s.lab.a.i, "172.16.3.4/32")->reason, RIB_REASON_FILTER_VPC_CIDR);
	say_marked(&s, "0.0.0.0/0", BGP_COMM_BLACKHOLE);
	CU_ASSERT_EQUAL(lab_path(s.lab.a.i, "0.0.0.0/0")->reason, RIB_REASON_FILTER_DEFAULT);
	CU_ASSERT_EQUAL(lab_routes(&s.lab.a, 1, BGP_FAMILY_IP4), 0);
	close_stage(&s);
}

static const struct cu_case cases[] = {
	CU_CASE(one_who_leaves_is_the_last_resort_of_both),
	CU_CASE(a_mark_may_be_ignored),
	CU_CASE(a_blackhole_is_dropped_where_that_was_agreed),
	CU_CASE(a_blackhole_never_reaches_into_a_vpc),
};
CU_SUITE(origin, cases);
