/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explain: three threads are asked, one after the other. Main knows the peering connections that do
 * not run; the worker knows paths, neighbours and edges (bgpd/look/explain.h); the fib knows the
 * kernel. The answer grows in the job's arena on the way and is one message.
 */
#include "bgpd/look/explain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fib/fib_thread.h"
#include "lib/base/xalloc.h"
#include "vbr/mgmt/mgmt_int.h"

struct explain_job {
	struct mgmt_job j; /* first */
	uint32_t instance;
	uint32_t worker;
	uint32_t table;
	bool is_address; /* what forwards it */
	struct prefix prefix;
	struct ip_addr peer; /* family 0: all */
	bool no_peer;
	bool gone;
	Vbrd__Explanation *m;         /* in the arena */
	Vbrd__ExplainEdge **peerings; /* in the arena: those of the model, before they are asked */
	size_t n_peerings;
};

/* Rows of paths */

static char *value_text(struct arena *a, const struct rib_value *v)
{
	static const char *const origins[] = { "igp", "egp", "incomplete" };
	struct ip_addr id;

	switch ((enum rib_value_kind)v->kind) {
	case RIB_VALUE_NUMBER:
		return arena_printf(a, "%u", v->number);
	case RIB_VALUE_SIGNED:
		return arena_printf(a, "%d", (int32_t)v->number);
	case RIB_VALUE_ORIGIN:
		return mgmt_str(a, v->number < ARRAY_SIZE(origins) ? origins[v->number] : "?");
	case RIB_VALUE_IBGP:
		return mgmt_str(a, v->number ? "ibgp" : "ebgp");
	case RIB_VALUE_ROUTER_ID:
		id = ip_from_v4(v->number);
		return mgmt_ip(a, &id);
	case RIB_VALUE_ADDRESS:
		return mgmt_ip(a, &v->address);
	case RIB_VALUE_NONE:
		break;
	}
	return NULL;
}

/* The other path in a word: who said it, else of what kind it is. */
static char *source_text(struct arena *a, const struct rib_source *s)
{
	char name[BGP_NAME_SIZE];

	if (s == NULL)
		return NULL;
	bgp_source_name(s, name);
	return mgmt_str(a, name[0] != '\0' ? name : mgmt_source_word(s->kind));
}

static void put_policy(struct arena *a, const struct explain_policy *p, char **name,
	protobuf_c_boolean *has_term, uint32_t *term)
{
	if (p->name == NULL)
		return;
	*name = mgmt_str(a, p->name);
	*has_term = p->asked;
	*term = p->term;
}

/* What the policy has set, and by which term. */
static char *changes_text(struct arena *a, const struct explain_policy *p)
{
	char *text = NULL;

	for (unsigned c = 0; c < POLICY_CHANGE_COUNT; c++)
		if (p->changed & 1u << c)
			text = arena_printf(a, "%s%s%s by term %u", text != NULL ? text : "",
				text != NULL ? ", " : "", policy_change_name((enum policy_change)c),
				p->changed_by[c]);
	return text;
}

void mgmt_put_verdict(struct arena *a, const struct explain_path *x, Vbrd__BgpPath *r)
{
	static const char *const words[] = {
		[EXPLAIN_VERDICT_BEST] = "best",
		[EXPLAIN_VERDICT_MULTIPATH] = "multipath",
		[EXPLAIN_VERDICT_LOST] = "lost",
		[EXPLAIN_VERDICT_REFUSED] = "refused",
	};

	_Static_assert(ARRAY_SIZE(words) == EXPLAIN_VERDICT_COUNT, "one word a verdict");
	r->verdict = mgmt_str(a, words[x->verdict]);
	r->since = mgmt_time(a,
		mono_to_wall_s((struct mono){ (int64_t)x->path->since_s * 1000000 }));
	put_policy(a, &x->policy, &r->policy, &r->has_term, &r->term);
	r->changes = changes_text(a, &x->policy);
	r->has_pending = r->pending = x->is_old;
	r->has_changed = r->changed = x->attrs != NULL && x->attrs != x->in;
	if (x->rival == NULL)
		return;
	r->step = mgmt_str(a, rib_reason_name(x->compare.step));
	r->value = value_text(a, &x->compare.mine);
	r->against = value_text(a, &x->compare.theirs);
	r->against_path = source_text(a, x->rival);
}

