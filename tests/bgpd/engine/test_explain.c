/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explain, over all reasons: one row a value of enum rib_reason, each a situation in which a route
 * gets it and explain must say so, with the values that were compared. A reason without a row fails
 * the last test: whoever adds a reason adds a row.
 */
#include <stdio.h>
#include <string.h>

#include "bgpd/engine_int.h"
#include "bgpd/wire/bgp.h"
#include "tests/bgpd/engine/stage.h"

struct row {
	enum rib_reason reason;
	void (*play)(struct stage *s);
};

static struct bgp_peer_conf conf_of(const struct stage *s)
{
	return *lab_view(s->lab.a.p).conf;
}

/* Import: a neighbour made of octets says a prefix. */

/* The prefix is said, and refused for the reason that the row tells. */
static void say(struct stage *s, const char *prefix, const struct wire_attrs *at)
{
	lab_raw_say(&s->raw, prefix, at);
	stage_ask(s, prefix);
	CU_ASSERT_EQUAL_FATAL(s->x.n_paths, 1);
	CU_ASSERT_EQUAL(s->x.paths[0].verdict, EXPLAIN_VERDICT_REFUSED);
	CU_ASSERT_TRUE(s->x.paths[0].judged);
	CU_ASSERT_FALSE(s->x.paths[0].is_old);
}

static void say_path(struct stage *s, const uint8_t *path, uint16_t len)
{
	struct wire_attrs at = lab_raw_attrs(AF_INET);

	stage_raw_up_plainly(s);
	at.as_path = (struct octets){ path, len };
	say(s, STAGE_PFX, &at);
}

static void as_loop(struct stage *s)
{
	static const uint8_t path[] = { BGP_AS_SEQUENCE, 2, AS(RIG_AS_B), AS(RIG_AS_A) };

	say_path(s, path, sizeof(path));
}

static struct wire_attrs internal_attrs(void)
{
	static const uint8_t path[] = { BGP_AS_SEQUENCE, 1, AS(1000) };
	struct wire_attrs at = lab_raw_attrs(AF_INET);

	at.as_path = (struct octets){ path, sizeof(path) };
	at.has |= WIRE_HAS_LOCAL_PREF;
	at.local_pref = 100;
	return at;
}

/* RFC 5065: the neighbour is another member of our confederation, and says our member AS. */
static void confed_loop(struct stage *s)
{
	static const uint8_t path[] = { BGP_AS_CONFED_SEQUENCE, 2, AS(RIG_AS_B), AS(RIG_AS_A) };
	struct bgp_instance_conf c = lab_instance_conf(&s->lab.a, 1);
	struct wire_attrs at = internal_attrs();

	c.confed_id = 100;
	c.confed_member[0] = RIG_AS_B;
	bgp_instance_reconf(s->lab.a.i, &c);
	stage_raw_up_plainly(s);
	s->raw.ws.confed = true;
	at.as_path = (struct octets){ path, sizeof(path) };
	say(s, STAGE_PFX, &at);
}

static void first_as(struct stage *s)
{
	static const uint8_t path[] = { BGP_AS_SEQUENCE, 1, AS(1000) };

	say_path(s, path, sizeof(path));
}

static void as_set(struct stage *s)
{
	static const uint8_t path[] = { BGP_AS_SEQUENCE, 1, AS(RIG_AS_B), BGP_AS_SET, 1, AS(7) };

	say_path(s, path, sizeof(path));
}

static void raw_up_as(struct stage *s, uint8_t role)
{
	struct bgp_peer_conf c = lab_peer_conf(&s->lab.a);

	c.session.passive = true;
	c.session.role = role;
	stage_raw_up(s, &c);
}

static void otc_leak(struct stage *s)
{
	struct wire_attrs at = lab_raw_attrs(AF_INET);

	raw_up_as(s, BGP_ROLE_PROVIDER);
	at.has |= WIRE_HAS_OTC;
	at.otc = 7;
	say(s, STAGE_PFX, &at);
}

static void originator_loop(struct stage *s)
{
	struct wire_attrs at = internal_attrs();

	stage_raw_up_internally(s);
	at.has |= WIRE_HAS_ORIGINATOR_ID;
	at.originator_id = RIG_ID_A;
	say(s, STAGE_PFX, &at);
}

static void cluster_loop(struct stage *s)
{
	static const uint8_t clusters[] = { RIG_ID_A >> 24, RIG_ID_A >> 16 & 255,
		RIG_ID_A >> 8 & 255, RIG_ID_A & 255 };
	struct wire_attrs at = internal_attrs();

	stage_raw_up_internally(s);
	at.has |= WIRE_HAS_ORIGINATOR_ID;
	at.originator_id = RIG_ID_A + 1;
	at.cluster_list = (struct octets){ clusters, sizeof(clusters) };
	say(s, STAGE_PFX, &at);
}

