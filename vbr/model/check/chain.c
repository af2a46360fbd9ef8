/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ranges of VPCs that meet by a chain of connections. A transit connection passes on what others
 * brought, so two VPCs that no instance is connected with both may still meet in a table, or one in
 * the other's. What meets at the next instance is overlap.c's; this is asked when that is right, so
 * all that is found here has a transit connection between.
 *
 * Each VPC is walked from, and leaves its ranges where it comes. What an instance has is sorted, so
 * that a range stands behind the one that it is inside; all ranges of all instances in one array:
 * the cost is a sort of what is reached. A commit that touches no connection, and one on an edge
 * without transit, pay nothing. Nothing of it is kept: with a touched connection everything is
 * walked, for a chain may begin and end anywhere.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/xalloc.h"
#include "vbr/model/check/check.h"
#include "vbr/model/delta.h"
#include "vbr/model/reach.h"

#define MAX_WAY   32 /* connections that are named: of one half of a chain */
#define WAY_CHARS 600

/* A range that an instance knows. */
struct known {
	const struct model_obj *at;
	const struct model_vpc *vpc;
	const struct prefix *cidr;
	uint32_t distance;
};

/* Two ranges that meet. */
struct meeting {
	const struct known *a; /* of the VPC that comes first in the model */
	const struct known *b;
};

struct chains {
	const struct check *c;
	struct model_reach *reach;
	const struct model_vpc *vpc; /* of the present walk */
	struct known *known;         /* owned */
	uint32_t n_known;
	struct meeting *meetings; /* owned */
	uint32_t n_meetings;
};

static void *grow(void *v, uint32_t n, size_t size)
{
	return (n & (n - 1)) == 0 ? xreallocarray(v, n == 0 ? 16 : 2 * (size_t)n, size) : v;
}

static void leave_ranges(void *ctx, const struct model_obj *at)
{
	struct chains *h = ctx;
	const uint32_t distance = model_reach_way(h->reach, at, NULL, 0);

	for (uint32_t i = 0; i < h->vpc->n_cidrs; i++) {
		h->known = grow(h->known, h->n_known, sizeof(*h->known));
		h->known[h->n_known++] = (struct known){ at, h->vpc, &h->vpc->cidrs[i], distance };
	}
}

static int object_cmp(const struct model_obj *a, const struct model_obj *b)
{
	int d = (int)a->kind - (int)b->kind;

	if (a == b)
		return 0;
	if (d == 0)
		d = strcmp(a->tenant, b->tenant);
	return d != 0 ? d : strcmp(a->name, b->name);
}

/* By instance, then so that what covers stands in front of what it covers. */
static int known_cmp(const void *x, const void *y)
{
	const struct known *a = x;
	const struct known *b = y;
	int d = object_cmp(a->at, b->at);

	if (d == 0)
		d = prefix_cmp(a->cidr, b->cidr);
	return d != 0 ? d : object_cmp(&a->vpc->obj, &b->vpc->obj);
}

/* By the two VPCs, the shortest chain first. */
static int meeting_cmp(const void *x, const void *y)
{
	const struct meeting *a = x;
	const struct meeting *b = y;
	int d = object_cmp(&a->a->vpc->obj, &b->a->vpc->obj);

	if (d == 0)
		d = object_cmp(&a->b->vpc->obj, &b->b->vpc->obj);
	if (d == 0)
		d = (int)(a->a->distance + a->b->distance) - (int)(b->a->distance + b->b->distance);
	return d != 0 ? d : object_cmp(a->a->at, b->a->at);
}

static void find_meetings(struct chains *h)
{
	const struct known *cover = h->known;

	for (uint32_t i = 1; i < h->n_known; i++) {
		const struct known *k = &h->known[i];

		if (k->at != cover->at || !prefix_overlaps(k->cidr, cover->cidr)) {
			cover = k;
			continue;
		}
		if (k->vpc == cover->vpc)
			continue;
		h->meetings = grow(h->meetings, h->n_meetings, sizeof(*h->meetings));
		h->meetings[h->n_meetings++] = object_cmp(&cover->vpc->obj, &k->vpc->obj) < 0 ?
			(struct meeting){ cover, k } :
			(struct meeting){ k, cover };
	}
}

