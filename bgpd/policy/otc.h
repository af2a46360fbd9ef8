/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Only to Customer (RFC 9234 5): an attribute that says "from here on downwards only". What the
 * role of a session makes of it, on the way in and on the way out. No state; the rules are no
 * policy of the operator's, and no policy can change the attribute.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "bgpd/wire/attr.h"

/** Came in by a session of this role: has the route leaked? has, otc: of the route. */
bool otc_is_leak(enum bgp_role role, uint32_t peer_as, uint32_t has, uint32_t otc);
/** A route that came in without the attribute gets it, with the AS of the neighbour. */
bool otc_marks_import(enum bgp_role role);
/** A route that has the attribute does not go out. */
bool otc_stops_export(enum bgp_role role);
/** A route that goes out without the attribute gets it, with our own AS. */
bool otc_marks_export(enum bgp_role role);
