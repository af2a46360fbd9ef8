/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Operations of the route writer as messages of rtnetlink: octets only, no socket and no answers
 * (netlink.c).
 */
#pragma once

#include <stdint.h>
#include <unistd.h>

#include "fib/backend/backend.h"

struct nlmsghdr;

/* Header, rtmsg or nhmsg and the largest set of attributes: a group of 16. */
#define ENCODE_MAX 256

/** One message at buf (ENCODE_MAX octets, aligned as a header), still without sequence number. */
struct nlmsghdr *encode_op(void *buf, const struct fib_op *op);

/** The kernel counts times as clock_t. */
static inline uint32_t encode_ticks(uint16_t s)
{
	return s * (uint32_t)sysconf(_SC_CLK_TCK);
}
