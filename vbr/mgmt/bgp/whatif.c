/* SPDX-License-Identifier: Apache-2.0 */
/*
 * commit check: what the candidate would make of the routes that are here. One VBR after the other,
 * in visits of about a millisecond to its worker; when the client goes away, the visit that is
 * under way is the last.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"
#include "lib/base/xalloc.h"
#include "vbr/mgmt/mgmt_int.h"
#include "vbr/plane/candidate.h"

#define SLICE_US INT64_C(1000)
#define MAX_JOBS 4    /* at once */
#define MAX_ROWS 1024 /* of a list: a frame holds them */

struct whatif_job {
	struct mgmt_job j;   /* first */
	struct candidate *c; /* owned */
	uint32_t at;         /* VBR being asked */
	bool more;
	uint64_t revision; /* that the candidate was compared with */
};

static void whatif_free(struct mgmt_job *j)
{
	candidate_free(((struct whatif_job *)j)->c);
	(*daemon_whatifs(j->d))--;
}

/* The answer */

static void put_counts(struct arena *a, const struct whatif_count *c, Vbrd__WhatIfRoutes *r)
{
	char **lists[WHATIF_CHANGE_COUNT];
	size_t n[WHATIF_CHANGE_COUNT];

	r->has_gained = r->has_lost = r->has_changed = true;
	r->gained = c->n[WHATIF_GAINED];
	r->lost = c->n[WHATIF_LOST];
	r->changed = c->n[WHATIF_CHANGED];
	for (int k = 0; k < WHATIF_CHANGE_COUNT; k++) {
		n[k] = c->n[k] < WHATIF_EXAMPLES ? c->n[k] : WHATIF_EXAMPLES;
		lists[k] = arena_calloc(a, n[k] + 1, sizeof(char *));
		for (size_t i = 0; i < n[k]; i++)
			lists[k][i] = mgmt_prefix(a, &c->example[k][i]);
	}
	r->gained_examples = lists[WHATIF_GAINED];
	r->n_gained_examples = n[WHATIF_GAINED];
	r->lost_examples = lists[WHATIF_LOST];
	r->n_lost_examples = n[WHATIF_LOST];
	r->changed_examples = lists[WHATIF_CHANGED];
	r->n_changed_examples = n[WHATIF_CHANGED];
}

static bool is_nothing(const struct whatif_count *c)
{
	return c->n[WHATIF_GAINED] + c->n[WHATIF_LOST] + c->n[WHATIF_CHANGED] == 0;
}

static Vbrd__WhatIfRoutes *new_row(struct arena *a, const struct whatif_count *c)
{
	Vbrd__WhatIfRoutes *r = arena_alloc(a, sizeof(*r));

	vbrd__what_if_routes__init(r);
	put_counts(a, c, r);
	return r;
}

static void add_peer(struct whatif_job *q, const struct candidate_vbr *v,
	const struct whatif_peer *p, Vbrd__WhatIf *m)
{
	struct arena *a = q->j.arena;
	Vbrd__WhatIfRoutes *r;

	if (is_nothing(&p->routes) && is_nothing(&p->told) && !p->resets)
		return;
	if (m->n_what_if == MAX_ROWS) {
		m->has_left_out = true;
		m->left_out++;
		return;
	}
	r = new_row(a, &p->routes);
	r->tenant = mgmt_str(a, v->tenant);
	r->vbr = mgmt_str(a, v->name);
	r->peer = p->is_range ? mgmt_prefix(a, &p->range) : mgmt_ip(a, &p->address);
	r->has_advertised_gained = r->has_advertised_lost = r->has_advertised_changed = true;
	r->advertised_gained = p->told.n[WHATIF_GAINED];
	r->advertised_lost = p->told.n[WHATIF_LOST];
	r->advertised_changed = p->told.n[WHATIF_CHANGED];
	r->has_resets = p->resets;
	r->resets = p->resets;
	m->what_if[m->n_what_if++] = r;
}

static bool is_same_end(const struct candidate_end *a, const struct candidate_end *b)
{
	return a->is_vbr == b->is_vbr && strcmp(a->tenant, b->tenant) == 0 &&
		strcmp(a->name, b->name) == 0;
}

/* Its room is shared by all connections that lead there. */
static uint32_t beyond_limit(const struct candidate *c, const struct candidate_end *end,
	unsigned family)
{
	uint64_t held = 0;
	uint64_t takes = 0;
	uint64_t frees = 0;
	uint64_t room;

	for (uint32_t i = 0; i < c->n; i++)
		for (uint32_t k = 0; k < c->vbrs[i].w.n_edges; k++) {
			const struct whatif_places *p = &c->vbrs[i].w.edges[k].places[family];

			if (p->takes + p->frees == 0 || !is_same_end(&c->vbrs[i].ends[k], end))
				continue;
			held = p->held;
			takes += p->takes;
			frees += p->frees;
		}
	held = held > frees ? held - frees : 0;
	room = end->limit > held ? end->limit - held : 0; /* who is in stays in */
	return takes > room ? (uint32_t)(takes - room) : 0;
}

