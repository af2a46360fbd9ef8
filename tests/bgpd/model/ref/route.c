/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bgpd/model/ref/route.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "tests/bgpd/model/ref/route_private.h"

/*
 * Parts
 */

void route_append(struct route *r, uint8_t segment, uint32_t as)
{
	r->segment[r->n_path] = segment;
	r->path[r->n_path++] = as;
}

void route_prepend(struct route *r, uint8_t segment, uint32_t as)
{
	memmove(r->path + 1, r->path, (ROUTE_PATH - 1) * sizeof(r->path[0]));
	memmove(r->segment + 1, r->segment, ROUTE_PATH - 1);
	r->path[0] = as;
	r->segment[0] = segment;
	r->n_path++;
}

uint32_t route_length(const struct route *r)
{
	uint32_t n = 0;

	for (unsigned i = 0; i < r->n_path; i++)
		n += r->segment[i] == ROUTE_SEQUENCE;
	return n + route_has_segment(r, ROUTE_SET);
}

uint32_t route_first_as(const struct route *r)
{
	unsigned i = 0;

	while (i < r->n_path && r->segment[i] == ROUTE_CONFED_SEQUENCE)
		i++;
	return i < r->n_path && r->segment[i] == ROUTE_SEQUENCE ? r->path[i] : 0;
}

bool route_has_segment(const struct route *r, uint8_t segment)
{
	return memchr(r->segment, segment, r->n_path) != NULL;
}

bool route_has_community(const struct route *r, uint32_t c)
{
	for (unsigned i = 0; i < r->n_coms; i++) {
		if (r->coms[i] == c)
			return true;
	}
	return false;
}

void route_add_community(struct route *r, uint32_t c)
{
	if (!route_has_community(r, c))
		r->coms[r->n_coms++] = c;
}

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

/* id NULL: without ADD-PATH (RFC 7911 3). */
static uint8_t *put_prefix(uint8_t *p, const struct prefix *pfx, const uint32_t *id)
{
	const size_t n = (pfx->len + 7u) / 8u;

	if (id)
		p = put32(p, *id);
	*p++ = pfx->len;
	memcpy(p, pfx->b, n);
	return p + n;
}

static uint8_t *put_reach(uint8_t *p, const struct said *s)
{
	for (uint32_t i = 0; i < s->n_reach; i++)
		p = put_prefix(p, &s->reach[i], s->has_ids ? &s->reach_id[i] : NULL);
	return p;
}

static uint8_t *put_gone(uint8_t *p, const struct said *s)
{
	for (uint32_t i = 0; i < s->n_gone; i++)
		p = put_prefix(p, &s->gone[i], s->has_ids ? &s->gone_id[i] : NULL);
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

/* Neighbours of one kind share a segment. */
static uint8_t *put_path(uint8_t *p, const struct route *r)
{
	uint8_t *head = p;
	uint8_t *segment = NULL;

	p = put_head(p, WELL_KNOWN, AS_PATH, 0);
	for (unsigned i = 0; i < r->n_path; i++) {
		if (!segment || segment[0] != r->segment[i]) {
			segment = p;
			*p++ = r->segment[i];
			*p++ = 0;
		}
		segment[1]++;
		p = put32(p, r->path[i]);
	}
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
		p = put_reach(p, s);
		put16(head + 2, (size_t)(p - head - 4));
	}
	head = p;
	if (s->n_gone) {
		p = put_head(p, OPTIONAL | EXTENDED_LENGTH, MP_UNREACH, 0) + 1;
		p = put16(p, 2);
		*p++ = 1;
		p = put_gone(p, s);
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
		p = put_gone(p, s);
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
		p = put_reach(p, s);
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
 * For people
 */

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
	static const char *const segments[] = { "?", "set ", "", "confed " };
	char nh[IP_STRLEN];
	struct text t = { dst, 0 };

	t.n = snprintf(dst, ROUTE_TEXT, "via %s path", ip_format(&r->next_hop, nh));
	for (unsigned i = 0; i < r->n_path; i++)
		add(&t, segments[r->segment[i]], r->path[i]);
	add(&t, "origin ", r->origin);
	if (r->has_med)
		add(&t, "med ", r->med);
	if (r->has_local_pref)
		add(&t, "lp ", r->local_pref);
	add_list(&t, "com ", r->coms, r->n_coms);
	for (unsigned i = 0; i < r->n_exts; i++)
		add(&t, r->exts[i][0] ? "ext " : "transitive ext ",
			(uint32_t)r->exts[i][4] << 8 | r->exts[i][7]);
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
