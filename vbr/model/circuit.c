/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A circuit is held by the first reason that applies, from the line to the VBR: who asks wants to
 * hear of the lock, not of what follows from it.
 */
#include "vbr/model/circuit.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/xalloc.h"
#include "lib/ds/intern.h"
#include "vbr/model/model.h"

struct model_circuit *model_vbr_add_circuit(struct model_vbr *v)
{
	struct model_circuit *c;

	v->circuits = xreallocarray(v->circuits, v->n_circuits + 1u, sizeof(*v->circuits));
	c = &v->circuits[v->n_circuits++];
	memset(c, 0, sizeof(*c));
	return c;
}

const struct model_circuit *model_vbr_circuit_on(const struct model_vbr *v, const char *physconn)
{
	for (uint8_t k = 0; k < v->n_circuits; k++)
		if (strcmp(v->circuits[k].physconn, physconn) == 0)
			return &v->circuits[k];
	return NULL;
}

const struct model_link *model_circuit_link(const struct model_circuit *c, uint8_t family)
{
	return family == AF_INET ? &c->ipv4 : &c->ipv6;
}

bool model_link_covers(const struct model_link *l, const struct ip_addr *a)
{
	struct prefix p;

	if (!ip_is_set(&l->local) || l->local.family != a->family)
		return false;
	p = prefix_make(&l->local, l->len);
	return prefix_covers_addr(&p, a);
}

const struct model_circuit *model_vbr_circuit_to(const struct model_vbr *v, const struct ip_addr *a)
{
	for (uint8_t k = 0; k < v->n_circuits; k++)
		if (model_link_covers(model_circuit_link(&v->circuits[k], a->family), a))
			return &v->circuits[k];
	return NULL;
}

const struct model_circuit *model_peer_circuit(const struct model_vbr *v,
	const struct model_peer *p)
{
	const struct model_circuit *c = p->line[0] != '\0' ? model_vbr_circuit_on(v, p->line) :
							     model_vbr_circuit_to(v, &p->address);

	return c != NULL ? c : &v->circuits[0];
}

bool model_vbr_has_family(const struct model_vbr *v, uint8_t family)
{
	for (uint8_t k = 0; k < v->n_circuits; k++)
		if (ip_is_set(&model_circuit_link(&v->circuits[k], family)->local))
			return true;
	return false;
}

const struct model_hosted *model_circuit_hosted(const struct model *m,
	const struct model_circuit *c)
{
	const struct model_physconn *pc = c->hosted[0] != '\0' ? model_physconn(m, c->physconn) :
								 NULL;

	for (uint32_t i = 0; pc != NULL && i < pc->line.n_hosted; i++)
		if (strcmp(pc->line.hosted[i].name, c->hosted) == 0)
			return &pc->line.hosted[i];
	return NULL;
}

bool model_circuit_is_there(const struct model *m, const struct model_vbr *v,
	const struct model_circuit *c)
{
	const struct model_hosted *h = model_circuit_hosted(m, c);

	return c->hosted[0] == '\0' || (h != NULL && strcmp(h->tenant, v->obj.tenant) == 0);
}

uint16_t model_circuit_vlan(const struct model *m, const struct model_circuit *c)
{
	const struct model_hosted *h = model_circuit_hosted(m, c);

	return h != NULL ? h->vlan_id : c->vlan_id;
}

uint64_t model_circuit_bandwidth(const struct model *m, const struct model_circuit *c)
{
	const struct model_hosted *h = model_circuit_hosted(m, c);

	return h != NULL ? h->bandwidth_bps : c->bandwidth_bps;
}

const char *model_circuit_payer(const struct model *m, const struct model_vbr *v,
	const struct model_circuit *c)
{
	const struct model_hosted *h = model_circuit_hosted(m, c);
	const struct model_physconn *pc = model_physconn(m, c->physconn);

	return h != NULL && h->owner_pays && pc->line.owner[0] != '\0' ? pc->line.owner :
									 v->obj.tenant;
}

