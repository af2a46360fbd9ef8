/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Import: may a path be used, and with which attributes? What depends on the attributes alone is
 * said once a message; only the safety filter looks at each prefix, and a route-map if its terms
 * ask for the prefix.
 *
 * A refused path stays in adj-in with its reason, so a change of policy needs nothing from the
 * neighbour, and `explain` can tell.
 */
#include "bgpd/neighbor/import.h"

#include <errno.h>

#include "bgpd/engine_int.h"
#include "bgpd/neighbor/peer_as.h"
#include "bgpd/neighbor/restart.h"
#include "bgpd/policy/otc.h"
#include "bgpd/wire/aspath.h"
#include "bgpd/wire/community.h"

#define US_PER_S 1000000

static bool is_single_hop(const struct bgp_peer *p, const struct import_rules *rules)
{
	return !wire_is_inside(&p->ws) && rules->conf->session.multihop <= 1;
}

static bool is_on_link(const struct bgp_link *link, const struct attrs *in)
{
	const struct ip_addr nh = attrs_next_hop(in);
	const struct ip_addr ll = attrs_next_hop_ll(in);

	return ip_is_link_local(&ll) || ip_is_link_local(&nh) || link_covers(link, &nh);
}

/* RFC 4271 5.1.3 and 6.3. */
static enum rib_reason judge_next_hop(const struct bgp_peer *p, const struct import_rules *rules,
	const struct attrs *in)
{
	const struct ip_addr nh = attrs_next_hop(in);
	const struct ip_addr own = session_local_addr(p->session);
	struct ip_addr gw;

	if (!ip_is_set(&nh))
		return RIB_REASON_NEXT_HOP_UNREACHABLE;
	if (instance_has_address(p->inst, &nh) || ip_is_equal(&nh, &own))
		return RIB_REASON_NEXT_HOP_SELF;
	if (ip_is_equal(&nh, &p->conf.session.remote) || is_on_link(&p->circuit->link, in))
		return RIB_REASON_NONE;
	if (ip_is_martian(&nh) || is_single_hop(p, rules) ||
		!circuit_resolve(p->inst, p->circuit, in, &gw))
		return RIB_REASON_NEXT_HOP_UNREACHABLE;
	return RIB_REASON_NONE;
}

/* RFC 4456 8: our own id in either says that the route has been here. */
static enum rib_reason judge_reflection(const struct bgp_peer *p, const struct attrs *in)
{
	const struct octets list = attrs_cluster_list(in);
	const struct bgp_instance_conf *ic = &p->inst->conf;
	const uint32_t cluster = ic->cluster_id ? ic->cluster_id : ic->router_id;
	struct cursor c = cursor_make(list.p, list.len);

	if (in->has & WIRE_HAS_ORIGINATOR_ID && attrs_originator_id(in) == ic->router_id)
		return RIB_REASON_ORIGINATOR_LOOP;
	while (cursor_left(&c) >= 4) {
		if (cursor_u32(&c) == cluster)
			return RIB_REASON_CLUSTER_LOOP;
	}
	return RIB_REASON_NONE;
}

static enum rib_reason judge_attrs(const struct bgp_peer *p, const struct import_rules *rules,
	const struct attrs *in)
{
	enum rib_reason r;

	if (!peer_as_is_first(p, in))
		return RIB_REASON_FIRST_AS;
	if (aspath_has_set(attrs_as_path(in)))
		return RIB_REASON_AS_SET;
	if (otc_is_leak(peer_role(p), p->ws.peer_as, in->has, attrs_otc(in)))
		return RIB_REASON_OTC_LEAK;
	r = judge_reflection(p, in);
	if (r == RIB_REASON_NONE)
		r = judge_next_hop(p, rules, in);
	if (r == RIB_REASON_NONE && rules->conf->has_import && !rules->map)
		r = RIB_REASON_NO_POLICY;
	return r;
}

/* What ingress adds before policy sees the route: the AS that the neighbour takes us for, OTC. */
static struct attrs *ingress(const struct bgp_peer *p, const struct import_rules *rules,
	struct attrs *in)
{
	const uint32_t fake = rules->conf->fake_no_prepend ? 0 : peer_fake_as(p);
	/* RFC 9234 5, ingress 3 */
	const bool marks = !(in->has & WIRE_HAS_OTC) && otc_marks_import(peer_role(p));
	struct wire_attrs w;

	if (!fake && !marks)
		return attrs_ref(in);
	attrs_to_wire(in, &w);
	if (fake)
		w.as_path = aspath_prepend(p->inst->e->arena, w.as_path, fake, 1);
	if (marks) {
		w.otc = p->ws.peer_as;
		w.has |= WIRE_HAS_OTC;
	}
	return attrs_get(p->inst->e->attrs, &w);
}

