/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Edits: each puts an object that is new in some or in all points, or takes one away. Names are
 * few, so that they meet.
 */
#include "tests/vbr/model/edits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/xalloc.h"
#include "tests/cu_main.h"
#include "tests/vbr/model/kit.h"
#include "vbr/model/failover/group.h"

static const char *const tenants[] = { "acme", "globex", "initech" };
static const char *const names[] = { "a", "b", "c", "d" };
static const char *const lines[] = { "pc-1", "pc-2", "pc-3" };
static const char *const devices[] = { "eth1", "eth2", "eth3", "eth4", "eth5" };

#define ONE_OF(array) ((array)[cu_random_below(ARRAY_SIZE(array))])

static bool rarely(void)
{
	return cu_random_below(6) == 0;
}

static char *set(char *dst, const char *name)
{
	snprintf(dst, MODEL_NAME_SIZE, "%.*s", MODEL_NAME_SIZE - 1, name);
	return dst;
}

static struct model_obj *put(struct model *m, enum model_kind kind, const char *tenant,
	const char *name)
{
	struct model_obj *o = model_obj_new(kind, tenant, name, "");

	o->path = xasprintf("%d:%s/%s", (int)kind, tenant, name);
	model_put(m, o);
	return o;
}

static void edit_system(struct model *m)
{
	struct model_system *s = (struct model_system *)put(m, MODEL_SYSTEM, "", "");

	s->default_local_as = rarely() ? 65001 : 45104;
	s->router_id = cu_random_below(2);
	s->gshut = rarely();
	set(s->region, ONE_OF(names));
}

static void edit_line(struct model *m)
{
	const char *name = ONE_OF(lines);
	struct model_physconn *pc = kit_physconn(m, name, ONE_OF(devices));

	pc->bandwidth_bps = 1000000000;
	pc->enabled = !rarely();
	if (cu_random_below(2))
		set(pc->line.owner, ONE_OF(tenants));
	if (!rarely())
		set(pc->access_point, "hall");
	if (rarely())
		set(pc->line.redundant_with, ONE_OF(lines));
	if (rarely()) {
		const int64_t from_s = 1 + cu_random_below(60);

		/* Of all that passes in pass_time. */
		pc->line.subscription = (struct subscription){ from_s, from_s + 10, from_s + 20 };
	}
	for (uint32_t n = cu_random_below(3); n > 0; n--) {
		struct model_hosted *h = kit_hosted(m, name, ONE_OF(names), ONE_OF(tenants),
			10 + 600 * rarely());

		h->vlan_id = (uint16_t)(1 + cu_random_below(6));
		h->owner_pays = rarely();
	}
}

/*
 * A line as it is goes to another tenant, or to another place. edit_line seldom gets so far: what
 * stands on the line mostly does not bear all that is new then.
 */
static void edit_lease(struct model *m)
{
	const char *name = ONE_OF(lines);
	const struct model_physconn *was = model_physconn(m, name);
	struct model_physconn *pc;

	if (was == NULL)
		return;
	was = (const struct model_physconn *)model_obj_ref((struct model_obj *)(uintptr_t)was);
	pc = kit_physconn(m, name, was->interface);
	pc->bandwidth_bps = was->bandwidth_bps;
	pc->enabled = was->enabled;
	pc->line = was->line;
	pc->line.hosted = xcalloc(was->line.n_hosted + 1, sizeof(*pc->line.hosted));
	for (uint32_t i = 0; i < was->line.n_hosted; i++)
		pc->line.hosted[i] = was->line.hosted[i];
	set(pc->access_point, was->access_point);
	if (cu_random_below(2))
		set(pc->access_point, pc->access_point[0] != '\0' ? "" : "hall");
	else
		set(pc->line.owner, ONE_OF(tenants));
	model_obj_unref((struct model_obj *)(uintptr_t)was);
}

/* A pair is said on both sides. */
static void edit_pair(struct model *m)
{
	for (int i = 0; i < 2; i++)
		set(kit_physconn(m, lines[i], devices[i])->line.redundant_with, lines[1 - i]);
}

/* Mostly there is room: who is over a quota of a tenant that is gone keeps it from coming back. */
static void edit_tenant(struct model *m)
{
	struct model_tenant *t = kit_tenant(m, ONE_OF(tenants));

	if (cu_random_below(2))
		return;
	t->quota[MODEL_QUOTA_LINE] = 1;
	t->quota[MODEL_QUOTA_VBR] = 1 + cu_random_below(4);
	t->quota[MODEL_QUOTA_VPC] = 1 + cu_random_below(4);
	t->quota[MODEL_QUOTA_PEERING] = 1 + cu_random_below(4);
	t->quota[MODEL_QUOTA_VBR_PEERING] = 1 + cu_random_below(3);
	t->quota[MODEL_QUOTA_VPC_PEERING] = 1 + cu_random_below(3);
	t->quota[MODEL_QUOTA_PEER] = cu_random_below(3);
	t->quota[MODEL_QUOTA_VPC_STATIC] = cu_random_below(3);
	if (rarely())
		t->quota[MODEL_QUOTA_IDLE_VBR] = cu_random_below(3);
}

