/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing UPDATE, one prefix after the other, into the caller's buffer.
 *
 * RFC 7606 5.1 wants MP_REACH_NLRI in front of all other attributes, yet its length is known last.
 * So the other attributes are written first and wait at the very end of the buffer; prefixes grow
 * towards them, and wire_builder_end() moves them down behind the last prefix:
 *
 *   while adding  | header | MP_REACH, next hop, prefixes >>>      | attributes |
 *   at the end    | header | MP_REACH, next hop, prefixes | attributes |
 *
 * The writer's end lies before what waits there, so a prefix that does not fit is found by one
 * comparison. IPv4 over an IPv4 next hop, and all withdrawals of IPv4, use the fields of RFC 4271.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "bgpd/wire/message.h"
#include "bgpd/wire/update.h"

#define MP_HEAD_LEN     4 /* flags, type, two octets of length */
#define ATTRS_LEN_FIELD 2

static void start(struct wire_builder *b, const struct wire_session *s, enum bgp_family f,
	struct cursor_w w)
{
	*b = (struct wire_builder){
		.w = w,
		.s = s,
		.family = f,
		.addpath = s->addpath_tx & BGP_FAMILY_BIT(f),
	};
	b->off_len = wire_header_begin(&b->w, BGP_MSG_UPDATE);
}

static void put_mp_head(struct wire_builder *b, enum bgp_attr_type type)
{
	cursor_w_u8(&b->w, BGP_ATTR_FLAG_OPTIONAL | BGP_ATTR_FLAG_EXTENDED);
	cursor_w_u8(&b->w, type);
	b->off_mp = cursor_w_reserve(&b->w, 2);
	cursor_w_u16(&b->w, wire_family_afi(b->family));
	cursor_w_u8(&b->w, BGP_SAFI_UNICAST);
}

static void put_mp_next_hop(struct cursor_w *w, const struct wire_attrs *at)
{
	uint8_t len = family_bytes(at->next_hop.family);
	bool has_ll = len == 16 && ip_is_set(&at->next_hop_ll);

	cursor_w_u8(w, has_ll ? 32 : len);
	cursor_w_bytes(w, at->next_hop.b, len);
	if (has_ll)
		cursor_w_bytes(w, at->next_hop_ll.b, 16);
	cursor_w_u8(w, 0); /* reserved */
}

/* Move what was written since off to the end of the buffer, out of the way. */
static void put_aside(struct wire_builder *b, size_t off)
{
	size_t len = cursor_w_len(&b->w) - off;

	b->w.p = b->w.start + off;
	b->w.end -= len;
	memmove(b->w.end, b->w.p, len);
	b->tail_len = len;
}

static bool can_carry(const struct wire_session *s, enum bgp_family f, const struct ip_addr *nh)
{
	if (nh->family == wire_family_af(f))
		return true;
	return nh->family == AF_INET6 && s->ext_nexthop & BGP_FAMILY_BIT(f);
}

int wire_builder_announce(struct wire_builder *b, const struct wire_session *s,
	const struct wire_announce *an)
{
	if (!can_carry(s, an->family, &an->attrs->next_hop))
		return -EAFNOSUPPORT;
	start(b, s, an->family, cursor_w_make(an->buf, an->size));
	b->mp = an->attrs->next_hop.family != AF_INET;
	cursor_w_u16(&b->w, 0); /* withdrawn routes */
	b->off_section = cursor_w_reserve(&b->w, ATTRS_LEN_FIELD);
	wire_attrs_encode(&b->w, s, an->attrs, !b->mp);
	if (b->w.fault)
		return -EMSGSIZE;
	if (b->mp) {
		put_aside(b, b->off_section + ATTRS_LEN_FIELD);
		put_mp_head(b, BGP_ATTR_MP_REACH);
		put_mp_next_hop(&b->w, an->attrs);
	} else {
		cursor_w_patch_u16(&b->w, b->off_section,
			(uint16_t)(cursor_w_len(&b->w) - b->off_section - ATTRS_LEN_FIELD));
	}
	/* Any prefix of the family must fit, lest a loop over prefixes makes no headway. */
	if (b->w.fault ||
		cursor_w_left(&b->w) <
			(b->addpath ? 4u : 0u) + 1u + family_bytes(wire_family_af(an->family)))
		return -EMSGSIZE;
	return 0;
}

void wire_builder_withdraw(struct wire_builder *b, const struct wire_session *s, enum bgp_family f,
	uint8_t *buf, size_t size)
{
	start(b, s, f, cursor_w_make(buf, size));
	b->withdraws = true;
	b->mp = f != BGP_FAMILY_IP4;
	if (b->mp) {
		cursor_w_u16(&b->w, 0);
		b->off_section = cursor_w_reserve(&b->w, ATTRS_LEN_FIELD);
		put_mp_head(b, BGP_ATTR_MP_UNREACH);
	} else {
		b->off_section = cursor_w_reserve(&b->w, ATTRS_LEN_FIELD);
		b->w.end -= ATTRS_LEN_FIELD; /* of attributes: none, but the field must be there */
	}
}

static uint16_t written_since(const struct wire_builder *b, size_t off_field)
{
	return (uint16_t)(cursor_w_len(&b->w) - off_field - 2);
}

size_t wire_builder_end(struct wire_builder *b)
{
	struct cursor_w *w = &b->w;

	if (!b->n)
		return 0;
	if (b->mp) {
		cursor_w_patch_u16(w, b->off_mp, written_since(b, b->off_mp));
		if (b->tail_len)
			memmove(w->p, w->end, b->tail_len);
		w->p += b->tail_len;
		w->end += b->tail_len;
		cursor_w_patch_u16(w, b->off_section, written_since(b, b->off_section));
	} else if (b->withdraws) {
		cursor_w_patch_u16(w, b->off_section, written_since(b, b->off_section));
		w->end += ATTRS_LEN_FIELD;
		cursor_w_u16(w, 0);
	}
	wire_header_end(w, b->off_len);
	return cursor_w_len(w);
}

void wire_end_of_rib_encode(struct cursor_w *w, enum bgp_family f)
{
	size_t off = wire_header_begin(w, BGP_MSG_UPDATE);

	cursor_w_u16(w, 0);
	if (f == BGP_FAMILY_IP4) {
		cursor_w_u16(w, 0);
	} else {
		cursor_w_u16(w, 3 + 3);
		cursor_w_u8(w, BGP_ATTR_FLAG_OPTIONAL);
		cursor_w_u8(w, BGP_ATTR_MP_UNREACH);
		cursor_w_u8(w, 3);
		cursor_w_u16(w, wire_family_afi(f));
		cursor_w_u8(w, BGP_SAFI_UNICAST);
	}
	wire_header_end(w, off);
}
