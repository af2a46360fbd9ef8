/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attributes as they leave, a pure function of the set, the configuration, and how the route came
 * (struct outcome_way). It runs once a bucket, never once a prefix.
 *
 *   communities -> next hop -> by where the neighbour is:
 *
 *   outside           no segments of the confederation; private numbers, the neighbour's own; then
 *                     our AS in front, with fake-as both; no attributes of the inside
 *   another member    our member AS in front, in the segment of the confederation (RFC 5065 4)
 *   the same AS       the path as it is; a reflected route gets ORIGINATOR_ID and CLUSTER_LIST
 */
#include <string.h>

#include "bgpd/export/export_private.h"
#include "bgpd/policy/otc.h"
#include "bgpd/wire/aspath.h"
#include "bgpd/wire/community.h"
#include "lib/ds/arena.h"

#define LOCAL_PREF_DEFAULT     100 /* RFC 4271 5.1.5: must be sent to internal peers */
#define EXT_COMMUNITY_SIZE     8
#define EXT_NON_TRANSITIVE_BIT 0x40 /* of the first octet (RFC 4360 2) */
#define CLUSTER_ID_SIZE        4
#define COMMUNITY_SIZE         4

/*
 * RFC 4360 6: a non-transitive extended community does not cross the border of an AS, and stays
 * within a confederation as a whole.
 */
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

static bool is_on(const struct prefix *net, const struct ip_addr *a)
{
	return net->family == a->family && prefix_covers_addr(net, a);
}

/* Is the next hop a station of the link that we and the neighbour are on? */
static bool is_shared(const struct wire_attrs *w, const struct export_egress *eg)
{
	const struct ip_addr *nh = &w->next_hop;

	if (ip_is_link_local(nh))
		return !eg->multihop;
	return is_on(&eg->shared4, nh) || is_on(&eg->shared6, nh);
}

static bool can_carry(const struct export_conf *conf, const struct ip_addr *nh)
{
	if (nh->family == wire_family_af((enum bgp_family)conf->family))
		return true;
	return nh->family == AF_INET6 && conf->wire.ext_nexthop & BGP_FAMILY_BIT(conf->family);
}

/*
 * Is the next hop of the route passed on? Inside the AS that is the rule (RFC 4271 5.1.3 1, and by
 * RFC 4456 8 a reflector does not touch it). Outside, a neighbour at the link takes a third party
 * of that link only, one behind it any (5.1.3 2), and nobody its own address. What policy has set
 * goes out as long as the session can carry it.
 */
static bool passes_next_hop(const struct wire_attrs *w, const struct export_conf *conf,
	const struct outcome_way *way)
{
	const struct export_egress *eg = &conf->egress;

	if (way->how & OUTCOME_NEXT_HOP_SELF || !can_carry(conf, &w->next_hop))
		return false;
	if (way->how & OUTCOME_NEXT_HOP_SET)
		return !ip_is_equal(&w->next_hop, &eg->peer);
	if (!(way->how & OUTCOME_LEARNED))
		return false;
	if (eg->next_hop == EXPORT_NEXT_HOP_USUAL)
		return way->how & OUTCOME_INSIDE;
	if (eg->next_hop == EXPORT_NEXT_HOP_SELF || ip_is_equal(&w->next_hop, &eg->peer))
		return false;
	return wire_is_inside(&conf->wire) || eg->multihop || is_shared(w, eg);
}

static void set_next_hop(struct wire_attrs *w, const struct export_conf *conf,
	const struct outcome_way *way)
{
	w->has |= WIRE_HAS_NEXT_HOP;
	if (!passes_next_hop(w, conf, way)) {
		w->next_hop = conf->next_hop;
		w->next_hop_ll = conf->next_hop_ll;
	} else if (!is_shared(w, &conf->egress)) {
		/* RFC 2545 3: a link-local address is for those on its link. */
		w->next_hop_ll = (struct ip_addr){ 0 };
	}
}

