/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random orders, deaths, flaps, refusals, dropped answers, drift and restarts against a naive
 * picture of what is wanted. After it has become quiet, the kernel in memory must show that
 * picture, and when all is taken back, nothing.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fib/backend/memory.h"
#include "fib/fib_priv.h"
#include "tests/cu_main.h"
#include "tests/fib/rig.h"

#define FEEDS    2
#define GIDS     6
#define TABLES   3
#define PREFIXES 40 /* even: IPv4, odd: IPv6 */
#define DEVICES  5
#define KEYS     7
#define SINK     60
#define ROUNDS   12
#define STEPS    400

struct want_group {
	bool named;
	struct nhgroup g;
};

struct want_route {
	bool is;
	uint32_t feed;
	uint32_t gid;
};

struct model {
	struct rig r;
	bool noisy;                            /* errors and overruns happen */
	struct want_group groups[FEEDS][GIDS]; /* gid - 1 */
	struct want_route routes[TABLES][PREFIXES];
	bool table[TABLES];
	bool up[DEVICES];
	bool dead[KEYS];
};

static struct prefix pfx_of(uint32_t i)
{
	uint8_t b[16] = { 10, (uint8_t)i };
	const struct ip_addr a = ip_from_bytes(i % 2 ? AF_INET6 : AF_INET, b);

	return prefix_make(&a, (uint8_t)(16 + i % 3));
}

/* Even gids have IPv4 gateways, and only IPv4 routes use them; the others serve both families. */
static struct nexthop random_nexthop(uint32_t gid)
{
	const uint32_t dev = 1 + cu_random_below(DEVICES - 1);
	struct ip_addr gw;
	struct nexthop nh;

	if (cu_random_below(12) == 0)
		return nexthop_blackhole();
	CU_ASSERT_EQUAL(ip_parse(gid % 2 ? "fe80::1" : "10.0.0.1", &gw), 0);
	gw.b[3] = (uint8_t)(gid % 2 ? gw.b[3] : 1 + cu_random_below(2));
	nh = nexthop_gateway(dev, &gw, cu_random_below(KEYS));
	nh.weight = (uint16_t)(1 + cu_random_below(3));
	return nh;
}

static void send_group(struct model *m, uint32_t feed, uint32_t gid)
{
	const struct nhgroup *g = &m->groups[feed][gid - 1].g;

	m->r.feed = feed;
	m->r.spread = g->spread;
	m->r.on_line = g->on_line;
	rig_group(&m->r, gid, g->nh, g->n, g->n_backup ? &g->nh[g->n] : NULL);
}

static void random_group(struct model *m)
{
	const uint32_t feed = cu_random_below(FEEDS);
	const uint32_t gid = 1 + cu_random_below(GIDS);
	struct want_group *w = &m->groups[feed][gid - 1];
	const uint32_t n = 1 + (cu_random_below(2) ? 0 : cu_random_below(4));
	struct nexthop nh;

	nhgroup_init(&w->g);
	for (uint32_t i = 0; i < n; i++) {
		nh = random_nexthop(gid);
		CU_ASSERT_EQUAL(nhgroup_add(&w->g, &nh), 0);
	}
	w->g.spread.buckets = (uint16_t)(64 * cu_random_below(3)); /* mostly resilient */
	w->g.on_line = cu_random_below(3);
	nh = random_nexthop(gid);
	if (cu_random_below(2))
		nhgroup_set_backup(&w->g, &nh);
	w->named = true;
	send_group(m, feed, gid);
}

static void delete_group(struct model *m)
{
	const uint32_t feed = cu_random_below(FEEDS);
	const uint32_t gid = 1 + cu_random_below(GIDS);

	m->groups[feed][gid - 1].named = false;
	m->r.feed = feed;
	rig_group_del(&m->r, gid);
}

static void random_route(struct model *m)
{
	const uint32_t t = cu_random_below(TABLES);
	const uint32_t i = cu_random_below(PREFIXES);
	const struct prefix p = pfx_of(i);
	struct want_route *w = &m->routes[t][i];

	if (cu_random_below(4) == 0) {
		rig_route_del(&m->r, RIG_TABLE + t, &p);
		w->is = false;
		return;
	}
	m->r.feed = cu_random_below(FEEDS);
	const uint32_t gid = i % 2 ? 1 + 2 * cu_random_below(GIDS / 2) : 1 + cu_random_below(GIDS);
	rig_route_pfx(&m->r, RIG_TABLE + t, &p, gid);
	if (m->table[t] && m->groups[m->r.feed][gid - 1].named)
		*w = (struct want_route){ .is = true, .feed = m->r.feed, .gid = gid };
}

