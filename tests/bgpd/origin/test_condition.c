/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The default route that we originate, and what is sent only under a condition.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/xalloc.h"
#include "tests/bgpd/engine/lab.h"

/* A map that permits what lies in pfx, and sets a MED unless that is 0. */
struct named {
	const char *name;
	const char *pfx;
	uint32_t med;
};

static struct policy_set *set_of(const struct named *v, uint32_t n)
{
	struct policy_conf *c = xcalloc(1, sizeof(*c));

	c->prefix_lists = xcalloc(n, sizeof(*c->prefix_lists));
	c->n_prefix_lists = n;
	c->maps = xcalloc(n, sizeof(*c->maps));
	c->n_maps = n;
	for (uint32_t i = 0; i < n; i++) {
		c->prefix_lists[i].name = xstrdup(v[i].name);
		c->prefix_lists[i].rules = xcalloc(1, sizeof(*c->prefix_lists[i].rules));
		c->prefix_lists[i].n_rules = 1;
		c->prefix_lists[i].rules[0] = (struct policy_prefix_rule){
			.seq = 1,
			.permit = true,
			.pfx = lab_prefix(v[i].pfx),
			.le = 32,
		};
		c->maps[i].name = xstrdup(v[i].name);
		c->maps[i].terms = xcalloc(1, sizeof(*c->maps[i].terms));
		c->maps[i].n_terms = 1;
		c->maps[i].terms[0] = (struct policy_term){
			.seq = 10,
			.permit = true,
			.match.ref[POLICY_REF_PREFIX] = xstrdup(v[i].name),
			.set.med = { v[i].med ? POLICY_OP_SET : POLICY_OP_NONE, v[i].med },
		};
	}
	return lab_policy(c);
}

/* Node a announces; its watched routes and the ones that wait are 20.0.x.0/24. */
static void open_lab(struct lab *lab)
{
	static const struct named maps[] = {
		{ "watched", "20.0.9.0/24" },
		{ "waiting", "20.0.1.0/24" },
	};

	lab_init(lab);
	bgp_engine_set_policy(lab->a.e, set_of(maps, ARRAY_SIZE(maps)));
	lab_connect(lab);
	lab_announce(&lab->a, 0, 3);
	lab_settle(lab);
}

static void set_default(struct lab *lab, bool on, const char *policy)
{
	struct bgp_peer_conf c = *lab_view(lab->a.p).conf;

	c.default_originate = on;
	c.default_policy = policy;
	bgp_peer_reconf(lab->a.p, &c);
	lab_settle(lab);
}

static void set_condition(struct lab *lab, enum bgp_condition how)
{
	struct bgp_peer_conf c = *lab_view(lab->a.p).conf;

	c.condition = (uint8_t)how;
	c.advertise_policy = how ? "waiting" : "";
	c.condition_policy = how ? "watched" : "";
	bgp_peer_reconf(lab->a.p, &c);
	lab_settle(lab);
}

static bool is_heard(const struct lab *lab, const char *prefix)
{
	return lab_path(lab->b.i, prefix) != NULL;
}

/* Why node a does not send a prefix, NONE if it does. */
static enum rib_reason why(const struct lab *lab, const char *prefix)
{
	const struct prefix p = lab_prefix(prefix);
	const enum bgp_family f = p.family == AF_INET6 ? BGP_FAMILY_IP6 : BGP_FAMILY_IP4;
	const uint32_t net = rib_find(bgp_instance_rib(lab->a.i, f), &p);
	struct arena *a = arena_new(1024);
	enum rib_reason reason = RIB_REASON_COUNT;
	struct wire_attrs w;

	if (net)
		(void)bgp_peer_advertised(lab->a.p, f, net, a, &w, &reason);
	arena_free(a);
	return reason;
}

