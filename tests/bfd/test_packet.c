/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The codec: every rule of RFC 5880 6.8.6 that needs no session, each at its boundary.
 */
#include <string.h>

#include "bfd/packet.h"
#include "tests/cu_main.h"

static const uint8_t good[BFD_HEADER_LEN] = {
	0x21,
	0xc8,
	3,
	24, /* version 1, diag 1; up, C */
	0,
	0,
	0,
	1,
	0,
	0,
	0,
	2, /* discriminators */
	0,
	0,
	0xc3,
	0x50,
	0,
	0,
	0x61,
	0xa8, /* 50000, 25000 */
	0,
	0,
	0,
	7,
};

static void fields_are_read(void)
{
	struct bfd_packet d;

	CU_ASSERT_EQUAL(bfd_packet_decode(good, sizeof(good), &d), BFD_DROP_NONE);
	CU_ASSERT_EQUAL(d.diag, BFD_DIAG_EXPIRED);
	CU_ASSERT_EQUAL(d.state, BFD_STATE_UP);
	CU_ASSERT_TRUE(d.independent);
	CU_ASSERT_FALSE(d.poll || d.final || d.demand || d.has_auth);
	CU_ASSERT_EQUAL(d.multiplier, 3);
	CU_ASSERT_EQUAL(d.my_discr, 1);
	CU_ASSERT_EQUAL(d.your_discr, 2);
	CU_ASSERT_EQUAL(d.desired_min_tx_us, 50000);
	CU_ASSERT_EQUAL(d.required_min_rx_us, 25000);
	CU_ASSERT_EQUAL(d.required_min_echo_us, 7);
}

/* One octet of the good packet is another one, and the datagram has this length. */
static const struct {
	const char *name;
	uint8_t off;
	uint8_t value;
	uint8_t len;
	enum bfd_drop expect;
} rules[] = {
	{ "as it is", 2, 3, 24, BFD_DROP_NONE },
	{ "octets behind it", 2, 3, 40, BFD_DROP_NONE },
	{ "nothing", 0, 0x21, 0, BFD_DROP_SHORT },
	{ "one octet short", 0, 0x21, 23, BFD_DROP_SHORT },
	{ "version 0", 0, 0x01, 24, BFD_DROP_VERSION },
	{ "version 2", 0, 0x41, 24, BFD_DROP_VERSION },
	{ "reserved diagnostic", 0, 0x3f, 24, BFD_DROP_NONE },
	{ "length below the header", 3, 23, 24, BFD_DROP_LENGTH },
	{ "length above the datagram", 3, 25, 24, BFD_DROP_LENGTH },
	{ "length above the header", 3, 25, 25, BFD_DROP_NONE },
	{ "authentication without room", 1, 0xcc, 24, BFD_DROP_LENGTH },
	{ "multiplier 0", 2, 0, 24, BFD_DROP_MULTIPLIER },
	{ "multiplier 255", 2, 255, 24, BFD_DROP_NONE },
	{ "multipoint", 1, 0xc1, 24, BFD_DROP_MULTIPOINT },
	{ "my discriminator 0", 7, 0, 24, BFD_DROP_DISCRIMINATOR },
	{ "your discriminator 0 while up", 11, 0, 24, BFD_DROP_DISCRIMINATOR },
	{ "poll", 1, 0xe0, 24, BFD_DROP_NONE },
	{ "final", 1, 0xd0, 24, BFD_DROP_NONE },
	{ "poll and final", 1, 0xf0, 24, BFD_DROP_FLAGS },
	{ "demand", 1, 0xc2, 24, BFD_DROP_NONE },
};

static void each_rule_drops_at_its_boundary(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		uint8_t octets[64] = { 0 };
		struct bfd_packet d;
		enum bfd_drop got;

		memcpy(octets, good, sizeof(good));
		octets[rules[i].off] = rules[i].value;
		got = bfd_packet_decode(octets, rules[i].len, &d);
		if (got != rules[i].expect)
			fprintf(stderr, "# %s: %s\n", rules[i].name, bfd_drop_name(got));
		CU_ASSERT_EQUAL(got, rules[i].expect);
	}
}