static void random_table(struct model *m)
{
	const uint32_t t = cu_random_below(TABLES);

	if (cu_random_below(3)) {
		m->table[t] = true;
		rig_table(&m->r, FIB_MSG_TABLE_ADD, RIG_TABLE + t);
		return;
	}
	m->table[t] = false;
	memset(m->routes[t], 0, sizeof(m->routes[t]));
	rig_table(&m->r, FIB_MSG_TABLE_DEL, RIG_TABLE + t);
}

static void random_neighbor(struct model *m)
{
	const uint32_t key = 1 + cu_random_below(KEYS - 1);

	m->dead[key] = cu_random_below(2);
	rig_neighbor(&m->r, key, !m->dead[key]);
}

static void random_link(struct model *m)
{
	const uint32_t dev = 1 + cu_random_below(DEVICES - 1);

	if (cu_random_below(10) == 0) {
		fib_memory_link(m->r.backend, SINK, false, false);
		return;
	}
	m->up[dev] = cu_random_below(3) != 0;
	fib_memory_link(m->r.backend, dev, m->up[dev], false);
}

static void random_drift(struct model *m)
{
	const struct prefix p = pfx_of(cu_random_below(PREFIXES));

	(void)fib_memory_spoil(m->r.backend, RIG_TABLE + cu_random_below(TABLES), &p, 0);
}

/* A new process on the same kernel: everything is told again, in the order of a start. */
static void restart(struct model *m)
{
	rig_stop(&m->r);
	rig_start(&m->r, m->r.backend, cu_random_below(2) ? 0 : 1000);
	for (uint32_t t = 0; t < TABLES; t++) {
		if (m->table[t])
			rig_table(&m->r, FIB_MSG_TABLE_ADD, RIG_TABLE + t);
	}
	for (uint32_t key = 1; key < KEYS; key++)
		rig_neighbor(&m->r, key, !m->dead[key]);
	/* Groups that only live by their routes are told too, then deleted again. */
	for (uint32_t i = 0; i < FEEDS * GIDS; i++) {
		if (m->groups[i / GIDS][i % GIDS].g.n)
			send_group(m, i / GIDS, 1 + i % GIDS);
	}
	for (uint32_t i = 0; i < TABLES * PREFIXES; i++) {
		const struct want_route *w = &m->routes[i / PREFIXES][i % PREFIXES];
		const struct prefix p = pfx_of(i % PREFIXES);

		m->r.feed = w->feed;
		if (w->is)
			rig_route_pfx(&m->r, RIG_TABLE + i / PREFIXES, &p, w->gid);
		if (cu_random_below(30) == 0)
			(void)loop_turn(m->r.loop);
	}
	for (uint32_t i = 0; i < FEEDS * GIDS; i++) {
		m->r.feed = i / GIDS;
		if (!m->groups[i / GIDS][i % GIDS].named)
			rig_group_del(&m->r, 1 + i % GIDS);
	}
	for (uint32_t t = 0; t < TABLES; t++) {
		if (m->table[t])
			rig_synced(&m->r, RIG_TABLE + t);
	}
}

static void step(struct model *m)
{
	const uint32_t dice = cu_random_below(100);

	if (dice < 60)
		random_route(m);
	else if (dice < 72)
		random_group(m);
	else if (dice < 75)
		delete_group(m);
	else if (dice < 78)
		random_table(m);
	else if (dice < 86)
		random_neighbor(m);
	else if (dice < 91)
		random_link(m);
	else if (dice < 92)
		random_drift(m);
	else if (dice < 94)
		(void)groups_part(&m->r.fib->groups);
	for (uint32_t n = cu_random_below(3); n; n--)
		(void)loop_turn(m->r.loop);
}

static int refuse(void *ctx, const struct fib_op *op)
{
	const struct model *m = ctx;

	(void)op;
	return m->noisy && cu_random_below(20) == 0 ? -EINVAL : 0;
}

static bool overrun(void *ctx, uint32_t i)
{
	const struct model *m = ctx;

	(void)i;
	return m->noisy && cu_random_below(150) == 0;
}

/* What the members should be. */

struct expect {
	uint8_t n;
	bool free; /* nobody is alive: any content will do, or none */
	uint16_t buckets;
	struct fib_nexthop nh[NHGROUP_MAX];
	uint16_t weight[NHGROUP_MAX];
};

