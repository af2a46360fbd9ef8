/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Uniqueness over all tenants: sort what must differ, look at neighbours.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/xalloc.h"
#include "vbr/model/check/check.h"

/* Something that must exist once: a key and who claims it. */
struct claim {
	char key[4 * MODEL_NAME_SIZE];
	const struct model_obj *by;
};

struct claims {
	struct claim *v;
	uint32_t n;
};

static int claim_cmp(const void *a, const void *b)
{
	return strcmp(((const struct claim *)a)->key, ((const struct claim *)b)->key);
}

static struct claim *claim_new(struct claims *cl, const struct model_obj *by)
{
	if ((cl->n & (cl->n - 1)) == 0)
		cl->v = xreallocarray(cl->v, cl->n == 0 ? 16 : 2 * (size_t)cl->n, sizeof(*cl->v));
	cl->v[cl->n].by = by;
	return &cl->v[cl->n++];
}

static void claims_report(const struct check *c, struct claims *cl,
	void (*report)(const struct check *, const struct claim *, const struct claim *))
{
	if (cl->n > 0)
		qsort(cl->v, cl->n, sizeof(*cl->v), claim_cmp);
	for (uint32_t i = 1; i < cl->n; i++)
		if (strcmp(cl->v[i - 1].key, cl->v[i].key) == 0)
			report(c, &cl->v[i - 1], &cl->v[i]);
	free(cl->v);
	cl->v = NULL;
	cl->n = 0;
}

static void report_vlan(const struct check *c, const struct claim *a, const struct claim *b)
{
	const struct claim *vbr = b->by->kind == MODEL_VBR ? b : a;
	const struct claim *other = vbr == b ? a : b;
	const char *slash = strchr(b->key, '/');

	/* key: connection, then VLAN or name of the share */
	if (slash[1] == 'h')
		errbuf_add(c->err, vbr->by->path, 0,
			"hosted-connection %s of physical-connection %.*s carries VBR %s already: "
			"a hosted connection is one VLAN, ask for another one",
			slash + 2, (int)(slash - b->key), b->key, other->by->name);
	else if (other->by->kind == MODEL_VBR)
		errbuf_add(c->err, vbr->by->path, 0,
			"vlan-id %s of physical-connection %.*s is in use by VBR %s of tenant %s: "
			"take another VLAN",
			slash + 1, (int)(slash - b->key), b->key, other->by->name,
			other->by->tenant);
	else
		errbuf_add(c->err, vbr->by->path, 0,
			"vlan-id %s of physical-connection %.*s belongs to a hosted connection: "
			"take another VLAN",
			slash + 1, (int)(slash - b->key), b->key);
}

static void report_device(const struct check *c, const struct claim *a, const struct claim *b)
{
	errbuf_add(c->err, b->by->path, 0,
		"interface %s is in use by %s: an interface belongs to one instance, take another",
		b->key, a->by->path);
}

static void report_pair(const struct check *c, const struct claim *a, const struct claim *b)
{
	errbuf_add(c->err, b->by->path, 0,
		"peering %s connects the same two instances already: change its bandwidth instead",
		a->by->name);
}

static void check_vlans(const struct check *c)
{
	struct claims cl = { 0 };

	for (uint32_t i = 0; i < c->m->of[MODEL_VBR].n; i++) {
		const struct model_vbr *v = (const struct model_vbr *)c->m->of[MODEL_VBR].v[i];
		struct claim *k = claim_new(&cl, &v->obj);

		if (v->hosted[0] != '\0')
			snprintf(k->key, sizeof(k->key), "%s/h%s", v->physconn, v->hosted);
		else
			snprintf(k->key, sizeof(k->key), "%s/%u", v->physconn, v->vlan_id);
	}
	/* The VLAN of a share is taken whether a VBR stands on it or not. */
	for (uint32_t i = 0; i < c->m->of[MODEL_PHYSCONN].n; i++) {
		const struct model_physconn
			*pc = (const struct model_physconn *)c->m->of[MODEL_PHYSCONN].v[i];

		for (uint32_t h = 0; h < pc->line.n_hosted; h++) {
			struct claim *k = claim_new(&cl, &pc->obj);

			snprintf(k->key, sizeof(k->key), "%s/%u", pc->obj.name,
				pc->line.hosted[h].vlan_id);
		}
	}
	claims_report(c, &cl, report_vlan);
}

