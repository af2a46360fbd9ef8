/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plane is copied by value with the other model in the place of its own, and the derivations of
 * a commit run on the copy. What a VBR is judged by is its own object, its port, the system, the
 * policies and CIDRs of its tenant, and the peering connections that lead away from it; if none of
 * these is another one, it is left out.
 */
#include "vbr/plane/candidate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/xalloc.h"
#include "vbr/model/failover/group.h"
#include "vbr/plane/plane_int.h"

/* What all VBRs of a tenant share under the model. */
struct scope {
	char tenant[MODEL_NAME_SIZE];
	bool is_new; /* policies or CIDRs are others than now */
	struct policy_set *set;
	struct prefix *cidrs;
	uint32_t n_cidrs;
};

struct builder {
	struct plane *p;
	struct plane then; /* p with the other model */
	const struct model *m;
	struct policy_set *global; /* of the model: all tenants share it */
	struct scope *scopes;
	uint32_t n_scopes;
	struct candidate *out;
};

static const struct rt_tenant *find_tenant(const struct plane *p, const char *name)
{
	const struct plane_tenant *t = plane_tenant_find(p, name);

	for (uint32_t k = 0; k < p->n_tenants; k++)
		if (&p->tenants[k]->pub == t)
			return p->tenants[k];
	return NULL;
}

static void fill_scope(const struct builder *b, struct scope *s)
{
	const struct model_obj *own = model_get(b->m, MODEL_POLICY, s->tenant, "", "");
	const struct model_obj *global = model_get(b->m, MODEL_POLICY, "", "", "");
	const struct rt_tenant *t = find_tenant(b->p, s->tenant);

	s->cidrs = plane_cidrs(b->m, s->tenant, &s->n_cidrs);
	s->is_new = t == NULL || t->n_cidrs != s->n_cidrs ||
		(s->n_cidrs > 0 && memcmp(t->cidrs, s->cidrs, s->n_cidrs * sizeof(*s->cidrs)) != 0);
	if (t != NULL && t->policy == own && t->global == global) {
		s->set = t->set != NULL ? policy_set_ref(t->set) : NULL;
		return;
	}
	s->set = plane_compile(own, b->global);
	s->is_new = true;
}

static const struct scope *scope_of(struct builder *b, const char *tenant)
{
	struct scope *s;

	for (uint32_t k = 0; k < b->n_scopes; k++)
		if (strcmp(b->scopes[k].tenant, tenant) == 0)
			return &b->scopes[k];
	b->scopes = xreallocarray(b->scopes, b->n_scopes + 1, sizeof(*b->scopes));
	s = &b->scopes[b->n_scopes++];
	memset(s, 0, sizeof(*s));
	snprintf(s->tenant, sizeof(s->tenant), "%s", tenant);
	fill_scope(b, s);
	return s;
}

/* Peers */

static bool is_asked(const struct whatif *w, const struct ip_addr *a)
{
	for (uint32_t n = 0; n < w->n_peers; n++)
		if (!w->peers[n].is_range && ip_is_equal(&w->peers[n].address, a))
			return true;
	return false;
}

static bool is_range_asked(const struct whatif *w, const struct prefix *range)
{
	for (uint32_t n = 0; n < w->n_peers; n++)
		if (w->peers[n].is_range && prefix_is_equal(&w->peers[n].range, range))
			return true;
	return false;
}

/* Those to come, then those of now that are not among them. */
static void add_peers(struct candidate_vbr *v, const struct worker_instance *wi,
	const struct model_vbr *now)
{
	struct whatif *w = &v->w;

	w->peers = xcalloc((size_t)wi->n_peers + wi->n_ranges + now->n_peers + now->n_ranges + 1,
		sizeof(*w->peers));
	for (uint32_t k = 0; k < wi->n_peers && !v->goes; k++) {
		struct whatif_peer *p = &w->peers[w->n_peers++];

		p->address = wi->peers[k].session.remote;
		p->stays = wi->peers[k].session.enabled;
		bgp_peer_conf_copy(&p->conf, &wi->peers[k]);
	}
	for (uint32_t k = 0; k < wi->n_ranges && !v->goes; k++) {
		struct whatif_peer *p = &w->peers[w->n_peers++];

		p->is_range = true;
		p->range = wi->ranges[k].pfx;
		p->stays = wi->ranges[k].peer.session.enabled;
		bgp_peer_conf_copy(&p->conf, &wi->ranges[k].peer);
	}
	for (uint8_t k = 0; k < now->n_peers; k++)
		if (!is_asked(w, &now->peers[k].address))
			w->peers[w->n_peers++].address = now->peers[k].address;
	for (uint32_t k = 0; k < now->n_ranges; k++)
		if (!is_range_asked(w, &now->ranges[k].pfx))
			w->peers[w->n_peers++] = (struct whatif_peer){
				.is_range = true,
				.range = now->ranges[k].pfx,
			};
}

/* Edges */

static bool is_end(const struct model_end *e, const struct rt_instance *i)
{
	return e->is_vbr == i->pub.is_vbr && strcmp(e->tenant, i->pub.tenant) == 0 &&
		strcmp(e->name, i->pub.name) == 0;
}

