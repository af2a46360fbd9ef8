/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers for texts.
 */
#include <errno.h>
#include <stdio.h>

#include "fib/errtab.h"
#include "tests/cu_main.h"

static void equal_texts_share_a_number_until_the_last_goes(void)
{
	struct errtab t;
	uint16_t a;
	uint16_t b;

	errtab_init(&t);
	a = errtab_intern(&t, -EEXIST, "one");
	b = errtab_intern(&t, -EINVAL, "two");
	CU_ASSERT_NOT_EQUAL(a, b);
	CU_ASSERT_EQUAL(errtab_intern(&t, -EEXIST, "one"), a);
	errtab_release(&t, a);
	CU_ASSERT_STRING_EQUAL(errtab_text(&t, a), "one");
	errtab_release(&t, a);
	CU_ASSERT_EQUAL(errtab_intern(&t, -EPERM, "three"), a);
	CU_ASSERT_STRING_EQUAL(errtab_text(&t, b), "two");
	CU_ASSERT_STRING_EQUAL(errtab_text(&t, 0), "");
	CU_ASSERT_EQUAL(errtab_error(&t, 0), 0);
	CU_ASSERT_EQUAL(errtab_error(&t, a), -EPERM);
	CU_ASSERT_EQUAL(errtab_error(&t, b), -EINVAL);
	/* The same words of another error are another row. */
	CU_ASSERT_NOT_EQUAL(errtab_intern(&t, -EBUSY, "two"), b);
	errtab_release(&t, 0);
	errtab_fini(&t);
}

static void many_texts_keep_their_numbers(void)
{
	struct errtab t;
	char text[16];

	errtab_init(&t);
	for (unsigned i = 0; i < 300; i++) {
		(void)snprintf(text, sizeof(text), "%u", i);
		CU_ASSERT_EQUAL(errtab_intern(&t, -EINVAL, text), i + 1);
	}
	CU_ASSERT_STRING_EQUAL(errtab_text(&t, 300), "299");
	errtab_fini(&t);
}

static void a_sentence_takes_the_kernels_words_first(void)
{
	char buf[96];

	CU_ASSERT_STRING_EQUAL(errtab_sentence(-EINVAL, "Invalid nexthop id", buf, sizeof(buf)),
		"Invalid nexthop id");
	CU_ASSERT_STRING_EQUAL(errtab_sentence(-EINVAL, "", buf, sizeof(buf)),
		"the kernel refuses: Invalid argument");
	CU_ASSERT_STRING_EQUAL(errtab_sentence(-EPERM, NULL, buf, sizeof(buf)),
		"the kernel refuses: no permission (CAP_NET_ADMIN)");
}

static const struct cu_case cases[] = {
	CU_CASE(equal_texts_share_a_number_until_the_last_goes),
	CU_CASE(many_texts_keep_their_numbers),
	CU_CASE(a_sentence_takes_the_kernels_words_first),
};
CU_SUITE(errtab, cases);