static void say_next_hop(struct stage *s, const char *nh)
{
	struct wire_attrs at = lab_raw_attrs(AF_INET);

	stage_raw_up_plainly(s);
	CU_ASSERT_EQUAL(ip_parse(nh, &at.next_hop), 0);
	say(s, STAGE_PFX, &at);
}

static void next_hop_unreachable(struct stage *s)
{
	say_next_hop(s, "10.9.9.9");
}

static void next_hop_self(struct stage *s)
{
	say_next_hop(s, "10.0.0.1");
}

static void say_prefix(struct stage *s, const char *prefix)
{
	const struct wire_attrs at = lab_raw_attrs(AF_INET);

	stage_raw_up_plainly(s);
	say(s, prefix, &at);
	CU_ASSERT_EQUAL(s->x.filter, s->x.paths[0].path->reason);
}

static void filter_default(struct stage *s)
{
	say_prefix(s, "0.0.0.0/0");
}

static void filter_martian(struct stage *s)
{
	say_prefix(s, "127.1.0.0/16");
}

static void filter_shared_address(struct stage *s)
{
	say_prefix(s, "100.64.7.0/24");
}

static void filter_vpc_cidr(struct stage *s)
{
	const struct prefix cidr = lab_prefix("172.16.0.0/16");

	bgp_engine_set_cidrs(s->lab.a.e, &cidr, 1);
	say_prefix(s, "172.16.3.0/24");
}

static void filter_link_subnet(struct stage *s)
{
	say_prefix(s, "10.0.0.0/24");
}

static void denied(struct stage *s)
{
	const struct wire_attrs at = lab_raw_attrs(AF_INET);

	stage_raw_up_with(s, "m");
	say(s, "30.0.0.0/24", &at);
	CU_ASSERT_STRING_EQUAL(s->x.paths[0].policy.name, "m");
	CU_ASSERT_TRUE(s->x.paths[0].policy.asked);
	CU_ASSERT_EQUAL(s->x.paths[0].policy.term, 20);
}

static void no_policy(struct stage *s)
{
	const struct wire_attrs at = lab_raw_attrs(AF_INET);

	stage_raw_up_with(s, "none");
	say(s, STAGE_PFX, &at);
	CU_ASSERT_STRING_EQUAL(s->x.paths[0].policy.name, "none");
	CU_ASSERT_FALSE(s->x.paths[0].policy.asked);
}

/* Not kept at all */

static void route_limit(struct stage *s)
{
	const struct wire_attrs at = lab_raw_attrs(AF_INET);
	struct bgp_peer_conf c = lab_peer_conf(&s->lab.a);

	c.session.passive = true;
	c.limit_max = 1;
	c.limit_action = BGP_LIMIT_DISCARD;
	stage_raw_up(s, &c);
	lab_raw_say(&s->raw, "20.0.0.0/24", &at);
	lab_raw_say(&s->raw, STAGE_PFX, &at);
	stage_ask(s, STAGE_PFX);
	CU_ASSERT_EQUAL(s->x.net, 0);
	CU_ASSERT_EQUAL_FATAL(s->x.n_gone, 1);
	CU_ASSERT_EQUAL(s->x.gone[0].max, 1);
	CU_ASSERT_EQUAL(s->x.gone[0].kept, 1);
	CU_ASSERT_EQUAL(s->x.gone[0].count, 1);
}

/* First of nobody in particular, then of the neighbour. */
static void quota(struct stage *s)
{
	const struct bgp_engine_conf c = { .name = "a", .route_quota = 1 };
	const struct wire_attrs at = lab_raw_attrs(AF_INET);
	const struct bgp_local own[] = {
		{ .pfx = lab_prefix("20.0.0.0/24"), .kind = RIB_SOURCE_STATIC },
		{ .pfx = lab_prefix(STAGE_PFX), .kind = RIB_SOURCE_STATIC },
	};

	bgp_engine_reconf(s->lab.a.e, &c);
	bgp_instance_set_locals(s->lab.a.i, own, 2);
	stage_ask(s, STAGE_PFX);
	CU_ASSERT_EQUAL(s->x.net, 0);
	CU_ASSERT_EQUAL_FATAL(s->x.n_gone, 1);
	CU_ASSERT_PTR_NULL(s->x.gone[0].peer);
	CU_ASSERT_EQUAL(s->x.gone[0].reason, RIB_REASON_QUOTA);
	bgp_instance_set_locals(s->lab.a.i, own, 1);
	stage_raw_up_plainly(s);
	lab_raw_say(&s->raw, STAGE_PFX, &at);
	stage_ask(s, STAGE_PFX);
	CU_ASSERT_EQUAL_FATAL(s->x.n_gone, 2);
	CU_ASSERT_PTR_NOT_NULL(s->x.gone[1].peer);
	CU_ASSERT_EQUAL(s->x.gone[1].reason, RIB_REASON_QUOTA);
	CU_ASSERT_EQUAL(s->x.gone[1].count, 1);
	CU_ASSERT_EQUAL(s->x.gone[1].max, 1);
	CU_ASSERT_EQUAL(s->x.gone[1].kept, 1);
}

