/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A VBR on several lines: what is refused, what one line's lock means for it, by which line a
 * neighbour is reached, what all of them carry.
 */
#include <stdio.h>
#include <string.h>

#include "tests/cu_main.h"
#include "tests/vbr/model/kit.h"
#include "vbr/model/traffic/cap.h"

#define MBIT UINT64_C(1000000)

static struct model_circuit *add(struct model_vbr *v, const char *line, uint16_t vlan,
	const char *local, const char *peer)
{
	struct model_circuit *c = model_vbr_add_circuit(v);

	snprintf(c->physconn, sizeof(c->physconn), "%s", line);
	c->vlan_id = vlan;
	c->ipv4 = (struct model_link){ kit_addr(local), kit_addr(peer), 30 };
	return c;
}

/* hz-a on pc-1 and pc-2. */
static struct model *on_two(void)
{
	struct model *m = kit_new();

	add(kit_hz_a(m), "pc-2", 100, "10.0.0.5", "10.0.0.6");
	return m;
}

static void second_on_the_first(struct model *m)
{
	snprintf(kit_hz_a(m)->circuits[1].physconn, MODEL_NAME_SIZE, "pc-1");
	kit_hz_a(m)->circuits[1].vlan_id = 101;
}

static void third_on_the_second(struct model *m)
{
	add(kit_hz_a(m), "pc-2", 101, "10.0.0.9", "10.0.0.10");
}

static void second_overlaps(struct model *m)
{
	kit_hz_a(m)->circuits[1].ipv4 = (struct model_link){ kit_addr("10.0.0.129"),
		kit_addr("10.0.0.130"), 24 };
}

static void second_takes_a_vlan(struct model *m)
{
	kit_vbr(m, "globex", "hz-h", "pc-2", 100);
}

static void second_is_nowhere(struct model *m)
{
	snprintf(kit_hz_a(m)->circuits[1].physconn, MODEL_NAME_SIZE, "pc-9");
}

static void second_limits_a_vlan(struct model *m)
{
	kit_hz_a(m)->circuits[1].vlan_id = 0;
	kit_hz_a(m)->circuits[1].bandwidth_bps = 10 * MBIT;
	kit_vbr(m, "globex", "hz-h", "pc-2", 7);
}

static void second_is_hosted(struct model *m)
{
	kit_pc(m, "pc-2")->bandwidth_bps = 1000 * MBIT;
	kit_hosted(m, "pc-2", "h1", "acme", 200);
	snprintf(kit_hz_a(m)->circuits[1].hosted, MODEL_NAME_SIZE, "h1");
	kit_hz_a(m)->circuits[1].vlan_id = 0;
}

static void probes_of_one(struct model *m)
{
	struct model_health *h = &kit_hz_a(m)->health;

	h->target = kit_addr("10.0.0.6");
	h->source = kit_addr("10.0.0.5");
}

static void peer_on_a_line_of_nobody(struct model *m)
{
	kit_physconn(m, "pc-3", "eth3");
	snprintf(kit_hz_a(m)->peers[0].line, MODEL_NAME_SIZE, "pc-3");
}

static void peer_on_the_other_line(struct model *m)
{
	snprintf(kit_hz_a(m)->peers[0].line, MODEL_NAME_SIZE, "pc-2");
}

static void too_many_on_the_second(struct model *m)
{
	kit_acme(m)->quota[MODEL_QUOTA_VBR] = 1;
	kit_vbr(m, "acme", "hz-b", "pc-2", 5);
}

static void too_many_lines(struct model *m)
{
	static const char *const names[] = { "l3", "l4", "l5", "l6", "l7", "l8", "l9" };

	for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
		char local[32];
		char peer[32];

		snprintf(local, sizeof(local), "10.1.%u.1", i);
		snprintf(peer, sizeof(peer), "10.1.%u.2", i);
		kit_physconn(m, names[i], names[i]);
		add(kit_hz_a(m), names[i], 1, local, peer);
	}
}

