/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unit tests of vbr/meter: one suite a source file.
 */
#include "tests/cu_main.h"

extern const struct cu_suite suite_counter;
extern const struct cu_suite suite_span;
extern const struct cu_suite suite_percentile;
extern const struct cu_suite suite_money;
extern const struct cu_suite suite_bill;

static const struct cu_suite *const suites[] = {
	&suite_counter,
	&suite_span,
	&suite_percentile,
	&suite_money,
	&suite_bill,
};

int main(void)
{
	return cu_main(suites, ARRAY_SIZE(suites));
}
