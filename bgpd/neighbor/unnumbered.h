/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside of the engine: the neighbour that is found by its router advertisements.
 */
#pragma once

#include "bgpd/engine_int.h"

struct nd;

struct unnumbered {
	struct nd *nd;      /* owned; NULL: no device yet, or the kernel refused */
	uint32_t ifindex;   /* that it listens on */
	struct timer timer; /* tries again; forgets who is silent */
	struct mono heard;  /* the neighbour, last */
	uint64_t n_others;  /* advertisements of others while it was there */
};

/** Ranges, link or device changed. */
void unnumbered_follow(struct bgp_instance *i);
/** The device goes. */
void unnumbered_close(struct bgp_instance *i);
void unnumbered_fini(struct bgp_instance *i);
/** A router advertises itself from this link-local address. */
void unnumbered_heard(struct bgp_instance *i, const struct ip_addr *from);
/** Forget the neighbour if it is silent and has no session. */
void unnumbered_check(struct bgp_instance *i);