/* Attributes 25 (RFC 5701) are carried among the unknown ones. */
static struct octets without_ip6_ext(struct octets in, struct arena *a)
{
	struct cursor c = cursor_make(in.p, in.len);
	struct cursor_w w = cursor_w_make(in.len ? arena_alloc(a, in.len) : NULL, in.len);

	while (cursor_left(&c)) {
		const uint8_t *start = c.p;
		const uint8_t flags = cursor_u8(&c);
		const uint8_t type = cursor_u8(&c);

		cursor_take(&c, flags & BGP_ATTR_FLAG_EXTENDED ? cursor_u16(&c) : cursor_u8(&c));
		if (c.fault)
			break;
		if (type != BGP_ATTR_IP6_EXT_COMMUNITIES)
			cursor_w_bytes(&w, start, (size_t)(c.p - start));
	}
	return (struct octets){ w.start, (uint16_t)cursor_w_len(&w) };
}

static void withhold(struct wire_attrs *w, uint8_t what, struct arena *a)
{
	if (what & EXPORT_WITHHOLD_STANDARD)
		w->communities = (struct octets){ NULL, 0 };
	if (what & EXPORT_WITHHOLD_LARGE)
		w->large_communities = (struct octets){ NULL, 0 };
	if (!(what & EXPORT_WITHHOLD_EXTENDED))
		return;
	w->ext_communities = (struct octets){ NULL, 0 };
	w->unknown = without_ip6_ext(w->unknown, a);
}

/* The neighbour's own AS stays where it stands: it sees its loops by it. */
static struct octets without_private(struct octets path, const struct export_egress *eg,
	uint32_t own, struct arena *a)
{
	switch ((enum export_private_as)eg->private_as) {
	case EXPORT_PRIVATE_AS_REMOVE_WHOLE:
		return aspath_is_private(path) ? aspath_strip_private(a, path, eg->peer_as) : path;
	case EXPORT_PRIVATE_AS_REMOVE:
		return aspath_strip_private(a, path, eg->peer_as);
	case EXPORT_PRIVATE_AS_REPLACE:
		return aspath_replace_private(a, path, eg->peer_as, own);
	default:
		return path;
	}
}

static struct octets path_outside(struct octets path, const struct export_conf *conf,
	struct arena *a)
{
	const struct export_egress *eg = &conf->egress;
	const uint32_t own = eg->real_as ? eg->real_as : conf->wire.local_as;

	path = aspath_strip_confed(a, path);
	path = without_private(path, eg, own, a);
	if (eg->as_override)
		path = aspath_replace(a, path, eg->peer_as, own);
	path = aspath_prepend(a, path, own, 1);
	return eg->real_as ? aspath_prepend(a, path, conf->wire.local_as, 1) : path;
}

/* RFC 4456 8: what the route looked like when it came into the cluster stays otherwise as it is. */
static void reflect(struct wire_attrs *w, const struct export_conf *conf, uint32_t originator,
	struct arena *a)
{
	const size_t len = w->cluster_list.len + (size_t)CLUSTER_ID_SIZE;
	struct cursor_w c;

	if (!(w->has & WIRE_HAS_ORIGINATOR_ID))
		w->originator_id = originator;
	w->has |= WIRE_HAS_ORIGINATOR_ID;
	if (len > UINT16_MAX)
		return;
	c = cursor_w_make(arena_alloc(a, len), len);
	cursor_w_u32(&c, conf->egress.cluster_id);
	cursor_w_bytes(&c, w->cluster_list.p, w->cluster_list.len);
	w->cluster_list = (struct octets){ c.start, (uint16_t)len };
}

