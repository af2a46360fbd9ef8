/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The world of the tests of the model.
 */
#include "tests/vbr/model/kit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/xalloc.h"
#include "tests/cu_main.h"

struct ip_addr kit_addr(const char *s)
{
	struct ip_addr a;

	CU_ASSERT_EQUAL_FATAL(ip_parse(s, &a), 0);
	return a;
}

struct prefix kit_prefix(const char *s)
{
	struct prefix p;

	CU_ASSERT_EQUAL_FATAL(prefix_parse(s, &p), 0);
	return p;
}

static struct model_obj *add(struct model *m, enum model_kind kind, const char *tenant,
	const char *name, const char *name2)
{
	static const char *const words[] = {
		[MODEL_SYSTEM] = "system",
		[MODEL_POLICY] = "policy",
		[MODEL_PHYSCONN] = "physical-connection",
		[MODEL_TENANT] = "tenant",
		[MODEL_VPC] = "vpc",
		[MODEL_VBR] = "vbr",
		[MODEL_PEERING] = "peering",
		[MODEL_ACCEPT] = "accept-peering",
		[MODEL_REJECT] = "reject-peering",
		[MODEL_ACCEPT_HOSTED] = "accept-hosted",
		[MODEL_ACCEPT_VBR] = "accept-vbr",
		[MODEL_FAILOVER] = "failover-group",
	};
	struct model_obj *o = model_obj_new(kind, tenant, name, name2);

	o->path = xasprintf("%s:%s/%s", words[kind], tenant, name);
	model_put(m, o);
	return o;
}

struct model_physconn *kit_physconn(struct model *m, const char *name, const char *interface)
{
	struct model_physconn *p = (struct model_physconn *)add(m, MODEL_PHYSCONN, "", name, "");

	snprintf(p->interface, sizeof(p->interface), "%s", interface);
	p->enabled = true;
	return p;
}

struct model_tenant *kit_tenant(struct model *m, const char *name)
{
	struct model_tenant *t = (struct model_tenant *)add(m, MODEL_TENANT, name, "", "");

	for (unsigned q = 0; q < MODEL_QUOTA_COUNT; q++)
		t->quota[q] = model_quota_row((enum model_quota)q)->fallback;
	return t;
}

void kit_cidr(struct model_vpc *v, const char *cidr)
{
	v->cidrs = xreallocarray(v->cidrs, v->n_cidrs + 1, sizeof(*v->cidrs));
	v->cidrs[v->n_cidrs++] = kit_prefix(cidr);
}

void kit_iface(struct model_vpc *v, const char *name, const char *address, uint8_t len)
{
	struct model_iface *f;

	v->ifaces = xreallocarray(v->ifaces, v->n_ifaces + 1, sizeof(*v->ifaces));
	f = &v->ifaces[v->n_ifaces++];
	memset(f, 0, sizeof(*f));
	snprintf(f->name, sizeof(f->name), "%s", name);
	if (address[0] == '\0')
		return;
	f->addr[0].addr = kit_addr(address);
	f->addr[0].len = len;
	f->n_addrs = 1;
}

struct model_vpc *kit_vpc(struct model *m, const char *tenant, const char *name, const char *cidr)
{
	struct model_vpc *v = (struct model_vpc *)add(m, MODEL_VPC, tenant, name, "");

	v->max_paths = 8;
	kit_cidr(v, cidr);
	return v;
}

struct model_vbr *kit_vbr(struct model *m, const char *tenant, const char *name,
	const char *physconn, uint16_t vlan)
{
	struct model_vbr *v = (struct model_vbr *)add(m, MODEL_VBR, tenant, name, "");

	v->enabled = true;
	v->mtu = 1500;
	v->max_paths = 8;
	v->circuits[0].vlan_id = vlan;
	snprintf(v->circuits[0].physconn, sizeof(v->circuits[0].physconn), "%s", physconn);
	v->circuits[0].ipv4 = (struct model_link){ kit_addr("10.0.0.1"), kit_addr("10.0.0.2"), 30 };
	return v;
}

