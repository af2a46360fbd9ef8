/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ports of physical connections. A port is shared: an untagged VBR stands on it, tagged ones on
 * their VLAN devices above it, and it is watched while nobody does. So what it should be is
 * worked out from the connection and all its VBRs at once, by nobody else.
 *
 * It is held down while the connection is (model_line_hold), or while its untagged VBR is out of
 * service and no tagged one needs it. Its MTU is the largest of those above, for a VLAN device
 * cannot have a larger one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/digest.h"
#include "lib/base/xalloc.h"
#include "vbr/plane/plane_int.h"

#define ETHERNET_MTU 1500

struct port {
	struct link_want want;
	bool is_needed; /* by a VBR that is in service, or on the way out of it */
	bool is_off;    /* its untagged VBR is out of service */
	bool is_cut;    /* a drill has taken the line */
};

static void add_untagged(const struct plane *p, struct port *port, const struct rt_instance *i,
	uint8_t k)
{
	const struct model_vbr *v = (const struct model_vbr *)i->obj;
	const struct model_circuit *c = &v->circuits[k];
	const bool on = service_has_device(p, i, k);
	const uint64_t bandwidth_bps = model_circuit_bandwidth(p->model, c);

	port->want.table = i->pub.table;
	port->want.rate_bps = derive_rate(bandwidth_bps);
	if (bandwidth_bps != 0) {
		snprintf(port->want.detour, sizeof(port->want.detour), "%s",
			i->circuits[k].pub.inlet);
		qos_classes(p->model, v, c, &port->want);
	}
	port->is_off = !on;
	if (v->mtu > port->want.mtu)
		port->want.mtu = v->mtu;
	if (!on)
		return;
	port->is_needed = true;
	derive_addr(&port->want, &c->ipv4.local, c->ipv4.len);
	derive_addr(&port->want, &c->ipv6.local, c->ipv6.len);
}

static void add_tagged(const struct plane *p, struct port *port, const struct rt_instance *i,
	uint8_t k)
{
	const struct model_vbr *v = (const struct model_vbr *)i->obj;

	port->is_needed |= service_has_device(p, i, k);
	/* Up to the usual one nothing is asked of the port. */
	if (v->mtu > ETHERNET_MTU && v->mtu > port->want.mtu)
		port->want.mtu = v->mtu;
}

/* A line that is drained keeps its port until its VBRs have said goodbye. */
static bool is_cut(const struct rt_instance *i, uint8_t k)
{
	return i->drill.line[0] != '\0' && service_is_drilled(i, k, PLANE_DRILL_SHUT) &&
		!i->circuits[k].is_closing;
}

static void put_share(const struct plane *p, const struct rt_instance *i, uint8_t k,
	struct port_share *s)
{
	const struct model_vbr *v = (const struct model_vbr *)i->obj;
	const struct model_circuit *c = &v->circuits[k];
	struct port alone;

	memset(s, 0, sizeof(*s)); /* compared as bytes */
	memcpy(s->physconn, c->physconn, sizeof(s->physconn));
	s->is_tagged = model_circuit_vlan(p->model, c) != 0;
	s->has_device = service_has_device(p, i, k);
	s->is_cut = is_cut(i, k);
	s->mtu = !s->is_tagged || v->mtu > ETHERNET_MTU ? v->mtu : 0;
	if (!s->is_tagged) {
		memset(&alone, 0, sizeof(alone));
		add_untagged(p, &alone, i, k);
		s->alone = digest_add(0, &alone.want, sizeof(alone.want));
	}
}

bool ports_differ(const struct plane *p, const struct rt_instance *i)
{
	struct port_share now;

	for (uint8_t k = 0; k < i->pub.n_circuits; k++) {
		put_share(p, i, k, &now);
		if (memcmp(&now, &i->circuits[k].share, sizeof(now)) != 0)
			return true;
	}
	return false;
}

static int by_name(const void *key, const void *member)
{
	return strcmp(key, (*(struct model_obj *const *)member)->name);
}

