/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses and prefixes: text forms by table, relations against a bit-by-bit model.
 */
#include <errno.h>
#include <string.h>

#include "lib/net/prefix.h"
#include "tests/cu_main.h"

static void text_forms_parse_and_print(void)
{
	static const struct {
		const char *text;
		int ret;
		const char *printed; /* of what was parsed, cut form for -EDOM */
	} rows[] = {
		{ "0.0.0.0/0", 0, "0.0.0.0/0" },
		{ "10.1.2.0/24", 0, "10.1.2.0/24" },
		{ "255.255.255.255/32", 0, "255.255.255.255/32" },
		{ "::/0", 0, "::/0" },
		{ "2001:DB8:0:0::/48", 0, "2001:db8::/48" },
		{ "::ffff:1.2.3.4/128", 0, "::ffff:1.2.3.4/128" },
		{ "10.1.2.3/24", -EDOM, "10.1.2.0/24" },
		{ "128.0.0.0/0", -EDOM, "0.0.0.0/0" },
		{ "2001:db8::1/33", -EDOM, "2001:db8::/33" },
		{ "10.1.2.0", -EINVAL, NULL },
		{ "10.1.2.0/33", -EINVAL, NULL },
		{ "10.1.2.0/", -EINVAL, NULL },
		{ "10.1.2.0/+8", -EINVAL, NULL },
		{ "10.1.2.0/08", -EINVAL, NULL },
		{ "10.1.2.0/8 ", -EINVAL, NULL },
		{ "10.1.2/24", -EINVAL, NULL },
		{ "::/129", -EINVAL, NULL },
		{ "::/4294967296", -EINVAL, NULL },
		{ "", -EINVAL, NULL },
		{ "/8", -EINVAL, NULL },
		{ "1111:1111:1111:1111:1111:1111:1111:1111:1111:1111/8", -EINVAL, NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char buf[PREFIX_STRLEN];
		struct prefix p;

		CU_ASSERT_EQUAL(prefix_parse(rows[i].text, &p), rows[i].ret);
		if (rows[i].printed)
			CU_ASSERT_STRING_EQUAL(prefix_format(&p, buf), rows[i].printed);
	}
}

static struct prefix random_prefix(uint8_t family)
{
	struct ip_addr a = { .family = family };

	/* Few distinct bits, so that relations other than "disjoint" happen. */
	for (unsigned i = 0; i < family_bytes(family); i++)
		a.b[i] = (uint8_t)(cu_random_below(3) ? 0 : 1u << cu_random_below(8));
	return prefix_make(&a, (uint8_t)cu_random_below(family_bits(family) + 1u));
}

static void printed_prefixes_parse_to_themselves(void)
{
	for (unsigned i = 0; i < 5000; i++) {
		const struct prefix p = random_prefix(i & 1 ? AF_INET : AF_INET6);
		char buf[PREFIX_STRLEN];
		struct prefix q;

		CU_ASSERT_EQUAL_FATAL(prefix_parse(prefix_format(&p, buf), &q), 0);
		CU_ASSERT_FATAL(prefix_is_equal(&p, &q));
	}
}

static bool bit(const uint8_t *b, unsigned i)
{
	return b[i / 8] >> (7 - i % 8) & 1;
}

static bool naive_covers(const struct prefix *outer, const struct prefix *inner)
{
	if (outer->family != inner->family || outer->len > inner->len)
		return false;
	for (unsigned i = 0; i < outer->len; i++) {
		if (bit(outer->b, i) != bit(inner->b, i))
			return false;
	}
	return true;
}

static void covering_agrees_with_bit_by_bit_comparison(void)
{
	unsigned n_covered = 0;

	for (unsigned i = 0; i < 20000; i++) {
		const struct prefix a = random_prefix(i & 1 ? AF_INET : AF_INET6);
		const struct prefix b = random_prefix(i & 2 ? AF_INET : AF_INET6);
		const bool covers = naive_covers(&a, &b);
		const struct ip_addr addr = prefix_addr(&b);
		const struct prefix host = prefix_host(&addr);

		CU_ASSERT_EQUAL_FATAL(prefix_covers(&a, &b), covers);
		CU_ASSERT_EQUAL_FATAL(prefix_overlaps(&a, &b), covers || naive_covers(&b, &a));
		CU_ASSERT_EQUAL_FATAL(prefix_covers_addr(&a, &addr), naive_covers(&a, &host));
		n_covered += covers;
	}
	CU_ASSERT(n_covered > 100);
}

static void order_is_family_then_address_then_length(void)
{
	static const char *const sorted[] = { "0.0.0.0/0", "0.0.0.0/8", "10.0.0.0/8", "10.0.0.0/9",
		"10.128.0.0/9", "11.0.0.0/8", "::/0", "2001:db8::/32" };
	struct prefix p[ARRAY_SIZE(sorted)];

	for (size_t i = 0; i < ARRAY_SIZE(sorted); i++)
		CU_ASSERT_EQUAL_FATAL(prefix_parse(sorted[i], &p[i]), 0);
	for (size_t i = 0; i < ARRAY_SIZE(sorted); i++) {
		for (size_t k = 0; k < ARRAY_SIZE(sorted); k++) {
			const int d = prefix_cmp(&p[i], &p[k]);

			CU_ASSERT_EQUAL((d > 0) - (d < 0), (i > k) - (i < k));
		}
	}
}

static void martians_are_what_the_registries_say(void)
{
	static const struct {
		const char *text;
		bool is_martian;
	} rows[] = {
		{ "0.0.0.0/0", false },
		{ "0.0.0.0/8", true },
		{ "0.1.0.0/16", true },
		{ "10.0.0.0/8", false },
		{ "100.64.0.0/10", false },
		{ "127.0.0.1/32", true },
		{ "128.0.0.0/1", false },
		{ "169.254.0.0/16", true },
		{ "172.16.0.0/12", false },
		{ "192.0.0.0/23", false },
		{ "192.0.2.0/24", true },
		{ "192.168.0.0/16", false },
		{ "198.18.0.0/15", true },
		{ "198.20.0.0/15", false },
		{ "203.0.113.128/25", true },
		{ "224.0.0.0/3", false },
		{ "239.1.1.0/24", true },
		{ "255.255.255.255/32", true },
		{ "::/0", false },
		{ "::1/128", true },
		{ "::ffff:10.0.0.0/104", true },
		{ "100::/64", true },
		{ "100::/63", false },
		{ "2001:db8:1::/48", true },
		{ "2000::/3", false },
		{ "fd00::/8", false },
		{ "fe80::/64", true },
		{ "fec0::/10", true },
		{ "ff02::/16", true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct prefix p;

		CU_ASSERT_EQUAL_FATAL(prefix_parse(rows[i].text, &p), 0);
		CU_ASSERT_EQUAL(prefix_is_martian(&p), rows[i].is_martian);
	}
}

static void neighbour_addresses_may_be_link_local_but_not_loopback(void)
{
	static const struct {
		const char *text;
		bool is_martian;
	} rows[] = {
		{ "10.0.0.1", false },
		{ "169.254.1.1", false },
		{ "192.0.2.1", false },
		{ "0.0.0.0", true },
		{ "127.0.0.1", true },
		{ "224.0.0.5", true },
		{ "255.255.255.255", true },
		{ "fe80::1", false },
		{ "2001:db8::1", false },
		{ "::", true },
		{ "::1", true },
		{ "::2", false },
		{ "::ffff:10.0.0.1", true },
		{ "ff02::1", true },
	};
	const struct ip_addr none = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct ip_addr a;

		CU_ASSERT_EQUAL_FATAL(ip_parse(rows[i].text, &a), 0);
		CU_ASSERT_EQUAL(ip_is_martian(&a), rows[i].is_martian);
	}
	CU_ASSERT(ip_is_martian(&none));
}

static void socket_addresses_go_there_and_back(void)
{
	static const char *const texts[] = { "10.0.0.1", "2001:db8::5", "fe80::1" };
	struct sockaddr_storage ss;
	struct ip_addr a;
	struct ip_addr b;
	uint16_t port;

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		CU_ASSERT_EQUAL_FATAL(ip_parse(texts[i], &a), 0);
		CU_ASSERT(ip_to_sockaddr(&a, 179, 7, &ss) > 0);
		CU_ASSERT_EQUAL(ip_from_sockaddr((struct sockaddr *)&ss, &b, &port), 0);
		CU_ASSERT(ip_is_equal(&a, &b));
		CU_ASSERT_EQUAL(port, 179);
	}
	CU_ASSERT_EQUAL(((struct sockaddr_in6 *)&ss)->sin6_scope_id, 7); /* fe80::1 was last */
	CU_ASSERT_EQUAL_FATAL(ip_parse("::ffff:10.0.0.1", &a), 0);
	ip_to_sockaddr(&a, 179, 0, &ss);
	CU_ASSERT_EQUAL(ip_from_sockaddr((struct sockaddr *)&ss, &b, NULL), 0);
	CU_ASSERT_EQUAL(b.family, AF_INET);
	CU_ASSERT_EQUAL(ip_to_v4(&b), 0x0a000001);
	ss.ss_family = AF_UNIX;
	CU_ASSERT_EQUAL(ip_from_sockaddr((struct sockaddr *)&ss, &b, NULL), -EAFNOSUPPORT);
}

static const struct cu_case cases[] = {
	CU_CASE(text_forms_parse_and_print),
	CU_CASE(printed_prefixes_parse_to_themselves),
	CU_CASE(covering_agrees_with_bit_by_bit_comparison),
	CU_CASE(order_is_family_then_address_then_length),
	CU_CASE(martians_are_what_the_registries_say),
	CU_CASE(neighbour_addresses_may_be_link_local_but_not_loopback),
	CU_CASE(socket_addresses_go_there_and_back),
};
CU_SUITE(prefix, cases);
