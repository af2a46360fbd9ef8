/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What-if against doing it: rules are asked about, then put in force, and what has come, gone and
 * changed in both tables must be what was said; and asking changes nothing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bgpd/engine_int.h"
#include "bgpd/look/whatif.h"
#include "lib/base/xalloc.h"
#include "lib/ds/arena.h"
#include "tests/bgpd/engine/stage.h"

#define PREFIXES 64

/* What both tables have of the prefixes: accepted attributes of the peer, best ones at the VPC. */
struct picture {
	struct attrs *peer[PREFIXES]; /* counted: an id is not given twice */
	struct attrs *vpc[PREFIXES];
	struct attrs *told[PREFIXES]; /* to the peer */
};

static struct attrs *of_peer(const struct stage *s, const struct prefix *p)
{
	const struct rib *r = bgp_instance_rib(s->lab.a.i, BGP_FAMILY_IP4);
	const uint32_t net = rib_find(r, p);

	for (uint32_t h = net ? rib_net(r, net)->paths : 0; h; h = rib_path_next(rib_path(r, h))) {
		if (rib_source_at(r, rib_path(r, h)->source)->owner == s->lab.a.p)
			return rib_path_attrs(r, rib_path(r, h));
	}
	return NULL;
}

static struct attrs *of_vpc(const struct stage *s, const struct prefix *p)
{
	const struct rib *r = bgp_instance_rib(s->vpc, BGP_FAMILY_IP4);
	const uint32_t net = rib_find(r, p);
	const struct rib_path *best = net ? rib_net_best(r, net) : NULL;

	return best ? rib_path_attrs(r, best) : NULL;
}

static struct attrs *of_export(const struct stage *s, const struct prefix *p)
{
	const uint32_t net = rib_find(bgp_instance_rib(s->lab.a.i, BGP_FAMILY_IP4), p);
	struct arena *a = arena_new(4096);
	struct attrs *at = NULL;
	enum rib_reason why;
	struct wire_attrs w;

	if (net && bgp_peer_advertised(s->lab.a.p, BGP_FAMILY_IP4, net, a, &w, &why) == 0)
		at = attrs_get(s->lab.a.e->attrs, &w);
	arena_free(a);
	return at;
}

static void take(const struct stage *s, struct picture *pic)
{
	for (uint32_t k = 0; k < PREFIXES; k++) {
		const struct prefix p = lab_nth(AF_INET, k);

		pic->peer[k] = of_peer(s, &p);
		pic->vpc[k] = of_vpc(s, &p);
		if (pic->peer[k])
			(void)attrs_ref(pic->peer[k]);
		if (pic->vpc[k])
			(void)attrs_ref(pic->vpc[k]);
		pic->told[k] = of_export(s, &p);
	}
}

static void drop(const struct stage *s, struct picture *pic)
{
	for (uint32_t k = 0; k < PREFIXES; k++) {
		attrs_unref(s->lab.a.e->attrs, pic->peer[k]);
		attrs_unref(s->lab.a.e->attrs, pic->vpc[k]);
		attrs_unref(s->lab.a.e->attrs, pic->told[k]);
	}
}

static void add(struct whatif_count *c, const struct attrs *a, const struct attrs *b)
{
	if (a != b)
		c->n[!a ? WHATIF_GAINED : !b ? WHATIF_LOST : WHATIF_CHANGED]++;
}

/* A map "m": two terms over random halves of the prefixes, with random actions and sets. */
static struct policy_set *random_policy(void)
{
	struct policy_conf *c = xcalloc(1, sizeof(*c));

