/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines: what the provider says of a physical connection, shares of it that are hosted for others,
 * and the one question that follows from all of it: why is a VBR not in service?
 *
 * The answer is derived, never stored. So no order of commits can leave a VBR up on a locked line,
 * or down on one that was unlocked.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "vbr/model/state/subscription.h"

#define MODEL_LINE_NAME 64 /* MODEL_NAME_SIZE */

struct model;
struct model_physconn;
struct model_vbr;

/* In the order of the schema's words; the first of each is what is there without a word. */
enum model_line_status {
	MODEL_LINE_ENABLED,
	MODEL_LINE_CONFIRMED,
	MODEL_LINE_CANCELED,
	MODEL_LINE_TERMINATED,
	MODEL_LINE_STATUS_COUNT,
};

enum model_business {
	MODEL_BUSINESS_NORMAL,
	MODEL_BUSINESS_FINANCIAL_LOCKED,
	MODEL_BUSINESS_SECURITY_LOCKED,
	MODEL_BUSINESS_COUNT,
};

/* Letter of authorisation: whether the cross-connect may be made. */
enum model_loa {
	MODEL_LOA_NONE,
	MODEL_LOA_APPLYING,
	MODEL_LOA_ACCEPT,
	MODEL_LOA_AVAILABLE,
	MODEL_LOA_REJECTED,
	MODEL_LOA_COMPLETING,
	MODEL_LOA_COMPLETE,
	MODEL_LOA_DELETED,
	MODEL_LOA_COUNT,
};

/* A share of a line that is hosted for another tenant: a VLAN and a bandwidth. */
struct model_hosted {
	char name[MODEL_LINE_NAME];
	char tenant[MODEL_LINE_NAME];
	uint64_t bandwidth_bps;
	uint16_t vlan_id;
	bool owner_pays; /* of the line; else its tenant */
};

/* What model_physconn says besides its port. */
struct model_line {
	uint8_t status;   /* enum model_line_status */
	uint8_t business; /* enum model_business */
	uint8_t loa;      /* enum model_loa */
	struct subscription subscription;
	char owner[MODEL_LINE_NAME];          /* "": the provider's, anybody may have VBRs on it */
	char redundant_with[MODEL_LINE_NAME]; /* "" = none */
	char line_operator[16];
	char port_type[16];
	char peer_location[256];
	struct model_hosted *hosted; /* owned, by name */
	uint32_t n_hosted;
};

/* Why a circuit, or a VBR, is out of service, the most general reason first. */
enum model_hold {
	MODEL_HOLD_NONE,
	MODEL_HOLD_LINE_DISABLED,      /* enabled false */
	MODEL_HOLD_LINE_CONFIRMED,     /* status or subscription: not enabled yet */
	MODEL_HOLD_LINE_CANCELED,      /* status */
	MODEL_HOLD_LINE_TERMINATED,    /* */
	MODEL_HOLD_LINE_LOA,           /* the cross-connect is not authorised */
	MODEL_HOLD_LINE_FINANCIAL,     /* locks; or the subscription has ended */
	MODEL_HOLD_LINE_SECURITY,      /* */
	MODEL_HOLD_UNCONFIRMED_HOSTED, /* its tenant has not accepted the hosted connection */
	MODEL_HOLD_UNCONFIRMED_OWNER,  /* the line's owner has not accepted the VBR */
	MODEL_HOLD_DISABLED,           /* enabled false of the VBR, or of the circuit */
	MODEL_HOLD_TERMINATED,         /* by request: no model says so, the life cycle does */
	MODEL_HOLD_DRILL,              /* a failover drill: neither does it */
	MODEL_HOLD_COUNT,
};

/** Words of the schema; NULL behind the last one. */
const char *model_line_status_name(unsigned status);
const char *model_business_name(unsigned business);
const char *model_loa_name(unsigned loa);
/** "financial-locked", ...: a code of the outside view; "" for none. */
const char *model_hold_name(enum model_hold h);
/**
 * As they are at a time: a line is enabled by its status and a subscription that has begun, and
 * locked by the provider's word or by a subscription that has ended.
 */
enum model_line_status model_line_status(const struct model_line *l, int64_t now_s);
enum model_business model_line_business(const struct model_line *l, int64_t now_s);
/** Of the line alone. */
enum model_hold model_line_hold(const struct model *m, const struct model_physconn *pc);
/** What the line's redundancy lacks, as a code: "same-access-point"; "" if nothing. */
const char *model_line_warning(const struct model *m, const struct model_physconn *pc);
