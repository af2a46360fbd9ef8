/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A namespace of our own with nothing but lo, and a neighbour made by hand on it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "bfd/bfd.h"

/** Once a process; false without the privilege. */
bool wire_enter(void);
/** A socket that speaks from this address with this TTL. */
int wire_socket(const char *from, int ttl);
/** Send it to 127.0.0.1. */
void wire_send(int fd, uint16_t port, const struct bfd_packet *d);
/** Single hop on lo, 127.0.0.1 to remote, 50 ms x 3. */
struct bfd_want wire_want(uint32_t key, const char *local, const char *remote);
