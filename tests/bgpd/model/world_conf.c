/* SPDX-License-Identifier: Apache-2.0 */
/* Instances, connections, policies: what is configured, and how it changes. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "tests/bgpd/model/world.h"
#include "tests/cu_main.h"

#define LINK_IFINDEX 10
#define EDGE_IFINDEX 100
#define MEMBER_AS    65010
#define CONFED_ID    100

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

static struct bgp_link link_of(unsigned n, uint8_t host)
{
	if (n >= REF_VBRS)
		return (struct bgp_link){ 0 };
	return (struct bgp_link){
		.ifindex = LINK_IFINDEX + n,
		.up = true,
		.local4 = ip4(n + 1, host),
		.local6 = ip6(n + 1, host),
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
		.decision = i->decision,
		.link_bandwidth = i->link_bandwidth,
		.advertise = i->advertise,
		.cluster_id = i->cluster_id,
		.clients_meshed = i->clients_meshed,
		.places = i->places,
		.confed_id = i->confed_id,
		.confed_member = { i->confed_id ? i->member : 0 },
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
		.member = MEMBER_AS,
		.link = link_of(n, 1),
	};
	if (n < REF_VBRS && world_chance(w, WORLD_CONFED, 2))
		i->confed_id = CONFED_ID;
	conf = conf_of(i);
	w->inst[n] = bgp_instance_new(w->e, &conf, &i->link, 1);
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

/*
 * Operations on what is configured
 */

static void random_decision(struct world *w, struct ref_instance *i)
{
	const uint32_t dice = world_below(w, 16);

	i->decision.med_always = dice & 1;
	i->decision.med_missing = dice & 2;
	i->decision.relax = dice & 4;
	i->link_bandwidth = dice & 8;
}

/* What routes mean is otherwise: what is kept of those who are away goes. */
static void random_speaker(struct world *w, unsigned n)
{
	struct ref_instance *i = &w->ref.inst[n];

	i->confed_id = world_below(w, 2) ? CONFED_ID : 0;
	for (unsigned k = 0; k < REF_PEERS; k++) {
		struct world_peer *wp = &w->peer[k];
		const struct ref_peer *p = world_ref(wp);
		const struct ref_session now = ref_peer_session(&w->ref, p);

		if (p->is && p->inst == n && !p->up &&
			(now.local_as != p->s.local_as || now.confed != p->s.confed))
			world_forget_kept(wp);
	}
}

static void random_places(struct world *w, unsigned n)
{
	struct ref_instance *i = &w->ref.inst[n];
	const uint32_t most = i->places = world_below(w, 5);

	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++) {
		if (!most || most > w->places_max[n][f])
			w->places_max[n][f] = most ? most : REF_PREFIXES;
	}
}

static void step_instance(struct world *w)
{
	const unsigned n = world_below(w, REF_INSTANCES);
	struct ref_instance *i = &w->ref.inst[n];
	struct bgp_instance_conf conf;

	if (world_chance(w, WORLD_DECISION, 2))
		random_decision(w, i);
	else if (n < REF_VBRS && world_chance(w, WORLD_CONFED, 6))
		random_speaker(w, n);
	else if (world_chance(w, WORLD_LIMIT, 3))
		random_places(w, n);
	else if (world_chance(w, WORLD_REFLECT, 3)) {
		i->cluster_id = world_below(w, 2) ? 0x0a000001 + world_below(w, 6) : 0;
		i->clients_meshed = world_below(w, 2);
	} else if (world_below(w, 2))
		i->max_paths = (uint8_t)(1 + world_below(w, 4));
	else
		i->advertise = (uint8_t)world_below(w, EXPORT_ADVERTISE_NONE + 1);
	conf = conf_of(i);
	world_note(w,
		"instance %u: max-paths %u advertise %u confed %u cluster %x meshed %d med %d%d "
		"relax %d bandwidth %d places %u",
		n, i->max_paths, i->advertise, i->confed_id, i->cluster_id, i->clients_meshed,
		i->decision.med_always, i->decision.med_missing, i->decision.relax,
		i->link_bandwidth, i->places);
	bgp_instance_reconf(w->inst[n], &conf);
}

