/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Peering edges. The out half reads the journal of its RIB and derives for each net what
 * crosses, from the best path and the edge's rules alone; the in half offers it to its RIB as
 * one source. Nothing is remembered but one bit a net: whether the other side holds it.
 *
 * Never crosses: what has no next hop of its own (network statements), what came over another
 * edge unless this one is transit, and what came over the way back of the same peering
 * connection, be it transit or not: two tables that copy from each other would keep a dead
 * route alive for ever.
 *
 * What is inside a CIDR of the receiving tenant's VPCs is kept and refused, as if a neighbour had
 * told it: another tenant's longer prefix would draw traffic out of a VPC. CIDRs themselves come as
 * such, by RIB_PATH_CIDR, and are compared when the connection is configured. Nor does what finds
 * no place come in (places.c).
 *
 * Transit may lead in a circle over more tables than two. So what is carried on carries the
 * tables that it has come through (attrs.via, which BGP never sees), each table refuses what has
 * been there, and the shorter way is better, as with AS paths. A number of hops alone would end
 * the circle too, but late, and a table might share traffic with its own echo until then.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bgpd/engine_int.h"
#include "bgpd/liveness/sets.h"
#include "lib/base/xalloc.h"
#include "lib/net/cursor.h"

#define PULL_NETS 16
/* From one saying everything again to the next: at most, and after how many such times anew. */
#define AGAIN_MOST_US (64 * TABLE_ROOM_US)
#define AGAIN_QUIET   4

/* Did the path come from where this edge leads? */
static bool came_that_way(const struct bgp_edge_out *o, const struct rib_source *s)
{
	const struct bgp_edge_in *in = s->owner;

	if (s->kind != RIB_SOURCE_PEERING || !in)
		return false;
	if (o->joined && in->joined && in->joined->from == o->joined->to)
		return true;
	return strcmp(in->name, o->conf.name) == 0;
}

/* NONE, or why the path stays here, before any policy. */
static enum rib_reason may_cross(const struct bgp_edge_out *o, const struct rib_path *p,
	const struct rib_source *s)
{
	if (p->flags & RIB_PATH_LOCAL)
		return RIB_REASON_EDGE_LOCAL;
	if (s->kind == RIB_SOURCE_PEERING) {
		if (came_that_way(o, s))
			return RIB_REASON_EDGE_BACK;
		return o->conf.transit && s->owner ? RIB_REASON_NONE : RIB_REASON_TRANSIT;
	}
	if (!(o->conf.kinds & 1u << s->kind))
		return RIB_REASON_EDGE_KIND;
	return s->kind != RIB_SOURCE_VPC || p->flags & RIB_PATH_CIDR ? RIB_REASON_NONE :
								       RIB_REASON_EDGE_KIND;
}

/* A net that leans on several neighbours dies with the last of them; 0: one of them never dies. */
static uint32_t live_key_of(struct bgp_instance *i, const struct rib *r,
	const struct rib_path *best)
{
	const uint32_t first = rib_path_live_key(best);
	struct live_members m = { .n = 1, .key = { first } };

	if (!first)
		return 0;
	for (uint32_t h = rib_path_next(best); h;) {
		const struct rib_path *p = rib_path(r, h);
		const uint32_t key = rib_path_live_key(p);

		h = rib_path_next(p);
		if (!(p->flags & RIB_PATH_MULTIPATH) || key == first)
			continue;
		if (!key || !live_members_add(&m, key))
			return 0;
	}
	if (m.n == 1)
		return first;
	if (!i->live_sets)
		i->live_sets = live_sets_new(i->e);
	return live_sets_get(i->live_sets, &m);
}

static void put_table(uint8_t *p, uint32_t table)
{
	p[0] = (uint8_t)(table >> 24);
	p[1] = (uint8_t)(table >> 16);
	p[2] = (uint8_t)(table >> 8);
	p[3] = (uint8_t)table;
}

bool edge_has_been_in(const struct attrs *a, uint32_t table)
{
	const struct octets via = attrs_via(a);
	struct cursor c = cursor_make(via.p, via.len);

	while (cursor_left(&c) >= 4) {
		if (cursor_u32(&c) == table)
			return true;
	}
	return false;
}