	c->prefix_lists = xcalloc(2, sizeof(*c->prefix_lists));
	c->n_prefix_lists = 2;
	c->maps = xcalloc(1, sizeof(*c->maps));
	c->n_maps = 1;
	c->maps[0].name = xstrdup("m");
	c->maps[0].terms = xcalloc(2, sizeof(*c->maps[0].terms));
	c->maps[0].n_terms = 2;
	for (unsigned i = 0; i < 2; i++) {
		struct policy_prefix_list *l = &c->prefix_lists[i];
		struct policy_term *t = &c->maps[0].terms[i];
		const struct prefix any = lab_nth(AF_INET, cu_random_below(PREFIXES));

		l->name = xstrdup(i ? "b" : "a");
		l->rules = xcalloc(1, sizeof(*l->rules));
		l->n_rules = 1;
		l->rules[0] = (struct policy_prefix_rule){ .seq = 1, .permit = true, .le = 32 };
		l->rules[0].pfx = prefix_make(&(struct ip_addr){ .family = AF_INET }, 0);
		if (cu_random_below(3)) {
			const struct ip_addr at = prefix_addr(&any);

			l->rules[0].pfx = prefix_make(&at, (uint8_t)(18 + cu_random_below(5)));
		}
		*t = (struct policy_term){ .seq = 10 * (i + 1), .permit = cu_random_below(3) > 0 };
		t->match.ref[POLICY_REF_PREFIX] = xstrdup(l->name);
		if (cu_random_below(2))
			t->set.local_pref.op = POLICY_OP_SET;
		t->set.local_pref.value = 50 + 100 * cu_random_below(3);
	}
	return lab_policy(c);
}

struct question {
	struct whatif w;
	struct bgp_link link;
	struct whatif_peer peer;
	struct whatif_edge edge;
};

/* Ranges are in the question already. */
static void ask(struct stage *s, struct question *q, const struct bgp_peer_conf *c,
	struct policy_set *set)
{
	const struct question before = *q;

	*q = (struct question){
		.w = {
			.conf = *bgp_instance_conf(s->lab.a.i),
			.links = &q->link,
			.n_links = 1,
			.policy = set,
			.cidrs = before.w.cidrs,
			.n_cidrs = before.w.n_cidrs,
			.peers = &q->peer,
			.n_peers = 1,
			.edges = &q->edge,
			.n_edges = 1,
		},
		.link = lab_link(&s->lab.a),
		.peer = { .stays = true, .conf = *c },
		.edge = { .name = "p1", .stays = true, .conf = s->up->conf,
			.now = before.edge.now, .then = before.edge.then },
	};
	q->edge.to = bgp_instance_conf(s->vpc)->table;
	q->peer.address = c->session.remote;
	bgp_whatif_init(&q->w);
	while (bgp_whatif_slice(s->lab.a.i, &q->w, mono_now()))
		;
	bgp_whatif_fini(&q->w);
}

static void open_with_routes(struct stage *s)
{
	const struct wire_attrs at = lab_raw_attrs(AF_INET);
	struct bgp_local own[PREFIXES];

	stage_open(s);
	stage_raw_up_with(s, "m");
	stage_edge(s, KIND(BGP), false);
	for (uint32_t k = 0; k < PREFIXES; k++) {
		const struct prefix p = lab_nth(AF_INET, k);
		char text[PREFIX_STRLEN];

		lab_raw_say(&s->raw, prefix_format(&p, text), &at);
	}
	for (uint32_t k = 0; k < PREFIXES; k++) {
		own[k] = (struct bgp_local){
			.pfx = lab_nth(AF_INET, k),
			.kind = RIB_SOURCE_STATIC,
			.flags = RIB_PATH_LOCAL,
		};
	}
	bgp_instance_set_locals(s->lab.a.i, own, PREFIXES / 2);
	lab_settle(&s->lab);
}

static void compare(const struct stage *s, const struct question *q, const struct picture *before)
{
	struct whatif_count peer = { { 0 } };
	struct whatif_count vpc = { { 0 } };
	struct whatif_count told = { { 0 } };
	struct picture after;

	take(s, &after);
	for (uint32_t k = 0; k < PREFIXES; k++) {
		add(&peer, before->peer[k], after.peer[k]);
		add(&vpc, before->vpc[k], after.vpc[k]);
		add(&told, before->told[k], after.told[k]);
	}
	for (unsigned k = 0; k < WHATIF_CHANGE_COUNT; k++) {
		CU_ASSERT_EQUAL(q->peer.routes.n[k], peer.n[k]);
		CU_ASSERT_EQUAL(q->edge.routes.n[k], vpc.n[k]);
		CU_ASSERT_EQUAL(q->peer.told.n[k], told.n[k]);
	}
	drop(s, &after);
}