static void treat_as_withdraw(struct stage *s)
{
	struct wire_attrs at = lab_raw_attrs(AF_INET);

	stage_raw_up_plainly(s);
	at.origin = 77; /* RFC 7606 7.1 */
	lab_raw_say(&s->raw, STAGE_PFX, &at);
	stage_ask(s, STAGE_PFX);
	CU_ASSERT_EQUAL_FATAL(s->x.n_gone, 1);
	CU_ASSERT_EQUAL(s->x.gone[0].count, 1);
}

/* A path that is there to be told, and not to be used. */
static void default_originate(struct stage *s)
{
	struct bgp_peer_conf c;

	lab_connect(&s->lab);
	c = conf_of(s);
	c.default_originate = true;
	bgp_peer_reconf(s->lab.a.p, &c);
	stage_ask(s, "0.0.0.0/0");
	CU_ASSERT_EQUAL_FATAL(s->x.n_paths, 1);
	CU_ASSERT_EQUAL(s->x.paths[0].verdict, EXPLAIN_VERDICT_REFUSED);
	CU_ASSERT_FALSE(s->x.has_group);
	CU_ASSERT_TRUE(s->x.to[0].sent);
}

/* The decision: paths put into the table by hand; the first wins, the second loses. */

static const struct explain_path *path_by(const struct stage *s, const struct rib_source *src,
	uint32_t path_id)
{
	for (uint32_t i = 0; i < s->x.n_paths; i++) {
		if (s->x.paths[i].source == src && rib_path_id(s->x.paths[i].path) == path_id)
			return &s->x.paths[i];
	}
	return NULL;
}

/* Which is told of the second path: the row's step, and the numbers of both. */
static void duel(struct stage *s, const struct made *winner, const struct made *loser,
	const uint32_t values[2])
{
	const struct explain_path *p;

	stage_make(s, 0, winner, 0);
	stage_make(s, 1, loser, loser->path_id ? 1 : 0);
	stage_ask(s, STAGE_PFX);
	CU_ASSERT_EQUAL_FATAL(s->x.n_paths, 2);
	CU_ASSERT_EQUAL(s->x.paths[0].verdict, EXPLAIN_VERDICT_BEST);
	CU_ASSERT_PTR_EQUAL(s->x.paths[0].source, s->made[0]);
	p = path_by(s, s->made[1], loser->path_id);
	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	CU_ASSERT_NOT_EQUAL(p->verdict, EXPLAIN_VERDICT_BEST);
	CU_ASSERT_PTR_EQUAL(p->rival, s->made[0]);
	CU_ASSERT_EQUAL(p->compare.step, p->path->reason);
	if (p->compare.mine.kind == RIB_VALUE_ADDRESS) {
		CU_ASSERT_EQUAL(ip_to_v4(&p->compare.mine.address), values[0]);
		CU_ASSERT_EQUAL(ip_to_v4(&p->compare.theirs.address), values[1]);
		return;
	}
	CU_ASSERT_NOT_EQUAL(p->compare.mine.kind, RIB_VALUE_NONE);
	CU_ASSERT_EQUAL(p->compare.mine.number, values[0]);
	CU_ASSERT_EQUAL(p->compare.theirs.number, values[1]);
}

/* Fields that differ only where the step is; .1 is later than .2 in nothing. */
#define PEER_1 .router_id = 1, .addr = "10.0.0.7"
#define PEER_2 .router_id = 1, .addr = "10.0.0.8"
#define DUEL(fn, of_winner, of_loser, mine, theirs)                           \
	static void fn(struct stage *s)                                       \
	{                                                                     \
		static const struct made winner = { PEER_1, of_winner };      \
		static const struct made loser = { PEER_2, of_loser };        \
                                                                              \
		duel(s, &winner, &loser, (const uint32_t[]){ mine, theirs }); \
	}

DUEL(weight, .kind = RIB_SOURCE_STATIC, .path_len = 1, 0, 32768)
DUEL(llgr_stale, .path_len = 1, .is_llgr_stale = true, 1, 0)
DUEL(last_resort, .path_len = 1, .is_last_resort = true, 0, 100)
DUEL(local_preference, .local_pref = 300, .local_pref = 200, 200, 300)
DUEL(as_path_length, .path_len = 2, .path_len = 3, 3, 2)
DUEL(origin, .origin = BGP_ORIGIN_IGP, .origin = BGP_ORIGIN_INCOMPLETE, 2, 0)
DUEL(ebgp, .ibgp = false, .ibgp = true, 1, 0)
DUEL(router_id, .originator = 1, .originator = 5, 5, 1)
DUEL(cluster_length, .clusters = 1, .clusters = 3, 3, 1)
DUEL(address, .path_len = 1, .path_len = 1, 0x0a000008, 0x0a000007)
DUEL(path_id, .path_id = 0, .path_id = 9, 9, 0)

