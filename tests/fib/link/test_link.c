/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tests of fib/link: the pure halves by tables, the whole against the kernel in namespaces of
 * its own. VBRD_SEED repeats a random run.
 */
#include "lib/base/compiler.h"
#include "tests/cu_main.h"

extern const struct cu_suite suite_diff;
extern const struct cu_suite suite_rules;
extern const struct cu_suite suite_kernel;
extern const struct cu_suite suite_instances;
extern const struct cu_suite suite_shaping;
extern const struct cu_suite suite_tc;
extern const struct cu_suite suite_classifier;
extern const struct cu_suite suite_doors;

static const struct cu_suite *const suites[] = {
	&suite_diff,
	&suite_rules,
	&suite_kernel,
	&suite_instances,
	&suite_shaping,
	&suite_tc,
	&suite_classifier,
	&suite_doors,
};

int main(void)
{
	return cu_main(suites, ARRAY_SIZE(suites));
}
