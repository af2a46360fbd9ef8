/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state of a peering connection. It follows from what is the case, by a table; there is no
 * history in it, so no order of consent, expiry, commit and link event can lead to a wrong one.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum channel_consent {
	CHANNEL_CONSENT_NONE,
	CHANNEL_CONSENT_GIVEN, /* also: not needed, both ends are one tenant's */
	CHANNEL_CONSENT_REJECTED,
	CHANNEL_CONSENT_EXPIRED,
	CHANNEL_CONSENT_COUNT,
};

enum channel_state {
	CHANNEL_CONNECTING, /* waits for the other tenant's word */
	CHANNEL_REJECTED,
	CHANNEL_EXPIRED,
	CHANNEL_ACTIVATING, /* accepted, its devices are not up yet */
	CHANNEL_ACTIVE,
	CHANNEL_MODIFYING, /* up, and about to be as a change wants it */
	CHANNEL_INACTIVE,  /* disabled */
	CHANNEL_STATE_COUNT,
};

struct channel_facts {
	bool enabled;
	enum channel_consent consent;
	bool is_up;   /* both */
	bool in_step; /* and as they should be */
};

/* A row of the table; the first that fits counts. -1: does not matter. */
struct channel_row {
	int8_t enabled;
	int8_t consent;
	int8_t is_up;
	int8_t in_step;
	enum channel_state state;
};

enum channel_state channel_state(const struct channel_facts *f);
/** Rows in their order; NULL behind the last one. */
const struct channel_row *channel_row(unsigned i);
/** "connecting", ...: part of the outside view. */
const char *channel_state_name(enum channel_state s);
const char *channel_consent_name(enum channel_consent c);
