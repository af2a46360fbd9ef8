/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Next hops of static routes that are watched by BFD: each needs an address of ours beside it, and
 * is watched once, for BFD has one session between two addresses (RFC 5881 2). So one that is a
 * peer with bfd as well is refused: whose death would it be?
 */
#include "vbr/model/check/check.h"

static bool has(const struct ip_addr *v, uint32_t n, const struct ip_addr *a)
{
	for (uint32_t i = 0; i < n && i < MODEL_MAX_GATEWAYS; i++)
		if (ip_is_equal(&v[i], a))
			return true;
	return false;
}

uint32_t model_gateways(const struct model_static *v, uint32_t n, struct ip_addr *dst)
{
	uint32_t found = 0;

	for (uint32_t i = 0; i < n; i++) {
		for (uint8_t k = 0; v[i].bfd && k < v[i].n_next_hops; k++) {
			if (has(dst, found, &v[i].next_hop[k]))
				continue;
			if (found < MODEL_MAX_GATEWAYS)
				dst[found] = v[i].next_hop[k];
			found++;
		}
	}
	return found;
}

static uint32_t gather(const struct check *c, const struct model_obj *o,
	const struct model_static *v, uint32_t n, struct ip_addr *dst)
{
	const uint32_t found = model_gateways(v, n, dst);

	if (found <= MODEL_MAX_GATEWAYS)
		return found;
	errbuf_add(c->err, o->path, 0,
		"static routes with bfd have more than %u next hops: delete bfd of some",
		(unsigned)MODEL_MAX_GATEWAYS);
	return 0;
}

void check_vbr_gateways(const struct check *c, const struct model_vbr *v)
{
	struct ip_addr gw[MODEL_MAX_GATEWAYS];
	const uint32_t n = gather(c, &v->obj, v->statics, v->n_statics, gw);
	char s[IP_STRLEN];
	char p[PREFIX_STRLEN];

	for (uint32_t i = 0; i < n; i++) {
		for (uint8_t k = 0; k < v->n_peers; k++)
			if (v->peers[k].bfd && ip_is_equal(&v->peers[k].address, &gw[i]))
				errbuf_add(c->err, v->obj.path, 0,
					"next-hop %s of a static route with bfd is a peer with "
					"bfd, too: delete bfd of one of them",
					ip_format(&gw[i], s));
		for (uint32_t k = 0; k < v->n_ranges; k++)
			if (v->ranges[k].peer.bfd && prefix_covers_addr(&v->ranges[k].pfx, &gw[i]))
				errbuf_add(c->err, v->obj.path, 0,
					"next-hop %s of a static route with bfd is in listen-range "
					"%s with bfd: delete bfd of one of them",
					ip_format(&gw[i], s), prefix_format(&v->ranges[k].pfx, p));
	}
}

const struct model_iface *model_vpc_iface_to(const struct model_vpc *v, const struct ip_addr *a,
	struct ip_addr *own)
{
	for (uint32_t i = 0; i < v->n_ifaces; i++) {
		const struct model_iface *f = &v->ifaces[i];

		for (uint8_t k = 0; k < f->n_addrs; k++) {
			const struct prefix net = prefix_make(&f->addr[k].addr, f->addr[k].len);

			if (!prefix_covers_addr(&net, a))
				continue;
			*own = f->addr[k].addr;
			return f;
		}
	}
	return NULL;
}

void check_vpc_gateways(const struct check *c, const struct model_vpc *v)
{
	struct ip_addr gw[MODEL_MAX_GATEWAYS];
	const uint32_t n = gather(c, &v->obj, v->statics, v->n_statics, gw);
	struct ip_addr own;
	char s[IP_STRLEN];

	for (uint32_t i = 0; i < n; i++)
		if (model_vpc_iface_to(v, &gw[i], &own) == NULL)
			errbuf_add(c->err, v->obj.path, 0,
				"static route with bfd: the interface of next-hop %s has no "
				"address to speak from: give it one of its subnet, or delete bfd",
				ip_format(&gw[i], s));
}
