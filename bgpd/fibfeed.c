/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From paths to kernel routes. Level-triggered: for each net that the journal names, the group
 * that it should have now is computed and compared with the one that it asked for last
 * (rib_net.fib_gid); only a difference is handed over. The reference on the old group is dropped
 * after that, so the fib never loses a group before its routes.
 *
 * A group may have a backup, which is neither the best path nor multipath: so the feed asks the
 * journal for changes of all paths.
 *
 * When the ring is full the net stays queued and pinned, and nothing is pulled until there is
 * room: a slice already pulled is the most that ever waits there.
 */
#include <errno.h>
#include <string.h>

#include "bgpd/engine_int.h"
#include "bgpd/weight.h"
#include "bgpd/wire/community.h"

/* What is left of a neighbour that is gone goes in slices, and is carried meanwhile as it was. */
static const struct circuit *home_of(const struct bgp_instance *i, const struct rib_source *s,
	const struct attrs *a)
{
	struct ip_addr nh;

	if (s->owner)
		return ((const struct bgp_peer *)s->owner)->circuit;
	nh = attrs_next_hop(a);
	for (uint8_t k = 1; k < i->n_circuits; k++) {
		if (link_covers(&i->circuits[k]->link, &nh))
			return i->circuits[k];
	}
	return i->n_circuits > 0 ? i->circuits[0] : circuit_find(i, "");
}

/* Where a path sends packets; false: nowhere. */
static bool path_nexthop(const struct bgp_table *t, const struct rib_path *p, struct nexthop *nh)
{
	const struct bgp_instance *i = t->inst;
	const struct rib_source *s = rib_source_at(t->rib, p->source);
	const struct bgp_edge_in *edge = s->owner;
	const struct circuit *c;
	const struct nexthop *local;
	struct ip_addr gw;

	if (p->flags & RIB_PATH_REJECTED)
		return false;
	if (p->flags & RIB_PATH_BLACKHOLE) {
		*nh = nexthop_blackhole();
		return true;
	}
	if (p->flags & RIB_PATH_LOCAL)
		return false;
	switch ((enum rib_source_kind)s->kind) {
	case RIB_SOURCE_BGP:
		c = circuit_resolve(i, home_of(i, s, rib_path_attrs(t->rib, p)),
			rib_path_attrs(t->rib, p), &gw);
		if (!c)
			return false;
		*nh = nexthop_gateway(c->link.ifindex, &gw, rib_path_live_key(p));
		nh->weight = s->weight;
		break;
	case RIB_SOURCE_PEERING:
		if (!edge)
			return false;
		*nh = edge->nh;
		nh->live_key = rib_path_live_key(p);
		break;
	default:
		local = instance_local_nexthop(i, rib_path_id(p));
		if (!local)
			return false;
		*nh = *local;
		nh->live_key = rib_path_live_key(p);
	}
	return nh->ifindex || nh->kind == NEXTHOP_KIND_BLACKHOLE;
}

static bool is_active(const struct rib_path *p)
{
	return p->flags & (RIB_PATH_BEST | RIB_PATH_MULTIPATH);
}

static bool group_has_key(const struct nhgroup *g, uint32_t key)
{
	for (unsigned i = 0; i < g->n; i++) {
		if (g->nh[i].live_key == key)
			return true;
	}
	return false;
}

/* Who lost later in the ladder is the better one; then by what it says itself. */
static bool is_better_backup(const struct rib *r, const struct rib_path *a,
	const struct rib_path *b)
{
	const struct attrs *at = rib_path_attrs(r, a);
	const struct attrs *other = rib_path_attrs(r, b);

	if (a->reason != b->reason)
		return a->reason > b->reason;
	if (at->local_pref != other->local_pref)
		return at->local_pref > other->local_pref;
	if (at->path_len != other->path_len)
		return at->path_len < other->path_len;
	if (a->source != b->source)
		return a->source < b->source;
	return rib_path_id(a) < rib_path_id(b);
}

static void add_backup(const struct bgp_table *t, uint32_t first, struct nhgroup *g)
{
	const struct rib_path *best = NULL;
	struct nexthop best_nh;

	for (uint32_t h = first; h;) {
		const struct rib_path *p = rib_path(t->rib, h);
		struct nexthop nh;

		h = rib_path_next(p);
		if (is_active(p) || !path_nexthop(t, p, &nh) || group_has_key(g, nh.live_key))
			continue;
		if (!best || is_better_backup(t->rib, p, best)) {
			best = p;
			best_nh = nh;
		}
	}
	if (best)
		nhgroup_set_backup(g, &best_nh);
}

