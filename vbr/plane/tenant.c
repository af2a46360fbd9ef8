/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tenants as they run: the number and the worker of each, its policy, compiled, and the ranges of
 * its VPCs. The global policy is compiled once and serves all of them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bgpd/policy/policy.h"
#include "lib/base/log.h"
#include "lib/base/xalloc.h"
#include "lib/ds/bitmap.h"
#include "lib/ds/search.h"
#include "vbr/plane/plane_int.h"

static int by_tenant(const void *key, const void *item)
{
	const struct rt_tenant *t = *(struct rt_tenant *const *)item;

	return strcmp(((const struct model_obj *)key)->tenant, t->pub.name);
}

struct rt_tenant *plane_tenant_get(struct plane *p, const struct model_obj *o)
{
	uint32_t at = search_lower(o, p->tenants, p->n_tenants, sizeof(*p->tenants), by_tenant);
	struct rt_tenant *t;

	if (at < p->n_tenants && by_tenant(o, &p->tenants[at]) == 0)
		return p->tenants[at];
	t = xcalloc(1, sizeof(*t));
	snprintf(t->pub.name, sizeof(t->pub.name), "%s", o->tenant);
	t->pub.id = plane_take(p->tenant_ids);
	t->pub.worker = workers_pick(p->p.workers);
	p->tenants = plane_insert(p->tenants, &p->n_tenants, at, t);
	return t;
}

void plane_tenant_free(struct rt_tenant *t)
{
	model_obj_unref(t->obj);
	model_obj_unref(t->policy);
	model_obj_unref(t->global);
	policy_set_unref(t->set);
	free(t->cidrs);
	free(t);
}

void plane_tenant_drop(struct plane *p, const struct model_obj *o)
{
	uint32_t k = search_lower(o, p->tenants, p->n_tenants, sizeof(*p->tenants), by_tenant);
	struct rt_tenant *t;

	if (k == p->n_tenants || by_tenant(o, &p->tenants[k]) != 0)
		return;
	t = p->tenants[k];
	worker_tenant_del(p->p.workers, t->pub.worker, t->pub.id);
	(void)bitmap_clear(p->tenant_ids, t->pub.id);
	plane_remove(p->tenants, &p->n_tenants, k);
	plane_tenant_free(t);
}

struct policy_set *plane_compile(const struct model_obj *scope, struct policy_set *global)
{
	static const struct policy_conf none;
	const struct model_policy *mp = (const struct model_policy *)scope;
	struct errbuf err;
	struct policy_set *s;

	errbuf_init(&err);
	s = policy_compile(mp != NULL ? mp->rules : &none, global, &err);
	/* Names were checked by model_check, so this is a bug of ours; an empty set denies. */
	if (s == NULL) {
		log_error("policy: %s", errbuf_first(&err));
		s = policy_compile(&none, global, &err);
	}
	errbuf_fini(&err);
	return s;
}

/* Of the model that is now: all tenants share it. */
static struct policy_set *global_set(struct plane *p)
{
	if (!plane_replace(&p->global, model_get(p->model, MODEL_POLICY, "", "", "")) &&
		p->global_set != NULL)
		return p->global_set;
	policy_set_unref(p->global_set);
	p->global_set = plane_compile(p->global, NULL);
	return p->global_set;
}

static void apply_policy(struct plane *p, struct rt_tenant *t)
{
	const struct model_obj *own = model_get(p->model, MODEL_POLICY, t->pub.name, "", "");
	const struct model_obj *global = model_get(p->model, MODEL_POLICY, "", "", "");
	bool first = t->obj == NULL;
	bool changed = plane_replace(&t->policy, own);
	struct policy_set *s;

	changed |= plane_replace(&t->global, global);
	t->has_new_policy = changed || first;
	if (!t->has_new_policy)
		return;
	s = plane_compile(t->policy, global_set(p));
	policy_set_unref(t->set);
	t->set = policy_set_ref(s);
	worker_policy_set(p->p.workers, t->pub.worker, t->pub.id, s);
}

struct prefix *plane_cidrs(const struct model *m, const char *tenant, uint32_t *n)
{
	struct prefix *v = NULL;
	uint32_t first;
	uint32_t end;

	*n = 0;
	model_range(m, MODEL_VPC, tenant, &first, &end);
	for (uint32_t k = first; k < end; k++) {
		const struct model_obj *o = m->of[MODEL_VPC].v[k];
		const struct model_vpc *vpc = (const struct model_vpc *)o;

		if (vpc->n_cidrs == 0)
			continue;
		v = xreallocarray(v, *n + vpc->n_cidrs, sizeof(*v));
		memcpy(v + *n, vpc->cidrs, vpc->n_cidrs * sizeof(*v));
		*n += vpc->n_cidrs;
	}
	return v;
}

static void apply_cidrs(struct plane *p, struct rt_tenant *t)
{
	uint32_t n;
	struct prefix *v = plane_cidrs(p->model, t->pub.name, &n);

	if (n == t->n_cidrs && (n == 0 || memcmp(v, t->cidrs, n * sizeof(*v)) == 0)) {
		free(v);
		return;
	}
	worker_cidrs_set(p->p.workers, t->pub.worker, t->pub.id, v, n);
	free(t->cidrs);
	t->cidrs = v;
	t->n_cidrs = n;
}

void plane_tenant_apply(struct plane *p, struct rt_tenant *t)
{
	const struct model_tenant *m = model_tenant(p->model, t->pub.name);
	struct bgp_engine_conf conf = { .route_quota = m->quota_route };

	if (t->obj != &m->obj) {
		snprintf(conf.name, sizeof(conf.name), "%s", t->pub.name);
		worker_tenant_set(p->p.workers, t->pub.worker, t->pub.id, &conf);
	}
	apply_policy(p, t);
	(void)plane_replace(&t->obj, &m->obj);
	apply_cidrs(p, t);
}
