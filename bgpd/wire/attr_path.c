/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attributes with AS numbers in them: AS_PATH, AGGREGATOR, and the two that carry four-octet
 * numbers through two-octet speakers (RFC 6793).
 *
 * A path is first checked and measured, then copied only if its form must change: on a four-octet
 * session the value in the message is the normal form already and is borrowed. From a two-octet
 * speaker it is widened, and AS4_PATH replaces its tail:
 *
 *   AS_PATH   64500 23456 23456 64501         4 long
 *   AS4_PATH              70000 64501         2 long
 *   result    64500 23456 70000 64501         the first 4 - 2 of AS_PATH, then AS4_PATH
 *
 * Segments of a confederation are an error in AS_PATH from outside of ours, and so is a path from
 * another member of it that does not begin with one (RFC 5065 5). They are dropped from AS4_PATH
 * (RFC 6793 6). AS_SET is read; refusing it (RFC 9774) is for policy, see
 * aspath_has_set().
 */
#include <string.h>

#include "bgpd/wire/aspath.h"
#include "bgpd/wire/attr_table.h"

#define SEGMENT_HEAD 2
#define SEGMENT_MAX  255

static uint32_t take_as(struct cursor *c, uint8_t width)
{
	return width == 4 ? cursor_u32(c) : cursor_u16(c);
}

/* One segment: NULL, or what is wrong (RFC 7606 7.2, RFC 7607 for AS 0). */
static const char *check_segment(struct cursor *c, uint8_t width, bool *confed)
{
	uint8_t type = cursor_u8(c);
	uint8_t count = cursor_u8(c);

	if (c->fault)
		return "segment is cut short";
	if (type < BGP_AS_SET || type > BGP_AS_CONFED_SET)
		return "segment type is unknown";
	if (count == 0)
		return "segment is empty";
	if (cursor_left(c) < (size_t)count * width)
		return "segment overruns the attribute";
	*confed = aspath_is_confed(type);
	for (unsigned int i = 0; i < count; i++) {
		if (take_as(c, width) == 0)
			return "AS number is 0";
	}
	return NULL;
}

/* *confed: it has segments of a confederation. */
static const char *check_path(struct octets v, uint8_t width, bool *confed)
{
	struct cursor c = cursor_make(v.p, v.len);
	size_t widened = 0;
	const char *why = NULL;

	*confed = false;
	while (!why && cursor_left(&c)) {
		const uint8_t *start = c.p;
		bool here = false;

		why = check_segment(&c, width, &here);
		*confed |= here;
		if (!why)
			widened += SEGMENT_HEAD + (size_t)start[1] * 4;
	}
	if (!why && widened > UINT16_MAX) /* could not be passed on to anybody */
		return "path is too long";
	return why;
}

/* Copy of a checked path with four octets a number. */
static struct octets widen(struct arena *a, struct octets v, uint8_t width)
{
	struct cursor c = cursor_make(v.p, v.len);
	struct cursor_w w;
	size_t room = (size_t)v.len * 2;

	w = cursor_w_make(arena_alloc(a, room), room);
	while (cursor_left(&c)) {
		uint8_t type = cursor_u8(&c);
		uint8_t count = cursor_u8(&c);

		cursor_w_u8(&w, type);
		cursor_w_u8(&w, count);
		for (unsigned int i = 0; i < count; i++)
			cursor_w_u32(&w, take_as(&c, width));
	}
	return (struct octets){ w.start, (uint16_t)cursor_w_len(&w) };
}

const char *attr_decode_as_path(struct attr_in *in, struct octets v)
{
	uint8_t width = in->s->as4 ? 4 : 2;
	bool confed;
	const char *why = check_path(v, width, &confed);

	if (!why && confed && !in->s->confed)
		why = "confederation segment from outside of the confederation";
	if (!why && in->s->confed && !in->s->ibgp &&
		(v.len == 0 || v.p[0] != BGP_AS_CONFED_SEQUENCE))
		why = "path from another member AS does not begin with it";
	if (why)
		return why;
	in->out->as_path = width == 4 || v.len == 0 ? v : widen(in->arena, v, width);
	in->out->has |= WIRE_HAS_AS_PATH;
	return NULL;
}

