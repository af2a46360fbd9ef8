/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A VBR as a whole: its static routes, and what its BGP says beside its neighbours.
 */
#include "vbr/model/check/check.h"

static void check_vbr_statics(const struct check *c, const struct model_vbr *v)
{
	char s[IP_STRLEN];
	char p[PREFIX_STRLEN];

	for (uint32_t i = 0; i < v->n_statics; i++) {
		const struct model_static *st = &v->statics[i];

		check_static_refusals(c, &v->obj, &st->pfx);
		prefix_format(&st->pfx, p);
		if (!st->blackhole && st->n_next_hops == 0)
			errbuf_add(c->err, v->obj.path, 0,
				"static-route %s has neither next-hop nor blackhole: give one", p);
		for (uint8_t k = 0; k < st->n_next_hops; k++)
			if (model_vbr_circuit_to(v, &st->next_hop[k]) == NULL)
				errbuf_add(c->err, v->obj.path, 0,
					"static-route %s: next-hop %s is not on the VBR's link: "
					"take an address of the link",
					p, ip_format(&st->next_hop[k], s));
	}
}

static void check_aggregate(const struct check *c, const struct model_vbr *v,
	const struct model_aggregate *a)
{
	char s[PREFIX_STRLEN];

	check_map(c, &v->obj, MAP_USE_AGGREGATE, a->policy);
	if (check_prefix(c, &v->obj, "aggregate", &a->pfx) &&
		a->pfx.len == family_bits(a->pfx.family))
		errbuf_add(c->err, v->obj.path, 0,
			"aggregate %s is a host, so nothing can be part of it: take a shorter "
			"prefix, or a network statement",
			prefix_format(&a->pfx, s));
}

static void check_bgp(const struct check *c, const struct model_vbr *v)
{
	if (v->n_peers + v->n_ranges > 0 && model_vbr_router_id(c->m, v) == 0)
		errbuf_add(c->err, v->obj.path, 0,
			"bgp has no router-id: set bgp router-id, system router-id, "
			"or an ipv4 local-gateway");
	check_confederation(c, v);
	check_add_path(c, v);
	for (uint8_t i = 0; i < v->n_peers; i++)
		check_peer(c, v, &v->peers[i]);
	for (uint32_t i = 0; i < v->n_ranges; i++)
		check_range(c, v, &v->ranges[i]);
	for (uint32_t i = 0; i < v->n_networks; i++)
		(void)check_prefix(c, &v->obj, "network", &v->networks[i]);
	for (uint32_t i = 0; i < v->n_aggregates; i++)
		check_aggregate(c, v, &v->aggregates[i]);
}

void check_vbr(const struct check *c, const struct model_obj *o)
{
	const struct model_vbr *v = (const struct model_vbr *)o;

	check_circuits(c, v);
	check_vbr_statics(c, v);
	check_vbr_gateways(c, v);
	check_vbr_counts(c, v);
	check_vbr_qos(c, v);
	check_vbr_health(c, v);
	if (v->has_bgp)
		check_bgp(c, v);
}