static void check_devices(const struct check *c)
{
	struct claims cl = { 0 };

	for (uint32_t i = 0; i < c->m->of[MODEL_PHYSCONN].n; i++) {
		const struct model_physconn
			*p = (const struct model_physconn *)c->m->of[MODEL_PHYSCONN].v[i];

		snprintf(claim_new(&cl, &p->obj)->key, MODEL_DEVICE_SIZE, "%s", p->interface);
	}
	for (uint32_t i = 0; i < c->m->of[MODEL_VPC].n; i++) {
		const struct model_vpc *v = (const struct model_vpc *)c->m->of[MODEL_VPC].v[i];

		for (uint32_t k = 0; k < v->n_ifaces; k++)
			snprintf(claim_new(&cl, &v->obj)->key, MODEL_DEVICE_SIZE, "%s",
				v->ifaces[k].name);
	}
	claims_report(c, &cl, report_device);
}

static void check_pairs(const struct check *c)
{
	struct claims cl = { 0 };

	for (uint32_t i = 0; i < c->m->of[MODEL_PEERING].n; i++) {
		const struct model_peering
			*p = (const struct model_peering *)c->m->of[MODEL_PEERING].v[i];
		char a[2 * MODEL_NAME_SIZE + 4];
		char b[2 * MODEL_NAME_SIZE + 4];
		struct claim *k;

		if (!model_peering_has_consent(c->m, p))
			continue;
		k = claim_new(&cl, &p->obj);
		snprintf(a, sizeof(a), "%s/%d/%s", p->initiator.tenant, p->initiator.is_vbr,
			p->initiator.name);
		snprintf(b, sizeof(b), "%s/%d/%s", p->acceptor.tenant, p->acceptor.is_vbr,
			p->acceptor.name);
		snprintf(k->key, sizeof(k->key), "%.127s|%.127s", strcmp(a, b) < 0 ? a : b,
			strcmp(a, b) < 0 ? b : a);
	}
	claims_report(c, &cl, report_pair);
}

/* VBRs of one tenant on one connection, against its quota (contract: 5 unless said otherwise). */
static void check_vbr_quota(const struct check *c)
{
	struct claims cl = { 0 };
	uint32_t run = 0;

	for (uint32_t i = 0; i < c->m->of[MODEL_VBR].n; i++) {
		const struct model_vbr *v = (const struct model_vbr *)c->m->of[MODEL_VBR].v[i];
		struct claim *k = claim_new(&cl, &v->obj);

		snprintf(k->key, sizeof(k->key), "%s|%s", v->obj.tenant, v->physconn);
	}
	if (cl.n > 0)
		qsort(cl.v, cl.n, sizeof(*cl.v), claim_cmp);
	for (uint32_t i = 0; i < cl.n; i++) {
		const struct model_vbr *v = (const struct model_vbr *)cl.v[i].by;
		const struct model_tenant *t = model_tenant(c->m, v->obj.tenant);

		run = i > 0 && strcmp(cl.v[i - 1].key, cl.v[i].key) == 0 ? run + 1 : 1;
		if (t != NULL && run == t->quota[MODEL_QUOTA_VBR] + 1)
			errbuf_add(c->err, v->obj.path, 0,
				"tenant %s has more than %u VBRs on physical-connection %s, "
				"its quota: "
				"raise quota vbr of the tenant, or use another connection",
				v->obj.tenant, t->quota[MODEL_QUOTA_VBR], v->physconn);
	}
	free(cl.v);
}

void check_unique(const struct check *c)
{
	check_vlans(c);
	check_devices(c);
	check_pairs(c);
	check_vbr_quota(c);
}
