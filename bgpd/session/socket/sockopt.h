/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Socket options of BGP connections: one function an option, so that families differ in one
 * place.
 */
#pragma once

#include <stdint.h>

#include "lib/net/prefix.h"

struct session_conf;

/** New stream socket: non-blocking, close-on-exec, no delay, precedence CS6. fd or -errno. */
int sockopt_socket(uint8_t family, const char *device);
/** The flags of sockopt_socket for a socket that was accepted. 0 or -errno. */
int sockopt_accepted(int fd, uint8_t family);
/** TTL to send with and GTSM as configured. 0 or -errno. */
int sockopt_ttl(int fd, const struct session_conf *conf);
/** TTL (hop limit) to send with. */
int sockopt_send_ttl(int fd, uint8_t family, int ttl);
/** TCP-MD5 key for all remote addresses of a prefix; "" removes. 0 or -errno. */
int sockopt_md5(int fd, const struct prefix *remote, const char *key);
/** Index of a device by name, 0 for "" or one that does not exist. */
uint32_t sockopt_ifindex(const char *device);
