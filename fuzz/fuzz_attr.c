/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One path attribute by itself. The octets of the input: options of the session, flags, type, and
 * the value. What is accepted must be a fixpoint: written and read again it is the same set, and
 * written once more the same octets. An unknown transitive attribute leaves as it came, octet by
 * octet, but for the Partial bit (RFC 4271 5).
 */
#include <string.h>

#include "bgpd/wire/attr.h"
#include "fuzz/fuzz.h"
#include "lib/base/xalloc.h"

#define OPTION_AS4      1
#define OPTION_IBGP     2
#define OPTION_EXTENDED 4 /* length of two octets, also where one would do */
#define HEAD            3 /* options, flags, type */
#define ROOM            65535
#define FIRST_UNKNOWN   200 /* nobody has assigned types from here to 254 */
#define LAST_UNKNOWN    254

static size_t put_attr(uint8_t *dst, const uint8_t *in, size_t len)
{
	const bool wide = in[0] & OPTION_EXTENDED || len > UINT8_MAX;
	uint8_t *p = dst;

	*p++ = wide ? in[1] | BGP_ATTR_FLAG_EXTENDED : in[1] & (uint8_t)~BGP_ATTR_FLAG_EXTENDED;
	*p++ = in[2];
	if (wide)
		*p++ = (uint8_t)(len >> 8);
	*p++ = (uint8_t)len;
	memcpy(p, in + HEAD, len);
	return (size_t)(p - dst) + len;
}

static enum wire_action decode(struct octets section, const struct wire_session *s, struct arena *a,
	struct wire_attrs *out)
{
	const struct wire_attrs_in in = { .s = s, .section = section, .arena = a };
	struct wire_err err = { 0 };
	struct wire_mp mp;

	wire_attrs_decode(&in, out, &mp, &err);
	fuzz_check(!err.action || (err.code == BGP_ERR_UPDATE && err.why));
	return (enum wire_action)err.action;
}

static struct octets encode(const struct wire_attrs *at, const struct wire_session *s,
	struct arena *a)
{
	uint8_t *buf = arena_alloc(a, ROOM);
	struct cursor_w w = cursor_w_make(buf, ROOM);

	wire_attrs_encode(&w, s, at, true);
	return (struct octets){ buf, w.fault ? 0 : (uint16_t)cursor_w_len(&w) };
}

/* One TLV, its value as it came, Partial set. */
static void check_unknown(const struct wire_attrs *at, const uint8_t *in, size_t len)
{
	const uint8_t *p = at->unknown.p;
	const bool wide = at->unknown.len && p[0] & BGP_ATTR_FLAG_EXTENDED;
	const size_t head = wide ? 4 : 3;

	if (!(in[1] & BGP_ATTR_FLAG_TRANSITIVE)) {
		fuzz_check(at->unknown.len == 0);
		return;
	}
	fuzz_check(at->unknown.len == head + len && p[1] == in[2]);
	fuzz_check(p[0] & BGP_ATTR_FLAG_PARTIAL && p[0] & BGP_ATTR_FLAG_OPTIONAL);
	fuzz_check((wide ? (size_t)p[2] << 8 | p[3] : p[2]) == len);
	fuzz_check(memcmp(p + head, in + HEAD, len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const size_t len = size < HEAD ? 0 : size - HEAD;
	struct wire_session s = { .families = 3 };
	struct wire_attrs at, again;
	struct octets first, second;
	uint8_t *section;
	struct arena *a;

	if (size < HEAD || len > ROOM - 4)
		return 0;
	s.as4 = data[0] & OPTION_AS4;
	s.ibgp = data[0] & OPTION_IBGP;
	a = arena_new(4096);
	section = xmalloc(len + 4);
	if (decode((struct octets){ section, (uint16_t)put_attr(section, data, len) }, &s, a,
		    &at) == WIRE_ACTION_NONE) {
		if (data[2] >= FIRST_UNKNOWN && data[2] <= LAST_UNKNOWN)
			check_unknown(&at, data, len);
		first = encode(&at, &s, a);
		if (first.len) {
			fuzz_check(decode(first, &s, a, &again) == WIRE_ACTION_NONE);
			fuzz_check(again.has == at.has);
			second = encode(&again, &s, a);
			fuzz_check(first.len == second.len);
			fuzz_check(memcmp(first.p, second.p, first.len) == 0);
		}
	}
	free(section);
	arena_free(a);
	return 0;
}
