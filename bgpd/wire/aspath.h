/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AS_PATH values in normalised form: segments of (type, count, count x 4 octets).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bgpd/wire/attr.h"

/** RFC 4271 9.1.2.2 a, 5065 5.3: a set counts one, confederation segments count nothing. */
uint32_t aspath_length(struct octets path);
/**
 * Leftmost AS of the first sequence: the neighbour. 0 for an empty path or one that starts with a
 * set.
 */
uint32_t aspath_first(struct octets path);
/** Rightmost AS: the origin; 0 for an empty path or a set there. */
uint32_t aspath_origin(struct octets path);
/**
 * How often as stands in the path (loop detection, RFC 4271 9.1.2), segments of a confederation
 * left out: the numbers in there are of another kind.
 */
uint32_t aspath_count(struct octets path, uint32_t as);
/** The same in segments of the confederation alone (RFC 5065 4). */
uint32_t aspath_count_confed(struct octets path, uint32_t as);
/** First AS of a path that begins with an AS_CONFED_SEQUENCE: the neighbouring member; else 0. */
uint32_t aspath_first_member(struct octets path);
bool aspath_has_set(struct octets path);
/** Are all its numbers private ones (RFC 6996 5), and is there one? */
bool aspath_is_private(struct octets path);
static inline bool aspath_is_confed(uint8_t segment_type)
{
	return segment_type == BGP_AS_CONFED_SEQUENCE || segment_type == BGP_AS_CONFED_SET;
}
/**
 * path with as in front n times, in the arena. RFC 4271 5.1.2: new segment when the first is full.
 */
struct octets aspath_prepend(struct arena *a, struct octets path, uint32_t as, uint32_t n);
/** path with a member AS in front, in an AS_CONFED_SEQUENCE (RFC 5065 4). */
struct octets aspath_prepend_member(struct arena *a, struct octets path, uint32_t as);
/** Without the segments of the confederation (RFC 5065 4). */
struct octets aspath_strip_confed(struct arena *a, struct octets path);
/*
 * Numbers changed where they stand: in sequences and sets, not in segments of a confederation. The
 * result lies in the arena, or is path itself when there is nothing to change.
 */
/** Each `as` becomes `by` (never 0). */
struct octets aspath_replace(struct arena *a, struct octets path, uint32_t as, uint32_t by);
/** Without its private numbers, except `but` (0 = none). */
struct octets aspath_strip_private(struct arena *a, struct octets path, uint32_t but);
/** Each private number but that one becomes `by`. */
struct octets aspath_replace_private(struct arena *a, struct octets path, uint32_t but,
	uint32_t by);
/** "65001 65002 {1,2} (3 4)", truncated to size; returns dst. */
char *aspath_format(struct octets path, char *dst, size_t size);
/** The same; returns the length of the text. */
size_t aspath_write(struct octets path, char *dst, size_t size);

/* Iteration over segments. */
struct aspath_iter {
	struct octets path;
	uint16_t off;
	uint8_t type; /* enum bgp_as_segment, of the current segment */
	uint8_t count;
	const uint8_t *as; /* count x 4 octets */
};
void aspath_iter_init(struct aspath_iter *it, struct octets path);
bool aspath_iter_next(struct aspath_iter *it);
uint32_t aspath_iter_as(const struct aspath_iter *it, uint8_t i);
