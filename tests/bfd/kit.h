/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of a session share: one at a time of our own, and packets for it.
 */
#pragma once

#include "bfd/session.h"

#define KIT_DISCR  0x11111111
#define KIT_REMOTE 0x22222222

struct kit {
	struct bfd_session s;
	struct mono now;
	struct bfd_packet peer; /* what the neighbour says; your_discr and len are filled in */
};

/** A session with this configuration, and a neighbour that speaks as fast. */
void kit_init(struct kit *k, const struct bfd_session_conf *conf);
/** 50 ms both ways, times three. */
struct bfd_session_conf kit_conf(void);
/** The neighbour says it, with this state. */
enum bfd_drop kit_hear(struct kit *k, enum bfd_state state);
/** What we send now, decoded. */
struct bfd_packet kit_emit(struct kit *k);
/** Time passes, nobody acts. */
void kit_pass_ms(struct kit *k, int64_t ms);
/** Through the handshake; what was sent on the way is swallowed, the poll sequence is over. */
void kit_up(struct kit *k);
/** Random numbers of the run. */
uint32_t kit_random(void *ctx);
