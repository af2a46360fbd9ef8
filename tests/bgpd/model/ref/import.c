/* SPDX-License-Identifier: Apache-2.0 */
/* What neighbours say, and what becomes of it before the decision. */
#include <string.h>
#include <sys/socket.h>

#include "tests/bgpd/model/ref/ref_private.h"

bool ref_has_u32(const uint32_t *v, unsigned n, uint32_t x)
{
	for (unsigned i = 0; i < n; i++) {
		if (v[i] == x)
			return true;
	}
	return false;
}

/*
 * Who is who
 */

uint32_t ref_public_as(const struct ref_instance *i)
{
	return i->confed_id ? i->confed_id : i->as;
}

uint32_t ref_cluster_id(const struct ref_instance *i)
{
	return i->cluster_id ? i->cluster_id : i->router_id;
}

enum ref_side ref_peer_side(const struct ref *m, const struct ref_peer *p)
{
	const struct ref_instance *i = &m->inst[p->inst];

	if (p->as == i->as)
		return REF_INTERNAL;
	return i->confed_id && p->as == i->member ? REF_MEMBER : REF_EXTERNAL;
}

struct ref_session ref_peer_session(const struct ref *m, const struct ref_peer *p)
{
	const struct ref_instance *i = &m->inst[p->inst];
	struct ref_session s = { .side = ref_peer_side(m, p) };

	s.confed = i->confed_id && s.side != REF_EXTERNAL;
	s.local_as = s.side == REF_EXTERNAL ? ref_public_as(i) : i->as;
	if (s.side == REF_EXTERNAL && p->fake_as)
		s.local_as = p->fake_as;
	return s;
}

uint32_t ref_fake_as(const struct ref *m, const struct ref_peer *p)
{
	if (p->s.side != REF_EXTERNAL || p->s.local_as == ref_public_as(&m->inst[p->inst]))
		return 0;
	return p->s.local_as;
}

enum bgp_role ref_role_of(const struct ref_peer *p)
{
	return p->s.side == REF_EXTERNAL ? p->role : BGP_ROLE_NONE;
}

bool ref_is_above_or_beside(enum bgp_role ours)
{
	return ours == BGP_ROLE_CUSTOMER || ours == BGP_ROLE_RS_CLIENT || ours == BGP_ROLE_PEER;
}

bool ref_is_below_or_beside(enum bgp_role ours)
{
	return ours == BGP_ROLE_PROVIDER || ours == BGP_ROLE_RS || ours == BGP_ROLE_PEER;
}

/*
 * Import
 */

/*
 * What is not for a neighbour of this kind to say is not heard (RFC 4271 5.1.5, RFC 5065 5.1,
 * RFC 7606 7).
 */
static struct route as_heard(const struct ref_peer *p, const struct route *r)
{
	struct route out = *r;

	if (p->s.side == REF_EXTERNAL) {
		out.has_local_pref = false;
		out.local_pref = 0;
	}
	if (p->s.side != REF_INTERNAL) {
		out.has_originator = false;
		out.originator = 0;
		out.n_cluster = 0;
		memset(out.cluster, 0, sizeof(out.cluster));
	}
	return out;
}

/* RFC 4271 5.1.3, 6.3. */
static enum rib_reason judge_next_hop(const struct ref *m, const struct ref_peer *p,
	const struct ip_addr *nh)
{
	const struct bgp_link *link = &m->inst[p->inst].link;
	const bool is4 = nh->family == AF_INET;
	const struct ip_addr *own = is4 ? &link->local4 : &link->local6;
	const struct ip_addr *far = is4 ? &link->gateway4 : &link->gateway6;
	const struct prefix subnet = prefix_make(own, is4 ? link->len4 : link->len6);

	if (ip_is_equal(nh, own))
		return RIB_REASON_NEXT_HOP_SELF;
	if (ip_is_equal(nh, &p->addr) || (ip_is_set(own) && prefix_covers_addr(&subnet, nh)))
		return RIB_REASON_NONE;
	/* elsewhere: only for those who are not on the link themselves */
	if ((p->s.side != REF_EXTERNAL || p->multihop > 1) && ip_is_set(far))
		return RIB_REASON_NONE;
	return RIB_REASON_NEXT_HOP_UNREACHABLE;
}