static void what_cannot_be_is_refused_with_a_sentence(void)
{
	static const struct {
		void (*spoil)(struct model *m);
		const char *path;
		const char *text;
	} rows[] = {
		/* clang-format off */
		{ second_on_the_first, "vbr:acme/hz-a",
		  "additional-connection pc-1: the VBR stands on that line already: "
		  "name another physical-connection" },
		{ third_on_the_second, "vbr:acme/hz-a",
		  "additional-connection pc-2: the VBR stands on that line already: "
		  "name another physical-connection" },
		{ second_overlaps, "vbr:acme/hz-a",
		  "additional-connection pc-2: its subnet 10.0.0.0/24 overlaps that of the link on "
		  "physical-connection pc-1: take another one" },
		{ second_takes_a_vlan, "vbr:globex/hz-h",
		  "vlan-id 100 of physical-connection pc-2 is in use by VBR hz-a of tenant acme: "
		  "take another VLAN" },
		{ second_is_nowhere, "vbr:acme/hz-a",
		  "physical-connection \"pc-9\" does not exist: create it, or correct the name" },
		{ second_limits_a_vlan, "vbr:acme/hz-a",
		  "the bandwidth of VBR hz-a, on VLAN 0, would limit VBR hz-h of tenant globex on "
		  "the same port: take a VLAN, or no bandwidth" },
		{ second_is_hosted, "vbr:acme/hz-a",
		  "additional-connection pc-2: the VBR stands on a line of its own, which costs "
		  "another price than a hosted connection: take lines of one kind" },
		{ probes_of_one, "vbr:acme/hz-a",
		  "health-check: probes watch one line, and the VBR has 2: it would be given up "
		  "while others carry: set observe true, and bfd true at its peers" },
		{ peer_on_a_line_of_nobody, "vbr:acme/hz-a",
		  "peer 10.0.0.2: the VBR does not stand on physical-connection pc-3: add it as "
		  "additional-connection, or name one of its lines" },
		{ too_many_on_the_second, "vbr:acme/hz-b",
		  "tenant acme has more than 1 VBRs on physical-connection pc-2, its quota: raise "
		  "quota vbr of the tenant, or use another connection" },
		{ too_many_lines, "vbr:acme/hz-a",
		  "9 physical connections: a VBR stands on at most 8, itself included" },
		/* clang-format on */
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct model *m = on_two();

		CU_ASSERT(kit_is_right(m));
		rows[i].spoil(m);
		if (!kit_is_refused(m, rows[i].path, rows[i].text)) {
			fprintf(stderr, "# row %zu: %s\n", i, rows[i].text);
			CU_FAIL("not refused as it should be");
		}
		model_free(m);
	}
}

static void a_peer_names_no_line_but_that_of_its_address(void)
{
	struct model *m = on_two();

	peer_on_the_other_line(m);
	CU_ASSERT(kit_is_refused(m, "vbr:acme/hz-a",
		"peer 10.0.0.2: its address is on the link of physical-connection pc-1, not of "
		"pc-2: name that one, or none"));
	model_free(m);
}

static void probes_that_only_watch_are_welcome(void)
{
	struct model *m = on_two();

	probes_of_one(m);
	kit_hz_a(m)->health.observe = true;
	CU_ASSERT(kit_is_right(m));
	model_free(m);
}

static void a_lock_takes_its_own_circuit_only(void)
{
	struct model *m = on_two();
	const struct model_vbr *v = kit_hz_a(m);

	for (int k = 0; k < 2; k++) {
		struct model_physconn *pc = kit_pc(m, k == 0 ? "pc-1" : "pc-2");

		pc->line.business = MODEL_BUSINESS_FINANCIAL_LOCKED;
		CU_ASSERT_EQUAL(model_circuit_hold(m, v, &v->circuits[k]),
			MODEL_HOLD_LINE_FINANCIAL);
		CU_ASSERT_EQUAL(model_circuit_hold(m, v, &v->circuits[1 - k]), MODEL_HOLD_NONE);
		CU_ASSERT_EQUAL(model_vbr_hold(m, v), MODEL_HOLD_NONE);
		pc->line.business = MODEL_BUSINESS_NORMAL;
	}
	kit_hz_a(m)->circuits[1].disabled = true;
	CU_ASSERT_EQUAL(model_circuit_hold(m, v, &v->circuits[1]), MODEL_HOLD_DISABLED);
	CU_ASSERT_EQUAL(model_vbr_hold(m, v), MODEL_HOLD_NONE);
	kit_pc(m, "pc-1")->line.status = MODEL_LINE_CANCELED;
	CU_ASSERT_EQUAL(model_vbr_hold(m, v), MODEL_HOLD_LINE_CANCELED); /* the first one's */
	kit_hz_a(m)->circuits[1].disabled = false;
	kit_hz_a(m)->enabled = false; /* the VBR's word is for all */
	CU_ASSERT_EQUAL(model_circuit_hold(m, v, &v->circuits[1]), MODEL_HOLD_DISABLED);
	model_free(m);
}

