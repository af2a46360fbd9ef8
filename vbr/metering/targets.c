/* SPDX-License-Identifier: Apache-2.0 */
/*
 *   vbr      the device of each circuit: the VLAN; or the port itself, less the VLANs on it
 *   peering  the initiator's end of the veth pair, as long as it is realised; the tenant that
 *            initiates has it
 *   vpc      all attached interfaces
 *   port     the port of a physical connection that a tenant owns
 *   hosted   of a VBR that stands on a hosted connection which the line's owner pays: the same
 *            readings again, in the owner's name
 *
 * A commit makes those of the objects anew that it touches.
 */
#include "vbr/metering/targets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/xalloc.h"
#include "lib/ds/search.h"
#include "vbr/model/delta.h"
#include "vbr/plane/plane.h"

#define MEGA 1000000

static struct target *add(struct targets *t, enum meter_kind kind, const char *tenant,
	struct model_obj *obj)
{
	struct target *x;

	t->v = xreallocarray(t->v, t->n + 1, sizeof(*t->v));
	x = &t->v[t->n++];
	memset(x, 0, sizeof(*x));
	x->obj = model_obj_ref(obj);
	x->entry.kind = kind;
	snprintf(x->entry.tenant, sizeof(x->entry.tenant), "%s", tenant);
	snprintf(x->entry.name, sizeof(x->entry.name), "%s", obj->name);
	return x;
}

static struct target_device *add_device(struct target *t, const char *name)
{
	t->devices = xreallocarray(t->devices, t->n_devices + 1, sizeof(*t->devices));
	t->devices[t->n_devices] = (struct target_device){ 0 };
	snprintf(t->devices[t->n_devices].name, MODEL_DEVICE_SIZE, "%s", name);
	return &t->devices[t->n_devices++];
}

/* Circuits on VLANs, by physical connection. */
struct tagged {
	const struct model_circuit **v; /* owned */
	uint32_t n;
};

static int by_physconn(const void *a, const void *b)
{
	return strcmp((*(const struct model_circuit *const *)a)->physconn,
		(*(const struct model_circuit *const *)b)->physconn);
}

static struct tagged tagged_find(const struct model *m)
{
	struct tagged t = { 0 };
	uint32_t most = 0;

	for (uint32_t i = 0; i < m->of[MODEL_VBR].n; i++)
		most += ((const struct model_vbr *)m->of[MODEL_VBR].v[i])->n_circuits;
	t.v = xcalloc(most + 1u, sizeof(const void *));
	for (uint32_t i = 0; i < m->of[MODEL_VBR].n; i++) {
		const struct model_vbr *v = (const struct model_vbr *)m->of[MODEL_VBR].v[i];

		for (uint8_t k = 0; k < v->n_circuits; k++)
			if (model_circuit_vlan(m, &v->circuits[k]) != 0)
				t.v[t.n++] = &v->circuits[k];
	}
	qsort(t.v, t.n, sizeof(const void *), by_physconn);
	return t;
}

/* Of an untagged circuit: what else there is on its port. */
static void add_others(struct target *t, const struct model *m, const struct tagged *tagged,
	const struct model_circuit *untagged)
{
	uint32_t i = search_lower(&untagged, tagged->v, tagged->n, sizeof(const void *),
		by_physconn);
	char device[MODEL_DEVICE_SIZE];

	for (; i < tagged->n && by_physconn(&untagged, &tagged->v[i]) == 0; i++)
		add_device(t, model_circuit_device(m, tagged->v[i], device))->is_others = true;
}

/* " mbps=N", nothing for none. */
static const char *put_rate(struct target *t, uint64_t bps, char *dst, size_t size)
{
	t->entry.rate_bps = bps;
	dst[0] = '\0';
	if (bps > 0)
		snprintf(dst, size, " mbps=%llu", (unsigned long long)(bps / MEGA));
	return dst;
}

