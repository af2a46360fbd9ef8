/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading UPDATE in two steps: wire_update_split() finds the fields, wire_update_decode() reads
 * them. Between the two a caller may look the raw attributes up in a cache, and then only needs
 * wire_update_check_nlri().
 *
 * Faults that RFC 7606 still answers with a reset are those after which it is unknown which
 * prefixes the message was about: fields that do not fit (3.1), NLRI that cannot be parsed (3.10,
 * or 3.9 inside of an MP attribute), and a fault that would withdraw in a message that announces
 * nothing (5.2).
 *
 * NLRI is checked once for the whole message, so that the loop over prefixes (in the header) has
 * nothing left to check.
 */
#include "bgpd/wire/update.h"

#include <errno.h>
#include <string.h>

#include "bgpd/wire/attr_table.h"

#define MP_NLRI_RESERVED 1

static int reset(struct wire_err *err, enum bgp_error_update subcode, const char *why)
{
	wire_err_set(err, WIRE_ACTION_RESET, BGP_ERR_UPDATE, subcode, why);
	return -EBADMSG;
}

static struct octets take_field(struct cursor *c, size_t len)
{
	const uint8_t *p = cursor_take(c, len);

	return (struct octets){ p, p ? (uint16_t)len : 0 };
}

static struct wire_nlri make_nlri(const struct wire_session *s, int family, struct octets o)
{
	bool spoken = family >= 0 && s->families & BGP_FAMILY_BIT(family);

	return (struct wire_nlri){
		.family = spoken ? family : -1,
		.addpath = spoken && s->addpath_rx & BGP_FAMILY_BIT(family),
		.o = o,
	};
}

int wire_update_split(const uint8_t *msg, size_t len, const struct wire_session *s,
	struct wire_update *u, struct wire_err *err)
{
	struct cursor c = cursor_make(msg, len);
	struct octets withdrawn;
	struct octets reach;

	*err = (struct wire_err){ 0 };
	*u = (struct wire_update){ .end_of_rib = -1 };
	cursor_take(&c, BGP_HEADER_LEN);
	withdrawn = take_field(&c, cursor_u16(&c));
	u->raw_attrs = take_field(&c, cursor_u16(&c));
	if (c.fault)
		return reset(err, BGP_ERR_UPDATE_ATTR_LIST, "fields overrun the message");
	reach = take_field(&c, cursor_left(&c));
	u->withdrawn[0] = make_nlri(s, BGP_FAMILY_IP4, withdrawn);
	u->reach[0] = make_nlri(s, BGP_FAMILY_IP4, reach);
	u->withdrawn[1].family = -1;
	u->reach[1].family = -1;
	if (!withdrawn.len && !u->raw_attrs.len && !reach.len)
		u->end_of_rib = u->reach[0].family;
	return 0;
}

/* Is every prefix of the list whole, and of a length that its family has? */
static bool is_sound(const struct wire_nlri *n)
{
	const size_t id = n->addpath ? 4 : 0;
	size_t left = n->o.len;
	const uint8_t *p = n->o.p;
	unsigned max;

	if (n->family < 0 || !left)
		return true;
	max = family_bits(wire_family_af(n->family));
	while (left > id) {
		const unsigned bits = p[id];
		const size_t size = id + 1 + (bits + 7) / 8;

		if (bits > max || size > left)
			return false;
		p += size;
		left -= size;
	}
	return left == 0;
}

int wire_update_check_nlri(const struct wire_update *u, struct wire_err *err)
{
	if (!is_sound(&u->withdrawn[0]))
		return reset(err, BGP_ERR_UPDATE_NETWORK, "withdrawn routes cannot be parsed");
	if (!is_sound(&u->reach[0]))
		return reset(err, BGP_ERR_UPDATE_NETWORK, "NLRI cannot be parsed");
	return 0;
}

/* RFC 4271 6.3: the data of an Optional Attribute Error is the attribute. */
static int mp_fault(struct wire_err *err, struct octets tlv, const char *why)
{
	wire_err_set(err, WIRE_ACTION_RESET, BGP_ERR_UPDATE, BGP_ERR_UPDATE_OPTIONAL, why);
	err->attr = tlv.p[1];
	wire_err_data(err, tlv.p, tlv.len);
	return -EBADMSG;
}

static bool next_hop_length_fits(const struct wire_session *s, int family, uint8_t len)
{
	if (family == BGP_FAMILY_IP4 && len == 4)
		return true;
	if (family == BGP_FAMILY_IP4 && !(s->ext_nexthop & BGP_FAMILY_BIT(BGP_FAMILY_IP4)))
		return false;
	return len == 16 || len == 32; /* RFC 2545 3, RFC 8950 3 */
}

/*
 * The address itself is not judged (RFC 7606 7.11 speaks of its length only): one that is no host
 * address never resolves.
 *
 * Some speakers without a global address fill the first half of the long form with :: or repeat the
 * link-local address there: the link-local address is the next hop then.
 */
static void read_next_hop(struct wire_update *u, struct octets nh)
{
	struct ip_addr any6 = { .family = AF_INET6 };

	u->mp_next_hop = ip_from_bytes(nh.len == 4 ? AF_INET : AF_INET6, nh.p);
	if (nh.len != 32)
		return;
	u->mp_next_hop_ll = ip_from_bytes(AF_INET6, nh.p + 16);
	if (!ip_is_link_local(&u->mp_next_hop_ll))
		u->mp_next_hop_ll = (struct ip_addr){ 0 };
	else if (ip_is_equal(&u->mp_next_hop, &any6))
		u->mp_next_hop = u->mp_next_hop_ll;
}

