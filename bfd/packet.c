/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A packet is fixed in form, so it is read by a cursor of the length that it claims, after that
 * length was found to lie inside the datagram. Octets behind it are nobody's and ignored (RFC 5880
 * 6.8.6 asks only that the length is not greater than the payload).
 */
#include "bfd/packet.h"

#include <assert.h>

#include "lib/base/compiler.h"
#include "lib/net/cursor.h"

#define LEN_AUTH_MIN 26 /* with type and length of an authentication section */

enum bfd_flag {
	FLAG_POLL = 1 << 5,
	FLAG_FINAL = 1 << 4,
	FLAG_INDEPENDENT = 1 << 3,
	FLAG_AUTH = 1 << 2,
	FLAG_DEMAND = 1 << 1,
	FLAG_MULTIPOINT = 1 << 0,
};

static void read_fields(const uint8_t *p, struct bfd_packet *out)
{
	struct cursor c = cursor_make(p, BFD_HEADER_LEN);
	const uint8_t first = cursor_u8(&c);
	const uint8_t second = cursor_u8(&c);

	*out = (struct bfd_packet){
		.diag = first & 0x1f,
		.state = second >> 6,
		.poll = second & FLAG_POLL,
		.final = second & FLAG_FINAL,
		.independent = second & FLAG_INDEPENDENT,
		.has_auth = second & FLAG_AUTH,
		.demand = second & FLAG_DEMAND,
	};
	out->multiplier = cursor_u8(&c);
	out->len = cursor_u8(&c);
	out->my_discr = cursor_u32(&c);
	out->your_discr = cursor_u32(&c);
	out->desired_min_tx_us = cursor_u32(&c);
	out->required_min_rx_us = cursor_u32(&c);
	out->required_min_echo_us = cursor_u32(&c);
}

/* RFC 5880 6.8.6, step by step. */
enum bfd_drop bfd_packet_decode(const uint8_t *p, size_t len, struct bfd_packet *out)
{
	if (len < BFD_HEADER_LEN)
		return BFD_DROP_SHORT;
	read_fields(p, out);
	if (p[0] >> 5 != BFD_VERSION)
		return BFD_DROP_VERSION;
	if (out->len < (out->has_auth ? LEN_AUTH_MIN : BFD_HEADER_LEN) || out->len > len)
		return BFD_DROP_LENGTH;
	if (out->multiplier == 0)
		return BFD_DROP_MULTIPLIER;
	if (p[1] & FLAG_MULTIPOINT)
		return BFD_DROP_MULTIPOINT;
	if (out->my_discr == 0)
		return BFD_DROP_DISCRIMINATOR;
	if (out->your_discr == 0 && out->state != BFD_STATE_DOWN &&
		out->state != BFD_STATE_ADMIN_DOWN)
		return BFD_DROP_DISCRIMINATOR;
	/* RFC 5880 6.5: a packet must not have both */
	if (out->poll && out->final)
		return BFD_DROP_FLAGS;
	return BFD_DROP_NONE;
}

/*
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * |Vers |  Diag   |Sta|P|F|C|A|D|M|  Detect Mult  |    Length     |
 * |                       My Discriminator                        |
 * |                      Your Discriminator                       |
 * |                    Desired Min TX Interval                    |
 * |                   Required Min RX Interval                    |
 * |                 Required Min Echo RX Interval                 |
 */
void bfd_packet_encode(const struct bfd_packet *p, uint8_t dst[BFD_HEADER_LEN])
{
	struct cursor_w w = cursor_w_make(dst, BFD_HEADER_LEN);

	cursor_w_u8(&w, (uint8_t)(BFD_VERSION << 5 | (p->diag & 0x1f)));
	cursor_w_u8(&w,
		(uint8_t)((unsigned)p->state << 6 | (p->poll ? FLAG_POLL : 0) |
			(p->final ? FLAG_FINAL : 0) | (p->independent ? FLAG_INDEPENDENT : 0) |
			(p->has_auth ? FLAG_AUTH : 0) | (p->demand ? FLAG_DEMAND : 0)));
	cursor_w_u8(&w, p->multiplier);
	cursor_w_u8(&w, p->len);
	cursor_w_u32(&w, p->my_discr);
	cursor_w_u32(&w, p->your_discr);
	cursor_w_u32(&w, p->desired_min_tx_us);
	cursor_w_u32(&w, p->required_min_rx_us);
	cursor_w_u32(&w, p->required_min_echo_us);
}

const char *bfd_state_name(enum bfd_state s)
{
	static const char *const names[] = {
		[BFD_STATE_ADMIN_DOWN] = "admin-down",
		[BFD_STATE_DOWN] = "down",
		[BFD_STATE_INIT] = "init",
		[BFD_STATE_UP] = "up",
	};

	static_assert(ARRAY_SIZE(names) == BFD_STATE_COUNT, "one name a state");
	return s < BFD_STATE_COUNT ? names[s] : "unknown";
}

const char *bfd_diag_name(uint8_t diag)
{
	static const char *const names[] = {
		[BFD_DIAG_NONE] = "no diagnostic",
		[BFD_DIAG_EXPIRED] = "control detection time expired",
		[BFD_DIAG_ECHO_FAILED] = "echo function failed",
		[BFD_DIAG_NEIGHBOR_DOWN] = "neighbor signaled session down",
		[BFD_DIAG_PLANE_RESET] = "forwarding plane reset",
		[BFD_DIAG_PATH_DOWN] = "path down",
		[BFD_DIAG_CONCATENATED_DOWN] = "concatenated path down",
		[BFD_DIAG_ADMIN_DOWN] = "administratively down",
		[BFD_DIAG_REVERSE_DOWN] = "reverse concatenated path down",
	};

	static_assert(ARRAY_SIZE(names) == BFD_DIAG_COUNT, "one name a diagnostic");
	return diag < BFD_DIAG_COUNT ? names[diag] : "reserved";
}

const char *bfd_drop_name(enum bfd_drop d)
{
	static const char *const names[] = {
		[BFD_DROP_NONE] = "none",
		[BFD_DROP_HOPS] = "ttl",
		[BFD_DROP_SHORT] = "short",
		[BFD_DROP_VERSION] = "version",
		[BFD_DROP_LENGTH] = "length",
		[BFD_DROP_MULTIPLIER] = "multiplier",
		[BFD_DROP_MULTIPOINT] = "multipoint",
		[BFD_DROP_DISCRIMINATOR] = "discriminator",
		[BFD_DROP_FLAGS] = "flags",
		[BFD_DROP_NO_SESSION] = "no-session",
		[BFD_DROP_AUTH_MISSING] = "authentication-missing",
		[BFD_DROP_AUTH_BAD] = "authentication-bad",
		[BFD_DROP_AUTH_REPLAY] = "authentication-replay",
	};

	static_assert(ARRAY_SIZE(names) == BFD_DROP_COUNT, "one name a reason");
	return d < BFD_DROP_COUNT ? names[d] : "unknown";
}
