/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel has. */
#include <math.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/base/compiler.h"
#include "tests/bgpd/model/ref/ref_private.h"

static const struct ip_addr *gateway(const struct bgp_link *link, const struct ip_addr *nh)
{
	const bool is4 = nh->family == AF_INET;
	const struct ip_addr *own = is4 ? &link->local4 : &link->local6;
	const struct prefix subnet = prefix_make(own, is4 ? link->len4 : link->len6);

	if (ip_is_set(own) && prefix_covers_addr(&subnet, nh))
		return nh;
	return is4 ? &link->gateway4 : &link->gateway6;
}

static bool path_nexthop(const struct ref *m, unsigned inst, unsigned pfx, const struct ref_path *p,
	struct nexthop *nh)
{
	const struct bgp_link *link = &m->inst[inst].link;
	const struct ip_addr *gw;

	if (p->flags & RIB_PATH_REJECTED)
		return false;
	if (p->flags & RIB_PATH_BLACKHOLE) {
		*nh = nexthop_blackhole();
		return true;
	}
	if (p->flags & RIB_PATH_LOCAL)
		return false;
	switch (p->src.kind) {
	case RIB_SOURCE_BGP:
		gw = gateway(link, &p->r.next_hop);
		*nh = nexthop_gateway(link->ifindex, gw, p->live_key);
		return link->ifindex && ip_is_set(gw);
	case RIB_SOURCE_PEERING:
		*nh = m->edge[p->src.n].nh;
		nh->live_key = p->live_key;
		return true;
	default:
		*nh = m->inst[inst].local[p->src.kind][pfx].nh;
		return m->inst[inst].local[p->src.kind][pfx].has_nh;
	}
}

static bool has_key(const struct nhgroup *g, uint32_t key)
{
	for (unsigned i = 0; i < g->n; i++) {
		if (g->nh[i].live_key == key)
			return true;
	}
	return false;
}

/* Who lost later in the ladder stands in. */
static bool is_nearer(const struct ref *m, const struct ref_path *a, const struct ref_path *b)
{
	static const enum rib_reason by[] = {
		RIB_REASON_STEP_LOCAL_PREF,
		RIB_REASON_STEP_AS_PATH_LENGTH,
	};

	if (a->reason != b->reason)
		return a->reason > b->reason;
	for (unsigned i = 0; i < ARRAY_SIZE(by); i++) {
		const int64_t x = ref_step_value(m, a, by[i]);
		const int64_t y = ref_step_value(m, b, by[i]);

		if (x != y)
			return x < y;
	}
	if (a->src.index != b->src.index)
		return a->src.index < b->src.index;
	return a->src.id < b->src.id;
}

/*
 * Weights (doc/rib.md, RFC 10005)
 */

/* Of several the lowest; one that is no positive finite number is as none. */
static double bandwidth(const struct route *r)
{
	double lowest = -1;

	for (unsigned i = 0; i < r->n_exts; i++) {
		const uint8_t *e = r->exts[i];
		const uint32_t bits = (uint32_t)e[4] << 24 | (uint32_t)e[5] << 16 |
			(uint32_t)e[6] << 8 | e[7];
		float v;

		memcpy(&v, &bits, sizeof(v));
		if ((e[0] & 0x3f) != 0 || e[1] != 4 || !isfinite(v) || v < 0)
			continue;
		if (lowest < 0 || (double)v < lowest)
			lowest = (double)v;
	}
	return lowest;
}

/* What carries traffic, path by path. */
struct active {
	struct nexthop nh[REF_PATHS];
	double bw[REF_PATHS];
	unsigned n;
};

/* What one unit of weight stands for; 0: all weights are equal. */
static double unit_of(const struct active *a)
{
	double max = 0;

	for (unsigned i = 0; i < a->n; i++) {
		if (a->bw[i] <= 0)
			return 0;
		max = a->bw[i] > max ? a->bw[i] : max;
	}
	/* the smallest whole numbers of the same ratio */
	for (unsigned parts = 1; parts <= 255; parts++) {
		const double unit = max / parts;
		bool whole = true;

		for (unsigned i = 0; i < a->n; i++)
			whole &= fmod(a->bw[i], unit) == 0;
		if (whole)
			return unit;
	}
	return max / 255;
}

static void weigh(struct active *a, struct nhgroup *g)
{
	const double unit = unit_of(a);

	if (g->n < 2 || unit <= 0)
		return;
	nhgroup_init(g);
	for (unsigned i = 0; i < a->n; i++) {
		const double w = floor(a->bw[i] / unit + 0.5);

		a->nh[i].weight = w < 1 ? 1 : (uint16_t)w;
		(void)nhgroup_add(g, &a->nh[i]);
	}
}

static bool is_active(const struct ref_path *p)
{
	return p->flags & (RIB_PATH_BEST | RIB_PATH_MULTIPATH);
}

static void add_backup(const struct ref *m, unsigned inst, unsigned pfx, struct nhgroup *g)
{
	const struct ref_net *n = &m->net[inst][pfx];
	const struct ref_path *backup = NULL;
	struct nexthop nh;

	for (unsigned i = 0; i < n->n; i++) {
		const struct ref_path *p = &n->path[i];

		if (is_active(p) || !path_nexthop(m, inst, pfx, p, &nh) || has_key(g, nh.live_key))
			continue;
		if (!backup || is_nearer(m, p, backup))
			backup = p;
	}
	if (backup && path_nexthop(m, inst, pfx, backup, &nh))
		nhgroup_set_backup(g, &nh);
}

void ref_fib(const struct ref *m, unsigned inst, unsigned pfx, struct nhgroup *g)
{
	const struct ref_net *n = &m->net[inst][pfx];
	struct active a = { .n = 0 };

	nhgroup_init(g);
	for (unsigned i = 0; i < n->n; i++) {
		const struct ref_path *p = &n->path[i];

		if (!is_active(p) || !path_nexthop(m, inst, pfx, p, &a.nh[a.n]))
			continue;
		a.bw[a.n] = bandwidth(&p->r);
		(void)nhgroup_add(g, &a.nh[a.n++]);
	}
	if (m->inst[inst].link_bandwidth)
		weigh(&a, g);
	g->on_line = g->n && g->nh[0].ifindex && g->nh[0].ifindex == m->inst[inst].link.ifindex;
	/* who has no neighbour that could die needs nobody to stand in */
	if (g->n && !has_key(g, 0))
		add_backup(m, inst, pfx, g);
}
