/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One row for each path attribute, and the hooks of all but those with AS numbers in them.
 *
 * Lists that need no change (communities, cluster list) are borrowed from the message. Large
 * communities are checked for duplicates, which RFC 8092 5 wants removed: a list in strictly
 * ascending order has none and is borrowed too; any other is copied, sorted and made unique, so the
 * cost stays n log n whatever the peer sends, and equal sets become equal octets.
 *
 * Attributes that are understood by shape only (PREFIX_SID, IPv6 extended communities) are checked
 * and carried like unknown ones. AIGP is never enabled, so a right one is ignored (RFC 7311 3.3).
 */
#include "bgpd/wire/attr_table.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/compiler.h"

#define LARGE_COMMUNITY_LEN 12

/* Flags of the categories of RFC 4271 5. */
#define WELL_KNOWN     BGP_ATTR_FLAG_TRANSITIVE
#define TRANSITIVE     (BGP_ATTR_FLAG_OPTIONAL | BGP_ATTR_FLAG_TRANSITIVE)
#define NON_TRANSITIVE BGP_ATTR_FLAG_OPTIONAL

static const char *decode_origin(struct attr_in *in, struct octets v)
{
	if (v.p[0] > BGP_ORIGIN_INCOMPLETE)
		return "origin is undefined";
	in->out->origin = v.p[0];
	in->out->has |= WIRE_HAS_ORIGIN;
	return NULL;
}

static const char *decode_next_hop(struct attr_in *in, struct octets v)
{
	struct ip_addr nh = ip_from_bytes(AF_INET, v.p);

	if (ip_is_martian(&nh)) /* RFC 4271 6.3: syntactically no host address */
		return "next hop is not a host address";
	in->out->next_hop = nh;
	in->out->has |= WIRE_HAS_NEXT_HOP;
	return NULL;
}

static const char *decode_med(struct attr_in *in, struct octets v)
{
	in->out->med = be32_get(v.p);
	in->out->has |= WIRE_HAS_MED;
	return NULL;
}

static const char *decode_local_pref(struct attr_in *in, struct octets v)
{
	in->out->local_pref = be32_get(v.p);
	in->out->has |= WIRE_HAS_LOCAL_PREF;
	return NULL;
}

static const char *decode_atomic_aggregate(struct attr_in *in, struct octets v UNUSED)
{
	in->out->has |= WIRE_HAS_ATOMIC_AGGREGATE;
	return NULL;
}

static const char *decode_communities(struct attr_in *in, struct octets v)
{
	in->out->communities = v;
	return NULL;
}

static const char *decode_originator_id(struct attr_in *in, struct octets v)
{
	in->out->originator_id = be32_get(v.p);
	in->out->has |= WIRE_HAS_ORIGINATOR_ID;
	return NULL;
}

static const char *decode_cluster_list(struct attr_in *in, struct octets v)
{
	in->out->cluster_list = v;
	return NULL;
}

static const char *decode_mp_reach(struct attr_in *in, struct octets v)
{
	in->mp->reach = v;
	in->mp->reach_tlv = in->tlv;
	return NULL;
}

static const char *decode_mp_unreach(struct attr_in *in, struct octets v)
{
	in->mp->unreach = v;
	in->mp->unreach_tlv = in->tlv;
	return NULL;
}

static const char *decode_ext_communities(struct attr_in *in, struct octets v)
{
	in->out->ext_communities = v;
	return NULL;
}

static int cmp_large_community(const void *a, const void *b)
{
	return memcmp(a, b, LARGE_COMMUNITY_LEN);
}

static bool is_ascending(struct octets v)
{
	for (size_t i = LARGE_COMMUNITY_LEN; i < v.len; i += LARGE_COMMUNITY_LEN) {
		if (cmp_large_community(v.p + i - LARGE_COMMUNITY_LEN, v.p + i) >= 0)
			return false;
	}
	return true;
}

