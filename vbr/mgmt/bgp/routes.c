/* SPDX-License-Identifier: Apache-2.0 */
/*
 * show bgp routes: a stream. A slice of a few hundred routes is built on the worker's thread,
 * travels to main, is sent, and the next one is asked for only while the client keeps up: before
 * this one is packed, so that neither thread waits for the other. The cursor is the last prefix,
 * never a pointer: the table may change between two slices, and sessions never wait for a reader.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bgpd/look/explain.h"
#include "bgpd/wire/aspath.h"
#include "lib/base/decimal.h"
#include "lib/base/xalloc.h"
#include "lib/io/loop.h"
#include "lib/net/cursor.h"
#include "proto/shared.h"
#include "vbr/mgmt/bgp/share.h"
#include "vbr/mgmt/mgmt_int.h"

#define SLICE_ROWS  128u /* some 60 us of the worker: every update of a peer waits for them */
#define ARENA_FIRST 16384u
#define SLICE_NETS  2048 /* nets looked at in one visit, when a filter lets few through */
#define SHORT       512  /* octets of lists: longer paths are not remembered, for the client */
#define PAUSE_S     60   /* a client that waited so long: numbers of sets might wrap meanwhile */
#define SHOWN_FLAGS (RIB_PATH_REJECTED | RIB_PATH_BEST | RIB_PATH_MULTIPATH | RIB_PATH_STALE)

/* What one visit brings. There are two: main packs one while the worker fills the other. */
struct slice {
	struct arena *arena; /* owned */
	size_t n;
	Vbrd__BgpRoute *rows[SLICE_ROWS];
};

struct routes_job {
	struct mgmt_job j; /* first; its arena is that of now */
	uint32_t instance;
	uint32_t worker;
	uint32_t table; /* of the instance: numbers are never used twice, ids are */
	/* the question */
	bool families[BGP_FAMILY_COUNT];
	bool has_prefix;
	struct prefix prefix;
	Vbrd__Match match;
	struct ip_addr peer; /* family 0: none */
	Vbrd__ShowBgpRoutes__View view;
	/* where we are */
	int family;
	struct prefix key;
	bool started;
	bool done;
	bool no_peer;
	/* the slices */
	struct slice slices[2];
	struct slice *now; /* the one that the worker fills, or has filled */
	struct rib *rib;   /* during a visit */
	const struct bgp_instance *instance_now;
	struct bgp_peer *from; /* during a visit */
	uint32_t now_s;
	struct share *share; /* owned; NULL: the client does not know how */
};

const char *mgmt_source_word(uint8_t kind)
{
	static const char *const words[] = {
		[RIB_SOURCE_BGP] = "bgp",
		[RIB_SOURCE_STATIC] = "static",
		[RIB_SOURCE_VPC] = "vpc",
		[RIB_SOURCE_PEERING] = "peering",
		[RIB_SOURCE_CONNECTED] = "connected",
	};

	_Static_assert(ARRAY_SIZE(words) == RIB_SOURCE_COUNT, "one word per source");
	return words[kind];
}

static void put_path(struct arena *a, struct octets o, Vbrd__BgpPath *r)
{
	struct aspath_iter it;
	size_t n = 0;

	aspath_iter_init(&it, o);
	while (aspath_iter_next(&it))
		n++;
	r->as_path = arena_calloc(a, n + 1, sizeof(*r->as_path));
	aspath_iter_init(&it, o);
	while (aspath_iter_next(&it)) {
		Vbrd__AsSegment *s = arena_alloc(a, sizeof(*s));

		vbrd__as_segment__init(s);
		s->has_type = true;
		s->type = it.type == BGP_AS_SET ? VBRD__AS_SEGMENT__TYPE__SET :
			it.type == BGP_AS_CONFED_SEQUENCE ?
						  VBRD__AS_SEGMENT__TYPE__CONFED_SEQUENCE :
			it.type == BGP_AS_CONFED_SET ? VBRD__AS_SEGMENT__TYPE__CONFED_SET :
						       VBRD__AS_SEGMENT__TYPE__SEQUENCE;
		s->n_asn = it.count;
		s->asn = arena_calloc(a, it.count + 1u, sizeof(*s->asn));
		for (uint8_t i = 0; i < it.count; i++)
			s->asn[i] = aspath_iter_as(&it, i);
		r->as_path[r->n_as_path++] = s;
	}
}

