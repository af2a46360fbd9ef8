/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cursors: byte order, sticky fault, sub-cursors; random writes read back.
 */
#include <string.h>

#include "lib/net/cursor.h"
#include "tests/cu_main.h"

static void numbers_are_big_endian(void)
{
	static const uint8_t octets[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };
	struct cursor c = cursor_make(octets, sizeof(octets));

	CU_ASSERT_EQUAL(cursor_u8(&c), 1);
	CU_ASSERT_EQUAL(cursor_u16(&c), 0x0203);
	CU_ASSERT_EQUAL(cursor_u32(&c), 0x04050607);
	CU_ASSERT_EQUAL(cursor_u64(&c), UINT64_C(0x08090a0b0c0d0e0f));
	CU_ASSERT_EQUAL(cursor_left(&c), 0);
	CU_ASSERT_FALSE(c.fault);
}

static void after_a_fault_everything_reads_as_zero(void)
{
	static const uint8_t octets[] = { 1, 2, 3 };
	struct cursor c = cursor_make(octets, sizeof(octets));
	uint8_t dst[2] = { 9, 9 };
	struct cursor sub;

	CU_ASSERT_EQUAL(cursor_u32(&c), 0);
	CU_ASSERT(c.fault);
	CU_ASSERT_EQUAL(cursor_u8(&c), 0); /* though octets are left */
	CU_ASSERT_EQUAL(cursor_left(&c), 0);
	cursor_bytes(&c, dst, sizeof(dst));
	CU_ASSERT(dst[0] == 0 && dst[1] == 0);
	CU_ASSERT_PTR_NULL(cursor_take(&c, 0));
	sub = cursor_sub(&c, 0);
	CU_ASSERT(sub.fault);
	CU_ASSERT_PTR_EQUAL(c.p, octets); /* stands where the item that did not fit begins */
}

static void sub_cursor_cannot_reach_beyond_its_part(void)
{
	static const uint8_t octets[] = { 1, 2, 3, 4, 5 };
	struct cursor c = cursor_make(octets, sizeof(octets));
	struct cursor sub = cursor_sub(&c, 3);
	struct cursor too_long;

	CU_ASSERT_EQUAL(cursor_u16(&sub), 0x0102);
	CU_ASSERT_EQUAL(cursor_u16(&sub), 0);
	CU_ASSERT(sub.fault);
	CU_ASSERT_FALSE(c.fault);
	CU_ASSERT_EQUAL(cursor_left(&c), 2);
	too_long = cursor_sub(&c, 3);
	CU_ASSERT(c.fault && too_long.fault);
}

static void empty_input_is_no_fault_until_it_is_read(void)
{
	struct cursor c = cursor_make(NULL, 0);

	CU_ASSERT_EQUAL(cursor_left(&c), 0);
	CU_ASSERT_FALSE(c.fault);
	CU_ASSERT_EQUAL(cursor_u8(&c), 0);
	CU_ASSERT(c.fault);
}

static void what_is_written_reads_back(void)
{
	for (unsigned round = 0; round < 500; round++) {
		const uint32_t room = cu_random_below(64);
		uint8_t buf[64 + 1];
		uint32_t values[64];
		uint8_t kinds[64];
		unsigned n = 0;
		struct cursor_w w = cursor_w_make(buf, room);
		struct cursor c;

		buf[room] = 0xa5;
		for (; !w.fault; n++) {
			kinds[n] = (uint8_t)cu_random_below(3);
			values[n] = cu_random() >> (kinds[n] == 0 ? 24 : kinds[n] == 1 ? 16 : 0);
			if (kinds[n] == 0)
				cursor_w_u8(&w, (uint8_t)values[n]);
			else if (kinds[n] == 1)
				cursor_w_u16(&w, (uint16_t)values[n]);
			else
				cursor_w_u32(&w, values[n]);
		}
		CU_ASSERT_EQUAL_FATAL(buf[room], 0xa5);
		CU_ASSERT_FATAL(cursor_w_len(&w) <= room);
		c = cursor_make(buf, cursor_w_len(&w));
		for (unsigned i = 0; i + 1 < n; i++) {
			const uint32_t v = kinds[i] == 0 ? cursor_u8(&c) :
				kinds[i] == 1            ? cursor_u16(&c) :
							   cursor_u32(&c);

			CU_ASSERT_EQUAL_FATAL(v, values[i]);
		}
		CU_ASSERT_EQUAL_FATAL(cursor_left(&c), 0);
		CU_ASSERT_FATAL(!c.fault);
	}
}

static void lengths_are_patched_where_they_were_reserved(void)
{
	uint8_t buf[8];
	struct cursor_w w = cursor_w_make(buf, sizeof(buf));
	const size_t len16 = cursor_w_reserve(&w, 2);
	const size_t len8 = cursor_w_reserve(&w, 1);

	cursor_w_bytes(&w, "abc", 3);
	cursor_w_patch_u16(&w, len16, 0x1234);
	cursor_w_patch_u8(&w, len8, 3);
	CU_ASSERT_EQUAL(cursor_w_len(&w), 6);
	CU_ASSERT_EQUAL(cursor_w_left(&w), 2);
	CU_ASSERT_EQUAL(memcmp(buf,
				"\x12\x34\x03"
				"abc",
				6),
		0);
	cursor_w_reserve(&w, 3);
	CU_ASSERT(w.fault);
	cursor_w_patch_u16(&w, 0, 0xffff); /* does nothing after a fault */
	CU_ASSERT_EQUAL(buf[0], 0x12);
}

static const struct cu_case cases[] = {
	CU_CASE(numbers_are_big_endian),
	CU_CASE(after_a_fault_everything_reads_as_zero),
	CU_CASE(sub_cursor_cannot_reach_beyond_its_part),
	CU_CASE(empty_input_is_no_fault_until_it_is_read),
	CU_CASE(what_is_written_reads_back),
	CU_CASE(lengths_are_patched_where_they_were_reserved),
};
CU_SUITE(cursor, cases);