static const char *decode_large_communities(struct attr_in *in, struct octets v)
{
	uint8_t *copy;
	size_t kept = LARGE_COMMUNITY_LEN;

	in->out->large_communities = v;
	if (is_ascending(v))
		return NULL;
	copy = arena_memdup(in->arena, v.p, v.len);
	qsort(copy, v.len / LARGE_COMMUNITY_LEN, LARGE_COMMUNITY_LEN, cmp_large_community);
	for (size_t i = LARGE_COMMUNITY_LEN; i < v.len; i += LARGE_COMMUNITY_LEN) {
		if (cmp_large_community(copy + kept - LARGE_COMMUNITY_LEN, copy + i) == 0)
			continue;
		if (kept != i)
			memcpy(copy + kept, copy + i, LARGE_COMMUNITY_LEN);
		kept += LARGE_COMMUNITY_LEN;
	}
	in->out->large_communities = (struct octets){ copy, (uint16_t)kept };
	return NULL;
}

static const char *decode_otc(struct attr_in *in, struct octets v)
{
	in->out->otc = be32_get(v.p);
	in->out->has |= WIRE_HAS_OTC;
	return in->out->otc ? NULL : "AS number is 0"; /* RFC 7607 */
}

const char *attr_carry(struct attr_in *in, struct octets v UNUSED)
{
	struct octets *unknown = &in->out->unknown;
	uint8_t *at;

	if (!in->carried) { /* room for all that may follow */
		in->carried = arena_alloc(in->arena, (size_t)(in->end - in->tlv.p));
		unknown->p = in->carried;
	}
	at = in->carried + unknown->len;
	memcpy(at, in->tlv.p, in->tlv.len);
	/* RFC 4271 4.3: the low bits are ignored when read and zero when sent. */
	at[0] = (uint8_t)((at[0] & 0xf0) | BGP_ATTR_FLAG_PARTIAL);
	unknown->len += in->tlv.len;
	return NULL;
}

static void put_octets(const struct attr_out *out, uint8_t type, struct octets v)
{
	if (!v.len)
		return;
	attr_put_head(out, type, v.len);
	cursor_w_bytes(out->w, v.p, v.len);
}

static void encode_origin(const struct attr_out *out)
{
	if (!(out->at->has & WIRE_HAS_ORIGIN))
		return;
	attr_put_head(out, BGP_ATTR_ORIGIN, 1);
	cursor_w_u8(out->w, out->at->origin);
}

static void encode_next_hop(const struct attr_out *out)
{
	if (!out->with_next_hop || out->at->next_hop.family != AF_INET)
		return;
	attr_put_head(out, BGP_ATTR_NEXT_HOP, 4);
	cursor_w_bytes(out->w, out->at->next_hop.b, 4);
}

static void encode_med(const struct attr_out *out)
{
	if (out->at->has & WIRE_HAS_MED)
		attr_put_u32(out, BGP_ATTR_MED, out->at->med);
}

static void encode_local_pref(const struct attr_out *out)
{
	if (out->at->has & WIRE_HAS_LOCAL_PREF)
		attr_put_u32(out, BGP_ATTR_LOCAL_PREF, out->at->local_pref);
}

static void encode_atomic_aggregate(const struct attr_out *out)
{
	if (out->at->has & WIRE_HAS_ATOMIC_AGGREGATE)
		attr_put_head(out, BGP_ATTR_ATOMIC_AGGREGATE, 0);
}

static void encode_communities(const struct attr_out *out)
{
	put_octets(out, BGP_ATTR_COMMUNITIES, out->at->communities);
}

static void encode_originator_id(const struct attr_out *out)
{
	if (out->at->has & WIRE_HAS_ORIGINATOR_ID)
		attr_put_u32(out, BGP_ATTR_ORIGINATOR_ID, out->at->originator_id);
}

static void encode_cluster_list(const struct attr_out *out)
{
	put_octets(out, BGP_ATTR_CLUSTER_LIST, out->at->cluster_list);
}

static void encode_ext_communities(const struct attr_out *out)
{
	put_octets(out, BGP_ATTR_EXT_COMMUNITIES, out->at->ext_communities);
}

