/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an order of a drill means, and what speaks against it.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/xalloc.h"
#include "tests/cu_main.h"
#include "tests/vbr/model/kit.h"
#include "vbr/drill/plan.h"

/* The kit with hz-b on pc-2, its connection to prod, and a group hz of hz-a and hz-b. */
struct world {
	struct model *m;
	struct model_peering *by[2];
	struct model_vbr *vbr[2];
	struct drill_order o;
	struct drill_plan p;
	struct errbuf err;
};

static void make(struct world *w)
{
	struct model_failover *f = (struct model_failover *)model_obj_new(MODEL_FAILOVER, "acme",
		"hz", "");

	memset(w, 0, sizeof(*w));
	w->m = kit_new();
	w->vbr[0] = kit_hz_a(w->m);
	w->vbr[1] = kit_vbr(w->m, "acme", "hz-b", "pc-2", 100);
	kit_peer(w->vbr[1], "10.0.0.6", 65001);
	w->by[0] = kit_hz_a_prod(w->m);
	w->by[1] = kit_peering(w->m, "acme", "hz-b-prod", kit_end_vbr("acme", "hz-b"),
		kit_end_vpc("acme", "prod"));
	f->obj.path = xasprintf("failover-group:acme/hz");
	snprintf(f->member[0], MODEL_NAME_SIZE, "hz-a");
	snprintf(f->member[1], MODEL_NAME_SIZE, "hz-b");
	model_put(w->m, &f->obj);
	w->by[0]->health.source = kit_addr("172.16.0.250");
	w->by[0]->health.target = kit_addr("192.168.1.1");
	w->by[0]->health.observe = true;
	snprintf(w->o.tenant, MODEL_NAME_SIZE, "acme");
	snprintf(w->o.group, MODEL_NAME_SIZE, "hz");
	errbuf_init(&w->err);
}

static void end(struct world *w)
{
	errbuf_fini(&w->err);
	model_free(w->m);
}

static int plan(struct world *w, enum drill_target t, const char *name)
{
	w->o.target = t;
	snprintf(w->o.name, MODEL_NAME_SIZE, "%s", name);
	errbuf_fini(&w->err);
	errbuf_init(&w->err);
	return drill_plan_make(w->m, &w->o, &w->p, &w->err);
}

static bool says(const struct world *w, const char *text)
{
	const bool same = w->err.n == 1 && strcmp(errbuf_first(&w->err), text) == 0;

	if (!same)
		printf("# %u: %s\n", w->err.n, errbuf_first(&w->err));
	return same;
}

static void without_a_target_it_is_the_primary(void)
{
	struct world w;

	make(&w);
	CU_ASSERT_EQUAL_FATAL(plan(&w, DRILL_TARGET_VBR, ""), 0);
	CU_ASSERT_PTR_EQUAL(w.p.vbr[MEASURE_TARGET], w.vbr[0]);
	CU_ASSERT_PTR_EQUAL(w.p.vbr[MEASURE_OTHER], w.vbr[1]);
	CU_ASSERT_EQUAL(w.p.member[MEASURE_OTHER], FAILOVER_SECONDARY);
	CU_ASSERT_EQUAL(plan(&w, DRILL_TARGET_VBR, "hz-b"), 0);
	CU_ASSERT_PTR_EQUAL(w.p.vbr[MEASURE_TARGET], w.vbr[1]);
	CU_ASSERT(drill_plan_takes(&w.p, w.vbr[1]));
	CU_ASSERT_FALSE(drill_plan_takes(&w.p, w.vbr[0]));
	end(&w);
}

