/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Uniqueness over all tenants: sort what must differ, look at neighbours.
 *
 * A commit can take only a key that one of the touched objects claims now and did not claim before.
 * Without such a key there is nothing to do, and that is the usual commit; with some, the claims of
 * all objects are looked through for them.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/base/compiler.h"
#include "lib/base/xalloc.h"
#include "vbr/model/check/check.h"
#include "vbr/model/delta.h"

#define KEY_WORDS 4

/* Something that must exist once: a key, in words and a number, and who claims it. */
struct claim {
	const char *word[KEY_WORDS]; /* borrowed from the model */
	uint32_t number;
	const struct model_obj *by;
};

struct claims {
	struct claim *v; /* owned */
	uint32_t n;
};

static int key_cmp(const void *a, const void *b)
{
	const struct claim *x = a;
	const struct claim *y = b;

	for (int i = 0; i < KEY_WORDS; i++) {
		const int d = strcmp(x->word[i], y->word[i]);

		if (d != 0)
			return d;
	}
	return (x->number > y->number) - (x->number < y->number);
}

/* Of one key, who comes later is told of who comes first: by kind, tenant, name. */
static int claim_cmp(const void *a, const void *b)
{
	const struct model_obj *x = ((const struct claim *)a)->by;
	const struct model_obj *y = ((const struct claim *)b)->by;
	int d = key_cmp(a, b);

	if (d == 0)
		d = (int)x->kind - (int)y->kind;
	if (d == 0)
		d = strcmp(x->tenant, y->tenant);
	return d != 0 ? d : strcmp(x->name, y->name);
}

static struct claim *claim_new(struct claims *cl, const struct model_obj *by)
{
	struct claim *k;

	if ((cl->n & (cl->n - 1)) == 0)
		cl->v = xreallocarray(cl->v, cl->n == 0 ? 16 : 2 * (size_t)cl->n, sizeof(*cl->v));
	k = &cl->v[cl->n++];
	*k = (struct claim){ .word = { "", "", "", "" }, .by = by };
	return k;
}

static void sort(struct claims *cl, int (*cmp)(const void *, const void *))
{
	if (cl->n > 0)
		qsort(cl->v, cl->n, sizeof(*cl->v), cmp);
}

static bool has_key(const struct claims *cl, const struct claim *key)
{
	return cl->n > 0 && bsearch(key, cl->v, cl->n, sizeof(*cl->v), key_cmp) != NULL;
}

/*
 * The VLAN of a share is taken whether a VBR stands on it or not; of one share there is one VBR.
 * Who names a share of another tenant takes nothing, and does not hear who stands on it.
 */
static void claim_vlans(const struct model *m, const struct model_obj *o, struct claims *cl)
{
	const struct model_vbr *v = (const struct model_vbr *)o;
	const struct model_physconn *pc = (const struct model_physconn *)o;
	struct claim *k;

	for (uint8_t i = 0; o->kind == MODEL_VBR && i < v->n_circuits; i++) {
		const struct model_circuit *w = &v->circuits[i];

		if (!model_circuit_is_there(m, v, w))
			continue;
		k = claim_new(cl, o);
		k->word[0] = w->physconn;
		k->word[1] = w->hosted;
		k->number = w->hosted[0] == '\0' ? w->vlan_id : 0;
	}
	for (uint32_t h = 0; o->kind == MODEL_PHYSCONN && h < pc->line.n_hosted; h++) {
		k = claim_new(cl, o);
		k->word[0] = pc->obj.name;
		k->number = pc->line.hosted[h].vlan_id;
	}
}

