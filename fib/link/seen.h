/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernel shows of one device: the observed half of the comparison. Filled from netlink
 * messages (observe.c) or by hand in tests; knows nothing of what is wanted.
 *
 * Ours is told from foreign by marks that live in the kernel and so survive us: an alias that
 * starts with "vbrd:" on devices, the protocol number on addresses and rules, handles and
 * preferences (fib/tc/tc.h) on shapers. The device group is set in the very request that makes a
 * device, the alias only in the one after it: a device with our group and no alias is one that we
 * were killed over, and is adopted by name.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "fib/link/link.h"
#include "fib/tc/tc.h"
#include "lib/net/prefix.h"

#define SEEN_PROTOCOL 186         /* IFA_PROTO and FRA_PROTOCOL of ours: the number of RTPROT_BGP */
#define SEEN_GROUP    0x76627264U /* "vbrd" */
#define SEEN_ALIAS    "vbrd:"

struct seen_link {
	char name[LINK_NAME_SIZE];
	char kind[LINK_NAME_SIZE]; /* IFLA_INFO_KIND: "vlan", "veth", "vrf"; "" for hardware */
	char alias[LINK_ALIAS_SIZE];
	uint32_t ifindex; /* 0 = absent; the rest counts only if present */
	uint8_t lladdr[6];
	bool admin_up;
	bool carrier;
	uint32_t mtu;
	uint32_t master;    /* ifindex, 0 = none */
	uint32_t lower;     /* IFLA_LINK: parent of a VLAN, other end of a veth; 0 = unknown */
	uint32_t vlan_id;   /* kind vlan */
	uint32_t vrf_table; /* kind vrf */
	uint32_t group;
};

struct seen_addr {
	struct ip_addr addr;
	uint8_t len;
	uint8_t protocol; /* IFA_PROTO; 0 where the kernel (before 5.18) has none */
};

struct seen {
	struct seen_link link;
	uint32_t qdisc;    /* handle of the root, 0 = the kernel's default */
	uint64_t rate_bps; /* of our shaper */
	bool has_sched;    /* ours, below our shaper */
	bool classes_known;
	uint8_t n_classes;
	struct tc_class classes[TC_MAX_CLASSES]; /* without quantum: not seen; limit: no queue */
	uint64_t control;                        /* digest of the filters of the scheduler */
	bool control_known;
	uint32_t detour;  /* ifindex of the IFB that our filter sends to, 0 = none */
	bool has_ingress; /* clsact or ingress: there may be a filter */
	bool detour_known;
	bool ingress_is_foreign; /* it was there before our filter */
	bool settings_done;      /* sysctls were written for this ifindex */
	bool neighs_known;
	uint16_t n_addrs;
	uint16_t n_neighs;
	struct seen_addr *addrs;   /* owned */
	struct link_neigh *neighs; /* owned: the permanent ones */
};

void seen_fini(struct seen *s);
/** Forget all: the device is gone. */
void seen_clear(struct seen *s);
/** Made by a vbrd, this one or an earlier one. */
bool seen_is_ours(const struct seen *s);
/** An index of s->addrs, or -1. */
int seen_find_addr(const struct seen *s, const struct ip_addr *a, uint8_t len);
/** Add, or change the protocol of one that is there. */
void seen_put_addr(struct seen *s, const struct seen_addr *a);
void seen_drop_addr(struct seen *s, const struct ip_addr *a, uint8_t len);
/** Borrowed, or NULL. */
const struct link_neigh *seen_find_neigh(const struct seen *s, const struct ip_addr *a);
void seen_put_neigh(struct seen *s, const struct link_neigh *n);
/** The place of a class, made if there is none yet; NULL if there are too many. */
struct tc_class *seen_class(struct seen *s, uint16_t minor);
/** No class is seen any more. */
void seen_clear_classes(struct seen *s);
