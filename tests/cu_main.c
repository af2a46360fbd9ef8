/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CUnit collects the assertions; its own reports are for people, so the handler after each test
 * prints TAP instead, with the failed conditions as comments below. State is static because
 * CUnit's handlers have no context argument. The first line is the seed: "VBRD_SEED=n" repeats
 * a failure.
 */
#include "tests/cu_main.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include <CUnit/TestRun.h>

static uint64_t random_state;
static const char *skip_reason;
static unsigned n_done;

/* splitmix64, public domain: any seed is good, also 0. */
uint32_t cu_random(void)
{
	uint64_t z = random_state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (uint32_t)(z >> 32);
}

uint32_t cu_random_below(uint32_t n)
{
	return (uint32_t)((uint64_t)cu_random() * n >> 32);
}

void cu_skip(const char *reason)
{
	skip_reason = reason;
}

static void print_seed(void)
{
	const char *s = getenv("VBRD_SEED");
	uint32_t seed = 1;

	if (s)
		random_state = strtoull(s, NULL, 0);
	else if (getrandom(&seed, sizeof(seed), 0) == (ssize_t)sizeof(seed))
		random_state = seed;
	printf("# seed %" PRIu64 "\n", random_state);
}

static void print_result(const CU_pTest test, const CU_pSuite suite,
	const CU_pFailureRecord failures)
{
	n_done++;
	printf("%sok %u - %s: %s", failures ? "not " : "", n_done, suite->pName, test->pName);
	if (skip_reason && !failures)
		printf(" # SKIP %s", skip_reason);
	putchar('\n');
	for (CU_pFailureRecord f = failures; f && f->pSuite == suite && f->pTest == test;
		f = f->pNext)
		printf("# %s:%u: %s\n", f->strFileName, f->uiLineNumber, f->strCondition);
	skip_reason = NULL;
}

static int add_suite(const struct cu_suite *s)
{
	CU_pSuite suite = CU_add_suite(s->name, NULL, NULL);

	if (!suite)
		return -1;
	for (size_t i = 0; i < s->n; i++) {
		if (!CU_add_test(suite, s->cases[i].name, s->cases[i].fn))
			return -1;
	}
	return (int)s->n;
}

int cu_main(const struct cu_suite *const *suites, size_t n)
{
	unsigned failed;
	int total = 0;

	setvbuf(stdout, NULL, _IOLBF, 0); /* a crash must not hide the tests before it */
	print_seed();
	if (CU_initialize_registry() != CUE_SUCCESS)
		return 1;
	for (size_t i = 0; i < n; i++) {
		const int added = add_suite(suites[i]);

		if (added < 0) {
			printf("Bail out! suite %s: %s\n", suites[i]->name, CU_get_error_msg());
			return 1;
		}
		total += added;
	}
	printf("1..%d\n", total);
	CU_set_test_complete_handler(print_result);
	CU_run_all_tests();
	failed = CU_get_number_of_tests_failed();
	CU_cleanup_registry();
	return failed || n_done != (unsigned)total ? 1 : 0;
}