/*
 * The rival of MED need not be the best path: of one neighbour AS, 10 beats 20; a third, of another
 * AS, wins by its router id.
 */
static void med(struct stage *s)
{
	static const struct made m[] = {
		{ .router_id = 1, .addr = "10.0.0.7", .path_len = 2 },
		{ .router_id = 2, .addr = "10.0.0.8", .path_len = 2, .med = 20 },
	};
	static const uint32_t values[] = { 20, 0 };

	duel(s, &m[0], &m[1], values);
}

static void maximum_paths(struct stage *s)
{
	static const struct made m[] = {
		{ .router_id = 1, .addr = "10.0.0.7", .path_len = 1 },
		{ .router_id = 2, .addr = "10.0.0.8", .path_len = 1 },
		{ .router_id = 3, .addr = "10.0.0.9", .path_len = 1 },
	};
	const struct explain_path *p;

	rib_set_max_paths(s->lab.a.i->table[BGP_FAMILY_IP4].rib, 2);
	for (unsigned i = 0; i < ARRAY_SIZE(m); i++)
		stage_make(s, i, &m[i], 0);
	stage_ask(s, STAGE_PFX);
	CU_ASSERT_EQUAL(path_by(s, s->made[1], 0)->verdict, EXPLAIN_VERDICT_MULTIPATH);
	p = path_by(s, s->made[2], 0);
	CU_ASSERT_EQUAL(p->verdict, EXPLAIN_VERDICT_LOST);
	CU_ASSERT_EQUAL(p->compare.mine.number, 3);
	CU_ASSERT_EQUAL(p->compare.theirs.number, 2);
}

/* Export: node b listens; the instance's own routes, or paths made by hand, are said or not. */

static void announce_own(struct stage *s, const char *prefix)
{
	const struct bgp_local l = {
		.pfx = lab_prefix(prefix),
		.kind = RIB_SOURCE_STATIC,
		.flags = RIB_PATH_LOCAL,
	};

	bgp_instance_set_locals(s->lab.a.i, &l, 1);
}

static void not_sent(struct stage *s, const char *prefix)
{
	stage_ask(s, prefix);
	CU_ASSERT_EQUAL_FATAL(s->x.n_to, 1);
	CU_ASSERT_FALSE(s->x.to[0].sent);
}

static void no_path(struct stage *s)
{
	lab_connect(&s->lab);
	not_sent(s, STAGE_PFX);
}

static void not_advertised(struct stage *s)
{
	static const struct made m = { PEER_1, .path_len = 1 };

	lab_connect(&s->lab);
	stage_make(s, 0, &m, 0);
	not_sent(s, STAGE_PFX);
	CU_ASSERT_PTR_EQUAL(s->x.to[0].path, s->x.paths[0].path);
}

static void set_export(struct stage *s, const char *name)
{
	struct bgp_peer_conf c = conf_of(s);

	bgp_engine_set_policy(s->lab.a.e, stage_policy());
	c.has_export = true;
	c.export_policy = name;
	bgp_peer_reconf(s->lab.a.p, &c);
}

/* While no route of the map is there: and there is one, the same. */
static void conditional(struct stage *s)
{
	struct bgp_peer_conf c;

	announce_own(s, STAGE_PFX);
	lab_connect(&s->lab);
	bgp_engine_set_policy(s->lab.a.e, stage_policy());
	c = conf_of(s);
	c.condition = BGP_CONDITION_NON_EXIST;
	c.advertise_policy = "m";
	c.condition_policy = "m";
	bgp_peer_reconf(s->lab.a.p, &c);
	not_sent(s, STAGE_PFX);
}

/* An aggregate of ours is summary-only. */
static void suppressed(struct stage *s)
{
	const struct bgp_aggregate g = { .pfx = lab_prefix("20.0.0.0/16"), .summary_only = true };

	announce_own(s, STAGE_PFX);
	bgp_instance_set_aggregates(s->lab.a.i, &g, 1);
	lab_connect(&s->lab);
	not_sent(s, STAGE_PFX);
	CU_ASSERT_FALSE(s->x.paths[0].path->flags & RIB_PATH_REJECTED);
}

/* RFC 7911: the neighbour may be told several paths; it is, if they are "m"'s. */
static void raw_up_addpath(struct stage *s, uint8_t mode)
{
	struct bgp_peer_conf c = lab_peer_conf(&s->lab.a);

	c.session.passive = true;
	c.session.addpath_rx = c.session.addpath_tx = true;
	c.add_path_send = mode;
	c.add_path_best = 2;
	s->raw.addpath = true;
	stage_raw_up(s, &c);
	set_export(s, "m");
}

