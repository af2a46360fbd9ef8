/* SPDX-License-Identifier: Apache-2.0 */
/*
 * UPDATE. The first octet chooses the session, the rest is the body. Two properties are checked on
 * what was accepted: attributes that are written and read again are written the same way once more,
 * and prefixes that go through the builder come out as they went in.
 */
#include <string.h>

#include "bgpd/wire/aspath.h"
#include "bgpd/wire/message.h"
#include "bgpd/wire/update.h"
#include "fuzz/fuzz.h"
#include "lib/base/xalloc.h"

#define OPTION_AS4         1
#define OPTION_IBGP        2
#define OPTION_EXT_NEXTHOP 4
#define OPTION_ADD_PATH    8
#define OPTION_WITHOUT_IP4 16
#define OPTION_WITHOUT_IP6 32
#define ROUND_TRIP_MAX     16384 /* beyond it two-octet sessions may not hold all that was read */

static struct wire_session session_of(uint8_t options)
{
	struct wire_session s = {
		.as4 = options & OPTION_AS4,
		.ibgp = options & OPTION_IBGP,
		.ext_nexthop = options & OPTION_EXT_NEXTHOP ? 1 : 0,
		.families = 3,
	};

	if (options & OPTION_WITHOUT_IP4)
		s.families &= (uint8_t)~BGP_FAMILY_BIT(BGP_FAMILY_IP4);
	if (options & OPTION_WITHOUT_IP6)
		s.families &= (uint8_t)~BGP_FAMILY_BIT(BGP_FAMILY_IP6);
	if (options & OPTION_ADD_PATH)
		s.addpath_rx = s.addpath_tx = 3;
	return s;
}

/* What the message costs; *u is whole if that is less than a reset. */
static enum wire_action decode(struct octets msg, const struct wire_session *s, struct arena *a,
	struct wire_update *u)
{
	struct wire_err err;
	int ret = wire_update_split(msg.p, msg.len, s, u, &err);

	if (!ret)
		ret = wire_update_decode(u, s, a, &err);
	fuzz_check(ret ? err.action == WIRE_ACTION_RESET : err.action < WIRE_ACTION_RESET);
	fuzz_check(!err.action || (err.code == BGP_ERR_UPDATE && err.why));
	return err.action;
}

static void check_attrs(const struct wire_attrs *at, const struct wire_session *s, struct arena *a)
{
	uint8_t *first = arena_alloc(a, ROUND_TRIP_MAX);
	uint8_t *second = arena_alloc(a, ROUND_TRIP_MAX);
	struct cursor_w w = cursor_w_make(first, ROUND_TRIP_MAX);
	struct cursor_w v = cursor_w_make(second, ROUND_TRIP_MAX);
	struct wire_attrs_in in = { .s = s, .arena = a };
	struct wire_attrs again;
	struct wire_mp mp;
	struct wire_err err = { 0 };
	char text[64];

	wire_attrs_encode(&w, s, at, true);
	if (w.fault)
		return;
	in.section = (struct octets){ first, (uint16_t)cursor_w_len(&w) };
	wire_attrs_decode(&in, &again, &mp, &err);
	fuzz_check(err.action == WIRE_ACTION_NONE);
	wire_attrs_encode(&v, s, &again, true);
	fuzz_check(cursor_w_len(&w) == cursor_w_len(&v));
	fuzz_check(memcmp(first, second, cursor_w_len(&w)) == 0);
	fuzz_check(again.has == at->has);
	fuzz_check(aspath_length(again.as_path) == aspath_length(at->as_path));
	fuzz_check(strlen(aspath_format(at->as_path, text, sizeof(text))) < sizeof(text));
}

/* The prefixes of `want`, as far as they fit, must stand in the message of the builder. */
static void check_message(struct wire_builder *b, const struct wire_nlri *want, struct arena *a,
	uint32_t n)
{
	struct wire_nlri_iter x, y;
	struct wire_update u;
	struct wire_err err;
	size_t len = wire_builder_end(b);

	if (!len)
		return;
	fuzz_check(wire_frame(b->w.start, len, BGP_MAX_LEN, &err) == (int)len);
	fuzz_check(decode((struct octets){ b->w.start, (uint16_t)len }, b->s, a, &u) ==
		WIRE_ACTION_NONE);
	wire_nlri_begin(&x, want);
	wire_nlri_begin(&y, b->withdraws ? &u.withdrawn[b->mp] : &u.reach[b->mp]);
	for (; n; n--) {
		struct prefix p, q;
		uint32_t p_id, q_id;

		fuzz_check(wire_nlri_next(&x, &p, &p_id) && wire_nlri_next(&y, &q, &q_id));
		fuzz_check(prefix_is_equal(&p, &q) && p_id == q_id);
	}
	fuzz_check(y.p == y.end);
}

static void fill(struct wire_builder *b, const struct wire_nlri *want, struct arena *a)
{
	struct wire_nlri_iter it;
	struct prefix pfx;
	uint32_t id;
	uint32_t n = 0;

	wire_nlri_begin(&it, want);
	while (wire_nlri_next(&it, &pfx, &id) && wire_builder_add(b, &pfx, id) == 0)
		n++;
	check_message(b, want, a, n);
}

static void check_builder(const struct wire_update *u, const struct wire_session *s,
	struct arena *a)
{
	uint8_t *buf = xmalloc(BGP_MAX_LEN);
	struct wire_builder b;

	for (int i = 0; i < 2; i++) {
		struct wire_attrs at = u->attrs;
		struct wire_announce an = { u->reach[i].family, &at, buf, BGP_MAX_LEN };

		if (u->withdrawn[i].family >= 0) {
			wire_builder_withdraw(&b, s, u->withdrawn[i].family, buf, BGP_MAX_LEN);
			fill(&b, &u->withdrawn[i], a);
		}
		if (i == 1) {
			at.next_hop = u->mp_next_hop;
			at.next_hop_ll = u->mp_next_hop_ll;
		}
		/* An IPv4 next hop of MP_REACH_NLRI was not judged; NEXT_HOP is. */
		if (u->reach[i].family < 0 || !u->reach[i].o.len || ip_is_martian(&at.next_hop))
			continue;
		if (wire_builder_announce(&b, s, &an) == 0)
			fill(&b, &u->reach[i], a);
	}
	free(buf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wire_session s;
	struct wire_update u;
	struct octets whole;
	struct arena *a;
	uint8_t *msg;

	if (size < 1 || size > BGP_MAX_LEN_EXT - BGP_HEADER_LEN)
		return 0;
	s = session_of(data[0]);
	data++;
	size--;
	a = arena_new(4096);
	msg = xcalloc(1, BGP_HEADER_LEN + size);
	if (size)
		memcpy(msg + BGP_HEADER_LEN, data, size);
	whole = (struct octets){ msg, (uint16_t)(BGP_HEADER_LEN + size) };
	if (decode(whole, &s, a, &u) < WIRE_ACTION_WITHDRAW) {
		check_attrs(&u.attrs, &s, a);
		check_builder(&u, &s, a);
	}
	free(msg);
	arena_free(a);
	return 0;
}
