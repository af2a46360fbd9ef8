/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kernel objects that are not routes: devices, addresses, rules, shapers, permanent neighbours. The
 * caller declares what should be; the plane compares with what the kernel shows, on every link event and
 * on a slow timer, and does what is missing. Level-triggered: devices may appear later, vanish and
 * come back. Whatever it makes carries an alias that starts with "vbrd:"; nothing else is ever removed.
 *
 * Belongs to one loop (main). Operations are few and small; each is a synchronous netlink round trip.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

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
	LINK_KIND_PORT, /* exists already, made by others: we configure, never create nor delete it */
	LINK_KIND_VLAN, /* 802.1Q sub-interface of parent */
	LINK_KIND_VETH, /* pair: this end; the other end is the want named peer */
	LINK_KIND_VRF,  /* VRF device of a table */
};

struct link_addr {
	struct ip_addr addr;
	uint8_t len; /* set with noprefixroute (and nodad): connected routes are the fib's business */
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
	char parent[LINK_NAME_SIZE]; /* VLAN */
	uint16_t vlan_id;            /* VLAN */
	char peer[LINK_NAME_SIZE];   /* VETH */
	uint8_t lladdr[6];           /* VETH: our end's address; all zero = kernel's choice */
	uint32_t table;    /* instance it belongs to; 0 = none. VRF: the table of the device */
	uint32_t mtu;      /* 0 = leave alone */
	uint64_t rate_bps; /* egress shaper; 0 = none */
	bool up;
	uint8_t n_addrs;
	uint8_t n_neighs;
	struct link_addr addrs[LINK_MAX_ADDRS];
	struct link_neigh neighs[4]; /* permanent */
};

/* What the kernel shows. */
struct link_status {
	bool present;
	bool up;          /* administratively up and carrier */
	bool in_step;     /* everything wanted is there */
	uint32_t ifindex; /* 0 = absent */
	uint32_t mtu;
	char error[LINK_ERROR_SIZE]; /* last refusal, in words: what failed and the kernel's reason; "" if none */
};

struct link_counters {
	uint64_t rx_bytes;
	uint64_t tx_bytes;
	uint64_t rx_packets;
	uint64_t tx_packets;
};

/** Does this kernel have VRF devices? (creates and removes one in a probe, or asks in another harmless way) */
bool link_kernel_has_vrf(void);

/** changed is called on the loop whenever the status of a wanted device changed (and once when first known). */
struct linkplane *linkplane_new(struct loop *l, enum link_mode mode,
	void (*changed)(void *ctx, const char *name, const struct link_status *st), void *ctx);
/** Leaves all in the kernel. */
void linkplane_free(struct linkplane *p);
/** Declare or change. Reconciled in the next turn of the loop. */
void linkplane_want(struct linkplane *p, const struct link_want *w);
/** Not wanted any more: what we made is removed, a port gets back what we took (addresses, rules, shaper, master). */
void linkplane_unwant(struct linkplane *p, const char *name);
/**
 * Devices with our alias that nobody wants (left by an earlier run) are removed; call once after the first
 * configuration has been declared.
 */
void linkplane_sweep(struct linkplane *p);
/** Reconcile now, synchronously. Returns wants not in step. */
uint32_t linkplane_sync(struct linkplane *p);
/** 0, or -ENOENT if not wanted. */
int linkplane_status(const struct linkplane *p, const char *name, struct link_status *st);
/** 0, or -ENODEV. From the kernel, 64-bit. */
int linkplane_counters(struct linkplane *p, const char *name, struct link_counters *c);
/** Remove all that we made: shutdown withdraw. */
void linkplane_withdraw_all(struct linkplane *p);