static const struct model_peering *running(const struct builder *b, const struct model *m,
	const struct model_peering *mp)
{
	return mp != NULL && peering_is_on(b->p, m, mp) ? mp : NULL;
}

static enum candidate_role role_of(const struct plane *p, const struct model_peering *m)
{
	if (plane_peering_is_standby(p, m))
		return CANDIDATE_ROLE_STANDBY;
	return model_peering_shares(p->model, m) != NULL ? CANDIDATE_ROLE_SHARES :
							   CANDIDATE_ROLE_ACTIVE;
}

/* Where it leads to, and which limit it meets there. */
static void fill_end(const struct builder *b, const struct rt_instance *from,
	const struct model_end *to, struct whatif_edge *e, struct candidate_end *end)
{
	const struct model_vpc *vpc = to->is_vbr ? NULL : model_vpc(b->m, to->tenant, to->name);
	const struct plane_instance *i;

	snprintf(end->tenant, sizeof(end->tenant), "%s", to->tenant);
	snprintf(end->name, sizeof(end->name), "%s", to->name);
	end->is_vbr = to->is_vbr;
	end->is_foreign = strcmp(to->tenant, from->pub.tenant) != 0;
	end->limit = vpc != NULL ? vpc->limit_max : 0;
	i = plane_instance_find(b->p, to->tenant, to->is_vbr, to->name);
	e->to = i != NULL && !end->is_foreign ? i->table : 0;
}

static struct whatif_cidrs cidrs_of(const struct model *m, const char *tenant)
{
	struct whatif_cidrs c;

	c.v = plane_cidrs(m, tenant, &c.n);
	return c;
}

static bool is_same_cidrs(const struct whatif_cidrs *a, const struct whatif_cidrs *b)
{
	return a->n == b->n && (a->n == 0 || memcmp(a->v, b->v, a->n * sizeof(*a->v)) == 0);
}

/* One peering connection as it is now and then, NULL where it does not run. */
static bool add_edge(struct builder *b, struct candidate_vbr *v, const struct rt_instance *i,
	const struct model_peering *now, const struct model_peering *then)
{
	const struct model_peering *m = then != NULL ? then : now;
	const int from = is_end(&m->initiator, i) ? 0 : 1;
	const struct model_end *to = from == 0 ? &m->acceptor : &m->initiator;
	const struct scope *owner = scope_of(b, m->obj.tenant);
	struct whatif_edge *e;
	struct candidate_end *end;

	v->w.edges = xreallocarray(v->w.edges, v->w.n_edges + 1, sizeof(*v->w.edges));
	v->ends = xreallocarray(v->ends, v->w.n_edges + 1, sizeof(*v->ends));
	e = &v->w.edges[v->w.n_edges];
	end = &v->ends[v->w.n_edges++];
	memset(e, 0, sizeof(*e));
	memset(end, 0, sizeof(*end));
	peering_edge_conf(m, from, owner->set, &e->conf);
	snprintf(e->name, sizeof(e->name), "%s", e->conf.name);
	e->stays = then != NULL && !v->goes;
	snprintf(end->peering, sizeof(end->peering), "%s", m->obj.name);
	fill_end(b, i, to, e, end);
	e->now = cidrs_of(b->p->model, to->tenant);
	e->then = cidrs_of(b->m, to->tenant);
	end->role = then != NULL ? role_of(&b->then, then) : CANDIDATE_ROLE_ACTIVE;
	end->has_new_role = now != NULL && then != NULL && end->role != role_of(b->p, now);
	return now != then || owner->is_new || end->has_new_role ||
		!is_same_cidrs(&e->now, &e->then);
}

/* Whether one of them is another one than now. */
static bool add_edges(struct builder *b, struct candidate_vbr *v, const struct rt_instance *i)
{
	const struct model *models[2] = { b->p->model, b->m };
	bool differs = false;

	for (int k = 0; k < 2; k++) {
		for (uint32_t n = 0; n < models[k]->of[MODEL_PEERING].n; n++) {
			const struct model_peering *
				m = (const struct model_peering *)models[k]->of[MODEL_PEERING].v[n];
			const struct model_peering *other = model_peering(models[1 - k],
				m->obj.tenant, m->obj.name);
			const struct model_peering *now;
			const struct model_peering *then;

			if ((!is_end(&m->initiator, i) && !is_end(&m->acceptor, i)) ||
				(k == 1 && other != NULL))
				continue;
			now = running(b, b->p->model, k == 0 ? m : other);
			then = running(b, b->m, k == 0 ? other : m);
			if (now != NULL || then != NULL)
				differs |= add_edge(b, v, i, now, then);
		}
	}
	return differs;
}

/* VBRs */

