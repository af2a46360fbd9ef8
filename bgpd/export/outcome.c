/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is said of a net: a pure function of its paths and the export configuration.
 *
 *   candidate -> communities, iBGP rule -> OTC -> default or policy -> egress
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
#include "bgpd/wire/aspath.h"
#include "bgpd/wire/update.h"
#include "lib/ds/arena.h"

#define FIXED_MAX          256 /* octets of a message besides the lists: some 170 */
#define LOCAL_PREF_DEFAULT 100 /* RFC 4271 5.1.5: must be sent to internal peers */

/* The first by source and path id: the order of the list is an accident of history. */
static const struct rib_path *find_network(const struct rib *r, uint32_t net)
{
	const struct rib_path *best = NULL;
	const struct rib_path *p;

	for (uint32_t h = rib_net(r, net)->paths; h; h = p->next) {
		p = rib_path(r, h);
		if (!(p->flags & RIB_PATH_LOCAL) || p->flags & RIB_PATH_REJECTED)
			continue;
		if (!best || p->source < best->source ||
			(p->source == best->source && p->path_id < best->path_id))
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

static enum rib_reason limit_of(const struct export_conf *conf, const struct attrs *at,
	const struct rib_source *s)
{
	if (at->limits & ATTRS_LIMIT_NO_ADVERTISE)
		return RIB_REASON_EXPORT_NO_ADVERTISE;
	if (at->limits && !conf->wire.ibgp)
		return RIB_REASON_EXPORT_NO_EXPORT;
	if (conf->wire.ibgp && s->kind == RIB_SOURCE_BGP && s->ibgp)
		return RIB_REASON_EXPORT_IBGP;
	/* RFC 9234 5, egress 2 */
	if (at->has & WIRE_HAS_OTC && otc_stops_export(conf->role))
		return RIB_REASON_EXPORT_OTC;
	return RIB_REASON_NONE;
}

static enum rib_reason apply_policy(struct outcome *o, const struct rib *r,
	const struct export_conf *conf, uint32_t net, struct arena *a)
{
	const struct policy_query q = {
		.pfx = rib_net_prefix(r, net),
		.source = o->source->kind,
		.arena = a,
		.scratch = conf->scratch,
		.path_id = attrs_path_id(o->path->attrs),
	};
	struct policy_verdict v;

	attrs_to_wire(o->path->attrs, &o->w);
	if (!conf->wire.ibgp && is_learned(o->source))
		o->w.has &= ~(uint32_t)WIRE_HAS_MED;
	v = policy_eval(conf->policy, &q, &o->w);
	o->modified = v.modified;
	o->asked = true;
	o->term = v.term;
	return v.permit ? RIB_REASON_NONE : RIB_REASON_POLICY;
}

size_t outcome_max_message(const struct export_conf *conf)
{
	return conf->wire.ext_message ? BGP_MAX_LEN_EXT : BGP_MAX_LEN;
}

void outcome_find(struct outcome *o, const struct rib *r, const struct export_conf *conf,
	uint32_t net, struct arena *a)
{
	*o = (struct outcome){ .path = candidate(r, net), .why = RIB_REASON_EXPORT_NO_PATH };
	if (!o->path)
		return;
	o->candidate = o->path;
	o->source = rib_source_at(r, o->path->source);
	if (conf->mute)
		o->why = (enum rib_reason)conf->mute;
	else if (!is_advertised_by_default(conf, o->path, o->source))
		o->why = RIB_REASON_EXPORT_NOT_ADVERTISED;
	else
		o->why = limit_of(conf, o->path->attrs, o->source);
	if (!o->why && conf->policy)
		o->why = apply_policy(o, r, conf, net, a);
	if (o->why)
		o->path = NULL;
}

struct attrs *outcome_set(const struct outcome *o, struct attrs_table *at)
{
	return o->modified ? attrs_get(at, &o->w) : attrs_ref(o->path->attrs);
}

static bool is_same_egress(const struct export_conf *a, const struct export_conf *b)
{
	return ip_is_equal(&a->next_hop, &b->next_hop) &&
		ip_is_equal(&a->next_hop_ll, &b->next_hop_ll);
}

bool outcome_is_as_before(const struct outcome *o, const struct rib *r,
	const struct export_conf *now, const struct export_conf *was, uint32_t net, struct arena *a)
{
	struct attrs_table *at = rib_attrs(r);
	struct attrs *set;
	struct attrs *old_set;
	struct outcome old;
	bool is_same;

	if (!is_same_egress(now, was))
		return false;
	outcome_find(&old, r, was, net, a);
	if (!old.path)
		return false;
	set = outcome_set(o, at);
	old_set = outcome_set(&old, at);
	is_same = set == old_set &&
		(!(set->has & WIRE_HAS_MED) ||
			outcome_keeps_med(o, now) == outcome_keeps_med(&old, was));
	attrs_unref(at, set);
	attrs_unref(at, old_set);
	return is_same;
}

bool outcome_keeps_med(const struct outcome *o, const struct export_conf *conf)
{
	return o->modified || conf->wire.ibgp || !is_learned(o->source);
}

#define EXT_COMMUNITY_SIZE     8
#define EXT_NON_TRANSITIVE_BIT 0x40 /* of the first octet (RFC 4360 2) */

/* RFC 4360 6: a non-transitive extended community does not cross the border of an AS. */
static struct octets transitive_only(struct octets in, struct arena *a)
{
	struct octets out = { NULL, 0 };
	uint8_t *p = NULL;

	for (uint16_t off = 0; off < in.len; off += EXT_COMMUNITY_SIZE) {
		if (in.p[off] & EXT_NON_TRANSITIVE_BIT)
			continue;
		if (!p)
			p = arena_alloc(a, in.len);
		memcpy(p + out.len, in.p + off, EXT_COMMUNITY_SIZE);
		out.len += EXT_COMMUNITY_SIZE;
	}
	out.p = p;
	return out;
}

void outcome_egress(struct wire_attrs *w, const struct export_conf *conf, bool keep_med,
	struct arena *a)
{
	w->has |= WIRE_HAS_ORIGIN | WIRE_HAS_AS_PATH | WIRE_HAS_NEXT_HOP;
	w->next_hop = conf->next_hop;
	w->next_hop_ll = conf->next_hop_ll;
	if (!keep_med)
		w->has &= ~(uint32_t)WIRE_HAS_MED;
	if (conf->wire.ibgp) {
		if (!(w->has & WIRE_HAS_LOCAL_PREF))
			w->local_pref = LOCAL_PREF_DEFAULT;
		w->has |= WIRE_HAS_LOCAL_PREF;
		return;
	}
	w->as_path = aspath_prepend(a, w->as_path, conf->wire.local_as, 1);
	w->has &= ~(uint32_t)(WIRE_HAS_LOCAL_PREF | WIRE_HAS_ORIGINATOR_ID);
	w->cluster_list = (struct octets){ NULL, 0 };
	/* RFC 9234 5, egress 1 */
	if (!(w->has & WIRE_HAS_OTC) && otc_marks_export(conf->role)) {
		w->otc = conf->wire.local_as;
		w->has |= WIRE_HAS_OTC;
	}
	if (w->ext_communities.len > 0)
		w->ext_communities = transitive_only(w->ext_communities, a);
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

int export_judge(const struct export *e, const struct export_conf *conf, uint32_t net,
	struct arena *a, struct wire_attrs *out, struct export_verdict *v)
{
	struct outcome o;

	outcome_find(&o, e->rib, conf, net, a);
	if (o.path && o.source == conf->source) {
		o.path = NULL;
		o.why = RIB_REASON_EXPORT_SAME_SOURCE;
	}
	*v = (struct export_verdict){
		.path = o.candidate,
		.why = o.why,
		.asked = o.asked,
		.term = o.term,
	};
	if (!o.path)
		return -ENOENT;
	if (o.modified)
		*out = o.w;
	else
		attrs_to_wire(o.path->attrs, out);
	outcome_egress(out, conf, outcome_keeps_med(&o, conf), a);
	if (fits(conf, out, a))
		return 0;
	v->why = RIB_REASON_EXPORT_TOO_LONG;
	return -ENOENT;
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
