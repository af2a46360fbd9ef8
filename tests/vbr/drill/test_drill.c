/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unit tests of vbr/drill: one suite a source file.
 */
#include "tests/cu_main.h"

extern const struct cu_suite suite_drill_measure;
extern const struct cu_suite suite_drill_plan;
extern const struct cu_suite suite_drill_state;
extern const struct cu_suite suite_drill_store;
extern const struct cu_suite suite_drill_verdict;

static const struct cu_suite *const suites[] = {
	&suite_drill_state,
	&suite_drill_measure,
	&suite_drill_verdict,
	&suite_drill_plan,
	&suite_drill_store,
};

int main(void)
{
	return cu_main(suites, ARRAY_SIZE(suites));
}
