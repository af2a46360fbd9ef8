/* SPDX-License-Identifier: Apache-2.0 */
/*
 * UPDATE as a whole: what the builder writes the decoder reads, packing up to the last octet, next
 * hops, End-of-RIB, mandatory attributes, truncations.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bgpd/wire/message.h"
#include "bgpd/wire/update.h"
#include "lib/base/xalloc.h"
#include "tests/cu_main.h"

extern const struct cu_suite suite_update;

static const struct wire_session plain = { .as4 = true, .families = 3, .ext_nexthop = 1 };
static const struct wire_session paths = {
	.as4 = true,
	.families = 3,
	.ext_nexthop = 1,
	.addpath_rx = 3,
	.addpath_tx = 3,
};

static const uint8_t path_octets[] = { 2, 1, 0, 0, 0xfd, 0xe9 };

static struct wire_attrs some_attrs(const char *next_hop)
{
	struct wire_attrs at = {
		.has = WIRE_HAS_ORIGIN | WIRE_HAS_AS_PATH | WIRE_HAS_NEXT_HOP | WIRE_HAS_MED,
		.med = 77,
		.as_path = { path_octets, sizeof(path_octets) },
	};

	CU_ASSERT_FATAL(ip_parse(next_hop, &at.next_hop) == 0);
	return at;
}

static struct prefix random_prefix(enum bgp_family f)
{
	struct ip_addr a = { .family = wire_family_af(f) };

	for (int i = 0; i < family_bytes(a.family); i++)
		a.b[i] = (uint8_t)cu_random();
	return prefix_make(&a, (uint8_t)cu_random_below(family_bits(a.family) + 1u));
}

static int decode(const uint8_t *msg, size_t len, const struct wire_session *s,
	struct wire_update *u, struct wire_err *err)
{
	struct arena *a = arena_new(1024);
	int ret = wire_update_split(msg, len, s, u, err);

	if (!ret)
		ret = wire_update_decode(u, s, a, err);
	arena_free(a); /* four-octet paths stay in the message: nothing of it is looked at later */
	return ret;
}

/* Fill a message with random prefixes, read it back, compare; returns how many there were. */
static uint32_t fill_and_read(const struct wire_session *s, struct wire_builder *b, bool withdraws,
	size_t size)
{
	struct prefix *want = xmalloc(sizeof(*want) * size);
	uint32_t *ids = xmalloc(sizeof(*ids) * size);
	struct wire_update u;
	struct wire_nlri_iter it;
	struct wire_err err;
	struct prefix pfx;
	uint32_t n = 0, id;
	size_t len;

	for (;; n++) {
		want[n] = random_prefix(b->family);
		ids[n] = b->addpath ? cu_random() : 0;
		if (wire_builder_add(b, &want[n], ids[n]))
			break;
	}
	len = wire_builder_end(b);
	CU_ASSERT(len <= size);
	CU_ASSERT(len + wire_nlri_size(&want[n], b->addpath) > size); /* packed to the end */
	CU_ASSERT(wire_frame(b->w.start, len, size, &err) == (int)len);
	CU_ASSERT(decode(b->w.start, len, s, &u, &err) == 0 && err.action == WIRE_ACTION_NONE);
	wire_nlri_begin(&it, withdraws ? &u.withdrawn[b->mp] : &u.reach[b->mp]);
	for (uint32_t i = 0; i < n; i++) {
		CU_ASSERT_FATAL(wire_nlri_next(&it, &pfx, &id));
		CU_ASSERT(prefix_is_equal(&pfx, &want[i]) && id == ids[i]);
	}
	CU_ASSERT(!wire_nlri_next(&it, &pfx, &id));
	free(want);
	free(ids);
	return n;
}

