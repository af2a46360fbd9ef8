/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A peering connection as it runs: a veth pair, one end in each instance, and two edges.
 *
 *   initiator's table            acceptor's table
 *     ... via fe80::..:b dev vpNa == vpNb dev via fe80::..:a ...
 *
 * The ends know each other by permanent neighbours, so that nothing is resolved and nothing
 * expires. The shaper stands on the egress of both ends: one per direction.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/xalloc.h"
#include "lib/ds/bitmap.h"
#include "vbr/model/failover/group.h"
#include "vbr/plane/plane_int.h"

#define STANDBY_WEIGHT 100  /* among themselves, standbys share equally */
#define PEERING_MTU    9216 /* the links' MTUs decide, not the channel between them */

/*
 * The source of an error of ICMP about a packet that came in by a device without an address; the
 * kernel would take one of any other device, of another tenant even.
 */
#define NOBODY 0xc0000008 /* 192.0.0.8, the IPv4 dummy address (RFC 7600) */

/* fe80::5642:N:E, N the number of the peering, E its end. */
static struct ip_addr end_addr(uint32_t number, int end)
{
	uint8_t b[16] = { 0xfe, 0x80, [8] = 0x56, 0x42 };

	b[10] = (uint8_t)(number >> 24);
	b[11] = (uint8_t)(number >> 16);
	b[12] = (uint8_t)(number >> 8);
	b[13] = (uint8_t)number;
	b[15] = end == 0 ? 0x0a : 0x0b;
	return ip_from_bytes(AF_INET6, b);
}

/* Locally administered, from the same numbers. */
static void end_lladdr(uint32_t number, int end, uint8_t *mac)
{
	mac[0] = 0x02;
	mac[1] = 0x56;
	mac[2] = (uint8_t)(number >> 16);
	mac[3] = (uint8_t)(number >> 8);
	mac[4] = (uint8_t)number;
	mac[5] = end == 0 ? 0x0a : 0x0b;
}

static void want_end(struct plane *p, const struct rt_peering *r, const struct model_peering *m,
	int end)
{
	struct link_want w = { .kind = LINK_KIND_VETH, .up = true, .mtu = PEERING_MTU };
	const struct rt_instance *inst = plane_end(p, end == 0 ? &m->initiator : &m->acceptor);

	snprintf(w.name, sizeof(w.name), "%s", r->pub.device[end]);
	snprintf(w.peer, sizeof(w.peer), "%s", r->pub.device[1 - end]);
	snprintf(w.alias, sizeof(w.alias), "vbrd:%.40s/peering/%.40s", r->pub.tenant, r->pub.name);
	end_lladdr(r->number, end, w.lladdr);
	w.table = inst->pub.table;
	w.rate_bps = derive_rate(m->bandwidth_bps);
	w.addrs[0].addr = end_addr(r->number, end);
	w.addrs[0].len = 64;
	w.n_addrs = 1;
	if (p->p.mode == LINK_MODE_RULES) {
		w.addrs[1].addr = ip_from_v4(NOBODY);
		w.addrs[1].len = 32;
		w.n_addrs = 2;
	}
	w.neighs[0].addr = end_addr(r->number, 1 - end);
	end_lladdr(r->number, 1 - end, w.neighs[0].lladdr);
	w.n_neighs = 1;
	linkplane_want(p->links, &w);
}

bool peering_is_on(const struct plane *p, const struct model *m, const struct model_peering *mp)
{
	(void)p;
	return mp->enabled && model_peering_has_consent(m, mp) && model_peering_has_ends(m, mp);
}

/* What may cross from an instance, before any policy (design: derived and non-transitive). */
static uint8_t kinds_from(const struct model_end *e)
{
	if (e->is_vbr)
		return (1u << RIB_SOURCE_BGP) | (1u << RIB_SOURCE_STATIC);
	return 1u << RIB_SOURCE_VPC;
}

/* 1..1000 in the model, 1..NEXTHOP_WEIGHT_MAX in the kernel. */
static uint16_t share(uint16_t weight)
{
	return (uint16_t)((weight * (uint32_t)NEXTHOP_WEIGHT_MAX + 999) / 1000);
}

static const struct rt_tenant *owner_of(const struct plane *p, const struct rt_peering *r)
{
	const struct plane_tenant *t = plane_tenant_find(p, r->pub.tenant);

	for (uint32_t k = 0; k < p->n_tenants; k++)
		if (&p->tenants[k]->pub == t)
			return p->tenants[k];
	return NULL;
}

