/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whom a neighbour takes us for, and what follows for AS paths. For the files of this folder.
 */
#pragma once

#include "bgpd/engine_int.h"

/** The AS that the outside knows us by: of the VBR, or of the confederation. */
uint32_t instance_public_as(const struct bgp_instance *i);
/** Is this AS our own or another member of our confederation? */
bool instance_has_member(const struct bgp_instance *i, uint32_t as);
/** The AS that we pretend to be towards a neighbour outside; 0 = none. */
uint32_t peer_fake_as(const struct bgp_peer *p);
/** Has a path been here, more often than conf allows? */
enum rib_reason peer_as_loop(const struct bgp_peer *p, const struct bgp_peer_conf *conf,
	const struct attrs *in);
/** Does it begin with the neighbour? */
bool peer_as_is_first(const struct bgp_peer *p, const struct attrs *in);
/** Rules of what is sent; zeroed before. */
void peer_as_egress(const struct bgp_peer *p, struct export_egress *eg);
