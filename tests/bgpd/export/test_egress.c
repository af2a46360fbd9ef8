/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What egress makes of a route: AS paths, next hops, communities, and what reflection and
 * confederations add, take away, or must leave alone. Asked by export_attrs, as the sender does.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bgpd/wire/aspath.h"
#include "tests/bgpd/export/rig.h"
#include "tests/cu_main.h"

#define OWN       65000
#define PEER      65001
#define ROUTER_ID 0x0a090909

/* Who offers the route. */
enum origin {
	EXTERNAL,
	MEMBER,
	INTERNAL,
	CLIENT,
	EDGE,
	ORIGINS
};

static const struct rib_source origins[ORIGINS] = {
	[EXTERNAL] = { .kind = RIB_SOURCE_BGP, .router_id = ROUTER_ID },
	[MEMBER] = { .kind = RIB_SOURCE_BGP, .confed = true, .router_id = ROUTER_ID },
	[INTERNAL] = { .kind = RIB_SOURCE_BGP, .ibgp = true, .router_id = ROUTER_ID },
	[CLIENT] = { .kind = RIB_SOURCE_BGP, .ibgp = true, .client = true, .router_id = ROUTER_ID },
	[EDGE] = { .kind = RIB_SOURCE_PEERING },
};

struct stage {
	struct loop *l;
	struct attrs_table *at;
	struct rib *rib;
	struct export *e;
	struct arena *arena;
	struct rib_source *src[ORIGINS];
	struct export_conf conf;
	enum rib_reason why;
};

static void open_stage(struct stage *s)
{
	const struct rib_conf conf = { .af = AF_INET, .max_paths = 1 };

	memset(s, 0, sizeof(*s));
	s->l = loop_new("test");
	s->at = attrs_table_new();
	s->rib = rib_new(&conf, s->at);
	s->e = export_new(s->l, s->rib);
	s->arena = arena_new(1024);
	for (int i = 0; i < ORIGINS; i++)
		s->src[i] = rib_source_new(s->rib, &origins[i]);
	s->conf.family = BGP_FAMILY_IP4;
	s->conf.bgp_to_all = true;
	s->conf.wire.as4 = true;
	s->conf.wire.local_as = OWN;
	s->conf.wire.peer_as = PEER;
	s->conf.next_hop = ip_from_v4(0x0a000001);
	s->conf.egress.shared4 = prefix_make(&s->conf.next_hop, 24);
	s->conf.egress.cluster_id = 0x01020304;
}

static void close_stage(struct stage *s)
{
	export_free(s->e);
	rib_free(s->rib);
	attrs_table_free(s->at);
	arena_free(s->arena);
	loop_free(s->l);
}

static struct wire_attrs plain(uint32_t next_hop)
{
	return (struct wire_attrs){
		.has = WIRE_HAS_ORIGIN | WIRE_HAS_AS_PATH | WIRE_HAS_NEXT_HOP,
		.next_hop = ip_from_v4(next_hop),
	};
}

/* The route from this source as it leaves; false if it does not. */
static bool leave(struct stage *s, enum origin from, const struct wire_attrs *w,
	struct wire_attrs *out)
{
	const struct prefix pfx = rig_prefix(0);
	struct attrs *set = attrs_get(s->at, w);
	const struct rib_offer o = { .pfx = pfx, .in = set, .attrs = set };
	int ret;

	CU_ASSERT_EQUAL_FATAL(rib_update(s->rib, s->src[from], &o), 0);
	arena_reset(s->arena);
	ret = export_attrs(s->e, &s->conf, rib_find(s->rib, &pfx), s->arena, out, &s->why);
	/* the lists are borrowed from the set: look at them while it is there */
	if (ret == 0) {
		uint8_t *p = arena_alloc(s->arena, out->as_path.len + 1u);

		memcpy(p, out->as_path.p ? out->as_path.p : p, out->as_path.len);
		out->as_path.p = p;
	}
	CU_ASSERT_EQUAL(rib_withdraw(s->rib, s->src[from], &pfx, 0), 0);
	attrs_unref(s->at, set);
	return ret == 0;
}

/* The neighbour is: */
enum place {
	OUTSIDE,
	OTHER_MEMBER,
	OWN_MEMBER,
	SAME_AS
};

