/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Authentication: each type there and back, what is forged, what is replayed.
 */
#include <string.h>

#include "bfd/auth.h"
#include "tests/cu_main.h"

struct side {
	struct bfd_key key;
	struct bfd_auth_state st;
};

static struct bfd_key make_key(enum bfd_auth_type t)
{
	struct bfd_key k = { .type = (uint8_t)t, .id = 7, .len = (uint8_t)bfd_key_max(t) };

	memset(k.secret, 'k', k.len);
	return k;
}

static size_t sign(struct side *s, uint8_t *octets)
{
	const struct bfd_packet p = {
		.state = BFD_STATE_UP,
		.has_auth = s->key.type != BFD_AUTH_NONE,
		.multiplier = 3,
		.len = (uint8_t)(BFD_HEADER_LEN + bfd_auth_len(&s->key)),
		.my_discr = 1,
		.your_discr = 2,
	};

	bfd_packet_encode(&p, octets);
	if (p.has_auth)
		CU_ASSERT_EQUAL(bfd_auth_sign(&s->key, &s->st, octets), 0);
	return p.len;
}

static enum bfd_drop check(struct side *s, const uint8_t *octets, size_t len)
{
	struct bfd_packet d;
	const enum bfd_drop drop = bfd_packet_decode(octets, len, &d);

	return drop ? drop : bfd_auth_check(&s->key, &s->st, octets, &d, 3);
}

static void each_type_is_accepted_by_its_own(void)
{
	for (unsigned a = 0; a < BFD_AUTH_COUNT; a++) {
		for (unsigned b = 0; b < BFD_AUTH_COUNT; b++) {
			struct side tx = { .key = make_key(a) };
			struct side rx = { .key = make_key(b) };
			uint8_t octets[BFD_PACKET_MAX];
			const size_t len = sign(&tx, octets);
			const enum bfd_drop expect = a == b ? BFD_DROP_NONE :
				!a || !b                    ? BFD_DROP_AUTH_MISSING :
							      BFD_DROP_AUTH_BAD;

			CU_ASSERT_EQUAL(check(&rx, octets, len), expect);
		}
	}
}

static void lengths_are_those_of_the_rfc(void)
{
	static const uint8_t expect[BFD_AUTH_COUNT] = { 0, 19, 24, 24, 28, 28 };

	for (unsigned t = 0; t < BFD_AUTH_COUNT; t++) {
		const struct bfd_key k = make_key(t);

		CU_ASSERT_EQUAL(bfd_auth_len(&k), expect[t]);
	}
}

/* Made by another implementation of SHA1, over the packet with the key in it. */
static void a_known_sha1_packet_is_accepted(void)
{
	struct side s = { .key = { .type = BFD_AUTH_SHA1, .id = 1, .len = 6, .secret = "secret" } };
	uint8_t octets[BFD_PACKET_MAX] = {
		0x20,
		0x44,
		3,
		52,
		0,
		0,
		0,
		1,
		0,
		0,
		0,
		0,
		0,
		0x0f,
		0x42,
		0x40,
		0,
		0x0f,
		0x42,
		0x40,
		0,
		0,
		0,
		0,
		4,
		28,
		1,
		0,
		0,
		0,
		0,
		5,
	};
	static const uint8_t digest[20] = {
		0x56,
		0x46,
		0xe6,
		0x3f,
		0x4a,
		0x64,
		0xfc,
		0x49,
		0xb6,
		0x40,
		0x8e,
		0xfb,
		0x85,
		0xd0,
		0xe6,
		0x3d,
		0x11,
		0x60,
		0x6a,
		0x40,
	};

	memcpy(octets + 32, digest, sizeof(digest));
	CU_ASSERT_EQUAL(check(&s, octets, sizeof(octets)), BFD_DROP_NONE);
	CU_ASSERT_EQUAL(s.st.rcv_seq, 5);
}

