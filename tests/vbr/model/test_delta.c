/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a commit touches. The check of what is touched is held against the check of everything, over
 * random edits of a small world in which names meet: who is touched too little is a fault that only
 * the whole check sees.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/xalloc.h"
#include "tests/cu_main.h"
#include "tests/vbr/model/kit.h"
#include "vbr/model/delta.h"
#include "vbr/model/failover/group.h"

#define ROUNDS 4000

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
	snprintf(dst, MODEL_NAME_SIZE, "%s", name);
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

/* Edits: each puts an object that is new in some or in all points, or takes one away. */

static void edit_system(struct model *m)
{
	struct model_system *s = (struct model_system *)put(m, MODEL_SYSTEM, "", "");

	s->default_local_as = rarely() ? 65001 : 45104;
	s->router_id = cu_random_below(2);
}

static void edit_line(struct model *m)
{
	const char *name = ONE_OF(lines);
	struct model_physconn *pc = kit_physconn(m, name, ONE_OF(devices));

	pc->bandwidth_bps = 1000000000;
	if (rarely())
		set(pc->line.owner, ONE_OF(tenants));
	if (rarely())
		set(pc->line.redundant_with, ONE_OF(lines));
	for (uint32_t n = cu_random_below(3); n > 0; n--)
		kit_hosted(m, name, ONE_OF(names), ONE_OF(tenants), 10 + 600 * rarely())
			->vlan_id = (uint16_t)(1 + cu_random_below(6));
}

/* A pair is said on both sides. */
static void edit_pair(struct model *m)
{
	for (int i = 0; i < 2; i++)
		set(kit_physconn(m, lines[i], devices[i])->line.redundant_with, lines[1 - i]);
}

static void edit_tenant(struct model *m)
{
	struct model_tenant *t = kit_tenant(m, ONE_OF(tenants));

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
		kit_iface(v, ONE_OF(devices), "", 0);
	for (uint32_t n = cu_random_below(3); n > 0; n--)
		kit_vpc_static(v, "192.168.0.0/16")->blackhole = true;
}

static void edit_vbr(struct model *m)
{
	struct model_vbr *v = kit_vbr(m, ONE_OF(tenants), ONE_OF(names), ONE_OF(lines),
		(uint16_t)(1 + cu_random_below(12)));

	if (rarely())
		set(v->hosted, ONE_OF(names));
	if (rarely())
		set(v->qos, ONE_OF(names));
	if (rarely())
		v->bandwidth_bps = 1000000;
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
}

/* The clock may be set back. */
static void pass_time(struct model *m)
{
	m->now_s = cu_random_below(100);
}

static void take_away(struct model *m)
{
	const enum model_kind kind = (enum model_kind)(1 + cu_random_below(MODEL_KIND_COUNT - 1));

	if (m->of[kind].n == 0)
		return;
	const struct model_obj *o = m->of[kind].v[cu_random_below(m->of[kind].n)];
	char tenant[MODEL_NAME_SIZE];
	char name[MODEL_NAME_SIZE];
	char name2[MODEL_NAME_SIZE];

	model_del(m, kind, set(tenant, o->tenant), set(name, o->name), set(name2, o->name2));
}

static void (*const edits[])(struct model *m) = { edit_system, edit_line, edit_pair, edit_tenant,
	edit_policy, edit_vpc, edit_vbr, edit_vbr, edit_qos, edit_peering, edit_peering,
	edit_accept, edit_consent, edit_consent, edit_reject, edit_failover, pass_time, take_away,
	take_away, take_away };

static struct model *world(void)
{
	struct model *m = model_new();

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		kit_physconn(m, lines[i], devices[i]);
	for (size_t i = 0; i < ARRAY_SIZE(tenants); i++)
		kit_tenant(m, tenants[i]);
	CU_ASSERT(kit_is_right(m));
	return m;
}

/* What both checks say of the next model; it must be the same. Returns whether it is right. */
static bool agree(const struct model *was, const struct model *now)
{
	struct model_delta d;
	struct errbuf whole;
	struct errbuf part;
	char *say_whole;
	char *say_part;
	bool right;
	bool same;

	errbuf_init(&whole);
	errbuf_init(&part);
	model_delta_init(&d, was, now);
	right = model_check(now, &whole) == 0;
	same = (model_check_delta(&d, &part) == 0) == right;
	say_whole = errbuf_format(&whole);
	say_part = errbuf_format(&part);
	same = same && strcmp(say_whole, say_part) == 0;
	if (!same)
		printf("# all is judged:\n# %s\n# what is touched is judged:\n# %s\n", say_whole,
			say_part);
	CU_ASSERT(same);
	free(say_whole);
	free(say_part);
	model_delta_fini(&d);
	errbuf_fini(&whole);
	errbuf_fini(&part);
	return right;
}

