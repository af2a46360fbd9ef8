/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Do two instances of an engine have the same prefixes? The two tables are walked in slices, each
 * prefix is looked up in the other one. Asked of the VBRs of a failover group, whose data centre
 * should tell both the same.
 *
 * The tables may change between two slices, so one answer may be wrong by what was under way; who
 * asks twice in a row knows.
 */
#pragma once

#include "bgpd/engine.h"

#define BGP_PAIR_EXAMPLES 5

struct bgp_pair {
	/* answer, by side: 0 and 1 as in bgp_pair_slice */
	uint32_t routes[2][BGP_FAMILY_COUNT];  /* prefixes accepted from BGP, and static ones */
	uint32_t missing[2][BGP_FAMILY_COUNT]; /* that the other side has */
	struct prefix example[2][BGP_PAIR_EXAMPLES]; /* the first of them */
	/* private */
	uint8_t side;
	uint8_t family;
	struct rib_range at;
};

uint32_t bgp_pair_routes(const struct bgp_pair *q, int side);
uint32_t bgp_pair_missing(const struct bgp_pair *q, int side);
/**
 * Look at some nets, until the time is over; whether more is left. q is zero before the first time.
 * On the thread of both.
 */
bool bgp_pair_slice(struct bgp_instance *const i[2], struct bgp_pair *q, struct mono until);
