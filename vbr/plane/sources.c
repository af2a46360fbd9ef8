/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which devices are doors at which the source of a packet is checked (fib/nft/doors.h has how):
 * each attached interface of a VPC, and the line of each VBR, unless the table of that VBR may
 * lead back another way than packets come: that is so with a transit connection, which brings what
 * other VBRs have learned, and where a VBR stands on several lines. There a check would drop what
 * a data centre sends by the longer way, in a drain for instance: the kernel's lookup compares with
 * the one device by which a packet came, and knows no "any of these".
 */
#include <stdlib.h>
#include <string.h>

#include "lib/base/digest.h"
#include "lib/base/log.h"
#include "lib/base/xalloc.h"
#include "vbr/plane/plane_int.h"

struct names {
	char (*v)[DOORS_NAME_SIZE]; /* grows */
	uint32_t n;
};

static void add(struct names *l, const char *device)
{
	if ((l->n & (l->n - 1)) == 0)
		l->v = xreallocarray(l->v, l->n == 0 ? 1 : 2 * (size_t)l->n, sizeof(*l->v));
	memset(l->v[l->n], 0, sizeof(l->v[l->n]));
	memcpy(l->v[l->n++], device, strnlen(device, DOORS_NAME_SIZE - 1));
}

static void mark_transit(const struct plane *p)
{
	for (uint32_t k = 0; k < p->n_insts; k++)
		p->insts[k]->has_transit = false;
	for (uint32_t k = 0; k < p->model->of[MODEL_PEERING].n; k++) {
		const struct model_peering
			*m = (const struct model_peering *)p->model->of[MODEL_PEERING].v[k];
		const struct model_end *ends[] = { &m->initiator, &m->acceptor };

		for (size_t e = 0; m->transit && m->enabled && e < ARRAY_SIZE(ends); e++) {
			struct rt_instance *i = plane_end(p, ends[e]);

			if (i != NULL)
				i->has_transit = true;
		}
	}
}

static void add_doors(struct names *l, const struct rt_instance *i)
{
	const struct model_vpc *vpc = (const struct model_vpc *)i->obj;

	if (i->pub.is_vbr) {
		if (!i->has_transit && i->pub.n_circuits == 1)
			add(l, i->circuits[0].pub.device);
		return;
	}
	for (uint32_t k = 0; k < vpc->n_ifaces; k++)
		add(l, vpc->ifaces[k].name);
}

void sources_apply(struct plane *p)
{
	struct names l = { 0 };
	uint64_t digest;

	p->sources_stale = false;
	mark_transit(p);
	for (uint32_t k = 0; k < p->n_insts; k++)
		add_doors(&l, p->insts[k]);
	digest = l.n > 0 ? digest_add(1, l.v, l.n * sizeof(*l.v)) : 0;
	if (digest != p->doors_digest || !p->has_doors) {
		doors_set(p->doors, (const char(*)[DOORS_NAME_SIZE])l.v, l.n);
		/* Once is enough: it is the kernel that cannot. */
		if (doors_sync(p->doors) < 0 && l.n > 0 && !p->doors_complained) {
			log_error("%s", doors_error(p->doors));
			p->doors_complained = true;
		}
	}
	p->has_doors = true;
	p->doors_digest = digest;
	free(l.v);
}