static void place_at(struct export_conf *c, enum place p)
{
	c->wire.ibgp = p == OWN_MEMBER || p == SAME_AS;
	c->wire.confed = p == OTHER_MEMBER || p == OWN_MEMBER;
}

struct path_row {
	const char *name;
	enum place place;
	struct export_egress eg;
	uint32_t words[12]; /* type, count, numbers, and again */
	const char *want;
};

static const struct path_row path_rows[] = {
	{ "our AS in front", OUTSIDE, { 0 }, { 2, 1, 7 }, "65000 7" },
	{ "own route", OUTSIDE, { 0 }, { 0 }, "65000" },
	{ "iBGP leaves it alone", SAME_AS, { 0 }, { 2, 1, 7 }, "7" },
	{ "fake-as: both", OUTSIDE, { .real_as = 64999 }, { 2, 1, 7 }, "65000 64999 7" },
	{ "as-override, each time", OUTSIDE, { .as_override = true, .peer_as = PEER },
		{ 2, 3, PEER, 7, PEER, 1, 1, PEER }, "65000 65000 7 65000 {65000}" },
	{ "as-override of somebody else", OUTSIDE, { .as_override = true, .peer_as = 7 },
		{ 2, 2, PEER, 7 }, "65000 65001 65000" },
	{ "as-override shows the real AS where it is shown", OUTSIDE,
		{ .as_override = true, .peer_as = PEER, .real_as = 64999 }, { 2, 1, PEER },
		"65000 64999 64999" },
	{ "remove-private-as true: a mixed path stays", OUTSIDE,
		{ .private_as = EXPORT_PRIVATE_AS_REMOVE_WHOLE }, { 2, 2, 64513, 7 },
		"65000 64513 7" },
	{ "remove-private-as true: a private path goes", OUTSIDE,
		{ .private_as = EXPORT_PRIVATE_AS_REMOVE_WHOLE }, { 2, 2, 64513, 4200000000u },
		"65000" },
	{ "remove-private-as all", OUTSIDE, { .private_as = EXPORT_PRIVATE_AS_REMOVE },
		{ 2, 3, 64513, 7, 64514 }, "65000 7" },
	{ "remove-private-as replace", OUTSIDE, { .private_as = EXPORT_PRIVATE_AS_REPLACE },
		{ 2, 3, 64513, 7, 64514 }, "65000 65000 7 65000" },
	{ "the neighbour's own number stays", OUTSIDE,
		{ .private_as = EXPORT_PRIVATE_AS_REMOVE, .peer_as = PEER },
		{ 2, 3, 64513, PEER, 64514 }, "65000 65001" },
	{ "unless as-override takes it", OUTSIDE,
		{ .private_as = EXPORT_PRIVATE_AS_REMOVE, .peer_as = PEER, .as_override = true },
		{ 2, 3, 64513, PEER, 64514 }, "65000 65000" },
	/* RFC 5065 4 */
	{ "to another member", OTHER_MEMBER, { 0 }, { 2, 1, 7 }, "(65000) 7" },
	{ "and it grows", OTHER_MEMBER, { 0 }, { 3, 1, 65003, 2, 1, 7 }, "(65000 65003) 7" },
	{ "own route to another member", OTHER_MEMBER, { 0 }, { 0 }, "(65000)" },
	{ "to our own member", OWN_MEMBER, { 0 }, { 3, 1, 65003, 2, 1, 7 }, "(65003) 7" },
	{ "out of the confederation", OUTSIDE, { 0 }, { 3, 2, 65003, 65004, 2, 1, 7 }, "65000 7" },
	{ "born in the confederation", OUTSIDE, { 0 }, { 3, 1, 65003 }, "65000" },
	{ "from another instance's confederation", SAME_AS, { 0 }, { 3, 1, 65003, 2, 1, 7 }, "7" },
	{ "private members are no private path", OUTSIDE,
		{ .private_as = EXPORT_PRIVATE_AS_REMOVE_WHOLE }, { 3, 1, 64600, 2, 1, 64513 },
		"65000" },
};

static struct octets octets_of_words(const uint32_t *w, size_t n, uint8_t *store, size_t size)
{
	struct cursor_w c = cursor_w_make(store, size);

	for (size_t i = 0; i + 1 < n && w[i];) {
		uint32_t count = w[i + 1];

		cursor_w_u8(&c, (uint8_t)w[i]);
		cursor_w_u8(&c, (uint8_t)count);
		for (i += 2; count--; i++)
			cursor_w_u32(&c, w[i]);
	}
	return (struct octets){ store, (uint16_t)cursor_w_len(&c) };
}