struct import_rules import_rules_of(const struct bgp_peer *p)
{
	return (struct import_rules){
		.conf = &p->conf,
		.map = p->import_map,
		.safety = p->inst->safety,
	};
}

void import_begin_by(struct import *im, struct peer_family *pf, struct attrs *in,
	const struct import_rules *rules)
{
	im->pf = pf;
	im->rules = *rules;
	im->in = in;
	im->has_common = false;
	im->map = rules->conf->has_import ? rules->map : NULL;
	im->loop = peer_as_loop(pf->peer, rules->conf, in);
	if (im->loop != RIB_REASON_NONE && !(im->map && policy_map_accepts_own(im->map)))
		im->reason = im->loop;
	else
		im->reason = judge_attrs(pf->peer, rules, in);
	im->base = im->reason == RIB_REASON_NONE ? ingress(pf->peer, rules, in) : NULL;
	if (im->map && im->base)
		attrs_to_wire(im->base, &im->wire);
}

void import_end(struct import *im)
{
	struct attrs_table *at = im->pf->peer->inst->e->attrs;

	attrs_unref(at, im->base);
	im->base = NULL;
	if (im->has_common)
		attrs_unref(at, im->common.attrs);
	im->has_common = false;
}

void import_begin(struct import *im, struct peer_family *pf, struct attrs *in)
{
	const struct import_rules rules = import_rules_of(pf->peer);

	import_begin_by(im, pf, in, &rules);
}

static void ask_map(const struct import *im, const struct prefix *pfx, struct import_verdict *out)
{
	struct bgp_engine *e = im->pf->peer->inst->e;
	const struct policy_query q = {
		.pfx = *pfx,
		.source = RIB_SOURCE_BGP,
		.local_as = im->pf->peer->ws.local_as,
		.arena = e->arena,
		.scratch = e->scratch,
		.path_id = attrs_path_id(im->in),
	};
	struct wire_attrs w = im->wire;

	out->asked = true;
	out->said = policy_eval(im->map, &q, &w);
	if (!out->said.permit)
		out->reason = RIB_REASON_POLICY;
	else if (!out->said.accept_own)
		out->reason = im->loop;
	if (out->reason != RIB_REASON_NONE)
		return;
	out->attrs = out->said.modified ? attrs_get(e->attrs, &w) : attrs_ref(im->base);
	if (out->said.next_hop != POLICY_NEXT_HOP_ADDR)
		return;
	out->reason = judge_next_hop(im->pf->peer, &im->rules, out->attrs);
	if (out->reason == RIB_REASON_NONE)
		return;
	attrs_unref(e->attrs, out->attrs);
	out->attrs = NULL;
}

/* RFC 7999 3.3: only where it was agreed, and as specific as that. */
static bool is_blackhole(const struct bgp_peer_conf *conf, const struct prefix *pfx,
	const struct attrs *a)
{
	const uint8_t bound = conf->blackhole_len[pfx->family == AF_INET6];

	return a->limits & ATTRS_BLACKHOLE && bound && pfx->len >= bound;
}

uint8_t import_builtins(const struct bgp_peer *p, const struct bgp_peer_conf *conf,
	const struct prefix *pfx, const struct attrs *a)
{
	const bool marked = a->limits & ATTRS_GRACEFUL_SHUTDOWN && !conf->ignore_gshut;
	uint8_t builtins = 0;

	if (!wire_is_inside(&p->ws) && (conf->gshut || marked))
		builtins |= BGP_BUILTIN_GRACEFUL_SHUTDOWN;
	if (is_blackhole(conf, pfx, a))
		builtins |= BGP_BUILTIN_BLACKHOLE;
	return builtins;
}

/* What comes after policy, so that no policy undoes it. */
static void after_policy(const struct import *im, const struct prefix *pfx,
	struct import_verdict *v)
{
	struct bgp_engine *e = im->pf->peer->inst->e;
	struct attrs *was = v->attrs;
	struct wire_attrs w;

	v->builtins = import_builtins(im->pf->peer, im->rules.conf, pfx, was);
	if (likely(!v->builtins))
		return;
	attrs_to_wire(was, &w);
	/* RFC 8326 4.1, 4.2: used while there is no other path, and no longer. */
	if (v->builtins & BGP_BUILTIN_GRACEFUL_SHUTDOWN) {
		w.local_pref = 0;
		w.has |= WIRE_HAS_LOCAL_PREF;
	}
	/* RFC 7999 3.2: what is dropped here is nobody else's business. */
	if (v->builtins & BGP_BUILTIN_BLACKHOLE &&
		!(was->limits & (ATTRS_LIMIT_NO_EXPORT | ATTRS_LIMIT_NO_ADVERTISE)))
		w.communities = community_add(e->arena, w.communities, BGP_COMM_NO_EXPORT);
	v->attrs = attrs_get(e->attrs, &w);
	attrs_unref(e->attrs, was);
}

