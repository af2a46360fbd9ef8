/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OPEN: both shapes of parameters, every capability, round trips, truncations.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bgpd/wire/attr.h"
#include "bgpd/wire/message.h"
#include "bgpd/wire/open.h"
#include "tests/cu_main.h"

extern const struct cu_suite suite_open;

static int decode(const uint8_t *msg, size_t len, struct wire_open *o, struct wire_err *err)
{
	int ret = wire_open_head(msg, len, o, err);

	return ret ? ret : wire_open_caps(msg, len, o, err);
}

/* An OPEN of AS 65001 with these octets as optional parameters; `count` is the length field. */
static size_t make_open(uint8_t *buf, size_t size, struct octets params, uint8_t count)
{
	struct cursor_w w = cursor_w_make(buf, size);
	size_t off = wire_header_begin(&w, BGP_MSG_OPEN);

	cursor_w_u8(&w, 4);
	cursor_w_u16(&w, 65001);
	cursor_w_u16(&w, 90);
	cursor_w_u32(&w, 0x0a000001);
	cursor_w_u8(&w, count);
	cursor_w_bytes(&w, params.p, params.len);
	wire_header_end(&w, off);
	return cursor_w_len(&w);
}

static int decode_params(const void *p, size_t n, struct wire_open *o, struct wire_err *err)
{
	uint8_t buf[512];
	size_t len = make_open(buf, sizeof(buf), (struct octets){ p, (uint16_t)n },
		(uint8_t)(n > 255 ? 255 : n));
	uint8_t *exact = malloc(len);
	int ret;

	memcpy(exact, buf, len);
	ret = decode(exact, len, o, err);
	free(exact);
	return ret;
}

static void random_open(struct wire_open *o)
{
	*o = (struct wire_open){
		.version = 4,
		.hold_s = (uint16_t)(3 + cu_random_below(65000)),
		.router_id = 1 + cu_random_below(1u << 31),
		.role = (int8_t)(cu_random_below(6) - 1),
		.has_mp = cu_random_below(2),
		.refresh = cu_random_below(2),
		.enhanced_refresh = cu_random_below(2),
		.ext_message = cu_random_below(2),
		.ext_nexthop = (uint8_t)cu_random_below(2),
		.addpath_rx = (uint8_t)cu_random_below(4),
		.addpath_tx = (uint8_t)cu_random_below(4),
		.gr = cu_random_below(2),
	};
	o->families = o->has_mp ? (uint8_t)(1 + cu_random_below(3)) : 1;
	o->as2 = (uint16_t)(1 + cu_random_below(65000));
	if (cu_random_below(2)) {
		o->as4 = 1 + cu_random_below(1u << 31);
		o->as2 = o->as4 > UINT16_MAX ? BGP_AS_TRANS : (uint16_t)o->as4;
	}
	if (o->gr) {
		o->gr_restarted = cu_random_below(2);
		o->gr_notification = cu_random_below(2);
		o->gr_time_s = (uint16_t)cu_random_below(4096);
		o->gr_families = (uint8_t)cu_random_below(4);
		o->gr_forwarding = o->gr_families & (uint8_t)cu_random_below(4);
		o->llgr = cu_random_below(2);
		o->llgr_families = o->llgr ? (uint8_t)cu_random_below(4) : 0;
		o->llgr_forwarding = o->llgr_families & (uint8_t)cu_random_below(4);
		for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++)
			o->llgr_time_s[f] = o->llgr_families & BGP_FAMILY_BIT(f) ?
				cu_random_below(1u << 24) :
				0;
	}
}

static bool is_equal(const struct wire_open *a, const struct wire_open *b)
{
	return a->version == b->version && a->as2 == b->as2 && a->hold_s == b->hold_s &&
		a->router_id == b->router_id && a->as4 == b->as4 && a->families == b->families &&
		a->has_mp == b->has_mp && a->refresh == b->refresh &&
		a->enhanced_refresh == b->enhanced_refresh && a->ext_message == b->ext_message &&
		a->ext_nexthop == b->ext_nexthop && a->addpath_rx == b->addpath_rx &&
		a->addpath_tx == b->addpath_tx && a->role == b->role && a->gr == b->gr &&
		a->gr_restarted == b->gr_restarted && a->gr_notification == b->gr_notification &&
		a->gr_time_s == b->gr_time_s && a->gr_families == b->gr_families &&
		a->gr_forwarding == b->gr_forwarding && a->llgr == b->llgr &&
		a->llgr_families == b->llgr_families && a->llgr_forwarding == b->llgr_forwarding &&
		memcmp(a->llgr_time_s, b->llgr_time_s, sizeof(a->llgr_time_s)) == 0;
}

