/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What may come in by the devices of instances (fib/nft/doors.h has how).
 *
 * Sources: which devices are doors at which the source of a packet is checked:
 * each attached interface of a VPC, and the line of each VBR.
 *
 * A VBR on several lines has one table for all of them, and it may lead back by another line than
 * a packet came by: in a drain, say, or because only one of them has the best path. So they are
 * doors together.
 *
 * Beyond the instance nothing counts, be a connection transit or not: what lies behind one may be
 * another tenant's, and a line that could bring it would speak in that tenant's name to a third.
 *
 * Targets: which addresses of the edge an instance may know. Its own, and in mode rules, where a
 * packet is at home at once and crosses no connection, those of the VPCs whose CIDRs may come to
 * it. What policies of connections say is not asked: consent is what counts between tenants.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/base/digest.h"
#include "lib/base/log.h"
#include "lib/base/xalloc.h"
#include "vbr/model/reach.h"
#include "vbr/plane/plane_int.h"

/* Of marks that others may use, away from small numbers and single bits. */
#define OUR_MARKS UINT32_C(0x56420000)

static uint32_t mark_of(const struct rt_instance *i)
{
	return OUR_MARKS ^ i->pub.table;
}

static bool is_together(const struct rt_instance *i)
{
	return i->pub.is_vbr && i->pub.n_circuits > 1;
}

/*
 * Rules that lead a mark to a table stand before anything is looked up by it: sources at lines that
 * are together, and without VRF devices whatever the kernel answers itself.
 */
static int apply_marks(struct plane *p)
{
	struct link_mark *v = xcalloc(p->n_insts + 1u, sizeof(*v));
	uint32_t n = 0;
	int ret;

	for (uint32_t k = 0; k < p->n_insts; k++)
		if (p->p.mode == LINK_MODE_RULES || is_together(p->insts[k]))
			v[n++] = (struct link_mark){ mark_of(p->insts[k]), p->insts[k]->pub.table };
	ret = linkplane_marks(p->links, v, n);
	free(v);
	return ret;
}

static void add_doors(struct doors *d, const struct rt_instance *i, bool has_marks)
{
	const struct model_vpc *vpc = (const struct model_vpc *)i->obj;

	if (!i->pub.is_vbr) {
		for (uint32_t k = 0; k < vpc->n_ifaces; k++)
			doors_add(d, vpc->ifaces[k].name);
	} else if (!is_together(i)) {
		doors_add(d, i->circuits[0].pub.device);
	} else if (has_marks) {
		for (uint8_t k = 0; k < i->pub.n_circuits; k++)
			doors_add_to(d, i->circuits[k].pub.device, mark_of(i));
	}
}

static void add_home(struct doors *d, uint32_t mark, const struct ip_addr *a, uint8_t len)
{
	if (ip_is_set(a))
		doors_home(d, mark, a);
	/* The kernel takes what is for the broadcast address, whatever device it came in by. */
	if (a->family == AF_INET && ip_is_set(a) && len < 31) {
		const struct ip_addr all = ip_from_v4(ip_to_v4(a) | UINT32_MAX >> len);

		doors_home(d, mark, &all);
	}
	/* The anycast address of the routers of a subnet. */
	if (a->family == AF_INET6 && len < 127) {
		const struct prefix subnet = prefix_make(a, len);
		const struct ip_addr any = ip_from_bytes(AF_INET6, subnet.b);

		doors_home(d, mark, &any);
	}
}

static void add_homes_of_vpc(struct doors *d, uint32_t mark, const struct model_vpc *v)
{
	for (uint32_t k = 0; k < v->n_ifaces; k++)
		for (uint8_t a = 0; a < v->ifaces[k].n_addrs; a++)
			add_home(d, mark, &v->ifaces[k].addr[a].addr, v->ifaces[k].addr[a].len);
}

/*
 * The kernel forgets the addresses of a line that is down, but another tenant may have the same:
 * what comes in by the other lines must not be answered by his.
 */
static bool has_gateways(const struct rt_instance *i, uint8_t k)
{
	return !is_together(i) || i->circuits[k].was_on || i->circuits[k].is_closing;
}

static void add_homes(struct doors *d, const struct rt_instance *i)
{
	const struct model_vbr *v = (const struct model_vbr *)i->obj;

	if (!i->pub.is_vbr)
		add_homes_of_vpc(d, mark_of(i), (const struct model_vpc *)i->obj);
	for (uint8_t k = 0; i->pub.is_vbr && k < v->n_circuits; k++) {
		if (!has_gateways(i, k))
			continue;
		add_home(d, mark_of(i), &v->circuits[k].ipv4.local, v->circuits[k].ipv4.len);
		add_home(d, mark_of(i), &v->circuits[k].ipv6.local, v->circuits[k].ipv6.len);
	}
}

static void add_inside(struct doors *d, const struct rt_instance *i)
{
	const struct model_vpc *vpc = (const struct model_vpc *)i->obj;

	if (i->pub.vrf[0] != '\0') {
		doors_inside(d, i->pub.vrf, mark_of(i));
		return;
	}
	for (uint8_t k = 0; k < i->pub.n_circuits; k++)
		doors_inside(d, i->circuits[k].pub.device, mark_of(i));
	for (uint32_t k = 0; !i->pub.is_vbr && k < vpc->n_ifaces; k++)
		doors_inside(d, vpc->ifaces[k].name, mark_of(i));
}

