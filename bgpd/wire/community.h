/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists of communities (RFC 1997) and extended communities (RFC 4360) as they stand in the
 * attribute. Pure; nothing is owned.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "bgpd/wire/attr.h"

struct arena;

/** Does the list hold this community? */
bool community_has(struct octets list, uint32_t c);
/** The list with it at its end, in the arena; the list itself if it holds it already. */
struct octets community_add(struct arena *a, struct octets list, uint32_t c);
/**
 * Bandwidth in octets per second that a list of extended communities carries (RFC 10005), be it
 * transitive or not; the lowest of several. What is no number, negative or infinite does not count.
 * 0: there is none, or the lowest is zero.
 */
float community_link_bandwidth(struct octets ext_communities);