const char *attr_decode_as4_path(struct attr_in *in, struct octets v)
{
	bool confed;
	const char *why;

	if (in->s->as4) /* RFC 6793 3 */
		return "from a speaker of four-octet AS numbers";
	why = check_path(v, 4, &confed);
	if (!why)
		in->as4_path = confed ? aspath_strip_confed(in->arena, v) : v;
	return why;
}

const char *attr_decode_aggregator(struct attr_in *in, struct octets v)
{
	uint8_t width = in->s->as4 ? 4 : 2;
	struct cursor c = cursor_make(v.p, v.len);
	uint32_t as;

	if (v.len != width + 4)
		return "length does not suit the session";
	as = take_as(&c, width);
	if (as == 0)
		return "AS number is 0"; /* RFC 7607 */
	in->out->aggregator_as = as;
	in->out->aggregator_id = cursor_u32(&c);
	in->out->has |= WIRE_HAS_AGGREGATOR;
	return NULL;
}

const char *attr_decode_as4_aggregator(struct attr_in *in, struct octets v)
{
	if (in->s->as4)
		return "from a speaker of four-octet AS numbers";
	if (be32_get(v.p) == 0)
		return "AS number is 0";
	in->as4_aggregator_as = be32_get(v.p);
	in->as4_aggregator_id = be32_get(v.p + 4);
	return NULL;
}

/*
 * The segments of the first `lead` steps of a path, a set being one step. Segments of the
 * confederation are no step: they come along if all before them does (RFC 6793 4.2.3).
 */
static void put_lead(struct cursor_w *w, struct octets path, uint32_t lead)
{
	bool whole = true;
	struct aspath_iter it;

	aspath_iter_init(&it, path);
	while (whole && aspath_iter_next(&it)) {
		const bool is_sequence = it.type == BGP_AS_SEQUENCE;
		const uint32_t steps = is_sequence ? it.count : !aspath_is_confed(it.type);
		const uint32_t take = steps < lead ? steps : lead;
		const uint8_t count = is_sequence ? (uint8_t)take : it.count;

		whole = take == steps;
		if (steps && !take)
			break;
		cursor_w_u8(w, it.type);
		cursor_w_u8(w, count);
		cursor_w_bytes(w, it.as, (size_t)count * 4);
		lead -= take;
	}
}

/* Offset of the last segment of a path that is being written; its length if there is none. */
static size_t last_segment(struct octets path)
{
	struct aspath_iter it;
	size_t off = path.len;

	aspath_iter_init(&it, path);
	while (aspath_iter_next(&it))
		off = (size_t)(it.as - path.p) - SEGMENT_HEAD;
	return off;
}

static struct octets merge_paths(struct attr_in *in, uint32_t lead)
{
	const struct octets tail = in->as4_path;
	size_t room = (size_t)in->out->as_path.len + tail.len;
	struct cursor_w w = cursor_w_make(arena_alloc(in->arena, room), room);
	uint8_t *last;
	size_t skip = 0;

	put_lead(&w, in->out->as_path, lead);
	last = w.start + last_segment((struct octets){ w.start, (uint16_t)cursor_w_len(&w) });
	/* Two sequences that meet become one, as if no two-octet speaker had been between. */
	if (last != w.p && last[0] == BGP_AS_SEQUENCE && tail.p[0] == BGP_AS_SEQUENCE &&
		last[1] + tail.p[1] <= SEGMENT_MAX) {
		last[1] += tail.p[1];
		skip = SEGMENT_HEAD;
	}
	cursor_w_bytes(&w, tail.p + skip, tail.len - skip);
	return (struct octets){ w.start, (uint16_t)cursor_w_len(&w) };
}