/* RFC 5492 4, 4724 3, 8538 2, 6793 3, 9234 4.1. */
static void any_open_survives_the_round_trip(void)
{
	for (int round = 0; round < 2000; round++) {
		uint8_t buf[128];
		struct cursor_w w = cursor_w_make(buf, sizeof(buf));
		struct wire_open in, out;
		struct wire_err err;

		random_open(&in);
		wire_open_encode(&w, &in);
		CU_ASSERT_FATAL(!w.fault);
		CU_ASSERT(wire_frame(buf, cursor_w_len(&w), BGP_MAX_LEN, &err) ==
			(int)cursor_w_len(&w));
		CU_ASSERT(decode(buf, cursor_w_len(&w), &out, &err) == 0);
		CU_ASSERT(is_equal(&in, &out));
	}
}

/* RFC 9072 2. */
static void the_extended_shape_says_the_same_as_the_ordinary_one(void)
{
	static const uint8_t plain[] = { 2, 6, 65, 4, 0, 0, 0xfd, 0xe9, 2, 2, 2, 0 };
	static const uint8_t extended[] = { 255, 0, 14, 2, 0, 6, 65, 4, 0, 0, 0xfd, 0xe9, 2, 0, 2,
		2, 0 };
	struct wire_open a, b;
	struct wire_err err;

	CU_ASSERT(decode_params(plain, sizeof(plain), &a, &err) == 0);
	CU_ASSERT(decode_params(extended, sizeof(extended), &b, &err) == 0);
	CU_ASSERT(a.refresh && a.as4 == 65001 && wire_open_as(&a) == 65001);
	CU_ASSERT(is_equal(&a, &b));
}