static void a_default_route_is_originated_for_who_wants_it(void)
{
	struct lab lab;

	open_lab(&lab);
	CU_ASSERT_FALSE(is_heard(&lab, "0.0.0.0/0"));
	set_default(&lab, true, "");
	CU_ASSERT_TRUE(is_heard(&lab, "0.0.0.0/0"));
	CU_ASSERT_TRUE(is_heard(&lab, "::/0"));
	CU_ASSERT_EQUAL(lab_view(lab.a.p).advertised, 6 + 2);
	CU_ASSERT_EQUAL(why(&lab, "0.0.0.0/0"), RIB_REASON_NONE);
	/* it is of no use here */
	CU_ASSERT_EQUAL(lab_routes(&lab.a, 1, BGP_FAMILY_IP4), 0);
	CU_ASSERT_EQUAL(rib_count_best(bgp_instance_rib(lab.a.i, BGP_FAMILY_IP4)), 3);
	/* a session that begins anew hears it too, and a refresh repeats it */
	bgp_peer_clear(lab.a.p, BGP_CLEAR_HARD);
	CU_ASSERT_TRUE(lab_until_up(&lab, true));
	lab_settle(&lab);
	CU_ASSERT_TRUE(is_heard(&lab, "0.0.0.0/0"));
	bgp_peer_clear(lab.a.p, BGP_CLEAR_SOFT_OUT);
	lab_settle(&lab);
	CU_ASSERT_TRUE(is_heard(&lab, "0.0.0.0/0"));
	set_default(&lab, false, "");
	CU_ASSERT_FALSE(is_heard(&lab, "0.0.0.0/0"));
	CU_ASSERT_FALSE(is_heard(&lab, "::/0"));
	CU_ASSERT_EQUAL(lab_view(lab.a.p).advertised, 6);
	CU_ASSERT_EQUAL(why(&lab, "0.0.0.0/0"), RIB_REASON_COUNT); /* the net is gone */
	lab_fini(&lab);
}

static void a_real_default_route_steps_back(void)
{
	struct bgp_local real = { .pfx = { .family = AF_INET },
		.kind = RIB_SOURCE_STATIC,
		.flags = RIB_PATH_LOCAL };
	struct bgp_peer_conf c;
	struct lab lab;

	lab_init(&lab);
	lab_connect(&lab);
	bgp_instance_set_locals(lab.a.i, &real, 1);
	lab_settle(&lab);
	CU_ASSERT_TRUE(is_heard(&lab, "0.0.0.0/0"));
	/* nothing leaves by policy, but what is originated does */
	c = *lab_view(lab.a.p).conf;
	c.has_export = true;
	c.export_policy = "nothing";
	bgp_engine_set_policy(lab.a.e, set_of(&(struct named){ "nothing", "9.9.9.0/24" }, 1));
	bgp_peer_reconf(lab.a.p, &c);
	lab_settle(&lab);
	CU_ASSERT_FALSE(is_heard(&lab, "0.0.0.0/0"));
	set_default(&lab, true, "");
	CU_ASSERT_TRUE(is_heard(&lab, "0.0.0.0/0"));
	CU_ASSERT_EQUAL(lab_view(lab.a.p).advertised, 2);
	bgp_instance_set_locals(lab.a.i, NULL, 0); /* the real one goes: nothing changes */
	lab_settle(&lab);
	CU_ASSERT_TRUE(is_heard(&lab, "0.0.0.0/0"));
	lab_fini(&lab);
}

static uint32_t heard_med(const struct lab *lab)
{
	const struct rib_path *p = lab_path(lab->b.i, "0.0.0.0/0");

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	return lab_in(lab, p)->med;
}

/* Its attributes are those of ours: only the policy tells them apart. */
static void a_real_default_route_is_sent_again_when_ours_ends(void)
{
	const struct bgp_local real = { .pfx = { .family = AF_INET },
		.kind = RIB_SOURCE_STATIC,
		.flags = RIB_PATH_LOCAL };
	struct bgp_peer_conf c;
	struct lab lab;

	lab_init(&lab);
	lab_connect(&lab);
	bgp_instance_set_locals(lab.a.i, &real, 1);
	c = *lab_view(lab.a.p).conf;
	c.has_export = true;
	c.export_policy = "all";
	bgp_engine_set_policy(lab.a.e, set_of(&(struct named){ "all", "0.0.0.0/0", 7 }, 1));
	bgp_peer_reconf(lab.a.p, &c);
	set_default(&lab, true, "");
	CU_ASSERT_EQUAL(heard_med(&lab), 0);
	set_default(&lab, false, "");
	CU_ASSERT_EQUAL(heard_med(&lab), 7);
	lab_fini(&lab);
}

