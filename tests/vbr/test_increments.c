/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a part keeps from commit to commit by what each of them touches is what it would make of the
 * model from nothing: over random commits, some with objects that only stand on what was changed.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/xalloc.h"
#include "lib/io/loop.h"
#include "tests/cu_main.h"
#include "tests/vbr/model/edits.h"
#include "vbr/life/lives.h"
#include "vbr/metering/targets.h"
#include "vbr/model/delta.h"
#include "vbr/plane/plane_int.h"

#define ROUNDS 1500

static bool is_right(const struct model *m)
{
	struct errbuf err;
	bool right;

	errbuf_init(&err);
	right = model_check(m, &err) == 0;
	errbuf_fini(&err);
	return right;
}

/* The next model that is right; a walk over some thousands of commits. */
static struct model *next_right(const struct model *m)
{
	for (;;) {
		struct model *next = edits_next(m);

		if (is_right(next))
			return next;
		model_free(next);
	}
}

/* Metering */

/* As much of a plane as metering sees: the model, and which connections are realised. */
static void plane_follow(struct plane *p, struct model *m)
{
	for (uint32_t i = 0; i < p->n_peerings; i++)
		free(p->peerings[i]);
	p->n_peerings = 0;
	p->peerings = xreallocarray(p->peerings, m->of[MODEL_PEERING].n + 1u, sizeof(*p->peerings));
	p->model = m;
	for (uint32_t i = 0; i < m->of[MODEL_PEERING].n; i++) {
		const struct model_obj *o = m->of[MODEL_PEERING].v[i];
		struct rt_peering *r = xcalloc(1, sizeof(*r));

		snprintf(r->pub.tenant, sizeof(r->pub.tenant), "%s", o->tenant);
		snprintf(r->pub.name, sizeof(r->pub.name), "%s", o->name);
		if (peering_is_on(p, m, (const struct model_peering *)o))
			snprintf(r->pub.device[0], sizeof(r->pub.device[0]), "vp%.4s%.4sa",
				o->tenant, o->name);
		p->peerings[p->n_peerings++] = r;
	}
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct target_device *)a)->name,
		((const struct target_device *)b)->name);
}

static bool is_same_target(struct target *a, struct target *b)
{
	bool same = a->obj == b->obj && a->entry.kind == b->entry.kind &&
		strcmp(a->entry.tenant, b->entry.tenant) == 0 &&
		strcmp(a->entry.name, b->entry.name) == 0 &&
		strcmp(a->entry.detail, b->entry.detail) == 0 &&
		a->entry.rate_bps == b->entry.rate_bps && a->n_devices == b->n_devices;

	qsort(a->devices, a->n_devices, sizeof(*a->devices), by_name);
	qsort(b->devices, b->n_devices, sizeof(*b->devices), by_name);
	for (uint32_t i = 0; same && i < a->n_devices; i++)
		same = by_name(&a->devices[i], &b->devices[i]) == 0 &&
			a->devices[i].is_others == b->devices[i].is_others;
	if (!same)
		printf("# %s/%s \"%s\" (%u devices) should be %s/%s \"%s\" (%u devices)\n",
			a->entry.tenant, a->entry.name, a->entry.detail, a->n_devices,
			b->entry.tenant, b->entry.name, b->entry.detail, b->n_devices);
	return same;
}

static void is_as_from_nothing(struct targets *t, const struct plane *p)
{
	const struct targets none = { 0 };
	struct targets fresh;

	targets_init(&fresh, p, &none);
	CU_ASSERT_EQUAL_FATAL(t->n, fresh.n);
	for (uint32_t i = 0; i < t->n; i++)
		CU_ASSERT_FATAL(is_same_target(&t->v[i], &fresh.v[i]));
	targets_fini(&fresh);
}

static void what_is_metered_follows_each_commit(void)
{
	struct plane p = { .n_peerings = 0 };
	struct targets t;
	struct model *m = edits_world();
	const struct targets none = { 0 };
	uint32_t most = 0;

	plane_follow(&p, m);
	targets_init(&t, &p, &none);
	for (int i = 0; i < ROUNDS; i++) {
		struct model *next = next_right(m);
		struct model_delta d;

		model_delta_init(&d, m, next);
		plane_follow(&p, next);
		targets_apply(&t, &p, &d);
		model_delta_fini(&d);
		model_free(m);
		m = next;
		is_as_from_nothing(&t, &p);
		most = t.n > most ? t.n : most;
	}
	CU_ASSERT(most > 6); /* of 14 walks the poorest saw 11 */
	targets_fini(&t);
	for (uint32_t i = 0; i < p.n_peerings; i++)
		free(p.peerings[i]);
	free(p.peerings);
	model_free(m);
}

