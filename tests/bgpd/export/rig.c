/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See rig.h. The replica is kept as interned sets: equal attributes are equal pointers.
 */
#include "tests/bgpd/export/rig.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bgpd/wire/message.h"
#include "bgpd/wire/update.h"
#include "lib/base/xalloc.h"
#include "lib/net/cursor.h"
#include "tests/cu_main.h"

#define LOCAL_AS 65000

struct prefix rig_prefix(uint32_t n)
{
	const struct ip_addr a = ip_from_v4(0x0a000000 + (n << 8));

	return prefix_make(&a, 24);
}

static uint32_t index_of(const struct prefix *pfx)
{
	const struct ip_addr a = prefix_addr(pfx);
	const uint32_t n = (ip_to_v4(&a) - 0x0a000000) >> 8;

	CU_ASSERT_TRUE_FATAL(n < RIG_PREFIXES && pfx->len == 24);
	return n;
}

static struct attrs *make_set(struct attrs_table *t, uint32_t n)
{
	static const uint8_t comms[4][4] = {
		{ 0xff, 0xff, 0xff, 0x01 },
		{ 0xff, 0xff, 0xff, 0x02 },
		{ 0, 1, 0, 2 },
		{ 0xff, 0xff, 0xff, 0x03 },
	};
	static const uint8_t unknown[] = { 0xe0, 99, 3, 1, 2, 3 };
	/* link bandwidth, which stays inside an AS, and a route target */
	static const uint8_t ext[] = { 0x40, 4, 0xfd, 0xe8, 0, 0, 0, 1, 0, 2, 0xfd, 0xe8, 0, 0, 0,
		7 };
	uint8_t path[2 + 4 * 8];
	struct cursor_w w = cursor_w_make(path, sizeof(path));
	struct wire_attrs a = {
		.has = WIRE_HAS_ORIGIN | WIRE_HAS_AS_PATH | WIRE_HAS_NEXT_HOP,
		.origin = n % 3,
		.next_hop = ip_from_v4(0x0a0a0a01 + n),
		.med = n,
	};

	cursor_w_u8(&w, BGP_AS_SEQUENCE);
	cursor_w_u8(&w, (uint8_t)(1 + n % 4));
	for (uint32_t i = 0; i < 1 + n % 4; i++)
		cursor_w_u32(&w, 70000 + n + i);
	a.as_path = (struct octets){ path, (uint16_t)cursor_w_len(&w) };
	if (n % 2)
		a.has |= WIRE_HAS_MED;
	if (n % 5 == 4)
		a.communities = (struct octets){ comms[n / 5 % 4], 4 };
	if (n % 3 == 1)
		a.ext_communities = (struct octets){ ext, sizeof(ext) };
	if (n % 3 == 1)
		a.unknown = (struct octets){ unknown, sizeof(unknown) };
	return attrs_get(t, &a);
}

/*
 * "out" denies every third prefix, sets the MED of peering routes, prepends to the others; "deny"
 * denies the same and leaves the others as they are.
 */
struct policy_set *rig_policies(void)
{
	struct policy_conf *c = xcalloc(1, sizeof(*c));
	struct policy_prefix_list *l;
	struct policy_set *s;
	struct errbuf err;

	l = xcalloc(1, sizeof(*l));
	c->prefix_lists = l;
	c->n_prefix_lists = 1;
	l->name = xstrdup("some");
	l->rules = xcalloc(RIG_PREFIXES, sizeof(*l->rules));
	for (uint32_t i = 0; i < RIG_PREFIXES; i += 3)
		l->rules[l->n_rules++] = (struct policy_prefix_rule){
			.seq = i + 1,
			.permit = true,
			.pfx = rig_prefix(i),
		};
	c->maps = xcalloc(2, sizeof(*c->maps));
	c->n_maps = 2;
	c->maps[0].name = xstrdup("out");
	c->maps[0].n_terms = 3;
	c->maps[0].terms = xcalloc(3, sizeof(*c->maps[0].terms));
	c->maps[0].terms[0] = (struct policy_term){ .seq = 10,
		.match.ref[POLICY_REF_PREFIX] = xstrdup("some") };
	c->maps[0].terms[1] = (struct policy_term){
		.seq = 20,
		.permit = true,
		.match.source_mask = 1 << RIB_SOURCE_PEERING,
		.set.med = { POLICY_OP_ADD, 40 },
	};
	c->maps[0].terms[2] = (struct policy_term){
		.seq = 30,
		.permit = true,
		.set.prepend = { 65500 },
		.set.n_prepend = 1,
	};
	c->maps[1].name = xstrdup("deny");
	c->maps[1].n_terms = 2;
	c->maps[1].terms = xcalloc(2, sizeof(*c->maps[1].terms));
	c->maps[1].terms[0] = (struct policy_term){ .seq = 10,
		.match.ref[POLICY_REF_PREFIX] = xstrdup("some") };
	c->maps[1].terms[1] = (struct policy_term){ .seq = 20, .permit = true };
	errbuf_init(&err);
	s = policy_compile(c, NULL, &err);
	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	errbuf_fini(&err);
	policy_conf_free(c);
	return s;
}