static void encode_large_communities(const struct attr_out *out)
{
	put_octets(out, BGP_ATTR_LARGE_COMMUNITIES, out->at->large_communities);
}

static void encode_otc(const struct attr_out *out)
{
	if (out->at->has & WIRE_HAS_OTC)
		attr_put_u32(out, BGP_ATTR_OTC, out->at->otc);
}

/* Short words for the columns; undefined again below the table. */
#define WITHDRAW WIRE_ACTION_WITHDRAW
#define DISCARD  WIRE_ACTION_DISCARD
#define RESET    WIRE_ACTION_RESET
#define ANY      UINT16_MAX
#define ALL      ATTR_SCOPE_ALL
#define INSIDE   ATTR_SCOPE_INSIDE
#define CLUSTER  ATTR_SCOPE_CLUSTER
#define E(word)  BGP_ERR_UPDATE_##word

/* clang-format off */
const struct attr_row attr_rows[256] = {
	/* name, flags, scope, min, max, step, wrong flags, wrong length or value, subcode,
	   decode, encode, Partial flag */
	[BGP_ATTR_ORIGIN] = {
		"ORIGIN", WELL_KNOWN, ALL, 1, 1, 1, WITHDRAW, WITHDRAW, E(ORIGIN),
		decode_origin, encode_origin },
	[BGP_ATTR_AS_PATH] = {
		"AS_PATH", WELL_KNOWN, ALL, 0, ANY, 2, WITHDRAW, WITHDRAW, E(AS_PATH),
		attr_decode_as_path, attr_encode_as_path },
	[BGP_ATTR_NEXT_HOP] = {
		"NEXT_HOP", WELL_KNOWN, ALL, 4, 4, 1, WITHDRAW, WITHDRAW, E(NEXT_HOP),
		decode_next_hop, encode_next_hop },
	[BGP_ATTR_MED] = {
		"MULTI_EXIT_DISC", NON_TRANSITIVE, ALL, 4, 4, 1, WITHDRAW, WITHDRAW, E(LENGTH),
		decode_med, encode_med },
	[BGP_ATTR_LOCAL_PREF] = {
		"LOCAL_PREF", WELL_KNOWN, INSIDE, 4, 4, 1, WITHDRAW, WITHDRAW, E(LENGTH),
		decode_local_pref, encode_local_pref },
	[BGP_ATTR_ATOMIC_AGGREGATE] = {
		"ATOMIC_AGGREGATE", WELL_KNOWN, ALL, 0, 0, 1, WITHDRAW, DISCARD, E(LENGTH),
		decode_atomic_aggregate, encode_atomic_aggregate },
	[BGP_ATTR_AGGREGATOR] = {
		"AGGREGATOR", TRANSITIVE, ALL, 6, 8, 2, WITHDRAW, DISCARD, E(OPTIONAL),
		attr_decode_aggregator, attr_encode_aggregator,
		WIRE_PARTIAL_AGGREGATOR },
	[BGP_ATTR_COMMUNITIES] = {
		"COMMUNITIES", TRANSITIVE, ALL, 4, ANY, 4, WITHDRAW, WITHDRAW, E(OPTIONAL),
		decode_communities, encode_communities,
		WIRE_PARTIAL_COMMUNITIES },
	[BGP_ATTR_ORIGINATOR_ID] = {
		"ORIGINATOR_ID", NON_TRANSITIVE, CLUSTER, 4, 4, 1, WITHDRAW, WITHDRAW, E(OPTIONAL),
		decode_originator_id, encode_originator_id },
	[BGP_ATTR_CLUSTER_LIST] = {
		"CLUSTER_LIST", NON_TRANSITIVE, CLUSTER, 4, ANY, 4, WITHDRAW, WITHDRAW, E(OPTIONAL),
		decode_cluster_list, encode_cluster_list },
	[BGP_ATTR_MP_REACH] = {
		"MP_REACH_NLRI", NON_TRANSITIVE, ALL, 5, ANY, 1, WITHDRAW, RESET, E(OPTIONAL),
		decode_mp_reach, NULL },
	[BGP_ATTR_MP_UNREACH] = {
		"MP_UNREACH_NLRI", NON_TRANSITIVE, ALL, 3, ANY, 1, WITHDRAW, RESET, E(OPTIONAL),
		decode_mp_unreach, NULL },
	[BGP_ATTR_EXT_COMMUNITIES] = {
		"EXTENDED_COMMUNITIES", TRANSITIVE, ALL, 8, ANY, 8, WITHDRAW, WITHDRAW,
		E(OPTIONAL), decode_ext_communities, encode_ext_communities,
		WIRE_PARTIAL_EXT_COMMUNITIES },
	[BGP_ATTR_AS4_PATH] = {
		"AS4_PATH", TRANSITIVE, ALL, 6, ANY, 2, WITHDRAW, DISCARD, E(AS_PATH),
		attr_decode_as4_path, attr_encode_as4_path },
	[BGP_ATTR_AS4_AGGREGATOR] = {
		"AS4_AGGREGATOR", TRANSITIVE, ALL, 8, 8, 1, WITHDRAW, DISCARD, E(OPTIONAL),
		attr_decode_as4_aggregator, attr_encode_as4_aggregator },
	[BGP_ATTR_IP6_EXT_COMMUNITIES] = {
		"IPV6_EXTENDED_COMMUNITIES", TRANSITIVE, ALL, 20, ANY, 20, WITHDRAW, WITHDRAW,
		E(OPTIONAL), attr_carry, NULL },
	[BGP_ATTR_AIGP] = {
		"AIGP", NON_TRANSITIVE, ALL, 0, ANY, 1, DISCARD, DISCARD, E(OPTIONAL),
		NULL, NULL },
	[BGP_ATTR_LARGE_COMMUNITIES] = {
		"LARGE_COMMUNITY", TRANSITIVE, ALL, 12, ANY, 12, WITHDRAW, WITHDRAW, E(OPTIONAL),
		decode_large_communities, encode_large_communities,
		WIRE_PARTIAL_LARGE_COMMUNITIES },
	[BGP_ATTR_OTC] = {
		"ONLY_TO_CUSTOMER", TRANSITIVE, ALL, 4, 4, 1, WITHDRAW, WITHDRAW, E(OPTIONAL),
		decode_otc, encode_otc,
		WIRE_PARTIAL_OTC },
	[BGP_ATTR_PREFIX_SID] = {
		"PREFIX_SID", TRANSITIVE, ALL, 3, ANY, 1, DISCARD, DISCARD, E(OPTIONAL),
		attr_carry, NULL },
	/* Known by name only. */
	[22]                          = { "PMSI_TUNNEL" },
	[23]                          = { "TUNNEL_ENCAPSULATION" },
	[24]                          = { "TRAFFIC_ENGINEERING" },
	[27]                          = { "PE_DISTINGUISHER_LABELS" },
	[29]                          = { "BGP_LS" },
	[33]                          = { "BGPSEC_PATH" },
	[BGP_ATTR_SET]                = { "ATTR_SET" },
};
/* clang-format on */

#undef WITHDRAW
#undef DISCARD
#undef RESET
#undef ANY
#undef ALL
#undef INSIDE
#undef CLUSTER
#undef E

void attr_put_head(const struct attr_out *out, uint8_t type, size_t len)
{
	const struct attr_row *row = attr_row(type);
	struct cursor_w *w = out->w;
	const uint8_t flags = row->flags |
		(out->at->has & row->partial ? BGP_ATTR_FLAG_PARTIAL : 0);
	const bool is_long = len > UINT8_MAX;
	uint8_t *p = cursor_w_room(w, is_long ? 4 : 3);

	if (!p)
		return;
	p[0] = is_long ? flags | BGP_ATTR_FLAG_EXTENDED : flags;
	p[1] = type;
	if (is_long)
		be16_put(p + 2, (uint16_t)len);
	else
		p[2] = (uint8_t)len;
}

void attr_put_u32(const struct attr_out *out, uint8_t type, uint32_t v)
{
	attr_put_head(out, type, 4);
	cursor_w_u32(out->w, v);
}
