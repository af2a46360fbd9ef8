/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guards of the existing clouds: no drill of a line that is locked, nor of one that carries
 * somebody else's VBRs or hosted shares. And ours: no drill that leaves nobody to carry.
 */
#include "vbr/drill/plan.h"

#include <errno.h>
#include <string.h>

static bool is_on(const struct model_vbr *v, const char *line)
{
	return model_vbr_circuit_on(v, line) != NULL;
}

static bool has_peer(const struct model_vbr *v, const struct ip_addr *a)
{
	for (uint8_t i = 0; i < v->n_peers; i++)
		if (ip_is_equal(&v->peers[i].address, a))
			return true;
	return false;
}

static bool is_vbr(const struct model_end *e, const struct model_vbr *v)
{
	return e->is_vbr && strcmp(e->tenant, v->obj.tenant) == 0 &&
		strcmp(e->name, v->obj.name) == 0;
}

/* Which of the two members it is about: bit 1 << member. */

static unsigned by_vbr(const struct drill_order *o, const struct model_failover *g,
	struct errbuf *err)
{
	for (unsigned k = 0; k < 2; k++)
		if (strcmp(g->member[k], o->name) == 0)
			return 1u << k;
	errbuf_add(err, NULL, 0, "VBR %s is not in failover-group %s: take %s or %s", o->name,
		g->obj.name, g->member[0], g->member[1]);
	return 0;
}

static unsigned by_line(const struct model *m, const struct drill_order *o,
	const struct model_vbr *const v[2], struct errbuf *err)
{
	unsigned found = 0;

	for (unsigned k = 0; k < 2; k++)
		found |= is_on(v[k], o->name) ? 1u << k : 0;
	if (model_physconn(m, o->name) == NULL)
		errbuf_add(err, NULL, 0,
			"there is no physical-connection \"%s\": see show "
			"physical-connection",
			o->name);
	else if (found == 0)
		errbuf_add(err, NULL, 0, "neither %s nor %s stands on line %s: take line %s or %s",
			v[0]->obj.name, v[1]->obj.name, o->name, v[0]->circuits[0].physconn,
			v[1]->circuits[0].physconn);
	else if (found == 3)
		errbuf_add(err, NULL, 0,
			"both VBRs stand on line %s, nobody would carry: "
			"drill a VBR, or move one of them to another line",
			o->name);
	return found == 3 ? 0 : found;
}

static unsigned by_peer(const struct drill_order *o, const struct model_vbr *const v[2],
	struct ip_addr *peer, struct errbuf *err)
{
	unsigned found = 0;

	if (ip_parse(o->name, peer) < 0) {
		errbuf_add(err, NULL, 0, "\"%s\" is no address: name the address of a peer",
			o->name);
		return 0;
	}
	for (unsigned k = 0; k < 2; k++)
		found |= has_peer(v[k], peer) ? 1u << k : 0;
	if (found == 0)
		errbuf_add(err, NULL, 0,
			"neither %s nor %s has a peer %s: see show bgp summary tenant %s",
			v[0]->obj.name, v[1]->obj.name, o->name, o->tenant);
	else if (found == 3)
		errbuf_add(err, NULL, 0, "both VBRs have a peer %s: drill a VBR", o->name);
	return found == 3 ? 0 : found;
}

/* Has the VBR a circuit that goes on serving when one line is gone? */
static bool has_another(const struct model *m, const struct model_vbr *v, const char *line)
{
	for (uint8_t k = 0; k < v->n_circuits; k++)
		if (strcmp(v->circuits[k].physconn, line) != 0 &&
			model_circuit_hold(m, v, &v->circuits[k]) == MODEL_HOLD_NONE)
			return true;
	return false;
}

static int find_target(const struct model *m, const struct drill_order *o, struct drill_plan *p,
	struct errbuf *err)
{
	const struct model_failover *g = p->group;
	const struct model_vbr *v[2];
	unsigned found = 1u << FAILOVER_PRIMARY;

