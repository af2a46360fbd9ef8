/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bgpd/engine/lab.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "bgpd/wire/message.h"
#include "bgpd/wire/update.h"
#include "lib/base/xalloc.h"

#define QUIET_TURNS 25 /* of 200 us: longer than loopback and scheduler need */

static bool is_full(struct lab_fib *f)
{
	if (!f->full_percent || cu_random_below(100) >= f->full_percent)
		return false;
	f->n_refused++;
	f->is_full = true;
	return true;
}

static int on_group(void *ctx, uint32_t gid, const struct nhgroup *g)
{
	struct lab_fib *f = ctx;

	if (is_full(f))
		return -EAGAIN;
	if (gid >= f->cap) {
		const uint32_t cap = 2 * gid + 16;

		f->group = xreallocarray(f->group, cap, sizeof(*f->group));
		f->has_group = xreallocarray(f->has_group, cap, sizeof(*f->has_group));
		memset(f->has_group + f->cap, 0, cap - f->cap);
		f->cap = cap;
	}
	CU_ASSERT_EQUAL(f->has_group[gid], g == NULL); /* neither twice nor for nothing */
	f->has_group[gid] = g != NULL;
	if (g)
		f->group[gid] = *g;
	return 0;
}

static const struct nhtable_ops group_ops = { .group = on_group };

static int on_route(void *ctx, uint32_t table, const struct prefix *pfx, uint32_t gid)
{
	struct lab_node *n = ctx;
	struct lab_fib *f = &n->fib;
	struct ptable *t = f->route[table][pfx->family == AF_INET6];

	if (is_full(f))
		return -EAGAIN;
	f->n_ops++;
	if (gid) {
		CU_ASSERT_TRUE(gid < f->cap && f->has_group[gid]);
		(void)ptable_set(t, pfx, gid);
	} else {
		CU_ASSERT_NOT_EQUAL(ptable_del(t, pfx), PTABLE_NONE);
	}
	return 0;
}

static int on_synced(void *ctx, uint32_t table, uint8_t af)
{
	struct lab_node *n = ctx;

	if (is_full(&n->fib))
		return -EAGAIN;
	CU_ASSERT_FALSE(n->fib.synced[table][af == AF_INET6]);
	n->fib.synced[table][af == AF_INET6] = true;
	return 0;
}

static void on_neighbor(void *ctx, const struct bgp_neighbor *nb)
{
	struct lab_node *n = ctx;

	if (nb->members) {
		n->fib.set_key = nb->live_key;
		n->fib.set.n = nb->n_members;
		memcpy(n->fib.set.key, nb->members, nb->n_members * sizeof(nb->members[0]));
		n->fib.n_sets++;
		return;
	}
	n->fib.neighbor = *nb;
	if (nb->gone) {
		n->fib.n_gone++;
		return;
	}
	if (nb->up) {
		n->fib.n_alive++;
		return;
	}
	n->fib.n_dead++;
	n->fib.ops_at_death = n->fib.n_ops;
}

static void on_event(void *ctx, const struct bgp_event *ev)
{
	((struct lab_node *)ctx)->fib.events[ev->type]++;
}

static uint32_t on_live_key(void *ctx)
{
	return ++((struct lab_node *)ctx)->next_key;
}

static void on_bfd(void *ctx, const struct bgp_bfd_want *w)
{
	struct lab_node *n = ctx;

	n->bfd = *w;
	n->n_bfd++;
}

static const struct bgp_engine_ops engine_ops = {
	.route = on_route,
	.synced = on_synced,
	.neighbor = on_neighbor,
	.event = on_event,
	.live_key = on_live_key,
	.bfd = on_bfd,
};

static struct ip_addr ip(const char *s)
{
	struct ip_addr a;

	CU_ASSERT_EQUAL_FATAL(ip_parse(s, &a), 0);
	return a;
}

static bool is_a(const struct lab_node *n)
{
	return n == &n->lab->a;
}

