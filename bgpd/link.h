/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A wire of an instance, as its owner describes it. What the engine makes of it: circuit.h.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "bgpd/session/session.h"
#include "lib/net/prefix.h"

#define BGP_LINE_SIZE 64
#define BGP_MAX_LINKS 8 /* of an instance */

/* A wire that neighbours of an instance are on. */
struct bgp_link {
	char name[BGP_LINE_SIZE]; /* by which neighbours name it; "" will do for the first */
	char device[SESSION_DEVICE_MAX];
	uint32_t ifindex; /* 0 = the device is not there */
	bool up;
	bool shut;             /* no sessions, though it may be up: it is about to go */
	bool gshut;            /* who has come by a range is told so (RFC 8326) */
	struct ip_addr local4; /* family 0 = none */
	struct ip_addr local6;
	struct ip_addr gateway4; /* the other end: next hop of what is not on the link itself */
	struct ip_addr gateway6;
	uint8_t len4;
	uint8_t len6;
};
