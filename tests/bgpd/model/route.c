/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bgpd/model/route.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum {
	ORIGIN = 1,
	AS_PATH = 2,
	NEXT_HOP = 3,
	MED = 4,
	LOCAL_PREF = 5,
	ATOMIC = 6,
	AGGREGATOR = 7,
	COMMUNITIES = 8,
	ORIGINATOR = 9,
	CLUSTERS = 10,
	MP_REACH = 14,
	MP_UNREACH = 15,
	EXTENDED = 16,
	LARGE = 32,
	OTC = 35,
	UNKNOWN_FROM = 200, /* types that nobody has assigned */
};

#define WELL_KNOWN          0x40
#define OPTIONAL            0x80
#define OPTIONAL_TRANSITIVE 0xc0
#define PARTIAL             0x20
#define EXTENDED_LENGTH     0x10

/*
 * Writing
 */

static uint8_t *put16(uint8_t *p, size_t v)
{
	*p++ = (uint8_t)(v >> 8);
	*p++ = (uint8_t)v;
	return p;
}

static uint8_t *put32(uint8_t *p, uint32_t v)
{
	return put16(put16(p, v >> 16), v & 0xffff);
}

static uint8_t *put_prefix(uint8_t *p, const struct prefix *pfx)
{
	const size_t n = (pfx->len + 7u) / 8u;

	*p++ = pfx->len;
	memcpy(p, pfx->b, n);
	return p + n;
}

static uint8_t *put_list(uint8_t *p, const struct prefix *pfx, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		p = put_prefix(p, &pfx[i]);
	return p;
}

/* The head of an attribute; its length is one octet. */
static uint8_t *put_head(uint8_t *p, uint8_t flags, uint8_t type, size_t len)
{
	*p++ = flags;
	*p++ = type;
	*p++ = (uint8_t)len;
	return p;
}

static uint8_t *put_u32_attr(uint8_t *p, uint8_t flags, uint8_t type, uint32_t v)
{
	return put32(put_head(p, flags, type, 4), v);
}

static uint8_t *put_u32_list(uint8_t *p, uint8_t flags, uint8_t type, const uint32_t *v, unsigned n)
{
	if (!n)
		return p;
	p = put_head(p, flags, type, 4 * n);
	for (unsigned i = 0; i < n; i++)
		p = put32(p, v[i]);
	return p;
}

static uint8_t *put_segment(uint8_t *p, uint8_t type, const uint32_t *as, unsigned n)
{
	if (!n)
		return p;
	*p++ = type;
	*p++ = (uint8_t)n;
	for (unsigned i = 0; i < n; i++)
		p = put32(p, as[i]);
	return p;
}

static uint8_t *put_path(uint8_t *p, const struct route *r)
{
	uint8_t *head = p;
	const unsigned n_seq = r->n_path - r->n_set;

	p = put_head(p, WELL_KNOWN, AS_PATH, 0);
	p = put_segment(p, 2, r->path, n_seq);
	p = put_segment(p, 1, r->path + n_seq, r->n_set);
	head[2] = (uint8_t)(p - head - 3);
	return p;
}

static uint8_t *put_optional(uint8_t *p, const struct route *r)
{
	if (r->has_med)
		p = put_u32_attr(p, OPTIONAL, MED, r->med);
	if (r->has_local_pref)
		p = put_u32_attr(p, WELL_KNOWN, LOCAL_PREF, r->local_pref);
	if (r->has_atomic)
		p = put_head(p, WELL_KNOWN, ATOMIC, 0);
	if (r->has_aggregator)
		p = put32(put32(put_head(p, OPTIONAL_TRANSITIVE, AGGREGATOR, 8), r->aggregator_as),
			r->aggregator_id);
	p = put_u32_list(p, OPTIONAL_TRANSITIVE, COMMUNITIES, r->coms, r->n_coms);
	if (r->has_originator)
		p = put_u32_attr(p, OPTIONAL, ORIGINATOR, r->originator);
	p = put_u32_list(p, OPTIONAL, CLUSTERS, r->cluster, r->n_cluster);
	if (r->n_exts) {
		p = put_head(p, OPTIONAL_TRANSITIVE, EXTENDED, 8u * r->n_exts);
		memcpy(p, r->exts, 8u * r->n_exts);
		p += 8u * r->n_exts;
	}
	if (r->has_large)
		p = put_u32_list(p, OPTIONAL_TRANSITIVE, LARGE, r->large, 3);
	if (r->has_otc)
		p = put_u32_attr(p, OPTIONAL_TRANSITIVE, OTC, r->otc);
	if (r->has_unknown) {
		p = put_head(p, OPTIONAL_TRANSITIVE, r->unknown[0], 3);
		memcpy(p, r->unknown + 1, 3);
		p += 3;
	}
	return p;
}

