/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Router discovery: what we say, and which octets are believed.
 */
#include <errno.h>
#include <string.h>

#include "bgpd/session/socket/nd.h"
#include "tests/cu_main.h"

static const struct ip_addr near = { .family = AF_INET6, .b = { 0xfe, 0x80, [15] = 2 } };
static const struct ip_addr far = { .family = AF_INET6, .b = { 0x20, 0x01, [15] = 2 } };
static const struct ip_addr nobody = { .family = AF_INET6 };

/* RFC 4861 4.2. */
static void an_advertisement_makes_no_default_router(void)
{
	static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 9 };
	uint8_t p[ND_RA_SIZE];
	enum nd_kind kind;

	CU_ASSERT_EQUAL(nd_encode(p, NULL), 16);
	CU_ASSERT_EQUAL_FATAL(nd_encode(p, mac), 24);
	CU_ASSERT_EQUAL(p[0], 134);
	CU_ASSERT_EQUAL(p[6] * 256 + p[7], 0);
	CU_ASSERT(p[16] == 1 && p[17] == 1 && memcmp(p + 18, mac, 6) == 0);
	CU_ASSERT_EQUAL(nd_parse(p, 24, &near, 255, &kind), 0);
	CU_ASSERT_EQUAL(kind, ND_ADVERTISEMENT);
}

/* RFC 4861 6.1.2. */
static void what_is_not_from_a_router_on_the_link_is_ignored(void)
{
	uint8_t p[ND_RA_SIZE];
	enum nd_kind kind;

	(void)nd_encode(p, NULL);
	CU_ASSERT_EQUAL(nd_parse(p, 16, &near, 254, &kind), -EBADMSG);
	CU_ASSERT_EQUAL(nd_parse(p, 16, &near, -1, &kind), -EBADMSG);
	CU_ASSERT_EQUAL(nd_parse(p, 16, &far, 255, &kind), -EBADMSG);
	CU_ASSERT_EQUAL(nd_parse(p, 15, &near, 255, &kind), -EBADMSG);
	CU_ASSERT_EQUAL(nd_parse(p, 0, &near, 255, &kind), -EBADMSG);
	p[1] = 1;
	CU_ASSERT_EQUAL(nd_parse(p, 16, &near, 255, &kind), -EBADMSG);
	p[0] = 135;
	CU_ASSERT_EQUAL(nd_parse(p, 16, &near, 255, &kind), -ENOMSG);
}

static void an_option_that_is_empty_or_cut_spoils_it(void)
{
	uint8_t p[32] = { 134, [16] = 5, [17] = 1, [24] = 200, [25] = 1 };
	enum nd_kind kind;

	CU_ASSERT_EQUAL(nd_parse(p, 32, &near, 255, &kind), 0);
	for (size_t len = 16; len < 32; len++)
		CU_ASSERT_EQUAL(nd_parse(p, len, &near, 255, &kind), len % 8 ? -EBADMSG : 0);
	p[25] = 2;
	CU_ASSERT_EQUAL(nd_parse(p, 32, &near, 255, &kind), -EBADMSG);
	p[25] = 0;
	CU_ASSERT_EQUAL(nd_parse(p, 32, &near, 255, &kind), -EBADMSG);
}

/* RFC 4861 6.1.1. */
static void a_solicitation_may_come_from_who_has_no_address_yet(void)
{
	uint8_t p[16] = { 133, [8] = 1, [9] = 1 };
	enum nd_kind kind;

	CU_ASSERT_EQUAL(nd_parse(p, 8, &nobody, 255, &kind), 0);
	CU_ASSERT_EQUAL(kind, ND_SOLICITATION);
	CU_ASSERT_EQUAL(nd_parse(p, 16, &near, 255, &kind), 0);
	CU_ASSERT_EQUAL(nd_parse(p, 16, &nobody, 255, &kind), -EBADMSG);
	CU_ASSERT_EQUAL(nd_parse(p, 7, &near, 255, &kind), -EBADMSG);
}

static const struct cu_case cases[] = {
	CU_CASE(an_advertisement_makes_no_default_router),
	CU_CASE(what_is_not_from_a_router_on_the_link_is_ignored),
	CU_CASE(an_option_that_is_empty_or_cut_spoils_it),
	CU_CASE(a_solicitation_may_come_from_who_has_no_address_yet),
};

CU_SUITE(nd, cases);