static const struct explain_to *told_of(const struct stage *s, const struct rib_source *src)
{
	for (uint32_t i = 0; i < s->x.n_to; i++) {
		if (s->x.to[i].path && s->x.to[i].path->source == src->index)
			return &s->x.to[i];
	}
	CU_FAIL_FATAL("nothing is said of the path");
	return NULL;
}

/* Of three paths the best two are sent. */
static void not_selected(struct stage *s)
{
	static const struct made m[] = {
		{ PEER_1, .path_len = 2 },
		{ PEER_2, .path_len = 3 },
		{ PEER_1, .path_len = 4 },
	};

	raw_up_addpath(s, EXPORT_ADD_PATH_BEST);
	for (unsigned i = 0; i < ARRAY_SIZE(m); i++)
		stage_make(s, i, &m[i], 0);
	stage_ask(s, STAGE_PFX);
	CU_ASSERT_EQUAL_FATAL(s->x.n_to, 3);
	for (unsigned i = 0; i < 2; i++) {
		const struct explain_to *to = told_of(s, s->made[i]);

		CU_ASSERT_TRUE(to->sent);
		CU_ASSERT_EQUAL(to->why, RIB_REASON_NONE);
		CU_ASSERT_EQUAL(rib_path(s->x.rib, to->path_id), to->path);
		CU_ASSERT_EQUAL(to->policy.term, 10);
		CU_ASSERT_EQUAL(to->attrs.as_path.len, 2 + 4 * (m[i].path_len + 1));
	}
	CU_ASSERT_FALSE(told_of(s, s->made[2])->sent);
	CU_ASSERT_EQUAL(told_of(s, s->made[2])->why, RIB_REASON_EXPORT_NOT_SELECTED);
}

static void same_source(struct stage *s)
{
	lab_announce(&s->lab.b, 1, 1);
	lab_connect(&s->lab);
	set_export(s, "m");
	not_sent(s, STAGE_PFX);
}

static void ibgp_to_ibgp(struct stage *s)
{
	static const struct made m = { PEER_1, .ibgp = true, .path_len = 1 };

	stage_raw_up_internally(s);
	set_export(s, "m");
	stage_make(s, 0, &m, 0);
	not_sent(s, STAGE_PFX);
}

static const struct rib_source external = { .kind = RIB_SOURCE_BGP };

/* A path with these attributes, put into the table by hand. */
static void put_path(struct stage *s, unsigned n, const struct rib_source *init,
	const struct wire_attrs *at)
{
	struct rib *r = s->lab.a.i->table[BGP_FAMILY_IP4].rib;
	struct attrs *a = attrs_get(s->lab.a.e->attrs, at);
	const struct rib_offer o = { .pfx = lab_prefix(STAGE_PFX), .in = a, .attrs = a };

	s->made[n] = rib_source_new(r, init);
	CU_ASSERT_EQUAL(rib_update(r, s->made[n], &o), 0);
	attrs_unref(s->lab.a.e->attrs, a);
}

/* The same, and all is told if policy permits. */
static void put_and_miss(struct stage *s, const struct rib_source *init,
	const struct wire_attrs *at)
{
	set_export(s, "m");
	put_path(s, 0, init, at);
	not_sent(s, STAGE_PFX);
}

static void export_otc(struct stage *s)
{
	struct wire_attrs at = lab_raw_attrs(AF_INET);

	raw_up_as(s, BGP_ROLE_CUSTOMER);
	at.has |= WIRE_HAS_OTC;
	at.otc = 7;
	put_and_miss(s, &external, &at);
}

/* RFC 4456: from a client to a client, when they tell each other by themselves. */
static void client_to_client(struct stage *s)
{
	static const struct rib_source init = {
		.kind = RIB_SOURCE_BGP,
		.ibgp = true,
		.client = true,
	};
	const struct wire_attrs at = lab_raw_attrs(AF_INET);
	struct bgp_instance_conf ic = lab_instance_conf(&s->lab.a, 1);
	struct bgp_peer_conf c = lab_peer_conf(&s->lab.a);

	ic.clients_meshed = true;
	bgp_instance_reconf(s->lab.a.i, &ic);
	c.session.passive = true;
	c.session.local_as = RIG_AS_B;
	c.rr_client = true;
	stage_raw_up(s, &c);
	put_and_miss(s, &init, &at);
}

static void say_community(struct stage *s, uint8_t low)
{
	const uint8_t list[] = { 0xff, 0xff, 0xff, low };
	struct wire_attrs at = lab_raw_attrs(AF_INET);

	stage_raw_up_plainly(s);
	at.communities = (struct octets){ list, sizeof(list) };
	put_and_miss(s, &external, &at);
}

static void no_advertise(struct stage *s)
{
	say_community(s, 0x02);
}

static void no_export(struct stage *s)
{
	say_community(s, 0x01);
}

static void no_export_subconfed(struct stage *s)
{
	say_community(s, 0x03);
}

