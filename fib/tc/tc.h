/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Traffic control of one device as netlink messages: the shaper of what leaves it, and the detour
 * of what arrives. Encoding and decoding only: nothing is kept, nothing is decided, and a request
 * that was encoded is understood by the decoder (the kernel shows what it was told).
 *
 * Ours is told from foreign by numbers: shapers have the handle 5642:, the filter of a detour has
 * the preference 22082 (both 0x5642, "VB").
 */
#pragma once

#include <libmnl/libmnl.h>
#include <stdbool.h>
#include <stdint.h>

#define TC_HANDLE 0x56420000U /* 5642: */
#define TC_PREF   0x5642U     /* of the filter */

/* A queueing discipline as the kernel shows it. */
struct tc_qdisc {
	uint32_t ifindex;
	uint32_t handle;
	bool is_ingress;   /* clsact or ingress; else the root of what leaves */
	uint64_t rate_bps; /* of our shaper */
};

/* The filter that sends what arrives on a device through the shaper of another one. */
struct tc_detour {
	uint32_t ifindex;
	uint32_t target; /* ifindex, 0 = gone */
};

/* Requests, complete but for sequence and acknowledgement; h is fresh from nl_request. */

/**
 * Set the shaper, or change its rate in place: what is queued stays queued.
 *
 * The request is RTM_NEWQDISC with NLM_F_CREATE | NLM_F_REPLACE.
 */
void tc_put_shaper(struct nlmsghdr *h, uint32_t ifindex, uint64_t rate_bps);
/** RTM_DELQDISC. */
void tc_put_no_shaper(struct nlmsghdr *h, uint32_t ifindex);
/** RTM_NEWQDISC with NLM_F_CREATE | NLM_F_EXCL, or RTM_DELQDISC: where filters of a detour hang. */
void tc_put_clsact(struct nlmsghdr *h, uint32_t ifindex);
/** RTM_NEWTFILTER with NLM_F_CREATE | NLM_F_EXCL: everything that arrives goes to target. */
void tc_put_detour(struct nlmsghdr *h, uint32_t ifindex, uint32_t target);
/** RTM_DELTFILTER of it, or RTM_GETTFILTER of all filters of arriving packets. */
void tc_put_detour_key(struct nlmsghdr *h, uint32_t ifindex);

/** RTM_NEWQDISC, RTM_DELQDISC. False: neither a root nor for arriving packets. */
bool tc_see_qdisc(const struct nlmsghdr *nlh, struct tc_qdisc *q);
/** RTM_NEWTFILTER, RTM_DELTFILTER. False: not a detour of ours. */
bool tc_see_detour(const struct nlmsghdr *nlh, struct tc_detour *d);
