/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Verdicts over what was measured, and the page that has the reasons.
 */
#include "tests/cu_main.h"
#include "tests/vbr/model/drawing.h"
#include "vbr/drill/verdict.h"

/* One VPC, probed, that was away and came back without a fault. */
static const struct drill_result good = {
	.vpcs = 1,
	.sent = 200,
	.answered_away = 100,
	.switch_us = 150000,
	.outage_us = 150000,
	.in = 100000,
};

struct row {
	struct drill_result change; /* added to what is good */
	enum drill_outcome outcome;
	uint32_t told;
	uint32_t reasons;
	enum drill_verdict verdict;
};

#define B(r) DRILL_BIT(DRILL_##r)

static const struct row rows[] = {
	/* clang-format off */
	{ { 0 },                      DRILL_COMPLETED, 0, 0, DRILL_PASS },
	{ { 0 },                      DRILL_ABORTED,   0, 0, DRILL_PASS },
	{ { 0 },                      DRILL_STOPPED, B(CHANGED), B(CHANGED), DRILL_NO_VERDICT },
	{ { 0 },                      DRILL_STOPPED, B(STANDBY_FAILED), B(STANDBY_FAILED),
	  DRILL_FAIL },
	{ { 0 },                      DRILL_INTERRUPTED, 0, 0, DRILL_NO_VERDICT },
	{ { 0 },                      DRILL_COMPLETED, B(FORCED), B(FORCED), DRILL_PASS },
	{ { 0 },                      DRILL_COMPLETED, B(NOT_BACK), B(NOT_BACK), DRILL_FAIL },
	{ { .lost = 3 },              DRILL_COMPLETED, 0, B(PROBES_LOST), DRILL_PASS },
	{ { .lost_back = 3 },         DRILL_COMPLETED, 0, B(PROBES_LOST), DRILL_PASS },
	{ { .outage_us = 849999 },    DRILL_COMPLETED, 0, 0, DRILL_PASS },
	{ { .outage_us = 850001 },    DRILL_COMPLETED, 0, B(SLOW_SWITCH), DRILL_FAIL },
	{ { .outage_back_us = 1000001 }, DRILL_COMPLETED, 0, B(SLOW_RETURN), DRILL_FAIL },
	{ { .not_moved = 1 },         DRILL_COMPLETED, 0, B(NO_SWITCH), DRILL_FAIL },
	{ { .missing = 1 },           DRILL_COMPLETED, 0, B(ROUTES_MISSING), DRILL_FAIL },
	{ { .in_strange = 4999 },     DRILL_COMPLETED, 0, 0, DRILL_PASS },
	{ { .in_strange = 5000 },     DRILL_COMPLETED, 0, B(ASYMMETRIC), DRILL_PASS },
	{ { .vpcs = 1, .not_covered = 1 }, DRILL_COMPLETED, 0, B(NOT_COVERED), DRILL_FAIL },
	{ { .vpcs = 1, .not_probed = 1 }, DRILL_COMPLETED, 0, B(NOT_PROBED), DRILL_PASS },
	/* Nothing was measured: nothing is said, but of what was seen otherwise. */
	{ { .not_probed = 1, .lost = 9, .outage_us = 9000000, .not_moved = 1 }, DRILL_COMPLETED, 0,
	  B(NOT_PROBED), DRILL_NO_VERDICT },
	/* clang-format on */
};

static struct drill_result sum(const struct drill_result *c)
{
	struct drill_result r = good;

	r.vpcs += c->vpcs;
	r.not_covered += c->not_covered;
	r.not_probed += c->not_probed;
	r.missing += c->missing;
	r.lost += c->lost;
	r.lost_back += c->lost_back;
	r.not_moved += c->not_moved;
	r.outage_us += c->outage_us;
	r.outage_back_us += c->outage_back_us;
	r.in_strange += c->in_strange;
	return r;
}

