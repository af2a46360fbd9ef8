/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Program of the unit tests of bgpd/wire.
 */
#include "tests/cu_main.h"

extern const struct cu_suite suite_aspath;
extern const struct cu_suite suite_attr;
extern const struct cu_suite suite_community;
extern const struct cu_suite suite_message;
extern const struct cu_suite suite_open;
extern const struct cu_suite suite_update;
extern const struct cu_suite suite_vectors;

int main(void)
{
	static const struct cu_suite *const suites[] = {
		&suite_message,
		&suite_open,
		&suite_aspath,
		&suite_attr,
		&suite_community,
		&suite_update,
		&suite_vectors,
	};

	return cu_main(suites, ARRAY_SIZE(suites));
}