/* Of all its circuits; 0 if one has none. */
static uint64_t bandwidth_of(const struct model *m, const struct model_vbr *v)
{
	uint64_t sum = 0;

	for (uint8_t k = 0; k < v->n_circuits; k++) {
		const uint64_t bps = model_circuit_bandwidth(m, &v->circuits[k]);

		if (bps == 0)
			return 0;
		sum += bps;
	}
	return sum;
}

static bool has_untagged(const struct model *m, const struct model_vbr *v)
{
	for (uint8_t k = 0; k < v->n_circuits; k++)
		if (model_circuit_vlan(m, &v->circuits[k]) == 0)
			return true;
	return false;
}

static bool is_paid_by_owner(const struct model *m, const struct model_vbr *v)
{
	return strcmp(model_circuit_payer(m, v, &v->circuits[0]), v->obj.tenant) != 0;
}

/* Of all circuits: the model has seen to it that they have one payer. */
static struct ledger_entry paid_of(const struct model *m, const struct model_vbr *v)
{
	const struct model_circuit *c = &v->circuits[0];
	struct ledger_entry e = { .kind = METER_KIND_HOSTED };

	snprintf(e.tenant, sizeof(e.tenant), "%s", model_circuit_payer(m, v, c));
	snprintf(e.name, sizeof(e.name), "%s/%s", c->physconn, c->hosted);
	return e;
}

static void add_vbr(struct targets *t, const struct model *m, const struct tagged *tagged,
	struct model_obj *o)
{
	const struct model_vbr *v = (const struct model_vbr *)o;
	struct target *x = add(t, METER_KIND_VBR, o->tenant, o);
	char device[MODEL_DEVICE_SIZE];
	char rate[32];

	(void)put_rate(x, bandwidth_of(m, v), rate, sizeof(rate));
	snprintf(x->entry.detail, sizeof(x->entry.detail), "line=%s on=%s%s%s",
		v->circuits[0].hosted[0] != '\0' ? "hosted" : "dedicated", v->circuits[0].physconn,
		rate, is_paid_by_owner(m, v) ? " payer=owner" : "");
	if (is_paid_by_owner(m, v)) {
		x->paid = xmalloc(sizeof(*x->paid));
		*x->paid = paid_of(m, v);
		x->paid->rate_bps = x->entry.rate_bps;
		snprintf(x->paid->detail, sizeof(x->paid->detail), "for=%s%s", o->tenant, rate);
	}
	for (uint8_t k = 0; k < v->n_circuits; k++) {
		const struct model_circuit *c = &v->circuits[k];

		(void)add_device(x, model_circuit_device(m, c, device));
		if (model_circuit_vlan(m, c) == 0)
			add_others(x, m, tagged, c);
	}
}

static const char *region_of(const struct model *m, const struct model_end *e)
{
	const struct model_vpc *v = e->is_vbr ? NULL : model_vpc(m, e->tenant, e->name);

	return v != NULL && v->region[0] != '\0' ? v->region : model_system(m)->region;
}

static const char *pair_of(const struct model *m, const struct model_peering *p)
{
	if (p->initiator.is_vbr || p->acceptor.is_vbr)
		return "";
	return strcmp(region_of(m, &p->initiator), region_of(m, &p->acceptor)) == 0 ?
		" pair=same-region" :
		" pair=inter-region";
}

static const char *spec_of(const struct model_peering *p)
{
	if (p->spec[0] != '\0')
		return p->spec;
	return p->bandwidth_bps > 0 ? "bandwidth" : "unlimited";
}

