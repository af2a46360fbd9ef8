/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths that an answer has once and refers to.
 */
#include <string.h>

#include "lib/ds/arena.h"
#include "proto/shared.h"
#include "tests/cu_main.h"

/*
 * Two routes, all that is in full is remembered: paths 1 and 2, then one that is as 2, one in full
 * (3), one that is as 1.
 */
struct kit {
	Vbrd__BgpPath full[3];
	Vbrd__BgpPath *first_paths[2];
	Vbrd__BgpPath *second_paths[1];
	uint32_t first_like[2];
	uint32_t second_like[3];
	uint64_t second_age[2];
	Vbrd__BgpRoute routes[2];
	Vbrd__BgpRoute *list[2];
};

static void fill(struct kit *k)
{
	memset(k, 0, sizeof(*k));
	for (uint32_t i = 0; i < 3; i++) {
		vbrd__bgp_path__init(&k->full[i]);
		k->full[i].has_med = k->full[i].has_age = 1;
		k->full[i].med = i + 1;
		k->full[i].age = 100 * (i + 1);
	}
	for (uint32_t i = 0; i < 2; i++) {
		vbrd__bgp_route__init(&k->routes[i]);
		k->list[i] = &k->routes[i];
		k->first_paths[i] = &k->full[i];
	}
	k->second_paths[0] = &k->full[2];
	k->first_like[0] = k->first_like[1] = SHARED_LIKE_REMEMBERED;
	k->second_like[0] = SHARED_LIKE_FIRST;
	k->second_like[1] = SHARED_LIKE_REMEMBERED;
	k->second_like[2] = SHARED_LIKE_FIRST + 2;
	k->second_age[0] = 7;
	k->second_age[1] = 8;
	k->routes[0].n_paths = 2;
	k->routes[0].paths = k->first_paths;
	k->routes[0].n_like = 2;
	k->routes[0].like = k->first_like;
	k->routes[1].n_paths = 1;
	k->routes[1].paths = k->second_paths;
	k->routes[1].n_like = 3;
	k->routes[1].like = k->second_like;
	k->routes[1].n_age = 2;
	k->routes[1].age = k->second_age;
}

static void paths_come_in_their_order(void)
{
	struct kit k;
	struct shared_iter it;
	struct shared_path p;

	fill(&k);
	it = shared_paths(&k.routes[1]);
	CU_ASSERT_TRUE_FATAL(shared_next(&it, &p));
	CU_ASSERT_PTR_NULL(p.full);
	CU_ASSERT_EQUAL(p.back, 1);
	CU_ASSERT_EQUAL(p.age, 7);
	CU_ASSERT_TRUE_FATAL(shared_next(&it, &p));
	CU_ASSERT_PTR_EQUAL(p.full, &k.full[2]);
	CU_ASSERT_TRUE(p.remember);
	CU_ASSERT_TRUE_FATAL(shared_next(&it, &p));
	CU_ASSERT_EQUAL(p.back, 3);
	CU_ASSERT_EQUAL(p.age, 8);
	CU_ASSERT_FALSE(shared_next(&it, &p));
}

static void a_route_without_references_is_its_paths(void)
{
	struct kit k;
	struct shared_iter it;
	struct shared_path p;

	fill(&k);
	k.routes[0].n_like = 0;
	it = shared_paths(&k.routes[0]);
	for (int i = 0; i < 2; i++) {
		CU_ASSERT_TRUE_FATAL(shared_next(&it, &p));
		CU_ASSERT_PTR_EQUAL(p.full, &k.full[i]);
		CU_ASSERT_FALSE(p.remember);
	}
	CU_ASSERT_FALSE(shared_next(&it, &p));
}

static void all_is_in_full_after_expansion(void)
{
	static const struct {
		uint32_t med;
		uint64_t age;
	} expect[] = { { 2, 7 }, { 3, 300 }, { 1, 8 } };
	struct arena *a = arena_new(1024);
	struct kit k;

	fill(&k);
	shared_expand(a, k.list, 2);
	CU_ASSERT_EQUAL_FATAL(k.routes[0].n_paths, 2);
	CU_ASSERT_PTR_EQUAL(k.routes[0].paths[1], &k.full[1]);
	CU_ASSERT_EQUAL(k.routes[1].n_like, 0);
	CU_ASSERT_EQUAL(k.routes[1].n_age, 0);
	CU_ASSERT_EQUAL_FATAL(k.routes[1].n_paths, 3);
	for (int i = 0; i < 3; i++) {
		CU_ASSERT_EQUAL(k.routes[1].paths[i]->med, expect[i].med);
		CU_ASSERT_EQUAL(k.routes[1].paths[i]->age, expect[i].age);
	}
	CU_ASSERT_EQUAL(k.full[0].age, 100);
	arena_free(a);
}

/* A server that lies is no reason to read beyond an array. */
static void references_that_lead_nowhere_end_the_route(void)
{
	struct arena *a = arena_new(1024);
	struct kit k;

	fill(&k);
	k.second_like[2] = SHARED_LIKE_FIRST + 3; /* there are three */
	shared_expand(a, k.list, 2);
	CU_ASSERT_EQUAL(k.routes[1].n_paths, 2);
	fill(&k);
	k.routes[1].n_age = 1;
	shared_expand(a, k.list, 2);
	CU_ASSERT_EQUAL(k.routes[1].n_paths, 2);
	fill(&k);
	k.routes[1].n_paths = 0;
	shared_expand(a, k.list, 2);
	CU_ASSERT_EQUAL(k.routes[1].n_paths, 1);
	arena_free(a);
}

static void what_is_not_remembered_is_not_referred_to(void)
{
	struct arena *a = arena_new(1024);
	struct kit k;

	fill(&k);
	k.first_like[1] = SHARED_LIKE_NONE;
	shared_expand(a, k.list, 2);
	CU_ASSERT_EQUAL_FATAL(k.routes[1].n_paths, 2); /* of the last one there are but two */
	CU_ASSERT_EQUAL(k.routes[1].paths[0]->med, 1);
	arena_free(a);
}

static const struct cu_case cases[] = {
	CU_CASE(paths_come_in_their_order),
	CU_CASE(a_route_without_references_is_its_paths),
	CU_CASE(all_is_in_full_after_expansion),
	CU_CASE(references_that_lead_nowhere_end_the_route),
	CU_CASE(what_is_not_remembered_is_not_referred_to),
};

CU_SUITE(shared, cases);