/* n numbers with colons between; 1 <= n <= 3. */
static char *colon_text(struct arena *a, const uint32_t *v, unsigned n)
{
	char *text = arena_alloc(a, n * (sizeof("4294967295")));
	char *end = decimal_put(text, v[0]);

	for (unsigned i = 1; i < n; i++) {
		*end++ = ':';
		end = decimal_put(end, v[i]);
	}
	*end = '\0';
	return text;
}

static void put_communities(struct arena *a, struct octets list, Vbrd__BgpPath *r)
{
	r->communities = arena_calloc(a, list.len / 4 + 1u, sizeof(char *));
	for (const uint8_t *p = list.p; r->n_communities < list.len / 4; p += 4) {
		const uint32_t as_and_value = be32_get(p);
		const uint32_t v[] = { as_and_value >> 16, as_and_value & 0xffff };

		r->communities[r->n_communities++] = colon_text(a, v, ARRAY_SIZE(v));
	}
}

static void put_large_communities(struct arena *a, struct octets list, Vbrd__BgpPath *r)
{
	r->large_communities = arena_calloc(a, list.len / 12 + 1u, sizeof(char *));
	for (const uint8_t *p = list.p; r->n_large_communities < list.len / 12; p += 12) {
		const uint32_t v[] = { be32_get(p), be32_get(p + 4), be32_get(p + 8) };

		r->large_communities[r->n_large_communities++] = colon_text(a, v, ARRAY_SIZE(v));
	}
}

static void put_ext_communities(struct arena *a, struct octets list, Vbrd__BgpPath *r)
{
	char text[COMMUNITY_EXT_STRLEN];

	r->extended_communities = arena_calloc(a, list.len / 8 + 1u, sizeof(char *));
	for (const uint8_t *p = list.p; r->n_extended_communities < list.len / 8; p += 8)
		r->extended_communities[r->n_extended_communities++] = mgmt_str(a,
			community_ext_format(p, text));
}

/* A peer chooses how long the list is: one walk, one allocation. */
static char *cluster_text(struct arena *a, struct octets list)
{
	char *text = arena_alloc(a, list.len / 4u * IP_STRLEN + 1);
	size_t n = 0;

	for (uint16_t off = 0; off + 4u <= list.len; off += 4) {
		const struct ip_addr id = ip_from_v4(be32_get(list.p + off));

		if (off)
			text[n++] = ' ';
		n += strlen(ip_format(&id, text + n));
	}
	text[n] = '\0';
	return text;
}

static void put_reflection(struct arena *a, const struct wire_attrs *w, Vbrd__BgpPath *r)
{
	if (w->has & WIRE_HAS_ORIGINATOR_ID)
		r->originator_id = mgmt_id(a, w->originator_id);
	if (w->cluster_list.len)
		r->cluster_list = cluster_text(a, w->cluster_list);
}

void mgmt_put_attrs(struct arena *a, const struct wire_attrs *w, Vbrd__BgpPath *r)
{
	static const char *const origins[] = { "igp", "egp", "incomplete" };

	put_path(a, w->as_path, r);
	put_communities(a, w->communities, r);
	put_large_communities(a, w->large_communities, r);
	put_ext_communities(a, w->ext_communities, r);
	put_reflection(a, w, r);
	if (w->has & WIRE_HAS_ORIGIN && w->origin < ARRAY_SIZE(origins))
		r->origin = mgmt_str(a, origins[w->origin]);
	r->next_hop = ip_is_set(&w->next_hop) ? mgmt_ip(a, &w->next_hop) : NULL;
	r->has_med = (w->has & WIRE_HAS_MED) != 0;
	r->med = w->med;
	r->has_local_preference = (w->has & WIRE_HAS_LOCAL_PREF) != 0;
	r->local_preference = w->local_pref;
	r->has_weight = w->weight != 0;
	r->weight = w->weight;
	r->has_otc = (w->has & WIRE_HAS_OTC) != 0;
	r->otc = w->otc;
}

