/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unit tests of bgpd/export.
 */
#include "tests/cu_main.h"

extern const struct cu_suite suite_egress;
extern const struct cu_suite suite_group;
extern const struct cu_suite suite_ip6;
extern const struct cu_suite suite_model;
extern const struct cu_suite suite_multi;
extern const struct cu_suite suite_outcome;
extern const struct cu_suite suite_run;

static const struct cu_suite *const suites[] = {
	&suite_outcome,
	&suite_egress,
	&suite_group,
	&suite_run,
	&suite_ip6,
	&suite_multi,
	&suite_model,
};

int main(void)
{
	return cu_main(suites, ARRAY_SIZE(suites));
}
