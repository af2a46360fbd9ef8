/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Operations as netlink requests: one round trip each (creation: one more an end, for the alias).
 * No decision is taken here; what was refused, and why, is put into words.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "fib/link/diff.h"
#include "fib/link/link.h"
#include "fib/link/rules.h"
#include "fib/link/seen.h"

struct nl;

/* The device that an operation is about. */
struct apply_target {
	const char *name;
	uint32_t ifindex;             /* 0 for CREATE */
	const struct link_want *want; /* NULL if not wanted any more */
	const struct link_want *peer; /* VETH, CREATE */
	uint32_t parent;              /* VLAN, CREATE */
};

/**
 * Do one operation; SETTINGS and SETTINGS_BACK are not for here.
 *
 * @error  words of a refusal, "cannot create VLAN 100 on eth1: Operation not permitted"
 *
 * Returns 0 or -errno. What is there (or gone) already is no error.
 */
int apply_op(struct nl *nl, const struct apply_target *t, const struct diff_op *op,
	char error[LINK_ERROR_SIZE]);
/** Add or delete a rule. As apply_op. */
int apply_rule(struct nl *nl, const struct rule *r, bool add, char error[LINK_ERROR_SIZE]);
/** Can VRF devices be made? Makes and removes one, if there is none that proves it. */
bool apply_probe_vrf(struct nl *nl);
