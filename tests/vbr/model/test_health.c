/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Health checks of peering connections and VBRs: who probes, from where, and what is refused.
 */
#include <string.h>

#include "tests/cu_main.h"
#include "tests/vbr/model/kit.h"

#define PATH "peering:acme/hz-a-prod"

static struct model *world(const char *source, const char *target)
{
	struct model *m = kit_new();
	struct model_health *h = &kit_hz_a_prod(m)->health;

	if (source != NULL)
		h->source = kit_addr(source);
	if (target != NULL)
		h->target = kit_addr(target);
	return m;
}

static void the_vpc_probes(void)
{
	struct model *m = world("172.16.0.250", "192.168.1.1");
	const struct model_peering *p = kit_hz_a_prod(m);

	CU_ASSERT_PTR_EQUAL(model_health_end(p), &p->acceptor);
	CU_ASSERT(kit_is_right(m));
	model_free(m);
}

static void of_two_vpcs_the_initiator_probes(void)
{
	struct model *m = kit_new();
	const struct model_peering *p;

	kit_vpc(m, "acme", "back", "10.89.0.0/16");
	p = kit_peering(m, "acme", "both", kit_end_vpc("acme", "back"),
		kit_end_vpc("acme", "prod"));
	CU_ASSERT_PTR_EQUAL(model_health_end(p), &p->initiator);
	model_free(m);
}

static void what_cannot_work_is_refused(void)
{
	static const struct {
		const char *source;
		const char *target;
		const char *text;
	} rows[] = {
		{ "172.16.0.250", NULL,
			"health-check: source without target probes nothing: set target" },
		{ "10.1.1.1", "192.168.1.1",
			"health-check: source 10.1.1.1 is in no CIDR of VPC prod, so no answer "
			"finds back: set an address of the VPC" },
		{ "172.16.0.250", "172.16.0.9",
			"health-check: target 172.16.0.9 is inside VPC prod itself: "
			"set an address behind the other end" },
		{ "172.16.0.250", "fd00:1::1",
			"health-check: source 172.16.0.250 and target are of different families: "
			"set a source of the target's family" },
		{ NULL, "192.168.1.1",
			"health-check: no source: set an address of VPC prod that nobody has" },
		{ "172.16.9.1", "192.168.1.1",
			"health-check: source 172.16.9.1 is the address of an interface of VPC "
			"prod, where answers would end: set an address that nobody has" },
		{ "172.16.0.250", "127.0.0.1",
			"health-check: target 127.0.0.1 is no address of a host: set another one" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct model *m = world(rows[i].source, rows[i].target);

		kit_iface(kit_prod(m), "vpc-more", "172.16.9.1", 24);
		CU_ASSERT(kit_is_refused(m, PATH, rows[i].text));
		model_free(m);
	}
}

static void two_vbrs_have_nobody_who_probes(void)
{
	struct model *m = kit_new();
	struct model_peering *p;

	kit_vbr(m, "acme", "hz-b", "pc-2", 100);
	p = kit_peering(m, "acme", "both", kit_end_vbr("acme", "hz-a"),
		kit_end_vbr("acme", "hz-b"));
	p->transit = true;
	CU_ASSERT(kit_is_right(m));
	p->health.target = kit_addr("192.168.1.1");
	CU_ASSERT_PTR_NULL(model_health_end(p));
	CU_ASSERT(kit_is_refused(m, "peering:acme/both",
		"health-check: probes come from a VPC, and both ends are VBRs: "
		"remove health-check"));
	model_free(m);
}

static void a_vbr_probes_what_is_on_its_link(void)
{
	static const struct {
		const char *target;
		const char *text;
	} rows[] = {
		{ "10.0.0.2", NULL },
		{ "10.0.0.1",
			"health-check: target 10.0.0.1 is the VBR itself: set its peer-gateway" },
		{ "10.0.0.9",
			"health-check: target 10.0.0.9 is not on the link of the VBR: "
			"set its peer-gateway" },
		{ "fd00::2",
			"health-check: target fd00::2 is not on the link of the VBR: "
			"set its peer-gateway" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct model *m = kit_new();

		kit_hz_a(m)->health.target = kit_addr(rows[i].target);
		CU_ASSERT(rows[i].text == NULL ? kit_is_right(m) :
						 kit_is_refused(m, "vbr:acme/hz-a", rows[i].text));
		model_free(m);
	}
}

static const struct cu_case cases[] = {
	CU_CASE(the_vpc_probes),
	CU_CASE(of_two_vpcs_the_initiator_probes),
	CU_CASE(what_cannot_work_is_refused),
	CU_CASE(two_vbrs_have_nobody_who_probes),
	CU_CASE(a_vbr_probes_what_is_on_its_link),
};

CU_SUITE(health, cases);
