/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a VBR originates, and how it decides: text of a configuration in, the model out.
 */
#include <string.h>

#include "tests/cu_main.h"
#include "tests/vbr/reader.h"

#define PORT "physical-connection pc-1\n interface eth1\n!\n"
#define VBR                                                                   \
	PORT "tenant acme\n vbr a\n  physical-connection pc-1\n  vlan-id 7\n" \
	     "  ipv4 local-gateway 10.0.0.1\n  ipv4 peer-gateway 10.0.0.2\n"  \
	     "  ipv4 prefix-length 30\n"

static void graceful_shutdown_stands_in_three_places(void)
{
	const struct model_peer *p;
	struct reader r;

	reader_init(&r);
	reader_must_load(&r,
		"system graceful-shutdown true\n" VBR
		"  bgp graceful-shutdown true\n  bgp\n   group g\n    peer-as 65001\n"
		"    graceful-shutdown true\n    honour-graceful-shutdown false\n"
		"   peer 10.0.0.2\n    group g\n"
		"   peer 10.0.0.6\n    group g\n    graceful-shutdown false\n"
		"    honour-graceful-shutdown true\n!\n");
	CU_ASSERT(model_system(r.model)->gshut);
	CU_ASSERT(model_vbr(r.model, "acme", "a")->gshut);
	p = reader_peer(&r, "10.0.0.2");
	CU_ASSERT(p->gshut && p->ignore_gshut);
	p = reader_peer(&r, "10.0.0.6");
	CU_ASSERT(!p->gshut && !p->ignore_gshut);
	reader_must_load(&r, VBR "  bgp\n   peer 10.0.0.2\n    peer-as 65001\n!\n");
	CU_ASSERT(!model_vbr(r.model, "acme", "a")->gshut);
	p = reader_peer(&r, "10.0.0.2");
	CU_ASSERT(!p->gshut && !p->ignore_gshut);
	reader_fini(&r);
}

static void a_blackhole_is_accepted_by_its_length(void)
{
	const struct model_peer *p;
	struct reader r;

	reader_init(&r);
	reader_must_load(&r,
		VBR "  bgp\n   group g\n    peer-as 65001\n    accept-blackhole true\n"
		    "    blackhole-length-ipv4 24\n"
		    "   peer 10.0.0.2\n    group g\n"
		    "   peer 10.0.0.6\n    group g\n    accept-blackhole false\n!\n");
	p = reader_peer(&r, "10.0.0.2");
	CU_ASSERT_EQUAL(p->blackhole4, 24);
	CU_ASSERT_EQUAL(p->blackhole6, 128);
	p = reader_peer(&r, "10.0.0.6");
	CU_ASSERT_EQUAL(p->blackhole4 + p->blackhole6, 0);
	reader_fini(&r);
}

static void the_decision_has_its_options(void)
{
	const struct model_vbr *v;
	struct reader r;

	reader_init(&r);
	reader_must_load(&r,
		VBR "  bgp\n   med always-compare true\n   med missing-as-worst true\n"
		    "   multipath as-path-relax true\n   multipath link-bandwidth true\n!\n");
	v = model_vbr(r.model, "acme", "a");
	CU_ASSERT(v->med_always && v->med_missing && v->relax && v->link_bandwidth);
	reader_must_load(&r, VBR "  bgp\n!\n");
	v = model_vbr(r.model, "acme", "a");
	CU_ASSERT(!v->med_always && !v->med_missing && !v->relax && !v->link_bandwidth);
	reader_fini(&r);
}

static void what_is_said_by_itself_is_read_from_both_layers(void)
{
	const struct model_peer *p;
	struct reader r;

	reader_init(&r);
	reader_must_load(&r,
		VBR "  bgp\n   group g\n    peer-as 65001\n    default-originate true\n"
		    "    default-originate-policy D\n"
		    "    conditional-advertisement advertise-policy A\n"
		    "    conditional-advertisement exist-policy E\n"
		    "   peer 10.0.0.2\n    group g\n"
		    "   peer 10.0.0.6\n    peer-as 65001\n"
		    "    conditional-advertisement advertise-policy B\n"
		    "    conditional-advertisement non-exist-policy N\n!\n");
	p = reader_peer(&r, "10.0.0.2");
	CU_ASSERT(p->default_originate);
	CU_ASSERT_STRING_EQUAL(p->default_policy, "D");
	CU_ASSERT_STRING_EQUAL(p->advertise_policy, "A");
	CU_ASSERT_STRING_EQUAL(p->exist_policy, "E");
	CU_ASSERT_STRING_EQUAL(p->non_exist_policy, "");
	p = reader_peer(&r, "10.0.0.6");
	CU_ASSERT(!p->default_originate);
	CU_ASSERT_STRING_EQUAL(p->default_policy, "");
	CU_ASSERT_STRING_EQUAL(p->advertise_policy, "B");
	CU_ASSERT_STRING_EQUAL(p->exist_policy, "");
	CU_ASSERT_STRING_EQUAL(p->non_exist_policy, "N");
	reader_fini(&r);
}

static void aggregates_are_read_in_order(void)
{
	const struct model_vbr *v;
	struct reader r;

	reader_init(&r);
	reader_must_load(&r,
		VBR "  bgp\n   aggregate 10.128.0.0/9\n    summary-only true\n    policy PARTS\n"
		    "   aggregate 2001:db8::/32\n!\n");
	v = model_vbr(r.model, "acme", "a");
	CU_ASSERT_EQUAL_FATAL(v->n_aggregates, 2);
	CU_ASSERT_EQUAL(v->aggregates[0].pfx.len, 9);
	CU_ASSERT(v->aggregates[0].summary_only);
	CU_ASSERT_STRING_EQUAL(v->aggregates[0].policy, "PARTS");
	CU_ASSERT_EQUAL(v->aggregates[1].pfx.family, AF_INET6);
	CU_ASSERT(!v->aggregates[1].summary_only);
	CU_ASSERT_STRING_EQUAL(v->aggregates[1].policy, "");
	reader_fini(&r);
}

static const struct cu_case cases[] = {
	CU_CASE(aggregates_are_read_in_order),
	CU_CASE(graceful_shutdown_stands_in_three_places),
	CU_CASE(a_blackhole_is_accepted_by_its_length),
	CU_CASE(the_decision_has_its_options),
	CU_CASE(what_is_said_by_itself_is_read_from_both_layers),
};
CU_SUITE(origination, cases);