static struct rib_source *make_source(struct rig *g, uint32_t i)
{
	const struct rib_source init = {
		.kind = i == RIG_PEERING   ? RIB_SOURCE_PEERING :
			i == RIG_STATIC    ? RIB_SOURCE_STATIC :
			i == RIG_CONNECTED ? RIB_SOURCE_CONNECTED :
					     RIB_SOURCE_BGP,
		.ibgp = i == RIG_IBGP,
		.router_id = i + 1,
		.addr = ip_from_v4(i + 1),
	};

	return rib_source_new(g->rib, &init);
}

void rig_setup(struct rig *g)
{
	const struct rib_conf conf = { .af = AF_INET, .max_paths = 2 };

	memset(g, 0, sizeof(*g));
	g->loop = loop_new("test");
	g->at = attrs_table_new();
	g->rib = rib_new(&conf, g->at);
	g->e = export_new(g->loop, g->rib);
	g->arena = arena_new(4096);
	g->policies = rig_policies();
	for (uint32_t i = 0; i < RIG_SOURCES; i++)
		g->src[i] = make_source(g, i);
	for (uint32_t i = 0; i < RIG_SETS; i++)
		g->sets[i] = make_set(g->at, i);
	for (uint32_t i = 0; i < RIG_PEERS; i++)
		g->peers[i].rig = g;
}

void rig_teardown(struct rig *g)
{
	for (uint32_t i = 0; i < RIG_PEERS; i++)
		rig_leave(g, i);
	export_free(g->e);
	policy_set_unref(g->policies);
	for (uint32_t i = 0; i < RIG_SETS; i++)
		attrs_unref(g->at, g->sets[i]);
	rib_free(g->rib);
	attrs_table_free(g->at);
	arena_free(g->arena);
	loop_free(g->loop);
}

void rig_update(struct rig *g, uint32_t prefix, uint32_t source, uint32_t set, uint8_t flags)
{
	rig_update_path(g, prefix, source, 0, set, flags);
}

void rig_update_path(struct rig *g, uint32_t prefix, uint32_t source, uint32_t id, uint32_t set,
	uint8_t flags)
{
	const struct rib_offer o = {
		.pfx = rig_prefix(prefix),
		.path_id = id,
		.in = g->sets[set],
		.attrs = set ? g->sets[set] : NULL,
		.reject = set ? RIB_REASON_NONE : RIB_REASON_AS_LOOP,
		.flags = flags,
	};

	CU_ASSERT_EQUAL_FATAL(rib_update(g->rib, g->src[source], &o), 0);
}

void rig_withdraw(struct rig *g, uint32_t prefix, uint32_t source)
{
	rig_withdraw_path(g, prefix, source, 0);
}

void rig_withdraw_path(struct rig *g, uint32_t prefix, uint32_t source, uint32_t id)
{
	const struct prefix pfx = rig_prefix(prefix);

	(void)rib_withdraw(g->rib, g->src[source], &pfx, id);
}

static bool is_multi(const struct rig_peer *p)
{
	return p->conf.wire.addpath_tx;
}

/* Its place in the replica; a path that is not known gets one. */
static struct attrs **slot_of(struct rig_peer *p, const struct prefix *pfx, uint32_t id)
{
	const uint32_t n = index_of(pfx);
	struct rig_path *spare = NULL;

	if (!is_multi(p)) {
		CU_ASSERT_EQUAL(id, 0);
		return &p->replica[n];
	}
	for (uint32_t i = 0; i < RIG_PATHS; i++) {
		struct rig_path *q = &p->paths[n][i];

		if (q->at && q->id == id)
			return &q->at;
		if (!q->at && !spare)
			spare = q;
	}
	CU_ASSERT_PTR_NOT_NULL_FATAL(spare);
	spare->id = id;
	return &spare->at;
}