static bool is_up(const struct model *m, const struct nexthop *nh)
{
	return nh->kind == NEXTHOP_KIND_BLACKHOLE || m->up[nh->ifindex];
}

static void expect_member(struct expect *e, const struct nexthop *nh, uint8_t family,
	uint16_t weight)
{
	struct fib_nexthop key;

	memset(&key, 0, sizeof(key));
	key.kind = nh->kind;
	key.ifindex = nh->ifindex;
	key.gw = nh->gw;
	key.family = nh->gw.family ? nh->gw.family : family;
	for (unsigned i = 0; i < e->n; i++) {
		if (memcmp(&e->nh[i], &key, sizeof(key)) == 0) {
			if (e->weight[i] < weight)
				e->weight[i] = weight;
			return;
		}
	}
	e->nh[e->n] = key;
	e->weight[e->n++] = weight;
}

/* As fib/group/spare.c tells it; weights of the model are never too different. */
static bool has_spare(const struct model *m, const struct nhgroup *g)
{
	bool has = m->r.fib->groups.sink && g->on_line && !g->spread.buckets;

	for (unsigned i = 0; i < g->n; i++)
		has = has && g->nh[i].kind == NEXTHOP_KIND_GATEWAY &&
			g->nh[i].ifindex == g->nh[0].ifindex;
	return has;
}

static void expect_spare(const struct model *m, const struct nhgroup *g, struct expect *e)
{
	const struct nexthop *backup = &g->nh[g->n];
	struct ip_addr gw;
	struct nexthop sink;
	uint16_t max = 1;

	CU_ASSERT_EQUAL(ip_parse("fe80::1", &gw), 0);
	sink = nexthop_gateway(SINK, &gw, 0);
	for (unsigned i = 0; i < e->n; i++)
		max = e->weight[i] > max ? e->weight[i] : max;
	for (unsigned i = 0; i < e->n; i++)
		e->weight[i] = (uint16_t)((e->weight[i] * 255 + max - 1) / max);
	if (g->n_backup && backup->kind == NEXTHOP_KIND_GATEWAY &&
		backup->ifindex != e->nh[0].ifindex && is_up(m, backup) &&
		!m->dead[backup->live_key])
		expect_member(e, backup, 0, 1);
	else
		expect_member(e, &sink, 0, 1);
}

static struct expect expected(const struct model *m, const struct nhgroup *g, uint8_t family)
{
	struct expect e;
	bool hole = false;
	const struct nexthop black = nexthop_blackhole();
	const struct nexthop *backup = g->n_backup ? &g->nh[g->n] : NULL;

	memset(&e, 0, sizeof(e));
	e.buckets = g->spread.buckets;
	for (unsigned i = 0; i < g->n; i++) {
		if (!is_up(m, &g->nh[i]) || m->dead[g->nh[i].live_key])
			continue;
		if (g->nh[i].kind == NEXTHOP_KIND_BLACKHOLE)
			hole = true;
		else
			expect_member(&e, &g->nh[i], family, g->nh[i].weight);
	}
	if (!e.n && hole)
		expect_member(&e, &black, family, 1);
	if (!e.n && backup && is_up(m, backup) && !m->dead[backup->live_key])
		expect_member(&e, backup, family, 1);
	for (unsigned i = 0; i < g->n && !e.n; i++)
		e.free |= m->dead[g->nh[i].live_key];
	if (has_spare(m, g)) {
		e.buckets = g->n == 1 ? 32 : 120;
		if (e.n && e.nh[0].kind != NEXTHOP_KIND_BLACKHOLE)
			expect_spare(m, g, &e);
	}
	return e;
}

static bool shows(const struct model *m, const struct expect *e, uint32_t id)
{
	struct fib_dump_object g;
	struct fib_dump_object o;
	unsigned found = 0;

	if (fib_memory_object(m->r.backend, id, &g) || g.n_members != e->n ||
		g.spread.buckets != e->buckets)
		return false;
	for (unsigned i = 0; i < e->n; i++) {
		for (unsigned j = 0; j < g.n_members; j++) {
			if (!fib_memory_object(m->r.backend, g.members[j].id, &o) &&
				memcmp(&o.nexthop, &e->nh[i], sizeof(o.nexthop)) == 0)
				found += g.members[j].weight == e->weight[i];
		}
	}
	return found == e->n;
}