/* What becomes of a prefix that the safety filter does not mind. */
static void judge_passed(const struct import *im, const struct prefix *pfx,
	struct import_verdict *v)
{
	if (im->map)
		ask_map(im, pfx, v);
	else
		v->attrs = attrs_ref(im->base);
	if (v->attrs)
		after_policy(im, pfx, v);
}

/* What comes before policy: whether it is to be asked. */
static bool judge_before(const struct import *im, const struct prefix *pfx,
	struct import_verdict *v)
{
	v->reason = im->reason;
	v->asked = false;
	v->builtins = 0;
	v->attrs = NULL;
	if (v->reason == RIB_REASON_NONE)
		v->reason = safety_filter_check(im->rules.safety, pfx);
	return v->reason == RIB_REASON_NONE;
}

void import_judge(const struct import *im, const struct prefix *pfx, struct import_verdict *v)
{
	if (judge_before(im, pfx, v))
		judge_passed(im, pfx, v);
}

/* Does what is said of one prefix hold for all? A blackhole is known by its length, too. */
static bool is_common(const struct import *im, const struct import_verdict *v)
{
	if (im->map && policy_map_asks_prefix(im->map))
		return false;
	return !v->attrs || !(v->attrs->limits & ATTRS_BLACKHOLE);
}

static void offer_fill(const struct import *im, const struct import_verdict *v, struct rib_offer *o)
{
	o->live_key = im->pf->peer->live_key;
	o->in = im->in;
	o->reject = v->reason;
	o->attrs = v->attrs;
	if (v->builtins & BGP_BUILTIN_BLACKHOLE)
		o->flags |= RIB_PATH_BLACKHOLE;
}

static int offer(const struct import *im, const struct import_verdict *v, struct rib_offer *o)
{
	offer_fill(im, v, o);
	return table_update(im->pf->table, im->pf->source, o);
}

/* What is said of this prefix is said of the others of the message, too. */
static void note_common(struct import *im, const struct import_verdict *v)
{
	const struct mono now = loop_now(im->pf->peer->inst->e->loop);

	im->has_common = true;
	im->common = *v; /* with its reference */
	im->offer = (struct rib_offer){ .now_s = (uint32_t)(now.us / US_PER_S) };
	offer_fill(im, v, &im->offer);
}

static int offer_common(struct import *im, const struct prefix *pfx, uint32_t path_id,
	const struct ptable_spot *spot)
{
	int ret;

	im->offer.pfx = *pfx;
	im->offer.path_id = path_id;
	im->offer.spot = spot;
	ret = rib_update(im->pf->table->rib, im->pf->source, &im->offer);
	if (unlikely(ret == -EDQUOT))
		ret = table_update(im->pf->table, im->pf->source, &im->offer);
	return ret;
}

NEVER_INLINE
static int offer_alone(struct import *im, const struct prefix *pfx, uint32_t path_id,
	const struct ptable_spot *spot)
{
	struct rib_offer o = { .pfx = *pfx, .path_id = path_id, .spot = spot };
	struct import_verdict v;
	int ret;

	if (!judge_before(im, pfx, &v))
		return offer(im, &v, &o);
	judge_passed(im, pfx, &v);
	if (is_common(im, &v)) {
		note_common(im, &v);
		return offer_common(im, pfx, path_id, spot);
	}
	ret = offer(im, &v, &o);
	attrs_unref(im->pf->peer->inst->e->attrs, v.attrs);
	return ret;
}

int import_offer(struct import *im, const struct prefix *pfx, uint32_t path_id,
	const struct ptable_spot *spot)
{
	if (likely(im->has_common) && safety_filter_check(im->rules.safety, pfx) == RIB_REASON_NONE)
		return offer_common(im, pfx, path_id, spot);
	return offer_alone(im, pfx, path_id, spot);
}

void import_again(const struct import *im, uint32_t path)
{
	const struct rib *r = im->pf->table->rib;
	const struct rib_path *p = rib_path(r, path);
	struct rib_offer o = {
		.pfx = rib_net_prefix(r, rib_path_net(r, p)),
		.path_id = rib_path_id(p),
		.again = true,
	};
	const bool is_long_lived = p->is_long;
	struct import_verdict v;

	import_judge(im, &o.pfx, &v);
	if (is_long_lived && !restart_may_live_long(im->in, v.attrs)) {
		(void)rib_withdraw(im->pf->table->rib, im->pf->source, &o.pfx, o.path_id);
	} else {
		if (is_long_lived && v.attrs)
			v.attrs = restart_mark_long_lived(im->pf->peer->inst->e, v.attrs);
		(void)offer(im, &v, &o);
	}
	attrs_unref(im->pf->peer->inst->e->attrs, v.attrs);
}
