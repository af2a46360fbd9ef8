/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AS numbers and insides, from the configuration to the wire: the AS that we pretend to be,
 * confederations (RFC 5065), reflectors (RFC 4456). What egress does with each kind of route is
 * tested in tests/bgpd/export; here it is that the right rules arrive there.
 */
#include <stdio.h>
#include <string.h>

#include "bgpd/wire/aspath.h"
#include "lib/ds/arena.h"
#include "tests/bgpd/engine/lab.h"

#define FAKE   64999
#define CONFED 100

struct stage {
	struct lab lab;
	struct lab_raw raw;
	struct bgp_instance_conf ic;
	struct bgp_peer_conf pc;
};

static void open_stage(struct stage *s)
{
	memset(s, 0, sizeof(*s));
	lab_init(&s->lab);
	s->ic = lab_instance_conf(&s->lab.a, 1);
	s->pc = lab_peer_conf(&s->lab.a);
	s->pc.session.passive = true;
}

static void connect_raw(struct stage *s)
{
	bgp_instance_reconf(s->lab.a.i, &s->ic);
	s->lab.a.p = bgp_peer_new(s->lab.a.i, &s->pc);
	CU_ASSERT_TRUE_FATAL(lab_raw_up(&s->raw, &s->lab, false));
}

static void close_stage(struct stage *s)
{
	raw_close(&s->raw.raw);
	lab_fini(&s->lab);
}

/* From words: type, count, numbers, and again; ends with a 0. */
static struct octets path_of(const uint32_t *w, uint8_t *store, size_t size)
{
	struct cursor_w c = cursor_w_make(store, size);

	while (*w) {
		uint32_t count = w[1];

		cursor_w_u8(&c, (uint8_t)w[0]);
		cursor_w_u8(&c, (uint8_t)count);
		for (w += 2; count--; w++)
			cursor_w_u32(&c, *w);
	}
	return (struct octets){ store, (uint16_t)cursor_w_len(&c) };
}

static const struct rib_path *say(struct stage *s, const uint32_t *words)
{
	struct wire_attrs at = lab_raw_attrs(AF_INET);
	uint8_t store[128];

	at.as_path = path_of(words, store, sizeof(store));
	lab_raw_say(&s->raw, "20.0.1.0/24", NULL);
	lab_raw_say(&s->raw, "20.0.1.0/24", &at);
	lab_settle(&s->lab);
	return lab_path(s->lab.a.i, "20.0.1.0/24");
}

static bool reads(const struct attrs *a, const char *want)
{
	char text[128];

	aspath_format(a ? attrs_as_path(a) : (struct octets){ 0 }, text, sizeof(text));
	if (strcmp(text, want) != 0)
		printf("# \"%s\" is not \"%s\"\n", text, want);
	return strcmp(text, want) == 0;
}

static enum rib_reason verdict(const struct rib_path *p)
{
	if (!p)
		return RIB_REASON_COUNT;
	return p->flags & RIB_PATH_REJECTED ? (enum rib_reason)p->reason : RIB_REASON_NONE;
}

/* Does the neighbour hear of our network statement with this path? */
static bool is_told(const struct lab_node *n, const char *want)
{
	const struct prefix pfx = lab_nth(AF_INET, 0);
	const struct rib *r = bgp_instance_rib(n->i, BGP_FAMILY_IP4);
	struct arena *a = arena_new(1024);
	enum rib_reason why;
	struct wire_attrs w;
	char text[128] = "nothing";

	if (bgp_peer_advertised(n->p, BGP_FAMILY_IP4, rib_find(r, &pfx), a, &w, &why) == 0)
		aspath_format(w.as_path, text, sizeof(text));
	arena_free(a);
	if (strcmp(text, want) != 0)
		printf("# told \"%s\", not \"%s\"\n", text, want);
	return strcmp(text, want) == 0;
}