/* The same members, weighted by link bandwidth (RFC 10005), if each has one. */
static void weigh(const struct bgp_table *t, uint32_t first, struct nhgroup *g)
{
	struct nexthop nh[NHGROUP_MAX];
	float bandwidth[NHGROUP_MAX];
	uint16_t weight[NHGROUP_MAX];
	unsigned n = 0;

	for (uint32_t h = first; h && n < NHGROUP_MAX;) {
		const struct rib_path *p = rib_path(t->rib, h);
		const struct attrs *at = rib_path_attrs(t->rib, p);

		h = rib_path_next(p);
		if (!is_active(p) || !path_nexthop(t, p, &nh[n]))
			continue;
		bandwidth[n] = at ? community_link_bandwidth(attrs_ext_communities(at)) : 0;
		n++;
	}
	if (!weights_of(bandwidth, n, weight))
		return;
	nhgroup_init(g);
	for (unsigned i = 0; i < n; i++) {
		nh[i].weight = weight[i];
		(void)nhgroup_add(g, &nh[i]);
	}
}

/* Not over a peering connection, say. */
static bool is_by_line(const struct bgp_instance *i, const struct nhgroup *g)
{
	for (uint8_t k = 0; k < i->n_circuits; k++) {
		if (g->n && i->circuits[k]->link.ifindex &&
			i->circuits[k]->link.ifindex == g->nh[0].ifindex)
			return true;
	}
	return false;
}

static void build_group(const struct bgp_table *t, uint32_t net, struct nhgroup *g)
{
	const uint32_t first = rib_net(t->rib, net)->paths;
	uint32_t n_idle = 0;

	nhgroup_init(g);
	for (uint32_t h = first; h;) {
		const struct rib_path *p = rib_path(t->rib, h);
		struct nexthop nh;

		h = rib_path_next(p);
		if (!is_active(p))
			n_idle++;
		else if (path_nexthop(t, p, &nh))
			(void)nhgroup_add(g, &nh); /* max_paths is at most NHGROUP_MAX */
	}
	if (t->inst->conf.link_bandwidth && g->n > 1)
		weigh(t, first, g);
	if (g->n && g->nh[0].kind == NEXTHOP_KIND_GATEWAY)
		g->spread = t->inst->conf.spread;
	g->on_line = is_by_line(t->inst, g);
	/* Who has no neighbour that could die needs nobody to stand in. */
	if (g->n && n_idle && !group_has_key(g, 0))
		add_backup(t, first, g);
}

static void memo_drop(struct fib_feed *fd)
{
	if (fd->memo_gid)
		nhtable_release(fd->table->inst->e->nh, fd->memo_gid);
	fd->memo_gid = 0;
	fd->memo = NULL;
}

/*
 * The first path of a net with which the memo may be compared, or NULL. What is local leads
 * elsewhere, and the bandwidth of links is in the communities.
 */
static const struct rib_path *memo_path(const struct bgp_table *t, uint32_t net)
{
	const struct rib_path *p = rib_net_best(t->rib, net);

	return p && !(rib_path_next(p) && t->inst->conf.link_bandwidth) ? p : NULL;
}

static bool leads_alike(const struct bgp_table *t, const struct rib_path *p,
	const struct rib_path *m)
{
	const struct attrs *a = rib_path_attrs(t->rib, p);
	const struct attrs *b = rib_path_attrs(t->rib, m);

	if (p->source != m->source || p->flags != m->flags ||
		rib_path_live_key(p) != rib_path_live_key(m))
		return false;
	if (rib_source_at(t->rib, p->source)->kind != RIB_SOURCE_BGP)
		return false;
	return a == b || (a && b && attrs_has_next_hop_of(a, b));
}

/* Among several idle ones the ladder chooses the backup. */
static bool ranks_alike(const struct bgp_table *t, const struct rib_path *p,
	const struct rib_path *m)
{
	const struct attrs *a = rib_path_attrs(t->rib, p);
	const struct attrs *b = rib_path_attrs(t->rib, m);

	return p->reason == m->reason && rib_path_id(p) == rib_path_id(m) &&
		(a == b ||
			(a && b && a->local_pref == b->local_pref && a->path_len == b->path_len));
}

static const struct rib_path *path_after(const struct bgp_table *t, const struct rib_path *p)
{
	const uint32_t h = rib_path_next(p);

	return h ? rib_path(t->rib, h) : NULL;
}

/* Do the paths of the net lead where those of the net before did, one by one? */
static bool is_as_memo(const struct fib_feed *fd, const struct rib_path *p)
{
	const struct bgp_table *t = fd->table;
	const struct rib_path *m = fd->memo;
	const struct rib_path *second = m ? path_after(t, m) : NULL;
	const bool is_short = !second || !path_after(t, second);

	while (p && m && leads_alike(t, p, m) && (is_short || ranks_alike(t, p, m))) {
		p = path_after(t, p);
		m = path_after(t, m);
		if (!p && !m)
			return true;
	}
	return false;
}