static void export_llgr_stale(struct stage *s)
{
	static const uint8_t list[] = { 0xff, 0xff, 0, 6 };
	struct wire_attrs at = lab_raw_attrs(AF_INET);

	stage_raw_up_plainly(s);
	at.communities = (struct octets){ list, sizeof(list) };
	put_and_miss(s, &external, &at);
}

static void no_next_hop(struct stage *s)
{
	struct bgp_link link = lab_link(&s->lab.a);

	link.local6 = (struct ip_addr){ 0 };
	bgp_instance_set_links(s->lab.a.i, &link, 1);
	lab_connect(&s->lab);
	announce_own(s, "2a01::/48");
	not_sent(s, "2a01::/48");
}

/* 1200 communities do not fit into 4096 octets. */
static void too_long(struct stage *s)
{
	static const uint8_t list[4 * 1200] = { 1 };
	struct wire_attrs at = lab_raw_attrs(AF_INET);

	stage_raw_up_plainly(s);
	at.communities = (struct octets){ list, sizeof(list) };
	put_and_miss(s, &external, &at);
}

static void no_session(struct stage *s)
{
	const struct bgp_peer_conf c = lab_peer_conf(&s->lab.a);

	s->lab.a.p = bgp_peer_new(s->lab.a.i, &c);
	announce_own(s, STAGE_PFX);
	not_sent(s, STAGE_PFX);
}

/* Edges: from the instance of node a to a second one. */

static const struct explain_edge *stays(struct stage *s)
{
	stage_ask(s, STAGE_PFX);
	CU_ASSERT_EQUAL_FATAL(s->x.n_edges, 1);
	CU_ASSERT_TRUE(s->x.edges[0].is_known);
	CU_ASSERT_TRUE(s->x.edges[0].outward);
	CU_ASSERT_FALSE(s->x.edges[0].crossed);
	CU_ASSERT_PTR_NULL(s->x.edges[0].arrived);
	return &s->x.edges[0];
}

/* A route that came over an edge of that name. */
static struct bgp_edge_in *bring(struct stage *s, const char *name, uint32_t table)
{
	static const struct made m = { .path_len = 1 };
	const struct nexthop nh = nexthop_device(DEV_OF_VPC + 1);
	struct bgp_edge_in *in = bgp_edge_in_new(s->lab.a.i, name, &nh);
	struct bgp_edge_route r = { .pfx = lab_prefix(STAGE_PFX), .from = table };

	r.attrs = stage_attrs(s, &m);
	bgp_edge_in_route(in, &r, true);
	attrs_unref(s->lab.a.e->attrs, r.attrs);
	return in;
}

static void edge_is_out(struct stage *s)
{
	stage_ask(s, STAGE_PFX);
	CU_ASSERT_EQUAL_FATAL(s->x.n_edges, 2);
	CU_ASSERT_TRUE(s->x.edges[0].outward);
	CU_ASSERT_FALSE(s->x.edges[0].crossed);
	CU_ASSERT_FALSE(s->x.edges[1].outward);
	CU_ASSERT_TRUE(s->x.edges[1].crossed);
}

static void transit(struct stage *s)
{
	stage_edge(s, KIND(BGP), false);
	(void)bring(s, "p2", 9);
	edge_is_out(s);
}

static void edge_back(struct stage *s)
{
	stage_edge(s, KIND(BGP), true);
	(void)bring(s, "p1", 9);
	edge_is_out(s);
}

static void edge_loop(struct stage *s)
{
	stage_edge(s, KIND(BGP), true);
	(void)bring(s, "p2", 2); /* the table at the other end */
	edge_is_out(s);
}

static void edge_local(struct stage *s)
{
	stage_edge(s, KIND(STATIC), false);
	announce_own(s, STAGE_PFX);
	(void)stays(s);
}

static void edge_kind(struct stage *s)
{
	static const struct made m = { PEER_1, .path_len = 1 };

	stage_edge(s, KIND(STATIC), false);
	stage_make(s, 0, &m, 0);
	CU_ASSERT_PTR_EQUAL(stays(s)->source, s->made[0]);
}

static void edge_closed(struct stage *s)
{
	static const struct made m = { PEER_1, .path_len = 1 };

	stage_edge(s, KIND(BGP), false);
	stage_make(s, 0, &m, 0);
	bgp_edge_in_free(s->into_vpc);
	stage_ask(s, STAGE_PFX);
	CU_ASSERT_EQUAL_FATAL(s->x.n_edges, 1);
	CU_ASSERT_FALSE(s->x.edges[0].crossed);
}

static void edge_waiting(struct stage *s)
{
	static const struct made m = { PEER_1, .path_len = 1 };
	const struct prefix p = lab_prefix(STAGE_PFX);

	stage_edge(s, KIND(BGP), false);
	lab_settle(&s->lab);
	stage_make(s, 0, &m, 0);
	bgp_explain(s->lab.a.i, &p, NULL, s->arena, &s->x); /* before the loop turns */
	CU_ASSERT_FALSE(s->x.edges[0].crossed);
}

