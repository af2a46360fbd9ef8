/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unit tests of bgpd/policy: one suite a source file.
 */
#include "tests/cu_main.h"

extern const struct cu_suite suite_aspath_list;
extern const struct cu_suite suite_community;
extern const struct cu_suite suite_model;
extern const struct cu_suite suite_prefix_list;
extern const struct cu_suite suite_route_map;
extern const struct cu_suite suite_safety;

static const struct cu_suite *const suites[] = {
	&suite_aspath_list,
	&suite_community,
	&suite_model,
	&suite_prefix_list,
	&suite_route_map,
	&suite_safety,
};

int main(void)
{
	return cu_main(suites, ARRAY_SIZE(suites));
}
