/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each status has a row that says what it holds back. What holds a line holds all that stands on it
 * (circuit.c). A subscription holds nothing by itself: it makes a status another one.
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

/* What a state of the subscription makes of an enabled line, and of one that has no lock. */
static const struct {
	enum model_line_status status;
	enum model_business business;
} by_subscription[] = {
	[SUBSCRIPTION_NONE] = { MODEL_LINE_ENABLED, MODEL_BUSINESS_NORMAL },
	[SUBSCRIPTION_PENDING] = { MODEL_LINE_CONFIRMED, MODEL_BUSINESS_NORMAL },
	[SUBSCRIPTION_RUNNING] = { MODEL_LINE_ENABLED, MODEL_BUSINESS_NORMAL },
	[SUBSCRIPTION_ENDING] = { MODEL_LINE_ENABLED, MODEL_BUSINESS_NORMAL },
	[SUBSCRIPTION_ENDED] = { MODEL_LINE_ENABLED, MODEL_BUSINESS_FINANCIAL_LOCKED },
};
static_assert(ARRAY_SIZE(by_subscription) == SUBSCRIPTION_STATE_COUNT, "one row a state");

enum model_line_status model_line_status(const struct model_line *l, int64_t now_s)
{
	if (l->status != MODEL_LINE_ENABLED)
		return (enum model_line_status)l->status;
	return by_subscription[subscription_state(&l->subscription, now_s)].status;
}

enum model_business model_line_business(const struct model_line *l, int64_t now_s)
{
	if (l->business != MODEL_BUSINESS_NORMAL)
		return (enum model_business)l->business;
	return by_subscription[subscription_state(&l->subscription, now_s)].business;
}

enum model_hold model_line_hold(const struct model *m, const struct model_physconn *pc)
{
	enum model_hold hold;

	if (!pc->enabled)
		return MODEL_HOLD_LINE_DISABLED;
	hold = by_status[model_line_status(&pc->line, m->now_s)];
	if (hold == MODEL_HOLD_NONE)
		hold = by_business[model_line_business(&pc->line, m->now_s)];
	return hold != MODEL_HOLD_NONE ? hold : by_loa[pc->line.loa];
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