static void what_is_foretold_happens(void)
{
	struct stage s;

	open_with_routes(&s);
	for (unsigned n = 0; n < 30; n++) {
		struct bgp_peer_conf c = *lab_view(s.lab.a.p).conf;
		struct policy_set *set = random_policy();
		struct question q = { .edge = { .to = 0 } };
		struct picture before;
		struct picture still;

		c.has_import = cu_random_below(5) > 0;
		c.has_export = cu_random_below(3) > 0;
		c.export_policy = "m";
		take(&s, &before);
		ask(&s, &q, &c, set);
		take(&s, &still);
		CU_ASSERT_EQUAL(memcmp(&before, &still, sizeof(before)), 0);
		drop(&s, &still);
		bgp_engine_set_policy(s.lab.a.e, set);
		bgp_peer_reconf(s.lab.a.p, &c);
		lab_settle(&s.lab);
		compare(&s, &q, &before);
		drop(&s, &before);
	}
	stage_close(&s);
}

static void other_cidrs_and_edges_are_foretold_too(void)
{
	const struct prefix cidr = lab_prefix("20.0.0.0/19"); /* 32 of the prefixes */
	struct bgp_peer_conf c;
	struct question q = { .edge = { .to = 0 } };
	struct stage s;

	open_with_routes(&s);
	c = *lab_view(s.lab.a.p).conf;
	q = (struct question){ .link = lab_link(&s.lab.a),
		.peer = { .stays = true, .conf = c, .address = c.session.remote },
		.edge = { .name = "p1" } };
	q.w = (struct whatif){ .conf = *bgp_instance_conf(s.lab.a.i),
		.links = &q.link,
		.n_links = 1,
		.policy = s.lab.a.e->policy,
		.cidrs = &cidr,
		.n_cidrs = 1,
		.peers = &q.peer,
		.n_peers = 1,
		.edges = &q.edge,
		.n_edges = 1 };
	bgp_whatif_init(&q.w);
	while (bgp_whatif_slice(s.lab.a.i, &q.w, mono_now()))
		;
	bgp_whatif_fini(&q.w);
	CU_ASSERT_EQUAL(q.peer.routes.n[WHATIF_LOST], 32);
	CU_ASSERT_EQUAL(q.edge.routes.n[WHATIF_LOST], PREFIXES); /* the edge goes */
	CU_ASSERT_FALSE(q.peer.resets);
	CU_ASSERT_EQUAL(q.peer.routes.example[WHATIF_LOST][0].len, 24);
	stage_close(&s);
}

/* What the VBR has by itself is kept out at the other end only; what peers say, here too. */
static void what_the_other_end_keeps_out_is_foretold(void)
{
	const struct prefix cidr = lab_prefix("20.0.0.0/19"); /* 32 of the prefixes */
	struct bgp_peer_conf c;
	struct picture before;
	struct question q = { .edge = { .to = 0 } };
	struct stage s;

	open_with_routes(&s);
	c = *lab_view(s.lab.a.p).conf;
	take(&s, &before);
	q = (struct question){ .w = { .cidrs = &cidr, .n_cidrs = 1 },
		.edge = { .then = { .v = &cidr, .n = 1 } } };
	ask(&s, &q, &c, s.lab.a.e->policy);
	CU_ASSERT_EQUAL(q.edge.routes.n[WHATIF_LOST], 32);
	bgp_engine_set_cidrs(s.lab.a.e, &cidr, 1);
	lab_settle(&s.lab);
	compare(&s, &q, &before);
	drop(&s, &before);

	/* And back: what is kept out now comes. */
	take(&s, &before);
	q = (struct question){ .edge = { .now = { .v = &cidr, .n = 1 } } };
	ask(&s, &q, &c, s.lab.a.e->policy);
	CU_ASSERT_EQUAL(q.edge.routes.n[WHATIF_GAINED], 32);
	bgp_engine_set_cidrs(s.lab.a.e, NULL, 0);
	lab_settle(&s.lab);
	compare(&s, &q, &before);
	drop(&s, &before);
	stage_close(&s);
}