	for (int k = 0; k < 2; k++)
		v[k] = model_vbr(m, g->obj.tenant, g->member[k]);
	if (o->target == DRILL_TARGET_LINE)
		found = by_line(m, o, v, err);
	else if (o->target == DRILL_TARGET_PEER)
		found = by_peer(o, v, &p->peer, err);
	else if (o->name[0] != '\0')
		found = by_vbr(o, g, err);
	if (found == 0)
		return -EINVAL;
	p->member[MEASURE_TARGET] = found == 1 ? 0 : 1;
	p->member[MEASURE_OTHER] = 1 - p->member[MEASURE_TARGET];
	for (int k = 0; k < 2; k++)
		p->vbr[k] = v[p->member[k]];
	if (o->target == DRILL_TARGET_LINE)
		p->line = model_physconn(m, o->name);
	p->is_part = o->target == DRILL_TARGET_PEER ||
		(p->line != NULL && has_another(m, p->vbr[MEASURE_TARGET], o->name));
	return 0;
}

/* Who else is on the line? */
static int check_line(const struct model *m, const struct drill_order *o,
	const struct drill_plan *p, struct errbuf *err)
{
	int ret = 0;

	if (p->line == NULL)
		return 0;
	if (p->line->line.n_hosted > 0) {
		errbuf_add(err, NULL, 0, "line %s has hosted connections: drill a VBR instead",
			p->line->obj.name);
		return -EINVAL;
	}
	for (uint32_t i = 0; i < m->of[MODEL_VBR].n; i++) {
		const struct model_vbr *v = (const struct model_vbr *)m->of[MODEL_VBR].v[i];

		if (v == p->vbr[MEASURE_TARGET] || !is_on(v, p->line->obj.name))
			continue;
		if (strcmp(v->obj.tenant, o->tenant) != 0) {
			/* Who they are is not this tenant's business. */
			errbuf_add(err, NULL, 0,
				"line %s carries VBRs of another tenant: drill a VBR instead",
				p->line->obj.name);
			return -EINVAL;
		}
		if (o->force)
			continue;
		errbuf_add(err, NULL, 0,
			"line %s carries VBR %s, which would go down with it: "
			"drill a VBR instead, or use force",
			p->line->obj.name, v->obj.name);
		ret = -EINVAL;
	}
	return ret;
}

/* Lanes */

static const struct model_end *vpc_end(const struct model_peering *p, const struct model_vbr *v)
{
	if (!p->enabled)
		return NULL;
	if (is_vbr(&p->initiator, v) && !p->acceptor.is_vbr)
		return &p->acceptor;
	return is_vbr(&p->acceptor, v) && !p->initiator.is_vbr ? &p->initiator : NULL;
}

static bool is_same_end(const struct model_end *a, const struct model_end *b)
{
	return strcmp(a->tenant, b->tenant) == 0 && strcmp(a->name, b->name) == 0;
}

static const struct model_peering *peering_between(const struct model *m, const struct model_vbr *v,
	const struct model_end *vpc)
{
	for (uint32_t i = 0; i < m->of[MODEL_PEERING].n; i++) {
		const struct model_peering *p = (const struct model_peering *)m->of[MODEL_PEERING]
							.v[i];
		const struct model_end *e = vpc_end(p, v);

		if (e != NULL && is_same_end(e, vpc) && model_peering_has_consent(m, p))
			return p;
	}
	return NULL;
}

static const struct model_peering *probe_of(const struct model_peering *const by[2])
{
	for (int k = 0; k < 2; k++)
		if (by[k] != NULL && ip_is_set(&by[k]->health.target))
			return by[k];
	return NULL;
}

/* Not the last one, which may be a broadcast address. False: the prefix is too small. */
static bool address_below_last(const struct prefix *p, uint8_t below, struct ip_addr *a)
{
	const uint8_t host_bits = family_bits(p->family) - p->len;
	const uint8_t last = family_bytes(p->family) - 1;

	if (host_bits < 4)
		return false;
	*a = prefix_addr(p);
	for (uint8_t i = 0; i < host_bits; i++)
		a->b[last - i / 8] |= (uint8_t)(1u << i % 8);
	a->b[last] -= below;
	return true;
}

static bool is_probed_from(const struct model_peering *const by[2], const struct ip_addr *a)
{
	for (int k = 0; k < 2; k++)
		if (by[k] != NULL && ip_is_equal(&by[k]->health.source, a))
			return true;
	return false;
}

/*
 * Answers to a health check come back by the line that it watches: so data centres route its
 * source. A drill wants them to come back as those to any host do. A source that both connections
 * have, or one that only observes, stands for no line.
 */
