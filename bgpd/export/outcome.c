/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is said of a net: a pure function of its paths and the export configuration.
 *
 *   candidate -> communities, iBGP rule -> OTC -> default or policy -> egress (egress.c)
 *
 * The candidate is a network statement if there is one, else the best path. Connected routes never
 * leave by BGP. Policy sees the route without the MED that some neighbour AS gave it (RFC 4271
 * 5.1.4: it must not be passed on by eBGP), so a MED after policy is one that policy has set.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "bgpd/export/export_private.h"
#include "bgpd/policy/otc.h"
#include "bgpd/wire/update.h"
#include "lib/ds/arena.h"
#include "lib/ds/ptable.h"

#define FIXED_MAX 256 /* octets of a message besides the lists: some 170 */

/* The first by source and path id: the order of the list is an accident of history. */
static const struct rib_path *find_network(const struct rib *r, uint32_t net)
{
	const struct rib_path *best = NULL;
	const struct rib_path *p;

	for (uint32_t h = rib_net(r, net)->paths; h; h = rib_path_next(p)) {
		p = rib_path(r, h);
		if (!(p->flags & RIB_PATH_LOCAL) || p->flags & RIB_PATH_REJECTED)
			continue;
		if (!best || p->source < best->source ||
			(p->source == best->source && rib_path_id(p) < rib_path_id(best)))
			best = p;
	}
	return best;
}

static const struct rib_path *candidate(const struct rib *r, uint32_t net)
{
	const struct rib_path *p = rib_count_local(r) ? find_network(r, net) : NULL;

	return p ? p : rib_net_best(r, net);
}

static bool is_learned(const struct rib_source *s)
{
	return s->kind == RIB_SOURCE_BGP || s->kind == RIB_SOURCE_PEERING;
}

static bool is_advertised_by_default(const struct export_conf *conf, const struct rib_path *p,
	const struct rib_source *s)
{
	if (s->kind == RIB_SOURCE_CONNECTED)
		return false;
	if (conf->bgp_to_all || conf->policy)
		return s->kind != RIB_SOURCE_STATIC || p->flags & RIB_PATH_LOCAL;
	switch (conf->advertise) {
	case EXPORT_ADVERTISE_PEERED:
		return p->flags & RIB_PATH_LOCAL ||
			(s->kind == RIB_SOURCE_PEERING && p->flags & RIB_PATH_CIDR);
	case EXPORT_ADVERTISE_NETWORKS:
		return p->flags & RIB_PATH_LOCAL;
	default:
		return false;
	}
}

static bool is_inside(const struct rib_source *s)
{
	return s->ibgp || s->confed;
}

/* RFC 1997, and RFC 5065 4.2 for who is outside of what. */
static enum rib_reason judge_communities(const struct export_conf *conf, const struct attrs *at)
{
	if (at->limits & ATTRS_LIMIT_NO_ADVERTISE)
		return RIB_REASON_EXPORT_NO_ADVERTISE;
	if (at->limits & ATTRS_LIMIT_NO_EXPORT_SUBCONFED && !conf->wire.ibgp)
		return RIB_REASON_EXPORT_NO_EXPORT_SUBCONFED;
	if (at->limits & ATTRS_LIMIT_NO_EXPORT && !wire_is_inside(&conf->wire))
		return RIB_REASON_EXPORT_NO_EXPORT;
	/* RFC 9494 4.3, and 4.6 for those inside */
	if (at->limits & ATTRS_LIMIT_LLGR_STALE && !conf->wire.llgr && !wire_is_inside(&conf->wire))
		return RIB_REASON_EXPORT_LLGR_STALE;
	return RIB_REASON_NONE;
}

/* From iBGP to iBGP: a reflector's clients tell all and are told all (RFC 4456 6). */
static enum rib_reason judge_reflection(const struct export_conf *conf, const struct rib_source *s)
{
	if (!conf->wire.ibgp || s->kind != RIB_SOURCE_BGP || !s->ibgp)
		return RIB_REASON_NONE;
	if (!s->client && !conf->egress.client)
		return RIB_REASON_EXPORT_IBGP;
	if (s->client && conf->egress.client && conf->egress.clients_meshed)
		return RIB_REASON_EXPORT_CLIENT_TO_CLIENT;
	return RIB_REASON_NONE;
}