static void add_circuit(const struct plane *p, struct port *v, const struct rt_instance *i,
	uint8_t k)
{
	const struct model *m = p->model;
	struct model_obj *const *pcs = m->of[MODEL_PHYSCONN].v;
	const struct model_circuit *c = &((const struct model_vbr *)i->obj)->circuits[k];
	struct model_obj *const *pc = bsearch(c->physconn, pcs, m->of[MODEL_PHYSCONN].n,
		sizeof(*pcs), by_name);

	if (pc == NULL)
		return;
	put_share(p, i, k, &i->circuits[k].share);
	v[pc - pcs].is_cut |= is_cut(i, k);
	if (model_circuit_vlan(m, c) == 0)
		add_untagged(p, &v[pc - pcs], i, k);
	else
		add_tagged(p, &v[pc - pcs], i, k);
}

/* One port per physical connection, in their order. */
static struct port *work_out(const struct plane *p)
{
	const struct model *m = p->model;
	struct model_obj *const *pcs = m->of[MODEL_PHYSCONN].v;
	const uint32_t n = m->of[MODEL_PHYSCONN].n;
	struct port *v = xcalloc(n + 1u, sizeof(*v));

	for (uint32_t i = 0; i < n; i++) {
		const struct model_physconn *pc = (const struct model_physconn *)pcs[i];

		v[i].want.kind = LINK_KIND_PORT;
		v[i].want.up = model_line_hold(m, pc) == MODEL_HOLD_NONE;
		snprintf(v[i].want.name, sizeof(v[i].want.name), "%s", pc->interface);
	}
	for (uint32_t i = 0; n > 0 && i < p->n_insts; i++)
		for (uint8_t k = 0; k < p->insts[i]->pub.n_circuits; k++)
			add_circuit(p, v, p->insts[i], k);
	for (uint32_t i = 0; i < n; i++)
		v[i].want.up = !v[i].is_cut && (v[i].is_needed || (v[i].want.up && !v[i].is_off));
	return v;
}

static int by_interface(const void *key, const void *member)
{
	return strcmp(key, ((const struct link_want *)member)->name);
}

static int in_order(const void *a, const void *b)
{
	const struct port *const *pa = a;
	const struct port *const *pb = b;

	return strcmp((*pa)->want.name, (*pb)->want.name);
}

/* Sorted by interface, with thousands of which the model may come. */
static struct link_want *wants_of(const struct port *v, uint32_t n)
{
	struct link_want *wants = xcalloc(n + 1u, sizeof(*wants));
	const struct port **sorted = xcalloc(n + 1u, sizeof(struct port *));

	for (uint32_t i = 0; i < n; i++)
		sorted[i] = &v[i];
	qsort(sorted, n, sizeof(struct port *), in_order);
	for (uint32_t i = 0; i < n; i++)
		wants[i] = sorted[i]->want;
	free(sorted);
	return wants;
}

static const struct link_want *find(const struct link_want *v, uint32_t n, const char *name)
{
	return n > 0 ? bsearch(name, v, n, sizeof(*v), by_interface) : NULL;
}

bool ports_have(const struct plane *p, const char *name)
{
	return find(p->ports, p->n_ports, name) != NULL;
}

void ports_apply(struct plane *p)
{
	const uint32_t n = p->model->of[MODEL_PHYSCONN].n;
	struct port *v = work_out(p);
	struct link_want *old = p->ports;
	const uint32_t n_old = p->n_ports;

	p->ports_stale = false;
	p->ports = wants_of(v, n);
	p->n_ports = n;
	/* Who has given a port back must have done so before: an interface may become a VPC's. */
	for (uint32_t i = 0; i < n_old; i++)
		if (!ports_have(p, old[i].name))
			plane_unwant(p, old[i].name);
	for (uint32_t i = 0; i < n; i++) {
		const struct link_want *was = find(old, n_old, p->ports[i].name);

		if (was == NULL || memcmp(was, &p->ports[i], sizeof(*was)) != 0)
			linkplane_want(p->links, &p->ports[i]);
	}
	free(old);
	free(v);
}
