/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who probes through a peering connection, and what must hold for it; and for the probes of a VBR.
 */
#include <string.h>

#include "vbr/model/check/check.h"

const struct model_end *model_health_end(const struct model_peering *p)
{
	if (!p->initiator.is_vbr)
		return &p->initiator;
	return p->acceptor.is_vbr ? NULL : &p->acceptor;
}

static bool is_in(const struct model_vpc *v, const struct ip_addr *a)
{
	for (uint32_t i = 0; v != NULL && i < v->n_cidrs; i++)
		if (prefix_covers_addr(&v->cidrs[i], a))
			return true;
	return false;
}

/* Of an interface: the answer would end at the edge instead of crossing back. */
static bool is_ours(const struct model_vpc *v, const struct ip_addr *a)
{
	for (uint32_t i = 0; i < v->n_ifaces; i++)
		for (uint8_t k = 0; k < v->ifaces[i].n_addrs; k++)
			if (ip_is_equal(&v->ifaces[i].addr[k].addr, a))
				return true;
	return false;
}

/* Only what the tenant itself can see is spoken of: the probing VPC may be another tenant's. */
static void check_source(const struct check *c, const struct model_peering *p,
	const struct model_end *end)
{
	const struct model_vpc *v = model_vpc(c->m, end->tenant, end->name);
	const struct ip_addr *source = &p->health.source;
	char text[IP_STRLEN];

	if (v == NULL || strcmp(end->tenant, p->obj.tenant) != 0)
		return;
	if (!is_in(v, source))
		errbuf_add(c->err, p->obj.path, 0,
			"health-check: source %s is in no CIDR of VPC %s, so no answer finds back: "
			"set an address of the VPC",
			ip_format(source, text), end->name);
	else if (is_ours(v, source))
		errbuf_add(c->err, p->obj.path, 0,
			"health-check: source %s is the address of an interface of VPC %s, where "
			"answers would end: set an address that nobody has",
			ip_format(source, text), end->name);
	if (is_in(v, &p->health.target))
		errbuf_add(c->err, p->obj.path, 0,
			"health-check: target %s is inside VPC %s itself: "
			"set an address behind the other end",
			ip_format(&p->health.target, text), end->name);
}

void check_health(const struct check *c, const struct model_peering *p)
{
	const struct model_end *end = model_health_end(p);
	char text[IP_STRLEN];

	if (!ip_is_set(&p->health.target)) {
		if (ip_is_set(&p->health.source))
			errbuf_add(c->err, p->obj.path, 0,
				"health-check: source without target probes nothing: set target");
		return;
	}
	if (end == NULL)
		errbuf_add(c->err, p->obj.path, 0,
			"health-check: probes come from a VPC, and both ends are VBRs: "
			"remove health-check");
	if (ip_is_martian(&p->health.target) || ip_is_link_local(&p->health.target))
		errbuf_add(c->err, p->obj.path, 0,
			"health-check: target %s is no address of a host: set another one",
			ip_format(&p->health.target, text));
	if (end == NULL)
		return;
	if (!ip_is_set(&p->health.source))
		errbuf_add(c->err, p->obj.path, 0,
			"health-check: no source: set an address of VPC %s that nobody has",
			end->name);
	else if (p->health.source.family != p->health.target.family)
		errbuf_add(c->err, p->obj.path, 0,
			"health-check: source %s and target are of different families: "
			"set a source of the target's family",
			ip_format(&p->health.source, text));
	else
		check_source(c, p, end);
}

/* On the link: a probe says something about the line, and about nothing behind its other end. */
void check_vbr_health(const struct check *c, const struct model_vbr *v)
{
	const struct ip_addr *target = &v->health.target;
	const struct model_circuit *w = model_vbr_circuit_to(v, target);
	char text[IP_STRLEN];

	if (!ip_is_set(target))
		return;
	if (v->n_circuits > 1 && !v->health.observe)
		errbuf_add(c->err, v->obj.path, 0,
			"health-check: probes watch one line, and the VBR has %u: it would be "
			"given up while others carry: set observe true, and bfd true at its peers",
			v->n_circuits);
	if (w == NULL)
		errbuf_add(c->err, v->obj.path, 0,
			"health-check: target %s is not on the link of the VBR: "
			"set its peer-gateway",
			ip_format(target, text));
	else if (ip_is_equal(target, &model_circuit_link(w, target->family)->local))
		errbuf_add(c->err, v->obj.path, 0,
			"health-check: target %s is the VBR itself: set its peer-gateway",
			ip_format(target, text));
}