struct model_peer *kit_peer(struct model_vbr *v, const char *address, uint32_t peer_as)
{
	struct model_peer *p;

	/* Room for all: others hold on to theirs. */
	if (v->peers == NULL)
		v->peers = xcalloc(MODEL_MAX_PEERS, sizeof(*v->peers));
	p = &v->peers[v->n_peers++];

	v->has_bgp = true;
	p->address = kit_addr(address);
	p->enabled = true;
	p->peer_as = peer_as;
	p->hold_s = 30;
	p->keepalive_s = 10;
	return p;
}

static struct model_static *add_static(struct model_static **v, uint32_t *n, const char *prefix)
{
	struct model_static *s;

	*v = xreallocarray(*v, *n + 1, sizeof(**v));
	s = &(*v)[(*n)++];
	memset(s, 0, sizeof(*s));
	s->pfx = kit_prefix(prefix);
	return s;
}

struct model_static *kit_vbr_static(struct model_vbr *v, const char *prefix)
{
	return add_static(&v->statics, &v->n_statics, prefix);
}

struct model_static *kit_vpc_static(struct model_vpc *v, const char *prefix)
{
	return add_static(&v->statics, &v->n_statics, prefix);
}

static struct model_end make_end(const char *tenant, bool is_vbr, const char *name)
{
	struct model_end e = { .is_vbr = is_vbr };

	snprintf(e.tenant, sizeof(e.tenant), "%s", tenant);
	snprintf(e.name, sizeof(e.name), "%s", name);
	return e;
}

struct model_end kit_end_vbr(const char *tenant, const char *name)
{
	return make_end(tenant, true, name);
}

struct model_end kit_end_vpc(const char *tenant, const char *name)
{
	return make_end(tenant, false, name);
}

struct model_peering *kit_peering(struct model *m, const char *tenant, const char *name,
	struct model_end initiator, struct model_end acceptor)
{
	struct model_peering *p = (struct model_peering *)add(m, MODEL_PEERING, tenant, name, "");

	p->enabled = true;
	p->initiator = initiator;
	p->acceptor = acceptor;
	p->weight = 100;
	return p;
}

struct model_accept *kit_accept(struct model *m, const char *tenant, const char *initiator,
	const char *peering, const char *vpc)
{
	struct model_accept *a = (struct model_accept *)add(m, MODEL_ACCEPT, tenant, peering,
		initiator);

	snprintf(a->vpc, sizeof(a->vpc), "%s", vpc);
	return a;
}

void kit_name(struct model_names *names, const char *name)
{
	if (name[0] == '\0')
		return;
	names->v = xreallocarray(names->v, names->n + 1, sizeof(*names->v));
	snprintf(names->v[names->n++], MODEL_NAME_SIZE, "%s", name);
}

struct model_policy *kit_policy(struct model *m, const char *tenant, const char *map,
	const char *list)
{
	struct model_policy *p = (struct model_policy *)add(m, MODEL_POLICY, tenant, "", "");

	kit_name(&p->has[MODEL_POLICY_MAP], map);
	kit_name(&p->has[MODEL_POLICY_PREFIX_LIST], list);
	return p;
}

struct model *kit_new(void)
{
	struct model *m = model_new();

	kit_physconn(m, "pc-1", "eth1");
	kit_physconn(m, "pc-2", "eth2");
	kit_tenant(m, "acme");
	kit_tenant(m, "globex");
	kit_iface(kit_vpc(m, "acme", "prod", "172.16.0.0/16"), "vpc-prod", "172.16.0.1", 24);
	kit_iface(kit_vpc(m, "globex", "prod", "172.16.0.0/16"), "vpc-glob", "172.16.0.1", 24);
	kit_peer(kit_vbr(m, "acme", "hz-a", "pc-1", 100), "10.0.0.2", 65001);
	kit_peer(kit_vbr(m, "globex", "hz-g", "pc-1", 200), "10.0.0.2", 65001);
	kit_peering(m, "acme", "hz-a-prod", kit_end_vbr("acme", "hz-a"),
		kit_end_vpc("acme", "prod"));
	return m;
}

