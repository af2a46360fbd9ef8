/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unit tests of lib/: one suite a source file.
 */
#include "tests/cu_main.h"

extern const struct cu_suite suite_prefix;
extern const struct cu_suite suite_ptable;

static const struct cu_suite *const suites[] = {
	&suite_prefix,
	&suite_ptable,
};

int main(void)
{
	return cu_main(suites, ARRAY_SIZE(suites));
}