static uint8_t *put_mp(uint8_t *p, const struct said *s)
{
	uint8_t *head = p;

	if (s->n_reach) {
		p = put_head(p, OPTIONAL | EXTENDED_LENGTH, MP_REACH, 0) + 1;
		p = put16(p, 2);
		*p++ = 1;
		*p++ = 16;
		memcpy(p, s->route->next_hop.b, 16);
		p += 16;
		*p++ = 0;
		p = put_list(p, s->reach, s->n_reach);
		put16(head + 2, (size_t)(p - head - 4));
	}
	head = p;
	if (s->n_gone) {
		p = put_head(p, OPTIONAL | EXTENDED_LENGTH, MP_UNREACH, 0) + 1;
		p = put16(p, 2);
		*p++ = 1;
		p = put_list(p, s->gone, s->n_gone);
		put16(head + 2, (size_t)(p - head - 4));
	}
	return p;
}

static size_t finish(uint8_t *dst, const uint8_t *end)
{
	memset(dst, 0xff, 16);
	put16(dst + 16, (size_t)(end - dst));
	dst[18] = 2;
	return (size_t)(end - dst);
}

size_t route_encode(const struct said *s, uint8_t *dst)
{
	const bool is4 = s->af == AF_INET;
	uint8_t *gone = dst + 19;
	uint8_t *p = gone + 2;
	uint8_t *attrs;

	if (is4)
		p = put_list(p, s->gone, s->n_gone);
	put16(gone, (size_t)(p - gone - 2));
	attrs = p;
	p += 2;
	if (!is4)
		p = put_mp(p, s);
	if (s->n_reach) {
		p = put_head(p, WELL_KNOWN, ORIGIN, 1);
		*p++ = s->route->origin;
		p = put_path(p, s->route);
		if (is4) {
			p = put_head(p, WELL_KNOWN, NEXT_HOP, 4);
			memcpy(p, s->route->next_hop.b, 4);
			p += 4;
		}
		p = put_optional(p, s->route);
	}
	put16(attrs, (size_t)(p - attrs - 2));
	if (is4)
		p = put_list(p, s->reach, s->n_reach);
	return finish(dst, p);
}

size_t route_encode_end(uint8_t af, uint8_t *dst)
{
	uint8_t *p = put16(dst + 19, 0);

	if (af == AF_INET)
		return finish(dst, put16(p, 0));
	p = put_head(put16(p, 6), OPTIONAL, MP_UNREACH, 3);
	p = put16(p, 2);
	*p++ = 1;
	return finish(dst, p);
}

/*
 * Reading. Every field must be as the engine has to write it.
 */

struct in {
	const uint8_t *p;
	const uint8_t *end;
};

static uint32_t get16(const uint8_t *p)
{
	return (uint32_t)p[0] << 8 | p[1];
}

static uint32_t get32(const uint8_t *p)
{
	return get16(p) << 16 | get16(p + 2);
}

static bool take(struct in *in, size_t n, struct in *part)
{
	if ((size_t)(in->end - in->p) < n)
		return false;
	*part = (struct in){ in->p, in->p + n };
	in->p += n;
	return true;
}

static bool read_prefix(struct in *in, uint8_t af, struct prefix *pfx)
{
	struct in octets;

	if (in->p == in->end)
		return false;
	*pfx = (struct prefix){ .family = af, .len = *in->p++ };
	if (pfx->len > family_bits(af) || !take(in, (pfx->len + 7u) / 8u, &octets))
		return false;
	memcpy(pfx->b, octets.p, (size_t)(octets.end - octets.p));
	return true;
}

static bool read_path(struct in v, struct route *r)
{
	while (v.p < v.end) {
		const uint8_t type = v.p[0];
		const uint8_t n = v.p[1];

		if (v.end - v.p < 2 + 4 * n || r->n_path + n > ROUTE_PATH || r->n_set)
			return false;
		for (unsigned i = 0; i < n; i++)
			r->path[r->n_path++] = get32(v.p + 2 + 4 * i);
		if (type == 1)
			r->n_set = n;
		else if (type != 2)
			return false;
		v.p += 2 + 4 * n;
	}
	return true;
}

