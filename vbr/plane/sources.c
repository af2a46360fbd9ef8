/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which devices are doors at which the source of a packet is checked (fib/nft/doors.h has how):
 * each attached interface of a VPC, and the line of each VBR.
 *
 * A VBR on several lines has one table for all of them, and it may lead back by another line than
 * a packet came by: in a drain, say, or because only one of them has the best path. So they are
 * doors together. A transit connection brings what other VBRs have learned, of a data centre that
 * may have a line to both: so the ends of such connections are among the devices by which answers
 * may leave.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/base/log.h"
#include "lib/base/xalloc.h"
#include "vbr/plane/plane_int.h"

/* Of marks that others may use, away from small numbers and single bits. */
#define OUR_MARKS UINT32_C(0x56420000)

static uint32_t mark_of(const struct rt_instance *i)
{
	return OUR_MARKS ^ i->pub.table;
}

static void mark_transit(const struct plane *p)
{
	for (uint32_t k = 0; k < p->n_insts; k++)
		p->insts[k]->has_transit = false;
	for (uint32_t k = 0; k < p->n_peerings; k++) {
		const struct rt_peering *r = p->peerings[k];
		const struct model_peering *m = (const struct model_peering *)r->obj;

		if (!r->realised || !m->transit)
			continue;
		plane_end(p, &m->initiator)->has_transit = true;
		plane_end(p, &m->acceptor)->has_transit = true;
	}
}

static bool is_together(const struct rt_instance *i)
{
	return i->pub.is_vbr && (i->has_transit || i->pub.n_circuits > 1);
}

/* Rules that lead a mark to a table stand before anything is looked up by it. */
static int apply_marks(struct plane *p)
{
	struct link_mark *v = xcalloc(p->n_insts + 1u, sizeof(*v));
	uint32_t n = 0;
	int ret;

	for (uint32_t k = 0; k < p->n_insts; k++)
		if (is_together(p->insts[k]))
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

static void allow_transit(const struct plane *p)
{
	for (uint32_t k = 0; k < p->n_peerings; k++) {
		const struct rt_peering *r = p->peerings[k];
		const struct model_peering *m = (const struct model_peering *)r->obj;

		if (!r->realised || !m->transit)
			continue;
		doors_allow(p->doors, mark_of(plane_end(p, &m->initiator)), r->pub.device[0]);
		doors_allow(p->doors, mark_of(plane_end(p, &m->acceptor)), r->pub.device[1]);
	}
}

/* Once is enough: it is the kernel that cannot. */
static void complain(struct plane *p, const char *what)
{
	if (!p->doors_complained)
		log_error("%s", what);
	p->doors_complained = true;
}

void sources_apply(struct plane *p)
{
	bool has_marks;

	p->sources_stale = false;
	p->has_doors = true;
	mark_transit(p);
	has_marks = apply_marks(p) == 0;
	if (!has_marks)
		complain(p,
			"sources of packets are not checked at VBRs with several lines or a "
			"transit connection: the kernel refuses a rule for their marks");
	doors_begin(p->doors);
	for (uint32_t k = 0; k < p->n_insts; k++)
		add_doors(p->doors, p->insts[k], has_marks);
	allow_transit(p);
	if (doors_end(p->doors) && doors_sync(p->doors) < 0)
		complain(p, doors_error(p->doors));
}
