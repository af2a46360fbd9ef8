/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One row a code. A code without a row is shown as it is: an older shell can read a newer daemon.
 */
#include "vtysh/text/reason.h"

#include <stddef.h>
#include <string.h>

#include "lib/base/compiler.h"

/* clang-format off */
static const struct {
	const char *code;
	const char *text;
} rows[] = {
	/* refused on import */
	{ "as-loop",               "our own AS stands in its AS path" },
	{ "originator-loop",       "we are its originator" },
	{ "cluster-loop",          "it has been through our cluster" },
	{ "confederation-loop",    "our member AS stands in its AS path" },
	{ "first-as",              "its AS path does not begin with the neighbour's AS" },
	{ "as-set",                "its AS path has a set" },
	{ "otc-leak",              "it was to go to customers only, and came this way" },
	{ "next-hop-unreachable",  "its next hop is not on the link" },
	{ "next-hop-self",         "its next hop is our own address" },
	{ "filter-default",        "the safety filter keeps default routes out" },
	{ "filter-martian",        "the safety filter keeps martians out" },
	{ "filter-shared-address", "the safety filter keeps 100.64.0.0/10 out" },
	{ "filter-vpc-cidr",       "the safety filter keeps CIDRs of the tenant's VPCs out" },
	{ "filter-link-subnet",    "the safety filter keeps the link's own subnet out" },
	{ "policy",                "the policy denies it" },
	{ "no-policy",             "the policy that is named does not exist" },
	{ "route-limit",           "it is beyond the route limit" },
	{ "default-originate",     "it is there to be told, and not to be used" },
	{ "transit",               "it came by a peering connection, and this one is not transit" },
	{ "treat-as-withdraw",     "its attributes were malformed" },
	{ "route-quota",           "the tenant's quota leaves no room in the table" },
	/* why a VBR is out of service */
	{ "line-disabled",         "its physical connection is disabled" },
	{ "line-confirmed",        "its physical connection is ordered, not enabled yet" },
	{ "line-canceled",         "the order of its physical connection was canceled" },
	{ "line-terminated",       "its physical connection is terminated" },
	{ "line-not-authorised",   "its physical connection has no letter of authorisation" },
	{ "financial-locked",      "its physical connection is locked for a debt" },
	{ "security-locked",       "its physical connection is locked for abuse" },
	{ "hosted-unconfirmed",    "its tenant has not accepted the hosted connection" },
	{ "owner-unconfirmed",     "the owner of the physical connection has not accepted it" },
	{ "disabled",              "it is disabled" },
	{ "terminated",            "it was terminated by request" },
	{ "failover-drill",        "a failover drill has taken it down" },
	/* steps */
	{ "llgr-stale",            "it is long-lived stale, the other one is not" },
	{ "last-resort",           "its local preference is 0: the last resort" },
	{ "weight",                "the other one has the larger weight" },
	{ "local-preference",      "the other one has the larger local preference" },
	{ "as-path-length",        "the other one has the shorter AS path" },
	{ "origin",                "the other one has the better origin" },
	{ "med",                   "the other one has the lower MED" },
	{ "ebgp-over-ibgp",        "the other one was learned by eBGP" },
	{ "maximum-paths",         "as good as the best, but maximum-paths are in use" },
	{ "router-id",             "the other one has the lower router id" },
	{ "cluster-length",        "the other one has the shorter cluster list" },
	{ "address",               "the other one has the lower address" },
	{ "path-id",               "the other one has the lower path id" },
	/* not sent */
	{ "no-path",               "there is no path to pass on" },
	{ "not-advertised",        "routes of its kind are not advertised" },
	{ "same-source",           "it came from this neighbour" },
	{ "ibgp-to-ibgp",          "learned by iBGP, not told by iBGP" },
	{ "no-advertise",          "its community says no-advertise" },
	{ "no-export",             "its community says no-export" },
	{ "export-llgr-stale",     "it is long-lived stale, and the neighbour does not know such" },
	{ "export-otc",            "it is to go to customers only" },
	{ "no-export-subconfed",   "its community says no-export-subconfed" },
	{ "client-to-client",      "clients tell each other by themselves" },
	{ "export-conditional",    "the condition of its advertisement is not met" },
	{ "export-suppressed",     "it is part of an aggregate that is summary-only" },
	{ "no-next-hop",           "we have no address of this family to give as next hop" },
	{ "too-long",              "its attributes do not fit into a message" },
	{ "not-selected",          "add-path-send does not select it" },
	{ "no-session",            "no session of this family is up" },
	/* does not cross */
	{ "announced-only",        "a network statement has no next hop to go to" },
	{ "kind",                  "routes of its source do not cross here" },
	{ "came-this-way",         "it came by this peering connection" },
	{ "table-loop",            "it has been in the table at the other end" },
	{ "no-other-end",          "the other end is not there" },
	{ "waiting",               "its turn is to come" },
	/* how the kernel differed */
	{ "missing",               "it was not there" },
	{ "different",             "it had other next hops" },
	{ "unexpected",            "it was there and should not be" },
	/* was the best path */
	{ "withdrawn",             "its source has withdrawn it" },
	{ "replaced",              "its attributes have changed" },
	{ "pending-acceptance",    "the other tenant has not accepted the peering connection" },
	{ "health-check",          "the health check says that this way is dead: see show health" },
	{ "inactive",              "the peering connection is disabled, or a device is not up" },
	{ "error",                 "the peering connection is in error: see show peering" },
};
/* clang-format on */

const char *reason_text(const char *code)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (strcmp(rows[i].code, code) == 0)
			return rows[i].text;
	}
	return code;
}