static enum rib_reason limit_of(const struct export_conf *conf, const struct attrs *at,
	const struct rib_source *s)
{
	enum rib_reason r = judge_communities(conf, at);

	if (!r)
		r = judge_reflection(conf, s);
	/* RFC 9234 5, egress 2 */
	if (!r && at->has & WIRE_HAS_OTC && otc_stops_export(conf->role))
		r = RIB_REASON_EXPORT_OTC;
	return r;
}

static enum rib_reason apply_policy(struct outcome *o, const struct rib *r,
	const struct export_conf *conf, struct arena *a)
{
	const struct policy_query q = {
		.pfx = rib_net_prefix(r, o->net),
		.source = o->source->kind,
		.arena = a,
		.local_as = conf->wire.local_as,
		.scratch = conf->scratch,
		.path_id = attrs_path_id(o->set),
	};
	struct policy_verdict v;

	attrs_to_wire(o->set, &o->w);
	if (!wire_is_inside(&conf->wire) && is_learned(o->source))
		o->w.has &= ~(uint32_t)WIRE_HAS_MED;
	v = policy_eval(conf->policy, &q, &o->w);
	o->w.weight = 0;
	o->next_hop = v.next_hop;
	o->modified = v.modified;
	o->asked = true;
	o->term = v.term;
	return v.permit ? RIB_REASON_NONE : RIB_REASON_POLICY;
}

size_t outcome_max_message(const struct export_conf *conf)
{
	return conf->wire.ext_message ? BGP_MAX_LEN_EXT : BGP_MAX_LEN;
}

/* Does the route wait for a condition (conditional-advertisement)? */
static bool is_held_back(const struct outcome *o, const struct rib *r,
	const struct export_conf *conf, uint32_t net, struct arena *a)
{
	const struct policy_query q = {
		.pfx = rib_net_prefix(r, net),
		.source = o->source->kind,
		.arena = a,
		.local_as = conf->wire.local_as,
		.scratch = conf->scratch,
		.path_id = attrs_path_id(o->set),
	};
	struct wire_attrs w;

	attrs_to_wire(o->set, &w);
	return policy_eval(conf->held_back, &q, &w).permit;
}

/* Does a summary that is announced speak for it? */
static bool is_suppressed(const struct rib *r, const struct export_conf *conf, uint32_t net)
{
	struct prefix pfx;
	struct prefix found;
	struct ip_addr addr;

	if (!conf->summaries || ptable_count(conf->summaries) == 0)
		return false;
	pfx = rib_net_prefix(r, net);
	if (pfx.len == 0)
		return false;
	addr = prefix_addr(&pfx);
	pfx = prefix_make(&addr, pfx.len - 1);
	return ptable_match(conf->summaries, &pfx, &found) != PTABLE_NONE;
}

bool outcome_asks_prefix(const struct export_conf *conf)
{
	return conf->held_back || (conf->policy && policy_map_asks_prefix(conf->policy)) ||
		(conf->summaries && ptable_count(conf->summaries) != 0);
}

static enum rib_reason judge(struct outcome *o, const struct rib *r, const struct export_conf *conf,
	uint32_t net, struct arena *a)
{
	enum rib_reason why;

	if (!is_advertised_by_default(conf, o->path, o->source))
		return RIB_REASON_EXPORT_NOT_ADVERTISED;
	why = limit_of(conf, o->set, o->source);
	if (!why && is_suppressed(r, conf, net))
		why = RIB_REASON_EXPORT_SUPPRESSED;
	if (!why && conf->held_back && is_held_back(o, r, conf, net, a))
		why = RIB_REASON_EXPORT_CONDITIONAL;
	if (!why && conf->policy)
		why = apply_policy(o, r, conf, a);
	return why;
}

/* The path that stands for the default route that we originate: never eligible. */
static const struct rib_path *find_default(const struct rib *r, uint32_t net)
{
	const uint8_t marks = RIB_PATH_LOCAL | RIB_PATH_REJECTED;
	const struct rib_path *p;

	for (uint32_t h = rib_net(r, net)->paths; h; h = rib_path_next(p)) {
		p = rib_path(r, h);
		if ((p->flags & marks) == marks)
			return p;
	}
	return NULL;
}

