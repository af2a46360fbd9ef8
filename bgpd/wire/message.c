/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Framing and the small messages.
 *
 *    0               16        18     19
 *   +---------------+---------+------+------------
 *   | marker: ones  | length  | type | body ...
 *   +---------------+---------+------+------------
 *
 * A header is judged as soon as its 19 octets are there, before the body has arrived: a peer that
 * announces 65535 octets of nonsense is refused at once. The one length that is not judged here is
 * that of ROUTE-REFRESH, whose error code depends on what was negotiated (RFC 7313 5).
 *
 * Text of a shutdown communication comes from the peer and ends in our log: it is checked to be
 * UTF-8 (RFC 3629: shortest form, no surrogates) and control characters become spaces.
 */
#include "bgpd/wire/message.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/compiler.h"

/* Lengths that RFC 4271 6.1 allows for a type; 0 as min: there is no such type. */
struct type_row {
	uint16_t min;
	uint16_t max;
};

static const struct type_row types[BGP_MSG_COUNT] = {
	[BGP_MSG_OPEN] = { 29, BGP_MAX_LEN }, /* RFC 8654 4: never extended */
	[BGP_MSG_UPDATE] = { 23, BGP_MAX_LEN_EXT },
	[BGP_MSG_NOTIFICATION] = { 21, BGP_MAX_LEN_EXT },
	[BGP_MSG_KEEPALIVE] = { 19, 19 },
	[BGP_MSG_REFRESH] = { 19, BGP_MAX_LEN_EXT },
};

static const uint8_t marker[BGP_MARKER_LEN] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

static int frame_fault(struct wire_err *err, uint8_t subcode, const char *why, struct cursor data)
{
	*err = (struct wire_err){ 0 };
	wire_err_set(err, WIRE_ACTION_RESET, BGP_ERR_HEADER, subcode, why);
	wire_err_data(err, data.p, cursor_left(&data));
	return -EBADMSG;
}

int wire_frame(const uint8_t *p, size_t avail, size_t max_len, struct wire_err *err)
{
	size_t len;
	uint8_t type;

	if (avail < BGP_HEADER_LEN)
		return 0;
	if (memcmp(p, marker, sizeof(marker)) != 0)
		return frame_fault(err, BGP_ERR_HEADER_SYNC, "marker is not all ones",
			cursor_make(p, 0));
	len = (size_t)p[16] << 8 | p[17];
	type = p[18];
	/* RFC 4271 6.1: the data is the length or the type as received. */
	if (len < BGP_HEADER_LEN || len > max_len)
		return frame_fault(err, BGP_ERR_HEADER_LENGTH,
			"length of the message is out of range", cursor_make(p + 16, 2));
	if (type >= BGP_MSG_COUNT || !types[type].min)
		return frame_fault(err, BGP_ERR_HEADER_TYPE, "type of the message is unknown",
			cursor_make(p + 18, 1));
	if (len < types[type].min || len > types[type].max)
		return frame_fault(err, BGP_ERR_HEADER_LENGTH,
			"length of the message does not suit its type", cursor_make(p + 16, 2));
	return (int)len;
}

int wire_notification_decode(const uint8_t *msg, size_t len, struct wire_notification *n)
{
	struct cursor c = cursor_make(msg, len);

	cursor_take(&c, BGP_HEADER_LEN);
	n->code = cursor_u8(&c);
	n->subcode = cursor_u8(&c);
	n->data_len = (uint16_t)cursor_left(&c);
	n->data = cursor_take(&c, n->data_len);
	return c.fault ? -EBADMSG : 0;
}

/* Octets of the UTF-8 character at p and its value; 0 if there is none (RFC 3629 4). */
static size_t utf8_take(const uint8_t *p, size_t left, uint32_t *value)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint8_t first = p[0];
	size_t n = first < 0x80 ? 1 : first < 0xc0 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;

	if (n == 0 || n > left || first > 0xf4)
		return 0;
	*value = n == 1 ? first : first & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		*value = *value << 6 | (p[i] & 0x3f);
	}
	if (*value < least[n] || *value > 0x10ffff || (*value >= 0xd800 && *value < 0xe000))
		return 0;
	return n;
}

/* C0, DEL, C1, and the marks that turn the direction of a terminal line. */
static bool is_unsafe(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x2028 && c <= 0x202e) ||
		(c >= 0x2066 && c <= 0x2069);
}

bool wire_text_is_utf8(const char *s)
{
	const size_t len = strlen(s);

	for (size_t off = 0, n; off < len; off += n) {
		uint32_t c;

		n = utf8_take((const uint8_t *)s + off, len - off, &c);
		if (!n)
			return false;
	}
	return true;
}

/*
 * RFC 9003 3 wants UTF-8. What is none is not lost: each such octet stands as \xNN, so that people
 * see what was sent and no reader of ours (terminal, JSON) is at the sender's mercy.
 */