/* The route goes on: remember where it came here from. */
static void lengthen_via(struct wire_attrs *w, uint32_t table, struct arena *a)
{
	uint8_t *p = arena_alloc(a, w->via.len + 4u);

	if (w->via.len)
		memcpy(p, w->via.p, w->via.len);
	put_table(p + w->via.len, table);
	w->via = (struct octets){ p, (uint16_t)(w->via.len + 4u) };
}

/* Attributes as they cross: v->attrs, or why the route-map keeps them. */
static void carry(const struct bgp_edge_out *o, const struct prefix *pfx, struct attrs *at,
	const struct rib_source *s, struct edge_verdict *v)
{
	struct bgp_engine *e = o->from->e;
	const struct policy_query q = {
		.pfx = *pfx,
		.source = (enum rib_source_kind)s->kind,
		.local_as = o->from->conf.local_as,
		.arena = e->arena,
		.scratch = e->scratch,
		.path_id = attrs_path_id(at),
	};
	const bool goes_on = s->kind == RIB_SOURCE_PEERING;
	struct policy_verdict said = { .permit = true };
	struct wire_attrs w;

	if (o->conf.has_policy && !o->map)
		v->why = RIB_REASON_NO_POLICY;
	if (v->why != RIB_REASON_NONE)
		return;
	if (!o->conf.has_policy && !goes_on && !at->weight) {
		v->attrs = attrs_ref(at);
		return;
	}
	attrs_to_wire(at, &w);
	w.weight = 0; /* of that table; the edge's policy may give it one in this */
	if (o->map) {
		said = policy_eval(o->map, &q, &w);
		v->asked = true;
		v->term = said.term;
	}
	if (!said.permit) {
		v->why = RIB_REASON_POLICY;
		return;
	}
	/* RFC 8326: who is about to leave stays the last resort, whatever the map thinks of it. */
	if (at->local_pref == 0) {
		w.local_pref = 0;
		w.has |= WIRE_HAS_LOCAL_PREF;
	}
	if (goes_on)
		lengthen_via(&w, ((const struct bgp_edge_in *)s->owner)->from, e->arena);
	if (said.modified || goes_on || at->weight)
		v->attrs = attrs_get(e->attrs, &w);
	else
		v->attrs = attrs_ref(at);
}

void edge_judge_path(const struct bgp_edge_out *o, const struct prefix *pfx, const struct rib *r,
	const struct rib_path *best, struct edge_verdict *v)
{
	const struct rib_source *source = rib_source_at(r, best->source);

	*v = (struct edge_verdict){ .path = best, .why = may_cross(o, best, source) };
	if (v->why == RIB_REASON_NONE)
		carry(o, pfx, rib_path_attrs(r, best), source, v);
}

void edge_judge(const struct bgp_edge_out *o, enum bgp_family f, uint32_t net,
	struct edge_verdict *v)
{
	const struct rib *r = o->reader[f].table->rib;
	const struct rib_path *best = rib_net_best(r, net);
	const struct prefix pfx = rib_net_prefix(r, net);

	*v = (struct edge_verdict){ .why = RIB_REASON_EXPORT_NO_PATH };
	if (best)
		edge_judge_path(o, &pfx, r, best, v);
}

static bool is_open(const struct bgp_edge_out *o)
{
	return o->joined || o->ops;
}

static int deliver(const struct bgp_edge_out *o, const struct bgp_edge_route *r)
{
	if (o->joined) {
		bgp_edge_in_route(o->joined, r, true);
		return 0;
	}
	return o->ops->route(o->ctx, r);
}

