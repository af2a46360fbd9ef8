/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A neighbour that is watched by BFD: when that begins and ends, and what follows from its news
 * (RFC 5882). Who watches is somebody else, reached by bgp_engine_ops.bfd.
 */
#pragma once

#include "bgpd/engine_int.h"

/** The session is up: watch, if that is configured, from its local address. */
void bfd_begin(struct bgp_peer *p);
/** Configuration or link changed: watch otherwise, or no more. */
void bfd_follow(struct bgp_peer *p);
void bfd_end(struct bgp_peer *p);
