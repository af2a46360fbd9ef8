/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shows that join the plane with numbers of the workers: each worker is visited once and leaves
 * a row per instance and one per engine.
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bfd/bfd_thread.h"
#include "conf/conf.h"
#include "fib/fib_thread.h"
#include "lib/base/xalloc.h"
#include "lib/io/loop.h"
#include "vbr/life/lives.h"
#include "vbr/mgmt/mgmt_int.h"
#include "vbr/model/traffic/cap.h"

struct inst_row {
	uint32_t id;
	uint32_t tenant;
	uint64_t routes; /* with a best path */
	uint64_t paths;
	uint64_t bytes;
	uint32_t peers;
	uint32_t established;
	uint32_t places[BGP_FAMILY_COUNT];
};

struct engine_row {
	uint32_t tenant;
	uint64_t bytes; /* of all its tables */
};

/* Attributes are a worker's: its tenants share them. */
struct worker_row {
	uint32_t index;
	uint64_t attr_sets;
	uint64_t attr_bytes;
};

struct stats_job {
	struct mgmt_job j;          /* first */
	struct inst_row *insts;     /* owned */
	struct engine_row *engines; /* owned */
	struct worker_row *workers; /* owned */
	uint32_t n_insts;
	uint32_t n_engines;
	uint32_t n_workers;
	void (*reply)(struct stats_job *s);
};

static void stats_free(struct mgmt_job *j)
{
	struct stats_job *s = (struct stats_job *)j;

	free(s->insts);
	free(s->engines);
	free(s->workers);
}

static void count_instance(struct bgp_instance *i, struct inst_row *r)
{
	for (int f = 0; f < BGP_FAMILY_COUNT; f++) {
		const struct rib *rib = bgp_instance_rib(i, (enum bgp_family)f);

		r->routes += rib_count_best(rib);
		r->paths += rib_count_paths(rib);
		r->bytes += rib_bytes(rib);
		r->places[f] = bgp_instance_places(i, (enum bgp_family)f);
	}
	for (struct bgp_peer *p = bgp_instance_next_peer(i, NULL); p != NULL;
		p = bgp_instance_next_peer(i, p)) {
		struct bgp_peer_view v;

		bgp_peer_view(p, &v);
		r->peers++;
		r->established += session_state(v.session) == SESSION_STATE_ESTABLISHED;
	}
}

static void stats_visit(struct mgmt_job *j, const struct worker *w)
{
	struct stats_job *s = (struct stats_job *)j;

	s->workers = xreallocarray(s->workers, s->n_workers + 1, sizeof(*s->workers));
	s->workers[s->n_workers++] = (struct worker_row){ .index = worker_view_index(w),
		.attr_sets = attrs_count(worker_view_attrs(w)),
		.attr_bytes = attrs_bytes(worker_view_attrs(w)) };
	for (uint32_t k = 0; k < worker_view_instance_limit(w); k++) {
		struct bgp_instance *i = worker_view_instance(w, k);

		if (i == NULL)
			continue;
		s->insts = xreallocarray(s->insts, s->n_insts + 1, sizeof(*s->insts));
		s->insts[s->n_insts] = (struct inst_row){ .id = k,
			.tenant = worker_view_tenant_of(w, k) };
		count_instance(i, &s->insts[s->n_insts++]);
	}
	for (uint32_t k = 0; k < worker_view_tenant_limit(w); k++) {
		const struct bgp_engine *e = worker_view_engine(w, k);

		if (e == NULL)
			continue;
		s->engines = xreallocarray(s->engines, s->n_engines + 1, sizeof(*s->engines));
		s->engines[s->n_engines++] = (struct engine_row){ .tenant = k,
			.bytes = bgp_engine_bytes(e) };
	}
}

static void stats_finish(struct mgmt_job *j)
{
	struct stats_job *s = (struct stats_job *)j;

	s->reply(s);
}