struct bgp_link lab_link(const struct lab_node *n)
{
	return (struct bgp_link){
		.ifindex = LAB_IFINDEX,
		.up = true,
		.local4 = ip(is_a(n) ? "10.0.0.1" : "10.0.0.2"),
		.local6 = ip(is_a(n) ? "fd00::1" : "fd00::2"),
		.gateway4 = ip(is_a(n) ? "10.0.0.2" : "10.0.0.1"),
		.gateway6 = ip(is_a(n) ? "fd00::2" : "fd00::1"),
		.len4 = 24,
		.len6 = 64,
	};
}

struct bgp_instance_conf lab_instance_conf(const struct lab_node *n, uint32_t table)
{
	return (struct bgp_instance_conf){
		.table = table,
		.local_as = is_a(n) ? RIG_AS_A : RIG_AS_B,
		.router_id = is_a(n) ? RIG_ID_A : RIG_ID_B,
		.max_paths = 8,
		.port = n->port,
		.sync_s = 60,
	};
}

struct bgp_instance *lab_instance(struct lab_node *n, uint32_t table)
{
	const struct bgp_instance_conf c = lab_instance_conf(n, table);
	const struct bgp_link none = { .ifindex = 0 };

	return bgp_instance_new(n->e, &c, &none, 1);
}

static void node_init(struct lab_node *n, struct lab *lab)
{
	static const struct bgp_engine_conf conf = { .name = "tenant" };
	struct bgp_instance_conf ic;
	struct bgp_link link;

	n->lab = lab;
	n->port = rig_free_port();
	for (unsigned t = 1; t <= LAB_TABLES; t++) {
		n->fib.route[t][BGP_FAMILY_IP4] = ptable_new(AF_INET);
		n->fib.route[t][BGP_FAMILY_IP6] = ptable_new(AF_INET6);
	}
	n->nh = nhtable_new(&group_ops, &n->fib);
	n->e = bgp_engine_new(&(struct bgp_engine_home){ lab->l, n->nh, lab->attrs }, &conf,
		&engine_ops, n);
	ic = lab_instance_conf(n, 1);
	link = lab_link(n);
	n->i = bgp_instance_new(n->e, &ic, &link, 1);
}

void lab_init(struct lab *lab)
{
	*lab = (struct lab){ .l = loop_new("lab"), .attrs = attrs_table_new() };
	node_init(&lab->a, lab);
	node_init(&lab->b, lab);
}

static void node_fini(struct lab_node *n)
{
	bgp_engine_free(n->e);
	nhtable_free(n->nh);
	for (unsigned t = 1; t <= LAB_TABLES; t++) {
		ptable_free(n->fib.route[t][BGP_FAMILY_IP4]);
		ptable_free(n->fib.route[t][BGP_FAMILY_IP6]);
	}
	free(n->fib.group);
	free(n->fib.has_group);
}

void lab_fini(struct lab *lab)
{
	node_fini(&lab->a);
	node_fini(&lab->b);
	CU_ASSERT_EQUAL(attrs_count(lab->attrs), 0);
	attrs_table_free(lab->attrs);
	loop_free(lab->l);
}

struct bgp_peer_conf lab_peer_conf(const struct lab_node *n)
{
	const struct lab_node *other = is_a(n) ? &n->lab->b : &n->lab->a;

	return (struct bgp_peer_conf){
		.session = {
			.local = ip(is_a(n) ? "127.0.0.1" : "127.0.0.2"),
			.remote = ip(is_a(n) ? "127.0.0.2" : "127.0.0.1"),
			.port = other->port,
			.peer_as = is_a(n) ? RIG_AS_B : RIG_AS_A,
			.hold_s = 30,
			.keepalive_s = 10,
			.connect_retry_s = 1,
			.enabled = true,
			.families = BGP_FAMILY_BIT(BGP_FAMILY_IP4) |
				BGP_FAMILY_BIT(BGP_FAMILY_IP6),
		},
		.limit_warning = 75,
	};
}

static void nap(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = 200000 }, NULL);
}

static void give_room(struct lab_node *n)
{
	if (!n->fib.is_full)
		return;
	n->fib.is_full = false;
	nhtable_retry(n->nh);
	bgp_engine_fib_space(n->e);
}

