/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The walk over a section of path attributes.
 *
 *   flags 1 | type 1 | length 1, or 2 with the Extended Length flag | value
 *
 * Each attribute goes down one ladder, numbered in read_one(); its row in attr_table.c says what a
 * fault costs. The strongest action of all faults is kept by wire_err_set(), and the walk goes on
 * after a fault, because the prefixes that have to be withdrawn may stand in MP_REACH_NLRI further
 * on (RFC 7606 3(h), 3(j)). Only an attribute that overruns the section ends the walk.
 */
#include "bgpd/wire/attr.h"

#include <stdio.h>
#include <string.h>

#include "bgpd/wire/attr_table.h"

#define FLAGS_CHECKED (BGP_ATTR_FLAG_OPTIONAL | BGP_ATTR_FLAG_TRANSITIVE)

struct fault {
	enum wire_action action;
	enum bgp_error_update subcode;
	const char *why;
};

struct attr_head {
	uint8_t flags;
	uint8_t type;
	struct octets value;
};

/* The type is put down with the first and worst fault; RFC 4271 6.3: the data is the attribute. */
static void note(struct wire_err *err, const struct attr_in *in, struct fault f)
{
	if (f.action <= err->action)
		return;
	wire_err_set(err, f.action, BGP_ERR_UPDATE, f.subcode, f.why);
	err->attr = in->tlv.len >= 2 ? in->tlv.p[1] : 0;
	wire_err_data(err, in->tlv.p, in->tlv.len);
}

static bool is_mp(uint8_t type)
{
	return type == BGP_ATTR_MP_REACH || type == BGP_ATTR_MP_UNREACH;
}

/* The next attribute; false with the fault noted when it overruns the section (RFC 7606 4). */
static bool take_one(struct attr_in *in, struct cursor *c, struct attr_head *h,
	struct wire_err *err)
{
	struct fault f = { WIRE_ACTION_WITHDRAW, BGP_ERR_UPDATE_LENGTH,
		"attribute overruns the attributes of the message" };
	const uint8_t *start = c->p;
	size_t left = cursor_left(c);

	h->flags = cursor_u8(c);
	h->type = cursor_u8(c);
	h->value.len = h->flags & BGP_ATTR_FLAG_EXTENDED ? cursor_u16(c) : cursor_u8(c);
	h->value.p = cursor_take(c, h->value.len);
	if (!c->fault) {
		in->tlv = (struct octets){ start, (uint16_t)(c->p - start) };
		return true;
	}
	in->tlv = (struct octets){ start, (uint16_t)left };
	if (left >= 2 && is_mp(h->type)) /* its prefixes are lost: nothing could be withdrawn */
		f.action = WIRE_ACTION_RESET;
	note(err, in, f);
	return false;
}

static void read_unknown(struct attr_in *in, const struct attr_head *h, struct wire_err *err)
{
	struct fault f = { WIRE_ACTION_RESET, BGP_ERR_UPDATE_WELL_KNOWN_UNKNOWN,
		"well-known attribute is unknown" };

	if (!(h->flags & BGP_ATTR_FLAG_OPTIONAL)) /* RFC 4271 6.3 */
		note(err, in, f);
	else if (h->flags & BGP_ATTR_FLAG_TRANSITIVE)
		attr_carry(in, h->value);
}

static bool length_fits(const struct attr_row *row, uint16_t len)
{
	return len >= row->min && len <= row->max && len % row->step == 0;
}

static void read_one(struct attr_in *in, const struct attr_head *h, bool is_twice,
	struct wire_err *err)
{
	const struct attr_row *row = attr_row(h->type);
	const char *why;

	/* 1: RFC 7606 3(g): the first of two counts; of two MP attributes none can be trusted. */
	if (is_twice) {
		note(err, in,
			(struct fault){ is_mp(h->type) ? WIRE_ACTION_RESET : WIRE_ACTION_DISCARD,
				BGP_ERR_UPDATE_ATTR_LIST, "attribute stands twice" });
		return;
	}
	/* 2: types without rules of their own. */
	if (!row->flags) {
		read_unknown(in, h, err);
		return;
	}
	/* 3: RFC 7606 7.5, 7.9, 7.10: right or wrong, it is nothing to us. */
	if (!attr_row_is_for(row, in->s)) {
		note(err, in,
			(struct fault){ WIRE_ACTION_DISCARD, BGP_ERR_UPDATE_ATTR_LIST,
				"attribute of internal neighbours from an external one" });
		return;
	}
	/* 4: RFC 7606 3(c). MP attributes are read all the same: their prefixes are withdrawn. */
	if ((h->flags & FLAGS_CHECKED) != row->flags) {
		note(err, in,
			(struct fault){ row->on_flags, BGP_ERR_UPDATE_FLAGS,
				"attribute flags are wrong" });
		if (!is_mp(h->type))
			return;
	}
	/* 5: length. */
	if (!length_fits(row, h->value.len)) {
		note(err, in,
			(struct fault){ row->on_fault,
				is_mp(h->type) ? BGP_ERR_UPDATE_OPTIONAL : BGP_ERR_UPDATE_LENGTH,
				"attribute length is wrong" });
		return;
	}
	/* 6: value. */
	why = row->decode ? row->decode(in, h->value) : NULL;
	if (why)
		note(err, in, (struct fault){ row->on_fault, row->value_subcode, why });
	else if (h->flags & BGP_ATTR_FLAG_PARTIAL)
		in->out->has |= row->partial;
}

void wire_attrs_decode(const struct wire_attrs_in *in, struct wire_attrs *out, struct wire_mp *mp,
	struct wire_err *err)
{
	struct cursor c = cursor_make(in->section.p, in->section.len);
	struct attr_in walk = {
		.s = in->s,
		.arena = in->arena,
		.out = out,
		.mp = mp,
		.end = c.end,
	};
	uint64_t seen[4] = { 0 };
	struct attr_head h;

	*out = (struct wire_attrs){ 0 };
	*mp = (struct wire_mp){ 0 };
	while (cursor_left(&c) && take_one(&walk, &c, &h, err)) {
		uint64_t bit = (uint64_t)1 << (h.type & 63);
		uint64_t *word = &seen[h.type >> 6];

		read_one(&walk, &h, *word & bit, err);
		*word |= bit;
		mp->others |= h.type != BGP_ATTR_MP_UNREACH;
	}
	if (c.fault)
		mp->others = true;
	attr_merge_as4(&walk);
}

void wire_attrs_encode(struct cursor_w *w, const struct wire_session *s,
	const struct wire_attrs *at, bool with_next_hop)
{
	const struct attr_out out = { w, s, at, with_next_hop };

	for (uint64_t left = ATTR_WRITTEN; left; left &= left - 1) {
		const struct attr_row *row = attr_row((uint8_t)__builtin_ctzll(left));

		if (attr_row_is_for(row, s))
			row->encode(&out);
	}
	cursor_w_bytes(w, at->unknown.p, at->unknown.len);
}

const char *wire_attr_name(uint8_t type, char *buf)
{
	const struct attr_row *row = attr_row(type);

	if (row->name)
		return row->name;
	snprintf(buf, 16, "attribute %u", type);
	return buf;
}
