/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text of communities. Fields are read by a small scanner that knows numbers up to a limit,
 * "*", and addresses; the kinds are told apart by what stands in front and by the number of fields.
 *
 *	 standard   AS(2) : value(2)
 *	 large      AS(4) : value(4) : value(4)
 *	 extended   type subtype, then AS(2) : value(4)    type 0x00, RFC 4360 3.1
 *	                               IPv4 : value(2)     type 0x01, RFC 4360 3.2
 *	                               AS(4) : value(2)    type 0x02, RFC 5668 2
 *	link bandwidth       AS(2) : octets a second(4)   type 0x00 or 0x40, a float (RFC 10005)
 *	            or 0x and the 16 digits of its octets
 */
#include "bgpd/policy/list/community.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/compiler.h"
#include "lib/net/cursor.h"
#include "lib/net/prefix.h"

#define EXT_AS2  0x00
#define EXT_IP4  0x01
#define EXT_AS4  0x02
#define EXT_RT   0x02 /* subtypes */
#define EXT_SOO  0x03
#define EXT_LB   0x04
#define EXT_STAY 0x40 /* type: does not cross the border of an AS */
#define TEXT_MAX 64

#define BANDWIDTH_DIGITS 18    /* fit into 64 bits */
#define BANDWIDTH_LIMIT  1e18f /* octets a second */

static const struct {
	const char *name;
	uint8_t size;
} kinds[] = {
	[COMMUNITY_KIND_STANDARD] = { "community", 4 },
	[COMMUNITY_KIND_EXTENDED] = { "extended-community", 8 },
	[COMMUNITY_KIND_LARGE] = { "large-community", 12 },
};
static_assert(ARRAY_SIZE(kinds) == COMMUNITY_KIND_COUNT, "a kind without a size");

/* IANA, BGP Well-known Communities. */
static const struct {
	const char *name;
	uint32_t value;
} well_known[] = {
	{ "graceful-shutdown", BGP_COMM_GRACEFUL_SHUTDOWN }, /* RFC 8326 */
	{ "accept-own", 0xffff0001 },                        /* RFC 7611 */
	{ "llgr-stale", 0xffff0006 },                        /* RFC 9494 */
	{ "no-llgr", 0xffff0007 }, { "accept-own-nexthop", 0xffff0008 },
	{ "blackhole", BGP_COMM_BLACKHOLE }, /* RFC 7999 */
	{ "no-export", BGP_COMM_NO_EXPORT }, /* RFC 1997 */
	{ "no-advertise", BGP_COMM_NO_ADVERTISE },
	{ "local-as", BGP_COMM_NO_EXPORT_SUBCONFED }, /* as most routers call it */
	{ "no-export-subconfed", BGP_COMM_NO_EXPORT_SUBCONFED },
	{ "no-peer", 0xffffff04 }, /* RFC 3765 */
};

uint8_t community_size(enum community_kind k)
{
	return kinds[k].size;
}

const char *community_kind_name(enum community_kind k)
{
	return kinds[k].name;
}

struct octets *community_attr(struct wire_attrs *at, enum community_kind k)
{
	switch (k) {
	case COMMUNITY_KIND_EXTENDED:
		return &at->ext_communities;
	case COMMUNITY_KIND_LARGE:
		return &at->large_communities;
	default:
		return &at->communities;
	}
}

struct field {
	bool any;
	bool is_ip;
	uint64_t number;
};

/* A number, "*" or an address that fills the text between from and the next ':' or the end. */
static int read_field(const char **from, struct field *f)
{
	const char *p = *from;
	const char *end = strchr(p, ':');
	const size_t len = end ? (size_t)(end - p) : strlen(p);
	char text[TEXT_MAX];
	struct ip_addr a;

	*f = (struct field){ .any = len == 1 && *p == '*' };
	*from = end ? end + 1 : NULL;
	if (f->any)
		return 0;
	if (len == 0 || len >= sizeof(text))
		return -EINVAL;
	memcpy(text, p, len);
	text[len] = '\0';
	if (strchr(text, '.')) {
		if (ip_parse(text, &a) < 0 || a.family != AF_INET)
			return -EINVAL;
		f->is_ip = true;
		f->number = ip_to_v4(&a);
		return 0;
	}
	for (size_t i = 0; i < len; i++) {
		if (!isdigit((unsigned char)text[i]) || f->number > UINT32_MAX)
			return -EINVAL;
		f->number = f->number * 10 + (uint64_t)(text[i] - '0');
	}
	return 0;
}

