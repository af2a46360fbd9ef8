/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whom a listen range lets in. A neighbour that nobody configured by name leaves nothing behind
 * when its session ends, so what must outlive it is kept here: who came and failed, or came up and
 * did not last, and how long such an address has to wait. And a rate for all of them together.
 *
 * Bounded: GUARD_SLOTS addresses are remembered, the one that was heard of longest ago is
 * forgotten first.
 */
#pragma once

#include "lib/base/monotime.h"
#include "lib/net/prefix.h"

#define GUARD_SLOTS 256 /* addresses remembered */
#define GUARD_BURST 64  /* admitted at once ... */
#define GUARD_RATE  32  /* ... and then so many a second */

struct guard;

struct guard *guard_new(void);
/** NULL-safe. */
void guard_free(struct guard *g);
/** May a connection from this address become a neighbour now? It counts if so. */
bool guard_admit(struct guard *g, const struct ip_addr *a, struct mono now);
/** Its neighbour is gone: up_s seconds Established (0 = never), hold time as negotiated. */
void guard_left(struct guard *g, const struct ip_addr *a, uint32_t up_s, uint16_t hold_s);
/** Forget what it did. */
void guard_forgive(struct guard *g, const struct ip_addr *a);