static void stats_start(struct rpc_call *call, void *ctx, void (*reply)(struct stats_job *s))
{
	struct stats_job *s = mgmt_job_new(call, mgmt_daemon(ctx), sizeof(*s));

	s->reply = reply;
	s->j.visit = stats_visit;
	s->j.finish = stats_finish;
	s->j.free_extra = stats_free;
	mgmt_job_all(&s->j);
}

static const struct inst_row *row_of(const struct stats_job *s, uint32_t id)
{
	static const struct inst_row none;

	for (uint32_t i = 0; i < s->n_insts; i++)
		if (s->insts[i].id == id)
			return &s->insts[i];
	return &none;
}

/* Bytes of memory that are ours now. */
static uint64_t resident(void)
{
	FILE *f = fopen("/proc/self/statm", "re");
	unsigned long pages = 0;

	if (f == NULL)
		return 0;
	if (fscanf(f, "%*u %lu", &pages) != 1)
		pages = 0;
	fclose(f);
	return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* system */

static void system_reply(struct stats_job *s)
{
	const struct daemon *d = s->j.d;
	const struct model_system *sys = model_system(daemon_model(d));
	struct fib_stats *fs = fib_thread_stats(daemon_fib(d));
	Vbrd__System m = VBRD__SYSTEM__INIT;
	char version[] = VERSION;
	uint64_t age = mono_age_s(daemon_started(d));
	const int keep_errno = (int)counter_get(&fs->keep_errno);

	m.version = version;
	m.has_uptime = m.has_workers = m.has_routes = m.has_paths = m.has_attribute_sets = true;
	m.has_memory_resident = m.has_config_revision = m.has_fib_routes = m.has_fib_errors = true;
	m.uptime = age;
	m.workers = workers_count(daemon_workers(d));
	for (uint32_t i = 0; i < s->n_insts; i++) {
		m.routes += s->insts[i].routes;
		m.paths += s->insts[i].paths;
	}
	for (uint32_t i = 0; i < s->n_workers; i++)
		m.attribute_sets += s->workers[i].attr_sets;
	m.memory_resident = resident();
	m.config_revision = conf_revision(daemon_conf(d));
	m.fib_routes = counter_get(&fs->routes_installed);
	m.fib_errors = counter_get(&fs->errors);
	m.hostname = mgmt_str(s->j.arena, sys->hostname);
	m.router_id = mgmt_id(s->j.arena, sys->router_id);
	m.data_plane = mgmt_str(s->j.arena,
		plane_mode(daemon_plane(d)) == LINK_MODE_VRF ? "vrf" : "rules");
	m.carrier_loss = keep_errno == 0 ?
		mgmt_str(s->j.arena, "routes-stay") :
		arena_printf(s->j.arena, "routes-go: %s", strerror(keep_errno));
	m.started = mgmt_time(s->j.arena, mono_to_wall_s(daemon_started(d)));
	(void)rpc_reply_chunk(s->j.call, &m.base);
	mgmt_job_end(&s->j, VBRD__STATUS_CODE__OK, NULL);
}

void mgmt_show_system(struct rpc_call *call, const Vbrd__Request *req, void *ctx)
{
	(void)req;
	stats_start(call, ctx, system_reply);
}

/* memory */

static Vbrd__MemoryPool *pool(struct arena *a, const char *name, const char *owner,
	uint64_t objects, uint64_t bytes)
{
	Vbrd__MemoryPool *p = arena_alloc(a, sizeof(*p));

	vbrd__memory_pool__init(p);
	p->name = mgmt_str(a, name);
	p->owner = mgmt_str(a, owner);
	p->has_objects = p->has_bytes = true;
	p->objects = objects;
	p->bytes = bytes;
	return p;
}

static void memory_reply(struct stats_job *s)
{
	struct mallinfo2 mi = mallinfo2();
	Vbrd__Memory m = VBRD__MEMORY__INIT;
	struct arena *a = s->j.arena;

	m.has_resident = m.has_heap_used = m.has_heap_free = true;
	m.resident = resident();
	m.heap_used = mi.uordblks + mi.hblkhd;
	m.heap_free = mi.fordblks;
	m.pools = arena_calloc(a, s->n_workers + s->n_insts + 1, sizeof(*m.pools));
	for (uint32_t i = 0; i < s->n_workers; i++)
		m.pools[m.n_pools++] = pool(a, "attributes",
			arena_printf(a, "worker-%u", s->workers[i].index), s->workers[i].attr_sets,
			s->workers[i].attr_bytes);
	for (uint32_t i = 0; i < s->n_insts; i++) {
		const struct plane_instance *pi = plane_instance_by_id(daemon_plane(s->j.d),
			s->insts[i].id);

		if (pi != NULL)
			m.pools[m.n_pools++] = pool(a, "paths",
				arena_printf(a, "%s %s %s", pi->tenant, pi->is_vbr ? "vbr" : "vpc",
					pi->name),
				s->insts[i].paths, s->insts[i].bytes);
	}
	(void)rpc_reply_chunk(s->j.call, &m.base);
	mgmt_job_end(&s->j, VBRD__STATUS_CODE__OK, NULL);
}

void mgmt_show_memory(struct rpc_call *call, const Vbrd__Request *req, void *ctx)
{
	(void)req;
	stats_start(call, ctx, memory_reply);
}

/* threads: read from outside, no visit needed */

static Vbrd__Thread *thread_row(struct arena *a, const char *name, const struct histogram *h)
{
	Vbrd__Thread *t = arena_alloc(a, sizeof(*t));

	vbrd__thread__init(t);
	t->name = mgmt_str(a, name);
	t->has_loop_median_us = t->has_loop_p99_us = true;
	t->loop_median_us = histogram_quantile_us(h, 0.5);
	t->loop_p99_us = histogram_quantile_us(h, 0.99);
	return t;
}

void mgmt_show_threads(struct rpc_call *call, const Vbrd__Request *req, void *ctx)
{
	struct daemon *d = mgmt_daemon(ctx);
	struct workers *ws = daemon_workers(d);
	const struct plane *p = daemon_plane(d);
	uint32_t n = ws != NULL ? workers_count(ws) : 0;
	Vbrd__Threads m = VBRD__THREADS__INIT;
	struct arena *a = arena_new(4096);

	(void)req;
	m.threads = arena_calloc(a, n + 2, sizeof(*m.threads));
	m.threads[m.n_threads++] = thread_row(a, "main", loop_latency(daemon_loop(d)));
	m.threads[m.n_threads++] = thread_row(a, "bfd", bfd_thread_latency(daemon_bfd(d)));
	for (uint32_t i = 0; i < n; i++) {
		Vbrd__Thread *t = thread_row(a, arena_printf(a, "worker-%u", i),
			worker_latency(ws, i));

		t->has_tenants = t->has_cpu_ms = t->has_queued = true;
		for (uint32_t k = 0; k < plane_tenant_count(p); k++)
			t->tenants += plane_tenant_at(p, k)->worker == i;
		t->cpu_ms = worker_cpu_ms(ws, i);
		t->queued = worker_queued(ws, i);
		m.threads[m.n_threads++] = t;
	}
	(void)rpc_reply_chunk(call, &m.base);
	rpc_reply_end(call, VBRD__STATUS_CODE__OK, NULL);
	arena_free(a);
}

/* tenants */

static Vbrd__Tenant *tenant_row(const struct stats_job *s, const struct plane_tenant *t)
{
	const struct model *m = daemon_model(s->j.d);
	struct arena *a = s->j.arena;
	Vbrd__Tenant *r = arena_alloc(a, sizeof(*r));
	const struct model_tenant *mt = model_tenant(m, t->name);
	uint32_t first;
	uint32_t end;

	vbrd__tenant__init(r);
	r->name = mgmt_str(a, t->name);
	r->worker = arena_printf(a, "worker-%u", t->worker);
	r->has_vbrs = r->has_vpcs = r->has_peerings = r->has_bgp_peers = true;
	r->has_bgp_peers_established = r->has_routes = r->has_paths = r->has_memory = true;
	model_range(m, MODEL_VBR, t->name, &first, &end);
	r->vbrs = end - first;
	model_range(m, MODEL_VPC, t->name, &first, &end);
	r->vpcs = end - first;
	model_range(m, MODEL_PEERING, t->name, &first, &end);
	r->peerings = end - first;
	r->has_route_quota = mt->quota_route != 0;
	r->route_quota = mt->quota_route;
	for (uint32_t i = 0; i < s->n_insts; i++) {
		if (s->insts[i].tenant != t->id)
			continue;
		r->bgp_peers += s->insts[i].peers;
		r->bgp_peers_established += s->insts[i].established;
		r->routes += s->insts[i].routes;
		r->paths += s->insts[i].paths;
	}
	for (uint32_t i = 0; i < s->n_engines; i++)
		if (s->engines[i].tenant == t->id)
			r->memory += s->engines[i].bytes;
	return r;
}

static void tenant_reply(struct stats_job *s)
{
	const char *filter = rpc_call_request(s->j.call)->show_tenant->name;
	const struct plane *p = daemon_plane(s->j.d);
	Vbrd__Tenants m = VBRD__TENANTS__INIT;
	Vbrd__Tenant *rows[MGMT_CHUNK];
	uint32_t shown = 0;

	m.tenants = rows;
	for (uint32_t i = 0; i < plane_tenant_count(p); i++) {
		if (!mgmt_matches(filter, plane_tenant_at(p, i)->name))
			continue;
		rows[m.n_tenants++] = tenant_row(s, plane_tenant_at(p, i));
		shown++;
		if (m.n_tenants < MGMT_CHUNK)
			continue;
		(void)rpc_reply_chunk(s->j.call, &m.base);
		m.n_tenants = 0;
	}
	(void)rpc_reply_chunk(s->j.call, &m.base);
	if (shown == 0 && filter != NULL && filter[0] != '\0')
		mgmt_job_fail(&s->j, VBRD__STATUS_CODE__NOT_FOUND,
			arena_printf(s->j.arena, "there is no tenant \"%s\": see show tenant",
				filter));
	else
		mgmt_job_end(&s->j, VBRD__STATUS_CODE__OK, NULL);
}

void mgmt_show_tenant(struct rpc_call *call, const Vbrd__Request *req, void *ctx)
{
	(void)req;
	stats_start(call, ctx, tenant_reply);
}

/* VBRs and VPCs */

/* The end of an answer; nothing was shown: is there a name in it that is nowhere? */
static void end_rows(struct stats_job *s, uint32_t shown, const char *tenant, enum model_kind kind,
	const char *name)
{
	const char *unknown = shown == 0 ? mgmt_unknown(s->j.arena, s->j.d, tenant, kind, name) :
					   NULL;

	if (unknown != NULL)
		mgmt_job_fail(&s->j, VBRD__STATUS_CODE__NOT_FOUND, unknown);
	else
		mgmt_job_end(&s->j, VBRD__STATUS_CODE__OK, NULL);
}

static char *addr_text(struct arena *a, const struct ip_addr *ip, uint8_t len)
{
	char s[IP_STRLEN];

	return arena_printf(a, "%s/%u", ip_format(ip, s), len);
}

static const char *link_state(bool on, const struct link_status *st)
{
	if (!on)
		return "disabled";
	return st->error[0] != '\0' && !st->up ? "error" : st->up ? "up" : "down";
}

static Vbrd__Vbr *vbr_row(const struct stats_job *s, const struct plane_instance *pi)
{
	const struct model *m = daemon_model(s->j.d);
	const struct model_vbr *v = model_vbr(m, pi->tenant, pi->name);
	const struct inst_row *row = row_of(s, pi->id);
	struct arena *a = s->j.arena;
	Vbrd__Vbr *r = arena_alloc(a, sizeof(*r));
	char limiter[2 * MODEL_NAME_SIZE];
	struct model_cap cap;
	struct life_view life;

	vbrd__vbr__init(r);
	r->tenant = mgmt_str(a, pi->tenant);
	r->name = mgmt_str(a, pi->name);
	mgmt_put_circuits(a, s->j.d, pi, r);
	mgmt_put_tags(a, v, r);
	if (lives_find(daemon_lives(s->j.d), pi->tenant, pi->name, &life))
		mgmt_put_life(a, &life, r);
	r->has_kernel_table = r->has_mtu = r->has_routes = true;
	r->has_bgp_peers = r->has_bgp_peers_established = true;
	r->kernel_table = pi->table;
	r->mtu = v->mtu;
	cap = model_vbr_cap(m, v);
	r->has_effective_bandwidth = cap.bps != 0;
	r->effective_bandwidth = cap.bps / 1000000;
	r->limited_by = mgmt_str(a, model_cap_text(&cap, limiter, sizeof(limiter)));
	r->routes = row->routes;
	r->bgp_peers = row->peers;
	r->bgp_peers_established = row->established;
	return r;
}

static void vbr_reply(struct stats_job *s)
{
	const Vbrd__ShowVbr *in = rpc_call_request(s->j.call)->show_vbr;
	const struct plane *p = daemon_plane(s->j.d);
	Vbrd__Vbrs m = VBRD__VBRS__INIT;
	Vbrd__Vbr *rows[MGMT_CHUNK];
	struct life_view life;
	uint32_t shown = 0;

	m.vbrs = rows;
	for (uint32_t i = 0; i < plane_instance_count(p); i++) {
		const struct plane_instance *pi = plane_instance_at(p, i);

		if (!pi->is_vbr || !mgmt_matches(in->tenant, pi->tenant) ||
			!mgmt_matches(in->name, pi->name))
			continue;
		rows[m.n_vbrs++] = vbr_row(s, pi);
		shown++;
		if (m.n_vbrs < MGMT_CHUNK)
			continue;
		(void)rpc_reply_chunk(s->j.call, &m.base);
		m.n_vbrs = 0;
	}
	for (uint32_t i = 0;
		m.n_vbrs < MGMT_CHUNK && lives_deleting(daemon_lives(s->j.d), i, &life); i++)
		if (mgmt_matches(in->tenant, life.tenant) && mgmt_matches(in->name, life.vbr))
			rows[m.n_vbrs++] = mgmt_deleting_row(s->j.arena, &life);
	shown += m.n_vbrs;
	(void)rpc_reply_chunk(s->j.call, &m.base);
	end_rows(s, shown, in->tenant, MODEL_VBR, in->name);
}

void mgmt_show_vbr(struct rpc_call *call, const Vbrd__Request *req, void *ctx)
{
	(void)req;
	stats_start(call, ctx, vbr_reply);
}

static Vbrd__VpcInterface *iface_row(const struct stats_job *s, const struct model_iface *f)
{
	struct arena *a = s->j.arena;
	Vbrd__VpcInterface *r = arena_alloc(a, sizeof(*r));
	struct link_status st;

	vbrd__vpc_interface__init(r);
	if (linkplane_status(plane_links(daemon_plane(s->j.d)), f->name, &st) < 0)
		memset(&st, 0, sizeof(st));
	r->name = mgmt_str(a, f->name);
	r->vswitch = mgmt_str(a, f->vswitch);
	r->state = mgmt_str(a, link_state(true, &st));
	r->error = mgmt_str(a, st.error);
	r->has_spoofed = true;
	r->spoofed = plane_spoofed(daemon_plane(s->j.d), f->name);
	r->addresses = arena_calloc(a, f->n_addrs + 1u, sizeof(*r->addresses));
	for (uint8_t i = 0; i < f->n_addrs; i++)
		r->addresses[r->n_addresses++] = addr_text(a, &f->addr[i].addr, f->addr[i].len);
	return r;
}

static void put_vswitches(struct arena *a, const struct model_vpc *v, Vbrd__Vpc *r)
{
	r->vswitches = arena_calloc(a, v->n_vswitches + 1u, sizeof(*r->vswitches));
	for (uint32_t i = 0; i < v->n_vswitches; i++) {
		Vbrd__VpcVswitch *row = arena_alloc(a, sizeof(*row));

		vbrd__vpc_vswitch__init(row);
		row->name = mgmt_str(a, v->vswitches[i].name);
		row->cidr = mgmt_prefix(a, &v->vswitches[i].cidr);
		r->vswitches[r->n_vswitches++] = row;
	}
}

static Vbrd__Vpc *vpc_row(const struct stats_job *s, const struct plane_instance *pi)
{
	const struct model_vpc *v = model_vpc(daemon_model(s->j.d), pi->tenant, pi->name);
	struct arena *a = s->j.arena;
	Vbrd__Vpc *r = arena_alloc(a, sizeof(*r));
	const struct inst_row *row = row_of(s, pi->id);
	const char *state = "up";

	vbrd__vpc__init(r);
	r->tenant = mgmt_str(a, pi->tenant);
	r->name = mgmt_str(a, pi->name);
	r->has_kernel_table = r->has_routes = true;
	r->kernel_table = pi->table;
	r->routes = row->routes;
	r->has_spoofed = r->has_strayed = true;
	r->strayed = plane_strayed(daemon_plane(s->j.d), pi);
	r->has_route_limit = v->limit_max != 0;
	r->has_limited_routes_ipv4 = r->has_limited_routes_ipv6 = r->has_route_limit;
	r->route_limit = v->limit_max;
	r->limited_routes_ipv4 = row->places[BGP_FAMILY_IP4];
	r->limited_routes_ipv6 = row->places[BGP_FAMILY_IP6];
	r->cidr = arena_calloc(a, v->n_cidrs + 1u, sizeof(*r->cidr));
	for (uint32_t i = 0; i < v->n_cidrs; i++)
		r->cidr[r->n_cidr++] = mgmt_prefix(a, &v->cidrs[i]);
	r->interfaces = arena_calloc(a, v->n_ifaces + 1u, sizeof(*r->interfaces));
	for (uint32_t i = 0; i < v->n_ifaces; i++) {
		r->interfaces[i] = iface_row(s, &v->ifaces[i]);
		r->spoofed += r->interfaces[i]->spoofed;
		if (strcmp(r->interfaces[i]->state, "up") == 0)
			continue;
		state = r->interfaces[i]->state;
		if (r->error == NULL)
			r->error = r->interfaces[i]->error;
	}
	r->n_interfaces = v->n_ifaces;
	put_vswitches(a, v, r);
	r->state = mgmt_str(a, state);
	return r;
}

static void vpc_reply(struct stats_job *s)
{
	const Vbrd__ShowVpc *in = rpc_call_request(s->j.call)->show_vpc;
	const struct plane *p = daemon_plane(s->j.d);
	Vbrd__Vpcs m = VBRD__VPCS__INIT;
	Vbrd__Vpc *rows[MGMT_CHUNK];
	uint32_t shown = 0;

	m.vpcs = rows;
	for (uint32_t i = 0; i < plane_instance_count(p); i++) {
		const struct plane_instance *pi = plane_instance_at(p, i);

		if (pi->is_vbr || !mgmt_matches(in->tenant, pi->tenant) ||
			!mgmt_matches(in->name, pi->name))
			continue;
		rows[m.n_vpcs++] = vpc_row(s, pi);
		shown++;
		if (m.n_vpcs < MGMT_CHUNK)
			continue;
		(void)rpc_reply_chunk(s->j.call, &m.base);
		m.n_vpcs = 0;
	}
	(void)rpc_reply_chunk(s->j.call, &m.base);
	end_rows(s, shown, in->tenant, MODEL_VPC, in->name);
}

void mgmt_show_vpc(struct rpc_call *call, const Vbrd__Request *req, void *ctx)
{
	(void)req;
	stats_start(call, ctx, vpc_reply);
}
