/* SPDX-License-Identifier: Apache-2.0 */
/*
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
 * The table inet "vbrd" is ours, whole. It counts what it drops: nft list table inet vbrd. Belongs
 * to one loop (main).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

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
/** One that belongs to those of a mark, and is allowed by it. */
void doors_add_to(struct doors *d, const char *name, uint32_t mark);
/** A device by which answers may leave, too. */
void doors_allow(struct doors *d, uint32_t mark, const char *name);
/** In step in the next turn of the loop. Returns whether it is not. */
bool doors_end(struct doors *d);

/** Do it now. 0 or -errno. */
int doors_sync(struct doors *d);
/** Why packets are not checked, "" if they are or there is no door. Borrowed. */
const char *doors_error(const struct doors *d);
/** Remove the table, and forget all. */
void doors_withdraw(struct doors *d);