/*
 *   AFI 2 | SAFI 1 | length of next hop 1 | next hop | reserved 1 | NLRI     (RFC 4760 3)
 */
static int read_mp_reach(struct wire_update *u, const struct wire_session *s,
	const struct wire_mp *mp, struct wire_err *err)
{
	struct cursor c = cursor_make(mp->reach.p, mp->reach.len);
	uint16_t afi = cursor_u16(&c);
	int family = wire_family(afi, cursor_u8(&c));
	struct octets nh = take_field(&c, cursor_u8(&c));

	cursor_take(&c, MP_NLRI_RESERVED);
	if (c.fault)
		return mp_fault(err, mp->reach_tlv, "MP_REACH_NLRI is cut short");
	u->reach[1] = make_nlri(s, family, take_field(&c, cursor_left(&c)));
	if (u->reach[1].family < 0)
		return 0;
	if (!next_hop_length_fits(s, family, (uint8_t)nh.len))
		return mp_fault(err, mp->reach_tlv, "length of the next hop is wrong");
	if (!is_sound(&u->reach[1]))
		return mp_fault(err, mp->reach_tlv, "NLRI of MP_REACH_NLRI cannot be parsed");
	read_next_hop(u, nh);
	return 0;
}

static int read_mp_unreach(struct wire_update *u, const struct wire_session *s,
	const struct wire_mp *mp, struct wire_err *err)
{
	struct cursor c = cursor_make(mp->unreach.p, mp->unreach.len);
	uint16_t afi = cursor_u16(&c);
	int family = wire_family(afi, cursor_u8(&c));

	if (c.fault)
		return mp_fault(err, mp->unreach_tlv, "MP_UNREACH_NLRI is cut short");
	u->withdrawn[1] = make_nlri(s, family, take_field(&c, cursor_left(&c)));
	if (!is_sound(&u->withdrawn[1]))
		return mp_fault(err, mp->unreach_tlv, "MP_UNREACH_NLRI cannot be parsed");
	/* RFC 4724 2: the attribute is empty and all that there is. */
	if (!mp->others && !u->withdrawn[0].o.len && !u->reach[0].o.len && !u->withdrawn[1].o.len)
		u->end_of_rib = u->withdrawn[1].family;
	return 0;
}

static void missing(struct wire_err *err, uint8_t type)
{
	if (err->action >= WIRE_ACTION_WITHDRAW)
		return;
	wire_err_set(err, WIRE_ACTION_WITHDRAW, BGP_ERR_UPDATE, BGP_ERR_UPDATE_MISSING,
		"mandatory attribute is missing");
	err->attr = type;
	wire_err_data(err, &type, 1);
}

/* RFC 7606 3(d). NEXT_HOP is for the field of IPv4 only (RFC 4760 3). */
static void check_mandatory(const struct wire_update *u, struct wire_err *err)
{
	if (!u->reach[0].o.len && !u->reach[1].o.len)
		return;
	if (!(u->attrs.has & WIRE_HAS_ORIGIN))
		missing(err, BGP_ATTR_ORIGIN);
	if (!(u->attrs.has & WIRE_HAS_AS_PATH))
		missing(err, BGP_ATTR_AS_PATH);
	if (u->reach[0].o.len && !(u->attrs.has & WIRE_HAS_NEXT_HOP))
		missing(err, BGP_ATTR_NEXT_HOP);
}

int wire_update_decode(struct wire_update *u, const struct wire_session *s, struct arena *a,
	struct wire_err *err)
{
	const struct wire_attrs_in in = { .s = s, .section = u->raw_attrs, .arena = a };
	struct wire_mp mp;

	if (wire_update_check_nlri(u, err))
		return -EBADMSG;
	wire_attrs_decode(&in, &u->attrs, &mp, err);
	if (err->action == WIRE_ACTION_RESET)
		return -EBADMSG;
	u->has_mp = mp.reach.p || mp.unreach.p;
	if (mp.reach.p && read_mp_reach(u, s, &mp, err))
		return -EBADMSG;
	if (mp.unreach.p && read_mp_unreach(u, s, &mp, err))
		return -EBADMSG;
	check_mandatory(u, err);
	/* RFC 7606 5.2: there is nothing to withdraw, so what was meant cannot be known. */
	if (err->action == WIRE_ACTION_WITHDRAW && mp.others && !u->reach[0].o.len &&
		!u->reach[1].o.len) {
		err->action = WIRE_ACTION_RESET;
		return -EBADMSG;
	}
	return 0;
}

void wire_nlri_begin(struct wire_nlri_iter *it, const struct wire_nlri *n)
{
	bool spoken = n->family >= 0;

	it->p = n->o.p;
	it->end = spoken ? n->o.p + n->o.len : n->o.p;
	it->af = spoken ? wire_family_af(n->family) : 0;
	it->addpath = n->addpath;
}

size_t wire_nlri_size(const struct prefix *pfx, bool addpath)
{
	return (addpath ? 4u : 0u) + 1u + (pfx->len + 7u) / 8u;
}
