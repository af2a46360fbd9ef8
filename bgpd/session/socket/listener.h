/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Listening socket of one device (or of all): accepts, finds the session by source address,
 * closes strangers before a byte is parsed. keys of TCP-MD5 are set on it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/net/prefix.h"

struct loop;
struct listener;
struct session;

struct listener_conf {
	struct ip_addr local; /* family decides the socket; the address may be any (all zero) */
	uint16_t port;        /* 0 = 179 */
	char device[16];      /* SO_BINDTODEVICE; "" = all */
};

/**
 * find(ctx, remote) gives the session that may take a connection from this address, or NULL: it
 * is closed and counted. NULL with errno set if the socket cannot be made (device absent:
 * ENODEV, ...).
 */
struct listener *listener_new(struct loop *l, const struct listener_conf *conf,
	struct session *(*find)(void *ctx, const struct ip_addr *remote), void *ctx);
void listener_free(struct listener *l);
/** TCP-MD5 key for the addresses of a prefix; "" removes. 0 or -errno. */
int listener_set_md5(struct listener *l, const struct prefix *remote, const char *key);
/**
 * The TCP-AO keys for the addresses of a prefix, whole; n 0 takes them away. 0, or -errno: those
 * that it could not set are tried again by the next call.
 */
struct ao_keys;
int listener_set_ao(struct listener *l, const struct ao_keys *k);
/** Take away all keys whose prefix keep() does not want. */
void listener_keep_ao(struct listener *l, bool (*keep)(void *ctx, const struct prefix *net),
	void *ctx);
uint64_t listener_refused(const struct listener *l);