static struct drill_facts facts(const struct drill_result *r, enum drill_outcome outcome)
{
	return (struct drill_facts){ .outcome = outcome,
		.was_away = true,
		.must_move = true,
		.within_us = 1000000,
		.result = r };
}

static void each_fault_has_its_reason(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct drill_result r = sum(&rows[i].change);
		struct drill_facts f = facts(&r, rows[i].outcome);

		f.told = rows[i].told;
		CU_ASSERT_EQUAL(drill_reasons(&f), rows[i].reasons);
		CU_ASSERT_EQUAL(drill_judge(&f), rows[i].verdict);
	}
}

static void silence_is_told_as_such(void)
{
	struct drill_result r = good;
	struct drill_facts f = facts(&r, DRILL_COMPLETED);

	r.answered_away = 0;
	r.lost = 100;
	CU_ASSERT_EQUAL(drill_reasons(&f), B(NO_ANSWER) | B(PROBES_LOST));
	CU_ASSERT_EQUAL(drill_judge(&f), DRILL_FAIL);
}

/* A VBR may have more of them. */
static void a_peer_that_goes_need_not_move_traffic(void)
{
	struct drill_result r = good;
	struct drill_facts f = facts(&r, DRILL_COMPLETED);

	r.not_moved = 1;
	f.must_move = false;
	CU_ASSERT_EQUAL(drill_judge(&f), DRILL_PASS);
}

static void what_never_was_away_has_no_verdict(void)
{
	struct drill_result r = good;
	struct drill_facts f = facts(&r, DRILL_REFUSED);

	r.missing = 5;
	r.lost = 10;
	f.was_away = false;
	f.told = B(NO_BASELINE);
	CU_ASSERT_EQUAL(drill_reasons(&f), B(NO_BASELINE));
	CU_ASSERT_EQUAL(drill_judge(&f), DRILL_NO_VERDICT);
}

static void of_several_vpcs_the_worst_counts(void)
{
	struct drill_result r = { .switch_us = MEASURE_NEVER, .traffic_us = MEASURE_NEVER };
	struct measure m[2];

	for (int i = 0; i < 2; i++) {
		measure_init(&m[i], (struct mono){ 1 });
		m[i].of[MEASURE_AWAY].moved_us = i == 0 ? 500 : 900;
		m[i].of[MEASURE_AWAY].outage_us = i == 0 ? 70 : 20;
		m[i].of[MEASURE_AWAY].lost = 2;
		m[i].of[MEASURE_BACK].outage_us = i;
		drill_result_add(&r, &m[i]);
	}
	CU_ASSERT_EQUAL(r.switch_us, 900);
	CU_ASSERT_EQUAL(r.outage_us, 70);
	CU_ASSERT_EQUAL(r.outage_back_us, 1);
	CU_ASSERT_EQUAL(r.lost, 4);
	CU_ASSERT_EQUAL(r.traffic_us, MEASURE_NEVER);
}

static void the_page_has_every_reason(void)
{
	for (int i = 0; i < DRILL_REASON_COUNT; i++) {
		struct drawing d = { .n = 0 };

		drawing_line(&d, "| `%s` | %s |", drill_reason_name((enum drill_reason)i),
			drill_reason_fails((enum drill_reason)i) ? "fail" : "");
		d.text[d.n - 1] = ' '; /* what it means follows */
		d.text[d.n] = '\0';
		CU_ASSERT(drawing_is_in(&d, "doc/failover.md"));
	}
}

static const struct cu_case cases[] = {
	CU_CASE(each_fault_has_its_reason),
	CU_CASE(silence_is_told_as_such),
	CU_CASE(a_peer_that_goes_need_not_move_traffic),
	CU_CASE(what_never_was_away_has_no_verdict),
	CU_CASE(of_several_vpcs_the_worst_counts),
	CU_CASE(the_page_has_every_reason),
};

CU_SUITE(drill_verdict, cases);
