/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses are 16 bytes with the unused ones zero, for both families: comparison, masking and
 * covering are one loop over bytes with no branch on the family. The family matters only for
 * text, socket addresses, and the table of martians.
 */
#include "lib/net/prefix.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "lib/base/decimal.h"
#include "lib/net/cursor.h"

_Static_assert(sizeof(struct ip_addr) == 17, "no padding: compared with memcmp");
_Static_assert(sizeof(struct prefix) == 18, "no padding: compared with memcmp");

const char *family_name(uint8_t family)
{
	return family == AF_INET ? "ipv4" : "ipv6";
}

struct ip_addr ip_from_v4(uint32_t host_order)
{
	struct ip_addr a = { .family = AF_INET };

	for (unsigned i = 0; i < 4; i++)
		a.b[i] = (uint8_t)(host_order >> (24 - 8 * i));
	return a;
}

struct ip_addr ip_from_bytes(uint8_t family, const uint8_t *bytes)
{
	struct ip_addr a = { .family = family };

	memcpy(a.b, bytes, family_bytes(family));
	return a;
}

uint32_t ip_to_v4(const struct ip_addr *a)
{
	return be32_get(a->b);
}

int ip_parse(const char *s, struct ip_addr *a)
{
	*a = (struct ip_addr){ 0 };
	a->family = strchr(s, ':') ? AF_INET6 : AF_INET;
	if (inet_pton(a->family, s, a->b) == 1)
		return 0;
	*a = (struct ip_addr){ 0 };
	return -EINVAL;
}

/* Returns the end. inet_ntop's IPv4 goes through printf, and tables have millions of them. */
static char *format(const struct ip_addr *a, char *dst)
{
	char *end = dst;

	if (a->family == AF_INET) {
		for (unsigned i = 0; i < 4; i++) {
			if (i)
				*end++ = '.';
			end = decimal_put(end, a->b[i]);
		}
	} else if (a->family && inet_ntop(a->family, a->b, dst, IP_STRLEN)) {
		return dst + strlen(dst);
	}
	*end = '\0';
	return end;
}

char *ip_format(const struct ip_addr *a, char *dst)
{
	(void)format(a, dst);
	return dst;
}

