/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A route as the model sees it: plain values, compared as octets. With it the other reading and
 * writing of UPDATEs, made from RFC 4271 4.3, 4760, 5065 and 7911 alone: it shares no code with
 * bgpd/wire.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/net/prefix.h"

#define ROUTE_PATH 40
#define ROUTE_COMS 12
#define ROUTE_EXTS 3
#define ROUTE_IDS  5
#define ROUTE_VIA  6

/* Of a number in the path: what kind of segment it stands in, as on the wire. */
enum {
	ROUTE_SET = 1,
	ROUTE_SEQUENCE = 2,
	ROUTE_CONFED_SEQUENCE = 3,
};

#define COMMUNITY_GRACEFUL_SHUTDOWN   0xffff0000 /* RFC 8326 */
#define COMMUNITY_LLGR_STALE          0xffff0006 /* RFC 9494 */
#define COMMUNITY_NO_LLGR             0xffff0007
#define COMMUNITY_BLACKHOLE           0xffff029a /* RFC 7999 */
#define COMMUNITY_NO_EXPORT           0xffffff01 /* RFC 1997 */
#define COMMUNITY_NO_ADVERTISE        0xffffff02
#define COMMUNITY_NO_EXPORT_SUBCONFED 0xffffff03

/* Zeroed before it is filled. */
struct route {
	struct ip_addr next_hop;
	uint32_t path[ROUTE_PATH];   /* leftmost first */
	uint8_t segment[ROUTE_PATH]; /* of each */
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

/** A number to the end of the path. */
void route_append(struct route *r, uint8_t segment, uint32_t as);
void route_prepend(struct route *r, uint8_t segment, uint32_t as);
/** RFC 4271 9.1.2.2 a, 5065 5.3: a set counts one, what is of the confederation nothing. */
uint32_t route_length(const struct route *r);
/** The neighbour AS outside of the confederation; 0 = none. */
uint32_t route_first_as(const struct route *r);
bool route_has_segment(const struct route *r, uint8_t segment);
bool route_has_community(const struct route *r, uint32_t c);
/** At the end, if it is not there. */
void route_add_community(struct route *r, uint32_t c);

/* One UPDATE. */
struct said {
	const struct route *route; /* NULL: nothing but withdrawn */
	const struct prefix *reach;
	const uint32_t *reach_id;
	uint32_t n_reach;
	const struct prefix *gone;
	const uint32_t *gone_id;
	uint32_t n_gone;
	uint8_t af;   /* of all of them */
	bool has_ids; /* RFC 7911 */
};

/** The message; IPv4 in the classic fields, IPv6 in MP attributes. Its length. */
size_t route_encode(const struct said *s, uint8_t *dst);
/** End-of-RIB (RFC 4724 2). */
size_t route_encode_end(uint8_t af, uint8_t *dst);

struct heard_ops {
	void (*reach)(void *ctx, const struct prefix *pfx, uint32_t id, const struct route *r);
	void (*gone)(void *ctx, const struct prefix *pfx, uint32_t id);
	/* subtype 1: beginning, 2: end of what is said again; 0: End-of-RIB */
	void (*mark)(void *ctx, uint8_t af, uint8_t subtype);
};
/* What has been negotiated of the way to read. */
struct heard {
	const struct heard_ops *ops;
	void *ctx;
	bool ids4; /* RFC 7911: path identifiers in front of prefixes */
	bool ids6;
};
/** Reads whole messages; false if something in them is wrong. */
bool route_decode(const struct heard *h, const uint8_t *p, size_t len);
#define ROUTE_TEXT 500
/** One line for people; dst of ROUTE_TEXT octets. */
char *route_format(const struct route *r, char *dst);
