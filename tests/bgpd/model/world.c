/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bgpd/model/world.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/base/xalloc.h"
#include "tests/cu_main.h"

#define QUIET_TURNS  3
#define LINK_IFINDEX 10
#define EDGE_IFINDEX 100

/* Ordinary ones, and some of each kind that the safety filter refuses. */
static const char *const prefixes[REF_PREFIXES] = {
	"198.18.0.0/16",
	"198.51.0.0/16",
	"198.51.100.0/24",
	"198.51.100.128/25",
	"44.0.0.0/8",
	"44.1.0.0/16",
	"44.1.2.0/24",
	"45.0.0.0/9",
	"172.16.0.0/16",
	"172.16.5.0/24",
	"0.0.0.0/0",
	"10.0.1.128/25",
	"2a00:1::/32",
	"2a00:1:2::/48",
	"2a00:5::/33",
	"fd00:16::/48",
	"::/0",
	"2a00:1:2:3::/64",
};

uint32_t world_below(struct world *w, uint32_t n)
{
	uint64_t z = w->random += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (uint32_t)((z >> 32) * n >> 32);
}

void world_note(struct world *w, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(w->log[w->n_steps % WORLD_LOG], sizeof(w->log[0]), format, ap);
	va_end(ap);
}

/*
 * The other side of the ring
 */

static int on_group(void *ctx, uint32_t gid, const struct nhgroup *g)
{
	struct world *w = ctx;

	if (gid >= w->n_groups) {
		const uint32_t n = 2 * gid + 16;

		w->group = xreallocarray(w->group, n, sizeof(*w->group));
		memset(w->group + w->n_groups, 0, (n - w->n_groups) * sizeof(*w->group));
		w->n_groups = n;
	}
	CU_ASSERT((w->group[gid].n == 0) == (g != NULL)); /* neither twice nor for nothing */
	w->group[gid] = g ? *g : (struct nhgroup){ 0 };
	return 0;
}

static const struct nhtable_ops group_ops = { .group = on_group };

static int find_prefix(const struct world *w, const struct prefix *pfx)
{
	for (int i = 0; i < REF_PREFIXES; i++) {
		if (prefix_is_equal(&w->ref.pfx[i], pfx))
			return i;
	}
	return -1;
}

static int on_route(void *ctx, uint32_t table, const struct prefix *pfx, uint32_t gid)
{
	struct world *w = ctx;
	const int i = find_prefix(w, pfx);

	if (w->ring_busy && world_below(w, 4) == 0) {
		w->ring_full = true;
		return -EAGAIN;
	}
	CU_ASSERT_FATAL(i >= 0);
	CU_ASSERT(!gid || (gid < w->n_groups && w->group[gid].n)); /* its group came before */
	w->gid[table - 1][i] = gid;
	return 0;
}

static int on_synced(void *ctx UNUSED, uint32_t table UNUSED, uint8_t af UNUSED)
{
	return 0;
}

static void on_neighbor(void *ctx UNUSED, uint32_t key UNUSED, bool up UNUSED)
{
}

static uint32_t on_live_key(void *ctx)
{
	return ++((struct world *)ctx)->next_key;
}

static const struct bgp_engine_ops engine_ops = {
	.route = on_route,
	.synced = on_synced,
	.neighbor = on_neighbor,
	.live_key = on_live_key,
};

/*
 * Instances
 */

static struct ip_addr ip4(unsigned n, uint8_t host)
{
	const uint8_t b[4] = { 10, 0, (uint8_t)n, host };

	return ip_from_bytes(AF_INET, b);
}

static struct ip_addr ip6(unsigned n, uint8_t host)
{
	const uint8_t b[16] = { 0xfd, 0, 0, (uint8_t)n, [15] = host };

	return ip_from_bytes(AF_INET6, b);
}

static struct bgp_link link_of(unsigned n)
{
	if (n >= REF_VBRS)
		return (struct bgp_link){ 0 };
	return (struct bgp_link){
		.ifindex = LINK_IFINDEX + n,
		.up = true,
		.local4 = ip4(n + 1, 1),
		.local6 = ip6(n + 1, 1),
		.gateway4 = ip4(n + 1, 254),
		.gateway6 = ip6(n + 1, 254),
		.len4 = 24,
		.len6 = 64,
	};
}

static struct bgp_instance_conf conf_of(const struct ref_instance *i)
{
	return (struct bgp_instance_conf){
		.table = i->table,
		.local_as = i->as,
		.router_id = i->router_id,
		.max_paths = i->max_paths,
		.advertise = i->advertise,
		.sync_s = 60000,
	};
}

static void instance_init(struct world *w, unsigned n)
{
	struct ref_instance *i = &w->ref.inst[n];
	struct bgp_instance_conf conf;

	*i = (struct ref_instance){
		.as = 65000 + n,
		.router_id = 0x0a000001 + n,
		.table = n + 1,
		.max_paths = 1,
		.link = link_of(n),
	};
	conf = conf_of(i);
	w->inst[n] = bgp_instance_new(w->e, &conf, &i->link);
}