static void announce(struct rig_peer *p, const struct prefix *pfx, uint32_t id,
	const struct wire_attrs *at)
{
	struct attrs **slot = slot_of(p, pfx, id);
	struct attrs *a = attrs_get(p->rig->at, at);

	p->n_announced++;
	p->n_repeated += *slot == a;
	attrs_unref(p->rig->at, *slot);
	*slot = a;
}

static void withdraw(struct rig_peer *p, const struct prefix *pfx, uint32_t id)
{
	struct attrs **slot = slot_of(p, pfx, id);

	p->n_withdrawn++;
	CU_ASSERT_PTR_NOT_NULL_FATAL(*slot); /* told to forget what it never heard of */
	attrs_unref(p->rig->at, *slot);
	*slot = NULL;
}

static void take_update(struct rig_peer *p, const uint8_t *msg, size_t len)
{
	struct wire_err err = { 0 };
	struct wire_update u;
	struct wire_nlri_iter it;
	struct prefix pfx;
	uint32_t path_id;

	arena_reset(p->rig->arena);
	CU_ASSERT_EQUAL_FATAL(wire_update_split(msg, len, &p->rx, &u, &err), 0);
	CU_ASSERT_EQUAL_FATAL(wire_update_decode(&u, &p->rx, p->rig->arena, &err), 0);
	CU_ASSERT_EQUAL_FATAL(err.action, WIRE_ACTION_NONE);
	p->n_eor += u.end_of_rib >= 0;
	for (int i = 0; i < 2; i++) {
		wire_nlri_begin(&it, &u.withdrawn[i]);
		while (wire_nlri_next(&it, &pfx, &path_id))
			withdraw(p, &pfx, path_id);
		wire_nlri_begin(&it, &u.reach[i]);
		while (wire_nlri_next(&it, &pfx, &path_id))
			announce(p, &pfx, path_id, &u.attrs);
	}
}

static void take_refresh(struct rig_peer *p, const uint8_t *msg, size_t len)
{
	struct wire_err err = { 0 };
	struct wire_refresh r;

	CU_ASSERT_EQUAL_FATAL(wire_refresh_decode(msg, len, &p->rx, &r, &err), 0);
	p->n_begin += r.subtype == 1;
	p->n_end += r.subtype == 2;
	CU_ASSERT(r.subtype != 2 || p->is_open);
	p->is_open = r.subtype == 1;
}

static void on_send(void *ctx, const struct export_run *run)
{
	struct rig_peer *peer = ctx;
	uint32_t n_updates = 0;
	uint32_t n_refreshes = 0;
	const uint8_t *p = run->p;
	size_t len = run->len;
	struct wire_err err = { 0 };

	CU_ASSERT_FATAL(len > 0);
	while (len) {
		const int n = wire_frame(p, len, BGP_MAX_LEN, &err);

		CU_ASSERT_TRUE_FATAL(n > 0);
		if (p[18] == BGP_MSG_UPDATE) {
			take_update(peer, p, (size_t)n);
			n_updates++;
		} else {
			n_refreshes++;
			take_refresh(peer, p, (size_t)n);
		}
		peer->n_messages++;
		p += n;
		len -= (size_t)n;
	}
	CU_ASSERT_EQUAL(n_updates, run->n_updates);
	CU_ASSERT_EQUAL(n_refreshes, run->n_refreshes);
	export_chunk_unref(run->chunk);
	if (peer->leave_on_send) {
		export_leave(peer->m);
		peer->m = NULL;
		peer->leave_on_send = false;
	}
}

static bool on_is_congested(void *ctx)
{
	const struct rig_peer *p = ctx;

	return p->congested;
}

static void on_synced(void *ctx)
{
	struct rig_peer *p = ctx;

	p->n_synced++;
	CU_ASSERT_EQUAL(p->n_eor, p->n_synced);
}

static void on_give_up(void *ctx)
{
	struct rig_peer *p = ctx;

	p->n_given_up++;
	export_leave(p->m);
	p->m = NULL;
}

static const struct export_member_ops ops = {
	.send = on_send,
	.is_congested = on_is_congested,
	.give_up = on_give_up,
	.synced = on_synced,
};

