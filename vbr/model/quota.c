/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counting: what stands in one object is at hand; peering connections of an instance are counted
 * over a sorted array of their ends.
 *
 * The error is of the object that is one too many, names the limit and the leaf that raises it.
 */
#include "vbr/model/quota.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/compiler.h"
#include "lib/base/xalloc.h"
#include "vbr/model/check/check.h"

/* clang-format off */
#define NONE MODEL_QUOTA_NONE
static const struct model_quota_row rows[] = {
	[MODEL_QUOTA_VBR]         = { "vbr",              5,    "VBRs on one physical connection" },
	[MODEL_QUOTA_IDLE_VBR]    = { "idle-vbr",         NONE, "VBRs without a peering" },
	[MODEL_QUOTA_VPC]         = { "vpc",              NONE, "VPCs" },
	[MODEL_QUOTA_PEERING]     = { "peering",          20,   "peering connections" },
	[MODEL_QUOTA_VBR_PEERING] = { "vbr-peering",      10,   "peering connections of one VBR" },
	[MODEL_QUOTA_VPC_PEERING] = { "vpc-peering",      10,   "peering connections of one VPC" },
	[MODEL_QUOTA_PEER]        = { "peer",             8,    "BGP peers of one VBR" },
	[MODEL_QUOTA_VBR_STATIC]  = { "vbr-static-route", 48,   "static routes of one VBR" },
	[MODEL_QUOTA_VPC_STATIC]  = { "vpc-static-route", 200,  "static routes of one VPC" },
};
/* clang-format on */
_Static_assert(ARRAY_SIZE(rows) == MODEL_QUOTA_COUNT, "one row a quota");

const struct model_quota_row *model_quota_row(enum model_quota q)
{
	return &rows[q];
}

static void check_count(const struct check *c, const struct model_obj *o, enum model_quota q,
	uint32_t n)
{
	const struct model_tenant *t = n > 0 ? model_tenant(c->m, o->tenant) : NULL;

	if (t != NULL && n > t->quota[q])
		errbuf_add(c->err, o->path, 0,
			"tenant %s has %u %s, its quota is %u: raise quota %s of the tenant, "
			"or delete some",
			o->tenant, n, rows[q].what, t->quota[q], rows[q].leaf);
}

struct end {
	const struct model_end *e;
	const struct model_peering *by;
};

static int end_cmp(const void *a, const void *b)
{
	const struct model_end *x = ((const struct end *)a)->e;
	const struct model_end *y = ((const struct end *)b)->e;
	int d = strcmp(x->tenant, y->tenant);

	if (d == 0)
		d = (int)x->is_vbr - (int)y->is_vbr;
	return d != 0 ? d : strcmp(x->name, y->name);
}

/* Ends of all connections that are accepted: others cost their other end nothing. */
static struct end *ends_sorted(const struct model *m, uint32_t *n_out)
{
	const uint32_t n = m->of[MODEL_PEERING].n;
	struct end *v = xcalloc(2 * (size_t)n + 1, sizeof(*v));
	uint32_t k = 0;

	for (uint32_t i = 0; i < n; i++) {
		const struct model_peering *p = (const struct model_peering *)m->of[MODEL_PEERING]
							.v[i];

		v[k++] = (struct end){ &p->initiator, p };
		if (model_peering_has_consent(m, p))
			v[k++] = (struct end){ &p->acceptor, p };
	}
	qsort(v, k, sizeof(*v), end_cmp);
	*n_out = k;
	return v;
}

static const struct model_obj *instance_of(const struct model *m, const struct model_end *e)
{
	return model_get(m, e->is_vbr ? MODEL_VBR : MODEL_VPC, e->tenant, e->name, "");
}

static bool is_end_of_one(const struct end *v, uint32_t n, const struct model_obj *vbr)
{
	struct model_end e = { .is_vbr = true };
	const struct end key = { &e, NULL };

	memcpy(e.tenant, vbr->tenant, sizeof(e.tenant));
	memcpy(e.name, vbr->name, sizeof(e.name));
	return n > 0 && bsearch(&key, v, n, sizeof(*v), end_cmp) != NULL;
}

static void check_idle(const struct check *c, const struct model_tenant *t, const struct end *v,
	uint32_t n)
{
	uint32_t idle = 0;
	uint32_t first;
	uint32_t end;

	if (t->quota[MODEL_QUOTA_IDLE_VBR] == MODEL_QUOTA_NONE)
		return;
	model_range(c->m, MODEL_VBR, t->obj.tenant, &first, &end);
	for (uint32_t i = first; i < end; i++)
		idle += !is_end_of_one(v, n, c->m->of[MODEL_VBR].v[i]);
	check_count(c, &t->obj, MODEL_QUOTA_IDLE_VBR, idle);
}

static void check_ends(const struct check *c)
{
	uint32_t n;
	struct end *v = ends_sorted(c->m, &n);
	uint32_t run = 0;

	for (uint32_t i = 0; i < n; i++) {
		const struct model_obj *o;

		run = i > 0 && end_cmp(&v[i - 1], &v[i]) == 0 ? run + 1 : 1;
		if (i + 1 < n && end_cmp(&v[i], &v[i + 1]) == 0)
			continue;
		o = instance_of(c->m, v[i].e);
		if (o != NULL)
			check_count(c, o,
				v[i].e->is_vbr ? MODEL_QUOTA_VBR_PEERING : MODEL_QUOTA_VPC_PEERING,
				run);
	}
	for (uint32_t i = 0; i < c->m->of[MODEL_TENANT].n; i++)
		check_idle(c, (const struct model_tenant *)c->m->of[MODEL_TENANT].v[i], v, n);
	free(v);
}

static uint32_t count_of(const struct model *m, enum model_kind kind, const char *tenant)
{
	uint32_t first;
	uint32_t end;

	model_range(m, kind, tenant, &first, &end);
	return end - first;
}

void check_quotas(const struct check *c)
{
	const struct model *m = c->m;
	uint32_t least = MODEL_QUOTA_NONE; /* of all tenants, of peers */

	for (uint32_t i = 0; i < m->of[MODEL_TENANT].n; i++) {
		const struct model_obj *t = m->of[MODEL_TENANT].v[i];
		const uint32_t peers = ((const struct model_tenant *)t)->quota[MODEL_QUOTA_PEER];

		least = peers < least ? peers : least;

		check_count(c, t, MODEL_QUOTA_VPC, count_of(m, MODEL_VPC, t->tenant));
		check_count(c, t, MODEL_QUOTA_PEERING, count_of(m, MODEL_PEERING, t->tenant));
	}
	for (uint32_t i = 0; i < m->of[MODEL_VBR].n; i++) {
		const struct model_vbr *v = (const struct model_vbr *)m->of[MODEL_VBR].v[i];

		/* Within the lowest quota of all there is no need to look for the tenant's. */
		if (v->n_peers > least)
			check_count(c, &v->obj, MODEL_QUOTA_PEER, v->n_peers);
		check_count(c, &v->obj, MODEL_QUOTA_VBR_STATIC, v->n_statics);
	}
	for (uint32_t i = 0; i < m->of[MODEL_VPC].n; i++) {
		const struct model_vpc *v = (const struct model_vpc *)m->of[MODEL_VPC].v[i];

		check_count(c, &v->obj, MODEL_QUOTA_VPC_STATIC, v->n_statics);
	}
	check_ends(c);
}