static bool read_u32_list(struct in v, uint32_t *dst, uint8_t *n, unsigned max)
{
	const size_t len = (size_t)(v.end - v.p);

	if (!len || len % 4 || len / 4 > max)
		return false;
	*n = (uint8_t)(len / 4);
	for (unsigned i = 0; i < *n; i++)
		dst[i] = get32(v.p + 4 * i);
	return true;
}

static bool read_exts(struct in v, struct route *r)
{
	const size_t len = (size_t)(v.end - v.p);

	if (!len || len % 8 || len / 8 > ROUTE_EXTS)
		return false;
	r->n_exts = (uint8_t)(len / 8);
	memcpy(r->exts, v.p, len);
	return true;
}

/* Flags and length of a type that has a fixed value; 0 = any length. */
static const struct {
	uint8_t flags;
	uint8_t len;
} forms[] = {
	[ORIGIN] = { WELL_KNOWN, 1 },
	[AS_PATH] = { WELL_KNOWN, 0 },
	[NEXT_HOP] = { WELL_KNOWN, 4 },
	[MED] = { OPTIONAL, 4 },
	[LOCAL_PREF] = { WELL_KNOWN, 4 },
	[ATOMIC] = { WELL_KNOWN, 0 },
	[AGGREGATOR] = { OPTIONAL_TRANSITIVE, 8 },
	[COMMUNITIES] = { OPTIONAL_TRANSITIVE, 0 },
	[ORIGINATOR] = { OPTIONAL, 4 },
	[CLUSTERS] = { OPTIONAL, 0 },
	[EXTENDED] = { OPTIONAL_TRANSITIVE, 0 },
	[LARGE] = { OPTIONAL_TRANSITIVE, 12 },
	[OTC] = { OPTIONAL_TRANSITIVE, 4 },
};

static bool read_attr(uint8_t type, struct in v, struct route *r)
{
	uint8_t three;

	switch (type) {
	case ORIGIN:
		r->origin = v.p[0];
		return true;
	case AS_PATH:
		return read_path(v, r);
	case NEXT_HOP:
		r->next_hop = ip_from_bytes(AF_INET, v.p);
		return true;
	case MED:
		r->has_med = true;
		r->med = get32(v.p);
		return true;
	case LOCAL_PREF:
		r->has_local_pref = true;
		r->local_pref = get32(v.p);
		return true;
	case ATOMIC:
		r->has_atomic = true;
		return v.p == v.end;
	case AGGREGATOR:
		r->has_aggregator = true;
		r->aggregator_as = get32(v.p);
		r->aggregator_id = get32(v.p + 4);
		return true;
	case COMMUNITIES:
		return read_u32_list(v, r->coms, &r->n_coms, ROUTE_COMS);
	case ORIGINATOR:
		r->has_originator = true;
		r->originator = get32(v.p);
		return true;
	case CLUSTERS:
		return read_u32_list(v, r->cluster, &r->n_cluster, ROUTE_IDS);
	case EXTENDED:
		return read_exts(v, r);
	case LARGE:
		r->has_large = true;
		return read_u32_list(v, r->large, &three, 3);
	case OTC:
		r->has_otc = true;
		r->otc = get32(v.p);
		return true;
	default:
		return false;
	}
}

static bool read_unknown(uint8_t flags, uint8_t type, struct in v, struct route *r)
{
	/* RFC 4271 5: passed on with the Partial bit. */
	if (flags != (OPTIONAL_TRANSITIVE | PARTIAL) || v.end - v.p != 3)
		return false;
	r->has_unknown = true;
	r->unknown[0] = type;
	memcpy(r->unknown + 1, v.p, 3);
	return true;
}

struct mp {
	struct in reach;
	struct in gone;
	bool has_gone;
};

static bool read_mp(uint8_t type, struct in v, struct route *r, struct mp *mp)
{
	struct in head, hop;

	if (!take(&v, 3, &head) || get16(head.p) != 2 || head.p[2] != 1)
		return false;
	if (type == MP_UNREACH) {
		mp->gone = v;
		mp->has_gone = true;
		return true;
	}
	if (!take(&v, 1, &head) || head.p[0] != 16 || !take(&v, 16, &hop) || !take(&v, 1, &head))
		return false;
	r->next_hop = ip_from_bytes(AF_INET6, hop.p);
	mp->reach = v;
	return true;
}