static void add_peering(struct targets *t, const struct plane *p, struct model_obj *o)
{
	const struct model_peering *mp = (const struct model_peering *)o;
	const struct plane_peering *pub = plane_peering_find(p, mp->obj.tenant, mp->obj.name);
	const bool is_own = strcmp(mp->acceptor.tenant, mp->obj.tenant) == 0;
	struct target *x;
	char rate[32];

	if (pub == NULL || pub->device[0][0] == '\0')
		return;
	x = add(t, METER_KIND_PEERING, o->tenant, o);
	snprintf(x->entry.detail, sizeof(x->entry.detail), "spec=%s%s from=%s/%s to=%s%s%s/%s%s",
		spec_of(mp), put_rate(x, mp->bandwidth_bps, rate, sizeof(rate)),
		mp->initiator.is_vbr ? "vbr" : "vpc", mp->initiator.name,
		is_own ? "" : mp->acceptor.tenant, is_own ? "" : "/",
		mp->acceptor.is_vbr ? "vbr" : "vpc", mp->acceptor.name,
		pair_of(plane_model(p), mp));
	(void)add_device(x, pub->device[0]);
}

static void add_vpc(struct targets *t, struct model_obj *o)
{
	const struct model_vpc *v = (const struct model_vpc *)o;
	struct target *x;

	if (v->n_ifaces == 0)
		return;
	x = add(t, METER_KIND_VPC, o->tenant, o);
	for (uint32_t i = 0; i < v->n_ifaces; i++)
		(void)add_device(x, v->ifaces[i].name);
}

static void add_port(struct targets *t, struct model_obj *o)
{
	const struct model_physconn *pc = (const struct model_physconn *)o;
	const char *type = pc->line.port_type;
	struct target *x;
	char rate[32];

	if (pc->line.owner[0] == '\0' || !pc->enabled)
		return;
	x = add(t, METER_KIND_PORT, pc->line.owner, o);
	snprintf(x->entry.detail, sizeof(x->entry.detail), "type=%s%s",
		type[0] != '\0' ? type : "none",
		put_rate(x, pc->bandwidth_bps, rate, sizeof(rate)));
	(void)add_device(x, pc->interface);
}

static int compare(const void *a, const void *b)
{
	const struct ledger_entry *x = &((const struct target *)a)->entry;
	const struct ledger_entry *y = &((const struct target *)b)->entry;
	int d = strcmp(x->tenant, y->tenant);

	if (d == 0)
		d = (int)x->kind - (int)y->kind;
	return d != 0 ? d : strcmp(x->name, y->name);
}

static const struct target_device *has_device(const struct target *t, const char *name)
{
	for (uint32_t i = 0; i < t->n_devices; i++)
		if (strcmp(t->devices[i].name, name) == 0)
			return &t->devices[i];
	return NULL;
}

static bool knew(const struct target *old, const char *device)
{
	const struct target_device *d = has_device(old, device);

	return d != NULL && d->is_known;
}

static bool has_payer_of(const struct target *a, const struct target *b)
{
	if (a->paid == NULL || b->paid == NULL)
		return a->paid == b->paid;
	return strcmp(a->paid->tenant, b->paid->tenant) == 0 &&
		strcmp(a->paid->name, b->paid->name) == 0;
}

/* Who begins to pay is to be read at once: what is known to the VBR's meter is not to his. */
static void carry_over(struct targets *t, const struct targets *old)
{
	for (uint32_t i = 0; i < t->n; i++) {
		struct target *x = &t->v[i];
		const uint32_t at = search_lower(x, old->v, old->n, sizeof(*old->v), compare);

		if (at == old->n || compare(x, &old->v[at]) != 0 || !has_payer_of(x, &old->v[at]))
			continue;
		for (uint32_t k = 0; k < x->n_devices; k++)
			x->devices[k].is_known = knew(&old->v[at], x->devices[k].name);
	}
}

static void add_object(struct targets *t, const struct plane *p, const struct tagged *tagged,
	struct model_obj *o)
{
	switch (o->kind) {
	case MODEL_VBR:
		add_vbr(t, plane_model(p), tagged, o);
		break;
	case MODEL_PEERING:
		add_peering(t, p, o);
		break;
	case MODEL_VPC:
		add_vpc(t, o);
		break;
	case MODEL_PHYSCONN:
		add_port(t, o);
		break;
	default:
		break;
	}
}

