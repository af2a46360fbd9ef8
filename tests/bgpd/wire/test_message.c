/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Framing, NOTIFICATION and its text, ROUTE-REFRESH, names of errors.
 */
#include <errno.h>
#include <string.h>

#include "bgpd/wire/message.h"
#include "tests/cu_main.h"

extern const struct cu_suite suite_message;

static const struct wire_session session = { .as4 = true, .enhanced_refresh = true, .families = 3 };

static void a_header_is_judged_once_it_is_whole(void)
{
	uint8_t buf[64];
	struct cursor_w w = cursor_w_make(buf, sizeof(buf));
	struct wire_err err;

	wire_keepalive_encode(&w);
	CU_ASSERT(cursor_w_len(&w) == BGP_HEADER_LEN);
	for (size_t n = 0; n < BGP_HEADER_LEN; n++)
		CU_ASSERT(wire_frame(buf, n, BGP_MAX_LEN, &err) == 0);
	CU_ASSERT(wire_frame(buf, BGP_HEADER_LEN, BGP_MAX_LEN, &err) == BGP_HEADER_LEN);
}

/* RFC 4271 6.1, 8654 4. */
static void headers_are_refused_as_rfc_4271_6_1_says(void)
{
	static const struct {
		uint16_t len;
		uint8_t type;
		size_t max;
		int want; /* subcode, 0 fine */
	} rows[] = {
		{ 18, 4, 4096, 2 },
		{ 19, 4, 4096, 0 },
		{ 20, 4, 4096, 2 },
		{ 28, 1, 4096, 2 },
		{ 29, 1, 4096, 0 },
		{ 22, 2, 4096, 2 },
		{ 23, 2, 4096, 0 },
		{ 4096, 2, 4096, 0 },
		{ 4097, 2, 4096, 2 },
		{ 4097, 2, 65535, 0 },
		{ 65535, 2, 65535, 0 },
		{ 4097, 1, 65535, 2 },
		{ 20, 3, 4096, 2 },
		{ 21, 3, 4096, 0 },
		{ 23, 0, 4096, 3 },
		{ 23, 6, 4096, 3 },
		{ 23, 255, 4096, 3 },
		{ 23, 5, 4096, 0 },
	};
	uint8_t buf[BGP_HEADER_LEN];

	memset(buf, 0xff, sizeof(buf));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct wire_err err;
		int ret;

		buf[16] = (uint8_t)(rows[i].len >> 8);
		buf[17] = (uint8_t)rows[i].len;
		buf[18] = rows[i].type;
		ret = wire_frame(buf, sizeof(buf), rows[i].max, &err);
		CU_ASSERT(ret == (rows[i].want ? -EBADMSG : rows[i].len));
		if (rows[i].want) {
			CU_ASSERT(err.code == BGP_ERR_HEADER && err.subcode == rows[i].want);
			CU_ASSERT(err.data_len == (rows[i].want == 2 ? 2 : 1));
			CU_ASSERT(err.data[0] == buf[rows[i].want == 2 ? 16 : 18]);
		}
	}
	buf[3] = 0xfe;
	{
		struct wire_err err;

		CU_ASSERT(wire_frame(buf, sizeof(buf), 4096, &err) == -EBADMSG);
		CU_ASSERT(err.subcode == BGP_ERR_HEADER_SYNC && err.data_len == 0);
	}
}

/* RFC 4271 4.5. */
static void a_notification_survives_the_round_trip(void)
{
	static const uint8_t data[] = { 1, 2, 3 };
	uint8_t buf[64];
	struct cursor_w w = cursor_w_make(buf, sizeof(buf));
	struct wire_notification n;
	struct wire_err err;

	wire_notification_encode(&w, 3, 5, data, sizeof(data));
	CU_ASSERT(wire_frame(buf, cursor_w_len(&w), BGP_MAX_LEN, &err) == 24);
	CU_ASSERT(wire_notification_decode(buf, 24, &n) == 0);
	CU_ASSERT(n.code == 3 && n.subcode == 5 && n.data_len == 3);
	CU_ASSERT(memcmp(n.data, data, 3) == 0);
	CU_ASSERT(wire_notification_decode(buf, 20, &n) == -EBADMSG);
	w = cursor_w_make(buf, 20);
	wire_notification_encode(&w, 3, 5, NULL, 0);
	CU_ASSERT(w.fault);
}

