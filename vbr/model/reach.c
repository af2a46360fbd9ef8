/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A breadth-first walk over connections, both ways, that are kept by the instance where they begin.
 * The first step may be any, those behind it transit connections only (doc/tenancy.md, what
 * crosses). Costs of a walk: what it finds.
 */
#include "vbr/model/reach.h"

#include <stdlib.h>

#include "lib/base/compiler.h"
#include "lib/base/xalloc.h"

struct step {
	uint32_t to;
	const struct model_peering *by; /* borrowed */
};

/* How a walk came to an instance. */
struct came {
	uint32_t walk; /* the last one that did */
	uint32_t from;
	const struct model_peering *by; /* NULL: it began here */
};

struct model_reach {
	const struct model *m; /* borrowed */
	struct step *steps;    /* owned: of the first instance, of the next one, ... */
	uint32_t *first;       /* owned: where those of an instance begin; and the end */
	struct came *came;     /* owned: to each instance */
	uint32_t *queue;       /* owned */
	uint32_t walk;
	bool is_far; /* a transit connection runs */
};

/* VBRs, and behind them VPCs, each in the order of the model. */
static uint32_t place_of(const struct model *m, const struct model_obj *o)
{
	return model_place(m, o) + (o->kind == MODEL_VPC ? m->of[MODEL_VBR].n : 0);
}

static uint32_t place_of_end(const struct model *m, const struct model_end *e)
{
	return place_of(m, model_get(m, e->is_vbr ? MODEL_VBR : MODEL_VPC, e->tenant, e->name, ""));
}

static const struct model_obj *at(const struct model *m, uint32_t place)
{
	const uint32_t n_vbrs = m->of[MODEL_VBR].n;

	return place < n_vbrs ? m->of[MODEL_VBR].v[place] : m->of[MODEL_VPC].v[place - n_vbrs];
}

static bool runs(const struct model *m, const struct model_peering *p)
{
	return p->enabled && model_peering_has_consent(m, p) && model_peering_has_ends(m, p);
}

/* fn for each way across a connection that runs. */
static void each_step(struct model_reach *r,
	void (*fn)(struct model_reach *r, uint32_t from, uint32_t to,
		const struct model_peering *by))
{
	const struct model *m = r->m;

	for (uint32_t k = 0; k < m->of[MODEL_PEERING].n; k++) {
		const struct model_peering *p = (const struct model_peering *)m->of[MODEL_PEERING]
							.v[k];
		uint32_t a;
		uint32_t b;

		if (!runs(m, p))
			continue;
		a = place_of_end(m, &p->initiator);
		b = place_of_end(m, &p->acceptor);
		fn(r, a, b, p);
		fn(r, b, a, p);
	}
}

static void count_step(struct model_reach *r, uint32_t from, uint32_t to,
	const struct model_peering *by)
{
	(void)to;
	r->is_far |= by->transit;
	r->first[from + 1]++;
}

/* From the back: what was the end of an instance's becomes their beginning. */
static void put_step(struct model_reach *r, uint32_t from, uint32_t to,
	const struct model_peering *by)
{
	r->steps[--r->first[from + 1]] = (struct step){ to, by };
}

struct model_reach *model_reach_new(const struct model *m)
{
	struct model_reach *r = xcalloc(1, sizeof(*r));
	const uint32_t n = m->of[MODEL_VBR].n + m->of[MODEL_VPC].n;

	r->m = m;
	r->first = xcalloc(n + 2u, sizeof(*r->first));
	r->came = xcalloc(n + 1u, sizeof(*r->came));
	r->queue = xcalloc(n + 1u, sizeof(*r->queue));
	each_step(r, count_step);
	for (uint32_t i = 0; i < n; i++)
		r->first[i + 1] += r->first[i];
	r->first[n + 1] = r->first[n];
	r->steps = xcalloc(r->first[n] + 1u, sizeof(*r->steps));
	each_step(r, put_step);
	return r;
}

void model_reach_free(struct model_reach *r)
{
	if (!r)
		return;
	free(r->steps);
	free(r->first);
	free(r->came);
	free(r->queue);
	free(r);
}

bool model_reach_is_far(const struct model_reach *r)
{
	return r->is_far;
}

void model_reach_walk(struct model_reach *r, const struct model_vpc *vpc,
	void (*fn)(void *ctx, const struct model_obj *instance), void *ctx)
{
	uint32_t n = 0;

	r->walk++;
	r->queue[n++] = place_of(r->m, &vpc->obj);
	r->came[r->queue[0]] = (struct came){ .walk = r->walk };
	for (uint32_t i = 0; i < n; i++) {
		const uint32_t here = r->queue[i];

		fn(ctx, at(r->m, here));
		for (uint32_t k = r->first[here + 1]; k < r->first[here + 2]; k++) {
			const struct step *s = &r->steps[k];

			if ((i > 0 && !s->by->transit) || r->came[s->to].walk == r->walk)
				continue;
			r->came[s->to] = (struct came){ r->walk, here, s->by };
			r->queue[n++] = s->to;
		}
	}
}

uint32_t model_reach_way(const struct model_reach *r, const struct model_obj *instance,
	const struct model_peering **way, uint32_t max)
{
	uint32_t n = 0;

	for (const struct came *c = &r->came[place_of(r->m, instance)]; c->by != NULL;
		c = &r->came[c->from]) {
		if (n < max)
			way[n] = c->by;
		n++;
	}
	return n;
}