static void a_line_and_a_peer_are_those_of_a_member(void)
{
	struct world w;

	make(&w);
	CU_ASSERT_EQUAL(plan(&w, DRILL_TARGET_LINE, "pc-2"), 0);
	CU_ASSERT_PTR_EQUAL(w.p.vbr[MEASURE_TARGET], w.vbr[1]);
	CU_ASSERT_PTR_NOT_NULL(w.p.line);
	CU_ASSERT(drill_plan_takes(&w.p, w.vbr[1]));
	CU_ASSERT_EQUAL(plan(&w, DRILL_TARGET_PEER, "10.0.0.6"), 0);
	CU_ASSERT_PTR_EQUAL(w.p.vbr[MEASURE_TARGET], w.vbr[1]);
	CU_ASSERT_FALSE(drill_plan_takes(&w.p, w.vbr[1]));
	end(&w);
}

static void what_is_not_there_is_said_with_what_is(void)
{
	static const struct {
		enum drill_target t;
		const char *name;
		const char *text;
	} rows[] = {
		/* clang-format off */
		{ DRILL_TARGET_VBR, "hz-g",
		  "VBR hz-g is not in failover-group hz: take hz-a or hz-b" },
		{ DRILL_TARGET_LINE, "pc-9",
		  "there is no physical-connection \"pc-9\": see show physical-connection" },
		{ DRILL_TARGET_PEER, "10.9.9.9",
		  "neither hz-a nor hz-b has a peer 10.9.9.9: see show bgp summary tenant acme" },
		{ DRILL_TARGET_PEER, "x", "\"x\" is no address: name the address of a peer" },
		/* clang-format on */
	};
	struct world w;

	make(&w);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CU_ASSERT_EQUAL(plan(&w, rows[i].t, rows[i].name), -EINVAL);
		CU_ASSERT(says(&w, rows[i].text));
	}
	snprintf(w.o.group, MODEL_NAME_SIZE, "sh");
	CU_ASSERT_EQUAL(plan(&w, DRILL_TARGET_VBR, ""), -ENOENT);
	CU_ASSERT(says(&w, "tenant \"acme\" has no failover-group \"sh\": see show failover"));
	end(&w);
}

/* pc-1 carries globex, too; nobody may take that down, and acme does not learn who it is. */
static void a_line_of_others_is_not_drilled(void)
{
	struct world w;

	make(&w);
	w.o.force = true;
	CU_ASSERT_EQUAL(plan(&w, DRILL_TARGET_LINE, "pc-1"), -EINVAL);
	CU_ASSERT(says(&w, "line pc-1 carries VBRs of another tenant: drill a VBR instead"));
	(void)kit_hosted(w.m, "pc-2", "share", "globex", 100);
	CU_ASSERT_EQUAL(plan(&w, DRILL_TARGET_LINE, "pc-2"), -EINVAL);
	CU_ASSERT(says(&w, "line pc-2 has hosted connections: drill a VBR instead"));
	end(&w);
}

static void a_line_with_more_on_it_needs_force(void)
{
	struct world w;
	struct model_vbr *more;

	make(&w);
	more = kit_vbr(w.m, "acme", "hz-c", "pc-2", 101);
	CU_ASSERT_EQUAL(plan(&w, DRILL_TARGET_LINE, "pc-2"), -EINVAL);
	CU_ASSERT(says(&w,
		"line pc-2 carries VBR hz-c, which would go down with it: "
		"drill a VBR instead, or use force"));
	w.o.force = true;
	CU_ASSERT_EQUAL(plan(&w, DRILL_TARGET_LINE, "pc-2"), 0);
	CU_ASSERT(drill_plan_takes(&w.p, more));
	end(&w);
}

