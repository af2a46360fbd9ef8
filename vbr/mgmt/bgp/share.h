/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which paths of an answer are equal but for their age: prefixes that stand side by side often came
 * in one UPDATE, and many sets of attributes come back again and again. What is equal is written,
 * sent and read once (BgpRoute.like in vbrd.proto).
 *
 * Keys name what they are of by numbers that are not given away again, so nothing is referred to
 * that may go while the answer is underway.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/compiler.h"
#include "proto/shared.h"

/* All that a path's row shows but its age. Compared as octets: zero it first. */
struct share_key {
	uint32_t attrs;  /* id of the set */
	uint32_t source; /* serial, in its rib */
	uint32_t path_id;
	uint8_t family;
	uint8_t flags;
	uint8_t reason;
	uint8_t builtins;
};

#define SHARE_SLOTS SHARED_MEMORY

struct share {
	uint32_t n;      /* were remembered so far */
	uint32_t memory; /* of the client: at most SHARED_MEMORY */
	struct {
		struct share_key key;
		uint32_t number; /* 0: empty */
	} slots[SHARE_SLOTS];
};

/**
 * Entry of BgpRoute.like by an equal path that the client remembers; else SHARED_LIKE_NONE: then
 * this one must be sent in full.
 */
uint32_t share_find(const struct share *s, const struct share_key *k) MUST_USE;
/**
 * The client is told to remember this one. Two keys that want the same slot only forget each other.
 */
void share_add(struct share *s, const struct share_key *k);
/** The daemon begins anew; what the client remembers does not matter. */
void share_forget(struct share *s);
