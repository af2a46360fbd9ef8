/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A neighbour that says anything to one session. The input is: options (key type, multiplier), then
 * for each datagram how long it took (in units of 4 ms), its length, and its octets. Whatever was
 * said, what we say is well formed, and the session wants to be woken in time.
 */
#include <string.h>

#include "bfd/session.h"
#include "fuzz/fuzz.h"

static uint32_t number(void *ctx)
{
	uint32_t *n = ctx;

	*n = *n * 1664525 + 1013904223;
	return *n;
}

/* All that is due; more than a few at one instant would be a storm. */
static void answer(struct bfd_session *s, struct mono now)
{
	int n = 0;

	while (s->want_final || bfd_session_wants_send(s, now)) {
		uint8_t out[BFD_PACKET_MAX];
		const size_t len = bfd_session_emit(s, out, now);
		struct bfd_packet d;

		fuzz_check(len > 0 && len <= sizeof(out));
		/* a state with no discriminator to go with it cannot be reached */
		fuzz_check(bfd_packet_decode(out, len, &d) == BFD_DROP_NONE);
		fuzz_check(!(d.poll && d.final) && d.my_discr == s->discr);
		fuzz_check(++n <= 4);
	}
	fuzz_check(mono_is_before(now, bfd_session_deadline(s)) || bfd_session_is_expired(s, now));
}

static void hear(struct bfd_session *s, const uint8_t *p, size_t len, struct mono now)
{
	struct bfd_packet d;

	if (bfd_packet_decode(p, len, &d) != BFD_DROP_NONE)
		return;
	fuzz_check(d.len <= len);
	if (d.your_discr == 0 || d.your_discr == s->discr)
		(void)bfd_session_receive(s, p, &d, now);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mono now = { 1000000 };
	struct bfd_session_conf conf = { .min_tx_us = 50000, .min_rx_us = 50000 };
	uint32_t seed = 1;
	struct bfd_session s;

	if (size < 2)
		return 0;
	conf.key.type = data[0] % BFD_AUTH_COUNT;
	conf.key.len = conf.key.type ? 4 : 0;
	memcpy(conf.key.secret, "key", 4);
	conf.multiplier = data[1] ? data[1] : 1;
	bfd_session_init(&s, 1, number, &seed);
	bfd_session_reconf(&s, &conf, now);
	for (size_t at = 2; at + 2 <= size;) {
		size_t len = data[at + 1];

		now = mono_add_us(now, data[at] * 4000);
		if (bfd_session_is_expired(&s, now))
			bfd_session_expire(&s, now);
		answer(&s, now);
		at += 2;
		if (len > size - at)
			len = size - at;
		hear(&s, data + at, len, now);
		answer(&s, now);
		at += len;
	}
	return 0;
}
