/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The primary's connections become standby while it is leaving, not the secondary's active: this
 * way it is always those of who carries nothing, or is about to carry nothing, that are made anew.
 */
#include "vbr/model/failover/group.h"

#include <string.h>

#include "vbr/model/check/check.h"

const struct model_failover *model_failover(const struct model *m, const char *tenant,
	const char *name)
{
	return (const struct model_failover *)model_get(m, MODEL_FAILOVER, tenant, name, "");
}

const char *model_vbr_detection(const struct model_vbr *v)
{
	const char *by = NULL;

	for (unsigned i = 0; i < v->n_peers; i++) {
		if (v->peers[i].enabled && !v->peers[i].bfd)
			return "hold-time";
		if (v->peers[i].enabled)
			by = "bfd";
	}
	return by;
}

const struct model_failover *model_failover_of(const struct model *m, const char *tenant,
	const char *vbr)
{
	uint32_t first;
	uint32_t end;

	model_range(m, MODEL_FAILOVER, tenant, &first, &end);
	for (uint32_t i = first; i < end; i++) {
		const struct model_failover
			*f = (const struct model_failover *)m->of[MODEL_FAILOVER].v[i];

		if (strcmp(f->member[FAILOVER_PRIMARY], vbr) == 0 ||
			strcmp(f->member[FAILOVER_SECONDARY], vbr) == 0)
			return f;
	}
	return NULL;
}

static bool is_standby(const struct model *m, const struct model_end *e, failover_leaving *leaving,
	const void *ctx)
{
	const struct model_failover *f = e->is_vbr ? model_failover_of(m, e->tenant, e->name) :
						     NULL;
	const struct model_vbr *v = model_vbr(m, e->tenant, e->name);

	if (f == NULL || f->mode != FAILOVER_ACTIVE_STANDBY)
		return false;
	if (strcmp(f->member[FAILOVER_SECONDARY], e->name) == 0)
		return true;
	return (v != NULL && v->gshut) || (leaving != NULL && leaving(ctx, e->tenant, e->name));
}

bool model_peering_is_standby(const struct model *m, const struct model_peering *p,
	failover_leaving *leaving, const void *ctx)
{
	return p->weight == 0 || is_standby(m, &p->initiator, leaving, ctx) ||
		is_standby(m, &p->acceptor, leaving, ctx);
}

static const struct model_failover *sharing(const struct model *m, const struct model_end *e)
{
	const struct model_failover *f = e->is_vbr ? model_failover_of(m, e->tenant, e->name) :
						     NULL;

	return f != NULL && f->mode == FAILOVER_LOAD_SHARE ? f : NULL;
}

const struct model_failover *model_peering_shares(const struct model *m,
	const struct model_peering *p)
{
	const struct model_failover *f = sharing(m, &p->initiator);

	return f != NULL ? f : sharing(m, &p->acceptor);
}

/* Checking */

static void check_member(const struct check *c, const struct model_failover *f, int i)
{
	static const char *const words[2] = { "primary", "secondary" };
	const struct model_failover *other = model_failover_of(c->m, f->obj.tenant, f->member[i]);

	if (model_vbr(c->m, f->obj.tenant, f->member[i]) == NULL)
		errbuf_add(c->err, f->obj.path, 0,
			"%s: tenant %s has no vbr \"%s\": create it, or correct the name", words[i],
			f->obj.tenant, f->member[i]);
	else if (other != f)
		errbuf_add(c->err, f->obj.path, 0,
			"%s: VBR %s is in failover-group %s already: "
			"a VBR is in one group, take another VBR",
			words[i], f->member[i], other->obj.name);
}

static void check_weight(const struct check *c, const struct model_peering *p,
	const struct model_end *e)
{
	const struct model_failover *f = NULL;

	if (p->weight == 0 && e->is_vbr)
		f = model_failover_of(c->m, e->tenant, e->name);
	if (f == NULL)
		return;
	errbuf_add(c->err, p->obj.path, 0,
		"weight 0: VBR %s is in failover-group %s, whose mode says who is standby: "
		"set a weight of 1..1000",
		e->name, f->obj.name);
}

void check_weights(const struct check *c, const struct model_peering *p)
{
	check_weight(c, p, &p->initiator);
	check_weight(c, p, &p->acceptor);
}

void check_group(const struct check *c, const struct model_obj *failover)
{
	const struct model_failover *f = (const struct model_failover *)failover;

	if (strcmp(f->member[0], f->member[1]) == 0) {
		errbuf_add(c->err, f->obj.path, 0,
			"primary and secondary are both VBR %s: name two VBRs", f->member[0]);
		return;
	}
	check_member(c, f, FAILOVER_PRIMARY);
	check_member(c, f, FAILOVER_SECONDARY);
}