/* Make the other side hold what it should; false: no room. */
static bool cross(struct edge_reader *er, uint32_t net)
{
	struct bgp_edge_out *o = er->edge;
	struct rib *r = er->table->rib;
	struct bgp_edge_route out = {
		.pfx = rib_net_prefix(r, net),
		.withdraw = true,
		.from = o->from->conf.table,
	};
	struct edge_verdict v;
	int ret = 0;

	edge_judge(o, er->table->f, net, &v);
	if (v.attrs) {
		out.withdraw = false;
		out.flags = v.path->flags & RIB_PATH_CIDR;
		out.live_key = live_key_of(o->from, r, v.path);
		out.attrs = v.attrs;
	}
	if (v.attrs || bitmap_has(&er->sent, net))
		ret = deliver(o, &out);
	if (ret == 0 && v.attrs)
		(void)bitmap_set(&er->sent, net);
	else if (ret == 0)
		(void)bitmap_clear(&er->sent, net);
	attrs_unref(o->from->e->attrs, v.attrs);
	return ret == 0;
}

static void pulled(void *ctx, uint32_t net)
{
	struct edge_reader *er = ctx;

	if (!er->edge->stalled && cross(er, net))
		return;
	er->edge->stalled = true;
	net_queue_add(&er->again, er->table->rib, net);
}

/* In small portions, for a policy may take its time. */
static bool pull(struct edge_reader *er)
{
	const struct mono start = mono_now();
	bool more = true;

	for (unsigned n = 0; more && !er->edge->stalled && n < SLICE_PATHS &&
		mono_sub_us(mono_now(), start) < SLICE_US;
		n += PULL_NETS)
		more = rib_reader_pull(er->reader, PULL_NETS, pulled, er, NULL);
	return more;
}

static bool reader_slice(void *ctx)
{
	struct edge_reader *er = ctx;
	struct bgp_edge_out *o = er->edge;
	bool more = false;

	if (o->stalled || !is_open(o))
		return false;
	arena_reset(o->from->e->arena);
	while (er->again.n && !o->stalled) {
		if (cross(er, net_queue_first(&er->again)))
			net_queue_drop(&er->again, er->table->rib);
		else
			o->stalled = true;
	}
	if (!o->stalled)
		more = pull(er);
	if (!more && !o->stalled && o->joined)
		sync_check(o->joined->to);
	else if (!more && !o->stalled)
		edge_out_tell(o, er->table->f);
	return more && !o->stalled;
}

static void wake(void *ctx)
{
	struct edge_reader *er = ctx;

	job_wake(&er->job);
}

struct bgp_edge_out *bgp_edge_out_new(struct bgp_instance *from, const struct bgp_edge_conf *conf,
	const struct bgp_edge_out_ops *ops, void *ctx)
{
	struct bgp_edge_out *o = xcalloc(1, sizeof(*o));

	o->from = from;
	o->conf = *conf;
	if (conf->set)
		(void)policy_set_ref(conf->set);
	o->ops = ops;
	o->ctx = ctx;
	TAILQ_INSERT_TAIL(&from->edges_out, o, entry);
	edge_out_relink(o);
	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++) {
		struct edge_reader *er = &o->reader[f];

		er->edge = o;
		er->table = &from->table[f];
		net_queue_init(&er->again);
		bitmap_init(&er->sent);
		job_init(&er->job, from->e->loop, reader_slice, er);
		er->reader = rib_reader_new(er->table->rib, wake, er);
		if (ops)
			job_wake(&er->job);
	}
	return o;
}

static void empty_in(struct bgp_edge_in *in)
{
	job_cancel(&in->job);
	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++) {
		table_bury(&in->to->table[f], in->source[f]);
		in->source[f] = NULL;
	}
}

void bgp_edge_out_free(struct bgp_edge_out *o)
{
	if (!o)
		return;
	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++) {
		struct edge_reader *er = &o->reader[f];

		job_cancel(&er->job);
		rib_reader_free(er->reader);
		net_queue_fini(&er->again, er->table->rib);
		bitmap_fini(&er->sent);
	}
	if (o->joined) {
		o->joined->joined = NULL;
		empty_in(o->joined);
	}
	TAILQ_REMOVE(&o->from->edges_out, o, entry);
	policy_set_unref(o->conf.set);
	free(o);
}

void edge_out_restart(struct bgp_edge_out *o)
{
	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++) {
		rib_reader_restart(o->reader[f].reader);
		if (is_open(o))
			job_wake(&o->reader[f].job);
	}
}