void targets_init(struct targets *t, const struct plane *p, const struct targets *old)
{
	const struct model *m = plane_model(p);
	const struct tagged tagged = tagged_find(m);

	memset(t, 0, sizeof(*t));
	for (int k = 0; k < MODEL_KIND_COUNT; k++)
		for (uint32_t i = 0; i < m->of[k].n; i++)
			add_object(t, p, &tagged, m->of[k].v[i]);
	free(tagged.v);
	if (t->n > 0)
		qsort(t->v, t->n, sizeof(*t->v), compare);
	carry_over(t, old);
}

static void target_fini(struct target *t)
{
	model_obj_unref(t->obj);
	free(t->paid);
	free(t->devices);
}

/* Of an object that can be metered. */
static bool key_of(const struct model_obj *o, struct target *key)
{
	const char *tenant = o->tenant;

	memset(key, 0, sizeof(*key));
	switch (o->kind) {
	case MODEL_VBR:
		key->entry.kind = METER_KIND_VBR;
		break;
	case MODEL_PEERING:
		key->entry.kind = METER_KIND_PEERING;
		break;
	case MODEL_VPC:
		key->entry.kind = METER_KIND_VPC;
		break;
	case MODEL_PHYSCONN:
		key->entry.kind = METER_KIND_PORT;
		tenant = ((const struct model_physconn *)o)->line.owner;
		break;
	default:
		return false;
	}
	snprintf(key->entry.tenant, sizeof(key->entry.tenant), "%s", tenant);
	snprintf(key->entry.name, sizeof(key->entry.name), "%s", o->name);
	return true;
}

struct target *targets_find(const struct targets *t, const struct model_obj *was)
{
	struct target key;
	uint32_t at;

	if (!key_of(was, &key))
		return NULL;
	at = search_lower(&key, t->v, t->n, sizeof(*t->v), compare);
	return at < t->n && compare(&key, &t->v[at]) == 0 ? &t->v[at] : NULL;
}

static void insert(struct targets *t, const struct target *x)
{
	const uint32_t at = search_lower(x, t->v, t->n, sizeof(*t->v), compare);

	t->v = xreallocarray(t->v, t->n + 1, sizeof(*t->v));
	memmove(&t->v[at + 1], &t->v[at], (t->n++ - at) * sizeof(*t->v));
	t->v[at] = *x;
}

static void take_out(struct targets *t, struct target *x)
{
	target_fini(x);
	memmove(x, x + 1, (size_t)(t->v + t->n - (x + 1)) * sizeof(*x));
	t->n--;
}

/* Of one object, NULL when it did not exist, or does not any more. */
static void renew(struct targets *t, const struct plane *p, const struct model_obj *was,
	struct model_obj *now)
{
	struct target *old = was != NULL ? targets_find(t, was) : NULL;
	struct targets fresh = { 0 };
	struct tagged tagged = { 0 };

	/* A tagged one has no others beside it. */
	if (now != NULL && now->kind == MODEL_VBR &&
		has_untagged(plane_model(p), (const struct model_vbr *)now))
		tagged = tagged_find(plane_model(p));
	if (now != NULL)
		add_object(&fresh, p, &tagged, now);
	free(tagged.v);
	carry_over(&fresh, t);
	if (old != NULL && fresh.n == 1 && compare(old, fresh.v) == 0) {
		target_fini(old);
		*old = fresh.v[0];
	} else {
		if (old != NULL)
			take_out(t, old);
		if (fresh.n == 1)
			insert(t, fresh.v);
	}
	free(fresh.v);
}