static void what_is_announced_is_read(void)
{
	static const struct {
		enum bgp_family family;
		const char *next_hop;
	} rows[] = {
		{ BGP_FAMILY_IP4, "192.0.2.1" },
		{ BGP_FAMILY_IP4, "2001:db8::1" },
		{ BGP_FAMILY_IP6, "2001:db8::1" },
	};
	static const size_t sizes[] = { 200, BGP_MAX_LEN, BGP_MAX_LEN_EXT };

	for (size_t i = 0; i < ARRAY_SIZE(rows) * ARRAY_SIZE(sizes) * 2; i++) {
		const struct wire_session *s = i & 1 ? &paths : &plain;
		const size_t size = sizes[i / 2 % ARRAY_SIZE(sizes)];
		const struct wire_attrs at = some_attrs(rows[i / 2 / 3].next_hop);
		uint8_t *buf = xmalloc(size);
		struct wire_builder b;

		CU_ASSERT(wire_builder_announce(&b, s,
				  &(struct wire_announce){ rows[i / 2 / 3].family, &at, buf,
					  size }) == 0);
		CU_ASSERT(fill_and_read(s, &b, false, size) > 0);
		free(buf);
	}
}

static void what_is_withdrawn_is_read(void)
{
	for (int i = 0; i < 4; i++) {
		const struct wire_session *s = i & 1 ? &paths : &plain;
		uint8_t *buf = xmalloc(BGP_MAX_LEN);
		struct wire_builder b;

		wire_builder_withdraw(&b, s, i / 2, buf, BGP_MAX_LEN);
		CU_ASSERT(fill_and_read(s, &b, true, BGP_MAX_LEN) > 200);
		free(buf);
	}
}

/* RFC 7606 5.1. */
static void mp_reach_stands_in_front_of_the_other_attributes(void)
{
	struct wire_attrs at = some_attrs("2001:db8::1");
	const struct prefix pfx = prefix_any(AF_INET6);
	struct wire_builder b;
	struct wire_update u;
	struct wire_err err;
	uint8_t buf[256];
	size_t len;

	CU_ASSERT_FATAL(ip_parse("fe80::1", &at.next_hop_ll) == 0);
	CU_ASSERT(wire_builder_announce(&b, &plain,
			  &(struct wire_announce){ BGP_FAMILY_IP6, &at, buf, sizeof(buf) }) == 0);
	CU_ASSERT(wire_builder_add(&b, &pfx, 0) == 0);
	len = wire_builder_end(&b);
	CU_ASSERT(buf[BGP_HEADER_LEN + 4 + 1] == BGP_ATTR_MP_REACH);
	CU_ASSERT(decode(buf, len, &plain, &u, &err) == 0);
	CU_ASSERT(u.has_mp && u.attrs.med == 77 && !(u.attrs.has & WIRE_HAS_NEXT_HOP));
	CU_ASSERT(ip_is_equal(&u.mp_next_hop, &at.next_hop));
	CU_ASSERT(ip_is_equal(&u.mp_next_hop_ll, &at.next_hop_ll));
	CU_ASSERT(u.reach[0].o.len == 0 && u.reach[1].family == BGP_FAMILY_IP6);
}

static void a_builder_without_prefixes_has_no_message(void)
{
	const struct wire_attrs at = some_attrs("192.0.2.1");
	uint8_t buf[256];
	struct wire_builder b;

	CU_ASSERT(wire_builder_announce(&b, &plain,
			  &(struct wire_announce){ BGP_FAMILY_IP4, &at, buf, sizeof(buf) }) == 0);
	CU_ASSERT(wire_builder_end(&b) == 0);
	wire_builder_withdraw(&b, &plain, BGP_FAMILY_IP6, buf, sizeof(buf));
	CU_ASSERT(wire_builder_end(&b) == 0);
}

static void attributes_that_leave_no_room_are_refused(void)
{
	static uint8_t many[4096];

	for (size_t len = 3900; len < sizeof(many); len += 4) {
		for (int v6 = 0; v6 < 2; v6++) {
			struct wire_attrs at = some_attrs(v6 ? "2001:db8::1" : "192.0.2.1");
			uint8_t *buf = xmalloc(BGP_MAX_LEN);
			struct wire_builder b;
			int ret;

			at.communities = (struct octets){ many, (uint16_t)len };
			ret = wire_builder_announce(&b, &plain,
				&(struct wire_announce){ v6 ? BGP_FAMILY_IP6 : BGP_FAMILY_IP4, &at,
					buf, BGP_MAX_LEN });
			CU_ASSERT(ret == 0 || ret == -EMSGSIZE);
			CU_ASSERT(ret == 0 || len > 3950);
			CU_ASSERT(ret != 0 || len < 4070);
			if (!ret)
				CU_ASSERT(fill_and_read(&plain, &b, false, BGP_MAX_LEN) > 0);
			free(buf);
		}
	}
}