static void a_default_route_follows_its_condition(void)
{
	struct lab lab;

	open_lab(&lab);
	set_default(&lab, true, "watched");
	CU_ASSERT_FALSE(is_heard(&lab, "0.0.0.0/0"));
	CU_ASSERT_EQUAL(why(&lab, "0.0.0.0/0"), RIB_REASON_EXPORT_CONDITIONAL);
	lab_announce(&lab.a, 0, 10);
	lab_settle(&lab);
	CU_ASSERT_TRUE(is_heard(&lab, "0.0.0.0/0"));
	CU_ASSERT_FALSE(is_heard(&lab, "::/0")); /* each family has its own table */
	lab_announce(&lab.a, 0, 9);
	lab_settle(&lab);
	CU_ASSERT_FALSE(is_heard(&lab, "0.0.0.0/0"));
	CU_ASSERT_EQUAL(lab.b.fib.n_dead, 0);
	lab_fini(&lab);
}

static void routes_wait_until_another_exists(void)
{
	struct lab lab;

	open_lab(&lab);
	set_condition(&lab, BGP_CONDITION_EXIST);
	CU_ASSERT_FALSE(is_heard(&lab, "20.0.1.0/24"));
	CU_ASSERT_TRUE(is_heard(&lab, "20.0.2.0/24"));
	CU_ASSERT_EQUAL(why(&lab, "20.0.1.0/24"), RIB_REASON_EXPORT_CONDITIONAL);
	lab_announce(&lab.a, 0, 10);
	lab_settle(&lab);
	CU_ASSERT_TRUE(is_heard(&lab, "20.0.1.0/24"));
	lab_announce(&lab.a, 0, 9);
	lab_settle(&lab);
	CU_ASSERT_FALSE(is_heard(&lab, "20.0.1.0/24"));
	set_condition(&lab, BGP_CONDITION_NONE);
	CU_ASSERT_TRUE(is_heard(&lab, "20.0.1.0/24"));
	lab_fini(&lab);
}

static void routes_stand_in_while_another_does_not_exist(void)
{
	struct lab lab;

	open_lab(&lab);
	set_condition(&lab, BGP_CONDITION_NON_EXIST);
	CU_ASSERT_TRUE(is_heard(&lab, "20.0.1.0/24"));
	lab_announce(&lab.a, 0, 10);
	lab_settle(&lab);
	CU_ASSERT_FALSE(is_heard(&lab, "20.0.1.0/24"));
	/* another policy of the same name: the condition is judged anew, without a refresh */
	bgp_engine_set_policy(lab.a.e,
		set_of((const struct named[]){ { "watched", "30.0.0.0/8" },
			       { "waiting", "20.0.1.0/24" } },
			2));
	lab_settle(&lab);
	CU_ASSERT_TRUE(is_heard(&lab, "20.0.1.0/24"));
	CU_ASSERT_EQUAL(lab.b.fib.n_dead, 0);
	lab_fini(&lab);
}

static void a_condition_that_holds_closes_nothing_when_it_is_set(void)
{
	struct lab lab;
	uint64_t before;

	open_lab(&lab);
	lab_announce(&lab.a, 0, 10);
	lab_settle(&lab);
	before = session_stats(lab_view(lab.a.p).session)->msgs_out[BGP_MSG_UPDATE];
	set_condition(&lab, BGP_CONDITION_EXIST);
	CU_ASSERT_TRUE(is_heard(&lab, "20.0.1.0/24"));
	CU_ASSERT_EQUAL(session_stats(lab_view(lab.a.p).session)->msgs_out[BGP_MSG_UPDATE], before);
	lab_fini(&lab);
}

static const struct cu_case cases[] = {
	CU_CASE(a_default_route_is_originated_for_who_wants_it),
	CU_CASE(a_real_default_route_steps_back),
	CU_CASE(a_real_default_route_is_sent_again_when_ours_ends),
	CU_CASE(a_default_route_follows_its_condition),
	CU_CASE(routes_wait_until_another_exists),
	CU_CASE(routes_stand_in_while_another_does_not_exist),
	CU_CASE(a_condition_that_holds_closes_nothing_when_it_is_set),
};
CU_SUITE(condition, cases);
