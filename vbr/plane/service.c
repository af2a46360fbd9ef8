/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is a circuit in service? And going out of it in good order: sessions first, with words for the
 * neighbour, the device a moment later. A device that goes down at once would take the NOTIFICATION
 * with it, and the data centre would wait for its hold timer instead of switching over.
 *
 *   serving -- hold --> closing: sessions shut, device up -- CLOSE_US --> device down
 *      ^                    |                                                 |
 *      +----- no hold ------+-------------------------------------------------+
 */
#include <stdio.h>
#include <string.h>

#include "vbr/plane/plane_int.h"

#define CLOSE_US 400000 /* a NOTIFICATION and its acknowledgement, on a line of the worst length */

enum model_hold service_circuit_hold(const struct plane *p, const struct rt_instance *i, uint8_t k)
{
	const struct model_vbr *v = (const struct model_vbr *)i->obj;
	const enum model_hold hold = model_circuit_hold(p->model, v, &v->circuits[k]);

	if (hold != MODEL_HOLD_NONE)
		return hold;
	if (i->phase >= PLANE_PHASE_SHUT)
		return MODEL_HOLD_TERMINATED;
	return service_is_drilled(i, k, PLANE_DRILL_SHUT) ? MODEL_HOLD_DRILL : MODEL_HOLD_NONE;
}

enum model_hold service_hold(const struct plane *p, const struct rt_instance *i)
{
	for (uint8_t k = 0; k < i->pub.n_circuits; k++)
		if (service_circuit_hold(p, i, k) == MODEL_HOLD_NONE)
			return MODEL_HOLD_NONE;
	return service_circuit_hold(p, i, 0);
}

bool service_is_drilled(const struct rt_instance *i, uint8_t k, enum plane_drill least)
{
	return i->drill.how >= least && !ip_is_set(&i->drill.peer) &&
		(i->drill.line[0] == '\0' || strcmp(i->drill.line, i->circuits[k].pub.line) == 0);
}

bool service_has_sessions(const struct plane *p, const struct rt_instance *i, uint8_t k)
{
	const enum model_hold hold = service_circuit_hold(p, i, k);

	return hold == MODEL_HOLD_NONE ||
		(hold == MODEL_HOLD_DRILL && i->drill.how == PLANE_DRILL_CUT);
}

bool service_has_device(const struct plane *p, const struct rt_instance *i, uint8_t k)
{
	return i->circuits[k].is_closing || service_circuit_hold(p, i, k) == MODEL_HOLD_NONE;
}

static void update_circuit(struct plane *p, struct rt_instance *i, uint8_t k)
{
	struct rt_circuit *c = &i->circuits[k];
	const enum model_hold hold = service_circuit_hold(p, i, k);
	const bool on = hold == MODEL_HOLD_NONE;

	if (hold != c->hold && i->pub.n_circuits > 1 && p->p.circuit != NULL)
		p->p.circuit(p->p.ctx, &i->pub, &c->pub, hold);
	c->hold = hold;
	if (c->was_on && !on && !p->stopped && !service_is_drilled(i, k, PLANE_DRILL_CUT)) {
		c->is_closing = true;
		if (!timer_is_armed(&p->closing))
			timer_start(&p->closing, CLOSE_US);
	}
	if (on)
		c->is_closing = false;
	c->was_on = on;
}

bool service_differs(const struct plane *p, const struct rt_instance *i)
{
	for (uint8_t k = 0; k < i->pub.n_circuits; k++)
		if (service_circuit_hold(p, i, k) != i->circuits[k].hold)
			return true;
	return service_hold(p, i) != i->hold;
}

void service_update(struct plane *p, struct rt_instance *i)
{
	const enum model_hold hold = service_hold(p, i);

	for (uint8_t k = 0; k < i->pub.n_circuits; k++)
		update_circuit(p, i, k);
	if (hold != i->hold && p->p.service != NULL)
		p->p.service(p->p.ctx, &i->pub, hold);
	i->hold = hold;
}

static bool stop_closing(const struct rt_instance *i)
{
	bool was_closing = false;

	for (uint8_t k = 0; k < i->pub.n_circuits; k++) {
		was_closing |= i->circuits[k].is_closing;
		i->circuits[k].is_closing = false;
	}
	return was_closing;
}

/* All of them: who began to close last is a little quicker, but never before its order is out. */
void service_closed(void *ctx)
{
	struct plane *p = ctx;

	for (uint32_t k = 0; k < p->n_insts && !p->stopped; k++) {
		struct rt_instance *i = p->insts[k];

		if (!stop_closing(i))
			continue;
		sources_follow(p, i);
		derive_links(p, i);
		plane_send_instance(p, i);
	}
	if (!p->stopped)
		ports_apply(p);
}

enum model_hold plane_vbr_hold(const struct plane *p, const struct plane_instance *pub)
{
	return service_hold(p, (const struct rt_instance *)(const void *)pub);
}

enum model_hold plane_circuit_hold(const struct plane *p, const struct plane_instance *pub,
	const struct plane_circuit *c)
{
	const struct rt_instance *i = (const struct rt_instance *)(const void *)pub;
	const struct rt_circuit *at = (const struct rt_circuit *)(const void *)c;

	return service_circuit_hold(p, i, (uint8_t)(at - i->circuits));
}

/* While routes are withdrawn at the very end, there are no workers any more. */
static bool is_heard(const struct plane *p, const struct rt_instance *i)
{
	return i->sent && !p->stopped;
}

void plane_vbr_phase(struct plane *p, const char *tenant, const char *name, enum plane_phase phase)
{
	struct rt_instance *i = (struct rt_instance *)(uintptr_t)plane_instance_find(p, tenant,
		true, name);

	if (i == NULL || i->phase == phase || !is_heard(p, i))
		return;
	i->phase = phase;
	service_update(p, i);
	sources_follow(p, i);
	derive_links(p, i);
	plane_send_instance(p, i);
	peering_follow(p);
	ports_apply(p);
}

void plane_vbr_drill(struct plane *p, const char *tenant, const char *name,
	const struct plane_drilled *d)
{
	struct rt_instance *i = (struct rt_instance *)(uintptr_t)plane_instance_find(p, tenant,
		true, name);

	if (i == NULL || !is_heard(p, i))
		return;
	i->drill = *d;
	service_update(p, i);
	sources_follow(p, i);
	derive_links(p, i);
	/* Of a cut the worker hears from the device, as it would of a line that broke. */
	if (d->how != PLANE_DRILL_CUT || ip_is_set(&d->peer))
		plane_send_instance(p, i);
	peering_follow(p);
	ports_apply(p);
}
