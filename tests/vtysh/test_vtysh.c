/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tests of vtysh/: its parts, and the program against a daemon that is played by the test.
 */
#include "tests/cu_main.h"

extern const struct cu_suite suite_grammar;
extern const struct cu_suite suite_output;
extern const struct cu_suite suite_render;
extern const struct cu_suite suite_vtysh_metering;
extern const struct cu_suite suite_vbrsh;
extern const struct cu_suite suite_terminal;

int main(void)
{
	static const struct cu_suite *const suites[] = {
		&suite_grammar,
		&suite_output,
		&suite_render,
		&suite_vtysh_metering,
		&suite_vbrsh,
		&suite_terminal,
	};

	return cu_main(suites, ARRAY_SIZE(suites));
}