/* RFC 5065 4, 4271 5.1.2. */
static void paths_are_rewritten_by_where_the_neighbour_is(void)
{
	struct stage s;

	open_stage(&s);
	for (size_t i = 0; i < ARRAY_SIZE(path_rows); i++) {
		const struct path_row *r = &path_rows[i];
		struct wire_attrs w = plain(0x0a000063);
		struct wire_attrs out;
		uint8_t store[128];
		char text[128];

		s.conf.egress = r->eg;
		place_at(&s.conf, r->place);
		w.as_path = octets_of_words(r->words, ARRAY_SIZE(r->words), store, sizeof(store));
		CU_ASSERT_TRUE_FATAL(leave(&s, EXTERNAL, &w, &out));
		aspath_format(out.as_path, text, sizeof(text));
		if (strcmp(text, r->want) != 0)
			printf("# %s: %s\n", r->name, text);
		CU_ASSERT_STRING_EQUAL(text, r->want);
	}
	close_stage(&s);
}

struct hop_row {
	const char *name;
	enum place place;
	enum origin from;
	uint8_t next_hop; /* enum export_next_hop */
	bool multihop;
	bool kept;
	uint32_t hop;
};

#define ON_LINK 0x0a000063 /* of the subnet that we share with the neighbour */
#define NEAR    0x0a000002 /* the neighbour itself */
#define FAR     0x0b000001
#define USUAL   EXPORT_NEXT_HOP_USUAL
#define SELF    EXPORT_NEXT_HOP_SELF
#define KEEP    EXPORT_NEXT_HOP_UNCHANGED

static const struct hop_row hop_rows[] = {
	{ "external: self", OUTSIDE, EXTERNAL, USUAL, false, false, ON_LINK },
	{ "into the AS: self", SAME_AS, EXTERNAL, USUAL, false, false, ON_LINK },
	{ "out of the AS: self", OUTSIDE, INTERNAL, USUAL, false, false, ON_LINK },
	{ "reflected: unchanged", SAME_AS, CLIENT, USUAL, false, true, ON_LINK },
	{ "reflected: unchanged off the link too", SAME_AS, CLIENT, USUAL, false, true, FAR },
	{ "next-hop-self: also if reflected", SAME_AS, CLIENT, SELF, false, false, ON_LINK },
	{ "through the confederation: unchanged", OTHER_MEMBER, INTERNAL, USUAL, false, true, FAR },
	{ "between members: unchanged", OTHER_MEMBER, MEMBER, USUAL, false, true, FAR },
	{ "from a member to our own: unchanged", OWN_MEMBER, MEMBER, USUAL, false, true, FAR },
	{ "into the confederation: self", OTHER_MEMBER, EXTERNAL, USUAL, false, false, FAR },
	/* RFC 4271 5.1.3 */
	{ "third party on the link", OUTSIDE, EXTERNAL, KEEP, false, true, ON_LINK },
	{ "third party elsewhere", OUTSIDE, EXTERNAL, KEEP, false, false, FAR },
	{ "third party behind a multihop", OUTSIDE, EXTERNAL, KEEP, true, true, FAR },
	{ "never the neighbour's own address", OUTSIDE, EXTERNAL, KEEP, false, false, NEAR },
	{ "not even behind a multihop", OUTSIDE, EXTERNAL, KEEP, true, false, NEAR },
	{ "unchanged into the AS", SAME_AS, EXTERNAL, KEEP, false, true, FAR },
	{ "another instance's next hop means nothing here", SAME_AS, EDGE, KEEP, true, false,
		ON_LINK },
};

/* RFC 4271 5.1.3, 2545 3. */
static void next_hops_are_passed_on_where_they_may_be_used(void)
{
	struct stage s;

	open_stage(&s);
	s.conf.egress.client = true;
	for (size_t i = 0; i < ARRAY_SIZE(hop_rows); i++) {
		const struct hop_row *r = &hop_rows[i];
		const struct wire_attrs w = plain(r->hop);
		struct wire_attrs out;

		place_at(&s.conf, r->place);
		s.conf.egress.next_hop = r->next_hop;
		s.conf.egress.multihop = r->multihop;
		s.conf.egress.peer = ip_from_v4(NEAR);
		CU_ASSERT_TRUE_FATAL(leave(&s, r->from, &w, &out));
		if (ip_is_equal(&out.next_hop, &w.next_hop) != r->kept)
			printf("# %s\n", r->name);
		CU_ASSERT_EQUAL(ip_is_equal(&out.next_hop, &w.next_hop), r->kept);
		CU_ASSERT_EQUAL(ip_is_equal(&out.next_hop, &s.conf.next_hop), !r->kept);
	}
	close_stage(&s);
}