/*
 * The initiator's policy rules both directions, but what the other tenant sends is read from that
 * tenant's table, on its thread, beside its maps: that edge carries the initiator's along.
 */
static bool is_foreign(const struct model_peering *m, int from)
{
	const struct model_end *e = from == 0 ? &m->initiator : &m->acceptor;

	return strcmp(e->tenant, m->obj.tenant) != 0;
}

bool peering_has_new_policy(const struct plane *p, const struct rt_peering *r)
{
	const struct model_peering *m = (const struct model_peering *)r->obj;

	return is_foreign(m, 1) && m->import_policy[0] != '\0' && owner_of(p, r)->has_new_policy;
}

void peering_edge_conf(const struct model_peering *m, int from, struct policy_set *owner_set,
	struct bgp_edge_conf *c)
{
	const char *policy = from == 0 ? m->export_policy : m->import_policy;

	memset(c, 0, sizeof(*c));
	/*
	 * Names of another tenant may equal ours, and the name tells what came in by this very
	 * edge.
	 */
	if (strcmp(m->initiator.tenant, m->acceptor.tenant) == 0)
		snprintf(c->name, sizeof(c->name), "%s", m->obj.name);
	else
		snprintf(c->name, sizeof(c->name), "%s/%s", m->obj.tenant, m->obj.name);
	c->kinds = kinds_from(from == 0 ? &m->initiator : &m->acceptor);
	c->transit = m->transit;
	c->has_policy = policy[0] != '\0';
	snprintf(c->policy, sizeof(c->policy), "%s", policy);
	if (c->has_policy && is_foreign(m, from))
		c->set = owner_set;
}

static void send_edge(struct plane *p, struct rt_peering *r, int from, uint32_t ifindex)
{
	const struct model_peering *m = (const struct model_peering *)r->obj;
	const struct model_end *ends[2] = { &m->initiator, &m->acceptor };
	const struct rt_instance *a = plane_end(p, ends[from]);
	const struct rt_instance *b = plane_end(p, ends[1 - from]);
	struct ip_addr gw = end_addr(r->number, from);
	struct worker_edge e = { 0 };

	peering_edge_conf(m, from, owner_of(p, r)->set, &e.conf);
	e.conf.standby = r->is_standby;
	e.conf.team = r->team;
	e.from_tenant = plane_tenant_find(p, a->pub.tenant)->id;
	e.to_tenant = plane_tenant_find(p, b->pub.tenant)->id;
	e.from_instance = a->pub.id;
	e.to_instance = b->pub.id;
	e.nh = nexthop_gateway(ifindex, &gw, 0);
	e.weight = share(m->weight > 0 ? m->weight : STANDBY_WEIGHT);
	e.nh.weight = e.weight;
	if (r->pub.edge[from] == UINT32_MAX)
		r->pub.edge[from] = plane_take(p->edge_ids);
	worker_edge_set(p->p.workers, a->pub.worker, b->pub.worker, r->pub.edge[from], &e);
}

static void drop_edge(struct plane *p, struct rt_peering *r, int from)
{
	if (r->pub.edge[from] == UINT32_MAX)
		return;
	worker_edge_del(p->p.workers, r->worker[from], r->worker[1 - from], r->pub.edge[from]);
	(void)bitmap_clear(p->edge_ids, r->pub.edge[from]);
	r->pub.edge[from] = UINT32_MAX;
}

static void drop_edges(struct plane *p, struct rt_peering *r)
{
	drop_edge(p, r, 0);
	drop_edge(p, r, 1);
}

/* By its own probes, or by those of the VBR at the other end. */
static void judge_dead(const struct plane *p, struct rt_peering *r)
{
	const struct model_peering *m = (const struct model_peering *)r->obj;
	const struct rt_instance *end[2] = {
		plane_end(p, &m->initiator),
		plane_end(p, &m->acceptor),
	};

	for (int i = 0; i < 2; i++)
		r->pub.dead[i] = r->dead[i] || (end[1 - i] != NULL && end[1 - i]->dead);
}

void peering_link_changed(struct plane *p, struct rt_peering *r)
{
	struct link_status st[2];

	if (!r->realised)
		return;
	for (int i = 0; i < 2; i++)
		st[i] = derive_status(p, r->pub.device[i]);
	judge_dead(p, r);
	if (!st[0].up || !st[1].up) {
		drop_edges(p, r);
		return;
	}
	/* Routes from end 0 are used at end 1, so they leave by its device. */
	for (int from = 0; from < 2; from++) {
		if (r->pub.dead[1 - from])
			drop_edge(p, r, from);
		else
			send_edge(p, r, from, st[1 - from].ifindex);
	}
}