void edge_out_relink(struct bgp_edge_out *o)
{
	const struct policy_set *set = o->conf.set ? o->conf.set : o->from->e->policy;
	const struct policy_map *old = o->map;

	o->map = o->conf.has_policy && set ? policy_find(set, o->conf.policy) : NULL;
	if (!o->reader[0].reader || old == o->map ||
		(old && o->map && policy_map_is_equal(old, o->map)))
		return;
	edge_out_restart(o);
}

void bgp_edge_out_reconf(struct bgp_edge_out *o, const struct bgp_edge_conf *conf)
{
	const struct bgp_edge_conf old = o->conf;

	o->conf = *conf;
	if (conf->set)
		(void)policy_set_ref(conf->set);
	edge_out_relink(o); /* compares the maps: the old set goes after it */
	policy_set_unref(old.set);
	if (old.kinds != conf->kinds || old.transit != conf->transit ||
		old.has_policy != conf->has_policy)
		edge_out_restart(o);
}

void bgp_edge_out_space(struct bgp_edge_out *o)
{
	if (!o->stalled)
		return;
	o->stalled = false;
	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++)
		job_wake(&o->reader[f].job);
}

bool edge_out_is_drained(const struct bgp_edge_out *o, enum bgp_family f)
{
	return !o->stalled && !o->reader[f].again.n && rib_reader_is_drained(o->reader[f].reader);
}

static enum bgp_edge_heard progress(const struct bgp_edge_out *o, enum bgp_family f)
{
	if (!edge_out_is_drained(o, f))
		return BGP_EDGE_NOT_HEARD;
	return sync_is_said(o, f) ? BGP_EDGE_SYNCED : BGP_EDGE_DRAINED;
}

void edge_out_tell(struct bgp_edge_out *o, enum bgp_family f)
{
	const enum bgp_edge_heard h = progress(o, f);

	if (o->joined || !o->ops || !o->ops->heard || h <= o->told[f])
		return;
	if (o->ops->heard(o->ctx, f, h) == 0)
		o->told[f] = (uint8_t)h;
	else
		o->stalled = true; /* when there is room the readers come back here */
}

enum bgp_edge_heard edge_in_heard(const struct bgp_edge_in *n, enum bgp_family f)
{
	return n->joined ? progress(n->joined, f) : (enum bgp_edge_heard)n->heard[f];
}

void bgp_edge_in_heard(struct bgp_edge_in *n, enum bgp_family f, enum bgp_edge_heard h)
{
	n->heard[f] = (uint8_t)h;
	sync_check(n->to);
}

static enum rib_reason may_enter(const struct bgp_edge_in *n, const struct prefix *pfx,
	uint8_t flags)
{
	return !(flags & RIB_PATH_CIDR) && safety_filter_is_cidr(n->to->safety, pfx) ?
		RIB_REASON_FILTER_VPC_CIDR :
		RIB_REASON_NONE;
}

static enum rib_reason judge_in(const struct bgp_edge_in *n, struct bgp_table *t,
	const struct prefix *pfx, uint8_t flags)
{
	const enum rib_reason why = may_enter(n, pfx, flags);

	return why == RIB_REASON_NONE && !places_have(t, pfx) ? RIB_REASON_ROUTE_LIMIT : why;
}

static void enter(struct bgp_edge_in *n, struct bgp_table *t, struct rib_offer *o)
{
	int ret;

	o->attrs = o->reject == RIB_REASON_NONE ? o->in : NULL;
	ret = table_update(t, n->source[t->f], o);
	if (ret == 0 && o->attrs)
		places_take(t, &o->pfx);
	if (ret != -EDQUOT)
		return;
	n->lost[t->f] = true;
	if (!timer_is_armed(&n->room))
		timer_start(&n->room, TABLE_ROOM_US);
}