/* Lives */

static void act(void *ctx, const char *tenant, const char *vbr, enum life_action a)
{
	(void)ctx;
	(void)tenant;
	(void)vbr;
	(void)a;
}

static int octets(void *ctx, const char *tenant, const char *vbr, uint64_t *in, uint64_t *out)
{
	(void)ctx;
	(void)tenant;
	(void)vbr;
	(void)in;
	(void)out;
	return -ENODEV;
}

static bool is_up(void *ctx, const char *tenant, const char *vbr)
{
	(void)ctx;
	(void)tenant;
	(void)vbr;
	return false;
}

static void changed(void *ctx, const char *tenant, const char *vbr, enum life_state from,
	enum life_state to)
{
	(void)ctx;
	(void)tenant;
	(void)vbr;
	CU_ASSERT_NOT_EQUAL(from, to);
}

static const struct lives_ops ops = { act, octets, is_up, changed };

/* Both know the VBRs of the model, and of no more that died. */
static void lives_agree(const struct lives *a, const struct lives *b, const struct model *m,
	uint32_t unconfirmed[2])
{
	struct life_view va;
	struct life_view vb;
	uint32_t i = 0;

	for (; i < m->of[MODEL_VBR].n; i++) {
		const struct model_obj *o = m->of[MODEL_VBR].v[i];

		CU_ASSERT_FATAL(lives_find(a, o->tenant, o->name, &va));
		CU_ASSERT_FATAL(lives_find(b, o->tenant, o->name, &vb));
		CU_ASSERT_EQUAL_FATAL(va.state, vb.state);
		unconfirmed[va.state == LIFE_UNCONFIRMED]++;
	}
	for (i = 0; lives_deleting(a, i, &va); i++)
		CU_ASSERT(lives_deleting(b, i, &vb));
	CU_ASSERT_FALSE(lives_deleting(b, i, &vb));
}

static void order(struct lives *a, struct lives *b, const struct model *m)
{
	const uint32_t n = m->of[MODEL_VBR].n;
	const struct model_obj *o = n > 0 ? m->of[MODEL_VBR].v[cu_random_below(n)] : NULL;
	struct errbuf err;

	if (o == NULL || cu_random_below(8) > 0)
		return;
	errbuf_init(&err);
	if (cu_random_below(2)) {
		const int ret = lives_terminate(a, o->tenant, o->name, 0, &err);

		CU_ASSERT_EQUAL(lives_terminate(b, o->tenant, o->name, 0, &err), ret);
	} else {
		const int ret = lives_recover(a, o->tenant, o->name, &err);

		CU_ASSERT_EQUAL(lives_recover(b, o->tenant, o->name, &err), ret);
	}
	errbuf_fini(&err);
}

static void the_dead_are_removed(struct lives *l)
{
	lives_await(l, 1);
	lives_removed(l);
}

static void lives_follow_each_commit(void)
{
	struct loop *loop = loop_new("test");
	struct errbuf err;
	struct lives *by_touch;
	struct lives *by_all;
	struct model *m = edits_world();
	uint32_t unconfirmed[2] = { 0 };

	errbuf_init(&err);
	by_touch = lives_new(loop, NULL, &ops, NULL, &err);
	by_all = lives_new(loop, NULL, &ops, NULL, &err);
	lives_sync(by_touch, m);
	lives_sync(by_all, m);
	for (int i = 0; i < ROUNDS; i++) {
		struct model *next = next_right(m);
		struct model_delta d;

		model_delta_init(&d, m, next);
		lives_apply(by_touch, &d);
		lives_sync(by_all, next);
		model_delta_fini(&d);
		model_free(m);
		m = next;
		lives_agree(by_touch, by_all, m, unconfirmed);
		the_dead_are_removed(by_touch);
		the_dead_are_removed(by_all);
		order(by_touch, by_all, m);
	}
	CU_ASSERT(unconfirmed[0] > 0 && unconfirmed[1] > 0);
	lives_free(by_touch);
	lives_free(by_all);
	errbuf_fini(&err);
	model_free(m);
	loop_free(loop);
}

static const struct cu_case cases[] = {
	CU_CASE(what_is_metered_follows_each_commit),
	CU_CASE(lives_follow_each_commit),
};

CU_SUITE(increments, cases);
