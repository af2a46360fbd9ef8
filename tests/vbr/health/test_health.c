/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unit tests of vbr/health: one suite a source file.
 */
#include "tests/cu_main.h"

extern const struct cu_suite suite_check;
extern const struct cu_suite suite_echo;
extern const struct cu_suite suite_memory;

static const struct cu_suite *const suites[] = {
	&suite_check,
	&suite_echo,
	&suite_memory,
};

int main(void)
{
	return cu_main(suites, ARRAY_SIZE(suites));
}
