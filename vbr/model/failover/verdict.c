/* SPDX-License-Identifier: Apache-2.0 */
/*
 * There is no history in it but one counter, that of audits in a row which saw a difference.
 */
#include "vbr/model/failover/verdict.h"

#include <assert.h>
#include <stddef.h>

#include "lib/base/compiler.h"

/* clang-format off */
static const struct failover_row rows[] = {
	/* known, primary up, secondary up, differs */
	{  0, { -1, -1 }, -1, FAILOVER_UNKNOWN },
	{  1, {  0,  0 }, -1, FAILOVER_DOWN },
	{  1, {  0,  1 }, -1, FAILOVER_PRIMARY_DOWN },
	{  1, {  1,  0 }, -1, FAILOVER_SECONDARY_DOWN },
	{  1, {  1,  1 },  1, FAILOVER_ROUTES_DIFFER },
	{  1, {  1,  1 },  0, FAILOVER_READY },
};
/* clang-format on */

static bool fits(int8_t want, bool is)
{
	return want < 0 || want == (int8_t)is;
}

enum failover_verdict failover_verdict(const struct failover_facts *f)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct failover_row *r = &rows[i];

		if (fits(r->is_known, f->is_known) && fits(r->is_up[0], f->is_up[0]) &&
			fits(r->is_up[1], f->is_up[1]) && fits(r->differs, f->differs))
			return r->verdict;
	}
	assert(!"the rows cover all facts");
	return FAILOVER_UNKNOWN;
}

const struct failover_row *failover_row(unsigned i)
{
	return i < ARRAY_SIZE(rows) ? &rows[i] : NULL;
}

const char *failover_verdict_name(enum failover_verdict v)
{
	static const char *const names[] = { "unknown", "ready", "routes-differ", "secondary-down",
		"primary-down", "down" };

	static_assert(ARRAY_SIZE(names) == FAILOVER_VERDICT_COUNT, "one name a verdict");
	return names[v];
}

const char *failover_mode_name(enum failover_mode m)
{
	return m == FAILOVER_LOAD_SHARE ? "load-share" : "active-standby";
}

bool failover_differs(uint8_t *looks, bool differs)
{
	if (!differs)
		*looks = 0;
	else if (*looks < FAILOVER_DIFFER_LOOKS)
		++*looks;
	return *looks == FAILOVER_DIFFER_LOOKS;
}

unsigned failover_carriers(enum failover_mode mode, const struct failover_member m[2])
{
	unsigned can = 0;
	unsigned stay = 0;

	for (unsigned i = 0; i < 2; i++) {
		if (!m[i].is_up || m[i].routes == 0)
			continue;
		can |= 1u << i;
		stay |= m[i].is_leaving ? 0 : 1u << i;
	}
	can = stay != 0 ? stay : can;
	if (mode == FAILOVER_ACTIVE_STANDBY && can == 3)
		can = 1u << FAILOVER_PRIMARY;
	return can;
}
