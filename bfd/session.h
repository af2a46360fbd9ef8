/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One BFD session in asynchronous mode: the state machine of RFC 5880 6.2 as a table, and all that
 * 6.8 says of timers. Pure: it is told the time and given random numbers, and says when it wants to
 * be woken; sockets are its owner's. Echo is not offered, demand mode is not asked for and granted
 * to a neighbour that asks.
 *
 * Embedded in its owner; fields are for reading.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bfd/auth.h"
#include "bfd/packet.h"
#include "lib/base/monotime.h"

#define BFD_SLOW_US 1000000 /* RFC 5880 6.8.3: at most one packet a second while not up */

struct bfd_session_conf {
	uint32_t min_tx_us;
	uint32_t min_rx_us;
	uint8_t multiplier;
	bool admin_down;
	struct bfd_key key;
};

struct bfd_session_stats {
	uint64_t in;
	uint64_t out;
	uint64_t dropped[BFD_DROP_COUNT];
	uint32_t downs;         /* from up, but for our own wish */
	uint32_t deaths;        /* of downs: but for the other operator's wish (RFC 5882 4.2) */
	uint32_t rx_gap_max_us; /* between two packets, of this or the last time it was up */
	uint32_t rx_gap_avg_us; /* floating, 1/16 */
	uint32_t tx_late_max_us;
	uint32_t expiry_saved; /* detection times that ended while packets waited to be read */
};

struct bfd_session {
	struct bfd_session_conf conf;
	uint32_t (*random)(void *ctx);
	void *random_ctx;

	/* RFC 5880 6.8.1 */
	enum bfd_state state;
	enum bfd_state remote_state;
	uint8_t diag;
	uint8_t remote_diag;
	uint32_t discr;
	uint32_t remote_discr;
	uint32_t desired_min_tx_us;  /* as we say */
	uint32_t required_min_rx_us; /* as we say */
	uint32_t tx_used_us;         /* what counts until a poll sequence has ended: 6.8.3 */
	uint32_t rx_used_us;
	uint32_t remote_min_rx_us;
	uint32_t remote_min_tx_us;
	uint8_t remote_multiplier;
	bool remote_demand;
	bool remote_independent; /* C, of its last packet while it was up */
	struct bfd_auth_state auth;

	bool polling;
	bool poll_again; /* what we say has changed during the sequence */
	bool want_final;

	bool has_heard; /* a packet since the last expiry */
	struct mono last_rx;
	struct mono last_tx;
	struct mono next_tx;
	struct mono detect_at;
	struct mono since;     /* of the state */
	uint8_t down_diag;     /* why it left up the last time */
	bool down_by_neighbor; /* its AdminDown, which is no failure (RFC 5882 4.2) */
	uint32_t changes;      /* of the state */
	struct bfd_session_stats stats;
};

/** random: any 32 bits. discr: not 0, unique in the process. */
void bfd_session_init(struct bfd_session *s, uint32_t discr, uint32_t (*random)(void *ctx),
	void *random_ctx);
/** The first time too: from then on it runs. No flap, but for admin_down. */
void bfd_session_reconf(struct bfd_session *s, const struct bfd_session_conf *conf,
	struct mono now);
/**
 * A packet that was decoded and found to be this session's. Returns why it is ignored, or NONE;
 * afterwards bfd_session_emit is due if want_final, and the deadline may have moved.
 */
enum bfd_drop bfd_session_receive(struct bfd_session *s, const uint8_t *p,
	const struct bfd_packet *d, struct mono now);
/** Has the detection time ended? The owner reads what waits in its socket before it believes it. */
bool bfd_session_is_expired(const struct bfd_session *s, struct mono now);
void bfd_session_expire(struct bfd_session *s, struct mono now);
/** Is a periodic packet due? */
bool bfd_session_wants_send(const struct bfd_session *s, struct mono now);
/** Write the packet that is due: the final one first. Its length, or 0: it cannot be signed. */
size_t bfd_session_emit(struct bfd_session *s, uint8_t dst[BFD_PACKET_MAX], struct mono now);
/** When to look again; INT64_MAX: never. */
struct mono bfd_session_deadline(const struct bfd_session *s);

/** Interval of our packets without jitter, 0 = none are sent. */
uint32_t bfd_session_tx_interval_us(const struct bfd_session *s);
/** RFC 5880 6.8.4; 0 while the neighbour is unknown. */
uint64_t bfd_session_detect_us(const struct bfd_session *s);
/** What the state becomes when a packet of this state comes in: the table of RFC 5880 6.8.6. */
enum bfd_state bfd_session_next(enum bfd_state now, enum bfd_state heard);