static enum rib_reason judge_prefix(const struct ref *m, const struct ref_peer *p,
	const struct prefix *pfx)
{
	static const struct prefix shared = { .family = AF_INET, .len = 10, .b = { 100, 64 } };
	const struct bgp_link *link = &m->inst[p->inst].link;
	const struct prefix link4 = prefix_make(&link->local4, link->len4);
	const struct prefix link6 = prefix_make(&link->local6, link->len6);

	if (pfx->len == 0)
		return RIB_REASON_FILTER_DEFAULT;
	if (prefix_covers(&shared, pfx))
		return RIB_REASON_FILTER_SHARED_ADDRESS;
	if (prefix_is_martian(pfx))
		return RIB_REASON_FILTER_MARTIAN;
	for (unsigned i = 0; i < m->n_cidrs; i++) {
		if (prefix_covers(&m->cidr[i], pfx))
			return RIB_REASON_FILTER_VPC_CIDR;
	}
	if (ip_is_set(&link->local4) && prefix_covers(&link4, pfx))
		return RIB_REASON_FILTER_LINK_SUBNET;
	if (ip_is_set(&link->local6) && prefix_covers(&link6, pfx))
		return RIB_REASON_FILTER_LINK_SUBNET;
	return RIB_REASON_NONE;
}

/* RFC 9234 5, ingress 1 and 2; the role is ours. */
static bool is_leak(const struct ref_peer *p, const struct route *r)
{
	const enum bgp_role role = ref_role_of(p);

	if (!r->has_otc)
		return false;
	if (role == BGP_ROLE_PROVIDER || role == BGP_ROLE_RS)
		return true;
	return role == BGP_ROLE_PEER && r->otc != p->as;
}

static unsigned count_as(const struct route *r, uint32_t as, bool in_confed)
{
	unsigned n = 0;

	for (unsigned i = 0; i < r->n_path; i++)
		n += r->path[i] == as && (r->segment[i] == ROUTE_CONFED_SEQUENCE) == in_confed;
	return n;
}

/* RFC 4271 9.1.2, RFC 5065 4; each number that we are known by is counted for itself. */
static enum rib_reason judge_loop(const struct ref *m, const struct ref_peer *p,
	const struct route *r)
{
	const struct ref_instance *i = &m->inst[p->inst];
	const uint32_t fake = ref_fake_as(m, p);

	if (count_as(r, ref_public_as(i), false) > p->allow_own_as)
		return RIB_REASON_AS_LOOP;
	if (fake && count_as(r, fake, false) > p->allow_own_as)
		return RIB_REASON_AS_LOOP;
	if (i->confed_id && count_as(r, i->as, true) > p->allow_own_as)
		return RIB_REASON_CONFED_LOOP;
	return RIB_REASON_NONE;
}

static enum rib_reason judge_route(const struct ref *m, const struct ref_peer *p,
	const struct route *r)
{
	const struct ref_instance *inst = &m->inst[p->inst];

	if (p->s.side == REF_EXTERNAL && route_first_as(r) != p->as)
		return RIB_REASON_FIRST_AS;
	if (p->s.side == REF_MEMBER && r->path[0] != p->as)
		return RIB_REASON_FIRST_AS;
	if (route_has_segment(r, ROUTE_SET))
		return RIB_REASON_AS_SET;
	if (is_leak(p, r))
		return RIB_REASON_OTC_LEAK;
	if (r->has_originator && r->originator == inst->router_id)
		return RIB_REASON_ORIGINATOR_LOOP;
	if (ref_has_u32(r->cluster, r->n_cluster, ref_cluster_id(inst)))
		return RIB_REASON_CLUSTER_LOOP;
	return judge_next_hop(m, p, &r->next_hop);
}

