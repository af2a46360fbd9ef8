/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A route as the model sees it: plain values, compared as octets. With it the other reading and
 * writing of UPDATEs, made from RFC 4271 4.3 and 4760 alone: it shares no code with bgpd/wire.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/net/prefix.h"

#define ROUTE_PATH 40
#define ROUTE_COMS 8
#define ROUTE_EXTS 2
#define ROUTE_IDS  3
#define ROUTE_VIA  6

/* Zeroed before it is filled. */
struct route {
	struct ip_addr next_hop;
	uint32_t path[ROUTE_PATH]; /* leftmost first; the last n_set of them are a set */
	uint32_t med;
	uint32_t local_pref;
	uint32_t coms[ROUTE_COMS];
	uint8_t exts[ROUTE_EXTS][8];
	uint32_t large[3];
	uint32_t originator;
	uint32_t cluster[ROUTE_IDS];
	uint32_t aggregator_as;
	uint32_t aggregator_id;
	uint32_t otc;
	uint32_t via[ROUTE_VIA]; /* tables come through: inside of the process only */
	uint32_t weight;         /* of this table only */
	uint8_t unknown[4];      /* an optional transitive attribute: type, value */
	uint8_t n_path;
	uint8_t n_set;
	uint8_t n_coms;
	uint8_t n_exts;
	uint8_t n_cluster;
	uint8_t n_via;
	uint8_t origin;
	bool has_med;
	bool has_local_pref;
	bool has_large;
	bool has_originator;
	bool has_atomic;
	bool has_aggregator;
	bool has_unknown;
	bool has_otc;
};

/* One UPDATE, or a marker of RFC 7313. */
struct said {
	const struct route *route; /* NULL: withdrawn, or nothing but withdrawn */
	const struct prefix *reach;
	uint32_t n_reach;
	const struct prefix *gone;
	uint32_t n_gone;
	uint8_t af; /* of all of them */
};

/** The message; IPv4 in the classic fields, IPv6 in MP attributes. Its length. */
size_t route_encode(const struct said *s, uint8_t *dst);
/** End-of-RIB (RFC 4724 2). */
size_t route_encode_end(uint8_t af, uint8_t *dst);

struct heard_ops {
	void (*reach)(void *ctx, const struct prefix *pfx, const struct route *r);
	void (*gone)(void *ctx, const struct prefix *pfx);
	/* subtype 1: beginning, 2: end of what is said again; 0: End-of-RIB */
	void (*mark)(void *ctx, uint8_t af, uint8_t subtype);
};
/** Reads whole messages; false if something in them is wrong. */
bool route_decode(const uint8_t *p, size_t len, const struct heard_ops *ops, void *ctx);
#define ROUTE_TEXT 400
/** One line for people; dst of ROUTE_TEXT octets. */
char *route_format(const struct route *r, char *dst);
