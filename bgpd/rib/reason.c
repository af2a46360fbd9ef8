/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words of enum rib_reason. They are part of the outside view (JSON key "reason"): a word once
 * given is not changed.
 */
#include "bgpd/rib/reason.h"

#include <assert.h>

#include "lib/base/compiler.h"

/* clang-format off */
static const char *const names[] = {
	[RIB_REASON_NONE]                  = "",
	[RIB_REASON_AS_LOOP]               = "as-loop",
	[RIB_REASON_CONFED_LOOP]           = "confederation-loop",
	[RIB_REASON_ORIGINATOR_LOOP]       = "originator-loop",
	[RIB_REASON_CLUSTER_LOOP]          = "cluster-loop",
	[RIB_REASON_FIRST_AS]              = "first-as",
	[RIB_REASON_AS_SET]                = "as-set",
	[RIB_REASON_OTC_LEAK]              = "otc-leak",
	[RIB_REASON_NEXT_HOP_UNREACHABLE]  = "next-hop-unreachable",
	[RIB_REASON_NEXT_HOP_SELF]         = "next-hop-self",
	[RIB_REASON_FILTER_DEFAULT]        = "filter-default",
	[RIB_REASON_FILTER_MARTIAN]        = "filter-martian",
	[RIB_REASON_FILTER_SHARED_ADDRESS] = "filter-shared-address",
	[RIB_REASON_FILTER_VPC_CIDR]       = "filter-vpc-cidr",
	[RIB_REASON_FILTER_LINK_SUBNET]    = "filter-link-subnet",
	[RIB_REASON_POLICY]                = "policy",
	[RIB_REASON_NO_POLICY]             = "no-policy",
	[RIB_REASON_ROUTE_LIMIT]           = "route-limit",
	[RIB_REASON_TRANSIT]               = "transit",
	[RIB_REASON_TREAT_AS_WITHDRAW]     = "treat-as-withdraw",
	[RIB_REASON_QUOTA]                 = "route-quota",
	[RIB_REASON_DEFAULT_ORIGINATE]     = "default-originate",
	[RIB_REASON_STEP_LLGR_STALE]       = "llgr-stale",
	[RIB_REASON_STEP_LAST_RESORT]      = "last-resort",
	[RIB_REASON_STEP_WEIGHT]           = "weight",
	[RIB_REASON_STEP_LOCAL_PREF]       = "local-preference",
	[RIB_REASON_STEP_AS_PATH_LENGTH]   = "as-path-length",
	[RIB_REASON_STEP_ORIGIN]           = "origin",
	[RIB_REASON_STEP_MED]              = "med",
	[RIB_REASON_STEP_EBGP]             = "ebgp-over-ibgp",
	[RIB_REASON_STEP_MULTIPATH_LIMIT]  = "maximum-paths",
	[RIB_REASON_STEP_ROUTER_ID]        = "router-id",
	[RIB_REASON_STEP_CLUSTER_LENGTH]   = "cluster-length",
	[RIB_REASON_STEP_ADDRESS]          = "address",
	[RIB_REASON_STEP_PATH_ID]          = "path-id",
	[RIB_REASON_EXPORT_NO_PATH]        = "no-path",
	[RIB_REASON_EXPORT_NOT_ADVERTISED] = "not-advertised",
	[RIB_REASON_EXPORT_SAME_SOURCE]    = "same-source",
	[RIB_REASON_EXPORT_IBGP]           = "ibgp-to-ibgp",
	[RIB_REASON_EXPORT_NO_ADVERTISE]   = "no-advertise",
	[RIB_REASON_EXPORT_NO_EXPORT]      = "no-export",
	[RIB_REASON_EXPORT_LLGR_STALE]     = "export-llgr-stale",
	[RIB_REASON_EXPORT_OTC]            = "export-otc",
	[RIB_REASON_EXPORT_NO_EXPORT_SUBCONFED] = "no-export-subconfed",
	[RIB_REASON_EXPORT_CLIENT_TO_CLIENT]    = "client-to-client",
	[RIB_REASON_EXPORT_NO_NEXT_HOP]    = "no-next-hop",
	[RIB_REASON_EXPORT_TOO_LONG]       = "too-long",
	[RIB_REASON_EXPORT_CONDITIONAL]    = "export-conditional",
	[RIB_REASON_EXPORT_SUPPRESSED]     = "export-suppressed",
	[RIB_REASON_EXPORT_NOT_SELECTED]   = "not-selected",
	[RIB_REASON_EXPORT_NO_SESSION]     = "no-session",
	[RIB_REASON_EDGE_LOCAL]            = "announced-only",
	[RIB_REASON_EDGE_KIND]             = "kind",
	[RIB_REASON_EDGE_BACK]             = "came-this-way",
	[RIB_REASON_EDGE_LOOP]             = "table-loop",
	[RIB_REASON_EDGE_CLOSED]           = "no-other-end",
	[RIB_REASON_EDGE_WAITING]          = "waiting",
	[RIB_REASON_WITHDRAWN]             = "withdrawn",
	[RIB_REASON_REPLACED]              = "replaced",
};
/* clang-format on */
static_assert(ARRAY_SIZE(names) == RIB_REASON_COUNT, "a reason without a name");

const char *rib_reason_name(enum rib_reason r)
{
	return r < RIB_REASON_COUNT ? names[r] : "";
}