static bool is_default_net(const struct rib *r, const struct export_conf *conf, uint32_t net)
{
	return conf->default_route != EXPORT_DEFAULT_NONE && rib_net(r, net)->len == 0;
}

/* What is originated goes out whatever policy says, in the place of any other default route. */
const struct rib_path *outcome_default(const struct rib *r, const struct export_conf *conf,
	uint32_t net)
{
	if (conf->default_route != EXPORT_DEFAULT_SENT || !is_default_net(r, conf, net))
		return NULL;
	return find_default(r, net);
}

const struct rib_path *outcome_candidate(const struct rib *r, const struct export_conf *conf,
	uint32_t net)
{
	const struct rib_path *p = outcome_default(r, conf, net);

	return p ? p : candidate(r, net);
}

void outcome_of_path(struct outcome *o, const struct rib *r, const struct export_conf *conf,
	const struct rib_path *path, struct arena *a)
{
	bool is_default;

	*o = (struct outcome){ .net = o->net, .path = path, .why = RIB_REASON_EXPORT_NO_PATH };
	if (!path)
		return;
	is_default = path == outcome_default(r, conf, o->net);
	o->set = is_default ? rib_path_in(r, path) : rib_path_attrs(r, path);
	o->candidate = path;
	o->source = rib_source_at(r, path->source);
	if (conf->mute)
		o->why = (enum rib_reason)conf->mute;
	else if (is_default)
		o->why = RIB_REASON_NONE;
	else if (path->flags & RIB_PATH_REJECTED)
		o->why = RIB_REASON_EXPORT_NO_PATH;
	else
		o->why = judge(o, r, conf, o->net, a);
	if (o->why)
		o->path = NULL;
}

void outcome_find(struct outcome *o, const struct rib *r, const struct export_conf *conf,
	uint32_t net, struct arena *a)
{
	o->net = net;
	outcome_of_path(o, r, conf, outcome_candidate(r, conf, net), a);
	if (!o->candidate && is_default_net(r, conf, net))
		o->why = RIB_REASON_EXPORT_CONDITIONAL;
}

struct attrs *outcome_set(const struct outcome *o, struct attrs_table *at)
{
	return o->modified ? attrs_get(at, &o->w) : attrs_ref(o->set);
}

bool outcome_is_as_before(const struct outcome *o, const struct rib *r,
	const struct export_conf *now, const struct export_conf *was, struct arena *a)
{
	struct attrs_table *at = rib_attrs(r);
	struct attrs *set;
	struct attrs *old_set;
	struct outcome_way way;
	struct outcome_way old_way;
	struct outcome old;
	bool is_same;

	if (!egress_is_same(now, was))
		return false;
	/* The path that stood for the default route may be gone: who can say what was told? */
	if (now->default_route != was->default_route && rib_net(r, o->net)->len == 0)
		return false;
	old.net = o->net;
	if (select_is_multi(now))
		outcome_of_path(&old, r, was, o->path, a);
	else
		outcome_find(&old, r, was, o->net, a);
	if (!old.path)
		return false;
	set = outcome_set(o, at);
	old_set = outcome_set(&old, at);
	way = outcome_way(o, now);
	old_way = outcome_way(&old, was);
	if (!(set->has & WIRE_HAS_MED))
		way.how = (way.how & ~(uint32_t)OUTCOME_KEEP_MED) |
			(old_way.how & OUTCOME_KEEP_MED);
	is_same = set == old_set && way.how == old_way.how && way.originator == old_way.originator;
	attrs_unref(at, set);
	attrs_unref(at, old_set);
	return is_same;
}

struct outcome_way outcome_way(const struct outcome *o, const struct export_conf *conf)
{
	const struct rib_source *s = o->source;
	const bool to_inside = wire_is_inside(&conf->wire);
	struct outcome_way way = { 0 };

