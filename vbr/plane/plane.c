/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making the running edge equal to a model: make what is new, drop what is gone, apply what is
 * touched (vbr/model/delta.h).
 *
 * Order, so that nothing ever refers to something that is gone: edges and channels of peerings
 * that end, instances, tenants; then tenants (tenant.c), instances, peerings that begin or changed.
 * What is new has its number before all that. News of links come in between (devices.c).
 * What was touched is another thing only if one of the objects is that it was derived from:
 * a comparison of counted pointers. So a one-leaf commit costs the same among ten thousand VBRs.
 */
#include "vbr/plane/plane.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bgpd/policy/policy.h"
#include "lib/base/log.h"
#include "lib/base/xalloc.h"
#include "lib/ds/bitmap.h"
#include "lib/ds/search.h"
#include "vbr/model/delta.h"
#include "vbr/plane/plane_int.h"

#define LOOK_S 60 /* at the wall clock, at least */

static int by_instance(const void *key, const void *item)
{
	const struct plane_instance *i = &(*(struct rt_instance *const *)item)->pub;
	const struct model_obj *o = key;
	int d = strcmp(o->tenant, i->tenant);

	if (d == 0)
		d = (int)(o->kind == MODEL_VBR) - (int)i->is_vbr;
	return d != 0 ? d : strcmp(o->name, i->name);
}

static int by_peering(const void *key, const void *item)
{
	const struct plane_peering *r = &(*(struct rt_peering *const *)item)->pub;
	const struct model_obj *o = key;
	int d = strcmp(o->tenant, r->tenant);

	return d != 0 ? d : strcmp(o->name, r->name);
}

void *plane_insert(void *array, uint32_t *n, uint32_t at, void *rt)
{
	void **v = xreallocarray(array, *n + 1, sizeof(*v));

	memmove(&v[at + 1], &v[at], (*n - at) * sizeof(*v));
	v[at] = rt;
	(*n)++;
	return v;
}

void plane_remove(void *array, uint32_t *n, uint32_t at)
{
	void **v = array;

	memmove(&v[at], &v[at + 1], (*n - at - 1) * sizeof(*v));
	(*n)--;
}

uint32_t plane_take(struct bitmap *ids)
{
	uint32_t i = 0;

	while (bitmap_has(ids, i))
		i++;
	(void)bitmap_set(ids, i);
	return i;
}

static char *persistent_name(char *dst, size_t size, const struct model_obj *o)
{
	snprintf(dst, size, "%s/%s/%s", o->tenant,
		o->kind == MODEL_VBR         ? "vbr" :
			o->kind == MODEL_VPC ? "vpc" :
					       "peering",
		o->name);
	return dst;
}

bool plane_replace(struct model_obj **slot, const struct model_obj *o)
{
	struct model_obj *now = (struct model_obj *)(uintptr_t)o;

	if (*slot == now)
		return false;
	model_obj_unref(*slot);
	*slot = now != NULL ? model_obj_ref(now) : NULL;
	return true;
}

/* Finding or making */

static struct rt_instance *instance_get(struct plane *p, const struct model_obj *o)
{
	uint32_t at = search_lower(o, p->insts, p->n_insts, sizeof(*p->insts), by_instance);
	char name[3 * MODEL_NAME_SIZE];
	struct rt_instance *i;
	uint32_t number;

	if (at < p->n_insts && by_instance(o, &p->insts[at]) == 0)
		return p->insts[at];
	i = xcalloc(1, sizeof(*i));
	snprintf(i->pub.tenant, sizeof(i->pub.tenant), "%s", o->tenant);
	snprintf(i->pub.name, sizeof(i->pub.name), "%s", o->name);
	i->pub.is_vbr = o->kind == MODEL_VBR;
	if (i->pub.is_vbr && p->p.phase != NULL)
		i->phase = p->p.phase(p->p.ctx, o->tenant, o->name);
	i->pub.id = plane_take(p->inst_ids);
	i->pub.worker = plane_tenant_find(p, o->tenant)->worker;
	number = ids_get(p->p.ids, persistent_name(name, sizeof(name), o));
	i->pub.table = p->p.table_base + number;
	if (p->p.mode == LINK_MODE_VRF)
		snprintf(i->pub.vrf, sizeof(i->pub.vrf), "vr%u", number);
	p->insts = plane_insert(p->insts, &p->n_insts, at, i);
	return i;
}