/* A field as octets: value and mask are written together. */
static bool put_field(struct cursor_w *v, struct cursor_w *m, const struct field *f, int size)
{
	const uint32_t mask = f->any ? 0 : UINT32_MAX;

	if (size == 2) {
		cursor_w_u16(v, (uint16_t)f->number);
		cursor_w_u16(m, (uint16_t)mask);
		return f->number <= UINT16_MAX;
	}
	cursor_w_u32(v, (uint32_t)f->number);
	cursor_w_u32(m, mask);
	return f->number <= UINT32_MAX;
}

static void begin_alt(struct community_pattern *p, struct cursor_w *v, struct cursor_w *m)
{
	struct community_alt *a = &p->alt[p->n_alts];

	memset(a, 0, sizeof(*a));
	*v = cursor_w_make(a->value, sizeof(a->value));
	*m = cursor_w_make(a->mask, sizeof(a->mask));
}

static bool add_ext(struct community_pattern *p, uint8_t type, uint8_t subtype,
	const struct field f[2])
{
	const int first = (type & ~EXT_STAY) == EXT_AS2 ? 2 : 4;
	struct cursor_w v;
	struct cursor_w m;
	bool fits;

	begin_alt(p, &v, &m);
	cursor_w_u8(&v, type);
	cursor_w_u8(&v, subtype);
	cursor_w_u16(&m, UINT16_MAX);
	fits = put_field(&v, &m, &f[0], first);
	fits &= put_field(&v, &m, &f[1], 6 - first);
	p->n_alts += fits;
	return fits;
}

static int parse_target(const char *text, uint8_t subtype, struct community_pattern *p,
	const char **why)
{
	struct field f[2];

	*why = "write rt:AS:NUMBER, rt:ADDRESS:NUMBER, or * for a field; soo: likewise";
	if (read_field(&text, &f[0]) < 0 || !text || read_field(&text, &f[1]) < 0 || text ||
		f[1].is_ip)
		return -EINVAL;
	p->kind = COMMUNITY_KIND_EXTENDED;
	p->exact = !f[0].any && !f[1].any;
	if (!f[0].is_ip) {
		(void)add_ext(p, EXT_AS2, subtype, f);
		(void)add_ext(p, EXT_AS4, subtype, f);
	}
	if (f[0].is_ip || f[0].any)
		(void)add_ext(p, EXT_IP4, subtype, f);
	*why = "a number is too large: "
	       "after an AS number above 65535 or an address, the second one is 0..65535";
	return p->n_alts ? 0 : -EINVAL;
}

/* Digits that fill the text, as the float that is nearest. */
static int read_bandwidth(const char *text, struct field *f)
{
	char *end;
	float octets;
	uint32_t bits;

	*f = (struct field){ .any = strcmp(text, "*") == 0 };
	if (f->any)
		return 0;
	if (!isdigit((unsigned char)text[0]) || strlen(text) > BANDWIDTH_DIGITS)
		return -EINVAL;
	octets = (float)strtoull(text, &end, 10);
	if (*end)
		return -EINVAL;
	memcpy(&bits, &octets, sizeof(bits));
	f->number = bits;
	return 0;
}

/*
 * Which of the two types is written is not visible in the text: what is set is to cross the border
 * of the AS, for there are the neighbours of an edge.
 */
static int parse_bandwidth(const char *text, struct community_pattern *p, const char **why)
{
	struct field f[2];

	*why = "write lb:AS:NUMBER, AS 0..65535 and NUMBER octets a second, or * for a field";
	if (read_field(&text, &f[0]) < 0 || !text || f[0].is_ip || f[0].number > UINT16_MAX ||
		read_bandwidth(text, &f[1]) < 0)
		return -EINVAL;
	p->kind = COMMUNITY_KIND_EXTENDED;
	p->exact = !f[0].any && !f[1].any;
	(void)add_ext(p, EXT_AS2, EXT_LB, f);
	(void)add_ext(p, EXT_AS2 | EXT_STAY, EXT_LB, f);
	return 0;
}