/* What crosses a connection is at home before it does; but the edge sends probes across. */
static void add_connections(const struct plane *p)
{
	for (uint32_t k = 0; k < p->n_peerings; k++) {
		const struct rt_peering *r = p->peerings[k];
		const struct model_peering *m = (const struct model_peering *)r->obj;

		if (!r->realised)
			continue;
		doors_inside(p->doors, r->pub.device[0], mark_of(plane_end(p, &m->initiator)));
		doors_inside(p->doors, r->pub.device[1], mark_of(plane_end(p, &m->acceptor)));
	}
}

struct reached {
	struct plane *p;
	const struct model_vpc *vpc;
};

static void add_reached(void *ctx, const struct model_obj *o)
{
	const struct reached *r = ctx;
	const struct plane_instance *i = plane_instance_find(r->p, o->tenant, o->kind == MODEL_VBR,
		o->name);

	if (i != NULL)
		add_homes_of_vpc(r->p->doors, OUR_MARKS ^ i->table, r->vpc);
}

static void add_all_reached(struct plane *p)
{
	struct model_reach *reach = model_reach_new(p->model);
	const struct model_vpc *v;

	for (uint32_t k = 0; k < p->model->of[MODEL_VPC].n; k++) {
		v = (const struct model_vpc *)p->model->of[MODEL_VPC].v[k];
		if (v->n_ifaces > 0)
			model_reach_walk(reach, v, add_reached, &(struct reached){ p, v });
	}
	model_reach_free(reach);
}

/* Once is enough: it is the kernel that cannot. */
static void complain(struct plane *p, const char *what)
{
	if (!p->doors_complained)
		log_error("%s", what);
	p->doors_complained = true;
}

/* Devices, addresses, lines in service: a VBR of thousands changes mostly in something else. */
bool sources_differ(struct rt_instance *i)
{
	const struct model_vbr *v = (const struct model_vbr *)i->obj;
	const struct model_vpc *vpc = (const struct model_vpc *)i->obj;
	const uint64_t before = i->sources;
	uint64_t d = 1;

	for (uint8_t k = 0; k < i->pub.n_circuits; k++) {
		const struct model_circuit *c = &v->circuits[k];

		d = digest_add_str(d, i->circuits[k].pub.device);
		d = digest_add(d, &c->ipv4.local, sizeof(c->ipv4.local));
		d = digest_add(d, &c->ipv4.len, sizeof(c->ipv4.len));
		d = digest_add(d, &c->ipv6.local, sizeof(c->ipv6.local));
		d = digest_add(d, &c->ipv6.len, sizeof(c->ipv6.len));
		d = digest_add_u64(d, has_gateways(i, k));
	}
	for (uint32_t k = 0; !i->pub.is_vbr && k < vpc->n_ifaces; k++) {
		const struct model_iface *f = &vpc->ifaces[k];

		d = digest_add_str(d, f->name);
		for (uint8_t a = 0; a < f->n_addrs; a++) {
			d = digest_add(d, &f->addr[a].addr, sizeof(f->addr[a].addr));
			d = digest_add(d, &f->addr[a].len, sizeof(f->addr[a].len));
		}
	}
	i->sources = d;
	return d != before;
}

uint64_t plane_spoofed(const struct plane *p, const char *device)
{
	return doors_dropped(p->doors, DOORS_SPOOFED, device);
}

uint64_t plane_strayed(const struct plane *p, const struct plane_instance *pub)
{
	const struct rt_instance *i = (const struct rt_instance *)(const void *)pub;
	const struct model_vpc *vpc = (const struct model_vpc *)i->obj;
	uint64_t n = 0;

	if (pub->vrf[0] != '\0')
		return doors_dropped(p->doors, DOORS_STRAYED, pub->vrf);
	for (uint8_t k = 0; k < pub->n_circuits; k++)
		n += doors_dropped(p->doors, DOORS_STRAYED, i->circuits[k].pub.device);
	for (uint32_t k = 0; !pub->is_vbr && k < vpc->n_ifaces; k++)
		n += doors_dropped(p->doors, DOORS_STRAYED, vpc->ifaces[k].name);
	return n;
}

void sources_apply(struct plane *p)
{
	bool has_marks;

	p->sources_stale = false;
	p->has_doors = true;
	has_marks = apply_marks(p) == 0;
	if (!has_marks)
		complain(p,
			"sources of packets are not checked at VBRs with several lines: "
			"the kernel refuses a rule for their marks");
	doors_begin(p->doors);
	for (uint32_t k = 0; k < p->n_insts; k++)
		add_doors(p->doors, p->insts[k], has_marks);
	for (uint32_t k = 0; k < p->n_insts; k++) {
		add_inside(p->doors, p->insts[k]);
		add_homes(p->doors, p->insts[k]);
	}
	if (p->p.mode == LINK_MODE_RULES) {
		add_connections(p);
		add_all_reached(p);
	}
	if (doors_end(p->doors) && doors_sync(p->doors) < 0)
		complain(p, doors_error(p->doors));
}

void sources_follow(struct plane *p, struct rt_instance *i)
{
	if (sources_differ(i))
		sources_apply(p);
}
