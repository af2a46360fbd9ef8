/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What must hold for the circuits of a VBR: lines that exist, shares that are the tenant's, two
 * ends on one subnet, and no address that two of them lead to.
 */
#include <string.h>

#include "lib/base/compiler.h"
#include "vbr/model/check/check.h"

/* Network and broadcast address of an IPv4 subnet are no hosts; /31 has neither (RFC 3021). */
static bool is_subnet_edge(const struct ip_addr *a, uint8_t len)
{
	uint32_t host;

	if (a->family != AF_INET || len >= 31)
		return false;
	host = ip_to_v4(a) & (UINT32_MAX >> len);
	return host == 0 || host == UINT32_MAX >> len;
}

static void check_link(const struct check *c, const struct model_obj *o, const struct model_link *l,
	const char *family)
{
	const bool is_v4 = l->local.family == AF_INET;
	struct prefix subnet;
	char peer[IP_STRLEN];
	char net[PREFIX_STRLEN];

	if (!ip_is_set(&l->local))
		return;
	(void)check_address(c, o, is_v4 ? "ipv4 local-gateway" : "ipv6 local-gateway", &l->local);
	(void)check_address(c, o, is_v4 ? "ipv4 peer-gateway" : "ipv6 peer-gateway", &l->peer);
	subnet = prefix_make(&l->local, l->len);
	if (!prefix_covers_addr(&subnet, &l->peer))
		errbuf_add(c->err, o->path, 0,
			"%s peer-gateway %s is outside the link's subnet %s: "
			"change peer-gateway or prefix-length",
			family, ip_format(&l->peer, peer), prefix_format(&subnet, net));
	else if (is_subnet_edge(&l->local, l->len) || is_subnet_edge(&l->peer, l->len))
		errbuf_add(c->err, o->path, 0,
			"%s gateways: the first and the last address of %s are no hosts: "
			"take others",
			family, prefix_format(&subnet, net));
}

/* What others have is not told: a share that is not the tenant's might as well not be there. */
static void check_hosted(const struct check *c, const struct model_vbr *v,
	const struct model_circuit *w)
{
	if (!model_circuit_is_there(c->m, v, w))
		errbuf_add(c->err, v->obj.path, 0,
			"hosted-connection \"%s\" of physical-connection %s is none of tenant %s: "
			"correct the name, or ask the line's owner for a share",
			w->hosted, w->physconn, v->obj.tenant);
}

/* An hour's octets are the VBR's, and have one price. */
static void check_kind(const struct check *c, const struct model_vbr *v,
	const struct model_circuit *w)
{
	const bool is_hosted = v->circuits[0].hosted[0] != '\0';

	if ((w->hosted[0] != '\0') == is_hosted)
		return;
	errbuf_add(c->err, v->obj.path, 0,
		"additional-connection %s: the VBR stands on a %s, which costs another price "
		"than %s: take lines of one kind",
		w->physconn, is_hosted ? "hosted connection" : "line of its own",
		is_hosted ? "a line of its own" : "a hosted connection");
}

/* The names of others are not told. */
static void check_payer(const struct check *c, const struct model_vbr *v,
	const struct model_circuit *w)
{
	if (!model_circuit_is_there(c->m, v, w) ||
		strcmp(model_circuit_payer(c->m, v, &v->circuits[0]),
			model_circuit_payer(c->m, v, w)) == 0)
		return;
	errbuf_add(c->err, v->obj.path, 0,
		"additional-connection %s: its hosted connection is paid by another tenant than "
		"that on %s: take connections with one payer",
		w->physconn, v->circuits[0].physconn);
}

static bool overlaps(const struct model_link *a, const struct model_link *b)
{
	const struct prefix x = prefix_make(&a->local, a->len);
	const struct prefix y = prefix_make(&b->local, b->len);

	return ip_is_set(&a->local) && ip_is_set(&b->local) && prefix_overlaps(&x, &y);
}

/* One table has one route to a subnet, and a neighbour stands on one line. */
static void check_pair(const struct check *c, const struct model_vbr *v,
	const struct model_circuit *first, const struct model_circuit *w)
{
	static const uint8_t families[] = { AF_INET, AF_INET6 };
	char net[PREFIX_STRLEN];

	if (strcmp(first->physconn, w->physconn) == 0) {
		errbuf_add(c->err, v->obj.path, 0,
			"additional-connection %s: the VBR stands on that line already: "
			"name another physical-connection",
			w->physconn);
		return;
	}
	for (size_t f = 0; f < ARRAY_SIZE(families); f++) {
		const struct model_link *l = model_circuit_link(w, families[f]);
		const struct prefix subnet = prefix_make(&l->local, l->len);

		if (overlaps(model_circuit_link(first, families[f]), l))
			errbuf_add(c->err, v->obj.path, 0,
				"additional-connection %s: its subnet %s overlaps that of the link "
				"on physical-connection %s: take another one",
				w->physconn, prefix_format(&subnet, net), first->physconn);
	}
}

void check_peer_line(const struct check *c, const struct model_vbr *v, const struct model_peer *p,
	const char *who)
{
	const struct model_circuit *on = model_vbr_circuit_on(v, p->line);
	const struct model_circuit *by = model_vbr_circuit_to(v, &p->address);

	if (p->line[0] == '\0')
		return;
	if (on == NULL)
		errbuf_add(c->err, v->obj.path, 0,
			"%s: the VBR does not stand on physical-connection %s: "
			"add it as additional-connection, or name one of its lines",
			who, p->line);
	else if (by != NULL && by != on)
		errbuf_add(c->err, v->obj.path, 0,
			"%s: its address is on the link of physical-connection %s, not of %s: "
			"name that one, or none",
			who, by->physconn, p->line);
}

void check_circuits(const struct check *c, const struct model_vbr *v)
{
	for (uint8_t k = 0; k < v->n_circuits; k++) {
		const struct model_circuit *w = &v->circuits[k];

		if (model_physconn(c->m, w->physconn) == NULL)
			errbuf_add(c->err, v->obj.path, 0,
				"physical-connection \"%s\" does not exist: create it, or correct "
				"the name",
				w->physconn);
		check_hosted(c, v, w);
		check_link(c, &v->obj, &w->ipv4, "ipv4");
		check_link(c, &v->obj, &w->ipv6, "ipv6");
		check_kind(c, v, w);
		check_payer(c, v, w);
		for (uint8_t i = 0; i < k; i++)
			check_pair(c, v, &v->circuits[i], w);
	}
	if (v->n_circuits > MODEL_MAX_CIRCUITS)
		errbuf_add(c->err, v->obj.path, 0,
			"%u physical connections: a VBR stands on at most %u, itself included",
			v->n_circuits, MODEL_MAX_CIRCUITS);
}
