/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Path attributes in decoded form, and the table that knows how each is checked, read and written.
 *
 * Lists (AS_PATH, communities, ...) stay octets in network order, normalised: AS numbers have four
 * octets (AS4_PATH merged, RFC 6793 4.2.3). They are walked with bgpd/wire/aspath.h. The struct
 * borrows them from the message or the arena.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "bgpd/wire/wire.h"
#include "lib/ds/arena.h"
#include "lib/net/cursor.h"

/* Octets that somebody else owns. */
struct octets {
	const uint8_t *p;
	uint16_t len;
};

/* Bits of wire_attrs.has */
enum wire_has {
	WIRE_HAS_ORIGIN = 1 << 0,
	WIRE_HAS_AS_PATH = 1 << 1,
	WIRE_HAS_NEXT_HOP = 1 << 2, /* from NEXT_HOP or MP_REACH_NLRI */
	WIRE_HAS_MED = 1 << 3,
	WIRE_HAS_LOCAL_PREF = 1 << 4,
	WIRE_HAS_ATOMIC_AGGREGATE = 1 << 5,
	WIRE_HAS_AGGREGATOR = 1 << 6,
	WIRE_HAS_ORIGINATOR_ID = 1 << 7,
	WIRE_HAS_OTC = 1 << 8,
	/* RFC 4271 5: somebody on the way did not know the attribute, and that is never unsaid */
	WIRE_PARTIAL_AGGREGATOR = 1 << 9,
	WIRE_PARTIAL_COMMUNITIES = 1 << 10,
	WIRE_PARTIAL_EXT_COMMUNITIES = 1 << 11,
	WIRE_PARTIAL_LARGE_COMMUNITIES = 1 << 12,
	WIRE_PARTIAL_OTC = 1 << 13,
	WIRE_PARTIAL = 0x1f << 9,
};

struct wire_attrs {
	uint32_t has;
	uint8_t origin;
	struct ip_addr next_hop;    /* global address */
	struct ip_addr next_hop_ll; /* link-local next hop of the 32-octet MP form (RFC 2545 3) */
	uint32_t med;
	uint32_t local_pref;
	uint32_t aggregator_as;
	uint32_t aggregator_id;          /* host order */
	uint32_t originator_id;          /* host order */
	uint32_t otc;                    /* RFC 9234 */
	struct octets as_path;           /* segments, four-octet AS numbers */
	struct octets communities;       /* multiple of 4 */
	struct octets ext_communities;   /* multiple of 8 */
	struct octets large_communities; /* multiple of 12 */
	struct octets cluster_list;      /* multiple of 4 */
	struct octets unknown;           /* whole TLVs, optional transitive, Partial set */
	/*
	 * Not of the wire, neither read nor written there: tables that the route has come through
	 * inside of this process, 4 octets each; and what import policy gave it to be preferred by.
	 */
	struct octets via;
	uint16_t weight;
};

/* Values of the two multiprotocol attributes; p is NULL when absent. */
struct wire_mp {
	struct octets reach;
	struct octets unreach;
	struct octets reach_tlv; /* with type and length: data of a NOTIFICATION */
	struct octets unreach_tlv;
	bool others; /* some attribute that is not MP_UNREACH_NLRI is there */
};

/* What wire_attrs_decode is given and fills. */
struct wire_attrs_in {
	const struct wire_session *s;
	struct octets section; /* path attributes, without the length field */
	struct arena *arena;   /* scratch for normalised lists; lives as long as the attributes */
};

/**
 * Read a path attribute section.
 *
 * @out  zeroed, then filled; when err->action is WITHDRAW or worse it must not be used as a path
 * @mp   the slices of MP_REACH_NLRI and MP_UNREACH_NLRI, not read here
 * @err  worst fault
 *
 * RFC 7606 throughout: flags, lengths, duplicates (first wins), the strongest action of all faults.
 * Missing mandatory attributes are judged by wire_update_decode, which knows of NLRI.
 */
void wire_attrs_decode(const struct wire_attrs_in *in, struct wire_attrs *out, struct wire_mp *mp,
	struct wire_err *err);

/**
 * Write attributes in ascending type order, as the session wants them (two-octet AS: AS_PATH with
 * AS_TRANS plus AS4_PATH). NEXT_HOP is written when with_next_hop is set and next_hop is IPv4;
 * MP_REACH_NLRI is wire_builder's business. LOCAL_PREF only inside of the AS or confederation,
 * ORIGINATOR_ID and CLUSTER_LIST on iBGP. Unknown transitive TLVs are copied byte for byte.
 */
void wire_attrs_encode(struct cursor_w *w, const struct wire_session *s,
	const struct wire_attrs *at, bool with_next_hop);
/** "AS_PATH", "attribute 77"; static or in buf (at least 16 octets). */
const char *wire_attr_name(uint8_t type, char *buf);