static void the_fake_as_is_in_front_of_what_the_neighbour_says(void)
{
	const struct rib_path *p;
	struct stage s;

	open_stage(&s);
	s.pc.session.local_as = FAKE;
	connect_raw(&s);
	p = say(&s, (const uint32_t[]){ 2, 2, RIG_AS_B, 7, 0 });
	CU_ASSERT_EQUAL_FATAL(verdict(p), RIB_REASON_NONE);
	CU_ASSERT_TRUE(reads(lab_in(&s.lab, p), "65002 7"));
	CU_ASSERT_TRUE(reads(lab_attrs(&s.lab, p), "64999 65002 7"));
	s.pc.fake_no_prepend = true;
	bgp_peer_reconf(s.lab.a.p, &s.pc);
	lab_settle(&s.lab);
	CU_ASSERT_TRUE(lab_is_up(&s.lab.a));
	p = lab_path(s.lab.a.i, "20.0.1.0/24");
	CU_ASSERT_TRUE(reads(lab_attrs(&s.lab, p), "65002 7"));
	close_stage(&s);
}

static void paths_with_either_of_our_numbers_have_been_here(void)
{
	static const struct {
		uint32_t words[8];
		uint8_t allowed; /* from this allow-own-as on */
	} rows[] = {
		{ { 2, 2, RIG_AS_B, 7 }, 0 },
		{ { 2, 2, RIG_AS_B, FAKE }, 1 },
		{ { 2, 2, RIG_AS_B, RIG_AS_A }, 1 },
		{ { 2, 3, RIG_AS_B, FAKE, RIG_AS_A }, 1 }, /* each of them once */
		{ { 2, 3, RIG_AS_B, RIG_AS_A, RIG_AS_A }, 2 },
		{ { 2, 3, RIG_AS_B, FAKE, FAKE }, 2 },
	};
	struct stage s;

	open_stage(&s);
	s.pc.session.local_as = FAKE;
	connect_raw(&s);
	for (uint8_t allow = 0; allow < 3; allow++) {
		s.pc.allow_own_as = allow;
		bgp_peer_reconf(s.lab.a.p, &s.pc);
		for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
			const enum rib_reason want = allow >= rows[i].allowed ? RIB_REASON_NONE :
										RIB_REASON_AS_LOOP;

			CU_ASSERT_EQUAL(verdict(say(&s, rows[i].words)), want);
		}
	}
	close_stage(&s);
}

static void what_a_neighbour_is_told_shows_the_fake_as_and_the_real_one(void)
{
	struct stage s;

	open_stage(&s);
	lab_announce(&s.lab.a, 0, 1);
	s.pc.session.local_as = FAKE;
	connect_raw(&s);
	CU_ASSERT_TRUE(is_told(&s.lab.a, "64999 65001"));
	s.pc.fake_replace_as = true;
	bgp_peer_reconf(s.lab.a.p, &s.pc);
	lab_settle(&s.lab);
	CU_ASSERT_TRUE(lab_is_up(&s.lab.a));
	CU_ASSERT_TRUE(is_told(&s.lab.a, "64999"));
	close_stage(&s);
}

/* The neighbour is set up for the fake AS: it would refuse the OPEN of the real one. */
static void the_session_is_one_of_the_fake_as(void)
{
	struct bgp_peer_conf cb;
	struct stage s;

	open_stage(&s);
	lab_announce(&s.lab.a, 0, 1);
	s.pc.session.passive = false;
	s.pc.session.local_as = FAKE;
	cb = lab_peer_conf(&s.lab.b);
	cb.session.peer_as = FAKE;
	s.lab.a.p = bgp_peer_new(s.lab.a.i, &s.pc);
	s.lab.b.p = bgp_peer_new(s.lab.b.i, &cb);
	CU_ASSERT_TRUE_FATAL(lab_until_up(&s.lab, true));
	lab_settle(&s.lab);
	CU_ASSERT_TRUE(reads(lab_in(&s.lab, lab_path(s.lab.b.i, "20.0.0.0/24")), "64999 65001"));
	lab_fini(&s.lab);
}

static void join_confederation(struct bgp_instance_conf *c, uint32_t member)
{
	c->confed_id = CONFED;
	c->confed_member[0] = member;
}

