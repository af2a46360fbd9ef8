/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists of communities.
 */
#include <math.h>
#include <string.h>

#include "bgpd/wire/bgp.h"
#include "bgpd/wire/community.h"
#include "tests/cu_main.h"

static void what_is_added_stands_at_the_end_once(void)
{
	static const uint8_t two[] = { 0, 1, 0, 2, 0xff, 0xff, 0, 0 };
	const struct octets list = { two, sizeof(two) };
	struct arena *a = arena_new(64);
	struct octets more;

	CU_ASSERT_TRUE(community_has(list, 0x00010002));
	CU_ASSERT_FALSE(community_has(list, 0x00020001)); /* not across the border of two */
	CU_ASSERT_TRUE(community_has(list, BGP_COMM_GRACEFUL_SHUTDOWN));
	CU_ASSERT_PTR_EQUAL(community_add(a, list, BGP_COMM_GRACEFUL_SHUTDOWN).p, two);
	more = community_add(a, list, BGP_COMM_BLACKHOLE);
	CU_ASSERT_EQUAL(more.len, 12);
	CU_ASSERT_EQUAL(memcmp(more.p, two, sizeof(two)), 0);
	CU_ASSERT_TRUE(community_has(more, BGP_COMM_BLACKHOLE));
	more = community_add(a, (struct octets){ NULL, 0 }, 7);
	CU_ASSERT_EQUAL(more.len, 4);
	CU_ASSERT_TRUE(community_has(more, 7));
	arena_free(a);
}

static void put(uint8_t *p, uint8_t type, uint8_t subtype, float bw)
{
	uint32_t bits;

	memcpy(&bits, &bw, sizeof(bits));
	memset(p, 0, 8);
	p[0] = type;
	p[1] = subtype;
	for (unsigned i = 0; i < 4; i++)
		p[4 + i] = (uint8_t)(bits >> (24 - 8 * i));
}

static void a_bandwidth_is_a_positive_number_or_none(void)
{
	static const struct {
		uint8_t type;
		uint8_t subtype;
		float bw;
		float want;
	} table[] = {
		{ 0x40, 4, 1.25e9f, 1.25e9f },
		{ 0x00, 4, 1.25e9f, 1.25e9f },
		{ 0x40, 2, 1.25e9f, 0 },
		{ 0x01, 4, 1.25e9f, 0 },
		{ 0x40, 4, 0, 0 },
		{ 0x40, 4, -1, 0 },
		{ 0x40, 4, -0.0f, 0 },
		{ 0x40, 4, INFINITY, 0 },
		{ 0x40, 4, -INFINITY, 0 },
		{ 0x40, 4, NAN, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		uint8_t b[8];

		put(b, table[i].type, table[i].subtype, table[i].bw);
		CU_ASSERT_EQUAL(community_link_bandwidth((struct octets){ b, sizeof(b) }),
			table[i].want);
	}
	CU_ASSERT_EQUAL(community_link_bandwidth((struct octets){ NULL, 0 }), 0);
}

static void of_several_bandwidths_the_lowest_counts(void)
{
	uint8_t b[24];

	put(b, 0x40, 4, 500);
	put(b + 8, 0x00, 4, 200);
	put(b + 16, 0x40, 4, NAN);
	CU_ASSERT_EQUAL(community_link_bandwidth((struct octets){ b, 24 }), 200);
	put(b + 16, 0x40, 4, 0); /* says that nothing should go there: no weight at all */
	CU_ASSERT_EQUAL(community_link_bandwidth((struct octets){ b, 24 }), 0);
}

static const struct cu_case cases[] = {
	CU_CASE(what_is_added_stands_at_the_end_once),
	CU_CASE(a_bandwidth_is_a_positive_number_or_none),
	CU_CASE(of_several_bandwidths_the_lowest_counts),
};
CU_SUITE(community, cases);