/* A whole number that lb: can be written with, or false. */
static bool bandwidth_of(uint32_t bits, uint64_t *n)
{
	float octets;

	memcpy(&octets, &bits, sizeof(octets));
	/* Not so for what is no number; minus zero has other octets than zero. */
	if (!(octets >= 0 && octets < BANDWIDTH_LIMIT) || bits >> 31)
		return false;
	*n = (uint64_t)octets;
	return (float)*n == octets;
}

char *community_ext_format(const uint8_t *c, char *dst)
{
	static const char *const names[] = { [EXT_RT] = "rt", [EXT_SOO] = "soo" };
	const char *name = c[1] < ARRAY_SIZE(names) ? names[c[1]] : NULL;
	const uint32_t first2 = (uint32_t)(c[2] << 8 | c[3]);
	const uint32_t last2 = (uint32_t)(c[6] << 8 | c[7]);
	uint64_t n;

	/* What is written so is matched so: no non-transitive ones (RFC 4360 3.1), but of lb:. */
	if (name && c[0] == EXT_AS2)
		(void)snprintf(dst, COMMUNITY_EXT_STRLEN, "%s:%u:%u", name, first2,
			be32_get(c + 4));
	else if (name && c[0] == EXT_AS4)
		(void)snprintf(dst, COMMUNITY_EXT_STRLEN, "%s:%u:%u", name, be32_get(c + 2), last2);
	else if (name && c[0] == EXT_IP4)
		(void)snprintf(dst, COMMUNITY_EXT_STRLEN, "%s:%u.%u.%u.%u:%u", name, c[2], c[3],
			c[4], c[5], last2);
	else if ((c[0] & ~EXT_STAY) == EXT_AS2 && c[1] == EXT_LB &&
		bandwidth_of(be32_get(c + 4), &n))
		(void)snprintf(dst, COMMUNITY_EXT_STRLEN, "lb:%u:%" PRIu64, first2, n);
	else
		(void)snprintf(dst, COMMUNITY_EXT_STRLEN, "0x%08x%08x", be32_get(c),
			be32_get(c + 4));
	return dst;
}

static int hex_digit(char c)
{
	if (isdigit((unsigned char)c))
		return c - '0';
	return isxdigit((unsigned char)c) ? tolower((unsigned char)c) - 'a' + 10 : -1;
}

static int parse_hex(const char *text, struct community_pattern *p, const char **why)
{
	struct community_alt *a = &p->alt[0];
	size_t n = 0;

	*why = "write 0x and 16 digits, or fewer and * for the rest";
	p->kind = COMMUNITY_KIND_EXTENDED;
	p->n_alts = 1;
	memset(a, 0, sizeof(*a));
	for (; n < 16 && hex_digit(text[n]) >= 0; n++) {
		const unsigned shift = n % 2 ? 0 : 4;

		a->value[n / 2] |= (uint8_t)(hex_digit(text[n]) << shift);
		a->mask[n / 2] |= (uint8_t)(0xfu << shift);
	}
	p->exact = n == 16;
	if (n == 16 ? text[n] != '\0' : strcmp(text + n, "*") != 0)
		return -EINVAL;
	return 0;
}

static int parse_numbers(const char *text, struct community_pattern *p, const char **why)
{
	struct field f[3];
	struct cursor_w v;
	struct cursor_w m;
	unsigned n = 0;
	bool fits = true;

	*why = "write AS:VALUE, AS:VALUE:VALUE, rt:AS:NUMBER, the name of a well-known one, "
	       "or * for a field";
	while (text && n < ARRAY_SIZE(f)) {
		if (read_field(&text, &f[n]) < 0 || f[n].is_ip)
			return -EINVAL;
		n++;
	}
	if (text || n < 2)
		return -EINVAL;
	p->kind = n == 2 ? COMMUNITY_KIND_STANDARD : COMMUNITY_KIND_LARGE;
	p->exact = true;
	p->n_alts = 0;
	begin_alt(p, &v, &m);
	p->n_alts = 1;
	for (unsigned i = 0; i < n; i++) {
		fits &= put_field(&v, &m, &f[i], n == 2 ? 2 : 4);
		p->exact &= !f[i].any;
	}
	*why = n == 2 ? "both numbers are 0..65535; three numbers make a large community" :
			"numbers are 0..4294967295";
	return fits ? 0 : -EINVAL;
}

