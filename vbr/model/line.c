/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each status has a row that says what it holds back. What holds a line holds all that stands on it
 * (circuit.c).
 */
#include "vbr/model/line.h"

#include <assert.h>
#include <string.h>

#include "lib/base/compiler.h"
#include "vbr/model/model.h"

static_assert(MODEL_LINE_NAME == MODEL_NAME_SIZE, "names of objects");

static const enum model_hold by_status[] = {
	[MODEL_LINE_ENABLED] = MODEL_HOLD_NONE,
	[MODEL_LINE_CONFIRMED] = MODEL_HOLD_LINE_CONFIRMED,
	[MODEL_LINE_CANCELED] = MODEL_HOLD_LINE_CANCELED,
	[MODEL_LINE_TERMINATED] = MODEL_HOLD_LINE_TERMINATED,
};
static_assert(ARRAY_SIZE(by_status) == MODEL_LINE_STATUS_COUNT, "one row a status");

static const enum model_hold by_business[] = {
	[MODEL_BUSINESS_NORMAL] = MODEL_HOLD_NONE,
	[MODEL_BUSINESS_FINANCIAL_LOCKED] = MODEL_HOLD_LINE_FINANCIAL,
	[MODEL_BUSINESS_SECURITY_LOCKED] = MODEL_HOLD_LINE_SECURITY,
};
static_assert(ARRAY_SIZE(by_business) == MODEL_BUSINESS_COUNT, "one row a status");

/* While technicians work on an authorised cross-connect the port is up: they test with it. */
static const enum model_hold by_loa[] = {
	[MODEL_LOA_NONE] = MODEL_HOLD_NONE,
	[MODEL_LOA_APPLYING] = MODEL_HOLD_LINE_LOA,
	[MODEL_LOA_ACCEPT] = MODEL_HOLD_LINE_LOA,
	[MODEL_LOA_AVAILABLE] = MODEL_HOLD_NONE,
	[MODEL_LOA_REJECTED] = MODEL_HOLD_LINE_LOA,
	[MODEL_LOA_COMPLETING] = MODEL_HOLD_NONE,
	[MODEL_LOA_COMPLETE] = MODEL_HOLD_NONE,
	[MODEL_LOA_DELETED] = MODEL_HOLD_LINE_LOA,
};
static_assert(ARRAY_SIZE(by_loa) == MODEL_LOA_COUNT, "one row a status");

const char *model_line_status_name(unsigned status)
{
	static const char *const names[] = { "enabled", "confirmed", "canceled", "terminated" };

	static_assert(ARRAY_SIZE(names) == MODEL_LINE_STATUS_COUNT, "one word a status");
	return status < ARRAY_SIZE(names) ? names[status] : NULL;
}

const char *model_business_name(unsigned business)
{
	static const char *const names[] = { "normal", "financial-locked", "security-locked" };

	static_assert(ARRAY_SIZE(names) == MODEL_BUSINESS_COUNT, "one word a status");
	return business < ARRAY_SIZE(names) ? names[business] : NULL;
}

const char *model_loa_name(unsigned loa)
{
	static const char *const names[] = { "", "applying", "accept", "available", "rejected",
		"completing", "complete", "deleted" };

	static_assert(ARRAY_SIZE(names) == MODEL_LOA_COUNT, "one word a status");
	return loa < ARRAY_SIZE(names) ? names[loa] : NULL;
}

const char *model_hold_name(enum model_hold h)
{
	static const char *const names[] = {
		[MODEL_HOLD_NONE] = "",
		[MODEL_HOLD_LINE_DISABLED] = "line-disabled",
		[MODEL_HOLD_LINE_CONFIRMED] = "line-confirmed",
		[MODEL_HOLD_LINE_CANCELED] = "line-canceled",
		[MODEL_HOLD_LINE_TERMINATED] = "line-terminated",
		[MODEL_HOLD_LINE_LOA] = "line-not-authorised",
		[MODEL_HOLD_LINE_FINANCIAL] = "financial-locked",
		[MODEL_HOLD_LINE_SECURITY] = "security-locked",
		[MODEL_HOLD_UNCONFIRMED_HOSTED] = "hosted-unconfirmed",
		[MODEL_HOLD_UNCONFIRMED_OWNER] = "owner-unconfirmed",
		[MODEL_HOLD_DISABLED] = "disabled",
		[MODEL_HOLD_TERMINATED] = "terminated",
		[MODEL_HOLD_DRILL] = "failover-drill",
	};

	static_assert(ARRAY_SIZE(names) == MODEL_HOLD_COUNT, "one name a reason");
	return names[h];
}

enum model_hold model_line_hold(const struct model_physconn *pc)
{
	if (!pc->enabled)
		return MODEL_HOLD_LINE_DISABLED;
	if (by_status[pc->line.status] != MODEL_HOLD_NONE)
		return by_status[pc->line.status];
	if (by_business[pc->line.business] != MODEL_HOLD_NONE)
		return by_business[pc->line.business];
	return by_loa[pc->line.loa];
}

const char *model_line_warning(const struct model *m, const struct model_physconn *pc)
{
	const struct model_physconn *twin = model_physconn(m, pc->line.redundant_with);

	/* One building's fire takes both: the pair is of little use. */
	if (twin != NULL && pc->access_point[0] != '\0' &&
		strcmp(pc->access_point, twin->access_point) == 0)
		return "same-access-point";
	return "";
}