/* Index of a peering connection, or UINT32_MAX. */
static uint32_t peering_index(const struct plane *p, const struct model_obj *o)
{
	uint32_t at = search_lower(o, p->peerings, p->n_peerings, sizeof(*p->peerings), by_peering);

	return at < p->n_peerings && by_peering(o, &p->peerings[at]) == 0 ? at : UINT32_MAX;
}

static struct rt_peering *peering_get(struct plane *p, const struct model_obj *o)
{
	uint32_t at = search_lower(o, p->peerings, p->n_peerings, sizeof(*p->peerings), by_peering);
	char name[3 * MODEL_NAME_SIZE];
	struct rt_peering *r;

	if (at < p->n_peerings && by_peering(o, &p->peerings[at]) == 0)
		return p->peerings[at];
	r = xcalloc(1, sizeof(*r));
	snprintf(r->pub.tenant, sizeof(r->pub.tenant), "%s", o->tenant);
	snprintf(r->pub.name, sizeof(r->pub.name), "%s", o->name);
	r->pub.edge[0] = UINT32_MAX;
	r->pub.edge[1] = UINT32_MAX;
	r->number = ids_get(p->p.ids, persistent_name(name, sizeof(name), o));
	p->peerings = plane_insert(p->peerings, &p->n_peerings, at, r);
	return r;
}

/* Dropping */

static void release_number(struct plane *p, const struct model_obj *o)
{
	char full[3 * MODEL_NAME_SIZE];

	ids_release(p->p.ids, persistent_name(full, sizeof(full), o));
}

static void instance_free(struct rt_instance *i)
{
	circuits_fini(i);
	model_obj_unref(i->obj);
	model_obj_unref(i->sys);
	model_obj_unref(i->qos);
	free(i->devices);
	free(i);
}

static void peering_free(struct rt_peering *r)
{
	model_obj_unref(r->obj);
	free(r);
}

/* A changed one may have moved to other ends: begin anew, unless only its size changed. */
static bool is_over(const struct plane *p, const struct rt_peering *r,
	const struct model_peering *m)
{
	const struct model_peering *was = (const struct model_peering *)r->obj;

	if (!peering_is_on(p, p->model, m))
		return true;
	return was != NULL &&
		(memcmp(&was->initiator, &m->initiator, sizeof(m->initiator)) != 0 ||
			memcmp(&was->acceptor, &m->acceptor, sizeof(m->acceptor)) != 0);
}

static void drop_peering(struct plane *p, const struct model_obj *o)
{
	const uint32_t k = peering_index(p, o);
	struct rt_peering *r;

	if (k == UINT32_MAX)
		return;
	r = p->peerings[k];
	peering_drop(p, r);
	release_number(p, o);
	plane_remove(p->peerings, &p->n_peerings, k);
	peering_free(r);
}

static void drop_peerings(struct plane *p, const struct model_delta *d)
{
	const struct model_obj *o;

	for (uint32_t i = d->n; i-- > 0;)
		if (d->changes[i].now == NULL && d->changes[i].was->kind == MODEL_PEERING)
			drop_peering(p, d->changes[i].was);
	for (uint32_t i = 0; (o = model_delta_next(d, MODEL_PEERING, &i)) != NULL;) {
		const uint32_t k = peering_index(p, o);

		if (k != UINT32_MAX && is_over(p, p->peerings[k], (const struct model_peering *)o))
			peering_drop(p, p->peerings[k]);
	}
}

