/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is what leaves by one VBR answered by another? The measure of one window, and the verdict over
 * several with hysteresis. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "vbr/symmetry/tally.h"

/*
 * Of the traffic of a prefix, out: share of each VBR; in: likewise. The skew is the part of one
 * distribution that would have to move to make it the other: 0 when each VBR has the same share
 * of both, however they share among themselves; 100 when they have nothing in common.
 */
struct skew_measure {
	bool is_clear;   /* enough packets were seen both ways */
	uint8_t percent; /* the skew */
	uint8_t out;     /* VBR whose share of what leaves exceeds its share of what returns most */
	uint8_t in;      /* and the other way round */
};
struct skew_measure skew_measure(const struct tally_block *b);

enum skew_state {
	SKEW_EVEN,
	SKEW_SUSPECT, /* asymmetric once: not told yet */
	SKEW_SKEWED,  /* told */
	SKEW_EASING,  /* even once again */
	SKEW_STATES,
};
enum skew_news {
	SKEW_NEWS_NONE,
	SKEW_NEWS_BEGAN,
	SKEW_NEWS_ENDED,
};

struct skew {
	enum skew_state state;
	uint8_t unclear;          /* windows in a row */
	struct skew_measure last; /* that was asymmetric: what is told when it ends, too */
};

/** A window more. */
enum skew_news skew_step(struct skew *s, const struct skew_measure *m);
static inline bool skew_is_told(const struct skew *s)
{
	return s->state == SKEW_SKEWED || s->state == SKEW_EASING;
}
