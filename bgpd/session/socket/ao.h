/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TCP-AO (RFC 5925) as Linux has it since 6.7: master key tuples on a socket. Which keys there
 * should be is said whole; what is missing is added, what is too much is taken away. A kernel
 * without it answers -ENOPROTOOPT.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "bgpd/session/session.h"

/* Keys for the addresses of a prefix. */
struct ao_keys {
	struct prefix net;
	uint8_t n;
	struct session_ao_key key[SESSION_AO_KEYS];
};

/* What a connection uses. */
struct ao_state {
	uint8_t current; /* send id of the key that signs */
	uint8_t rnext;   /* receive id of the key that the peer is asked to use */
};

bool ao_key_is_equal(const struct session_ao_key *a, const struct session_ao_key *b);
/** The one to sign with: the preferred one, else the first. NULL if there is none. */
const struct session_ao_key *ao_preferred(const struct ao_keys *k);
void ao_keys_make(struct ao_keys *k, const struct session_conf *conf, bool accepted);
void ao_keys_wipe(struct ao_keys *k);

/** Before connect(2). 0 or -errno. */
int ao_set(int fd, const struct ao_keys *k);
/** A listening socket that has the keys of was (n 0 = none). 0 or -errno of the worst. */
int ao_set_listener(int fd, const struct ao_keys *was, const struct ao_keys *k);
/**
 * A connection that lives (RFC 5925 7.3): new keys first; the peer is asked for the preferred one
 * and the kernel follows when it asks back; old ones last, with a key that is left in their place.
 */
int ao_roll(int fd, const struct ao_keys *was, const struct ao_keys *k);
/** An accepted connection: 0 if it is signed, else -errno. Asks for the preferred key. */
int ao_accepted(int fd, const struct ao_keys *k);
/** 0, or -errno: not signed, or unknown to the kernel. */
int ao_get(int fd, struct ao_state *st);