void peering_drop(struct plane *p, struct rt_peering *r)
{
	if (!r->realised)
		return;
	drop_edges(p, r);
	linkplane_unwant(p->links, r->pub.device[0]);
	linkplane_unwant(p->links, r->pub.device[1]);
	r->realised = false;
	p->sources_stale = true;
	memset(r->pub.device, 0, sizeof(r->pub.device));
}

/* The number of the primary's instance stands for the group. */
static uint32_t team_of(const struct plane *p, const struct model_peering *m)
{
	const struct model_failover *f = model_peering_shares(p->model, m);
	const struct plane_instance *primary = f == NULL ?
		NULL :
		plane_instance_find(p, f->obj.tenant, true, f->member[FAILOVER_PRIMARY]);

	return primary == NULL ? 0 : primary->id + 1;
}

bool peering_has_new_role(const struct plane *p, const struct rt_peering *r,
	const struct model_peering *m)
{
	return r->is_standby != plane_peering_is_standby(p, m) || r->team != team_of(p, m);
}

void peering_apply(struct plane *p, struct rt_peering *r, const struct model_peering *m)
{
	const struct rt_instance *a = plane_end(p, &m->initiator);
	const struct rt_instance *b = plane_end(p, &m->acceptor);

	r->worker[0] = a->pub.worker;
	r->worker[1] = b->pub.worker;
	r->pub.instance[0] = a->pub.id;
	r->pub.instance[1] = b->pub.id;
	snprintf(r->pub.device[0], LINK_NAME_SIZE, "vp%ua", r->number);
	snprintf(r->pub.device[1], LINK_NAME_SIZE, "vp%ub", r->number);
	p->sources_stale |= !r->realised;
	r->realised = true;
	/* What is remembered of a route is compared once: its place in the order cannot change. */
	if (r->is_standby != plane_peering_is_standby(p, m))
		drop_edges(p, r);
	r->is_standby = plane_peering_is_standby(p, m);
	r->team = team_of(p, m);
	want_end(p, r, m, 0);
	want_end(p, r, m, 1);
	peering_link_changed(p, r);
}

bool plane_vbr_is_dead(const struct plane *p, const char *tenant, const char *name)
{
	const struct rt_instance *r = (const struct rt_instance *)(const void *)
		plane_instance_find(p, tenant, true, name);

	return r != NULL && r->dead;
}

bool plane_vbr_is_leaving(const struct plane *p, const char *tenant, const char *vbr)
{
	const struct rt_instance *r = (const struct rt_instance *)(const void *)
		plane_instance_find(p, tenant, true, vbr);

	if (r == NULL || r->phase != PLANE_PHASE_SERVE)
		return r != NULL;
	if (r->drill.how == PLANE_DRILL_NONE || r->drill.how == PLANE_DRILL_CUT ||
		ip_is_set(&r->drill.peer))
		return false;
	for (uint8_t k = 0; k < r->pub.n_circuits; k++)
		if (!service_is_drilled(r, k, PLANE_DRILL_DRAIN) &&
			service_circuit_hold(p, r, k) == MODEL_HOLD_NONE)
			return false;
	return true;
}

static bool is_leaving(const void *plane, const char *tenant, const char *vbr)
{
	return plane_vbr_is_leaving(plane, tenant, vbr);
}

bool plane_peering_is_standby(const struct plane *p, const struct model_peering *m)
{
	return model_peering_is_standby(p->model, m, is_leaving, p);
}

void peering_follow(struct plane *p)
{
	for (uint32_t k = 0; k < p->n_peerings; k++) {
		struct rt_peering *r = p->peerings[k];
		const struct model_peering *m = (const struct model_peering *)r->obj;

		if (r->realised && peering_has_new_role(p, r, m))
			peering_apply(p, r, m);
	}
}

enum channel_state peering_life(const struct plane *p, const struct model_peering *m,
	const struct plane_peering *pub)
{
	struct channel_facts f = {
		.enabled = m->enabled,
		.consent = model_peering_consent(p->model, m),
		.is_up = true,
		.in_step = true,
	};
	const bool is_there = pub != NULL && pub->device[0][0] != '\0';

	/* A missing end of the other tenant is told as nothing but silence. */
	if (f.consent == CHANNEL_CONSENT_GIVEN && !model_peering_has_ends(p->model, m))
		f.consent = CHANNEL_CONSENT_NONE;
	for (int i = 0; i < 2; i++) {
		struct link_status st = { 0 };

		if (is_there)
			st = derive_status(p, pub->device[i]);
		f.is_up &= st.up;
		f.in_step &= st.in_step;
	}
	return channel_state(&f);
}

