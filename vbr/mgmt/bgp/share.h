/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which paths of one message are equal but for their age: prefixes that stand side by side often
 * came in one UPDATE, and what is equal is written, sent and read once (BgpRoute.like in
 * vbrd.proto).
 *
 * It holds no reference: what a key points to must stay as long as the message is being built.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "lib/base/compiler.h"

struct attrs;

/* All that a path's row shows but its age. Compared as octets: zero it first. */
struct share_key {
	const struct attrs *attrs;
	uint32_t path_id;
	uint16_t source;
	uint8_t flags;
	uint8_t reason;
	uint8_t builtins;
	uint8_t zero[7];
};

#define SHARE_SLOTS 1024u /* twice the routes of a message */

struct share {
	uint32_t n; /* paths in full so far */
	struct {
		struct share_key key;
		uint32_t number; /* 0: empty */
	} slots[SHARE_SLOTS];
};

/** A message begins. */
void share_begin(struct share *s);
/**
 * Number of an equal path that the message has in full, or 0: then this one must be sent in full.
 * Two keys that want the same slot only forget each other.
 */
uint32_t share_find(struct share *s, const struct share_key *k) MUST_USE;
