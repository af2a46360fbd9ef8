/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of path attributes. Private to bgpd/wire: attr.c walks it, attr_table.c holds it,
 * attr_path.c has the hooks that deal with AS numbers of two widths.
 *
 * A row is what RFC 7606 section 7 says about one type: which flags and lengths are right, what a
 * wrong one costs, and the hooks that read and write the value. A hook never decides on a
 * disposition.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "bgpd/wire/attr.h"
#include "lib/ds/arena.h"
#include "lib/net/cursor.h"

/* Reading: what the hooks share while one section is walked. */
struct attr_in {
	const struct wire_session *s;
	struct arena *arena;
	struct wire_attrs *out;
	struct wire_mp *mp;
	struct octets tlv;          /* the attribute at hand, header included */
	const uint8_t *end;         /* of the section: bound for what may still be carried */
	uint8_t *carried;           /* in the arena: octets of out->unknown */
	struct octets as4_path;     /* normalised; p is NULL when absent */
	uint32_t as4_aggregator_as; /* 0: absent */
	uint32_t as4_aggregator_id;
};

/* Writing. */
struct attr_out {
	struct cursor_w *w;
	const struct wire_session *s;
	const struct wire_attrs *at;
	bool with_next_hop;
};

/* Whom an attribute is for: discarded from, and not written to, other neighbours. */
enum attr_scope {
	ATTR_SCOPE_ALL,
	ATTR_SCOPE_INSIDE,  /* of the AS, a confederation being one (RFC 5065 5.2) */
	ATTR_SCOPE_CLUSTER, /* iBGP proper: route reflection ends at the member AS (RFC 4456) */
};

struct attr_row {
	const char *name;
	uint8_t flags; /* Optional and Transitive as they must be; 0: only the name is known */
	uint8_t scope; /* enum attr_scope */
	uint16_t min;  /* least and greatest length of the value */
	uint16_t max;
	uint8_t step;          /* the length is a multiple of it */
	uint8_t on_flags;      /* enum wire_action for wrong flags */
	uint8_t on_fault;      /* enum wire_action for a wrong length or value */
	uint8_t value_subcode; /* enum bgp_error_update for a wrong value */
	/* NULL when fine, else words for the fault. A row without it is read as nothing. */
	const char *(*decode)(struct attr_in *in, struct octets v);
	void (*encode)(const struct attr_out *out);
	uint16_t partial; /* WIRE_PARTIAL_*, where the Partial flag is to be kept */
};

/* The types whose rows have encode, as bits: encoding goes by them. */
#define ATTR_BIT(type) (UINT64_C(1) << (type))
#define ATTR_WRITTEN                                                                            \
	(ATTR_BIT(BGP_ATTR_ORIGIN) | ATTR_BIT(BGP_ATTR_AS_PATH) | ATTR_BIT(BGP_ATTR_NEXT_HOP) | \
		ATTR_BIT(BGP_ATTR_MED) | ATTR_BIT(BGP_ATTR_LOCAL_PREF) |                        \
		ATTR_BIT(BGP_ATTR_ATOMIC_AGGREGATE) | ATTR_BIT(BGP_ATTR_AGGREGATOR) |           \
		ATTR_BIT(BGP_ATTR_COMMUNITIES) | ATTR_BIT(BGP_ATTR_ORIGINATOR_ID) |             \
		ATTR_BIT(BGP_ATTR_CLUSTER_LIST) | ATTR_BIT(BGP_ATTR_EXT_COMMUNITIES) |          \
		ATTR_BIT(BGP_ATTR_AS4_PATH) | ATTR_BIT(BGP_ATTR_AS4_AGGREGATOR) |               \
		ATTR_BIT(BGP_ATTR_LARGE_COMMUNITIES) | ATTR_BIT(BGP_ATTR_OTC))

extern const struct attr_row attr_rows[256];

/** Row of a type, never NULL; an unknown type has one without a name. */
static inline const struct attr_row *attr_row(uint8_t type)
{
	return &attr_rows[type];
}
static inline bool attr_row_is_for(const struct attr_row *row, const struct wire_session *s)
{
	switch ((enum attr_scope)row->scope) {
	case ATTR_SCOPE_INSIDE:
		return wire_is_inside(s);
	case ATTR_SCOPE_CLUSTER:
		return s->ibgp;
	default:
		return true;
	}
}
/** Flags, type and length of an attribute whose value of len octets the caller writes next. */
void attr_put_head(const struct attr_out *out, uint8_t type, size_t len);
void attr_put_u32(const struct attr_out *out, uint8_t type, uint32_t v);
/** Keep the attribute at hand to be passed on as it is, Partial set (RFC 4271 5). */
const char *attr_carry(struct attr_in *in, struct octets v);

/* attr_path.c */
const char *attr_decode_as_path(struct attr_in *in, struct octets v);
const char *attr_decode_as4_path(struct attr_in *in, struct octets v);
const char *attr_decode_aggregator(struct attr_in *in, struct octets v);
const char *attr_decode_as4_aggregator(struct attr_in *in, struct octets v);
/** RFC 6793 4.2.3: after the walk, put what a two-octet speaker carried for others in its place. */
void attr_merge_as4(struct attr_in *in);
void attr_encode_as_path(const struct attr_out *out);
void attr_encode_as4_path(const struct attr_out *out);
void attr_encode_aggregator(const struct attr_out *out);
void attr_encode_as4_aggregator(const struct attr_out *out);