static bool route_is_right(const struct model *m, uint32_t t, uint32_t i)
{
	const struct want_route *w = &m->routes[t][i];
	const struct prefix p = pfx_of(i);
	struct fib_dump_route r;
	const bool there = fib_memory_route(m->r.backend, RIG_TABLE + t, &p, &r) == 0;
	struct expect e;

	if (!w->is)
		return !there;
	e = expected(m, &m->groups[w->feed][w->gid - 1].g, p.family);
	if (e.free)
		return true;
	return e.n ? there && shows(m, &e, r.id) : !there;
}

static uint32_t differences(const struct model *m)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < TABLES * PREFIXES; i++)
		n += !route_is_right(m, i / PREFIXES, i % PREFIXES);
	for (uint32_t t = 0; t < TABLES; t++) {
		n += fib_memory_has_guard(m->r.backend, RIG_TABLE + t, AF_INET) != m->table[t];
		n += fib_memory_has_guard(m->r.backend, RIG_TABLE + t, AF_INET6) != m->table[t];
	}
	return n;
}

/* No more noise; refusals are tried again, drift is looked for. */
static uint32_t quiet(struct model *m)
{
	uint32_t n = 1;

	m->noisy = false;
	fib_link_changed(m->r.fib, 0);
	scan_request_all(m->r.fib);
	for (unsigned i = 0; i < 5000 && n; i++) {
		(void)groups_part(&m->r.fib->groups); /* nobody waits for more routes to move */
		writer_wake(m->r.fib);
		CU_ASSERT(rig_settle(&m->r));
		n = differences(m);
		if (n)
			rig_turn_ms(&m->r, 4);
	}
	return n;
}

static uint32_t wanted(const struct model *m)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < TABLES * PREFIXES; i++)
		n += m->routes[i / PREFIXES][i % PREFIXES].is;
	return n;
}

static void take_all_back(struct model *m)
{
	for (uint32_t t = 0; t < TABLES; t++) {
		m->table[t] = false;
		memset(m->routes[t], 0, sizeof(m->routes[t]));
		rig_table(&m->r, FIB_MSG_TABLE_DEL, RIG_TABLE + t);
	}
	CU_ASSERT_EQUAL(quiet(m), 0);
	CU_ASSERT_EQUAL(fib_memory_count(m->r.backend, 0, FIB_OWNER_US), 0);
	CU_ASSERT_EQUAL(counter_get(&fib_stats(m->r.fib)->routes_wanted), 0);
	CU_ASSERT_EQUAL(counter_get(&fib_stats(m->r.fib)->routes_installed), 0);
	CU_ASSERT_EQUAL(counter_get(&fib_stats(m->r.fib)->routes_failed), 0);
	CU_ASSERT_EQUAL(counter_get(&fib_stats(m->r.fib)->routes_stale), 0);
	objects_adopt_end(&m->r.fib->objects);
	CU_ASSERT_EQUAL(quiet(m), 0);
	rig_turn_ms(&m->r, 5);
	CU_ASSERT_EQUAL(fib_memory_objects(m->r.backend), m->r.fib->groups.sink ? 1 : 0);
}

static void run_model(bool noise)
{
	struct fib_backend *b = fib_backend_memory_new();
	struct model *m = calloc(1, sizeof(*m));
	const struct fib_memory_hooks hooks = { .refuse = refuse, .overrun = overrun, .ctx = m };

	fib_memory_keep(b);
	fib_memory_set_hooks(b, &hooks);
	fib_memory_sink(b, SINK);
	rig_start(&m->r, b, 1000);
	for (uint32_t round = 0; round < ROUNDS; round++) {
		m->noisy = noise;
		for (uint32_t i = 0; i < STEPS; i++)
			step(m);
		CU_ASSERT_EQUAL(quiet(m), 0);
		CU_ASSERT_EQUAL(counter_get(&fib_stats(m->r.fib)->routes_wanted), wanted(m));
		if (cu_random_below(2)) {
			restart(m);
			CU_ASSERT_EQUAL(quiet(m), 0);
		}
	}
	CU_ASSERT_EQUAL(fib_memory_stats(b)->clobbered, 0);
	take_all_back(m);
	rig_stop(&m->r);
	fib_memory_free(b);
	free(m);
}

static void the_kernel_follows_random_orders(void)
{
	run_model(false);
}

static void the_kernel_follows_in_spite_of_errors_and_overruns(void)
{
	run_model(true);
}

static const struct cu_case cases[] = {
	CU_CASE(the_kernel_follows_random_orders),
	CU_CASE(the_kernel_follows_in_spite_of_errors_and_overruns),
};
CU_SUITE(model, cases);