/* RFC 4456 6, and RFC 1997 in the words of RFC 5065. */
struct rule {
	const char *name;
	enum origin from;
	enum place place;
	bool client;
	bool meshed;
	uint32_t community;
	enum rib_reason why;
};

static const struct rule rules[] = {
	{ "client to client", CLIENT, SAME_AS, true, false, 0, RIB_REASON_NONE },
	{ "client to other", CLIENT, SAME_AS, false, false, 0, RIB_REASON_NONE },
	{ "other to client", INTERNAL, SAME_AS, true, false, 0, RIB_REASON_NONE },
	{ "other to other", INTERNAL, SAME_AS, false, false, 0, RIB_REASON_EXPORT_IBGP },
	{ "external to all", EXTERNAL, SAME_AS, false, false, 0, RIB_REASON_NONE },
	{ "client to external", CLIENT, OUTSIDE, false, false, 0, RIB_REASON_NONE },
	{ "meshed clients tell each other", CLIENT, SAME_AS, true, true, 0,
		RIB_REASON_EXPORT_CLIENT_TO_CLIENT },
	{ "and are told what others say", INTERNAL, SAME_AS, true, true, 0, RIB_REASON_NONE },
	{ "member to our own", MEMBER, OWN_MEMBER, false, false, 0, RIB_REASON_NONE },
	{ "our own to a member", INTERNAL, OTHER_MEMBER, false, false, 0, RIB_REASON_NONE },
	{ "our own to our own", INTERNAL, OWN_MEMBER, false, false, 0, RIB_REASON_EXPORT_IBGP },
	{ "no-export stays in the AS", EXTERNAL, OUTSIDE, false, false, BGP_COMM_NO_EXPORT,
		RIB_REASON_EXPORT_NO_EXPORT },
	{ "no-export is told inside", EXTERNAL, SAME_AS, false, false, BGP_COMM_NO_EXPORT,
		RIB_REASON_NONE },
	{ "no-export is told to members", MEMBER, OTHER_MEMBER, false, false, BGP_COMM_NO_EXPORT,
		RIB_REASON_NONE },
	{ "no-export-subconfed is not", MEMBER, OTHER_MEMBER, false, false,
		BGP_COMM_NO_EXPORT_SUBCONFED, RIB_REASON_EXPORT_NO_EXPORT_SUBCONFED },
	{ "but to our own", MEMBER, OWN_MEMBER, false, false, BGP_COMM_NO_EXPORT_SUBCONFED,
		RIB_REASON_NONE },
	{ "and not to the outside", EXTERNAL, OUTSIDE, false, false, BGP_COMM_NO_EXPORT_SUBCONFED,
		RIB_REASON_EXPORT_NO_EXPORT_SUBCONFED },
	{ "no-advertise is told to nobody", EXTERNAL, OWN_MEMBER, false, false,
		BGP_COMM_NO_ADVERTISE, RIB_REASON_EXPORT_NO_ADVERTISE },
};

/* RFC 4456 6, 4271 9.2. */
static void who_is_told_depends_on_both_ends(void)
{
	struct stage s;

	open_stage(&s);
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		const struct rule *r = &rules[i];
		struct wire_attrs w = plain(ON_LINK);
		struct wire_attrs out;
		uint8_t c[4] = { (uint8_t)(r->community >> 24), (uint8_t)(r->community >> 16),
			(uint8_t)(r->community >> 8), (uint8_t)r->community };

		place_at(&s.conf, r->place);
		s.conf.egress.client = r->client;
		s.conf.egress.clients_meshed = r->meshed;
		if (r->community)
			w.communities = (struct octets){ c, sizeof(c) };
		CU_ASSERT_EQUAL(leave(&s, r->from, &w, &out), r->why == RIB_REASON_NONE);
		if (s.why != r->why)
			printf("# %s: %s\n", r->name, rib_reason_name(s.why));
		CU_ASSERT_EQUAL(s.why, r->why);
	}
	close_stage(&s);
}