/* Neighbouring nets mostly share a group: one comparison instead of a hash. 0: the ring is full. */
static uint32_t group_get(struct fib_feed *fd, const struct nhgroup *g)
{
	struct nhtable *nh = fd->table->inst->e->nh;
	uint32_t gid = fd->memo_gid;

	if (gid && nhgroup_is_equal(nhtable_group(nh, gid), g)) {
		nhtable_ref(nh, gid);
		return gid;
	}
	gid = nhtable_get(nh, g);
	if (gid) {
		memo_drop(fd);
		fd->memo_gid = gid;
		nhtable_ref(nh, gid);
	}
	return gid;
}

/* Group that the net should have, a reference; 0 = none. false: the ring is full. */
static bool group_of_net(struct fib_feed *fd, uint32_t net, uint32_t *gid)
{
	const struct bgp_table *t = fd->table;
	const struct rib_path *first;
	struct nhgroup g;

	*gid = 0;
	if (!t->inst->conf.table || !rib_net(t->rib, net)->paths)
		return true;
	first = memo_path(t, net);
	if (first && is_as_memo(fd, first)) {
		*gid = fd->memo_gid;
		nhtable_ref(t->inst->e->nh, *gid);
		return true;
	}
	build_group(t, net, &g);
	if (!g.n)
		return true;
	*gid = group_get(fd, &g);
	fd->memo = *gid ? first : NULL;
	return *gid != 0;
}

/* Hand over what is different; false: no room. */
static bool feed_net(struct fib_feed *fd, uint32_t net)
{
	struct bgp_table *t = fd->table;
	struct bgp_engine *e = t->inst->e;
	struct rib_net *n = rib_net(t->rib, net);
	struct prefix pfx;
	uint32_t gid;

	if (!group_of_net(fd, net, &gid))
		return false;
	if (gid == n->fib_gid) {
		if (gid)
			nhtable_release(e->nh, gid);
		return true;
	}
	pfx = rib_net_prefix(t->rib, net);
	if (e->ops->route(e->ctx, t->inst->conf.table, &pfx, gid) < 0) {
		if (gid)
			nhtable_release(e->nh, gid);
		return false;
	}
	if (n->fib_gid)
		nhtable_release(e->nh, n->fib_gid);
	n->fib_gid = gid;
	return true;
}

static void pulled(void *ctx, uint32_t net)
{
	struct fib_feed *fd = ctx;

	if (!fd->stalled && feed_net(fd, net))
		return;
	fd->stalled = true;
	net_queue_add(&fd->again, fd->table->rib, net);
}

static void feed_again(struct fib_feed *fd)
{
	struct rib *r = fd->table->rib;

	for (unsigned i = 0; i < SLICE_PATHS && fd->again.n && !fd->stalled; i++) {
		if (feed_net(fd, net_queue_first(&fd->again)))
			net_queue_drop(&fd->again, r);
		else
			fd->stalled = true;
	}
}

static bool slice(void *ctx)
{
	struct fib_feed *fd = ctx;
	bool more = false;

	feed_again(fd);
	if (!fd->stalled && !fd->again.n)
		more = rib_reader_pull(fd->reader, SLICE_PATHS, pulled, fd, NULL);
	memo_drop(fd);
	if (fd->stalled)
		return false;
	if (more || fd->again.n)
		return true;
	sync_check(fd->table->inst);
	instance_check_left(fd->table->inst);
	return false;
}

static void wake(void *ctx)
{
	struct fib_feed *fd = ctx;

	if (!fd->stalled)
		job_wake(&fd->job);
}

void fib_feed_init(struct fib_feed *fd, struct bgp_table *t)
{
	*fd = (struct fib_feed){ .table = t };
	net_queue_init(&fd->again);
	job_init(&fd->job, t->inst->e->loop, slice, fd);
	if (!t->inst->conf.table)
		return;
	fd->reader = rib_reader_new(t->rib, wake, fd);
	rib_reader_set_all(fd->reader, true); /* a backup is neither best path nor multipath */
	job_wake(&fd->job);
}

void fib_feed_fini(struct fib_feed *fd)
{
	job_cancel(&fd->job);
	memo_drop(fd);
	net_queue_fini(&fd->again, fd->table->rib);
	rib_reader_free(fd->reader);
	fd->reader = NULL;
}

void fib_feed_restart(struct fib_feed *fd)
{
	if (!fd->reader)
		return;
	rib_reader_restart(fd->reader);
	wake(fd);
}

void fib_feed_space(struct fib_feed *fd)
{
	if (!fd->reader || !fd->stalled)
		return;
	fd->stalled = false;
	job_wake(&fd->job);
}

bool fib_feed_is_drained(const struct fib_feed *fd)
{
	return !fd->reader || (!fd->again.n && rib_reader_is_drained(fd->reader));
}