static void report_vlan(const struct check *c, const struct claim *a, const struct claim *b)
{
	const struct claim *vbr = b->by->kind == MODEL_VBR ? b : a;
	const struct claim *other = vbr == b ? a : b;

	if (b->word[1][0] != '\0')
		errbuf_add(c->err, vbr->by->path, 0,
			"hosted-connection %s of physical-connection %s carries VBR %s already: "
			"a hosted connection is one VLAN, ask for another one",
			b->word[1], b->word[0], other->by->name);
	else if (other->by->kind == MODEL_VBR)
		errbuf_add(c->err, vbr->by->path, 0,
			"vlan-id %u of physical-connection %s is in use by VBR %s of tenant %s: "
			"take another VLAN",
			b->number, b->word[0], other->by->name, other->by->tenant);
	else
		errbuf_add(c->err, vbr->by->path, 0,
			"vlan-id %u of physical-connection %s belongs to a hosted connection: "
			"take another VLAN",
			b->number, b->word[0]);
}

static bool limits_its_port(const struct model_circuit *w)
{
	return w->hosted[0] == '\0' && w->vlan_id == 0 && w->bandwidth_bps > 0;
}

/* Twice, so that who becomes one that limits claims more than before. */
static void claim_port(const struct model *m, const struct model_obj *o, struct claims *cl)
{
	const struct model_vbr *v = (const struct model_vbr *)o;

	(void)m;
	for (uint8_t i = 0; i < v->n_circuits; i++) {
		const struct model_circuit *w = &v->circuits[i];

		if (limits_its_port(w))
			claim_new(cl, o)->word[0] = w->physconn;
		if (limits_its_port(w) || w->hosted[0] != '\0' || w->vlan_id != 0)
			claim_new(cl, o)->word[0] = w->physconn;
	}
}

static bool limits_by(const struct claim *k)
{
	return limits_its_port(model_vbr_circuit_on((const struct model_vbr *)k->by, k->word[0]));
}

/* The shaper of an untagged VBR stands on the port, where the frames of all VLANs pass, too. */
static void report_port(const struct check *c, const struct claim *a, const struct claim *b)
{
	const bool is_first = limits_by(a);
	const struct model_obj *untagged = is_first ? a->by : b->by;
	const struct model_obj *other = is_first ? b->by : a->by;

	if (a->by == b->by || !limits_by(is_first ? a : b))
		return;
	errbuf_add(c->err, untagged->path, 0,
		"the bandwidth of VBR %s, on VLAN 0, would limit VBR %s of tenant %s on the same "
		"port: take a VLAN, or no bandwidth",
		untagged->name, other->name, other->tenant);
}

static void claim_devices(const struct model *m, const struct model_obj *o, struct claims *cl)
{
	const struct model_vpc *v = (const struct model_vpc *)o;

	(void)m;
	if (o->kind == MODEL_PHYSCONN)
		claim_new(cl, o)->word[0] = ((const struct model_physconn *)o)->interface;
	for (uint32_t k = 0; o->kind == MODEL_VPC && k < v->n_ifaces; k++)
		claim_new(cl, o)->word[0] = v->ifaces[k].name;
}

static void report_device(const struct check *c, const struct claim *a, const struct claim *b)
{
	errbuf_add(c->err, b->by->path, 0,
		"interface %s is in use by %s: an interface belongs to one instance, take another",
		b->word[0], a->by->path);
}

/* The two ends in either order; the number tells which of them are VBRs. */
static void claim_pair(const struct model *m, const struct model_obj *o, struct claims *cl)
{
	const struct model_peering *p = (const struct model_peering *)o;
	const struct model_end *a = &p->initiator;
	const struct model_end *b = &p->acceptor;
	struct claim *k;
	int order;

	if (!model_peering_has_consent(m, p))
		return;
	order = strcmp(a->tenant, b->tenant);
	if (order == 0)
		order = (int)a->is_vbr - (int)b->is_vbr;
	if (order == 0)
		order = strcmp(a->name, b->name);
	k = claim_new(cl, o);
	k->word[0] = order < 0 ? a->tenant : b->tenant;
	k->word[1] = order < 0 ? a->name : b->name;
	k->word[2] = order < 0 ? b->tenant : a->tenant;
	k->word[3] = order < 0 ? b->name : a->name;
	k->number = order < 0 ? 2u * a->is_vbr + b->is_vbr : 2u * b->is_vbr + a->is_vbr;
}