/* RFC 4456 8 and 10: two attributes are added, nothing else is touched. */
static void a_reflected_route_says_who_and_which_way(void)
{
	static const uint8_t before[] = { 9, 9, 9, 9 };
	static const uint8_t after[] = { 1, 2, 3, 4, 9, 9, 9, 9 };
	struct wire_attrs w = plain(FAR);
	struct wire_attrs out;
	struct stage s;

	open_stage(&s);
	place_at(&s.conf, SAME_AS);
	s.conf.egress.client = true;
	w.has |= WIRE_HAS_LOCAL_PREF | WIRE_HAS_MED;
	w.local_pref = 250;
	w.med = 40;
	CU_ASSERT_TRUE_FATAL(leave(&s, INTERNAL, &w, &out));
	CU_ASSERT_TRUE(out.has & WIRE_HAS_ORIGINATOR_ID);
	CU_ASSERT_EQUAL(out.originator_id, ROUTER_ID);
	CU_ASSERT_EQUAL_FATAL(out.cluster_list.len, 4);
	CU_ASSERT_EQUAL(memcmp(out.cluster_list.p, after, 4), 0);
	CU_ASSERT_EQUAL(out.local_pref, 250);
	CU_ASSERT_TRUE(out.has & WIRE_HAS_MED);
	CU_ASSERT_EQUAL(out.med, 40);
	CU_ASSERT_EQUAL(out.as_path.len, 0);
	w.has |= WIRE_HAS_ORIGINATOR_ID;
	w.originator_id = 77;
	w.cluster_list = (struct octets){ before, sizeof(before) };
	CU_ASSERT_TRUE_FATAL(leave(&s, CLIENT, &w, &out));
	CU_ASSERT_EQUAL(out.originator_id, 77); /* the first one knows */
	CU_ASSERT_EQUAL_FATAL(out.cluster_list.len, 8);
	CU_ASSERT_EQUAL(memcmp(out.cluster_list.p, after, 8), 0);
	/* what comes from elsewhere is not reflected; what leaves the AS leaves without them */
	w = plain(FAR);
	CU_ASSERT_TRUE_FATAL(leave(&s, EXTERNAL, &w, &out));
	CU_ASSERT_FALSE(out.has & WIRE_HAS_ORIGINATOR_ID);
	CU_ASSERT_EQUAL(out.cluster_list.len, 0);
	w.has |= WIRE_HAS_ORIGINATOR_ID;
	w.cluster_list = (struct octets){ before, sizeof(before) };
	for (enum place p = OUTSIDE; p <= OTHER_MEMBER; p++) {
		place_at(&s.conf, p);
		CU_ASSERT_TRUE_FATAL(leave(&s, CLIENT, &w, &out));
		CU_ASSERT_FALSE(out.has & WIRE_HAS_ORIGINATOR_ID);
		CU_ASSERT_EQUAL(out.cluster_list.len, 0);
	}
	close_stage(&s);
}

/* RFC 5065 5.2 and 6: what is known in the AS is known in the confederation. */
static void internals_cross_the_confederation_and_not_its_border(void)
{
	static const uint8_t ext[] = { 0x40, 2, 0, 1, 0, 0, 0, 1 }; /* non-transitive */
	struct wire_attrs w = plain(FAR);
	struct wire_attrs out;
	struct stage s;

	open_stage(&s);
	w.has |= WIRE_HAS_LOCAL_PREF | WIRE_HAS_MED;
	w.local_pref = 250;
	w.med = 40;
	w.ext_communities = (struct octets){ ext, sizeof(ext) };
	place_at(&s.conf, OTHER_MEMBER);
	CU_ASSERT_TRUE_FATAL(leave(&s, MEMBER, &w, &out));
	CU_ASSERT_TRUE(out.has & WIRE_HAS_LOCAL_PREF);
	CU_ASSERT_EQUAL(out.local_pref, 250);
	CU_ASSERT_TRUE(out.has & WIRE_HAS_MED);
	CU_ASSERT_EQUAL(out.ext_communities.len, 8);
	place_at(&s.conf, OUTSIDE);
	CU_ASSERT_TRUE_FATAL(leave(&s, MEMBER, &w, &out));
	CU_ASSERT_FALSE(out.has & (WIRE_HAS_LOCAL_PREF | WIRE_HAS_MED));
	CU_ASSERT_EQUAL(out.ext_communities.len, 0);
	close_stage(&s);
}

