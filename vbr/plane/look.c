/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading the plane: for show commands and the plane itself.
 */
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

const struct plane_tenant *plane_tenant_find(const struct plane *p, const char *name)
{
	uint32_t lo = 0;
	uint32_t hi = p->n_tenants;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		int d = strcmp(p->tenants[mid]->pub.name, name);

		if (d == 0)
			return &p->tenants[mid]->pub;
		if (d < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

uint32_t plane_instance_count(const struct plane *p)
{
	return p->n_insts;
}

const struct plane_instance *plane_instance_at(const struct plane *p, uint32_t i)
{
	return &p->insts[i]->pub;
}

static struct rt_instance *find(const struct plane *p, const char *tenant, bool is_vbr,
	const char *name)
{
	uint32_t lo = 0;
	uint32_t hi = p->n_insts;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		struct rt_instance *i = p->insts[mid];
		int d = strcmp(i->pub.tenant, tenant);

		if (d == 0)
			d = (int)i->pub.is_vbr - (int)is_vbr;
		if (d == 0)
			d = strcmp(i->pub.name, name);
		if (d == 0)
			return i;
		if (d < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
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

const struct plane_peering *plane_peering_find(const struct plane *p, const char *tenant,
	const char *name)
{
	for (uint32_t k = 0; k < p->n_peerings; k++)
		if (strcmp(p->peerings[k]->pub.name, name) == 0 &&
			strcmp(p->peerings[k]->pub.tenant, tenant) == 0)
			return &p->peerings[k]->pub;
	return NULL;
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