/* RFC 5880 6.8.6: an unknown session may only be begun in two states. */
static void your_discriminator_may_be_zero_in_two_states(void)
{
	static const enum bfd_drop expect[BFD_STATE_COUNT] = {
		[BFD_STATE_ADMIN_DOWN] = BFD_DROP_NONE,
		[BFD_STATE_DOWN] = BFD_DROP_NONE,
		[BFD_STATE_INIT] = BFD_DROP_DISCRIMINATOR,
		[BFD_STATE_UP] = BFD_DROP_DISCRIMINATOR,
	};

	for (unsigned st = 0; st < BFD_STATE_COUNT; st++) {
		uint8_t octets[BFD_HEADER_LEN];
		struct bfd_packet d;

		memcpy(octets, good, sizeof(good));
		octets[1] = (uint8_t)(st << 6);
		memset(octets + 8, 0, 4);
		CU_ASSERT_EQUAL(bfd_packet_decode(octets, sizeof(octets), &d), expect[st]);
	}
}

static void an_authenticated_packet_has_26_octets_at_least(void)
{
	uint8_t octets[26] = { 0 };
	struct bfd_packet d;

	memcpy(octets, good, sizeof(good));
	octets[1] |= 1 << 2;
	octets[3] = 25;
	CU_ASSERT_EQUAL(bfd_packet_decode(octets, 26, &d), BFD_DROP_LENGTH);
	octets[3] = 26;
	CU_ASSERT_EQUAL(bfd_packet_decode(octets, 26, &d), BFD_DROP_NONE);
	CU_ASSERT_TRUE(d.has_auth);
}

static void what_is_written_is_read_again(void)
{
	for (int n = 0; n < 1000; n++) {
		uint8_t octets[BFD_HEADER_LEN];
		const struct bfd_packet p = {
			.diag = (uint8_t)cu_random_below(32),
			.state = (uint8_t)cu_random_below(BFD_STATE_COUNT),
			.poll = n % 3 == 0,
			.final = n % 3 == 1,
			.independent = cu_random_below(2),
			.demand = cu_random_below(2),
			.multiplier = (uint8_t)(1 + cu_random_below(255)),
			.len = BFD_HEADER_LEN,
			.my_discr = cu_random() | 1,
			.your_discr = cu_random() | 1,
			.desired_min_tx_us = cu_random(),
			.required_min_rx_us = cu_random(),
			.required_min_echo_us = cu_random(),
		};
		struct bfd_packet d;

		bfd_packet_encode(&p, octets);
		CU_ASSERT_EQUAL(bfd_packet_decode(octets, sizeof(octets), &d), BFD_DROP_NONE);
		CU_ASSERT_EQUAL(memcmp(&p, &d, sizeof(p)), 0);
	}
}

static void names_end_where_the_tables_end(void)
{
	CU_ASSERT_STRING_EQUAL(bfd_state_name(BFD_STATE_UP), "up");
	CU_ASSERT_STRING_EQUAL(bfd_diag_name(BFD_DIAG_EXPIRED), "control detection time expired");
	CU_ASSERT_STRING_EQUAL(bfd_diag_name(BFD_DIAG_COUNT), "reserved");
	CU_ASSERT_STRING_EQUAL(bfd_diag_name(31), "reserved");
	CU_ASSERT_STRING_EQUAL(bfd_drop_name(BFD_DROP_AUTH_REPLAY), "authentication-replay");
}

static const struct cu_case cases[] = {
	CU_CASE(fields_are_read),
	CU_CASE(each_rule_drops_at_its_boundary),
	CU_CASE(your_discriminator_may_be_zero_in_two_states),
	CU_CASE(an_authenticated_packet_has_26_octets_at_least),
	CU_CASE(what_is_written_is_read_again),
	CU_CASE(names_end_where_the_tables_end),
};
CU_SUITE(packet, cases);