/* A line takes down more than its group: whoever stands on that has to wait, on either side. */
static void two_that_meet_on_a_line_collide_whoever_is_first(void)
{
	struct drill_plan line;
	struct drill_plan other = { 0 };
	struct world w;

	make(&w);
	other.vbr[MEASURE_TARGET] = kit_vbr(w.m, "acme", "hz-c", "pc-1", 101);
	other.vbr[MEASURE_OTHER] = kit_vbr(w.m, "acme", "hz-d", "pc-2", 102);
	w.o.force = true;
	CU_ASSERT_EQUAL_FATAL(plan(&w, DRILL_TARGET_LINE, "pc-2"), 0);
	line = w.p;
	CU_ASSERT(drill_plan_collides(&line, &other));
	CU_ASSERT(drill_plan_collides(&other, &line));
	CU_ASSERT_EQUAL_FATAL(plan(&w, DRILL_TARGET_VBR, "hz-b"), 0);
	CU_ASSERT_FALSE(drill_plan_collides(&w.p, &other));
	CU_ASSERT_FALSE(drill_plan_collides(&other, &w.p));
	end(&w);
}

static void a_line_of_both_leaves_nobody(void)
{
	struct world w;

	make(&w);
	w.o.force = true;
	snprintf(w.vbr[0]->circuits[0].physconn, MODEL_NAME_SIZE, "pc-2");
	CU_ASSERT_EQUAL(plan(&w, DRILL_TARGET_LINE, "pc-2"), -EINVAL);
	CU_ASSERT(says(&w,
		"both VBRs stand on line pc-2, nobody would carry: "
		"drill a VBR, or move one of them to another line"));
	end(&w);
}

static void a_lane_is_a_vpc_and_both_ways_to_it(void)
{
	struct world w;

	make(&w);
	CU_ASSERT_EQUAL(plan(&w, DRILL_TARGET_VBR, "hz-b"), 0);
	CU_ASSERT_EQUAL_FATAL(w.p.n_lanes, 1);
	CU_ASSERT_PTR_EQUAL(w.p.lane[0].by[MEASURE_TARGET], w.by[1]);
	CU_ASSERT_PTR_EQUAL(w.p.lane[0].by[MEASURE_OTHER], w.by[0]);
	/* Only one of the two has a health check: it leads the way for both. */
	CU_ASSERT_PTR_EQUAL(w.p.lane[0].probe, w.by[0]);
	w.by[0]->enabled = false;
	CU_ASSERT_EQUAL(plan(&w, DRILL_TARGET_VBR, "hz-b"), 0);
	CU_ASSERT_PTR_NULL(w.p.lane[0].by[MEASURE_OTHER]);
	CU_ASSERT_EQUAL(plan(&w, DRILL_TARGET_VBR, "hz-a"), 0);
	CU_ASSERT_EQUAL(w.p.n_lanes, 0);
	end(&w);
}

/* hz-a leads to a VPC "test" as well: the source of the probes there, "" if there are none. */
static const char *borrowed(const char *cidr, const char *address, char text[IP_STRLEN])
{
	struct world w;
	struct model_vpc *v;

	make(&w);
	v = kit_vpc(w.m, "acme", "test", cidr);
	if (address != NULL)
		kit_iface(v, "vpc-test", address, 24);
	(void)kit_peering(w.m, "acme", "hz-a-test", kit_end_vbr("acme", "hz-a"),
		kit_end_vpc("acme", "test"));
	CU_ASSERT_EQUAL(plan(&w, DRILL_TARGET_VBR, ""), 0);
	CU_ASSERT_EQUAL_FATAL(w.p.n_lanes, 2);
	CU_ASSERT_FALSE(w.p.lane[0].is_borrowed);
	CU_ASSERT(ip_is_equal(&w.p.lane[0].source, &w.by[0]->health.source));
	CU_ASSERT_PTR_EQUAL(w.p.lane[1].probe, w.p.lane[1].is_borrowed ? w.by[0] : NULL);
	text[0] = '\0';
	if (w.p.lane[1].is_borrowed)
		(void)ip_format(&w.p.lane[1].source, text);
	end(&w);
	return text;
}

