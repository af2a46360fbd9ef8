/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counting, tenant by tenant: what stands in one object is at hand; peering connections of an
 * instance are counted over a sorted array of their ends.
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
	[MODEL_QUOTA_LINE]        = { "physical-connection", 2,
				      "physical connections at one access point" },
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

static void add_end(struct end *v, uint32_t *n, const struct model_end *e)
{
	v[(*n)++] = (struct end){ e };
}

/*
 * Ends of connections in a tenant: of its own ones, and of those from others that it has accepted.
 * One that is not accepted costs its other end nothing.
 */
static struct end *ends_sorted(const struct model *m, const char *tenant, uint32_t *n)
{
	uint32_t own;
	uint32_t own_end;
	uint32_t accept;
	uint32_t accept_end;
	struct end *v;

	model_range(m, MODEL_PEERING, tenant, &own, &own_end);
	model_range(m, MODEL_ACCEPT, tenant, &accept, &accept_end);
	v = xcalloc(2 * (size_t)(own_end - own) + (accept_end - accept) + 1, sizeof(*v));
	*n = 0;
	for (uint32_t i = own; i < own_end; i++) {
		const struct model_peering *p = (const struct model_peering *)m->of[MODEL_PEERING]
							.v[i];

		add_end(v, n, &p->initiator);
		if (strcmp(p->acceptor.tenant, tenant) == 0)
			add_end(v, n, &p->acceptor);
	}
	for (uint32_t i = accept; i < accept_end; i++) {
		const struct model_obj *a = m->of[MODEL_ACCEPT].v[i];
		const struct model_peering *p = model_peering(m, a->name2, a->name);

		if (p != NULL && strcmp(a->name2, tenant) != 0 &&
			strcmp(p->acceptor.tenant, tenant) == 0 && model_peering_has_consent(m, p))
			add_end(v, n, &p->acceptor);
	}
	qsort(v, *n, sizeof(*v), end_cmp);
	return v;
}

static const struct model_obj *instance_of(const struct model *m, const struct model_end *e)
{
	return model_get(m, e->is_vbr ? MODEL_VBR : MODEL_VPC, e->tenant, e->name, "");
}

static bool is_end_of_one(const struct end *v, uint32_t n, const struct model_obj *vbr)
{
	struct model_end e = { .is_vbr = true };
	const struct end key = { &e };

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

static void check_ends(const struct check *c, const struct model_tenant *t)
{
	uint32_t n;
	struct end *v = ends_sorted(c->m, t->obj.tenant, &n);
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
	check_idle(c, t, v, n);
	free(v);
}

struct on_line {
	const char *line;
	const struct model_obj *vbr;
};

/* By connection; of one connection, by name as they stand in the model. */
static int line_cmp(const void *a, const void *b)
{
	const struct on_line *x = a;
	const struct on_line *y = b;
	const int d = strcmp(x->line, y->line);

	return d != 0 ? d : strcmp(x->vbr->name, y->vbr->name);
}

/* VBRs on one connection (contract: 5 unless said otherwise). */
static void check_lines(const struct check *c, const struct model_tenant *t)
{
	struct on_line *v = NULL;
	uint32_t run = 0;
	uint32_t n = 0;
	uint32_t first;
	uint32_t end;

	model_range(c->m, MODEL_VBR, t->obj.tenant, &first, &end);
	/* With no more than that on all connections there is none with more. */
	if (end - first <= t->quota[MODEL_QUOTA_VBR])
		return;
	for (uint32_t i = first; i < end; i++) {
		const struct model_vbr *vbr = (const struct model_vbr *)c->m->of[MODEL_VBR].v[i];

		v = xreallocarray(v, n + vbr->n_circuits, sizeof(*v));
		for (uint8_t k = 0; k < vbr->n_circuits; k++)
			v[n++] = (struct on_line){ vbr->circuits[k].physconn, &vbr->obj };
	}
	qsort(v, n, sizeof(*v), line_cmp);
	for (uint32_t i = 0; i < n; i++) {
		run = i > 0 && strcmp(v[i - 1].line, v[i].line) == 0 ? run + 1 : 1;
		if (run == t->quota[MODEL_QUOTA_VBR] + 1)
			errbuf_add(c->err, v[i].vbr->path, 0,
				"tenant %s has more than %u VBRs on physical-connection %s, "
				"its quota: "
				"raise quota vbr of the tenant, or use another connection",
				t->obj.tenant, t->quota[MODEL_QUOTA_VBR], v[i].line);
	}
	free(v);
}

static int name_cmp(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The most that it leases at one access point; where a line ends may be unknown. */
static uint32_t lines_in_one_place(const struct model *m, const char *tenant)
{
	const char **v = NULL;
	uint32_t n = 0;
	uint32_t run = 0;
	uint32_t most = 0;

	for (uint32_t i = 0; i < m->of[MODEL_PHYSCONN].n; i++) {
		const struct model_physconn
			*pc = (const struct model_physconn *)m->of[MODEL_PHYSCONN].v[i];

		if (pc->access_point[0] == '\0' || strcmp(pc->line.owner, tenant) != 0)
			continue;
		v = xreallocarray(v, n + 1, sizeof(*v));
		v[n++] = pc->access_point;
	}
	if (n > 1)
		qsort(v, n, sizeof(*v), name_cmp);
	for (uint32_t i = 0; i < n; i++) {
		run = i > 0 && strcmp(v[i - 1], v[i]) == 0 ? run + 1 : 1;
		most = run > most ? run : most;
	}
	free(v);
	return most;
}

static uint32_t count_of(const struct model *m, enum model_kind kind, const char *tenant)
{
	uint32_t first;
	uint32_t end;

	model_range(m, kind, tenant, &first, &end);
	return end - first;
}

void check_counts(const struct check *c, const struct model_obj *tenant)
{
	const struct model_tenant *t = (const struct model_tenant *)tenant;

	check_count(c, tenant, MODEL_QUOTA_LINE, lines_in_one_place(c->m, tenant->tenant));
	check_count(c, tenant, MODEL_QUOTA_VPC, count_of(c->m, MODEL_VPC, tenant->tenant));
	check_count(c, tenant, MODEL_QUOTA_PEERING, count_of(c->m, MODEL_PEERING, tenant->tenant));
	check_lines(c, t);
	check_ends(c, t);
}

void check_vbr_counts(const struct check *c, const struct model_vbr *v)
{
	check_count(c, &v->obj, MODEL_QUOTA_PEER, v->n_peers);
	check_count(c, &v->obj, MODEL_QUOTA_VBR_STATIC, v->n_statics);
}

void check_vpc_counts(const struct check *c, const struct model_vpc *v)
{
	check_count(c, &v->obj, MODEL_QUOTA_VPC_STATIC, v->n_statics);
}