bool ip_is_equal(const struct ip_addr *a, const struct ip_addr *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

int ip_cmp(const struct ip_addr *a, const struct ip_addr *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return memcmp(a->b, b->b, sizeof(a->b));
}

bool ip_is_set(const struct ip_addr *a)
{
	return a->family != 0;
}

bool ip_is_link_local(const struct ip_addr *a)
{
	if (a->family == AF_INET6)
		return a->b[0] == 0xfe && (a->b[1] & 0xc0) == 0x80;
	return a->family == AF_INET && a->b[0] == 169 && a->b[1] == 254;
}

socklen_t ip_to_sockaddr(const struct ip_addr *a, uint16_t port, uint32_t ifindex,
	struct sockaddr_storage *ss)
{
	memset(ss, 0, sizeof(*ss));
	if (a->family == AF_INET) {
		struct sockaddr_in *in = (struct sockaddr_in *)ss;

		in->sin_family = AF_INET;
		in->sin_port = htons(port);
		memcpy(&in->sin_addr, a->b, 4);
		return sizeof(*in);
	}
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ss;

	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(port);
	memcpy(&in6->sin6_addr, a->b, 16);
	if (ip_is_link_local(a))
		in6->sin6_scope_id = ifindex;
	return sizeof(*in6);
}

static int from_in6(const struct sockaddr *sa, struct ip_addr *a, uint16_t *port)
{
	struct sockaddr_in6 in6;

	memcpy(&in6, sa, sizeof(in6));
	if (IN6_IS_ADDR_V4MAPPED(&in6.sin6_addr))
		*a = ip_from_bytes(AF_INET, in6.sin6_addr.s6_addr + 12);
	else
		*a = ip_from_bytes(AF_INET6, in6.sin6_addr.s6_addr);
	if (port)
		*port = ntohs(in6.sin6_port);
	return 0;
}

int ip_from_sockaddr(const struct sockaddr *sa, struct ip_addr *a, uint16_t *port)
{
	struct sockaddr_in in;

	if (sa->sa_family == AF_INET6)
		return from_in6(sa, a, port);
	if (sa->sa_family != AF_INET)
		return -EAFNOSUPPORT;
	memcpy(&in, sa, sizeof(in));
	*a = ip_from_v4(ntohl(in.sin_addr.s_addr));
	if (port)
		*port = ntohs(in.sin_port);
	return 0;
}

struct prefix prefix_any(uint8_t family)
{
	return (struct prefix){ .family = family };
}

struct prefix prefix_make(const struct ip_addr *a, uint8_t len)
{
	struct prefix p = { .family = a->family, .len = len };
	const unsigned whole = len / 8;

	memcpy(p.b, a->b, whole);
	if (len % 8)
		p.b[whole] = (uint8_t)(a->b[whole] & (0xff00 >> (len % 8)));
	return p;
}

struct prefix prefix_host(const struct ip_addr *a)
{
	return prefix_make(a, family_bits(a->family));
}

struct ip_addr prefix_addr(const struct prefix *p)
{
	return ip_from_bytes(p->family, p->b);
}

/* Decimal without sign, blanks or leading zeros; -1 if it is not one, or above max. */
static int parse_length(const char *s, int max)
{
	int n = 0;

	if (!*s || (s[0] == '0' && s[1]))
		return -1;
	for (; *s; s++) {
		if (*s < '0' || *s > '9')
			return -1;
		n = 10 * n + (*s - '0');
		if (n > max)
			return -1;
	}
	return n;
}

int prefix_parse(const char *s, struct prefix *p)
{
	const char *slash = strchr(s, '/');
	char text[IP_STRLEN];
	struct ip_addr a;
	struct ip_addr cut;
	int len;

	*p = (struct prefix){ 0 };
	if (!slash || (size_t)(slash - s) >= sizeof(text))
		return -EINVAL;
	memcpy(text, s, (size_t)(slash - s));
	text[slash - s] = '\0';
	if (ip_parse(text, &a) < 0)
		return -EINVAL;
	len = parse_length(slash + 1, family_bits(a.family));
	if (len < 0)
		return -EINVAL;
	*p = prefix_make(&a, (uint8_t)len);
	cut = prefix_addr(p);
	return ip_is_equal(&cut, &a) ? 0 : -EDOM;
}

char *prefix_format(const struct prefix *p, char *dst)
{
	const struct ip_addr a = prefix_addr(p);
	char *end = format(&a, dst);

	*end++ = '/';
	*decimal_put(end, p->len) = '\0';
	return dst;
}

bool prefix_is_equal(const struct prefix *a, const struct prefix *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

int prefix_cmp(const struct prefix *a, const struct prefix *b)
{
	int d;

	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	d = memcmp(a->b, b->b, sizeof(a->b));
	return d ? d : (int)a->len - (int)b->len;
}

/* Are the first len bits equal? */
static bool bits_agree(const uint8_t *a, const uint8_t *b, unsigned len)
{
	const unsigned whole = len / 8;

	if (memcmp(a, b, whole) != 0)
		return false;
	return len % 8 == 0 || ((a[whole] ^ b[whole]) & (0xff00 >> (len % 8)) & 0xff) == 0;
}

bool prefix_covers(const struct prefix *outer, const struct prefix *inner)
{
	return outer->family == inner->family && outer->len <= inner->len &&
		bits_agree(outer->b, inner->b, outer->len);
}

bool prefix_covers_addr(const struct prefix *outer, const struct ip_addr *a)
{
	return outer->family == a->family && bits_agree(outer->b, a->b, outer->len);
}

bool prefix_overlaps(const struct prefix *a, const struct prefix *b)
{
	return a->len <= b->len ? prefix_covers(a, b) : prefix_covers(b, a);
}

/*
 * RFC 6890 and its registries. Private space (10/8, 172.16/12, 192.168/16, fc00::/7) is not
 * here: it is what hybrid clouds route. Shared space (100.64/10) has a filter of its own.
 */
/* clang-format off */
static const struct prefix martians[] = {
	{ AF_INET,   8, { 0 } },                     /* 0.0.0.0/8: this network */
	{ AF_INET,   8, { 127 } },                   /* loopback */
	{ AF_INET,  16, { 169, 254 } },              /* link-local */
	{ AF_INET,  24, { 192, 0, 0 } },             /* IETF protocol assignments */
	{ AF_INET,  24, { 192, 0, 2 } },             /* documentation */
	{ AF_INET,  15, { 198, 18 } },               /* benchmarking */
	{ AF_INET,  24, { 198, 51, 100 } },          /* documentation */
	{ AF_INET,  24, { 203, 0, 113 } },           /* documentation */
	{ AF_INET,   4, { 224 } },                   /* multicast */
	{ AF_INET,   4, { 240 } },                   /* reserved, limited broadcast */
	{ AF_INET6,  8, { 0 } },                     /* unspecified, loopback, v4-mapped */
	{ AF_INET6, 64, { 0x01, 0x00 } },            /* 100::/64: discard only */
	{ AF_INET6, 32, { 0x20, 0x01, 0x0d, 0xb8 } }, /* documentation */
	{ AF_INET6, 10, { 0xfe, 0x80 } },            /* link-local */
	{ AF_INET6, 10, { 0xfe, 0xc0 } },            /* site-local, deprecated */
	{ AF_INET6,  8, { 0xff } },                  /* multicast */
};
/* clang-format on */

const struct prefix *prefix_martians(size_t *n)
{
	*n = ARRAY_SIZE(martians);
	return martians;
}

bool prefix_is_martian(const struct prefix *p)
{
	for (size_t i = 0; i < ARRAY_SIZE(martians); i++) {
		if (prefix_covers(&martians[i], p))
			return true;
	}
	return false;
}

/*
 * Narrower than the table for prefixes: link-local and documentation addresses are legal
 * between neighbours on a link (cloud links are often numbered from 169.254/16).
 */
bool ip_is_martian(const struct ip_addr *a)
{
	static const struct prefix loopback6 = { AF_INET6, 127, { 0 } }; /* ::, ::1 */
	static const struct prefix mapped6 = { AF_INET6, 96, { [10] = 0xff, [11] = 0xff } };

	if (a->family == AF_INET)
		return a->b[0] == 0 || a->b[0] == 127 || a->b[0] >= 224;
	return a->family != AF_INET6 || a->b[0] == 0xff || prefix_covers_addr(&loopback6, a) ||
		prefix_covers_addr(&mapped6, a);
}
