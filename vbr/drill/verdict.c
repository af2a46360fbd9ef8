/* SPDX-License-Identifier: Apache-2.0 */
#include "vbr/drill/verdict.h"

#include <assert.h>

#include "lib/base/compiler.h"

/* clang-format off */
static const struct {
	const char *name;
	bool fails;
} reasons[] = {
	[DRILL_NO_BASELINE]    = { "no-baseline",           false },
	[DRILL_REFUSED_DUE]    = { "not-healthy",           false },
	[DRILL_MISSED]         = { "missed",                false },
	[DRILL_STANDBY_FAILED] = { "standby-failed",        true },
	[DRILL_CHANGED]        = { "configuration-changed", false },
	[DRILL_ROUTES_MISSING] = { "routes-missing",        true },
	[DRILL_NOT_COVERED]    = { "vpc-not-covered",       true },
	[DRILL_NO_SWITCH]      = { "no-switch",             true },
	[DRILL_NO_ANSWER]      = { "no-answer",             true },
	[DRILL_SLOW_SWITCH]    = { "slow-switch",           true },
	[DRILL_SLOW_RETURN]    = { "slow-return",           true },
	[DRILL_NOT_BACK]       = { "not-back",              true },
	[DRILL_PROBES_LOST]    = { "probes-lost",           false },
	[DRILL_ASYMMETRIC]     = { "asymmetric-return",     false },
	[DRILL_NOT_PROBED]     = { "not-probed",            false },
	[DRILL_FORCED]         = { "forced",                false },
};
/* clang-format on */
static_assert(ARRAY_SIZE(reasons) == DRILL_REASON_COUNT, "one row a reason");

static int64_t larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

void drill_result_add(struct drill_result *r, const struct measure *m)
{
	const struct measure_result *away = &m->of[MEASURE_AWAY];
	const struct measure_result *back = &m->of[MEASURE_BACK];

	for (int i = 0; i < MEASURE_PARTS; i++) {
		r->sent += m->of[i].sent;
		r->crossed += m->of[i].crossed;
		r->in += m->of[i].in;
		r->in_strange += m->of[i].in_strange;
	}
	r->lost += away->lost;
	r->lost_back += back->lost;
	r->answered_away += away->answered;
	r->switch_us = larger(r->switch_us, away->moved_us);
	r->traffic_us = larger(r->traffic_us, away->traffic_us);
	r->outage_us = larger(r->outage_us, away->outage_us);
	r->outage_back_us = larger(r->outage_back_us, back->outage_us);
}

uint32_t drill_result_strange(const struct drill_result *r)
{
	return r->in == 0 ? 0 : (uint32_t)(r->in_strange * 100 / r->in);
}

uint32_t drill_reasons(const struct drill_facts *f)
{
	const struct drill_result *r = f->result;
	const bool probed = f->was_away && r->vpcs > r->not_covered + r->not_probed;
	const struct {
		enum drill_reason reason;
		bool is;
	} found[] = {
		/* clang-format off */
		{ DRILL_ROUTES_MISSING, f->was_away && r->missing > 0 },
		{ DRILL_NOT_COVERED,    f->was_away && r->not_covered > 0 },
		{ DRILL_NO_SWITCH,      probed && f->must_move && r->not_moved > 0 },
		{ DRILL_NO_ANSWER,      probed && r->lost > 0 && r->answered_away == 0 },
		{ DRILL_SLOW_SWITCH,    probed && r->outage_us > f->within_us },
		{ DRILL_SLOW_RETURN,    probed && r->outage_back_us > f->within_us },
		{ DRILL_PROBES_LOST,    probed && r->lost + r->lost_back > 0 },
		{ DRILL_ASYMMETRIC,
		  f->was_away && drill_result_strange(r) >= DRILL_STRANGE_PERCENT },
		{ DRILL_NOT_PROBED,     r->not_probed > 0 },
		/* clang-format on */
	};
	uint32_t set = f->told;

	for (size_t i = 0; i < ARRAY_SIZE(found); i++)
		set |= found[i].is ? DRILL_BIT(found[i].reason) : 0;
	return set;
}

enum drill_verdict drill_judge(const struct drill_facts *f)
{
	const struct drill_result *r = f->result;
	const uint32_t set = drill_reasons(f);

	if (!f->was_away || f->outcome == DRILL_INTERRUPTED)
		return DRILL_NO_VERDICT;
	for (unsigned i = 0; i < DRILL_REASON_COUNT; i++)
		if ((set & DRILL_BIT(i)) && reasons[i].fails)
			return DRILL_FAIL;
	/* Nothing was found, for nobody has looked, or not for long. */
	if (r->vpcs == r->not_covered + r->not_probed || f->outcome == DRILL_STOPPED)
		return DRILL_NO_VERDICT;
	return DRILL_PASS;
}

bool drill_reason_fails(enum drill_reason r)
{
	return reasons[r].fails;
}

const char *drill_reason_name(enum drill_reason r)
{
	return reasons[r].name;
}

const char *drill_verdict_name(enum drill_verdict v)
{
	static const char *const names[] = { "", "pass", "fail" };

	static_assert(ARRAY_SIZE(names) == DRILL_VERDICT_COUNT, "one name a verdict");
	return names[v];
}