static void step_aggregates(struct world *w)
{
	const unsigned n = world_below(w, REF_INSTANCES);
	struct ref_instance *i = &w->ref.inst[n];
	struct bgp_aggregate v[REF_AGGREGATES];
	bool taken[REF_PREFIXES] = { false };

	i->n_aggregates = 0;
	for (unsigned k = world_below(w, REF_AGGREGATES + 1); k; k--) {
		struct ref_aggregate *a = &i->aggregate[i->n_aggregates];

		*a = (struct ref_aggregate){
			.pfx = (uint8_t)world_below(w, REF_PREFIXES),
			.summary_only = world_below(w, 2),
			.policy = (uint8_t)(world_below(w, 2) ? world_below(w, REF_MAPS + 1) : 0),
		};
		if (taken[a->pfx])
			continue;
		taken[a->pfx] = true;
		v[i->n_aggregates] = (struct bgp_aggregate){
			.pfx = w->ref.pfx[a->pfx],
			.summary_only = a->summary_only,
		};
		(void)snprintf(v[i->n_aggregates].policy, sizeof(v[0].policy), "%s",
			world_map_name(a->policy));
		i->n_aggregates++;
	}
	world_note(w, "instance %u: %u aggregates", n, i->n_aggregates);
	bgp_instance_set_aggregates(w->inst[n], v, i->n_aggregates);
}

static void step_link(struct world *w)
{
	const unsigned n = world_below(w, REF_VBRS);
	struct ref_instance *i = &w->ref.inst[n];
	const struct bgp_link old = i->link;
	const uint32_t dice = world_below(w, 8);

	i->link = link_of(n, dice == 0 ? 2 : 1);
	i->link.up = dice != 1;
	if (dice == 2)
		i->link.ifindex = 0;
	if (dice == 3)
		i->link.ifindex += 2; /* it was away, and is back */
	if (dice == 4)
		i->link.gateway4 = i->link.gateway6 = (struct ip_addr){ 0 };
	if (dice == 5)
		i->link.gateway4 = ip4(n + 1, 253);
	world_note(w, "instance %u: link of kind %u", n, dice);
	for (unsigned k = 0; k < REF_PEERS; k++) {
		struct world_peer *wp = &w->peer[k];
		const struct ref_peer *p = world_ref(wp);
		const bool readdressed = p->addr.family == AF_INET ?
			!ip_is_equal(&old.local4, &i->link.local4) :
			!ip_is_equal(&old.local6, &i->link.local6);

		if (p->is && p->inst == n && !p->up &&
			(readdressed || !i->link.up || !i->link.ifindex))
			world_forget_kept(wp);
	}
	bgp_instance_set_links(w->inst[n], &i->link, 1);
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
	char name[64];

	if (i->local[kind][pfx].is && world_below(w, 4))
		memset(&i->local[kind][pfx], 0, sizeof(i->local[kind][pfx]));
	else
		i->local[kind][pfx] = random_local(w, n, kind);
	world_note(w, "instance %u: local of kind %u, %s: %d", n, kind,
		prefix_format(&w->ref.pfx[pfx], name), i->local[kind][pfx].is);
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

void world_conf_step(struct world *w)
{
	const uint32_t dice = world_below(w, 60);

	if (dice < 24)
		step_locals(w);
	else if (dice < 34)
		step_edge(w);
	else if (dice < 44)
		step_instance(w);
	else if (dice < 48)
		step_policy(w);
	else if (dice < 49)
		step_cidrs(w);
	else if (dice < 54 && world_chance(w, WORLD_AGGREGATE, 1))
		step_aggregates(w);
	else if (dice < 57 && world_chance(w, WORLD_LINK, 1))
		step_link(w);
	else
		step_policy(w);
}

void world_conf_init(struct world *w)
{
	for (unsigned i = 0; i < REF_INSTANCES; i++)
		instance_init(w, i);
	edges_init(w);
}