static void what_is_touched_is_judged_as_everything_is(void)
{
	struct model *m = world();
	uint32_t taken = 0;
	uint32_t refused = 0;

	for (int i = 0; i < ROUNDS; i++) {
		struct model *next = model_copy(m);

		for (uint32_t n = 1 + cu_random_below(3); n > 0; n--)
			ONE_OF(edits)(next);
		if (agree(m, next)) {
			model_free(m);
			m = next;
			taken++;
		} else {
			model_free(next);
			refused++;
		}
	}
	/* Edits that are all right, or all wrong, prove nothing. */
	CU_ASSERT(taken > ROUNDS / 10);
	CU_ASSERT(refused > ROUNDS / 10);
	model_free(m);
}

static struct model_vbr *describe(struct model *m)
{
	return kit_vbr(m, "acme", "hz-a", "pc-1", 100);
}

static uint32_t n_touched(const struct model_delta *d)
{
	uint32_t n = 0;

	for (int k = 0; k < MODEL_KIND_COUNT; k++)
		n += bitmap_count(&d->touched[k]);
	return n;
}

static void a_leaf_of_a_vbr_touches_nothing_else(void)
{
	struct model *m = kit_new();
	struct model *next = model_copy(m);
	struct model_delta d;
	uint32_t i = 0;

	describe(next);
	model_delta_init(&d, m, next);
	CU_ASSERT_EQUAL(d.n, 1);
	CU_ASSERT_PTR_EQUAL(d.changes[0].was, kit_hz_a(m));
	CU_ASSERT_PTR_EQUAL(d.changes[0].now, kit_hz_a(next));
	CU_ASSERT(model_delta_has(&d, MODEL_VBR) && !model_delta_has(&d, MODEL_VPC));
	CU_ASSERT_EQUAL(n_touched(&d), 1);
	CU_ASSERT_PTR_EQUAL(model_delta_next(&d, MODEL_VBR, &i), kit_hz_a(next));
	CU_ASSERT_PTR_NULL(model_delta_next(&d, MODEL_VBR, &i));
	model_delta_fini(&d);
	model_free(next);
	model_free(m);
}

static void a_line_touches_the_vbrs_on_it(void)
{
	struct model *m = kit_new();
	struct model *next = model_copy(m);
	struct model_delta d;

	kit_physconn(next, "pc-1", "eth7");
	model_delta_init(&d, m, next);
	CU_ASSERT_EQUAL(bitmap_count(&d.touched[MODEL_VBR]), 2);
	CU_ASSERT_EQUAL(bitmap_count(&d.touched[MODEL_PHYSCONN]), 1);
	CU_ASSERT_EQUAL(n_touched(&d), 3);
	model_delta_fini(&d);
	model_free(next);
	model_free(m);
}

static void nothing_changes_between_a_model_and_its_copy(void)
{
	struct model *m = kit_new();
	struct model *next = model_copy(m);
	struct model_delta d;

	model_delta_init(&d, m, next);
	CU_ASSERT_EQUAL(d.n, 0);
	CU_ASSERT_EQUAL(n_touched(&d), 0);
	model_delta_fini(&d);
	model_free(next);
	model_free(m);
}

static void many_changes_touch_everything(void)
{
	struct model *m = kit_new();
	struct model *next = model_copy(m);
	struct model_delta d;
	char name[16];
	uint32_t n = 0;

	for (unsigned i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "pc-x%u", i);
		kit_physconn(next, name, name);
	}
	model_delta_init(&d, m, next);
	for (int k = 0; k < MODEL_KIND_COUNT; k++)
		n += next->of[k].n;
	CU_ASSERT_EQUAL(n_touched(&d), n);
	CU_ASSERT(agree(m, next));
	model_delta_fini(&d);
	model_free(next);
	model_free(m);
}

static const struct cu_case cases[] = {
	CU_CASE(nothing_changes_between_a_model_and_its_copy),
	CU_CASE(a_leaf_of_a_vbr_touches_nothing_else),
	CU_CASE(a_line_touches_the_vbrs_on_it),
	CU_CASE(many_changes_touch_everything),
	CU_CASE(what_is_touched_is_judged_as_everything_is),
};

CU_SUITE(delta, cases);