static void nothing(void *ctx, const struct model_obj *at)
{
	(void)ctx;
	(void)at;
}

/* The way of a VPC's range to where it is known, from there. */
static uint32_t way_of(struct chains *h, const struct known *k, const struct model_peering **way)
{
	uint32_t n;

	model_reach_walk(h->reach, k->vpc, nothing, NULL);
	n = model_reach_way(h->reach, k->at, way, MAX_WAY);
	return n < MAX_WAY ? n : MAX_WAY;
}

/* "c-1, c-2 and acme's c-3": tenants where they are not the first VPC's. */
static void name_way(char *text, const char *own, const struct model_peering *const *way,
	uint32_t n)
{
	size_t len = 0;

	text[0] = '\0';
	for (uint32_t i = 0; i < n && len < WAY_CHARS; i++) {
		const struct model_obj *o = &way[i]->obj;
		const bool is_own = strcmp(o->tenant, own) == 0;

		len += (size_t)snprintf(text + len, WAY_CHARS - len, "%s%s%s%s",
			i == 0             ? "" :
				i + 1 == n ? " and " :
					     ", ",
			is_own ? "" : o->tenant, is_own ? "" : "'s ", o->name);
	}
}

static void tell(struct chains *h, const struct meeting *m)
{
	const struct model_peering *way[2 * MAX_WAY];
	const struct model_peering *far[MAX_WAY];
	const struct model_peering *transit = NULL;
	const char *own = m->a->vpc->obj.tenant;
	char text[WAY_CHARS];
	char sa[PREFIX_STRLEN];
	char sb[PREFIX_STRLEN];
	uint32_t n = 0;

	for (uint32_t i = way_of(h, m->a, far); i-- > 0;)
		way[n++] = far[i];
	n += way_of(h, m->b, way + n);
	for (uint32_t i = 0; i < n && transit == NULL; i++)
		transit = way[i]->transit ? way[i] : NULL;
	name_way(text, own, way, n);
	errbuf_add(h->c->err, transit != NULL ? transit->obj.path : way[0]->obj.path, 0,
		"cidr %s of VPC %s overlaps cidr %s of VPC %s, and they meet in %s %s, by the "
		"peerings %s: it could not tell whose host is meant, change a range, or delete one "
		"of these, or its transit",
		prefix_format(m->a->cidr, sa), m->a->vpc->obj.name, prefix_format(m->b->cidr, sb),
		m->b->vpc->obj.name, m->a->at->kind == MODEL_VBR ? "VBR" : "VPC", m->a->at->name,
		text);
}

static bool is_same_pair(const struct meeting *a, const struct meeting *b)
{
	return a->a->vpc == b->a->vpc && a->b->vpc == b->b->vpc;
}

static void judge(struct chains *h)
{
	const struct model *m = h->c->m;

	for (uint32_t i = 0; i < m->of[MODEL_VPC].n; i++) {
		h->vpc = (const struct model_vpc *)m->of[MODEL_VPC].v[i];
		model_reach_walk(h->reach, h->vpc, leave_ranges, h);
	}
	if (h->n_known > 1)
		qsort(h->known, h->n_known, sizeof(*h->known), known_cmp);
	find_meetings(h);
	if (h->n_meetings > 1)
		qsort(h->meetings, h->n_meetings, sizeof(*h->meetings), meeting_cmp);
	for (uint32_t i = 0; i < h->n_meetings; i++)
		if (i == 0 || !is_same_pair(&h->meetings[i - 1], &h->meetings[i]))
			tell(h, &h->meetings[i]);
}

void check_chains(const struct check *c)
{
	struct chains h = { .c = c };
	uint32_t i = 0;

	if (c->delta != NULL && model_delta_next(c->delta, MODEL_PEERING, &i) == NULL)
		return;
	h.reach = model_reach_new(c->m);
	if (model_reach_is_far(h.reach))
		judge(&h);
	model_reach_free(h.reach);
	free(h.known);
	free(h.meetings);
}
