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

#include "lib/net/prefix.h"

#define TC_HANDLE 0x56420000U /* 5642: */
#define TC_SCHED  0x56430000U /* 5643: the scheduler below it */
#define TC_PREF   0x5642U     /* of filters, and up to 2 more */

/* Minor numbers of classes of a scheduler; see sched.c. */
#define TC_CLASS_HIGH    1
#define TC_CLASS_DEFAULT 3
#define TC_CLASS_CONTROL 7  /* PRIORITY_CONTROL of lib/net/priority.h */
#define TC_CLASS_MEDIUM  16 /* the first of them */
#define TC_MAX_MEDIUM    8
#define TC_MAX_CLASSES   (TC_MAX_MEDIUM + 3)

/* A class with its queue; by value, without gaps. */
struct tc_class {
	uint16_t minor;
	uint16_t prio;
	uint32_t quantum; /* bytes a turn, among those of one prio */
	uint32_t limit;   /* bytes that wait in its queue */
};

struct tc_counts {
	uint64_t bytes;
	uint64_t packets;
	uint64_t dropped; /* packets */
	uint64_t backlog; /* bytes that wait */
};

struct tc_class_seen {
	uint32_t ifindex;
	struct tc_class class; /* without the limit: that is another object's, see tc_see_qdisc */
	struct tc_counts stats;
};

/* What goes first by a scheduler: see control.c. By value, without gaps. */
#define TC_MAX_OWN     11 /* link-local, gateways, sources of peers: others wait */
#define TC_MAX_FILTERS (5 + 4 * TC_MAX_OWN) /* resolution; BGP and BFD of each */
struct tc_control {
	uint8_t n_own; /* of what arrives; 0: of what leaves, where sockets choose themselves */
	struct ip_addr own[TC_MAX_OWN]; /* a link-local one stands for all */
};

/* A queueing discipline as the kernel shows it. */
struct tc_qdisc {
	uint32_t ifindex;
	uint32_t handle;
	enum tc_place {
		TC_PLACE_ROOT,    /* of what leaves */
		TC_PLACE_INGRESS, /* clsact or ingress */
		TC_PLACE_SCHED,   /* below our shaper: ours if the handle is TC_SCHED */
		TC_PLACE_LEAF,    /* below a class of our scheduler */
	} place;
	uint64_t rate_bps; /* ROOT, of our shaper */
	uint16_t minor;    /* LEAF: of the class */
	uint32_t limit;    /* LEAF, if it is ours; else 0 */
};

/* The filter that sends what arrives on a device through the shaper of another one. */
struct tc_detour {
	uint32_t ifindex;
	uint32_t target; /* ifindex, 0 = gone */
};

/** Bytes that a shaper lets go at once; a packet below it is not longer. */
uint64_t tc_burst(uint64_t rate_bps);

/* Requests, complete but for sequence and acknowledgement; h is fresh from nl_request. */

/**
 * Set the shaper, or change its rate in place: what is queued stays queued.
 *
 * The request is RTM_NEWQDISC with NLM_F_CREATE | NLM_F_REPLACE.
 */
void tc_put_shaper(struct nlmsghdr *h, uint32_t ifindex, uint64_t rate_bps);
/** RTM_DELQDISC of it, or RTM_GETQDISC. */
void tc_put_shaper_key(struct nlmsghdr *h, uint32_t ifindex);
/** RTM_NEWQDISC with NLM_F_CREATE | NLM_F_EXCL, or RTM_DELQDISC: where filters of a detour hang. */
void tc_put_clsact(struct nlmsghdr *h, uint32_t ifindex);
/** RTM_NEWTFILTER with NLM_F_CREATE | NLM_F_EXCL: everything that arrives goes to target. */
void tc_put_detour(struct nlmsghdr *h, uint32_t ifindex, uint32_t target);
/** RTM_DELTFILTER of it, or RTM_GETTFILTER of all filters of arriving packets. */
void tc_put_detour_key(struct nlmsghdr *h, uint32_t ifindex);

/** RTM_NEWQDISC with NLM_F_CREATE | NLM_F_REPLACE: the scheduler, without classes. */
void tc_put_sched(struct nlmsghdr *h, uint32_t ifindex);
/** RTM_NEWTCLASS with NLM_F_CREATE | NLM_F_REPLACE. */
void tc_put_class(struct nlmsghdr *h, uint32_t ifindex, const struct tc_class *c);
/** RTM_DELTCLASS; or RTM_GETTCLASS of all classes of the device, minor 0. */
void tc_put_class_key(struct nlmsghdr *h, uint32_t ifindex, uint16_t minor);
/** RTM_NEWQDISC with NLM_F_CREATE | NLM_F_REPLACE: the queue of a class. */
void tc_put_leaf(struct nlmsghdr *h, uint32_t ifindex, const struct tc_class *c);
/** Handle of that queue. */
uint32_t tc_leaf_handle(uint16_t minor);

/** How many filters there are. */
uint32_t tc_control_count(const struct tc_control *c);
/** Equal for equal sets, as tc_see_filter adds them up. */
uint64_t tc_control_digest(const struct tc_control *c);
/** RTM_NEWTFILTER with NLM_F_CREATE | NLM_F_EXCL: the filter of this number. */
void tc_put_filter(struct nlmsghdr *h, uint32_t ifindex, const struct tc_control *c, uint32_t i);
/** RTM_DELTFILTER or RTM_GETTFILTER of all filters of the scheduler. */
void tc_put_filters_key(struct nlmsghdr *h, uint32_t ifindex);
/** Does RTM_NEWTFILTER or RTM_DELTFILTER concern a scheduler? */
bool tc_is_filter(const struct nlmsghdr *nlh, uint32_t *ifindex);
/** RTM_NEWTFILTER of a dump: its digest is added. False: not a filter of a scheduler. */
bool tc_see_filter(const struct nlmsghdr *nlh, uint64_t *sum);

/** RTM_NEWTCLASS, RTM_DELTCLASS. False: not a class of our scheduler. */
bool tc_see_class(const struct nlmsghdr *nlh, struct tc_class_seen *s);
/** Of a class or a queueing discipline, as the kernel has counted. */
struct tc_counts tc_see_stats(const struct nlmsghdr *nlh);
/** RTM_NEWQDISC, RTM_DELQDISC. False: at none of the places. */
bool tc_see_qdisc(const struct nlmsghdr *nlh, struct tc_qdisc *q);
/** RTM_NEWTFILTER, RTM_DELTFILTER. False: not a detour of ours. */
bool tc_see_detour(const struct nlmsghdr *nlh, struct tc_detour *d);
