/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Program of the tests of conf/.
 */
#include "tests/cu_main.h"

extern const struct cu_suite suite_txn;

static const struct cu_suite *const suites[] = {
	&suite_txn,
};

int main(void)
{
	return cu_main(suites, ARRAY_SIZE(suites));
}
