/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A limit on how many prefixes edges bring into a table. Part of engine_int.h, which everybody
 * includes; each table with a limit owns one, the others have NULL and pay nothing.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "bgpd/engine.h"

struct bgp_table;

/** Another limit, 0 = none. What has come in stays. */
void places_set(struct bgp_table *t, uint32_t max, uint8_t warning);
void places_fini(struct bgp_table *t);
/** May what an edge brings come in? */
bool places_have(struct bgp_table *t, const struct prefix *pfx);
/** It has come in. */
void places_take(struct bgp_table *t, const struct prefix *pfx);
/** Prefixes that edges have brought in, with or without a limit; at most, if several bring one. */
uint32_t places_held(const struct bgp_table *t);
/** By how many ways of edges a prefix is in. */
uint32_t places_ways(const struct bgp_table *t, const struct prefix *pfx);
/** Does a path of an edge wait for a place? */
bool places_is_waiting(const struct rib_path *p);