static uint32_t n_kept_out(const struct stage *s)
{
	const struct rib *r = bgp_instance_rib(s->vpc, BGP_FAMILY_IP4);
	uint32_t n = 0;

	for (uint32_t k = 0; k < PREFIXES; k++) {
		const struct prefix p = lab_nth(AF_INET, k);
		const uint32_t net = rib_find(r, &p);

		n += net && places_is_waiting(rib_path(r, rib_net(r, net)->paths));
	}
	return n;
}

static void limit_vpc(struct stage *s, uint32_t places)
{
	struct bgp_instance_conf c = *bgp_instance_conf(s->vpc);

	c.places = places;
	bgp_instance_reconf(s->vpc, &c);
	lab_settle(&s->lab);
}

/* As many cross as a policy lets; then all would that may; then as many as before. */
static void what_a_limit_would_meet_is_told(void)
{
	const uint32_t limit = 20;
	struct stage s;

	open_with_routes(&s);
	for (unsigned n = 0; n < 10; n++) {
		struct bgp_peer_conf c = *lab_view(s.lab.a.p).conf;
		struct policy_set *set = random_policy();
		const struct whatif_places *p;
		struct question q = { .edge = { .to = 0 } };
		uint32_t held;
		uint32_t room;
		uint32_t all;

		limit_vpc(&s, 0);
		c.has_import = true;
		bgp_engine_set_policy(s.lab.a.e, set);
		bgp_peer_reconf(s.lab.a.p, &c);
		lab_settle(&s.lab);
		held = bgp_edge_in_routes(s.into_vpc);
		limit_vpc(&s, n % 2 ? limit : 0);
		c = *lab_view(s.lab.a.p).conf;
		c.has_import = false;
		ask(&s, &q, &c, set);
		p = &q.edge.places[BGP_FAMILY_IP4];
		CU_ASSERT_EQUAL(p->held, held);
		CU_ASSERT_EQUAL(p->takes, q.edge.routes.n[WHATIF_GAINED]);
		all = p->takes + held;
		CU_ASSERT(all > limit);
		CU_ASSERT_EQUAL(p->frees, 0);
		limit_vpc(&s, limit);
		bgp_peer_reconf(s.lab.a.p, &c);
		lab_settle(&s.lab);
		room = limit > held ? limit - held : 0;
		CU_ASSERT_EQUAL(n_kept_out(&s), p->takes > room ? p->takes - room : 0);
		limit_vpc(&s, 0);
		c = *lab_view(s.lab.a.p).conf;
		c.has_import = true;
		ask(&s, &q, &c, set);
		CU_ASSERT_EQUAL(p->held, all);
		CU_ASSERT_EQUAL(p->frees, all - held);
		CU_ASSERT_EQUAL(p->takes, 0);
	}
	stage_close(&s);
}

static void a_session_that_would_be_reset_is_told(void)
{
	struct bgp_peer_conf c;
	struct question q = { .edge = { .to = 0 } };
	struct stage s;

	open_with_routes(&s);
	c = *lab_view(s.lab.a.p).conf;
	ask(&s, &q, &c, s.lab.a.e->policy);
	CU_ASSERT_FALSE(q.peer.resets);
	c.session.local_as = 65099;
	ask(&s, &q, &c, s.lab.a.e->policy);
	CU_ASSERT_TRUE(q.peer.resets);
	stage_close(&s);
}

#define IDS (16u << RIB_BLOCK_SHIFT) /* of few sources with few paths */