static void copy_text(const uint8_t *p, size_t len, char *dst, size_t size)
{
	size_t used = 0;

	for (size_t off = 0, n; off < len; off += n) {
		char octet[8];
		const void *from = p + off;
		uint32_t c = 0;
		size_t put;

		n = utf8_take(p + off, len - off, &c);
		put = n;
		if (!n) {
			n = 1;
			put = (size_t)snprintf(octet, sizeof(octet), "\\x%02x", p[off]);
			from = octet;
		} else if (is_unsafe(c)) {
			put = 1;
			from = " ";
		}
		if (used + put >= size)
			break;
		memcpy(dst + used, from, put);
		used += put;
	}
	dst[used] = '\0';
}

bool wire_notification_unwrap(struct wire_notification *n)
{
	if (n->code != BGP_ERR_CEASE || n->subcode != BGP_ERR_CEASE_HARD_RESET)
		return false;
	if (n->data_len >= 2) {
		n->code = n->data[0];
		n->subcode = n->data[1];
		n->data += 2;
		n->data_len -= 2;
	}
	return true;
}

void wire_shutdown_text(const struct wire_notification *n, char *dst, size_t size)
{
	struct wire_notification in = *n;

	dst[0] = '\0';
	(void)wire_notification_unwrap(&in);
	if (in.code != BGP_ERR_CEASE ||
		(in.subcode != BGP_ERR_CEASE_SHUTDOWN && in.subcode != BGP_ERR_CEASE_RESET))
		return;
	if (in.data_len < 1 || in.data[0] > in.data_len - 1)
		return;
	copy_text(in.data + 1, in.data[0], dst, size);
}

int wire_refresh_decode(const uint8_t *msg, size_t len, const struct wire_session *s,
	struct wire_refresh *r, struct wire_err *err)
{
	struct cursor c = cursor_make(msg, len);
	uint16_t afi;
	uint8_t octet;

	cursor_take(&c, BGP_HEADER_LEN);
	afi = cursor_u16(&c);
	octet = cursor_u8(&c);
	r->family = wire_family(afi, cursor_u8(&c));
	/* RFC 2918 3: without RFC 7313 the third octet is reserved and ignored. */
	r->subtype = s->enhanced_refresh ? octet : 0;
	if (c.fault && !s->enhanced_refresh)
		return frame_fault(err, BGP_ERR_HEADER_LENGTH, "ROUTE-REFRESH is too short",
			cursor_make(msg + 16, 2));
	/* A longer request carries an ORF (RFC 5291), which is never negotiated: read as plain. */
	if (c.fault || ((r->subtype == 1 || r->subtype == 2) && cursor_left(&c))) {
		*err = (struct wire_err){ 0 };
		wire_err_set(err, WIRE_ACTION_RESET, BGP_ERR_REFRESH, BGP_ERR_REFRESH_LENGTH,
			"length of ROUTE-REFRESH is not 4");
		wire_err_data(err, msg, len); /* RFC 7313 5: the whole message */
		return -EBADMSG;
	}
	/* RFC 7313 5: an unknown subtype is ignored. */
	if (r->subtype > 2 || (r->family >= 0 && !(s->families & BGP_FAMILY_BIT(r->family))))
		r->family = -1;
	return 0;
}

size_t wire_header_begin(struct cursor_w *w, enum bgp_msg_type type)
{
	size_t off;

	cursor_w_bytes(w, marker, sizeof(marker));
	off = cursor_w_reserve(w, 2);
	cursor_w_u8(w, type);
	return off;
}

void wire_header_end(struct cursor_w *w, size_t len_off)
{
	if (!w->fault)
		cursor_w_patch_u16(w, len_off,
			(uint16_t)(cursor_w_len(w) - len_off + BGP_MARKER_LEN));
}

void wire_keepalive_encode(struct cursor_w *w)
{
	size_t off = wire_header_begin(w, BGP_MSG_KEEPALIVE);

	wire_header_end(w, off);
}

void wire_notification_encode(struct cursor_w *w, uint8_t code, uint8_t subcode, const void *data,
	size_t len)
{
	size_t off = wire_header_begin(w, BGP_MSG_NOTIFICATION);

	cursor_w_u8(w, code);
	cursor_w_u8(w, subcode);
	cursor_w_bytes(w, data, len);
	wire_header_end(w, off);
}

void wire_refresh_encode(struct cursor_w *w, enum bgp_family f, uint8_t subtype)
{
	size_t off = wire_header_begin(w, BGP_MSG_REFRESH);

	cursor_w_u16(w, wire_family_afi(f));
	cursor_w_u8(w, subtype);
	cursor_w_u8(w, BGP_SAFI_UNICAST);
	wire_header_end(w, off);
}
