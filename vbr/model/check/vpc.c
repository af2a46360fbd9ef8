/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A VPC: its ranges, vSwitches, interfaces, and which static routes are refused.
 */
#include <string.h>

#include "vbr/model/check/check.h"

const struct model_vswitch *model_iface_vswitch(const struct model_vpc *v,
	const struct model_iface *f)
{
	for (uint32_t i = 0; f->vswitch[0] != '\0' && i < v->n_vswitches; i++)
		if (strcmp(v->vswitches[i].name, f->vswitch) == 0)
			return &v->vswitches[i];
	return NULL;
}

static void check_place(const struct check *c, const struct model_vpc *v,
	const struct model_vswitch *s)
{
	char p[PREFIX_STRLEN];

	for (uint32_t i = 0; i < v->n_cidrs; i++)
		if (prefix_covers(&v->cidrs[i], &s->cidr))
			return;
	errbuf_add(c->err, v->obj.path, 0,
		"vswitch %s: cidr %s is inside no cidr of the VPC: "
		"take a part of one, or add a cidr",
		s->name, prefix_format(&s->cidr, p));
}

static void check_iface(const struct check *c, const struct model_vpc *v,
	const struct model_iface *f)
{
	const struct model_vswitch *s = model_iface_vswitch(v, f);
	char a[IP_STRLEN];
	char p[PREFIX_STRLEN];

	for (uint8_t i = 0; s != NULL && i < f->n_addrs; i++)
		if (f->addr[i].addr.family == s->cidr.family &&
			!prefix_covers_addr(&s->cidr, &f->addr[i].addr))
			errbuf_add(c->err, v->obj.path, 0,
				"interface %s: address %s is outside vswitch %s, cidr %s: "
				"take an address inside, or another vswitch",
				f->name, ip_format(&f->addr[i].addr, a), s->name,
				prefix_format(&s->cidr, p));
}

/* A wider route is right: it leads to what is no vSwitch. */
static void check_static(const struct check *c, const struct model_vpc *v, const struct prefix *pfx)
{
	char p[PREFIX_STRLEN];
	char s[PREFIX_STRLEN];

	check_static_refusals(c, &v->obj, pfx);
	for (uint32_t i = 0; i < v->n_vswitches; i++)
		if (prefix_covers(&v->vswitches[i].cidr, pfx))
			errbuf_add(c->err, v->obj.path, 0,
				"static-route %s is %s cidr %s of vswitch %s: "
				"its hosts are on the spot, take a wider or another destination",
				prefix_format(pfx, p),
				prefix_is_equal(&v->vswitches[i].cidr, pfx) ? "equal to" : "inside",
				prefix_format(&v->vswitches[i].cidr, s), v->vswitches[i].name);
}

static void check_vswitches(const struct check *c, const struct model_vpc *v)
{
	char a[PREFIX_STRLEN];
	char b[PREFIX_STRLEN];

	for (uint32_t i = 0; i < v->n_vswitches; i++) {
		check_place(c, v, &v->vswitches[i]);
		for (uint32_t k = 0; k < i; k++)
			if (prefix_overlaps(&v->vswitches[i].cidr, &v->vswitches[k].cidr))
				errbuf_add(c->err, v->obj.path, 0,
					"vswitch %s, cidr %s, and vswitch %s, cidr %s, overlap: "
					"change one of them",
					v->vswitches[k].name,
					prefix_format(&v->vswitches[k].cidr, a),
					v->vswitches[i].name,
					prefix_format(&v->vswitches[i].cidr, b));
	}
	for (uint32_t i = 0; i < v->n_ifaces; i++)
		check_iface(c, v, &v->ifaces[i]);
	for (uint32_t i = 0; i < v->n_statics; i++)
		check_static(c, v, &v->statics[i].pfx);
}

static bool vpc_has_on_link(const struct model_vpc *v, const struct ip_addr *a)
{
	for (uint32_t i = 0; i < v->n_ifaces; i++) {
		const struct model_vswitch *s = model_iface_vswitch(v, &v->ifaces[i]);

		for (uint8_t k = 0; k < v->ifaces[i].n_addrs; k++) {
			struct prefix p = prefix_make(&v->ifaces[i].addr[k].addr,
				v->ifaces[i].addr[k].len);

			if (prefix_covers_addr(&p, a))
				return true;
		}
		if (v->ifaces[i].n_addrs == 0 && s != NULL && prefix_covers_addr(&s->cidr, a))
			return true;
		if (v->ifaces[i].n_addrs == 0 && s == NULL)
			for (uint32_t k = 0; k < v->n_cidrs; k++)
				if (prefix_covers_addr(&v->cidrs[k], a))
					return true;
	}
	return false;
}

static void check_vpc_statics(const struct check *c, const struct model_vpc *v)
{
	char s[IP_STRLEN];
	char p[PREFIX_STRLEN];

	for (uint32_t i = 0; i < v->n_statics; i++) {
		const struct model_static *st = &v->statics[i];

		prefix_format(&st->pfx, p);
		if (!st->blackhole && st->n_next_hops == 0 && st->interface[0] == '\0')
			errbuf_add(c->err, v->obj.path, 0,
				"static-route %s has neither next-hop, interface nor blackhole: "
				"give one",
				p);
		for (uint8_t k = 0; k < st->n_next_hops; k++)
			if (!vpc_has_on_link(v, &st->next_hop[k]))
				errbuf_add(c->err, v->obj.path, 0,
					"static-route %s: next-hop %s is on no interface of the "
					"VPC: take an address of an attached subnet",
					p, ip_format(&st->next_hop[k], s));
	}
}

void check_vpc(const struct check *c, const struct model_obj *o)
{
	const struct model_vpc *v = (const struct model_vpc *)o;
	char a[PREFIX_STRLEN];
	char b[PREFIX_STRLEN];

	for (uint32_t i = 0; i < v->n_cidrs; i++) {
		(void)check_prefix(c, &v->obj, "cidr", &v->cidrs[i]);
		for (uint32_t k = 0; k < i; k++)
			if (prefix_overlaps(&v->cidrs[i], &v->cidrs[k]))
				errbuf_add(c->err, v->obj.path, 0,
					"cidr %s and cidr %s overlap: change or delete one of them",
					prefix_format(&v->cidrs[k], a),
					prefix_format(&v->cidrs[i], b));
	}
	for (uint32_t i = 0; i < v->n_ifaces; i++)
		for (uint8_t k = 0; k < v->ifaces[i].n_addrs; k++)
			(void)check_address(c, &v->obj, "interface address",
				&v->ifaces[i].addr[k].addr);
	check_vpc_counts(c, v);
	check_vswitches(c, v);
	check_vpc_statics(c, v);
	check_vpc_gateways(c, v);
}
