/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a session has agreed on, as far as it changes how octets are read and written, and how a
 * decoder says that something is wrong with them. All of bgpd/wire is pure: octets in, structs out;
 * no memory but the caller's arena, no clock, no log.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bgpd/wire/bgp.h"
#include "lib/net/prefix.h"

/* Negotiated: filled by the session from both OPENs, constant while Established. */
struct wire_session {
	bool as4;    /* RFC 6793: AS numbers have four octets */
	bool ibgp;   /* same AS; in a confederation: same member AS */
	bool confed; /* RFC 5065: the neighbour is in our confederation, in whatever member AS */
	bool ext_message; /* RFC 8654: we may send more than 4096 octets */
	bool refresh;
	bool enhanced_refresh;
	bool graceful;              /* RFC 4724: both sides, for a family at least */
	bool graceful_notification; /* RFC 8538: N bit on both sides */
	bool llgr;                  /* RFC 9494: the peer knows long-lived stale routes */
	uint8_t families;           /* BGP_FAMILY_BIT() of those both sides speak */
	uint8_t ext_nexthop;        /* RFC 8950: families of IPv4 whose next hop may be IPv6 */
	uint8_t addpath_rx;         /* RFC 7911: families with path ids in what we read */
	uint8_t addpath_tx;         /* and in what we write */
	uint32_t local_as;
	uint32_t peer_as;
};

/** Is the neighbour one of what looks like a single AS from outside? */
static inline bool wire_is_inside(const struct wire_session *s)
{
	return s->ibgp || s->confed;
}

/* RFC 7606 2: what a fault costs, mildest first, so that the worst wins by max. */
enum wire_action {
	WIRE_ACTION_NONE,
	WIRE_ACTION_DISCARD,  /* this attribute is dropped, the rest stands */
	WIRE_ACTION_WITHDRAW, /* treat-as-withdraw: all prefixes of the message lose their path */
	WIRE_ACTION_RESET,    /* NOTIFICATION with code and subcode, session over */
};

struct wire_err {
	uint8_t action; /* enum wire_action */
	uint8_t code;   /* enum bgp_error */
	uint8_t subcode;
	uint8_t attr;      /* attribute type at fault, 0 = none */
	uint16_t data_len; /* data of the NOTIFICATION */
	uint8_t data[64];  /* offending octets where the RFC asks for them, truncated */
	const char *why;   /* static words: "ORIGIN length is not 1" */
};

/** Remember a fault; a worse one replaces a milder one, equal ones keep the first. */
void wire_err_set(struct wire_err *e, enum wire_action action, uint8_t code, uint8_t subcode,
	const char *why);
void wire_err_data(struct wire_err *e, const void *data, size_t len);
/** "UPDATE Message Error/Invalid ORIGIN Attribute" as the registry words it; static, never NULL. */
const char *wire_err_name(uint8_t code, uint8_t subcode);

/** AFI/SAFI to enum bgp_family; -1 for one that we do not speak. */
int wire_family(uint16_t afi, uint8_t safi);
uint16_t wire_family_afi(enum bgp_family f);
/** AF_INET / AF_INET6 */
uint8_t wire_family_af(enum bgp_family f);
/** "ipv4" / "ipv6" */
const char *wire_family_name(enum bgp_family f);