static void edges_init(struct world *w)
{
	static const uint8_t ends[REF_EDGES / 2][2] = { { 0, 2 }, { 1, 2 }, { 2, 3 } };

	for (unsigned k = 0; k < REF_EDGES; k++) {
		struct ref_edge *e = &w->ref.edge[k];

		e->from = ends[k / 2][k % 2];
		e->to = ends[k / 2][1 - k % 2];
		e->back = (uint8_t)(k ^ 1);
	}
}

void world_init(struct world *w, uint64_t seed)
{
	static const struct bgp_engine_conf conf = { .name = "model" };

	memset(w, 0, sizeof(*w));
	w->random = seed;
	w->tame = world_below(w, 2);
	w->l = loop_new("model");
	w->nh = nhtable_new(&group_ops, w);
	w->e = bgp_engine_new(w->l, &conf, w->nh, &engine_ops, w);
	for (unsigned i = 0; i < REF_PREFIXES; i++)
		CU_ASSERT_EQUAL_FATAL(prefix_parse(prefixes[i], &w->ref.pfx[i]), 0);
	for (unsigned i = 0; i < REF_INSTANCES; i++)
		instance_init(w, i);
	edges_init(w);
	world_peers_init(w);
}

void world_fini(struct world *w)
{
	for (unsigned k = 0; k < REF_PEERS; k++) {
		if (w->peer[k].p)
			fake_session_set_hook(w->peer[k].p->session, NULL, NULL);
	}
	bgp_engine_free(w->e);
	nhtable_free(w->nh);
	loop_free(w->l);
	free(w->group);
}

/*
 * Operations on what is configured
 */

static void step_max_paths(struct world *w)
{
	const unsigned n = world_below(w, REF_INSTANCES);
	struct ref_instance *i = &w->ref.inst[n];
	struct bgp_instance_conf conf;

	if (world_below(w, 2))
		i->max_paths = (uint8_t)(1 + world_below(w, 4));
	else
		i->advertise = (uint8_t)world_below(w, EXPORT_ADVERTISE_NONE + 1);
	conf = conf_of(i);
	world_note(w, "instance %u: max-paths %u advertise %u", n, i->max_paths, i->advertise);
	bgp_instance_reconf(w->inst[n], &conf);
}

static struct ref_local random_local(struct world *w, unsigned inst, uint8_t kind)
{
	struct ref_local l = { .is = true };

	if (kind == RIB_SOURCE_STATIC && world_below(w, 2)) {
		l.flags = RIB_PATH_LOCAL;
		return l;
	}
	if (kind == RIB_SOURCE_VPC && world_below(w, 4))
		l.flags = RIB_PATH_CIDR;
	l.has_nh = true;
	l.nh = nexthop_device(50 + inst * 10 + kind);
	if (world_below(w, 4) == 0)
		l.nh = nexthop_blackhole();
	return l;
}

static void step_locals(struct world *w)
{
	static const uint8_t kinds[REF_LOCALS] = {
		RIB_SOURCE_STATIC,
		RIB_SOURCE_VPC,
		RIB_SOURCE_CONNECTED,
	};
	const unsigned n = world_below(w, REF_INSTANCES);
	struct ref_instance *i = &w->ref.inst[n];
	const uint8_t kind = kinds[world_below(w, REF_LOCALS)];
	const unsigned pfx = world_below(w, REF_PREFIXES);
	struct bgp_local v[REF_LOCALS * REF_PREFIXES];
	uint32_t count = 0;

	if (i->local[kind][pfx].is && world_below(w, 4))
		memset(&i->local[kind][pfx], 0, sizeof(i->local[kind][pfx]));
	else
		i->local[kind][pfx] = random_local(w, n, kind);
	world_note(w, "instance %u: local of kind %u, %s: %d", n, kind, prefixes[pfx],
		i->local[kind][pfx].is);
	for (unsigned k = 0; k < RIB_SOURCE_COUNT; k++) {
		for (unsigned p = 0; p < REF_PREFIXES; p++) {
			const struct ref_local *l = &i->local[k][p];

			if (l->is)
				v[count++] = (struct bgp_local){
					.pfx = w->ref.pfx[p],
					.kind = (enum rib_source_kind)k,
					.flags = l->flags,
					.has_nh = l->has_nh,
					.nh = l->nh,
				};
		}
	}
	bgp_instance_set_locals(w->inst[n], v, count);
}

static struct bgp_edge_conf edge_conf(const struct ref_edge *e, unsigned n)
{
	struct bgp_edge_conf c = {
		.kinds = e->kinds,
		.transit = e->transit,
		.has_policy = e->policy != 0,
	};

	(void)snprintf(c.name, sizeof(c.name), "connection%u", n / 2);
	(void)snprintf(c.policy, sizeof(c.policy), "%s", world_map_name(e->policy));
	return c;
}