static void a_vpc_without_a_health_check_asks_as_another_one_does(void)
{
	static const struct {
		const char *cidr;
		const char *address; /* of its interface, /24 */
		const char *source;
	} rows[] = {
		{ "172.17.0.0/16", NULL, "172.17.255.254" },
		{ "172.17.0.0/16", "172.17.0.1", "172.17.255.254" },
		{ "172.17.0.0/16", "172.17.255.1", "172.17.255.254" },
		{ "172.17.0.0/16", "172.17.255.254", "172.17.255.253" },
		{ "172.17.0.240/28", NULL, "172.17.0.254" },
		/* No room, or another family than the target's. */
		{ "172.17.0.248/29", NULL, "" },
		{ "fd00:17::/48", NULL, "" },
	};
	char text[IP_STRLEN];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		CU_ASSERT_STRING_EQUAL(borrowed(rows[i].cidr, rows[i].address, text),
			rows[i].source);
}

/* The source of the probes, with the health checks of both connections. */
static const char *source_with(const char *a, bool observe, const char *b, char text[IP_STRLEN])
{
	struct world w;

	make(&w);
	w.by[0]->health.source = kit_addr(a);
	w.by[0]->health.observe = observe;
	if (b != NULL) {
		w.by[1]->health.target = w.by[0]->health.target;
		w.by[1]->health.source = kit_addr(b);
	}
	CU_ASSERT_EQUAL(plan(&w, DRILL_TARGET_VBR, ""), 0);
	CU_ASSERT_EQUAL_FATAL(w.p.n_lanes, 1);
	(void)ip_format(&w.p.lane[0].source, text);
	end(&w);
	return text;
}

static void probes_come_from_an_address_that_stands_for_no_line(void)
{
	static const struct {
		const char *a;
		bool observe;
		const char *b;
		const char *source;
	} rows[] = {
		{ "172.16.0.250", true, NULL, "172.16.0.250" },
		{ "172.16.0.250", true, "172.16.0.250", "172.16.0.250" },
		{ "172.16.0.250", false, "172.16.0.250", "172.16.0.250" },
		{ "172.16.0.250", false, NULL, "172.16.255.254" },
		{ "172.16.0.250", false, "172.16.0.251", "172.16.255.254" },
		{ "172.16.0.250", true, "172.16.0.251", "172.16.255.254" },
		{ "172.16.255.254", false, "172.16.255.253", "172.16.255.252" },
	};
	char text[IP_STRLEN];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		CU_ASSERT_STRING_EQUAL(source_with(rows[i].a, rows[i].observe, rows[i].b, text),
			rows[i].source);
}

static void a_plan_is_another_one_when_an_object_is(void)
{
	struct world w;
	struct drill_plan was;

	make(&w);
	CU_ASSERT_EQUAL(plan(&w, DRILL_TARGET_VBR, ""), 0);
	was = w.p;
	CU_ASSERT_EQUAL(plan(&w, DRILL_TARGET_VBR, ""), 0);
	CU_ASSERT(drill_plan_is_equal(&was, &w.p));
	w.by[1]->enabled = false;
	CU_ASSERT_EQUAL(plan(&w, DRILL_TARGET_VBR, ""), 0);
	CU_ASSERT_FALSE(drill_plan_is_equal(&was, &w.p));
	end(&w);
}

/* Health */

static const struct drill_health healthy = { .is_up = { true, true }, .is_audited = true };

static bool allows(struct world *w, const struct drill_health *h, const char *text)
{
	int ret;

	errbuf_fini(&w->err);
	errbuf_init(&w->err);
	ret = drill_plan_check(&w->p, &w->o, h, &w->err);
	return text == NULL ? ret == 0 : ret == -EINVAL && says(w, text);
}