static void set_path(struct wire_attrs *w, const struct export_conf *conf, struct arena *a)
{
	w->has |= WIRE_HAS_AS_PATH;
	if (!wire_is_inside(&conf->wire))
		w->as_path = path_outside(w->as_path, conf, a);
	else if (!conf->wire.confed) /* of another instance, which is in a confederation */
		w->as_path = aspath_strip_confed(a, w->as_path);
	else if (!conf->wire.ibgp)
		w->as_path = aspath_prepend_member(a, w->as_path, conf->wire.local_as);
}

static bool has_community(struct octets list, uint32_t community)
{
	struct cursor c = cursor_make(list.p, list.len);

	while (cursor_left(&c) >= COMMUNITY_SIZE) {
		if (cursor_u32(&c) == community)
			return true;
	}
	return false;
}

static void add_community(struct wire_attrs *w, uint32_t community, struct arena *a)
{
	const size_t len = w->communities.len + (size_t)COMMUNITY_SIZE;
	struct cursor_w c;

	if (len > UINT16_MAX || has_community(w->communities, community))
		return;
	c = cursor_w_make(arena_alloc(a, len), len);
	cursor_w_bytes(&c, w->communities.p, w->communities.len);
	cursor_w_u32(&c, community);
	w->communities = (struct octets){ c.start, (uint16_t)len };
}

/*
 * RFC 9494 4.3: the mark is never removed. 4.6: an internal neighbour that does not know it gets
 * the route all the same, but as the last resort by means that it knows.
 */
static void keep_stale(struct wire_attrs *w, const struct export_conf *conf, struct arena *a)
{
	add_community(w, BGP_COMM_LLGR_STALE, a);
	if (conf->wire.llgr)
		return;
	add_community(w, BGP_COMM_NO_EXPORT, a);
	w->local_pref = 0;
	w->has |= WIRE_HAS_LOCAL_PREF;
}

void egress_apply(struct wire_attrs *w, const struct export_conf *conf,
	const struct outcome_way *way, struct arena *a)
{
	const bool is_stale = has_community(w->communities, BGP_COMM_LLGR_STALE);

	w->has |= WIRE_HAS_ORIGIN;
	set_next_hop(w, conf, way);
	set_path(w, conf, a);
	if (!(way->how & OUTCOME_KEEP_MED))
		w->has &= ~(uint32_t)WIRE_HAS_MED;
	if (conf->egress.withhold)
		withhold(w, conf->egress.withhold, a);
	if (is_stale)
		keep_stale(w, conf, a);
	if (way->how & OUTCOME_REFLECT) {
		reflect(w, conf, way->originator, a);
	} else {
		w->has &= ~(uint32_t)WIRE_HAS_ORIGINATOR_ID;
		w->cluster_list = (struct octets){ NULL, 0 };
	}
	if (wire_is_inside(&conf->wire)) {
		if (!(w->has & WIRE_HAS_LOCAL_PREF))
			w->local_pref = LOCAL_PREF_DEFAULT;
		w->has |= WIRE_HAS_LOCAL_PREF;
		return;
	}
	w->has &= ~(uint32_t)WIRE_HAS_LOCAL_PREF;
	/* RFC 9234 5, egress 1 */
	if (!(w->has & WIRE_HAS_OTC) && otc_marks_export(conf->role)) {
		w->otc = conf->wire.local_as;
		w->has |= WIRE_HAS_OTC;
	}
	if (w->ext_communities.len > 0)
		w->ext_communities = transitive_only(w->ext_communities, a);
	/* RFC 8326 4.2: last, so that no policy takes it away again. */
	if (conf->gshut)
		w->communities = community_add(a, w->communities, BGP_COMM_GRACEFUL_SHUTDOWN);
}

bool egress_is_same(const struct export_conf *a, const struct export_conf *b)
{
	return a->gshut == b->gshut && ip_is_equal(&a->next_hop, &b->next_hop) &&
		ip_is_equal(&a->next_hop_ll, &b->next_hop_ll) &&
		memcmp(&a->egress, &b->egress, sizeof(a->egress)) == 0;
}