/* clang-format off */
static const struct row rows[] = {
	{ RIB_REASON_AS_LOOP,               as_loop },
	{ RIB_REASON_ORIGINATOR_LOOP,       originator_loop },
	{ RIB_REASON_CLUSTER_LOOP,          cluster_loop },
	{ RIB_REASON_CONFED_LOOP,           confed_loop },
	{ RIB_REASON_FIRST_AS,              first_as },
	{ RIB_REASON_AS_SET,                as_set },
	{ RIB_REASON_OTC_LEAK,              otc_leak },
	{ RIB_REASON_NEXT_HOP_UNREACHABLE,  next_hop_unreachable },
	{ RIB_REASON_NEXT_HOP_SELF,         next_hop_self },
	{ RIB_REASON_FILTER_DEFAULT,        filter_default },
	{ RIB_REASON_FILTER_MARTIAN,        filter_martian },
	{ RIB_REASON_FILTER_SHARED_ADDRESS, filter_shared_address },
	{ RIB_REASON_FILTER_VPC_CIDR,       filter_vpc_cidr },
	{ RIB_REASON_FILTER_LINK_SUBNET,    filter_link_subnet },
	{ RIB_REASON_POLICY,                denied },
	{ RIB_REASON_NO_POLICY,             no_policy },
	{ RIB_REASON_ROUTE_LIMIT,           route_limit },
	{ RIB_REASON_DEFAULT_ORIGINATE,     default_originate },
	{ RIB_REASON_TRANSIT,               transit },
	{ RIB_REASON_TREAT_AS_WITHDRAW,     treat_as_withdraw },
	{ RIB_REASON_QUOTA,                 quota },
	{ RIB_REASON_STEP_WEIGHT,           weight },
	{ RIB_REASON_STEP_LLGR_STALE,       llgr_stale },
	{ RIB_REASON_STEP_LAST_RESORT,      last_resort },
	{ RIB_REASON_STEP_LOCAL_PREF,       local_preference },
	{ RIB_REASON_STEP_AS_PATH_LENGTH,   as_path_length },
	{ RIB_REASON_STEP_ORIGIN,           origin },
	{ RIB_REASON_STEP_MED,              med },
	{ RIB_REASON_STEP_EBGP,             ebgp },
	{ RIB_REASON_STEP_MULTIPATH_LIMIT,  maximum_paths },
	{ RIB_REASON_STEP_ROUTER_ID,        router_id },
	{ RIB_REASON_STEP_CLUSTER_LENGTH,   cluster_length },
	{ RIB_REASON_STEP_ADDRESS,          address },
	{ RIB_REASON_STEP_PATH_ID,          path_id },
	{ RIB_REASON_EXPORT_NO_PATH,        no_path },
	{ RIB_REASON_EXPORT_NOT_ADVERTISED, not_advertised },
	{ RIB_REASON_EXPORT_CONDITIONAL,    conditional },
	{ RIB_REASON_EXPORT_SUPPRESSED,     suppressed },
	{ RIB_REASON_EXPORT_NOT_SELECTED,   not_selected },
	{ RIB_REASON_EXPORT_SAME_SOURCE,    same_source },
	{ RIB_REASON_EXPORT_IBGP,           ibgp_to_ibgp },
	{ RIB_REASON_EXPORT_NO_ADVERTISE,   no_advertise },
	{ RIB_REASON_EXPORT_NO_EXPORT,      no_export },
	{ RIB_REASON_EXPORT_NO_EXPORT_SUBCONFED, no_export_subconfed },
	{ RIB_REASON_EXPORT_LLGR_STALE,     export_llgr_stale },
	{ RIB_REASON_EXPORT_CLIENT_TO_CLIENT, client_to_client },
	{ RIB_REASON_EXPORT_OTC,            export_otc },
	{ RIB_REASON_EXPORT_NO_NEXT_HOP,    no_next_hop },
	{ RIB_REASON_EXPORT_TOO_LONG,       too_long },
	{ RIB_REASON_EXPORT_NO_SESSION,     no_session },
	{ RIB_REASON_EDGE_LOCAL,            edge_local },
	{ RIB_REASON_EDGE_KIND,             edge_kind },
	{ RIB_REASON_EDGE_BACK,             edge_back },
	{ RIB_REASON_EDGE_LOOP,             edge_loop },
	{ RIB_REASON_EDGE_CLOSED,           edge_closed },
	{ RIB_REASON_EDGE_WAITING,          edge_waiting },
};
/* clang-format on */

/* Does the explanation say the reason, wherever its kind belongs? */
static bool says(const struct explain *x, enum rib_reason r)
{
	for (uint32_t i = 0; i < x->n_paths; i++) {
		if (x->paths[i].path->reason == r)
			return true;
	}
	for (uint32_t i = 0; i < x->n_to; i++) {
		if (x->to[i].why == r)
			return true;
	}
	for (uint32_t i = 0; i < x->n_edges; i++) {
		if (x->edges[i].is_known && x->edges[i].why == r)
			return true;
	}
	for (uint32_t i = 0; i < x->n_gone; i++) {
		if (x->gone[i].reason == r)
			return true;
	}
	return false;
}

