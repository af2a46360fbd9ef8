/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Next hops of static routes that are watched by BFD, for the worker: where each is, and from which
 * address. One whose device is down is left out, as its routes are.
 */
#include <stdio.h>

#include "lib/base/xalloc.h"
#include "vbr/plane/plane_int.h"

static struct bgp_gateway *room(struct worker_instance *wi)
{
	if (wi->gateways == NULL)
		wi->gateways = xcalloc(MODEL_MAX_GATEWAYS, sizeof(*wi->gateways));
	return &wi->gateways[wi->n_gateways];
}

void derive_vbr_gateways(const struct model_vbr *v, struct worker_instance *wi)
{
	struct ip_addr gw[MODEL_MAX_GATEWAYS];
	const uint32_t n = model_gateways(v->statics, v->n_statics, gw);

	for (uint32_t i = 0; i < n && i < MODEL_MAX_GATEWAYS; i++) {
		const struct model_circuit *c = model_vbr_circuit_to(v, &gw[i]);
		const struct bgp_link *l = c != NULL ? &wi->links[c - v->circuits] : NULL;
		struct bgp_gateway *g;

		if (l == NULL || !l->up || l->ifindex == 0)
			continue;
		g = room(wi);
		snprintf(g->device, sizeof(g->device), "%s", l->device);
		g->ifindex = l->ifindex;
		g->local = model_circuit_link(c, gw[i].family)->local;
		g->remote = gw[i];
		derive_bfd(&v->bfd, true, &g->bfd);
		wi->n_gateways++;
	}
}

void derive_vpc_gateways(const struct plane *p, const struct model_vpc *v,
	struct worker_instance *wi)
{
	struct ip_addr gw[MODEL_MAX_GATEWAYS];
	const uint32_t n = model_gateways(v->statics, v->n_statics, gw);

	for (uint32_t i = 0; i < n && i < MODEL_MAX_GATEWAYS; i++) {
		struct ip_addr own;
		const struct model_iface *f = model_vpc_iface_to(v, &gw[i], &own);
		const struct link_status st = f != NULL ? derive_status(p, f->name) :
							  (struct link_status){ 0 };
		struct bgp_gateway *g;

		if (!st.up || st.ifindex == 0)
			continue;
		g = room(wi);
		snprintf(g->device, sizeof(g->device), "%s", f->name);
		g->ifindex = st.ifindex;
		g->local = own;
		g->remote = gw[i];
		derive_bfd(&v->bfd, true, &g->bfd);
		wi->n_gateways++;
	}
}
