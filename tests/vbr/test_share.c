/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which paths of a message are alike.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/base/xalloc.h"
#include "tests/cu_main.h"
#include "vbr/mgmt/bgp/share.h"

static struct share_key key(uint32_t path_id)
{
	struct share_key k;

	memset(&k, 0, sizeof(k));
	k.path_id = path_id;
	return k;
}

static void an_equal_path_is_found_by_its_number(void)
{
	struct share *s = xcalloc(1, sizeof(*s));
	const struct share_key a = key(1);
	const struct share_key b = key(2);

	CU_ASSERT_EQUAL(share_find(s, &a), 0);
	CU_ASSERT_EQUAL(share_find(s, &b), 0);
	CU_ASSERT_EQUAL(share_find(s, &a), 1);
	CU_ASSERT_EQUAL(share_find(s, &b), 2);
	free(s);
}

static void a_message_knows_nothing_of_the_one_before(void)
{
	struct share *s = xcalloc(1, sizeof(*s));
	const struct share_key a = key(1);

	CU_ASSERT_EQUAL(share_find(s, &a), 0);
	share_begin(s);
	CU_ASSERT_EQUAL(share_find(s, &a), 0);
	CU_ASSERT_EQUAL(share_find(s, &a), 1);
	free(s);
}

static void paths_that_differ_in_anything_are_not_alike(void)
{
	struct share *s = xcalloc(1, sizeof(*s));
	const struct share_key a = key(1);

	for (int i = 0; i < 6; i++) {
		struct share_key b = a;

		share_begin(s);
		CU_ASSERT_EQUAL(share_find(s, &a), 0);
		switch (i) {
		case 0:
			b.attrs = (const struct attrs *)s;
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
		default:
			b.builtins++;
			break;
		}
		CU_ASSERT_EQUAL(share_find(s, &b), 0);
		CU_ASSERT_EQUAL(share_find(s, &b), 2);
	}
	free(s);
}

/* More paths than places: what is found is right, and numbers go on. */
static void what_was_forgotten_is_sent_again(void)
{
	struct share *s = xcalloc(1, sizeof(*s));
	uint32_t *number = xcalloc(4 * SHARE_SLOTS, sizeof(*number));
	uint32_t sent = 0;

	for (uint32_t round = 0; round < 2; round++) {
		for (uint32_t i = 0; i < 4 * SHARE_SLOTS; i++) {
			const struct share_key k = key(i);
			const uint32_t found = share_find(s, &k);

			CU_ASSERT_TRUE(found == 0 || found == number[i]);
			if (!found)
				number[i] = ++sent;
		}
	}
	CU_ASSERT_EQUAL(s->n, sent);
	CU_ASSERT_TRUE(sent > 4 * SHARE_SLOTS);
	free(number);
	free(s);
}

static const struct cu_case cases[] = {
	CU_CASE(an_equal_path_is_found_by_its_number),
	CU_CASE(a_message_knows_nothing_of_the_one_before),
	CU_CASE(paths_that_differ_in_anything_are_not_alike),
	CU_CASE(what_was_forgotten_is_sent_again),
};

CU_SUITE(share, cases);