void mgmt_put_won(struct arena *a, const struct rib *rib, uint32_t second, Vbrd__BgpPath *r)
{
	struct rib_compare c;

	if (!rib_compare(rib, second, &c))
		return;
	r->step = mgmt_str(a, rib_reason_name(c.step));
	r->against_path = source_text(a, rib_source_at(rib, rib_path(rib, second)->source));
	/* At MED it may have lost to a third one. */
	if (c.rival != rib_net(rib, rib_path_net(rib, rib_path(rib, second)))->paths)
		return;
	r->value = value_text(a, &c.theirs);
	r->against = value_text(a, &c.mine);
}

static Vbrd__BgpPath *attrs_row(struct arena *a, const struct wire_attrs *w)
{
	Vbrd__BgpPath *r = arena_alloc(a, sizeof(*r));

	vbrd__bgp_path__init(r);
	mgmt_put_attrs(a, w, r);
	return r;
}

static Vbrd__BgpPath *path_row(struct arena *a, const struct explain *x,
	const struct explain_path *p)
{
	Vbrd__BgpPath *r = mgmt_path_row(a, x->rib, p->path, false);
	struct wire_attrs w;

	mgmt_put_verdict(a, p, r);
	if (r->has_changed && p->in != NULL) {
		attrs_to_wire(p->in, &w);
		r->received = attrs_row(a, &w);
	}
	return r;
}

/* The other parts */

static Vbrd__ExplainTo *to_row(struct arena *a, const struct explain *x, const struct explain_to *t)
{
	Vbrd__ExplainTo *r = arena_alloc(a, sizeof(*r));
	struct bgp_peer_view v;

	vbrd__explain_to__init(r);
	bgp_peer_view(t->peer, &v);
	r->to = mgmt_ip(a, &v.address);
	r->has_sent = true;
	r->sent = t->sent && t->why == RIB_REASON_NONE;
	r->why = mgmt_str(a,
		t->why == RIB_REASON_NONE && !t->sent ? rib_reason_name(RIB_REASON_EDGE_WAITING) :
							rib_reason_name(t->why));
	if (t->path != NULL)
		r->path = source_text(a, rib_source_at(x->rib, t->path->source));
	r->has_path_id = t->path_id != 0;
	r->path_id = t->path_id;
	put_policy(a, &t->policy, &r->policy, &r->has_term, &r->term);
	if (t->why == RIB_REASON_NONE)
		r->attributes = attrs_row(a, &t->attrs);
	return r;
}

static Vbrd__BgpPath *arrived_row(struct arena *a, const struct explain_edge *e)
{
	const struct rib_path *p = e->arrived;
	Vbrd__BgpPath *r;
	struct wire_attrs w;

	if (p == NULL)
		return NULL;
	attrs_to_wire(e->arrived_as, &w);
	r = attrs_row(a, &w);
	r->has_best = r->has_multipath = true;
	r->best = (p->flags & RIB_PATH_BEST) != 0;
	r->multipath = (p->flags & RIB_PATH_MULTIPATH) != 0;
	r->reason = mgmt_str(a, rib_reason_name((enum rib_reason)p->reason));
	return r;
}

static void fill_edge(struct arena *a, const struct explain_edge *e, Vbrd__ExplainEdge *r)
{
	r->has_crossed = true;
	r->crossed = e->crossed;
	if (e->is_known || e->why != RIB_REASON_NONE)
		r->why = mgmt_str(a, rib_reason_name(e->why));
	r->path = source_text(a, e->source);
	put_policy(a, &e->policy, &r->policy, &r->has_term, &r->term);
	r->arrived = arrived_row(a, e);
}

/* The row that main has made for it, or a new one: the configuration may have moved on. */
static Vbrd__ExplainEdge *edge_row(struct explain_job *q, const struct explain_edge *e)
{
	const char *direction = e->outward ? "out" : "in";
	Vbrd__ExplainEdge *r;

	for (size_t i = 0; i < q->n_peerings; i++)
		if (strcmp(q->peerings[i]->peering, e->name) == 0 &&
			strcmp(q->peerings[i]->direction, direction) == 0)
			return q->peerings[i];
	r = arena_alloc(q->j.arena, sizeof(*r));
	vbrd__explain_edge__init(r);
	r->peering = mgmt_str(q->j.arena, e->name);
	r->direction = mgmt_str(q->j.arena, direction);
	q->m->edges[q->m->n_edges++] = r;
	return r;
}

