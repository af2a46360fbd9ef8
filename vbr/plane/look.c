/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading the plane: for show commands and the plane itself.
 */
#include <stdlib.h>
#include <string.h>

#include "vbr/plane/plane_int.h"

const struct model *plane_model(const struct plane *p)
{
	return p->model;
}

struct linkplane *plane_links(const struct plane *p)
{
	return p->links;
}

enum link_mode plane_mode(const struct plane *p)
{
	return p->p.mode;
}

uint32_t plane_tenant_count(const struct plane *p)
{
	return p->n_tenants;
}

const struct plane_tenant *plane_tenant_at(const struct plane *p, uint32_t i)
{
	return &p->tenants[i]->pub;
}

static int by_name(const void *name, const void *item)
{
	return strcmp(name, (*(struct rt_tenant *const *)item)->pub.name);
}

const struct plane_tenant *plane_tenant_find(const struct plane *p, const char *name)
{
	struct rt_tenant *const *t = p->n_tenants == 0 ?
		NULL :
		bsearch(name, p->tenants, p->n_tenants, sizeof(struct rt_tenant *), by_name);

	return t != NULL ? &(*t)->pub : NULL;
}

uint32_t plane_instance_count(const struct plane *p)
{
	return p->n_insts;
}

const struct plane_instance *plane_instance_at(const struct plane *p, uint32_t i)
{
	return &p->insts[i]->pub;
}

struct end_key {
	const char *tenant;
	const char *name;
	bool is_vbr;
};

static int by_end(const void *key, const void *item)
{
	const struct plane_instance *i = &(*(struct rt_instance *const *)item)->pub;
	const struct end_key *k = key;
	int d = strcmp(k->tenant, i->tenant);

	if (d == 0)
		d = (int)k->is_vbr - (int)i->is_vbr;
	return d != 0 ? d : strcmp(k->name, i->name);
}

static struct rt_instance *find(const struct plane *p, const char *tenant, bool is_vbr,
	const char *name)
{
	const struct end_key key = { .tenant = tenant, .name = name, .is_vbr = is_vbr };
	struct rt_instance *const *i = p->n_insts == 0 ?
		NULL :
		bsearch(&key, p->insts, p->n_insts, sizeof(struct rt_instance *), by_end);

	return i != NULL ? *i : NULL;
}

struct rt_instance *plane_end(const struct plane *p, const struct model_end *e)
{
	return find(p, e->tenant, e->is_vbr, e->name);
}

const struct plane_instance *plane_instance_find(const struct plane *p, const char *tenant,
	bool is_vbr, const char *name)
{
	struct rt_instance *i = find(p, tenant, is_vbr, name);

	return i != NULL ? &i->pub : NULL;
}

const struct plane_instance *plane_instance_by_id(const struct plane *p, uint32_t id)
{
	for (uint32_t k = 0; k < p->n_insts; k++)
		if (p->insts[k]->pub.id == id)
			return &p->insts[k]->pub;
	return NULL;
}

const struct plane_instance *plane_instance_by_table(const struct plane *p, uint32_t table)
{
	for (uint32_t k = 0; k < p->n_insts; k++)
		if (p->insts[k]->pub.table == table)
			return &p->insts[k]->pub;
	return NULL;
}

static int by_peering(const void *key, const void *item)
{
	const struct end_key *k = key;
	const struct plane_peering *r = &(*(struct rt_peering *const *)item)->pub;
	int d = strcmp(k->tenant, r->tenant);

	return d != 0 ? d : strcmp(k->name, r->name);
}

const struct plane_peering *plane_peering_find(const struct plane *p, const char *tenant,
	const char *name)
{
	const struct end_key key = { .tenant = tenant, .name = name };
	struct rt_peering *const *r = p->n_peerings == 0 ?
		NULL :
		bsearch(&key, p->peerings, p->n_peerings, sizeof(struct rt_peering *), by_peering);

	return r != NULL ? &(*r)->pub : NULL;
}

uint32_t plane_edge_limit(const struct plane *p)
{
	uint32_t limit = 0;

	for (uint32_t k = 0; k < p->n_peerings; k++)
		for (int d = 0; d < 2; d++)
			if (p->peerings[k]->pub.edge[d] != UINT32_MAX &&
				p->peerings[k]->pub.edge[d] >= limit)
				limit = p->peerings[k]->pub.edge[d] + 1;
	return limit;
}

uint16_t plane_queue_minor(const struct model_qos_body *b, int index)
{
	return qos_minor(b, index);
}

const char *plane_qos_error(const struct plane *p, const struct plane_circuit *c)
{
	return classifier_error(p->classifier, c->inlet);
}
