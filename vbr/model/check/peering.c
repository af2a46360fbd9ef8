/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A peering connection, and what other tenants say to it.
 */
#include <string.h>

#include "vbr/model/check/check.h"

static bool end_is_equal(const struct model_end *a, const struct model_end *b)
{
	return a->is_vbr == b->is_vbr && strcmp(a->tenant, b->tenant) == 0 &&
		strcmp(a->name, b->name) == 0;
}

static void check_own_end(const struct check *c, const struct model_peering *p,
	const struct model_end *e, const char *which)
{
	bool found = e->is_vbr ? model_vbr(c->m, e->tenant, e->name) != NULL :
				 model_vpc(c->m, e->tenant, e->name) != NULL;

	/* What another tenant has is not told: such a peering stays pending. */
	if (found || strcmp(e->tenant, p->obj.tenant) != 0)
		return;
	errbuf_add(c->err, p->obj.path, 0,
		"%s %s \"%s\" does not exist in tenant %s: create it, or correct the name", which,
		e->is_vbr ? "vbr" : "vpc", e->name, e->tenant);
}

/* Consent to oneself would be taken and mean nothing. */
void check_other(const struct check *c, const struct model_obj *o)
{
	const bool is_vbr = o->kind == MODEL_ACCEPT_VBR;

	if (strcmp(o->tenant, o->name2) == 0)
		errbuf_add(c->err, o->path, 0,
			"%s %s is of tenant %s itself and needs nobody's consent: delete this, "
			"or name another tenant",
			is_vbr ? "vbr" : "peering", o->name, o->tenant);
}

void check_reject(const struct check *c, const struct model_obj *o)
{
	check_other(c, o);
	if (model_get(c->m, MODEL_ACCEPT, o->tenant, o->name, o->name2) != NULL)
		errbuf_add(c->err, o->path, 0,
			"peering %s of tenant %s is accepted and rejected: delete one", o->name,
			o->name2);
}

void check_peering(const struct check *c, const struct model_obj *o)
{
	const struct model_peering *p = (const struct model_peering *)o;

	check_own_end(c, p, &p->initiator, "initiator");
	check_own_end(c, p, &p->acceptor, "acceptor");
	if (strcmp(p->acceptor.tenant, p->obj.tenant) != 0 && p->acceptor.is_vbr)
		errbuf_add(c->err, p->obj.path, 0,
			"acceptor: a VBR of another tenant cannot be reached: "
			"name a VPC of tenant %s",
			p->acceptor.tenant);
	if (end_is_equal(&p->initiator, &p->acceptor))
		errbuf_add(c->err, p->obj.path, 0,
			"initiator and acceptor are the same instance: name two different ones");
	if (p->initiator.is_vbr && p->acceptor.is_vbr && !p->transit)
		errbuf_add(c->err, p->obj.path, 0,
			"two VBRs exchange nothing unless transit is true: "
			"set transit true, or name a VPC");
	check_overlap(c, p);
	check_map(c, &p->obj, MAP_USE_PEERING_IMPORT, p->import_policy);
	check_map(c, &p->obj, MAP_USE_PEERING_EXPORT, p->export_policy);
	check_health(c, p);
	check_weights(c, p);
}