enum channel_state plane_peering_life(const struct plane *p, const struct model_peering *m)
{
	return peering_life(p, m, plane_peering_find(p, m->obj.tenant, m->obj.name));
}

void peering_tell(struct plane *p, struct rt_peering *r)
{
	const struct model_peering *m = (const struct model_peering *)r->obj;
	const enum channel_state now = peering_life(p, m, &r->pub);

	if (now == r->life)
		return;
	if (p->p.peering != NULL)
		p->p.peering(p->p.ctx, m, r->life, now);
	r->life = now;
}

static struct rt_peering *find(const struct plane *p, const char *tenant, const char *name)
{
	return (struct rt_peering *)(void *)(uintptr_t)plane_peering_find(p, tenant, name);
}

int plane_peering_way(const struct plane *p, const char *tenant, const char *name, int end,
	struct plane_way *w)
{
	const struct rt_peering *r = find(p, tenant, name);
	struct link_status st[2];

	if (r == NULL || !r->realised)
		return -ENETDOWN;
	for (int i = 0; i < 2; i++)
		st[i] = derive_status(p, r->pub.device[i]);
	if (!st[0].up || !st[1].up)
		return -ENETDOWN;
	memset(w, 0, sizeof(*w));
	snprintf(w->device, sizeof(w->device), "%s", r->pub.device[end]);
	w->ifindex = st[end].ifindex;
	end_lladdr(r->number, 1 - end, w->lladdr);
	return 0;
}

void plane_peering_dead(struct plane *p, const char *tenant, const char *name, int end, bool dead)
{
	struct rt_peering *r = find(p, tenant, name);

	if (r == NULL || r->dead[end] == dead)
		return;
	r->dead[end] = dead;
	peering_link_changed(p, r);
}

static struct rt_instance *find_vbr(const struct plane *p, const char *tenant, const char *name)
{
	return (struct rt_instance *)(void *)(uintptr_t)plane_instance_find(p, tenant, true, name);
}

int plane_vbr_way(const struct plane *p, const char *tenant, const char *name,
	const struct ip_addr *to, struct plane_way *w)
{
	const struct rt_instance *i = find_vbr(p, tenant, name);
	const struct model_vbr *v = i != NULL ? (const struct model_vbr *)i->obj : NULL;
	const struct model_circuit *c = v != NULL ? model_vbr_circuit_to(v, to) : NULL;
	const uint8_t k = c != NULL ? (uint8_t)(c - v->circuits) : 0;
	struct link_status st = { 0 };

	if (i != NULL && service_circuit_hold(p, i, k) == MODEL_HOLD_NONE)
		st = derive_status(p, i->circuits[k].pub.device);
	if (!st.up)
		return -ENETDOWN;
	memset(w, 0, sizeof(*w));
	snprintf(w->device, sizeof(w->device), "%s", i->circuits[k].pub.device);
	w->ifindex = st.ifindex;
	return 0;
}

void plane_vbr_dead(struct plane *p, const char *tenant, const char *name, bool dead)
{
	struct rt_instance *i = find_vbr(p, tenant, name);

	if (i == NULL || i->dead == dead)
		return;
	i->dead = dead;
	for (uint32_t k = 0; k < p->n_peerings; k++) {
		struct rt_peering *r = p->peerings[k];

		if (r->realised &&
			(r->pub.instance[0] == i->pub.id || r->pub.instance[1] == i->pub.id))
			peering_link_changed(p, r);
	}
}

enum plane_peering_state plane_peering_state(const struct plane *p, const struct model_peering *m,
	char *error)
{
	const struct plane_peering *pub = plane_peering_find(p, m->obj.tenant, m->obj.name);
	struct link_status st[2];

	error[0] = '\0';
	if (!m->enabled)
		return PLANE_PEERING_INACTIVE;
	if (!model_peering_has_consent(p->model, m) || !model_peering_has_ends(p->model, m))
		return PLANE_PEERING_PENDING;
	if (pub == NULL || pub->device[0][0] == '\0')
		return PLANE_PEERING_INACTIVE;
	for (int i = 0; i < 2; i++)
		st[i] = derive_status(p, pub->device[i]);
	for (int i = 0; i < 2; i++) {
		if (st[i].error[0] == '\0')
			continue;
		snprintf(error, LINK_ERROR_SIZE, "%s", st[i].error);
		return PLANE_PEERING_ERROR;
	}
	return st[0].up && st[1].up ? PLANE_PEERING_ACTIVE : PLANE_PEERING_INACTIVE;
}