static void put_edges(struct explain_job *q, const struct explain *x)
{
	struct arena *a = q->j.arena;

	q->m->edges = arena_calloc(a, q->n_peerings + x->n_edges + 1u, sizeof(*q->m->edges));
	for (size_t i = 0; i < q->n_peerings; i++)
		q->m->edges[q->m->n_edges++] = q->peerings[i];
	for (uint32_t i = 0; i < x->n_edges; i++)
		fill_edge(a, &x->edges[i], edge_row(q, &x->edges[i]));
	/* What does not run has no half that could say more. */
	for (size_t i = 0; i < q->m->n_edges; i++)
		if (!q->m->edges[i]->has_crossed) {
			q->m->edges[i]->has_crossed = true;
			q->m->edges[i]->why = q->m->edges[i]->state;
		}
}

static void put_gone(struct explain_job *q, const struct explain *x)
{
	struct arena *a = q->j.arena;

	q->m->not_kept = arena_calloc(a, x->n_gone + 1u, sizeof(*q->m->not_kept));
	for (uint32_t i = 0; i < x->n_gone; i++) {
		const struct explain_gone *g = &x->gone[i];
		Vbrd__ExplainNotKept *r = arena_alloc(a, sizeof(*r));
		struct bgp_peer_view v;

		vbrd__explain_not_kept__init(r);
		if (g->peer != NULL) {
			bgp_peer_view(g->peer, &v);
			r->peer = mgmt_ip(a, &v.address);
		}
		r->why = mgmt_str(a, rib_reason_name(g->reason));
		r->has_count = g->count > 0;
		r->count = g->count;
		r->has_maximum = r->has_kept = g->reason != RIB_REASON_TREAT_AS_WITHDRAW;
		r->maximum = g->max;
		r->kept = g->kept;
		q->m->not_kept[q->m->n_not_kept++] = r;
	}
}

static void put_neighborhood(struct explain_job *q, const struct explain *x)
{
	struct arena *a = q->j.arena;

	q->m->has_known = true;
	q->m->known = x->net != 0;
	if (x->has_cover)
		q->m->covered_by = mgmt_prefix(a, &x->cover);
	q->m->more_specific = arena_calloc(a, x->n_longer + 1u, sizeof(char *));
	for (uint32_t i = 0; i < x->n_longer; i++)
		q->m->more_specific[q->m->n_more_specific++] = mgmt_prefix(a, &x->longer[i]);
	q->m->filter = mgmt_str(a, rib_reason_name(x->filter));
	q->m->has_paths_left_out = x->n_more > 0;
	q->m->paths_left_out = x->n_more;
}

/* An address stands for the prefix that forwards it. */
static void choose_prefix(struct explain_job *q, const struct bgp_instance *i)
{
	const struct rib *r = bgp_instance_rib(i,
		q->prefix.family == AF_INET6 ? BGP_FAMILY_IP6 : BGP_FAMILY_IP4);
	struct ip_addr a = prefix_addr(&q->prefix);
	const uint32_t net = q->is_address ? rib_match(r, &a) : 0;

	if (net != 0)
		q->prefix = rib_net_prefix(r, net);
}