char *model_circuit_device(const struct model *m, const struct model_circuit *c, char *dst)
{
	const struct model_physconn *pc = model_physconn(m, c->physconn);
	const uint16_t vlan_id = model_circuit_vlan(m, c);
	char full[MODEL_DEVICE_SIZE + 8];

	dst[0] = '\0';
	if (pc == NULL)
		return dst;
	if (vlan_id == 0) {
		snprintf(dst, MODEL_DEVICE_SIZE, "%s", pc->interface);
		return dst;
	}
	snprintf(full, sizeof(full), "%s.%u", pc->interface, vlan_id);
	if (strlen(full) < MODEL_DEVICE_SIZE)
		snprintf(dst, MODEL_DEVICE_SIZE, "%.15s", full);
	else
		snprintf(dst, MODEL_DEVICE_SIZE, "vl%06x.%u",
			intern_hash(pc->interface, strlen(pc->interface), 0) & 0xffffff, vlan_id);
	return dst;
}

static bool is_foreign(const struct model_physconn *pc, const struct model_vbr *v)
{
	return pc->line.owner[0] != '\0' && strcmp(pc->line.owner, v->obj.tenant) != 0;
}

const struct model_obj *model_circuit_consent(const struct model *m, const struct model_vbr *v,
	const struct model_circuit *c)
{
	const struct model_physconn *pc = model_physconn(m, c->physconn);

	if (c->hosted[0] != '\0')
		return model_get(m, MODEL_ACCEPT_HOSTED, v->obj.tenant, c->physconn, c->hosted);
	if (pc != NULL && is_foreign(pc, v))
		return model_get(m, MODEL_ACCEPT_VBR, pc->line.owner, v->obj.name, v->obj.tenant);
	return NULL;
}

/* Who has a share was given it: the line's owner need not say so again. */
static enum model_hold consent_hold(const struct model *m, const struct model_vbr *v,
	const struct model_circuit *c)
{
	const struct model_physconn *pc = model_physconn(m, c->physconn);

	if (c->hosted[0] == '\0' && !is_foreign(pc, v))
		return MODEL_HOLD_NONE;
	if (model_circuit_consent(m, v, c) != NULL)
		return MODEL_HOLD_NONE;
	return c->hosted[0] != '\0' ? MODEL_HOLD_UNCONFIRMED_HOSTED : MODEL_HOLD_UNCONFIRMED_OWNER;
}

bool model_circuit_is_confirmed(const struct model *m, const struct model_vbr *v,
	const struct model_circuit *c)
{
	return model_physconn(m, c->physconn) != NULL && consent_hold(m, v, c) == MODEL_HOLD_NONE;
}

bool model_vbr_is_confirmed(const struct model *m, const struct model_vbr *v)
{
	for (uint8_t k = 0; k < v->n_circuits; k++)
		if (model_circuit_is_confirmed(m, v, &v->circuits[k]))
			return true;
	return false;
}

enum model_hold model_circuit_hold(const struct model *m, const struct model_vbr *v,
	const struct model_circuit *c)
{
	const struct model_physconn *pc = model_physconn(m, c->physconn);
	enum model_hold hold = pc != NULL ? model_line_hold(m, pc) : MODEL_HOLD_LINE_DISABLED;

	if (hold == MODEL_HOLD_NONE)
		hold = consent_hold(m, v, c);
	if (hold == MODEL_HOLD_NONE && (!v->enabled || c->disabled))
		hold = MODEL_HOLD_DISABLED;
	return hold;
}

enum model_hold model_vbr_hold(const struct model *m, const struct model_vbr *v)
{
	for (uint8_t k = 0; k < v->n_circuits; k++)
		if (model_circuit_hold(m, v, &v->circuits[k]) == MODEL_HOLD_NONE)
			return MODEL_HOLD_NONE;
	return model_circuit_hold(m, v, &v->circuits[0]);
}