/* RFC 9003, 3629 4, 8538 3. */
static void a_shutdown_text_is_made_safe(void)
{
	static const struct {
		uint8_t subcode;
		const char *data;
		size_t len;
		const char *want;
	} rows[] = {
		{ 2, "\x05hello", 6, "hello" },
		{ 4, "\x05hello", 6, "hello" },
		{ 2, "\x05hellojunk", 10, "hello" },
		{ 3, "\x05hello", 6, "" },
		{ 2, "\x06hello", 6, "" },
		{ 2, "", 0, "" },
		{ 2, "\x00", 1, "" },
		{ 2,
			"\x04"
			"a\nb\x7f",
			5, "a b " },
		{ 2,
			"\x03"
			"\xe2\x82\xac",
			4, "\xe2\x82\xac" },
		{ 2,
			"\x04"
			"\xf0\x9f\x98\x80",
			5, "\xf0\x9f\x98\x80" },
		{ 2,
			"\x02"
			"\xc0\x80",
			3, "\\xc0\\x80" }, /* overlong */
		{ 2,
			"\x03"
			"\xed\xa0\x80",
			4, "\\xed\\xa0\\x80" }, /* surrogate */
		{ 2,
			"\x04"
			"\xf4\x90\x80\x80",
			5, "\\xf4\\x90\\x80\\x80" }, /* beyond the last character */
		{ 2,
			"\x02"
			"\xe2\x82",
			3, "\\xe2\\x82" }, /* cut */
		{ 2,
			"\x02"
			"\x80"
			"a",
			3, "\\x80a" },
		{ 2,
			"\x04"
			"a\xc2\x9b"
			"b",
			5, "a b" }, /* C1: control sequence introducer */
		{ 2,
			"\x05"
			"a\xe2\x80\xae"
			"b",
			6, "a b" }, /* right-to-left override */
		{ 9,
			"\x06\x02\x03"
			"bye",
			6, "bye" }, /* RFC 8538 */
		{ 9,
			"\x06\x09\x03"
			"bye",
			6, "" },
		{ 9, "\x06", 1, "" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct wire_notification n = {
			.code = BGP_ERR_CEASE,
			.subcode = rows[i].subcode,
			.data = (const uint8_t *)rows[i].data,
			.data_len = (uint16_t)rows[i].len,
		};
		char text[32];

		wire_shutdown_text(&n, text, sizeof(text));
		CU_ASSERT_STRING_EQUAL(text, rows[i].want);
	}
}

static void a_shutdown_text_is_cut_between_characters(void)
{
	const struct wire_notification n = {
		.code = BGP_ERR_CEASE,
		.subcode = BGP_ERR_CEASE_SHUTDOWN,
		.data = (const uint8_t *)"\x06"
					 "ab\xe2\x82\xac"
					 "c",
		.data_len = 7,
	};
	static const char *const want[] = { NULL, "", "a", "ab", "ab", "ab", "ab\xe2\x82\xac",
		"ab\xe2\x82\xac"
		"c" };

	for (size_t size = 1; size < ARRAY_SIZE(want); size++) {
		char text[8];

		wire_shutdown_text(&n, text, size);
		CU_ASSERT_STRING_EQUAL(text, want[size]);
	}
}

/* RFC 2918 3. */
static void a_refresh_survives_the_round_trip(void)
{
	for (int f = 0; f < BGP_FAMILY_COUNT; f++) {
		for (uint8_t subtype = 0; subtype < 3; subtype++) {
			uint8_t buf[32];
			struct cursor_w w = cursor_w_make(buf, sizeof(buf));
			struct wire_refresh r;
			struct wire_err err;

			wire_refresh_encode(&w, f, subtype);
			CU_ASSERT(wire_frame(buf, cursor_w_len(&w), BGP_MAX_LEN, &err) == 23);
			CU_ASSERT(wire_refresh_decode(buf, 23, &session, &r, &err) == 0);
			CU_ASSERT(r.family == f && r.subtype == subtype);
		}
	}
}

/* RFC 7313 5, 5291. */
static void a_refresh_is_refused_ignored_or_read_by_what_was_negotiated(void)
{
	static const struct wire_session plain = { .families = 1 };
	uint8_t buf[32];
	struct cursor_w w = cursor_w_make(buf, sizeof(buf));
	struct wire_refresh r;
	struct wire_err err;

	wire_refresh_encode(&w, BGP_FAMILY_IP4, 1);
	CU_ASSERT(wire_refresh_decode(buf, 22, &session, &r, &err) == -EBADMSG);
	CU_ASSERT(err.code == BGP_ERR_REFRESH && err.subcode == 1 && err.data_len == 22);
	CU_ASSERT(wire_refresh_decode(buf, 24, &session, &r, &err) == -EBADMSG);
	CU_ASSERT(wire_refresh_decode(buf, 22, &plain, &r, &err) == -EBADMSG);
	CU_ASSERT(err.code == BGP_ERR_HEADER && err.subcode == BGP_ERR_HEADER_LENGTH);
	CU_ASSERT(wire_refresh_decode(buf, 23, &plain, &r, &err) == 0);
	CU_ASSERT(r.family == BGP_FAMILY_IP4 && r.subtype == 0); /* reserved octet */
	buf[21] = 3;
	CU_ASSERT(wire_refresh_decode(buf, 23, &session, &r, &err) == 0 && r.family == -1);
	buf[20] = 2;
	CU_ASSERT(wire_refresh_decode(buf, 23, &plain, &r, &err) == 0 && r.family == -1);
}

/* RFC 4486, 6608, 9384. */
static void errors_have_the_names_of_the_registry(void)
{
	CU_ASSERT_STRING_EQUAL(wire_err_name(3, 6),
		"UPDATE Message Error/Invalid ORIGIN Attribute");
	CU_ASSERT_STRING_EQUAL(wire_err_name(3, 99), "UPDATE Message Error");
	CU_ASSERT_STRING_EQUAL(wire_err_name(4, 0), "Hold Timer Expired");
	CU_ASSERT_STRING_EQUAL(wire_err_name(99, 0), "Unknown Error");
}

/* RFC 7606 3(h). */
static void the_worst_fault_is_kept_and_equal_ones_keep_the_first(void)
{
	struct wire_err err = { 0 };
	uint8_t data[100] = { 7 };

	wire_err_set(&err, WIRE_ACTION_DISCARD, 3, 1, "first");
	wire_err_data(&err, data, sizeof(data));
	CU_ASSERT(err.data_len == sizeof(err.data) && err.data[0] == 7);
	wire_err_set(&err, WIRE_ACTION_DISCARD, 3, 2, "second");
	CU_ASSERT_STRING_EQUAL(err.why, "first");
	wire_err_set(&err, WIRE_ACTION_RESET, 3, 3, "third");
	CU_ASSERT(err.subcode == 3 && err.data_len == 0);
	wire_err_set(&err, WIRE_ACTION_WITHDRAW, 3, 4, "fourth");
	CU_ASSERT_STRING_EQUAL(err.why, "third");
}

static const struct cu_case cases[] = {
	CU_CASE(a_header_is_judged_once_it_is_whole),
	CU_CASE(headers_are_refused_as_rfc_4271_6_1_says),
	CU_CASE(a_notification_survives_the_round_trip),
	CU_CASE(a_shutdown_text_is_made_safe),
	CU_CASE(a_shutdown_text_is_cut_between_characters),
	CU_CASE(a_refresh_survives_the_round_trip),
	CU_CASE(a_refresh_is_refused_ignored_or_read_by_what_was_negotiated),
	CU_CASE(errors_have_the_names_of_the_registry),
	CU_CASE(the_worst_fault_is_kept_and_equal_ones_keep_the_first),
};

CU_SUITE(message, cases);