/* model_get lends const; the array itself does not. */
static struct model_obj *find(struct model *m, enum model_kind kind, const char *tenant,
	const char *name)
{
	for (uint32_t i = 0; i < m->of[kind].n; i++)
		if (strcmp(m->of[kind].v[i]->tenant, tenant) == 0 &&
			strcmp(m->of[kind].v[i]->name, name) == 0)
			return m->of[kind].v[i];
	CU_FAIL_FATAL("no such object in the kit");
	return NULL;
}

struct model_vbr *kit_hz_a(struct model *m)
{
	return (struct model_vbr *)find(m, MODEL_VBR, "acme", "hz-a");
}

struct model_vpc *kit_prod(struct model *m)
{
	return (struct model_vpc *)find(m, MODEL_VPC, "acme", "prod");
}

struct model_peering *kit_hz_a_prod(struct model *m)
{
	return (struct model_peering *)find(m, MODEL_PEERING, "acme", "hz-a-prod");
}

struct model_tenant *kit_acme(struct model *m)
{
	return (struct model_tenant *)find(m, MODEL_TENANT, "acme", "");
}

bool kit_is_refused(const struct model *m, const char *path, const char *text)
{
	struct errbuf err;
	char *all;
	bool ok;

	errbuf_init(&err);
	ok = model_check(m, &err) == -EINVAL && err.n == 1 &&
		strcmp(err.items[0].text, text) == 0 && err.items[0].path != NULL &&
		strcmp(err.items[0].path, path) == 0;
	all = errbuf_format(&err);
	if (!ok)
		printf("# wanted %s: %s\n# got %s\n", path, text, all);
	free(all);
	errbuf_fini(&err);
	return ok;
}

void kit_refuse_all(const struct kit_refusal *refusals, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct kit_refusal *r = &refusals[i];
		struct model *m = kit_new();
		bool ok;

		r->spoil(m);
		ok = kit_is_refused(m, r->path, r->text);
		if (!ok)
			printf("# of %s\n", r->name);
		CU_ASSERT_TRUE(ok);
		model_free(m);
	}
}

bool kit_is_right(const struct model *m)
{
	struct errbuf err;
	char *all;
	bool ok;

	errbuf_init(&err);
	ok = model_check(m, &err) == 0;
	all = errbuf_format(&err);
	if (!ok)
		printf("# got %s\n", all);
	free(all);
	errbuf_fini(&err);
	return ok;
}

struct model_ao_key *kit_ao_key(struct model_peer *p, uint8_t id, uint8_t receive_id)
{
	struct model_ao_key *k = &p->ao[p->n_ao++];

	*k = (struct model_ao_key){ .id = id, .receive_id = receive_id, .secret = "s3cret" };
	return k;
}

struct model_physconn *kit_pc(struct model *m, const char *name)
{
	return (struct model_physconn *)find(m, MODEL_PHYSCONN, "", name);
}

struct model_hosted *kit_hosted(struct model *m, const char *connection, const char *name,
	const char *tenant, uint32_t mbps)
{
	struct model_line *l = &kit_pc(m, connection)->line;
	struct model_hosted *h;

	l->hosted = xreallocarray(l->hosted, l->n_hosted + 1, sizeof(*l->hosted));
	h = &l->hosted[l->n_hosted++];
	memset(h, 0, sizeof(*h));
	snprintf(h->name, sizeof(h->name), "%s", name);
	snprintf(h->tenant, sizeof(h->tenant), "%s", tenant);
	h->bandwidth_bps = (uint64_t)mbps * 1000000;
	h->vlan_id = (uint16_t)(1000 + l->n_hosted);
	return h;
}

void kit_consent(struct model *m, enum model_kind kind, const char *tenant, const char *name,
	const char *name2)
{
	(void)add(m, kind, tenant, name, name2);
}
