/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a commit touches. The check of what is touched is held against the check of everything, over
 * random edits of a small world in which names meet: who is touched too little is a fault that only
 * the whole check sees. Most of what runs is no verdict, though: so of each object that is not
 * touched all that is derived from others, by the plane, the lives or the metering, must be what it
 * was.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/xalloc.h"
#include "tests/cu_main.h"
#include "tests/vbr/model/edits.h"
#include "tests/vbr/model/kit.h"
#include "vbr/model/delta.h"
#include "vbr/model/failover/group.h"

#define ROUNDS 4000

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
	struct model *m = edits_world();
	uint32_t taken = 0;
	uint32_t refused = 0;

	for (int i = 0; i < ROUNDS; i++) {
		struct model *next = edits_next(m);

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

/* What is derived of an object from others, in words. Objects are as good as their addresses. */
struct facts {
	char text[2048];
	size_t len;
};

static PRINTF_LIKE(2, 3) void say(struct facts *f, const char *format, ...)
{
	va_list ap;

	CU_ASSERT_FATAL(f->len < sizeof(f->text));
	va_start(ap, format);
	f->len += (size_t)vsnprintf(f->text + f->len, sizeof(f->text) - f->len, format, ap);
	va_end(ap);
}

static void say_scope(struct facts *f, const struct model *m, const char *tenant)
{
	say(f, "own policy %p global policy %p\n",
		(const void *)model_get(m, MODEL_POLICY, tenant, "", ""),
		(const void *)model_get(m, MODEL_POLICY, "", "", ""));
}

/* Ports and metering: who else is on the port of an untagged circuit. */
static void say_port(struct facts *f, const struct model *m, const struct model_circuit *c)
{
	char device[MODEL_DEVICE_SIZE];

	for (uint32_t i = 0; i < m->of[MODEL_VBR].n; i++) {
		const struct model_circuit *o = model_vbr_circuit_on(
			(const struct model_vbr *)m->of[MODEL_VBR].v[i], c->physconn);

		if (o != NULL && model_circuit_vlan(m, c) == 0)
			say(f, "on port %s\n", model_circuit_device(m, o, device));
	}
}

static void say_circuit(struct facts *f, const struct model *m, const struct model_vbr *v,
	const struct model_circuit *c)
{
	char device[MODEL_DEVICE_SIZE];

	say(f, "hold %d consent %p\n", (int)model_circuit_hold(m, v, c),
		(const void *)model_circuit_consent(m, v, c));
	say(f, "payer %s\n", model_circuit_payer(m, v, c));
	say(f, "device %s bps %llu line %p\n", model_circuit_device(m, c, device),
		(unsigned long long)model_circuit_bandwidth(m, c),
		(const void *)model_physconn(m, c->physconn));
	say_port(f, m, c);
}

static void say_vbr(struct facts *f, const struct model *m, const struct model_obj *o)
{
	const struct model_vbr *v = (const struct model_vbr *)o;

	say(f, "hold %d confirmed %d\n", (int)model_vbr_hold(m, v), model_vbr_is_confirmed(m, v));
	for (uint8_t k = 0; k < v->n_circuits; k++)
		say_circuit(f, m, v, &v->circuits[k]);
	say(f, "qos %p tenant %p system %p\n", (const void *)model_qos(m, v),
		(const void *)model_tenant(m, o->tenant), (const void *)model_system(m));
	say_scope(f, m, o->tenant);
}

static void say_vpc(struct facts *f, const struct model *m, const struct model_obj *o)
{
	say(f, "tenant %p system %p\n", (const void *)model_tenant(m, o->tenant),
		(const void *)model_system(m));
}

static void say_end(struct facts *f, const struct model *m, const struct model_end *e)
{
	/* Of a VBR nothing counts but that it is there. */
	say(f, "vbr %d vpc %p\n", e->is_vbr && model_vbr(m, e->tenant, e->name) != NULL,
		e->is_vbr ? NULL : (const void *)model_vpc(m, e->tenant, e->name));
}

static void say_peering(struct facts *f, const struct model *m, const struct model_obj *o)
{
	const struct model_peering *p = (const struct model_peering *)o;

	say(f, "consent %d ends %d standby %d team %p\n", (int)model_peering_consent(m, p),
		model_peering_has_ends(m, p), model_peering_is_standby(m, p, NULL, NULL),
		(const void *)model_peering_shares(m, p));
	say(f, "system %p\n", (const void *)model_system(m));
	say_end(f, m, &p->initiator);
	say_end(f, m, &p->acceptor);
	say_scope(f, m, o->tenant);
}

/* Connections of others are counted when they are accepted. */
static void say_accepted(struct facts *f, const struct model *m, const char *tenant)
{
	for (uint32_t i = 0; i < m->of[MODEL_PEERING].n; i++) {
		const struct model_peering *p = (const struct model_peering *)m->of[MODEL_PEERING]
							.v[i];

		if (strcmp(p->acceptor.tenant, tenant) == 0 && model_peering_has_consent(m, p))
			say(f, "%s/%s\n", p->obj.tenant, p->obj.name);
	}
}

/* The quota of lines counts what it leases at one access point. */
static void say_leased(struct facts *f, const struct model *m, const char *tenant)
{
	for (uint32_t i = 0; i < m->of[MODEL_PHYSCONN].n; i++) {
		const struct model_physconn
			*pc = (const struct model_physconn *)m->of[MODEL_PHYSCONN].v[i];

		if (strcmp(pc->line.owner, tenant) == 0)
			say(f, "line %s at \"%s\"\n", pc->obj.name, pc->access_point);
	}
}

/* The CIDRs of its VPCs. */
static void say_tenant(struct facts *f, const struct model *m, const struct model_obj *o)
{
	uint32_t first;
	uint32_t end;

	say_scope(f, m, o->tenant);
	model_range(m, MODEL_VPC, o->tenant, &first, &end);
	for (uint32_t i = first; i < end; i++)
		say(f, "vpc %p\n", (const void *)m->of[MODEL_VPC].v[i]);
	say_accepted(f, m, o->tenant);
	say_leased(f, m, o->tenant);
}

static void (*const sayers[MODEL_KIND_COUNT])(struct facts *f, const struct model *m,
	const struct model_obj *o) = {
	[MODEL_TENANT] = say_tenant,
	[MODEL_VPC] = say_vpc,
	[MODEL_VBR] = say_vbr,
	[MODEL_PEERING] = say_peering,
};

static bool is_as_before(const struct model_delta *d, const struct model_obj *o)
{
	struct facts was = { .len = 0 };
	struct facts now = { .len = 0 };

	sayers[o->kind](&was, d->was, o);
	sayers[o->kind](&now, d->now, o);
	CU_ASSERT_FATAL(was.len < sizeof(was.text) && now.len < sizeof(now.text));
	if (strcmp(was.text, now.text) == 0)
		return true;
	printf("# %s is not touched and was\n# %s\n# and is\n# %s\n", o->path, was.text, now.text);
	return false;
}

/* Returns how many objects are not touched. */
static uint32_t look_at_untouched(const struct model *was, const struct model *now)
{
	struct model_delta d;
	uint32_t n = 0;

	model_delta_init(&d, was, now);
	for (int k = 0; k < MODEL_KIND_COUNT; k++)
		for (uint32_t i = 0; sayers[k] != NULL && i < now->of[k].n; i++) {
			if (bitmap_has(&d.touched[k], i))
				continue;
			CU_ASSERT(is_as_before(&d, now->of[k].v[i]));
			n++;
		}
	model_delta_fini(&d);
	return n;
}

static bool is_right(const struct model *m)
{
	struct errbuf err;
	bool right;

	errbuf_init(&err);
	right = model_check(m, &err) == 0;
	errbuf_fini(&err);
	return right;
}

static void what_is_not_touched_is_what_it_was(void)
{
	struct model *m = edits_world();
	uint32_t n = 0;

	for (int i = 0; i < ROUNDS; i++) {
		struct model *next = edits_next(m);

		if (!is_right(next)) {
			model_free(next);
			continue;
		}
		n += look_at_untouched(m, next);
		model_free(m);
		m = next;
	}
	/* Who touches everything proves nothing. */
	CU_ASSERT(n > ROUNDS);
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

static uint32_t tenants_touched(const struct model *m, struct model *next)
{
	struct model_delta d;
	uint32_t n;

	model_delta_init(&d, m, next);
	n = bitmap_count(&d.touched[MODEL_TENANT]);
	model_delta_fini(&d);
	return n;
}

static struct model_physconn *lease(struct model *m, const char *owner, const char *place)
{
	struct model_physconn *pc = kit_physconn(m, "pc-1", "eth1");

	snprintf(pc->line.owner, sizeof(pc->line.owner), "%s", owner);
	snprintf(pc->access_point, sizeof(pc->access_point), "%s", place);
	return pc;
}

/* Its quota counts them. */
static void a_line_that_is_leased_elsewhere_touches_its_tenant(void)
{
	struct model *m = kit_new();
	struct model *next;

	(void)lease(m, "acme", "hall 3");
	next = model_copy(m);
	lease(next, "acme", "hall 3")->enabled = false;
	CU_ASSERT_EQUAL(tenants_touched(m, next), 0);
	(void)lease(next, "acme", "hall 4");
	CU_ASSERT_EQUAL(tenants_touched(m, next), 1);
	(void)lease(next, "globex", "hall 3");
	CU_ASSERT_EQUAL(tenants_touched(m, next), 2);
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
	CU_CASE(a_line_that_is_leased_elsewhere_touches_its_tenant),
	CU_CASE(nothing_changes_between_a_model_and_its_copy),
	CU_CASE(a_leaf_of_a_vbr_touches_nothing_else),
	CU_CASE(a_line_touches_the_vbrs_on_it),
	CU_CASE(many_changes_touch_everything),
	CU_CASE(what_is_touched_is_judged_as_everything_is),
	CU_CASE(what_is_not_touched_is_what_it_was),
};

CU_SUITE(delta, cases);