static void drop_instance(struct plane *p, const struct model_obj *o)
{
	uint32_t k = search_lower(o, p->insts, p->n_insts, sizeof(*p->insts), by_instance);
	struct rt_instance *i;

	if (k == p->n_insts || by_instance(o, &p->insts[k]) != 0)
		return;
	i = p->insts[k];
	worker_instance_del(p->p.workers, i->pub.worker, plane_tenant_find(p, i->pub.tenant)->id,
		i->pub.id);
	plane_remove(p->insts, &p->n_insts, k);
	for (uint32_t n = 0; n < i->n_devices; n++)
		plane_unwant(p, i->devices[n]);
	for (uint8_t n = 0; n < i->pub.n_circuits; n++)
		classifier_want(p->classifier, i->circuits[n].pub.inlet, "", NULL, 0);
	(void)bitmap_clear(p->inst_ids, i->pub.id);
	release_number(p, o);
	instance_free(i);
	p->ports_stale = true;
	p->sources_stale = true;
	p->users_stale = true;
}

/* Backwards: a tenant stands before what it has. */
static void drop_gone(struct plane *p, const struct model_delta *d)
{
	for (uint32_t i = d->n; i-- > 0;) {
		const struct model_obj *o = d->changes[i].was;

		if (d->changes[i].now != NULL)
			continue;
		if (o->kind == MODEL_VBR || o->kind == MODEL_VPC)
			drop_instance(p, o);
		else if (o->kind == MODEL_TENANT)
			plane_tenant_drop(p, o);
	}
}

/* Applying */

/* Forwards: a tenant stands before what it has. */
static void make_new(struct plane *p, const struct model_delta *d)
{
	for (uint32_t i = 0; i < d->n; i++) {
		const struct model_obj *o = d->changes[i].now;

		if (d->changes[i].was != NULL)
			continue;
		if (o->kind == MODEL_TENANT)
			(void)plane_tenant_get(p, o);
		else if (o->kind == MODEL_VBR || o->kind == MODEL_VPC)
			(void)instance_get(p, o);
	}
}

static_assert(MODEL_TENANT < MODEL_VPC && MODEL_TENANT < MODEL_VBR, "order of changes");

void plane_send_instance(struct plane *p, struct rt_instance *i)
{
	i->sent = true;
	worker_instance_set(p->p.workers, i->pub.worker, plane_tenant_find(p, i->pub.tenant)->id,
		i->pub.id, derive_instance(p, i));
}

static void apply_instance(struct plane *p, const struct model_obj *o)
{
	struct rt_instance *i = instance_get(p, o);
	const struct model_obj *qos = NULL;
	bool changed = plane_replace(&i->obj, o);

	if (i->pub.is_vbr) {
		const struct model_vbr *v = (const struct model_vbr *)o;

		qos = (const struct model_obj *)(const void *)model_qos(p->model, v);
		changed |= circuits_apply(p, i, v);
	}
	changed |= plane_replace(&i->sys, &model_system(p->model)->obj);
	changed |= plane_replace(&i->qos, qos);
	/* A line of the same words may be held by the clock. */
	changed |= i->pub.is_vbr && service_differs(p, i);
	if (!changed)
		return;
	if (i->pub.is_vbr) {
		service_update(p, i);
		p->ports_stale |= ports_differ(p, i);
	}
	p->sources_stale |= sources_differ(i);
	derive_links(p, i);
	plane_send_instance(p, i);
}

static void apply_peering(struct plane *p, const struct model_obj *o)
{
	struct rt_peering *r = peering_get(p, o);
	bool changed = plane_replace(&r->obj, o);

	p->sources_stale |= changed;
	if (!peering_is_on(p, p->model, (const struct model_peering *)o))
		;
	else if (changed || !r->realised ||
		peering_has_new_role(p, r, (const struct model_peering *)o))
		peering_apply(p, r, (const struct model_peering *)o);
	else if (peering_has_new_policy(p, r))
		peering_link_changed(p, r);
	else
		return;
	peering_tell(p, r);
}

