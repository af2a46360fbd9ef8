/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <sys/socket.h>

#include "tests/bgpd/model/ref/route.h"
#include "tests/bgpd/model/ref/route_private.h"

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

struct nlri {
	uint8_t af;
	bool has_ids;
	uint32_t id;
	struct prefix pfx;
};

static bool read_prefix(struct in *in, struct nlri *n)
{
	struct prefix *pfx = &n->pfx;
	struct in octets;

	n->id = 0;
	if (n->has_ids) {
		if (!take(in, 4, &octets))
			return false;
		n->id = get32(octets.p);
	}
	if (in->p == in->end)
		return false;
	*pfx = (struct prefix){ .family = n->af, .len = *in->p++ };
	if (pfx->len > family_bits(n->af) || !take(in, (pfx->len + 7u) / 8u, &octets))
		return false;
	memcpy(pfx->b, octets.p, (size_t)(octets.end - octets.p));
	return true;
}

static bool read_path(struct in v, struct route *r)
{
	while (v.p < v.end) {
		const uint8_t type = v.p[0];
		const uint8_t n = v.p[1];

		if (v.end - v.p < 2 + 4 * n || r->n_path + n > ROUTE_PATH || !n)
			return false;
		if (type < ROUTE_SET || type > ROUTE_CONFED_SEQUENCE)
			return false;
		for (unsigned i = 0; i < n; i++)
			route_append(r, type, get32(v.p + 2 + 4 * i));
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

static bool read_gone(struct in s, struct nlri n, const struct heard *h)
{
	while (s.p < s.end) {
		if (!read_prefix(&s, &n))
			return false;
		h->ops->gone(h->ctx, &n.pfx, n.id);
	}
	return true;
}

static bool read_reach(struct in s, struct nlri n, const struct heard *h, const struct route *r)
{
	while (s.p < s.end) {
		if (!read_prefix(&s, &n))
			return false;
		h->ops->reach(h->ctx, &n.pfx, n.id, r);
	}
	return true;
}

static bool read_update(struct in body, const struct heard *h)
{
	const struct nlri n4 = { .af = AF_INET, .has_ids = h->ids4 };
	const struct nlri n6 = { .af = AF_INET6, .has_ids = h->ids6 };
	struct in len, gone, section;
	struct route r;
	struct mp mp = { 0 };

	memset(&r, 0, sizeof(r));
	if (!take(&body, 2, &len) || !take(&body, get16(len.p), &gone))
		return false;
	if (!take(&body, 2, &len) || !take(&body, get16(len.p), &section))
		return false;
	if (!read_section(section, &r, &mp))
		return false;
	if (gone.p == gone.end && mp.gone.p == mp.gone.end && body.p == body.end &&
		mp.reach.p == mp.reach.end)
		h->ops->mark(h->ctx, mp.has_gone ? AF_INET6 : AF_INET, 0);
	return read_gone(gone, n4, h) && read_gone(mp.gone, n6, h) && read_reach(body, n4, h, &r) &&
		read_reach(mp.reach, n6, h, &r);
}

bool route_decode(const struct heard *h, const uint8_t *p, size_t len)
{
	struct in all = { p, p + len };

	while (all.p < all.end) {
		struct in head, body;

		if (!take(&all, 19, &head) || get16(head.p + 16) < 19 ||
			!take(&all, get16(head.p + 16) - 19, &body))
			return false;
		if (head.p[18] == 5 && body.end - body.p == 4)
			h->ops->mark(h->ctx, get16(body.p) == 2 ? AF_INET6 : AF_INET, body.p[2]);
		else if (head.p[18] != 2 || !read_update(body, h))
			return false;
	}
	return true;
}