static void put_limit(const struct candidate *c, const struct candidate_end *end,
	Vbrd__WhatIfRoutes *r)
{
	if (end->limit == 0 || r->gained == 0)
		return;
	r->has_route_limit = true;
	r->route_limit = end->limit;
	r->has_beyond_limit = !end->is_foreign;
	for (unsigned f = 0; f < BGP_FAMILY_COUNT && !end->is_foreign; f++)
		r->beyond_limit += beyond_limit(c, end, f);
}

static void add_edge(struct whatif_job *q, const struct candidate_vbr *v, uint32_t k,
	Vbrd__WhatIf *m)
{
	static const char *const roles[] = {
		[CANDIDATE_ROLE_ACTIVE] = "active",
		[CANDIDATE_ROLE_STANDBY] = "standby",
		[CANDIDATE_ROLE_SHARES] = "load-share",
	};
	const struct whatif_edge *e = &v->w.edges[k];
	const struct candidate_end *end = &v->ends[k];
	struct arena *a = q->j.arena;
	Vbrd__WhatIfRoutes *r;

	if (is_nothing(&e->routes) && !end->has_new_role)
		return;
	if (m->n_vpcs == MAX_ROWS) {
		m->has_left_out = true;
		m->left_out++;
		return;
	}
	r = new_row(a, &e->routes);
	r->tenant = mgmt_str(a, end->tenant);
	r->vpc = mgmt_str(a, end->name);
	r->vbr = mgmt_str(a, v->name);
	r->peering = mgmt_str(a, end->peering);
	put_limit(q->c, end, r);
	if (end->has_new_role)
		r->becomes = mgmt_str(a, roles[end->role]);
	m->vpcs[m->n_vpcs++] = r;
}

static void answer(struct whatif_job *q)
{
	Vbrd__WhatIf m = VBRD__WHAT_IF__INIT;
	struct arena *a = q->j.arena;

	m.what_if = arena_calloc(a, MAX_ROWS, sizeof(*m.what_if));
	m.vpcs = arena_calloc(a, MAX_ROWS, sizeof(*m.vpcs));
	for (uint32_t i = 0; i < q->c->n; i++) {
		const struct candidate_vbr *v = &q->c->vbrs[i];

		for (uint32_t k = 0; k < v->w.n_peers; k++)
			add_peer(q, v, &v->w.peers[k], &m);
		for (uint32_t k = 0; k < v->w.n_edges; k++)
			add_edge(q, v, k, &m);
	}
	m.has_revision = true;
	m.revision = q->revision;
	(void)rpc_reply_chunk(q->j.call, &m.base);
	mgmt_job_end(&q->j, VBRD__STATUS_CODE__OK, NULL);
}

/* Asking */

static void visit(struct mgmt_job *j, const struct worker *w)
{
	struct whatif_job *q = (struct whatif_job *)j;
	struct candidate_vbr *v = &q->c->vbrs[q->at];
	struct bgp_instance *i = worker_view_instance(w, v->instance);

	q->more = i != NULL && bgp_instance_conf(i)->table == v->table &&
		bgp_whatif_slice(i, &v->w, mono_add_us(mono_now(), SLICE_US));
}

static void finish(struct mgmt_job *j)
{
	struct whatif_job *q = (struct whatif_job *)j;

	if (conf_revision(daemon_conf(j->d)) != q->revision) {
		mgmt_job_fail(j, VBRD__STATUS_CODE__BUSY,
			"somebody has committed meanwhile: check again");
		return;
	}
	if (!q->more)
		q->at++;
	if (q->at >= q->c->n)
		answer(q);
	else
		mgmt_job_one(j, q->c->vbrs[q->at].worker);
}

void mgmt_whatif(struct rpc_call *call, struct daemon *d, struct model *take)
{
	struct whatif_job *q;

	if (*daemon_whatifs(d) >= MAX_JOBS) {
		model_free(take);
		rpc_reply_error(call, VBRD__STATUS_CODE__BUSY,
			"the candidate is valid; too many checks are under way to tell what it "
			"would change: try again");
		return;
	}
	(*daemon_whatifs(d))++;
	q = mgmt_job_new(call, d, sizeof(*q));
	q->c = candidate_new(daemon_plane(d), take);
	model_free(take);
	q->revision = conf_revision(daemon_conf(d));
	q->j.visit = visit;
	q->j.finish = finish;
	q->j.free_extra = whatif_free;
	if (q->c->n == 0)
		answer(q);
	else
		mgmt_job_one(&q->j, q->c->vbrs[0].worker);
}