static bool is_well_known(const char *text, struct community_pattern *p)
{
	struct cursor_w v;
	struct cursor_w m;

	for (size_t i = 0; i < ARRAY_SIZE(well_known); i++) {
		if (strcmp(text, well_known[i].name) != 0)
			continue;
		*p = (struct community_pattern){ .kind = COMMUNITY_KIND_STANDARD, .exact = true };
		begin_alt(p, &v, &m);
		cursor_w_u32(&v, well_known[i].value);
		cursor_w_u32(&m, UINT32_MAX);
		p->n_alts = 1;
		return true;
	}
	return false;
}

int community_parse(const char *from, size_t len, struct community_pattern *p, const char **why)
{
	char text[TEXT_MAX];

	*why = "it is too long";
	if (len >= sizeof(text))
		return -EINVAL;
	memcpy(text, from, len);
	text[len] = '\0';
	*p = (struct community_pattern){ 0 };
	if (is_well_known(text, p))
		return 0;
	if (strncmp(text, "rt:", 3) == 0)
		return parse_target(text + 3, EXT_RT, p, why);
	if (strncmp(text, "soo:", 4) == 0)
		return parse_target(text + 4, EXT_SOO, p, why);
	if (strncmp(text, "lb:", 3) == 0)
		return parse_bandwidth(text + 3, p, why);
	if (strncmp(text, "0x", 2) == 0)
		return parse_hex(text + 2, p, why);
	return parse_numbers(text, p, why);
}

static bool alt_matches(const struct community_alt *a, const uint8_t *c, uint8_t size)
{
	for (uint8_t i = 0; i < size; i++) {
		if ((c[i] & a->mask[i]) != a->value[i])
			return false;
	}
	return true;
}

bool community_matches(const struct community_pattern *p, const uint8_t *c)
{
	for (uint8_t i = 0; i < p->n_alts; i++) {
		if (alt_matches(&p->alt[i], c, kinds[p->kind].size))
			return true;
	}
	return false;
}

static void swap(uint8_t *a, uint8_t *b, uint8_t size)
{
	uint8_t t[COMMUNITY_MAX_SIZE];

	memcpy(t, a, size);
	memcpy(a, b, size);
	memcpy(b, t, size);
}

static void sift_down(uint8_t *p, uint32_t i, uint32_t n, uint8_t size)
{
	for (;;) {
		uint32_t child = 2 * i + 1;

		if (child >= n)
			return;
		if (child + 1 < n && memcmp(p + child * size, p + (child + 1) * size, size) < 0)
			child++;
		if (memcmp(p + i * size, p + child * size, size) >= 0)
			return;
		swap(p + i * size, p + child * size, size);
		i = child;
	}
}

/* qsort would allocate, and a neighbour chooses n: so a heap. */
static void heap_sort(uint8_t *p, uint32_t n, uint8_t size)
{
	for (uint32_t i = n / 2; i-- > 0;)
		sift_down(p, i, n, size);
	for (uint32_t end = n; end-- > 1;) {
		swap(p, p + end * size, size);
		sift_down(p, 0, end, size);
	}
}

uint32_t community_sort(uint8_t *p, uint32_t n, enum community_kind k)
{
	const uint8_t size = kinds[k].size;
	bool sorted = true;
	uint32_t kept = n > 0;

	for (uint32_t i = 1; i < n && sorted; i++)
		sorted = memcmp(p + (i - 1) * size, p + i * size, size) < 0;
	if (sorted)
		return n;
	heap_sort(p, n, size);
	for (uint32_t i = 1; i < n; i++) {
		if (memcmp(p + (kept - 1) * size, p + i * size, size) == 0)
			continue;
		memmove(p + kept * size, p + i * size, size);
		kept++;
	}
	return kept;
}