static bool turn(struct lab *lab)
{
	const bool ran = loop_turn(lab->l);
	const bool was_full = lab->a.fib.is_full || lab->b.fib.is_full;

	give_room(&lab->a);
	give_room(&lab->b);
	return ran || was_full;
}

void lab_settle(struct lab *lab)
{
	unsigned quiet = 0;

	while (quiet < QUIET_TURNS) {
		if (turn(lab)) {
			quiet = 0;
			continue;
		}
		quiet++;
		nap();
	}
}

bool lab_is_up(const struct lab_node *n)
{
	struct bgp_peer_view v;

	if (!n->p)
		return false;
	bgp_peer_view(n->p, &v);
	return session_state(v.session) == SESSION_STATE_ESTABLISHED;
}

bool lab_until_up(struct lab *lab, bool up)
{
	const struct mono end = mono_add_s(mono_now(), 10);

	while (mono_is_before(mono_now(), end)) {
		if (lab_is_up(&lab->a) == up && (!lab->b.p || lab_is_up(&lab->b) == up))
			return true;
		if (!turn(lab))
			nap();
	}
	return false;
}

void lab_connect(struct lab *lab)
{
	const struct bgp_peer_conf ca = lab_peer_conf(&lab->a);
	const struct bgp_peer_conf cb = lab_peer_conf(&lab->b);

	lab->a.p = bgp_peer_new(lab->a.i, &ca);
	lab->b.p = bgp_peer_new(lab->b.i, &cb);
	CU_ASSERT_TRUE_FATAL(lab_until_up(lab, true));
	lab_settle(lab);
}

struct prefix lab_prefix(const char *s)
{
	struct prefix p;

	CU_ASSERT_EQUAL_FATAL(prefix_parse(s, &p), 0);
	return p;
}

struct prefix lab_nth(uint8_t af, uint32_t k)
{
	struct prefix p = { .family = af };

	if (af == AF_INET) {
		p.len = 24;
		p.b[0] = (uint8_t)(20 + (k >> 16));
		p.b[1] = (uint8_t)(k >> 8);
		p.b[2] = (uint8_t)k;
		return p;
	}
	p.len = 48;
	p.b[0] = 0x2a;
	p.b[1] = 0x01;
	p.b[3] = (uint8_t)(k >> 16);
	p.b[4] = (uint8_t)(k >> 8);
	p.b[5] = (uint8_t)k;
	return p;
}

void lab_announce(struct lab_node *n, uint32_t first, uint32_t count)
{
	struct bgp_local *v = xcalloc(2 * (size_t)count + 1, sizeof(*v));

	for (uint32_t k = 0; k < count; k++) {
		v[2 * k] = (struct bgp_local){
			.pfx = lab_nth(AF_INET, first + k),
			.kind = RIB_SOURCE_STATIC,
			.flags = RIB_PATH_LOCAL,
		};
		v[2 * k + 1] = v[2 * k];
		v[2 * k + 1].pfx = lab_nth(AF_INET6, first + k);
	}
	bgp_instance_set_locals(n->i, v, 2 * count);
	free(v);
}

const struct rib_path *lab_path(const struct bgp_instance *i, const char *prefix)
{
	const struct prefix p = lab_prefix(prefix);
	const struct rib *r = bgp_instance_rib(i,
		p.family == AF_INET6 ? BGP_FAMILY_IP6 : BGP_FAMILY_IP4);
	const uint32_t net = rib_find(r, &p);

	for (uint32_t h = net ? rib_net(r, net)->paths : 0; h; h = rib_path_next(rib_path(r, h))) {
		if (rib_source_at(r, rib_path(r, h)->source)->kind == RIB_SOURCE_BGP)
			return rib_path(r, h);
	}
	return NULL;
}

/* All tables of a lab have one table of sets. */
struct attrs *lab_attrs(const struct lab *lab, const struct rib_path *p)
{
	return rib_path_attrs(bgp_instance_rib(lab->a.i, BGP_FAMILY_IP4), p);
}