static void edit_policy(struct model *m)
{
	const char *tenant = rarely() ? "" : ONE_OF(tenants);
	struct model_policy *p = kit_policy(m, tenant, ONE_OF(names), ONE_OF(names));

	if (rarely())
		kit_name(&p->uses[MODEL_POLICY_PREFIX_LIST], ONE_OF(names));
	p->map_sets = xcalloc(1, 1);
	p->map_sets[0] = rarely() ? MODEL_MAP_WEIGHT : 0;
}

static void edit_vpc(struct model *m)
{
	char cidr[32];
	struct model_vpc *v;

	snprintf(cidr, sizeof(cidr), "172.%u.0.0/16", 16 + cu_random_below(6));
	v = kit_vpc(m, ONE_OF(tenants), ONE_OF(names), cidr);
	if (rarely())
		set(v->region, ONE_OF(names));
	if (rarely())
		kit_iface(v, ONE_OF(devices), "", 0);
	for (uint32_t n = cu_random_below(3); n > 0; n--)
		kit_vpc_static(v, "192.168.0.0/16")->blackhole = true;
}

/* Mostly one that may be: on another line than the first, of the same kind, with its own subnet. */
static void add_circuit(struct model_vbr *v)
{
	struct model_circuit *c = model_vbr_add_circuit(v);

	do
		set(c->physconn, ONE_OF(lines));
	while (!rarely() && strcmp(c->physconn, v->circuits[0].physconn) == 0);
	c->vlan_id = (uint16_t)(rarely() ? 0 : 1 + cu_random_below(12));
	if (v->circuits[0].hosted[0] != '\0')
		set(c->hosted, ONE_OF(names));
	c->disabled = rarely();
	c->ipv4 = (struct model_link){ kit_addr("10.0.0.9"), kit_addr("10.0.0.10"), 30 };
}

static void edit_vbr(struct model *m)
{
	struct model_vbr *v = kit_vbr(m, ONE_OF(tenants), ONE_OF(names), ONE_OF(lines),
		(uint16_t)(rarely() ? 0 : 1 + cu_random_below(12)));

	v->enabled = !rarely();
	if (rarely())
		set(v->circuits[0].hosted, ONE_OF(names));
	if (rarely())
		set(v->qos, ONE_OF(names));
	if (rarely())
		v->circuits[0].bandwidth_bps = 1000000;
	if (cu_random_below(6) == 0)
		add_circuit(v);
	v->gshut = rarely();
	for (uint32_t n = cu_random_below(3); n > 0; n--) {
		struct model_peer *p = kit_peer(v, "10.0.0.2", rarely() ? 45104 : 65002);

		p->role = rarely();
		if (rarely())
			set(p->import_policy, ONE_OF(names));
	}
}

static void edit_qos(struct model *m)
{
	(void)put(m, MODEL_QOS, ONE_OF(tenants), ONE_OF(names));
}

static struct model_end random_end(const char *tenant)
{
	return cu_random_below(2) ? kit_end_vbr(tenant, ONE_OF(names)) :
				    kit_end_vpc(tenant, ONE_OF(names));
}

static void edit_peering(struct model *m)
{
	const char *tenant = ONE_OF(tenants);
	const char *other = cu_random_below(2) ? tenant : ONE_OF(tenants);
	struct model_peering *p = kit_peering(m, tenant, ONE_OF(names), random_end(tenant),
		random_end(other));

	p->transit = true;
	if (rarely())
		p->weight = 0;
	if (rarely())
		set(p->export_policy, ONE_OF(names));
}

/* A connection that exists may be accepted in the words that are right. */
static void consent(struct model *m, int64_t until_s)
{
	const struct model_peering *p;

	if (m->of[MODEL_PEERING].n == 0)
		return;
	p = (const struct model_peering *)m->of[MODEL_PEERING]
		    .v[cu_random_below(m->of[MODEL_PEERING].n)];
	kit_accept(m, p->acceptor.tenant, p->initiator.tenant, p->obj.name, p->acceptor.name)
		->until_s = until_s;
}

static void edit_consent(struct model *m)
{
	consent(m, cu_random_below(2) * cu_random_below(100));
}

static void edit_accept(struct model *m)
{
	struct model_accept *a = kit_accept(m, ONE_OF(tenants), ONE_OF(tenants), ONE_OF(names),
		ONE_OF(names));

	if (cu_random_below(2))
		a->until_s = cu_random_below(100);
}

