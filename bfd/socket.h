/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sockets of BFD (RFC 5881 4, RFC 5883 5): one to hear for each device, family and port, one to
 * speak for each session, whose source port is its own.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "lib/net/prefix.h"

/** Bound to the port, any address, on this device ("" = all). fd or -errno. */
int bfd_socket_hear(uint8_t family, const char *device, uint16_t port);
/** Bound to local and a port of 49152..65535 that nobody else has; TTL 255. fd or -errno. */
int bfd_socket_speak(const struct ip_addr *local, const char *device, uint32_t ifindex);

struct bfd_datagram {
	struct ip_addr from;
	int hops; /* TTL or hop limit, -1 = unknown */
	size_t len;
};
/** One datagram; 0, or -errno (-EAGAIN: none). */
int bfd_socket_read(int fd, void *p, size_t size, struct bfd_datagram *d);
