/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Time begins at a second, so that "long ago" is not negative.
 */
#include "tests/bfd/kit.h"

#include "tests/cu_main.h"

uint32_t kit_random(void *ctx)
{
	(void)ctx;
	return cu_random();
}

struct bfd_session_conf kit_conf(void)
{
	return (struct bfd_session_conf){
		.min_tx_us = 50000,
		.min_rx_us = 50000,
		.multiplier = 3,
	};
}

void kit_init(struct kit *k, const struct bfd_session_conf *conf)
{
	*k = (struct kit){
		.now.us = 1000000,
		.peer = {
			.multiplier = 3,
			.len = BFD_HEADER_LEN,
			.my_discr = KIT_REMOTE,
			.desired_min_tx_us = 50000,
			.required_min_rx_us = 50000,
		},
	};
	bfd_session_init(&k->s, KIT_DISCR, kit_random, NULL);
	bfd_session_reconf(&k->s, conf, k->now);
}

enum bfd_drop kit_hear(struct kit *k, enum bfd_state state)
{
	uint8_t octets[BFD_PACKET_MAX];
	struct bfd_packet d;

	k->peer.state = (uint8_t)state;
	k->peer.your_discr = k->s.remote_discr ? k->s.discr : 0;
	if (state == BFD_STATE_INIT || state == BFD_STATE_UP)
		k->peer.your_discr = k->s.discr;
	bfd_packet_encode(&k->peer, octets);
	CU_ASSERT_EQUAL_FATAL(bfd_packet_decode(octets, BFD_HEADER_LEN, &d), BFD_DROP_NONE);
	return bfd_session_receive(&k->s, octets, &d, k->now);
}

struct bfd_packet kit_emit(struct kit *k)
{
	uint8_t octets[BFD_PACKET_MAX];
	struct bfd_packet d = { 0 };
	const size_t len = bfd_session_emit(&k->s, octets, k->now);

	CU_ASSERT_EQUAL_FATAL(bfd_packet_decode(octets, len, &d), BFD_DROP_NONE);
	return d;
}

void kit_pass_ms(struct kit *k, int64_t ms)
{
	k->now = mono_add_us(k->now, ms * 1000);
}

void kit_up(struct kit *k)
{
	(void)kit_emit(k);
	CU_ASSERT_EQUAL(kit_hear(k, BFD_STATE_DOWN), BFD_DROP_NONE);
	(void)kit_emit(k);
	CU_ASSERT_EQUAL(kit_hear(k, BFD_STATE_UP), BFD_DROP_NONE);
	(void)kit_emit(k);
	k->peer.final = true;
	for (int i = 0; i < 3 && k->s.polling; i++)
		CU_ASSERT_EQUAL(kit_hear(k, BFD_STATE_UP), BFD_DROP_NONE);
	k->peer.final = false;
	CU_ASSERT_EQUAL_FATAL(k->s.state, BFD_STATE_UP);
	CU_ASSERT_FALSE_FATAL(k->s.polling);
}