/* (final: force does not help) */
static void what_is_not_healthy_is_not_drilled(void)
{
	static const struct {
		struct drill_health h;
		bool final;
		const char *text;
	} rows[] = {
		/* clang-format off */
		{ { .hold = { MODEL_HOLD_LINE_FINANCIAL }, .is_audited = true }, true,
		  "VBR hz-a is out of service (financial-locked): there is nothing to take down" },
		{ { .hold = { 0, MODEL_HOLD_LINE_SECURITY }, .is_up = { true },
		    .is_audited = true },
		  true,
		  "VBR hz-b, which has to carry, is out of service (security-locked): "
		  "put it in service first" },
		{ { .is_up = { true, true }, .is_leaving = { false, true }, .is_audited = true },
		  true,
		  "VBR hz-b is on its way out of service: recover it, "
		  "or take graceful-shutdown back" },
		{ { .is_up = { true }, .is_audited = true }, false,
		  "VBR hz-b is not up: see show failover acme, wait until the group is ready, "
		  "or use force" },
		{ { .is_up = { false, true }, .is_audited = true }, false,
		  "VBR hz-a is not up: see show failover acme, wait until the group is ready, "
		  "or use force" },
		{ { .is_up = { true, true }, .is_audited = true, .missing = 7 }, false,
		  "VBR hz-b lacks 7 routes that hz-a has: see show failover acme, "
		  "let its peer announce them, or use force" },
		/* clang-format on */
	};
	struct world w;

	make(&w);
	CU_ASSERT_EQUAL(plan(&w, DRILL_TARGET_VBR, ""), 0);
	CU_ASSERT(allows(&w, &healthy, NULL));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		w.o.force = false;
		CU_ASSERT(allows(&w, &rows[i].h, rows[i].text));
		w.o.force = true;
		CU_ASSERT(allows(&w, &rows[i].h, rows[i].final ? rows[i].text : NULL));
	}
	end(&w);
}

static void what_cannot_be_measured_is_not_drilled(void)
{
	struct world w;

	make(&w);
	w.by[0]->health.target = (struct ip_addr){ 0 };
	CU_ASSERT_EQUAL(plan(&w, DRILL_TARGET_VBR, ""), 0);
	CU_ASSERT(allows(&w, &healthy,
		"no peering connection of VBR hz-a has a health-check, so nothing could be "
		"measured: set its source and target, or use force"));
	end(&w);
}

static void a_vpc_that_only_the_target_leads_to_is_named(void)
{
	struct world w;

	make(&w);
	kit_vpc(w.m, "acme", "test", "172.17.0.0/16");
	(void)kit_peering(w.m, "acme", "hz-a-test", kit_end_vbr("acme", "hz-a"),
		kit_end_vpc("acme", "test"));
	CU_ASSERT_EQUAL(plan(&w, DRILL_TARGET_VBR, ""), 0);
	CU_ASSERT_EQUAL(w.p.n_lanes, 2);
	CU_ASSERT(allows(&w, &healthy,
		"VPC test has a peering connection with VBR hz-a and none with hz-b: "
		"make one, or use force"));
	end(&w);
}

static const struct cu_case cases[] = {
	CU_CASE(without_a_target_it_is_the_primary),
	CU_CASE(a_line_and_a_peer_are_those_of_a_member),
	CU_CASE(what_is_not_there_is_said_with_what_is),
	CU_CASE(a_line_of_others_is_not_drilled),
	CU_CASE(a_line_with_more_on_it_needs_force),
	CU_CASE(two_that_meet_on_a_line_collide_whoever_is_first),
	CU_CASE(a_line_of_both_leaves_nobody),
	CU_CASE(a_lane_is_a_vpc_and_both_ways_to_it),
	CU_CASE(a_vpc_without_a_health_check_asks_as_another_one_does),
	CU_CASE(probes_come_from_an_address_that_stands_for_no_line),
	CU_CASE(a_plan_is_another_one_when_an_object_is),
	CU_CASE(what_is_not_healthy_is_not_drilled),
	CU_CASE(what_cannot_be_measured_is_not_drilled),
	CU_CASE(a_vpc_that_only_the_target_leads_to_is_named),
};

CU_SUITE(drill_plan, cases);