void edge_in_enter_again(struct bgp_edge_in *n, struct bgp_table *t, uint32_t path)
{
	const struct rib_path *p = rib_path(t->rib, path);
	const bool is_refused = p->flags & RIB_PATH_REJECTED;
	const enum rib_reason was = is_refused ? (enum rib_reason)p->reason : RIB_REASON_NONE;
	struct rib_offer o = {
		.pfx = rib_net_prefix(t->rib, rib_path_net(t->rib, p)),
		.live_key = rib_path_live_key(p),
		.flags = p->flags & RIB_PATH_CIDR,
		.in = attrs_ref(rib_path_in(t->rib, p)),
		.again = true,
	};

	o.reject = judge_in(n, t, &o.pfx, o.flags);
	if (o.reject != was)
		enter(n, t, &o);
	attrs_unref(n->to->e->attrs, o.in);
}

static bool enter_slice(void *ctx)
{
	struct bgp_edge_in *n = ctx;
	const struct rib *r = n->to->table[n->family].rib;
	struct rib_source *s = n->source[n->family];

	for (unsigned k = 0; s && k < SLICE_PATHS; k++) {
		n->cursor = rib_source_next(r, s, n->cursor);
		if (!n->cursor)
			break;
		edge_in_enter_again(n, &n->to->table[n->family], n->cursor);
	}
	if (s && n->cursor)
		return true;
	n->family++;
	return n->family < BGP_FAMILY_COUNT;
}

void edge_in_rerun(struct bgp_edge_in *n)
{
	n->family = 0;
	n->cursor = 0;
	job_wake(&n->job);
}

void bgp_edge_out_again(struct bgp_edge_out *o, enum bgp_family f)
{
	rib_reader_restart(o->reader[f].reader);
	if (is_open(o))
		job_wake(&o->reader[f].job);
}

/* What was lost is known at the other end only, which says everything again; if it was told to. */
static bool come_again(struct bgp_edge_in *n, enum bgp_family f)
{
	n->lost[f] = false;
	if (n->joined)
		bgp_edge_out_again(n->joined, f);
	else if (n->say_again && n->say_again(n->say_again_ctx, f) < 0)
		n->lost[f] = true;
	if (n->lost[f] && !timer_is_armed(&n->room))
		timer_start(&n->room, TABLE_ROOM_US);
	return !n->lost[f];
}

/*
 * A tenant that hovers at its quota has room at each look, and is full again soon after: each time
 * the other end, of another tenant perhaps and on another thread, goes through all of its table for
 * that. So who asked for it not long ago waits twice as long.
 */
static void note_asked(struct bgp_edge_in *n, int64_t past_us)
{
	if (past_us >= AGAIN_QUIET * n->again_us)
		n->again_us = TABLE_ROOM_US;
	else if (n->again_us < AGAIN_MOST_US)
		n->again_us *= 2;
	n->said_again = loop_now(n->to->e->loop);
}

static void on_room(void *ctx)
{
	struct bgp_edge_in *n = ctx;
	const int64_t past_us = mono_sub_us(loop_now(n->to->e->loop), n->said_again);
	bool is_asked = false;

	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++) {
		if (!n->lost[f])
			continue;
		if (past_us >= n->again_us && table_has_room(&n->to->table[f]))
			is_asked |= come_again(n, (enum bgp_family)f);
		else if (!timer_is_armed(&n->room))
			timer_start(&n->room, TABLE_ROOM_US);
	}
	if (is_asked)
		note_asked(n, past_us);
}

void edge_in_room(struct bgp_edge_in *n)
{
	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++) {
		if (n->lost[f])
			(void)come_again(n, (enum bgp_family)f);
	}
}

struct bgp_edge_in *bgp_edge_in_new(struct bgp_instance *to, const char *name,
	const struct nexthop *nh)
{
	struct bgp_edge_in *n = xcalloc(1, sizeof(*n));

	n->to = to;
	n->nh = *nh;
	n->said_again = mono_add_us(loop_now(to->e->loop), -AGAIN_QUIET * TABLE_ROOM_US);
	n->again_us = TABLE_ROOM_US;
	strncpy(n->name, name, sizeof(n->name) - 1);
	job_init(&n->job, to->e->loop, enter_slice, n);
	timer_init(&n->room, to->e->loop, on_room, n);
	TAILQ_INSERT_TAIL(&to->edges_in, n, entry);
	return n;
}

