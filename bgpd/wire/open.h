/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OPEN and its capabilities (RFC 4271 4.2, 5492, 9072). Identity is checked by the caller before
 * the options are looked at: wire_open_head first, wire_open_caps second.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "bgpd/wire/wire.h"
#include "lib/net/cursor.h"

struct wire_open {
	uint8_t version;
	uint16_t as2; /* the two-octet field: may be AS_TRANS */
	uint16_t hold_s;
	uint32_t router_id; /* host order */
	/* capabilities; zero when absent */
	uint32_t as4;     /* 0 = capability absent */
	uint8_t families; /* BGP_FAMILY_BIT(); no MP capability at all means IPv4 (RFC 4760 8) */
	bool has_mp;
	bool refresh;
	bool enhanced_refresh;
	bool ext_message;
	uint8_t ext_nexthop; /* families */
	uint8_t addpath_rx;  /* families the sender can receive */
	uint8_t addpath_tx;
	int8_t role;          /* RFC 9234, -1 = absent */
	bool gr;              /* RFC 4724 */
	bool gr_restarted;    /* R bit */
	bool gr_notification; /* N bit, RFC 8538 */
	uint16_t gr_time_s;
	uint8_t gr_families;   /* families listed */
	uint8_t gr_forwarding; /* F bit per family */
	bool llgr;             /* RFC 9494; without gr it means nothing */
	uint8_t llgr_families;
	uint8_t llgr_forwarding;
	uint32_t llgr_time_s[BGP_FAMILY_COUNT]; /* 24 bit */
};

/** Fixed part only. -EBADMSG with *err for what RFC 4271 6.2 calls an error of it. */
int wire_open_head(const uint8_t *msg, size_t len, struct wire_open *o, struct wire_err *err);
/** Optional parameters and capabilities; unknown ones are skipped. Call after wire_open_head. */
int wire_open_caps(const uint8_t *msg, size_t len, struct wire_open *o, struct wire_err *err);
/** The AS that the sender claims: as4 if present, else as2. */
uint32_t wire_open_as(const struct wire_open *o);
void wire_open_encode(struct cursor_w *w, const struct wire_open *o);
