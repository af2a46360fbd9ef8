/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which paths of an answer are alike.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/base/xalloc.h"
#include "tests/cu_main.h"
#include "vbr/mgmt/bgp/share.h"

static struct share *share_new(uint32_t memory)
{
	struct share *s = xcalloc(1, sizeof(*s));

	s->memory = memory;
	return s;
}

static struct share_key key(uint32_t path_id)
{
	struct share_key k;

	memset(&k, 0, sizeof(k));
	k.path_id = path_id;
	return k;
}

static void an_equal_path_is_found_by_its_distance(void)
{
	struct share *s = share_new(SHARED_MEMORY);
	const struct share_key a = key(1);
	const struct share_key b = key(2);

	CU_ASSERT_EQUAL(share_find(s, &a), SHARED_LIKE_NONE);
	share_add(s, &a);
	CU_ASSERT_EQUAL(share_find(s, &a), SHARED_LIKE_FIRST);
	share_add(s, &b);
	CU_ASSERT_EQUAL(share_find(s, &a), SHARED_LIKE_FIRST + 1);
	CU_ASSERT_EQUAL(share_find(s, &b), SHARED_LIKE_FIRST);
	free(s);
}

static void what_was_only_sent_is_not_found(void)
{
	struct share *s = share_new(SHARED_MEMORY);
	const struct share_key a = key(1);

	CU_ASSERT_EQUAL(share_find(s, &a), SHARED_LIKE_NONE);
	CU_ASSERT_EQUAL(share_find(s, &a), SHARED_LIKE_NONE);
	free(s);
}

static void numbers_go_on_when_all_is_forgotten(void)
{
	struct share *s = share_new(SHARED_MEMORY);
	const struct share_key a = key(1);

	share_add(s, &a);
	share_forget(s);
	CU_ASSERT_EQUAL(share_find(s, &a), SHARED_LIKE_NONE);
	CU_ASSERT_EQUAL(s->n, 1);
	free(s);
}

static void what_the_client_has_forgotten_is_not_referred_to(void)
{
	struct share *s = share_new(2);
	const struct share_key a = key(1);
	const struct share_key b = key(2);

	share_add(s, &a);
	share_add(s, &b);
	CU_ASSERT_EQUAL(share_find(s, &a), SHARED_LIKE_FIRST + 1);
	share_add(s, &b);
	CU_ASSERT_EQUAL(share_find(s, &a), SHARED_LIKE_NONE);
	CU_ASSERT_EQUAL(share_find(s, &b), SHARED_LIKE_FIRST);
	free(s);
}

static void paths_that_differ_in_anything_are_not_alike(void)
{
	struct share *s = share_new(SHARED_MEMORY);
	const struct share_key a = key(1);

	share_add(s, &a);
	for (int i = 0; i < 7; i++) {
		struct share_key b = a;

		switch (i) {
		case 0:
			b.attrs++;
			break;
		case 1:
			b.path_id++;
			break;
		case 2:
			b.source++;
			break;
		case 3:
			b.flags++;
			break;
		case 4:
			b.reason++;
			break;
		case 5:
			b.family++;
			break;
		default:
			b.builtins++;
			break;
		}
		CU_ASSERT_EQUAL(share_find(s, &b), SHARED_LIKE_NONE);
	}
	CU_ASSERT_EQUAL(share_find(s, &a), SHARED_LIKE_FIRST);
	free(s);
}

/* More paths than places: what is found is right. */
static void what_was_forgotten_is_sent_again(void)
{
	const uint32_t n = 4 * SHARE_SLOTS;
	struct share *s = share_new(SHARED_MEMORY);
	uint32_t *number = xcalloc(n, sizeof(*number));
	uint32_t n_found = 0;

	for (uint32_t i = 0; i < 2 * n; i++) {
		const struct share_key k = key(i % (n / 2) * (i & 1)); /* each second one is 0 */
		const uint32_t like = share_find(s, &k);

		if (like == SHARED_LIKE_NONE) {
			share_add(s, &k);
			number[k.path_id] = s->n;
			continue;
		}
		n_found++;
		CU_ASSERT_EQUAL(like, SHARED_LIKE_FIRST + s->n - number[k.path_id]);
		CU_ASSERT_TRUE(s->n - number[k.path_id] < SHARED_MEMORY);
	}
	CU_ASSERT_TRUE(n_found > n / 2);
	CU_ASSERT_TRUE(s->n > SHARE_SLOTS);
	free(number);
	free(s);
}

static const struct cu_case cases[] = {
	CU_CASE(an_equal_path_is_found_by_its_distance),
	CU_CASE(what_was_only_sent_is_not_found),
	CU_CASE(numbers_go_on_when_all_is_forgotten),
	CU_CASE(what_the_client_has_forgotten_is_not_referred_to),
	CU_CASE(paths_that_differ_in_anything_are_not_alike),
	CU_CASE(what_was_forgotten_is_sent_again),
};

CU_SUITE(share, cases);
