/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runner of the unit tests: CUnit inside, TAP on stdout, one seed for all randomness of a run.
 * Each test file exports one suite; the program's main file lists them:
 *
 *	extern const struct cu_suite suite_packet;
 *
 *	static const struct cu_suite *const suites[] = { &suite_packet };
 *	return cu_main(suites, ARRAY_SIZE(suites));
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <CUnit/CUnit.h>

#include "lib/base/compiler.h"

struct cu_case {
	const char *name; /* a sentence_with_underscores */
	void (*fn)(void);
};

struct cu_suite {
	const char *name;
	const struct cu_case *cases;
	size_t n;
};

/* Row of a table of cases: the function's name is the sentence. */
#define CU_CASE(fn)     \
	{               \
#fn, fn \
	}
/* Definition of the suite of a file, from its array of cases. */
#define CU_SUITE(word, cases_) \
	const struct cu_suite suite_##word = { #word, cases_, ARRAY_SIZE(cases_) }

/** Run all suites; exit code for main: 0, or 1 when a test failed. VBRD_SEED repeats a run. */
int cu_main(const struct cu_suite *const *suites, size_t n);
/** Mark the running test as skipped; the test returns right after. */
void cu_skip(const char *reason);
/** Next number of the run's random sequence; only from the thread of the tests. */
uint32_t cu_random(void);
/** Below n; n is not 0. */
uint32_t cu_random_below(uint32_t n);