	if (o->modified || to_inside || !is_learned(s))
		way.how |= OUTCOME_KEEP_MED;
	if (o->next_hop != POLICY_NEXT_HOP_KEEP)
		way.how |= o->next_hop == POLICY_NEXT_HOP_SELF ? OUTCOME_NEXT_HOP_SELF :
								 OUTCOME_NEXT_HOP_SET;
	if (s->kind != RIB_SOURCE_BGP)
		return way;
	way.how |= OUTCOME_LEARNED;
	if (to_inside && is_inside(s))
		way.how |= OUTCOME_INSIDE;
	if (!conf->wire.ibgp || !s->ibgp)
		return way;
	way.how |= OUTCOME_REFLECT;
	if (!(o->set->has & WIRE_HAS_ORIGINATOR_ID))
		way.originator = s->router_id;
	return way;
}

/*
 * Do they leave room for a prefix in a message? Emitting asks the same builder, and withdraws what
 * does not (emit_bucket). Few come near the limit: an upper bound answers for the rest.
 */
static bool fits(const struct export_conf *conf, const struct wire_attrs *w, struct arena *a)
{
	const size_t size = outcome_max_message(conf);
	const size_t bound = FIXED_MAX + 2u * w->as_path.len + w->communities.len +
		w->ext_communities.len + w->large_communities.len + w->cluster_list.len +
		w->unknown.len;
	struct wire_builder b;

	if (bound <= size && w->next_hop.family == wire_family_af(conf->family))
		return true;
	return wire_builder_announce(&b, &conf->wire,
		       &(struct wire_announce){
			       .family = conf->family,
			       .attrs = w,
			       .buf = arena_alloc(a, size),
			       .size = size,
		       }) == 0;
}

static int finish(const struct export_conf *conf, struct outcome *o, struct arena *a,
	struct wire_attrs *out, struct export_verdict *v)
{
	struct outcome_way way;

	if (o->path && o->source == conf->source) {
		o->path = NULL;
		o->why = RIB_REASON_EXPORT_SAME_SOURCE;
	}
	*v = (struct export_verdict){
		.path = o->candidate,
		.why = o->why,
		.asked = o->asked,
		.term = o->term,
	};
	if (!o->path)
		return -ENOENT;
	if (o->modified)
		*out = o->w;
	else
		attrs_to_wire(o->set, out);
	way = outcome_way(o, conf);
	egress_apply(out, conf, &way, a);
	if (fits(conf, out, a))
		return 0;
	v->why = RIB_REASON_EXPORT_TOO_LONG;
	return -ENOENT;
}

int export_judge(const struct export *e, const struct export_conf *conf, uint32_t net,
	struct arena *a, struct wire_attrs *out, struct export_verdict *v)
{
	struct outcome o;

	outcome_find(&o, e->rib, conf, net, a);
	return finish(conf, &o, a, out, v);
}

int export_judge_path(const struct export *e, const struct export_conf *conf, uint32_t path,
	struct arena *a, struct wire_attrs *out, struct export_verdict *v)
{
	struct outcome o;

	o.net = rib_path_net(e->rib, rib_path(e->rib, path));
	outcome_of_path(&o, e->rib, conf, rib_path(e->rib, path), a);
	return finish(conf, &o, a, out, v);
}

bool export_is_multi(const struct export_conf *conf)
{
	return select_is_multi(conf);
}

uint32_t export_candidates(struct export *e, const struct export_conf *conf, uint32_t net,
	const uint32_t **paths)
{
	const uint32_t n = select_paths(e, conf, net);

	*paths = e->picked;
	return n;
}

uint32_t export_paths(struct export *e, const struct export_conf *conf, uint32_t net,
	struct arena *a, struct export_path **out)
{
	const uint32_t n = select_paths(e, conf, net);
	uint32_t kept = 0;

	*out = arena_calloc(a, n + 1u, sizeof(**out));
	for (uint32_t i = 0; i < n; i++) {
		struct export_path *p = &(*out)[kept];
		struct export_verdict v;

		p->path = e->picked[i];
		p->id = select_is_multi(conf) ? p->path : 0;
		kept += export_judge_path(e, conf, p->path, a, &p->attrs, &v) == 0;
	}
	return kept;
}

int export_attrs(const struct export *e, const struct export_conf *conf, uint32_t net,
	struct arena *a, struct wire_attrs *out, enum rib_reason *why)
{
	struct export_verdict v;
	const int ret = export_judge(e, conf, net, a, out, &v);

	if (why)
		*why = v.why;
	return ret;
}