/* What the neighbour with ADD-PATH is told of a prefix: attributes by handle. */
static void take_told(const struct stage *s, struct attrs *told[IDS])
{
	const struct prefix p = lab_prefix(STAGE_PFX);
	const struct rib *r = bgp_instance_rib(s->lab.a.i, BGP_FAMILY_IP4);
	struct bgp_table *t = &s->lab.a.i->table[BGP_FAMILY_IP4];
	struct arena *a = arena_new(4096);
	struct export_path *paths;
	struct export_conf c;
	uint32_t n;

	memset(told, 0, IDS * sizeof(*told));
	peer_export_conf(&s->lab.a.p->family[BGP_FAMILY_IP4], &c);
	n = export_paths(t->export, &c, rib_find(r, &p), a, &paths);
	for (uint32_t k = 0; k < n; k++) {
		CU_ASSERT_TRUE_FATAL(paths[k].id > 0 && paths[k].id < IDS);
		told[paths[k].id] = attrs_get(s->lab.a.e->attrs, &paths[k].attrs);
	}
	arena_free(a);
}

/* Three paths by hand, and three modes with random policies: as many are said as foretold. */
static void open_with_paths(struct stage *s)
{
	static const struct made m[] = {
		{ .router_id = 1, .addr = "10.0.0.7", .path_len = 1 },
		{ .router_id = 2, .addr = "10.0.0.8", .path_len = 1 },
		{ .router_id = 3, .addr = "10.0.0.9", .path_len = 3 },
	};
	struct bgp_peer_conf c;

	stage_open(s);
	c = lab_peer_conf(&s->lab.a);
	c.session.passive = true;
	c.session.addpath_rx = c.session.addpath_tx = true;
	c.has_export = true;
	c.export_policy = "m";
	s->raw.addpath = true;
	rib_set_max_paths(s->lab.a.i->table[BGP_FAMILY_IP4].rib, 4);
	bgp_engine_set_policy(s->lab.a.e, stage_policy());
	stage_raw_up(s, &c);
	stage_edge(s, KIND(BGP), false);
	for (unsigned i = 0; i < ARRAY_SIZE(m); i++)
		stage_make(s, i, &m[i], 0);
	lab_settle(&s->lab);
}

static void each_path_to_a_neighbour_with_add_path_counts(void)
{
	static const unsigned n_told[] = {
		[EXPORT_ADD_PATH_ALL] = 3,
		[EXPORT_ADD_PATH_BEST] = 2,
		[EXPORT_ADD_PATH_ECMP] = 2,
	};
	struct attrs *before[IDS];
	struct stage s;

	open_with_paths(&s);
	take_told(&s, before);
	for (unsigned n = 0; n < 30; n++) {
		struct bgp_peer_conf c = *lab_view(s.lab.a.p).conf;
		struct policy_set *set = n % 2 ? random_policy() : stage_policy();
		struct whatif_count told = { { 0 } };
		struct attrs *after[IDS];
		unsigned n_after = 0;
		struct question q = { .edge = { .to = 0 } };

		c.add_path_send = (uint8_t)cu_random_below(3);
		c.add_path_best = 2;
		ask(&s, &q, &c, set);
		bgp_engine_set_policy(s.lab.a.e, set);
		bgp_peer_reconf(s.lab.a.p, &c);
		lab_settle(&s.lab);
		take_told(&s, after);
		for (unsigned k = 0; k < IDS; k++) {
			add(&told, before[k], after[k]);
			n_after += after[k] != NULL;
			attrs_unref(s.lab.a.e->attrs, before[k]);
			before[k] = after[k];
		}
		CU_ASSERT_EQUAL(lab_view(s.lab.a.p).advertised, n_after);
		if (n % 2 == 0)
			CU_ASSERT_EQUAL(n_after, n_told[c.add_path_send]);
		for (unsigned k = 0; k < WHATIF_CHANGE_COUNT; k++)
			CU_ASSERT_EQUAL(q.peer.told.n[k], told.n[k]);
	}
	for (unsigned k = 0; k < IDS; k++)
		attrs_unref(s.lab.a.e->attrs, before[k]);
	stage_close(&s);
}

static const struct cu_case cases[] = {
	CU_CASE(what_is_foretold_happens),
	CU_CASE(other_cidrs_and_edges_are_foretold_too),
	CU_CASE(what_the_other_end_keeps_out_is_foretold),
	CU_CASE(what_a_limit_would_meet_is_told),
	CU_CASE(a_session_that_would_be_reset_is_told),
	CU_CASE(each_path_to_a_neighbour_with_add_path_counts),
};

CU_SUITE(whatif, cases);
