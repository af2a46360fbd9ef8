/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two tables are compared: what is counted, examples, slices, and a random walk against sets.
 */
#include <stdlib.h>
#include <string.h>

#include "bgpd/pair.h"
#include "lib/base/xalloc.h"
#include "tests/bgpd/engine/lab.h"

#define PREFIXES 500

struct duo {
	struct lab lab;
	struct bgp_instance *i[2];
};

static void duo_open(struct duo *d)
{
	lab_init(&d->lab);
	d->i[0] = d->lab.a.i;
	d->i[1] = lab_instance(&d->lab.a, 2);
}

static void duo_close(struct duo *d)
{
	lab_settle(&d->lab);
	lab_fini(&d->lab);
}

static struct bgp_local local(const struct prefix *pfx, uint8_t kind, uint8_t flags)
{
	return (struct bgp_local){
		.pfx = *pfx,
		.kind = kind,
		.flags = flags,
		.has_nh = true,
		.nh = nexthop_device(40),
	};
}

/* One batch a slice; returns how many slices it took. */
static unsigned compare(struct duo *d, struct bgp_pair *q)
{
	unsigned n = 1;

	memset(q, 0, sizeof(*q));
	while (bgp_pair_slice(d->i, q, mono_now()))
		n++;
	return n;
}

static void empty_tables_are_the_same(void)
{
	struct duo d;
	struct bgp_pair q;

	duo_open(&d);
	(void)compare(&d, &q);
	for (int k = 0; k < 2; k++) {
		CU_ASSERT_EQUAL(bgp_pair_routes(&q, k), 0);
		CU_ASSERT_EQUAL(bgp_pair_missing(&q, k), 0);
	}
	duo_close(&d);
}

static void who_lacks_what_is_counted_by_family_and_named(void)
{
	const struct prefix p4 = lab_prefix("10.1.0.0/16");
	const struct prefix p6 = lab_prefix("2001:db8::/32");
	const struct prefix other = lab_prefix("10.2.0.0/16");
	const struct bgp_local a[] = { local(&p4, RIB_SOURCE_STATIC, 0),
		local(&p6, RIB_SOURCE_STATIC, 0) };
	const struct bgp_local b[] = { local(&p4, RIB_SOURCE_STATIC, 0),
		local(&other, RIB_SOURCE_STATIC, 0) };
	struct duo d;
	struct bgp_pair q;

	duo_open(&d);
	bgp_instance_set_locals(d.i[0], a, 2);
	bgp_instance_set_locals(d.i[1], b, 2);
	(void)compare(&d, &q);
	CU_ASSERT_EQUAL(q.routes[0][BGP_FAMILY_IP4], 1);
	CU_ASSERT_EQUAL(q.routes[0][BGP_FAMILY_IP6], 1);
	CU_ASSERT_EQUAL(q.routes[1][BGP_FAMILY_IP4], 2);
	CU_ASSERT_EQUAL(q.missing[0][BGP_FAMILY_IP4], 1);
	CU_ASSERT_EQUAL(q.missing[0][BGP_FAMILY_IP6], 0);
	CU_ASSERT_EQUAL(q.missing[1][BGP_FAMILY_IP4], 0);
	CU_ASSERT_EQUAL(q.missing[1][BGP_FAMILY_IP6], 1);
	CU_ASSERT(prefix_is_equal(&q.example[0][0], &other));
	CU_ASSERT(prefix_is_equal(&q.example[1][0], &p6));
	duo_close(&d);
}

/* Links differ, and what is only announced leads nowhere. */
static void only_what_crosses_to_a_vpc_counts(void)
{
	const struct prefix p = lab_prefix("10.1.0.0/16");
	struct bgp_local a[] = { local(&p, RIB_SOURCE_CONNECTED, 0) };
	struct bgp_local b[] = { local(&p, RIB_SOURCE_STATIC, RIB_PATH_LOCAL) };
	struct duo d;
	struct bgp_pair q;

	b[0].has_nh = false;
	duo_open(&d);
	bgp_instance_set_locals(d.i[0], a, 1);
	bgp_instance_set_locals(d.i[1], b, 1);
	(void)compare(&d, &q);
	for (int k = 0; k < 2; k++) {
		CU_ASSERT_EQUAL(bgp_pair_routes(&q, k), 0);
		CU_ASSERT_EQUAL(bgp_pair_missing(&q, k), 0);
	}
	duo_close(&d);
}

static void a_refused_route_is_missing(void)
{
	const struct prefix p = lab_prefix("0.0.0.0/0");
	const struct bgp_local b = local(&p, RIB_SOURCE_STATIC, 0);
	const struct wire_attrs at = lab_raw_attrs(AF_INET);
	struct lab_raw raw = { .src = NULL };
	struct bgp_peer_conf c;
	struct duo d;
	struct bgp_pair q;

	duo_open(&d);
	c = lab_peer_conf(&d.lab.a);
	c.session.passive = true;
	d.lab.a.p = bgp_peer_new(d.lab.a.i, &c);
	CU_ASSERT_FATAL(lab_raw_up(&raw, &d.lab, false));
	lab_raw_say(&raw, "0.0.0.0/0", &at); /* the safety filter refuses it */
	lab_raw_say(&raw, "20.0.9.0/24", &at);
	lab_settle(&d.lab);
	bgp_instance_set_locals(d.i[1], &b, 1);
	(void)compare(&d, &q);
	CU_ASSERT_EQUAL(bgp_pair_routes(&q, 0), 1);
	CU_ASSERT_EQUAL(bgp_pair_missing(&q, 0), 1);
	CU_ASSERT_EQUAL(bgp_pair_missing(&q, 1), 1);
	raw_close(&raw.raw);
	duo_close(&d);
}

static void random_sets_differ_as_sets_do(void)
{
	static struct bgp_local v[2][PREFIXES];

	for (unsigned seed = 0; seed < 8; seed++) {
		uint32_t n[2] = { 0, 0 };
		uint32_t lacks[2] = { 0, 0 };
		struct bgp_pair q;
		struct duo d;

		srand(seed);
		duo_open(&d);
		for (uint32_t k = 0; k < PREFIXES; k++) {
			const struct prefix p = lab_nth(k % 3 ? AF_INET : AF_INET6, k);
			const unsigned who = (unsigned)rand() % 8; /* mostly both */

			for (unsigned side = 0; side < 2; side++) {
				if (who == side)
					lacks[side]++;
				else
					v[side][n[side]++] = local(&p, RIB_SOURCE_STATIC, 0);
			}
		}
		for (int side = 0; side < 2; side++)
			bgp_instance_set_locals(d.i[side], v[side], n[side]);
		CU_ASSERT(compare(&d, &q) > 10);
		for (int side = 0; side < 2; side++) {
			CU_ASSERT_EQUAL(bgp_pair_routes(&q, side), n[side]);
			CU_ASSERT_EQUAL(bgp_pair_missing(&q, side), lacks[side]);
		}
		duo_close(&d);
	}
}

static const struct cu_case cases[] = {
	CU_CASE(empty_tables_are_the_same),
	CU_CASE(who_lacks_what_is_counted_by_family_and_named),
	CU_CASE(only_what_crosses_to_a_vpc_counts),
	CU_CASE(a_refused_route_is_missing),
	CU_CASE(random_sets_differ_as_sets_do),
};

CU_SUITE(pair, cases);