static void forget(struct rig_peer *p)
{
	struct rig *g = p->rig;

	for (uint32_t i = 0; i < RIG_PREFIXES; i++) {
		attrs_unref(g->at, p->replica[i]);
		for (uint32_t k = 0; k < RIG_PATHS; k++)
			attrs_unref(g->at, p->paths[i][k].at);
	}
	memset(p, 0, sizeof(*p));
	p->rig = g;
}

bool rig_is_multi(uint32_t kind)
{
	return kind >= 8;
}

static void set_kind(struct rig *g, struct export_conf *c, uint32_t kind)
{
	static const struct {
		const char *policy;
		bool mute;
		uint8_t mode;
		uint8_t max;
	} kinds[RIG_KINDS] = {
		[3] = { .policy = "out" },
		[5] = { .policy = "deny" },
		[6] = { .mute = true },
		[9] = { .mode = EXPORT_ADD_PATH_BEST, .max = 2 },
		[10] = { .mode = EXPORT_ADD_PATH_ECMP },
		[11] = { .policy = "out" },
		[12] = { .policy = "deny", .mode = EXPORT_ADD_PATH_BEST, .max = 3 },
		[13] = { .mute = true },
	};

	c->bgp_to_all = kind != 1;
	c->policy_set = kinds[kind].policy ? g->policies : NULL;
	c->policy = c->policy_set ? policy_find(g->policies, kinds[kind].policy) : NULL;
	c->mute = kinds[kind].mute ? RIB_REASON_NO_POLICY : 0;
	c->add_path = kinds[kind].mode;
	c->add_path_max = kinds[kind].max;
}

void rig_join(struct rig *g, uint32_t n, uint32_t kind, bool own)
{
	struct rig_peer *p = &g->peers[n];
	struct export_conf *c = &p->conf;

	forget(p);
	c->wire.as4 = kind != 4;
	c->wire.ibgp = kind == 2 || kind == 7 || kind >= 14;
	c->wire.addpath_tx = rig_is_multi(kind) ? BGP_FAMILY_BIT(BGP_FAMILY_IP4) : 0;
	c->egress.client = kind == 7 || kind == 15;
	c->egress.cluster_id = 0x01020304;
	c->wire.families = BGP_FAMILY_BIT(BGP_FAMILY_IP4);
	c->wire.refresh = true;
	c->wire.enhanced_refresh = n % 2;
	c->wire.local_as = LOCAL_AS;
	c->wire.peer_as = c->wire.ibgp ? LOCAL_AS : LOCAL_AS + 1 + n;
	c->family = BGP_FAMILY_IP4;
	set_kind(g, c, kind);
	c->next_hop = ip_from_v4(0x0a0000fe);
	c->source = own ? g->src[n] : NULL;
	p->rx = c->wire;
	p->rx.addpath_rx = c->wire.addpath_tx;
	p->rx.local_as = c->wire.peer_as;
	p->rx.peer_as = c->wire.local_as;
	p->m = export_join(g->e, c, &ops, p);
}

void rig_reconf(struct rig *g, uint32_t n, uint32_t kind)
{
	set_kind(g, &g->peers[n].conf, kind);
	export_reconf(g->peers[n].m, &g->peers[n].conf);
}

void rig_leave(struct rig *g, uint32_t n)
{
	export_leave(g->peers[n].m);
	forget(&g->peers[n]);
}

void rig_settle(struct rig *g)
{
	while (loop_turn(g->loop))
		;
}

static struct attrs *expected(struct rig *g, const struct rig_peer *p, uint32_t net)
{
	struct wire_attrs w;

	arena_reset(g->arena);
	if (!net || export_attrs(g->e, &p->conf, net, g->arena, &w, NULL) != 0)
		return NULL;
	return attrs_get(g->at, &w);
}

uint32_t rig_paths(const struct rig *g, uint32_t n, uint32_t prefix, uint32_t *id)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < RIG_PATHS; i++) {
		const struct rig_path *q = &g->peers[n].paths[prefix][i];

		if (q->at)
			*id = q->id;
		count += q->at != NULL;
	}
	return count;
}