static void apply_peerings(struct plane *p, const struct model_delta *d)
{
	const struct model_obj *o;

	for (uint32_t i = 0; (o = model_delta_next(d, MODEL_PEERING, &i)) != NULL;)
		apply_peering(p, o);
}

static void apply_tenants(struct plane *p, const struct model_delta *d)
{
	const struct model_obj *o;

	for (uint32_t i = 0; (o = model_delta_next(d, MODEL_TENANT, &i)) != NULL;)
		plane_tenant_apply(p, plane_tenant_get(p, o));
}

static void apply_instances(struct plane *p, const struct model_delta *d)
{
	const struct model_obj *o;

	for (uint32_t i = 0; (o = model_delta_next(d, MODEL_VPC, &i)) != NULL;)
		apply_instance(p, o);
	for (uint32_t i = 0; (o = model_delta_next(d, MODEL_VBR, &i)) != NULL;)
		apply_instance(p, o);
}

/* Consents and subscriptions end by the wall clock, which may be set: look now and then. */
static void expiry_arm(struct plane *p)
{
	const int64_t next = model_next_expiry(p->model);
	const int64_t left = next - (int64_t)time(NULL);

	timer_stop(&p->expiry);
	if (next != 0 && !p->stopped)
		timer_start(&p->expiry,
			left <= 0             ? 0 :
				left > LOOK_S ? LOOK_S * INT64_C(1000000) :
						left * INT64_C(1000000));
}

/* The clock alone makes another model of it. */
static void on_expiry(void *ctx)
{
	struct plane *p = ctx;
	const struct model before = *p->model;
	struct model_delta d;

	p->model->now_s = (int64_t)time(NULL);
	model_delta_init(&d, &before, p->model);
	if (p->p.expired != NULL)
		p->p.expired(p->p.ctx, &d, false);
	p->ports_stale |= model_delta_has(&d, MODEL_PHYSCONN);
	drop_peerings(p, &d);
	apply_instances(p, &d);
	if (p->ports_stale)
		ports_apply(p);
	apply_peerings(p, &d);
	if (p->sources_stale)
		sources_apply(p);
	if (p->p.expired != NULL)
		p->p.expired(p->p.ctx, &d, true);
	model_delta_fini(&d);
	expiry_arm(p);
}

/* What is of the pass and not of the model. */
static void end_pass(struct plane *p, const struct model_delta *d)
{
	const struct model_obj *o;

	for (uint32_t i = 0; (o = model_delta_next(d, MODEL_TENANT, &i)) != NULL;)
		plane_tenant_get(p, o)->has_new_policy = false;
}

struct model *plane_apply(struct plane *p, struct model *take, const struct model_delta *d)
{
	struct model *old = p->model;
	struct errbuf err;

	p->model = take;
	p->ports_stale |= model_delta_has(d, MODEL_PHYSCONN);
	p->sources_stale |= model_delta_has(d, MODEL_PEERING);
	make_new(p, d);
	drop_peerings(p, d);
	drop_gone(p, d);
	apply_tenants(p, d);
	apply_instances(p, d);
	if (p->ports_stale)
		ports_apply(p);
	apply_peerings(p, d);
	if (p->sources_stale || !p->has_doors)
		sources_apply(p);
	end_pass(p, d);
	expiry_arm(p);
	errbuf_init(&err);
	if (ids_save(p->p.ids, &err) < 0)
		log_error("%s", errbuf_first(&err));
	errbuf_fini(&err);
	return old;
}

int plane_prepare(struct plane *p, const struct model_delta *d, struct errbuf *err)
{
	char name[3 * MODEL_NAME_SIZE];
	int ret;

	for (uint32_t i = 0; i < d->n; i++) {
		const struct model_obj *o = d->changes[i].now;

		if (d->changes[i].was == NULL &&
			(o->kind == MODEL_VPC || o->kind == MODEL_VBR || o->kind == MODEL_PEERING))
			(void)ids_get(p->p.ids, persistent_name(name, sizeof(name), o));
	}
	ret = ids_save(p->p.ids, err);
	if (ret < 0)
		plane_abort(p);
	return ret;
}

