/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the engine and whoever runs BFD say to each other about a neighbour.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/net/prefix.h"

struct bgp_instance;

#define BGP_BFD_SECRET     20
#define BGP_GATEWAY_DEVICE 16

/* Said of a neighbour to whoever forwards to it. */
struct bgp_neighbor {
	uint32_t live_key;
	bool up;
	bool gone;           /* not up, and never again */
	uint32_t generation; /* what BFD has reported so far: of the watch with this number, */
	uint32_t deaths;     /* so many deaths */
	uint32_t ifindex;    /* its line */
	/* A set: dead when all of these are. Neither up nor gone; borrowed. */
	const uint32_t *members;
	uint8_t n_members;
};

/* How a neighbour is watched. Handed through: nobody here looks into it. */
struct bgp_bfd_conf {
	bool on;
	uint8_t multiplier;
	uint16_t min_tx_ms;
	uint16_t min_rx_ms;
	uint8_t auth_type; /* of RFC 5880 4.1; 0 = none */
	uint8_t auth_id;
	uint8_t secret_len;
	uint8_t secret[BGP_BFD_SECRET];
};

/*
 * A next hop of static routes (bgp_local.watched), which are in the table while it is up. One of an
 * address.
 */
struct bgp_gateway {
	char device[BGP_GATEWAY_DEVICE];
	uint32_t ifindex;
	struct ip_addr local;
	struct ip_addr remote;
	struct bgp_bfd_conf bfd;
};
/** The whole set; before the routes that need it. What is the same goes on. */
void bgp_instance_set_gateways(struct bgp_instance *i, const struct bgp_gateway *v, uint32_t n);

/* Asked of whoever runs BFD, under the neighbour's live_key. */
struct bgp_bfd_want {
	uint32_t key;
	uint32_t generation; /* another one after it was off */
	bool on;             /* false: no more; nothing else is filled in but instance */
	const struct bgp_instance *instance;
	const char *device; /* it is on this one */
	uint32_t ifindex;
	struct ip_addr local;
	struct ip_addr remote;
	bool multihop;
	uint8_t min_ttl; /* of multihop packets, 0 = any */
	const struct bgp_bfd_conf *conf;
};

/* What is true of it now, and what has been since the last time. */
struct bgp_bfd_report {
	uint32_t key;
	uint32_t generation; /* of what was asked: what is older is ignored */
	bool up;
	bool independent; /* its BFD does not share the fate of its control plane: C bit */
	uint32_t downs;   /* times that it has left up, so far */
	uint32_t deaths;  /* of them: not by the other operator's wish */
	const char *why;  /* the last time; static */
};
