/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asks the kernel where it would forward a packet to: not what we wanted it to do, nor what it has
 * acknowledged, but the decision itself, rules, groups and all.
 */
#pragma once

#include <stdint.h>

#include "lib/net/prefix.h"

struct nl;

struct route_question {
	uint32_t in; /* device that it comes from */
	struct ip_addr source;
	struct ip_addr target;
};

/** 0 and the device that it would leave by; -errno of the kernel if it would not be forwarded. */
int route_ask(struct nl *nl, const struct route_question *q, uint32_t *out);