static void communities_stay_behind_by_kind(void)
{
	static const uint8_t four[4] = { 0, 1, 0, 2 };
	static const uint8_t eight[8] = { 0, 2, 0, 1, 0, 0, 0, 2 };
	static const uint8_t twelve[12] = { 1 };
	/* IPv6 extended community (RFC 5701) between two strangers */
	static const uint8_t unknown[] = { 0xe0, 99, 1, 7, 0xe0, 25, 20, 0, 2, 3, 4, 5, 6, 7, 8, 9,
		10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 0xf0, 100, 0, 1, 8 };
	struct wire_attrs w = plain(FAR);
	struct wire_attrs out;
	struct stage s;

	open_stage(&s);
	w.communities = (struct octets){ four, sizeof(four) };
	w.ext_communities = (struct octets){ eight, sizeof(eight) };
	w.large_communities = (struct octets){ twelve, sizeof(twelve) };
	w.unknown = (struct octets){ unknown, sizeof(unknown) };
	for (uint8_t what = 0; what < 8; what++) {
		s.conf.egress.withhold = what;
		CU_ASSERT_TRUE_FATAL(leave(&s, EXTERNAL, &w, &out));
		CU_ASSERT_EQUAL(out.communities.len, what & EXPORT_WITHHOLD_STANDARD ? 0 : 4);
		CU_ASSERT_EQUAL(out.ext_communities.len, what & EXPORT_WITHHOLD_EXTENDED ? 0 : 8);
		CU_ASSERT_EQUAL(out.large_communities.len, what & EXPORT_WITHHOLD_LARGE ? 0 : 12);
		CU_ASSERT_EQUAL(out.unknown.len, what & EXPORT_WITHHOLD_EXTENDED ? 9 : 32);
	}
	CU_ASSERT_EQUAL(out.unknown.p[1], 99);
	CU_ASSERT_EQUAL(out.unknown.p[5], 100);
	close_stage(&s);
}

static void a_next_hop_of_policy_goes_out_where_it_can(void)
{
	static const struct {
		bool self;
		bool internal;
		uint32_t set;
		uint32_t leaves;
	} rows[] = {
		{ false, false, 0x0a000009, 0x0a000009 }, { false, true, 0xc0000201, 0xc0000201 },
		{ false, false, 0x0a000002, 0x0a000001 }, /* the neighbour's own address */
		{ true, true, 0, 0x0a000001 },            /* inside, where it would be passed on */
	};
	struct policy_term term = { .seq = 10, .permit = true };
	char name[] = "m";
	struct policy_route_map map = { name, &term, 1 };
	const struct policy_conf conf = { .maps = &map, .n_maps = 1 };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct wire_attrs w = plain(0x0a000005);
		struct wire_attrs out;
		struct policy_set *set;
		struct errbuf err;
		struct stage s;

		open_stage(&s);
		errbuf_init(&err);
		term.set.next_hop = rows[i].self ? POLICY_NEXT_HOP_SELF : POLICY_NEXT_HOP_ADDR;
		term.set.next_hop_addr = ip_from_v4(rows[i].set);
		set = policy_compile(&conf, NULL, &err);
		s.conf.policy = policy_find(set, "m");
		s.conf.policy_set = set;
		s.conf.wire.ibgp = rows[i].internal;
		s.conf.egress.peer = ip_from_v4(0x0a000002);
		CU_ASSERT_TRUE(leave(&s, EXTERNAL, &w, &out));
		CU_ASSERT_EQUAL(ip_to_v4(&out.next_hop), rows[i].leaves);
		close_stage(&s);
		policy_set_unref(set);
		errbuf_fini(&err);
	}
}

static const struct cu_case cases[] = {
	CU_CASE(paths_are_rewritten_by_where_the_neighbour_is),
	CU_CASE(next_hops_are_passed_on_where_they_may_be_used),
	CU_CASE(a_next_hop_of_policy_goes_out_where_it_can),
	CU_CASE(who_is_told_depends_on_both_ends),
	CU_CASE(a_reflected_route_says_who_and_which_way),
	CU_CASE(internals_cross_the_confederation_and_not_its_border),
	CU_CASE(communities_stay_behind_by_kind),
};
CU_SUITE(egress, cases);
