/* SPDX-License-Identifier: Apache-2.0 */
/* UPDATE messages. A message holds prefixes of one family, IPv4 in the classic fields (RFC 4271
 * 4.3), IPv6 in MP_REACH and MP_UNREACH (RFC 4760), as many as fit unless --pack says fewer. */
#include "bench/load/table/encode.h"

#include <stdlib.h>

/* Room for n more octets. */
static uint8_t *grow(struct octets *b, size_t n)
{
	if (b->n + n > b->cap) {
		b->cap = (b->cap + n) * 2;
		b->p = xrealloc(b->p, b->cap);
	}
	return b->p + b->n;
}

void encode_header(uint8_t *m, int len, int type)
{
	memset(m, 0xff, 16);
	put16(m + 16, len);
	m[18] = type;
}

static void finish(struct octets *b, uint8_t *m, int len)
{
	encode_header(m, len, BGP_UPDATE);
	b->n += len;
}

/* Prefixes that are still to go out. */
struct rest {
	const struct table *table;
	const uint32_t *id;
	uint32_t n;
};

static int family(const struct rest *r)
{
	return r->n ? r->table->prefix[*r->id].af : 0;
}

/* Puts prefixes of this family at m + at, at most `most` of them (0: no limit) and as long as one
 * of the longest fits before `end`; returns where they end. */
static int put_prefixes(struct rest *r, uint8_t *m, int at, int end, uint32_t most)
{
	int af = family(r), longest = af == 4 ? 5 : 17;

	for (uint32_t n = 0; family(r) == af && at + longest <= end && !(most && n >= most); n++) {
		const struct prefix *p = &r->table->prefix[*r->id++];
		int octets = (p->len + 7) / 8;

		r->n--;
		m[at] = p->len;
		memcpy(m + at + 1, p->addr, octets);
		at += 1 + octets;
	}
	return at;
}

/* All attributes but MP_REACH. */
static int put_attrs(uint8_t *out, const struct table *t, const struct speaker *from,
	const struct announcement *what, bool nexthop4)
{
	const struct attrs *a = &t->attrs[what->attrs];
	uint8_t path[4200];
	int n = attr_put(out, ATTR_TRANSITIVE, ATTR_ORIGIN, &a->origin, 1);

	n += attr_put(out + n, ATTR_TRANSITIVE, ATTR_AS_PATH, path,
		attr_prepend(t, a, from->asn, what->copies, path));
	if (nexthop4)
		n += attr_put(out + n, ATTR_TRANSITIVE, ATTR_NEXT_HOP, from->nexthop4, 4);
	memcpy(out + n, t->arena + a->off + a->path_len, a->other_len);
	return n + a->other_len;
}

/* A multiprotocol attribute's header, whose length mp_end() puts in, and the family. */
static int mp_begin(uint8_t *m, int at, int type)
{
	m[at] = ATTR_OPTIONAL | ATTR_EXTENDED;
	m[at + 1] = type;
	put16(m + at + 4, AFI_IPV6);
	m[at + 6] = SAFI_UNICAST;
	return at + 7;
}

static void mp_end(uint8_t *m, int at, int end)
{
	put16(m + at + 2, end - at - 4);
}

static void announce4(struct octets *out, struct rest *r, const struct speaker *from,
	const struct announcement *what)
{
	uint8_t *m = grow(out, 2 * BGP_MESSAGE_MAX);
	int len = put_attrs(m + 23, r->table, from, what, true), first = 23 + len, end;

	put16(m + 19, 0);
	put16(m + 21, len);
	end = put_prefixes(r, m, first, BGP_MESSAGE_MAX, from->pack);
	if (end == first)
		die("attribute set too large");
	finish(out, m, end);
}

static void announce6(struct octets *out, struct rest *r, const struct speaker *from,
	const struct announcement *what)
{
	uint8_t *m = grow(out, BGP_MESSAGE_MAX), attrs[2 * BGP_MESSAGE_MAX];
	int len = put_attrs(attrs, r->table, from, what, false), first, end;

	put16(m + 19, 0);
	first = mp_begin(m, 23, ATTR_MP_REACH);
	m[first++] = 16;
	memcpy(m + first, from->nexthop6, 16);
	first += 16;
	m[first++] = 0; /* reserved */
	end = put_prefixes(r, m, first, BGP_MESSAGE_MAX - len, from->pack);
	if (end == first)
		die("attribute set too large");
	mp_end(m, 23, end);
	memcpy(m + end, attrs, len);
	put16(m + 21, end + len - 23);
	finish(out, m, end + len);
}

void encode_announce(struct octets *out, const struct table *t, const struct speaker *from,
	const struct announcement *what)
{
	struct rest r = { t, what->id, what->n };

	while (r.n) {
		if (family(&r) == 4)
			announce4(out, &r, from, what);
		else
			announce6(out, &r, from, what);
	}
}

static void withdraw4(struct octets *out, struct rest *r)
{
	uint8_t *m = grow(out, BGP_MESSAGE_MAX);
	int end = put_prefixes(r, m, 21, BGP_MESSAGE_MAX - 2, 0);

	put16(m + 19, end - 21);
	put16(m + end, 0);
	finish(out, m, end + 2);
}

static void withdraw6(struct octets *out, struct rest *r)
{
	uint8_t *m = grow(out, BGP_MESSAGE_MAX);
	int end = put_prefixes(r, m, mp_begin(m, 23, ATTR_MP_UNREACH), BGP_MESSAGE_MAX, 0);

	mp_end(m, 23, end);
	put16(m + 19, 0);
	put16(m + 21, end - 23);
	finish(out, m, end);
}

void encode_withdraw(struct octets *out, const struct table *t, const uint32_t *id, uint32_t n)
{
	struct rest r = { t, id, n };

	while (r.n) {
		if (family(&r) == 4)
			withdraw4(out, &r);
		else
			withdraw6(out, &r);
	}
}

void encode_end(struct octets *out, bool v4, bool v6)
{
	uint8_t *m;

	if (v4) {
		m = grow(out, 23);
		put32(m + 19, 0);
		finish(out, m, 23);
	}
	if (v6) {
		m = grow(out, 30);
		put16(m + 19, 0);
		put16(m + 21, 7);
		mp_end(m, 23, mp_begin(m, 23, ATTR_MP_UNREACH));
		finish(out, m, 30);
	}
}
