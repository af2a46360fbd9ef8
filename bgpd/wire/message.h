/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Framing and the small messages: header, KEEPALIVE, NOTIFICATION, ROUTE-REFRESH. OPEN and UPDATE
 * have files of their own.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bgpd/wire/wire.h"
#include "lib/net/cursor.h"

/**
 * Length of the message that starts at p (avail octets are there), once its header can be judged.
 *
 * Returns the whole length (header included), 0 when more octets are needed to tell, or -EBADMSG
 * with
 * *err set (RFC 4271 6.1: marker, length per type, type). max_len is 4096 or 65535.
 */
int wire_frame(const uint8_t *p, size_t avail, size_t max_len, struct wire_err *err);

struct wire_notification {
	uint8_t code;
	uint8_t subcode;
	const uint8_t *data; /* borrowed from the message */
	uint16_t data_len;
};

struct wire_refresh {
	int family;      /* enum bgp_family or -1: not ours, ignore */
	uint8_t subtype; /* RFC 7313: 0 request, 1 begin, 2 end */
};

/* Decoders get the whole message, header included, that wire_frame has accepted. */
int wire_notification_decode(const uint8_t *msg, size_t len, struct wire_notification *n);
/** Is it UTF-8 as RFC 3629 has it? */
bool wire_text_is_utf8(const char *s);
/** Text of a shutdown communication (RFC 9003) as safe UTF-8; "" if there is none. */
void wire_shutdown_text(const struct wire_notification *n, char *dst, size_t size);
int wire_refresh_decode(const uint8_t *msg, size_t len, const struct wire_session *s,
	struct wire_refresh *r, struct wire_err *err);

/* Encoders write a whole message; a writer that is too small ends with its fault set. */
void wire_keepalive_encode(struct cursor_w *w);
/**
 * RFC 8538 3: is it a hard reset? Then n becomes what is wrapped in it; code and subcode stay
 * Cease/Hard Reset if nothing is.
 */
bool wire_notification_unwrap(struct wire_notification *n);
void wire_notification_encode(struct cursor_w *w, uint8_t code, uint8_t subcode, const void *data,
	size_t len);
void wire_refresh_encode(struct cursor_w *w, enum bgp_family f, uint8_t subtype);
/** Marker, room for the length, type: returns the offset of the length for wire_header_end. */
size_t wire_header_begin(struct cursor_w *w, enum bgp_msg_type type);
void wire_header_end(struct cursor_w *w, size_t len_off);