static void a_next_hop_that_the_session_cannot_carry_is_refused(void)
{
	static const struct wire_session no_ext = { .as4 = true, .families = 3 };
	const struct wire_attrs v4 = some_attrs("192.0.2.1");
	const struct wire_attrs v6 = some_attrs("2001:db8::1");
	uint8_t buf[256];
	struct wire_builder b;

	CU_ASSERT(wire_builder_announce(&b, &no_ext,
			  &(struct wire_announce){ BGP_FAMILY_IP4, &v6, buf, sizeof(buf) }) ==
		-EAFNOSUPPORT);
	CU_ASSERT(wire_builder_announce(&b, &plain,
			  &(struct wire_announce){ BGP_FAMILY_IP6, &v4, buf, sizeof(buf) }) ==
		-EAFNOSUPPORT);
}

/* RFC 4724 2. */
static void end_of_rib_is_told_for_each_family(void)
{
	for (int f = 0; f < BGP_FAMILY_COUNT; f++) {
		uint8_t buf[64];
		struct cursor_w w = cursor_w_make(buf, sizeof(buf));
		struct wire_update u;
		struct wire_err err;

		wire_end_of_rib_encode(&w, f);
		CU_ASSERT(wire_frame(buf, cursor_w_len(&w), BGP_MAX_LEN, &err) ==
			(int)cursor_w_len(&w));
		CU_ASSERT(decode(buf, cursor_w_len(&w), &plain, &u, &err) == 0);
		CU_ASSERT(u.end_of_rib == f && err.action == WIRE_ACTION_NONE);
	}
}

/* A message from its three fields. */
static size_t make_update(uint8_t *buf, struct octets withdrawn, struct octets attrs,
	struct octets reach)
{
	struct cursor_w w = cursor_w_make(buf, 512);
	size_t off = wire_header_begin(&w, BGP_MSG_UPDATE);

	cursor_w_u16(&w, withdrawn.len);
	cursor_w_bytes(&w, withdrawn.p, withdrawn.len);
	cursor_w_u16(&w, attrs.len);
	cursor_w_bytes(&w, attrs.p, attrs.len);
	cursor_w_bytes(&w, reach.p, reach.len);
	wire_header_end(&w, off);
	CU_ASSERT_FATAL(!w.fault);
	return cursor_w_len(&w);
}

#define O(text)                                           \
	{                                                 \
		(const uint8_t *)(text), sizeof(text) - 1 \
	}

#define ORIGIN   "\x40\x01\x01\x00"
#define AS_PATH  "\x40\x02\x06\x02\x01\x00\x00\xfd\xe9"
#define NEXT_HOP "\x40\x03\x04\x0a\x00\x00\x02"
#define NH6      "\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01"
#define MP_IP6   "\x80\x0e\x16\x00\x02\x01\x10" NH6 "\x00\x00" /* ::/0 */

