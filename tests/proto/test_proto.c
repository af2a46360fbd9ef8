/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unit tests of proto/.
 */
#include "tests/cu_main.h"

extern const struct cu_suite suite_frame;
extern const struct cu_suite suite_server;
extern const struct cu_suite suite_client;
extern const struct cu_suite suite_shared;

int main(void)
{
	static const struct cu_suite *const suites[] = {
		&suite_frame,
		&suite_server,
		&suite_client,
		&suite_shared,
	};

	return cu_main(suites, ARRAY_SIZE(suites));
}