/* Is the path a candidate? By what the modes mean, not by how they are worked out. */
static bool is_selected(struct rig *g, const struct export_conf *c, uint32_t net, uint32_t path)
{
	const struct rib_path *p = rib_path(g->rib, path);
	uint32_t ranked[RIG_PATHS];
	uint32_t network = 0;
	uint32_t room = c->add_path_max;
	uint32_t n;

	if (p->flags & RIB_PATH_REJECTED)
		return false;
	for (uint32_t h = rib_net(g->rib, net)->paths; h; h = rib_path_next(rib_path(g->rib, h))) {
		const struct rib_path *q = rib_path(g->rib, h);

		if (q->flags & RIB_PATH_LOCAL && !(q->flags & RIB_PATH_REJECTED) &&
			(!network || rib_path_id(q) < rib_path_id(rib_path(g->rib, network))))
			network = h;
	}
	if (c->add_path == EXPORT_ADD_PATH_ALL)
		return true;
	if (network == path)
		return true;
	if (c->add_path == EXPORT_ADD_PATH_ECMP)
		return p->flags & (RIB_PATH_BEST | RIB_PATH_MULTIPATH) &&
			(!network || rib_path(g->rib, network)->flags & RIB_PATH_BEST);
	n = rib_rank(g->rib, net, ranked, RIG_PATHS);
	room -= network != 0;
	for (uint32_t i = 0; i < n && room; i++) {
		if (ranked[i] == path)
			return true;
		room -= ranked[i] != network;
	}
	return false;
}

static struct attrs *expected_path(struct rig *g, const struct rig_peer *p, uint32_t net,
	uint32_t path)
{
	struct export_verdict v;
	struct wire_attrs w;

	arena_reset(g->arena);
	if (!is_selected(g, &p->conf, net, path) ||
		export_judge_path(g->e, &p->conf, path, g->arena, &w, &v) != 0)
		return NULL;
	return attrs_get(g->at, &w);
}

/* What the shell is told is the same list. */
static void compare_shown(struct rig *g, struct rig_peer *p, uint32_t net, const struct prefix *pfx,
	uint32_t n)
{
	struct export_path *shown;

	arena_reset(g->arena);
	CU_ASSERT_EQUAL_FATAL(export_paths(g->e, &p->conf, net, g->arena, &shown), n);
	for (uint32_t i = 0; i < n; i++) {
		struct attrs *a = attrs_get(g->at, &shown[i].attrs);

		CU_ASSERT_PTR_EQUAL_FATAL(*slot_of(p, pfx, shown[i].id), a);
		attrs_unref(g->at, a);
	}
}

static uint32_t compare_paths(struct rig *g, struct rig_peer *p, uint32_t i)
{
	const struct prefix pfx = rig_prefix(i);
	const uint32_t net = rib_find(g->rib, &pfx);
	uint32_t known = 0;
	uint32_t n = 0;

	for (uint32_t h = net ? rib_net(g->rib, net)->paths : 0; h;
		h = rib_path_next(rib_path(g->rib, h))) {
		struct attrs *a = expected_path(g, p, net, h);

		CU_ASSERT_PTR_EQUAL_FATAL(*slot_of(p, &pfx, h), a);
		n += a != NULL;
		attrs_unref(g->at, a);
	}
	for (uint32_t k = 0; k < RIG_PATHS; k++)
		known += p->paths[i][k].at != NULL;
	CU_ASSERT_EQUAL_FATAL(known, n);
	if (net) {
		CU_ASSERT_EQUAL_FATAL(export_has(p->m, net), n != 0);
		compare_shown(g, p, net, &pfx, n);
	}
	return n;
}

static uint32_t compare_net(struct rig *g, const struct rig_peer *p, uint32_t i)
{
	const struct prefix pfx = rig_prefix(i);
	const uint32_t net = rib_find(g->rib, &pfx);
	struct attrs *a = expected(g, p, net);

	CU_ASSERT_PTR_EQUAL_FATAL(a, p->replica[i]);
	if (net)
		CU_ASSERT_EQUAL_FATAL(export_has(p->m, net), a != NULL);
	attrs_unref(g->at, a);
	return a != NULL;
}

static void compare_peer(struct rig *g, struct rig_peer *p)
{
	uint32_t n_told = 0;

	for (uint32_t i = 0; i < RIG_PREFIXES; i++)
		n_told += is_multi(p) ? compare_paths(g, p, i) : compare_net(g, p, i);
	CU_ASSERT_EQUAL_FATAL(export_count(p->m), n_told);
	CU_ASSERT_EQUAL_FATAL(p->n_eor, 1);
	CU_ASSERT_EQUAL_FATAL(p->n_synced, 1);
	CU_ASSERT_FALSE_FATAL(p->is_open);
}

void rig_compare(struct rig *g)
{
	for (uint32_t i = 0; i < RIG_PEERS; i++) {
		if (g->peers[i].m)
			compare_peer(g, &g->peers[i]);
	}
}
