/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A path is walked from the line inwards; of equal caps the first counts, since that is the one
 * that has to be raised first. What several VBRs share, a line, counts in full for each: who else
 * uses it is not known here. The circuits of one VBR carry side by side: their caps add up.
 */
#include "vbr/model/traffic/cap.h"

#include <stdio.h>

#include "vbr/model/line.h"
#include "vbr/model/model.h"

static void meet(struct model_cap *c, uint64_t bps, const char *kind, const char *name)
{
	if (bps == 0 || (c->bps != 0 && c->bps <= bps))
		return;
	c->bps = bps;
	c->kind = kind;
	c->name = name;
}

struct model_cap model_circuit_cap(const struct model *m, const struct model_vbr *v,
	const struct model_circuit *w)
{
	const struct model_physconn *pc = model_physconn(m, w->physconn);
	const struct model_hosted *h = model_circuit_hosted(m, w);
	struct model_cap c = { 0 };

	if (pc != NULL)
		meet(&c, pc->bandwidth_bps, "physical-connection", pc->obj.name);
	if (h != NULL)
		meet(&c, h->bandwidth_bps, "hosted-connection", h->name);
	meet(&c, w->bandwidth_bps, "vbr", v->obj.name);
	return c;
}

/* One without a cap has room for all. */
static void cross_vbr(struct model_cap *c, const struct model *m, const struct model_vbr *v)
{
	struct model_cap sum = model_circuit_cap(m, v, &v->circuits[0]);

	for (uint8_t k = 1; k < v->n_circuits && sum.bps > 0; k++) {
		const struct model_cap one = model_circuit_cap(m, v, &v->circuits[k]);

		sum.bps = one.bps > 0 ? sum.bps + one.bps : 0;
		sum.kind = "vbr";
		sum.name = v->obj.name;
	}
	meet(c, sum.bps, sum.kind, sum.name);
}

static void cross_end(struct model_cap *c, const struct model *m, const struct model_end *e)
{
	const struct model_vbr *v = e->is_vbr ? model_vbr(m, e->tenant, e->name) : NULL;

	if (v != NULL)
		cross_vbr(c, m, v);
}

struct model_cap model_vbr_cap(const struct model *m, const struct model_vbr *v)
{
	struct model_cap c = { 0 };

	cross_vbr(&c, m, v);
	return c;
}

struct model_cap model_peering_cap(const struct model *m, const struct model_peering *p)
{
	struct model_cap c = { 0 };

	cross_end(&c, m, &p->initiator);
	meet(&c, p->bandwidth_bps, "peering", p->obj.name);
	cross_end(&c, m, &p->acceptor);
	return c;
}

const char *model_cap_text(const struct model_cap *c, char *dst, size_t size)
{
	dst[0] = '\0';
	if (c->kind != NULL)
		(void)snprintf(dst, size, "%s %s", c->kind, c->name);
	return dst;
}