void bgp_edge_in_on_lost(struct bgp_edge_in *n, int (*say_again)(void *ctx, enum bgp_family f),
	void *ctx)
{
	n->say_again = say_again;
	n->say_again_ctx = ctx;
}

void bgp_edge_in_standby(struct bgp_edge_in *n)
{
	n->standby = true;
}

void bgp_edge_in_set_team(struct bgp_edge_in *n, uint32_t team)
{
	if (n->team == team)
		return;
	n->team = team;
	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++) {
		if (!n->source[f])
			continue;
		rib_source_set_team(n->source[f], team);
		table_redecide(&n->to->table[f]);
	}
}

void bgp_edge_in_free(struct bgp_edge_in *n)
{
	if (!n)
		return;
	if (n->joined) {
		struct bgp_edge_out *o = n->joined;

		o->joined = NULL;
		for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++)
			job_cancel(&o->reader[f].job);
	}
	empty_in(n);
	timer_stop(&n->room);
	TAILQ_REMOVE(&n->to->edges_in, n, entry);
	sync_check(n->to);
	free(n);
}

void bgp_edge_in_set_nexthop(struct bgp_edge_in *n, const struct nexthop *nh)
{
	if (memcmp(&n->nh, nh, sizeof(*nh)) == 0)
		return;
	n->nh = *nh;
	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++)
		fib_feed_restart(&n->to->table[f].feed);
}

uint32_t bgp_edge_in_routes(const struct bgp_edge_in *n)
{
	uint32_t routes = 0;

	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++)
		routes += n->source[f] ? n->source[f]->n_accepted : 0;
	return routes;
}

static struct rib_source *source_of(struct bgp_edge_in *n, enum bgp_family f)
{
	const struct rib_source init = {
		.kind = RIB_SOURCE_PEERING,
		.weight = n->nh.weight,
		.standby = n->standby,
		.team = n->team,
		.owner = n,
	};

	if (!n->source[f])
		n->source[f] = table_source(&n->to->table[f], &init);
	return n->source[f];
}

static void offer(struct bgp_edge_in *n, const struct bgp_edge_route *r, struct attrs *a)
{
	const enum bgp_family f = r->pfx.family == AF_INET6 ? BGP_FAMILY_IP6 : BGP_FAMILY_IP4;
	struct bgp_table *t = &n->to->table[f];
	struct rib_source *s = source_of(n, f);
	struct rib_offer o = {
		.pfx = r->pfx,
		.live_key = r->live_key,
		.in = a,
		.flags = r->flags & RIB_PATH_CIDR,
		.reject = judge_in(n, t, &r->pfx, r->flags),
	};

	if (s)
		enter(n, t, &o);
}

void bgp_edge_in_route(struct bgp_edge_in *n, const struct bgp_edge_route *r, bool same_table)
{
	const enum bgp_family f = r->pfx.family == AF_INET6 ? BGP_FAMILY_IP6 : BGP_FAMILY_IP4;
	struct attrs_table *at = n->to->e->attrs;
	struct wire_attrs w;
	struct attrs *a;

	n->from = r->from;
	if (r->withdraw || edge_has_been_in(r->attrs, n->to->conf.table)) {
		if (n->source[f])
			(void)rib_withdraw(n->to->table[f].rib, n->source[f], &r->pfx, 0);
		return;
	}
	if (same_table) {
		offer(n, r, r->attrs);
		return;
	}
	attrs_to_wire(r->attrs, &w);
	a = attrs_get(at, &w);
	offer(n, r, a);
	attrs_unref(at, a);
}

void bgp_edge_out_join(struct bgp_edge_out *o, struct bgp_edge_in *n)
{
	o->joined = n;
	n->joined = o;
	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++) {
		/* an other side that was there before took with it what it held */
		bitmap_fini(&o->reader[f].sent);
		bitmap_init(&o->reader[f].sent);
	}
	edge_out_restart(o);
}
