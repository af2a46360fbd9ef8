/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kernel objects that are not routes: devices, addresses, rules, shapers, permanent neighbours. The
 * caller declares what should be; the plane compares with what the kernel shows, on every event
 * about a device and on a slow timer, and does what is missing. Level-triggered: devices may
 * appear later, vanish and come back under another index.
 *
 * Whatever it makes carries a mark in the kernel (devices: an alias that starts with "vbrd:";
 * addresses and rules: protocol 186; shapers: handle 5642:), so that leftovers of an earlier run
 * are known. Nothing without the mark is ever removed. Marks of addresses need Linux 5.18.
 *
 * On every device that is declared, sysctls are set for a router with several tables (settings.c
 * has the list and the reasons); a port gets the old values back. net.ipv6.conf.all.forwarding
 * becomes 1 where the kernel knows no other way.
 *
 * Limits of mode rules, which mode vrf does not have:
 *  - What the kernel itself sends (echo replies, ICMP errors) finds its table by its source
 *    address. That works for an address that leads to one table only. Where tenants share one, the
 *    replies of the kernel are lost; sockets bound to the device are not concerned.
 *  - ICMPv6 errors about forwarded packets have no source yet when they are routed: main table.
 *  - The local table is looked up first: a tenant can reach the gateway addresses of another one.
 * Limit of mode vrf: rule 0 (local) still precedes the l3mdev rule, as distributions leave it.
 *
 * Belongs to one loop (main). Operations are few and small; each is a synchronous netlink round
 * trip of some 20 us; deleting a device takes the kernel some milliseconds.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "fib/tc/tc.h"
#include "lib/base/errbuf.h"
#include "lib/net/prefix.h"

struct loop;
struct linkplane;

#define LINK_NAME_SIZE  16
#define LINK_ALIAS_SIZE 128
#define LINK_MAX_ADDRS  16
#define LINK_ERROR_SIZE 160

enum link_mode {
	LINK_MODE_RULES, /* instance = table + ip rules iif/oif */
	LINK_MODE_VRF,   /* instance = VRF device */
};

enum link_kind {
	LINK_KIND_PORT, /* made by others: configured, never created or deleted */
	LINK_KIND_VLAN, /* 802.1Q sub-interface of parent */
	LINK_KIND_VETH, /* one end of a pair; the other is the want named peer */
	LINK_KIND_VRF,  /* VRF device of a table */
	LINK_KIND_IFB,  /* queue of what arrives on peer, the want that names it as its detour */
};

struct link_addr {
	struct ip_addr addr;
	uint8_t len; /* without a route (noprefixroute): connected routes are the fib's business */
};

struct link_neigh {
	struct ip_addr addr;
	uint8_t lladdr[6];
};

/* Everything about one device; by value. */
struct link_want {
	char name[LINK_NAME_SIZE];
	enum link_kind kind;
	char alias[LINK_ALIAS_SIZE]; /* "vbrd:<tenant>/<kind>/<name>", required unless PORT */
	char parent[LINK_NAME_SIZE]; /* VLAN: a port, not another VLAN of ours */
	uint16_t vlan_id;            /* VLAN */
	char peer[LINK_NAME_SIZE];   /* VETH, IFB */
	char detour[LINK_NAME_SIZE]; /* IFB whose shaper queues what arrives; "" = none */
	uint8_t lladdr[6];           /* all zero = kernel's choice */
	uint32_t table;              /* instance, 0 = none. VRF: the table of the device */
	uint32_t mtu;                /* 0 = leave alone */
	uint64_t rate_bps;           /* egress shaper; 0 = none */
	bool up;                     /* false: held down */
	uint8_t n_classes; /* of a scheduler below the shaper; 0: first come, first served */
	uint8_t n_addrs;
	uint8_t n_neighs;
	struct link_addr addrs[LINK_MAX_ADDRS];
	struct link_neigh neighs[4]; /* permanent */
	struct tc_class classes[TC_MAX_CLASSES];
	struct tc_control control; /* what TC_CLASS_CONTROL gets, if there are classes */
};

/* What has the mark, and has not come in by a device of ours, is routed by the table. */
struct link_mark {
	uint32_t mark;
	uint32_t table;
};

/* What the kernel shows. */
struct link_status {
	bool present;
	bool up;          /* administratively up and carrier */
	bool in_step;     /* everything wanted is there */
	uint32_t ifindex; /* 0 = absent */
	uint32_t mtu;
	char error[LINK_ERROR_SIZE]; /* what is refused or waited for, and why; "" if nothing */
};

struct link_counters {
	uint32_t ifindex; /* of the device that they are of */
	uint64_t rx_bytes;
	uint64_t tx_bytes;
	uint64_t rx_packets;
	uint64_t tx_packets;
};

/**
 * Does this kernel have VRF devices, and may we make them? Makes one and removes it; the kernel
 * keeps the l3mdev rules that came with it.
 */
bool link_kernel_has_vrf(void);

/**
 * @changed  called on the loop when the status of a wanted device is first known, and when it
 *           changed; may call anything here but linkplane_free. May be NULL.
 *
 * Returns NULL with errno set if there is no netlink.
 */
struct linkplane *linkplane_new(struct loop *l, enum link_mode mode,
	void (*changed)(void *ctx, const char *name, const struct link_status *st), void *ctx);
/** Leaves all in the kernel. NULL-safe. */
void linkplane_free(struct linkplane *p);
/** Declare or change. Reconciled in the next turn of the loop. */
void linkplane_want(struct linkplane *p, const struct link_want *w);
/**
 * Not wanted any more, in the next turn of the loop: what we made is removed. A port loses our
 * addresses, rules, shaper and master; MTU, up and sysctls become what this run found.
 */
void linkplane_unwant(struct linkplane *p, const char *name);
/**
 * These marks are wanted, and no others, in any order; copied. New ones have their rules when it
 * returns: 0, or -EIO if some may be missing (tried again until they are there).
 */
int linkplane_marks(struct linkplane *p, const struct link_mark *v, uint32_t n);
/**
 * Whatever carries our marks and is not wanted (left by an earlier run) is removed in the next
 * turn; call once after the first configuration has been declared. Until then rules are only
 * added.
 */
void linkplane_sweep(struct linkplane *p);
/** Reconcile now, synchronously. Returns wants not in step. Reports still come from the loop. */
uint32_t linkplane_sync(struct linkplane *p);
/** 0, or -ENOENT if not wanted. */
int linkplane_status(const struct linkplane *p, const char *name, struct link_status *st);
/** 0, or -ENODEV. From the kernel, 64-bit. */
int linkplane_counters(struct linkplane *p, const char *name, struct link_counters *c);
/** What the shaper of a device has done: 0, or -errno (-ENOENT: it has none). */
int linkplane_shaper(struct linkplane *p, const char *name, struct tc_counts *st);
/**
 * Counters of the classes of a device, in the order of their minor numbers: at most TC_MAX_CLASSES.
 * Returns how many, or -errno.
 */
int linkplane_classes(struct linkplane *p, const char *name, struct tc_class_seen *v);
/** Remove all that we made, synchronously, and forget all wants: shutdown withdraw. */
void linkplane_withdraw_all(struct linkplane *p);
