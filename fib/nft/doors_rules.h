/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside of the doors (doors.h): what stands in their table.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "fib/nft/set.h"

#define DOORS_RULES_ROOM 16384 /* octets of chains and rules in a transaction, at most */

/* The sets of the table. PART_COUNT in place of one that counts: nobody tells devices apart. */
enum part {
	PART_DOORS,
	PART_LINES,
	PART_ALLOWED,
	PART_SPOOFED,
	PART_INSIDE,
	PART_HOMES4,
	PART_HOMES6,
	PART_STRAYED,
	PART_MEMBERS,
	PART_OURS4,
	PART_OURS6,
	PART_COUNT,
};

/** By enum part. */
extern const struct nft_set doors_sets[PART_COUNT];

/**
 * Chains and rules, behind the sets.
 *
 * @at_entry     sources are looked at where packets enter, not where they are forwarded
 * @has_sources  they are looked at
 */
void doors_put_rules(struct nft_batch *b, bool at_entry, bool has_sources);