static void members_of_a_confederation_know_each_other_by_member_as(void)
{
	struct bgp_instance_conf ic;
	struct stage s;

	open_stage(&s);
	join_confederation(&s.ic, RIG_AS_B);
	ic = lab_instance_conf(&s.lab.b, 1);
	join_confederation(&ic, RIG_AS_A);
	bgp_instance_reconf(s.lab.a.i, &s.ic);
	bgp_instance_reconf(s.lab.b.i, &ic);
	lab_announce(&s.lab.a, 0, 1);
	lab_connect(&s.lab);
	CU_ASSERT_TRUE(is_told(&s.lab.a, "(65001)"));
	CU_ASSERT_TRUE(reads(lab_attrs(&s.lab, lab_path(s.lab.b.i, "20.0.0.0/24")), "(65001)"));
	CU_ASSERT_EQUAL(verdict(lab_path(s.lab.b.i, "20.0.0.0/24")), RIB_REASON_NONE);
	CU_ASSERT_TRUE(
		lab_in(&s.lab, lab_path(s.lab.b.i, "20.0.0.0/24"))->has & WIRE_HAS_LOCAL_PREF);
	lab_fini(&s.lab);
}

static void outside_they_are_one(void)
{
	struct bgp_peer_conf cb;
	struct stage s;

	open_stage(&s);
	join_confederation(&s.ic, 65003);
	bgp_instance_reconf(s.lab.a.i, &s.ic);
	lab_announce(&s.lab.a, 0, 1);
	cb = lab_peer_conf(&s.lab.b);
	cb.session.peer_as = CONFED;
	s.pc.session.passive = false;
	s.lab.a.p = bgp_peer_new(s.lab.a.i, &s.pc);
	s.lab.b.p = bgp_peer_new(s.lab.b.i, &cb);
	CU_ASSERT_TRUE_FATAL(lab_until_up(&s.lab, true));
	lab_settle(&s.lab);
	CU_ASSERT_TRUE(reads(lab_in(&s.lab, lab_path(s.lab.b.i, "20.0.0.0/24")), "100"));
	/* no confederation any more: another AS in the OPEN, so another session */
	s.ic.confed_id = 0;
	bgp_instance_reconf(s.lab.a.i, &s.ic);
	CU_ASSERT_FALSE(lab_is_up(&s.lab.a));
	lab_fini(&s.lab);
}

static void paths_from_a_member_are_looked_at_by_the_rules_of_members(void)
{
	static const struct {
		uint32_t words[10];
		enum rib_reason why;
	} rows[] = {
		{ { 3, 1, RIG_AS_B }, RIB_REASON_NONE },
		{ { 3, 1, RIG_AS_B, 2, 1, 7 }, RIB_REASON_NONE },
		{ { 3, 2, RIG_AS_B, RIG_AS_A, 2, 1, 7 }, RIB_REASON_CONFED_LOOP },
		{ { 3, 1, RIG_AS_B, 2, 1, CONFED }, RIB_REASON_AS_LOOP },
		{ { 3, 1, RIG_AS_B, 2, 1, RIG_AS_A }, RIB_REASON_NONE }, /* of somebody else */
		{ { 3, 1, 65003, 2, 1, 7 }, RIB_REASON_FIRST_AS },
		{ { 2, 1, RIG_AS_B }, RIB_REASON_COUNT }, /* malformed: withdrawn */
	};
	struct stage s;

	open_stage(&s);
	join_confederation(&s.ic, RIG_AS_B);
	connect_raw(&s);
	s.raw.ws.confed = true;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		CU_ASSERT_EQUAL(verdict(say(&s, rows[i].words)), rows[i].why);
	CU_ASSERT_EQUAL(lab_view(s.lab.a.p).updates_bad, 1);
	CU_ASSERT_TRUE(lab_is_up(&s.lab.a));
	close_stage(&s);
}

/* The next hop comes through the confederation as it was; LOCAL_PREF is believed. */
static void a_member_passes_on_what_it_knows(void)
{
	static const uint32_t words[] = { 3, 1, RIG_AS_B, 2, 1, 7, 0 };
	struct wire_attrs at = lab_raw_attrs(AF_INET);
	const struct rib_path *p;
	uint8_t store[64];
	struct stage s;

	open_stage(&s);
	join_confederation(&s.ic, RIG_AS_B);
	connect_raw(&s);
	s.raw.ws.confed = true;
	at.as_path = path_of(words, store, sizeof(store));
	at.has |= WIRE_HAS_LOCAL_PREF;
	at.local_pref = 250;
	at.next_hop = ip_from_v4(0x0a090909);
	lab_raw_say(&s.raw, "20.0.1.0/24", &at);
	lab_settle(&s.lab);
	p = lab_path(s.lab.a.i, "20.0.1.0/24");
	CU_ASSERT_EQUAL_FATAL(verdict(p), RIB_REASON_NONE);
	CU_ASSERT_EQUAL(lab_attrs(&s.lab, p)->local_pref, 250);
	CU_ASSERT_EQUAL(lab_attrs(&s.lab, p)->first_as,
		7); /* MED is compared beyond the confederation */
	CU_ASSERT_EQUAL(lab_attrs(&s.lab, p)->path_len, 1);
	lab_check_fib(&s.lab.a, s.lab.a.i);
	close_stage(&s);
}

