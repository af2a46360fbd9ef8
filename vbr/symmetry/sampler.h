/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One packet of so many that cross a device, in either direction: a packet socket whose filter
 * rolls dice in the kernel, so that what is not sampled is never copied. The socket's buffer is the
 * bound of what waits: beyond it samples are lost, packets never.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/io/loop.h"

struct sampler {
	struct io_watch io;
	int fd;           /* -1: closed */
	uint32_t ifindex; /* that it is bound to, 0 = none */
	/* From the network header on, at most as many octets as were asked for. */
	void (*packet)(void *ctx, bool is_out, const uint8_t *p, size_t len);
	void *ctx;
};

void sampler_init(struct sampler *s, void (*packet)(void *, bool, const uint8_t *, size_t),
	void *ctx);
/** One of `of` packets of this device. 0 or -errno; then it is closed. */
int sampler_open(struct sampler *s, struct loop *l, uint32_t ifindex, uint16_t of);
void sampler_close(struct sampler *s);