static void one_consent_confirms_the_vbr_and_each_its_circuit(void)
{
	struct model *m = on_two();
	const struct model_vbr *v = kit_hz_a(m);

	snprintf(kit_pc(m, "pc-2")->line.owner, MODEL_LINE_NAME, "globex");
	CU_ASSERT_EQUAL(model_circuit_hold(m, v, &v->circuits[1]), MODEL_HOLD_UNCONFIRMED_OWNER);
	CU_ASSERT(model_vbr_is_confirmed(m, v));
	snprintf(kit_pc(m, "pc-1")->line.owner, MODEL_LINE_NAME, "globex");
	CU_ASSERT_FALSE(model_vbr_is_confirmed(m, v));
	kit_consent(m, MODEL_ACCEPT_VBR, "globex", "hz-a", "acme");
	CU_ASSERT_EQUAL(model_circuit_hold(m, v, &v->circuits[1]), MODEL_HOLD_NONE);
	CU_ASSERT(model_vbr_is_confirmed(m, v));
	model_free(m);
}

static void a_neighbour_is_reached_by_the_line_of_its_address(void)
{
	struct model *m = on_two();
	struct model_vbr *v = kit_hz_a(m);
	struct model_peer *p = kit_peer(v, "10.0.0.6", 65001);
	struct model_peer *ll = kit_peer(v, "fe80::1", 65001);
	const struct ip_addr far = kit_addr("192.0.2.1");

	CU_ASSERT_PTR_EQUAL(model_peer_circuit(v, &v->peers[0]), &v->circuits[0]);
	CU_ASSERT_PTR_EQUAL(model_peer_circuit(v, p), &v->circuits[1]);
	CU_ASSERT_PTR_EQUAL(model_peer_circuit(v, ll), &v->circuits[0]);
	snprintf(ll->line, sizeof(ll->line), "pc-2");
	CU_ASSERT_PTR_EQUAL(model_peer_circuit(v, ll), &v->circuits[1]);
	CU_ASSERT_PTR_NULL(model_vbr_circuit_to(v, &far));
	model_free(m);
}

static void caps_of_lines_side_by_side_add_up(void)
{
	struct model *m = on_two();
	struct model_vbr *v = kit_hz_a(m);
	struct model_cap c;
	char text[2 * MODEL_NAME_SIZE];

	v->circuits[0].bandwidth_bps = 100 * MBIT;
	CU_ASSERT_EQUAL(model_vbr_cap(m, v).bps, 0); /* the second has none */
	kit_pc(m, "pc-2")->bandwidth_bps = 40 * MBIT;
	v->circuits[1].bandwidth_bps = 50 * MBIT;
	c = model_vbr_cap(m, v);
	CU_ASSERT_EQUAL(c.bps, 140 * MBIT);
	CU_ASSERT_STRING_EQUAL(model_cap_text(&c, text, sizeof(text)), "vbr hz-a");
	c = model_circuit_cap(m, v, &v->circuits[1]);
	CU_ASSERT_STRING_EQUAL(model_cap_text(&c, text, sizeof(text)), "physical-connection pc-2");
	model_free(m);
}

static const struct cu_case cases[] = {
	CU_CASE(what_cannot_be_is_refused_with_a_sentence),
	CU_CASE(a_peer_names_no_line_but_that_of_its_address),
	CU_CASE(probes_that_only_watch_are_welcome),
	CU_CASE(a_lock_takes_its_own_circuit_only),
	CU_CASE(one_consent_confirms_the_vbr_and_each_its_circuit),
	CU_CASE(a_neighbour_is_reached_by_the_line_of_its_address),
	CU_CASE(caps_of_lines_side_by_side_add_up),
};

CU_SUITE(circuit, cases);