/* "tenant/kind/name" of an object of the present model? */
static bool is_present(void *ctx, const char *full)
{
	const struct plane *p = ctx;
	const char *kind = strchr(full, '/');
	const char *name = kind != NULL ? strchr(kind + 1, '/') : NULL;
	char tenant[MODEL_NAME_SIZE];

	if (name == NULL || kind - full >= MODEL_NAME_SIZE)
		return false;
	snprintf(tenant, sizeof(tenant), "%.*s", (int)(kind - full), full);
	name++;
	if (strncmp(kind, "/vbr/", 5) == 0)
		return model_vbr(p->model, tenant, name) != NULL;
	if (strncmp(kind, "/vpc/", 5) == 0)
		return model_vpc(p->model, tenant, name) != NULL;
	return model_peering(p->model, tenant, name) != NULL;
}

void plane_abort(struct plane *p)
{
	struct errbuf err;

	ids_retain(p->p.ids, is_present, p);
	errbuf_init(&err);
	if (ids_save(p->p.ids, &err) < 0)
		log_debug("%s", errbuf_first(&err));
	errbuf_fini(&err);
}

void plane_stop(struct plane *p)
{
	p->stopped = true;
	timer_stop(&p->closing);
	timer_stop(&p->expiry);
}

bool plane_is_empty(const struct plane *p)
{
	return p->n_tenants == 0;
}

uint32_t plane_table_base(const struct plane *p)
{
	return p->p.table_base;
}

static struct bitmap *bitmap_make(void)
{
	struct bitmap *b = xmalloc(sizeof(*b));

	bitmap_init(b);
	return b;
}

static void bitmap_drop(struct bitmap *b)
{
	bitmap_fini(b);
	free(b);
}

struct plane *plane_new(const struct plane_params *params)
{
	struct plane *p = xcalloc(1, sizeof(*p));

	p->p = *params;
	p->tenant_ids = bitmap_make();
	p->inst_ids = bitmap_make();
	p->edge_ids = bitmap_make();
	p->model = model_new();
	timer_init(&p->expiry, params->loop, on_expiry, p);
	timer_init(&p->closing, params->loop, service_closed, p);
	p->classifier = classifier_new(params->loop);
	p->doors = doors_new(params->loop, params->mode == LINK_MODE_VRF);
	p->links = linkplane_new(params->loop, params->mode, plane_link_changed, p);
	if (p->links == NULL) {
		int err = errno;

		plane_free(p);
		errno = err;
		return NULL;
	}
	return p;
}

void plane_free(struct plane *p)
{
	if (p == NULL)
		return;
	timer_stop(&p->closing);
	timer_stop(&p->expiry);
	for (uint32_t k = 0; k < p->n_peerings; k++)
		peering_free(p->peerings[k]);
	for (uint32_t k = 0; k < p->n_insts; k++)
		instance_free(p->insts[k]);
	for (uint32_t k = 0; k < p->n_tenants; k++)
		plane_tenant_free(p->tenants[k]);
	free(p->peerings);
	free(p->insts);
	free(p->tenants);
	free(p->ports);
	free(p->users);
	linkplane_free(p->links);
	classifier_free(p->classifier);
	doors_free(p->doors);
	model_obj_unref(p->global);
	policy_set_unref(p->global_set);
	model_free(p->model);
	bitmap_drop(p->tenant_ids);
	bitmap_drop(p->inst_ids);
	bitmap_drop(p->edge_ids);
	free(p);
}

void plane_sweep(struct plane *p)
{
	linkplane_sweep(p->links);
	classifier_sweep(p->classifier);
	plane_abort(p);
}

void plane_withdraw(struct plane *p)
{
	classifier_withdraw(p->classifier);
	doors_withdraw(p->doors);
	linkplane_withdraw_all(p->links);
}