/* RFC 4271 6.2. */
static void parameters_are_refused_as_rfc_4271_6_2_says(void)
{
	static const struct {
		const char *params;
		size_t len;
		int want; /* subcode, -1 fine */
	} rows[] = {
		{ "", 0, -1 },
		{ "\x02\x00", 2, -1 },
		{ "\x02", 1, 0 },
		{ "\x02\x01", 2, 0 },
		{ "\x01\x00", 2, 4 },
		{ "\x02\x02\x02\x01", 4, 0 },             /* capability overruns */
		{ "\x02\x01\x02", 3, 0 },                 /* half a capability */
		{ "\x02\x04\xc8\x02\x01\x02", 6, -1 },    /* unknown capability */
		{ "\x02\x03\x02\x01\x00", 5, 0 },         /* refresh of one octet */
		{ "\x02\x05\x41\x03\x00\x00\x01", 7, 0 }, /* AS of three octets */
		{ "\x02\x06\x41\x04\x00\x00\x00\x00", 8, 2 },
		{ "\x02\x06\x41\x04\x00\x00\xfd\xea", 8, 2 }, /* not the AS of the field */
		{ "\x02\x06\x09\x01\x01\x09\x01\x02", 8, 11 },
		{ "\x02\x06\x09\x01\x01\x09\x01\x01", 8, -1 },
		{ "\xff\x00\x00", 3, -1 },
		{ "\xff", 1, 0 },
		{ "\xff\x00\x01", 3, 0 },
		{ "\xff\x00\x03\xff\x00\x00", 6, 4 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct wire_open o;
		struct wire_err err;
		int ret = decode_params(rows[i].params, rows[i].len, &o, &err);

		CU_ASSERT(ret == (rows[i].want < 0 ? 0 : -EBADMSG));
		if (ret)
			CU_ASSERT(err.code == BGP_ERR_OPEN && err.subcode == rows[i].want);
	}
}

/* RFC 4271 6.2, 6286 2.2, 7607 2. */
static void the_fixed_part_is_refused_as_rfc_4271_6_2_says(void)
{
	static const struct {
		size_t off;
		uint8_t octets[4];
		size_t n;
		int want;
	} rows[] = {
		{ 19, { 3 }, 1, BGP_ERR_OPEN_VERSION },
		{ 20, { 0, 0 }, 2, BGP_ERR_OPEN_PEER_AS },
		{ 22, { 0, 1 }, 2, BGP_ERR_OPEN_HOLD_TIME },
		{ 22, { 0, 2 }, 2, BGP_ERR_OPEN_HOLD_TIME },
		{ 22, { 0, 0 }, 2, 0 },
		{ 22, { 0, 3 }, 2, 0 },
		{ 24, { 0, 0, 0, 0 }, 4, BGP_ERR_OPEN_ID },
		{ 24, { 224, 0, 0, 5 }, 4, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint8_t buf[64];
		size_t len = make_open(buf, sizeof(buf), (struct octets){ 0 }, 0);
		struct wire_open o;
		struct wire_err err;

		memcpy(buf + rows[i].off, rows[i].octets, rows[i].n);
		CU_ASSERT(wire_open_head(buf, len, &o, &err) == (rows[i].want ? -EBADMSG : 0));
		CU_ASSERT(err.subcode == rows[i].want);
		if (rows[i].want == BGP_ERR_OPEN_VERSION)
			CU_ASSERT(err.data_len == 2 && err.data[0] == 0 && err.data[1] == 4);
	}
}

/* RFC 4760 8. */
static void absent_capabilities_mean_ipv4_and_nothing_else(void)
{
	struct wire_open o;
	struct wire_err err;

	CU_ASSERT(decode_params("", 0, &o, &err) == 0);
	CU_ASSERT(o.families == BGP_FAMILY_BIT(BGP_FAMILY_IP4) && !o.has_mp);
	CU_ASSERT(o.role == -1 && !o.gr && o.as4 == 0 && wire_open_as(&o) == 65001);
	/* A family that is not ours is none, but it is not IPv4 either. */
	CU_ASSERT(decode_params("\x02\x06\x01\x04\x00\x19\x00\x46", 8, &o, &err) == 0);
	CU_ASSERT(o.families == 0 && o.has_mp);
}

static void of_several_graceful_restarts_the_last_counts(void)
{
	static const uint8_t params[] = { 2, 12, 64, 6, 0xc0, 0x78, 0, 1, 1, 0x80, 64, 2, 0, 0x5a };
	struct wire_open o;
	struct wire_err err;

	CU_ASSERT(decode_params(params, sizeof(params), &o, &err) == 0);
	CU_ASSERT(o.gr && !o.gr_restarted && !o.gr_notification && o.gr_time_s == 90);
	CU_ASSERT(o.gr_families == 0 && o.gr_forwarding == 0);
}

/* RFC 7911 4. */
static void an_undefined_add_path_mode_is_no_offer(void)
{
	static const uint8_t params[] = { 2, 10, 69, 8, 0, 1, 1, 4, 0, 2, 1, 3 };
	struct wire_open o;
	struct wire_err err;

	CU_ASSERT(decode_params(params, sizeof(params), &o, &err) == 0);
	CU_ASSERT(o.addpath_rx == 2 && o.addpath_tx == 2);
}

static void every_truncation_and_bit_error_is_survived(void)
{
	uint8_t buf[128];
	struct cursor_w w = cursor_w_make(buf, sizeof(buf));
	struct wire_open o;
	struct wire_err err;
	size_t len;

	do {
		w = cursor_w_make(buf, sizeof(buf));
		random_open(&o);
		wire_open_encode(&w, &o);
		len = cursor_w_len(&w);
	} while (len < 80);
	for (size_t n = BGP_HEADER_LEN; n < len; n++) {
		uint8_t *cut = malloc(n);

		memcpy(cut, buf, n);
		CU_ASSERT(decode(cut, n, &o, &err) == -EBADMSG);
		CU_ASSERT(err.action == WIRE_ACTION_RESET && err.why != NULL);
		free(cut);
	}
	for (size_t bit = BGP_HEADER_LEN * 8; bit < len * 8; bit++) {
		buf[bit / 8] ^= (uint8_t)(1 << bit % 8);
		if (decode(buf, len, &o, &err))
			CU_ASSERT(err.action == WIRE_ACTION_RESET);
		buf[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	w = cursor_w_make(buf, 40);
	wire_open_encode(&w, &o);
	CU_ASSERT(w.fault);
}

static const struct cu_case cases[] = {
	CU_CASE(any_open_survives_the_round_trip),
	CU_CASE(the_extended_shape_says_the_same_as_the_ordinary_one),
	CU_CASE(parameters_are_refused_as_rfc_4271_6_2_says),
	CU_CASE(the_fixed_part_is_refused_as_rfc_4271_6_2_says),
	CU_CASE(absent_capabilities_mean_ipv4_and_nothing_else),
	CU_CASE(of_several_graceful_restarts_the_last_counts),
	CU_CASE(an_undefined_add_path_mode_is_no_offer),
	CU_CASE(every_truncation_and_bit_error_is_survived),
};

CU_SUITE(open, cases);
