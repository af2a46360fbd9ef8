/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What may come in by the devices of tenants: where packets are from, and which addresses of the
 * edge they may be for.
 *
 * Strict reverse path: a packet that comes in by a door and goes on must come from
 * where an answer would be sent, by the table of the door's instance. Doors are lines and attached
 * interfaces; what goes from table to table by a peering connection has come in by one.
 *
 * Not rp_filter: its lookup has no incoming device, so no rule of ours matches, and there is none
 * for IPv6. The expression "fib saddr . iif oif" of nf_tables, at the forward hook, does the lookup
 * as the answer would be routed: as if it came in where the packet goes out, which is a device of
 * the same table (Linux 5.19 and later). Packets to the edge itself are not concerned.
 *
 * That one compares with the device by which the packet came. A door may also belong to several:
 * the lines of one VBR, say, where an answer may rightly leave by another one. For these the lookup
 * is free ("fib saddr . mark oifname"), in the table to which a rule leads what has the mark (see
 * linkplane_marks), and the device that it finds must be one of those that the mark allows. The
 * packet has the mark for the lookup only.
 *
 * With VRF devices a packet has come in by the VRF when it is forwarded, and every
 * device of the VRF would do. So there it is done at the prerouting hook, where it has still
 * come in by its door; the lookup is in the VRF's table (Linux 6.1 and later; before, nothing is
 * found and all would be dropped).
 *
 * Addresses: the kernel takes a packet for any address of its own, whatever device it came in by
 * (with VRF devices: for any that is in none). So a packet to the edge, by a device of an instance,
 * must be for an address that the instance may know, or for one of the very device; and what comes
 * in by any other device must not be for an address of an instance. An instance is its mark here.
 * Neighbour discovery, link-local addresses and multicast are not concerned.
 *
 * Answers: what the kernel itself says to a packet (echo, errors of ICMP, resets) has no incoming
 * device, and where a gateway exists twice its source does not tell the instance either. So
 * without VRF devices a packet gets the mark of the instance by whose device it enters, unless it
 * has one; the answer has the same (sysctl fwmark_reflect), and goes by the rule of the mark.
 *
 * The table inet "vbrd" is ours, whole. It counts what it drops, for each device. Belongs to one
 * loop (main).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/net/prefix.h"

struct doors;
struct loop;

#define DOORS_ERROR_SIZE 160

/** Never NULL: without nf_tables in the kernel there is an error. */
struct doors *doors_new(struct loop *l, bool has_vrfs);
/** Leaves all in the kernel. NULL-safe. */
void doors_free(struct doors *d);

/* Declaring: all of it, from doors_begin to doors_end, in any order. Names are of devices. */
void doors_begin(struct doors *d);
/** A door by itself. */
void doors_add(struct doors *d, const char *name);
/** One that belongs to those of a mark: answers may leave by any of them. */
void doors_add_to(struct doors *d, const char *name, uint32_t mark);
/** A device by which packets of an instance come to the edge: with VRF devices, the VRF. */
void doors_inside(struct doors *d, const char *name, uint32_t mark);
/** An address of the edge that it may know. */
void doors_home(struct doors *d, uint32_t mark, const struct ip_addr *a);
/** In step in the next turn of the loop. Returns whether it is not. */
bool doors_end(struct doors *d);

/** Do it now. 0 or -errno. */
int doors_sync(struct doors *d);
enum doors_drop {
	DOORS_SPOOFED, /* its source is somebody else's */
	DOORS_STRAYED, /* it was for an address of the edge that is not the instance's to know */
	DOORS_DROPS,
};
/** Packets dropped for a device, since the first run that left the table; a second old at most. */
uint64_t doors_dropped(struct doors *d, enum doors_drop why, const char *name);
/** Why packets are not checked, "" if they are or there is no door. Borrowed. */
const char *doors_error(const struct doors *d);
/** Remove the table, and forget all. */
void doors_withdraw(struct doors *d);