static void random_edge(struct world *w, struct ref_edge *e)
{
	e->kinds = (uint8_t)(world_below(w, 1 << RIB_SOURCE_COUNT) | 1u << RIB_SOURCE_BGP);
	e->transit = w->tame && world_below(w, 2);
	e->policy = (uint8_t)(world_below(w, 2) ? world_below(w, REF_MAPS + 1) : 0);
	e->nh = nexthop_device(EDGE_IFINDEX + (uint32_t)(e - w->ref.edge));
	e->nh.weight = (uint16_t)(1 + world_below(w, 3));
}

static void edge_add(struct world *w, unsigned k)
{
	struct ref_edge *e = &w->ref.edge[k];
	struct bgp_edge_conf c;

	random_edge(w, e);
	e->is = true;
	c = edge_conf(e, k);
	w->out[k] = bgp_edge_out_new(w->inst[e->from], &c, NULL, NULL);
	w->in[k] = bgp_edge_in_new(w->inst[e->to], c.name, &e->nh);
}

static void edge_del(struct world *w, unsigned k)
{
	w->ref.edge[k].is = false;
	if (world_below(w, 2)) {
		bgp_edge_out_free(w->out[k]);
		bgp_edge_in_free(w->in[k]);
	} else {
		bgp_edge_in_free(w->in[k]);
		bgp_edge_out_free(w->out[k]);
	}
	w->out[k] = NULL;
	w->in[k] = NULL;
}

static void step_edge(struct world *w)
{
	const unsigned k = world_below(w, REF_EDGES);
	struct ref_edge *e = &w->ref.edge[k];
	struct bgp_edge_conf c;

	if (!e->is) {
		world_note(w, "connection %u: added", k / 2);
		edge_add(w, k & ~1u);
		edge_add(w, k | 1u);
		bgp_edge_out_join(w->out[k], w->in[k]);
		bgp_edge_out_join(w->out[k ^ 1], w->in[k ^ 1]);
		return;
	}
	if (world_below(w, 3) == 0) {
		world_note(w, "connection %u: deleted", k / 2);
		edge_del(w, k);
		edge_del(w, k ^ 1);
		return;
	}
	random_edge(w, e);
	world_note(w, "edge %u: kinds %x transit %d policy %u weight %u", k, e->kinds, e->transit,
		e->policy, e->nh.weight);
	c = edge_conf(e, k);
	bgp_edge_out_reconf(w->out[k], &c);
	bgp_edge_in_set_nexthop(w->in[k], &e->nh);
}

static void step_policy(struct world *w)
{
	struct policy_conf *c;
	struct policy_set *set;
	struct errbuf err;

	world_change_policy(w);
	world_note(w, "policy");
	c = world_policy_conf(&w->ref.policy);
	errbuf_init(&err);
	set = policy_compile(c, NULL, &err);
	CU_ASSERT_PTR_NOT_NULL_FATAL(set);
	errbuf_fini(&err);
	policy_conf_free(c);
	bgp_engine_set_policy(w->e, set);
}

static void step_cidrs(struct world *w)
{
	w->ref.n_cidrs = world_below(w, 3);
	for (unsigned i = 0; i < w->ref.n_cidrs; i++)
		CU_ASSERT_EQUAL_FATAL(prefix_parse(i ? "fd00:16::/32" : "172.16.0.0/12",
					      &w->ref.cidr[i]),
			0);
	world_note(w, "%u CIDRs", w->ref.n_cidrs);
	bgp_engine_set_cidrs(w->e, w->ref.cidr, w->ref.n_cidrs);
}

static void give_room(struct world *w)
{
	if (!w->ring_full)
		return;
	w->ring_full = false;
	nhtable_retry(w->nh);
	bgp_engine_fib_space(w->e);
}

static void step_loop(struct world *w)
{
	world_note(w, "the loop turns");
	for (unsigned n = 1 + world_below(w, 4); n; n--)
		(void)loop_turn(w->l);
	if (world_below(w, 3) == 0)
		give_room(w);
	if (world_below(w, 8) == 0)
		w->ring_busy = !w->ring_busy;
}

void world_step(struct world *w)
{
	const uint32_t dice = world_below(w, 1000);

	w->n_steps++;
	if (dice < 880)
		world_peer_step(w);
	else if (dice < 900)
		step_locals(w);
	else if (dice < 910)
		step_edge(w);
	else if (dice < 916)
		step_max_paths(w);
	else if (dice < 920)
		step_policy(w);
	else if (dice < 921)
		step_cidrs(w);
	else
		step_loop(w);
}

void world_settle(struct world *w)
{
	unsigned quiet = 0;

	for (unsigned k = 0; k < REF_PEERS; k++) {
		struct world_peer *wp = &w->peer[k];

		if (wp->congested && wp->p)
			fake_session_congest(wp->p->session, false);
		wp->congested = false;
	}
	while (quiet < QUIET_TURNS) {
		const bool was_full = w->ring_full;

		quiet = loop_turn(w->l) || was_full ? 0 : quiet + 1;
		give_room(w);
	}
}