static void put_builtins(struct arena *a, uint8_t builtins, Vbrd__BgpPath *r)
{
	if (builtins == 0)
		return;
	r->built_in = arena_calloc(a, BGP_BUILTIN_COUNT, sizeof(char *));
	for (unsigned i = 0; i < BGP_BUILTIN_COUNT; i++)
		if (builtins & 1u << i)
			r->built_in[r->n_built_in++] = mgmt_str(a, bgp_builtin_name(i));
}

Vbrd__BgpPath *mgmt_path_row(struct arena *a, const struct rib *rib, const struct rib_path *p,
	bool received)
{
	const struct rib_source *s = rib_source_at(rib, p->source);
	const struct attrs *at = received ? NULL : rib_path_attrs(rib, p);
	const uint32_t now_s = (uint32_t)(mono_now().us / 1000000);
	Vbrd__BgpPath *r = arena_alloc(a, sizeof(*r));
	char name[BGP_NAME_SIZE];
	struct wire_attrs w;

	vbrd__bgp_path__init(r);
	attrs_to_wire(at != NULL ? at : rib_path_in(rib, p), &w);
	mgmt_put_attrs(a, &w, r);
	r->source = mgmt_str(a, mgmt_source_word(s->kind));
	bgp_source_name(s, name);
	if (s->kind == RIB_SOURCE_PEERING)
		r->edge = mgmt_str(a, name);
	r->peer = arena_strdup(a, name);
	r->has_best = r->has_multipath = r->has_valid = r->has_age = true;
	r->best = (p->flags & RIB_PATH_BEST) != 0;
	r->multipath = (p->flags & RIB_PATH_MULTIPATH) != 0;
	r->valid = (p->flags & RIB_PATH_REJECTED) == 0;
	r->has_stale = (p->flags & RIB_PATH_STALE) != 0;
	r->stale = r->has_stale;
	r->age = now_s - p->since_s;
	r->has_path_id = rib_path_id(p) != 0 && s->kind == RIB_SOURCE_BGP;
	r->path_id = rib_path_id(p);
	r->reason = mgmt_str(a, rib_reason_name((enum rib_reason)p->reason));
	put_builtins(a, bgp_path_builtins(rib, p), r);
	return r;
}

/* What came in is what "received" and "rejected" are about; else what policy made of it. */
static Vbrd__BgpPath *path_row(struct routes_job *q, uint32_t h)
{
	const bool received = q->view == VBRD__SHOW_BGP_ROUTES__VIEW__RECEIVED;
	Vbrd__BgpPath *r = mgmt_path_row(q->j.arena, q->rib, rib_path(q->rib, h), received);
	struct explain_path x;

	if (q->from == NULL || q->view == VBRD__SHOW_BGP_ROUTES__VIEW__BEST)
		return r;
	bgp_explain_path(q->instance_now, (enum bgp_family)q->family, h, &x);
	mgmt_put_verdict(q->j.arena, &x, r);
	return r;
}

static bool is_short(const struct attrs *a)
{
	struct wire_attrs w;

	attrs_to_wire(a, &w);
	return (size_t)w.as_path.len + w.communities.len + w.large_communities.len +
		w.ext_communities.len + w.cluster_list.len <=
		SHORT;
}