struct attrs *lab_in(const struct lab *lab, const struct rib_path *p)
{
	return rib_path_in(bgp_instance_rib(lab->a.i, BGP_FAMILY_IP4), p);
}

struct bgp_peer_view lab_view(const struct bgp_peer *p)
{
	struct bgp_peer_view v;

	bgp_peer_view(p, &v);
	return v;
}

const struct nhgroup *lab_route(const struct lab_node *n, uint32_t table, const struct prefix *pfx)
{
	const uint32_t gid = ptable_get(n->fib.route[table][pfx->family == AF_INET6], pfx);

	if (gid == PTABLE_NONE)
		return NULL;
	CU_ASSERT_TRUE_FATAL(n->fib.has_group[gid]);
	return &n->fib.group[gid];
}

uint32_t lab_routes(const struct lab_node *n, uint32_t table, enum bgp_family f)
{
	return ptable_count(n->fib.route[table][f]);
}

struct check {
	const struct lab_node *n;
	const struct rib *r;
	uint32_t table;
	uint32_t n_routes;
};

static bool has_member(const struct nhgroup *g, unsigned from, unsigned to, uint32_t key)
{
	for (unsigned k = from; k < to; k++) {
		if (g->nh[k].live_key == key)
			return true;
	}
	return false;
}

/* By keys alone: each neighbour in use stands in the group, and one more behind if there is any. */
static bool check_net(void *ctx, uint32_t net)
{
	struct check *c = ctx;
	const struct prefix pfx = rib_net_prefix(c->r, net);
	const struct nhgroup *g = lab_route(c->n, c->table, &pfx);
	const struct rib_path *best = rib_net_best(c->r, net);
	bool want_backup = false;

	if (!best || best->flags & RIB_PATH_LOCAL) {
		CU_ASSERT_PTR_NULL(g);
		return true;
	}
	CU_ASSERT_PTR_NOT_NULL_FATAL(g);
	c->n_routes++;
	for (uint32_t h = rib_net(c->r, net)->paths; h; h = rib_path_next(rib_path(c->r, h))) {
		const struct rib_path *p = rib_path(c->r, h);

		if (p->flags & (RIB_PATH_REJECTED | RIB_PATH_LOCAL))
			continue;
		if (p->flags & (RIB_PATH_BEST | RIB_PATH_MULTIPATH))
			CU_ASSERT_TRUE(has_member(g, 0, g->n, rib_path_live_key(p)));
		want_backup |= !has_member(g, 0, g->n, rib_path_live_key(p));
	}
	if (!has_member(g, 0, g->n, 0))
		CU_ASSERT_EQUAL(g->n_backup, want_backup);
	return true;
}

void lab_check_fib(const struct lab_node *n, const struct bgp_instance *i)
{
	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++) {
		struct check c = {
			.n = n,
			.r = bgp_instance_rib(i, (enum bgp_family)f),
			.table = bgp_instance_conf(i)->table,
		};
		struct rib_range all = { 0 };

		(void)rib_walk(c.r, &all, UINT32_MAX, check_net, &c);
		CU_ASSERT_EQUAL(c.n_routes, lab_routes(n, c.table, (enum bgp_family)f));
	}
}

struct wire_open lab_raw_offer(bool gr)
{
	struct wire_open o = raw_open();

	o.gr = gr;
	o.gr_time_s = 1;
	o.gr_families = gr ? o.families : 0;
	o.gr_forwarding = o.gr_families;
	return o;
}

bool lab_raw_up(struct lab_raw *r, struct lab *lab, bool gr)
{
	struct wire_open o = lab_raw_offer(gr);

	o.addpath_rx = r->addpath ? o.families : 0;
	o.addpath_tx = o.addpath_rx;
	return lab_raw_open(r, lab, &o);
}

