/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan = diff(want, seen) for one device. Pure: no socket, no clock, no memory of its own. A
 * plan is the list of operations in an order that the kernel accepts; it need not reach the goal
 * at once, for what an operation changes is seen afterwards and compared again. An empty plan
 * without a problem means: in step.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "fib/link/link.h"
#include "fib/link/seen.h"

#define DIFF_MAX_OPS 64 /* more differences than that: the rest comes in the next pass */

enum diff_op_kind {
	DIFF_OP_CREATE,
	DIFF_OP_DELETE,
	DIFF_OP_ALIAS,
	DIFF_OP_LLADDR,
	DIFF_OP_MASTER, /* number: ifindex of the VRF, 0 = none */
	DIFF_OP_MTU,    /* number */
	DIFF_OP_SETTINGS,
	DIFF_OP_SETTINGS_BACK,
	DIFF_OP_UP,
	DIFF_OP_DOWN,
	DIFF_OP_ADDR_ADD,
	DIFF_OP_ADDR_DEL,
	DIFF_OP_NEIGH_SET,
	DIFF_OP_NEIGH_DEL,
	DIFF_OP_SHAPER_SET, /* number: bits per second */
	DIFF_OP_SHAPER_DEL,
	DIFF_OP_SCHED_SET,
	DIFF_OP_CLASS_SET, /* class */
	DIFF_OP_CLASS_DEL, /* class: minor */
	DIFF_OP_LEAF_SET,  /* class: minor, limit */
	DIFF_OP_CONTROL_SET,
	DIFF_OP_DETOUR_SET, /* number: ifindex of the IFB */
	DIFF_OP_DETOUR_DEL, /* number: 1 = keep clsact, it is somebody else's too */
	DIFF_OP_COUNT,
};

struct diff_op {
	enum diff_op_kind kind;
	uint64_t number;
	struct link_addr addr;
	struct link_neigh neigh;
	struct tc_class class;
};

struct diff_plan {
	uint32_t n;
	struct diff_op ops[DIFF_MAX_OPS];
	char problem[LINK_ERROR_SIZE]; /* why the goal is out of reach for now; "" if it is not */
};

/* What a port had before we changed it. */
struct diff_original {
	uint32_t ifindex; /* 0 = nothing changed */
	uint32_t mtu;     /* 0 = not changed */
	bool up_changed;
	bool up;
};

/* Everything that the comparison may look at. */
struct diff_input {
	const struct link_want *want;
	const struct seen *seen;
	enum link_mode mode;
	uint32_t parent;     /* VLAN: ifindex of the parent, 0 = absent */
	bool peer_wanted;    /* VETH: the other end is declared, and names us */
	uint32_t peer;       /* VETH: ifindex of the other end, 0 = absent */
	uint32_t detour;     /* ifindex of want->detour, 0 = absent or down */
	uint32_t vrf;        /* ifindex of the VRF of want->table, 0 = absent */
	bool master_is_ours; /* the present master is a VRF device of ours */
};

/** What is missing or too much on a wanted device. */
void diff_want(const struct diff_input *in, struct diff_plan *plan);
/** How to take back what is ours on a device, or the device itself if it is ours. */
void diff_release(const struct seen *seen, const struct diff_original *was, bool master_is_ours,
	struct diff_plan *plan);
/** Is anything of ours on the device (which nobody wants)? */
bool diff_has_leftover(const struct seen *seen, bool master_is_ours);