/* Of all paths but those of which more is told: the entry of like. */
static uint32_t find_like(struct routes_job *q, const struct rib_path *p)
{
	const bool received = q->view == VBRD__SHOW_BGP_ROUTES__VIEW__RECEIVED;
	const struct attrs *at = received ? NULL : rib_path_attrs(q->rib, p);
	struct share_key k;
	uint32_t like;

	if (at == NULL)
		at = rib_path_in(q->rib, p);
	memset(&k, 0, sizeof(k));
	k.attrs = at->id;
	k.source = rib_source_at(q->rib, p->source)->serial;
	k.path_id = rib_path_id(p);
	k.family = (uint8_t)q->family;
	k.flags = p->flags & SHOWN_FLAGS;
	k.reason = p->reason;
	k.builtins = bgp_path_builtins(q->rib, p);
	like = share_find(q->share, &k);
	if (like != SHARED_LIKE_NONE || !is_short(at))
		return like;
	share_add(q->share, &k);
	return SHARED_LIKE_REMEMBERED;
}

static void add_path(struct routes_job *q, uint32_t h, Vbrd__BgpRoute *row)
{
	const struct rib_path *p = rib_path(q->rib, h);
	uint32_t like = SHARED_LIKE_NONE;

	if (q->share != NULL) {
		like = find_like(q, p);
		row->like[row->n_like++] = like;
	}
	if (like < SHARED_LIKE_FIRST)
		row->paths[row->n_paths++] = path_row(q, h);
	else
		row->age[row->n_age++] = q->now_s - p->since_s;
}

static bool path_is_asked(const struct routes_job *q, const struct rib_path *p)
{
	bool rejected = (p->flags & RIB_PATH_REJECTED) != 0;

	if (q->from != NULL && !bgp_peer_owns(q->from, q->rib, p))
		return false;
	switch (q->view) {
	case VBRD__SHOW_BGP_ROUTES__VIEW__RECEIVED:
		return true;
	case VBRD__SHOW_BGP_ROUTES__VIEW__REJECTED:
		return rejected;
	default:
		return !rejected;
	}
}

static Vbrd__BgpRoute *route_row(struct routes_job *q, uint32_t net, size_t n_paths)
{
	struct prefix pfx = rib_net_prefix(q->rib, net);
	Vbrd__BgpRoute *r = arena_alloc(q->j.arena, sizeof(*r));

	vbrd__bgp_route__init(r);
	r->prefix = mgmt_prefix(q->j.arena, &pfx);
	r->paths = arena_alloc(q->j.arena, n_paths * sizeof(Vbrd__BgpPath *));
	return r;
}

static Vbrd__BgpPath *advertised_row(const struct routes_job *q, const struct export_path *e)
{
	const struct rib_path *p = rib_path(q->rib, e->path);
	const struct rib_source *s = rib_source_at(q->rib, p->source);
	struct arena *a = q->j.arena;
	Vbrd__BgpPath *r = arena_alloc(a, sizeof(*r));
	char name[BGP_NAME_SIZE];

	vbrd__bgp_path__init(r);
	mgmt_put_attrs(a, &e->attrs, r);
	r->has_path_id = e->id != 0;
	r->path_id = e->id;
	if (e->id == 0)
		return r;
	/* Several of a prefix: whose each one is. */
	r->source = mgmt_str(a, mgmt_source_word(s->kind));
	r->peer = mgmt_str(a, bgp_source_name(s, name));
	r->has_received_path_id = rib_path_id(p) != 0 && s->kind == RIB_SOURCE_BGP;
	r->received_path_id = rib_path_id(p);
	return r;
}

static void add_advertised(struct routes_job *q, uint32_t net)
{
	struct export_path *paths;
	const uint32_t n = bgp_peer_paths(q->from, (enum bgp_family)q->family, net, q->j.arena,
		&paths);
	Vbrd__BgpRoute *row;

	if (n == 0)
		return;
	row = route_row(q, net, n);
	for (uint32_t i = 0; i < n; i++)
		row->paths[row->n_paths++] = advertised_row(q, &paths[i]);
	q->now->rows[q->now->n++] = row;
}