static bool read_section(struct in s, struct route *r, struct mp *mp)
{
	while (s.p < s.end) {
		struct in head, v;
		uint8_t flags, type;
		size_t len;
		bool ok;

		if (!take(&s, 3, &head))
			return false;
		flags = head.p[0];
		type = head.p[1];
		len = head.p[2];
		if (flags & EXTENDED_LENGTH) {
			if (!take(&s, 1, &head))
				return false;
			len = len << 8 | head.p[0];
		}
		flags &= (uint8_t)~EXTENDED_LENGTH;
		if (!take(&s, len, &v))
			return false;
		if (type >= UNKNOWN_FROM)
			ok = read_unknown(flags, type, v, r);
		else if (type == MP_REACH || type == MP_UNREACH)
			ok = flags == OPTIONAL && read_mp(type, v, r, mp);
		else
			ok = type <= OTC && flags == forms[type].flags &&
				(!forms[type].len || forms[type].len == len) &&
				read_attr(type, v, r);
		if (!ok)
			return false;
	}
	return true;
}

static bool read_update(struct in body, const struct heard_ops *ops, void *ctx)
{
	struct in len, gone, section;
	struct route r = { 0 };
	struct mp mp = { 0 };
	struct prefix pfx;
	bool said = false;

	if (!take(&body, 2, &len) || !take(&body, get16(len.p), &gone))
		return false;
	if (!take(&body, 2, &len) || !take(&body, get16(len.p), &section))
		return false;
	if (!read_section(section, &r, &mp))
		return false;
	for (; gone.p < gone.end; said = true) {
		if (!read_prefix(&gone, AF_INET, &pfx))
			return false;
		ops->gone(ctx, &pfx);
	}
	for (; mp.gone.p < mp.gone.end; said = true) {
		if (!read_prefix(&mp.gone, AF_INET6, &pfx))
			return false;
		ops->gone(ctx, &pfx);
	}
	for (; body.p < body.end; said = true) {
		if (!read_prefix(&body, AF_INET, &pfx))
			return false;
		ops->reach(ctx, &pfx, &r);
	}
	for (; mp.reach.p < mp.reach.end; said = true) {
		if (!read_prefix(&mp.reach, AF_INET6, &pfx))
			return false;
		ops->reach(ctx, &pfx, &r);
	}
	if (!said)
		ops->mark(ctx, mp.has_gone ? AF_INET6 : AF_INET, 0);
	return true;
}

bool route_decode(const uint8_t *p, size_t len, const struct heard_ops *ops, void *ctx)
{
	struct in all = { p, p + len };

	while (all.p < all.end) {
		struct in head, body;

		if (!take(&all, 19, &head) || get16(head.p + 16) < 19 ||
			!take(&all, get16(head.p + 16) - 19, &body))
			return false;
		if (head.p[18] == 5 && body.end - body.p == 4)
			ops->mark(ctx, get16(body.p) == 2 ? AF_INET6 : AF_INET, body.p[2]);
		else if (head.p[18] != 2 || !read_update(body, ops, ctx))
			return false;
	}
	return true;
}

struct text {
	char *dst;
	int n;
};

static void add(struct text *t, const char *name, uint32_t v)
{
	t->n += snprintf(t->dst + t->n, ROUTE_TEXT - (size_t)t->n, " %s%u", name, v);
	if (t->n >= ROUTE_TEXT)
		t->n = ROUTE_TEXT - 1;
}

static void add_list(struct text *t, const char *name, const uint32_t *v, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		add(t, i ? "," : name, v[i]);
}

char *route_format(const struct route *r, char *dst)
{
	char nh[IP_STRLEN];
	struct text t = { dst, 0 };

	t.n = snprintf(dst, ROUTE_TEXT, "via %s path", ip_format(&r->next_hop, nh));
	add_list(&t, "", r->path, r->n_path);
	add(&t, "set ", r->n_set);
	add(&t, "origin ", r->origin);
	if (r->has_med)
		add(&t, "med ", r->med);
	if (r->has_local_pref)
		add(&t, "lp ", r->local_pref);
	add_list(&t, "com ", r->coms, r->n_coms);
	for (unsigned i = 0; i < r->n_exts; i++)
		add(&t, r->exts[i][0] ? "ext " : "transitive ext ", r->exts[i][7]);
	if (r->has_large)
		add_list(&t, "large ", r->large, 3);
	if (r->has_originator)
		add(&t, "originator ", r->originator);
	add_list(&t, "cluster ", r->cluster, r->n_cluster);
	add_list(&t, "tables ", r->via, r->n_via);
	if (r->has_otc)
		add(&t, "otc ", r->otc);
	if (r->weight)
		add(&t, "weight ", r->weight);
	if (r->has_aggregator)
		add(&t, "aggregator ", r->aggregator_as);
	if (r->has_atomic)
		add(&t, "atomic ", 1);
	if (r->has_unknown)
		add(&t, "unknown ", r->unknown[0]);
	return dst;
}