bool lab_raw_open(struct lab_raw *r, struct lab *lab, const struct wire_open *o)
{
	uint8_t msg[BGP_MAX_LEN];

	r->rig.l = lab->l;
	r->rig.port = lab->a.port;
	r->ws = (struct wire_session){
		.as4 = true,
		.families = o->families,
		.addpath_tx = o->addpath_tx,
		.local_as = RIG_AS_B,
		.peer_as = RIG_AS_A,
	};
	if (!raw_connect(&r->raw, &r->rig, r->src ? r->src : "127.0.0.2") ||
		raw_expect(&r->raw, BGP_MSG_OPEN, msg, 2000) == 0)
		return false;
	raw_send_open(&r->raw, o);
	if (raw_expect(&r->raw, BGP_MSG_KEEPALIVE, msg, 2000) == 0)
		return false;
	raw_send_keepalive(&r->raw);
	return lab_until_up(lab, true);
}

struct wire_attrs lab_raw_attrs(uint8_t af)
{
	static const uint8_t path[] = { BGP_AS_SEQUENCE, 1, 0, 0, RIG_AS_B >> 8, RIG_AS_B & 255 };

	return (struct wire_attrs){
		.has = WIRE_HAS_ORIGIN | WIRE_HAS_AS_PATH | WIRE_HAS_NEXT_HOP,
		.next_hop = ip(af == AF_INET ? "10.0.0.2" : "fd00::2"),
		.as_path = { path, sizeof(path) },
	};
}

void lab_raw_say(struct lab_raw *r, const char *prefix, const struct wire_attrs *at)
{
	const struct prefix p = lab_prefix(prefix);
	const enum bgp_family f = p.family == AF_INET6 ? BGP_FAMILY_IP6 : BGP_FAMILY_IP4;
	uint8_t buf[BGP_MAX_LEN];
	const struct wire_announce an = {
		.family = f,
		.attrs = at,
		.buf = buf,
		.size = sizeof(buf),
	};
	struct wire_builder b;

	if (at) {
		CU_ASSERT_EQUAL_FATAL(wire_builder_announce(&b, &r->ws, &an), 0);
	} else {
		wire_builder_withdraw(&b, &r->ws, f, buf, sizeof(buf));
	}
	CU_ASSERT_EQUAL(wire_builder_add(&b, &p, r->path_id), 0);
	raw_send(&r->raw, buf, wire_builder_end(&b));
}

void lab_raw_end_of_rib(struct lab_raw *r, enum bgp_family f)
{
	uint8_t buf[64];
	struct cursor_w w = cursor_w_make(buf, sizeof(buf));

	wire_end_of_rib_encode(&w, f);
	raw_send(&r->raw, buf, cursor_w_len(&w));
}

struct policy_set *lab_policy(struct policy_conf *take_conf)
{
	struct policy_set *set;
	struct errbuf err;

	errbuf_init(&err);
	set = policy_compile(take_conf, NULL, &err);
	CU_ASSERT_PTR_NOT_NULL_FATAL(set);
	errbuf_fini(&err);
	policy_conf_free(take_conf);
	return set;
}

struct policy_set *lab_policy_only(const char *pfx, uint8_t le, uint32_t local_pref)
{
	struct policy_conf *c = xcalloc(1, sizeof(*c));

	c->prefix_lists = xcalloc(1, sizeof(*c->prefix_lists));
	c->n_prefix_lists = 1;
	c->prefix_lists[0].name = xstrdup("l");
	c->prefix_lists[0].rules = xcalloc(1, sizeof(*c->prefix_lists[0].rules));
	c->prefix_lists[0].n_rules = 1;
	c->prefix_lists[0].rules[0] = (struct policy_prefix_rule){
		.seq = 1,
		.permit = true,
		.pfx = lab_prefix(pfx),
		.le = le,
	};
	c->maps = xcalloc(1, sizeof(*c->maps));
	c->n_maps = 1;
	c->maps[0].name = xstrdup("m");
	c->maps[0].terms = xcalloc(1, sizeof(*c->maps[0].terms));
	c->maps[0].n_terms = 1;
	c->maps[0].terms[0] = (struct policy_term){
		.seq = 10,
		.permit = true,
		.match.ref[POLICY_REF_PREFIX] = xstrdup("l"),
		.set.local_pref = { local_pref ? POLICY_OP_SET : POLICY_OP_NONE, local_pref },
	};
	return lab_policy(c);
}