static void add_net(struct routes_job *q, uint32_t net)
{
	Vbrd__BgpRoute *row;
	size_t n = 0;

	if (q->view == VBRD__SHOW_BGP_ROUTES__VIEW__ADVERTISED) {
		add_advertised(q, net);
		return;
	}
	for (uint32_t h = rib_net(q->rib, net)->paths; h != 0;
		h = rib_path_next(rib_path(q->rib, h)))
		n += path_is_asked(q, rib_path(q->rib, h));
	if (n == 0)
		return;
	row = route_row(q, net, n);
	if (q->share != NULL) {
		row->like = arena_alloc(q->j.arena, n * sizeof(*row->like));
		row->age = arena_alloc(q->j.arena, n * sizeof(*row->age));
	}
	for (uint32_t h = rib_net(q->rib, net)->paths; h != 0;
		h = rib_path_next(rib_path(q->rib, h)))
		if (path_is_asked(q, rib_path(q->rib, h)))
			add_path(q, h, row);
	q->now->rows[q->now->n++] = row;
}

static bool is_full(const struct routes_job *q)
{
	return q->now->n >= SLICE_ROWS || arena_used(q->j.arena) > MGMT_SLICE;
}

static bool walk_net(void *ctx, uint32_t net)
{
	struct routes_job *q = ctx;

	add_net(q, net);
	return !is_full(q);
}

/* Up to a slice of the present family; false when it is finished. */
static bool walk_family(struct routes_job *q)
{
	const bool is_longer = q->has_prefix && q->match == VBRD__MATCH__LONGER;
	struct rib_range at = {
		.within = is_longer ? &q->prefix : NULL,
		.key = q->key,
		.started = q->started,
	};
	const uint32_t seen = rib_walk(q->rib, &at, SLICE_NETS, walk_net, q);

	q->key = at.key;
	q->started = true;
	return is_full(q) || seen >= SLICE_NETS;
}

static void one_net(struct routes_job *q)
{
	struct ip_addr a = prefix_addr(&q->prefix);
	uint32_t net = q->match == VBRD__MATCH__LONGEST ? rib_match(q->rib, &a) :
							  rib_find(q->rib, &q->prefix);

	if (net != 0)
		add_net(q, net);
}

static void visit(struct mgmt_job *j, const struct worker *w)
{
	struct routes_job *q = (struct routes_job *)j;
	struct bgp_instance *i = worker_view_instance(w, q->instance);

	if (q->share != NULL && (uint32_t)(mono_now().us / 1000000) - q->now_s > PAUSE_S)
		share_forget(q->share);
	q->now_s = (uint32_t)(mono_now().us / 1000000);
	if (i == NULL || bgp_instance_conf(i)->table != q->table) {
		q->done = true;
		return;
	}
	q->instance_now = i;
	q->from = ip_is_set(&q->peer) ? bgp_instance_find_peer(i, &q->peer) : NULL;
	q->no_peer = ip_is_set(&q->peer) && q->from == NULL;
	q->done = q->no_peer;
	while (!q->done && !is_full(q)) {
		q->rib = bgp_instance_rib(i, (enum bgp_family)q->family);
		if (!q->families[q->family]) {
			/* not asked for */
		} else if (q->has_prefix && q->match != VBRD__MATCH__LONGER) {
			one_net(q);
		} else if (walk_family(q)) {
			return;
		}
		q->started = false;
		q->done = ++q->family == BGP_FAMILY_COUNT;
	}
}

/* False when the job has ended instead. */
static bool ask_next(struct routes_job *q)
{
	q->now = q->now == &q->slices[0] ? &q->slices[1] : &q->slices[0];
	q->j.arena = q->now->arena;
	return mgmt_job_one(&q->j, q->worker);
}