/* RFC 8326 4, RFC 7999 3.2. */
static void after_policy(const struct ref_peer *p, const struct prefix *pfx, struct ref_path *path)
{
	const uint8_t bound = p->blackhole_len[ref_family(pfx)];
	struct route *r = &path->r;
	const bool is_leaving = p->gshut ||
		(route_has_community(r, COMMUNITY_GRACEFUL_SHUTDOWN) && !p->ignore_gshut);

	if (p->s.side == REF_EXTERNAL && is_leaving) {
		r->has_local_pref = true;
		r->local_pref = 0;
	}
	if (!bound || pfx->len < bound || !route_has_community(r, COMMUNITY_BLACKHOLE))
		return;
	path->flags |= RIB_PATH_BLACKHOLE;
	if (!route_has_community(r, COMMUNITY_NO_ADVERTISE))
		route_add_community(r, COMMUNITY_NO_EXPORT);
}

static void ingress(const struct ref *m, const struct ref_peer *p, struct route *r)
{
	const uint32_t fake = ref_fake_as(m, p);

	if (fake && !p->fake_no_prepend)
		route_prepend(r, ROUTE_SEQUENCE, fake);
	if (!r->has_otc && ref_is_above_or_beside(ref_role_of(p))) {
		r->has_otc = true; /* RFC 9234 5, ingress 3 */
		r->otc = p->as;
	}
}

static void import(const struct ref *m, const struct ref_peer *p, unsigned pfx,
	struct ref_path *path)
{
	const struct ref_map *map = ref_map(&m->policy, p->import);
	const enum rib_reason loop = judge_loop(m, p, &path->r);
	enum rib_reason why = loop;
	struct ref_question q = { &m->policy, &m->pfx[pfx], RIB_SOURCE_BGP, false };
	struct route r = path->r;

	if (!loop || (map && ref_map_may_accept_own(map)))
		why = judge_route(m, p, &r);
	if (!why && p->import && !map)
		why = RIB_REASON_NO_POLICY;
	if (!why)
		why = judge_prefix(m, p, &m->pfx[pfx]);
	if (!why)
		ingress(m, p, &r);
	if (!why && map && !ref_map_eval(map, &q, &r))
		why = RIB_REASON_POLICY;
	if (!why && !q.accepts_own)
		why = loop;
	path->reason = (uint8_t)why;
	if (why) {
		path->flags |= RIB_PATH_REJECTED;
		return;
	}
	path->r = r;
	after_policy(p, &m->pfx[pfx], path);
}

static void import_one(const struct ref *m, const struct ref_peer *p, unsigned pfx, unsigned id,
	struct ref_path *path)
{
	const struct ref_in *in = &p->in[pfx][id];

	path->src = (struct ref_source){
		.kind = RIB_SOURCE_BGP,
		.n = (uint8_t)(p - m->peer),
		.id = (uint8_t)id,
		.index = p->index[ref_family(&m->pfx[pfx])],
	};
	path->r = as_heard(p, &in->r);
	path->flags = in->stale ? RIB_PATH_STALE : 0;
	path->live_key = p->live_key;
	import(m, p, pfx, path);
}

void ref_gather_peers(struct ref *m, unsigned inst, unsigned pfx)
{
	for (unsigned k = 0; k < REF_PEERS; k++) {
		const struct ref_peer *p = &m->peer[k];

		if (!p->is || p->inst != inst)
			continue;
		for (unsigned id = 0; id < REF_IDS; id++) {
			struct ref_path *path;

			if (!p->in[pfx][id].is)
				continue;
			path = ref_add_path(&m->net[inst][pfx]);
			import_one(m, p, pfx, id, path);
			/* RFC 9494 4.2 */
			if (p->in[pfx][id].long_lived && !(path->flags & RIB_PATH_REJECTED))
				route_add_community(&path->r, COMMUNITY_LLGR_STALE);
		}
	}
}

bool ref_may_live_long(const struct ref *m, const struct ref_peer *p, unsigned pfx, unsigned id)
{
	struct ref_path path;

	memset(&path, 0, sizeof(path));
	import_one(m, p, pfx, id, &path);
	if (route_has_community(&p->in[pfx][id].r, COMMUNITY_NO_LLGR))
		return false;
	return path.flags & RIB_PATH_REJECTED || !route_has_community(&path.r, COMMUNITY_NO_LLGR);
}