static void visit(struct mgmt_job *j, const struct worker *w)
{
	struct explain_job *q = (struct explain_job *)j;
	struct bgp_instance *i = worker_view_instance(w, q->instance);
	struct bgp_peer *only = NULL;
	struct arena *a = j->arena;
	struct explain x;

	q->gone = i == NULL || bgp_instance_conf(i)->table != q->table;
	if (q->gone)
		return;
	if (ip_is_set(&q->peer))
		only = bgp_instance_find_peer(i, &q->peer);
	q->no_peer = ip_is_set(&q->peer) && only == NULL;
	if (q->no_peer)
		return;
	choose_prefix(q, i);
	bgp_explain(i, &q->prefix, only, a, &x);
	q->m->prefix = mgmt_prefix(a, &q->prefix);
	q->m->paths = arena_calloc(a, x.n_paths + 1u, sizeof(*q->m->paths));
	for (uint32_t k = 0; k < x.n_paths; k++)
		q->m->paths[q->m->n_paths++] = path_row(a, &x, &x.paths[k]);
	q->m->exported = arena_calloc(a, x.n_to + 1u, sizeof(*q->m->exported));
	for (uint32_t k = 0; k < x.n_to; k++)
		q->m->exported[q->m->n_exported++] = to_row(a, &x, &x.to[k]);
	q->m->has_exported_left_out = x.n_to_more > 0;
	q->m->exported_left_out = x.n_to_more;
	put_neighborhood(q, &x);
	put_gone(q, &x);
	put_edges(q, &x);
	q->m->kernel = arena_alloc(a, sizeof(*q->m->kernel));
	vbrd__explain_kernel__init(q->m->kernel);
	q->m->kernel->has_table = q->m->kernel->has_wanted = true;
	q->m->kernel->table = q->table;
	q->m->kernel->wanted = x.has_group;
}

/* The kernel */

static const char *state_word(enum fib_state s)
{
	static const char *const words[] = {
		[FIB_STATE_PENDING] = "pending",
		[FIB_STATE_INSTALLED] = "installed",
		[FIB_STATE_FAILED] = "failed",
		[FIB_STATE_STALE] = "stale",
	};

	_Static_assert(ARRAY_SIZE(words) == FIB_STATE_COUNT, "one word a state");
	return words[s];
}

static void fib_visit(struct fib *f, void *arg)
{
	struct explain_job *q = arg;
	Vbrd__ExplainKernel *k = q->m->kernel;
	struct arena *a = q->j.arena;
	struct fib_route_view v;
	uint8_t hops;

	k->has_installed = true;
	if (fib_get(f, q->table, &q->prefix, &v) < 0) {
		k->state = mgmt_str(a, k->wanted ? "pending" : "absent");
		return;
	}
	k->installed = v.state == FIB_STATE_INSTALLED || v.state == FIB_STATE_STALE;
	k->state = mgmt_str(a, state_word(v.state));
	k->error = mgmt_str(a, v.error);
	k->error_code = mgmt_errno(a, v.code);
	k->has_age = true;
	k->age = (uint64_t)((mono_now().us - v.since_us) / 1000000);
	k->since = mgmt_time(a, mono_to_wall_s((struct mono){ v.since_us }));
	if (v.group.n > 0 && v.group.nh[0].kind == NEXTHOP_KIND_BLACKHOLE) {
		k->kind = mgmt_str(a, "blackhole");
		return;
	}
	k->kind = mgmt_str(a, "unicast");
	hops = v.group.n + v.group.n_backup;
	k->next_hops = arena_calloc(a, hops + 1u, sizeof(*k->next_hops));
	for (uint8_t i = 0; i < hops; i++)
		k->next_hops[k->n_next_hops++] = mgmt_hop_row(a, &v, i);
}

static void halve(size_t *n, protobuf_c_boolean *has_left_out, uint32_t *left_out)
{
	const size_t keep = *n / 2;

	*has_left_out = true;
	*left_out += (uint32_t)(*n - keep);
	*n = keep;
}

/* Halved until it fits a frame: attributes may be long, and a peer chooses them. */
static void reply(struct mgmt_job *j)
{
	Vbrd__Explanation *m = ((struct explain_job *)j)->m;

	while (rpc_reply_chunk(j->call, &m->base) < 0 && m->n_paths + m->n_exported > 0) {
		if (m->n_paths > m->n_exported)
			halve(&m->n_paths, &m->has_paths_left_out, &m->paths_left_out);
		else
			halve(&m->n_exported, &m->has_exported_left_out, &m->exported_left_out);
	}
	mgmt_job_end(j, VBRD__STATUS_CODE__OK, NULL);
}

static void finish(struct mgmt_job *j)
{
	struct explain_job *q = (struct explain_job *)j;

	if (q->gone || q->no_peer) {
		mgmt_job_fail(j, VBRD__STATUS_CODE__NOT_FOUND,
			q->gone ? "the instance is not running yet: try again" :
				  "the VBR has no such peer: see show bgp summary");
		return;
	}
	j->finish = reply;
	mgmt_job_sent(j, fib_thread_call(daemon_fib(j->d), fib_visit, mgmt_job_back, q), "the fib");
}