static bool is_of_a_line(const struct drill_lane_plan *l)
{
	const struct model_peering *other = l->by[l->probe == l->by[0] ? 1 : 0];
	const struct model_health *h = &l->probe->health;

	if (other != NULL && ip_is_set(&other->health.target))
		return !ip_is_equal(&other->health.source, &h->source);
	return !h->observe;
}

/*
 * An address of the VPC that answers may be sent to: no interface has it, for there they would end.
 * Best where nothing is attached; elsewhere the kernel looks for it, and a host that has it gets
 * answers that it has not asked for.
 */
static bool find_source(const struct model_vpc *v, uint8_t family,
	const struct model_peering *const by[2], struct ip_addr *a)
{
	struct ip_addr own;

	for (int attached = 0; attached < 2; attached++)
		for (uint32_t i = 0; i < v->n_cidrs; i++)
			for (uint8_t below = 1; below < 15; below++) {
				if (v->cidrs[i].family != family ||
					!address_below_last(&v->cidrs[i], below, a))
					break;
				if (is_probed_from(by, a))
					continue;
				if (model_vpc_iface_to(v, a, &own) == NULL ||
					(attached && !ip_is_equal(a, &own)))
					return true;
			}
	return false;
}

static void choose_source(const struct model *m, struct drill_lane_plan *l)
{
	const struct model_vpc *v = model_vpc(m, l->vpc->tenant, l->vpc->name);
	const struct model_health *h = &l->probe->health;

	if (v == NULL || !is_of_a_line(l) || !find_source(v, h->target.family, l->by, &l->source))
		l->source = h->source;
}

/* A VPC without a health check may reach what that of another one asks: a drill tries. */
static void borrow(const struct model *m, struct drill_plan *p, struct drill_lane_plan *l)
{
	const struct model_vpc *v = model_vpc(m, l->vpc->tenant, l->vpc->name);

	for (uint32_t i = 0; i < p->n_lanes && v != NULL && l->probe == NULL; i++) {
		const struct drill_lane_plan *from = &p->lane[i];

		if (from->probe == NULL || from->is_borrowed ||
			!find_source(v, from->probe->health.target.family, l->by, &l->source))
			continue;
		l->probe = from->probe;
		l->is_borrowed = true;
	}
}

static void find_lanes(const struct model *m, struct drill_plan *p)
{
	for (uint32_t i = 0; i < m->of[MODEL_PEERING].n; i++) {
		const struct model_peering *x = (const struct model_peering *)m->of[MODEL_PEERING]
							.v[i];
		const struct model_end *vpc = vpc_end(x, p->vbr[MEASURE_TARGET]);
		struct drill_lane_plan *l = &p->lane[p->n_lanes];

		if (vpc == NULL || !model_peering_has_consent(m, x))
			continue;
		p->vpcs++;
		if (p->n_lanes == DRILL_LANES)
			continue;
		*l = (struct drill_lane_plan){ .by = { x }, .vpc = vpc };
		l->by[MEASURE_OTHER] = peering_between(m, p->vbr[MEASURE_OTHER], vpc);
		l->probe = probe_of(l->by);
		if (l->probe != NULL)
			choose_source(m, l);
		p->n_lanes++;
	}
	for (uint32_t i = 0; i < p->n_lanes; i++)
		borrow(m, p, &p->lane[i]);
}

const struct model_failover *drill_plan_group(const struct model *m, const char *tenant,
	const char *group, struct errbuf *err)
{
	const struct model_failover *f = model_failover(m, tenant, group);

	if (f == NULL)
		errbuf_add(err, NULL, 0,
			"tenant \"%s\" has no failover-group \"%s\": see show failover", tenant,
			group);
	return f;
}

int drill_plan_target(const struct model *m, const struct drill_order *o, struct drill_plan *p,
	struct errbuf *err)
{
	int ret;

	memset(p, 0, sizeof(*p));
	p->group = drill_plan_group(m, o->tenant, o->group, err);
	if (p->group == NULL)
		return -ENOENT;
	ret = find_target(m, o, p, err);
	return ret == 0 ? check_line(m, o, p, err) : ret;
}

