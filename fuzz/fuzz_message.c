/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Framing, NOTIFICATION and ROUTE-REFRESH. The first octet chooses what was negotiated, the rest is
 * what has arrived: a stream, which is cut into messages as a session does.
 */
#include <string.h>

#include "bgpd/wire/message.h"
#include "fuzz/fuzz.h"

#define OPTION_ENHANCED 1
#define OPTION_EXTENDED 2

static void read_notification(const uint8_t *msg, size_t len)
{
	struct wire_notification n;

	fuzz_check(wire_notification_decode(msg, len, &n) == 0);
	fuzz_check(n.data_len == len - BGP_HEADER_LEN - 2);
	fuzz_check(wire_err_name(n.code, n.subcode) != NULL);
	for (size_t size = 1; size < 300; size = size * 2 + 1) {
		char text[300];

		wire_shutdown_text(&n, text, size);
		fuzz_check(strlen(text) < size);
		for (const char *c = text; *c; c++)
			fuzz_check((unsigned char)*c >= 0x20 && *c != 0x7f);
	}
}

static void read_refresh(const uint8_t *msg, size_t len, const struct wire_session *s)
{
	struct wire_refresh r;
	struct wire_err err;
	uint8_t buf[32];
	struct cursor_w w = cursor_w_make(buf, sizeof(buf));

	if (wire_refresh_decode(msg, len, s, &r, &err)) {
		fuzz_check(err.action == WIRE_ACTION_RESET);
		return;
	}
	if (r.family < 0)
		return;
	fuzz_check(r.family < BGP_FAMILY_COUNT && r.subtype <= 2);
	wire_refresh_encode(&w, r.family, r.subtype);
	fuzz_check(cursor_w_len(&w) == 23);
	if (len == 23 && s->enhanced_refresh)
		fuzz_check(memcmp(buf, msg, 23) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wire_session s = { .families = 3 };
	size_t max_len;

	if (size < 1)
		return 0;
	s.enhanced_refresh = data[0] & OPTION_ENHANCED;
	max_len = data[0] & OPTION_EXTENDED ? BGP_MAX_LEN_EXT : BGP_MAX_LEN;
	for (data++, size--; size;) {
		struct wire_err err;
		int len = wire_frame(data, size, max_len, &err);

		fuzz_check(len >= 0 ||
			(err.action == WIRE_ACTION_RESET && err.code == BGP_ERR_HEADER));
		fuzz_check(len <= (int)max_len);
		if (len <= 0 || (size_t)len > size)
			return 0;
		if (data[18] == BGP_MSG_NOTIFICATION)
			read_notification(data, (size_t)len);
		else if (data[18] == BGP_MSG_REFRESH)
			read_refresh(data, (size_t)len, &s);
		data += len;
		size -= (size_t)len;
	}
	return 0;
}