static void one_flipped_bit_anywhere_is_noticed(void)
{
	for (unsigned t = BFD_AUTH_SIMPLE; t < BFD_AUTH_COUNT; t++) {
		struct side tx = { .key = make_key(t) };
		uint8_t octets[BFD_PACKET_MAX];
		const size_t len = sign(&tx, octets);
		/* a password protects nothing but itself */
		const size_t from = t == BFD_AUTH_SIMPLE ? BFD_HEADER_LEN : 0;

		for (size_t bit = 8 * from; bit < 8 * len; bit++) {
			struct side rx = { .key = make_key(t) };
			uint8_t bad[BFD_PACKET_MAX];

			memcpy(bad, octets, len);
			bad[bit / 8] ^= (uint8_t)(1 << bit % 8);
			CU_ASSERT_TRUE(check(&rx, bad, len) != BFD_DROP_NONE);
			CU_ASSERT_FALSE(rx.st.known);
		}
	}
}

static void another_key_or_id_is_refused(void)
{
	struct side tx = { .key = make_key(BFD_AUTH_SHA1) };
	struct side rx = { .key = make_key(BFD_AUTH_SHA1) };
	uint8_t octets[BFD_PACKET_MAX];
	const size_t len = sign(&tx, octets);

	rx.key.secret[19] = 'x';
	CU_ASSERT_EQUAL(check(&rx, octets, len), BFD_DROP_AUTH_BAD);
	rx.key = make_key(BFD_AUTH_SHA1);
	rx.key.id++;
	CU_ASSERT_EQUAL(check(&rx, octets, len), BFD_DROP_AUTH_BAD);
}

/* RFC 5880 6.7.3: multiplier 3, so nine numbers ahead. */
static const struct {
	uint32_t last;
	uint32_t seq;
	bool keyed;
	bool meticulous;
} windows[] = {
	{ 100, 99, false, false },
	{ 100, 100, true, false },
	{ 100, 101, true, true },
	{ 100, 109, true, true },
	{ 100, 110, false, false },
	{ UINT32_MAX, UINT32_MAX, true, false },
	{ UINT32_MAX, 0, true, true },
	{ UINT32_MAX, 8, true, true },
	{ UINT32_MAX, 9, false, false },
	{ 0, UINT32_MAX, false, false },
};

static void sequence_numbers_have_a_window(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(windows); i++) {
		for (unsigned t = BFD_AUTH_MD5; t < BFD_AUTH_COUNT; t++) {
			const bool meticulous = t == BFD_AUTH_METICULOUS_MD5 ||
				t == BFD_AUTH_METICULOUS_SHA1;
			struct side tx = { make_key(t), { .xmit_seq = windows[i].seq - 1 } };
			struct side rx = { make_key(t),
				{ .rcv_seq = windows[i].last, .known = true } };
			uint8_t octets[BFD_PACKET_MAX];
			const size_t len = sign(&tx, octets);
			const bool ok = meticulous ? windows[i].meticulous : windows[i].keyed;

			CU_ASSERT_EQUAL(check(&rx, octets, len),
				ok ? BFD_DROP_NONE : BFD_DROP_AUTH_REPLAY);
			CU_ASSERT_EQUAL(rx.st.rcv_seq, ok ? windows[i].seq : windows[i].last);
		}
	}
}

static void a_meticulous_packet_counts_once(void)
{
	struct side tx = { .key = make_key(BFD_AUTH_METICULOUS_SHA1) };
	struct side rx = { .key = make_key(BFD_AUTH_METICULOUS_SHA1) };
	uint8_t octets[BFD_PACKET_MAX];
	const size_t len = sign(&tx, octets);

	CU_ASSERT_EQUAL(check(&rx, octets, len), BFD_DROP_NONE);
	CU_ASSERT_EQUAL(check(&rx, octets, len), BFD_DROP_AUTH_REPLAY);
	(void)sign(&tx, octets);
	CU_ASSERT_EQUAL(check(&rx, octets, len), BFD_DROP_NONE);
}

static const struct cu_case cases[] = {
	CU_CASE(each_type_is_accepted_by_its_own),
	CU_CASE(lengths_are_those_of_the_rfc),
	CU_CASE(a_known_sha1_packet_is_accepted),
	CU_CASE(one_flipped_bit_anywhere_is_noticed),
	CU_CASE(another_key_or_id_is_refused),
	CU_CASE(sequence_numbers_have_a_window),
	CU_CASE(a_meticulous_packet_counts_once),
};
CU_SUITE(auth, cases);
