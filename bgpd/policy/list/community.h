/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Communities of all kinds as people write them: one value, or a pattern with "*" for a field.
 * A pattern is compared under a mask with the octets as they stand in the attribute. One text may
 * mean several encodings: "rt:65000:1" is a route target with a number of two or of four octets.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bgpd/wire/attr.h"

enum community_kind {
	COMMUNITY_KIND_STANDARD, /* RFC 1997 */
	COMMUNITY_KIND_EXTENDED, /* RFC 4360, 5668 */
	COMMUNITY_KIND_LARGE,    /* RFC 8092 */
	COMMUNITY_KIND_COUNT,
};

#define COMMUNITY_MAX_SIZE 12
#define COMMUNITY_MAX_ALTS 3

struct community_alt {
	uint8_t value[COMMUNITY_MAX_SIZE]; /* network order; zero where mask is */
	uint8_t mask[COMMUNITY_MAX_SIZE];
};

struct community_pattern {
	uint8_t kind; /* enum community_kind */
	bool exact;   /* without "*": alt[0] is a value that can be set */
	uint8_t n_alts;
	struct community_alt alt[COMMUNITY_MAX_ALTS];
};

/**
 * "65000:1", "65000:*", "65000:1:2", "no-export", "rt:65000:1", "soo:192.0.2.1:7", "rt:*:1",
 * "lb:65000:125000000", "0x0002fde800000001", "0x4004*". Len octets of text. 0; or -EINVAL, *why
 * then says what is wrong with it.
 */
int community_parse(const char *text, size_t len, struct community_pattern *p, const char **why);
#define COMMUNITY_EXT_STRLEN 32
/** Eight octets of an extended community as community_parse takes them; returns dst. */
char *community_ext_format(const uint8_t *c, char *dst);
/** Octets of one community of the pattern's kind. */
bool community_matches(const struct community_pattern *p, const uint8_t *c);
/** 4, 8, 12. */
uint8_t community_size(enum community_kind k);
/** "community", "extended-community", "large-community". */
const char *community_kind_name(enum community_kind k);
/** The list of a kind. */
struct octets *community_attr(struct wire_attrs *at, enum community_kind k);
/**
 * Ascending, each value once, in place: the canonical order. n communities of a kind; returns how
 * many are left. O(n log n), without memory.
 */
uint32_t community_sort(uint8_t *p, uint32_t n, enum community_kind k);