void targets_apply(struct targets *t, const struct plane *p, const struct model_delta *d)
{
	struct model_obj *o;

	for (uint32_t i = 0; i < d->n; i++)
		if (d->changes[i].now == NULL)
			renew(t, p, d->changes[i].was, NULL);
	for (int k = 0; k < MODEL_KIND_COUNT; k++)
		for (uint32_t i = 0; (o = model_delta_next(d, (enum model_kind)k, &i)) != NULL;)
			renew(t, p, model_counterpart(d->was, o), o);
}

void targets_fini(struct targets *t)
{
	for (uint32_t i = 0; i < t->n; i++)
		target_fini(&t->v[i]);
	free(t->v);
	memset(t, 0, sizeof(*t));
}

bool target_goes(const struct target *t, const struct model *next)
{
	const struct model_obj *o = model_counterpart(next, t->obj);

	if (o == NULL)
		return true;
	switch (t->entry.kind) {
	case METER_KIND_PEERING: {
		const struct model_peering *p = (const struct model_peering *)o;

		return !p->enabled || !model_peering_has_consent(next, p) ||
			!model_peering_has_ends(next, p);
	}
	case METER_KIND_VPC:
		return ((const struct model_vpc *)o)->n_ifaces == 0;
	case METER_KIND_PORT:
		return strcmp(((const struct model_physconn *)o)->line.owner, t->entry.tenant) !=
			0 ||
			!((const struct model_physconn *)o)->enabled;
	case METER_KIND_VBR:
	case METER_KIND_HOSTED: /* of a VBR's target */
	case METER_KIND_COUNT:
		break;
	}
	return false;
}

bool target_payer_goes(const struct target *t, const struct model *next)
{
	const struct model_vbr *v;
	struct ledger_entry then;

	if (t->paid == NULL)
		return false;
	v = (const struct model_vbr *)model_counterpart(next, t->obj);
	if (v == NULL || !is_paid_by_owner(next, v))
		return true;
	then = paid_of(next, v);
	return strcmp(then.tenant, t->paid->tenant) != 0 || strcmp(then.name, t->paid->name) != 0;
}

static bool payer_comes(const struct target *t, const struct model_vbr *next_v,
	const struct model *next)
{
	return t->paid == NULL && is_paid_by_owner(next, next_v);
}

/* Does it have a VLAN beside it that next will not have? */
static bool loses_another(const struct target *t, const struct model *next)
{
	const struct model_vbr *self = (const struct model_vbr *)model_counterpart(next, t->obj);
	const struct tagged tagged = tagged_find(next);
	struct target then = { 0 };
	bool loses = false;

	for (uint8_t k = 0; k < self->n_circuits; k++)
		if (model_circuit_vlan(next, &self->circuits[k]) == 0)
			add_others(&then, next, &tagged, &self->circuits[k]);
	free(tagged.v);
	for (uint32_t i = 0; i < t->n_devices && !loses; i++)
		loses = t->devices[i].is_others && !has_device(&then, t->devices[i].name);
	free(then.devices);
	return loses;
}

static bool moves_device(const struct model_vbr *v, const struct model *now,
	const struct model *next)
{
	char was[MODEL_DEVICE_SIZE];
	char will_be[MODEL_DEVICE_SIZE];

	for (uint8_t k = 0; k < v->n_circuits; k++)
		if (strcmp(model_circuit_device(now, &v->circuits[k], was),
			    model_circuit_device(next, &v->circuits[k], will_be)) != 0)
			return true;
	return false;
}

bool target_changes(const struct target *t, const struct model *now, const struct model *next)
{
	const struct model_obj *o = model_counterpart(next, t->obj);

	if (o != t->obj)
		return true;
	if (t->entry.kind != METER_KIND_VBR)
		return false;
	if (t->n_devices > 1 && loses_another(t, next))
		return true;
	if (target_payer_goes(t, next) || payer_comes(t, (const struct model_vbr *)o, next))
		return true;
	/* Its line may have got another port, or its share another VLAN. */
	return moves_device((const struct model_vbr *)o, now, next);
}
