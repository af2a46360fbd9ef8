/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Next-hop groups against a fib that keeps count: it must know a group before anybody names it,
 * must not lose one that is named, and must never hear of two under one number.
 */
#include <errno.h>
#include <string.h>

#include "tests/bgpd/engine/lab.h"

#define N_GROUPS 12
#define MAX_GID  64

struct model {
	struct nhtable *t;
	struct nhgroup known[MAX_GID]; /* by the fib */
	bool is_known[MAX_GID];
	uint32_t refs[MAX_GID]; /* what the routes hold */
	uint32_t n_told;
	uint32_t n_gone;
	bool is_full;
};

static int on_group(void *ctx, uint32_t gid, const struct nhgroup *g)
{
	struct model *m = ctx;

	CU_ASSERT_TRUE_FATAL(gid > 0 && gid < MAX_GID);
	if (m->is_full)
		return -EAGAIN;
	CU_ASSERT_EQUAL(m->refs[gid], 0);
	CU_ASSERT_EQUAL(m->is_known[gid], g == NULL);
	m->is_known[gid] = g != NULL;
	if (g)
		m->known[gid] = *g;
	m->n_told += g != NULL;
	m->n_gone += g == NULL;
	return 0;
}

static const struct nhtable_ops ops = { .group = on_group };

/* Group k: one device, or two. */
static struct nhgroup make_group(uint32_t k)
{
	struct nhgroup g;

	nhgroup_init(&g);
	for (uint32_t i = 0; i <= k % 2; i++) {
		const struct nexthop nh = nexthop_device(1 + k + 100 * i);

		CU_ASSERT_EQUAL(nhgroup_add(&g, &nh), 0);
	}
	return g;
}

static void model_init(struct model *m)
{
	memset(m, 0, sizeof(*m));
	m->t = nhtable_new(&ops, m);
}

static uint32_t take(struct model *m, uint32_t k)
{
	const struct nhgroup g = make_group(k);
	const uint32_t gid = nhtable_get(m->t, &g);

	if (!gid) {
		CU_ASSERT_TRUE(m->is_full);
		return 0;
	}
	CU_ASSERT_TRUE_FATAL(m->is_known[gid]);
	CU_ASSERT_TRUE(nhgroup_is_equal(&m->known[gid], &g));
	CU_ASSERT_TRUE(nhgroup_is_equal(nhtable_group(m->t, gid), &g));
	m->refs[gid]++;
	return gid;
}

static void drop(struct model *m, uint32_t gid)
{
	m->refs[gid]--; /* before: the withdrawal may come from inside */
	nhtable_release(m->t, gid);
	CU_ASSERT_TRUE(m->refs[gid] == 0 || m->is_known[gid]);
}

static void make_room(struct model *m)
{
	m->is_full = false;
	nhtable_retry(m->t);
}

static void one_group_has_one_number(void)
{
	struct model m;
	uint32_t a;

	model_init(&m);
	a = take(&m, 1);
	CU_ASSERT_EQUAL(take(&m, 1), a);
	CU_ASSERT_NOT_EQUAL(take(&m, 2), a);
	CU_ASSERT_EQUAL(nhtable_count(m.t), 2);
	CU_ASSERT_EQUAL(m.n_told, 2);
	drop(&m, a);
	CU_ASSERT_EQUAL(m.n_gone, 0);
	drop(&m, a);
	CU_ASSERT_EQUAL(m.n_gone, 1); /* with the last route, at once */
	nhtable_free(m.t);
	CU_ASSERT_EQUAL(m.n_gone, 1); /* what stands at the end stays in the kernel */
}

static void a_number_is_not_used_again_while_its_end_waits(void)
{
	struct model m;
	uint32_t a;
	uint32_t b;

	model_init(&m);
	a = take(&m, 1);
	m.is_full = true;
	drop(&m, a);
	CU_ASSERT_TRUE(m.is_known[a]);
	CU_ASSERT_EQUAL(take(&m, 3), 0); /* no room to tell about a new one */
	m.is_full = false;
	b = take(&m, 1); /* the end of the old one still waits its turn */
	CU_ASSERT_NOT_EQUAL(a, b);
	make_room(&m);
	CU_ASSERT_FALSE(m.is_known[a]);
	CU_ASSERT_TRUE(m.is_known[b]);
	nhtable_free(m.t);
}

static uint32_t nth_held(const struct model *m, uint32_t n)
{
	for (uint32_t gid = 1; gid < MAX_GID; gid++) {
		if (n < m->refs[gid])
			return gid;
		n -= m->refs[gid];
	}
	return 0;
}

static uint32_t n_held(const struct model *m, uint32_t *groups)
{
	uint32_t n = 0;

	*groups = 0;
	for (uint32_t gid = 1; gid < MAX_GID; gid++) {
		n += m->refs[gid];
		*groups += m->refs[gid] > 0;
	}
	return n;
}

static void random_step(struct model *m)
{
	uint32_t groups;
	const uint32_t held = n_held(m, &groups);
	const uint32_t gid = held ? nth_held(m, cu_random_below(held)) : 0;
	const uint32_t dice = cu_random_below(100);

	CU_ASSERT_EQUAL_FATAL(nhtable_count(m->t), groups);
	if (dice < 10) {
		make_room(m);
	} else if (dice < 13) {
		m->is_full = true;
	} else if (dice < 50 || !gid) {
		(void)take(m, cu_random_below(N_GROUPS));
	} else if (dice < 54) {
		nhtable_ref(m->t, gid);
		m->refs[gid]++;
	} else {
		drop(m, gid);
	}
}

static void the_fib_knows_every_group_that_is_named(void)
{
	struct model m;
	uint32_t groups;

	model_init(&m);
	for (uint32_t i = 0; i < 20000; i++)
		random_step(&m);
	make_room(&m);
	while (n_held(&m, &groups) > 0)
		drop(&m, nth_held(&m, 0));
	CU_ASSERT_EQUAL(nhtable_count(m.t), 0);
	CU_ASSERT_EQUAL(m.n_told, m.n_gone);
	CU_ASSERT_TRUE(m.n_told > 1000);
	for (uint32_t gid = 0; gid < MAX_GID; gid++)
		CU_ASSERT_FALSE(m.is_known[gid]);
	nhtable_free(m.t);
}

static const struct cu_case cases[] = {
	CU_CASE(one_group_has_one_number),
	CU_CASE(a_number_is_not_used_again_while_its_end_waits),
	CU_CASE(the_fib_knows_every_group_that_is_named),
};
CU_SUITE(nhtable, cases);
