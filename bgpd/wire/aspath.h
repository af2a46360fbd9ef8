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
/** How often as stands in the path (loop detection, RFC 4271 9.1.2). */
uint32_t aspath_count(struct octets path, uint32_t as);
bool aspath_has_set(struct octets path);
/**
 * path with as in front n times, in the arena. RFC 4271 5.1.2: new segment when the first is full.
 */
struct octets aspath_prepend(struct arena *a, struct octets path, uint32_t as, uint32_t n);
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