static void report_pair(const struct check *c, const struct claim *a, const struct claim *b)
{
	errbuf_add(c->err, b->by->path, 0,
		"peering %s connects the same two instances already: change its bandwidth instead",
		a->by->name);
}

static const struct unique {
	enum model_kind kinds[2]; /* whose objects claim */
	void (*claim)(const struct model *m, const struct model_obj *o, struct claims *cl);
	void (*report)(const struct check *c, const struct claim *first, const struct claim *more);
} uniques[] = {
	{ { MODEL_VBR, MODEL_PHYSCONN }, claim_vlans, report_vlan },
	{ { MODEL_VBR, MODEL_VBR }, claim_port, report_port },
	{ { MODEL_PHYSCONN, MODEL_VPC }, claim_devices, report_device },
	{ { MODEL_PEERING, MODEL_PEERING }, claim_pair, report_pair },
};

static unsigned n_kinds(const struct unique *u)
{
	return u->kinds[0] == u->kinds[1] ? 1 : 2;
}

/* Move what is in a sorted run more often than in another one to its front; returns how many. */
static uint32_t surplus(struct claim *v, uint32_t n, const struct claims *old)
{
	uint32_t kept = 0;
	uint32_t k = 0;

	for (uint32_t i = 0; i < n; i++) {
		while (k < old->n && key_cmp(&old->v[k], &v[i]) < 0)
			k++;
		if (k < old->n && key_cmp(&old->v[k], &v[i]) == 0)
			k++;
		else
			v[kept++] = v[i];
	}
	return kept;
}

/* The keys that the touched objects of a kind claim now, without those they had before. */
static void new_keys(const struct check *c, const struct unique *u, enum model_kind kind,
	struct claims *keys)
{
	const struct model_obj *o;

	for (uint32_t i = 0; (o = model_delta_next(c->delta, kind, &i)) != NULL;) {
		const struct model_obj *was = model_counterpart(c->delta->was, o);
		struct claims now = { 0 };
		struct claims old = { 0 };

		u->claim(c->m, o, &now);
		if (was != NULL)
			u->claim(c->delta->was, was, &old);
		sort(&now, key_cmp);
		sort(&old, key_cmp);
		now.n = now.n > 0 ? surplus(now.v, now.n, &old) : 0;
		for (uint32_t k = 0; k < now.n; k++)
			*claim_new(keys, o) = now.v[k];
		free(now.v);
		free(old.v);
	}
}

/* All claims, or those of some keys. */
static void collect(const struct check *c, const struct unique *u, const struct claims *keys,
	struct claims *cl)
{
	for (unsigned k = 0; k < n_kinds(u); k++) {
		const enum model_kind kind = u->kinds[k];

		for (uint32_t i = 0; i < c->m->of[kind].n; i++) {
			const uint32_t first = cl->n;
			uint32_t kept = first;

			u->claim(c->m, c->m->of[kind].v[i], cl);
			for (uint32_t n = first; n < cl->n; n++)
				if (keys == NULL || has_key(keys, &cl->v[n]))
					cl->v[kept++] = cl->v[n];
			cl->n = kept;
		}
	}
}

static void check_one(const struct check *c, const struct unique *u)
{
	struct claims keys = { 0 };
	struct claims cl = { 0 };

	for (unsigned k = 0; c->delta != NULL && k < n_kinds(u); k++)
		new_keys(c, u, u->kinds[k], &keys);
	if (c->delta != NULL && keys.n == 0) {
		free(keys.v);
		return;
	}
	sort(&keys, key_cmp);
	collect(c, u, c->delta != NULL ? &keys : NULL, &cl);
	sort(&cl, claim_cmp);
	for (uint32_t i = 1; i < cl.n; i++)
		if (key_cmp(&cl.v[i - 1], &cl.v[i]) == 0)
			u->report(c, &cl.v[i - 1], &cl.v[i]);
	free(keys.v);
	free(cl.v);
}

void check_unique(const struct check *c)
{
	for (size_t i = 0; i < ARRAY_SIZE(uniques); i++)
		check_one(c, &uniques[i]);
}
