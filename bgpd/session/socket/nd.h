/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Router discovery (RFC 4861) as far as two BGP speakers need it to find each other: we say that
 * we are a router, and hear who else is one. Nothing that a neighbour announces is used; its
 * address is.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/net/prefix.h"

struct loop;
struct nd;

#define ND_INTERVAL_S 10 /* between two advertisements */
#define ND_RA_SIZE    24 /* at most, as we make it */

enum nd_kind {
	ND_SOLICITATION,
	ND_ADVERTISEMENT,
};

/**
 * A router advertisement that makes nobody's default router of us (lifetime 0, RFC 4861 4.2); dst
 * of ND_RA_SIZE, mac of 6 octets or NULL. Returns its length; the kernel adds the checksum.
 */
size_t nd_encode(uint8_t *dst, const uint8_t *mac);
/**
 * What did a neighbour send? 0, -EBADMSG (RFC 4861 6.1 has it ignored), or -ENOMSG (another type).
 * hops: of its header.
 */
int nd_parse(const uint8_t *p, size_t len, const struct ip_addr *from, int hops,
	enum nd_kind *kind);

/** A router was heard, from this link-local address. May not free the nd. */
typedef void nd_heard_fn(void *ctx, const struct ip_addr *from);
/** Advertises from now on. NULL with errno set: to be tried again. */
struct nd *nd_new(struct loop *l, const char *device, nd_heard_fn *heard, void *ctx);
/** NULL-safe. */
void nd_free(struct nd *n);
/** Advertise now, or as soon as 3 seconds have passed since the last time (RFC 4861 6.2.6). */
void nd_advertise(struct nd *n);