/* Peering connections of an instance, running or not */

static bool is_end(const struct model_end *e, const struct plane_instance *i)
{
	return e->is_vbr == i->is_vbr && strcmp(e->name, i->name) == 0 &&
		strcmp(e->tenant, i->tenant) == 0;
}

static void add_peering(struct explain_job *q, const struct model_peering *m, bool from_here,
	const char *direction)
{
	struct arena *a = q->j.arena;
	const bool is_shared = strcmp(m->initiator.tenant, m->acceptor.tenant) != 0;
	const struct plane_peering *pub = plane_peering_find(daemon_plane(q->j.d), m->obj.tenant,
		m->obj.name);
	const int receiver = from_here == (strcmp(direction, "out") == 0) ? 1 : 0;
	Vbrd__ExplainEdge *r = arena_alloc(a, sizeof(*r));
	char error[LINK_ERROR_SIZE];

	vbrd__explain_edge__init(r);
	/* As the edges themselves are called: see send_edge in the plane. */
	r->peering = is_shared ? arena_printf(a, "%s/%s", m->obj.tenant, m->obj.name) :
				 mgmt_str(a, m->obj.name);
	r->direction = mgmt_str(a, direction);
	r->other = mgmt_end_text(a, from_here ? m->initiator.tenant : m->acceptor.tenant,
		from_here ? &m->acceptor : &m->initiator);
	r->state = mgmt_str(a,
		pub != NULL && pub->dead[receiver] ?
			"health-check" :
			mgmt_peering_state(plane_peering_state(daemon_plane(q->j.d), m, error)));
	q->peerings[q->n_peerings++] = r;
}

static void find_peerings(struct explain_job *q, const struct plane_instance *pi)
{
	const struct model *model = daemon_model(q->j.d);
	uint32_t n = model->of[MODEL_PEERING].n;

	q->peerings = arena_calloc(q->j.arena, 2 * (size_t)n + 1, sizeof(*q->peerings));
	for (uint32_t i = 0; i < n; i++) {
		const struct model_peering
			*m = (const struct model_peering *)model->of[MODEL_PEERING].v[i];
		const bool from_here = is_end(&m->initiator, pi);

		if (!from_here && !is_end(&m->acceptor, pi))
			continue;
		add_peering(q, m, from_here, "out");
		add_peering(q, m, from_here, "in");
	}
}

void mgmt_explain(struct rpc_call *call, const Vbrd__Request *req, void *ctx)
{
	const Vbrd__Explain *in = req->explain;
	struct daemon *d = mgmt_daemon(ctx);
	const struct plane_instance *pi = mgmt_instance(call, d, in->instance);
	Vbrd__Match match = VBRD__MATCH__EXACT;
	struct ip_addr peer = { 0 };
	struct explain_job *q;
	struct prefix prefix;

	if (pi == NULL ||
		!mgmt_prefix_asked(call, in->prefix != NULL ? in->prefix : "", &prefix, &match))
		return;
	if (in->peer != NULL && in->peer[0] != '\0' && ip_parse(in->peer, &peer) < 0) {
		rpc_reply_error(call, VBRD__STATUS_CODE__USAGE,
			"\"%s\" is not the address of a peer", in->peer);
		return;
	}
	q = mgmt_job_new(call, d, sizeof(*q));
	q->instance = pi->id;
	q->worker = pi->worker;
	q->table = pi->table;
	q->prefix = prefix;
	q->is_address = match == VBRD__MATCH__LONGEST;
	q->peer = peer;
	q->m = arena_alloc(q->j.arena, sizeof(*q->m));
	vbrd__explanation__init(q->m);
	q->m->tenant = mgmt_str(q->j.arena, pi->tenant);
	q->m->instance = arena_printf(q->j.arena, "%s %s", pi->is_vbr ? "vbr" : "vpc", pi->name);
	if (pi->is_vbr)
		q->m->out_of_service = mgmt_str(q->j.arena,
			model_hold_name(plane_vbr_hold(daemon_plane(d), pi)));
	find_peerings(q, pi);
	q->j.visit = visit;
	q->j.finish = finish;
	mgmt_job_one(&q->j, q->worker);
}