static void vbr_fini(struct candidate_vbr *v)
{
	for (uint32_t k = 0; v->w.peers != NULL && k < v->w.n_peers; k++)
		explicit_bzero(&v->w.peers[k].conf.session, sizeof(v->w.peers[k].conf.session));
	bgp_whatif_fini(&v->w);
	policy_set_unref(v->w.policy);
	for (uint32_t k = 0; k < v->w.n_edges; k++) {
		policy_set_unref(v->w.edges[k].conf.set);
		free((void *)(uintptr_t)v->w.edges[k].now.v);
		free((void *)(uintptr_t)v->w.edges[k].then.v);
	}
	free((void *)(uintptr_t)v->w.cidrs);
	free((void *)(uintptr_t)v->w.links);
	for (uint32_t k = 0; k < v->w.n_peers; k++)
		bgp_peer_conf_release(&v->w.peers[k].conf);
	free(v->w.peers);
	free(v->w.edges);
	free(v->ends);
}

/* What it is under the model: the same function that a commit's order comes from. */
static struct worker_instance *derive_then(const struct builder *b, const struct rt_instance *i,
	const struct model_vbr *vbr)
{
	struct rt_instance then = *i;
	struct worker_instance *wi;

	if (vbr == NULL)
		return derive_instance(b->p, i);
	then.obj = (struct model_obj *)(uintptr_t)&vbr->obj; /* read only */
	then.sys = (struct model_obj *)(uintptr_t)&model_system(b->m)->obj;
	then.circuits = circuits_then(b->m, vbr);
	then.pub.n_circuits = vbr->n_circuits;
	wi = derive_instance(&b->then, &then);
	free(then.circuits);
	return wi;
}

static bool is_touched(const struct builder *b, const struct rt_instance *i,
	const struct model_vbr *vbr)
{
	return vbr == NULL || i->obj != &vbr->obj || i->sys != &model_system(b->m)->obj ||
		circuits_differ(i, b->m, vbr);
}

static void own_what_is_pointed_to(struct candidate_vbr *v, const struct scope *s)
{
	v->w.policy = s->set != NULL ? policy_set_ref(s->set) : NULL;
	v->w.n_cidrs = s->n_cidrs;
	if (s->n_cidrs > 0)
		v->w.cidrs = memcpy(xcalloc(s->n_cidrs, sizeof(*s->cidrs)), s->cidrs,
			s->n_cidrs * sizeof(*s->cidrs));
	for (uint32_t k = 0; k < v->w.n_edges; k++)
		if (v->w.edges[k].conf.set != NULL)
			(void)policy_set_ref(v->w.edges[k].conf.set);
}

static void add_vbr(struct builder *b, const struct rt_instance *i)
{
	const struct model_vbr *vbr = model_vbr(b->m, i->pub.tenant, i->pub.name);
	struct worker_instance *wi = derive_then(b, i, vbr);
	struct candidate_vbr v = { .goes = vbr == NULL };
	bool differs = is_touched(b, i, vbr);
	const struct scope *s;

	differs |= add_edges(b, &v, i);
	s = scope_of(b, i->pub.tenant); /* last: the array may have moved */
	differs |= s->is_new;
	own_what_is_pointed_to(&v, s);
	snprintf(v.tenant, sizeof(v.tenant), "%s", i->pub.tenant);
	snprintf(v.name, sizeof(v.name), "%s", i->pub.name);
	v.instance = i->pub.id;
	v.worker = i->pub.worker;
	v.table = i->pub.table;
	v.w.conf = wi->conf;
	v.w.n_links = wi->n_links;
	v.w.links = memcpy(xcalloc(wi->n_links, sizeof(*wi->links)), wi->links,
		wi->n_links * sizeof(*wi->links));
	add_peers(&v, wi, (const struct model_vbr *)i->obj);
	bgp_whatif_init(&v.w);
	worker_instance_free(wi);
	if (!differs) {
		vbr_fini(&v);
		return;
	}
	b->out->vbrs = xreallocarray(b->out->vbrs, b->out->n + 1, sizeof(*b->out->vbrs));
	b->out->vbrs[b->out->n++] = v;
}

static struct policy_set *global_set(const struct plane *p, const struct model_obj *global)
{
	if (p->global == global && p->global_set != NULL)
		return policy_set_ref(p->global_set);
	return plane_compile(global, NULL);
}

struct candidate *candidate_new(struct plane *p, const struct model *m)
{
	struct builder b = { .p = p, .then = *p, .m = m, .out = xcalloc(1, sizeof(*b.out)) };

	b.then.model = (struct model *)(uintptr_t)m; /* read only */
	b.global = global_set(p, model_get(m, MODEL_POLICY, "", "", ""));
	for (uint32_t k = 0; k < p->n_insts; k++)
		if (p->insts[k]->pub.is_vbr && p->insts[k]->sent)
			add_vbr(&b, p->insts[k]);
	for (uint32_t k = 0; k < b.n_scopes; k++) {
		policy_set_unref(b.scopes[k].set);
		free(b.scopes[k].cidrs);
	}
	policy_set_unref(b.global);
	free(b.scopes);
	return b.out;
}

void candidate_free(struct candidate *c)
{
	if (c == NULL)
		return;
	for (uint32_t k = 0; k < c->n; k++)
		vbr_fini(&c->vbrs[k]);
	free(c->vbrs);
	free(c);
}