static const struct model_vbr *any_vbr(const struct model *m)
{
	const uint32_t n = m->of[MODEL_VBR].n;

	return n == 0 ? NULL : (const struct model_vbr *)m->of[MODEL_VBR].v[cu_random_below(n)];
}

/* A VBR gets a share that is there, and is its tenant's. */
static void edit_share(struct model *m)
{
	const struct model_vbr *v = any_vbr(m);
	const struct model_hosted *h;
	const struct model_physconn *pc;
	struct model_vbr *on;

	if (v == NULL)
		return;
	pc = model_physconn(m, v->circuits[0].physconn);
	if (pc == NULL || pc->line.n_hosted == 0)
		return;
	h = &pc->line.hosted[cu_random_below(pc->line.n_hosted)];
	on = kit_vbr(m, h->tenant, ONE_OF(names), pc->obj.name, 0);
	set(on->circuits[0].hosted, h->name);
}

/* Who must consent to a VBR does, or takes it back. */
static void edit_vbr_consent(struct model *m)
{
	const struct model_vbr *v = any_vbr(m);
	const struct model_physconn *pc = v == NULL ? NULL :
						      model_physconn(m, v->circuits[0].physconn);
	const bool is_hosted = v != NULL && v->circuits[0].hosted[0] != '\0';

	if (pc == NULL || (!is_hosted && pc->line.owner[0] == '\0'))
		return;
	if (model_circuit_consent(m, v, &v->circuits[0]) != NULL && cu_random_below(2)) {
		const struct model_obj o = *model_circuit_consent(m, v, &v->circuits[0]);

		model_del(m, o.kind, o.tenant, o.name, o.name2);
	} else if (is_hosted) {
		kit_consent(m, MODEL_ACCEPT_HOSTED, v->obj.tenant, v->circuits[0].physconn,
			v->circuits[0].hosted);
	} else {
		kit_consent(m, MODEL_ACCEPT_VBR, pc->line.owner, v->obj.name, v->obj.tenant);
	}
}

static void edit_reject(struct model *m)
{
	kit_consent(m, MODEL_REJECT, ONE_OF(tenants), ONE_OF(names), ONE_OF(tenants));
}

static void edit_failover(struct model *m)
{
	struct model_failover *f = (struct model_failover *)put(m, MODEL_FAILOVER, ONE_OF(tenants),
		ONE_OF(names));

	set(f->member[0], ONE_OF(names));
	set(f->member[1], ONE_OF(names));
	f->mode = cu_random_below(2) ? FAILOVER_LOAD_SHARE : FAILOVER_ACTIVE_STANDBY;
}

/* The clock may be set back. */
static void pass_time(struct model *m)
{
	m->now_s = cu_random_below(100);
}

static void take(struct model *m, const struct model_obj *o)
{
	char tenant[MODEL_NAME_SIZE];
	char name[MODEL_NAME_SIZE];
	char name2[MODEL_NAME_SIZE];

	model_del(m, o->kind, set(tenant, o->tenant), set(name, o->name), set(name2, o->name2));
}

/* It stands inside the tenant in the configuration. */
static void take_all_of(struct model *m, const char *tenant)
{
	for (int k = 0; k < MODEL_KIND_COUNT; k++)
		for (uint32_t i = m->of[k].n; i-- > 0;)
			if (strcmp(m->of[k].v[i]->tenant, tenant) == 0)
				take(m, m->of[k].v[i]);
}

static void take_away(struct model *m)
{
	const enum model_kind kind = (enum model_kind)(1 + cu_random_below(MODEL_KIND_COUNT - 1));
	const uint32_t n = m->of[kind].n;
	char tenant[MODEL_NAME_SIZE];

	if (n == 0)
		return;
	if (kind == MODEL_TENANT)
		take_all_of(m, set(tenant, m->of[kind].v[cu_random_below(n)]->tenant));
	else
		take(m, m->of[kind].v[cu_random_below(n)]);
}

static void (*const edits[])(struct model *m) = { edit_system, edit_line, edit_lease, edit_pair,
	edit_tenant, edit_policy, edit_vpc, edit_vbr, edit_vbr, edit_qos, edit_peering,
	edit_peering, edit_accept, edit_consent, edit_consent, edit_share, edit_vbr_consent,
	edit_vbr_consent, edit_reject, edit_failover, pass_time, take_away, take_away, take_away };

struct model *edits_next(const struct model *m)
{
	struct model *next = model_copy(m);

	for (uint32_t n = 1 + cu_random_below(3); n > 0; n--)
		ONE_OF(edits)(next);
	return next;
}

struct model *edits_world(void)
{
	struct model *m = model_new();

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		kit_physconn(m, lines[i], devices[i]);
	for (size_t i = 0; i < ARRAY_SIZE(tenants); i++)
		kit_tenant(m, tenants[i]);
	CU_ASSERT(kit_is_right(m));
	return m;
}