static void every_reason_is_said_where_it_applies(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct stage s;

		stage_open(&s);
		rows[i].play(&s);
		if (!says(&s.x, rows[i].reason))
			(void)fprintf(stderr, "not said: %s\n", rib_reason_name(rows[i].reason));
		CU_ASSERT_TRUE(says(&s.x, rows[i].reason));
		stage_close(&s);
	}
}

static void every_reason_has_one_row(void)
{
	/* WITHDRAWN and those behind it are of paths that are gone: test_monitor.c */
	for (unsigned r = RIB_REASON_NONE + 1; r < RIB_REASON_WITHDRAWN; r++) {
		unsigned n = 0;

		for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
			n += rows[i].reason == r;
		if (n != 1)
			(void)fprintf(stderr, "%u rows: %s\n", n,
				rib_reason_name((enum rib_reason)r));
		CU_ASSERT_EQUAL(n, 1);
	}
}

/* All paths are candidates; each has an answer of its own, and refused ones are none. */
static void each_path_to_a_neighbour_with_add_path_is_explained(void)
{
	static const uint8_t no_export[] = { 0xff, 0xff, 0xff, 0x01 };
	static const uint8_t loop[] = { BGP_AS_SEQUENCE, 2, AS(RIG_AS_B), AS(RIG_AS_A) };
	static const struct made m = { PEER_1, .path_len = 2 };
	struct wire_attrs at = lab_raw_attrs(AF_INET);
	const struct explain_to *to;
	struct stage s;

	stage_open(&s);
	raw_up_addpath(&s, EXPORT_ADD_PATH_ALL);
	s.raw.path_id = 1;
	lab_raw_say(&s.raw, STAGE_PFX, &at);
	s.raw.path_id = 2;
	at.as_path = (struct octets){ loop, sizeof(loop) };
	lab_raw_say(&s.raw, STAGE_PFX, &at);
	stage_make(&s, 0, &m, 0);
	at = lab_raw_attrs(AF_INET);
	at.communities = (struct octets){ no_export, sizeof(no_export) };
	put_path(&s, 1, &external, &at);
	stage_ask(&s, STAGE_PFX);
	CU_ASSERT_EQUAL(s.x.n_paths, 4);
	CU_ASSERT_EQUAL_FATAL(s.x.n_to, 3);
	CU_ASSERT_TRUE(told_of(&s, s.made[0])->sent);
	to = told_of(&s, s.made[1]);
	CU_ASSERT_EQUAL(to->why, RIB_REASON_EXPORT_NO_EXPORT);
	CU_ASSERT_FALSE(to->sent);
	to = told_of(&s, s.lab.a.p->family[BGP_FAMILY_IP4].source);
	CU_ASSERT_EQUAL(to->why, RIB_REASON_EXPORT_SAME_SOURCE);
	CU_ASSERT_FALSE(to->sent);
	stage_ask(&s, "20.0.9.0/24");
	CU_ASSERT_EQUAL_FATAL(s.x.n_to, 1);
	CU_ASSERT_EQUAL(s.x.to[0].why, RIB_REASON_EXPORT_NO_PATH);
	stage_close(&s);
}

/* The filter has a row of its own as a neighbour's route meets it. */
static void what_an_edge_may_not_bring_in_is_explained_at_both_ends(void)
{
	const struct prefix p = lab_prefix(STAGE_PFX);
	static const struct made m = { PEER_1, .path_len = 1 };
	struct stage s;

	stage_open(&s);
	stage_edge(&s, KIND(BGP), false);
	stage_make(&s, 0, &m, 0);
	(void)bring(&s, "p2", 9);
	bgp_engine_set_cidrs(s.lab.a.e, &p, 1);
	stage_ask(&s, STAGE_PFX);
	CU_ASSERT_EQUAL_FATAL(s.x.n_edges, 2);
	for (uint32_t i = 0; i < 2; i++) {
		CU_ASSERT_FALSE(s.x.edges[i].crossed);
		CU_ASSERT_PTR_NOT_NULL_FATAL(s.x.edges[i].arrived);
		CU_ASSERT_EQUAL(s.x.edges[i].why, RIB_REASON_FILTER_VPC_CIDR);
	}
	stage_close(&s);
}

static const struct cu_case cases[] = {
	CU_CASE(every_reason_is_said_where_it_applies),
	CU_CASE(every_reason_has_one_row),
	CU_CASE(each_path_to_a_neighbour_with_add_path_is_explained),
	CU_CASE(what_an_edge_may_not_bring_in_is_explained_at_both_ends),
};

CU_SUITE(explain, cases);
