/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A packet socket for one flow of probes on one device: what is sent enters the device whatever the
 * routing tables say, and only answers that arrive by it are read.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/monotime.h"
#include "vbr/health/echo.h"

struct echo_way {
	uint32_t ifindex;
	const uint8_t *lladdr; /* of the other end, 6 octets */
};

/** Descriptor, or -errno. Not blocking. */
int echo_socket_open(const struct echo *e, uint32_t ifindex);
/** 0, or -errno. */
int echo_socket_send(int fd, const struct echo *e, uint16_t sequence, const struct echo_way *w);
/**
 * For a way that has no known end: a raw socket on the device, where the kernel finds the target's
 * link-layer address. Answers are read from the other one. Descriptor, or -errno.
 */
int echo_socket_open_link(const struct echo *e, const char *device);
int echo_socket_send_link(int fd, const struct echo *e, uint16_t sequence);
/**
 * The next answer that waits: true, with its sequence, and the time at which the kernel got it,
 * however long it has waited; at may be NULL. What is none is passed over.
 */
bool echo_socket_read(int fd, const struct echo *e, uint16_t *sequence, struct mono *at);