/* RFC 4456 7: clusters may have more than one reflector, so their id is not the router's. */
static void the_cluster_is_looked_for_by_its_id(void)
{
	static const uint8_t cluster[] = { 9, 9, 9, 9 };
	struct wire_attrs at = lab_raw_attrs(AF_INET);
	uint8_t store[64];
	struct stage s;

	open_stage(&s);
	s.ic.local_as = RIG_AS_B;
	s.pc.rr_client = true;
	connect_raw(&s);
	s.raw.ws.ibgp = true;
	at.as_path = path_of((const uint32_t[]){ 2, 1, 7, 0 }, store, sizeof(store));
	at.has |= WIRE_HAS_LOCAL_PREF;
	at.cluster_list = (struct octets){ cluster, sizeof(cluster) };
	lab_raw_say(&s.raw, "20.0.1.0/24", &at);
	lab_settle(&s.lab);
	CU_ASSERT_EQUAL(verdict(lab_path(s.lab.a.i, "20.0.1.0/24")), RIB_REASON_NONE);
	s.ic.cluster_id = 0x09090909;
	bgp_instance_reconf(s.lab.a.i, &s.ic);
	lab_settle(&s.lab);
	CU_ASSERT_TRUE(lab_is_up(&s.lab.a));
	CU_ASSERT_EQUAL(verdict(lab_path(s.lab.a.i, "20.0.1.0/24")), RIB_REASON_CLUSTER_LOOP);
	close_stage(&s);
}

static void a_client_that_is_none_any_more_begins_anew(void)
{
	const struct rib_path *p;
	struct stage s;

	open_stage(&s);
	s.ic.local_as = RIG_AS_B;
	s.pc.rr_client = true;
	connect_raw(&s);
	s.raw.ws.ibgp = true;
	p = say(&s, (const uint32_t[]){ 2, 1, 7, 0 });
	CU_ASSERT_EQUAL_FATAL(verdict(p), RIB_REASON_NONE);
	CU_ASSERT_TRUE(
		rib_source_at(bgp_instance_rib(s.lab.a.i, BGP_FAMILY_IP4), p->source)->client);
	s.pc.rr_client = false;
	bgp_peer_reconf(s.lab.a.p, &s.pc);
	CU_ASSERT_FALSE(lab_is_up(&s.lab.a));
	raw_close(&s.raw.raw);
	lab_settle(&s.lab);
	CU_ASSERT_TRUE_FATAL(lab_raw_up(&s.raw, &s.lab, false));
	s.raw.ws.ibgp = true;
	p = say(&s, (const uint32_t[]){ 2, 1, 7, 0 });
	CU_ASSERT_EQUAL_FATAL(verdict(p), RIB_REASON_NONE);
	CU_ASSERT_FALSE(
		rib_source_at(bgp_instance_rib(s.lab.a.i, BGP_FAMILY_IP4), p->source)->client);
	close_stage(&s);
}

static const struct cu_case cases[] = {
	CU_CASE(the_fake_as_is_in_front_of_what_the_neighbour_says),
	CU_CASE(paths_with_either_of_our_numbers_have_been_here),
	CU_CASE(what_a_neighbour_is_told_shows_the_fake_as_and_the_real_one),
	CU_CASE(the_session_is_one_of_the_fake_as),
	CU_CASE(members_of_a_confederation_know_each_other_by_member_as),
	CU_CASE(outside_they_are_one),
	CU_CASE(paths_from_a_member_are_looked_at_by_the_rules_of_members),
	CU_CASE(a_member_passes_on_what_it_knows),
	CU_CASE(the_cluster_is_looked_for_by_its_id),
	CU_CASE(a_client_that_is_none_any_more_begins_anew),
};
CU_SUITE(paths, cases);
