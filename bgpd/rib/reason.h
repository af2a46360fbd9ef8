/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why a path is what it is: one octet a path, set where the decision is taken, printed as it
 * stands in `show ... json` ("reason"). Import verdicts first, then the steps of the decision in
 * their order.
 */
#pragma once

#include <stdint.h>

enum rib_reason {
	RIB_REASON_NONE, /* it is the best path */
	/* Not eligible: refused on import, kept in adj-in. */
	RIB_REASON_AS_LOOP,         /* RFC 4271 9.1.2 */
	RIB_REASON_CONFED_LOOP,     /* RFC 5065 4: our member AS */
	RIB_REASON_ORIGINATOR_LOOP, /* RFC 4456 8 */
	RIB_REASON_CLUSTER_LOOP,
	RIB_REASON_FIRST_AS, /* RFC 4271 6.3: leftmost AS is not the neighbour's */
	RIB_REASON_AS_SET,   /* RFC 9774 */
	RIB_REASON_OTC_LEAK, /* RFC 9234 5: it must not have come this way */
	RIB_REASON_NEXT_HOP_UNREACHABLE,
	RIB_REASON_NEXT_HOP_SELF,  /* RFC 4271 5.1.3: our own address */
	RIB_REASON_FILTER_DEFAULT, /* built-in safety filter: default route */
	RIB_REASON_FILTER_MARTIAN,
	RIB_REASON_FILTER_SHARED_ADDRESS, /* 100.64.0.0/10 */
	RIB_REASON_FILTER_VPC_CIDR,       /* inside or equal to a CIDR of the tenant's VPCs */
	RIB_REASON_FILTER_LINK_SUBNET,
	RIB_REASON_POLICY,      /* a route-map said deny */
	RIB_REASON_NO_POLICY,   /* RFC 8212 */
	RIB_REASON_ROUTE_LIMIT, /* surplus above route-limit, action discard */
	RIB_REASON_TRANSIT,     /* arrived by a peering connection and the edge is not transit */
	RIB_REASON_TREAT_AS_WITHDRAW, /* RFC 7606 */
	RIB_REASON_QUOTA,             /* of the tenant: no room in the table */
	RIB_REASON_DEFAULT_ORIGINATE, /* originated for neighbours that want it: of no use here */
	/* Lost in the decision process, in the order of its steps (RFC 4271 9.1.2.2). */
	RIB_REASON_STEP_LLGR_STALE,  /* RFC 9494 4.3: a stale one is the last resort */
	RIB_REASON_STEP_LAST_RESORT, /* RFC 8326: with local preference 0 */
	RIB_REASON_STEP_WEIGHT,      /* local routes before learned ones */
	RIB_REASON_STEP_LOCAL_PREF,
	RIB_REASON_STEP_AS_PATH_LENGTH,  /* a */
	RIB_REASON_STEP_ORIGIN,          /* b */
	RIB_REASON_STEP_MED,             /* c, among paths of one neighbour AS */
	RIB_REASON_STEP_EBGP,            /* d, eBGP over iBGP */
	RIB_REASON_STEP_MULTIPATH_LIMIT, /* equal, but maximum-paths are in use */
	RIB_REASON_STEP_ROUTER_ID,       /* f */
	RIB_REASON_STEP_CLUSTER_LENGTH,  /* RFC 4456 9 */
	RIB_REASON_STEP_ADDRESS,         /* g */
	RIB_REASON_STEP_PATH_ID,         /* two paths of one neighbour (RFC 7911) */
	/* Not sent to a neighbour although it is the best path (export_attrs). */
	RIB_REASON_EXPORT_NO_PATH,        /* there is no eligible path */
	RIB_REASON_EXPORT_NOT_ADVERTISED, /* the model's default (advertise) leaves it out */
	RIB_REASON_EXPORT_SAME_SOURCE,    /* it came from this neighbour */
	RIB_REASON_EXPORT_IBGP,           /* RFC 4271 9.2: learned by iBGP, not told by iBGP */
	RIB_REASON_EXPORT_NO_ADVERTISE,   /* RFC 1997 */
	RIB_REASON_EXPORT_NO_EXPORT,
	RIB_REASON_EXPORT_LLGR_STALE, /* RFC 9494 4.3: the neighbour does not know such routes */
	RIB_REASON_EXPORT_OTC,        /* RFC 9234 5: only to customers */
	RIB_REASON_EXPORT_NO_EXPORT_SUBCONFED,
	RIB_REASON_EXPORT_CLIENT_TO_CLIENT, /* RFC 4456: client-to-client is off */
	RIB_REASON_EXPORT_NO_NEXT_HOP,      /* we have no address for this family on this session */
	RIB_REASON_EXPORT_TOO_LONG,         /* its attributes do not fit into a message */
	RIB_REASON_EXPORT_CONDITIONAL,  /* conditional-advertisement: its condition is not met */
	RIB_REASON_EXPORT_SUPPRESSED,   /* part of an aggregate that is summary-only */
	RIB_REASON_EXPORT_NOT_SELECTED, /* ADD-PATH: no candidate by add-path-send */
	RIB_REASON_EXPORT_NO_SESSION,   /* the session, or its family, is not up */
	/* Does not cross a peering connection although it is the best path (TRANSIT is above). */
	RIB_REASON_EDGE_LOCAL,   /* announced only: it has no next hop */
	RIB_REASON_EDGE_KIND,    /* routes of its source do not cross here */
	RIB_REASON_EDGE_BACK,    /* it came by this peering connection */
	RIB_REASON_EDGE_LOOP,    /* it has been in the table at the other end */
	RIB_REASON_EDGE_CLOSED,  /* the other end is not there */
	RIB_REASON_EDGE_WAITING, /* the edge has not come to it yet */
	/* Was the best path, and is not there any more, or not as it was (bgpd/monitor). */
	RIB_REASON_WITHDRAWN,
	RIB_REASON_REPLACED, /* its source, or a policy, has given it other attributes */
	RIB_REASON_COUNT,
};

/** "as-loop", "filter-martian", "med", ...; "" for NONE. Static. */
const char *rib_reason_name(enum rib_reason r);