/* RFC 7606 3(d), 7606 5.2, 7606 7.11, 4760 3. */
static void faults_of_the_whole_message_cost_what_rfc_7606_says(void)
{
	static const struct {
		struct octets withdrawn, attrs, reach;
		uint8_t action;
		uint8_t subcode;
	} rows[] = {
		{ O(""), O(ORIGIN AS_PATH NEXT_HOP), O("\x08\x0a"), 0, 0 },
		{ O(""), O(ORIGIN AS_PATH), O("\x08\x0a"), WIRE_ACTION_WITHDRAW, 3 },
		{ O(""), O(ORIGIN NEXT_HOP), O("\x08\x0a"), WIRE_ACTION_WITHDRAW, 3 },
		{ O(""), O(AS_PATH NEXT_HOP), O("\x08\x0a"), WIRE_ACTION_WITHDRAW, 3 },
		{ O(""), O(""), O("\x08\x0a"), WIRE_ACTION_WITHDRAW, 3 },
		{ O("\x08\x0a"), O(""), O(""), 0, 0 },
		{ O("\x21\x0a\x00\x00\x00\x00"), O(""), O(""), WIRE_ACTION_RESET, 10 },
		{ O("\x08"), O(""), O(""), WIRE_ACTION_RESET, 10 },
		{ O(""), O(ORIGIN AS_PATH NEXT_HOP), O("\x10\x0a"), WIRE_ACTION_RESET, 10 },
		{ O(""), O("\x40\x01\x01\x07"), O(""), WIRE_ACTION_RESET, 6 }, /* 5.2 */
		{ O("\x08\x0a"), O("\x40\x01\x01\x07"), O(""), WIRE_ACTION_RESET, 6 },
		{ O(""), O("\x40\x06\x01\x07"), O(""), WIRE_ACTION_DISCARD, 5 },
		{ O(""), O(ORIGIN AS_PATH MP_IP6), O(""), 0, 0 },
		{ O(""), O(AS_PATH MP_IP6), O(""), WIRE_ACTION_WITHDRAW, 3 },
		{ O(""), O(ORIGIN AS_PATH MP_IP6), O("\x08\x0a"), WIRE_ACTION_WITHDRAW, 3 },
		{ O(""), O("\x80\x0e\x07\x00\x02\x01\x01\x01\x00\x00"), O(""), WIRE_ACTION_RESET,
			9 },
		{ O(""), O("\x80\x0e\x05\x00\x19\x46\x00\x00"), O(""), 0, 0 },
		{ O(""), O("\x80\x0f\x05\x00\x02\x01\x81\x00"), O(""), WIRE_ACTION_RESET, 9 },
		{ O(""), O("\x80\x0f\x05\x00\x19\x46\x81\x00"), O(""), 0, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint8_t buf[512];
		size_t len = make_update(buf, rows[i].withdrawn, rows[i].attrs, rows[i].reach);
		struct wire_update u;
		struct wire_err err;
		int ret = decode(buf, len, &plain, &u, &err);

		CU_ASSERT(ret == (rows[i].action == WIRE_ACTION_RESET ? -EBADMSG : 0));
		CU_ASSERT(err.action == rows[i].action);
		CU_ASSERT(err.subcode == rows[i].subcode);
	}
}

/* RFC 4760 6. */
static void a_family_that_was_not_agreed_on_is_skipped(void)
{
	static const struct wire_session ip6_only = { .as4 = true, .families = 2 };
	uint8_t buf[512];
	size_t len = make_update(buf, (struct octets)O("\x08\x0b"),
		(struct octets)O(ORIGIN AS_PATH NEXT_HOP), (struct octets)O("\x08\x0a"));
	struct wire_update u;
	struct wire_err err;
	struct wire_nlri_iter it;
	struct prefix pfx;
	uint32_t id;

	CU_ASSERT(decode(buf, len, &ip6_only, &u, &err) == 0);
	for (int i = 0; i < 2; i++) {
		CU_ASSERT(u.reach[i].family == -1 && u.withdrawn[i].family == -1);
		wire_nlri_begin(&it, &u.reach[i]);
		CU_ASSERT(!wire_nlri_next(&it, &pfx, &id));
	}
}

/* RFC 4271 4.3. */
static void host_bits_are_cleared(void)
{
	static const struct wire_nlri n = { .family = BGP_FAMILY_IP4,
		.o = O("\x0c\xac\x1f\x01\xff") };
	struct wire_nlri_iter it;
	struct prefix pfx;
	uint32_t id;
	char text[PREFIX_STRLEN];

	wire_nlri_begin(&it, &n);
	CU_ASSERT_FATAL(wire_nlri_next(&it, &pfx, &id));
	CU_ASSERT_STRING_EQUAL(prefix_format(&pfx, text), "172.16.0.0/12");
	CU_ASSERT_FATAL(wire_nlri_next(&it, &pfx, &id));
	CU_ASSERT_STRING_EQUAL(prefix_format(&pfx, text), "128.0.0.0/1");
}

/* RFC 2545 3. */
static void a_link_local_next_hop_is_found_in_all_its_forms(void)
{
	static const uint8_t any[16], global[16] = { 0x20, 1, 0xd, 0xb8, [15] = 1 },
				      local[16] = { 0xfe, 0x80, [15] = 2 };
	static const struct {
		const uint8_t *first, *second;
		const char *next_hop, *ll;
	} rows[] = {
		{ global, local, "2001:db8::1", "fe80::2" },
		{ any, local, "fe80::2", "fe80::2" },
		{ local, local, "fe80::2", "fe80::2" },
		{ global, global, "2001:db8::1", "" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint8_t attrs[128] = ORIGIN AS_PATH "\x80\x0e\x26\x00\x02\x01\x20";
		uint8_t buf[512];
		struct wire_update u;
		struct wire_err err;
		char text[IP_STRLEN];
		size_t len;

		memcpy(attrs + 20, rows[i].first, 16);
		memcpy(attrs + 36, rows[i].second, 16);
		len = make_update(buf, (struct octets){ 0 }, (struct octets){ attrs, 54 },
			(struct octets){ 0 });
		CU_ASSERT(decode(buf, len, &plain, &u, &err) == 0);
		CU_ASSERT_STRING_EQUAL(ip_format(&u.mp_next_hop, text), rows[i].next_hop);
		CU_ASSERT_STRING_EQUAL(ip_format(&u.mp_next_hop_ll, text), rows[i].ll);
	}
}

static void every_truncation_is_survived(void)
{
	static const char *const hops[] = { "192.0.2.1", "2001:db8::1" };

	for (int i = 0; i < 4; i++) {
		const struct wire_session *s = i & 1 ? &paths : &plain;
		const struct wire_attrs at = some_attrs(hops[i / 2]);
		uint8_t buf[200];
		struct wire_builder b;
		struct wire_update u;
		struct wire_err err;
		size_t len;

		CU_ASSERT_FATAL(
			wire_builder_announce(&b, s,
				&(struct wire_announce){ i / 2, &at, buf, sizeof(buf) }) == 0);
		fill_and_read(s, &b, false, sizeof(buf));
		len = cursor_w_len(&b.w);
		for (size_t n = BGP_HEADER_LEN; n < len; n++) {
			uint8_t *cut = xmalloc(n);

			memcpy(cut, buf, n);
			if (decode(cut, n, s, &u, &err))
				CU_ASSERT(err.action == WIRE_ACTION_RESET);
			free(cut);
		}
		for (size_t bit = BGP_HEADER_LEN * 8; bit < len * 8; bit++) {
			uint8_t *wrong = xmalloc(len);

			memcpy(wrong, buf, len);
			wrong[bit / 8] ^= (uint8_t)(1 << bit % 8);
			(void)decode(wrong, len, s, &u, &err);
			free(wrong);
		}
	}
}

static const struct cu_case cases[] = {
	CU_CASE(what_is_announced_is_read),
	CU_CASE(what_is_withdrawn_is_read),
	CU_CASE(mp_reach_stands_in_front_of_the_other_attributes),
	CU_CASE(a_builder_without_prefixes_has_no_message),
	CU_CASE(attributes_that_leave_no_room_are_refused),
	CU_CASE(a_next_hop_that_the_session_cannot_carry_is_refused),
	CU_CASE(end_of_rib_is_told_for_each_family),
	CU_CASE(faults_of_the_whole_message_cost_what_rfc_7606_says),
	CU_CASE(a_family_that_was_not_agreed_on_is_skipped),
	CU_CASE(host_bits_are_cleared),
	CU_CASE(a_link_local_next_hop_is_found_in_all_its_forms),
	CU_CASE(every_truncation_is_survived),
};

CU_SUITE(update, cases);
