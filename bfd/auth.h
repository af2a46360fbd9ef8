/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The authentication section (RFC 5880 6.7): all five types. A replay is judged by the state that
 * the session keeps in a struct bfd_auth_state; the digests are libcrypto's.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bfd/packet.h"

#define BFD_KEY_MAX 20 /* SHA1; a password and MD5 have 16 */

struct bfd_key {
	uint8_t type; /* enum bfd_auth_type */
	uint8_t id;
	uint8_t len; /* of the secret: 1..16, or 1..20 for SHA1 */
	uint8_t secret[BFD_KEY_MAX];
};

struct bfd_auth_state {
	uint32_t rcv_seq;
	uint32_t xmit_seq;
	bool known; /* rcv_seq has been heard */
};

/** Longest secret of a type. */
size_t bfd_key_max(enum bfd_auth_type t);
/** Length of the section; 0 without a key. */
uint8_t bfd_auth_len(const struct bfd_key *k);
/**
 * Append the section to the header in p, whose length field already counts it. The sequence number
 * moves on by one with every packet: RFC 5880 6.7.3 allows that to all types and asks it of the
 * meticulous ones. 0, or -EIO: libcrypto refuses (MD5 in a FIPS world).
 */
int bfd_auth_sign(const struct bfd_key *k, struct bfd_auth_state *st, uint8_t *p);
/** Check a decoded packet; multiplier: ours, for the window. st is changed by what is accepted. */
enum bfd_drop bfd_auth_check(const struct bfd_key *k, struct bfd_auth_state *st, const uint8_t *p,
	const struct bfd_packet *d, uint8_t multiplier);
