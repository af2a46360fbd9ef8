/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The circuits of a VBR as they run. One is known by its physical connection, the first by being
 * the first: so what a commit does to one leaves the others as they are, whatever their order is.
 *
 * The device for what arrives by a circuit that is shaped is named by the VBR's number and a slot,
 * which the circuit keeps as long as it is there.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/xalloc.h"
#include "vbr/plane/plane_int.h"

static void circuit_fini(struct rt_circuit *c)
{
	model_obj_unref(c->pc);
	model_obj_unref(c->consent);
}

void circuits_fini(struct rt_instance *i)
{
	for (uint8_t k = 0; k < i->pub.n_circuits; k++)
		circuit_fini(&i->circuits[k]);
	free(i->circuits);
	i->circuits = NULL;
	i->pub.n_circuits = 0;
}

static void set_line(struct rt_circuit *c, const char *line)
{
	memset(c->pub.line, 0, sizeof(c->pub.line));
	memcpy(c->pub.line, line, strnlen(line, sizeof(c->pub.line) - 1));
}

/* What runs for a circuit already; the first stays the first on whatever line. */
static struct rt_circuit *running(struct rt_circuit *v, uint8_t n, const struct model_circuit *m,
	bool is_first)
{
	for (uint8_t k = 0; k < n; k++)
		if (is_first ? v[k].slot == 0 :
			       v[k].slot != 0 && strcmp(v[k].pub.line, m->physconn) == 0)
			return &v[k];
	return NULL;
}

static bool has_slot(const struct rt_circuit *v, uint8_t n, uint8_t slot)
{
	for (uint8_t k = 0; k < n; k++)
		if (v[k].slot == slot)
			return true;
	return false;
}

static void name_inlet(const struct plane *p, const struct rt_instance *i, struct rt_circuit *c)
{
	const uint32_t number = i->pub.table - p->p.table_base;

	if (c->slot == 0)
		snprintf(c->pub.inlet, sizeof(c->pub.inlet), "vi%u", number);
	else
		snprintf(c->pub.inlet, sizeof(c->pub.inlet), "vi%ux%u", number, c->slot);
}

/* What goes with a circuit that is no more; its devices go as all that nobody wants. */
static void drop(struct plane *p, struct rt_circuit *c)
{
	classifier_want(p->classifier, c->pub.inlet, "", NULL, 0);
	circuit_fini(c);
}

static bool turn(struct plane *p, struct rt_circuit *c, const struct model_vbr *v,
	const struct model_circuit *m)
{
	char device[MODEL_DEVICE_SIZE];
	bool changed;

	set_line(c, m->physconn);
	(void)model_circuit_device(p->model, m, device);
	p->sources_stale |= strcmp(device, c->pub.device) != 0;
	memcpy(c->pub.device, device, sizeof(c->pub.device));
	changed = plane_replace(&c->pc, &model_physconn(p->model, m->physconn)->obj);
	changed |= plane_replace(&c->consent, model_circuit_consent(p->model, v, m));
	return changed;
}

bool circuits_apply(struct plane *p, struct rt_instance *i, const struct model_vbr *v)
{
	struct rt_circuit *old = i->circuits;
	const uint8_t n_old = i->pub.n_circuits;
	bool changed = n_old != v->n_circuits;
	uint8_t slot = 0;

	i->circuits = xcalloc(v->n_circuits, sizeof(*i->circuits));
	i->pub.n_circuits = v->n_circuits;
	for (uint8_t k = 0; k < v->n_circuits; k++) {
		struct rt_circuit *was = running(old, n_old, &v->circuits[k], k == 0);

		if (was == NULL)
			continue;
		i->circuits[k] = *was;
		was->is_taken = true;
	}
	for (uint8_t k = 0; k < v->n_circuits; k++) {
		struct rt_circuit *c = &i->circuits[k];

		while (k > 0 && c->slot == 0 && has_slot(i->circuits, v->n_circuits, ++slot))
			;
		if (k > 0 && c->slot == 0)
			c->slot = slot;
		name_inlet(p, i, c);
		changed |= turn(p, c, v, &v->circuits[k]);
	}
	for (uint8_t k = 0; k < n_old; k++) {
		if (old[k].is_taken)
			continue;
		drop(p, &old[k]);
		p->sources_stale = p->ports_stale = true;
	}
	free(old);
	return changed;
}

struct rt_circuit *circuits_then(const struct model *m, const struct model_vbr *v)
{
	struct rt_circuit *c = xcalloc(v->n_circuits, sizeof(*c));

	for (uint8_t k = 0; k < v->n_circuits; k++) {
		set_line(&c[k], v->circuits[k].physconn);
		(void)model_circuit_device(m, &v->circuits[k], c[k].pub.device);
	}
	return c;
}

bool circuits_differ(const struct rt_instance *i, const struct model *m, const struct model_vbr *v)
{
	if (i->pub.n_circuits != v->n_circuits)
		return true;
	for (uint8_t k = 0; k < v->n_circuits; k++) {
		const struct model_circuit *c = &v->circuits[k];

		if (i->circuits[k].pc != &model_physconn(m, c->physconn)->obj ||
			i->circuits[k].consent != model_circuit_consent(m, v, c))
			return true;
	}
	return false;
}

/* For who looks from outside */

static const struct rt_instance *rt(const struct plane_instance *pub)
{
	return (const struct rt_instance *)(const void *)pub;
}

const struct plane_circuit *plane_circuit_at(const struct plane_instance *pub, uint8_t k)
{
	return &rt(pub)->circuits[k].pub;
}

bool plane_vbr_is_up(const struct plane *p, const struct plane_instance *pub)
{
	for (uint8_t k = 0; k < pub->n_circuits; k++)
		if (derive_status(p, rt(pub)->circuits[k].pub.device).up)
			return true;
	return false;
}

int plane_vbr_counters(const struct plane *p, const struct plane_instance *pub,
	struct link_counters *sum)
{
	struct link_counters c;
	int ret = -ENODEV;

	memset(sum, 0, sizeof(*sum));
	for (uint8_t k = 0; k < pub->n_circuits; k++) {
		if (linkplane_counters(p->links, rt(pub)->circuits[k].pub.device, &c) < 0)
			continue;
		sum->rx_bytes += c.rx_bytes;
		sum->tx_bytes += c.tx_bytes;
		sum->rx_packets += c.rx_packets;
		sum->tx_packets += c.tx_packets;
		ret = 0;
	}
	return ret;
}
