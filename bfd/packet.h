/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A BFD control packet (RFC 5880 4.1): octets to a struct and back. Pure: what can be judged by the
 * packet alone is judged here; what needs the session's state is session.c's, what needs a key
 * auth.c's.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BFD_VERSION       1
#define BFD_HEADER_LEN    24
#define BFD_AUTH_SECTION  28 /* the longest: SHA1 */
#define BFD_PACKET_MAX    (BFD_HEADER_LEN + BFD_AUTH_SECTION)
#define BFD_PORT          3784 /* RFC 5881 4 */
#define BFD_PORT_MULTIHOP 4784 /* RFC 5883 5 */

enum bfd_state { /* values of the wire */
	BFD_STATE_ADMIN_DOWN,
	BFD_STATE_DOWN,
	BFD_STATE_INIT,
	BFD_STATE_UP,
	BFD_STATE_COUNT,
};

enum bfd_diag { /* values of the wire */
	BFD_DIAG_NONE,
	BFD_DIAG_EXPIRED, /* control detection time */
	BFD_DIAG_ECHO_FAILED,
	BFD_DIAG_NEIGHBOR_DOWN, /* it signalled session down */
	BFD_DIAG_PLANE_RESET,
	BFD_DIAG_PATH_DOWN,
	BFD_DIAG_CONCATENATED_DOWN,
	BFD_DIAG_ADMIN_DOWN,
	BFD_DIAG_REVERSE_DOWN,
	BFD_DIAG_COUNT, /* up to 31 on the wire: reserved */
};

enum bfd_auth_type { /* values of the wire */
	BFD_AUTH_NONE,
	BFD_AUTH_SIMPLE,
	BFD_AUTH_MD5,
	BFD_AUTH_METICULOUS_MD5,
	BFD_AUTH_SHA1,
	BFD_AUTH_METICULOUS_SHA1,
	BFD_AUTH_COUNT,
};

/* Why a packet is not taken: rows of a table of counters. */
enum bfd_drop {
	BFD_DROP_NONE,
	BFD_DROP_HOPS, /* TTL: RFC 5881 5 */
	BFD_DROP_SHORT,
	BFD_DROP_VERSION,
	BFD_DROP_LENGTH,
	BFD_DROP_MULTIPLIER,
	BFD_DROP_MULTIPOINT,
	BFD_DROP_DISCRIMINATOR, /* mine is zero, or yours is while the state says otherwise */
	BFD_DROP_FLAGS,         /* poll and final at once: RFC 5880 6.5 */
	BFD_DROP_NO_SESSION,
	BFD_DROP_AUTH_MISSING, /* one side authenticates, the other does not */
	BFD_DROP_AUTH_BAD,
	BFD_DROP_AUTH_REPLAY, /* the sequence number is outside the window */
	BFD_DROP_COUNT,
};

struct bfd_packet {
	uint8_t diag;
	uint8_t state; /* enum bfd_state */
	bool poll;
	bool final;
	bool independent; /* C: control plane independent */
	bool has_auth;
	bool demand;
	uint8_t multiplier;
	uint8_t len; /* as it says, checked */
	uint32_t my_discr;
	uint32_t your_discr;
	uint32_t desired_min_tx_us;
	uint32_t required_min_rx_us;
	uint32_t required_min_echo_us;
};

/** All checks of RFC 5880 6.8.6 that need no session, in its order. */
enum bfd_drop bfd_packet_decode(const uint8_t *p, size_t len, struct bfd_packet *out);
/** The first 24 octets; len is written as p->len says. */
void bfd_packet_encode(const struct bfd_packet *p, uint8_t dst[BFD_HEADER_LEN]);

/** "admin-down", "down", "init", "up". */
const char *bfd_state_name(enum bfd_state s);
/** "control detection time expired", ...; "reserved" for those without a meaning. */
const char *bfd_diag_name(uint8_t diag);
/** "ttl", "short", ...: names of the counters. */
const char *bfd_drop_name(enum bfd_drop d);