static void finish(struct mgmt_job *j)
{
	struct routes_job *q = (struct routes_job *)j;
	struct slice *came = q->now;
	const bool done = q->done; /* the next visit writes it */

	if (q->no_peer) {
		mgmt_job_fail(j, VBRD__STATUS_CODE__NOT_FOUND,
			"the VBR has no such peer: see show bgp summary");
		return;
	}
	/* If it is congested on_writable brings us here again. */
	if (!done && !rpc_call_is_congested(j->call) && !ask_next(q))
		return;
	if (came->n > 0 || done) {
		/* A path fits: its 64 KiB of attributes are a third of a frame as text. */
		shared_reply(j->call, came->rows, came->n);
		came->n = 0;
		arena_reset(came->arena);
	}
	if (done)
		mgmt_job_end(j, VBRD__STATUS_CODE__OK, NULL);
}

/* The arena of now goes with the job. */
static void free_extra(struct mgmt_job *j)
{
	struct routes_job *q = (struct routes_job *)j;

	for (size_t i = 0; i < ARRAY_SIZE(q->slices); i++)
		if (&q->slices[i] != q->now)
			arena_free(q->slices[i].arena);
	free(q->share);
}

/* The question's words; false after an error reply. */
static bool parse(struct rpc_call *call, const Vbrd__ShowBgpRoutes *in, struct routes_job *q)
{
	q->families[BGP_FAMILY_IP4] = in->family != VBRD__FAMILY__IPV6;
	q->families[BGP_FAMILY_IP6] = in->family != VBRD__FAMILY__IPV4;
	q->match = in->match;
	q->view = in->view;
	if (in->peer != NULL && in->peer[0] != '\0' && ip_parse(in->peer, &q->peer) < 0) {
		rpc_reply_error(call, VBRD__STATUS_CODE__USAGE,
			"\"%s\" is not the address of a peer", in->peer);
		return false;
	}
	if (q->view == VBRD__SHOW_BGP_ROUTES__VIEW__ADVERTISED && !ip_is_set(&q->peer)) {
		rpc_reply_error(call, VBRD__STATUS_CODE__USAGE, "advertised to whom? name a peer");
		return false;
	}
	if (in->prefix == NULL || in->prefix[0] == '\0')
		return true;
	q->has_prefix = true;
	if (!mgmt_prefix_asked(call, in->prefix, &q->prefix, &q->match))
		return false;
	q->families[BGP_FAMILY_IP4] &= q->prefix.family == AF_INET;
	q->families[BGP_FAMILY_IP6] &= q->prefix.family == AF_INET6;
	return true;
}

/* Of one peer's paths more is told: its verdict on each. */
static struct share *new_share(const Vbrd__ShowBgpRoutes *in, const struct routes_job *q)
{
	struct share *s;

	if (in->memory == 0 ||
		(ip_is_set(&q->peer) && q->view != VBRD__SHOW_BGP_ROUTES__VIEW__BEST))
		return NULL;
	s = xcalloc(1, sizeof(*s));
	s->memory = in->memory < SHARED_MEMORY ? in->memory : SHARED_MEMORY;
	return s;
}

void mgmt_show_bgp_routes(struct rpc_call *call, const Vbrd__Request *req, void *ctx)
{
	const Vbrd__ShowBgpRoutes *in = req->show_bgp_routes;
	struct daemon *d = mgmt_daemon(ctx);
	const struct plane_instance *pi = mgmt_instance(call, d, in->instance);
	struct routes_job question = { 0 };
	struct routes_job *q;
	struct mgmt_job head;

	if (pi == NULL || !parse(call, in, &question))
		return;
	q = mgmt_job_new(call, d, sizeof(*q));
	head = q->j;
	*q = question;
	q->j = head;
	q->instance = pi->id;
	q->worker = pi->worker;
	q->table = pi->table;
	q->j.visit = visit;
	q->j.finish = finish;
	q->j.free_extra = free_extra;
	q->share = new_share(in, q);
	q->now_s = (uint32_t)(mono_now().us / 1000000);
	q->slices[0].arena = q->j.arena;
	q->slices[1].arena = arena_new(ARENA_FIRST);
	q->now = &q->slices[0];
	(void)mgmt_job_one(&q->j, q->worker);
}