void attr_merge_as4(struct attr_in *in)
{
	struct wire_attrs *out = in->out;
	uint32_t len;
	uint32_t len4;

	if (in->as4_aggregator_as && out->has & WIRE_HAS_AGGREGATOR) {
		/* An old speaker has aggregated since: all that was tunnelled is out of date. */
		if (out->aggregator_as != BGP_AS_TRANS)
			return;
		out->aggregator_as = in->as4_aggregator_as;
		out->aggregator_id = in->as4_aggregator_id;
	}
	if (!in->as4_path.len || !(out->has & WIRE_HAS_AS_PATH))
		return;
	len = aspath_length(out->as_path);
	len4 = aspath_length(in->as4_path);
	if (len < len4 || (size_t)out->as_path.len + in->as4_path.len > UINT16_MAX)
		return;
	out->as_path = merge_paths(in, len - len4);
}

/* Does some number, outside of confederation segments, need four octets? */
static bool is_wide(struct octets path)
{
	struct aspath_iter it;

	aspath_iter_init(&it, path);
	while (aspath_iter_next(&it)) {
		for (unsigned int i = 0; !aspath_is_confed(it.type) && i < it.count; i++) {
			if (aspath_iter_as(&it, (uint8_t)i) > UINT16_MAX)
				return true;
		}
	}
	return false;
}

static void encode_narrow_path(const struct attr_out *out, struct octets path)
{
	struct cursor_w *w = out->w;
	struct aspath_iter it;
	size_t size = 0;

	aspath_iter_init(&it, path);
	while (aspath_iter_next(&it))
		size += SEGMENT_HEAD + (size_t)it.count * 2;
	attr_put_head(out, BGP_ATTR_AS_PATH, size);
	aspath_iter_init(&it, path);
	while (aspath_iter_next(&it)) {
		cursor_w_u8(w, it.type);
		cursor_w_u8(w, it.count);
		for (unsigned int i = 0; i < it.count; i++) {
			uint32_t as = aspath_iter_as(&it, (uint8_t)i);

			cursor_w_u16(w, as > UINT16_MAX ? BGP_AS_TRANS : (uint16_t)as);
		}
	}
}

void attr_encode_as_path(const struct attr_out *out)
{
	const struct octets path = out->at->as_path;

	if (!(out->at->has & WIRE_HAS_AS_PATH))
		return;
	if (!out->s->as4) {
		encode_narrow_path(out, path);
		return;
	}
	attr_put_head(out, BGP_ATTR_AS_PATH, path.len);
	cursor_w_bytes(out->w, path.p, path.len);
}

void attr_encode_as4_path(const struct attr_out *out)
{
	struct aspath_iter it;
	size_t size = 0;

	if (out->s->as4 || !(out->at->has & WIRE_HAS_AS_PATH) || !is_wide(out->at->as_path))
		return;
	/* RFC 6793 4.2.2: without the confederation's segments. */
	aspath_iter_init(&it, out->at->as_path);
	while (aspath_iter_next(&it))
		size += aspath_is_confed(it.type) ? 0 : SEGMENT_HEAD + (size_t)it.count * 4;
	attr_put_head(out, BGP_ATTR_AS4_PATH, size);
	aspath_iter_init(&it, out->at->as_path);
	while (aspath_iter_next(&it)) {
		if (!aspath_is_confed(it.type))
			cursor_w_bytes(out->w, it.as - SEGMENT_HEAD,
				SEGMENT_HEAD + (size_t)it.count * 4);
	}
}

void attr_encode_aggregator(const struct attr_out *out)
{
	uint32_t as = out->at->aggregator_as;

	if (!(out->at->has & WIRE_HAS_AGGREGATOR))
		return;
	attr_put_head(out, BGP_ATTR_AGGREGATOR, out->s->as4 ? 8 : 6);
	if (out->s->as4)
		cursor_w_u32(out->w, as);
	else
		cursor_w_u16(out->w, as > UINT16_MAX ? BGP_AS_TRANS : (uint16_t)as);
	cursor_w_u32(out->w, out->at->aggregator_id);
}

void attr_encode_as4_aggregator(const struct attr_out *out)
{
	if (out->s->as4 || !(out->at->has & WIRE_HAS_AGGREGATOR) ||
		out->at->aggregator_as <= UINT16_MAX)
		return;
	attr_put_head(out, BGP_ATTR_AS4_AGGREGATOR, 8);
	cursor_w_u32(out->w, out->at->aggregator_as);
	cursor_w_u32(out->w, out->at->aggregator_id);
}
