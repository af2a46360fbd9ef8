/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Roles (RFC 9234): what the OTC attribute does to routes on the way in and on the way out, from
 * one neighbour made of octets to another one.
 */
#include <string.h>

#include "bgpd/wire/message.h"
#include "bgpd/wire/update.h"
#include "tests/bgpd/engine/lab.h"

struct stage {
	struct lab lab;
	struct lab_raw raw;
};

static void open_stage(struct stage *s, enum bgp_role role)
{
	struct bgp_peer_conf c;

	memset(s, 0, sizeof(*s));
	lab_init(&s->lab);
	c = lab_peer_conf(&s->lab.a);
	c.session.passive = true;
	c.session.role = (uint8_t)role;
	s->lab.a.p = bgp_peer_new(s->lab.a.i, &c);
	CU_ASSERT_TRUE_FATAL(lab_raw_up(&s->raw, &s->lab, false));
}

static void close_stage(struct stage *s)
{
	raw_close(&s->raw.raw);
	lab_fini(&s->lab);
}

/* Announce 20.0.1.0/24, with the attribute if otc is not 0. */
static const struct rib_path *say(struct stage *s, uint32_t otc)
{
	struct wire_attrs at = lab_raw_attrs(AF_INET);

	at.otc = otc;
	at.has |= otc ? WIRE_HAS_OTC : 0;
	lab_raw_say(&s->raw, "20.0.1.0/24", &at);
	lab_settle(&s->lab);
	return lab_path(s->lab.a.i, "20.0.1.0/24");
}

/* RFC 9234 5. */
static void a_route_that_came_the_wrong_way_is_kept_and_refused(void)
{
	static const struct {
		enum bgp_role role;
		uint32_t otc;
		enum rib_reason why;
		uint32_t becomes; /* OTC after import */
	} rows[] = {
		{ BGP_ROLE_NONE, 0, RIB_REASON_NONE, 0 },
		{ BGP_ROLE_NONE, 7, RIB_REASON_NONE, 7 },
		{ BGP_ROLE_PROVIDER, 0, RIB_REASON_NONE, 0 },
		{ BGP_ROLE_PROVIDER, 7, RIB_REASON_OTC_LEAK, 0 },
		{ BGP_ROLE_PROVIDER, RIG_AS_B, RIB_REASON_OTC_LEAK, 0 },
		{ BGP_ROLE_RS, 0, RIB_REASON_NONE, 0 },
		{ BGP_ROLE_RS, RIG_AS_B, RIB_REASON_OTC_LEAK, 0 },
		{ BGP_ROLE_RS_CLIENT, 0, RIB_REASON_NONE, RIG_AS_B },
		{ BGP_ROLE_RS_CLIENT, 7, RIB_REASON_NONE, 7 },
		{ BGP_ROLE_CUSTOMER, 0, RIB_REASON_NONE, RIG_AS_B },
		{ BGP_ROLE_CUSTOMER, 7, RIB_REASON_NONE, 7 },
		{ BGP_ROLE_PEER, 0, RIB_REASON_NONE, RIG_AS_B },
		{ BGP_ROLE_PEER, RIG_AS_B, RIB_REASON_NONE, RIG_AS_B },
		{ BGP_ROLE_PEER, 7, RIB_REASON_OTC_LEAK, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct rib_path *p;
		struct stage s;

		open_stage(&s, rows[i].role);
		p = say(&s, rows[i].otc);
		CU_ASSERT_PTR_NOT_NULL_FATAL(p);
		CU_ASSERT_EQUAL(!!(p->flags & RIB_PATH_REJECTED), rows[i].why != RIB_REASON_NONE);
		CU_ASSERT_EQUAL(attrs_otc(lab_in(&s.lab, p)),
			rows[i].otc); /* as received, whatever follows */
		CU_ASSERT_EQUAL(!!(lab_in(&s.lab, p)->has & WIRE_HAS_OTC), rows[i].otc != 0);
		CU_ASSERT_EQUAL(p->reason, rows[i].why);
		CU_ASSERT_EQUAL(lab_attrs(&s.lab, p) ? attrs_otc(lab_attrs(&s.lab, p)) : 0,
			rows[i].becomes);
		lab_check_fib(&s.lab.a, s.lab.a.i);
		close_stage(&s);
	}
}

/* The mark stays when policy runs again, and the neighbour needs not say it again. */
static void a_mark_survives_another_import(void)
{
	const struct rib_path *p;
	struct stage s;

	open_stage(&s, BGP_ROLE_CUSTOMER);
	(void)say(&s, 0);
	bgp_peer_clear(s.lab.a.p, BGP_CLEAR_SOFT_IN);
	lab_settle(&s.lab);
	p = lab_path(s.lab.a.i, "20.0.1.0/24");
	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	CU_ASSERT_FALSE(lab_in(&s.lab, p)->has & WIRE_HAS_OTC);
	CU_ASSERT_EQUAL(attrs_otc(lab_attrs(&s.lab, p)), RIG_AS_B);
	close_stage(&s);
}

static bool find_otc(const uint8_t *msg, size_t len)
{
	static const uint8_t want[] = { BGP_ATTR_FLAG_OPTIONAL | BGP_ATTR_FLAG_TRANSITIVE,
		BGP_ATTR_OTC, 4, 0, 0, RIG_AS_A >> 8, RIG_AS_A & 255 };

	return memmem(msg, len, want, sizeof(want)) != NULL;
}

/* Octets on the wire: BIRD up to 2.0.8 wrote the attribute wrongly. RFC 9234 5. */
static void our_own_route_bears_our_as_towards_a_customer(void)
{
	uint8_t msg[BGP_MAX_LEN];
	struct stage s;
	size_t len;

	for (enum bgp_role role = BGP_ROLE_NONE; role < BGP_ROLE_COUNT; role++) {
		const bool want = role == BGP_ROLE_PROVIDER || role == BGP_ROLE_RS ||
			role == BGP_ROLE_PEER;

		open_stage(&s, role);
		/* End-of-RIB of both families, so that the next UPDATE has the route */
		CU_ASSERT_TRUE(raw_expect(&s.raw.raw, BGP_MSG_UPDATE, msg, 2000) > 0);
		CU_ASSERT_TRUE(raw_expect(&s.raw.raw, BGP_MSG_UPDATE, msg, 2000) > 0);
		lab_announce(&s.lab.a, 0, 1);
		for (int i = 0; i < 2; i++) {
			len = raw_expect(&s.raw.raw, BGP_MSG_UPDATE, msg, 2000);
			CU_ASSERT_TRUE_FATAL(len > 0);
			CU_ASSERT_EQUAL(find_otc(msg, len), want);
		}
		close_stage(&s);
	}
}

static const struct cu_case cases[] = {
	CU_CASE(a_route_that_came_the_wrong_way_is_kept_and_refused),
	CU_CASE(a_mark_survives_another_import),
	CU_CASE(our_own_route_bears_our_as_towards_a_customer),
};
CU_SUITE(roles, cases);