int drill_plan_make(const struct model *m, const struct drill_order *o, struct drill_plan *p,
	struct errbuf *err)
{
	const int ret = drill_plan_target(m, o, p, err);

	if (ret == 0)
		find_lanes(m, p);
	return ret;
}

bool drill_plan_takes(const struct drill_plan *p, const struct model_vbr *v)
{
	return p->line != NULL ? is_on(v, p->line->obj.name) :
				 v == p->vbr[MEASURE_TARGET] && !ip_is_set(&p->peer);
}

bool drill_plan_collides(const struct drill_plan *a, const struct drill_plan *b)
{
	for (int k = 0; k < 2; k++)
		if (drill_plan_takes(a, b->vbr[k]) || drill_plan_takes(b, a->vbr[k]))
			return true;
	return false;
}

bool drill_plan_is_equal(const struct drill_plan *a, const struct drill_plan *b)
{
	bool equal = a->group == b->group && a->line == b->line && a->n_lanes == b->n_lanes;

	for (int k = 0; k < 2; k++)
		equal = equal && a->vbr[k] == b->vbr[k];
	for (uint32_t i = 0; equal && i < a->n_lanes; i++)
		equal = a->lane[i].by[0] == b->lane[i].by[0] &&
			a->lane[i].by[1] == b->lane[i].by[1];
	return equal;
}

/* Health */

static bool check_final(const struct drill_plan *p, const struct drill_health *h,
	struct errbuf *err)
{
	const char *target = p->vbr[MEASURE_TARGET]->obj.name;
	const char *other = p->vbr[MEASURE_OTHER]->obj.name;

	if (h->hold[MEASURE_TARGET] != MODEL_HOLD_NONE)
		errbuf_add(err, NULL, 0,
			"VBR %s is out of service (%s): there is nothing to take down", target,
			model_hold_name(h->hold[MEASURE_TARGET]));
	else if (h->hold[MEASURE_OTHER] != MODEL_HOLD_NONE)
		errbuf_add(err, NULL, 0,
			"VBR %s, which has to carry, is out of service (%s): "
			"put it in service first",
			other, model_hold_name(h->hold[MEASURE_OTHER]));
	else if (h->is_leaving[MEASURE_TARGET] || h->is_leaving[MEASURE_OTHER])
		errbuf_add(err, NULL, 0,
			"VBR %s is on its way out of service: recover it, "
			"or take graceful-shutdown back",
			h->is_leaving[MEASURE_TARGET] ? target : other);
	else
		return true;
	return false;
}

int drill_plan_check(const struct drill_plan *p, const struct drill_order *o,
	const struct drill_health *h, struct errbuf *err)
{
	const char *target = p->vbr[MEASURE_TARGET]->obj.name;
	const char *other = p->vbr[MEASURE_OTHER]->obj.name;
	uint32_t probed = 0;
	bool ok = true;

	if (!check_final(p, h, err))
		return -EINVAL;
	for (uint32_t i = 0; i < p->n_lanes; i++)
		probed += p->lane[i].probe != NULL && p->lane[i].by[MEASURE_OTHER] != NULL;
	for (uint32_t i = 0; i < p->n_lanes && !o->force; i++) {
		if (p->lane[i].by[MEASURE_OTHER] != NULL)
			continue;
		ok = false;
		errbuf_add(err, NULL, 0,
			"VPC %s has a peering connection with VBR %s and none with %s: "
			"make one, or use force",
			p->lane[i].vpc->name, target, other);
	}
	if (o->force)
		return 0;
	if (!h->is_audited || !h->is_up[MEASURE_TARGET] || !h->is_up[MEASURE_OTHER])
		errbuf_add(err, NULL, 0,
			"VBR %s is not up: see show failover %s, wait until the group is ready, "
			"or use force",
			h->is_audited && h->is_up[MEASURE_OTHER] ? target : other, o->tenant);
	else if (h->missing > 0)
		errbuf_add(err, NULL, 0,
			"VBR %s lacks %u routes that %s has: see show failover %s, "
			"let its peer announce them, or use force",
			other, h->missing, target, o->tenant);
	else if (probed == 0)
		errbuf_add(err, NULL, 0,
			"no peering connection of VBR %s has a health-check, so nothing could be "
			"measured: set its source and target, or use force",
			target);
	else if (ok)
		return 0;
	return -EINVAL;
}
