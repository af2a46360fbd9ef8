/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each status has a row that says what it holds back. A VBR is held by the first that applies, from
 * the line to the VBR: who asks wants to hear of the lock, not of what follows from it.
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

const struct model_hosted *model_vbr_hosted(const struct model *m, const struct model_vbr *v)
{
	const struct model_physconn *pc = v->hosted[0] != '\0' ? model_physconn(m, v->physconn) :
								 NULL;

	for (uint32_t i = 0; pc != NULL && i < pc->line.n_hosted; i++)
		if (strcmp(pc->line.hosted[i].name, v->hosted) == 0)
			return &pc->line.hosted[i];
	return NULL;
}

uint16_t model_vbr_vlan(const struct model *m, const struct model_vbr *v)
{
	const struct model_hosted *h = model_vbr_hosted(m, v);

	return h != NULL ? h->vlan_id : v->vlan_id;
}

uint64_t model_vbr_bandwidth(const struct model *m, const struct model_vbr *v)
{
	const struct model_hosted *h = model_vbr_hosted(m, v);

	return h != NULL ? h->bandwidth_bps : v->bandwidth_bps;
}

static bool is_foreign(const struct model_physconn *pc, const struct model_vbr *v)
{
	return pc->line.owner[0] != '\0' && strcmp(pc->line.owner, v->obj.tenant) != 0;
}

const struct model_obj *model_vbr_consent(const struct model *m, const struct model_vbr *v)
{
	const struct model_physconn *pc = model_physconn(m, v->physconn);

	if (v->hosted[0] != '\0')
		return model_get(m, MODEL_ACCEPT_HOSTED, v->obj.tenant, v->physconn, v->hosted);
	if (pc != NULL && is_foreign(pc, v))
		return model_get(m, MODEL_ACCEPT_VBR, pc->line.owner, v->obj.name, v->obj.tenant);
	return NULL;
}

/* Who has a share was given it: the line's owner need not say so again. */
static enum model_hold consent_hold(const struct model *m, const struct model_physconn *pc,
	const struct model_vbr *v)
{
	if (v->hosted[0] == '\0' && !is_foreign(pc, v))
		return MODEL_HOLD_NONE;
	if (model_vbr_consent(m, v) != NULL)
		return MODEL_HOLD_NONE;
	return v->hosted[0] != '\0' ? MODEL_HOLD_UNCONFIRMED_HOSTED : MODEL_HOLD_UNCONFIRMED_OWNER;
}

bool model_vbr_is_confirmed(const struct model *m, const struct model_vbr *v)
{
	const struct model_physconn *pc = model_physconn(m, v->physconn);

	return pc != NULL && consent_hold(m, pc, v) == MODEL_HOLD_NONE;
}

enum model_hold model_vbr_hold(const struct model *m, const struct model_vbr *v)
{
	const struct model_physconn *pc = model_physconn(m, v->physconn);
	enum model_hold hold = pc != NULL ? model_line_hold(pc) : MODEL_HOLD_LINE_DISABLED;

	if (hold == MODEL_HOLD_NONE)
		hold = consent_hold(m, pc, v);
	if (hold == MODEL_HOLD_NONE && !v->enabled)
		hold = MODEL_HOLD_DISABLED;
	return hold;
}
