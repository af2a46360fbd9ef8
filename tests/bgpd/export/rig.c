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
	const struct rib_offer o = {
		.pfx = rig_prefix(prefix),
		.in = g->sets[set],
		.attrs = set ? g->sets[set] : NULL,
		.reject = set ? RIB_REASON_NONE : RIB_REASON_AS_LOOP,
		.flags = flags,
	};

	CU_ASSERT_EQUAL_FATAL(rib_update(g->rib, g->src[source], &o), 0);
}

void rig_withdraw(struct rig *g, uint32_t prefix, uint32_t source)
{
	const struct prefix pfx = rig_prefix(prefix);

	(void)rib_withdraw(g->rib, g->src[source], &pfx, 0);
}

static void announce(struct rig_peer *p, const struct prefix *pfx, const struct wire_attrs *at)
{
	struct attrs **slot = &p->replica[index_of(pfx)];
	struct attrs *a = attrs_get(p->rig->at, at);

	p->n_announced++;
	p->n_repeated += *slot == a;
	attrs_unref(p->rig->at, *slot);
	*slot = a;
}

static void withdraw(struct rig_peer *p, const struct prefix *pfx)
{
	struct attrs **slot = &p->replica[index_of(pfx)];

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
			withdraw(p, &pfx);
		wire_nlri_begin(&it, &u.reach[i]);
		while (wire_nlri_next(&it, &pfx, &path_id))
			announce(p, &pfx, &u.attrs);
	}
}

static void take_refresh(struct rig_peer *p, const uint8_t *msg, size_t len)
{
	struct wire_err err = { 0 };
	struct wire_refresh r;

	CU_ASSERT_EQUAL_FATAL(wire_refresh_decode(msg, len, &p->rx, &r, &err), 0);
	p->n_begin += r.subtype == 1;
	p->n_end += r.subtype == 2;
}

static void on_send(void *ctx, struct export_chunk *c, const uint8_t *p, size_t len,
	uint32_t n_msgs)
{
	struct rig_peer *peer = ctx;
	struct wire_err err = { 0 };

	CU_ASSERT_FATAL(len > 0);
	while (len) {
		const int n = wire_frame(p, len, BGP_MAX_LEN, &err);

		CU_ASSERT_TRUE_FATAL(n > 0);
		if (p[18] == BGP_MSG_UPDATE) {
			take_update(peer, p, (size_t)n);
			n_msgs--;
		} else {
			take_refresh(peer, p, (size_t)n);
		}
		peer->n_messages++;
		p += n;
		len -= (size_t)n;
	}
	CU_ASSERT_EQUAL(n_msgs, 0);
	export_chunk_unref(c);
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

static const struct export_member_ops ops = {
	.send = on_send,
	.is_congested = on_is_congested,
	.synced = on_synced,
};

static void forget(struct rig_peer *p)
{
	struct rig *g = p->rig;

	for (uint32_t i = 0; i < RIG_PREFIXES; i++)
		attrs_unref(g->at, p->replica[i]);
	memset(p, 0, sizeof(*p));
	p->rig = g;
}

static void set_kind(struct rig *g, struct export_conf *c, uint32_t kind)
{
	c->bgp_to_all = kind != 1;
	c->policy_set = kind == 3 || kind == 5 ? g->policies : NULL;
	c->policy = c->policy_set ? policy_find(g->policies, kind == 3 ? "out" : "deny") : NULL;
	c->mute = kind == 6 ? RIB_REASON_NO_POLICY : 0;
}

void rig_join(struct rig *g, uint32_t n, uint32_t kind, bool own)
{
	struct rig_peer *p = &g->peers[n];
	struct export_conf *c = &p->conf;

	forget(p);
	c->wire.as4 = kind != 4;
	c->wire.ibgp = kind == 2 || kind == 7;
	c->egress.client = kind == 7;
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

static void compare_peer(struct rig *g, const struct rig_peer *p)
{
	uint32_t n_told = 0;

	for (uint32_t i = 0; i < RIG_PREFIXES; i++) {
		const struct prefix pfx = rig_prefix(i);
		const uint32_t net = rib_find(g->rib, &pfx);
		struct attrs *a = expected(g, p, net);

		CU_ASSERT_PTR_EQUAL_FATAL(a, p->replica[i]);
		if (net)
			CU_ASSERT_EQUAL_FATAL(export_has(p->m, net), a != NULL);
		n_told += a != NULL;
		attrs_unref(g->at, a);
	}
	CU_ASSERT_EQUAL_FATAL(export_count(p->m), n_told);
	CU_ASSERT_EQUAL_FATAL(p->n_eor, 1);
	CU_ASSERT_EQUAL_FATAL(p->n_synced, 1);
	CU_ASSERT_EQUAL_FATAL(p->n_begin, p->n_end);
}

void rig_compare(struct rig *g)
{
	for (uint32_t i = 0; i < RIG_PEERS; i++) {
		if (g->peers[i].m)
			compare_peer(g, &g->peers[i]);
	}
}
