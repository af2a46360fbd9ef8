/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OPEN. The input is the body; the header is put in front. What was accepted, written and read
 * again, is written the same way once more.
 */
#include <string.h>

#include "bgpd/wire/message.h"
#include "bgpd/wire/open.h"
#include "fuzz/fuzz.h"
#include "lib/base/xalloc.h"

static int decode(const uint8_t *msg, size_t len, struct wire_open *o)
{
	struct wire_err err;
	int ret = wire_open_head(msg, len, o, &err);

	if (!ret)
		ret = wire_open_caps(msg, len, o, &err);
	fuzz_check(
		!ret || (err.action == WIRE_ACTION_RESET && err.code == BGP_ERR_OPEN && err.why));
	return ret;
}

static void check_round_trip(const struct wire_open *o)
{
	uint8_t first[128], second[128];
	struct cursor_w a = cursor_w_make(first, sizeof(first));
	struct cursor_w b = cursor_w_make(second, sizeof(second));
	struct wire_open again;
	struct wire_err err;

	wire_open_encode(&a, o);
	fuzz_check(!a.fault);
	fuzz_check(wire_frame(first, cursor_w_len(&a), BGP_MAX_LEN, &err) == (int)cursor_w_len(&a));
	fuzz_check(decode(first, cursor_w_len(&a), &again) == 0);
	wire_open_encode(&b, &again);
	fuzz_check(cursor_w_len(&a) == cursor_w_len(&b));
	fuzz_check(memcmp(first, second, cursor_w_len(&a)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *msg;
	struct wire_open o;

	if (size > BGP_MAX_LEN)
		return 0;
	msg = xcalloc(1, BGP_HEADER_LEN + size);
	if (size)
		memcpy(msg + BGP_HEADER_LEN, data, size);
	/* Families of others only cannot be said by us. */
	if (decode(msg, BGP_HEADER_LEN + size, &o) == 0 && (o.families || !o.has_mp))
		check_round_trip(&o);
	free(msg);
	return 0;
}
