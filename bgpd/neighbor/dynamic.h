/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside of the engine: neighbours that came by a listen range, as the files of this folder see
 * them. What the outside sees is bgp_instance_set_ranges in engine.h.
 */
#pragma once

#include "bgpd/engine_int.h"

/** Session for a connection by a wire from an address that is not configured; NULL: refused. */
struct session *dynamic_accept(const struct circuit *on, const struct ip_addr *remote);
/** A neighbour of a range, at this address: room and right were looked at. */
struct bgp_peer *dynamic_add(const struct circuit *on, const struct bgp_range_conf *r,
	const struct ip_addr *remote);
/** May there be neighbours of before our restart that are not here yet? */
bool dynamic_is_awaited(const struct bgp_instance *i, enum bgp_family f);
bool dynamic_is_wanted(const struct bgp_instance *i, uint8_t af);
bool dynamic_set_keys(const struct bgp_instance *i, struct listener *ln, uint8_t af);
/** Its session came up; ended, with its routes or without. No-ops for configured ones. */
void dynamic_up(struct bgp_peer *p);
void dynamic_down(struct bgp_peer *p);
/** It may try once more for a while. */
void dynamic_wait(struct bgp_peer *p);
/** The operator ends its session. */
void dynamic_forgive(struct bgp_peer *p);
void dynamic_clear(struct bgp_instance *i);
